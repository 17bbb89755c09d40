//! The SIP server beside the sandbox, as any SIP client sees it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use http_auth::PasswordParams;
use http_auth::digest::DigestClient;
use http_auth::parser::ChallengeParser;
use numdeck::sandbox::Config;

use super::{Api, OWNER, small};

const PATIENCE: Duration = Duration::from_secs(20);

fn request(method: &str, uri: &str, user: &str, more: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5;rport;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n\
         From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:{user}@127.0.0.1>\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\
         {more}Content-Length: 0\r\n\r\n"
    )
}

fn over_udp(to: SocketAddr, text: &str) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.send_to(text.as_bytes(), to).unwrap();
    let mut packet = [0; 4096];
    let length = socket.recv(&mut packet).unwrap();
    String::from_utf8(packet[..length].to_vec()).unwrap()
}

fn over_tcp(to: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // In two parts, because a stream has no messages.
    let (first, rest) = text.split_at(text.len() / 2);
    stream.write_all(first.as_bytes()).unwrap();
    stream.write_all(rest.as_bytes()).unwrap();
    let mut out = Vec::new();
    while !out.ends_with(b"\r\n\r\n") {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).unwrap();
        assert_ne!(length, 0, "hung up");
        out.extend_from_slice(&part[..length]);
    }
    String::from_utf8(out).unwrap()
}

/// A sandbox with SIP, where it is, and a number of it: its user part and its password.
async fn world() -> (Api, SocketAddr, String, String) {
    let api = Api::start(Config { sip: Some("127.0.0.1:0".parse().unwrap()), ..small() });
    let at = api.sandbox.sip_addr().unwrap();
    for row in api.owned(OWNER).await.into_iter().filter(|row| row["status"] == "active") {
        let path = format!("/phone-numbers/{}", row["id"].as_str().unwrap());
        let detail = api.get(OWNER, &path).await.body;
        let sip = &detail["sip_credentials"];
        if let (Some(password), true) = (sip["sip_password"].as_str(), sip["sip_port"] == at.port()) {
            assert_eq!(sip["sip_domain"], "127.0.0.1");
            let user = sip["sip_username"].as_str().unwrap().to_owned();
            assert_eq!(row["sip_uri"], format!("sip:+{user}@{at}"));
            return (api, at, user, password.to_owned());
        }
    }
    panic!("no number with a password");
}

#[tokio::test]
async fn numbers_and_endpoints_are_there_and_nothing_else_is() {
    let (_api, at, user, _) = world().await;
    for send in [over_udp, over_tcp] {
        for (to, status) in [
            (format!("sip:+{user}@{at}"), "200 OK"),
            (format!("sip:{at}"), "200 OK"),
            (format!("sip:night-desk@{at}"), "200 OK"),
            (format!("sip:+19005550000@{at}"), "404 Not Found"),
        ] {
            let reply = send(at, &request("OPTIONS", &to, &user, ""));
            assert!(reply.starts_with(&format!("SIP/2.0 {status}\r\n")), "{to}: {reply}");
            assert!(
                reply.contains("branch=z9hG4bKx") && reply.contains(";received=127.0.0.1;rport="),
                "{reply}"
            );
        }
        let reply = send(at, &request("INVITE", &format!("sip:+{user}@{at}"), &user, ""));
        assert!(reply.starts_with("SIP/2.0 405"), "calls are not served: {reply}");
    }
}

#[tokio::test]
async fn the_password_of_the_api_registers() {
    let (_api, at, user, password) = world().await;
    let uri = format!("sip:{at}");
    let challenged = over_udp(at, &request("REGISTER", &uri, &user, ""));
    let challenges: Vec<&str> =
        challenged.lines().filter_map(|line| line.strip_prefix("WWW-Authenticate: ")).collect();
    assert_eq!(challenges.len(), 2, "SHA-256 and MD5: {challenged}");
    let answered = |challenge: &str, password: &str, more: &str| {
        let challenge = ChallengeParser::new(challenge).next().unwrap().unwrap();
        let params = PasswordParams { username: &user, password, uri: &uri, method: "REGISTER", body: None };
        let value = DigestClient::try_from(&challenge).unwrap().respond(&params).unwrap();
        over_udp(at, &request("REGISTER", &uri, &user, &format!("Authorization: {value}\r\n{more}")))
    };
    for challenge in &challenges {
        assert!(answered(challenge, &password, "").starts_with("SIP/2.0 200 OK"));
        assert!(answered(challenge, "guess", "").starts_with("SIP/2.0 403"));
    }
    let bound = answered(challenges[0], &password, "Contact: <sip:x@192.0.2.1>\r\n");
    assert!(bound.contains("Contact: <sip:x@192.0.2.1>;expires=3"), "{bound}");
    assert!(answered(challenges[0], &password, "").contains("Contact: <sip:x@192.0.2.1>"), "it is kept");
    let made_up = challenges[0].replace("nonce=\"", "nonce=\"old");
    assert!(answered(&made_up, &password, "").contains("stale=true"));
    let nobody = over_udp(at, &request("REGISTER", &uri, "19005550000", ""));
    assert!(nobody.starts_with("SIP/2.0 404"), "{nobody}");
}

#[tokio::test]
async fn junk_does_not_stop_it() {
    let (_api, at, user, _) = world().await;
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for junk in [&b""[..], b"\r\n\r\n", b"\xff\xfe", b"OPTIONS", b"OPTIONS sip:x SIP/2.0\r\n\r\n"] {
        socket.send_to(junk, at).unwrap();
        TcpStream::connect(at).unwrap().write_all(junk).unwrap();
    }
    let reply = over_udp(at, &request("OPTIONS", &format!("sip:{at}"), &user, ""));
    assert!(reply.starts_with("SIP/2.0 200 OK"), "{reply}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let sip = Some(taken.local_addr().unwrap());
    let error = numdeck::sandbox::Sandbox::start(Config { sip, ..small() }).unwrap_err();
    assert!(error.to_string().contains("cannot listen on"), "{error}");
}
