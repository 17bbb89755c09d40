//! A question to a person: typed out, never a single letter.

use std::io::{self, Write};

use super::command_context::CommandContext;
use super::output::{safe, say};
use super::{Exit, Failure};
use crate::write::Confirmation;

/// Has `what` confirmed at the terminal by typing what is `wanted`; it is asked through
/// stderr.
pub(super) async fn confirm(
    context: &CommandContext,
    wanted: &Confirmation,
    what: &str,
) -> Result<(), Failure> {
    if !context.may_ask {
        return Err(Failure::new(
            Exit::RefusedHere,
            "NOT_CONFIRMED",
            format!("nothing was sent: \"{}\" has to be confirmed", safe(what)),
            "Nobody can be asked here; --yes confirms it.",
        ));
    }
    context.tell();
    let mut stderr = io::stderr();
    write!(stderr, "Type {} to confirm: ", safe(&wanted.prompt())).and_then(|()| stderr.flush()).ok();
    // On a thread of its own, so that a signal ends the question.
    let typed = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|read| (read > 0).then_some(line))
    })
    .await;
    let typed = match typed {
        Ok(Ok(Some(line))) => line,
        _ => {
            say("");
            String::new()
        }
    };
    if !typed.trim().is_empty() && wanted.accepts(&typed) {
        return Ok(());
    }
    Err(Failure::new(Exit::RefusedHere, "NOT_CONFIRMED", "nothing was sent: it was not confirmed", ""))
}
