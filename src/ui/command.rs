//! The command box: a line over the footer, and what fits it above.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::Role;
use super::canvas::{Canvas, cells};
use crate::app::Ctx;
use crate::app::overlay::command::{CommandBox, Deed, SHOWN};
use crate::app::pointer::ClickTarget;

/// Column of what a command does.
const WHAT: u16 = 24;

/// Draws the box at the end of `area`, over what is there.
pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &CommandBox) {
    let shown = view.found.len().min(SHOWN).min(usize::from(area.height.saturating_sub(2)));
    let height = cells(shown) + 2;
    let place = Rect { y: area.bottom().saturating_sub(height), height, ..area };
    canvas.clear(place);
    canvas.line(place, 0, '─', Role::Rule);
    let first = (view.selected + 1).saturating_sub(shown);
    let list = Rect { y: place.y + 1, height: cells(shown), ..place };
    canvas.target(list, ClickTarget::Rows(first));
    for (y, command) in view.found.iter().skip(first).take(shown).enumerate() {
        let y = cells(y);
        let is_possible = command.obstacle.is_none();
        let key = match command.deed {
            Deed::Act(action) if !ctx.keys.keys(action).is_empty() => ctx.key(action),
            _ => String::new(),
        };
        let width = list.width.saturating_sub(cells(key.width()) + 3);
        let left = Rect { width, ..list };
        let role = if is_possible { Role::Text } else { Role::Muted };
        let end = canvas.text(left, 3, y, &command.name, role);
        let what = command.obstacle.as_deref().unwrap_or(&command.what);
        canvas.text(left, (end + 2).max(WHAT), y, what, Role::Muted);
        let inner = Rect { width: list.width.saturating_sub(1), ..list };
        canvas.right(inner, y, &key, if is_possible { Role::Accent } else { Role::Muted });
        if first + usize::from(y) == view.selected {
            canvas.select(list, 1, y);
        }
    }
    let line = Rect { y: place.bottom().saturating_sub(1), height: 1, ..place };
    let x = canvas.text(line, 1, 0, ":", Role::Accent);
    let end = canvas.input(line, x, 0, &view.typed, Role::Strong);
    if view.found.is_empty() {
        canvas.text(line, end + 2, 0, "nothing is called so", Role::Warn);
    }
}
