//! The keys, from the list that also drives them, with the reason where one does nothing now.

use ratatui::layout::Rect;

use super::Role;
use super::canvas::{Canvas, cells};
use crate::app::overlay::help::{HelpLine, columns, lines};
use crate::app::{ActionOffer, Keymap};

/// Column of what a key does.
const TEXT: u16 = 14;

pub(super) fn draw(offers: &[ActionOffer], keys: &Keymap, canvas: &mut Canvas<'_>, area: Rect, scroll: u16) {
    let lines = lines(offers, keys);
    let beside = columns(area.width);
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    let height = usize::from(area.height);
    let rows = lines.len().div_ceil(beside);
    let last = rows.saturating_sub(height);
    let first = usize::from(scroll).min(last);
    let width = area.width / cells(beside);
    for (column, of_column) in lines.chunks(rows.max(1)).enumerate() {
        let x = area.x + width * cells(column);
        // Two columns keep a blank between them.
        let place = Rect { x, width: width.saturating_sub(cells(beside - 1) * 2), ..area };
        for (y, line) in of_column.iter().skip(first).take(height).enumerate() {
            draw_line(canvas, place, cells(y), line);
        }
    }
    if first < last {
        canvas.right(area, area.height.saturating_sub(1), " ↓ more ", Role::Accent);
    }
}

fn draw_line(canvas: &mut Canvas<'_>, area: Rect, y: u16, line: &HelpLine) {
    match line {
        HelpLine::Blank => {}
        HelpLine::Title(title) => {
            canvas.text(area, 0, y, title, Role::Strong);
        }
        HelpLine::Keys(keys, help, possible) => {
            canvas.text(area, 2, y, keys, if *possible { Role::Accent } else { Role::Muted });
            canvas.text(area, TEXT, y, help, if *possible { Role::Text } else { Role::Muted });
        }
        HelpLine::Why(why) => {
            canvas.text(area, TEXT, y, why, Role::Warn);
        }
    }
}
