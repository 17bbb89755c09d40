//! Records that are no numbers alone: cells under headings, or a document of each.

use std::io::{self, Write};

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::Failure;
use super::json;
use super::output::{Buffered, Form, aligned, broken, buffered, csv_line, safe, write_field};

/// A heading, and the least width of its column where lines of a table are printed one by one.
pub(super) type Head = (&'static str, usize);

/// Writes records to stdout, or to anything else.
pub(super) struct Records<W: Write> {
    form: Form,
    heads: &'static [Head],
    out: W,
    rows: usize,
    /// A JSON document is whole or not there at all.
    documents: Vec<Value>,
}

impl Records<Buffered> {
    /// To stdout.
    pub(super) fn stdout(form: Form, heads: &'static [Head]) -> Self {
        Self::new(form, heads, buffered())
    }
}

impl<W: Write> Records<W> {
    pub(super) fn new(form: Form, heads: &'static [Head], out: W) -> Self {
        Self { form, heads, out, rows: 0, documents: Vec::new() }
    }

    /// Adds a record. It is written at once in every form but a JSON document.
    pub(super) fn add(&mut self, cells: &[String], document: Value) -> Result<(), Failure> {
        let cells: Vec<String> = cells.iter().map(|cell| safe(cell)).collect();
        self.write(&cells, document).map_err(|error| broken(&error))?;
        self.rows += 1;
        Ok(())
    }

    fn write(&mut self, cells: &[String], document: Value) -> io::Result<()> {
        let names = self.heads.iter().map(|(name, _)| *name);
        match self.form {
            Form::Json => {
                self.documents.push(document);
                Ok(())
            }
            Form::Ndjson => writeln!(self.out, "{}", json::line(&document)),
            Form::Csv => {
                if self.rows == 0 {
                    csv_line(&mut self.out, names)?;
                }
                csv_line(&mut self.out, cells.iter().map(String::as_str))
            }
            Form::Tabs => writeln!(self.out, "{}", cells.join("\t")),
            Form::Plain => {
                if self.rows > 0 {
                    writeln!(self.out)?;
                }
                names.zip(cells).try_for_each(|(name, cell)| write_field(&mut self.out, name, cell))
            }
            Form::Table => {
                if self.rows == 0 {
                    let header: Vec<String> = names.map(str::to_uppercase).collect();
                    self.table_line(&header)?;
                }
                self.table_line(cells)
            }
        }
    }

    fn table_line(&mut self, cells: &[String]) -> io::Result<()> {
        let mut line = String::new();
        for (cell, (_, width)) in cells.iter().zip(self.heads) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
        }
        writeln!(self.out, "{}", line.trim_end())
    }

    /// Hands on what was written.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(|error| broken(&error))
    }

    /// Writes what was held back.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        let written = match self.form {
            Form::Json => writeln!(self.out, "{}", json::pretty(&Value::Array(self.documents))),
            Form::Csv if self.rows == 0 => csv_line(&mut self.out, self.heads.iter().map(|(name, _)| *name)),
            _ => Ok(()),
        };
        written.and_then(|()| self.out.flush()).map_err(|error| broken(&error))
    }
}

/// Writes records whose number is known: the columns of a table are as wide as their widest cell.
pub(super) fn all(form: Form, heads: &'static [Head], rows: &[(Vec<String>, Value)]) -> Result<(), Failure> {
    if form != Form::Table || rows.is_empty() {
        let mut records = Records::stdout(form, heads);
        rows.iter().try_for_each(|(cells, document)| records.add(cells, document.clone()))?;
        return if form == Form::Table { Ok(()) } else { records.finish() };
    }
    let header: Vec<String> = heads.iter().map(|(name, _)| name.to_uppercase()).collect();
    let cells: Vec<Vec<String>> =
        rows.iter().map(|(cells, _)| cells.iter().map(|cell| safe(cell)).collect()).collect();
    let mut out = buffered();
    aligned(&mut out, &header, &cells, &vec![false; heads.len()])
        .and_then(|()| out.flush())
        .map_err(|error| broken(&error))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HEADS: &[Head] = &[("outcome", 8), ("message", 0)];

    fn printed(form: Form, rows: usize) -> String {
        let mut out = Vec::new();
        let mut records = Records::new(form, HEADS, &mut out);
        for row in 0..rows {
            let cells = ["refused".to_owned(), format!("no,\u{1b}{row}")];
            records.add(&cells, json!({"row": row})).unwrap();
        }
        records.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_form_writes_the_same_records() {
        for (form, wanted) in [
            (Form::Table, "OUTCOME   MESSAGE\nrefused   no,\u{fffd}0\nrefused   no,\u{fffd}1\n"),
            (Form::Tabs, "refused\tno,\u{fffd}0\nrefused\tno,\u{fffd}1\n"),
            (Form::Csv, "outcome,message\r\nrefused,\"no,\u{fffd}0\"\r\nrefused,\"no,\u{fffd}1\"\r\n"),
            (Form::Ndjson, "{\"row\":0}\n{\"row\":1}\n"),
            (
                Form::Plain,
                "outcome: refused\nmessage: no,\u{fffd}0\n\noutcome: refused\nmessage: no,\u{fffd}1\n",
            ),
        ] {
            assert_eq!(printed(form, 2), wanted, "{form:?}");
        }
        let array: Value = serde_json::from_str(&printed(Form::Json, 2)).unwrap();
        assert_eq!(array, json!([{"row": 0}, {"row": 1}]));
    }

    #[test]
    fn nothing_is_an_empty_list_in_every_form() {
        for (form, wanted) in [(Form::Json, "[]\n"), (Form::Csv, "outcome,message\r\n"), (Form::Tabs, "")] {
            assert_eq!(printed(form, 0), wanted, "{form:?}");
        }
    }

    #[test]
    fn an_error_leaves_no_half_document() {
        let mut out = Vec::new();
        let mut records = Records::new(Form::Json, HEADS, &mut out);
        records.add(&[String::new(), String::new()], json!({})).unwrap();
        records.flush().unwrap();
        drop(records);
        assert!(out.is_empty());
    }
}
