//! TLS to a SIP server: the certificate has to be for the SIP domain (RFC 5922).
//!
//! A handshake that fails says why: what the library knows, what the certificates themselves show
//! ([`chain`]), and, where a server refuses without showing anything, a second look ([`hello`]): at most
//! one more connection, within the same limit, over which nothing but a hello is sent.

mod certificate;
mod chain;
mod finding;
mod handshake;
mod hello;
mod identity;
mod names;
mod observation;
mod suites;
mod weakness;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::io::AsyncBufReadExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ProtocolVersion};

use super::{Code, Host, Leg, Transport};
use crate::text::clean;
use crate::trust::{self, TrustError};
pub(super) use certificate::Certificate;
use certificate::is_for_sip_domain;
use chain::Chain;
pub use finding::{ClientCertificateUse, ShownCertificate, TlsCause, TlsFinding};
pub(super) use handshake::{TlsTrouble, after};
pub use identity::{ClientIdentity, IdentityError};
use observation::Observation;

/// A server that asked for a certificate of the client is given so many times the length of the
/// handshake, and not more than this, to refuse it: sooner than the first request, whose answer would
/// be lost with the connection.
const ROUND_TRIPS: u32 = 2;
const LONGEST_WAIT: Duration = Duration::from_millis(500);
const SHORTEST_WAIT: Duration = Duration::from_millis(20);

/// The trust of this machine, loaded when the first certificate has to be judged: the same roots and
/// the same cryptography as the HTTP client has.
#[derive(Debug)]
pub struct Tls {
    extra: Vec<CertificateDer<'static>>,
    identity: Option<ClientIdentity>,
    trust: OnceLock<Result<Trusted, TrustError>>,
}

/// What certificates are judged with, and by whom.
#[derive(Debug, Clone)]
struct Trusted {
    provider: Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
}

/// A connection, and what its handshake showed.
pub(super) struct Shaken {
    pub(super) stream: TlsStream<TcpStream>,
    pub(super) certificate: Certificate,
    pub(super) found: TlsFinding,
    /// The certificates came in the order that TLS 1.2 asks for.
    pub(super) is_in_order: bool,
}

impl Tls {
    /// Trusts the system's authorities, and those of `ca` (PEM). A file without a certificate is an
    /// error.
    pub fn new(ca: Option<&[u8]>) -> Result<Self, TrustError> {
        let extra = ca.map_or(Ok(Vec::new()), trust::certificates)?;
        Ok(Self { extra, identity: None, trust: OnceLock::new() })
    }

    /// The same, with a certificate for servers that ask for one. It is shown to nobody else.
    pub fn with_identity(self, identity: Option<ClientIdentity>) -> Self {
        Self { identity, ..self }
    }

    /// Loads what is needed to judge a certificate, where that was not done yet: it takes a while, which
    /// is not to be seen in anybody's round trip.
    pub(super) fn prepare(&self, legs: &[Leg]) {
        if legs.iter().any(|leg| !matches!(leg.route.transport, Some(Transport::Udp | Transport::Tcp))) {
            // What is wrong with it is said by who needs it.
            drop(self.trusted());
        }
    }

    fn trusted(&self) -> Result<Trusted, TlsTrouble> {
        let made = self.trust.get_or_init(|| {
            let (provider, verifier) = trust::verifier(self.extra.clone(), is_for_sip_domain)?;
            // Both take longer the first time, which would be seen in somebody's round trip.
            provider.secure_random.fill(&mut [0; 32]).ok();
            provider.kx_groups.iter().for_each(|group| drop(group.start()));
            Ok(Trusted { provider, verifier })
        });
        // Without roots nothing can be judged: that is about this machine.
        made.clone().map_err(|why| TlsTrouble::new(Code::Network, clean(&why.to_string(), 120)))
    }

    /// Shakes hands and verifies.
    pub(super) async fn connect(&self, stream: TcpStream, domain: &Host) -> Result<Shaken, TlsTrouble> {
        let name = match domain {
            Host::Name(name) => ServerName::try_from(name.to_string())
                .map_err(|_| TlsTrouble::new(Code::TlsName, format!("no certificate can be for {domain}")))?,
            Host::Ip(address) => ServerName::from(*address),
        };
        let Trusted { provider, verifier } = self.trusted()?;
        let identity = self.identity.as_ref().map(|identity| Arc::clone(&identity.0));
        let seen = Arc::new(Observation::new(verifier, identity));
        let ours = |why: &dyn std::fmt::Display| TlsTrouble::new(Code::Network, clean(&why.to_string(), 120));
        // Made anew each time: no session is resumed, so that each connection shows everything.
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|why| ours(&why))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::<Observation>::clone(&seen))
            .with_client_cert_resolver(Arc::<Observation>::clone(&seen));
        let start = Instant::now();
        let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let mut stream = shaken.map_err(|error| handshake::trouble(&error, &seen, &self.extra, domain))?;
        let wish = seen.client_certificate();
        let session = stream.get_ref().1;
        let is_newest = session.protocol_version() == Some(ProtocolVersion::TLSv1_3);
        let mut found = TlsFinding {
            tls_version: session.protocol_version().map(|version| suites::version(u16::from(version))),
            cipher: session.negotiated_cipher_suite().map(|suite| suites::name(u16::from(suite.suite()))),
            client_certificate: wish,
            ..TlsFinding::default()
        };
        let leaf = session.peer_certificates().and_then(<[_]>::first);
        let certificate = leaf.map_or_else(Certificate::default, |leaf| Certificate::read(leaf, domain));
        let chain = seen.chain().and_then(|(shown, _)| Chain::read(shown, &self.extra, 0));
        let is_in_order = chain.as_ref().is_none_or(Chain::is_in_order);
        found.chain = chain.map_or_else(Vec::new, |chain| chain.list());
        if wish.is_some() && is_newest {
            let wait = (start.elapsed() * ROUND_TRIPS).clamp(SHORTEST_WAIT, LONGEST_WAIT);
            // What comes instead of a refusal is read later.
            let refusal = match timeout_at(Instant::now() + wait, stream.fill_buf()).await {
                Ok(Err(error)) => after(Some(&error), wish),
                Ok(Ok([])) => after(None, wish),
                Ok(Ok(_)) | Err(_) => None,
            };
            if let Some(mut trouble) = refusal {
                *trouble.found = TlsFinding { cause: trouble.found.cause, ..found };
                return Err(trouble);
            }
        }
        Ok(Shaken { stream, certificate, found, is_in_order })
    }

    /// Looks a second time at a server that refused without showing anything, over a connection of its
    /// own. The caller limits how long that takes.
    pub(super) async fn look_again(
        &self,
        trouble: TlsTrouble,
        stream: TcpStream,
        domain: &Host,
    ) -> TlsTrouble {
        let choice = hello::look(stream, domain).await;
        let Ok(Trusted { provider, .. }) = self.trusted() else { return trouble };
        let spoken: Vec<u16> = provider.cipher_suites.iter().map(|suite| u16::from(suite.suite())).collect();
        handshake::with_second_look(trouble, choice, &spoken, domain)
    }
}
