//! The program that a profile names is told of each finished write, and hinders none.

use std::fs;
use std::process::{Command, Stdio};

use numdeck::sandbox::{Config, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::ran::Ran;

struct Office {
    sandbox: Sandbox,
    home: TempDir,
}

impl Office {
    /// With what is run after each write, as the profile has it.
    fn with(after_write: &str) -> Self {
        let sandbox = Sandbox::start(Config { owned: 20, inventory: 50, ..Config::default() }).unwrap();
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("config")).unwrap();
        let text = format!(
            "default = \"desk\"\n[profile.desk]\nbase_url = \"{}\"\n[profile.desk.hooks]\nafter_write = {after_write}\n",
            sandbox.base_url()
        );
        fs::write(home.path().join("config/config.toml"), text).unwrap();
        Self { sandbox, home }
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::run(self.command(args))
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
        command.env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null()).args(args);
        command.current_dir(self.home.path()).env("NUMDECK_API_KEY", "kros_test_owner");
        command.env("NUMDECK_CONFIG_DIR", self.home.path().join("config"));
        command.env("NUMDECK_STATE_DIR", self.home.path().join("state"));
        command
    }

    fn ids(&self) -> Vec<String> {
        let rows = self.run(&["list", "status:active", "--all", "-o", "json"]).ok().rows();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    fn told(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.home.path().join("told")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn each_finished_write_is_one_line_for_the_program_and_reading_is_none() {
    for hook in [r#"["cat >> told"]"#, r#"["sh", "-c", "cat >> told"]"#] {
        let office = Office::with(hook);
        let ids = office.ids();
        office.run(&["update", &ids[0], "--outbound", "on", "--yes"]).ok();
        office.run(&["update", &ids[0], "--outbound", "off", "--yes", "-o", "json"]).ok();
        office.run(&["release", &ids[1], &ids[2], "--yes"]).ok();
        office.run(&["update", &ids[0], "--outbound", "off", "--yes"]).ok();
        office.run(&["update", &ids[0], "--outbound", "on", "--dry-run"]).ok();
        let told = office.told();
        let words: Vec<(&str, &str)> = told
            .iter()
            .map(|one| (one["what"].as_str().unwrap(), one["outcome"].as_str().unwrap()))
            .collect();
        let mut wanted = vec![("update", "done"), ("release", "done"), ("release", "done")];
        // What is so already is not sent, and nobody is told.
        if words.len() == 4 {
            wanted.insert(0, ("update", "done"));
        }
        assert_eq!(words, wanted);
        let last = told.iter().rfind(|one| one["what"] == "update").unwrap();
        assert_eq!((&last["number_id"], &last["after"]), (&json!(ids[0]), &json!({"allow_outbound": false})));
        assert!(last["at"].is_string() && last["id"].is_string());
    }
}

#[test]
fn what_is_refused_is_told_too_and_says_why() {
    let office = Office::with(r#"["cat >> told"]"#);
    let rows = office.run(&["search", "NG", "-n", "1", "-o", "json"]).ok().rows();
    office.sandbox.set_faults(vec!["purchase:status=402".parse().unwrap()]);
    office.run(&["buy", rows[0]["id"].as_str().unwrap(), "--yes"]);
    let told = office.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (&told[0]["what"], &told[0]["outcome"], &told[0]["status"]),
        (&json!("purchase"), &json!("refused"), &json!(402))
    );
}

#[test]
fn a_program_that_fails_hangs_or_prints_without_end_hinders_no_write_and_is_said() {
    for (hook, said) in [
        (r#"["exit 3"]"#, Some("failed for 3 of 3 writes (exit 3)")),
        (r#"["/no/such/program", "x"]"#, Some("it can not be started")),
        (r#"["kill -9 $$"]"#, Some("a signal ended it")),
        (r#"["head -c 1000000000 /dev/zero; cat >> told"]"#, None),
        (r#"["sleep 1000"]"#, Some("took too long and was stopped")),
    ] {
        let office = Office::with(hook);
        let ids = office.ids();
        let ran = office.run(&["release", &ids[0], &ids[1], &ids[2], "--yes"]);
        assert_eq!(ran.code, 0, "{hook}: {ran:?}");
        let hears = |words: &str| ran.err.contains(words);
        if let Some(said) = said {
            assert!(hears("the hook after_write") && hears(said), "{hook}: {ran:?}");
        } else {
            assert!(!hears("hook") && office.told().len() == 3, "{hook}: {ran:?}");
        }
        let after = office.run(&["list", "status:inactive", "--all", "-o", "json"]).ok().rows();
        let is_there = |id: &String| after.iter().any(|row| row["id"] == json!(id));
        assert!(ids[..3].iter().all(is_there), "{hook}");
    }
}

#[test]
fn a_hook_that_is_not_understood_refuses_the_file() {
    for hook in ["[]", "\"logger\"", "[1]", "{}"] {
        let office = Office::with(hook);
        let ran = office.run(&["list"]);
        assert!(ran.code == 2 && ran.err.contains("after_write"), "{hook}: {ran:?}");
    }
}

#[test]
fn a_write_that_is_settled_later_is_told_with_the_time_at_which_it_was_sent() {
    let office = Office::with(r#"["cat >> told"]"#);
    let ids = office.ids();
    office.sandbox.set_faults(vec!["update:latency=30s".parse().unwrap()]);
    let mut child = office.command(&["update", &ids[0], "--outbound", "on", "--yes"]).spawn().unwrap();
    let entered = || {
        let files = fs::read_dir(office.home.path().join("state/ledger")).into_iter().flatten().flatten();
        files
            .map(|file| fs::read_to_string(file.path()).unwrap_or_default())
            .any(|text| text.contains("update"))
    };
    while !entered() {
        assert_eq!(child.try_wait().unwrap(), None, "it is on its way");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(office.told(), [] as [Value; 0], "nobody knows yet how it ends");
    office.sandbox.set_faults(Vec::new());
    office.run(&["purchases", "resolve", "--settle", "0s"]).ok();
    let told = office.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0]["at"].is_string() && told[0]["what"] == "update", "{told:?}");
}
