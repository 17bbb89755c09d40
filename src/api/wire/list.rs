//! A page of a list.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::Dialect;
use super::super::dialect::Signs;
use super::Sort;
use super::intern::{Interner, PageInterner};
use super::row::{Fault, RowSeed};
use super::scalar::{Key, Scalar};
use crate::phone::{Number, clean};

/// Rows of one page, in order.
#[derive(Debug)]
pub(in crate::api) struct Rows {
    pub(in crate::api) numbers: Vec<Number>,
    /// How many rows the whole list has, where the server says so.
    pub(in crate::api) total: Option<u64>,
    /// The dialect that it is written in, where that can be told from envelope and first row.
    pub(in crate::api) told: Option<Dialect>,
}

/// Reads a page: an array, or an object with one under `data`, `phone_numbers`, `numbers` or
/// `items`. The error says in words why `body` is none of these; it quotes nothing of the rows.
pub(in crate::api) fn list(body: &[u8], sort: Sort, interner: &Interner) -> Result<Rows, String> {
    let mut strings = interner.page();
    let mut decoder = serde_json::Deserializer::from_slice(body);
    let found = PageSeed { sort, strings: &mut strings }
        .deserialize(&mut decoder)
        .and_then(|found| decoder.end().map(|()| found))
        .map_err(|error| format!("broken JSON at line {}, column {}", error.line(), error.column()))?;
    match found {
        Found::Rows(Ok((numbers, line)), total, envelope) => {
            let mut signs = Signs::default();
            signs.add(envelope);
            signs.add(line);
            signs.add(numbers.first().and_then(|number| Dialect::of_id(number.id.as_str())));
            Ok(Rows { numbers, total, told: signs.told() })
        }
        Found::Rows(Err((row, fault)), ..) => Err(format!("row {row} {fault}")),
        Found::Nothing(why) => Err(why),
    }
}

/// All rows, with the dialect of the first one's name for the number; or the first that is no row,
/// counted from 1.
type Read = Result<(Vec<Number>, Option<Dialect>), (usize, Fault)>;

enum Found {
    /// With the total, and the dialect whose envelope it is.
    Rows(Read, Option<u64>, Option<Dialect>),
    /// JSON, but not a list.
    Nothing(String),
}

struct PageSeed<'a, 'b> {
    sort: Sort,
    strings: &'a mut PageInterner<'b>,
}

impl<'de> DeserializeSeed<'de> for PageSeed<'_, '_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PageSeed<'_, '_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of phone numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Found, A::Error> {
        Ok(Found::Rows(rows(seq, self.sort, self.strings)?, None, Some(Dialect::OpenApi)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let (mut read, mut envelope, mut total, mut paginated, mut failed) = (None, None, None, None, None);
        while let Some(Key(name)) = map.next_key()? {
            match &*name {
                "data" | "phone_numbers" | "numbers" | "items" => {
                    let seed = ArraySeed { sort: self.sort, strings: &mut *self.strings };
                    match (map.next_value_seed(seed)?, &read) {
                        (Some(_), Some(_)) => {
                            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                            return Ok(Found::Nothing("two lists in one answer".to_owned()));
                        }
                        (Some(found), None) => {
                            read = Some(found);
                            envelope = (name == "phone_numbers").then_some(Dialect::Guide);
                        }
                        (None, _) => {}
                    }
                }
                "total" => total = count(&map.next_value()?),
                "pagination" => {
                    if let Scalar::Object(fields) = map.next_value()? {
                        let field = fields.iter().find(|(name, _)| name == "total");
                        paginated = field.and_then(|(_, value)| count(value));
                    }
                }
                // An empty list beside a failure is no list.
                "success" => {
                    if map.next_value::<Scalar<'_>>()? == Scalar::Bool(false) {
                        failed.get_or_insert_with(|| "success: false".to_owned());
                    }
                }
                "error" => match map.next_value::<Scalar<'_>>()? {
                    Scalar::Text(text) if !text.is_empty() => failed = Some(clean(&text, 120)),
                    Scalar::Object(_) => {
                        failed.get_or_insert_with(|| "an error".to_owned());
                    }
                    _ => {}
                },
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(match (read, failed) {
            (_, Some(said)) => Found::Nothing(format!("it says: {said}")),
            (Some(read), None) => Found::Rows(read, total.or(paginated), envelope),
            (None, None) => Found::Nothing("there is no list in it".to_owned()),
        })
    }

    fn visit_unit<E: Error>(self) -> Result<Found, E> {
        Ok(Found::Nothing("it is null".to_owned()))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Found, E> {
        Ok(scalar())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Found, E> {
        Ok(scalar())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Found, E> {
        Ok(scalar())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Found, E> {
        Ok(scalar())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Found, E> {
        Ok(scalar())
    }
}

/// A number of rows.
fn count(value: &Scalar<'_>) -> Option<u64> {
    match value {
        Scalar::Int(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

fn scalar() -> Found {
    Found::Nothing("it is a single value".to_owned())
}

fn rows<'de, A: SeqAccess<'de>>(
    mut seq: A,
    sort: Sort,
    strings: &mut PageInterner<'_>,
) -> Result<Read, A::Error> {
    // The hint of a JSON array is empty; 100 is a page of the contract.
    let mut numbers = Vec::with_capacity(100);
    let (mut fault, mut told) = (None, None);
    while let Some(row) = seq.next_element_seed(RowSeed { sort, strings: &mut *strings })? {
        match row {
            Ok(record) => {
                if numbers.is_empty() {
                    told = record.told;
                }
                numbers.push(record.number);
            }
            Err(why) => {
                fault = Some((numbers.len() + 1, why));
                break;
            }
        }
    }
    if fault.is_some() {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
    }
    Ok(fault.map_or(Ok((numbers, told)), Err))
}

/// The value of an envelope's field: rows, or `None` when it is no array.
struct ArraySeed<'a, 'b> {
    sort: Sort,
    strings: &'a mut PageInterner<'b>,
}

impl<'de> DeserializeSeed<'de> for ArraySeed<'_, '_> {
    type Value = Option<Read>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ArraySeed<'_, '_> {
    type Value = Option<Read>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of phone numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        rows(seq, self.sort, self.strings).map(Some)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::row::is_unusable;
    use super::*;
    use crate::phone::{Cents, Field, NumberId, Status};

    fn read(value: &Value, sort: Sort) -> Result<Rows, String> {
        list(value.to_string().as_bytes(), sort, &Interner::default())
    }

    fn one(row: &Value, sort: Sort) -> Number {
        read(&json!([row]), sort).unwrap().numbers.remove(0)
    }

    fn extra(number: &Number) -> Value {
        number.extra.as_deref().map_or(Value::Null, |map| Value::Object(map.clone()))
    }

    #[test]
    fn every_envelope_holds_the_same_list() {
        let rows = json!([{"id": "a"}, {"id": "b"}]);
        for (envelope, total) in [
            (rows.clone(), None),
            (json!({"data": rows}), None),
            (json!({"phone_numbers": rows, "total": 7, "limit": 2, "offset": 0}), Some(7)),
            (json!({"total": 2, "numbers": rows}), Some(2)),
            (json!({"items": rows, "total": "2"}), None),
            (json!({"items": rows, "total": -1}), None),
            (json!({"data": rows, "pagination": {"total": 9, "page": 1}}), Some(9)),
            (json!({"pagination": {"total": 9}, "total": 4, "data": rows}), Some(4)),
            (json!({"data": rows, "pagination": {"total": "9"}}), None),
            (json!({"data": rows, "pagination": 9}), None),
            (json!({"data": null, "items": rows, "success": true, "error": null}), None),
        ] {
            let page = read(&envelope, Sort::Owned).unwrap();
            let ids: Vec<&str> = page.numbers.iter().map(|number| number.id.as_str()).collect();
            assert_eq!((ids, page.total), (vec!["a", "b"], total), "{envelope}");
        }
        assert!(read(&json!([]), Sort::Owned).unwrap().numbers.is_empty());
    }

    #[test]
    fn what_is_no_list_is_never_an_empty_one() {
        for body in [
            json!(null),
            json!({}),
            json!("[]"),
            json!(0),
            json!({"error": "x"}),
            json!({"data": null}),
            json!({"data": {"id": "a"}}),
            json!({"data": {"phone_numbers": []}}),
            json!({"data": "none", "total": 0}),
            json!({"data": [], "items": []}),
            json!({"data": [], "success": false}),
            json!({"data": [], "error": "upstream failed"}),
            json!({"rows": []}),
            json!({"id": "a", "e164": "+2348031234567"}),
        ] {
            assert!(read(&body, Sort::Owned).is_err(), "{body}");
        }
        for text in ["", "[", "[{\"id\":\"a\"}", "[] []", "[{\"id\":\"a\"},]", "<html>", "\u{0}"] {
            assert!(list(text.as_bytes(), Sort::Owned, &Interner::default()).is_err(), "{text}");
        }
        assert!(list(b"[{\"id\":\"\xff\"}]", Sort::Owned, &Interner::default()).is_err());
    }

    #[test]
    fn a_row_that_is_no_record_is_named() {
        for (row, said) in [
            (json!(7), "row 2 is not an object"),
            (json!(null), "row 2 is not an object"),
            (json!(["id"]), "row 2 is not an object"),
            (json!({}), "row 2 has no id"),
            (json!({"id": null}), "row 2 has no id"),
            (json!({"id": ""}), "row 2 has no id"),
            (json!({"id": 1.5}), "row 2 has no id"),
            (json!({"inventory_id": "a"}), "row 2 has no id"),
        ] {
            let page = json!({"data": [{"id": "first"}, row, {"id": "last"}]});
            assert_eq!(read(&page, Sort::Owned).unwrap_err(), said, "{row}");
        }
    }

    #[test]
    fn a_row_whose_id_can_not_be_sent_back_hides_no_other() {
        let rows = json!([{"id": "a"}, {"id": "b\u{1b}[2J", "e164": "+2348031234567"}, {"id": "b\u{7}[2J"}]);
        for sort in [Sort::Owned, Sort::ForSale] {
            let page = read(&rows, sort).unwrap();
            let ids: Vec<&NumberId> = page.numbers.iter().map(|number| &number.id).collect();
            assert_eq!(ids.iter().map(|id| is_unusable(id)).collect::<Vec<_>>(), [false, true, true]);
            assert!(ids.iter().all(|id| crate::phone::is_clean(id.as_str())), "{ids:?}");
            assert_ne!(ids[1], ids[2], "each stays a row of its own");
            assert_eq!(page.numbers[1].line.to_string(), "+2348031234567");
        }
    }

    #[test]
    fn a_list_tells_its_dialect_by_most_of_its_signs() {
        const UUID: &str = "a1000000-0000-4000-8000-000000000001";
        let (guide, openapi) = (Some(Dialect::Guide), Some(Dialect::OpenApi));
        for (body, told) in [
            (json!([]), openapi),
            (json!({"phone_numbers": [], "total": 0}), guide),
            (json!({"data": [], "total": 0}), None),
            (json!([{"id": UUID, "e164": "+2348031234567"}]), openapi),
            (json!({"phone_numbers": [{"id": "pn_1", "number": "+2348031234567"}]}), guide),
            (json!({"data": [{"id": "pn_1", "number": "+2348031234567"}]}), guide),
            (json!({"phone_numbers": [{"id": UUID, "e164": "+2348031234567"}]}), openapi),
            (json!([{"id": "pn_1", "number": "+2348031234567"}]), guide),
            (json!([{"id": "pn_1", "e164": "+2348031234567"}]), openapi),
            (json!({"data": [{"id": "x", "phone_number": "+2348031234567"}]}), None),
            (json!({"data": [{"id": "pn_1", "e164": "+2348031234567"}]}), None),
        ] {
            assert_eq!(read(&body, Sort::Owned).unwrap().told, told, "{body}");
        }
        let sale = json!({"phone_numbers": [{"id": "inv_ng_1", "number": "+2348031234567"}]});
        assert_eq!(read(&sale, Sort::ForSale).unwrap().told, guide);
    }

    #[test]
    fn either_name_of_a_field_is_understood_and_the_contract_wins() {
        let contract = one(
            &json!({"id": "a", "e164": "+2348031234567", "country": "NG", "type": "mobile", "status": "active",
                    "endpoint_id": "e", "allow_inbound": true, "allow_outbound": false,
                    "sip_uri": "sip:x@y", "organization_id": "o",
                    "created_at": "2026-03-03T10:00:00Z", "updated_at": "2026-03-04T10:00:00Z"}),
            Sort::Owned,
        );
        assert_eq!(contract.extra, None);
        for (line, country, kind) in
            [("number", "country_code", "number_type"), ("phone_number", "country_code", "number_type")]
        {
            let row = json!({"id": "a", line: "+2348031234567", country: "NG", kind: "mobile", "status": "active",
                    "endpointId": "e", "allowInbound": true, "allowOutbound": false,
                    "sipUri": "sip:x@y", "organizationId": "o",
                    "createdAt": "2026-03-03T10:00:00Z", "updatedAt": "2026-03-04T10:00:00Z"});
            assert_eq!(one(&row, Sort::Owned), contract, "{row}");
        }
        for row in [
            json!({"id": "a", "e164": "+2348031234567", "number": "+1"}),
            json!({"id": "a", "number": "+1", "e164": "+2348031234567"}),
        ] {
            let number = one(&row, Sort::Owned);
            assert_eq!(number.line.to_string(), "+2348031234567");
            assert_eq!(extra(&number), json!({"number": "+1"}));
        }
        let number = one(&json!({"id": "a", "e164": null, "number": "+2348031234567"}), Sort::Owned);
        assert_eq!(number.line.to_string(), "+2348031234567");
    }

    #[test]
    fn null_absent_and_nonsense_are_three_things() {
        let number = one(
            &json!({"id": 17, "endpoint_id": null, "status": null, "allow_inbound": "yes",
                    "country": 5, "verified": true, "tags": [1]}),
            Sort::Owned,
        );
        assert_eq!(number.id.as_str(), "17");
        assert_eq!(number.endpoint, Field::Null);
        assert_eq!((number.status.clone(), number.allow_inbound, number.allow_outbound), (None, None, None));
        assert_eq!(
            extra(&number),
            json!({"status": null, "allow_inbound": "yes", "country": 5, "verified": true, "tags": [1]})
        );
        assert_eq!(one(&json!({"id": "a"}), Sort::Owned).endpoint, Field::Absent);
        assert_eq!(
            one(&json!({"id": "a", "status": "suspended"}), Sort::Owned).status,
            Some(Status::parse("suspended"))
        );
    }

    #[test]
    fn a_number_that_was_not_sent_is_not_made_up() {
        for row in [json!({"id": "a"}), json!({"id": "a", "e164": null}), json!({"id": "a", "e164": ""})] {
            assert_eq!(Value::Object(one(&row, Sort::Owned).to_json()), row);
        }
    }

    #[test]
    fn an_endpoint_object_names_the_endpoint_and_is_kept() {
        let number =
            one(&json!({"id": "a", "endpoint": {"id": "ep_1", "name": "Desk", "api_key": "k"}}), Sort::Owned);
        assert_eq!(number.endpoint.value().unwrap().as_str(), "ep_1");
        assert_eq!(
            extra(&number)["endpoint"],
            json!({"id": "ep_1", "name": "Desk", "api_key": "[redacted]"})
        );
        let both = one(&json!({"id": "a", "endpoint_id": null, "endpoint": {"id": "ep_1"}}), Sort::Owned);
        assert_eq!(both.endpoint, Field::Null);
    }

    #[test]
    fn an_endpoint_that_cannot_be_sent_back_is_not_known_and_can_be_seen() {
        for row in [
            json!({"id": "a", "endpoint_id": "e\n\u{202e}"}),
            json!({"id": "a", "endpoint": {"id": "e\n\u{202e}"}}),
        ] {
            let number = one(&row, Sort::Owned);
            assert_eq!(number.endpoint, Field::Absent, "{row}");
            assert_eq!(extra(&number)["endpoint_id"], "e\u{fffd}\u{fffd}", "{row}");
            assert_eq!(number.to_json()["endpoint_id"], "e\u{fffd}\u{fffd}", "{row}");
        }
    }

    #[test]
    fn a_row_for_sale_is_known_by_its_inventory_id() {
        for (row, id, kept) in [
            (json!({"id": "a"}), "a", Value::Null),
            (json!({"inventory_id": "i"}), "i", Value::Null),
            (json!({"id": "a", "inventory_id": "i"}), "i", json!({"id": "a"})),
            (json!({"inventory_id": "i", "id": "a"}), "i", json!({"id": "a"})),
            (json!({"inventory_id": "i", "id": "i"}), "i", Value::Null),
        ] {
            let number = one(&row, Sort::ForSale);
            assert_eq!((number.id.as_str(), extra(&number)), (id, kept), "{row}");
        }
        let owned = one(&json!({"id": "a", "inventory_id": "i"}), Sort::Owned);
        assert_eq!((owned.id.as_str(), extra(&owned)), ("a", json!({"inventory_id": "i"})));
    }

    #[test]
    fn a_price_is_whole_cents_or_unknown() {
        for (row, monthly, setup, kept) in [
            (json!({"monthly_cost_cents": 400, "setup_cost_cents": 0}), Some(400), Some(0), Value::Null),
            (json!({"monthlyCostCents": 400}), Some(400), None, Value::Null),
            (
                json!({"inventory": {"monthly_cost_cents": 400, "setupCostCents": 5}}),
                Some(400),
                Some(5),
                Value::Null,
            ),
            (json!({"monthly_cost_cents": 4.5}), None, None, json!({"monthly_cost_cents": 4.5})),
            (json!({"monthlyCostCents": "400"}), None, None, json!({"monthly_cost_cents": "400"})),
            (json!({"setup_cost_cents": -1}), None, None, json!({"setup_cost_cents": -1})),
            (json!({"setup_cost_cents": null}), None, None, json!({"setup_cost_cents": null})),
            (
                json!({"inventory": {"monthly_cost_cents": 1e3, "pool": "x"}}),
                None,
                None,
                json!({"inventory": {"monthly_cost_cents": 1e3, "pool": "x"}}),
            ),
            (
                json!({"monthly_cost_cents": 9, "inventory": {"monthly_cost_cents": 4}}),
                Some(4),
                None,
                json!({"monthly_cost_cents": 9}),
            ),
            (json!({"inventory": null}), None, None, json!({"inventory": null})),
        ] {
            let mut row = row;
            row["id"] = json!("a");
            let number = one(&row, Sort::ForSale);
            assert_eq!(number.price().monthly, monthly.map(Cents), "{row}");
            assert_eq!(number.price().setup, setup.map(Cents), "{row}");
            assert_eq!(extra(&number), kept, "{row}");
        }
    }

    #[test]
    fn what_is_beside_the_known_costs_is_in_the_json_again() {
        let inventory =
            json!({"monthly_cost_cents": 400, "capabilities": {"voice": true, "mms": true}, "pool": "x"});
        let number = one(&json!({"id": "a", "inventory": inventory}), Sort::Owned);
        assert_eq!(number.to_json()["inventory"], inventory);
    }

    #[test]
    fn capabilities_come_as_object_or_array() {
        for (sent, voice, sms, fax) in [
            (json!({"voice": true, "sms": false}), Some(true), Some(false), None),
            (json!(["voice", "SMS"]), Some(true), Some(true), Some(false)),
        ] {
            for row in [
                json!({"id": "a", "capabilities": sent}),
                json!({"id": "a", "inventory": {"capabilities": sent}}),
            ] {
                let can = one(&row, Sort::ForSale).offer.unwrap().capabilities;
                assert_eq!((can.voice, can.sms, can.fax), (voice, sms, fax), "{row}");
            }
        }
        let number = one(
            &json!({"id": "a", "capabilities": {"voice": true, "mms": true, "sms": "yes"}}),
            Sort::ForSale,
        );
        assert_eq!(extra(&number), json!({"capabilities": {"mms": true, "sms": "yes"}}));
        assert_eq!(one(&json!({"id": "a", "capabilities": 5}), Sort::ForSale).offer, None);
    }

    #[test]
    fn text_is_clean_and_passwords_are_not_kept() {
        let number = one(
            &json!({"id": "a", "e164": "+1\u{1b}[2J", "country": "N\u{202e}G",
                    "sip_credentials": {"sip_password": "hunter2"}, "sipCredentials": {"password": "hunter2"},
                    "password": "hunter2", "trunk": {"auth_secret": "hunter2"}}),
            Sort::Owned,
        );
        assert_eq!(number.line.to_string(), "+1\u{fffd}[2J");
        assert_eq!(number.country.as_deref(), Some("N\u{fffd}G"));
        assert!(!format!("{number:?}").contains("hunter2"));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let names = prop::sample::select(vec![
            "id",
            "inventory_id",
            "e164",
            "number",
            "country",
            "type",
            "status",
            "endpoint_id",
            "endpoint",
            "allow_inbound",
            "sip_uri",
            "created_at",
            "monthly_cost_cents",
            "capabilities",
            "inventory",
            "sip_credentials",
            "sip_port",
            "data",
            "items",
            "total",
            "error",
            "voice",
            "x",
        ]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((names.clone(), inner), 0..8)
                    .prop_map(|fields| fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Value>()),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_json_makes_the_decoder_panic(value in any_json()) {
            let text = value.to_string();
            let strings = Interner::default();
            for sort in [Sort::Owned, Sort::ForSale, Sort::Asked] {
                let _ = list(text.as_bytes(), sort, &strings);
                let _ = super::super::record(text.as_bytes(), sort, &strings);
            }
            let _ = super::super::detail(text.as_bytes(), &strings);
            let _ = super::super::endpoints(text.as_bytes());
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = list(&bytes, Sort::Owned, &Interner::default());
            let _ = super::super::detail(&bytes, &Interner::default());
        }

        #[test]
        fn every_row_is_read_or_the_page_is_refused(rows in prop::collection::vec(any_json(), 0..6)) {
            let count = rows.len();
            if let Ok(page) = read(&Value::Array(rows), Sort::Owned) {
                prop_assert_eq!(page.numbers.len(), count);
            }
        }
    }
}
