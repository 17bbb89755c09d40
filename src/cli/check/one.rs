//! One number: everything that is known about it, and all its legs.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout};

use super::evidence::{self, Evidence};
use super::files::Files;
use super::listing::{self, Listing};
use super::{setup, show, ssh};
use crate::api::{CallsWanted, Request};
use crate::check::{
    CalledNumber, Endpoints, Facts, TicketFacts, TicketRequest, Vantage, of_detail, step_of_answer, unread,
};
use crate::cli::args::Check;
use crate::cli::command_context::CommandContext;
use crate::cli::numbers;
use crate::cli::numbers::directory;
use crate::cli::{Exit, Failure};
use crate::numbers::Purpose;
use crate::phone::{CallList, CallsAnswer, Detail, Endpoint, NumberId};
use crate::sip::{Options, Progress, Report, Step};
use crate::store::CheckResult;

pub(super) async fn check(
    context: &CommandContext,
    options: &Check,
    probing: &Options,
    text: &str,
    mut files: Files,
) -> Result<Exit, Failure> {
    let clock = Clock::new(probing.timeout);
    let read = detail(context, options, text, &clock).await;
    if read.is_err() {
        // A page that was being read ahead is entered as a request when its task ends: let it.
        yield_now().await;
    }
    let mut seen = match read {
        Ok(detail) => probe(context, options, probing, detail, &clock).await?,
        Err(failure) if listing::is_of_api(&failure) => {
            let subject = unread(text.trim(), &failure.message);
            if !failure.hint.is_empty() && !options.nagios {
                context.note(failure.hint.clone());
            }
            Seen::alone(subject.settled(Timestamp::now()))
        }
        Err(failure) => {
            files.nothing_found();
            return Err(failure);
        }
    };
    seen.report.sent.api = u32::try_from(context.client.made()).unwrap_or(u32::MAX);
    let requests: Vec<TicketRequest> = context.client.activity().iter().map(evidence::request).collect();
    let facts = TicketFacts {
        detail: seen.detail.as_ref(),
        endpoint: seen.endpoint.as_ref(),
        calls: seen.calls.as_ref(),
        requests: &requests,
        ..TicketFacts::default()
    };
    files.know(context, None).await;
    let evidence = Evidence::of(options, &seen.report, seen.vantages, &facts);
    show(context.form, options, &seen.report, &evidence, files)
}

/// A report, and what it was made of.
struct Seen {
    report: Report,
    detail: Option<Detail>,
    endpoint: Option<Endpoint>,
    calls: Option<CallList>,
    vantages: Vec<Vantage>,
}

impl Seen {
    /// A report, and nothing else is known.
    fn alone(report: Report) -> Self {
        Self { report, detail: None, endpoint: None, calls: None, vantages: Vec::new() }
    }
}

/// When a check of one number is over: the API and the servers share its limit.
struct Clock {
    limit: Duration,
    end: Cell<Instant>,
}

impl Clock {
    fn new(limit: Duration) -> Self {
        Self { limit, end: Cell::new(Instant::now() + limit) }
    }

    /// A list of several pages was looked through, which says nothing of the number: the time begins
    /// now. A list of a hundred thousand numbers is not a server that hangs.
    fn restart(&self) {
        self.end.set(Instant::now() + self.limit);
    }

    fn left(&self) -> Duration {
        self.end.get().saturating_duration_since(Instant::now())
    }

    /// One request, as long as there is time.
    async fn within<T>(
        &self,
        context: &CommandContext,
        text: &str,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let done = timeout(self.left(), work).await;
        done.unwrap_or_else(|_| Err(setup::late(context, self.limit, text)))
    }
}

/// Works on as long as the API answers: it has as long for each answer as the servers have for all,
/// because one that hangs must not hold the check beyond its limit, and a list of a hundred thousand
/// numbers is not a server that hangs. `None` when it fell silent.
async fn while_answers_come<T>(
    context: &CommandContext,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let quiet = || {
        let requests = context.client.activity();
        let answered = |request: &&Request| matches!(request.status, Some(200..300));
        let last = requests.iter().rev().find(answered)?;
        let since = Timestamp::now().duration_since(last.at).unsigned_abs();
        Some(since.saturating_sub(last.took))
    };
    let mut work = pin!(work);
    let mut wait = limit;
    loop {
        match timeout(wait, &mut work).await {
            Ok(done) => return Some(done),
            Err(_) => wait = limit.checked_sub(quiet()?).filter(|left| !left.is_zero())?,
        }
    }
}

async fn probe(
    context: &CommandContext,
    options: &Check,
    probing: &Options,
    detail: Detail,
    clock: &Clock,
) -> Result<Seen, Failure> {
    let listed = if detail.number.endpoint.value().is_some() {
        // Without their names ids do, and the servers need time, too.
        let read = timeout(clock.left() / 2, context.client.endpoints()).await;
        listing::known(read, |text| {
            // A monitor reads one line and no more.
            if !options.nagios {
                context.note(text);
            }
        })
    } else {
        Endpoints::default()
    };
    let subject = of_detail(&detail, &listed, options.transport.transport());
    let endpoint = Facts::of(&detail.number, Some(&detail), &listed).endpoint.cloned();
    let at = Timestamp::now();
    if options.settings_only {
        return Ok(Seen { detail: Some(detail), endpoint, ..Seen::alone(subject.settled(at)) });
    }
    let checker = setup::checker(options, context.ca(), context.sip_rules())?.of_provider(context.is_local());
    let ticker = context.ticker();
    let watch = |progress: Progress| ticker.show(&super::text::doing(&progress));
    let spent = probing.timeout.saturating_sub(clock.left());
    let number = &detail.number;
    let calls = async {
        // A monitor is told about the route, and not about each call that nobody took.
        let read = (!options.nagios).then(|| {
            timeout(clock.left(), context.client.calls(&number.id, &number.line, CallsWanted::Newest))
        });
        let read = read?.await.ok().map(|read| read.map_err(|error| error.to_string()));
        let list = match &read {
            Some(Ok(CallsAnswer::Listed(list))) => Some(list.clone()),
            _ => None,
        };
        Some((step_of_answer(read, CalledNumber::of(number), at), list))
    };
    let probe = checker.number(&subject, probing, spent, at, &watch);
    let leads_on = subject.known.iter().all(Step::leads_on);
    let legs = if leads_on { subject.legs.as_slice() } else { &[] };
    let targets = evidence::targets(legs, options, probing);
    let (calls, report, vantages) = tokio::join!(calls, probe, ssh::asked(&options.from, &targets, probing));
    let report = report.map_err(setup::untrusted)?;
    // What is remembered is how the route is: calls come and go.
    let result = CheckResult::of(&report.verdict).map(|result| (number.id.clone(), result));
    context.remember_checks(result.into_iter().collect());
    let (step, calls) = calls.unzip();
    let report = step.into_iter().fold(report, Report::knowing);
    Ok(Seen { report, endpoint, calls: calls.flatten(), vantages, detail: Some(detail) })
}

/// The record as it is now. A kept list only tells its id; where that does not lead to it any more,
/// the list is read again.
async fn detail(
    context: &CommandContext,
    options: &Check,
    text: &str,
    clock: &Clock,
) -> Result<Detail, Failure> {
    let by_id = async |id: &NumberId| clock.within(context, text, directory::by_id(context, id)).await;
    let target = numbers::argument(Purpose::Changing, text)?;
    if target.written().is_none() {
        return clock.within(context, text, directory::existing(context, &NumberId::new(&target.text))).await;
    }
    let listing = listed(context, text, clock, Listing::get(context, options)).await?;
    let kept = listing.kept.is_some();
    let by_list = match directory::found(&listing.numbers, &target) {
        Ok(number) if kept => by_id(&number.id).await,
        Ok(number) => clock.within(context, text, directory::listed(context, &number.id)).await,
        Err(failure) => Err(failure),
    };
    match by_list {
        Err(failure) if kept && failure.exit == Exit::NoSuchNumber => {}
        other => return other,
    }
    let listing = listed(context, text, clock, Listing::read(context)).await?;
    let number = directory::found(&listing.numbers, &target)?;
    clock.within(context, text, directory::listed(context, &number.id)).await
}

/// A list, as long as its pages come.
async fn listed(
    context: &CommandContext,
    text: &str,
    clock: &Clock,
    work: impl Future<Output = Result<Listing, Failure>>,
) -> Result<Listing, Failure> {
    let before = context.client.made();
    let listing = while_answers_come(context, clock.limit, work).await;
    let listing = listing.unwrap_or_else(|| Err(setup::late(context, clock.limit, text)))?;
    if context.client.made() > before + 1 {
        clock.restart();
    }
    Ok(listing)
}
