//! A phone number as the API describes it (contract: `PhoneNumber`, `PhoneNumberDetail`).

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

use uuid::Uuid;

use serde_json::{Map, Value, json};

use super::id_text::IdText;
use super::{Capabilities, Capability, Hidden, Moment, NumberText, Price, Secret, Setting, Switch, Switches};

/// The server's id of a record. Opaque: a UUID in the contract, `pn_…` elsewhere.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NumberId(IdText);

/// The server's id of an endpoint. Opaque.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId(pub Arc<str>);

impl NumberId {
    /// Whether both name the same record: the same UUID may be written in another case.
    pub fn is_same(&self, other: &Self) -> bool {
        match (Uuid::try_parse(self.as_str()), Uuid::try_parse(other.as_str())) {
            (Ok(one), Ok(other)) => one == other,
            _ => self == other,
        }
    }
}

impl NumberId {
    /// Bytes up to which an id needs no place in memory beside the record's.
    pub const INLINE: usize = IdText::INLINE;

    /// Takes an id as it came.
    pub fn new(text: &str) -> Self {
        Self(IdText::new(text))
    }

    /// The id as it came.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl EndpointId {
    /// Takes an id as it came.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The id as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! opaque_id {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
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
            /// Reads the wire name, in whatever case; never fails.
            pub fn parse(text: &str) -> Self {
                match text {
                    $($wire => Self::$variant,)+
                    other => {
                        let is_meant = |known: &&Self| known.wire().eq_ignore_ascii_case(other);
                        Self::KNOWN.iter().find(is_meant).cloned().unwrap_or_else(|| Self::Other(other.into()))
                    }
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

/// The commercial side of a number (contract: `PhoneNumberDetail.inventory`; list rows may carry
/// the same fields at the top level).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// What it costs.
    pub price: Price,
    /// What it can carry.
    pub capabilities: Capabilities,
}

/// What tells a number only from some of the others. A fleet of a million has some hundred of these, so that
/// its rows hold one between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Traits {
    /// ISO 3166-1 alpha-2, as sent.
    pub country: Option<Arc<str>>,
    /// local, mobile, toll free.
    pub kind: Option<Kind>,
    /// active, inactive, pending.
    pub status: Option<Status>,
    /// Who answers: null means nobody.
    pub endpoint: Field<EndpointId>,
    /// What is let through.
    pub switches: Switches,
    /// The owner.
    pub organization: Option<Arc<str>>,
}

impl Traits {
    /// Of a record of which nothing else is known.
    pub fn none() -> Arc<Self> {
        static NONE: LazyLock<Arc<Traits>> = LazyLock::new(Arc::default);
        Arc::clone(&NONE)
    }
}

/// One record of the API, owned or for sale.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// Id of the record; for a number on sale, the inventory id that a purchase names.
    pub id: NumberId,
    /// The telephone number.
    pub line: NumberText,
    /// What it shares with others; its fields are read and set as if they were the record's own.
    pub traits: Arc<Traits>,
    /// "SIP URI for inbound routing"; whose address it is, the contract does not say.
    pub sip_uri: Option<Box<str>>,
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
    pub fn new(id: NumberId, line: NumberText) -> Self {
        Self {
            id,
            line,
            traits: Traits::none(),
            sip_uri: None,
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
            NumberText::Valid(number) => (!number.is_possible()).then(|| number.to_string()),
            NumberText::Raw(text) => (!text.is_empty() || is_told()).then(|| text.to_string()),
        }
    }

    /// Price as far as the record states it.
    pub fn price(&self) -> Price {
        self.offer.as_ref().map_or(Price::UNKNOWN, |offer| offer.price)
    }

    /// Whether it can do that, as far as the record states it.
    pub fn can(&self, what: Capability) -> Option<bool> {
        self.offer.as_ref().and_then(|offer| offer.capabilities.can(what))
    }

    /// Whether the record says that the number is out of use.
    pub fn is_inactive(&self) -> bool {
        self.status == Some(Status::Inactive)
    }

    /// Settings in which `now`, a later state of the record, differs from this one. What either does
    /// not mention is not compared: list rows and details mention different things.
    pub fn differing(&self, now: &Self) -> Vec<&'static str> {
        fn differs<T: PartialEq>(was: Option<T>, is: Option<T>) -> bool {
            matches!((was, is), (Some(was), Some(is)) if was != is)
        }
        let mut differing = Vec::new();
        differing.extend(differs(self.line.valid(), now.line.valid()).then_some("number"));
        let owners = (self.organization.as_deref(), now.organization.as_deref());
        differing.extend(differs(owners.0, owners.1).then_some("organization"));
        let settings = Setting::all().filter(|setting| differs(setting.of(self), setting.of(now)));
        differing.extend(settings.map(Setting::name));
        differing
    }

    /// This record with other traits.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Traits)) -> Self {
        change(Arc::make_mut(&mut self.traits));
        self
    }

    /// This record with a switch set.
    #[must_use]
    pub fn switched(mut self, switch: Switch, on: bool) -> Self {
        self.switches[switch] = Some(on);
        self
    }
}

impl Deref for Number {
    type Target = Traits;

    fn deref(&self) -> &Traits {
        &self.traits
    }
}

impl DerefMut for Number {
    fn deref_mut(&mut self) -> &mut Traits {
        Arc::make_mut(&mut self.traits)
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

impl Endpoint {
    /// Those of a list that somebody means who writes this: the one with that id, else all that are called so, whatever
    /// the case of their letters.
    pub fn meant<'a>(text: &str, listed: &'a [Self]) -> Vec<&'a Self> {
        if let Some(endpoint) = listed.iter().find(|endpoint| endpoint.id.as_str() == text) {
            return vec![endpoint];
        }
        let wanted = text.trim().to_lowercase();
        let is_called = |name: &String| name.trim().to_lowercase() == wanted;
        listed.iter().filter(|endpoint| endpoint.name.as_ref().is_some_and(is_called)).collect()
    }
}

/// What a SIP trunk or a soft phone needs to register for a number.
#[derive(Debug, Clone, PartialEq)]
pub struct SipCredentials {
    /// Host part of the SIP account.
    pub domain: Option<String>,
    /// UDP, TCP or TLS port. 0 and null count as absent.
    pub port: Option<u16>,
    /// User part of the SIP account.
    pub username: Option<String>,
    /// The digest password.
    pub password: Password,
    /// Fields that the contract does not name, an IP address for one, as sent.
    pub extra: Map<String, Value>,
}

/// Three states that mean three different things to somebody on call.
#[derive(Debug, Clone, PartialEq)]
pub enum Password {
    /// The field is absent: this role (not owner, not admin) may not see it.
    Hidden,
    /// The field is null: no password is set.
    Unset,
    /// The password.
    Set(Secret),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number() -> Number {
        Number::new(NumberId::new("n1"), NumberText::parse("+2348031234567"))
    }

    #[test]
    fn an_unknown_status_is_kept_and_shown() {
        assert_eq!(Status::parse("suspended").label(), "suspended");
        assert_eq!(Status::parse("suspended").wire(), "suspended");
        assert_eq!(Kind::parse("toll_free").label(), "toll free");
        assert_eq!(Status::parse("INACTIVE"), Status::Inactive, "it does not pass for one in use");
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
