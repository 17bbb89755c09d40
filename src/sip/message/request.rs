//! The two requests that exist here.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use crate::sip::{SipUri, Transport};

/// A SIP method. There is no other one: nothing here can place a call or change a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Asks what a server can do (RFC 3261 section 11).
    Options,
    /// Without a Contact it asks for the present bindings and changes none (RFC 3261 section 10.2.3).
    Register,
}

impl Method {
    /// As it stands in a message.
    pub fn word(self) -> &'static str {
        match self {
            Self::Options => "OPTIONS",
            Self::Register => "REGISTER",
        }
    }
}

/// What stays the same over the requests of one check of one target.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The Call-ID.
    pub call_id: String,
    /// The tag of From.
    pub tag: String,
    /// The address that the socket really has.
    pub local: SocketAddr,
    /// How the request travels.
    pub transport: Transport,
}

/// The answer to a challenge.
#[derive(Debug, Clone, Copy)]
pub struct Authorization<'a> {
    /// For a proxy: 407 and Proxy-Authorization (RFC 3261 section 22.3).
    pub proxy: bool,
    /// The value of the header.
    pub value: &'a str,
}

/// A request, ready to go out.
#[derive(Clone, PartialEq, Eq)]
pub struct SipRequest {
    /// Its method.
    pub method: Method,
    /// The number in CSeq.
    pub cseq: u32,
    /// The branch of its transaction (RFC 3261 section 8.1.1.7).
    pub branch: String,
    /// The Call-ID, which no one else has.
    pub call_id: String,
    text: String,
    /// Where credentials stand in the text.
    secrets: Vec<std::ops::Range<usize>>,
}

impl std::fmt::Debug for SipRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl SipRequest {
    /// OPTIONS to `uri`. `nonce` makes the branch unique.
    pub fn options(sender: &Sender, uri: &SipUri, cseq: u32, nonce: &str) -> Self {
        let mut request = Self::begin(Method::Options, sender, uri, cseq, nonce);
        let local = local(sender.local);
        request.line("From", &format!("<sip:numdeck@{}>;tag={}", address(sender.local.ip()), sender.tag));
        request.line("To", &format!("<{uri}>"));
        request.identify(sender, cseq);
        request.line("Contact", &format!("<sip:numdeck@{local};transport={}>", sender.transport.word()));
        request.line("Accept", "application/sdp");
        request.end()
    }

    /// REGISTER at `registrar` for the address of record `aor`, without Contact and without Expires:
    /// it asks, and changes nothing.
    pub fn register(
        sender: &Sender,
        registrar: &SipUri,
        aor: &SipUri,
        cseq: u32,
        nonce: &str,
        answers: &[Authorization<'_>],
    ) -> Self {
        let mut request = Self::begin(Method::Register, sender, registrar, cseq, nonce);
        request.line("From", &format!("<{aor}>;tag={}", sender.tag));
        request.line("To", &format!("<{aor}>"));
        request.identify(sender, cseq);
        for answer in answers {
            let name = if answer.proxy { "Proxy-Authorization" } else { "Authorization" };
            let start = request.text.len() + name.len() + 2;
            request.line(name, answer.value);
            request.secrets.push(start..request.text.len() - 2);
        }
        request.end()
    }

    fn begin(method: Method, sender: &Sender, uri: &SipUri, cseq: u32, nonce: &str) -> Self {
        let branch = format!("z9hG4bK{nonce}");
        let mut request = Self {
            method,
            cseq,
            branch,
            call_id: sender.call_id.clone(),
            text: format!("{} {uri} SIP/2.0\r\n", method.word()),
            secrets: Vec::new(),
        };
        let via = format!(
            "SIP/2.0/{} {};rport;branch={}",
            sender.transport.name(),
            local(sender.local),
            request.branch
        );
        request.line("Via", &via);
        request.line("Max-Forwards", "70");
        request
    }

    fn identify(&mut self, sender: &Sender, cseq: u32) {
        self.line("Call-ID", &sender.call_id);
        let method = self.method.word();
        self.line("CSeq", &format!("{cseq} {method}"));
        self.line("User-Agent", concat!("numdeck/", env!("CARGO_PKG_VERSION")));
    }

    fn line(&mut self, name: &str, value: &str) {
        // Writing to a string does not fail. A line break would begin another header: everything
        // here is validated, and what is not would be cut off.
        let value = value.split(['\r', '\n']).next().unwrap_or_default();
        write!(self.text, "{name}: {value}\r\n").ok();
    }

    fn end(mut self) -> Self {
        self.text.push_str("Content-Length: 0\r\n\r\n");
        self
    }

    /// The bytes that go out.
    pub fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Whether it carries an answer to a challenge.
    pub(in crate::sip) fn has_credentials(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// What a password could be guessed from: the digest response, and the nonce of our own in it.
    pub(in crate::sip) fn tokens(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().flat_map(|range| {
            ["response=\"", "cnonce=\""].into_iter().filter_map(|name| {
                let (_, rest) = self.text[range.clone()].rsplit_once(name)?;
                rest.split('"').next()
            })
        })
    }

    /// For a trace: credentials are left out.
    pub fn redacted(&self) -> String {
        let mut text = self.text.clone();
        // From the end, so that what stands before stays where it is.
        for range in self.secrets.iter().rev() {
            text.replace_range(range.clone(), "Digest [redacted]");
        }
        text
    }
}

fn address(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

fn local(at: SocketAddr) -> String {
    format!("{}:{}", address(at.ip()), at.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender() -> Sender {
        Sender {
            call_id: "c@1".into(),
            tag: "t".into(),
            local: "192.0.2.9:41000".parse().unwrap(),
            transport: Transport::Udp,
        }
    }

    #[test]
    fn options_is_whole_and_small() {
        let uri = SipUri::parse("sip:+14155550123@sip.example.net").unwrap();
        let request = SipRequest::options(&sender(), &uri, 1, "n1");
        let text = std::str::from_utf8(request.bytes()).unwrap();
        assert_eq!(
            text.replace(env!("CARGO_PKG_VERSION"), "V").lines().collect::<Vec<_>>(),
            [
                "OPTIONS sip:+14155550123@sip.example.net SIP/2.0",
                "Via: SIP/2.0/UDP 192.0.2.9:41000;rport;branch=z9hG4bKn1",
                "Max-Forwards: 70",
                "From: <sip:numdeck@192.0.2.9>;tag=t",
                "To: <sip:+14155550123@sip.example.net>",
                "Call-ID: c@1",
                "CSeq: 1 OPTIONS",
                "User-Agent: numdeck/V",
                "Contact: <sip:numdeck@192.0.2.9:41000;transport=udp>",
                "Accept: application/sdp",
                "Content-Length: 0",
                "",
            ]
        );
        assert!(text.ends_with("\r\n\r\n"));
        let longest = SipUri::parse(&format!("sip:{}@h.example", "a".repeat(240))).unwrap();
        assert!(SipRequest::options(&sender(), &longest, 1, "n1").bytes().len() < 1300);
    }

    #[test]
    fn register_has_no_contact_and_a_trace_no_credentials() {
        let registrar = SipUri::parse("sip:sip.example.net").unwrap();
        let aor = registrar.with_user("user").unwrap();
        let value = "Digest username=\"user\", response=\"0123\"";
        for proxy in [false, true] {
            let answers = [Authorization { proxy, value }, Authorization { proxy: !proxy, value }];
            let request = SipRequest::register(&sender(), &registrar, &aor, 2, "n2", &answers);
            let text = std::str::from_utf8(request.bytes()).unwrap();
            assert!(text.starts_with("REGISTER sip:sip.example.net SIP/2.0\r\n"));
            assert!(text.contains(value) && !text.contains("Contact") && !text.contains("Expires"));
            let shown = format!("{} {request:?}", request.redacted());
            assert!(!shown.contains("0123") && shown.contains("Authorization: Digest [redacted]\r\n"));
        }
    }

    #[test]
    fn a_line_break_in_a_value_ends_it() {
        let registrar = SipUri::parse("sip:sip.example.net").unwrap();
        let answers = [Authorization { proxy: false, value: "Digest x\r\nContact: *" }];
        let request = SipRequest::register(&sender(), &registrar, &registrar, 2, "n2", &answers);
        assert!(!std::str::from_utf8(request.bytes()).unwrap().contains("Contact"));
    }
}
