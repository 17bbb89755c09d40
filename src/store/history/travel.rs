//! The list as it was seen at a time: the last one, with what changed since taken back.

use hashbrown::HashMap;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::aspect::{Aspect, Fact};
use super::cell::moment_of;
use super::fault::{Fault, StoreError};
use super::row::{COLUMNS, number_of};
use super::span::Span;
use super::values::{Classes, Values};
use crate::phone::{Endpoint, EndpointId, Number};

/// A list that was read whole.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenList {
    /// Its numbers, in the order of the server.
    pub numbers: Vec<Number>,
    /// The endpoints that were read with the last list, or later; `None` where they were not.
    pub endpoints: Option<Vec<Endpoint>>,
    /// It was so when this read began.
    pub since: Timestamp,
    /// When the last read in which it was so began.
    pub read_at: Timestamp,
    /// And when that read ended.
    pub until: Timestamp,
}

/// Why the list of a time cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSeen {
    /// No list was read whole yet.
    #[error("no list of numbers has been read whole on this machine")]
    Never,
    /// What is known begins later.
    #[error("what is known of the numbers begins at {0}")]
    Before(Timestamp),
    /// Nothing can be read.
    #[error("{0}")]
    Store(StoreError),
}

/// The name under which it is marked when endpoints were read.
const ENDPOINTS: &str = "endpoints";

/// A number, and its place in the list; `None` where it was not there.
type Placed = (Number, Option<i64>);

/// The last list, or that of `when`.
pub(super) fn list(db: &Connection, when: Option<Timestamp>) -> Result<Result<SeenList, NotSeen>, Fault> {
    let Some(first) = Span::first(db)? else { return Ok(Err(NotSeen::Never)) };
    let found = match when {
        None => Span::last(db)?,
        Some(when) => Span::by(db, when)?,
    };
    let Some(span) = found else { return Ok(Err(NotSeen::Before(first.first.began))) };
    let values = Values::load(db)?;
    let classes = Classes::load(db)?;
    let mut all: Vec<(i64, Placed)> = Vec::new();
    let mut statement =
        db.prepare_cached(&format!("SELECT key, position, {COLUMNS} FROM number ORDER BY key"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let position: Option<i64> = row.get(1)?;
        if position.is_some() || when.is_some() {
            all.push((row.get(0)?, (number_of(row, 2, &values, &classes)?, position)));
        }
    }
    if when.is_some() {
        let mut by_key: HashMap<i64, Placed> = all.into_iter().collect();
        take_back(db, span.id, &values, &mut by_key)?;
        all = by_key.into_iter().collect();
        for (_, (number, _)) in &mut all {
            // That it changed after that was not known then; when it changed before nobody knows now.
            number.updated_at.take_if(|at| at.instant().is_some_and(|at| at > span.last.ended));
        }
    }
    all.sort_by_key(|(key, (_, position))| (*position, *key));
    let numbers = all.into_iter().filter(|(_, (_, position))| position.is_some());
    Ok(Ok(SeenList {
        numbers: numbers.map(|(_, (number, _))| number).collect(),
        endpoints: endpoints(db, span.last.began)?,
        since: span.first.began,
        read_at: span.last.began,
        until: span.last.ended,
    }))
}

/// Takes back all changes after a span, the last one first.
fn take_back(
    db: &Connection,
    span: i64,
    values: &Values,
    numbers: &mut HashMap<i64, Placed>,
) -> Result<(), Fault> {
    let mut statement = db.prepare_cached(
        "SELECT number, field, before, updated FROM change WHERE span > ?1 ORDER BY id DESC",
    )?;
    let mut rows = statement.query([span])?;
    while let Some(row) = rows.next()? {
        let (number, position) = numbers.get_mut(&row.get::<_, i64>(0)?).ok_or(Fault::Damaged)?;
        match Aspect::of_code(row.get(1)?)? {
            Aspect::New | Aspect::Back => *position = None,
            Aspect::Gone => *position = row.get(2)?,
            aspect => aspect.put(Fact::of_cell(aspect, row.get_ref(2)?, values)?, number)?,
        }
        if let Some(updated) = moment_of(row.get_ref(3)?)? {
            number.updated_at = Some(updated);
        }
    }
    Ok(())
}

/// Keeps the endpoints that were read at a time in the place of those that are kept.
pub(super) fn keep_endpoints(db: &Connection, endpoints: &[Endpoint], at: Timestamp) -> Result<(), Fault> {
    let kept = all_endpoints(db)?;
    let wanted: Vec<Endpoint> = endpoints.iter().map(super::address::kept).collect();
    if kept != wanted {
        db.execute("DELETE FROM endpoint", [])?;
        let mut insert =
            db.prepare_cached("INSERT INTO endpoint (id, name, status, url) VALUES (?1, ?2, ?3, ?4)")?;
        for one in &wanted {
            insert.execute((one.id.as_str(), &one.name, &one.status, &one.url))?;
        }
    }
    let mut mark = db.prepare_cached("INSERT OR REPLACE INTO mark (name, at) VALUES (?1, ?2)")?;
    mark.execute((ENDPOINTS, at.as_microsecond()))?;
    Ok(())
}

/// The endpoints that are kept, where they were read at that time or later.
fn endpoints(db: &Connection, since: Timestamp) -> Result<Option<Vec<Endpoint>>, Fault> {
    let mut statement = db.prepare_cached("SELECT at FROM mark WHERE name = ?1")?;
    let at: Option<i64> = statement.query_row([ENDPOINTS], |row| row.get(0)).optional()?;
    if at.is_none_or(|at| at < since.as_microsecond()) {
        return Ok(None);
    }
    all_endpoints(db).map(Some)
}

/// The endpoints that were read last, whenever that was.
pub(super) fn all_endpoints(db: &Connection) -> Result<Vec<Endpoint>, Fault> {
    let mut statement = db.prepare_cached("SELECT id, name, status, url FROM endpoint ORDER BY position")?;
    let rows = statement.query_map([], |row| {
        let id = EndpointId(row.get::<_, String>(0)?.into());
        Ok(Endpoint { id, name: row.get(1)?, kind: None, status: row.get(2)?, url: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<Vec<Endpoint>, _>>()?)
}
