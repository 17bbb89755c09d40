//! The places where somebody was, to go back to and forward again.

use super::Tab;
use crate::phone::NumberId;

/// So many places are kept.
const MOST: usize = 50;

/// A place worth coming back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The list below.
    pub(super) tab: Tab,
    /// The filter of the list.
    pub(super) filter: String,
    /// What is on top of it.
    pub(super) top: Option<Top>,
}

/// What is on top of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Top {
    /// One number.
    Detail(NumberId),
    /// What the ledger remembers.
    Ledger,
    /// What happened to all numbers, or to one.
    Past(Option<NumberId>),
}

/// The way so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Trail {
    places: Vec<Place>,
    at: usize,
}

impl Trail {
    /// Somebody is here now. What lay ahead is forgotten with the first step aside.
    pub(super) fn arrive(&mut self, place: Place) {
        if self.places.get(self.at) == Some(&place) {
            return;
        }
        if !self.places.is_empty() {
            self.places.truncate(self.at + 1);
        }
        self.places.push(place);
        if self.places.len() > MOST {
            self.places.remove(0);
        }
        self.at = self.places.len() - 1;
    }

    /// Whether there is a place before this one, or after it.
    pub(super) fn leads(&self, forward: bool) -> bool {
        if forward { self.at + 1 < self.places.len() } else { self.at > 0 }
    }

    /// Goes one place back, or forward.
    pub(super) fn step(&mut self, forward: bool) -> Option<Place> {
        if !self.leads(forward) {
            return None;
        }
        self.at = if forward { self.at + 1 } else { self.at - 1 };
        self.places.get(self.at).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(filter: &str) -> Place {
        Place { tab: Tab::Owned, filter: filter.to_owned(), top: None }
    }

    #[test]
    fn one_goes_back_the_way_one_came_and_forward_again() {
        let mut trail = Trail::default();
        for filter in ["a", "a", "b", "c"] {
            trail.arrive(place(filter));
        }
        assert!(!trail.leads(true));
        assert_eq!(trail.step(false), Some(place("b")));
        trail.arrive(place("b"));
        assert_eq!(trail.step(false), Some(place("a")), "the same place twice is one");
        assert_eq!(trail.step(false), None);
        assert_eq!(trail.step(true), Some(place("b")));
        trail.arrive(place("d"));
        assert_eq!(trail.step(true), None, "a step aside forgets what lay ahead");
        assert_eq!(trail.step(false), Some(place("b")));
    }

    #[test]
    fn a_long_way_is_forgotten_from_its_beginning() {
        let mut trail = Trail::default();
        (0..200).for_each(|n| trail.arrive(place(&n.to_string())));
        let steps = std::iter::from_fn(|| trail.step(false)).count();
        assert_eq!(steps, MOST - 1);
    }
}
