//! When a read is asked again, and how long a server wants us to wait. Pure: clock and chance are
//! parameters.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::{Error, ErrorKind};

/// Longest wait that is sat out. Who needs longer is told, and decides.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// First step of the exponential wait, and the jitter on top of a stated one.
const STEP: Duration = Duration::from_millis(250);

/// What a 429 means that does not say how long to wait; it doubles.
pub(super) const SILENT: Duration = Duration::from_secs(1);

/// A stated wait beyond this is taken for a mistake.
const ABSURD: Duration = Duration::from_secs(366 * 24 * 3600);

/// How long to wait before a read is asked again, `None` when it is not. `done` counts the retries
/// made so far, `chance` is in 0..1.
///
/// At most two retries, for transient failures only. A timeout has already cost a whole timeout,
/// and a refused connection is instant and usually final: one retry each, which together with the
/// timeout of each request bounds the whole call.
pub(super) fn wait(error: &Error, done: u32, chance: f64) -> Option<Duration> {
    let most = match error.kind {
        _ if !error.is_transient() => 0,
        ErrorKind::Timeout | ErrorKind::Connect => 1,
        _ => 2,
    };
    if done >= most {
        return None;
    }
    let chance = chance.clamp(0.0, 1.0);
    match error.retry_after {
        Some(asked) if asked > PATIENCE => None,
        // Never earlier than asked; a little later, so that parallel reads do not return at once.
        Some(asked) => Some(asked + STEP.mul_f64(chance)),
        // Too many, and no word of how long: asking at once again would only be more of them.
        None if error.kind == ErrorKind::RateLimited => Some(SILENT * 2u32.pow(done) + STEP.mul_f64(chance)),
        None => Some((STEP * 2u32.pow(done)).mul_f64(chance)),
    }
}

/// What an answer says about waiting, most trustworthy first.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Hints<'a> {
    /// Header `Retry-After`: seconds, also fractional, or an HTTP date.
    pub(super) header: Option<&'a str>,
    /// `retry_after` of the body, in seconds.
    pub(super) body: Option<f64>,
    /// Header `X-RateLimit-Reset` or `RateLimit-Reset`: seconds from now, Unix seconds or milliseconds,
    /// or a date.
    pub(super) reset: Option<&'a str>,
}

impl Hints<'_> {
    /// How long the server asks to wait, from `now` on, which is what its clock shows.
    pub(super) fn wait(self, now: Timestamp) -> Option<Duration> {
        self.header
            .and_then(|text| after(text, now))
            .or_else(|| self.body.and_then(seconds))
            .or_else(|| self.reset.and_then(|text| until(text, now)))
    }
}

/// `Retry-After` (RFC 9110, 10.2.3), with fractions of seconds as this service sends them.
fn after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return seconds(number);
    }
    let date = http_date(text)?;
    // A date in the past means now.
    believable(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// A date as HTTP writes it.
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

fn seconds(number: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(number).ok().and_then(believable)
}

/// When a limit is over. A time in the past says nothing, and neither does one that is far ahead.
fn until(text: &str, now: Timestamp) -> Option<Duration> {
    /// No wait is that long, and no clock that old.
    const EPOCH: f64 = 1e8;
    /// Seconds are not that many for thousands of years.
    const MILLIS: f64 = 1e11;
    let text = text.trim();
    // Seconds may have their unit, and the policy they belong to, behind them.
    let first = text.split([',', ';']).next().unwrap_or_default().trim().trim_end_matches('s');
    let wait = match first.parse::<f64>() {
        Ok(number) if number <= 0.0 => return None,
        Ok(number) if number < EPOCH => Duration::try_from_secs_f64(number).ok()?,
        Ok(number) => {
            let at = if number < MILLIS { number } else { number / 1000.0 };
            Duration::try_from_secs_f64(at - now.as_duration().as_secs_f64()).ok()?
        }
        Err(_) => {
            let at = text.parse::<Timestamp>().ok().or_else(|| http_date(text))?;
            Duration::try_from(at.duration_since(now)).ok()?
        }
    };
    (wait <= Duration::from_secs(24 * 3600)).then_some(wait)
}

fn believable(wait: Duration) -> Option<Duration> {
    (wait <= ABSURD).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: ErrorKind, retry_after: Option<u64>) -> Error {
        Error { retry_after: retry_after.map(Duration::from_millis), ..Error::new(kind, "") }
    }

    #[test]
    fn only_what_passes_is_tried_again_and_at_most_twice() {
        for (kind, retries) in [
            (ErrorKind::Server, 2),
            (ErrorKind::Broken, 2),
            (ErrorKind::RateLimited, 2),
            (ErrorKind::Timeout, 1),
            (ErrorKind::Connect, 1),
            (ErrorKind::Unauthorized, 0),
            (ErrorKind::NotFound, 0),
            (ErrorKind::Rejected, 0),
            (ErrorKind::Redirect, 0),
            (ErrorKind::Undecodable, 0),
            (ErrorKind::Setup, 0),
        ] {
            let made = (0..9).take_while(|done| wait(&failed(kind, None), *done, 0.5).is_some()).count();
            assert_eq!(made, retries, "{kind:?}");
        }
    }

    #[test]
    fn a_429_without_a_word_waits_a_second_and_then_two() {
        let error = failed(ErrorKind::RateLimited, None);
        assert_eq!(wait(&error, 0, 0.0), Some(Duration::from_secs(1)));
        assert_eq!(wait(&error, 1, 1.0), Some(Duration::from_millis(2250)));
        assert_eq!(wait(&error, 2, 0.0), None);
    }

    #[test]
    fn waits_double_with_full_jitter() {
        let error = failed(ErrorKind::Server, None);
        for (done, chance, millis) in [(0, 0.0, 0), (0, 1.0, 250), (1, 1.0, 500), (1, 0.5, 250)] {
            assert_eq!(wait(&error, done, chance), Some(Duration::from_millis(millis)));
        }
    }

    #[test]
    fn a_stated_wait_is_kept_but_not_beyond_ten_seconds() {
        let error = |millis| failed(ErrorKind::RateLimited, Some(millis));
        assert_eq!(wait(&error(1500), 0, 0.0), Some(Duration::from_millis(1500)));
        assert_eq!(wait(&error(1500), 1, 1.0), Some(Duration::from_millis(1750)));
        assert_eq!(wait(&error(10_000), 0, 0.0), Some(Duration::from_secs(10)));
        assert_eq!(wait(&error(10_001), 0, 0.0), None);
    }

    #[test]
    fn every_way_to_say_how_long_is_understood() {
        let now: Timestamp = "2026-03-03T10:00:00Z".parse().unwrap();
        let unix = now.as_second();
        let (soon, past, millis) =
            (format!("{}", unix + 7), format!("{}", unix - 7), format!("{}000", unix + 7));
        for (name, hints, wanted) in [
            ("whole seconds", Hints { header: Some("2"), ..Hints::default() }, Some(2000)),
            ("fractions", Hints { header: Some(" 1.5 "), ..Hints::default() }, Some(1500)),
            (
                "a date",
                Hints { header: Some("Tue, 03 Mar 2026 10:00:03 GMT"), ..Hints::default() },
                Some(3000),
            ),
            (
                "a date gone by",
                Hints { header: Some("Tue, 03 Mar 2026 09:00:00 GMT"), ..Hints::default() },
                Some(0),
            ),
            ("body", Hints { body: Some(0.25), ..Hints::default() }, Some(250)),
            ("reset", Hints { reset: Some(&soon), ..Hints::default() }, Some(7000)),
            (
                "header before body",
                Hints { header: Some("1"), body: Some(9.0), reset: Some(&soon) },
                Some(1000),
            ),
            (
                "body before reset",
                Hints { header: Some("soon"), body: Some(9.0), reset: Some(&soon) },
                Some(9000),
            ),
            ("negative", Hints { header: Some("-1"), ..Hints::default() }, None),
            ("not a number", Hints { header: Some("NaN"), body: Some(f64::INFINITY), reset: None }, None),
            ("enormous", Hints { header: Some("1e300"), ..Hints::default() }, None),
            ("reset gone by", Hints { reset: Some(&past), ..Hints::default() }, None),
            ("reset in milliseconds", Hints { reset: Some(&millis), ..Hints::default() }, Some(7000)),
            ("reset from now", Hints { reset: Some("2"), ..Hints::default() }, Some(2000)),
            ("reset with a fraction", Hints { reset: Some(" 0.5"), ..Hints::default() }, Some(500)),
            (
                "reset as a timestamp",
                Hints { reset: Some("2026-03-03T10:00:03Z"), ..Hints::default() },
                Some(3000),
            ),
            (
                "reset as a date",
                Hints { reset: Some("Tue, 03 Mar 2026 10:00:03 GMT"), ..Hints::default() },
                Some(3000),
            ),
            ("reset far ahead", Hints { reset: Some("99999999"), ..Hints::default() }, None),
            ("reset of nothing", Hints { reset: Some("0"), ..Hints::default() }, None),
            ("nothing", Hints::default(), None),
        ] {
            assert_eq!(hints.wait(now), wanted.map(Duration::from_millis), "{name}");
        }
    }
}
