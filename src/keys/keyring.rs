//! The keyring of the system: the Secret Service on Linux, the Keychain on macOS.
//!
//! Everything is asked on a thread of its own and waited for no longer than [`PATIENCE`]: where nobody is
//! there to unlock it, a keyring may say nothing for ever.

use std::path::Path;
use std::time::Duration;

use super::stored::{KeyStoreError, StoredKey};

/// So long a keyring has to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What our keys are filed under.
#[cfg_attr(not(feature = "keyring"), allow(dead_code, reason = "nothing is filed in this build"))]
const SERVICE: &str = "numdeck";

/// The entry of one profile.
#[derive(Debug, Clone)]
pub(super) struct KeyringEntry {
    user: String,
    /// Whether anything says that there is a keyring.
    reachable: bool,
}

impl KeyringEntry {
    /// Profiles of the same name in two directories are two entries.
    pub(super) fn new(profile: &str, directory: &Path, reachable: bool) -> Self {
        Self { user: format!("{profile} ({})", directory.display()), reachable }
    }

    /// What it holds; `None` for nothing.
    pub(super) fn read(&self) -> Result<Option<StoredKey>, KeyStoreError> {
        let Some(held) = self.ask(implementation::read)? else { return Ok(None) };
        StoredKey::of_lines(&held).map(Some).ok_or(KeyStoreError::Foreign)
    }

    /// Puts a key in, instead of what was there.
    pub(super) fn write(&self, key: &StoredKey) -> Result<(), KeyStoreError> {
        let lines = key.to_lines();
        self.ask(move |service, user| implementation::write(service, user, lines.as_bytes()))
    }

    /// Takes the key out. Returns whether there was one.
    pub(super) fn remove(&self) -> Result<bool, KeyStoreError> {
        self.ask(implementation::remove)
    }

    /// Asks, and waits for the answer as long as there is patience. A thread that is still waiting then
    /// ends with the process.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&str, &str) -> Result<T, KeyStoreError> + Send + 'static,
    ) -> Result<T, KeyStoreError> {
        if cfg!(not(feature = "keyring")) {
            return Err(KeyStoreError::NotBuilt);
        }
        if !self.reachable {
            return Err(KeyStoreError::NoSession);
        }
        let (tell, hear) = std::sync::mpsc::channel();
        let user = self.user.clone();
        std::thread::spawn(move || tell.send(question(SERVICE, &user)).ok());
        hear.recv_timeout(PATIENCE).unwrap_or(Err(KeyStoreError::Late(PATIENCE)))
    }
}

#[cfg(feature = "keyring")]
mod implementation {
    use keyring_core::api::CredentialStoreApi;
    use keyring_core::{Entry, Error};
    use zeroize::Zeroizing;

    use super::KeyStoreError;
    use crate::phone::clean;

    #[cfg(target_os = "macos")]
    use apple_native_keyring_store::keychain::Store;
    #[cfg(target_os = "linux")]
    use zbus_secret_service_keyring_store::Store;

    pub(super) fn read(service: &str, user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyStoreError> {
        found(entry(service, user)?.get_secret().map(Zeroizing::new))
    }

    pub(super) fn write(service: &str, user: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        entry(service, user)?.set_secret(secret).map_err(|error| refused(&error))
    }

    pub(super) fn remove(service: &str, user: &str) -> Result<bool, KeyStoreError> {
        Ok(found(entry(service, user)?.delete_credential())?.is_some())
    }

    fn entry(service: &str, user: &str) -> Result<Entry, KeyStoreError> {
        let entry = Store::new().and_then(|store| store.build(service, user, None));
        entry.map_err(|error| refused(&error))
    }

    /// `None` where there is no such entry.
    fn found<T>(result: Result<T, Error>) -> Result<Option<T>, KeyStoreError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(refused(&error)),
        }
    }

    /// Some errors carry what was found; that is not repeated.
    fn refused(error: &Error) -> KeyStoreError {
        KeyStoreError::Keyring(match error {
            Error::NoStorageAccess(why) => {
                format!("it is locked or out of reach: {}", clean(&why.to_string(), 160))
            }
            Error::PlatformFailure(why) => clean(&why.to_string(), 160),
            Error::Ambiguous(_) => "it has several entries for this profile; remove them there".to_owned(),
            _ => "what it holds for this profile cannot be read".to_owned(),
        })
    }
}

#[cfg(not(feature = "keyring"))]
mod implementation {
    use super::KeyStoreError;

    pub(super) fn read(_: &str, _: &str) -> Result<Option<Vec<u8>>, KeyStoreError> {
        Err(KeyStoreError::NotBuilt)
    }

    pub(super) fn write(_: &str, _: &str, _: &[u8]) -> Result<(), KeyStoreError> {
        Err(KeyStoreError::NotBuilt)
    }

    pub(super) fn remove(_: &str, _: &str) -> Result<bool, KeyStoreError> {
        Err(KeyStoreError::NotBuilt)
    }
}
