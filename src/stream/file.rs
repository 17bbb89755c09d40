//! Files that are whole under their name, or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Writes a file where none is, for its owner alone.
///
/// # Errors
/// There is one, or it can not be written: then nothing is left of it.
pub fn fresh(path: &Path, write: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = beside(path, write);
    if written.is_err() {
        fs::remove_file(path).ok();
    }
    written
}

/// Writes a file in the place of another one. A link stays one: what it leads to is replaced.
///
/// # Errors
/// It can not be written: then what was there is there still.
pub fn replaced(path: &Path, write: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    match fs::metadata(&target) {
        Ok(about) if !about.is_file() => Err(io::Error::other("it is no plain file")),
        Ok(_) => beside(&target, write),
        Err(error) if error.kind() == ErrorKind::NotFound => fresh(&target, write),
        Err(error) => Err(error),
    }
}

/// Writes a file beside `path`, and then gives it that name.
fn beside(path: &Path, write: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    let (name, file) = named_anew(path)?;
    let written = write(&file).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&name, path));
    if written.is_err() {
        fs::remove_file(&name).ok();
    }
    written
}

/// A file in the same directory, under a name that nothing has.
fn named_anew(path: &Path) -> io::Result<(PathBuf, File)> {
    let mut last = io::Error::from(ErrorKind::AlreadyExists);
    for attempt in 0..100 {
        let name = path.with_file_name(format!(".numdeck-{}-{attempt}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&name) {
            Ok(file) => return Ok((name, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// What keeps a file from being written.
pub fn unwritable(error: &io::Error, path: &Path) -> String {
    let above = path.parent().unwrap_or(path).display();
    match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::IsADirectory => format!("{} is a directory", path.display()),
        ErrorKind::NotFound => format!("there is no directory {above}"),
        ErrorKind::NotADirectory => format!("{above} is no directory"),
        ErrorKind::PermissionDenied => format!("in {above} you may not write"),
        ErrorKind::ReadOnlyFilesystem => format!("{above} can only be read"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            format!("no space is left for {}", path.display())
        }
        _ => format!("{} cannot be written: {error}", path.display()),
    }
}
