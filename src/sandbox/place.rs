//! Where the numbers of a sandbox can be reached by SIP.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Endpoints of the seed are at this domain, which exists nowhere.
const NOWHERE: &str = "@agents.example.net";
/// Port of the number whose route is broken on purpose: discard, where nobody listens.
const BROKEN: u16 = 9;

/// SIP host and port of all numbers, as the API tells them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    at: SocketAddr,
    /// A server is there.
    served: bool,
    /// The number whose route leads to a closed port.
    broken: Option<String>,
}

impl Default for Place {
    /// This machine, where nobody may be listening.
    fn default() -> Self {
        Self { at: SocketAddr::from((Ipv4Addr::LOCALHOST, 5060)), served: false, broken: None }
    }
}

impl Place {
    /// Where the SIP server of a sandbox is, and which number does not lead there.
    pub(super) fn served(at: SocketAddr, broken: Option<String>) -> Self {
        Self { at, served: true, broken }
    }

    /// The host; an IPv6 address in brackets.
    pub(super) fn host(&self) -> String {
        match self.at.ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        }
    }

    /// Whether the route of a number is broken on purpose.
    pub(super) fn is_broken(&self, e164: &str) -> bool {
        self.broken.as_deref() == Some(e164)
    }

    /// The port of a number.
    pub(super) fn port(&self, e164: &str) -> u16 {
        if self.is_broken(e164) { BROKEN } else { self.at.port() }
    }

    /// The URL of an endpoint: behind the SIP server, where there is one.
    pub(super) fn url(&self, stored: &str) -> String {
        match stored.strip_suffix(NOWHERE).filter(|_| self.served) {
            Some(user) => format!("{user}@{}:{}", self.host(), self.at.port()),
            None => stored.to_owned(),
        }
    }
}
