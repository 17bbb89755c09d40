//! Which registrars have refused credentials, kept between runs: a check every few minutes must not get
//! anybody banned. Places and times, and nothing of an account.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::sip::{Hold, Keep, Lockout, Rejection};
use crate::text::is_clean;

/// A longer file is begun anew: what counts is at its end, and is kept.
const LONGEST: u64 = 64 * 1024;
/// Registrars share so many locks, so that these do not become more and more files.
const LOCKS: u64 = 64;

/// Who waits for a lock, by its file.
type Waiting = Mutex<HashMap<PathBuf, VecDeque<oneshot::Sender<Hold>>>>;

/// A file with a line a rejection, and a lock for who asks at a registrar. What cannot be kept keeps
/// nobody from checking.
pub struct LockoutStore {
    file: PathBuf,
    waiting: Arc<Waiting>,
}

impl LockoutStore {
    /// What other runs were refused, in `file`, and where this one enters more.
    pub fn open(file: PathBuf, now: Timestamp) -> Arc<Lockout> {
        let kept = Self { file, waiting: Arc::default() };
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

    /// The file whose lock is for a registrar.
    fn lock(&self, registrar: &str) -> io::Result<PathBuf> {
        let mut hasher = DefaultHasher::new();
        registrar.hash(&mut hasher);
        let directory = self.file.with_extension("locks");
        DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        Ok(directory.join(format!("{:02x}", hasher.finish() % LOCKS)))
    }
}

impl Keep for LockoutStore {
    fn hold(&self, registrar: &str) -> oneshot::Receiver<Hold> {
        let (held, hold) = oneshot::channel::<Hold>();
        if let Ok(lock) = self.lock(registrar) {
            let mut queues = queues(&self.waiting);
            let queue = queues.entry(lock.clone()).or_default();
            queue.push_back(held);
            // One thread a lock, however many wait for it: those who gave up leave none behind.
            if queue.len() == 1 {
                let waiting = Arc::clone(&self.waiting);
                std::thread::spawn(move || while serve(&waiting, &lock) {});
            }
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

fn queues(waiting: &Waiting) -> MutexGuard<'_, HashMap<PathBuf, VecDeque<oneshot::Sender<Hold>>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a lock, and hands it to the first who still waits for it. Returns whether others do.
fn serve(waiting: &Waiting, lock: &Path) -> bool {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(lock);
    let held = file.and_then(|file: File| file.lock().map(|()| file));
    let mut queues = queues(waiting);
    let Some(queue) = queues.get_mut(lock) else { return false };
    match held {
        Ok(file) => {
            let mut hold: Hold = Box::new(file);
            while let Some(next) = queue.pop_front() {
                match next.send(hold) {
                    Ok(()) => break,
                    Err(unwanted) => hold = unwanted,
                }
            }
        }
        // Whoever waits is let go.
        Err(_) => queue.clear(),
    }
    queue.retain(|next| !next.is_closed());
    if queue.is_empty() {
        queues.remove(lock);
        return false;
    }
    true
}

fn line(rejection: &Rejection) -> String {
    format!("{} {}\n", rejection.at, rejection.registrar)
}

fn read(line: &str) -> Option<Rejection> {
    let (at, registrar) = line.split_once(' ')?;
    let is_place = !registrar.is_empty() && !registrar.contains(' ') && is_clean(registrar);
    is_place.then(|| Some(Rejection { registrar: registrar.to_owned(), at: at.parse().ok()? })).flatten()
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
            let rejection = Rejection { registrar: place.to_owned(), at };
            assert_eq!(read(line(&rejection).trim_end()), Some(rejection));
        }
        // One that only called a nonce stale, as 0.1.0 entered it, has rejected nothing.
        let stale = "2026-01-01T10:00:00Z sip.example.net stale";
        for nonsense in ["", "x", "2026-01-01T10:00:00Z", "yesterday sip.example.net", stale] {
            assert_eq!(read(nonsense), None);
        }
    }

    #[test]
    fn a_damaged_line_makes_no_other_be_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let kept = LockoutStore { file: directory.path().join("rejections"), waiting: Arc::default() };
        let one = |at: &str| {
            let registrar = "sip.example.net:5061".to_owned();
            Rejection { registrar, at: at.parse().unwrap() }
        };
        let (first, last) = (one("2026-01-01T10:00:00Z"), one("2026-01-01T10:05:00Z"));
        kept.enter(&first);
        OpenOptions::new().append(true).open(&kept.file).unwrap().write_all(b"\xff\xfe\n").unwrap();
        kept.enter(&last);
        assert_eq!(kept.known(), [first, last]);
    }

    #[tokio::test]
    async fn who_waits_for_a_registrar_has_its_turn_and_who_gave_up_is_passed_over() {
        let directory = tempfile::tempdir().unwrap();
        let kept = LockoutStore { file: directory.path().join("rejections"), waiting: Arc::default() };
        let first = kept.hold("a").await.unwrap();
        let gone: Vec<_> = (0..100).map(|_| kept.hold("a")).collect();
        let (mut second, third) = (kept.hold("a"), kept.hold("a"));
        drop(gone);
        assert!(second.try_recv().is_err(), "somebody asks there");
        drop(first);
        let second = second.await.unwrap();
        assert_eq!(queues(&kept.waiting).values().map(VecDeque::len).sum::<usize>(), 1, "the third waits");
        drop(second);
        drop(third.await.unwrap());
        let other = LockoutStore { file: kept.file.clone(), waiting: Arc::default() };
        drop(other.hold("a").await.unwrap());
    }
}
