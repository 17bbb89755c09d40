//! What reading a list again and again costs in requests, said before it begins.

use std::time::Duration;

use crate::phone::thousands;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Requests of whoever reads a list again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadBudget {
    /// Numbers in the list.
    pub numbers: u64,
    /// Requests of one round.
    pub requests: u64,
    /// From one round to the next.
    pub every: Duration,
    /// What a day is said to allow.
    pub limit: u64,
}

impl ReadBudget {
    /// Requests in a day.
    pub fn per_day(&self) -> u64 {
        let requests = u128::from(self.requests) * DAY.as_millis();
        u64::try_from(requests.div_ceil(self.every.as_millis().max(1))).unwrap_or(u64::MAX)
    }

    /// Whether a day has fewer.
    pub fn is_over(&self) -> bool {
        self.per_day() > self.limit
    }

    /// The shortest whole number of minutes with which a day has enough.
    pub fn affordable(&self) -> Duration {
        let minutes = u128::from(self.requests.max(1)) * 24 * 60;
        let minutes = minutes.div_ceil(u128::from(self.limit.max(1)));
        Duration::from_secs(u64::try_from(minutes).unwrap_or(u64::MAX).saturating_mul(60))
    }

    /// `312 numbers, 4 requests each 10 min: 576 of 1,000 a day`.
    pub fn words(&self) -> String {
        let each = |count: u64, word: &str| {
            format!("{} {word}{}", thousands(count), if count == 1 { "" } else { "s" })
        };
        format!(
            "{}, {} each {}: {} of {} a day",
            each(self.numbers, "number"),
            each(self.requests, "request"),
            span(self.every),
            thousands(self.per_day()),
            thousands(self.limit)
        )
    }
}

/// A time as people say it: `10 min`, `90 s`, `2 h`.
pub(super) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds % 3600 / 60) {
        _ if seconds == 0 => format!("{} ms", time.as_millis()),
        (0, _) if seconds <= 120 && !seconds.is_multiple_of(60) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(numbers: u64, requests: u64, minutes: u64) -> ReadBudget {
        ReadBudget { numbers, requests, every: Duration::from_secs(minutes * 60), limit: 1000 }
    }

    #[test]
    fn it_is_said_in_one_line_and_counts_a_whole_day() {
        assert_eq!(budget(312, 4, 10).words(), "312 numbers, 4 requests each 10 min: 576 of 1,000 a day");
        assert_eq!(budget(1, 1, 60).words(), "1 number, 1 request each 1 h: 24 of 1,000 a day");
        assert_eq!(
            budget(4000, 40, 96).words(),
            "4,000 numbers, 40 requests each 1 h 36 min: 600 of 1,000 a day"
        );
        assert_eq!(budget(9, 1000, 2400).words(), "9 numbers, 1,000 requests each 40 h: 600 of 1,000 a day");
        assert!(!budget(312, 4, 10).is_over() && budget(312, 4, 5).is_over());
        assert_eq!(budget(100_000, 1000, 10).per_day(), 144_000);
    }

    #[test]
    fn what_a_day_can_afford_is_within_the_day() {
        for requests in [1, 4, 7, 60, 999, 1000, 5000] {
            let every = budget(0, requests, 1).affordable();
            let then = ReadBudget { every, ..budget(0, requests, 1) };
            assert!(!then.is_over(), "{requests}: {every:?} {}", then.per_day());
        }
    }
}
