//! A page of a list.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::Dialect;
use super::super::dialect::DialectVotes;
use super::field::{CUT, Key, Room, Scalar, ScalarSeed, every_scalar_is};
use super::intern::{Interner, PageInterner};
use super::row::RowOrigin;
use super::row::RowSeed;
use crate::phone::{EndpointId, Number, NumberId, clean};

/// Most rows that are read of one page. A server that does not know of pages sends all of its rows
/// at once.
const MOST_ROWS: usize = 50_000;

/// What one page of a list holds.
#[derive(Debug)]
pub(in crate::api) struct PageRows<T> {
    /// The rows, in order.
    pub(in crate::api) items: Vec<T>,
    /// How many rows came, those that cannot be read included: the next page begins behind them.
    pub(in crate::api) received: u64,
    /// How many of them cannot be read, or do not say what they are a row of.
    pub(in crate::api) odd: u64,
    /// The first of those: its place on the page, counted from 1, and what is wrong with it.
    pub(in crate::api) first_odd: Option<(u64, &'static str)>,
    /// How many rows the whole list has, where the server says so.
    pub(in crate::api) total: Option<u64>,
    /// Whether the answer says that more rows follow.
    pub(in crate::api) more: bool,
    /// For how many seconds a cache on the way has kept the page.
    pub(in crate::api) age: u64,
    /// Memory that the rows take beyond what every row takes, in bytes.
    pub(in crate::api) weight: usize,
    /// The same of what nobody asked for.
    pub(in crate::api) extra: usize,
    /// The dialect that it is written in, where that can be told from envelope and first row.
    pub(in crate::api) told: Option<Dialect>,
}

impl<T> PageRows<T> {
    pub(in crate::api) fn new() -> Self {
        let items = Vec::new();
        Self {
            items,
            received: 0,
            odd: 0,
            first_odd: None,
            total: None,
            more: false,
            age: 0,
            weight: 0,
            extra: 0,
            told: None,
        }
    }

    /// Takes note of a row that says less than it should.
    pub(in crate::api) fn note(&mut self, why: &'static str) {
        self.odd += 1;
        self.first_odd.get_or_insert((self.received, why));
    }
}

/// Reads a page: an array, or an object with one under `data`, `phone_numbers`, `numbers` or
/// `items`. The error says in words why `body` is none of these; it quotes nothing of the rows.
pub(in crate::api) fn list(
    body: &[u8],
    sort: RowOrigin,
    interner: &Interner,
) -> Result<PageRows<Number>, String> {
    // Seen as text at once, it is not looked at again for each text in it.
    let found = match std::str::from_utf8(body) {
        Ok(text) => found(serde_json::Deserializer::from_str(text), sort, interner),
        Err(_) => found(serde_json::Deserializer::from_slice(body), sort, interner),
    };
    let broken =
        |error: serde_json::Error| format!("broken JSON at line {}, column {}", error.line(), error.column());
    match found.map_err(broken)? {
        Found::PageRows(Read { mut rows, line }, total, more, envelope) => {
            let mut signs = DialectVotes::default();
            signs.add(envelope);
            signs.add(line);
            signs.add(rows.items.first().and_then(|number| Dialect::of_id(number.id.as_str())));
            rows.total = total;
            rows.more = more;
            rows.told = signs.told();
            Ok(rows)
        }
        Found::Nothing(why) => Err(why),
    }
}

fn found<'de>(
    mut decoder: serde_json::Deserializer<impl serde_json::de::Read<'de>>,
    sort: RowOrigin,
    interner: &Interner,
) -> serde_json::Result<Found> {
    let mut strings = interner.page();
    let mut room = Room::of_a_page();
    let seed = PageSeed { sort, strings: &mut strings, room: &mut room };
    let found = seed.deserialize(&mut decoder)?;
    decoder.end()?;
    Ok(found)
}

/// The rows, with the dialect of the first one's name for the number.
struct Read {
    rows: PageRows<Number>,
    line: Option<Dialect>,
}

enum Found {
    /// With the total, whether more follow, and the dialect whose envelope it is.
    PageRows(Read, Option<u64>, bool, Option<Dialect>),
    /// JSON, but not a list.
    Nothing(String),
}

struct PageSeed<'a, 'b> {
    sort: RowOrigin,
    strings: &'a mut PageInterner<'b>,
    room: &'a mut Room,
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
        Ok(match rows(seq, self.sort, self.strings, self.room)? {
            Some(read) => Found::PageRows(read, None, false, Some(Dialect::OpenApi)),
            None => too_many(),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut more = false;
        let (mut read, mut envelope, mut total, mut paginated, mut failed) = (None, None, None, None, None);
        // What stands beside the rows is small; who fills it up gets no second chance.
        let mut beside = Room::of_a_record();
        beside.begin_row();
        while let Some(Key(name)) = map.next_key()? {
            match &*name {
                "data" | "phone_numbers" | "numbers" | "items" => {
                    let (strings, room) = (&mut *self.strings, &mut *self.room);
                    let seed = ArraySeed { sort: self.sort, strings, room };
                    match (map.next_value_seed(seed)?, &read) {
                        (Some(_), Some(_)) => {
                            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                            return Ok(Found::Nothing("two lists in one answer".to_owned()));
                        }
                        (Some(None), None) => {
                            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                            return Ok(too_many());
                        }
                        (Some(Some(found)), None) => {
                            read = Some(found);
                            envelope = (name == "phone_numbers").then_some(Dialect::Guide);
                        }
                        (None, _) => {}
                    }
                }
                "total" => total = count(&map.next_value_seed(ScalarSeed(&mut beside))?),
                "pagination" => {
                    if let Scalar::Object(fields) = map.next_value_seed(ScalarSeed(&mut beside))? {
                        let field = fields.iter().find(|(name, _)| name == "total");
                        paginated = field.and_then(|(_, value)| count(value));
                        more |= fields.iter().any(|(name, value)| says_more(name, value));
                    }
                }
                // An empty list beside a failure is no list.
                "success" => {
                    if map.next_value_seed(ScalarSeed(&mut beside))? == Scalar::Bool(false) {
                        failed.get_or_insert_with(|| "success: false".to_owned());
                    }
                }
                "error" => match map.next_value_seed(ScalarSeed(&mut beside))? {
                    Scalar::Text(text) if !text.is_empty() => failed = Some(clean(&text, 120)),
                    Scalar::Object(_) => {
                        failed.get_or_insert_with(|| "an error".to_owned());
                    }
                    _ => {}
                },
                name if MORE.contains(&name) => {
                    more |= says_more(name, &map.next_value_seed(ScalarSeed(&mut beside))?);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(match (read, failed) {
            (_, Some(said)) => Found::Nothing(format!("it says: {said}")),
            (Some(read), None) => Found::PageRows(read, total.or(paginated), more, envelope),
            (None, None) => Found::Nothing("there is no list in it".to_owned()),
        })
    }

    every_scalar_is!(Found::Nothing("it is a single value".to_owned()));
}

/// Under what names answers say that more rows follow: whether, or where.
pub(super) const MORE: [&str; 7] =
    ["has_more", "hasMore", "has_next", "hasNext", "next", "next_page", "next_cursor"];

/// Whether a field beside the rows says that more of them follow.
fn says_more(name: &str, value: &Scalar<'_>) -> bool {
    MORE.contains(&name)
        && match value {
            Scalar::Bool(more) => *more,
            Scalar::Text(place) => !place.is_empty(),
            Scalar::Int(_) => true,
            _ => false,
        }
}

/// A number of rows.
fn count(value: &Scalar<'_>) -> Option<u64> {
    match value {
        Scalar::Int(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

fn too_many() -> Found {
    Found::Nothing(format!("more than {MOST_ROWS} rows in one page"))
}

/// `None` for more rows than are read of one page.
fn rows<'de, A: SeqAccess<'de>>(
    mut seq: A,
    sort: RowOrigin,
    strings: &mut PageInterner<'_>,
    room: &mut Room,
) -> Result<Option<Read>, A::Error> {
    let mut rows = PageRows::new();
    let mut line = None;
    let before = room.left();
    while let Some(row) = seq.next_element_seed(RowSeed { sort, strings: &mut *strings, room: &mut *room })? {
        rows.received += 1;
        if rows.received > MOST_ROWS as u64 {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(None);
        }
        match row {
            Ok(record) => {
                if rows.items.is_empty() {
                    line = record.told;
                }
                if sort == RowOrigin::Owned && !record.has_line {
                    rows.note("has no phone number");
                }
                rows.weight += weight(&record.number);
                rows.items.push(record.number);
            }
            Err(why) => rows.note(why),
        }
    }
    rows.extra = before - room.left();
    Ok(Some(Read { rows, line }))
}

/// Takes away what nobody asked for, and says so.
pub(in crate::api) fn cut(number: &mut Number) {
    if number.extra.is_some() {
        let said = [("...".to_owned(), CUT.into())];
        number.extra = Some(Box::new(said.into_iter().collect()));
    }
}

/// What a text costs beside its bytes.
const ALLOCATION: usize = 32;

/// Text that a row holds for itself, in bytes. What rows share is short.
fn weight(number: &Number) -> usize {
    let shared = [number.country.as_deref(), number.organization.as_deref()];
    let long = shared.into_iter().flatten().map(str::len).filter(|length| *length > Interner::LONGEST);
    let id = Some(number.id.as_str()).filter(|id| id.len() > NumberId::INLINE);
    let own = [id, number.sip_uri.as_deref(), number.endpoint.value().map(EndpointId::as_str)];
    let own = own.into_iter().flatten().map(|text| text.len() + ALLOCATION);
    own.sum::<usize>() + long.sum::<usize>()
}

/// The value of an envelope's field: rows, or `None` when it is no array.
struct ArraySeed<'a, 'b> {
    sort: RowOrigin,
    strings: &'a mut PageInterner<'b>,
    room: &'a mut Room,
}

impl<'de> DeserializeSeed<'de> for ArraySeed<'_, '_> {
    type Value = Option<Option<Read>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ArraySeed<'_, '_> {
    type Value = Option<Option<Read>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of phone numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        rows(seq, self.sort, self.strings, self.room).map(Some)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    every_scalar_is!(None);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::row::is_unusable;
    use super::*;
    use crate::phone::{Cents, Field, NumberId, Status, Switch};

    fn read(value: &Value, sort: RowOrigin) -> Result<PageRows<Number>, String> {
        list(value.to_string().as_bytes(), sort, &Interner::default())
    }

    fn one(row: &Value, sort: RowOrigin) -> Number {
        read(&json!([row]), sort).unwrap().items.remove(0)
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
            let page = read(&envelope, RowOrigin::Owned).unwrap();
            let ids: Vec<&str> = page.items.iter().map(|number| number.id.as_str()).collect();
            assert_eq!((ids, page.total), (vec!["a", "b"], total), "{envelope}");
        }
        assert!(read(&json!([]), RowOrigin::Owned).unwrap().items.is_empty());
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
            assert!(read(&body, RowOrigin::Owned).is_err(), "{body}");
        }
        for text in ["", "[", "[{\"id\":\"a\"}", "[] []", "[{\"id\":\"a\"},]", "<html>", "\u{0}"] {
            assert!(list(text.as_bytes(), RowOrigin::Owned, &Interner::default()).is_err(), "{text}");
        }
        assert!(list(b"[{\"id\":\"\xff\"}]", RowOrigin::Owned, &Interner::default()).is_err());
    }

    #[test]
    fn a_row_that_is_no_record_is_named_and_hides_no_other() {
        let number = |id: &str| json!({"id": id, "e164": "+2348031234567"});
        for (row, said, kept) in [
            (json!(7), "is not an object", 2),
            (json!(null), "is not an object", 2),
            (json!(["id"]), "is not an object", 2),
            (json!({}), "has no id", 2),
            (json!({"id": null}), "has no id", 2),
            (json!({"id": ""}), "has no id", 2),
            (json!({"id": 1.5}), "has no id", 2),
            (json!({"inventory_id": "a"}), "has no id", 2),
            (json!({"id": "x".repeat(513)}), "has an id of more than 512 bytes", 2),
            (json!({"id": "a"}), "has no phone number", 3),
            (json!({"id": "a", "e164": null}), "has no phone number", 3),
        ] {
            let page = json!({"data": [number("first"), row, number("last")]});
            let page = read(&page, RowOrigin::Owned).unwrap();
            assert_eq!((page.items.len(), page.received, page.odd), (kept, 3, 1), "{row}");
            assert_eq!(page.first_odd, Some((2, said)), "{row}");
        }
        for (row, said) in [
            (r#"{"id":"a","id":"b","e164":"+2348031234567"}"#, "has two ids under one name"),
            (
                r#"{"id":"a","e164":"+2348031234567","e164":"+2348031234568"}"#,
                "has two phone numbers under one name",
            ),
        ] {
            let page = list(format!("[{row}]").as_bytes(), RowOrigin::Owned, &Interner::default()).unwrap();
            assert_eq!(page.first_odd, Some((1, said)));
        }
        let sale = read(&json!([{"id": "a"}]), RowOrigin::ForSale).unwrap();
        assert_eq!(sale.odd, 0, "it is bought by its id");
    }

    #[test]
    fn a_price_that_stands_twice_with_two_values_is_unknown() {
        for (row, known) in [
            (r#""monthly_cost_cents":4,"monthly_cost_cents":9"#, None),
            (r#""monthly_cost_cents":9,"monthly_cost_cents":4"#, None),
            (r#""monthly_cost_cents":4,"monthly_cost_cents":4"#, Some(Cents(4))),
            (r#""inventory":{"monthly_cost_cents":4,"monthly_cost_cents":9}"#, None),
            (r#""inventory":{"monthly_cost_cents":4},"inventory":{"monthly_cost_cents":9}"#, None),
            (r#""inventory":{"monthly_cost_cents":4},"inventory":{}"#, None),
            (r#""inventory":{"monthly_cost_cents":4},"inventory":null"#, Some(Cents(4))),
        ] {
            let body = format!(r#"[{{"id":"a","e164":"+2348031234567",{row}}}]"#);
            let rows = list(body.as_bytes(), RowOrigin::ForSale, &Interner::default()).unwrap();
            assert_eq!(rows.items[0].price().monthly, known, "{row}");
            let one = &body[1..body.len() - 1];
            let (detail, _) = super::super::detail(one.as_bytes(), &Interner::default()).unwrap();
            assert_eq!(detail.number.price().monthly, known, "{row}");
        }
    }

    #[test]
    fn what_nobody_asked_for_is_kept_as_far_as_there_is_room_and_said_to_be_cut() {
        let empty: Vec<Value> = vec![json!([]); 20_000];
        let fields: serde_json::Map<String, Value> =
            (0..20_000).map(|n| (format!("x{n}"), json!(n))).collect();
        for more in [
            json!({"tags": empty}),
            json!({"tags": {"deep": empty}}),
            json!({"tags": fields}),
            Value::Object(fields.clone()),
            json!({"tags": "x".repeat(1 << 20)}),
            json!({"country": "x".repeat(1 << 20)}),
            json!({"endpoint": {"id": "e", "more": empty}}),
        ] {
            let mut row = json!({"id": "a", "e164": "+2348031234567"});
            row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let page =
                read(&json!([row, {"id": "b", "e164": "+2348031234568", "note": "small"}]), RowOrigin::Owned)
                    .unwrap();
            let kept = Value::Object(page.items[0].to_json()).to_string();
            assert!(kept.len() < 64 << 10 && kept.contains("[cut: "), "{} bytes", kept.len());
            assert_eq!(extra(&page.items[1]), json!({"note": "small"}), "the next row has room of its own");
            assert_eq!(page.odd, 0);
        }
    }

    #[test]
    fn a_page_of_more_rows_than_anybody_has_is_refused() {
        let body = format!("[{}0]", "{},".repeat(MOST_ROWS));
        let refused = list(body.as_bytes(), RowOrigin::Owned, &Interner::default()).unwrap_err();
        assert!(refused.contains("more than 50000 rows"));
        assert!(
            list(format!("{{\"data\":{body}}}").as_bytes(), RowOrigin::Owned, &Interner::default()).is_err()
        );
    }

    #[test]
    fn a_row_whose_id_can_not_be_sent_back_hides_no_other() {
        let rows = json!([{"id": "a"}, {"id": "b\u{1b}[2J", "e164": "+2348031234567"}, {"id": "b\u{7}[2J"}]);
        for sort in [RowOrigin::Owned, RowOrigin::ForSale] {
            let page = read(&rows, sort).unwrap();
            let ids: Vec<&NumberId> = page.items.iter().map(|number| &number.id).collect();
            assert_eq!(ids.iter().map(|id| is_unusable(id)).collect::<Vec<_>>(), [false, true, true]);
            assert!(ids.iter().all(|id| crate::phone::is_clean(id.as_str())), "{ids:?}");
            assert_ne!(ids[1], ids[2], "each stays a row of its own");
            assert_eq!(page.items[1].line.to_string(), "+2348031234567");
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
            assert_eq!(read(&body, RowOrigin::Owned).unwrap().told, told, "{body}");
        }
        let sale = json!({"phone_numbers": [{"id": "inv_ng_1", "number": "+2348031234567"}]});
        assert_eq!(read(&sale, RowOrigin::ForSale).unwrap().told, guide);
    }

    #[test]
    fn either_name_of_a_field_is_understood_and_the_contract_wins() {
        let contract = one(
            &json!({"id": "a", "e164": "+2348031234567", "country": "NG", "type": "mobile", "status": "active",
                    "endpoint_id": "e", "allow_inbound": true, "allow_outbound": false,
                    "sip_uri": "sip:x@y", "organization_id": "o",
                    "created_at": "2026-03-03T10:00:00Z", "updated_at": "2026-03-04T10:00:00Z"}),
            RowOrigin::Owned,
        );
        assert_eq!(contract.extra, None);
        for (line, country, kind) in
            [("number", "country_code", "number_type"), ("phone_number", "country_code", "number_type")]
        {
            let row = json!({"id": "a", line: "+2348031234567", country: "NG", kind: "mobile", "status": "active",
                    "endpointId": "e", "allowInbound": true, "allowOutbound": false,
                    "sipUri": "sip:x@y", "organizationId": "o",
                    "createdAt": "2026-03-03T10:00:00Z", "updatedAt": "2026-03-04T10:00:00Z"});
            assert_eq!(one(&row, RowOrigin::Owned), contract, "{row}");
        }
        for row in [
            json!({"id": "a", "e164": "+2348031234567", "number": "+1"}),
            json!({"id": "a", "number": "+1", "e164": "+2348031234567"}),
        ] {
            let number = one(&row, RowOrigin::Owned);
            assert_eq!(number.line.to_string(), "+2348031234567");
            assert_eq!(extra(&number), json!({"number": "+1"}));
        }
        let number = one(&json!({"id": "a", "e164": null, "number": "+2348031234567"}), RowOrigin::Owned);
        assert_eq!(number.line.to_string(), "+2348031234567");
    }

    #[test]
    fn null_absent_and_nonsense_are_three_things() {
        let number = one(
            &json!({"id": 17, "endpoint_id": null, "status": null, "allow_inbound": "yes",
                    "country": 5, "verified": true, "tags": [1]}),
            RowOrigin::Owned,
        );
        assert_eq!(number.id.as_str(), "17");
        assert_eq!(number.endpoint, Field::Null);
        assert_eq!(
            (number.status.clone(), number.switches[Switch::Inbound], number.switches[Switch::Outbound]),
            (None, None, None)
        );
        assert_eq!(
            extra(&number),
            json!({"status": null, "allow_inbound": "yes", "country": 5, "verified": true, "tags": [1]})
        );
        assert_eq!(one(&json!({"id": "a"}), RowOrigin::Owned).endpoint, Field::Absent);
        assert_eq!(
            one(&json!({"id": "a", "status": "suspended"}), RowOrigin::Owned).status,
            Some(Status::parse("suspended"))
        );
    }

    #[test]
    fn a_number_that_was_not_sent_is_not_made_up() {
        for row in [json!({"id": "a"}), json!({"id": "a", "e164": null}), json!({"id": "a", "e164": ""})] {
            assert_eq!(Value::Object(one(&row, RowOrigin::Owned).to_json()), row);
        }
    }

    #[test]
    fn an_endpoint_object_names_the_endpoint_and_is_kept() {
        let number = one(
            &json!({"id": "a", "endpoint": {"id": "ep_1", "name": "Desk", "api_key": "k"}}),
            RowOrigin::Owned,
        );
        assert_eq!(number.endpoint.value().unwrap().as_str(), "ep_1");
        assert_eq!(
            extra(&number)["endpoint"],
            json!({"id": "ep_1", "name": "Desk", "api_key": "[redacted]"})
        );
        let both =
            one(&json!({"id": "a", "endpoint_id": null, "endpoint": {"id": "ep_1"}}), RowOrigin::Owned);
        assert_eq!(both.endpoint, Field::Null);
    }

    #[test]
    fn an_endpoint_that_cannot_be_sent_back_is_not_known_and_can_be_seen() {
        for row in [
            json!({"id": "a", "endpoint_id": "e\n\u{202e}"}),
            json!({"id": "a", "endpoint": {"id": "e\n\u{202e}"}}),
        ] {
            let number = one(&row, RowOrigin::Owned);
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
            let number = one(&row, RowOrigin::ForSale);
            assert_eq!((number.id.as_str(), extra(&number)), (id, kept), "{row}");
        }
        let owned = one(&json!({"id": "a", "inventory_id": "i"}), RowOrigin::Owned);
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
                None,
                None,
                json!({"monthly_cost_cents": 9, "inventory": {"monthly_cost_cents": 4}}),
            ),
            (
                json!({"monthly_cost_cents": 4, "inventory": {"monthly_cost_cents": 4}}),
                Some(4),
                None,
                Value::Null,
            ),
            (
                json!({"monthly_cost_cents": null, "inventory": {"monthlyCostCents": 4}}),
                Some(4),
                None,
                json!({"monthly_cost_cents": null}),
            ),
            (
                json!({"setup_cost_cents": 1, "setupCostCents": 2}),
                None,
                None,
                json!({"setup_cost_cents": 1, "setupCostCents": 2}),
            ),
            (
                json!({"inventory": {"setup_cost_cents": "1", "setupCostCents": 2}}),
                None,
                None,
                json!({"inventory": {"setup_cost_cents": "1", "setupCostCents": 2}}),
            ),
            (json!({"inventory": null}), None, None, json!({"inventory": null})),
        ] {
            let mut row = row;
            row["id"] = json!("a");
            let number = one(&row, RowOrigin::ForSale);
            assert_eq!(number.price().monthly, monthly.map(Cents), "{row}");
            assert_eq!(number.price().setup, setup.map(Cents), "{row}");
            assert_eq!(extra(&number), kept, "{row}");
        }
    }

    #[test]
    fn what_is_beside_the_known_costs_is_in_the_json_again() {
        let inventory =
            json!({"monthly_cost_cents": 400, "capabilities": {"voice": true, "mms": true}, "pool": "x"});
        let number = one(&json!({"id": "a", "inventory": inventory}), RowOrigin::Owned);
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
                let can = one(&row, RowOrigin::ForSale).offer.unwrap().capabilities;
                assert_eq!((can.voice, can.sms, can.fax), (voice, sms, fax), "{row}");
            }
        }
        let number = one(
            &json!({"id": "a", "capabilities": {"voice": true, "mms": true, "sms": "yes"}}),
            RowOrigin::ForSale,
        );
        assert_eq!(extra(&number), json!({"capabilities": {"mms": true, "sms": "yes"}}));
        assert_eq!(one(&json!({"id": "a", "capabilities": 5}), RowOrigin::ForSale).offer, None);
    }

    #[test]
    fn text_is_clean_and_passwords_are_not_kept() {
        let number = one(
            &json!({"id": "a", "e164": "+1\u{1b}[2J", "country": "N\u{202e}G",
                    "sip_credentials": {"sip_password": "hunter2"}, "sipCredentials": {"password": "hunter2"},
                    "password": "hunter2", "trunk": {"auth_secret": "hunter2"}}),
            RowOrigin::Owned,
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
            for sort in [RowOrigin::Owned, RowOrigin::ForSale, RowOrigin::Asked] {
                let _ = list(text.as_bytes(), sort, &strings);
                let _ = super::super::record(text.as_bytes(), sort, &strings);
            }
            let _ = super::super::detail(text.as_bytes(), &strings);
            let _ = super::super::endpoints(text.as_bytes());
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = list(&bytes, RowOrigin::Owned, &Interner::default());
            let _ = super::super::detail(&bytes, &Interner::default());
        }

        #[test]
        fn every_row_is_read_or_counted_as_odd(rows in prop::collection::vec(any_json(), 0..6)) {
            let count = rows.len();
            if let Ok(page) = read(&Value::Array(rows), RowOrigin::Owned) {
                prop_assert_eq!(page.received, count as u64);
                prop_assert!(page.items.len() as u64 + page.odd >= count as u64);
                prop_assert_eq!(page.first_odd.is_some(), page.odd > 0);
            }
        }
    }
}
