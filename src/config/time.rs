//! Times as people write them.

use std::time::Duration;

/// `500ms`, `3s`, `2m`: more than nothing and at most an hour. The error says in words what is
/// wrong.
pub fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let n: u64 = digits.parse().map_err(|_| format!("'{text}' is no time: try 500ms, 3s or 2m"))?;
    let time = match unit {
        "ms" => Duration::from_millis(n),
        "s" => Duration::from_secs(n),
        "m" => Duration::from_secs(n.saturating_mul(60)),
        _ => return Err(format!("'{text}' needs a unit: 500ms, 3s or 2m")),
    };
    if time.is_zero() || time > Duration::from_secs(3600) {
        return Err("a time is more than nothing and at most 60m".to_owned());
    }
    Ok(time)
}

/// The same, or nothing at all: how long something is waited for.
pub fn pause(text: &str) -> Result<Duration, String> {
    if matches!(text, "0" | "0s" | "0ms" | "0m") { Ok(Duration::ZERO) } else { duration(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_need_a_unit_and_a_value() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "5", "s", "0s", "1h", "-1s", "1.5s", "99999999999999999999s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert_eq!((pause("0s"), pause("3s")), (Ok(Duration::ZERO), Ok(Duration::from_secs(3))));
        assert!(pause("-1s").is_err() && pause("never").is_err());
    }
}
