//! Runs a command to its end, or to the signal that ends it.

use std::future::Future;
use std::pin::pin;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::args::Global;
use super::command_context::CommandContext;
use super::{Context, Environment, Exit, Failure};
use crate::cli::unresolved;

/// On how many threads a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Threads {
    /// It waits more than it works.
    One,
    /// It reads lists whole: pages are read while others are printed.
    Several,
}

/// Runs `command` over the configured server. Ctrl-C ends it at once, unless a write is on its way:
/// then the first one waits for the answer, and the command ends by that.
pub(super) fn run(
    global: &Global,
    environment: &Environment,
    threads: Threads,
    command: impl AsyncFnOnce(&CommandContext) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    over(&CommandContext::new(global, Context::resolve(global, environment)?)?, threads, command)
}

/// The same where it is known what to work with.
pub(super) fn over<T>(
    context: &CommandContext,
    threads: Threads,
    command: impl AsyncFnOnce(&CommandContext) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let runtime = runtime(threads)?;
    let result = runtime.block_on(async {
        let mut signals = Signals::listen().map_err(|error| broken(&error))?;
        let result = until_done_or_interrupted(context, command(context), &mut signals).await;
        if result.is_ok() {
            unresolved::remind(context).await;
        }
        result
    });
    context.count_requests();
    context.close();
    // A prompt that nobody answered still waits for its line; the process does not.
    runtime.shutdown_background();
    if result.is_ok() {
        context.tell_if(true);
    }
    result
}

/// Runs what has no server yet, or changes nothing there: a signal ends it at once.
pub(super) fn alone<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = runtime(Threads::One)?;
    let result = runtime.block_on(async {
        let mut signals = Signals::listen().map_err(|error| broken(&error))?;
        tokio::select! {
            biased;
            result = work => result,
            () = signals.next(false) => {
                Err(Failure::new(Exit::Interrupted, "INTERRUPTED", "interrupted; nothing was changed", ""))
            }
        }
    });
    runtime.shutdown_background();
    result
}

/// Does on a thread of its own what waits for somebody, so that a signal ends the command meanwhile.
pub(super) async fn waiting<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
        // The runtime is being shut down: nobody waits for this any more.
        Err(_) => std::future::pending().await,
    }
}

fn runtime(threads: Threads) -> Result<tokio::runtime::Runtime, Failure> {
    let mut builder = match threads {
        Threads::One => tokio::runtime::Builder::new_current_thread(),
        Threads::Several => tokio::runtime::Builder::new_multi_thread(),
    };
    // Beside the one that prints.
    builder.worker_threads(2).enable_all().build().map_err(|error| broken(&error))
}

async fn until_done_or_interrupted<T>(
    context: &CommandContext,
    command: impl Future<Output = Result<T, Failure>>,
    signals: &mut Signals,
) -> Result<T, Failure> {
    let mut command = pin!(command);
    let mut told = false;
    loop {
        tokio::select! {
            biased;
            result = &mut command => return result,
            () = signals.next(told) => {}
        }
        if context.interrupt() {
            continue;
        }
        // Whatever goes on, nothing new is begun.
        let flight = context.flight();
        flight.halt();
        if context.is_running() && !told {
            told = true;
            context.aside("numdeck: stopping after the one that is on its way (once more leaves without it)");
            continue;
        }
        if !flight.is_sending() && flight.is_unsettled() {
            return Err(Failure::new(
                Exit::Unknown,
                "OUTCOME_UNKNOWN",
                "interrupted; what was looked at is still in doubt, and may still happen",
                "Do not repeat it: numdeck purchases resolve looks again.",
            ));
        }
        if !flight.is_sending() {
            return Err(Failure::new(
                Exit::Interrupted,
                "INTERRUPTED",
                if context.is_running() { "interrupted" } else { "interrupted; nothing was changed" },
                "",
            ));
        }
        if told {
            return Err(Failure::new(
                Exit::Unknown,
                "OUTCOME_UNKNOWN",
                "left without waiting for the answer of a change that was sent: it may have happened",
                "Look before you repeat it: numdeck list.",
            ));
        }
        told = true;
        // What is only looked at ends by itself now, in doubt.
        if !flight.is_unsettled() {
            context.aside("numdeck: a change was sent; waiting for its answer (once more leaves without it)");
        }
    }
}

struct Signals([Signal; 3]);

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    /// The next signal; where `insists`, one that only a person sends: a terminal that closes and a
    /// service manager may send several of the others at once.
    async fn next(&mut self, insists: bool) {
        let [interrupt, terminate, hangup] = &mut self.0;
        loop {
            tokio::select! {
                _ = interrupt.recv() => return,
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            if !insists {
                return;
            }
        }
    }
}

fn broken(error: &std::io::Error) -> Failure {
    Failure::new(Exit::Other, "RUNTIME", format!("cannot start: {error}"), "")
}
