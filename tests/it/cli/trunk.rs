//! `sip render`: what other programs are given, read by programs that take it.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{OWNER, World, against, text};
use crate::support::faulty::{Faulty, Reply, Request};
use crate::support::ran::Ran;

const ID: &str = "00000000-0000-4000-8000-000000000001";
const TARGETS: [&str; 8] = ["pjsip", "freeswitch", "kamailio", "livekit", "vapi", "elevenlabs", "env", "uri"];

/// An API that has one number, with these credentials.
async fn with(credentials: Value) -> Faulty {
    let mut record = json!({"id": ID, "e164": "+2348031234567", "country": "NG", "status": "active"});
    if !credentials.is_null() {
        record["sip_credentials"] = credentials;
    }
    Faulty::start(move |_, request: &Request| match request.target.contains(ID) {
        true => Reply::json(200, &record),
        false => Reply::json(200, &json!([record])),
    })
    .await
}

fn account(password: &Value) -> Value {
    json!({"sip_domain": "sip.example.net", "sip_port": 5070, "sip_username": "acct-1", "sip_password": password})
}

async fn render(server: &Faulty, target: &str, more: &[&str]) -> Ran {
    against(server, OWNER, &[&["sip", "render", ID, "--as", target], more].concat()).await
}

#[test]
fn every_target_is_written_for_a_number_and_the_password_only_where_it_is_asked_for() {
    let world = World::small();
    let line = text(&world.owned()[0], "e164").to_owned();
    let shown = world.run(&["show", &line, "--show-secrets", "-o", "json"]).ok().json();
    let password = text(&shown["sip_credentials"], "sip_password").to_owned();
    for target in TARGETS {
        let takes = target != "uri";
        let args = ["sip", "render", &line, "--as", target];
        let whole = world.run(&[&args[..], &["--show-secrets"]].concat()).ok();
        assert_eq!(whole.out.contains(&password), takes, "{whole:?}");
        assert!(!whole.err.contains(&password), "{whole:?}");
        let open = world.run(&args).ok();
        assert!(!open.out.contains(&password) && !open.err.contains(&password), "{open:?}");
        assert_eq!(open.err.contains("--show-secrets puts it in"), takes, "{open:?}");
        let program = world.run(&[&args[..], &["-o", "json"]].concat()).ok().json();
        assert_eq!(program["target"], target);
        assert_eq!(program["number"], line);
        assert_eq!(program["has_password"], false);
        // But for the time, the text is the same.
        let lines = |text: &str| text.lines().filter(|line| !line.contains("written by")).count();
        assert_eq!(lines(text(&program, "text")), lines(&open.out));
    }
    let named = world.run(&["sip", "render", &line, "--as", "uri"]).ok().out;
    assert!(named.starts_with("sip:") && named.ends_with('\n') && named.lines().count() == 1, "{named}");
    let rows = world.run(&["sip", "render", &line, "--as", "env", "-o", "csv"]);
    assert!(rows.code == 2 && rows.out.is_empty(), "{rows:?}");
    let stranger = world.run(&["sip", "render", "+2348030000000", "--as", "env"]);
    assert_eq!(stranger.code, 4, "{stranger:?}");
}

#[test]
fn a_role_that_sees_no_password_is_told_so_and_gets_no_half_file_for_a_whole_one() {
    let world = World::small();
    let line = text(&world.owned()[0], "e164").to_owned();
    let args = ["sip", "render", &line, "--as", "pjsip"];
    let open = world.run_as("kros_test_member", &args).ok();
    assert!(open.out.contains("REPLACE_WITH_SIP_PASSWORD") && open.err.contains("role"), "{open:?}");
    let whole = world.run_as("kros_test_member", &[&args[..], &["--show-secrets"]].concat());
    assert!(whole.code == 3 && whole.out.is_empty() && whole.err.contains("role"), "{whole:?}");
}

#[tokio::test]
async fn none_set_and_none_at_all_are_two_things() {
    let unset = with(account(&Value::Null)).await;
    let open = render(&unset, "env", &[]).await.ok();
    assert!(open.err.contains("no SIP password is set"), "{open:?}");
    let whole = render(&unset, "env", &["--show-secrets"]).await;
    assert!(whole.code == 1 && whole.out.is_empty() && whole.err.contains("is set"), "{whole:?}");
    // An address has no place for one.
    render(&unset, "uri", &["--show-secrets"]).await.ok();
    let none = with(Value::Null).await;
    let ran = render(&none, "pjsip", &[]).await;
    assert!(ran.code == 1 && ran.out.is_empty() && ran.err.contains("no SIP credentials"), "{ran:?}");
    let ran = render(&none, "pjsip", &["-o", "json"]).await;
    let error: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(error["error"]["code"], "NO_SIP_CREDENTIALS");
}

#[tokio::test]
async fn what_a_target_cannot_hold_makes_no_file() {
    let server = with(account(&json!("two\nlines"))).await;
    for target in ["pjsip", "freeswitch", "kamailio", "env"] {
        let ran = render(&server, target, &["--show-secrets"]).await;
        assert!(ran.code == 1 && ran.out.is_empty() && ran.err.contains("line break"), "{target}: {ran:?}");
    }
    let body = render(&server, "vapi", &["--show-secrets"]).await.ok().json();
    assert_eq!(body["outboundAuthenticationPlan"]["authPassword"], "two\nlines");
    let server = with(json!({"sip_domain": "a;b\n[evil]", "sip_username": "u", "sip_password": "p"})).await;
    let ran = render(&server, "pjsip", &["--show-secrets"]).await;
    assert!(ran.code == 1 && ran.out.is_empty() && !ran.err.contains("\n[evil]"), "{ran:?}");
}

/// Runs a program on a text.
fn fed(program: &str, args: &[&str], text: &str) -> Option<String> {
    let mut child = match Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    {
        Ok(child) => child,
        Err(_) => {
            eprintln!("SKIPPED: {program} is not installed, so nothing was tested against it");
            return None;
        }
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{program}: {output:?}\n{text}");
    Some(String::from_utf8(output.stdout).unwrap())
}

const ODD: [&str; 7] = [
    "it's",
    "'",
    "$HOME `id` $(id) \"q\" \\ \\\\ '' !x",
    "  blanks  ",
    "pä\u{df}w\u{f6}rd €",
    "<&>\"'&amp;]]>",
    "a=b;c#d -n",
];

#[tokio::test]
async fn a_shell_that_sources_it_has_the_password_as_it_is() {
    for password in ODD {
        let server = with(account(&json!(password))).await;
        let lines = render(&server, "env", &["--show-secrets"]).await.ok().out;
        let script = format!(
            "set -eu\n{lines}printf '%s|%s|%s|%s' \"$SIP_PASSWORD\" \"$SIP_USERNAME\" \"$SIP_DOMAIN\" \"$SIP_PORT\"\n"
        );
        let read = fed("sh", &["-s"], &script).unwrap();
        assert_eq!(read, format!("{password}|acct-1|sip.example.net|5070"));
    }
}

#[tokio::test]
async fn an_xml_parser_reads_the_gateway_as_it_is() {
    for password in ODD {
        let server = with(account(&json!(password))).await;
        let gateway = render(&server, "freeswitch", &["--show-secrets"]).await.ok().out;
        let query = "string(//gateway/param[@name='password']/@value)";
        // It writes a newline of its own.
        let Some(read) = fed("xmllint", &["--nonet", "--xpath", query, "-"], &gateway) else { return };
        assert_eq!(read.strip_suffix('\n').unwrap_or(&read), password, "{gateway}");
    }
}
