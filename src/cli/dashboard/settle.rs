//! The end of the dashboard, where something is still on its way.

use std::io;

use futures_util::{Stream, StreamExt};

use super::say;
use crate::cli::{Exit, Failure};
use crate::runtime::{Incoming, Settled, Tasks};
use crate::write::{BatchLine, Outcome, Tally};

/// The terminal is given back; what was sent still gets its answer, which is said, and which the
/// exit code tells. An interrupt leaves without it.
pub(super) async fn settle(
    tasks: &mut Tasks,
    input: &mut (impl Stream<Item = io::Result<Incoming>> + Unpin),
) -> Exit {
    if tasks.writes() == 0 {
        return Exit::Done;
    }
    say("waiting for what is on its way (once more leaves without it) …");
    let signal = async {
        while let Some(Ok(incoming)) = input.next().await {
            if incoming == Incoming::Interrupt {
                return;
            }
        }
        // The terminal is gone, after a hang-up for one: nobody can ask to leave.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = tasks.settle() => {
            let mut exit = Exit::Done;
            for settled in ended {
                match settled {
                    // It was sent long ago, by somebody who was told then.
                    Settled::Looked(intent, outcome) => {
                        say(&outcome.words(&intent).said);
                        exit = exit.max(if outcome.is_unknown() { Exit::Unknown } else { Exit::Done });
                    }
                    Settled::Run(run) => {
                        match run.lines() {
                            [BatchLine { intent, outcome: Some(outcome) }] => {
                                let words = outcome.words(intent);
                                say(&format!("{} {}", words.said, words.next));
                            }
                            _ => say(&format!("{}.", run.words(Tally::default()))),
                        }
                        let judged = run.lines().iter().filter_map(|line| {
                            Some(Failure::of_outcome(line.outcome.as_ref()?, &line.intent).exit)
                        });
                        exit = judged.fold(exit, Exit::max);
                        let open = run.lines().iter().any(|line| line.outcome.as_ref().is_some_and(Outcome::is_unknown));
                        if run.tally().left > 0 && !open {
                            exit = Exit::Interrupted;
                        }
                    }
                }
            }
            exit
        }
        () = signal => {
            say("left without waiting: it may have happened. numdeck purchases resolve looks.");
            Exit::Unknown
        }
    }
}
