//! How a run of the real binary ended.

use std::borrow::BorrowMut;
use std::ffi::OsStr;
use std::process::{Command, Output};

use serde_json::Value;

use super::schemas;

/// A process that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// -1 when a signal ended it.
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Runs a command to its end. JSON that it prints is held against its schema.
    pub(crate) fn run(mut command: impl BorrowMut<Command>) -> Self {
        let command = command.borrow_mut();
        let output = command.output().unwrap();
        let args: Vec<&str> = command.get_args().filter_map(OsStr::to_str).collect();
        Self::ended(&args, output)
    }

    /// A process that was started with `args`, and what it printed likewise.
    pub(crate) fn ended(args: &[&str], output: Output) -> Self {
        let ran = Self::of(output);
        schemas::hold(args, &ran.out, &ran.err);
        ran
    }

    /// One that was interrupted or killed, so that nobody knows where.
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn rows(&self) -> Vec<Value> {
        self.json().as_array().unwrap().clone()
    }

    /// JSON objects, one a line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Everything that was printed.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.out, self.err)
    }
}
