//! Where a list stands.

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
