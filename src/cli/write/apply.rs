//! `numdeck apply`: makes numbers as a file says, or carries out a plan that was kept.

use std::collections::HashMap;

use super::desired::{self, Desired};
use super::review::Mode;
use super::run::{Safeguards, Writes};
use crate::cli::args::ApplyArgs;
use crate::cli::command_context::CommandContext;
use crate::cli::{Exit, Failure, unresolved};
use crate::phone::{Number, NumberId};
use crate::plan::PlannedChange;
use crate::write::Budget;

pub(in crate::cli) async fn apply(context: &CommandContext, options: &ApplyArgs) -> Result<Exit, Failure> {
    context.may_write()?;
    let mode = Mode::of(options.consent);
    let desired = Desired::read(&options.file).await?;
    desired.is_for(context)?;
    desired.tell_passed_over(context);
    let mut owned = desired::owned(context).await?;
    // What an earlier run sent and never heard of may still happen: it is looked at first, and then the
    // numbers are as they are.
    let about = desired.about(&owned);
    let now: HashMap<NumberId, Number> = unresolved::at_rest(context, about, mode.looks())
        .await?
        .into_iter()
        .map(|number| (number.id.clone(), number))
        .collect();
    for number in &mut owned {
        if let Some(now) = now.get(&number.id) {
            number.clone_from(now);
        }
    }
    let difference = desired.beside(context, &owned).await?;
    if let Some(most) = options.max_changes.filter(|most| difference.changes.len() > *most) {
        let message = format!(
            "nothing was sent: {} numbers would change, and --max-changes is {most}",
            difference.changes.len()
        );
        let hint = "numdeck plan shows them.";
        return Err(Failure::new(Exit::Policy, "OVER_MAX_CHANGES", message, hint));
    }
    let safeguards = Safeguards { rollback: true, canary: options.canary, exact: desired.is_kept() };
    let mut writes = Writes::new(context, mode, false, Budget::OPEN).guarded(safeguards);
    writes.count_same(difference.same);
    if difference.changes.is_empty() {
        context.note(format!("nothing to change: {} as wanted already; nothing was sent", difference.same));
    }
    difference.changes.iter().map(PlannedChange::intent).for_each(|intent| writes.add(intent));
    writes.carry_out().await
}
