//! What the server was seen to hold, and when: the last list that was read whole, and what changed from
//! one such read to the next. A cache: it may be deleted at any time, and nothing but the past is lost.
//!
//! # What is told
//!
//! - Only complete reads are recorded. Who hands one in vouches for that.
//! - A change lies between two times: when the read before it began, and when the read that shows it ended.
//!   What happened in between and back again is not seen.
//! - A read that began before the last one that is kept had ended is not recorded: what is older in it would
//!   be told as a change back. Where the kept time is still to come the clock has jumped, and the changes of
//!   that read have no time before which they did not happen.
//! - A list that is empty at once is believed when a second read agrees: a gateway answers `[]`, too.
//! - A change is ours where exactly one write of this machine explains it, see [`ChangeAuthor`].
//! - That only the time of the last change differs is kept, and not told.
//!
//! # What is kept
//!
//! One SQLite file for each server, organization and mode, readable by its owner alone. Of a number what the
//! contract names, of an address what is left without its password; no secret, and nothing that the contract
//! does not name. A file that is damaged, or of a newer numdeck, is put aside, and another one begun; where
//! no file can be used nothing is remembered, which hinders nobody.

mod address;
mod aspect;
mod attribution;
mod cell;
mod change;
mod fault;
mod order;
mod page;
mod place;
mod query;
mod record;
mod retention;
mod round;
mod row;
mod schema;
mod span;
#[cfg(test)]
mod tests;
mod transitions;
mod travel;
mod turn;
mod values;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};

pub use aspect::{Aspect, Fact};
pub use change::{ChangeAuthor, NumberChange};
pub use fault::StoreError;
pub use page::SeenPage;
pub use query::ChangeQuery;
pub use record::Recorded;
pub use retention::Retention;
pub use transitions::Transitions;
pub use travel::{NotSeen, SeenList};
pub use turn::{CheckResult, CheckTurn};

use crate::phone::{Endpoint, Number, NumberId};
use crate::write::Entry;
use fault::Fault;
use place::{OpenStore, Place};
use row::number_of;
use span::{ReadTimes, Span};
use values::{Classes, Values};

/// A list of the owned numbers that was read whole: not cut, not filtered, and without a doubt which rows
/// are the same.
#[derive(Debug, Clone, PartialEq)]
pub struct CompleteRead {
    /// When its first request left.
    pub began: Timestamp,
    /// When its last answer was there.
    pub ended: Timestamp,
    /// All rows, in the order of the server.
    pub numbers: Vec<Number>,
}

impl CompleteRead {
    /// A longer list is not held beside what it is read for, only to be remembered: it would take more memory than
    /// its rows do.
    pub const MOST_HELD: usize = 200_000;

    /// A row as it is handed in: what nobody asked for takes room, and is not kept.
    pub fn row(number: &Number) -> Number {
        let is_null = row::has_null_address(number);
        let mut row = Number { extra: None, ..number.clone() };
        if is_null {
            row::put_null_address(&mut row);
        }
        row
    }

    /// Whether a row says that it is of another organization than the one that was named.
    pub fn is_of_another(&self, organization: Option<&str>) -> bool {
        let others = self.numbers.iter().filter_map(|number| number.organization.as_deref());
        organization.is_some_and(|named| others.into_iter().any(|other| other != named))
    }
}

/// What is known of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFacts {
    /// How large it is, in bytes.
    pub size: u64,
    /// When the first read that is kept of began; `None` before there is one.
    pub since: Option<Timestamp>,
    /// When the last one ended.
    pub until: Option<Timestamp>,
}

/// The store of one server, organization and mode. Several processes may use one at once.
#[derive(Debug)]
pub struct NumberStore {
    place: Place,
    keep: Retention,
    open: Option<OpenStore>,
    aside: Option<PathBuf>,
    /// It is not put aside where it is damaged.
    looks: bool,
}

impl NumberStore {
    /// The store in a file. Nothing is created before something is kept.
    pub fn new(file: PathBuf, keep: Retention) -> Self {
        Self { place: Place::new(file), keep, open: None, aside: None, looks: false }
    }

    /// The store in a file, for who only looks: one that is damaged stays where it is, and is an error.
    pub fn looking(file: PathBuf) -> Self {
        Self { looks: true, ..Self::new(file, Retention::default()) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.place.path()
    }

    /// Every file that a store in `file` may consist of, and what was put aside of it.
    pub fn files(file: &Path) -> Vec<PathBuf> {
        Place::new(file.to_owned()).files()
    }

    /// The file of the store that a file belongs to, by its name.
    pub fn file_of(part: &Path) -> Option<PathBuf> {
        Place::file_of(part)
    }

    /// Where a damaged store was put that was found since this was asked last: it is to be told once.
    pub fn take_set_aside(&mut self) -> Option<PathBuf> {
        self.aside.take()
    }

    /// Records a complete read. `writes` reads those of this machine, where something changed; `None` where a
    /// ledger cannot be asked. `now` is the time of this machine.
    ///
    /// # Errors
    /// It can not be kept now; nothing else depends on it.
    pub fn record(
        &mut self,
        read: &CompleteRead,
        writes: &dyn Fn() -> Option<Vec<Entry>>,
        now: Timestamp,
    ) -> Result<Recorded, StoreError> {
        let keep = self.keep;
        let times = ReadTimes::new(read.began, read.ended);
        let recorded = self.using(true, |db| {
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let before = Span::last(&transaction)?.map(|span| span.last.ended);
            let recorded = record::record(&transaction, &read.numbers, times, writes, now)?;
            let went = retention::prune(&transaction, keep, now, before)?;
            transaction.commit()?;
            if went {
                retention::give_back(db)?;
            }
            Ok(recorded)
        })?;
        recorded.ok_or_else(|| StoreError("there is no store".to_owned()))
    }

    /// Keeps the endpoints that were read at a time.
    ///
    /// # Errors
    /// They can not be kept now.
    pub fn keep_endpoints(&mut self, endpoints: &[Endpoint], at: Timestamp) -> Result<(), StoreError> {
        self.writing(|db| travel::keep_endpoints(db, endpoints, at))
    }

    /// Keeps what checks of routes came to, of those numbers of which it is something else than before.
    ///
    /// # Errors
    /// It can not be kept now.
    pub fn keep_checks(
        &mut self,
        at: Timestamp,
        results: &[(NumberId, CheckResult)],
    ) -> Result<(), StoreError> {
        self.writing(|db| turn::keep(db, at, results))
    }

    /// The last list that was read whole.
    ///
    /// # Errors
    /// There is none, or it can not be read now.
    pub fn last(&mut self) -> Result<SeenList, NotSeen> {
        self.list(None)
    }

    /// At most so many rows of the last list that was read whole, behind a place in it.
    ///
    /// # Errors
    /// There is none, or it can not be read now.
    pub fn page(&mut self, after: Option<i64>, rows: usize) -> Result<SeenPage, NotSeen> {
        let page = self.reading(|db| page::page(db, after, rows));
        page.map_err(NotSeen::Store)?.flatten().ok_or(NotSeen::Never)
    }

    /// The list as it was seen at a time: of the last read that began by then. Numbers that were in no list
    /// yet are not in it, and those that are gone since are. A number that changed since has the place that it has now.
    ///
    /// # Errors
    /// The time is before the first read that is known, or nothing can be read now.
    pub fn at(&mut self, when: Timestamp) -> Result<SeenList, NotSeen> {
        self.list(Some(when))
    }

    fn list(&mut self, when: Option<Timestamp>) -> Result<SeenList, NotSeen> {
        let list = self.reading(|db| travel::list(db, when));
        list.map_err(NotSeen::Store)?.unwrap_or(Err(NotSeen::Never))
    }

    /// What changed, the newest first.
    ///
    /// # Errors
    /// It can not be read now.
    pub fn changes(&mut self, query: &ChangeQuery) -> Result<Vec<NumberChange>, StoreError> {
        Ok(self.reading(|db| change::changes(db, query))?.unwrap_or_default())
    }

    /// The checks that turned, the newest first.
    ///
    /// # Errors
    /// They can not be read now.
    pub fn turns(&mut self, query: &ChangeQuery) -> Result<Vec<CheckTurn>, StoreError> {
        Ok(self.reading(|db| turn::turns(db, query))?.unwrap_or_default())
    }

    /// Every number that is known, as it was seen last: those that are in the last list, and then those
    /// that are gone.
    ///
    /// # Errors
    /// They can not be read now.
    pub fn known(&mut self) -> Result<Vec<Number>, StoreError> {
        let known = self.reading(|db| {
            let (values, classes) = (Values::load(db)?, Classes::load(db)?);
            let order = "ORDER BY position IS NULL, position";
            let mut statement = db.prepare(&format!("SELECT {} FROM number {order}", row::COLUMNS))?;
            let mut rows = statement.query([])?;
            let mut numbers = Vec::new();
            while let Some(row) = rows.next()? {
                numbers.push(number_of(row, 0, &values, &classes)?);
            }
            Ok(numbers)
        })?;
        Ok(known.unwrap_or_default())
    }

    /// Keeps where the watch of a name stands, by its note.
    ///
    /// # Errors
    /// It can not be kept now.
    pub fn keep_round(&mut self, name: &str, note: &str) -> Result<(), StoreError> {
        self.writing(|db| round::keep(db, name, note))
    }

    /// Forgets where the watch of a name stood.
    ///
    /// # Errors
    /// It can not be forgotten now.
    pub fn forget_round(&mut self, name: &str) -> Result<(), StoreError> {
        self.writing(|db| round::forget(db, name))
    }

    /// The note of the last round of the watch of a name; `None` before the first.
    ///
    /// # Errors
    /// It can not be read now.
    pub fn last_round(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.reading(|db| round::last(db, name))?.flatten())
    }

    /// The endpoints that were read last, whenever that was.
    ///
    /// # Errors
    /// They can not be read now.
    pub fn endpoints(&mut self) -> Result<Vec<Endpoint>, StoreError> {
        Ok(self.reading(travel::all_endpoints)?.unwrap_or_default())
    }

    /// How large it is, and since when; `None` where there is none.
    ///
    /// # Errors
    /// It can not be read now.
    pub fn facts(&mut self) -> Result<Option<StoreFacts>, StoreError> {
        let times = self.reading(|db| {
            let (first, last) = (Span::first(db)?, Span::last(db)?);
            Ok((first.map(|span| span.first.began), last.map(|span| span.last.ended)))
        })?;
        let Some((since, until)) = times else { return Ok(None) };
        Ok(self.place.size().map(|size| StoreFacts { size, since, until }))
    }

    /// Looks something up, all of it as it is at one moment, whoever writes meanwhile; `None` where there is
    /// no store.
    fn reading<T>(
        &mut self,
        work: impl Fn(&Connection) -> Result<T, Fault>,
    ) -> Result<Option<T>, StoreError> {
        self.using(false, |db| {
            let moment = db.transaction()?;
            let found = work(&moment)?;
            moment.commit()?;
            Ok(found)
        })
    }

    /// One transaction.
    fn writing<T>(&mut self, work: impl Fn(&Connection) -> Result<T, Fault>) -> Result<T, StoreError> {
        let done = self.using(true, |db| {
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })?;
        done.ok_or_else(|| StoreError("there is no store".to_owned()))
    }

    /// Does something with the store, which is opened where it is not; one that is damaged at a second look
    /// as well is put aside, and it is done with a new one. `None` where there is none and `create` does not
    /// ask for one.
    fn using<T>(
        &mut self,
        create: bool,
        work: impl Fn(&mut Connection) -> Result<T, Fault>,
    ) -> Result<Option<T>, StoreError> {
        let mut looks = 0;
        loop {
            let done = self.attempt(create, &work);
            match done {
                Ok(done) => return Ok(done),
                Err(Fault::Unusable(why)) => {
                    // The next time may be another one.
                    self.open = None;
                    return Err(StoreError(why));
                }
                Err(Fault::Damaged) if looks == 0 => {
                    looks = 1;
                    self.open = None;
                }
                Err(Fault::Damaged) if self.looks => {
                    self.open = None;
                    return Err(StoreError("it can not be read by this version".to_owned()));
                }
                Err(Fault::Damaged) if looks == 2 => {
                    self.open = None;
                    return Err(StoreError("the store is damaged as soon as it is made".to_owned()));
                }
                Err(Fault::Damaged) => {
                    looks = 2;
                    let aside = self.place.set_aside(self.open.take());
                    self.aside = match aside {
                        Ok(aside) => aside.or(self.aside.take()),
                        Err(Fault::Unusable(why)) => return Err(StoreError(why)),
                        Err(Fault::Damaged) => None,
                    };
                }
            }
        }
    }

    fn attempt<T>(
        &mut self,
        create: bool,
        work: &impl Fn(&mut Connection) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        // Somebody may have deleted it, or put it aside.
        if !self.open.as_ref().is_some_and(|open| self.place.has(open)) {
            self.open = None;
            self.open = self.place.open(create)?;
        }
        self.open.as_mut().map(|open| work(&mut open.db)).transpose()
    }
}
