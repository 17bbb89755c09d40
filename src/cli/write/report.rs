//! What a command that writes tells of each number: a row on stdout, and how far it is on stderr.

use serde_json::{Map, Value, json};

use super::wait;
use crate::api::{Item, Removal};
use crate::cli::command_context::CommandContext;
use crate::cli::output::{OutputForm, Stdout, safe, say};
use crate::cli::progress::Stages;
use crate::cli::{Exit, Failure};
use crate::phone::{Cents, Number, NumberId, Status};
use crate::rows::{Column, Columns, Style, Table};
use crate::stream;
use crate::write::{Attached, BatchLine, Entry, Intent, Outcome, OutcomeKind};

/// Columns of the report, before those of the record.
const HEADS: [&str; 6] = ["outcome", "number", "reviewed", "inventory_id", "id", "message"];
/// Those of a terminal, where each row is printed at once and should fit.
const SHORT: [&str; 4] = ["outcome", "number", "reviewed", "message"];
const WIDTHS: &[usize] = &[12, 19, 8, 0];

/// What became of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// What is to be bought is ours.
    Owned,
    /// It is as was asked for.
    Unchanged,
    /// It was not its turn.
    NotTried,
    /// What a dry run has to say.
    Would(&'static str),
    /// It was sent, or looked up, or refused here; with its word, which differs for purchases.
    Ended(OutcomeKind, &'static str),
}

impl Fate {
    fn ended(outcome: OutcomeKind, intent: &Intent) -> Self {
        Self::Ended(outcome, outcome.wire(matches!(intent, Intent::Purchase { .. })))
    }

    fn word(self) -> &'static str {
        match self {
            Self::Owned => "owned",
            Self::Unchanged => "unchanged",
            Self::NotTried => "not_tried",
            Self::Would(word) | Self::Ended(_, word) => word,
        }
    }

    /// Whether nothing is missing in it, or at least something is ours by it.
    fn is_worth_a_row(self) -> bool {
        matches!(self, Self::Owned | Self::Unchanged | Self::Would(_) | Self::Ended(OutcomeKind::Done, _))
    }
}

/// What there is to say about one number.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) fate: Fate,
    /// The record, where there is one.
    pub(super) number: Option<Number>,
    /// The record as a dry run would leave it.
    pub(super) will_be: Option<Number>,
    /// Its phone number or id, where there is no record.
    pub(super) line: String,
    /// The id under which it is or was for sale.
    pub(super) inventory_id: Option<NumberId>,
    /// What was agreed to pay for it today.
    pub(super) reviewed: Option<Cents>,
    /// Why it is not as was asked for.
    pub(super) failure: Option<Failure>,
    /// What else there is to say.
    pub(super) said: String,
    /// What else a program may want to know.
    pub(super) more: Map<String, Value>,
}

impl Row {
    fn new(fate: Fate) -> Self {
        Self {
            fate,
            number: None,
            will_be: None,
            line: String::new(),
            inventory_id: None,
            reviewed: None,
            failure: None,
            said: String::new(),
            more: Map::new(),
        }
    }

    /// About a record.
    pub(super) fn of(fate: Fate, number: &Number) -> Self {
        Self { number: Some(number.clone()), ..Self::new(fate) }
    }

    /// About what has no record, by what somebody called it.
    pub(super) fn named(fate: Fate, text: &str) -> Self {
        Self { line: safe(text), ..Self::new(fate) }
    }

    /// About something that is to be sent.
    fn about(fate: Fate, intent: &Intent) -> Self {
        match intent {
            Intent::Purchase { order, reviewed } => Self {
                line: reviewed.line.map_or_else(String::new, |line| line.to_string()),
                inventory_id: order.offer().cloned(),
                reviewed: reviewed.price.today(),
                ..Self::new(fate)
            },
            Intent::Update { before, .. } | Intent::Remove { before, .. } => Self::of(fate, before),
        }
    }

    /// About something whose turn did not come.
    pub(super) fn not_tried(intent: &Intent) -> Self {
        Self::about(Fate::NotTried, intent)
    }

    /// About an earlier write of which nobody knows whether it was done.
    pub(super) fn in_doubt(entry: &Entry, outcome: &Outcome) -> Self {
        let fate = Fate::ended(OutcomeKind::Unknown, &entry.intent);
        let failure = Some(Failure::of_outcome(outcome, &entry.intent));
        Self { failure, ..Self::about(fate, &entry.intent) }
    }

    /// About what a real run would send.
    pub(super) fn would(intent: &Intent) -> Self {
        let row = |word| Self::about(Fate::Would(word), intent);
        match intent {
            Intent::Purchase { .. } => Self { more: rehearsed(intent), ..row("would_buy") },
            Intent::Update { before, changes, .. } => {
                let after = changes.applied_to(before);
                Self {
                    said: changes.lines(before).join(", "),
                    more: differences(before, Some(&after)),
                    will_be: Some(after),
                    ..row("would_change")
                }
            }
            Intent::Remove { before, how: Removal::Release } => {
                let after = (**before).clone().with(|traits| traits.status = Some(Status::Inactive));
                let status = before.status.as_ref().map_or("unknown", Status::label);
                Self {
                    said: format!("status: {status} -> inactive"),
                    more: differences(before, Some(&after)),
                    will_be: Some(gone(before)),
                    ..row("would_release")
                }
            }
            Intent::Remove { before, how: Removal::Delete } => {
                Self { more: differences(before, None), will_be: Some(gone(before)), ..row("would_delete") }
            }
        }
    }

    /// About a record that a real run would leave as it is.
    pub(super) fn would_not_change(number: &Number) -> Self {
        Self { more: differences(number, Some(number)), ..Self::of(Fate::Unchanged, number) }
    }

    /// About a write with what became of it.
    pub(super) fn ended(line: &BatchLine) -> Self {
        let Some(outcome) = &line.outcome else { return Self::not_tried(&line.intent) };
        let fate = match outcome {
            Outcome::Already { .. } => Fate::Owned,
            outcome => Fate::ended(OutcomeKind::of(outcome), &line.intent),
        };
        let mut row = Self::about(fate, &line.intent);
        if let Some(number) = outcome.number() {
            row.number = Some(number.clone());
        }
        if let (Outcome::Removed { .. }, Intent::Remove { before, how }) = (outcome, &line.intent) {
            row.number = Some(gone(before));
            let gone = if *how == Removal::Release { "released" } else { "deleted" };
            row.more.insert(gone.to_owned(), Value::Bool(true));
        }
        let failure = Failure::of_outcome(outcome, &line.intent);
        row.failure = (failure.exit != Exit::Done).then_some(failure);
        row
    }

    /// What it is about, for people.
    pub(super) fn subject(&self) -> String {
        self.number.as_ref().map_or_else(|| self.line.clone(), |number| number.line.grouped())
    }

    fn cells(&self, form: OutputForm) -> Vec<String> {
        let record = self.will_be.as_ref().or(self.number.as_ref());
        let number = record.map(|number| number.line.to_string());
        let number = number.filter(|line| !line.is_empty()).unwrap_or_else(|| self.line.clone());
        let text = |id: Option<&NumberId>| id.map_or(String::new(), ToString::to_string);
        let inventory_id = text(self.inventory_id.as_ref());
        let reviewed = self.reviewed.map_or(String::new(), |cents| cents.to_string());
        let message = self.failure.as_ref().map_or(&self.said, |failure| &failure.message).clone();
        let outcome = self.fate.word().to_owned();
        if form == OutputForm::Table {
            let number = if number.is_empty() { inventory_id } else { number };
            return vec![outcome, number, format!("{reviewed:>8}"), message];
        }
        let id = text(record.map(|record| &record.id));
        let mut cells = vec![outcome, number, reviewed, inventory_id, id, message];
        let text = |column: Column| record.map_or(String::new(), |record| column.text(record, Style::Exact));
        cells.extend(Columns::record().iter().map(|(_, column)| text(*column)));
        cells
    }

    /// The record with the contract's names, and what became of it.
    pub(super) fn document(&self) -> Value {
        let mut map = self.number.as_ref().map_or_else(Map::new, Number::to_json);
        if self.number.is_none() {
            map.insert("e164".to_owned(), json!((!self.line.is_empty()).then_some(&self.line)));
        }
        map.insert("outcome".to_owned(), json!(self.fate.word()));
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

/// What a dry run tells a program of a purchase.
fn rehearsed(intent: &Intent) -> Map<String, Value> {
    let Intent::Purchase { order, reviewed } = intent else { return Map::new() };
    let cents = |cents: Option<Cents>| json!(cents.map(|Cents(cents)| cents));
    let price = reviewed.price;
    let mut record = Map::new();
    if let Item::Inventory(id) = &order.item {
        record.insert("inventory_id".to_owned(), json!(id.as_str()));
    }
    record.insert("setup_cents".to_owned(), cents(price.setup));
    record.insert("monthly_cents".to_owned(), cents(price.monthly));
    record.insert("today_cents".to_owned(), cents(price.today()));
    record.insert("dry_run".to_owned(), Value::Bool(true));
    record
}

/// Under `dry_run`, what of a record would differ before and after. `after` of `None` is a record
/// that would be gone.
fn differences(before: &Number, after: Option<&Number>) -> Map<String, Value> {
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

/// What is left of a number that was given up: which one it was. Its former settings would read as if
/// they were still in force.
fn gone(number: &Number) -> Number {
    Number::new(number.id.clone(), number.line.clone())
}

/// The report on stdout, a row for each number as it becomes known, and what goes on on stderr.
pub(super) struct Report {
    form: OutputForm,
    /// One number was named as an argument: its error says all that a row would.
    alone: bool,
    /// Only a program needs rows: the review said it all.
    silent: bool,
    rows: usize,
    table: Table<Stdout>,
    pub(super) stages: Stages,
    /// Numbers that are ours now, and not active yet.
    pub(super) not_active: Vec<Number>,
    /// Nobody reads stdout any more. What is on its way is finished all the same.
    closed: Option<Failure>,
}

impl Report {
    /// Of one number that was named `alone`, or of a list.
    pub(super) fn new(context: &CommandContext, alone: bool, dry_run: bool) -> Self {
        let form = context.form;
        let table = if form == OutputForm::Table {
            Table::new(form, SHORT, stream::stdout()).at_once(WIDTHS)
        } else {
            let record = Columns::record();
            let names = record.iter().map(|(name, _)| name.as_str());
            Table::new(form, HEADS.into_iter().chain(names), stream::stdout())
        };
        Self {
            form,
            alone,
            silent: alone && dry_run && !form.is_of_records(),
            rows: 0,
            table,
            stages: Stages::new(form.is_json(), context.ticker()),
            not_active: Vec::new(),
            closed: None,
        }
    }

    /// Prints a row at once, where the form has rows.
    pub(super) fn row(&mut self, row: &Row) {
        self.stages.clear();
        if let (Fate::Owned | Fate::Ended(OutcomeKind::Done, "bought"), Some(number)) =
            (row.fate, &row.number)
            && !wait::is_active(number)
        {
            self.not_active.push(number.clone());
        }
        if self.silent || (self.alone && !row.fate.is_worth_a_row()) {
            return;
        }
        self.rows += 1;
        if self.closed.is_none() {
            let printed = self.table.row(|| row.cells(self.form), || row.document());
            self.closed = printed.and_then(|()| self.table.flush()).err().map(Failure::from);
        }
        // A reader that went away wants to hear no more; a disk that is full must not hide what was done.
        if self.closed.as_ref().is_some_and(|failure| failure.exit != Exit::Done) {
            say(&safe(&row.cells(OutputForm::Plain).join("  ")));
        }
    }

    /// Prints how a line of a run ended, and what a person should know beyond it.
    pub(super) fn ended(&mut self, line: &BatchLine) {
        self.row(&Row::ended(line));
        let Some(outcome @ Outcome::Bought { endpoint, found, .. }) = &line.outcome else { return };
        let is_plain = !found && matches!(endpoint, Attached::NotAsked | Attached::AsAsked);
        if !(is_plain || self.alone || self.form.is_json()) {
            say(&safe(&outcome.words(&line.intent).said));
        }
    }

    /// Ends the report. That nobody reads it hides no failure.
    pub(super) fn finish(mut self, exit: Result<Exit, Failure>) -> Result<Exit, Failure> {
        self.stages.clear();
        if self.rows == 0 && (self.silent || (self.alone && exit.is_err())) {
            return exit;
        }
        let written = match self.closed {
            Some(failure) => Err(failure),
            None => self.table.finish().map_err(Failure::from),
        };
        let written = written.map_err(|failure| Failure {
            hint: "What was done is in the ledger: numdeck purchases list.".to_owned(),
            ..failure
        });
        exit.and_then(|exit| written.map(|()| exit))
    }
}
