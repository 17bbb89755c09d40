//! Choosing which field to copy.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::Canvas;
use crate::app::overlay::copy::CopyMenu;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, menu: &CopyMenu) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    canvas.text(area, 0, 0, "Copy which field? Nothing is shown by copying it.", Role::Strong);
    let list = Rect { y: area.y + 2.min(area.height), height: area.height.saturating_sub(2), ..area };
    // The selected one is always in sight.
    let height = usize::from(list.height).max(1);
    let first = (menu.selected + 1).saturating_sub(height);
    for (place, (name, value)) in menu.fields.iter().enumerate().skip(first).take(height) {
        let y = u16::try_from(place - first).unwrap_or(u16::MAX);
        canvas.text(list, 2, y, name, Role::Text);
        let shown = if *name == "SIP password" { value.to_string() } else { value.expose().to_owned() };
        canvas.text(list, 18, y, &shown, Role::Muted);
        if place == menu.selected {
            canvas.text(list, 0, y, ">", Role::Accent);
            canvas.highlight(list, y);
            canvas.set_cursor(list, 0, y);
        }
    }
}
