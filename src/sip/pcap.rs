//! What crossed the wire as a file for packet analysers: classic pcap with raw IP packets (link type 101).
//!
//! Messages, addresses, ports and times are those that were seen; the headers round them are made here.
//! What went over TLS stands there as it was inside, over TCP. Credentials are left out already.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};

use etherparse::{IpHeaders, PacketBuilder, PacketBuilderStep};
use jiff::{SignedDuration, Timestamp};

use super::{TraceLine, Transport};

/// How a file begins: times in microseconds, in the byte order of this number.
pub const PCAP_MAGIC: u32 = 0xa1b2_c3d4;
/// Raw IPv4 or IPv6 (LINKTYPE_RAW).
const RAW_IP: u32 = 101;
/// The longest packet of the file.
const SNAPLEN: u32 = 65_535;
/// Bytes of one TCP segment.
const SEGMENT: usize = 1400;
const TTL: u8 = 64;
const WINDOW: u16 = 65_535;

/// A file that is being written.
#[derive(Debug)]
pub struct Pcap<W> {
    out: W,
    /// Of each direction of a stream, the number of its next byte.
    next: HashMap<(SocketAddr, SocketAddr), u32>,
}

impl<W: Write> Pcap<W> {
    /// Begins a file.
    pub fn begin(mut out: W) -> io::Result<Self> {
        let (major, minor) = (2_u16, 4_u16);
        out.write_all(&PCAP_MAGIC.to_le_bytes())?;
        out.write_all(&major.to_le_bytes())?;
        out.write_all(&minor.to_le_bytes())?;
        // Time zone and accuracy, which nobody uses.
        out.write_all(&[0; 8])?;
        out.write_all(&SNAPLEN.to_le_bytes())?;
        out.write_all(&RAW_IP.to_le_bytes())?;
        Ok(Self { out, next: HashMap::new() })
    }

    /// Adds messages of a check that began then, and hands them on.
    pub fn add(&mut self, began: Timestamp, lines: &[TraceLine]) -> io::Result<()> {
        for line in lines {
            let elapsed = SignedDuration::try_from(line.began + line.at).unwrap_or(SignedDuration::MAX);
            self.message(began.saturating_add(elapsed).unwrap_or(began), line)?;
        }
        self.out.flush()
    }

    fn message(&mut self, at: Timestamp, line: &TraceLine) -> io::Result<()> {
        let (from, to) = if line.outgoing { (line.local, line.remote) } else { (line.remote, line.local) };
        if line.transport == Transport::Udp {
            let mut packet = Vec::new();
            ip(from, to)
                .udp(from.port(), to.port())
                .write(&mut packet, &line.bytes)
                .map_err(io::Error::other)?;
            return self.packet(at, &packet);
        }
        for segment in line.bytes.chunks(SEGMENT) {
            let sequence = *self.next.entry((from, to)).or_insert(1);
            let acknowledged = *self.next.entry((to, from)).or_insert(1);
            let mut packet = Vec::new();
            let tcp = ip(from, to).tcp(from.port(), to.port(), sequence, WINDOW).ack(acknowledged).psh();
            tcp.write(&mut packet, segment).map_err(io::Error::other)?;
            let length = u32::try_from(segment.len()).unwrap_or(u32::MAX);
            self.next.insert((from, to), sequence.wrapping_add(length));
            self.packet(at, &packet)?;
        }
        Ok(())
    }

    fn packet(&mut self, at: Timestamp, packet: &[u8]) -> io::Result<()> {
        let seconds = u32::try_from(at.as_second()).unwrap_or(0);
        let micros = u32::try_from(at.subsec_microsecond()).unwrap_or(0);
        let length = u32::try_from(packet.len()).unwrap_or(u32::MAX);
        for number in [seconds, micros, length, length] {
            self.out.write_all(&number.to_le_bytes())?;
        }
        self.out.write_all(packet)
    }
}

fn ip(from: SocketAddr, to: SocketAddr) -> PacketBuilderStep<IpHeaders> {
    match (from.ip().to_canonical(), to.ip().to_canonical()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), TTL),
        (from, to) => PacketBuilder::ipv6(octets(from), octets(to), TTL),
    }
}

fn octets(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    }
}
