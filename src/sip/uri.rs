//! SIP addresses, read strictly: what is accepted here becomes text of a request.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::Transport;
use crate::text::clean;

/// The longest address accepted, in bytes. Requests stay below 1300 bytes, so that UDP carries them
/// (RFC 3261 section 18.1.1), and an address is in them three times.
const LONGEST: usize = 256;

/// Transports of SIP that this probe does not speak (RFC 7118, RFC 4168).
const UNSPOKEN: [&str; 4] = ["ws", "wss", "sctp", "tls-sctp"];

/// The host part of an address: nothing in it can end a header or begin another one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Host {
    /// A domain name of letters, digits, hyphens and underscores, lower case, without a dot at its end: such
    /// a dot is for DNS, and neither certificates nor servers have it in their names. Other letters are
    /// written as SIP and DNS want them, `xn--` (RFC 5891 section 4.4).
    Name(Box<str>),
    /// An IP address.
    Ip(IpAddr),
}

impl Host {
    /// Reads a domain name, an IPv4 address, or an IPv6 address with or without brackets.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        if let Some(bare) = bare {
            let address = bare.parse::<Ipv6Addr>().map_err(|_| UriError::Host(shown(text)))?;
            return Ok(Self::Ip(address.into()));
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Ip(address));
        }
        // What browsers make of it: an upper-case umlaut and a full-width dot are mapped.
        let mapped = idna::domain_to_ascii_cow(text.as_bytes(), idna::AsciiDenyList::EMPTY);
        let mapped =
            if text.is_ascii() { text.into() } else { mapped.map_err(|_| UriError::Host(shown(text)))? };
        let name = mapped.strip_suffix('.').unwrap_or(&mapped);
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                // No host name has an underscore (RFC 1123), and resolvers everywhere answer for those that do.
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // A name that ends in digits is a mistyped address.
        let top_is_name =
            name.rsplit('.').next().is_some_and(|top| top.bytes().any(|byte| byte.is_ascii_alphabetic()));
        if name.len() > 253 || !top_is_name || !name.split('.').all(is_label) {
            return Err(UriError::Host(shown(text)));
        }
        Ok(Self::Name(name.to_ascii_lowercase().into()))
    }

    /// A name with letters of other languages, as its owner writes it; `None` where there are none.
    pub fn unicode(&self) -> Option<String> {
        let Self::Name(name) = self else { return None };
        let (text, is_valid) = idna::domain_to_unicode(name);
        (is_valid.is_ok() && text != **name).then(|| clean(&text, LONGEST))
    }

    /// The address, when it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(address) => Some(*address),
            Self::Name(_) => None,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Ip(IpAddr::V4(address)) => address.fmt(f),
            Self::Ip(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// Why a text is no SIP address that can be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UriError {
    /// Nothing there.
    Empty,
    /// A `tel:` address: a number, which no server can be asked about.
    Tel,
    /// Another scheme, or none.
    Scheme(String),
    /// Longer than 256 bytes.
    TooLong,
    /// The host is neither a domain name nor an IP address.
    Host(String),
    /// The port is not between 1 and 65535.
    Port(String),
    /// The user part has characters that no address can carry.
    User,
    /// A parameter that cannot be sent as it is, or that leads elsewhere.
    Parameter(String),
    /// No transport that there is.
    Transport(String),
    /// A valid address that is reached in a way that is not spoken here.
    Unspoken(String),
}

impl fmt::Display for UriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::Tel => f.write_str("a tel: address is a number, not the address of a server"),
            Self::Scheme(text) => write!(f, "'{text}' does not begin with sip: or sips:"),
            Self::TooLong => write!(f, "it is longer than {LONGEST} bytes"),
            Self::Host(text) => write!(f, "'{text}' is neither a host name nor an IP address"),
            Self::Port(text) => write!(f, "'{text}' is no port; ports are 1 to 65535"),
            Self::User => f.write_str("its user part has characters that no SIP address can carry"),
            Self::Parameter(text) => write!(f, "the parameter '{text}' cannot be used"),
            Self::Transport(text) => write!(f, "'{text}' is no transport that is spoken here: udp, tcp, tls"),
            Self::Unspoken(text) => {
                write!(
                    f,
                    "'{text}' is valid, and this check does not go by it: it speaks udp, tcp and tls to the host itself"
                )
            }
        }
    }
}

impl std::error::Error for UriError {}

fn shown(text: &str) -> String {
    clean(text, 60)
}

/// A `sip:` or `sips:` address (RFC 3261 section 19.1). A password in it is dropped, and so are
/// headers and the parameter `method`, which a Request-URI must not have. `Display` gives the Request-URI.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SipUri {
    /// `sips:`: TLS and nothing else.
    pub secure: bool,
    /// The user part, escaped.
    user: Option<Box<str>>,
    /// The host.
    pub host: Host,
    /// Its name was written with a dot at its end: no search list completes it.
    pub rooted: bool,
    /// The port, where one is named.
    pub port: Option<u16>,
    /// The transport, where one is named.
    pub transport: Option<Transport>,
    /// Other parameters, as `;name=value`.
    parameters: Box<str>,
}

impl SipUri {
    /// Reads an address, also in angle brackets.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let text = text.trim();
        let text = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(text);
        if text.is_empty() {
            return Err(UriError::Empty);
        }
        if text.len() > LONGEST {
            return Err(UriError::TooLong);
        }
        let (scheme, rest) = text.split_once(':').unwrap_or((text, ""));
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "sip" => false,
            "sips" => true,
            "tel" => return Err(UriError::Tel),
            _ => return Err(UriError::Scheme(shown(text))),
        };
        // The last @ ends the user part: an unescaped one inside is a mistake that would lead to
        // another host.
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        let user = user
            .map(|user| user.split_once(':').map_or(user, |(user, _password)| user))
            .filter(|user| !user.is_empty())
            .map(escape)
            .transpose()?;
        let rest = rest.split('?').next().unwrap_or(rest);
        let mut parts = rest.split(';');
        let (host, port) = host_and_port(parts.next().unwrap_or_default())?;
        let rooted = host.ends_with('.');
        let host = Host::parse(host)?;
        let mut uri = Self { secure, user, host, rooted, port, transport: None, parameters: Box::default() };
        let mut parameters = String::new();
        for part in parts.filter(|part| !part.is_empty()) {
            uri.parameter(part, &mut parameters)?;
        }
        uri.parameters = parameters.into();
        Ok(uri)
    }

    fn parameter(&mut self, part: &str, others: &mut String) -> Result<(), UriError> {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if name.eq_ignore_ascii_case("transport") {
            let transport = Transport::parse(value).ok_or_else(|| {
                let is_known = UNSPOKEN.iter().any(|known| known.eq_ignore_ascii_case(value));
                if is_known { UriError::Unspoken(shown(part)) } else { UriError::Transport(shown(value)) }
            })?;
            self.transport = Some(transport);
            return Ok(());
        }
        // A Request-URI has none (RFC 3261 table 1), and it would name another method than OPTIONS.
        if name.eq_ignore_ascii_case("method") {
            return Ok(());
        }
        if name.is_empty() || !part.bytes().all(is_of_parameter) {
            return Err(UriError::Parameter(shown(part)));
        }
        // It sends the request to a host that is not the one of the address.
        if name.eq_ignore_ascii_case("maddr") {
            return Err(UriError::Unspoken(shown(part)));
        }
        others.push(';');
        others.push_str(part);
        Ok(())
    }

    /// The user part, escaped.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The address of a server, without a user.
    pub fn of_host(host: Host, port: Option<u16>) -> Self {
        let (rooted, parameters) = (false, Box::default());
        Self { secure: false, user: None, host, rooted, port, transport: None, parameters }
    }

    /// The same with another user part, which is escaped where needed.
    pub fn with_user(&self, user: &str) -> Result<Self, UriError> {
        Ok(Self { user: Some(escape(user)?), ..self.clone() })
    }

    /// The same server without a user: what stands for several numbers behind it.
    pub fn without_user(&self) -> Self {
        Self { user: None, parameters: Box::default(), ..self.clone() }
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "sips:" } else { "sip:" })?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        self.host.fmt(f)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        if let Some(transport) = self.transport {
            write!(f, ";transport={}", transport.word())?;
        }
        f.write_str(&self.parameters)
    }
}

fn host_and_port(text: &str) -> Result<(&str, Option<u16>), UriError> {
    let split = match text.rfind(']') {
        Some(end) => text[end..].find(':').map(|at| end + at),
        None => text.find(':'),
    };
    let Some(at) = split else { return Ok((text, None)) };
    let (host, port) = (&text[..at], &text[at + 1..]);
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let number = port.parse::<u16>().ok().filter(|number| digits && *number > 0);
    let number = number.ok_or_else(|| UriError::Port(shown(port)))?;
    Ok((host, Some(number)))
}

/// `unreserved` and `param-unreserved` of RFC 3261 section 25.1, and escapes.
fn is_of_parameter(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'[' | b']' | b'/' | b':' | b'&' | b'+' | b'$' | b'%' | b'=')
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')')
}

/// The user part with everything escaped that RFC 3261 does not allow there; what is escaped already
/// stays. Controls, blanks and angle brackets are an error, not something to be repaired.
fn escape(user: &str) -> Result<Box<str>, UriError> {
    use fmt::Write as _;
    // A character that was replaced on its way here is not the one that is meant.
    if user.contains(char::REPLACEMENT_CHARACTER) {
        return Err(UriError::User);
    }
    let bytes = user.as_bytes();
    let mut out = String::with_capacity(user.len());
    for (at, byte) in bytes.iter().copied().enumerate() {
        let is_escape = byte == b'%'
            && bytes.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        match byte {
            0..=b' ' | 0x7f | b'<' | b'>' | b'"' => return Err(UriError::User),
            b'&' | b'=' | b'+' | b'$' | b',' | b';' | b'?' | b'/' => out.push(char::from(byte)),
            _ if is_escape || is_unreserved(byte) => out.push(char::from(byte)),
            _ => write!(out, "%{byte:02X}").map_err(|_| UriError::User)?,
        }
    }
    if out.len() > LONGEST {
        return Err(UriError::TooLong);
    }
    Ok(out.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(uri: &str) -> String {
        SipUri::parse(uri).unwrap_or_else(|error| panic!("{uri}: {error}")).to_string()
    }

    #[test]
    fn an_address_is_written_as_it_goes_out() {
        for (given, sent) in [
            ("sip:+14155550123@sip.krosai.com", "sip:+14155550123@sip.krosai.com"),
            ("SIPS:a@SIP.Example.NET.:5061", "sips:a@sip.example.net:5061"),
            ("<sip:a@[2001:DB8::1]:5080;transport=TLS>", "sip:a@[2001:db8::1]:5080;transport=tls"),
            ("sip:192.0.2.1", "sip:192.0.2.1"),
            ("sip:a@B\u{dc}cher.example.", "sip:a@xn--bcher-kva.example"),
            ("sip:a@\u{4f8b}\u{3048}\u{3002}test:5070", "sip:a@xn--r8jz45g.test:5070"),
            ("sip:a@stra\u{df}e.example", "sip:a@xn--strae-oqa.example"),
            ("sip:a;phone-context=+1@h.example;user=phone", "sip:a;phone-context=+1@h.example;user=phone"),
            ("sip:a#b%20c%zz@h.example", "sip:a%23b%20c%25zz@h.example"),
            ("sip:zoë@h.example", "sip:zo%C3%AB@h.example"),
            ("sip:user:secret@h.example?Route=x", "sip:user@h.example"),
            ("sip:a@b@h.example", "sip:a%40b@h.example"),
            ("sip:h.example;lr", "sip:h.example;lr"),
            ("sip:a@h.example;method=INVITE;lr;Method=x?Subject=y", "sip:a@h.example;lr"),
        ] {
            assert_eq!(text(given), sent, "{given}");
            assert_eq!(text(sent), sent);
        }
    }

    #[test]
    fn a_name_is_shown_as_its_owner_writes_it() {
        let unicode = |uri: &str| SipUri::parse(uri).unwrap().host.unicode();
        assert_eq!(unicode("sip:b\u{fc}cher.example").as_deref(), Some("b\u{fc}cher.example"));
        assert_eq!(unicode("sip:xn--bcher-kva.example").as_deref(), Some("b\u{fc}cher.example"));
        for other in ["sip:h.example", "sip:xn--a.example", "sip:_h.example", "sip:192.0.2.1"] {
            assert_eq!(unicode(other), None, "{other}");
        }
    }

    #[test]
    fn a_dot_at_the_end_of_a_name_is_kept_in_mind() {
        let rooted = |uri: &str| SipUri::parse(uri).unwrap().rooted;
        assert!(rooted("sip:a@h.example.") && rooted("sip:a@h.example.:5060;transport=tcp"));
        assert!(!rooted("sip:a.@h.example") && !rooted("sip:h.example:5060"));
    }

    #[test]
    fn what_is_no_address_says_why() {
        let wrong = |uri: &str| SipUri::parse(uri).unwrap_err();
        assert_eq!(wrong(" "), UriError::Empty);
        assert_eq!(wrong("tel:+14155550123"), UriError::Tel);
        assert_eq!(wrong("sip:a@h.example;transport=ws"), UriError::Unspoken("transport=ws".into()));
        assert_eq!(wrong("sip:a@h.example;transport=smtp"), UriError::Transport("smtp".into()));
        assert_eq!(wrong("sip:a@h.example;maddr=10.0.0.1"), UriError::Unspoken("maddr=10.0.0.1".into()));
        assert_eq!(wrong(&format!("sip:{}@h.example", "a".repeat(300))), UriError::TooLong);
        for uri in ["http://h.example", "h.example", "+14155550123"] {
            assert!(matches!(wrong(uri), UriError::Scheme(_)), "{uri}");
        }
        for host in [
            "",
            "-h.example",
            "h..example",
            "999.1.1.1",
            "h\u{a0}.example",
            "[::g]",
            "xn\u{ad}--\u{202e}.net",
            "\u{ff11}92.0.2.1",
        ] {
            assert!(matches!(wrong(&format!("sip:a@{host}")), UriError::Host(_)), "{host}");
        }
        for port in ["0", "65536", "", "+5", "5060x", "-1"] {
            assert!(matches!(wrong(&format!("sip:a@h.example:{port}")), UriError::Port(_)), "{port}");
        }
    }

    #[test]
    fn nothing_in_an_address_begins_another_header() {
        for uri in [
            "sip:a\r\nRoute: x@h.example",
            "sip:a@h.example\r\nRoute: x",
            "sip:a@h.example:5060\r\n",
            "sip:a b@h.example",
            "sip:a\u{fffd}b@h.example",
            "sip:a>b@h.example",
            "sip:a@h.example;x=\r\ny",
            "sip:a@h.example;x=a b",
            "sip:a@h.example;x=<>",
        ] {
            let sent = SipUri::parse(uri).map(|uri| uri.to_string());
            assert!(
                sent.as_ref().map_or(true, |sent| !sent.contains(['\r', '\n', ' ', '<', '>'])),
                "{sent:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_one_word(text in ".{0,80}") {
            for given in [text.clone(), format!("sip:{text}"), format!("sip:{text}@h.example"), format!("sip:a@h.example;{text}")] {
                if let Ok(uri) = SipUri::parse(&given) {
                    let sent = uri.to_string();
                    prop_assert!(sent.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>'), "{}", sent);
                    // The dot at the end of a name is for DNS alone and does not go out.
                    prop_assert_eq!(SipUri::parse(&sent), Ok(SipUri { rooted: false, ..uri }));
                }
            }
        }
    }
}
