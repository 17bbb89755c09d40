//! One thing that happened to a number: in a sentence, and as a record, for screen and command alike.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::history::{Aspect, ChangeAuthor, CheckResult, CheckTurn, Fact, NumberChange};
use crate::api::{Removal, RequestId};
use crate::phone::{Call, CallDirection, EndpointId, HangupCause, Names, NumberId, NumberText, SettingValue};
use crate::write::{Entry, Intent, OutcomeKind};

/// The names of a record, in order.
pub const HISTORY_HEADS: &[&str] =
    &["at", "not_before", "kind", "number", "id", "what", "before", "after", "by", "entry"];

/// What sort of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryKind {
    /// The server was seen to hold something else.
    Change,
    /// Something was written from here.
    Write,
    /// A check of a route came to something else.
    Check,
    /// The server recorded a call.
    Call,
}

impl HistoryKind {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Change, Self::Write, Self::Check, Self::Call];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Write => "write",
            Self::Check => "check",
            Self::Call => "call",
        }
    }
}

/// A value before or after: for people, and for programs.
type Shown = (String, Value);

/// Something that happened to a number.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEvent {
    /// When it was seen, written or checked.
    pub at: Timestamp,
    not_before: Option<Timestamp>,
    /// What sort of thing it is.
    pub kind: HistoryKind,
    /// The telephone number.
    pub line: NumberText,
    /// The record; `None` where a purchase does not know it.
    pub id: Option<NumberId>,
    what: String,
    /// What it was and is; of what is no value nothing.
    values: Option<(Shown, Shown)>,
    author: Option<ChangeAuthor>,
}

impl HistoryEvent {
    /// A change that was seen.
    pub fn of_change(change: &NumberChange, names: &Names) -> Self {
        let shown = |fact: &Fact| (fact.words(change.aspect, names), fact.to_json());
        let has_values = !matches!(change.aspect, Aspect::New | Aspect::Gone | Aspect::Back);
        Self {
            at: change.not_after,
            not_before: change.not_before,
            kind: HistoryKind::Change,
            line: change.line.clone(),
            id: Some(change.number.clone()),
            what: change.aspect.name().to_owned(),
            values: has_values.then(|| (shown(&change.before), shown(&change.after))),
            author: Some(change.author),
        }
    }

    /// A check that turned.
    pub fn of_turn(turn: &CheckTurn) -> Self {
        let shown = |result: Option<CheckResult>| match result.map(CheckResult::words) {
            Some(words) => (words.clone(), Value::from(words)),
            None => ("not checked".to_owned(), Value::Null),
        };
        Self {
            at: turn.at,
            not_before: None,
            kind: HistoryKind::Check,
            line: turn.line.clone(),
            id: Some(turn.number.clone()),
            what: "route".to_owned(),
            values: Some((shown(turn.before), shown(Some(turn.after)))),
            author: None,
        }
    }

    /// Routes of several numbers that turned alike, for they are behind one server. One alone is named.
    pub fn of_routes(
        at: Timestamp,
        server: &str,
        (before, after): (CheckResult, CheckResult),
        numbers: &[(NumberId, NumberText)],
    ) -> Self {
        let shown = |result: CheckResult| (result.words(), Value::from(result.words()));
        let (id, line, what) = match numbers {
            [(id, line)] => (Some(id.clone()), line.clone(), "route".to_owned()),
            several => {
                (None, NumberText::parse(""), format!("route of {} numbers at {server}", several.len()))
            }
        };
        let values = Some((shown(before), shown(after)));
        Self { at, not_before: None, kind: HistoryKind::Check, line, id, what, values, author: None }
    }

    /// A call that the server recorded.
    pub fn of_call(call: &Call, (id, line): (&NumberId, &NumberText), names: &Names) -> Self {
        let inbound = call.direction == CallDirection::Inbound;
        let endpoint = call.endpoint.as_ref();
        let routed = endpoint.filter(|_| inbound).map(|id| names.of(id).unwrap_or(EndpointId::as_str(id)));
        let routed = routed.map_or(String::new(), |name| format!(", at {name}"));
        let other = format!("{} {}", if inbound { "from" } else { "to" }, call.other);
        let facts = json!({
            "id": call.id,
            "other": call.other.to_string(),
            "status": call.status.words(),
            "cause": call.cause.as_ref().map(HangupCause::words),
            "seconds": call.lasted.map(|lasted| lasted.as_secs()),
            "endpoint_id": endpoint.map(EndpointId::as_str),
        });
        Self {
            at: call.at,
            not_before: None,
            kind: HistoryKind::Call,
            line: line.clone(),
            id: Some(id.clone()),
            what: format!("{} call", call.direction.name()),
            values: Some(((other, Value::Null), (format!("{}{routed}", call.ending()), facts))),
            author: None,
        }
    }

    /// A write of ours: a row for each setting.
    pub fn of_entry(entry: &Entry, names: &Names) -> Vec<Self> {
        let outcome = entry.outcome_word().replace('_', " ");
        let is_done = entry.outcome == Some(OutcomeKind::Done);
        let one = |what: &str, line: NumberText, id: Option<NumberId>, values| Self {
            at: entry.at,
            not_before: None,
            kind: HistoryKind::Write,
            line,
            id,
            what: if is_done { what.to_owned() } else { format!("{what}, {outcome}") },
            values,
            author: Some(ChangeAuthor::Us(entry.id)),
        };
        match &entry.intent {
            Intent::Purchase { .. } => {
                let line = entry.e164().map_or(NumberText::parse(""), NumberText::Valid);
                vec![one("purchase", line, entry.number.clone(), None)]
            }
            Intent::Remove { before, how } => {
                let what = if *how == Removal::Release { "release" } else { "delete" };
                vec![one(what, before.line.clone(), Some(before.id.clone()), None)]
            }
            Intent::Update { before, changes, .. } => {
                let row = |value: SettingValue| {
                    let setting = value.setting();
                    let was = setting.of(before);
                    let was = was.map_or(("unknown".to_owned(), Value::Null), |was| shown(&was, names));
                    let values = Some((was, shown(&value, names)));
                    one(setting.name(), before.line.clone(), Some(before.id.clone()), values)
                };
                changes.values().map(row).collect()
            }
        }
    }

    /// The entry of the ledger that made it, where it was ours.
    pub fn entry(&self) -> Option<RequestId> {
        match self.author {
            Some(ChangeAuthor::Us(id)) => Some(id),
            _ => None,
        }
    }

    fn by(&self) -> Option<&'static str> {
        match self.author? {
            ChangeAuthor::Us(_) => Some("us"),
            ChangeAuthor::Elsewhere => Some("elsewhere"),
            ChangeAuthor::Unclear => None,
        }
    }

    /// For programs.
    pub fn document(&self) -> Value {
        let number = self.line.to_string();
        let values = self.values.as_ref();
        json!({
            "at": self.at.to_string(),
            "not_before": self.not_before.map(|at| at.to_string()),
            "kind": self.kind.name(),
            "number": Some(number).filter(|number| !number.is_empty()),
            "id": self.id.as_ref().map(NumberId::as_str),
            "what": self.what,
            "before": values.map(|(before, _)| &before.1),
            "after": values.map(|(_, after)| &after.1),
            "by": self.by(),
            "entry": self.entry().map(|id| id.to_string()),
        })
    }

    /// The same as cells.
    pub fn cells(&self) -> Vec<String> {
        let text = |value: Option<&Value>| match value {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Bool(on)) => if *on { "on" } else { "off" }.to_owned(),
            Some(other) => other.to_string(),
        };
        let document = self.document();
        HISTORY_HEADS.iter().map(|name| text(document.get(name))).collect()
    }

    /// In a sentence: local times where a zone is given, else UTC.
    pub fn words(&self, zone: Option<&TimeZone>) -> Vec<String> {
        let number = if zone.is_some() { self.line.grouped() } else { self.line.to_string() };
        let id = || self.id.as_ref().map(ToString::to_string).unwrap_or_default();
        let number = if number.is_empty() { id() } else { number };
        vec![time(self.at, None, zone), number, self.sentence(zone)]
    }

    /// Whose it was; `None` for a check and for a call.
    pub fn author(&self) -> Option<ChangeAuthor> {
        self.author
    }

    /// What it was, without when and whose: `endpoint sales-bot → none`.
    pub fn in_brief(&self) -> String {
        let kind = if self.kind == HistoryKind::Write { "wrote " } else { "" };
        let values = self.values.as_ref();
        let link = if self.kind == HistoryKind::Call { ": " } else { " → " };
        let values =
            values.map(|(before, after)| format!(" {}{link}{}", before.0, after.0)).unwrap_or_default();
        format!("{kind}{}{values}", self.what)
    }

    /// In a sentence: `endpoint sales-bot → none, between 13:40 and 14:02, not from here`.
    pub fn sentence(&self, zone: Option<&TimeZone>) -> String {
        let what = self.in_brief();
        let until = time(self.at, Some(self.not_before.unwrap_or(self.at)), zone);
        let when = match (self.kind, self.not_before) {
            (HistoryKind::Change, Some(from)) => {
                format!(", between {} and {until}", time(from, Some(self.at), zone))
            }
            (HistoryKind::Change, None) => format!(", before {until}"),
            _ => String::new(),
        };
        let whose = match self.author.filter(|_| self.kind == HistoryKind::Change) {
            Some(ChangeAuthor::Us(_)) => ", from here",
            Some(ChangeAuthor::Elsewhere) => ", not from here",
            Some(ChangeAuthor::Unclear) => ", from here or elsewhere",
            None => "",
        };
        // By its id the support of the server finds a call.
        let call = self.values.as_ref().and_then(|(_, after)| after.1.get("id")?.as_str());
        let call = call.map_or(String::new(), |id| format!(" ({id})"));
        format!("{what}{when}{whose}{call}")
    }
}

/// A setting as it is shown; an endpoint by its name, where one is known.
fn shown(value: &SettingValue, names: &Names) -> Shown {
    (names.value(value), value.to_json())
}

/// A time for people where there is a zone, as short as it can be beside another one.
fn time(at: Timestamp, beside: Option<Timestamp>, zone: Option<&TimeZone>) -> String {
    let Some(zone) = zone else { return format!("{at:.0}") };
    let local = |at: Timestamp| at.to_zoned_datetime(zone.clone());
    let is_same = |form: &str| {
        beside.is_some_and(|other| {
            local(other).strftime(form).to_string() == local(at).strftime(form).to_string()
        })
    };
    let form = match beside {
        Some(other) if other != at && is_same("%Y-%m-%d %H:%M") => "%H:%M:%S",
        Some(_) if is_same("%Y-%m-%d") => "%H:%M",
        _ => "%Y-%m-%d %H:%M",
    };
    local(at).strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-03-{text}Z").parse().unwrap()
    }

    fn change(not_before: Option<&str>, author: ChangeAuthor) -> NumberChange {
        NumberChange {
            number: NumberId::new("n"),
            line: NumberText::parse("+2348031234567"),
            aspect: Aspect::Setting(crate::phone::Setting::Endpoint),
            before: Fact::Text("ep_1".into()),
            after: Fact::Null,
            not_before: not_before.map(at),
            not_after: at("03T12:02:00"),
            author,
        }
    }

    #[test]
    fn a_change_is_one_sentence_with_both_times_and_whose_it_was() {
        let names = Names::new([(EndpointId::new("ep_1"), "sales-bot".to_owned())]);
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let said = |not_before, author| {
            let event = HistoryEvent::of_change(&change(not_before, author), &names);
            event.words(Some(&zone)).join(" | ")
        };
        let start = "2026-03-03 14:02 | +234 803 123 4567 | endpoint sales-bot → none";
        for (not_before, author, end) in [
            (Some("03T11:40:00"), ChangeAuthor::Elsewhere, "between 13:40 and 14:02, not from here"),
            (Some("03T12:01:59"), ChangeAuthor::Elsewhere, "between 14:01 and 14:02, not from here"),
            (Some("03T12:02:00"), ChangeAuthor::Unclear, "between 14:02 and 14:02, from here or elsewhere"),
            (None, ChangeAuthor::Us(RequestId::random()), "before 14:02, from here"),
            (
                Some("02T11:40:00"),
                ChangeAuthor::Elsewhere,
                "between 2026-03-02 13:40 and 2026-03-03 14:02, not from here",
            ),
        ] {
            assert_eq!(said(not_before, author), format!("{start}, {end}"));
        }
    }

    #[test]
    fn a_call_is_told_with_its_end_and_without_its_caller() {
        let call = Call {
            id: Some("call_9".into()),
            at: at("03T12:02:00"),
            direction: CallDirection::Inbound,
            other: crate::phone::MaskedNumber::of("+4915112345678"),
            status: crate::phone::CallStatus::NoAnswer,
            cause: Some(HangupCause::Timeout),
            answered: None,
            lasted: None,
            endpoint: Some(EndpointId::new("ep_1")),
        };
        let names = Names::new([(EndpointId::new("ep_1"), "sales-bot".to_owned())]);
        let of = (&NumberId::new("n"), &NumberText::parse("+2348031234567"));
        let event = HistoryEvent::of_call(&call, of, &names);
        assert_eq!(
            event.words(None).join(" | "),
            "2026-03-03T12:02:00Z | +2348031234567 | inbound call from ***78: no answer, timeout, at sales-bot \
             (call_9)"
        );
        let document = event.document();
        assert_eq!((&document["what"], &document["before"]), (&json!("inbound call"), &Value::Null));
        assert_eq!(document["after"]["status"], "no answer");
        assert!(!document.to_string().contains("4915112345678"));
    }

    #[test]
    fn a_record_has_the_same_names_whatever_it_is() {
        let id = RequestId::random();
        let event = HistoryEvent::of_change(&change(None, ChangeAuthor::Us(id)), &Names::default());
        let document = event.document();
        let names: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, HISTORY_HEADS);
        assert_eq!((&document["by"], &document["after"]), (&json!("us"), &Value::Null));
        assert_eq!(event.cells()[6..], ["ep_1", "", "us", &id.to_string()]);
    }
}
