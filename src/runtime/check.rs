//! The routing check as work of the loop: what is read before, and whom each step is told.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::api::{CallsWanted, Client};
use crate::app::Reply;
use crate::check::{CalledNumber, Checker, Endpoints, of_detail, of_rows, step_of_answer, unread};
use crate::phone::{Number, NumberId};
use crate::sip::{AuthRule, Options, Progress, Report};
use crate::store::{CheckResult, StoreThread};

/// One number: its record is read first, and with it where it leads. Each step is handed on as it
/// happens, the report at the end.
pub(super) async fn one(
    checker: &Checker,
    client: &Client,
    (id, endpoints, credentials): (&NumberId, &Endpoints, bool),
    store: Option<StoreThread>,
    tell: mpsc::UnboundedSender<Reply>,
) {
    let (at, began) = (Timestamp::now(), Instant::now());
    let auth = if credentials { AuthRule::Verified } else { AuthRule::Off };
    let options = Options { auth, ..Options::default() };
    let watch = |progress: Progress| drop(tell.send(Reply::Checking(progress)));
    let checked = match timeout(options.timeout, client.get(id)).await {
        Ok(Ok(detail)) => {
            let subject = of_detail(&detail, endpoints, None);
            let number = &detail.number;
            let left = options.timeout.saturating_sub(began.elapsed());
            let calls = timeout(left, client.calls(&number.id, &number.line, CallsWanted::Newest));
            let probe = checker.number(&subject, &options, began.elapsed(), at, &watch);
            let (calls, report) = tokio::join!(calls, probe);
            let calls = calls.ok().map(|read| read.map_err(|error| error.to_string()));
            let step = step_of_answer(calls, CalledNumber::of(number), at);
            // What is remembered is how the route is: calls come and go.
            let result = report.as_ref().ok().and_then(|report| CheckResult::of(&report.verdict));
            if let (Some(store), Some(result)) = (store, result) {
                store.checks(at, vec![(id.clone(), result)]);
            }
            report.map(|report| report.knowing(step)).map_err(ToString::to_string)
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
    store: Option<StoreThread>,
    tell: mpsc::UnboundedSender<Reply>,
) {
    let (at, options) = (Timestamp::now(), Options::default());
    let results = Mutex::new(Vec::new());
    let plan = of_rows(numbers, endpoints);
    tell.send(Reply::Planned(plan.counts(options.count, options.auth))).ok();
    let done = |place: usize, report: Report| {
        let result = CheckResult::of(&report.verdict).zip(numbers.get(place));
        let result = result.map(|(result, number)| (number.id.clone(), result));
        results.lock().unwrap_or_else(PoisonError::into_inner).extend(result);
        tell.send(Reply::Checked(place, Arc::new(report))).ok();
    };
    if let Err(why) = checker.plan(&plan, &options, at, &done).await {
        let why = why.to_string();
        for (place, number) in numbers.iter().enumerate() {
            done(place, unread(&number.line.to_string(), &why).settled(at));
        }
    }
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(store) = store.filter(|_| !results.is_empty()) {
        store.checks(at, results);
    }
}
