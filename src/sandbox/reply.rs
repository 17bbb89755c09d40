//! What goes back: records, refusals, and the JSON they are written in.
//!
//! The shape of every body is decided here and in `guide` below, and nowhere else. Lists are written
//! by hand, straight from database columns into bytes: a page of a hundred rows of the contract costs
//! no allocation per row.

mod guide;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::calls::{CallsOfNumber, SandboxCall};
use super::dialect::{IdOf, SandboxDialect};
use super::place::Place;
use super::shelf::Page;
use super::switches::Switches;

/// An answer, before the headers that every answer has.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
    /// For 405: what would be accepted.
    pub(super) allow: Option<&'static str>,
}

impl Reply {
    /// JSON with a status.
    pub(super) fn json(status: StatusCode, body: Vec<u8>) -> Self {
        Self { status, body, allow: None }
    }
}

/// A record that an organization owns, borrowed from the database.
#[derive(Debug)]
pub(super) struct Owned<'a> {
    pub(super) place: &'a Place,
    pub(super) id: &'a str,
    pub(super) e164: &'a str,
    pub(super) country: &'a str,
    pub(super) kind: &'a str,
    pub(super) status: &'a str,
    pub(super) endpoint: Option<&'a str>,
    pub(super) switches: Switches,
    pub(super) organization: &'a str,
    pub(super) created_at: &'a str,
    pub(super) updated_at: &'a str,
}

/// The commercial side of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    pub(super) setup_cents: i64,
    pub(super) monthly_cents: i64,
    /// Whether the API tells the price.
    pub(super) priced: bool,
    pub(super) voice: bool,
    pub(super) sms: bool,
    pub(super) fax: bool,
}

/// A line that is for sale, borrowed from the database.
#[derive(Debug)]
pub(super) struct ForSale<'a> {
    pub(super) id: &'a str,
    pub(super) e164: &'a str,
    pub(super) country: &'a str,
    pub(super) kind: &'a str,
    pub(super) offer: Offer,
}

/// A SIP password, as far as the asker may see it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Password<'a> {
    /// The role may not see it: no field.
    Hidden,
    /// `None`: null, no password is set.
    Shown(Option<&'a str>),
}

/// An endpoint (not in the contract).
#[derive(Debug)]
pub(super) struct Endpoint<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
    pub(super) status: &'a str,
    pub(super) url: &'a str,
}

/// An array, element by element.
#[derive(Debug)]
pub(super) struct Array(Vec<u8>);

impl Array {
    /// With room for so many elements.
    pub(super) fn with_capacity(elements: usize) -> Self {
        let mut out = Vec::with_capacity(elements.min(100) * 450 + 2);
        out.push(b'[');
        Self(out)
    }

    /// The bytes to write the next element to.
    pub(super) fn next(&mut self) -> &mut Vec<u8> {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        &mut self.0
    }

    /// The whole array.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.0.push(b']');
        self.0
    }

    /// The whole array as a dialect sends a list: bare, or under `name` in an envelope that says
    /// how many rows there are on all pages.
    pub(super) fn listed(self, dialect: SandboxDialect, name: &str, total: usize, page: &Page) -> Vec<u8> {
        let rows = self.finish();
        match dialect {
            SandboxDialect::OpenApi => rows,
            SandboxDialect::Guide => guide::envelope(&rows, name, total, page),
        }
    }
}

/// Writes a `PhoneNumber` that is owned.
pub(super) fn owned(out: &mut Vec<u8>, dialect: SandboxDialect, number: &Owned<'_>) {
    out.push(b'{');
    match dialect {
        SandboxDialect::OpenApi => owned_fields(out, number),
        SandboxDialect::Guide => guide::owned_fields(out, number),
    }
    out.push(b'}');
}

/// Writes a record in the guide's detail, which names the endpoint and has no SIP credentials.
pub(super) fn guide_detail(
    out: &mut Vec<u8>,
    number: &Owned<'_>,
    offer: Offer,
    endpoint: Option<&Endpoint<'_>>,
) {
    out.push(b'{');
    guide::owned_fields(out, number);
    guide::detail_fields(out, offer, endpoint);
    out.push(b'}');
}

/// Writes a `PhoneNumberDetail` that is owned.
pub(super) fn owned_detail(out: &mut Vec<u8>, number: &Owned<'_>, offer: Offer, password: Password<'_>) {
    out.push(b'{');
    owned_fields(out, number);
    out.extend_from_slice(b",\"sip_credentials\":{\"sip_domain\":");
    string(out, &number.place.host());
    out.extend_from_slice(b",\"sip_port\":");
    integer(out, i64::from(number.place.port(number.e164)));
    out.extend_from_slice(b",\"sip_username\":");
    string(out, number.e164.trim_start_matches('+'));
    if let Password::Shown(password) = password {
        out.extend_from_slice(b",\"sip_password\":");
        string_or_null(out, password);
    }
    out.extend_from_slice(b"},\"inventory\":");
    inventory(out, offer);
    out.push(b'}');
}

fn owned_fields(out: &mut Vec<u8>, number: &Owned<'_>) {
    line_fields(out, number.id, number.e164, number.country, number.kind);
    out.extend_from_slice(b",\"status\":");
    string(out, number.status);
    out.extend_from_slice(b",\"endpoint_id\":");
    string_or_null(out, number.endpoint);
    number.switches.write(out);
    out.extend_from_slice(b",\"sip_uri\":\"sip:");
    out.extend_from_slice(number.e164.as_bytes());
    out.push(b'@');
    out.extend_from_slice(number.place.host().as_bytes());
    out.push(b':');
    integer(out, i64::from(number.place.port(number.e164)));
    out.extend_from_slice(b"\",\"organization_id\":");
    string(out, number.organization);
    out.extend_from_slice(b",\"created_at\":");
    string(out, number.created_at);
    out.extend_from_slice(b",\"updated_at\":");
    string(out, number.updated_at);
}

/// Writes a `PhoneNumber` that is for sale, in a list or alone. What only an owner decides (status,
/// endpoint, permissions, addresses) it does not have yet; its `id` is the inventory id.
pub(super) fn for_sale(out: &mut Vec<u8>, dialect: SandboxDialect, line: &ForSale<'_>) {
    out.push(b'{');
    match dialect {
        SandboxDialect::OpenApi => {
            line_fields(out, line.id, line.e164, line.country, line.kind);
            out.extend_from_slice(b",\"inventory\":");
            inventory(out, line.offer);
        }
        SandboxDialect::Guide => guide::for_sale_fields(out, line),
    }
    out.push(b'}');
}

fn line_fields(out: &mut Vec<u8>, id: &str, e164: &str, country: &str, kind: &str) {
    out.extend_from_slice(b"\"id\":");
    string(out, id);
    out.extend_from_slice(b",\"e164\":");
    string(out, e164);
    out.extend_from_slice(b",\"country\":");
    string(out, country);
    out.extend_from_slice(b",\"type\":");
    string(out, kind);
}

fn inventory(out: &mut Vec<u8>, offer: Offer) {
    out.push(b'{');
    if offer.priced {
        out.extend_from_slice(b"\"monthly_cost_cents\":");
        integer(out, offer.monthly_cents);
        out.extend_from_slice(b",\"setup_cost_cents\":");
        integer(out, offer.setup_cents);
        out.push(b',');
    }
    out.extend_from_slice(b"\"capabilities\":{\"voice\":");
    boolean(out, offer.voice);
    out.extend_from_slice(b",\"sms\":");
    boolean(out, offer.sms);
    out.extend_from_slice(b",\"fax\":");
    boolean(out, offer.fax);
    out.extend_from_slice(b"}}");
}

/// Writes an endpoint.
pub(super) fn endpoint(out: &mut Vec<u8>, dialect: SandboxDialect, endpoint: &Endpoint<'_>) {
    out.extend_from_slice(b"{\"id\":");
    string(out, &dialect.id(IdOf::Endpoint, endpoint.id));
    out.extend_from_slice(b",\"name\":");
    string(out, endpoint.name);
    out.extend_from_slice(b",\"type\":");
    string(out, endpoint.kind);
    out.extend_from_slice(b",\"status\":");
    string(out, endpoint.status);
    out.extend_from_slice(b",\"url\":");
    string(out, endpoint.url);
    out.push(b'}');
}

/// Calls of a number, in the shape of the dialect. What is no business of anybody who looks for the reason of
/// a silence is there as well: transcript and recording.
pub(super) fn calls(dialect: SandboxDialect, of: &CallsOfNumber, page: &Page) -> Vec<u8> {
    let endpoint = of.endpoint.as_deref().map(|endpoint| dialect.id(IdOf::Endpoint, endpoint));
    let row = |call: &SandboxCall| {
        let (from, to) = if call.inbound { (&call.other, &of.e164) } else { (&of.e164, &call.other) };
        json!({
            "id": dialect.id(IdOf::Call, &call.id),
            "from_number": from,
            "to_number": to,
            "direction": if call.inbound { "inbound" } else { "outbound" },
            "status": call.ending.status,
            "hangup_cause": call.ending.cause,
            "duration": call.seconds,
            "cost_cents": call.seconds / 60,
            "endpoint_id": endpoint,
            "phone_number_id": dialect.id(IdOf::Number, &of.id),
            "recording_url": call.answered_at().map(|_| format!("https://recordings.example.net/{}", call.id)),
            "transcript": call.answered_at().map(|_| "Hello, this is a made-up conversation."),
            "created_at": call.at.to_string(),
            "answered_at": call.answered_at().map(|at| at.to_string()),
            "completed_at": call.after(call.rang + call.seconds).to_string(),
        })
    };
    let rows: Vec<Value> = of.calls.iter().skip(page.offset).take(page.limit).map(row).collect();
    let total = of.calls.len();
    let body = match dialect {
        SandboxDialect::OpenApi => json!({
            "data": rows,
            "total": total,
            "page": page.offset / page.limit + 1,
            "limit": page.limit,
            "total_pages": total.div_ceil(page.limit),
        }),
        SandboxDialect::Guide => {
            json!({"calls": rows, "total": total, "limit": page.limit, "offset": page.offset})
        }
    };
    body.to_string().into_bytes()
}

/// The answer to DELETE.
pub(super) fn removed(action: &str) -> Vec<u8> {
    json!({"success": true, "action": action}).to_string().into_bytes()
}

fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.extend_from_slice(text.as_bytes());
    } else {
        // Somebody edited the database by hand: what serde_json writes, without its own quotes.
        let quoted = Value::from(text).to_string();
        out.extend_from_slice(&quoted.as_bytes()[1..quoted.len() - 1]);
    }
    out.push(b'"');
}

fn string_or_null(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        Some(text) => string(out, text),
        None => out.extend_from_slice(b"null"),
    }
}

fn boolean(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

fn integer(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(value.to_string().as_bytes());
}

/// A request that is not granted (contract: `Error`).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    message: String,
    details: Vec<(String, Value)>,
    allow: Option<&'static str>,
    /// Whether a fault asked for it.
    injected: bool,
}

impl Refusal {
    /// A refusal with text for people.
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: Vec::new(), allow: None, injected: false }
    }

    /// The same, about a parameter or a field of the body.
    pub(super) fn invalid(name: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "INVALID_PARAMETER", message).with("parameter", name)
    }

    /// The same with a detail.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.push((name.to_owned(), value.into()));
        self
    }

    /// The same with what methods would be accepted.
    pub(super) fn allowing(mut self, methods: &'static str) -> Self {
        self.allow = Some(methods);
        self
    }

    /// No number has this id, as far as the asker may know.
    pub(super) fn no_number(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such phone number.").with("id", id)
    }

    /// What a fault with a status says: the words that the service itself uses for it.
    pub(super) fn injected(status: StatusCode) -> Self {
        let code = match status.as_u16() {
            401 => "UNAUTHORIZED",
            402 => "INSUFFICIENT_BALANCE",
            403 => "FORBIDDEN",
            404 => "NOT_FOUND",
            429 => "RATE_LIMIT_EXCEEDED",
            500.. => "INTERNAL_ERROR",
            _ => "INJECTED_FAULT",
        };
        let refusal = Self::new(status, code, "The sandbox was told to fail here.").with("injected", true);
        Self { injected: true, ..refusal }
    }

    /// The body and what belongs to it.
    pub(super) fn into_reply(self, dialect: SandboxDialect) -> Reply {
        let (mut body, status, allow) = match dialect {
            SandboxDialect::OpenApi => {
                let details: Map<String, Value> = self.details.into_iter().collect();
                let body = json!({"error": self.message, "code": self.code, "details": details});
                (body, self.status, self.allow)
            }
            SandboxDialect::Guide => {
                let refusal = guide::refusal(self);
                (guide::error(&refusal), refusal.status, refusal.allow)
            }
        };
        if status == StatusCode::TOO_MANY_REQUESTS {
            body["retry_after"] = json!(RETRY_AFTER);
        }
        Reply { status, body: body.to_string().into_bytes(), allow }
    }
}

/// What a 429 asks to wait, in seconds: a fraction, as the service writes it.
pub(super) const RETRY_AFTER: f64 = 0.5;

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL_ERROR",
            format!("The sandbox's database failed: {error}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_json_whatever_is_in_it() {
        for text in ["plain", "é +234", "", "\"", "back\\slash", "line\nbreak", "\u{1}"] {
            let mut out = Vec::new();
            string(&mut out, text);
            assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), Value::from(text));
        }
    }

    #[test]
    fn arrays_of_any_length_are_json() {
        for count in 0..4 {
            let mut array = Array::with_capacity(count);
            for n in 0..count {
                integer(array.next(), n as i64);
            }
            let numbers: Vec<usize> = serde_json::from_slice(&array.finish()).unwrap();
            assert_eq!(numbers, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_price_that_is_not_told_leaves_no_trace() {
        let offer =
            Offer { setup_cents: 5, monthly_cents: 7, priced: false, voice: true, sms: true, fax: false };
        let written = |priced| {
            let mut out = Vec::new();
            inventory(&mut out, Offer { priced, ..offer });
            serde_json::from_slice::<Value>(&out).unwrap()
        };
        let capabilities = json!({"voice": true, "sms": true, "fax": false});
        assert_eq!(written(false), json!({"capabilities": capabilities}));
        assert_eq!(
            written(true),
            json!({"monthly_cost_cents": 7, "setup_cost_cents": 5, "capabilities": capabilities})
        );
    }
}
