//! What commands say of money when things are not as they were: other organizations, other prices,
//! doubts, and what can not be undone.

use std::time::Duration;

use rustix::process::{Pid, Signal};

use super::*;

const INV_1: &str = r#"{"id":"inv-1","e164":"+2348037771000","country":"NG","type":"mobile",
    "inventory":{"setup_cost_cents":500,"monthly_cost_cents":400}}"#;

fn row(id: &str, n: u64) -> Value {
    json!({"id": id, "e164": format!("+23480377710{n:02}"), "country": "NG", "type": "mobile",
        "status": "active", "endpoint_id": null, "allow_inbound": true, "allow_outbound": false,
        "inventory": {"setup_cost_cents": 500, "monthly_cost_cents": 400}})
}

/// A server of whatever organization it likes, whose inventory are `inv-0`, `inv-1`, ….
async fn theirs(organization: &'static str) -> Faulty {
    Faulty::start(move |_, request| {
        let path = request.target.split('?').next().unwrap();
        let id = path.rsplit('/').next().unwrap();
        match request.method.as_str() {
            "POST" => {
                let n = request.json()["inventory_id"].as_str().unwrap()[4..].parse().unwrap();
                let mut bought = row(&format!("n-{n}"), n);
                bought["organization_id"] = json!(organization);
                Reply::json(201, &bought)
            }
            "GET" if id.starts_with("inv-") => Reply::json(200, &row(id, id[4..].parse().unwrap())),
            "GET" => Reply::json(200, &json!([])),
            method => panic!("{method} {}", request.target),
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_of_another_organization_ends_buying_aloud() {
    for (ids, code) in [(&["inv-0", "inv-1", "inv-2"][..], 12), (&["inv-0"], 5)] {
        let server = theirs("org-theirs").await;
        let args = [&["buy"], ids, &["--endpoint", "ep-1", "--yes", "--org", "org-ours"]].concat();
        let ran = against(&server, "kros_live_x", &args).await;
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.err.contains("organization org-theirs, not of the named one"), "{ran:?}");
        let writes = server.requests().iter().filter(|request| request.method != "GET").count();
        assert_eq!(writes, 1, "no second purchase, and no endpoint is attached there: {ran:?}");
        assert!(ran.out.contains("n-0"), "what was bought is printed: {ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_that_another_process_waits_for_is_open_to_everybody_else() {
    let server = Faulty::start(|_, request| match request.method.as_str() {
        "POST" => Reply::Hang(Vec::new()),
        _ if request.target.contains("inv-1") => {
            Reply::answer(200, &[("content-type", "application/json")], INV_1)
        }
        _ => Reply::json(200, &json!([])),
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let (url, place) = (server.url(), state.path().to_owned());
    let mut buys = tokio::task::spawn_blocking(move || {
        let mut command = command(&url, OWNER, &["buy", "inv-1", "--yes"]);
        command.env("NUMDECK_STATE_DIR", place).stdin(Stdio::null()).stderr(Stdio::null());
        command.stdout(Stdio::null()).spawn().unwrap()
    })
    .await
    .unwrap();
    while !server.requests().iter().any(|request| request.method == "POST") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let url = server.url();
    let ran = tokio::task::spawn_blocking(move || {
        remembering(state.path(), &url)(&["purchases", "resolve", "-o", "json"])
    })
    .await
    .unwrap();
    buys.kill().unwrap();
    buys.wait().unwrap();
    assert_eq!(ran.code, 11, "{ran:?}");
    assert_eq!((ran.rows().len(), &ran.rows()[0]["outcome"]), (1, &json!("unknown")), "{ran:?}");
    assert_eq!(error(&ran)["code"], "OUTCOME_UNKNOWN", "{ran:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_tells_the_number_that_only_the_answer_told() {
    // It says nothing of an id that is for sale.
    let server = Faulty::start(|_, request| match request.method.as_str() {
        "POST" => Reply::json(201, &row("n-1", 1)),
        _ if request.target.contains("/inv-1") => Reply::json(404, &json!({"error": "no"})),
        _ => Reply::json(200, &json!([])),
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let url = server.url();
    let (bought, listed) = tokio::task::spawn_blocking(move || {
        let run = remembering(state.path(), &url);
        let bought = run(&["buy", "inv-1", "--yes", "--allow-unknown-price"]);
        (bought, run(&["purchases", "list", "-o", "json"]))
    })
    .await
    .unwrap();
    assert_eq!(bought.code, 0, "{bought:?}");
    let entry = &listed.rows()[0];
    assert_eq!((&entry["e164"], &entry["inventory_id"]), (&json!("+2348037771001"), &json!("inv-1")));
    assert_eq!((&entry["outcome"], &entry["reviewed_cents"]), (&json!("bought"), &Value::Null));
}

#[test]
fn what_can_not_be_undone_is_said_and_nothing_older_is_undone_in_its_place() {
    let state = tempfile::tempdir().unwrap();
    let world = World::small();
    let url = world.0.base_url();
    let run = remembering(state.path(), &url);
    let quiet = world.quiet();
    let (changed, released) = (&quiet[0], &quiet[1]);
    assert_eq!(run(&["update", text(changed, "id"), "--outbound", "on", "--yes"]).code, 0);
    assert_eq!(run(&["release", text(released, "id"), "--yes"]).code, 0);
    let ran = run(&["undo", "--yes"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.err.contains("can not be undone") && ran.err.contains("it was the last change"), "{ran:?}");
    let hint = ran.err.split("numdeck undo ").nth(1).unwrap().split(' ').next().unwrap();
    assert_eq!(run(&["undo", hint, "--yes"]).code, 0, "the one before it, by its name");
    let owned = world.owned();
    let now = owned.iter().find(|row| row["id"] == changed["id"]).unwrap();
    assert_eq!(now["allow_outbound"], false);

    let bought = text(&world.for_sale("NG")[0], "id").to_owned();
    assert_eq!(run(&["buy", &bought, "--yes"]).code, 0);
    let number = run(&["purchases", "list", "-o", "json"]).rows()[0]["e164"].as_str().unwrap().to_owned();
    let ran = run(&["undo", &number, "--yes"]);
    assert_eq!(ran.code, 5, "a purchase is known, and no change: {ran:?}");
}

#[test]
fn an_undo_that_did_not_happen_can_be_done_still_and_only_once() {
    let state = tempfile::tempdir().unwrap();
    let world = World::small();
    let url = world.0.base_url();
    let run = remembering(state.path(), &url);
    let number = &world.quiet()[0];
    assert_eq!(run(&["update", text(number, "id"), "--outbound", "on", "--yes"]).code, 0);
    world.broken(&["update:drop-before"]);
    assert_eq!(run(&["undo", "--yes"]).code, 10, "it was looked up, and did not happen");
    world.broken(&[]);
    let again = run(&["undo", "--yes"]);
    assert_eq!(again.code, 0, "so it can be done still: {again:?}");
    assert_eq!(run(&["undo", "--yes"]).code, 5, "and only once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_interrupts_while_a_doubt_is_settled_buys_nothing_more() {
    // It forgets the endpoint of a purchase, and answers neither that nor the update that attaches it.
    let server = Faulty::start(|before, request| match request.method.as_str() {
        "POST" | "PATCH" => Reply::Hang(Vec::new()),
        _ if request.target.contains("/inv-") => {
            let id = request.target.rsplit('/').next().unwrap();
            Reply::json(200, &row(id, id[4..].parse().unwrap()))
        }
        _ if request.target.contains("action=assigned") && before > 1 => {
            Reply::json(200, &json!([row("n-1", 1)]))
        }
        _ if request.target.contains("/n-1") => Reply::json(200, &row("n-1", 1)),
        _ => Reply::json(200, &json!([])),
    })
    .await;
    let state = tempfile::tempdir().unwrap();
    let start = |args: &[&str]| {
        let mut command = command(&server.url(), OWNER, args);
        command.env("NUMDECK_STATE_DIR", state.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let arrived = async |method: &str| {
        while !server.requests().iter().any(|request| request.method == method) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut first = start(&["buy", "inv-1", "--endpoint", "ep-1", "--yes"]);
    arrived("POST").await;
    first.kill().unwrap();
    first.wait().unwrap();
    let second = start(&["buy", "inv-1", "inv-2", "--endpoint", "ep-1", "--yes", "--timeout", "4s"]);
    arrived("PATCH").await;
    rustix::process::kill_process(Pid::from_child(&second), Signal::INT).unwrap();
    let ran = tokio::task::spawn_blocking(move || Ran::of(second.wait_with_output().unwrap())).await.unwrap();
    assert_eq!(ran.code, 130, "{ran:?}");
    let sent: Vec<String> = server.requests().into_iter().map(|request| request.method).collect();
    assert_eq!(sent.iter().filter(|method| *method == "POST").count(), 1, "{ran:?}");
    assert_eq!(sent.iter().filter(|method| *method == "PATCH").count(), 1, "{ran:?}");
}
