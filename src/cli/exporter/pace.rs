//! How often the list is read. Pure: what happened goes in, how long to wait comes out.

use std::time::Duration;

use crate::store::DailyCount;
use crate::watch::ReadBudget;

const MINUTE: u64 = 60;
/// Requests a day that reading the list may take: others use the same key, and people want to work.
const SHARE: u64 = DailyCount::FREE_PLAN * 6 / 10;
/// A server that fails is asked again after so long at most, unless its list is read less often anyway.
const LONGEST_RETRY: Duration = Duration::from_secs(15 * MINUTE);
/// While nothing is known of the size of the list.
const ONE_REQUEST: u64 = 1;

/// The pace at which a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReadPace {
    /// Requests that a read takes.
    requests: u64,
    /// Reads that failed since the last one that did not.
    failures: u32,
}

impl Default for ReadPace {
    fn default() -> Self {
        Self { requests: ONE_REQUEST, failures: 0 }
    }
}

impl ReadPace {
    /// A read of `requests` requests went well.
    pub(super) fn read(requests: u64) -> Self {
        Self { requests: requests.max(ONE_REQUEST), failures: 0 }
    }

    /// A read failed.
    pub(super) fn failed(self) -> Self {
        Self { failures: self.failures.saturating_add(1), ..self }
    }

    /// Between two reads that go well: whole minutes, so that somebody can say it.
    pub(super) fn interval(self) -> Duration {
        self.budget(0, Duration::ZERO, SHARE).affordable()
    }

    /// How long to wait now. Never less than the interval, or than the server `asked`; a server that keeps
    /// failing is asked less and less often.
    pub(super) fn wait(self, asked: Option<Duration>) -> Duration {
        let usual = self.interval();
        let longer = usual.saturating_mul(1 << self.failures.saturating_sub(1).min(16));
        longer.min(LONGEST_RETRY.max(usual)).max(asked.unwrap_or_default())
    }

    /// What it costs to read a list of so many `numbers`, in words:
    /// `312 numbers, 4 requests each 10 min: 576 of 1,000 a day`.
    pub(super) fn words(self, numbers: usize) -> String {
        self.budget(numbers, self.interval(), DailyCount::FREE_PLAN).words()
    }

    fn budget(self, numbers: usize, every: Duration, limit: u64) -> ReadBudget {
        ReadBudget {
            numbers: u64::try_from(numbers).unwrap_or(u64::MAX),
            requests: self.requests,
            every,
            limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_decides_the_pace_and_is_never_exceeded() {
        for (requests, words) in [
            (1, "7 numbers, 1 request each 3 min: 480 of 1,000 a day"),
            (4, "7 numbers, 4 requests each 10 min: 576 of 1,000 a day"),
            (40, "7 numbers, 40 requests each 1 h 36 min: 600 of 1,000 a day"),
            (1000, "7 numbers, 1,000 requests each 40 h: 600 of 1,000 a day"),
        ] {
            assert_eq!(ReadPace::read(requests).words(7), words);
        }
        for requests in 0..3000 {
            let pace = ReadPace::read(requests);
            assert!(pace.budget(0, pace.interval(), SHARE).per_day() <= SHARE, "{requests}");
        }
        assert!(ReadPace::read(u64::MAX).interval() > Duration::from_secs(24 * 60 * MINUTE));
    }

    #[test]
    fn a_server_that_fails_is_left_alone_and_asked_again_all_the_same() {
        let minutes = |pace: ReadPace| pace.wait(None).as_secs() / MINUTE;
        let mut pace = ReadPace::read(1);
        let mut waits = vec![minutes(pace)];
        for _ in 0..5 {
            pace = pace.failed();
            waits.push(minutes(pace));
        }
        assert_eq!(waits, [3, 3, 6, 12, 15, 15]);
        assert_eq!(minutes(ReadPace::read(100).failed().failed()), 240, "not more often than it is read");
        let asked = Some(Duration::from_secs(3600));
        assert_eq!(pace.wait(asked), Duration::from_secs(3600), "a 429 says how long");
        assert_eq!(
            ReadPace::read(4).failed().wait(Some(Duration::from_secs(1))),
            ReadPace::read(4).interval()
        );
        let for_ever = (0..200).fold(pace, |pace, _| pace.failed());
        assert_eq!(minutes(for_ever), 15);
    }
}
