//! What came back, read leniently and within limits.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use crate::text::clean;

/// The largest message that is read, in bytes.
pub(in crate::sip) const LARGEST: usize = 64 * 1024;
/// The most header lines that are read.
const MOST_HEADERS: usize = 256;

/// The longest first line that is waited for on a stream, in bytes.
const LONGEST_START: usize = 2048;
/// The most reasons that are told, and the characters of each.
const MOST_REASONS: usize = 3;
const LONGEST_REASON: usize = 120;
/// Characters of a header value that are kept.
const LONGEST_VALUE: usize = 4096;

/// What is wrong with a reply that was understood all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quirk {
    /// Lines end in LF instead of CRLF.
    BareLf,
    /// A header goes on in the next line (allowed by RFC 3261 section 7.3.1, deprecated since).
    Folded,
    /// Not UTF-8; read as Latin-1.
    NotUtf8,
    /// The status line has no reason phrase.
    NoReason,
    /// A line that is no header.
    NoHeader,
    /// No Content-Length, or one that is no number, on a stream (RFC 3261 section 18.3).
    NoLength,
    /// A Content-Length beyond what came, on a stream.
    LongLength,
    /// No tag in To (RFC 3261 section 8.2.6.2).
    NoToTag,
}

impl Quirk {
    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Self::BareLf => "lines end in LF",
            Self::Folded => "folded headers",
            Self::NotUtf8 => "not UTF-8",
            Self::NoReason => "no reason phrase",
            Self::NoHeader => "a line that is no header",
            Self::NoLength => "no Content-Length",
            Self::LongLength => "a Content-Length beyond what came",
            Self::NoToTag => "no tag in To",
        }
    }
}

/// Why bytes are not a SIP reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSip {
    /// A SIP request of the other side.
    SipRequest,
    /// HTTP answered.
    Http,
    /// TLS answered.
    Tls,
    /// Something else; its beginning, cleaned.
    Junk(String),
    /// Larger than 64 KiB.
    TooLarge,
    /// More than 256 headers.
    TooManyHeaders,
    /// A first line of more than 2 KiB.
    LongStart,
    /// So many bytes of a stream, and no end of a message in them.
    Unfinished(usize),
}

impl fmt::Display for NotSip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SipRequest => f.write_str("a SIP request instead of a reply"),
            Self::Http => f.write_str("an HTTP server answers on this port"),
            Self::Tls => f.write_str("a TLS server answers on this port"),
            Self::Junk(text) if text.is_empty() => f.write_str("an empty message"),
            Self::Junk(text) => write!(f, "not SIP: '{text}'"),
            Self::TooLarge => write!(f, "a message of more than {} KiB", LARGEST / 1024),
            Self::LongStart => write!(f, "a first line of more than {} KiB", LONGEST_START / 1024),
            Self::Unfinished(1) => f.write_str("1 byte came, and no whole message"),
            Self::Unfinished(n) => write!(f, "{n} bytes came, and no whole message"),
            Self::TooManyHeaders => write!(f, "a message of more than {MOST_HEADERS} headers"),
        }
    }
}

/// Whether a stream holds a whole message yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// More bytes are needed.
    Partial,
    /// The message ends after so many bytes.
    Whole(usize),
    /// It will never be one.
    Never(NotSip),
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SipReply {
    /// 100 to 699.
    pub status: u16,
    /// The reason phrase, cleaned.
    pub reason: String,
    /// What is wrong with it.
    pub quirks: Vec<Quirk>,
    headers: Vec<(String, String)>,
}

impl SipReply {
    /// Reads a datagram, or a message that [`SipReply::frame`] cut out of a stream.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotSip> {
        if bytes.len() > LARGEST {
            return Err(NotSip::TooLarge);
        }
        let bytes = &bytes[blank(bytes)..];
        let head = &bytes[..end_of_head(bytes).map_or(bytes.len(), |(end, _)| end)];
        let mut quirks = Vec::new();
        let text = match std::str::from_utf8(head) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => {
                quirks.push(Quirk::NotUtf8);
                Cow::Owned(head.iter().map(|byte| char::from(*byte)).collect())
            }
        };
        let mut lines = text.split('\n');
        let start = lines.next().unwrap_or_default();
        if !start.ends_with('\r') {
            quirks.push(Quirk::BareLf);
        }
        let (status, reason) = status_line(start.trim_end_matches('\r')).ok_or_else(|| other(head))?;
        if reason.trim().is_empty() {
            quirks.push(Quirk::NoReason);
        }
        let mut reply = Self { status, reason: clean(reason.trim(), 80), quirks, headers: Vec::new() };
        for line in lines.map(|line| line.trim_end_matches('\r')).filter(|line| !line.is_empty()) {
            reply.line(line)?;
        }
        if status > 100 && reply.header("to").is_some_and(|to| parameter(to, "tag").is_none()) {
            reply.quirk(Quirk::NoToTag);
        }
        Ok(reply)
    }

    fn line(&mut self, line: &str) -> Result<(), NotSip> {
        if line.starts_with([' ', '\t']) {
            self.quirk(Quirk::Folded);
            if let Some((_, value)) = self.headers.last_mut()
                && value.len() < LONGEST_VALUE
            {
                if !value.is_empty() {
                    value.push(' ');
                }
                value.push_str(kept(line));
            }
            return Ok(());
        }
        let Some((name, value)) = line.split_once(':') else {
            self.quirk(Quirk::NoHeader);
            return Ok(());
        };
        if self.headers.len() == MOST_HEADERS {
            return Err(NotSip::TooManyHeaders);
        }
        let name = name.trim().to_ascii_lowercase();
        let name = long_form(&name).map_or(name, str::to_owned);
        self.headers.push((name, kept(value).to_owned()));
        Ok(())
    }

    fn quirk(&mut self, quirk: Quirk) {
        if !self.quirks.contains(&quirk) {
            self.quirks.push(quirk);
        }
    }

    /// Finds the end of the first message of a stream. Blank lines before it, which keep a connection
    /// alive (RFC 5626 section 3.5.1), count as a part of it.
    pub fn frame(bytes: &[u8]) -> Frame {
        let blank = blank(bytes);
        let message = &bytes[blank..];
        if is_tls(message) {
            // An alert has no end of a line that could be waited for.
            return Frame::Never(NotSip::Tls);
        }
        let start = message.iter().position(|byte| *byte == b'\n');
        let begins = &message[..start.unwrap_or(message.len()).min(LONGEST_START)];
        if start.is_some_and(|end| end > LONGEST_START) || (start.is_none() && message.len() > LONGEST_START)
        {
            // It begins as a reply or as a request does, and what it is nobody waits for.
            let wrong = other(begins);
            return Frame::Never(if wrong == NotSip::SipRequest { NotSip::LongStart } else { wrong });
        }
        if start.is_some() && matches!(other(begins), NotSip::Http | NotSip::Tls | NotSip::Junk(_)) {
            return Frame::Never(other(begins));
        }
        let Some((end, body)) = end_of_head(message) else {
            let large = bytes.len() > LARGEST;
            return if large { Frame::Never(NotSip::TooLarge) } else { Frame::Partial };
        };
        let whole = (blank + body).saturating_add(length(&message[..end]).unwrap_or(0));
        if whole > LARGEST {
            return Frame::Never(NotSip::TooLarge);
        }
        if whole <= bytes.len() { Frame::Whole(whole) } else { Frame::Partial }
    }

    /// Whether a stream holds all headers of its first message.
    pub(in crate::sip) fn has_head(bytes: &[u8]) -> bool {
        end_of_head(&bytes[blank(bytes)..]).is_some()
    }

    /// The same, of which the body never came to its end.
    pub(in crate::sip) fn without_body(mut self) -> Self {
        self.quirk(Quirk::LongLength);
        self
    }

    /// What is wrong with a message that came over a stream, beside what is wrong anywhere.
    pub fn over_stream(mut self) -> Self {
        if self.header("content-length").and_then(|value| value.parse::<usize>().ok()).is_none() {
            self.quirk(Quirk::NoLength);
        }
        self
    }

    /// The first value of a header by its long name in lower case: the server's words, not cleaned.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a header by its long name in lower case, in order: not cleaned.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The branch of the topmost Via.
    pub fn branch(&self) -> Option<&str> {
        parameter(self.header("via")?.split(',').next()?, "branch")
    }

    /// How many Via there are; a reply that has arrived has one (RFC 3261 section 18.1.2).
    pub(in crate::sip) fn vias(&self) -> usize {
        self.headers("via").map(|value| split_list(value).count()).sum()
    }

    /// Number and method of CSeq.
    pub fn cseq(&self) -> Option<(u32, &str)> {
        let mut words = self.header("cseq")?.split_whitespace();
        Some((words.next()?.parse().ok()?, words.next()?))
    }

    /// What the server calls itself.
    pub fn server(&self) -> Option<String> {
        let name = self.header("server").or_else(|| self.header("user-agent"))?;
        Some(clean(name, 40)).filter(|name| !name.is_empty())
    }

    /// Seconds of Retry-After.
    pub fn retry_after(&self) -> Option<u64> {
        let value = self.header("retry-after")?;
        value.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }

    /// How many addresses are in Contact: the bindings in a reply to REGISTER, the targets in a 3xx.
    pub fn contacts(&self) -> usize {
        // A binding that ends now is none any more.
        let lasts = |contact: &&str| parameter(contact, "expires") != Some("0");
        self.headers("contact").map(|value| split_list(value).filter(lasts).count()).sum()
    }

    /// The first address in Contact.
    pub fn first_contact(&self) -> Option<&str> {
        self.header("contact").and_then(|value| split_list(value).next())
    }

    /// Why it answers so, in headers made for that: Reason (RFC 3326), Warning and Error-Info (RFC 3261
    /// section 20.18), and those that providers made up (X-Twilio-Error). Name and value of each, cleaned.
    pub fn reasons(&self) -> Vec<String> {
        let tells = |name: &str| {
            let own = name.strip_prefix("x-").is_some_and(|rest| {
                ["error", "reason", "cause", "reject", "warning"].iter().any(|word| rest.contains(word))
            });
            own || ["reason", "warning", "error-info"].contains(&name)
        };
        let told = self.headers.iter().filter(|(name, value)| tells(name) && !value.is_empty());
        let words = |(name, value): &(String, String)| {
            format!("{}: {}", clean(&titled(name), 40), clean(value, LONGEST_REASON))
        };
        told.map(words).take(MOST_REASONS).collect()
    }

    /// Where the request came from, as the server saw it (RFC 3581): `received` and `rport` of our Via.
    pub fn seen_from(&self) -> Option<(IpAddr, Option<u16>)> {
        let via = self.header("via")?.split(',').next()?;
        let address = parameter(via, "received")?.trim_matches(['[', ']']).parse().ok()?;
        Some((address, parameter(via, "rport").and_then(|port| port.parse().ok())))
    }

    /// Status and reason: `200 OK`.
    pub fn status_words(&self) -> String {
        format!("{} {}", self.status, self.reason).trim_end().to_owned()
    }
}

/// A value as it came, which is what has to be understood; whoever shows it cleans it.
fn kept(value: &str) -> &str {
    let value = value.trim();
    value.char_indices().nth(LONGEST_VALUE).map_or(value, |(end, _)| &value[..end])
}

/// A name of a header as people write it: `X-Twilio-Error`.
fn titled(name: &str) -> String {
    let part = |part: &str| {
        let mut chars = part.chars();
        chars.next().map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + chars.as_str())
    };
    name.split('-').map(part).collect::<Vec<String>>().join("-")
}

/// Elements of a comma-separated header; commas in quotes and angle brackets do not separate.
fn split_list(value: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut angle, mut escaped) = (false, false, false);
    value
        .split(move |c: char| {
            let was_escaped = std::mem::take(&mut escaped);
            match c {
                '\\' if quoted && !was_escaped => escaped = true,
                '"' if !was_escaped => quoted = !quoted,
                '<' if !quoted => angle = true,
                '>' if !quoted => angle = false,
                ',' => return !quoted && !angle,
                _ => {}
            }
            false
        })
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// The value of a `;name=value` parameter, without quotes.
fn parameter<'a>(value: &'a str, wanted: &str) -> Option<&'a str> {
    value.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"'))
    })
}

/// `SIP/2.0 200 OK`; the reason may be missing.
fn status_line(line: &str) -> Option<(u16, &str)> {
    let rest = line.get(..4).filter(|start| start.eq_ignore_ascii_case("SIP/")).and(line.get(4..))?;
    let (_, rest) = rest.split_once(' ')?;
    let rest = rest.trim_start();
    let (code, reason) = rest.split_at_checked(3)?;
    let status = code.parse().ok().filter(|status| (100..700).contains(status))?;
    (reason.is_empty() || reason.starts_with(' ')).then_some((status, reason))
}

/// What bytes are that do not begin as a reply does.
fn other(bytes: &[u8]) -> NotSip {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let line = line.trim_end();
    if status_line(line).is_some() || line.to_ascii_uppercase().ends_with(" SIP/2.0") {
        return NotSip::SipRequest;
    }
    if line.starts_with("HTTP/") || line.contains("<html") || line.contains("<!DOCTYPE") {
        return NotSip::Http;
    }
    if is_tls(bytes) {
        return NotSip::Tls;
    }
    NotSip::Junk(clean(line, 40))
}

/// Alert or handshake record of TLS (RFC 8446 section 5.1).
fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x15 | 0x16, 3, 0..=4, ..])
}

/// Bytes of line ends and zeros before a message: keep-alives.
fn blank(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n' | 0)).count()
}

/// Where the head ends and where the body begins.
fn end_of_head(bytes: &[u8]) -> Option<(usize, usize)> {
    memchr::memchr_iter(b'\n', bytes).find_map(|at| match &bytes[at + 1..] {
        [b'\n', ..] => Some((at + 1, at + 2)),
        [b'\r', b'\n', ..] => Some((at + 1, at + 3)),
        _ => None,
    })
}

/// Content-Length, from the bytes of a head.
fn length(head: &[u8]) -> Option<usize> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let at = line.iter().position(|byte| *byte == b':')?;
        let name = line[..at].trim_ascii();
        let is_length = name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l");
        is_length.then(|| std::str::from_utf8(line[at + 1..].trim_ascii()).ok()?.parse().ok()).flatten()
    })
}

/// The long name of a compact one (RFC 3261 section 7.3.3), where it matters here.
fn long_form(name: &str) -> Option<&'static str> {
    Some(match name {
        "v" => "via",
        "f" => "from",
        "t" => "to",
        "i" => "call-id",
        "m" => "contact",
        "l" => "content-length",
        "c" => "content-type",
        "k" => "supported",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: &str = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.9:5;branch=z9hG4bKx;received=1.2.3.4\r\n\
        To: <sip:a@b>;tag=1\r\nCSeq: 7 OPTIONS\r\nServer: Kamailio\r\nContent-Length: 4\r\n\r\nbody";

    fn parsed(text: &str) -> SipReply {
        SipReply::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    #[test]
    fn a_plain_reply_is_understood() {
        let reply = parsed(PLAIN);
        assert_eq!((reply.status, reply.reason.as_str(), reply.quirks.as_slice()), (200, "OK", &[][..]));
        assert_eq!((reply.branch(), reply.cseq()), (Some("z9hG4bKx"), Some((7, "OPTIONS"))));
        assert_eq!(reply.server().as_deref(), Some("Kamailio"));
    }

    #[test]
    fn what_is_broken_is_understood_and_named() {
        let cases = [
            (PLAIN.replace("\r\n", "\n"), vec![Quirk::BareLf]),
            (PLAIN.replace("200 OK", "200"), vec![Quirk::NoReason]),
            (PLAIN.replace("200 OK", "200 "), vec![Quirk::NoReason]),
            (PLAIN.replace(";branch", "\r\n ;branch"), vec![Quirk::Folded]),
            (PLAIN.replace(";tag=1", ""), vec![Quirk::NoToTag]),
            (PLAIN.replace("Server:", "Server"), vec![Quirk::NoHeader]),
            (PLAIN.replace("CSeq: 7 OPTIONS", "CSeq:\t7\tOPTIONS"), vec![]),
            (PLAIN.replace("Via:", "v :").replace("To:", "t:").replace("SIP/2.0 2", "sip/2.0 2"), vec![]),
        ];
        for (text, quirks) in cases {
            let reply = parsed(&text);
            assert_eq!((reply.status, &reply.quirks), (200, &quirks), "{text}");
            assert_eq!(reply.branch(), Some("z9hG4bKx"), "{text}");
            assert_eq!(reply.cseq(), Some((7, "OPTIONS")), "{text}");
        }
        let latin = [b"SIP/2.0 404 Unbekannte Rufnummer \xfc\r\nServer: \x1b[2J\x9b\r\n".as_slice(), b"\r\n"]
            .concat();
        let reply = SipReply::parse(&latin).unwrap();
        assert_eq!(
            (reply.reason.as_str(), reply.quirks.as_slice()),
            ("Unbekannte Rufnummer ü", &[Quirk::NotUtf8][..])
        );
        assert_eq!(reply.server().as_deref(), Some("\u{fffd}[2J\u{fffd}"));
    }

    #[test]
    fn what_is_no_reply_says_what_it_is() {
        let wrong = |bytes: &[u8]| SipReply::parse(bytes).unwrap_err();
        assert_eq!(wrong(b"HTTP/1.1 400 Bad Request\r\n\r\n"), NotSip::Http);
        assert_eq!(wrong(b"OPTIONS sip:a@b SIP/2.0\r\n\r\n"), NotSip::SipRequest);
        assert_eq!(wrong(b"\x15\x03\x01\x00\x02\x02\x46"), NotSip::Tls);
        assert_eq!(wrong(b"220 mail\x1b[2J ESMTP\r\n"), NotSip::Junk("220 mail\u{fffd}[2J ESMTP".into()));
        assert_eq!(wrong(b""), NotSip::Junk(String::new()));
        for line in ["SIP/2.0 99 x", "SIP/2.0 2000 x", "SIP/2.0", "SIP/2.0 abc", "SIP/2.0 +20 x"] {
            assert!(matches!(wrong(line.as_bytes()), NotSip::Junk(_)), "{line}");
        }
        assert_eq!(wrong(&[b'a'; 70_000]), NotSip::TooLarge);
        let many = format!("SIP/2.0 200 OK\r\n{}\r\n", "X: y\r\n".repeat(3000));
        assert_eq!(wrong(many.as_bytes()), NotSip::TooManyHeaders);
    }

    #[test]
    fn a_stream_is_cut_into_messages() {
        let whole = PLAIN.len();
        for end in 0..whole {
            assert_eq!(SipReply::frame(&PLAIN.as_bytes()[..end]), Frame::Partial, "{end}");
        }
        let two = format!("\r\n\r\n{PLAIN}{PLAIN}");
        assert_eq!(SipReply::frame(two.as_bytes()), Frame::Whole(whole + 4));
        assert_eq!(
            SipReply::frame(PLAIN.replace("Content-Length: 4", "l:0").as_bytes()),
            Frame::Whole(whole - 4 - 14)
        );
        assert_eq!(SipReply::frame(b"HTTP/1.1 400 Bad\r\n"), Frame::Never(NotSip::Http));
        assert_eq!(SipReply::frame(b"\x15\x03\x01\x00\x02\x02\x46"), Frame::Never(NotSip::Tls));
        assert_eq!(SipReply::frame(b"OPTIONS sip:a SIP/2.0\r\nl: 0\r\n\r\n"), Frame::Whole(31));
        assert!(matches!(SipReply::frame(&[b'x'; 5000]), Frame::Never(NotSip::Junk(_))));
        let long = format!("SIP/2.0 200 {}", "y".repeat(60_000));
        assert_eq!(SipReply::frame(long.as_bytes()), Frame::Never(NotSip::LongStart));
        assert_eq!(SipReply::frame(format!("{long}\r\n\r\n").as_bytes()), Frame::Never(NotSip::LongStart));
        let endless = format!("SIP/2.0 200 OK\r\nX: {}", "y".repeat(70_000));
        assert_eq!(SipReply::frame(endless.as_bytes()), Frame::Never(NotSip::TooLarge));
        let liar = "SIP/2.0 200 OK\r\nContent-Length: 4000000000\r\n\r\n";
        assert_eq!(SipReply::frame(liar.as_bytes()), Frame::Never(NotSip::TooLarge));
    }

    #[test]
    fn contacts_are_counted_not_commas() {
        let with = |contact: &str| parsed(&PLAIN.replace("Server:", contact)).contacts();
        assert_eq!(with("X:"), 0);
        assert_eq!(with("Contact: <sip:a@b>;expires=0, <sip:c@d>;expires=60\r\nX:"), 1);
        assert_eq!(
            with("Contact: <sip:a@b;x=1,2>;expires=5, \"Doe, \\\"J\\\", x\" <sip:c@d>\r\nm: sip:e@f\r\nX:"),
            3
        );
    }

    proptest! {
        // More of them on demand: `PROPTEST_CASES`.
        #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(2000), ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = SipReply::frame(&bytes);
            let _ = SipReply::parse(&bytes);
        }

        #[test]
        fn no_change_of_a_reply_breaks_the_reader(
            changes in prop::collection::vec((0usize..PLAIN.len(), prop::sample::select(b"\0\r\n :;,=<>\"\\\x1b\xff9A".to_vec())), 0..12),
            cut in 0usize..PLAIN.len(),
        ) {
            let mut bytes = PLAIN.as_bytes().to_vec();
            for (at, byte) in changes {
                bytes[at] = byte;
            }
            bytes.truncate(PLAIN.len() - cut / 4);
            if let Frame::Whole(end) = SipReply::frame(&bytes) {
                prop_assert!(end <= bytes.len() && end > 0);
            }
            if let Ok(reply) = SipReply::parse(&bytes) {
                prop_assert!(crate::text::is_clean(&reply.status_words()));
                prop_assert!(reply.server().is_none_or(|name| crate::text::is_clean(&name)));
                let _ = (reply.branch(), reply.cseq(), reply.contacts(), reply.retry_after());
            }
        }
    }
}
