//! Whom packets may be sent to: nobody's exporter is to be a proxy for them.

use std::collections::HashSet;

use crate::phone::Number;
use crate::sip::{Host, SipUri};

/// Ports that an allowed host has without being asked: those of SIP (RFC 3261 section 19.1.2).
const USUAL_PORTS: [u16; 2] = [5060, 5061];
/// A longer pattern is no host.
const LONGEST: usize = 253;

/// Which ports of a host are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ports {
    /// None named, or one of SIP.
    Usual,
    One(u16),
    All,
}

/// SIP servers that somebody allows: `*` stands for any part of a host name, dots included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHost {
    /// As hosts are written once they are read: lower case, no dot at the end, `xn--`.
    pattern: String,
    ports: Ports,
}

impl AllowedHost {
    /// Reads `HOST`, `HOST:PORT` or `HOST:*`, where `HOST` may have stars; an IPv6 address stands in brackets.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (host, port) = match text.rsplit_once(':') {
            // A colon inside of brackets is one of the address.
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (text, None),
        };
        let ports = match port {
            None => Ports::Usual,
            Some("*") => Ports::All,
            Some(port) => match port.parse() {
                Ok(port) if port > 0 => Ports::One(port),
                _ => return Err(format!("'{port}' is no port, and no *")),
            },
        };
        let host = host.strip_suffix('.').unwrap_or(host);
        let is_of_host = |c: char| c.is_alphanumeric() || "-_.*:[]".contains(c);
        if host.is_empty() || host.len() > LONGEST || !host.chars().all(is_of_host) {
            return Err("a host is needed, as in sip.example.net or *.example.net".to_owned());
        }
        if host.contains(':') && !host.starts_with('[') {
            return Err("an IPv6 address stands in brackets".to_owned());
        }
        if host.contains('*') {
            let labels: Result<Vec<String>, String> = host.split('.').map(label).collect();
            return Ok(Self { pattern: labels?.join("."), ports });
        }
        let host = Host::parse(host).map_err(|error| error.to_string())?;
        Ok(Self { pattern: host.to_string(), ports })
    }

    /// Whether every host there is fits.
    pub(super) fn is_everything(&self) -> bool {
        self.pattern.chars().all(|c| c == '*' || c == '.')
    }

    fn allows(&self, uri: &SipUri) -> bool {
        let is_port = match (self.ports, uri.port) {
            (Ports::All, _) | (Ports::Usual, None) => true,
            (Ports::Usual, Some(port)) => USUAL_PORTS.contains(&port),
            (Ports::One(wanted), port) => port == Some(wanted),
        };
        is_port && fits(self.pattern.as_bytes(), uri.host.to_string().as_bytes())
    }
}

/// A part of a pattern. Letters of other languages are written as DNS has them, which needs the whole part.
fn label(text: &str) -> Result<String, String> {
    if text.is_ascii() {
        return Ok(text.to_ascii_lowercase());
    }
    let whole = Host::parse(text).map_err(|_| format!("'{text}': write it as DNS has it, xn--"))?;
    Ok(whole.to_string())
}

/// Whether a text fits a pattern with stars. Goes back to the last star alone, so that no pattern takes long.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            (p, t) = (at + 1, taken + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// The addresses of owned numbers, and the servers that they are at.
#[derive(Debug, Default)]
pub(super) struct OwnedAddresses(HashSet<SipUri>);

impl OwnedAddresses {
    /// Of a list. Numbers out of use have none: nothing says that they are still ours.
    pub(super) fn of(numbers: &[Number]) -> Self {
        let uris = numbers.iter().filter(|number| !number.is_inactive());
        let uris = uris.filter_map(|number| SipUri::parse(number.sip_uri.as_deref()?).ok());
        Self(uris.flat_map(|uri| [uri.without_user(), uri]).collect())
    }
}

/// Whether packets may go to an address: it is one of an owned number, or its server, or it is allowed.
pub(super) fn may_ask(uri: &SipUri, owned: &OwnedAddresses, allowed: &[AllowedHost]) -> bool {
    owned.0.contains(uri) || allowed.iter().any(|host| host.allows(uri))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{NumberId, NumberText, Status};

    fn allowed(glob: &str, uri: &str) -> bool {
        let glob = AllowedHost::parse(glob).unwrap_or_else(|why| panic!("{glob}: {why}"));
        may_ask(&SipUri::parse(uri).unwrap(), &OwnedAddresses::default(), &[glob])
    }

    #[test]
    fn a_pattern_allows_what_it_says_however_the_host_is_written() {
        for (glob, uri) in [
            ("sip.example.net", "sip:a@sip.example.net"),
            ("SIP.Example.NET.", "sip:a@sip.EXAMPLE.net."),
            ("*.example.net", "sips:a@a.b.example.net:5061"),
            ("sip.example.net:5070", "sip:sip.example.net:5070"),
            ("sip.example.net:*", "sip:sip.example.net:9;transport=tcp"),
            ("münchen.example", "sip:a@xn--mnchen-3ya.example"),
            ("*.münchen.example", "sip:a@sip.MÜNCHEN.example"),
            ("192.0.2.*", "sip:192.0.2.77:5060"),
            ("[2001:db8::1]", "sip:[2001:DB8:0::1]"),
            ("[2001:db8::1]:5070", "sip:[2001:db8::1]:5070"),
        ] {
            assert!(allowed(glob, uri), "{glob} {uri}");
        }
        for (glob, uri) in [
            ("sip.example.net", "sip:a@sip.example.net.evil.example"),
            ("sip.example.net", "sip:a@xsip.example.net"),
            ("sip.example.net", "sip:sip.example.net@evil.example"),
            ("sip.example.net", "sip:a@sip.example.net:22"),
            ("sip.example.net:5070", "sip:a@sip.example.net"),
            ("*.example.net", "sip:a@example.net"),
            ("*.example.net", "sip:a@evilexample.net"),
            ("192.0.2.*", "sip:[::ffff:192.0.2.1]"),
            ("*.net", "sip:192.0.2.1"),
        ] {
            assert!(!allowed(glob, uri), "{glob} {uri}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in
            ["", ":5060", "a b", "a:b", "a:0", "a:99999", "2001:db8::1", "a/b", "sip:a@b", "mün*.example"]
        {
            assert!(AllowedHost::parse(text).is_err(), "{text}");
        }
        for (text, everything) in [("*", true), ("**", true), ("*.*:*", true), ("*.net", false)] {
            assert_eq!(AllowedHost::parse(text).unwrap().is_everything(), everything, "{text}");
        }
    }

    #[test]
    fn the_addresses_of_owned_numbers_are_allowed_and_nobody_elses_at_their_server() {
        let number = |n: u32, uri: &str| {
            let mut number = Number::new(NumberId::new(&n.to_string()), NumberText::parse("+2348031234567"));
            number.sip_uri = Some(uri.into());
            number
        };
        let mut gone = number(2, "sip:gone@old.example.net");
        gone.status = Some(Status::Inactive);
        let owned = OwnedAddresses::of(&[number(1, "sip:+234@sip.example.net:5070"), gone]);
        let may = |uri: &str| may_ask(&SipUri::parse(uri).unwrap(), &owned, &[]);
        assert!(may("sip:+234@SIP.example.net:5070") && may("sip:sip.example.net:5070"));
        for uri in [
            "sip:admin@sip.example.net:5070",
            "sip:+234@sip.example.net",
            "sip:+234@sip.example.net:5071",
            "sip:+234@sip.example.net:5070;transport=tcp",
            "sip:gone@old.example.net",
        ] {
            assert!(!may(uri), "{uri}");
        }
    }
}
