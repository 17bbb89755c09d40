//! Where a watch stood when its last round ended, for one that goes a round at a time.
//!
//! The list of that round is in the store already. What is kept beside it is when it was read, and what was seen
//! and not told yet, because too few reads agreed on it.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::aspect::{Aspect, Fact};
use super::fault::Fault;
use super::transitions::{Pending, Transitions};
use crate::phone::{Cents, Number, NumberId, NumberText};

/// Not of the first version of the database, and made where it is not there: an older numdeck passes it over.
const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS watch (name TEXT PRIMARY KEY, round TEXT NOT NULL) STRICT, WITHOUT ROWID";

/// Keeps where the watch of a name stands.
pub(super) fn keep(db: &Connection, name: &str, text: &str) -> Result<(), Fault> {
    db.execute_batch(TABLE)?;
    db.execute("INSERT OR REPLACE INTO watch (name, round) VALUES (?1, ?2)", (name, text))?;
    Ok(())
}

/// Forgets the watch of a name.
pub(super) fn forget(db: &Connection, name: &str) -> Result<(), Fault> {
    db.execute_batch(TABLE)?;
    db.execute("DELETE FROM watch WHERE name = ?1", [name])?;
    Ok(())
}

/// Where the watch of a name stood; `None` before its first round.
pub(super) fn last(db: &Connection, name: &str) -> Result<Option<String>, Fault> {
    let query = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'watch'";
    let tables: i64 = db.query_row(query, [], |row| row.get(0))?;
    if tables == 0 {
        return Ok(None);
    }
    Ok(db.query_row("SELECT round FROM watch WHERE name = ?1", [name], |row| row.get(0)).optional()?)
}

#[derive(Debug, Serialize, Deserialize)]
struct RoundNote {
    v: u64,
    began: Timestamp,
    ended: Timestamp,
    emptied: bool,
    gone: Vec<String>,
    pending: Vec<PendingNote>,
    /// Records as they are told to be, of which something is pending; null for one that is not told of yet.
    told: Map<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
struct PendingNote {
    id: String,
    what: String,
    value: Value,
    seen: u32,
    not_before: Option<Timestamp>,
}

const VERSION: u64 = 1;

impl Transitions {
    /// What is to be kept for the next round.
    pub fn note(&self) -> String {
        let told = self.pending.keys().map(|id| {
            (id.to_string(), self.told.get(id).map_or(Value::Null, |number| Value::Object(number.to_json())))
        });
        let pending = self.pending.iter().flat_map(|(id, all)| all.iter().map(move |one| (id, one)));
        let pending = pending.map(|(id, (aspect, pending))| PendingNote {
            id: id.to_string(),
            what: aspect.name().to_owned(),
            value: pending.value.to_note(),
            seen: pending.seen,
            not_before: pending.not_before,
        });
        let note = RoundNote {
            v: VERSION,
            began: self.last.0,
            ended: self.last.1,
            emptied: self.emptied,
            gone: self.gone.iter().map(ToString::to_string).collect(),
            pending: pending.collect(),
            told: told.collect(),
        };
        serde_json::to_string(&note).unwrap_or_default()
    }

    /// When the round ended of which a note is; `None` for one that can not be read.
    pub fn round_of(note: &str) -> Option<Timestamp> {
        serde_json::from_str::<RoundNote>(note).ok().filter(|note| note.v == VERSION).map(|note| note.ended)
    }

    /// Goes on behind the round of a note, whose list was this one; `None` where the note can not be read.
    pub fn resume(note: &str, list: &[Number], agreeing: u32) -> Option<Self> {
        let note: RoundNote = serde_json::from_str(note).ok().filter(|note: &RoundNote| note.v == VERSION)?;
        let mut told: HashMap<NumberId, Number> =
            list.iter().map(|number| (number.id.clone(), number.clone())).collect();
        for (id, record) in &note.told {
            let id = NumberId::new(id);
            let listed = told.remove(&id);
            if let Some(mut number) = record.as_object().and_then(Number::from_json) {
                // Prices are in no record.
                number.offer = listed.and_then(|listed| listed.offer);
                told.insert(id, number);
            }
        }
        let mut pending: HashMap<NumberId, Vec<(Aspect, Pending)>> = HashMap::new();
        for one in note.pending {
            let aspect = Aspect::of_name(&one.what)?;
            let value = Fact::of_note(&one.value)?;
            let kept = Pending { value, seen: one.seen, not_before: one.not_before };
            pending.entry(NumberId::new(&one.id)).or_default().push((aspect, kept));
        }
        Some(Self {
            agreeing: agreeing.max(1),
            told,
            gone: note.gone.iter().map(|id| NumberId::new(id)).collect::<HashSet<_>>(),
            pending,
            last: (note.began, note.ended),
            emptied: note.emptied,
        })
    }
}

impl Fact {
    fn to_note(&self) -> Value {
        match self {
            Self::Unsaid => json!({}),
            Self::Null => Value::Null,
            Self::Flag(on) => json!(on),
            Self::Text(text) => json!(&**text),
            Self::Line(line) => json!({"line": line.to_string()}),
            Self::Amount(Cents(cents)) => json!(cents),
        }
    }

    fn of_note(note: &Value) -> Option<Self> {
        Some(match note {
            Value::Null => Self::Null,
            Value::Bool(on) => Self::Flag(*on),
            Value::String(text) => Self::Text(text.as_str().into()),
            Value::Number(cents) => Self::Amount(Cents(cents.as_i64()?)),
            Value::Object(map) => match map.get("line") {
                Some(line) => Self::Line(NumberText::parse(line.as_str()?)),
                None => Self::Unsaid,
            },
            Value::Array(_) => return None,
        })
    }
}
