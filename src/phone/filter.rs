//! The filter language, the same on screen and in commands.
//!
//! A word matches as a substring, ignoring case, in number, country, type, status, endpoint (name
//! and id) and id. A word of digits matches the digits of the number only: an id is full of
//! digits that nobody looks for. `key:value` narrows, `!` negates, all terms must hold.
//!
//! A number in its national form begins with a 0 that its international form does not have: that 0
//! is left out. A country is also found by its English name, from three letters on: two are a code.

use std::collections::HashMap;

use super::{Country, EndpointId, Field, Kind, Number, Status, digits_of};

/// A parsed filter expression. The empty one accepts everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    terms: Vec<(bool, Term)>,
}

/// One condition. What it can look at falls in three parts, which a fast list keeps apart: the
/// traits that many numbers share, the digits of the line, and the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// Digits anywhere in the number.
    Digits(String),
    /// A word, lower case, anywhere but in the digits of a valid number.
    Word(String),
    /// `country:`
    Country(String),
    /// `type:`
    Kind(String),
    /// `status:`
    Status(String),
    /// `endpoint:none`
    NoEndpoint,
    /// `endpoint:`
    Endpoint(String),
    /// `inbound:on|off`
    Inbound(bool),
    /// `outbound:on|off`
    Outbound(bool),
    /// `org:`
    Organization(String),
    /// `id:`
    Id(String),
}

/// Names of endpoints by id, where the server lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(HashMap<EndpointId, String>);

impl Names {
    /// From pairs of id and name.
    pub fn new(pairs: impl IntoIterator<Item = (EndpointId, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// The name of an endpoint.
    pub fn of(&self, id: &EndpointId) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}

impl Filter {
    /// The keys of `key:value` terms.
    pub const KEYS: &'static [&'static str] =
        &["country", "type", "status", "endpoint", "inbound", "outbound", "org", "id"];

    /// Reads an expression. An error names the term and what would be accepted. A key without a
    /// value accepts everything, so that typing `country:ng` does not flash an error on the way.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut terms = Vec::new();
        let mut words = text.split_whitespace().peekable();
        while let Some(word) = words.next() {
            let (negated, body) = match word.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, word),
            };
            if body.is_empty() {
                continue;
            }
            if let Some(term) = Term::parse(body)? {
                // `0803 123 4567`: the digits go on in the next word.
                let goes_on = words.peek().is_some_and(|next| digits_of(next).is_some());
                terms.push((negated, if goes_on { term.without_trunk_prefix(2) } else { term }));
            }
        }
        Ok(Self { terms })
    }

    /// Whether everything is accepted.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The terms, each with whether it is negated.
    pub fn terms(&self) -> &[(bool, Term)] {
        &self.terms
    }

    /// Whether a number passes.
    pub fn accepts(&self, number: &Number, names: &Names) -> bool {
        self.terms.iter().all(|(negated, term)| {
            let hit = term.in_traits(number, names)
                || term.in_digits(&number.line.digits())
                || term.in_id(number.id.as_str());
            hit != *negated
        })
    }
}

impl Term {
    fn parse(body: &str) -> Result<Option<Self>, String> {
        if let Some(digits) = digits_of(body) {
            return Ok(Some(Self::Digits(digits).without_trunk_prefix(5)));
        }
        let lower = body.to_lowercase();
        let Some((key, value)) = lower.split_once(':') else {
            return Ok(Some(Self::Word(lower)));
        };
        let value = value.to_owned();
        if !Filter::KEYS.contains(&key) {
            return Err(format!("no filter key '{key}:'; there are {}", Filter::KEYS.join(": ") + ":"));
        }
        if value.is_empty() {
            return Ok(None);
        }
        Ok(Some(match key {
            "country" => Self::Country(value),
            "type" => Self::Kind(value.replace(['-', ' '], "_")),
            "status" => Self::Status(value),
            "endpoint" if value == "none" => Self::NoEndpoint,
            "endpoint" => Self::Endpoint(value),
            "inbound" => match on_off(key, &value)? {
                Some(on) => Self::Inbound(on),
                None => return Ok(None),
            },
            "outbound" => match on_off(key, &value)? {
                Some(on) => Self::Outbound(on),
                None => return Ok(None),
            },
            "org" => Self::Organization(value),
            _ => Self::Id(value),
        }))
    }

    /// Digits of at least `least`, without the 0 that national forms begin with. Fewer may be the
    /// end of a number.
    fn without_trunk_prefix(self, least: usize) -> Self {
        match self {
            Self::Digits(digits) if digits.len() >= least && digits.starts_with('0') => {
                Self::Digits(digits[1..].to_owned())
            }
            term => term,
        }
    }

    /// Whether the term holds by what many numbers share: country, type, status, endpoint,
    /// switches and organization; also by the text of a line that is no valid number.
    pub fn in_traits(&self, number: &Number, names: &Names) -> bool {
        let country = || number.country.as_deref().unwrap_or_default();
        // Shorter words are in too many names: `ng` is in United Kingdom.
        let country_name = |wanted: &str| {
            let long = wanted.chars().nth(2).is_some();
            number.country.as_deref().filter(|_| long).and_then(Country::name_of).unwrap_or_default()
        };
        let kind = || number.kind.as_ref().map_or("", Kind::wire);
        let status = || number.status.as_ref().map_or("", Status::wire);
        let endpoint = |value: &str| {
            number.endpoint.value().is_some_and(|id| {
                has(id.as_str(), value) || names.of(id).is_some_and(|name| has(name, value))
            })
        };
        match self {
            Self::Digits(_) | Self::Id(_) => false,
            Self::Word(word) => {
                has(country(), word)
                    || has(country_name(word), word)
                    || has(kind(), word)
                    || number.kind.as_ref().is_some_and(|kind| has(kind.label(), word))
                    || has(status(), word)
                    || endpoint(word)
                    || (number.line.valid().is_none() && has(&number.line.to_string(), word))
            }
            Self::Country(value) => {
                starts(country(), value) || country_name(value).to_lowercase().starts_with(value.as_str())
            }
            Self::Kind(value) => starts(kind(), value),
            Self::Status(value) => starts(status(), value),
            Self::NoEndpoint => !matches!(number.endpoint, Field::Value(_)),
            Self::Endpoint(value) => endpoint(value),
            Self::Inbound(on) => number.allow_inbound == Some(*on),
            Self::Outbound(on) => number.allow_outbound == Some(*on),
            Self::Organization(value) => number.organization.as_deref().is_some_and(|org| has(org, value)),
        }
    }

    /// Whether the term holds by the digits of the line, country code first.
    pub fn in_digits(&self, digits: &str) -> bool {
        matches!(self, Self::Digits(wanted) if memchr::memmem::find(digits.as_bytes(), wanted.as_bytes()).is_some())
    }

    /// Whether the term holds by the id of the record.
    pub fn in_id(&self, id: &str) -> bool {
        match self {
            Self::Word(wanted) | Self::Id(wanted) => has(id, wanted),
            _ => false,
        }
    }
}

/// `Some(on)`, or `None` for a prefix that is still being typed.
fn on_off(key: &str, value: &str) -> Result<Option<bool>, String> {
    match value {
        "on" | "yes" | "true" => Ok(Some(true)),
        "off" | "no" | "false" => Ok(Some(false)),
        _ if ["on", "off", "yes", "no", "true", "false"].iter().any(|word| word.starts_with(value)) => {
            Ok(None)
        }
        _ => Err(format!("'{key}:' takes on or off, not '{value}'")),
    }
}

/// Substring, ignoring case; `wanted` is lower case already.
fn has(text: &str, wanted: &str) -> bool {
    if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        memchr::memmem::find(text.as_bytes(), wanted.as_bytes()).is_some()
    } else {
        text.to_lowercase().contains(wanted)
    }
}

/// Prefix, ignoring case. Not a substring: `status:active` must not find what is inactive.
fn starts(text: &str, wanted: &str) -> bool {
    text.get(..wanted.len()).is_some_and(|head| head.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{Line, NumberId};

    fn number() -> Number {
        let mut n = Number::new(NumberId::new("0a7720ff-1111"), Line::parse("+2348031234567"));
        n.country = Some("NG".into());
        n.kind = Some(Kind::TollFree);
        n.status = Some(Status::Inactive);
        n.endpoint = Field::Value(EndpointId::new("ep_9"));
        n.allow_inbound = Some(true);
        n.organization = Some("Org-1".into());
        n
    }

    fn finds(expression: &str) -> bool {
        let names = Names::new([(EndpointId::new("ep_9"), "Sales-Bot".to_owned())]);
        Filter::parse(expression).unwrap().accepts(&number(), &names)
    }

    #[test]
    fn words_match_as_substrings_ignoring_case() {
        for word in ["ng", "TOLL", "free", "active", "sales", "BOT", "ep_9", "0a77", "20ff"] {
            assert!(finds(word), "{word}");
        }
        assert!(!finds("kenya"));
    }

    #[test]
    fn a_number_is_found_from_any_form_it_is_had_in() {
        for form in [
            "+234 803 123 4567",
            "002348031234567",
            "tel:+2348031234567",
            "sip:+2348031234567@h",
            "803-123",
            "4567",
        ] {
            assert!(finds(form), "{form}");
        }
    }

    #[test]
    fn a_national_form_finds_the_number() {
        for form in ["08031234567", "0803-123-4567", "0803 123 4567", "(0)803 123", "!08039"] {
            assert!(finds(form), "{form}");
        }
        assert!(!finds("0803"), "so few digits may be the end of a number");
        let digits = |text: &str| match &Filter::parse(text).unwrap().terms()[0].1 {
            Term::Digits(digits) => digits.clone(),
            term => panic!("{term:?}"),
        };
        for (typed, wanted) in
            [("0803", "0803"), ("08031", "8031"), ("0 8031", "0"), ("0803 ng", "0803"), ("80310", "80310")]
        {
            assert_eq!(digits(typed), wanted, "{typed}");
        }
    }

    #[test]
    fn a_country_is_found_by_its_name_from_three_letters_on() {
        for expression in ["nigeria", "GERIA", "country:nigeria", "country:nig", "!country:ghana"] {
            assert!(finds(expression), "{expression}");
        }
        for expression in ["country:ni", "country:geria", "er", "!nigeria"] {
            assert!(!finds(expression), "{expression}");
        }
        let mut n = number();
        n.country = Some("GB".into());
        assert!(!Filter::parse("ng").unwrap().accepts(&n, &Names::default()), "no word for the king");
        n.country = Some("CI".into());
        assert!(Filter::parse("country:Côt").unwrap().accepts(&n, &Names::default()));
        n.country = None;
        assert!(!Filter::parse("country:nig").unwrap().accepts(&n, &Names::default()));
    }

    #[test]
    fn digits_do_not_match_ids() {
        assert!(!finds("7720"), "the id has these digits, the number has not");
        assert!(finds("id:7720"));
    }

    #[test]
    fn keys_narrow_and_bang_negates() {
        assert!(finds("country:ng type:toll status:inactive endpoint:sales inbound:on org:org-1"));
        assert!(finds("!country:ke !endpoint:none"));
        assert!(!finds("!country:ng"));
        assert!(!finds("status:active"), "inactive is not active");
        assert!(!finds("outbound:off"), "absent is not off");
        assert!(!finds("inbound:off"));
    }

    #[test]
    fn all_terms_must_hold() {
        assert!(finds("ng 803"));
        assert!(!finds("ng 999"));
    }

    #[test]
    fn typing_a_key_never_fails_half_way() {
        for half in ["country:", "endpoint:", "inbound:o", "inbound:", "!", ""] {
            assert!(finds(half), "{half}");
        }
    }

    #[test]
    fn a_wrong_key_or_value_is_an_error_that_says_what_would_do() {
        assert!(Filter::parse("contry:ng").unwrap_err().contains("country:"));
        assert!(Filter::parse("inbound:maybe").unwrap_err().contains("on or off"));
    }

    #[test]
    fn nobody_answers_is_a_filter() {
        let mut n = number();
        n.endpoint = Field::Null;
        assert!(Filter::parse("endpoint:none").unwrap().accepts(&n, &Names::default()));
    }
}
