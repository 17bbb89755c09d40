//! The routing check: a pipeline that fills downwards, in place; of many a list.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

use super::bar::bar;
use super::canvas::Canvas;
use super::{Role, clock};
use crate::app::App;
use crate::app::screen::check::{CheckView, ChecksView, word};
use crate::check::{Health, LegKind, Report, Status, Step, StepKind};

/// Columns of status and step.
const STEP: u16 = 6;
const TEXT: u16 = 16;

/// After so long a check says little about calls now.
const STALE: SignedDuration = SignedDuration::from_mins(10);

type Line = Vec<(u16, String, Role)>;

pub(super) fn one(app: &App, canvas: &mut Canvas<'_>, area: Rect, view: &CheckView) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    canvas.text(area, 0, 0, &format!("Route of {}", view.line), Role::Strong);
    if let Some(report) = view.report.as_ref().filter(|_| area.width >= 60) {
        let at = format!("checked at {}", clock::seconds(report.checked_at, &app.session.zone));
        canvas.right(area, 0, &at, Role::Muted);
    }
    let top = if area.height < 12 { 1 } else { 2 };
    let mut body = Rect { y: area.y + top.min(area.height), height: area.height.saturating_sub(top), ..area };
    // What it comes to is never out of sight.
    let concluded = view.report.as_ref().map_or_else(Vec::new, |report| conclusion(report, body.width));
    let shown = concluded.len() as u16;
    let small = shown > body.height / 2;
    if shown > 0 && !small {
        body.height = body.height.saturating_sub(shown);
        let below = Rect { y: body.bottom(), height: shown, ..body };
        draw_lines(canvas, below, &concluded, 0);
    }
    let lines = match &view.report {
        Some(report) if view.trace => trace(report),
        // On a small screen it comes first, and the steps below it.
        _ if small => [concluded, vec![Vec::new()], pipeline(view, body.width)].concat(),
        _ => pipeline(view, body.width),
    };
    let last = lines.len().saturating_sub(usize::from(body.height));
    let first = usize::from(view.scroll).min(last);
    draw_lines(canvas, body, &lines, first);
    if first < last {
        canvas.right(body, body.height.saturating_sub(1), " ↓ more ", Role::Accent);
    }
}

fn draw_lines(canvas: &mut Canvas<'_>, area: Rect, lines: &[Line], first: usize) {
    for (y, line) in lines.iter().skip(first).take(usize::from(area.height)).enumerate() {
        for (x, text, role) in line {
            canvas.text(area, *x, y as u16, text, *role);
        }
    }
}

/// What it comes to, and what to do next, below a blank line where there is room.
fn conclusion(report: &Report, width: u16) -> Vec<Line> {
    let (head, role) = verdict(report);
    let told = format!("{head}: {}.", report.verdict.text().trim_end_matches('.'));
    let mut lines = vec![Vec::new()];
    lines.extend(wrapped(0, &told, role, width));
    if !report.verdict.next.is_empty() {
        lines.extend(wrapped(0, &format!("Next: {}", report.verdict.next), Role::Text, width));
    }
    if width < 60 {
        lines.remove(0);
    }
    lines
}

fn pipeline(view: &CheckView, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    for step in view.steps.iter().filter(|step| step.leg.is_none()) {
        lines.extend(step_lines(step, width));
    }
    for kind in [LegKind::Inbound, LegKind::Trunk, LegKind::Endpoint] {
        let of_leg = |step: &&Arc<Step>| step.leg == Some(kind);
        let doing = view.doing.iter().filter(|(leg, _, _)| *leg == kind);
        if view.steps.iter().find(of_leg).is_none() && doing.clone().next().is_none() {
            continue;
        }
        let leg = view.report.as_ref().and_then(|report| report.legs.iter().find(|leg| leg.kind == kind));
        let place = leg.map_or(String::new(), |leg| format!("from {}: {}", leg.origin, leg.route.words()));
        lines.push(Vec::new());
        lines.push(vec![(0, about(kind).to_owned(), Role::Text), (22, place, Role::Muted)]);
        for step in view.steps.iter().filter(of_leg) {
            lines.extend(step_lines(step, width));
        }
        for (_, step, target) in doing {
            let target = target.as_deref().unwrap_or_default();
            lines.push(vec![
                (0, "…".to_owned(), Role::Accent),
                (STEP, step.word().to_owned(), Role::Text),
                (TEXT, format!("asking {target}").trim_end().to_owned(), Role::Accent),
            ]);
        }
    }
    if view.task.is_some() && lines.is_empty() {
        lines.push(vec![
            (0, "…".to_owned(), Role::Accent),
            (STEP, "settings".to_owned(), Role::Text),
            (TEXT, "reading the number".to_owned(), Role::Accent),
        ]);
    }
    if view.task.is_none() && view.report.is_none() {
        let (step, text) = if lines.is_empty() {
            ("settings", "stopped before anything was read; c checks again")
        } else {
            ("", "stopped before it was over; c checks again")
        };
        lines.push(vec![
            (0, "stop".to_owned(), Role::Warn),
            (STEP, step.to_owned(), Role::Text),
            (TEXT, text.to_owned(), Role::Text),
        ]);
    }
    let Some(report) = &view.report else { return lines };
    if !report.steps.iter().any(|step| step.kind == StepKind::Auth) && !report.legs.is_empty() {
        lines.push(vec![
            (0, "skip".to_owned(), Role::Muted),
            (STEP, "auth".to_owned(), Role::Text),
            (TEXT, "not asked; A asks with the number's own credentials".to_owned(), Role::Muted),
        ]);
    }
    lines
}

fn about(kind: LegKind) -> &'static str {
    match kind {
        LegKind::Inbound => "calls to the number",
        LegKind::Trunk => "trunk account",
        LegKind::Endpoint => "endpoint",
    }
}

fn step_lines(step: &Step, width: u16) -> Vec<Line> {
    let time = step.elapsed.map(|time| format!("{:.0} ms", time.as_secs_f64() * 1000.0));
    let room = width.saturating_sub(TEXT + if time.is_some() { 10 } else { 0 });
    let target = step.target.as_deref().filter(|target| !step.text.contains(target));
    let text = target.map_or_else(|| step.text.clone(), |target| format!("{target}: {}", step.text));
    let mut lines = wrapped(TEXT, &text, Role::Text, TEXT + room);
    if let Some(first) = lines.first_mut() {
        let word = if step.status == Status::Fail { "FAIL" } else { step.status.word() };
        first.insert(0, (0, word.to_owned(), role(step.status)));
        first.insert(1, (STEP, step.kind.word().to_owned(), Role::Text));
        if let Some(time) = time {
            let x = width.saturating_sub(time.len() as u16);
            first.push((x, time, Role::Muted));
        }
    }
    lines
}

fn wrapped(x: u16, text: &str, role: Role, width: u16) -> Vec<Line> {
    let lines = crate::app::wrap::wrap(text, usize::from(width.saturating_sub(x)).max(8));
    let lines = lines.into_iter().map(|line| vec![(x, line, role)]).collect::<Vec<Line>>();
    if lines.is_empty() { vec![Vec::new()] } else { lines }
}

fn role(status: Status) -> Role {
    match status {
        Status::Pass => Role::Good,
        Status::Warn => Role::Warn,
        Status::Fail => Role::Bad,
        Status::Skip | Status::Info => Role::Muted,
    }
}

fn verdict(report: &Report) -> (&'static str, Role) {
    match (report.verdict.health(), report.verdict.status) {
        (_, Status::Skip) => ("Not checked", Role::Muted),
        (Health::Healthy, _) => ("Healthy", Role::Good),
        (Health::Warning, _) => ("Healthy, with a warning", Role::Warn),
        (Health::Problem, _) => ("Problem", Role::Bad),
        (Health::Unchecked, _) => ("Could not be checked", Role::Warn),
    }
}

/// The role of a word in a column; what was found long ago stands back.
pub(super) fn word_role(report: &Report, now: Timestamp) -> Role {
    if now.duration_since(report.checked_at) >= STALE { Role::Muted } else { verdict(report).1 }
}

fn trace(report: &Report) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for one in &report.trace {
        for (place, line) in one.to_string().lines().enumerate() {
            lines.push(vec![(0, line.to_owned(), if place == 0 { Role::Accent } else { Role::Text })]);
        }
        lines.push(Vec::new());
    }
    if lines.is_empty() {
        lines.push(vec![(0, "Nothing crossed the wire.".to_owned(), Role::Muted)]);
    }
    lines
}

pub(super) fn many(canvas: &mut Canvas<'_>, area: Rect, view: &ChecksView) {
    let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    let all = view.total();
    let title = if all == 1 { "Routes of 1 number".to_owned() } else { format!("Routes of {all} numbers") };
    let x = canvas.text(inner, 0, 0, &title, Role::Strong);
    if let Some(counts) = &view.counts {
        let hosts = if counts.hosts == 1 { "1 host".to_owned() } else { format!("{} hosts", counts.hosts) };
        let asked = format!(", {hosts}: {} OPTIONS, no request to the API", counts.options);
        canvas.text(inner, x, 0, &asked, Role::Muted);
    }
    let page = usize::from(area.height.saturating_sub(1));
    let height = view.lines(page).min(all) as u16;
    let list =
        Rect { x: area.x, y: area.y + 2.min(area.height), width: area.width.saturating_sub(1), height };
    for (place, row) in view.shown().enumerate().skip(view.cursor.offset).take(usize::from(list.height)) {
        let y = (place - view.cursor.offset) as u16;
        canvas.text(list, 3, y, &row.line, Role::Text);
        match &row.report {
            Some(report) => {
                canvas.text(list, 24, y, word(report), verdict(report).1);
                canvas.text(list, 33, y, &report.verdict.text(), Role::Muted);
            }
            None if view.task.is_some() => {
                canvas.text(list, 24, y, "…", Role::Accent);
            }
            None => {
                canvas.text(list, 24, y, "not checked", Role::Muted);
            }
        }
        if place == view.cursor.selected {
            canvas.text(list, 1, y, ">", Role::Accent);
            canvas.highlight(list, y);
            canvas.set_cursor(list, 1, y);
        }
    }
    let below =
        Rect { y: list.bottom() + 1, height: area.bottom().saturating_sub(list.bottom() + 1), ..inner };
    let done = view.tally.count();
    if view.task.is_some() {
        let bar = bar(below.width, done, all);
        canvas.text(below, 0, 0, &bar, Role::Accent);
    } else if done < all {
        canvas.text(below, 0, 0, &format!("Stopped: {done} of {all} are checked."), Role::Warn);
    }
    let y = u16::from(view.task.is_some() || done < all);
    canvas.wrapped(below, y, &view.tally.summary(), Role::Text, 2);
    for (place, cause) in view.causes(page).iter().enumerate() {
        let y = y + 1 + place as u16;
        canvas.text(below, 0, y, &format!("{:>5}", cause.count), Role::Strong);
        canvas.text(below, 7, y, &cause.text, Role::Muted);
    }
}
