//! Rows by id.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::rows::Rows;
use crate::phone::NumberId;

/// Finds the row of an id. Each entry keeps its hash, so that growing does not touch the ids again:
/// with 100,000 of them that would be a pause that somebody at the keys notices.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    table: HashTable<(u64, u32)>,
    hasher: RandomState,
}

impl Index {
    /// The row of an id in `numbers`.
    pub(super) fn get(&self, id: &NumberId, numbers: &Rows) -> Option<u32> {
        let same = |(_, row): &(u64, u32)| numbers[*row].id == *id;
        self.table.find(self.hasher.hash_one(id), same).map(|(_, row)| *row)
    }

    /// Adds an id that is not there yet.
    pub(super) fn add(&mut self, id: &NumberId, row: u32) {
        let hash = self.hasher.hash_one(id);
        self.table.insert_unique(hash, (hash, row), |(hash, _)| *hash);
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.table.clear();
    }
}
