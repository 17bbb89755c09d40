//! The command that gets each event: one after another, and none is left out.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};

use crate::cli::output::say;
use crate::cli::program::feed;

/// A command of the shell, and the events that wait for it.
pub(super) struct Exec {
    events: Sender<String>,
    worker: JoinHandle<()>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Events that it did not have yet, the one that it works on included.
    waiting: AtomicUsize,
    /// Nobody waits for it any more.
    over: AtomicBool,
}

/// What waits for the command, and how to leave without it.
#[derive(Clone)]
pub(super) struct ExecQueue(Arc<Shared>);

impl ExecQueue {
    /// Events that the command did not have yet.
    pub(super) fn len(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }

    /// Ends the command, and gives it nothing more.
    pub(super) fn leave(&self) {
        self.0.over.store(true, Ordering::Relaxed);
    }
}

impl Exec {
    /// The thread of a command; nothing is run before there is an event.
    pub(super) fn start(command: &str) -> Self {
        let (events, waiting) = channel::<String>();
        let (command, shared) = (command.to_owned(), Arc::<Shared>::default());
        let worker = spawn({
            let shared = Arc::clone(&shared);
            move || work(&command, &waiting, &shared)
        });
        Self { events, worker, shared }
    }

    /// Hands an event over. It waits while the one before is worked on.
    pub(super) fn hand(&self, event: String) {
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
        self.events.send(event).ok();
    }

    /// What waits for it.
    pub(super) fn queue(&self) -> ExecQueue {
        ExecQueue(Arc::clone(&self.shared))
    }

    /// Waits until the last event was worked on, or nobody waits any more.
    pub(super) fn finish(self) {
        drop(self.events);
        self.worker.join().ok();
    }
}

fn work(command: &str, events: &Receiver<String>, shared: &Shared) {
    let is_over = || shared.over.load(Ordering::Relaxed);
    for (count, event) in events.iter().enumerate() {
        if is_over() {
            return;
        }
        let mut shell = Command::new("sh");
        // What it prints goes to stderr: stdout has the events.
        shell.arg("-c").arg(command).stdout(std::io::stderr());
        let trouble = feed(&mut shell, &event, None, &is_over);
        if let Some(trouble) = &trouble {
            say(&format!("numdeck: --exec, event {}: {trouble}", count + 1));
        }
        if !is_over() {
            shared.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
