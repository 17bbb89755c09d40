//! Telephone numbers in E.164 (ITU-T E.164, 2010): up to 15 digits, the first never 0.

use std::fmt::{self, Write};

use super::{Written, grouping};

/// A valid E.164 number, packed: 15 decimal digits fit in 50 bits, and a fleet of 100,000 numbers
/// is held in memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164(u64);

impl E164 {
    /// The fewest digits accepted. E.164 sets no minimum; shorter ones are service codes.
    pub(super) const SHORTEST: usize = 7;
    /// The most digits of a number.
    pub(super) const LONGEST: usize = 15;

    /// Reads a number in any international form, see [`Written`]. A plus or a leading 00 is required:
    /// digits alone may be a national number.
    pub fn parse(text: &str) -> Option<Self> {
        Written::parse(text)?.e164()
    }

    /// From digits alone, country code first, without `+` or 00.
    pub fn from_digits(digits: &str) -> Option<Self> {
        let valid = (Self::SHORTEST..=Self::LONGEST).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        valid.then(|| digits.parse().ok().map(Self)).flatten()
    }

    /// The digits as an integer, country code first.
    pub fn value(self) -> u64 {
        self.0
    }

    /// The digits, country code first, without `+`.
    pub fn digits(self) -> String {
        self.0.to_string()
    }

    /// The last `n` digits, as typed to confirm.
    pub fn last(self, n: usize) -> String {
        let digits = self.digits();
        digits[digits.len().saturating_sub(n)..].to_owned()
    }

    /// The calling code that digits begin with, as the ITU assigns them: +1 and +7 to a plan each, two
    /// digits to these, three to all others. `None` where there are not that many digits.
    pub(super) fn calling_code_of(digits: &str) -> Option<&str> {
        const OF_TWO: [&str; 44] = [
            "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
            "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
            "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
        ];
        let size = match digits.get(..2)? {
            two if OF_TWO.contains(&two) => 2,
            two if two.starts_with(['1', '7']) => 1,
            _ => 3,
        };
        digits.get(..size)
    }

    /// The country calling code.
    pub fn calling_code(self) -> String {
        let digits = self.digits();
        Self::calling_code_of(&digits).unwrap_or_default().to_owned()
    }

    /// Whether there can be such a number, given to somebody or not. Only the North American plan has one
    /// length for all; elsewhere lists of lengths leave out old numbers that are still in use.
    pub fn is_possible(self) -> bool {
        let digits = self.digits();
        !digits.starts_with('1') || digits.len() == 11
    }

    /// Writes it as `+` and digits.
    pub fn write(self, out: &mut String) {
        write!(out, "{self}").ok();
    }

    /// For people: calling code, then the digits grouped as people of that country write them.
    pub fn grouped(self) -> String {
        grouping::of(self)
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

/// The telephone number of a record: valid E.164, or the text that the server sent instead. The
/// latter is shown and found, but cannot be bought or checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum NumberText {
    /// A valid number.
    Valid(E164),
    /// What came instead of one.
    Raw(Box<str>),
}

impl NumberText {
    /// The contract's `e164` field. Only `+` and digits count as valid here: a server that sends
    /// another form is shown as it wrote.
    pub fn parse(text: &str) -> Self {
        text.strip_prefix('+').and_then(E164::from_digits).map_or_else(|| Self::Raw(text.into()), Self::Valid)
    }

    /// The number, when it is one.
    pub fn valid(&self) -> Option<E164> {
        match self {
            Self::Valid(number) => Some(*number),
            Self::Raw(_) => None,
        }
    }

    /// The number, when it is one that can be: only such a one is bought.
    pub fn possible(&self) -> Option<E164> {
        self.valid().filter(|number| number.is_possible())
    }

    /// For people, see [`E164::grouped`].
    pub fn grouped(&self) -> String {
        match self {
            Self::Valid(number) => number.grouped(),
            Self::Raw(text) => text.to_string(),
        }
    }

    /// All digits in it.
    pub fn digits(&self) -> String {
        match self {
            Self::Valid(number) => number.digits(),
            Self::Raw(text) => text.chars().filter(char::is_ascii_digit).collect(),
        }
    }
}

impl fmt::Display for NumberText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valid(number) => number.fmt(f),
            Self::Raw(text) => f.write_str(text),
        }
    }
}

/// The digits of a word that stands for a telephone number or a part of one, without grouping,
/// `+`, leading 00 and URI scheme; `None` when the word is anything else.
pub fn digits_of(word: &str) -> Option<String> {
    Written::parse(word).map(|written| written.digits().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_possible_whether_it_was_given_to_somebody_or_not() {
        for (text, possible) in [
            ("+14045884112", true),
            ("+10000000000", true),
            ("+2348030000001", true),
            ("+23492523120", true),
            ("+9991234567", true),
            ("+1234567", false),
            ("+140458841129", false),
            ("911", false),
        ] {
            assert_eq!(NumberText::parse(text).possible().is_some(), possible, "{text}");
        }
    }

    #[test]
    fn every_usual_form_is_the_same_number() {
        let number = E164::from_digits("2348031234567").unwrap();
        for form in [
            "+2348031234567",
            "+234 803 123 4567",
            "002348031234567",
            "00234-803-123-4567",
            "tel:+234-803-123-4567",
            "TEL:+2348031234567;ext=1",
            "sip:+2348031234567@sip.example.net;user=phone",
            "<sips:+2348031234567@host:5061>",
            " +234 (803) 123.4567 ",
        ] {
            assert_eq!(E164::parse(form), Some(number), "{form}");
        }
    }

    #[test]
    fn what_is_not_international_is_not_e164() {
        for form in [
            "08031234567",
            "2348031234567",
            "+0803123456",
            "+123",
            "+1234567890123456",
            "x",
            "",
            "+",
            "+234a",
        ] {
            assert_eq!(E164::parse(form), None, "{form}");
        }
    }

    #[test]
    fn a_calling_code_is_never_torn_apart() {
        let code = |digits: &str| E164::from_digits(digits).unwrap().calling_code();
        for (digits, wanted) in [
            ("2348031234567", "234"),
            ("14155550123", "1"),
            ("78001234567", "7"),
            ("442079688749", "44"),
            ("2290195123456", "229"),
            ("80012345678", "800"),
            ("88213012345", "882"),
            ("9812345678", "98"),
        ] {
            assert_eq!(code(digits), wanted);
        }
    }

    #[test]
    fn a_line_that_does_not_parse_is_kept_as_it_came() {
        let line = NumberText::parse("0803-not-a-number");
        assert_eq!(line.to_string(), "0803-not-a-number");
        assert_eq!(line.valid(), None);
        assert_eq!(NumberText::parse("+2348031234567").to_string(), "+2348031234567");
    }

    #[test]
    fn a_part_of_a_number_gives_its_digits() {
        assert_eq!(digits_of("803-123").as_deref(), Some("803123"));
        assert_eq!(digits_of("+234").as_deref(), Some("234"));
        assert_eq!(digits_of("00234").as_deref(), Some("234"));
        assert_eq!(digits_of("sales7"), None);
    }

    #[test]
    fn the_last_digits_are_what_is_typed_to_confirm() {
        assert_eq!(E164::from_digits("2348031234567").unwrap().last(4), "4567");
    }
}
