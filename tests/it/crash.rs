//! Money through crashes: the real binary, killed at any moment, given every sort of lost answer,
//! and beside itself. What its ledger says afterwards is what happened.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use numdeck::sandbox::{Config, Fault, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::faulty::{Faulty, Reply, Request};
use crate::support::schemas;

/// How a command ended.
#[derive(Debug)]
struct Ran {
    /// `None` when it was killed.
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn rows(self) -> Vec<Value> {
        assert_eq!(self.code, Some(0), "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Somebody with a ledger of their own.
struct Customer {
    state: TempDir,
    url: String,
}

impl Customer {
    fn of(url: String) -> Self {
        Self { state: tempfile::tempdir().unwrap(), url }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
        command
            .env_clear()
            // Where files land that nobody named a place for.
            .current_dir(self.state.path())
            .env("NUMDECK_STATE_DIR", self.state.path())
            .env("NUMDECK_BASE_URL", &self.url)
            .env("NUMDECK_API_KEY", "kros_test_owner")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if !args.contains(&"--settle") {
            // What these servers do they do at once.
            command.args(["--settle", "0s"]);
        }
        command.args(args);
        command
    }

    fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    fn run(&self, args: &[&str]) -> Ran {
        let ran = Ran::of(self.command(args).output().unwrap());
        schemas::hold(args, &ran.out, &ran.err);
        ran
    }

    /// What the ledger says of an inventory id; `None` when it was never entered.
    fn entry(&self, id: &str) -> Option<String> {
        let mut rows = self.run(&["purchases", "list", "-o", "json"]).rows();
        rows.retain(|row| row["inventory_id"] == id);
        assert!(rows.len() <= 1, "entered once: {rows:?}");
        rows.pop().map(|row| row["outcome"].as_str().unwrap().to_owned())
    }

    /// How many records of a number are in use.
    fn holds(&self, e164: &Value) -> usize {
        let rows = self.run(&["list", "--all", "-o", "json"]).rows();
        rows.iter().filter(|row| row["e164"] == *e164 && row["status"] != "inactive").count()
    }

    /// Looks at what is in doubt until it is settled.
    fn settle(&self) {
        let looks = (0..5).map(|_| self.run(&["purchases", "resolve"])).find(|ran| ran.code != Some(11));
        let ran = looks.expect("a server that answers settles every doubt");
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }

    /// The lines of the ledger on disk.
    fn lines(&self) -> Vec<Value> {
        let files = fs::read_dir(self.state.path().join("ledger")).unwrap();
        let files: Vec<PathBuf> = files
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
            .collect();
        assert_eq!(files.len(), 1, "{files:?}");
        let text = fs::read_to_string(&files[0]).unwrap();
        assert!(text.ends_with('\n'), "{text}");
        text.lines().map(|line| serde_json::from_str(line).expect("no torn line")).collect()
    }
}

// ---- killed at any moment ----

/// Each with a sandbox and a ledger of its own. They mostly wait, so more than there are cores.
const BUYERS: u32 = 4;
const ROUNDS: u32 = 50;
const SEED: u64 = 0x6e75_6d64_6563_6b21;

/// SplitMix64: moments that can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn moment(&mut self, end: Duration) -> Duration {
        Duration::from_micros(self.below(u64::try_from(end.as_micros()).unwrap()))
    }
}

/// When a process is killed.
#[derive(Debug, Clone, Copy)]
enum Kill {
    /// Wherever it is by then.
    After(Duration),
    /// Once the number is owned, which its process does not know yet.
    Owned,
    /// It ends by itself.
    Never,
}

/// Where a round landed.
#[derive(Debug, Default)]
struct Tally {
    killed_before_the_intent: u32,
    in_doubt_then_bought: u32,
    in_doubt_then_not_bought: u32,
    killed_after_the_outcome: u32,
    ended_by_itself: u32,
    bought: u32,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.killed_before_the_intent += other.killed_before_the_intent;
        self.in_doubt_then_bought += other.in_doubt_then_bought;
        self.in_doubt_then_not_bought += other.in_doubt_then_not_bought;
        self.killed_after_the_outcome += other.killed_after_the_outcome;
        self.ended_by_itself += other.ended_by_itself;
        self.bought += other.bought;
    }

    fn in_doubt(&self) -> u32 {
        self.in_doubt_then_bought + self.in_doubt_then_not_bought
    }

    fn rounds(&self) -> u32 {
        self.killed_before_the_intent + self.in_doubt() + self.killed_after_the_outcome + self.ended_by_itself
    }
}

/// One sandbox and its one customer.
struct Buyer {
    sandbox: Sandbox,
    customer: Customer,
    sale: std::vec::IntoIter<Value>,
    random: Random,
    tally: Tally,
    /// How long the last command took.
    took: Duration,
    /// How long a purchase takes here.
    usual: Duration,
}

impl Buyer {
    fn new(seed: u64) -> Self {
        let sandbox = Sandbox::start(Config { owned: 5, inventory: 800, ..Config::default() }).unwrap();
        let customer = Customer::of(sandbox.base_url());
        let sale = customer.run(&["search", "--country", "NG", "--all", "-o", "json"]).rows().into_iter();
        let (random, tally) = (Random(seed), Tally::default());
        Self { sandbox, customer, sale, random, tally, took: Duration::ZERO, usual: Duration::ZERO }
    }

    fn faults(&self, specs: &[&str]) {
        self.sandbox.set_faults(specs.iter().map(|spec| spec.parse::<Fault>().unwrap()).collect());
    }

    fn all(mut self) -> Tally {
        // Moments that a machine of any speed hits: before the intent, after the commit, never.
        self.round(&[], Kill::Never);
        self.usual = self.took;
        self.round(&[], Kill::Never);
        self.usual = self.usual.min(self.took);
        self.round(&["get:latency=60m"], Kill::After(self.usual));
        self.round(&["purchase:latency=60m"], Kill::Owned);
        for place in 4..ROUNDS {
            let (faults, more): (&[&str], u64) = match place % 15 {
                // The request hangs after its commit.
                0 | 3 | 6 | 9 => (&["purchase:latency=120ms"], 150),
                // Killed while it looks whether it has bought: it has.
                4 | 10 => (&["purchase:drop-after-commit", "list:latency=120ms"], 200),
                // The same, and it has not.
                7 => (&["purchase:drop-before"], 2_200),
                _ => (&[], 0),
            };
            let longest = self.usual * 5 / 4 + Duration::from_millis(more);
            let kill = Kill::After(self.random.moment(longest));
            self.round(faults, kill);
        }
        let owned = self.customer.run(&["list", "--all", "-o", "json"]).rows().len();
        assert_eq!(owned, 5 + self.tally.bought as usize, "nothing was bought beside the ledger");
        self.tally
    }

    /// Buys a number, is killed, settles what is in doubt, and compares with the server.
    fn round(&mut self, faults: &[&str], kill: Kill) {
        let row = self.sale.next().expect("there are enough numbers");
        let (id, e164) = (row["id"].as_str().unwrap(), &row["e164"]);
        let what = format!("{e164} {faults:?} {kill:?}");
        self.faults(faults);
        let ran = self.killed(&["buy", id, "--yes"], kill, e164);
        self.faults(&[]);

        let entered = self.customer.entry(id);
        let in_doubt = entered.as_deref() == Some("unknown");
        if in_doubt && self.random.below(3) == 0 {
            // Whoever settles may be killed as well.
            let kill = Kill::After(self.random.moment(self.usual * 5 / 4));
            self.killed(&["purchases", "resolve"], kill, e164);
        }
        self.customer.settle();

        let settled = self.customer.entry(id);
        let bought = match settled.as_deref() {
            None => false,
            Some("bought") => true,
            Some("not_bought") => false,
            Some(other) => panic!("{what}: {other} {ran:?}"),
        };
        assert_eq!(self.customer.holds(e164), usize::from(bought), "{what}: {settled:?} {ran:?}");
        match ran.code {
            Some(0) => assert_eq!(entered.as_deref(), Some("bought"), "{what}: {ran:?}"),
            Some(10) => assert_eq!(entered.as_deref(), Some("not_bought"), "{what}: {ran:?}"),
            None => {}
            Some(_) => panic!("{what}: {ran:?}"),
        }
        assert_eq!(entered.is_some(), settled.is_some(), "{what}: looking enters nothing new");
        if !in_doubt {
            assert_eq!(entered, settled, "{what}: looking changes nothing that is known");
        }
        let tally = &mut self.tally;
        *match (ran.code.is_some(), in_doubt, &entered) {
            (true, ..) => &mut tally.ended_by_itself,
            (_, true, _) if bought => &mut tally.in_doubt_then_bought,
            (_, true, _) => &mut tally.in_doubt_then_not_bought,
            (_, _, Some(_)) => &mut tally.killed_after_the_outcome,
            (_, _, None) => &mut tally.killed_before_the_intent,
        } += 1;
        tally.bought += u32::from(bought);
    }

    /// Runs a command and kills it, unless it is quicker.
    fn killed(&mut self, args: &[&str], kill: Kill, e164: &Value) -> Ran {
        let began = Instant::now();
        let mut child = self.customer.start(args);
        match kill {
            Kill::After(delay) => thread::sleep(delay),
            Kill::Owned => {
                while self.customer.holds(e164) == 0 {
                    assert!(child.try_wait().unwrap().is_none(), "{args:?} ended without a purchase");
                }
            }
            Kill::Never => {}
        }
        if !matches!(kill, Kill::Never) {
            child.kill().unwrap();
        }
        let ran = Ran::of(child.wait_with_output().unwrap());
        self.took = began.elapsed();
        ran
    }
}

#[test]
fn a_purchase_that_is_killed_is_known_afterwards_and_made_once() {
    let mut tally = Tally::default();
    println!("seed {SEED:#x}");
    // All are ready before the first begins, so that the usual time is one beside the others.
    let buyers: Vec<Buyer> = (0..BUYERS).map(|buyer| Buyer::new(SEED.rotate_left(8 * buyer))).collect();
    thread::scope(|scope| {
        let buyers: Vec<_> = buyers.into_iter().map(|buyer| scope.spawn(|| buyer.all())).collect();
        for buyer in buyers {
            tally.add(&buyer.join().expect("the round above went wrong"));
        }
    });
    println!(
        "{} rounds: killed before the intent {}, in doubt {} (bought {}, not bought {}), killed after the \
         outcome {}, ended by itself {}; {} numbers bought",
        tally.rounds(),
        tally.killed_before_the_intent,
        tally.in_doubt(),
        tally.in_doubt_then_bought,
        tally.in_doubt_then_not_bought,
        tally.killed_after_the_outcome,
        tally.ended_by_itself,
        tally.bought,
    );
    assert_eq!(tally.rounds(), BUYERS * ROUNDS);
    assert!(tally.killed_before_the_intent > 0 && tally.in_doubt() > 0 && tally.ended_by_itself > 0);
}

// ---- answers that are lost ----

#[derive(Debug, Clone, Copy, PartialEq)]
enum Write {
    Purchase,
    Update,
    Release,
    Delete,
    /// The update that puts back what an earlier one changed.
    Undo,
    /// The update that attaches the endpoint which a purchase ignored.
    Completion,
}

impl Write {
    fn args(self) -> &'static [&'static str] {
        match self {
            Self::Purchase => &["buy", "inv-1", "--yes"],
            Self::Update => &["update", "n-1", "--inbound", "off", "--yes"],
            Self::Release => &["release", "n-1", "--yes"],
            Self::Delete => &["delete", "n-1", "--confirm", "+2348030000001"],
            Self::Undo => &["undo", "--yes"],
            Self::Completion => &["buy", "inv-1", "--endpoint", "ep-1", "--yes"],
        }
    }
}

const WRITES: [Write; 6] =
    [Write::Purchase, Write::Update, Write::Release, Write::Delete, Write::Undo, Write::Completion];

/// What becomes of the answer of a write.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer {
    /// The connection is closed without one.
    Drop,
    /// The connection is reset in the middle of its headers.
    ResetInHeaders,
    /// Its body breaks off.
    Truncated,
    /// A 200 whose body is no JSON.
    Garbage,
    /// A 200 with somebody's login page.
    LoginPage,
    /// It never comes.
    Silence,
    /// 502, from whoever stands in between.
    BadGateway,
    /// 307, which a client that followed it would answer by sending the same once more.
    Redirect,
    /// Whole. But a connection that was used before is closed under whatever else comes on it, which
    /// is lost.
    Kept,
    /// The connection is closed, and no read is answered until the command has ended.
    Dark,
}

/// What becomes of a write: its answer, whether it is done, how the command says that.
const FATES: &[(Answer, bool, i32)] = &[
    (Answer::Drop, true, 0),
    (Answer::Drop, false, 10),
    (Answer::ResetInHeaders, true, 0),
    (Answer::ResetInHeaders, false, 10),
    (Answer::Truncated, true, 0),
    (Answer::Truncated, false, 10),
    (Answer::Garbage, true, 0),
    (Answer::Garbage, false, 10),
    (Answer::LoginPage, true, 0),
    (Answer::LoginPage, false, 10),
    (Answer::Silence, true, 0),
    (Answer::Silence, false, 10),
    (Answer::BadGateway, true, 0),
    (Answer::BadGateway, false, 10),
    (Answer::Redirect, true, 0),
    (Answer::Redirect, false, 10),
    (Answer::Kept, true, 0),
    (Answer::Dark, true, 11),
    (Answer::Dark, false, 11),
];

/// For the answer that never comes. Reads have as long, so it is not short.
const PATIENCE: &str = "4s";

/// A server with one number owned and one on sale.
struct World {
    owned: Vec<Value>,
    sale: Vec<Value>,
    write: Write,
    answer: Answer,
    commits: bool,
    /// All goes well for the moment.
    calm: bool,
    dark: bool,
    connections: BTreeSet<usize>,
}

impl World {
    fn new(write: Write, answer: Answer, commits: bool) -> Self {
        let owned = json!({"id": "n-1", "e164": "+2348030000001", "country": "NG", "type": "mobile",
            "status": "active", "endpoint_id": null, "allow_inbound": true, "allow_outbound": true});
        let sale = json!({"id": "inv-1", "e164": "+2348030000002", "country": "NG", "type": "mobile",
            "inventory": {"setup_cost_cents": 500, "monthly_cost_cents": 400}});
        Self {
            owned: vec![owned],
            sale: vec![sale],
            write,
            answer,
            commits,
            calm: false,
            dark: false,
            connections: BTreeSet::new(),
        }
    }

    fn reply(&mut self, request: &Request) -> Reply {
        let used = !self.connections.insert(request.connection);
        if request.method == "GET" {
            let reply = if self.dark { Reply::answer(503, &[], "") } else { self.read(&request.target) };
            return reply;
        }
        if self.calm || (self.write == Write::Completion && request.method == "POST") {
            return Reply::json(200, &self.commit(request));
        }
        if self.answer == Answer::Kept && used {
            return Reply::Close(Vec::new());
        }
        let done = if self.commits { self.commit(request) } else { json!({"id": "n-1", "success": true}) };
        let Reply::Send(whole) = Reply::json(200, &done) else { unreachable!() };
        match self.answer {
            Answer::Drop => Reply::Close(Vec::new()),
            Answer::ResetInHeaders => Reply::Reset(b"HTTP/1.1 200 OK\r\ncontent-ty".to_vec()),
            Answer::Truncated => Reply::Close(whole[..whole.len() - 5].to_vec()),
            Answer::Garbage => Reply::answer(200, &[], b"\x1f\x8b{\"id\": \xff[[,"),
            Answer::LoginPage => {
                let page = "<!DOCTYPE html><title>Sign in</title><form></form>";
                Reply::answer(200, &[("content-type", "text/html")], page)
            }
            Answer::Silence => Reply::Hang(Vec::new()),
            Answer::BadGateway => Reply::answer(502, &[], "<html><h1>502 Bad Gateway</h1></html>"),
            Answer::Redirect => Reply::answer(307, &[("location", &request.target)], ""),
            Answer::Kept => Reply::Send(whole),
            Answer::Dark => {
                self.dark = true;
                Reply::Close(Vec::new())
            }
        }
    }

    fn read(&self, target: &str) -> Reply {
        let list = |rows: &Vec<Value>| {
            Reply::json(200, &if target.contains("offset=0") { json!(rows) } else { json!([]) })
        };
        if target.contains("action=assigned") {
            return list(&self.owned);
        }
        if target.contains("action=available") {
            return list(&self.sale);
        }
        let mut rows = self.owned.iter().chain(&self.sale);
        match rows.find(|row| target.ends_with(row["id"].as_str().unwrap())) {
            Some(row) => Reply::json(200, row),
            None => Reply::json(404, &json!({"error": "Phone number not found", "code": "NOT_FOUND"})),
        }
    }

    /// Does what is asked, and says what the contract says of that.
    fn commit(&mut self, request: &Request) -> Value {
        let deleted = json!({"success": true});
        match request.method.as_str() {
            "POST" => {
                let mut row = self.sale.pop().expect("bought twice");
                row["id"] = json!("n-2");
                row["status"] = json!("active");
                row["endpoint_id"] = json!(null);
                self.owned.push(row.clone());
                row
            }
            "PATCH" => {
                let changes = request.json();
                let row = self.owned.last_mut().unwrap();
                for (sent, field) in [("allowInbound", "allow_inbound"), ("endpointId", "endpoint_id")] {
                    if let Some(value) = changes.get(sent) {
                        row[field] = value.clone();
                    }
                }
                row.clone()
            }
            _ if request.target.contains("action=release") => {
                self.owned[0]["status"] = json!("inactive");
                deleted
            }
            _ => {
                self.owned.clear();
                deleted
            }
        }
    }
}

async fn lost(write: Write, (answer, commits, wanted): (Answer, bool, i32)) {
    let what = format!("{write:?}, {answer:?}, {}", if commits { "done" } else { "not done" });
    let world = Arc::new(Mutex::new(World::new(write, answer, commits)));
    let server = Faulty::start({
        let world = Arc::clone(&world);
        move |_, request| world.lock().unwrap().reply(request)
    })
    .await;
    let customer = Arc::new(Customer::of(server.url()));
    let run = async |args: Vec<&'static str>| {
        let customer = Arc::clone(&customer);
        tokio::task::spawn_blocking(move || customer.run(&args)).await.unwrap()
    };
    if write == Write::Undo {
        world.lock().unwrap().calm = true;
        let ran = run(vec!["update", "n-1", "--inbound", "off", "--yes"]).await;
        assert_eq!(ran.code, Some(0), "{what}: {ran:?}");
        world.lock().unwrap().calm = false;
    }
    let before = server.requests().len();
    // The number is bought, whatever becomes of its endpoint.
    let wanted = if write == Write::Completion && wanted == 10 { 1 } else { wanted };
    let slow = answer == Answer::Silence;
    let ran = run([write.args(), if slow { &["--timeout", PATIENCE] } else { &[] }].concat()).await;
    // A machine may be so slow that looking takes longer than the timeout, too: then it is unknown.
    assert!(ran.code == Some(wanted) || slow && ran.code == Some(11), "{what}: not {wanted}: {ran:?}");
    let warned = ran.err.contains("numdeck purchases resolve looks again");
    assert_eq!(warned, ran.code == Some(11), "{what}: {ran:?}");

    world.lock().unwrap().dark = false;
    let settled = run(vec!["purchases", "resolve"]).await;
    assert_eq!(settled.code, Some(0), "{what}: {settled:?}");
    let requests: Vec<Request> = server.requests().split_off(before);
    let writes: Vec<&Request> = requests
        .iter()
        .filter(|request| request.method != "GET")
        .filter(|request| write != Write::Completion || request.method != "POST")
        .collect();
    let [sent] = writes[..] else { panic!("{what}: sent once, not so: {writes:?}") };
    let beside = requests.iter().filter(|request| request.connection == sent.connection).count();
    assert_eq!(beside, 1, "{what}: a connection of its own");
    let mut lines = customer.lines();
    if write == Write::Completion {
        let bought = lines.iter().filter(|line| line["outcome"] == "bought").count();
        assert_eq!(bought, 1, "{what}: {lines:?}");
    }
    let id = sent.header("x-request-id").unwrap();
    lines.retain(|line| line["id"] == id);
    assert!(lines[0]["what"].is_string(), "{what}: entered as it was sent: {lines:?}");
    let outcome = match (write, commits) {
        (Write::Purchase, true) => "bought",
        (Write::Purchase, false) => "not_bought",
        (_, true) => "done",
        (_, false) => "not_done",
    };
    assert_eq!(lines.last().unwrap()["outcome"], outcome, "{what}: {lines:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_answer_is_lost_is_sent_once_and_told_as_it_was() {
    let cases = WRITES.iter().flat_map(|write| FATES.iter().map(|fate| lost(*write, *fate)));
    // They mostly wait.
    let count = stream::iter(cases.collect::<Vec<_>>()).buffer_unordered(8).count().await;
    assert_eq!(count, WRITES.len() * FATES.len());
}

// ---- two at a time ----

#[test]
fn purchases_beside_each_other_share_a_ledger() {
    let sandbox = Sandbox::start(Config {
        owned: 5,
        inventory: 400,
        faults: vec!["purchase:latency=100ms".parse().unwrap()],
        ..Config::default()
    })
    .unwrap();
    let customer = Customer::of(sandbox.base_url());
    let sale = customer.run(&["search", "--country", "NG", "--limit", "20", "-o", "json"]).rows();
    let mut entries = 0;
    for pair in sale.chunks(2) {
        let ids: Vec<&str> = pair.iter().map(|row| row["id"].as_str().unwrap()).collect();
        let children: Vec<Child> = ids.iter().map(|id| customer.start(&["buy", id, "--yes"])).collect();
        for child in children {
            let ran = Ran::of(child.wait_with_output().unwrap());
            assert_eq!(ran.code, Some(0), "{ran:?}");
        }
        for (id, row) in ids.iter().zip(pair) {
            assert_eq!(customer.entry(id).as_deref(), Some("bought"));
            assert_eq!(customer.holds(&row["e164"]), 1);
        }
        entries += 2;
        assert_eq!(customer.lines().len(), 2 * entries, "intent and outcome of each");
    }
    assert_eq!(entries, 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settling_writes_nothing_where_nothing_may_be_written() {
    let world = Arc::new(Mutex::new(World::new(Write::Purchase, Answer::Dark, true)));
    let server = Faulty::start({
        let world = Arc::clone(&world);
        move |_, request| world.lock().unwrap().reply(request)
    })
    .await;
    let customer = Arc::new(Customer::of(server.url()));
    let run = async |args: &'static [&'static str]| {
        let customer = Arc::clone(&customer);
        tokio::task::spawn_blocking(move || customer.run(args)).await.unwrap()
    };
    // The server bought it and ignored the endpoint, which whoever may write would attach now.
    let ran = run(&["buy", "inv-1", "--endpoint", "ep-1", "--yes"]).await;
    assert_eq!(ran.code, Some(11), "{ran:?}");
    world.lock().unwrap().dark = false;
    let ran = run(&["purchases", "resolve", "--read-only"]).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("found: bought"), "{ran:?}");
    let sent: Vec<String> = server
        .requests()
        .into_iter()
        .map(|request| request.method)
        .filter(|method| method != "GET")
        .collect();
    assert_eq!(sent, ["POST"], "{ran:?}");
    assert_eq!(customer.entry("inv-1").as_deref(), Some("bought"));
}

// ---- a disk that is full ----

/// Runs a command that can make no file larger than `blocks` of 512 bytes.
fn with_room(customer: &Customer, blocks: u32, args: &[&str]) -> Ran {
    let mut command = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_numdeck")]).args(args).env_clear();
    command
        .env("NUMDECK_STATE_DIR", customer.state.path())
        .env("NUMDECK_BASE_URL", &customer.url)
        .env("NUMDECK_API_KEY", "kros_test_owner")
        .stdin(Stdio::null());
    Ran::of(command.output().unwrap())
}

#[test]
fn a_purchase_that_finds_no_room_on_the_disk_is_not_sent() {
    let sandbox = Sandbox::start(Config { owned: 5, inventory: 400, ..Config::default() }).unwrap();
    let customer = Customer::of(sandbox.base_url());
    let rows = customer.run(&["search", "--country", "NG", "--limit", "6", "-o", "json"]).rows();
    let mut refused = 0;
    // From no room at all to room for an intent, for a part of the next line, for all of it.
    for (row, blocks) in rows.iter().zip([0, 1, 1, 2, 3, 4]) {
        let id = row["id"].as_str().unwrap();
        let ran = with_room(&customer, blocks, &["buy", id, "--yes"]);
        let held = customer.holds(&row["e164"]);
        match ran.code {
            Some(0) => assert_eq!((held, customer.entry(id).as_deref()), (1, Some("bought")), "{ran:?}"),
            // It was done, and could not be entered: nobody may call that sure.
            Some(11) => assert_eq!((held, customer.entry(id).as_deref()), (1, Some("unknown")), "{ran:?}"),
            Some(1) => {
                refused += 1;
                assert!(ran.err.contains("nothing was sent"), "{ran:?}");
                assert_eq!((held, customer.entry(id)), (0, None), "{ran:?}");
            }
            _ => panic!("{blocks} blocks: {ran:?}"),
        }
    }
    assert!(refused >= 2, "there was room all the time");
    customer.settle();
    customer.lines();
    let last = rows[0]["id"].as_str().unwrap();
    assert_eq!(customer.run(&["buy", last, "--yes"]).code, Some(0), "with room again, the ledger goes on");
}

mod late;
mod list;
mod shop;
