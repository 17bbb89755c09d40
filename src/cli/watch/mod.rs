//! `numdeck watch`: looks again and again, and tells what turned.

mod events;
mod exec;
mod once;
mod round;

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::args::{Global, WatchArgs};
use super::command_context::CommandContext;
use super::output::safe;
use super::pages::Reader;
use super::runner::{self, Threads};
use super::{Environment, Exit, Failure};
use crate::api::{ListKind, ListRequest};
use crate::store::{DailyCount, Transitions};
use crate::watch::{Pace, ReadBudget, RoundEnd, RouteWatch};
use events::Events;
use round::{Look, Until, is_passing, may_pass};

/// From one look to the next, where nobody says.
const USUAL: Duration = Duration::from_secs(600);

pub(super) fn run(global: &Global, environment: &Environment, options: &WatchArgs) -> Result<Exit, Failure> {
    // How long is waited for what is waited for, and not how long for each answer.
    let limit = options.until.as_ref().and(global.timeout);
    let global = match options.until {
        Some(_) => Global { timeout: None, ..global.clone() },
        None => global.clone(),
    };
    runner::run(&global, environment, Threads::One, async |context| {
        let mut events = Events::new(context.form, global.output, options.once, options.exec.as_deref());
        let ended = match options.once {
            true => once::round(context, options, &mut events).await,
            false => watch(context, options, limit, &mut events).await,
        };
        // The command has them all before this ends.
        let finished = events.finish(context, ended.is_ok()).await;
        ended.and_then(|exit| finished.map(|()| exit))
    })
}

async fn watch(
    context: &CommandContext,
    options: &WatchArgs,
    limit: Option<Duration>,
    events: &mut Events,
) -> Result<Exit, Failure> {
    let end = limit.map(|limit| Instant::now() + limit);
    let deadline = Deadline { limit, end };
    let mut pace = Pace::new(options.every.unwrap_or(USUAL));
    let (look, until) =
        patiently(context, &mut pace, deadline, async || prepared(context, options).await).await?;
    patiently(context, &mut pace, deadline, async || afford(context, options).await).await?;
    let mut routes = RouteWatch::new(options.agreeing);
    // The first look is what everything else is told from.
    let mut read = patiently(context, &mut pace, deadline, async || look.read().await).await?;
    let mut transitions = Transitions::begin(&read, options.agreeing);
    look.routes(&mut routes, &read).await?;
    let watched = read.numbers.iter().filter(|number| look.has(number)).count();
    context.aside(&format!("numdeck: watching {watched} of {} from here on", read.numbers.len()));
    let mut ending = std::pin::pin!(context.interrupted());
    let mut round_end = RoundEnd::Read;
    loop {
        if round_end == RoundEnd::Read && until.as_ref().is_some_and(|until| until.is_met(&look, &read)) {
            context.aside("numdeck: it is as you waited for");
            return Ok(Exit::Done);
        }
        let waited = pace.after(&round_end, Timestamp::now());
        waited.said.iter().for_each(|text| context.aside(&format!("numdeck: {}", safe(text))));
        tokio::select! {
            biased;
            () = &mut ending => return Err(ended()),
            passed = deadline.wait(waited.wait) => passed?,
        }
        let next = tokio::select! {
            biased;
            () = &mut ending => return Err(ended()),
            next = look.read() => next,
        };
        context.count_requests();
        match next {
            Ok(next) => {
                read = next;
                let mut told = look.turned(&mut transitions, &read).await;
                told.extend(look.routes(&mut routes, &read).await?);
                events.tell(&told)?;
                round_end = RoundEnd::Read;
            }
            Err(failure) => round_end = passing(failure, may_pass)?,
        }
    }
}

/// What is looked at, and what is waited for.
async fn prepared<'a>(
    context: &'a CommandContext,
    options: &WatchArgs,
) -> Result<(Look<'a>, Option<Until>), Failure> {
    let look = Look::new(context, &options.which.expression(), options.route).await?;
    let until = match &options.until {
        Some(expression) => Some(look.until(expression).await?),
        None => None,
    };
    Ok((look, until))
}

/// Does something as soon as the server can be asked: that it is away is said once.
async fn patiently<T>(
    context: &CommandContext,
    pace: &mut Pace,
    deadline: Deadline,
    mut work: impl AsyncFnMut() -> Result<T, Failure>,
) -> Result<T, Failure> {
    loop {
        let round_end = match work().await {
            Ok(done) => {
                let said = pace.after(&RoundEnd::Read, Timestamp::now()).said;
                said.iter().for_each(|text| context.aside(&format!("numdeck: {}", safe(text))));
                return Ok(done);
            }
            Err(failure) => passing(failure, is_passing)?,
        };
        let waited = pace.after(&round_end, Timestamp::now());
        waited.said.iter().for_each(|text| context.aside(&format!("numdeck: {}", safe(text))));
        deadline.wait(waited.wait).await?;
    }
}

/// How a round ended that could not read; a failure that does not `pass` ends the watch.
fn passing(failure: Failure, passes: fn(&Failure) -> bool) -> Result<RoundEnd, Failure> {
    match failure.exit {
        Exit::RateLimited => Ok(RoundEnd::Busy(failure.retry_after)),
        _ if passes(&failure) => Ok(RoundEnd::Away(failure.message)),
        _ => Err(failure),
    }
}

/// When nobody waits any more.
#[derive(Clone, Copy)]
struct Deadline {
    limit: Option<Duration>,
    end: Option<Instant>,
}

impl Deadline {
    /// Waits, or until then.
    ///
    /// # Errors
    /// It is then.
    async fn wait(self, wait: Duration) -> Result<(), Failure> {
        let left = self.end.map(|end| end.saturating_duration_since(Instant::now()));
        sleep(left.map_or(wait, |left| left.min(wait))).await;
        match self.end.is_some_and(|end| Instant::now() >= end) {
            true => Err(late(self.limit.unwrap_or_default())),
            false => Ok(()),
        }
    }
}

/// Says what it costs, and refuses what a day does not have, unless the pace was named.
async fn afford(context: &CommandContext, options: &WatchArgs) -> Result<(), Failure> {
    let numbers = count(context).await?;
    let every = options.every.unwrap_or(USUAL);
    let requests = numbers.div_ceil(u64::from(ListRequest::LARGEST_PAGE)).max(1);
    let budget = ReadBudget { numbers, requests, every, limit: DailyCount::FREE_PLAN };
    if budget.is_over() && options.every.is_none() {
        let minutes = budget.affordable().as_secs() / 60;
        let hint = match minutes {
            ..=1440 => {
                format!("--every {minutes}m stays within it; --every given by hand is taken as it is.")
            }
            _ => "No day has enough for a list of that size; --every given by hand is taken as it is."
                .to_owned(),
        };
        let message = format!("nothing is watched: {}", budget.words());
        return Err(Failure::new(Exit::RefusedHere, "MANY_REQUESTS", message, hint));
    }
    context.aside(&format!("numdeck: {}", budget.words()));
    Ok(())
}

/// How many numbers there are: by what the first page says, else by the whole list.
async fn count(context: &CommandContext) -> Result<u64, Failure> {
    let mut reader = Reader::new(context, ListRequest::whole(ListKind::Owned));
    let mut read = 0;
    while let Some(page) = reader.next().await? {
        read = if page.again { 0 } else { read } + page.numbers.len() as u64;
        if let Some(total) = page.total.filter(|total| *total >= read) {
            return Ok(total);
        }
    }
    Ok(read)
}

fn ended() -> Failure {
    Failure::new(Exit::Interrupted, "INTERRUPTED", "stopped watching", "")
}

fn late(limit: Duration) -> Failure {
    let message = format!("it was not so within {} s", limit.as_secs());
    Failure::new(Exit::Late, "NOT_IN_TIME", message, "--timeout gives it longer.")
}
