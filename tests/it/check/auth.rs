//! Credentials: what registrars that are legal and unusual, or hostile, make of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use numdeck::check::{Facts, named};
use numdeck::phone::{Password, Secret, SipCredentials};
use numdeck::sip::{
    Access, AddressOfRecord, AuthRule, Code, Health, Login, Options, Plan, Report, SipUri, Status, Step,
    StepKind, Subject, Transport, batch, check,
};

use super::many::{number, run, subject};
use super::{Bench, PASSWORD, USER, called, codes};
use crate::support::sip::{Act, FakeSip, HOST, Zone, accepts, header, registrar, reply, say};

const MD5: &str = "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"";

fn auth(report: &Report) -> &Step {
    report.steps.iter().find(|step| step.kind == StepKind::Auth).unwrap()
}

fn digests(server: &FakeSip) -> usize {
    server.seen().iter().filter(|text| text.contains("Authorization: Digest")).count()
}

/// Answers OPTIONS; `register` answers the rest.
fn only_register(
    register: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static,
) -> impl Fn(usize, &str) -> Vec<Act> + Send + Sync + 'static {
    move |_, request| {
        if request.starts_with("OPTIONS") { say(request, "200 OK", "") } else { register(request) }
    }
}

#[tokio::test]
async fn a_proxy_before_a_registrar_gets_its_answer_and_the_registrar_gets_one_beside_it() {
    let uri = |request: &str| request.split(' ').nth(1).unwrap().to_owned();
    let proxy = "Digest realm=\"edge\", nonce=\"p\", algorithm=SHA-256, qop=\"auth\"";
    let script = move |request: &str| {
        let right = |name: &str, challenge: &str| {
            header(request, name)
                .is_some_and(|value| accepts(challenge, value, USER, PASSWORD, &uri(request)))
        };
        if !right("Proxy-Authorization", proxy) {
            return say(
                request,
                "407 Proxy Authentication Required",
                &format!("Proxy-Authenticate: {proxy}\r\n"),
            );
        }
        match right("Authorization", MD5) {
            true => say(request, "200 OK", ""),
            false => say(request, "401 Unauthorized", &format!("WWW-Authenticate: {MD5}\r\n")),
        }
    };
    for over in Transport::ALL {
        let bench = Bench::new().auth(AuthRule::Cleartext);
        let server = bench.server(over, only_register(script)).await;
        let report = bench.at(over, &server).await;
        assert_eq!(auth(&report).code, Code::AuthOk, "{over}: {:?}", codes(&report));
        assert_eq!(server.methods().len(), 4, "{over}: OPTIONS and three REGISTER");
        let shown = report.to_json(true, &called).to_string();
        assert!(!shown.contains("response="), "{over}: both answers are left out of the trace");
    }
}

#[tokio::test]
async fn a_second_realm_is_no_rejection_by_the_first() {
    let script = |request: &str| {
        let realm = if request.contains("Authorization:") { "b" } else { "a" };
        let challenge = format!("WWW-Authenticate: Digest realm=\"{realm}\", nonce=\"n\", qop=\"auth\"\r\n");
        say(request, "401 Unauthorized", &challenge)
    };
    let bench = Bench::new().auth(AuthRule::Verified);
    let server = bench.server(Transport::Tls, only_register(script)).await;
    let report = bench.at(Transport::Tls, &server).await;
    assert_eq!((auth(&report).code, digests(&server)), (Code::AuthUnverifiable, 1), "{}", auth(&report).text);
}

#[tokio::test]
async fn an_account_that_is_not_known_is_no_wrong_password() {
    let script = |request: &str| match request.contains("Authorization:") {
        true => say(request, "404 Not Found", ""),
        false => say(request, "401 Unauthorized", &format!("WWW-Authenticate: {MD5}\r\n")),
    };
    let bench = Bench::new().auth(AuthRule::Verified);
    let report = bench.at(Transport::Tls, &bench.server(Transport::Tls, only_register(script)).await).await;
    let step = auth(&report);
    assert_eq!(step.code, Code::AuthUnverifiable, "{}", step.text);
    assert!(step.text.contains("the account is not known there"), "{}", step.text);
}

/// Lets so many REGISTERs with credentials be lost.
fn deaf(lost: usize) -> impl Fn(&str) -> Vec<Act> + Send + Sync + 'static {
    let heard = Mutex::new(0);
    move |request| match request.contains("Authorization:") {
        true => {
            let mut heard = heard.lock().unwrap();
            *heard += 1;
            if *heard > lost { say(request, "200 OK", "") } else { vec![] }
        }
        false => say(request, "401 Unauthorized", &format!("WWW-Authenticate: {MD5}\r\n")),
    }
}

#[tokio::test]
async fn credentials_that_are_lost_are_sent_again_as_they_were() {
    let bench = Bench::new().auth(AuthRule::Cleartext);
    let server = bench.server(Transport::Udp, only_register(deaf(1))).await;
    let report = bench.at(Transport::Udp, &server).await;
    assert_eq!((auth(&report).code, digests(&server)), (Code::AuthOk, 2), "{}", auth(&report).text);
    let sent: Vec<String> =
        server.seen().into_iter().filter(|text| text.contains("Authorization: Digest")).collect();
    assert_eq!(sent[0], sent[1], "a retransmission and no second guess");
}

#[tokio::test]
async fn silence_to_credentials_says_nothing_of_the_server_nor_of_them() {
    let bench = Bench::new().auth(AuthRule::Cleartext);
    let bench = Bench { options: Options { timeout: Duration::from_secs(3), ..bench.options }, ..bench };
    let server = bench.server(Transport::Udp, only_register(deaf(usize::MAX))).await;
    let report = bench.at(Transport::Udp, &server).await;
    let step = auth(&report);
    assert_eq!(
        (step.code, step.status, report.verdict.health()),
        (Code::NoAnswer, Status::Skip, Health::Unchecked)
    );
    assert!(report.verdict.text().contains("the credentials were not tested"), "{}", report.verdict.text());
}

#[tokio::test]
async fn a_server_that_hangs_up_after_each_answer_is_asked_over_a_new_connection() {
    let inner = registrar(MD5, false, USER, PASSWORD);
    let script = Arc::new(move |n: usize, request: &str| {
        let mut acts = inner(n, request);
        acts.push(Act::Close);
        acts
    });
    for over in [Transport::Tcp, Transport::Tls] {
        let bench = Bench::new().auth(AuthRule::Cleartext);
        let one = Arc::clone(&script);
        let server = bench.server(over, move |n, request| one(n, request)).await;
        let report = bench.at(over, &server).await;
        assert_eq!(auth(&report).code, Code::AuthOk, "{over}: {}", auth(&report).text);
        assert_eq!(digests(&server), 1, "{over}");
        let plan = Plan::of((0..2).map(|n| subject(n, over, &server, PASSWORD)).collect());
        let reports = run(&bench, &plan, &bench.options).await;
        assert!(reports.iter().all(|report| auth(report).code == Code::AuthOk), "{over}, many");
    }
}

#[tokio::test]
async fn blanks_and_missing_qop_are_understood() {
    for challenge in [
        "Digest   realm=\"r\",\tnonce=\"n\",  algorithm=SHA-256,\t qop=\"auth\"",
        "Digest\trealm=\"r\", nonce=\"n\", algorithm=SHA-256",
        "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256",
    ] {
        let bench = Bench::new().auth(AuthRule::Verified);
        let server = bench.server(Transport::Tls, registrar(challenge, false, USER, PASSWORD)).await;
        let report = bench.at(Transport::Tls, &server).await;
        assert_eq!(auth(&report).code, Code::AuthOk, "{challenge}: {}", auth(&report).text);
    }
}

#[tokio::test]
async fn accepted_and_nobody_registered_is_said() {
    let script = |request: &str| match request.contains("Authorization:") {
        true => say(request, "200 OK", ""),
        false => say(request, "401 Unauthorized", &format!("WWW-Authenticate: {MD5}\r\n")),
    };
    let bench = Bench::new().auth(AuthRule::Verified);
    let report = bench.at(Transport::Tls, &bench.server(Transport::Tls, only_register(script)).await).await;
    assert_eq!((auth(&report).code, report.verdict.health()), (Code::AuthOk, Health::Healthy));
    assert!(report.verdict.text().contains("0 devices"), "{}", report.verdict.text());
    assert!(
        report.verdict.next.words(&called).contains("PBX is not connected"),
        "{}",
        report.verdict.next.words(&called)
    );
}

#[tokio::test]
async fn a_registrar_that_calls_every_nonce_stale_lets_nobody_in_and_has_rejected_nothing() {
    let stale = |request: &str| {
        let stale = if request.contains("Authorization:") { ", stale=true" } else { "" };
        say(request, "401 Unauthorized", &format!("WWW-Authenticate: {MD5}{stale}\r\n"))
    };
    let bench = Bench::new().auth(AuthRule::Verified);
    let server = bench.server(Transport::Tls, only_register(stale)).await;
    let plan = Plan::of((0..4).map(|n| subject(n, Transport::Tls, &server, PASSWORD)).collect());
    let reports = run(&bench, &plan, &bench.options).await;
    let codes: Vec<Code> = reports.iter().map(|report| auth(report).code).collect();
    assert_eq!(codes, [Code::AuthUnverifiable; 4]);
    assert_eq!(digests(&server), 2, "the others are not asked");
    for report in &reports {
        let (verdict, next) = (&report.verdict, report.verdict.next.words(&called));
        assert_eq!(verdict.health(), Health::Problem, "{}", verdict.text());
        assert!(
            verdict.text().contains("stale") && next.contains("not at fault"),
            "{} {next}",
            verdict.text()
        );
    }
    let again = run(&bench, &plan, &bench.options).await;
    assert_eq!(
        auth(&again[0]).code,
        Code::AuthUnverifiable,
        "nothing was rejected, and nobody is locked out"
    );
}

#[tokio::test]
async fn a_registrar_that_is_unavailable_is_not_asked_about_the_others() {
    let busy = |request: &str| say(request, "503 Busy", "Retry-After: 60\r\n");
    let bench = Bench::new().auth(AuthRule::Verified);
    let server = bench.server(Transport::Tls, only_register(busy)).await;
    let plan = Plan::of((0..3).map(|n| subject(n, Transport::Tls, &server, PASSWORD)).collect());
    let reports = run(&bench, &plan, &bench.options).await;
    assert_eq!(server.methods(), ["OPTIONS", "REGISTER"]);
    assert_eq!(auth(&reports[0]).code, Code::Unavailable);
    for report in &reports[1..] {
        let step = auth(report);
        assert_eq!(step.code, Code::AuthUnverifiable);
        assert!(step.text.contains("to wait 60 s"), "{}", step.text);
    }
}

#[tokio::test]
async fn two_runs_together_give_a_registrar_no_third_guess() {
    let bench = Bench::new().auth(AuthRule::Verified);
    let server = bench.server(Transport::Tls, registrar(MD5, false, USER, "another")).await;
    let world = bench.world();
    let (mut last, mut text) = (Vec::new(), String::new());
    for _ in 0..3 {
        let plan = Plan::of(vec![subject(1, Transport::Tls, &server, PASSWORD)]);
        let told: Mutex<Vec<Code>> = Mutex::default();
        let words = Mutex::new(String::new());
        let tell = |_: usize, report: Report| {
            told.lock().unwrap().push(auth(&report).code);
            words.lock().unwrap().clone_from(&auth(&report).text);
        };
        batch(&plan, &bench.options, &world, Timestamp::now(), &tell).await;
        last.extend(told.into_inner().unwrap());
        text = words.into_inner().unwrap();
    }
    assert_eq!(last, [Code::AuthRejected, Code::AuthRejected, Code::AuthPaused]);
    assert!(text.contains("none of its accounts") && text.matches("20").count() >= 3, "when it was: {text}");
    assert_eq!(digests(&server), 2);
}

#[tokio::test]
async fn credentials_go_over_tls_where_another_target_speaks_it() {
    let bench = Bench::new().auth(AuthRule::Verified);
    let udp = bench.server(Transport::Udp, |_, request| say(request, "200 OK", "")).await;
    // The certificate is for the domain of the address.
    let certificate = bench.authority.server(&["both.test"], -1, 90);
    let tls = FakeSip::with(Transport::Tls, certificate, registrar(MD5, false, USER, PASSWORD)).await;
    let naptr = |order: u16, service: &str, replacement: &str| numdeck::sip::Record::Naptr {
        order,
        preference: 1,
        flags: "s".into(),
        service: service.into(),
        replacement: replacement.into(),
    };
    let zone = Zone::loopback()
        .with(
            "both.test",
            numdeck::sip::RecordKind::Naptr,
            Ok(vec![
                naptr(10, "SIP+D2U", "_sip._udp.both.test."),
                naptr(20, "SIPS+D2T", "_sips._tcp.both.test."),
            ]),
        )
        .srv("_sip._udp.both.test", &[udp.at.port()])
        .srv("_sips._tcp.both.test", &[tls.at.port()]);
    let report = bench.zone(zone).check("sip:both.test").await;
    assert_eq!(auth(&report).code, Code::AuthOk, "{:?} {}", codes(&report), auth(&report).text);
    assert_eq!(udp.methods(), ["OPTIONS"]);
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_not_asked_about_an_account() {
    let bench = Bench::new().auth(AuthRule::Verified);
    let busy = |_: usize, request: &str| say(request, "503 Busy", "Retry-After: 30\r\n");
    let server = bench.server(Transport::Tls, busy).await;
    let report = bench.at(Transport::Tls, &server).await;
    assert_eq!(auth(&report).text, "not asked: the server asks to be left alone for a while");
}

#[tokio::test]
async fn one_lost_datagram_does_not_end_the_run_and_a_server_that_fell_silent_does() {
    let bench = Bench::new().auth(AuthRule::Cleartext);
    let options = Options { timeout: Duration::from_millis(1500), ..bench.options };
    let bench = Bench { options, ..bench };
    for (answers_again, wanted) in [
        (true, [Code::NoAnswer, Code::AuthOpen, Code::AuthOpen, Code::AuthOpen]),
        (false, [Code::NoAnswer, Code::NoAnswer, Code::AuthUnverifiable, Code::AuthUnverifiable]),
    ] {
        let first = Mutex::new(None::<String>);
        let script = only_register(move |request| {
            let call = header(request, "Call-ID").unwrap().to_owned();
            let is_first = *first.lock().unwrap().get_or_insert_with(|| call.clone()) == call;
            if is_first || !answers_again { vec![] } else { say(request, "200 OK", "") }
        });
        let server = bench.server(Transport::Udp, script).await;
        let plan = Plan::of((0..4).map(|n| subject(n, Transport::Udp, &server, PASSWORD)).collect());
        let reports = run(&bench, &plan, &bench.options).await;
        let codes: Vec<Code> = reports.iter().map(|report| auth(report).code).collect();
        assert_eq!(codes, wanted, "{answers_again}");
        let untested = reports.iter().filter(|report| auth(report).text.starts_with("not asked"));
        assert!(
            untested.clone().all(|report| report.verdict.health() == Health::Unchecked),
            "nobody reads that all is well"
        );
    }
}

#[tokio::test]
async fn a_number_without_credentials_is_not_healthy_where_they_were_asked_for() {
    let bench = Bench::new();
    let server = bench.server(Transport::Udp, |_, request| say(request, "200 OK", "")).await;
    let options = Options { auth: AuthRule::Cleartext, ..bench.options };
    let credentials = |domain: Option<&str>| SipCredentials {
        domain: domain.map(str::to_owned),
        port: None,
        username: Some(USER.into()),
        password: Password::Set(Secret::new(PASSWORD.into())),
        extra: serde_json::Map::new(),
    };
    for (credentials, why) in [
        (None, "the API gives no SIP credentials for it"),
        (Some(credentials(None)), "the API gives no domain for its SIP credentials"),
    ] {
        let number = number(1, &Bench::uri(Transport::Udp, &server));
        let facts =
            Facts { number: &number, endpoint: None, unread: None, credentials: credentials.as_ref() };
        let one = named(&facts, None);
        let alone = check(&one, &options, &bench.world(), Timestamp::UNIX_EPOCH, &|_| {}).await;
        let mut reports = run(&bench, &Plan::of(vec![one.clone()]), &options).await;
        reports.push(alone);
        for report in reports {
            assert_eq!((report.verdict.health(), auth(&report).text.as_str()), (Health::Unchecked, why));
        }
        assert_eq!(
            run(&bench, &Plan::of(vec![one]), &bench.options).await[0].verdict.health(),
            Health::Healthy
        );
    }
}

#[tokio::test]
async fn a_server_is_one_registrar_however_its_address_is_written() {
    let bench = Bench::new().auth(AuthRule::Cleartext);
    let server = bench.server(Transport::Tcp, registrar(MD5, false, USER, "another")).await;
    let world = bench.world();
    let mut codes = Vec::new();
    for host in [HOST, "127.0.0.1", HOST, "127.0.0.1"] {
        let uri = SipUri::parse(&format!("sip:{host}:{};transport=tcp", server.at.port())).unwrap();
        let subject = Subject::given(uri, None, bench.access.clone());
        let report = check(&subject, &bench.options, &world, Timestamp::now(), &|_| {}).await;
        codes.push(auth(&report).code);
    }
    assert_eq!(codes, [Code::AuthRejected, Code::AuthRejected, Code::AuthPaused, Code::AuthPaused]);
    assert_eq!(digests(&server), 2);
}

/// A registrar whose accounts belong to the domain of From, as Kamailio's do.
fn by_domain(request: &str, domain: &str) -> Vec<Act> {
    let from = header(request, "From").unwrap();
    let realm = from.split('@').nth(1).unwrap().split('>').next().unwrap();
    let challenge = format!("Digest realm=\"{realm}\", nonce=\"n\", algorithm=MD5, qop=\"auth\"");
    let stored = challenge.replace(realm, domain);
    let uri = request.split(' ').nth(1).unwrap();
    match header(request, "Authorization") {
        Some(value) if accepts(&stored, value, USER, PASSWORD, uri) => say(request, "200 OK", ""),
        _ => say(request, "401 Unauthorized", &format!("WWW-Authenticate: {challenge}\r\n")),
    }
}

#[tokio::test]
async fn an_account_of_another_domain_is_asked_about_under_its_own_and_where_it_was_said() {
    for (account, auth_user, code) in [
        (format!("{USER}@voip.example.test"), USER, Code::AuthOk),
        ("someone@voip.example.test".to_owned(), USER, Code::AuthOk),
        (USER.to_owned(), USER, Code::AuthRejected),
        (format!("{USER}@voip.example.test"), "other", Code::AuthRejected),
    ] {
        let bench = Bench::new().auth(AuthRule::Cleartext);
        let script = only_register(|request| by_domain(request, "voip.example.test"));
        let server = bench.server(Transport::Udp, script).await;
        let uri = SipUri::parse(&Bench::uri(Transport::Udp, &server)).unwrap();
        let login = Login {
            account: AddressOfRecord::parse(&account).unwrap(),
            username: auth_user.to_owned(),
            password: Secret::new(PASSWORD.to_owned()),
        };
        let subject = Subject::given(uri, None, Access::Login(login));
        let report = check(&subject, &bench.options, &bench.world(), Timestamp::now(), &|_| {}).await;
        assert_eq!(auth(&report).code, code, "{account}: {}", auth(&report).text);
        let sent = server.seen().pop().unwrap();
        let domain = account.split('@').nth(1);
        if let Some(domain) = domain {
            assert!(sent.starts_with(&format!("REGISTER sip:{domain} SIP/2.0")), "{sent}");
            assert!(header(&sent, "To").unwrap().starts_with(&format!("<sip:{account}>")), "{sent}");
        }
    }
}

#[tokio::test]
async fn a_server_that_drops_options_is_asked_about_the_account_all_the_same() {
    for over in [Transport::Udp, Transport::Tls] {
        for (password, code) in [(PASSWORD, Code::AuthOk), ("another", Code::AuthRejected)] {
            let bench = Bench::new().auth(AuthRule::Cleartext);
            let options = Options { timeout: Duration::from_secs(3), ..bench.options };
            let bench = Bench { options, ..bench };
            let inner = registrar(MD5, false, USER, password);
            let script = move |n: usize, request: &str| match request.starts_with("OPTIONS") {
                true => vec![],
                false => inner(n, request),
            };
            let server = bench.server(over, script).await;
            let report = bench.at(over, &server).await;
            assert_eq!(auth(&report).code, code, "{over}: {}", auth(&report).text);
            let options = report.steps.iter().find(|step| step.kind == StepKind::Options).unwrap();
            assert_eq!((options.code, options.status), (Code::NoAnswer, Status::Warn), "{over}");
            let health = if code == Code::AuthOk { Health::Warning } else { Health::Problem };
            assert_eq!(report.verdict.health(), health, "{over}: {}", report.verdict.text());
            if code == Code::AuthRejected {
                continue;
            }
            let plan = Plan::of((0..2).map(|n| subject(n, over, &server, PASSWORD)).collect());
            for report in run(&bench, &plan, &bench.options).await {
                let options = report.steps.iter().find(|step| step.kind == StepKind::Options).unwrap();
                assert_eq!(options.status, Status::Warn, "{over}, many: {:?}", codes(&report));
            }
        }
    }
}

#[tokio::test]
async fn silence_to_both_methods_is_that_of_the_server() {
    let bench = Bench::new().auth(AuthRule::Cleartext).hasty();
    let server = bench.server(Transport::Udp, |_, _| vec![]).await;
    let report = bench.at(Transport::Udp, &server).await;
    assert!(server.methods().contains(&"REGISTER".to_owned()), "{:?}", server.methods());
    assert_eq!((report.verdict.code, report.verdict.health()), (Code::NoAnswer, Health::Problem));
    assert_eq!(digests(&server), 0, "nobody asked for credentials");
}

#[tokio::test]
async fn whatever_becomes_of_options_the_account_is_asked_about() {
    let junk = || vec![Act::Send(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())];
    type Answer = fn(&str) -> Vec<Act>;
    let failing: [(Answer, Code, Status); 4] = [
        (|request| say(request, "403 Forbidden", ""), Code::AliveRefused, Status::Warn),
        (|_| vec![Act::Close], Code::Closed, Status::Warn),
        (|request| say(request, "500 Oops", ""), Code::ServerError, Status::Fail),
        (|request| say(request, "483 Too Many Hops", ""), Code::Loop, Status::Fail),
    ];
    for over in [Transport::Tcp, Transport::Tls] {
        for (answer, code, status) in failing {
            let bench = Bench::new().auth(AuthRule::Cleartext);
            let inner = registrar(MD5, false, USER, PASSWORD);
            let script = move |n: usize, request: &str| match request.starts_with("OPTIONS") {
                true => answer(request),
                false => inner(n, request),
            };
            let server = bench.server(over, script).await;
            let report = bench.at(over, &server).await;
            assert_eq!(auth(&report).code, Code::AuthOk, "{over} {code}: {}", auth(&report).text);
            let options = report.steps.iter().find(|step| step.kind == StepKind::Options).unwrap();
            assert_eq!((options.code, options.status), (code, status), "{over}: {}", options.text);
            let says_both = report.verdict.text().contains("it accepts the credentials");
            assert_eq!(says_both, code == Code::AliveRefused, "{over}: {}", report.verdict.text());
        }
        let bench = Bench::new().auth(AuthRule::Cleartext);
        let inner = registrar(MD5, false, USER, PASSWORD);
        let script = move |n: usize, request: &str| match request.starts_with("OPTIONS") {
            true => junk(),
            false => inner(n, request),
        };
        let report = bench.at(over, &bench.server(over, script).await).await;
        assert_eq!(auth(&report).code, Code::AuthOk, "{over}, junk: {}", auth(&report).text);
    }
}

/// Answers OPTIONS and the first REGISTER, and is gone then: the machine refuses what comes.
async fn banned_after_the_challenge() -> std::net::SocketAddr {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut packet = [0; 2000];
        loop {
            let (length, from) = socket.recv_from(&mut packet).await.unwrap();
            let text = String::from_utf8_lossy(&packet[..length]).into_owned();
            let is_register = text.starts_with("REGISTER");
            let more = format!("WWW-Authenticate: {MD5}\r\n");
            let said = match is_register {
                true => reply(&text, "401 Unauthorized", &more),
                false => reply(&text, "200 OK", ""),
            };
            socket.send_to(said.as_bytes(), from).await.unwrap();
            if is_register {
                return;
            }
        }
    });
    at
}

#[tokio::test]
async fn a_refusal_after_credentials_looks_like_a_ban_and_not_like_a_server_that_is_stopped() {
    let bench = Bench::new().auth(AuthRule::Cleartext);
    let report = bench.check(&format!("sip:{}", banned_after_the_challenge().await)).await;
    let step = auth(&report);
    assert_eq!((step.code, step.status), (Code::PortClosed, Status::Skip), "{}", step.text);
    assert!(step.text.contains("it answered a moment ago"), "{}", step.text);
    assert_eq!(report.verdict.health(), Health::Unchecked, "{}", report.verdict.text());
    assert!(report.verdict.next.words(&called).contains("banned"), "{}", report.verdict.next.words(&called));
}

#[tokio::test]
async fn a_registrar_that_refuses_before_a_password_says_where_to_look() {
    for (status, more, advice) in [
        ("403 Forbidden", "", "access list or a ban"),
        ("404 Not Found", "", "name and domain of the account"),
        ("405 Method Not Allowed", "", "where accounts register"),
        ("429 Too Many", "Retry-After: 60\r\n", "wait before this is run again"),
    ] {
        let bench = Bench::new().auth(AuthRule::Verified);
        let server =
            bench.server(Transport::Tls, only_register(move |request| say(request, status, more))).await;
        let report = bench.at(Transport::Tls, &server).await;
        assert_eq!(auth(&report).code, Code::AuthUnverifiable, "{status}");
        let next = report.verdict.next.words(&called);
        assert!(next.contains(advice), "{status}: {next}");
        assert_eq!(
            auth(&report).text.contains("asks to wait 60 s"),
            !more.is_empty(),
            "{}",
            auth(&report).text
        );
    }
}

#[tokio::test]
async fn a_challenge_in_the_wrong_header_is_named() {
    let bench = Bench::new().auth(AuthRule::Verified);
    let script = |request: &str| say(request, "401 Unauthorized", &format!("Proxy-Authenticate: {MD5}\r\n"));
    let report = bench.at(Transport::Tls, &bench.server(Transport::Tls, only_register(script)).await).await;
    assert_eq!(auth(&report).code, Code::AuthUnsupported);
    assert!(
        auth(&report).text.contains("the wrong header (proxy-authenticate with 401)"),
        "{}",
        auth(&report).text
    );
}
