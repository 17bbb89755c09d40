//! What changed between two complete reads.

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, ToSql, params};
use uuid::Uuid;

use super::aspect::{Aspect, Fact};
use super::cell::{Cell, id_of, instant, line_of};
use super::fault::Fault;
use super::query::{ChangeQuery, keys_of};
use super::values::Values;
use crate::api::RequestId;
use crate::phone::{NumberId, NumberText};

/// Whose change it was, as far as the ledger of this machine tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeAuthor {
    /// Ours, by this entry of the ledger.
    Us(RequestId),
    /// No write of ours explains it.
    Elsewhere,
    /// From here or elsewhere: several writes of ours explain it, or one of which nobody knows what became,
    /// or the ledger could not be asked.
    Unclear,
}

/// A change of a number. It happened between two reads; what happened between them and back again is not
/// seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberChange {
    /// The record.
    pub number: NumberId,
    /// Its telephone number, as it was seen last.
    pub line: NumberText,
    /// What changed.
    pub aspect: Aspect,
    /// What it was.
    pub before: Fact,
    /// What it is since.
    pub after: Fact,
    /// It was not yet so when the read before began; `None` where a clock that jumped leaves no such time.
    pub not_before: Option<Timestamp>,
    /// It was so when this read ended.
    pub not_after: Timestamp,
    /// Whose change it was.
    pub author: ChangeAuthor,
}

/// A change, as it is entered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NewChange {
    /// Key of the number.
    pub(super) key: i64,
    pub(super) aspect: Aspect,
    pub(super) before: Fact,
    pub(super) after: Fact,
    pub(super) author: ChangeAuthor,
}

impl NewChange {
    /// Enters it. `first` is, of a number that is gone, the place that it had; `updated` is when the number
    /// changed last before, where it is not known otherwise.
    pub(super) fn insert(
        &self,
        db: &Connection,
        values: &mut Values,
        span: i64,
        place: Option<i64>,
        updated: &Cell<'_>,
    ) -> Result<(), Fault> {
        let before = match self.aspect {
            Aspect::Gone => Cell::int(place),
            aspect => self.before.cell(aspect, db, values)?,
        };
        let after = self.after.cell(self.aspect, db, values)?;
        let entry: &dyn ToSql = match self.author {
            ChangeAuthor::Us(id) => &Cell::Uuid(*uuid_of(id)?.as_bytes()),
            ChangeAuthor::Elsewhere => &Cell::Null,
            ChangeAuthor::Unclear => &Cell::Int(0),
        };
        let mut insert = db.prepare_cached(
            "INSERT INTO change (span, number, field, before, after, updated, entry)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        insert.execute(params![span, self.key, self.aspect.code(), before, after, updated, entry])?;
        Ok(())
    }
}

fn uuid_of(id: RequestId) -> Result<Uuid, Fault> {
    Uuid::try_parse(&id.to_string()).map_err(|_| Fault::Damaged)
}

const COLUMNS: &str = "n.id, n.line, c.field, c.before, c.after, s.not_before, s.first_ended, c.entry, c.id";

/// So few records are looked up one by one.
const FEW: usize = 100;

/// The changes that are asked for, the newest first.
pub(super) fn changes(db: &Connection, query: &ChangeQuery) -> Result<Vec<NumberChange>, Fault> {
    let values = Values::load(db)?;
    let (since, until) = query.bounds();
    let mut found = Vec::new();
    let mut read = |which: &str, key: Option<i64>| {
        let mut statement = db.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM change c JOIN span s ON s.id = c.span JOIN number n ON n.key = c.number
             WHERE s.first_ended BETWEEN ?1 AND ?2 AND {which} ORDER BY c.id DESC"
        ))?;
        let mut rows = statement.query(params![since, until, key])?;
        let mut count = 0;
        while let Some(row) = rows.next()?.filter(|_| Some(count) != query.limit) {
            if key.is_some() || query.asks_for(&id_of(row.get_ref(0)?)?) {
                found.push((row.get::<_, i64>(8)?, change_of(row, &values)?));
                count += 1;
            }
        }
        Ok::<_, Fault>(())
    };
    match &query.numbers {
        Some(numbers) if numbers.len() <= FEW => {
            for key in keys_of(db, numbers.iter())?.into_values() {
                read("c.number = ?3", Some(key))?;
            }
        }
        _ => read("?3 IS NULL", None)?,
    }
    found.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    found.truncate(query.limit.unwrap_or(usize::MAX));
    Ok(found.into_iter().map(|(_, change)| change).collect())
}

/// The change of a row of the database.
fn change_of(row: &Row<'_>, values: &Values) -> Result<NumberChange, Fault> {
    let aspect = Aspect::of_code(row.get(2)?)?;
    let fact = |place: usize| Fact::of_cell(aspect, row.get_ref(place)?, values);
    let author = match row.get_ref(7)? {
        ValueRef::Null => ChangeAuthor::Elsewhere,
        ValueRef::Integer(_) => ChangeAuthor::Unclear,
        ValueRef::Blob(bytes) => {
            let uuid = Uuid::from_slice(bytes).map_err(|_| Fault::Damaged)?;
            ChangeAuthor::Us(RequestId::parse(&uuid.to_string()).ok_or(Fault::Damaged)?)
        }
        _ => return Err(Fault::Damaged),
    };
    let is_fact = !matches!(aspect, Aspect::New | Aspect::Gone | Aspect::Back);
    Ok(NumberChange {
        number: id_of(row.get_ref(0)?)?,
        line: line_of(row.get_ref(1)?)?,
        aspect,
        before: if is_fact { fact(3)? } else { Fact::Unsaid },
        after: if is_fact { fact(4)? } else { Fact::Unsaid },
        not_before: row.get::<_, Option<i64>>(5)?.map(instant).transpose()?,
        not_after: instant(row.get(6)?)?,
        author,
    })
}
