//! The routing check as work of the loop: what is read before, and whom each step is told.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::api::Client;
use crate::app::Reply;
use crate::check::{Checker, Endpoints, of_detail, of_rows, unread};
use crate::phone::{Number, NumberId};
use crate::sip::{AuthRule, Options, Progress, Report};

/// One number: its record is read first, and with it where it leads. Each step is handed on as it
/// happens, the report at the end.
pub(super) async fn one(
    checker: &Checker,
    client: &Client,
    (id, endpoints, credentials): (&NumberId, &Endpoints, bool),
    tell: mpsc::UnboundedSender<Reply>,
) {
    let (at, began) = (Timestamp::now(), Instant::now());
    let auth = if credentials { AuthRule::Verified } else { AuthRule::Off };
    let options = Options { auth, ..Options::default() };
    let watch = |progress: Progress| drop(tell.send(Reply::Checking(progress)));
    let checked = match timeout(options.timeout, client.get(id)).await {
        Ok(Ok(detail)) => {
            let subject = of_detail(&detail, endpoints, None);
            checker.number(&subject, &options, began.elapsed(), at, &watch).await.map_err(ToString::to_string)
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("it did not answer within {} s", options.timeout.as_secs())),
    };
    let report = checked.unwrap_or_else(|why| unread(id.as_str(), &why).settled(at));
    tell.send(Reply::Checked(0, Arc::new(report))).ok();
}

/// Many numbers, from what the list says of them; each server is asked once.
pub(super) async fn many(
    checker: &Checker,
    numbers: &[Number],
    endpoints: &Endpoints,
    tell: mpsc::UnboundedSender<Reply>,
) {
    let (at, options) = (Timestamp::now(), Options::default());
    let plan = of_rows(numbers, endpoints);
    tell.send(Reply::Planned(plan.counts(options.count, options.auth))).ok();
    let done = |place: usize, report: Report| drop(tell.send(Reply::Checked(place, Arc::new(report))));
    if let Err(why) = checker.plan(&plan, &options, at, &done).await {
        let why = why.to_string();
        for (place, number) in numbers.iter().enumerate() {
            done(place, unread(&number.line.to_string(), &why).settled(at));
        }
    }
}
