//! Times as people write them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

/// A text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no time: try 2h, 3d, 2026-03-03, 2026-03-03T14:02 or 2026-03-03T10:00:00Z")]
pub struct NoMoment(String);

/// A time as people write it: `2h` and `3d` ago, a date, or an RFC 3339 time.
///
/// # Errors
/// It is none of these.
pub fn when(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, NoMoment> {
    let local = |at: DateTime| at.to_zoned_datetime(zone.clone()).ok().map(|at| at.timestamp());
    let found = ago(text)
        .and_then(|ago| now.checked_sub(ago).ok())
        .or_else(|| text.parse::<Timestamp>().ok())
        .or_else(|| text.parse::<ZonedDateTime>().ok().map(|at| at.timestamp()))
        // A zone that is not understood is not passed over.
        .or_else(|| local(text.parse().ok().filter(|_| !text.contains('['))?));
    found.ok_or_else(|| NoMoment(text.to_owned()))
}

fn ago(text: &str) -> Option<SignedDuration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    let is_count = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let count: i64 = digits.parse().ok().filter(|_| is_count)?;
    Some(SignedDuration::from_secs(count.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_so_long_ago_or_a_date_or_rfc_3339() {
        let now: Timestamp = "2026-03-03T10:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        for (text, wanted) in [
            ("2h", "2026-03-03T08:00:00Z"),
            ("3d", "2026-02-28T10:00:00Z"),
            ("90m", "2026-03-03T08:30:00Z"),
            ("2026-03-01", "2026-02-28T22:00:00Z"),
            ("2026-03-01 14:02", "2026-03-01T12:02:00Z"),
            ("2026-03-01T14:02:00Z", "2026-03-01T14:02:00Z"),
            ("2026-03-01T14:02:00+01:00", "2026-03-01T13:02:00Z"),
            ("2026-03-01T14:02[Asia/Tokyo]", "2026-03-01T05:02:00Z"),
        ] {
            assert_eq!(when(text, now, &zone), Ok(wanted.parse().unwrap()), "{text}");
        }
        for wrong in [
            "",
            "2",
            "h",
            "-2h",
            "+2h",
            "yesterday",
            "2026-13-01",
            "2026-03-01T14:02[No/Where]",
            "99999999999999d",
            "é",
        ] {
            assert!(when(wrong, now, &zone).is_err(), "{wrong}");
        }
    }
}
