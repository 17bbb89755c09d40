//! Screen 4, and the history of one number.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::sifted::{self, filter_line};
use super::{Role, format};
use crate::app::layout::Areas;
use crate::app::screen::View;
use crate::app::screen::past::PastView;
use crate::app::{Ctx, Remote};
use crate::phone::{CallsAnswer, thousands};
use crate::store::{ChangeAuthor, HistoryEvent, HistoryKind};

/// Columns of a time, and of a number.
const WHEN: u16 = 14;
const NUMBER: u16 = 20;

/// Below so many columns a row has no number of its own line: what happened is worth more.
const NARROW: u16 = 60;

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, areas: Areas, view: &PastView) {
    let area = areas.body.union(areas.preview);
    let list = &view.list;
    let counts = match list.matching() {
        shown if shown == list.all() => format!("{} seen", thousands(shown)),
        shown => format!("{} seen, {} match", thousands(list.all()), thousands(shown)),
    };
    let problem = view.filter_problem();
    let told = problem.as_deref().map_or((counts.as_str(), Role::Muted), |why| (why, Role::Warn));
    filter_line(canvas, areas.filter, &list.filter, told);
    let columns = Columns::of(view, area.width);
    canvas.text(area, 3, 0, "WHEN", Role::Muted);
    if let Some(number) = columns.number {
        canvas.text(area, number, 0, "NUMBER", Role::Muted);
    }
    canvas.text(area, columns.what, 0, &title(ctx, view), Role::Muted);
    let place = view.regions(area).list;
    sifted::rows(canvas, place, list, |canvas, y, event| row(ctx, canvas, place, y, event, columns));
    let below = Rect { x: area.x + 3, width: area.width.saturating_sub(4), ..area };
    let y = area.height.saturating_sub(PastView::below(area.height)) + 1;
    match (&view.past, list.selected()) {
        (Remote::Failed { error, .. }, None) => {
            canvas.wrapped(below, 2, &format!("What is remembered could not be read: {error}"), Role::Bad, 4);
        }
        (_, Some(event)) => {
            let zone = &ctx.account.zone;
            let y = canvas.wrapped(below, y, &event.sentence(Some(zone)), Role::Text, 3);
            if let Some(error) = view.past.error() {
                canvas.wrapped(
                    below,
                    y,
                    &format!("What is remembered could not be read: {error}"),
                    Role::Bad,
                    2,
                );
            } else {
                canvas.wrapped(below, y, &known(ctx, view), Role::Muted, 2);
            }
        }
        (Remote::Ready { .. }, None) if list.all() > 0 => {
            sifted::nothing_passes(ctx, canvas, below, &list.filter);
        }
        (Remote::Ready { .. }, None) => nothing(ctx, canvas, below, view),
        _ => {
            canvas.text(below, 0, 2, "on its way …", Role::Muted);
        }
    }
}

/// That nothing changed, and why that may be.
fn nothing(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &PastView) {
    let text = match view.past.value().and_then(|past| past.since) {
        None => {
            "No list was read whole on this machine yet. Changes are told from the second complete read on: \
             {refresh} on Owned reads, once {load-all} has shown the end of a long list."
        }
        Some(_) if view.number.is_some() => "Nothing was seen to change, and nothing was written from here.",
        Some(_) => "Nothing was seen to change.",
    };
    let y = canvas.wrapped(area, 2, &ctx.say(text), Role::Text, 5);
    canvas.wrapped(area, y + 1, &known(ctx, view), Role::Muted, 3);
}

/// What is known of calls.
fn calls(view: &PastView) -> String {
    match &view.calls {
        Remote::Idle => String::new(),
        Remote::Loading { .. } => "; calls are on their way".to_owned(),
        Remote::Failed { error, .. } => format!("; calls could not be read: {error}"),
        Remote::Ready { value: CallsAnswer::Unlisted, .. } => "; the server does not list calls".to_owned(),
        Remote::Ready { value: CallsAnswer::Listed(list), .. } => {
            let known = list.calls.len();
            match (list.unsure, list.odd, list.more) {
                (true, ..) => "; newer calls may not have been read".to_owned(),
                (_, odd @ 1.., _) => format!("; {odd} calls have no time with a zone, or no status"),
                (.., true) => "; earlier calls were not read".to_owned(),
                (.., false) if known == 0 => "; the server knows of no call".to_owned(),
                (.., false) => String::new(),
            }
        }
    }
}

/// Since when something is known, and what is not.
fn known(ctx: &Ctx, view: &PastView) -> String {
    let calls = calls(view);
    let zone = &ctx.account.zone;
    let Some(past) = view.past.value() else { return String::new() };
    match (past.since, past.until) {
        (Some(since), Some(until)) => format!(
            "seen from {} to {}; what went and came back between two reads is not{calls}",
            format::stamp(since, zone),
            format::stamp(until, zone)
        ),
        _ => calls.trim_start_matches("; ").to_owned(),
    }
}

/// What the rows tell.
fn title(ctx: &Ctx, view: &PastView) -> String {
    match &view.number {
        None => "WHAT CHANGED".to_owned(),
        Some(id) => {
            let here = ctx.owned.roster.get(id).map(|number| number.line.grouped());
            // One that is gone has its number in what happened to it.
            let line = here.or_else(|| view.list.selected().map(|event| event.line.grouped()));
            format!("WHAT HAPPENED TO {}", line.unwrap_or_else(|| id.to_string()))
        }
    }
}

/// Where what stands.
#[derive(Clone, Copy)]
struct Columns {
    /// The rows are of several numbers.
    of_all: bool,
    number: Option<u16>,
    what: u16,
}

impl Columns {
    fn of(view: &PastView, width: u16) -> Self {
        let number = (view.number.is_none() && width >= NARROW).then_some(3 + WHEN);
        Self {
            of_all: view.number.is_none(),
            number,
            what: number.map_or(3 + WHEN, |number| number + NUMBER),
        }
    }
}

fn row(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, y: u16, event: &HistoryEvent, columns: Columns) {
    canvas.text(area, 3, y, &format::stamp(event.at, &ctx.account.zone), Role::Muted);
    if let Some(number) = columns.number {
        let cell = Rect { width: columns.what.saturating_sub(1), ..area };
        canvas.text(cell, number, y, &event.line.grouped(), Role::Text);
    }
    let whose = match (event.kind, event.author()) {
        (HistoryKind::Check, _) => "check",
        // Its words say so.
        (HistoryKind::Write | HistoryKind::Call, _) => "",
        (HistoryKind::Change, Some(ChangeAuthor::Us(_))) => "from here",
        (HistoryKind::Change, Some(ChangeAuthor::Elsewhere)) => "not from here",
        (HistoryKind::Change, _) => "from here or elsewhere",
    };
    let role = if whose == "not from here" { Role::Warn } else { Role::Muted };
    let what = if columns.number.is_none() && columns.of_all {
        format!("{} {}", event.line.grouped(), event.in_brief())
    } else {
        event.in_brief()
    };
    let x = canvas.text(area, columns.what, y, &what, Role::Text);
    canvas.text(area, x + 2, y, whose, role);
}
