//! Servers that are broken in odd ways, and hostile ones.

use std::time::{Duration, Instant};

use numdeck::sip::{AuthRule, Code, Health, Options, Report, Status, StepKind, Transport};

use super::{Bench, PASSWORD, USER, called, codes};
use crate::support::sip::{Act, FakeSip, header, registrar, reply, say};

const ALL: [Transport; 3] = Transport::ALL;
const STREAMS: [Transport; 2] = [Transport::Tcp, Transport::Tls];

/// What OPTIONS came to, and what it said.
fn options(report: &Report) -> (Code, String) {
    let step = report.steps.iter().find(|step| step.kind == StepKind::Options).unwrap();
    (step.code, step.text.clone())
}

fn auth(report: &Report) -> (Code, String) {
    let step = report.steps.iter().find(|step| step.kind == StepKind::Auth).unwrap();
    (step.code, step.text.clone())
}

#[tokio::test]
async fn replies_that_are_broken_are_understood_and_named() {
    let bench = Bench::new();
    type Change = fn(String) -> Vec<u8>;
    let changes: [(Change, &str); 6] = [
        (|text| text.replace("\r\n", "\n").into_bytes(), "(lines end in LF)"),
        (|text| text.replace("Via: ", "v:").replace("CSeq: ", "CSeq:\r\n ").into_bytes(), "(folded headers)"),
        (|text| text.replace("200 OK", "200").into_bytes(), "(no reason phrase)"),
        (|text| text.replace(";tag=fake", "").into_bytes(), "(no tag in To)"),
        (|text| text.replace("OK", "\u{e9}").chars().map(|c| c as u8).collect(), "(not UTF-8)"),
        (|text| text.to_lowercase().replace("z9hg4bk", "z9hG4bK").into_bytes(), "answered 200 ok"),
    ];
    for over in ALL {
        for (change, said) in changes {
            let script = move |_: usize, request: &str| vec![Act::Send(change(reply(request, "200 OK", "")))];
            let report = bench.at(over, &bench.server(over, script).await).await;
            let (code, text) = options(&report);
            assert!(code == Code::Ok && text.contains(said), "{over}: {code} {text}, wanted {said}");
        }
    }
    for over in STREAMS {
        let without = |_: usize, request: &str| {
            vec![Act::Send(reply(request, "200 OK", "").replace("Content-Length: 0\r\n", "").into_bytes())]
        };
        let report = bench.at(over, &bench.server(over, without).await).await;
        assert!(options(&report).1.contains("(no Content-Length)"), "{:?}", options(&report));
    }
}

#[tokio::test]
async fn a_provisional_reply_is_waited_out() {
    let bench = Bench::new();
    for over in ALL {
        let script = |_: usize, request: &str| {
            let mut acts = say(request, "100 Trying", "");
            acts.extend(say(request, "200 OK", ""));
            acts
        };
        let report = bench.at(over, &bench.server(over, script).await).await;
        assert_eq!(options(&report).0, Code::Ok, "{over}");
        let hasty = Bench::new().hasty();
        let only = |_: usize, request: &str| say(request, "100 Trying", "");
        let report = hasty.at(over, &hasty.server(over, only).await).await;
        let (code, text) = options(&report);
        assert!(code == Code::NoAnswer && text.contains("provisional"), "{over}: {text}");
    }
}

#[tokio::test]
async fn several_provisional_replies_come_from_a_server_that_lives() {
    let both = |_: usize, request: &str| {
        [say(request, "100 Trying", ""), say(request, "183 Session Progress", "")].concat()
    };
    for over in Transport::ALL {
        let bench = Bench::new().hasty();
        let report = bench.at(over, &bench.server(over, both).await).await;
        let (code, text) = (report.verdict.code, report.verdict.text());
        assert!(code == Code::NoAnswer && text.contains("a provisional reply came"), "{over}: {text}");
        let flood = |_: usize, request: &str| vec![say(request, "100 Trying", ""); 30].concat();
        let report = bench.at(over, &bench.server(over, flood).await).await;
        let (code, text) = (report.verdict.code, report.verdict.text());
        assert!(code == Code::NoAnswer && text.contains("20 provisional replies"), "{over}: {text}");
    }
}

#[tokio::test]
async fn what_does_not_belong_is_not_taken() {
    type Change = fn(String) -> String;
    let changes: [Change; 4] = [
        |text| text.replace("branch=z9hG4bK", "branch=z9hG4bKx"),
        |text| text.replace("CSeq: 1 ", "CSeq: 2 "),
        |text| text.replace(" OPTIONS", " INVITE"),
        |text| text.replace("Via:", "X-Via:"),
    ];
    let one = async |over: Transport, change: Change| {
        let hasty = Bench::new().hasty();
        let wrong =
            move |_: usize, request: &str| vec![Act::Send(change(reply(request, "200 OK", "")).into_bytes())];
        let report = hasty.at(over, &hasty.server(over, wrong).await).await;
        assert_eq!(options(&report).0, Code::BadReply, "{over}");
        let then_right = move |_: usize, request: &str| {
            let right = reply(request, "200 OK", "");
            vec![Act::Send(change(right.clone()).into_bytes()), Act::Send(right.into_bytes())]
        };
        let bench = Bench::new();
        let report = bench.at(over, &bench.server(over, then_right).await).await;
        assert_eq!(options(&report).0, Code::Ok, "{over}");
    };
    // Side by side: what is not taken is waited for.
    let all = ALL.into_iter().flat_map(|over| changes.map(|change| one(over, change)));
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn a_request_of_the_server_is_no_reply() {
    let bench = Bench::new();
    for over in ALL {
        let script = |_: usize, request: &str| {
            let theirs = "OPTIONS sip:numdeck@127.0.0.1 SIP/2.0\r\nContent-Length: 0\r\n\r\n";
            let mut acts = vec![Act::Send(theirs.as_bytes().to_vec())];
            acts.extend(say(request, "200 OK", ""));
            acts
        };
        let report = bench.at(over, &bench.server(over, script).await).await;
        assert_eq!(options(&report).0, Code::Ok, "{over}");
    }
}

#[tokio::test]
async fn floods_end() {
    let floods: [(&str, &[u8]); 5] = [
        ("lines without an end", b"SIP/2.0 200 OK\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n"),
        ("a line without an end", b"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"),
        ("messages", b"OPTIONS sip:x SIP/2.0\r\nl: 0\r\n\r\n"),
        ("blank lines", b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"),
        ("junk", b"\x00\x01\x02\x1b[2J\xff\xfe\r\n\r\n"),
    ];
    for over in ALL {
        for (name, bytes) in floods {
            let bench = Bench::new().hasty();
            let script = move |_: usize, _: &str| vec![Act::Flood(bytes.to_vec())];
            let report = bench.at(over, &bench.server(over, script).await).await;
            let (code, text) = options(&report);
            let ended = matches!(code, Code::BadReply | Code::NoAnswer | Code::Closed);
            assert!(ended && numdeck::phone::is_clean(&text), "{over}, {name}: {code} {text}");
            assert!(report.to_json(true, &called).to_string().len() < 2_000_000, "{over}, {name}");
        }
    }
}

#[tokio::test]
async fn large_messages_are_capped() {
    let bench = Bench::new().hasty();
    let with = |more: String| move |_: usize, request: &str| say(request, "200 OK", &more);
    for over in STREAMS {
        let large = format!("X-Large: {}\r\n", "y".repeat(40_000));
        let report = bench.at(over, &bench.server(over, with(large)).await).await;
        assert_eq!(options(&report).0, Code::Ok, "40 KB is allowed over {over}");
        let larger = format!("X-Large: {}\r\n", "y".repeat(70_000));
        let report = bench.at(over, &bench.server(over, with(larger)).await).await;
        assert_eq!(options(&report).0, Code::BadReply, "{over}");
        let many = "X: y\r\n".repeat(5000);
        let report = bench.at(over, &bench.server(over, with(many)).await).await;
        assert!(options(&report).1.contains("256 headers"), "{over}: {:?}", options(&report));
    }
    let large = format!("X-Large: {}\r\n", "y".repeat(40_000));
    let report = bench.at(Transport::Udp, &bench.server(Transport::Udp, with(large)).await).await;
    assert_eq!(options(&report).0, Code::Ok, "40 KB is allowed in a datagram, too");
    let many = "X: y\r\n".repeat(5000);
    let report = bench.at(Transport::Udp, &bench.server(Transport::Udp, with(many)).await).await;
    assert_eq!(options(&report).0, Code::BadReply);
}

#[tokio::test]
async fn hostile_text_reaches_nobody() {
    let bench = Bench::new();
    let hostile =
        "Server: \u{1b}]0;owned\u{7}\u{202e}\u{200b}\u{9b}2J\r\nX-Echo: Digest response=\"9f8e7d\"\r\n";
    for over in ALL {
        let script = move |_: usize, request: &str| say(request, "200 \u{1b}[2J\u{202e}OK", hostile);
        let report = bench.at(over, &bench.server(over, script).await).await;
        assert_eq!(options(&report).0, Code::Ok);
        let shown = format!("{}{}", report.to_json(true, &called), report.trace[1]);
        for bad in ['\u{1b}', '\u{7}', '\u{202e}', '\u{200b}', '\u{9b}'] {
            assert!(!shown.contains(bad), "{over}: {bad:?}");
        }
        assert!(!shown.contains("9f8e7d"), "{shown}");
    }
}

#[tokio::test]
async fn several_probes_have_figures() {
    let bench = Bench { options: Options { count: 4, ..Bench::new().options }, ..Bench::new() };
    for over in ALL {
        let server = bench.server(over, |_, request| say(request, "200 OK", "")).await;
        let report = bench.at(over, &server).await;
        let step = report.steps.iter().find(|step| step.kind == StepKind::Options).unwrap();
        assert_eq!(
            (step.detail()["sent"].clone(), step.detail()["answered"].clone()),
            (4.into(), 4.into()),
            "{over}"
        );
        assert!(step.detail()["min_ms"].as_f64() <= step.detail()["max_ms"].as_f64());
        assert_eq!(report.sent.options, 4);
        assert_eq!(server.methods().len(), 4);
    }
    let bench = Bench { options: Options { count: 3, ..Bench::new().options }, ..Bench::new() };
    let second_lost = |n: usize, request: &str| if n == 1 { vec![] } else { say(request, "200 OK", "") };
    let report = bench.at(Transport::Udp, &bench.server(Transport::Udp, second_lost).await).await;
    let (code, text) = options(&report);
    assert!(code == Code::Lossy && text.contains("1 of 3 lost"), "{text}");
}

#[tokio::test]
async fn every_digest_is_understood_and_the_topmost_counts() {
    const MD5: &str = "Digest realm=\"r\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"";
    for (challenge, algorithm) in [
        (MD5, "MD5"),
        ("Digest realm=\"r\", nonce=\"n1\"", "MD5"),
        ("Digest realm=\"r\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth,auth-int\"", "SHA-256"),
        (
            "Digest realm=\"r\", nonce=\"n1\", algorithm=SHA-512-256, qop=\"auth\", opaque=\"o\"",
            "SHA-512-256",
        ),
        ("Digest realm=\"a \\\"quoted\\\" one, b\", nonce=\"n1\", algorithm=MD5-sess, qop=\"auth\"", "MD5"),
        (
            "Digest realm=\"r\", nonce=\"n1\", algorithm=BLAKE-9, qop=\"auth\", \
             Digest realm=\"r\", nonce=\"n1\", algorithm=SHA-256, qop=\"auth\"",
            "SHA-256",
        ),
    ] {
        for (over, proxy) in [(Transport::Tls, false), (Transport::Tls, true), (Transport::Udp, false)] {
            let bench = Bench::new().auth(AuthRule::Cleartext);
            let server = bench.server(over, registrar(challenge, proxy, USER, PASSWORD)).await;
            let report = bench.at(over, &server).await;
            let (code, text) = auth(&report);
            assert_eq!(code, Code::AuthOk, "{challenge} over {over}: {text}");
            assert!(text.contains(&format!("(digest {algorithm}), 2 devices registered")), "{text}");
            let warned = report.verdict.health() == Health::Warning;
            assert_eq!(warned, over != Transport::Tls, "clear text is a warning even when it works");
            assert_eq!(server.methods(), ["OPTIONS", "REGISTER", "REGISTER"]);
            asks_and_changes_nothing(&server);
        }
    }
}

/// No Contact, no Expires; each transaction has a branch and a number of its own.
fn asks_and_changes_nothing(server: &FakeSip) {
    let seen = server.seen();
    let registers: Vec<&String> = seen.iter().filter(|text| text.starts_with("REGISTER")).collect();
    assert!(
        registers.iter().all(|text| header(text, "Contact").is_none() && header(text, "Expires").is_none())
    );
    let call = header(&seen[0], "Call-ID");
    assert!(seen.iter().all(|text| header(text, "Call-ID") == call));
    let mut vias: Vec<&str> = seen.iter().map(|text| header(text, "Via").unwrap()).collect();
    vias.sort_unstable();
    vias.dedup();
    assert_eq!(vias.len(), seen.len());
    for (n, text) in seen.iter().enumerate() {
        assert!(header(text, "CSeq").unwrap().starts_with(&format!("{} ", n + 1)));
        assert!(text.len() < 1300 && header(text, "Max-Forwards") == Some("70"));
    }
}

#[tokio::test]
async fn a_stale_nonce_is_answered_again_and_not_for_ever() {
    let challenge = |nonce: usize, stale: bool| {
        let stale = if stale { ", stale=true" } else { "" };
        format!("WWW-Authenticate: Digest realm=\"r\", nonce=\"n{nonce}\", qop=\"auth\"{stale}\r\n")
    };
    let once = move |n: usize, request: &str| match (n, request.contains("Authorization:")) {
        (0, _) => say(request, "200 OK", ""),
        (1, _) => say(request, "401 Unauthorized", &challenge(1, false)),
        (2, true) => say(request, "401 Unauthorized", &challenge(2, true)),
        (3, true) if request.contains("nonce=\"n2\"") => say(request, "200 OK", ""),
        _ => say(request, "500 Wrong", ""),
    };
    let bench = Bench::new().auth(AuthRule::Verified);
    let report = bench.at(Transport::Tls, &bench.server(Transport::Tls, once).await).await;
    assert_eq!(auth(&report).0, Code::AuthOk, "{:?}", codes(&report));
    let for_ever = move |n: usize, request: &str| match n {
        0 => say(request, "200 OK", ""),
        _ => say(request, "401 Unauthorized", &challenge(n, n > 1)),
    };
    let server = bench.server(Transport::Tls, for_ever).await;
    let report = bench.at(Transport::Tls, &server).await;
    assert_eq!(auth(&report).0, Code::AuthUnverifiable, "{:?}", auth(&report));
    assert_eq!(server.methods().len(), 4, "it ends");
}

#[tokio::test]
async fn a_server_that_hangs_up_on_credentials_is_named() {
    let bench = Bench::new().auth(AuthRule::Verified);
    let script = |n: usize, request: &str| if n == 0 { say(request, "200 OK", "") } else { vec![Act::Close] };
    let report = bench.at(Transport::Tls, &bench.server(Transport::Tls, script).await).await;
    let (code, text) = auth(&report);
    assert!(code == Code::Closed && text.starts_with("REGISTER: "), "{text}");
}

#[tokio::test]
async fn a_target_that_this_machine_can_not_reach_is_no_trouble_beside_one_that_answers() {
    use numdeck::sip::{Record, RecordKind};
    let bench = Bench::new();
    let server = bench.server(Transport::Udp, |_, request| say(request, "200 OK", "")).await;
    let both = ["127.0.0.1", "255.255.255.255"].map(|ip| Record::Address(ip.parse().unwrap()));
    let zone = crate::support::sip::Zone::default().with("sip.test", RecordKind::A, Ok(both.to_vec()));
    let bench = bench.zone(zone);
    let report = bench.at(Transport::Udp, &server).await;
    assert_eq!(report.verdict.health(), Health::Healthy, "{:#}", report.to_json(false, &called));
    assert!(report.steps.iter().any(|step| step.code == Code::Network && step.status == Status::Info));
}

#[tokio::test]
async fn no_check_takes_longer_than_it_may() {
    let bench = Bench::new().hasty();
    for over in ALL {
        let script = |_: usize, request: &str| {
            let partial = reply(request, "200 OK", "");
            vec![Act::Send(partial.as_bytes()[..40].to_vec()), Act::Wait(Duration::from_secs(600))]
        };
        let server = bench.server(over, script).await;
        let began = Instant::now();
        let report = bench.at(over, &server).await;
        assert_ne!(options(&report).0, Code::Ok, "{over}");
        // Its limit is 1.2 s and a second; a machine that is busy gets some more.
        assert!(began.elapsed() < Duration::from_secs(6), "{over}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_server_of_several_whose_name_is_gone_is_a_warning_and_hides_no_failure() {
    use numdeck::sip::{Record, RecordKind};
    for (status, health) in [("200 OK", Health::Warning), ("503 Busy", Health::Problem)] {
        let bench = Bench::new();
        let server = bench.server(Transport::Udp, move |_, request| say(request, status, "")).await;
        let to =
            |port: u16, target: &str| Record::Srv { priority: 1, weight: 1, port, target: target.into() };
        let servers = vec![to(server.at.port(), "sip.test."), to(5060, "gone.test.")];
        let zone =
            crate::support::sip::Zone::loopback().with("_sip._udp.half.test", RecordKind::Srv, Ok(servers));
        let report = bench.zone(zone).check("sip:u@half.test;transport=udp").await;
        let dns = report.steps.iter().find(|step| step.kind == StepKind::Dns).unwrap();
        assert_eq!((dns.code, dns.status), (Code::Partial, Status::Warn));
        assert!(dns.text.contains("the name gone.test does not exist in DNS"), "{}", dns.text);
        assert_eq!(report.verdict.health(), health, "{}", report.verdict.text());
        let wanted = if health == Health::Warning { Code::Partial } else { Code::Unavailable };
        assert_eq!(report.verdict.code, wanted, "{}", report.verdict.text());
    }
}

#[tokio::test]
async fn credentials_without_time_are_not_asked_about() {
    let hasty = Bench::new().auth(AuthRule::Cleartext);
    // Less than a first retransmission takes, so whatever OPTIONS leaves is too little.
    let bench = Bench { options: Options { timeout: Duration::from_millis(490), ..hasty.options }, ..hasty };
    let server = bench.server(Transport::Udp, |_, request| say(request, "200 OK", "")).await;
    let report = bench.at(Transport::Udp, &server).await;
    let wanted = "not asked: no time was left within the limit of the check";
    assert_eq!(auth(&report), (Code::AuthUnverifiable, wanted.to_owned()));
    assert_eq!((report.sent.register, server.methods()), (0, vec!["OPTIONS".to_owned()]));
    assert_eq!(report.verdict.health(), Health::Unchecked);
    let next = report.verdict.next.words(&|means| format!("{means:?}").into());
    assert_eq!(next, "run it again with a longer LongerLimit");
}

#[tokio::test]
async fn a_digest_that_is_sent_back_is_shown_nowhere() {
    let challenge = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"\r\n";
    for over in ALL {
        let bench = Bench::new().auth(AuthRule::Cleartext);
        let echo = move |n: usize, request: &str| match n {
            0 => say(request, "200 OK", ""),
            1 => say(request, "401 Unauthorized", challenge),
            _ => {
                let response = token(request, "response");
                let more = format!("X-Seen: {}\r\nServer: {response}\r\n", token(request, "cnonce"));
                say(request, &format!("500 {}", response.to_uppercase()), &more)
            }
        };
        let server = bench.server(over, echo).await;
        let report = bench.at(over, &server).await;
        assert_eq!(auth(&report).0, Code::ServerError, "{over}: {:?}", auth(&report));
        let shown = report.to_json(true, &called).to_string().to_lowercase();
        let seen = server.seen();
        for name in ["response", "cnonce"] {
            let token = token(&seen[2], name);
            assert!(token.len() >= 16 && !shown.contains(&token.to_lowercase()), "{over}: {name} in {shown}");
        }
    }
}

/// A quoted part of the credentials of a request.
fn token(request: &str, name: &str) -> String {
    let value = header(request, "Authorization").unwrap();
    let (_, rest) = value.split_once(&format!(" {name}=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_stream_without_a_message_in_it_is_named() {
    for over in STREAMS {
        let bench = Bench::new().hasty();
        let begun = |_: usize, _: &str| vec![Act::Send(b"SIP/2.0 200 OK\r\nVia: x".to_vec())];
        let report = bench.at(over, &bench.server(over, begun).await).await;
        let wanted = "22 bytes came, and no whole message";
        assert_eq!(options(&report), (Code::BadReply, wanted.to_owned()), "{over}");
        let long = |_: usize, request: &str| say(request, &format!("200 {}", "y".repeat(60_000)), "");
        let report = bench.at(over, &bench.server(over, long).await).await;
        assert_eq!(
            options(&report),
            (Code::BadReply, "a first line of more than 2 KiB".to_owned()),
            "{over}"
        );
    }
}

#[tokio::test]
async fn the_reasons_that_a_server_gives_are_told() {
    let headers = "Reason: Q.850;cause=21;text=\"CALL_REJECTED\"\r\nX-Twilio-Error: 32201 address not in ACL\r\n\
                   X-Mood: fine\r\nWarning: 399 sbc1 \"trunk\u{1b}[2J suspended\"\r\n";
    let bench = Bench::new();
    for over in [Transport::Udp, Transport::Tcp, Transport::Tls] {
        let server = bench.server(over, move |_, request| say(request, "403 Forbidden", headers)).await;
        let report = bench.at(over, &server).await;
        let step = report.steps.iter().find(|step| step.code == Code::AliveRefused).unwrap();
        let reasons = step.detail()["reasons"].as_array().unwrap().clone();
        assert_eq!(reasons.len(), 3, "{over}: {reasons:?}");
        for word in ["Reason: Q.850", "CALL_REJECTED", "X-Twilio-Error: 32201", "suspended"] {
            assert!(step.text.contains(word), "{over}: {word}: {}", step.text);
        }
        assert!(!step.text.contains("Mood") && numdeck::phone::is_clean(&step.text), "{}", step.text);
    }
}

#[tokio::test]
async fn an_address_that_is_not_ours_is_where_the_server_saw_us() {
    let bench = Bench::new();
    for (received, seen) in [
        ("rport=40000;received=203.0.113.9", Some("203.0.113.9:40000")),
        ("rport=40000;received=127.0.0.1", None),
        ("rport=40000;received=nonsense", None),
    ] {
        let script = move |_: usize, request: &str| {
            vec![Act::Send(reply(request, "200 OK", "").replace(";rport", &format!(";{received}")).into())]
        };
        let report = bench.at(Transport::Udp, &bench.server(Transport::Udp, script).await).await;
        let step = report.steps.iter().find(|step| step.kind == StepKind::Options).unwrap();
        assert_eq!(step.detail().get("seen_from").and_then(|seen| seen.as_str()), seen, "{received}");
        assert_eq!(step.text.contains("saw this machine as"), seen.is_some(), "{}", step.text);
    }
}

#[tokio::test]
async fn tls_on_a_port_that_is_spoken_to_in_clear_is_named_with_what_to_do() {
    let bench = Bench::new();
    let alert = |_: usize, _: &str| vec![Act::Send(vec![0x15, 3, 1, 0, 2, 2, 0x46])];
    let report = bench.at(Transport::Tcp, &bench.server(Transport::Tcp, alert).await).await;
    let next = report.verdict.next.words(&called);
    assert!(report.verdict.code == Code::BadReply && next.contains("speaks TLS"), "{next}");
}

/// Takes requests at one port and answers them from another; `also` answers from the right one, too.
pub(super) async fn two_ports(also: bool) -> (std::net::SocketAddr, std::net::SocketAddr) {
    let asked = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let other = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let places = (asked.local_addr().unwrap(), other.local_addr().unwrap());
    tokio::spawn(async move {
        let mut packet = [0; 2000];
        loop {
            let Ok((length, from)) = asked.recv_from(&mut packet).await else { return };
            let text = String::from_utf8_lossy(&packet[..length]).into_owned();
            other.send_to(b"junk", from).await.unwrap();
            other.send_to(reply(&text, "200 OK", "").as_bytes(), from).await.unwrap();
            if also {
                tokio::time::sleep(Duration::from_millis(50)).await;
                asked.send_to(reply(&text, "200 OK", "").as_bytes(), from).await.unwrap();
            }
        }
    });
    places
}

#[tokio::test]
async fn an_answer_from_another_port_is_seen_and_named() {
    let bench = Bench::new();
    let (asked, other) = two_ports(false).await;
    let report = bench.check(&format!("sip:{asked}")).await;
    let step = report.steps.iter().find(|step| step.kind == StepKind::Options).unwrap();
    assert_eq!((step.code, report.verdict.health()), (Code::Elsewhere, Health::Problem), "{}", step.text);
    assert!(
        step.text.contains(&other.to_string()) && step.text.contains(&asked.to_string()),
        "{}",
        step.text
    );
    assert_eq!(step.detail()["answered_from"], other.to_string());
    let (asked, _) = two_ports(true).await;
    let report = bench.check(&format!("sip:{asked}")).await;
    assert_eq!(report.verdict.code, Code::Ok, "the right one answers as well: {}", report.verdict.text());
}

#[tokio::test]
async fn a_content_length_beyond_what_came_hides_no_answer() {
    for over in STREAMS {
        for (length, closes) in [("99", false), ("99", true), ("99999999", false)] {
            let bench = Bench::new();
            let script = move |_: usize, request: &str| {
                let text = reply(request, "200 OK", "");
                let text = text.replace("Content-Length: 0", &format!("Content-Length: {length}"));
                let mut acts = vec![Act::Send(format!("{text}v=0\r\n").into_bytes())];
                acts.extend(closes.then_some(Act::Close));
                acts
            };
            let bench = Bench { options: Options { count: 2, ..bench.options }, ..bench };
            let server = bench.server(over, script).await;
            let report = bench.at(over, &server).await;
            let (code, text) = options(&report);
            assert_eq!(code, Code::Ok, "{over} {length} {closes}: {text}");
            assert!(text.contains("a Content-Length beyond what came"), "{over} {length} {closes}: {text}");
            assert_eq!(server.methods().len(), 2, "each over a connection of its own");
        }
    }
}

#[tokio::test]
async fn a_reply_that_was_rewritten_on_the_way_is_told_from_junk() {
    let branch = |text: String| text.replace("branch=z9hG4bK", "branch=z9hG4bKx");
    let via =
        |text: String| text.replacen("Via: ", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKproxy\r\nVia: ", 1);
    let number = |text: String| text.replace("CSeq: ", "CSeq: 9");
    let method = |text: String| text.replace(" OPTIONS\r\n", " INFO\r\n");
    type Change = fn(String) -> String;
    for (change, what) in [
        (branch as Change, "another branch"),
        (via, "a Via too many"),
        (number, "another CSeq"),
        (method, "another CSeq"),
    ] {
        let bench = Bench::new().hasty();
        let script =
            move |_: usize, request: &str| vec![Act::Send(change(reply(request, "200 OK", "")).into_bytes())];
        let report = bench.at(Transport::Udp, &bench.server(Transport::Udp, script).await).await;
        let (code, text) = options(&report);
        assert_eq!(code, Code::BadReply, "{text}");
        assert!(text.contains(what) && text.contains("rewrites SIP"), "{text}");
        assert!(
            report.verdict.next.words(&called).contains("SIP ALG"),
            "{}",
            report.verdict.next.words(&called)
        );
    }
}
