//! Writes whose outcome nobody knows: looked at by `purchases resolve`, and before a command buys the
//! same number.

use super::command_context::CommandContext;
use super::failure::READ_THE_DAMAGE;
use super::output::safe;
use super::progress::Stages;
use super::state::NO_PLACE;
use super::{Exit, Failure};
use crate::cli::numbers::directory;
use crate::phone::Number;
use crate::write::{Clock, Entry, Intent, Look, Outcome, Stage, look};

/// Looks at each write in doubt that is `wanted`, oldest first. Where nothing may be written, nothing
/// is sent to complete a purchase either. Somebody who interrupts it gets what was found so far.
pub(super) async fn settle(
    context: &CommandContext,
    wanted: impl Fn(&Entry) -> bool,
    how: Look,
) -> Result<Vec<(Entry, Outcome)>, Failure> {
    let unread =
        |failure: Failure| Failure { message: format!("nothing was sent: {}", failure.message), ..failure };
    let entries = context.entries().await.map_err(unread)?;
    let doubts: Vec<Entry> =
        entries.into_iter().filter(|entry| entry.is_in_doubt() && wanted(entry)).collect();
    let mut settled = Vec::new();
    if doubts.is_empty() {
        return Ok(settled);
    }
    let mut ledger = context.ledger()?;
    let json = context.form.is_json();
    for entry in doubts {
        let flight = context.flight();
        let (watched, mut stages) = (flight.clone(), Stages::new(json, context.ticker()));
        let progress = move |stage: Stage| {
            watched.reached(stage);
            stages.tell(stage);
        };
        let how = if how == Look::Complete && context.may_write().is_err() { Look::Enter } else { how };
        let halt = || flight.is_halted();
        let outcome =
            look(&context.client, &mut ledger, &context.clock(), entry.id, how, &halt, progress).await;
        flight.landed();
        context.see(outcome.number());
        settled.push((entry, outcome));
        if flight.is_halted() {
            for (entry, outcome) in &settled {
                context.aside(&safe(&outcome.words(&entry.intent).said));
            }
            let open = settled.iter().filter(|(_, outcome)| outcome.is_unknown()).count();
            if open > 0 {
                return Err(still_open(open));
            }
            return Err(Failure::new(
                Exit::Interrupted,
                "INTERRUPTED",
                "interrupted; what was on its way was waited for, and nothing else was sent",
                "",
            ));
        }
    }
    Ok(settled)
}

/// The numbers as they are, once nothing that was sent about them may still happen: what is so already
/// would be otherwise a moment later.
///
/// # Errors
/// What is still in doubt, or is on its way.
pub(super) async fn at_rest(
    context: &CommandContext,
    mut numbers: Vec<Number>,
    how: Look,
) -> Result<Vec<Number>, Failure> {
    let clock = context.clock();
    let may_happen = |entry: &Entry| entry.may_still_happen(clock.now(), &clock.uptime(), clock.settle);
    let is_about = |entry: &Entry, number: &Number| {
        entry.intent.target().is_some_and(|target| target.is_same(&number.id))
    };
    let entries = context.entries().await?;
    let mut open = entries.iter().filter(|entry| may_happen(entry) && entry.in_flight);
    if let Some(sent) = open.find(|entry| numbers.iter().any(|number| is_about(entry, number))) {
        return Err(Failure::of_outcome(&Outcome::Busy, &sent.intent));
    }
    let concerns = |entry: &Entry| may_happen(entry) && numbers.iter().any(|number| is_about(entry, number));
    for (entry, outcome) in settle(context, concerns, how).await? {
        context.note(safe(&format!("in doubt since an earlier run: {}", outcome.words(&entry.intent).said)));
        if outcome.is_unknown() {
            return Err(Failure::of_outcome(&outcome, &entry.intent));
        }
        for number in &mut numbers {
            if is_about(&entry, number) {
                *number = directory::by_id(context, &number.id).await?.number;
            }
        }
    }
    Ok(numbers)
}

/// Says how many writes are in doubt, which nobody else may tell.
pub(super) async fn remind(context: &CommandContext) {
    let asked = context.ask(|ledger| Ok((ledger.entries()?, ledger.damage()?))).await;
    let (entries, damage) = match asked {
        Ok(known) => known,
        // A machine without a place for a ledger writes nothing, so nothing is in doubt.
        Err(why) if why.code == NO_PLACE => return,
        Err(why) => return context.note(safe(&format!("numdeck: warning: {}", why.message))),
    };
    if !damage.is_empty() {
        let warning = format!("numdeck: warning: {damage}; nothing is written before somebody read it");
        context.note(safe(&warning));
        context.note(READ_THE_DAMAGE);
    }
    let doubts = entries.iter().filter(|entry| entry.is_in_doubt());
    let (purchases, changes): (Vec<&Entry>, Vec<&Entry>) =
        doubts.partition(|entry| matches!(entry.intent, Intent::Purchase { .. }));
    let counted = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        some => Some(format!("{some} {word}s")),
    };
    let parts: Vec<String> = [counted(purchases.len(), "purchase"), counted(changes.len(), "change")]
        .into_iter()
        .flatten()
        .collect();
    if !parts.is_empty() {
        context.note(format!(
            "in doubt: {}; numdeck purchases resolve looks what became of it",
            parts.join(" and ")
        ));
    }
}

/// The failure of a command that leaves `open` writes in doubt.
pub(super) fn still_open(open: usize) -> Failure {
    let what = if open == 1 { "1 write is".to_owned() } else { format!("{open} writes are") };
    Failure::new(
        Exit::Unknown,
        "OUTCOME_UNKNOWN",
        format!("{what} still in doubt"),
        "Do not repeat what is unknown: numdeck purchases resolve looks again.",
    )
}
