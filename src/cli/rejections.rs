//! Which registrars have refused credentials, kept between runs: a check every few minutes must not get
//! anybody banned. Hosts and times, and nothing of an account.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::state;
use crate::check::{Guard, Host};

/// A longer file is begun anew: what counts is at its end, and is kept.
const LONGEST: usize = 64 * 1024;

/// What earlier runs were refused, and where this one enters more. Where there is no place to keep
/// anything it counts for itself.
pub(super) fn guard() -> Arc<Guard> {
    state::rejections().map_or_else(Arc::default, |file| Arc::new(kept(file, Timestamp::now())))
}

fn kept(file: PathBuf, now: Timestamp) -> Guard {
    let text = fs::read_to_string(&file).unwrap_or_default();
    let known: Vec<(Host, Timestamp)> =
        text.lines().filter_map(read).filter(|(_, at)| Guard::counts(*at, now)).collect();
    if text.len() > LONGEST {
        let lines: String = known.iter().map(|(host, at)| line(host, *at)).collect();
        fs::write(&file, lines).ok();
    }
    // What cannot be kept keeps nobody from checking.
    let keep = move |host: &Host, at: Timestamp| drop(append(&file, &line(host, at)));
    Guard::new(known, Box::new(keep))
}

fn line(host: &Host, at: Timestamp) -> String {
    format!("{at} {host}\n")
}

fn read(line: &str) -> Option<(Host, Timestamp)> {
    let (at, host) = line.split_once(' ')?;
    Some((Host::parse(host).ok()?, at.parse().ok()?))
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
        for host in ["sip.example.net", "192.0.2.1", "2001:db8::1"] {
            let host = Host::parse(host).unwrap();
            assert_eq!(read(line(&host, at).trim_end()), Some((host, at)));
        }
        for nonsense in ["", "x", "2026-01-01T10:00:00Z", "yesterday sip.example.net"] {
            assert_eq!(read(nonsense), None);
        }
    }
}
