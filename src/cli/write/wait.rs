//! `buy --wait`: until what was bought is active.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::api::{ListKind, ListRequest};
use crate::cli::command_context::CommandContext;
use crate::cli::numbers::directory;
use crate::cli::output::safe;
use crate::cli::pages::Reader;
use crate::cli::{Exit, Failure};
use crate::phone::{Number, Status};

/// The first pause between two looks; each one is longer.
const FIRST: Duration = Duration::from_secs(1);
/// No pause is longer.
const LONGEST: Duration = Duration::from_secs(15);
/// More numbers than these are looked for in the list instead of one by one.
const ONE_BY_ONE: usize = 3;

/// Whether a number is what somebody waits for.
pub(super) fn is_active(number: &Number) -> bool {
    number.status == Some(Status::Active)
}

/// Looks again and again until all of them are active, at most so long. They are bought whatever is seen:
/// a look that fails is made again, unless nobody may look at all.
pub(super) async fn until_active(
    context: &CommandContext,
    mut waiting: Vec<Number>,
    most: Duration,
) -> Result<Exit, Failure> {
    let end = Instant::now() + most;
    let ticker = context.ticker();
    let mut pause = FIRST;
    let interrupted = context.interrupted();
    tokio::pin!(interrupted);
    while !waiting.is_empty() && Instant::now() < end {
        ticker.show(&format!("bought; waiting for {} to become active", subject(&waiting)));
        tokio::select! {
            biased;
            () = &mut interrupted => {
                return Err(late(&waiting, Exit::Interrupted, "INTERRUPTED", "interrupted"));
            }
            () = sleep_until(end.min(Instant::now() + pause)) => {}
        }
        pause = LONGEST.min(pause * 3 / 2);
        let looked = tokio::select! {
            biased;
            () = &mut interrupted => {
                return Err(late(&waiting, Exit::Interrupted, "INTERRUPTED", "interrupted"));
            }
            // The last look may end after the time that was given, and is worth it.
            looked = timeout_at(end + LONGEST, look(context, &waiting)) => looked,
        };
        match looked {
            Ok(Ok(now)) => waiting = now,
            Ok(Err(failure)) if !failure.retryable => {
                let message = format!("bought; whether it is active could not be read: {}", failure.message);
                return Err(Failure { message, ..failure });
            }
            Ok(Err(_)) | Err(_) => {}
        }
    }
    if waiting.is_empty() {
        ticker.clear();
        context.note("active");
        return Ok(Exit::Done);
    }
    Err(late(&waiting, Exit::Late, "NOT_ACTIVE", &format!("not active after {} s", most.as_secs())))
}

/// Those that are not active yet, as they are now.
async fn look(context: &CommandContext, waiting: &[Number]) -> Result<Vec<Number>, Failure> {
    let mut now = Vec::new();
    if waiting.len() > ONE_BY_ONE {
        let owned = Reader::new(context, ListRequest::whole(ListKind::Owned)).whole().await?;
        for number in waiting {
            let read = owned.iter().find(|read| read.id.is_same(&number.id));
            now.push(read.unwrap_or(number).clone());
        }
    } else {
        for number in waiting {
            now.push(directory::by_id(context, &number.id).await?.number);
        }
    }
    now.retain(|number| !is_active(number));
    Ok(now)
}

fn late(waiting: &[Number], exit: Exit, code: &str, why: &str) -> Failure {
    let message = format!("bought, and {why}: {}", subject(waiting));
    let hint = "It is yours, and is paid for: do not buy it again. numdeck show NUMBER tells its status.";
    Failure { retryable: false, ..Failure::new(exit, code, message, hint) }
}

/// The numbers in a few words, each with its status.
fn subject(waiting: &[Number]) -> String {
    match waiting {
        [one] => {
            let status = one.status.as_ref().map_or("of no status", Status::wire);
            safe(&format!("{} ({status})", one.line))
        }
        several => format!("{} numbers", several.len()),
    }
}
