//! One record.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::super::Dialect;
use super::Sort;
use super::intern::PageInterner;
use super::scalar::{Fields, Key, Scalar, into_map};
use crate::phone::{
    Capabilities, Cents, EndpointId, Field, Kind, Line, Moment, Number, NumberId, Offer, Price, Status,
    clean, is_clean,
};

/// A record as it came: the number, and what only the detail view needs.
#[derive(Debug)]
pub(super) struct Record {
    /// The number; `credentials` are not in its `extra`.
    pub(super) number: Number,
    /// Whether the record names a telephone number at all.
    pub(super) has_line: bool,
    /// The dialect whose name for the number it has.
    pub(super) told: Option<Dialect>,
    /// `sip_credentials`, when it is an object.
    pub(super) credentials: Option<Map<String, Value>>,
}

/// Why a row is no record. Without a subject: the caller knows which row it is.
pub(super) type Fault = &'static str;

const NOT_AN_OBJECT: Fault = "is not an object";
const NO_ID: Fault = "has no id";

/// Begins an id that cannot be sent back as it came.
const UNUSABLE: char = '\u{fffd}';

/// Whether an id is of a record that can be shown, but not named in a request.
pub(in crate::api) fn is_unusable(id: &NumberId) -> bool {
    id.as_str().starts_with(UNUSABLE)
}

/// Fields that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Id,
    Line,
    Country,
    Kind,
    Status,
    Endpoint,
    Inbound,
    Outbound,
    SipUri,
    Organization,
    Created,
    Updated,
    Monthly,
    Setup,
    Capabilities,
    Inventory,
    Credentials,
}

impl Known {
    const COUNT: usize = Self::Credentials as usize + 1;

    /// The field behind a name, and how trustworthy the name is: 0 for the contract's.
    fn of(name: &str, sort: Sort) -> Option<(Self, u8)> {
        Some(match name {
            "id" => (Self::Id, u8::from(sort == Sort::ForSale)),
            "inventory_id" | "inventoryId" => match sort {
                // Of a number that is owned it says where it came from, not what it is.
                Sort::Owned => return None,
                Sort::ForSale => (Self::Id, 0),
                Sort::Asked => (Self::Id, 1),
            },
            "e164" => (Self::Line, 0),
            "number" => (Self::Line, 1),
            "phone_number" | "phoneNumber" => (Self::Line, 2),
            "country" => (Self::Country, 0),
            "country_code" | "countryCode" => (Self::Country, 1),
            "type" => (Self::Kind, 0),
            "number_type" | "numberType" => (Self::Kind, 1),
            "status" => (Self::Status, 0),
            "endpoint_id" => (Self::Endpoint, 0),
            "endpointId" => (Self::Endpoint, 1),
            "allow_inbound" => (Self::Inbound, 0),
            "allowInbound" => (Self::Inbound, 1),
            "allow_outbound" => (Self::Outbound, 0),
            "allowOutbound" => (Self::Outbound, 1),
            "sip_uri" => (Self::SipUri, 0),
            "sipUri" => (Self::SipUri, 1),
            "organization_id" => (Self::Organization, 0),
            "organizationId" => (Self::Organization, 1),
            "created_at" => (Self::Created, 0),
            "createdAt" => (Self::Created, 1),
            "updated_at" => (Self::Updated, 0),
            "updatedAt" => (Self::Updated, 1),
            "monthly_cost_cents" => (Self::Monthly, 0),
            "monthlyCostCents" => (Self::Monthly, 1),
            "setup_cost_cents" => (Self::Setup, 0),
            "setupCostCents" => (Self::Setup, 1),
            "capabilities" => (Self::Capabilities, 0),
            "inventory" => (Self::Inventory, 0),
            "sip_credentials" => (Self::Credentials, 0),
            "sipCredentials" => (Self::Credentials, 1),
            _ => return None,
        })
    }

    /// The contract's name.
    fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Line => "e164",
            Self::Country => "country",
            Self::Kind => "type",
            Self::Status => "status",
            Self::Endpoint => "endpoint_id",
            Self::Inbound => "allow_inbound",
            Self::Outbound => "allow_outbound",
            Self::SipUri => "sip_uri",
            Self::Organization => "organization_id",
            Self::Created => "created_at",
            Self::Updated => "updated_at",
            Self::Monthly => "monthly_cost_cents",
            Self::Setup => "setup_cost_cents",
            Self::Capabilities => "capabilities",
            Self::Inventory => "inventory",
            Self::Credentials => "sip_credentials",
        }
    }
}

/// Decodes one row. Only broken JSON is an error of the decoder; a row that is no record comes
/// back as a [`Fault`], so that the list can say which row it is.
pub(super) struct RowSeed<'a, 'b> {
    pub(super) sort: Sort,
    pub(super) strings: &'a mut PageInterner<'b>,
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_, '_> {
    type Value = Result<Record, Fault>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_, '_> {
    type Value = Result<Record, Fault>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a phone number")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut row = Row::new(self.sort);
        while let Some(Key(name)) = map.next_key()? {
            row.put(name, map.next_value()?);
        }
        Ok(row.finish(self.strings))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Err(NOT_AN_OBJECT))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Err(NOT_AN_OBJECT))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Err(NOT_AN_OBJECT))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Err(NOT_AN_OBJECT))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Err(NOT_AN_OBJECT))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Err(NOT_AN_OBJECT))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Err(NOT_AN_OBJECT))
    }
}

/// A field under the name that it came with.
struct Slot<'de> {
    value: Scalar<'de>,
    name: Cow<'de, str>,
    rank: u8,
}

/// A row that is being read.
struct Row<'de> {
    sort: Sort,
    slots: [Option<Slot<'de>>; Known::COUNT],
    extra: Map<String, Value>,
}

impl<'de> Row<'de> {
    fn new(sort: Sort) -> Self {
        Self { sort, slots: [const { None }; Known::COUNT], extra: Map::new() }
    }

    fn put(&mut self, name: Cow<'de, str>, value: Scalar<'de>) {
        let Some((known, rank)) = Known::of(&name, self.sort) else {
            return keep(&mut self.extra, &name, value.into_value());
        };
        // Null under the contract's name does not hide a value under another one.
        let rank = if value.is_null() { rank + 100 } else { rank };
        let fresh = Slot { value, name, rank };
        let slot = &mut self.slots[known as usize];
        let loser = match slot.take() {
            None => {
                *slot = Some(fresh);
                return;
            }
            Some(held) if held.rank <= fresh.rank => {
                *slot = Some(held);
                fresh
            }
            Some(held) => {
                *slot = Some(fresh);
                held
            }
        };
        let same = slot.as_ref().is_some_and(|kept| kept.value == loser.value);
        if !same && known != Known::Credentials {
            keep(&mut self.extra, &loser.name, loser.value.into_value());
        }
    }

    fn take(&mut self, known: Known) -> Option<Scalar<'de>> {
        self.slots[known as usize].take().map(|slot| slot.value)
    }

    /// What is not understood stays, under the contract's name.
    fn keep(&mut self, known: Known, value: Value) {
        keep(&mut self.extra, known.name(), value);
    }

    fn text(&mut self, known: Known) -> Option<Cow<'de, str>> {
        match self.take(known)? {
            Scalar::Text(text) if is_clean(&text) => Some(text),
            Scalar::Text(text) => Some(Cow::Owned(clean(&text, usize::MAX))),
            other => {
                self.keep(known, other.into_value());
                None
            }
        }
    }

    fn flag(&mut self, known: Known) -> Option<bool> {
        match self.take(known)? {
            Scalar::Bool(value) => Some(value),
            other => {
                self.keep(known, other.into_value());
                None
            }
        }
    }

    fn finish(mut self, strings: &mut PageInterner<'_>) -> Result<Record, Fault> {
        let id = match self.take(Known::Id) {
            Some(Scalar::Text(text)) => id(text).ok_or(NO_ID)?,
            other => Cow::Owned(other.as_ref().and_then(Scalar::integer).ok_or(NO_ID)?),
        };
        let told = match self.slots[Known::Line as usize].as_ref().map(|slot| &*slot.name) {
            Some("e164") => Some(Dialect::OpenApi),
            Some("number") => Some(Dialect::Guide),
            _ => None,
        };
        let line = match self.slots[Known::Line as usize].as_ref().map(|slot| &slot.value) {
            Some(value) if value.integer().is_some() => value.integer().map(Cow::Owned),
            _ => self.text(Known::Line),
        };
        if line.as_deref() == Some("") {
            // No line either, but not the same as none sent.
            self.keep(Known::Line, Value::String(String::new()));
        }
        let mut number = Number::new(NumberId::new(&id), Line::parse(line.as_deref().unwrap_or_default()));
        number.country = self.text(Known::Country).map(|text| strings.get(&text));
        number.kind = self.text(Known::Kind).map(|text| match Kind::parse(&text) {
            // The enum would hold a copy of its own for each row.
            Kind::Other(_) => Kind::Other(strings.get(&text)),
            known => known,
        });
        number.status = self.text(Known::Status).map(|text| match Status::parse(&text) {
            Status::Other(_) => Status::Other(strings.get(&text)),
            known => known,
        });
        number.endpoint = self.endpoint(strings);
        number.allow_inbound = self.flag(Known::Inbound);
        number.allow_outbound = self.flag(Known::Outbound);
        number.sip_uri = self.text(Known::SipUri).map(|text| without_password(&text).into());
        number.organization = self.text(Known::Organization).map(|text| strings.get(&text));
        number.created_at = self.text(Known::Created).map(|text| Moment::parse(&text));
        number.updated_at = self.text(Known::Updated).map(|text| Moment::parse(&text));
        number.offer = self.offer().map(Box::new);
        let credentials = match self.take(Known::Credentials) {
            Some(Scalar::Object(fields)) => Some(into_map(fields)),
            Some(Scalar::Null) => {
                self.keep(Known::Credentials, Value::Null);
                None
            }
            // Another form may be the password itself, and is not kept in the clear.
            _ => None,
        };
        number.extra = (!self.extra.is_empty()).then(|| Box::new(self.extra));
        Ok(Record { number, has_line: line.is_some_and(|line| !line.is_empty()), told, credentials })
    }

    /// `endpoint_id`, else the id in an `endpoint` object. An empty id is none. One that cannot be
    /// sent back as it came is not known, and stays to be seen: one bad row must not hide the list.
    fn endpoint(&mut self, strings: &mut PageInterner<'_>) -> Field<EndpointId> {
        let value = match self.take(Known::Endpoint) {
            Some(value) => value,
            None => match self.extra.get("endpoint").and_then(|endpoint| endpoint.get("id")) {
                Some(Value::String(text)) => Scalar::Text(Cow::Owned(text.clone())),
                Some(Value::Number(number)) if !number.is_f64() => {
                    Scalar::Text(Cow::Owned(number.to_string()))
                }
                _ => return Field::Absent,
            },
        };
        match value {
            Scalar::Null => Field::Null,
            Scalar::Text(text) if text.is_empty() => Field::Null,
            Scalar::Text(text) if is_clean(&text) => Field::Value(EndpointId(strings.get(&text))),
            Scalar::Text(text) => {
                self.keep(Known::Endpoint, Value::String(clean(&text, usize::MAX)));
                Field::Absent
            }
            other => match other.integer() {
                Some(number) => Field::Value(EndpointId(strings.get(&number))),
                None => {
                    self.keep(Known::Endpoint, other.into_value());
                    Field::Absent
                }
            },
        }
    }

    /// Costs and capabilities, under `inventory` before top level.
    fn offer(&mut self) -> Option<Offer> {
        let mut inner = match self.take(Known::Inventory) {
            Some(Scalar::Object(fields)) => Some(fields),
            None => None,
            Some(other) => {
                self.keep(Known::Inventory, other.into_value());
                None
            }
        };
        let mut offer = Offer::default();
        if let Some(fields) = &mut inner {
            offer.price.monthly = take_cents(fields, ["monthly_cost_cents", "monthlyCostCents"]);
            offer.price.setup = take_cents(fields, ["setup_cost_cents", "setupCostCents"]);
            if let Some(at) = fields.iter().position(|(name, _)| name == "capabilities") {
                let (name, sent) = fields.remove(at);
                if let Some(rest) = capabilities(sent, &mut offer.capabilities) {
                    fields.insert(at, (name, rest));
                }
            }
        }
        let Price { setup, monthly } = offer.price;
        offer.price.monthly = self.cost(Known::Monthly, monthly);
        offer.price.setup = self.cost(Known::Setup, setup);
        if let Some(value) = self.take(Known::Capabilities) {
            let rest = if offer.capabilities == Capabilities::default() {
                capabilities(value, &mut offer.capabilities)
            } else {
                Some(value)
            };
            if let Some(rest) = rest {
                self.keep(Known::Capabilities, rest.into_value());
            }
        }
        if let Some(rest) = inner.filter(|fields| !fields.is_empty()) {
            self.keep(Known::Inventory, Value::Object(into_map(rest)));
        }
        (offer != Offer::default()).then_some(offer)
    }

    /// A cost of the top level, unless `inner` already said it.
    fn cost(&mut self, known: Known, inner: Option<Cents>) -> Option<Cents> {
        let Some(value) = self.take(known) else { return inner };
        let outer = match value {
            Scalar::Int(cents @ 0..) => Some(Cents(cents)),
            _ => None,
        };
        if outer.is_none() || inner.is_some() && inner != outer {
            self.keep(known, value.into_value());
        }
        inner.or(outer)
    }
}

/// An id is sent back as it came, so it cannot be cleaned. One with control characters is marked as
/// unusable and spelled out: one bad row must not hide the list, and two must not look like one.
fn id(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if text.is_empty() {
        return None;
    }
    if is_clean(&text) {
        return Some(text);
    }
    let mut spelled = String::from(UNUSABLE);
    for c in text.chars() {
        if is_clean(c.encode_utf8(&mut [0; 4])) {
            spelled.push(c);
        } else {
            spelled.extend(c.escape_unicode());
        }
    }
    Some(Cow::Owned(spelled))
}

/// The first of `names` that holds whole cents; anything else stays where it is.
fn take_cents(fields: &mut Fields<'_>, names: [&str; 2]) -> Option<Cents> {
    let (at, cents) = names.into_iter().find_map(|wanted| {
        fields.iter().enumerate().find_map(|(at, (name, value))| match value {
            Scalar::Int(cents @ 0..) if name == wanted => Some((at, *cents)),
            _ => None,
        })
    })?;
    fields.remove(at);
    Some(Cents(cents))
}

/// Reads `{"voice": true}` or `["voice"]` and gives back what is not understood. An array names
/// all that a number can do, so what is not in it cannot be done.
fn capabilities<'de>(sent: Scalar<'de>, into: &mut Capabilities) -> Option<Scalar<'de>> {
    let known = [("voice", &mut into.voice), ("sms", &mut into.sms), ("fax", &mut into.fax)];
    match sent {
        Scalar::Object(mut fields) => {
            for (wanted, can) in known {
                fields.retain(|(name, value)| match value {
                    Scalar::Bool(value) if name == wanted => {
                        *can = Some(*value);
                        false
                    }
                    _ => true,
                });
            }
            (!fields.is_empty()).then_some(Scalar::Object(fields))
        }
        Scalar::Other(value) => match *value {
            Value::Array(mut list) if list.iter().all(Value::is_string) => {
                for (wanted, can) in known {
                    let count = list.len();
                    list.retain(|item| !item.as_str().is_some_and(|name| name.eq_ignore_ascii_case(wanted)));
                    *can = Some(list.len() < count);
                }
                (!list.is_empty()).then(|| Scalar::Other(Box::new(Value::Array(list))))
            }
            other => Some(Scalar::Other(Box::new(other))),
        },
        other => Some(other),
    }
}

/// Keeps a field as it came, but for secrets.
fn keep(extra: &mut Map<String, Value>, name: &str, value: Value) {
    extra.insert(name.to_owned(), without_secrets(name, value));
}

/// A SIP URI may carry a password (RFC 3261, section 19.1.1): it is shown, printed and kept in lists.
fn without_password(uri: &str) -> Cow<'_, str> {
    let secret = || {
        let (scheme, rest) = uri.split_once(':')?;
        let (user, host) = rest.split_once('@')?;
        let (user, password) = user.split_once(':').filter(|(_, password)| !password.is_empty())?;
        let sip = scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips");
        (sip && !password.contains('/')).then(|| format!("{scheme}:{user}:[redacted]@{host}"))
    };
    secret().map_or(Cow::Borrowed(uri), Cow::Owned)
}

/// Raw fields are shown and printed, so whatever looks like a secret is dots in them.
pub(super) fn without_secrets(name: &str, value: Value) -> Value {
    match value {
        Value::String(_) | Value::Number(_) | Value::Object(_) | Value::Array(_) if is_secret(name) => {
            Value::String("[redacted]".to_owned())
        }
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(name, value)| {
                    let value = without_secrets(&name, value);
                    (name, value)
                })
                .collect(),
        ),
        Value::Array(list) => {
            Value::Array(list.into_iter().map(|value| without_secrets(name, value)).collect())
        }
        other => other,
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "secret", "token", "api_key", "apikey"].iter().any(|word| name.contains(word))
}
