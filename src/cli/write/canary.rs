//! The first numbers of a plan, once they are changed: do their calls arrive?

use crate::cli::command_context::CommandContext;
use crate::cli::output::safe;
use crate::cli::{Failure, check};
use crate::phone::{Field, Number, NumberId, Switch};
use crate::sip::Health;

/// What the first numbers of a plan came to.
pub(super) struct CanaryHealth {
    /// Those whose calls do not arrive.
    pub(super) problems: usize,
    /// Those whose route could not be checked.
    pub(super) unchecked: usize,
}

impl CanaryHealth {
    /// Whether somebody who is not asked may go on.
    pub(super) fn is_well(&self) -> bool {
        self.problems + self.unchecked == 0
    }
}

/// Checks the route of each that is to be answered, and says what came of it.
pub(super) async fn check(context: &CommandContext, numbers: &[NumberId]) -> Result<CanaryHealth, Failure> {
    let mut health = CanaryHealth { problems: 0, unchecked: 0 };
    for id in numbers {
        let detail = context.client.get(id).await?;
        let line = safe(&detail.number.line.grouped());
        if !is_answered(&detail.number) {
            context.note(format!("canary {line}: nobody is to answer it, so there is no route to check"));
            continue;
        }
        let report = check::route(context, &detail).await?;
        let verdict = &report.verdict;
        match verdict.checked() {
            Some(Health::Problem) => health.problems += 1,
            Some(Health::Unchecked) => health.unchecked += 1,
            Some(Health::Healthy | Health::Warning) | None => {}
        }
        context.note(safe(&format!("canary {line}: {}: {}", verdict.status.word(), verdict.text())));
    }
    Ok(health)
}

/// Whether calls to a number are meant to arrive somewhere.
fn is_answered(number: &Number) -> bool {
    matches!(number.endpoint, Field::Value(_))
        && number.switches[Switch::Inbound] != Some(false)
        && !number.is_inactive()
}
