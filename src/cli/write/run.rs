//! Several writes in one command: a line for each as it happens, and one exit code for all.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Map, Value, json};

use crate::cli::output::{Buffered, Form, safe, say};
use crate::cli::progress::Ticker;
use crate::cli::records::{Head, Records};
use crate::cli::session::Session;
use crate::cli::unresolved;
use crate::cli::write::{Go, can_be_entered, describe, whose};
use crate::cli::{Exit, Failure, prompt};
use crate::phone::{Cents, Number, NumberId};
use crate::write::{
    Attached, Budget, Confirmation, Entry, Intent, Line, OverBudget, Run, Stop, Tally, Told, Verdict,
    carry_out,
};

/// Columns of the report.
const HEADS: &[Head] =
    &[("outcome", 0), ("number", 0), ("reviewed", 0), ("inventory_id", 0), ("id", 0), ("message", 0)];
/// Those of a terminal, where each line is printed at once and should fit.
const SHORT: &[Head] = &[("outcome", 12), ("number", 19), ("reviewed", 8), ("message", 0)];

/// What there is to say about one line.
#[derive(Debug, Clone, Default)]
pub(in crate::cli) struct Row {
    /// In a word: bought, owned, refused, …
    pub(in crate::cli) outcome: &'static str,
    /// The record, where there is one.
    pub(in crate::cli) number: Option<Number>,
    /// Its phone number or id, where there is no record.
    pub(in crate::cli) line: String,
    /// The id under which it is or was for sale.
    pub(in crate::cli) inventory_id: Option<NumberId>,
    /// What was agreed to pay for it today.
    pub(in crate::cli) reviewed: Option<Cents>,
    /// Why it is not as was asked for.
    pub(in crate::cli) failure: Option<Failure>,
    /// What else there is to say.
    pub(in crate::cli) said: String,
    /// What else a program may want to know.
    pub(in crate::cli) more: Map<String, Value>,
}

impl Row {
    /// About a record.
    pub(in crate::cli) fn of(outcome: &'static str, number: &Number) -> Self {
        Self { outcome, number: Some(number.clone()), ..Self::default() }
    }

    fn cells(&self, form: Form) -> Vec<String> {
        let number = self.number.as_ref().map(|number| number.line.to_string());
        let number = number.filter(|line| !line.is_empty()).unwrap_or_else(|| self.line.clone());
        let text = |id: Option<&NumberId>| id.map_or(String::new(), ToString::to_string);
        let inventory_id = text(self.inventory_id.as_ref());
        let reviewed = self.reviewed.map_or(String::new(), |cents| cents.to_string());
        let message = self.failure.as_ref().map_or(&self.said, |failure| &failure.message).clone();
        if form == Form::Table {
            let number = if number.is_empty() { inventory_id } else { number };
            return vec![self.outcome.to_owned(), number, format!("{reviewed:>8}"), message];
        }
        let id = text(self.number.as_ref().map(|number| &number.id));
        vec![self.outcome.to_owned(), number, reviewed, inventory_id, id, message]
    }

    /// The record with the contract's names, and what became of it.
    fn document(&self) -> Value {
        let mut map = self.number.as_ref().map_or_else(Map::new, Number::to_json);
        if self.number.is_none() {
            map.insert("e164".to_owned(), json!((!self.line.is_empty()).then_some(&self.line)));
        }
        map.insert("outcome".to_owned(), json!(self.outcome));
        if let Some(id) = &self.inventory_id {
            map.insert("inventory_id".to_owned(), json!(id.as_str()));
        }
        map.insert("reviewed_cents".to_owned(), json!(self.reviewed.map(|Cents(cents)| cents)));
        if let Some(failure) = &self.failure {
            map.insert("error".to_owned(), failure.document());
        }
        map.extend(self.more.clone());
        Value::Object(map)
    }
}

/// The report on stdout, a line for each number as it becomes known, and the bar on stderr.
pub(in crate::cli) struct Report {
    form: Form,
    records: Records<Buffered>,
    bar: Ticker,
    /// Nobody reads stdout any more. What is on its way is finished all the same.
    closed: Option<Failure>,
}

impl Report {
    pub(in crate::cli) fn new(session: &Session) -> Self {
        let form = session.form;
        let heads = if form == Form::Table { SHORT } else { HEADS };
        Self { form, records: Records::stdout(form, heads), bar: Ticker::default(), closed: None }
    }

    /// Prints a line at once, where the form has lines.
    pub(in crate::cli) fn line(&mut self, entry: &Row) {
        self.bar.clear();
        if self.closed.is_none() {
            let printed = self.records.add(&entry.cells(self.form), entry.document());
            self.closed = printed.and_then(|()| self.records.flush()).err();
        }
        // A reader that went away wants to hear no more; a disk that is full must not hide what was done.
        if self.closed.as_ref().is_some_and(|failure| failure.exit != Exit::Done) {
            say(&safe(&entry.cells(Form::Plain).join("  ")));
        }
    }

    /// Shows how far something is, on a terminal.
    pub(in crate::cli) fn progress(&mut self, done: usize, all: usize, what: &str) {
        self.bar.bar(what, done, all);
    }

    /// Takes the bar away: something else is about to be said.
    pub(in crate::cli) fn clear(&mut self) {
        self.bar.clear();
    }

    /// Ends the report.
    pub(in crate::cli) fn finish(self) -> Result<(), Failure> {
        self.bar.clear();
        match self.closed {
            Some(failure) => Err(failure),
            None => self.records.finish(),
        }
    }
}

/// Carries a run out, prints a line for each, and says how the command ends.
pub(in crate::cli) async fn run(
    session: &Session,
    report: &mut Report,
    run: &mut Run,
    before: Tally,
) -> Result<Exit, Failure> {
    let mut ledger = session.ledger()?;
    // People see progress at once; under JSON stderr is kept for an error.
    let json = session.form.is_json();
    let sending = Arc::clone(session.sending());
    let all = run.lines().len();
    session.begin_run();
    let halted = Arc::clone(session.halt());
    let stop = move || halted.load(Ordering::Relaxed);
    let tell = |run: &Run, told: Told| match told {
        Told::Stage(line, stage) => {
            sending.fetch_or(stage.is_sending(), Ordering::Relaxed);
            let text = format!("{}: {}", run.lines()[line].intent.line(), stage.words());
            report.bar.bar(&text, line, all);
        }
        Told::Pause(line, wait) => {
            sending.store(false, Ordering::Relaxed);
            let text = format!("the server wants a pause of {:.1} s", wait.as_secs_f64());
            report.bar.bar(&text, line, all);
        }
        Told::Ended(line) => {
            sending.store(false, Ordering::Relaxed);
            report.line(&ended(run, line));
            if let (Some(verdict), false) = (&run.lines()[line].verdict, json) {
                remark(verdict, &run.lines()[line].intent);
            }
        }
    };
    carry_out(&session.client, &mut ledger, &session.clock(), run, &stop, tell).await;
    session.end_run();
    session.see(run.lines().iter().filter_map(|line| line.verdict.as_ref()?.number()));
    for line in run.lines().iter().filter(|line| line.verdict.is_none()) {
        report.line(&Row { outcome: "not_tried", ..row(&line.intent) });
    }
    conclude(session, run, before)
}

/// What a person should know of a line beyond its outcome.
fn remark(verdict: &Verdict, intent: &Intent) {
    if let Verdict::Bought { .. } = verdict {
        let words = verdict.words(intent);
        if !words.said.starts_with("Bought.") || words.said.matches('.').count() > 2 {
            say(&safe(&words.said));
        }
    }
}

/// A line of a run as its report begins.
pub(in crate::cli) fn row(intent: &Intent) -> Row {
    match intent {
        Intent::Purchase { order, reviewed } => {
            let inventory_id = order.offer().cloned();
            let line = reviewed.line.map_or_else(String::new, |line| line.to_string());
            Row { line, inventory_id, reviewed: reviewed.price.today(), ..Row::default() }
        }
        Intent::Update { before, .. } | Intent::Remove { before, .. } => {
            Row { number: Some((**before).clone()), ..Row::default() }
        }
    }
}

/// A line of a run with what became of it.
fn ended(run: &Run, line: usize) -> Row {
    let line = &run.lines()[line];
    let mut row = row(&line.intent);
    let Some(verdict) = &line.verdict else { return row };
    let purchase = matches!(line.intent, Intent::Purchase { .. });
    row.outcome = crate::write::Outcome::of(verdict).wire(purchase);
    match verdict {
        Verdict::Bought { number, endpoint: Attached::Missing(_), .. } => {
            row.number = Some((**number).clone());
            row.failure = Some(Failure::of_verdict(verdict, &line.intent));
        }
        Verdict::Bought { number, .. } | Verdict::Updated { number, .. } => {
            row.number = Some((**number).clone());
        }
        Verdict::Removed { .. } => {
            if let Some(number) = &row.number {
                row.number = Some(super::release::gone(number, "released"));
            }
        }
        other => {
            if let Verdict::Already { number } = other {
                row.number = Some((**number).clone());
                row.outcome = "owned";
                return row;
            }
            if let Verdict::Ignored { number, .. } = other {
                row.number = Some((**number).clone());
                row.outcome = "ignored";
            }
            row.failure = Some(Failure::of_verdict(other, &line.intent));
        }
    }
    row
}

/// How a run of several writes ends: done, unknown, the refusal that stopped it before anything was
/// done, or a part.
fn conclude(session: &Session, run: &Run, before: Tally) -> Result<Exit, Failure> {
    let tally = run.tally();
    let counts = run.words(before);
    let unattached =
        |line: &Line| matches!(line.verdict, Some(Verdict::Bought { endpoint: Attached::Missing(_), .. }));
    let incomplete = run.lines().iter().filter(|line| unattached(line)).count();
    let is_unknown = before.unknown > 0
        || run.lines().iter().any(|line| line.verdict.as_ref().is_some_and(Verdict::is_unknown));
    let is_foreign = matches!(run.stopped(), Some(Stop::Foreign(_)));
    if tally.failed + tally.left + before.failed + incomplete == 0 && !is_unknown && !is_foreign {
        session.note(counts);
        return Ok(Exit::Done);
    }
    let mut failure = match run.stopped() {
        Some(Stop::Outcome(line)) => match &run.lines()[line] {
            line if line.verdict.is_some() => {
                let verdict = line.verdict.as_ref();
                verdict.map_or_else(part_failed, |verdict| Failure::of_verdict(verdict, &line.intent))
            }
            _ => part_failed(),
        },
        Some(Stop::Budget(line, why)) => over_budget(why, &run.lines()[line].intent.line()),
        Some(Stop::Foreign(_)) => match session.may_write() {
            Err(failure) => {
                Failure { message: failure.message.replacen("nothing was sent:", "Stopped:", 1), ..failure }
            }
            Ok(()) => part_failed(),
        },
        Some(Stop::Busy(line)) => Failure::of_verdict(&Verdict::Busy, &run.lines()[line].intent),
        Some(Stop::Asked) => Failure::new(
            Exit::Interrupted,
            "INTERRUPTED",
            "interrupted",
            "The same command goes on where it stopped; --max-total then counts anew.",
        ),
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
            "Do not repeat what is unknown: numdeck purchases resolve looks what became of it.".to_owned();
    }
    failure.message = format!("{counts}. {}", failure.message);
    Err(failure)
}

/// A failure as it is told where lines are in doubt, which count for more.
pub(in crate::cli) fn beside(failure: Failure, before: Tally) -> Failure {
    match before.unknown {
        0 => failure,
        open => {
            let doubt = unresolved::still_open(open);
            Failure { message: format!("{}. {}", failure.message, doubt.message), ..doubt }
        }
    }
}

fn part_failed() -> Failure {
    Failure::new(Exit::PartFailed, "PARTLY_DONE", "Not everything was done; each line says why", "")
}

/// A line of which nobody knows whether it was done before.
pub(in crate::cli) fn in_doubt(entry: &Entry, verdict: &Verdict) -> Row {
    let failure = Failure::of_verdict(verdict, &entry.intent);
    Row { outcome: "unknown", failure: Some(failure), ..row(&entry.intent) }
}

/// A purchase that is beyond the budget.
pub(in crate::cli) fn over_budget(why: OverBudget, line: &str) -> Failure {
    let (code, hint) = match why {
        OverBudget::Unknown => ("PRICE_UNKNOWN", "--allow-unknown-price buys it all the same."),
        OverBudget::Each { .. } | OverBudget::Total { .. } => ("OVER_BUDGET", ""),
    };
    Failure::new(Exit::Policy, code, format!("Stopped before {}: {why}", safe(line)), hint)
}

/// Says what a dry run would do, and how the real one would end as far as that can be told.
pub(in crate::cli) async fn rehearse(
    session: &Session,
    report: &mut Report,
    run: &Run,
    before: Tally,
    would: impl Fn(&Intent) -> Row,
) -> Result<Exit, Failure> {
    can_be_entered(session).await?;
    session.note("dry run: nothing was sent");
    let over = run.beyond_budget();
    let reach = over.map_or(run.lines().len(), |(line, _)| line);
    for (place, line) in run.lines().iter().enumerate() {
        let would = if place < reach { would(&line.intent) } else { row(&line.intent) };
        let outcome = if place < reach { would.outcome } else { "not_tried" };
        report.line(&Row { outcome, ..would });
    }
    match over {
        Some((line, why)) => {
            let failure = over_budget(why, &run.lines()[line].intent.line());
            let failure = if line > 0 { Failure { exit: Exit::PartFailed, ..failure } } else { failure };
            Err(beside(failure, before))
        }
        None if before.unknown > 0 => Err(unresolved::still_open(before.unknown)),
        None if before.failed > 0 => Err(part_failed()),
        None => Ok(Exit::Done),
    }
}

/// Changes of several numbers: the review, the question, the run. `decide` makes the write of a
/// number, or `None` where it is as was asked for already; `would` is the record after it.
pub(in crate::cli) async fn change(
    session: &Session,
    numbers: Vec<Number>,
    go: Go,
    decide: impl Fn(&Number) -> Option<Intent>,
    would: impl Fn(&Intent) -> Row,
) -> Result<Exit, Failure> {
    session.may_write()?;
    let mut report = Report::new(session);
    let mut intents = Vec::new();
    let mut before = Tally::default();
    for number in &numbers {
        match decide(number) {
            Some(intent) => {
                describe(session, &intent);
                intents.push(intent);
            }
            None => {
                before.already += 1;
                report.line(&Row::of("unchanged", number));
            }
        }
    }
    if before.already > 0 {
        session.note(format!("{} of {} are already so", before.already, numbers.len()));
    }
    let mut run = Run::new(intents, Budget::OPEN);
    let exit = if run.lines().is_empty() {
        session.note("nothing would change; nothing was sent");
        Ok(Exit::Done)
    } else if go == Go::DryRun {
        rehearse(session, &mut report, &run, before, would).await
    } else {
        session.note(whose(session));
        confirmed(session, &run, go).await?;
        loop {
            let exit = self::run(session, &mut report, &mut run, before).await;
            let anew = changed_since(&run);
            if go != Go::Ask || run.stopped().is_some() || anew.is_empty() {
                break exit;
            }
            // They are not as they were shown: that was said of each, and they are asked about anew.
            report.clear();
            for intent in &anew {
                describe(session, intent);
            }
            let tally = run.tally();
            before = before.plus(Tally { failed: tally.failed - anew.len(), ..tally });
            run = Run::new(anew, Budget::OPEN);
            if let Err(failure) = confirmed(session, &run, go).await {
                break Err(failure);
            }
        }
    };
    finish(session, report, exit)
}

/// The writes that were not sent because their numbers changed since they were shown, on the numbers
/// as they are now. What is as it was wanted by now is left out.
fn changed_since(run: &Run) -> Vec<Intent> {
    let on_now = |line: &Line| match &line.verdict {
        Some(Verdict::Changed { now, .. }) => Some(line.intent.clone().on((**now).clone())),
        _ => None,
    };
    let changes = |intent: &Intent| !matches!(intent, Intent::Update { changes, .. } if changes.is_empty());
    run.lines().iter().filter_map(on_now).filter(changes).collect()
}

/// Ends the report. That nobody reads it hides no failure.
pub(in crate::cli) fn finish(
    session: &Session,
    report: Report,
    exit: Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    session.tell_if(exit.is_ok());
    let written = report.finish().map_err(|failure| Failure {
        hint: "What was done is in the ledger: numdeck purchases list.".to_owned(),
        ..failure
    });
    exit.and_then(|exit| written.map(|()| exit))
}

/// Asks for all of them at once, where that is needed.
pub(in crate::cli) async fn confirmed(session: &Session, run: &Run, go: Go) -> Result<(), Failure> {
    session.may_write()?;
    if let Some(remark) = session.client.remark() {
        session.note(format!("numdeck: {remark}"));
    }
    if go == Go::Unasked {
        return Ok(());
    }
    let intents = run.lines().iter().map(|line| &line.intent);
    let what = match run.lines() {
        [one] => one.intent.to_string(),
        several => format!("{} changes", several.len()),
    };
    prompt::confirm_as(session, &Confirmation::of_all(intents), &what).await
}
