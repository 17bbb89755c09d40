//! Where the API is.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use super::{Error, ErrorKind};

/// The address that all paths of the contract hang off, `https://api.krosai.com/v1` for one. Which
/// path the live service uses is disputed, so nothing about the path is assumed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    /// Without a slash at the end.
    text: String,
    loopback: bool,
    cleartext: bool,
}

impl BaseUrl {
    /// Reads an `http` or `https` URL, with or without a path or a slash at its end. Cleartext
    /// `http` is accepted to this machine only; its refusal can be told from other errors by
    /// [`Error::is_cleartext_refused`]. Errors never repeat the text: it may hold a password.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |why: String| Error::new(ErrorKind::Setup, format!("the base URL {why}"));
        let url = Url::parse(text.trim()).map_err(|error| refuse(format!("is not a URL: {error}")))?;
        let cleartext = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(refuse("must begin with https:// (or http:// on this machine)".to_owned())),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("must not hold a user name or a password".to_owned()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("must not have a query or a fragment".to_owned()));
        }
        let Some(host) = url.host_str() else {
            return Err(refuse("names no host".to_owned()));
        };
        let loopback = is_loopback(host);
        if cleartext && !loopback {
            return Err(Error::cleartext_refused());
        }
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), loopback, cleartext })
    }

    /// Whether it is on this machine: 127.0.0.0/8, ::1 or `localhost`.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Where its server listens.
    pub(super) fn host_and_port(&self) -> (&str, u16) {
        let rest = self.text.split_once("://").map_or(&*self.text, |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let usual = if self.cleartext { 80 } else { 443 };
        match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap_or(usual)),
            _ => (authority, usual),
        }
    }

    /// Its scheme, host and port.
    pub(super) fn origin(&self) -> String {
        let (host, port) = self.host_and_port();
        format!("{}://{host}:{port}", if self.cleartext { "http" } else { "https" })
    }

    /// The same server with another path: the service is documented under `/v1` and under `/api/v1`.
    /// `None` where the path is neither.
    pub fn other_path(&self) -> Option<Self> {
        let text = if let Some(host) = self.text.strip_suffix("/api/v1") {
            format!("{host}/v1")
        } else {
            format!("{}/api/v1", self.text.strip_suffix("/v1")?)
        };
        Self::parse(&text).ok()
    }

    /// Whether it is a host alone.
    pub(super) fn has_no_path(&self) -> bool {
        self.text.split_once("://").is_none_or(|(_, rest)| !rest.contains('/'))
    }

    /// Whether nothing is encrypted on the way there.
    pub(super) fn is_cleartext(&self) -> bool {
        self.cleartext
    }

    /// The URL of a path below. Each segment is percent-encoded, so that a slash or a question
    /// mark in an id stays in the id. A segment that no URL can carry (empty, `.`, `..`: they
    /// would address another record or the whole list) is an error.
    pub fn join(&self, segments: &[&str]) -> Result<Url, Error> {
        let mut text = self.text.clone();
        for segment in segments {
            if matches!(*segment, "" | "." | "..") {
                return Err(Error::new(ErrorKind::Setup, format!("the id '{segment}' fits in no URL")));
            }
            text.push('/');
            encode(segment, &mut text);
        }
        Url::parse(&text).map_err(|error| Error::new(ErrorKind::Setup, format!("no usable URL: {error}")))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `host` as the URL parser normalized it, an IPv6 address in brackets.
fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost",
    }
}

/// Percent-encodes all but the unreserved characters (RFC 3986, 2.3).
fn encode(segment: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_and_a_slash_at_the_end_make_no_difference() {
        for (text, shown, list) in [
            ("https://api.example", "https://api.example", "https://api.example/phone-numbers"),
            ("https://api.example/", "https://api.example", "https://api.example/phone-numbers"),
            ("https://api.example/v1", "https://api.example/v1", "https://api.example/v1/phone-numbers"),
            (
                " https://api.example/api/v1// ",
                "https://api.example/api/v1",
                "https://api.example/api/v1/phone-numbers",
            ),
            (
                "http://127.0.0.1:8080/v1/",
                "http://127.0.0.1:8080/v1",
                "http://127.0.0.1:8080/v1/phone-numbers",
            ),
        ] {
            let base = BaseUrl::parse(text).unwrap();
            assert_eq!(base.to_string(), shown);
            assert_eq!(base.join(&["phone-numbers"]).unwrap().as_str(), list);
        }
    }

    #[test]
    fn cleartext_goes_to_this_machine_only() {
        for text in [
            "http://127.0.0.1",
            "http://127.8.9.1:1/v1",
            "http://[::1]:9",
            "http://localhost:80",
            "http://LOCALHOST",
        ] {
            assert!(BaseUrl::parse(text).unwrap().is_loopback(), "{text}");
        }
        for text in [
            "http://api.example",
            "http://128.0.0.1",
            "http://localhost.example",
            "http://[::2]",
            "http://0.0.0.0",
        ] {
            let error = BaseUrl::parse(text).unwrap_err();
            assert!(error.is_cleartext_refused(), "{text}");
            assert_eq!(error.kind, ErrorKind::Setup);
        }
        assert!(!BaseUrl::parse("https://api.example").unwrap().is_loopback());
    }

    #[test]
    fn the_other_documented_path_is_on_the_same_server() {
        for (one, other) in [
            ("https://api.example/v1", Some("https://api.example/api/v1")),
            ("https://api.example/api/v1/", Some("https://api.example/v1")),
            ("https://api.example/x/v1", Some("https://api.example/x/api/v1")),
            ("https://api.example", None),
            ("https://api.example/v2", None),
        ] {
            let found = BaseUrl::parse(one).unwrap().other_path();
            assert_eq!(found.map(|url| url.to_string()).as_deref(), other, "{one}");
        }
    }

    #[test]
    fn what_is_no_base_url_is_refused_without_being_repeated() {
        for text in [
            "",
            "api.example/v1",
            "ftp://api.example",
            "https://user:hunter2@api.example",
            "https://hunter2@api.example",
            "https://api.example/?hunter2",
            "https://api.example/#hunter2",
            "https://",
        ] {
            let error = BaseUrl::parse(text).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Setup, "{text}");
            assert!(!error.is_cleartext_refused(), "{text}");
            assert!(!error.message.contains("hunter2"), "{}", error.message);
        }
    }

    #[test]
    fn an_id_stays_one_segment_whatever_is_in_it() {
        let base = BaseUrl::parse("https://api.example/v1").unwrap();
        for (id, path) in [
            ("pn_1", "/v1/n/pn_1"),
            ("a/b", "/v1/n/a%2Fb"),
            ("a?b#c%d", "/v1/n/a%3Fb%23c%25d"),
            ("../x", "/v1/n/..%2Fx"),
            ("é ", "/v1/n/%C3%A9%20"),
        ] {
            assert_eq!(base.join(&["n", id]).unwrap().path(), path);
        }
        for id in ["", ".", ".."] {
            assert_eq!(base.join(&["n", id]).unwrap_err().kind, ErrorKind::Setup, "{id}");
        }
    }
}
