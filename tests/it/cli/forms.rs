//! Numbers, files, flags and variables as people have them: what is understood, and what is refused.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{OWNER, World, against, command, numdeck, text};
use crate::support::faulty::{Faulty, Reply, Request};
use crate::support::ran::Ran;

/// The rows of a list, one by one, and whatever is changed on them.
async fn serving(rows: Vec<Value>) -> Faulty {
    Faulty::start(move |_, request: &Request| {
        let path = request.target.split('?').next().unwrap_or_default();
        match (request.method.as_str(), path.rsplit('/').next()) {
            ("GET", Some("phone-numbers")) if request.target.contains("action=available") => {
                Reply::json(200, &json!([]))
            }
            ("GET", Some("phone-numbers")) => Reply::json(200, &Value::from(rows.clone())),
            (_, Some(id)) => match rows.iter().find(|row| row["id"] == id) {
                Some(row) if request.method == "PATCH" => {
                    let mut row = row.clone();
                    row["allow_inbound"] = json!(false);
                    Reply::json(200, &row)
                }
                Some(row) => Reply::json(200, row),
                None => Reply::json(404, &json!({"error": "no such number"})),
            },
            _ => Reply::json(404, &json!({"error": "no"})),
        }
    })
    .await
}

fn row(id: u32, e164: &str) -> Value {
    json!({"id": format!("00000000-0000-4000-8000-{id:012}"), "e164": e164, "country": "NG", "type": "mobile",
        "status": "active", "endpoint_id": null, "allow_inbound": true, "allow_outbound": false})
}

fn file(name: &str, bytes: &[u8]) -> String {
    let dir = concat!(env!("CARGO_TARGET_TMPDIR"), "/files");
    std::fs::create_dir_all(dir).unwrap();
    let path = format!("{dir}/{name}");
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn a_number_is_shown_and_listed_from_any_form_that_it_is_had_in() {
    let world = World::small();
    let line = text(&world.owned()[0], "e164").to_owned();
    let (start, rest) = line.split_at(line.len() - 8);
    for form in [
        format!("\u{202a}{start} {rest}\u{202c}"),
        format!("{start}\u{2013}{rest}"),
        format!("'{line}"),
        format!("=\"{line}\""),
        format!("Tel: {start} {rest}"),
        format!("\"Front desk\" <sip:{line}@10.0.0.1:5060>;tag=1"),
        format!("{line};ext=123"),
        format!("{start} {rest} x123"),
    ] {
        let shown = world.run(&["show", &form, "--plain"]).ok();
        assert!(shown.out.contains(&format!("number: {line}\n")), "{form}: {shown:?}");
        let listed = world.run(&["list", &form, "--columns", "number"]).ok();
        assert_eq!(listed.out, format!("{line}\n"), "{form}");
    }
}

#[tokio::test]
async fn a_decimal_point_never_makes_it_another_number() {
    let server = serving(vec![row(1, "+23498251141"), row(2, "+234982511410")]).await;
    for (name, text) in [("float.csv", "number\n23498251141.0\n"), ("float.txt", "23498251141.0\n")] {
        let path = file(name, text.as_bytes());
        let ran = against(&server, OWNER, &["update", "--file", &path, "--inbound", "off", "--yes"]).await;
        assert_eq!(ran.code, 2, "{ran:?}");
    }
    let ran = against(&server, OWNER, &["update", "23498251141.0", "--inbound", "off", "--yes"]).await;
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(server.requests().iter().all(|request| request.method == "GET"), "nothing is changed");
}

#[tokio::test]
async fn a_file_costs_no_request_a_line_and_is_judged_whole() {
    let rows: Vec<Value> = (1..90).map(|n| row(n, &format!("+23480{:08}", 10_000_000 + n))).collect();
    let server = serving(rows).await;
    let lines: String = (1..90).map(|n| format!("+23480{:08};NG\r\n", 10_000_000 + n)).collect();
    let path = file("semicolons.csv", format!("number;country\r\n{lines}").as_bytes());
    let dry = ["--inbound", "off", "--dry-run", "-o", "ndjson"];
    let ran = against(&server, OWNER, &[&["update", "--file", &path], &dry[..]].concat()).await.ok();
    assert_eq!(ran.lines().len(), 89);
    assert!(server.requests().len() <= 3, "{}", server.requests().len());
    for (name, text, said) in [
        ("total.csv", "id\n00000000-0000-4000-8000-000000000001\nTotal\n", "line 3"),
        ("quarter.txt", "00000000-0000-4000-8000-000000000001\nQ3\n", "line 2"),
        ("rounded.csv", "number,x\n4.42E+11,y\n", "line 2"),
        ("quote.csv", "number,note\n+2348010000001,\"front\n+2348010000002,x\n", "line 2: a quote"),
    ] {
        let path = file(name, text.as_bytes());
        let ran = against(&server, OWNER, &[&["update", "--file", &path], &dry[..]].concat()).await;
        assert!(ran.code == 2 && ran.err.contains(said) && ran.out.is_empty(), "{name}: {ran:?}");
    }
    let path = file(
        "utf16.csv",
        &"\u{feff}number\n+2348010000001\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
    );
    against(&server, OWNER, &[&["update", "--file", &path], &dry[..]].concat()).await.ok();
}

#[tokio::test]
async fn an_empty_number_is_not_bought_whatever_is_allowed() {
    for e164 in [json!(""), json!("+12"), json!(" ")] {
        let offer = json!({"id": "inv-1", "e164": e164, "country": "NG", "type": "mobile"});
        let server = Faulty::start(move |_, request: &Request| match request.target.contains("inv-1") {
            true => Reply::json(200, &offer),
            false => Reply::json(200, &json!([])),
        })
        .await;
        let path = file("empty.txt", b"inv-1\n");
        for what in [&["inv-1"][..], &["--file", path.as_str()]] {
            let ran =
                against(&server, OWNER, &[&["buy"], what, &["--yes", "--allow-unknown-price"]].concat())
                    .await;
            assert_eq!(ran.code, 2, "{e164}: {ran:?}");
        }
        for nothing in ["", " ", "\u{200b}", "+", "0803 123"] {
            let ran = against(&server, OWNER, &["buy", nothing, "--yes", "--allow-unknown-price"]).await;
            assert_eq!(ran.code, 2, "{nothing:?}: {ran:?}");
        }
        assert!(server.requests().iter().all(|request| request.method == "GET"));
    }
}

#[tokio::test]
async fn a_number_that_can_not_be_is_not_bought_though_only_the_inventory_shows_it() {
    for (e164, buys) in [("", false), ("abc", false), ("+", false), ("911", false), ("+1234567", false)]
        .into_iter()
        .chain([("+2348010000001", true)])
    {
        let offer = json!({"id": "inv-1", "e164": e164, "country": "NG", "type": "mobile"});
        let server = Faulty::start(move |_, request: &Request| match request.method.as_str() {
            "POST" => Reply::json(201, &row(1, "+2348010000001")),
            _ if request.target.contains("inv-1") => Reply::json(404, &json!({"error": "no"})),
            _ if request.target.contains("available") && !request.target.contains("offset=1") => {
                Reply::json(200, &json!([offer]))
            }
            _ => Reply::json(200, &json!([])),
        })
        .await;
        let path = file("offered.csv", b"inventory_id,country\ninv-1,NG\n");
        let ran = against(&server, OWNER, &["buy", "--file", &path, "--yes", "--allow-unknown-price"]).await;
        assert_eq!(ran.code, if buys { 0 } else { 2 }, "{e164}: {ran:?}");
        assert_eq!(server.requests().iter().any(|request| request.method == "POST"), buys, "{e164}");
        let path = file("beside.csv", b"inventory_id,number\ninv-1,+2348010000002\n");
        let ran =
            against(&server, OWNER, &["buy", "--file", &path, "--dry-run", "--allow-unknown-price"]).await;
        assert_eq!(ran.code, 2, "the number beside the id is another: {e164}: {ran:?}");
    }
    let server = serving(vec![]).await;
    let what = ["buy", "--e164", "+1234567", "--country", "US", "--type", "local", "--yes"];
    let ran = against(&server, OWNER, &what).await;
    assert!(ran.code == 2 && ran.err.contains("+1234567 can be no phone number"), "{ran:?}");
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn an_id_and_a_number_of_two_records_change_neither() {
    let server = serving(vec![row(1, "+2348010000001"), row(2, "+2348010000002")]).await;
    let id = text(&row(1, "+2348010000001"), "id").to_owned();
    for (name, rows) in [
        ("two.csv", format!("id,number\n{id},+2348010000002\n")),
        ("two.json", format!("{{\"id\":\"{id}\",\"e164\":\"+2348010000002\"}}\n")),
    ] {
        let path = file(name, rows.as_bytes());
        for verb in [&["update", "--inbound", "off"][..], &["release"]] {
            let ran = against(&server, OWNER, &[verb, &["--file", &path, "--yes"]].concat()).await;
            assert!(ran.code == 2 && ran.err.contains("its id is that of"), "{name}: {ran:?}");
        }
    }
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn what_can_be_no_number_goes_into_no_request_and_a_password_into_no_error() {
    let server = serving(vec![row(1, "+2348010000001")]).await;
    for verb in [
        &["show"][..],
        &["delete", "--confirm", "x"],
        &["release"],
        &["update", "--inbound", "off"],
        &["check"],
        &["buy"],
        &["list"],
    ] {
        for what in [
            "sip:user:hunter2@host",
            "\"Front\" <sips:user:hunter2@host>",
            "a/../b",
            "sip:user:hunter2@host?x",
        ] {
            let ran = against(&server, OWNER, &[verb, &[what]].concat()).await;
            assert!(ran.code != 0 || verb == ["list"], "{verb:?} {what}: {ran:?}");
            assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
        }
    }
    for request in server.requests() {
        assert!(!request.target.contains("host") && !request.target.contains(".."), "{}", request.target);
    }
}

#[tokio::test]
async fn a_404_of_one_id_proves_nothing_before_the_list_was_read() {
    let listed = Faulty::start(|_, request: &Request| match request.target.ends_with("000001") {
        true => Reply::json(404, &json!({"error": "no route"})),
        false => Reply::json(200, &json!([row(1, "+2348010000001")])),
    })
    .await;
    let there = "00000000-0000-4000-8000-000000000001";
    let ran = against(&listed, OWNER, &["show", there]).await;
    assert!(ran.code == 1 && ran.err.contains("lists"), "{ran:?}");
    let ran = against(&serving(Vec::new()).await, OWNER, &["show", there]).await;
    assert_eq!(ran.code, 4, "{ran:?}");
    let broken = Faulty::start(|_, request: &Request| match request.target.contains('?') {
        true => Reply::json(500, &json!({"error": "down"})),
        false => Reply::json(404, &json!({"error": "no"})),
    })
    .await;
    assert_eq!(against(&broken, OWNER, &["show", there]).await.code, 10);
}

#[test]
fn a_value_that_nothing_is_called_by_is_an_error() {
    let world = World::small();
    for (expression, said) in [
        ("country:NGA", "two letters"),
        ("country:uk", "GB"),
        ("type:tollfree", "toll_free"),
        ("!status:bogus", "inactive"),
    ] {
        for verb in ["list", "check"] {
            let ran = world.run(&[verb, expression]);
            assert!(
                ran.code == 2 && ran.out.is_empty() && ran.err.contains(said),
                "{verb} {expression}: {ran:?}"
            );
        }
    }
    for args in [
        &["search", "--country", "uk"][..],
        &["buy", "--e164", "+442079460000", "--country", "UK", "--type", "local"],
    ] {
        let ran = world.run(args);
        assert!(ran.code == 2 && ran.err.contains("GB"), "{ran:?}");
    }
    let ran = world.run(&["search", "--country", "NG", "--pattern", "0803*"]);
    assert!(ran.code == 2 && ran.err.contains("country code"), "{ran:?}");
}

#[tokio::test]
async fn a_value_that_the_server_uses_is_none_of_them() {
    let mut odd = row(1, "+2348010000001");
    odd["type"] = json!("voip");
    odd["status"] = json!("suspended");
    let server = serving(vec![odd]).await;
    for expression in ["type:voip", "status:susp", "!type:local status:suspended"] {
        let ran = against(&server, OWNER, &["list", expression]).await.ok();
        assert!(ran.out.starts_with("+2348010000001"), "{ran:?}");
    }
}

#[test]
fn what_is_no_text_is_named_and_nothing_is_sent() {
    let world = World::small();
    let bad = OsStr::from_bytes(b"\xff\xfe");
    for name in
        ["NUMDECK_BASE_URL", "NUMDECK_PROFILE", "NUMDECK_ORG", "NUMDECK_API_KEY", "HTTPS_PROXY", "no_proxy"]
    {
        let mut list = command(&world.0.base_url(), OWNER, &["list"]);
        let ran = Ran::run(list.env(name, bad));
        assert!(ran.code == 2 && ran.err.contains(name), "{name}: {ran:?}");
    }
    let mut list = command(&world.0.base_url(), OWNER, &["list", "--limit", "1"]);
    Ran::run(list.env("NO_COLOR", bad)).ok();
    for args in [&["list"][..], &["show"], &["-o", "json", "show"], &["update", "--inbound", "off"]] {
        let ran = Ran::run(command(&world.0.base_url(), OWNER, args).arg(bad));
        assert!(ran.code == 2 && ran.err.contains("UTF-8") && !ran.err.contains("panicked"), "{ran:?}");
    }
}

#[test]
fn a_key_file_may_begin_with_a_byte_order_mark() {
    let world = World::small();
    let path = file("key", b"\xef\xbb\xbfkros_test_owner\r\n");
    numdeck(&world.0.base_url(), "", &["--api-key-file", &path, "list", "--limit", "1"]).ok();
}

#[test]
fn a_full_disk_is_an_error_and_hides_nothing_that_was_done() {
    let world = World::small();
    let numbers: Vec<String> = world.quiet().iter().take(3).map(|row| text(row, "e164").to_owned()).collect();
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let run = |args: &[&str]| {
        Ran::run(command(&world.0.base_url(), OWNER, args).stdout(full()).stderr(Stdio::piped()))
    };
    for args in [&["list"][..], &["list", "-o", "json"], &["--version"], &["show", &numbers[0]]] {
        let ran = run(args);
        assert!(ran.code == 1 && ran.err.contains("cannot write"), "{args:?}: {ran:?}");
    }
    let ran = run(&["update", &numbers[0], "--outbound", "on", "--yes"]);
    assert!(ran.code == 1 && ran.err.contains("Done"), "{ran:?}");
    let ran = run(&["update", &numbers[1], &numbers[2], "--outbound", "on", "--yes"]);
    assert!(ran.code == 1 && ran.err.contains("2 done"), "{ran:?}");
    for number in &numbers[1..] {
        assert!(ran.err.contains(&format!("done  {number}")), "{ran:?}");
    }
}

#[tokio::test]
async fn digits_of_any_length_are_kept_and_nothing_hides_in_json() {
    let mut odd = row(1, "+2348010000001");
    odd["tenant"] = serde_json::from_str("123456789012345678901234567890").unwrap();
    odd["note"] = json!("a\u{202e}b\u{9b}");
    odd["endpoint_id"] = json!("=cmd()");
    let server = serving(vec![odd]).await;
    for form in ["json", "ndjson"] {
        let ran = against(&server, OWNER, &["list", "-o", form]).await.ok();
        assert!(
            ran.out.contains(":123456789012345678901234567890") && ran.out.contains(r"a\u202eb\u009b"),
            "{ran:?}"
        );
    }
    let ran = against(&server, OWNER, &["list", "-o", "csv", "--columns", "number,endpoint"]).await.ok();
    assert_eq!(ran.out, "number,endpoint\r\n+2348010000001,'=cmd()\r\n");
}
