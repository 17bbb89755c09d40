//! How a command that writes ends: one exit code for all that it did.

use super::run::Writes;
use crate::cli::output::safe;
use crate::cli::{Exit, Failure, unresolved};
use crate::write::{Attached, Batch, BatchLine, Intent, Outcome, OverBudget, Stop, Tally};

impl Writes<'_> {
    /// How a batch ends: done, unknown, the refusal that stopped it before anything was done, or a
    /// part. One alone ends as it ended.
    pub(super) fn conclude(&self, run: &Batch) -> Result<Exit, Failure> {
        let (context, tally) = (self.context, run.tally());
        if let ([line], true) = (run.lines(), self.before == Tally::default()) {
            return self.conclude_one(line, run.stopped());
        }
        let unattached = |line: &BatchLine| {
            matches!(line.outcome, Some(Outcome::Bought { endpoint: Attached::Missing(_), .. }))
        };
        let incomplete = run.lines().iter().filter(|line| unattached(line)).count();
        let is_unknown = self.before.unknown > 0
            || run.lines().iter().any(|line| line.outcome.as_ref().is_some_and(Outcome::is_unknown));
        let is_foreign = matches!(run.stopped(), Some(Stop::Foreign(_)));
        let counts = run.words(self.before);
        if tally.failed + tally.left + self.before.failed + incomplete == 0 && !is_unknown && !is_foreign {
            context.note(counts);
            return Ok(Exit::Done);
        }
        let mut failure = match run.stopped() {
            Some(stop) => self.stopped(run, stop),
            None => Failure::part_failed(),
        };
        failure.exit = match run.stopped() {
            _ if is_unknown => Exit::Unknown,
            Some(Stop::Asked) => Exit::Interrupted,
            Some(_) if tally.done == 0 => failure.exit,
            _ => Exit::PartFailed,
        };
        if is_unknown {
            failure.code = "OUTCOME_UNKNOWN".to_owned();
            failure.hint =
                "Do not repeat what is unknown: numdeck purchases resolve looks what became of it."
                    .to_owned();
        }
        failure.message = format!("{counts}. {}", failure.message);
        Err(failure)
    }

    /// How a batch of one ends.
    fn conclude_one(&self, line: &BatchLine, stop: Option<Stop>) -> Result<Exit, Failure> {
        let context = self.context;
        let outcome = match (&line.outcome, stop) {
            (Some(outcome), _) => outcome,
            (None, Some(Stop::Budget(_, why))) => return Err(self.over_budget(why, &line.intent)),
            (None, Some(Stop::Busy(_))) => &Outcome::Busy,
            (None, _) => return Err(Failure::interrupted()),
        };
        if self.met {
            return Ok(Exit::Done);
        }
        let words = outcome.words(&line.intent);
        if let (Some(Stop::Foreign(_)), Err(obstacle)) = (stop, context.standing().check()) {
            let message = safe(&format!("{} But {obstacle}", words.said));
            return Err(Failure { message, ..obstacle.into() });
        }
        let failure = Failure::of_outcome(outcome, &line.intent);
        if failure.exit != Exit::Done {
            return Err(failure);
        }
        context.note(safe(&words.said));
        if !words.next.is_empty() {
            context.note(safe(&words.next));
        }
        Ok(Exit::Done)
    }

    /// Why a batch ended before its last line.
    fn stopped(&self, run: &Batch, stop: Stop) -> Failure {
        match stop {
            Stop::OutcomeKind(line) => match &run.lines()[line] {
                BatchLine { outcome: Some(outcome), intent } => Failure::of_outcome(outcome, intent),
                BatchLine { outcome: None, .. } => Failure::part_failed(),
            },
            Stop::Budget(line, why) => self.over_budget(why, &run.lines()[line].intent),
            Stop::Foreign(_) => match self.context.may_write() {
                Err(failure) => Failure {
                    message: failure.message.replacen("nothing was sent:", "Stopped:", 1),
                    ..failure
                },
                Ok(()) => Failure::part_failed(),
            },
            Stop::Busy(line) => Failure::of_outcome(&Outcome::Busy, &run.lines()[line].intent),
            Stop::Asked => Failure::interrupted(),
        }
    }

    /// A failure as it is told where lines are in doubt, which count for more.
    pub(super) fn beside(&self, failure: Failure) -> Failure {
        match self.before.unknown {
            0 => failure,
            open => {
                let doubt = unresolved::still_open(open);
                Failure { message: format!("{}. {}", failure.message, doubt.message), ..doubt }
            }
        }
    }

    /// A purchase that is beyond the budget.
    pub(super) fn over_budget(&self, why: OverBudget, intent: &Intent) -> Failure {
        let (code, hint) = match why {
            OverBudget::Unknown => ("PRICE_UNKNOWN", "--allow-unknown-price buys it all the same."),
            OverBudget::Each { .. } => {
                ("OVER_BUDGET", "--max-each is in cents: setup and first month of one number.")
            }
            OverBudget::Total { .. } => {
                ("OVER_BUDGET", "--max-total is in cents: setup and first month of all.")
            }
        };
        // Where not even the number is known, the id may be that of a number which is sold.
        let is_blank = matches!(intent, Intent::Purchase { reviewed, .. } if reviewed.line.is_none());
        let (why, hint) = match why {
            OverBudget::Unknown if is_blank => (
                "the API tells neither number nor price of this id".to_owned(),
                "It may be sold already: search again. --allow-unknown-price tries it all the same.",
            ),
            why => (why.to_string(), hint),
        };
        let message = if self.alone {
            format!("not bought: {why}. Nothing was sent.")
        } else {
            format!("Stopped before {}: {why}", safe(&intent.line()))
        };
        Failure::new(Exit::Policy, code, message, hint)
    }
}
