//! The calls of numbers, which the server is asked for.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use super::print;
use crate::api::{CallsWanted, Client, Error};
use crate::cli::args::HistoryArgs;
use crate::cli::command_context::CommandContext;
use crate::cli::endpoints::FilterNames;
use crate::cli::list::complete;
use crate::cli::numbers::{self, directory, together};
use crate::cli::output::safe;
use crate::cli::pages::owned_that_pass;
use crate::cli::{Context, Exit, Failure, runner, state};
use crate::numbers::{Purpose, may_be_id};
use crate::phone::{CallsAnswer, Names, Number, Written, thousands};
use crate::store::HistoryEvent;

/// Calls are asked for number by number, of so many at most.
const MOST: usize = 100;

/// So long a history that has answers of its own waits for the calls beside them.
const BESIDE: Duration = Duration::from_secs(5);

/// Clocks that differ by less are told of by nobody.
const CLOCKS: SignedDuration = SignedDuration::from_mins(15);

/// What the server said, and what has to be told about that.
#[derive(Default)]
pub(super) struct CallsTold {
    pub(super) events: Vec<HistoryEvent>,
    pub(super) said: Vec<String>,
}

/// Asks for calls beside what is remembered, which has its answer without: it takes no time, and what goes wrong
/// is said and is no failure.
pub(super) fn beside(context: &Context, numbers: &[Number], names: &Names) -> Result<CallsTold, Failure> {
    let unknown = |why: &str| {
        Ok(CallsTold { said: vec![format!("calls are not known: {}", safe(why))], ..CallsTold::default() })
    };
    let client = match context.client() {
        Ok(client) => client,
        Err(failure) => return unknown(&failure.message),
    };
    let asked = runner::alone(async {
        match timeout(BESIDE, calls(&client, numbers, names)).await {
            Ok(Ok(told)) => Ok(told),
            Ok(Err(error)) => unknown(&error.to_string()),
            Err(_) => unknown(&format!("the server did not answer within {} s", BESIDE.as_secs())),
        }
    });
    if let Some(count) = state::requests(context) {
        // What is not kept costs nobody anything.
        count.add(Timestamp::now(), client.take_count()).ok();
    }
    asked
}

/// Nobody said whose calls.
pub(super) fn unnamed() -> Failure {
    Failure::usage("calls are asked for number by number: name one, or a filter")
}

/// Refuses to ask for the calls of too many numbers.
pub(super) fn few(numbers: usize) -> Result<(), Failure> {
    if numbers <= MOST {
        return Ok(());
    }
    let message = format!(
        "calls are asked for number by number: that would be {} requests, and {MOST} are the most",
        thousands(numbers as u64)
    );
    Err(Failure::usage(message))
}

/// `history --kind call`: nothing but what the server says.
pub(super) async fn tell(context: &CommandContext, options: &HistoryArgs) -> Result<Exit, Failure> {
    let numbers = subjects(context, &options.what).await?;
    few(numbers.len())?;
    let names = context.endpoints().await.as_ref().map(Names::listed).unwrap_or_default();
    let told = calls(&context.client, &numbers, &names).await?;
    let mut events = told.events;
    events.retain(|event| options.is_within(event.at));
    let more = super::newest(&mut events, options);
    print(context.form, &events)?;
    told.said.into_iter().chain(more).for_each(|text| context.note(text));
    Ok(Exit::Done)
}

/// The numbers that somebody named, or that pass a filter, by the list as it is now.
async fn subjects(context: &CommandContext, words: &[String]) -> Result<Vec<Number>, Failure> {
    if words.is_empty() {
        return Err(unnamed());
    }
    let is_number = |word: &String| Written::parse(word).is_some() || may_be_id(word) && !word.contains(':');
    if words.iter().all(is_number) {
        let (targets, again) = numbers::of(Purpose::Changing, &together(words.to_vec()), None).await?;
        return directory::numbers(context, &targets, again).await;
    }
    let filter = complete(&words.join(" "))?;
    let names = FilterNames::of(context, &filter, None).await?;
    let numbers = owned_that_pass(context, &filter, &names, &names.known).await?;
    if numbers.is_empty() {
        let message = format!("no owned number matches '{}'", words.join(" "));
        return Err(Failure::new(Exit::NoSuchNumber, "NO_SUCH_NUMBER", message, ""));
    }
    Ok(numbers)
}

/// Asks for the calls of each number.
async fn calls(client: &Client, numbers: &[Number], names: &Names) -> Result<CallsTold, Error> {
    let mut told = CallsTold::default();
    for number in numbers {
        let list = match client.calls(&number.id, &number.line, CallsWanted::Many).await {
            Ok(CallsAnswer::Listed(list)) => list,
            // What was told before is told all the same.
            Err(error) if !told.events.is_empty() => {
                let line = safe(&number.line.to_string());
                told.said
                    .push(format!("calls of {line} and others are not known: {}", safe(&error.to_string())));
                break;
            }
            Err(error) => return Err(error),
            Ok(CallsAnswer::Unlisted) => {
                told.said.push("the server does not list calls, or not of this number".to_owned());
                break;
            }
        };
        let of = (&number.id, &number.line);
        told.events.extend(list.calls.iter().map(|call| HistoryEvent::of_call(call, of, names)));
        if list.more {
            let newest = if list.unsure { ", and newer ones may be among the others" } else { "" };
            let line = safe(&number.line.to_string());
            told.said.push(format!("not all calls of {line} were read{newest}"));
        }
        if let Some(off) =
            list.as_of.map(|at| at.duration_since(Timestamp::now())).filter(|off| off.abs() > CLOCKS)
        {
            let way = if off.is_negative() { "behind" } else { "ahead of" };
            let minutes = off.abs().as_mins();
            told.said.push(format!(
                "the server's clock is {minutes} min {way} this machine's: times of calls are by the server's"
            ));
        }
        if list.odd > 0 {
            let rows = list.odd;
            told.said.push(format!(
                "{rows} rows of the server are not shown: they have no time with a zone, or no status"
            ));
        }
    }
    told.said.dedup();
    Ok(told)
}
