//! Lines behind a `#`: comments, unless they hold what may be meant.

use super::id::IdForm;
use super::row::Heading;
use super::{Target, quoted};

/// What is said of a line that begins as a comment does and may be meant.
pub(super) fn passed_over(line: usize, text: &str) -> String {
    format!(
        "line {line}: it begins with # and holds a number; take out the one or the other: {}",
        quoted(text)
    )
}

/// Whether what stands behind a `#` holds what may be a phone number: in a field of its own, or with a
/// plus before it. A date is none.
pub(super) fn holds_number(comment: &str) -> bool {
    let is_date = |text: &str| text.parse::<jiff::civil::Date>().is_ok();
    let is_whole =
        |text: &str| Target::new(text).written().is_some_and(|written| written.digits().len() >= 7);
    let fields = comment.split([',', ';', '\t', '|']).map(|field| field.trim_matches([' ', '"', '\'', '#']));
    let words = comment.split_whitespace().filter(|word| word.starts_with('+'));
    fields.chain(words).any(|text| is_whole(text) && !is_date(text))
}

/// Whether a line behind a `#` has an id where the rows of its table have one.
pub(super) fn holds_id(comment: &str, headings: &[Option<Heading>], delimiter: char) -> bool {
    let cells: Vec<&str> = comment.split(delimiter).map(|cell| cell.trim_matches([' ', '"'])).collect();
    let is_id = |(heading, cell): (&Option<Heading>, &&str)| {
        matches!(heading, Some(Heading::Id | Heading::InventoryId)) && IdForm::of(cell).is_some()
    };
    cells.len() == headings.len() && headings.iter().zip(&cells).any(is_id)
}
