//! TLS to the API: whom to trust, and in words why there is no connection.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls_platform_verifier::Verifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError,
    InvalidMessage, SignatureScheme,
};
use x509_cert::der::Decode;

use super::{Error, ErrorKind};
use crate::phone::clean;

/// Trusts the system's authorities, and those of `ca` (PEM). A server may show a certificate of that
/// file as its own, whatever it says of itself: that is what people make for one machine.
pub(super) fn config(ca: Option<&[u8]>) -> Result<ClientConfig, Error> {
    let unusable = |why: String| Error::new(ErrorKind::Setup, format!("the HTTP client cannot start: {why}"));
    let named = ca.map_or(Ok(Vec::new()), certificates)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let platform = Verifier::new_with_extra_roots(named.iter().cloned(), Arc::clone(&provider))
        .map_err(|error| unusable(clean(&error.to_string(), 160)))?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Named { platform, named }))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().unwrap_or_default();
    if certificates.is_empty() {
        return Err(Error::new(ErrorKind::Setup, "the certificate file holds no PEM certificate"));
    }
    Ok(certificates)
}

/// The verifier of the platform, and certificates that are trusted as they are.
#[derive(Debug)]
struct Named {
    platform: Verifier,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        if !self.named.iter().any(|named| named.as_ref() == leaf.as_ref()) {
            return self.platform.verify_server_cert(leaf, intermediates, name, ocsp, now);
        }
        let certificate =
            x509_cert::Certificate::from_der(leaf).map_err(|_| CertificateError::BadEncoding)?;
        let validity = certificate.tbs_certificate().validity();
        let now = Duration::from_secs(now.as_secs());
        if now < validity.not_before.to_unix_duration() {
            return Err(CertificateError::NotValidYet.into());
        }
        if now > validity.not_after.to_unix_duration() {
            return Err(CertificateError::Expired.into());
        }
        verify_server_name(&ParsedCertificate::try_from(leaf)?, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.platform.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.platform.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.platform.supported_verify_schemes()
    }
}

/// Why a handshake failed, and what helps.
pub(super) fn words(error: &TlsError, now: Timestamp) -> String {
    match error {
        TlsError::InvalidCertificate(wrong) => certificate(wrong, now),
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "what answers there does not speak TLS: a port for http:// perhaps".to_owned()
        }
        TlsError::InvalidMessage(_) | TlsError::InappropriateMessage { .. } => {
            "what answers there is not TLS".to_owned()
        }
        TlsError::AlertReceived(AlertDescription::NoApplicationProtocol) => {
            "the server speaks neither HTTP/2 nor HTTP/1.1".to_owned()
        }
        TlsError::AlertReceived(AlertDescription::ProtocolVersion) | TlsError::PeerIncompatible(_) => {
            "the server speaks no TLS 1.2 or newer".to_owned()
        }
        TlsError::AlertReceived(alert) => format!("the server ended the handshake: {alert:?}"),
        other => clean(&other.to_string(), 120),
    }
}

fn certificate(wrong: &CertificateError, now: Timestamp) -> String {
    use CertificateError as Wrong;
    let clock = format!("(this machine's clock says {now:.0}: is it right?)");
    let day = |at: &UnixTime| {
        let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
        Timestamp::from_second(seconds).map_or_else(|_| "another time".to_owned(), |at| at.to_string())
    };
    match wrong {
        Wrong::UnknownIssuer => "its certificate is from an authority that this machine does not know; where it is \
                                 your own or that of a proxy which looks inside, name it with --ca-file"
            .to_owned(),
        Wrong::Other(why) if format!("{why:?}").contains("CaUsedAsEndEntity") => {
            "it shows the certificate of an authority as its own, as one made by hand does; --ca-file with exactly that \
             certificate accepts it"
                .to_owned()
        }
        Wrong::Expired => format!("its certificate has expired {clock}"),
        Wrong::ExpiredContext { not_after, .. } => format!("its certificate expired on {} {clock}", day(not_after)),
        Wrong::NotValidYet => format!("its certificate is not valid yet {clock}"),
        Wrong::NotValidYetContext { not_before, .. } => {
            format!("its certificate is not valid before {} {clock}", day(not_before))
        }
        Wrong::NotValidForName => "its certificate is for another name".to_owned(),
        Wrong::NotValidForNameContext { presented, .. } => {
            // `DnsName("a.example")`
            let bare = |name: &String| name.split('"').nth(1).unwrap_or(name).to_owned();
            let names: Vec<String> = presented.iter().take(5).map(bare).collect();
            let names = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
            format!("its certificate is for {}", clean(&names, 120))
        }
        Wrong::Revoked => "its certificate was revoked".to_owned(),
        Wrong::BadSignature => "the signature of its certificate is wrong".to_owned(),
        other => clean(&format!("its certificate cannot be used: {other}"), 160),
    }
}
