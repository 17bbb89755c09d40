//! The file of keys: `credentials.toml`, beside the profiles.
//!
//! ```toml
//! ["savanna"]
//! base_url = "https://api.krosai.com/v1"
//! key = "…"
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use toml::de::DeTable;
use zeroize::Zeroizing;

use super::stored::{KeyStoreError, StoredKey};
use crate::config::LockedDirectory;

/// The name of the file in its directory.
const NAME: &str = "credentials.toml";

/// A file of keys is short; more than this is another file.
const LARGEST: u64 = 1024 * 1024;

/// The file in one directory.
#[derive(Debug, Clone)]
pub(super) struct KeyFile {
    directory: PathBuf,
}

/// What is in it, by profile.
type Keys = BTreeMap<String, StoredKey>;

impl KeyFile {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.directory.join(NAME)
    }

    /// The key of a profile, and what was wrong with who can read the file.
    pub(super) fn read(&self, profile: &str) -> Result<(Option<StoredKey>, Vec<String>), KeyStoreError> {
        let mut keys = self.keys()?;
        let key = keys.remove(profile);
        let said = if key.is_some() { self.tighten() } else { Vec::new() };
        Ok((key, said))
    }

    /// Puts a key in, instead of the one that the profile had.
    pub(super) fn write(&self, profile: &str, key: &StoredKey) -> Result<Vec<String>, KeyStoreError> {
        let locked = self.lock()?;
        let said = self.tighten();
        let mut keys = self.keys()?;
        keys.insert(profile.to_owned(), key.clone());
        self.replace(&locked, &keys)?;
        Ok(said)
    }

    /// Takes the key of a profile out. Returns whether there was one.
    pub(super) fn remove(&self, profile: &str) -> Result<bool, KeyStoreError> {
        if !self.path().exists() {
            return Ok(false);
        }
        let locked = self.lock()?;
        let mut keys = self.keys()?;
        if keys.remove(profile).is_none() {
            return Ok(false);
        }
        self.replace(&locked, &keys)?;
        Ok(true)
    }

    fn lock(&self) -> Result<LockedDirectory, KeyStoreError> {
        LockedDirectory::take(&self.directory).map_err(|error| self.wrong(&error))
    }

    fn wrong(&self, why: &dyn std::fmt::Display) -> KeyStoreError {
        KeyStoreError::File { path: self.path(), why: why.to_string() }
    }

    fn damaged(&self, why: &'static str) -> KeyStoreError {
        KeyStoreError::Damaged { path: self.path(), why }
    }

    /// Puts a damaged file aside, under a name that nothing has yet: keys of other profiles may be in it.
    /// Returns where it is then; `None` where it is not damaged.
    pub(super) fn set_aside(&self) -> Result<Option<PathBuf>, KeyStoreError> {
        let _locked = self.lock()?;
        match self.keys() {
            Err(KeyStoreError::Damaged { .. }) => {}
            Err(error) => return Err(error),
            Ok(_) => return Ok(None),
        }
        // What a link leads to is the file.
        let file = fs::canonicalize(self.path()).map_err(|error| self.wrong(&error))?;
        let name = |n: u32| file.with_file_name(format!("{NAME}.damaged-{n}"));
        let free = (1..).map(name).find(|path| fs::symlink_metadata(path).is_err());
        let aside = free.ok_or_else(|| self.wrong(&"every name to put it aside is taken"))?;
        fs::rename(&file, &aside).map_err(|error| self.wrong(&error))?;
        tightened(&aside, 0o600);
        Ok(Some(aside))
    }

    /// All keys. What is not understood is an error: to write the file again would lose it.
    fn keys(&self) -> Result<Keys, KeyStoreError> {
        let file = match File::open(self.path()) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Keys::new()),
            Err(error) => return Err(self.wrong(&error)),
        };
        let size = file.metadata().map_err(|error| self.wrong(&error))?.len();
        if size > LARGEST {
            return Err(self.damaged("it is far too long for a file of keys"));
        }
        // The room is there from the start: what grows leaves copies behind that nobody wipes.
        let room = usize::try_from(size).unwrap_or(0) + 64;
        let mut text = Zeroizing::new(String::with_capacity(room));
        file.take(size).read_to_string(&mut text).map_err(|error| match error.kind() {
            ErrorKind::InvalidData => self.damaged("it is no text in UTF-8"),
            _ => self.wrong(&error),
        })?;
        // The words of the parser may repeat a line.
        let table = DeTable::parse(&text).map_err(|_| self.damaged("it is no TOML"))?;
        let mut keys = Keys::new();
        for (profile, value) in table.get_ref() {
            let text = |name: &str| value.get_ref().as_table()?.get(name)?.get_ref().as_str();
            let key = text("base_url").zip(text("key")).and_then(|(url, key)| StoredKey::new(url, key));
            let profile = profile.get_ref().to_string();
            let damaged = || self.damaged("an entry is not what numdeck has written");
            keys.insert(profile, key.ok_or_else(damaged)?);
        }
        Ok(keys)
    }

    fn replace(&self, locked: &LockedDirectory, keys: &Keys) -> Result<(), KeyStoreError> {
        // To remove a link would leave the key in what it leads to.
        let is_link = fs::symlink_metadata(self.path()).is_ok_and(|about| about.is_symlink());
        if keys.is_empty() && !is_link {
            return fs::remove_file(self.path()).map_err(|error| self.wrong(&error));
        }
        let mut text = Zeroizing::new(String::with_capacity(256 + keys.len() * 1024));
        text.push_str("# API keys that numdeck login was given. Show this file to nobody.\n");
        for (profile, stored) in keys {
            for (before, value, after) in [
                ("\n[\"", profile.as_str(), "\"]\n"),
                ("base_url = \"", &stored.base_url.to_string(), "\"\n"),
                ("key = \"", stored.key.expose(), "\"\n"),
            ] {
                text.push_str(before);
                escape(value, &mut text);
                text.push_str(after);
            }
        }
        locked.replace(NAME, text.as_bytes(), Some(0o600)).map_err(|error| self.wrong(&error))
    }

    /// Takes from others what they could read, and says so.
    fn tighten(&self) -> Vec<String> {
        let places = [(self.path(), 0o600), (self.directory.clone(), 0o700)];
        places.iter().filter_map(|(path, mode)| tightened(path, *mode)).collect()
    }
}

/// A text between the quotes of a TOML string. Profiles have clean names, and keys are ASCII.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
}

/// Makes `path` its owner's alone; `None` where it is already, or is not there.
fn tightened(path: &Path, mode: u32) -> Option<String> {
    let about = fs::metadata(path).ok()?;
    let loose = about.mode() & 0o077;
    if loose == 0 {
        return None;
    }
    let shown = path.display();
    let done: io::Result<()> = fs::set_permissions(path, fs::Permissions::from_mode(mode));
    Some(match done {
        Ok(()) => {
            format!("others could use {shown} (mode {:03o}); it is yours alone now", about.mode() & 0o777)
        }
        Err(error) => format!("warning: others can use {shown}, and that cannot be changed: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> StoredKey {
        StoredKey::new("https://api.example/v1", text).unwrap()
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn keys_are_kept_by_profile_and_the_last_one_takes_the_file_with_it() {
        let home = tempfile::tempdir().unwrap();
        let file = KeyFile::new(home.path().join("numdeck"));
        assert_eq!(file.read("a"), Ok((None, Vec::new())));
        assert_eq!(file.remove("a"), Ok(false));
        assert!(!home.path().join("numdeck").exists(), "reading makes nothing");
        for (profile, text) in [("a", "one"), ("on \"call\" \\", "two\"\\'#"), ("a", "three")] {
            assert_eq!(file.write(profile, &key(text)), Ok(Vec::new()));
        }
        assert_eq!(file.read("a").unwrap().0, Some(key("three")));
        assert_eq!(file.read("on \"call\" \\").unwrap().0, Some(key("two\"\\'#")));
        assert_eq!((mode(&file.path()), mode(&home.path().join("numdeck"))), (0o600, 0o700));
        assert_eq!((file.remove("a"), file.remove("a")), (Ok(true), Ok(false)));
        assert_eq!(file.remove("on \"call\" \\"), Ok(true));
        assert!(!file.path().exists());
    }

    #[test]
    fn what_others_can_read_is_taken_from_them_and_said() {
        let home = tempfile::tempdir().unwrap();
        let file = KeyFile::new(home.path().join("numdeck"));
        file.write("a", &key("one")).unwrap();
        let loosen = || {
            fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
            fs::set_permissions(home.path().join("numdeck"), fs::Permissions::from_mode(0o755)).unwrap();
        };
        loosen();
        let (found, said) = file.read("a").unwrap();
        assert_eq!(found, Some(key("one")));
        assert!(said.len() == 2 && said[0].contains("mode 644"), "{said:?}");
        loosen();
        assert_eq!(file.write("b", &key("two")).unwrap().len(), 2);
        assert_eq!((mode(&file.path()), mode(&home.path().join("numdeck"))), (0o600, 0o700));
        assert_eq!(file.read("a").unwrap().1, Vec::<String>::new());
    }

    #[test]
    fn a_damaged_file_is_set_aside_whole_and_overwrites_nothing() {
        let home = tempfile::tempdir().unwrap();
        let file = KeyFile::new(home.path().to_owned());
        assert_eq!(file.set_aside(), Ok(None), "there is none");
        file.write("a", &key("one")).unwrap();
        assert_eq!(file.set_aside(), Ok(None), "it is none");
        for (text, name) in
            [(&b"[a"[..], "credentials.toml.damaged-1"), (b"\xff", "credentials.toml.damaged-2")]
        {
            fs::write(file.path(), text).unwrap();
            fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
            let aside = file.set_aside().unwrap().unwrap();
            assert_eq!(aside, fs::canonicalize(home.path()).unwrap().join(name));
            assert_eq!((fs::read(&aside).unwrap(), mode(&aside)), (text.to_vec(), 0o600));
            assert!(!file.path().exists());
        }
        let before = fs::read(home.path().join("credentials.toml.damaged-1")).unwrap();
        assert_eq!(before, b"[a");
    }

    #[test]
    fn a_damaged_file_is_an_error_that_repeats_nothing_and_is_not_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let file = KeyFile::new(home.path().to_owned());
        for text in [
            "[a]\nkey = \"hunter2",
            "[a]\nkey = \"hunter2\"\n",
            "[a]\nbase_url = \"http://elsewhere.example\"\nkey = \"hunter2\"\n",
            "a = \"hunter2\"",
            "[a]\nbase_url = \"https://api.example\"\nkey = \"hunter 2\"\n",
        ] {
            fs::write(file.path(), text).unwrap();
            for error in [file.read("a").unwrap_err(), file.write("b", &key("x")).unwrap_err()] {
                assert!(error.to_string().contains("damaged"), "{error}");
                assert!(!format!("{error} {error:?}").contains("hunter"), "{error}");
            }
            assert_eq!(fs::read_to_string(file.path()).unwrap(), text);
        }
        fs::write(file.path(), b"\xff").unwrap();
        assert!(file.read("a").is_err());
    }
}
