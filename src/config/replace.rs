//! Files of ours, replaced as a whole: whoever reads one sees the old text or the new one.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A directory that nobody else who asks changes meanwhile.
#[derive(Debug)]
pub struct LockedDirectory {
    path: PathBuf,
    /// The lock ends with it.
    _lock: File,
}

impl LockedDirectory {
    /// Takes the directory, which is made for its owner alone where it is not there.
    ///
    /// # Errors
    /// It cannot be made or opened.
    pub fn take(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let lock = File::open(path)?;
        // A file system without locks is one on which nobody else edits, as far as can be known.
        lock.lock().ok();
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Puts `content` into the file called `name`: on the disk first, then under its name. A file that is
    /// there keeps its mode where none is given; a new one is readable by its owner alone. A link stays
    /// one: what it leads to is replaced.
    ///
    /// # Errors
    /// It cannot be written; then the old file stands.
    pub fn replace(&self, name: &str, content: &[u8], mode: Option<u32>) -> io::Result<()> {
        let named = self.path.join(name);
        let target = match fs::canonicalize(&named) {
            Ok(target) => target,
            Err(error) if error.kind() == io::ErrorKind::NotFound => named,
            Err(error) => return Err(error),
        };
        let kept = fs::metadata(&target).ok().map(|about| about.permissions().mode() & 0o7777);
        let mode = mode.or(kept).unwrap_or(0o600);
        let fresh = target.with_file_name(format!(".{name}.{}", std::process::id()));
        // What a run that was killed left behind may be in the way.
        fs::remove_file(&fresh).ok();
        let written = (|| {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
            file.write_all(content)?;
            file.set_permissions(fs::Permissions::from_mode(mode))?;
            file.sync_all()?;
            fs::rename(&fresh, &target)
        })();
        written.inspect_err(|_| {
            fs::remove_file(&fresh).ok();
        })?;
        let above = target.parent().map_or(Ok(()), |above| File::open(above)?.sync_all());
        // The new file stands, whatever becomes of its name when the power fails.
        above.or(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_file_is_its_owners_and_an_old_one_keeps_its_mode() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("a/b");
        let taken = LockedDirectory::take(&directory).unwrap();
        assert_eq!(mode(&directory), 0o700);
        taken.replace("f", b"one", None).unwrap();
        assert_eq!(mode(&directory.join("f")), 0o600);
        fs::set_permissions(directory.join("f"), fs::Permissions::from_mode(0o644)).unwrap();
        taken.replace("f", b"two", None).unwrap();
        assert_eq!(
            (mode(&directory.join("f")), fs::read(directory.join("f")).unwrap()),
            (0o644, b"two".into())
        );
        taken.replace("f", b"three", Some(0o600)).unwrap();
        assert_eq!(mode(&directory.join("f")), 0o600);
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_link_stays_a_link() {
        let home = tempfile::tempdir().unwrap();
        let (real, directory) = (home.path().join("dotfiles.toml"), home.path().join("c"));
        fs::write(&real, "old").unwrap();
        fs::create_dir(&directory).unwrap();
        std::os::unix::fs::symlink(&real, directory.join("f")).unwrap();
        LockedDirectory::take(&directory).unwrap().replace("f", b"new", None).unwrap();
        assert!(fs::symlink_metadata(directory.join("f")).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
    }

    #[test]
    fn what_cannot_be_written_leaves_the_old_file() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("f")).unwrap();
        let taken = LockedDirectory::take(home.path()).unwrap();
        assert!(taken.replace("f", b"x", None).is_err());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }
}
