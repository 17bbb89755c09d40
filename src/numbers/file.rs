//! A file of numbers, in whatever form: lines, a table, rows from a pipe, or JSON.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::comment::may_be_meant;
use super::row::{Heading, Row};
use super::table::{self, FileFault, FilePlace};
use super::{NumberRef, Purpose, json, rows, trimmed, unguarded};
use crate::phone::E164;

/// A file of numbers is small, also a plan that changes a hundred thousand; more than this is another file.
pub const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// The numbers that a file names.
///
/// # Errors
/// The first line that names none for this purpose, or that is not understood.
pub fn parse(purpose: Purpose, text: &str) -> Result<Vec<NumberRef>, FileFault> {
    rows_of(text)?.iter().map(|row| row.target(purpose)).collect()
}

/// Lines of ids or numbers, a table with a header, numdeck's own rows from a pipe, or JSON. A file is
/// read whole, or it is refused: what is not understood may be what somebody meant.
///
/// # Errors
/// The first line that is not understood.
pub fn rows_of(text: &str) -> Result<Vec<Row>, FileFault> {
    let text = text.trim_start_matches('\u{feff}');
    let says = |line: &&str| {
        let said = line.trim_matches([',', ';', '|', ' ', '\t', '"']);
        !said.is_empty() && !said.starts_with('#')
    };
    let lines = || table::lines(text).enumerate();
    let Some((at, first)) = lines().find(|(_, line)| says(line)) else { return Ok(Vec::new()) };
    if first.trim_start().starts_with(['{', '[']) {
        return json::from_json(text);
    }
    // A spreadsheet is told so what stands between its cells.
    let named = first.trim().trim_matches('"').to_ascii_lowercase();
    if let Some(delimiter) = named.strip_prefix("sep=") {
        let delimiter = delimiter.chars().next().unwrap_or(if first.contains('\t') { '\t' } else { ',' });
        return rows::from_table(&blanked(text, at), delimiter);
    }
    let is_header = |delimiter: &char| {
        let names = first.split(*delimiter).map(|name| name.trim().trim_matches('"'));
        // A row of a mobile number has the word in it that others call their column by.
        let is_row = names.clone().any(|name| NumberRef::new(name).line().is_some());
        !is_row && names.filter_map(Heading::of).any(Heading::names)
    };
    if let Some(delimiter) = [',', ';', '\t', '|'].into_iter().find(is_header) {
        return rows::from_table(text, delimiter);
    }
    let row = |(line, text): (usize, &str)| {
        let said = text.trim();
        if said.starts_with('#') {
            return may_be_meant(line + 1, text, &[], ',').map(Err);
        }
        (!said.is_empty()).then(|| plain_line(line + 1, text))
    };
    if first.contains('\t') && E164::parse(first).is_none() {
        return rows::from_pipe(text);
    }
    lines().filter_map(row).collect()
}

/// The text with an empty line in place of one, so that lines keep their numbers.
fn blanked(text: &str, at: usize) -> String {
    let lines = table::lines(text).enumerate().map(|(place, line)| if place == at { "" } else { line });
    lines.collect::<Vec<&str>>().join("\n")
}

fn plain_line(line: usize, text: &str) -> Result<Row, FileFault> {
    let text = unguarded(trimmed(text));
    if NumberRef::new(text).written().is_none() && text.contains([',', ';', '\t', '|']) {
        return Err(FileFault::line(line, "several fields, but the file has no header"));
    }
    Ok(Row {
        place: FilePlace::Line(line),
        cells: vec![(Heading::Unnamed, text.to_owned())],
        unknown: Vec::new(),
    })
}

/// The bytes of a file, or of standard input where its name is `-`.
///
/// # Errors
/// It can not be read, or is larger than any list of numbers.
pub fn bytes_of(file: &Path) -> Result<Vec<u8>, FileFault> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().take(LARGEST_FILE + 1).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|open| open.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| FileFault::at(FilePlace::Whole, format!("it can not be read: {error}")))?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size > LARGEST_FILE) {
        return Err(FileFault::at(FilePlace::Whole, "it is larger than any list of numbers"));
    }
    Ok(bytes)
}
