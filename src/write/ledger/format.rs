//! Lines of the ledger on disk: one JSON object each, versioned, without secrets.
//!
//! ```text
//!   {"v":1,"id":…,"at":…,"boot":…,"up_ms":…,"by":…,"what":"purchase",…,"who":…}   the intent, before the request leaves
//!   {"v":1,"id":…,"at":…,"number_id":…}                        the record that an answer named
//!   {"v":1,"id":…,"at":…,"outcome":"bought",…}                 the outcome, after
//! ```
//!
//! `id` is the request's: what `x-request-id` said. `by` names the process that may still be
//! waiting for the answer, `who` the user of this machine whose process it is. `boot` and `up_ms` tell
//! when by the clock that nobody sets: how long a write may still happen hangs on it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::entry::{Ending, refusal};
use crate::api::{Error, Item, Purchase, Removal, RequestId};
use crate::phone::{Cents, Changes, E164, EndpointId, Kind, Number, NumberId, Price, Setting};
use crate::write::{Cause, Intent, Outcome, OutcomeKind, PriceSource, Reviewed, Uptime, line_of};

/// Version of the lines. A line of another version is kept and not understood.
const VERSION: u64 = 1;

/// What a line says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Record {
    /// Something is about to be sent.
    Begun {
        /// Id of the request.
        id: String,
        /// When.
        at: Timestamp,
        /// The process.
        by: String,
        /// When, by the clock that nobody sets.
        uptime: Option<Uptime>,
        /// The organization that was named.
        organization: Option<String>,
        /// What.
        intent: Box<Intent>,
    },
    /// An answer named the record that it is about.
    Named {
        /// Id of the request.
        id: String,
        /// The record.
        number: NumberId,
    },
    /// What became of it.
    Ended {
        /// Id of the request.
        id: String,
        /// How it ended.
        ending: Ending,
    },
    /// Somebody read the lines before it that can not be read here.
    Forgotten,
}

/// Who writes into a ledger.
#[derive(Debug, Clone, Default)]
pub(super) struct Author {
    /// The process.
    pub(super) by: String,
    /// The user of this machine.
    pub(super) who: String,
    /// The organization that was named.
    pub(super) organization: Option<String>,
}

/// A line as it stands in the file. What it says hangs on which of its fields are there: one struct
/// and no tagged enum, because numbers that are kept as they were written get lost in those.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Entered {
    v: u64,
    /// Id of the request.
    id: String,
    at: String,
    boot: Option<String>,
    up_ms: Option<u64>,
    by: Option<String>,
    organization: Option<String>,
    what: Option<What>,
    e164: Option<String>,
    inventory_id: Option<String>,
    offer_id: Option<String>,
    country: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    setup_cents: Option<i64>,
    monthly_cents: Option<i64>,
    endpoint_id: Option<String>,
    before: Option<Map<String, Value>>,
    changes: Option<Map<String, Value>>,
    undoes: Option<String>,
    completes: Option<String>,
    number_id: Option<String>,
    outcome: Option<String>,
    /// Of the answer.
    status: Option<u16>,
    code: Option<String>,
    said: Option<String>,
    forgets: Option<usize>,
    /// Last of an intent: of a line that was torn right behind what names the number, that is known.
    who: Option<String>,
}

/// What a write does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Purchase,
    Update,
    Release,
    Delete,
}

impl Entered {
    fn new(id: &str, at: Timestamp) -> Self {
        Self { v: VERSION, id: id.to_owned(), at: at.to_string(), ..Self::default() }
    }

    /// The line, with its newline. What is not known has no field.
    fn line(&self) -> String {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(fields) = &mut value {
            fields.retain(|_, value| !value.is_null());
        }
        format!("{value}\n")
    }
}

/// The line of an intent, with its newline.
pub(super) fn begun(id: &str, at: Timestamp, uptime: &Uptime, author: &Author, intent: &Intent) -> String {
    let (boot, up_ms) = uptime.to_note().map(|(boot, up)| (boot.to_owned(), up)).unzip();
    let entered = Entered {
        boot,
        up_ms,
        by: Some(author.by.clone()),
        who: Some(author.who.clone()),
        organization: author.organization.clone(),
        ..Entered::new(id, at)
    };
    let entered = match intent {
        Intent::Purchase { order, reviewed } => Entered {
            what: Some(What::Purchase),
            e164: line_of(order, reviewed).map(|line| line.to_string()),
            inventory_id: order.offer().map(ToString::to_string),
            offer_id: reviewed.offer.as_ref().map(ToString::to_string),
            country: reviewed.country.clone(),
            kind: reviewed.kind.as_ref().map(|kind| kind.wire().to_owned()),
            setup_cents: reviewed.price.setup.map(|cents| cents.0),
            monthly_cents: reviewed.price.monthly.map(|cents| cents.0),
            endpoint_id: order.endpoint.as_ref().map(ToString::to_string),
            ..entered
        },
        Intent::Update { before, changes, cause } => Entered {
            what: Some(What::Update),
            before: Some(before.known_settings()),
            changes: changes.body().as_object().cloned(),
            undoes: if let Cause::Undoes(entry) = cause { Some(entry.to_string()) } else { None },
            completes: if let Cause::Completes(entry) = cause { Some(entry.to_string()) } else { None },
            ..entered
        },
        Intent::Remove { before, how } => Entered {
            what: Some(if *how == Removal::Release { What::Release } else { What::Delete }),
            before: Some(before.known_settings()),
            ..entered
        },
    };
    entered.line()
}

/// The line of a record that an answer named, with its newline.
pub(super) fn named(id: &str, at: Timestamp, number: &NumberId) -> String {
    Entered { number_id: Some(number.to_string()), ..Entered::new(id, at) }.line()
}

/// The line of an outcome, with its newline.
pub(super) fn ended(id: &str, at: Timestamp, intent: &Intent, outcome: &Outcome) -> String {
    let ending = Ending::of(intent, outcome);
    let purchase = matches!(intent, Intent::Purchase { .. });
    let error = error_of(outcome);
    let entered = Entered {
        organization: ending.organization,
        e164: ending.line.map(|line| line.to_string()),
        number_id: ending.number.as_ref().map(ToString::to_string),
        outcome: Some(ending.outcome.wire(purchase).to_owned()),
        status: error.and_then(|error| error.status),
        code: error.and_then(|error| error.code.clone()),
        said: Some(ending.said),
        ..Entered::new(id, at)
    };
    entered.line()
}

/// The line of somebody who read `lines` that can not be read here, with its newline.
pub(super) fn forgotten(id: &str, at: Timestamp, lines: usize) -> String {
    Entered { forgets: Some(lines), ..Entered::new(id, at) }.line()
}

/// How each line of ours begins.
const BEGINNING: &str = "{\"v\":1,\"id\":\"";

/// Whether a line is the beginning of one of ours, as a crash leaves it that came before the line was
/// on the disk: what it announces was not sent.
pub(super) fn is_torn(text: &str) -> bool {
    let ours = text.starts_with(BEGINNING) || BEGINNING.starts_with(text);
    let json = serde_json::from_str::<serde::de::IgnoredAny>(text);
    ours && !text.contains('\0') && json.is_err_and(|error| error.is_eof())
}

/// Whether a line can not be read, and a write could hide in it that was sent.
pub(super) fn is_damaged(text: &str) -> bool {
    let blank = text.trim_matches([' ', '\t', '\r', '\u{feff}']).is_empty();
    !blank && read(text).is_none() && !is_torn(text)
}

/// The purchase that a torn line tells of, as far as it goes. It was most likely not sent, and a copy
/// of a file may end anywhere.
pub(super) fn torn(text: &str) -> Option<Record> {
    let ends = is_torn(text).then(|| text.match_indices(',').rev())?;
    let known = ends.into_iter().find_map(|(end, _)| {
        let closed = format!("{}}}", &text[..end]);
        serde_json::from_str::<serde::de::IgnoredAny>(&closed).ok().map(|_| closed)
    });
    match read(&known?)? {
        begun @ Record::Begun { .. } => Some(begun),
        Record::Named { .. } | Record::Ended { .. } | Record::Forgotten => None,
    }
}

/// Reads a line. `None` for a torn one, one of another version, one of somebody else.
pub(super) fn read(text: &str) -> Option<Record> {
    let line: Entered = serde_json::from_str(text).ok().filter(|line: &Entered| line.v == VERSION)?;
    let at = line.at.parse().ok()?;
    if let Some(outcome) = &line.outcome {
        let outcome = OutcomeKind::parse(outcome)?;
        let refusal = refusal(line.code.as_deref(), line.status);
        let ending = Ending {
            outcome,
            refusal: refusal.filter(|_| outcome == OutcomeKind::Refused),
            said: line.said.unwrap_or_default(),
            number: line.number_id.as_deref().map(NumberId::new),
            line: line.e164.as_deref().and_then(E164::parse),
            organization: line.organization,
        };
        return Some(Record::Ended { id: line.id, ending });
    }
    if line.forgets.is_some() {
        return Some(Record::Forgotten);
    }
    let Some(what) = line.what else {
        return Some(Record::Named { id: line.id, number: NumberId::new(line.number_id.as_deref()?) });
    };
    let before = || Some(Box::new(Number::from_json(line.before.as_ref()?)?));
    let intent = match what {
        What::Purchase => purchase(&line)?,
        What::Update => Intent::Update {
            before: before()?,
            changes: changes(line.changes.as_ref()?),
            cause: match (&line.undoes, &line.completes) {
                (Some(entry), _) => Cause::Undoes(RequestId::parse(entry)?),
                (None, Some(entry)) => Cause::Completes(RequestId::parse(entry)?),
                (None, None) => Cause::Asked,
            },
        },
        What::Release => Intent::Remove { before: before()?, how: Removal::Release },
        What::Delete => Intent::Remove { before: before()?, how: Removal::Delete },
    };
    let uptime = line.boot.zip(line.up_ms).map(|(boot, up)| Uptime::noted(boot, up));
    let (by, organization) = (line.by.unwrap_or_default(), line.organization);
    Some(Record::Begun { id: line.id, at, uptime, by, organization, intent: Box::new(intent) })
}

fn purchase(entered: &Entered) -> Option<Intent> {
    let line = entered.e164.as_deref().and_then(E164::parse);
    let price = Price { setup: entered.setup_cents.map(Cents), monthly: entered.monthly_cents.map(Cents) };
    let (country, kind) = (entered.country.clone(), entered.kind.as_deref().map(Kind::parse));
    let item = match &entered.inventory_id {
        Some(id) => Item::Inventory(NumberId::new(id)),
        None => Item::Line { e164: line?, country: country.clone()?, kind: kind.clone()?, price },
    };
    let order = Purchase { item, endpoint: entered.endpoint_id.as_deref().map(EndpointId::new) };
    let offer = entered.offer_id.as_deref().map(NumberId::new);
    let source = PriceSource::Row;
    let reviewed = Reviewed { line, offer, country, kind, price, source, price_at: None };
    Some(Intent::Purchase { order, reviewed })
}

fn changes(map: &Map<String, Value>) -> Changes {
    Setting::all().filter_map(|setting| setting.parse(map.get(setting.camel())?)).collect()
}

pub(super) fn error_of(outcome: &Outcome) -> Option<&Error> {
    match outcome {
        Outcome::Refused(error)
        | Outcome::NotSent(error)
        | Outcome::NotDone(error)
        | Outcome::Unknown { error, .. } => Some(error),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorKind;
    use crate::phone::{Field, NumberText, Status, Switch};

    fn number() -> Number {
        let mut n = Number::new(NumberId::new("n-1"), NumberText::parse("+2348031234567"));
        n.country = Some("NG".into());
        n.kind = Some(Kind::Mobile);
        n.status = Some(Status::Active);
        n.endpoint = Field::Null;
        n.switches[Switch::Inbound] = Some(true);
        n
    }

    fn author() -> Author {
        Author { by: "p".to_owned(), who: "ada".to_owned(), organization: Some("org-1".to_owned()) }
    }

    fn up() -> Uptime {
        Uptime::noted("b".to_owned(), 7)
    }

    fn intents() -> Vec<Intent> {
        let price = Price { setup: Some(Cents(500)), monthly: None };
        let changes = Changes {
            endpoint: Some(None),
            switches: Switch::Inbound.set(false),
            status: Some(Status::Inactive),
        };
        let attach = Changes { endpoint: Some(Some(EndpointId::new("e"))), ..Changes::default() };
        let by_line = Intent::Purchase {
            order: Purchase {
                item: Item::Line {
                    e164: E164::from_digits("2348031234567").unwrap(),
                    country: "NG".into(),
                    kind: Kind::Mobile,
                    price,
                },
                endpoint: None,
            },
            reviewed: Reviewed {
                line: E164::from_digits("2348031234567"),
                country: Some("NG".into()),
                kind: Some(Kind::Mobile),
                price,
                source: PriceSource::Row,
                price_at: None,
                offer: Some(NumberId::new("inv-2")),
            },
        };
        vec![
            Intent::buy(&number(), price, PriceSource::Row, None, Some(EndpointId::new("e"))),
            by_line,
            Intent::update(number(), changes),
            Intent::update(number(), attach.clone()),
            Intent::Update {
                before: Box::new(number()),
                changes: attach.clone(),
                cause: Cause::Undoes(RequestId::random()),
            },
            Intent::Update {
                before: Box::new(number()),
                changes: attach,
                cause: Cause::Completes(RequestId::random()),
            },
            Intent::Remove { before: Box::new(number()), how: Removal::Release },
            Intent::Remove { before: Box::new(number()), how: Removal::Delete },
        ]
    }

    #[test]
    fn an_intent_is_read_back_as_it_was_entered() {
        for intent in intents() {
            let line = begun("r-1", Timestamp::UNIX_EPOCH, &up(), &author(), &intent);
            assert_eq!(line.matches('\n').count(), 1, "one line");
            let read = read(&line).unwrap();
            let (id, at, by) = ("r-1".to_owned(), Timestamp::UNIX_EPOCH, "p".to_owned());
            let organization = Some("org-1".to_owned());
            let uptime = Some(up());
            assert_eq!(read, Record::Begun { id, at, uptime, by, organization, intent: Box::new(intent) });
        }
    }

    #[test]
    fn an_outcome_says_what_it_comes_to() {
        let lost = Error::new(ErrorKind::Timeout, "no answer");
        let cases = [
            (Outcome::Removed { found: false }, "bought"),
            (Outcome::Refused(lost.clone()), "refused"),
            (Outcome::NotDone(lost.clone()), "not_bought"),
            (Outcome::NotSent(lost.clone()), "not_bought"),
            (Outcome::Unknown { error: lost, why: "dark".into() }, "unknown"),
        ];
        for (outcome, word) in cases {
            let line = ended("r-1", Timestamp::UNIX_EPOCH, &intents()[0], &outcome);
            assert!(line.contains(&format!("\"outcome\":\"{word}\"")), "{line}");
            assert!(
                matches!(read(&line), Some(Record::Ended { ending, .. }) if ending.outcome == OutcomeKind::of(&outcome))
            );
        }
    }

    #[test]
    fn what_is_not_a_line_of_ours_is_not_understood() {
        let whole = begun("r-1", Timestamp::UNIX_EPOCH, &up(), &author(), &intents()[0]);
        for end in 0..whole.len() - 2 {
            assert_eq!(read(&whole[..end]), None, "torn after {end} bytes");
        }
        assert_eq!(read(&whole.replace("\"v\":1", "\"v\":2")), None);
        assert_eq!(read("[]"), None);
    }
}
