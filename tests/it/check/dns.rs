//! DNS over the network, against a name server of the test's own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use numdeck::sip::{
    Access, Code, Env, Health, NetworkDns, Options, Pacer, Route, SipUri, StatusRules, Subject, Target, Tls,
    check, resolve,
};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::support::dns::{A, Answers, CNAME, NAPTR, SRV, a, answer, name, naptr, srv};

struct NameServer {
    at: SocketAddr,
    /// Questions for IPv4 addresses.
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl NameServer {
    async fn start(answers: Answers) -> Self {
        Self::slow(answers, Duration::ZERO).await
    }

    /// Needs so long for each answer.
    async fn slow(answers: Answers, delay: Duration) -> Self {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let at = socket.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            let mut packet = [0; 1500];
            loop {
                let Ok((length, from)) = socket.recv_from(&mut packet).await else { continue };
                // The type stands after the name, which ends in an empty label.
                let end = 12 + packet[12..].iter().position(|byte| *byte == 0).unwrap();
                count.fetch_add(usize::from(packet[end + 2] == 1), Ordering::SeqCst);
                let (socket, answer) = (Arc::clone(&socket), answer(&packet[..length], &answers));
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    socket.send_to(&answer, from).await.ok();
                });
            }
        });
        Self { at, asked, task }
    }

    async fn find(&self, uri: &str) -> Result<Vec<String>, (Code, String)> {
        let route = Route::new(SipUri::parse(uri).unwrap(), None);
        match resolve(&route, &NetworkDns::server(self.at), later()).await {
            Ok(found) => Ok(found.targets.iter().map(Target::words).collect()),
            Err(none) => {
                assert!(none.trail.iter().all(|line| numdeck::phone::is_clean(line)), "{:?}", none.trail);
                Err((none.code, none.text))
            }
        }
    }
}

fn later() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

#[tokio::test]
async fn names_are_followed_to_their_servers() {
    let server = NameServer::start(HashMap::from([
        (("h.example", NAPTR), Ok(vec![naptr(10, "s", "SIP+D2T", b"_sip._tcp.h.example")])),
        (("_sip._tcp.h.example", SRV), Ok(vec![srv(20, 5070, b"b.example"), srv(10, 5060, b"a.example")])),
        (("a.example", A), Ok(vec![a(1)])),
        (("b.example", A), Ok(vec![a(2), a(3)])),
    ]))
    .await;
    let found = server.find("sip:x@h.example").await.unwrap();
    assert_eq!(found, ["TCP 192.0.2.1:5060", "TCP 192.0.2.2:5070", "TCP 192.0.2.3:5070"]);
    assert_eq!(server.find("sip:x@a.example:5080").await.unwrap(), ["UDP 192.0.2.1:5080"]);
}

#[tokio::test]
async fn services_behind_an_alias_are_found_and_the_web_server_of_the_domain_is_not_asked() {
    let server = NameServer::start(HashMap::from([
        (("_sip._udp.h.example", CNAME), Ok(vec![name(b"_sip._udp.provider.example")])),
        (("_sip._udp.provider.example", SRV), Ok(vec![srv(10, 5070, b"sip_1.provider.example")])),
        (("sip_1.provider.example", A), Ok(vec![a(1)])),
        (("h.example", A), Ok(vec![a(99)])),
        (("_sip._udp.circle.example", CNAME), Ok(vec![name(b"_sip._udp.circle.example")])),
        (("circle.example", A), Ok(vec![a(2)])),
    ]))
    .await;
    assert_eq!(server.find("sip:x@h.example").await.unwrap(), ["UDP 192.0.2.1:5070"]);
    assert_eq!(server.find("sip:x@sip_1.provider.example:5080").await.unwrap(), ["UDP 192.0.2.1:5080"]);
    assert_eq!(server.find("sip:x@circle.example").await.unwrap(), ["UDP 192.0.2.2:5060"], "it ends");
}

#[tokio::test]
async fn a_port_that_bypasses_the_only_records_is_said_to() {
    let server = NameServer::start(HashMap::from([
        (("h.example", NAPTR), Ok(vec![])),
        (("_sip._udp.h.example", SRV), Ok(vec![srv(10, 5060, b"a.example")])),
        (("tcp.example", NAPTR), Ok(vec![])),
        (("_sip._tcp.tcp.example", SRV), Ok(vec![srv(10, 5060, b"a.example")])),
        (("broken.example", A), Err(2)),
        (("_sips._tcp.broken.example", SRV), Ok(vec![srv(10, 5061, b"a.example")])),
        (("off.example", NAPTR), Ok(vec![])),
        (("_sip._udp.off.example", SRV), Ok(vec![srv(0, 0, b"")])),
        (("a.example", A), Ok(vec![a(1)])),
    ]))
    .await;
    for (address, code, bypassed) in [
        ("h.example:5060", Code::DnsNodata, Some("_sip._udp.h.example")),
        ("tcp.example:5060", Code::DnsNodata, Some("_sip._tcp.tcp.example")),
        ("tcp.example:5061", Code::DnsNodata, Some("_sip._tcp.tcp.example")),
        // Without the port these would not lead anywhere either.
        ("tcp.example:5060;transport=udp", Code::DnsNodata, None),
        ("off.example:5060", Code::DnsNodata, None),
        ("broken.example:5060", Code::DnsRefused, Some("_sips._tcp.broken.example")),
        ("broken.example:5061", Code::DnsRefused, Some("_sips._tcp.broken.example")),
    ] {
        let (found, text) = server.find(&format!("sip:{address}")).await.unwrap_err();
        assert_eq!(found, code, "{address}: {text}");
        let wanted =
            bypassed.map(|service| format!("{service} leads to servers, and the port in the address"));
        assert_eq!(text.contains("bypasses"), wanted.is_some(), "{address}: {text}");
        assert!(wanted.is_none_or(|wanted| text.contains(&wanted)), "{address}: {text}");
    }
}

#[tokio::test]
async fn every_failure_of_dns_is_told_apart() {
    let server = NameServer::start(HashMap::from([
        (("empty.example", SRV), Ok(vec![])),
        (("refused.example", A), Err(5)),
        (("broken.example", A), Err(2)),
        (("_sip._udp.off.example", SRV), Ok(vec![srv(0, 0, b"")])),
        (("_sip._udp.evil.example", SRV), Ok(vec![srv(0, 5060, b"\x1b[2J\r\n.example")])),
    ]))
    .await;
    for (host, code) in [
        ("nowhere.example:5060", Code::DnsNxdomain),
        ("nowhere.example", Code::DnsNxdomain),
        ("empty.example:5060", Code::DnsNodata),
        ("refused.example:5060", Code::DnsRefused),
        ("broken.example:5060", Code::DnsRefused),
        ("off.example;transport=udp", Code::SrvOff),
        ("evil.example;transport=udp", Code::DnsNodata),
    ] {
        let (found, text) = server.find(&format!("sip:{host}")).await.unwrap_err();
        assert_eq!(found, code, "{host}: {text}");
    }
}

#[tokio::test]
async fn whoever_looks_again_sees_what_is_true_now() {
    let server = NameServer::start(HashMap::from([(("a.example", A), Ok(vec![a(1)]))])).await;
    let dns = NetworkDns::server(server.at);
    let route = Route::new(SipUri::parse("sip:a.example;transport=udp").unwrap(), None);
    let mut asked = 0;
    for _ in 0..3 {
        resolve(&route, &dns, later()).await.unwrap();
        let now = server.asked.load(Ordering::SeqCst);
        assert!(now > asked, "nothing is kept");
        asked = now;
    }
}

#[tokio::test]
async fn a_name_server_that_says_nothing_costs_its_share_and_no_more() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let dns = NetworkDns::server(socket.local_addr().unwrap());
    let world = Env {
        dns,
        tls: Tls::new(None).unwrap(),
        pacer: Pacer::default(),
        lockout: Arc::default(),
        rules: StatusRules::default(),
        provider_is_near: true,
    };
    let uri = SipUri::parse("sip:x@h.example").unwrap();
    let subject = Subject::given(uri, None, Access::Missing("none"));
    let options = Options { timeout: Duration::from_secs(1), ..Options::default() };
    let began = Instant::now();
    let report = check(&subject, &options, &world, jiff::Timestamp::UNIX_EPOCH, &|_| {}).await;
    assert_eq!(report.verdict.code, Code::DnsTimeout, "{}", report.verdict.text());
    assert!(began.elapsed() < Duration::from_secs(4), "its limit, and time for a slow machine");
    let port = socket.local_addr().unwrap().to_string();
    assert!(report.verdict.text().contains(&port), "the name server is named: {}", report.verdict.text());
    assert_eq!(report.verdict.health(), Health::Unchecked, "it is the resolver of ours that fails");
}

#[tokio::test]
async fn an_answer_that_comes_late_counts() {
    let answers = HashMap::from([(("a.example", A), Ok(vec![a(1)]))]);
    let server = NameServer::slow(answers, Duration::from_millis(1200)).await;
    assert_eq!(server.find("sip:a.example:5060").await.unwrap(), ["UDP 192.0.2.1:5060"]);
    assert!(server.asked.load(Ordering::SeqCst) > 1, "asked again, beside the first question");
}
