//! `numdeck purchases`: what the ledger holds, and settling what is in doubt.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::RequestId;
use crate::cli::args::{Purchases, PurchasesCommand};
use crate::cli::command_context::CommandContext;
use crate::cli::output::{self, OutputForm, safe, say};
use crate::cli::unresolved;
use crate::cli::{Exit, Failure};
use crate::phone::E164;
use crate::write::{Entry, Intent, LEDGER_DAMAGED, Look, OutcomeKind};

/// Columns of the list.
const HEADS: &[&str] = &["at", "number", "outcome", "reviewed", "inventory_id", "id"];

pub(in crate::cli) async fn purchases(
    context: &CommandContext,
    options: &Purchases,
) -> Result<Exit, Failure> {
    match &options.command {
        None => list(context, &[]).await,
        Some(PurchasesCommand::List { expr, .. }) => list(context, expr).await,
        Some(PurchasesCommand::Resolve { forget_damaged }) => resolve(context, *forget_damaged).await,
    }
}

/// In doubt first, then the newest.
async fn list(context: &CommandContext, expr: &[String]) -> Result<Exit, Failure> {
    let mut entries = context.entries().await?;
    let words: Vec<&str> = expr.iter().flat_map(|text| text.split_whitespace()).collect();
    entries.retain(|entry| is_purchase(entry) && entry.says(&words));
    entries.reverse();
    entries.sort_by_key(|entry| !entry.is_open());
    print(context, &entries)?;
    Ok(Exit::Done)
}

/// Looks at everything in doubt, oldest first, and enters what it finds. Prints the purchases that it
/// looked at, as they are now, where a program reads them.
///
/// Lines that can not be read are shown first: whoever has read them may go on without them.
async fn resolve(context: &CommandContext, forget_damaged: bool) -> Result<Exit, Failure> {
    let json = context.form.is_json();
    let damage = context.ask(|ledger| ledger.damage()).await?;
    let mut lines = damage.lines;
    for damage in &lines {
        context.note(format!("line {} of the ledger can not be read: {}", damage.line, safe(&damage.text)));
    }
    if forget_damaged && !lines.is_empty() {
        context.may_write()?;
        context.ask(|ledger| ledger.forget_damage(Timestamp::now())).await?;
        let what = format!("what can not be read of {} hinders nothing from now on", damage.file.display());
        context.note(safe(&format!("{what} ({})", counted(lines.len()))));
        lines.clear();
    }
    let on_their_way: Vec<Entry> =
        context.entries().await?.into_iter().filter(|entry| entry.in_flight).collect();
    let looked = unresolved::settle(context, |_| true, Look::Complete).await?;
    if looked.is_empty() && on_their_way.is_empty() && lines.is_empty() {
        context.note("nothing is in doubt");
    }
    for (entry, outcome) in &looked {
        let words = outcome.words(&entry.intent);
        if !json {
            say(&safe(&format!("{} {}", words.said, words.next)));
        }
    }
    for entry in &on_their_way {
        if !json {
            say(&safe(&format!("{}: on its way, another numdeck waits for its answer", entry.words())));
        }
    }
    if context.form.is_of_records() {
        let ids: HashSet<RequestId> = looked.iter().map(|(entry, _)| entry.id).collect();
        let mut entries = context.entries().await?;
        entries.retain(|entry| is_purchase(entry) && (ids.contains(&entry.id) || entry.in_flight));
        print(context, &entries)?;
    }
    let unknown = looked.iter().filter(|(_, outcome)| outcome.is_unknown()).count();
    match unknown + on_their_way.len() {
        0 if !lines.is_empty() => Err(Failure::new(
            Exit::Unknown,
            LEDGER_DAMAGED,
            format!(
                "{} of the ledger can not be read: a write that was sent may hide there",
                counted(lines.len())
            ),
            "Read them; then purchases resolve --forget-damaged goes on without them.",
        )),
        0 => Ok(Exit::Done),
        // It was said of each.
        _ if !json => Ok(Exit::Unknown),
        open => Err(unresolved::still_open(open)),
    }
}

fn counted(lines: usize) -> String {
    if lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") }
}

fn is_purchase(entry: &Entry) -> bool {
    matches!(entry.intent, Intent::Purchase { .. })
}

fn print(context: &CommandContext, entries: &[Entry]) -> Result<(), Failure> {
    let organization = context.standing().organization;
    let rows: Vec<(Vec<String>, Value)> = entries
        .iter()
        .map(|entry| (cells(entry, context.form), document(entry, organization.as_deref())))
        .collect();
    output::all(context.form, HEADS, &rows)
}

/// What an entry comes to, in the words of the output: a write without an outcome is unknown.
fn outcome(entry: &Entry) -> &'static str {
    entry.outcome.unwrap_or(OutcomeKind::Unknown).wire(true)
}

fn inventory_id(entry: &Entry) -> Option<String> {
    match &entry.intent {
        Intent::Purchase { order, .. } => order.offer().map(ToString::to_string),
        _ => None,
    }
}

fn cells(entry: &Entry, form: OutputForm) -> Vec<String> {
    let at = if form == OutputForm::Table {
        entry.at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
    } else {
        entry.at.to_string()
    };
    vec![
        at,
        entry.e164().as_ref().map(E164::to_string).unwrap_or_default(),
        outcome(entry).to_owned(),
        entry.reviewed().map_or("unknown".to_owned(), |cents| cents.to_string()),
        inventory_id(entry).unwrap_or_default(),
        entry.id.to_string(),
    ]
}

fn document(entry: &Entry, organization: Option<&str>) -> Value {
    json!({
        "id": entry.id.to_string(),
        "at": entry.at.to_string(),
        "e164": entry.e164().map(|line| line.to_string()),
        "inventory_id": inventory_id(entry),
        "organization": entry.organization.as_deref().or(organization),
        "outcome": outcome(entry),
        "reviewed_cents": entry.reviewed().map(|cents| cents.0),
    })
}
