//! How many requests were made today, by all processes of this machine for one server, organization
//! and mode. A plan that allows a thousand a day is used up by whoever does not count.
//!
//! A file of lines `2026-03-03 17`, days in UTC, one line for each time that somebody counted. Days
//! that are over are dropped. A process that is killed takes at most what it had not entered with it.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The count of a day.
#[derive(Debug, Clone)]
pub struct DailyCount {
    file: PathBuf,
}

impl DailyCount {
    /// So many requests the free plan is said to allow in a day.
    pub const FREE_PLAN: u64 = 1_000;

    /// A count that is kept in `file`. Nothing is created before something is counted.
    pub fn new(file: PathBuf) -> Self {
        Self { file }
    }

    /// Adds `requests` to the day of `now`, and returns how many that day has seen.
    ///
    /// # Errors
    /// The file can not be read or written; nothing depends on it but what people are told.
    pub fn add(&self, now: Timestamp, requests: u64) -> io::Result<u64> {
        let today = now.to_zoned_datetime(TimeZone::UTC).strftime("%Y-%m-%d").to_string();
        if requests == 0 && !self.file.exists() {
            return Ok(0);
        }
        if let Some(directory) = self.file.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&self.file)?;
        file.lock()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let counts: Vec<u64> = text
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter(|(day, _)| *day == today)
            .filter_map(|(_, count)| count.parse().ok())
            .collect();
        if counts.is_empty() && !text.is_empty() {
            file.set_len(0)?;
        }
        if requests > 0 {
            file.write_all(format!("{today} {requests}\n").as_bytes())?;
        }
        Ok(counts.iter().fold(requests, |sum, count| sum.saturating_add(*count)))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_day_counts_what_every_process_enters_and_forgets_the_day_before() {
        let directory = tempfile::tempdir().unwrap();
        let count = DailyCount::new(directory.path().join("requests/a"));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(count.add(at("2026-03-03T10:00:00Z"), 0).unwrap(), 0);
        assert!(!directory.path().join("requests").exists(), "nothing to count, nothing written");
        assert_eq!(count.add(at("2026-03-03T10:00:00Z"), 5).unwrap(), 5);
        let other = count.clone();
        assert_eq!(other.add(at("2026-03-03T23:59:59Z"), 7).unwrap(), 12);
        assert_eq!(count.add(at("2026-03-03T11:00:00Z"), 0).unwrap(), 12);
        assert_eq!(count.add(at("2026-03-04T00:00:00Z"), 2).unwrap(), 2);
        let kept = fs::read_to_string(directory.path().join("requests/a")).unwrap();
        assert_eq!(kept, "2026-03-04 2\n");
    }

    #[test]
    fn what_is_no_count_of_ours_counts_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a");
        fs::write(&file, "2026-03-03 4\n2026-03-03\nfoo\n2026-03-03 -1\n").unwrap();
        let count = DailyCount::new(file);
        assert_eq!(count.add("2026-03-03T10:00:00Z".parse().unwrap(), 1).unwrap(), 5);
    }
}
