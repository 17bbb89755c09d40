//! A list, page by page.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use tokio::task::JoinHandle;

use super::decode::PageRows;
use super::plan::Plan;
use super::{Client, Error, ErrorKind, ListRequest, SeenIds};
use crate::phone::Number;

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its rows, without those that an earlier page already had.
    pub numbers: Vec<Number>,
    /// How many rows the whole list has, where the server says so and can be believed.
    pub total: Option<u64>,
    /// Where the next page begins, in rows.
    pub next_offset: u64,
    /// Whether the list is known to end here, and was read whole.
    pub end: bool,
    /// Whether the list moved while it was read, and is now read from its start: the rows of the
    /// pages before this one are of the past.
    pub again: bool,
}

/// A page on its way, on a task of its own so that several are decoded side by side; dropping it
/// cancels it.
struct Task(JoinHandle<Result<PageRows<Number>, Error>>);

impl Future for Task {
    type Output = Result<PageRows<Number>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|joined| match joined {
            Ok(result) => result,
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(Error::new(ErrorKind::Broken, "the read was cancelled")),
            },
        })
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The pages of a list, in order. Dropping it cancels what is in flight.
pub struct Pages {
    client: Client,
    list: ListRequest,
    plan: Plan,
    flight: FuturesOrdered<Task>,
    /// Reading begins again with the next page.
    again: bool,
    failed: bool,
}

impl Pages {
    pub(super) fn new(client: Client, mut list: ListRequest) -> Self {
        list.per_page = list.per_page.clamp(1, ListRequest::LARGEST_PAGE);
        let plan = Plan::new(&list);
        Self { client, list, plan, flight: FuturesOrdered::new(), again: false, failed: false }
    }

    /// The next page. `None` after the end, after what was allowed, and after an error; an error on
    /// one page comes after all rows before it, and [`ErrorKind::Incomplete`] after all rows that
    /// could be read of a list that is not whole. Cancelling the wait loses nothing.
    pub async fn next(&mut self) -> Option<Result<Page, Error>> {
        loop {
            self.fill();
            let Some(page) = self.flight.next().await else {
                let flaw = self.flaw().filter(|_| !self.failed)?;
                return Some(Err(self.fail(flaw)));
            };
            let rows = match page {
                Ok(rows) => rows,
                Err(error) => return Some(Err(self.fail(error))),
            };
            let Some(taken) = self.plan.receive(rows) else {
                self.flight.clear();
                self.again = true;
                continue;
            };
            if !taken.keep_ahead {
                self.flight.clear();
            }
            let (numbers, end) = (taken.rows, taken.end);
            let (total, next_offset) = (self.plan.total(), self.plan.reached());
            let again = std::mem::take(&mut self.again);
            return Some(Ok(Page { numbers, total, next_offset, end, again }));
        }
    }

    /// The rows of the pages before the list was begun again, for who cannot take back what was done
    /// with them. They can be had once.
    pub fn before(&mut self) -> SeenIds {
        self.plan.before()
    }

    /// Why the pages so far are not that part of the list, for who stops before the end.
    pub fn flaw(&self) -> Option<Error> {
        self.plan.flaw()
    }

    /// All rows, to the end or an error: a list that cannot be read whole, or that `max_pages` or
    /// `max_rows` cut off, is [`ErrorKind::Incomplete`].
    pub async fn collect(mut self) -> Result<Vec<Number>, Error> {
        let mut numbers = Vec::new();
        let mut end = false;
        while let Some(page) = self.next().await {
            let page = page?;
            end = page.end;
            if page.again {
                numbers.clear();
            }
            numbers.extend(page.numbers);
        }
        if end {
            return Ok(numbers);
        }
        let message = format!("reading stopped after {} rows, before the end of the list", numbers.len());
        Err(Error::new(ErrorKind::Incomplete, message))
    }

    fn fail(&mut self, error: Error) -> Error {
        self.plan.stop();
        self.failed = true;
        self.flight.clear();
        error
    }

    fn fill(&mut self) {
        while let Some(offset) = self.plan.request(self.client.stated_limit()) {
            let (client, shelf, limit) = (self.client.clone(), self.list.shelf.clone(), self.list.per_page);
            let task = tokio::spawn(async move { client.page(&shelf, limit, offset).await });
            self.flight.push_back(Task(task));
        }
    }
}
