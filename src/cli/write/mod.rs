//! What all commands that write have in common.

pub(super) mod buy;
pub(super) mod delete;
pub(super) mod purchases;
pub(super) mod release;
pub(super) mod review;
pub(super) mod run;
pub(super) mod undo;
pub(super) mod update;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Map, Value, json};

use crate::api::Mode;
use crate::cli::columns::Columns;
use crate::cli::failure::READ_THE_DAMAGE;
use crate::cli::output::{Printer, safe};
use crate::cli::prompt;
use crate::cli::session::Session;
use crate::cli::waiting::Waiting;
use crate::cli::{Exit, Failure};
use crate::phone::{EndpointId, Names, Number};
use crate::write::{Attached, Intent, LEDGER_DAMAGED, Look, Stage, Verdict, consequences, perform};

/// Whether a write goes on after its review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Go {
    /// Nothing is to be sent.
    DryRun,
    /// It was said beforehand that nobody is to be asked.
    Unasked,
    /// A person has to agree.
    Ask,
}

impl Go {
    /// What it may do about an earlier write that is in doubt.
    pub(in crate::cli) fn looks(self) -> Look {
        if self == Self::DryRun { Look::Tell } else { Look::Complete }
    }

    pub(in crate::cli) fn of(dry_run: bool, yes: bool) -> Self {
        match (dry_run, yes) {
            (true, _) => Self::DryRun,
            (false, true) => Self::Unasked,
            (false, false) => Self::Ask,
        }
    }
}

/// Names what a write does, what follows from it, and for whom it is.
pub(in crate::cli) fn review(session: &Session, intent: &Intent) {
    describe(session, intent);
    session.note(format!("  {}", whose(session)));
}

/// Names what a write does and what follows from it.
pub(in crate::cli) fn describe(session: &Session, intent: &Intent) {
    session.note(safe(&intent.to_string()));
    let changes = match intent {
        Intent::Update { before, changes, .. } => changes.lines(before),
        Intent::Purchase { .. } | Intent::Remove { .. } => Vec::new(),
    };
    for line in changes.into_iter().chain(consequences(intent, &Names::default())) {
        session.note(format!("  {}", safe(&line)));
    }
}

/// For whom a write is, and whether it moves real money.
pub(in crate::cli) fn whose(session: &Session) -> String {
    let standing = session.standing();
    let mode = if standing.mode == Mode::Live { "LIVE" } else { "TEST" };
    let organization = standing.organization.as_deref().unwrap_or("server default");
    format!("{mode}, organization {}", safe(organization))
}

/// Whether there is an endpoint, as far as the server lists them: what a real run would be refused
/// for, a dry run is, too.
pub(in crate::cli) async fn endpoint_exists(
    session: &Session,
    wanted: Option<&EndpointId>,
) -> Result<(), Failure> {
    let Some(wanted) = wanted else { return Ok(()) };
    let listed = match session.client.endpoints().await {
        Ok(listed) => listed,
        Err(error) => {
            let why = match error.leaves_unread() {
                true => format!("the endpoints could not be read: {error}"),
                false => "the server does not list its endpoints".to_owned(),
            };
            session.note(format!("{why}; so whether this one exists was not checked"));
            return Ok(());
        }
    };
    if listed.iter().any(|endpoint| endpoint.id == *wanted) {
        return Ok(());
    }
    let message = format!("the server lists no endpoint {}; nothing was sent", safe(wanted.as_str()));
    Err(Failure::new(Exit::Other, "ENDPOINT_NOT_FOUND", message, "The Cockpit lists them, under Endpoints."))
}

/// Whether a write could be entered in the ledger: what the real run would be refused for, a dry run
/// is, too.
pub(in crate::cli) async fn can_be_entered(session: &Session) -> Result<(), Failure> {
    let refused = |why: &str| format!("nothing would be sent: {}", safe(why));
    let damage = session.ask(|ledger| ledger.damage()).await;
    let damage = damage.map_err(|why| Failure { message: refused(&why.message), ..why })?;
    if damage.is_empty() {
        return Ok(());
    }
    let message = refused(&damage.to_string());
    Err(Failure::new(Exit::RefusedHere, LEDGER_DAMAGED, message, READ_THE_DAMAGE))
}

/// Asks where that is needed. `Ok(false)` means that nothing is to be sent.
pub(in crate::cli) async fn agreed(session: &Session, intent: &Intent, go: Go) -> Result<bool, Failure> {
    session.may_write()?;
    if let Some(remark) = session.client.remark() {
        session.note(format!("numdeck: {remark}"));
    }
    match go {
        Go::DryRun => {
            can_be_entered(session).await?;
            session.note("dry run: nothing was sent");
            Ok(false)
        }
        Go::Unasked => Ok(true),
        Go::Ask => prompt::confirm(session, intent).await.map(|()| true),
    }
}

/// Sends a write that was agreed to. Where the number changed since it was shown, that is said, and
/// it is asked anew; a person who was not asked is told, and nothing is sent.
pub(in crate::cli) async fn carry_out_as(
    session: &Session,
    intent: &Intent,
    go: Go,
) -> Result<Verdict, Failure> {
    let mut intent = intent.clone();
    loop {
        let verdict = attempt(session, &intent).await?;
        let (Go::Ask, Verdict::Changed { now, .. }) = (go, &verdict) else {
            return concluded(session, &intent, verdict);
        };
        session.note(safe(&verdict.words(&intent).said));
        intent = intent.on((**now).clone());
        if matches!(&intent, Intent::Update { changes, .. } if changes.is_empty()) {
            session.note("It is as you wanted it already; nothing was sent.");
            return Ok(Verdict::Updated { number: now.clone(), found: true });
        }
        review(session, &intent);
        agreed(session, &intent, go).await?;
    }
}

/// Sends a write, once, and says what became of it.
pub(in crate::cli) async fn carry_out(session: &Session, intent: &Intent) -> Result<Verdict, Failure> {
    let verdict = attempt(session, intent).await?;
    concluded(session, intent, verdict)
}

/// Sends a write, once.
pub(in crate::cli) async fn attempt(session: &Session, intent: &Intent) -> Result<Verdict, Failure> {
    let sending = Arc::clone(session.sending());
    let mut waiting = Waiting::new(session.form.is_json());
    let unsettled = Arc::clone(session.unsettled());
    let progress = move |stage: Stage| {
        sending.fetch_or(stage.is_sending(), Ordering::Relaxed);
        unsettled.fetch_or(matches!(stage, Stage::Settling(_)), Ordering::Relaxed);
        waiting.tell(stage);
    };
    let mut ledger = session.ledger()?;
    let halted = Arc::clone(session.halt());
    let halt = move || halted.load(Ordering::Relaxed);
    let verdict = perform(&session.client, &mut ledger, &session.clock(), intent, &halt, progress).await;
    session.sending().store(false, Ordering::Relaxed);
    session.unsettled().store(false, Ordering::Relaxed);
    session.see(verdict.number());
    Ok(verdict)
}

/// Says what became of a write.
pub(in crate::cli) fn concluded(
    session: &Session,
    intent: &Intent,
    verdict: Verdict,
) -> Result<Verdict, Failure> {
    if !verdict.is_done() && !matches!(verdict, Verdict::Already { .. }) {
        return Err(Failure::of_verdict(&verdict, intent));
    }
    if matches!(verdict, Verdict::Bought { endpoint: Attached::Missing(_), .. }) {
        // The command says it as its error.
        return Ok(verdict);
    }
    let words = verdict.words(intent);
    session.note(safe(&words.said));
    if !words.next.is_empty() {
        session.note(safe(&words.next));
    }
    Ok(verdict)
}

/// Prints the one record that a write was about, and what became of it, as a list of many tells it.
pub(in crate::cli) fn report(
    session: &Session,
    columns: Columns,
    outcome: &str,
    number: &Number,
) -> Result<(), Failure> {
    print(session, columns, &told(number, outcome, Map::new()))
}

/// A record with what became of it, for a program.
pub(in crate::cli) fn told(number: &Number, outcome: &str, more: Map<String, Value>) -> Number {
    let mut extra = number.extra.as_deref().cloned().unwrap_or_default();
    extra.insert("outcome".to_owned(), json!(outcome));
    extra.insert("reviewed_cents".to_owned(), Value::Null);
    extra.extend(more);
    Number { extra: Some(Box::new(extra)), ..number.clone() }
}

/// Prints the one record that a write was about.
pub(in crate::cli) fn print(session: &Session, columns: Columns, number: &Number) -> Result<(), Failure> {
    // Before stdout, which may be closed: what happened is said in any case.
    session.tell();
    record(session, columns, number)
}

/// Prints a record beside an error: nothing that was held back is said.
pub(in crate::cli) fn record(session: &Session, columns: Columns, number: &Number) -> Result<(), Failure> {
    let mut printer = Printer::stdout(session.form, columns);
    printer.row(number)?;
    printer.finish()
}

/// Prints what a dry run would have done to a record, where a program reads it: in JSON the record
/// as it is, and under `dry_run` what would differ before and after; in CSV the row of a real run.
/// `after` of `None` is a record that would be gone.
pub(in crate::cli) fn preview(
    session: &Session,
    columns: Columns,
    before: &Number,
    after: Option<&Number>,
) -> Result<(), Failure> {
    if !session.form.is_of_records() {
        return Ok(());
    }
    if !session.form.is_json() {
        return print(session, columns, after.unwrap_or(before));
    }
    let mut extra = before.extra.as_deref().cloned().unwrap_or_default();
    extra.extend(differences(before, after));
    print(session, columns, &Number { extra: Some(Box::new(extra)), ..before.clone() })
}

/// Under `dry_run`, what of a record would differ before and after. `after` of `None` is a record
/// that would be gone.
pub(in crate::cli) fn differences(before: &Number, after: Option<&Number>) -> Map<String, Value> {
    let (is, will_be) = (before.to_json(), after.map(Number::to_json));
    let differing = |one: &Map<String, Value>, other: &Map<String, Value>| -> Map<String, Value> {
        let differs = |(name, value): &(&String, &Value)| other.get(*name) != Some(*value);
        one.iter().filter(differs).map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let dry_run = match &will_be {
        Some(will_be) => json!({"before": differing(&is, will_be), "after": differing(will_be, &is)}),
        None => json!({"before": {}, "after": null}),
    };
    Map::from_iter([("dry_run".to_owned(), dry_run)])
}
