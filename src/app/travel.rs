//! The owned numbers as they were seen at a time. What is now waits, and comes back untouched.

use jiff::Timestamp;

use super::action::Action;
use super::list::List;
use super::screen::owned;
use super::{Ctx, Tab, Tone};
use crate::phone::{Known, format};
use crate::store::SeenList;

/// Another time is shown.
#[derive(Debug, Clone)]
pub struct Travel {
    /// When the read ended that showed it so.
    pub seen: Timestamp,
    /// What is now.
    present: Box<List>,
    /// It was being read, which goes on when it comes back.
    was_read: bool,
}

impl Travel {
    /// The numbers as they are now.
    pub(super) fn present(&mut self) -> &mut List {
        &mut self.present
    }
}

impl Ctx {
    /// Shows the numbers as they were.
    pub(super) fn travel_to(&mut self, list: SeenList) {
        self.restore();
        let was_read = self.owned.reading.is_some() || self.owned.is_kept();
        self.stop_reading(Tab::Owned);
        let mut past = List::new(owned::SORT_KEYS);
        // Of endpoints only the names are known: how they were, and what checks said, is not.
        let known = self.owned.roster.known();
        past.roster.learn(Known::from(known.names.clone()).with_labels(known.labels.clone()));
        past.roster.sort(self.owned.roster.order());
        past.filter = self.owned.filter.clone();
        past.apply_filter();
        past.show_seen(list.numbers, list.until);
        past.roster.count_problems();
        let present = Box::new(std::mem::replace(&mut self.owned, past));
        self.travel = Some(Travel { seen: list.until, present, was_read });
        let at = format::stamp(list.until, &self.account.zone);
        let back = self.key(Action::AsOf);
        self.tell(
            Tone::Plain,
            format!("As they were seen at {at}; nothing can be changed there. {back} comes back."),
        );
    }

    /// Shows the numbers as they are. Returns whether another time was shown.
    pub(super) fn come_back(&mut self) -> bool {
        let was_read = self.travel.as_ref().is_some_and(|travel| travel.was_read);
        let is_back = self.restore();
        if was_read {
            self.read_owned();
        }
        is_back
    }

    /// The same, and nothing is read.
    pub(super) fn restore(&mut self) -> bool {
        let Some(travel) = self.travel.take() else { return false };
        self.owned = *travel.present;
        true
    }

    /// Why nothing is written, read or checked: what is shown is past.
    pub(super) fn past_time(&self) -> Option<String> {
        let travel = self.travel.as_ref()?;
        let at = format::stamp(travel.seen, &self.account.zone);
        let back = self.key(Action::AsOf);
        Some(format!("the numbers are shown as they were at {at}; {back} comes back to now"))
    }
}
