//! Name servers that answer as a test says, over UDP and TCP on loopback, and DNS on the wire to go with
//! them (RFC 1035 section 4).

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinHandle;

pub(crate) const A: u16 = 1;
pub(crate) const CNAME: u16 = 5;
pub(crate) const AAAA: u16 = 28;
pub(crate) const SRV: u16 = 33;
pub(crate) const NAPTR: u16 = 35;

/// What a name server says of one name and type: a response code, or the data of records.
pub(crate) type Answers = HashMap<(&'static str, u16), Result<Vec<Vec<u8>>, u8>>;

/// A question as it arrived.
pub(crate) struct Asked {
    pub(crate) packet: Vec<u8>,
    pub(crate) name: String,
    pub(crate) kind: u16,
    pub(crate) edns: bool,
    pub(crate) tcp: bool,
}

impl Asked {
    fn read(packet: &[u8], tcp: bool) -> Self {
        let mut labels = Vec::new();
        let mut at = 12;
        while packet[at] > 0 {
            let end = at + 1 + usize::from(packet[at]);
            labels.push(String::from_utf8(packet[at + 1..end].to_vec()).unwrap().to_lowercase());
            at = end;
        }
        let kind = u16::from_be_bytes([packet[at + 1], packet[at + 2]]);
        Self { packet: packet.to_vec(), name: labels.join("."), kind, edns: packet[11] > 0, tcp }
    }

    /// A response code and no record.
    pub(crate) fn code(&self, code: u8) -> Vec<u8> {
        self.records(code, &[])
    }

    /// Records of the name that was asked for.
    pub(crate) fn records(&self, code: u8, all: &[Vec<u8>]) -> Vec<u8> {
        let known = if code == 0 { Ok(all.to_vec()) } else { Err(code) };
        let name: &'static str = self.name.clone().leak();
        answer(&self.packet, &Answers::from([((name, self.kind), known)]))
    }
}

/// A name server over UDP and TCP. It remembers what it was asked.
pub(crate) struct ScriptedServer {
    pub(crate) at: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl ScriptedServer {
    /// Answers as `say` does; to `None` it is silent.
    pub(crate) async fn start(say: impl Fn(&Asked) -> Option<Vec<u8>> + Send + Sync + 'static) -> Self {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let at = udp.local_addr().unwrap();
        let (say, asked) = (Arc::new(say), Arc::new(Mutex::new(Vec::new())));
        let answer = {
            let (say, asked) = (Arc::clone(&say), Arc::clone(&asked));
            move |packet: &[u8], tcp: bool| {
                let question = Asked::read(packet, tcp);
                asked.lock().unwrap().push(format!("{} {}", question.kind, question.name));
                say(&question)
            }
        };
        let over_tcp = answer.clone();
        let datagrams = tokio::spawn(async move {
            let mut packet = [0; 1500];
            loop {
                let Ok((length, from)) = udp.recv_from(&mut packet).await else { continue };
                if let Some(answer) = answer(&packet[..length], false) {
                    udp.send_to(&answer, from).await.ok();
                }
            }
        });
        let streams = tokio::spawn(async move {
            loop {
                let Ok((mut stream, _)) = tcp.accept().await else { continue };
                let Ok(length) = stream.read_u16().await else { continue };
                let mut packet = vec![0; usize::from(length)];
                stream.read_exact(&mut packet).await.ok();
                if let Some(answer) = over_tcp(&packet, true) {
                    let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                    stream.write_all(&[&length, &answer[..]].concat()).await.ok();
                }
            }
        });
        Self { at, asked, tasks: [datagrams, streams] }
    }

    /// Has these answers, and no other names.
    pub(crate) async fn with(answers: Answers) -> Self {
        Self::start(move |asked| Some(answer(&asked.packet, &answers))).await
    }

    /// As `nameserver` of resolv.conf.
    pub(crate) fn line(&self) -> String {
        format!("nameserver [{}]:{}\n", self.at.ip(), self.at.port())
    }

    /// Types and names that it was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// RFC 1035 section 4.
pub(crate) fn answer(query: &[u8], answers: &Answers) -> Vec<u8> {
    let mut labels = Vec::new();
    let mut at = 12;
    while query[at] > 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8(query[at + 1..end].to_vec()).unwrap().to_lowercase());
        at = end;
    }
    let question = &query[12..at + 5];
    let name = labels.join(".");
    let kind = u16::from_be_bytes([query[at + 1], query[at + 2]]);
    let known = answers.iter().find(|((known, of), _)| *known == name && *of == kind).map(|(_, said)| said);
    let exists = answers.keys().any(|(known, _)| *known == name);
    // The name that is asked for stands at byte 12.
    let asked = vec![0xc0, 12];
    let of = |owner: &Vec<u8>, kind: u16, all: &[Vec<u8>]| -> Vec<(Vec<u8>, u16, Vec<u8>)> {
        all.iter().map(|data| (owner.clone(), kind, data.clone())).collect()
    };
    let alias = answers.iter().find(|((known, of), _)| *known == name && *of == CNAME);
    let (code, records) = match (known, alias) {
        (Some(Ok(records)), _) => (0, of(&asked, kind, records)),
        (Some(Err(code)), _) => (*code, vec![]),
        // The alias, and what is behind it, in one answer.
        (None, Some((_, Ok(target)))) => {
            let mut records = of(&asked, CNAME, target);
            let behind =
                answers.iter().find(|((known, of), _)| encoded(known.as_bytes()) == target[0] && *of == kind);
            if let Some((_, Ok(all))) = behind {
                records.extend(of(&target[0], kind, all));
            }
            (0, records)
        }
        _ if exists => (0, vec![]),
        _ => (3, vec![]),
    };
    let mut out = query[..2].to_vec();
    out.extend([0x81, 0x80 | code, 0, 1]);
    out.extend(u16::try_from(records.len()).unwrap().to_be_bytes());
    out.extend([0, 0, 0, 0]);
    out.extend(question);
    for (owner, kind, data) in records {
        out.extend(owner);
        out.extend(kind.to_be_bytes());
        out.extend([0, 1, 0, 0, 0, 60]);
        out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        out.extend(data);
    }
    out
}

pub(crate) fn name(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for label in text.split(|byte| *byte == b'.').filter(|label| !label.is_empty()) {
        out.push(u8::try_from(label.len()).unwrap());
        out.extend(label);
    }
    out.push(0);
    out
}

/// [`name`], where a variable is called so.
pub(crate) fn encoded(text: &[u8]) -> Vec<u8> {
    name(text)
}

pub(crate) fn a(last: u8) -> Vec<u8> {
    Ipv4Addr::new(192, 0, 2, last).octets().to_vec()
}

pub(crate) fn srv(priority: u16, port: u16, target: &[u8]) -> Vec<u8> {
    [&priority.to_be_bytes()[..], &[0, 1], &port.to_be_bytes(), &name(target)].concat()
}

pub(crate) fn naptr(order: u16, flags: &str, service: &str, replacement: &[u8]) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    [&order.to_be_bytes()[..], &[0, 1], &text(flags), &text(service), &text(""), &name(replacement)].concat()
}
