//! A key with what it is for, and why one cannot be had or kept.

use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::api::BaseUrl;
use crate::phone::Secret;

/// A key, and the one URL that it may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Where it was given for.
    pub base_url: BaseUrl,
    /// The key.
    pub key: Secret,
}

impl StoredKey {
    /// As one text: the URL on the first line, the key on the second.
    pub(super) fn to_lines(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}\n{}", self.base_url, self.key.expose()))
    }

    /// Reads that text; `None` for what is none of ours.
    pub(super) fn of_lines(text: &[u8]) -> Option<Self> {
        let (url, key) = str::from_utf8(text).ok()?.split_once('\n')?;
        Self::new(url, key)
    }

    /// `None` where one of them cannot be what it should be.
    pub(super) fn new(url: &str, key: &str) -> Option<Self> {
        let base_url = BaseUrl::parse(url).ok()?;
        let usable = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        usable.then(|| Self { base_url, key: Secret::new(key.to_owned()) })
    }
}

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
    /// The file of keys is not what numdeck has written.
    #[error("{}: it is damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why; nothing of what is in it.
        why: &'static str,
    },
    /// The file of keys cannot be read or written.
    #[error("{}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_what_was_given() {
        let stored = StoredKey::new("https://api.example/v1/", "kros_live_hunter2").unwrap();
        assert_eq!(StoredKey::of_lines(stored.to_lines().as_bytes()), Some(stored.clone()));
        assert!(!format!("{stored:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_none_of_ours_is_no_key() {
        for text in [
            &b""[..],
            b"kros_live_x",
            b"https://api.example\n",
            b"https://api.example\na b",
            b"https://api.example\nkey\n",
            b"ftp://api.example\nkey",
            b"http://api.example\nkey",
            b"https://api.example\n\xff",
        ] {
            assert_eq!(StoredKey::of_lines(text), None, "{text:?}");
        }
    }
}
