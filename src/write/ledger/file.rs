//! The ledger on disk: an append-only file of lines, one file per server, organization and mode.
//!
//! An intent is on the disk, file and directory, before its request leaves; whatever happens to the
//! process after that, the next one finds it. Several processes may append at once: each line is
//! written under a lock, and a line that a crash tore is set apart from the next one.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use uuid::Uuid;

use super::format::{self, Author};
use super::reader::Transcript;
use super::{Begun, Damage, Entry, Ledger, LedgerError, NotOurs, not_in_doubt, ownership};
use crate::api::{Mode, RequestId};
use crate::phone::{NumberId, clean};
use crate::write::{Intent, Outcome, Uptime};

/// A ledger file. Nothing is created before the first entry, so that reading needs no right to
/// write.
#[derive(Debug)]
pub struct DiskLedger {
    directory: PathBuf,
    file: PathBuf,
    /// Names this process in its entries. Its lock lasts as long as the process, and tells others
    /// that the answers may still come.
    me: Author,
    alive: Option<File>,
    /// Entries of this process whose request is still awaited.
    awaited: HashSet<RequestId>,
    transcript: RefCell<Transcript>,
}

impl DiskLedger {
    /// The ledger of one server, organization and mode in a state directory; `who` is the user of
    /// this machine, as entries name them.
    pub fn new(state: &Path, base_url: &str, organization: Option<&str>, mode: Mode, who: &str) -> Self {
        let mode = match mode {
            Mode::Live => "live",
            Mode::Test => "test",
        };
        let scope = format!("{mode}_{}_{}", base_url, organization.unwrap_or("default"));
        let directory = state.join("ledger");
        let file = directory.join(format!("{}.jsonl", file_name(&scope)));
        let by = Uuid::new_v4().to_string();
        let me = Author { by, who: clean(who, 100), organization: organization.map(str::to_owned) };
        Self { directory, file, me, alive: None, awaited: HashSet::new(), transcript: RefCell::default() }
    }

    /// Where the lines are.
    pub fn path(&self) -> &Path {
        &self.file
    }

    fn read(&self) -> Result<Vec<Entry>, LedgerError> {
        let entries = self.look(|ledger, file| ledger.with_entries(file, <[Entry]>::to_vec));
        entries.map(Option::unwrap_or_default)
    }

    /// Looks at the file, as it is now; `None` where there is none.
    fn look<T>(&self, ask: impl FnOnce(&Self, &mut File) -> io::Result<T>) -> Result<Option<T>, LedgerError> {
        let asked = self.check().and_then(|()| {
            let mut file = ownership::open(&self.file, OpenOptions::new().read(true))?;
            ask(self, &mut file)
        });
        match asked {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("read", &error)),
        }
    }

    /// `Ok` where nobody else can have put something in the way of the file.
    fn check(&self) -> io::Result<()> {
        let state = self.directory.parent();
        state.into_iter().chain([self.directory.as_path()]).try_for_each(ownership::directory)?;
        Ok(())
    }

    fn damage_of(&self, file: &mut File) -> io::Result<Damage> {
        let mut transcript = self.transcript.borrow_mut();
        transcript.catch_up(file)?;
        Ok(Damage { file: self.file.clone(), lines: transcript.damage().to_vec() })
    }

    /// Asks the entries of the file, as it is now.
    fn with_entries<T>(&self, file: &mut File, ask: impl FnOnce(&[Entry]) -> T) -> io::Result<T> {
        let mut transcript = self.transcript.borrow_mut();
        transcript.catch_up(file)?;
        // A run of many made many entries; its process is asked after once.
        let known = RefCell::new(HashMap::new());
        let is_awaited = |request: RequestId, by: &str| {
            if by == self.me.by {
                return self.awaited.contains(&request);
            }
            *known.borrow_mut().entry(by.to_owned()).or_insert_with_key(|by| self.is_alive(by))
        };
        Ok(ask(transcript.entries(is_awaited)))
    }

    /// Whether the process that made an entry still runs.
    fn is_alive(&self, by: &str) -> bool {
        let lock = self.lock_of(by);
        let file = match ownership::open(&lock, OpenOptions::new().read(true)) {
            Ok(file) => file,
            // Where it cannot be told, the answer may still come.
            Err(error) => return error.kind() != io::ErrorKind::NotFound,
        };
        match file.try_lock_shared() {
            Ok(()) => {
                // It was killed. Its lock is of no use to anybody; where it cannot be removed it stays.
                fs::remove_file(lock).ok();
                false
            }
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
        }
    }

    fn lock_of(&self, by: &str) -> PathBuf {
        self.directory.join(format!("{}.alive", file_name(by)))
    }

    /// Makes the directory, and has each new part of its path on the disk: after a power failure a
    /// file in a directory that is not there is lost with it.
    fn make_directory(&self) -> io::Result<()> {
        let missing: Vec<&Path> = self.directory.ancestors().take_while(|path| !path.exists()).collect();
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        for path in missing {
            if let Some(parent) = path.parent() {
                let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
                File::open(parent)?.sync_all()?;
            }
        }
        Ok(())
    }

    /// Appends a line, unless `hindered` finds a reason against it in what is there. Nobody else
    /// writes in between.
    fn append<T>(
        &mut self,
        line: &str,
        hindered: impl FnOnce(&Self, &mut File) -> io::Result<Option<T>>,
    ) -> io::Result<Option<T>> {
        self.check()?;
        self.make_directory()?;
        if self.alive.is_none() {
            let lock = private().write(true).create(true).truncate(false).open(self.lock_of(&self.me.by))?;
            lock.lock()?;
            self.alive = Some(lock);
        }
        let mut file = ownership::open(&self.file, private().read(true).append(true).create(true))?;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.lock()?;
        if let Some(reason) = hindered(self, &mut file)? {
            return Ok(Some(reason));
        }
        let length = file.metadata()?.len();
        let mut text = String::new();
        if length > 0 {
            let mut last = [0];
            file.seek(SeekFrom::Start(length - 1))?;
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                text.push('\n');
            }
        }
        text.push_str(line);
        if let Err(error) = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()) {
            // Half a line says nothing and takes room; what cannot be taken back is set apart by
            // the next one.
            file.set_len(length).ok();
            return Err(error);
        }
        if length == 0 {
            // Whoever made the file may have been killed before its name was on the disk.
            File::open(&self.directory)?.sync_all()?;
        }
        Ok(None)
    }

    /// Appends a line that nothing hinders.
    fn add(&mut self, line: &str) -> Result<(), LedgerError> {
        let free = |_: &Self, _: &mut File| Ok(None::<()>);
        self.append(line, free).map(drop).map_err(|error| self.failed("write", &error))
    }

    fn failed(&self, what: &str, error: &io::Error) -> LedgerError {
        // What is there instead of a ledger is named with its path.
        if let Some(refused) = error.get_ref().and_then(|inner| inner.downcast_ref::<NotOurs>()) {
            return LedgerError(format!("cannot {what} the ledger: {refused}"));
        }
        LedgerError(format!("cannot {what} {}: {error}", self.file.display()))
    }
}

impl Ledger for DiskLedger {
    fn begin(
        &mut self,
        at: Timestamp,
        request: RequestId,
        intent: &Intent,
        settled: &[RequestId],
    ) -> Result<Begun, LedgerError> {
        let line = format::begun(&request.to_string(), at, &Uptime::now(), &self.me, intent);
        let hindered = |ledger: &Self, file: &mut File| {
            let damage = ledger.damage_of(file)?;
            if !damage.is_empty() {
                return Ok(Some(Begun::Damaged(damage)));
            }
            ledger.with_entries(file, |entries| Begun::hindered(entries, intent, settled))
        };
        let earlier = self.append(&line, hindered).map_err(|error| self.failed("write", &error))?;
        if earlier.is_none() {
            self.awaited.insert(request);
        }
        Ok(earlier.unwrap_or(Begun::Entered))
    }

    fn named(&mut self, request: RequestId, at: Timestamp, number: &NumberId) -> Result<(), LedgerError> {
        self.add(&format::named(&request.to_string(), at, number))
    }

    fn end(
        &mut self,
        request: RequestId,
        at: Timestamp,
        intent: &Intent,
        outcome: &Outcome,
    ) -> Result<(), LedgerError> {
        self.awaited.remove(&request);
        let entered = self.add(&format::ended(&request.to_string(), at, intent, outcome));
        if entered.is_err() {
            // Its answer came, and nobody was told: others must not wait for this process any more. The
            // next write is made under another name.
            self.stand_down();
            self.me.by = Uuid::new_v4().to_string();
        }
        entered
    }

    fn settle(
        &mut self,
        request: RequestId,
        at: Timestamp,
        intent: &Intent,
        outcome: &Outcome,
    ) -> Result<Option<Box<Entry>>, LedgerError> {
        let line = format::ended(&request.to_string(), at, intent, outcome);
        let hindered = |ledger: &Self, file: &mut File| {
            ledger.with_entries(file, |entries| not_in_doubt(entries, request))
        };
        self.append(&line, hindered).map_err(|error| self.failed("write", &error))
    }

    fn entries(&self) -> Result<Vec<Entry>, LedgerError> {
        self.read()
    }

    fn damage(&self) -> Result<Damage, LedgerError> {
        let damage = self.look(Self::damage_of);
        damage.map(Option::unwrap_or_default)
    }

    fn forget_damage(&mut self, at: Timestamp) -> Result<(), LedgerError> {
        let lines = self.damage()?.lines.len();
        self.add(&format::forgotten(&RequestId::random().to_string(), at, lines))
    }

    fn organization(&self) -> Option<String> {
        self.me.organization.clone()
    }
}

impl DiskLedger {
    /// Nobody has to wait for this process any more.
    fn stand_down(&mut self) {
        if self.alive.take().is_some() {
            fs::remove_file(self.lock_of(&self.me.by)).ok();
        }
    }
}

impl Drop for DiskLedger {
    fn drop(&mut self) {
        self.stand_down();
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// A name without anything that a path could be made of. Different scopes have different names: what
/// cannot stand in a name is written as its code.
fn file_name(scope: &str) -> String {
    use std::fmt::Write as _;
    let mut name = String::new();
    for c in scope.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') {
            name.push(c);
        } else {
            write!(name, ".{:x}.", u32::from(c)).ok();
        }
    }
    if name.len() > 180 {
        // Too long for a file system; the end tells organizations apart.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        name = format!("{}_{hash:016x}", &name[..120]);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Error, ErrorKind};
    use crate::phone::{Number, NumberId, NumberText, Price};
    use crate::write::{OutcomeKind, PriceSource};

    fn ledger(state: &Path) -> DiskLedger {
        DiskLedger::new(state, "https://api.example/v1", Some("org-1"), Mode::Test, "ada")
    }

    fn intent(digits: &str) -> Intent {
        let row =
            Number::new(NumberId::new(&format!("inv-{digits}")), NumberText::parse(&format!("+{digits}")));
        Intent::buy(&row, Price::UNKNOWN, PriceSource::Row, None, None)
    }

    fn refused() -> Outcome {
        Outcome::Refused(Error::new(ErrorKind::Balance, "no money"))
    }

    #[test]
    fn what_is_entered_is_found_by_the_next_process() {
        let state = tempfile::tempdir().unwrap();
        let (first, second) = (RequestId::random(), RequestId::random());
        {
            let mut ledger = ledger(state.path());
            ledger.begin(Timestamp::UNIX_EPOCH, first, &intent("2348031234567"), &[]).unwrap();
            ledger.end(first, Timestamp::UNIX_EPOCH, &intent("2348031234567"), &refused()).unwrap();
            ledger.begin(Timestamp::UNIX_EPOCH, second, &intent("2348031234568"), &[]).unwrap();
            assert!(!ledger.entries().unwrap()[1].is_in_doubt(), "its answer may still come");
        }
        let entries = ledger(state.path()).entries().unwrap();
        assert_eq!(
            entries.iter().map(|entry| entry.outcome).collect::<Vec<_>>(),
            [Some(OutcomeKind::Refused), None]
        );
        assert!(!entries[0].is_in_doubt() && entries[1].is_in_doubt());
        assert_eq!(entries[1].intent, intent("2348031234568"));
    }

    #[test]
    fn what_is_known_of_a_write_is_not_replaced_by_whoever_comes_later() {
        let state = tempfile::tempdir().unwrap();
        let (open, known) = (RequestId::random(), RequestId::random());
        let (one, other) = (intent("2348031234567"), intent("2348031234568"));
        let at = Timestamp::UNIX_EPOCH;
        {
            let mut theirs = ledger(state.path());
            theirs.begin(at, open, &one, &[]).unwrap();
            theirs.begin(at, known, &other, &[]).unwrap();
            theirs.end(known, at, &other, &refused()).unwrap();
            let waits = ledger(state.path()).settle(open, at, &one, &refused()).unwrap();
            assert!(waits.is_some_and(|entry| entry.in_flight), "its own process waits for the answer");
        }
        let mut later = ledger(state.path());
        let kept = later.settle(known, at, &other, &Outcome::NotDone(Error::new(ErrorKind::Broken, "no")));
        assert_eq!(kept.unwrap().and_then(|entry| entry.outcome), Some(OutcomeKind::Refused));
        assert_eq!(later.settle(open, at, &one, &refused()), Ok(None), "nobody knows it, so it is entered");
        // Not even a line that is there already counts, where one before it tells the outcome.
        later.end(open, at, &one, &Outcome::NotDone(Error::new(ErrorKind::Broken, "no"))).unwrap();
        let outcomes: Vec<_> = later.entries().unwrap().iter().map(|entry| entry.outcome).collect();
        assert_eq!(outcomes, [Some(OutcomeKind::Refused), Some(OutcomeKind::Refused)]);
    }

    #[test]
    fn an_entry_tells_who_for_whom_and_which_record() {
        let state = tempfile::tempdir().unwrap();
        let mut ledger = ledger(state.path());
        let (at, id) = (Timestamp::UNIX_EPOCH, RequestId::random());
        let row = Number::new(NumberId::new("inv-1"), NumberText::parse(""));
        let intent = Intent::buy(&row, Price::UNKNOWN, PriceSource::Asked, None, None);
        ledger.begin(at, id, &intent, &[]).unwrap();
        ledger.named(id, at, &NumberId::new("n-7")).unwrap();
        let entry = ledger.entries().unwrap().remove(0);
        assert_eq!((entry.number, entry.outcome), (Some(NumberId::new("n-7")), None));
        let number = Number::new(NumberId::new("n-8"), NumberText::parse("+2348031234567"));
        let bought = Outcome::Bought {
            number: Box::new(number.clone()),
            endpoint: crate::write::Attached::NotAsked,
            found: false,
        };
        ledger.end(id, at, &intent, &bought).unwrap();
        let entry = ledger.entries().unwrap().remove(0);
        assert_eq!((entry.number.as_ref(), entry.e164()), (Some(&number.id), number.line.valid()));
        assert_eq!(entry.organization.as_deref(), Some("org-1"));
        assert!(fs::read_to_string(ledger.path()).unwrap().contains("\"who\":\"ada\""));
    }

    #[test]
    fn another_process_that_still_runs_is_waited_for() {
        let state = tempfile::tempdir().unwrap();
        let mut theirs = ledger(state.path());
        theirs.begin(Timestamp::UNIX_EPOCH, RequestId::random(), &intent("2348031234567"), &[]).unwrap();
        let ours = ledger(state.path());
        assert!(ours.entries().unwrap()[0].in_flight);
        drop(theirs);
        assert!(ours.entries().unwrap()[0].is_in_doubt());
    }

    #[test]
    fn a_torn_line_costs_that_line_alone() {
        let state = tempfile::tempdir().unwrap();
        let mut ledger = ledger(state.path());
        let (first, second) = (RequestId::random(), RequestId::random());
        ledger.begin(Timestamp::UNIX_EPOCH, first, &intent("2348031234567"), &[]).unwrap();
        let whole = fs::read(ledger.path()).unwrap();
        for torn in 1..whole.len() {
            fs::write(ledger.path(), [&whole[..], &whole[..torn]].concat()).unwrap();
            ledger.begin(Timestamp::UNIX_EPOCH, second, &intent("2348031234568"), &[]).unwrap();
            let found: Vec<RequestId> = ledger.entries().unwrap().iter().map(|entry| entry.id).collect();
            assert!(found.starts_with(&[first]) && found.ends_with(&[second]), "torn after {torn} bytes");
        }
    }

    #[test]
    fn nobody_else_may_read_it() {
        let state = tempfile::tempdir().unwrap();
        let mut ledger = ledger(state.path());
        ledger.begin(Timestamp::UNIX_EPOCH, RequestId::random(), &intent("2348031234567"), &[]).unwrap();
        fs::set_permissions(ledger.path(), fs::Permissions::from_mode(0o644)).unwrap();
        ledger.begin(Timestamp::UNIX_EPOCH, RequestId::random(), &intent("2348031234567"), &[]).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(ledger.path()), mode(ledger.path().parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn what_can_not_be_written_is_an_error_that_names_the_file() {
        let state = tempfile::tempdir().unwrap();
        fs::write(state.path().join("ledger"), "a file where the directory should be").unwrap();
        let error = ledger(state.path()).begin(
            Timestamp::UNIX_EPOCH,
            RequestId::random(),
            &intent("2348031234567"),
            &[],
        );
        assert!(error.unwrap_err().0.contains("ledger is a file, not a directory"));
    }

    #[test]
    fn servers_organizations_and_modes_have_files_of_their_own() {
        let state = Path::new("/s");
        let path = |url, org, mode| DiskLedger::new(state, url, org, mode, "ada").path().to_owned();
        let all = [
            path("https://a/v1", None, Mode::Test),
            path("https://a/v1", None, Mode::Live),
            path("https://a/v1", Some("o"), Mode::Test),
            path("https://a_v1", None, Mode::Test),
            path("https://a/v1", Some("../../etc"), Mode::Test),
        ];
        for (i, one) in all.iter().enumerate() {
            assert_eq!(one.parent(), Some(Path::new("/s/ledger")), "no way out of the directory");
            assert!(all.iter().skip(i + 1).all(|other| other != one), "{}", one.display());
        }
    }
}
