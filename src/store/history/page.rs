//! The last list, a part at a time: who starts with it shows the first rows before the others are read.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::fault::Fault;
use super::row::{COLUMNS, number_of};
use super::span::Span;
use super::values::{Classes, Values};
use crate::phone::Number;

/// Some rows of the last list that was read whole.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenPage {
    /// In the order of the server.
    pub numbers: Vec<Number>,
    /// Where the next rows begin; `None` behind the last one.
    pub next: Option<i64>,
    /// How many rows all of it has.
    pub total: usize,
    /// When the read of it ended.
    pub until: Timestamp,
}

/// At most so many rows behind a place; `None` where no list was read whole.
pub(super) fn page(db: &Connection, after: Option<i64>, rows: usize) -> Result<Option<SeenPage>, Fault> {
    let Some(span) = Span::last(db)? else { return Ok(None) };
    let (values, classes) = (Values::load(db)?, Classes::load(db)?);
    let count = "SELECT count(*) FROM number WHERE position IS NOT NULL";
    let total: i64 = db.prepare_cached(count)?.query_row([], |row| row.get(0))?;
    let mut statement = db.prepare_cached(&format!(
        "SELECT position, {COLUMNS} FROM number WHERE position > ?1 ORDER BY position LIMIT ?2"
    ))?;
    let most = i64::try_from(rows).unwrap_or(i64::MAX);
    let mut found = statement.query(params![after.unwrap_or(i64::MIN), most])?;
    let (mut numbers, mut last) = (Vec::new(), None);
    while let Some(row) = found.next()? {
        last = row.get(0)?;
        numbers.push(number_of(row, 1, &values, &classes)?);
    }
    let next = last.filter(|_| numbers.len() == rows);
    Ok(Some(SeenPage {
        numbers,
        next,
        total: usize::try_from(total).unwrap_or_default(),
        until: span.last.ended,
    }))
}
