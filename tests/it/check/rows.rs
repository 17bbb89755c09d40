//! One test a row of the table of outcomes, over each transport where it can happen.

use std::time::Duration;

use numdeck::check::{CalledNumber, Facts, named, step_of_calls, unread};
use numdeck::phone::{
    Call, CallDirection, CallList, CallStatus, MaskedNumber, Number, NumberId, NumberText, Switch,
};
use numdeck::sip::{
    Access, AuthRule, Code, DnsFailure, Health, OUTCOMES, Record, RecordKind, Report, ResponseCode, SipUri,
    Status, StepKind, Subject, Transport, UriError,
};
use tokio::net::{TcpListener, UdpSocket};

use super::odd::two_ports;
use super::{Bench, PASSWORD, USER, called, codes};
use crate::support::sip::{Act, FakeSip, HOST, Pair, Zone, registrar, say, self_signed};

const MD5: &str = "Digest realm=\"r\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"";

/// A call that reached the server and was not taken.
fn busy_call(at: jiff::Timestamp) -> Call {
    Call {
        id: None,
        at,
        direction: CallDirection::Inbound,
        other: MaskedNumber::of(""),
        status: CallStatus::Busy,
        cause: None,
        answered: None,
        lasted: None,
        endpoint: None,
    }
}

/// Makes an outcome happen; `None` where a transport cannot have it. The compiler knows whether a row
/// is missing.
pub(super) async fn provoke(code: Code, over: Transport) -> Option<Report> {
    use Transport::{Tcp, Tls, Udp};
    let bench = Bench::new();
    let ok = |_: usize, request: &str| say(request, "200 OK", "Server: Fake\r\n");
    let status = |line: &'static str| move |_: usize, request: &str| say(request, line, "");
    let auth = || Bench::new().auth(AuthRule::Cleartext);
    Some(match code {
        Code::Ok => bench.at(over, &bench.server(over, ok).await).await,
        Code::Partial => {
            let alive = bench.server(over, ok).await;
            let closed = closed_port(over).await;
            let zone = Zone::loopback().srv(service(over), &[alive.at.port(), closed]);
            by_name(bench, zone, over).await
        }
        Code::Skipped => by_name(bench, Zone::default(), over).await,
        Code::BadSettings | Code::BadUri | Code::Unsupported => {
            let mut number = Number::new(NumberId::new("n"), NumberText::parse("+14155550123"));
            let uri = match code {
                Code::BadSettings => "sip:a@sip.test",
                Code::BadUri => "tel:+14155550123",
                _ => "sip:+14155550123@sip.test:8088;transport=ws",
            };
            number.sip_uri = Some(uri.into());
            number.switches[Switch::Inbound] = (code == Code::BadSettings).then_some(false);
            let facts = Facts { number: &number, endpoint: None, unread: None, credentials: None };
            named(&facts, None).settled(jiff::Timestamp::UNIX_EPOCH)
        }
        Code::CallsLost => {
            let report = bench.at(over, &bench.server(over, ok).await).await;
            let at = jiff::Timestamp::UNIX_EPOCH;
            let list = CallList { calls: vec![busy_call(at)], ..CallList::default() };
            report.knowing(step_of_calls(&list, CalledNumber { endpoint: None, changed: None }, at))
        }
        Code::DnsNxdomain => by_name(bench, Zone::default(), over).await,
        Code::DnsNodata => {
            by_name(bench, Zone::default().with(HOST, RecordKind::Naptr, Ok(vec![])), over).await
        }
        Code::DnsRefused => by_name(bench, dead(&DnsFailure::Refused(ResponseCode(5))), over).await,
        Code::DnsTimeout => by_name(bench, dead(&DnsFailure::Timeout), over).await,
        Code::SrvOff => {
            let off = Record::Srv { priority: 0, weight: 0, port: 0, target: ".".into() };
            by_name(bench, Zone::loopback().with(service(over), RecordKind::Srv, Ok(vec![off])), over).await
        }
        Code::PortClosed => {
            let port = closed_port(over).await;
            bench.check(&format!("sip:{HOST}:{port};transport={}", over.word())).await
        }
        Code::NoAnswer => {
            let bench = bench.hasty();
            bench.at(over, &bench.server(over, |_, _| vec![]).await).await
        }
        // Broadcast is not allowed on a socket that did not ask for it: nothing leaves.
        Code::Network if over == Udp => bench.check("sip:255.255.255.255").await,
        Code::Network => return None,
        Code::Closed if over == Udp => return None,
        Code::Closed => bench.at(over, &bench.server(over, |_, _| vec![Act::Close]).await).await,
        Code::TlsExpired | Code::TlsName | Code::TlsUntrusted | Code::TlsPlain if over != Tls => return None,
        Code::TlsVersion | Code::TlsClientCert | Code::TlsSni | Code::TlsChain | Code::TlsWeak
            if over != Tls =>
        {
            return None;
        }
        Code::TlsVersion => super::tls::at_most_tls_1_1().await,
        Code::TlsClientCert => super::tls::without_a_certificate().await,
        Code::TlsSni => super::tls::by_address().await,
        Code::TlsChain => super::tls::with_a_certificate_missing().await,
        Code::TlsWeak => super::tls::with_fixture("v1", "ca").await,
        Code::TlsExpired => {
            let tls = bench.authority.server(&[HOST], -90, -3);
            bench.at(Tls, &FakeSip::with(Tls, tls, ok).await).await
        }
        Code::TlsName => {
            let tls = bench.authority.server(&["other.test", "wild\u{1b}.test"], -1, 90);
            bench.at(Tls, &FakeSip::with(Tls, tls, ok).await).await
        }
        Code::TlsUntrusted => bench.at(Tls, &FakeSip::with(Tls, self_signed(&[HOST]), ok).await).await,
        Code::TlsPlain => {
            let bench = bench.hasty();
            bench.at(Tls, &bench.server(Tcp, ok).await).await
        }
        Code::BadReply => {
            let http = |_: usize, _: &str| vec![Act::Send(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())];
            let bench = bench.hasty();
            bench.at(over, &bench.server(over, http).await).await
        }
        Code::AliveRefused => bench.at(over, &bench.server(over, status("486 Busy Here")).await).await,
        Code::AliveAuth => bench.at(over, &bench.server(over, status("401 Unauthorized")).await).await,
        Code::Redirect => {
            let elsewhere = bench.server(over, ok).await;
            let contact = format!("Contact: <{}>\r\n", Bench::uri(over, &elsewhere));
            let server = bench.server(over, move |_, request| say(request, "302 Moved", &contact)).await;
            let report = bench.at(over, &server).await;
            assert!(elsewhere.seen().is_empty(), "a redirect is not followed");
            report
        }
        Code::Unavailable => {
            let busy = |_: usize, request: &str| say(request, "503 Busy", "Retry-After: 30\r\n");
            bench.at(over, &bench.server(over, busy).await).await
        }
        Code::ServerError => bench.at(over, &bench.server(over, status("500 Oops")).await).await,
        // Longer than T1: over UDP that would be sent again.
        Code::Slow if over == Udp => return None,
        Code::Slow => {
            let slowly = |_: usize, request: &str| {
                let mut acts = vec![Act::Wait(Duration::from_millis(600))];
                acts.extend(say(request, "200 OK", ""));
                acts
            };
            bench.at(over, &bench.server(over, slowly).await).await
        }
        Code::Lossy if over != Udp => return None,
        Code::Lossy => {
            let third = |n: usize, request: &str| if n < 2 { vec![] } else { say(request, "200 OK", "") };
            bench.at(over, &bench.server(over, third).await).await
        }
        Code::AuthOk => {
            let bench = auth();
            bench.at(over, &bench.server(over, registrar(MD5, false, USER, PASSWORD)).await).await
        }
        Code::AuthRejected => {
            let bench = auth();
            let server = bench.server(over, registrar(MD5, false, USER, "another one")).await;
            let report = bench.at(over, &server).await;
            let guesses = server.seen().iter().filter(|text| text.contains("Authorization:")).count();
            assert_eq!(guesses, 1, "one password, once");
            report
        }
        Code::AuthOpen => {
            let bench = auth();
            bench.at(over, &bench.server(over, ok).await).await
        }
        Code::AuthUnverifiable => {
            let bench = auth();
            let takes_none = |_: usize, request: &str| match request.starts_with("OPTIONS") {
                true => say(request, "200 OK", ""),
                false => say(request, "400 Missing Contact Header", ""),
            };
            bench.at(over, &bench.server(over, takes_none).await).await
        }
        Code::AuthUnsupported => {
            let bench = auth();
            let basic = |_: usize, request: &str| match request.starts_with("OPTIONS") {
                true => say(request, "200 OK", ""),
                false => say(request, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"r\"\r\n"),
            };
            let server = bench.server(over, basic).await;
            let report = bench.at(over, &server).await;
            assert!(server.seen().iter().all(|text| !text.contains("Authorization:")));
            report
        }
        Code::AuthHidden => {
            let bench = Bench { access: Access::Hidden, ..auth() };
            bench.at(over, &bench.server(over, ok).await).await
        }
        Code::AuthPaused => super::many::two_rejections(over).await,
        Code::Cleartext if over == Tls => return None,
        Code::Cleartext => {
            let bench = Bench::new().auth(AuthRule::Verified);
            let server = bench.server(over, registrar(MD5, false, USER, PASSWORD)).await;
            let report = bench.at(over, &server).await;
            assert_eq!(server.methods(), ["OPTIONS"], "nothing of the account is sent");
            report
        }
        Code::Elsewhere if over != Udp => return None,
        Code::Elsewhere => bench.check(&format!("sip:{}", two_ports(false).await.0)).await,
        Code::Loop => bench.at(over, &bench.server(over, status("483 Too Many Hops")).await).await,
        Code::NullAddress => {
            let group = bench.check(&format!("sip:224.0.0.1:5060;transport={}", over.word())).await;
            assert_eq!((group.verdict.code, group.sent.options), (code, 0), "nothing is sent to a group");
            bench.check(&format!("sip:0.0.0.0:5060;transport={}", over.word())).await
        }
        Code::ApiFailed => unread("+14155550123", "HTTP 500").settled(jiff::Timestamp::UNIX_EPOCH),
    })
}

/// Checks [`HOST`] by its name alone.
async fn by_name(bench: Bench, zone: Zone, over: Transport) -> Report {
    bench.zone(zone).check(&format!("sip:+14155550123@{HOST};transport={}", over.word())).await
}

fn service(over: Transport) -> &'static str {
    match over {
        Transport::Udp => "_sip._udp.sip.test",
        Transport::Tcp => "_sip._tcp.sip.test",
        Transport::Tls => "_sips._tcp.sip.test",
    }
}

fn dead(failure: &DnsFailure) -> Zone {
    [RecordKind::Srv, RecordKind::A, RecordKind::Aaaa].into_iter().fold(Zone::default(), |zone, kind| {
        let name = if kind == RecordKind::Srv { "_sip._udp.sip.test" } else { HOST };
        zone.with(name, kind, Err(failure.clone()))
    })
}

/// A port on which nobody listens any more.
async fn closed_port(over: Transport) -> u16 {
    match over {
        Transport::Udp => UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port(),
        _ => TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port(),
    }
}

/// A sentence of the table with the host in its place, and every other place filled with `it`.
fn filled(sentence: &str, host: &str) -> String {
    let mut text = sentence.replace("{host}", host);
    while let (Some(begin), Some(end)) = (text.find('{'), text.find('}')) {
        text.replace_range(begin..=end, "it");
    }
    text
}

async fn every_row(over: Transport) {
    for outcome in OUTCOMES {
        let code = outcome.code;
        let Some(report) = provoke(code, over).await else { continue };
        let context = format!("{code} over {over}: {:#}", report.to_json(true, &called));
        let step = report.steps.iter().find(|step| step.code == code);
        let step = step.unwrap_or_else(|| panic!("{context}"));
        let warned = code == Code::AuthOk && over != Transport::Tls;
        let status = if warned { Status::Warn } else { outcome.status };
        assert_eq!(step.status, status, "{context}");
        assert!(!step.text.is_empty() && numdeck::phone::is_clean(&step.text), "{context}");
        let health = match status {
            Status::Fail if code.is_ours() => Health::Unchecked,
            Status::Fail => Health::Problem,
            Status::Warn => Health::Warning,
            _ => report.verdict.health(),
        };
        assert_eq!(report.verdict.health(), health, "{context}");
        if matches!(status, Status::Fail | Status::Warn) {
            assert_eq!(report.verdict.code, code, "{context}");
            let next = report.verdict.next.words(&|_| "it".into());
            match code {
                // What the row does not know: that clear text was asked for, and that it was TLS.
                Code::AuthOk => assert!(next.contains("use TLS"), "{context}"),
                Code::CallsLost => assert!(next.contains("how many calls it takes"), "{context}"),
                Code::Closed if over == Transport::Tls => assert!(next.contains("overload"), "{context}"),
                _ => assert_eq!(next, filled(outcome.next, &host(&report)), "{context}"),
            }
        }
    }
}

fn host(report: &Report) -> String {
    report.legs.first().map_or(String::new(), |leg| leg.route.host().to_string())
}

#[tokio::test]
async fn a_valid_address_that_is_not_spoken_is_unchecked_and_no_fault() {
    let report = provoke(Code::Unsupported, Transport::Udp).await.unwrap();
    assert_eq!((report.verdict.code, report.verdict.health()), (Code::Unsupported, Health::Unchecked));
    for uri in
        ["sip:a@sip.test;transport=WSS", "sip:a@sip.test;transport=sctp", "sip:a@sip.test;maddr=192.0.2.1"]
    {
        assert!(matches!(SipUri::parse(uri), Err(UriError::Unspoken(_))), "{uri}");
    }
    assert!(matches!(SipUri::parse("sip:a@sip.test;transport=pigeon"), Err(UriError::Transport(_))));
}

#[tokio::test]
async fn every_outcome_over_udp() {
    every_row(Transport::Udp).await;
}

#[tokio::test]
async fn every_outcome_over_tcp() {
    every_row(Transport::Tcp).await;
}

#[tokio::test]
async fn every_outcome_over_tls() {
    every_row(Transport::Tls).await;
}

#[tokio::test]
async fn a_certificate_that_ends_soon_is_a_warning() {
    let bench = Bench::new();
    for (to, code, status) in [(10, Code::TlsExpired, Status::Warn), (40, Code::Ok, Status::Pass)] {
        let tls = bench.authority.server(&[HOST], -1, to);
        let server = FakeSip::with(Transport::Tls, tls, |_, request| say(request, "200 OK", "")).await;
        let report = bench.at(Transport::Tls, &server).await;
        let step = report.steps.iter().find(|step| step.kind == numdeck::sip::StepKind::Tls).unwrap();
        assert_eq!((step.code, step.status), (code, status), "{}", step.text);
        let days = step.detail()["expires_in_days"].as_i64().unwrap();
        assert!((to - 2..=to).contains(&days), "{days}");
        assert_eq!(report.verdict.health() == Health::Warning, status == Status::Warn);
    }
}

#[tokio::test]
async fn a_certificate_that_is_wrong_stops_everything() {
    let bench = Bench::new().auth(AuthRule::Cleartext);
    for tls in [
        self_signed(&[HOST]),
        bench.authority.server(&["other.test"], -1, 90),
        bench.authority.server(&[HOST], -90, -3),
        bench.authority.server(&[HOST], 3, 90),
        crate::support::sip::Authority::new().server(&[HOST], -1, 90),
    ] {
        let server = FakeSip::with(Transport::Tls, tls, |_, request| say(request, "200 OK", "")).await;
        let report = bench.at(Transport::Tls, &server).await;
        assert_eq!(report.verdict.health(), Health::Problem);
        assert!(server.seen().is_empty(), "nothing is sent: {:?}", codes(&report));
    }
}

#[tokio::test]
async fn a_certificate_may_be_for_the_sip_address_of_its_domain_and_has_to_be_good_beside() {
    let bench = Bench::new();
    let ok = |_: usize, request: &str| say(request, "200 OK", "");
    for (names, from, to, code) in [
        (&["sip:sip.test"][..], -1, 90, Code::Ok),
        (&["sip:sip.test", "other.test"], -1, 90, Code::Ok),
        (&["sips:sip.test"], -1, 90, Code::TlsName),
        (&["sip:other.test"], -1, 90, Code::TlsName),
        (&["sip:sip.test"], -90, -3, Code::TlsExpired),
    ] {
        let tls = bench.authority.server(names, from, to);
        let report = bench.at(Transport::Tls, &FakeSip::with(Transport::Tls, tls, ok).await).await;
        let step = report.steps.iter().find(|step| step.kind == StepKind::Tls).unwrap();
        assert_eq!(step.code, code, "{names:?}: {}", step.text);
        assert_eq!(report.verdict.health() == Health::Healthy, code == Code::Ok, "{names:?}");
    }
    let stranger = crate::support::sip::Authority::new().server(&["sip:sip.test"], -1, 90);
    let report = bench.at(Transport::Tls, &FakeSip::with(Transport::Tls, stranger, ok).await).await;
    assert_eq!(report.verdict.code, Code::TlsUntrusted);
}

#[tokio::test]
async fn a_certificate_that_signs_itself_is_trusted_by_whoever_names_it() {
    for is_authority in [false, true] {
        for (names, code) in [(&[HOST][..], Code::Ok), (&["other.test"], Code::TlsName)] {
            let pair = Pair::self_signed_by(names, is_authority);
            let mut bench = Bench::new();
            bench.authority.pem = pair.certificate.clone();
            let ok = |_: usize, request: &str| say(request, "200 OK", "");
            let report =
                bench.at(Transport::Tls, &FakeSip::with(Transport::Tls, pair.server(), ok).await).await;
            assert_eq!(report.verdict.code, code, "{is_authority} {names:?}: {}", report.verdict.text());
            assert!(!report.verdict.text().contains("DnsName("), "{}", report.verdict.text());
        }
    }
}

#[tokio::test]
async fn a_certificate_with_a_wildcard_is_a_warning() {
    let bench = Bench::new();
    let tls = bench.authority.server(&["*.wild.test"], -1, 90);
    let server = FakeSip::with(Transport::Tls, tls, |_, request| say(request, "200 OK", "")).await;
    let here = Record::Address("127.0.0.1".parse().unwrap());
    let zone = Zone::default().with("sip.wild.test", RecordKind::A, Ok(vec![here]));
    let report = bench.zone(zone).check(&format!("sips:sip.wild.test:{}", server.at.port())).await;
    assert_eq!((report.verdict.health(), report.verdict.code), (Health::Warning, Code::TlsName));
    assert!(report.verdict.text().contains("*.wild.test"), "{}", report.verdict.text());
}

#[tokio::test]
async fn who_hangs_up_while_shaking_hands_is_not_said_to_speak_plain_sip() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
        }
    });
    let report = Bench::new().check(&format!("sips:{HOST}:{port}")).await;
    task.abort();
    assert_eq!(report.verdict.code, Code::Closed, "{}", report.verdict.text());
    assert!(
        !report.verdict.next.words(&called).contains("TLS only"),
        "{}",
        report.verdict.next.words(&called)
    );
}

#[tokio::test]
async fn the_days_of_a_certificate_count_from_the_time_of_the_check() {
    let bench = Bench::new();
    let tls = bench.authority.server(&[HOST], -1, 40);
    let server = FakeSip::with(Transport::Tls, tls, |_, request| say(request, "200 OK", "")).await;
    let uri = numdeck::sip::SipUri::parse(&Bench::uri(Transport::Tls, &server)).unwrap();
    let subject = Subject::given(uri, None, Access::Missing("none"));
    let earlier = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * 100);
    let report = numdeck::sip::check(&subject, &bench.options, &bench.world(), earlier, &|_| {}).await;
    let step = report.steps.iter().find(|step| step.kind == StepKind::Tls).unwrap();
    let days = step.detail()["expires_in_days"].as_i64().unwrap();
    assert!((138..=140).contains(&days), "{days}");
}
