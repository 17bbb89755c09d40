//! Watching: what is told, to whom, once; and what is not.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use numdeck::sandbox::{Config, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::ran::Ran;

/// Nothing takes so long that is not stuck.
const PATIENCE: Duration = Duration::from_secs(60);

struct Watchman {
    sandbox: Sandbox,
    home: TempDir,
}

impl Watchman {
    fn new(owned: u32) -> Self {
        let sandbox = Sandbox::start(Config { owned, inventory: 50, ..Config::default() }).unwrap();
        Self { sandbox, home: tempfile::tempdir().unwrap() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
        command.env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null()).args(args);
        command.current_dir(self.home.path());
        command.env("NUMDECK_BASE_URL", self.sandbox.base_url()).env("NUMDECK_API_KEY", "kros_test_owner");
        command.env("NUMDECK_STATE_DIR", self.home.path().join("state"));
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::run(self.command(args))
    }

    /// Somebody else changes a number: from another machine, as far as this one knows.
    fn elsewhere(&self, args: &[&str]) {
        let mut command = self.command(args);
        Ran::run(command.env("NUMDECK_STATE_DIR", self.home.path().join("elsewhere"))).ok();
    }

    /// Numbers in use that somebody answers.
    fn answered(&self) -> Vec<String> {
        let rows =
            self.run(&["list", "status:active", "!endpoint:none", "inbound:on", "--all", "-o", "json"]);
        rows.ok().rows().iter().map(|row| row["e164"].as_str().unwrap().to_owned()).collect()
    }
}

/// A watch that goes on; it ends with the value.
struct Watching {
    child: Child,
    events: Receiver<String>,
    said: Receiver<String>,
}

impl Watching {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (events, said) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Self { child, events, said }
    }

    fn event(&self) -> Value {
        serde_json::from_str(&self.events.recv_timeout(PATIENCE).expect("no event came")).unwrap()
    }

    /// The next line of stderr that has these words.
    fn hears(&self, words: &str) -> String {
        loop {
            let line = self.said.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("nobody said '{words}'"));
            if line.contains(words) {
                return line;
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn lines(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    receive
}

#[test]
fn each_change_is_one_line_and_the_command_gets_them_in_order() {
    let watchman = Watchman::new(30);
    let lines = watchman.answered();
    let watching = Watching::start(watchman.command(&[
        "watch",
        "--every",
        "1s",
        "--exec",
        "read -r event; sleep 0.3; echo \"$event\" >> got; test $(wc -l < got) != 2",
    ]));
    watching.hears("30 numbers, 1 request each 1 s: 86,400 of 1,000 a day");
    watching.hears("watching 30 of 30");
    let mut told = Vec::new();
    for line in &lines[..4] {
        watchman.elsewhere(&["update", line, "--endpoint", "none", "--yes"]);
        let event = watching.event();
        assert_eq!((&event["number"], &event["what"]), (&json!(line), &json!("endpoint")), "{event}");
        assert_eq!((&event["after"], &event["kind"]), (&Value::Null, &json!("change")));
        assert_eq!(event["by"], "elsewhere");
        told.push(event);
    }
    watchman.run(&["update", &lines[4], "--outbound", "on", "--yes"]);
    watching.hears("--exec, event 2: exit 1");
    let got = || {
        let text = fs::read_to_string(watchman.home.path().join("got")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    while got().len() < 4 {
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(got()[..4], told[..], "whole, in order, and none left out by one that failed");
}

#[test]
fn a_server_that_goes_and_comes_back_is_told_once_each() {
    let watchman = Watchman::new(20);
    let lines = watchman.answered();
    let watching = Watching::start(watchman.command(&["watch", "--every", "1s"]));
    watching.hears("watching 20 of 20");
    watchman.sandbox.set_faults(vec!["list:status=503".parse().unwrap()]);
    watching.hears("the server is away");
    watchman.sandbox.set_faults(Vec::new());
    watching.hears("the server is back after");
    watchman.elsewhere(&["update", &lines[0], "--inbound", "off", "--yes"]);
    assert_eq!(watching.event()["what"], "inbound", "and it goes on as before");
    watchman.sandbox.set_faults(vec!["list:html".parse().unwrap()]);
    watching.hears("the server is away");
    watchman.sandbox.set_faults(Vec::new());
    watching.hears("the server is back after");
    let rest: Vec<String> = watching.said.try_iter().collect();
    assert!(!rest.iter().any(|line| line.contains("away")), "{rest:?}");
}

#[test]
fn a_round_at_a_time_tells_what_happened_since_the_last_round_of_the_same_watch() {
    let watchman = Watchman::new(20);
    let lines = watchman.answered();
    let first = watchman.run(&["watch", "--once"]).ok();
    assert!(first.out.is_empty() && first.err.contains("the first round: 20 numbers"), "{first:?}");
    watchman.elsewhere(&["update", &lines[0], "--inbound", "off", "--yes"]);
    watchman.elsewhere(&["update", &lines[1], "--inbound", "off", "--yes"]);
    // A list that is read in between is no round of a watch.
    watchman.run(&["list", "--all"]).ok();
    let events = watchman.run(&["watch", "--once"]).ok().lines();
    let mut numbers: Vec<&str> = events.iter().map(|event| event["number"].as_str().unwrap()).collect();
    numbers.sort_unstable();
    let mut wanted = [lines[0].as_str(), lines[1].as_str()];
    wanted.sort_unstable();
    assert_eq!(numbers, wanted);
    assert_eq!(watchman.run(&["watch", "--once"]).ok().out, "", "and only once");
    let other = watchman.run(&["watch", "--once", &lines[0]]).ok();
    assert!(other.err.contains("the first round"), "another expression is another watch: {other:?}");
    // Two looks have to agree.
    watchman.run(&["watch", "--once", "--for", "2"]).ok();
    watchman.elsewhere(&["update", &lines[2], "--inbound", "off", "--yes"]);
    assert_eq!(watchman.run(&["watch", "--once", "--for", "2"]).ok().out, "");
    let told = watchman.run(&["watch", "--once", "--for", "2"]).ok().lines();
    assert_eq!((told.len(), &told[0]["number"]), (1, &json!(lines[2])));
}

#[test]
fn a_server_that_is_away_from_cron_is_an_error_once_and_an_exit_code_each_time() {
    let watchman = Watchman::new(20);
    let line = watchman.answered().remove(0);
    watchman.run(&["watch", "--once"]).ok();
    watchman.sandbox.set_faults(vec!["list:status=503".parse().unwrap()]);
    let first = watchman.run(&["watch", "--once"]);
    let again = watchman.run(&["watch", "--once"]);
    assert!(first.code == 10 && !first.err.is_empty(), "{first:?}");
    assert!(again.code == 10 && again.err.is_empty(), "{again:?}");
    watchman.sandbox.set_faults(Vec::new());
    watchman.elsewhere(&["update", &line, "--inbound", "off", "--yes"]);
    let back = watchman.run(&["watch", "--once"]).ok();
    assert!(back.err.contains("the server is back") && back.lines().len() == 1, "{back:?}");
    assert_eq!(watchman.run(&["watch", "--once"]).ok().err, "");
}

#[test]
fn what_is_waited_for_ends_it_and_what_does_not_come_in_time_does_too() {
    let watchman = Watchman::new(20);
    let line = watchman.answered().remove(0);
    watchman.run(&["watch", &line, "--until", "inbound:on", "--every", "1s"]).ok();
    let late = watchman.run(&["watch", &line, "--until", "inbound:off", "--every", "1s", "--timeout", "1s"]);
    assert_eq!(late.code, 14, "{late:?}");
    let nobody = watchman.run(&[
        "watch",
        "+2348000000000",
        "--until",
        "inbound:on",
        "--every",
        "1s",
        "--timeout",
        "1s",
    ]);
    assert_eq!(nobody.code, 14, "no number is never as somebody waits for: {nobody:?}");
    let mut watching =
        Watching::start(watchman.command(&["watch", &line, "--until", "inbound:off", "--every", "1s"]));
    watching.hears("watching 1 of 20");
    watchman.elsewhere(&["update", &line, "--inbound", "off", "--yes"]);
    assert_eq!(watching.child.wait().unwrap().code(), Some(0));
}

#[test]
fn more_than_a_day_has_is_not_watched_unless_the_pace_was_named() {
    let watchman = Watchman::new(701);
    let ran = watchman.run(&["watch"]);
    assert_eq!((ran.code, ran.out.as_str()), (5, ""), "{ran:?}");
    assert!(ran.err.contains("701 numbers, 8 requests each 10 min: 1,152 of 1,000 a day"), "{ran:?}");
    assert!(ran.err.contains("--every 12m"), "{ran:?}");
    let watching = Watching::start(watchman.command(&["watch", "--every", "10m"]));
    watching.hears("1,152 of 1,000 a day");
    for args in [&["watch", "--every", "0s"][..], &["watch", "--every", "25h"], &["watch", "--for", "0"]] {
        assert_eq!(watchman.run(args).code, 2, "{args:?}");
    }
    assert_eq!(watchman.run(&["watch", "--once", "--until", "inbound:on"]).code, 2);
    let small = Watchman::new(20);
    assert_eq!(small.run(&["watch", "country:NGA"]).code, 2, "an unknown value is an error, not silence");
}

#[test]
fn many_numbers_behind_one_server_are_one_event_when_it_goes() {
    let home = tempfile::tempdir().unwrap();
    let world = Config { db: Some(home.path().join("world")), owned: 40, inventory: 50, ..Config::default() };
    let sip = Some("127.0.0.1:0".parse().unwrap());
    let sandbox = Sandbox::start(Config { sip, ..world.clone() }).unwrap();
    let listen = sandbox.base_url().trim_start_matches("http://").trim_end_matches("/v1").parse().unwrap();
    let mut watchman = Watchman { sandbox, home };
    watchman.run(&["watch", "--once", "--route"]).ok();
    assert_eq!(watchman.run(&["watch", "--once", "--route"]).ok().out, "", "nothing turned");
    // The same numbers at the same address, and no SIP server any more.
    let other = Sandbox::start(Config { owned: 1, inventory: 50, ..Config::default() }).unwrap();
    drop(std::mem::replace(&mut watchman.sandbox, other));
    watchman.sandbox = Sandbox::start(Config { listen, ..world }).unwrap();
    let events = watchman.run(&["watch", "--once", "--route"]).ok().lines();
    let several: Vec<&Value> = events.iter().filter(|event| event["kind"] == "check").collect();
    assert_eq!((several.len(), &several[0]["after"]), (1, &json!("fail port_closed")), "{several:?}");
    let what = several[0]["what"].as_str().unwrap();
    assert!(what.starts_with("route of ") && what.contains("numbers at 127.0.0.1:"), "{what}");
    assert_eq!(watchman.run(&["watch", "--once", "--route"]).ok().out, "", "and told once");
}

#[test]
fn rounds_at_once_tell_each_event_once_together() {
    let watchman = Watchman::new(20);
    let line = watchman.answered().remove(0);
    watchman.run(&["watch", "--once"]).ok();
    watchman.elsewhere(&["update", &line, "--inbound", "off", "--yes"]);
    let start = || {
        let mut command = watchman.command(&["watch", "--once"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let ran = [start(), start(), start(), start()].map(|child| Ran::of(child.wait_with_output().unwrap()));
    let told: usize = ran.iter().map(|ran| ran.out.lines().count()).sum();
    assert_eq!(told, 1, "{ran:?}");
    assert!(ran.iter().all(|ran| ran.code == 0 && !ran.err.contains("first round")), "{ran:?}");
}

#[test]
fn whoever_interrupts_is_told_what_waits_for_the_command_and_leaves_nothing_behind() {
    let watchman = Watchman::new(20);
    let line = watchman.answered().remove(0);
    let mut watching = Watching::start(watchman.command(&[
        "watch",
        "--every",
        "1s",
        "--exec",
        "echo $$ > pid; exec sleep 1000",
    ]));
    watching.hears("watching 20 of 20");
    watchman.elsewhere(&["update", &line, "--inbound", "off", "--yes"]);
    watching.event();
    let pid = loop {
        let text = fs::read_to_string(watchman.home.path().join("pid")).unwrap_or_default();
        match text.trim().parse::<i32>() {
            Ok(pid) => break rustix::process::Pid::from_raw(pid).unwrap(),
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    };
    let interrupt = |child: &Child| {
        let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    };
    interrupt(&watching.child);
    watching.hears("waiting for --exec, 1 to go");
    interrupt(&watching.child);
    watching.hears("left with 1 that --exec did not finish");
    assert_eq!(watching.child.wait().unwrap().code(), Some(130));
    assert!(rustix::process::test_kill_process(pid).is_err(), "the command is gone, too");
}

#[test]
fn a_server_that_is_away_when_a_watch_begins_is_waited_for() {
    let watchman = Watchman::new(20);
    watchman.sandbox.set_faults(vec!["list:status=503".parse().unwrap()]);
    let watching = Watching::start(watchman.command(&["watch", "--every", "1s"]));
    watching.hears("the server is away");
    watchman.sandbox.set_faults(Vec::new());
    watching.hears("the server is back");
    watching.hears("watching 20 of 20");
    let wrong = Ran::run(watchman.command(&["watch"]).env("NUMDECK_API_KEY", "kros_test_nobody"));
    assert_eq!(wrong.code, 3, "a key that is wrong gets no better: {wrong:?}");
}

#[test]
fn the_form_that_was_asked_for_is_kept() {
    let watchman = Watchman::new(20);
    let line = watchman.answered().remove(0);
    for (args, begins) in [
        (&["-o", "json"][..], "[\n{"),
        (&["-o", "ndjson"], "{"),
        (&[], "{"),
        (&["-o", "csv"], "at,"),
        (&["--plain"], "at: "),
        (&["-o", "table"], "20"),
    ] {
        let watch = [&["watch", "--once"], args].concat();
        watchman.run(&watch).ok();
        for now in ["off", "on"] {
            watchman.elsewhere(&["update", &line, "--inbound", now, "--yes"]);
            let ran = watchman.run(&watch).ok();
            assert!(ran.out.starts_with(begins), "{args:?}: {ran:?}");
        }
    }
    assert_eq!(watchman.run(&["watch", "--once", "-o", "json"]).ok().rows(), Vec::<Value>::new());
}
