//! The shapes of the guide ("Buy Numbers" and its neighbours), where they are others than the
//! contract's.

use axum::http::StatusCode;
use serde_json::json;

use super::super::dialect::{IdOf, SandboxDialect};
use super::super::shelf::Page;
use super::{Endpoint, ForSale, Offer, Owned, Refusal, integer, string, string_or_null};

/// An array of rows in its envelope.
pub(super) fn envelope(rows: &[u8], name: &str, total: usize, page: &Page) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() + 80);
    out.extend_from_slice(b"{");
    string(&mut out, name);
    out.push(b':');
    out.extend_from_slice(rows);
    for (name, value) in [("total", total), ("limit", page.limit), ("offset", page.offset)] {
        out.push(b',');
        string(&mut out, name);
        out.push(b':');
        integer(&mut out, i64::try_from(value).unwrap_or(i64::MAX));
    }
    out.push(b'}');
    out
}

/// The fields of a record: neither SIP nor organization, of which the guide says nothing.
pub(super) fn owned_fields(out: &mut Vec<u8>, number: &Owned<'_>) {
    line_fields(
        out,
        &SandboxDialect::Guide.id(IdOf::Number, number.id),
        number.e164,
        number.country,
        number.kind,
    );
    out.extend_from_slice(b",\"status\":");
    string(out, number.status);
    out.extend_from_slice(b",\"endpoint_id\":");
    let endpoint = number.endpoint.map(|endpoint| SandboxDialect::Guide.id(IdOf::Endpoint, endpoint));
    string_or_null(out, endpoint.as_deref());
    number.switches.write(out);
    out.extend_from_slice(b",\"created_at\":");
    string(out, number.created_at);
    out.extend_from_slice(b",\"updated_at\":");
    string(out, number.updated_at);
}

/// What the detail of a record has beside them.
pub(super) fn detail_fields(out: &mut Vec<u8>, offer: Offer, endpoint: Option<&Endpoint<'_>>) {
    out.extend_from_slice(b",\"endpoint\":");
    match endpoint {
        None => out.extend_from_slice(b"null"),
        Some(endpoint) => {
            out.extend_from_slice(b"{\"id\":");
            string(out, &SandboxDialect::Guide.id(IdOf::Endpoint, endpoint.id));
            out.extend_from_slice(b",\"name\":");
            string(out, endpoint.name);
            // The guide knows agents of a provider, and webhooks.
            let agent = !matches!(endpoint.kind, "webhook" | "custom_sip");
            out.extend_from_slice(b",\"type\":");
            string(out, if agent { "agent" } else { "webhook" });
            out.extend_from_slice(b",\"provider\":");
            string_or_null(out, agent.then_some(endpoint.kind));
            out.push(b'}');
        }
    }
    if offer.priced {
        out.extend_from_slice(b",\"monthly_cost_cents\":");
        integer(out, offer.monthly_cents);
    }
}

/// The fields of a line for sale. No page of the service shows one; this is what follows from the
/// rest: costs at the top level, as in the guide's detail.
pub(super) fn for_sale_fields(out: &mut Vec<u8>, line: &ForSale<'_>) {
    let id = SandboxDialect::Guide.id(IdOf::Inventory(line.country), line.id);
    line_fields(out, &id, line.e164, line.country, line.kind);
    if line.offer.priced {
        out.extend_from_slice(b",\"monthly_cost_cents\":");
        integer(out, line.offer.monthly_cents);
        out.extend_from_slice(b",\"setup_cost_cents\":");
        integer(out, line.offer.setup_cents);
    }
    out.extend_from_slice(b",\"capabilities\":[");
    let can = [("voice", line.offer.voice), ("sms", line.offer.sms), ("fax", line.offer.fax)];
    for (n, (name, _)) in can.into_iter().filter(|(_, can)| *can).enumerate() {
        if n > 0 {
            out.push(b',');
        }
        string(out, name);
    }
    out.push(b']');
}

fn line_fields(out: &mut Vec<u8>, id: &str, e164: &str, country: &str, kind: &str) {
    for (before, value) in
        [("\"id\":", id), (",\"number\":", e164), (",\"country\":", country), (",\"type\":", kind)]
    {
        out.extend_from_slice(before.as_bytes());
        string(out, value);
    }
}

/// The same refusal under the status and the code that the guide has for it: 400 for a balance, 404
/// for a number that is taken. One that a fault asked for stays what was asked for.
pub(super) fn refusal(mut refusal: Refusal) -> Refusal {
    match refusal.code {
        _ if refusal.injected => {}
        "INSUFFICIENT_BALANCE" => refusal.status = StatusCode::BAD_REQUEST,
        "NUMBER_NOT_AVAILABLE" => refusal.status = StatusCode::NOT_FOUND,
        "KYC_NOT_SUBMITTED" => refusal.code = "KYC_REQUIRED",
        _ => {}
    }
    refusal
}

/// The body of a refusal: an object under `error`. The rate limit's page, the only one that shows a
/// body, has a text there.
pub(super) fn error(refusal: &Refusal) -> serde_json::Value {
    if refusal.status == StatusCode::TOO_MANY_REQUESTS {
        return json!({"error": refusal.message, "code": refusal.code});
    }
    json!({"error": {"code": refusal.code, "message": refusal.message}})
}
