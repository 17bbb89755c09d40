//! Short texts for people: times, counts, how much of something is done, words for a shell.

use std::borrow::Cow;

use jiff::{Timestamp, tz::TimeZone};

/// `14:02`.
pub fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%H:%M").to_string()
}

/// `14:02:07`.
pub fn seconds(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// `3 Mar 2026`.
pub fn date(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%-d %b %Y").to_string()
}

/// `3 Mar 14:02`.
pub fn stamp(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%-d %b %H:%M").to_string()
}

/// `2026-03-03 14:02`.
pub fn full(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `just now`, `5 min ago`, `3 h ago`, `2 days ago`. A clock that was set back makes it just now.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(at).as_mins();
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..2880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// `[#####     ] 5 of 10`, at most `width` columns wide.
pub fn bar(width: u16, done: usize, all: usize) -> String {
    let cells = usize::from(width.saturating_sub(24)).min(40);
    let full = cells * done.min(all) / all.max(1);
    format!("[{}{}] {done} of {all}", "#".repeat(full), " ".repeat(cells - full))
}

/// The line of a byte of a text, from 1 on.
pub fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

/// A text in the quotes of a POSIX shell, in which it has no other meaning.
pub fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A text as one word of a POSIX shell: in quotes where it needs them.
pub fn shell_word(text: &str) -> Cow<'_, str> {
    let is_plain = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "+-_.,:/@%".contains(c));
    if is_plain { Cow::Borrowed(text) } else { Cow::Owned(shell_quoted(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_given_in_one_unit() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        for (age, said) in [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 min ago"),
            (3600, "1 h ago"),
            (172_799, "47 h ago"),
            (172_800, "2 days ago"),
        ] {
            assert_eq!(ago(at(1_000_000), at(1_000_000 + age)), said);
        }
    }
}
