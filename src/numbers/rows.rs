//! Tables, with a header or from a pipe, as targets.

use super::comment::may_be_meant;
use super::id::IdForm;
use super::row::{Heading, Row};
use super::table::{self, Cell, FileFault, FilePlace, Record};
use super::{NumberRef, trimmed, unguarded};
use crate::phone::{Country, E164, Kind};

/// Rows below a header.
pub(super) fn from_table(text: &str, delimiter: char) -> Result<Vec<Row>, FileFault> {
    let table = table::read(text, delimiter)?;
    let mut records = table.records.into_iter();
    let Some(header) = records.next() else { return Ok(Vec::new()) };
    let headings: Vec<Option<Heading>> = header.cells.iter().map(|cell| Heading::of(&cell.text)).collect();
    if !headings.iter().flatten().any(|heading| heading.names()) {
        return Err(FileFault::line(header.line, "no column is called number, id or inventory_id"));
    }
    for (line, comment) in table.comments {
        if let Some(why) = may_be_meant(line, comment, &headings, delimiter) {
            return Err(why);
        }
    }
    refuse_swallowed(&header, &headings, delimiter)?;
    let mut rows = Vec::new();
    for record in records {
        let same = |(cell, name): (&Cell, &Cell)| trimmed(&cell.text) == trimmed(&name.text);
        let repeats =
            record.cells.len() == header.cells.len() && record.cells.iter().zip(&header.cells).all(same);
        if repeats || record.cells.iter().all(|cell| trimmed(&cell.text).is_empty()) {
            continue;
        }
        if record.cells.len() > header.cells.len() {
            let more = record.cells[header.cells.len()..].iter().any(|cell| !trimmed(&cell.text).is_empty());
            if more {
                return Err(FileFault::line(record.line, "it has more cells than the header"));
            }
        }
        refuse_swallowed(&record, &headings, delimiter)?;
        rows.push(row_of(&record, &header, &headings));
    }
    Ok(rows)
}

fn row_of(record: &Record, header: &Record, headings: &[Option<Heading>]) -> Row {
    let mut row = Row { place: FilePlace::Line(record.line), cells: Vec::new(), unknown: Vec::new() };
    for (place, heading) in headings.iter().enumerate() {
        // A row may end before its last columns: what is not there is empty.
        let text = record.cells.get(place).map_or("", |cell| unguarded(trimmed(&cell.text)));
        match (heading, header.cells.get(place)) {
            (Some(heading), _) => row.cells.push((*heading, text.to_owned())),
            (None, Some(name)) if !text.is_empty() => row.unknown.push(trimmed(&name.text).to_owned()),
            (None, _) => {}
        }
    }
    row
}

/// Refuses a row with a quoted cell of several lines that read as rows: its quote was closed too late,
/// and they would be passed over in silence. A note may have lines of its own.
fn refuse_swallowed(record: &Record, headings: &[Option<Heading>], delimiter: char) -> Result<(), FileFault> {
    // A line of a note may begin with a word that an id could be, too.
    let is_id = |place: usize, text: &str| {
        let own = record.cells.get(place).and_then(|cell| IdForm::of(trimmed(&cell.text)));
        let form = IdForm::of(text);
        form.is_some_and(|form| own.is_none_or(|own| own.is_like(&form)))
    };
    let names = |place: usize, text: &str| match headings.get(place) {
        Some(Some(Heading::Number)) => {
            NumberRef::new(text).written().is_some_and(|written| written.digits().len() >= 7)
        }
        Some(Some(Heading::Id | Heading::InventoryId)) => is_id(place, text) || E164::parse(text).is_some(),
        _ => false,
    };
    // A line that fills no further cell is a row where the table has but one.
    let is_row = |first: usize, line: &str| {
        let cells = line.split(delimiter).map(|cell| trimmed(cell).trim_matches('"'));
        let cells: Vec<&str> = cells.map(|cell| unguarded(trimmed(cell))).collect();
        let alone = first == 0 && cells.len() == 1 && headings.len() > 1;
        let is_named = |(place, cell): (usize, &&str)| {
            names(first + place, cell) && !(alone && NumberRef::new(cell).line().is_none())
        };
        cells.iter().enumerate().any(is_named)
    };
    for (place, cell) in record.cells.iter().enumerate() {
        let mut lines = table::lines(&cell.text);
        // The first line goes on from where the quote begins; the others begin as rows do.
        let first = lines.next().filter(|first| first.len() < cell.text.len());
        let begins = first
            .and_then(|line| line.split_once(delimiter))
            .is_some_and(|(_, line)| is_row(place + 1, line));
        if begins || lines.any(|line| is_row(0, line)) {
            return Err(FileFault::line(
                cell.line,
                "a quote begins here, and what it holds reads as rows of their own",
            ));
        }
    }
    Ok(())
}

/// What `numdeck list` and `search` write into a pipe: cells between tabs, without a header. The
/// column in which every row has a number is the one that names it.
pub(super) fn from_pipe(text: &str) -> Result<Vec<Row>, FileFault> {
    let table = table::read(text, '\t')?;
    if let Some(why) =
        table.comments.iter().find_map(|(line, comment)| may_be_meant(*line, comment, &[], '\t'))
    {
        return Err(why);
    }
    let records = table.records;
    let columns = records.iter().map(|record| record.cells.len()).min().unwrap_or(0);
    let every = |place: &usize, fits: fn(&str) -> bool| {
        records.iter().all(|record| fits(trimmed(&record.cells[*place].text)))
    };
    let only = |fits: fn(&str) -> bool| {
        let mut found = (0..columns).filter(|place| every(place, fits));
        found.next().filter(|_| found.next().is_none())
    };
    let number = only(|cell| cell.starts_with('+') && E164::parse(cell).is_some());
    let Some(number) = number else {
        let line = records.first().map_or(1, |record| record.line);
        return Err(FileFault::line(line, "several fields, but the file has no header"));
    };
    let country = only(Country::is_code);
    let kind = only(|cell| Kind::KNOWN.iter().any(|kind| kind.wire() == cell));
    let heading = |place| match Some(place) {
        place if place == Some(number) => Some(Heading::Number),
        place if place == country => Some(Heading::Country),
        place if place == kind => Some(Heading::Kind),
        _ => None,
    };
    let headings: Vec<Option<Heading>> = (0..columns).map(heading).collect();
    let nameless = Record { line: 0, cells: Vec::new() };
    let row = |record: &Record| {
        refuse_swallowed(record, &headings, '\t')?;
        Ok(row_of(record, &nameless, &headings))
    };
    records.iter().map(row).collect()
}
