//! The file of `--log`: what the real binary writes into it, and what it never does.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use numdeck::sandbox::{Config, Sandbox};
use serde_json::Value;

use crate::support::ran::Ran;

const KEY: &str = "kros_test_owner";

/// A command against a sandbox, with a log that is as talkative as it gets.
fn logged(sandbox: &Sandbox, directory: &tempfile::TempDir, args: &[&str]) -> (Ran, String) {
    let file = directory.path().join("numdeck.log");
    let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
    command.env_clear().env("NUMDECK_BASE_URL", sandbox.base_url()).env("NUMDECK_API_KEY", KEY);
    command.env("NUMDECK_STATE_DIR", directory.path()).stdin(Stdio::null());
    command.args(args).args(["-vv", "--log"]).arg(&file);
    let ran = Ran::run(command);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "nobody else reads it");
    (ran, fs::read_to_string(&file).unwrap())
}

#[test]
fn every_request_is_in_the_log_and_no_secret_is() {
    let sandbox = Sandbox::start(Config { owned: 5, inventory: 10, ..Config::default() }).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (listed, log) = logged(&sandbox, &directory, &["list", "--all", "-o", "json"]);
    let row = &listed.ok().rows()[0];
    let id = row["id"].as_str().unwrap();
    let line = log.lines().find(|line| line.contains("/phone-numbers")).unwrap_or_else(|| panic!("{log}"));
    for part in ["GET", "status=200", "took_ms=", "id="] {
        assert!(line.contains(part), "{part} in {line}");
    }
    let (shown, log) = logged(&sandbox, &directory, &["show", id, "--show-secrets", "-o", "json"]);
    let shown: Value = serde_json::from_str(&shown.ok().out).unwrap();
    let password = shown["sip_credentials"]["sip_password"].as_str().unwrap();
    assert!(log.contains(id) && password.len() > 5);
    for secret in [KEY, password] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn a_log_that_can_not_be_written_is_said_before_anything_is_done() {
    let sandbox = Sandbox::start(Config { owned: 1, inventory: 1, ..Config::default() }).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
    command.env_clear().env("NUMDECK_BASE_URL", sandbox.base_url()).env("NUMDECK_API_KEY", KEY);
    let ran = Ran::run(command.args(["list", "--log", "/nowhere/numdeck.log"]));
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("--log /nowhere/numdeck.log"), "{}", ran.err);
}
