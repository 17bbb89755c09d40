//! Names: single questions to a resolver, and from a route to addresses.

mod network;
mod record;
mod rfc3263;

pub use network::NetworkDns;
pub use record::{Dns, DnsFailure, Record, RecordKind};
pub(super) use rfc3263::MOST_TARGETS;
pub use rfc3263::{Resolution, Target, Unresolved, resolve};

use super::{Code, Host, Route, Transport};
