//! Which registrars have refused credentials, kept between runs: a check every few minutes must not get
//! anybody banned. Places and times, and nothing of an account.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::sip::{Hold, Keep, Lockout, Rejection};
use crate::text::is_clean;

/// A longer file is begun anew: what counts is at its end, and is kept.
const LONGEST: u64 = 64 * 1024;
/// At the end of a line: no password was rejected.
const STALE: &str = " stale";
/// Registrars share so many locks, so that these do not become more and more files.
const LOCKS: u64 = 64;

/// A file with a line a rejection, and a lock for who asks at a registrar. What cannot be kept keeps
/// nobody from checking.
pub struct LockoutStore {
    file: PathBuf,
}

impl LockoutStore {
    /// What other runs were refused, in `file`, and where this one enters more.
    pub fn guard(file: PathBuf, now: Timestamp) -> Arc<Lockout> {
        let kept = Self { file };
        kept.shorten(now);
        Arc::new(Lockout::new(Box::new(kept)))
    }

    fn shorten(&self, now: Timestamp) {
        let is_long = fs::metadata(&self.file).is_ok_and(|meta| meta.len() > LONGEST);
        if is_long {
            let young = self.known().into_iter().filter(|one| Lockout::counts(one.at, now));
            let lines: String = young.map(|one| line(&one)).collect();
            fs::write(&self.file, lines).ok();
        }
    }

    fn lock(&self, registrar: &str) -> io::Result<File> {
        let mut hasher = DefaultHasher::new();
        registrar.hash(&mut hasher);
        let directory = self.file.with_extension("locks");
        DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        let file = directory.join(format!("{:02x}", hasher.finish() % LOCKS));
        OpenOptions::new().append(true).create(true).mode(0o600).open(file)
    }
}

impl Keep for LockoutStore {
    fn hold(&self, registrar: &str) -> oneshot::Receiver<Hold> {
        let (held, hold) = oneshot::channel::<Hold>();
        if let Ok(file) = self.lock(registrar) {
            // A thread of its own waits for the lock. Where nobody waits for it any more it gives the
            // lock back as soon as it has it.
            std::thread::spawn(move || {
                file.lock().ok();
                held.send(Box::new(file)).ok();
            });
        }
        hold
    }

    fn known(&self) -> Vec<Rejection> {
        // A line that somebody damaged must not make all others be forgotten.
        let bytes = fs::read(&self.file).unwrap_or_default();
        String::from_utf8_lossy(&bytes).lines().filter_map(read).collect()
    }

    fn enter(&self, rejection: &Rejection) {
        append(&self.file, &line(rejection)).ok();
    }
}

fn line(rejection: &Rejection) -> String {
    let stale = if rejection.is_stale { STALE } else { "" };
    format!("{} {}{stale}\n", rejection.at, rejection.registrar)
}

fn read(line: &str) -> Option<Rejection> {
    let (at, registrar) = line.split_once(' ')?;
    let (registrar, is_stale) =
        registrar.strip_suffix(STALE).map_or((registrar, false), |registrar| (registrar, true));
    let is_place = !registrar.is_empty() && !registrar.contains(' ') && is_clean(registrar);
    is_place
        .then(|| Some(Rejection { registrar: registrar.to_owned(), at: at.parse().ok()?, is_stale }))
        .flatten()
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
            for is_stale in [false, true] {
                let rejection = Rejection { registrar: place.to_owned(), at, is_stale };
                assert_eq!(read(line(&rejection).trim_end()), Some(rejection));
            }
        }
        for nonsense in ["", "x", "2026-01-01T10:00:00Z", "yesterday sip.example.net"] {
            assert_eq!(read(nonsense), None);
        }
    }

    #[test]
    fn a_damaged_line_makes_no_other_be_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let kept = LockoutStore { file: directory.path().join("rejections") };
        let one = |at: &str| {
            let registrar = "sip.example.net:5061".to_owned();
            Rejection { registrar, at: at.parse().unwrap(), is_stale: false }
        };
        let (first, last) = (one("2026-01-01T10:00:00Z"), one("2026-01-01T10:05:00Z"));
        kept.enter(&first);
        OpenOptions::new().append(true).open(&kept.file).unwrap().write_all(b"\xff\xfe\n").unwrap();
        kept.enter(&last);
        assert_eq!(kept.known(), [first, last]);
    }
}
