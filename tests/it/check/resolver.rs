//! The resolver of a machine, against name servers of the test's own: resolv.conf with several of them, what
//! each may do wrong, and what the check says of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use numdeck::sip::{
    Access, Code, Dns, DnsFailure, DnsRemark, Env, Health, NetworkDns, Options, Pacer, Record, RecordKind,
    Report, Resolution, ResolverSettings, ResponseCode, Route, SipUri, StepKind, Subject, Target, Tls,
    Unresolved, check, resolve,
};
use tokio::net::UdpSocket;
use tokio::time::Instant;

use crate::support::dns::{A, Answers, CNAME, NAPTR, SRV, ScriptedServer, a, answer, name, naptr, srv};

const REFUSED: u8 = 5;
const SERVFAIL: u8 = 2;

fn one_host() -> Answers {
    Answers::from([(("h.example", A), Ok(vec![a(1)]))])
}

fn machine(resolv_conf: &str) -> NetworkDns {
    let settings = ResolverSettings { resolv_conf: Some(resolv_conf.to_owned()), ..Default::default() };
    NetworkDns::system(move || settings.clone())
}

async fn find(dns: &NetworkDns, uri: &str) -> Result<Resolution, Unresolved> {
    let route = Route::new(SipUri::parse(uri).unwrap(), None);
    let found = resolve(&route, dns, Instant::now() + Duration::from_secs(4)).await;
    let trail = found.as_ref().map_or_else(|none| &none.trail, |found| &found.trail);
    assert!(trail.iter().all(|line| numdeck::phone::is_clean(line)), "{trail:?}");
    found
}

fn places(found: &Resolution) -> Vec<String> {
    found.targets.iter().map(Target::words).collect()
}

async fn checked(dns: NetworkDns, uri: &str) -> Report {
    let world = Env {
        dns,
        tls: Tls::new(None).unwrap(),
        pacer: Pacer::default(),
        lockout: Default::default(),
        rules: Default::default(),
        provider_is_near: true,
    };
    let subject = Subject::given(SipUri::parse(uri).unwrap(), None, Access::Missing("none"));
    let options = Options { timeout: Duration::from_secs(4), ..Options::default() };
    check(&subject, &options, &world, jiff::Timestamp::UNIX_EPOCH, &|_| {}).await
}

fn dns_text(report: &Report) -> String {
    report.steps.iter().find(|step| step.kind == StepKind::Dns).unwrap().text.clone()
}

/// A SIP server that answers 200 to all.
async fn alive() -> (u16, tokio::task::JoinHandle<()>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let mut packet = [0; 4096];
        loop {
            let Ok((length, from)) = socket.recv_from(&mut packet).await else { continue };
            let request = String::from_utf8_lossy(&packet[..length]).into_owned();
            let kept = ["via:", "from:", "to:", "call-id:", "cseq:"];
            let headers = request
                .lines()
                .filter(|line| kept.iter().any(|name| line.to_ascii_lowercase().starts_with(name)));
            let headers: Vec<&str> = headers.collect();
            let reply = format!("SIP/2.0 200 OK\r\n{}\r\nContent-Length: 0\r\n\r\n", headers.join("\r\n"));
            socket.send_to(reply.as_bytes(), from).await.ok();
        }
    });
    (port, task)
}

#[tokio::test]
async fn a_server_that_fails_in_any_way_sends_on_to_the_next_one() {
    let good = ScriptedServer::with(one_host()).await;
    let closed = {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        format!("nameserver [127.0.0.1]:{}\n", socket.local_addr().unwrap().port())
    };
    let silent = ScriptedServer::start(|_| None).await;
    let refusing = ScriptedServer::start(|asked| Some(asked.code(REFUSED))).await;
    let failing = ScriptedServer::start(|asked| Some(asked.code(SERVFAIL))).await;
    let junk = ScriptedServer::start(|asked| Some(asked.packet[..5].to_vec())).await;
    let lame = ScriptedServer::start(|asked| {
        let mut nothing = asked.records(0, &[]);
        nothing[3] = 0;
        Some(nothing)
    })
    .await;
    for (first, said) in [
        (closed, "fails (cannot be reached (connection refused))"),
        (silent.line(), "does not answer"),
        (refusing.line(), "fails (REFUSED)"),
        (failing.line(), "fails (SERVFAIL)"),
        (junk.line(), "fails (an answer that cannot be read)"),
        (lame.line(), "fails (it answers for its own domains alone)"),
    ] {
        let found = find(&machine(&(first + &good.line())), "sip:h.example").await.unwrap();
        assert_eq!(places(&found), ["UDP 192.0.2.1:5060"], "{said}");
        let remarks: Vec<String> = found.remarks.iter().map(ToString::to_string).collect();
        assert!(remarks.len() == 1 && remarks[0].contains(said), "{said}: {remarks:?}");
        assert!(!found.remarks[0].is_warning(), "{said}");
        assert_eq!((found.lost.len(), found.unanswered.len()), (0, 0), "{:?}", found.lost);
    }
}

#[tokio::test]
async fn an_empty_answer_of_the_only_server_is_no_record() {
    let server = ScriptedServer::start(|asked| {
        let mut nothing = asked.records(0, &[]);
        nothing[3] = 0;
        Some(nothing)
    })
    .await;
    let none = find(&NetworkDns::server(server.at), "sip:h.example:5060").await.unwrap_err();
    assert_eq!(none.code, Code::DnsNodata, "{}", none.text);
}

#[tokio::test]
async fn servers_are_asked_in_their_order_and_the_first_that_knows_is_enough() {
    let first = ScriptedServer::with(one_host()).await;
    let second = ScriptedServer::with(HashMap::from([(("h.example", A), Ok(vec![a(2)]))])).await;
    let dns = machine(&(first.line() + &second.line()));
    let answer = dns.lookup("h.example", RecordKind::A, Instant::now() + Duration::from_secs(2)).await;
    assert_eq!(answer.records, Ok(vec![Record::Address("192.0.2.1".parse().unwrap())]));
    assert!(second.asked().is_empty());
}

#[tokio::test]
async fn one_server_that_does_not_know_a_name_is_contradicted_by_one_that_does() {
    let public = ScriptedServer::with(Answers::new()).await;
    let (port, _server) = alive().await;
    let local = Answers::from([(("pbx.corp.example", A), Ok(vec![vec![127, 0, 0, 1]]))]);
    let vpn = ScriptedServer::with(local).await;
    let lines = public.line() + &vpn.line();
    let found = find(&machine(&lines), &format!("sip:pbx.corp.example:{port}")).await.unwrap();
    assert_eq!(places(&found), [format!("UDP 127.0.0.1:{port}")]);
    assert!(
        matches!(&found.remarks[..], [DnsRemark::Denied { server, name }, DnsRemark::Loopback { .. }]
            if *server == public.at && name == "pbx.corp.example"),
        "{:?}",
        found.remarks
    );
    let report = checked(machine(&lines), &format!("sip:pbx.corp.example:{port}")).await;
    assert_eq!(report.verdict.health(), Health::Warning, "{}", report.verdict.text());
    let told = format!("do not agree: {} says that pbx.corp.example does not exist", public.at);
    assert!(report.verdict.text().contains(&told), "{}", report.verdict.text());
    // Where nobody knows it, it does not exist.
    let none = find(&machine(&lines), "sip:other.example").await.unwrap_err();
    assert_eq!(none.code, Code::DnsNxdomain, "{}", none.text);
    assert!(!public.asked().is_empty() && vpn.asked().iter().any(|one| one.contains("other.example")));
}

#[tokio::test]
async fn what_each_server_said_is_told_where_none_of_them_helps() {
    let silent = ScriptedServer::start(|_| None).await;
    let refusing = ScriptedServer::start(|asked| Some(asked.code(REFUSED))).await;
    let failing = ScriptedServer::start(|asked| Some(asked.code(SERVFAIL))).await;
    let lines = silent.line() + &refusing.line();
    let none = find(&machine(&lines), "sip:h.example:5060").await.unwrap_err();
    assert_eq!(none.code, Code::DnsRefused);
    assert!(!none.is_of_domain, "nobody says anything about the domain");
    for (server, said) in [(&silent, "no answer"), (&refusing, "REFUSED")] {
        assert!(none.text.contains(&format!("{}: {said}", server.at)), "{}", none.text);
    }
    let none = find(&machine(&(refusing.line() + &failing.line())), "sip:h.example:5060").await.unwrap_err();
    assert!(none.code == Code::DnsRefused && none.is_of_domain, "{}", none.text);
    assert!(none.text.contains("could find out about h.example"), "{}", none.text);
    // Without a port all services are asked about, and the one name that somebody wrote is told.
    let route = Route::new(SipUri::parse("sip:h.example").unwrap(), None);
    let other = ScriptedServer::start(|_| None).await;
    let dns = machine(&(silent.line() + &other.line()));
    let none = resolve(&route, &dns, Instant::now() + Duration::from_millis(600)).await.unwrap_err();
    assert_eq!(none.code, Code::DnsTimeout);
    let wanted = "no DNS server of this machine answers for h.example (";
    assert!(none.text.starts_with(wanted) && !none.text.contains("no address"), "{}", none.text);
}

#[tokio::test]
async fn that_a_name_has_no_address_is_said_only_where_dns_says_so() {
    let server = ScriptedServer::start(|asked| match asked.kind {
        SRV if asked.name.ends_with("nothing.example") => Some(asked.code(SERVFAIL)),
        SRV => Some(asked.code(REFUSED)),
        _ if asked.name == "nothing.example" => Some(asked.records(0, &[])),
        _ => Some(asked.code(SERVFAIL)),
    })
    .await;
    let dns = NetworkDns::server(server.at);
    let none = find(&dns, "sip:nothing.example;transport=udp").await.unwrap_err();
    assert!(none.text.ends_with("; nothing.example itself has no address either"), "{}", none.text);
    let none = find(&dns, "sip:h.example;transport=udp").await.unwrap_err();
    assert!(!none.text.contains("no address"), "{}", none.text);
}

#[tokio::test]
async fn servers_that_choke_on_edns_are_asked_without() {
    for code in [Some(1), Some(4), None] {
        let server = ScriptedServer::start(move |asked| match code {
            // Some send the header alone.
            Some(code) if asked.edns => Some([&asked.packet[..2], &[0x81, 0x80 | code], &[0; 8]].concat()),
            None if asked.edns => None,
            _ => Some(answer(&asked.packet, &one_host())),
        })
        .await;
        let found = find(&NetworkDns::server(server.at), "sip:h.example:5060").await.unwrap();
        assert_eq!(places(&found), ["UDP 192.0.2.1:5060"], "{code:?}");
    }
}

#[tokio::test]
async fn what_is_too_long_for_a_datagram_is_asked_for_over_tcp() {
    let many: Vec<Vec<u8>> = (0..200).map(|n| srv(200 - n, 5060, b"h.example")).collect();
    let answers =
        Answers::from([(("_sip._udp.many.example", SRV), Ok(many)), (("h.example", A), Ok(vec![a(1)]))]);
    let long = ScriptedServer::start(move |asked| {
        let mut said = answer(&asked.packet, &answers);
        if said.len() > 512 && !asked.tcp {
            said.truncate(512);
            said[2] |= 2;
        }
        Some(said)
    })
    .await;
    let found = find(&NetworkDns::server(long.at), "sip:many.example;transport=udp").await.unwrap();
    assert_eq!(places(&found), ["UDP 192.0.2.1:5060"]);
    assert!(found.beyond > 100, "those that are not looked at are counted: {}", found.beyond);
    let best = format!("SRV _sip._udp.many.example: {}", "1 1 5060 h.example.");
    assert!(found.trail.contains(&best), "the best of them are looked at: {:?}", found.trail);

    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut packet = [0; 1500];
        loop {
            let Ok((length, from)) = socket.recv_from(&mut packet).await else { continue };
            packet[2] = 0x83;
            socket.send_to(&packet[..length], from).await.ok();
        }
    });
    let none = find(&NetworkDns::server(at), "sip:h.example:5060").await.unwrap_err();
    assert_eq!(none.code, Code::DnsRefused);
    assert!(none.text.contains("more than a datagram carries, and no TCP"), "{}", none.text);
    task.abort();
}

#[tokio::test]
async fn a_machine_that_wants_tcp_or_another_server_each_time_has_it() {
    let tcp = ScriptedServer::start(|asked| asked.tcp.then(|| answer(&asked.packet, &one_host()))).await;
    let found = find(&machine(&(tcp.line() + "options use-vc\n")), "sip:h.example:5060").await.unwrap();
    assert_eq!(places(&found), ["UDP 192.0.2.1:5060"]);
    let servers = [ScriptedServer::with(one_host()).await, ScriptedServer::with(one_host()).await];
    let dns = machine(&(servers[0].line() + &servers[1].line() + "options rotate\n"));
    for _ in 0..4 {
        let later = Instant::now() + Duration::from_secs(2);
        dns.lookup("h.example", RecordKind::A, later).await.records.unwrap();
    }
    assert_eq!(servers.each_ref().map(|server| server.asked().len()), [2, 2]);
}

#[tokio::test]
async fn an_answer_to_another_question_is_no_answer() {
    let server = ScriptedServer::start(|asked| {
        let mut other = answer(&asked.packet, &one_host());
        other[0] ^= 0xff;
        Some(other)
    })
    .await;
    let dns = NetworkDns::server(server.at);
    let said = dns.lookup("h.example", RecordKind::A, Instant::now() + Duration::from_millis(400)).await;
    assert_eq!(said.records, Err(DnsFailure::Timeout), "another number");
    let server = ScriptedServer::start(|asked| {
        let mut other = answer(&asked.packet, &one_host());
        other[13] ^= 0x01;
        Some(other)
    })
    .await;
    let dns = NetworkDns::server(server.at);
    let said = dns.lookup("h.example", RecordKind::A, Instant::now() + Duration::from_millis(400)).await;
    assert_eq!(said.records, Err(DnsFailure::Timeout), "another name");
}

#[tokio::test]
async fn aliases_are_followed_from_answer_to_answer_and_end() {
    let server = ScriptedServer::start(|asked| {
        let alias = |target: &[u8]| {
            let mut said = asked.records(0, &[name(target)]);
            // The record is an alias whatever was asked for.
            let end = asked.packet.len().min(12 + asked.name.len() + 2 + 4);
            said[end + 2..end + 4].copy_from_slice(&CNAME.to_be_bytes());
            Some(said)
        };
        match asked.name.as_str() {
            "h.example" => alias(b"g.example"),
            "g.example" => alias(b"f.example"),
            "f.example" if asked.kind == A => Some(asked.records(0, &[a(7)])),
            "f.example" => Some(asked.records(0, &[])),
            "gone.example" => alias(b"nowhere.example"),
            "circle.example" => alias(b"round.example"),
            "round.example" => alias(b"circle.example"),
            endless if endless.ends_with("endless.example") => alias(format!("a.{endless}").as_bytes()),
            _ => Some(asked.code(3)),
        }
    })
    .await;
    let dns = NetworkDns::server(server.at);
    let found = find(&dns, "sip:h.example:5060").await.unwrap();
    assert_eq!(places(&found), ["UDP 192.0.2.7:5060"]);
    assert!(found.trail.contains(&"A h.example = f.example: 192.0.2.7".to_owned()), "{:?}", found.trail);
    let none = find(&dns, "sip:gone.example:5060").await.unwrap_err();
    assert_eq!(none.code, Code::DnsNxdomain);
    assert_eq!(none.text, "gone.example is an alias of nowhere.example, which does not exist in DNS");
    for circle in ["circle", "endless"] {
        let none = find(&dns, &format!("sip:{circle}.example:5060")).await.unwrap_err();
        assert_eq!(none.code, Code::DnsNodata);
        assert!(none.text.contains("go in a circle, or on for ever"), "{}", none.text);
    }
}

#[tokio::test]
async fn a_domain_whose_signatures_do_not_fit_is_said_to() {
    // It answers whoever does not want signatures to be checked.
    let validating = ScriptedServer::start(|asked| {
        let unchecked = asked.packet[3] & 0x10 != 0;
        Some(if unchecked { answer(&asked.packet, &one_host()) } else { asked.code(SERVFAIL) })
    })
    .await;
    let report = checked(NetworkDns::server(validating.at), "sip:h.example:5060").await;
    assert_eq!(report.verdict.code, Code::DnsRefused);
    assert_eq!(report.verdict.health(), Health::Problem, "it is about the domain");
    assert!(report.verdict.text().contains("its DNSSEC signatures do not fit"), "{}", report.verdict.text());
    let next = report.verdict.next.words(&|means| format!("{means:?}").into());
    assert!(next.starts_with("ask the owner of h.example to mend the DNSSEC signatures"), "{next}");
}

#[tokio::test]
async fn a_server_that_fails_once_is_no_domain_with_wrong_signatures() {
    let failures = AtomicUsize::new(0);
    let server = ScriptedServer::start(move |asked| {
        let is_first = asked.kind == A && failures.fetch_add(1, Ordering::SeqCst) == 0;
        Some(if is_first { asked.code(SERVFAIL) } else { answer(&asked.packet, &one_host()) })
    })
    .await;
    let found = find(&NetworkDns::server(server.at), "sip:h.example:5060").await.unwrap();
    assert_eq!(places(&found), ["UDP 192.0.2.1:5060"]);
}

#[tokio::test]
async fn the_search_list_completes_a_name_and_the_check_says_so() {
    let (port, _server) = alive().await;
    let server = ScriptedServer::with(Answers::from([
        (("pbx.corp.example", A), Ok(vec![vec![127, 0, 0, 1]])),
        (("pbx.lab.corp.example", A), Ok(vec![vec![127, 0, 0, 1]])),
        (("both.example", A), Ok(vec![a(1)])),
        (("both.example.corp.example", A), Ok(vec![a(2)])),
    ]))
    .await;
    let lines = server.line() + "search nothing.example corp.example\n";
    for (host, full) in [("pbx", "pbx.corp.example"), ("pbx.lab", "pbx.lab.corp.example")] {
        let report = checked(machine(&lines), &format!("sip:{host}:{port}")).await;
        assert_eq!(report.verdict.health(), Health::Warning, "{}", report.verdict.text());
        assert!(dns_text(&report).contains(&format!("{host} is found as {full}")), "{}", dns_text(&report));
        let next = report.verdict.next.words(&|means| format!("{means:?}").into());
        assert!(next.starts_with("write the whole name into the address"), "{next}");
    }
    let found = find(&machine(&lines), "sip:both.example:5060").await.unwrap();
    assert_eq!((places(&found), found.remarks.len()), (vec!["UDP 192.0.2.1:5060".to_owned()], 0));
    let none = find(&machine(&lines), "sip:pbx.:5060").await.unwrap_err();
    assert_eq!((none.code, none.text.as_str()), (Code::DnsNxdomain, "the name pbx does not exist in DNS"));
    let none = find(&machine(&lines), "sip:absent:5060").await.unwrap_err();
    assert_eq!(none.code, Code::DnsNxdomain);
    assert!(none.text.starts_with("the name absent does not exist in DNS;"), "{}", none.text);
    assert!(none.text.contains("absent.nothing.example, absent.corp.example"), "{}", none.text);
    // A server that is named on purpose is asked for what is written.
    let none = find(&NetworkDns::server(server.at), "sip:pbx:5060").await.unwrap_err();
    assert_eq!(none.code, Code::DnsNxdomain);
}

#[tokio::test]
async fn a_server_that_was_meant_and_not_found_is_not_looked_for_at_another_machine() {
    // The search list leads to a machine that takes no calls: what is wrong is the name.
    let closed = {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.local_addr().unwrap().port()
    };
    let wild = ScriptedServer::with(Answers::from([(
        ("sip.exmaple.test.corp.example", A),
        Ok(vec![vec![127, 0, 0, 1]]),
    )]))
    .await;
    let dns = machine(&(wild.line() + "search corp.example\n"));
    let report = checked(dns, &format!("sip:sip.exmaple.test:{closed}")).await;
    assert_eq!(report.verdict.code, Code::PortClosed, "{}", report.verdict.text());
    let next = report.verdict.next.words(&|means| format!("{means:?}").into());
    assert!(next.contains("write the whole name into the address"), "{next}");
}

#[tokio::test]
async fn a_name_in_other_letters_is_asked_for_as_dns_has_it_and_shown_in_both_ways() {
    let (port, _server) = alive().await;
    let server =
        ScriptedServer::with(Answers::from([(("xn--bcher-kva.example", A), Ok(vec![vec![127, 0, 0, 1]]))]))
            .await;
    let report = checked(NetworkDns::server(server.at), &format!("sip:B\u{dc}CHER.example:{port}")).await;
    assert_eq!(report.verdict.health(), Health::Healthy, "{}", report.verdict.text());
    let text = dns_text(&report);
    assert!(text.starts_with("xn--bcher-kva.example (b\u{fc}cher.example) -> 127.0.0.1"), "{text}");
    let report = checked(NetworkDns::server(server.at), "sip:m\u{fc}ller.example").await;
    assert!(
        dns_text(&report).ends_with("(xn--mller-kva.example is m\u{fc}ller.example)"),
        "{}",
        dns_text(&report)
    );
}

#[tokio::test]
async fn the_hosts_file_comes_first_and_is_named() {
    let (port, _server) = alive().await;
    let server = ScriptedServer::with(Answers::from([(("h.example", A), Ok(vec![a(1)]))])).await;
    let settings = ResolverSettings {
        resolv_conf: Some(server.line()),
        hosts: Some("127.0.0.1 localhost H.example\n".to_owned()),
        ..Default::default()
    };
    let dns = NetworkDns::system(move || settings.clone());
    let found = find(&dns, &format!("sip:h.example:{port}")).await.unwrap();
    assert_eq!(places(&found), [format!("UDP 127.0.0.1:{port}")]);
    assert!(!server.asked().iter().any(|one| one == "1 h.example"), "{:?}", server.asked());
    let report = checked(dns, &format!("sip:h.example:{port}")).await;
    assert_eq!(report.verdict.health(), Health::Healthy, "{}", report.verdict.text());
    assert!(dns_text(&report).contains("h.example is in the hosts file of this machine"));
}

#[tokio::test]
async fn localhost_is_this_machine_whatever_a_server_says() {
    let server = ScriptedServer::with(Answers::from([(("localhost", A), Ok(vec![a(1)]))])).await;
    for dns in [NetworkDns::server(server.at), machine(&server.line())] {
        for host in ["localhost", "pbx.localhost"] {
            let found = find(&dns, &format!("sip:{host}:5060")).await.unwrap();
            assert_eq!(places(&found), ["UDP 127.0.0.1:5060", "UDP [::1]:5060"]);
        }
    }
    assert!(server.asked().is_empty(), "{:?}", server.asked());
}

#[tokio::test]
async fn settings_that_change_under_a_session_count_for_the_next_address() {
    let old = ScriptedServer::with(one_host()).await;
    let new = ScriptedServer::with(HashMap::from([(("h.example", A), Ok(vec![a(2)]))])).await;
    let lines = std::sync::Arc::new(std::sync::Mutex::new(old.line()));
    let read = std::sync::Arc::clone(&lines);
    let dns = NetworkDns::system(move || ResolverSettings {
        resolv_conf: Some(read.lock().unwrap().clone()),
        ..Default::default()
    });
    assert_eq!(places(&find(&dns, "sip:h.example:5060").await.unwrap()), ["UDP 192.0.2.1:5060"]);
    *lines.lock().unwrap() = new.line();
    assert_eq!(places(&find(&dns, "sip:h.example:5060").await.unwrap()), ["UDP 192.0.2.2:5060"]);
    assert!(dns.name().contains(&new.at.to_string()), "{}", dns.name());
}

/// What stands for SRV records that cannot be used: the target, or a response code.
type Broken = Result<&'static [u8], u8>;

const BROKEN: [(Broken, &str); 4] = [
    (Ok(b"gone.example"), "gone.example does not exist"),
    (Ok(b"bare.example"), "bare.example has neither"),
    (Err(SERVFAIL), "could not find out about _sip._udp.h.example"),
    (Err(REFUSED), "does not answer for _sip._udp.h.example: REFUSED"),
];

async fn with_broken(broken: Broken) -> ScriptedServer {
    let records = broken.map(|target| vec![srv(1, 5060, target)]);
    ScriptedServer::with(Answers::from([
        (("_sip._udp.h.example", SRV), records),
        (("bare.example", SRV), Ok(vec![])),
        (("h.example", A), Ok(vec![vec![127, 0, 0, 1]])),
    ]))
    .await
}

#[tokio::test]
async fn a_broken_srv_record_hides_no_address_and_is_told_beside_it() {
    for (broken, said) in BROKEN {
        let server = with_broken(broken).await;
        let found = find(&NetworkDns::server(server.at), "sip:h.example").await.unwrap();
        assert_eq!(places(&found), ["UDP 127.0.0.1:5060"], "{said}");
        assert!(found.lost[0].contains(said), "{said}: {:?}", found.lost);
        assert!(found.instead.unwrap().text.contains(said), "{said}");
    }
}

#[tokio::test]
async fn a_web_server_that_stands_in_for_broken_srv_records_is_not_what_is_wrong() {
    for (broken, said) in BROKEN {
        let server = with_broken(broken).await;
        // Nothing listens at port 5060 of a loopback address of its own.
        let report = checked(NetworkDns::server(server.at), "sip:h.example;transport=udp").await;
        let verdict = &report.verdict;
        let code = match broken {
            Ok(b"gone.example") => Code::DnsNxdomain,
            Ok(_) => Code::DnsNodata,
            Err(_) => Code::DnsRefused,
        };
        assert_eq!(verdict.code, code, "{}", verdict.text());
        assert!(verdict.text().contains(said), "{}", verdict.text());
        assert!(
            verdict.text().contains("the address of h.example itself was asked instead"),
            "{}",
            verdict.text()
        );
        let ours = if broken == Err(REFUSED) { Health::Unchecked } else { Health::Problem };
        assert_eq!(verdict.health(), ours, "{}", verdict.text());
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_to_srv_leaves_time_for_the_address() {
    let router = ScriptedServer::start(|asked| match asked.kind {
        SRV | NAPTR => None,
        _ => Some(answer(&asked.packet, &one_host())),
    })
    .await;
    let route = Route::new(SipUri::parse("sip:h.example").unwrap(), None);
    let until = Instant::now() + Duration::from_secs(1);
    let found = resolve(&route, &NetworkDns::server(router.at), until).await.unwrap();
    assert_eq!(places(&found), ["UDP 192.0.2.1:5060"]);
    assert!(found.lost_is_ours && found.instead.unwrap().code == Code::DnsTimeout, "{:?}", found.lost);
}

#[tokio::test]
async fn naptr_records_that_lead_nowhere_give_way_to_srv_and_then_to_the_address() {
    let server = ScriptedServer::with(Answers::from([
        (("a.example", NAPTR), Ok(vec![naptr(1, "s", "SIP+D2T", b"_sip._tcp.gone.example")])),
        (("_sip._udp.a.example", SRV), Ok(vec![srv(1, 5070, b"h.example")])),
        (
            ("b.example", NAPTR),
            Ok(vec![naptr(1, "u", "SIP+D2U", b""), naptr(1, "s", "E2U+sip", b"x.example")]),
        ),
        (("_sip._udp.b.example", SRV), Ok(vec![srv(1, 5070, b"h.example")])),
        (("c.example", NAPTR), Ok(vec![naptr(1, "s", "SIP+D2U", b"_sip._udp.gone.example")])),
        (("c.example", A), Ok(vec![a(3)])),
        (("d.example", NAPTR), Err(SERVFAIL)),
        (("_sip._udp.d.example", SRV), Ok(vec![srv(1, 5070, b"h.example")])),
        (("h.example", A), Ok(vec![a(1)])),
    ]))
    .await;
    let dns = NetworkDns::server(server.at);
    for (host, place, lost) in [
        ("a.example", "UDP 192.0.2.1:5070", 1),
        ("b.example", "UDP 192.0.2.1:5070", 0),
        ("c.example", "UDP 192.0.2.3:5060", 1),
        ("d.example", "UDP 192.0.2.1:5070", 0),
    ] {
        let found = find(&dns, &format!("sip:{host}")).await.unwrap();
        assert_eq!(places(&found), [place], "{host}: {:?}", found.trail);
        assert_eq!(found.lost.len(), lost, "{host}: {:?}", found.lost);
    }
    let found = find(&dns, "sip:c.example").await.unwrap();
    assert_eq!(
        found.lost,
        ["the NAPTR record of c.example names _sip._udp.gone.example, which has no SRV record"]
    );
}

#[tokio::test]
async fn a_response_code_that_nobody_knows_is_told_by_its_number() {
    let server = ScriptedServer::start(|asked| Some(asked.code(11))).await;
    let dns = NetworkDns::server(server.at);
    let said = dns.lookup("h.example", RecordKind::A, Instant::now() + Duration::from_secs(1)).await;
    assert_eq!(said.records, Err(DnsFailure::Refused(ResponseCode(11))));
    let none = find(&dns, "sip:h.example:5060").await.unwrap_err();
    assert!(none.text.contains("response code 11"), "{}", none.text);
}
