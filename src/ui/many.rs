//! Several writes: the list of them, what they cost or do together, the confirmation, the outcome.
//! All four stay at the same place.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::Role;
use super::bar::bar;
use super::canvas::{Canvas, fit};
use super::purchase::named;
use crate::api::Mode;
use crate::app::App;
use crate::app::screen::many::{Many, ManyState};
use crate::phone::Cents;
use crate::write::{Intent, Line, Outcome, Stage, Verdict, consequences};

/// Columns of the number, of what is done to it, and of the outcome.
const NUMBER: u16 = 21;
const OUTCOME: u16 = 34;

/// With so few lines below the list only what decides is told.
const TIGHT: u16 = 5;

pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect, many: &Many) {
    let panel = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    canvas.text(panel, 0, 0, &many.title, Role::Strong);
    match app.session.mode() {
        Mode::Live => canvas.right(panel, 0, "[LIVE]", Role::Live),
        Mode::Test => canvas.right(panel, 0, "[TEST]", Role::Strong),
    };
    let tight = area.height < 15;
    let (top, below) = if tight { (1, 4) } else { (2, Many::BESIDE as u16 - 2) };
    let list = Rect {
        x: area.x,
        y: area.y + top,
        width: area.width.saturating_sub(1),
        // A short list keeps what is typed below it in sight.
        height: area.height.saturating_sub(top + below).min(many.run.lines().len() as u16),
    };
    for (place, line) in
        many.run.lines().iter().enumerate().skip(many.cursor.offset).take(usize::from(list.height))
    {
        let y = (place - many.cursor.offset) as u16;
        row(app, canvas, list, y, many, place, line);
        if place == many.cursor.selected {
            canvas.text(list, 1, y, ">", Role::Accent);
            canvas.highlight(list, y);
        }
    }
    let bottom = Rect { y: list.bottom(), height: area.bottom().saturating_sub(list.bottom()), ..panel };
    let y = if many.buys() { cost(app, canvas, bottom, many) } else { effect(app, canvas, bottom, many) };
    state(canvas, bottom, y, many);
}

fn row(app: &App, canvas: &mut Canvas<'_>, list: Rect, y: u16, many: &Many, place: usize, line: &Line) {
    let wide = list.width >= 70;
    canvas.text(list, 3, y, &line.intent.line(), Role::Text);
    let outcome = outcome(many, place, line);
    let side = if wide { OUTCOME } else { 14 };
    let right = list.width.saturating_sub(side);
    if let (Some((text, role)), true) = (&outcome, right > NUMBER + 3) {
        canvas.text(list, right, y, &fit(text, usize::from(side)), *role);
    }
    let middle = Rect { width: if outcome.is_some() { right.saturating_sub(1) } else { list.width }, ..list };
    canvas.text(middle, NUMBER + 3, y, &what(app, &line.intent, wide && outcome.is_none()), Role::Muted);
}

/// What a write costs, or changes.
fn what(app: &App, intent: &Intent, wide: bool) -> String {
    let amount = |cents: Option<Cents>| cents.map_or("unknown".to_owned(), |cents| cents.to_string());
    match intent {
        Intent::Purchase { reviewed, .. } if wide => {
            let kind = reviewed.kind.as_ref().map_or("?", |kind| kind.label());
            let price = reviewed.price;
            format!("{kind:<10} {:>9} setup {:>9} a month", amount(price.setup), amount(price.monthly))
        }
        Intent::Purchase { reviewed, .. } => amount(reviewed.price.today()),
        Intent::Update { before, changes, .. } => {
            let mut text = changes.lines(before).join(", ");
            let ids = [before.endpoint.value(), changes.endpoint.as_ref().and_then(Option::as_ref)];
            for id in ids.into_iter().flatten() {
                text = text.replace(id.as_str(), &app.endpoint_label(id));
            }
            text
        }
        Intent::Remove { before, .. } => {
            let status = before.status.as_ref().map_or("?", |status| status.label());
            format!("{status} -> inactive, back on sale")
        }
    }
}

fn outcome(many: &Many, place: usize, line: &Line) -> Option<(String, Role)> {
    let purchase = matches!(line.intent, Intent::Purchase { .. });
    match (&line.verdict, &many.state) {
        (Some(verdict), _) => {
            let word = Outcome::of(verdict).wire(purchase).replace('_', " ");
            Some(match verdict {
                Verdict::Ignored { .. } => ("ignored".to_owned(), Role::Bad),
                Verdict::Unknown { .. } => ("! unknown".to_owned(), Role::Warn),
                Verdict::Refused(error) | Verdict::NotDone(error) | Verdict::NotSent(error) => {
                    (format!("{word}: {}", error.message), Role::Bad)
                }
                Verdict::PriceMoved { .. } => ("price moved".to_owned(), Role::Bad),
                Verdict::Changed { .. } => ("changed since".to_owned(), Role::Bad),
                Verdict::Busy => ("another numdeck is busy with it".to_owned(), Role::Bad),
                _ => (word, Role::Good),
            })
        }
        (None, ManyState::Running { line, stage, .. }) if *line == place => {
            let word = stage.map_or("the server wants a pause", Stage::words);
            Some((word.to_owned(), Role::Accent))
        }
        (None, ManyState::Ended) => Some(("not tried".to_owned(), Role::Muted)),
        (None, _) => None,
    }
}

/// Sums, organization and endpoint of a purchase. Returns the line after them.
fn cost(app: &App, canvas: &mut Canvas<'_>, area: Rect, many: &Many) -> u16 {
    let quote = many.quote();
    let tight = area.height <= TIGHT;
    let mut y = u16::from(!tight);
    if many.is_asking() {
        canvas.text(area, 0, y, "today         prices are being read …", Role::Muted);
    } else {
        canvas.text(area, 0, y, "today", Role::Muted);
        let role = if quote.unknown > 0 { Role::Warn } else { Role::Strong };
        let x = canvas.text(area, 14, y, &quote.today_in_words(), role);
        let parts = if quote.unknown > 0 {
            ": buying them accepts any price".to_owned()
        } else {
            format!(" = {} setup + {} first month", quote.setup, quote.monthly)
        };
        canvas.text(area, x, y, &parts, Role::Muted);
    }
    if !tight {
        y += 1;
        canvas.text(area, 0, y, "then", Role::Muted);
        let later = if quote.is_unknown() {
            "unknown".to_owned()
        } else {
            format!("{} a month, {} a year", quote.monthly, quote.yearly())
        };
        canvas.text(area, 14, y, &later, Role::Text);
        y += 1;
        canvas.text(area, 0, y, "organization", Role::Muted);
        canvas.text(area, 14, y, &named(app), Role::Text);
    }
    y += 1;
    canvas.text(area, 0, y, "endpoint", Role::Muted);
    let label = many.endpoint.as_ref().map(|id| app.endpoint_label(id));
    canvas.text(area, 14, y, label.as_deref().unwrap_or("none yet: nobody will answer"), Role::Text);
    if matches!(many.state, ManyState::Review { .. }) {
        canvas.text(area, 48, y, "e changes", Role::Muted);
    }
    y + 1 + u16::from(!tight)
}

/// What follows from the selected change, and what was left out. Returns the line after it.
fn effect(app: &App, canvas: &mut Canvas<'_>, area: Rect, many: &Many) -> u16 {
    let tight = area.height <= TIGHT;
    let mut y = u16::from(!tight);
    if let (Some(line), ManyState::Review { .. }) = (many.run.lines().get(many.cursor.selected), &many.state)
    {
        let text = consequences(&line.intent, &app.names).join("; ");
        let text = format!("{}: {text}", line.intent.line());
        y = canvas.wrapped(area, y, &text, Role::Warn, if tight { 1 } else { 2 });
    }
    for left in &many.left_out {
        y = canvas.wrapped(area, y, left, Role::Muted, 1);
    }
    y + u16::from(!tight)
}

fn state(canvas: &mut Canvas<'_>, area: Rect, y: u16, many: &Many) {
    match &many.state {
        ManyState::Review { typed, .. } => {
            let confirmation = many.confirmation();
            let verb = if many.buys() { "buy" } else { "confirm" };
            let x =
                canvas.text(area, 0, y, &format!("Type {} to {verb}: ", confirmation.prompt()), Role::Strong);
            canvas.text(area, x, y, typed.text(), Role::Accent);
            let used = typed.text().width();
            canvas.text(
                area,
                x + used as u16,
                y,
                &"_".repeat(confirmation.width().saturating_sub(used)),
                Role::Muted,
            );
            canvas.set_cursor(area, x + typed.before_cursor().width() as u16, y);
            let nothing = if many.buys() { "nothing is spent" } else { "nothing is sent" };
            let hint = if confirmation.accepts(typed.text()) {
                (
                    format!(
                        "enter {} · esc back, {nothing}",
                        if many.buys() {
                            "buys them, one after another"
                        } else {
                            "sends them, one after another"
                        }
                    ),
                    Role::Good,
                )
            } else {
                (format!("enter goes on once it matches · esc back, {nothing}"), Role::Muted)
            };
            canvas.text(area, 0, y + 1, &hint.0, hint.1);
        }
        ManyState::Running { line, halting, .. } => {
            let all = many.run.lines().len();
            let bar = bar(area.width, *line, all);
            canvas.text(area, 0, y, &bar, Role::Accent);
            let hint = if *halting {
                "Stopping after the one that is on its way."
            } else {
                "esc stops after the one that is on its way"
            };
            canvas.text(area, 0, y + 1, hint, Role::Muted);
        }
        ManyState::Ended => {
            let (said, next) = many.said();
            let tally = many.run.tally();
            let role = if tally.unknown > 0 {
                Role::Warn
            } else if tally.failed + tally.left > 0 {
                Role::Bad
            } else {
                Role::Good
            };
            let y = canvas.wrapped(area, y, &said, role, 2);
            let selected = many.run.lines().get(many.cursor.selected);
            let why = selected.and_then(|line| line.verdict.as_ref().map(|verdict| (line, verdict)));
            let text = match why {
                Some((line, verdict)) if !verdict.is_done() => verdict.words(&line.intent).said,
                _ => next,
            };
            canvas.wrapped(area, y, &text, Role::Text, 2);
        }
    }
}
