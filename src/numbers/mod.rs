//! Numbers as people name them: by a word, in a file of any form, and the record that is meant.
//!
//! ```text
//!   a word ──────────────────────────┐
//!   lines, CSV, TSV, NDJSON ─> rows ─┴─> NumberRef ─> Directory ─> one record, or why none
//! ```

mod comment;
mod directory;
mod file;
mod id;
mod json;
mod row;
mod rows;
mod table;
mod target;
#[cfg(test)]
mod tests;

pub use self::directory::{Directory, Unfound};
pub use self::file::{LARGEST_FILE, bytes_of, parse, rows_of};
pub use self::id::{are_digits, judge_ids, may_be_id};
pub use self::row::{Heading, NULL, Row};
pub use self::table::{FileFault, FilePlace, decoded, lines};
pub use self::target::{NumberRef, Purpose};
use crate::phone::{clean, is_invisible, without_secrets};
use crate::rows::is_calculated;

/// So much of a cell is repeated in an error.
const QUOTED: usize = 60;

/// Without blanks and marks around it that nobody sees.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// A cell as an error repeats it.
pub fn quoted(text: &str) -> String {
    clean(&without_secrets(text.trim()), QUOTED)
}

/// Without the apostrophe that numdeck and others put before what a spreadsheet would calculate.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_calculated(rest)).unwrap_or(cell)
}
