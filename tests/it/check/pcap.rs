//! `--pcap`: what crossed the wire, as packet analysers read it.

use std::net::IpAddr;
use std::process::Command;

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use jiff::Timestamp;
use numdeck::sip::{AuthRule, Pcap, Report, Transport};

use super::real::is_there;
use super::{Bench, PASSWORD, USER};
use crate::support::sip::registrar;

const MD5: &str = "Digest realm=\"r\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"";

struct Packet {
    seconds: u32,
    from: (IpAddr, u16),
    to: (IpAddr, u16),
    sequence: Option<u32>,
    payload: Vec<u8>,
}

/// Reads a file back, and checks every length and checksum in it.
fn packets(file: &[u8]) -> Vec<Packet> {
    let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    assert_eq!((number(0), number(20)), (0xa1b2_c3d4, 101), "microseconds, raw IP");
    let mut packets = Vec::new();
    let mut at = 24;
    while at < file.len() {
        let (seconds, length, original) = (number(at), number(at + 8) as usize, number(at + 12) as usize);
        assert_eq!(length, original);
        let sliced = SlicedPacket::from_ip(&file[at + 16..at + 16 + length]).unwrap();
        at += 16 + length;
        let Some(NetSlice::Ipv4(ip)) = sliced.net else { panic!("loopback is IPv4 here") };
        let header = ip.header().to_header();
        assert_eq!(header.header_checksum, header.calc_header_checksum());
        let (source, destination) = (header.source.into(), header.destination.into());
        let (ports, sequence, payload) = match sliced.transport {
            Some(TransportSlice::Udp(udp)) => {
                let sum = udp.to_header().calc_checksum_ipv4(&header, udp.payload()).unwrap();
                assert_eq!(udp.checksum(), sum);
                ((udp.source_port(), udp.destination_port()), None, udp.payload())
            }
            Some(TransportSlice::Tcp(tcp)) => {
                let sum = tcp.to_header().calc_checksum_ipv4(&header, tcp.payload()).unwrap();
                assert_eq!(tcp.checksum(), sum);
                let ports = (tcp.source_port(), tcp.destination_port());
                (ports, Some(tcp.sequence_number()), tcp.payload())
            }
            _ => panic!("neither UDP nor TCP"),
        };
        packets.push(Packet {
            seconds,
            from: (source, ports.0),
            to: (destination, ports.1),
            sequence,
            payload: payload.to_vec(),
        });
    }
    packets
}

fn written(report: &Report) -> Vec<u8> {
    let mut file = Vec::new();
    Pcap::begin(&mut file).unwrap().add(report.checked_at, &report.trace).unwrap();
    file
}

#[tokio::test]
async fn what_crossed_the_wire_is_in_the_file_and_credentials_are_not() {
    for over in Transport::ALL {
        let bench = Bench::new().auth(AuthRule::Cleartext);
        let server = bench.server(over, registrar(MD5, false, USER, PASSWORD)).await;
        let report = bench.at(over, &server).await;
        let packets = packets(&written(&report));
        let sent: Vec<&Packet> = packets.iter().filter(|one| one.to.1 == server.at.port()).collect();
        let heard: Vec<&Packet> = packets.iter().filter(|one| one.from.1 == server.at.port()).collect();
        assert_eq!((sent.len(), heard.len()), (3, 3), "{over}");
        for (packet, seen) in sent.iter().zip(server.seen()) {
            let text = String::from_utf8(packet.payload.clone()).unwrap();
            let line = |text: &str| text.lines().next().unwrap().to_owned();
            assert_eq!(line(&text), line(&seen), "{over}");
            assert!(text.ends_with("\r\n\r\n"), "{over}: as it crossed the wire");
            assert!(!text.contains("response=") && !text.contains(PASSWORD), "{over}: {text}");
        }
        for pair in [&sent, &heard].iter().flat_map(|one| one.windows(2)) {
            let end = pair[0].sequence.map(|number| number + u32::try_from(pair[0].payload.len()).unwrap());
            assert_eq!(pair[1].sequence, end, "{over}: a stream without holes");
        }
        let now = Timestamp::now().as_second();
        assert!(packets.iter().all(|one| (now - i64::from(one.seconds)).abs() < 300), "{over}");
    }
}

#[tokio::test]
async fn a_real_analyser_reads_the_file() {
    if !is_there("tshark") {
        return;
    }
    for over in Transport::ALL {
        let bench = Bench::new().auth(AuthRule::Cleartext);
        let server = bench.server(over, registrar(MD5, false, USER, PASSWORD)).await;
        let report = bench.at(over, &server).await;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("check.pcap");
        std::fs::write(&file, written(&report)).unwrap();
        let mut tshark = Command::new("tshark");
        tshark.args(["-T", "fields", "-e", "sip.CSeq.method", "-Y", "sip && !_ws.malformed", "-r"]);
        let port = server.at.port();
        let ran = tshark.arg(&file).args(["-d", &format!("tcp.port=={port},sip")]).output().unwrap();
        let methods = String::from_utf8(ran.stdout).unwrap();
        let wanted = ["OPTIONS", "OPTIONS", "REGISTER", "REGISTER", "REGISTER", "REGISTER"];
        assert_eq!(methods.lines().collect::<Vec<_>>(), wanted, "{over}");
    }
}
