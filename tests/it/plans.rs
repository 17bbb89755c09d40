//! Routing as a file: planned, carried out, put back, and refused where it is not what it says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use numdeck::sandbox::{Config, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::ran::Ran;

struct Team {
    sandbox: Sandbox,
    home: TempDir,
}

impl Team {
    fn new() -> Self {
        let sandbox = Sandbox::start(Config { owned: 30, inventory: 50, ..Config::default() }).unwrap();
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("desk")).unwrap();
        Self { sandbox, home }
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, |_| ())
    }

    fn run_with(&self, args: &[&str], more: impl FnOnce(&mut Command)) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
        command.env_clear().stdin(Stdio::null()).args(args).current_dir(self.desk());
        command.env("NUMDECK_BASE_URL", self.sandbox.base_url()).env("NUMDECK_API_KEY", "kros_test_owner");
        command.env("NUMDECK_CONFIG_DIR", self.home.path().join("config"));
        command.env("NUMDECK_STATE_DIR", self.home.path().join("state"));
        more(&mut command);
        Ran::run(command)
    }

    /// Where the team works.
    fn desk(&self) -> PathBuf {
        self.home.path().join("desk")
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.desk().join(name), text).unwrap();
        name.to_owned()
    }

    fn rows(&self) -> Vec<Value> {
        self.run(&["list", "--all", "-o", "json"]).ok().rows()
    }

    /// Numbers in use that somebody answers.
    fn answered(&self) -> Vec<Value> {
        let mut rows = self.rows();
        rows.retain(|row| {
            row["status"] == "active" && row["endpoint_id"].is_string() && row["allow_inbound"] == true
        });
        rows
    }

    fn rollbacks(&self) -> Vec<String> {
        names(&self.desk()).into_iter().filter(|name| name.starts_with("numdeck-rollback-")).collect()
    }
}

fn names(directory: &Path) -> Vec<String> {
    let files = fs::read_dir(directory).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap()
}

/// The settings of each number, by its id.
fn settings(rows: &[Value]) -> Vec<Value> {
    let of = |row: &Value| {
        json!([row["id"], row["endpoint_id"], row["allow_inbound"], row["allow_outbound"], row["status"]])
    };
    rows.iter().map(of).collect()
}

#[test]
fn routing_goes_from_the_list_into_a_file_and_back_and_the_rollback_undoes_it() {
    let team = Team::new();
    let before = team.rows();
    let csv = team.run(&["list", "--all", "-o", "csv"]).ok().out;
    let file = team.write("routes.csv", &csv);
    assert_eq!(team.run(&["plan", "--check", &file]).ok().out, "", "what was exported is so");
    let chosen = team.answered();
    let edited: String = csv
        .lines()
        .map(|line| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if line.starts_with(text(&chosen[0], "e164")) {
                cells[6] = "none".to_owned();
            }
            if line.starts_with(text(&chosen[1], "e164")) {
                cells[4] = "off".to_owned();
                cells[6] = "sales-bot".to_owned();
            }
            cells.join(",") + "\r\n"
        })
        .collect();
    team.write("routes.csv", &edited);
    let planned = team.run(&["plan", "--check", &file, "-o", "json"]);
    assert_eq!((planned.code, planned.rows().len()), (13, 2), "{planned:?}");
    assert_eq!(settings(&team.rows()), settings(&before), "a plan changes nothing");
    assert_eq!(team.run(&["apply", &file]).code, 5, "nobody agreed");
    assert!(team.rollbacks().is_empty(), "and nothing is left behind");
    let applied = team.run(&["apply", &file, "--yes", "-o", "json"]).ok();
    assert!(applied.rows().iter().all(|row| row["outcome"] == "done"), "{applied:?}");
    assert_eq!(applied.rows().len(), 2, "only what changed has a row");
    assert_eq!(team.run(&["plan", "--check", &file]).code, 0);
    let again = team.run(&["apply", &file, "--yes", "-o", "json"]).ok();
    assert!(again.rows().is_empty() && again.err.contains("nothing to change"), "{again:?}");
    let rollbacks = team.rollbacks();
    assert_eq!(rollbacks.len(), 1, "and only what is changed has one");
    assert!(applied.err.contains(&rollbacks[0]), "{applied:?}");
    team.run(&["apply", &rollbacks[0], "--yes"]).ok();
    assert_eq!(settings(&team.rows()), settings(&before), "value for value");
}

#[test]
fn a_plan_that_was_kept_is_carried_out_only_where_numbers_are_as_they_were_seen() {
    let team = Team::new();
    let chosen = team.answered();
    let lines: String = chosen[..3].iter().map(|row| format!("{},off\n", text(row, "e164"))).collect();
    let file = team.write("routes.csv", &format!("number,outbound\n{lines}"));
    team.run(&["update", text(&chosen[0], "id"), "--outbound", "on", "--yes"]).ok();
    team.run(&["update", text(&chosen[1], "id"), "--outbound", "on", "--yes"]).ok();
    team.run(&["plan", &file, "--out", "tonight.plan"]).ok();
    let before = settings(&team.rows());
    team.run(&["update", text(&chosen[1], "id"), "--endpoint", "none", "--yes"]).ok();
    let drifted = settings(&team.rows());
    let ran = team.run(&["apply", "tonight.plan", "--yes", "-o", "json"]);
    let error: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!((ran.code, &error["error"]["code"]), (5, &json!("DRIFT")), "{ran:?}");
    assert!(text(&error["error"], "message").contains("line 3"), "{ran:?}");
    assert_eq!(settings(&team.rows()), drifted, "nothing was sent, to none of them");
    assert_eq!(team.run(&["plan", "tonight.plan"]).code, 5, "looking says so too");
    team.run(&["update", text(&chosen[1], "id"), "--endpoint", text(&chosen[1], "endpoint_id"), "--yes"])
        .ok();
    assert_eq!(settings(&team.rows()), before);
    team.run(&["apply", "tonight.plan", "--yes"]).ok();
    assert_eq!(team.run(&["plan", "--check", "tonight.plan"]).code, 0);
    let kept = fs::read_to_string(team.desk().join("tonight.plan")).unwrap();
    let cut = team.write("cut.plan", &kept[..kept.len() - 40]);
    let ran = team.run(&["apply", &cut, "--yes"]);
    assert!(ran.code == 2 && ran.err.contains("makes another one"), "{ran:?}");
    assert_eq!(team.run(&["plan", &file, "--out", "-"]).code, 2);
    let live = team.run_with(&["apply", "tonight.plan", "--yes", "--org", "org-1"], |command| {
        command.env("NUMDECK_API_KEY", "kros_live_owner");
    });
    assert!(live.code == 5 && live.err.contains("was made for TEST"), "{live:?}");
    fs::write(team.desk().join("routes.csv"), "mine").unwrap();
    let ran = team.run(&["plan", "tonight.plan", "--out", "routes.csv"]);
    assert_eq!((ran.code, fs::read_to_string(team.desk().join("routes.csv")).unwrap().as_str()), (2, "mine"));
}

#[test]
fn a_file_is_refused_whole_and_says_which_line() {
    let team = Team::new();
    let line = text(&team.answered()[0], "e164").to_owned();
    let before = settings(&team.rows());
    for (rows, code, why) in [
        (format!("{line},none\n+2348000000001,none\n"), 4, "line 3: no such number"),
        (format!("{line},none\n{line},none\n"), 2, "line 3"),
        (format!("{line},nobody-at-all\n"), 2, "line 2: no endpoint is called"),
        (format!("{line},00000000-0000-4000-8000-00000000dead\n"), 2, "line 2: the server lists no endpoint"),
        (format!("{line},none\nwho knows,none\n"), 2, "line 3"),
    ] {
        let file = team.write("routes.csv", &format!("number,endpoint\n{rows}"));
        for args in [&["plan", &file][..], &["apply", &file, "--yes"], &["apply", &file, "--dry-run"]] {
            let ran = team.run(args);
            assert!(
                ran.code == code && ran.err.contains(why) && ran.out.is_empty(),
                "{args:?} {rows}: {ran:?}"
            );
        }
    }
    assert_eq!(settings(&team.rows()), before);
    assert!(team.rollbacks().is_empty());
}

#[test]
fn pins_limits_and_read_only_hold_for_a_plan_as_for_any_write() {
    let team = Team::new();
    let chosen = team.answered();
    let lines: String = chosen[..2].iter().map(|row| format!("{},none\n", text(row, "e164"))).collect();
    let file = team.write("routes.csv", &format!("number,endpoint\n{lines}"));
    team.run(&["label", text(&chosen[1], "e164"), "--pin"]).ok();
    let planned = team.run(&["plan", &file]).ok();
    assert!(planned.err.contains("apply will refuse it"), "{planned:?}");
    let before = settings(&team.rows());
    for (args, code) in [
        (&["apply", &file, "--yes"][..], 5),
        (&["apply", &file, "--yes", "--max-changes", "1"], 6),
        (&["apply", &file, "--yes", "--read-only"], 5),
        (&["apply", &file, "--yes", "--canary", "0"], 2),
    ] {
        assert_eq!(team.run(args).code, code, "{args:?}");
        assert_eq!(settings(&team.rows()), before, "{args:?}");
    }
    assert!(team.rollbacks().is_empty());
    team.run(&["plan", &file, "--read-only"]).ok();
    team.run(&["label", text(&chosen[1], "e164"), "--unpin"]).ok();
    team.run(&["apply", &file, "--yes", "--max-changes", "2"]).ok();
}

#[test]
fn the_first_numbers_go_first_and_the_rest_only_where_their_calls_arrive() {
    let team = Team::new();
    let chosen = team.answered();
    // Nothing listens at the port of a sandbox that has no SIP server.
    let flipped = |row: &Value| if row["allow_outbound"] == true { "off" } else { "on" };
    let lines: String =
        chosen[..4].iter().map(|row| format!("{},{}\n", text(row, "e164"), flipped(row))).collect();
    let file = team.write("routes.csv", &format!("number,outbound\n{lines}"));
    let ran = team.run(&["apply", &file, "--canary", "1", "--yes", "-o", "json"]);
    let outcomes: Vec<String> = ran.rows().iter().map(|row| text(row, "outcome").to_owned()).collect();
    assert_eq!(ran.code, 12, "{ran:?}");
    assert_eq!(outcomes, ["done", "not_tried", "not_tried", "not_tried"]);
    let error: Value = serde_json::from_str(&ran.err).unwrap();
    assert!(text(&error["error"], "message").contains("The other 3 were not sent"), "{ran:?}");
    let rollback = team.rollbacks().pop().unwrap();
    assert!(text(&error["error"], "hint").contains(&rollback), "{ran:?}");
    let former = fs::read_to_string(team.desk().join(rollback)).unwrap();
    assert_eq!(former.lines().count(), 5, "it has the values of all, also of those that were not sent");
    // What nobody is to answer has no route, and holds nobody up.
    let lines: String = chosen[4..7].iter().map(|row| format!("{},none\n", text(row, "e164"))).collect();
    let file = team.write("detach.csv", &format!("number,endpoint\n{lines}"));
    let ran = team.run(&["apply", &file, "--canary", "2", "--yes"]).ok();
    assert_eq!(ran.err.matches("no route to check").count(), 2, "{ran:?}");
}

#[test]
fn without_a_directory_to_run_in_the_former_values_are_kept_beside_the_ledger() {
    let team = Team::new();
    let row = &team.answered()[0];
    let file = team.write("routes.csv", &format!("number,endpoint\n{},none\n", text(row, "e164")));
    let (file, before) = (team.desk().join(file), settings(&team.rows()));
    let gone = team.home.path().join("gone");
    fs::create_dir(&gone).unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", "rmdir \"$PWD\" && exec \"$0\" apply \"$1\" --yes", env!("CARGO_BIN_EXE_numdeck")])
        .arg(&file);
    command.env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null()).current_dir(&gone);
    command.env("NUMDECK_BASE_URL", team.sandbox.base_url()).env("NUMDECK_API_KEY", "kros_test_owner");
    let state = team.home.path().join("state");
    let ran = Ran::of(command.env("NUMDECK_STATE_DIR", &state).output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    let kept = names(&state).into_iter().find(|name| name.starts_with("numdeck-rollback-")).unwrap();
    assert!(ran.err.contains(&kept), "{ran:?}");
    team.run(&["apply", state.join(&kept).to_str().unwrap(), "--yes"]).ok();
    assert_eq!(settings(&team.rows()), before);
}
