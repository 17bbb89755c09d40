//! Telephone numbers in E.164 (ITU-T E.164, 2010): up to 15 digits, the first never 0.

use std::fmt;

/// A valid E.164 number, packed: 15 decimal digits fit in 50 bits, and a fleet of 100,000 numbers
/// is held in memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164(u64);

/// The shortest number accepted. E.164 sets no minimum; shorter ones are service codes.
const SHORTEST: usize = 7;
const LONGEST: usize = 15;

impl E164 {
    /// Reads a number in any usual international form: `+234 803…`, `00234…`, `tel:+234…`,
    /// `sip:+234…@host`, `<sip:…>`, with grouping by blanks, dots, dashes, slashes, parentheses.
    /// A plus or a leading 00 is required: digits alone may be a national number.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, international) = significant(text)?;
        if international { Self::from_digits(&digits) } else { None }
    }

    /// From digits alone, country code first, without `+` or 00.
    pub fn from_digits(digits: &str) -> Option<Self> {
        let valid = (SHORTEST..=LONGEST).contains(&digits.len())
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

    /// The country calling code, when the number has a known one.
    pub fn calling_code(self) -> Option<&'static str> {
        let digits = self.digits();
        CALLING_CODES.iter().find(|(code, _)| digits.starts_with(code)).map(|(code, _)| *code)
    }

    /// For people: calling code, then the digits grouped as people of that country write them.
    pub fn grouped(self) -> String {
        let digits = self.digits();
        let (code, groups) = CALLING_CODES
            .iter()
            .find(|(code, _)| digits.starts_with(code))
            .map_or(("", &[][..]), |(code, groups)| (*code, *groups));
        let mut out = String::with_capacity(digits.len() + 6);
        out.push('+');
        out.push_str(code);
        let mut rest = &digits[code.len()..];
        let planned = groups.iter().sum::<usize>() == rest.len();
        let mut sizes = planned.then_some(groups).into_iter().flatten().copied();
        while !rest.is_empty() {
            // Without a plan: threes, the first group one shorter or longer, so that none is one digit.
            let size = sizes.next().unwrap_or(match rest.len() {
                1..=4 => rest.len(),
                left if left % 3 == 1 => 4,
                left if left % 3 == 2 => 2,
                _ => 3,
            });
            if out.len() > 1 {
                out.push(' ');
            }
            out.push_str(&rest[..size]);
            rest = &rest[size..];
        }
        out
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
pub enum Line {
    /// A valid number.
    Valid(E164),
    /// What came instead of one.
    Raw(Box<str>),
}

impl Line {
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

impl fmt::Display for Line {
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
    significant(word).map(|(digits, _)| digits)
}

/// Digits of `text`, and whether it is in international form.
fn significant(text: &str) -> Option<(String, bool)> {
    let text = text.trim();
    let text = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or(text);
    let lower = text.get(..5).unwrap_or(text).to_ascii_lowercase();
    let scheme = ["sips:", "sip:", "tel:"].into_iter().find(|scheme| lower.starts_with(scheme));
    let mut body = scheme.map_or(text, |scheme| &text[scheme.len()..]);
    if scheme.is_some() {
        body = body.split(['@', ';', '?']).next().unwrap_or(body);
    }
    let mut digits = String::with_capacity(body.len());
    let mut plus = false;
    for c in body.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '+' if digits.is_empty() && !plus => plus = true,
            ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' | '\u{2011}' | '\u{2009}' => {}
            _ => return None,
        }
    }
    let international = plus || digits.starts_with("00");
    if !plus && let Some(rest) = digits.strip_prefix("00") {
        digits = rest.to_owned();
    }
    (!digits.is_empty()).then_some((digits, international))
}

/// Calling codes that numdeck groups, with the sizes of the groups after the code. From national
/// numbering plans as people write them; everything else falls back to threes. Longer codes come
/// before shorter ones that they start with.
const CALLING_CODES: &[(&str, &[usize])] = &[
    ("20", &[2, 4, 4]),
    ("211", &[]),
    ("212", &[3, 3, 3]),
    ("213", &[]),
    ("216", &[2, 3, 3]),
    ("218", &[]),
    ("221", &[2, 3, 2, 2]),
    ("225", &[2, 2, 2, 2, 2]),
    ("233", &[2, 3, 4]),
    ("234", &[3, 3, 4]),
    ("250", &[3, 3, 3]),
    ("251", &[2, 3, 4]),
    ("254", &[3, 3, 3]),
    ("255", &[3, 3, 3]),
    ("256", &[3, 3, 3]),
    ("27", &[2, 3, 4]),
    ("31", &[1, 4, 4]),
    ("33", &[1, 2, 2, 2, 2]),
    ("34", &[3, 3, 3]),
    ("351", &[3, 3, 3]),
    ("353", &[]),
    ("39", &[3, 3, 4]),
    ("44", &[4, 3, 3]),
    ("49", &[]),
    ("55", &[2, 5, 4]),
    ("61", &[3, 3, 3]),
    ("81", &[2, 4, 4]),
    ("86", &[3, 4, 4]),
    ("90", &[3, 3, 4]),
    ("91", &[5, 5]),
    ("966", &[2, 3, 4]),
    ("971", &[2, 3, 4]),
    ("974", &[4, 4]),
    ("1", &[3, 3, 4]),
    ("7", &[3, 3, 2, 2]),
];

#[cfg(test)]
mod tests {
    use super::*;

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
    fn digits_are_grouped_as_the_country_writes_them() {
        for (digits, shown) in [
            ("2348031234567", "+234 803 123 4567"),
            ("14155550123", "+1 415 555 0123"),
            ("971501234567", "+971 50 123 4567"),
            ("254712345678", "+254 712 345 678"),
            ("201012345678", "+20 10 1234 5678"),
            ("4930123456", "+49 30 123 456"),
            ("99912345678", "+99 912 345 678"),
            ("2341234567", "+234 1234 567"),
        ] {
            assert_eq!(E164::from_digits(digits).unwrap().grouped(), shown);
        }
    }

    #[test]
    fn a_line_that_does_not_parse_is_kept_as_it_came() {
        let line = Line::parse("0803-not-a-number");
        assert_eq!(line.to_string(), "0803-not-a-number");
        assert_eq!(line.valid(), None);
        assert_eq!(Line::parse("+2348031234567").to_string(), "+2348031234567");
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
