//! The certificate of a client, for servers that want one (mutual TLS).

use std::fmt;
use std::sync::Arc;

use tokio_rustls::rustls::Error as TlsError;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::sign::CertifiedKey;

use crate::trust::{self, TrustError};

/// A certificate and its key. Neither is ever printed.
#[derive(Clone)]
pub struct ClientIdentity(pub(super) Arc<CertifiedKey>);

/// Why a certificate and a key are no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The certificate.
    #[error(transparent)]
    Certificate(#[from] TrustError),
    /// The key is behind a passphrase, which nobody could be asked for.
    #[error("the key is encrypted: give it without a passphrase, in a file that nobody else can read")]
    Encrypted,
    /// A certificate that cannot be used.
    #[error("the certificate cannot be used: it has to be one of X.509 version 3 that can be read")]
    UnusableCertificate,
    /// There is no PEM key in it.
    #[error("the key file holds no private key in PEM")]
    NoKey,
    /// A key that cannot be used.
    #[error("the key cannot be used: it has to be RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519")]
    Unusable,
    /// They do not belong together.
    #[error(
        "the key does not belong to the certificate; the first certificate of the file has to be the client's own"
    )]
    OtherKey,
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientIdentity(..)")
    }
}

impl ClientIdentity {
    /// From PEM: certificates, the client's own first, then those that issued it; and a key in PKCS#8,
    /// PKCS#1 or SEC1. It is no error that a certificate has expired: servers say what they take.
    pub fn new(certificates: &[u8], key: &[u8]) -> Result<Self, IdentityError> {
        let certificates = trust::certificates(certificates)?;
        let is_encrypted = |mark: &[u8]| key.windows(mark.len()).any(|part| part == mark);
        if is_encrypted(b"BEGIN ENCRYPTED PRIVATE KEY") || is_encrypted(b"Proc-Type: 4,ENCRYPTED") {
            return Err(IdentityError::Encrypted);
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| IdentityError::NoKey)?;
        let certified = CertifiedKey::from_der(certificates, key, &aws_lc_rs::default_provider());
        match certified {
            Ok(certified) => Ok(Self(Arc::new(certified))),
            Err(TlsError::InconsistentKeys(_)) => Err(IdentityError::OtherKey),
            Err(TlsError::InvalidCertificate(_)) => Err(IdentityError::UnusableCertificate),
            Err(_) => Err(IdentityError::Unusable),
        }
    }
}
