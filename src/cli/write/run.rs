//! A batch of one or many writes: what is settled before, the run, and one exit code for all.

use std::time::Duration;

use super::report::{Fate, Report, Row};
use super::review::{self, Mode};
use super::wait;
use crate::api::{ErrorKind, ListKind, ListRequest};
use crate::cli::command_context::CommandContext;
use crate::cli::output::safe;
use crate::cli::pages::Reader;
use crate::cli::{Exit, Failure, unresolved};
use crate::phone::{E164, Number};
use crate::write::{
    Attached, Batch, BatchEvent, BatchLine, Budget, Cause, Intent, Outcome, OutcomeKind, OverBudget, Stop,
    Tally, carry_out,
};

/// What a command is about to do, number by number.
pub(super) struct Plan<'a> {
    context: &'a CommandContext,
    mode: Mode,
    /// One number was named as an argument.
    alone: bool,
    budget: Budget,
    intents: Vec<Intent>,
    /// What is settled without sending anything.
    before: Tally,
    /// The last number that is settled so.
    last: Option<Row>,
    /// What was wanted of a number came about before it was sent.
    met: bool,
    report: Report,
}

impl<'a> Plan<'a> {
    pub(super) fn new(context: &'a CommandContext, mode: Mode, alone: bool, budget: Budget) -> Self {
        let report = Report::new(context, alone, mode == Mode::DryRun);
        Self {
            context,
            mode,
            alone,
            budget,
            intents: Vec::new(),
            before: Tally::default(),
            last: None,
            met: false,
            report,
        }
    }

    /// Shows how far the planning is.
    pub(super) fn progress(&self, what: &str, done: usize, all: usize) {
        self.report.stages.bar(what, done, all);
    }

    /// Something is to be sent.
    pub(super) fn add(&mut self, intent: Intent) {
        self.intents.push(intent);
    }

    /// Something is settled without sending anything.
    pub(super) fn settle(&mut self, row: Row) {
        *match row.fate {
            Fate::Owned | Fate::Unchanged | Fate::Would(_) => &mut self.before.already,
            Fate::NotTried => &mut self.before.left,
            Fate::Ended(OutcomeKind::Done, _) => &mut self.before.done,
            Fate::Ended(OutcomeKind::Unknown, _) => &mut self.before.unknown,
            Fate::Ended(..) => &mut self.before.failed,
        } += 1;
        self.report.row(&row);
        self.last = Some(row);
    }

    /// Whether something is in doubt: a run ends there.
    pub(super) fn has_doubt(&self) -> bool {
        self.before.unknown > 0
    }

    /// Whether a number is the only one.
    pub(super) fn is_alone(&self) -> bool {
        self.alone
    }

    /// Reviews it, has it agreed to, and carries it out; or tells what would be.
    pub(super) async fn carry_out(self) -> Result<Exit, Failure> {
        self.carry_out_until(None).await
    }

    /// The same, and then waits until what was bought is active, at most so long.
    pub(super) async fn carry_out_until(mut self, active: Option<Duration>) -> Result<Exit, Failure> {
        self.report.stages.clear();
        self.context.may_write()?;
        self.context.may_stop_calls(&self.intents)?;
        let run = Batch::new(std::mem::take(&mut self.intents), self.budget);
        let exit = if run.lines().is_empty() {
            self.nothing_to_send()
        } else {
            review::review(self.context, &run, self.before.already);
            if self.before.already > 0 && !is_buying(&run) {
                let all = self.before.already + run.lines().len();
                self.context.note(format!("{} of {all} are already so", self.before.already));
            }
            if self.mode == Mode::DryRun {
                self.rehearse(&run).await
            } else if let Some((0, why)) = run.beyond_budget() {
                Err(self.beside(self.over_budget(why, &run.lines()[0].intent)))
            } else {
                review::confirm(self.context, &run, self.mode).await?;
                self.send(run).await
            }
        };
        let (context, mode) = (self.context, self.mode);
        let waiting = std::mem::take(&mut self.report.not_active);
        let done = exit.is_ok();
        let mut exit = self.report.finish(exit);
        if let (Ok(_), Some(most), false) = (&exit, active, mode == Mode::DryRun) {
            exit = wait::until_active(context, waiting, most).await;
        }
        // That nobody reads the report hides nothing of what was done.
        context.tell_if(exit.is_ok() || (done && active.is_none()));
        exit
    }

    fn nothing_to_send(&mut self) -> Result<Exit, Failure> {
        let Tally { already, failed, unknown, left, done } = self.before;
        let Some(last) = self.last.take() else { return Ok(Exit::Done) };
        let so = if last.fate == Fate::Owned { "yours already" } else { "already so" };
        let is_one = already + failed + unknown + left + done == 1;
        match last.failure {
            Some(failure) if is_one => return Err(failure),
            _ if failed + unknown > 0 => {}
            _ if already == 0 => return Ok(Exit::Done),
            _ => {
                let who = if is_one { safe(&last.subject()) } else { format!("all {already}") };
                let are = if is_one { "is" } else { "are" };
                self.context.note(format!("{who} {are} {so}; nothing was sent"));
                return Ok(Exit::Done);
            }
        }
        let parts = [
            (failed, "not for sale"),
            (unknown, "in doubt"),
            (already, "yours already"),
            (left, "not tried"),
        ];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, word)| format!("{count} {word}")).collect();
        let message = format!("{}; nothing was sent", parts.join(", "));
        Err(match unknown {
            0 => Failure { message, hint: "Each line says why.".to_owned(), ..part_failed() },
            open => Failure { message, ..unresolved::still_open(open) },
        })
    }

    /// Says what a dry run would do, and how the real one would end as far as that can be told.
    async fn rehearse(&mut self, run: &Batch) -> Result<Exit, Failure> {
        let over = run.beyond_budget();
        if let (Some((0, why)), true) = (over, self.alone) {
            return Err(self.over_budget(why, &run.lines()[0].intent));
        }
        review::rehearse(self.context, run).await?;
        let reach = over.map_or(run.lines().len(), |(line, _)| line);
        for (place, line) in run.lines().iter().enumerate() {
            let row = if place < reach { Row::would(&line.intent) } else { Row::not_tried(&line.intent) };
            self.report.row(&row);
        }
        match over {
            Some((line, why)) => {
                let failure = self.over_budget(why, &run.lines()[line].intent);
                let failure = if line > 0 { Failure { exit: Exit::PartFailed, ..failure } } else { failure };
                Err(self.beside(failure))
            }
            None if self.before.unknown > 0 => Err(unresolved::still_open(self.before.unknown)),
            None if self.before.failed > 0 => Err(part_failed()),
            None => Ok(Exit::Done),
        }
    }

    /// Sends the batch, asks anew about what changed since it was shown, and says how all of it ended.
    async fn send(&mut self, mut run: Batch) -> Result<Exit, Failure> {
        loop {
            let anew = self.perform(&mut run).await?;
            if anew.is_empty() {
                return self.conclude(&run);
            }
            let tally = run.tally();
            self.before = self.before.plus(Tally { failed: tally.failed - anew.len(), ..tally });
            run = Batch::new(anew, Budget::OPEN);
            review::review(self.context, &run, 0);
            review::confirm(self.context, &run, self.mode).await?;
        }
    }

    /// Sends a batch. Returns the writes that were not sent because their numbers changed since they
    /// were shown, on the numbers as they are now, where somebody can be asked about them.
    async fn perform(&mut self, run: &mut Batch) -> Result<Vec<Intent>, Failure> {
        let (context, asks, all) = (self.context, self.mode == Mode::Ask, run.lines().len());
        let mut ledger = context.ledger()?;
        let flight = context.flight();
        if all > 1 {
            context.begin_run();
        }
        let mut held = Vec::new();
        let report = &mut self.report;
        let tell = |run: &Batch, told: BatchEvent| match told {
            BatchEvent::Stage(line, stage) => {
                flight.reached(stage);
                let text = format!("{}: {}", run.lines()[line].intent.line(), stage.words());
                report.stages.bar(&text, line, all);
                report.stages.tell(stage);
            }
            BatchEvent::Pause(line, wait) => {
                flight.landed();
                let text = format!("the server wants a pause of {:.1} s", wait.as_secs_f64());
                report.stages.bar(&text, line, all);
            }
            BatchEvent::Ended(line) => {
                flight.landed();
                let line_ended = &run.lines()[line];
                if is_sold(line_ended).is_some() || (asks && changed(line_ended).is_some()) {
                    held.push(line);
                } else {
                    report.ended(line_ended);
                }
            }
        };
        let halt = || flight.is_halted();
        carry_out(&context.client, &mut ledger, &context.clock(), run, &halt, tell).await;
        flight.landed();
        context.end_run();
        context.see(run.lines().iter().filter_map(|line| line.outcome.as_ref()?.number()));
        self.look_who_has_it(run, &held).await;
        let mut anew = Vec::new();
        for place in held {
            let line = &run.lines()[place];
            match changed(line).filter(|_| run.stopped().is_none()) {
                Some((words, Anew::Ask(intent))) => {
                    self.context.note(words);
                    anew.push(*intent);
                }
                Some((words, Anew::Met(now))) => {
                    self.context.note(words);
                    self.context.note("It is as you wanted it already; nothing was sent.");
                    self.report.row(&Row::of(Fate::Unchanged, &now));
                    self.met = true;
                    run.looked(place, Outcome::Updated { number: now, found: false });
                }
                None => self.report.ended(line),
            }
        }
        for line in run.lines().iter().filter(|line| line.outcome.is_none()) {
            self.report.row(&Row::not_tried(&line.intent));
        }
        Ok(anew)
    }

    /// Of what was sold to somebody: that may be ourselves, who were quicker elsewhere.
    async fn look_who_has_it(&self, run: &mut Batch, held: &[usize]) {
        let sold: Vec<(usize, E164)> =
            held.iter().filter_map(|line| Some((*line, is_sold(&run.lines()[*line])?))).collect();
        if sold.is_empty() || self.context.flight().is_halted() {
            return;
        }
        let Ok(owned) = Reader::new(self.context, ListRequest::whole(ListKind::Owned)).whole().await else {
            return;
        };
        for (line, wanted) in sold {
            let is_it = |number: &&Number| number.line.valid() == Some(wanted) && !number.is_inactive();
            if let Some(number) = owned.iter().find(is_it) {
                run.looked(line, Outcome::Already { number: Box::new(number.clone()) });
            }
        }
    }

    /// How a batch ends: done, unknown, the refusal that stopped it before anything was done, or a
    /// part. One alone ends as it ended.
    fn conclude(&self, run: &Batch) -> Result<Exit, Failure> {
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
            None => part_failed(),
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
            (None, _) => return Err(interrupted()),
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
                BatchLine { outcome: None, .. } => part_failed(),
            },
            Stop::Budget(line, why) => self.over_budget(why, &run.lines()[line].intent),
            Stop::Foreign(_) => match self.context.may_write() {
                Err(failure) => Failure {
                    message: failure.message.replacen("nothing was sent:", "Stopped:", 1),
                    ..failure
                },
                Ok(()) => part_failed(),
            },
            Stop::Busy(line) => Failure::of_outcome(&Outcome::Busy, &run.lines()[line].intent),
            Stop::Asked => interrupted(),
        }
    }

    /// A failure as it is told where lines are in doubt, which count for more.
    fn beside(&self, failure: Failure) -> Failure {
        match self.before.unknown {
            0 => failure,
            open => {
                let doubt = unresolved::still_open(open);
                Failure { message: format!("{}. {}", failure.message, doubt.message), ..doubt }
            }
        }
    }

    /// A purchase that is beyond the budget.
    fn over_budget(&self, why: OverBudget, intent: &Intent) -> Failure {
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

fn is_buying(run: &Batch) -> bool {
    run.lines().iter().any(|line| matches!(line.intent, Intent::Purchase { .. }))
}

/// The number of a purchase that was refused because it is sold.
fn is_sold(line: &BatchLine) -> Option<E164> {
    match (&line.intent, &line.outcome) {
        (Intent::Purchase { reviewed, .. }, Some(Outcome::Refused(error))) => {
            reviewed.line.filter(|_| error.kind == ErrorKind::Gone)
        }
        _ => None,
    }
}

/// What becomes of a write that was not sent because its number changed since it was shown.
enum Anew {
    /// Somebody is asked about it on the number as it is now.
    Ask(Box<Intent>),
    /// The number is as was wanted.
    Met(Box<Number>),
}

/// That a number changed since it was shown, in words, and what becomes of its write. What an undo puts
/// back may be somebody else's by now, so nobody is asked about it anew.
fn changed(line: &BatchLine) -> Option<(String, Anew)> {
    let Some(outcome @ Outcome::Changed { now, .. }) = &line.outcome else { return None };
    if matches!(line.intent, Intent::Update { cause: Cause::Undoes(_), .. }) {
        return None;
    }
    let anew = match line.intent.clone().on((**now).clone()) {
        Intent::Update { changes, .. } if changes.is_empty() => Anew::Met(now.clone()),
        intent => Anew::Ask(Box::new(intent)),
    };
    Some((safe(&outcome.words(&line.intent).said), anew))
}

fn part_failed() -> Failure {
    Failure::new(Exit::PartFailed, "PARTLY_DONE", "Not everything was done; each line says why", "")
}

fn interrupted() -> Failure {
    Failure::new(
        Exit::Interrupted,
        "INTERRUPTED",
        "interrupted",
        "The same command goes on where it stopped; --max-total then counts anew.",
    )
}
