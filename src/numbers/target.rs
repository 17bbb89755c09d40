//! What somebody wants a number to be found by.

use crate::phone::{E164, Kind, NumberId, Written};

/// Something that somebody wants a number to be found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberRef {
    /// As it was written.
    pub text: String,
    /// It stands in a column of ids: digits in it are no phone number.
    pub(super) is_id: bool,
    /// The line of the file that it stands in.
    pub place: Option<usize>,
    /// The phone number that stands beside an id.
    pub beside: Option<E164>,
    /// The id that stands beside a number.
    pub id_beside: Option<NumberId>,
    /// Its country, where a column says so.
    pub country: Option<String>,
    /// Its type, where a column says so.
    pub kind: Option<Kind>,
}

/// What numbers are wanted for: it decides which column of a table names them best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// They are for sale.
    Buying,
    /// They are owned. An inventory id, or the id of an entry in the ledger, names none of them.
    Changing,
}

impl NumberRef {
    /// By what somebody wrote.
    pub fn new(text: &str) -> Self {
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
    pub fn line(&self) -> Option<E164> {
        let written = self.written()?;
        written.e164().or_else(|| self.bare_digits())
    }

    /// The number that digits without a plus may be; an id may look like that, too.
    pub fn bare_digits(&self) -> Option<E164> {
        let written = self.written().filter(|written| !written.is_international())?;
        let [digits] = written.readings() else { return None };
        E164::from_digits(digits).filter(|_| digits.len() >= 8)
    }

    /// How it can be read as a phone number, or as a part of one; `None` for an id.
    pub fn written(&self) -> Option<Written> {
        if self.is_id { None } else { Written::parse(&self.text) }
    }

    /// Whether it is an id, and can be nothing else.
    pub fn is_id_alone(&self) -> bool {
        self.written().is_none()
    }

    /// What names the same number.
    pub fn key(&self) -> String {
        match (self.line(), self.written()) {
            (Some(line), _) => line.to_string(),
            (None, Some(written)) => written.digits().to_owned(),
            (None, None) => self.text.clone(),
        }
    }
}
