//! From a route to addresses (RFC 3263), with the trail. DNS is a trait: it is asked for single
//! records, and everything that is decided is decided here.
//!
//! All targets are checked, so the random choice between targets of equal priority (RFC 2782) is not
//! made; they are ordered by priority, then by weight.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::future::join;
use tokio::time::timeout;

use super::{Code, Host, Route, Transport};

/// The most targets that are checked.
const MOST_TARGETS: usize = 10;
/// The most records of one answer that are looked at.
const MOST_RECORDS: usize = 32;

/// How long a question may take whose answer changes nothing.
const ASIDE: Duration = Duration::from_millis(250);

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
    /// The server refused or failed, in its words.
    Refused(String),
    /// No answer.
    Timeout,
}

impl DnsFailure {
    fn words(&self) -> &str {
        match self {
            Self::NoName => "no such name",
            Self::NoData => "no record",
            Self::Refused(text) => text,
            Self::Timeout => "no answer",
        }
    }
}

/// Asks a DNS server.
pub trait Dns: Sync {
    /// The records of a name without a dot at its end. Names of aliases are followed.
    fn lookup(
        &self,
        name: &str,
        kind: RecordKind,
    ) -> impl Future<Output = Result<Vec<Record>, DnsFailure>> + Send;
}

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
    /// Servers that SRV records name and that lead to no address: one sentence each.
    pub lost: Vec<String>,
}

/// Why a route leads to no target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// What it comes to.
    pub code: Code,
    /// In words.
    pub text: String,
    /// One line a question.
    pub trail: Vec<String>,
}

/// Finds the targets of a route.
pub async fn resolve<D: Dns>(route: &Route, dns: &D) -> Result<Resolution, Unresolved> {
    let mut search = Search { dns, found: Resolution::default(), worst: None, off: false };
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
            let (srv, _) = join(srv, search.take_addresses(name, port, transport)).await;
            if matches!(srv, Ok(Ok(records)) if !records.is_empty()) {
                search.found.bypassed = true;
                search.say(format!("SRV {service} exists, and the configured port bypasses it"));
            }
        }
        (Host::Name(name), None) => search.by_services(name, route.transport).await,
    }
    search.end()
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
    found: Resolution,
    /// The gravest failure of what would have led to addresses.
    worst: Option<(Code, String)>,
    /// An SRV record said so.
    off: bool,
}

impl<D: Dns> Search<'_, D> {
    async fn by_services(&mut self, name: &str, transport: Option<Transport>) {
        let services = match transport {
            Some(transport) => vec![(transport, service(name, transport))],
            None => {
                let offered = self.naptr(name).await;
                if offered.is_empty() {
                    // Secure first, as in section 4.1.
                    let order = [Transport::Tls, Transport::Tcp, Transport::Udp];
                    order.map(|transport| (transport, service(name, transport))).into()
                } else {
                    offered
                }
            }
        };
        for (transport, service) in services {
            for (host, port) in self.srv(&service).await {
                // Beside servers that are found, one that is not would go unnoticed until the others
                // are down.
                if let Some(failure) = self.take_addresses(&host, port, transport).await {
                    self.lose(&failure, &host);
                }
            }
        }
        if self.found.targets.is_empty() && !self.off && self.worst.is_none() {
            let transport = transport.unwrap_or(Transport::Udp);
            self.take_addresses(name, transport.default_port(), transport).await;
        }
    }

    /// The services that NAPTR names, best first.
    async fn naptr(&mut self, name: &str) -> Vec<(Transport, String)> {
        let records = self.ask(name, RecordKind::Naptr).await.unwrap_or_default();
        let mut offered = Vec::new();
        for record in records {
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
        offered.into_iter().map(|(_, _, transport, name)| (transport, name)).collect()
    }

    /// The servers of a service, best first.
    async fn srv(&mut self, service: &str) -> Vec<(String, u16)> {
        let records = match self.ask(service, RecordKind::Srv).await {
            Ok(records) => records,
            Err(DnsFailure::NoName | DnsFailure::NoData | DnsFailure::Refused(_)) => return Vec::new(),
            Err(failure) => {
                self.worse(&failure, service);
                return Vec::new();
            }
        };
        let mut servers = Vec::new();
        for record in records {
            let Record::Srv { priority, weight, port, target } = record else { continue };
            if target.trim_end_matches('.').is_empty() {
                self.off = true;
                continue;
            }
            match Host::parse(&target) {
                Ok(Host::Name(name)) if port > 0 => servers.push((priority, u16::MAX - weight, name, port)),
                _ => self.say(format!("SRV {service}: a target is no host name")),
            }
        }
        servers.sort();
        servers.into_iter().map(|(_, _, name, port)| (name.into(), port)).collect()
    }

    /// Takes what a name leads to. `Some`: why it leads to no address at all.
    async fn take_addresses(&mut self, name: &str, port: u16, transport: Transport) -> Option<DnsFailure> {
        if self.found.targets.len() >= MOST_TARGETS {
            return None;
        }
        let (v4, v6) = self.addresses_of(name).await;
        let mut failure = None;
        let mut leads_on = false;
        for (kind, answer) in [("A", v4), ("AAAA", v6)] {
            match answer {
                Ok(records) => {
                    let addresses: Vec<IpAddr> = records
                        .iter()
                        .filter_map(|record| match record {
                            Record::Address(ip) => Some(*ip),
                            _ => None,
                        })
                        .take(MOST_RECORDS)
                        .collect();
                    let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                    self.say(format!("{kind} {name}: {}", shown.join(", ")));
                    leads_on |= !addresses.is_empty();
                    addresses.into_iter().for_each(|ip| self.add(ip, port, transport));
                }
                Err(one) => {
                    self.say(format!("{kind} {name}: {}", one.words()));
                    // What DNS says of the name counts more than that it says nothing about IPv6.
                    failure = Some(match failure {
                        Some(first) if grade(&first) >= grade(&one) => first,
                        _ => one,
                    });
                }
            }
        }
        if let Some(failure) = failure.as_ref().filter(|_| self.found.targets.is_empty()) {
            self.worse(failure, name);
        }
        if leads_on { None } else { Some(failure.unwrap_or(DnsFailure::NoData)) }
    }

    async fn addresses_of(
        &self,
        name: &str,
    ) -> (Result<Vec<Record>, DnsFailure>, Result<Vec<Record>, DnsFailure>) {
        join(self.dns.lookup(name, RecordKind::A), self.dns.lookup(name, RecordKind::Aaaa)).await
    }

    async fn ask(&mut self, name: &str, kind: RecordKind) -> Result<Vec<Record>, DnsFailure> {
        let mut answer = self.dns.lookup(name, kind).await;
        let word = if kind == RecordKind::Naptr { "NAPTR" } else { "SRV" };
        match &mut answer {
            Ok(records) => {
                records.truncate(MOST_RECORDS);
                for record in records.iter() {
                    self.say(format!("{word} {name}: {}", words(record)));
                }
            }
            Err(failure) => self.say(format!("{word} {name}: {}", failure.words())),
        }
        answer
    }

    fn add(&mut self, ip: IpAddr, port: u16, transport: Transport) {
        let target = Target { at: SocketAddr::new(ip, port), transport };
        if self.found.targets.len() < MOST_TARGETS && !self.found.targets.contains(&target) {
            self.found.targets.push(target);
        }
    }

    fn worse(&mut self, failure: &DnsFailure, name: &str) {
        let code = match failure {
            DnsFailure::NoName => Code::DnsNxdomain,
            DnsFailure::NoData => Code::DnsNodata,
            DnsFailure::Refused(_) => Code::DnsRefused,
            DnsFailure::Timeout => Code::DnsTimeout,
        };
        if self.worst.is_none() {
            self.worst = Some((code, sentence(failure, name)));
        }
    }

    fn lose(&mut self, failure: &DnsFailure, name: &str) {
        let text = crate::phone::clean(&sentence(failure, name), 200);
        // Several services may name the same server.
        if !self.found.lost.contains(&text) {
            self.found.lost.push(text);
        }
    }

    fn say(&mut self, line: impl Into<String>) {
        if self.found.trail.len() < 4 * MOST_RECORDS {
            self.found.trail.push(crate::phone::clean(&line.into(), 200));
        }
    }

    fn end(self) -> Result<Resolution, Unresolved> {
        if !self.found.targets.is_empty() {
            return Ok(self.found);
        }
        let (code, text) = match self.worst {
            _ if self.off => {
                (Code::SrvOff, "an SRV record with the target '.' says that it is off".to_owned())
            }
            Some(worst) => worst,
            None => (Code::DnsNodata, "no record that could be used".to_owned()),
        };
        Err(Unresolved { code, text, trail: self.found.trail })
    }
}

fn sentence(failure: &DnsFailure, name: &str) -> String {
    match failure {
        DnsFailure::NoName => format!("the name {name} does not exist in DNS"),
        DnsFailure::NoData => format!("{name} has neither an A nor an AAAA record"),
        DnsFailure::Refused(said) => format!("the DNS server does not answer for {name}: {said}"),
        DnsFailure::Timeout => format!("the DNS server did not answer for {name}"),
    }
}

fn grade(failure: &DnsFailure) -> u8 {
    match failure {
        DnsFailure::NoName => 3,
        DnsFailure::Timeout => 2,
        DnsFailure::Refused(_) => 1,
        DnsFailure::NoData => 0,
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

fn words(record: &Record) -> String {
    match record {
        Record::Naptr { order, preference, flags, service, replacement } => {
            format!("{order} {preference} \"{flags}\" \"{service}\" {replacement}")
        }
        Record::Srv { priority, weight, port, target } => format!("{priority} {weight} {port} {target}"),
        Record::Address(ip) => ip.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;

    use super::*;
    use crate::check::SipUri;

    /// DNS of a few names; it remembers what it was asked.
    #[derive(Default)]
    struct Zone {
        records: HashMap<(String, RecordKind), Result<Vec<Record>, DnsFailure>>,
        asked: Mutex<Vec<String>>,
    }

    impl Dns for Zone {
        async fn lookup(&self, name: &str, kind: RecordKind) -> Result<Vec<Record>, DnsFailure> {
            self.asked.lock().unwrap().push(format!("{kind:?} {name}"));
            let exists = self.records.keys().any(|(known, _)| known == name);
            let none = if exists { DnsFailure::NoData } else { DnsFailure::NoName };
            self.records.get(&(name.to_owned(), kind)).cloned().unwrap_or(Err(none))
        }
    }

    impl Zone {
        fn a(self, name: &str, ips: &[&str]) -> Self {
            let records = ips.iter().map(|ip| Record::Address(ip.parse().unwrap())).collect();
            self.with(name, RecordKind::A, Ok(records))
        }

        fn srv(self, name: &str, servers: &[(u16, u16, u16, &str)]) -> Self {
            let records = servers
                .iter()
                .map(|&(priority, weight, port, target)| Record::Srv {
                    priority,
                    weight,
                    port,
                    target: target.to_owned(),
                })
                .collect();
            self.with(name, RecordKind::Srv, Ok(records))
        }

        fn with(mut self, name: &str, kind: RecordKind, answer: Result<Vec<Record>, DnsFailure>) -> Self {
            self.records.insert((name.to_owned(), kind), answer);
            self
        }

        async fn find(&self, uri: &str) -> Result<Vec<String>, Code> {
            let route = Route::new(SipUri::parse(uri).unwrap(), None);
            match resolve(&route, self).await {
                Ok(found) => Ok(found.targets.iter().map(Target::words).collect()),
                Err(none) => Err(none.code),
            }
        }
    }

    fn naptr(order: u16, service: &str, replacement: &str) -> Record {
        Record::Naptr {
            order,
            preference: 1,
            flags: "S".into(),
            service: service.into(),
            replacement: replacement.into(),
        }
    }

    #[tokio::test]
    async fn an_address_asks_nobody_and_a_port_asks_for_addresses_alone() {
        let zone = Zone::default().a("h.example", &["192.0.2.1"]);
        assert_eq!(zone.find("sip:a@192.0.2.9;transport=tcp").await.unwrap(), ["TCP 192.0.2.9:5060"]);
        assert_eq!(zone.find("sips:a@[2001:db8::1]").await.unwrap(), ["TLS [2001:db8::1]:5061"]);
        assert!(zone.asked.lock().unwrap().is_empty());
        assert_eq!(zone.find("sip:a@h.example:5080").await.unwrap(), ["UDP 192.0.2.1:5080"]);
        let asked = zone.asked.lock().unwrap().clone();
        assert!(!asked.iter().any(|one| one.starts_with("Naptr")), "{asked:?}");
    }

    #[tokio::test]
    async fn a_bypassed_srv_record_is_said() {
        let zone = Zone::default()
            .a("h.example", &["192.0.2.1"])
            .srv("_sip._udp.h.example", &[(1, 1, 5060, "other.example.")]);
        let route = Route::new(SipUri::parse("sip:a@h.example:5080").unwrap(), None);
        let found = resolve(&route, &zone).await.unwrap();
        assert!(found.bypassed && found.trail.iter().any(|line| line.contains("bypasses")));
        assert_eq!(found.targets.len(), 1);
    }

    #[tokio::test]
    async fn naptr_then_srv_then_addresses() {
        let zone = Zone::default()
            .with(
                "h.example",
                RecordKind::Naptr,
                Ok(vec![
                    naptr(20, "SIP+D2U", "_sip._udp.h.example."),
                    naptr(10, "sips+d2t", "_sips._tcp.h.example."),
                    naptr(5, "E2U+sip", "x.h.example."),
                ]),
            )
            .srv("_sips._tcp.h.example", &[(20, 0, 5061, "b.example."), (10, 0, 5061, "a.example.")])
            .srv("_sip._udp.h.example", &[(1, 1, 5060, "a.example.")])
            .a("a.example", &["192.0.2.1"])
            .a("b.example", &["192.0.2.2", "192.0.2.3"]);
        assert_eq!(
            zone.find("sip:x@h.example").await.unwrap(),
            ["TLS 192.0.2.1:5061", "TLS 192.0.2.2:5061", "TLS 192.0.2.3:5061", "UDP 192.0.2.1:5060"]
        );
        assert_eq!(zone.find("sip:x@h.example;transport=udp").await.unwrap(), ["UDP 192.0.2.1:5060"]);
        assert_eq!(zone.find("sips:x@h.example").await.unwrap().len(), 3);
    }

    #[tokio::test]
    async fn without_naptr_all_services_and_without_services_the_name_itself() {
        let zone = Zone::default()
            .srv("_sip._tcp.h.example", &[(1, 5, 5070, "a.example."), (1, 9, 5071, "a.example.")])
            .a("a.example", &["192.0.2.1"])
            .a("plain.example", &["192.0.2.4"]);
        assert_eq!(zone.find("sip:h.example").await.unwrap(), ["TCP 192.0.2.1:5071", "TCP 192.0.2.1:5070"]);
        assert_eq!(zone.find("sip:plain.example").await.unwrap(), ["UDP 192.0.2.4:5060"]);
    }

    #[tokio::test]
    async fn a_server_that_leads_nowhere_is_kept_beside_those_that_do_not() {
        let zone = Zone::default()
            .srv("_sip._udp.h.example", &[(1, 1, 5060, "a.example."), (2, 1, 5060, "gone.example.")])
            .srv("_sip._tcp.h.example", &[(1, 1, 5060, "gone.example."), (2, 1, 5060, "bare.example.")])
            .with("bare.example", RecordKind::A, Ok(vec![]))
            .a("a.example", &["192.0.2.1"]);
        let route = Route::new(SipUri::parse("sip:h.example").unwrap(), None);
        let found = resolve(&route, &zone).await.unwrap();
        assert_eq!(found.targets.len(), 1);
        assert_eq!(
            found.lost,
            [
                "the name gone.example does not exist in DNS",
                "bare.example has neither an A nor an AAAA record"
            ]
        );
    }

    #[tokio::test]
    async fn every_way_to_find_nothing_has_its_code() {
        let refused = Err(DnsFailure::Refused("REFUSED".into()));
        let zone = Zone::default()
            .with("empty.example", RecordKind::Naptr, Ok(vec![]))
            .srv("_sip._udp.off.example", &[(0, 0, 0, ".")])
            .a("off.example", &["192.0.2.1"])
            .with("refused.example", RecordKind::A, refused.clone())
            .with("refused.example", RecordKind::Aaaa, refused)
            .with("dead.example", RecordKind::A, Err(DnsFailure::Timeout))
            .with("dead.example", RecordKind::Aaaa, Err(DnsFailure::Timeout));
        for (host, code) in [
            ("nowhere.example", Code::DnsNxdomain),
            ("empty.example", Code::DnsNodata),
            ("off.example", Code::SrvOff),
            ("refused.example", Code::DnsRefused),
            ("dead.example", Code::DnsTimeout),
        ] {
            assert_eq!(zone.find(&format!("sip:{host}")).await, Err(code), "{host}");
        }
        assert_eq!(zone.find("sip:nowhere.example:5060").await, Err(Code::DnsNxdomain));
    }

    #[tokio::test]
    async fn hostile_answers_are_capped_and_never_become_names() {
        let many: Vec<(u16, u16, u16, &str)> = (0..500).map(|n| (n, 0, 5060, "a.example.")).collect();
        let ips: Vec<String> = (0..200).map(|n| format!("192.0.2.{n}")).collect();
        let ips: Vec<&str> = ips.iter().map(String::as_str).collect();
        let zone = Zone::default()
            .srv("_sip._udp.many.example", &many)
            .a("a.example", &ips)
            .srv("_sip._udp.evil.example", &[(1, 1, 5060, "a\r\nVia: x."), (1, 1, 0, "a.example.")])
            .with("evil.example", RecordKind::Naptr, Ok(vec![naptr(1, "SIP+D2U", "x\u{1b}[2J y.")]));
        assert_eq!(zone.find("sip:many.example;transport=udp").await.unwrap().len(), MOST_TARGETS);
        let route = Route::new(SipUri::parse("sip:evil.example").unwrap(), None);
        let none = resolve(&route, &zone).await.unwrap_err();
        assert!(none.trail.iter().all(|line| crate::phone::is_clean(line)), "{:?}", none.trail);
    }
}
