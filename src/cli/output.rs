//! What goes to stdout and stderr, in every form.

use std::io::{self, IsTerminal, Write};

use jiff::tz::TimeZone;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::args::{Global, Output};
use super::columns::{Columns, Style};
use super::{Exit, Failure, json};
use crate::phone::{Number, clean, without_passwords};
use crate::stream::{self, Patient};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
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

impl Form {
    pub(super) fn of(global: &Global) -> Self {
        match global.output {
            Some(Output::Json) => Self::Json,
            Some(Output::Ndjson) => Self::Ndjson,
            Some(Output::Csv) => Self::Csv,
            Some(Output::Table) | None if global.plain => Self::Plain,
            Some(Output::Table) | None if io::stdout().is_terminal() => Self::Table,
            Some(Output::Table) | None => Self::Tabs,
        }
    }

    /// Whether a program reads records: a form that was asked for, in which nothing else is said.
    pub(super) fn is_of_records(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson | Self::Csv)
    }

    /// Whether a program reads errors as JSON.
    pub(super) fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson)
    }
}

/// Text of a server, an id for one, as it may be printed: no tabs, no newlines, no escapes.
pub(super) fn safe(text: &str) -> String {
    clean(text, usize::MAX)
}

/// A line on stderr, without the password of an address that somebody pasted. Unlike `eprintln!` it does not end the program when nobody reads it: that must
/// not happen while a write is on its way.
pub(super) fn say(text: &str) {
    writeln!(stream::stderr(), "{}", without_passwords(text)).ok();
}

/// Standard output, written in pieces that are worth it.
pub(super) type Buffered = io::BufWriter<Patient<io::Stdout>>;

/// Standard output.
pub(super) fn buffered() -> Buffered {
    io::BufWriter::new(stream::stdout())
}

/// What an error of stdout means.
pub(super) fn broken(error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Failure::closed_pipe()
    } else {
        Failure::new(Exit::Other, "OUTPUT", format!("cannot write the output: {error}"), "")
    }
}

/// Writes records to stdout, or to anything else.
pub(super) struct Printer<W: Write> {
    form: Form,
    columns: Columns,
    zone: TimeZone,
    out: W,
    rows: u64,
    /// Rows of a table: its widths are known at the end.
    table: Vec<Vec<String>>,
    /// A JSON document is whole or not there at all.
    document: Vec<u8>,
}

impl Printer<Buffered> {
    /// To stdout.
    pub(super) fn stdout(form: Form, columns: Columns) -> Self {
        Self::new(form, columns, TimeZone::system(), buffered())
    }
}

impl<W: Write> Printer<W> {
    pub(super) fn new(form: Form, columns: Columns, zone: TimeZone, out: W) -> Self {
        Self { form, columns, zone, out, rows: 0, table: Vec::new(), document: Vec::new() }
    }

    /// How many records there were.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds a record.
    pub(super) fn row(&mut self, number: &Number) -> Result<(), Failure> {
        match self.form {
            Form::Json => {
                self.document.extend_from_slice(if self.rows == 0 { b"[\n" } else { b",\n" });
                self.document.extend_from_slice(json::line(&Value::Object(number.to_json())).as_bytes());
            }
            Form::Ndjson => {
                writeln!(self.out, "{}", json::line(&Value::Object(number.to_json())))
                    .map_err(|error| broken(&error))?;
            }
            Form::Table => {
                let cells = self.cells(number, Style::Human(&self.zone));
                self.table.push(cells);
            }
            Form::Tabs | Form::Plain | Form::Csv => {
                let cells = self.cells(number, Style::Exact);
                self.record(&cells).map_err(|error| broken(&error))?;
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Hands on what can be handed on already.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(|error| broken(&error))
    }

    /// Writes what was held back.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let written = match self.form {
            Form::Json if self.rows == 0 => self.out.write_all(b"[]\n"),
            Form::Json => {
                self.document.extend_from_slice(b"\n]\n");
                self.out.write_all(&self.document)
            }
            Form::Csv if self.rows == 0 => self.header(),
            Form::Table if self.rows > 0 => self.aligned(),
            _ => Ok(()),
        };
        written.and_then(|()| self.out.flush()).map_err(|error| broken(&error))
    }

    fn cells(&self, number: &Number, style: Style<'_>) -> Vec<String> {
        self.columns.iter().map(|(_, column)| safe(&column.text(number, style))).collect()
    }

    fn record(&mut self, cells: &[String]) -> io::Result<()> {
        match self.form {
            Form::Plain => {
                if self.rows > 0 {
                    writeln!(self.out)?;
                }
                for ((name, _), cell) in self.columns.iter().zip(cells) {
                    write_field(&mut self.out, name, cell)?;
                }
                Ok(())
            }
            Form::Csv => {
                if self.rows == 0 {
                    self.header()?;
                }
                csv_line(&mut self.out, cells.iter().map(String::as_str))
            }
            _ => writeln!(self.out, "{}", cells.join("\t")),
        }
    }

    fn header(&mut self) -> io::Result<()> {
        csv_line(&mut self.out, self.columns.iter().map(|(name, _)| name.as_str()))
    }

    fn aligned(&mut self) -> io::Result<()> {
        let header: Vec<String> = self.columns.iter().map(|(name, _)| name.to_uppercase()).collect();
        let right: Vec<bool> = self.columns.iter().map(|(_, column)| column.is_money()).collect();
        aligned(&mut self.out, &header, &self.table, &right)
    }
}

/// Writes a table under its header; columns that are `right` end under each other.
pub(super) fn aligned(
    out: &mut impl Write,
    header: &[String],
    rows: &[Vec<String>],
    right: &[bool],
) -> io::Result<()> {
    let mut widths: Vec<usize> = header.iter().map(|name| name.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    for row in std::iter::once(header).chain(rows.iter().map(Vec::as_slice)) {
        let mut line = String::new();
        for ((cell, width), right) in row.iter().zip(&widths).zip(right) {
            let padding = " ".repeat(width - cell.width());
            let (before, after) = if *right { (padding, String::new()) } else { (String::new(), padding) };
            line.push_str(&before);
            line.push_str(cell);
            line.push_str(&after);
            line.push_str("  ");
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Writes one record of named fields, which is not a row of a list.
pub(super) fn fields(form: Form, fields: &[(String, String)], document: &Value) -> Result<(), Failure> {
    let mut out = buffered();
    write_fields(&mut out, form, fields, document).and_then(|()| out.flush()).map_err(|error| broken(&error))
}

fn write_fields(
    out: &mut impl Write,
    form: Form,
    fields: &[(String, String)],
    document: &Value,
) -> io::Result<()> {
    let safe: Vec<(String, String)> = fields.iter().map(|(name, value)| (safe(name), safe(value))).collect();
    match form {
        Form::Json => writeln!(out, "{}", json::pretty(document)),
        Form::Ndjson => writeln!(out, "{}", json::line(document)),
        Form::Csv => {
            csv_line(out, safe.iter().map(|(name, _)| name.as_str()))?;
            csv_line(out, safe.iter().map(|(_, value)| value.as_str()))
        }
        Form::Plain => safe.iter().try_for_each(|(name, value)| write_field(out, name, value)),
        Form::Tabs => safe.iter().try_for_each(|(name, value)| writeln!(out, "{name}\t{value}")),
        Form::Table => {
            let width = safe.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
            safe.iter().try_for_each(|(name, value)| {
                writeln!(out, "{}", format!("{name:<width$}  {value}").trim_end())
            })
        }
    }
}

/// `field: value`; an empty value leaves no blank at the end of the line.
pub(super) fn write_field(out: &mut impl Write, name: &str, value: &str) -> io::Result<()> {
    if value.is_empty() { writeln!(out, "{name}:") } else { writeln!(out, "{name}: {value}") }
}

/// Whether a spreadsheet would calculate what it reads from a cell. A phone number is what it looks
/// like.
pub(super) fn guarded_by(cell: &str) -> bool {
    let is_number = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    match cell.as_bytes().first() {
        Some(b'+') => !is_number(&cell[1..]),
        Some(b'=' | b'-' | b'@' | b'\t' | b'\r') => true,
        _ => false,
    }
}

/// One record of RFC 4180, in which no cell is a formula.
pub(super) fn csv_line<'a>(out: &mut impl Write, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            out.write_all(b",")?;
        }
        let guard = if guarded_by(cell) { "'" } else { "" };
        if cell.contains([',', '"', '\r', '\n', '\t']) {
            write!(out, "\"{guard}{}\"", cell.replace('"', "\"\""))?;
        } else {
            write!(out, "{guard}{cell}")?;
        }
    }
    out.write_all(b"\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{EndpointId, Field, Line, NumberId};

    fn numbers() -> [Number; 2] {
        let mut first = Number::new(NumberId::new("a"), Line::parse("+2348031234567"));
        first.country = Some("NG".into());
        first.allow_inbound = Some(false);
        first.endpoint = Field::Null;
        let mut second = Number::new(NumberId::new("b,\"\u{1b}[2J"), Line::parse("0803\tx\ny"));
        second.endpoint = Field::Value(EndpointId::new("ep"));
        [first, second]
    }

    fn printed(form: Form, columns: &str, numbers: &[Number]) -> String {
        let mut out = Vec::new();
        let mut printer = Printer::new(form, Columns::parse(columns).unwrap(), TimeZone::UTC, &mut out);
        for number in numbers {
            printer.row(number).unwrap();
        }
        printer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_form_prints_the_same_rows() {
        const COLUMNS: &str = "number,in,endpoint_id,id";
        for (form, wanted) in [
            (
                Form::Table,
                "NUMBER             IN   ENDPOINT_ID  ID\n\
                 +234 803 123 4567  off  none         a\n\
                 0803\u{fffd}x\u{fffd}y                ep           b,\"\u{fffd}[2J\n",
            ),
            (Form::Tabs, "+2348031234567\toff\tnone\ta\n0803\u{fffd}x\u{fffd}y\t\tep\tb,\"\u{fffd}[2J\n"),
            (
                Form::Plain,
                "number: +2348031234567\nin: off\nendpoint_id: none\nid: a\n\n\
                 number: 0803\u{fffd}x\u{fffd}y\nin:\nendpoint_id: ep\nid: b,\"\u{fffd}[2J\n",
            ),
            (
                Form::Csv,
                "number,in,endpoint_id,id\r\n+2348031234567,off,none,a\r\n\
                 0803\u{fffd}x\u{fffd}y,,ep,\"b,\"\"\u{fffd}[2J\"\r\n",
            ),
        ] {
            assert_eq!(printed(form, COLUMNS, &numbers()), wanted, "{form:?}");
        }
    }

    #[test]
    fn json_has_the_whole_record_whatever_the_columns() {
        let array: Value = serde_json::from_str(&printed(Form::Json, "id", &numbers())).unwrap();
        let lines = printed(Form::Ndjson, "id", &numbers());
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(array, Value::Array(lines));
        assert_eq!(array[0]["country"], "NG");
    }

    #[test]
    fn nothing_is_an_empty_list_in_every_form() {
        for (form, wanted) in [
            (Form::Table, ""),
            (Form::Tabs, ""),
            (Form::Plain, ""),
            (Form::Json, "[]\n"),
            (Form::Ndjson, ""),
            (Form::Csv, "id\r\n"),
        ] {
            assert_eq!(printed(form, "id", &[]), wanted, "{form:?}");
        }
    }

    #[test]
    fn an_error_leaves_no_half_document() {
        let mut out = Vec::new();
        let mut printer = Printer::new(Form::Json, Columns::owned(), TimeZone::UTC, &mut out);
        printer.row(&numbers()[0]).unwrap();
        printer.flush().unwrap();
        drop(printer);
        assert!(out.is_empty());
    }

    #[test]
    fn nobody_reading_ends_quietly() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut printer = Printer::new(Form::Tabs, Columns::owned(), TimeZone::UTC, Closed);
        assert_eq!(printer.row(&numbers()[0]).unwrap_err().exit, Exit::Done);
    }
}
