//! One number: everything that is known about it, and all its legs.

use jiff::Timestamp;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};

use super::listing::{self, Listing};
use super::ticker::Ticker;
use super::{setup, show};
use crate::check::{Facts, Options, Progress, Report, Subject, check as run_check, endpoint_of};
use crate::cli::args::Check;
use crate::cli::session::Session;
use crate::cli::{Exit, Failure, resolve};
use crate::phone::{Detail, NumberId};

pub(super) async fn check(
    session: &Session,
    options: &Check,
    probing: &Options,
    text: &str,
) -> Result<Exit, Failure> {
    // The API gets as long as the servers do: one that hangs must not hold the check beyond its limit.
    let until = Instant::now() + probing.timeout;
    let read = timeout_at(until, detail(session, options, text)).await;
    let read = match read {
        Ok(read) => read,
        Err(_) => {
            // A page that was being read ahead is entered as a request when its task ends: let it.
            yield_now().await;
            Err(setup::late(session, probing.timeout, text))
        }
    };
    let mut report = match read {
        Ok(detail) => probe(session, options, probing, &detail, until).await?,
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
