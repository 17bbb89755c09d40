//! Datagrams to one server: its answers and its refusals, and answers that come from somewhere else.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use nix::sys::socket::{self, AddressFamily, SockFlag, SockType, SockaddrIn, SockaddrIn6, sockopt};
use tokio::net::UdpSocket;

use super::message::LARGEST;

/// A port of this machine that speaks with one server.
pub(super) struct UdpLink {
    /// Takes packets of that server alone, and learns of its refusals.
    asked: UdpSocket,
    /// The same port, for whoever else sends something to it. Without it such packets are not seen.
    others: Option<UdpSocket>,
}

/// A datagram, or a message of a stream.
pub(super) struct Datagram {
    pub(super) bytes: Vec<u8>,
    /// Who sent it, where that is not the server that was asked.
    pub(super) from: Option<SocketAddr>,
    /// Of a stream: the rest of its body did not come, and was waited for so long.
    pub(super) cut: Option<Duration>,
}

impl UdpLink {
    pub(super) async fn open(source: Option<IpAddr>, to: SocketAddr) -> io::Result<Self> {
        let any = source.unwrap_or(if to.is_ipv4() {
            Ipv4Addr::UNSPECIFIED.into()
        } else {
            Ipv6Addr::UNSPECIFIED.into()
        });
        let asked = UdpSocket::bind((any, 0)).await?;
        // Bound to a free port first, and shared then: of two sockets that are willing to share, the
        // kernel may give both the same free port.
        let others = shared(&asked, any).ok();
        hear_routers(&asked, to);
        asked.connect(to).await?;
        Ok(Self { asked, others })
    }

    pub(super) fn local(&self) -> io::Result<SocketAddr> {
        self.asked.local_addr()
    }

    pub(super) async fn send(&self, bytes: &[u8]) -> io::Result<()> {
        self.asked.send(bytes).await.map(|_| ())
    }

    /// The next datagram. Cancelling the wait loses nothing.
    pub(super) async fn receive(&self) -> io::Result<Datagram> {
        let mut bytes = vec![0; LARGEST];
        loop {
            tokio::select! {
                biased;
                ready = self.asked.readable() => ready?,
                ready = readable(self.others.as_ref()) => ready?,
            }
            let mut received = self.asked.try_recv(&mut bytes).map(|length| (length, None));
            let is_empty = matches!(&received, Err(error) if error.kind() == ErrorKind::WouldBlock);
            if let Some(others) = self.others.as_ref().filter(|_| is_empty) {
                received = others.try_recv_from(&mut bytes).map(|(length, from)| (length, Some(from)));
            }
            match received {
                Ok((length, from)) => {
                    bytes.truncate(length);
                    return Ok(Datagram { bytes, from, cut: None });
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }
}

async fn readable(socket: Option<&UdpSocket>) -> io::Result<()> {
    match socket {
        Some(socket) => socket.readable().await,
        None => std::future::pending().await,
    }
}

/// Another socket on the same port. Of what comes, the kernel gives it what the connected one does not take.
fn shared(asked: &UdpSocket, any: IpAddr) -> io::Result<UdpSocket> {
    let port = asked.local_addr()?.port();
    socket::setsockopt(asked, sockopt::ReuseAddr, &true)?;
    let family = if any.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let other: OwnedFd = socket::socket(family, SockType::Datagram, SockFlag::empty(), None)?;
    socket::setsockopt(&other, sockopt::ReuseAddr, &true)?;
    match SocketAddr::new(any, port) {
        SocketAddr::V4(at) => socket::bind(other.as_raw_fd(), &SockaddrIn::from(at))?,
        SocketAddr::V6(at) => socket::bind(other.as_raw_fd(), &SockaddrIn6::from(at))?,
    }
    // Nobody else gets to share it.
    socket::setsockopt(asked, sockopt::ReuseAddr, &false)?;
    let other = std::net::UdpSocket::from(other);
    other.set_nonblocking(true)?;
    UdpSocket::from_std(other)
}

/// Lets the kernel tell what routers say of a host: without this it keeps "host unreachable" of a datagram
/// to itself (ip(7), IP_RECVERR).
#[cfg(target_os = "linux")]
fn hear_routers(asked: &UdpSocket, to: SocketAddr) {
    // Where that is not possible, such a host is silent.
    if to.is_ipv4() {
        socket::setsockopt(asked, sockopt::Ipv4RecvErr, &true).ok();
    } else {
        socket::setsockopt(asked, sockopt::Ipv6RecvErr, &true).ok();
    }
}

#[cfg(not(target_os = "linux"))]
fn hear_routers(_: &UdpSocket, _: SocketAddr) {}
