//! A key and a SIP password go through everything that numdeck does; afterwards the key is in the one file
//! that is made for it, and the password nowhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use numdeck::sandbox::{Config, Sandbox};

use crate::support::ran::Ran;

const KEY: &str = "kros_test_owner";

/// One home, in which a key is stored.
struct Home {
    place: tempfile::TempDir,
    sandbox: Sandbox,
}

impl Home {
    fn new() -> Self {
        let sip = Some("127.0.0.1:0".parse().unwrap());
        let sandbox = Sandbox::start(Config { owned: 20, inventory: 60, sip, ..Config::default() }).unwrap();
        Self { place: tempfile::tempdir().unwrap(), sandbox }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
        command
            .env_clear()
            .env("HOME", self.place.path())
            .env("NUMDECK_CONFIG_DIR", self.place.path().join("config"))
            .env("NUMDECK_STATE_DIR", self.place.path().join("state"))
            .env("RUST_BACKTRACE", "full")
            .current_dir(self.place.path())
            .stdin(Stdio::null())
            .args(["-vv", "--log", "all.log", "--settle", "0s"])
            .args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    fn login(&self) {
        let key = self.place.path().join("typed");
        std::fs::write(&key, KEY).unwrap();
        let url = self.sandbox.base_url();
        self.run(&["login", "--base-url", &url, "--api-key-file", "typed"]).ok();
        std::fs::remove_file(key).unwrap();
    }

    /// All files, by their place below home.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn walk(below: &Path, home: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in std::fs::read_dir(below).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, home, found);
                } else {
                    let name = path.strip_prefix(home).unwrap().to_owned();
                    found.insert(name, std::fs::read(&path).unwrap());
                }
            }
        }
        let mut found = BTreeMap::new();
        walk(self.place.path(), self.place.path(), &mut found);
        found
    }
}

fn holds(bytes: &[u8], canary: &str) -> bool {
    memchr::memmem::find(bytes, canary.as_bytes()).is_some()
}

#[test]
fn a_key_is_in_its_one_place_and_a_password_in_none_after_a_run_of_everything() {
    let home = Home::new();
    home.login();
    let rows = home.run(&["list", "--all", "-o", "json"]).ok().rows();
    let routed = rows.iter().find(|row| row["endpoint_id"].is_string() && row["status"] == "active").unwrap();
    let number = routed["e164"].as_str().unwrap().to_owned();
    // This one is asked to say it, and says it on stdout alone.
    let shown = home.run(&["show", &number, "--show-secrets", "-o", "json"]).ok().json();
    let password = shown["sip_credentials"]["sip_password"].as_str().unwrap().to_owned();
    let offer = home.run(&["search", "NG", "-n", "1", "-o", "json"]).ok().rows()[0]["id"].clone();
    let offer = offer.as_str().unwrap();
    let mut said = Vec::new();
    for args in [
        &["list"][..],
        &["list", "--plain"],
        &["search", "NG", "--pattern", "2"],
        &["show", &number],
        &["show", &number, "-o", "json"],
        &["sip", "render", &number, "--as", "pjsip"],
        &["sip", "render", &number, "--as", "env"],
        &["buy", offer, "--dry-run"],
        &["buy", offer, "--yes", "-o", "json"],
        &["update", &number, "--outbound", "on", "--yes"],
        &["update", &number, "--endpoint", "nobody", "--yes"],
        &["undo", "--yes"],
        &["release", &number, "--dry-run"],
        &["purchases"],
        &["purchases", "resolve"],
        &["check", &number, "--auth", "--auth-cleartext", "--trace", "--pcap", "wire.pcap"],
        &["history", &number],
        &["history", &number, "--kind", "call", "-o", "json"],
        &["check", "--all", "--auth", "--auth-cleartext", "-o", "ndjson"],
        &["whoami"],
        &["whoami", "-o", "json"],
        &["profile"],
        &["profile", "show", "-o", "json"],
        &["doctor"],
        &["doctor", "-o", "json"],
        &["skill"],
        &["show", "+2340000000"],
        &["--base-url", "http://127.0.0.1:1/v1", "list"],
        &["list", "--limit", "none"],
    ] {
        let ran = home.run(args);
        said.push((args.join(" "), ran.said()));
    }
    // What was said in a call, and where that is kept, is nobody's business here.
    let leaks = |text: &[u8]| {
        let secrets = [KEY, &password, "made-up conversation", "recordings.example"];
        secrets.iter().any(|secret| holds(text, secret))
    };
    let loud: Vec<&String> =
        said.iter().filter(|(_, said)| leaks(said.as_bytes())).map(|(args, _)| args).collect();
    assert!(loud.is_empty(), "said by {loud:?}");
    let files = home.files();
    for wanted in ["all.log", "wire.pcap"] {
        assert!(files.get(Path::new(wanted)).is_some_and(|bytes| bytes.len() > 200), "{wanted} was written");
    }
    assert!(files.keys().any(|name| name.starts_with("state/ledger")), "{:?}", files.keys());
    let leaking: Vec<&PathBuf> =
        files.iter().filter(|(_, bytes)| leaks(bytes)).map(|(name, _)| name).collect();
    assert_eq!(leaking, [Path::new("config/credentials.toml")]);
    assert!(!holds(&files[Path::new("config/credentials.toml")], &password));
    home.run(&["logout", "--forget"]).ok();
    assert!(home.files().values().all(|bytes| !leaks(bytes)), "nothing is left of it");
}

#[test]
fn a_key_is_no_argument_of_the_process() {
    let home = Home::new();
    home.login();
    home.sandbox.set_faults(vec!["list:latency=5s".parse().unwrap()]);
    let mut process = home.command(&["list"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let line = format!("/proc/{}/cmdline", process.id());
    // Where there is no /proc nobody sees arguments that way.
    if let Ok(arguments) = std::fs::read(line) {
        assert!(!holds(&arguments, KEY));
    }
    process.kill().unwrap();
    process.wait().unwrap();
}
