//! Tables in files, as RFC 4180 has them and as other programs write them.

use std::borrow::Cow;
use std::fmt;

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The line that it begins in, from 1.
    pub(super) line: usize,
    pub(super) cells: Vec<Cell>,
}

/// A cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) text: String,
    /// The line that it begins in.
    pub(super) line: usize,
}

/// A table, and what stands between its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table<'a> {
    pub(super) records: Vec<Record>,
    /// The lines that begin with `#`, each with its place and as it stands.
    pub(super) comments: Vec<(usize, &'a str)>,
}

/// Why a file can not be used, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}{why}")]
pub struct FileFault {
    place: FilePlace,
    why: Cow<'static, str>,
}

/// Where something stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePlace {
    /// Nowhere in it.
    Whole,
    /// Counted from 1.
    Line(usize),
    /// Of an array.
    Entry(usize),
}

impl FilePlace {
    /// In words: `line 3`.
    pub fn words(self) -> String {
        match self {
            Self::Whole => "the file".to_owned(),
            Self::Line(line) => format!("line {line}"),
            Self::Entry(entry) => format!("entry {entry}"),
        }
    }

    /// The number of the line, or of the entry.
    pub fn number(self) -> usize {
        match self {
            Self::Whole => 0,
            Self::Line(number) | Self::Entry(number) => number,
        }
    }
}

/// Before what is said of it: `line 3: `.
impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line(_) | Self::Entry(_) => write!(f, "{}: ", self.words()),
        }
    }
}

impl FileFault {
    /// At a place.
    pub fn at(place: FilePlace, why: impl Into<Cow<'static, str>>) -> Self {
        Self { place, why: why.into() }
    }

    /// In a line, counted from 1.
    pub fn line(line: usize, why: impl Into<Cow<'static, str>>) -> Self {
        Self::at(FilePlace::Line(line), why)
    }
}

/// The text of a file: UTF-8, UTF-16 of either end, with a byte order mark or without, else Latin-1,
/// in which old spreadsheets write their notes. Numbers and ids are the same in all of them.
///
/// # Errors
/// It is no text.
pub fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, FileFault> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => from_8_bits(rest),
        [0xff, 0xfe, rest @ ..] => from_16_bits(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => from_16_bits(rest, u16::from_be_bytes)?,
        // The first characters of any such file are ASCII.
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => from_16_bits(bytes, u16::from_le_bytes)?,
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => from_16_bits(bytes, u16::from_be_bytes)?,
        _ => from_8_bits(bytes),
    };
    match text.find('\0') {
        Some(at) => Err(FileFault::line(line_of(&text, at), "a NUL character: this is no text")),
        None => Ok(text),
    }
}

fn from_8_bits(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        // What Latin-1 does not assign is a mark that no number and no id has.
        Err(_) => {
            let of = |byte: &u8| if (0x80..0xa0).contains(byte) { '\u{fffd}' } else { char::from(*byte) };
            bytes.iter().map(of).collect::<String>().into()
        }
    }
}

fn from_16_bits(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, FileFault> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(FileFault::line(1, "UTF-16 that ends within a character"));
    }
    let units = pairs.iter().map(|pair| unit(*pair));
    let text = char::decode_utf16(units).collect::<Result<String, _>>();
    text.map(Cow::Owned).map_err(|_| FileFault::line(1, "UTF-16 with half a character in it"))
}

fn line_of(text: &str, at: usize) -> usize {
    lines(&text[..at]).count().max(1)
}

/// The lines of a text, which end with LF, CR LF or, on old Macs, CR.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.find(['\n', '\r']);
        rest = end.map(|end| &text[end + if text[end..].starts_with("\r\n") { 2 } else { 1 }..]);
        Some(&text[..end.unwrap_or(text.len())])
    })
}

/// Reads a table, strictly: a quote is at the beginning of a cell, or it is none, and it is closed.
/// Blank lines and those that begin with `#` are no rows.
pub(super) fn read(text: &str, delimiter: char) -> Result<Table<'_>, FileFault> {
    let (mut records, mut comments) = (Vec::new(), Vec::new());
    let mut scan = Scan { rest: text, line: 1 };
    while !scan.rest.is_empty() {
        if let Some(comment) = scan.comment_or_blank() {
            if !comment.trim().is_empty() {
                comments.push((scan.line, comment));
            }
            scan.skip(comment.len());
            scan.end_line();
            continue;
        }
        let line = scan.line;
        let mut cells = vec![scan.cell(delimiter)?];
        while scan.take(delimiter) {
            cells.push(scan.cell(delimiter)?);
        }
        scan.end_line();
        records.push(Record { line, cells });
    }
    Ok(Table { records, comments })
}

struct Scan<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Scan<'a> {
    /// The line that begins here, where it is no row.
    fn comment_or_blank(&self) -> Option<&'a str> {
        let line = self.rest.split(['\n', '\r']).next().unwrap_or_default();
        let said = line.trim_matches([' ', '\u{feff}']);
        (said.is_empty() || said.starts_with('#')).then_some(line)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest.starts_with(wanted);
        if found {
            self.skip(wanted.len_utf8());
        }
        found
    }

    fn end_line(&mut self) {
        let carriage = self.take('\r');
        if self.take('\n') || carriage {
            self.line += 1;
        }
    }

    fn cell(&mut self, delimiter: char) -> Result<Cell, FileFault> {
        let line = self.line;
        let blanks = self.rest.len() - self.rest.trim_start_matches(' ').len();
        let begin = &self.rest[blanks..];
        // `="+44…"` is how a spreadsheet is told to keep a text.
        let quote = if begin.starts_with("=\"") { 2 } else { usize::from(begin.starts_with('"')) };
        let text = if quote > 0 {
            self.skip(blanks + quote);
            self.quoted(delimiter, line)?
        } else {
            let end = self.rest.find([delimiter, '\n', '\r']).unwrap_or(self.rest.len());
            let text = self.rest[..end].to_owned();
            if delimiter != '\t' && text.contains('"') {
                return Err(FileFault::line(line, "a quote in a cell that does not begin with one"));
            }
            self.skip(end);
            text
        };
        Ok(Cell { text, line })
    }

    fn quoted(&mut self, delimiter: char, line: usize) -> Result<String, FileFault> {
        let mut text = String::new();
        loop {
            let Some(end) = self.rest.find('"') else {
                return Err(FileFault::line(line, "a quote that is never closed"));
            };
            text.push_str(&self.rest[..end]);
            self.skip(end + 1);
            if !self.take('"') {
                break;
            }
            text.push('"');
        }
        self.line += lines(&text).count() - 1;
        let blanks = self.rest.len() - self.rest.trim_start_matches(' ').len();
        let after = &self.rest[blanks..];
        if !after.is_empty() && !after.starts_with([delimiter, '\n', '\r']) {
            return Err(FileFault::line(self.line, "text behind a closing quote"));
        }
        self.skip(blanks);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(text: &str, delimiter: char) -> Vec<(usize, Vec<String>)> {
        let table = read(text, delimiter).unwrap();
        let records = table.records.into_iter();
        records
            .map(|record| (record.line, record.cells.into_iter().map(|cell| cell.text).collect()))
            .collect()
    }

    #[test]
    fn rows_are_read_with_the_line_that_they_begin_in() {
        let text = "a,b\r\n# no row\r\n\r\n1,\"two, \"\"2\"\"\nlines\"\r3 , \"x\" \n=\"+44\",\n";
        let wanted: &[(usize, &[&str])] =
            &[(1, &["a", "b"]), (4, &["1", "two, \"2\"\nlines"]), (6, &["3 ", "x"]), (7, &["+44", ""])];
        let found = cells(text, ',');
        assert_eq!(found.len(), wanted.len());
        for ((line, cells), (wanted_line, wanted)) in found.iter().zip(wanted) {
            assert_eq!(
                (line, cells.iter().map(String::as_str).collect::<Vec<_>>().as_slice()),
                (wanted_line, *wanted)
            );
        }
        assert_eq!(cells("a\tb \"c\"\n", '\t'), [(1, vec!["a".to_owned(), "b \"c\"".to_owned()])]);
        assert_eq!(cells("", ','), []);
        assert_eq!(read(text, ',').unwrap().comments, [(2, "# no row")]);
    }

    #[test]
    fn what_is_not_strictly_a_table_is_refused_with_its_line() {
        for (text, line, why) in [
            ("a\n1,\"x\n2,y\n", 2, "never closed"),
            ("a\n\"x\ny\"z\n", 3, "behind a closing"),
            ("a\n1,x \"y\" z\n", 2, "does not begin"),
            ("a\n\"", 2, "never closed"),
        ] {
            let fault = read(text, ',').unwrap_err();
            assert_eq!(
                (fault.place.number(), fault.why.contains(why)),
                (line, true),
                "{text:?}: {}",
                fault.why
            );
        }
    }

    #[test]
    fn text_is_read_in_every_encoding_that_programs_write() {
        let utf16 =
            |text: &str, of: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(of).collect::<Vec<u8>>();
        for bytes in [
            "id,é".as_bytes().to_vec(),
            "\u{feff}id,é".as_bytes().to_vec(),
            utf16("\u{feff}id,é", u16::to_le_bytes),
            utf16("\u{feff}id,é", u16::to_be_bytes),
            utf16("id,é", u16::to_le_bytes),
            utf16("id,é", u16::to_be_bytes),
            b"id,\xe9".to_vec(),
        ] {
            assert_eq!(decoded(&bytes).unwrap(), "id,é", "{bytes:?}");
        }
        assert_eq!(decoded(b"a\nb\0c").unwrap_err().place, FilePlace::Line(2));
        assert!(decoded(b"\xff\xfea").is_err());
        assert!(decoded(b"\xff\xfe\x00\xd8").is_err());
        assert_eq!(decoded(b"").unwrap(), "");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_written_as_rfc_4180_is_read_again(rows in prop::collection::vec(prop::collection::vec("[a-c,;\"'\n\r# ]{0,6}", 1..4), 1..5)) {
            let mut text = String::new();
            for row in &rows {
                let row: Vec<String> = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
                text.push_str(&row.join(","));
                text.push_str("\r\n");
            }
            let read: Vec<Vec<String>> = cells(&text, ',').into_iter().map(|(_, cells)| cells).collect();
            prop_assert_eq!(read, rows);
        }
    }
}
