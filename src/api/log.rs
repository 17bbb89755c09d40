//! What was asked of the server: each request with its status, its time and its id. Never a key, a
//! body or a header.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::DATE;

use super::RequestId;
use super::retry::http_date;

/// So many requests are remembered.
const REMEMBERED: usize = 500;

/// A request that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// When it left.
    pub at: Timestamp,
    /// GET, POST, PATCH or DELETE.
    pub method: String,
    /// Path and query, as they were sent.
    pub target: String,
    /// The status of its answer; `None` when none came.
    pub status: Option<u16>,
    /// Whether its answer broke off, or is none of this API's, whatever its status says.
    pub unreadable: bool,
    /// What the server's clock showed (`Date`).
    pub clock: Option<Timestamp>,
    /// How long it took until its answer, or its failure, was there.
    pub took: Duration,
    /// Its `x-request-id`.
    pub id: RequestId,
}

/// The last requests, and how many there were.
#[derive(Debug, Default)]
pub(super) struct Activity(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    requests: VecDeque<Request>,
    /// Since the beginning.
    made: u64,
    /// Of these, those that were asked for already.
    taken: u64,
}

impl Activity {
    pub(super) fn add(&self, request: Request) {
        let mut inner = self.inner();
        if inner.requests.len() == REMEMBERED {
            inner.requests.pop_front();
        }
        inner.requests.push_back(request);
        inner.made += 1;
    }

    /// What answered a request cannot be read.
    pub(super) fn unreadable(&self, id: RequestId) {
        let mut inner = self.inner();
        if let Some(request) = inner.requests.iter_mut().rev().find(|request| request.id == id) {
            request.unreadable = true;
        }
    }

    /// The last requests, oldest first.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.inner().requests.iter().cloned().collect()
    }

    /// How many there were since this was asked last.
    pub(super) fn take_count(&self) -> u64 {
        let mut inner = self.inner();
        let made = inner.made;
        made - std::mem::replace(&mut inner.taken, made)
    }

    /// How many there were.
    pub(super) fn made(&self) -> u64 {
        self.inner().made
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request on its way. It is entered when it is over, however it ends: answered, broken, given up.
pub(super) struct Recording<'a> {
    activity: &'a Activity,
    begun: Instant,
    request: Option<Request>,
}

impl<'a> Recording<'a> {
    pub(super) fn begin(activity: &'a Activity, request: &reqwest::Request, id: RequestId) -> Self {
        let url = request.url();
        let query = url.query().map_or(String::new(), |query| format!("?{query}"));
        let request = Request {
            at: Timestamp::now(),
            method: request.method().to_string(),
            target: format!("{}{query}", url.path()),
            status: None,
            unreadable: false,
            clock: None,
            took: Duration::ZERO,
            id,
        };
        Self { activity, begun: Instant::now(), request: Some(request) }
    }

    pub(super) fn unreadable(&mut self) {
        if let Some(request) = &mut self.request {
            request.unreadable = true;
        }
    }

    pub(super) fn answered(&mut self, response: &reqwest::Response) {
        if let Some(request) = &mut self.request {
            request.status = Some(response.status().as_u16());
            let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
            request.clock = date.and_then(http_date);
        }
    }
}

impl Drop for Recording<'_> {
    fn drop(&mut self) {
        if let Some(request) = self.request.take() {
            let request = Request { took: self.begun.elapsed(), ..request };
            tracing::info!(
                method = request.method,
                target = request.target,
                status = request.status,
                took_ms = request.took.as_millis(),
                id = %request.id,
                unreadable = request.unreadable,
                "request"
            );
            self.activity.add(request);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_requests_are_remembered_and_all_are_counted() {
        let activity = Activity::default();
        for n in 0..REMEMBERED + 3 {
            activity.add(Request {
                at: Timestamp::UNIX_EPOCH,
                method: "GET".to_owned(),
                target: format!("/{n}"),
                status: Some(200),
                unreadable: false,
                clock: None,
                took: Duration::ZERO,
                id: RequestId::random(),
            });
        }
        let requests = activity.requests();
        assert_eq!((requests.len(), requests[0].target.as_str()), (REMEMBERED, "/3"));
        assert_eq!((activity.take_count(), activity.take_count()), (REMEMBERED as u64 + 3, 0));
        assert_eq!(activity.made(), REMEMBERED as u64 + 3);
    }
}
