//! Several writes, one after another (product rule 9).
//!
//! [`Batch`] is data and decides what comes next; [`carry_out`] does it. A run stops by itself where
//! going on would be wrong: at the first answer that is lost and stays lost, at a refusal that the
//! next line would get as well, and before a purchase that would cost more than may be spent.

use std::time::Duration;

use super::price::{Budget, OverBudget, Quote};
use super::{Api, AsyncLedger, Attached, Clock, Intent, Outcome, OutcomeKind, Stage, perform};
use crate::api::ErrorKind;
use crate::phone::{Number, Price};

/// A wait that a server asks for and that is longer ends the run instead.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// So often a line is sent that is refused because of the rate.
const ATTEMPTS: u32 = 6;

/// So many writes in a row that were lost and did not happen mean that the server is in trouble:
/// looking for each costs it dozens of requests.
const LOST_IN_A_ROW: usize = 3;

/// A pause is looked at so often for somebody who wants to stop.
const SLICE: Duration = Duration::from_millis(200);

/// One write of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchLine {
    /// What is to be done.
    pub intent: Intent,
    /// What became of it; `None` while it was not its turn.
    pub outcome: Option<Outcome>,
}

/// Why a run ended before its last line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The outcome of this line.
    OutcomeKind(usize),
    /// This purchase is beyond the budget; it was not sent.
    Budget(usize, OverBudget),
    /// The answer about this line named another organization than the one that was named here.
    Foreign(usize),
    /// Another process of this machine was busy with this line; nothing was sent.
    Busy(usize),
    /// Somebody wanted it.
    Asked,
}

/// Several writes, and how far they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    lines: Vec<BatchLine>,
    budget: Budget,
    bill: Quote,
    attempts: u32,
    /// A number that is not as it was seen ends it.
    exact: bool,
    stop: Option<Stop>,
    /// The organization that was named.
    organization: Option<String>,
}

/// How many lines of a run came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// As was asked for.
    pub done: usize,
    /// So already: nothing was sent.
    pub already: usize,
    /// Not as was asked for, and known to be so.
    pub failed: usize,
    /// Nobody knows.
    pub unknown: usize,
    /// Not their turn.
    pub left: usize,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            done: self.done + other.done,
            already: self.already + other.already,
            failed: self.failed + other.failed,
            unknown: self.unknown + other.unknown,
            left: self.left + other.left,
        }
    }
}

impl Batch {
    /// A run of `intents` in their order.
    pub fn new(intents: Vec<Intent>, budget: Budget) -> Self {
        let lines = intents.into_iter().map(|intent| BatchLine { intent, outcome: None }).collect();
        Self {
            lines,
            budget,
            bill: Quote::default(),
            attempts: 0,
            exact: false,
            stop: None,
            organization: None,
        }
    }

    /// The same, which ends at the first number that is not as it was seen.
    #[must_use]
    pub fn exactly(self) -> Self {
        Self { exact: true, ..self }
    }

    /// The first lines, and the others. Neither has begun.
    pub fn split(mut self, first: usize) -> (Self, Self) {
        let others = self.lines.split_off(first.min(self.lines.len()));
        let rest = Self { lines: others, ..self.clone() };
        (self, rest)
    }

    /// All lines.
    pub fn lines(&self) -> &[BatchLine] {
        &self.lines
    }

    /// What was agreed to pay for what was bought, and for what may have been.
    pub fn bill(&self) -> Quote {
        self.bill
    }

    /// Why it ended early; `None` while it goes on, and when it came to its end.
    pub fn stopped(&self) -> Option<Stop> {
        self.stop
    }

    /// Whether nothing more will be sent.
    pub fn is_over(&self) -> bool {
        self.stop.is_some() || self.lines.iter().all(|line| line.outcome.is_some())
    }

    /// Ends it before the next line.
    pub fn stop(&mut self) {
        if !self.is_over() {
            self.stop = Some(Stop::Asked);
        }
    }

    /// The line whose turn it is; `None` when it is over. A purchase beyond the budget ends it.
    pub fn turn(&mut self) -> Option<usize> {
        if self.stop.is_some() {
            return None;
        }
        let line = self.lines.iter().position(|line| line.outcome.is_none())?;
        if let Some(price) = price(&self.lines[line].intent)
            && let Err(why) = self.budget.allows(self.bill.today(), price)
        {
            self.stop = Some(Stop::Budget(line, why));
            return None;
        }
        Some(line)
    }

    /// The first line that the budget would stop at, if all others went well.
    pub fn beyond_budget(&self) -> Option<(usize, OverBudget)> {
        let mut bill = Quote::default();
        self.lines.iter().enumerate().find_map(|(line, entry)| {
            let price = price(&entry.intent)?;
            let over = self.budget.allows(bill.today(), price).err();
            bill = bill.plus(price);
            over.map(|why| (line, why))
        })
    }

    /// Takes the outcome of the line whose turn it is. Returns how long to wait before the same line
    /// is sent as a new attempt, where it was refused because of the rate.
    pub fn settle(&mut self, line: usize, outcome: Outcome) -> Option<Duration> {
        self.attempts += 1;
        if let Outcome::Refused(error) = &outcome
            && error.kind == ErrorKind::RateLimited
            && self.attempts < ATTEMPTS
        {
            let backoff = Duration::from_millis(500 << self.attempts);
            let wait = error.retry_after.unwrap_or(backoff);
            if wait <= LONGEST_WAIT {
                return Some(wait);
            }
        }
        self.attempts = 0;
        self.enter(line, outcome);
        None
    }

    /// Takes an outcome as it is, for somebody who watches a run that is carried out elsewhere.
    pub fn enter(&mut self, line: usize, outcome: Outcome) {
        let Some(entry) = self.lines.get_mut(line) else { return };
        if matches!(outcome, Outcome::Bought { .. } | Outcome::Unknown { .. })
            && let Some(price) = price(&entry.intent)
        {
            self.bill = self.bill.plus(price);
        }
        let ends = ends_a_run(&outcome) || (self.exact && matches!(outcome, Outcome::Changed { .. }));
        let theirs = outcome.number().and_then(|number| number.organization.as_deref());
        let is_foreign =
            matches!((&self.organization, theirs), (Some(named), Some(theirs)) if named != theirs);
        entry.outcome = Some(outcome);
        if is_foreign {
            self.stop.get_or_insert(Stop::Foreign(line));
        } else if ends || self.is_in_trouble(line) {
            self.stop.get_or_insert(Stop::OutcomeKind(line));
        }
    }

    /// What looking again found out of a line whose answer was lost.
    pub fn looked(&mut self, line: usize, outcome: Outcome) {
        let Some(entry) = self.lines.get_mut(line) else { return };
        entry.outcome = Some(outcome);
        let counts = |line: &&BatchLine| {
            matches!(
                line.outcome,
                Some(
                    Outcome::Bought { .. }
                        | Outcome::Unknown { .. }
                        | Outcome::Settled { kind: OutcomeKind::Done | OutcomeKind::Unknown, .. }
                )
            )
        };
        self.bill = Quote::of(self.lines.iter().filter(counts).filter_map(|line| price(&line.intent)));
    }

    /// A later state of a number that was bought here.
    pub fn correct(&mut self, changed: &Number) {
        for line in &mut self.lines {
            if let Some(Outcome::Bought { number, .. }) = &mut line.outcome
                && number.id == changed.id
            {
                (**number).clone_from(changed);
            }
        }
    }

    /// What the lines came to.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for line in &self.lines {
            match &line.outcome {
                None => tally.left += 1,
                Some(Outcome::Unknown { .. }) => tally.unknown += 1,
                Some(Outcome::Already { .. }) => tally.already += 1,
                Some(outcome) if outcome.is_done() => tally.done += 1,
                Some(_) => tally.failed += 1,
            }
        }
        tally
    }

    /// How it ended, in words: `3 bought for 45.00 as reviewed, 1 yours already, 2 not tried`.
    /// `before` counts what was settled before it began.
    pub fn words(&self, before: Tally) -> String {
        let tally = self.tally().plus(before);
        let buys = self.lines.iter().any(|line| matches!(line.intent, Intent::Purchase { .. }));
        let mut words = match (buys, self.bill.numbers) {
            (false, _) => format!("{} done", tally.done),
            (true, 0) => format!("{} bought", tally.done),
            (true, _) if self.bill.is_unknown() => {
                format!("{} bought, of unknown price", tally.done)
            }
            (true, _) => {
                let most = if self.tally().unknown > 0 { "at most " } else { "" };
                let bill = format!("{} bought for {most}{} as reviewed", tally.done, self.bill.today());
                match self.bill.unknown {
                    0 => bill,
                    unknown => format!("{bill} ({unknown} of unknown price)"),
                }
            }
        };
        for (count, word) in [
            (tally.already, if buys { "yours already" } else { "so already" }),
            (tally.failed, if buys { "not bought" } else { "not done" }),
            (tally.unknown, "unknown"),
            (tally.left, "not tried"),
        ] {
            if count > 0 {
                words.push_str(&format!(", {count} {word}"));
            }
        }
        words
    }

    fn is_in_trouble(&self, last: usize) -> bool {
        let lost = |line: &BatchLine| matches!(line.outcome, Some(Outcome::NotDone(_)));
        self.lines[..=last].iter().rev().take_while(|line| lost(line)).count() >= LOST_IN_A_ROW
    }
}

fn price(intent: &Intent) -> Option<Price> {
    match intent {
        Intent::Purchase { reviewed, .. } => Some(reviewed.price),
        Intent::Update { .. } | Intent::Remove { .. } => None,
    }
}

/// Whether the next line would fare no better, or nobody may know how this one fared.
fn ends_a_run(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Refused(error) => matches!(
            error.kind,
            ErrorKind::Unauthorized
                | ErrorKind::Intercepted
                | ErrorKind::Forbidden
                | ErrorKind::Balance
                | ErrorKind::Kyc(_)
                | ErrorKind::RateLimited
        ),
        Outcome::NotSent(error) => error.kind != ErrorKind::Gone,
        // What a server ignores on one number it ignores on the next one.
        Outcome::Unknown { .. }
        | Outcome::Busy
        | Outcome::Ignored { .. }
        | Outcome::Bought { endpoint: Attached::Missing(_), .. } => true,
        Outcome::Settled { kind, .. } => *kind == OutcomeKind::Unknown,
        Outcome::Bought { .. }
        | Outcome::Updated { .. }
        | Outcome::Removed { .. }
        | Outcome::PriceMoved { .. }
        | Outcome::Changed { .. }
        | Outcome::Already { .. }
        | Outcome::NotDone(_) => false,
    }
}

/// What a run tells while it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchEvent {
    /// A line has come so far.
    Stage(usize, Stage),
    /// The server wants a pause; then the line is sent as a new attempt.
    Pause(usize, Duration),
    /// A line has its outcome, which is in the run.
    Ended(usize),
}

/// Carries a run out to its end. `halt` is asked between lines whether somebody wants to stop; the
/// line that is in flight is finished in any case. Must not be cancelled once it was polled.
pub async fn carry_out(
    api: &impl Api,
    ledger: &mut impl AsyncLedger,
    clock: &impl Clock,
    run: &mut Batch,
    halt: &(impl Fn() -> bool + Sync),
    mut tell: impl FnMut(&Batch, BatchEvent) + Send,
) {
    run.organization = ledger.ask(|ledger| Ok(ledger.organization())).await.ok().flatten();
    loop {
        if halt() {
            run.stop();
        }
        let Some(line) = run.turn() else { return };
        let intent = run.lines[line].intent.clone();
        let progress = |stage| tell(run, BatchEvent::Stage(line, stage));
        let outcome = perform(api, ledger, clock, &intent, halt, progress).await;
        if outcome == Outcome::Busy {
            // Nothing was sent about it, and nothing is known to its discredit.
            run.stop.get_or_insert(if halt() { Stop::Asked } else { Stop::Busy(line) });
            return;
        }
        match run.settle(line, outcome) {
            None => tell(run, BatchEvent::Ended(line)),
            Some(wait) => {
                tell(run, BatchEvent::Pause(line, wait));
                let mut left = wait;
                while !left.is_zero() && !halt() {
                    let slice = left.min(SLICE);
                    clock.sleep(slice).await;
                    left -= slice;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
