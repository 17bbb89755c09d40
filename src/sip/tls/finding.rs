//! What is found out about a handshake: why there is none, and what was seen of it either way.

use jiff::Timestamp;
use serde::Serialize;

/// Why a handshake fails, or why it is not as it should be: what a code alone does not tell apart, and
/// what the advice depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsCause {
    /// The server speaks TLS 1.1 at most, or no version at all that it is offered.
    OldVersion,
    /// The server chooses a cipher suite that is not spoken here.
    OurCiphers,
    /// The server chooses a cipher suite that nobody should speak any more.
    WeakCiphers,
    /// The server chooses a cipher suite without a certificate: it has none that it could show.
    NoCertificate,
    /// The cipher suites fit; the curves for keys, or what the certificate signs with, do not.
    OurCurves,
    /// It wants a certificate of the client, and says so.
    ClientCertificateWanted,
    /// It asked for a certificate of the client, got none, and hung up without saying why.
    ClientCertificateLikely,
    /// It was given a certificate of the client, and refuses it.
    ClientCertificateRefused,
    /// It wants a host name, and an address has none to give.
    NameNeeded,
    /// It refuses everything that comes without a host name: most likely it wants one.
    NameNeededLikely,
    /// It does not know the host name that it was given.
    NameUnknown,
    /// An intermediate certificate is not among those sent.
    IntermediateMissing,
    /// Nobody who issued the certificate is known: an intermediate is missing, or the authority is
    /// private. Nothing tells which.
    IssuerUnknown,
    /// An intermediate certificate has expired, or is not valid yet.
    IntermediateDates,
    /// The certificates are not in the order in which they issued each other.
    WrongOrder,
    /// An authority on the way may not do what it did.
    IssuerNotAllowed,
    /// The certificate signs itself.
    SelfSigned,
    /// The chain ends at an authority that is not trusted here.
    AuthorityUnknown,
    /// The key or the version of the server's own certificate is too old for anybody.
    Weak,
    /// The signature of the server's own certificate is too old for anybody.
    WeakSignature,
    /// Key, signature or version of one that issued it are too old for anybody.
    WeakIssuer,
    /// Key or signature of a certificate are of a kind that is not known here.
    OurAlgorithms,
    /// It is for other names.
    OtherName,
    /// An IP address was asked for, and it is for names.
    AddressGiven,
    /// An IP address was asked for, and it stands in it as something else.
    AddressOfOtherKind,
    /// The name stands in the common name alone.
    NameInCommonName,
    /// The name stands in it as something else than a name of a host.
    NameOfOtherKind,
    /// It has expired.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// Everything that is known begins later than the clock of this machine says that it is.
    ClockBehind,
    /// It is not for a server.
    OtherPurpose,
    /// It is wrong in another way.
    OtherFault,
    /// It hung up on a hello without a host name: it may want one, or have any other reason.
    HungUpUnnamed,
    /// The server ended the handshake with an alert, for a reason that cannot be told: it does speak TLS.
    Refused,
}

/// What a certificate of the client was to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientCertificateUse {
    /// The server asked for one, and got none.
    Asked,
    /// The server asked for one, and got it.
    Sent,
    /// The server asked for one, and takes no signature that the key of the client can make.
    Unfit,
}

/// A certificate as a server shows it. What is in it is the server's word, cleaned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownCertificate {
    /// Whose it is: a distinguished name (RFC 4514).
    pub subject: String,
    /// Who issued it, likewise.
    pub issuer: String,
    /// Since when it is valid.
    pub valid_from: Timestamp,
    /// Until when it is valid.
    pub expires_at: Timestamp,
}

/// What was seen of a handshake.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TlsFinding {
    /// Of a certificate that was verified: days until it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in_days: Option<i64>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<TlsCause>,
    /// The version that was agreed on, or that the server would choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_version: Option<&'static str>,
    /// The cipher suite likewise, as IANA names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cipher: Option<String>,
    /// Whether the server asked for a certificate of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<ClientCertificateUse>,
    /// The certificates in the order in which they were sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<ShownCertificate>,
}

/// What to do, where the row of the code knows too little. Of the others the row knows enough.
const ADVICE: &[(TlsCause, &str)] = &[
    (
        TlsCause::OurCiphers,
        "ask the owner of {host} for AES-GCM or ChaCha20-Poly1305, in TLS 1.3 or with ECDHE in TLS 1.2; \
         the limit is one of this check: who speaks the cipher of the server may get through",
    ),
    (
        TlsCause::WeakCiphers,
        "ask the owner of {host} for AES-GCM or ChaCha20-Poly1305, in TLS 1.3 or with ECDHE in TLS 1.2: \
         what its server chooses is refused by most clients today",
    ),
    (
        TlsCause::NoCertificate,
        "ask the owner of {host} whether its server has a certificate and a key: it chooses a cipher \
         suite that does without",
    ),
    (
        TlsCause::OurCurves,
        "ask the owner of {host} for the curve P-256 or X25519, and a certificate with an RSA or P-256 \
         key; the limit may be one of this check: other clients may get through",
    ),
    (
        TlsCause::ClientCertificateLikely,
        "show the server a certificate with {certificate}; if that changes nothing, ask the owner of {host}: \
         an access list or overload",
    ),
    (
        TlsCause::ClientCertificateRefused,
        "ask the owner of {host} which certificates of clients it takes: from which authority, and with \
         which kind of key",
    ),
    (
        TlsCause::NameNeededLikely,
        "put the host name into the address instead of the IP address; if it refuses that as well, ask \
         its owner whether it has a certificate, and whom it lets in",
    ),
    (
        TlsCause::NameUnknown,
        "look for a typing mistake in {host}, then ask its owner for the name that the server goes by",
    ),
    (
        TlsCause::IssuerUnknown,
        "ask the owner of {host} to send the full chain with its intermediate certificates; if the \
         authority is a private one, trust it with {authority}",
    ),
    (
        TlsCause::IntermediateDates,
        "ask the owner of {host} to replace the intermediate certificate that it sends; its own can stay",
    ),
    (
        TlsCause::WrongOrder,
        "ask the owner of {host} to send its own certificate first, then the one that issued it, and so on",
    ),
    (
        TlsCause::IssuerNotAllowed,
        "ask the owner of {host} for a certificate of an authority that may issue it; trusting it here \
         would help this machine alone",
    ),
    (
        TlsCause::AuthorityUnknown,
        "if the authority is a private one of yours or of {host}, trust it with {authority}; else ask \
         the owner for a certificate of a public one",
    ),
    (
        TlsCause::OurAlgorithms,
        "ask the owner of {host} for a certificate with an RSA key of 2048 to 8192 bits or a P-256 key, \
         signed with SHA-256; the limit may be one of this check: other clients may take it",
    ),
    (TlsCause::WeakSignature, "ask the owner of {host} for a new certificate that is signed with SHA-256"),
    (
        TlsCause::WeakIssuer,
        "ask the owner of {host} for a certificate of another authority, or for a newer one of the same: \
         the one that issued its own is at fault",
    ),
    (
        TlsCause::AddressOfOtherKind,
        "ask the owner of {host} for a certificate that has the address as an IP address in \
         subjectAltName, or for the host name to use instead",
    ),
    (
        TlsCause::AddressGiven,
        "put a name of the certificate into the address instead of the IP address: without a name a \
         server shows whichever certificate it likes",
    ),
    (
        TlsCause::NameInCommonName,
        "ask the owner of {host} for a certificate that has the name as a DNS name in subjectAltName \
         (RFC 5922)",
    ),
    (
        TlsCause::NameOfOtherKind,
        "ask the owner of {host} for a certificate that has the name as a DNS name in subjectAltName \
         (RFC 5922)",
    ),
    (
        TlsCause::NotYetValid,
        "compare the clock of this machine with the date; if it is right, ask the owner of {host} for a \
         certificate that is valid now",
    ),
    (TlsCause::ClockBehind, "set the clock of this machine, then run it again"),
    (
        TlsCause::OtherPurpose,
        "ask the owner of {host} for a certificate whose purposes include that of a TLS server",
    ),
    (TlsCause::OtherFault, "ask the owner of {host} for a new certificate"),
    (
        TlsCause::HungUpUnnamed,
        "put the host name into the address instead of the IP address, since some servers want one; if \
         it hangs up then as well, ask its owner: an access list, overload, or a port that speaks no TLS",
    ),
    (
        TlsCause::Refused,
        "ask the owner of {host} what the log of the server says: no certificate or no parameters for any \
         cipher suite, a host name that it does not know, overload, or whom it lets in",
    ),
];

impl TlsFinding {
    /// Something that is wrong.
    pub(in crate::sip) fn of(cause: TlsCause) -> Self {
        Self { cause: Some(cause), ..Self::default() }
    }

    /// What to do about what is wrong, where the row of the code knows too little.
    pub(in crate::sip) fn advice(&self) -> Option<&'static str> {
        let advice = ADVICE.iter().find(|(cause, _)| Some(*cause) == self.cause);
        advice.map(|(_, advice)| *advice)
    }

    /// The certificates as they were sent, a line each.
    pub(in crate::sip) fn lines(&self) -> Vec<String> {
        let line = |(at, one): (usize, &ShownCertificate)| {
            let (subject, issuer) = (&one.subject, &one.issuer);
            let end = one.expires_at.strftime("%Y-%m-%d");
            format!("certificate {}: {subject}, issued by {issuer}, until {end}", at + 1)
        };
        self.chain.iter().enumerate().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_one_advice_at_most_and_it_has_places_that_are_known() {
        for (at, (cause, advice)) in ADVICE.iter().enumerate() {
            assert!(ADVICE[..at].iter().all(|(other, _)| other != cause), "{cause:?}");
            for place in advice.split(['{', '}']).skip(1).step_by(2) {
                assert!(["host", "authority", "certificate"].contains(&place), "{cause:?}: {place}");
            }
            assert!(!advice.contains("  "), "{advice}");
        }
    }

    #[test]
    fn a_server_that_has_tls_1_3_is_not_told_to_get_it() {
        for cause in [TlsCause::OurCiphers, TlsCause::WeakCiphers] {
            assert!(
                TlsFinding::of(cause).advice().unwrap().contains("AES-GCM or ChaCha20-Poly1305, in TLS 1.3")
            );
        }
    }
}
