//! A single record: bare, or in an envelope.

use serde::de::DeserializeSeed;
use serde_json::{Map, Value};

use super::super::Dialect;
use super::super::dialect::DialectVotes;
use super::field::{Fields, Room, Scalar, ScalarSeed};
use super::intern::Interner;
use super::redact::Redactor;
use super::row::RowOrigin;
use super::row::{Record, Row, is_unusable};
use crate::phone::{Detail, Hidden, Number, Password, Secret, SipCredentials, clean, is_clean};

/// Why an answer is not a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::api) enum NoRecord {
    #[error("broken JSON at line {line}, column {column}")]
    Json { line: usize, column: usize },
    #[error("there is no phone number in it")]
    None,
    #[error("the record {0}")]
    Fault(&'static str),
    #[error("the record names no phone number")]
    NoLine,
    #[error("the record has an id with control or invisible characters")]
    UnusableId,
}

/// Reads the number that a purchase or a change answers with. An id alone is not enough: it may be
/// that of an order.
/// It comes with the dialect that it is written in, where that can be told.
pub(in crate::api) fn record(
    body: &[u8],
    sort: RowOrigin,
    interner: &Interner,
) -> Result<(Number, Option<Dialect>), NoRecord> {
    let record = read(body, sort, interner)?;
    if !record.has_line {
        return Err(NoRecord::NoLine);
    }
    let told = told(&record);
    Ok((record.number, told))
}

/// Reads everything about one number, and the dialect that it is written in. A record without a
/// number is shown as what it is.
pub(in crate::api) fn detail(
    body: &[u8],
    interner: &Interner,
) -> Result<(Detail, Option<Dialect>), NoRecord> {
    let record = read(body, RowOrigin::Asked, interner)?;
    let told = told(&record);
    let Record { number, credentials, mut hidden, .. } = record;
    let credentials = credentials.map(|sent| sip(sent, &mut hidden));
    let endpoint = number
        .extra
        .as_deref()
        .and_then(|extra| extra.get("endpoint"))
        .and_then(|value| super::endpoint::endpoint(value).ok());
    Ok((Detail { number, credentials, endpoint, hidden }, told))
}

fn told(record: &Record) -> Option<Dialect> {
    let mut signs = DialectVotes::default();
    signs.add(record.told);
    signs.add(Dialect::of_id(record.number.id.as_str()));
    signs.told()
}

fn read(body: &[u8], sort: RowOrigin, interner: &Interner) -> Result<Record, NoRecord> {
    let mut room = Room::of_a_record();
    room.begin_row();
    let mut decoder = serde_json::Deserializer::from_slice(body);
    let value = ScalarSeed(&mut room)
        .deserialize(&mut decoder)
        .and_then(|value| decoder.end().map(|()| value))
        .map_err(|error| NoRecord::Json { line: error.line(), column: error.column() })?;
    let mut row = Row::new(sort);
    for (name, value) in unwrapped(value).ok_or(NoRecord::None)? {
        row.put(name, value, &mut room);
    }
    let record = row.finish(&mut interner.page()).map_err(NoRecord::Fault)?;
    if is_unusable(&record.number.id) {
        return Err(NoRecord::UnusableId);
    }
    Ok(record)
}

/// The record in an envelope; an object with an id of its own is the record.
fn unwrapped(value: Scalar<'_>) -> Option<Fields<'_>> {
    let Scalar::Object(mut fields) = value else { return None };
    if fields.iter().any(|(name, _)| name == "id" || name == "inventory_id") {
        return Some(fields);
    }
    ["data", "phone_number", "phoneNumber", "number"].into_iter().find_map(|wanted| {
        let is_record =
            |(name, value): &(_, Scalar<'_>)| *name == wanted && matches!(value, Scalar::Object(_));
        let at = fields.iter().position(is_record)?;
        match fields.swap_remove(at) {
            (_, Scalar::Object(record)) => Some(record),
            _ => None,
        }
    })
}

/// SIP credentials under the contract's names, else without their prefix.
fn sip(mut map: Map<String, Value>, hidden: &mut Vec<Hidden>) -> SipCredentials {
    let password = match take(&mut map, ["sip_password", "password"], |value| {
        matches!(value, Value::String(_) | Value::Number(_) | Value::Null)
    }) {
        None => Password::Hidden,
        Some(Value::String(text)) if !text.is_empty() => Password::Set(Secret::new(text)),
        Some(Value::Number(digits)) => Password::Set(Secret::new(digits.to_string())),
        Some(_) => Password::Unset,
    };
    let domain = take(&mut map, ["sip_domain", "domain"], is_text).as_ref().and_then(text);
    let username = take(&mut map, ["sip_username", "username"], is_text).as_ref().and_then(text);
    let port = take(&mut map, ["sip_port", "port"], |value| port(value).is_some());
    let mut redactor = Redactor::keeping();
    let extra = map
        .into_iter()
        .map(|(name, value)| {
            let value = redactor.value("/sip_credentials", &name, value);
            (name, value)
        })
        .collect();
    hidden.extend(redactor.into_hidden());
    SipCredentials { domain, port: port_of(port.as_ref()), username, password, extra }
}

/// Takes the first of `names` whose value is `usable`; what is not stays, and is shown as sent.
fn take(map: &mut Map<String, Value>, names: [&str; 2], usable: impl Fn(&Value) -> bool) -> Option<Value> {
    let name = names.into_iter().find(|name| map.get(*name).is_some_and(&usable))?;
    map.shift_remove(name)
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    Some(if is_clean(text) { text.to_owned() } else { clean(text, usize::MAX) })
}

/// A port, or `Some(None)` for what stands for "no port": 0.
fn port(value: &Value) -> Option<Option<u16>> {
    let number = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }?;
    let port = u16::try_from(number).ok()?;
    Some((port != 0).then_some(port))
}

fn port_of(value: Option<&Value>) -> Option<u16> {
    value.and_then(port).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_detail(value: &Value) -> Result<Detail, NoRecord> {
        detail(value.to_string().as_bytes(), &Interner::default()).map(|(detail, _)| detail)
    }

    fn credentials(sent: &Value) -> Option<SipCredentials> {
        read_detail(&json!({"id": "a", "e164": "+2348031234567", "sip_credentials": sent}))
            .unwrap()
            .credentials
    }

    #[test]
    fn a_record_is_found_in_every_envelope() {
        let bare = json!({"id": "a", "e164": "+2348031234567", "data": {"id": "not me"}});
        let wanted = record(bare.to_string().as_bytes(), RowOrigin::Owned, &Interner::default()).unwrap();
        assert_eq!(wanted.0.id.as_str(), "a");
        for name in ["data", "phone_number", "number"] {
            let body = json!({"success": true, name: bare}).to_string();
            assert_eq!(
                record(body.as_bytes(), RowOrigin::Owned, &Interner::default()).unwrap(),
                wanted,
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_no_record_is_an_error() {
        for body in [
            json!(null),
            json!([]),
            json!({}),
            json!({"success": true}),
            json!({"id": "order-1", "status": "pending"}),
            json!({"id": "order-1", "e164": ""}),
            json!({"id": "order-1", "e164": null}),
            json!({"data": [{"id": "a", "e164": "+2348031234567"}]}),
            json!({"e164": "+2348031234567"}),
            json!({"inventory_id": "i", "e164": "+2348031234567"}),
        ] {
            let text = body.to_string();
            assert!(record(text.as_bytes(), RowOrigin::Owned, &Interner::default()).is_err(), "{body}");
        }
    }

    #[test]
    fn credentials_keep_their_three_states() {
        for (sent, wanted) in [
            (json!({"sip_domain": "d"}), Password::Hidden),
            (json!({"sip_password": null}), Password::Unset),
            (json!({"sip_password": ""}), Password::Unset),
            (json!({"sip_password": "p"}), Password::Set(Secret::new("p".to_owned()))),
            (json!({"password": "p"}), Password::Set(Secret::new("p".to_owned()))),
        ] {
            assert_eq!(credentials(&sent).unwrap().password, wanted, "{sent}");
        }
        assert_eq!(credentials(&json!(null)), None);
        assert_eq!(credentials(&json!("hunter2")), None);
    }

    #[test]
    fn a_port_is_a_number_in_range_and_zero_is_none() {
        for (sent, wanted, kept) in [
            (json!(5060), Some(5060), json!({})),
            (json!("5061"), Some(5061), json!({})),
            (json!(0), None, json!({})),
            (json!("0"), None, json!({})),
            (json!(null), None, json!({"sip_port": null})),
            (json!(70000), None, json!({"sip_port": 70000})),
            (json!(-1), None, json!({"sip_port": -1})),
            (json!("five"), None, json!({"sip_port": "five"})),
        ] {
            let sip = credentials(&json!({"sip_port": sent})).unwrap();
            assert_eq!((sip.port, Value::Object(sip.extra)), (wanted, kept), "{sent}");
        }
    }

    #[test]
    fn unknown_sip_fields_are_kept_but_no_secret_in_the_clear() {
        let sip = credentials(
            &json!({"domain": "sip.example", "username": "u\u{1b}", "sip_ip_address": "192.0.2.7",
            "sip_password": "p", "password": "other", "auth_token": "t"}),
        )
        .unwrap();
        assert_eq!(
            (sip.domain.as_deref(), sip.username.as_deref()),
            (Some("sip.example"), Some("u\u{fffd}"))
        );
        assert_eq!(
            Value::Object(sip.extra),
            json!({"sip_ip_address": "192.0.2.7", "password": "[redacted]", "auth_token": "[redacted]"})
        );
    }

    #[test]
    fn the_endpoint_comes_along_where_it_is_sent() {
        let detail = read_detail(&json!({"id": "a", "number": "+2348031234567", "endpoint_id": "ep",
            "endpoint": {"id": "ep", "name": "Desk", "type": "agent", "provider": "elevenlabs"}, "monthly_cost_cents": 5}))
        .unwrap();
        let endpoint = detail.endpoint.unwrap();
        assert_eq!(
            (endpoint.id.as_str(), endpoint.name.as_deref(), endpoint.kind.as_deref()),
            ("ep", Some("Desk"), Some("agent"))
        );
        assert_eq!(detail.number.price().monthly, Some(crate::phone::Cents(5)));
        assert_eq!(detail.credentials, None);
    }

    #[test]
    fn a_password_is_a_secret_whatever_it_is_sent_as() {
        let sent = credentials(&json!({"sip_password": 48151623})).unwrap();
        assert!(matches!(&sent.password, Password::Set(secret) if secret.expose() == "48151623"));
        let sent = credentials(&json!({"sip_password": {"value": "hunter2"}, "old_password": ["hunter2"]}));
        let record = read_detail(&json!({
            "id": "a", "sip_uri": "sip:alice:hunter2@sip.example.net", "sip_password": 48151623,
            "note": {"api_token": {"now": "hunter2"}}
        }));
        let shown = format!("{sent:?} {record:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("48151623"), "{shown}");
        let uri = record.unwrap().number.sip_uri.unwrap();
        assert_eq!(&*uri, "sip:alice:[redacted]@sip.example.net");
        for plain in ["sip:+2348031234567@10.0.0.1:5060", "tel:+2348031234567", "sip:host:5060", ""] {
            let record = read_detail(&json!({"id": "a", "sip_uri": plain})).unwrap();
            assert_eq!(record.number.sip_uri.as_deref().unwrap_or_default(), plain);
        }
    }

    #[test]
    fn what_is_hidden_in_a_record_is_there_for_who_asks() {
        let sent = json!({
            "id": "a", "e164": "+2348031234567", "sip_uri": "sip:alice:hunter2@h", "apiKey": "hunter2",
            "trunk": {"auth": {"user": "u", "PIN": 1234}, "hooks": ["https://u:hunter2@h/?t=hunter2"]},
            "sip_credentials": {"sip_domain": "d", "backup": {"pwd": "hunter2"}},
            "endpoint": {"id": "e", "url": "wss://h/?token=hunter2"}
        });
        let detail = read_detail(&sent).unwrap();
        assert!(!format!("{detail:?}").contains("hunter2"));
        let hidden = Value::Object(detail.to_json(false)).to_string();
        assert!(!hidden.contains("hunter2") && !hidden.contains("1234\"}"), "{hidden}");
        let mut shown = Value::Object(detail.to_json(true));
        // Not sent, but told by the endpoint.
        shown.as_object_mut().unwrap().shift_remove("endpoint_id");
        assert_eq!(shown, sent);
    }

    #[test]
    fn a_record_without_a_number_is_shown_and_no_purchase() {
        for sent in [json!({"id": "a"}), json!({"id": "a", "e164": null}), json!({"id": "a", "e164": ""})] {
            assert!(read_detail(&sent).is_ok(), "{sent}");
            let body = sent.to_string();
            assert!(record(body.as_bytes(), RowOrigin::Owned, &Interner::default()).is_err(), "{sent}");
        }
    }
}
