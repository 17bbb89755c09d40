//! JSON as it is printed: what could hide or reorder text on a screen stands as an escape.

use std::fmt::Write;

use serde_json::Value;

use crate::phone::{FieldValue, Number, is_invisible, write_time};

/// On one line.
pub fn line(value: &Value) -> String {
    escaped(&value.to_string())
}

/// For people as well: indented.
pub fn pretty(value: &Value) -> String {
    escaped(&format!("{value:#}"))
}

/// A record as one object on one line: what [`line()`] makes of its map, without one. Of `keys`, where some
/// are chosen, those that the record has, in the order in which they were chosen.
pub(super) fn record(number: &Number, keys: Option<&[&str]>, out: &mut String) {
    out.push('{');
    let mut between = "";
    let mut add = |name: &str, value: FieldValue<'_>| {
        out.push_str(between);
        between = ",";
        field(name, value, out);
    };
    match keys {
        None => number.each_field(add),
        Some(keys) => {
            let place = |name: &str| keys.iter().position(|key| *key == name);
            let mut chosen = Vec::with_capacity(keys.len());
            number.each_field(|name, value| chosen.extend(place(name).map(|place| (place, name, value))));
            chosen.sort_by_key(|(place, ..)| *place);
            chosen.into_iter().for_each(|(_, name, value)| add(name, value));
        }
    }
    out.push('}');
}

fn field(name: &str, value: FieldValue<'_>, out: &mut String) {
    match value {
        FieldValue::Sent(_) => text(name, out),
        // A name of the contract.
        _ => quoted(out, |out| out.push_str(name)),
    }
    out.push(':');
    match value {
        FieldValue::Null => out.push_str("null"),
        FieldValue::Flag(on) => out.push_str(if on { "true" } else { "false" }),
        FieldValue::Text(value) => text(value, out),
        FieldValue::Line(line) => quoted(out, |out| line.write(out)),
        FieldValue::At(at) => quoted(out, |out| write_time(at, out)),
        FieldValue::Offer(..) | FieldValue::Sent(_) => out.push_str(&line(&value.to_json())),
    }
}

/// What has nothing to escape, as a text.
fn quoted(out: &mut String, write: impl FnOnce(&mut String)) {
    out.push('"');
    write(out);
    out.push('"');
}

fn text(text: &str, out: &mut String) {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    // Not `all`: without a way out it is done many bytes at a time.
    if text.as_bytes().iter().fold(true, |plain, byte| plain & is_plain(byte)) {
        quoted(out, |out| out.push_str(text));
    } else {
        out.push_str(&line(&Value::from(text)));
    }
}

/// JSON itself has to escape C0 alone; a terminal also obeys C1, DEL and the marks of direction. They
/// stand in texts, if anywhere, but for the ends of lines between them.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii_graphic() || !is_escaped(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}").ok();
        }
    }
    out
}

fn is_escaped(c: char) -> bool {
    // Selectors choose between the forms of a sign, and hide nothing.
    let selects = matches!(c, '\u{fe00}'..='\u{fe0f}');
    (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{2029}') || (is_invisible(c) && !selects)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, json};

    use super::*;
    use crate::phone::{
        Capabilities, Cents, EndpointId, Field, Kind, Moment, NumberId, NumberText, Offer, Price, Status,
        Switch,
    };

    /// A text as servers send them, and as nobody should.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof!["[ -~]{0,12}", any::<String>(), "[a\\\\\"\u{7f}\u{9b}\u{202e}\u{2028}\n\té]{1,6}"]
    }

    fn sent() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            texts().prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec((texts(), inner), 0..3)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    prop_compose! {
        fn numbers()(
            id in texts(),
            line in prop_oneof!["\\+[1-9][0-9]{6,15}", texts()],
            text in prop::array::uniform5(prop::option::of(texts())),
            at in prop::array::uniform2(prop::option::of(prop_oneof![
                Just("2026-03-03T10:00:00Z".to_owned()),
                Just("2026-03-03T10:00:00.120Z".to_owned()),
                texts()
            ])),
            endpoint in prop_oneof![Just(Field::Absent), Just(Field::Null),
                texts().prop_map(|id| Field::Value(EndpointId::new(&id)))],
            switches in prop::array::uniform2(any::<Option<bool>>()),
            offer in prop::option::of((any::<Option<i64>>(), any::<Option<i64>>(), any::<Option<bool>>())),
            extra in prop::option::of(prop::collection::vec((
                prop_oneof![
                    prop::sample::select(vec!["e164", "inventory", "endpoint_id", "sip_uri", "updated_at", "note"])
                        .prop_map(str::to_owned),
                    texts(),
                ],
                prop_oneof![sent(), Just(json!({"slot": 1, "monthly_cost_cents": 2, "capabilities": {"mms": true}}))],
            ), 0..4)),
        ) -> Number {
            let mut number = Number::new(NumberId::new(&id), NumberText::parse(&line));
            let [country, kind, status, sip_uri, organization] = text;
            number.country = country.as_deref().map(Into::into);
            number.kind = kind.as_deref().map(Kind::parse);
            number.status = status.as_deref().map(Status::parse);
            number.sip_uri = sip_uri.map(Into::into);
            number.organization = organization.as_deref().map(Into::into);
            let [created, updated] = at;
            number.created_at = created.as_deref().map(Moment::parse);
            number.updated_at = updated.as_deref().map(Moment::parse);
            number.endpoint = endpoint;
            for (switch, on) in Switch::ALL.iter().zip(switches) {
                number.switches[*switch] = on;
            }
            number.offer = offer.map(|(setup, monthly, voice)| Box::new(Offer {
                price: Price { setup: setup.map(Cents), monthly: monthly.map(Cents) },
                capabilities: Capabilities { voice, sms: None, fax: None },
            }));
            number.extra = extra.map(|fields| Box::new(fields.into_iter().collect::<Map<_, _>>()));
            number
        }
    }

    proptest! {
        #[test]
        fn a_record_is_printed_as_its_map_is(number in numbers()) {
            let mut printed = "[".to_owned();
            record(&number, None, &mut printed);
            prop_assert_eq!(printed, format!("[{}", line(&Value::Object(number.to_json()))));
        }
    }

    #[test]
    fn nothing_that_a_terminal_obeys_or_hides_is_printed() {
        let value = json!({"a\u{9b}": ["\u{7f}\u{85}\u{202e}\u{200b}\u{feff}\u{e0041}", "é \u{1b} \"q\""]});
        let text = line(&value);
        assert_eq!(text, r#"{"a\u009b":["\u007f\u0085\u202e\u200b\ufeff\udb40\udc41","é \u001b \"q\""]}"#);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert_eq!(
            pretty(&json!({"a": [1, {}], "b": "\u{202e}"})),
            "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"\\u202e\"\n}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_printed_reads_as_what_it_was(text in any::<String>()) {
            let value = json!({ text.as_str(): [text.as_str(), null, 1.5] });
            for printed in [line(&value), pretty(&value)] {
                prop_assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), value.clone());
            }
        }
    }
}
