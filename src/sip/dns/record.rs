//! What DNS is asked for, what it says, and who says it.

use std::fmt;
use std::future::Future;
use std::net::IpAddr;

/// What DNS is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// NAPTR (RFC 3403).
    Naptr,
    /// SRV (RFC 2782).
    Srv,
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
}

/// A record that came back. Names are as they came: not to be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// Which service, and where its SRV records are.
    Naptr {
        /// Lower first.
        order: u16,
        /// Among equal orders: lower first.
        preference: u16,
        /// `s`: `replacement` has SRV records.
        flags: String,
        /// `SIPS+D2T`, `SIP+D2T`, `SIP+D2U`.
        service: String,
        /// The name to go on with.
        replacement: String,
    },
    /// A server of a service.
    Srv {
        /// Lower first.
        priority: u16,
        /// Among equal priorities: the share.
        weight: u16,
        /// The port.
        port: u16,
        /// The server; `.` says that the service is off.
        target: String,
    },
    /// An address.
    Address(IpAddr),
}

/// Why there are no records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsFailure {
    /// NXDOMAIN: the name does not exist.
    NoName,
    /// The name exists, without such records.
    NoData,
    /// The server refused, or there is none that could be asked; in words.
    Refused(String),
    /// SERVFAIL: the server could not find out, mostly because those of the domain are broken.
    Failed,
    /// No answer.
    Timeout,
}

impl DnsFailure {
    pub(super) fn words(&self) -> &str {
        match self {
            Self::NoName => "no such name",
            Self::NoData => "no record",
            Self::Refused(text) => text,
            Self::Failed => "SERVFAIL",
            Self::Timeout => "no answer",
        }
    }
}

/// Asks a DNS server.
pub trait Dns: Sync {
    /// What it is called in a sentence.
    fn name(&self) -> String {
        "the DNS server".to_owned()
    }

    /// The records of a name without a dot at its end. Names of aliases are followed.
    fn lookup(
        &self,
        name: &str,
        kind: RecordKind,
    ) -> impl Future<Output = Result<Vec<Record>, DnsFailure>> + Send;
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Naptr { order, preference, flags, service, replacement } => {
                write!(f, "{order} {preference} \"{flags}\" \"{service}\" {replacement}")
            }
            Self::Srv { priority, weight, port, target } => write!(f, "{priority} {weight} {port} {target}"),
            Self::Address(ip) => ip.fmt(f),
        }
    }
}
