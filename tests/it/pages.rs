//! Lists that are odd, as somebody meets them who types a command.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::faulty::{Faulty, Reply, Request};
use crate::support::ran::Ran;

fn row(n: u64) -> Value {
    json!({"id": format!("n-{n}"), "e164": format!("+23480{:08}", 10_000_000 + n), "country": "NG", "type": "mobile",
        "status": "active", "endpoint_id": null, "allow_inbound": true, "allow_outbound": false})
}

fn number(n: u64) -> String {
    row(n)["e164"].as_str().unwrap().to_owned()
}

/// The rows that a request asks for.
fn page(request: &Request, rows: &[Value]) -> Vec<Value> {
    let (offset, limit) =
        (request.query("offset").unwrap() as usize, request.query("limit").unwrap() as usize);
    rows.iter().skip(offset).take(limit.min(100)).cloned().collect()
}

/// A server whose owned list is as `list` says, and whose records are there one by one.
async fn server(list: impl Fn(&Request) -> Value + Send + Sync + 'static) -> Faulty {
    Faulty::start(move |_, request| {
        let path = request.target.split('?').next().unwrap();
        match path.strip_prefix("/v1/phone-numbers/n-") {
            Some(n) if request.method == "GET" => Reply::json(200, &row(n.parse().unwrap())),
            _ if request.target.contains("action=available") => Reply::json(200, &json!([row(9000)])),
            _ if path.ends_with("/endpoints") => Reply::json(404, &json!({"error": "no"})),
            _ if request.method == "GET" => Reply::json(200, &list(request)),
            _ => Reply::Close(Vec::new()),
        }
    })
    .await
}

struct Customer {
    home: TempDir,
    url: String,
}

impl Customer {
    fn of(server: &Faulty) -> Self {
        Self { home: tempfile::tempdir().unwrap(), url: server.url() }
    }

    async fn run(&self, args: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
        command
            .env_clear()
            .env("NUMDECK_STATE_DIR", self.home.path())
            .env("NUMDECK_BASE_URL", &self.url)
            .env("NUMDECK_API_KEY", "kros_test_owner")
            .args(args)
            .stdin(Stdio::null());
        tokio::task::spawn_blocking(move || Ran::run(command)).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_total_that_counts_the_page_hides_no_number_from_anybody() {
    let server = server(|request| {
        let rows = page(request, &(0..130).map(row).collect::<Vec<_>>());
        json!({"data": rows, "total": rows.len()})
    })
    .await;
    let customer = Customer::of(&server);
    let list = customer.run(&["list", "--all", "-o", "json"]).await.ok();
    assert_eq!(list.rows().len(), 130);
    let shown = customer.run(&["show", &number(129), "-o", "json"]).await.ok();
    assert_eq!(shown.json()["id"], "n-129");
    assert_eq!(customer.run(&["show", &number(130)]).await.code, 4, "a clean read may say so");
    // The last of them is bought already.
    let again =
        customer.run(&["buy", "--e164", &number(129), "--country", "NG", "--type", "mobile", "--yes"]).await;
    assert!(server.requests().iter().all(|request| request.method == "GET"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_odd_row_hides_no_other_and_nothing_is_said_to_be_missing() {
    for (odd, why) in [
        (json!(null), "is not an object"),
        (json!({"e164": number(500)}), "has no id"),
        (json!({"id": null, "e164": number(500)}), "has no id"),
        (json!({"id": "n-500", "e164": null}), "has no phone number"),
        (json!({"id": "n-3", "e164": number(500)}), "there before"),
    ] {
        let server = server(move |request| {
            let mut rows: Vec<Value> = (0..129).map(row).collect();
            rows.insert(7, odd.clone());
            page(request, &rows).into()
        })
        .await;
        let customer = Customer::of(&server);
        for args in [
            &["list", "--all", "-o", "json"][..],
            &["list", "--limit", "90", "-o", "json"],
            &["list", "--all", "--sort", "number", "-o", "json"],
        ] {
            let list = customer.run(args).await;
            assert_eq!(list.code, 1, "{why}: {list:?}");
            assert!(list.rows().len() >= 89 && list.err.contains(why), "{args:?}: {list:?}");
            assert!(list.err.contains("LIST_INCOMPLETE"), "{list:?}");
        }
        let found = customer.run(&["show", &number(128), "-o", "json"]).await.ok();
        assert_eq!(found.json()["id"], "n-128", "what is there is shown");
        let missing = customer.run(&["show", &number(500)]).await;
        assert_eq!(missing.code, 1, "{why}: {missing:?}");
        assert!(missing.err.contains("not whole"), "{missing:?}");
        // Its answer is lost, and it is for sale still: but who knows what is in the odd row.
        let number = number(9000);
        let buy = [
            "buy",
            "--e164",
            &number,
            "--country",
            "NG",
            "--type",
            "mobile",
            "--allow-unknown-price",
            "--yes",
        ];
        let bought = customer.run(&[&buy[..], &["--settle", "0s"]].concat()).await;
        assert_eq!(bought.code, 11, "{why}: {bought:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_moves_is_never_a_short_one() {
    type Moves = fn(&Request) -> Value;
    let unstable: Moves = |request| {
        let rows: Vec<Value> = match request.query("offset") {
            Some(0) => (0..100).map(row).collect(),
            Some(100) => (80..180).map(row).collect(),
            Some(200) => (200..250).map(row).collect(),
            _ => Vec::new(),
        };
        json!(rows)
    };
    let shrinking: Moves = |request| {
        let rows: Vec<Value> =
            (0..250).filter(|n| request.query("offset") == Some(0) || *n != 10).map(row).collect();
        json!({"data": page(request, &rows), "total": rows.len()})
    };
    let cut: Moves = |request| {
        let rows: Vec<Value> = (0..150).map(row).collect();
        json!({"data": page(request, &rows), "pagination": {"total": 250}})
    };
    let deaf: Moves = |request| {
        let limit = request.query("limit").unwrap().min(100);
        json!((0..limit).map(row).collect::<Vec<_>>())
    };
    for (name, moves) in [("unstable", unstable), ("shrinking", shrinking), ("cut", cut), ("deaf", deaf)] {
        let server = server(moves).await;
        let customer = Customer::of(&server);
        let list = customer.run(&["list", "--all", "-o", "ndjson"]).await;
        assert_eq!(list.code, 1, "{name}: {list:?}");
        let ids: std::collections::HashSet<String> =
            list.lines().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids.len(), list.lines().len(), "{name}: each once");
        assert!(ids.len() >= 100, "{name}: what can be read is printed");
        let missing = customer.run(&["show", &number(190)]).await;
        assert_ne!(missing.code, 4, "{name}: {missing:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_cache_has_kept_settles_nothing() {
    let spent = AtomicBool::new(false);
    let server = Faulty::start(move |_, request| {
        let answer = |body: Value| {
            let age = if spent.load(Ordering::SeqCst) { "300" } else { "0" };
            Reply::answer(200, &[("content-type", "application/json"), ("age", age)], body.to_string())
        };
        match request.target.split('?').next().unwrap() {
            _ if request.method != "GET" => {
                spent.store(true, Ordering::SeqCst);
                Reply::Close(Vec::new())
            }
            path if path.ends_with("/endpoints") => Reply::json(404, &json!({"error": "no"})),
            path if path.ends_with("/n-1") => answer(row(1)),
            path if path.ends_with("/n-9000") => answer(row(9000)),
            _ if request.target.contains("action=available") => answer(json!([row(9000)])),
            _ => answer(json!([row(1)])),
        }
    })
    .await;
    let customer = Customer::of(&server);
    let number = number(9000);
    let buy = ["buy", "--e164", &number, "--country", "NG", "--type", "mobile", "--allow-unknown-price"];
    let bought = customer.run(&[&buy[..], &["--yes", "--settle", "0s"]].concat()).await;
    assert_eq!(bought.code, 11, "the list is of before the purchase: {bought:?}");
    let list = customer.run(&["list", "--all", "-o", "json"]).await;
    assert!(list.rows().len() == 1 && list.err.contains("300 s ago"), "{list:?}");
    let shown = customer.run(&["show", "n-1"]).await;
    assert!(shown.code != 0 && shown.err.contains("300 s ago"), "{shown:?}");
    for request in server.requests() {
        assert_eq!(request.header("cache-control"), Some("no-cache"), "{}", request.target);
    }
}
