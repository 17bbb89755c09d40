//! Why something leads to no address, in words.

use crate::sip::{Code, DnsFailure};

/// What would have led to a target, and does not.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) text: String,
    /// The name that was asked for.
    pub(super) name: String,
    /// DNS says it, so it is about the domain and not about who was asked.
    pub(super) is_of_domain: bool,
    /// SRV records lead to servers, and the port in the address bypasses them.
    pub(super) is_bypassed: bool,
}

impl Failure {
    /// What `server` said, or did not say, of a name.
    pub(super) fn of(failure: &DnsFailure, server: &str, name: &str) -> Self {
        let (code, text) = match failure {
            DnsFailure::NoName => (Code::DnsNxdomain, format!("the name {name} does not exist in DNS")),
            DnsFailure::NoData => (Code::DnsNodata, format!("{name} has neither an A nor an AAAA record")),
            DnsFailure::Refused(said) => {
                (Code::DnsRefused, format!("{server} does not answer for {name}: {said}"))
            }
            DnsFailure::Failed => (
                Code::DnsRefused,
                format!(
                    "{server} could not find out about {name} (SERVFAIL): the servers of that domain may be \
                     broken"
                ),
            ),
            DnsFailure::Timeout => (Code::DnsTimeout, format!("{server} did not answer for {name}")),
        };
        let is_of_domain = matches!(failure, DnsFailure::NoName | DnsFailure::NoData | DnsFailure::Failed);
        Self { code, text, name: name.to_owned(), is_of_domain, is_bypassed: false }
    }

    /// A record that cannot be used.
    pub(super) fn unusable(text: String, name: &str) -> Self {
        Self { code: Code::DnsNodata, text, name: name.to_owned(), is_of_domain: true, is_bypassed: false }
    }
}

/// What counts more when both sorts of addresses are missing.
pub(super) fn grade(failure: &DnsFailure) -> u8 {
    match failure {
        DnsFailure::NoName => 4,
        DnsFailure::Timeout => 3,
        DnsFailure::Refused(_) => 2,
        DnsFailure::Failed => 1,
        DnsFailure::NoData => 0,
    }
}
