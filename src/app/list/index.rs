//! Which row has an id.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::chunks::Chunks;
use crate::phone::NumberId;

/// The row of each id, in eight bytes a place: the id itself stands in its row. It keeps a part of the
/// hashes, so that growing does not touch the ids again.
#[derive(Debug, Clone, Default)]
pub(super) struct IdIndex {
    places: HashTable<Place>,
    hasher: DefaultHashBuilder,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    hash: u32,
    row: u32,
}

impl IdIndex {
    /// The row of an id.
    pub(super) fn get(&self, id: &NumberId, numbers: &Chunks) -> Option<u32> {
        let hash = self.hash(id);
        let is_it = |place: &Place| place.hash == hash && numbers[place.row].id == *id;
        self.places.find(spread(hash), is_it).map(|place| place.row)
    }

    /// A row was added whose id no other has.
    pub(super) fn add(&mut self, id: &NumberId, row: u32) {
        let hash = self.hash(id);
        self.places.insert_unique(spread(hash), Place { hash, row }, |place| spread(place.hash));
    }

    /// There is no row any more.
    pub(super) fn clear(&mut self) {
        self.places.clear();
    }

    fn hash(&self, id: &NumberId) -> u32 {
        // The upper half: either half is as good.
        u32::try_from(self.hasher.hash_one(id) >> 32).unwrap_or_default()
    }
}

/// A table looks at both ends of a hash.
fn spread(hash: u32) -> u64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    u64::from(hash).wrapping_mul(GOLDEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{Number, NumberText};

    #[test]
    fn each_id_leads_to_its_row_and_others_to_none() {
        let mut numbers = Chunks::default();
        let mut index = IdIndex::default();
        let id = |n: u32| NumberId::new(&format!("n-{n}"));
        for row in 0..5000 {
            numbers.push(Number::new(id(row), NumberText::parse("")));
            index.add(&id(row), row);
        }
        assert!((0..5000).all(|row| index.get(&id(row), &numbers) == Some(row)));
        assert_eq!(index.get(&id(5000), &numbers), None);
        index.clear();
        assert_eq!(index.get(&id(1), &numbers), None);
    }
}
