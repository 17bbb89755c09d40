//! Whom this machine trusts as the other end of a TLS connection: one judgement for the API and for SIP.

use std::sync::Arc;
use std::time::Duration;

use rustls_platform_verifier::Verifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme,
};
use x509_cert::der::Decode;

/// Where the chain and the dates are verified before the name, a wrong name is all that is wrong.
const NAME_IS_LAST: bool = cfg!(all(unix, not(target_vendor = "apple"), not(target_os = "android")));

/// Whether a certificate is for a DNS name in a way that a protocol has beside the common ones.
pub type AlsoFor = fn(&CertificateDer<'_>, &str) -> bool;

/// Why nobody can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// A file of certificates has something else in it.
    #[error("the certificate file cannot be read: {0}")]
    Unreadable(String),
    /// There is no certificate in it.
    #[error("the certificate file holds no PEM certificate")]
    Empty,
    /// This machine has no roots or no cryptography that can be used.
    #[error("{0}")]
    Machine(String),
}

/// The certificates of a PEM file. One that cannot be read, or that has none, is an error.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let found = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| TrustError::Unreadable(error.to_string()))?;
    if found.is_empty() {
        return Err(TrustError::Empty);
    }
    Ok(found)
}

/// A client that trusts the system's authorities, and `named` ones: as authorities, and where a server
/// shows one of them as its own, whatever it says of itself. That is what people make for one machine.
/// An error is about this machine: without roots nothing can be judged.
pub fn client(named: Vec<CertificateDer<'static>>, also_for: AlsoFor) -> Result<ClientConfig, TrustError> {
    let (provider, verifier) = verifier(named, also_for)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TrustError::Machine(error.to_string()))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Who judges certificates for such a client, and the cryptography that goes with it.
pub fn verifier(
    named: Vec<CertificateDer<'static>>,
    also_for: AlsoFor,
) -> Result<(Arc<CryptoProvider>, Arc<dyn ServerCertVerifier>), TrustError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let platform = Verifier::new_with_extra_roots(named.iter().cloned(), Arc::clone(&provider))
        .map_err(|error| TrustError::Machine(error.to_string()))?;
    Ok((provider, Arc::new(Trust { platform, named, also_for })))
}

/// The names that a certificate is for, as people read them.
pub fn presented(names: &[String]) -> String {
    let names: Vec<&str> = names.iter().take(5).map(|name| bare(name)).collect();
    if names.is_empty() { "no name".to_owned() } else { names.join(", ") }
}

/// A name without what kind of name it is, as `DnsName("h.example")` says it.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
    inner.trim_matches('"')
}

/// Whether what is wrong is that a server shows the certificate of an authority as its own, as one that
/// signs itself does.
pub fn is_authority(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(why) if format!("{why:?}").contains("CaUsedAsEndEntity"))
}

/// The verifier of the platform, and certificates that are trusted as they are.
#[derive(Debug)]
struct Trust {
    platform: Verifier,
    /// Certificates that somebody trusts by name: a server may show one of them as its own.
    named: Vec<CertificateDer<'static>>,
    also_for: AlsoFor,
}

impl Trust {
    fn is_also_for(&self, leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
        matches!(name, ServerName::DnsName(name) if (self.also_for)(leaf, name.as_ref()))
    }

    /// Of a certificate that is trusted as it is, the dates and the name are left to be looked at.
    fn verify_named(
        &self,
        leaf: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), TlsError> {
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
        if self.is_also_for(leaf, name) {
            return Ok(());
        }
        verify_server_name(&ParsedCertificate::try_from(leaf)?, name)
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        use CertificateError::{NotValidForName, NotValidForNameContext};
        if self.named.iter().any(|named| named.as_ref() == leaf.as_ref()) {
            return self.verify_named(leaf, name, now).map(|()| ServerCertVerified::assertion());
        }
        match self.platform.verify_server_cert(leaf, intermediates, name, ocsp, now) {
            Err(TlsError::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
                if NAME_IS_LAST && self.is_also_for(leaf, name) =>
            {
                Ok(ServerCertVerified::assertion())
            }
            result => result,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_library_are_not_words_for_people() {
        let presented =
            |names: &[&str]| presented(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(presented(&["DnsName(\"other.test\")", "IpAddress(127.0.0.1)"]), "other.test, 127.0.0.1");
        assert_eq!(presented(&["plain.test"]), "plain.test");
        assert_eq!(presented(&[]), "no name");
    }
}
