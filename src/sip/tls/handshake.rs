//! Why a handshake fails: from what the library says, what was seen until then, and a second look.

use std::io;

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error as TlsError, InvalidMessage};

use super::chain::Chain;
use super::finding::{ClientCertificateUse, TlsCause, TlsFinding};
use super::hello::ServerChoice;
use super::observation::Observation;
use super::suites;
use crate::sip::{Code, Found, Host};
use crate::text::clean;

/// What is wrong where a server and the key of a client have no signature in common.
const UNFIT: &str = "the server asked for a certificate of the client, and takes no signature that the key of the client can make";

/// Why there is no TLS connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sip) struct TlsTrouble {
    pub(in crate::sip) code: Code,
    pub(in crate::sip) text: String,
    /// What was seen besides.
    pub(in crate::sip) found: Box<TlsFinding>,
    /// The server ended it before it showed anything: a second look may tell why.
    pub(in crate::sip) is_open: bool,
}

impl TlsTrouble {
    pub(super) fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), found: Box::default(), is_open: false }
    }

    fn of(code: Code, cause: TlsCause, text: impl Into<String>) -> Self {
        Self { found: Box::new(TlsFinding::of(cause)), ..Self::new(code, text) }
    }

    fn open(self) -> Self {
        Self { is_open: true, ..self }
    }

    /// As a step holds it.
    pub(in crate::sip) fn into_found(self) -> Found {
        if *self.found == TlsFinding::default() { Found::Nothing } else { Found::Tls(self.found) }
    }
}

/// What an error of a handshake means.
pub(super) fn trouble(
    error: &io::Error,
    seen: &Observation,
    named: &[CertificateDer<'_>],
    host: &Host,
) -> TlsTrouble {
    let wish = seen.client_certificate();
    let chain = seen
        .chain()
        .and_then(|(shown, now)| Chain::read(shown, named, i64::try_from(now.as_secs()).unwrap_or(i64::MAX)));
    let mut trouble = match tls_error(error) {
        None => hung_up(error, wish, host),
        Some(TlsError::InvalidCertificate(wrong)) => certificate(wrong, seen, chain.as_ref(), host),
        Some(TlsError::AlertReceived(alert)) => refused(*alert, wish, host),
        Some(other) => incompatible(other),
    };
    // Who has shown its certificates has chosen version and cipher already.
    trouble.is_open &= seen.chain().is_none() && wish.is_none();
    trouble.found.client_certificate = wish;
    trouble.found.chain = chain.map_or_else(Vec::new, |chain| chain.list());
    trouble
}

fn tls_error(error: &io::Error) -> Option<&TlsError> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// What ends a connection after the handshake, while nothing was answered yet: with TLS 1.3 a server
/// judges the certificate of a client when the client believes that all is well (RFC 8446 section 4.4.2.4).
pub(in crate::sip) fn after(
    error: Option<&io::Error>,
    wish: Option<ClientCertificateUse>,
) -> Option<TlsTrouble> {
    let mut trouble = match error.and_then(tls_error) {
        Some(TlsError::AlertReceived(alert)) => {
            let trouble = about_client(*alert, wish).unwrap_or_else(|| {
                TlsTrouble::of(Code::Closed, TlsCause::Refused, ended("connection", *alert))
            });
            Some(trouble)
        }
        Some(_) => None,
        None => wish.map(unexplained),
    }?;
    trouble.found.client_certificate = wish;
    Some(trouble)
}

/// It hung up after it asked for a certificate of the client, and did not say why.
fn unexplained(wish: ClientCertificateUse) -> TlsTrouble {
    let (cause, text) = match wish {
        ClientCertificateUse::Asked => (
            TlsCause::ClientCertificateLikely,
            "the server asked for a certificate of the client, got none, and hung up: most likely it wants one",
        ),
        ClientCertificateUse::Sent => (
            TlsCause::ClientCertificateRefused,
            "the server got a certificate of the client and hung up: most likely it refuses that certificate",
        ),
        ClientCertificateUse::Unfit => (TlsCause::ClientCertificateRefused, UNFIT),
    };
    TlsTrouble::of(Code::TlsClientCert, cause, text)
}

fn hung_up(error: &io::Error, wish: Option<ClientCertificateUse>, host: &Host) -> TlsTrouble {
    if let Some(wish) = wish {
        return unexplained(wish);
    }
    // A server that speaks something else does this, and so do access lists and overload.
    let text = match error.kind() {
        io::ErrorKind::ConnectionReset => "it reset the connection while shaking hands",
        _ => "it hung up while shaking hands",
    };
    match host {
        Host::Ip(_) => TlsTrouble::of(Code::Closed, TlsCause::HungUpUnnamed, text).open(),
        Host::Name(_) => TlsTrouble::new(Code::Closed, text).open(),
    }
}

/// An alert that is about the certificate of the client.
fn about_client(alert: AlertDescription, wish: Option<ClientCertificateUse>) -> Option<TlsTrouble> {
    use AlertDescription as A;
    let is_about = matches!(
        alert,
        A::BadCertificate
            | A::UnsupportedCertificate
            | A::CertificateRevoked
            | A::CertificateExpired
            | A::CertificateUnknown
            | A::UnknownCA
            | A::AccessDenied
            | A::DecryptError
            | A::HandshakeFailure
    );
    let says = matches!(alert, A::CertificateRequired | A::NoCertificate);
    let words = apart(&format!("{alert:?}"));
    let (cause, text) = match wish {
        Some(ClientCertificateUse::Sent) if says || is_about => (
            TlsCause::ClientCertificateRefused,
            format!("the server refuses the certificate of the client: {words}"),
        ),
        Some(ClientCertificateUse::Unfit) if says || is_about => {
            (TlsCause::ClientCertificateRefused, format!("{UNFIT}: {words}"))
        }
        Some(ClientCertificateUse::Asked) if says || is_about => (
            TlsCause::ClientCertificateWanted,
            format!("the server asked for a certificate of the client, got none, and refused: {words}"),
        ),
        None if says => (
            TlsCause::ClientCertificateWanted,
            format!("the server wants a certificate of the client: {words}"),
        ),
        _ => return None,
    };
    Some(TlsTrouble::of(Code::TlsClientCert, cause, text))
}

fn refused(alert: AlertDescription, wish: Option<ClientCertificateUse>, host: &Host) -> TlsTrouble {
    use AlertDescription as A;
    if let Some(trouble) = about_client(alert, wish) {
        return trouble;
    }
    match (alert, host) {
        (A::UnrecognisedName, Host::Ip(_)) => TlsTrouble::of(
            Code::TlsSni,
            TlsCause::NameNeeded,
            "the server needs the host name in the handshake, and an IP address gives none",
        ),
        (A::UnrecognisedName, Host::Name(name)) => TlsTrouble::of(
            Code::TlsSni,
            TlsCause::NameUnknown,
            format!("the server has no certificate for the host name {name}, which it was given"),
        ),
        (A::ProtocolVersion, _) => {
            let text = "the server speaks neither TLS 1.2 nor 1.3: it refused them (protocol version)";
            TlsTrouble::of(Code::TlsVersion, TlsCause::OldVersion, text).open()
        }
        (A::InsufficientSecurity, _) => {
            let text =
                "the server takes none of the cipher suites that are offered here (insufficient security)";
            TlsTrouble::of(Code::TlsVersion, TlsCause::OurCiphers, text).open()
        }
        _ => TlsTrouble::of(Code::Closed, TlsCause::Refused, ended("handshake", alert)).open(),
    }
}

fn ended(what: &str, alert: AlertDescription) -> String {
    format!("the server ended the {what}: {}", apart(&format!("{alert:?}")))
}

/// What the other side says cannot be used here.
fn incompatible(error: &TlsError) -> TlsTrouble {
    use InvalidMessage as Invalid;
    match error {
        // The other side began to speak something else.
        TlsError::InvalidMessage(
            Invalid::InvalidContentType
            | Invalid::UnknownProtocolVersion
            | Invalid::InvalidEmptyPayload
            | Invalid::MessageTooLarge
            | Invalid::MessageTooShort,
        )
        | TlsError::InappropriateMessage { .. }
        | TlsError::PeerSentOversizedRecord => TlsTrouble::new(Code::TlsPlain, "what came back is not TLS"),
        TlsError::PeerMisbehaved(why) if !is_a_choice(&format!("{why:?}")) => broken(&format!("{why:?}")),
        TlsError::InvalidMessage(why) if !is_a_choice(&format!("{why:?}")) => broken(&format!("{why:?}")),
        TlsError::PeerIncompatible(_) | TlsError::PeerMisbehaved(_) | TlsError::InvalidMessage(_) => {
            let text = "the server answers with a version or a cipher suite that is not spoken here";
            TlsTrouble::of(Code::TlsVersion, TlsCause::OurCiphers, text).open()
        }
        TlsError::NoCertificatesPresented => {
            TlsTrouble::new(Code::TlsUntrusted, "the server shows no certificate")
        }
        other => TlsTrouble::new(Code::Closed, clean(&other.to_string(), 120)),
    }
}

/// Whether what the library complains about is something that the server chose, rather than a mistake.
fn is_a_choice(why: &str) -> bool {
    ["Selected", "Unsupported", "KxGroup", "NamedGroup", "DhParams"].iter().any(|part| why.contains(part))
}

fn broken(why: &str) -> TlsTrouble {
    let name = why.split('(').next().unwrap_or_default();
    let text = format!("the server breaks the rules of TLS: {}", apart(name));
    TlsTrouble::of(Code::Closed, TlsCause::Refused, text)
}

fn certificate(
    wrong: &CertificateError,
    seen: &Observation,
    chain: Option<&Chain>,
    host: &Host,
) -> TlsTrouble {
    let unreadable = "the certificate cannot be read";
    let Some(chain) = chain else {
        return TlsTrouble::of(Code::TlsUntrusted, TlsCause::OtherFault, unreadable);
    };
    let (code, cause, text) = chain.fault(wrong, host);
    // Past the certificates it is the server's signature over the handshake that is wrong.
    if seen.is_believed() && !chain.is_weak() {
        let text = "the server cannot prove that the certificate is its own: its key does not belong to it";
        return TlsTrouble::of(Code::TlsUntrusted, TlsCause::OtherFault, text);
    }
    TlsTrouble::of(code, cause, text)
}

/// What a second look adds. `spoken` are the cipher suites that are spoken here.
pub(super) fn with_second_look(
    trouble: TlsTrouble,
    choice: ServerChoice,
    spoken: &[u16],
    host: &Host,
) -> TlsTrouble {
    // Who only hung up may have had a bad moment.
    let was_refused = trouble.code != Code::Closed || trouble.found.cause == Some(TlsCause::Refused);
    match choice {
        ServerChoice::Chosen { version, suite } => {
            let (name, cipher) = (suites::version(version), suites::name(suite));
            let (cause, text) = if version < 0x0303 {
                (
                    TlsCause::OldVersion,
                    format!("the server speaks {name} at most: TLS 1.2 or newer is needed"),
                )
            } else if !spoken.contains(&suite) {
                let text = format!(
                    "no cipher suite in common: of all, the server chooses {cipher} with {name}, which is not spoken \
                     here"
                );
                (cipher_cause(&cipher), text)
            } else if was_refused {
                (
                    TlsCause::OurCurves,
                    format!(
                        "{name} and {cipher} would do for both sides, and yet the server refuses: it has no curve \
                         or kind of signature in common with what is offered here"
                    ),
                )
            } else {
                return trouble;
            };
            let found = TlsFinding { tls_version: Some(name), cipher: Some(cipher), ..TlsFinding::of(cause) };
            TlsTrouble { found: Box::new(found), ..TlsTrouble::new(Code::TlsVersion, text) }
        }
        ServerChoice::Refused => match (trouble.found.cause, host) {
            (Some(TlsCause::Refused), Host::Ip(_)) => TlsTrouble::of(
                Code::TlsSni,
                TlsCause::NameNeededLikely,
                format!(
                    "{}, also when it is offered TLS 1.0 to 1.3 and a hundred cipher suites: most likely it needs the \
                     host name, which an IP address does not give",
                    trouble.text
                ),
            ),
            (Some(TlsCause::Refused), Host::Name(_)) => TlsTrouble {
                text: format!(
                    "{}, also when it is offered TLS 1.0 to 1.3 and a hundred cipher suites: it can use none of \
                     them, or refuses for another reason",
                    trouble.text
                ),
                ..trouble
            },
            (Some(TlsCause::OldVersion), _) => {
                TlsTrouble { text: format!("{}, and TLS 1.0 and 1.1 as well", trouble.text), ..trouble }
            }
            _ => trouble,
        },
        ServerChoice::Nothing => trouble,
    }
}

/// Whose limit it is that a cipher suite is not spoken here.
fn cipher_cause(name: &str) -> TlsCause {
    let weak = ["RC4", "_DES", "3DES", "NULL", "EXPORT", "IDEA", "_DSS_"];
    match name {
        name if name.contains("_anon_") => TlsCause::NoCertificate,
        name if weak.iter().any(|part| name.contains(part)) => TlsCause::WeakCiphers,
        _ => TlsCause::OurCiphers,
    }
}

/// `HandshakeFailure` as words.
fn apart(name: &str) -> String {
    let mut out = String::new();
    let mut was_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && was_lower {
            out.push(' ');
        }
        was_lower = c.is_ascii_lowercase();
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
        assert_eq!(apart("UnknownCA"), "unknown ca");
    }

    #[test]
    fn a_second_look_tells_whose_limit_it_is() {
        let host: Host = Host::parse("sip.test").unwrap();
        let refused = || TlsTrouble::of(Code::Closed, TlsCause::Refused, "refused").open();
        let look = |choice: ServerChoice| with_second_look(refused(), choice, &[0xc02f, 0x1301], &host);
        let of = |version: u16, suite: u16| look(ServerChoice::Chosen { version, suite });
        for (version, suite, cause, words) in [
            (0x0302, 0x2f, TlsCause::OldVersion, "TLS 1.1 at most"),
            (0x0300, 5, TlsCause::OldVersion, "SSL 3.0 at most"),
            (0x0303, 0x2f, TlsCause::OurCiphers, "TLS_RSA_WITH_AES_128_CBC_SHA with TLS 1.2"),
            (0x0303, 0x0005, TlsCause::WeakCiphers, "TLS_RSA_WITH_RC4_128_SHA"),
            (0x0303, 0xc018, TlsCause::NoCertificate, "TLS_ECDH_anon"),
            (0x0303, 0xc02f, TlsCause::OurCurves, "no curve"),
        ] {
            let trouble = of(version, suite);
            assert_eq!((trouble.code, trouble.found.cause), (Code::TlsVersion, Some(cause)));
            assert!(trouble.text.contains(words), "{}", trouble.text);
        }
        assert!(look(ServerChoice::Refused).text.contains("none of them"));
        assert_eq!(look(ServerChoice::Nothing), refused());
        let hung_up = TlsTrouble::new(Code::Closed, "it hung up").open();
        let common = ServerChoice::Chosen { version: 0x0303, suite: 0xc02f };
        assert_eq!(with_second_look(hung_up.clone(), common, &[0xc02f], &host), hung_up);
    }
}
