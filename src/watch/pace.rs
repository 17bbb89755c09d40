//! When to look again, and what to say of a server that does not answer.

use std::time::Duration;

use jiff::Timestamp;

use super::budget::span;

/// A server that has been away for long is asked at a third of the pace: a read that fails costs up to three
/// requests, and those are within what was said then.
const SLOWEST: u32 = 3;

/// How a round ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoundEnd {
    /// The list was read whole.
    Read,
    /// It could not be read: why.
    Away(String),
    /// The server wants a pause; it may say how long.
    Busy(Option<Duration>),
}

/// How long to wait, and what to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waited {
    /// Until the next round.
    pub wait: Duration,
    /// Something that was not said yet.
    pub said: Option<String>,
}

/// The pace of a watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    every: Duration,
    /// Rounds in a row that could not read.
    failed: u32,
    /// When the first of them ended.
    away: Option<Timestamp>,
    /// Rounds in a row that the server wanted a pause after.
    busy: u32,
}

impl Pace {
    /// A round each time.
    pub fn new(every: Duration) -> Self {
        Self { every, failed: 0, away: None, busy: 0 }
    }

    /// From one round to the next, while all is well.
    pub fn every(&self) -> Duration {
        self.every
    }

    /// Takes how a round ended, at a time. That a server is away is said once, and that it is back once.
    pub fn after(&mut self, end: &RoundEnd, now: Timestamp) -> Waited {
        match end {
            RoundEnd::Read => {
                let said = self.away.take().map(|since| {
                    // A clock that was set back makes no time negative.
                    let gone = Duration::try_from(now.duration_since(since)).unwrap_or_default();
                    format!(
                        "the server is back after {}; what changed meanwhile is told as seen now",
                        span(gone)
                    )
                });
                (self.failed, self.busy) = (0, 0);
                Waited { wait: self.every, said }
            }
            RoundEnd::Away(why) => {
                self.failed = self.failed.saturating_add(1);
                let is_new = self.away.is_none();
                self.away.get_or_insert(now);
                let wait = self.every.saturating_mul(self.failed.min(SLOWEST));
                let said = is_new.then(|| format!("the server is away: {why}; asked again until it is back"));
                Waited { wait, said }
            }
            RoundEnd::Busy(wanted) => {
                self.busy = self.busy.saturating_add(1);
                let pause = self.every.saturating_mul(1 << self.busy.min(4));
                let wait = pause.max(wanted.unwrap_or_default());
                let said = (self.busy == 1)
                    .then(|| format!("the server wants fewer requests: looking again in {}", span(wait)));
                Waited { wait, said }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    const TEN: Duration = Duration::from_secs(600);

    #[test]
    fn a_server_that_goes_is_told_once_and_once_when_it_is_back() {
        let mut pace = Pace::new(TEN);
        let away = RoundEnd::Away("connection refused".to_owned());
        let first = pace.after(&away, at(0));
        assert!(first.said.unwrap().contains("connection refused"));
        let waits: Vec<u64> = (1..6)
            .map(|minute| {
                let next = pace.after(&away, at(minute));
                assert_eq!(next.said, None);
                next.wait.as_secs() / 600
            })
            .collect();
        assert_eq!(waits, [2, 3, 3, 3, 3], "it is asked less often, and never given up");
        let back = pace.after(&RoundEnd::Read, at(120));
        assert_eq!((back.wait, back.said.unwrap().contains("after 2 h")), (TEN, true));
        assert_eq!(pace.after(&RoundEnd::Read, at(130)).said, None);
    }

    #[test]
    fn a_server_that_wants_a_pause_gets_a_longer_one_each_time_and_at_least_what_it_asks_for() {
        let mut pace = Pace::new(TEN);
        let wait = |pace: &mut Pace, wanted| pace.after(&RoundEnd::Busy(wanted), at(0)).wait.as_secs() / 600;
        assert_eq!([wait(&mut pace, None), wait(&mut pace, None), wait(&mut pace, None)], [2, 4, 8]);
        assert_eq!(wait(&mut pace, Some(TEN * 100)), 100);
        assert!((0..40).all(|_| wait(&mut pace, None) == 16), "it comes back within a time");
        assert_eq!(pace.after(&RoundEnd::Read, at(0)).wait, TEN);
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nothing_negative() {
        let mut pace = Pace::new(TEN);
        pace.after(&RoundEnd::Away("x".to_owned()), at(100));
        assert!(pace.after(&RoundEnd::Read, at(0)).said.unwrap().contains("after 0 ms"));
    }
}
