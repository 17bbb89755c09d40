//! Nobody is to be banned by a check: which registrars have refused credentials lately.

use std::any::Any;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

/// Rejections after which a registrar gets no more passwords. Servers ban after three.
const MOST: usize = 2;
/// So long a rejection counts: servers count over ten minutes.
const LONG: SignedDuration = SignedDuration::from_mins(15);
/// Clocks of processes may be so far apart.
const APART: SignedDuration = SignedDuration::from_mins(1);

/// An answer to a challenge that a registrar refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Host and port, as they are written or as DNS resolved them.
    pub registrar: String,
    /// When it was.
    pub at: Timestamp,
}

/// Why a registrar gets no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pause {
    /// Until when.
    pub(super) until: Timestamp,
    /// The last two rejections.
    pub(super) times: Vec<Timestamp>,
}

/// The right to ask at a registrar, until it is dropped.
pub type Hold = Box<dyn Any + Send + Sync>;

/// What is known of rejections beyond this process: other checks enter theirs while this one runs.
pub trait Keep: Send + Sync {
    /// Makes this check the only one that asks at a registrar, as soon as no other one does. Nobody
    /// is kept from checking where that cannot be arranged: then the channel closes.
    fn hold(&self, registrar: &str) -> oneshot::Receiver<Hold>;

    /// Rejections, as known now.
    fn known(&self) -> Vec<Rejection>;

    /// Enters one.
    fn enter(&self, rejection: &Rejection);
}

/// Remembers rejections by registrar: host and port as they are written, and where they lead. One with two
/// of them within 15 minutes gets no more credentials, whoever runs the check: a cron job would otherwise
/// do what no single run does.
#[derive(Default)]
pub struct Lockout {
    rejected: Mutex<Vec<Rejection>>,
    keep: Option<Box<dyn Keep>>,
}

impl std::fmt::Debug for Lockout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lockout")
    }
}

impl Lockout {
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
        let hold = timeout_at(until, keep.hold(registrar)).await.ok()?;
        Some(hold.unwrap_or_else(|_| Box::new(())))
    }

    /// Why a registrar gets no credentials now, under any of its names; `None`: it may get some. Each name
    /// is counted for itself, because a rejection is entered under all of them.
    pub(super) fn paused(&self, names: &[String], now: Timestamp) -> Option<Pause> {
        let known = self.keep.as_ref().map(|keep| keep.known()).unwrap_or_default();
        names.iter().find_map(|name| self.pause_of(name, &known, now))
    }

    fn pause_of(&self, registrar: &str, known: &[Rejection], now: Timestamp) -> Option<Pause> {
        let counts = |one: &&Rejection| one.registrar == registrar && Self::counts(one.at, now);
        let mut young: Vec<Rejection> = known.iter().filter(counts).cloned().collect();
        let rejected = self.rejected.lock().unwrap_or_else(PoisonError::into_inner);
        let own: Vec<Rejection> = rejected.iter().filter(counts).cloned().collect();
        // What could be entered is among what is known.
        if own.len() > young.len() {
            young = own;
        }
        young.sort_unstable_by_key(|one| one.at);
        let last = young.get(young.len().checked_sub(MOST)?..)?;
        let until = last.first()?.at.checked_add(LONG).ok()?;
        let times = last.iter().map(|one| one.at).collect();
        Some(Pause { until, times })
    }

    /// A registrar refused an answer to its challenge.
    pub(super) fn reject(&self, rejection: Rejection) {
        let mut rejected = self.rejected.lock().unwrap_or_else(PoisonError::into_inner);
        rejected.retain(|one| Self::counts(one.at, rejection.at));
        if let Some(keep) = &self.keep {
            keep.enter(&rejection);
        }
        rejected.push(rejection);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::sync::Semaphore;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    fn rejection(registrar: &str, seconds: i64) -> Rejection {
        Rejection { registrar: registrar.to_owned(), at: at(seconds) }
    }

    fn until(lockout: &Lockout, registrar: &str, now: i64) -> Option<Timestamp> {
        lockout.paused(&[registrar.to_owned()], at(now)).map(|pause| pause.until)
    }

    #[test]
    fn two_rejections_within_a_quarter_of_an_hour_pause_a_registrar_and_no_other() {
        let (bad, good) = ("bad.example:5061", "bad.example:5062");
        let lockout = Lockout::default();
        lockout.reject(rejection(bad, 0));
        assert_eq!(until(&lockout, bad, 1), None);
        lockout.reject(rejection(bad, 300));
        assert_eq!(until(&lockout, bad, 600), Some(at(900)));
        assert_eq!(until(&lockout, bad, 900), None, "the first one is forgotten");
        assert_eq!(until(&lockout, good, 600), None);
    }

    #[test]
    fn a_pause_knows_the_last_two_rejections() {
        let lockout = Lockout::default();
        (0..3).for_each(|seconds| lockout.reject(rejection("a", seconds)));
        assert_eq!(lockout.paused(&["a".to_owned()], at(3)).unwrap().times, [at(1), at(2)]);
    }

    /// What two processes share.
    #[derive(Clone)]
    struct Shared {
        entered: Arc<Mutex<Vec<Rejection>>>,
        free: Arc<Semaphore>,
    }

    impl Default for Shared {
        fn default() -> Self {
            Self { entered: Arc::default(), free: Arc::new(Semaphore::new(1)) }
        }
    }

    impl Keep for Shared {
        fn hold(&self, _: &str) -> oneshot::Receiver<Hold> {
            let (held, hold) = oneshot::channel::<Hold>();
            let free = Arc::clone(&self.free);
            tokio::spawn(async move {
                let turn = free.acquire_owned().await.unwrap();
                held.send(Box::new(turn)).ok();
            });
            hold
        }

        fn known(&self) -> Vec<Rejection> {
            self.entered.lock().unwrap().clone()
        }

        fn enter(&self, rejection: &Rejection) {
            self.entered.lock().unwrap().push(rejection.clone());
        }
    }

    #[test]
    fn what_another_run_was_refused_counts_in_this_one_from_then_on() {
        let (host, shared) = ("bad.example", Shared::default());
        let [one, other] = [(); 2].map(|()| Lockout::new(Box::new(shared.clone())));
        shared.enter(&rejection(host, 900));
        one.reject(rejection(host, 0));
        assert_eq!(until(&one, host, 100), None, "one of the future does not count");
        other.reject(rejection(host, 101));
        assert_eq!(until(&one, host, 100), Some(at(900)), "clocks are a little apart");
        let entered = [900, 0, 101].map(|seconds| rejection(host, seconds));
        assert_eq!(*shared.entered.lock().unwrap(), entered);
    }

    #[tokio::test]
    async fn one_run_at_a_time_asks_at_a_registrar() {
        let shared = Shared::default();
        let [one, other] = [(); 2].map(|()| Lockout::new(Box::new(shared.clone())));
        let soon = || Instant::now() + Duration::from_millis(60);
        let turn = one.turn("a", soon()).await;
        assert!(turn.is_some() && other.turn("a", soon()).await.is_none());
        drop(turn);
        assert!(other.turn("a", soon()).await.is_some());
    }
}
