//! No server is to take a check for an attack.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

/// Requests that one address gets within [`WINDOW`].
const MOST: usize = 5;
const WINDOW: Duration = Duration::from_secs(1);
/// Up to so many milliseconds more, by chance, so that several checks do not march in step.
const JITTER: u128 = 100;

/// Lets at most 5 requests a second go to one address.
#[derive(Debug, Default)]
pub struct Pacer(Mutex<HashMap<IpAddr, VecDeque<Instant>>>);

impl Pacer {
    /// Waits for a turn, and says how long that took.
    pub(super) async fn turn(&self, to: IpAddr) -> Duration {
        let now = Instant::now();
        let slot = self.reserve(to, now, Duration::from_millis((Uuid::new_v4().as_u128() % JITTER) as u64));
        sleep_until(slot).await;
        slot.saturating_duration_since(now)
    }

    fn reserve(&self, to: IpAddr, now: Instant, jitter: Duration) -> Instant {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slots = taken.entry(to).or_default();
        let slot = match slots.front() {
            Some(first) if slots.len() == MOST => now.max(*first + WINDOW + jitter),
            _ => now,
        };
        if slots.len() == MOST {
            slots.pop_front();
        }
        slots.push_back(slot);
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_go_at_once_and_then_five_a_second() {
        let pacer = Pacer::default();
        let now = Instant::now();
        let one: IpAddr = "192.0.2.1".parse().unwrap();
        let turns: Vec<u128> =
            (0..12).map(|_| (pacer.reserve(one, now, Duration::ZERO) - now).as_millis()).collect();
        assert_eq!(turns, [0, 0, 0, 0, 0, 1000, 1000, 1000, 1000, 1000, 2000, 2000]);
        let other = "192.0.2.2".parse().unwrap();
        assert_eq!(pacer.reserve(other, now, Duration::ZERO), now, "addresses do not wait for each other");
    }
}
