//! What is seen of one handshake while it runs, whether it comes to its end or not.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{DigitallySignedStruct, Error as TlsError, SignatureScheme};

use super::finding::ClientCertificateUse;

/// Verifies as another one does, shows the certificate of a client where there is one, and keeps what a
/// failed handshake takes with it.
pub(super) struct Observation {
    verifier: Arc<dyn ServerCertVerifier>,
    /// What a server gets that asks for a certificate of the client.
    identity: Option<Arc<CertifiedKey>>,
    chain: OnceLock<(Vec<CertificateDer<'static>>, UnixTime)>,
    believed: AtomicBool,
    asked: AtomicBool,
    sent: AtomicBool,
}

impl fmt::Debug for Observation {
    /// The key is nobody's to see.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observation").finish_non_exhaustive()
    }
}

impl Observation {
    pub(super) fn new(verifier: Arc<dyn ServerCertVerifier>, identity: Option<Arc<CertifiedKey>>) -> Self {
        let (believed, asked, sent) = <(AtomicBool, AtomicBool, AtomicBool)>::default();
        Self { verifier, identity, chain: OnceLock::new(), believed, asked, sent }
    }

    /// The certificates as they were sent, and the time by which they were judged.
    pub(super) fn chain(&self) -> Option<&(Vec<CertificateDer<'static>>, UnixTime)> {
        self.chain.get()
    }

    /// Whether the certificates were verified, so that what is wrong came later.
    pub(super) fn is_believed(&self) -> bool {
        self.believed.load(Ordering::Relaxed)
    }

    /// What the server did about a certificate of the client.
    pub(super) fn client_certificate(&self) -> Option<ClientCertificateUse> {
        match (self.asked.load(Ordering::Relaxed), self.sent.load(Ordering::Relaxed)) {
            (false, _) => None,
            (true, true) => Some(ClientCertificateUse::Sent),
            (true, false) if self.identity.is_some() => Some(ClientCertificateUse::Unfit),
            (true, false) => Some(ClientCertificateUse::Asked),
        }
    }
}

impl ResolvesClientCert for Observation {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        // Whose certificates a server takes is for the server to say, after it has seen this one.
        let fits = |identity: &&Arc<CertifiedKey>| identity.key.choose_scheme(schemes).is_some();
        let identity = self.identity.as_ref().filter(fits).map(Arc::clone);
        self.sent.store(identity.is_some(), Ordering::Relaxed);
        identity
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}

impl ServerCertVerifier for Observation {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let chain = std::iter::once(leaf).chain(intermediates).map(|one| one.clone().into_owned());
        self.chain.get_or_init(|| (chain.collect(), now));
        let verified = self.verifier.verify_server_cert(leaf, intermediates, name, ocsp, now)?;
        self.believed.store(true, Ordering::Relaxed);
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.verifier.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.verifier.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
