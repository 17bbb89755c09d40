//! A batch of one or many writes: what is settled before, the run, and one exit code for all.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::report::{Fate, Report, Row};
use super::review::{self, Mode};
use super::{canary, rollback, wait};
use crate::api::{ErrorKind, ListKind, ListRequest};
use crate::cli::command_context::CommandContext;
use crate::cli::output::safe;
use crate::cli::pages::Reader;
use crate::cli::{Exit, Failure, unresolved};
use crate::phone::{E164, Number, NumberId};
use crate::write::{
    Batch, BatchEvent, BatchLine, Budget, Cause, Intent, Outcome, OutcomeKind, Tally, carry_out,
};

/// What a command is about to do, number by number.
pub(super) struct Writes<'a> {
    pub(super) context: &'a CommandContext,
    mode: Mode,
    /// One number was named as an argument.
    pub(super) alone: bool,
    budget: Budget,
    safeguards: Safeguards,
    intents: Vec<Intent>,
    /// What is settled without sending anything.
    pub(super) before: Tally,
    /// The last number that is settled so.
    last: Option<Row>,
    /// What was wanted of a number came about before it was sent.
    pub(super) met: bool,
    report: Report,
}

/// What a plan is carried out with, and a list of numbers is not.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Safeguards {
    /// The former values are written into a file before the first request.
    pub(super) rollback: bool,
    /// So many go first. Their routes are checked, and somebody is asked about the rest.
    pub(super) canary: Option<usize>,
    /// A number that is not as it was seen ends it, and nobody is asked about it anew.
    pub(super) exact: bool,
}

impl<'a> Writes<'a> {
    pub(super) fn new(context: &'a CommandContext, mode: Mode, alone: bool, budget: Budget) -> Self {
        let report = Report::new(context, alone, mode == Mode::DryRun);
        Self {
            context,
            mode,
            alone,
            budget,
            safeguards: Safeguards::default(),
            intents: Vec::new(),
            before: Tally::default(),
            last: None,
            met: false,
            report,
        }
    }

    /// The same, more carefully.
    pub(super) fn guarded(self, safeguards: Safeguards) -> Self {
        Self { safeguards, ..self }
    }

    /// So many numbers are so already, which nobody wants to read one by one.
    pub(super) fn count_same(&mut self, count: usize) {
        self.before.already += count;
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
        let run = if self.safeguards.exact { run.exactly() } else { run };
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
                self.agreed(run).await
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
            0 => Failure { message, hint: "Each line says why.".to_owned(), ..Failure::part_failed() },
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
            None if self.before.failed > 0 => Err(Failure::part_failed()),
            None => Ok(Exit::Done),
        }
    }

    /// Has it agreed to, and sends it: at once, or a few first.
    async fn agreed(&mut self, run: Batch) -> Result<Exit, Failure> {
        let first = self.safeguards.canary.filter(|first| *first < run.lines().len());
        let Some(first) = first else {
            review::confirm(self.context, &run, self.mode).await?;
            let kept = self.keep_former(run.lines())?;
            return self.send(run).await.map_err(|failure| with_former(failure, kept.as_deref()));
        };
        let (canary, rest) = run.split(first);
        let count = rest.lines().len();
        self.context.note(format!("{first} of {} first; then their routes are checked", first + count));
        review::confirm(self.context, &canary, self.mode).await?;
        let kept = self.keep_former(canary.lines().iter().chain(rest.lines()))?;
        let ids: Vec<NumberId> =
            canary.lines().iter().filter_map(|line| line.intent.target()).cloned().collect();
        let sent = self.send(canary).await;
        let well = match sent {
            Ok(Exit::Done) => self.asked_on(&ids, &rest).await,
            other => other.and(Err(Failure::part_failed())),
        };
        let ended = match well {
            Ok(()) => {
                self.before.done += ids.len();
                self.send(rest).await
            }
            Err(failure) => {
                rest.lines().iter().for_each(|line| self.report.row(&Row::not_tried(&line.intent)));
                let message = format!("{}. The other {count} were not sent", failure.message);
                let exit = if failure.exit == Exit::RefusedHere { Exit::PartFailed } else { failure.exit };
                Err(Failure { exit, message, ..failure })
            }
        };
        ended.map_err(|failure| with_former(failure, kept.as_deref()))
    }

    /// Whether the rest may go on, once the first are changed.
    async fn asked_on(&self, canary: &[NumberId], rest: &Batch) -> Result<(), Failure> {
        let health = canary::check(self.context, canary).await.map_err(|failure| Failure {
            exit: Exit::PartFailed,
            message: format!(
                "the routes of the first {} could not be checked: {}",
                canary.len(),
                failure.message
            ),
            ..failure
        })?;
        if self.mode == Mode::Ask {
            return review::confirm(self.context, rest, self.mode).await.map_err(|failure| Failure {
                message: format!("{} done; the rest was not confirmed", canary.len()),
                ..failure
            });
        }
        if health.is_well() {
            return Ok(());
        }
        let message = format!(
            "{} done; of their routes {} do not work and {} could not be checked",
            canary.len(),
            health.problems,
            health.unchecked
        );
        Err(Failure::new(Exit::PartFailed, "CANARY", message, "numdeck check NUMBER tells more."))
    }

    /// Writes the former values down, where that was promised. Returns where.
    fn keep_former<'b>(
        &self,
        lines: impl IntoIterator<Item = &'b BatchLine>,
    ) -> Result<Option<PathBuf>, Failure> {
        let intents: Vec<&Intent> = lines.into_iter().map(|line| &line.intent).collect();
        self.safeguards.rollback.then(|| rollback::write(self.context, &intents)).transpose()
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
        let (context, asks, all) =
            (self.context, self.mode == Mode::Ask && !self.safeguards.exact, run.lines().len());
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
}

/// A failure after which somebody may want the former values back.
fn with_former(failure: Failure, kept: Option<&Path>) -> Failure {
    let Some(kept) = kept else { return failure };
    let former = format!("Former values: {}; numdeck apply brings them back.", safe(&kept.to_string_lossy()));
    let hint = if failure.hint.is_empty() { former } else { format!("{} {former}", failure.hint) };
    Failure { hint, ..failure }
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
