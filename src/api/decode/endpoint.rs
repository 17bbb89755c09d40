//! The endpoints that numbers route to. Not in the contract.

use serde_json::Value;

use super::redact::without_secrets;
use super::{PageRows, envelope};
use crate::phone::{Endpoint, EndpointId, clean, is_clean};

/// Reads a page of endpoints, bare or under `data`, `endpoints` or `items`. Anything else is an
/// error: the caller then shows ids instead of names.
pub(in crate::api) fn endpoints(body: &[u8]) -> Result<PageRows<Endpoint>, String> {
    let value = envelope::parsed(body)?;
    let sent = envelope::rows(&value, &["endpoints"]);
    let mut rows = PageRows::new();
    for row in sent.ok_or("there is no list in it")? {
        rows.received += 1;
        match endpoint(row) {
            Ok(endpoint) => {
                let texts = [&endpoint.name, &endpoint.kind, &endpoint.status, &endpoint.url];
                rows.weight += endpoint.id.as_str().len();
                rows.weight += texts.into_iter().flatten().map(String::len).sum::<usize>();
                rows.items.push(endpoint);
            }
            Err(why) => rows.note(why),
        }
    }
    rows.total = envelope::number(&value, &["total"]);
    rows.more = envelope::says_more(&value);
    Ok(rows)
}

/// One endpoint; only the id is required.
pub(super) fn endpoint(value: &Value) -> Result<Endpoint, &'static str> {
    let id = match value.get("id") {
        Some(Value::String(text)) if !text.is_empty() && is_clean(text) => text.clone(),
        Some(Value::Number(number)) if !number.is_f64() => number.to_string(),
        _ => return Err("has no usable id"),
    };
    let text = |name: &str| {
        let text = value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())?;
        Some(clean(without_secrets(text).as_deref().unwrap_or(text), 500))
    };
    Ok(Endpoint {
        id: EndpointId::new(&id),
        name: text("name"),
        kind: text("type").or_else(|| text("provider")),
        status: text("status"),
        url: text("url"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_envelope_holds_the_same_endpoints() {
        let rows = json!([
            {"id": "ep_1", "name": "Desk\u{7}", "type": "webhook", "status": "active", "url": "https://x.example"},
            {"id": 2, "name": null, "provider": "vapi"}
        ]);
        for body in [
            rows.clone(),
            json!({"data": rows}),
            json!({"endpoints": rows, "total": 2}),
            json!({"items": rows}),
        ] {
            let found = endpoints(body.to_string().as_bytes()).unwrap().items;
            assert_eq!(found.len(), 2);
            assert_eq!(found[0].name.as_deref(), Some("Desk\u{fffd}"));
            assert_eq!(
                (found[1].id.as_str(), found[1].kind.as_deref(), found[1].name.as_deref()),
                ("2", Some("vapi"), None)
            );
        }
    }

    #[test]
    fn nonsense_is_an_error() {
        for body in
            [json!(null), json!({}), json!({"endpoints": {}}), json!({"endpoints": [], "success": false})]
        {
            assert!(endpoints(body.to_string().as_bytes()).is_err(), "{body}");
        }
        assert!(endpoints(b"<html>").is_err());
    }

    #[test]
    fn what_is_no_endpoint_is_counted_and_hides_no_other() {
        for odd in [json!(1), json!({"name": "x"}), json!({"id": "a\n"})] {
            let rows = endpoints(json!([odd, {"id": "a"}]).to_string().as_bytes()).unwrap();
            assert_eq!((rows.items.len(), rows.received, rows.odd), (1, 2, 1), "{odd}");
            assert_eq!(rows.first_odd.map(|(row, _)| row), Some(1));
        }
    }

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        let row = json!({"id": "a", "name": "sip:u:hunter2@h", "url": "https://u:hunter2@h/?token=hunter2"});
        let rows = endpoints(json!([row]).to_string().as_bytes()).unwrap();
        assert!(!format!("{rows:?}").contains("hunter2"));
    }
}
