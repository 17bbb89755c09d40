//! Whom a certificate is for, where it is not for the host that was asked for (RFC 5922 section 7, RFC
//! 9525).

use std::net::IpAddr;

use x509_cert::Certificate;
use x509_cert::ext::pkix::ExtendedKeyUsage;
use x509_cert::ext::pkix::name::{DirectoryString, GeneralName};
use x509_cert::name::Name;

use super::certificate;
use super::finding::TlsCause;
use crate::sip::Host;
use crate::text::clean;

/// Names that are told; some certificates are for hundreds.
const MOST: usize = 5;

/// The purpose of a server of TLS, and others by their names (RFC 5280 section 4.2.1.12, RFC 5924).
const SERVER: &str = "1.3.6.1.5.5.7.3.1";
const PURPOSES: &[(&str, &str)] = &[
    ("1.3.6.1.5.5.7.3.2", "clients"),
    ("1.3.6.1.5.5.7.3.3", "signing programs"),
    ("1.3.6.1.5.5.7.3.4", "mail"),
    ("1.3.6.1.5.5.7.3.8", "time stamps"),
    ("1.3.6.1.5.5.7.3.9", "OCSP"),
    ("1.3.6.1.5.5.7.3.20", "SIP domains alone, which is not taken here"),
];

/// Why it is not for `host`.
pub(super) fn fault(own: &Certificate, host: &Host) -> (TlsCause, String) {
    let names = certificate::names(own);
    let common = common(own.tbs_certificate().subject());
    let is_common = common.as_deref().is_some_and(|common| is_same(common, host));
    let listed = listed(&names);
    let is_address = host.ip().is_some();
    if names.is_empty() && is_common {
        let text = format!(
            "the certificate has {host} as its common name alone, and no subjectAltName, which is where it is \
             looked for"
        );
        let cause = if is_address { TlsCause::AddressOfOtherKind } else { TlsCause::NameInCommonName };
        return (cause, text);
    }
    let wrong_kind = names.iter().find(|name| is_of_other_kind(name, host));
    if let Some(name) = wrong_kind.and_then(with_kind) {
        let text = match host {
            Host::Name(host) => format!(
                "the certificate has {name} in it, which does not count: it has to be the DNS name {host} or the \
                 URI sip:{host}"
            ),
            Host::Ip(ip) => format!(
                "the certificate has {name} in it, which does not count: it has to be the IP address {ip}"
            ),
        };
        return (if is_address { TlsCause::AddressOfOtherKind } else { TlsCause::NameOfOtherKind }, text);
    }
    let text = format!("the certificate is for {listed}, not for {host}");
    let is_dns = |name: &GeneralName| matches!(name, GeneralName::DnsName(_));
    match host {
        Host::Ip(_) if names.iter().any(is_dns) => (TlsCause::AddressGiven, text),
        _ if is_common => {
            let text = format!("{text}; its common name does not count beside other names");
            (TlsCause::NameInCommonName, text)
        }
        _ => (TlsCause::OtherName, text),
    }
}

/// What it says that it is for, where that is something else than to be a server.
pub(super) fn other_purposes(own: &Certificate) -> Option<String> {
    let (_, usage) = own.tbs_certificate().get_extension::<ExtendedKeyUsage>().ok().flatten()?;
    let usage: Vec<String> = usage.0.iter().map(ToString::to_string).collect();
    if usage.iter().any(|oid| oid == SERVER) {
        return None;
    }
    let name = |oid: &String| {
        let known = PURPOSES.iter().find(|(known, _)| known == oid);
        known.map_or("something else", |(_, name)| *name)
    };
    Some(usage.iter().take(MOST).map(name).collect::<Vec<_>>().join(", "))
}

/// The common name.
pub(super) fn common(name: &Name) -> Option<String> {
    name.common_name().ok().flatten().map(|name: DirectoryString| name.value().into_owned())
}

fn is_same(text: &str, host: &Host) -> bool {
    match host {
        Host::Name(name) => {
            text.trim_end_matches('.').eq_ignore_ascii_case(name) || certificate::covers(text, name)
        }
        Host::Ip(ip) => text.parse() == Ok(*ip),
    }
}

/// Whether it names the host in a way that is not looked at.
fn is_of_other_kind(name: &GeneralName, host: &Host) -> bool {
    match name {
        GeneralName::DnsName(name) => {
            let bare = name.as_str().split_once(':').map_or(name.as_str(), |(_, rest)| rest);
            let is_marked = bare.len() < name.as_str().len();
            (is_marked || host.ip().is_some()) && is_same(bare, host)
        }
        GeneralName::UniformResourceIdentifier(uri) => {
            let rest = uri.as_str().split_once(':').map_or("", |(_, rest)| rest);
            let place = rest.trim_start_matches('/').rsplit('@').next().unwrap_or_default();
            let end = place.find([':', '/', ';', '?']).unwrap_or(place.len());
            is_same(&place[..end], host)
        }
        GeneralName::Rfc822Name(mail) => {
            mail.as_str().rsplit('@').next().is_some_and(|place| is_same(place, host))
        }
        GeneralName::DirectoryName(name) => common(name).is_some_and(|common| is_same(&common, host)),
        _ => false,
    }
}

fn listed(names: &[GeneralName]) -> String {
    let words: Vec<String> = names.iter().filter_map(word).take(MOST).collect();
    if words.is_empty() { "no name".to_owned() } else { words.join(", ") }
}

fn word(name: &GeneralName) -> Option<String> {
    let text = match name {
        GeneralName::DnsName(name) => name.as_str().to_owned(),
        GeneralName::UniformResourceIdentifier(uri) => uri.as_str().to_owned(),
        GeneralName::Rfc822Name(mail) => format!("the mail address {}", mail.as_str()),
        GeneralName::DirectoryName(name) => format!("the directory name {name}"),
        GeneralName::IpAddress(bytes) => address(bytes.as_bytes())?.to_string(),
        _ => return None,
    };
    Some(clean(&text, 80))
}

/// A name with what kind of name it is.
fn with_kind(name: &GeneralName) -> Option<String> {
    let kind = match name {
        GeneralName::DnsName(_) => "the DNS name ",
        GeneralName::UniformResourceIdentifier(_) => "the URI ",
        _ => "",
    };
    word(name).map(|word| format!("{kind}{word}"))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
    four.or_else(|| <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from))
}
