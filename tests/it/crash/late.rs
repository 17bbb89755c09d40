//! Servers that do what was asked after whoever asked was killed, or was told that it failed.

use super::*;

/// So long after it arrived a write happens.
const DELAY: Duration = Duration::from_millis(1_500);

/// What asks for each of the four writes, and its method.
const WRITES: [(&str, &[&str]); 4] = [
    ("POST", &["buy", "inv-7", "--yes"]),
    ("PATCH", &["update", "n-1", "--inbound", "off", "--yes"]),
    ("DELETE", &["release", "n-1", "--yes"]),
    ("DELETE", &["delete", "n-1", "--confirm", "+2348030000001"]),
];

fn record(id: &str, digits: u64) -> Value {
    json!({
        "id": id, "e164": format!("+{digits}"), "country": "NG", "type": "mobile", "status": "active",
        "endpoint_id": null, "allow_inbound": true, "allow_outbound": false,
        "inventory": {"setup_cost_cents": 100, "monthly_cost_cents": 50},
    })
}

/// The state of a world in which one write was sent.
fn world(write: Option<&Request>) -> Vec<Value> {
    let mut owned = record("n-1", 2_348_030_000_001);
    match write.map(|write| (write.method.as_str(), write.target.contains("action=release"))) {
        None => vec![owned],
        Some(("POST", _)) => vec![owned, record("n-7", 2_348_030_000_007)],
        Some(("DELETE", false)) => vec![],
        Some(("DELETE", true)) => {
            owned["status"] = json!("inactive");
            vec![owned]
        }
        Some(_) => {
            owned["allow_inbound"] = json!(false);
            vec![owned]
        }
    }
}

/// A server that does each write `DELAY` after it arrived, or never, and answers it by `fate`.
async fn slow(fate: Reply, happens: bool) -> Faulty {
    let sent: Mutex<Option<(Instant, Request)>> = Mutex::default();
    Faulty::start(move |_, request| {
        let mut sent = sent.lock().unwrap();
        if request.method != "GET" {
            sent.get_or_insert_with(|| (Instant::now(), request.clone()));
            return fate.clone();
        }
        let done = sent.as_ref().filter(|(at, _)| happens && at.elapsed() >= DELAY);
        let owned = world(done.map(|(_, write)| write));
        let path = request.target.split('?').next().unwrap();
        match path.rsplit('/').next().unwrap() {
            "phone-numbers" if request.target.contains("action=available") => {
                Reply::json(200, &json!([record("inv-7", 2_348_030_000_007)]))
            }
            "phone-numbers" => Reply::json(200, &json!(owned)),
            "inv-7" => Reply::json(200, &record("inv-7", 2_348_030_000_007)),
            id => match owned.iter().find(|row| row["id"] == id) {
                Some(row) => Reply::json(200, row),
                None => Reply::json(404, &json!({"error": "no such number", "code": "NOT_FOUND"})),
            },
        }
    })
    .await
}

fn writes(server: &Faulty) -> usize {
    server.requests().iter().filter(|request| request.method != "GET").count()
}

async fn run(customer: &Customer, args: &[&str]) -> Ran {
    let mut command = customer.command(args);
    Ran::of(tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap())
}

fn with<'a>(args: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [args, more].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_gateway_gave_up_on_and_happens_later_is_done_and_sent_once() {
    let gave_up = || Reply::json(504, &json!({"error": "upstream timed out"}));
    let all = WRITES.iter().flat_map(|write| [(write, gave_up()), (write, Reply::Hang(Vec::new()))]);
    let cases = all.map(|((method, args), fate)| async move {
        let hangs = matches!(fate, Reply::Hang(_));
        let server = slow(fate, true).await;
        let customer = Customer::of(server.url());
        let mut args = with(args, &["--settle", "20s", "-o", "json"]);
        if hangs {
            args.extend(["--timeout", "500ms"]);
        }
        let ran = run(&customer, &args).await;
        assert_eq!(ran.code, Some(0), "{method} {args:?}: {ran:?}");
        assert_eq!(writes(&server), 1, "{method} {args:?}");
        assert!(!ran.err.contains("did not happen"), "{ran:?}");
    });
    futures_util::future::join_all(cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_after_its_client_was_killed_is_not_sent_again() {
    let cases = WRITES.map(|(method, args)| async move {
        let server = slow(Reply::Hang(Vec::new()), true).await;
        let customer = Customer::of(server.url());
        let args = with(args, &["--settle", "20s"]);
        let mut child = customer.start(&args);
        while writes(&server) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let again = run(&customer, &args).await;
        assert_eq!(writes(&server), 1, "{method}: {again:?}");
        assert!(matches!(again.code, Some(0 | 4)), "{method}: {again:?}");
        let resolved = run(&customer, &["purchases", "resolve", "--settle", "20s"]).await;
        assert_eq!(resolved.code, Some(0), "{method}: {resolved:?}");
    });
    futures_util::future::join_all(cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_called_undone_before_it_can_not_happen_any_more() {
    let cases = WRITES.map(|(method, args)| async move {
        let server = slow(Reply::json(502, &json!({"error": "bad gateway"})), false).await;
        let customer = Customer::of(server.url());
        let began = Instant::now();
        let ran = run(&customer, &with(args, &["--settle", "3s"])).await;
        assert_eq!(ran.code, Some(10), "{method}: {ran:?}");
        assert!(began.elapsed() >= Duration::from_secs(3), "it was waited for");
        assert!(ran.err.contains("did not happen"), "{ran:?}");
        assert_eq!(writes(&server), 1);
    });
    futures_util::future::join_all(cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_interrupts_the_wait_leaves_it_in_doubt() {
    let cases = WRITES.map(|(method, args)| async move {
        let server = slow(Reply::json(504, &json!({"error": "gave up"})), false).await;
        let customer = Customer::of(server.url());
        let child = customer.start(&with(args, &["--settle", "10m"]));
        while writes(&server) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let pid = child.id().to_string();
        let interrupt = async || {
            assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        };
        tokio::time::sleep(Duration::from_millis(300)).await;
        interrupt().await;
        let ended = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
        let ran = Ran::of(ended);
        assert_eq!(ran.code, Some(11), "{method}: {ran:?}");
        let open = run(&customer, &["purchases", "resolve", "--settle", "0s"]).await;
        assert_eq!(open.code, Some(0), "it can be settled later: {open:?}");
    });
    futures_util::future::join_all(cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_already_so_while_its_opposite_may_still_happen() {
    let opposites: [(&[&str], &[&str]); 3] = [
        (&["update", "n-1", "--inbound", "off", "--yes"], &["update", "n-1", "--inbound", "on", "--yes"]),
        (&["release", "n-1", "--yes"], &["update", "n-1", "--status", "active", "--yes"]),
        (
            &["release", "n-1", "--yes"],
            &["buy", "--e164", "+2348030000001", "--country", "NG", "--type", "mobile", "--yes"],
        ),
    ];
    let cases = opposites.map(|(first, then)| async move {
        let server = slow(Reply::Hang(Vec::new()), true).await;
        let customer = Customer::of(server.url());
        let mut child = customer.start(&with(first, &["--settle", "20s"]));
        while writes(&server) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let dry = run(&customer, &with(then, &["--settle", "20s", "--dry-run"])).await;
        assert_eq!(dry.code, Some(11), "{then:?}: {dry:?}");
        let began = Instant::now();
        let ran = run(&customer, &with(then, &["--settle", "20s", "--timeout", "1s"])).await;
        assert!(began.elapsed() > Duration::from_millis(500), "{then:?}: {ran:?}");
        assert!(!ran.err.contains("already"), "{then:?}: {ran:?}");
    });
    futures_util::future::join_all(cases).await;
}
