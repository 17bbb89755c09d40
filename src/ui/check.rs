//! The routing check of one number: a pipeline that fills downwards, in place.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

use super::canvas::{Canvas, cells};
use super::{Role, format};
use crate::app::screen::check::{CheckView, named, word};
use crate::app::{Ctx, Keymap};
use crate::sip::{Health, Leg, LegKind, Origin, Report, Status, Step, StepKind, TransportSource};

/// Columns of status and step.
const STEP: u16 = 7;
const TEXT: u16 = 17;

/// After so long a check says little about calls now.
const STALE: SignedDuration = SignedDuration::from_mins(10);

type Line = Vec<(u16, String, Role)>;

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &CheckView) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    canvas.text(area, 0, 0, &format!("Route of {}", view.line), Role::Strong);
    if let Some(report) = view.report.as_ref().filter(|_| area.width >= 60) {
        let at = format!("checked at {}", format::seconds(report.checked_at, &ctx.account.zone));
        canvas.right(area, 0, &at, Role::Muted);
    }
    let top = if area.height < 12 { 1 } else { 2 };
    let mut body = Rect { y: area.y + top.min(area.height), height: area.height.saturating_sub(top), ..area };
    let mut lines = match &view.report {
        Some(report) if view.trace => trace(report),
        _ => pipeline(view, &ctx.keys, body.width),
    };
    // What it comes to stands on top, and is never out of sight; on a small screen it scrolls with the steps.
    let concluded =
        view.report.as_ref().map_or_else(Vec::new, |report| conclusion(ctx, view, report, body.width));
    let shown = cells(concluded.len());
    if shown > body.height / 2 {
        lines.splice(0..0, concluded);
    } else {
        draw_lines(canvas, body, &concluded, 0);
        body.y += shown;
        body.height -= shown;
    }
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
            canvas.text(area, *x, cells(y), text, *role);
        }
    }
}

/// Column of what a verdict says.
const SAID: u16 = 11;

/// What it comes to, what to do next, the keys that do it, and what that was seen by.
fn conclusion(ctx: &Ctx, view: &CheckView, report: &Report, width: u16) -> Vec<Line> {
    let (head, role) = verdict(report);
    let said = if width < 60 { 2 } else { SAID };
    let mut lines = Vec::new();
    let mut told = |head: &str, role: Role, text: &str, shown: Role| {
        // On a narrow screen the word begins the sentence.
        let mut wrapped = match said {
            SAID => wrapped(said, text, shown, width),
            _ => wrapped(0, &format!("{}: {text}", head.trim()), role, width),
        };
        if let Some(first) = wrapped.first_mut().filter(|_| said == SAID) {
            first.insert(0, (0, head.to_owned(), role));
        }
        lines.append(&mut wrapped);
    };
    told(head, role, &format!("{}.", report.verdict.text().trim_end_matches('.')), Role::Text);
    let number = report.number.as_deref().unwrap_or_default();
    let next = report.verdict.next.words(&|means| named(means, number, &ctx.keys));
    if !next.is_empty() {
        told("  next", Role::Muted, &next, Role::Text);
    }
    let ways = view.remedies(ctx);
    if !ways.is_empty() {
        let ways: Vec<String> =
            ways.iter().map(|(action, does)| format!("{} {does}", ctx.key(*action))).collect();
        told("  keys", Role::Muted, &ways.join(" · "), Role::Accent);
    }
    lines.push(Vec::new());
    lines
}

fn pipeline(view: &CheckView, keys: &Keymap, width: u16) -> Vec<Line> {
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
        // What is cut where there is little room is where the address came from.
        let place = leg.map_or(String::new(), whereto);
        lines.push(Vec::new());
        lines.push(vec![(0, about(kind).to_owned(), Role::Text), (22, place, Role::Muted)]);
        for step in view.steps.iter().filter(of_leg) {
            lines.extend(step_lines(step, width));
        }
        if kind == LegKind::Trunk && !asked_for_auth(view) {
            let text = keys.say("not asked; {check-credentials} asks with the number's own credentials");
            lines.push(skipped(StepKind::Auth.word(), &text));
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
            ("settings", "stopped before anything was read; {check} checks again")
        } else {
            ("", "stopped before it was over; {check} checks again")
        };
        lines.push(vec![
            (0, "stop".to_owned(), Role::Warn),
            (STEP, step.to_owned(), Role::Text),
            (TEXT, keys.say(text), Role::Text),
        ]);
    }
    if view.of_many {
        lines.push(Vec::new());
        lines.push(skipped("trunk", &keys.say("not asked of many; {check} asks")));
    }
    lines
}

/// Whether the account has a step of its own, or will have one.
fn asked_for_auth(view: &CheckView) -> bool {
    view.report.is_none() || view.steps.iter().any(|step| step.kind == StepKind::Auth)
}

fn skipped(step: &str, text: &str) -> Line {
    vec![
        (0, format!("{} skip", Status::Skip.glyph()), Role::Muted),
        (STEP, step.to_owned(), Role::Text),
        (TEXT, text.to_owned(), Role::Muted),
    ]
}

/// `sip.example.net:5061, TLS assumed   (sip_uri)`: where a leg leads, and where that was said.
fn whereto(leg: &Leg) -> String {
    let transport = match (leg.route.transport, leg.route.source) {
        (Some(transport), TransportSource::Port | TransportSource::Default) => format!("{transport} assumed"),
        (Some(transport), _) => transport.to_string(),
        (None, _) => "transport by DNS".to_owned(),
    };
    let origin = match leg.origin {
        Origin::SipUri => "sip_uri",
        Origin::Credentials => "trunk credentials",
        Origin::EndpointUrl => "endpoint URL",
        Origin::Given => "as given",
    };
    format!("{}, {transport}   ({origin})", leg.route.place())
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
        let word = format!("{} {word}", step.status.glyph());
        first.insert(0, (0, word, role(step.status)));
        first.insert(1, (STEP, step.kind.word().to_owned(), Role::Text));
        if let Some(time) = time {
            let x = width.saturating_sub(cells(time.len()));
            first.push((x, time, Role::Muted));
        }
    }
    let trail = step.trail();
    lines.extend(trail.into_iter().flat_map(|line| wrapped(TEXT + 2, &line, Role::Muted, width)));
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

pub(super) fn verdict(report: &Report) -> (&'static str, Role) {
    match (report.verdict.health(), report.verdict.status) {
        (_, Status::Skip) => ("- SKIPPED", Role::Muted),
        (Health::Healthy, _) => ("✓ HEALTHY", Role::Good),
        (Health::Warning, _) => ("! WARNING", Role::Warn),
        (Health::Problem, _) => ("✗ PROBLEM", Role::Bad),
        (Health::Unchecked, _) => ("? UNKNOWN", Role::Warn),
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

/// `ok 23 ms`: what a check came to, and how long the server took where it answered.
pub(super) fn in_brief(report: &Report) -> String {
    let answered = report.round_trip().filter(|_| report.verdict.health() < Health::Unchecked);
    let took = answered.map(|time| format!(" {:.0} ms", time.as_secs_f64() * 1000.0));
    format!("{}{}", word(report), took.unwrap_or_default())
}
