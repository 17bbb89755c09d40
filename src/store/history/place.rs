//! Where a store is: opened only where nobody else can have put something in its way, and put aside where
//! it is damaged.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::fault::Fault;
use super::schema;
use crate::write::{is_our_file, is_ours};

/// So long somebody else may be busy with the store.
const BUSY: Duration = Duration::from_secs(2);

/// No page of a database is smaller, in bytes.
const SMALLEST_PAGE: u64 = 512;

/// What the names of its files end in.
const ENDINGS: [&str; 5] = ["", "-wal", "-shm", ".damaged", ".damaged-wal"];

/// The file of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place(PathBuf);

/// A store that is open.
#[derive(Debug)]
pub(super) struct OpenStore {
    pub(super) db: Connection,
    /// Which file it is, whatever the name leads to later.
    inode: (u64, u64),
}

impl Place {
    pub(super) fn new(file: PathBuf) -> Self {
        Self(file)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Opens the store, and makes one where there is none and `create` says so; `None` where there is
    /// none.
    pub(super) fn open(&self, create: bool) -> Result<Option<OpenStore>, Fault> {
        let directory = self.0.parent().unwrap_or(Path::new(""));
        directory.parent().into_iter().chain([directory]).try_for_each(is_ours)?;
        if !is_our_file(&self.0)? {
            if !create {
                return Ok(None);
            }
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
            // What is left of a store that somebody deleted is not of the new one.
            for left in ["-wal", "-shm"] {
                fs::remove_file(self.beside(left)).or_else(none_is_fine)?;
            }
            // Before SQLite does it, which asks the umask; its other files get the mode of this one.
            let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.0);
            made.map(drop).or_else(|error| match error.kind() {
                ErrorKind::AlreadyExists => Ok(()),
                _ => Err(error),
            })?;
        }
        let about = fs::symlink_metadata(&self.0)?;
        // SQLite takes what is less than a page for nothing at all.
        if (1..SMALLEST_PAGE).contains(&about.len()) {
            return Err(Fault::Damaged);
        }
        if about.mode() & 0o077 != 0 {
            fs::set_permissions(&self.0, Permissions::from_mode(0o600))?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = Connection::open_with_flags(&self.0, flags)?;
        db.busy_timeout(BUSY)?;
        schema::prepare(&mut db)?;
        Ok(Some(OpenStore { db, inode: (about.dev(), about.ino()) }))
    }

    /// Puts a damaged store aside, where the one before it that was damaged gives way. Returns where it is
    /// now; `None` where somebody else has done it already. `open` is the one that was found damaged, where
    /// it came so far.
    pub(super) fn set_aside(&self, open: Option<OpenStore>) -> Result<Option<PathBuf>, Fault> {
        let was_open = open.is_some();
        let is_another = open.as_ref().is_some_and(|open| !self.has(open));
        // Closed before it is renamed: its journal goes with it.
        drop(open);
        if is_another || self.inode().is_none() || (!was_open && self.open(false).is_ok()) {
            return Ok(None);
        }
        let aside = self.beside(".damaged");
        fs::rename(&self.0, &aside)?;
        let mut journal = aside.clone().into_os_string();
        journal.push("-wal");
        fs::remove_file(&journal).or_else(none_is_fine)?;
        fs::rename(self.beside("-wal"), &journal).or_else(none_is_fine)?;
        fs::remove_file(self.beside("-shm")).or_else(none_is_fine)?;
        for file in [aside.as_os_str(), &journal] {
            fs::set_permissions(file, Permissions::from_mode(0o600)).or_else(none_is_fine)?;
        }
        Ok(Some(aside))
    }

    /// Whether a store that is open is the one that is here now.
    pub(super) fn has(&self, open: &OpenStore) -> bool {
        self.inode() == Some(open.inode)
    }

    fn inode(&self) -> Option<(u64, u64)> {
        fs::symlink_metadata(&self.0).ok().map(|about| (about.dev(), about.ino()))
    }

    /// How large the store is, in bytes; `None` where there is none.
    pub(super) fn size(&self) -> Option<u64> {
        let size = |path: &Path| fs::symlink_metadata(path).ok().map(|about| about.len());
        Some(size(&self.0)? + size(&self.beside("-wal")).unwrap_or_default())
    }

    /// Every file that it may consist of, and what was put aside of it.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        ENDINGS.into_iter().map(|ending| self.beside(ending)).collect()
    }

    /// The file of the store that a file is a part of, by its name; `None` where it is of none.
    pub(super) fn file_of(part: &Path) -> Option<PathBuf> {
        let name = part.file_name()?.to_str()?;
        let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(&format!(".sqlite{ending}")))?;
        Some(part.with_file_name(format!("{stem}.sqlite")))
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name: OsString = self.0.clone().into_os_string();
        name.push(ending);
        name.into()
    }
}

fn none_is_fine(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) }
}
