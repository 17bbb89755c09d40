//! What many rows share, held once.

use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashSet;

use crate::phone::Traits;

/// Most strings that are remembered. A fleet has tens of countries and endpoints; a server that
/// sends a fresh one with each row must not fill the memory twice.
const MOST: usize = 4096;

/// Shared by all pages of a client, so that 100,000 rows hold one `NG`.
#[derive(Debug, Default)]
pub(in crate::api) struct Interner(Mutex<Known>);

/// What is held.
#[derive(Debug, Default)]
struct Known {
    texts: HashSet<Arc<str>>,
    traits: HashSet<Arc<Traits>>,
}

impl Interner {
    /// Longest string that is shared, in bytes.
    pub(super) const LONGEST: usize = 128;

    /// A view for one page: the lock is taken only for strings that are new to the page, so that
    /// pages are decoded side by side.
    pub(super) fn page(&self) -> PageInterner<'_> {
        PageInterner { shared: self, seen: Known::default() }
    }

    fn get(&self, text: &str) -> Arc<str> {
        let known = &mut self.0.lock().unwrap_or_else(PoisonError::into_inner).texts;
        if let Some(found) = known.get(text) {
            return Arc::clone(found);
        }
        let fresh: Arc<str> = text.into();
        if known.len() < MOST {
            known.insert(Arc::clone(&fresh));
        }
        fresh
    }

    fn traits(&self, traits: Traits) -> Arc<Traits> {
        let known = &mut self.0.lock().unwrap_or_else(PoisonError::into_inner).traits;
        if let Some(found) = known.get(&traits) {
            return Arc::clone(found);
        }
        let fresh = Arc::new(traits);
        if known.len() < MOST {
            known.insert(Arc::clone(&fresh));
        }
        fresh
    }
}

/// What the rows of one page share.
#[derive(Debug)]
pub(super) struct PageInterner<'a> {
    shared: &'a Interner,
    seen: Known,
}

impl PageInterner<'_> {
    /// The one copy of `text`.
    pub(super) fn get(&mut self, text: &str) -> Arc<str> {
        if text.len() > Interner::LONGEST {
            return text.into();
        }
        if let Some(found) = self.seen.texts.get(text) {
            return Arc::clone(found);
        }
        let found = self.shared.get(text);
        self.seen.texts.insert(Arc::clone(&found));
        found
    }

    /// The one copy of what a row shares with others.
    pub(super) fn traits(&mut self, traits: Traits) -> Arc<Traits> {
        if let Some(found) = self.seen.traits.get(&traits) {
            return Arc::clone(found);
        }
        let found = self.shared.traits(traits);
        self.seen.traits.insert(Arc::clone(&found));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_share_their_strings() {
        let interner = Interner::default();
        let first = interner.page().get("NG");
        let mut page = interner.page();
        assert!(Arc::ptr_eq(&first, &page.get("NG")) && Arc::ptr_eq(&first, &page.get("NG")));
    }

    #[test]
    fn a_server_that_never_repeats_itself_fills_nothing() {
        let interner = Interner::default();
        for n in 0..2 * MOST {
            assert_eq!(&*interner.page().get(&n.to_string()), n.to_string());
        }
        assert_eq!(interner.0.lock().unwrap().texts.len(), MOST);
        interner.page().get(&"x".repeat(Interner::LONGEST + 1));
        assert_eq!(interner.0.lock().unwrap().texts.len(), MOST);
    }
}
