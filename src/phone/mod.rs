//! The words of the problem: numbers, money, SIP credentials, the filter language.
//!
//! Everything here is plain data and pure functions. Values are parsed once, at the edge, and are
//! valid afterwards; what does not parse is kept as it came, in a variant of its own, so that the
//! program never hides what a server said. Nothing here knows of HTTP, of a screen or of a clock.

mod block;
mod call;
mod capability;
mod cost;
mod country;
mod document;
mod e164;
mod filter;
mod grouping;
mod id_text;
mod known;
mod label;
mod moment;
mod money;
mod number;
mod pattern;
mod problem;
mod setting;
mod sort;
mod trouble;
mod written;

pub use block::Blocks;
pub use call::{
    Call, CallDirection, CallList, CallStatus, CallsAnswer, HangupCause, MaskedNumber, id_without_caller,
    without_callers,
};
pub use capability::{Capabilities, Capability, NoCapability};
pub use cost::{CostGroup, CostKey, MonthlyCost, costs, grouped as grouped_cents, is_unreachable};
pub use country::{Country, NoCountry};
pub use document::FieldValue;
pub use e164::{E164, NumberText, digits_of};
pub use filter::{BadFilter, Filter, Names, Needle, Stranger, Term};
pub use grouping::prepare as prepare_grouping;
pub use known::{Known, RouteResult};
pub use label::{BadLabel, Label, LabelEdit, Labels};
pub use moment::{Moment, WrittenTime, write_time};
pub use money::{Cents, Price};
pub use number::{
    Detail, Endpoint, EndpointId, Field, Kind, Number, NumberId, Offer, Password, SipCredentials, Status,
    Traits,
};
pub use pattern::{BadPattern, Pattern};
pub use problem::{Problem, Problems, STUCK_AFTER, stuck_for};
pub use setting::{Changes, Setting, SettingValue, Switch, Switches};

pub use crate::text::{
    Hidden, NoMoment, Secret, clean, format, is_api_key, is_clean, is_invisible, one_line, thousands, veiled,
    when, without_secrets,
};
pub use sort::{NoOrder, Order, SortKey};
pub use trouble::Trouble;
pub use written::Written;
