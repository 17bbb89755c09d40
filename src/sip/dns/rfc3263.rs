//! From a route to addresses (RFC 3263), with the trail. DNS is asked for single records, side by side
//! where one question does not depend on another, and everything that is decided is decided here.
//!
//! All targets are checked, so the random choice between targets of equal priority (RFC 2782) is not
//! made; they are ordered by priority, then by weight.

mod failure;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, join, join_all, select};
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, timeout, timeout_at};

use super::{Code, Dns, DnsFailure, Host, Record, RecordKind, Route, Transport};
use failure::{Failure, grade};

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

/// How long a question may take whose answer changes nothing.
const ASIDE: Duration = Duration::from_millis(250);
/// How much longer than an answer to go on with others may take that would only add to it.
const BESIDE: Duration = Duration::from_millis(500);

type Answer = Result<Vec<Record>, DnsFailure>;

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
    /// SRV records lead to servers, and the port in the address bypasses them.
    pub is_bypassed: bool,
    /// One line a question.
    pub trail: Vec<String>,
}

/// Finds the targets of a route; what is not known at `until` counts as not answered.
pub async fn resolve<D: Dns>(route: &Route, dns: &D, until: Instant) -> Result<Resolution, Unresolved> {
    let mut search =
        Search { dns, until, found: Resolution::default(), worst: None, off: Vec::new(), has_servers: false };
    match (&route.uri.host, route.uri.port) {
        (Host::Ip(ip), port) => {
            let transport = route.transport.unwrap_or(Transport::Udp);
            search.add(*ip, port.unwrap_or(transport.default_port()), transport);
            search.say("an IP address: DNS is not asked");
        }
        (Host::Name(name), Some(port)) => {
            search.say("an explicit port: NAPTR and SRV are not asked (RFC 3263 section 4.2)");
            let transport = route.transport.unwrap_or(Transport::Udp);
            let service = service(name, transport);
            // Said for information: nothing waits long for it.
            let srv = timeout(ASIDE, dns.lookup(&service, RecordKind::Srv));
            let servers = [(name.to_string(), port, transport)];
            let (srv, ()) = join(srv, search.take_addresses(&servers)).await;
            if matches!(srv, Ok(Ok(records)) if !records.is_empty()) {
                search.found.bypassed = true;
                search.say(format!("SRV {service} exists, and the configured port bypasses it"));
                if let Some(worst) = search.worst.as_mut().filter(|worst| worst.code == Code::DnsNodata) {
                    worst.text = format!(
                        "{}; its SRV record {service} leads to servers, and the port in the address bypasses it",
                        worst.text
                    );
                    worst.is_bypassed = true;
                }
            }
        }
        (Host::Name(name), None) => search.by_services(name, route.transport).await,
    }
    search.end(&route.uri.host)
}

fn service(name: &str, transport: Transport) -> String {
    match transport {
        Transport::Udp => format!("_sip._udp.{name}"),
        Transport::Tcp => format!("_sip._tcp.{name}"),
        Transport::Tls => format!("_sips._tcp.{name}"),
    }
}

struct Search<'a, D> {
    dns: &'a D,
    until: Instant,
    found: Resolution,
    /// The first failure of what would have led to addresses.
    worst: Option<Failure>,
    /// Services that an SRV record says are off.
    off: Vec<(Transport, String)>,
    /// SRV records name servers, whether or not these can be used.
    has_servers: bool,
}

impl<D: Dns> Search<'_, D> {
    async fn by_services(&mut self, name: &str, transport: Option<Transport>) {
        // Secure first, as in section 4.1.
        let order =
            transport.map_or_else(|| vec![Transport::Tls, Transport::Tcp, Transport::Udp], |one| vec![one]);
        let usual: Vec<(Transport, String)> = order.iter().map(|one| (*one, service(name, *one))).collect();
        let (naptr, answers) = self.first_answers(name, transport.is_none(), &usual).await;
        let offered = naptr.map_or_else(Vec::new, |answer| self.naptr(name, answer));
        let mut known: HashMap<String, Answer> =
            usual.iter().map(|(_, name)| name.clone()).zip(answers).collect();
        let services = if offered.is_empty() { usual } else { offered };
        let others: Vec<(Transport, String)> =
            services.iter().filter(|(_, name)| !known.contains_key(name)).cloned().collect();
        let answers = self.services(&others).await;
        known.extend(others.into_iter().map(|(_, name)| name).zip(answers));
        let mut servers = Vec::new();
        for (transport, service) in services {
            let answer = known.get(&service).cloned().unwrap_or(Err(DnsFailure::NoData));
            self.srv(transport, &service, answer, &mut servers);
        }
        self.take_addresses(&servers).await;
        // The name itself counts where there are no SRV records, not where they could not be had.
        let default = transport.unwrap_or(Transport::Udp);
        let is_off = self.off.iter().any(|(transport, _)| *transport == default);
        if !self.has_servers && self.worst.is_none() && !is_off {
            self.take_addresses(&[(name.to_owned(), default.default_port(), default)]).await;
        }
    }

    /// What DNS says of NAPTR, where it is asked for that, and of the usual services. NAPTR names others
    /// rarely: nobody waits for it to ask for these, or long once they are known.
    async fn first_answers(
        &self,
        name: &str,
        asks_naptr: bool,
        usual: &[(Transport, String)],
    ) -> (Option<Answer>, Vec<Answer>) {
        let naptr =
            async { if asks_naptr { Some(self.lookup(name, RecordKind::Naptr).await) } else { None } };
        match select(pin!(naptr), pin!(self.services(usual))).await {
            Either::Left((naptr, services)) => (naptr, services.await),
            Either::Right((services, naptr)) => {
                (timeout(BESIDE, naptr).await.unwrap_or(Some(Err(DnsFailure::Timeout))), services)
            }
        }
    }

    /// What DNS says of each service. When one has servers, the others are not waited for long.
    async fn services(&self, services: &[(Transport, String)]) -> Vec<Answer> {
        let ask = async |place: usize, name: &str| (place, self.lookup(name, RecordKind::Srv).await);
        let asked = services.iter().enumerate().map(|(place, (_, name))| ask(place, name));
        let mut asked: FuturesUnordered<_> = asked.collect();
        let mut answers = vec![Err(DnsFailure::Timeout); services.len()];
        let mut until = self.until;
        while let Ok(Some((place, answer))) = timeout_at(until, asked.next()).await {
            if answer.as_ref().is_ok_and(|records| !records.is_empty()) {
                until = until.min(Instant::now() + BESIDE);
            }
            answers[place] = answer;
        }
        answers
    }

    async fn lookup(&self, name: &str, kind: RecordKind) -> Answer {
        let answer = timeout_at(self.until, self.dns.lookup(name, kind)).await;
        answer.unwrap_or(Err(DnsFailure::Timeout))
    }

    /// The services that NAPTR names, best first.
    fn naptr(&mut self, name: &str, answer: Answer) -> Vec<(Transport, String)> {
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
        answer: Answer,
        servers: &mut Vec<(String, u16, Transport)>,
    ) {
        let records = match self.told("SRV", service, answer) {
            Ok(records) => records,
            Err(DnsFailure::NoName | DnsFailure::NoData) => return,
            // There may be some: whatever else is there is not all.
            Err(failure) => return self.lose(self.failure(&failure, service)),
        };
        let mut of_service = Vec::new();
        for record in records {
            let Record::Srv { priority, weight, port, target } = record else { continue };
            if target.trim_end_matches('.').is_empty() {
                self.off.push((transport, service.to_owned()));
                continue;
            }
            self.has_servers = true;
            match Host::parse(&target) {
                Ok(Host::Name(name)) if port > 0 => {
                    of_service.push((priority, u16::MAX - weight, name, port));
                }
                parsed => {
                    let is_name = parsed.is_ok_and(|host| host.ip().is_none());
                    let why = if is_name { "port 0" } else { "which is no host name" };
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
        let answers = join_all(names.iter().map(|name| self.addresses_of(name))).await;
        let mut known: HashMap<&str, Vec<IpAddr>> = HashMap::new();
        for (name, (v4, v6)) in names.into_iter().zip(answers) {
            let addresses = self.addresses(name, v4, v6);
            known.insert(name, addresses);
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
    fn addresses(&mut self, name: &str, v4: Answer, v6: Answer) -> Vec<IpAddr> {
        let mut addresses = Vec::new();
        let mut failures = Vec::new();
        for (kind, answer) in [("A", v4), ("AAAA", v6)] {
            match answer {
                Ok(records) => {
                    let ips = records.into_iter().filter_map(|record| match record {
                        Record::Address(ip) => Some(ip),
                        _ => None,
                    });
                    let ips: Vec<IpAddr> = ips.take(MOST_RECORDS).collect();
                    let shown: Vec<String> = ips.iter().map(ToString::to_string).collect();
                    self.say(format!("{kind} {name}: {}", shown.join(", ")));
                    addresses.extend(ips);
                }
                Err(failure) => {
                    self.say(format!("{kind} {name}: {}", failure.words()));
                    failures.push((kind, failure));
                }
            }
        }
        if addresses.is_empty() {
            // What DNS says of the name counts more than that it says nothing about IPv6.
            failures.sort_by_key(|(_, failure)| grade(failure));
            let failure = failures.pop().map_or(DnsFailure::NoData, |(_, failure)| failure);
            self.lose(self.failure(&failure, name));
        } else if let Some((kind, _)) = failures.iter().find(|(_, failure)| *failure == DnsFailure::Timeout) {
            self.found
                .unanswered
                .push(format!("{} did not answer for the {kind} record of {name}", self.dns.name()));
        }
        addresses
    }

    /// Both sorts of addresses. When there is something to go on with, the rest is not waited for long.
    async fn addresses_of(&self, name: &str) -> (Answer, Answer) {
        let v4 = pin!(self.lookup(name, RecordKind::A));
        let v6 = pin!(self.lookup(name, RecordKind::Aaaa));
        match select(v4, v6).await {
            Either::Left((v4, v6)) if v4.as_ref().is_ok_and(|records| !records.is_empty()) => {
                (v4, timeout(BESIDE, v6).await.unwrap_or(Err(DnsFailure::Timeout)))
            }
            Either::Left((v4, v6)) => (v4, v6.await),
            Either::Right((v6, v4)) => (v4.await, v6),
        }
    }

    /// Says what DNS said.
    fn told(&mut self, word: &str, name: &str, answer: Answer) -> Answer {
        match answer {
            Ok(mut records) => {
                records.truncate(MOST_RECORDS);
                for record in &records {
                    self.say(format!("{word} {name}: {record}"));
                }
                Ok(records)
            }
            Err(failure) => {
                self.say(format!("{word} {name}: {}", failure.words()));
                Err(failure)
            }
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

    fn failure(&self, failure: &DnsFailure, name: &str) -> Failure {
        Failure::of(failure, &self.dns.name(), name)
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

    fn end(mut self, host: &Host) -> Result<Resolution, Unresolved> {
        if self.found.beyond > 0 {
            self.say(format!("{} more are not asked: at most {MOST_TARGETS} are", self.found.beyond));
        }
        self.found.lost_is_ours =
            self.worst.as_ref().is_some_and(|worst| worst.code.is_ours() && !worst.is_of_domain);
        if !self.found.targets.is_empty() {
            return Ok(self.found);
        }
        let trail = self.found.trail;
        if let Some(worst) = self.worst {
            // Whose service it is, the host says.
            let is_other = |name: &String| !name.starts_with('_') && *name != host.to_string();
            let name = Some(worst.name.clone()).filter(is_other);
            let Failure { code, text, is_of_domain, is_bypassed, .. } = worst;
            return Err(Unresolved { code, text, name, is_of_domain, is_bypassed, trail });
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
        Err(Unresolved { code, text, name: None, is_of_domain: true, is_bypassed: false, trail })
    }
}

/// A name with labels that begin with an underscore, which a host must not have.
fn service_name(text: &str) -> Option<String> {
    let name = text.trim_end_matches('.').to_ascii_lowercase();
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    (name.len() <= 253 && name.split('.').all(is_label)).then_some(name)
}

#[cfg(test)]
mod tests;
