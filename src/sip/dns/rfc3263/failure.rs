//! Why something leads to no address, in words.

use crate::sip::dns::network::server_words;
use crate::sip::{Code, DnsAnswer, DnsFailure, ExtendedError, Unresolved};

/// What would have led to a target, and does not.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) text: String,
    /// The name that was asked for.
    pub(super) name: String,
    /// The name that is to blame, where that is another one: the end of an alias, or the service whose
    /// record is wrong.
    pub(super) about: Option<String>,
    /// DNS says it, so it is about the domain and not about who was asked.
    pub(super) is_of_domain: bool,
    /// The signatures of the domain are to blame.
    pub(super) is_dnssec: bool,
    /// SRV records lead to servers, and the port in the address bypasses them.
    pub(super) is_bypassed: bool,
}

impl Failure {
    /// What was said of a name; `failure` is why there is no address, `server` who is asked.
    pub(super) fn of(failure: &DnsFailure, answer: &DnsAnswer, server: &str, name: &str) -> Self {
        let missing =
            answer.aliases.last().filter(|_| matches!(failure, DnsFailure::NoName | DnsFailure::NoData));
        let missing = missing.map(ToString::to_string);
        let alias = answer.aliases.last().map(|last| format!("{name} is an alias of {last}"));
        let (code, text) = match failure {
            DnsFailure::NoName => (
                Code::DnsNxdomain,
                match alias {
                    Some(alias) => format!("{alias}, which does not exist in DNS"),
                    None => format!("the name {name} does not exist in DNS{}", local(name)),
                },
            ),
            DnsFailure::NoData => (
                Code::DnsNodata,
                match alias {
                    Some(alias) => format!("{alias}, which has neither an A nor an AAAA record"),
                    None => format!("{name} has neither an A nor an AAAA record"),
                },
            ),
            DnsFailure::Circle => {
                (Code::DnsNodata, format!("the aliases (CNAME) of {name} go in a circle, or on for ever"))
            }
            DnsFailure::Failed(why) => (Code::DnsRefused, failed(*why, answer, server, name)),
            DnsFailure::Timeout => (
                Code::DnsTimeout,
                several(answer, name).unwrap_or_else(|| format!("{server} did not answer for {name}")),
            ),
            failure => (
                Code::DnsRefused,
                several(answer, name).unwrap_or_else(|| {
                    let it = if matches!(failure, DnsFailure::Unreachable(_)) { "it " } else { "" };
                    format!("{server} does not answer for {name}: {it}{}", failure.words())
                }),
            ),
        };
        let is_of_domain = matches!(
            failure,
            DnsFailure::NoName | DnsFailure::NoData | DnsFailure::Failed(_) | DnsFailure::Circle
        );
        let is_dnssec = matches!(failure, DnsFailure::Failed(Some(why)) if why.is_dnssec());
        Self {
            code,
            text,
            name: name.to_owned(),
            about: missing,
            is_of_domain,
            is_dnssec,
            is_bypassed: false,
        }
    }

    /// SRV records lead to servers, and the address goes round them.
    pub(super) fn bypasses(&mut self, service: &str, how: &str) {
        self.text = format!("{}; its SRV record {service} leads to servers{how}", self.text);
        self.is_bypassed = true;
    }

    /// A record that cannot be used.
    pub(super) fn unusable(text: String, name: &str) -> Self {
        let (about, name, code) = (Some(name.to_owned()), name.to_owned(), Code::DnsNodata);
        Self { code, text, name, about, is_of_domain: true, is_dnssec: false, is_bypassed: false }
    }

    /// What a route comes to that leads to `name`.
    pub(super) fn unresolved(self, trail: Vec<String>, name: &str) -> Unresolved {
        // Whose service it is, the name says.
        let is_other = |other: &String| !other.starts_with('_') && other != name;
        let name = self.about.or_else(|| Some(self.name).filter(is_other));
        let Self { code, text, is_of_domain, is_dnssec, is_bypassed, .. } = self;
        Unresolved { code, text, name, is_of_domain, is_dnssec, is_bypassed, trail }
    }
}

/// What each of several servers said; `None` where it was one.
fn each(answer: &DnsAnswer) -> Option<String> {
    let said = answer.heard.iter().filter_map(|heard| {
        Some(format!("{}: {}", server_words(heard.server), heard.failure.as_ref()?.words()))
    });
    let said: Vec<String> = said.collect();
    (said.len() > 1).then(|| said.join("; "))
}

fn several(answer: &DnsAnswer, name: &str) -> Option<String> {
    Some(format!("no DNS server of this machine answers for {name} ({})", each(answer)?))
}

fn failed(why: Option<ExtendedError>, answer: &DnsAnswer, server: &str, name: &str) -> String {
    let who = match each(answer) {
        Some(each) => format!("no DNS server of this machine could find out about {name} ({each})"),
        None => format!("{server} could not find out about {name} (SERVFAIL)"),
    };
    match why {
        Some(why) if why.is_dnssec() => {
            let words = why.words().unwrap_or_default();
            format!("{who}: {words}, and every resolver that validates refuses the domain")
        }
        Some(why) => match why.words() {
            Some(words) => format!("{who}: {words}"),
            None => format!("{who}: the servers of that domain may be broken"),
        },
        None => format!("{who}: the servers of that domain may be broken"),
    }
}

/// Names under `.local` are announced by multicast (RFC 6762), which is not asked here.
fn local(name: &str) -> &'static str {
    if name.ends_with(".local") {
        "; under .local machines announce themselves to their own network, which is not asked here and which \
         nobody elsewhere can ask"
    } else {
        ""
    }
}

/// What counts more when both sorts of addresses are missing.
pub(super) fn grade(failure: &DnsFailure) -> u8 {
    match failure {
        DnsFailure::NoName => 5,
        DnsFailure::Circle => 4,
        DnsFailure::Timeout => 3,
        DnsFailure::Failed(_) => 1,
        DnsFailure::NoData => 0,
        _ => 2,
    }
}
