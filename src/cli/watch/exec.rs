//! The command that gets each event: one after another, and none is left out.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread::{JoinHandle, spawn};

use crate::cli::output::say;

/// A command of the shell, and the events that wait for it.
pub(super) struct Exec {
    events: Sender<String>,
    worker: JoinHandle<()>,
}

impl Exec {
    /// The thread of a command; nothing is run before there is an event.
    pub(super) fn start(command: &str) -> Self {
        let (events, waiting) = channel::<String>();
        let command = command.to_owned();
        let worker = spawn(move || {
            for (count, event) in waiting.iter().enumerate() {
                if let Some(trouble) = run(&command, &event) {
                    say(&format!("numdeck: --exec, event {}: {trouble}", count + 1));
                }
            }
        });
        Self { events, worker }
    }

    /// Hands an event over. It waits while the one before is worked on.
    pub(super) fn hand(&self, event: String) {
        self.events.send(event).ok();
    }

    /// Waits until the last event was worked on.
    pub(super) fn finish(self) {
        drop(self.events);
        self.worker.join().ok();
    }
}

/// Runs the command with a line on its standard input. What it prints goes to stderr: stdout has the events.
fn run(command: &str, event: &str) -> Option<String> {
    let started =
        Command::new("sh").arg("-c").arg(command).stdin(Stdio::piped()).stdout(std::io::stderr()).spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => return Some(format!("it can not be started: {error}")),
    };
    // It may not want to read.
    child.stdin.take().map(|mut stdin| writeln!(stdin, "{event}"));
    match child.wait() {
        Ok(status) if status.success() => None,
        Ok(status) => Some(match status.code() {
            Some(code) => format!("exit {code}"),
            None => "a signal ended it".to_owned(),
        }),
        Err(error) => Some(format!("how it ended is not known: {error}")),
    }
}
