//! Reports for people, and as rows.

use std::io::Write as _;

use serde_json::Value;

use super::evidence::Evidence;
use super::setup::flags;
use crate::cli::Failure;
use crate::cli::output::{self, OutputForm, broken, safe, say};
use crate::rows::{json_line, json_pretty};
use crate::sip::{Progress, Report, Step, Verdict};
use crate::stream;

/// Columns where there are many reports.
pub(super) const HEADS: &[&str] = &["number", "status", "code", "text", "next"];
/// Columns of the steps of one.
const STEP_HEADS: &[&str] = &["leg", "step", "status", "code", "ms", "target", "text"];

/// What a number comes to, as a row.
pub(super) fn cells(name: &str, verdict: &Verdict) -> Vec<String> {
    vec![
        name.to_owned(),
        verdict.status.word().to_owned(),
        verdict.code.word().to_owned(),
        verdict.text(),
        verdict.next.words(&flags),
    ]
}

/// One report in any form, and what goes with it.
pub(super) fn one(
    form: OutputForm,
    report: &Report,
    evidence: &Evidence,
    with_trace: bool,
) -> Result<(), Failure> {
    if with_trace && !form.is_json() {
        trace(report);
    }
    let document = || {
        let mut document = report.to_json(with_trace, &flags);
        evidence.add_to(&mut document);
        document
    };
    match (form, evidence.ticket()) {
        (OutputForm::Json, _) => plain(&json_pretty(&document())),
        (OutputForm::Ndjson, _) => line(&document()),
        (_, Some(ticket)) => plain(ticket),
        (OutputForm::Table, None) => plain(format!("{}{}", report.text(&flags), places(evidence)).trim_end()),
        (OutputForm::Tabs | OutputForm::Plain | OutputForm::Csv, None) => rows(form, report, evidence),
    }
}

/// What other places saw, below the report.
fn places(evidence: &Evidence) -> String {
    let mut text = String::new();
    for merged in evidence.merged() {
        let title = if text.is_empty() { "\nSeen from several places:\n" } else { "" };
        text.push_str(title);
        merged.lines().iter().for_each(|line| text.push_str(&format!("  {}\n", safe(line))));
        if !merged.next().is_empty() {
            text.push_str(&format!("  Next: {}\n", merged.next()));
        }
    }
    text
}

/// One report, a step a row.
fn rows(form: OutputForm, report: &Report, evidence: &Evidence) -> Result<(), Failure> {
    let mut rows: Vec<(Vec<String>, Value)> =
        report.steps.iter().map(|step| (step_cells(step), Value::Null)).collect();
    // Where it led, and how much of that was assumed.
    for (at, leg) in report.legs.iter().enumerate() {
        let text = format!("{}, from {}", leg.route.words(), leg.origin);
        let row = [leg.kind.word(), "route", "", "", "", "", &text].map(str::to_owned);
        rows.insert(at, (row.to_vec(), Value::Null));
    }
    let verdict = &report.verdict;
    let text = verdict.text();
    let words = [verdict.status.word(), verdict.code.word(), "", "", &text];
    let row = ["", "verdict"].iter().chain(&words).map(|cell| (*cell).to_owned()).collect();
    rows.push((row, Value::Null));
    if !verdict.next.is_empty() {
        let words = ["", "next", "", "", "", "", &verdict.next.words(&flags)];
        rows.push((words.map(str::to_owned).to_vec(), Value::Null));
    }
    for merged in evidence.merged() {
        let leg = merged.leg.as_str();
        for view in &merged.places {
            let place = view.place.as_str();
            let row = match &view.seen {
                Ok(seen) => [leg, "place", &seen.status, seen.code.word(), "", place, &seen.text],
                Err(why) => [leg, "place", "skip", "", "", place, why],
            };
            rows.push((row.map(safe).to_vec(), Value::Null));
        }
        let row = [leg, "merged", "", merged.code.word(), "", "", &merged.text].map(safe);
        rows.push((row.to_vec(), Value::Null));
    }
    output::all(form, STEP_HEADS, &rows)
}

fn step_cells(step: &Step) -> Vec<String> {
    vec![
        step.leg.map_or(String::new(), |leg| leg.word().to_owned()),
        step.kind.word().to_owned(),
        step.status.word().to_owned(),
        step.code.word().to_owned(),
        step.elapsed.map_or(String::new(), |time| format!("{:.1}", time.as_secs_f64() * 1000.0)),
        step.target.clone().unwrap_or_default(),
        step.text.clone(),
    ]
}

/// What is being done, on one line.
pub(super) fn doing(progress: &Progress) -> String {
    match progress {
        Progress::Began { leg, kind, target: Some(target) } => format!("{leg}: {kind} {}", safe(target)),
        Progress::Began { leg, kind, target: None } => format!("{leg}: {kind}"),
        Progress::Done(step) => format!("{}: {}", step.kind, step.status.word()),
    }
}

/// What crossed the wire, to stderr.
pub(super) fn trace(report: &Report) {
    for one in &report.trace {
        say(one.to_string().trim_end());
    }
}

/// One line of JSON.
pub(super) fn line(document: &Value) -> Result<(), Failure> {
    plain(&json_line(document))
}

/// Text to stdout, handed on at once.
pub(super) fn plain(text: &str) -> Result<(), Failure> {
    stream::stdout().write_all(format!("{text}\n").as_bytes()).map_err(|error| broken(&error))
}
