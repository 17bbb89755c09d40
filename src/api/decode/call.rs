//! The calls of a number. Not in the contract; the service's pages have two shapes for them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::envelope;
use super::redact::without_secrets;
use crate::phone::{
    Call, CallDirection, CallStatus, EndpointId, HangupCause, MaskedNumber, NumberId, NumberText, Written,
    clean, id_without_caller, without_callers,
};

/// How a server counts its pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum PageStyle {
    /// By pages, from 1.
    Page,
    /// By rows.
    Offset,
}

/// A page of calls.
#[derive(Debug, PartialEq)]
pub(in crate::api) struct CallPage {
    /// Those of the number that was asked for, as they came.
    pub(in crate::api) calls: Vec<Call>,
    /// Rows on the page, of whatever number.
    pub(in crate::api) received: usize,
    /// Rows that are no call with a time.
    pub(in crate::api) odd: usize,
    /// Whether the oldest of them comes first.
    pub(in crate::api) ascends: bool,
    /// Rows on all pages, where the server says it.
    pub(in crate::api) total: Option<u64>,
    /// The server says that more follow.
    pub(in crate::api) more: bool,
    /// How the next page is asked for.
    pub(in crate::api) style: PageStyle,
}

/// Reads a page of the calls of a number, bare or under `data`, `calls` or `items`. Rows that are of another
/// number do not count: some servers ignore a filter that they do not know. A list in which nothing looks like
/// a call is an error, because it is a list of something else.
pub(in crate::api) fn calls(body: &[u8], id: &NumberId, line: &NumberText) -> Result<CallPage, NoCalls> {
    let value = envelope::parsed(body).map_err(|_| NoCalls::Broken)?;
    let rows = envelope::rows(&value, &["calls"]).ok_or(NoCalls::Other)?;
    let objects: Vec<&Map<String, Value>> = rows.iter().filter_map(Value::as_object).collect();
    if !rows.is_empty() && !objects.iter().any(|row| is_call(row)) {
        return Err(NoCalls::Other);
    }
    let times: Vec<Timestamp> = objects.iter().filter_map(|row| began(row)).collect();
    let own = line.digits();
    let mut page = CallPage {
        calls: Vec::new(),
        received: rows.len(),
        odd: rows.len() - objects.len(),
        ascends: times.first().zip(times.last()).is_some_and(|(first, last)| first < last),
        total: envelope::number(&value, &["total", "total_count"]),
        more: envelope::says_more(&value),
        style: match envelope::number(&value, &["page", "total_pages"]) {
            Some(_) => PageStyle::Page,
            None => PageStyle::Offset,
        },
    };
    for row in objects {
        match call(row, id, &own) {
            CallRow::OfNumber(call) => page.calls.push(*call),
            CallRow::Foreign => {}
            CallRow::Odd => page.odd += 1,
        }
    }
    Ok(page)
}

/// Why there are no calls in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum NoCalls {
    /// It broke, which says nothing of the server.
    Broken,
    /// It is an answer of another sort: the server does not list calls.
    Other,
}

/// What a row is.
enum CallRow {
    OfNumber(Box<Call>),
    /// A call of another number.
    Foreign,
    /// No call, or one that nobody can place in time.
    Odd,
}

const FROM: [&str; 3] = ["from_number", "from", "caller_number"];
const TO: [&str; 3] = ["to_number", "to", "called_number"];

/// Statistics have a direction, too, and numbers a status.
fn is_call(row: &Map<String, Value>) -> bool {
    let has = |names: &[&str]| names.iter().any(|name| row.contains_key(*name));
    row.contains_key("status") && (has(&FROM) && has(&TO) || row.contains_key("direction"))
}

/// When a call began.
fn began(row: &Map<String, Value>) -> Option<Timestamp> {
    let names = ["created_at", "started_at", "start_time", "initiated_at"];
    names.into_iter().find_map(|name| row.get(name).and_then(moment))
}

fn call(row: &Map<String, Value>, id: &NumberId, own: &str) -> CallRow {
    let text = |names: &[&str]| names.iter().find_map(|name| row.get(*name).and_then(Value::as_str));
    // A word of the server that is shown: short, and nothing of an address that is a secret.
    let said = |names: &[&str], most: usize| {
        let said = text(names).filter(|said| !said.is_empty())?;
        Some(clean(without_secrets(said).as_deref().unwrap_or(said), most))
    };
    let word = |names: &[&str]| said(names, 60).map(|word| without_callers(&word));
    let (from, to) = (text(&FROM).unwrap_or_default(), text(&TO).unwrap_or_default());
    let is_own = |told: &str| {
        let user = told.split('@').next().unwrap_or_default();
        let user =
            ["sip:", "sips:", "tel:"].iter().find_map(|scheme| user.strip_prefix(scheme)).unwrap_or(user);
        !own.is_empty()
            && Written::parse(user).is_some_and(|written| written.readings().iter().any(|one| one == own))
    };
    let record = text(&["phone_number_id"]).map(|said| NumberId::new(said).is_same(id));
    if record != Some(true) && !is_own(from) && !is_own(to) {
        return if is_call(row) { CallRow::Foreign } else { CallRow::Odd };
    }
    let told = match text(&["direction"]).map(str::to_ascii_lowercase) {
        Some(said) if said.starts_with("out") => Some(CallDirection::Outbound),
        Some(said) if said.starts_with("in") => Some(CallDirection::Inbound),
        _ => None,
    };
    let seen = match (is_own(from), is_own(to)) {
        (false, true) => Some(CallDirection::Inbound),
        (true, false) => Some(CallDirection::Outbound),
        _ => None,
    };
    // Between two numbers of one organization there is a row for each end.
    if record == Some(false) && told.is_some() && told != seen {
        return CallRow::Foreign;
    }
    let Some(direction) = seen.or(told) else { return CallRow::Odd };
    let Some(began) = began(row) else { return CallRow::Odd };
    let Some(status) = word(&["status"]) else { return CallRow::Odd };
    let other = if direction == CallDirection::Inbound { from } else { to };
    CallRow::OfNumber(Box::new(Call {
        id: said(&["id", "call_id"], 200)
            .or_else(|| row.get("id").filter(|id| id.is_number()).map(Value::to_string))
            .map(|id| id_without_caller(&id).into()),
        at: began,
        direction,
        other: MaskedNumber::of(other),
        status: CallStatus::parse(&status),
        cause: word(&["hangup_cause", "hangup_reason", "end_reason", "cause"])
            .map(|cause| HangupCause::parse(&cause)),
        answered: row.get("answered_at").map(|at| !at.is_null()),
        lasted: ["duration", "duration_seconds"].into_iter().find_map(|name| seconds(row.get(name)?)),
        endpoint: said(&["endpoint_id"], 200).map(|id| EndpointId::new(&id_without_caller(&id))),
    }))
}

/// A point in time: RFC 3339, or seconds or milliseconds since 1970. One without a zone is not guessed at.
fn moment(value: &Value) -> Option<Timestamp> {
    /// As seconds it would be the year 5138.
    const MILLISECONDS: f64 = 1e11;
    let number = match value {
        Value::String(text) => match text.parse() {
            Ok(at) => return Some(at),
            Err(_) => text.trim().parse::<f64>().ok()?,
        },
        value => value.as_f64()?,
    };
    let seconds = if number >= MILLISECONDS { number / 1000.0 } else { number };
    let since = SignedDuration::try_from_secs_f64(seconds).ok().filter(SignedDuration::is_positive)?;
    Timestamp::UNIX_EPOCH.checked_add(since).ok()
}

/// A length of up to a day; more is another unit.
fn seconds(value: &Value) -> Option<SignedDuration> {
    const DAY: f64 = 86_400.0;
    let seconds = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    (0.0..=DAY).contains(&seconds).then(|| SignedDuration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LINE: &str = "+2348031234567";

    fn read(body: &Value) -> Result<CallPage, NoCalls> {
        calls(body.to_string().as_bytes(), &NumberId::new("pn_1"), &NumberText::parse(LINE))
    }

    fn row() -> Value {
        json!({
            "id": "call_1", "from_number": "+4915112345678", "to_number": LINE, "direction": "inbound",
            "status": "busy", "hangup_cause": "busy", "duration": 0, "cost_cents": 0, "endpoint_id": "ep_1",
            "phone_number_id": "pn_1", "recording_url": "https://r.example/hunter2", "transcript": "hunter2",
            "created_at": "2026-03-03T10:00:00Z", "answered_at": null, "completed_at": "2026-03-03T10:00:05Z"
        })
    }

    #[test]
    fn both_documented_shapes_hold_the_same_calls() {
        let bare = read(&json!([row()])).unwrap();
        for (body, style) in [
            (json!({"calls": [row()], "total": 1, "limit": 50, "offset": 0}), PageStyle::Offset),
            (json!({"data": [row()], "total": 1, "page": 1, "limit": 20, "total_pages": 1}), PageStyle::Page),
        ] {
            let page = read(&body).unwrap();
            assert_eq!((&page.calls, page.total, page.style), (&bare.calls, Some(1), style));
        }
        let call = &bare.calls[0];
        assert_eq!((call.direction, &call.status), (CallDirection::Inbound, &CallStatus::Busy));
        assert_eq!((call.other.to_string().as_str(), call.ending().as_str()), ("***78", "busy"));
    }

    #[test]
    fn neither_callers_nor_what_was_said_is_kept() {
        let page = read(&json!([row()])).unwrap();
        let shown = format!("{page:?}");
        for secret in ["hunter2", "4915112345678", "12345678", "r.example"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }

    #[test]
    fn a_server_that_ignores_the_filter_shows_no_call_of_another_number() {
        let mut other = row();
        other["phone_number_id"] = json!("pn_2");
        other["to_number"] = json!("+2348030000000");
        let page = read(&json!([other, row()])).unwrap();
        assert_eq!((page.calls.len(), page.received, page.odd), (1, 2, 0));
        // By the number where the record has another id here than in its list.
        let mut renamed = row();
        renamed["phone_number_id"] = json!("another-form");
        assert_eq!(read(&json!([renamed])).unwrap().calls.len(), 1);
    }

    #[test]
    fn which_way_a_call_went_is_told_by_its_ends_first() {
        let mut out = row();
        (out["from_number"], out["to_number"]) = (json!(LINE), json!("+4915112345678"));
        out["direction"] = json!("inbound");
        let call = read(&json!([out])).unwrap().calls.remove(0);
        assert_eq!((call.direction, call.other.to_string().as_str()), (CallDirection::Outbound, "***78"));
    }

    #[test]
    fn a_list_of_something_else_is_no_list_of_calls() {
        let number =
            json!({"id": "pn_1", "e164": LINE, "status": "active", "created_at": "2026-03-03T10:00:00Z"});
        for body in [
            json!([number]),
            json!({"phone_numbers": [number]}),
            json!({}),
            json!(null),
            json!({"calls": {}}),
            json!({"success": false, "calls": []}),
            json!([1, "x"]),
            json!({"data": [{"date": "2026-03-03", "direction": "inbound", "count": 4}]}),
        ] {
            assert!(read(&body).is_err(), "{body}");
        }
        assert_eq!(read(&json!([])).unwrap().received, 0);
    }

    #[test]
    fn a_row_without_time_or_status_is_counted_and_guessed_at_by_nobody() {
        for (field, value) in [
            ("created_at", json!("yesterday")),
            ("created_at", json!(null)),
            ("status", json!(null)),
            ("status", json!("")),
        ] {
            let mut odd = row();
            odd[field] = value;
            let page = read(&json!([odd, row(), 7])).unwrap();
            assert_eq!((page.calls.len(), page.odd), (1, 2), "{field}");
        }
        for time in
            [json!(1_772_532_000), json!(1_772_532_000_000_i64), json!("1772532000"), json!(1_772_532_000.0)]
        {
            let mut odd = row();
            (odd["duration"], odd["created_at"]) = (json!(34_000_000), time);
            let call = read(&json!([odd])).unwrap().calls.remove(0);
            assert_eq!((call.lasted, call.at.to_string().as_str()), (None, "2026-03-03T10:00:00Z"));
        }
    }
}
