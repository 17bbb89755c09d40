//! Nobody is to be banned by a check: which registrars have refused credentials lately.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};

/// Rejections after which a registrar gets no more passwords. Servers ban after three.
const MOST: usize = 2;
/// So long a rejection counts: servers count over ten minutes.
const LONG: SignedDuration = SignedDuration::from_mins(15);
/// Clocks of processes may be so far apart.
const APART: SignedDuration = SignedDuration::from_mins(1);
/// Who waits for another check looks again after so long.
const AGAIN: Duration = Duration::from_millis(20);

/// The right to ask at a registrar, until it is dropped.
pub type Hold = Box<dyn Any + Send + Sync>;

/// What is known of rejections beyond this process: other checks enter theirs while this one runs.
pub trait Keep: Send + Sync {
    /// Makes this check the only one that asks at a registrar. `None`: another one asks there now.
    fn hold(&self, registrar: &str) -> Option<Hold>;

    /// When registrars refused credentials, as known now.
    fn known(&self) -> Vec<(String, Timestamp)>;

    /// Enters a rejection.
    fn enter(&self, registrar: &str, at: Timestamp);
}

/// Remembers rejections by registrar, host and port as its address has them. One with two of them within
/// 15 minutes gets no more credentials, whoever runs the check: a cron job would otherwise do what no
/// single run does.
#[derive(Default)]
pub struct Guard {
    rejected: Mutex<HashMap<String, Vec<Timestamp>>>,
    keep: Option<Box<dyn Keep>>,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard")
    }
}

impl Guard {
    /// Knows what `keep` knows, and tells it of each new rejection.
    pub fn new(keep: Box<dyn Keep>) -> Self {
        Self { rejected: Mutex::default(), keep: Some(keep) }
    }

    /// Whether a rejection still counts.
    pub fn counts(at: Timestamp, now: Timestamp) -> bool {
        let age = now.duration_since(at);
        // A clock that went back makes one of the future, which would count for ever.
        (-APART..LONG).contains(&age)
    }

    /// Waits until nobody else asks at a registrar. `None`: somebody still does at `until`.
    pub(super) async fn turn(&self, registrar: &str, until: Instant) -> Option<Hold> {
        let Some(keep) = &self.keep else { return Some(Box::new(())) };
        loop {
            if let Some(hold) = keep.hold(registrar) {
                return Some(hold);
            }
            if Instant::now() >= until {
                return None;
            }
            sleep(AGAIN).await;
        }
    }

    /// Until when a registrar gets no credentials.
    pub(super) fn paused(&self, registrar: &str, now: Timestamp) -> Option<Timestamp> {
        let is_young = |at: &Timestamp| Self::counts(*at, now);
        let known = self.keep.as_ref().map(|keep| keep.known()).unwrap_or_default();
        let known = known.into_iter().filter(|(place, _)| place == registrar).map(|(_, at)| at);
        let mut young: Vec<Timestamp> = known.filter(is_young).collect();
        let rejected = self.rejected.lock().unwrap_or_else(PoisonError::into_inner);
        let own = rejected.get(registrar).into_iter().flatten().copied();
        let own: Vec<Timestamp> = own.filter(is_young).collect();
        // What could be entered is among what is known.
        if own.len() > young.len() {
            young = own;
        }
        young.sort_unstable();
        let decides = young.len().checked_sub(MOST)?;
        young.get(decides).and_then(|at| at.checked_add(LONG).ok())
    }

    /// A registrar refused an answer to its challenge.
    pub(super) fn reject(&self, registrar: &str, now: Timestamp) {
        let mut rejected = self.rejected.lock().unwrap_or_else(PoisonError::into_inner);
        let of_host = rejected.entry(registrar.to_owned()).or_default();
        of_host.retain(|at| Self::counts(*at, now));
        of_host.push(now);
        if let Some(keep) = &self.keep {
            keep.enter(registrar, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    #[test]
    fn two_rejections_within_a_quarter_of_an_hour_pause_a_registrar_and_no_other() {
        let (bad, good) = ("bad.example:5061", "bad.example:5062");
        let guard = Guard::default();
        guard.reject(bad, at(0));
        assert_eq!(guard.paused(bad, at(1)), None);
        guard.reject(bad, at(300));
        assert_eq!(guard.paused(bad, at(600)), Some(at(900)));
        assert_eq!(guard.paused(bad, at(900)), None, "the first one is forgotten");
        assert_eq!(guard.paused(good, at(600)), None);
    }

    /// What two processes share.
    #[derive(Clone, Default)]
    struct Shared {
        entered: Arc<Mutex<Vec<(String, Timestamp)>>>,
        held: Arc<Mutex<()>>,
    }

    impl Keep for Shared {
        fn hold(&self, _: &str) -> Option<Hold> {
            // A test and two guards have it while nobody asks.
            (Arc::strong_count(&self.held) == 3).then(|| Box::new(Arc::clone(&self.held)) as _)
        }

        fn known(&self) -> Vec<(String, Timestamp)> {
            self.entered.lock().unwrap().clone()
        }

        fn enter(&self, registrar: &str, at: Timestamp) {
            self.entered.lock().unwrap().push((registrar.to_owned(), at));
        }
    }

    #[test]
    fn what_another_run_was_refused_counts_in_this_one_from_then_on() {
        let (host, shared) = ("bad.example", Shared::default());
        let [one, other] = [(); 2].map(|()| Guard::new(Box::new(shared.clone())));
        shared.enter(host, at(900));
        one.reject(host, at(0));
        assert_eq!(one.paused(host, at(100)), None, "one of the future does not count");
        other.reject(host, at(101));
        assert_eq!(one.paused(host, at(100)), Some(at(900)), "clocks are a little apart");
        assert_eq!(
            *shared.entered.lock().unwrap(),
            [(host.to_owned(), at(900)), (host.to_owned(), at(0)), (host.to_owned(), at(101))]
        );
    }

    #[tokio::test]
    async fn one_run_at_a_time_asks_at_a_registrar() {
        let shared = Shared::default();
        let [one, other] = [(); 2].map(|()| Guard::new(Box::new(shared.clone())));
        let soon = || Instant::now() + Duration::from_millis(60);
        let turn = one.turn("a", soon()).await;
        assert!(turn.is_some() && other.turn("a", soon()).await.is_none());
        drop(turn);
        assert!(other.turn("a", soon()).await.is_some());
    }
}
