//! What to do next: the row of the table of outcomes, and where it knows too little, more.
//!
//! Advice is a value. It says what is to be done, and leaves it to whoever shows it to name the means:
//! a command has flags for it, a screen has keys.

use std::borrow::Cow;

use super::statuses;
use super::{CallsSeen, Code, Found, Leg, LegKind, Sighting, Status, Step, StepKind, Transport};

/// Something that whoever shows an advice has a name for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdviceMeans {
    /// Change the settings of the number.
    ChangeSettings,
    /// Attach another endpoint.
    AttachEndpoint,
    /// Look at the credentials of the number.
    ShowCredentials,
    /// Check an address instead of a number.
    CheckAddress,
    /// Check the credentials, too.
    CheckCredentials,
    /// Send credentials over any transport.
    SendInClear,
    /// Ask another resolver.
    OtherResolver,
    /// Trust another authority.
    TrustAuthority,
    /// Show a server a certificate of the client.
    ShowCertificate,
    /// Use TCP.
    OverTcp,
    /// Speaking TLS.
    OverTls,
    /// Send a series of requests.
    Series,
    /// Wait longer.
    LongerLimit,
}

impl AdviceMeans {
    /// What stands for each of them in a sentence.
    const PLACES: [(Self, &str); 13] = [
        (Self::ChangeSettings, "settings"),
        (Self::AttachEndpoint, "attach"),
        (Self::ShowCredentials, "show"),
        (Self::CheckAddress, "address"),
        (Self::CheckCredentials, "credentials"),
        (Self::SendInClear, "clear"),
        (Self::OtherResolver, "resolver"),
        (Self::TrustAuthority, "authority"),
        (Self::ShowCertificate, "certificate"),
        (Self::OverTcp, "tcp"),
        (Self::OverTls, "tls"),
        (Self::Series, "series"),
        (Self::LongerLimit, "limit"),
    ];
}

/// How means are called where an advice is shown.
pub type AdviceNames<'a> = &'a dyn Fn(AdviceMeans) -> Cow<'static, str>;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advice {
    /// Sentences in which host and means have their places; may be none.
    what: Vec<&'static str>,
    /// The host that it is about.
    host: String,
}

impl Advice {
    fn new(what: &'static str, host: &str) -> Self {
        Self { what: Vec::from_iter(Some(what).filter(|what| !what.is_empty())), host: host.to_owned() }
    }

    fn and(mut self, what: &'static str) -> Self {
        self.what.push(what);
        self
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.what.is_empty()
    }

    /// In words.
    pub fn words(&self, names: AdviceNames<'_>) -> String {
        let mut text = String::new();
        for (at, what) in self.what.iter().enumerate() {
            text.push_str(if at == 0 { "" } else { "; " });
            // Every other part is the name of a place.
            for (at, part) in what.split(['{', '}']).enumerate() {
                match AdviceMeans::PLACES.iter().find(|(_, place)| at % 2 == 1 && *place == part) {
                    Some((means, _)) => text.push_str(&names(*means)),
                    None if at % 2 == 1 => text.push_str(&self.host),
                    None => text.push_str(part),
                }
            }
        }
        text
    }
}

/// After credentials were accepted in clear text.
const CROSSED: &str = "use TLS for this account: what crossed the network is enough to guess a weak password";

/// A name that only the search list of this machine completes.
const WHOLE_NAME: &str = "write the whole name into the address: only machines with the same search list find it \
    as it is";

/// Where there was no time to ask.
const LONGER: &str = "run it again with a longer {limit}";

/// What to do about a step that decided.
pub(super) fn of(step: &Step, leg: Option<&Leg>) -> Advice {
    let about = match &step.found {
        Found::NoNames { name, .. } => name.clone(),
        _ => None,
    };
    let host = about.or_else(|| leg.map(|leg| leg.route.host().to_string()));
    let host = host.unwrap_or_else(|| "the server".to_owned());
    let advice = Advice::new(sentence(step, leg), &host);
    if step.code == Code::AuthOk && is_nobody(step) {
        advice.and(Code::AuthOk.outcome().next)
    } else {
        advice
    }
}

/// The same after a name was resolved in a way that may have led to another server than is meant.
pub(super) fn after(advice: Advice, dns: &Step) -> Advice {
    match dns.found {
        Found::Names { found_as: Some(_), .. } => advice.and(WHOLE_NAME),
        _ => advice,
    }
}

/// What to do about names that do not lead where they should.
fn of_names(step: &Step, leg: Option<&Leg>) -> Option<&'static str> {
    Some(match (step.code, &step.found) {
        (Code::Ok, Found::Names { found_as: Some(_), .. }) => WHOLE_NAME,
        (Code::Ok, Found::Names { disagree: true, .. }) => {
            "look at the DNS servers of this machine and its VPN: they do not know the same names; {resolver} \
             asks one of them alone"
        }
        (_, Found::NoNames { dnssec: true, .. }) => {
            "ask the owner of {host} to mend the DNSSEC signatures of the domain; look at the clock of your \
             resolver"
        }
        (_, Found::NoNames { bypassed: true, .. }) if leg.is_some_and(|leg| leg.route.uri.port.is_none()) => {
            "leave the transport out of the address: the SRV records of {host} are for another one"
        }
        (_, Found::NoNames { bypassed: true, .. }) => {
            "leave the port out of the address, so that the SRV records of {host} are used"
        }
        (Code::DnsNodata, Found::NoNames { name: Some(name), .. }) if name.starts_with('_') => {
            "ask the owner of the domain to correct the SRV records of {host}"
        }
        (Code::DnsNxdomain | Code::DnsNodata, Found::NoNames { name: Some(_), .. }) => {
            "ask the owner of the domain about the SRV record that names {host}, or the alias (CNAME)"
        }
        (Code::DnsRefused, _) if step.is_of_domain() => {
            "ask the owner of {host} whether the DNS servers of the domain work; {resolver} asks another \
             resolver about it"
        }
        (Code::Partial, Found::Names { lost: Some(lost), .. }) if lost.ours => {
            Code::DnsTimeout.outcome().next
        }
        (Code::Partial, _) if step.kind == StepKind::Dns => {
            "ask the owner of {host} about the DNS records that lead to no server"
        }
        _ => return None,
    })
}

fn sentence(step: &Step, leg: Option<&Leg>) -> &'static str {
    if let Some(about_names) = of_names(step, leg) {
        return about_names;
    }
    let uri = leg.map(|leg| &leg.route.uri);
    let over_tls =
        step.kind == StepKind::Tls || leg.is_some_and(|leg| leg.route.transport == Some(Transport::Tls));
    match (step.code, &step.found) {
        (Code::BadSettings, Found::Settings { advice: Some(advice), .. })
        | (Code::CallsLost, Found::Calls(CallsSeen { advice: Some(advice), .. })) => advice,
        // Nothing is known to be wrong: the server is one that does not tell.
        (Code::BadUri, _) if step.status == Status::Warn => {
            "this API does not tell it: check the address that you know with {address}"
        }
        (Code::BadUri, _) if step.leg == Some(LegKind::Trunk) => {
            "the domain and port of the SIP credentials come from KrosAI: ask them, or rotate the credentials"
        }
        (Code::BadUri, _) if step.leg == Some(LegKind::Endpoint) => {
            "correct the URL of the endpoint, or attach another endpoint to the number"
        }
        (Code::AuthOk, _) => CROSSED,
        (Code::AliveRefused, Found::Answers(answers)) => {
            let row = answers.sip_status.map(statuses::of).filter(|row| row.code == step.code);
            row.and_then(|row| row.next).unwrap_or(step.code.outcome().next)
        }
        (Code::Unavailable, _) if step.status == Status::Warn => {
            "{host} is in maintenance, as the profile reads its answer: check it again when that is over"
        }
        (Code::AuthUnverifiable, Found::Sighting(Sighting::Stale)) => {
            "ask the owner of {host} why its registrar calls fresh nonces stale: its clocks, its store of nonces, \
             or several nodes without a shared one; the password is not at fault"
        }
        (Code::NoAnswer | Code::Closed | Code::BadReply, _)
            if step.kind == StepKind::Options && step.status == Status::Warn =>
        {
            "the server lives and does not answer OPTIONS: nothing is wrong with that, unless a PBX watches {host} \
             by OPTIONS and takes it for dead; only a test call shows whether it routes calls"
        }
        (Code::NoAnswer | Code::Closed | Code::PortClosed, _) if step.kind == StepKind::Auth => {
            if step.status == Status::Skip {
                "run it again in a while; where it stays so to credentials alone, ask the owner of {host} whether it \
                 has banned this address or drops what it refuses"
            } else {
                "ask the owner of {host} whether it takes no REGISTER from this address, or has banned it"
            }
        }
        (Code::NoAnswer, Found::Sighting(Sighting::Provisional)) => {
            "the server lives and passes the request on: ask the owner of {host} about whoever is behind it, who \
             does not answer"
        }
        (Code::NoAnswer, Found::Sighting(Sighting::NoRoute)) => {
            "look whether {host} is the right address and that machine is on; a traceroute shows where the way ends"
        }
        (Code::BadReply, Found::Sighting(Sighting::Rewritten)) => {
            "look at the router of this network first and switch its SIP ALG off; else ask the owner of {host} for \
             a proxy on the way that leaves Via and CSeq alone"
        }
        (Code::AuthUnverifiable, Found::Registration { sip_status }) => registration(*sip_status),
        (Code::Skipped, _) if step.kind == StepKind::Auth => {
            "look at the credentials with {show}; without {credentials} everything else is checked alone"
        }
        (Code::Skipped | Code::Partial, _) if step.unasked => LONGER,
        (_, Found::NoTime) => LONGER,
        (Code::BadReply, Found::Sighting(Sighting::SpeaksTls)) => {
            "this port of {host} speaks TLS: {tls} checks it; calls to it have to use TLS, or another port"
        }
        (Code::TlsPlain, _) if uri.is_some_and(|uri| uri.secure) => {
            "this port of {host} probably speaks plain SIP, and sips: allows TLS alone: ask its owner for the \
             port that speaks TLS"
        }
        (Code::TlsPlain, _) if uri.is_some_and(|uri| uri.port == Some(5061)) => {
            "port 5061 of {host} probably speaks plain SIP: ask its owner; {tcp} checks it without TLS"
        }
        (_, Found::Tls(found)) if found.advice().is_some() => found.advice().unwrap_or_default(),
        (Code::Closed, found) if step.kind == StepKind::Tls && !matches!(found, Found::Tls(_)) => {
            "ask the owner of {host}: an access list, overload, or a port that speaks no TLS"
        }
        // A server that asks for a certificate of the client is told apart, and this one speaks TLS.
        (Code::Closed, _) if over_tls => "ask the owner of {host}: an access list, or overload",
        (code, _) => code.outcome().next,
    }
}

/// What to do about a registrar that refuses before a password counts.
fn registration(sip_status: u16) -> &'static str {
    match sip_status {
        403 => {
            "ask the owner of {host} whether an access list or a ban keeps this address away, or the account belongs \
             to another domain; nothing is known of the password"
        }
        404 | 410 | 604 => {
            "compare name and domain of the account with what is set up at {host}, which says that it has none like \
             it; nothing is known of the password"
        }
        405 | 501 => "ask the owner of {host} where accounts register: this server takes no REGISTER",
        429 => "wait before this is run again: {host} limits how often it is asked",
        _ => Code::AuthUnverifiable.outcome().next,
    }
}

/// What a step that is no trouble has to say all the same.
pub(super) fn beside(step: &Step, all: &[&Step]) -> Option<Advice> {
    let asked = |one: &&Step| one.kind == StepKind::Auth && one.leg == step.leg;
    if matches!(&step.found, Found::Names { private, .. } if !private.is_empty()) {
        return Some(Advice::new(
            "calls come from the provider, not from this machine: where it has no link of its own into that \
             network, none arrives; put a public address there",
            "",
        ));
    }
    let says = match step.code {
        Code::Skipped => false,
        Code::AliveAuth => !all.iter().any(asked),
        Code::AuthOk => is_nobody(step),
        _ => step.status == Status::Skip,
    };
    says.then(|| Advice::new(step.code.outcome().next, ""))
}

/// Credentials were accepted, and nobody is registered with them.
pub(super) fn is_nobody(step: &Step) -> bool {
    step.code == Code::AuthOk && step.found == Found::Account { devices: 0 }
}

#[cfg(test)]
impl Advice {
    /// What the table says.
    pub(crate) fn of_row(code: Code, host: &str) -> Self {
        Self::new(code.outcome().next, host)
    }

    /// In words, each of the means as it is called in here.
    pub(crate) fn plain(&self) -> String {
        self.words(&|means| format!("{means:?}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_in_a_sentence_is_for_a_host_or_for_means() {
        for outcome in super::super::OUTCOMES {
            for place in outcome.next.split(['{', '}']).skip(1).step_by(2) {
                let is_known = AdviceMeans::PLACES.iter().any(|(_, known)| *known == place);
                assert!(is_known || place == "host", "{}: {place}", outcome.code);
            }
        }
    }
}
