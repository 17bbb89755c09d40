//! DNS over the network, with hickory.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{RData, RecordType};
use hickory_resolver::system_conf::read_system_conf;
use tokio::time::timeout;

use super::{Dns, DnsFailure, Record, RecordKind};
use crate::text::clean;

/// A question that is not answered by then is asked once more, beside the first: what comes late counts.
const PATIENCE: Duration = Duration::from_millis(900);
/// How long one question waits: as long as a check has for DNS.
const LONGEST: Duration = Duration::from_secs(2);

/// The resolver of this machine, or a DNS server that somebody named. Settings that cannot be used
/// answer nothing, and say why: an address without a name can be checked all the same.
pub struct NetworkDns {
    resolver: Result<TokioResolver, DnsFailure>,
    name: String,
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
        let resolver = read_system_conf().and_then(|(config, options)| {
            if let Some(first) = config.name_servers().first() {
                name = format!("the DNS server {} of this machine", first.ip);
            }
            let provider = TokioRuntimeProvider::default();
            let mut builder = TokioResolver::builder_with_config(config, provider).with_options(options);
            settle(builder.options_mut());
            builder.build()
        });
        Self { resolver: resolver.map_err(|error| unusable(&error)), name }
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
        }
    }
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
        let resolver = self.resolver.as_ref().map_err(Clone::clone)?;
        // The dot keeps search domains out: a typing mistake must not be found in another zone.
        let ask =
            || async { resolver.lookup(format!("{name}."), wanted).await.map_err(|error| failure(&error)) };
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
        let records: Vec<Record> =
            answer.answers().iter().filter_map(|record| understood(&record.data)).collect();
        if records.is_empty() { Err(DnsFailure::NoData) } else { Ok(records) }
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
