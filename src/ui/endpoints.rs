//! Choosing who answers.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::{Canvas, cells};
use crate::app::Ctx;
use crate::app::overlay::endpoints::Picker;

pub(super) fn draw(ctx: &Ctx, canvas: &mut Canvas<'_>, area: Rect, picker: &Picker) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    let title = match picker.numbers.as_slice() {
        [] => "Who answers calls to what is bought?".to_owned(),
        [number] => format!("Who answers calls to {}?", number.line.grouped()),
        several => format!("Who answers calls to these {} numbers?", several.len()),
    };
    canvas.text(area, 0, 0, &title, Role::Strong);
    let x = canvas.text(area, 0, 1, "find, or an id: ", Role::Muted);
    canvas.input(area, x, 1, &picker.typed, Role::Accent);
    let shown = picker.shown();
    let list = Rect { y: area.y + 3.min(area.height), height: area.height.saturating_sub(3), ..area };
    let height = usize::from(list.height).max(1);
    let first = (picker.selected + 1).saturating_sub(height);
    for (y, choice) in shown.iter().skip(first).take(height).enumerate() {
        let y = cells(y);
        canvas.text(list, 2, y, &choice.label, Role::Text);
        canvas.text(list, 30.min(list.width / 2), y, &choice.note, Role::Muted);
        if first + usize::from(y) == picker.selected {
            canvas.text(list, 0, y, ">", Role::Accent);
            canvas.highlight(list, y);
        }
    }
    if ctx.endpoints.is_loading() {
        canvas.right(area, 0, "names are on their way …", Role::Muted);
    }
}
