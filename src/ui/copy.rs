//! Choosing which field to copy.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::Canvas;
use crate::app::overlay::copy::CopyMenu;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, menu: &CopyMenu) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    canvas.text(area, 0, 0, "Copy which field? Nothing is shown by copying it.", Role::Strong);
    let list = Rect { y: area.y + 2.min(area.height), height: area.height.saturating_sub(2), ..area };
    for (y, (name, value)) in menu.fields.iter().enumerate() {
        let y = y as u16;
        canvas.text(list, 2, y, name, Role::Text);
        let shown = if *name == "SIP password" { value.to_string() } else { value.expose().to_owned() };
        canvas.text(list, 18, y, &shown, Role::Muted);
        if usize::from(y) == menu.selected {
            canvas.text(list, 0, y, ">", Role::Accent);
            canvas.highlight(list, y);
            canvas.set_cursor(list, 0, y);
        }
    }
}
