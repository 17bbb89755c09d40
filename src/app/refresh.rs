//! Reading again by itself: how often, what that costs, and when it is enough for a day.

use jiff::{SignedDuration, Timestamp};

use super::action::Action;
use super::{Ctx, Tone};
use crate::api::ListRequest;
use crate::phone::thousands;

/// Requests that the free plan is said to have each day.
const A_DAY: usize = 1000;

/// Whether the owned numbers are read again by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AutoRefresh {
    /// After so many minutes; none is not at all.
    pub every: Option<u8>,
    /// When that was done last.
    last: Option<Timestamp>,
    /// Requests that it made.
    spent: usize,
}

impl AutoRefresh {
    /// Off, 1, 5, 15 minutes, and off again.
    fn next(self) -> Option<u8> {
        match self.every {
            None => Some(1),
            Some(1) => Some(5),
            Some(5) => Some(15),
            Some(_) => None,
        }
    }
}

impl Ctx {
    /// Requests of one more read.
    fn pages(&self) -> usize {
        self.owned.roster.len().div_ceil(usize::from(ListRequest::LARGEST_PAGE)).max(1)
    }

    /// Reads by itself in other steps, or not any more, and says what that costs.
    pub(super) fn turn_refresh(&mut self) {
        self.refresh = AutoRefresh { every: self.refresh.next(), last: Some(self.now), ..self.refresh };
        let Some(minutes) = self.refresh.every else {
            return self.tell(Tone::Plain, "It reads again only when asked.");
        };
        let pages = self.pages();
        let day = pages.saturating_mul(24 * 60 / usize::from(minutes));
        let requests =
            if pages == 1 { "1 request".to_owned() } else { format!("{} requests", thousands(pages)) };
        let mut text =
            format!("Reads again every {minutes} min, {requests} each time: {} a day.", thousands(day));
        if day > A_DAY {
            text.push_str(&format!(
                " It stops by itself after {}, what a day of the free plan has.",
                thousands(A_DAY)
            ));
        }
        self.tell(Tone::Plain, text);
    }

    /// When it reads again by itself.
    pub(super) fn refresh_at(&self) -> Option<Timestamp> {
        if self.travel.is_some() {
            return None;
        }
        let every = SignedDuration::from_mins(i64::from(self.refresh.every?));
        let read = self.owned.read_at.filter(|_| self.owned.reading.is_none())?;
        // After a failure as well it waits for a whole step.
        read.max(self.refresh.last.unwrap_or(read)).checked_add(every).ok()
    }

    /// Reads again where it is time.
    pub(super) fn refresh_if_due(&mut self) {
        if self.refresh_at().is_none_or(|at| at > self.now) {
            return;
        }
        let pages = self.pages();
        self.refresh.last = Some(self.now);
        if self.refresh.spent + pages > A_DAY {
            self.refresh = AutoRefresh::default();
            let text = format!(
                "It does not read again by itself any more: that took {} requests. {} turns it on again.",
                thousands(A_DAY),
                self.key(Action::AutoRefresh)
            );
            return self.tell(Tone::Bad, text);
        }
        self.refresh.spent += pages;
        self.read_owned();
    }
}
