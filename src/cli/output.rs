//! What goes to stdout and stderr.

use std::io::{self, IsTerminal, Write};

use jiff::tz::TimeZone;
use serde_json::Value;

use super::args::{Global, Output};
use super::{Exit, Failure};
use crate::phone::{clean, without_secrets};
use crate::rows::{Columns, Numbers, Table, Unwritten};
use crate::stream::{self, Patient};

pub(super) use crate::rows::OutputForm;

/// The form that is asked for.
pub(super) fn form_of(global: &Global) -> OutputForm {
    match global.output {
        Some(Output::Json) => OutputForm::Json,
        Some(Output::Ndjson) => OutputForm::Ndjson,
        Some(Output::Csv) => OutputForm::Csv,
        Some(Output::Table) | None if global.plain => OutputForm::Plain,
        Some(Output::Table) | None if io::stdout().is_terminal() => OutputForm::Table,
        Some(Output::Table) | None => OutputForm::Tabs,
    }
}

/// Text of a server, an id for one, as it may be printed: no tabs, no newlines, no escapes.
pub(super) fn safe(text: &str) -> String {
    clean(text, usize::MAX)
}

/// A line on stderr, without the password of an address that somebody pasted. Unlike `eprintln!` it
/// does not end the program when nobody reads it: that must not happen while a write is on its way.
pub(super) fn say(text: &str) {
    writeln!(stream::stderr(), "{}", without_secrets(text)).ok();
}

/// Standard output, for what comes in pieces that are worth it.
pub(super) type Stdout = Patient<io::Stdout>;

/// Phone numbers on standard output.
pub(super) fn numbers(form: OutputForm, chosen: Option<&Columns>, usual: fn() -> Columns) -> Numbers<Stdout> {
    // Programs get UTC, and need no zone.
    let zone = if form == OutputForm::Table { TimeZone::system() } else { TimeZone::UTC };
    match chosen {
        Some(columns) => Numbers::new(form, columns.clone(), zone, stream::stdout()).picking(),
        None => Numbers::new(form, usual(), zone, stream::stdout()),
    }
}

/// Writes rows whose number is known to standard output.
pub(super) fn all(form: OutputForm, heads: &[&str], rows: &[(Vec<String>, Value)]) -> Result<(), Failure> {
    let mut table = Table::new(form, heads.iter().copied(), stream::stdout());
    for (cells, document) in rows {
        table.row(|| cells.clone(), || document.clone())?;
    }
    Ok(table.finish()?)
}

/// What an error of stdout means.
pub(super) fn broken(error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Failure::closed_pipe()
    } else {
        Failure::new(Exit::Other, "OUTPUT", format!("cannot write the output: {error}"), "")
    }
}

impl From<Unwritten> for Failure {
    fn from(Unwritten(error): Unwritten) -> Self {
        broken(&error)
    }
}
