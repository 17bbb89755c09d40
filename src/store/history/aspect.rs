//! What can change of a number, and what it is then.

use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::Value;

use super::cell::{Cell, line_of};
use super::fault::Fault;
use super::row::{has_null_address, put_null_address};
use super::values::{Values, text_of};
use crate::phone::{
    Cents, EndpointId, Field, Kind, Names, Number, NumberText, Offer, Price, Setting, Status, Switch,
};

/// One thing of a number of which a change is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aspect {
    /// What its owner sets.
    Setting(Setting),
    /// The telephone number itself.
    Line,
    /// Two letters.
    Country,
    /// local, mobile, toll free.
    Kind,
    /// Id of the owner.
    Organization,
    /// Where calls are routed to.
    SipUri,
    /// What a month costs.
    Monthly,
    /// What was paid once.
    Setup,
    /// It was in no list before.
    New,
    /// It is in the list no more.
    Gone,
    /// It is in the list again.
    Back,
}

/// What was seen of one thing of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The server did not mention it.
    Unsaid,
    /// There is none.
    Null,
    /// On or off.
    Flag(bool),
    /// A text, an id for one.
    Text(Arc<str>),
    /// A telephone number.
    Line(NumberText),
    /// An amount.
    Amount(Cents),
}

impl Aspect {
    /// What is compared between two reads, in the order in which it is told.
    pub(super) fn compared() -> impl Iterator<Item = Self> {
        let others = [
            Self::Line,
            Self::Country,
            Self::Kind,
            Self::Organization,
            Self::SipUri,
            Self::Monthly,
            Self::Setup,
        ];
        Setting::all().map(Self::Setting).chain(others)
    }

    /// What it is called by people and by programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Setting(setting) => setting.name(),
            Self::Line => "number",
            Self::Country => "country",
            Self::Kind => "type",
            Self::Organization => "organization",
            Self::SipUri => "sip_uri",
            Self::Monthly => "monthly",
            Self::Setup => "setup",
            Self::New => "new",
            Self::Gone => "gone",
            Self::Back => "back",
        }
    }

    /// The one that is called so.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        let others = [Self::New, Self::Gone, Self::Back];
        Self::compared().chain(others).find(|aspect| aspect.name() == name)
    }

    /// Its code in the database, which never changes.
    pub(super) fn code(self) -> i64 {
        match self {
            Self::Setting(Setting::Endpoint) => 1,
            Self::Setting(Setting::Status) => 2,
            Self::Line => 3,
            Self::Country => 4,
            Self::Kind => 5,
            Self::Organization => 6,
            Self::SipUri => 7,
            Self::Monthly => 8,
            Self::Setup => 9,
            Self::New => 10,
            Self::Gone => 11,
            Self::Back => 12,
            Self::Setting(Setting::Switch(Switch::Inbound)) => 20,
            Self::Setting(Setting::Switch(Switch::Outbound)) => 21,
        }
    }

    /// The one with a code.
    pub(super) fn of_code(code: i64) -> Result<Self, Fault> {
        let others = [Self::New, Self::Gone, Self::Back];
        Self::compared().chain(others).find(|aspect| aspect.code() == code).ok_or(Fault::Damaged)
    }

    /// What a record says of it, in the form in which it is kept.
    pub(super) fn of(self, number: &Number) -> Fact {
        fn text(text: Option<&str>) -> Fact {
            text.map_or(Fact::Unsaid, |text| Fact::Text(text.into()))
        }
        let cents = |cents: Option<Cents>| cents.map_or(Fact::Unsaid, Fact::Amount);
        match self {
            Self::Setting(Setting::Endpoint) => match &number.endpoint {
                Field::Absent => Fact::Unsaid,
                Field::Null => Fact::Null,
                Field::Value(id) => Fact::Text(Arc::clone(&id.0)),
            },
            Self::Setting(Setting::Status) => text(number.status.as_ref().map(Status::wire)),
            Self::Setting(Setting::Switch(switch)) => {
                number.switches[switch].map_or(Fact::Unsaid, Fact::Flag)
            }
            Self::Line => Fact::Line(number.line.clone()),
            Self::Country => text(number.country.as_deref()),
            Self::Kind => text(number.kind.as_ref().map(Kind::wire)),
            Self::Organization => text(number.organization.as_deref()),
            Self::SipUri if has_null_address(number) => Fact::Null,
            Self::SipUri => text(number.sip_uri.as_deref()),
            Self::Monthly => cents(number.price().monthly),
            Self::Setup => cents(number.price().setup),
            Self::New | Self::Gone | Self::Back => Fact::Unsaid,
        }
    }

    /// Takes it over from one record into another one.
    pub(super) fn take(self, from: &Number, into: &mut Number) {
        match self {
            Self::Setting(setting) => {
                if let Some(value) = setting.of(from) {
                    value.put_into(into);
                } else {
                    match setting {
                        Setting::Endpoint => into.endpoint = Field::Absent,
                        Setting::Switch(switch) => into.switches[switch] = None,
                        Setting::Status => into.status = None,
                    }
                }
            }
            Self::Line => into.line.clone_from(&from.line),
            Self::Country => into.country.clone_from(&from.country),
            Self::Kind => into.kind.clone_from(&from.kind),
            Self::Organization => into.organization.clone_from(&from.organization),
            Self::SipUri => {
                into.sip_uri.clone_from(&from.sip_uri);
                into.extra.clone_from(&from.extra);
            }
            Self::Monthly | Self::Setup => into.offer.clone_from(&from.offer),
            Self::New | Self::Gone | Self::Back => {}
        }
    }

    /// Puts what it was into a record.
    pub(super) fn put(self, fact: Fact, number: &mut Number) -> Result<(), Fault> {
        let text = |fact: Fact| match fact {
            Fact::Unsaid => Ok(None),
            Fact::Text(text) => Ok(Some(text)),
            _ => Err(Fault::Damaged),
        };
        let amount = |fact: &Fact| match fact {
            Fact::Unsaid => Ok(None),
            Fact::Amount(cents) => Ok(Some(*cents)),
            _ => Err(Fault::Damaged),
        };
        match (self, fact) {
            (Self::Setting(Setting::Endpoint), Fact::Null) => number.endpoint = Field::Null,
            (Self::Setting(Setting::Endpoint), fact) => {
                number.endpoint = text(fact)?.map_or(Field::Absent, |id| Field::Value(EndpointId(id)));
            }
            (Self::Setting(Setting::Status), fact) => {
                number.status = text(fact)?.map(|text| Status::parse(&text));
            }
            (Self::Setting(Setting::Switch(switch)), fact) => {
                number.switches[switch] = match fact {
                    Fact::Unsaid => None,
                    Fact::Flag(on) => Some(on),
                    _ => return Err(Fault::Damaged),
                };
            }
            (Self::Line, Fact::Line(line)) => number.line = line,
            (Self::Country, fact) => number.country = text(fact)?,
            (Self::Kind, fact) => number.kind = text(fact)?.map(|text| Kind::parse(&text)),
            (Self::Organization, fact) => number.organization = text(fact)?,
            (Self::SipUri, Fact::Null) => put_null_address(number),
            (Self::SipUri, fact) => {
                number.sip_uri = text(fact)?.map(|uri| Box::from(&*uri));
                number.extra = None;
            }
            (Self::Monthly, fact) => {
                let cents = amount(&fact)?;
                put_price(number, |price| price.monthly = cents);
            }
            (Self::Setup, fact) => {
                let cents = amount(&fact)?;
                put_price(number, |price| price.setup = cents);
            }
            (Self::Line | Self::New | Self::Gone | Self::Back, _) => return Err(Fault::Damaged),
        }
        Ok(())
    }
}

/// Changes a price; a record of which nothing is known then has none.
fn put_price(number: &mut Number, put: impl FnOnce(&mut Price)) {
    let mut offer = number.offer.take().unwrap_or_default();
    put(&mut offer.price);
    number.offer = Some(offer).filter(|offer| **offer != Offer::default());
}

impl Fact {
    /// In words; an endpoint by its name, where one is known.
    pub fn words(&self, aspect: Aspect, names: &Names) -> String {
        match self {
            Self::Unsaid => "unknown".to_owned(),
            Self::Null => "none".to_owned(),
            Self::Flag(on) => if *on { "on" } else { "off" }.to_owned(),
            Self::Text(text) if aspect == Aspect::Setting(Setting::Endpoint) => {
                let id = EndpointId(Arc::clone(text));
                names.of(&id).unwrap_or(id.as_str()).to_owned()
            }
            Self::Text(text) => text.to_string(),
            Self::Line(line) => line.grouped(),
            Self::Amount(cents) => cents.to_string(),
        }
    }

    /// For programs: as the API writes it, null for what there is none of or was not said.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Unsaid | Self::Null => Value::Null,
            Self::Flag(on) => Value::from(*on),
            Self::Text(text) => Value::from(&**text),
            Self::Line(line) => Value::from(line.to_string()),
            Self::Amount(cents) => Value::from(cents.0),
        }
    }

    /// As a cell; texts that many numbers share are kept once.
    pub(super) fn cell<'a>(
        &'a self,
        aspect: Aspect,
        db: &Connection,
        values: &mut Values,
    ) -> Result<Cell<'a>, Fault> {
        Ok(match self {
            Self::Unsaid => Cell::Null,
            Self::Null => Cell::Int(0),
            Self::Flag(on) => Cell::Int(i64::from(*on)),
            Self::Text(text) if aspect == Aspect::SipUri => Cell::Text((&**text).into()),
            Self::Text(text) => Cell::Int(values.id(db, text)?),
            Self::Line(line) => Cell::of_line(line),
            Self::Amount(cents) => Cell::Int(cents.0),
        })
    }

    /// What [`Self::cell`] wrote.
    pub(super) fn of_cell(aspect: Aspect, cell: ValueRef<'_>, values: &Values) -> Result<Self, Fault> {
        Ok(match (aspect, cell) {
            (_, ValueRef::Null) => Self::Unsaid,
            (Aspect::Line, cell) => Self::Line(line_of(cell)?),
            (Aspect::Monthly | Aspect::Setup, ValueRef::Integer(cents)) => Self::Amount(Cents(cents)),
            (Aspect::Setting(Setting::Switch(_)), ValueRef::Integer(on @ 0..=1)) => Self::Flag(on == 1),
            (Aspect::Setting(Setting::Switch(_)), _) => return Err(Fault::Damaged),
            (_, ValueRef::Integer(0)) => Self::Null,
            (Aspect::SipUri, ValueRef::Text(uri)) => Self::Text(text_of(uri)?.into()),
            (_, ValueRef::Integer(id)) => Self::Text(Arc::clone(values.text(id)?)),
            _ => return Err(Fault::Damaged),
        })
    }
}
