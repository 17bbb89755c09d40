//! Choosing what to copy.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::Role;
use super::canvas::{Canvas, cells};
use crate::app::overlay::copy::{CopyEntry, CopyMenu};
use crate::app::pointer::ClickTarget;

/// The narrowest column of names.
const NAMES: usize = 14;

/// A line of the menu.
enum Line<'a> {
    Blank,
    Heading(&'static str),
    /// An entry, and its place among the entries.
    Entry(usize, &'a CopyEntry),
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, menu: &CopyMenu) {
    let area = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..area };
    canvas.text(area, 0, 0, "Copy what? Nothing is shown by copying it.", Role::Strong);
    let list = Rect { y: area.y + 2.min(area.height), height: area.height.saturating_sub(2), ..area };
    let lines = lines(menu);
    let selected = lines.iter().position(|line| matches!(line, Line::Entry(at, _) if *at == menu.selected));
    let height = usize::from(list.height).max(1);
    // The selected one is always in sight, with one more line where there is one.
    let last = (selected.unwrap_or(0) + 2).min(lines.len());
    let first = if height > 1 { last } else { last.saturating_sub(1) }.saturating_sub(height);
    let widest = menu.entries.iter().map(|entry| entry.name.width()).max().unwrap_or(0);
    let value = cells(widest.max(NAMES) + 4);
    for (y, line) in lines.iter().skip(first).take(height).enumerate() {
        let y = cells(y);
        match line {
            Line::Blank => {}
            Line::Heading(text) => {
                canvas.text(list, 0, y, text, Role::Muted);
            }
            Line::Entry(at, entry) => {
                canvas.target(Rect { y: list.y + y, height: 1, ..list }, ClickTarget::Rows(*at));
                canvas.text(list, 2, y, &entry.name, Role::Text);
                canvas.text(list, value, y, &entry.shown, Role::Muted);
                if *at == menu.selected {
                    canvas.select(list, 0, y);
                }
            }
        }
    }
}

/// The entries under their headings.
fn lines(menu: &CopyMenu) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut group = "";
    for (at, entry) in menu.entries.iter().enumerate() {
        if entry.group != group {
            if at > 0 {
                lines.push(Line::Blank);
            }
            group = entry.group;
            lines.push(Line::Heading(group));
        }
        lines.push(Line::Entry(at, entry));
    }
    lines
}
