//! A list under a filter line.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::{Canvas, cells};
use crate::app::Ctx;
use crate::app::action::Action;
use crate::app::filter_line::FilterLine;
use crate::app::pointer::ClickTarget;
use crate::app::sifted::Sifted;

/// A filter and what it comes to. Where none is set, only what is told.
pub(super) fn filter_line(canvas: &mut Canvas<'_>, area: Rect, filter: &FilterLine, told: (&str, Role)) {
    if area.height == 0 {
        return;
    }
    canvas.target(area, ClickTarget::Action(Action::Filter));
    let inner = Rect { width: area.width.saturating_sub(1), ..area };
    let start = canvas.right(inner, 0, told.0, told.1);
    if !filter.is_seen() {
        return;
    }
    let left = Rect { width: start.saturating_sub(1), ..area };
    let x = canvas.text(left, 1, 0, "/ ", Role::Accent);
    if filter.is_open() {
        canvas.input(left, x, 0, filter.input(), Role::Strong);
    } else {
        canvas.text(left, x, 0, filter.text(), Role::Text);
    }
}

/// The rows in sight, one a line; the selected one is shown as such.
pub(super) fn rows<T>(
    canvas: &mut Canvas<'_>,
    area: Rect,
    list: &Sifted<T>,
    mut row: impl FnMut(&mut Canvas<'_>, u16, &T),
) {
    let first = list.cursor.offset;
    canvas.target(area, ClickTarget::Rows(first));
    for (at, event) in list.rows().enumerate().skip(first).take(usize::from(area.height)) {
        let y = cells(at - first);
        row(canvas, y, event);
        if at == list.cursor.selected {
            canvas.select(area, 1, y);
        }
    }
}

/// That the filter lets nothing pass.
pub(super) fn nothing_passes(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, filter: &FilterLine) {
    let text =
        format!("Nothing here is {}. {} clears the filter.", filter.text(), ctx.key(Action::ClearFilter));
    canvas.wrapped(area, 2, &text, Role::Text, 4);
}
