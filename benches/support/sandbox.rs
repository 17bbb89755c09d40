//! A sandbox in a process of its own, for whatever is measured over it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A sandbox in a process of its own, which ends with it.
pub(crate) struct Sandbox {
    child: Child,
    /// Where it serves the API.
    pub(crate) url: String,
}

impl Sandbox {
    /// Starts one of `program` with so many owned numbers.
    ///
    /// # Errors
    /// It does not start, or does not say where it listens.
    pub(crate) fn start(program: &str, owned: usize) -> Result<Self, Box<dyn std::error::Error>> {
        let mut child = Command::new(program)
            .args(["sandbox", "--owned", &owned.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let url = line.trim().strip_prefix("listening on ").ok_or("no address")?.to_owned();
        Ok(Self { child, url })
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
