//! What a command is about: numbers and ids from arguments, or from a file.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::output::safe;
use super::{Exit, Failure};
use crate::phone::{Country, E164, Kind, digits_of};

/// A file of numbers is small; more than this is another file.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// Something that somebody wants a number to be found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// As it was written.
    pub(super) text: String,
    /// It stands in a column of ids: digits in it are no phone number.
    is_id: bool,
    /// The phone number that stands beside an id.
    pub(super) beside: Option<E164>,
    /// Its country, where a column says so.
    pub(super) country: Option<String>,
    /// Its type, where a column says so.
    pub(super) kind: Option<Kind>,
}

/// What numbers are wanted for: it decides which column of a table names them best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// They are for sale.
    Buying,
    /// They are owned. An inventory id, or the id of an entry in the ledger, names none of them.
    Changing,
}

impl Purpose {
    fn columns(self) -> &'static [Heading] {
        match self {
            Self::Buying => &[Heading::InventoryId, Heading::Id, Heading::Number],
            Self::Changing => &[Heading::Number, Heading::Id],
        }
    }
}

impl Target {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), is_id: false, beside: None, country: None, kind: None }
    }

    /// The phone number that it is, or `None` for an id. Without a plus, 8 to 15 digits alone are a
    /// number as a spreadsheet writes it.
    pub(super) fn line(&self) -> Option<E164> {
        if self.is_id {
            return None;
        }
        E164::parse(&self.text).or_else(|| self.bare_digits())
    }

    /// The number that digits without a plus may be; an id may look like that, too.
    pub(super) fn bare_digits(&self) -> Option<E164> {
        let bare = !self.is_id && self.text.bytes().all(|byte| byte.is_ascii_digit());
        let digits = digits_of(&self.text).filter(|digits| bare && (8..=15).contains(&digits.len()))?;
        E164::from_digits(&digits)
    }

    /// Why it is neither a number nor an id, where that can be seen.
    fn flaw(&self) -> Option<&'static str> {
        if self.text.contains(|c: char| c.is_whitespace() || c == ';') && self.line().is_none() {
            return Some("several fields, but the file has no header");
        }
        let as_number = ["+", "tel:", "sip:"].iter().any(|begin| self.text.starts_with(begin))
            || (self.text.starts_with('0') && self.text.len() > 1 && digits_of(&self.text).is_some());
        (as_number && !self.is_id && self.line().is_none()).then_some("no phone number in E.164 form")
    }
}

/// The targets of the arguments, or of `file`, each once, and how many were named again.
pub(super) fn of(
    purpose: Purpose,
    arguments: &[String],
    file: Option<&Path>,
) -> Result<(Vec<Target>, usize), Failure> {
    let mut targets = match file {
        Some(file) => parse(purpose, &text_of(file)?).map_err(|why| unusable(file, &why))?,
        None => arguments.iter().map(|text| Target::new(text.trim())).collect(),
    };
    let all = targets.len();
    let mut seen = HashSet::new();
    targets.retain(|target| {
        seen.insert(target.line().map_or_else(|| target.text.clone(), |line| line.to_string()))
    });
    let again = all - targets.len();
    match (targets.is_empty(), file) {
        (true, Some(file)) => Err(unusable(file, "it names no number")),
        _ => Ok((targets, again)),
    }
}

fn unusable(file: &Path, why: &str) -> Failure {
    let message = format!("nothing was sent: {}: {}", safe(&file.to_string_lossy()), safe(why));
    let hint = "One id or E.164 a line, or CSV with a header: inventory_id, id or e164.";
    Failure::new(Exit::Usage, "FILE", message, hint)
}

fn text_of(file: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().take(LARGEST_FILE + 1).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|open| open.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| unusable(file, &format!("it can not be read: {error}")))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(unusable(file, "it is larger than any list of numbers"));
    }
    String::from_utf8(bytes).map_err(|_| unusable(file, "it is no text in UTF-8"))
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heading {
    /// An id under which a number is for sale; it names it best.
    InventoryId,
    Id,
    Number,
    Country,
    Kind,
}

impl Heading {
    fn of(name: &str) -> Option<Self> {
        Some(match name.trim().to_lowercase().replace([' ', '-'], "_").as_str() {
            "inventory_id" => Self::InventoryId,
            "id" => Self::Id,
            "e164" | "number" | "phone_number" | "phone" => Self::Number,
            "country" | "country_code" => Self::Country,
            "type" | "number_type" => Self::Kind,
            _ => return None,
        })
    }

    /// Whether a row can be found by it.
    fn names(self) -> bool {
        matches!(self, Self::InventoryId | Self::Id | Self::Number)
    }
}

/// Lines of ids or numbers, or CSV with a header (RFC 4180). Blank lines and those that begin with
/// `#` say nothing.
fn parse(purpose: Purpose, text: &str) -> Result<Vec<Target>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let says = |line: &&str| !line.trim_matches([',', ' ', '"']).is_empty() && !line.starts_with('#');
    let first = text.lines().map(str::trim).find(says);
    let Some(first) = first else { return Ok(Vec::new()) };
    let names: Vec<&str> = first.split(',').map(|name| name.trim().trim_matches('"')).collect();
    let is_header = names.iter().any(|name| Heading::of(name).is_some_and(Heading::names));
    let text = &text[text.find(first).unwrap_or(0)..];
    if !is_header && names.len() > 1 {
        return Err(format!("its first line is no header: {first}"));
    }
    if is_header { csv_rows(purpose, text) } else { plain_lines(purpose, text) }
}

fn plain_lines(purpose: Purpose, text: &str) -> Result<Vec<Target>, String> {
    let mut targets = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.contains(',') {
            return Err(format!("line {}: several fields, but the file has no header", place + 1));
        }
        let target = Target::new(line);
        if let Some(flaw) = target.flaw().filter(|_| purpose == Purpose::Buying) {
            return Err(format!("line {}: {flaw}: {line}", place + 1));
        }
        targets.push(target);
    }
    Ok(targets)
}

fn csv_rows(purpose: Purpose, text: &str) -> Result<Vec<Target>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headings: Vec<Option<Heading>> =
        reader.headers().map_err(|error| error.to_string())?.iter().map(Heading::of).collect();
    let mut targets = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| error.to_string())?;
        let cell = |wanted: Heading| {
            let column = headings.iter().position(|heading| *heading == Some(wanted))?;
            row.get(column).filter(|cell| !cell.is_empty())
        };
        let named = purpose.columns().iter().copied().find_map(|heading| Some((heading, cell(heading)?)));
        let line = row.position().map_or(0, csv::Position::line);
        let Some((heading, named)) = named else {
            if row.iter().all(str::is_empty) {
                continue;
            }
            return Err(format!("line {line}: it names no number"));
        };
        let target = Target {
            // What is owned is found by whatever its id looks like.
            is_id: purpose == Purpose::Buying && heading != Heading::Number,
            beside: cell(Heading::Number).and_then(E164::parse),
            country: cell(Heading::Country).filter(|code| Country::is_code(code)).map(str::to_uppercase),
            kind: cell(Heading::Kind).map(|kind| Kind::parse(&kind.to_lowercase().replace([' ', '-'], "_"))),
            ..Target::new(named)
        };
        if let Some(flaw) = target.flaw().filter(|_| purpose == Purpose::Buying && heading == Heading::Number)
        {
            return Err(format!("line {line}: {flaw}: {named}"));
        }
        targets.push(target);
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        parse(Purpose::Buying, text).unwrap().into_iter().map(|target| target.text).collect()
    }

    #[test]
    fn ids_and_numbers_one_a_line_are_read_as_people_write_them() {
        assert_eq!(
            texts("\u{feff}# tonight\r\ninv-1\r\n\r\n  +2348037771000  \n2348037771001\n"),
            ["inv-1", "+2348037771000", "2348037771001"]
        );
        assert_eq!(texts(""), [""; 0]);
    }

    #[test]
    fn of_a_table_the_column_that_names_the_number_best_is_taken() {
        let table =
            "number,country,type,id\r\n+2348037771000,ng,toll free,inv-1\r\n+2348037771001,,,\r\n,,,\r\n";
        let targets = parse(Purpose::Buying, table).unwrap();
        assert_eq!(targets.len(), 2);
        assert_eq!((targets[0].text.as_str(), targets[0].country.as_deref()), ("inv-1", Some("NG")));
        assert_eq!(targets[0].kind, Some(Kind::TollFree));
        assert_eq!((targets[1].text.as_str(), targets[1].country.as_deref()), ("+2348037771001", None));
        assert_eq!(texts("\"E164\"\n\"+2348037771000\"\n"), ["+2348037771000"], "one column is a table, too");
        assert_eq!(texts("id,note\ninv-1,\"two\nlines\"\n"), ["inv-1"]);
    }

    #[test]
    fn what_is_owned_is_never_named_by_an_id_under_which_it_was_for_sale() {
        let report =
            "outcome,number,reviewed,inventory_id,id,message\nbought,+2348037771000,9.00,inv-1,n-1,\n";
        let named = |purpose| parse(purpose, report).unwrap()[0].text.clone();
        assert_eq!(
            (named(Purpose::Changing).as_str(), named(Purpose::Buying).as_str()),
            ("+2348037771000", "inv-1")
        );
        let raw = "number,id\n,n-1\n";
        assert_eq!(parse(Purpose::Changing, raw).unwrap()[0].text, "n-1");
    }

    #[test]
    fn a_file_that_is_not_understood_is_refused_as_a_whole() {
        for (text, why) in [
            ("a,b\n1,2\n", "no header"),
            ("inv-1\ninv-2,NG\n", "line 2"),
            ("number,country\n+2348037771000,NG\n,GH\n", "line 3"),
            ("+2348037771000\n+234803abc\n", "line 2: no phone number"),
            ("08037771000\n", "line 1: no phone number"),
            ("number\n+234803abc\n", "line 2: no phone number"),
            ("inv-1\t+2348037771000\n", "line 1: several fields"),
            ("inv-1;NG\n", "line 1: several fields"),
        ] {
            let told = parse(Purpose::Buying, text).unwrap_err();
            assert!(told.contains(why), "{text:?}: {told}");
        }
    }

    #[test]
    fn what_is_named_twice_counts_once() {
        let arguments = ["inv-1", "+234 803 777 1000", "inv-1", "2348037771000"].map(str::to_owned);
        let (targets, again) = of(Purpose::Buying, &arguments, None).unwrap();
        assert_eq!((targets.len(), again), (2, 2));
    }

    #[test]
    fn digits_alone_are_a_number_where_they_can_be_one() {
        let line = |text: &str| Target::new(text).line().map(|line| line.to_string());
        assert_eq!(line("2348037771000").as_deref(), Some("+2348037771000"));
        assert_eq!(line("1234567"), None, "too short: an id");
        assert_eq!(line("inv-2348037771000"), None);
    }

    #[test]
    fn what_stands_in_a_column_of_ids_is_one_whatever_it_looks_like() {
        let table = "inventory_id,number\n2348030000003,+2348030000002\n";
        let target = &parse(Purpose::Buying, table).unwrap()[0];
        assert_eq!((target.line(), target.text.as_str()), (None, "2348030000003"));
        assert_eq!(target.beside, E164::parse("+2348030000002"));
    }
}
