//! From what somebody wrote to exactly one record, or to none.

use std::collections::HashMap;

use uuid::Uuid;

use super::NumberRef;
use crate::phone::{Number, Status, Written, clean};

/// Candidates that an error lists.
const CANDIDATES: usize = 10;

/// Why a text stands for no record of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfound {
    /// Nothing is called so.
    #[error("no such number: {text}")]
    None {
        /// As it was written.
        text: String,
    },
    /// One number has several records, and none of them stands out.
    #[error("{text} has {} records; name one by its id", candidates.len())]
    SeveralRecords {
        /// As it was written.
        text: String,
        /// Their ids, with their states.
        candidates: Vec<String>,
    },
    /// Several numbers can be meant by it.
    #[error("{text} can be read in {} ways; name one by its id", candidates.len())]
    SeveralReadings {
        /// As it was written.
        text: String,
        /// Their numbers and ids, with their states.
        candidates: Vec<String>,
    },
    /// It is a part of numbers, and no whole one.
    #[error("no number is exactly {text}; did you mean {}?", if *is_one { "this" } else { "one of these" })]
    Part {
        /// As it was written.
        text: String,
        /// One number has it.
        is_one: bool,
        /// The numbers that have it, ten at most.
        candidates: Vec<String>,
    },
}

impl Unfound {
    /// How a program knows it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::None { .. } => "NO_SUCH_NUMBER",
            Self::SeveralRecords { .. } | Self::SeveralReadings { .. } => "SEVERAL_RECORDS",
            Self::Part { .. } => "PARTIAL_NUMBER",
        }
    }

    /// What may have been meant, a line each.
    pub fn candidates(&self) -> &[String] {
        match self {
            Self::None { .. } => &[],
            Self::SeveralRecords { candidates, .. }
            | Self::SeveralReadings { candidates, .. }
            | Self::Part { candidates, .. } => candidates,
        }
    }
}

/// Text of a server or of a file as it is shown.
fn shown(text: &str) -> String {
    clean(text, usize::MAX)
}

/// A whole list, by what its numbers are found by.
pub struct Directory<'a> {
    owned: &'a [Number],
    by_id: HashMap<&'a str, usize>,
    /// The same, for those that may be written in another case.
    by_uuid: HashMap<Uuid, usize>,
    by_digits: HashMap<String, Vec<usize>>,
}

impl<'a> Directory<'a> {
    /// Of a list that was read whole.
    pub fn new(owned: &'a [Number]) -> Self {
        let mut by_digits: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, number) in owned.iter().enumerate() {
            by_digits.entry(number.line.digits()).or_default().push(place);
        }
        let by_id = owned.iter().enumerate().map(|(place, number)| (number.id.as_str(), place)).collect();
        let uuid =
            |(place, number): (usize, &Number)| Some((Uuid::try_parse(number.id.as_str()).ok()?, place));
        let by_uuid = owned.iter().enumerate().filter_map(uuid).collect();
        Self { owned, by_id, by_uuid, by_digits }
    }

    /// The one record that is meant, where there is one. Of several records of one number the id beside
    /// it tells which.
    pub fn record(&self, target: &NumberRef) -> Option<&'a Number> {
        match self.candidates(target).as_slice() {
            [one] => Some(&self.owned[*one]),
            several => {
                let beside = self.beside(target)?;
                several.iter().map(|place| &self.owned[*place]).find(|number| number.id == beside.id)
            }
        }
    }

    /// The record with the id that stands beside a number. An id under which it was for sale is none.
    fn beside(&self, target: &NumberRef) -> Option<&'a Number> {
        let id = target.id_beside.as_ref()?;
        let uuid = || self.by_uuid.get(&Uuid::try_parse(id.as_str()).ok()?);
        self.by_id.get(id.as_str()).or_else(uuid).map(|place| &self.owned[*place])
    }

    /// What is wrong with a line whose id is that of another record than its number.
    pub fn two_records(&self, target: &NumberRef) -> Option<String> {
        let named = self.record(target)?;
        let beside = self.beside(target).filter(|beside| beside.id != named.id)?;
        let [named, beside] = [named, beside]
            .map(|number| format!("{} ({})", shown(number.id.as_str()), shown(&number.line.to_string())));
        Some(format!("its number is that of {named}, and its id is that of {beside}"))
    }

    /// The records that a text may mean: the one with that id, and those with that number in each way
    /// that it can be read. Of several records of one number the one in use counts.
    fn candidates(&self, target: &NumberRef) -> Vec<usize> {
        let mut found: Vec<usize> = self.by_id.get(target.text.as_str()).copied().into_iter().collect();
        let written = target.written();
        for digits in written.iter().flat_map(Written::readings) {
            let records = self.by_digits.get(digits).map_or(&[][..], Vec::as_slice);
            let mut in_use = records.iter().filter(|place| !self.owned[**place].is_inactive());
            let counting = match (in_use.next(), in_use.next()) {
                (Some(one), None) => std::slice::from_ref(one),
                _ => records,
            };
            found
                .extend(counting.iter().filter(|place| !found.contains(*place)).copied().collect::<Vec<_>>());
        }
        found
    }

    /// The one record that a target stands for, or what may have been meant.
    ///
    /// # Errors
    /// As for [`Self::place`].
    pub fn find(&self, target: &NumberRef) -> Result<&'a Number, Unfound> {
        self.place(target).map(|place| &self.owned[place])
    }

    /// Where in the list the one record is that a target stands for.
    ///
    /// # Errors
    /// There is none, or several may be meant.
    pub fn place(&self, target: &NumberRef) -> Result<usize, Unfound> {
        let text = shown(target.text.trim());
        let candidates = self.candidates(target);
        match candidates.as_slice() {
            [one] => return Ok(*one),
            [] => {}
            [first, rest @ ..] => {
                let line = &self.owned[*first].line;
                let same = rest.iter().all(|place| self.owned[*place].line == *line);
                let candidates = candidates.iter().map(|place| self.described(*place, same)).collect();
                return Err(match same {
                    true => Unfound::SeveralRecords { text, candidates },
                    false => Unfound::SeveralReadings { text, candidates },
                });
            }
        }
        // Nationally written numbers begin with zeros that are not part of the number.
        let written = target.written();
        let readings = written.as_ref().map_or(&[][..], Written::readings);
        let parts: Vec<&str> = readings
            .iter()
            .map(|digits| digits.trim_start_matches('0'))
            .filter(|part| !part.is_empty())
            .collect();
        let near = |number: &&Number| {
            let digits = number.line.digits();
            parts.iter().any(|part| digits.contains(part))
        };
        let alike: Vec<&Number> = self.owned.iter().filter(near).collect();
        if alike.is_empty() {
            return Err(Unfound::None { text });
        }
        let mut candidates: Vec<String> =
            alike.iter().take(CANDIDATES).map(|number| shown(&number.line.to_string())).collect();
        if alike.len() > CANDIDATES {
            candidates.push(format!("and {} more", alike.len() - CANDIDATES));
        }
        Err(Unfound::Part { text, is_one: alike.len() == 1, candidates })
    }

    fn described(&self, place: usize, same: bool) -> String {
        let number = &self.owned[place];
        let status = number.status.as_ref().map_or("status unknown", Status::label);
        let line = if same { String::new() } else { format!("{}: ", shown(&number.line.to_string())) };
        format!("{line}{} ({})", shown(number.id.as_str()), shown(status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{NumberId, NumberText};

    fn owned() -> Vec<Number> {
        let make = |id: &str, line: &str, status: Status| {
            let mut number = Number::new(NumberId::new(id), NumberText::parse(line));
            number.status = Some(status);
            number
        };
        vec![
            make("a", "+2348031234567", Status::Inactive),
            make("b", "+2348031234567", Status::Active),
            make("c", "+2348037654321", Status::Inactive),
            make("d", "+2348039999999", Status::Inactive),
            make("e", "+2348039999999", Status::Inactive),
            make("f", "+254712345678", Status::Active),
            make("g", "+254712345678", Status::Pending),
            make("12345", "oops \u{1b}[2J", Status::Active),
        ]
    }

    fn chosen(text: &str) -> Result<String, (String, String)> {
        found(&owned(), text)
    }

    fn found(owned: &[Number], text: &str) -> Result<String, (String, String)> {
        let found = Directory::new(owned).find(&NumberRef::new(text)).map(|number| number.id.to_string());
        found.map_err(|why| (why.code().to_owned(), why.candidates().join("\n")))
    }

    #[test]
    fn the_record_that_is_in_use_counts() {
        for text in ["+234 803 123 4567", "002348031234567", "2348031234567", "tel:+234-803-1234567"] {
            assert_eq!(chosen(text), Ok("b".to_owned()), "{text}");
        }
        assert_eq!(chosen("+2348037654321"), Ok("c".to_owned()), "the only one counts, whatever its status");
    }

    #[test]
    fn several_records_that_none_stands_out_of_are_listed() {
        for (text, wanted) in
            [("+2348039999999", "d (inactive)\ne (inactive)"), ("+254712345678", "f (active)\ng (pending)")]
        {
            assert_eq!(chosen(text), Err(("SEVERAL_RECORDS".to_owned(), wanted.to_owned())));
        }
    }

    #[test]
    fn a_part_of_a_number_is_never_taken_for_it() {
        for (text, hint) in [
            ("7654321", "+2348037654321"),
            ("08037654321", "+2348037654321"),
            ("+234803765432", "+2348037654321"),
        ] {
            assert_eq!(chosen(text), Err(("PARTIAL_NUMBER".to_owned(), hint.to_owned())), "{text}");
        }
        assert_eq!(chosen("+2348031234568"), Err(("NO_SUCH_NUMBER".to_owned(), String::new())));
        assert_eq!(chosen("0"), Err(("NO_SUCH_NUMBER".to_owned(), String::new())));
    }

    #[test]
    fn a_form_that_can_be_read_in_two_ways_is_the_one_that_exists_or_a_question() {
        let make = |id: &str, line: &str| Number::new(NumberId::new(id), NumberText::parse(line));
        let one = [make("a", "+442079688749"), make("b", "+14045884112"), make("442079688", "+254712345678")];
        let both = [make("a", "+442079688749"), make("b", "+4402079688749")];
        for text in [
            "+44 (0)20 7968 8749",
            "+44 020 7968 8749",
            "011 44 20 7968 8749",
            "tel:020-7968-8749;phone-context=+44",
        ] {
            assert_eq!(found(&one, text), Ok("a".to_owned()), "{text}");
        }
        let told = found(&both, "+44 (0)20 7968 8749").unwrap_err();
        assert_eq!(told.0, "SEVERAL_RECORDS");
        assert!(told.1.contains("+442079688749") && told.1.contains("+4402079688749"), "{}", told.1);
        let twice = [make("442079688749", "+14045884112"), make("a", "+442079688749")];
        assert_eq!(found(&twice, "442079688749").unwrap_err().0, "SEVERAL_RECORDS", "an id, or a number");
    }

    #[test]
    fn an_id_beside_a_number_names_the_same_record_or_refuses_the_line() {
        let owned = owned();
        let directory = Directory::new(&owned);
        let target = |number: &str, id: &str| {
            let mut target = NumberRef::new(number);
            target.id_beside = Some(NumberId::new(id));
            target
        };
        let number = "+2348037654321";
        for (id, clash) in [("c", false), ("inv-7", false), ("f", true), ("a", true)] {
            assert_eq!(directory.two_records(&target(number, id)).is_some(), clash, "{id}");
        }
        let told = directory.two_records(&target(number, "f")).unwrap();
        assert!(told.contains("c (+2348037654321)") && told.contains("f (+254712345678)"), "{told}");
        assert!(directory.two_records(&target("+2348031234567", "a")).is_some(), "another of its records");
        let found = directory.record(&target("+254712345678", "g")).map(|number| number.id.to_string());
        assert_eq!(found.as_deref(), Some("g"), "of several that are in use the id tells which");
    }

    #[test]
    fn an_id_of_digits_is_found_by_itself() {
        assert_eq!(chosen("12345"), Ok("12345".to_owned()));
    }
}
