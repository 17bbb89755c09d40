//! `numdeck purchases`: what the ledger holds, and settling what is in doubt.

use serde_json::{Value, json};

use super::args::{Global, Purchases, PurchasesCommand};
use super::output::{Form, safe, say};
use super::records::{self, Head};
use super::session::Session;
use super::{Environment, Exit, Failure, runner};
use crate::api::{Error, ErrorKind, Item};
use crate::write::{Entry, Intent, Outcome, WallClock, look};

/// Columns of the list.
const HEADS: &[Head] =
    &[("at", 0), ("number", 0), ("outcome", 0), ("reviewed", 0), ("inventory_id", 0), ("id", 0)];

pub(super) fn run(global: &Global, environment: &Environment, options: &Purchases) -> Result<Exit, Failure> {
    runner::run(global, environment, async |session| match &options.command {
        None => list(session, &[]),
        Some(PurchasesCommand::List { expr }) => list(session, expr),
        Some(PurchasesCommand::Resolve) => resolve(session).await,
    })
}

/// In doubt first, then the newest.
fn list(session: &Session, expr: &[String]) -> Result<Exit, Failure> {
    let organization = session.standing().organization;
    let mut entries = session.entries()?;
    let is_purchase = |entry: &Entry| matches!(entry.intent, Intent::Purchase { .. });
    let changes = entries.iter().filter(|entry| entry.is_in_doubt() && !is_purchase(entry)).count();
    let words: Vec<&str> = expr.iter().flat_map(|text| text.split_whitespace()).collect();
    entries.retain(|entry| is_purchase(entry) && entry.says(&words));
    entries.reverse();
    entries.sort_by_key(|entry| !matches!(entry.outcome, None | Some(Outcome::Unknown)));
    let rows: Vec<(Vec<String>, Value)> = entries
        .iter()
        .map(|entry| (cells(entry, session.form), document(entry, organization.as_deref())))
        .collect();
    records::all(session.form, HEADS, &rows)?;
    // They are no purchases, and nobody else would tell.
    match changes {
        0 => {}
        1 => session
            .note("1 change of a number is in doubt: numdeck purchases resolve looks what became of it"),
        _ => session.note(format!(
            "{changes} changes of numbers are in doubt: numdeck purchases resolve looks what became of them"
        )),
    }
    Ok(Exit::Done)
}

/// Looks at everything in doubt, oldest first, and enters what it finds.
async fn resolve(session: &Session) -> Result<Exit, Failure> {
    let mut ledger = session.ledger()?;
    let doubts: Vec<Entry> = session.entries()?.into_iter().filter(Entry::is_in_doubt).collect();
    if doubts.is_empty() {
        session.note("nothing is in doubt");
    }
    let mut open = 0;
    for entry in doubts {
        let error = Error {
            request_id: Some(entry.id.to_string()),
            ..Error::new(ErrorKind::Broken, "its answer was lost")
        };
        let may_write = session.may_write().is_ok();
        let intent = if may_write { entry.intent } else { entry.intent.without_endpoint() };
        let verdict = look(&session.client, &mut ledger, &WallClock, &intent, error, |_| {}).await;
        let words = verdict.words(&intent);
        say(&safe(&format!("{} {}", words.said, words.next)));
        open += u32::from(Outcome::of(&verdict) == Outcome::Unknown);
    }
    Ok(if open == 0 { Exit::Done } else { Exit::Unknown })
}

/// What an entry comes to, in the words of the output: a write without an outcome is unknown.
fn outcome(entry: &Entry) -> &'static str {
    entry.outcome.unwrap_or(Outcome::Unknown).wire(true)
}

fn inventory_id(entry: &Entry) -> Option<String> {
    match &entry.intent {
        Intent::Purchase { order, .. } => match &order.item {
            Item::Inventory(id) => Some(id.to_string()),
            Item::Line { .. } => None,
        },
        _ => None,
    }
}

fn e164(entry: &Entry) -> Option<String> {
    match &entry.intent {
        Intent::Purchase { order, reviewed } => match (&reviewed.line, &order.item) {
            (Some(line), _) => Some(line.to_string()),
            (None, Item::Line { e164, .. }) => Some(e164.to_string()),
            (None, Item::Inventory(_)) => None,
        },
        _ => None,
    }
}

fn cells(entry: &Entry, form: Form) -> Vec<String> {
    let unknown = if form == Form::Table { "unknown" } else { "" };
    let at = if form == Form::Table {
        entry.at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
    } else {
        entry.at.to_string()
    };
    vec![
        at,
        e164(entry).unwrap_or_default(),
        outcome(entry).to_owned(),
        entry.reviewed().map_or(unknown.to_owned(), |cents| cents.to_string()),
        inventory_id(entry).unwrap_or_default(),
        entry.id.to_string(),
    ]
}

fn document(entry: &Entry, organization: Option<&str>) -> Value {
    json!({
        "id": entry.id.to_string(),
        "at": entry.at.to_string(),
        "e164": e164(entry),
        "inventory_id": inventory_id(entry),
        "organization": organization,
        "outcome": outcome(entry),
        "reviewed_cents": entry.reviewed().map(|cents| cents.0),
    })
}
