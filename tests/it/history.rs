//! What numdeck remembers of the numbers, as somebody on call asks for it: the real binary against the
//! sandbox, then without it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use numdeck::api::{BaseUrl, ListKind, ListRequest, Settings};
use numdeck::app::{Effect, Reply as Told, TaskId};
use numdeck::check::Checker;
use numdeck::phone::Secret;
use numdeck::runtime::Tasks;
use numdeck::sandbox::{Config, Sandbox, SandboxDialect};
use numdeck::store::{LedgerThread, NotSeen, NumberStore, Retention, StoreThread, StoreTrouble};
use numdeck::write::SessionLedger;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::faulty::{Faulty, Reply};
use crate::support::ran::Ran;

const OWNER: &str = "kros_test_owner";

/// A machine with numdeck, and a server that can be taken away.
struct Machine {
    home: TempDir,
    url: String,
    sandbox: Option<Sandbox>,
}

impl Machine {
    fn new(owned: u32) -> Self {
        let sandbox = Sandbox::start(Config { owned, inventory: 300, ..Config::default() }).unwrap();
        Self { home: tempfile::tempdir().unwrap(), url: sandbox.base_url(), sandbox: Some(sandbox) }
    }

    /// One whose server speaks a dialect.
    fn speaking(dialect: SandboxDialect) -> Self {
        let config = Config { owned: 30, inventory: 50, dialect, ..Config::default() };
        Self::over(Sandbox::start(config).unwrap())
    }

    fn over(sandbox: Sandbox) -> Self {
        Self { home: tempfile::tempdir().unwrap(), url: sandbox.base_url(), sandbox: Some(sandbox) }
    }

    fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }

    fn command(&self, state: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
        command
            .env_clear()
            .env("TZ", "UTC")
            .env("NUMDECK_BASE_URL", &self.url)
            .env("NUMDECK_CONFIG_DIR", self.home.path())
            .env("NUMDECK_STATE_DIR", state)
            .env("NUMDECK_API_KEY", OWNER)
            .stdin(Stdio::null())
            .args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::run(self.command(&self.state(), args))
    }

    /// Somebody else does something, on another machine.
    fn elsewhere(&self, args: &[&str]) {
        Ran::run(self.command(&self.home.path().join("elsewhere"), args)).ok();
    }

    fn without_key(&self, args: &[&str]) -> Ran {
        Ran::run(self.command(&self.state(), args).env_remove("NUMDECK_API_KEY"))
    }

    /// A number in use that somebody answers.
    fn answered(&self) -> String {
        let rows = self.run(&["list", "--all", "-o", "json"]).ok().rows();
        let is_answered = |row: &&Value| {
            row["status"] == "active" && row["endpoint_id"].is_string() && row["allow_inbound"] == true
        };
        rows.iter().find(is_answered).unwrap()["e164"].as_str().unwrap().to_owned()
    }

    fn store(&self) -> PathBuf {
        let files = fs::read_dir(self.state().join("store")).unwrap();
        let mut stores = files.map(|entry| entry.unwrap().path());
        stores.find(|path| path.extension().is_some_and(|end| end == "sqlite")).unwrap()
    }
}

#[test]
fn at_night_the_history_of_a_number_says_what_changed_and_that_it_was_not_from_here() {
    let mut machine = Machine::new(30);
    let number = machine.answered();
    machine.run(&["update", &number, "--outbound", "on", "--yes"]).ok();
    machine.run(&["list", "--all"]).ok();
    machine.elsewhere(&["update", &number, "--endpoint", "none", "--yes"]);
    machine.run(&["list", "--all"]).ok();
    machine.sandbox = None;
    let grouped = number.replacen('+', "00", 1);
    for ran in [machine.run(&["history", &grouped]), machine.without_key(&["history", &number])] {
        let ran = ran.ok();
        let line = ran.out.lines().find(|line| line.contains("endpoint")).unwrap();
        assert!(line.contains(" → none, between ") && line.ends_with("not from here"), "{line}");
        assert!(ran.err.contains("as of ") && ran.err.contains("back again is not seen"), "{ran:?}");
    }
    let rows = machine.run(&["history", &number, "-o", "ndjson"]).ok().lines();
    let told = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap_or("null").to_owned();
        (text("kind"), text("what"), text("by"))
    };
    let told: Vec<(String, String, String)> = rows.iter().map(told).collect();
    let wanted =
        [("change", "endpoint", "elsewhere"), ("change", "outbound", "us"), ("write", "outbound", "us")];
    assert_eq!(told, wanted.map(|(kind, what, by)| (kind.into(), what.into(), by.into())));
    assert_eq!(rows[1]["entry"], rows[2]["entry"]);
    assert!(rows[0]["not_before"].as_str().unwrap() <= rows[0]["at"].as_str().unwrap());
}

#[test]
fn a_server_that_dies_while_it_is_read_or_bought_from_leaves_nothing_that_is_not_so() {
    let place = tempfile::tempdir().unwrap();
    let config =
        Config { owned: 300, inventory: 300, db: Some(place.path().join("world.db")), ..Config::default() };
    let mut machine = Machine::over(Sandbox::start(config.clone()).unwrap());
    let listen = machine.sandbox.as_ref().unwrap().addr();
    let known = machine.run(&["list", "--all", "-o", "json"]).ok().rows().len();
    let at_rest = machine.run(&["history", "-o", "ndjson"]).ok().lines();
    let offer = machine.run(&["search", "NG", "-n", "1", "-o", "json"]).ok().rows()[0]["id"].clone();
    let offer = offer.as_str().unwrap().to_owned();

    // In the middle of a read: the first page came, and others do not.
    let slow = |machine: &Machine, fault: &str| {
        machine.sandbox.as_ref().unwrap().set_faults(vec![fault.parse().unwrap()]);
    };
    slow(&machine, "list:latency=400ms");
    let mut reading =
        machine.command(&machine.state(), &["list", "--all"]).stdout(Stdio::null()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(600));
    machine.sandbox = None;
    assert!(!reading.wait().unwrap().success());
    assert_eq!(
        machine.run(&["history", "-o", "ndjson"]).ok().lines(),
        at_rest,
        "a read that was cut changes nothing"
    );

    // In the middle of a purchase.
    machine.sandbox = Some(Sandbox::start(Config { listen, ..config.clone() }).unwrap());
    slow(&machine, "purchase:latency=3s");
    let mut buying = machine.command(&machine.state(), &["buy", &offer, "--yes", "--settle", "0s"]);
    let mut buying = buying.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let ledger = machine.state().join("ledger");
    let is_sent = || {
        let files = fs::read_dir(&ledger).into_iter().flatten().flatten();
        files.filter_map(|file| file.metadata().ok()).any(|about| about.len() > 0)
    };
    while !is_sent() && buying.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    machine.sandbox = None;
    assert!(!buying.wait().unwrap().success());
    let away = machine.run(&["history", "--kind", "write"]).ok();
    assert!(away.out.contains("purchase, "), "what is in doubt is not told as done: {away:?}");
    for write in [&["buy", &offer, "--yes", "--settle", "0s"][..], &["release", "+2348031234567", "--yes"]] {
        assert_ne!(machine.run(write).code, 0, "nothing is written while it is away");
    }

    // Back again: whatever became of the purchase is told once, and as ours.
    machine.sandbox = Some(Sandbox::start(Config { listen, ..config }).unwrap());
    machine.run(&["purchases", "resolve", "--settle", "0s"]);
    let owned = machine.run(&["list", "--all", "-o", "json"]).ok().rows().len();
    assert!((known..=known + 1).contains(&owned), "{owned}");
    let changes = machine.run(&["history", "--kind", "change", "-o", "ndjson"]).ok().lines();
    assert_eq!(changes.len(), owned - known, "{changes:?}");
    assert!(changes.iter().all(|change| change["by"] != "elsewhere"), "{changes:?}");
}

#[test]
fn calls_of_a_number_are_told_masked_and_kept_nowhere() {
    for dialect in [SandboxDialect::OpenApi, SandboxDialect::Guide] {
        let mut machine = Machine::speaking(dialect);
        let number = machine.answered();
        let rows = machine.run(&["history", &number, "--kind", "call", "--all", "-o", "ndjson"]).ok().lines();
        assert!(rows.len() > 3, "{rows:?}");
        for row in &rows {
            assert_eq!((&row["kind"], &row["number"]), (&"call".into(), &Value::from(number.as_str())));
            let other = row["after"]["other"].as_str().unwrap();
            assert!(other.len() == 5 && other.starts_with("***"), "{other}");
        }
        assert!(rows.is_sorted_by(|one, next| one["at"].as_str() >= next["at"].as_str()));
        // Beside what else is known of the one number, and of several only where somebody wants that.
        let all = machine.run(&["history", &number]).ok();
        assert!(all.out.contains(" call "), "{all:?}");
        let said = machine.run(&["history", &number, "--kind", "change"]).ok();
        assert!(!said.out.contains(" call "), "{said:?}");
        assert!(!machine.run(&["history"]).ok().out.contains(" call "));
        let refused = machine.run(&["history", "--kind", "call"]);
        assert_eq!(refused.code, 2, "{refused:?}");
        let file = fs::read(machine.store()).unwrap();
        assert!(memchr::memmem::find(&file, b"***").is_none());
        // While the API is away everything else has its answer.
        machine.sandbox = None;
        let said = machine.run(&["history", &number]).ok();
        assert!(said.err.contains("calls are not known: ") && !said.out.contains(" call "), "{said:?}");
        assert_ne!(machine.run(&["history", &number, "--kind", "call"]).code, 0);
    }
}

/// `history --kind call` of the one number of a server that a test makes up.
async fn calls_of(server: &Faulty) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
    command
        .env_clear()
        .env("NUMDECK_BASE_URL", server.url())
        .env("NUMDECK_CONFIG_DIR", server.state())
        .env("NUMDECK_STATE_DIR", server.state().join("state"))
        .env("NUMDECK_API_KEY", OWNER)
        .stdin(Stdio::null())
        .args(["history", "+14155550123", "--kind", "call"]);
    tokio::task::spawn_blocking(move || Ran::run(command)).await.unwrap()
}

#[tokio::test]
async fn an_error_about_calls_tells_nobody_who_called() {
    let row = serde_json::json!({"id": "n-1", "e164": "+14155550123", "country": "US", "status": "active"});
    let server = Faulty::start(move |_, request| match request.target.split('?').next().unwrap() {
        "/v1/calls" => {
            let said = "the call from +49 1511 2345678 could not be read";
            Reply::json(400, &serde_json::json!({"error": said, "code": "ODD"}))
        }
        "/v1/endpoints" => Reply::json(404, &serde_json::json!({"error": "no"})),
        _ => Reply::json(200, &serde_json::json!([row])),
    })
    .await;
    let ran = calls_of(&server).await;
    assert!(ran.code != 0 && ran.err.contains("***78"), "{ran:?}");
    assert!(!ran.said().contains("2345678"), "{ran:?}");
}

#[tokio::test]
async fn what_a_cache_kept_of_calls_is_not_told_as_how_they_are_now() {
    let row = serde_json::json!({"id": "n-1", "e164": "+14155550123", "country": "US", "status": "active"});
    let server = Faulty::start(move |_, request| match request.target.split('?').next().unwrap() {
        "/v1/calls" => Reply::answer(200, &[("content-type", "application/json"), ("age", "172800")], "[]"),
        "/v1/endpoints" => Reply::json(404, &serde_json::json!({"error": "no"})),
        _ => Reply::json(200, &serde_json::json!([row])),
    })
    .await;
    let ran = calls_of(&server).await;
    assert!(ran.code != 0 && ran.err.contains("a cache on the way"), "{ran:?}");
}

#[test]
fn a_server_that_does_not_list_calls_is_told_once_and_is_no_failure() {
    let machine = Machine::new(5);
    let number = machine.answered();
    // The key is good for numbers and not for calls.
    machine.sandbox.as_ref().unwrap().set_faults(vec!["any:status=403".parse().unwrap()]);
    let said = machine.run(&["history", &number]).ok();
    assert_eq!(said.err.matches("the server does not list calls").count(), 1, "{said:?}");
}

#[test]
fn a_write_is_ours_whether_its_organization_was_named_or_not() {
    let machine = Machine::new(30);
    let number = machine.answered();
    let organization = "a1000000-0000-4000-8000-000000000001";
    machine.run(&["--org", organization, "list", "--all"]).ok();
    machine.run(&["--org", organization, "update", &number, "--outbound", "on", "--yes"]).ok();
    machine.run(&["list", "--all"]).ok();
    machine.run(&["update", &number, "--inbound", "off", "--yes"]).ok();
    machine.run(&["--org", organization, "list", "--all"]).ok();
    for named in [&["history"][..], &["--org", organization, "history"]] {
        let rows = machine.run(&[named, &[&number, "--kind", "change", "-o", "json"]].concat()).ok().rows();
        assert!(!rows.is_empty() && rows.iter().all(|row| row["by"] == "us"), "{rows:?}");
    }
}

#[test]
fn a_history_is_narrowed_by_kind_time_count_and_filter() {
    let mut machine = Machine::new(30);
    let number = machine.answered();
    machine.elsewhere(&["update", &number, "--inbound", "off", "--yes"]);
    machine.run(&["list", "--all"]).ok();
    machine.run(&["check", &number]);
    machine.sandbox = None;
    let count = |args: &[&str]| {
        let args = [&["history", "-o", "json"], args].concat();
        machine.run(&args).ok().rows().len()
    };
    assert_eq!((count(&[]), count(&["--kind", "change"]), count(&["--kind", "check,write"])), (2, 1, 1));
    assert_eq!((count(&["-n", "1"]), count(&["--since", "1h"]), count(&["--until", "1h"])), (1, 2, 0));
    assert_eq!((count(&["inbound:off", "--kind", "change"]), count(&["inbound:on"])), (1, 0));
    let more = machine.run(&["history", "-n", "1"]).ok();
    assert!(more.err.contains("1 shown, there are more"), "{more:?}");
    assert_eq!(machine.run(&["history", "--kind", "call"]).code, 2, "what is not built is not offered");
}

#[test]
fn what_is_put_down_about_numbers_narrows_the_past_as_well() {
    let mut machine = Machine::new(30);
    let number = machine.answered();
    machine.elsewhere(&["update", &number, "--inbound", "off", "--yes"]);
    machine.run(&["label", &number, "--pin", "--add", "vip"]).ok();
    machine.run(&["list", "--all"]).ok();
    machine.sandbox = None;
    let count = |args: &[&str]| machine.run(&[args, &["-o", "json"]].concat()).ok().rows().len();
    assert_eq!(count(&["list", "--at", "0s", "label:vip"]), 1);
    assert_eq!(count(&["list", "--at", "0s", "--all", "pinned:off"]), 29);
    assert_eq!(count(&["history", "pinned:on", "--kind", "change"]), 1);
    assert_eq!(count(&["history", "!label:vip", "--kind", "change"]), 0);
    let file = machine.home.path().join("labels.toml");
    fs::write(&file, "[\"+2348031234567\"]\npinn = true").unwrap();
    for args in [&["history", "label:vip"][..], &["list", "--at", "0s", "pinned:on"]] {
        let ran = machine.run(args);
        assert!(ran.code == 2 && ran.err.contains("labels.toml"), "{ran:?}");
    }
}

#[test]
fn a_history_of_nothing_that_can_be_is_an_error_and_no_empty_past() {
    let mut machine = Machine::new(30);
    machine.answered();
    machine.sandbox = None;
    for (args, code) in [
        (&["route:fail"][..], 2),
        (&["country:nga"], 2),
        (&["salesbto"], 4),
        (&["--since", "1h", "--until", "2h"], 2),
    ] {
        let ran = machine.run(&[&["history"], args].concat());
        assert!(ran.code == code && ran.out.is_empty(), "{args:?}: {ran:?}");
    }
}

#[test]
fn a_key_that_cannot_be_read_is_told_and_no_other_past_is_shown_for_it() {
    let machine = Machine::new(30);
    machine.answered();
    let ran = machine.without_key(&["--api-key-file", "no-such-file", "history"]);
    assert!(ran.code != 0 && ran.out.is_empty(), "{ran:?}");
}

#[test]
fn what_was_put_aside_is_forgotten_as_well() {
    let machine = Machine::new(30);
    machine.answered();
    fs::write(machine.store(), "junk").unwrap();
    let ran = machine.run(&["history"]).ok();
    assert!(ran.err.contains("begun anew"), "{ran:?}");
    let profile = format!("[profile.a]\nbase_url = \"{}\"\n", machine.url);
    fs::write(machine.home.path().join("config.toml"), profile).unwrap();
    machine.without_key(&["--profile", "a", "logout", "--forget"]).ok();
    assert_eq!(fs::read_dir(machine.state().join("store")).unwrap().count(), 0);
}

#[test]
fn an_empty_answer_is_doubted_aloud_until_a_later_one_agrees() {
    let machine = Machine::new(30);
    machine.answered();
    let empty = Sandbox::start(Config { owned: 0, inventory: 3, ..Config::default() }).unwrap();
    let place = |url: &str| url.rsplit_once(':').map(|(_, port)| port.to_owned()).unwrap();
    // The store of the one server, under the name of the other.
    let store = machine.store();
    let name = store.file_name().unwrap().to_str().unwrap();
    let other =
        name.replace(&place(&machine.url).replace("/v1", ""), &place(&empty.base_url()).replace("/v1", ""));
    fs::copy(&store, store.with_file_name(other)).unwrap();
    let url = empty.base_url();
    for _ in 0..2 {
        let ran =
            Ran::run(machine.command(&machine.state(), &["list", "--all"]).env("NUMDECK_BASE_URL", &url))
                .ok();
        assert!(ran.err.contains("there were some before"), "{ran:?}");
    }
    let args = ["history", "--kind", "change", "-o", "json"];
    let ran = Ran::run(machine.command(&machine.state(), &args).env("NUMDECK_BASE_URL", &url)).ok();
    assert_eq!(ran.rows().len(), 0, "two answers at once are one");
}

#[test]
fn a_number_that_is_not_known_here_is_exit_4_and_says_what_reads_it() {
    let mut machine = Machine::new(30);
    let number = machine.answered();
    machine.sandbox = None;
    let ran = machine.run(&["history", "+14155550199"]);
    assert!(ran.code == 4 && ran.err.contains("numdeck list --all"), "{ran:?}");
    let ran = machine.run(&["history", &number[..number.len() - 2]]);
    assert!(ran.code == 4 && ran.err.contains("did you mean"), "{ran:?}");
}

#[test]
fn the_list_of_a_time_is_printed_as_any_other_and_asks_nobody() {
    let mut machine = Machine::new(30);
    let number = machine.answered();
    let then = jiff::Timestamp::now().to_string();
    machine.elsewhere(&["update", &number, "--inbound", "off", "--yes"]);
    let now = machine.run(&["list", "--all", "-o", "json"]).ok().rows();
    machine.sandbox = None;
    let at = |args: &[&str]| machine.run(&[&["list", "--at", &then][..], args].concat()).ok();
    let before = at(&["--all", "-o", "json"]).rows();
    let inbound = |rows: &[Value]| {
        rows.iter().find(|row| row["e164"] == *number).map(|row| row["allow_inbound"].clone()).unwrap()
    };
    assert_eq!((inbound(&before), inbound(&now)), (Value::Bool(true), Value::Bool(false)));
    assert_eq!(before.len(), now.len());
    let others = |rows: &[Value]| {
        let kept = |row: &&Value| row["e164"] != *number;
        rows.iter().filter(kept).cloned().collect::<Vec<Value>>()
    };
    assert_eq!(others(&before), others(&now), "in the order of the server");
    let filtered = at(&["inbound:on", "--sort", "number:desc", "--columns", "number"]);
    assert!(filtered.out.contains(&number) && filtered.err.contains("not as it is now"), "{filtered:?}");
    assert!(at(&["-n", "1"]).err.contains("there are more"));
    for form in ["csv", "ndjson", "table"] {
        assert!(at(&["-o", form]).out.contains(&number), "{form}");
    }
    let ran = machine.run(&["list", "--at", "3d"]);
    assert!(ran.code == 1 && ran.err.contains("begins at"), "{ran:?}");
}

#[test]
fn a_read_that_is_not_whole_changes_nothing_that_is_remembered() {
    let machine = Machine::new(250);
    machine.run(&["list", "--all"]).ok();
    let remembered = || machine.run(&["history", "-o", "json"]).ok().rows().len();
    for args in [&["list"][..], &["list", "-n", "120"], &["list", "country:ng", "-n", "1"]] {
        machine.run(args).ok();
    }
    let sandbox = machine.sandbox.as_ref().unwrap();
    sandbox.set_faults(vec!["list:truncate@0.7".parse().unwrap()]);
    for _ in 0..5 {
        machine.run(&["list", "--all", "--timeout", "2s"]);
    }
    assert_eq!(remembered(), 0);
}

/// What a dashboard asks with, and the store that it remembers in.
struct Dashboard {
    sandbox: Sandbox,
    place: TempDir,
}

impl Dashboard {
    fn new(owned: u32) -> Self {
        let sandbox = Sandbox::start(Config { owned, ..Config::default() }).unwrap();
        Self { sandbox, place: tempfile::tempdir().unwrap() }
    }

    fn store(&self) -> NumberStore {
        NumberStore::new(self.place.path().join("store/a.sqlite"), Retention::default())
    }

    fn tasks(&self) -> Tasks {
        let url = BaseUrl::parse(&self.sandbox.base_url()).unwrap();
        let settings = Settings::new(url, Secret::new(OWNER.to_owned()));
        let checker = Checker::new(None, None, |name| std::env::var(name).ok(), Arc::default());
        let ledger = LedgerThread::spawn(SessionLedger::default());
        let thread = StoreThread::spawn(self.store(), None, || Some(Vec::new()));
        Tasks::new(settings, ledger, checker).unwrap().with_store(thread)
    }
}

#[tokio::test]
async fn the_dashboard_remembers_a_list_that_it_read_to_its_end_and_no_other() {
    let dashboard = Dashboard::new(250);
    let read = async |list: ListRequest| {
        let mut tasks = dashboard.tasks();
        tasks.run(Effect::List(TaskId(1), list));
        while !matches!(tasks.next().await, (_, Told::Listed(_))) {}
        assert_eq!(tasks.close(), StoreTrouble::default());
        dashboard.store().last().map(|list| list.numbers.len())
    };
    let whole = ListRequest::whole(ListKind::Owned);
    let first_page = ListRequest { max_pages: Some(1), ..whole.clone() };
    let rest = ListRequest { offset: 100, ..whole.clone() };
    let for_sale = ListRequest::whole(ListKind::Available { country: "NG".into(), kind: None });
    for list in [first_page, rest, for_sale] {
        assert_eq!(read(list).await, Err(NotSeen::Never));
    }
    assert_eq!(read(whole).await, Ok(250));
}

/// A list of which the first page was read, and then the rest; `between` is done in between.
async fn in_two_parts(owned: u32, between: impl AsyncFn(&Sandbox)) -> Option<usize> {
    let dashboard = Dashboard::new(owned);
    let mut tasks = dashboard.tasks();
    let whole = ListRequest::whole(ListKind::Owned);
    let mut seen = std::collections::HashSet::new();
    for (task, list) in [
        ListRequest { max_pages: Some(1), ..whole.clone() },
        ListRequest { offset: u64::from(owned.min(100)), ..whole },
    ]
    .into_iter()
    .enumerate()
    {
        tasks.run(Effect::List(TaskId(task as u64), list));
        loop {
            match tasks.next().await.1 {
                Told::Page(page) => seen.extend(page.numbers.into_iter().map(|number| number.id)),
                Told::Listed(result) => break assert_eq!(result, Ok(())),
                _ => {}
            }
        }
        if task == 0 {
            between(&dashboard.sandbox).await;
        }
    }
    assert!(seen.len() >= owned as usize - 1, "all of it is shown");
    tasks.close();
    dashboard.store().last().ok().map(|list| list.numbers.len())
}

#[tokio::test]
async fn a_list_that_is_read_in_two_parts_is_remembered_unless_it_moved_between_them() {
    assert_eq!(in_two_parts(250, async |_| {}).await, Some(250));
    let one_is_deleted = async |sandbox: &Sandbox| {
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let url = format!("{}/phone-numbers", sandbox.base_url());
        let rows = http.get(format!("{url}?limit=1")).bearer_auth(OWNER).send().await.unwrap();
        let rows: Value = serde_json::from_str(&rows.text().await.unwrap()).unwrap();
        let id = rows[0]["id"].as_str().unwrap();
        assert!(
            http.delete(format!("{url}/{id}")).bearer_auth(OWNER).send().await.unwrap().status().is_success()
        );
    };
    assert_eq!(in_two_parts(250, one_is_deleted).await, None);
}

/// Commands do their work, and say once that nothing is remembered.
fn works(machine: &Machine, what: &str) -> Ran {
    let ran = machine.run(&["list", "--all", "-o", "json"]);
    assert!(ran.code == 0 && ran.rows().len() == 30, "{what}: {ran:?}");
    ran
}

#[test]
fn a_store_that_is_damaged_in_any_way_keeps_no_command_from_its_work() {
    let machine = Machine::new(30);
    works(&machine, "at first");
    let file = machine.store();
    let whole = fs::read(&file).unwrap();
    // A process costs more than a read: the unit tests cut at many more places.
    for cut in (0..whole.len()).step_by(4999).chain([1, 17, 99, 100, 4096, whole.len() - 1]) {
        fs::write(&file, &whole[..cut]).unwrap();
        let ran = works(&machine, &format!("cut after {cut} bytes"));
        assert!(ran.err.lines().count() <= 1, "{cut}: {ran:?}");
    }
    for junk in [&b"junk"[..], &[0xff; 20_000], b"SQLite format 3\0 and then nothing of the sort"] {
        fs::write(&file, junk).unwrap();
        let ran = works(&machine, "junk");
        assert!(ran.err.contains("is begun anew"), "{ran:?}");
        assert!(works(&machine, "the time after").err.is_empty(), "it is said once");
    }
    let aside = fs::read_dir(machine.state().join("store")).unwrap();
    let aside = aside.filter(|entry| entry.as_ref().unwrap().path().to_string_lossy().ends_with(".damaged"));
    assert_eq!(aside.count(), 1, "one is kept");
    fs::remove_file(&file).unwrap();
    works(&machine, "deleted");
}

#[test]
fn where_nothing_can_be_kept_commands_do_their_work_and_say_so_once() {
    let machine = Machine::new(30);
    fs::create_dir_all(machine.state()).unwrap();
    fs::write(machine.state().join("store"), "in the way").unwrap();
    let ran = works(&machine, "a file in the way");
    assert_eq!(ran.err.matches("is not remembered").count(), 1, "{ran:?}");
    fs::remove_file(machine.state().join("store")).unwrap();
    fs::create_dir(machine.state().join("store")).unwrap();
    fs::set_permissions(machine.state().join("store"), fs::Permissions::from_mode(0o500)).unwrap();
    // Somebody who may do everything may do that, too.
    if !rustix::process::geteuid().is_root() {
        assert!(works(&machine, "read-only").err.contains("is not remembered"));
    }
    let command = |args: &[&str]| {
        let mut command = machine.command(&machine.state(), args);
        command.env_remove("NUMDECK_STATE_DIR");
        Ran::run(command)
    };
    let ran = command(&["list", "--all"]).ok();
    assert_eq!(ran.err.matches("is not remembered").count(), 1, "without a home: {ran:?}");
}

#[test]
fn four_at_once_and_some_that_are_killed_lose_nothing() {
    let machine = Machine::new(30);
    let number = machine.answered();
    let mut told = 0;
    for round in 0..6 {
        let value = if round % 2 == 0 { "off" } else { "on" };
        machine.elsewhere(&["update", &number, "--inbound", value, "--yes"]);
        let start = |_| {
            let mut command = machine.command(&machine.state(), &["list", "--all"]);
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let mut all: Vec<Child> = (0..4).map(start).collect();
        if round % 3 == 0 {
            all[0].kill().unwrap();
        }
        for (place, child) in all.into_iter().enumerate() {
            let ended = child.wait_with_output().unwrap();
            let was_killed = round % 3 == 0 && place == 0;
            assert!(ended.status.success() || was_killed, "{ended:?}");
        }
        machine.run(&["list", "--all"]).ok();
        told += 1;
        let rows = machine.run(&["history", &number, "--kind", "change", "-o", "json"]).ok().rows();
        assert_eq!(rows.len(), told, "each change is told once: {rows:?}");
    }
}

#[test]
fn no_key_and_no_password_is_in_what_is_remembered() {
    let machine = Machine::new(30);
    let number = machine.answered();
    let shown = machine.run(&["show", &number, "--show-secrets", "-o", "json"]).ok().json();
    let password = shown["sip_credentials"]["sip_password"].as_str().unwrap().to_owned();
    machine.run(&["check", "--all", "--trunk"]);
    machine.run(&["list", "--all"]).ok();
    let mut looked = 0;
    for folder in fs::read_dir(machine.state()).unwrap().map(|entry| entry.unwrap().path()) {
        let files = if folder.is_dir() { fs::read_dir(&folder).unwrap() } else { continue };
        for file in files.map(|entry| entry.unwrap().path()) {
            let bytes = fs::read(&file).unwrap();
            for secret in [OWNER, &password] {
                let is_there = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!is_there, "{} has a secret", file.display());
            }
            looked += 1;
        }
    }
    assert!(looked > 0);
}
