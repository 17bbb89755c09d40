//! Rows in memory that never move.

use std::ops::{Index, IndexMut};

use crate::phone::Number;

/// Rows of one chunk.
const CHUNK: usize = 4096;

/// Numbers by row, in chunks: a list that grows to 100,000 rows is never copied to a larger place,
/// which would be a pause that somebody at the keys notices.
#[derive(Debug, Clone, Default)]
pub(super) struct Chunks(Vec<Vec<Number>>);

impl Chunks {
    /// How many rows there are. A list is cut long before they cannot be counted.
    pub(super) fn len(&self) -> u32 {
        let rows = self.0.last().map_or(0, |last| (self.0.len() - 1) * CHUNK + last.len());
        u32::try_from(rows).unwrap_or(u32::MAX)
    }

    pub(super) fn push(&mut self, number: Number) {
        match self.0.last_mut() {
            Some(last) if last.len() < CHUNK => last.push(number),
            _ => {
                // The first chunk grows as it needs to: most lists are short.
                let room = if self.0.is_empty() { 0 } else { CHUNK };
                let mut chunk = Vec::with_capacity(room);
                chunk.push(number);
                self.0.push(chunk);
            }
        }
    }

    pub(super) fn into_numbers(self) -> impl Iterator<Item = Number> {
        self.0.into_iter().flatten()
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
        &mut self.0[row as usize / CHUNK][row as usize % CHUNK]
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
        let ids = rows.into_numbers().map(|number| number.id.to_string());
        assert!(ids.eq((0..many).map(|row| row.to_string())));
    }
}
