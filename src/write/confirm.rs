//! What must be typed before a write is sent. A single letter never confirms.

use super::{Intent, is_undoable};
use crate::api::Removal;
use crate::phone::{Field, Names, Number, Switch, digits_of};

/// What the user has to type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmation {
    /// The last digits of the number (or the whole of a text that is no number).
    Digits(String),
    /// The word yes.
    Yes,
    /// The whole number, in any form.
    Whole(String),
    /// How many numbers it is about.
    Count(usize),
}

impl Confirmation {
    /// What `intent` asks for: buying, releasing and what stops calls need the last four digits,
    /// other changes yes, deleting the whole number.
    pub fn of(intent: &Intent) -> Self {
        match intent {
            Intent::Purchase { reviewed, .. } => match reviewed.line {
                Some(line) => Self::Digits(line.last(4)),
                None => Self::Yes,
            },
            Intent::Update { before, changes, .. } if changes.stops_calls() => Self::Digits(tail(before)),
            Intent::Update { .. } => Self::Yes,
            Intent::Remove { before, how: Removal::Release } => Self::Digits(tail(before)),
            Intent::Remove { before, how: Removal::Delete } => Self::Whole(named(before)),
        }
    }

    /// What several writes of one kind ask for: the count where one of them alone would ask for
    /// digits, else yes.
    pub fn of_all<'a>(intents: impl IntoIterator<Item = &'a Intent>) -> Self {
        let intents: Vec<&Intent> = intents.into_iter().collect();
        let mild =
            |intent: &&Intent| matches!(intent, Intent::Update { changes, .. } if !changes.stops_calls());
        match intents.as_slice() {
            [one] => Self::of(one),
            several if !several.is_empty() && several.iter().all(mild) => Self::Yes,
            several => Self::Count(several.len()),
        }
    }

    /// Whether `typed` is it.
    pub fn accepts(&self, typed: &str) -> bool {
        let typed = typed.trim();
        match self {
            Self::Digits(wanted) => typed == wanted,
            Self::Yes => typed.eq_ignore_ascii_case("yes"),
            Self::Count(count) => *count > 0 && typed == count.to_string(),
            Self::Whole(wanted) => {
                typed == wanted
                    || digits_of(typed)
                        .is_some_and(|digits| digits_of(wanted).as_deref() == Some(digits.as_str()))
            }
        }
    }

    /// What to type, in words.
    pub fn prompt(&self) -> String {
        match self {
            Self::Digits(wanted) if wanted.len() == 4 => "the last four digits".to_owned(),
            Self::Digits(wanted) => wanted.clone(),
            Self::Yes => "yes".to_owned(),
            Self::Whole(_) => "the whole number".to_owned(),
            Self::Count(count) => format!("their count, {count},"),
        }
    }

    /// How many characters are expected at most, for the width of the field.
    pub fn width(&self) -> usize {
        match self {
            Self::Digits(wanted) => wanted.len(),
            Self::Yes => 3,
            Self::Count(count) => count.to_string().len(),
            Self::Whole(wanted) => wanted.len() + 4,
        }
    }
}

fn tail(number: &Number) -> String {
    number.line.valid().map_or_else(|| named(number), |line| line.last(4))
}

/// What a record is called: its number, or its id where the server sent none. Never empty, because
/// an empty confirmation would be given by Enter alone.
fn named(number: &Number) -> String {
    let line = number.line.to_string();
    if line.trim().is_empty() { number.id.to_string() } else { line }
}

/// What follows from a write, in words: what breaks, and what can not be taken back.
pub fn consequences(intent: &Intent, names: &Names) -> Vec<String> {
    let mut out = Vec::new();
    match intent {
        Intent::Purchase { .. } => {}
        Intent::Update { before, changes, .. } => {
            let obstacles = before.obstacles();
            let arrive = obstacles.is_empty();
            if changes.stops_calls() && !arrive {
                out.push(format!("no calls arrive now ({})", obstacles.join(", ")));
            }
            if changes.endpoint == Some(None) && arrive {
                out.push(format!("nobody answers calls any more{}", route(before, names)));
            }
            if changes.switches[Switch::Inbound] == Some(false) && arrive {
                out.push(format!("calls to it stop arriving{}", route(before, names)));
            }
            if changes.status == Some(crate::phone::Status::Inactive) {
                let stop =
                    if arrive { format!("calls stop{}; ", route(before, names)) } else { String::new() };
                out.push(format!("{stop}whether it can be made active again is up to the server"));
            }
            if changes.switches[Switch::Outbound] == Some(false) {
                out.push("it can not be used as a caller any more".to_owned());
            }
            if changes.switches[Switch::Outbound] == Some(true) {
                out.push("it may be used as a caller, which costs money".to_owned());
            }
            if changes.switches[Switch::Inbound] == Some(true) || matches!(changes.endpoint, Some(Some(_))) {
                let after = changes.applied_to(before);
                let left = after.obstacles();
                out.push(if left.is_empty() {
                    let id = after.endpoint.value();
                    let to = id.map_or("its endpoint", |id| names.of(id).unwrap_or(id.as_str()));
                    format!("calls to it go to {to}")
                } else {
                    format!("calls still do not arrive: {}", left.join(", "))
                });
            }
            if !is_undoable(before, changes) {
                out.push(
                    "this can not be undone from here: what is in force now is not known, or can not be set"
                        .to_owned(),
                );
            }
        }
        Intent::Remove { before, how } => {
            if before.is_inactive() {
                out.push(
                    "it is inactive already: paused, or released before; the API does not tell which"
                        .to_owned(),
                );
            } else if before.obstacles().is_empty() {
                out.push(format!("calls to it stop{}", route(before, names)));
            } else {
                out.push(format!("no calls arrive now ({})", before.obstacles().join(", ")));
            }
            out.push(match how {
                Removal::Release => {
                    "the number goes back on sale and may be lost to somebody else; its record stays, inactive; no undo"
                        .to_owned()
                }
                Removal::Delete => {
                    "the record is gone for good, and the number goes back on sale; no undo".to_owned()
                }
            });
        }
    }
    out
}

/// Where calls go now: ` (endpoint sales-bot, sip:…)`, or nothing when they go nowhere.
fn route(number: &Number, names: &Names) -> String {
    let mut parts = Vec::new();
    if let Field::Value(id) = &number.endpoint {
        parts.push(format!("endpoint {}", names.of(id).unwrap_or(id.as_str())));
    }
    if let Some(uri) = &number.sip_uri {
        parts.push(uri.to_string());
    }
    if number.switches[Switch::Inbound] == Some(true) {
        parts.push("inbound is on".to_owned());
    }
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::Changes;
    use crate::phone::{EndpointId, NumberId, NumberText, Price, Status};
    use crate::write::PriceSource;

    fn number() -> Number {
        let mut n = Number::new(NumberId::new("n"), NumberText::parse("+2348031234567"));
        n.endpoint = Field::Value(EndpointId::new("ep"));
        n.switches[Switch::Inbound] = Some(true);
        n.status = Some(Status::Active);
        n.sip_uri = Some("sip:a@b".into());
        n
    }

    fn update(changes: Changes) -> Intent {
        Intent::update(number(), changes)
    }

    #[test]
    fn each_write_asks_for_its_own_words() {
        let digits = Confirmation::Digits("4567".into());
        let cases = [
            (Intent::buy(&number(), Price::UNKNOWN, PriceSource::Row, None, None), digits.clone()),
            (update(Changes::switch(Switch::Inbound, false)), digits.clone()),
            (update(Changes { endpoint: Some(None), ..Changes::default() }), digits.clone()),
            (update(Changes { status: Some(Status::Inactive), ..Changes::default() }), digits.clone()),
            (update(Changes { status: Some(Status::Active), ..Changes::default() }), Confirmation::Yes),
            (update(Changes::switch(Switch::Outbound, false)), Confirmation::Yes),
            (Intent::Remove { before: Box::new(number()), how: Removal::Release }, digits),
            (
                Intent::Remove { before: Box::new(number()), how: Removal::Delete },
                Confirmation::Whole("+2348031234567".into()),
            ),
        ];
        for (intent, wanted) in cases {
            assert_eq!(Confirmation::of(&intent), wanted, "{intent}");
        }
    }

    #[test]
    fn one_letter_or_nothing_never_confirms() {
        for confirmation in [
            Confirmation::Digits("4567".into()),
            Confirmation::Yes,
            Confirmation::Whole("+2348031234567".into()),
        ] {
            for typed in ["", "y", " ", "4", "+"] {
                assert!(!confirmation.accepts(typed), "{confirmation:?} {typed:?}");
            }
        }
        assert!(Confirmation::Yes.accepts("yes"));
        assert!(Confirmation::Digits("4567".into()).accepts("4567"));
        assert!(Confirmation::Whole("+2348031234567".into()).accepts("+234 803 123 4567"));
        assert!(Confirmation::Whole("+2348031234567".into()).accepts("2348031234567"));
        assert!(!Confirmation::Whole("+2348031234567".into()).accepts("8031234567"));
    }

    #[test]
    fn a_record_without_a_number_is_confirmed_by_its_id() {
        let before = Box::new(Number::new(NumberId::new("rec-1"), NumberText::parse(" ")));
        for how in [Removal::Release, Removal::Delete] {
            let confirmation = Confirmation::of(&Intent::Remove { before: before.clone(), how });
            assert!(!confirmation.accepts("") && confirmation.accepts("rec-1"), "{confirmation:?}");
        }
    }

    #[test]
    fn what_breaks_is_named() {
        let names = Names::new([(EndpointId::new("ep"), "sales-bot".to_owned())]);
        let release = Intent::Remove { before: Box::new(number()), how: Removal::Release };
        let said = consequences(&release, &names).join("; ");
        for word in ["sales-bot", "sip:a@b", "inbound is on", "back on sale"] {
            assert!(said.contains(word), "{word} in {said}");
        }
        let off =
            consequences(&update(Changes { status: Some(Status::Inactive), ..Changes::default() }), &names);
        assert!(off.join("").contains("up to the server"), "no promise that it can be undone");
    }

    #[test]
    fn attaching_says_what_still_keeps_calls_away() {
        let mut before = number();
        before.switches[Switch::Inbound] = Some(false);
        let changes = Changes { endpoint: Some(Some(EndpointId::new("x"))), ..Changes::default() };
        let said = consequences(&Intent::update(before, changes), &Names::default());
        assert_eq!(said, ["calls still do not arrive: inbound calls are off"]);
    }
}
