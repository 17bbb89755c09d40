//! DNS over the network, with hickory.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::{Message, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record as ResourceRecord, RecordType};
use hickory_resolver::system_conf::read_system_conf;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::{Dns, DnsFailure, Record, RecordKind};
use crate::text::clean;

/// A question that is not answered by then is asked once more, beside the first: what comes late counts.
const PATIENCE: Duration = Duration::from_millis(900);
/// So many aliases are followed.
const MOST_ALIASES: usize = 8;
/// The largest answer that is read.
const LARGEST: usize = 4096;
/// How long one question waits: as long as a check has for DNS.
const LONGEST: Duration = Duration::from_secs(2);

/// The resolver of this machine, or a DNS server that somebody named. Settings that cannot be used
/// answer nothing, and say why: an address without a name can be checked all the same.
pub struct NetworkDns {
    resolver: Result<TokioResolver, DnsFailure>,
    name: String,
    /// Whom it asks.
    servers: Vec<SocketAddr>,
}

impl std::fmt::Debug for NetworkDns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NetworkDns")
    }
}

impl NetworkDns {
    /// The system's configuration and its hosts file. It is to be asked within a tokio runtime.
    pub fn system() -> Self {
        let mut name = "the resolver of this machine".to_owned();
        let mut servers = Vec::new();
        let resolver = read_system_conf().and_then(|(config, options)| {
            servers = config.name_servers().iter().filter_map(address).collect();
            if let Some(first) = config.name_servers().first() {
                name = format!("the DNS server {} of this machine", first.ip);
            }
            let provider = TokioRuntimeProvider::default();
            let mut builder = TokioResolver::builder_with_config(config, provider).with_options(options);
            settle(builder.options_mut());
            builder.build()
        });
        Self { resolver: resolver.map_err(|error| unusable(&error)), name, servers }
    }

    /// One server; the hosts file does not count.
    pub fn server(at: SocketAddr) -> Self {
        let mut server = NameServerConfig::udp_and_tcp(at.ip());
        for connection in &mut server.connections {
            connection.port = at.port();
        }
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        settle(options);
        options.use_hosts_file = ResolveHosts::Never;
        Self {
            resolver: builder.build().map_err(|error| unusable(&error)),
            name: format!("the DNS server {at}"),
            servers: vec![at],
        }
    }
}

fn address(server: &NameServerConfig) -> Option<SocketAddr> {
    Some(SocketAddr::new(server.ip, server.connections.first()?.port))
}

fn settle(options: &mut ResolverOpts) {
    options.timeout = LONGEST;
    options.attempts = 0;
    // Who checks again wants to know what is true now.
    options.cache_size = 0;
}

impl Dns for NetworkDns {
    fn name(&self) -> String {
        self.name.clone()
    }

    async fn lookup(&self, name: &str, kind: RecordKind) -> Result<Vec<Record>, DnsFailure> {
        let wanted = match kind {
            RecordKind::Naptr => RecordType::NAPTR,
            RecordKind::Srv => RecordType::SRV,
            RecordKind::A => RecordType::A,
            RecordKind::Aaaa => RecordType::AAAA,
        };
        let answer = match self.ask(name, wanted).await {
            Err(DnsFailure::NoData) if matches!(kind, RecordKind::Srv | RecordKind::Naptr) => {
                let behind = self.behind_aliases(name, wanted).await;
                if behind.is_empty() { Err(DnsFailure::NoData) } else { Ok(behind) }
            }
            answer => answer,
        };
        answer.map(|all| all.iter().filter_map(understood).collect())
    }
}

impl NetworkDns {
    /// The records of a name. An empty answer is none.
    async fn ask(&self, name: &str, wanted: RecordType) -> Result<Vec<RData>, DnsFailure> {
        let resolver = self.resolver.as_ref().map_err(Clone::clone)?;
        // The dot keeps search domains out: a typing mistake must not be found in another zone. Names that
        // are no host names, with underscores, are asked for as they are.
        let name = Name::from_ascii(format!("{name}.")).map_err(|_| DnsFailure::NoName)?;
        let ask = || async { resolver.lookup(name.clone(), wanted).await.map_err(|error| failure(&error)) };
        let mut first = pin!(ask());
        let answer = match timeout(PATIENCE, &mut first).await {
            Ok(answer) => answer,
            Err(_) => match select(first, pin!(ask())).await {
                Either::Left((Err(DnsFailure::Timeout), second)) => second.await,
                Either::Right((Err(DnsFailure::Timeout), first)) => first.await,
                Either::Left((answer, _)) | Either::Right((answer, _)) => answer,
            },
        };
        let answer = answer?;
        let of_kind = |data: &&RData| data.record_type() == wanted;
        let records: Vec<RData> =
            answer.answers().iter().map(|record| &record.data).filter(of_kind).cloned().collect();
        if records.is_empty() { Err(DnsFailure::NoData) } else { Ok(records) }
    }

    /// Records of a service whose owner is an alias. The resolver takes the target of an SRV record for the
    /// next name and loses them; RFC 2782 wants no alias there, and the stacks of callers follow it. What
    /// the first server that answers says counts.
    async fn behind_aliases(&self, name: &str, wanted: RecordType) -> Vec<RData> {
        let Ok(mut owner) = Name::from_ascii(format!("{name}.")) else { return Vec::new() };
        for _ in 0..MOST_ALIASES {
            let mut answers = None;
            for server in &self.servers {
                if answers.is_none() {
                    answers = timeout(PATIENCE, asked(*server, &owner, wanted)).await.ok().flatten();
                }
            }
            let answers = answers.unwrap_or_default();
            let asked = owner.clone();
            // An answer has the whole chain, in order or not.
            for _ in 0..MOST_ALIASES {
                let alias = answers.iter().find_map(|record| match &record.data {
                    RData::CNAME(target) if record.name == owner => Some(target.0.clone()),
                    _ => None,
                });
                let Some(alias) = alias else { break };
                owner = alias;
            }
            let of_owner = |record: &&ResourceRecord| record.name == owner && record.record_type() == wanted;
            let found: Vec<RData> =
                answers.iter().filter(of_owner).map(|record| record.data.clone()).collect();
            if !found.is_empty() || owner == asked {
                return found;
            }
        }
        Vec::new()
    }
}

/// The answer section of one datagram; `None` where it is none, or not to this question.
async fn asked(server: SocketAddr, name: &Name, wanted: RecordType) -> Option<Vec<ResourceRecord>> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await.ok()?;
    socket.connect(server).await.ok()?;
    let mut question = Message::query();
    question.metadata.recursion_desired = true;
    question.add_query(Query::query(name.clone(), wanted));
    socket.send(&question.to_vec().ok()?).await.ok()?;
    let mut packet = vec![0; LARGEST];
    loop {
        let length = socket.recv(&mut packet).await.ok()?;
        let Ok(answer) = Message::from_vec(packet.get(..length)?) else { continue };
        if answer.metadata.id == question.metadata.id && answer.queries == question.queries {
            return Some(answer.answers);
        }
    }
}

fn understood(data: &RData) -> Option<Record> {
    let text = |bytes: &[u8]| clean(&String::from_utf8_lossy(bytes), 80);
    Some(match data {
        RData::A(address) => Record::Address(address.0.into()),
        RData::AAAA(address) => Record::Address(address.0.into()),
        RData::SRV(srv) => Record::Srv {
            priority: srv.priority,
            weight: srv.weight,
            port: srv.port,
            target: clean(&srv.target.to_ascii(), 260),
        },
        RData::NAPTR(naptr) => Record::Naptr {
            order: naptr.order,
            preference: naptr.preference,
            flags: text(&naptr.flags),
            service: text(&naptr.services),
            replacement: clean(&naptr.replacement.to_ascii(), 260),
        },
        _ => return None,
    })
}

fn failure(error: &NetError) -> DnsFailure {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => DnsFailure::NoName,
            ResponseCode::NoError => DnsFailure::NoData,
            ResponseCode::ServFail => DnsFailure::Failed,
            code => DnsFailure::Refused(code.to_string()),
        },
        NetError::Dns(DnsError::ResponseCode(ResponseCode::ServFail)) => DnsFailure::Failed,
        NetError::Dns(DnsError::ResponseCode(code)) => DnsFailure::Refused(code.to_string()),
        NetError::Timeout => DnsFailure::Timeout,
        NetError::Io(error) => DnsFailure::Refused(format!("it cannot be reached ({})", error.kind())),
        NetError::NoConnections => DnsFailure::Refused("it cannot be reached".to_owned()),
        _ => DnsFailure::Refused("what it answered cannot be read".to_owned()),
    }
}

/// For settings of the resolver that cannot be used.
fn unusable(error: &NetError) -> DnsFailure {
    DnsFailure::Refused(clean(&error.to_string(), 120))
}
