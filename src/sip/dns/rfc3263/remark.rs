//! What is worth a word though a name leads to servers.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::sip::dns::network::server_words;
use crate::sip::{DnsAnswer, DnsFailure};

/// Something about how a name was resolved that others may find otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsRemark {
    /// A server of this machine failed, and another one answered.
    PassedOver {
        /// The one that failed.
        server: SocketAddr,
        /// In which way.
        failure: DnsFailure,
    },
    /// A server of this machine says that there is no such name, and another one knows it.
    Denied {
        /// The one that does not know it.
        server: SocketAddr,
        /// The name.
        name: String,
    },
    /// An address is from the hosts file of this machine, which nobody else reads.
    Hosts {
        /// The name.
        name: String,
    },
    /// A name leads to the machine that asks, whichever that is.
    Loopback {
        /// The name.
        name: String,
        /// Its address.
        ip: IpAddr,
    },
    /// The search list of this machine completes the name.
    Searched {
        /// The name as it is written.
        name: String,
        /// The name that was found.
        found: String,
    },
}

impl DnsRemark {
    /// Whether calls from elsewhere may not arrive because of it.
    pub fn is_warning(&self) -> bool {
        match self {
            Self::PassedOver { failure: DnsFailure::Failed(why), .. } => {
                why.is_some_and(crate::sip::ExtendedError::is_dnssec)
            }
            Self::PassedOver { .. } | Self::Hosts { .. } | Self::Loopback { .. } => false,
            Self::Denied { .. } | Self::Searched { .. } => true,
        }
    }
}

impl fmt::Display for DnsRemark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassedOver { server, failure } => {
                let server = server_words(*server);
                match failure {
                    DnsFailure::Timeout => {
                        write!(f, "the DNS server {server} of this machine does not answer, another one does")
                    }
                    failure => write!(
                        f,
                        "the DNS server {server} of this machine fails ({}), another one answers",
                        failure.words()
                    ),
                }
            }
            Self::Denied { server, name } => write!(
                f,
                "the DNS servers of this machine do not agree: {} says that {name} does not exist, and what \
                 another one says is used here",
                server_words(*server)
            ),
            Self::Hosts { name } => {
                write!(f, "{name} is in the hosts file of this machine, others may find another address")
            }
            Self::Loopback { name, ip } => {
                write!(f, "{ip} is always the machine that asks, so other callers of {name} reach themselves")
            }
            Self::Searched { name, found } => write!(
                f,
                "{name} is found as {found}, by the search list of this machine: the address lacks the full \
                 name, and whoever has another search list, as a provider has, finds nothing or another server"
            ),
        }
    }
}

/// What the servers did in all questions together.
#[derive(Debug, Default)]
pub(super) struct ServerRecord(Vec<(SocketAddr, bool, Option<DnsFailure>)>);

impl ServerRecord {
    pub(super) fn add(&mut self, answer: &DnsAnswer) {
        for heard in &answer.heard {
            let answered = matches!(heard.failure, None | Some(DnsFailure::NoName));
            match self.0.iter_mut().find(|(server, ..)| *server == heard.server) {
                Some((_, knows, failure)) => {
                    *knows |= answered;
                    if failure.is_none() {
                        failure.clone_from(&heard.failure);
                    }
                }
                None => self.0.push((heard.server, answered, heard.failure.clone())),
            }
        }
    }

    /// Those that failed at every question, where another one answered.
    pub(super) fn remarks(self) -> Vec<DnsRemark> {
        if !self.0.iter().any(|(_, answered, _)| *answered) {
            return Vec::new();
        }
        let failed = self.0.into_iter().filter(|(_, answered, _)| !answered);
        failed
            .filter_map(|(server, _, failure)| Some(DnsRemark::PassedOver { server, failure: failure? }))
            .collect()
    }
}
