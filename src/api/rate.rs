//! How many requests a second go out (product page, "Asking politely").

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::retry::PATIENCE;
use super::{Error, ErrorKind};

/// Requests that share a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Everything but purchases.
    General,
    /// `POST /phone-numbers`, which the service limits more tightly.
    Purchase,
}

/// Limits in requests a second until the server states its own: those of the free plan.
const GENERAL: f64 = 10.0;
const PURCHASES: f64 = 5.0;

/// The share of a limit that is used: others use the same key.
const SHARE: f64 = 0.8;

/// Requests a second for a limit: 8 of 10, 4 of 5.
fn rate_below(limit: f64) -> f64 {
    (limit * SHARE).max(1.0)
}

/// Requests that may go at once after a quiet time. With them, no second sees more than the limit.
fn burst_below(limit: f64) -> f64 {
    (limit - rate_below(limit)).max(1.0)
}

/// A token bucket from which tokens are reserved in the order of asking. Whoever reserves is told
/// how long to wait; that keeps eight tasks in line without a queue.
#[derive(Debug)]
struct Bucket {
    /// Tokens a second.
    rate: f64,
    /// The most that can be saved up.
    burst: f64,
    /// Negative while reservations wait.
    tokens: f64,
    counted: Instant,
    paused: Option<Instant>,
}

impl Bucket {
    /// For a server that takes `limit` requests a second.
    fn new(limit: f64, now: Instant) -> Self {
        let rate = rate_below(limit);
        Self { rate, burst: burst_below(limit), tokens: burst_below(limit), counted: now, paused: None }
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.counted).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate).min(self.burst);
        self.counted = self.counted.max(now);
    }

    /// Takes a token, and says how long to wait before using it.
    fn reserve(&mut self, now: Instant) -> Duration {
        self.refill(now);
        self.tokens -= 1.0;
        let line = if self.tokens >= 0.0 {
            Duration::ZERO
        } else {
            Duration::try_from_secs_f64(-self.tokens / self.rate).unwrap_or(PATIENCE)
        };
        line.max(self.pause(now))
    }

    /// Gives a token back that was not used.
    fn cancel(&mut self) {
        self.tokens = (self.tokens + 1.0).min(self.burst);
    }

    /// What is left of a pause.
    fn pause(&self, now: Instant) -> Duration {
        self.paused.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    fn pause_for(&mut self, wait: Duration, now: Instant) {
        if let Some(until) = now.checked_add(wait) {
            self.paused = Some(self.paused.map_or(until, |known| known.max(until)));
        }
    }

    /// Goes at half the pace from now on.
    fn slow_down(&mut self, now: Instant) {
        /// A request in four seconds: slower helps nobody.
        const SLOWEST: f64 = 0.25;
        self.refill(now);
        (self.rate, self.burst) = ((self.rate / 2.0).max(SLOWEST), 1.0);
        self.tokens = self.tokens.min(self.burst);
    }

    fn set_limit(&mut self, limit: f64, now: Instant) {
        self.refill(now);
        (self.rate, self.burst) = (rate_below(limit), burst_below(limit));
        self.tokens = self.tokens.min(self.burst);
    }
}

/// The two buckets of a client, and what the server stated.
#[derive(Debug)]
struct Buckets {
    general: Bucket,
    purchases: Bucket,
    stated: Option<f64>,
    stated_for_purchases: Option<f64>,
}

impl Buckets {
    fn new(now: Instant) -> Self {
        Self {
            general: Bucket::new(GENERAL, now),
            purchases: Bucket::new(PURCHASES, now),
            stated: None,
            stated_for_purchases: None,
        }
    }

    fn of(&mut self, class: Class) -> &mut Bucket {
        match class {
            Class::General => &mut self.general,
            Class::Purchase => &mut self.purchases,
        }
    }

    /// Notes an `X-RateLimit-Limit` in requests a second. What is stated on a purchase may be the
    /// limit of purchases, and is not taken for that of reads.
    fn state(&mut self, class: Class, header: &str, now: Instant) {
        let number = header.split([',', ';']).next().unwrap_or_default().trim();
        let Some(limit) = number.parse::<f64>().ok().filter(|limit| (1.0..=1e6).contains(limit)) else {
            return;
        };
        let stated = match class {
            Class::General => &mut self.stated,
            Class::Purchase => &mut self.stated_for_purchases,
        };
        if stated.replace(limit) == Some(limit) {
            return;
        }
        if class == Class::General {
            self.general.set_limit(limit, now);
        }
        let purchases = self.stated_for_purchases.unwrap_or(PURCHASES.min(self.stated.unwrap_or(PURCHASES)));
        self.purchases.set_limit(purchases, now);
    }
}

/// Holds requests back so that the server does not have to.
#[derive(Debug)]
pub(super) struct Limiter(Mutex<Buckets>);

/// A reserved token; dropping it unused, as a cancelled read does, gives it back.
struct Reserved<'a> {
    limiter: &'a Limiter,
    class: Class,
    used: bool,
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        if !self.used {
            self.limiter.lock().of(self.class).cancel();
        }
    }
}

impl Limiter {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Buckets::new(Instant::now())))
    }

    /// Waits for a turn. A pause longer than anyone should sit out is an error at once.
    pub(super) async fn turn(&self, class: Class) -> Result<(), Error> {
        let mut wait = self.lock().of(class).reserve(Instant::now());
        let mut reserved = Reserved { limiter: self, class, used: false };
        while !wait.is_zero() {
            if wait > PATIENCE {
                let message = format!("the server asked to wait; {} s are left", wait.as_secs().max(1));
                return Err(Error { retry_after: Some(wait), ..Error::new(ErrorKind::RateLimited, message) });
            }
            tokio::time::sleep(wait).await;
            // Somebody else may have been told to wait in the meantime.
            wait = self.lock().of(class).pause(Instant::now());
        }
        reserved.used = true;
        Ok(())
    }

    /// Lets nobody of `class` through before `wait` has passed.
    pub(super) fn pause(&self, class: Class, wait: Duration) {
        self.lock().of(class).pause_for(wait, Instant::now());
    }

    /// Too many, and no word of how long to wait: nobody of `class` goes for `wait`, and then at half the
    /// pace.
    pub(super) fn slow_down(&self, class: Class, wait: Duration) {
        let now = Instant::now();
        let mut buckets = self.lock();
        buckets.of(class).pause_for(wait, now);
        buckets.of(class).slow_down(now);
    }

    /// Notes an `X-RateLimit-Limit` header.
    pub(super) fn state(&self, class: Class, header: &str) {
        self.lock().state(class, header, Instant::now());
    }

    /// Requests a second that the server stated.
    pub(super) fn stated(&self) -> Option<f64> {
        self.lock().stated
    }

    fn lock(&self) -> MutexGuard<'_, Buckets> {
        // Plain numbers: a panic elsewhere cannot have left them half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_goes_at_once_and_the_rest_in_line() {
        let now = Instant::now();
        let mut bucket = Bucket::new(10.0, now);
        let waits: Vec<u128> = (0..6).map(|_| bucket.reserve(now).as_millis()).collect();
        assert_eq!(waits, [0, 0, 125, 250, 375, 500]);
    }

    #[test]
    fn in_any_second_no_more_than_the_limit_leaves_and_a_share_of_it_on_average() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10.0, start);
        let mut sent: Vec<Duration> = Vec::new();
        for n in 0..100u32 {
            let now = start + Duration::from_millis(10) * n;
            sent.push(now - start + bucket.reserve(now));
        }
        sent.sort();
        for window in sent.windows(11) {
            assert!(window[10] - window[0] >= SECOND - Duration::from_millis(1));
        }
        assert!(*sent.last().unwrap() >= SECOND * 11);
    }

    #[test]
    fn a_token_that_was_not_used_is_given_back() {
        let now = Instant::now();
        let mut bucket = Bucket::new(1.0, now);
        assert!(bucket.reserve(now).is_zero());
        assert!(!bucket.reserve(now).is_zero());
        bucket.cancel();
        assert_eq!(bucket.reserve(now), SECOND);
        for _ in 0..9 {
            bucket.cancel();
        }
        assert!(bucket.reserve(now).is_zero() && !bucket.reserve(now).is_zero(), "never above the burst");
    }

    #[test]
    fn a_pause_holds_everybody_and_the_longer_one_wins() {
        let now = Instant::now();
        let mut bucket = Bucket::new(10.0, now);
        bucket.pause_for(SECOND * 2, now);
        bucket.pause_for(SECOND, now);
        assert_eq!(bucket.reserve(now), SECOND * 2);
        assert!(bucket.reserve(now + SECOND * 2).is_zero());
    }

    #[test]
    fn who_was_too_fast_goes_at_half_the_pace() {
        let now = Instant::now();
        let mut bucket = Bucket::new(10.0, now);
        bucket.slow_down(now);
        let waits: Vec<u128> = (0..3).map(|_| bucket.reserve(now).as_millis()).collect();
        assert_eq!(waits, [0, 250, 500]);
        (0..20).for_each(|_| bucket.slow_down(now));
        assert_eq!(bucket.rate, 0.25, "but it goes");
    }

    #[test]
    fn a_stated_limit_replaces_ours() {
        let now = Instant::now();
        for (class, header, general, purchases) in [
            (Class::General, "200", 160.0, 4.0),
            (Class::General, "10", 8.0, 4.0),
            (Class::General, "2", 1.6, 1.6),
            (Class::General, "1", 1.0, 1.0),
            (Class::General, "50, 50;w=1", 40.0, 4.0),
            (Class::Purchase, "5", 8.0, 4.0),
            (Class::Purchase, "2", 8.0, 1.6),
            (Class::Purchase, "100", 8.0, 80.0),
            (Class::General, "0", 8.0, 4.0),
            (Class::General, "-5", 8.0, 4.0),
            (Class::General, "lots", 8.0, 4.0),
            (Class::General, "1e99", 8.0, 4.0),
            (Class::General, "NaN", 8.0, 4.0),
        ] {
            let mut buckets = Buckets::new(now);
            buckets.state(class, header, now);
            assert_eq!(
                (buckets.general.rate, buckets.purchases.rate),
                (general, purchases),
                "{class:?} {header}"
            );
        }
    }

    #[test]
    fn a_long_pause_is_said_and_not_sat_out() {
        let limiter = Limiter::new();
        limiter.pause(Class::Purchase, SECOND * 60);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let error = runtime.block_on(limiter.turn(Class::Purchase)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::RateLimited);
        assert!(error.retry_after.unwrap() > PATIENCE);
        runtime.block_on(limiter.turn(Class::General)).unwrap();
    }
}
