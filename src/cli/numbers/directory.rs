//! From what somebody typed to exactly one record, or to none.

use std::collections::HashSet;

use uuid::Uuid;

use crate::api::{Error, ErrorKind, ListKind, ListRequest};
use crate::cli::command_context::CommandContext;
use crate::cli::numbers;
use crate::cli::output::safe;
use crate::cli::pages::{Read, Reader};
use crate::cli::{Exit, Failure};
use crate::numbers::{Directory, NumberRef, Purpose, Unfound};
use crate::phone::{Detail, Number, NumberId};

/// Candidates that an error lists.
const CANDIDATES: usize = 10;

/// The record that `text`, an id or a phone number, stands for.
pub(in crate::cli) async fn number(context: &CommandContext, text: &str) -> Result<Number, Failure> {
    let target = numbers::argument(Purpose::Changing, text)?;
    match target.written() {
        Some(_) => {
            let owned = read(context).await?;
            owned.judge(found(&owned.numbers, &target)).cloned()
        }
        None => Ok(existing(context, &NumberId::new(&target.text)).await?.number),
    }
}

/// The records that `targets` stand for, each once, all by one read of the list: a file of a thousand
/// lines costs no request more. All or nothing: where one is not found, the error names each that is not.
/// One alone may be asked for by its id.
pub(in crate::cli) async fn numbers(
    context: &CommandContext,
    targets: &[NumberRef],
    again: usize,
) -> Result<Vec<Number>, Failure> {
    if let [NumberRef { text, place: None, .. }] = targets {
        return Ok(vec![number(context, text).await?]);
    }
    let owned = read(context).await?;
    numbers::judge(Purpose::Changing, targets, owned.numbers.iter().map(|number| &number.id))?;
    let directory = Directory::new(&owned.numbers);
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    let mut again = again;
    for target in targets {
        if let Some(why) = directory.two_records(target) {
            let place = target.place.map_or(String::new(), |line| format!("line {line}: "));
            let hint = "Correct the line, or leave out the column of ids or that of numbers.";
            return Err(Failure::new(Exit::Usage, "FILE", format!("nothing was sent: {place}{why}"), hint));
        }
        match directory.record(target) {
            Some(number) if seen.insert(&number.id) => found.push(number.clone()),
            Some(_) => again += 1,
            None => missing.push(target),
        }
    }
    if again > 0 {
        context.note(format!("{again} named more than once, counted once"));
    }
    // That something is not there is known of a whole list alone.
    if let (false, Some(flaw)) = (missing.is_empty(), owned.flaw) {
        return Err(flaw);
    }
    let said = |target: &NumberRef| {
        let text = safe(target.text.trim());
        let failure = Failure::from(directory.find(target).err().unwrap_or(Unfound::None { text }));
        let place = target.place.map_or(String::new(), |line| format!("line {line}: "));
        Failure { message: format!("{place}{}", failure.message), ..failure }
    };
    match missing.as_slice() {
        [] => Ok(found),
        [one] => {
            let failure = said(one);
            Err(Failure { message: format!("nothing was sent: {}", failure.message), ..failure })
        }
        several => {
            let message = format!("nothing was sent: {} of {} were not found", several.len(), targets.len());
            let lines: Vec<String> =
                several.iter().take(CANDIDATES).map(|target| said(target).message).collect();
            Err(Failure::new(Exit::NoSuchNumber, "NO_SUCH_NUMBER", message, lines.join("\n")))
        }
    }
}

/// Everything about the record that `text` stands for.
pub(in crate::cli) async fn detail(context: &CommandContext, text: &str) -> Result<Detail, Failure> {
    let target = numbers::argument(Purpose::Changing, text)?;
    match target.written() {
        Some(_) => {
            let owned = read(context).await?;
            let id = owned.judge(found(&owned.numbers, &target))?.id.clone();
            listed(context, &id).await
        }
        None => existing(context, &NumberId::new(&target.text)).await,
    }
}

/// The API has no look-up by number: the list is read to its end, so that "no such number" is true.
async fn read(context: &CommandContext) -> Result<Read, Failure> {
    Reader::new(context, ListRequest::whole(ListKind::Owned)).all().await
}

/// Everything about the record with an id that somebody typed. That the server does not answer for it
/// proves little, since any gateway answers 404: whether there is none, the whole list tells.
pub(in crate::cli) async fn existing(context: &CommandContext, id: &NumberId) -> Result<Detail, Failure> {
    let failure = match by_id(context, id).await {
        Err(failure) if failure.exit == Exit::NoSuchNumber => failure,
        other => return other,
    };
    let owned = read(context).await?;
    if owned.numbers.iter().all(|number| !number.id.is_same(id)) {
        return owned.judge(Err(failure));
    }
    Err(unanswered(id, failure))
}

/// Everything about a record that was in the list just now.
pub(in crate::cli) async fn listed(context: &CommandContext, id: &NumberId) -> Result<Detail, Failure> {
    by_id(context, id).await.map_err(|failure| match failure.exit {
        Exit::NoSuchNumber => unanswered(id, failure),
        _ => failure,
    })
}

/// Of a record that the list holds: that the server does not answer for it does not mean that there is
/// none.
fn unanswered(id: &NumberId, failure: Failure) -> Failure {
    let message =
        format!("the server lists {} and does not answer for it: {}", safe(id.as_str()), failure.message);
    Failure { exit: Exit::Other, code: "NOT_SHOWN".to_owned(), message, hint: String::new(), ..failure }
}

/// Everything about the record with an id.
pub(in crate::cli) async fn by_id(context: &CommandContext, id: &NumberId) -> Result<Detail, Failure> {
    let detail =
        context.client.get(id).await.map_err(|error| {
            if is_about_the_id(&error, id) { no_such_id(&error, id) } else { error.into() }
        })?;
    context.see([&detail.number]);
    Ok(detail)
}

/// Whether a refusal says that nothing can have this id. A whole UUID has the form of an id, so there
/// the refusal is about something else.
fn is_about_the_id(error: &Error, id: &NumberId) -> bool {
    error.kind == ErrorKind::Rejected
        && matches!(error.status, Some(400 | 422))
        && Uuid::try_parse(id.as_str()).is_err()
        && !error.to_string().to_lowercase().contains("organi")
}

fn no_such_id(error: &Error, id: &NumberId) -> Failure {
    Failure {
        exit: Exit::NoSuchNumber,
        code: "NO_SUCH_NUMBER".to_owned(),
        message: format!("no number is called {}: {error}", safe(id.as_str())),
        hint: "Give the whole id, or the phone number.".to_owned(),
        ..error.clone().into()
    }
}

/// The one record of a list that a target stands for.
pub(in crate::cli) fn found<'a>(owned: &'a [Number], target: &NumberRef) -> Result<&'a Number, Failure> {
    Ok(Directory::new(owned).find(target)?)
}

impl From<Unfound> for Failure {
    fn from(why: Unfound) -> Self {
        Self::new(Exit::NoSuchNumber, why.code(), why.to_string(), why.candidates().join("\n"))
    }
}
