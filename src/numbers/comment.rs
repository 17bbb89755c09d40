//! Lines behind a `#`: comments, unless they hold what may be meant.

use super::id::IdForm;
use super::row::Heading;
use super::table::FileFault;
use super::{NumberRef, quoted};

/// Why a line that begins as a comment does may be meant as a row, where `headings` are known by what it
/// has in their places; `None` for a comment.
pub(super) fn may_be_meant(
    line: usize,
    text: &str,
    headings: &[Option<Heading>],
    delimiter: char,
) -> Option<FileFault> {
    let said = text.trim_start_matches(['#', ' ', '\u{feff}']);
    let what = if is_no_value(text) {
        "may be what a spreadsheet writes for want of a value"
    } else if holds_number(said) || holds_id(said, headings, delimiter) {
        "holds a number"
    } else {
        return None;
    };
    let why = format!("it begins with # and {what}; take out the one or the other: {}", quoted(text));
    Some(FileFault::line(line, why))
}

/// Whether a row begins with the error of a formula (`#N/A`, `#REF!`, in any language), or with the
/// hashes of a column that is too narrow for what it holds.
fn is_no_value(text: &str) -> bool {
    let first = text.split([',', ';', '\t', '|']).next().unwrap_or_default();
    let Some(rest) = first.trim_matches([' ', '"', '\u{feff}']).strip_prefix('#') else { return false };
    let is_narrow = !rest.is_empty() && rest.chars().all(|c| c == '#');
    let fits = |c: char| c.is_uppercase() || c.is_ascii_digit() || matches!(c, '/' | '_' | '!' | '?');
    is_narrow || (rest.chars().all(fits) && rest.chars().any(char::is_uppercase))
}

/// Whether what stands behind a `#` holds what may be a phone number: in a field of its own, or with a
/// plus before it. A date is none.
fn holds_number(comment: &str) -> bool {
    let is_date = |text: &str| text.parse::<jiff::civil::Date>().is_ok();
    let is_whole =
        |text: &str| NumberRef::new(text).written().is_some_and(|written| written.digits().len() >= 7);
    let fields = comment.split([',', ';', '\t', '|']).map(|field| field.trim_matches([' ', '"', '\'', '#']));
    let words = comment.split_whitespace().filter(|word| word.starts_with('+'));
    fields.chain(words).any(|text| is_whole(text) && !is_date(text))
}

/// Whether a line behind a `#` has an id where the rows of its table have one.
fn holds_id(comment: &str, headings: &[Option<Heading>], delimiter: char) -> bool {
    let cells: Vec<&str> = comment.split(delimiter).map(|cell| cell.trim_matches([' ', '"'])).collect();
    let is_id = |(heading, cell): (&Option<Heading>, &&str)| {
        matches!(heading, Some(Heading::Id | Heading::InventoryId)) && IdForm::of(cell).is_some()
    };
    cells.len() == headings.len() && headings.iter().zip(&cells).any(is_id)
}
