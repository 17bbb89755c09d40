//! What DNS is asked for, what it says, and who says it.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::time::Instant;

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

/// A response code of DNS (RFC 6895 section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResponseCode(pub u16);

impl ResponseCode {
    pub(super) const NO_ERROR: Self = Self(0);
    pub(super) const FORMAT_ERROR: Self = Self(1);
    pub(super) const SERVER_FAILURE: Self = Self(2);
    pub(super) const NO_NAME: Self = Self(3);
    pub(super) const NOT_IMPLEMENTED: Self = Self(4);
    pub(super) const BAD_VERSION: Self = Self(16);
}

impl fmt::Display for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("NOERROR"),
            1 => f.write_str("FORMERR"),
            2 => f.write_str("SERVFAIL"),
            3 => f.write_str("NXDOMAIN"),
            4 => f.write_str("NOTIMP"),
            5 => f.write_str("REFUSED"),
            9 => f.write_str("NOTAUTH"),
            16 => f.write_str("BADVERS"),
            code => write!(f, "response code {code}"),
        }
    }
}

/// Why a server fails, where it says so (RFC 8914).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExtendedError(pub u16);

impl ExtendedError {
    /// That signatures do not fit.
    pub(super) const BOGUS: Self = Self(6);

    /// Whether DNSSEC is to blame.
    pub fn is_dnssec(self) -> bool {
        matches!(self.0, 5..=12 | 25 | 27)
    }

    /// In words; `None` for those that say nothing about the domain.
    pub fn words(self) -> Option<&'static str> {
        Some(match self.0 {
            6 => "its DNSSEC signatures do not fit",
            7 => "its DNSSEC signatures have expired",
            8 => "its DNSSEC signatures are not valid yet",
            9 => "its DNSSEC key is missing",
            10 => "its DNSSEC signatures are missing",
            _ if self.is_dnssec() => "it cannot be validated by DNSSEC",
            15..=17 => "it is blocked or filtered there",
            22 => "no name server of the domain can be reached",
            23 => "a name server of the domain cannot be reached",
            _ => return None,
        })
    }
}

/// Why there are no records, or what one of several servers said of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsFailure {
    /// NXDOMAIN: the name does not exist.
    NoName,
    /// The name exists, without such records.
    NoData,
    /// The server does not want to answer.
    Refused(ResponseCode),
    /// SERVFAIL: the server could not find out, mostly because those of the domain are broken.
    Failed(Option<ExtendedError>),
    /// No answer.
    Timeout,
    /// There is no way to the server, or nothing listens there.
    Unreachable(io::ErrorKind),
    /// What it answered cannot be read.
    Unreadable,
    /// It has more to say than a datagram carries, and could not be asked over TCP.
    OverTcp(io::ErrorKind),
    /// It answers for its own domains alone.
    Lame,
    /// The aliases of the name go in a circle, or on for ever.
    Circle,
}

impl DnsFailure {
    /// What was said, or not.
    pub(super) fn words(&self) -> Cow<'static, str> {
        match self {
            Self::NoName => "no such name".into(),
            Self::NoData => "no record".into(),
            Self::Refused(code) => code.to_string().into(),
            Self::Failed(why) => match why.and_then(ExtendedError::words) {
                Some(words) => format!("SERVFAIL, {words}").into(),
                None => "SERVFAIL".into(),
            },
            Self::Timeout => "no answer".into(),
            Self::Unreachable(kind) => format!("cannot be reached ({kind})").into(),
            Self::Unreadable => "an answer that cannot be read".into(),
            Self::OverTcp(kind) => format!("more than a datagram carries, and no TCP ({kind})").into(),
            Self::Lame => "it answers for its own domains alone".into(),
            Self::Circle => "its aliases go in a circle".into(),
        }
    }
}

/// A server that was asked, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The server.
    pub server: SocketAddr,
    /// Why its answer does not count; `None` where it does.
    pub failure: Option<DnsFailure>,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnswerSource {
    /// A server.
    #[default]
    Server,
    /// The hosts file of this machine.
    Hosts,
    /// The name always means this machine (RFC 6761 section 6.3).
    Localhost,
}

/// What is known of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsAnswer {
    /// The records, at least one.
    pub records: Result<Vec<Record>, DnsFailure>,
    /// What the name is an alias of, one after another.
    pub aliases: Vec<String>,
    /// The servers that were asked, in the order in which that was known.
    pub heard: Vec<Heard>,
    /// Where it comes from.
    pub source: AnswerSource,
}

impl From<Result<Vec<Record>, DnsFailure>> for DnsAnswer {
    /// No record is no data.
    fn from(records: Result<Vec<Record>, DnsFailure>) -> Self {
        let records =
            records.and_then(|some| if some.is_empty() { Err(DnsFailure::NoData) } else { Ok(some) });
        Self { records, aliases: Vec::new(), heard: Vec::new(), source: AnswerSource::Server }
    }
}

/// Asks DNS servers.
pub trait Dns: Sync {
    /// Who is asked, as it is called in a sentence.
    fn name(&self) -> String {
        "the DNS server".to_owned()
    }

    /// The names that stand for one that somebody wrote, in the order in which they are tried: those of a
    /// search list, where there is one. It is called once for each address, before anything is asked.
    fn candidates(&self, name: &str) -> Vec<String> {
        vec![name.to_owned()]
    }

    /// The records of a name without a dot at its end, as it is. Names of aliases are followed. What is not
    /// known at `until` is not answered.
    fn lookup(&self, name: &str, kind: RecordKind, until: Instant) -> impl Future<Output = DnsAnswer> + Send;
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
