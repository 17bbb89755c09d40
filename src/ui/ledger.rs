//! Screen 3: what was bought and changed from this machine, and what is in doubt.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::sifted::{self, filter_line};
use super::{Role, format};
use crate::api::Removal;
use crate::app::layout::Areas;
use crate::app::screen::View;
use crate::app::screen::ledger::LedgerView;
use crate::app::{Ctx, Remote};
use crate::phone::E164;
use crate::write::{Cause, Entry, Intent, OutcomeKind};

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, areas: Areas, view: &LedgerView) {
    let area = areas.body;
    let counts = format!("{} of {}", view.list.matching(), view.list.all());
    filter_line(canvas, areas.filter, &view.list.filter, (&counts, Role::Muted));
    let columns = Columns::of(area.width);
    if columns.outcome > 3 {
        canvas.text(area, 3, 0, "WHEN", Role::Muted);
    }
    canvas.text(area, columns.outcome, 0, "OUTCOME", Role::Muted);
    canvas.text(area, columns.what, 0, "WHAT", Role::Muted);
    if let Some(reviewed) = columns.reviewed {
        canvas.text(area, reviewed, 0, "REVIEWED", Role::Muted);
    }
    let (lines, list) = (LedgerView::below(area.height), view.regions(area).list);
    sifted::rows(canvas, list, &view.list, |canvas, y, entry| row(ctx, canvas, list, y, entry, columns));
    let below = Rect { x: area.x + 3, width: area.width.saturating_sub(4), ..area };
    match (&view.reading, view.list.selected()) {
        (_, Some(entry)) if lines > 0 => {
            let y = area.height - lines + 1;
            let y = canvas.wrapped(below, y, &said(ctx, entry), Role::Text, lines - 2);
            if let Some(error) = view.reading.error() {
                canvas.text(below, 0, y, &format!("It could not be read again: {error}"), Role::Bad);
            } else {
                canvas.text(below, 0, y, &format!("entry {}", entry.id), Role::Muted);
            }
        }
        (Remote::Failed { error, .. }, None) => {
            canvas.wrapped(below, 2, &format!("The ledger could not be read: {error}"), Role::Bad, 4);
        }
        (Remote::Ready { .. }, None) if view.list.all() > 0 => {
            sifted::nothing_passes(ctx, canvas, below, &view.list.filter);
        }
        (Remote::Ready { .. }, None) => {
            canvas.wrapped(below, 2, "Nothing was bought or changed from here yet.", Role::Text, 4);
        }
        _ => {}
    }
}

/// Where what stands, by the width there is.
#[derive(Clone, Copy)]
struct Columns {
    outcome: u16,
    what: u16,
    /// Columns of the number; what was done to it follows.
    number: u16,
    reviewed: Option<u16>,
}

impl Columns {
    fn of(width: u16) -> Self {
        let usual = Self { outcome: 17, what: 29, number: 20, reviewed: None };
        match width {
            100.. => Self { reviewed: Some(84), ..usual },
            70.. => Self { reviewed: Some(width - 11), ..usual },
            56.. => usual,
            _ => Self { outcome: 3, what: 15, number: width, reviewed: None },
        }
    }
}

/// How it ended, endpoints by their names.
pub(super) fn said(ctx: &Ctx, entry: &Entry) -> String {
    if entry.said.is_empty() {
        return doubt(entry).to_owned();
    }
    match &entry.intent {
        Intent::Update { changes, cause, .. } => {
            let undo = if matches!(cause, Cause::Undoes(_)) { "Undo. " } else { "" };
            let said = match &changes.endpoint {
                Some(Some(id)) => entry.said.replace(id.as_str(), &ctx.endpoint_label(id)),
                _ => entry.said.clone(),
            };
            format!("{undo}{said}")
        }
        _ => entry.said.clone(),
    }
}

/// What was done to the number, endpoints by their names.
pub(super) fn deed(ctx: &Ctx, entry: &Entry) -> String {
    match &entry.intent {
        Intent::Purchase { .. } => "purchase".to_owned(),
        Intent::Remove { how: Removal::Release, .. } => "release".to_owned(),
        Intent::Remove { how: Removal::Delete, .. } => "deletion".to_owned(),
        Intent::Update { changes, cause, .. } => {
            let words = match &changes.endpoint {
                Some(Some(id)) => changes.words().replace(id.as_str(), &ctx.endpoint_label(id)),
                _ => changes.words(),
            };
            match cause {
                Cause::Asked => words,
                Cause::Undoes(_) => format!("undo: {words}"),
                Cause::Completes(_) => format!("{words}, for its purchase"),
            }
        }
    }
}

fn doubt(entry: &Entry) -> &'static str {
    if entry.in_flight { "It is on its way." } else { "It was sent, and nobody knows what became of it." }
}

fn row(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, y: u16, entry: &Entry, columns: Columns) {
    let zone = &ctx.account.zone;
    if columns.outcome > 3 {
        canvas.text(area, 3, y, &format::stamp(entry.at, zone), Role::Muted);
    }
    let role = match entry.outcome {
        Some(OutcomeKind::Done) => Role::Good,
        Some(OutcomeKind::Refused | OutcomeKind::NotDone) => Role::Text,
        Some(OutcomeKind::Ignored) => Role::Bad,
        Some(OutcomeKind::Unknown) | None => Role::Warn,
    };
    let word = if entry.is_in_doubt() { "! in doubt" } else { entry.outcome_word() };
    canvas.text(area, columns.outcome, y, &word.replace('_', " "), role);
    let what = Rect { width: columns.reviewed.unwrap_or(area.width).saturating_sub(1), ..area };
    let line = entry.e164().map_or_else(|| entry.intent.line(), |line: E164| line.grouped());
    let x = canvas.text(what, columns.what, y, &line, Role::Text);
    canvas.text(what, x.max(columns.what + columns.number - 1) + 1, y, &deed(ctx, entry), Role::Text);
    if let (Some(cents), Some(reviewed)) = (entry.reviewed(), columns.reviewed) {
        canvas.text(area, reviewed, y, &format!("{cents:>8}"), Role::Text);
    }
}
