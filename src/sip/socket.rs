//! Sockets: one request out, its reply in.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::client::TlsStream;

use super::tls::{TlsTrouble, after};
use super::trace::harmless;
use super::transaction::{Action, ReplyKind, T1, Transaction};
use super::udp::{Datagram, UdpLink};
use super::{ClientCertificateUse, Frame, NotSip, Pacer, SipReply, SipRequest, TraceLine, Transport};
use crate::text::clean;

/// Messages that a trace keeps of one target.
const MOST_TRACED: usize = 200;

/// Round trips differ by so much.
const CROSSING: Duration = Duration::from_millis(100);
/// So long is looked whether a stream is still open before it is used again.
const GLANCE: Duration = Duration::from_millis(1);
/// Longer than any check.
const FOREVER: Duration = Duration::from_secs(3600);
/// Tokens of credentials that are remembered: those of an answer and of its repetition, and some more.
const MOST_TOKENS: usize = 8;
/// A shorter one is no digest, and would be found by chance.
const SHORTEST_TOKEN: usize = 16;

/// Why no reply came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SocketTrouble {
    /// Silence.
    Silence,
    /// Something came, and nothing of it belonged to the request.
    Strays(u32),
    /// A router on the way says that the host cannot be reached.
    Unreachable,
    /// A reply came that was changed on the way: what it was, and what is changed.
    Rewritten(String, &'static str),
    /// The answer came from another address or port than was asked, and what it was in words.
    Elsewhere(SocketAddr, String),
    /// Nothing listens there.
    Refused,
    /// The other side hung up.
    Closed(String),
    /// TLS ended before anything was answered, for a reason of its own.
    Tls(Box<TlsTrouble>),
    /// What came is not SIP.
    NotSip(NotSip),
    /// This machine cannot send.
    Network(String),
}

impl SocketTrouble {
    /// What an error of a socket means.
    pub(super) fn of(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::Refused,
            ErrorKind::ConnectionReset => Self::Closed("it reset the connection".to_owned()),
            ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                Self::Closed("it closed the connection while it was spoken to".to_owned())
            }
            ErrorKind::UnexpectedEof => Self::Closed("without a reply".to_owned()),
            ErrorKind::InvalidData => Self::Closed("what came is not valid TLS".to_owned()),
            // It is not about this machine.
            ErrorKind::HostUnreachable => Self::Unreachable,
            ErrorKind::TimedOut => Self::Silence,
            _ => Self::Network(clean(&error.to_string(), 120)),
        }
    }
}

/// A reply and how it came.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) reply: SipReply,
    /// From the first time that the request went out.
    pub(super) elapsed: Duration,
    pub(super) sends: u32,
    /// Of those, how many nothing shows to have arrived: 0 where each was answered.
    pub(super) unanswered: u32,
}

enum Link {
    Udp(UdpLink),
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A socket that is connected to one target.
pub(super) struct Socket {
    link: Link,
    local: SocketAddr,
    remote: SocketAddr,
    target: String,
    /// Of TLS: what the server did about a certificate of the client.
    wish: Option<ClientCertificateUse>,
    /// Digest responses that were sent lately, and what was in them.
    sent: Vec<String>,
    /// Of a stream: what has come and belongs to no message yet.
    buffer: Vec<u8>,
    /// Of a stream: nobody knows where its next message begins.
    is_out_of_step: bool,
    began: Instant,
    pub(super) trace: Vec<TraceLine>,
}

impl Socket {
    /// A UDP socket, bound to an address of this machine where one is named.
    pub(super) async fn udp(
        (source, to): (Option<IpAddr>, SocketAddr),
        target: &str,
        began: Instant,
    ) -> Result<Self, SocketTrouble> {
        let link = UdpLink::open(source, to).await.map_err(|error| SocketTrouble::of(&error))?;
        let local = link.local().map_err(|error| SocketTrouble::of(&error))?;
        Ok(Self::new(Link::Udp(link), (local, to), target, began))
    }

    /// A TCP connection.
    pub(super) fn tcp(stream: TcpStream, target: &str, began: Instant) -> Result<Self, SocketTrouble> {
        let ends = ends(&stream)?;
        Ok(Self::new(Link::Tcp(stream), ends, target, began))
    }

    /// A TLS connection whose certificate was verified, and what the server did about one of the client.
    pub(super) fn tls(
        stream: TlsStream<TcpStream>,
        wish: Option<ClientCertificateUse>,
        target: &str,
        began: Instant,
    ) -> Result<Self, SocketTrouble> {
        let ends = ends(stream.get_ref().0)?;
        Ok(Self { wish, ..Self::new(Link::Tls(Box::new(stream)), ends, target, began) })
    }

    fn new(link: Link, (local, remote): (SocketAddr, SocketAddr), target: &str, began: Instant) -> Self {
        let (target, sent, buffer, trace) = (target.to_owned(), Vec::new(), Vec::new(), Vec::new());
        Self { link, local, remote, target, wish: None, sent, buffer, is_out_of_step: false, began, trace }
    }

    /// The address of this side.
    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    /// How it travels.
    pub(super) fn transport(&self) -> Transport {
        match self.link {
            Link::Udp(_) => Transport::Udp,
            Link::Tcp(_) => Transport::Tcp,
            Link::Tls(_) => Transport::Tls,
        }
    }

    /// Goes on over the socket of `other`; what was traced and what must not be shown stays.
    pub(super) fn go_on_over(&mut self, other: Self) {
        (self.link, self.local, self.buffer, self.wish) = (other.link, other.local, other.buffer, other.wish);
        self.is_out_of_step = false;
    }

    /// Whether the other side of a stream has hung up, as far as is known by now, or nothing can be read
    /// from it any more.
    pub(super) async fn is_closed(&mut self) -> bool {
        if self.is_out_of_step {
            return true;
        }
        let read = match &mut self.link {
            Link::Udp(_) => return false,
            Link::Tcp(stream) => timeout(GLANCE, stream.read_buf(&mut self.buffer)).await,
            Link::Tls(stream) => timeout(GLANCE, stream.read_buf(&mut self.buffer)).await,
        };
        // What comes late is a stray of the next exchange.
        mask(&mut self.buffer, &self.sent);
        !matches!(read, Err(_) | Ok(Ok(1..)))
    }

    /// Sends a request as its transaction says, until there is a final reply or no reason to wait. The
    /// first packet goes out at once; one that goes out again has to wait for its turn at `pacer`.
    pub(super) async fn exchange(
        &mut self,
        request: &SipRequest,
        transaction: &mut Transaction,
        pacer: &Pacer,
        to: IpAddr,
    ) -> Result<Answer, SocketTrouble> {
        let start = Instant::now();
        let mut heard = Heard::default();
        let mut has_turn = true;
        self.sent.extend(request.tokens().filter(|token| token.len() >= SHORTEST_TOKEN).map(str::to_owned));
        let old = self.sent.len().saturating_sub(MOST_TOKENS);
        self.sent.drain(..old);
        loop {
            let until = match transaction.poll(start.elapsed()) {
                Action::Send => {
                    if !std::mem::replace(&mut has_turn, false) {
                        let slot = pacer.slot(to, start + transaction.limit);
                        has_turn = slot.is_some();
                        transaction.postpone(slot.map(|slot| slot.saturating_duration_since(start)));
                        continue;
                    }
                    transaction.send(start.elapsed());
                    self.note(true, request.redacted().into_bytes(), None);
                    // A peer that reads nothing must not hold us.
                    match timeout_at(start + transaction.limit, self.send(request.bytes())).await {
                        Ok(Ok(())) => {}
                        // Another datagram may find a way.
                        Ok(Err(error)) if self.is_no_route(&error) => {
                            heard.no_route(transaction, start.elapsed());
                        }
                        Ok(Err(error)) => return Err(self.last_words(error).await),
                        Err(_) => return Err(SocketTrouble::Silence),
                    }
                    continue;
                }
                Action::Wait(until) => until,
                Action::Over => {
                    // Of a flood the last one is not waited for.
                    let unfinished = self.unfinished().filter(|_| !transaction.is_flooded());
                    return Err(unfinished.unwrap_or_else(|| heard.trouble(transaction)));
                }
            };
            let Ok(message) = timeout_at(start + until, self.receive()).await else { continue };
            let message = match message {
                Ok(message) => message,
                Err(SocketTrouble::Unreachable) => {
                    heard.no_route(transaction, start.elapsed());
                    continue;
                }
                Err(trouble) => return Err(heard.elsewhere.unwrap_or(trouble)),
            };
            if let Some(from) = message.from {
                self.stranger(&message.bytes, from, &mut heard, transaction, start.elapsed());
                continue;
            }
            let Datagram { bytes: message, cut, .. } = message;
            self.note_received(&message);
            let reply = match SipReply::parse(&message) {
                Ok(reply) => reply,
                Err(NotSip::SipRequest) => {
                    transaction.stray();
                    continue;
                }
                // After junk in a datagram a reply may still come; a stream that speaks something else
                // goes on so.
                Err(wrong) if self.transport() == Transport::Udp => {
                    transaction.stray();
                    heard.junk = Some(wrong);
                    continue;
                }
                Err(wrong) => return Err(SocketTrouble::NotSip(wrong)),
            };
            if let Some(what) = transaction.rewritten(&reply) {
                heard.rewritten = Some(SocketTrouble::Rewritten(reply.status_words(), what));
            }
            if transaction.receive(start.elapsed(), &reply) == ReplyKind::Final {
                let elapsed = start.elapsed().saturating_sub(cut.unwrap_or_default());
                // Whoever answers has taken whatever certificate of a client it got.
                self.wish = None;
                let reply = if self.transport() == Transport::Udp { reply } else { reply.over_stream() };
                let reply = if cut.is_some() { reply.without_body() } else { reply };
                let answered = self.answered(start, elapsed, transaction).await;
                let sends = transaction.sends;
                return Ok(Answer { reply, elapsed, sends, unanswered: sends - answered });
            }
        }
    }

    /// A datagram that another address or port sent. One that answers the request is remembered; the
    /// server itself gets a little longer.
    fn stranger(
        &mut self,
        bytes: &[u8],
        from: SocketAddr,
        heard: &mut Heard,
        transaction: &mut Transaction,
        now: Duration,
    ) {
        let Some(reply) = SipReply::parse(bytes).ok().filter(|reply| transaction.is_ours(reply)) else {
            return;
        };
        self.note(false, harmless(bytes), Some(from));
        if transaction.receive(now, &reply) == ReplyKind::Final {
            transaction.limit = transaction.limit.min(now + T1);
        }
        heard.elsewhere = Some(SocketTrouble::Elsewhere(from, reply.status_words()));
    }

    /// How many of the packets that went out are answered, when the first answer came after `elapsed`.
    /// That answer may be to the first packet and have crossed the second one on the way: then the second
    /// is answered as long after it went out. A path that is slow is not one that loses packets.
    async fn answered(&mut self, start: Instant, elapsed: Duration, transaction: &mut Transaction) -> u32 {
        let mut answered = 1;
        let until = (transaction.last_sent + elapsed + CROSSING).min(transaction.limit);
        while answered < transaction.sends {
            let Ok(Ok(message)) = timeout_at(start + until, self.receive()).await else { break };
            if message.from.is_some() {
                continue;
            }
            self.note_received(&message.bytes);
            let reply = SipReply::parse(&message.bytes);
            let is_copy =
                reply.is_ok_and(|reply| transaction.receive(start.elapsed(), &reply) == ReplyKind::Final);
            answered += u32::from(is_copy);
        }
        answered
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.link {
            Link::Udp(link) => link.send(bytes).await,
            Link::Tcp(stream) => stream.write_all(bytes).await,
            Link::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }

    /// The next message. Cancelling the wait loses nothing.
    async fn receive(&mut self) -> Result<Datagram, SocketTrouble> {
        if let Link::Udp(link) = &self.link {
            let received = link.receive().await;
            let mut datagram = received.map_err(|error| SocketTrouble::of(&error))?;
            mask(&mut datagram.bytes, &self.sent);
            return Ok(datagram);
        }
        loop {
            match SipReply::frame(&self.buffer) {
                Frame::Whole(end) => {
                    let bytes = self.buffer.drain(..end).collect();
                    return Ok(Datagram { bytes, from: None, cut: None });
                }
                Frame::Never(NotSip::TooLarge) if SipReply::has_head(&self.buffer) => {
                    return Ok(self.cut(Duration::ZERO));
                }
                Frame::Never(wrong) => {
                    let shown = harmless(&self.buffer);
                    self.note(false, shown, None);
                    return Err(SocketTrouble::NotSip(wrong));
                }
                Frame::Partial => {}
            }
            let before = self.buffer.len();
            // What a server says in its headers counts, whatever it promises to send after them.
            let has_head = SipReply::has_head(&self.buffer);
            let began = Instant::now();
            let patience = if has_head { T1 } else { FOREVER };
            let read = match &mut self.link {
                Link::Tcp(stream) => timeout(patience, stream.read_buf(&mut self.buffer)).await,
                Link::Tls(stream) => timeout(patience, stream.read_buf(&mut self.buffer)).await,
                Link::Udp(_) => Ok(Ok(0)),
            };
            let read = match read {
                Err(_) | Ok(Ok(0)) if has_head => return Ok(self.cut(began.elapsed())),
                Err(_) => continue,
                Ok(read) => read,
            };
            match read {
                Ok(0) if self.buffer.iter().all(u8::is_ascii_whitespace) => {
                    let why = after(None, self.wish).map(|why| SocketTrouble::Tls(Box::new(why)));
                    return Err(why.unwrap_or_else(|| SocketTrouble::Closed("without a reply".to_owned())));
                }
                Ok(0) => return Err(self.broken_off()),
                Ok(_) => {
                    // One that came in two parts begins in what was there before.
                    let longest = self.sent.iter().map(String::len).max().unwrap_or(0);
                    mask(&mut self.buffer[before.saturating_sub(longest)..], &self.sent);
                }
                Err(error) => return Err(self.failed(&error)),
            }
        }
    }

    /// A message of which the body is not waited for any more. What comes over the stream after it has no
    /// beginning that could be found.
    fn cut(&mut self, waited: Duration) -> Datagram {
        self.is_out_of_step = true;
        Datagram { bytes: std::mem::take(&mut self.buffer), from: None, cut: Some(waited) }
    }

    /// Whether a router says, or this machine after it had asked its own network, that there is no way to
    /// where a datagram goes.
    fn is_no_route(&self, error: &io::Error) -> bool {
        self.transport() == Transport::Udp && SocketTrouble::of(error) == SocketTrouble::Unreachable
    }

    /// What an error of a stream means; TLS may have been told why.
    fn failed(&self, error: &io::Error) -> SocketTrouble {
        let is_tls = matches!(self.link, Link::Tls(_));
        let why = after(Some(error), self.wish).filter(|_| is_tls);
        why.map_or_else(|| SocketTrouble::of(error), |why| SocketTrouble::Tls(Box::new(why)))
    }

    /// What the other side said before it took nothing any more.
    async fn last_words(&mut self, error: io::Error) -> SocketTrouble {
        if let Link::Tls(stream) = &mut self.link
            && let Ok(Err(said)) = timeout(GLANCE, stream.read_buf(&mut self.buffer)).await
        {
            return self.failed(&said);
        }
        self.failed(&error)
    }

    /// What it means that a stream says something and never comes to an end of it.
    fn unfinished(&mut self) -> Option<SocketTrouble> {
        if self.buffer.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        let rest = std::mem::take(&mut self.buffer);
        self.note_received(&rest);
        Some(SocketTrouble::NotSip(NotSip::Unfinished(rest.len())))
    }

    /// What the beginning of a message means that will not go on.
    fn broken_off(&mut self) -> SocketTrouble {
        let rest = std::mem::take(&mut self.buffer);
        self.note_received(&rest);
        match SipReply::parse(&rest) {
            Err(wrong) if wrong != NotSip::SipRequest => SocketTrouble::NotSip(wrong),
            _ => SocketTrouble::Closed("in the middle of its reply".to_owned()),
        }
    }

    fn note(&mut self, outgoing: bool, bytes: Vec<u8>, from: Option<SocketAddr>) {
        if self.trace.len() < MOST_TRACED {
            self.trace.push(TraceLine {
                began: Duration::ZERO,
                at: self.began.elapsed(),
                outgoing,
                target: self.target.clone(),
                transport: self.transport(),
                local: self.local,
                remote: from.unwrap_or(self.remote),
                bytes,
            });
        }
    }

    /// Notes what came from the server that was asked.
    fn note_received(&mut self, bytes: &[u8]) {
        self.note(false, harmless(bytes), None);
    }
}

/// Our side of a stream, and the other one.
fn ends(stream: &TcpStream) -> Result<(SocketAddr, SocketAddr), SocketTrouble> {
    let ends = stream.local_addr().and_then(|local| Ok((local, stream.peer_addr()?)));
    ends.map_err(|error| SocketTrouble::of(&error))
}

/// What came that is no answer, while one is waited for.
#[derive(Default)]
struct Heard {
    junk: Option<NotSip>,
    elsewhere: Option<SocketTrouble>,
    rewritten: Option<SocketTrouble>,
    no_route: bool,
}

impl Heard {
    /// A router says so, which may be over in a moment: the next packet is waited for, and no other one.
    fn no_route(&mut self, transaction: &mut Transaction, now: Duration) {
        if !std::mem::replace(&mut self.no_route, true) {
            transaction.limit = transaction.limit.min(now + 2 * T1);
        }
    }

    /// What it comes to in the end.
    fn trouble(self, transaction: &Transaction) -> SocketTrouble {
        let strays = transaction.strays;
        match self {
            Self { elsewhere: Some(elsewhere), .. } => elsewhere,
            Self { rewritten: Some(rewritten), .. } => rewritten,
            Self { junk: Some(junk), .. } => SocketTrouble::NotSip(junk),
            Self { no_route: true, .. } => SocketTrouble::Unreachable,
            _ if strays > 0 => SocketTrouble::Strays(strays),
            _ => SocketTrouble::Silence,
        }
    }
}

/// Overwrites what we sent ourselves and nobody is to see, wherever a server sends it back: in a header
/// of any name, in its reason phrase, in a body. The length stays, so that messages end where they did.
fn mask(bytes: &mut [u8], tokens: &[String]) {
    for token in tokens {
        let mut at = 0;
        while let Some(window) = bytes.get_mut(at..at + token.len()) {
            if window.eq_ignore_ascii_case(token.as_bytes()) {
                window.fill(b'*');
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_sockets_have_a_meaning() {
        let of = |kind: ErrorKind| SocketTrouble::of(&kind.into());
        assert_eq!(of(ErrorKind::ConnectionRefused), SocketTrouble::Refused);
        assert_eq!(of(ErrorKind::TimedOut), SocketTrouble::Silence);
        assert_eq!(of(ErrorKind::HostUnreachable), SocketTrouble::Unreachable);
        assert!(matches!(of(ErrorKind::ConnectionReset), SocketTrouble::Closed(_)));
        for ours in [ErrorKind::NetworkUnreachable, ErrorKind::PermissionDenied, ErrorKind::AddrNotAvailable]
        {
            assert!(matches!(of(ours), SocketTrouble::Network(_)), "{ours}");
        }
    }
}
