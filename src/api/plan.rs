//! How a list is read to its end: what to ask for next, and whether what came is the whole list.

use super::decode::{self, PageRows};
use super::{Error, ErrorKind, ListRequest, SeenIds};
use crate::phone::{Endpoint, Number};

/// Page sizes that servers are known to fall back to, whatever was asked for. A first page of
/// exactly so many rows may be the server's page size or the whole list.
const FALLBACKS: [u64; 3] = [20, 25, 50];

/// Most pages in flight where the server allows at least [`GENEROUS`] requests a second.
const WIDE: u32 = 8;
/// Most pages in flight elsewhere.
const NARROW: u32 = 2;
const GENEROUS: f64 = 50.0;

/// A list ends here at the latest: nobody owns that many numbers, and a server that never comes to an
/// end must not be read for ever.
const MOST_ROWS: u64 = 1_000_000;

/// What the rows of a list may take, with what collects them, in bytes.
const MOST_WEIGHT: usize = 384 << 20;
/// What a row costs whoever collects it, beside itself and its texts: places in lists and indexes.
const PLACE: usize = 64;
/// The part of it that may be what nobody asked for. Of the rows after that it is not kept.
const MOST_EXTRA: usize = 64 << 20;
/// What it costs a row to say so.
const CUT: usize = 256;

/// What is known by an id.
pub(super) trait Row {
    /// The id.
    fn key(&self) -> &str;
    /// Takes away what nobody asked for.
    fn cut(&mut self);
}

impl Row for Number {
    fn key(&self) -> &str {
        self.id.as_str()
    }

    fn cut(&mut self) {
        decode::cut(self);
    }
}

impl Row for Endpoint {
    fn key(&self) -> &str {
        self.id.as_str()
    }

    /// Nothing else is kept of it.
    fn cut(&mut self) {}
}

/// What is known about a list while it is read, and what to ask for next.
///
/// The offset advances by the rows received. Pages beyond the next one are asked for ahead of
/// time, on the assumption that all are as long as the first; where one is not, what was asked
/// ahead is dropped and asked for again from the right place. Pages go in batches, each as large
/// as all before it, so that a short list costs no request too many; once the widest is reached,
/// the window slides.
///
/// Rows that come twice, a total that changes, and an end before the total mean that the list moved
/// while it was read, and that other rows were missed; a page that a cache kept is one of another time. Then it is read once more from the start; if
/// that is no better, all that can be read is given out, and the list is said not to be whole.
#[derive(Debug)]
pub(super) struct Plan {
    asked: u64,
    begin: u64,
    max_pages: Option<u32>,
    max_rows: Option<u64>,
    /// Whether what came before is held by nobody.
    passing: bool,
    /// Whether this is the second time.
    again: bool,
    /// What was given out the first time.
    before: Option<SeenIds>,
    pass: Pass,
    flaw: Option<Flaw>,
    done: bool,
}

/// One way through the list.
#[derive(Debug)]
struct Pass {
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
    total: Total,
    seen: SeenIds,
    weight: usize,
    extra: usize,
    odd: u64,
    first_odd: Option<String>,
}

impl Pass {
    fn from(offset: u64) -> Self {
        Self {
            requested: 0,
            ahead: 0,
            batch: 0,
            stride: None,
            full: 0,
            reached: offset,
            next: offset,
            total: Total::Unsaid,
            seen: SeenIds::default(),
            weight: 0,
            extra: 0,
            odd: 0,
            first_odd: None,
        }
    }
}

/// What the server says of the length of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Total {
    Unsaid,
    /// The length of the first page, which is full: that of the list, or of the page alone.
    Doubted(u64),
    Said(u64),
    /// More rows came than it says: it counts something else.
    Wrong,
}

/// Why a list is not whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Flaw {
    #[error("its length changed from {before} to {said}")]
    Length { before: u64, said: u64 },
    #[error("{0} rows of a page were there before")]
    Repeated(usize),
    /// Seconds.
    #[error("a cache on the way answered with what was so {0} s ago")]
    Stale(u64),
    #[error("it ended after {reached} of {total} rows")]
    Short { reached: u64, total: u64 },
    #[error("it is longer than {MOST_ROWS} rows, and was cut there")]
    Long,
    #[error("its rows are larger than {} MiB, and it was cut there", MOST_WEIGHT >> 20)]
    Heavy,
}

impl Total {
    /// Takes what a page says; an error when it says something else than the one before.
    fn hear(
        &mut self,
        said: Option<u64>,
        first_and_full: bool,
        count: u64,
        reached: u64,
    ) -> Result<(), Flaw> {
        let Some(said) = said else {
            if count > 0 && matches!(self, Self::Doubted(_)) {
                *self = Self::Wrong;
            }
            return Ok(());
        };
        match *self {
            Self::Wrong => {}
            Self::Unsaid if first_and_full && said == count => *self = Self::Doubted(said),
            Self::Unsaid if said < reached => *self = Self::Wrong,
            Self::Unsaid => *self = Self::Said(said),
            Self::Doubted(_) if count == 0 => {}
            Self::Doubted(before) if said == count || said == before => *self = Self::Wrong,
            Self::Said(before) if said == before => {
                if said < reached {
                    *self = Self::Wrong;
                }
            }
            Self::Doubted(before) | Self::Said(before) => {
                return Err(Flaw::Length { before, said });
            }
        }
        Ok(())
    }

    fn believed(self) -> Option<u64> {
        if let Self::Said(total) = self { Some(total) } else { None }
    }
}

/// What a page was in the list.
#[derive(Debug)]
pub(super) struct Taken<T> {
    /// Its rows, without those that an earlier page already had.
    pub(super) rows: Vec<T>,
    /// Whether the list is known to end here, and was read whole.
    pub(super) end: bool,
    /// Whether what was asked ahead is worth something.
    pub(super) keep_ahead: bool,
}

impl Plan {
    pub(super) fn new(list: &ListRequest) -> Self {
        Self {
            asked: u64::from(list.per_page),
            begin: list.offset,
            max_pages: list.max_pages,
            max_rows: list.max_rows,
            passing: list.passing,
            again: false,
            before: None,
            pass: Pass::from(list.offset),
            flaw: None,
            done: false,
        }
    }

    /// The offset to ask for now; `None` while enough is in flight, or when there is no more.
    pub(super) fn request(&mut self, stated: Option<f64>) -> Option<u64> {
        let pass = &mut self.pass;
        let most = if stated.is_some_and(|limit| limit >= GENEROUS) { WIDE } else { NARROW };
        let window = pass.full.clamp(1, most);
        let spent = self.max_pages.is_some_and(|max| pass.requested >= max)
            || self.max_rows.is_some_and(|max| pass.next - self.begin >= max);
        let beyond = pass.stride.is_some() && pass.total.believed().is_some_and(|total| pass.next >= total);
        if pass.ahead == 0 {
            pass.batch = window;
        }
        let waits = pass.batch == 0 && window < WIDE;
        if self.done || spent || beyond || waits || pass.ahead >= window {
            return None;
        }
        pass.batch = pass.batch.saturating_sub(1);
        let offset = pass.next;
        pass.next += pass.stride.unwrap_or(0);
        pass.requested += 1;
        pass.ahead += 1;
        Some(offset)
    }

    /// Takes the next page in order. `None`: the list has moved, and reading begins again; what was
    /// taken before is of the past.
    pub(super) fn receive<T: Row>(&mut self, page: PageRows<T>) -> Option<Taken<T>> {
        let count = page.received;
        let pass = &mut self.pass;
        pass.ahead = pass.ahead.saturating_sub(1);
        let first = pass.stride.is_none();
        let stride = *pass.stride.get_or_insert(count);
        if first {
            pass.next = pass.reached + count;
        }
        if let Some((row, why)) = page.first_odd {
            pass.first_odd.get_or_insert_with(|| format!("row {} {why}", pass.reached + row));
        }
        pass.odd += page.odd;
        pass.weight += page.weight + page.items.len() * (size_of::<T>() + PLACE);
        pass.reached += count;
        let full = count >= self.asked || FALLBACKS.contains(&count);
        let mut trouble = pass.total.hear(page.total, first && full, count, pass.reached).err();
        let mut rows = page.items;
        if pass.extra + page.extra > MOST_EXTRA && !self.passing {
            rows.iter_mut().for_each(Row::cut);
            pass.weight += rows.len() * CUT;
        } else {
            pass.extra += page.extra;
            pass.weight += page.extra;
        }
        let sent = rows.len();
        rows.retain(|row| pass.seen.insert(row.key()));
        let repeated = sent - rows.len();
        if repeated > 0 {
            trouble.get_or_insert(Flaw::Repeated(repeated));
        }
        if page.age > 0 {
            trouble.get_or_insert(Flaw::Stale(page.age));
        }
        let total = pass.total.believed();
        let missing = total.is_some_and(|total| pass.reached < total);
        if count == 0 && missing {
            trouble.get_or_insert(Flaw::Short { reached: pass.reached, total: total.unwrap_or_default() });
        }
        if let Some(trouble) = trouble {
            if !self.again {
                self.again = true;
                // These are given out to nobody.
                rows.iter().for_each(|row| pass.seen.remove(row.key()));
                let past = std::mem::replace(&mut self.pass, Pass::from(self.begin));
                self.before = Some(past.seen);
                return None;
            }
            self.flaw.get_or_insert(trouble);
        }
        if pass.reached - self.begin > MOST_ROWS {
            self.flaw.get_or_insert(Flaw::Long);
            self.done = true;
        }
        if pass.weight > MOST_WEIGHT && !self.passing {
            self.flaw.get_or_insert(Flaw::Heavy);
            self.done = true;
        }
        let believed = if first { !full } else { count < stride };
        let end = match total {
            Some(total) => pass.reached >= total,
            None => count == 0 || (believed && !page.more),
        };
        if count >= stride && (!first || count >= self.asked || missing) {
            pass.full += 1;
        }
        // Where nothing new comes, nothing ever will.
        self.done |= end || count == 0 || repeated as u64 == count;
        let keep_ahead = !self.done && count == stride;
        if !keep_ahead {
            pass.next = pass.reached;
            pass.ahead = 0;
            // The guess was wrong; go one by one until full pages make another one reasonable.
            pass.full = 0;
        }
        let end = self.done && self.flaw().is_none();
        Some(Taken { rows, end, keep_ahead })
    }

    /// Whether a page came.
    pub(super) fn has_begun(&self) -> bool {
        self.again || self.pass.stride.is_some()
    }

    /// The rows that were given out before reading began again. They can be had once.
    pub(super) fn before(&mut self) -> SeenIds {
        self.before.take().unwrap_or_default()
    }

    /// Where the next page begins, in rows.
    pub(super) fn reached(&self) -> u64 {
        self.pass.reached
    }

    /// How many rows the whole list has, as far as the server is to be believed.
    pub(super) fn total(&self) -> Option<u64> {
        self.pass.total.believed()
    }

    /// Stops asking.
    pub(super) fn stop(&mut self) {
        self.done = true;
    }

    /// Why what was read is not the list as it is on the server.
    pub(super) fn flaw(&self) -> Option<Error> {
        let odd = self.pass.first_odd.as_ref().map(|first| match self.pass.odd {
            1 => format!("{first}, and cannot be told from others"),
            odd => format!("{odd} rows are none that can be told from others ({first})"),
        });
        let why = self.flaw.as_ref().map(ToString::to_string).or(odd)?;
        Some(Error::new(ErrorKind::Incomplete, format!("the list was not read whole: {why}")))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashSet, VecDeque};

    use proptest::prelude::*;

    use super::super::ListKind;
    use super::super::decode::{Interner, RowOrigin};
    use super::*;
    use crate::phone::{NumberId, NumberText};

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
        fn page(&self, offset: u64, limit: u64) -> PageRows<Number> {
            let from = if self.ignores_offset { 0 } else { offset.min(self.rows) };
            let to = (from + limit.min(self.cap)).min(self.rows);
            rows(from..to, self.states_total.then_some(self.rows))
        }
    }

    #[test]
    fn a_million_rows_as_the_contract_has_them_are_not_too_heavy() {
        let row = r#"[{"id":"a1000000-0000-4000-8000-000000000001","e164":"+2348031234567","country":"NG",
            "type":"mobile","status":"active","endpoint_id":"a1000000-0000-4000-8000-000000000002",
            "allow_inbound":true,"allow_outbound":false,"sip_uri":"sip:+2348031234567@sip.provider.example:5060",
            "organization_id":"a1000000-0000-4000-8000-000000000003","created_at":"2026-03-03T10:00:00Z",
            "updated_at":"2026-03-03T10:00:00Z"}]"#;
        let page = decode::list(row.as_bytes(), RowOrigin::Owned, &Interner::default()).unwrap();
        let heavy = (page.weight + size_of::<Number>() + PLACE) as u64 * MOST_ROWS;
        assert!(heavy <= MOST_WEIGHT as u64, "{heavy}");
    }

    fn rows(ids: impl IntoIterator<Item = u64>, total: Option<u64>) -> PageRows<Number> {
        let items = numbers(ids);
        PageRows { received: items.len() as u64, items, total, ..PageRows::new() }
    }

    fn numbers(ids: impl IntoIterator<Item = u64>) -> Vec<Number> {
        ids.into_iter().map(|id| Number::new(NumberId::new(&id.to_string()), NumberText::parse(""))).collect()
    }

    struct Outcome {
        ids: Vec<u64>,
        requests: Vec<u64>,
        most_in_flight: usize,
        end: bool,
        error: Option<Error>,
    }

    /// Reads a list the way [`Pages`] does.
    fn read(
        list: &ListRequest,
        stated: Option<f64>,
        mut answer: impl FnMut(u64) -> PageRows<Number>,
    ) -> Outcome {
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
                Some(page) => {
                    out.ids.extend(page.rows.iter().map(|n| n.id.as_str().parse::<u64>().unwrap()));
                    out.end = page.end;
                    if !page.keep_ahead {
                        flight.clear();
                    }
                }
                None => {
                    out.ids.clear();
                    flight.clear();
                }
            }
            out.error = plan.flaw();
        }
    }

    fn from(server: &Server, list: &ListRequest, stated: Option<f64>) -> Outcome {
        let limit = u64::from(list.per_page);
        read(list, stated, |offset| server.page(offset, limit))
    }

    fn server(rows: u64) -> Server {
        Server { rows, cap: 100, states_total: false, ignores_offset: false }
    }

    fn whole() -> ListRequest {
        ListRequest::whole(ListKind::Owned)
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
        for (rows, requests) in [(0, 1), (1, 1), (99, 1), (100, 2), (101, 2), (1000, 10), (1001, 11)] {
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
        let twenty = ListRequest { per_page: 20, ..whole() };
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
        let out =
            read(&whole(), None, |offset| PageRows { total: Some(300), ..server(150).page(offset, 100) });
        assert_eq!((out.ids.len(), out.requests), (150, vec![0, 100, 150, 0, 100, 150]));
        assert_eq!(out.error.unwrap().kind, ErrorKind::Incomplete);
    }

    #[test]
    fn a_page_that_a_cache_kept_is_asked_for_again_and_makes_no_whole_list() {
        let cached = |until: usize| {
            let mut asked = 0;
            read(&whole(), None, move |offset| {
                asked += 1;
                PageRows { age: if asked <= until { 7 } else { 0 }, ..server(150).page(offset, 100) }
            })
        };
        let out = cached(1);
        assert_eq!((out.ids.len(), out.end, out.error), (150, true, None), "a fresh one came");
        let out = cached(usize::MAX);
        assert_eq!((out.ids.len(), out.end), (150, false), "what is there is given out");
        let error = out.error.unwrap();
        assert!(error.kind == ErrorKind::Incomplete && error.message.contains("7 s ago"), "{error:?}");
    }

    /// A list of 250 that is another one from the second page on, and settles after so many requests.
    fn moving(settled: usize, total: Option<u64>, mut moved: impl FnMut(u64) -> PageRows<Number>) -> Outcome {
        let mut asked = 0;
        read(&whole(), None, |offset| {
            asked += 1;
            if asked > settled || offset == 0 {
                rows(offset..(offset + 100).min(250), total)
            } else {
                moved(offset)
            }
        })
    }

    #[test]
    fn a_list_that_moved_is_read_once_more_and_then_said_not_to_be_whole() {
        let inserted = |offset: u64| rows(offset - 1..(offset + 99).min(250), None);
        let shrunk = |offset: u64| rows(offset + 1..(offset + 101).min(250), Some(249));
        for (total, moved) in [(None, &inserted as &dyn Fn(u64) -> PageRows<Number>), (Some(250), &shrunk)] {
            let out = moving(2, total, moved);
            assert_eq!((out.ids, out.end), ((0..250).collect(), true), "{total:?}");
            assert!(out.error.is_none());
            let out = moving(1000, total, moved);
            assert_eq!(out.error.unwrap().kind, ErrorKind::Incomplete, "{total:?}");
            assert!(!out.end && out.ids.len() > 200, "what can be read is given out");
        }
    }

    #[test]
    fn a_total_that_counts_the_page_hides_no_row() {
        for (all, cap) in [(130, 100), (100, 100), (200, 100), (70, 50), (50, 50), (45, 20)] {
            let out = read(&whole(), None, |offset| {
                let page = server(all).page(offset, cap);
                PageRows { total: Some(page.received), ..page }
            });
            assert_eq!((out.ids, out.end), ((0..all).collect(), true), "{all} {cap}");
            assert!(out.error.is_none());
        }
    }

    #[test]
    fn a_total_that_is_the_page_size_or_too_small_hides_no_row() {
        for total in [0, 1, 99, 100] {
            let out = read(&whole(), None, |offset| PageRows {
                total: Some(total),
                ..server(130).page(offset, 100)
            });
            assert_eq!((out.ids, out.end), ((0..130).collect(), true), "{total}");
        }
    }

    #[test]
    fn a_total_on_the_first_page_alone_is_remembered() {
        let out = read(&whole(), None, |offset| PageRows {
            total: (offset == 0).then_some(180),
            ..server(130).page(offset, 100)
        });
        assert_eq!(out.error.unwrap().kind, ErrorKind::Incomplete);
        let out = read(&whole(), None, |offset| PageRows {
            total: (offset == 0).then_some(u64::MAX),
            ..server(130).page(offset, 100)
        });
        assert_eq!(out.error.unwrap().kind, ErrorKind::Incomplete, "a huge one is none of ours");
    }

    #[test]
    fn rows_that_cannot_be_read_are_counted_and_hide_no_other() {
        let out = read(&whole(), None, |offset| {
            let mut page = server(250).page(offset, 100);
            if offset == 100 {
                page.items.remove(7);
                page.odd = 1;
                page.first_odd = Some((8, "has no id"));
            }
            page
        });
        assert_eq!(out.ids.len(), 249);
        let error = out.error.unwrap();
        assert_eq!(error.kind, ErrorKind::Incomplete);
        assert!(error.message.contains("row 108 has no id"), "{error}");
        assert!(!out.end);
    }

    #[test]
    fn two_rows_of_one_id_make_a_list_incomplete() {
        let out = read(&whole(), None, |_| rows([1, 2, 2, 3], None));
        assert_eq!((out.ids, out.end), (vec![1, 2, 3], false));
        assert_eq!(out.error.unwrap().kind, ErrorKind::Incomplete);
    }

    #[test]
    fn a_short_page_that_says_that_more_follow_is_not_the_last() {
        let capped = Server { cap: 30, ..server(250) };
        let out =
            read(&whole(), None, |offset| PageRows { more: offset + 30 < 250, ..capped.page(offset, 100) });
        assert_eq!((out.ids, out.end), ((0..250).collect(), true));
    }

    #[test]
    fn a_list_without_an_end_ends_with_words() {
        let mut plan = Plan::new(&whole());
        let (mut page, mut asked) = (0, 0);
        while plan.request(None).is_some() {
            asked += 1;
            plan.receive(rows(page..page + 50_000, None)).unwrap();
            page += 50_000;
        }
        assert!(asked <= MOST_ROWS / 50_000 + 1);
        assert!(plan.flaw().unwrap().message.contains("longer than 1000000 rows"));
        let mut plan = Plan::new(&whole());
        plan.request(None);
        let heavy = PageRows { weight: MOST_WEIGHT + 1, ..rows(0..100, None) };
        assert!(!plan.receive(heavy).unwrap().end);
        assert_eq!(plan.request(None), None);
        assert!(plan.flaw().unwrap().message.contains("MiB"));
    }

    #[test]
    fn rows_that_nobody_keeps_may_be_as_large_as_they_are() {
        let mut plan = Plan::new(&ListRequest { passing: true, ..whole() });
        for from in [0, 100] {
            plan.request(None);
            let mut page =
                PageRows { weight: MOST_WEIGHT, extra: MOST_EXTRA, ..rows(from..from + 100, None) };
            let note = [("note".to_owned(), "x".into())];
            page.items[0].extra = Some(Box::new(note.into_iter().collect()));
            let taken = plan.receive(page).unwrap();
            assert!(taken.rows[0].extra.as_ref().unwrap().contains_key("note"));
        }
        assert!(plan.request(None).is_some() && plan.flaw().is_none());
    }

    #[test]
    fn what_nobody_asked_for_is_dropped_where_there_is_too_much_of_it_and_no_row_is() {
        let noted = |from: u64| {
            let mut page = PageRows { extra: MOST_EXTRA / 2, ..rows(from..from + 100, None) };
            let note = [("note".to_owned(), "x".into())];
            page.items[0].extra = Some(Box::new(note.into_iter().collect()));
            page
        };
        let mut plan = Plan::new(&whole());
        for page in 0..4 {
            let taken = plan.receive(noted(100 * page)).unwrap();
            let extra = taken.rows[0].extra.as_ref().unwrap();
            assert_eq!(extra.contains_key("note"), page < 2, "{page}");
            assert_eq!((extra.len(), taken.rows.len(), &taken.rows[1].extra), (1, 100, &None));
        }
        assert!(plan.flaw().is_none());
    }

    #[test]
    fn no_more_rows_are_asked_for_than_wanted() {
        for (most, requests) in [(1, 1), (100, 1), (101, 2), (250, 3), (1000, 10)] {
            let list = ListRequest { max_rows: Some(most), ..whole() };
            let out = from(&server(5000), &list, Some(200.0));
            assert_eq!((out.requests.len(), out.end), (requests, false), "{most}");
        }
    }

    #[test]
    fn a_page_of_another_length_moves_what_comes_after() {
        // The server's total is believed; page 2 is short all the same.
        let out = read(&whole(), Some(200.0), |offset| {
            let count = if offset == 100 { 40 } else { 100 };
            rows(offset..(offset + count).min(500), Some(500))
        });
        assert_eq!(out.ids, (0..500).collect::<Vec<_>>());
        assert!(out.end);
        // And page 2 is long.
        let out = read(&whole(), Some(200.0), |offset| {
            let count = if offset == 100 { 300 } else { 100 };
            rows(offset..(offset + count).min(450), None)
        });
        assert_eq!(out.ids, (0..450).collect::<Vec<_>>());
        assert!(out.end);
    }

    #[test]
    fn no_more_pages_are_asked_for_than_allowed() {
        for (max, rows, requests, end) in
            [(0, 500, 0, false), (1, 500, 1, false), (3, 500, 3, false), (3, 250, 3, true), (1, 20, 1, false)]
        {
            let list = ListRequest { max_pages: Some(max), ..whole() };
            let out = from(&server(rows), &list, Some(200.0));
            assert_eq!((out.requests.len(), out.end), (requests, end), "{max} of {rows}");
        }
    }

    #[test]
    fn reading_can_begin_anywhere() {
        for (offset, total) in [(150, true), (150, false), (1000, true), (1000, false)] {
            let list = ListRequest { offset, ..whole() };
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
            let out = from(&server, &ListRequest { per_page, ..whole() }, stated);
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
            let out = read(&ListRequest { max_pages, ..whole() }, Some(200.0), |_| {
                let (ids, total) = pages[n % pages.len()].clone();
                n += 1;
                rows(ids, total)
            });
            let distinct: HashSet<_> = out.ids.iter().collect();
            prop_assert_eq!(distinct.len(), out.ids.len());
            prop_assert!(max_pages.is_none_or(|max| out.requests.len() <= 2 * max as usize));
            prop_assert!(!(out.end && out.error.is_some()));
            prop_assert!(out.end != out.error.is_some() || max_pages.is_some());
        }
    }
}
