//! Reads that followed each other, and between which nothing changed.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::cell::instant;
use super::fault::Fault;

/// A complete read: when its first request left, and when its last answer was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReadTimes {
    pub(super) began: Timestamp,
    pub(super) ended: Timestamp,
}

impl ReadTimes {
    /// Of a clock that was set back meanwhile the later time is not believed.
    pub(super) fn new(began: Timestamp, ended: Timestamp) -> Self {
        Self { began: began.min(ended), ended }
    }
}

/// A span, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) id: i64,
    pub(super) first: ReadTimes,
    pub(super) last: ReadTimes,
}

const COLUMNS: &str = "id, first_began, first_ended, last_began, last_ended";

impl Span {
    fn of(row: &Row<'_>) -> Result<Self, Fault> {
        let time = |place: usize| -> Result<_, Fault> { instant(row.get(place)?) };
        let first = ReadTimes { began: time(1)?, ended: time(2)? };
        let last = ReadTimes { began: time(3)?, ended: time(4)? };
        Ok(Self { id: row.get(0)?, first, last })
    }

    fn found(db: &Connection, which: &str, parameters: impl rusqlite::Params) -> Result<Option<Self>, Fault> {
        let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM span {which}"))?;
        statement.query_row(parameters, |row| Ok(Self::of(row))).optional()?.transpose()
    }

    /// The last one; `None` where nothing was read yet.
    pub(super) fn last(db: &Connection) -> Result<Option<Self>, Fault> {
        Self::found(db, "ORDER BY id DESC LIMIT 1", [])
    }

    /// The first one that is known still.
    pub(super) fn first(db: &Connection) -> Result<Option<Self>, Fault> {
        Self::found(db, "ORDER BY id LIMIT 1", [])
    }

    /// The last one that began by then, by its own clock: one that was read while the clock was set back is
    /// not the past of what was read before it.
    pub(super) fn by(db: &Connection, when: Timestamp) -> Result<Option<Self>, Fault> {
        Self::found(
            db,
            "WHERE first_began <= ?1 ORDER BY first_began DESC, id DESC LIMIT 1",
            [when.as_microsecond()],
        )
    }

    /// Begins one with a read, and returns its id.
    pub(super) fn begin(
        db: &Connection,
        not_before: Option<Timestamp>,
        read: ReadTimes,
    ) -> Result<i64, Fault> {
        let mut insert = db.prepare_cached(
            "INSERT INTO span (not_before, first_began, first_ended, last_began, last_ended)
             VALUES (?1, ?2, ?3, ?2, ?3)",
        )?;
        let not_before = not_before.map(Timestamp::as_microsecond);
        insert.execute(params![not_before, read.began.as_microsecond(), read.ended.as_microsecond()])?;
        Ok(db.last_insert_rowid())
    }

    /// Adds a read to one.
    pub(super) fn extend(db: &Connection, id: i64, read: ReadTimes) -> Result<(), Fault> {
        let mut update =
            db.prepare_cached("UPDATE span SET last_began = ?1, last_ended = ?2 WHERE id = ?3")?;
        update.execute(params![read.began.as_microsecond(), read.ended.as_microsecond(), id])?;
        Ok(())
    }
}
