//! The lines above the footer: a question, else a notice, else how much of the list this is.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::canvas::Canvas;
use super::{Role, inventory, owned};
use crate::app::input::Input;
use crate::app::layout::dialog_has_rule;
use crate::app::listing::Coverage;
use crate::app::screen::Overlay;
use crate::app::screen::change::{Change, ChangeState};
use crate::app::{App, Tab, Tone};

pub(super) fn draw(app: &App, canvas: &mut Canvas<'_>, area: Rect) {
    let mut inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let asks = matches!(app.overlay, Some(Overlay::Change(_) | Overlay::Pin(_) | Overlay::Credentials(_)));
    if asks && dialog_has_rule(app.size) {
        canvas.line(area, 0, '─', Role::Rule);
        inner = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    }
    canvas.question(asks);
    match &app.overlay {
        Some(Overlay::Change(dialog)) => change(app, canvas, inner, dialog),
        Some(Overlay::Pin(pin)) => {
            let y = told(canvas, inner, &pin.lines(usize::from(inner.width)), Role::Warn);
            question(app, canvas, inner, y, "Name it: type yes and Enter ", &pin.typed, 3);
        }
        Some(Overlay::Credentials(asked)) => {
            let y = told(canvas, inner, &asked.lines(usize::from(inner.width)), Role::Warn);
            question(app, canvas, inner, y, "Send them: type yes and Enter ", &asked.typed, 3);
        }
        _ => line(app, canvas, inner),
    }
    canvas.question(false);
}

fn change(app: &App, canvas: &mut Canvas<'_>, area: Rect, dialog: &Change) {
    let role = match &dialog.state {
        ChangeState::Asking { .. } => Role::Warn,
        ChangeState::Sending { .. } => Role::Accent,
        ChangeState::Ended(_) => Role::Bad,
    };
    canvas.question(matches!(dialog.state, ChangeState::Asking { .. }));
    let width = usize::from(area.width);
    let y = told(canvas, area, &dialog.lines(width), role);
    if let ChangeState::Asking { typed, .. } = &dialog.state {
        let wanted = dialog.confirmation.prompt();
        let field = dialog.confirmation.width();
        let prompts = [
            dialog.question(),
            format!("type {wanted} and Enter "),
            format!("type {wanted}: "),
            format!("{wanted}: "),
        ];
        let fits = |prompt: &&String| prompt.width() + field < width;
        let prompt = prompts.iter().find(fits).unwrap_or(&prompts[3]);
        question(app, canvas, area, y, prompt, typed, field);
    } else {
        canvas.text(area, 0, y, &dialog.what, Role::Text);
        if let (Some(notice), ChangeState::Sending { .. }) = (&app.notice, &dialog.state) {
            canvas.text(area, 0, y + 1, &notice.text, Role::Warn);
        }
    }
}

/// Draws lines, and returns the line after them. The last line is kept for the question; lines that
/// have no room are said to be missing.
fn told(canvas: &mut Canvas<'_>, area: Rect, lines: &[String], role: Role) -> u16 {
    let room = usize::from(area.height.saturating_sub(1));
    for (y, line) in lines.iter().take(room).enumerate() {
        let end = canvas.text(area, 0, y as u16, line, role);
        if y + 1 == room && lines.len() > room {
            // The mark itself says that it is not whole.
            canvas.missing();
            canvas.text(area, end.min(area.width.saturating_sub(2)), y as u16, " …", role);
        }
    }
    lines.len().min(room) as u16
}

/// A prompt with a field. Where there is no room, the field stays in sight.
fn question(
    app: &App,
    canvas: &mut Canvas<'_>,
    area: Rect,
    y: u16,
    prompt: &str,
    typed: &Input,
    width: usize,
) {
    let left = Rect { width: area.width.saturating_sub(width as u16 + 1).max(1), ..area };
    let x = canvas.text(left, 0, y, prompt, Role::Strong);
    canvas.text(area, x, y, typed.text(), Role::Accent);
    let used = typed.text().width() as u16;
    let blanks = "_".repeat(width.saturating_sub(usize::from(used)));
    canvas.text(area, x + used, y, &blanks, Role::Muted);
    canvas.set_cursor(area, x + typed.before_cursor().width() as u16, y);
    canvas.question(false);
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
        for (y, line) in notice.lines(usize::from(area.width)).iter().enumerate() {
            canvas.text(area, 0, y as u16, line, role);
        }
        return;
    }
    if !app.stack.is_empty() || app.overlay.is_some() {
        return;
    }
    let listing = app.listing();
    if let (Some(error), false) = (&listing.failure, listing.roster.is_empty()) {
        canvas.text(area, 0, 0, &format!("The last read failed: {error}. r tries again."), Role::Bad);
        return;
    }
    let text = match app.tab {
        Tab::Inventory => inventory::coverage(listing).unwrap_or_default(),
        Tab::Owned if listing.read_at.is_none() => String::new(),
        Tab::Owned => {
            // With a filter the counts stand beside it.
            let mut text = if listing.filter.is_empty() { owned::counts(listing) } else { String::new() };
            match (listing.coverage, &listing.reading) {
                (_, Some(reading)) if listing.coverage != Coverage::Whole => {
                    text.push_str(&format!(" so far, page {}", reading.pages + 1));
                }
                (Coverage::Partial(_), None) => text.push_str("; more on the server: L loads all"),
                _ => {}
            }
            // What the settings say is wrong comes last: the rest must not be pushed out by it.
            let calm = listing.filter.is_empty() && listing.reading.is_none();
            if let Some(marks) = app.marks_said().filter(|_| listing.filter.is_empty()) {
                text.push_str(&format!(", {marks}"));
            } else if let Some(wrong) = app.lint.as_ref().filter(|_| calm) {
                text.push_str(&format!("; {wrong}"));
                let next = "; / endpoint:none shows them";
                let fits = text.width() + next.len() <= usize::from(area.width);
                if wrong.contains("no endpoint") && fits {
                    text.push_str(next);
                }
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
