//! Which ids were seen.

use std::hash::{BuildHasher, Hasher, RandomState};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// Ids that were seen, each as 128 bits of a keyed hash: a million of them take 36 MB, however long they
/// are. That two of a million come to the same is less likely than one in 10^26, and a server cannot
/// look for such: it does not know the key.
#[derive(Debug, Default)]
pub struct SeenIds {
    key: RandomState,
    prints: HashTable<[u64; 2]>,
}

impl SeenIds {
    /// Takes note of an id. Returns whether it is new.
    pub fn insert(&mut self, id: &str) -> bool {
        let print = self.print(id);
        match self.prints.entry(print[0], |known| *known == print, |known| known[0]) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(print);
                true
            }
        }
    }

    /// Whether an id was seen.
    pub fn contains(&self, id: &str) -> bool {
        let print = self.print(id);
        self.prints.find(print[0], |known| *known == print).is_some()
    }

    /// Forgets an id.
    pub(super) fn remove(&mut self, id: &str) {
        let print = self.print(id);
        if let Ok(found) = self.prints.find_entry(print[0], |known| *known == print) {
            found.remove();
        }
    }

    fn print(&self, id: &str) -> [u64; 2] {
        let mut hasher = self.key.build_hasher();
        hasher.write(id.as_bytes());
        let first = hasher.finish();
        // One byte more, and so another hash of the same text.
        hasher.write_u8(0);
        [first, hasher.finish()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once() {
        let mut seen = SeenIds::default();
        let ids: Vec<String> = (0..3000).map(|n| format!("n-{n}")).collect();
        for id in &ids {
            assert!(!seen.contains(id) && seen.insert(id) && seen.contains(id) && !seen.insert(id), "{id}");
        }
        seen.remove("n-7");
        seen.remove("never there");
        assert_eq!(ids.iter().filter(|id| !seen.contains(id)).collect::<Vec<_>>(), ["n-7"]);
        for other in ["", "N-1", "n-1 ", "n-1\0"] {
            assert!(!seen.contains(other), "{other:?}");
        }
    }
}
