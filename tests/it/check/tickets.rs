//! A ticket for every outcome: its first lines say whose it is, to somebody who knows nothing of the case.

use std::process::{Command, Stdio};
use std::sync::Arc;

use numdeck::check::{Ticket, TicketFacts, TicketRequest};
use numdeck::phone::{Call, CallDirection, CallList, CallStatus, MaskedNumber};
use numdeck::sandbox::{Config, Sandbox};
use numdeck::sip::{
    AdviceMeans, Code, Leg, LegKind, OUTCOMES, Origin, Report, Step, StepKind, Transport, Verdict,
};

use super::{PASSWORD, rows};
use crate::support::ran::Ran;

/// A report as if its address came from the API: where a PBX registers for credentials, else where calls
/// are sent.
fn of_number(report: Report) -> Report {
    let has_auth = report.steps.iter().any(|step| step.kind == StepKind::Auth);
    let (kind, origin) =
        if has_auth { (LegKind::Trunk, Origin::Credentials) } else { (LegKind::Inbound, Origin::SipUri) };
    let legs: Vec<Leg> = report.legs.iter().map(|leg| Leg { kind, origin, ..leg.clone() }).collect();
    let of_leg = |step: &Arc<Step>| Arc::new(Step { leg: step.leg.map(|_| kind), ..(**step).clone() });
    let mut steps: Vec<Arc<Step>> = report.steps.iter().map(of_leg).collect();
    // Of servers of equal weight chance says which is first.
    steps.sort_by_key(|step| (step.kind, step.target.is_none(), step.status.word()));
    let verdict = Verdict::of(&steps, &legs);
    Report { number: Some("+14155550123".to_owned()), legs, steps, verdict, ..report }
}

/// What differs from run to run is replaced: ports, times, and how long something took.
fn steady(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = line.strip_prefix("Tested:").map_or(line.to_owned(), |rest| {
            let rest = rest.split_once(" UTC").map_or("", |(_, rest)| rest);
            format!("Tested:         DATE TIME UTC{rest}")
        });
        // Certificates are made for each run.
        let line = line.split_once(", until ").map_or(line.as_str(), |(begin, _)| begin);
        out.push_str(&numbers_replaced(line));
        out.push('\n');
    }
    out
}

/// `127.0.0.1:40123` has no steady port, `(12.3 ms)` no steady time, and days go by.
fn numbers_replaced(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < chars.len() {
        let run = chars[at..].iter().take_while(|c| c.is_ascii_digit() || **c == '.').count();
        if run == 0 {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        let digits: String = chars[at..at + run].iter().collect();
        let rest: String = chars[at + run..].iter().take(8).collect();
        let is_port = digits.len() == 5 && !digits.contains('.');
        let is_time = rest.starts_with(" ms") || rest.starts_with(" s") && digits.contains('.');
        let is_count = rest.starts_with(" days") || rest.starts_with(" times");
        out.push_str(if is_port {
            "PORT"
        } else if is_time || is_count {
            "N"
        } else {
            &digits
        });
        at += run;
    }
    out
}

fn names(means: AdviceMeans) -> std::borrow::Cow<'static, str> {
    match means {
        AdviceMeans::ChangeSettings => "numdeck update".into(),
        AdviceMeans::OtherResolver => "--dns".into(),
        AdviceMeans::CheckCredentials => "--auth".into(),
        AdviceMeans::LongerLimit => "--timeout".into(),
        other => format!("{other:?}").into(),
    }
}

#[tokio::test]
async fn a_reader_without_context_finds_who_has_to_act() {
    let failed = [TicketRequest {
        at: jiff::Timestamp::UNIX_EPOCH,
        what: "GET /phone-numbers/n".to_owned(),
        status: Some(500),
        id: "REQUEST-ID".to_owned(),
    }];
    let call = Call {
        id: Some("CALL-ID".into()),
        at: jiff::Timestamp::UNIX_EPOCH,
        direction: CallDirection::Inbound,
        other: MaskedNumber::of("+2348031234567"),
        status: CallStatus::Busy,
        cause: None,
        answered: None,
        lasted: None,
        endpoint: None,
    };
    let calls = CallList { calls: vec![call], ..CallList::default() };
    for outcome in OUTCOMES {
        let code = outcome.code;
        let mut report = None;
        for over in [Transport::Udp, Transport::Tcp, Transport::Tls] {
            report = match report {
                None => rows::provoke(code, over).await,
                report => report,
            };
        }
        let report = of_number(report.unwrap_or_else(|| panic!("{code}")));
        let requests = if code == Code::ApiFailed { &failed[..] } else { &[] };
        let calls = (code == Code::CallsLost).then_some(&calls);
        let facts = TicketFacts { requests, calls, version: "0.0.0", ..TicketFacts::default() };
        let ticket = Ticket::of(&report, &facts, &names);
        let head: Vec<&str> = ticket.text.lines().take(3).collect();
        assert!(
            head[0].starts_with("Who has to act: ") && head[1].starts_with("What is wrong: "),
            "{head:?}"
        );
        assert!(!ticket.text.contains(PASSWORD) && !ticket.text.contains("8031234567"), "{}", ticket.text);
        assert!(!ticket.text.contains('{') && !ticket.text.contains("nonce="), "{}", ticket.text);
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(format!("ticket_{code}"), steady(&ticket.text));
        });
    }
}

#[test]
fn a_ticket_about_a_number_has_ids_and_masked_callers_and_no_password() {
    let sip = Some("127.0.0.1:0".parse().unwrap());
    let sandbox = Sandbox::start(Config { owned: 60, inventory: 20, sip, ..Config::default() }).unwrap();
    let state = tempfile::tempdir().unwrap();
    let numdeck = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
        command.env_clear().env("NUMDECK_STATE_DIR", state.path()).stdin(Stdio::null()).args(args);
        command.env("NUMDECK_BASE_URL", sandbox.base_url()).env("NUMDECK_API_KEY", "kros_test_owner");
        Ran::run(command)
    };
    let rows = numdeck(&["list", "--all", "-o", "json"]).rows();
    let broken = rows.iter().find(|row| row["sip_uri"].as_str().unwrap().ends_with(":9")).unwrap();
    let number = broken["e164"].as_str().unwrap();
    let shown = numdeck(&["show", number, "--show-secrets", "-o", "json"]).json();
    let password = shown["sip_credentials"]["sip_password"].as_str().unwrap();
    let ran = numdeck(&["check", number, "--ticket", "--auth", "--auth-cleartext"]);
    assert_eq!(ran.code, 20, "{ran:?}");
    let head: Vec<&str> = ran.out.lines().take(2).collect();
    assert!(head[0].starts_with("Who has to act: the owner of the SIP server 127.0.0.1:9"), "{head:?}");
    assert!(head[1].contains(number) && head[1].contains("nothing listens on UDP 127.0.0.1:9"), "{head:?}");
    let id = broken["id"].as_str().unwrap();
    for told in [
        format!("{number} (record {id})"),
        "status active, inbound on".to_owned(),
        format!("/v1/phone-numbers/{id}  200  x-request-id "),
        ", from ***".to_owned(),
        ", call id ".to_owned(),
    ] {
        assert!(ran.out.contains(&told), "{told}: {}", ran.out);
    }
    assert!(!ran.said().contains(password), "{}", ran.out);
    let document = numdeck(&["check", number, "--ticket", "-o", "json"]).json();
    assert_eq!(document["ticket"]["who"], "server_owner");
}

#[test]
fn a_ticket_about_an_api_that_fails_is_the_providers_and_about_a_key_our_own() {
    let state = tempfile::tempdir().unwrap();
    let head = |sandbox: &Sandbox, key: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
        command.env_clear().env("NUMDECK_STATE_DIR", state.path()).stdin(Stdio::null());
        command.env("NUMDECK_BASE_URL", sandbox.base_url()).env("NUMDECK_API_KEY", key);
        command.args(["check", "00000000-0000-4000-8000-000000000001", "--ticket"]);
        let ran = Ran::run(command);
        assert_eq!(ran.code, 21, "{ran:?}");
        assert!(ran.out.contains("x-request-id"), "{ran:?}");
        ran.out.lines().next().unwrap().to_owned()
    };
    let faults = vec!["get:status=500".parse().unwrap()];
    let broken = Sandbox::start(Config { faults, ..Config::default() }).unwrap();
    assert_eq!(head(&broken, "kros_test_owner"), "Who has to act: KrosAI, the provider of the number");
    let well = Sandbox::start(Config::default()).unwrap();
    let ours = "Who has to act: ourselves, the customer who tested; nobody else";
    assert_eq!(head(&well, "kros_test_nobody"), ours);
}
