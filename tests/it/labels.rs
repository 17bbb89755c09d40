//! Tags, notes and pins: in the file, in filters, and in the way of whoever would stop calls.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use numdeck::sandbox::{Config, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::ran::Ran;

struct Desk {
    sandbox: Sandbox,
    home: TempDir,
}

impl Desk {
    fn new() -> Self {
        let sandbox = Sandbox::start(Config { owned: 30, inventory: 50, ..Config::default() }).unwrap();
        Self { sandbox, home: tempfile::tempdir().unwrap() }
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
        command.env_clear().stdin(Stdio::null()).args(args);
        command.env("NUMDECK_BASE_URL", self.sandbox.base_url()).env("NUMDECK_API_KEY", "kros_test_owner");
        command.env("NUMDECK_CONFIG_DIR", self.home.path().join("config"));
        command.env("NUMDECK_STATE_DIR", self.home.path().join("state"));
        Ran::run(command)
    }

    fn file(&self) -> PathBuf {
        self.home.path().join("config/labels.toml")
    }

    /// Numbers in use that somebody answers.
    fn in_use(&self) -> Vec<String> {
        let rows =
            self.run(&["list", "status:active", "!endpoint:none", "inbound:on", "--all", "-o", "json"]);
        rows.ok().rows().iter().map(|row| row["e164"].as_str().unwrap().to_owned()).collect()
    }

    fn show(&self, line: &str) -> Value {
        self.run(&["show", line, "-o", "json"]).ok().json()
    }
}

#[test]
fn a_label_is_put_down_found_again_and_taken_away() {
    let desk = Desk::new();
    let lines = desk.in_use();
    let [one, two] = &lines[..2] else { panic!() };
    let rows =
        desk.run(&["label", one, two, "--add", "VIP", "--note", "front desk", "-o", "json"]).ok().rows();
    assert_eq!(rows[0]["tags"], serde_json::json!(["vip"]));
    assert_eq!((&rows[1]["note"], &rows[1]["pinned"]), (&"front desk".into(), &false.into()));
    desk.run(&["label", one, "--add", "sales", "--pin"]).ok();
    let found = |expression: &str| {
        let rows = desk.run(&["list", expression, "--all", "-o", "json"]).ok().rows();
        rows.iter().map(|row| row["e164"].as_str().unwrap().to_owned()).collect::<Vec<String>>()
    };
    assert_eq!(found("label:vip").len(), 2);
    assert_eq!(found("label:sal"), [one.as_str()]);
    assert_eq!(found("pinned:on"), [one.as_str()]);
    assert_eq!(found("label:none").len(), 28);
    assert_eq!(found("!label:any").len(), 28);
    let again = desk.run(&["label", one, "--add", "sales"]).ok();
    assert!(again.err.contains("so already"), "{again:?}");
    desk.run(&["label", one, two, "--remove", "vip", "--remove", "sales", "--note", "", "--unpin"]).ok();
    assert_eq!(found("label:any").len() + found("pinned:on").len(), 0);
    assert!(!fs::read_to_string(desk.file()).unwrap().contains(one.as_str()));
}

#[test]
fn what_is_no_tag_is_refused_before_anything_is_read() {
    let desk = Desk::new();
    for args in [
        &["--add", "two words"][..],
        &["--add", "none"],
        &["--add", "a", "--remove", "A"],
        &["--pin", "--unpin"],
        &["--note", "a\nb"],
    ] {
        let ran = desk.run(&[&["label", "+2348031234567"], args].concat());
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
    }
    assert_eq!(desk.run(&["label", "+2348031234567", "--pin"]).code, 4, "it is nobody's");
    assert!(!desk.file().exists());
}

#[test]
fn a_pin_holds_on_every_command_that_stops_calls() {
    let desk = Desk::new();
    let lines = desk.in_use();
    let [pinned, other] = &lines[..2] else { panic!() };
    desk.run(&["label", pinned, "--pin"]).ok();
    let before = (desk.show(pinned), desk.show(other));
    let list = desk.home.path().join("list.txt");
    fs::write(&list, format!("{other}\n{pinned}\n")).unwrap();
    let list = list.to_str().unwrap();
    for args in [
        &["release", pinned, "--yes"][..],
        &["release", "--file", list, "--yes"],
        &["release", pinned, "--dry-run"],
        &["delete", pinned, "--confirm", pinned],
        &["update", pinned, "--endpoint", "none", "--yes"],
        &["update", pinned, "--inbound", "off", "--yes"],
        &["update", pinned, "--status", "inactive", "--yes"],
        &["update", other, pinned, "--inbound", "off", "--yes"],
    ] {
        let ran = desk.run(args);
        assert_eq!(ran.code, 5, "{args:?}: {ran:?}");
        assert!(ran.err.contains("nothing was sent") && ran.err.contains("pinned"), "{ran:?}");
    }
    assert_eq!((desk.show(pinned), desk.show(other)), before);
    desk.run(&["update", pinned, "--outbound", "on", "--yes"]).ok();
    desk.run(&["update", pinned, "--outbound", "off", "--yes"]).ok();
    desk.run(&["label", pinned, "--unpin"]).ok();
    desk.run(&["release", pinned, "--yes"]).ok();
}

#[test]
fn an_undo_that_would_stop_calls_is_kept_back_too() {
    let desk = Desk::new();
    let bare = desk.run(&["list", "endpoint:none", "status:active", "--all", "-o", "json"]).ok().rows();
    let line = bare[0]["e164"].as_str().unwrap().to_owned();
    let endpoint = desk.show(&desk.in_use()[0])["endpoint_id"].as_str().unwrap().to_owned();
    desk.run(&["update", &line, "--endpoint", &endpoint, "--yes"]).ok();
    desk.run(&["label", &line, "--pin"]).ok();
    let ran = desk.run(&["undo", &line, "--yes"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert_eq!(desk.show(&line)["endpoint_id"], endpoint.as_str());
}

#[test]
fn where_nobody_knows_what_is_pinned_nothing_stops_calls() {
    let desk = Desk::new();
    let line = &desk.in_use()[0];
    fs::create_dir_all(desk.file().parent().unwrap()).unwrap();
    fs::write(desk.file(), format!("[\"{line}\"]\npinn = true\n")).unwrap();
    let ran = desk.run(&["update", line, "--inbound", "off", "--yes"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.err.contains("line 2") && ran.err.contains("pinn"), "{ran:?}");
    assert_eq!(desk.run(&["list", "label:any"]).code, 2);
    assert_eq!(desk.run(&["label", line, "--pin"]).code, 2);
    desk.run(&["list"]).ok();
    desk.run(&["update", line, "--outbound", "on", "--yes"]).ok();
}

#[test]
fn a_team_keeps_its_labels_where_the_profile_says() {
    let desk = Desk::new();
    let line = &desk.in_use()[0];
    let place = desk.home.path().join("git");
    fs::create_dir_all(desk.home.path().join("config")).unwrap();
    fs::create_dir(&place).unwrap();
    let config =
        format!("default = \"a\"\n[profile.a]\nlabels_file = \"{}/numbers.toml\"\n", place.display());
    fs::write(desk.home.path().join("config/config.toml"), config).unwrap();
    let ran = desk.run(&["update", line, "--inbound", "off", "--yes"]);
    assert_eq!(ran.code, 5, "the file is not there, and pins may stand in it: {ran:?}");
    desk.run(&["label", line, "--pin"]).ok();
    assert!(Path::new(&place.join("numbers.toml")).exists() && !desk.file().exists());
    assert_eq!(desk.run(&["release", line, "--yes"]).code, 5);
}
