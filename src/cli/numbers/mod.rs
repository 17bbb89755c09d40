//! What a command is about: numbers and ids from arguments, or from a file.

mod comment;
pub(super) mod directory;
mod file;
mod id;
mod json;
mod row;
mod rows;
mod table;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::Path;

pub(super) use self::id::{are_digits, judge_ids, may_be_id};
use super::output::safe;
use super::{Exit, Failure, runner};
use crate::phone::{E164, Kind, NumberId, Written, clean, is_invisible, without_secrets};
use crate::rows::is_calculated;

/// So much of a cell is repeated in an error.
const QUOTED: usize = 60;

/// Something that somebody wants a number to be found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// As it was written.
    pub(super) text: String,
    /// It stands in a column of ids: digits in it are no phone number.
    is_id: bool,
    /// The line of the file that it stands in.
    pub(super) place: Option<usize>,
    /// The phone number that stands beside an id.
    pub(super) beside: Option<E164>,
    /// The id that stands beside a number.
    pub(super) id_beside: Option<NumberId>,
    /// Its country, where a column says so.
    pub(super) country: Option<String>,
    /// Its type, where a column says so.
    pub(super) kind: Option<Kind>,
}

/// What numbers are wanted for: it decides which column of a table names them best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// They are for sale.
    Buying,
    /// They are owned. An inventory id, or the id of an entry in the ledger, names none of them.
    Changing,
}

impl Target {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            is_id: false,
            place: None,
            beside: None,
            id_beside: None,
            country: None,
            kind: None,
        }
    }

    /// The phone number that it is, or `None` for an id. Without a plus, 8 to 15 digits alone are a
    /// number as a spreadsheet writes it.
    pub(super) fn line(&self) -> Option<E164> {
        let written = self.written()?;
        written.e164().or_else(|| self.bare_digits())
    }

    /// The number that digits without a plus may be; an id may look like that, too.
    pub(super) fn bare_digits(&self) -> Option<E164> {
        let written = self.written().filter(|written| !written.is_international())?;
        let [digits] = written.readings() else { return None };
        E164::from_digits(digits).filter(|_| digits.len() >= 8)
    }

    /// How it can be read as a phone number, or as a part of one; `None` for an id.
    pub(super) fn written(&self) -> Option<Written> {
        if self.is_id { None } else { Written::parse(&self.text) }
    }

    /// Whether it is an id, and can be nothing else.
    pub(super) fn is_id_alone(&self) -> bool {
        self.written().is_none()
    }

    /// What names the same number.
    fn key(&self) -> String {
        match (self.line(), self.written()) {
            (Some(line), _) => line.to_string(),
            (None, Some(written)) => written.digits().to_owned(),
            (None, None) => self.text.clone(),
        }
    }
}

/// The targets of the arguments, or of `file`, each once, and how many were named again. Whoever is to write
/// the file, or to the pipe, may take their time.
pub(super) async fn of(
    purpose: Purpose,
    arguments: &[String],
    file: Option<&Path>,
) -> Result<(Vec<Target>, usize), Failure> {
    let mut targets = match file {
        Some(file) => {
            let path = file.to_owned();
            let bytes = runner::waiting(move || file::bytes_of(&path)).await;
            bytes
                .and_then(|bytes| file::parse(purpose, &table::decoded(&bytes)?))
                .map_err(|fault| unusable(&file.to_string_lossy(), &fault.to_string()))?
        }
        None => arguments.iter().map(|text| argument(purpose, text)).collect::<Result<_, _>>()?,
    };
    let all = targets.len();
    let mut seen = HashSet::new();
    // The id beside a number is judged, too.
    targets.retain(|target| seen.insert((target.key(), target.id_beside.clone())));
    let again = all - targets.len();
    match (targets.is_empty(), file) {
        (true, Some(file)) => Err(unusable(&file.to_string_lossy(), "it names no number")),
        _ => Ok((targets, again)),
    }
}

/// Words of digits that only together are a number are one that was typed with blanks.
pub(super) fn together(words: Vec<String>) -> Vec<String> {
    let one = words.join(" ");
    let is_one = words.len() > 1
        && E164::parse(&one).is_some()
        && words.iter().skip(1).all(|word| E164::parse(word).is_none());
    if is_one { vec![one] } else { words }
}

/// What somebody typed: a number, or what may be an id. Anything else is in no list, and must not
/// become a part of a request.
pub(super) fn argument(purpose: Purpose, text: &str) -> Result<Target, Failure> {
    let target = Target::new(trimmed(text));
    let is_number = match purpose {
        Purpose::Buying => target.line().is_some(),
        // Of a part of one, those are told that have it.
        Purpose::Changing => target.written().is_some(),
    };
    if is_number || may_be_id(&target.text) {
        return Ok(target);
    }
    let hint = "Give the whole phone number, with + and country code, or an id as numdeck prints it.";
    let message = format!("nothing was sent: '{}' is neither a phone number nor an id", quoted(text));
    Err(Failure { hint: hint.to_owned(), ..Failure::usage(message) })
}

fn unusable(file: &str, why: &str) -> Failure {
    let message = format!("nothing was sent: {}: {}", safe(file), safe(why));
    let hint =
        "One id or phone number a line; or CSV, TSV or NDJSON in which number, id or inventory_id is named.";
    Failure::new(Exit::Usage, "FILE", message, hint)
}

/// Without blanks and marks around it that nobody sees.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// A cell as an error repeats it.
fn quoted(text: &str) -> String {
    clean(&without_secrets(text.trim()), QUOTED)
}

/// Without the apostrophe that numdeck and others put before what a spreadsheet would calculate.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_calculated(rest)).unwrap_or(cell)
}
