//! Writing what is shown to a file.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::Role;
use super::canvas::{Canvas, cells};
use crate::app::Ctx;
use crate::app::export::ExportForm;
use crate::app::overlay::export::ExportView;

/// Column of what is chosen.
const VALUE: u16 = 6;

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, view: &ExportView) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    canvas.text(area, 0, 0, "Write what is shown to a file", Role::Strong);
    let y = canvas.wrapped(area, 2, &view.extent(ctx), Role::Text, 3) + 1;
    canvas.text(area, 0, y, "file", Role::Muted);
    // The end of a long path is what matters, and where the cursor usually is.
    let room = usize::from(area.width.saturating_sub(VALUE + 1));
    let before = view.path.before_cursor();
    let mut start = 0;
    while before[start..].width() > room {
        start += before[start..].chars().next().map_or(1, char::len_utf8);
    }
    canvas.text(area, VALUE, y, &view.path.text()[start..], Role::Accent);
    canvas.set_cursor(area, VALUE + cells(before[start..].width()), y);
    canvas.text(area, 0, y + 1, "as", Role::Muted);
    let mut x = VALUE;
    for form in ExportForm::ALL {
        let role = if view.form() == Some(form) { Role::Strong } else { Role::Muted };
        let mark = if view.form() == Some(form) { ">" } else { " " };
        x = canvas.text(area, x, y + 1, &format!("{mark}{}  ", form.name()), role);
    }
    let state = if view.task.is_some() { "It is being written …" } else { "" };
    canvas.text(area, 0, y + 3, state, Role::Accent);
    let columns = "CSV has the columns that the command prints, JSON every field; no password is in it.";
    let y = canvas.wrapped(area, y + 5, columns, Role::Muted, 3);
    let whose = "The file is yours alone to read, and has numbers and ids whole.";
    canvas.wrapped(area, y, whose, Role::Muted, 3);
}
