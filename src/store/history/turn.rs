//! Checks of routes that turned: whose result was another one than the last.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::cell::{id_of, instant, line_of};
use super::fault::Fault;
use super::query::{ChangeQuery, keys_of};
use super::values::Values;
use crate::phone::{NumberId, NumberText, RouteResult};
use crate::sip::{Code, Health, OUTCOMES, Verdict};

/// What a check of a route came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckResult {
    /// How it went.
    pub result: RouteResult,
    /// The code of the step that decided.
    pub code: Code,
}

impl CheckResult {
    /// What a verdict says of a number; `None` for one that says nothing of it, because the number was left
    /// out or the check could not be made.
    pub fn of(verdict: &Verdict) -> Option<Self> {
        let result = match verdict.checked()? {
            Health::Healthy => RouteResult::Ok,
            Health::Warning => RouteResult::Warn,
            Health::Problem => RouteResult::Fail,
            Health::Unchecked => return None,
        };
        Some(Self { result, code: verdict.code })
    }

    /// `fail port_closed`.
    pub fn words(self) -> String {
        format!("{} {}", self.result.word(), self.code)
    }

    /// What [`Self::words`] wrote; `None` for a code that this version does not know.
    pub fn of_words(text: &str) -> Option<Self> {
        let (result, code) = text.split_once(' ')?;
        let result = RouteResult::ALL.iter().copied().find(|one| one.word() == result)?;
        let code = OUTCOMES.iter().find(|outcome| outcome.code.word() == code)?.code;
        Some(Self { result, code })
    }
}

/// A check whose result was another one than the last that is kept of the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckTurn {
    /// The record.
    pub number: NumberId,
    /// Its telephone number, as it was seen last.
    pub line: NumberText,
    /// When it was checked.
    pub at: Timestamp,
    /// What the last check came to; `None` where none is kept.
    pub before: Option<CheckResult>,
    /// What this one came to.
    pub after: CheckResult,
}

/// Keeps what checks came to at a time, where it is something else than before. A number that was in no
/// list is passed over.
pub(super) fn keep(db: &Connection, at: Timestamp, results: &[(NumberId, CheckResult)]) -> Result<(), Fault> {
    let keys = keys_of(db, results.iter().map(|(id, _)| id))?;
    let mut values = Values::load(db)?;
    let mut last = db.prepare_cached("SELECT after FROM turn WHERE number = ?1 ORDER BY id DESC LIMIT 1")?;
    let mut insert =
        db.prepare_cached("INSERT INTO turn (number, at, before, after) VALUES (?1, ?2, ?3, ?4)")?;
    for (id, result) in results {
        let Some(key) = keys.get(id) else { continue };
        let before: Option<i64> = last.query_row([key], |row| row.get(0)).optional()?;
        let after = values.id(db, &result.words())?;
        if before != Some(after) {
            insert.execute(params![key, at.as_microsecond(), before, after])?;
        }
    }
    Ok(())
}

/// The checks that turned, the newest first.
pub(super) fn turns(db: &Connection, query: &ChangeQuery) -> Result<Vec<CheckTurn>, Fault> {
    let values = Values::load(db)?;
    let result = |id: i64| Ok::<_, Fault>(CheckResult::of_words(values.text(id)?));
    let (since, until) = query.bounds();
    let mut statement = db.prepare_cached(
        "SELECT n.id, n.line, t.at, t.before, t.after FROM turn t JOIN number n ON n.key = t.number
         WHERE t.at BETWEEN ?1 AND ?2 ORDER BY t.id DESC",
    )?;
    let mut rows = statement.query([since, until])?;
    let mut turns = Vec::new();
    while let Some(row) = rows.next()? {
        let number = id_of(row.get_ref(0)?)?;
        if !query.asks_for(&number) {
            continue;
        }
        // A code that this version does not know is of another one.
        let before = match row.get::<_, Option<i64>>(3)?.map(result).transpose()? {
            Some(None) => continue,
            before => before.flatten(),
        };
        let Some(after) = result(row.get(4)?)? else { continue };
        let (line, at) = (line_of(row.get_ref(1)?)?, instant(row.get(2)?)?);
        turns.push(CheckTurn { number, line, at, before, after });
        if Some(turns.len()) == query.limit {
            break;
        }
    }
    Ok(turns)
}
