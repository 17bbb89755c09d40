//! Values of the file: where paths lead, and times as people write them.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The name of the file in its directory.
pub const FILE: &str = "config.toml";

/// `NUMDECK_CONFIG_DIR`, else the place that the XDG base directory specification names:
/// `numdeck` below `XDG_CONFIG_HOME` (which has to be absolute) or `~/.config`. `get` reads a
/// variable; an empty one counts as not set. `None` where nothing says where home is.
pub fn directory(get: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("NUMDECK_CONFIG_DIR")
        .or_else(|| set("XDG_CONFIG_HOME").filter(|path| path.is_absolute()).map(|path| path.join("numdeck")))
        .or_else(|| set("HOME").map(|home| home.join(".config/numdeck")))
}

/// A path as the file says it: `~/` is home, and what is relative is beside the file.
pub(super) fn resolve(text: &str, file: &Path, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => file.parent().unwrap_or(Path::new("")).join(text),
    }
}

/// What is no time that can be waited for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTime {
    /// It does not begin with a number.
    #[error("'{0}' is no time: try 500ms, 3s or 2m")]
    Number(String),
    /// Of what, it does not say.
    #[error("'{0}' needs a unit: 500ms, 3s or 2m")]
    Unit(String),
    /// Nothing, or more than an hour.
    #[error("a time is more than nothing and at most 60m")]
    Range,
}

/// `500ms`, `3s`, `2m`: more than nothing and at most an hour.
pub fn duration(text: &str) -> Result<Duration, NoTime> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let n: u64 = digits.parse().map_err(|_| NoTime::Number(text.to_owned()))?;
    let time = match unit {
        "ms" => Duration::from_millis(n),
        "s" => Duration::from_secs(n),
        "m" => Duration::from_secs(n.saturating_mul(60)),
        _ => return Err(NoTime::Unit(text.to_owned())),
    };
    if time.is_zero() || time > Duration::from_secs(3600) {
        return Err(NoTime::Range);
    }
    Ok(time)
}

/// The same, or nothing at all: how long something is waited for.
pub fn pause(text: &str) -> Result<Duration, NoTime> {
    if matches!(text, "0" | "0s" | "0ms" | "0m") { Ok(Duration::ZERO) } else { duration(text) }
}

/// How much of the past of the numbers is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepLimits {
    /// For so many days; `None` for the usual time.
    pub days: Option<u16>,
    /// And so many megabytes (of 1,048,576 bytes) at most; `None` for the usual size.
    pub megabytes: Option<u16>,
}

impl KeepLimits {
    /// What may be said.
    pub(super) const FORM: &str = "it is a time, a size or both: \"90d\", \"64MB\", \"30d 16MB\"";

    /// Reads `90d`, `64MB` or both; `None` for anything else, and for nothing at all.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut limits = Self { days: None, megabytes: None };
        for word in text.split_whitespace() {
            let (slot, digits) = match word.strip_suffix("MB") {
                Some(digits) => (&mut limits.megabytes, digits),
                None => (&mut limits.days, word.strip_suffix('d')?),
            };
            let count = digits.parse().ok().filter(|count| (1..=36_500).contains(count));
            *slot = Some(count.filter(|_| slot.is_none())?);
        }
        (limits.days.is_some() || limits.megabytes.is_some()).then_some(limits)
    }
}

/// As the file says it.
impl fmt::Display for KeepLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.days.map(|days| format!("{days}d"));
        let parts = days.into_iter().chain(self.megabytes.map(|size| format!("{size}MB")));
        f.write_str(&parts.collect::<Vec<String>>().join(" "))
    }
}

/// The text of a file of somebody's own, at most so many bytes of it.
///
/// # Errors
/// It cannot be read, is longer, or is a pipe, on which one would wait for ever.
pub fn text_of(path: &Path, largest: u64) -> io::Result<String> {
    if fs::metadata(path)?.file_type().is_fifo() {
        return Err(io::Error::other("it is a pipe and no file"));
    }
    let mut text = String::new();
    File::open(path)?.take(largest + 1).read_to_string(&mut text)?;
    if text.len() as u64 > largest {
        return Err(io::Error::other("it is far too long for such a file"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_where_the_nearest_variable_says() {
        let all = [("NUMDECK_CONFIG_DIR", "/n"), ("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")];
        let found = |vars: &[(&str, &str)]| {
            directory(|name| vars.iter().find(|(one, _)| *one == name).map(|(_, value)| value.into()))
        };
        for (vars, place) in [
            (&all[..], Some("/n")),
            (&all[1..], Some("/x/numdeck")),
            (&all[2..], Some("/h/.config/numdeck")),
            (&[("NUMDECK_CONFIG_DIR", ""), ("HOME", "/h")][..], Some("/h/.config/numdeck")),
            (&[("XDG_CONFIG_HOME", "relative"), ("HOME", "/h")], Some("/h/.config/numdeck")),
            (&[], None),
        ] {
            assert_eq!(found(vars), place.map(PathBuf::from), "{vars:?}");
        }
    }

    #[test]
    fn what_is_kept_is_a_time_a_size_or_both() {
        for text in ["90d", "64MB", "30d 16MB"] {
            assert_eq!(KeepLimits::parse(text).unwrap().to_string(), text);
        }
        for wrong in ["", "90", "0d", "90d 30d", "64", "64 MB", "-1d", "1.5d", "70000d", "d", "for ever"] {
            assert_eq!(KeepLimits::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_file_is_read_to_its_end_and_a_pipe_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let (file, pipe) = (directory.path().join("a"), directory.path().join("pipe"));
        fs::write(&file, "four").unwrap();
        assert_eq!(text_of(&file, 4).unwrap(), "four");
        assert!(text_of(&file, 3).unwrap_err().to_string().contains("too long"));
        assert_eq!(text_of(&directory.path().join("b"), 9).unwrap_err().kind(), io::ErrorKind::NotFound);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
            .unwrap();
        assert!(text_of(&pipe, 9).unwrap_err().to_string().contains("pipe"));
    }

    #[test]
    fn a_path_is_absolute_at_home_or_beside_the_file() {
        let resolve = |text| resolve(text, Path::new("/c/config.toml"), Some(Path::new("/h")));
        for (text, place) in [("/k", "/k"), ("~/k", "/h/k"), ("k", "/c/k"), ("keys/k", "/c/keys/k")] {
            assert_eq!(resolve(text), Path::new(place), "{text}");
        }
    }

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
