//! A file that says how numbers should be.

use std::collections::BTreeSet;

use crate::numbers::{FileFault, FilePlace, Heading, NULL, NumberRef, Purpose, Row, quoted, rows_of};
use crate::phone::{Setting, Status, Switches};

/// No endpoint has a longer id or name.
const LONGEST_NAME: usize = 256;

/// How a number should be. What is not mentioned stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedNumber {
    /// Which number.
    pub target: NumberRef,
    /// Where the file says so.
    pub place: FilePlace,
    /// Who should answer.
    pub endpoint: Option<WantedEndpoint>,
    /// What should be let through.
    pub switches: Switches,
    /// Whether it should be in use.
    pub status: Option<Status>,
}

/// Who should answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedEndpoint {
    /// Nobody.
    Detached,
    /// The endpoint of that id or name.
    Named(String),
    /// A null of JSON, which may mean "nobody", or that nothing is said.
    Null,
}

/// All that a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedFile {
    /// A number each, in the order of the file.
    pub numbers: Vec<WantedNumber>,
    /// Columns that are no setting, and so say nothing here.
    pub passed_over: BTreeSet<String>,
}

impl WantedFile {
    /// Reads a file: a table with a header, or JSON.
    ///
    /// # Errors
    /// The first line that can not be understood: what is passed over may be what somebody meant.
    pub fn read(text: &str) -> Result<Self, FileFault> {
        let rows = rows_of(text)?;
        let Some(first) = rows.first() else {
            return Err(FileFault::at(FilePlace::Whole, "it names no number"));
        };
        let is_setting = |(heading, _): &(Heading, String)| matches!(heading, Heading::Setting(_));
        let is_nameless = |(heading, _): &(Heading, String)| *heading == Heading::Unnamed;
        if first.cells.iter().any(is_nameless) {
            return Err(FileFault::at(
                first.place,
                format!("there is no header that names a number and {SETTINGS}"),
            ));
        }
        let is_table = !text.trim_start_matches(['\u{feff}', ' ', '\r', '\n']).starts_with(['{', '[']);
        let mut passed_over = BTreeSet::new();
        let numbers = rows.iter().map(|row| {
            refuse_misspelt(row, is_table)?;
            passed_over.extend(row.unknown.iter().cloned());
            wanted(row)
        });
        let numbers = numbers.collect::<Result<Vec<_>, FileFault>>()?;
        match rows.iter().any(|row| row.cells.iter().any(is_setting)) {
            true => Ok(Self { numbers, passed_over }),
            false => Err(FileFault::at(first.place, format!("no column says what should be: {SETTINGS}"))),
        }
    }
}

/// What a plan sets, in words.
const SETTINGS: &str = "endpoint, inbound, outbound or status";

/// Refuses a column that may be a setting by another name: it would say nothing, and nobody would notice. What else is
/// in a record of JSON the server decides.
fn refuse_misspelt(row: &Row, is_table: bool) -> Result<(), FileFault> {
    let of = |setting: Setting| [setting.name(), setting.camel()].map(str::to_lowercase);
    let known: Vec<String> = Setting::all().flat_map(of).collect();
    let says = |setting: &Setting| row.named(Heading::Setting(*setting)).next().is_some();
    let said: Vec<String> = Setting::all().filter(says).flat_map(of).collect();
    for name in &row.unknown {
        let plain: String =
            name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        if let Some(exact) = known.iter().find(|known| **known == plain) {
            // Beside one that is understood it is something else that the server says.
            if said.contains(exact) {
                continue;
            }
            let why = format!("its {} is neither a text, nor true or false", quoted(name));
            return Err(FileFault::at(row.place, why));
        }
        let near = |known: &&String| {
            let most = if known.len() > 6 { 2 } else { 1 };
            let is_near = strsim::damerau_levenshtein(&plain, known) <= most;
            if is_table {
                is_near || plain.contains(known.as_str())
            } else {
                is_near && !said.contains(known)
            }
        };
        if let Some(like) = known.iter().find(near) {
            let why =
                format!("'{}' is no column of a plan; is {like} meant? Else leave it out", quoted(name));
            return Err(FileFault::at(row.place, why));
        }
    }
    Ok(())
}

fn wanted(row: &Row) -> Result<WantedNumber, FileFault> {
    let mut wanted = WantedNumber {
        target: row.target(Purpose::Changing)?,
        place: row.place,
        endpoint: None,
        switches: Switches::default(),
        status: None,
    };
    for setting in Setting::all() {
        let said: BTreeSet<&str> = row.named(Heading::Setting(setting)).collect();
        let mut said = said.into_iter();
        let Some(text) = said.next() else { continue };
        let wrong = |why: String| FileFault::at(row.place, why);
        if let Some(other) = said.next() {
            let [one, other] = [text, other].map(quoted);
            return Err(wrong(format!(
                "it says twice what its {} should be: {one} and {other}",
                setting.name()
            )));
        }
        match setting {
            Setting::Endpoint => wanted.endpoint = Some(endpoint(text).map_err(wrong)?),
            // Of a switch nothing is said by it.
            Setting::Switch(_) | Setting::Status if text == NULL => {}
            Setting::Switch(switch) => {
                let no = || wrong(format!("{} can be on or off: {}", switch.name(), quoted(text)));
                wanted.switches[switch] = Some(on_or_off(text).ok_or_else(no)?);
            }
            Setting::Status => wanted.status = Some(status(text)),
        }
    }
    Ok(wanted)
}

fn endpoint(text: &str) -> Result<WantedEndpoint, String> {
    let plain = text.to_ascii_lowercase();
    let is_float = plain.contains(['e', ',']) && plain.parse::<f64>().is_ok() && plain.contains('.');
    match plain.as_str() {
        "none" => Ok(WantedEndpoint::Detached),
        NULL => Ok(WantedEndpoint::Null),
        "nil" | "n/a" | "-" | "--" | "undefined" | "nan" | "empty" => Err(format!(
            "'{}' is no endpoint: none detaches, and an empty cell leaves it as it is",
            quoted(text)
        )),
        _ if plain.starts_with('#') => {
            Err(format!("'{}' may be what a spreadsheet writes for want of a value", quoted(text)))
        }
        _ if is_float => Err(format!("'{}' is an id that a spreadsheet has rounded", quoted(text))),
        _ if text.len() > LONGEST_NAME || text.contains(char::is_control) => {
            Err(format!("'{}' is no id and no name of an endpoint", quoted(text)))
        }
        _ => Ok(WantedEndpoint::Named(text.to_owned())),
    }
}

/// As people and spreadsheets write it.
fn on_or_off(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "1" => Some(true),
        "off" | "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// The status as the contract has it, whatever its case; whether it can be set is seen beside what it is.
fn status(text: &str) -> Status {
    match Status::parse(&text.to_ascii_lowercase()) {
        Status::Other(_) => Status::parse(text),
        known => known,
    }
}
