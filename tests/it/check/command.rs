//! The command, as a person, a script and a monitor see it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use numdeck::sandbox::{Config, Sandbox};
use numdeck::sip::Transport;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::{PASSWORD, USER};
use crate::support::faulty::{Faulty, Reply};
use crate::support::ran::Ran;
use crate::support::sip::{Authority, FakeSip, header, registrar, say};

const OWNER: &str = "kros_test_owner";

/// The binary in an environment of nothing but what is given.
fn command(state: &TempDir, url: Option<&str>, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
    command.env_clear().env("NUMDECK_STATE_DIR", state.path()).stdin(Stdio::null()).args(args);
    if let Some(url) = url {
        command.env("NUMDECK_BASE_URL", url).env("NUMDECK_API_KEY", OWNER);
    }
    command
}

/// A world with a SIP server, and a place to keep things.
struct World {
    sandbox: Sandbox,
    state: TempDir,
}

impl World {
    fn new(owned: u32) -> Self {
        let sip = Some("127.0.0.1:0".parse().unwrap());
        let sandbox = Sandbox::start(Config { owned, inventory: 20, sip, ..Config::default() }).unwrap();
        Self { sandbox, state: tempfile::tempdir().unwrap() }
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::run(command(&self.state, Some(&self.sandbox.base_url()), args))
    }

    /// Owned numbers that calls reach, and the one whose route is broken.
    fn numbers(&self) -> (Vec<Value>, Value) {
        let rows = self.run(&["list", "--all", "-o", "json"]).json();
        let (broken, mut good): (Vec<Value>, Vec<Value>) = rows
            .as_array()
            .unwrap()
            .iter()
            .cloned()
            .partition(|row| row["sip_uri"].as_str().unwrap().ends_with(":9"));
        good.retain(|row| {
            row["status"] == "active" && row["allow_inbound"] == true && row["endpoint_id"].is_string()
        });
        assert_eq!(broken.len(), 1, "one route is broken on purpose");
        (good, broken.into_iter().next().unwrap())
    }
}

fn e164(row: &Value) -> &str {
    row["e164"].as_str().unwrap()
}

/// Runs without blocking a server that lives in the same test.
async fn run(command: Command) -> Ran {
    tokio::task::spawn_blocking(move || Ran::run(command)).await.unwrap()
}

#[test]
fn a_good_number_is_healthy_and_a_broken_one_is_a_problem() {
    let world = World::new(60);
    let (good, broken) = world.numbers();
    let active = good.iter().map(e164).map(|number| world.run(&["check", number]));
    let ran = active.into_iter().find(|ran| ran.code == 0).expect("a number whose endpoint is well");
    assert!(ran.out.contains("answered 200 OK [numdeck-sandbox/"), "{ran:?}");
    let ran = world.run(&["check", e164(&broken)]);
    assert_eq!(ran.code, 20, "{ran:?}");
    assert!(ran.out.contains("port_closed") && ran.out.contains("127.0.0.1:9"), "{ran:?}");
}

#[test]
fn the_json_has_the_documented_shape() {
    let world = World::new(60);
    let (_, broken) = world.numbers();
    let ran = world.run(&["check", e164(&broken), "-o", "json"]);
    let report = ran.json();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&report),
        ["schema", "number", "id", "checked_at", "vantage", "legs", "steps", "verdict", "requests_sent"]
    );
    assert_eq!((&report["schema"], &report["number"]), (&1.into(), &broken["e164"]));
    assert_eq!(report["id"], broken["id"]);
    for leg in report["legs"].as_array().unwrap() {
        assert_eq!(names(leg), ["leg", "route"]);
        assert_eq!(names(&leg["route"]), ["uri", "host", "port", "transport", "transport_source"]);
    }
    for step in report["steps"].as_array().unwrap() {
        assert_eq!(names(step), ["leg", "step", "status", "code", "text", "ms", "target", "detail"]);
    }
    assert_eq!(names(&report["verdict"]), ["status", "code", "text", "next", "limits"]);
    assert_eq!(names(&report["requests_sent"]), ["api", "OPTIONS", "REGISTER"]);
    assert_eq!(report["verdict"]["code"], "port_closed");
    assert_eq!(report["vantage"]["local_ip"], "127.0.0.1");
    let both = world.run(&["check", e164(&broken), e164(&broken), "-o", "json"]).json();
    assert_eq!(both.as_array().unwrap().len(), 2, "several are an array");
}

#[test]
fn credentials_are_checked_when_asked_and_in_clear_text_only_when_asked_twice() {
    let world = World::new(60);
    let (good, _) = world.numbers();
    let password = |row: &Value| {
        let shown = world.run(&["show", e164(row), "--show-secrets", "-o", "json"]).json();
        shown["sip_credentials"]["sip_password"].as_str().map(str::to_owned)
    };
    let (row, password) = good.iter().find_map(|row| Some((row, password(row)?))).unwrap();
    let code = |ran: &Ran| {
        let report = ran.json();
        let auth = report["steps"].as_array().unwrap().iter().find(|step| step["step"] == "auth").cloned();
        (
            auth.map(|step| step["code"].as_str().unwrap().to_owned()),
            report["requests_sent"]["REGISTER"].clone(),
        )
    };
    let plain = world.run(&["check", e164(row), "-o", "json"]);
    assert_eq!(code(&plain), (None, 0.into()));
    let refused = world.run(&["check", "--auth", e164(row), "-o", "json"]);
    assert_eq!(code(&refused), (Some("cleartext".into()), 0.into()));
    let clear = world.run(&["check", e164(row), "--auth", "--auth-cleartext", "--trace", "-o", "json"]);
    assert_eq!(code(&clear), (Some("auth_ok".into()), 2.into()));
    let member = {
        let mut command = command(&world.state, Some(&world.sandbox.base_url()), &[]);
        command.env("NUMDECK_API_KEY", "kros_test_member");
        command.args(["check", "--auth", "--auth-cleartext", e164(row), "-o", "json"]);
        Ran::run(command)
    };
    assert_eq!(code(&member), (Some("auth_hidden".into()), 0.into()));
    for ran in [plain, refused, clear, member] {
        assert!(!ran.out.contains(&password) && !ran.err.contains(&password));
        assert!(!ran.out.contains("response="), "{}", ran.out);
    }
}

#[test]
fn all_numbers_are_checked_from_the_list_and_the_list_is_kept() {
    let world = World::new(150);
    let first = world.run(&["check", "--all", "-o", "ndjson"]);
    assert_eq!(first.code, 20, "{}", first.err);
    let reports = first.lines();
    assert_eq!(reports.len(), 150);
    assert!(first.err.contains("150 numbers, 1 host: 2 OPTIONS"), "{}", first.err);
    assert!(first.err.contains("3 API requests so far, none to come"), "two pages, endpoints: {}", first.err);
    let sent: u64 = reports.iter().map(|one| one["requests_sent"]["OPTIONS"].as_u64().unwrap()).sum();
    assert_eq!(sent, 2);
    let causes: Vec<&str> = first.err.lines().skip_while(|line| !line.contains(" healthy")).skip(1).collect();
    assert!(
        causes[0].starts_with("     1  127.0.0.1:9 (inbound"),
        "the server that fails comes first: {causes:?}"
    );
    let silent = |one: &&serde_json::Value| one["verdict"]["text"] == "no endpoint: nobody answers";
    let told = format!("{:>6}  no endpoint: nobody answers", reports.iter().filter(silent).count());
    assert!(causes.contains(&told.as_str()), "{told} in {causes:?}");
    let second = world.run(&["check", "--all"]);
    assert!(second.err.contains("using the list that was read at"), "{}", second.err);
    assert!(second.err.contains("0 API requests so far"), "endpoints are kept, too: {}", second.err);
    assert_eq!(second.out.lines().count(), 150);
    let fresh = world.run(&["check", "--all", "--max-age", "0"]);
    assert!(!fresh.err.contains("using the list"), "{}", fresh.err);
    let some = world.run(&["check", "status:active", "endpoint:sales-bot", "-o", "json"]);
    let some = some.json();
    let some = some.as_array().unwrap();
    assert!(!some.is_empty() && some.len() < 150, "endpoints are known by name here");
    let trunks = world.run(&["check", "status:active", "--trunk", "-o", "ndjson"]);
    assert!(trunks.lines().iter().all(|one| one["requests_sent"]["api"] == 1), "{}", trunks.err);
}

#[test]
fn the_settings_of_all_are_looked_at_without_a_packet() {
    let world = World::new(150);
    let ran = world.run(&["check", "--settings-only", "--all", "-o", "json"]);
    assert_eq!(ran.code, 20);
    let reports = ran.json();
    let reports = reports.as_array().unwrap();
    assert!(
        reports
            .iter()
            .all(|one| one["requests_sent"]["OPTIONS"] == 0 && one["steps"][0]["step"] == "settings")
    );
    let found = |finding: &str| {
        reports
            .iter()
            .filter(|one| {
                let findings = one["steps"][0]["detail"]["findings"].as_array();
                findings.is_some_and(|findings| findings.iter().any(|one| one == finding))
            })
            .count()
    };
    let rows = world.run(&["list", "--all", "-o", "json"]).json();
    let none = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["status"] == "active" && row["endpoint_id"].is_null());
    assert_eq!(found("no_endpoint"), none.count());
    assert!(found("endpoint_trouble") > 0 && found("inbound_off") > 0);
    assert!(ran.err.contains("without an endpoint"), "{}", ran.err);
    for (filter, finding) in [("endpoint:none", "no_endpoint"), ("inbound:off", "inbound_off")] {
        let filter = format!("{filter} !status:inactive !status:pending");
        assert!(
            ran.err.contains(&format!("numdeck list '{filter}' shows the {}", found(finding))),
            "{}",
            ran.err
        );
        let shown = world.run(&["list", &filter, "--all", "-o", "json"]).json();
        assert_eq!(shown.as_array().unwrap().len(), found(finding), "{filter}");
    }
}

#[test]
fn a_monitor_gets_one_line_and_its_own_exit_codes() {
    let world = World::new(60);
    let (_, broken) = world.numbers();
    let one = world.run(&["check", e164(&broken), "--nagios"]);
    assert_eq!((one.code, one.out.lines().count()), (2, 1), "{one:?}");
    assert!(one.out.starts_with("SIP CRITICAL - +") && one.out.contains(" | rtt="), "{one:?}");
    let all = world.run(&["check", "--all", "--nagios"]);
    assert!(all.code == 2 && all.out.contains("problems="), "{all:?}");
    let (text, _) = all.out.split_once(" | ").unwrap();
    let server = text.find("127.0.0.1:9 (inbound").expect("the server that fails is in the line");
    assert!(text.find("no endpoint").is_none_or(|settings| server < settings), "and first: {text}");
    let out_of_use = world.run(&["check", "status:inactive", "--nagios"]);
    assert_eq!(out_of_use.code, 3, "nothing was checked, so nothing is known to be healthy: {out_of_use:?}");
    assert!(out_of_use.out.starts_with("SIP UNKNOWN - none of "), "{out_of_use:?}");
    assert_eq!(world.run(&["check", "status:inactive"]).code, 21);
    let down = {
        let command = command(&world.state, Some("http://127.0.0.1:9/v1"), &["check", "--all", "--nagios"]);
        Ran::run(command)
    };
    assert!(down.code == 3 && down.out.starts_with("SIP UNKNOWN - "), "{down:?}");
}

#[test]
fn what_can_not_be_checked_is_not_a_problem_and_not_healthy() {
    let state = tempfile::tempdir().unwrap();
    let down = |args: &[&str]| Ran::run(command(&state, Some("http://127.0.0.1:9/v1"), args));
    let one = down(&["check", "+14155550123", "-o", "json"]);
    assert_eq!((one.code, &one.json()["verdict"]["code"]), (21, &"api_failed".into()), "{one:?}");
    assert_eq!(down(&["check", "--all"]).code, 21);
    let world = World::new(5);
    for args in [&["check", "+14155550100"][..], &["check", "nothing-like-this"]] {
        let ran = world.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (4, ""), "{ran:?}");
    }
    for args in [
        &["check"][..],
        &["check", "--all", "--uri", "sip:a@b.example"],
        &["check", "--uri", "tel:+1"],
        &["check", "--uri", "sip:a@b.example", "--auth"],
        &["check", "--uri", "sip:a@b.example", "--user", "a"],
        &["check", "--uri", "sip:a@b.example", "--timeout", "33s"],
        &["check", "--all", "--auth-cleartext"],
        &["check", "--all", "--settings-only", "--auth"],
        &["check", "--all", "--dns", "dns.example"],
    ] {
        let ran = world.run(args);
        assert_eq!(ran.code, 2, "{args:?} {ran:?}");
        assert!(!ran.err.contains("check-credentials"), "a name that nobody typed: {ran:?}");
    }
}

#[tokio::test]
async fn an_address_needs_neither_api_nor_key() {
    let state = tempfile::tempdir().unwrap();
    for over in Transport::ALL {
        let authority = Authority::new();
        let tls = authority.server(&["127.0.0.1"], -1, 400);
        let challenge = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"";
        let server = FakeSip::with(over, tls, registrar(challenge, false, USER, PASSWORD)).await;
        let uri = format!("sip:127.0.0.1:{}", server.at.port());
        let file = |name: &str, text: &str| {
            let path = state.path().join(name);
            std::fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
            path.display().to_string()
        };
        let (ca, password) = (file("ca.pem", &authority.pem), file("password", &format!("{PASSWORD}\n")));
        let run_with = async |more: &[&str]| {
            let args =
                [&["check", "--uri", &uri, "--transport", over.word(), "--ca", &ca, "-o", "json"], more];
            run(command(&state, None, &args.concat())).await
        };
        let ran = run_with(&[]).await;
        assert_eq!((ran.code, &ran.json()["verdict"]["code"]), (0, &"ok".into()), "{over}: {ran:?}");
        let account = ["--auth", "--user", USER, "--password-file", &password, "--trace"];
        let ran = run_with(&account).await;
        let wanted = if over == Transport::Tls { "ok" } else { "cleartext" };
        assert_eq!(ran.json()["verdict"]["code"], wanted, "{over}: {ran:?}");
        let strict = run_with(&[&account[..], &["--strict"]].concat()).await;
        assert_eq!(strict.code, if over == Transport::Tls { 0 } else { 20 });
        let clear = run_with(&[&account[..], &["--auth-cleartext"]].concat()).await;
        assert!(clear.json()["steps"].as_array().unwrap().iter().any(|step| step["code"] == "auth_ok"));
        for ran in [&ran, &clear] {
            assert!(!ran.out.contains(PASSWORD) && !ran.out.contains("response="), "{}", ran.out);
        }
        assert!(server.methods().iter().all(|method| method == "OPTIONS" || method == "REGISTER"));
        assert!(server.seen().iter().all(|text| header(text, "Expires").is_none()));
    }
}

#[tokio::test]
async fn a_password_file_is_the_password_and_nothing_else() {
    let state = tempfile::tempdir().unwrap();
    let tls = Authority::new().server(&["127.0.0.1"], -1, 9);
    let challenge = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"";
    let server = FakeSip::with(Transport::Udp, tls, registrar(challenge, false, USER, PASSWORD)).await;
    let uri = format!("sip:{}", server.at);
    let path = state.path().join("password").display().to_string();
    let with = async |content: &[u8], user: &str| {
        std::fs::write(&path, content).unwrap();
        let args =
            ["check", "--uri", &uri, "--auth", "--auth-cleartext", "--user", user, "--password-file", &path];
        run(command(&state, None, &args)).await
    };
    for (before, after) in [("", ""), ("\u{feff}", ""), ("\u{feff}", "\r\n")] {
        let ran = with(format!("{before}{PASSWORD}{after}").as_bytes(), USER).await;
        assert!(ran.code == 0 && ran.out.contains("password accepted"), "{before:?} {after:?}: {ran:?}");
    }
    let sent = server.seen().len();
    let two = format!("{USER}\n{PASSWORD}\n");
    let wide: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (content, said) in [
        (&b"\xef\xbb\xbf\r\n"[..], "holds no password"),
        (two.as_bytes(), "more than one line"),
        (&wide, "more than one line, or a character"),
        (&[b'x'; 5000], "longer than any password"),
        (b"caf\xe9", "cannot read the password"),
    ] {
        let ran = with(content, USER).await;
        assert!(ran.code == 2 && ran.err.contains(said), "{ran:?}");
        assert!(!ran.err.contains(PASSWORD), "{ran:?}");
    }
    for user in ["", "@voip.example", "alice@", "alice@voip.example:5060", "al ice"] {
        let ran = with(PASSWORD.as_bytes(), user).await;
        assert!(ran.code == 2 && ran.err.contains("--user"), "{user}: {ran:?}");
    }
    assert_eq!(server.seen().len(), sent, "nothing was sent");
}

#[tokio::test]
async fn a_server_that_knows_no_endpoints_is_no_trouble() {
    let sip = FakeSip::with(Transport::Udp, Authority::new().server(&["127.0.0.1"], -1, 9), |_, request| {
        say(request, "200 OK", "")
    })
    .await;
    let uri = format!("sip:+14155550123@{}", sip.at);
    let row = serde_json::json!({
        "id": "n-1", "e164": "+14155550123", "country": "US", "status": "active", "endpoint_id": "e",
        "allow_inbound": true, "sip_uri": uri,
    });
    for status in [401, 403, 404, 200] {
        let row = row.clone();
        let api = Faulty::start(move |_, request| match request.target.split('?').next().unwrap() {
            target if target.starts_with("/v1/endpoints") => {
                Reply::json(status, &serde_json::json!("nonsense"))
            }
            "/v1/phone-numbers/n-1" => Reply::json(200, &row),
            _ => Reply::json(200, &serde_json::json!([row])),
        })
        .await;
        let state = tempfile::tempdir().unwrap();
        let one = run(command(&state, Some(&api.url()), &["check", "+14155550123", "-o", "json"])).await;
        assert_eq!((one.code, &one.json()["requests_sent"]["api"]), (0, &4.into()), "{status}: {one:?}");
        let again = run(command(&state, Some(&api.url()), &["check", "+14155550123", "-o", "json"])).await;
        assert_eq!((again.code, &again.json()["requests_sent"]["api"]), (0, &3.into()), "{again:?}");
        let all = run(command(&state, Some(&api.url()), &["check", "--all", "--max-age", "0"])).await;
        assert_eq!(all.code, 0, "{all:?}");
        let asked = api.requests().iter().filter(|one| one.target.starts_with("/v1/endpoints")).count();
        assert_eq!(asked, 3, "once a run");
    }
}

#[tokio::test]
async fn a_number_is_not_healthy_where_the_list_of_endpoints_broke_off() {
    let row = serde_json::json!({
        "id": "n-1", "e164": "+14155550123", "country": "US", "status": "active", "endpoint_id": "e-120",
        "allow_inbound": true, "sip_uri": "sip:+14155550123@127.0.0.1:9",
    });
    for (status, body, total) in [
        (404, serde_json::json!({"error": "no"}), None),
        (403, serde_json::json!({"error": "no"}), None),
        (200, serde_json::json!({}), None),
        (404, serde_json::json!({"error": "no"}), Some(130)),
    ] {
        let row = row.clone();
        let said = body.clone();
        let api = Faulty::start(move |_, request| match request.target.split('?').next().unwrap() {
            "/v1/endpoints" if request.query("offset") == Some(0) => {
                let page: Value = (0..50)
                    .map(|n| serde_json::json!({"id": format!("e-{n}"), "status": "active"}))
                    .collect();
                Reply::json(200, &serde_json::json!({"data": page, "total": total}))
            }
            "/v1/endpoints" => Reply::json(status, &said),
            "/v1/phone-numbers/n-1" => Reply::json(200, &row),
            _ => Reply::json(200, &serde_json::json!([row])),
        })
        .await;
        let state = tempfile::tempdir().unwrap();
        for what in [&["+14155550123"][..], &["--all"]] {
            let args = [&["check", "--settings-only", "-o", "json"], what].concat();
            let ran = run(command(&state, Some(&api.url()), &args)).await;
            let json = ran.json();
            let report = json.as_array().map_or(&json, |all| &all[0]);
            assert_eq!(
                (ran.code, &report["verdict"]["code"]),
                (21, &"api_failed".into()),
                "{status} {body} {ran:?}"
            );
            assert!(ran.out.contains("is not known") && ran.err.contains("after 50 rows"), "{ran:?}");
        }
    }
}

#[test]
fn an_account_without_numbers_is_not_called_healthy() {
    let world = World::new(0);
    let ran = world.run(&["check", "--all", "--nagios"]);
    assert!(ran.code == 3 && ran.out.starts_with("SIP UNKNOWN - nothing was checked"), "{ran:?}");
    let ran = world.run(&["check", "--all"]);
    assert!(ran.code == 21 && ran.err.contains("nothing was checked: there are no numbers"), "{ran:?}");
}

#[tokio::test]
async fn ctrl_c_prints_what_is_done() {
    prints_what_is_done_on(Signal::INT).await;
}

#[tokio::test]
async fn a_service_manager_that_ends_a_check_gets_what_is_done() {
    prints_what_is_done_on(Signal::TERM).await;
}

async fn prints_what_is_done_on(signal: Signal) {
    let good = FakeSip::with(Transport::Udp, Authority::new().server(&["127.0.0.1"], -1, 9), |_, request| {
        say(request, "200 OK", "")
    })
    .await;
    let silent =
        FakeSip::with(Transport::Udp, Authority::new().server(&["127.0.0.1"], -1, 9), |_, _| vec![]).await;
    let row = |n: usize, uri: String| {
        serde_json::json!({
            "id": format!("n-{n}"), "e164": format!("+1415555012{n}"), "status": "active", "endpoint_id": "e",
            "allow_inbound": true, "sip_uri": uri,
        })
    };
    let rows = [row(1, format!("sip:a@{}", good.at)), row(2, format!("sip:a@{}", silent.at))];
    let api = Faulty::start(move |_, request| match request.target.starts_with("/v1/endpoints") {
        true => Reply::json(404, &serde_json::json!({})),
        false => Reply::json(200, &serde_json::json!(rows)),
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let args = ["check", "--all", "-o", "ndjson", "--timeout", "32s"];
    let mut child = command(&state, Some(&api.url()), &args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let (line, child) = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        (line, child)
    })
    .await
    .unwrap();
    assert!(line.contains("+14155550121"), "{line}");
    kill_process(Pid::from_child(&child), signal).unwrap();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("1 of 2 numbers were checked"), "{err}");
}

#[tokio::test]
async fn a_kept_list_hides_no_number_that_was_bought_since() {
    let sip = FakeSip::with(Transport::Udp, Authority::new().server(&["127.0.0.1"], -1, 9), |_, request| {
        say(request, "200 OK", "")
    })
    .await;
    let uri = format!("sip:a@{}", sip.at);
    let row = move |id: usize, line: &str| {
        serde_json::json!({
            "id": format!("n-{id}"), "e164": line, "status": "active", "endpoint_id": "e", "allow_inbound": true,
            "sip_uri": uri,
        })
    };
    let rows =
        [row(1, "+14155550121"), row(2, "+14155550122"), row(3, "0803-no-number"), row(4, "+14155550124")];
    let owned = Arc::new(AtomicUsize::new(1));
    let now = Arc::clone(&owned);
    let api = Faulty::start(move |_, request| {
        let path = request.target.split('?').next().unwrap();
        let one = rows.iter().find(|row| path.ends_with(row["id"].as_str().unwrap()));
        match (path, one) {
            (target, _) if target.starts_with("/v1/endpoints") => Reply::json(404, &serde_json::json!({})),
            (_, Some(row)) => Reply::json(200, row),
            _ => Reply::json(200, &serde_json::json!(rows[..now.load(Ordering::SeqCst)])),
        }
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let check =
        async |args: &[&str]| run(command(&state, Some(&api.url()), &[&["check"], args].concat())).await;
    assert_eq!(check(&["+14155550121"]).await.code, 0);
    owned.store(2, Ordering::SeqCst);
    assert_eq!(check(&["+14155550122"]).await.code, 0, "one that the kept list has not");
    owned.store(4, Ordering::SeqCst);
    let both = check(&["+14155550121", "+14155550124", "-o", "ndjson"]).await;
    assert_eq!((both.code, both.lines().len()), (0, 2), "{both:?}");
    let raw = check(&["--all", "-o", "json"]).await;
    assert_eq!(raw.json()[2]["verdict"]["code"], "skipped", "no phone number is not checked: {raw:?}");
    assert!(raw.json()[2]["verdict"]["text"].as_str().unwrap().contains("no phone number"));
}

#[tokio::test]
async fn an_api_that_hangs_does_not_hold_a_check_beyond_its_limit() {
    let hanging = Faulty::start(|_, _| Reply::Hang(Vec::new())).await;
    let row = serde_json::json!([{ "id": "n-1", "e164": "+14155550123", "status": "active" }]);
    let half = Faulty::start(move |_, request| match request.target.contains("n-1") {
        true => Reply::Hang(Vec::new()),
        false => Reply::json(200, &row),
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    for (api, asked, said) in [
        (&hanging, 1, "the API did not answer within 1.0 s"),
        (&half, 2, "1 of 2 requests were answered, the last one with 200"),
    ] {
        let began = std::time::Instant::now();
        let args = ["check", "+14155550123", "--timeout", "1s", "-o", "json"];
        let ran = run(command(&state, Some(&api.url()), &args)).await;
        assert!(
            began.elapsed() < std::time::Duration::from_secs(8),
            "not one timeout of the client: {ran:?}"
        );
        let report = ran.json();
        assert_eq!((ran.code, &report["verdict"]["code"]), (21, &"api_failed".into()), "{ran:?}");
        assert!(report["verdict"]["text"].as_str().unwrap().contains(said), "{ran:?}");
        assert_eq!(report["requests_sent"]["api"], asked, "{ran:?}");
        assert!(ran.err.contains("--timeout gives it longer"), "{ran:?}");
    }
    // Of many numbers each request has the limit, and the hint to raise it has an effect.
    let began = std::time::Instant::now();
    let ran = run(command(&state, Some(&hanging.url()), &["check", "--all", "--timeout", "1s"])).await;
    assert!(began.elapsed() < std::time::Duration::from_secs(12), "{ran:?}");
    assert!(ran.code == 21 && ran.err.contains("raise --timeout"), "{ran:?}");
}

#[tokio::test]
async fn endpoints_that_hang_do_not_hold_up_the_numbers() {
    let row = serde_json::json!([{ "id": "n-1", "e164": "+14155550123", "status": "inactive" }]);
    let api = Faulty::start(move |_, request| match request.target.contains("endpoints") {
        true => Reply::Hang(Vec::new()),
        false => Reply::json(200, &row),
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let began = std::time::Instant::now();
    let ran = run(command(&state, Some(&api.url()), &["check", "--all"])).await;
    assert!(began.elapsed() < std::time::Duration::from_secs(14), "one read alone may take 15 s: {ran:?}");
    assert!(ran.out.contains("+14155550123"), "{ran:?}");
}

#[tokio::test]
async fn requests_that_were_refused_are_counted() {
    let api = Faulty::start(|_, _| Reply::json(401, &serde_json::json!({}))).await;
    let state = tempfile::tempdir().unwrap();
    let ran = run(command(&state, Some(&api.url()), &["check", "+14155550123", "-o", "json"])).await;
    assert_eq!((ran.code, &ran.json()["requests_sent"]["api"]), (21, &1.into()), "{ran:?}");
    assert_eq!(api.requests().len(), 1);
}

#[tokio::test]
async fn ctrl_c_while_details_are_read_tells_what_is_done() {
    let rows: Vec<Value> = ["inactive", "active"]
        .iter()
        .enumerate()
        .map(|(n, status)| serde_json::json!({ "id": format!("n-{n}"), "e164": format!("+1415555012{n}"), "status": status }))
        .collect();
    let api = Faulty::start(move |_, request| match request.target.split('?').next().unwrap() {
        target if target.starts_with("/v1/endpoints") => Reply::json(404, &serde_json::json!({})),
        "/v1/phone-numbers/n-1" => Reply::Hang(Vec::new()),
        _ => Reply::json(200, &serde_json::json!(rows)),
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let args = ["check", "--all", "--trunk", "-o", "json"];
    let child = command(&state, Some(&api.url()), &args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !api.requests().iter().any(|request| request.target.ends_with("/n-1")) {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let ran = Ran::ended(&args, output);
    assert_eq!((ran.code, ran.json().as_array().unwrap().len()), (130, 1), "{ran:?}");
    assert_eq!(ran.json()[0]["verdict"]["code"], "skipped", "{ran:?}");
    assert!(ran.err.contains("1 of 2 numbers were checked"), "{ran:?}");
}

#[test]
fn what_numdeck_changed_itself_is_not_looked_up_in_a_list_from_before() {
    let world = World::new(60);
    let rows = world.run(&["list", "--all", "-o", "json"]).json();
    let off = rows.as_array().unwrap().iter().find(|row| {
        row["status"] == "active" && row["allow_inbound"] == false && row["endpoint_id"].is_string()
    });
    let number = e164(off.expect("a number with inbound off"));
    let settings = || {
        let ran = world.run(&["check", "--all", "--settings-only", "-o", "ndjson"]);
        let row = ran.lines().into_iter().find(|one| one["number"] == number).unwrap();
        (row["verdict"]["text"].as_str().unwrap().contains("inbound calls are off"), ran.err)
    };
    assert!(settings().0);
    assert!(settings().1.contains("using the list"), "it is kept");
    let update = world.run(&["update", number, "--inbound", "on", "--yes"]);
    assert_eq!(update.code, 0, "{update:?}");
    // The clock of files is a little behind, and what is that close to a write is read again.
    std::thread::sleep(std::time::Duration::from_millis(100));
    let (still_off, said) = settings();
    assert!(!still_off && !said.contains("using the list"), "{said}");
    assert!(settings().1.contains("using the list"), "and the new one is kept");
}

#[tokio::test]
async fn runs_of_a_cron_job_get_nobody_banned() {
    let state = tempfile::tempdir().unwrap();
    let challenge = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"";
    let tls = Authority::new().server(&["127.0.0.1"], -1, 9);
    let server = FakeSip::with(Transport::Tcp, tls, registrar(challenge, false, USER, "another")).await;
    let uri = format!("sip:127.0.0.1:{};transport=tcp", server.at.port());
    let password = state.path().join("password");
    std::fs::write(&password, PASSWORD).unwrap();
    let password = password.display().to_string();
    let args =
        ["check", "--uri", &uri, "--auth", "--auth-cleartext", "--user", USER, "--password-file", &password];
    let mut codes = Vec::new();
    for _ in 0..4 {
        let ran = run(command(&state, None, &[&args[..], &["-o", "json"]].concat())).await.json();
        let step =
            ran["steps"].as_array().unwrap().iter().find(|step| step["step"] == "auth").cloned().unwrap();
        codes.push(step["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(codes, ["auth_rejected", "auth_rejected", "auth_paused", "auth_paused"]);
    let guesses = server.seen().iter().filter(|text| text.contains("Authorization:")).count();
    assert_eq!(guesses, 2, "servers ban after three");
    let paused = run(command(&state, None, &args)).await;
    assert!(paused.code == 21 && paused.out.contains("credentials were not tested"), "{paused:?}");
    let monitored = run(command(&state, None, &[&args[..], &["--nagios"]].concat())).await;
    assert!(monitored.code == 3 && monitored.out.starts_with("SIP UNKNOWN - "), "{monitored:?}");
    let kept = std::fs::read_to_string(state.path().join("rejections")).unwrap();
    assert!(!kept.contains(USER) && !kept.contains(PASSWORD), "{kept}");
}

#[tokio::test]
async fn runs_at_the_same_time_get_nobody_banned_either() {
    let state = Arc::new(tempfile::tempdir().unwrap());
    let challenge = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"";
    let tls = Authority::new().server(&["127.0.0.1"], -1, 9);
    let server = FakeSip::with(Transport::Tcp, tls, registrar(challenge, false, USER, "another")).await;
    let uri = format!("sip:127.0.0.1:{};transport=tcp", server.at.port());
    let password = state.path().join("password");
    std::fs::write(&password, PASSWORD).unwrap();
    let password = password.display().to_string();
    let args = [
        "check",
        "--uri",
        &uri,
        "--auth",
        "--auth-cleartext",
        "--user",
        USER,
        "--password-file",
        &password,
        "--timeout",
        "20s",
    ];
    let ran = futures_util::future::join_all((0..6).map(|_| run(command(&state, None, &args)))).await;
    let mut codes: Vec<i32> = ran.iter().map(|ran| ran.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [20, 20, 21, 21, 21, 21], "{ran:?}");
    let guesses = server.seen().iter().filter(|text| text.contains("Authorization:")).count();
    assert_eq!(guesses, 2, "servers ban after three");
}

#[tokio::test]
async fn the_api_and_the_servers_share_the_limit_of_a_check() {
    let silent =
        FakeSip::with(Transport::Udp, Authority::new().server(&["127.0.0.1"], -1, 9), |_, _| vec![]).await;
    let row = serde_json::json!({
        "id": "n-1", "e164": "+14155550123", "status": "active", "endpoint_id": "e", "allow_inbound": true,
        "sip_uri": format!("sip:a@{}", silent.at),
    });
    let api = Faulty::start(move |_, request| {
        std::thread::sleep(std::time::Duration::from_millis(1500));
        match request.target.split('?').next().unwrap() {
            target if target.starts_with("/v1/endpoints") => Reply::json(404, &serde_json::json!({})),
            "/v1/phone-numbers/n-1" => Reply::json(200, &row),
            _ => Reply::json(200, &serde_json::json!([row])),
        }
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let began = std::time::Instant::now();
    let args = ["check", "+14155550123", "--timeout", "4s", "-o", "json"];
    let ran = run(command(&state, Some(&api.url()), &args)).await;
    assert_eq!(ran.json()["verdict"]["code"], "no_answer", "{ran:?}");
    // The API takes 3 s and more, the server would take 4 s beside; a machine that is busy has time to spare.
    assert!(began.elapsed() < std::time::Duration::from_millis(7400), "{:?}", began.elapsed());
}

#[test]
fn a_monitor_is_told_of_a_mistake_in_its_own_words() {
    let state = tempfile::tempdir().unwrap();
    for more in [&["-o", "json"][..], &["--trace"], &["--count", "no"]] {
        let args = [&["check", "--uri", "sip:127.0.0.1:9", "--nagios"], more].concat();
        let ran = Ran::run(command(&state, None, &args));
        assert!(ran.code == 3 && ran.out.starts_with("SIP UNKNOWN - "), "{more:?}: {ran:?}");
    }
}

#[tokio::test]
async fn what_crosses_the_wire_goes_into_a_private_file() {
    use std::os::unix::fs::PermissionsExt;
    let state = tempfile::tempdir().unwrap();
    let tls = Authority::new().server(&["127.0.0.1"], -1, 9);
    let server = FakeSip::with(Transport::Udp, tls, |_, request| say(request, "200 OK", "")).await;
    let uri = format!("sip:{}", server.at);
    let file = state.path().join("check.pcap");
    let at = file.display().to_string();
    let ran = run(command(&state, None, &["check", "--uri", &uri, "--pcap", &at])).await;
    let written = std::fs::read(&file).unwrap();
    assert!(ran.code == 0 && written.windows(7).any(|word| word == b"OPTIONS"), "{ran:?}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let other = state.path().join("notes.txt");
    std::fs::write(&other, "not to be lost").unwrap();
    for path in [other.display().to_string(), "-".to_owned()] {
        let ran = run(command(&state, None, &["check", "--uri", &uri, "--pcap", &path])).await;
        assert_eq!(ran.code, 2, "{path}: {ran:?}");
    }
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "not to be lost");
    let pipe = state.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
    let unread =
        run(command(&state, None, &["check", "--uri", &uri, "--pcap", &pipe.display().to_string()])).await;
    assert!(unread.code == 2 && unread.err.contains("nothing was sent"), "nobody reads: {unread:?}");
    if std::path::Path::new("/dev/full").exists() {
        let ran = run(command(&state, None, &["check", "--uri", &uri, "--pcap", "/dev/full"])).await;
        assert!(ran.code == 1 && ran.err.contains("is not whole") && ran.out.contains("200 OK"), "{ran:?}");
    }
    let sent = server.seen().len();
    let nowhere = state.path().join("no/such/folder.pcap").display().to_string();
    let ran = run(command(&state, None, &["check", "--uri", &uri, "--pcap", &nowhere])).await;
    assert!(ran.code == 2 && ran.err.contains("nothing was sent"), "{ran:?}");
    assert_eq!(server.seen().len(), sent);
}

#[tokio::test]
async fn a_profile_says_which_answers_are_up_and_which_are_maintenance() {
    let state = tempfile::tempdir().unwrap();
    let tls = Authority::new().server(&["127.0.0.1"], -1, 9);
    let server = FakeSip::with(Transport::Udp, tls, |_, request| {
        let user = request.split(['@', ':']).nth(1).unwrap();
        say(request, if user == "busy" { "503 Busy" } else { "404 Not Found" }, "")
    })
    .await;
    let config = "default = \"a\"\n[profile.a]\nsip_up = [200, 404]\nsip_maintenance = [503]\n";
    std::fs::write(state.path().join("config.toml"), config).unwrap();
    let verdict = async |user: &str, with_profile: bool| {
        let uri = format!("sip:{user}@{}", server.at);
        let mut command = command(&state, None, &["check", "--uri", &uri, "-o", "json"]);
        if with_profile {
            command.env("NUMDECK_CONFIG_DIR", state.path());
        }
        let ran = run(command).await;
        let verdict = &ran.json()["verdict"];
        assert!(verdict["limits"].as_str().unwrap().contains("not that a call is routed"), "{verdict}");
        (
            ran.code,
            verdict["status"].as_str().unwrap().to_owned(),
            verdict["code"].as_str().unwrap().to_owned(),
        )
    };
    let as_said = |code: i32, status: &str, word: &str| (code, status.to_owned(), word.to_owned());
    assert_eq!(verdict("a", true).await, as_said(0, "pass", "ok"));
    assert_eq!(verdict("a", false).await, as_said(0, "warn", "alive_refused"));
    assert_eq!(verdict("busy", true).await, as_said(0, "warn", "unavailable"));
    assert_eq!(verdict("busy", false).await, as_said(20, "fail", "unavailable"));
}
