//! Rows in memory that never move.

use std::fmt;
use std::ops::{Index, IndexMut};
use std::sync::Arc;

use crate::phone::Number;

/// Rows of one chunk.
const CHUNK: usize = 4096;

/// Numbers by row, in chunks: a list that grows to 100,000 rows is never copied to a larger place,
/// which would be a pause that somebody at the keys notices. A copy shares the chunks, and costs
/// nothing until one of the two is changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Chunks(Vec<Arc<Vec<Number>>>);

impl Chunks {
    /// How many rows there are. A list is cut long before they cannot be counted.
    pub(super) fn len(&self) -> u32 {
        let rows = self.0.last().map_or(0, |last| (self.0.len() - 1) * CHUNK + last.len());
        u32::try_from(rows).unwrap_or(u32::MAX)
    }

    pub(super) fn push(&mut self, number: Number) {
        match self.0.last_mut() {
            Some(last) if last.len() < CHUNK => Arc::make_mut(last).push(number),
            _ => {
                // The first chunk grows as it needs to: most lists are short.
                let room = if self.0.is_empty() { 0 } else { CHUNK };
                let mut chunk = Vec::with_capacity(room);
                chunk.push(number);
                self.0.push(Arc::new(chunk));
            }
        }
    }

    pub(super) fn into_numbers(self) -> impl Iterator<Item = Number> {
        self.0.into_iter().flat_map(Arc::unwrap_or_clone)
    }
}

impl Index<u32> for Chunks {
    type Output = Number;

    fn index(&self, row: u32) -> &Number {
        &self.0[row as usize / CHUNK][row as usize % CHUNK]
    }
}

impl IndexMut<u32> for Chunks {
    fn index_mut(&mut self, row: u32) -> &mut Number {
        &mut Arc::make_mut(&mut self.0[row as usize / CHUNK])[row as usize % CHUNK]
    }
}

/// The rows of a list as they were shown at a moment: what happens to the list later changes nothing
/// of them.
#[derive(Clone, PartialEq)]
pub struct ShownRows {
    numbers: Chunks,
    /// Those that are shown, in their order.
    shown: Vec<u32>,
}

impl ShownRows {
    pub(super) fn new(numbers: &Chunks, shown: &[u32]) -> Self {
        Self { numbers: numbers.clone(), shown: shown.to_vec() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Each of them, in the order shown.
    pub fn iter(&self) -> impl Iterator<Item = &Number> {
        self.shown.iter().map(|row| &self.numbers[*row])
    }
}

/// There may be very many.
impl fmt::Debug for ShownRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{NumberId, NumberText};

    #[test]
    fn rows_are_found_where_they_were_put() {
        let mut rows = Chunks::default();
        let many = CHUNK as u32 * 2 + 5;
        for row in 0..many {
            assert_eq!(rows.len(), row);
            rows.push(Number::new(NumberId::new(&row.to_string()), NumberText::parse("")));
        }
        for row in [0, 1, CHUNK as u32 - 1, CHUNK as u32, many - 1] {
            assert_eq!(rows[row].id.as_str(), row.to_string());
        }
        let shown = ShownRows::new(&rows, &[many - 1, 0]);
        rows[0] = Number::new(NumberId::new("changed"), NumberText::parse(""));
        rows.push(rows[1].clone());
        let ids: Vec<&str> = shown.iter().map(|number| number.id.as_str()).collect();
        assert_eq!(ids, [(many - 1).to_string().as_str(), "0"], "what was shown stays as it was");
        rows[0] = shown.iter().last().unwrap().clone();
        let ids = rows.into_numbers().take(many as usize).map(|number| number.id.to_string());
        assert!(ids.eq((0..many).map(|row| row.to_string())));
    }
}
