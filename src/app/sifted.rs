//! Rows under a filter line: those that pass it, and the one that is selected.

use super::Cursor;
use super::filter_line::FilterLine;
use super::history::History;

/// All rows of a list that is not read page by page, and which of them are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Sifted<T> {
    rows: Vec<T>,
    /// Places of the rows that pass.
    shown: Vec<usize>,
    /// Where the list stands.
    pub cursor: Cursor,
    /// What is looked for.
    pub filter: FilterLine,
}

impl<T> Sifted<T> {
    /// No rows yet, and a filter that remembers what was typed into it before.
    pub fn new(typed: History) -> Self {
        let filter = FilterLine::remembering(typed);
        Self { rows: Vec::new(), shown: Vec::new(), cursor: Cursor::default(), filter }
    }

    /// The rows that pass.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &T> {
        self.shown.iter().map(|place| &self.rows[*place])
    }

    /// How many pass.
    pub fn matching(&self) -> usize {
        self.shown.len()
    }

    /// How many there are, those that do not pass included.
    pub fn all(&self) -> usize {
        self.rows.len()
    }

    /// The selected row.
    pub fn selected(&self) -> Option<&T> {
        self.rows().nth(self.cursor.selected)
    }

    /// Shows those that pass now.
    pub fn sift(&mut self, passes: impl Fn(&T) -> bool) {
        self.shown = (0..self.rows.len()).filter(|place| passes(&self.rows[*place])).collect();
        self.cursor.select(self.cursor.selected, self.shown.len());
    }

    /// Takes other rows. The selected one stays selected where one of them is the same.
    pub fn replace(&mut self, rows: Vec<T>, is_same: impl Fn(&T, &T) -> bool, passes: impl Fn(&T) -> bool) {
        let was = std::mem::replace(&mut self.rows, rows);
        let selected = self.shown.get(self.cursor.selected).map(|place| &was[*place]);
        self.sift(passes);
        let place = selected.and_then(|selected| self.rows().position(|row| is_same(row, selected)));
        self.cursor.select(place.unwrap_or(self.cursor.selected), self.shown.len());
    }

    /// Moves by so many rows.
    pub fn step(&mut self, rows: isize) {
        self.cursor.step(rows, self.shown.len());
    }

    /// Scrolls so that the selected row is in sight on so many lines.
    pub fn fit(&mut self, height: u16) {
        self.cursor.fit(self.shown.len(), usize::from(height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_row_stays_selected_when_others_come_before_it() {
        let mut list = Sifted::new(History::default());
        list.replace(vec![1, 2, 3], i32::eq, |_| true);
        list.step(1);
        list.replace(vec![7, 8, 1, 2, 3], i32::eq, |row| *row != 8);
        assert_eq!((list.selected(), list.matching(), list.all()), (Some(&2), 4, 5));
        list.replace(vec![9], i32::eq, |_| true);
        assert_eq!(list.selected(), Some(&9), "one that is gone leaves no place behind");
        list.sift(|_| false);
        assert_eq!((list.selected(), list.cursor.selected), (None, 0));
    }
}
