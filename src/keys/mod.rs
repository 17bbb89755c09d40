//! Where the API keys are kept that `login` was given.
//!
//! A key is in one place: the keyring of the system, or one file that its owner alone can read. Which one
//! is said in the profile, and nothing falls back to the other by itself. With the key goes the URL that
//! it was given for.

mod file;
mod keyring;
mod store;
mod stored;

pub use store::{Kept, KeyStore};
pub use stored::{KeyStoreError, StoredKey};
