//! A server that does not answer: what is here stays usable, nothing is written, and it is tried again after
//! pauses that grow.

use jiff::{SignedDuration, Timestamp};

use super::action::Action;
use super::{Ctx, Tone};
use crate::api::{Error, ErrorKind};
use crate::phone::format;

/// The first pause; each is twice the one before.
const FIRST: SignedDuration = SignedDuration::from_secs(10);

/// No pause is longer.
const LONGEST: SignedDuration = SignedDuration::from_mins(5);

/// Since when, and when it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    /// When it did not answer for the first time.
    pub since: Timestamp,
    /// When it is tried again.
    pub next: Timestamp,
    tries: u32,
}

impl Away {
    /// It did not answer, at this time, for the first time or again.
    fn after(before: Option<Self>, now: Timestamp) -> Self {
        let tries = before.map_or(0, |away| away.tries.saturating_add(1));
        let pause = FIRST.checked_mul(1 << tries.min(10)).map_or(LONGEST, |pause| pause.min(LONGEST));
        let next = now.checked_add(pause).unwrap_or(now);
        Self { since: before.map_or(now, |away| away.since), next, tries }
    }
}

/// Whether an error says that nobody is there who could answer.
fn is_absence(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Broken | ErrorKind::Server)
}

impl Ctx {
    /// A read of the owned numbers has ended so.
    pub(super) fn answered(&mut self, result: Result<&(), &Error>) {
        match result {
            Err(error) if is_absence(error) => self.away = Some(Away::after(self.away, self.now)),
            // Whoever refuses is there.
            Err(_) => self.away = None,
            Ok(_) => {
                if let Some(away) = self.away.take() {
                    let since = format::time(away.since, &self.account.zone);
                    let text = format!("The server answers again; it did not since {since}.");
                    self.tell(Tone::Good, text);
                }
            }
        }
    }

    /// Why nothing can be written while nobody is there.
    pub(super) fn absence(&self) -> Option<String> {
        let away = self.away?;
        let zone = &self.account.zone;
        let (since, next) = (format::time(away.since, zone), format::seconds(away.next, zone));
        let now = self.key(Action::Refresh);
        Some(format!(
            "the server does not answer since {since}, so nothing can be sent; it is tried again at {next}, {now} \
             tries now"
        ))
    }

    /// When it is tried again; not while it is being tried.
    pub(super) fn try_again_at(&self) -> Option<Timestamp> {
        self.away.filter(|_| self.owned.reading.is_none() && self.travel.is_none()).map(|away| away.next)
    }

    /// Tries again where it is time.
    pub(super) fn try_again_if_due(&mut self) {
        if self.try_again_at().is_some_and(|at| at <= self.now) {
            self.read_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_five_minutes_and_the_first_time_is_kept() {
        let start = Timestamp::UNIX_EPOCH;
        let mut away = None;
        let mut now = start;
        let mut pauses = Vec::new();
        for _ in 0..20 {
            let next = Away::after(away, now);
            pauses.push(next.next.duration_since(now).as_secs());
            assert_eq!(next.since, start);
            (away, now) = (Some(next), next.next);
        }
        assert_eq!(pauses[..6], [10, 20, 40, 80, 160, 300]);
        assert!(pauses[6..].iter().all(|pause| *pause == 300));
    }
}
