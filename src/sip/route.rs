//! Where a number leads: the addresses that the API gives, and how they are to be spoken to.

use std::fmt;

use serde_json::{Value, json};

use super::{Host, SipUri, Transport};

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LegKind {
    /// Where calls to the number are sent: `sip_uri`.
    Inbound,
    /// Where a PBX registers: `sip_domain` and `sip_port`.
    Trunk,
    /// Where the endpoint of the number is.
    Endpoint,
}

impl LegKind {
    /// The word in text and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Trunk => "trunk",
            Self::Endpoint => "endpoint",
        }
    }
}

impl fmt::Display for LegKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Where an address came from. Whose server it is the API does not say; this is what to tell its
/// owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// `sip_uri` of the number.
    SipUri,
    /// `sip_credentials` of the number.
    Credentials,
    /// `url` of its endpoint.
    EndpointUrl,
    /// Somebody typed it.
    Given,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SipUri => "the sip_uri of the number",
            Self::Credentials => "the trunk credentials of the number",
            Self::EndpointUrl => "the URL of its endpoint",
            Self::Given => "the address given",
        })
    }
}

/// Why a transport was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransportSource {
    /// Somebody asked for it.
    Flag,
    /// `transport=` in the address.
    Uri,
    /// The scheme `sips:`.
    Sips,
    /// The port is 5061, which is that of TLS.
    Port,
    /// DNS decides.
    Dns,
    /// Nothing says anything: UDP (RFC 3263 section 4.1).
    Default,
}

impl TransportSource {
    /// The word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Uri => "uri",
            Self::Sips => "sips",
            Self::Port => "port",
            Self::Dns => "dns",
            Self::Default => "default",
        }
    }
}

/// An address and how to speak to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Route {
    /// The Request-URI.
    pub uri: SipUri,
    /// The transport; `None` where DNS decides.
    pub transport: Option<Transport>,
    /// Why that one.
    pub source: TransportSource,
}

impl Route {
    /// Decides the transport (RFC 3263 section 4.1, and port 5061 counts as TLS). `sips:` with a
    /// transport that is not TLS is never spoken in clear text.
    pub fn new(uri: SipUri, flag: Option<Transport>) -> Self {
        let exact = uri.host.ip().is_some() || uri.port.is_some();
        let (transport, source) = if uri.secure {
            (Some(Transport::Tls), TransportSource::Sips)
        } else if let Some(flag) = flag {
            (Some(flag), TransportSource::Flag)
        } else if let Some(named) = uri.transport {
            (Some(named), TransportSource::Uri)
        } else if uri.port == Some(Transport::Tls.default_port()) {
            (Some(Transport::Tls), TransportSource::Port)
        } else if exact {
            (Some(Transport::Udp), TransportSource::Default)
        } else {
            (None, TransportSource::Dns)
        };
        Self { uri, transport, source }
    }

    /// The host: also the name that its certificate has to be for (RFC 5922 section 7.1).
    pub fn host(&self) -> &Host {
        &self.uri.host
    }

    /// Host and port, where one is named.
    pub fn place(&self) -> String {
        match self.uri.port {
            Some(port) => format!("{}:{port}", self.uri.host),
            None => self.uri.host.to_string(),
        }
    }

    /// For people: host, port, transport and why.
    pub fn words(&self) -> String {
        let how = match (self.transport, self.source) {
            (Some(transport), TransportSource::Flag) => format!("{transport}, as asked for"),
            (Some(transport), TransportSource::Uri) => format!("{transport}, as the address says"),
            (Some(transport), TransportSource::Sips) => format!("{transport}, because of sips:"),
            (Some(transport), TransportSource::Port) => format!("{transport} assumed: port 5061"),
            (Some(transport), _) => format!("{transport} assumed: nothing says otherwise"),
            (None, _) => "transport by DNS".to_owned(),
        };
        format!("{} ({how})", self.place())
    }
}

/// One thing to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// What it is for.
    pub kind: LegKind,
    /// Where it leads.
    pub route: Route,
    /// Where the address came from.
    pub origin: Origin,
}

impl Leg {
    /// An address that somebody typed.
    pub fn given(uri: SipUri, flag: Option<Transport>) -> Self {
        Self::new(LegKind::Inbound, Origin::Given, uri, flag)
    }

    /// An address, and where it came from.
    pub fn new(kind: LegKind, origin: Origin, uri: SipUri, flag: Option<Transport>) -> Self {
        Self { kind, route: Route::new(uri, flag), origin }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "leg": self.kind.word(),
            "route": {
                "uri": self.route.uri.to_string(),
                "host": self.route.uri.host.to_string(),
                "port": self.route.uri.port,
                "transport": self.route.transport.map(Transport::word),
                "transport_source": self.route.source.word(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(uri: &str, flag: Option<Transport>) -> (Option<Transport>, TransportSource) {
        let route = Route::new(SipUri::parse(uri).unwrap(), flag);
        (route.transport, route.source)
    }

    #[test]
    fn the_transport_comes_from_where_it_is_said() {
        use TransportSource as Source;
        for (uri, flag, transport, source) in [
            ("sip:a@h.example", None, None, Source::Dns),
            ("sip:a@h.example:5060", None, Some(Transport::Udp), Source::Default),
            ("sip:a@192.0.2.1", None, Some(Transport::Udp), Source::Default),
            ("sip:a@h.example:5061", None, Some(Transport::Tls), Source::Port),
            ("sip:a@h.example;transport=TCP", None, Some(Transport::Tcp), Source::Uri),
            ("sip:a@h.example:5061;transport=udp", None, Some(Transport::Udp), Source::Uri),
            ("sips:a@h.example;transport=tcp", None, Some(Transport::Tls), Source::Sips),
            ("sips:a@h.example", Some(Transport::Udp), Some(Transport::Tls), Source::Sips),
            ("sip:a@h.example:5061", Some(Transport::Tcp), Some(Transport::Tcp), Source::Flag),
        ] {
            assert_eq!(route(uri, flag), (transport, source), "{uri}");
        }
    }
}
