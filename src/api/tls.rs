//! TLS to the API, and in words why there is no connection.

use jiff::Timestamp;
use tokio_rustls::rustls::pki_types::UnixTime;
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, Error as TlsError, InvalidMessage,
};

use super::{Error, ErrorKind};
use crate::phone::clean;
use crate::trust;

/// Trusts the system's authorities, and the certificates of `ca` (PEM).
pub(super) fn config(ca: Option<&[u8]>) -> Result<ClientConfig, Error> {
    let setup = |why: String| Error::new(ErrorKind::Setup, clean(&why, 160));
    let named = ca.map_or(Ok(Vec::new()), trust::certificates).map_err(|why| setup(why.to_string()))?;
    let client = trust::client(named, |_, _| false);
    let mut config = client.map_err(|why| setup(format!("the HTTP client cannot start: {why}")))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
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
        wrong if trust::is_authority(wrong) => {
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
            format!("its certificate is for {}", clean(&trust::presented(presented), 120))
        }
        Wrong::Revoked => "its certificate was revoked".to_owned(),
        Wrong::BadSignature => "the signature of its certificate is wrong".to_owned(),
        other => clean(&format!("its certificate cannot be used: {other}"), 160),
    }
}
