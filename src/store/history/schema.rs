//! The form of the database.
//!
//! ```text
//!  value   a text that many rows share: a country, a status, the id of an endpoint
//!  class   what many numbers have in common, each part a value
//!  number  the last list, one row a number; without a position it is gone
//!  span    reads that followed each other, and between which nothing changed
//!  change  what differed at the first read of a span from the last one of the span before
//!  turn    checks of routes whose result was another one than the last
//! ```
//!
//! Times of reads are microseconds since 1970 in UTC.

use rusqlite::{Connection, TransactionBehavior};

use super::fault::Fault;

/// Marks a SQLite file as ours: "nmhr".
const APPLICATION: i64 = 0x6e6d_6872;
/// Counts changes of the schema.
const VERSION: i64 = 1;

pub(super) const TABLES: &str = "
    CREATE TABLE value (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE class (
        id INTEGER PRIMARY KEY,
        country INTEGER, kind INTEGER, status INTEGER,
        endpoint INTEGER,
        switches INTEGER NOT NULL,
        organization INTEGER
    ) STRICT;
    CREATE TABLE number (
        key INTEGER PRIMARY KEY,
        id ANY NOT NULL, line ANY NOT NULL, class INTEGER NOT NULL,
        created ANY, updated ANY, sip_uri ANY,
        setup INTEGER, monthly INTEGER, can INTEGER,
        position INTEGER
    ) STRICT;
    CREATE INDEX number_in_list ON number (position) WHERE position IS NOT NULL;
    CREATE TABLE span (
        id INTEGER PRIMARY KEY,
        not_before INTEGER,
        first_began INTEGER NOT NULL, first_ended INTEGER NOT NULL,
        last_began INTEGER NOT NULL, last_ended INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE change (
        id INTEGER PRIMARY KEY,
        span INTEGER NOT NULL, number INTEGER NOT NULL, field INTEGER NOT NULL,
        before ANY, after ANY, updated ANY, entry ANY
    ) STRICT;
    CREATE INDEX change_of_number ON change (number);
    CREATE TABLE turn (
        id INTEGER PRIMARY KEY,
        number INTEGER NOT NULL, at INTEGER NOT NULL, before INTEGER, after INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE endpoint (
        position INTEGER PRIMARY KEY, id TEXT NOT NULL, name TEXT, status TEXT, url TEXT
    ) STRICT;
    CREATE TABLE mark (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

/// Makes an empty file a store; looks at any other before it is used.
pub(super) fn prepare(db: &mut Connection) -> Result<(), Fault> {
    if is_new(db)? {
        // Both are of the file, and have to be said before there is anything in it.
        db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Somebody else may have made it meanwhile.
        if is_new(&transaction)? {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        transaction.commit()?;
    }
    if (number(db, "application_id")?, number(db, "user_version")?) != (APPLICATION, VERSION) {
        return Err(Fault::Damaged);
    }
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.pragma_update(None, "cell_size_check", true)?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "journal_size_limit", 1 << 20)?;
    Ok(())
}

/// Whether nothing was ever put into the file.
fn is_new(db: &Connection) -> Result<bool, Fault> {
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0 && number(db, "application_id")? == 0 && number(db, "user_version")? == 0)
}

fn number(db: &Connection, pragma: &str) -> Result<i64, Fault> {
    Ok(db.pragma_query_value(None, pragma, |row| row.get(0))?)
}
