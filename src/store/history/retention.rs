//! How long and how much is kept: the oldest changes go first.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use super::fault::Fault;

/// How much of the past is kept. The last list is kept however large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Changes that are older go.
    pub age: SignedDuration,
    /// Where all of it is larger, in bytes, the oldest changes go.
    pub size: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { age: SignedDuration::from_hours(90 * 24), size: 64 << 20 }
    }
}

/// So many parts the past is cut into where there is too much of it: one goes at a time.
const PARTS: i64 = 8;

/// Lets go of what is too old or too much, in a transaction that is the caller's. Returns whether anything
/// went. `before` is when the last read but one ended: a clock that jumped ahead takes nothing with it by
/// the first read.
pub(super) fn prune(
    db: &Connection,
    keep: Retention,
    now: Timestamp,
    before: Option<Timestamp>,
) -> Result<bool, Fault> {
    let now = before.map_or(now, |before| now.min(before));
    let oldest = now.checked_sub(keep.age).unwrap_or(Timestamp::MIN).as_microsecond();
    let mut went = false;
    // A read while the clock was set far back is as young as those around it.
    let last_old = "SELECT max(id) FROM span WHERE id < coalesce(
        (SELECT min(id) FROM span WHERE first_ended >= ?1), (SELECT max(id) FROM span))";
    if let Some(span) = db.query_row(last_old, [oldest], |row| row.get::<_, Option<i64>>(0))? {
        went |= forget(db, span)?;
    }
    went |= forget_turns(db, oldest)?;
    while used(db)? > keep.size {
        let (first, last): (Option<i64>, Option<i64>) =
            db.query_row("SELECT min(span), max(span) FROM change", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        // What was seen last is told, however large the list is.
        let (Some(first), Some(last)) = (first, last.filter(|last| Some(*last) != first)) else { break };
        went |= forget(db, first + (last - first) / PARTS)?;
        let kept: i64 = db.query_row("SELECT min(first_ended) FROM span", [], |row| row.get(0))?;
        went |= forget_turns(db, kept.min(now.as_microsecond()))?;
    }
    if went {
        db.execute_batch(
            "DELETE FROM number WHERE position IS NULL
                AND key NOT IN (SELECT number FROM change) AND key NOT IN (SELECT number FROM turn);
             DELETE FROM class WHERE id NOT IN (SELECT class FROM number);
             DELETE FROM value WHERE id NOT IN (
                SELECT country FROM class WHERE country IS NOT NULL
                UNION SELECT kind FROM class WHERE kind IS NOT NULL
                UNION SELECT status FROM class WHERE status IS NOT NULL
                UNION SELECT endpoint FROM class WHERE endpoint IS NOT NULL
                UNION SELECT organization FROM class WHERE organization IS NOT NULL
                UNION SELECT before FROM change WHERE typeof(before) = 'integer'
                UNION SELECT after FROM change WHERE typeof(after) = 'integer'
                UNION SELECT before FROM turn WHERE before IS NOT NULL
                UNION SELECT after FROM turn);",
        )?;
    }
    Ok(went)
}

/// Forgets the changes up to a span, and the spans before it: how the list was in that one can be told
/// still. Returns whether there was anything.
fn forget(db: &Connection, span: i64) -> Result<bool, Fault> {
    let changes = db.execute("DELETE FROM change WHERE span <= ?1", params![span])?;
    let spans = db.execute("DELETE FROM span WHERE id < ?1", params![span])?;
    Ok(changes + spans > 0)
}

/// Forgets the checks before a time, in microseconds. Returns whether there was any.
fn forget_turns(db: &Connection, before: i64) -> Result<bool, Fault> {
    Ok(db.execute("DELETE FROM turn WHERE at < ?1", [before])? > 0)
}

/// Bytes of the file that are in use.
fn used(db: &Connection) -> Result<u64, Fault> {
    let pragma = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let pages = pragma("page_count")? - pragma("freelist_count")?;
    u64::try_from(pages.saturating_mul(pragma("page_size")?)).map_err(|_| Fault::Damaged)
}

/// Gives room that is free back to the disk.
pub(super) fn give_back(db: &Connection) -> Result<(), Fault> {
    let mut statement = db.prepare("PRAGMA incremental_vacuum")?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}
