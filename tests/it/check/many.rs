//! Many numbers in one run.

use std::sync::Mutex;

use jiff::Timestamp;
use numdeck::check::{Facts, listed, named};
use numdeck::phone::{
    EndpointId, Field, Number, NumberId, NumberText, Password, Secret, SipCredentials,
    Status as NumberStatus, Switch,
};
use numdeck::sip::{
    Access, AddressOfRecord, AuthRule, Code, Login, Options, Plan, Report, StepKind, Subject, Transport,
    batch,
};

use super::{Bench, PASSWORD, USER};
use crate::support::sip::{FakeSip, HOST, registrar, say};

/// One that is active, and whose calls go there.
pub(super) fn number(n: usize, uri: &str) -> Number {
    let mut number =
        Number::new(NumberId::new(&n.to_string()), NumberText::parse(&format!("+14155550{n:03}")));
    number.status = Some(NumberStatus::Active);
    number.endpoint = Field::Value(EndpointId::new("e"));
    number.switches[Switch::Inbound] = Some(true);
    number.sip_uri = Some(uri.into());
    number
}

/// All reports, in the order of the subjects.
pub(super) async fn run(bench: &Bench, plan: &Plan, options: &Options) -> Vec<Report> {
    let done: Mutex<Vec<(usize, Report)>> = Mutex::default();
    let tell = |row: usize, report: Report| done.lock().unwrap().push((row, report));
    batch(plan, options, &bench.world(), Timestamp::UNIX_EPOCH, &tell).await;
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(row, _)| *row);
    assert!(done.iter().map(|(row, _)| *row).eq(0..plan.subjects().len()), "each is told once");
    done.into_iter().map(|(_, report)| report).collect()
}

/// A number with credentials at a server.
pub(super) fn subject(n: usize, over: Transport, server: &FakeSip, password: &str) -> Subject {
    let credentials = SipCredentials {
        domain: Some(HOST.into()),
        port: Some(server.at.port()),
        username: Some(USER.into()),
        password: Password::Set(Secret::new(password.into())),
        extra: serde_json::Map::new(),
    };
    let number = number(n, &Bench::uri(over, server));
    let facts = Facts { number: &number, endpoint: None, unread: None, credentials: Some(&credentials) };
    named(&facts, Some(over))
}

/// Three accounts at a registrar that knows none of their passwords: the third is not tried any more.
pub(super) async fn two_rejections(over: Transport) -> Report {
    let bench = Bench::new();
    let challenge = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";
    let server = bench.server(over, registrar(challenge, false, USER, "another")).await;
    let subjects = (0..3).map(|n| subject(n, over, &server, PASSWORD));
    let plan = Plan::of(subjects.collect());
    let options = Options { auth: AuthRule::Cleartext, ..bench.options };
    let reports = run(&bench, &plan, &options).await;
    let auth: Vec<Code> = reports
        .iter()
        .map(|report| report.steps.iter().find(|step| step.kind == StepKind::Auth).unwrap().code)
        .collect();
    assert_eq!(auth, [Code::AuthRejected, Code::AuthRejected, Code::AuthPaused]);
    let guesses = server.seen().iter().filter(|text| text.contains("Authorization:")).count();
    assert_eq!(guesses, 2);
    reports.into_iter().next_back().unwrap()
}

#[tokio::test]
async fn each_server_is_asked_once_and_everybody_is_told() {
    let bench = Bench::new();
    let good = bench.server(Transport::Udp, |_, request| say(request, "200 OK", "")).await;
    let bad = bench.server(Transport::Tcp, |_, request| say(request, "503 Busy", "")).await;
    let subject = |n: usize| {
        let server: (&FakeSip, Transport) =
            if n.is_multiple_of(10) { (&bad, Transport::Tcp) } else { (&good, Transport::Udp) };
        let mut number =
            number(n, &format!("sip:+{n}@{HOST}:{};transport={}", server.0.at.port(), server.1.word()));
        if n == 7 {
            number.status = Some(NumberStatus::Inactive);
        }
        listed(&Facts { number: &number, endpoint: None, unread: None, credentials: None }, None)
    };
    let plan = Plan::of((0..100).map(subject).collect());
    let counts = plan.counts(1, AuthRule::Off);
    assert_eq!((counts.numbers, counts.without, counts.hosts, counts.options), (99, 1, 1, 2));
    let reports = run(&bench, &plan, &bench.options).await;
    for (n, report) in reports.iter().enumerate() {
        let code = match n {
            7 => Code::Skipped,
            n if n.is_multiple_of(10) => Code::Unavailable,
            _ => Code::Ok,
        };
        assert_eq!(report.verdict.code, code, "{n}");
        assert_eq!(report.number.as_deref(), Some(format!("+14155550{n:03}").as_str()));
    }
    for server in [&good, &bad] {
        assert_eq!(server.methods(), ["OPTIONS"]);
        assert!(server.seen()[0].starts_with(&format!("OPTIONS sip:{HOST}:")), "nobody's user part");
    }
    let sent: u32 = reports.iter().map(|report| report.sent.options).sum();
    assert_eq!(sent, 2, "what was sent once is counted once");
}

#[tokio::test]
async fn credentials_of_many_go_over_one_connection_one_after_another() {
    let bench = Bench::new();
    let challenge = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"";
    let server = bench.server(Transport::Tls, registrar(challenge, false, USER, PASSWORD)).await;
    let subjects = (0..2).map(|n| {
        let uri = Bench::uri(Transport::Tls, &server).parse_uri();
        let login = Login {
            account: AddressOfRecord::lenient(USER),
            username: USER.into(),
            password: Secret::new(PASSWORD.into()),
        };
        let mut subject = Subject::given(uri, None, Access::Login(login));
        subject.legs[0].kind = numdeck::sip::LegKind::Trunk;
        subject.number = Some(n.to_string());
        subject
    });
    let plan = Plan::of(subjects.collect());
    let options = Options { auth: AuthRule::Verified, ..bench.options };
    assert_eq!(plan.counts(1, AuthRule::Verified).register, 6, "three an account at most");
    let reports = run(&bench, &plan, &options).await;
    assert!(reports.iter().all(|report| report.steps.last().unwrap().code == Code::AuthOk));
    assert_eq!(server.methods(), ["OPTIONS", "REGISTER", "REGISTER", "REGISTER", "REGISTER"]);
}

trait ParseUri {
    fn parse_uri(&self) -> numdeck::sip::SipUri;
}

impl ParseUri for String {
    fn parse_uri(&self) -> numdeck::sip::SipUri {
        numdeck::sip::SipUri::parse(self).unwrap()
    }
}
