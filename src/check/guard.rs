//! Nobody is to be banned by a check: which registrars have refused credentials lately.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Rejections after which a registrar gets no more passwords. Servers ban after three.
const MOST: usize = 2;
/// So long a rejection counts: servers count over ten minutes.
const LONG: SignedDuration = SignedDuration::from_mins(15);

/// Told of each rejection, so that the next run knows of it.
pub type Keep = Box<dyn Fn(&str, Timestamp) + Send + Sync>;

/// Remembers rejections by registrar, host and port as its address has them. One with two of them within 15 minutes gets no more credentials,
/// whoever runs the check: a cron job would otherwise do what no single run does.
#[derive(Default)]
pub struct Guard {
    rejected: Mutex<HashMap<String, Vec<Timestamp>>>,
    keep: Option<Keep>,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard")
    }
}

impl Guard {
    /// Knows of earlier rejections, and hands each new one to `keep`.
    pub fn new(known: impl IntoIterator<Item = (String, Timestamp)>, keep: Keep) -> Self {
        let mut rejected: HashMap<String, Vec<Timestamp>> = HashMap::new();
        for (registrar, at) in known {
            rejected.entry(registrar).or_default().push(at);
        }
        Self { rejected: Mutex::new(rejected), keep: Some(keep) }
    }

    /// How long a rejection counts.
    pub fn counts(at: Timestamp, now: Timestamp) -> bool {
        let age = now.duration_since(at);
        // A clock that went back makes one of the future, which would count for ever.
        (SignedDuration::ZERO..LONG).contains(&age)
    }

    /// Until when a registrar gets no credentials.
    pub(super) fn paused(&self, registrar: &str, now: Timestamp) -> Option<Timestamp> {
        let rejected = self.rejected.lock().unwrap_or_else(PoisonError::into_inner);
        let mut young: Vec<Timestamp> =
            rejected.get(registrar)?.iter().copied().filter(|at| Self::counts(*at, now)).collect();
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
            keep(registrar, now);
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

    #[test]
    fn what_an_earlier_run_was_refused_counts_in_this_one() {
        let host = "bad.example".to_owned();
        let kept: Arc<Mutex<Vec<(String, Timestamp)>>> = Arc::default();
        let log = Arc::clone(&kept);
        let keep = move |host: &str, at: Timestamp| log.lock().unwrap().push((host.to_owned(), at));
        let guard = Guard::new([(host.clone(), at(0)), (host.clone(), at(900))], Box::new(keep));
        assert_eq!(guard.paused(&host, at(100)), None, "one of the future does not count");
        guard.reject(&host, at(100));
        assert_eq!(guard.paused(&host, at(200)), Some(at(900)));
        assert_eq!(*kept.lock().unwrap(), [(host, at(100))]);
    }
}
