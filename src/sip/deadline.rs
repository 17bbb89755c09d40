//! How long the servers of a check are waited for: one place for the limit, DNS's share of it, the time
//! of a series, and what being polite may add.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::transaction::T1;
use super::{Options, Pacer};

/// The most of a check that DNS may take.
const DNS_SHARE: Duration = Duration::from_secs(2);
/// Each further probe of a series waits so long, and adds so much to the limit of the check.
pub(super) const PER_PROBE: Duration = Duration::from_secs(1);
/// A check ends within its limit and a second: of that, waiting for turns may use up so much.
const GRACE_OF_ONE: Duration = Duration::from_millis(500);
/// Of many nobody waits for a single server, and time spent on being polite is not time that it took.
const GRACE_OF_MANY: Duration = Duration::from_secs(60);

/// The time that is left. A copy runs out by itself: targets that are asked side by side have one each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    began: Instant,
    /// Until when the first answer is waited for.
    end: Instant,
    /// What a series may take beyond it.
    series: Duration,
    /// How far turns may still move the end.
    grace: Duration,
}

impl Deadline {
    /// Of a check of one number: all of it ends within the limit and a second.
    pub(super) fn of_one(options: &Options) -> Self {
        Self::new(options, GRACE_OF_ONE.saturating_sub(options.late))
    }

    /// Of one server among many.
    pub(super) fn of_many(options: &Options) -> Self {
        Self::new(options, GRACE_OF_MANY)
    }

    fn new(options: &Options, grace: Duration) -> Self {
        let began = Instant::now();
        let series = if options.count > 1 { PER_PROBE * options.count } else { Duration::ZERO };
        Self { began, end: began + options.timeout, series, grace }
    }

    /// When it began.
    pub(super) fn began(&self) -> Instant {
        self.began
    }

    /// Until when DNS is waited for.
    pub(super) fn end_of_dns(&self) -> Instant {
        self.began + DNS_SHARE.min((self.end - self.began) / 2)
    }

    /// Until when an answer is waited for.
    pub(super) fn end(&self) -> Instant {
        self.end
    }

    /// Until when a first answer is waited for where something else is asked after it: silence to one
    /// method says nothing of the other one.
    pub(super) fn half(&self) -> Instant {
        Instant::now() + self.left() / 2
    }

    /// How long an answer is waited for.
    pub(super) fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// Whether a server that gets what is left can be called silent: one that got no time cannot. A limit
    /// that was chosen shorter than a retransmission is meant so.
    pub(super) fn is_enough(&self) -> bool {
        self.left() >= T1.min((self.end - self.began) / 4)
    }

    /// The first of a series was answered: the time of the others may be used.
    pub(super) fn go_on(&mut self) {
        self.end += std::mem::take(&mut self.series);
    }

    /// Waits for a turn at an address. `false`: there is none within the time that is left.
    pub(super) async fn turn(&mut self, pacer: &Pacer, to: IpAddr) -> bool {
        let Some(waited) = pacer.turn(to, self.end + self.grace).await else { return false };
        let more = waited.min(self.grace);
        self.grace -= more;
        self.end += more;
        !self.left().is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn turns_move_the_end_by_half_a_second_and_no_more() {
        let options = Options { timeout: 2 * SECOND, count: 3, ..Options::default() };
        let mut budget = Deadline::of_one(&options);
        let pacer = Pacer::default();
        let to = "192.0.2.1".parse().unwrap();
        let mut turns = 0;
        while turns < 1000 && budget.turn(&pacer, to).await {
            turns += 1;
        }
        assert!((5..=15).contains(&turns), "five at once, and five a second: {turns}");
        assert!(budget.end() <= budget.began() + 5 * SECOND / 2);
        budget.go_on();
        assert!(budget.end() <= budget.began() + 11 * SECOND / 2, "a second for each of the series");
        assert!(budget.end() >= budget.began() + 5 * SECOND);
        let late = Deadline::of_one(&Options { late: SECOND, ..options });
        assert_eq!(late.grace, Duration::ZERO, "the second beyond the limit is spent once");
    }

    #[test]
    fn what_is_left_is_enough_for_one_answer_or_nobody_is_asked() {
        let of = |timeout: Duration, left: Duration| {
            let began = Instant::now() + left - timeout;
            let budget =
                Deadline { began, end: began + timeout, series: Duration::ZERO, grace: Duration::ZERO };
            budget.is_enough()
        };
        assert!(of(5 * SECOND, SECOND) && !of(5 * SECOND, SECOND / 4));
        assert!(of(SECOND, SECOND / 2) && !of(SECOND, SECOND / 8));
    }

    #[test]
    fn dns_has_two_seconds_or_half_of_less() {
        let dns = |timeout: Duration| {
            let budget = Deadline::of_one(&Options { timeout, ..Options::default() });
            budget.end_of_dns() - budget.began()
        };
        assert_eq!((dns(30 * SECOND), dns(SECOND)), (2 * SECOND, SECOND / 2));
    }
}
