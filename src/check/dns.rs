//! DNS over the network, with hickory.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{RData, RecordType};

use super::{Dns, DnsFailure, Record, RecordKind};
use crate::phone::clean;

/// How long one question waits before it is asked again, once.
const PATIENCE: Duration = Duration::from_millis(900);

/// The resolver of this machine, or a DNS server that somebody named. Settings that cannot be used
/// answer nothing, and say why: an address without a name can be checked all the same.
pub struct NetworkDns(Result<TokioResolver, String>);

impl std::fmt::Debug for NetworkDns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NetworkDns")
    }
}

impl NetworkDns {
    /// The system's configuration and its hosts file. It is to be asked within a tokio runtime.
    pub fn system() -> Self {
        let resolver = TokioResolver::builder_tokio().and_then(|mut builder| {
            settle(builder.options_mut());
            builder.build()
        });
        Self(resolver.map_err(|error| words(&error)))
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
        Self(builder.build().map_err(|error| words(&error)))
    }
}

fn settle(options: &mut ResolverOpts) {
    options.timeout = PATIENCE;
    options.attempts = 1;
    // Who checks again wants to know what is true now.
    options.cache_size = 0;
}

impl Dns for NetworkDns {
    async fn lookup(&self, name: &str, kind: RecordKind) -> Result<Vec<Record>, DnsFailure> {
        let wanted = match kind {
            RecordKind::Naptr => RecordType::NAPTR,
            RecordKind::Srv => RecordType::SRV,
            RecordKind::A => RecordType::A,
            RecordKind::Aaaa => RecordType::AAAA,
        };
        let resolver = self.0.as_ref().map_err(|why| DnsFailure::Refused(why.clone()))?;
        // The dot keeps search domains out: a typing mistake must not be found in another zone.
        let answer = resolver.lookup(format!("{name}."), wanted).await.map_err(|error| failure(&error))?;
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
            code => DnsFailure::Refused(code.to_string()),
        },
        NetError::Dns(DnsError::ResponseCode(code)) => DnsFailure::Refused(code.to_string()),
        NetError::Timeout => DnsFailure::Timeout,
        // Nothing listens there, or no server could be reached.
        NetError::Io(_) | NetError::NoConnections => DnsFailure::Refused(words(error)),
        other => DnsFailure::Refused(words(other)),
    }
}

fn words(error: &NetError) -> String {
    clean(&error.to_string(), 120)
}
