//! Several probes, several targets, and how fast they go.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use numdeck::check::{Facts, named};
use numdeck::sip::{
    Code, Env, Health, Leg, LegKind, Options, Report, SipUri, Status, Step, StepKind, Subject, Transport,
    check,
};

use super::many::number;
use super::{Bench, called, codes};
use crate::support::sip::{Act, FakeSip, HOST, Zone, reply, say};

fn steps(report: &Report) -> Vec<&Step> {
    report.steps.iter().map(AsRef::as_ref).filter(|step| step.kind == StepKind::Options).collect()
}

fn counting(count: u32, timeout: Duration) -> Bench {
    let bench = Bench::new();
    Bench { options: Options { count, timeout, ..bench.options }, ..bench }
}

/// Servers at one address, behind the SRV records of one name.
async fn several(bench: &Bench, servers: usize, answer: bool) -> (Vec<FakeSip>, Zone) {
    let mut all = Vec::new();
    for _ in 0..servers {
        let script = move |_: usize, request: &str| if answer { say(request, "200 OK", "") } else { vec![] };
        all.push(bench.server(Transport::Udp, script).await);
    }
    let ports: Vec<u16> = all.iter().map(|server| server.at.port()).collect();
    (all, Zone::loopback().srv("_sip._udp.sip.test", &ports))
}

#[tokio::test]
async fn a_series_at_many_ports_of_one_address_ends_in_time_and_invents_no_loss() {
    let bench = counting(6, Duration::from_secs(3));
    let (servers, zone) = several(&bench, 10, true).await;
    let began = Instant::now();
    let report = bench.zone(zone).check(&format!("sip:u@{HOST};transport=udp")).await;
    // Its limit, six seconds for the series and one more; some for a machine that is busy.
    assert!(began.elapsed() < Duration::from_secs(14), "{:?}", began.elapsed());
    let arrived: usize = servers.iter().map(|server| server.methods().len()).sum();
    assert_eq!(report.sent.options as usize, arrived, "what was not sent is not counted");
    assert_eq!(report.verdict.health(), Health::Healthy, "{}", report.verdict.text());
    for step in steps(&report) {
        assert!(step.detail().get("loss").is_none_or(|loss| *loss == 0.0), "{}", step.text);
    }
    let short =
        steps(&report).iter().filter(|step| step.text.contains("more not sent: no time was left")).count();
    assert!(short > 0, "60 requests at 5 a second do not fit");
}

#[tokio::test]
async fn a_reply_that_is_bad_counts_wherever_it_came() {
    let bench = counting(5, Duration::from_secs(20));
    for over in Transport::ALL {
        let script = |n: usize, request: &str| match n {
            0 | 4 => say(request, "200 OK", ""),
            _ => say(request, "500 Oops", ""),
        };
        let report = bench.at(over, &bench.server(over, script).await).await;
        let step = steps(&report)[0];
        assert_eq!((step.code, report.verdict.health()), (Code::ServerError, Health::Problem), "{over}");
        assert!(step.text.starts_with("3 of 5 answered 500 Oops"), "{over}: {}", step.text);
    }
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_not_asked_again() {
    let bench = counting(5, Duration::from_secs(20));
    for over in Transport::ALL {
        let busy = |_: usize, request: &str| say(request, "503 Busy", "Retry-After: 30\r\n");
        let server = bench.server(over, busy).await;
        let report = bench.at(over, &server).await;
        assert_eq!((server.methods().len(), report.sent.options), (1, 1), "{over}");
        assert!(steps(&report)[0].text.contains("4 more not sent: it asks to wait 30 s"), "{over}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_after_each_answer_is_not_lossy() {
    let bench = counting(4, Duration::from_secs(20));
    for over in [Transport::Tcp, Transport::Tls] {
        let script = |_: usize, request: &str| [say(request, "200 OK", ""), vec![Act::Close]].concat();
        let server = bench.server(over, script).await;
        let report = bench.at(over, &server).await;
        let step = steps(&report)[0];
        assert_eq!(
            (step.code, step.detail()["answered"].clone()),
            (Code::Ok, 4.into()),
            "{over}: {}",
            step.text
        );
    }
}

#[tokio::test]
async fn one_address_gets_five_packets_a_second_those_that_are_sent_again_included() {
    let bench = counting(1, Duration::from_secs(4));
    let arrived: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let mut servers = Vec::new();
    for _ in 0..8 {
        let log = Arc::clone(&arrived);
        let silent = move |_: usize, _: &str| {
            log.lock().unwrap().push(Instant::now());
            vec![]
        };
        servers.push(bench.server(Transport::Udp, silent).await);
    }
    let ports: Vec<u16> = servers.iter().map(|server| server.at.port()).collect();
    let began = Instant::now();
    let zone = Zone::loopback().srv("_sip._udp.sip.test", &ports);
    let report = bench.zone(zone).check(&format!("sip:u@{HOST};transport=udp")).await;
    assert!(began.elapsed() < Duration::from_secs(9), "its limit and a second: {:?}", began.elapsed());
    assert_eq!(report.verdict.code, Code::NoAnswer);
    let arrived = arrived.lock().unwrap();
    assert!(arrived.len() > 8, "what is not answered is sent again: {}", arrived.len());
    // Five at once, and then five a second; a machine that is busy may deliver some late and together.
    let most = 5 + 5 * (began.elapsed().as_secs() as usize + 1);
    assert!(arrived.len() <= most, "{} packets in {:?}", arrived.len(), began.elapsed());
    let crowd = arrived.windows(9).filter(|nine| nine[8] - nine[0] < Duration::from_millis(700)).count();
    assert_eq!(crowd, 0, "nine packets within 700 ms");
}

#[tokio::test]
async fn a_leg_of_which_nobody_was_asked_is_not_healthy() {
    let bench = counting(1, Duration::from_secs(1));
    let (_servers, zone) = several(&bench, 10, true).await;
    let bench = bench.zone(zone);
    let uri = SipUri::parse(&format!("sip:u@{HOST};transport=udp")).unwrap();
    let mut subject = Subject::given(uri, None, bench.access.clone());
    let first = subject.legs[0].clone();
    subject.legs.extend([LegKind::Trunk, LegKind::Endpoint].map(|kind| Leg { kind, ..first.clone() }));
    let report = check(&subject, &bench.options, &bench.world(), Timestamp::now(), &|_| {}).await;
    let unasked = |kind: LegKind| {
        report
            .steps
            .iter()
            .all(|step| step.leg != Some(kind) || step.status != Status::Pass || step.kind == StepKind::Dns)
    };
    assert!(unasked(LegKind::Endpoint), "ten requests at most fit into a second: {:?}", codes(&report));
    assert_eq!(report.verdict.health(), Health::Unchecked, "{}", report.verdict.text());
    assert!(
        report.verdict.text().contains("not asked")
            && report.verdict.next.words(&called).contains("LongerLimit")
    );
}

#[tokio::test]
async fn a_server_that_got_no_time_is_not_called_silent() {
    let bench = counting(1, Duration::from_secs(2));
    let (_servers, zone) = several(&bench, 10, false).await;
    let bench = bench.zone(zone);
    let uri = SipUri::parse(&format!("sip:u@{HOST};transport=udp")).unwrap();
    let mut subject = Subject::given(uri, None, bench.access.clone());
    let trunk = Leg { kind: LegKind::Trunk, ..subject.legs[0].clone() };
    subject.legs.push(trunk);
    let report = check(&subject, &bench.options, &bench.world(), Timestamp::now(), &|_| {}).await;
    let steps = steps(&report);
    assert!(steps.iter().any(|step| step.code == Code::Skipped), "{:?}", codes(&report));
    for step in steps.iter().filter(|step| step.code == Code::NoAnswer) {
        let hasty = (0..4).any(|tenths| step.text.contains(&format!("in 0.{tenths} s")));
        assert!(!hasty, "{}", step.text);
    }
}

#[tokio::test]
async fn that_no_more_than_ten_targets_are_asked_is_no_warning() {
    let bench = counting(1, Duration::from_secs(20));
    let (_servers, zone) = several(&bench, 12, true).await;
    let report = bench.zone(zone).check(&format!("sip:u@{HOST};transport=udp")).await;
    assert_eq!(report.verdict.health(), Health::Healthy, "{}", report.verdict.text());
    let dns = report.steps.iter().find(|step| step.kind == StepKind::Dns).unwrap();
    assert!(dns.text.ends_with("2 more are not asked: at most 10 are"), "{}", dns.text);
}

/// Answers each packet so long after it came, whatever else comes meanwhile; all but the first `lost`.
async fn far_away(delay: Duration, lost: usize) -> std::net::SocketAddr {
    let socket = Arc::new(tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap());
    let at = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut packet = [0; 2000];
        for number in 0.. {
            let Ok((length, from)) = socket.recv_from(&mut packet).await else { return };
            let text = String::from_utf8_lossy(&packet[..length]).into_owned();
            let socket = Arc::clone(&socket);
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                if number >= lost {
                    socket.send_to(reply(&text, "200 OK", "").as_bytes(), from).await.ok();
                }
            });
        }
    });
    at
}

#[tokio::test]
async fn an_answer_that_crosses_a_retransmission_is_slow_and_no_loss() {
    let bench = Bench::new();
    for (lost, count, code) in [(0, 1, Code::Slow), (0, 3, Code::Slow), (1, 1, Code::Lossy)] {
        let at = far_away(Duration::from_millis(650), lost).await;
        let options = Options { count, ..bench.options };
        let bench = Bench { options, ..Bench::new() };
        let report = bench.check(&format!("sip:{at}")).await;
        let step = report.steps.iter().find(|step| step.kind == StepKind::Options).unwrap();
        assert_eq!(step.code, code, "{lost} lost of {count}: {}", step.text);
        assert_eq!(step.elapsed.is_some(), lost == 0, "a time is known where nothing was lost");
    }
}

#[tokio::test]
async fn a_private_address_of_a_number_is_remarked_where_the_provider_is_elsewhere() {
    let bench = Bench::new();
    let server = bench.server(Transport::Udp, |_, request| say(request, "200 OK", "")).await;
    let number = number(1, &format!("sip:a@{}", server.at));
    let facts = Facts { number: &number, endpoint: None, unread: None, credentials: None };
    for provider_is_near in [true, false] {
        let world = Env { provider_is_near, ..bench.world() };
        let report = check(&named(&facts, None), &bench.options, &world, Timestamp::now(), &|_| {}).await;
        let remarked = report.steps.iter().any(|step| step.text.contains("is a private address"));
        assert_eq!(remarked, !provider_is_near, "{:?}", codes(&report));
        let next = report.verdict.next.words(&called);
        assert_eq!(next.contains("put a public address there"), !provider_is_near, "{next}");
        assert_eq!(report.verdict.health(), Health::Healthy, "from here all is well");
    }
}

#[tokio::test]
async fn a_server_that_stops_to_answer_is_no_lossy_path() {
    let bench = counting(5, Duration::from_secs(3));
    let first = |n: usize, request: &str| if n == 0 { say(request, "200 OK", "") } else { vec![] };
    let report = bench.at(Transport::Udp, &bench.server(Transport::Udp, first).await).await;
    let step = steps(&report)[0];
    assert_eq!((step.code, report.verdict.health()), (Code::NoAnswer, Health::Problem), "{}", step.text);
    assert!(step.text.starts_with("answered first, and then no more"), "{}", step.text);
    let every_other =
        |n: usize, request: &str| if n.is_multiple_of(2) { say(request, "200 OK", "") } else { vec![] };
    let report = bench.at(Transport::Udp, &bench.server(Transport::Udp, every_other).await).await;
    assert_eq!((steps(&report)[0].code, report.verdict.health()), (Code::Lossy, Health::Warning));
}

#[tokio::test]
async fn services_of_another_transport_than_the_one_asked_for_are_named() {
    use numdeck::sip::RecordKind;
    let zone = Zone::loopback()
        .srv("_sip._tcp.one.test", &[5060])
        .with("one.test", RecordKind::A, Ok(vec![]))
        .with("_sip._udp.one.test", RecordKind::Srv, Ok(vec![]));
    let report = Bench::new().zone(zone).check("sip:a@one.test;transport=udp").await;
    assert_eq!(report.verdict.code, Code::DnsNodata, "{}", report.verdict.text());
    let text = report.verdict.text();
    assert!(
        text.contains("_sip._tcp.one.test leads to servers over TCP, and the address asks for UDP"),
        "{text}"
    );
    let next = report.verdict.next.words(&called);
    assert!(next.starts_with("leave the transport out"), "{next}");
}
