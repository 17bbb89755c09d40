//! What is asked of the past: of which records, of which time, how much.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::Connection;

use super::cell::id_of;
use super::fault::Fault;
use crate::phone::NumberId;

/// Which changes are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeQuery {
    /// Only of these records; `None` for all.
    pub numbers: Option<HashSet<NumberId>>,
    /// Only those that happened by then at the earliest.
    pub since: Option<Timestamp>,
    /// Only those that happened by then at the latest.
    pub until: Option<Timestamp>,
    /// So many of the newest; `None` for all.
    pub limit: Option<usize>,
}

impl ChangeQuery {
    /// The times that are asked for, in microseconds.
    pub(super) fn bounds(&self) -> (i64, i64) {
        let micros = |at: Option<Timestamp>, open: i64| at.map_or(open, Timestamp::as_microsecond);
        (micros(self.since, i64::MIN), micros(self.until, i64::MAX))
    }

    pub(super) fn asks_for(&self, number: &NumberId) -> bool {
        self.numbers.as_ref().is_none_or(|numbers| numbers.contains(number))
    }
}

/// The keys of records, by one way through all of them. Of two rows of one record the one that is in the
/// list counts.
pub(super) fn keys_of<'a>(
    db: &Connection,
    ids: impl Iterator<Item = &'a NumberId>,
) -> Result<HashMap<NumberId, i64>, Fault> {
    let wanted: HashSet<&NumberId> = ids.collect();
    let mut keys = HashMap::with_capacity(wanted.len());
    let mut statement = db.prepare_cached("SELECT id, key FROM number ORDER BY position IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = id_of(row.get_ref(0)?)?;
        if wanted.contains(&id) {
            keys.insert(id, row.get(1)?);
        }
    }
    Ok(keys)
}
