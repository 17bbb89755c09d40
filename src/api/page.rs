//! A list, page by page.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use tokio::task::JoinHandle;

use super::wire::Rows;
use super::{Client, Error, ErrorKind, List};
use crate::phone::{Number, NumberId};

/// Page sizes that servers are known to fall back to, whatever was asked for. A first page of
/// exactly so many rows may be the server's page size or the whole list.
const FALLBACKS: [u64; 3] = [20, 25, 50];

/// Most pages in flight where the server allows at least [`GENEROUS`] requests a second.
const WIDE: u32 = 8;
/// Most pages in flight elsewhere.
const NARROW: u32 = 2;
const GENEROUS: f64 = 50.0;

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its rows, without those that an earlier page already had.
    pub numbers: Vec<Number>,
    /// How many rows the whole list has, where the server says so.
    pub total: Option<u64>,
    /// Where the next page begins, in rows.
    pub next_offset: u64,
    /// Whether the list is known to end here.
    pub end: bool,
}

/// What is known about a list while it is read, and what to ask for next.
///
/// The offset advances by the rows received. Pages beyond the next one are asked for ahead of
/// time, on the assumption that all are as long as the first; where one is not, what was asked
/// ahead is dropped and asked for again from the right place. Pages go in batches, each as large
/// as all before it, so that a short list costs no request too many; once the widest is reached,
/// the window slides.
#[derive(Debug)]
struct Plan {
    asked: u64,
    max_pages: Option<u32>,
    /// Pages asked for so far, dropped ones included: `max_pages` counts requests.
    requested: u32,
    /// Pages in flight.
    ahead: u32,
    /// How many more may be asked for before all of them have to be back.
    batch: u32,
    /// Rows of the first page.
    stride: Option<u64>,
    /// Full pages received.
    full: u32,
    /// Rows received, from the beginning of the list.
    reached: u64,
    /// Where the next request begins.
    next: u64,
    total: Option<u64>,
    seen: HashSet<NumberId>,
    done: bool,
}

/// What becomes of what was asked ahead.
#[derive(Debug, PartialEq, Eq)]
enum Ahead {
    Keep,
    Drop,
}

impl Plan {
    fn new(list: &List) -> Self {
        Self {
            asked: u64::from(list.per_page),
            max_pages: list.max_pages,
            requested: 0,
            ahead: 0,
            batch: 0,
            stride: None,
            full: 0,
            reached: list.offset,
            next: list.offset,
            total: None,
            seen: HashSet::new(),
            done: false,
        }
    }

    /// The offset to ask for now; `None` while enough is in flight, or when there is no more.
    fn request(&mut self, stated: Option<f64>) -> Option<u64> {
        let most = if stated.is_some_and(|limit| limit >= GENEROUS) { WIDE } else { NARROW };
        let window = self.full.clamp(1, most);
        let spent = self.max_pages.is_some_and(|max| self.requested >= max);
        let beyond = self.stride.is_some() && self.total.is_some_and(|total| self.next >= total);
        if self.ahead == 0 {
            self.batch = window;
        }
        let waits = self.batch == 0 && window < WIDE;
        if self.done || spent || beyond || waits || self.ahead >= window {
            return None;
        }
        self.batch = self.batch.saturating_sub(1);
        let offset = self.next;
        self.next += self.stride.unwrap_or(0);
        self.requested += 1;
        self.ahead += 1;
        Some(offset)
    }

    /// Takes the next page in order.
    fn receive(&mut self, rows: Rows) -> Result<(Page, Ahead), Error> {
        let count = rows.numbers.len() as u64;
        self.ahead = self.ahead.saturating_sub(1);
        self.total = rows.total.or(self.total);
        let first = self.stride.is_none();
        let stride = *self.stride.get_or_insert(count);
        if first {
            self.next = self.reached + count;
        }
        self.reached += count;
        let missing = self.total.is_some_and(|total| self.reached < total);
        if count == 0 && missing {
            let total = self.total.unwrap_or_default();
            return self.incomplete(format!("the list ended after {} of {total} rows", self.reached));
        }
        let mut numbers = rows.numbers;
        numbers.retain(|number| self.seen.insert(number.id.clone()));
        if count > 0 && numbers.is_empty() {
            return self.incomplete(format!(
                "a page had no row that was not there before; {} rows were read",
                self.seen.len()
            ));
        }
        let believed = if first { count < self.asked && !FALLBACKS.contains(&count) } else { count < stride };
        let end = match self.total {
            Some(total) => self.reached >= total,
            None => count == 0 || believed,
        };
        if count >= stride && (!first || count >= self.asked || missing) {
            self.full += 1;
        }
        self.done = end;
        let ahead = if end || count != stride { Ahead::Drop } else { Ahead::Keep };
        if ahead == Ahead::Drop {
            self.next = self.reached;
            self.ahead = 0;
            // The guess was wrong; go one by one until full pages make another one reasonable.
            self.full = 0;
        }
        Ok((Page { numbers, total: self.total, next_offset: self.reached, end }, ahead))
    }

    fn incomplete<T>(&mut self, message: String) -> Result<T, Error> {
        self.done = true;
        Err(Error::new(ErrorKind::Incomplete, message))
    }
}

/// A page on its way, on a task of its own so that several are decoded side by side; dropping it
/// cancels it.
struct Task(JoinHandle<Result<Rows, Error>>);

impl Future for Task {
    type Output = Result<Rows, Error>;

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
    list: List,
    plan: Plan,
    flight: FuturesOrdered<Task>,
}

impl Pages {
    pub(super) fn new(client: Client, mut list: List) -> Self {
        list.per_page = list.per_page.clamp(1, List::LARGEST_PAGE);
        let plan = Plan::new(&list);
        Self { client, list, plan, flight: FuturesOrdered::new() }
    }

    /// The next page. `None` after the end, after `max_pages`, and after an error; an error on one
    /// page comes after all rows before it. Cancelling the wait loses nothing.
    pub async fn next(&mut self) -> Option<Result<Page, Error>> {
        if self.plan.done {
            return None;
        }
        self.fill();
        let page = match self.flight.next().await? {
            Ok(rows) => self.plan.receive(rows),
            Err(error) => Err(error),
        };
        match page {
            Ok((page, ahead)) => {
                if ahead == Ahead::Drop {
                    self.flight.clear();
                }
                Some(Ok(page))
            }
            Err(error) => {
                self.plan.done = true;
                self.flight.clear();
                Some(Err(error))
            }
        }
    }

    /// All rows, to the end or an error: a list that `max_pages` cut off is
    /// [`ErrorKind::Incomplete`].
    pub async fn collect(mut self) -> Result<Vec<Number>, Error> {
        let mut numbers = Vec::new();
        let mut end = false;
        while let Some(page) = self.next().await {
            let page = page?;
            end = page.end;
            numbers.extend(page.numbers);
        }
        if end {
            return Ok(numbers);
        }
        let message = format!("reading stopped after {} rows, before the end of the list", numbers.len());
        Err(Error::new(ErrorKind::Incomplete, message))
    }

    fn fill(&mut self) {
        while let Some(offset) = self.plan.request(self.client.stated_limit()) {
            let (client, shelf, limit) = (self.client.clone(), self.list.shelf.clone(), self.list.per_page);
            let task = tokio::spawn(async move { client.page(&shelf, limit, offset).await });
            self.flight.push_back(Task(task));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::super::Shelf;
    use super::*;
    use crate::phone::Line;

    /// A server: a list of so many rows, with its habits.
    #[derive(Debug, Clone)]
    struct Server {
        rows: u64,
        /// Largest page that it gives.
        cap: u64,
        states_total: bool,
        ignores_offset: bool,
    }

    impl Server {
        fn page(&self, offset: u64, limit: u64) -> Rows {
            let from = if self.ignores_offset { 0 } else { offset.min(self.rows) };
            let to = (from + limit.min(self.cap)).min(self.rows);
            Rows { numbers: numbers(from..to), total: self.states_total.then_some(self.rows), told: None }
        }
    }

    fn numbers(ids: impl IntoIterator<Item = u64>) -> Vec<Number> {
        ids.into_iter().map(|id| Number::new(NumberId::new(&id.to_string()), Line::parse(""))).collect()
    }

    struct Outcome {
        ids: Vec<u64>,
        requests: Vec<u64>,
        most_in_flight: usize,
        end: bool,
        error: Option<Error>,
    }

    /// Reads a list the way [`Pages`] does.
    fn read(list: &List, stated: Option<f64>, mut answer: impl FnMut(u64) -> Rows) -> Outcome {
        let mut plan = Plan::new(list);
        let mut flight = VecDeque::new();
        let mut out = Outcome { ids: vec![], requests: vec![], most_in_flight: 0, end: false, error: None };
        loop {
            while let Some(offset) = plan.request(stated) {
                assert!(out.requests.len() < 10_000, "asks for ever");
                out.requests.push(offset);
                flight.push_back(offset);
            }
            out.most_in_flight = out.most_in_flight.max(flight.len());
            let Some(offset) = flight.pop_front() else { return out };
            match plan.receive(answer(offset)) {
                Ok((page, ahead)) => {
                    out.ids.extend(page.numbers.iter().map(|n| n.id.as_str().parse::<u64>().unwrap()));
                    out.end = page.end;
                    if ahead == Ahead::Drop {
                        flight.clear();
                    }
                }
                Err(error) => {
                    out.error = Some(error);
                    return out;
                }
            }
        }
    }

    fn from(server: &Server, list: &List, stated: Option<f64>) -> Outcome {
        let limit = u64::from(list.per_page);
        read(list, stated, |offset| server.page(offset, limit))
    }

    fn server(rows: u64) -> Server {
        Server { rows, cap: 100, states_total: false, ignores_offset: false }
    }

    fn whole() -> List {
        List::whole(Shelf::Owned)
    }

    #[test]
    fn the_first_page_goes_alone_and_the_window_opens_with_full_pages() {
        let out = from(&server(1000), &whole(), Some(200.0));
        assert_eq!(out.ids, (0..1000).collect::<Vec<_>>());
        assert_eq!(out.most_in_flight, 8);
        assert!(out.end);
        for stated in [None, Some(10.0), Some(49.0)] {
            assert_eq!(from(&server(1000), &whole(), stated).most_in_flight, 2, "{stated:?}");
        }
        let mut plan = Plan::new(&whole());
        assert_eq!((plan.request(Some(200.0)), plan.request(Some(200.0))), (Some(0), None));
    }

    #[test]
    fn a_short_list_costs_no_request_too_many_and_a_long_one_few() {
        for stated in [None, Some(10_000.0)] {
            assert_eq!(from(&server(312), &whole(), stated).requests, [0, 100, 200, 300], "{stated:?}");
            for rows in [100, 700, 1234, 5000, 20_000] {
                let needed = rows / 100 + 1;
                let asked = from(&server(rows), &whole(), stated).requests.len() as u64;
                assert!(asked < needed + 8, "{asked} requests where {needed} are needed, {stated:?}");
            }
        }
    }

    #[test]
    fn nothing_is_asked_for_beyond_a_known_total() {
        for (rows, requests) in [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (1000, 10), (1001, 11)] {
            let server = Server { states_total: true, ..server(rows) };
            let out = from(&server, &whole(), Some(200.0));
            assert_eq!((out.ids.len() as u64, out.requests.len(), out.end), (rows, requests, true), "{rows}");
        }
    }

    #[test]
    fn a_short_first_page_is_believed_unless_it_may_be_a_page_size() {
        for (rows, requests) in
            [(0, 1), (1, 1), (19, 1), (20, 2), (21, 1), (25, 2), (50, 2), (99, 1), (100, 2)]
        {
            let out = from(&server(rows), &whole(), None);
            assert_eq!((out.ids.len() as u64, out.requests.len(), out.end), (rows, requests, true), "{rows}");
        }
        for cap in FALLBACKS {
            let out = from(&Server { cap, ..server(312) }, &whole(), Some(200.0));
            assert_eq!((out.ids.len(), out.end), (312, true), "{cap}");
        }
        let twenty = List { per_page: 20, ..whole() };
        assert_eq!(from(&server(20), &twenty, None).requests, [0, 20]);
    }

    #[test]
    fn a_server_that_ignores_the_offset_is_found_out() {
        for (rows, cap) in [(312, 100), (100, 100), (20, 20), (312, 1000)] {
            let server = Server { cap, ignores_offset: true, ..server(rows) };
            let out = from(&server, &whole(), Some(200.0));
            assert_eq!(out.error.unwrap().kind, ErrorKind::Incomplete, "{rows} {cap}");
            assert!(!out.end);
        }
    }

    #[test]
    fn a_list_that_ends_before_its_total_is_incomplete() {
        let out = read(&whole(), None, |offset| Rows { total: Some(300), ..server(150).page(offset, 100) });
        assert_eq!(out.ids.len(), 150);
        assert_eq!(out.error.unwrap().kind, ErrorKind::Incomplete);
    }

    #[test]
    fn a_row_that_moved_between_two_pages_is_there_once() {
        let out = read(&whole(), None, |offset| match offset {
            0 => Rows { numbers: numbers(0..100), total: None, told: None },
            100 => Rows { numbers: numbers(99..199), total: None, told: None },
            _ => Rows { numbers: numbers(199..205), total: None, told: None },
        });
        assert_eq!(out.ids, (0..205).collect::<Vec<_>>());
    }

    #[test]
    fn a_page_of_another_length_moves_what_comes_after() {
        // The server's total is believed; page 2 is short all the same.
        let out = read(&whole(), Some(200.0), |offset| {
            let count = if offset == 100 { 40 } else { 100 };
            Rows { numbers: numbers(offset..(offset + count).min(500)), total: Some(500), told: None }
        });
        assert_eq!(out.ids, (0..500).collect::<Vec<_>>());
        assert!(out.end);
        // And page 2 is long.
        let out = read(&whole(), Some(200.0), |offset| {
            let count = if offset == 100 { 300 } else { 100 };
            Rows { numbers: numbers(offset..(offset + count).min(450)), total: None, told: None }
        });
        assert_eq!(out.ids, (0..450).collect::<Vec<_>>());
        assert!(out.end);
    }

    #[test]
    fn no_more_pages_are_asked_for_than_allowed() {
        for (max, rows, requests, end) in
            [(0, 500, 0, false), (1, 500, 1, false), (3, 500, 3, false), (3, 250, 3, true), (1, 20, 1, false)]
        {
            let list = List { max_pages: Some(max), ..whole() };
            let out = from(&server(rows), &list, Some(200.0));
            assert_eq!((out.requests.len(), out.end), (requests, end), "{max} of {rows}");
        }
    }

    #[test]
    fn reading_can_begin_anywhere() {
        for (offset, total) in [(150, true), (150, false), (1000, true), (1000, false)] {
            let list = List { offset, ..whole() };
            let out = from(&Server { states_total: total, ..server(312) }, &list, None);
            assert_eq!(out.ids, (offset.min(312)..312).collect::<Vec<_>>(), "{offset} {total}");
            assert!(out.end);
        }
    }

    proptest! {
        #[test]
        fn any_list_is_read_exactly(
            rows in 0u64..3000,
            per_page in 1u16..=100,
            cap in prop::sample::select(vec![7u64, 20, 25, 30, 50, 100, 500]),
            states_total in any::<bool>(),
            stated in prop::option::of(1.0f64..300.0),
        ) {
            let per_page = per_page.max(20);
            // Without a total, a server's own page size can only be recognized where it is a usual one.
            let cap = if states_total || FALLBACKS.contains(&cap) { cap } else { 500 };
            let server = Server { rows, cap, states_total, ignores_offset: false };
            let out = from(&server, &List { per_page, ..whole() }, stated);
            prop_assert!(out.error.is_none());
            prop_assert!(out.end);
            prop_assert_eq!(out.ids, (0..rows).collect::<Vec<_>>());
            let pages = rows / u64::from(per_page).min(cap) + 2;
            prop_assert!(out.requests.len() as u64 <= pages + u64::from(WIDE));
        }

        #[test]
        fn whatever_a_server_does_reading_ends(
            pages in prop::collection::vec((prop::collection::vec(0u64..400, 0..120), prop::option::of(0u64..500)), 1..20),
            max_pages in prop::option::of(0u32..9),
        ) {
            let mut n = 0;
            let out = read(&List { max_pages, ..whole() }, Some(200.0), |_| {
                let (ids, total) = pages[n % pages.len()].clone();
                n += 1;
                Rows { numbers: numbers(ids), total, told: None }
            });
            let distinct: HashSet<_> = out.ids.iter().collect();
            prop_assert_eq!(distinct.len(), out.ids.len());
            prop_assert!(max_pages.is_none_or(|max| out.requests.len() <= max as usize));
            prop_assert!(out.end != out.error.is_some() || max_pages.is_some());
        }
    }
}
