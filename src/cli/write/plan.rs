//! `numdeck plan`: what would have to change so that numbers are as a file says. Nothing is written.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use super::desired::{self, Desired, Difference};
use super::report::Row;
use crate::cli::args::PlanArgs;
use crate::cli::command_context::CommandContext;
use crate::cli::output::{OutputForm, safe};
use crate::cli::{Exit, Failure};
use crate::numbers::LARGEST_FILE;
use crate::phone::{SettingValue, thousands};
use crate::plan::{PlannedChange, RoutingPlan, is_plan};
use crate::rows::Table;
use crate::stream::{self, replaced, unwritable};
use crate::write::Intent;

/// Columns, a setting a row.
const HEADS: [&str; 4] = ["number", "field", "now", "then"];
const EXACT_HEADS: [&str; 5] = ["number", "id", "field", "before", "after"];

pub(in crate::cli) async fn plan(context: &CommandContext, options: &PlanArgs) -> Result<Exit, Failure> {
    if let Some(out) = &options.out {
        if out == Path::new("-") {
            return Err(Failure::usage("--out: it is a file; standard output has what would change"));
        }
        may_replace(out)?;
    }
    let desired = Desired::read(&options.file).await?;
    desired.is_for(context)?;
    desired.tell_passed_over(context);
    let owned = desired::owned(context).await?;
    let difference = desired.beside(context, &owned).await?;
    let is_shown = context.form == OutputForm::Table;
    if is_shown && difference.changes.iter().any(|planned| planned.changes.endpoint.is_some()) {
        // For people their names are read; without them ids do.
        context.endpoints().await.as_ref().ok();
    }
    print(context, &difference.changes)?;
    let Difference { changes, same } = difference;
    let intents: Vec<Intent> = changes.iter().map(PlannedChange::intent).collect();
    if let Err(pinned) = context.may_stop_calls(&intents) {
        context.note(pinned.message.replacen("nothing was sent: ", "apply will refuse it: ", 1));
    }
    let count = changes.len();
    if let Some(out) = &options.out {
        let plan = RoutingPlan { scope: desired::scope(context), changes, same };
        keep(out, &plan)?;
        context.note(format!("kept in {0}: numdeck apply {0} carries it out", safe(&out.to_string_lossy())));
    }
    context.note(match (count, same) {
        (0, 0) => "nothing to change".to_owned(),
        (0, same) => format!("nothing to change: {same} as the file says already"),
        (count, same) => format!("{count} to change, {same} as the file says already; nothing was sent"),
    });
    context.tell_if(true);
    Ok(if options.check && count > 0 { Exit::ToDo } else { Exit::Done })
}

/// The plan on standard output: for people and tables a setting a row, for JSON a number an object.
fn print(context: &CommandContext, changes: &[PlannedChange]) -> Result<(), Failure> {
    let form = context.form;
    let is_human = form == OutputForm::Table;
    let heads: &[&str] = if is_human { &HEADS } else { &EXACT_HEADS };
    let mut table = Table::new(form, heads.iter().copied(), stream::stdout());
    let names = context.endpoint_names();
    let called = |value: &SettingValue| match is_human {
        true => names.value_with_id(value),
        false => value.label().to_owned(),
    };
    for planned in changes {
        if form.is_json() {
            table.row(Vec::new, || Row::would(&planned.intent()).document())?;
            continue;
        }
        let line = match is_human {
            true => planned.before.line.grouped(),
            false => planned.before.line.to_string(),
        };
        for value in planned.changes.values() {
            let setting = value.setting();
            let now = setting.of(&planned.before);
            let now = now.as_ref().map_or(String::new(), called);
            let cells = || match is_human {
                true => vec![line.clone(), setting.name().to_owned(), now, format!("→ {}", called(&value))],
                false => vec![
                    line.clone(),
                    planned.before.id.to_string(),
                    setting.name().to_owned(),
                    now,
                    called(&value),
                ],
            };
            table.row(cells, || serde_json::Value::Null)?;
        }
    }
    Ok(table.finish()?)
}

/// Only a plan is replaced by a plan: the name may be that of the file that it is made from.
fn may_replace(path: &Path) -> Result<(), Failure> {
    let mut begin = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4096).read_to_end(&mut begin));
    match read {
        Ok(0) | Err(_) => Ok(()),
        Ok(_) => {
            // The first line is short; of a longer file the rest is cut.
            let text = String::from_utf8_lossy(&begin);
            match is_plan(&text) {
                true => Ok(()),
                false => Err(Failure::usage(format!(
                    "--out {}: there is a file, and it is no plan; it was left as it is",
                    safe(&path.to_string_lossy())
                ))),
            }
        }
    }
}

fn keep(path: &Path, plan: &RoutingPlan) -> Result<(), Failure> {
    let text = plan.to_text();
    if u64::try_from(text.len()).is_ok_and(|size| size > LARGEST_FILE) {
        let why = format!(
            "--out: a plan of {} changes is larger than a file of it may be",
            thousands(plan.changes.len())
        );
        return Err(Failure {
            hint: "numdeck apply FILE needs no kept plan.".to_owned(),
            ..Failure::usage(why)
        });
    }
    replaced(path, |mut file| file.write_all(text.as_bytes())).map_err(|error| {
        Failure::usage(format!("--out: the plan is not kept: {}", safe(&unwritable(&error, path))))
    })
}
