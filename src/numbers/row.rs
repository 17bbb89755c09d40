//! A row of a table of any form, and what its columns are called.

use std::collections::HashSet;

use super::id::IdForm;
use super::table::{FileFault, FilePlace};
use super::{NumberRef, Purpose, quoted, trimmed};
use crate::phone::{Country, E164, Kind, NumberId, Setting, Switch};

/// A null of JSON, in a cell of its own: it may mean "none", or that nothing is said.
pub const NULL: &str = "null";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// A number or an id on a line that has nothing else, in a file without a header.
    Unnamed,
    /// An id under which a number is for sale; it names it best.
    InventoryId,
    /// The id of a record.
    Id,
    /// A telephone number.
    Number,
    /// Two letters.
    Country,
    /// Its type.
    Kind,
    /// How a setting is, or should be.
    Setting(Setting),
}

impl Heading {
    /// By its name here, or at another vendor, however that is cased and joined.
    pub fn of(name: &str) -> Option<Self> {
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
            name => Self::Setting(setting(name)?),
        })
    }

    /// Whether a row can be found by it.
    pub fn names(self) -> bool {
        matches!(self, Self::InventoryId | Self::Id | Self::Number)
    }
}

/// The setting that a column is called by, as people, the contract and other dialects do.
fn setting(name: &str) -> Option<Setting> {
    let is = |known: &str| known.replace('_', "").eq_ignore_ascii_case(name);
    let is_switch = |switch: &&Switch| {
        [switch.name(), switch.short(), switch.snake(), switch.camel()].into_iter().any(is)
    };
    match name {
        "endpoint" => Some(Setting::Endpoint),
        _ if is(Setting::Endpoint.snake()) => Some(Setting::Endpoint),
        "status" => Some(Setting::Status),
        _ => Switch::ALL.iter().find(is_switch).map(|switch| Setting::Switch(*switch)),
    }
}

impl Purpose {
    /// The columns that name a number, the best of them first.
    fn columns(self) -> &'static [Heading] {
        match self {
            Self::Buying => &[Heading::InventoryId, Heading::Id, Heading::Number],
            Self::Changing => &[Heading::Number, Heading::Id],
        }
    }
}

/// What a row of any form says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it stands in its file.
    pub place: FilePlace,
    /// What stands in its columns, those that are empty included.
    pub cells: Vec<(Heading, String)>,
    /// What its other columns are called, those that say something.
    pub unknown: Vec<String>,
}

impl Row {
    /// What stands under a heading, where it says something.
    pub fn named(&self, wanted: Heading) -> impl Iterator<Item = &str> {
        let cells = self.cells.iter().filter(move |(heading, cell)| *heading == wanted && !cell.is_empty());
        cells.map(|(_, cell)| cell.as_str())
    }

    fn cell(&self, wanted: Heading) -> Option<&str> {
        self.named(wanted).next()
    }

    /// The target that the row names.
    ///
    /// # Errors
    /// It names none, or two.
    pub fn target(&self, purpose: Purpose) -> Result<NumberRef, FileFault> {
        if let Some(text) = self.cell(Heading::Unnamed) {
            return self.alone(purpose, text);
        }
        let wrong = |why: String| FileFault::at(self.place, why);
        let named = |wanted: Heading| self.named(wanted);
        let numbers: HashSet<String> =
            named(Heading::Number).map(|cell| NumberRef::new(cell).key()).collect();
        if numbers.len() > 1 {
            return Err(wrong("two columns name two numbers; leave one of them out".to_owned()));
        }
        for heading in [Heading::Id, Heading::InventoryId] {
            let ids: HashSet<&str> = named(heading).collect();
            if ids.len() > 1 {
                return Err(wrong("two columns name two ids; leave one of them out".to_owned()));
            }
        }
        let mut flaw = None;
        for heading in purpose.columns() {
            let Some(cell) = self.cell(*heading) else { continue };
            let international = E164::parse(cell).is_some();
            let is_id = *heading != Heading::Number && !international;
            let target = NumberRef { is_id, place: Some(self.place.number()), ..NumberRef::new(cell) };
            match why_unusable(purpose, &target, is_id) {
                None => return self.with_the_rest(target),
                Some(why) => flaw = flaw.or_else(|| Some(format!("{why}: {}", quoted(cell)))),
            }
        }
        Err(wrong(flaw.unwrap_or_else(|| "it names no number".to_owned())))
    }

    fn alone(&self, purpose: Purpose, text: &str) -> Result<NumberRef, FileFault> {
        let target = NumberRef { place: Some(self.place.number()), ..NumberRef::new(text) };
        let is_id = target.written().is_none();
        match why_unusable(purpose, &target, is_id) {
            None => Ok(target),
            Some(why) => {
                let why = if is_id { "neither a phone number nor an id" } else { why };
                Err(FileFault::at(self.place, format!("{why}: {}", quoted(text))))
            }
        }
    }

    fn with_the_rest(&self, target: NumberRef) -> Result<NumberRef, FileFault> {
        let country = match self.cell(Heading::Country) {
            Some(code) if Country::is_code(code) => {
                Some(Country::code_of(code).map_err(|why| FileFault::at(self.place, why.to_string()))?)
            }
            _ => None,
        };
        let kind = |text: &str| Kind::parse(&text.to_lowercase().replace([' ', '-'], "_"));
        let kind = self.cell(Heading::Kind).map(kind).filter(|kind| Kind::KNOWN.contains(kind));
        Ok(NumberRef {
            beside: self.cell(Heading::Number).and_then(E164::parse),
            id_beside: self.cell(Heading::Id).filter(|_| !target.is_id).map(NumberId::new),
            country,
            kind,
            ..target
        })
    }
}

/// Why a cell is neither a number nor an id, where that can be seen before any request.
fn why_unusable(purpose: Purpose, target: &NumberRef, is_id: bool) -> Option<&'static str> {
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
