//! Lines of the ledger on disk: one JSON object each, versioned, without secrets.
//!
//! ```text
//!   {"v":1,"id":…,"at":…,"boot":…,"up_ms":…,"by":…,"who":…,"what":"purchase",…}   the intent, before the request leaves
//!   {"v":1,"id":…,"at":…,"number_id":…}                        the record that an answer named
//!   {"v":1,"id":…,"at":…,"outcome":"bought",…}                 the outcome, after
//! ```
//!
//! `id` is the request's: what `x-request-id` said. `by` names the process that may still be
//! waiting for the answer, `who` the user of this machine whose process it is. `boot` and `up_ms` tell
//! when by the clock that nobody sets: how long a write may still happen hangs on it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::entry::Ending;
use crate::api::{Error, Item, Purchase, Removal, RequestId};
use crate::phone::{Cents, Changes, E164, EndpointId, Kind, Number, NumberId, Price, Setting};
use crate::write::{Cause, Intent, Outcome, PriceSource, Reviewed, Uptime, Verdict, line_of};

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

/// The line of an intent, with its newline.
pub(super) fn begun(id: &str, at: Timestamp, uptime: &Uptime, author: &Author, intent: &Intent) -> String {
    let mut map = Map::new();
    map.insert("v".into(), json!(VERSION));
    map.insert("id".into(), json!(id));
    map.insert("at".into(), json!(at.to_string()));
    if let Some((boot, milliseconds)) = uptime.to_note() {
        map.insert("boot".into(), json!(boot));
        map.insert("up_ms".into(), json!(milliseconds));
    }
    map.insert("by".into(), json!(author.by));
    map.insert("who".into(), json!(author.who));
    map.insert("organization".into(), json!(author.organization));
    match intent {
        Intent::Purchase { order, reviewed } => {
            map.insert("what".into(), json!("purchase"));
            map.insert("e164".into(), json!(line_of(order, reviewed).map(|line| line.to_string())));
            if let Item::Inventory(id) = &order.item {
                map.insert("inventory_id".into(), json!(id.as_str()));
            }
            if let Some(id) = &reviewed.offer {
                map.insert("offer_id".into(), json!(id.as_str()));
            }
            map.insert("country".into(), json!(reviewed.country));
            map.insert("type".into(), json!(reviewed.kind.as_ref().map(Kind::wire)));
            map.insert("setup_cents".into(), json!(reviewed.price.setup.map(|cents| cents.0)));
            map.insert("monthly_cents".into(), json!(reviewed.price.monthly.map(|cents| cents.0)));
            map.insert("endpoint_id".into(), json!(order.endpoint.as_ref().map(EndpointId::as_str)));
        }
        Intent::Update { before, changes, cause } => {
            map.insert("what".into(), json!("update"));
            map.insert("before".into(), kept(before));
            map.insert("changes".into(), changes.body());
            match cause {
                Cause::Asked => None,
                Cause::Undoes(entry) => map.insert("undoes".into(), json!(entry.to_string())),
                Cause::Completes(entry) => map.insert("completes".into(), json!(entry.to_string())),
            };
        }
        Intent::Remove { before, how } => {
            let what = match how {
                Removal::Release => "release",
                Removal::Delete => "delete",
            };
            map.insert("what".into(), json!(what));
            map.insert("before".into(), kept(before));
        }
    }
    line(map)
}

/// The line of a record that an answer named, with its newline.
pub(super) fn named(id: &str, at: Timestamp, number: &NumberId) -> String {
    let mut map = Map::new();
    map.insert("v".into(), json!(VERSION));
    map.insert("id".into(), json!(id));
    map.insert("at".into(), json!(at.to_string()));
    map.insert("number_id".into(), json!(number.as_str()));
    line(map)
}

/// The line of an outcome, with its newline.
pub(super) fn ended(id: &str, at: Timestamp, intent: &Intent, verdict: &Verdict) -> String {
    let ending = Ending::of(intent, verdict);
    let mut map = Map::new();
    let purchase = matches!(intent, Intent::Purchase { .. });
    map.insert("v".into(), json!(VERSION));
    map.insert("id".into(), json!(id));
    map.insert("at".into(), json!(at.to_string()));
    map.insert("outcome".into(), json!(ending.outcome.wire(purchase)));
    if let Some(number) = &ending.number {
        map.insert("number_id".into(), json!(number.as_str()));
        map.insert("e164".into(), json!(ending.line.map(|line| line.to_string())));
    }
    if let Some(organization) = &ending.organization {
        map.insert("organization".into(), json!(organization));
    }
    if let Some(error) = error_of(verdict) {
        map.insert("status".into(), json!(error.status));
        map.insert("code".into(), json!(error.code));
    }
    map.insert("said".into(), json!(ending.said));
    line(map)
}

/// The line of somebody who read `lines` that can not be read here, with its newline.
pub(super) fn forgotten(id: &str, at: Timestamp, lines: usize) -> String {
    let mut map = Map::new();
    map.insert("v".into(), json!(VERSION));
    map.insert("id".into(), json!(id));
    map.insert("at".into(), json!(at.to_string()));
    map.insert("forgets".into(), json!(lines));
    line(map)
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
    let map: Map<String, Value> = serde_json::from_str(text).ok()?;
    if map.get("v")?.as_u64()? != VERSION {
        return None;
    }
    let text = |name: &str| map.get(name).and_then(Value::as_str);
    let id = text("id")?.to_owned();
    let at = text("at")?.parse().ok()?;
    let number_id = text("number_id").map(NumberId::new);
    let organization = text("organization").map(str::to_owned);
    if let Some(outcome) = text("outcome") {
        let ending = Ending {
            outcome: Outcome::parse(outcome)?,
            said: text("said").unwrap_or_default().to_owned(),
            number: number_id,
            line: text("e164").and_then(E164::parse),
            organization,
        };
        return Some(Record::Ended { id, ending });
    }
    if map.contains_key("forgets") {
        return Some(Record::Forgotten);
    }
    let Some(what) = text("what") else { return Some(Record::Named { id, number: number_id? }) };
    let by = text("by").unwrap_or_default().to_owned();
    let up = map.get("up_ms").and_then(Value::as_u64);
    let uptime = text("boot").zip(up).map(|(boot, up)| Uptime::noted(boot.to_owned(), up));
    let before = || Some(Box::new(Number::from_json(map.get("before")?.as_object()?)?));
    let intent = match what {
        "purchase" => purchase(&map)?,
        "update" => Intent::Update {
            before: before()?,
            changes: changes(map.get("changes")?.as_object()?),
            cause: match (text("undoes"), text("completes")) {
                (Some(entry), _) => Cause::Undoes(RequestId::parse(entry)?),
                (None, Some(entry)) => Cause::Completes(RequestId::parse(entry)?),
                (None, None) => Cause::Asked,
            },
        },
        "release" => Intent::Remove { before: before()?, how: Removal::Release },
        "delete" => Intent::Remove { before: before()?, how: Removal::Delete },
        _ => return None,
    };
    Some(Record::Begun { id, at, uptime, by, organization, intent: Box::new(intent) })
}

fn purchase(map: &Map<String, Value>) -> Option<Intent> {
    let text = |name: &str| map.get(name).and_then(Value::as_str);
    let cents = |name: &str| map.get(name).and_then(Value::as_i64).map(Cents);
    let line = text("e164").and_then(E164::parse);
    let price = Price { setup: cents("setup_cents"), monthly: cents("monthly_cents") };
    let (country, kind) = (text("country").map(str::to_owned), text("type").map(Kind::parse));
    let item = match text("inventory_id") {
        Some(id) => Item::Inventory(NumberId::new(id)),
        None => Item::Line { e164: line?, country: country.clone()?, kind: kind.clone()?, price },
    };
    let order = Purchase { item, endpoint: text("endpoint_id").map(EndpointId::new) };
    let offer = text("offer_id").map(NumberId::new);
    let source = PriceSource::Row;
    let reviewed = Reviewed { line, offer, country, kind, price, source, price_at: None };
    Some(Intent::Purchase { order, reviewed })
}

/// What is kept of a record: enough to compare it, and to put it back.
fn kept(number: &Number) -> Value {
    let mut map = number.to_json();
    let is_setting = |name: &str| Setting::all().any(|setting| setting.snake() == name);
    map.retain(|name, _| matches!(name.as_str(), "id" | "e164" | "country" | "type") || is_setting(name));
    Value::Object(map)
}

fn changes(map: &Map<String, Value>) -> Changes {
    Setting::all().filter_map(|setting| setting.parse(map.get(setting.camel())?)).collect()
}

fn error_of(verdict: &Verdict) -> Option<&Error> {
    match verdict {
        Verdict::Refused(error)
        | Verdict::NotSent(error)
        | Verdict::NotDone(error)
        | Verdict::Unknown { error, .. } => Some(error),
        _ => None,
    }
}

fn line(map: Map<String, Value>) -> String {
    let mut line = Value::Object(map).to_string();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ErrorKind;
    use crate::phone::{Field, Line, Status, Switch};

    fn number() -> Number {
        let mut n = Number::new(NumberId::new("n-1"), Line::parse("+2348031234567"));
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
            (Verdict::Removed { found: false }, "bought"),
            (Verdict::Refused(lost.clone()), "refused"),
            (Verdict::NotDone(lost.clone()), "not_bought"),
            (Verdict::NotSent(lost.clone()), "not_bought"),
            (Verdict::Unknown { error: lost, why: "dark".into() }, "unknown"),
        ];
        for (verdict, word) in cases {
            let line = ended("r-1", Timestamp::UNIX_EPOCH, &intents()[0], &verdict);
            assert!(line.contains(&format!("\"outcome\":\"{word}\"")), "{line}");
            assert!(
                matches!(read(&line), Some(Record::Ended { ending, .. }) if ending.outcome == Outcome::of(&verdict))
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
