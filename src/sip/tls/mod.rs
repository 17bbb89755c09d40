//! TLS to a SIP server: the certificate has to be for the SIP domain (RFC 5922).

mod certificate;

use std::io;
use std::sync::{Arc, OnceLock};

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error as TlsError};

use super::{Code, Found, Host, Leg, Transport};
use crate::text::clean;
use crate::trust::{self, TrustError};
pub(super) use certificate::Certificate;
use certificate::is_for_sip_domain;

/// The trust of this machine, loaded when the first certificate has to be judged: the same roots and
/// the same cryptography as the HTTP client has.
#[derive(Debug)]
pub struct Tls {
    extra: Vec<CertificateDer<'static>>,
    config: OnceLock<Result<Arc<ClientConfig>, TrustError>>,
}

/// Why there is no TLS connection.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TlsTrouble {
    pub(super) code: Code,
    pub(super) text: String,
    /// What was seen besides.
    pub(super) found: Box<Found>,
}

impl TlsTrouble {
    fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), found: Box::default() }
    }
}

impl Tls {
    /// Trusts the system's authorities, and those of `ca` (PEM). A file without a certificate is an
    /// error.
    pub fn new(ca: Option<&[u8]>) -> Result<Self, TrustError> {
        let extra = ca.map_or(Ok(Vec::new()), trust::certificates)?;
        Ok(Self { extra, config: OnceLock::new() })
    }

    /// Loads what is needed to judge a certificate, where that was not done yet: it takes a while, which
    /// is not to be seen in anybody's round trip.
    pub(super) fn prepare(&self, legs: &[Leg]) {
        if legs.iter().any(|leg| !matches!(leg.route.transport, Some(Transport::Udp | Transport::Tcp))) {
            // What is wrong with it is said by who needs it.
            drop(self.config());
        }
    }

    fn config(&self) -> Result<Arc<ClientConfig>, TlsTrouble> {
        let made = self.config.get_or_init(|| {
            let config = trust::client(self.extra.clone(), is_for_sip_domain)?;
            // Both take longer the first time, which would be seen in somebody's round trip.
            let provider = config.crypto_provider();
            provider.secure_random.fill(&mut [0; 32]).ok();
            provider.kx_groups.iter().for_each(|group| drop(group.start()));
            Ok(Arc::new(config))
        });
        // Without roots nothing can be judged: that is about this machine.
        made.clone().map_err(|why| TlsTrouble::new(Code::Network, clean(&why.to_string(), 120)))
    }

    /// Shakes hands and verifies. Gives the connection, and what the certificate says.
    pub(super) async fn connect(
        &self,
        stream: TcpStream,
        domain: &Host,
    ) -> Result<(TlsStream<TcpStream>, Certificate), TlsTrouble> {
        let name = match domain {
            Host::Name(name) => ServerName::try_from(name.to_string())
                .map_err(|_| TlsTrouble::new(Code::TlsName, format!("no certificate can be for {domain}")))?,
            Host::Ip(address) => ServerName::from(*address),
        };
        let stream = TlsConnector::from(self.config()?)
            .connect(name, stream)
            .await
            .map_err(|error| trouble(&error, domain))?;
        let leaf = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let certificate = leaf.map_or_else(Certificate::default, |leaf| Certificate::read(leaf, domain));
        Ok((stream, certificate))
    }
}

fn trouble(error: &io::Error, domain: &Host) -> TlsTrouble {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) else {
        // A server that speaks something else does this, and so do access lists and overload.
        let text = match error.kind() {
            io::ErrorKind::ConnectionReset => "it reset the connection while shaking hands",
            _ => "it hung up while shaking hands",
        };
        return TlsTrouble::new(Code::Closed, text);
    };
    match tls {
        TlsError::InvalidCertificate(wrong) => certificate(wrong, domain),
        // The other side began to speak something else.
        TlsError::InvalidMessage(_) | TlsError::InappropriateMessage { .. } => {
            TlsTrouble::new(Code::TlsPlain, "what came back is not TLS")
        }
        TlsError::AlertReceived(alert) => {
            let alert = apart(&format!("{alert:?}"));
            let text = format!("the server ended the handshake: {alert}");
            TlsTrouble { found: Box::new(Found::Alert), ..TlsTrouble::new(Code::Closed, text) }
        }
        TlsError::PeerIncompatible(_) => {
            TlsTrouble::new(Code::Closed, "the server knows no TLS 1.2 or newer that both sides can speak")
        }
        other => TlsTrouble::new(Code::Closed, clean(&other.to_string(), 120)),
    }
}

fn certificate(wrong: &CertificateError, domain: &Host) -> TlsTrouble {
    use CertificateError as Wrong;
    match wrong {
        Wrong::Expired => TlsTrouble::new(Code::TlsExpired, "the certificate has expired"),
        Wrong::ExpiredContext { time, not_after } => {
            let ago = match time.as_secs().saturating_sub(not_after.as_secs()) / 86_400 {
                0 => "within the last day".to_owned(),
                1 => "1 day ago".to_owned(),
                days => format!("{days} days ago"),
            };
            TlsTrouble::new(Code::TlsExpired, format!("the certificate expired {ago}"))
        }
        Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => {
            TlsTrouble::new(Code::TlsExpired, "the certificate is not valid yet")
        }
        Wrong::NotValidForName => {
            TlsTrouble::new(Code::TlsName, format!("the certificate is not for {domain}"))
        }
        Wrong::NotValidForNameContext { presented, .. } => {
            let names = clean(&trust::presented(presented), 400);
            TlsTrouble::new(Code::TlsName, format!("the certificate is for {names}, not for {domain}"))
        }
        Wrong::UnknownIssuer => TlsTrouble::new(
            Code::TlsUntrusted,
            "the certificate is from an authority that this machine does not know",
        ),
        Wrong::Revoked => TlsTrouble::new(Code::TlsUntrusted, "the certificate was revoked"),
        Wrong::BadEncoding => TlsTrouble::new(Code::TlsUntrusted, "the certificate cannot be read"),
        Wrong::BadSignature => {
            TlsTrouble::new(Code::TlsUntrusted, "the signature of the certificate is wrong")
        }
        // A certificate that signs itself arrives here as well.
        wrong if trust::is_authority(wrong) => TlsTrouble::new(
            Code::TlsUntrusted,
            "the certificate is that of an authority itself, most likely one that signs itself",
        ),
        _ => TlsTrouble::new(Code::TlsUntrusted, "the chain of certificates is not valid for a server"),
    }
}

/// `HandshakeFailure` as words.
fn apart(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.push(c.to_ascii_lowercase());
    }
    clean(&out, 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_words_for_people() {
        assert_eq!(apart("HandshakeFailure"), "handshake failure");
    }
}
