//! The lines above the footer: a question, else a notice, else how much of the list this is.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use super::{Role, inventory, owned};
use crate::app::input::Input;
use crate::app::listing::Coverage;
use crate::app::screen::Overlay;
use crate::app::screen::change::{Change, ChangeState};
use crate::app::{App, Tab, Tone};
use crate::write::Stage;

pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    match &app.overlay {
        Some(Overlay::Change(dialog)) => change(app, canvas, inner, dialog),
        Some(Overlay::Pin(pin)) => {
            let text = "This key is LIVE and no organization is named: the server would pick one by itself.";
            canvas.text(inner, 0, 0, text, Role::Warn);
            let prompt =
                format!("Name organization {} for this session: type yes and Enter ", pin.organization);
            question(app, canvas, inner, 1, &prompt, &pin.typed, 3);
        }
        _ => line(app, canvas, inner),
    }
}

fn change(app: &App, canvas: &mut Canvas<'_>, area: Rect, dialog: &Change) {
    let mut y = 0;
    match &dialog.state {
        ChangeState::Asking { typed, .. } => {
            for consequence in &dialog.consequences {
                canvas.text(area, 0, y, consequence, Role::Warn);
                y += 1;
            }
            let prompt =
                format!("{}: type {} and Enter ", describe(app, dialog), dialog.confirmation.prompt());
            question(app, canvas, area, y, &prompt, typed, dialog.confirmation.width());
        }
        ChangeState::Sending { stage, .. } => {
            let text = match stage {
                Stage::Looking => {
                    "The answer was lost. Looking whether it happened; do not repeat it meanwhile."
                }
                _ => "Sent. Waiting for the answer; it can not be taken back.",
            };
            canvas.text(area, 0, 0, &describe(app, dialog), Role::Text);
            canvas.text(area, 0, 1, text, Role::Accent);
        }
        ChangeState::Ended(verdict) => {
            let words = verdict.words(&dialog.intent);
            let next = canvas.wrapped(area, 0, &words.said, Role::Bad, area.height.saturating_sub(1).max(1));
            canvas.wrapped(area, next, &words.next, Role::Text, area.height.saturating_sub(next));
        }
    }
    if let (Some(notice), true) = (&app.notice, y + 1 < area.height) {
        if !matches!(dialog.state, ChangeState::Ended(_)) {
            canvas.text(area, 0, area.height - 1, &notice.text, Role::Warn);
        }
    }
}

/// The change in words, with the endpoint by its name.
fn describe(app: &App, dialog: &Change) -> String {
    let text = dialog.intent.to_string();
    match &dialog.intent {
        crate::write::Intent::Update { changes, .. } => match &changes.endpoint {
            Some(Some(id)) => text.replace(id.as_str(), &app.endpoint_label(id)),
            _ => text,
        },
        _ => text,
    }
}

/// A prompt with a field. The field stays in sight: the prompt is cut first.
fn question(
    app: &App,
    canvas: &mut Canvas<'_>,
    area: Rect,
    y: u16,
    prompt: &str,
    typed: &Input,
    width: usize,
) {
    let room = area.width.saturating_sub(width as u16 + 1);
    let left = Rect { width: room.max(1), ..area };
    let x = canvas.text(left, 0, y, prompt, Role::Strong);
    canvas.text(area, x, y, typed.text(), Role::Accent);
    let used = typed.text().width() as u16;
    let blanks = "_".repeat(width.saturating_sub(usize::from(used)));
    canvas.text(area, x + used, y, &blanks, Role::Muted);
    canvas.set_cursor(area, x + typed.before_cursor().width() as u16, y);
    if let (Some(notice), true) = (&app.notice, y + 1 < area.height) {
        canvas.text(area, 0, y + 1, &notice.text, Role::Warn);
    }
}

fn line(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    if let Some(notice) = &app.notice {
        let role = match notice.tone {
            Tone::Good => Role::Good,
            Tone::Plain => Role::Text,
            Tone::Bad => Role::Bad,
        };
        canvas.text(area, 0, 0, &notice.text, role);
        return;
    }
    if !app.stack.is_empty() || app.overlay.is_some() {
        return;
    }
    let listing = app.listing();
    let text = match app.tab {
        Tab::Inventory => inventory::coverage(listing).unwrap_or_default(),
        Tab::Owned if listing.read_at.is_none() => String::new(),
        Tab::Owned => {
            let mut text = owned::counts(listing);
            match (listing.coverage, &listing.reading) {
                (_, Some(reading)) if listing.coverage != Coverage::Whole => {
                    text.push_str(&format!(" so far, page {}", reading.pages + 1));
                }
                (Coverage::Partial(_), None) => text.push_str("; more on the server: L loads all"),
                _ => {}
            }
            text
        }
    };
    let order = listing.roster.order();
    let sorted = match (order.key, order.descending) {
        (None, false) => String::new(),
        (key, descending) => {
            let by = key.map_or("server order", |key| key.label());
            format!("sorted by {by}{}", if descending { ", reversed" } else { "" })
        }
    };
    canvas.text(area, 0, 0, &text, Role::Muted);
    if !sorted.is_empty() && text.width() + sorted.width() + 2 < usize::from(area.width) {
        canvas.right(area, 0, &sorted, Role::Muted);
    }
}
