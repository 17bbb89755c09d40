//! One record.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::super::Dialect;
use super::field::{CUT, Fields, Key, Room, Scalar, ScalarSeed, every_scalar_is, into_map};
use super::intern::PageInterner;
use super::redact::Redactor;
use crate::phone::{
    Capabilities, Cents, EndpointId, Field, Hidden, Kind, Moment, Number, NumberId, NumberText, Offer,
    Status, Switch, Traits, clean, is_clean,
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
    /// What is redacted in the number, where somebody may ask for it.
    pub(super) hidden: Vec<Hidden>,
}

/// Which record a row describes; decides what its id is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum RowOrigin {
    /// A number of the organization: `id`.
    Owned,
    /// A number for sale: `inventory_id`, else `id`. It is what a purchase names.
    ForSale,
    /// One record asked for by its id: `id`, else `inventory_id`.
    Asked,
}

/// Why a row is no record. Without a subject: the caller knows which row it is.
pub(super) type Fault = &'static str;

const NOT_AN_OBJECT: Fault = "is not an object";
const NO_ID: Fault = "has no id";
const TWO_IDS: Fault = "has two ids under one name";
const TWO_LINES: Fault = "has two phone numbers under one name";
const LONG_ID: Fault = "has an id of more than 512 bytes";

/// Longest id, in bytes. An id cannot be cut: it is sent back as it came.
const LONGEST_ID: usize = 512;

/// Longest text of a field that is understood, in bytes; none of them means anything that long.
const LONGEST_TEXT: usize = 4096;

/// Begins an id that cannot be sent back as it came.
const UNUSABLE: char = '\u{fffd}';

/// Whether an id is of a record that can be shown, but not named in a request.
pub(in crate::api) fn is_unusable(id: &NumberId) -> bool {
    id.as_str().starts_with(UNUSABLE)
}

/// The field of each switch.
const SWITCHES: &[(Switch, Known)] =
    &[(Switch::Inbound, Known::Inbound), (Switch::Outbound, Known::Outbound)];

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
    fn of(name: &str, sort: RowOrigin) -> Option<(Self, u8)> {
        Some(match name {
            "id" => (Self::Id, u8::from(sort == RowOrigin::ForSale)),
            "inventory_id" | "inventoryId" => match sort {
                // Of a number that is owned it says where it came from, not what it is.
                RowOrigin::Owned => return None,
                RowOrigin::ForSale => (Self::Id, 0),
                RowOrigin::Asked => (Self::Id, 1),
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
            name if name.starts_with("allow") => {
                let of = |wire: fn(Switch) -> &'static str| {
                    SWITCHES.iter().find(|(switch, _)| wire(*switch) == name).map(|(_, known)| *known)
                };
                let snake = of(Switch::snake).map(|known| (known, 0));
                return snake.or_else(|| of(Switch::camel).map(|known| (known, 1)));
            }
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
            Self::Inbound => Switch::Inbound.snake(),
            Self::Outbound => Switch::Outbound.snake(),
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
    pub(super) sort: RowOrigin,
    pub(super) strings: &'a mut PageInterner<'b>,
    pub(super) room: &'a mut Room,
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
        self.room.begin_row();
        let mut row = Row::new(self.sort);
        while let Some(Key(name)) = map.next_key()? {
            let value = map.next_value_seed(ScalarSeed(&mut *self.room))?;
            row.put(name, value, self.room);
        }
        Ok(row.finish(self.strings))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Err(NOT_AN_OBJECT))
    }

    every_scalar_is!(Err(NOT_AN_OBJECT));
}

/// A field under the name that it came with.
struct Slot<'de> {
    value: Scalar<'de>,
    name: Cow<'de, str>,
    rank: u8,
}

/// A row that is being read.
pub(super) struct Row<'de> {
    sort: RowOrigin,
    slots: [Option<Slot<'de>>; Known::COUNT],
    /// Fields that came with two values: for most the better name decides, for a price nothing does.
    disputed: [bool; Known::COUNT],
    /// What makes it no record, whatever else is in it.
    fault: Option<Fault>,
    extra: Map<String, Value>,
    redactor: Redactor,
}

impl<'de> Row<'de> {
    pub(super) fn new(sort: RowOrigin) -> Self {
        Self {
            sort,
            slots: [const { None }; Known::COUNT],
            disputed: [false; Known::COUNT],
            fault: None,
            extra: Map::new(),
            redactor: if sort == RowOrigin::Asked { Redactor::keeping() } else { Redactor::forgetting() },
        }
    }

    /// Takes a field; one that is not understood is kept while there is room.
    pub(super) fn put(&mut self, name: Cow<'de, str>, value: Scalar<'de>, room: &mut Room) {
        let Some((known, rank)) = Known::of(&name, self.sort) else {
            if room.take(name.len() + value.text_length()) {
                self.keep_as(&name, value.into_value());
            } else {
                self.extra.insert("...".to_owned(), Value::from(CUT));
            }
            return;
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
        let Some(kept) = slot.as_ref().filter(|kept| kept.value != loser.value) else { return };
        if !loser.value.is_null() {
            self.disputed[known as usize] = true;
            let twice = kept.name == loser.name;
            self.fault = self.fault.or(match known {
                Known::Id if twice => Some(TWO_IDS),
                Known::Line if twice => Some(TWO_LINES),
                _ => None,
            });
        }
        if known != Known::Credentials {
            self.keep_as(&loser.name, loser.value.into_value());
        }
    }

    fn take(&mut self, known: Known) -> Option<Scalar<'de>> {
        self.slots[known as usize].take().map(|slot| slot.value)
    }

    /// What is not understood stays, under the contract's name.
    fn keep(&mut self, known: Known, value: Value) {
        self.keep_as(known.name(), value);
    }

    /// Keeps a field as it came, but for secrets.
    fn keep_as(&mut self, name: &str, value: Value) {
        let value = self.redactor.value("", name, value);
        self.extra.insert(name.to_owned(), value);
    }

    fn text(&mut self, known: Known) -> Option<Cow<'de, str>> {
        match self.take(known)? {
            Scalar::Text(text) if text.len() > LONGEST_TEXT => {
                self.keep(known, Value::from(CUT));
                None
            }
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

    pub(super) fn finish(mut self, strings: &mut PageInterner<'_>) -> Result<Record, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let id = match self.take(Known::Id) {
            Some(Scalar::Text(text)) if text.len() > LONGEST_ID => return Err(LONG_ID),
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
        let mut number =
            Number::new(NumberId::new(&id), NumberText::parse(line.as_deref().unwrap_or_default()));
        let mut traits = Traits {
            country: self.text(Known::Country).map(|text| strings.get(&text)),
            kind: self.text(Known::Kind).map(|text| Kind::parse(&text)),
            status: self.text(Known::Status).map(|text| Status::parse(&text)),
            endpoint: self.endpoint(strings),
            organization: self.text(Known::Organization).map(|text| strings.get(&text)),
            ..Traits::default()
        };
        for (switch, known) in SWITCHES {
            traits.switches[*switch] = self.flag(*known);
        }
        number.traits = strings.traits(traits);
        number.sip_uri = self.text(Known::SipUri).map(|text| {
            self.redactor.text(Known::SipUri.name(), &text).unwrap_or_else(|| text.into_owned()).into()
        });
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
        let has_line = line.is_some_and(|line| !line.is_empty());
        Ok(Record { number, has_line, told, credentials, hidden: self.redactor.into_hidden() })
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
        let (monthly, setup) =
            (["monthly_cost_cents", "monthlyCostCents"], ["setup_cost_cents", "setupCostCents"]);
        let within = inner.as_mut();
        offer.price.monthly = self.cost(Known::Monthly, within, monthly);
        let within = inner.as_mut();
        offer.price.setup = self.cost(Known::Setup, within, setup);
        if let Some(fields) = &mut inner
            && let Some(at) = fields.iter().position(|(name, _)| name == "capabilities")
        {
            let (name, sent) = fields.remove(at);
            if let Some(rest) = capabilities(sent, &mut offer.capabilities) {
                fields.insert(at, (name, rest));
            }
        }
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

    /// A cost, which may stand in the record, under `inventory`, and under two names in either. Where
    /// it does not say the same everywhere, it is not known, and all of it stays to be seen.
    fn cost(&mut self, known: Known, inner: Option<&mut Fields<'de>>, names: [&str; 2]) -> Option<Cents> {
        let outer = self.take(known);
        let mut disputed = self.disputed[known as usize] || self.disputed[Known::Inventory as usize];
        let mut found = None;
        let within =
            inner.iter().flat_map(|fields| fields.iter()).filter(|(name, _)| names.contains(&&**name));
        for value in outer.iter().chain(within.map(|(_, value)| value)) {
            match value {
                Scalar::Null => {}
                Scalar::Int(cents @ 0..) if found.is_none_or(|known| known == *cents) => found = Some(*cents),
                _ => disputed = true,
            }
        }
        let found = found.filter(|_| !disputed);
        let understood = |value: &Scalar<'_>| found.is_some() && !value.is_null();
        if let Some(fields) = inner {
            fields.retain(|(name, value)| !(names.contains(&&**name) && understood(value)));
        }
        if let Some(value) = outer.filter(|value| !understood(value)) {
            self.keep(known, value.into_value());
        }
        found.map(Cents)
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
