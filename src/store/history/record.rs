//! A complete read is recorded: compared with the one before, which makes the changes.

use hashbrown::HashMap;
use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::aspect::{Aspect, Fact};
use super::attribution::Writes;
use super::cell::Cell;
use super::change::{ChangeAuthor, NewChange};
use super::fault::Fault;
use super::order;
use super::row::{COLUMNS, NumberRow, kept_form, number_of};
use super::span::{ReadTimes, Span};
use super::values::{Classes, Values, text_of};
use crate::phone::{Moment, Number, NumberId};
use crate::write::Entry;

/// What came of recording a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is the first one: there is nothing that it could differ from.
    First,
    /// Nothing that is told differs from the read before.
    Same,
    /// So many changes were told.
    Changed(usize),
    /// It began before the last one that is kept had ended: what is older in it would be told as a change.
    /// Nothing was recorded.
    Overlapping,
    /// It is empty, and the one before was not. Nothing was recorded: it takes a second one to believe that
    /// all numbers are gone at once.
    Doubted,
}

/// So long after the first one the second empty list has to begin, in microseconds: what a gateway says twice at
/// once it says once.
const APART: i64 = 2_000_000;

/// Under this name it is marked when a list was empty that was not before.
const EMPTIED: &str = "emptied";

/// What a number is found by: a UUID may be written in another case.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key<'a> {
    Uuid(u128),
    Text(&'a str),
}

impl<'a> Key<'a> {
    fn of_text(text: &'a str) -> Self {
        Uuid::try_parse(text).map_or(Self::Text(text), |uuid| Self::Uuid(uuid.as_u128()))
    }

    fn of_cell(cell: ValueRef<'a>) -> Result<Self, Fault> {
        match cell {
            ValueRef::Blob(bytes) => {
                Uuid::from_slice(bytes).map(|uuid| Self::Uuid(uuid.as_u128())).map_err(|_| Fault::Damaged)
            }
            ValueRef::Text(text) => text_of(text).map(Self::of_text),
            _ => Err(Fault::Damaged),
        }
    }
}

/// A row that is kept, of a number that is in the read.
#[derive(Debug, Clone, Copy)]
struct KeptRow {
    key: i64,
    position: Option<i64>,
    is_same: bool,
}

/// A number of the read that is not as it was.
struct Differing {
    /// Its place in the read.
    at: usize,
    key: i64,
    was: Number,
    is_back: bool,
}

/// A number that is kept, and not in the read.
struct Missing {
    key: i64,
    position: i64,
    was: Number,
}

/// A read beside what is kept.
struct Comparison<'a> {
    numbers: &'a [Number],
    index: HashMap<Key<'a>, usize>,
    kept: Vec<Option<KeptRow>>,
    differing: Vec<Differing>,
    missing: Vec<Missing>,
    values: Values,
    classes: Classes,
}

/// Records the read of a list whose numbers are `numbers`, in a transaction that is the caller's. `writes`
/// reads those of this machine, `None` where they are not known; `now` is the time of this machine.
pub(super) fn record(
    db: &Connection,
    numbers: &[Number],
    read: ReadTimes,
    writes: &dyn Fn() -> Option<Vec<Entry>>,
    now: Timestamp,
) -> Result<Recorded, Fault> {
    let last = Span::last(db)?;
    // A time that is still to come was of a clock that jumped.
    let jumped = last.is_some_and(|span| span.last.ended > now.max(read.ended));
    if last.is_some_and(|span| !jumped && read.began < span.last.ended) {
        return Ok(Recorded::Overlapping);
    }
    let mut comparison = Comparison::of(db, numbers)?;
    if numbers.is_empty() && !comparison.missing.is_empty() && !confirmed(db, read)? {
        return Ok(Recorded::Doubted);
    }
    db.execute("DELETE FROM mark WHERE name = ?1", [EMPTIED])?;
    let not_before = last.map(|span| span.last.began).filter(|at| !jumped && *at <= read.ended);
    let mut changes = Vec::new();
    // Where all is as it was, nobody asks whose doing it is.
    let entries = if comparison.is_same() { None } else { writes() };
    let writes = Writes::between(entries.as_deref(), not_before, read.ended);
    comparison.tell(&writes, &mut changes);
    let new = comparison.put_rows(db)?;
    let Some(last) = last else {
        Span::begin(db, None, read)?;
        return Ok(Recorded::First);
    };
    if changes.is_empty() && new.is_empty() && !jumped {
        Span::extend(db, last.id, read)?;
        return Ok(Recorded::Same);
    }
    comparison.tell_new(&writes, &new, &mut changes);
    let span = Span::begin(db, not_before, read)?;
    comparison.enter(db, span, &changes)?;
    Ok(if changes.is_empty() { Recorded::Same } else { Recorded::Changed(changes.len()) })
}

/// Whether an empty list was seen before by a read that had ended when this one began; else it is marked
/// that it was seen now.
fn confirmed(db: &Connection, read: ReadTimes) -> Result<bool, Fault> {
    let mut statement = db.prepare_cached("SELECT at FROM mark WHERE name = ?1")?;
    let seen: Option<i64> = statement.query_row([EMPTIED], |row| row.get(0)).optional()?;
    let (began, ended) = (read.began.as_microsecond(), read.ended.as_microsecond());
    match seen {
        Some(at) if at.saturating_add(APART) <= began => Ok(true),
        // A mark of a clock that jumped is set anew.
        Some(at) if at <= ended => Ok(false),
        _ => {
            let mut mark = db.prepare_cached("INSERT OR REPLACE INTO mark (name, at) VALUES (?1, ?2)")?;
            mark.execute((EMPTIED, ended))?;
            Ok(false)
        }
    }
}

impl<'a> Comparison<'a> {
    fn of(db: &Connection, numbers: &'a [Number]) -> Result<Self, Fault> {
        let mut index = HashMap::with_capacity(numbers.len());
        for (at, number) in numbers.iter().enumerate() {
            // Of two rows with one id the first counts.
            index.entry(Key::of_text(number.id.as_str())).or_insert(at);
        }
        let mut this = Self {
            numbers,
            index,
            kept: vec![None; numbers.len()],
            differing: Vec::new(),
            missing: Vec::new(),
            values: Values::load(db)?,
            classes: Classes::load(db)?,
        };
        let mut statement = db.prepare_cached(&format!("SELECT key, position, {COLUMNS} FROM number"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (key, position): (i64, Option<i64>) = (row.get(0)?, row.get(1)?);
            let found = this.index.get(&Key::of_cell(row.get_ref(2)?)?).copied();
            let Some(at) = found.filter(|at| this.kept[*at].is_none()) else {
                if let Some(position) = position {
                    let was = number_of(row, 2, &this.values, &this.classes)?;
                    this.missing.push(Missing { key, position, was });
                }
                continue;
            };
            let packed = NumberRow::of(&numbers[at], db, &mut this.values, &mut this.classes)?;
            let is_same = packed.is(row, 2)?;
            this.kept[at] = Some(KeptRow { key, position, is_same });
            if !is_same || position.is_none() {
                let was = number_of(row, 2, &this.values, &this.classes)?;
                this.differing.push(Differing { at, key, was, is_back: position.is_none() });
            }
        }
        Ok(this)
    }

    /// Whether the read shows what is kept, but for the order.
    fn is_same(&self) -> bool {
        // Of two rows with one id the second has no place.
        let known = self.kept.iter().flatten().count();
        self.differing.is_empty() && self.missing.is_empty() && known == self.index.len()
    }

    fn knows(&self, id: &NumberId) -> bool {
        self.index.contains_key(&Key::of_text(id.as_str()))
            || self.missing.iter().any(|missing| missing.was.id.is_same(id))
    }

    /// Adds what changed of the numbers that are kept.
    fn tell(&self, writes: &Writes<'_>, changes: &mut Vec<NewChange>) {
        for one in &self.differing {
            let is = kept_form(&self.numbers[one.at]);
            let mut back = None;
            if one.is_back {
                let change = self.change(writes, one.key, &is, (Aspect::Back, Fact::Unsaid, Fact::Unsaid));
                back = Some(change.author).filter(|author| matches!(author, ChangeAuthor::Us(_)));
                changes.push(change);
            }
            for aspect in Aspect::compared() {
                let (before, after) = (aspect.of(&one.was), aspect.of(&is));
                if before == after {
                    continue;
                }
                let mut change = self.change(writes, one.key, &is, (aspect, before, after));
                // What a purchase brought back it brought back as it is.
                if let (Some(back), ChangeAuthor::Elsewhere) = (back, change.author) {
                    change.author = back;
                }
                changes.push(change);
            }
        }
        for gone in &self.missing {
            let nothing = (Aspect::Gone, Fact::Unsaid, Fact::Unsaid);
            changes.push(self.change(writes, gone.key, &gone.was, nothing));
        }
    }

    /// Adds that numbers are new: their keys, with their places in the read.
    fn tell_new(&self, writes: &Writes<'_>, new: &[(i64, usize)], changes: &mut Vec<NewChange>) {
        for (key, at) in new {
            let nothing = (Aspect::New, Fact::Unsaid, Fact::Unsaid);
            changes.push(self.change(writes, *key, &self.numbers[*at], nothing));
        }
    }

    fn change(
        &self,
        writes: &Writes<'_>,
        key: i64,
        number: &Number,
        (aspect, before, after): (Aspect, Fact, Fact),
    ) -> NewChange {
        let author = writes.author(number, (aspect, &before, &after), &|id| self.knows(id));
        NewChange { key, aspect, before, after, author }
    }

    /// Makes the kept rows those of the read, and touches none that is so already. Returns the keys of
    /// numbers that were in no read before, with their places in this one.
    fn put_rows(&mut self, db: &Connection) -> Result<Vec<(i64, usize)>, Fault> {
        let before: Vec<Option<i64>> =
            self.kept.iter().map(|kept| kept.and_then(|kept| kept.position)).collect();
        let places = order::places(&before);
        let mut new = Vec::new();
        let mut place = db.prepare_cached("UPDATE number SET position = ?1 WHERE key = ?2")?;
        let numbers = self.numbers;
        for (at, number) in numbers.iter().enumerate() {
            // Of two rows with one id the second is not there.
            if self.index.get(&Key::of_text(number.id.as_str())) != Some(&at) {
                continue;
            }
            let position = places.get(at).copied();
            match self.kept[at] {
                Some(kept) if kept.is_same && kept.position == position => {}
                Some(kept) => {
                    if !kept.is_same {
                        NumberRow::of(number, db, &mut self.values, &mut self.classes)?
                            .replace(db, kept.key)?;
                    }
                    if kept.position != position {
                        place.execute((position, kept.key))?;
                    }
                }
                None => {
                    let row = NumberRow::of(number, db, &mut self.values, &mut self.classes)?;
                    new.push((row.insert(db, position)?, at));
                }
            }
        }
        for missing in &self.missing {
            place.execute((None::<i64>, missing.key))?;
        }
        Ok(new)
    }

    /// Enters changes, each number's first one with the time at which it changed last before.
    fn enter(&mut self, db: &Connection, span: i64, changes: &[NewChange]) -> Result<(), Fault> {
        let updated: HashMap<i64, Option<&Moment>> =
            self.differing.iter().map(|one| (one.key, one.was.updated_at.as_ref())).collect();
        let places: HashMap<i64, i64> =
            self.missing.iter().map(|missing| (missing.key, missing.position)).collect();
        let mut before = None;
        for change in changes {
            let is_first = before.replace(change.key) != Some(change.key);
            let at = updated.get(&change.key).copied().flatten().filter(|_| is_first);
            let place = places.get(&change.key).copied();
            change.insert(db, &mut self.values, span, place, &Cell::of_moment(at))?;
        }
        Ok(())
    }
}
