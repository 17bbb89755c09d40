//! A phone number as the API describes it (contract: `PhoneNumber`, `PhoneNumberDetail`).

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use serde_json::{Map, Value, json};

use super::{Cents, Hidden, Line, Moment, Password, Price, SipCredentials, clean};

/// The server's id of a record. Opaque: a UUID in the contract, `pn_…` elsewhere.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NumberId(pub Arc<str>);

/// The server's id of an endpoint. Opaque.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId(pub Arc<str>);

impl NumberId {
    /// Whether both name the same record: the same UUID may be written in another case.
    pub fn is_same(&self, other: &Self) -> bool {
        match (Uuid::try_parse(&self.0), Uuid::try_parse(&other.0)) {
            (Ok(one), Ok(other)) => one == other,
            _ => self == other,
        }
    }
}

macro_rules! opaque_id {
    ($name:ident) => {
        impl $name {
            /// Takes an id as it came.
            pub fn new(text: &str) -> Self {
                Self(text.into())
            }

            /// The id as it came.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
opaque_id!(NumberId);
opaque_id!(EndpointId);

/// A field that may be absent, null or present, where the three mean different things.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Field<T> {
    /// The server did not send it.
    #[default]
    Absent,
    /// The server sent null.
    Null,
    /// The server sent a value.
    Value(T),
}

impl<T> Field<T> {
    /// The value, when there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
}

macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $wire:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// A value that the contract does not name, as sent.
            Other(Arc<str>),
        }
        impl $name {
            /// Reads the wire name; never fails.
            pub fn parse(text: &str) -> Self {
                match text {
                    $($wire => Self::$variant,)+
                    other => Self::Other(other.into()),
                }
            }
            /// The name that the API uses.
            pub fn wire(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)+
                    Self::Other(text) => text,
                }
            }
            /// The name for people.
            pub fn label(&self) -> &str {
                match self {
                    $(Self::$variant => $label,)+
                    Self::Other(text) => text,
                }
            }
            /// The values that the contract names.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];
        }
    };
}
open_enum! {
    /// What sort of number it is (contract: `type`).
    Kind {
        /// A geographic number.
        Local = "local", "local";
        /// A mobile number.
        Mobile = "mobile", "mobile";
        /// Free for the caller.
        TollFree = "toll_free", "toll free";
    }
}
open_enum! {
    /// Whether a number is in use (contract: `status`).
    Status {
        /// In use.
        Active = "active", "active";
        /// Paused, or released with its record kept. The API does not tell the two apart, so
        /// "inactive" is never promised to be undoable.
        Inactive = "inactive", "inactive";
        /// Bought, not ready yet.
        Pending = "pending", "pending";
    }
}

/// What a number can carry. `None` where the server did not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// Calls.
    pub voice: Option<bool>,
    /// Text messages.
    pub sms: Option<bool>,
    /// Fax.
    pub fax: Option<bool>,
}

impl Capabilities {
    /// `voice sms`, or `None` when nothing is said at all.
    pub fn words(&self) -> Option<String> {
        let named = [("voice", self.voice), ("sms", self.sms), ("fax", self.fax)];
        if named.iter().all(|(_, can)| can.is_none()) {
            return None;
        }
        let can: Vec<&str> =
            named.iter().filter(|(_, can)| *can == Some(true)).map(|(name, _)| *name).collect();
        Some(if can.is_empty() { "nothing".to_owned() } else { can.join(" ") })
    }
}

/// The commercial side of a number (contract: `PhoneNumberDetail.inventory`; list rows may carry
/// the same fields at the top level).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// What it costs.
    pub price: Price,
    /// What it can carry.
    pub capabilities: Capabilities,
}

/// One record of the API, owned or for sale.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// Id of the record; for a number on sale, the inventory id that a purchase names.
    pub id: NumberId,
    /// The telephone number.
    pub line: Line,
    /// ISO 3166-1 alpha-2, as sent.
    pub country: Option<Arc<str>>,
    /// local, mobile, toll free.
    pub kind: Option<Kind>,
    /// active, inactive, pending.
    pub status: Option<Status>,
    /// Who answers: null means nobody.
    pub endpoint: Field<EndpointId>,
    /// Whether calls to the number are let through. Absent is not false.
    pub allow_inbound: Option<bool>,
    /// Whether the number may be used as a caller. Absent is not false.
    pub allow_outbound: Option<bool>,
    /// "SIP URI for inbound routing"; whose address it is, the contract does not say.
    pub sip_uri: Option<Box<str>>,
    /// The owner.
    pub organization: Option<Arc<str>>,
    /// When the record was made.
    pub created_at: Option<Moment>,
    /// When the record last changed.
    pub updated_at: Option<Moment>,
    /// Costs and capabilities, where the record has any.
    pub offer: Option<Box<Offer>>,
    /// Fields that the contract does not name, as sent, and null fields of those it does.
    pub extra: Option<Box<Map<String, Value>>>,
}

impl Number {
    /// A record of which only the id and the line are known.
    pub fn new(id: NumberId, line: Line) -> Self {
        Self {
            id,
            line,
            country: None,
            kind: None,
            status: None,
            endpoint: Field::Absent,
            allow_inbound: None,
            allow_outbound: None,
            sip_uri: None,
            organization: None,
            created_at: None,
            updated_at: None,
            offer: None,
            extra: None,
        }
    }

    /// What the server sent for a number, where that is none: it can be shown, but not bought or checked.
    /// `None` for a number, and where the server said nothing of it.
    pub fn impossible_line(&self) -> Option<String> {
        let is_told = || self.extra.as_ref().is_some_and(|extra| extra.contains_key("e164"));
        match &self.line {
            Line::Valid(number) => (!number.is_possible()).then(|| number.to_string()),
            Line::Raw(text) => (!text.is_empty() || is_told()).then(|| text.to_string()),
        }
    }

    /// Price as far as the record states it.
    pub fn price(&self) -> Price {
        self.offer.as_ref().map_or(Price::UNKNOWN, |offer| offer.price)
    }

    /// Whether the record says that the number is out of use.
    pub fn is_inactive(&self) -> bool {
        self.status == Some(Status::Inactive)
    }

    /// What keeps calls from arriving, by the settings alone, worst first.
    pub fn obstacles(&self) -> Vec<Cow<'static, str>> {
        let mut found: Vec<Cow<'static, str>> = Vec::new();
        match &self.status {
            Some(Status::Inactive) => found.push("the number is inactive".into()),
            Some(Status::Pending) => found.push("the number is still pending".into()),
            // Only an active number is known to be called, whatever the server calls the others.
            Some(Status::Other(status)) => found.push(format!("its status is {}", clean(status, 40)).into()),
            Some(Status::Active) | None => {}
        }
        if self.allow_inbound == Some(false) {
            found.push("inbound calls are off".into());
        }
        if self.endpoint == Field::Null {
            found.push("no endpoint: nobody answers".into());
        }
        found
    }

    /// The record under the contract's names, then what else the server sent, as sent.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut map = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                map.insert(name.to_owned(), value);
            }
        };
        put("id", Some(json!(self.id.as_str())));
        // Without a line there may be a null in `extra`, or nothing at all.
        put("e164", Some(self.line.to_string()).filter(|line| !line.is_empty()).map(Value::from));
        put("country", self.country.as_deref().map(Value::from));
        put("type", self.kind.as_ref().map(|kind| json!(kind.wire())));
        put("status", self.status.as_ref().map(|status| json!(status.wire())));
        put(
            "endpoint_id",
            match &self.endpoint {
                Field::Absent => None,
                Field::Null => Some(Value::Null),
                Field::Value(id) => Some(json!(id.as_str())),
            },
        );
        put("allow_inbound", self.allow_inbound.map(Value::from));
        put("allow_outbound", self.allow_outbound.map(Value::from));
        put("sip_uri", self.sip_uri.as_deref().map(Value::from));
        put("organization_id", self.organization.as_deref().map(Value::from));
        put("created_at", self.created_at.as_ref().map(|at| json!(at.to_string())));
        put("updated_at", self.updated_at.as_ref().map(|at| json!(at.to_string())));
        put("inventory", self.offer.as_deref().map(Offer::to_json));
        for (name, value) in self.extra.iter().flat_map(|extra| extra.iter()) {
            fill(&mut map, name, value);
        }
        map
    }
}

/// Adds what is not there yet; what the server sent beside the known fields of an object
/// (`inventory`) is added to that object.
fn fill(map: &mut Map<String, Value>, name: &str, value: &Value) {
    match (map.get_mut(name), value) {
        (None, _) => {
            map.insert(name.to_owned(), value.clone());
        }
        (Some(Value::Object(known)), Value::Object(more)) => {
            for (name, value) in more {
                fill(known, name, value);
            }
        }
        (Some(_), _) => {}
    }
}

impl Offer {
    fn to_json(&self) -> Value {
        let mut map = Map::new();
        if let Some(Cents(cents)) = self.price.monthly {
            map.insert("monthly_cost_cents".to_owned(), json!(cents));
        }
        if let Some(Cents(cents)) = self.price.setup {
            map.insert("setup_cost_cents".to_owned(), json!(cents));
        }
        let mut can = Map::new();
        for (name, value) in [
            ("voice", self.capabilities.voice),
            ("sms", self.capabilities.sms),
            ("fax", self.capabilities.fax),
        ] {
            if let Some(value) = value {
                can.insert(name.to_owned(), json!(value));
            }
        }
        if !can.is_empty() {
            map.insert("capabilities".to_owned(), Value::Object(can));
        }
        Value::Object(map)
    }
}

/// Everything about one number (contract: `PhoneNumberDetail`).
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    /// The record itself; costs and capabilities are in its `offer`.
    pub number: Number,
    /// SIP credentials, where the record has any.
    pub credentials: Option<SipCredentials>,
    /// The endpoint, where the server sends it along.
    pub endpoint: Option<Endpoint>,
    /// What is redacted in the fields that nothing else knows of.
    pub hidden: Vec<Hidden>,
}

impl Detail {
    /// All fields as indented JSON, the password redacted: the raw view.
    pub fn raw(&self) -> String {
        serde_json::to_string_pretty(&self.to_json(false)).unwrap_or_default()
    }

    /// Like [`Number::to_json`], with the credentials. A present password, and whatever else looks like
    /// a secret, is `"[redacted]"` unless `secrets`; null stays null and absent stays absent.
    pub fn to_json(&self, secrets: bool) -> Map<String, Value> {
        let mut map = self.number.to_json();
        if let Some(sip) = &self.credentials {
            let mut out = Map::new();
            if let Some(domain) = &sip.domain {
                out.insert("sip_domain".to_owned(), json!(domain));
            }
            if let Some(port) = sip.port {
                out.insert("sip_port".to_owned(), json!(port));
            }
            if let Some(username) = &sip.username {
                out.insert("sip_username".to_owned(), json!(username));
            }
            match &sip.password {
                Password::Hidden => {}
                Password::Unset => {
                    out.insert("sip_password".to_owned(), Value::Null);
                }
                Password::Set(secret) => {
                    let shown = if secrets { secret.expose() } else { "[redacted]" };
                    out.insert("sip_password".to_owned(), json!(shown));
                }
            }
            for (name, value) in &sip.extra {
                out.entry(name.clone()).or_insert_with(|| value.clone());
            }
            map.insert("sip_credentials".to_owned(), Value::Object(out));
        }
        if !secrets {
            return map;
        }
        let mut whole = Value::Object(map);
        for Hidden { pointer, json } in &self.hidden {
            if let (Some(place), Ok(value)) =
                (whole.pointer_mut(pointer), serde_json::from_str(json.expose()))
            {
                *place = value;
            }
        }
        match whole {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }
}

/// Where calls to a number go. Not in the contract: a tolerated extra of the live service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Opaque id.
    pub id: EndpointId,
    /// What its owner called it.
    pub name: Option<String>,
    /// agent, webhook, vapi, …
    pub kind: Option<String>,
    /// active, inactive, error.
    pub status: Option<String>,
    /// Where it points, a `sip:` URI or an URL.
    pub url: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number() -> Number {
        Number::new(NumberId::new("n1"), Line::parse("+2348031234567"))
    }

    #[test]
    fn absent_null_and_present_stay_apart_in_json() {
        let mut n = number();
        assert!(!n.to_json().contains_key("endpoint_id"));
        n.endpoint = Field::Null;
        assert_eq!(n.to_json()["endpoint_id"], Value::Null);
        n.endpoint = Field::Value(EndpointId::new("e"));
        assert_eq!(n.to_json()["endpoint_id"], "e");
    }

    #[test]
    fn an_unknown_status_is_kept_and_shown() {
        assert_eq!(Status::parse("suspended").label(), "suspended");
        assert_eq!(Status::parse("suspended").wire(), "suspended");
        assert_eq!(Kind::parse("toll_free").label(), "toll free");
    }

    #[test]
    fn what_keeps_calls_away_is_named_worst_first() {
        let mut n = number();
        assert!(n.obstacles().is_empty());
        n.endpoint = Field::Null;
        n.allow_inbound = Some(false);
        n.status = Some(Status::Inactive);
        assert_eq!(
            n.obstacles(),
            ["the number is inactive", "inbound calls are off", "no endpoint: nobody answers"]
        );
    }

    #[test]
    fn a_status_that_is_not_that_of_a_number_in_use_keeps_calls_away() {
        let mut n = number();
        n.status = Some(Status::parse("suspended"));
        assert_eq!(n.obstacles(), ["its status is suspended"]);
        n.status = None;
        assert!(n.obstacles().is_empty(), "what is not told is no obstacle");
    }

    #[test]
    fn a_password_is_redacted_unless_asked_for() {
        let mut detail = Detail {
            number: number(),
            credentials: Some(SipCredentials {
                domain: Some("sip.example".into()),
                port: None,
                username: None,
                password: Password::Set(super::super::Secret::new("s3cret".into())),
                extra: Map::new(),
            }),
            endpoint: None,
            hidden: Vec::new(),
        };
        assert_eq!(detail.to_json(false)["sip_credentials"]["sip_password"], "[redacted]");
        assert_eq!(detail.to_json(true)["sip_credentials"]["sip_password"], "s3cret");
        if let Some(sip) = &mut detail.credentials {
            sip.password = Password::Unset;
        }
        assert_eq!(detail.to_json(false)["sip_credentials"]["sip_password"], Value::Null);
        if let Some(sip) = &mut detail.credentials {
            sip.password = Password::Hidden;
        }
        assert!(detail.to_json(true)["sip_credentials"].get("sip_password").is_none());
    }
}
