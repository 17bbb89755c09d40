//! `check --prom FILE`: the file, whole or not at all, beside the ordinary output.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use numdeck::sandbox::{Config, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

use super::numdeck;
use crate::support::exposition::Figures;
use crate::support::ran::Ran;

/// A sandbox whose numbers are answered, and a place for files.
struct Desk {
    sandbox: Sandbox,
    state: TempDir,
    files: TempDir,
}

impl Desk {
    fn new() -> Self {
        let sip = Some("127.0.0.1:0".parse().unwrap());
        let sandbox = Sandbox::start(Config { owned: 60, inventory: 20, sip, ..Config::default() }).unwrap();
        Self { sandbox, state: tempfile::tempdir().unwrap(), files: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.files.path().join("numdeck.prom")
    }

    fn command(&self, args: &[&str], file: &Path) -> Command {
        let mut command = numdeck(&self.sandbox.base_url(), self.state.path(), args);
        command.arg("--prom").arg(file);
        command
    }

    fn check(&self, args: &[&str]) -> (Ran, Figures) {
        let ran = Ran::run(self.command(&[&["check"], args].concat(), &self.file()));
        let text = fs::read_to_string(self.file()).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        (ran, Figures::read(&text))
    }
}

#[test]
fn one_many_all_and_an_address_make_a_file_that_says_what_the_output_says() {
    let desk = Desk::new();
    let (ran, all) = desk.check(&["--all", "-o", "json"]);
    let reports = ran.rows();
    assert_eq!(all.sum("numdeck_probe_result"), reports.len() as f64);
    let count = |code: &str| reports.iter().filter(|one| one["verdict"]["code"] == code).count() as f64;
    for code in ["ok", "port_closed", "bad_settings"] {
        assert_eq!(all.get(&format!("numdeck_probe_result{{code=\"{code}\"}}")), Some(count(code)), "{code}");
    }
    assert_eq!((ran.code, all.get("probe_success")), (20, Some(0.0)));
    assert_eq!(all.sum("numdeck_numbers"), 60.0);
    assert!(all.get("numdeck_api_requests_today").is_some_and(|count| count >= 1.0));
    assert_eq!(all.get("numdeck_ledger_in_doubt"), Some(0.0));
    assert!(all.count() < 200);
    let well = reports.iter().find(|one| one["verdict"]["status"] == "pass").unwrap();
    let number = well["number"].as_str().unwrap();
    let (ran, one) = desk.check(&[number]);
    assert_eq!((ran.code, one.get("probe_success")), (0, Some(1.0)), "{ran:?}");
    assert_eq!(one.sum("numdeck_probe_result"), 1.0);
    assert!(ran.out.contains("answered 200 OK"), "the output is as ever: {ran:?}");
    let (ran, two) = desk.check(&[number, number, "--nagios"]);
    assert!(ran.out.starts_with("SIP OK"), "{ran:?}");
    assert_eq!(two.sum("numdeck_probe_result"), 2.0);
    let uri = format!("sip:{}", desk.sandbox.sip_addr().unwrap());
    let (_, address) = desk.check(&["--uri", &uri]);
    assert_eq!((address.get("probe_success"), address.count()), (Some(1.0), 3), "{address:?}");
}

#[test]
fn whoever_collects_may_read_it_and_nothing_is_left_beside_it() {
    let desk = Desk::new();
    let mut command = Command::new("sh");
    let check = desk.command(&["check", "--all", "--settings-only"], &desk.file());
    command.args(["-c", "umask 077; exec \"$@\"", "sh"]).arg(check.get_program()).args(check.get_args());
    command.env_clear().envs(check.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(ran.code, 20, "{ran:?}");
    let mode = fs::metadata(desk.file()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o644);
    assert_eq!(fs::read_dir(desk.files.path()).unwrap().count(), 1);
    assert!(fs::read_to_string(desk.file()).unwrap().ends_with('\n'));
}

#[test]
fn a_place_where_it_cannot_be_is_refused_before_anything_is_sent() {
    let desk = Desk::new();
    let at = |name: &str| desk.files.path().join(name);
    fs::create_dir(at("directory")).unwrap();
    fs::write(at("numbers.csv"), "number\n+2348031234567\n").unwrap();
    fs::write(at("real.prom"), "").unwrap();
    symlink(at("real.prom"), at("link.prom")).unwrap();
    for (path, why) in [
        (at("directory"), "directory"),
        (at("numbers.csv"), "holds no metrics"),
        (at("link.prom"), "link"),
        (at("missing/numdeck.prom"), "No such file"),
        (at("numbers.csv/numdeck.prom"), "Not a directory"),
        (PathBuf::from("/dev/null"), "neither a file"),
        (PathBuf::from("-"), "standard output"),
        (PathBuf::from(".."), "no name"),
    ] {
        let ran = Ran::run(desk.command(&["check", "--all"], &path));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}: {ran:?}", path.display());
        assert!(ran.err.contains(why) && ran.err.contains("nothing was sent"), "{}: {ran:?}", path.display());
    }
    assert_eq!(fs::read_to_string(at("numbers.csv")).unwrap(), "number\n+2348031234567\n");
    assert!(!desk.state.path().join("requests").exists(), "nothing was sent");
    let ran = Ran::run(desk.command(&["check", "--all"], &at("real.prom")));
    assert_eq!(ran.code, 20, "an empty file has nothing to lose: {ran:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_written_costs_nobody_the_result() {
    let desk = Desk::new();
    // Not even root makes a file there.
    let path = Path::new("/proc/self/numdeck.prom");
    let ran = Ran::run(desk.command(&["check", "--all", "-o", "json"], path));
    let is_refused_before = ran.code == 2 && ran.err.contains("nothing was sent");
    let is_told_after = ran.code == 1 && ran.rows().len() == 60 && ran.err.contains("is not written");
    assert!(is_refused_before || is_told_after, "{ran:?}");
}

#[test]
fn an_api_that_does_not_answer_leaves_no_success_of_yesterday() {
    let desk = Desk::new();
    let rows =
        Ran::run(numdeck(&desk.sandbox.base_url(), desk.state.path(), &["list", "--all", "-o", "json"]));
    let is_good = |row: &&Value| row["status"] == "active" && row["allow_inbound"] == true;
    let good = rows.rows().iter().find(is_good).unwrap()["e164"].as_str().unwrap().to_owned();
    desk.sandbox.set_faults(vec!["any:status=503".parse().unwrap()]);
    for args in [&["--all", "--max-age", "0"][..], &[&good, "--max-age", "0"]] {
        fs::write(desk.file(), "# HELP probe_success x.\n# TYPE probe_success gauge\nprobe_success 1\n")
            .unwrap();
        let (ran, figures) = desk.check(args);
        assert_eq!(ran.code, 21, "{ran:?}");
        assert_eq!(figures.get("probe_success"), Some(0.0), "{args:?}");
        assert_eq!(figures.get("numdeck_probe_result{code=\"api_failed\"}"), Some(1.0), "{args:?}");
    }
}

#[test]
fn a_number_that_is_gone_is_no_success_either() {
    let desk = Desk::new();
    for args in [&["+2348030000000"][..], &["+2348030000000", "+2348030000001"]] {
        fs::write(desk.file(), "# HELP probe_success x.\n# TYPE probe_success gauge\nprobe_success 1\n")
            .unwrap();
        let (ran, figures) = desk.check(args);
        assert_eq!((ran.code, figures.get("probe_success")), (4, Some(0.0)), "{ran:?}");
    }
}
