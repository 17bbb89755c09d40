//! A question below the screen: what follows, the field of its answer, how far it is.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::Role;
use super::canvas::{Canvas, cells};
use crate::app::Ctx;
use crate::app::layout::dialog_has_rule;
use crate::app::overlay::confirm::{Change, Confirm};
use crate::app::prompt::Prompt;
use crate::write::Outcome;

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, inner: Rect, asked: &Confirm) {
    let mut inner = inner;
    if dialog_has_rule(ctx.size) {
        canvas.line(area, 0, '─', Role::Rule);
        inner = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    }
    let role = match asked {
        Confirm::Change(change) => role(change),
        _ => Role::Warn,
    };
    canvas.question(asked.prompt_shown().is_some());
    let y = told(canvas, inner, &asked.lines(usize::from(inner.width)), role);
    match (asked, asked.prompt_shown()) {
        (Confirm::Change(change), Some(prompt)) => {
            question(ctx, canvas, inner, y, &fitting(change, prompt, usize::from(inner.width)), prompt);
        }
        (Confirm::Change(change), None) => {
            canvas.text(inner, 0, y, &change.what, Role::Text);
            if let (Some(notice), None) = (&ctx.notice, change.outcome()) {
                canvas.text(inner, 0, y + 1, &notice.text, Role::Warn);
            }
        }
        (Confirm::Organization(..), Some(prompt)) => {
            question(ctx, canvas, inner, y, "Name it: type yes and Enter ", prompt);
        }
        (Confirm::Credentials(..), Some(prompt)) => {
            question(ctx, canvas, inner, y, "Send them: type yes and Enter ", prompt);
        }
        (_, None) => {}
    }
    canvas.question(false);
}

fn role(change: &Change) -> Role {
    match change.outcome() {
        _ if change.writes.prompt_shown().is_some() => Role::Warn,
        None => Role::Accent,
        Some(Outcome::Bought { .. }) => Role::Good,
        Some(_) => Role::Bad,
    }
}

/// The longest form of the question that leaves room for its field.
fn fitting(change: &Change, prompt: &Prompt, width: usize) -> String {
    let wanted = prompt.wanted.prompt();
    let forms = [change.question(), format!("type {wanted} and Enter "), format!("type {wanted}: ")];
    let fits = |form: &String| form.width() + prompt.wanted.width() < width;
    forms.into_iter().find(fits).unwrap_or_else(|| format!("{wanted}: "))
}

/// Draws lines, and returns the line after them. The last line is kept for the question; lines that
/// have no room are said to be missing.
fn told(canvas: &mut Canvas<'_>, area: Rect, lines: &[String], role: Role) -> u16 {
    let room = usize::from(area.height.saturating_sub(1));
    for (y, line) in lines.iter().take(room).enumerate() {
        let end = canvas.text(area, 0, cells(y), line, role);
        if y + 1 == room && lines.len() > room {
            // The mark itself says that it is not whole.
            canvas.missing();
            canvas.text(area, end.min(area.width.saturating_sub(2)), cells(y), " …", role);
        }
    }
    cells(lines.len().min(room))
}

/// A prompt with a field. Where there is no room, the field stays in sight.
fn question(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, y: u16, text: &str, prompt: &Prompt) {
    let field = u16::try_from(prompt.wanted.width()).unwrap_or(u16::MAX);
    let left = Rect { width: area.width.saturating_sub(field.saturating_add(1)).max(1), ..area };
    let x = canvas.text(left, 0, y, text, Role::Strong);
    canvas.field(area, x, y, prompt, Role::Accent);
    if let (Some(notice), true) = (&ctx.notice, y + 1 < area.height) {
        canvas.text(area, 0, y + 1, &notice.text, Role::Warn);
    }
}
