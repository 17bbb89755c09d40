//! A small SIP server: OPTIONS and REGISTER for the numbers of the sandbox, over UDP and TCP.
//!
//! OPTIONS to a number or an endpoint that exists is answered 200, to anything else 404; REGISTER
//! wants the SIP credentials of the number. Every other method is answered 405: calls are not served.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::registrar::{Judgement, Registrar};
use super::service::Service;

/// The largest message that is read, in bytes.
const LARGEST: usize = 64 * 1024;
/// A connection on which nothing arrives for so long is closed.
const IDLE: Duration = Duration::from_secs(60);
/// How often a free port is looked for that UDP and TCP both have.
const TRIES: usize = 20;

/// Sockets of both transports on one port.
#[derive(Debug)]
pub(super) struct Sockets {
    udp: std::net::UdpSocket,
    tcp: std::net::TcpListener,
    pub(super) at: SocketAddr,
}

impl Sockets {
    /// Binds both; port 0 takes one that is free for both.
    pub(super) fn bind(listen: SocketAddr) -> io::Result<Self> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let tcp = std::net::TcpListener::bind(listen)?;
            let at = tcp.local_addr()?;
            match std::net::UdpSocket::bind(at) {
                Ok(udp) => {
                    udp.set_nonblocking(true)?;
                    tcp.set_nonblocking(true)?;
                    return Ok(Self { udp, tcp, at });
                }
                Err(_) if listen.port() == 0 && tries > 0 => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Serves until it is dropped.
    pub(super) async fn serve(self, service: Arc<Service>) -> io::Result<()> {
        let server = Arc::new(Server { service, registrar: Mutex::default() });
        let udp = UdpSocket::from_std(self.udp)?;
        let tcp = TcpListener::from_std(self.tcp)?;
        let datagrams = Arc::clone(&server);
        tokio::spawn(async move { datagrams.datagrams(&udp).await });
        loop {
            // A connection that ended before it was taken is no reason to stop.
            let Ok((stream, from)) = tcp.accept().await else { continue };
            let server = Arc::clone(&server);
            tokio::spawn(async move { server.stream(stream, from).await });
        }
    }
}

struct Server {
    service: Arc<Service>,
    registrar: Mutex<Registrar>,
}

impl Server {
    async fn datagrams(&self, socket: &UdpSocket) {
        let mut packet = vec![0; LARGEST];
        loop {
            // An error is the refusal of an earlier reply: its receiver is gone.
            let Ok((length, from)) = socket.recv_from(&mut packet).await else { continue };
            if let Some(reply) = Request::parse(&packet[..length]).and_then(|one| self.answer(&one, from)) {
                socket.send_to(reply.as_bytes(), from).await.ok();
            }
        }
    }

    /// Ends with an error of the connection, which concerns nobody else.
    async fn stream(&self, mut stream: TcpStream, from: SocketAddr) -> Option<()> {
        let mut buffer = Vec::new();
        loop {
            while let Some(end) = whole(&buffer)? {
                let message: Vec<u8> = buffer.drain(..end).collect();
                if let Some(reply) = Request::parse(&message).and_then(|one| self.answer(&one, from)) {
                    stream.write_all(reply.as_bytes()).await.ok()?;
                }
            }
            let read = tokio::time::timeout(IDLE, stream.read_buf(&mut buffer)).await.ok()?.ok()?;
            if read == 0 || buffer.len() > LARGEST {
                return None;
            }
        }
    }

    fn answer(&self, request: &Request<'_>, from: SocketAddr) -> Option<String> {
        let user = user_of(request.uri);
        let (status, more) = match request.method {
            "ACK" => return None,
            "OPTIONS" if user.is_none_or(|user| self.service.answers_to(user)) => {
                ("200 OK", "Accept: application/sdp\r\nAllow: OPTIONS, REGISTER\r\n".to_owned())
            }
            "OPTIONS" => ("404 Not Found", String::new()),
            "REGISTER" => self.register(request),
            _ => ("405 Method Not Allowed", "Allow: OPTIONS, REGISTER\r\n".to_owned()),
        };
        Some(request.reply(status, &more, from))
    }

    fn register(&self, request: &Request<'_>) -> (&'static str, String) {
        let Some(user) = request.header("to", "t").and_then(|to| user_of(inside(to))) else {
            return ("400 Bad Request", String::new());
        };
        let Some(password) = self.service.sip_password(user) else {
            return ("404 Not Found", String::new());
        };
        let Some(password) = password else { return ("403 Forbidden", String::new()) };
        let mut registrar = self.registrar.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(value) = request.header("authorization", "authorization") else {
            return ("401 Unauthorized", registrar.challenges(false));
        };
        match registrar.judge(value, user.trim_start_matches('+'), &password, "REGISTER", request.uri) {
            Judgement::Wrong => ("403 Forbidden", String::new()),
            Judgement::Stale => ("401 Unauthorized", registrar.challenges(true)),
            Judgement::Right => {
                if let Some(contact) = request.header("contact", "m") {
                    let expires = request.header("expires", "expires").and_then(|value| value.parse().ok());
                    registrar.bind(user, contact, expires.unwrap_or(3600));
                }
                ("200 OK", registrar.contact(user))
            }
        }
    }
}

/// A request, borrowed from its bytes.
struct Request<'a> {
    method: &'a str,
    uri: &'a str,
    headers: Vec<(&'a str, &'a str)>,
}

impl<'a> Request<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let head = text.split("\r\n\r\n").next()?;
        let mut lines = head.split("\r\n").filter(|line| !line.is_empty());
        let mut start = lines.next()?.split(' ');
        let (method, uri) = (start.next()?, start.next()?);
        (start.next()? == "SIP/2.0").then_some(())?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim(), value.trim()))
            .take(100)
            .collect();
        Some(Self { method, uri, headers })
    }

    fn header(&self, name: &str, compact: &str) -> Option<&'a str> {
        let is = |known: &str| known.eq_ignore_ascii_case(name) || known.eq_ignore_ascii_case(compact);
        self.headers.iter().find(|(known, _)| is(known)).map(|(_, value)| *value)
    }

    /// A reply with what RFC 3261 section 8.2.6.2 has copied from the request.
    fn reply(&self, status: &str, more: &str, from: SocketAddr) -> String {
        let mut out = format!("SIP/2.0 {status}\r\n");
        for (at, (name, value)) in self.headers.iter().enumerate() {
            let is =
                |long: &str, short: &str| name.eq_ignore_ascii_case(long) || name.eq_ignore_ascii_case(short);
            if is("via", "v") {
                let first = !self.headers[..at]
                    .iter()
                    .any(|(name, _)| name.eq_ignore_ascii_case("via") || name.eq_ignore_ascii_case("v"));
                // RFC 3581: the request came from there.
                let seen = format!(";received={};rport={}", from.ip(), from.port());
                let value = if first { value.replacen(";rport", &seen, 1) } else { (*value).to_owned() };
                out.push_str(&format!("Via: {value}\r\n"));
            } else if is("from", "f") || is("call-id", "i") || is("cseq", "cseq") {
                out.push_str(&format!("{name}: {value}\r\n"));
            } else if is("to", "t") {
                let tag = if value.contains(";tag=") { "" } else { ";tag=sandbox" };
                out.push_str(&format!("To: {value}{tag}\r\n"));
            }
        }
        out.push_str(more);
        out.push_str(concat!(
            "Server: numdeck-sandbox/",
            env!("CARGO_PKG_VERSION"),
            "\r\nContent-Length: 0\r\n\r\n"
        ));
        out
    }
}

/// Where the first message of a stream ends. The outer `None`: it is no SIP.
fn whole(buffer: &[u8]) -> Option<Option<usize>> {
    let Some(end) = memchr::memmem::find(buffer, b"\r\n\r\n") else { return Some(None) };
    let head = std::str::from_utf8(&buffer[..end]).ok()?;
    let length = head.split("\r\n").filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
        let is = name.trim().eq_ignore_ascii_case("content-length") || name.trim().eq_ignore_ascii_case("l");
        is.then(|| value.trim().parse::<usize>().ok()).flatten()
    });
    let end = end + 4 + length.unwrap_or(0).min(LARGEST);
    Some((end <= buffer.len()).then_some(end))
}

/// What is between the angle brackets of a header.
fn inside(value: &str) -> &str {
    let after = value.split_once('<').map_or(value, |(_, rest)| rest);
    after.split('>').next().unwrap_or(after)
}

/// The user part of a `sip:` address.
fn user_of(uri: &str) -> Option<&str> {
    let rest = uri.split_once(':')?.1;
    rest.split_once('@').map(|(user, _)| user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_cut_at_the_end_of_messages() {
        assert_eq!(whole(b"OPTIONS"), Some(None));
        assert_eq!(whole(b"a: b\r\n\r\nrest"), Some(Some(8)));
        assert_eq!(whole(b"l: 4\r\n\r\nres"), Some(None));
        assert_eq!(whole(b"Content-Length: 4\r\n\r\nrest"), Some(Some(25)));
        assert_eq!(whole(b"\xff\r\n\r\n"), None);
    }

    #[test]
    fn users_are_found_in_addresses() {
        assert_eq!(user_of("sip:+1@h:5"), Some("+1"));
        assert_eq!(user_of("sip:h"), None);
        assert_eq!(inside("\"x\" <sip:a@b>;tag=1"), "sip:a@b");
    }
}
