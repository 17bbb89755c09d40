//! From a route to addresses (RFC 3263), with the trail. DNS is asked for single records, side by side
//! where one question does not depend on another, and everything that is decided is decided here.
//!
//! All targets are checked, so the random choice between targets of equal priority (RFC 2782) is not
//! made; they are ordered by priority, then by weight.

mod candidates;
mod failure;
mod questions;
mod remark;
mod trail;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;

use futures_util::future::{Either, join_all, maybe_done, select};
use tokio::time::Instant;

use super::{AnswerSource, Code, Dns, DnsAnswer, DnsFailure, Host, Record, Route, Transport};
use crate::sip::TransportSource;
use candidates::{given_up, searched};
use failure::{Failure, grade};
use questions::{Questions, none, service, service_name};
pub use remark::DnsRemark;
use remark::ServerRecord;
use trail::{beside, owner, place};

/// The most targets that are checked.
pub(in crate::sip) const MOST_TARGETS: usize = 10;
/// The most records of one answer that are looked at.
const MOST_RECORDS: usize = 32;
/// The most services of NAPTR records that are asked for.
const MOST_SERVICES: usize = 6;
/// The most names of servers that are looked up: a hostile zone must not make us ask for hundreds.
const MOST_NAMES: usize = 16;
/// Troubles that are told one by one.
const MOST_LOST: usize = 10;
/// Lines of a trail.
const MOST_LINES: usize = 128;

/// Secure first, as in RFC 3263 section 4.1.
const TRANSPORTS: [Transport; 3] = [Transport::Tls, Transport::Tcp, Transport::Udp];

/// Where to send to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    /// Address and port.
    pub at: SocketAddr,
    /// The transport.
    pub transport: Transport,
}

impl Target {
    /// `TCP 203.0.113.7:5061`.
    pub fn words(&self) -> String {
        format!("{} {}", self.transport, self.at)
    }
}

/// Targets, and how they were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolution {
    /// In the order in which they would be tried, each once.
    pub targets: Vec<Target>,
    /// One line a question.
    pub trail: Vec<String>,
    /// SRV records exist, and the port in the address keeps them from being used.
    pub bypassed: bool,
    /// What would have led to more targets and does not: one sentence each.
    pub lost: Vec<String>,
    /// The first of them is about the resolver of ours, and not about the domain.
    pub lost_is_ours: bool,
    /// Questions without an answer that was needed: IPv6 addresses beside others.
    pub unanswered: Vec<String>,
    /// Servers and addresses beyond what is checked.
    pub beyond: usize,
    /// What others may find otherwise.
    pub remarks: Vec<DnsRemark>,
    /// NAPTR or SRV records cannot be used, and the targets are the addresses of the name itself: what it
    /// comes to for whoever goes by such records (RFC 3263 section 4.2).
    pub instead: Option<Box<Unresolved>>,
}

/// Why a route leads to no target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// What it comes to.
    pub code: Code,
    /// In words.
    pub text: String,
    /// The name that it is about, where that is another one than that of the route.
    pub name: Option<String>,
    /// The DNS server answered that it could not find out: that is about the domain.
    pub is_of_domain: bool,
    /// The signatures of the domain are to blame (DNSSEC).
    pub is_dnssec: bool,
    /// SRV records lead to servers, and the port or the transport in the address bypasses them.
    pub is_bypassed: bool,
    /// One line a question.
    pub trail: Vec<String>,
}

/// Finds the targets of a route; what is not known at `until` counts as not answered.
pub async fn resolve<D: Dns>(route: &Route, dns: &D, until: Instant) -> Result<Resolution, Unresolved> {
    let host = &route.uri.host;
    let name = match host {
        Host::Name(name) => name,
        Host::Ip(ip) => {
            let transport = route.transport.unwrap_or(Transport::Udp);
            let mut search = Search::new(dns, until);
            search.add(*ip, route.uri.port.unwrap_or(transport.default_port()), transport);
            search.say("an IP address: DNS is not asked");
            return search.end(&host.to_string());
        }
    };
    let mut candidates = dns.candidates(name);
    if route.uri.rooted || candidates.is_empty() {
        candidates = vec![name.to_string()];
    }
    let mut tried = Vec::new();
    for candidate in candidates {
        let mut search = Search::new(dns, until);
        match route.uri.port {
            Some(port) => search.by_port(&candidate, port, route).await,
            None => search.by_services(&candidate, route.transport).await,
        }
        let goes_on = search.is_absent(&candidate, candidate == **name);
        match search.end(&candidate) {
            Ok(found) => return Ok(searched(name, candidate, found, tried)),
            Err(none) => tried.push((candidate, none)),
        }
        if !goes_on {
            break;
        }
    }
    Err(given_up(name, tried))
}

struct Search<'a, D> {
    ask: Questions<'a, D>,
    found: Resolution,
    /// The first failure of what would have led to addresses.
    worst: Option<Failure>,
    /// Services that an SRV record says are off.
    off: Vec<(Transport, String)>,
    /// What the servers did.
    servers: ServerRecord,
}

impl<'a, D: Dns> Search<'a, D> {
    fn new(dns: &'a D, until: Instant) -> Self {
        let (found, servers) = (Resolution::default(), ServerRecord::default());
        Self { ask: Questions { dns, until }, found, worst: None, off: Vec::new(), servers }
    }

    /// Whether the next name of a search list is tried: this one does not exist, or has nothing. As the C
    /// library does, a failure sends on where the list made the name, and does not where somebody wrote it.
    fn is_absent(&self, name: &str, is_written: bool) -> bool {
        let is_bare = |worst: &Failure| {
            let is_failed = worst.code == Code::DnsRefused && worst.is_of_domain && !is_written;
            let is_nothing = matches!(worst.code, Code::DnsNxdomain | Code::DnsNodata);
            worst.name == name && (is_nothing || is_failed) && !worst.is_bypassed
        };
        self.worst.as_ref().is_none_or(is_bare) && self.off.is_empty()
    }

    /// A port is named: NAPTR and SRV do not count.
    async fn by_port(&mut self, name: &str, port: u16, route: &Route) {
        self.say("an explicit port: NAPTR and SRV are not asked (RFC 3263 section 4.2)");
        let transport = route.transport.unwrap_or(Transport::Udp);
        // Without the port DNS would decide, unless the address says which transport it wants.
        let is_open = matches!(route.source, TransportSource::Port | TransportSource::Default);
        let mut transports = vec![transport];
        transports.extend(TRANSPORTS.into_iter().filter(|other| is_open && *other != transport));
        let services: Vec<(Transport, String)> =
            transports.into_iter().map(|one| (one, service(name, one))).collect();
        let (ask, servers) = (self.ask, [(name.to_owned(), port, transport)]);
        let bypassed = ask.aside(&services, self.take_addresses(&servers)).await;
        let Some((over, service)) = bypassed.first() else { return };
        if *over == transport {
            self.found.bypassed = true;
            self.say(format!("SRV {service} exists, and the configured port bypasses it"));
        }
        if let Some(worst) = self.worst.as_mut().filter(|worst| worst.is_of_domain) {
            worst.bypasses(service, ", and the port in the address bypasses it");
        }
    }

    async fn by_services(&mut self, name: &str, transport: Option<Transport>) {
        let order = transport.map_or_else(|| TRANSPORTS.to_vec(), |one| vec![one]);
        let usual: Vec<(Transport, String)> = order.iter().map(|one| (*one, service(name, *one))).collect();
        let ask = self.ask;
        // Where there are no SRV records, or none that can be used, the name itself counts: asking for it
        // beside them costs no time, and a server that says nothing to SRV leaves it some.
        let mut own = pin!(maybe_done(ask.addresses_of(name)));
        let first = pin!(ask.first_answers(name, transport.is_none(), &usual));
        let (naptr, answers) = match select(first, own.as_mut()).await {
            Either::Left((first, _)) => first,
            Either::Right(((), first)) => first.await,
        };
        let offered = naptr.map_or_else(Vec::new, |answer| self.naptr(name, answer));
        let mut known: HashMap<String, DnsAnswer> =
            usual.iter().map(|(_, name)| name.clone()).zip(answers).collect();
        let others: Vec<(Transport, String)> =
            offered.iter().filter(|(_, name)| !known.contains_key(name)).cloned().collect();
        let answers = ask.services(&others).await;
        known.extend(others.into_iter().map(|(_, name)| name).zip(answers));
        let is_offered = |service: &(Transport, String)| !offered.contains(service);
        let left: Vec<(Transport, String)> = usual.iter().filter(|one| is_offered(one)).cloned().collect();
        // Where NAPTR leads nowhere, the usual services are what is left.
        for (services, by_naptr) in [(&offered, true), (&left, false)] {
            let mut servers = Vec::new();
            for (transport, service) in services {
                let answer = known.get(service).cloned().unwrap_or_else(|| none(DnsFailure::NoData));
                self.srv(*transport, service, answer, by_naptr.then_some(name), &mut servers);
            }
            self.take_addresses(&servers).await;
            if !self.found.targets.is_empty() || !self.off.is_empty() {
                break;
            }
        }
        let default = transport.unwrap_or(Transport::Udp);
        if self.found.targets.is_empty() && !self.off.iter().any(|(transport, _)| *transport == default) {
            own.as_mut().await;
            if let Some((v4, v6)) = own.as_mut().take_output() {
                self.take_own(name, default, v4, v6);
            }
        }
        let has_none =
            self.worst.as_ref().is_some_and(|worst| worst.code == Code::DnsNodata && worst.name == name);
        if let Some(named) = transport.filter(|_| has_none && self.found.targets.is_empty()) {
            self.by_other_transports(name, named).await;
        }
    }

    /// Names services of other transports, where there are none of the one that the address asks for.
    async fn by_other_transports(&mut self, name: &str, named: Transport) {
        let others = TRANSPORTS.into_iter().filter(|other| *other != named);
        let services: Vec<(Transport, String)> = others.map(|one| (one, service(name, one))).collect();
        let leading = self.ask.aside(&services, std::future::ready(())).await;
        if let (Some((over, service)), Some(worst)) = (leading.first(), self.worst.as_mut()) {
            worst.bypasses(service, &format!(" over {over}, and the address asks for {named}"));
        }
    }

    /// Takes the addresses of the name itself.
    fn take_own(&mut self, name: &str, transport: Transport, v4: DnsAnswer, v6: DnsAnswer) {
        let broken = self.worst.clone();
        match (self.addresses(name, v4, v6), broken) {
            (Ok(addresses), broken) => {
                self.found.instead = broken.map(|worst| Box::new(worst.unresolved(Vec::new(), name)));
                addresses.into_iter().for_each(|ip| self.add(ip, transport.default_port(), transport));
            }
            (Err(failure), None) => self.lose(failure),
            (Err(failure), Some(broken)) => {
                let is_absent = matches!(failure.code, Code::DnsNxdomain | Code::DnsNodata);
                // Where it is the same for all names, the one that somebody wrote is told.
                let is_known = matches!(broken.code, Code::DnsNxdomain | Code::DnsNodata);
                let is_same = !is_absent && !is_known && broken.is_dnssec == failure.is_dnssec;
                let text = format!("{}; {name} itself has no address either", broken.text);
                self.worst = Some(match (is_same, is_absent) {
                    (true, _) => failure,
                    (_, true) => Failure { text, ..broken },
                    _ => broken,
                });
            }
        }
    }

    /// The services that NAPTR names, best first.
    fn naptr(&mut self, name: &str, answer: DnsAnswer) -> Vec<(Transport, String)> {
        let mut offered = Vec::new();
        for record in self.told("NAPTR", name, answer).unwrap_or_default() {
            let Record::Naptr { order, preference, flags, service, replacement } = record else { continue };
            let transport = match service.to_ascii_uppercase().as_str() {
                "SIPS+D2T" => Transport::Tls,
                "SIP+D2T" => Transport::Tcp,
                "SIP+D2U" => Transport::Udp,
                _ => continue,
            };
            match service_name(&replacement).filter(|_| flags.eq_ignore_ascii_case("s")) {
                Some(name) => offered.push((order, preference, transport, name)),
                None => self.say(format!("NAPTR {name}: a record for {service} cannot be used")),
            }
        }
        offered.sort_by_key(|(order, preference, ..)| (*order, *preference));
        let offered = offered.into_iter().map(|(_, _, transport, name)| (transport, name));
        offered.take(MOST_SERVICES).collect()
    }

    /// Adds the servers of a service, best first.
    fn srv(
        &mut self,
        transport: Transport,
        service: &str,
        answer: DnsAnswer,
        of_naptr: Option<&str>,
        servers: &mut Vec<(String, u16, Transport)>,
    ) {
        let said = answer.clone();
        let records = match self.told("SRV", service, answer) {
            Ok(records) => records,
            Err(DnsFailure::NoName | DnsFailure::NoData) => {
                if let Some(name) = of_naptr {
                    let text = format!("the NAPTR record of {name} names {service}, which has no SRV record");
                    self.lose(Failure::unusable(text, service));
                }
                return;
            }
            // There may be some: whatever else is there is not all.
            Err(failure) => return self.lose(self.failure(&failure, &said, service)),
        };
        let mut of_service = Vec::new();
        for record in records {
            let Record::Srv { priority, weight, port, target } = record else { continue };
            if target.trim_end_matches('.').is_empty() {
                self.off.push((transport, service.to_owned()));
                continue;
            }
            match Host::parse(target.trim_end_matches('.')) {
                Ok(Host::Name(name)) if port > 0 => {
                    of_service.push((priority, u16::MAX - weight, name, port));
                }
                parsed => {
                    let why = match parsed {
                        Ok(Host::Name(_)) => "port 0",
                        Ok(Host::Ip(_)) => "which is an IP address where a host name has to be",
                        Err(_) => "which is no host name",
                    };
                    let text = format!("the SRV record of {service} names {target}, {why}");
                    self.lose(Failure::unusable(text, service));
                }
            }
        }
        of_service.sort();
        servers.extend(of_service.into_iter().map(|(_, _, name, port)| (name.into(), port, transport)));
    }

    /// Takes what names lead to, each name asked for once.
    async fn take_addresses(&mut self, servers: &[(String, u16, Transport)]) {
        let mut names: Vec<&str> = Vec::new();
        for (name, ..) in servers {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names.truncate(MOST_NAMES);
        let ask = self.ask;
        let answers = join_all(names.iter().map(|name| ask.addresses_of(name))).await;
        let mut known: HashMap<&str, Vec<IpAddr>> = HashMap::new();
        for (name, (v4, v6)) in names.into_iter().zip(answers) {
            let addresses = self.addresses(name, v4, v6);
            known.insert(name, addresses.map_err(|failure| self.lose(failure)).unwrap_or_default());
        }
        for (name, port, transport) in servers {
            match known.get(name.as_str()) {
                Some(addresses) => addresses.iter().for_each(|ip| self.add(*ip, *port, *transport)),
                None => self.found.beyond += 1,
            }
        }
    }

    /// The addresses of one name. A name without any would go unnoticed beside others until these are
    /// down.
    fn addresses(&mut self, name: &str, v4: DnsAnswer, v6: DnsAnswer) -> Result<Vec<IpAddr>, Failure> {
        let mut addresses = Vec::new();
        let mut failures = Vec::new();
        for (kind, answer) in [("A", v4), ("AAAA", v6)] {
            self.hear(name, &answer);
            let line = |said: &str| format!("{kind} {}: {said}{}", owner(name, &answer), beside(&answer));
            match &answer.records {
                Ok(records) => {
                    let ips = records.iter().filter_map(|record| match record {
                        Record::Address(ip) => Some(*ip),
                        _ => None,
                    });
                    let ips: Vec<IpAddr> = ips.take(MOST_RECORDS).collect();
                    let local = ips.iter().find(|ip| ip.to_canonical().is_loopback());
                    if let Some(ip) = local.filter(|_| answer.source == AnswerSource::Server) {
                        self.remark(DnsRemark::Loopback { name: name.to_owned(), ip: *ip });
                    }
                    let shown: Vec<String> = ips.iter().map(ToString::to_string).collect();
                    self.say(line(&shown.join(", ")));
                    addresses.extend(ips);
                }
                Err(failure) => {
                    self.say(line(&failure.words()));
                    failures.push((kind, failure.clone(), answer));
                }
            }
        }
        if addresses.is_empty() {
            // What DNS says of the name counts more than that it says nothing about IPv6.
            failures.sort_by_key(|(_, failure, _)| grade(failure));
            let (failure, answer) = failures
                .pop()
                .map_or((DnsFailure::NoData, none(DnsFailure::NoData)), |(_, failure, answer)| {
                    (failure, answer)
                });
            return Err(self.failure(&failure, &answer, name));
        }
        for (kind, failure, _) in failures {
            let server = self.ask.dns.name();
            self.found.unanswered.extend(match failure {
                DnsFailure::NoName | DnsFailure::NoData => None,
                DnsFailure::Timeout => {
                    Some(format!("{server} did not answer for the {kind} record of {name}"))
                }
                failure => {
                    let failure = failure.words();
                    Some(format!("{server} could not say whether {name} has an {kind} record ({failure})"))
                }
            });
        }
        Ok(addresses)
    }

    /// Says what DNS said.
    fn told(&mut self, word: &str, name: &str, answer: DnsAnswer) -> Result<Vec<Record>, DnsFailure> {
        self.hear(name, &answer);
        let owner = owner(name, &answer);
        let beside = beside(&answer);
        match answer.records {
            Ok(mut records) => {
                // Of too many, the best are looked at.
                records.sort_by_key(place);
                let beyond = records.len().saturating_sub(MOST_RECORDS);
                self.found.beyond += if word == "SRV" { beyond } else { 0 };
                records.truncate(MOST_RECORDS);
                for record in &records {
                    self.say(format!("{word} {owner}: {record}{beside}"));
                }
                Ok(records)
            }
            Err(failure) => {
                self.say(format!("{word} {owner}: {}{beside}", failure.words()));
                Err(failure)
            }
        }
    }

    /// Keeps what is remarkable about who answered.
    fn hear(&mut self, name: &str, answer: &DnsAnswer) {
        self.servers.add(answer);
        let mut remarks = Vec::new();
        if answer.source == AnswerSource::Hosts {
            remarks.push(DnsRemark::Hosts { name: name.to_owned() });
        }
        if answer.records.is_ok() {
            let denies = |heard: &&super::Heard| heard.failure == Some(DnsFailure::NoName);
            remarks.extend(
                answer
                    .heard
                    .iter()
                    .find(denies)
                    .map(|heard| DnsRemark::Denied { server: heard.server, name: name.to_owned() }),
            );
        }
        remarks.into_iter().for_each(|remark| self.remark(remark));
    }

    fn remark(&mut self, remark: DnsRemark) {
        if !self.found.remarks.contains(&remark) && self.found.remarks.len() < MOST_LOST {
            self.found.remarks.push(remark);
        }
    }

    fn add(&mut self, ip: IpAddr, port: u16, transport: Transport) {
        let target = Target { at: SocketAddr::new(ip, port), transport };
        if self.found.targets.contains(&target) {
            return;
        }
        if self.found.targets.len() < MOST_TARGETS {
            self.found.targets.push(target);
        } else {
            self.found.beyond += 1;
        }
    }

    fn failure(&self, failure: &DnsFailure, answer: &DnsAnswer, name: &str) -> Failure {
        Failure::of(failure, answer, &self.ask.dns.name(), name)
    }

    fn lose(&mut self, failure: Failure) {
        let text = crate::text::clean(&failure.text, 200);
        self.worst.get_or_insert(Failure { text: text.clone(), ..failure });
        // Several services may name the same server.
        if !self.found.lost.contains(&text) && self.found.lost.len() < MOST_LOST {
            self.found.lost.push(text);
        }
    }

    fn say(&mut self, line: impl Into<String>) {
        if self.found.trail.len() < MOST_LINES {
            self.found.trail.push(crate::text::clean(&line.into(), 200));
        }
    }

    fn end(mut self, name: &str) -> Result<Resolution, Unresolved> {
        if self.found.beyond > 0 {
            self.say(format!("{} more are not asked: at most {MOST_TARGETS} are", self.found.beyond));
        }
        self.found.lost_is_ours =
            self.worst.as_ref().is_some_and(|worst| worst.code.is_ours() && !worst.is_of_domain);
        if !self.found.targets.is_empty() {
            self.found.remarks.extend(self.servers.remarks());
            return Ok(self.found);
        }
        let trail = self.found.trail;
        if let Some(worst) = self.worst {
            return Err(worst.unresolved(trail, name));
        }
        let off: Vec<&str> = self.off.iter().map(|(_, service)| service.as_str()).collect();
        let (code, text) = match off.as_slice() {
            [] => (Code::DnsNodata, "no record that could be used".to_owned()),
            [..] => (
                Code::SrvOff,
                format!(
                    "the SRV record of {} has the target '.', which says that it is off",
                    off.join(" and ")
                ),
            ),
        };
        Err(Unresolved {
            code,
            text,
            name: None,
            is_of_domain: true,
            is_dnssec: false,
            is_bypassed: false,
            trail,
        })
    }
}

#[cfg(test)]
mod tests;
