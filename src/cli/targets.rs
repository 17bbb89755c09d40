//! What a command is about: numbers and ids from arguments, or from a file.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::output::{guarded_by, safe};
use super::table::{self, Fault, Record};
use super::{Exit, Failure};
use crate::phone::{Country, E164, Kind, NumberId, Written, clean, is_invisible, without_passwords};

/// A file of numbers is small; more than this is another file.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// So much of a cell is repeated in an error.
const QUOTED: usize = 60;

/// Something that somebody wants a number to be found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// As it was written.
    pub(super) text: String,
    /// It stands in a column of ids: digits in it are no phone number.
    is_id: bool,
    /// The line of the file that it stands in.
    pub(super) place: Option<usize>,
    /// The phone number that stands beside an id.
    pub(super) beside: Option<E164>,
    /// The id that stands beside a number.
    pub(super) id_beside: Option<NumberId>,
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
        Self {
            text: text.to_owned(),
            is_id: false,
            place: None,
            beside: None,
            id_beside: None,
            country: None,
            kind: None,
        }
    }

    /// The phone number that it is, or `None` for an id. Without a plus, 8 to 15 digits alone are a
    /// number as a spreadsheet writes it.
    pub(super) fn line(&self) -> Option<E164> {
        let written = self.written()?;
        written.e164().or_else(|| self.bare_digits())
    }

    /// The number that digits without a plus may be; an id may look like that, too.
    pub(super) fn bare_digits(&self) -> Option<E164> {
        let written = self.written().filter(|written| !written.is_international())?;
        let [digits] = written.readings() else { return None };
        E164::from_digits(digits).filter(|_| digits.len() >= 8)
    }

    /// How it can be read as a phone number, or as a part of one; `None` for an id.
    pub(super) fn written(&self) -> Option<Written> {
        if self.is_id { None } else { Written::parse(&self.text) }
    }

    /// Whether it is an id, and can be nothing else.
    pub(super) fn is_id_alone(&self) -> bool {
        self.written().is_none()
    }

    /// What names the same number.
    fn key(&self) -> String {
        match (self.line(), self.written()) {
            (Some(line), _) => line.to_string(),
            (None, Some(written)) => written.digits().to_owned(),
            (None, None) => self.text.clone(),
        }
    }
}

/// The targets of the arguments, or of `file`, each once, and how many were named again.
pub(super) fn of(
    purpose: Purpose,
    arguments: &[String],
    file: Option<&Path>,
) -> Result<(Vec<Target>, usize), Failure> {
    let mut targets = match file {
        Some(file) => bytes_of(file)
            .and_then(|bytes| parse(purpose, &table::decoded(&bytes).map_err(told)?))
            .map_err(|why| unusable(&file.to_string_lossy(), &why))?,
        None => arguments.iter().map(|text| argument(purpose, text)).collect::<Result<_, _>>()?,
    };
    let all = targets.len();
    let mut seen = HashSet::new();
    // The id beside a number is judged, too.
    targets.retain(|target| seen.insert((target.key(), target.id_beside.clone())));
    let again = all - targets.len();
    match (targets.is_empty(), file) {
        (true, Some(file)) => Err(unusable(&file.to_string_lossy(), "it names no number")),
        _ => Ok((targets, again)),
    }
}

/// What somebody typed: a number, or what may be an id. Anything else is in no list, and must not
/// become a part of a request.
pub(super) fn argument(purpose: Purpose, text: &str) -> Result<Target, Failure> {
    let target = Target::new(trimmed(text));
    let is_number = match purpose {
        Purpose::Buying => target.line().is_some(),
        // Of a part of one, those are told that have it.
        Purpose::Changing => target.written().is_some(),
    };
    if is_number || may_be_id(&target.text) {
        return Ok(target);
    }
    let hint = "Give the whole phone number, with + and country code, or an id as numdeck prints it.";
    let message = format!("nothing was sent: '{}' is neither a phone number nor an id", quoted(text));
    Err(Failure { hint: hint.to_owned(), ..Failure::usage(message) })
}

/// Whether the ids of a server, which is known by these, are digits alone.
pub(super) fn are_digits<'a>(mut known: impl Iterator<Item = &'a NumberId>) -> bool {
    known.any(|id| IdForm::of(id.as_str()) == Some(IdForm::Digits))
}

fn unusable(file: &str, why: &str) -> Failure {
    let message = format!("nothing was sent: {}: {}", safe(file), safe(why));
    let hint =
        "One id or phone number a line; or CSV, TSV or NDJSON in which number, id or inventory_id is named.";
    Failure::new(Exit::Usage, "FILE", message, hint)
}

fn told(fault: Fault) -> String {
    format!("line {}: {}", fault.line, fault.why)
}

fn bytes_of(file: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().take(LARGEST_FILE + 1).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|open| open.take(LARGEST_FILE + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| format!("it can not be read: {error}"))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err("it is larger than any list of numbers".to_owned());
    }
    Ok(bytes)
}

/// Without blanks and marks around it that nobody sees.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// A cell as an error repeats it.
fn quoted(text: &str) -> String {
    clean(&without_passwords(text.trim()), QUOTED)
}

/// What ids are made of. It goes into the path of a request.
pub(super) fn may_be_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=128).contains(&text.len())
        && text.bytes().all(fits)
        && text.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

/// What the ids of a server look like.
#[derive(Debug, Clone, PartialEq, Eq)]
enum IdForm {
    /// A UUID, with its hyphens or without.
    Uuid,
    /// `pn_…`: a word, and what tells one from the other.
    Prefixed(String),
    /// Digits alone.
    Digits,
    /// Letters and digits, so many of them.
    Mixed(usize),
}

impl IdForm {
    /// `None` for what no id looks like: it has no digit.
    fn of(text: &str) -> Option<Self> {
        if !may_be_id(text) || !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        if uuid::Uuid::try_parse(text).is_ok() {
            return Some(Self::Uuid);
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::Digits);
        }
        let prefix = text.split(['_', '-']).next().filter(|prefix| {
            prefix.len() < text.len()
                && !prefix.is_empty()
                && prefix.bytes().all(|byte| byte.is_ascii_alphabetic())
        });
        Some(prefix.map_or(Self::Mixed(text.len()), |prefix| Self::Prefixed(prefix.to_owned())))
    }
}

impl IdForm {
    /// Whether both are of one kind, whatever their length or their prefix.
    fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// Refuses a file with something for an id that looks like no id of this server, which is `known` by
/// those of its own rows: a number that a spreadsheet has rounded, a total, a heading.
pub(super) fn judge_ids<'a>(
    purpose: Purpose,
    targets: &[Target],
    known: impl Iterator<Item = &'a NumberId>,
) -> Result<(), Failure> {
    let ids: Vec<(&Target, usize)> = targets
        .iter()
        .filter(|target| target.is_id_alone())
        .filter_map(|target| target.place.map(|place| (target, place)))
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut forms: Vec<IdForm> = Vec::new();
    let mut exact: HashSet<&str> = HashSet::new();
    for id in known {
        exact.insert(id.as_str());
        forms.extend(IdForm::of(id.as_str()).filter(|form| !forms.contains(form)));
    }
    let fits = |target: &Target| {
        exact.contains(target.text.as_str())
            || IdForm::of(&target.text).is_some_and(|form| {
                forms.contains(&form)
                    || match form {
                        // What is for sale may be called otherwise than what is owned.
                        IdForm::Uuid | IdForm::Prefixed(_) => purpose == Purpose::Buying || forms.is_empty(),
                        IdForm::Digits | IdForm::Mixed(_) => forms.is_empty(),
                    }
            })
    };
    match ids.into_iter().find(|(target, _)| !fits(target)) {
        None => Ok(()),
        Some((target, place)) => {
            let message = format!(
                "nothing was sent: line {place} of the file: {} is no phone number, and no id of this server looks so",
                quoted(&target.text)
            );
            Err(Failure::new(Exit::Usage, "FILE", message, "Correct the line, or take it out."))
        }
    }
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
    /// By its name here, or at another vendor, however that is cased and joined.
    fn of(name: &str) -> Option<Self> {
        if name.contains([',', ';', '\t', '|']) {
            return None;
        }
        let name: String =
            trimmed(name).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        Some(match name.as_str() {
            "inventoryid" => Self::InventoryId,
            "id" | "numberid" | "phonenumberid" => Self::Id,
            "e164" | "number" | "phonenumber" | "phone" | "msisdn" | "did" | "didnumber" | "ddi" | "dnis"
            | "tn" | "telephone" | "telephonenumber" | "tel" | "destinationnumber" | "mobile"
            | "mobilenumber" | "mobilephone" | "cell" | "cellphone" | "e164number" | "numbere164"
            | "phonenumbere164" | "virtualnumber" | "lineuri" | "rufnummer" | "telefon" | "telefonnummer"
            | "telefono" | "numerodetelephone" => Self::Number,
            "country" | "countrycode" | "isocountry" => Self::Country,
            "type" | "numbertype" | "phonenumbertype" => Self::Kind,
            _ => return None,
        })
    }

    /// Whether a row can be found by it.
    fn names(self) -> bool {
        matches!(self, Self::InventoryId | Self::Id | Self::Number)
    }
}

/// What a row of any form says.
struct Row<'a> {
    line: usize,
    cells: Vec<(Heading, &'a str)>,
}

impl Row<'_> {
    fn cell(&self, wanted: Heading) -> Option<&str> {
        self.cells
            .iter()
            .find(|(heading, cell)| *heading == wanted && !cell.is_empty())
            .map(|(_, cell)| *cell)
    }

    /// The target that the row names, or what is wrong with it.
    fn target(&self, purpose: Purpose) -> Result<Target, String> {
        let wrong = |why: &str, cell: &str| format!("line {}: {why}: {}", self.line, quoted(cell));
        let named = |wanted: Heading| {
            let cells =
                self.cells.iter().filter(move |(heading, cell)| *heading == wanted && !cell.is_empty());
            cells.map(|(_, cell)| *cell)
        };
        let numbers: HashSet<String> = named(Heading::Number).map(|cell| Target::new(cell).key()).collect();
        if numbers.len() > 1 {
            return Err(format!("line {}: two columns name two numbers; leave one of them out", self.line));
        }
        for heading in [Heading::Id, Heading::InventoryId] {
            let ids: HashSet<&str> = named(heading).collect();
            if ids.len() > 1 {
                return Err(format!("line {}: two columns name two ids; leave one of them out", self.line));
            }
        }
        let mut flaw = None;
        for heading in purpose.columns() {
            let Some(cell) = self.cell(*heading) else { continue };
            let international = E164::parse(cell).is_some();
            let is_id = *heading != Heading::Number && !international;
            let target = Target { is_id, place: Some(self.line), ..Target::new(cell) };
            match why_unusable(purpose, &target, is_id) {
                None => return self.with_the_rest(target),
                Some(why) => flaw = flaw.or_else(|| Some(wrong(why, cell))),
            }
        }
        Err(flaw.unwrap_or_else(|| format!("line {}: it names no number", self.line)))
    }

    fn with_the_rest(&self, target: Target) -> Result<Target, String> {
        let country = match self.cell(Heading::Country) {
            Some(code) if Country::is_code(code) => {
                Some(Country::code_of(code).map_err(|why| format!("line {}: {why}", self.line))?)
            }
            _ => None,
        };
        let kind = |text: &str| Kind::parse(&text.to_lowercase().replace([' ', '-'], "_"));
        let kind = self.cell(Heading::Kind).map(kind).filter(|kind| Kind::KNOWN.contains(kind));
        Ok(Target {
            beside: self.cell(Heading::Number).and_then(E164::parse),
            id_beside: self.cell(Heading::Id).filter(|_| !target.is_id).map(NumberId::new),
            country,
            kind,
            ..target
        })
    }
}

/// Why a cell is neither a number nor an id, where that can be seen before any request.
fn why_unusable(purpose: Purpose, target: &Target, is_id: bool) -> Option<&'static str> {
    if is_id {
        return IdForm::of(&target.text).is_none().then_some("no id");
    }
    let is_whole = match purpose {
        // Money is spent on what is written as a number, not on what a spreadsheet made of one.
        Purpose::Buying => target.line().is_some() && !target.text.starts_with('\''),
        // It is looked for among those that are owned: a national form finds what it is near to.
        Purpose::Changing => target.written().is_some_and(|written| written.digits().len() >= 7),
    };
    (!is_whole).then_some("no phone number in E.164 form")
}

/// Lines of ids or numbers, a table with a header, numdeck's own rows from a pipe, or JSON. A file is
/// read whole, or it is refused: what is not understood may be what somebody meant.
fn parse(purpose: Purpose, text: &str) -> Result<Vec<Target>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let says = |line: &&str| {
        let said = line.trim_matches([',', ';', '|', ' ', '\t', '"']);
        !said.is_empty() && !said.starts_with('#')
    };
    let lines = || table::lines(text).enumerate();
    let Some((at, first)) = lines().find(|(_, line)| says(line)) else { return Ok(Vec::new()) };
    if first.trim_start().starts_with(['{', '[']) {
        return from_json(purpose, text);
    }
    // A spreadsheet is told so what stands between its cells.
    let named = first.trim().trim_matches('"').to_ascii_lowercase();
    if let Some(delimiter) = named.strip_prefix("sep=") {
        let delimiter = delimiter.chars().next().unwrap_or(if first.contains('\t') { '\t' } else { ',' });
        return from_table(purpose, &blanked(text, at), delimiter);
    }
    let is_header = |delimiter: &char| {
        let names = first.split(*delimiter).map(|name| name.trim().trim_matches('"'));
        // A row of a mobile number has the word in it that others call their column by.
        let is_row = names.clone().any(|name| Target::new(name).line().is_some());
        !is_row && names.filter_map(Heading::of).any(Heading::names)
    };
    if let Some(delimiter) = [',', ';', '\t', '|'].into_iter().find(is_header) {
        return from_table(purpose, text, delimiter);
    }
    let target = |(line, text): (usize, &str)| {
        let said = text.trim();
        match said.strip_prefix('#') {
            Some(comment) if holds_number(comment) => Some(Err(passed_over(line + 1, text))),
            Some(_) => None,
            None => (!said.is_empty()).then(|| plain_line(purpose, line + 1, text)),
        }
    };
    if first.contains('\t') && E164::parse(first).is_none() {
        return from_pipe(purpose, text);
    }
    lines().filter_map(target).collect()
}

/// The text with an empty line in place of one, so that lines keep their numbers.
fn blanked(text: &str, at: usize) -> String {
    let lines = table::lines(text).enumerate().map(|(place, line)| if place == at { "" } else { line });
    lines.collect::<Vec<&str>>().join("\n")
}

fn plain_line(purpose: Purpose, line: usize, text: &str) -> Result<Target, String> {
    let target = Target { place: Some(line), ..Target::new(unguarded(trimmed(text))) };
    let is_id = target.written().is_none();
    if is_id && target.text.contains([',', ';', '\t', '|']) {
        return Err(format!("line {line}: several fields, but the file has no header"));
    }
    match why_unusable(purpose, &target, is_id) {
        None => Ok(target),
        Some(_) if is_id => Err(format!("line {line}: neither a phone number nor an id: {}", quoted(text))),
        Some(why) => Err(format!("line {line}: {why}: {}", quoted(text))),
    }
}

/// What is said of a line that begins as a comment does and may be meant.
fn passed_over(line: usize, text: &str) -> String {
    format!(
        "line {line}: it begins with # and holds a number; take out the one or the other: {}",
        quoted(text)
    )
}

/// Whether what stands behind a `#` holds what may be a phone number: in a field of its own, or with a
/// plus before it. A date is none.
fn holds_number(comment: &str) -> bool {
    let is_date = |text: &str| text.parse::<jiff::civil::Date>().is_ok();
    let is_whole =
        |text: &str| Target::new(text).written().is_some_and(|written| written.digits().len() >= 7);
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

fn from_table(purpose: Purpose, text: &str, delimiter: char) -> Result<Vec<Target>, String> {
    let table = table::read(text, delimiter).map_err(told)?;
    let mut records = table.records.into_iter();
    let Some(header) = records.next() else { return Ok(Vec::new()) };
    let headings: Vec<Option<Heading>> = header.cells.iter().map(|cell| Heading::of(&cell.text)).collect();
    if !headings.iter().flatten().any(|heading| heading.names()) {
        return Err(format!("line {}: no column is called number, id or inventory_id", header.line));
    }
    for (line, comment) in table.comments {
        let said = comment.trim_start_matches(['#', ' ', '\u{feff}']);
        if holds_number(said) || holds_id(said, &headings, delimiter) {
            return Err(passed_over(line, comment));
        }
    }
    refuse_swallowed(&header, &headings, delimiter)?;
    let mut targets = Vec::new();
    for record in records {
        let same = |(cell, name): (&table::Cell, &table::Cell)| trimmed(&cell.text) == trimmed(&name.text);
        let repeats =
            record.cells.len() == header.cells.len() && record.cells.iter().zip(&header.cells).all(same);
        if repeats || record.cells.iter().all(|cell| trimmed(&cell.text).is_empty()) {
            continue;
        }
        if record.cells.len() > header.cells.len() {
            let more = record.cells[header.cells.len()..].iter().any(|cell| !trimmed(&cell.text).is_empty());
            if more {
                return Err(format!("line {}: it has more cells than the header", record.line));
            }
        }
        refuse_swallowed(&record, &headings, delimiter)?;
        targets.push(row_of(&record, &headings).target(purpose)?);
    }
    Ok(targets)
}

fn row_of<'a>(record: &'a Record, headings: &[Option<Heading>]) -> Row<'a> {
    let cells = record.cells.iter().zip(headings);
    let cells = cells.filter_map(|(cell, heading)| Some(((*heading)?, unguarded(trimmed(&cell.text)))));
    Row { line: record.line, cells: cells.collect() }
}

/// Refuses a row with a quoted cell of several lines that read as rows: its quote was closed too late,
/// and they would be passed over in silence. A note may have lines of its own.
fn refuse_swallowed(record: &Record, headings: &[Option<Heading>], delimiter: char) -> Result<(), String> {
    // A line of a note may begin with a word that an id could be, too.
    let is_id = |place: usize, text: &str| {
        let own = record.cells.get(place).and_then(|cell| IdForm::of(trimmed(&cell.text)));
        let form = IdForm::of(text);
        form.is_some_and(|form| own.is_none_or(|own| own.is_like(&form)))
    };
    let names = |place: usize, text: &str| match headings.get(place) {
        Some(Some(Heading::Number)) => {
            Target::new(text).written().is_some_and(|written| written.digits().len() >= 7)
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
            names(first + place, cell) && !(alone && Target::new(cell).line().is_none())
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
            return Err(format!(
                "line {}: a quote begins here, and what it holds reads as rows of their own",
                cell.line
            ));
        }
    }
    Ok(())
}

/// What `numdeck list` and `search` write into a pipe: cells between tabs, without a header. The
/// column in which every row has a number is the one that names it.
fn from_pipe(purpose: Purpose, text: &str) -> Result<Vec<Target>, String> {
    let table = table::read(text, '\t').map_err(told)?;
    if let Some((line, comment)) = table.comments.iter().find(|(_, comment)| holds_number(comment)) {
        return Err(passed_over(*line, comment));
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
        return Err(format!("line {line}: several fields, but the file has no header"));
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
    let target = |record: &Record| {
        refuse_swallowed(record, &headings, '\t')?;
        row_of(record, &headings).target(purpose)
    };
    records.iter().map(target).collect()
}

/// What an object of JSON says, in its order.
struct Object {
    fields: Vec<(String, Value)>,
    /// A name that stands in it twice: of its two values nobody knows which is meant.
    twice: Option<String>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut object = Object { fields: Vec::new(), twice: None };
                let mut names = HashSet::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if !names.insert(name.clone()) {
                        object.twice.get_or_insert_with(|| name.clone());
                    }
                    object.fields.push((name, value));
                }
                Ok(object)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

/// One object a line, or an array of objects.
fn from_json(purpose: Purpose, text: &str) -> Result<Vec<Target>, String> {
    let is_array = text.trim_start().starts_with('[');
    let documents: Vec<(usize, Object)> = if is_array {
        let all: Vec<Object> =
            serde_json::from_str(text).map_err(|error| format!("it is no JSON array of objects: {error}"))?;
        all.into_iter().enumerate().map(|(place, object)| (place + 1, object)).collect()
    } else {
        let lines = table::lines(text).enumerate().filter(|(_, line)| !line.trim().is_empty());
        let read = |(place, line): (usize, &str)| {
            let object = serde_json::from_str(line);
            object
                .map(|object| (place + 1, object))
                .map_err(|_| format!("line {}: no JSON object", place + 1))
        };
        lines.map(read).collect::<Result<_, String>>()?
    };
    let entry = |(line, object): &(usize, Object)| {
        if let Some(name) = &object.twice {
            return Err(format!("line {line}: it says twice what its {} is", quoted(name)));
        }
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let cells: Vec<(Heading, String)> = object
            .fields
            .iter()
            .filter_map(|(name, value)| Some((Heading::of(name)?, text(value)?)))
            .collect();
        let cells = cells.iter().map(|(heading, cell)| (*heading, trimmed(cell))).collect();
        Row { line: *line, cells }.target(purpose)
    };
    let named = |why: String| if is_array { why.replacen("line ", "entry ", 1) } else { why };
    documents.iter().map(|document| entry(document).map_err(named)).collect()
}

/// Without the apostrophe that numdeck and others put before what a spreadsheet would calculate.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| guarded_by(rest)).unwrap_or(cell)
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
            ("+2348037771000\n+234803abc\n", "line 2: neither a phone number"),
            ("08037771000\n", "line 1: no phone number"),
            ("number\n+234803abc\n", "line 2: no phone number"),
            ("inv-1\t5\n", "line 1: several fields"),
            ("inv-1;NG\n", "line 1: several fields"),
        ] {
            let told = parse(Purpose::Buying, text).unwrap_err();
            assert!(told.contains(why), "{text:?}: {told}");
        }
    }

    fn changed(text: &str) -> Result<Vec<String>, String> {
        let targets = parse(Purpose::Changing, text)?;
        Ok(targets
            .iter()
            .map(|target| target.line().map_or(target.text.clone(), |line| line.to_string()))
            .collect())
    }

    #[test]
    fn files_of_other_programs_name_the_same_numbers() {
        for text in [
            "sid\tphoneNumber\tfriendlyName\nPN1\t+442079688749\tFront\nPN2\t+14045884112\tBack\n",
            "phoneNumber,friendlyName\n+442079688749,\"Front, desk\"\n+14045884112,Back\n",
            "country,msisdn,type\nGB,442079688749,mobile-lvn\nUS,14045884112,landline\n",
            "MSISDN\n442079688749\n14045884112\n",
            "\"destination_number\",\"destination_action\"\n\"+442079688749\",\"1000\"\n\"+14045884112\",\"1001\"\n",
            "DID,Country,Status\n442079688749,United Kingdom,Active\n14045884112,United States,Active\n",
            "number;country\r\n+442079688749;GB\r\n+14045884112;US\r\n",
            "sep=,\r\nnumber,country\r\n+442079688749,GB\r\n+14045884112,US\r\n",
            "\"sep=;\"\nnumber;country\n+442079688749;GB\n+14045884112;US\n",
            "number|x\n+442079688749|1\n+14045884112|2\n",
            "number,country\n'+442079688749,GB\n=\"+14045884112\",US\n",
            "number\n\u{202a}+442079688749\u{202c}\n\u{200e}+1 (404) 588-4112\n",
            "number,country\r\n\"\t+442079688749\",GB\r\n\"\t+14045884112\",US\r\n",
            "# tonight\rPhone Number,x\r+442079688749,\r\r+14045884112,\r",
            "number,note\n+442079688749,a\nnumber,note\n+14045884112,b\n,\n",
            "+442079688749\tGB\tlocal\tactive\n+14045884112\tUS\tlocal\tactive\n",
            "n-1\t+442079688749\nn-2\t+14045884112\n",
            "+442079688749\tGB\tmobile\tactive\ton\toff\tnone\t2026-01-24T07:49:23Z\n\
             +14045884112\tUS\tmobile\tactive\ton\toff\tep_1\t2026-01-24T07:49:23Z\n",
            "{\"id\":\"n-1\",\"e164\":\"+442079688749\"}\n\n{\"id\":\"n-2\",\"e164\":\"+14045884112\"}\n",
            "[\n{\"e164\": 442079688749},\n{\"e164\":\"+14045884112\"}\n]\n",
            "tel:+442079688749;ext=1\n\"Doe, J\" <sip:+14045884112@h>;tag=1\n",
            "number,note\n+442079688749,\"call me,\nplease, at 9\"\n+14045884112,x\n",
            "note,number\n\"call me, please,\n2, High Street\",+442079688749\nx,+14045884112\n",
            "number,note\n# 2026-01-05, of 2 numbers\n+442079688749,x\n# 2026-01-05\n+14045884112,x\n",
            "number,e164,id\n+442079688749,442079688749,n-1\n+14045884112,,n-2\n",
        ] {
            assert_eq!(
                changed(text).as_deref(),
                Ok(&["+442079688749".to_owned(), "+14045884112".to_owned()][..]),
                "{text}"
            );
        }
    }

    #[test]
    fn a_line_that_may_mean_something_else_refuses_the_file() {
        for (text, why) in [
            ("number\n23498251141.0\n", "line 2: no phone number"),
            ("number,country\n+442079688749,GB\n4.42E+11,GB\n", "line 3: no phone number"),
            ("+442079688749\n4.42E+11\n", "line 2: neither"),
            ("23498251141.00\n", "line 1: neither"),
            ("1.234.567,00\n", "line 1: several fields"),
            ("number\n$442079688749\n", "line 2"),
            ("number\n442'079'688'749\n", "line 2"),
            ("number\n\"+442079688749\n+14045884112\"\n", "line 2"),
            ("number\n+442079688749 / +14045884112\n", "line 2"),
            ("+442079688749\nTotal\n", "line 2: neither"),
            ("Nummern\n+442079688749\n", "line 1: neither"),
            ("number,price\n+442079688749,4\nTotal,4\n", "line 3"),
            ("number,price\n+442079688749,4\n,4\n", "line 3: it names no number"),
            (
                "number,note\n+442079688749,\"front desk\n+14045884112,back\n+254712524462,x\n",
                "line 2: a quote that is never closed",
            ),
            (
                "number,note\n+442079688749,\"front desk\n+14045884112,back\"\n+254712524462,x\n",
                "line 2: a quote begins here",
            ),
            (
                "note,number\n\"front desk,+442079688749\nback\",+14045884112\nx,+254712524462\n",
                "line 2: a quote begins",
            ),
            (
                "note,number\n\"x\ny\",+14045884112\n\"x\ny,+442079688749\",+254712524462\n",
                "line 4: a quote begins",
            ),
            ("note|number|z\n\"x|+442079688749|1\ny\"|+14045884112|2\n", "line 2: a quote begins"),
            ("note,number\n\"x,020 7968 8749\ny\",+14045884112\n", "line 2: a quote begins"),
            ("note,id\n\"x,n-1\ny\",n-2\n", "line 2: a quote begins"),
            ("a,b,id\nx,\"y,+442079688749\nx,y\",+14045884112\n", "line 2: a quote begins"),
            ("number,\"note\n+442079688749,x\n+14045884112,y\"\n+254712524462,z\n", "line 1: a quote begins"),
            ("+442079688749\t\"x\n+14045884112\ty\"\n", "line 1: a quote begins"),
            ("number,x\n+442079688749,x\n#+14045884112,x\n", "line 3: it begins with #"),
            ("x,number\nx,+442079688749\n  # x,14045884112\n", "line 3: it begins with #"),
            ("number\n+442079688749\n# call +14045884112 later\n", "line 3: it begins with #"),
            ("id,x\nn-1,x\n#n-2,x\n", "line 3: it begins with #"),
            ("+442079688749\n#+14045884112\n", "line 2: it begins with #"),
            ("+442079688749\tx\n#+14045884112\tx\n", "line 2: it begins with #"),
            (
                "{\"e164\":\"+442079688749\",\"e164\":\"+14045884112\"}\n",
                "line 1: it says twice what its e164",
            ),
            ("{\"e164\":\"+442079688749\"}\n{\"id\":\"a\",\"id\":\"b\"}\n", "line 2: it says twice"),
            ("{\"e164\":\"+442079688749\",\"E164\":\"+14045884112\"}\n", "line 1: two columns"),
            ("[{\"e164\":\"+442079688749\",\"e164\":\"+14045884112\"}]", "entry 1: it says twice"),
            ("[{\"e164\":\"+442079688749\"},7]", "no JSON array of objects"),
            ("id,number_id\nn-1,n-2\n", "line 2: two columns name two ids"),
            ("id,note\nn-1,\"x\nn-2,y\"\n", "line 2: a quote begins here"),
            ("number,note\n+442079688749,5\" pipe\n", "line 2: a quote in a cell"),
            ("number,note\n+442079688749,a,+14045884112\n", "line 2: it has more cells"),
            ("phone,mobile\n+442079688749,+14045884112\n", "line 2: two columns"),
            ("+442079688749\tx\nfoo\ty\n", "line 1: several fields"),
            ("{\"e164\":\"+442079688749\"}\n{\"e164\":23498251141.0}\n", "line 2: no phone number"),
            ("{\"e164\":\"+442079688749\"}\nnull\n", "line 2: no JSON"),
            ("{\"e164\":\"+442079688749\"}\n{\"e164\":\"\"}\n", "line 2: it names no number"),
            ("[{\"e164\":\"+442079688749\"},{}]", "entry 2: it names no number"),
            ("number,country\n+442079688749,UK\n", "line 2: the code of the United Kingdom is GB"),
            ("number\n803\n", "line 2: no phone number"),
        ] {
            let told = changed(text).unwrap_err();
            assert!(told.contains(why), "{text:?}: {told}");
        }
        let told = parse(Purpose::Buying, "number\n'+2348079148006\n").unwrap_err();
        assert!(told.contains("line 2"), "{told}");
        let long = format!("number\n{}\n", "9".repeat(100_000));
        assert!(changed(&long).unwrap_err().chars().count() < 200);
    }

    #[test]
    fn an_id_looks_like_those_of_this_server_or_refuses_the_file() {
        let judged = |purpose, known: &[&str], text: &str| {
            let targets = parse(purpose, text).unwrap();
            let known: Vec<NumberId> = known.iter().map(|id| NumberId::new(id)).collect();
            judge_ids(purpose, &targets, known.iter()).map_err(|failure| (failure.exit, failure.message))
        };
        let uuid = "00000000-0000-4000-8000-000000000001\n";
        let another = "00000000-0000-4000-8000-000000000002";
        assert_eq!(judged(Purpose::Changing, &[another], uuid), Ok(()));
        assert_eq!(judged(Purpose::Changing, &["pn_7"], "pn_8\n"), Ok(()));
        assert_eq!(judged(Purpose::Changing, &["77"], "id\n12345678901\n"), Ok(()));
        assert_eq!(judged(Purpose::Changing, &["a1b2c3"], "x9y8z7\n"), Ok(()));
        for (known, text) in
            [(another, "id\n442079688749\n"), (another, "Q3\n"), ("pn_7", uuid), ("a1b2c3", "Total2024\n")]
        {
            let (exit, message) = judged(Purpose::Changing, &[known], text).unwrap_err();
            assert!(exit == Exit::Usage && message.contains("line "), "{message}");
        }
        assert_eq!(
            judged(Purpose::Buying, &[another], "inv_7\n"),
            Ok(()),
            "what is for sale may be called otherwise"
        );
        assert!(judged(Purpose::Buying, &[another], "id\n442000000000\n").is_err());
    }

    #[test]
    fn an_argument_that_can_be_neither_is_refused_and_repeats_no_password() {
        for text in [
            "sip:user:secret@host",
            "a b",
            "../x",
            "x/y",
            "a?b",
            "23498251141.0",
            "",
            "\u{200b}",
            "4,2",
            "Tel:",
        ] {
            let failure = argument(Purpose::Changing, text).unwrap_err();
            assert_eq!(failure.exit, Exit::Usage, "{text}");
            assert!(!failure.to_string().contains("secret"), "{failure}");
        }
        for text in ["+", "803 123", "sip:1000:secret@h"] {
            assert!(argument(Purpose::Buying, text).is_err(), "{text}");
        }
        for text in ["n-1", "00000000-0000-4000-8000-000000000001", " 12345 ", "+234 803 777 1000"] {
            assert!(argument(Purpose::Buying, text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_named_twice_counts_once() {
        let arguments = ["inv-1", "+234 803 777 1000", "inv-1", "2348037771000"].map(str::to_owned);
        let (targets, again) = of(Purpose::Buying, &arguments, None).unwrap();
        assert_eq!((targets.len(), again), (2, 2));
    }

    #[test]
    fn a_number_keeps_the_id_that_stands_beside_it() {
        let file = "number,id\n+442079688749,n-1\n+442079688749,n-2\n,n-3\n";
        let beside = |target: &Target| target.id_beside.as_ref().map(NumberId::to_string);
        let ids: Vec<_> = parse(Purpose::Changing, file).unwrap().iter().map(beside).collect();
        assert_eq!(ids, [Some("n-1".to_owned()), Some("n-2".to_owned()), None]);
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
