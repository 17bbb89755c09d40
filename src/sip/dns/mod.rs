//! Names: single questions to a resolver, and from a route to addresses.

mod message;
mod network;
mod record;
mod resolv_conf;
mod rfc3263;
mod servers;

pub use network::NetworkDns;
pub use record::{
    AnswerSource, Dns, DnsAnswer, DnsFailure, ExtendedError, Heard, Record, RecordKind, ResponseCode,
};
pub use resolv_conf::ResolverSettings;
pub(super) use rfc3263::MOST_TARGETS;
pub use rfc3263::{DnsRemark, Resolution, Target, Unresolved, resolve};

use super::{Code, Host, Route, Transport};
