//! Whose a file is. What is remembered of money is read and written only where nobody else can have
//! put something in its way.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Why a file or directory is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {why}", path.display())]
pub struct NotOurs {
    /// Where it is.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: &'static str,
}

impl From<NotOurs> for io::Error {
    fn from(refused: NotOurs) -> Self {
        Self::other(refused)
    }
}

/// `Ok` for a directory that is ours alone to change, and for one that is not there yet.
///
/// # Errors
/// What is there instead.
pub fn directory(path: &Path) -> Result<(), NotOurs> {
    // A name that ends in a slash would be followed.
    let plain: PathBuf = path.components().collect();
    match fs::symlink_metadata(&plain) {
        Ok(about) if about.is_dir() => ours(path, &about),
        Ok(about) => Err(NotOurs { path: path.to_owned(), why: kind(&about) }),
        Err(_) => Ok(()),
    }
}

/// Whether a file is there that is ours alone to change. It is looked at and not opened.
///
/// # Errors
/// What is there instead.
pub fn file(path: &Path) -> Result<bool, NotOurs> {
    match fs::symlink_metadata(path) {
        Ok(about) if about.is_file() => ours(path, &about).map(|()| true),
        Ok(about) => Err(NotOurs { path: path.to_owned(), why: kind(&about) }),
        Err(_) => Ok(false),
    }
}

/// Opens a file that is ours alone to change. Nothing that is there instead is followed or waited for.
///
/// # Errors
/// It can not be opened, or is not ours, which the error says with its path.
pub(super) fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let careful = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.custom_flags(i32::try_from(careful.bits()).map_err(io::Error::other)?);
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) => {
            return match fs::symlink_metadata(path) {
                Ok(about) if !about.is_file() => {
                    Err(NotOurs { path: path.to_owned(), why: kind(&about) }.into())
                }
                _ => Err(error),
            };
        }
    };
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(NotOurs { path: path.to_owned(), why: kind(&about) }.into());
    }
    ours(path, &about)?;
    Ok(file)
}

/// What is there instead of a file or directory of ours.
fn kind(about: &Metadata) -> &'static str {
    let kind = about.file_type();
    if kind.is_symlink() {
        "is a symbolic link"
    } else if kind.is_fifo() {
        "is a pipe"
    } else if kind.is_dir() {
        "is a directory"
    } else if kind.is_file() {
        "is a file, not a directory"
    } else {
        "is a device or socket"
    }
}

/// A group of one's own may write: many systems give each user one.
fn ours(path: &Path, about: &Metadata) -> Result<(), NotOurs> {
    let refused = |why| Err(NotOurs { path: path.to_owned(), why });
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    if about.uid() != user {
        return refused("belongs to somebody else");
    }
    if about.mode() & 0o002 != 0 || (about.mode() & 0o020 != 0 && about.gid() != group) {
        return refused("can be written by others");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_directory_is_ours_unless_others_can_write_to_it_or_it_is_none() {
        let place = tempfile::tempdir().unwrap();
        let why = |path: &Path| directory(path).err().map(|refused| refused.why);
        let here = place.path().join("state");
        assert_eq!(why(&here), None, "not there yet");
        fs::create_dir(&here).unwrap();
        for (bits, expected) in [(0o700, None), (0o755, None), (0o777, Some("can be written by others"))] {
            mode(&here, bits);
            assert_eq!(why(&here), expected, "{bits:o}");
        }
        mode(&here, 0o700);
        let link = place.path().join("link");
        symlink(&here, &link).unwrap();
        assert_eq!(why(&link), Some("is a symbolic link"));
        assert_eq!(why(&link.join("")), Some("is a symbolic link"), "with a slash behind it");
        let file = place.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(why(&file), Some("is a file, not a directory"));
    }

    #[test]
    fn a_file_is_opened_only_where_it_is_a_file_of_ours() {
        let place = tempfile::tempdir().unwrap();
        let why = |name: &str| {
            let opened = open(&place.path().join(name), OpenOptions::new().read(true));
            let looked = file(&place.path().join(name));
            let refused = looked.as_ref().err().map(ToString::to_string);
            assert_eq!(refused, opened.as_ref().err().map(ToString::to_string), "{name}");
            refused
        };
        fs::write(place.path().join("ours"), "x").unwrap();
        mode(&place.path().join("ours"), 0o644);
        assert_eq!(why("ours"), None);
        mode(&place.path().join("ours"), 0o666);
        assert!(why("ours").unwrap().contains("can be written by others"));
        mode(&place.path().join("ours"), 0o600);
        symlink(place.path().join("ours"), place.path().join("link")).unwrap();
        assert!(why("link").unwrap().contains("link is a symbolic link"));
        let made = std::process::Command::new("mkfifo").arg(place.path().join("pipe")).status();
        assert!(made.unwrap().success());
        assert!(why("pipe").unwrap().contains("pipe is a pipe"), "and nobody waits for its other end");
        fs::create_dir(place.path().join("directory")).unwrap();
        assert!(why("directory").unwrap().contains("is a directory"));
    }
}
