//! What a certificate says of itself: its end, and the names it is for (RFC 5922).

use std::time::Duration;

use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::sip::{Host, SipUri};
use crate::text::clean;

/// What is worth telling of a certificate that was verified.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::sip) struct Certificate {
    /// The end of its validity, since 1970.
    pub(in crate::sip) end: Option<Duration>,
    /// It is for the domain by this wildcard alone, which SIP does not allow (RFC 5922 section 7.2).
    pub(in crate::sip) wildcard: Option<String>,
}

impl Certificate {
    /// Reads one that was verified for `domain`.
    pub(in crate::sip) fn read(der: &CertificateDer<'_>, domain: &Host) -> Self {
        let Ok(certificate) = x509_cert::Certificate::from_der(der) else { return Self::default() };
        let end = Some(certificate.tbs_certificate().validity().not_after.to_unix_duration());
        let names = names(&certificate);
        let Host::Name(domain) = domain else { return Self { end, wildcard: None } };
        let is_named = names.iter().any(|name| match name {
            GeneralName::DnsName(name) => name.as_str().trim_end_matches('.').eq_ignore_ascii_case(domain),
            GeneralName::UniformResourceIdentifier(uri) => is_for(uri.as_str(), domain),
            _ => false,
        });
        let wildcard = names.iter().find_map(|name| match name {
            GeneralName::DnsName(name) if covers(name.as_str(), domain) => Some(clean(name.as_str(), 80)),
            _ => None,
        });
        Self { end, wildcard: wildcard.filter(|_| !is_named) }
    }
}

/// Whether it is for a SIP domain by a URI, which is the form that RFC 5922 section 7.1 prefers and that
/// nobody but SIP knows.
pub(in crate::sip) fn is_for_sip_domain(der: &CertificateDer<'_>, domain: &str) -> bool {
    let Ok(certificate) = x509_cert::Certificate::from_der(der) else { return false };
    names(&certificate).iter().any(|name| match name {
        GeneralName::UniformResourceIdentifier(uri) => is_for(uri.as_str(), domain),
        _ => false,
    })
}

/// The names of the holder beside the subject.
pub(super) fn names(certificate: &x509_cert::Certificate) -> Vec<GeneralName> {
    let found = certificate.tbs_certificate().get_extension::<SubjectAltName>();
    found.ok().flatten().map_or_else(Vec::new, |(_, names)| names.0)
}

/// A `sip:` URI with nobody in it: `sips:`, and one with a user, count for nothing.
fn is_for(uri: &str, domain: &str) -> bool {
    let parsed = SipUri::parse(uri).ok().filter(|uri| !uri.secure && uri.user().is_none());
    parsed.is_some_and(|uri| matches!(&uri.host, Host::Name(name) if name.eq_ignore_ascii_case(domain)))
}

/// Whether a wildcard stands for a domain.
pub(super) fn covers(name: &str, domain: &str) -> bool {
    let rest = name.strip_prefix("*.").zip(domain.split_once('.'));
    rest.is_some_and(|(suffix, (_, rest))| suffix.eq_ignore_ascii_case(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sip_uri_of_a_domain_is_for_it() {
        for (uri, fits) in [
            ("sip:h.example", true),
            ("SIP:H.Example", true),
            ("sips:h.example", false),
            ("sip:a@h.example", false),
            ("sip:other.example", false),
            ("https://h.example", false),
        ] {
            assert_eq!(is_for(uri, "h.example"), fits, "{uri}");
        }
        assert!(covers("*.example", "h.example") && !covers("*.example", "a.h.example"));
    }
}
