//! Questions and answers of DNS as they cross the wire (RFC 1035 section 4, EDNS of RFC 6891). It is read
//! leniently: a record that cannot be read costs itself and not the records beside it.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{ExtendedError, Record, RecordKind, ResponseCode};
use crate::text::clean;

/// The largest datagram that is asked for: no path splits it (RFC 9715 section 3).
const PAYLOAD: u16 = 1232;
/// The most records of an answer that are read.
const MOST_READ: usize = 1024;
/// The longest name on the wire (RFC 1035 section 2.3.4).
const LONGEST_NAME: usize = 255;
/// The class of the internet.
const INTERNET: u16 = 1;

const NS: u16 = 2;
const CNAME: u16 = 5;
const OPT: u16 = 41;
/// The option with an extended error (RFC 8914).
const EXTENDED_ERROR: u16 = 15;

impl RecordKind {
    fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Aaaa => 28,
            Self::Srv => 33,
            Self::Naptr => 35,
        }
    }
}

/// One question.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) name: String,
    pub(super) kind: RecordKind,
    encoded: Vec<u8>,
}

impl Question {
    /// For a name as [`DnsReply`] has them, without a dot at its end; `None` where no such name can be asked
    /// for.
    pub(super) fn new(name: &str, kind: RecordKind) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let encoded = encoded(&name)?;
        Some(Self { name, kind, encoded })
    }

    /// The packet that asks it. `unchecked` asks for data whose signatures are wrong, too (RFC 4035
    /// section 3.2.2).
    pub(super) fn packet(&self, id: u16, edns: bool, unchecked: bool) -> Vec<u8> {
        let mut out = id.to_be_bytes().to_vec();
        // Recursion is desired.
        out.extend([1, if unchecked { 0x10 } else { 0 }, 0, 1, 0, 0, 0, 0, 0, u8::from(edns)]);
        out.extend(&self.encoded);
        out.extend(self.kind.number().to_be_bytes());
        out.extend(INTERNET.to_be_bytes());
        if edns {
            out.push(0);
            out.extend(OPT.to_be_bytes());
            out.extend(PAYLOAD.to_be_bytes());
            // Version 0, no flags, no options.
            out.extend([0; 6]);
        }
        out
    }

    /// Whether a reply is to this question. Servers that do not understand one may send it back without it.
    pub(super) fn is_answered_by(&self, id: u16, reply: &DnsReply) -> bool {
        let is_same = |(name, kind): &(String, u16)| *name == self.name && *kind == self.kind.number();
        reply.id == id && reply.question.as_ref().map_or(reply.code != ResponseCode::NO_ERROR, is_same)
    }
}

/// An answer. Names are lower case, without a dot at their end; odd bytes are escaped as `\DDD`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DnsReply {
    pub(super) id: u16,
    pub(super) code: ResponseCode,
    /// There is more than a datagram carries.
    pub(super) is_cut: bool,
    /// It says nothing, and comes from a server that only knows its own domains, as far as can be told.
    pub(super) is_lame: bool,
    /// It says nothing but who else to ask.
    pub(super) is_referral: bool,
    pub(super) has_edns: bool,
    pub(super) explained: Option<ExtendedError>,
    question: Option<(String, u16)>,
    answers: Vec<Answered>,
}

#[derive(Debug, Clone, PartialEq)]
struct Answered {
    owner: String,
    says: Says,
}

#[derive(Debug, Clone, PartialEq)]
enum Says {
    Alias(String),
    Data(RecordKind, Record),
}

impl DnsReply {
    /// Reads a packet; `None` where it is no answer that can be read.
    pub(super) fn parse(packet: &[u8]) -> Option<Self> {
        let mut reader = Reader { packet, at: 0 };
        let id = reader.number()?;
        let [high, low] = reader.number()?.to_be_bytes();
        if high & 0x80 == 0 {
            return None;
        }
        let counts = [reader.number()?, reader.number()?, reader.number()?, reader.number()?];
        let mut question = None;
        for _ in 0..counts[0] {
            question = Some((reader.name()?, reader.number()?));
            reader.number()?;
        }
        let is_cut = high & 0x02 != 0;
        let mut answers = Vec::new();
        for _ in 0..counts[1] {
            match reader.record() {
                Some(record) => answers.extend(record.answered(packet).filter(|_| answers.len() < MOST_READ)),
                None if is_cut => break,
                None => return None,
            }
        }
        let mut code = u16::from(low & 0x0f);
        let (mut has_edns, mut explained, mut has_servers) = (false, None, false);
        // What stands behind the answers is read as far as it goes.
        for _ in 0..u32::from(counts[2]) + u32::from(counts[3]) {
            let Some(record) = reader.record() else { break };
            has_servers |= record.kind == NS;
            if record.kind == OPT {
                has_edns = true;
                code |= u16::from(record.above) << 4;
                explained = extended_error(record.data);
            }
        }
        let knows = high & 0x04 != 0 || low & 0x80 != 0;
        let is_empty = code == 0 && !knows && counts[1] == 0;
        let is_referral = is_empty && has_servers;
        let is_lame = is_empty && counts[3] == u16::from(has_edns);
        let code = ResponseCode(code);
        Some(Self { id, code, is_cut, is_lame, is_referral, has_edns, explained, question, answers })
    }

    /// What `name` is an alias of; where there are several, the first counts.
    pub(super) fn alias_of(&self, name: &str) -> Option<&str> {
        self.answers.iter().find_map(|answered| match &answered.says {
            Says::Alias(target) if answered.owner == name => Some(target.as_str()),
            _ => None,
        })
    }

    /// The records of `name`, each once.
    pub(super) fn records_of(&self, name: &str, kind: RecordKind) -> Vec<Record> {
        let mut records: Vec<Record> = Vec::new();
        for answered in &self.answers {
            match &answered.says {
                Says::Data(of, record)
                    if *of == kind && answered.owner == name && !records.contains(record) =>
                {
                    records.push(record.clone());
                }
                _ => {}
            }
        }
        records
    }
}

/// A record on the wire.
struct RawRecord<'a> {
    owner: String,
    kind: u16,
    class: u16,
    /// The first byte of its time to live, which of an OPT record is the upper part of the response code.
    above: u8,
    data: &'a [u8],
    /// Where its data begins.
    at: usize,
}

impl RawRecord<'_> {
    /// What it says, where that is of use and can be read.
    fn answered(self, packet: &[u8]) -> Option<Answered> {
        let mut reader = Reader { packet: packet.get(..self.at + self.data.len())?, at: self.at };
        let says = match self.kind {
            CNAME => Says::Alias(reader.name()?),
            1 => {
                let address: [u8; 4] = self.data.try_into().ok()?;
                Says::Data(RecordKind::A, Record::Address(Ipv4Addr::from(address).into()))
            }
            28 => {
                let address: [u8; 16] = self.data.try_into().ok()?;
                Says::Data(RecordKind::Aaaa, Record::Address(Ipv6Addr::from(address).into()))
            }
            33 => {
                let (priority, weight, port) = (reader.number()?, reader.number()?, reader.number()?);
                let target = rooted(&reader.name()?);
                Says::Data(RecordKind::Srv, Record::Srv { priority, weight, port, target })
            }
            35 => {
                let (order, preference) = (reader.number()?, reader.number()?);
                let (flags, service, _regexp) = (reader.text()?, reader.text()?, reader.text()?);
                let replacement = rooted(&reader.name()?);
                let naptr = Record::Naptr { order, preference, flags, service, replacement };
                Says::Data(RecordKind::Naptr, naptr)
            }
            _ => return None,
        };
        (self.class == INTERNET).then_some(Answered { owner: self.owner, says })
    }
}

struct Reader<'a> {
    packet: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let bytes = self.packet.get(self.at..)?.get(..length)?;
        self.at += length;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).and_then(<[u8]>::first).copied()
    }

    fn number(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    /// A character string (RFC 1035 section 3.3).
    fn text(&mut self) -> Option<String> {
        let length = usize::from(self.byte()?);
        Some(clean(&String::from_utf8_lossy(self.take(length)?), 80))
    }

    fn record(&mut self) -> Option<RawRecord<'a>> {
        let owner = self.name()?;
        let (kind, class) = (self.number()?, self.number()?);
        let above = self.take(4)?.first().copied()?;
        let length = usize::from(self.number()?);
        let at = self.at;
        Some(RawRecord { owner, kind, class, above, data: self.take(length)?, at })
    }

    /// A name, which may go on where an earlier one stands (RFC 1035 section 4.1.4). It goes on further to
    /// the front each time, so it ends.
    fn name(&mut self) -> Option<String> {
        let mut out = String::new();
        let mut length = 1;
        let mut behind = None;
        let mut front = self.at;
        loop {
            match usize::from(self.byte()?) {
                0 => break,
                label @ 1..=63 => {
                    length += label + 1;
                    if length > LONGEST_NAME {
                        return None;
                    }
                    if !out.is_empty() {
                        out.push('.');
                    }
                    self.take(label)?.iter().for_each(|byte| push(&mut out, *byte));
                }
                pointer @ 0xc0.. => {
                    let target = (pointer & 0x3f) << 8 | usize::from(self.byte()?);
                    if target >= front {
                        return None;
                    }
                    behind.get_or_insert(self.at);
                    (self.at, front) = (target, target);
                }
                _ => return None,
            }
        }
        self.at = behind.unwrap_or(self.at);
        Some(out)
    }
}

/// A byte of a label.
fn push(out: &mut String, byte: u8) {
    match byte {
        b'.' | b'\\' => out.push_str(&format!("\\{byte:03}")),
        b'!'..=b'~' => out.push(char::from(byte.to_ascii_lowercase())),
        _ => out.push_str(&format!("\\{byte:03}")),
    }
}

/// A name inside a record, as zone files have it.
fn rooted(name: &str) -> String {
    clean(&format!("{name}."), 1024)
}

/// The name on the wire; `None` where there is no such name.
fn encoded(name: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for label in name.split('.').filter(|_| !name.is_empty()) {
        let mut bytes = Vec::new();
        let mut rest = label.bytes();
        while let Some(byte) = rest.next() {
            if byte != b'\\' {
                bytes.push(byte);
                continue;
            }
            let digits = [rest.next()?, rest.next()?, rest.next()?];
            bytes.push(std::str::from_utf8(&digits).ok()?.parse().ok()?);
        }
        if bytes.len() > 63 {
            return None;
        }
        out.push(u8::try_from(bytes.len()).ok().filter(|length| *length > 0)?);
        out.extend(bytes);
    }
    out.push(0);
    (out.len() <= LONGEST_NAME).then_some(out)
}

/// The extended error among the options of an OPT record.
fn extended_error(options: &[u8]) -> Option<ExtendedError> {
    let mut reader = Reader { packet: options, at: 0 };
    loop {
        let (option, length) = (reader.number()?, usize::from(reader.number()?));
        let data = reader.take(length)?;
        if option == EXTENDED_ERROR {
            return Some(ExtendedError(u16::from_be_bytes(data.get(..2)?.try_into().ok()?)));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(code: u8, answers: u8) -> Vec<u8> {
        vec![0, 7, 0x81, 0x80 | code, 0, 1, 0, answers, 0, 0, 0, 0]
    }

    fn asked(name: &str, kind: RecordKind) -> Vec<u8> {
        [encoded(name).unwrap(), kind.number().to_be_bytes().to_vec(), vec![0, 1]].concat()
    }

    fn record(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        [owner, &kind.to_be_bytes(), &[0, 1, 0, 0, 0, 60], &length, data].concat()
    }

    #[test]
    fn a_question_is_what_a_server_reads() {
        let question = Question::new("_sip._udp.H.example", RecordKind::Srv).unwrap();
        let plain = question.packet(0x1234, false, false);
        let name = b"\x04_sip\x04_udp\x01h\x07example\x00";
        assert_eq!(plain, [&b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0"[..], name, b"\0\x21\0\x01"].concat());
        let edns = question.packet(1, true, true);
        assert_eq!(&edns[2..12], b"\x01\x10\0\x01\0\0\0\0\0\x01");
        assert!(edns.ends_with(b"\0\0\x29\x04\xd0\0\0\0\0\0\0"), "{edns:?}");
        for wrong in ["a..b", ".a", &"a".repeat(64), &"a.".repeat(128), "a\\9"] {
            assert!(Question::new(wrong, RecordKind::A).is_none(), "{wrong}");
        }
    }

    #[test]
    fn names_go_on_where_earlier_ones_stand_and_aliases_are_told_from_records() {
        let packet = [
            header(0, 3),
            asked("H.example", RecordKind::A),
            // An alias to `g` and the rest of the first name.
            record(&[0xc0, 12], CNAME, b"\x01g\xc0\x0e"),
            record(b"\x01G\xc0\x0e", 1, &[192, 0, 2, 1]),
            record(b"\x01g\xc0\x0e", 1, &[192, 0, 2, 1]),
        ]
        .concat();
        let reply = DnsReply::parse(&packet).unwrap();
        assert_eq!(reply.alias_of("h.example"), Some("g.example"));
        assert_eq!(reply.alias_of("g.example"), None);
        let address = Record::Address("192.0.2.1".parse().unwrap());
        assert_eq!(reply.records_of("g.example", RecordKind::A), [address], "each record once");
        assert!(Question::new("h.EXAMPLE", RecordKind::A).unwrap().is_answered_by(7, &reply));
        assert!(!Question::new("h.example", RecordKind::A).unwrap().is_answered_by(8, &reply));
        assert!(!Question::new("h.example", RecordKind::Aaaa).unwrap().is_answered_by(7, &reply));
        assert!(!Question::new("g.example", RecordKind::A).unwrap().is_answered_by(7, &reply));
    }

    #[test]
    fn a_record_that_cannot_be_read_costs_itself_alone() {
        let packet = [
            header(0, 4),
            asked("h.example", RecordKind::Srv),
            record(&[0xc0, 12], 33, &[0, 1]),
            record(&[0xc0, 12], 1, &[192, 0, 2]),
            record(&[0xc0, 12], 33, b"\0\x0a\0\x14\x13\xc4\x03a.b\xc0\x0c"),
            record(&[0xc0, 12], 33, b"\0\x0a\0\x14\x13\xc4\x00"),
        ]
        .concat();
        let reply = DnsReply::parse(&packet).unwrap();
        let to = |target: &str| Record::Srv { priority: 10, weight: 20, port: 5060, target: target.into() };
        assert_eq!(reply.records_of("h.example", RecordKind::Srv), [to("a\\046b.h.example."), to(".")]);
    }

    #[test]
    fn a_name_with_odd_bytes_is_asked_for_as_it_came() {
        let packet = [header(0, 0), b"\x05a.\\\xff\x00\x00\x00\x01\x00\x01".to_vec()].concat();
        let (name, _) = DnsReply::parse(&packet).unwrap().question.unwrap();
        assert_eq!(name, "a\\046\\092\\255\\000");
        assert_eq!(Question::new(&name, RecordKind::A).unwrap().encoded, b"\x05a.\\\xff\x00\x00");
    }

    #[test]
    fn the_response_code_and_its_explanation_may_stand_in_the_options() {
        let options = b"\0\x03\0\x01x\0\x0f\0\x04\0\x06no";
        let mut packet = [header(2, 0), asked("h.example", RecordKind::A)].concat();
        packet[11] = 1;
        packet.extend(b"\0\0\x29\x04\xd0\x01\0\0\0");
        packet.extend(u16::try_from(options.len()).unwrap().to_be_bytes());
        packet.extend(options);
        let reply = DnsReply::parse(&packet).unwrap();
        assert_eq!((reply.code, reply.explained), (ResponseCode(18), Some(ExtendedError(6))));
        assert!(reply.has_edns);
    }

    #[test]
    fn a_server_that_only_points_elsewhere_is_lame() {
        let mut packet = [header(0, 0), asked("h.example", RecordKind::A)].concat();
        assert!(!DnsReply::parse(&packet).unwrap().is_lame, "it recurses");
        packet[3] = 0;
        assert!(DnsReply::parse(&packet).unwrap().is_lame);
        let mut referral = [packet.clone(), record(b"\x07example\0", NS, b"\x01a\0")].concat();
        referral[9] = 1;
        assert!(DnsReply::parse(&referral).unwrap().is_referral);
        packet[2] |= 4;
        assert!(!DnsReply::parse(&packet).unwrap().is_lame, "it is the one to know");
    }

    proptest! {
        #[test]
        fn junk_is_read_or_refused(junk in prop::collection::vec(any::<u8>(), 0..300), answers in 0u8..4) {
            drop(DnsReply::parse(&junk));
            let mut packet = [header(0, answers), asked("h.example", RecordKind::Srv)].concat();
            packet.extend(&junk);
            if let Some(reply) = DnsReply::parse(&packet) {
                for kind in [RecordKind::Srv, RecordKind::Naptr] {
                    for record in reply.records_of("h.example", kind) {
                        prop_assert!(crate::text::is_clean(&record.to_string()));
                    }
                }
            }
        }

        #[test]
        fn pointers_that_go_in_circles_end(bytes in prop::collection::vec(prop_oneof![Just(0xc0u8), 0u8..40], 1..120)) {
            let packet = [header(0, 9), bytes].concat();
            drop(DnsReply::parse(&packet));
        }
    }
}
