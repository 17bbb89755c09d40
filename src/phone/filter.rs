//! The filter language, the same on screen and in commands.
//!
//! A word matches as a substring, ignoring case, in number, country, type, status, endpoint (name
//! and id) and id. A word of digits matches the digits of the number only: an id is full of
//! digits that nobody looks for. `key:value` narrows, `!` negates, all terms must hold.
//!
//! A number in its national form begins with a 0 that its international form does not have: that 0
//! is left out. A country is also found by its English name, from three letters on: two are a code.

use std::collections::HashMap;

use super::{
    Country, Endpoint, EndpointId, Field, Kind, Known, NoCountry, Number, Problem, Problems, RouteResult,
    SettingValue, Status, Switch, Written, digits_of,
};
use crate::text::is_invisible;

/// A parsed filter expression. The empty one accepts everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    terms: Vec<(bool, Term)>,
    /// A word that says nothing yet: a key without its value.
    unfinished: Option<String>,
}

/// A number that was typed with blanks has no more words than these.
const WORDS_OF_A_NUMBER: usize = 12;

/// One condition. What it can look at falls in three parts, which a fast list keeps apart: the
/// traits that many numbers share, the digits of the line, and the id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// Digits anywhere in the number, in any of the ways that they can be read.
    Digits(Vec<String>),
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
    /// `inbound:on|off` and so on for each switch.
    Switch(Switch, bool),
    /// `org:`
    Organization(String),
    /// `id:`
    Id(String),
    /// `problem:`: any, none, or the beginning of the word of a problem.
    Problem(String),
    /// `route:`: any, none, or what the check of its route came to.
    Route(String),
    /// `label:`: any, none, or a part of a tag.
    Label(String),
    /// `pinned:`
    Pinned(bool),
    /// No number at all.
    Nothing,
}

/// Something that a filter looked for in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needle {
    /// Digits, without what groups them.
    Digits(String),
    /// A word in lower case.
    Word(String),
}

impl Needle {
    /// Where it stands in a text: the columns of its first character and after its last one. Only of
    /// plain text, of which each character has one column.
    pub fn place_in(&self, text: &str) -> Option<(usize, usize)> {
        if !text.is_ascii() {
            return None;
        }
        match self {
            Self::Word(word) => {
                let at = text.to_ascii_lowercase().find(word.as_str())?;
                Some((at, at + word.len()))
            }
            Self::Digits(wanted) => {
                let (places, digits): (Vec<usize>, String) =
                    text.char_indices().filter(|(_, c)| c.is_ascii_digit()).unzip();
                let at = digits.find(wanted.as_str())?;
                let last = (at + wanted.len()).checked_sub(1).filter(|_| !wanted.is_empty())?;
                Some((*places.get(at)?, places.get(last)? + 1))
            }
        }
    }
}

/// Names of endpoints by id, where the server lists them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(HashMap<EndpointId, String>);

impl Names {
    /// From pairs of id and name.
    pub fn new(pairs: impl IntoIterator<Item = (EndpointId, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// Those of a list of endpoints.
    pub fn listed<'a>(endpoints: impl IntoIterator<Item = &'a Endpoint>) -> Self {
        Self::new(endpoints.into_iter().filter_map(|one| Some((one.id.clone(), one.name.clone()?))))
    }

    /// The name of an endpoint.
    pub fn of(&self, id: &EndpointId) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }

    /// `name (id)`, or the id alone where no name is known.
    pub fn with_id(&self, id: &EndpointId) -> String {
        self.of(id).map_or(id.to_string(), |name| format!("{name} ({id})"))
    }

    /// A setting for people; an endpoint by its name, where one is known.
    pub fn value(&self, value: &SettingValue) -> String {
        match value {
            SettingValue::Endpoint(Some(id)) => self.of(id).unwrap_or(id.as_str()).to_owned(),
            other => other.label().to_owned(),
        }
    }

    /// The same, an endpoint as [`Self::with_id`] has it.
    pub fn value_with_id(&self, value: &SettingValue) -> String {
        match value {
            SettingValue::Endpoint(Some(id)) => self.with_id(id),
            other => other.label().to_owned(),
        }
    }
}

/// What of a filter is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFilter {
    /// Nothing is filtered by this key.
    #[error("no filter key '{0}:'; there are {keys}:", keys = Filter::keys().collect::<Vec<&str>>().join(": "))]
    Key(String),
    /// A switch is on or off.
    #[error("'{key}:' takes on or off, not '{value}'")]
    OnOff {
        /// Which switch.
        key: String,
        /// What it was to be.
        value: String,
    },
    /// A key without a value, or half of one.
    #[error("the filter '{0}' is unfinished")]
    Unfinished(String),
}

/// What a filter asks for, and nothing is called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stranger {
    /// No country.
    #[error(transparent)]
    Country(NoCountry),
    /// No type, no status.
    #[error("no {what} is called '{value}'; there are {known}")]
    Word {
        /// What it was to be.
        what: &'static str,
        /// What was asked for.
        value: String,
        /// What there is.
        known: String,
    },
}

impl Filter {
    /// The keys of `key:value` terms.
    pub fn keys() -> impl Iterator<Item = &'static str> {
        let switches = Switch::ALL.iter().map(|switch| switch.name());
        ["country", "type", "status", "endpoint"]
            .into_iter()
            .chain(switches)
            .chain(["org", "id", "problem", "route", "label", "pinned"])
    }

    fn is_key(word: &str) -> bool {
        Self::keys().any(|key| key == word)
    }

    /// Whether a word narrows by a key, so that it is no number and no id.
    pub fn is_term(word: &str) -> bool {
        let body = word.strip_prefix('!').unwrap_or(word);
        body.split_once([':', '=']).is_some_and(|(key, _)| Self::is_key(&key.to_lowercase()))
    }

    /// Reads an expression as it is typed. An error names the term and what would be accepted. A key
    /// without a value accepts everything, so that typing `country:ng` does not flash an error on the
    /// way.
    pub fn parse(text: &str) -> Result<Self, BadFilter> {
        let visible: String = text.chars().filter(|c| !is_invisible(*c) || is_joiner(*c)).collect();
        let words: Vec<&str> = visible.split_whitespace().collect();
        let mut filter = Self::default();
        let mut rest = words.as_slice();
        while let Some((word, after)) = rest.split_first() {
            let (negated, body) = match word.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, *word),
            };
            if let Some(numbers) = several(body) {
                filter.terms.push((negated, numbers));
                rest = after;
                continue;
            }
            if let Some((number, size)) = number_of_words(body, after) {
                filter.terms.push((negated, Term::digits(&number, 5)));
                rest = &after[size..];
                continue;
            }
            // `0803 123 4567`: the digits go on in the next word.
            let goes_on = after.first().is_some_and(|next| digits_of(next).is_some());
            match Term::parse(body, if goes_on { 2 } else { 5 })? {
                Some(term) => filter.terms.push((negated, term)),
                None => filter.unfinished = filter.unfinished.or_else(|| Some((*word).to_owned())),
            }
            rest = after;
        }
        Ok(filter)
    }

    /// Reads a whole expression. While it is typed on a screen, a half-written term accepts
    /// everything; in a command that would be a filter that is silently not there.
    pub fn complete(text: &str) -> Result<Self, BadFilter> {
        let filter = Self::parse(text)?;
        match filter.unfinished {
            Some(word) => Err(BadFilter::Unfinished(word)),
            None => Ok(filter),
        }
    }

    /// The filter that accepts nothing: what stands for one that is not understood.
    pub fn nothing() -> Self {
        Self { terms: vec![(false, Term::Nothing)], unfinished: None }
    }

    /// Whether it asks for a country, a type or a status that numdeck does not know. Whether anything is
    /// called so, the numbers of the server tell: see [`Filter::stranger`].
    pub fn has_strangers(&self) -> bool {
        self.terms.iter().any(|(_, term)| term.strangeness().is_some())
    }

    /// Why a term asks for a country, a type or a status that is none: numdeck does not know it, and no
    /// number here has it.
    pub fn stranger<'a>(&self, numbers: &(impl Iterator<Item = &'a Number> + Clone)) -> Option<Stranger> {
        let known = Known::default();
        let unseen = |term: &Term| !numbers.clone().any(|number| term.in_traits(number, &known));
        self.terms.iter().find_map(|(_, term)| term.strangeness().filter(|_| unseen(term)))
    }

    /// Whether everything is accepted.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The terms, each with whether it is negated.
    pub fn terms(&self) -> &[(bool, Term)] {
        &self.terms
    }

    /// What of a row made it pass: digits, and words in lower case. What is excluded is not there.
    pub fn needles(&self) -> Vec<Needle> {
        let wanted = self.terms.iter().filter(|(negated, _)| !negated);
        let each = wanted.flat_map(|(_, term)| match term {
            Term::Digits(readings) => readings.iter().cloned().map(Needle::Digits).collect(),
            Term::Word(text)
            | Term::Endpoint(text)
            | Term::Country(text)
            | Term::Kind(text)
            | Term::Status(text) => {
                vec![Needle::Word(text.replace('_', " "))]
            }
            _ => Vec::new(),
        });
        each.collect()
    }

    /// Whether a number passes.
    pub fn accepts(&self, number: &Number, known: &Known) -> bool {
        self.terms.iter().all(|(negated, term)| {
            let hit = term.in_traits(number, known)
                || term.in_digits(&number.line.digits())
                || term.in_own(number, known)
                || term.in_problems(Problems::of(number, known));
            hit != *negated
        })
    }
}

impl Term {
    /// The term of one word; `None` for one that says nothing yet. Digits of at least `trunk` lose the 0
    /// that national forms begin with; fewer may be the end of a number.
    fn parse(body: &str, trunk: usize) -> Result<Option<Self>, BadFilter> {
        if body.is_empty() {
            return Ok(None);
        }
        if let Some(written) = Written::parse(body).filter(|_| equated(&body.to_lowercase()).is_none()) {
            return Ok(Some(Self::digits(&written, trunk)));
        }
        let lower = body.to_lowercase();
        let Some((key, value)) = lower.split_once(':').or_else(|| equated(&lower)) else {
            return Ok(Some(Self::Word(lower)));
        };
        let value = value.to_owned();
        if !Filter::is_key(key) {
            return Err(BadFilter::Key(key.to_owned()));
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
            "org" => Self::Organization(value),
            "id" => Self::Id(value),
            "problem" => Self::Problem(value.replace('-', "_")),
            "route" => Self::Route(value),
            "label" => Self::Label(value),
            "pinned" => match on_off(key, &value)? {
                Some(on) => Self::Pinned(on),
                None => return Ok(None),
            },
            _ => match (Switch::parse(key), on_off(key, &value)?) {
                (Some(switch), Some(on)) => Self::Switch(switch, on),
                _ => return Ok(None),
            },
        }))
    }

    fn digits(written: &Written, trunk: usize) -> Self {
        let national = |digits: &String| match digits.strip_prefix('0') {
            Some(rest) if digits.len() >= trunk => rest.to_owned(),
            _ => digits.clone(),
        };
        Self::Digits(written.readings().iter().map(national).collect())
    }

    /// Why nothing that numdeck knows is called as the term asks.
    fn strangeness(&self) -> Option<Stranger> {
        fn none_of(what: &'static str, value: &str, known: &[&'static str]) -> Option<Stranger> {
            let any = known.iter().any(|word| word.starts_with(value));
            (!any).then(|| Stranger::Word { what, value: value.to_owned(), known: known.join(", ") })
        }
        fn words(of_kind: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
            ["any", "none"].into_iter().chain(of_kind).collect()
        }
        match self {
            Self::Country(value) => Country::stranger(value).map(Stranger::Country),
            Self::Kind(value) => {
                none_of("type", value, &Kind::KNOWN.iter().map(Kind::wire).collect::<Vec<&str>>())
            }
            Self::Status(value) => {
                none_of("status", value, &Status::KNOWN.iter().map(Status::wire).collect::<Vec<&str>>())
            }
            Self::Problem(value) => {
                none_of("problem", value, &words(Problem::ALL.iter().map(|one| one.word())))
            }
            Self::Route(value) => {
                none_of("result of a check", value, &words(RouteResult::ALL.iter().map(|one| one.word())))
            }
            _ => None,
        }
    }

    /// The key of the term, and whether a record says anything of it; `None` for a term that looks at what every
    /// record has.
    pub fn is_said_by(&self, number: &Number) -> Option<(&'static str, bool)> {
        Some(match self {
            Self::Status(_) => ("status", number.status.is_some()),
            Self::NoEndpoint | Self::Endpoint(_) => ("endpoint", number.endpoint != Field::Absent),
            Self::Switch(switch, _) => (switch.name(), number.switches[*switch].is_some()),
            Self::Organization(_) => ("org", number.organization.is_some()),
            Self::Digits(_)
            | Self::Word(_)
            | Self::Country(_)
            | Self::Kind(_)
            | Self::Id(_)
            | Self::Problem(_)
            | Self::Route(_)
            | Self::Label(_)
            | Self::Pinned(_)
            | Self::Nothing => {
                return None;
            }
        })
    }

    /// Whether the term holds by what many numbers share: country, type, status, endpoint,
    /// switches and organization; also by the text of a line that is no valid number.
    pub fn in_traits(&self, number: &Number, known: &Known) -> bool {
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
                has(id.as_str(), value) || known.names.of(id).is_some_and(|name| has(name, value))
            })
        };
        match self {
            Self::Digits(_) | Self::Id(_) | Self::Problem(_) | Self::Route(_) | Self::Nothing => false,
            Self::Label(_) | Self::Pinned(_) => false,
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
            Self::Switch(switch, on) => number.switches[*switch] == Some(*on),
            Self::Organization(value) => number.organization.as_deref().is_some_and(|org| has(org, value)),
        }
    }

    /// Whether the term holds by the digits of the line, country code first.
    pub fn in_digits(&self, digits: &str) -> bool {
        let has = |wanted: &String| memchr::memmem::find(digits.as_bytes(), wanted.as_bytes()).is_some();
        matches!(self, Self::Digits(readings) if readings.iter().any(has))
    }

    /// Whether the term holds by what a record shares with no other: its id, the check of its route.
    pub fn in_own(&self, number: &Number, known: &Known) -> bool {
        match self {
            Self::Word(wanted) | Self::Id(wanted) => has(number.id.as_str(), wanted),
            Self::Route(wanted) => match known.route(&number.id) {
                Some(result) => result.word().starts_with(wanted.as_str()) || wanted == "any",
                None => wanted == "none",
            },
            Self::Label(wanted) => {
                let tags = known.labels.of(number).map_or(&[][..], |label| &label.tags);
                match wanted.as_str() {
                    "none" => tags.is_empty(),
                    "any" => !tags.is_empty(),
                    part => tags.iter().any(|tag| has(tag, part)),
                }
            }
            Self::Pinned(on) => known.labels.is_pinned(number) == *on,
            _ => false,
        }
    }

    /// Whether the term holds by what is wrong with a number.
    pub fn in_problems(&self, problems: Problems) -> bool {
        let Self::Problem(wanted) = self else { return false };
        match wanted.as_str() {
            "none" => problems.is_empty(),
            "any" => !problems.is_empty(),
            part => problems.iter().any(|problem| problem.word().starts_with(part)),
        }
    }
}

/// `key=value`, which people type for `key:value`. In any other word a `=` is a letter like others.
fn equated(word: &str) -> Option<(&str, &str)> {
    word.split_once('=').filter(|(key, _)| Filter::is_key(key))
}

/// Several numbers with commas between them: any of them.
fn several(body: &str) -> Option<Term> {
    let parts: Vec<&str> = body.split(',').filter(|part| !part.is_empty()).collect();
    if parts.len() < 2 {
        return None;
    }
    let terms: Option<Vec<Term>> =
        parts.iter().map(|part| Some(Term::digits(&Written::parse(part)?, 5))).collect();
    let readings = terms?.into_iter().flat_map(|term| match term {
        Term::Digits(readings) => readings,
        _ => Vec::new(),
    });
    Some(Term::Digits(readings.collect()))
}

/// A number that is written with blanks, a label or a name: the longest one that begins with `first`,
/// and how many words of the `rest` belong to it.
fn number_of_words(first: &str, rest: &[&str]) -> Option<(Written, usize)> {
    let labelled = match first.split_once([':', '=']) {
        Some((key, _)) if Filter::is_key(&key.to_lowercase()) => return None,
        Some(_) => true,
        None => false,
    };
    let most = rest.len().min(WORDS_OF_A_NUMBER);
    (1..=most).rev().find_map(|size| {
        let text = [&[first], &rest[..size]].concat().join(" ");
        let written = Written::parse(&text)?;
        // Digits alone are words of their own: `803 4567` finds both parts anywhere.
        let is_one =
            written.is_international() || written.readings().len() > 1 || labelled || text.contains('<');
        is_one.then_some((written, size))
    })
}

/// Joiners belong to the names that have them.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// `Some(on)`, or `None` for a prefix that is still being typed.
fn on_off(key: &str, value: &str) -> Result<Option<bool>, BadFilter> {
    match value {
        "on" | "yes" | "true" => Ok(Some(true)),
        "off" | "no" | "false" => Ok(Some(false)),
        _ if ["on", "off", "yes", "no", "true", "false"].iter().any(|word| word.starts_with(value)) => {
            Ok(None)
        }
        _ => Err(BadFilter::OnOff { key: key.to_owned(), value: value.to_owned() }),
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
    use crate::phone::{NumberId, NumberText};

    fn number() -> Number {
        let mut n = Number::new(NumberId::new("0a7720ff-1111"), NumberText::parse("+2348031234567"));
        n.country = Some("NG".into());
        n.kind = Some(Kind::TollFree);
        n.status = Some(Status::Inactive);
        n.endpoint = Field::Value(EndpointId::new("ep_9"));
        n.switches[Switch::Inbound] = Some(true);
        n.organization = Some("Org-1".into());
        n
    }

    fn finds(expression: &str) -> bool {
        let names = Names::new([(EndpointId::new("ep_9"), "Sales-Bot".to_owned())]);
        Filter::parse(expression).unwrap().accepts(&number(), &names.into())
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
            "+234 (0)803 123 4567",
            "+234 0803 123 4567",
            "+234\u{ad}803\u{2013}123\u{a0}4567",
            "\"Sales\" <sip:+2348031234567@10.0.0.1>;tag=1 ng",
            "Tel: +234 803 123 4567",
            "Tel: 0803 123 4567",
            "+234 803 123 4567 x12 country:ng",
            "+2348031234567\tNG\tinactive",
            "011 234 803 123 4567",
            "803 4567",
        ] {
            assert!(finds(form), "{form}");
        }
        for other in ["+234 803 123 4568", "!+234 803 123 4567", "8031234567.0", "+234 803 123 4567 ke"] {
            assert!(!finds(other), "{other}");
        }
    }

    #[test]
    fn what_made_a_row_pass_is_found_in_it() {
        let place = |filter: &str, text: &str| {
            let needles = Filter::parse(filter).unwrap().needles();
            needles
                .iter()
                .find_map(|needle| needle.place_in(text))
                .map(|(from, to)| text[from..to].to_owned())
        };
        assert_eq!(place("803123", "+234 803 123 4567").as_deref(), Some("803 123"));
        assert_eq!(place("sales", "Sales-Bot").as_deref(), Some("Sales"));
        assert_eq!(place("type:toll-free", "toll free").as_deref(), Some("toll free"));
        assert_eq!(place("!sales", "Sales-Bot"), None);
        assert_eq!(place("sales", "Sälés Sales"), None, "not by columns that are not known");
    }

    #[test]
    fn several_numbers_with_commas_between_find_each() {
        for form in ["2348031234567,14155550100", "1415,80312", "08031234567,999"] {
            assert!(finds(form), "{form}");
        }
        assert!(!finds("14155550100,233302123451") && !finds("!803123,14155550100"));
    }

    #[test]
    fn a_national_form_finds_the_number() {
        for form in ["08031234567", "0803-123-4567", "0803 123 4567", "(0)803 123", "!08039"] {
            assert!(finds(form), "{form}");
        }
        assert!(!finds("0803"), "so few digits may be the end of a number");
        let digits = |text: &str| match &Filter::parse(text).unwrap().terms()[0].1 {
            Term::Digits(readings) => readings[0].clone(),
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
        assert!(!Filter::parse("ng").unwrap().accepts(&n, &Known::default()), "no word for the king");
        n.country = Some("CI".into());
        assert!(Filter::parse("country:Côt").unwrap().accepts(&n, &Known::default()));
        n.country = None;
        assert!(!Filter::parse("country:nig").unwrap().accepts(&n, &Known::default()));
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
        assert!(finds("country=ng type=toll Inbound=on !endpoint=none"), "people type = for :");
        assert!(
            !finds("country=ke") && !finds("!country=ng") && !finds("foo=ng") && !finds("id=2348031234567")
        );
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
        assert!(Filter::parse("contry:ng").unwrap_err().to_string().contains("country:"));
        assert!(Filter::parse("inbound:maybe").unwrap_err().to_string().contains("on or off"));
    }

    #[test]
    fn a_command_takes_no_half_written_term() {
        for half in ["country:", "ng inbound:o", "!", "endpoint: ng", "country="] {
            assert!(Filter::parse(half).is_ok(), "{half}");
            assert!(Filter::complete(half).unwrap_err().to_string().contains("unfinished"), "{half}");
        }
        assert!(Filter::complete("ng inbound:on").is_ok());
    }

    #[test]
    fn a_value_that_nothing_is_called_by_is_told_unless_the_server_uses_it() {
        let stranger = |expression: &str, numbers: &[Number]| {
            let filter = Filter::parse(expression).unwrap();
            let stranger = filter.stranger(&numbers.iter());
            assert!(stranger.is_none() || filter.has_strangers());
            stranger
        };
        for (expression, why) in [
            ("country:NGA", "two letters"),
            ("country:uk", "GB"),
            ("!country:zz", "zz"),
            ("type:tollfree", "toll_free"),
            ("ng status:bogus", "inactive"),
        ] {
            let told = stranger(expression, &[number()]).unwrap().to_string();
            assert!(told.contains(why), "{told}");
        }
        for expression in
            ["country:n", "country:nig", "country:ke", "type:toll-free", "status:act", "ng", "id:zz"]
        {
            assert_eq!(stranger(expression, &[]), None, "{expression}");
        }
        let mut odd = number();
        odd.status = Some(Status::parse("suspended"));
        odd.kind = Some(Kind::parse("voip"));
        for expression in ["status:susp", "type:voip", "!type:voip"] {
            assert_eq!(stranger(expression, &[number(), odd.clone()]), None, "{expression}");
        }
    }

    #[test]
    fn nothing_is_found_by_a_filter_that_is_not_understood() {
        assert!(!Filter::nothing().accepts(&number(), &Known::default()));
        assert!(!Filter::nothing().is_empty());
    }

    #[test]
    fn nobody_answers_is_a_filter() {
        let mut n = number();
        n.endpoint = Field::Null;
        assert!(Filter::parse("endpoint:none").unwrap().accepts(&n, &Known::default()));
    }
}
