//! The command for what is on the screen.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::Canvas;
use crate::app::overlay::lines::LinesView;
use crate::app::pointer::ClickTarget;

/// Most lines of one command.
const MOST: u16 = 6;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, view: &LinesView) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    canvas.text(area, 0, 0, "The command for this", Role::Strong);
    if view.lines.is_empty() {
        canvas.text(area, 0, 2, "No command shows this.", Role::Muted);
    }
    let mut y = 2;
    for (place, line) in view.lines.iter().enumerate() {
        let selected = place == view.selected;
        canvas.text(area, 2, y, line.what, Role::Muted);
        if selected {
            canvas.text(area, 0, y, ">", Role::Accent);
            canvas.set_cursor(area, 0, y);
        }
        let text = Rect { x: area.x + 4, width: area.width.saturating_sub(4), ..area };
        let role = if selected { Role::Strong } else { Role::Text };
        let from = y;
        y = canvas.wrapped(text, y + 1, &line.text, role, MOST) + 1;
        for line in from..y.saturating_sub(1).min(area.height) {
            canvas.target(Rect { y: area.y + line, height: 1, ..area }, ClickTarget::Rows(place));
        }
    }
    let note = "curl takes the key from NUMDECK_API_KEY. No secret is in a line.";
    canvas.wrapped(area, y, note, Role::Muted, 2);
}
