//! Who has to act on what a check saw, and what is asked of them.

use super::super::calls::CallEnd;
use super::super::finding::Finding;
use super::super::vantage::{Merged, MergedCode};
use crate::sip::{
    AdviceNames, Answers, CallsSeen, Code, Found, Health, LegKind, Origin, Report, Sighting, Status, Step,
    StepKind,
};
use crate::text::clean;

/// Who has to act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// KrosAI, who rents the number out and routes calls to it.
    Provider,
    /// Whoever runs a SIP server.
    ServerOwner {
        /// Host and port.
        place: String,
        /// What it has to do with the number; may be nothing.
        role: &'static str,
    },
    /// Whoever holds the domain of that name.
    DomainOwner(String),
    /// Whoever runs the endpoint that takes the calls.
    EndpointOwner,
    /// Whoever runs the network between two places.
    Network {
        /// Where the way begins.
        from: String,
        /// Where it leads.
        to: String,
    },
    /// Whoever wrote the ticket.
    Ourselves,
    /// Nothing is wrong.
    Nobody,
}

impl Party {
    /// The word in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::ServerOwner { .. } => "server_owner",
            Self::DomainOwner(_) => "domain_owner",
            Self::EndpointOwner => "endpoint_owner",
            Self::Network { .. } => "network",
            Self::Ourselves => "ourselves",
            Self::Nobody => "nobody",
        }
    }

    /// For somebody who knows nothing of the case.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Provider => "KrosAI, the provider of the number".to_owned(),
            Self::ServerOwner { place, role } => format!("the owner of the SIP server {place}{role}"),
            Self::DomainOwner(host) => format!("the owner of the domain of {host}: its DNS is at fault"),
            Self::EndpointOwner => {
                "the owner of the endpoint, which takes the calls that KrosAI passes on".to_owned()
            }
            Self::Network { from, to } => format!("whoever runs the network between {from} and {to}"),
            Self::Ourselves => "ourselves, the customer who tested; nobody else".to_owned(),
            Self::Nobody => "nobody: nothing is wrong as far as this test sees".to_owned(),
        }
    }
}

/// Who has to act, and what they are asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) party: Party,
    /// An order, without a full stop; empty where there is nothing to do.
    pub(super) request: String,
}

/// What the owner of a server is asked; `{host}` is its name. `None` where the case is not theirs.
fn of_owner(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::Partial => {
            "look at the targets below that do not answer, or take them out of DNS: calls that are sent to \
             them fail"
        }
        Code::DnsNxdomain => {
            "look whether the domain has expired, or the name {host} is missing from its zone; if the name is \
             written wrong, tell us the right one"
        }
        Code::DnsNodata => "publish an A, AAAA or SRV record for {host}: the name exists and leads nowhere",
        Code::SrvOff => {
            "look at the SRV record of {host}: its target is a single dot, which says that the service is off"
        }
        Code::PortClosed => {
            "look whether the SIP server is running and listens on that port and transport, and whether a \
             firewall rejects the address that we tested from"
        }
        Code::NoAnswer => {
            "look whether a firewall or an allow-list of IP addresses drops what comes from the address that \
             we tested from, whether the server is up, and whether it listens on that transport"
        }
        Code::Closed => {
            "look at the log of the server for the time below: it takes the connection and hangs up without a \
             reply (an access list, overload, or a port for TLS only)"
        }
        Code::TlsExpired => "renew the certificate of {host}",
        Code::TlsName => "install a certificate that has the name {host} in it (RFC 5922)",
        Code::TlsUntrusted => {
            "install a certificate of a public authority, or give us the certificate of yours to trust"
        }
        Code::TlsVersion => "switch on TLS 1.2 or newer: nothing older is spoken by the client that tested",
        Code::TlsClientCert => {
            "tell us which client certificate the server accepts, or give us an address without mutual TLS"
        }
        Code::TlsChain => {
            "send the full chain of certificates: the server's own, and each intermediate one, in order"
        }
        Code::TlsWeak => {
            "install a new certificate: X.509 version 3, RSA of 2048 bits or P-256, signed with SHA-256"
        }
        Code::TlsPlain => {
            "tell us which port speaks TLS, or switch TLS on: this one takes the connection and does not shake \
             hands"
        }
        Code::BadReply => {
            "look at what listens on this port: what it answers is not SIP that is meant for us"
        }
        Code::Redirect => {
            "tell us whether the address that the answer points to is meant; the test did not follow it"
        }
        Code::Unavailable => {
            "bring the service back, or tell us until when it is overloaded or in maintenance"
        }
        Code::ServerError => {
            "look at the log of the server for the time below: it, or what is behind it, fails"
        }
        Code::AliveRefused => {
            "tell us whether calls to this number are routed there, and why this request is refused from the \
             address that we tested from"
        }
        Code::AuthUnsupported => {
            "offer digest authentication with MD5 or SHA-256 and qop=auth: no other is safe and known"
        }
        Code::Loop => "look where the routing of the server sends this address: the request comes back to it",
        Code::Elsewhere => {
            "let the server answer from the address and port that was asked: a NAT or firewall of whoever \
             calls drops an answer from elsewhere"
        }
        _ => return None,
    })
}

/// Domains below which servers are the provider's own.
const PROVIDER: &str = "krosai.com";

/// Whoever runs a server, or its names.
fn owner_of(place: &str, kind: StepKind, origin: Option<Origin>) -> Party {
    let host = host_of(place);
    if host == PROVIDER || host.strip_suffix(PROVIDER).is_some_and(|rest| rest.ends_with('.')) {
        return Party::Provider;
    }
    if kind == StepKind::Dns {
        return Party::DomainOwner(host.to_owned());
    }
    let role = match origin {
        Some(Origin::SipUri) => ", to which KrosAI sends the calls of the number",
        Some(Origin::Credentials) => ", where the SIP account of the number registers",
        Some(Origin::EndpointUrl) => ", which is the endpoint that takes the calls of the number",
        Some(Origin::Given) | None => "",
    };
    Party::ServerOwner { place: place.to_owned(), role }
}

/// A place without its port.
fn host_of(place: &str) -> &str {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match place.rsplit_once(':') {
        Some((host, port)) if is_port(port) && (!host.contains(':') || host.ends_with(']')) => host,
        _ => place,
    }
}

/// The step that decided, where one did.
pub(super) fn deciding(report: &Report) -> Option<&Step> {
    let verdict = &report.verdict;
    let leg = verdict.cause.server.as_ref().map(|(_, leg, _)| *leg);
    let mut steps = report.steps.iter().filter(|step| step.code == verdict.code && step.leg == leg);
    let first = steps.next();
    let told = steps.find(|step| verdict.cause.reason.ends_with(&step.text));
    first.filter(|step| verdict.cause.reason.ends_with(&step.text)).or(told).or(first).map(AsRef::as_ref)
}

/// Who has the address on record that a check went by.
fn holder(origin: Option<Origin>) -> Party {
    match origin {
        Some(Origin::SipUri | Origin::Credentials) => Party::Provider,
        Some(Origin::EndpointUrl | Origin::Given) | None => Party::Ourselves,
    }
}

/// Whose a case is, as far as the step that decided tells.
enum Whose {
    /// Whoever runs the server, or its names.
    Owner,
    /// Whoever has the address on record.
    Holder,
    /// Whoever runs the network on the way.
    Network,
    /// The provider of the number.
    Provider,
    /// Our own.
    Ours,
}

/// Decides. `api_failed` says whether the API itself failed, where a request to it was answered so; `names`
/// is how we call the means of an advice.
pub(super) fn assign(report: &Report, api_failed: bool, names: AdviceNames<'_>) -> Assignment {
    let verdict = &report.verdict;
    let ours = || Assignment { party: Party::Ourselves, request: verdict.next.words(names) };
    let step = match verdict.health() {
        Health::Healthy => return of_healthy(report, names),
        _ => deciding(report),
    };
    let Some(step) = step else { return ours() };
    match (step.code, &step.found) {
        (Code::BadSettings, found) => return of_settings(found, &ours),
        (Code::CallsLost, Found::Calls(seen)) => return of_calls(seen, &ours),
        _ => {}
    }
    let (place, origin) = match &verdict.cause.server {
        Some((place, _, origin)) => (clean(place, 120), Some(*origin)),
        None => ("the server".to_owned(), None),
    };
    let case = of_record(report, step, api_failed)
        .or_else(|| of_names(step))
        .or_else(|| of_account(step, origin))
        .or_else(|| of_way(step))
        .or_else(|| of_owner(step.code).map(|request| (Whose::Owner, request)));
    let Some((whose, request)) = case else { return ours() };
    let party = match whose {
        Whose::Owner => owner_of(&place, step.kind, origin),
        Whose::Holder => holder(origin),
        Whose::Network => Party::Network { from: seen_from(report), to: place.clone() },
        Whose::Provider => Party::Provider,
        Whose::Ours => Party::Ourselves,
    };
    if party == Party::Ourselves {
        return ours();
    }
    Assignment { party, request: request.replace("{host}", host_of(&place)) }
}

/// What is wrong with what the API has on record, or with the API.
fn of_record(report: &Report, step: &Step, api_failed: bool) -> Option<(Whose, &'static str)> {
    Some(match (step.code, &step.found) {
        (Code::ApiFailed, _) if api_failed => {
            (Whose::Provider, "look at the requests below by their ids: the API did not give us the number")
        }
        (Code::BadUri, _) if step.leg == Some(LegKind::Endpoint) => (Whose::Ours, ""),
        (Code::BadUri, _) => (
            Whose::Provider,
            "correct the address that you have on record for the number: no call can be sent to it",
        ),
        (Code::NullAddress, _) if is_literal(report, step) => {
            (Whose::Holder, "correct the address that you have on record for the number: it names no server")
        }
        (Code::TlsSni, _) => (
            Whose::Holder,
            "put the host name instead of the IP address into the address that you have on record for the \
             number: the server needs it",
        ),
        (Code::BadReply, Found::Sighting(Sighting::SpeaksTls)) => {
            (Whose::Holder, "send calls to this port over TLS: it speaks nothing else")
        }
        _ => return None,
    })
}

/// What is wrong with names.
fn of_names(step: &Step) -> Option<(Whose, &'static str)> {
    Some(match (step.code, &step.found) {
        (_, Found::NoNames { dnssec: true, .. }) => (
            Whose::Owner,
            "mend the DNSSEC signatures of the domain: resolvers that check them get no address",
        ),
        (_, Found::NoNames { bypassed: true, .. }) => (
            Whose::Holder,
            "leave port and transport out of the address, so that the SRV records of {host} are used",
        ),
        (Code::DnsRefused, _) if !step.is_ours() => {
            (Whose::Owner, "look at the DNS servers of the domain {host}: they refuse or fail")
        }
        (Code::Partial, Found::Names { lost: Some(lost), .. }) if lost.ours => (Whose::Ours, ""),
        (Code::Partial, _) if step.kind == StepKind::Dns => {
            (Whose::Owner, "correct the DNS records below that lead to no server")
        }
        (Code::NullAddress, _) => (Whose::Owner, "correct the DNS records of {host}: they name no server"),
        _ => return None,
    })
}

/// What is wrong with a SIP account, or with the registrar.
fn of_account(step: &Step, origin: Option<Origin>) -> Option<(Whose, &'static str)> {
    let is_of_api = origin == Some(Origin::Credentials);
    Some(match (step.code, &step.found) {
        (Code::AuthRejected, _) if is_of_api => (
            Whose::Provider,
            "compare the SIP account of the number with what your registrar has, or give it a new password: \
             the registrar rejects the username and password that your own API gives",
        ),
        (Code::AuthUnverifiable, Found::Sighting(Sighting::Stale)) => (
            Whose::Owner,
            "look why the registrar calls each fresh nonce stale, so that nobody can register: its clocks, \
             its store of nonces, or several nodes without a shared one",
        ),
        (Code::AuthUnverifiable, Found::Registration { sip_status: 403 }) => (
            Whose::Owner,
            "look whether an access list or a ban keeps the address away that we tested from; no password was \
             looked at",
        ),
        (Code::AuthUnverifiable, Found::Registration { sip_status: 404 | 410 | 604 }) if is_of_api => (
            Whose::Provider,
            "set up the SIP account of the number at the registrar: it says that it has none like it",
        ),
        _ => return None,
    })
}

/// What is wrong on the way, or with whoever is behind the server.
fn of_way(step: &Step) -> Option<(Whose, &'static str)> {
    Some(match (step.code, &step.found) {
        (Code::BadReply, Found::Sighting(Sighting::Rewritten)) => (
            Whose::Network,
            "switch off the SIP ALG of the router, or have the proxy on the way leave Via and CSeq alone",
        ),
        (Code::NoAnswer, Found::Sighting(Sighting::NoRoute)) => {
            (Whose::Network, "find where the way ends: a router says that the host cannot be reached")
        }
        (Code::NoAnswer, Found::Sighting(Sighting::Provisional)) => (
            Whose::Owner,
            "look at whoever is behind the server: it passes the request on, and no final answer comes",
        ),
        (Code::Slow | Code::Lossy, _) => {
            (Whose::Network, "look for loss and delay on the way, and at the load of the server at its end")
        }
        // In maintenance, as we read it; or it lives, and only a test call shows more.
        (Code::Unavailable | Code::NoAnswer | Code::Closed | Code::BadReply, _)
            if step.status != Status::Fail =>
        {
            (Whose::Ours, "")
        }
        _ => return None,
    })
}

/// Decides where all is well from here and not from everywhere.
pub(super) fn assign_between(report: &Report, merged: &Merged) -> Assignment {
    let request = merged.next().to_owned();
    let leg = report.legs.iter().find(|leg| leg.kind.word() == merged.leg);
    let party = match (merged.code, leg) {
        (MergedCode::AllowList | MergedCode::AnswersDiffer, Some(leg)) => {
            owner_of(&clean(&leg.route.place(), 120), StepKind::Options, Some(leg.origin))
        }
        _ => Party::Ourselves,
    };
    Assignment { party, request }
}

/// Where nothing is wrong, there may be something to do here.
fn of_healthy(report: &Report, names: AdviceNames<'_>) -> Assignment {
    let is_open = |step: &Step| {
        matches!(step.code, Code::AuthHidden)
            || step.found == Found::Account { devices: 0 }
            || matches!(&step.found, Found::Names { private, .. } if !private.is_empty())
    };
    if report.steps.iter().any(|step| is_open(step)) {
        return Assignment { party: Party::Ourselves, request: report.verdict.next.words(names) };
    }
    Assignment { party: Party::Nobody, request: String::new() }
}

fn of_settings(found: &Found, ours: &dyn Fn() -> Assignment) -> Assignment {
    let Found::Settings { findings, .. } = found else { return ours() };
    let first = findings.first().and_then(|word| Finding::ALL.into_iter().find(|one| one.word() == *word));
    let (party, request) = match first {
        Some(Finding::Inactive) => {
            (Party::Provider, "make the number active again, or tell us since when and why it is not")
        }
        Some(Finding::Pending | Finding::PendingLong) => {
            (Party::Provider, "finish setting up the number: it is still pending")
        }
        Some(Finding::NotActive) => {
            (Party::Provider, "tell us why the number is in that status, and what makes it active again")
        }
        Some(Finding::Duplicate) => (Party::Provider, "tell us which of the records of this number counts"),
        Some(Finding::EndpointTrouble) => {
            (Party::EndpointOwner, "bring the endpoint back: KrosAI shows it as out of order")
        }
        _ => return ours(),
    };
    Assignment { party, request: request.to_owned() }
}

fn of_calls(seen: &CallsSeen, ours: &dyn Fn() -> Assignment) -> Assignment {
    let end = CallEnd::ALL.into_iter().find(|end| Some(end.word()) == seen.last);
    let (party, request) = match end {
        Some(CallEnd::Busy) => {
            (Party::EndpointOwner, "take more calls at once, or tell us why the calls below end busy")
        }
        Some(CallEnd::NoAnswer) => {
            (Party::EndpointOwner, "tell us who is to answer: it rings, and nobody does")
        }
        Some(CallEnd::Rejected) => (Party::EndpointOwner, "tell us why the calls below are rejected"),
        Some(CallEnd::EndpointGone) => {
            (Party::EndpointOwner, "tell us why the endpoint hangs up at once on the calls below")
        }
        Some(CallEnd::CallerGone) => {
            (Party::EndpointOwner, "listen to what callers hear: they hang up at once, so look at the audio")
        }
        Some(CallEnd::GivenUp) => {
            (Party::EndpointOwner, "answer sooner: callers give up before anybody answers")
        }
        Some(CallEnd::Timeout) => (
            Party::EndpointOwner,
            "look whether the endpoint was up at the times below, and lets the addresses of KrosAI in",
        ),
        Some(CallEnd::Network) => (
            Party::Network { from: "KrosAI".to_owned(), to: "the endpoint".to_owned() },
            "find where the calls below are lost: they reached KrosAI, and did not get to the endpoint",
        ),
        Some(CallEnd::Failed) => {
            (Party::Provider, "tell us why the calls below failed: by their ids, your API does not say")
        }
        _ => return ours(),
    };
    Assignment { party, request: request.to_owned() }
}

/// Whether the host of the leg of a step is an IP address, and no name that DNS resolved.
fn is_literal(report: &Report, step: &Step) -> bool {
    let leg = report.legs.iter().find(|leg| Some(leg.kind) == step.leg);
    leg.is_some_and(|leg| leg.route.host().ip().is_some())
}

/// From where was tested, as far as is known.
pub(super) fn seen_from(report: &Report) -> String {
    let seen = report.steps.iter().find_map(|step| match &step.found {
        Found::Answers(Answers { seen_from: Some(from), .. }) => Some(from.clone()),
        _ => None,
    });
    match (report.local_ip, seen) {
        (Some(ip), Some(seen)) => format!("{ip} (the server saw {})", clean(&seen, 60)),
        (Some(ip), None) => ip.to_string(),
        (None, _) => "the machine that tested".to_owned(),
    }
}
