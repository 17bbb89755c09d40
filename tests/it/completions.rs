//! Completion in real shells, each at a terminal of its own, where they are installed.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command as Plain, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use numdeck::sandbox::{Config, Sandbox};
use pty_process::Size;
use pty_process::blocking::{Command, Pty};
use tempfile::TempDir;

/// Much longer than anything takes on the slowest machine.
const PATIENT: Duration = Duration::from_secs(60);

/// What a line has to become when the tab key is pressed behind it: as it is typed, and as the words that
/// the shell then has.
const LINES: &[(&str, &[&str])] = &[
    ("numdeck purch", &["purchases"]),
    ("numdeck completions fi", &["completions", "fish"]),
    ("numdeck list --base-u", &["list", "--base-url"]),
    ("numdeck list -o nd", &["list", "-o", "ndjson"]),
    ("numdeck list --output=nd", &["list", "--output=ndjson"]),
    ("numdeck list country:ke", &["list", "country:ke"]),
    ("numdeck list country:ke status:ina", &["list", "country:ke", "status:inactive"]),
    ("numdeck list endpo", &["list", "endpoint:"]),
    ("numdeck list endpoint:non", &["list", "endpoint:none"]),
    ("numdeck list --filter=type:mob", &["list", "--filter=type:mobile"]),
    ("numdeck list --columns number,coun", &["list", "--columns", "number,country"]),
    ("numdeck search --type toll", &["search", "--type", "toll-free"]),
    ("numdeck search --can sms,vo", &["search", "--can", "sms,voice"]),
    ("numdeck buy x --wait=30", &["buy", "x", "--wait=30s"]),
    ("numdeck --profile wo", &["--profile", "work"]),
    ("numdeck purchases --api-key-file no", &["purchases", "--api-key-file", "notes.txt"]),
];

/// A home with profiles, and the list that a check has kept.
struct Home {
    directory: TempDir,
    sandbox: Sandbox,
}

impl Home {
    fn new() -> Self {
        let sandbox = Sandbox::start(Config { owned: 30, ..Config::default() }).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let home = Self { directory, sandbox };
        let url = home.sandbox.base_url();
        std::fs::write(home.path().join("config.toml"), format!("[profile.work]\nbase_url = \"{url}\"\n"))
            .unwrap();
        std::fs::write(home.path().join("notes.txt"), "x").unwrap();
        let ran = home.numdeck(&["check", "--all", "--settings-only", "--profile", "work"]);
        assert!(home.path().join("state/store").is_dir(), "{ran}");
        home
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let binary = Path::new(env!("CARGO_BIN_EXE_numdeck")).parent().unwrap().display().to_string();
        let place = |name: &str| self.path().join(name).display().to_string();
        vec![
            ("PATH", format!("{binary}:{}", std::env::var("PATH").unwrap())),
            ("HOME", place("")),
            ("NUMDECK_CONFIG_DIR", place("")),
            ("NUMDECK_STATE_DIR", place("state")),
            ("LC_ALL", "C.UTF-8".to_owned()),
        ]
    }

    /// Everything that numdeck prints with the key of the owner.
    fn numdeck(&self, args: &[&str]) -> String {
        let mut command = Plain::new("numdeck");
        command.env_clear().envs(self.variables()).env("NUMDECK_API_KEY", "kros_test_owner");
        let output = command.args(args).stdin(Stdio::null()).output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }

    /// What a script would be told: no key is there.
    fn asked(&self, typed: &str, before: &[&str]) -> Vec<String> {
        let mut command = Plain::new("numdeck");
        command.env_clear().envs(self.variables()).stdin(Stdio::null());
        let output =
            command.args(["__complete", "fish", &format!("={typed}")]).args(before).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
    }
}

fn is_there(shell: &str) -> bool {
    let is_there =
        Plain::new(shell).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !is_there {
        eprintln!("SKIPPED: there is no {shell} on this machine, so its completion is not tested");
    }
    is_there
}

/// A shell at a terminal.
struct Session {
    pty: std::sync::Arc<Pty>,
    child: std::process::Child,
    heard: mpsc::Receiver<Vec<u8>>,
    text: String,
}

impl Session {
    fn open(home: &Home, shell: &str, args: &[&str]) -> Self {
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(Size::new(50, 200)).unwrap();
        let mut command = Command::new(shell).args(args).env_clear().current_dir(home.path());
        for (name, value) in home.variables() {
            command = command.env(name, value);
        }
        // A terminal that can do nothing gets no sequences.
        let child = command.env("TERM", "dumb").spawn(pts).unwrap();
        let pty = std::sync::Arc::new(pty);
        let reads = std::sync::Arc::clone(&pty);
        let (tell, heard) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = (&*reads).read(&mut buffer) {
                if tell.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { pty, child, heard, text: String::new() }
    }

    fn send(&self, text: &str) {
        (&*self.pty).write_all(text.as_bytes()).unwrap();
    }

    /// Waits for a text, and forgets everything up to its end.
    fn wait_for(&mut self, wanted: &str) -> String {
        let end = Instant::now() + PATIENT;
        loop {
            if let Some(at) = self.text.find(wanted) {
                let before = self.text[..at].to_owned();
                self.text.drain(..at + wanted.len());
                return before;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.heard.recv_timeout(left) {
                Ok(bytes) => self.text.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("never said {wanted:?}: {:?}", self.text),
            }
        }
    }

    /// The words of the line when the tab key has done its work, without the first.
    fn completed(&mut self, line: &str) -> Vec<String> {
        // At the beginning of the line another command is put before it, which prints what it is given.
        self.send(&format!("{line}\t\x01words \r"));
        self.wait_for("WORDS[");
        let words = self.wait_for("]END");
        words.split('|').map(str::to_owned).collect()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// In the words of bash and zsh. The end is said in two parts, so that what is typed does not have it.
const WORDS: &str = "words() { shift; local IFS='|'; echo \"WORDS\"\"[$*]EN\"\"D\"; }\r";

fn all_lines(session: &mut Session, shell: &str) {
    for (line, words) in LINES {
        assert_eq!(session.completed(line), *words, "{shell}: {line}");
    }
}

#[test]
fn bash_completes() {
    if !is_there("bash") {
        return;
    }
    let home = Home::new();
    let mut session = Session::open(&home, "bash", &["--norc", "--noprofile", "-i"]);
    session.send("bind 'set bell-style none'; bind 'set enable-bracketed-paste off'\r");
    session.send("eval \"$(numdeck completions bash)\"\r");
    session.send(WORDS);
    all_lines(&mut session, "bash");
    let quoted = session.completed("numdeck list 'country:ke");
    assert_eq!(quoted, ["list", "country:ke"]);
}

#[test]
fn bash_completes_where_a_colon_is_no_end_of_a_word() {
    if !is_there("bash") {
        return;
    }
    let home = Home::new();
    let mut session = Session::open(&home, "bash", &["--norc", "--noprofile", "-i"]);
    session.send("COMP_WORDBREAKS=${COMP_WORDBREAKS//[:=]/}\r");
    session.send("eval \"$(numdeck completions bash)\"\r");
    session.send(WORDS);
    all_lines(&mut session, "bash");
}

#[test]
fn zsh_completes() {
    if !is_there("zsh") {
        return;
    }
    let home = Home::new();
    let mut session = Session::open(&home, "zsh", &["-f", "-i"]);
    session.send("unsetopt zle_bracketed_paste beep; bindkey -e; autoload -Uz compinit; compinit -u -D\r");
    session.send("eval \"$(numdeck completions zsh)\"\r");
    session.send(WORDS);
    all_lines(&mut session, "zsh");
}

#[test]
fn fish_completes() {
    if !is_there("fish") {
        return;
    }
    let home = Home::new();
    let mut session = Session::open(&home, "fish", &["--no-config", "--interactive"]);
    session.send("numdeck completions fish | source\r");
    session.send("function words; echo 'WORDS''['(string join '|' -- $argv[2..-1])']EN''D'; end\r");
    all_lines(&mut session, "fish");
}

#[test]
fn the_kept_list_has_numbers_and_endpoints_for_whoever_has_no_key() {
    let home = Home::new();
    let numbers = home.asked("+", &["show", "--profile", "work"]);
    assert_eq!(numbers.len(), 30, "{numbers:?}");
    assert!(numbers.iter().all(|number| number.starts_with('+')));
    let bots = home.asked("", &["--profile=work", "update", "x", "--endpoint"]);
    assert!(bots.len() > 2 && bots.contains(&"none".to_owned()), "{bots:?}");
    let terms = home.asked("endpoint:", &["list", "--profile", "work"]);
    assert!(terms.len() > 2, "{terms:?}");
    // It is of that server and organization, and of no other.
    for other in [&["show"][..], &["show", "--profile", "work", "--org", "another"]] {
        assert!(home.asked("+", other).is_empty(), "{other:?}");
    }
    assert!(home.asked("+", &["show", "--base-url", &home.sandbox.base_url()]).len() == 30);
}

#[test]
fn whatever_is_wrong_completes_nothing_and_says_nothing() {
    let home = Home::new();
    std::fs::write(home.path().join("config.toml"), "[profile.work\nbroken").unwrap();
    assert!(home.asked("", &["--profile"]).is_empty());
    assert!(home.asked("+", &["show", "--profile", "work"]).is_empty());
    for entry in std::fs::read_dir(home.path().join("state/store")).unwrap() {
        std::fs::write(entry.unwrap().path(), "no database").unwrap();
    }
    std::fs::remove_file(home.path().join("config.toml")).unwrap();
    let url = home.sandbox.base_url();
    assert!(home.asked("+", &["show", "--base-url", &url]).is_empty());
    assert!(home.asked("+", &["show", "--base-url", "no url"]).is_empty());
    for words in [&["--nope", "-x", "--", "--"][..], &["list", "list", "list"], &["--output"]] {
        home.asked("--", words);
    }
    let mut command = Plain::new("numdeck");
    command.env_clear().envs(home.variables()).arg("__complete");
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
}
