//! The routing check: a pipeline that fills downwards, in place; of many a list.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

use super::bar::bar;
use super::canvas::Canvas;
use super::{Role, clock};
use crate::app::App;
use crate::app::screen::check::{CheckView, ChecksView, word};
use crate::check::{
    Counts, Health, Leg, LegKind, Origin, Report, Status, Step, StepKind, TransportSource, Verdict,
};

/// Columns of status and step.
const STEP: u16 = 7;
const TEXT: u16 = 17;

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
    let next = on_screen(&report.verdict.next, report.number.as_deref().unwrap_or_default());
    if !next.is_empty() {
        lines.extend(wrapped(0, &format!("Next: {next}"), Role::Text, width));
    }
    if width < 60 {
        lines.remove(0);
    }
    lines
}

/// What to do next, with the key or the whole command where a flag is named.
fn on_screen(next: &str, number: &str) -> String {
    let next = next.replace("--auth checks the credentials", "A checks the credentials");
    let command = format!("numdeck check {number} --auth --auth-cleartext");
    if next.contains("numdeck check") {
        return next;
    }
    next.replace("--auth-cleartext", &command)
        .replace("repeat with --count 20", &format!("repeat with numdeck check {number} --count 20"))
        .replace("--transport tcp", &format!("numdeck check {number} --transport tcp"))
        .replace("with --ca", "with numdeck --ca FILE")
        .replace("with --dns", &format!("with numdeck check {number} --dns IP:PORT"))
        .replace("; --dns asks", &format!("; numdeck check {number} --dns IP:PORT asks"))
        .replace("with numdeck update --endpoint", "with e")
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
        // What is cut where there is little room is where the address came from.
        let place = leg.map_or(String::new(), whereto);
        lines.push(Vec::new());
        lines.push(vec![(0, about(kind).to_owned(), Role::Text), (22, place, Role::Muted)]);
        for step in view.steps.iter().filter(of_leg) {
            lines.extend(step_lines(step, width));
        }
        if kind == LegKind::Trunk && !asked_for_auth(view) {
            let text = "not asked; A asks with the number's own credentials";
            lines.push(skipped(StepKind::Auth.word(), text));
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
    if view.of_many {
        lines.push(Vec::new());
        lines.push(skipped("trunk", "not asked of many; c asks"));
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
            let x = width.saturating_sub(time.len() as u16);
            first.push((x, time, Role::Muted));
        }
    }
    let trail = step.trail();
    lines.extend(trail.into_iter().flat_map(|line| wrapped(TEXT + 2, line, Role::Muted, width)));
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
    if let Some(counts) = view.counts.as_ref().filter(|_| view.planned.is_none()) {
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
                canvas.text(list, 33, y, &in_a_column(&report.verdict), Role::Muted);
            }
            None if view.task.is_some() => {
                canvas.text(list, 24, y, "…", Role::Accent);
            }
            None if view.planned.is_some() => {}
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
    let more = all.saturating_sub(view.cursor.offset + usize::from(list.height));
    if more > 0 {
        let line = Rect { y: list.bottom(), height: 1, ..inner };
        canvas.right(line, 0, &format!("↓ {more} more"), Role::Accent);
    }
    let below =
        Rect { y: list.bottom() + 1, height: area.bottom().saturating_sub(list.bottom() + 1), ..inner };
    let done = view.tally.count();
    if view.planned.is_some() {
        let what = match &view.counts {
            Some(counts) => sends(counts),
            None => "Each server is asked once".to_owned(),
        };
        canvas.wrapped(below, 0, &format!("{what}; no request to the API."), Role::Text, 2);
        canvas.text(below, 0, 2, "enter checks them · esc back, nothing is sent", Role::Muted);
        return;
    }
    if view.task.is_some() {
        let bar = bar(below.width, done, all);
        canvas.text(below, 0, 0, &bar, Role::Accent);
    } else if done < all {
        canvas.text(below, 0, 0, &format!("Stopped: {done} of {all} are checked."), Role::Warn);
    }
    let y = u16::from(view.task.is_some() || done < all);
    canvas.wrapped(below, y, &view.tally.summary(), Role::Text, 2);
    let (causes, others) = view.causes(page);
    let mut y = y + 1;
    for cause in causes {
        canvas.text(below, 0, y, &format!("{:>5}", cause.count), Role::Strong);
        canvas.text(below, 7, y, &reason_first(&cause.text), Role::Muted);
        y += 1;
    }
    if others > 0 {
        let text = format!("{others} other causes; s shows the gravest first");
        canvas.text(below, 7, y, &text, Role::Muted);
    }
}

/// `ok 23 ms`: what a check came to, and how long the server took where it answered.
pub(super) fn in_brief(report: &Report) -> String {
    let answered = report.round_trip().filter(|_| report.verdict.health() < Health::Unchecked);
    let took = answered.map(|time| format!(" {:.0} ms", time.as_secs_f64() * 1000.0));
    format!("{}{}", word(report), took.unwrap_or_default())
}

/// `12 OPTIONS to 8 servers for 40 numbers, and 2 without an address`.
fn sends(counts: &Counts) -> String {
    let hosts = if counts.hosts == 1 { "1 host".to_owned() } else { format!("{} hosts", counts.hosts) };
    let numbers =
        if counts.numbers == 1 { "1 number".to_owned() } else { format!("{} numbers", counts.numbers) };
    let without = match counts.without {
        0 => String::new(),
        without => format!(" ({without} lead nowhere)"),
    };
    format!("{} OPTIONS to {hosts} for {numbers}{without}", counts.options)
}

/// The reason of a verdict, and how many more there are.
fn in_a_column(verdict: &Verdict) -> String {
    let more = if verdict.more > 0 { format!(", and {} more", verdict.more) } else { String::new() };
    format!("{}{more}", reason_first(&verdict.cause))
}

/// `host (inbound, from …): reason` as `reason, host`: in a column the reason must not be cut away.
fn reason_first(text: &str) -> String {
    match text.split_once("): ").map(|(place, reason)| (place.split(" (").next(), reason)) {
        Some((Some(host), _)) if host.contains(' ') => text.to_owned(),
        Some((Some(host), reason)) if !reason.contains(host) => format!("{reason}, {host}"),
        Some((_, reason)) => reason.to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_column_the_reason_comes_first() {
        let text = "sip.example.net:5060 (inbound, from the sip_uri of the number): no answer in 5 s";
        assert_eq!(reason_first(text), "no answer in 5 s, sip.example.net:5060");
        assert_eq!(reason_first("the number is still pending"), "the number is still pending");
    }

    #[test]
    fn what_is_next_names_a_key_or_a_whole_command() {
        for (next, wanted) in [
            ("--auth checks the credentials", "A checks the credentials"),
            (
                "use TLS; --auth-cleartext sends them all the same",
                "use TLS; numdeck check +1 --auth --auth-cleartext sends them all the same",
            ),
            ("repeat with --count 20", "repeat with numdeck check +1 --count 20"),
            ("ask its owner", "ask its owner"),
        ] {
            assert_eq!(on_screen(next, "+1"), wanted);
        }
    }
}
