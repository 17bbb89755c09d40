//! A list on screen: its rows, its place, its filter, and the state of its reading.

mod chunks;
mod index;
pub mod paste;
pub mod rows;
pub mod search;

use hashbrown::HashSet;
use jiff::Timestamp;

use super::filter_line::FilterLine;
use super::{Cursor, TaskId};
use crate::api::{Error, ErrorKind, ListKind, ListRequest, Page};
use crate::phone::{Filter, Needle, Number, NumberId, Order, SortKey, thousands};
use crate::store::SeenPage;
use crate::write::Quote;
pub use chunks::ShownRows;
use rows::Rows;

/// A list that is read page by page, and can be read again without losing its place.
#[derive(Debug, Clone)]
pub struct List {
    /// The rows.
    pub roster: Rows,
    /// Where the list stands.
    pub cursor: Cursor,
    /// The filter as typed.
    pub filter: FilterLine,
    /// What the filter looks for.
    needles: Vec<Needle>,
    /// Why the filter as typed is not understood.
    filter_error: Option<String>,
    /// The read under way.
    pub reading: Option<Reading>,
    /// The rows are those of an earlier run, until this one has read them.
    pub kept: Option<KeptRows>,
    /// When the rows were read.
    pub read_at: Option<Timestamp>,
    /// Why the last read failed.
    pub failure: Option<Error>,
    /// How much of the list the rows are.
    pub coverage: Coverage,
    /// How many rows the server says that there are.
    pub total: Option<u64>,
    /// Ids whose row changed in the last refresh, and until when that is shown.
    pub changed: Option<(Vec<NumberId>, Timestamp)>,
    /// Rows that are other than an earlier run saw them, until they are looked at.
    unseen: HashSet<NumberId>,
    /// Marked rows, by id: neither a filter nor a refresh moves a mark to another number.
    marks: HashSet<NumberId>,
    /// The row that was marked last.
    last_mark: Option<NumberId>,
    /// What the marked rows cost together; worked out when they change, not when they are drawn.
    marked_cost: Quote,
    sort_keys: &'static [SortKey],
}

/// Rows of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRows {
    /// Where the rows begin that are not here yet; `None` where all are.
    pub next: Option<i64>,
    /// The read of the others.
    task: Option<TaskId>,
}

/// A read under way.
#[derive(Debug, Clone)]
pub struct Reading {
    pub task: TaskId,
    /// Pages so far.
    pub pages: u32,
    /// While a list is read again, its new rows wait here, so that the old ones stay usable.
    fresh: Option<Vec<Number>>,
    reached: Coverage,
    /// Rows that a write changed (or took away) meanwhile. Pages that were asked for before that
    /// may show them as they were.
    newer: Vec<(NumberId, Option<Number>)>,
}

impl Reading {
    fn new(task: TaskId, fresh: Option<Vec<Number>>, from: u64) -> Self {
        Self { task, pages: 0, fresh, reached: Coverage::Partial(from), newer: Vec::new() }
    }

    /// The rows of a page, with what is known better put in place.
    fn corrected(&mut self, numbers: Vec<Number>) -> Vec<Number> {
        let known = |number: Number| match self.newer.iter().rev().find(|(id, _)| *id == number.id) {
            Some((_, newer)) => newer.clone(),
            None => Some(number),
        };
        if self.newer.is_empty() { numbers } else { numbers.into_iter().filter_map(known).collect() }
    }
}

/// How much of the list on the server the rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// Nothing was read.
    Nothing,
    /// The first rows; the list goes on from this offset.
    Partial(u64),
    /// All.
    Whole,
}

/// So many pages are read without being asked (product: "Asking politely").
pub const PAGES_UNASKED: u32 = 50;

/// The filter of what has a problem.
const PROBLEMS: &str = "problem:any";

/// A row that changed is marked for so long.
const CHANGED_FOR: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);

impl List {
    /// An empty list that can be sorted by `sort_keys`.
    pub fn new(sort_keys: &'static [SortKey]) -> Self {
        Self {
            roster: Rows::default(),
            cursor: Cursor::default(),
            filter: FilterLine::default(),
            needles: Vec::new(),
            filter_error: None,
            reading: None,
            kept: None,
            read_at: None,
            failure: None,
            coverage: Coverage::Nothing,
            total: None,
            changed: None,
            unseen: HashSet::new(),
            marks: HashSet::new(),
            last_mark: None,
            marked_cost: Quote::default(),
            sort_keys,
        }
    }

    /// Starts to read the list from its beginning. Rows that are there stay until it is done.
    /// `all`: to its end, else as far as is polite, or as far as it was read before.
    pub fn read(&mut self, task: TaskId, shelf: ListKind, all: bool) -> ListRequest {
        let all = all || (self.coverage == Coverage::Whole && !self.roster.is_empty());
        let fresh = (!self.roster.is_empty()).then(Vec::new);
        self.reading = Some(Reading::new(task, fresh, 0));
        let known = self.roster.len().div_ceil(usize::from(ListRequest::LARGEST_PAGE));
        let known = u32::try_from(known).unwrap_or(u32::MAX);
        let max_pages = (!all).then_some(known.max(PAGES_UNASKED));
        ListRequest { max_pages, ..ListRequest::whole(shelf) }
    }

    /// Starts to read on from where the list stopped. `None` when it is whole.
    pub fn read_on(&mut self, task: TaskId, shelf: ListKind) -> Option<ListRequest> {
        let Coverage::Partial(offset) = self.coverage else { return None };
        if self.failure.as_ref().is_some_and(|failure| failure.kind == ErrorKind::Incomplete) {
            // What is missing stands before that.
            return Some(self.read(task, shelf, true));
        }
        self.reading = Some(Reading::new(task, None, offset));
        Some(ListRequest { offset, ..ListRequest::whole(shelf) })
    }

    /// Begins with what an earlier run read.
    pub fn begin_with(&mut self, page: SeenPage) {
        if page.numbers.is_empty() {
            return;
        }
        self.kept = Some(KeptRows { next: page.next, task: None });
        self.coverage = Coverage::Whole;
        self.total = Some(page.total as u64);
        self.read_at = Some(page.until);
        self.keeping_place(|roster| roster.extend(page.numbers));
    }

    /// Shows rows that were seen at a time.
    pub fn show_seen(&mut self, numbers: Vec<Number>, at: Timestamp) {
        self.coverage = Coverage::Whole;
        self.read_at = Some(at);
        self.keeping_place(|roster| roster.extend(numbers));
    }

    /// The other rows of an earlier run come from this task.
    pub fn await_kept(&mut self, task: TaskId) {
        if let Some(kept) = &mut self.kept {
            kept.task = Some(task);
        }
    }

    /// Takes rows of an earlier run. Returns whether all of them are here now.
    pub fn kept_page(&mut self, task: TaskId, page: SeenPage) -> bool {
        let Some(kept) = self.kept.as_mut().filter(|kept| kept.task == Some(task)) else { return false };
        kept.next = page.next;
        let is_whole = page.next.is_none();
        let newer = self.reading.as_ref().map_or(&[][..], |reading| &reading.newer);
        let mut numbers = page.numbers;
        numbers.retain(|number| newer.iter().all(|(id, _)| *id != number.id));
        self.keeping_place(|roster| roster.extend(numbers));
        is_whole
    }

    /// Whether a row is marked as changed: for a moment, or since an earlier run until it is looked at.
    pub fn is_changed(&self, id: &NumberId) -> bool {
        self.unseen.contains(id) || self.changed.as_ref().is_some_and(|(ids, _)| ids.contains(id))
    }

    /// Somebody looks at the selected row.
    pub fn look(&mut self) {
        if let Some(id) = self.selected().map(|number| number.id.clone()).filter(|_| !self.unseen.is_empty())
        {
            self.unseen.remove(&id);
        }
    }

    /// Whether the rows are of an earlier run.
    pub fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Whether rows are left on the server that nobody reads now: what is not among those that were
    /// read may be among them.
    pub fn can_read_on(&self) -> bool {
        matches!(self.coverage, Coverage::Partial(_)) && self.reading.is_none()
    }

    /// How many rows there are, and of how many where the others are not read: `5,000 of 100,000`.
    pub fn extent(&self) -> String {
        let here = thousands(self.roster.len());
        let total = self.total.and_then(|total| usize::try_from(total).ok());
        let is_part =
            self.coverage != Coverage::Whole || self.kept.as_ref().is_some_and(|kept| kept.next.is_some());
        match total.filter(|total| is_part && *total > self.roster.len()) {
            Some(total) => format!("{here} of {}", thousands(total)),
            None => here,
        }
    }

    /// Takes a page. A page of another task changes nothing.
    pub fn page(&mut self, task: TaskId, page: Page, now: Timestamp) {
        let Some(reading) = self.reading.as_mut().filter(|reading| reading.task == task) else { return };
        reading.pages += 1;
        self.total = page.total;
        if page.again {
            // The rows so far are of the past: they stay until the new ones are all there.
            reading.fresh = Some(Vec::new());
        }
        reading.reached = if page.end { Coverage::Whole } else { Coverage::Partial(page.next_offset) };
        let numbers = reading.corrected(page.numbers);
        match &mut reading.fresh {
            Some(fresh) => fresh.extend(numbers),
            None => {
                self.coverage = reading.reached;
                self.read_at.get_or_insert(now);
                self.keeping_place(|roster| roster.extend(numbers));
            }
        }
    }

    /// A write made or changed a record: it is shown as it is now, whatever a page that is still on
    /// its way says.
    pub fn put(&mut self, number: Number) {
        if let Some(reading) = &mut self.reading {
            reading.newer.push((number.id.clone(), Some(number.clone())));
        }
        self.keeping_place(|roster| roster.put(number));
        self.sum_marks();
    }

    /// A write took a record away.
    pub fn remove(&mut self, id: &NumberId) {
        if let Some(reading) = &mut self.reading {
            reading.newer.push((id.clone(), None));
        }
        self.marks.remove(id);
        self.keeping_place(|roster| roster.remove(id));
        self.sum_marks();
    }

    /// The read has ended. Returns whether it was this list's own.
    pub fn end(&mut self, task: TaskId, result: Result<(), Error>, now: Timestamp) -> bool {
        let Some(reading) = self.reading.take_if(|reading| reading.task == task) else { return false };
        match result {
            Ok(()) => {
                self.failure = None;
                let was_kept = self.kept.take().is_some();
                self.read_at = Some(now);
                self.coverage = reading.reached;
                if let Some(mut fresh) = reading.fresh {
                    // A row that came before the write that changed it.
                    for (id, newer) in reading.newer {
                        let at = fresh.iter().position(|number| number.id == id);
                        match (at, newer) {
                            (Some(at), Some(newer)) => fresh[at] = newer,
                            (Some(at), None) => drop(fresh.remove(at)),
                            (None, Some(newer)) => fresh.push(newer),
                            (None, None) => {}
                        }
                    }
                    let changed = self.differing(&fresh);
                    if was_kept {
                        self.unseen = changed.iter().cloned().collect();
                    }
                    let until = now.checked_add(CHANGED_FOR).unwrap_or(now);
                    self.changed = (!changed.is_empty()).then_some((changed, until));
                    self.keeping_place(|roster| roster.replace(fresh));
                    let roster = &self.roster;
                    self.marks.retain(|id| roster.get(id).is_some());
                    self.sum_marks();
                }
            }
            Err(error) => {
                if let Some(mut fresh) = reading.fresh.filter(|_| error.kind == ErrorKind::Incomplete) {
                    // What can be read of it is newer than what is here; what is missing may still be.
                    fresh.retain(|number| reading.newer.iter().all(|(id, _)| *id != number.id));
                    self.keeping_place(|roster| roster.extend(fresh));
                    self.read_at = Some(now);
                    self.sum_marks();
                }
                self.failure = Some(error);
            }
        }
        true
    }

    /// Stops reading; what was read stays. Returns the task to be cancelled.
    pub fn stop(&mut self) -> Option<TaskId> {
        self.reading.take().map(|reading| reading.task)
    }

    /// Ids whose row is new or other than before. More than a screenful of them tells nobody
    /// anything, so that is none.
    fn differing(&self, fresh: &[Number]) -> Vec<NumberId> {
        let ids: Vec<NumberId> = fresh
            .iter()
            .filter(|number| self.roster.get(&number.id) != Some(number))
            .map(|number| number.id.clone())
            .take(201)
            .collect();
        if ids.len() > 200 { Vec::new() } else { ids }
    }

    /// Changes the rows while the selection stays on its id.
    pub fn keeping_place(&mut self, change: impl FnOnce(&mut Rows)) {
        let selected = self.selected().map(|number| number.id.clone());
        change(&mut self.roster);
        let position = selected.and_then(|id| self.roster.position(&id));
        let above = self.cursor.selected.saturating_sub(self.cursor.offset);
        if let Some(position) = position {
            // The row stays where it was on the screen, as far as that can be.
            self.cursor.offset = position.saturating_sub(above);
        }
        let position = position.unwrap_or(self.cursor.selected);
        self.cursor.select(position, self.roster.matching());
    }

    /// The selected number.
    pub fn selected(&self) -> Option<&Number> {
        self.roster.at(self.cursor.selected)
    }

    /// Marks the selected row, or takes its mark away, and goes to the next one.
    pub fn mark(&mut self) {
        let Some(id) = self.selected().map(|number| number.id.clone()) else { return };
        self.last_mark = Some(id.clone());
        if !self.marks.remove(&id) {
            self.marks.insert(id);
        }
        self.sum_marks();
        let matching = self.roster.matching();
        self.cursor.step(1, matching);
    }

    /// Marks all rows from the one that was marked last to the selected one.
    pub fn mark_to(&mut self) {
        let here = self.cursor.selected;
        let from = self.last_mark.as_ref().and_then(|id| self.roster.position(id)).unwrap_or(here);
        let (first, last) = (from.min(here), from.max(here));
        let ids: Vec<NumberId> =
            self.roster.window(first, last + 1 - first).map(|number| number.id.clone()).collect();
        self.last_mark = self.selected().map(|number| number.id.clone());
        self.marks.extend(ids);
        self.sum_marks();
    }

    /// Marks all rows that match; where all of them are marked, it takes their marks away.
    pub fn mark_all(&mut self) {
        let all: Vec<NumberId> =
            self.roster.window(0, self.roster.matching()).map(|number| number.id.clone()).collect();
        if all.len() <= self.marks.len() && all.iter().all(|id| self.marks.contains(id)) {
            for id in &all {
                self.marks.remove(id);
            }
        } else {
            self.marks.extend(all);
        }
        self.sum_marks();
    }

    /// Takes marks away: of these ids, or all.
    pub fn unmark<'a>(&mut self, ids: impl IntoIterator<Item = &'a NumberId>) {
        for id in ids {
            self.marks.remove(id);
        }
        self.sum_marks();
    }

    /// Takes all marks away.
    pub fn clear_marks(&mut self) {
        self.marks.clear();
        self.sum_marks();
    }

    fn sum_marks(&mut self) {
        let roster = &self.roster;
        let rows = self.marks.iter().filter_map(|id| roster.get(id)).map(Number::price);
        // Of many the rows are walked over as they lie: looking each up would leap to and fro.
        let many = self.marks.len() > roster.len() / 8;
        self.marked_cost = if many { Quote::of(self.marked().map(Number::price)) } else { Quote::of(rows) };
    }

    /// What the marked rows cost together.
    pub fn marked_cost(&self) -> Quote {
        self.marked_cost
    }

    /// How many rows are marked, those that a filter hides included.
    pub fn marks(&self) -> usize {
        self.marks.len()
    }

    /// Whether a row is marked.
    pub fn is_marked(&self, id: &NumberId) -> bool {
        self.marks.contains(id)
    }

    /// The marked rows, in the server's order.
    pub fn marked(&self) -> impl Iterator<Item = &Number> {
        let none = self.marks.is_empty();
        self.roster.numbers().filter(move |number| !none && self.marks.contains(&number.id))
    }

    /// How many marked rows the filter hides.
    pub fn hidden_marks(&self) -> usize {
        let shown = self.roster.window(0, self.roster.matching());
        self.marks.len() - shown.filter(|number| self.marks.contains(&number.id)).count()
    }

    /// Puts the filter as typed in force. One that is not understood accepts nothing: what it hides
    /// must not be marked or changed in its name.
    pub fn apply_filter(&mut self) {
        let parsed = Filter::parse(self.filter.text());
        self.filter_error = parsed.as_ref().err().map(ToString::to_string);
        let filter = parsed.unwrap_or_else(|_| Filter::nothing());
        self.needles = filter.needles();
        self.keeping_place(|roster| roster.filter(filter));
    }

    /// Whether the filter asks for what has a problem.
    pub fn asks_problems(&self) -> bool {
        self.filter.text().split_whitespace().any(|word| word == PROBLEMS)
    }

    /// Adds to the filter that only what has a problem is shown, or takes that out of it again.
    pub fn turn_problems(&mut self) {
        let asks = self.asks_problems();
        let others = self.filter.text().split_whitespace().filter(|word| *word != PROBLEMS);
        let words: Vec<&str> = others.chain((!asks).then_some(PROBLEMS)).collect();
        let text = words.join(" ");
        self.filter.set(&text);
        self.apply_filter();
    }

    /// What the filter looks for, to be shown where it was found.
    pub fn needles(&self) -> &[Needle] {
        &self.needles
    }

    /// What is wrong with the filter, where something is: it is not understood, or asks for something
    /// that nothing is called by.
    pub fn filter_problem(&self) -> Option<String> {
        self.filter_error.clone().or_else(|| self.roster.stranger())
    }

    /// Sorts by the next column; after the last one the server's order returns.
    pub fn sort_next(&mut self) {
        let now = self.roster.order();
        let next = match now.key {
            None => self.sort_keys.first().copied(),
            Some(key) => {
                let at = self.sort_keys.iter().position(|other| *other == key).unwrap_or(0);
                self.sort_keys.get(at + 1).copied()
            }
        };
        self.keeping_place(|roster| roster.sort(Order { key: next, descending: false }));
    }

    /// Sorts by a column; by the one that it is sorted by, the other way round.
    pub fn sort_by(&mut self, key: SortKey) {
        let now = self.roster.order();
        let descending = now.key == Some(key) && !now.descending;
        self.keeping_place(|roster| roster.sort(Order { key: Some(key), descending }));
    }

    /// Turns the order round.
    pub fn reverse(&mut self) {
        let now = self.roster.order();
        self.keeping_place(|roster| roster.sort(Order { descending: !now.descending, ..now }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{NumberText, Status};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn number(id: u8, status: Status) -> Number {
        let mut n =
            Number::new(NumberId::new(&id.to_string()), NumberText::parse(&format!("+23480312345{id:02}")));
        n.status = Some(status);
        n
    }

    fn page(ids: std::ops::Range<u8>, end: bool) -> Page {
        let next_offset = u64::from(ids.end);
        let numbers = ids.map(|id| number(id, Status::Active)).collect();
        Page { numbers, total: None, next_offset, end, again: false }
    }

    fn states(listing: &List) -> Vec<(String, Option<Status>)> {
        listing.roster.numbers().map(|number| (number.id.to_string(), number.status.clone())).collect()
    }

    #[test]
    fn a_list_that_is_read_again_stays_until_the_new_rows_are_all_there() {
        let mut listing = List::new(&[]);
        listing.read(TaskId(1), ListKind::Owned, false);
        listing.page(TaskId(1), page(0..3, false), NOW);
        listing.page(TaskId(1), Page { again: true, ..page(1..3, false) }, NOW);
        assert_eq!(listing.roster.len(), 3, "nobody looks at half a list");
        listing.page(TaskId(1), page(3..5, true), NOW);
        listing.end(TaskId(1), Ok(()), NOW);
        assert_eq!((listing.roster.len(), listing.coverage), (4, Coverage::Whole));
        assert!(listing.roster.get(&NumberId::new("0")).is_none(), "it is gone");
    }

    #[test]
    fn what_can_be_read_of_a_list_is_shown_and_what_is_missing_is_not_given_up() {
        let incomplete = || Err(Error::new(ErrorKind::Incomplete, "row 2 has no id"));
        let mut listing = List::new(&[]);
        listing.read(TaskId(1), ListKind::Owned, false);
        listing.page(TaskId(1), page(0..3, true), NOW);
        listing.end(TaskId(1), Ok(()), NOW);
        listing.read(TaskId(2), ListKind::Owned, false);
        listing.put(number(2, Status::Inactive));
        listing.page(TaskId(2), page(1..5, false), NOW);
        listing.end(TaskId(2), incomplete(), NOW);
        assert_eq!(listing.roster.len(), 5);
        assert_eq!(states(&listing)[2].1, Some(Status::Inactive), "the write is newer");
        assert!(listing.failure.is_some());

        let mut first = List::new(&[]);
        first.read(TaskId(1), ListKind::Owned, false);
        first.page(TaskId(1), page(0..3, false), NOW);
        first.end(TaskId(1), incomplete(), NOW);
        assert_eq!((first.roster.len(), first.coverage), (3, Coverage::Partial(3)));
        let on = first.read_on(TaskId(2), ListKind::Owned).unwrap();
        assert_eq!((on.offset, on.max_pages), (0, None), "what is missing may be anywhere");
    }

    #[test]
    fn older_pages_of_a_refresh_do_not_undo_what_a_write_changed_meanwhile() {
        for before_the_page in [true, false] {
            let mut listing = List::new(&[]);
            listing.read(TaskId(1), ListKind::Owned, false);
            listing.page(TaskId(1), page(0..3, true), NOW);
            listing.end(TaskId(1), Ok(()), NOW);

            listing.read(TaskId(2), ListKind::Owned, false);
            let write = |listing: &mut List| {
                listing.put(number(1, Status::Inactive));
                listing.remove(&NumberId::new("2"));
                listing.put(number(9, Status::Pending));
            };
            if before_the_page {
                write(&mut listing);
            }
            listing.page(TaskId(2), page(0..3, true), NOW);
            if !before_the_page {
                write(&mut listing);
            }
            listing.end(TaskId(2), Ok(()), NOW);
            assert_eq!(
                states(&listing),
                [
                    ("0".to_owned(), Some(Status::Active)),
                    ("1".to_owned(), Some(Status::Inactive)),
                    ("9".to_owned(), Some(Status::Pending)),
                ],
                "the write came before the page: {before_the_page}"
            );
        }
    }
}
