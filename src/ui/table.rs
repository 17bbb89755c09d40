//! A table of the rows that are visible; it never sees the others.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::Role;
use super::canvas::{Canvas, cells, fit};
use crate::app::Ctx;
use crate::app::list::List;
use crate::app::pointer::ClickTarget;
use crate::phone::{Number, SortKey};

/// A column: its heading, what it is sorted by, its width (0 takes what is left), and its cell.
pub(super) struct Column {
    pub(super) title: &'static str,
    pub(super) sort: Option<SortKey>,
    pub(super) width: u16,
    pub(super) right: bool,
    pub(super) cell: for<'a> fn(&'a Ctx, &'a Number) -> (Cow<'a, str>, Role),
}

/// Columns at the left edge of a row: its mark, whether it is selected, and air.
const GUTTER: u16 = 3;

/// A column that takes what is left takes no more than this: on a wide screen what belongs together stays
/// together.
const MOST: u16 = 40;

/// Draws headings on an area, and the window of rows on its body.
pub(super) fn draw(
    ctx: &Ctx,
    canvas: &mut Canvas<'_>,
    (area, body): (Rect, Rect),
    listing: &List,
    columns: &[&Column],
) {
    let widths = widths(columns, area.width);
    let mut x = GUTTER;
    for (column, width) in columns.iter().zip(&widths) {
        let cell = Rect { x: area.x + x, width: *width, ..area };
        let order = listing.roster.order();
        let title = match column.sort {
            Some(key) if order.key == Some(key) => {
                Cow::Owned(format!("{}{}", column.title, if order.descending { "↓" } else { "↑" }))
            }
            _ => Cow::Borrowed(column.title),
        };
        if let Some(key) = column.sort {
            canvas.target(Rect { height: 1, ..cell }, ClickTarget::Column(key));
        }
        if column.right {
            canvas.right(cell, 0, &title, Role::Muted);
        } else {
            canvas.text(cell, 0, 0, &title, Role::Muted);
        }
        x += width + 1;
    }
    let height = usize::from(body.height);
    let offset = listing.cursor.offset;
    canvas.target(body, ClickTarget::Rows(offset));
    for (line, number) in listing.roster.window(offset, height).enumerate() {
        let y = cells(line);
        let selected = offset + line == listing.cursor.selected;
        let changed = listing.is_changed(&number.id);
        let mut x = GUTTER;
        for (column, width) in columns.iter().zip(&widths) {
            let (text, role) = (column.cell)(ctx, number);
            let cell = Rect { x: body.x + x, width: *width, ..body };
            if column.right {
                canvas.right(cell, y, &fit(&text, usize::from(*width)), role);
            } else {
                canvas.text(cell, 0, y, &text, role);
                let found = listing.needles().iter().find_map(|needle| needle.place_in(&text));
                if let Some((from, to)) = found.filter(|(_, to)| *to <= usize::from(*width)) {
                    canvas.text(cell, cells(from), y, &text[from..to], Role::Accent);
                }
            }
            x += width + 1;
        }
        if listing.is_marked(&number.id) {
            canvas.text(body, 0, y, "*", Role::Accent);
        } else if changed {
            canvas.text(body, 0, y, "~", Role::Good);
        }
        if selected {
            canvas.select(body, 1, y);
        }
    }
}

/// Dim rows in place of those that are on their way.
pub(super) fn placeholders(canvas: &mut Canvas<'_>, area: Rect) {
    for y in 1..area.height.min(9) {
        canvas.text(area, GUTTER, y, "· · ·  · · ·  · · · ·", Role::Muted);
    }
}

fn widths(columns: &[&Column], width: u16) -> Vec<u16> {
    // After the last one nothing has to be kept apart.
    let fixed: u16 = columns.iter().map(|column| column.width + 1).sum::<u16>() + GUTTER - 1;
    let rest = width.saturating_sub(fixed).min(MOST);
    columns.iter().map(|column| if column.width == 0 { rest } else { column.width }).collect()
}
