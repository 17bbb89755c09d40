//! Both dialects of the service, and a client that is told the right one, the wrong one, or none.

use numdeck::phone::Switch;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use numdeck::sandbox::{Config, SandboxDialect};
use serde_json::Value;

use crate::support::desk::{Desk, OWNER, small};
use crate::support::faulty::{Faulty, Reply};
use crate::support::ran::Ran;
use crate::support::relay::Relay;

/// Runs the binary with a profile that says `setting`, without blocking servers of the same test.
async fn run(home: &Path, url: &str, key: &str, setting: &str, args: &[&str]) -> Ran {
    let profile = format!(
        "default = \"it\"\n[profile.it]\nbase_url = \"{url}\"\nkey_file = \"key\"\ndialect = \"{setting}\"\n"
    );
    fs::write(home.join("config.toml"), profile).unwrap();
    fs::write(home.join("key"), key).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
    command.env_clear().env("NUMDECK_CONFIG_DIR", home).env("NUMDECK_STATE_DIR", home.join("state"));
    // What these servers lose does not happen later.
    command.stdin(Stdio::null()).args(["--settle", "0s"]).args(args);
    tokio::task::spawn_blocking(move || Ran::run(command)).await.unwrap()
}

/// A server of one dialect, and somebody whose profile names one.
struct Case {
    relay: Relay,
    home: tempfile::TempDir,
    server: SandboxDialect,
    setting: &'static str,
}

impl Case {
    async fn start(server: SandboxDialect, setting: &'static str) -> Self {
        let relay = Relay::start(Config { dialect: server, ..small() }).await;
        Self { relay, home: tempfile::tempdir().unwrap(), server, setting }
    }

    async fn run(&self, args: &[&str]) -> Ran {
        self.run_as(OWNER, args).await
    }

    async fn run_as(&self, key: &str, args: &[&str]) -> Ran {
        run(self.home.path(), &self.relay.url(), key, self.setting, args).await
    }

    async fn owned(&self) -> Vec<Value> {
        self.run(&["list", "--all", "-o", "json"]).await.rows()
    }

    async fn for_sale(&self) -> Vec<Value> {
        self.run(&["search", "--country", "NG", "--all", "-o", "json"]).await.rows()
    }

    /// Whether the client is told the wrong dialect.
    fn is_wrong(&self) -> bool {
        self.setting != "auto" && self.setting != self.server.to_string()
    }

    /// The record of a number now.
    async fn record(&self, e164: &str) -> Option<Value> {
        let rows = self.owned().await.into_iter().filter(|row| row["e164"] == e164);
        rows.max_by_key(|row| row["status"] != "inactive")
    }

    /// A write took place as asked, or it is an error that names the setting; `writes` is all that
    /// was sent.
    fn judge(&self, what: &str, ran: &Ran, took_place: bool, writes: &[&str]) {
        let about = format!("{what}, server {}, client {}: {ran:?}", self.server, self.setting);
        if took_place {
            assert_eq!(ran.code, 0, "{about}");
        } else {
            assert!(self.is_wrong(), "nothing happened though the dialect is known: {about}");
            assert_eq!(ran.code, 1, "{about}");
            assert!(ran.err.contains("dialect"), "{about}");
        }
        let sent: Vec<String> = self.relay.writes().into_iter().map(|(method, _)| method).collect();
        assert_eq!(sent, writes, "{about}");
    }
}

const SERVERS: [SandboxDialect; 2] = [SandboxDialect::OpenApi, SandboxDialect::Guide];
const SETTINGS: [&str; 3] = ["auto", "openapi", "guide"];

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("no {name} in {row}"))
}

/// An owned number in use that somebody answers, and that may not be called from.
fn answered(rows: &[Value]) -> &Value {
    let is = |row: &&Value| {
        row["status"] == "active"
            && row["endpoint_id"].is_string()
            && row["allow_inbound"] == true
            && row["allow_outbound"] == false
    };
    rows.iter().find(is).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_the_same_whoever_says_it() {
    for setting in SETTINGS {
        let (one, other) = (Case::start(SERVERS[0], setting).await, Case::start(SERVERS[1], setting).await);
        for args in
            [&["list", "--all", "--columns", "number,status,in,out"][..], &["search", "--country", "EG"]]
        {
            let columns = |ran: Ran| -> Vec<String> {
                assert_eq!(ran.code, 0, "{ran:?}");
                ran.out.lines().map(|line| line.split('\t').take(4).collect::<Vec<_>>().join(" ")).collect()
            };
            assert_eq!(columns(one.run(args).await), columns(other.run(args).await), "{setting} {args:?}");
        }
        let row = other.owned().await.remove(0);
        assert!(text(&row, "id").starts_with("pn_") && row.get("number").is_none(), "{row}");
        let shown = other.run(&["show", text(&row, "id"), "-o", "json"]).await;
        let detail: Value = serde_json::from_str(&shown.out).unwrap();
        assert_eq!(detail["e164"], row["e164"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_takes_effect_or_names_the_setting_and_is_sent_once() {
    for server in SERVERS {
        for setting in SETTINGS {
            for (args, name, wanted) in [
                (&["--inbound", "off"][..], "allow_inbound", Value::Bool(false)),
                (&["--outbound", "on"], "allow_outbound", Value::Bool(true)),
                (&["--endpoint", "none"], "endpoint_id", Value::Null),
                (&["--status", "inactive"], "status", Value::from("inactive")),
            ] {
                let case = Case::start(server, setting).await;
                let before = answered(&case.owned().await).clone();
                let number = text(&before, "e164");
                let ran = case.run(&[&["update", number, "--yes"], args].concat()).await;
                let after = case.record(number).await.unwrap();
                // status has the same name in both.
                let took_place = !case.is_wrong() || name == "status";
                case.judge(&args.join(" "), &ran, took_place, &["PATCH"]);
                assert_eq!(after[name], if took_place { wanted } else { before[name].clone() }, "{ran:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_given_up_in_any_dialect() {
    for server in SERVERS {
        for setting in SETTINGS {
            let case = Case::start(server, setting).await;
            let number = text(answered(&case.owned().await), "e164").to_owned();
            let ran = case.run(&["release", &number, "--yes"]).await;
            case.judge("release", &ran, true, &["DELETE"]);
            assert_eq!(case.record(&number).await.unwrap()["status"], "inactive");
            let ran = case.run(&["delete", &number, "--confirm", &number]).await;
            case.judge("delete", &ran, true, &["DELETE", "DELETE"]);
            assert_eq!(case.record(&number).await, None);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_is_made_once_and_its_endpoint_is_attached_or_said_to_be_missing() {
    for server in SERVERS {
        for setting in SETTINGS {
            for by_number in [false, true] {
                let case = Case::start(server, setting).await;
                let endpoint = text(answered(&case.owned().await), "endpoint_id").to_owned();
                let row = case.for_sale().await.remove(0);
                let number = text(&row, "e164").to_owned();
                let by_id = ["buy", text(&row, "id"), "--endpoint", &endpoint, "--yes"];
                let kind = text(&row, "type");
                let by_e164 = [
                    "buy",
                    "--e164",
                    &number,
                    "--country",
                    "NG",
                    "--type",
                    kind,
                    "--endpoint",
                    &endpoint,
                    "--yes",
                ];
                let ran = case.run(if by_number { &by_e164[..] } else { &by_id }).await;
                let record = case.record(&number).await;
                let what = if by_number { "buy --e164" } else { "buy" };
                if by_number && case.is_wrong() && server == SandboxDialect::Guide {
                    // The guide knows no purchase by number, and was not heard.
                    case.judge(what, &ran, false, &["POST"]);
                    assert_eq!(record, None);
                } else if case.is_wrong() {
                    case.judge(what, &ran, false, &["POST", "PATCH"]);
                    let record = record.unwrap();
                    assert!(record["endpoint_id"].is_null() && ran.out.contains(&number), "{ran:?}");
                    assert!(ran.err.contains("Bought.") && ran.err.contains("not attached"), "{ran:?}");
                } else {
                    case.judge(what, &ran, true, &["POST"]);
                    assert_eq!(record.unwrap()["endpoint_id"], *endpoint, "{ran:?}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statuses_of_the_guide_mean_what_those_of_the_contract_mean() {
    for server in SERVERS {
        let case = Case::start(server, "auto").await;
        let rows = case.for_sale().await;
        let (id, other) = (text(&rows[0], "id"), text(&rows[1], "id"));
        assert_eq!(case.run(&["buy", id, "--yes"]).await.code, 0);
        for (key, id, code) in [
            (OWNER, id, 0),
            ("kros_test_broke", other, 7),
            ("kros_test_kyc_not_submitted", other, 6),
            ("kros_test_kyc_pending", other, 6),
            ("kros_test_member", other, 3),
        ] {
            let ran = case.run_as(key, &["buy", id, "--yes"]).await;
            assert_eq!(ran.code, code, "{server} {key}: {ran:?}");
        }
        let missing = match server {
            SandboxDialect::OpenApi => "00000000-0000-4000-8000-000000000000",
            SandboxDialect::Guide => "pn_00000000000040008000000000000000",
        };
        assert_eq!(case.run(&["show", missing]).await.code, 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guide_is_said_once_on_stderr_where_something_is_written_and_nowhere_else() {
    let case = Case::start(SandboxDialect::Guide, "auto").await;
    let number = text(answered(&case.owned().await), "e164").to_owned();
    let said = |ran: &Ran| ran.err.matches("dialect").count();
    for args in [&["list", "--all"][..], &["show", &number], &["search", "--country", "NG"]] {
        assert_eq!(said(&case.run(args).await), 0, "{args:?}");
    }
    let update = ["update", &number, "--outbound", "on", "--yes"];
    let ran = case.run(&update).await;
    let lines: Vec<&str> = ran.err.lines().filter(|line| line.contains("dialect")).collect();
    assert!(ran.code == 0 && lines.len() == 1 && lines[0].contains("guide"), "{ran:?}");
    let told = Case { setting: "guide", ..case };
    let ran = told.run(&["update", &number, "--outbound", "off", "--yes"]).await;
    assert_eq!((ran.code, said(&ran)), (0, 0), "who set it knows it: {ran:?}");
    let contract = Case::start(SandboxDialect::OpenApi, "auto").await;
    let ran = contract.run(&update).await;
    assert_eq!((ran.code, said(&ran)), (0, 0), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_under_json_is_one_object_that_names_the_setting() {
    let case = Case::start(SandboxDialect::Guide, "openapi").await;
    let rows = case.owned().await;
    let row = answered(&rows);
    let ran = case.run(&["update", text(row, "e164"), "--outbound", "on", "--yes", "-o", "json"]).await;
    let error: Value = serde_json::from_str(&ran.err).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_eq!(error["error"]["code"], "IGNORED_FIELD");
    assert!(text(&error["error"], "hint").contains("dialect setting"));
    let id = text(&case.for_sale().await[0], "id").to_owned();
    let endpoint = text(row, "endpoint_id");
    let ran = case.run(&["buy", &id, "--endpoint", endpoint, "--yes", "-o", "json"]).await;
    let error: Value = serde_json::from_str(&ran.err).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_eq!(error["error"]["code"], "ENDPOINT_NOT_ATTACHED");
    assert!(ran.out.contains("\"pn_"), "the record is printed beside it: {ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_looked_up_in_any_dialect_and_nothing_is_sent_twice() {
    for server in SERVERS {
        for setting in SETTINGS {
            let case = Case::start(server, setting).await;
            let rows = case.owned().await;
            let endpoint = text(answered(&rows), "endpoint_id");
            let row = case.for_sale().await.remove(0);
            case.relay.faults(&["purchase:drop-after-commit"]);
            let ran = case.run(&["buy", text(&row, "id"), "--endpoint", endpoint, "--yes"]).await;
            let record = case.record(text(&row, "e164")).await.unwrap();
            assert!(ran.err.contains("the number was found: bought"), "{ran:?}");
            if case.is_wrong() {
                case.judge("lost purchase", &ran, false, &["POST", "PATCH"]);
                assert!(record["endpoint_id"].is_null());
            } else {
                case.judge("lost purchase", &ran, true, &["POST"]);
                assert_eq!(record["endpoint_id"], *endpoint);
            }
            let case = Case::start(server, setting).await;
            let number = text(answered(&case.owned().await), "e164").to_owned();
            case.relay.faults(&["update:drop-after-commit"]);
            let ran = case.run(&["update", &number, "--outbound", "on", "--yes"]).await;
            let sent: Vec<String> = case.relay.writes().into_iter().map(|(method, _)| method).collect();
            assert_eq!(sent, ["PATCH"], "{ran:?}");
            let on = case.record(&number).await.unwrap()["allow_outbound"] == true;
            // What was ignored and lost did not happen, and that is what looking shows.
            assert_eq!((ran.code, on), if case.is_wrong() { (10, false) } else { (0, true) }, "{ran:?}");
        }
    }
}

/// A server that tells nothing of an inventory id, so that a purchase is the first that is heard
/// of its dialect.
#[tokio::test(flavor = "multi_thread")]
async fn a_dialect_that_is_heard_in_the_purchase_itself_attaches_the_endpoint() {
    let record = |endpoint: Value| {
        serde_json::json!({"id": "pn_1", "number": "+2348031234567", "country": "NG", "type": "mobile",
            "status": "active", "endpoint_id": endpoint, "allow_inbound": true, "allow_outbound": true})
    };
    let server = Faulty::start(move |_, request| match request.method.as_str() {
        "GET" => Reply::json(404, &serde_json::json!({"error": {"code": "NOT_FOUND", "message": "no"}})),
        "POST" => Reply::json(201, &record(request.json()["endpoint_id"].clone())),
        _ => Reply::json(200, &record(request.json()["endpoint_id"].clone())),
    })
    .await;
    let home = tempfile::tempdir().unwrap();
    let args = ["buy", "inv_ng_1", "--endpoint", "ep_1", "--allow-unknown-price", "--yes"];
    let ran = run(home.path(), &server.url(), OWNER, "auto", &args).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("one update attached it"), "{ran:?}");
    let bodies: Vec<Value> = server
        .requests()
        .iter()
        .filter(|request| request.method != "GET")
        .map(crate::support::faulty::Request::json)
        .collect();
    assert_eq!(
        bodies,
        [
            serde_json::json!({"inventory_id": "inv_ng_1", "endpointId": "ep_1"}),
            serde_json::json!({"endpoint_id": "ep_1"}),
        ],
        "nothing told the dialect before the purchase, so it went out in the contract's"
    );
}

#[tokio::test]
async fn a_row_whose_id_no_request_can_carry_is_shown_and_never_written_to() {
    let server = Faulty::start(|_, _| {
        Reply::json(
            200,
            &serde_json::json!([
                {"id": "n-1", "e164": "+2348030000001", "status": "active"},
                {"id": "n\u{1b}[2J", "e164": "+2348030000002", "status": "active"},
            ]),
        )
    })
    .await;
    let home = tempfile::tempdir().unwrap();
    let ran = run(home.path(), &server.url(), OWNER, "auto", &["list", "--columns", "number,id"]).await;
    assert_eq!((ran.code, ran.out.lines().count()), (0, 2), "{ran:?}");
    assert!(!ran.out.contains('\u{1b}') && ran.out.contains("u{1b}"), "{ran:?}");
    for args in [
        &["update", "+2348030000002", "--status", "inactive", "--yes"][..],
        &["release", "+2348030000002", "--yes"],
    ] {
        let ran = run(home.path(), &server.url(), OWNER, "auto", args).await;
        assert_ne!(ran.code, 0);
        assert!(ran.err.contains("Nothing was sent") && ran.err.contains("no request can name"), "{ran:?}");
    }
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn the_dashboard_says_the_dialect_once_and_writes_in_it() {
    let mut desk = Desk::open(Config { dialect: SandboxDialect::Guide, ..small() }, OWNER);
    desk.wait_for("dialect of the service's guide").await;
    desk.wait_for(" numbers").await;
    let number = desk
        .one(|number| {
            !number.is_inactive()
                && number.switches[Switch::Outbound] == Some(false)
                && number.line.valid().is_some()
        })
        .await;
    desk.select(&number).await;
    desk.press("o");
    desk.wait_for("type yes").await;
    desk.type_text("yes");
    desk.press("enter");
    desk.wait_for("Done").await;
    assert_eq!(desk.get(&number).await.switches[Switch::Outbound], Some(true));
    desk.press("esc");
    // Another list of the same server: it would be said before its first page.
    desk.shop().await;
    assert!(!desk.screen().contains("dialect"), "said once");
    desk.quit().await;
}
