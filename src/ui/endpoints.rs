//! Choosing who answers.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::{Canvas, cells};
use crate::app::Ctx;
use crate::app::overlay::endpoints::Picker;
use crate::app::pointer::ClickTarget;
use crate::phone::thousands;

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
    let columns = Columns::of(list.width);
    canvas.target(list, ClickTarget::Rows(first));
    for (y, choice) in shown.iter().skip(first).take(height).enumerate() {
        let y = cells(y);
        // A name is cut where the next column begins, however wide its letters are.
        canvas.text(Rect { width: columns.note, ..list }, 2, y, &choice.label, Role::Text);
        let note = if choice.is_out { format!("! {}", choice.note) } else { choice.note.clone() };
        let role = if choice.is_out { Role::Warn } else { Role::Muted };
        let end = columns.url.unwrap_or(list.width.saturating_sub(columns.counted));
        canvas.text(Rect { width: end.saturating_sub(1), ..list }, columns.note + 1, y, &note, role);
        if let (Some(x), Some(url)) = (columns.url, &choice.url) {
            let width = list.width.saturating_sub(columns.counted + 1);
            canvas.text(Rect { width, ..list }, x, y, url, Role::Muted);
        }
        if choice.count > 0 {
            let count = thousands(choice.count);
            let text = if choice.count == 1 { "1 number".to_owned() } else { format!("{count} numbers") };
            let text = if columns.counted < 12 { count } else { text };
            canvas.right(Rect { width: list.width.saturating_sub(1), ..list }, y, &text, Role::Muted);
        }
        if first + usize::from(y) == picker.selected {
            canvas.select(list, 0, y);
        }
    }
    if shown.is_empty() {
        canvas.text(list, 2, 0, "No endpoint is called so; these are all that there are.", Role::Warn);
    }
    if ctx.endpoints.is_loading() {
        canvas.right(area, 0, "names are on their way …", Role::Muted);
    }
}

/// Where what stands, by the width there is.
struct Columns {
    note: u16,
    url: Option<u16>,
    /// Columns of how many numbers have it.
    counted: u16,
}

impl Columns {
    fn of(width: u16) -> Self {
        match width {
            100.. => Self { note: 32, url: Some(54), counted: 17 },
            60.. => Self { note: 30, url: None, counted: 17 },
            _ => Self { note: width / 2, url: None, counted: 8 },
        }
    }
}
