//! The places of keys under one roof.

use std::path::{Path, PathBuf};

use super::file::KeyFile;
use super::keyring::KeyringEntry;
use super::stored::{KeyStoreError, StoredKey};
use crate::config::KeyPlace;

/// Where the keys of the profiles of one directory are.
#[derive(Debug, Clone)]
pub struct KeyStore {
    directory: PathBuf,
    keyring: bool,
}

/// What was done with a key, and what has to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept<T> {
    /// The outcome.
    pub value: T,
    /// What was found loose, for people.
    pub said: Vec<String>,
}

impl<T> Kept<T> {
    fn quietly(value: T) -> Self {
        Self { value, said: Vec::new() }
    }
}

impl KeyStore {
    /// The keys of the profiles in `directory`. `keyring`: whether anything says that this session has a
    /// keyring; without it none is asked.
    pub fn new(directory: &Path, keyring: bool) -> Self {
        Self { directory: directory.to_owned(), keyring }
    }

    /// The file that holds those which are in no keyring.
    pub fn file(&self) -> PathBuf {
        KeyFile::new(self.directory.clone()).path()
    }

    /// The key of a profile; `None` where that place has none.
    ///
    /// # Errors
    /// The place cannot be used: the keyring is locked or silent, the file damaged.
    pub fn read(&self, place: KeyPlace, profile: &str) -> Result<Kept<Option<StoredKey>>, KeyStoreError> {
        match place {
            KeyPlace::Keyring => self.entry(profile).read().map(Kept::quietly),
            KeyPlace::File => {
                let (value, said) = KeyFile::new(self.directory.clone()).read(profile)?;
                Ok(Kept { value, said })
            }
        }
    }

    /// Puts a key there, instead of the one that the profile had.
    ///
    /// # Errors
    /// The place cannot be used; it is as it was.
    pub fn write(&self, place: KeyPlace, profile: &str, key: &StoredKey) -> Result<Kept<()>, KeyStoreError> {
        match place {
            KeyPlace::Keyring => self.entry(profile).write(key).map(Kept::quietly),
            KeyPlace::File => {
                let said = KeyFile::new(self.directory.clone()).write(profile, key)?;
                Ok(Kept { value: (), said })
            }
        }
    }

    /// Takes the key of a profile away. Returns whether there was one.
    ///
    /// # Errors
    /// The place cannot be used; whether it still has the key is not known then.
    pub fn remove(&self, place: KeyPlace, profile: &str) -> Result<bool, KeyStoreError> {
        match place {
            KeyPlace::Keyring => self.entry(profile).remove(),
            KeyPlace::File => KeyFile::new(self.directory.clone()).remove(profile),
        }
    }

    /// Puts a damaged file of keys aside, as it is: nobody can tell whose keys are in it. Returns where it is
    /// then; `None` where it is not damaged.
    ///
    /// # Errors
    /// It cannot be read or renamed, and stays where it is.
    pub fn set_aside(&self) -> Result<Option<PathBuf>, KeyStoreError> {
        KeyFile::new(self.directory.clone()).set_aside()
    }

    fn entry(&self, profile: &str) -> KeyringEntry {
        KeyringEntry::new(profile, &self.directory, self.keyring)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyring_that_nothing_speaks_of_is_not_asked() {
        let home = tempfile::tempdir().unwrap();
        let store = KeyStore::new(home.path(), false);
        let key = StoredKey::new("https://api.example", "k").unwrap();
        let why = store.write(KeyPlace::Keyring, "a", &key).unwrap_err();
        assert!(matches!(why, KeyStoreError::NoSession | KeyStoreError::NotBuilt), "{why}");
        assert!(store.read(KeyPlace::Keyring, "a").is_err() && store.remove(KeyPlace::Keyring, "a").is_err());
        assert!(!store.file().exists(), "and nothing falls back to the file by itself");
        store.write(KeyPlace::File, "a", &key).unwrap();
        assert_eq!(store.read(KeyPlace::File, "a").unwrap().value, Some(key));
    }
}
