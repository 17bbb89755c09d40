//! `numdeck label`: tags, notes and pins of numbers, in the labels file.

use serde_json::{Value, json};

use super::args::LabelArgs;
use super::command_context::CommandContext;
use super::numbers::{self, directory};
use super::output::{self, safe};
use super::{Exit, Failure};
use crate::config::{ConfigError, LabelsFile};
use crate::numbers::Purpose;
use crate::phone::{Filter, Label, Labels, Number, Term};
use crate::write::Intent;

/// So many pinned numbers an error names.
const NAMED: usize = 5;

const HEADS: &[&str] = &["number", "tags", "pinned", "note"];

/// Changes labels, and prints how they are then; where nothing is to change, how they are.
pub(super) async fn label(context: &CommandContext, options: &LabelArgs) -> Result<Exit, Failure> {
    let edit = options.edit();
    if let Some(both) = edit.add.iter().find(|tag| edit.remove.contains(tag)) {
        return Err(Failure::usage(format!("{both} is to be added and removed: it is one of them")));
    }
    // What is wrong with the file is better known before the list is read.
    let file = context.labels_file()?;
    let labels = match file.path().exists() || edit.is_empty() {
        true => file.read().map_err(|error| unreadable(&error))?,
        // The first label makes it.
        false => Labels::default(),
    };
    let named = &options.named;
    let (targets, again) = numbers::of(Purpose::Changing, &named.numbers, named.file.as_deref()).await?;
    let numbers = directory::numbers(context, &targets, again).await?;
    if let Some(odd) = numbers.iter().find(|number| number.line.valid().is_none()) {
        let message = format!("nothing was changed: {} is no phone number, so it has no label", odd.line);
        return Err(Failure::usage(safe(&message)));
    }
    if edit.is_empty() {
        print(context, &numbers, &labels)?;
        return Ok(Exit::Done);
    }
    let lines: Vec<_> = numbers.iter().filter_map(|number| number.line.valid()).collect();
    let was_there = file.path().exists();
    let (labels, changed) = file.edit(&lines, &edit).map_err(|error| unreadable(&error))?;
    print(context, &numbers, &labels)?;
    let place = safe(&file.path().to_string_lossy());
    context.note(match (changed, numbers.len()) {
        (0, _) => format!("all of that is so already in {place}"),
        (changed, all) => format!("{changed} of {all} changed in {place}"),
    });
    if !was_there {
        context.note(format!("{place} was not there, and is begun with that: nothing else is pinned"));
    }
    Ok(Exit::Done)
}

impl CommandContext {
    /// Where labels are.
    ///
    /// # Errors
    /// Nothing says where.
    pub(super) fn labels_file(&self) -> Result<LabelsFile, Failure> {
        self.account().labels.clone().ok_or_else(|| {
            let hint = "Set HOME or NUMDECK_CONFIG_DIR, or say labels_file in the profile.";
            Failure::new(Exit::Usage, "NO_LABELS_FILE", "there is no place for labels", hint)
        })
    }

    /// What people put down about numbers; nothing where there is no place for it.
    ///
    /// # Errors
    /// The file cannot be read or has a mistake.
    pub(super) fn labels(&self) -> Result<Labels, Failure> {
        all_of(self.account().labels.as_ref())
    }

    /// The labels, where a filter asks for them.
    pub(super) fn labels_for(&self, filter: &Filter) -> Result<Labels, Failure> {
        asked_for(self.account().labels.as_ref(), filter)
    }

    /// `Ok` where no pin keeps back any of these writes.
    ///
    /// # Errors
    /// Those that are pinned; or the labels file, of which nobody knows then what it pins.
    pub(super) fn may_stop_calls(&self, intents: &[Intent]) -> Result<(), Failure> {
        if !intents.iter().any(Intent::stops_calls) {
            return Ok(());
        }
        let refused = |code: &str, message: String, hint: &str| {
            Err(Failure::new(Exit::RefusedHere, code, format!("nothing was sent: {message}"), hint))
        };
        let labels = match self.labels() {
            Ok(labels) => labels,
            Err(failure) => {
                return refused(
                    "LABELS",
                    format!("what is pinned is not known: {}", failure.message),
                    &failure.hint,
                );
            }
        };
        let pinned: Vec<String> = intents
            .iter()
            .filter(|intent| intent.is_pinned(&labels))
            .map(|intent| safe(&intent.line()))
            .collect();
        let hint = "numdeck label NUMBER --unpin takes the pin away; or leave the number out.";
        match pinned.as_slice() {
            [] => Ok(()),
            [one] => refused("PINNED", format!("{one} is pinned"), hint),
            several => {
                let first = several.iter().take(NAMED).cloned().collect::<Vec<String>>().join(", ");
                let more = if several.len() > NAMED { ", …" } else { "" };
                refused("PINNED", format!("{} numbers are pinned: {first}{more}", several.len()), hint)
            }
        }
    }
}

/// All labels of a file; none where there is no place for one.
fn all_of(file: Option<&LabelsFile>) -> Result<Labels, Failure> {
    file.map_or_else(|| Ok(Labels::default()), |file| file.read().map_err(|error| unreadable(&error)))
}

/// The labels of a file, where a filter asks for them.
///
/// # Errors
/// The file cannot be read or has a mistake.
pub(super) fn asked_for(file: Option<&LabelsFile>, filter: &Filter) -> Result<Labels, Failure> {
    let asks = |(_, term): &(bool, Term)| matches!(term, Term::Label(_) | Term::Pinned(_));
    if filter.terms().iter().any(asks) { all_of(file) } else { Ok(Labels::default()) }
}

/// What is wrong with the labels file.
fn unreadable(error: &ConfigError) -> Failure {
    let hint = "Correct it; nothing else of it was taken over, and no number counts as not pinned.";
    Failure { code: "LABELS".to_owned(), hint: hint.to_owned(), ..Failure::usage(error.to_string()) }
}

fn print(context: &CommandContext, numbers: &[Number], labels: &Labels) -> Result<(), Failure> {
    let rows: Vec<(Vec<String>, Value)> = numbers
        .iter()
        .map(|number| {
            let label = labels.of(number).cloned().unwrap_or_default();
            (cells(number, &label), document(number, &label))
        })
        .collect();
    output::all(context.form, HEADS, &rows)
}

fn cells(number: &Number, label: &Label) -> Vec<String> {
    let pinned = if label.pinned { "yes" } else { "no" };
    let note = label.note.clone().unwrap_or_default();
    vec![number.line.to_string(), label.tags.join(" "), pinned.to_owned(), note]
}

fn document(number: &Number, label: &Label) -> Value {
    json!({
        "e164": number.line.to_string(),
        "id": number.id.as_str(),
        "tags": label.tags,
        "note": label.note,
        "pinned": label.pinned,
    })
}
