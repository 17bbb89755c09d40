//! Which registrars have refused credentials, kept between runs: a check every few minutes must not get
//! anybody banned. Places and times, and nothing of an account.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::state;
use crate::check::Guard;
use crate::phone::is_clean;

/// A longer file is begun anew: what counts is at its end, and is kept.
const LONGEST: usize = 64 * 1024;

/// What earlier runs were refused, and where this one enters more. Where there is no place to keep
/// anything it counts for itself.
pub(super) fn guard() -> Arc<Guard> {
    state::rejections().map_or_else(Arc::default, |file| Arc::new(kept(file, Timestamp::now())))
}

fn kept(file: PathBuf, now: Timestamp) -> Guard {
    let text = fs::read_to_string(&file).unwrap_or_default();
    let known: Vec<(String, Timestamp)> =
        text.lines().filter_map(read).filter(|(_, at)| Guard::counts(*at, now)).collect();
    if text.len() > LONGEST {
        let lines: String = known.iter().map(|(registrar, at)| line(registrar, *at)).collect();
        fs::write(&file, lines).ok();
    }
    // What cannot be kept keeps nobody from checking.
    let keep = move |registrar: &str, at: Timestamp| drop(append(&file, &line(registrar, at)));
    Guard::new(known, Box::new(keep))
}

fn line(registrar: &str, at: Timestamp) -> String {
    format!("{at} {registrar}\n")
}

fn read(line: &str) -> Option<(String, Timestamp)> {
    let (at, registrar) = line.split_once(' ')?;
    let is_place = !registrar.is_empty() && !registrar.contains(' ') && is_clean(registrar);
    is_place.then(|| Some((registrar.to_owned(), at.parse().ok()?))).flatten()
}

fn append(file: &Path, line: &str) -> io::Result<()> {
    if let Some(directory) = file.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
    file.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written_and_nonsense_is_passed_over() {
        let at: Timestamp = "2026-01-01T10:00:00Z".parse().unwrap();
        for place in ["sip.example.net", "192.0.2.1:5060", "[2001:db8::1]:5061"] {
            assert_eq!(read(line(place, at).trim_end()), Some((place.to_owned(), at)));
        }
        for nonsense in ["", "x", "2026-01-01T10:00:00Z", "yesterday sip.example.net"] {
            assert_eq!(read(nonsense), None);
        }
    }
}
