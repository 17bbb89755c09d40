//! What the numbers cost, as the real binary tells it.

use std::process::{Command, Stdio};

use numdeck::sandbox::{Config, Sandbox};
use serde_json::Value;

use crate::support::ran::Ran;

fn run(sandbox: &Sandbox, state: &tempfile::TempDir, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
    command.env_clear().stdin(Stdio::null()).args(args).env("NUMDECK_API_KEY", "kros_test_owner");
    command.env("NUMDECK_BASE_URL", sandbox.base_url()).env("NUMDECK_STATE_DIR", state.path());
    Ran::run(command)
}

#[test]
fn costs_are_those_of_each_number_and_what_is_unknown_is_not_added() {
    let sandbox = Sandbox::start(Config { owned: 40, ..Config::default() }).unwrap();
    let state = tempfile::tempdir().unwrap();
    let numbers = run(&sandbox, &state, &["list", "--all", "-o", "json"]).ok().rows();
    let (mut known, mut unknown, mut lost) = (0, 0, 0);
    for number in &numbers {
        let shown =
            run(&sandbox, &state, &["show", number["id"].as_str().unwrap(), "-o", "json"]).ok().json();
        match shown["inventory"]["monthly_cost_cents"].as_i64() {
            Some(cents) => known += cents,
            None => unknown += 1,
        }
        lost += i64::from(
            number["status"] == "inactive"
                || number["endpoint_id"].is_null()
                || number["allow_inbound"] == false,
        );
    }
    assert!(known > 0 && lost > 0);
    for by in ["country", "type", "endpoint", "label", "status"] {
        let ran = run(&sandbox, &state, &["costs", "--by", by, "-o", "json"]).ok();
        assert!(ran.err.contains("40 requests"), "{ran:?}");
        let rows = ran.rows();
        let total = rows.last().unwrap();
        assert_eq!(total["group"], Value::Null);
        assert_eq!(total["all"]["monthly_cents"], known, "by {by}");
        assert_eq!((&total["all"]["unknown"], &total["all"]["numbers"]), (&unknown.into(), &40.into()));
        assert_eq!(total["unreachable"]["numbers"], lost);
        let parts = rows[..rows.len() - 1].iter();
        let sum: i64 = parts.map(|row| row["all"]["monthly_cents"].as_i64().unwrap_or(0)).sum();
        assert_eq!(sum, known, "by {by}");
    }
    let table = run(&sandbox, &state, &["costs", "country:ng", "-o", "csv"]).ok().out;
    assert!(table.starts_with("group,numbers,monthly,unknown,unreachable,"), "{table}");
    assert!(table.lines().count() == 3 && table.lines().last().unwrap().starts_with("total,"), "{table}");
}

#[test]
fn more_requests_than_a_day_has_are_not_made_unasked() {
    let sandbox = Sandbox::start(Config { owned: 1_001, ..Config::default() }).unwrap();
    let state = tempfile::tempdir().unwrap();
    // Whoever asked for a price would hear of it.
    sandbox.set_faults(vec!["get:status=500".parse().unwrap()]);
    let ran = run(&sandbox, &state, &["costs"]);
    assert_eq!((ran.code, ran.out.as_str()), (5, ""), "{ran:?}");
    assert!(ran.err.contains("1,001 requests") && ran.err.contains("--yes"), "{ran:?}");
    assert_eq!(run(&sandbox, &state, &["costs", "--yes"]).code, 10, "now it is asked");
}
