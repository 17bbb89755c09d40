//! What Prometheus is told: by a file.

mod file;

use std::path::Path;
use std::process::{Command, Stdio};

const OWNER: &str = "kros_test_owner";

/// The binary in an environment of nothing but what is given.
fn numdeck(url: &str, state: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_numdeck"));
    command.env_clear().env("NUMDECK_STATE_DIR", state).stdin(Stdio::null()).args(args);
    command.env("NUMDECK_BASE_URL", url).env("NUMDECK_API_KEY", OWNER);
    command
}
