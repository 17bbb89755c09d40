//! The commands, as a script sees them: the real binary against the sandbox, and against servers
//! that no sandbox would be.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, mpsc};

use numdeck::sandbox::{Config, Fault, Sandbox};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::faulty::{Faulty, Reply, Request};
use crate::support::ran::Ran;

const OWNER: &str = "kros_test_owner";
const MAIN: &str = "a1000000-0000-4000-8000-000000000001";
const SECOND: &str = "a1000000-0000-4000-8000-000000000002";

/// All forms but the table, which needs a terminal and is tested beside its code.
const FORMS: [&[&str]; 5] = [&[], &["--plain"], &["-o", "json"], &["-o", "ndjson"], &["-o", "csv"]];

/// The binary in an environment of nothing but what is given.
fn command(url: &str, key: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
    command.env_clear().env("NUMDECK_BASE_URL", url).stdin(Stdio::null());
    if !args.contains(&"--settle") {
        // What these servers lose does not happen later.
        command.args(["--settle", "0s"]);
    }
    command.args(args);
    command.env("NUMDECK_STATE_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
    if !key.is_empty() {
        command.env("NUMDECK_API_KEY", key);
    }
    command
}

/// Takes away what is kept of an earlier server on this port: systems give ports out again.
fn forget(port: u16) {
    let state = std::path::Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
    let folders = std::fs::read_dir(state).into_iter().flatten().flatten();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().flatten());
    for file in files.filter(|file| file.file_name().to_string_lossy().contains(&format!(".3a.{port}.2f."))) {
        std::fs::remove_file(file.path()).ok();
    }
}

fn numdeck(url: &str, key: &str, args: &[&str]) -> Ran {
    Ran::run(command(url, key, args))
}

/// A world, and the owner of its first organization.
struct World(Sandbox);

impl World {
    fn new(owned: u32, inventory: u32) -> Self {
        let sandbox = Sandbox::start(Config { owned, inventory, ..Config::default() }).unwrap();
        forget(sandbox.addr().port());
        Self(sandbox)
    }

    fn small() -> Self {
        Self::new(30, 400)
    }

    fn run_as(&self, key: &str, args: &[&str]) -> Ran {
        numdeck(&self.0.base_url(), key, args)
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_as(OWNER, args)
    }

    fn broken(&self, faults: &[&str]) -> &Self {
        self.0.set_faults(faults.iter().map(|spec| spec.parse::<Fault>().unwrap()).collect());
        self
    }

    fn owned(&self) -> Vec<Value> {
        self.run(&["list", "--all", "-o", "json"]).ok().rows()
    }

    /// Owned numbers in use that may not call out.
    fn quiet(&self) -> Vec<Value> {
        let mut rows = self.owned();
        rows.retain(|row| row["status"] == "active" && row["allow_outbound"] == false);
        rows
    }

    /// Owned numbers in use that somebody answers.
    fn answered(&self) -> Vec<Value> {
        let mut rows = self.owned();
        rows.retain(|row| {
            row["status"] == "active" && row["endpoint_id"].is_string() && row["allow_inbound"] == true
        });
        rows
    }

    fn for_sale(&self, country: &str) -> Vec<Value> {
        self.run(&["search", "--country", country, "--all", "-o", "json"]).ok().rows()
    }
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap()
}

/// Setup and first month of a number for sale.
fn cents(row: &Value) -> i64 {
    let of = |name: &str| row["inventory"][name].as_i64().unwrap();
    of("setup_cost_cents") + of("monthly_cost_cents")
}

fn error(ran: &Ran) -> Value {
    let value: Value = serde_json::from_str(&ran.err).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    value["error"].clone()
}

/// Runs without blocking a server that lives in the same test.
async fn against(server: &Faulty, key: &str, args: &[&str]) -> Ran {
    let mut command = command(&server.url(), key, args);
    command.env("NUMDECK_STATE_DIR", server.state());
    tokio::task::spawn_blocking(move || Ran::run(command)).await.unwrap()
}

fn record(n: u64) -> Value {
    json!({"id": format!("n-{n}"), "e164": format!("+2348030{n:06}"), "country": "NG", "status": "active"})
}

/// A list of so many numbers, as the contract has it: an array and no total.
fn shelf(rows: u64) -> impl Fn(usize, &Request) -> Reply + Send + Sync {
    move |_, request| {
        let offset = request.query("offset").unwrap_or(0).min(rows);
        let end = (offset + request.query("limit").unwrap_or(20)).min(rows);
        Reply::json(200, &(offset..end).map(record).collect())
    }
}

// ---- traces ----

#[tokio::test]
async fn requests_name_the_trace_that_a_run_belongs_to_and_nothing_that_is_none() {
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (variable, sent) in [(trace, Some(trace)), ("not a trace", None), ("", None)] {
        let server = Faulty::start(shelf(3)).await;
        let mut list = command(&server.url(), OWNER, &["list"]);
        list.env("NUMDECK_STATE_DIR", server.state()).env("TRACEPARENT", variable);
        tokio::task::spawn_blocking(move || Ran::run(list).ok()).await.unwrap();
        let requests = server.requests();
        assert!(!requests.is_empty());
        assert!(requests.iter().all(|request| request.header("traceparent") == sent), "{variable}");
    }
}

// ---- lists ----

#[test]
fn a_list_is_the_same_in_every_form() {
    let world = World::small();
    let rows = world.owned();
    assert_eq!(rows.len(), 30);
    let numbers: Vec<&str> = rows.iter().map(|row| text(row, "e164")).collect();
    let tabs = world.run(&["list"]).ok().out;
    let first: Vec<&str> = tabs.lines().next().unwrap().split('\t').collect();
    assert_eq!(first.len(), 8, "{tabs}");
    assert_eq!(tabs.lines().map(|line| line.split('\t').next().unwrap()).collect::<Vec<_>>(), numbers);
    let ndjson = world.run(&["list", "-o", "ndjson"]).ok().out;
    let lines: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, rows);
    let csv = world.run(&["list", "-o", "csv", "--columns", "e164,in"]).ok().out;
    assert!(csv.starts_with("e164,in\r\n+"), "{csv}");
    assert_eq!(csv.matches("\r\n").count(), 31);
    let plain = world.run(&["list", "--plain", "--columns", "number,id"]).ok().out;
    let wanted: Vec<String> =
        rows.iter().map(|row| format!("number: {}\nid: {}\n", text(row, "e164"), text(row, "id"))).collect();
    assert_eq!(plain, wanted.join("\n"));
}

#[test]
fn columns_are_chosen_with_or_without_blanks_and_order_the_keys_of_json_too() {
    let world = World::small();
    let tight = world.run(&["list", "--columns", "status,number,id"]).ok();
    let loose = world.run(&["list", "--columns", " status, number ,id"]).ok();
    assert_eq!(tight.out, loose.out);
    for (form, between) in [("json", "[\n{"), ("ndjson", "{")] {
        let out = world.run(&["list", "--columns", "status, e164,id", "-n", "1", "-o", form]).ok().out;
        let start = format!("{between}\"status\":");
        assert!(out.starts_with(&start), "{out}");
        let at = |key: &str| out.find(&format!("\"{key}\":")).unwrap();
        assert!(at("status") < at("e164") && at("e164") < at("id"), "{out}");
    }
    // Two columns of one field are one key, where the first stands.
    let out =
        world.run(&["search", "NG", "--columns", "setup,id,monthly", "-n", "1", "-o", "ndjson"]).ok().out;
    assert!(out.starts_with("{\"inventory\":") && out.matches("\"inventory\":").count() == 1, "{out}");
}

#[test]
fn a_list_can_be_filtered_sorted_and_cut() {
    let world = World::small();
    let rows = world.owned();
    let ng = world.run(&["list", "country:ng", "!status:inactive", "-o", "json"]).ok().rows();
    let wanted: Vec<&Value> =
        rows.iter().filter(|row| row["country"] == "NG" && row["status"] != "inactive").collect();
    assert!(!wanted.is_empty());
    assert_eq!(ng.iter().collect::<Vec<_>>(), wanted);
    let sorted = world.run(&["list", "--sort", "number:desc", "--limit", "3", "-o", "json"]).ok();
    let mut numbers: Vec<&str> = rows.iter().map(|row| text(row, "e164")).collect();
    numbers.sort_unstable();
    numbers.reverse();
    assert_eq!(sorted.rows().iter().map(|row| text(row, "e164")).collect::<Vec<_>>(), numbers[..3]);
    assert_eq!(sorted.err, "3 shown, there are more: --all or --limit N\n");
    let none = world.run(&["list", "country:is", "-o", "json"]).ok();
    assert_eq!((none.out.as_str(), none.err.as_str()), ("[]\n", ""));
}

#[test]
fn a_cut_list_says_so_and_a_whole_one_does_not() {
    let world = World::new(312, 400);
    let usual = world.run(&["list"]).ok();
    assert_eq!(usual.out.lines().count(), 100);
    assert_eq!(usual.err, "100 shown, there may be more: --all or --limit N\n");
    let all = world.run(&["list", "--all"]).ok();
    assert_eq!((all.out.lines().count(), all.err.as_str()), (312, ""));
    let ids: BTreeSet<String> = world.owned().iter().map(|row| text(row, "id").to_owned()).collect();
    assert_eq!(ids.len(), 312);
    let wide = world.run(&["list", "--limit", "250"]).ok();
    assert_eq!(wide.out, all.out.split_inclusive('\n').take(250).collect::<String>());
    let found = world.run(&["list", "country:ng", "--limit", "5"]).ok();
    assert_eq!(found.out.lines().count(), 5, "the limit counts matches");
    assert!(found.err.contains("there are more"));
}

#[test]
fn a_search_finds_by_country_type_and_pattern() {
    let world = World::new(5, 2000);
    let all = world.for_sale("ng");
    assert!(all.len() >= 250 && all.iter().all(|row| row["country"] == "NG"));
    let mobile = world.run(&["search", "--country", "NG", "--type", "mobile", "--limit", "4"]).ok();
    let line = mobile.out.lines().next().unwrap();
    let cells: Vec<&str> = line.split('\t').collect();
    assert_eq!((cells.len(), cells[1], cells[2]), (7, "NG", "mobile"), "{line}");
    let pattern = format!("*{}", &text(&all[7], "e164")[10..]);
    let found = world.run(&["search", "--country", "NG", "--pattern", &pattern, "-o", "json"]).ok().rows();
    assert!(found.contains(&all[7]) && found.len() < all.len());
    let free = world.run(&["search", "--country", "NG", "--type", "toll-free", "-o", "json", "--all"]).ok();
    assert!(free.rows().iter().all(|row| row["type"] == "toll_free"));
    for form in FORMS {
        let args = [&["search", "--country", "KE", "--limit", "2"], form].concat();
        assert!(!world.run(&args).ok().out.is_empty(), "{form:?}");
    }
}

#[tokio::test]
async fn no_more_is_asked_than_is_needed() {
    let total = |rows: u64| {
        let page = shelf(rows);
        move |n: usize, request: &Request| {
            let Reply::Send(bytes) = page(n, request) else { unreachable!() };
            let body = String::from_utf8(bytes).unwrap();
            let rows_sent: Value = serde_json::from_str(body.split_once("\r\n\r\n").unwrap().1).unwrap();
            Reply::json(200, &json!({"data": rows_sent, "total": rows}))
        }
    };
    for (name, args, pages) in [
        ("the usual list", &["list"][..], &[(100, 0)][..]),
        ("a small one", &["list", "--limit", "7"], &[(7, 0)]),
        ("a search", &["search", "--country", "NG", "--limit", "7"], &[(7, 0)]),
        ("two pages", &["list", "--limit", "150"], &[(100, 0), (100, 100)]),
        ("all but one page", &["list", "--limit", "300"], &[(100, 0), (100, 100), (100, 200)]),
    ] {
        let server = Faulty::start(shelf(312)).await;
        against(&server, OWNER, args).await.ok();
        let mut asked: Vec<(u64, u64)> = server
            .requests()
            .iter()
            .map(|request| (request.query("limit").unwrap(), request.query("offset").unwrap()))
            .collect();
        asked.sort_unstable();
        assert_eq!(asked, pages, "{name}");
    }
    let server = Faulty::start(total(312)).await;
    let all = against(&server, OWNER, &["list", "--all", "-o", "json"]).await.ok();
    assert_eq!((all.rows().len(), server.requests().len()), (312, 4));
    // A bare array does not say where it ends: a page beyond the end may have been asked for ahead
    // of time, but none twice.
    let server = Faulty::start(shelf(312)).await;
    let all = against(&server, OWNER, &["list", "--all", "-o", "json"]).await.ok();
    let mut offsets: Vec<u64> =
        server.requests().iter().map(|request| request.query("offset").unwrap()).collect();
    offsets.sort_unstable();
    assert_eq!((all.rows().len(), &offsets[..4]), (312, &[0, 100, 200, 300][..]));
    assert!(offsets[4..].iter().all(|offset| *offset == 400), "{offsets:?}");
}

#[tokio::test]
async fn a_listed_number_whose_record_is_not_there_is_not_said_to_be_missing() {
    let server = Faulty::start(|_, request| match request.target.split('?').next() {
        Some("/v1/phone-numbers") => Reply::json(200, &json!([record(1)])),
        _ => Reply::json(404, &json!({"error": "no"})),
    })
    .await;
    let number = text(&record(1), "e164").to_owned();
    let ran = against(&server, OWNER, &["show", &number]).await;
    assert!(ran.code == 1 && ran.err.contains("does not answer for it"), "{ran:?}");
}

#[tokio::test]
async fn a_server_with_short_pages_still_gives_what_was_asked_for() {
    let server = Faulty::start(|_, request| {
        let offset = request.query("offset").unwrap();
        let end = (offset + 50).min(312);
        Reply::json(200, &(offset.min(end)..end).map(record).collect())
    })
    .await;
    for (limit, wanted) in [("60", 60), ("150", 150), ("250", 250), ("400", 312)] {
        let ran = against(&server, OWNER, &["list", "--limit", limit, "-o", "json"]).await.ok();
        let ids: BTreeSet<String> = ran.rows().iter().map(|row| text(row, "id").to_owned()).collect();
        assert_eq!(ids.len(), wanted, "{limit}");
    }
}

#[tokio::test]
async fn a_list_that_breaks_half_way_is_an_error_and_never_a_short_list() {
    let server = Faulty::start(|n, request| match request.query("offset") {
        Some(0) => shelf(312)(n, request),
        _ => Reply::json(404, &json!({"error": "no such page"})),
    })
    .await;
    for (args, printed) in [
        (&["list", "--all"][..], 100),
        (&["list", "--all", "-o", "ndjson"], 100),
        (&["list", "--all", "-o", "csv"], 101),
        (&["list", "--all", "-o", "json"], 0),
        (&["list", "--sort", "number"], 0),
        (&["list", "--limit", "150"], 100),
    ] {
        let ran = against(&server, OWNER, args).await;
        assert_ne!(ran.code, 0, "{args:?}");
        assert_eq!(ran.out.lines().count(), printed, "{args:?}");
        assert!(!ran.err.is_empty());
    }
    let ran = against(&server, OWNER, &["show", "+2348030000001"]).await;
    assert!(!ran.err.contains("no such number:"), "a list that broke says nothing of a number: {ran:?}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let world = World::new(600, 0);
    for form in ["table", "ndjson", "csv", "json"] {
        let mut child = command(&world.0.base_url(), OWNER, &["list", "--all", "-o", form])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(!line.is_empty());
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{form}");
    }
}

#[test]
fn a_reader_that_leaves_in_mid_stream_ends_it_quietly() {
    let world = World::new(2000, 0);
    world.broken(&["list:latency=5ms"]);
    for form in ["table", "ndjson", "csv"] {
        let mut child = command(&world.0.base_url(), OWNER, &["list", "--all", "-o", form])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let rows = BufReader::new(child.stdout.take().unwrap()).lines().take(950);
        assert_eq!(rows.map(|line| line.unwrap()).filter(|line| !line.is_empty()).count(), 950);
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{form}");
    }
}

#[tokio::test]
async fn rows_leave_before_the_next_page_is_there_and_an_interrupt_ends_the_stream() {
    for form in ["table", "ndjson", "csv"] {
        // The second page never comes.
        let server = Faulty::start(|n, request| match request.query("offset") {
            Some(0) => shelf(312)(n, request),
            _ => Reply::Hang(Vec::new()),
        })
        .await;
        let mut child = command(&server.url(), OWNER, &["list", "--all", "-o", form])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let rows = tokio::task::spawn_blocking(move || {
            let first = (&mut out).lines().take(100).filter(Result::is_ok).count();
            kill_process(Pid::from_child(&child), Signal::INT).unwrap();
            (first, out.lines().count(), Ran::of(child.wait_with_output().unwrap()))
        });
        let (first, rest, ran) = rows.await.unwrap();
        let header = usize::from(form == "csv");
        assert_eq!((first + rest, ran.code), (100 + header, 130), "{form}: {ran:?}");
        assert!(ran.err.contains("interrupted"), "{ran:?}");
    }
}

// ---- one number ----

#[test]
fn a_number_is_shown_by_id_and_in_any_usual_form() {
    let world = World::small();
    let row = world.answered()[0].clone();
    let (id, e164) = (text(&row, "id"), text(&row, "e164"));
    let wanted = world.run(&["show", id, "-o", "json"]).ok().json();
    assert_eq!(text(&wanted, "e164"), e164);
    let digits = &e164[1..];
    for form in [
        e164.to_owned(),
        digits.to_owned(),
        format!("00{digits}"),
        format!("tel:{e164}"),
        format!("sip:{e164}@sip.example.net"),
        format!("{} {}-{}", &e164[..4], &e164[4..7], &e164[7..]),
    ] {
        assert_eq!(world.run(&["show", &form, "-o", "json"]).ok().json(), wanted, "{form}");
    }
    for form in FORMS {
        let out = world.run(&[&["show", id], form].concat()).ok().out;
        assert!(out.contains(e164) && out.contains(id), "{form:?} {out}");
    }
    let tabs = world.run(&["show", id]).ok().out;
    assert!(tabs.starts_with(&format!("number\t{e164}\nid\t{id}\n")), "{tabs}");
    let rows: Vec<&str> = tabs.lines().filter(|line| line.ends_with('\t')).collect();
    assert!(rows.is_empty(), "what is not there has no row: {rows:?}");
    let plain = world.run(&["show", id, "--plain"]).ok().out;
    assert!(plain.starts_with(&format!("number: {e164}\nid: {id}\n")), "{plain}");
}

#[test]
fn a_part_of_a_number_is_refused_with_what_it_may_mean() {
    let world = World::small();
    let e164 = text(&world.answered()[0], "e164").to_owned();
    for part in [&e164[..8], &e164[6..], &format!("0{}", &e164[4..])] {
        for args in
            [&["show", part][..], &["release", part, "--yes"], &["update", part, "--inbound", "off", "--yes"]]
        {
            let ran = world.run(args);
            assert_eq!((ran.code, ran.out.as_str()), (4, ""), "{args:?}");
            assert!(ran.err.contains(&e164) || ran.err.contains("more"), "{ran:?}");
        }
    }
    let ran = world.run(&["show", &format!("0{}", &e164[4..])]);
    assert!(ran.err.contains("no number is exactly 0") && ran.err.contains("did you mean"), "{ran:?}");
    let ran = world.run(&["show", "abc"]);
    assert!(ran.err.starts_with("numdeck: no number is called abc: "), "{ran:?}");
    let before = world.owned();
    assert_eq!(before.iter().filter(|row| row["e164"] == e164 && row["status"] == "active").count(), 1);
}

#[test]
fn a_password_is_printed_only_when_it_is_asked_for() {
    let world = World::small();
    let id = world
        .answered()
        .iter()
        .map(|row| text(row, "id").to_owned())
        .find(|id| {
            let shown = world.run(&["show", id, "--show-secrets", "-o", "json"]).ok().json();
            shown["sip_credentials"]["sip_password"].is_string()
        })
        .unwrap();
    let asked = world.run(&["show", &id, "--show-secrets", "-o", "json"]).ok().json();
    let password = text(&asked["sip_credentials"], "sip_password").to_owned();
    let redacted = world.run(&["show", &id, "-o", "json"]).ok().json();
    assert_eq!(redacted["sip_credentials"]["sip_password"], "[redacted]");
    for form in FORMS {
        let shown = world.run(&[&["show", &id], form].concat()).ok();
        assert!(!shown.said().contains(&password), "{form:?}");
        let shown = world.run(&[&["show", &id, "--show-secrets"], form].concat()).ok();
        assert!(shown.out.contains(&password), "{form:?}");
        for args in [
            &["list", "--all"][..],
            &["update", &id, "--outbound", "on", "--yes"],
            &["update", &id, "--outbound", "off", "--dry-run"],
            &["-v", "release", &id, "--dry-run"],
        ] {
            let ran = world.run(&[args, form].concat()).ok();
            assert!(!ran.said().contains(&password) && !ran.said().contains(OWNER), "{args:?} {form:?}");
        }
    }
    let member = world.run_as("kros_test_member", &["show", &id, "--plain", "--show-secrets"]).ok();
    assert!(member.out.contains("sip_password: not shown to your role"), "{member:?}");
}

// ---- buying ----

#[test]
fn a_number_is_bought_by_its_id_once() {
    let world = World::small();
    let row = world.for_sale("NG")[0].clone();
    let (id, e164) = (text(&row, "id"), text(&row, "e164"));
    let dry = world.run(&["buy", id, "--dry-run"]).ok();
    assert_eq!(dry.out, "");
    for word in ["setup", "first month", "server default", "TEST", "nobody will answer", "nothing was sent"] {
        assert!(dry.err.contains(word), "{word}: {}", dry.err);
    }
    assert_eq!(world.owned().len(), 30);
    let bought = world.run(&["buy", id, "--yes", "-o", "json"]).ok();
    let new = bought.rows();
    assert_eq!((new.len(), text(&new[0], "e164")), (1, e164));
    assert!(bought.err.contains("Bought.") && bought.err.contains("no endpoint"), "{bought:?}");
    assert_eq!(world.owned().len(), 31);
    assert_eq!((&new[0]["outcome"], &new[0]["inventory_id"]), (&json!("bought"), &row["id"]));
    assert_eq!(new[0]["reviewed_cents"], json!(cents(&row)));
    let again = world.run(&["buy", id, "--yes", "-o", "json"]).ok().rows();
    assert_eq!((text(&again[0], "outcome"), text(&again[0], "e164")), ("owned", e164));
    assert_eq!(world.owned().len(), 31);
}

#[test]
fn what_is_owned_is_not_bought_again_on_any_machine_by_any_name() {
    let world = World::small();
    let row = world.for_sale("NG")[0].clone();
    let (id, e164, kind) = (text(&row, "id"), text(&row, "e164"), text(&row, "type"));
    let other = tempfile::tempdir().unwrap();
    let url = world.0.base_url();
    let there = remembering(other.path(), &url);
    assert_eq!(world.run(&["buy", id, "--yes"]).code, 0);
    for args in [
        &["buy", id, "--yes", "-o", "json"][..],
        &["buy", "--e164", e164, "--country", "NG", "--type", kind, "--yes", "-o", "json"],
        &["buy", e164, "--yes", "-o", "json"],
        &["buy", id, "--dry-run", "-o", "json"],
        &["buy", id, "--max-total", "1", "--yes", "-o", "json"],
    ] {
        let rows = there(args).ok().rows();
        assert_eq!(text(&rows[0], "outcome"), "owned", "{args:?}");
    }
    assert_eq!(world.owned().len(), 31);
}

#[test]
fn what_is_so_already_is_unchanged_and_sends_nothing() {
    let world = World::small();
    let inactive = world.owned().into_iter().find(|row| row["status"] == "inactive").unwrap();
    let id = text(&inactive, "id");
    world.broken(&["release:status=500"]);
    let ran = world.run(&["release", id, "--yes", "-o", "json"]).ok();
    assert_eq!(text(&ran.rows()[0], "outcome"), "unchanged");
    let many = world.run(&["release", id, text(&world.owned()[0], "id"), "--dry-run", "-o", "json"]).ok();
    assert!(many.rows().iter().any(|row| row["id"] == id && row["outcome"] == "unchanged"));
}

#[test]
fn a_dry_run_looks_at_endpoint_and_shelf_as_the_real_run_would_be_refused() {
    let world = World::small();
    let (row, number) = (world.for_sale("NG")[0].clone(), world.answered()[0].clone());
    let nobody = "00000000-0000-4000-8000-00000000dead";
    for args in [
        &["buy", text(&row, "id"), "--endpoint", nobody, "--dry-run"][..],
        &["buy", text(&row, "e164"), "--endpoint", nobody, "--dry-run"],
        &["update", text(&number, "id"), "--endpoint", nobody, "--dry-run"],
    ] {
        let ran = world.run(args);
        assert_eq!(ran.code, 1, "{args:?} {ran:?}");
        assert!(ran.err.contains("lists no endpoint"), "{ran:?}");
    }
}

#[test]
fn a_number_is_bought_by_itself_with_an_endpoint() {
    let world = World::small();
    let endpoint = text(&world.answered()[0], "endpoint_id").to_owned();
    for (row, form) in world.for_sale("NG").iter().zip(FORMS) {
        let (e164, kind) = (text(row, "e164"), text(row, "type"));
        let base =
            ["buy", "--e164", e164, "--country", "ng", "--type", kind, "--endpoint", &endpoint, "--yes"];
        let ran = world.run(&[&base, form].concat()).ok();
        assert!(ran.out.contains(e164) && ran.out.contains(&endpoint), "{form:?} {ran:?}");
    }
    assert_eq!(world.owned().len(), 35);
}

#[test]
fn an_unknown_price_is_not_bought_by_chance() {
    let world = World::new(5, 2000);
    let row = world.for_sale("EG")[0].clone();
    let id = text(&row, "id");
    let ran = world.run(&["buy", id, "--yes"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.err.contains("unknown") && ran.err.contains("--allow-unknown-price"));
    assert_eq!(world.run(&["buy", id, "--dry-run"]).code, 6, "a dry run ends as the real one would");
    world.run(&["buy", id, "--yes", "--allow-unknown-price"]).ok();
    assert_eq!(world.owned().len(), 6);
}

#[test]
fn a_lost_answer_is_looked_up_and_never_sent_again() {
    let world = World::small();
    let ids: Vec<String> = world.for_sale("NG").iter().map(|row| text(row, "id").to_owned()).collect();
    for (place, (faults, code, word, owned)) in [
        (&["purchase:drop-after-commit"][..], 0, "was found", 31),
        (&["purchase:truncate"], 0, "was found", 32),
        (&["purchase:drop-before"], 10, "did not happen", 32),
        (&["purchase:drop-before", "list:status=404"], 11, "Still unknown", 32),
        (&["purchase:drop-after-commit", "list:status=404"], 11, "Still unknown", 33),
    ]
    .into_iter()
    .enumerate()
    {
        let ran = world.broken(faults).run(&["buy", &ids[place], "--yes"]);
        world.broken(&[]);
        assert_eq!(ran.code, code, "{faults:?} {ran:?}");
        assert!(ran.err.contains(word), "{faults:?} {ran:?}");
        assert_eq!(world.owned().len(), owned, "{faults:?}");
    }
}

#[tokio::test]
async fn a_purchase_is_one_request_and_what_is_refused_here_is_none() {
    let row = json!({"id": "inv-1", "e164": "+2348030000001", "country": "NG", "type": "mobile",
        "inventory": {"setup_cost_cents": 500, "monthly_cost_cents": 400}});
    let script = move |_: usize, request: &Request| match request.method.as_str() {
        "GET" => Reply::json(200, &row),
        _ => Reply::Close(Vec::new()),
    };
    for (args, code, methods) in [
        (&["buy", "inv-1", "--max-total", "899", "--yes"][..], 6, &["GET", "GET"][..]),
        (&["buy", "inv-1", "--max-each", "899", "--yes"], 6, &["GET", "GET"]),
        (&["buy", "inv-1"], 5, &["GET", "GET"]),
        (&["buy", "inv-1", "--no-input"], 5, &["GET", "GET"]),
        (&["buy", "inv-1", "--read-only", "--dry-run"], 5, &[]),
        (&["delete", "n-1"], 5, &[]),
        (&["update", "n-1"], 2, &[]),
    ] {
        let server = Faulty::start(script.clone()).await;
        let ran = against(&server, OWNER, args).await;
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{args:?} {ran:?}");
        let sent: Vec<String> = server.requests().into_iter().map(|request| request.method).collect();
        assert_eq!(sent, methods, "{args:?}");
    }
    let server = Faulty::start(script).await;
    let ran = against(&server, OWNER, &["buy", "inv-1", "--endpoint", "ep-1", "--yes"]).await;
    assert_eq!(ran.code, 11, "{ran:?}");
    let posts: Vec<Request> =
        server.requests().into_iter().filter(|request| request.method == "POST").collect();
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].json(), json!({"inventory_id": "inv-1", "endpointId": "ep-1"}));
}

#[tokio::test]
async fn an_id_that_the_api_does_not_tell_anything_about_has_no_price() {
    let script = |_: usize, request: &Request| match request.method.as_str() {
        "GET" => Reply::json(404, &json!({"error": "no such number"})),
        _ => Reply::json(201, &record(1)),
    };
    let server = Faulty::start(script).await;
    assert_eq!(against(&server, OWNER, &["buy", "inv-1", "--yes"]).await.code, 6);
    let ran = against(&server, OWNER, &["buy", "inv-1", "--yes", "--allow-unknown-price"]).await.ok();
    assert!(ran.out.contains("+2348030000001") && ran.out.contains("n-1"));
    let failing = Faulty::always(Reply::json(418, &json!({"error": "no"}))).await;
    let ran = against(&failing, OWNER, &["buy", "inv-1", "--yes", "--allow-unknown-price"]).await;
    assert_eq!((ran.code, failing.requests().len()), (1, 1), "only 404 means that it is unknown");
}

#[tokio::test]
async fn what_is_no_number_is_not_bought() {
    let row = json!({"id": "inv-1", "e164": "0803 123", "country": "NG", "type": "mobile",
        "inventory": {"setup_cost_cents": 500, "monthly_cost_cents": 400}});
    let server = Faulty::always(Reply::json(200, &row)).await;
    for last in ["--yes", "--dry-run"] {
        let ran = against(&server, OWNER, &["buy", "inv-1", last]).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(
            ran.err.contains("number        0803 123\n") && ran.err.contains("0803 123 is no"),
            "{ran:?}"
        );
    }
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

// ---- changing and giving up ----

#[test]
fn an_update_sends_what_differs_and_prints_the_record() {
    let world = World::small();
    let row = world.answered()[0].clone();
    let id = text(&row, "id");
    let dry = world.run(&["update", id, "--inbound", "off", "--endpoint", "none", "--dry-run"]).ok();
    assert_eq!(dry.out, "");
    for word in ["inbound: on -> off", "-> none", "nobody answers", "nothing was sent"] {
        assert!(dry.err.contains(word), "{word}: {}", dry.err);
    }
    let same = world.run(&["update", id, "--inbound", "on"]).ok();
    assert!(same.err.contains("already so") && same.out.contains(id), "{same:?}");
    for (place, form) in FORMS.into_iter().enumerate() {
        let switch = if place % 2 == 0 { "off" } else { "on" };
        let ran = world.run(&[&["update", id, "--inbound", switch, "--yes"], form].concat()).ok();
        assert!(ran.out.contains(id), "{form:?} {ran:?}");
        let shown = world.run(&["show", id, "-o", "json"]).ok().json();
        assert_eq!(shown["allow_inbound"], switch == "on");
    }
    let ran = world
        .run(&[
            "update",
            text(&row, "e164"),
            "--endpoint",
            "none",
            "--status",
            "inactive",
            "--yes",
            "-o",
            "json",
        ])
        .ok();
    assert_eq!((&ran.rows()[0]["endpoint_id"], text(&ran.rows()[0], "status")), (&Value::Null, "inactive"));
}

#[tokio::test]
async fn an_update_that_the_server_ignored_is_an_error() {
    let server = Faulty::always(Reply::json(
        200,
        &json!({"id": "n-1", "e164": "+2348030000001", "allow_inbound": true, "allow_outbound": false}),
    ))
    .await;
    let args = ["update", "n-1", "--inbound", "off", "--outbound", "off", "--yes", "-o", "json"];
    let ran = against(&server, OWNER, &args).await;
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
    assert_eq!(error(&ran)["code"], "IGNORED_FIELD");
    let patches: Vec<Request> =
        server.requests().into_iter().filter(|request| request.method == "PATCH").collect();
    assert_eq!(patches.len(), 1);
    assert_eq!(patches[0].json(), json!({"allowInbound": false}), "outbound is off already");
}

#[test]
fn a_release_keeps_the_record_and_a_deletion_does_not() {
    let world = World::small();
    let rows = world.answered();
    for (row, form) in rows.iter().zip(FORMS) {
        let (id, e164) = (text(row, "id"), text(row, "e164"));
        let dry = world.run(&["release", id, "--dry-run"]).ok();
        assert!(dry.err.contains("back on sale") && dry.err.contains("endpoint"), "{dry:?}");
        let ran = world.run(&[&["release", e164, "--yes"], form].concat()).ok();
        assert!(ran.out.contains(id) && ran.out.contains(e164), "{form:?} {ran:?}");
        assert_eq!(world.run(&["show", id, "-o", "json"]).ok().json()["status"], "inactive");
        let ran = world.run(&[&["delete", id, "--confirm", e164], form].concat()).ok();
        assert!(ran.out.contains(id), "{form:?} {ran:?}");
        assert_eq!(world.run(&["show", id]).code, 4);
    }
}

#[test]
fn a_deletion_takes_the_whole_number_and_no_yes() {
    let world = World::small();
    let row = world.answered()[0].clone();
    let (id, e164) = (text(&row, "id"), text(&row, "e164"));
    for args in [
        &["delete", id][..],
        &["delete", id, "--confirm", ""],
        &["delete", id, "--confirm", &e164[8..]],
        &["delete", id, "--confirm", "yes"],
        &["delete", id, "--confirm", id],
        &["delete", id, "--confirm", &e164[8..], "--dry-run"],
    ] {
        assert_eq!(world.run(args).code, 5, "{args:?}");
    }
    assert_eq!(world.run(&["delete", id, "--yes"]).code, 2);
    world.run(&["delete", id, "--confirm", e164, "--dry-run"]).ok();
    world.run(&["show", id]).ok();
    let grouped = format!("00{} {}", &e164[1..4], &e164[4..]);
    world.run(&["delete", e164, "--confirm", &grouped]).ok();
    assert_eq!(world.run(&["show", id]).code, 4);
}

#[tokio::test]
async fn nothing_is_written_to_a_record_that_was_not_named() {
    let server = Faulty::always(Reply::json(200, &record(2))).await;
    for args in [
        &["release", "n-1", "--yes"][..],
        &["update", "n-1", "--inbound", "off", "--yes"],
        &["delete", "n-1", "--confirm", "+2348030000002"],
    ] {
        let ran = against(&server, OWNER, args).await;
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{ran:?}");
        assert!(ran.err.contains("about another record"), "{ran:?}");
    }
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[test]
fn lost_answers_of_changes_are_looked_up() {
    let world = World::small();
    let rows = world.answered();
    let id = |n: usize| text(&rows[n], "id").to_owned();
    for (faults, args, code) in [
        (
            &["update:drop-after-commit"][..],
            vec!["update".to_owned(), id(0), "--inbound".into(), "off".into()],
            0,
        ),
        (&["update:drop-before"], vec!["update".to_owned(), id(1), "--inbound".into(), "off".into()], 10),
        (&["release:drop-after-commit"], vec!["release".to_owned(), id(2)], 0),
        (&["release:drop-before"], vec!["release".to_owned(), id(3)], 10),
    ] {
        let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
        args.push("--yes");
        let ran = world.broken(faults).run(&args);
        assert_eq!(ran.code, code, "{faults:?} {ran:?}");
    }
}

#[test]
fn a_dry_run_tells_a_program_what_would_be_done() {
    let world = World::small();
    let row = world.answered()[0].clone();
    let (id, e164) = (text(&row, "id"), text(&row, "e164"));
    let offer = world.for_sale("NG")[0].clone();
    let (item, line, kind) = (text(&offer, "id"), text(&offer, "e164"), text(&offer, "type"));
    let by_number = ["buy", "--e164", line, "--country", "NG", "--type", kind];
    let update = ["update", id, "--inbound", "off", "--endpoint", "none"];
    let endpoint = &row["endpoint_id"];
    let cases: [(&[&str], Value, String); 6] = [
        (
            &update,
            json!({"before": {"endpoint_id": endpoint, "allow_inbound": true},
                "after": {"endpoint_id": null, "allow_inbound": false}}),
            format!(",off,{},none\r\n", if row["allow_outbound"] == true { "on" } else { "off" }),
        ),
        (
            &["update", id, "--inbound", "on"],
            json!({"before": {}, "after": {}}),
            format!(",{}\r\n", text(&row, "endpoint_id")),
        ),
        (
            &["release", id],
            json!({"before": {"status": "active"}, "after": {"status": "inactive"}}),
            format!("would_release,{e164},,,{id},status: active -> inactive,,,,,,\r\n"),
        ),
        (
            &["delete", id, "--confirm", e164],
            json!({"before": {}, "after": null}),
            format!("would_delete,{e164},,,{id},,,,,,,\r\n"),
        ),
        (&["buy", item], json!(true), format!("would_buy,{line},9.00,{item},,,,,,,,\r\n")),
        (&by_number, json!(true), format!("would_buy,{line},9.00,,,,,,,,,\r\n")),
    ];
    for (args, wanted, csv) in cases {
        let dry = |form: &[&str]| world.run(&[args, &["--dry-run"], form].concat()).ok();
        let rows = dry(&["-o", "json"]).rows();
        assert_eq!((rows.len(), &rows[0]["dry_run"]), (1, &wanted), "{args:?}");
        let mut record = rows[0].clone();
        assert_eq!(serde_json::from_str::<Value>(&dry(&["-o", "ndjson"]).out).unwrap(), record, "{args:?}");
        if args[0] == "buy" {
            assert_eq!(record["e164"], line);
            assert_eq!(record.get("inventory_id").is_some(), args == ["buy", item]);
            assert_eq!(record["today_cents"], 900);
        } else {
            let shown = world.run(&["show", id, "-o", "json"]).ok().json();
            for beside in ["dry_run", "outcome", "reviewed_cents"] {
                assert!(record.as_object_mut().unwrap().remove(beside).is_some(), "{beside}");
            }
            for (name, value) in record.as_object().unwrap() {
                assert_eq!(&shown[name], value, "the record is shown as it is: {name}");
            }
        }
        let ran = dry(&["-o", "csv"]);
        assert!(ran.out.ends_with(&csv), "{args:?} {ran:?}");
        assert!(ran.err.contains("nothing was sent"), "{args:?} {ran:?}");
        assert_eq!(dry(&[]).out, "", "{args:?}");
        assert_eq!(dry(&["--plain"]).out, "", "{args:?}");
    }
}

// ---- how it ends ----

/// Name, faults, key, arguments, exit code.
type Case<'a> = (&'a str, &'a [&'a str], &'a str, &'a [&'a str], i32);

#[test]
fn every_exit_code_means_what_it_says() {
    let world = World::small();
    let row = world.answered()[0].clone();
    let id = text(&row, "id");
    let stock = world.for_sale("NG");
    let stock: Vec<&str> = stock.iter().map(|row| text(row, "id")).collect();
    let nobody = "00000000-0000-4000-8000-00000000000f";
    let cases: &[Case] = &[
        ("a list", &[], OWNER, &["list"], 0),
        ("a page that is no API", &["list:html"], OWNER, &["list"], 1),
        ("a refusal without a place of its own", &["list:status=422"], OWNER, &["list"], 1),
        ("a filter key that is not there", &[], OWNER, &["list", "colour:red"], 2),
        ("a filter that is not finished", &[], OWNER, &["list", "inbound:o"], 2),
        ("an order that is not there", &[], OWNER, &["list", "--sort", "colour"], 2),
        ("a column that is not there", &[], OWNER, &["list", "--columns", "colour"], 2),
        ("no rows at all", &[], OWNER, &["list", "--limit", "0"], 2),
        ("all and not all", &[], OWNER, &["list", "--limit", "5", "--all"], 2),
        ("a search without a country", &[], OWNER, &["search"], 2),
        ("a country that is none", &[], OWNER, &["search", "--country", "Nigeria"], 2),
        ("a type that is none", &[], OWNER, &["search", "--country", "NG", "--type", "moble"], 2),
        ("a pattern that is none", &[], OWNER, &["search", "--country", "NG", "--pattern", "7#"], 2),
        ("buying nothing", &[], OWNER, &["buy", "--yes"], 2),
        (
            "a national number",
            &[],
            OWNER,
            &["buy", "--e164", "0803", "--country", "NG", "--type", "mobile"],
            2,
        ),
        ("a number without its type", &[], OWNER, &["buy", "--e164", "+2348031234567", "--country", "NG"], 2),
        (
            "a number and an id",
            &[],
            OWNER,
            &["buy", "x", "--e164", "+2348031234567", "--country", "NG", "--type", "local"],
            2,
        ),
        ("an update of nothing", &[], OWNER, &["update", id, "--yes"], 2),
        ("an empty endpoint", &[], OWNER, &["update", id, "--endpoint", "", "--yes"], 2),
        ("a key in the clear", &[], OWNER, &["--base-url", "http://api.example/v1", "list"], 2),
        ("no key", &[], "", &["list"], 3),
        ("a wrong key", &[], "kros_test_nobody", &["list"], 3),
        ("a role that may not", &[], "kros_test_member", &["release", id, "--yes"], 3),
        ("an id that nothing has", &[], OWNER, &["show", nobody], 4),
        ("what no id looks like", &[], OWNER, &["show", "abc"], 4),
        ("a part of an id", &[], OWNER, &["release", &id[..8], "--yes"], 4),
        ("an id that is refused for another reason", &["get:status=422"], OWNER, &["show", id], 1),
        ("an organization that is none", &[], OWNER, &["--org", "x", "show", "abc"], 1),
        ("a number that nothing has", &[], OWNER, &["show", "+99912345678"], 4),
        ("an update of nobody", &[], OWNER, &["update", nobody, "--inbound", "off", "--yes"], 4),
        ("nobody to ask", &[], OWNER, &["release", id], 5),
        ("nobody to be asked", &[], OWNER, &["update", id, "--inbound", "off", "--no-input"], 5),
        ("read-only", &[], OWNER, &["--read-only", "update", id, "--inbound", "off", "--dry-run"], 5),
        ("live without an organization", &[], "kros_live_owner", &["buy", stock[0], "--dry-run"], 5),
        ("no papers", &[], "kros_test_kyc_not_submitted", &["buy", stock[0], "--yes"], 6),
        ("papers under review", &[], "kros_test_kyc_pending", &["buy", stock[0], "--yes"], 6),
        ("too dear", &[], OWNER, &["buy", stock[0], "--max-each", "1", "--yes"], 6),
        ("too dear, had it been bought", &[], OWNER, &["buy", stock[0], "--max-total", "1", "--dry-run"], 6),
        ("no money", &[], "kros_test_broke", &["buy", stock[0], "--yes"], 7),
        (
            "not on sale",
            &[],
            OWNER,
            &["buy", "--e164", "+2348000000000", "--country", "NG", "--type", "mobile"],
            8,
        ),
        ("too many requests", &["get:status=429"], OWNER, &["show", id], 9),
        ("a server that fails", &["get:status=503"], OWNER, &["show", id], 10),
        ("a connection that breaks", &["list:drop-before"], OWNER, &["list"], 10),
        ("nobody there", &[], OWNER, &["--base-url", "http://127.0.0.1:1/v1", "list"], 10),
    ];
    for (name, faults, key, args, code) in cases {
        let ran = world.broken(faults).run_as(key, args);
        assert_eq!(ran.code, *code, "{name}: {ran:?}");
        assert_eq!(ran.err.is_empty(), *code == 0, "{name}: {ran:?}");
        assert!(*code == 0 || ran.out.is_empty(), "{name}: {ran:?}");
    }
}

#[test]
fn errors_are_one_json_object_where_a_program_reads_them() {
    let world = World::small();
    let stock = world.for_sale("NG");
    let id = text(&stock[0], "id");
    let owned = world.owned();
    let cases: &[(&[&str], &str, &[&str], &str)] = &[
        (&[], "", &["list"], "NO_KEY"),
        (&[], OWNER, &["list", "colour:red"], "USAGE"),
        (&[], OWNER, &["update", id], "USAGE"),
        (&[], OWNER, &["search", "--country", "Nigeria"], "USAGE"),
        (&[], OWNER, &["show", "12"], "NO_SUCH_NUMBER"),
        (&[], OWNER, &["buy", id], "NOT_CONFIRMED"),
        (&[], OWNER, &["buy", id, "--max-each", "1", "--yes"], "OVER_BUDGET"),
        (&[], OWNER, &["--read-only", "buy", id, "--yes"], "READ_ONLY"),
        (&[], "kros_test_broke", &["buy", id, "--yes"], "INSUFFICIENT_BALANCE"),
        (&[], "kros_test_kyc_declined", &["buy", id, "--yes"], "KYC_DECLINED"),
        (&["release:drop-before"], OWNER, &["release", text(&owned[0], "id"), "--yes"], "NOT_DONE"),
        (&["purchase:drop-before", "list:status=404"], OWNER, &["buy", id, "--yes"], "OUTCOME_UNKNOWN"),
        (&["list:drop-before"], OWNER, &["list"], "CONNECTION_BROKE"),
    ];
    for form in ["json", "ndjson"] {
        for (faults, key, args, code) in cases {
            let ran = world.broken(faults).run_as(key, &[args, &["-o", form][..]].concat());
            assert_eq!(ran.out, "", "{args:?}");
            let error = error(&ran);
            // "12" may be part of some number.
            let partial = error["code"] == "PARTIAL_NUMBER" && *code == "NO_SUCH_NUMBER";
            assert!(error["code"] == *code || partial, "{args:?} {error}");
            for field in ["message", "hint", "status", "retryable", "request_id"] {
                assert!(error.get(field).is_some(), "{field}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn how_long_to_wait_is_said_at_once() {
    let body = r#"{"error":"Slow down.","code":"RATE_LIMIT_EXCEEDED"}"#;
    let server = Faulty::always(Reply::answer(429, &[("Retry-After", "60")], body)).await;
    let ran = against(&server, OWNER, &["list"]).await;
    assert_eq!(ran.code, 9, "{ran:?}");
    assert!(ran.err.starts_with("numdeck: Slow down; wait 60 s (429 RATE_LIMIT_EXCEEDED)\n"), "{ran:?}");
    let ran = against(&server, OWNER, &["list", "-o", "json"]).await;
    assert!(error(&ran)["message"].as_str().unwrap().contains("wait 60 s"), "{ran:?}");
}

#[test]
fn a_usage_error_in_json_is_one_line_and_a_hint() {
    let ran = numdeck("http://127.0.0.1:1/v1", OWNER, &["list", "--colour", "-o", "json"]);
    let error = error(&ran);
    let said = "there is no option --colour of numdeck list; did you mean --color?";
    assert_eq!((ran.code, text(&error, "message")), (2, said));
    assert_eq!(text(&error, "hint"), "numdeck help list shows how it is used.");
}

#[test]
fn a_key_file_that_others_can_read_is_warned_of() {
    let world = World::small();
    let dir = std::env::temp_dir().join(format!("numdeck-key-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("key");
    std::fs::write(&path, OWNER).unwrap();
    for (mode, warned) in [(0o600, false), (0o640, true), (0o604, true)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        for form in FORMS {
            let args = [&["--api-key-file", path.to_str().unwrap(), "list"], form].concat();
            let ran = world.run_as("", &args).ok();
            assert_eq!(ran.err.contains("others can read"), warned, "{mode:o} {form:?} {ran:?}");
            assert!(!ran.out.contains("others can read"));
        }
        let args = ["--api-key-file", path.to_str().unwrap(), "list", "x:y", "-o", "json"];
        assert_eq!(error(&world.run_as("", &args))["code"], "USAGE");
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn a_named_organization_is_the_one_that_is_acted_for() {
    let world = World::small();
    let second = world.run(&["--org", SECOND, "list", "-o", "json"]).ok();
    assert_eq!(second.rows().len(), 40);
    assert_eq!(second.err, "");
    let live =
        world.run_as("kros_live_owner", &["--org", MAIN, "search", "--country", "NG", "-o", "json"]).ok();
    let id = text(&live.rows()[0], "id").to_owned();
    let dry = world.run_as("kros_live_owner", &["--org", MAIN, "buy", &id, "--dry-run"]).ok();
    assert!(dry.err.contains("LIVE") && dry.err.contains(MAIN), "{dry:?}");
}

#[tokio::test]
async fn rows_of_another_organization_are_shown_and_never_changed() {
    let mut row = record(1);
    row["organization_id"] = json!("theirs");
    let server = Faulty::start(move |_, request| match request.query("limit") {
        Some(_) => Reply::json(200, &json!([row])),
        None => Reply::json(200, &row),
    })
    .await;
    let list = against(&server, OWNER, &["--org", "mine", "list"]).await.ok();
    assert!(list.err.contains("warning") && list.err.contains("theirs"), "{list:?}");
    for args in [
        &["--org", "mine", "release", "n-1", "--yes"][..],
        &["--org", "mine", "update", "+2348030000001", "--inbound", "off", "--dry-run"],
        &["--org", "mine", "delete", "n-1", "--confirm", "+2348030000001"],
    ] {
        assert_eq!(against(&server, OWNER, args).await.code, 5, "{args:?}");
    }
    assert!(server.requests().iter().all(|request| request.method == "GET"));
}

#[tokio::test]
async fn nothing_that_a_server_sends_reaches_the_terminal_raw() {
    const EVIL: &str = "\u{1b}[2J\u{9b}1m\u{202e}x\r\n\ty\u{7}";
    let row = json!({"id": format!("i{EVIL}"), "e164": format!("+1{EVIL}"), "country": EVIL, "type": EVIL,
        "status": EVIL, "endpoint_id": EVIL, "sip_uri": EVIL, "organization_id": EVIL, "created_at": EVIL,
        "updated_at": EVIL, EVIL: EVIL,
        "sip_credentials": {"sip_domain": EVIL, "sip_username": EVIL, "sip_password": EVIL}});
    let server = Faulty::start(move |_, request| match (request.method.as_str(), request.query("limit")) {
        ("GET", Some(_)) => Reply::json(200, &json!([row])),
        ("GET", None) => Reply::json(200, &row),
        _ => Reply::json(400, &json!({"error": EVIL, "code": EVIL, "message": EVIL})),
    })
    .await;
    let everything = "number,country,type,status,endpoint,organization,sip_uri,id,created,changed";
    let cases: [&[&str]; 9] = [
        &["list", "--columns", everything],
        &["--org", "mine", "list"],
        &["search", "--country", "NG"],
        &["show", "n-1", "--show-secrets"],
        &["show", "+12345678"],
        &["buy", "n-1", "--allow-unknown-price", "--yes"],
        &["update", "n-1", "--inbound", "off", "--yes"],
        &["release", "n-1", "--yes"],
        &["delete", "n-1", "--confirm", "1"],
    ];
    for args in cases {
        for form in FORMS {
            let ran = against(&server, OWNER, &[args, form].concat()).await;
            let raw = |text: &str, allowed: &[char]| {
                text.chars()
                    .any(|c| (c.is_control() && c != '\n' && !allowed.contains(&c)) || c == '\u{202e}')
            };
            // JSON escapes C0; the rest is left as it was sent, for programs.
            let json = form.last().is_some_and(|form| form.ends_with("json"));
            let allowed: &[char] = if json { &['\u{9b}', '\u{7f}'] } else { &['\t', '\r'] };
            let out = if json { ran.out.replace('\u{202e}', "") } else { ran.out.clone() };
            assert!(!raw(&out, allowed), "{args:?} {form:?} {ran:?}");
            assert!(!raw(&ran.err, &[]), "{args:?} {form:?} {ran:?}");
        }
    }
}

// ---- signals ----

/// Starts a command whose process the server of the same test will signal.
fn spawn(url: &str, args: &[&str], to: &mpsc::Sender<u32>) -> Child {
    let child = command(url, OWNER, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    to.send(child.id()).unwrap();
    child
}

fn terminate(process: &Mutex<mpsc::Receiver<u32>>) {
    let id = process.lock().unwrap().recv().unwrap();
    kill_process(Pid::from_raw(id.cast_signed()).unwrap(), Signal::TERM).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_ends_a_read_at_once() {
    let (pid, process) = mpsc::channel();
    let process = Mutex::new(process);
    let server = Faulty::start(move |_, _| {
        terminate(&process);
        Reply::Hang(Vec::new())
    })
    .await;
    let child = spawn(&server.url(), &["list"], &pid);
    let ran = Ran::of(tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap());
    assert_eq!((ran.code, ran.out.as_str()), (130, ""), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_does_not_keep_the_answer_of_a_write_from_being_told() {
    let (pid, process) = mpsc::channel();
    let process = Mutex::new(process);
    let server = Faulty::start(move |_, request| {
        let mut row = record(1);
        row["allow_inbound"] = json!(request.method == "GET");
        if request.method == "PATCH" {
            terminate(&process);
        }
        Reply::json(200, &row)
    })
    .await;
    let child = spawn(&server.url(), &["update", "n-1", "--inbound", "off", "--yes"], &pid);
    let ran = Ran::of(tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.err.contains("Done: stop inbound") && ran.out.contains("n-1"), "{ran:?}");
}

/// Waits until a process has a handler for SIGINT and SIGTERM.
#[cfg(target_os = "linux")]
fn until_it_listens(child: &Child) {
    let wanted = [Signal::INT, Signal::TERM].map(|signal| 1 << (signal.as_raw() - 1));
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        let caught = u64::from_str_radix(caught.trim(), 16).unwrap();
        if wanted.iter().all(|bit: &u64| caught & bit != 0) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_a_command_that_waits_for_its_file() {
    let world = World::small();
    for args in
        [&["update", "--file", "-", "--inbound", "off", "--yes"][..], &["release", "--file", "-", "--yes"]]
    {
        for signal in [Signal::INT, Signal::TERM] {
            let mut child = command(&world.0.base_url(), OWNER, args)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            // It is never written to, and stays open.
            let stdin = child.stdin.take();
            until_it_listens(&child);
            kill_process(Pid::from_child(&child), signal).unwrap();
            let ran = Ran::of(child.wait_with_output().unwrap());
            assert_eq!((ran.code, ran.out.as_str()), (130, ""), "{args:?} {signal:?}: {ran:?}");
            drop(stdin);
        }
    }
}

/// The ledger of a test of its own: others share a server of theirs with nobody, but a directory.
fn remembering<'a>(state: &'a std::path::Path, url: &'a str) -> impl Fn(&[&str]) -> Ran + 'a {
    move |args| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
        command
            .env_clear()
            .env("NUMDECK_STATE_DIR", state)
            .env("NUMDECK_BASE_URL", url)
            .env("NUMDECK_API_KEY", OWNER)
            .stdin(Stdio::null())
            .args(args);
        Ran::run(command)
    }
}

#[test]
fn what_is_in_doubt_is_remembered_and_settled_by_the_next_run() {
    let state = tempfile::tempdir().unwrap();
    let world = World::small();
    let url = world.0.base_url();
    let run = remembering(state.path(), &url);
    let sale = world.for_sale("NG");
    let (bought, refused) = (text(&sale[0], "id"), text(&sale[1], "id"));
    assert_eq!(run(&["purchases", "-o", "json"]).out.trim(), "[]");

    world.broken(&["purchase:status=402"]);
    assert_eq!(run(&["buy", refused, "--yes"]).code, 7);
    // The answer is lost, and so is every list that could tell.
    world.broken(&["purchase:drop-after-commit", "list:status=500"]);
    assert_eq!(run(&["buy", bought, "--yes", "--timeout", "2s"]).code, 11);
    assert_eq!(run(&["purchases", "resolve"]).code, 11, "looking does not settle it yet");

    let listed = run(&["purchases", "list", "-o", "json"]).ok().rows();
    let outcomes: Vec<&str> = listed.iter().map(|row| text(row, "outcome")).collect();
    assert_eq!(outcomes, ["unknown", "refused"], "in doubt first");
    assert_eq!(text(&listed[0], "e164"), text(&sale[0], "e164"));
    assert_eq!(text(&listed[0], "inventory_id"), bought);
    assert_eq!(listed[0]["reviewed_cents"], 900);

    world.broken(&[]);
    let settled = run(&["purchases", "resolve"]);
    assert_eq!(settled.code, 0, "{settled:?}");
    assert!(settled.err.contains("found: bought"), "{settled:?}");
    let listed = run(&["purchases", "-o", "json"]).ok().rows();
    let mut outcomes: Vec<&str> = listed.iter().map(|row| text(row, "outcome")).collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["bought", "refused"]);
    let owned = world.owned();
    assert_eq!(owned.iter().filter(|row| row["e164"] == sale[0]["e164"]).count(), 1, "bought once");
}

#[test]
fn a_change_in_doubt_is_told_with_the_purchases_and_settled_with_them() {
    let state = tempfile::tempdir().unwrap();
    let world = World::small();
    let url = world.0.base_url();
    let run = remembering(state.path(), &url);
    let number = &world.quiet()[0];
    world.broken(&["update:drop-after-commit", "get:status=500"]);
    let ran = run(&["update", text(number, "e164"), "--outbound", "on", "--yes", "--timeout", "2s"]);
    assert_eq!(ran.code, 11, "{ran:?}");
    assert!(ran.err.contains("numdeck purchases resolve looks again"), "{ran:?}");
    let listed = run(&["purchases"]);
    assert_eq!((listed.code, listed.out.as_str()), (0, ""), "it is no purchase");
    assert!(listed.err.contains("in doubt: 1 change"), "{listed:?}");
    assert!(run(&["list", "--limit", "1"]).err.contains("in doubt: 1 change"), "told until it is settled");
    world.broken(&[]);
    assert_eq!(run(&["purchases", "resolve"]).code, 0);
    assert_eq!(run(&["purchases"]).err, "");
}

#[test]
fn a_write_that_can_not_be_entered_is_not_sent() {
    let state = tempfile::tempdir().unwrap();
    std::fs::write(state.path().join("ledger"), "in the way").unwrap();
    let world = World::small();
    let url = world.0.base_url();
    let run = remembering(state.path(), &url);
    let (id, before) = (text(&world.for_sale("NG")[0], "id").to_owned(), world.owned().len());
    let ran = run(&["buy", &id, "--yes"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("nothing was sent"), "{ran:?}");
    assert_eq!(world.owned().len(), before);
}

#[test]
fn a_monitor_reads_unknown_where_nothing_was_checked() {
    for args in [&["check", "--nagios", "--count", "x", "+2348030000001"][..], &["check", "--nagios"]] {
        let ran = numdeck("http://127.0.0.1:9/v1", OWNER, args);
        assert_eq!(ran.code, 3, "{args:?}: {ran:?}");
        assert!(ran.out.starts_with("SIP UNKNOWN - ") && ran.out.lines().count() == 1, "{ran:?}");
    }
}

mod forms;
mod lies;
mod money;
mod search;
mod several;
mod trunk;
mod words;
