//! The servers of a resolver, asked in their order.
//!
//! The C library gives each server five seconds before it asks the next one, which is longer than a check
//! has. Here the next one is asked sooner, and whoever was asked before is listened to all the same, so
//! nothing is lost that the C library would hear within that time. SERVFAIL, a refusal, and what cannot be
//! read send on to the next server at once, as there. NXDOMAIN does so, too, which is more than the C
//! library does: where a VPN has names of its own, servers disagree, and what the first one does not know
//! another one may.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::message::{DnsReply, Question};
use super::resolv_conf::ResolvConf;
use super::{DnsFailure, ExtendedError, Heard, ResponseCode};

/// How long a server has before it is asked again; others are asked in between.
const AGAIN: Duration = Duration::from_millis(750);
/// How long one that was asked may take to contradict another one's NXDOMAIN.
const OBJECTION: Duration = Duration::from_millis(250);
/// How long a server that said nothing while another one answered is asked last.
const SHUNNED: Duration = Duration::from_secs(10);
/// So often in a row it is no accident that a server answers only without EDNS.
const PLAIN: usize = 2;
/// The largest datagram that is read.
const LARGEST: usize = 4096;

/// What became of a question.
pub(super) struct Asked {
    /// The answer that counts; one that there is no such name is one.
    pub(super) reply: Result<DnsReply, DnsFailure>,
    pub(super) heard: Vec<Heard>,
}

/// Servers, in their order.
#[derive(Debug)]
pub(super) struct Servers {
    all: Vec<Server>,
    timeout: Duration,
    attempts: u32,
    over_tcp: bool,
    /// How many questions there were, where each begins with another server.
    turns: Option<AtomicUsize>,
}

#[derive(Debug)]
struct Server {
    at: SocketAddr,
    /// How often in a row it answered only once it was asked without EDNS.
    plain: AtomicUsize,
    /// Until when it is asked last.
    shunned: Mutex<Option<Instant>>,
}

impl Servers {
    pub(super) fn new(conf: &ResolvConf) -> Self {
        let server =
            |at: &SocketAddr| Server { at: *at, plain: AtomicUsize::default(), shunned: Mutex::default() };
        Self {
            all: conf.servers.iter().map(server).collect(),
            timeout: conf.timeout,
            attempts: conf.attempts,
            over_tcp: conf.over_tcp,
            turns: conf.rotates.then(AtomicUsize::default),
        }
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.all.iter().map(|server| server.at)
    }

    /// Asks them until one of them knows.
    pub(super) async fn ask(&self, question: &Question, until: Instant) -> Asked {
        let asked = self.ask_all(question, until).await;
        let Err(DnsFailure::Failed(None)) = asked.reply else { return asked };
        // What is answered once signatures do not matter is broken by them.
        let failed = |heard: &&Heard| heard.failure == Some(DnsFailure::Failed(None));
        let failing = asked.heard.iter().find(failed);
        let server = self.all.iter().find(|server| failing.is_some_and(|heard| heard.server == server.at));
        let Some(server) = server else { return asked };
        let pace = self.pace(until.min(Instant::now() + AGAIN));
        let is_known =
            |reply: Result<DnsReply, _>| reply.is_ok_and(|reply| reply.code == ResponseCode::NO_ERROR);
        if !is_known(server.ask(question, pace, true).await) {
            return asked;
        }
        // Unless it only failed once: then it knows by now.
        let mut heard = asked.heard;
        let reply = match server.ask(question, pace, false).await.and_then(|reply| reply.counts(false)) {
            Ok(reply) => {
                heard.iter_mut().filter(|one| one.server == server.at).for_each(|one| one.failure = None);
                Ok(reply)
            }
            Err(_) => Err(DnsFailure::Failed(Some(ExtendedError::BOGUS))),
        };
        Asked { reply, heard }
    }

    fn pace(&self, until: Instant) -> Pace {
        let left = until.saturating_duration_since(Instant::now());
        let again = AGAIN.min(self.timeout).min(left * 2 / 5);
        // It is over before whoever asks stops to listen, so that it is known who said nothing.
        let until = until.checked_sub(Duration::from_millis(10)).unwrap_or(until);
        Pace { until, again, attempts: self.attempts, over_tcp: self.over_tcp }
    }

    /// The servers in the order of this question: those that lately said nothing last.
    fn order(&self) -> Vec<&Server> {
        let first = self.turns.as_ref().map_or(0, |turns| turns.fetch_add(1, Ordering::Relaxed));
        let mut order: Vec<&Server> = self.all.iter().collect();
        let count = order.len().max(1);
        order.rotate_left(first % count);
        order.sort_by_key(|server| server.is_shunned());
        order
    }

    async fn ask_all(&self, question: &Question, until: Instant) -> Asked {
        let pace = self.pace(until);
        let mut order = self.order().into_iter();
        let step = pace.again / u32::try_from(self.all.len()).unwrap_or(1).max(1);
        let ask = async |server: &'_ Server| (server.at, server.ask(question, pace, false).await);
        let mut running = FuturesUnordered::new();
        let mut open: Vec<(&Server, Instant)> = Vec::new();
        let mut heard: Vec<Heard> = Vec::new();
        let mut no_name = None;
        let mut end = until;
        let mut turn = Instant::now();
        let counted = loop {
            let now = Instant::now();
            if (now >= turn || running.is_empty()) && now < end {
                if let Some(server) = order.next() {
                    running.push(ask(server));
                    open.push((server, now));
                }
                turn = if order.len() == 0 { until } else { now + step };
            }
            if running.is_empty() {
                break None;
            }
            let Ok(Some((at, said))) = timeout_at(turn.min(end), running.next()).await else {
                if Instant::now() >= end {
                    break None;
                }
                continue;
            };
            open.retain(|(server, _)| server.at != at);
            match said.and_then(|reply| reply.counts(self.all.len() > 1)) {
                Ok(reply) if reply.code == ResponseCode::NO_NAME => {
                    heard.push(Heard { server: at, failure: Some(DnsFailure::NoName) });
                    no_name.get_or_insert(reply);
                    // Whoever else there is may object; who is known to be silent is not waited for.
                    let now = Instant::now();
                    for server in order.by_ref().filter(|server| !server.is_shunned()) {
                        running.push(ask(server));
                        open.push((server, now));
                    }
                    end = end.min(now + OBJECTION);
                    turn = until;
                }
                Ok(reply) => {
                    heard.push(Heard { server: at, failure: None });
                    break Some(reply);
                }
                Err(failure) => {
                    heard.push(Heard { server: at, failure: Some(failure) });
                    turn = Instant::now();
                }
            }
        };
        let now = Instant::now();
        // Where nobody answers, the order stays.
        let is_known = counted.is_some() || no_name.is_some();
        for (server, since) in open.iter().filter(|(_, since)| now >= *since + step.min(OBJECTION)) {
            if is_known {
                server.shun(now + SHUNNED);
            }
            // That nobody objected in a hurry does not mean that he is silent.
            if !is_known || counted.is_some() || now >= *since + 2 * OBJECTION {
                heard.push(Heard { server: server.at, failure: Some(DnsFailure::Timeout) });
            }
        }
        if counted.is_none() && no_name.is_some() {
            let agree = |one: &mut Heard| {
                one.failure = one.failure.take().filter(|failure| *failure != DnsFailure::NoName);
            };
            heard.iter_mut().for_each(agree);
        }
        let reply = counted.or(no_name).ok_or_else(|| gravest(&heard));
        Asked { reply, heard }
    }
}

/// What nobody's answer comes to: what was said of the domain counts more than that nothing was said.
fn gravest(heard: &[Heard]) -> DnsFailure {
    let grade = |failure: &DnsFailure| match failure {
        DnsFailure::Failed(why) => 5 + u8::from(why.is_some()),
        DnsFailure::OverTcp(_) => 4,
        DnsFailure::Refused(_) | DnsFailure::Lame => 3,
        DnsFailure::Unreadable => 2,
        DnsFailure::Unreachable(_) => 1,
        _ => 0,
    };
    let failures = heard.iter().filter_map(|one| one.failure.as_ref());
    failures.max_by_key(|failure| grade(failure)).cloned().unwrap_or(DnsFailure::Timeout)
}

impl DnsReply {
    /// The answer, where it is one. What says nothing is passed over where `others` may say more.
    fn counts(self, others: bool) -> Result<Self, DnsFailure> {
        match self.code {
            ResponseCode::NO_ERROR if self.is_referral || (self.is_lame && others) => Err(DnsFailure::Lame),
            ResponseCode::NO_ERROR | ResponseCode::NO_NAME => Ok(self),
            ResponseCode::SERVER_FAILURE => Err(DnsFailure::Failed(self.explained)),
            code => Err(DnsFailure::Refused(code)),
        }
    }
}

/// How a server is asked.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// What comes later does not count.
    until: Instant,
    /// After so long it is asked again.
    again: Duration,
    attempts: u32,
    over_tcp: bool,
}

impl Server {
    fn takes_edns(&self) -> bool {
        self.plain.load(Ordering::Relaxed) < PLAIN
    }

    fn is_shunned(&self) -> bool {
        let shunned = *self.shunned.lock().unwrap_or_else(PoisonError::into_inner);
        shunned.is_some_and(|until| Instant::now() < until)
    }

    fn shun(&self, until: Instant) {
        *self.shunned.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Its answer, whatever it says.
    async fn ask(&self, question: &Question, pace: Pace, unchecked: bool) -> Result<DnsReply, DnsFailure> {
        let (first, second) = Uuid::new_v4().as_u64_pair();
        let id = u16::try_from((first ^ second) >> 48).unwrap_or_default();
        let edns = self.takes_edns();
        if pace.over_tcp {
            return self.over_tcp(question, &question.packet(id, edns, unchecked), id, pace.until).await;
        }
        let reply = timeout_at(pace.until, self.over_udp(question, id, pace, unchecked)).await;
        let reply = reply.unwrap_or(Err(DnsFailure::Timeout))?;
        if reply.is_cut {
            let packet = question.packet(id, reply.has_edns, unchecked);
            return self.over_tcp(question, &packet, id, pace.until).await;
        }
        Ok(reply)
    }

    async fn over_udp(
        &self,
        question: &Question,
        id: u16,
        pace: Pace,
        unchecked: bool,
    ) -> Result<DnsReply, DnsFailure> {
        let unreachable = |error: io::Error| DnsFailure::Unreachable(error.kind());
        let any: IpAddr =
            if self.at.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        // The port is another one each time, and only the server is heard.
        let socket = UdpSocket::bind((any, 0)).await.map_err(unreachable)?;
        socket.connect(self.at).await.map_err(unreachable)?;
        let mut edns = self.takes_edns();
        let mut sends = 0;
        loop {
            socket.send(&question.packet(id, edns, unchecked)).await.map_err(unreachable)?;
            sends += 1;
            // After the last time there is nothing to do but to listen.
            let until = if sends < pace.attempts { Instant::now() + pace.again } else { pace.until };
            match timeout_at(until.min(pace.until), receive(&socket, question, id)).await {
                Ok(Ok(reply)) if edns && reply.as_ref().is_none_or(|reply| dislikes_edns(reply.code)) => {
                    self.plain.store(PLAIN, Ordering::Relaxed);
                    (edns, sends) = (false, 0);
                }
                Ok(Ok(None)) => return Err(DnsFailure::Unreadable),
                Ok(Ok(Some(reply))) => {
                    if reply.has_edns {
                        self.plain.store(0, Ordering::Relaxed);
                    } else if sends > 1 {
                        // It was silent for as long as it was asked with EDNS; or a datagram was lost.
                        self.plain.fetch_add(1, Ordering::Relaxed);
                    }
                    return Ok(reply);
                }
                Ok(Err(error)) => return Err(unreachable(error)),
                Err(_) if Instant::now() < pace.until => edns = false,
                Err(_) => return Err(DnsFailure::Timeout),
            }
        }
    }

    async fn over_tcp(
        &self,
        question: &Question,
        packet: &[u8],
        id: u16,
        until: Instant,
    ) -> Result<DnsReply, DnsFailure> {
        let exchange = async {
            let mut stream = TcpStream::connect(self.at).await?;
            let length = u16::try_from(packet.len()).unwrap_or_default();
            stream.write_all(&[&length.to_be_bytes(), packet].concat()).await?;
            let mut answer = vec![0; usize::from(stream.read_u16().await?)];
            stream.read_exact(&mut answer).await?;
            Ok(answer)
        };
        let answer: io::Result<Vec<u8>> =
            timeout_at(until, exchange).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let answer = answer.map_err(|error| DnsFailure::OverTcp(error.kind()))?;
        let reply = DnsReply::parse(&answer).filter(|reply| question.is_answered_by(id, reply));
        reply.ok_or(DnsFailure::Unreadable)
    }
}

fn dislikes_edns(code: ResponseCode) -> bool {
    matches!(code, ResponseCode::FORMAT_ERROR | ResponseCode::NOT_IMPLEMENTED | ResponseCode::BAD_VERSION)
}

/// The answer to a question; `None` where it cannot be read. What has another number may be anybody's, and
/// is passed over.
async fn receive(socket: &UdpSocket, question: &Question, id: u16) -> io::Result<Option<DnsReply>> {
    let mut packet = vec![0; LARGEST];
    loop {
        let length = socket.recv(&mut packet).await?;
        let packet = packet.get(..length).unwrap_or_default();
        match DnsReply::parse(packet) {
            Some(reply) if question.is_answered_by(id, &reply) => return Ok(Some(reply)),
            None if packet.starts_with(&id.to_be_bytes()) => return Ok(None),
            _ => {}
        }
    }
}
