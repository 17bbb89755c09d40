//! Rows in any form.

use std::io::{self, Write};

use csv_core::{Terminator, Writer, WriterBuilder};
use jiff::tz::TimeZone;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::columns::{Columns, Style};
use super::json;
use crate::phone::{Number, clean, is_clean};

/// The form of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputForm {
    /// Aligned columns under a header, on a terminal.
    Table,
    /// The same rows in a pipe: tab-separated, no header.
    Tabs,
    /// `field: value` lines.
    Plain,
    /// One JSON document.
    Json,
    /// One JSON object per line.
    Ndjson,
    /// RFC 4180 with a header.
    Csv,
}

impl OutputForm {
    /// Whether a program reads records: a form that was asked for, in which nothing else is said.
    pub fn is_of_records(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson | Self::Csv)
    }

    /// Whether rows are handed on as they come, and none is held back.
    pub fn passes_on(self) -> bool {
        matches!(self, Self::Tabs | Self::Plain | Self::Ndjson | Self::Csv)
    }

    /// Whether a program reads errors as JSON.
    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson)
    }
}

/// Rows could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the output: {0}")]
pub struct Unwritten(#[from] pub io::Error);

/// So many bytes are handed on at once; a page of rows is less.
const PIECE: usize = 64 << 10;

/// The cells of one row, as text that a terminal may get.
#[derive(Debug, Clone, Default)]
pub struct Cells {
    text: String,
    /// Where each cell ends.
    ends: Vec<usize>,
}

impl Cells {
    /// Adds what `write` writes behind the text that it is given.
    pub fn add(&mut self, write: impl FnOnce(&mut String)) {
        let start = self.text.len();
        write(&mut self.text);
        if !is_clean(&self.text[start..]) {
            let clean = clean(&self.text[start..], usize::MAX);
            self.text.truncate(start);
            self.text.push_str(&clean);
        }
        self.ends.push(self.text.len());
    }

    /// Each cell, in order.
    fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end])
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }
}

/// Writes rows, each as cells under headings or as a document.
pub struct Table<W: Write> {
    form: OutputForm,
    heads: Vec<String>,
    /// Columns whose cells end under each other.
    right: Vec<bool>,
    /// Widths of a table whose rows are written at once; without them they wait until all are known.
    widths: Option<&'static [usize]>,
    out: W,
    rows: u64,
    held: Vec<Cells>,
    /// The row that is being written.
    cells: Cells,
    line: String,
    csv: Csv,
    /// What waits to be handed on. Of a JSON document that is all: it is whole or not there at all.
    waiting: Vec<u8>,
}

impl<W: Write> Table<W> {
    /// A table whose columns are as wide as their widest cell.
    pub fn new<S: Into<String>>(form: OutputForm, heads: impl IntoIterator<Item = S>, out: W) -> Self {
        let heads: Vec<String> = heads.into_iter().map(Into::into).collect();
        Self {
            form,
            right: vec![false; heads.len()],
            heads,
            widths: None,
            out,
            rows: 0,
            held: Vec::new(),
            cells: Cells::default(),
            line: String::new(),
            csv: Csv::new(),
            waiting: Vec::new(),
        }
    }

    /// Writes each row of a table at once, in columns of at least these widths.
    #[must_use]
    pub fn at_once(self, widths: &'static [usize]) -> Self {
        Self { widths: Some(widths), ..self }
    }

    /// How many rows there were.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds a row.
    pub fn row(
        &mut self,
        cells: impl FnOnce() -> Vec<String>,
        document: impl FnOnce() -> Value,
    ) -> Result<(), Unwritten> {
        let add_all = |row: &mut Cells| cells().iter().for_each(|cell| row.add(|text| text.push_str(cell)));
        self.add(add_all, |line| line.push_str(&json::line(&document())))
    }

    /// Adds a row whose parts write themselves: `cells`, or `document` as JSON on one line.
    pub fn add(
        &mut self,
        cells: impl FnOnce(&mut Cells),
        document: impl FnOnce(&mut String),
    ) -> Result<(), Unwritten> {
        if self.form.is_json() {
            self.line.clear();
            let (before, after) = match self.form {
                OutputForm::Ndjson => ("", "\n"),
                _ => (if self.rows == 0 { "[\n" } else { ",\n" }, ""),
            };
            self.line.push_str(before);
            document(&mut self.line);
            self.line.push_str(after);
            self.waiting.extend_from_slice(self.line.as_bytes());
        } else {
            self.cells.clear();
            cells(&mut self.cells);
            self.write_cells()?;
        }
        self.rows += 1;
        if self.waiting.len() >= PIECE && self.form != OutputForm::Json {
            self.hand_on()?;
        }
        Ok(())
    }

    fn write_cells(&mut self) -> io::Result<()> {
        let out = &mut self.waiting;
        let first = self.rows == 0;
        match (self.form, self.widths) {
            (OutputForm::Table, None) => self.held.push(self.cells.clone()),
            (OutputForm::Table, Some(widths)) => {
                if first {
                    aligned(out, header(&self.heads).iter(), widths, &self.right)?;
                }
                aligned(out, self.cells.iter(), widths, &self.right)?;
            }
            (OutputForm::Csv, _) => {
                if first {
                    self.csv.record(out, self.heads.iter().map(String::as_str));
                }
                self.csv.record(out, self.cells.iter());
            }
            (OutputForm::Plain, _) => {
                if !first {
                    writeln!(out)?;
                }
                for (name, cell) in self.heads.iter().zip(self.cells.iter()) {
                    field(out, name, cell)?;
                }
            }
            _ => {
                for (at, cell) in self.cells.iter().enumerate() {
                    out.extend_from_slice(if at == 0 { b"" } else { b"\t" });
                    out.extend_from_slice(cell.as_bytes());
                }
                out.push(b'\n');
            }
        }
        Ok(())
    }

    fn hand_on(&mut self) -> io::Result<()> {
        self.out.write_all(&self.waiting)?;
        self.waiting.clear();
        self.out.flush()
    }

    /// Hands on what can be handed on already.
    pub fn flush(&mut self) -> Result<(), Unwritten> {
        if self.form != OutputForm::Json {
            self.hand_on()?;
        }
        Ok(())
    }

    /// Writes what was held back.
    pub fn finish(&mut self) -> Result<(), Unwritten> {
        match self.form {
            OutputForm::Json => {
                self.waiting.extend_from_slice(if self.rows == 0 { b"[]\n" } else { b"\n]\n" });
            }
            OutputForm::Csv if self.rows == 0 => {
                self.csv.record(&mut self.waiting, self.heads.iter().map(String::as_str));
            }
            OutputForm::Table if !self.held.is_empty() => {
                let header = header(&self.heads);
                let mut widths: Vec<usize> = header.iter().map(UnicodeWidthStr::width).collect();
                for row in &self.held {
                    let wider = |(width, cell): (&mut usize, &str)| *width = cell.width().max(*width);
                    widths.iter_mut().zip(row.iter()).for_each(wider);
                }
                for row in std::iter::once(&header).chain(&self.held) {
                    aligned(&mut self.waiting, row.iter(), &widths, &self.right)?;
                }
            }
            _ => {}
        }
        Ok(self.hand_on()?)
    }
}

fn header(heads: &[String]) -> Cells {
    let mut header = Cells::default();
    heads.iter().for_each(|name| header.add(|text| text.push_str(&name.to_uppercase())));
    header
}

/// One line of a table; cells of columns that are `right` end under each other.
fn aligned<'a>(
    out: &mut impl Write,
    cells: impl Iterator<Item = &'a str>,
    widths: &[usize],
    right: &[bool],
) -> io::Result<()> {
    let mut line = String::new();
    for ((cell, width), right) in cells.zip(widths).zip(right) {
        let padding = " ".repeat(width.saturating_sub(cell.width()));
        let (before, after) = if *right { (padding.as_str(), "") } else { ("", padding.as_str()) };
        line.extend([before, cell, after, "  "]);
    }
    writeln!(out, "{}", line.trim_end())
}

/// `field: value`; an empty value leaves no blank at the end of the line.
fn field(out: &mut impl Write, name: &str, value: &str) -> io::Result<()> {
    if value.is_empty() { writeln!(out, "{name}:") } else { writeln!(out, "{name}: {value}") }
}

/// Whether a spreadsheet would calculate what it reads from a cell. A phone number is what it looks
/// like.
pub fn is_calculated(cell: &str) -> bool {
    let is_number = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    match cell.as_bytes().first() {
        Some(b'+') => !is_number(&cell[1..]),
        Some(b'=' | b'-' | b'@' | b'\t' | b'\r') => true,
        _ => false,
    }
}

/// Records of RFC 4180, in which no cell is a formula.
struct Csv(Writer);

impl Csv {
    fn new() -> Self {
        Self(WriterBuilder::new().terminator(Terminator::CRLF).build())
    }

    fn record<'a>(&mut self, out: &mut Vec<u8>, cells: impl Iterator<Item = &'a str>) {
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                self.put(out, 2, |writer, room| writer.delimiter(room).1);
            }
            let guarded = is_calculated(cell).then(|| format!("'{cell}"));
            let cell = guarded.as_deref().unwrap_or(cell).as_bytes();
            // Each of its bytes may be a quote, and there is one before them.
            self.put(out, 2 * cell.len() + 2, |writer, room| writer.field(cell, room).2);
        }
        self.put(out, 4, |writer, room| writer.terminator(room).1);
    }

    /// Adds what takes `most` bytes at most, and says how many it took.
    fn put(&mut self, out: &mut Vec<u8>, most: usize, write: impl FnOnce(&mut Writer, &mut [u8]) -> usize) {
        let start = out.len();
        out.resize(start + most, 0);
        let written = write(&mut self.0, &mut out[start..]);
        out.truncate(start + written);
    }
}

/// Writes phone numbers as rows.
pub struct Numbers<W: Write> {
    columns: Columns,
    /// What of each record is printed as JSON; all of it where nothing was chosen.
    keys: Option<Vec<&'static str>>,
    zone: TimeZone,
    /// Where they go.
    pub table: Table<W>,
}

impl<W: Write> Numbers<W> {
    /// Numbers by these columns; a table tells times of this zone.
    pub fn new(form: OutputForm, columns: Columns, zone: TimeZone, out: W) -> Self {
        let mut table = Table::new(form, columns.iter().map(|(name, _)| name.clone()), out);
        table.right = columns.iter().map(|(_, column)| column.is_money()).collect();
        Self { columns, keys: None, zone, table }
    }

    /// Prints as JSON, too, only what the columns are about.
    #[must_use]
    pub fn picking(self) -> Self {
        let keys = self.columns.iter().map(|(_, column)| column.key()).collect();
        Self { keys: Some(keys), ..self }
    }

    /// Adds a number.
    pub fn row(&mut self, number: &Number) -> Result<(), Unwritten> {
        let style =
            if self.table.form == OutputForm::Table { Style::Human(&self.zone) } else { Style::Exact };
        let columns = self.columns.iter();
        let cells = |row: &mut Cells| {
            columns.for_each(|(_, column)| row.add(|text| column.write(number, style, text)));
        };
        self.table.add(cells, |line| json::record(number, self.keys.as_deref(), line))
    }
}

/// Writes one record of named fields, which is not a row of a list.
pub fn fields(
    out: &mut impl Write,
    form: OutputForm,
    fields: &[(String, String)],
    document: &Value,
) -> Result<(), Unwritten> {
    let safe = |text: &str| clean(text, usize::MAX);
    let (names, values): (Vec<String>, Vec<String>) =
        fields.iter().map(|(name, value)| (safe(name), safe(value))).unzip();
    let mut each = names.iter().zip(&values);
    match form {
        OutputForm::Json => writeln!(out, "{}", json::pretty(document))?,
        OutputForm::Ndjson => writeln!(out, "{}", json::line(document))?,
        OutputForm::Csv => {
            let (mut csv, mut record) = (Csv::new(), Vec::new());
            csv.record(&mut record, names.iter().map(String::as_str));
            csv.record(&mut record, values.iter().map(String::as_str));
            out.write_all(&record)?;
        }
        OutputForm::Plain => each.try_for_each(|(name, value)| field(out, name, value))?,
        OutputForm::Tabs => each.try_for_each(|(name, value)| writeln!(out, "{name}\t{value}"))?,
        OutputForm::Table => {
            let width = names.iter().map(|name| name.width()).max().unwrap_or(0);
            each.try_for_each(|(name, value)| {
                writeln!(out, "{}", format!("{name:<width$}  {value}").trim_end())
            })?;
        }
    }
    Ok(out.flush()?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::phone::{EndpointId, Field, NumberId, NumberText, Switch};

    fn numbers() -> [Number; 2] {
        let mut first = Number::new(NumberId::new("a"), NumberText::parse("+2348031234567"));
        first.country = Some("NG".into());
        first.switches[Switch::Inbound] = Some(false);
        first.endpoint = Field::Null;
        let mut second = Number::new(NumberId::new("b,\"\u{1b}[2J"), NumberText::parse("0803\tx\ny"));
        second.endpoint = Field::Value(EndpointId::new("ep"));
        [first, second]
    }

    fn printed(form: OutputForm, columns: &str, numbers: &[Number]) -> String {
        let mut out = Vec::new();
        let mut printer = Numbers::new(form, Columns::parse(columns).unwrap(), TimeZone::UTC, &mut out);
        for number in numbers {
            printer.row(number).unwrap();
        }
        printer.table.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_form_prints_the_same_rows() {
        const COLUMNS: &str = "number,in,endpoint_id,id";
        for (form, wanted) in [
            (
                OutputForm::Table,
                "NUMBER             IN   ENDPOINT_ID  ID\n\
                 +234 803 123 4567  off  none         a\n\
                 0803\u{fffd}x\u{fffd}y                ep           b,\"\u{fffd}[2J\n",
            ),
            (
                OutputForm::Tabs,
                "+2348031234567\toff\tnone\ta\n0803\u{fffd}x\u{fffd}y\t\tep\tb,\"\u{fffd}[2J\n",
            ),
            (
                OutputForm::Plain,
                "number: +2348031234567\nin: off\nendpoint_id: none\nid: a\n\n\
                 number: 0803\u{fffd}x\u{fffd}y\nin:\nendpoint_id: ep\nid: b,\"\u{fffd}[2J\n",
            ),
            (
                OutputForm::Csv,
                "number,in,endpoint_id,id\r\n+2348031234567,off,none,a\r\n\
                 0803\u{fffd}x\u{fffd}y,,ep,\"b,\"\"\u{fffd}[2J\"\r\n",
            ),
        ] {
            assert_eq!(printed(form, COLUMNS, &numbers()), wanted, "{form:?}");
        }
    }

    #[test]
    fn json_has_the_whole_record_whatever_the_columns() {
        let array: Value = serde_json::from_str(&printed(OutputForm::Json, "id", &numbers())).unwrap();
        let lines = printed(OutputForm::Ndjson, "id", &numbers());
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(array, Value::Array(lines));
        assert_eq!(array[0]["country"], "NG");
    }

    #[test]
    fn columns_that_were_chosen_pick_the_keys_of_json() {
        let mut out = Vec::new();
        let columns = Columns::parse("in,number,monthly").unwrap();
        let mut printer = Numbers::new(OutputForm::Ndjson, columns, TimeZone::UTC, &mut out).picking();
        printer.row(&numbers()[0]).unwrap();
        printer.table.finish().unwrap();
        // In the order that was asked for; what the record does not have is not made up.
        let wanted = "{\"allow_inbound\":false,\"e164\":\"+2348031234567\"}\n";
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }

    #[test]
    fn nothing_is_an_empty_list_in_every_form() {
        for (form, wanted) in [
            (OutputForm::Table, ""),
            (OutputForm::Tabs, ""),
            (OutputForm::Plain, ""),
            (OutputForm::Json, "[]\n"),
            (OutputForm::Ndjson, ""),
            (OutputForm::Csv, "id\r\n"),
        ] {
            assert_eq!(printed(form, "id", &[]), wanted, "{form:?}");
        }
    }

    #[test]
    fn an_error_leaves_no_half_document() {
        let mut out = Vec::new();
        let mut printer = Numbers::new(OutputForm::Json, Columns::owned(), TimeZone::UTC, &mut out);
        printer.row(&numbers()[0]).unwrap();
        printer.table.flush().unwrap();
        drop(printer);
        assert!(out.is_empty());
    }

    #[test]
    fn nobody_reading_is_told_as_that() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut printer = Numbers::new(OutputForm::Tabs, Columns::owned(), TimeZone::UTC, Closed);
        printer.row(&numbers()[0]).unwrap();
        assert_eq!(printer.table.flush().unwrap_err().0.kind(), io::ErrorKind::BrokenPipe);
    }

    fn reported(form: OutputForm, rows: usize) -> String {
        let mut out = Vec::new();
        let mut records = Table::new(form, ["outcome", "message"], &mut out).at_once(&[8, 0]);
        for row in 0..rows {
            let cells = ["refused".to_owned(), format!("no,\u{1b}{row}")];
            records.row(|| cells.to_vec(), || json!({"row": row})).unwrap();
        }
        records.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_that_are_written_at_once_are_the_same_in_every_form() {
        for (form, wanted) in [
            (OutputForm::Table, "OUTCOME   MESSAGE\nrefused   no,\u{fffd}0\nrefused   no,\u{fffd}1\n"),
            (OutputForm::Tabs, "refused\tno,\u{fffd}0\nrefused\tno,\u{fffd}1\n"),
            (OutputForm::Csv, "outcome,message\r\nrefused,\"no,\u{fffd}0\"\r\nrefused,\"no,\u{fffd}1\"\r\n"),
            (OutputForm::Ndjson, "{\"row\":0}\n{\"row\":1}\n"),
            (
                OutputForm::Plain,
                "outcome: refused\nmessage: no,\u{fffd}0\n\noutcome: refused\nmessage: no,\u{fffd}1\n",
            ),
        ] {
            assert_eq!(reported(form, 2), wanted, "{form:?}");
        }
        let array: Value = serde_json::from_str(&reported(OutputForm::Json, 2)).unwrap();
        assert_eq!(array, json!([{"row": 0}, {"row": 1}]));
    }
}
