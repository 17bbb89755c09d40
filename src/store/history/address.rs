//! Addresses as they are kept: without a password, and still wrong where they were.

use std::borrow::Cow;

use crate::phone::{Endpoint, EndpointId};
use crate::sip::SipUri;

/// A SIP address as it is checked, which is without its password. Of one that is none only the host is
/// kept, and not even that where nobody knows what it is: it stays one that cannot be used.
pub(super) fn without_password(url: &str) -> Cow<'_, str> {
    if is_plain(url) {
        return Cow::Borrowed(url);
    }
    if let Ok(uri) = SipUri::parse(url) {
        return Cow::Owned(uri.to_string());
    }
    let Some((scheme, rest)) = url.split_once(':') else { return Cow::Borrowed(url) };
    let host = rest.rsplit('@').next().unwrap_or_default().split([';', '?', '&']).next().unwrap_or_default();
    // Behind a second colon may stand a password, which may look like a port.
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    let host =
        if scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips") { host } else { "" };
    let bare = format!("{scheme}:{host}");
    Cow::Owned(if SipUri::parse(&bare).is_ok() { format!("{scheme}:") } else { bare })
}

/// Whether an address is of the usual form, `sip:name@host` with a port, which has no place for a password.
fn is_plain(url: &str) -> bool {
    let Some((name, host)) = url.strip_prefix("sip:").and_then(|rest| rest.split_once('@')) else {
        return false;
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'_' | b'.');
    let (host, port) = host.split_once(':').unwrap_or((host, "1"));
    let is_host =
        host.contains('.') && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    name.bytes().all(is_name) && is_host && port.parse::<u16>().is_ok()
}

/// An endpoint as it is kept. Only a SIP address is of use; another URL may hold what nobody is to keep.
pub(super) fn kept(endpoint: &Endpoint) -> Endpoint {
    let is_sip = |url: &&str| url.trim_start().to_ascii_lowercase().starts_with("sip");
    Endpoint {
        id: EndpointId::clone(&endpoint.id),
        name: endpoint.name.clone(),
        kind: None,
        status: endpoint.status.clone(),
        url: endpoint.url.as_deref().filter(is_sip).map(|url| without_password(url).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_kept_and_what_is_wrong_with_an_address_is() {
        for url in [
            "sip:a:hunter2@pbx.example;transport=tcp",
            "sip:a:hunter2@pbx..example",
            "sip:a:hunter2",
            "sip:a:hunter2:5060",
            "a:hunter2",
            "SIPS:a:hunter2@pbx.example:99999",
        ] {
            let kept = without_password(url);
            assert!(!kept.contains("hunter2"), "{kept}");
            assert_eq!(SipUri::parse(&kept).is_ok(), SipUri::parse(url).is_ok(), "{url}");
        }
        for url in ["sip:+2348031234567@sip.example.net", "sip:a@127.0.0.1:5060"] {
            assert_eq!(without_password(url), url);
        }
    }

    #[test]
    fn of_an_endpoint_only_a_sip_address_is_kept() {
        let endpoint = |url: &str| Endpoint {
            id: EndpointId::new("e"),
            name: Some("desk".into()),
            kind: None,
            status: None,
            url: Some(url.into()),
        };
        assert_eq!(kept(&endpoint("sip:pbx.example")), endpoint("sip:pbx.example"));
        assert_eq!(kept(&endpoint("https://agent.example/?token=hunter2")).url, None);
    }
}
