//! Why a key cannot be had, or kept.

use std::path::PathBuf;
use std::time::Duration;

/// A place of keys that cannot be used. It never holds what was in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyStoreError {
    /// This build does not know keyrings.
    #[error("this build of numdeck knows no keyring")]
    NotBuilt,
    /// Nothing says where a keyring would be.
    #[error("there is no keyring here: the session has no D-Bus (DBUS_SESSION_BUS_ADDRESS is not set)")]
    NoSession,
    /// It was asked and said nothing.
    #[error("the keyring did not answer within {} s; it may be locked and waiting for its password", .0.as_secs())]
    Late(Duration),
    /// It said no.
    #[error("the keyring refuses: {0}")]
    Keyring(String),
    /// It holds something under our name that we did not put there.
    #[error("what the keyring holds for this profile is no key of numdeck")]
    Foreign,
    /// The file of keys cannot be read or written.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}
