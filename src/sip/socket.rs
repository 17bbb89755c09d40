//! Sockets: one request out, its reply in.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::client::TlsStream;

use super::message::LARGEST;
use super::tls::{TlsTrouble, after};
use super::transaction::{Action, ReplyKind, Transaction};
use super::{ClientCertificateUse, Frame, NotSip, Pacer, SipReply, SipRequest, TraceLine, Transport};
use crate::text::clean;

/// Messages that a trace keeps of one target.
const MOST_TRACED: usize = 200;
/// Characters of one message that a trace keeps.
const LONGEST_TRACED: usize = 8 * 1024;

/// Round trips differ by so much.
const CROSSING: Duration = Duration::from_millis(100);
/// So long is looked whether a stream is still open before it is used again.
const GLANCE: Duration = Duration::from_millis(1);
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
    Udp(UdpSocket),
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A socket that is connected to one target.
pub(super) struct Socket {
    link: Link,
    local: SocketAddr,
    target: String,
    /// Of TLS: what the server did about a certificate of the client.
    wish: Option<ClientCertificateUse>,
    /// Digest responses that were sent lately, and what was in them.
    sent: Vec<String>,
    /// Of a stream: what has come and belongs to no message yet.
    buffer: Vec<u8>,
    began: Instant,
    pub(super) trace: Vec<TraceLine>,
}

impl Socket {
    /// A UDP socket that takes packets of the target alone, and learns of its refusals.
    pub(super) async fn udp(to: SocketAddr, target: &str, began: Instant) -> Result<Self, SocketTrouble> {
        let any: IpAddr =
            if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = UdpSocket::bind((any, 0)).await.map_err(|error| SocketTrouble::of(&error))?;
        socket.connect(to).await.map_err(|error| SocketTrouble::of(&error))?;
        let local = socket.local_addr().map_err(|error| SocketTrouble::of(&error))?;
        Ok(Self::new(Link::Udp(socket), local, target, began))
    }

    /// A TCP connection.
    pub(super) fn tcp(stream: TcpStream, target: &str, began: Instant) -> Result<Self, SocketTrouble> {
        let local = stream.local_addr().map_err(|error| SocketTrouble::of(&error))?;
        Ok(Self::new(Link::Tcp(stream), local, target, began))
    }

    /// A TLS connection whose certificate was verified, and what the server did about one of the client.
    pub(super) fn tls(
        stream: TlsStream<TcpStream>,
        wish: Option<ClientCertificateUse>,
        target: &str,
        began: Instant,
    ) -> Result<Self, SocketTrouble> {
        let local = stream.get_ref().0.local_addr().map_err(|error| SocketTrouble::of(&error))?;
        Ok(Self { wish, ..Self::new(Link::Tls(Box::new(stream)), local, target, began) })
    }

    fn new(link: Link, local: SocketAddr, target: &str, began: Instant) -> Self {
        let (target, sent, buffer, trace) = (target.to_owned(), Vec::new(), Vec::new(), Vec::new());
        Self { link, local, target, wish: None, sent, buffer, began, trace }
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
    }

    /// Whether the other side of a stream has hung up, as far as is known by now.
    pub(super) async fn is_closed(&mut self) -> bool {
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
        let mut junk = None;
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
                    self.note(true, &request.redacted());
                    // A peer that reads nothing must not hold us.
                    match timeout_at(start + transaction.limit, self.send(request.bytes())).await {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => return Err(self.last_words(error).await),
                        Err(_) => return Err(SocketTrouble::Silence),
                    }
                    continue;
                }
                Action::Wait(until) => until,
                Action::Over => {
                    // Of a flood the last one is not waited for.
                    let unfinished = self.unfinished().filter(|_| !transaction.is_flooded());
                    if let Some(unfinished) = unfinished {
                        return Err(unfinished);
                    }
                    let strays = transaction.strays;
                    let silence =
                        if strays > 0 { SocketTrouble::Strays(strays) } else { SocketTrouble::Silence };
                    return Err(junk.map_or(silence, SocketTrouble::NotSip));
                }
            };
            let Ok(message) = timeout_at(start + until, self.receive()).await else { continue };
            let message = message?;
            self.note(false, &String::from_utf8_lossy(&message));
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
                    junk = Some(wrong);
                    continue;
                }
                Err(wrong) => return Err(SocketTrouble::NotSip(wrong)),
            };
            if transaction.receive(start.elapsed(), &reply) == ReplyKind::Final {
                let elapsed = start.elapsed();
                // Whoever answers has taken whatever certificate of a client it got.
                self.wish = None;
                let reply = if self.transport() == Transport::Udp { reply } else { reply.over_stream() };
                let answered = self.answered(start, elapsed, transaction).await;
                let sends = transaction.sends;
                return Ok(Answer { reply, elapsed, sends, unanswered: sends - answered });
            }
        }
    }

    /// How many of the packets that went out are answered, when the first answer came after `elapsed`.
    /// That answer may be to the first packet and have crossed the second one on the way: then the second
    /// is answered as long after it went out. A path that is slow is not one that loses packets.
    async fn answered(&mut self, start: Instant, elapsed: Duration, transaction: &mut Transaction) -> u32 {
        let mut answered = 1;
        let until = (transaction.last_sent + elapsed + CROSSING).min(transaction.limit);
        while answered < transaction.sends {
            let Ok(Ok(message)) = timeout_at(start + until, self.receive()).await else { break };
            self.note(false, &String::from_utf8_lossy(&message));
            let reply = SipReply::parse(&message);
            let is_copy =
                reply.is_ok_and(|reply| transaction.receive(start.elapsed(), &reply) == ReplyKind::Final);
            answered += u32::from(is_copy);
        }
        answered
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.link {
            Link::Udp(socket) => socket.send(bytes).await.map(|_| ()),
            Link::Tcp(stream) => stream.write_all(bytes).await,
            Link::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }

    /// The next message. Cancelling the wait loses nothing.
    async fn receive(&mut self) -> Result<Vec<u8>, SocketTrouble> {
        if let Link::Udp(socket) = &self.link {
            let mut packet = vec![0; LARGEST];
            let length = match socket.recv(&mut packet).await {
                Ok(length) => length,
                // Windows reports the refusal of a datagram as a reset.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    return Err(SocketTrouble::Refused);
                }
                Err(error) => return Err(SocketTrouble::of(&error)),
            };
            packet.truncate(length);
            mask(&mut packet, &self.sent);
            return Ok(packet);
        }
        loop {
            match SipReply::frame(&self.buffer) {
                Frame::Whole(end) => return Ok(self.buffer.drain(..end).collect()),
                Frame::Never(wrong) => {
                    let shown = String::from_utf8_lossy(&self.buffer).into_owned();
                    self.note(false, &shown);
                    return Err(SocketTrouble::NotSip(wrong));
                }
                Frame::Partial => {}
            }
            let before = self.buffer.len();
            let read = match &mut self.link {
                Link::Tcp(stream) => stream.read_buf(&mut self.buffer).await,
                Link::Tls(stream) => stream.read_buf(&mut self.buffer).await,
                Link::Udp(_) => Ok(0),
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
        self.note(false, &String::from_utf8_lossy(&rest));
        Some(SocketTrouble::NotSip(NotSip::Unfinished(rest.len())))
    }

    /// What the beginning of a message means that will not go on.
    fn broken_off(&mut self) -> SocketTrouble {
        let rest = std::mem::take(&mut self.buffer);
        self.note(false, &String::from_utf8_lossy(&rest));
        match SipReply::parse(&rest) {
            Err(wrong) if wrong != NotSip::SipRequest => SocketTrouble::NotSip(wrong),
            _ => SocketTrouble::Closed("in the middle of its reply".to_owned()),
        }
    }

    fn note(&mut self, outgoing: bool, text: &str) {
        if self.trace.len() < MOST_TRACED {
            let text = if outgoing { text.replace("\r\n", "\n") } else { harmless(text) };
            self.trace.push(TraceLine {
                at: self.began.elapsed(),
                outgoing,
                target: self.target.clone(),
                text,
            });
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

/// A received message for a trace: cleaned line by line, without what could be taken to guess a
/// password (a server may send our own header back).
fn harmless(text: &str) -> String {
    let mut out = String::new();
    for line in text.split('\n') {
        let line = line.trim_end_matches('\r');
        let lower = line.to_ascii_lowercase();
        if out.len() + line.len() > LONGEST_TRACED {
            out.push('…');
            break;
        }
        if lower.contains("response=") || lower.contains("rspauth=") || lower.contains("authorization:") {
            out.push_str("[redacted]\n");
        } else {
            out.push_str(&clean(line, LONGEST_TRACED));
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_harmless() {
        let text = "SIP/2.0 200 OK\r\nServer: \u{1b}[2J\r\nX-Echo: Digest response=\"0123\"\r\n\
            Authentication-Info: rspauth=\"4567\"\r\n\r\n";
        let shown = harmless(text);
        assert!(
            !shown.contains(['\u{1b}', '\r']) && !shown.contains("0123") && !shown.contains("4567"),
            "{shown}"
        );
        assert!(harmless(&"x".repeat(100_000)).len() < 10_000);
        assert!(harmless(&"x\n".repeat(100_000)).len() < 10_000);
    }

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
