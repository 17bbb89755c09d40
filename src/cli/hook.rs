//! The program that is told of each finished write (`hooks.after_write` of a profile). It keeps no write waiting,
//! and none from being done.

use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::program::feed;
use crate::write::{FinishedWrite, TellFinished};

/// One that has not ended by then is killed.
const LONGEST: Duration = Duration::from_secs(10);
/// At the end of a command all that wait are given so long together.
const GRACE: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(10);

/// A hook, and the writes that it has to be told of.
#[derive(Debug, Clone)]
pub struct Hook(Arc<Mutex<HookState>>);

#[derive(Debug)]
struct HookState {
    command: Vec<String>,
    running: Option<(Sender<String>, JoinHandle<()>)>,
    tally: Arc<Mutex<HookTally>>,
}

/// How it went so far.
#[derive(Debug, Default)]
struct HookTally {
    handed: usize,
    done: usize,
    failed: usize,
    why: String,
    /// No time is left.
    over: bool,
}

impl Hook {
    /// Nothing is run before there is something to tell. One text is a command of the shell, several are a program
    /// and its arguments.
    pub(super) fn new(command: Vec<String>) -> Self {
        let command = match command.as_slice() {
            [one] => ["sh", "-c", one].map(str::to_owned).to_vec(),
            _ => command,
        };
        Self(Arc::new(Mutex::new(HookState { command, running: None, tally: Arc::default() })))
    }

    /// Hands a finished write over.
    pub(super) fn teller(&self) -> Box<TellFinished> {
        let hook = self.clone();
        Box::new(move |finished: FinishedWrite| hook.hand(finished.document().to_string()))
    }

    fn hand(&self, line: String) {
        let mut state = lock(&self.0);
        lock(&state.tally).handed += 1;
        let (command, tally) = (state.command.clone(), Arc::clone(&state.tally));
        let (sender, _) = state.running.get_or_insert_with(|| {
            let (sender, lines) = channel();
            (sender, thread::spawn(move || work(&command, &lines, &tally)))
        });
        sender.send(line).ok();
    }

    /// Waits for what it was not told yet, for a time. Returns what did not go well.
    pub(super) fn finish(&self) -> Option<String> {
        let (running, tally) = {
            let mut state = lock(&self.0);
            (state.running.take(), Arc::clone(&state.tally))
        };
        let (sender, worker) = running?;
        drop(sender);
        let end = Instant::now() + GRACE;
        while !worker.is_finished() && Instant::now() < end {
            thread::sleep(LOOK);
        }
        lock(&tally).over = true;
        worker.join().ok();
        let tally = std::mem::take(&mut *lock(&tally));
        let left = tally.handed - tally.done;
        let mut parts = Vec::new();
        if tally.failed > 0 {
            parts.push(format!("failed for {} of {} writes ({})", tally.failed, tally.handed, tally.why));
        }
        if left > 0 {
            parts.push(format!("was not told of {left} in time"));
        }
        (!parts.is_empty())
            .then(|| format!("the hook after_write {}; all of them are in the ledger", parts.join(" and ")))
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(command: &[String], lines: &Receiver<String>, tally: &Mutex<HookTally>) {
    for line in lines {
        if lock(tally).over {
            return;
        }
        let why = run(command, &line, &|| lock(tally).over);
        let mut tally = lock(tally);
        // One that was ended because no time is left was not told.
        if tally.over && why.is_some() {
            return;
        }
        tally.done += 1;
        if let Some(why) = why {
            tally.failed += 1;
            tally.why = why;
        }
    }
}

/// Runs it; what it prints is nobody's. Returns why it did not go well.
fn run(command: &[String], line: &str, is_over: &dyn Fn() -> bool) -> Option<String> {
    let (program, arguments) = command.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    feed(&mut command, line, Some(LONGEST), is_over)
}
