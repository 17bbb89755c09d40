//! The settings of an owned number: what they are called, what they are, what they can be.

use super::{EndpointId, Field, Number, Status};

/// A setting of an owned number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Who answers calls.
    Endpoint,
    /// Whether calls to it are let through.
    Inbound,
    /// Whether it may be used as a caller.
    Outbound,
    /// Whether it is in use.
    Status,
}

/// What a setting is, or is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// An endpoint, or none.
    Endpoint(Option<EndpointId>),
    /// On or off.
    Switch(bool),
    /// A status.
    Status(Status),
}

impl Setting {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Endpoint, Self::Inbound, Self::Outbound, Self::Status];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Status => "status",
        }
    }

    /// What it is on a record; `None` where that does not tell.
    pub fn of(self, number: &Number) -> Option<SettingValue> {
        match self {
            Self::Endpoint => match &number.endpoint {
                Field::Absent => None,
                Field::Null => Some(SettingValue::Endpoint(None)),
                Field::Value(id) => Some(SettingValue::Endpoint(Some(id.clone()))),
            },
            Self::Inbound => number.allow_inbound.map(SettingValue::Switch),
            Self::Outbound => number.allow_outbound.map(SettingValue::Switch),
            Self::Status => number.status.clone().map(SettingValue::Status),
        }
    }
}

impl SettingValue {
    /// In a word: `none`, `on`, `active`.
    pub fn word(&self) -> &str {
        match self {
            Self::Endpoint(id) => id.as_ref().map_or("none", EndpointId::as_str),
            Self::Switch(on) => {
                if *on {
                    "on"
                } else {
                    "off"
                }
            }
            Self::Status(status) => status.label(),
        }
    }

    /// Whether somebody can ask for it: no status but two can be set.
    pub fn can_be_set(&self) -> bool {
        !matches!(self, Self::Status(Status::Pending | Status::Other(_)))
    }
}

impl Number {
    /// Settings in which `now`, a later state of the record, differs from this one. What either does
    /// not mention is not compared: list rows and details mention different things.
    pub fn differing(&self, now: &Self) -> Vec<&'static str> {
        fn differs<T: PartialEq>(was: Option<T>, is: Option<T>) -> bool {
            matches!((was, is), (Some(was), Some(is)) if was != is)
        }
        let whose = [
            ("number", differs(self.line.valid(), now.line.valid())),
            ("organization", differs(self.organization.as_ref(), now.organization.as_ref())),
        ];
        let settings = Setting::ALL.map(|one| (one.name(), differs(one.of(self), one.of(now))));
        whose.into_iter().chain(settings).filter_map(|(name, differs)| differs.then_some(name)).collect()
    }
}
