//! One number: everything that is known about it, and all its legs.

use std::pin::pin;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout, timeout_at};

use super::listing::{self, Listing};
use super::{setup, show};
use crate::api::Request;
use crate::check::{Facts, Options, Progress, Report, Subject, check as run_check, endpoint_of};
use crate::cli::args::Check;
use crate::cli::session::Session;
use crate::cli::ticker::Ticker;
use crate::cli::{Exit, Failure, resolve};
use crate::phone::{Detail, NumberId};

pub(super) async fn check(
    session: &Session,
    options: &Check,
    probing: &Options,
    text: &str,
) -> Result<Exit, Failure> {
    let until = Instant::now() + probing.timeout;
    let read = while_answers_come(session, probing.timeout, detail(session, options, text)).await;
    let read = match read {
        Some(read) => read,
        None => {
            // A page that was being read ahead is entered as a request when its task ends: let it.
            yield_now().await;
            Err(setup::late(session, probing.timeout, text))
        }
    };
    let mut report = match read {
        Ok(detail) => {
            let until = until.max(Instant::now() + NAMES);
            probe(session, options, probing, &detail, until).await?
        }
        Err(failure) if listing::is_of_api(&failure) => {
            let subject = Subject::unread(text.trim(), &failure.message);
            if !failure.hint.is_empty() && !options.nagios {
                session.note(failure.hint.clone());
            }
            subject.settled(Timestamp::now())
        }
        Err(failure) => return Err(failure),
    };
    report.sent.api = u32::try_from(session.client.made()).unwrap_or(u32::MAX);
    show(session.form, options, &report)
}

/// The names of endpoints are waited for at least so long; without them ids do.
const NAMES: Duration = Duration::from_secs(1);

/// Works on as long as the API answers: it has as long for each answer as the servers have for all,
/// because one that hangs must not hold the check beyond its limit, and a list of a hundred thousand
/// numbers is not a server that hangs. `None` when it fell silent.
async fn while_answers_come<T>(
    session: &Session,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let quiet = || {
        let requests = session.client.activity();
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
    session: &Session,
    options: &Check,
    probing: &Options,
    detail: &Detail,
    until: Instant,
) -> Result<Report, Failure> {
    let listed = if detail.number.endpoint.value().is_some() {
        timeout_at(until, listing::endpoints(session)).await.unwrap_or_default()
    } else {
        Vec::new()
    };
    let facts = Facts {
        number: &detail.number,
        endpoint: endpoint_of(&detail.number, Some(detail), &listed),
        credentials: detail.credentials.as_ref(),
    };
    let subject = Subject::of(&facts, options.transport.transport());
    let at = Timestamp::now();
    if options.settings_only {
        return Ok(subject.settled(at));
    }
    let world = setup::world(options.dns, session.ca())?;
    let ticker = Ticker::default();
    let watch = |progress: Progress| ticker.show(&super::text::doing(&progress));
    Ok(run_check(&subject, probing, &world, at, &watch).await)
}

/// The record as it is now. A kept list only tells its id; where that does not lead to it any more,
/// the list is read again.
async fn detail(session: &Session, options: &Check, text: &str) -> Result<Detail, Failure> {
    let Some(digits) = resolve::digits(text) else {
        return resolve::by_id(session, &NumberId::new(text.trim())).await;
    };
    let listing = Listing::get(session, options).await?;
    let kept = listing.kept.is_some();
    let by_list = match resolve::choose(&listing.numbers, text, &digits) {
        Ok(number) => resolve::by_id(session, &number.id).await,
        Err(failure) => Err(failure),
    };
    match by_list {
        Err(failure) if kept && failure.exit == Exit::NoSuchNumber => {}
        other => return other,
    }
    let listing = Listing::read(session).await?;
    let number = resolve::choose(&listing.numbers, text, &digits)?;
    resolve::by_id(session, &number.id).await
}
