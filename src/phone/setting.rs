//! The settings of a number, which its owner changes: who answers, what is let through, whether it is
//! in use. Each is said once, here: how it is called by people and by the API, how it is read of a
//! number and put into one.
//!
//! A new switch is a row of `switches!` and a key; lists, reviews, undo, columns, filters and
//! requests follow.

use std::ops::{Index, IndexMut};

use serde_json::{Value, json};

use super::{EndpointId, Field, Number, Status};

macro_rules! switches {
    ($($(#[$doc:meta])* $switch:ident $name:literal $short:literal $snake:literal $camel:literal;)+) => {
        /// A setting that is on or off.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Switch {
            $($(#[$doc])* $switch,)+
        }

        impl Switch {
            /// All, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$switch,)+];

            /// What people call it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$switch => $name,)+
                }
            }

            /// Its name above a narrow column.
            pub const fn short(self) -> &'static str {
                match self {
                    $(Self::$switch => $short,)+
                }
            }

            /// Its field in an answer (contract: `PhoneNumber`).
            pub const fn snake(self) -> &'static str {
                match self {
                    $(Self::$switch => $snake,)+
                }
            }

            /// Its field in a request (contract: `updatePhoneNumber`).
            pub const fn camel(self) -> &'static str {
                match self {
                    $(Self::$switch => $camel,)+
                }
            }
        }
    };
}

switches! {
    /// Calls to the number are let through.
    Inbound  "inbound"  "in"  "allow_inbound"  "allowInbound";
    /// The number may be used as a caller.
    Outbound "outbound" "out" "allow_outbound" "allowOutbound";
}

impl Switch {
    /// The switch with this name in a filter, a column or an answer.
    pub fn parse(name: &str) -> Option<Self> {
        let called = |switch: &Self| [switch.name(), switch.short(), switch.snake()].contains(&name);
        Self::ALL.iter().copied().find(called)
    }

    /// This one alone, on or off.
    pub fn set(self, on: bool) -> Switches {
        Switches::default().with(self, on)
    }
}

/// Each switch: on, off, or not mentioned, which is not off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Switches([Option<bool>; Switch::ALL.len()]);

impl Switches {
    /// The same, and one more.
    #[must_use]
    pub fn with(mut self, switch: Switch, on: bool) -> Self {
        self[switch] = Some(on);
        self
    }
}

impl Index<Switch> for Switches {
    type Output = Option<bool>;

    fn index(&self, switch: Switch) -> &Option<bool> {
        &self.0[switch as usize]
    }
}

impl IndexMut<Switch> for Switches {
    fn index_mut(&mut self, switch: Switch) -> &mut Option<bool> {
        &mut self.0[switch as usize]
    }
}

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setting {
    /// Who answers.
    Endpoint,
    /// What is let through.
    Switch(Switch),
    /// Whether it is in use.
    Status,
}

/// A setting with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// `None`: nobody answers.
    Endpoint(Option<EndpointId>),
    /// On or off.
    Switch(Switch, bool),
    /// Active and inactive can be set, others only read.
    Status(Status),
}

impl Setting {
    /// All, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        let switches = Switch::ALL.iter().copied().map(Self::Switch);
        [Self::Endpoint].into_iter().chain(switches).chain([Self::Status])
    }

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::Switch(switch) => switch.name(),
            Self::Status => "status",
        }
    }

    /// Its field in an answer.
    pub const fn snake(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint_id",
            Self::Switch(switch) => switch.snake(),
            Self::Status => "status",
        }
    }

    /// Its field in a request.
    pub const fn camel(self) -> &'static str {
        match self {
            Self::Endpoint => "endpointId",
            Self::Switch(switch) => switch.camel(),
            Self::Status => "status",
        }
    }

    /// Its value in a record; `None` where the record does not mention it.
    pub fn of(self, number: &Number) -> Option<SettingValue> {
        match self {
            Self::Endpoint => match &number.endpoint {
                Field::Absent => None,
                Field::Null => Some(SettingValue::Endpoint(None)),
                Field::Value(id) => Some(SettingValue::Endpoint(Some(id.clone()))),
            },
            Self::Switch(switch) => number.switches[switch].map(|on| SettingValue::Switch(switch, on)),
            Self::Status => number.status.clone().map(SettingValue::Status),
        }
    }

    /// Reads a value of it as the API writes it; `None` for what is none.
    pub fn parse(self, value: &Value) -> Option<SettingValue> {
        match self {
            Self::Endpoint if value.is_null() => Some(SettingValue::Endpoint(None)),
            Self::Endpoint => value.as_str().map(|id| SettingValue::Endpoint(Some(EndpointId::new(id)))),
            Self::Switch(switch) => value.as_bool().map(|on| SettingValue::Switch(switch, on)),
            Self::Status => value.as_str().map(|status| SettingValue::Status(Status::parse(status))),
        }
    }
}

impl SettingValue {
    /// Which setting it is of.
    pub const fn setting(&self) -> Setting {
        match self {
            Self::Endpoint(_) => Setting::Endpoint,
            Self::Switch(switch, _) => Setting::Switch(*switch),
            Self::Status(_) => Setting::Status,
        }
    }

    /// The value for people.
    pub fn label(&self) -> &str {
        match self {
            Self::Endpoint(id) => id.as_ref().map_or("none", EndpointId::as_str),
            Self::Switch(_, on) => {
                if *on {
                    "on"
                } else {
                    "off"
                }
            }
            Self::Status(status) => status.label(),
        }
    }

    /// What it means to set it: `allow inbound`.
    pub fn words(&self) -> String {
        match self {
            Self::Endpoint(Some(id)) => format!("attach endpoint {id}"),
            Self::Endpoint(None) => "detach the endpoint".to_owned(),
            Self::Switch(switch, true) => format!("allow {}", switch.name()),
            Self::Switch(switch, false) => format!("stop {}", switch.name()),
            Self::Status(status) => format!("set status {}", status.label()),
        }
    }

    /// The value as the API writes it.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Endpoint(id) => json!(id.as_ref().map(EndpointId::as_str)),
            Self::Switch(_, on) => json!(on),
            Self::Status(status) => json!(status.wire()),
        }
    }

    /// Whether a request can ask for it: a number is made active or inactive, nothing else.
    pub fn can_be_set(&self) -> bool {
        !matches!(self, Self::Status(Status::Pending | Status::Other(_)))
    }

    /// Whether calls that arrive now would stop arriving.
    pub fn stops_calls(&self) -> bool {
        matches!(
            self,
            Self::Endpoint(None) | Self::Switch(Switch::Inbound, false) | Self::Status(Status::Inactive)
        )
    }

    /// Puts it into a record.
    pub fn put_into(self, number: &mut Number) {
        match self {
            Self::Endpoint(id) => number.endpoint = id.map_or(Field::Null, Field::Value),
            Self::Switch(switch, on) => number.switches[switch] = Some(on),
            Self::Status(status) => number.status = Some(status),
        }
    }
}

/// What to change on a number (contract: `updatePhoneNumber`). Only what is `Some` is sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// `Some(None)` detaches.
    pub endpoint: Option<Option<EndpointId>>,
    /// What is let through from now on.
    pub switches: Switches,
    /// active or inactive.
    pub status: Option<Status>,
}

impl Changes {
    /// A switch, and nothing else.
    pub fn switch(switch: Switch, on: bool) -> Self {
        Self { switches: switch.set(on), ..Self::default() }
    }

    /// Whether nothing would be sent.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What would be set, in the order in which it is shown.
    pub fn values(&self) -> impl Iterator<Item = SettingValue> {
        let switches = Switch::ALL
            .iter()
            .filter_map(|switch| self.switches[*switch].map(|on| SettingValue::Switch(*switch, on)));
        let endpoint = self.endpoint.clone().map(SettingValue::Endpoint);
        endpoint.into_iter().chain(switches).chain(self.status.clone().map(SettingValue::Status))
    }

    /// Sets one more.
    pub fn put(&mut self, value: SettingValue) {
        match value {
            SettingValue::Endpoint(id) => self.endpoint = Some(id),
            SettingValue::Switch(switch, on) => self.switches[switch] = Some(on),
            SettingValue::Status(status) => self.status = Some(status),
        }
    }

    /// The changes in words, joined by `and`.
    pub fn words(&self) -> String {
        self.values().map(|value| value.words()).collect::<Vec<String>>().join(" and ")
    }

    /// Only what differs from `number`: a PATCH sends nothing that would not change.
    pub fn against(&self, number: &Number) -> Self {
        self.values().filter(|value| value.setting().of(number).as_ref() != Some(value)).collect()
    }

    /// The record as it would be.
    pub fn applied_to(&self, number: &Number) -> Number {
        let mut number = number.clone();
        self.values().for_each(|value| value.put_into(&mut number));
        number
    }

    /// Whether calls that arrive now would stop arriving.
    pub fn stops_calls(&self) -> bool {
        self.values().any(|value| value.stops_calls())
    }

    /// `field: before -> after`, one for each change.
    pub fn lines(&self, number: &Number) -> Vec<String> {
        self.lines_as(number, |value| value.label().to_owned())
    }

    /// The same, with each value as `called` says it.
    pub fn lines_as(&self, number: &Number, called: impl Fn(&SettingValue) -> String) -> Vec<String> {
        let line = |wanted: SettingValue| {
            let is = wanted.setting().of(number);
            let is = is.as_ref().map_or("unknown".to_owned(), &called);
            format!("{}: {is} -> {}", wanted.setting().name(), called(&wanted))
        };
        self.values().map(line).collect()
    }
}

impl FromIterator<SettingValue> for Changes {
    fn from_iter<I: IntoIterator<Item = SettingValue>>(values: I) -> Self {
        let mut changes = Self::default();
        values.into_iter().for_each(|value| changes.put(value));
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{NumberId, NumberText};

    fn number() -> Number {
        let mut n = Number::new(NumberId::new("n"), NumberText::parse("+2348031234567"));
        n.endpoint = Field::Null;
        n.switches[Switch::Inbound] = Some(true);
        n.status = Some(Status::Active);
        n
    }

    #[test]
    fn what_would_not_change_is_left_out() {
        let asked = Changes {
            endpoint: Some(None),
            switches: Switch::Inbound.set(true).with(Switch::Outbound, false),
            status: Some(Status::Inactive),
        };
        let rest = asked.against(&number());
        assert_eq!(rest.endpoint, None, "already detached");
        assert_eq!(rest.switches[Switch::Inbound], None, "already on");
        assert_eq!(rest.switches[Switch::Outbound], Some(false), "absent is not off");
        assert_eq!(rest.status, Some(Status::Inactive));
        assert_eq!(rest.lines(&number()), ["outbound: unknown -> off", "status: active -> inactive"]);
    }

    #[test]
    fn detaching_and_switching_off_stop_calls_and_attaching_does_not() {
        let stops = |changes: Changes| changes.stops_calls();
        assert!(stops(Changes { endpoint: Some(None), ..Changes::default() }));
        assert!(stops(Changes::switch(Switch::Inbound, false)));
        assert!(stops(Changes { status: Some(Status::Inactive), ..Changes::default() }));
        assert!(!stops(Changes { endpoint: Some(Some(EndpointId::new("e"))), ..Changes::default() }));
        assert!(!stops(Changes::switch(Switch::Outbound, false)));
    }
}
