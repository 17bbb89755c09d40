//! Geometry of the screen. One function, two readers: `update` needs page heights, drawing needs
//! rectangles.
//!
//! ```text
//!   header            product, profile, organization, LIVE or TEST, when it was read
//!   rule              from 16 rows on
//!   tabs              with what runs, at the right
//!   filter            while set or typed
//!   body │ preview    preview from 110 columns on
//!   status            a notice, else how much of the list this is
//!   footer            what the keys do
//! ```

use ratatui::layout::{Rect, Size};

/// The smallest screen that is drawn.
pub const SMALLEST: Size = Size { width: 40, height: 8 };

/// Preview from so many columns on.
pub const PREVIEW_FROM: u16 = 110;

/// Columns of the preview.
const PREVIEW: u16 = 46;

/// Where things are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "named after what is drawn there")]
pub struct Areas {
    pub header: Rect,
    pub rule: Rect,
    pub tabs: Rect,
    pub filter: Rect,
    pub body: Rect,
    pub preview: Rect,
    pub status: Rect,
    pub footer: Rect,
}

/// Whether a dialog at the bottom is set off by a rule.
pub fn dialog_has_rule(size: Size) -> bool {
    size.height >= 16
}

/// Rows of a dialog that tells so many lines: a rule, the lines, the question, and its answer.
pub fn dialog(size: Size, lines: usize) -> u16 {
    u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2) + u16::from(dialog_has_rule(size))
}

/// Lays the screen out; `status` is how many rows notice or dialog need. A part without room has
/// no area.
pub fn areas(size: Size, filter: bool, preview: bool, status: u16) -> Areas {
    let Size { width, height } = size;
    let band = |y: u16, rows: u16| {
        let y = y.min(height);
        Rect { x: 0, y, width, height: rows.min(height - y) }
    };
    let header = band(0, 1);
    let rule = band(1, u16::from(height >= 16));
    let tabs = band(rule.bottom(), 1);
    let filter = band(tabs.bottom(), u16::from(filter));
    let top = filter.bottom() + u16::from(height >= 20);
    let footer = band(height.saturating_sub(1), 1);
    let status = status.max(1).min(footer.y.saturating_sub(top));
    let status = band(footer.y - status, status);
    let body = band(top, status.y.saturating_sub(top));
    let side = if preview && width >= PREVIEW_FROM { PREVIEW } else { 0 };
    Areas {
        header,
        rule,
        tabs,
        filter,
        body: Rect { width: width - side, ..body },
        preview: Rect { x: width - side, width: side, ..body },
        status,
        footer,
    }
}

/// The selected row and the first visible one. Both are positions in what is listed now; the owner
/// moves them along when the list changes, by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// Selected position.
    pub selected: usize,
    /// First visible position.
    pub offset: usize,
}

impl Cursor {
    /// Moves by `rows`, staying in a list of `len`.
    pub fn step(&mut self, rows: isize, len: usize) {
        self.select(self.selected.saturating_add_signed(rows), len);
    }

    /// Selects a position, or the last one when there are fewer.
    pub fn select(&mut self, position: usize, len: usize) {
        self.selected = position.min(len.saturating_sub(1));
    }

    /// Scrolls a list of `len` as little as needed to have the selected row in sight on `height` rows.
    pub fn fit(&mut self, len: usize, height: usize) {
        let height = height.max(1);
        self.select(self.selected, len);
        if self.selected < self.offset {
            self.offset = self.selected;
        } else if self.selected >= self.offset + height {
            self.offset = self.selected + 1 - height;
        }
        self.offset = self.offset.min(len.saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_size_makes_parts_overlap_or_leave_the_screen() {
        for width in [0, 1, 20, 40, 80, 110, 300] {
            for height in 0..60 {
                for (filter, preview, status) in [(false, false, 1), (true, true, 4), (true, true, 200)] {
                    let size = Size { width, height };
                    let a = areas(size, filter, preview, status);
                    let bands = [a.header, a.rule, a.tabs, a.filter, a.body, a.status, a.footer];
                    let mut bottom = 0;
                    for band in bands.into_iter().filter(|band| band.height > 0 && height >= SMALLEST.height)
                    {
                        assert!(band.y >= bottom, "{size:?} {bands:?}");
                        bottom = band.bottom();
                    }
                    assert!(bottom <= height, "{size:?}");
                    assert!(a.body.right() <= a.preview.x && a.preview.right() <= width);
                }
            }
        }
    }

    #[test]
    fn the_selection_stays_in_the_list_and_in_sight() {
        let mut cursor = Cursor::default();
        for (step, selected, offset) in
            [(1, 1, 0), (5, 6, 2), (-1, 5, 2), (100, 9, 5), (-3, 6, 5), (-100, 0, 0)]
        {
            cursor.step(step, 10);
            cursor.fit(10, 5);
            assert_eq!((cursor.selected, cursor.offset), (selected, offset), "after {step}");
        }
    }

    #[test]
    fn a_list_that_shrinks_or_empties_is_no_problem() {
        let mut cursor = Cursor { selected: 90, offset: 80 };
        cursor.fit(3, 20);
        assert_eq!(cursor, Cursor { selected: 2, offset: 0 });
        cursor.fit(0, 0);
        assert_eq!(cursor, Cursor { selected: 0, offset: 0 });
    }
}
