//! DNS over the network: as this machine is set up to resolve names, or by one server that is named.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::message::{DnsReply, Question};
use super::resolv_conf::{ResolvConf, ResolverSettings, in_hosts};
use super::servers::Servers;
use super::{AnswerSource, Dns, DnsAnswer, DnsFailure, Record, RecordKind, ResponseCode};

/// So many aliases are followed.
const MOST_ALIASES: usize = 12;
/// How long one question waits: as long as a check has for DNS.
const LONGEST: Duration = Duration::from_secs(2);

/// How the settings of this machine are read.
type Read = Box<dyn Fn() -> ResolverSettings + Send + Sync>;

/// The resolver of this machine, or a DNS server that somebody named.
pub struct NetworkDns {
    /// `None` where a server is named: neither the hosts file nor a search list count.
    read: Option<Read>,
    now: Mutex<Arc<Resolver>>,
}

/// Settings, and who is asked by them.
struct Resolver {
    settings: ResolverSettings,
    conf: ResolvConf,
    servers: Servers,
    is_of_machine: bool,
}

impl std::fmt::Debug for NetworkDns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NetworkDns")
    }
}

impl Resolver {
    fn of_machine(settings: ResolverSettings) -> Self {
        let conf = ResolvConf::read(&settings);
        Self { settings, servers: Servers::new(&conf), conf, is_of_machine: true }
    }
}

impl NetworkDns {
    /// As the settings of this machine say, which are read again for each address: a VPN may have changed
    /// them since.
    pub fn system(read: impl Fn() -> ResolverSettings + Send + Sync + 'static) -> Self {
        let resolver = Resolver::of_machine(read());
        Self { read: Some(Box::new(read)), now: Mutex::new(Arc::new(resolver)) }
    }

    /// One server; neither the hosts file nor a search list count.
    pub fn server(at: SocketAddr) -> Self {
        let conf = ResolvConf::of_server(at);
        let settings = ResolverSettings::default();
        let resolver = Resolver { settings, servers: Servers::new(&conf), conf, is_of_machine: false };
        Self { read: None, now: Mutex::new(Arc::new(resolver)) }
    }

    fn resolver(&self) -> Arc<Resolver> {
        Arc::clone(&self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A server in a sentence; the usual port goes without saying.
pub(super) fn server_words(at: SocketAddr) -> String {
    if at.port() == 53 { at.ip().to_string() } else { at.to_string() }
}

impl Dns for NetworkDns {
    fn name(&self) -> String {
        let resolver = self.resolver();
        if !resolver.is_of_machine {
            let at = resolver.conf.servers.first();
            return at.map_or_else(String::new, |at| format!("the DNS server {at}"));
        }
        let servers: Vec<String> = resolver.servers.addresses().map(server_words).collect();
        match servers.as_slice() {
            [one] => format!("the DNS server {one} of this machine"),
            several => format!("the DNS servers {} of this machine", several.join(", ")),
        }
    }

    fn candidates(&self, name: &str) -> Vec<String> {
        if let Some(read) = &self.read {
            let settings = read();
            let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
            if now.settings != settings {
                *now = Arc::new(Resolver::of_machine(settings));
            }
        }
        let resolver = self.resolver();
        if resolver.known_here(name).is_some() {
            return vec![name.to_owned()];
        }
        resolver.conf.candidates(name)
    }

    async fn lookup(&self, name: &str, kind: RecordKind, until: Instant) -> DnsAnswer {
        let resolver = self.resolver();
        if let Some((addresses, source)) = resolver.known_here(name) {
            if let Some(records) = of_kind(addresses, kind) {
                return DnsAnswer { source, ..DnsAnswer::from(Ok(records)) };
            }
            if source == AnswerSource::Localhost {
                return DnsAnswer { source, ..DnsAnswer::from(Err(DnsFailure::NoData)) };
            }
        }
        resolver.by_servers(name, kind, until.min(Instant::now() + LONGEST)).await
    }
}

/// Addresses of one kind; `None` where the question is about something else.
fn of_kind(addresses: Vec<IpAddr>, kind: RecordKind) -> Option<Vec<Record>> {
    let is_v4 = match kind {
        RecordKind::A => true,
        RecordKind::Aaaa => false,
        RecordKind::Naptr | RecordKind::Srv => return None,
    };
    Some(addresses.into_iter().filter(|ip| ip.is_ipv4() == is_v4).map(Record::Address).collect())
}

impl Resolver {
    /// Addresses for which no server is asked.
    fn known_here(&self, name: &str) -> Option<(Vec<IpAddr>, AnswerSource)> {
        let hosts = self.settings.hosts.as_deref().map(|text| in_hosts(text, name)).unwrap_or_default();
        if !hosts.is_empty() {
            return Some((hosts, AnswerSource::Hosts));
        }
        // RFC 6761 section 6.3: no server knows better.
        let is_local = name == "localhost" || name.ends_with(".localhost");
        let local = || vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        is_local.then(|| (local(), AnswerSource::Localhost))
    }

    /// Asks the servers, and follows aliases: an answer has the whole chain, or the next name is asked for.
    async fn by_servers(&self, name: &str, kind: RecordKind, until: Instant) -> DnsAnswer {
        let mut answer = DnsAnswer::from(Err(DnsFailure::Circle));
        let mut owner = name.to_ascii_lowercase();
        let mut names = vec![owner.clone()];
        loop {
            let Some(question) = Question::new(&owner, kind) else {
                return DnsAnswer { records: Err(DnsFailure::NoName), ..answer };
            };
            let asked = self.servers.ask(&question, until).await;
            for one in asked.heard {
                if !answer.heard.contains(&one) {
                    answer.heard.push(one);
                }
            }
            let reply = match asked.reply {
                Ok(reply) => reply,
                Err(failure) => return DnsAnswer { records: Err(failure), ..answer },
            };
            while let Some(alias) = reply.alias_of(&owner) {
                if names.len() > MOST_ALIASES || names.iter().any(|known| known == alias) {
                    return answer;
                }
                owner = alias.to_owned();
                names.push(owner.clone());
                answer.aliases.push(owner.clone());
            }
            if let Some(records) = last(&reply, &question, &owner) {
                return DnsAnswer { records, ..answer };
            }
        }
    }
}

/// What a reply says of the name that it ends with; `None` where that is another one than was asked for and
/// has to be asked for itself.
fn last(reply: &DnsReply, question: &Question, owner: &str) -> Option<Result<Vec<Record>, DnsFailure>> {
    let records = reply.records_of(owner, question.kind);
    if !records.is_empty() {
        return Some(Ok(records));
    }
    if reply.code == ResponseCode::NO_NAME {
        return Some(Err(DnsFailure::NoName));
    }
    (owner == question.name).then_some(Err(DnsFailure::NoData))
}
