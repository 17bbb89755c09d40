//! No server is to take a check for an attack.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

/// Packets with a request that one address gets within [`WINDOW`].
const MOST: usize = 5;
const WINDOW: Duration = Duration::from_secs(1);
/// Up to so many milliseconds lie between two packets to one address, by chance, so that several checks
/// do not march in step.
const JITTER: u64 = 100;

/// Lets at most 5 requests a second go to one address, those included that are sent again. Its clones are
/// the same one.
#[derive(Debug, Clone, Default)]
pub struct Pacer(Arc<Mutex<HashMap<IpAddr, VecDeque<Instant>>>>);

impl Pacer {
    /// Waits for a turn, and says how long that took. `None`: there is none before `until`, and nothing
    /// was waited for.
    pub(super) async fn turn(&self, to: IpAddr, until: Instant) -> Option<Duration> {
        let now = Instant::now();
        let slot = self.slot(to, until)?;
        sleep_until(slot).await;
        Some(slot.saturating_duration_since(now))
    }

    /// When the next packet may go there, which is taken; `None` when that is not before `until`.
    pub(super) fn slot(&self, to: IpAddr, until: Instant) -> Option<Instant> {
        let jitter = Duration::from_millis(Uuid::new_v4().as_u64_pair().1 % JITTER);
        self.reserve(to, Instant::now(), until, jitter)
    }

    fn reserve(&self, to: IpAddr, now: Instant, until: Instant, jitter: Duration) -> Option<Instant> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slots = taken.entry(to).or_default();
        let mut slot = slots.back().map_or(now, |last| now.max(*last + jitter));
        if slots.len() == MOST {
            slot = slot.max(slots[0] + WINDOW + jitter);
        }
        if slot >= until {
            return None;
        }
        slots.truncate(MOST);
        if slots.len() == MOST {
            slots.pop_front();
        }
        slots.push_back(slot);
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shares_a_pace_shares_its_turns() {
        let (one, now) = (Pacer::default(), Instant::now());
        let (other, to) = (one.clone(), IpAddr::from([192, 0, 2, 1]));
        let until = now + WINDOW;
        let turn = |pacer: &Pacer| pacer.reserve(to, now, until, Duration::ZERO).is_some();
        let turns = (0..8).filter(|at| turn(if at % 2 == 0 { &one } else { &other })).count();
        assert_eq!(turns, MOST);
    }

    fn turns(jitter: Duration, until: Duration) -> Vec<Option<u128>> {
        let pacer = Pacer::default();
        let now = Instant::now();
        let to: IpAddr = "192.0.2.1".parse().unwrap();
        let one = || Some((pacer.reserve(to, now, now + until, jitter)? - now).as_millis());
        let turns = (0..12).map(|_| one()).collect();
        let other = "192.0.2.2".parse().unwrap();
        assert_eq!(
            pacer.reserve(other, now, now + until, jitter),
            Some(now),
            "addresses do not wait for each other"
        );
        turns
    }

    #[test]
    fn five_go_at_once_and_then_five_a_second() {
        let wanted = [0, 0, 0, 0, 0, 1000, 1000, 1000, 1000, 1000, 2000, 2000];
        assert_eq!(turns(Duration::ZERO, Duration::from_secs(9)), wanted.map(Some));
    }

    #[test]
    fn packets_to_one_address_do_not_march_in_step() {
        let turns = turns(Duration::from_millis(30), Duration::from_secs(9));
        assert_eq!(turns[..6], [0, 30, 60, 90, 120, 1030].map(Some));
    }

    #[test]
    fn a_turn_that_comes_too_late_is_none_and_takes_nobody_s_place() {
        let turns = turns(Duration::ZERO, Duration::from_millis(1500));
        assert_eq!(turns.iter().flatten().count(), 10);
        assert_eq!(turns[11], None);
    }
}
