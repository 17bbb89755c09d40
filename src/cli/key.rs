//! Which key a command presents, and from where.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::args::Global;
use super::environment::Environment;
use super::output::safe;
use super::{Exit, Failure, profile};
use crate::api::{BaseUrl, SessionEnd};
use crate::config::{KeyPlace, Profile};
use crate::keys::{KeyStore, KeyStoreError};
use crate::phone::Secret;

/// A key is short; more than this is another file.
const LONGEST_KEY: usize = 16 * 1024;

/// Where a key came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeySource {
    /// `--api-key-file`, or standard input.
    Given,
    /// Somebody typed it.
    Typed,
    /// `NUMDECK_API_KEY`.
    Variable,
    /// The file that the profile names.
    File,
    /// Where `login` has put it.
    Stored(KeyPlace),
}

impl KeySource {
    /// In words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Given => "key file",
            Self::Typed => "the terminal",
            Self::Variable => "NUMDECK_API_KEY",
            Self::File => "the profile's key file",
            Self::Stored(KeyPlace::Keyring) => "the keyring",
            Self::Stored(KeyPlace::File) => "credentials.toml",
        }
    }
}

/// A key, where it came from, and what is better changed about it.
pub(super) struct FoundKey {
    pub(super) key: Secret,
    pub(super) source: KeySource,
    pub(super) warnings: Vec<String>,
}

impl FoundKey {
    /// The key in a text, without what an editor or a paste put around it: blanks, a byte order mark.
    ///
    /// # Errors
    /// It holds none, or is not one key; the text itself is not repeated.
    pub(super) fn of(text: &str, source: KeySource, place: &str) -> Result<Self, Failure> {
        let wrong = |message: String, hint: &str| Err(Failure::new(Exit::Key, "KEY", message, hint));
        let key = text.trim_start_matches('\u{feff}').trim();
        if key.is_empty() {
            return wrong(format!("{place} holds no key"), "");
        }
        let is_quote = |byte: u8| matches!(byte, b'"' | b'\'' | b'`');
        let is_word = key.bytes().all(|byte| byte.is_ascii_graphic() && !is_quote(byte));
        // Behind the first letter it is another one, or what stands before it does not belong to it.
        let begins_once =
            ["kros_live_", "kros_test_"].iter().all(|start| key.rfind(start).is_none_or(|at| at == 0));
        if !is_word || !begins_once {
            return wrong(
                format!("nothing was sent: what {place} holds is not one key"),
                "A key is one word: no second one, no quotes around it, no Bearer and no name before it.",
            );
        }
        Ok(Self { key: Secret::new(key.to_owned()), source, warnings: Vec::new() })
    }
}

/// The keys that numdeck keeps itself; `None` where nothing says where that would be.
pub(super) fn store(environment: &Environment) -> Option<KeyStore> {
    Some(KeyStore::new(environment.config.as_deref()?, environment.keyring))
}

/// The code of a machine on which there is no key.
pub(super) const NO_KEY: &str = "NO_KEY";

/// The key of the flag, else of the environment, else the one that is stored with the profile.
pub(super) fn find(
    global: &Global,
    environment: &Environment,
    profile: Option<(&str, &Profile)>,
    base_url: &BaseUrl,
) -> Result<FoundKey, Failure> {
    if let Some(path) = &global.api_key_file {
        return read(path, KeySource::Given);
    }
    if let Some(key) = &environment.api_key {
        return FoundKey::of(key.expose(), KeySource::Variable, KeySource::Variable.name());
    }
    let Some((name, profile)) = profile else { return Err(none()) };
    if let Some(place) = profile.key_store {
        return stored(environment, name, place, base_url);
    }
    let Some(path) = &profile.key_file else { return Err(none()) };
    is_for(&profile::base_url(profile)?, base_url)?;
    read(path, KeySource::File)
}

/// The key that `login` has stored with a profile.
fn stored(
    environment: &Environment,
    name: &str,
    place: KeyPlace,
    base_url: &BaseUrl,
) -> Result<FoundKey, Failure> {
    let source = KeySource::Stored(place);
    let store = store(environment).ok_or_else(none)?;
    let kept = store.read(place, name)?;
    let Some(stored) = kept.value else {
        let message = format!("{} holds no key of profile {}", source.name(), safe(name));
        return Err(Failure::new(Exit::Key, NO_KEY, message, "numdeck login stores one."));
    };
    is_for(&stored.base_url, base_url)?;
    Ok(FoundKey { key: stored.key, source, warnings: kept.said })
}

/// Refuses to send a key elsewhere than it was stored for: whoever can change the URL must not get it.
fn is_for(stored_for: &BaseUrl, wanted: &BaseUrl) -> Result<(), Failure> {
    if stored_for == wanted {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Key,
        "KEY_OF_ANOTHER_URL",
        format!("nothing was sent: the profile's key is stored for {stored_for}, not for {wanted}"),
        "Give a key for it with --api-key-file FILE or NUMDECK_API_KEY, or log in with a profile of its own.",
    ))
}

fn none() -> Failure {
    Failure::new(
        Exit::Key,
        NO_KEY,
        "no API key. The Cockpit makes one: cockpit.krosai.com, Developers, API Keys.",
        "numdeck login stores it; or give it as NUMDECK_API_KEY=kros_… in the environment, with --api-key-file FILE, \
         or in a profile's key_file.\n\
         `numdeck demo` needs none: it shows everything over made-up numbers on this machine.",
    )
}

/// The key in a file, `-` for standard input.
pub(super) fn read(path: &Path, source: KeySource) -> Result<FoundKey, Failure> {
    let mut open = false;
    // The room is there from the start: what grows leaves copies behind that nobody wipes.
    let mut text = Zeroizing::new(String::with_capacity(LONGEST_KEY + 1));
    let most = LONGEST_KEY as u64;
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| {
            let about = file.metadata()?;
            open = about.is_file() && about.permissions().mode() & 0o077 != 0;
            file.take(most).read_to_string(&mut text)
        })
    };
    let shown =
        if path == Path::new("-") { "standard input".to_owned() } else { safe(&path.to_string_lossy()) };
    let wrong = |why: String| Failure::new(Exit::Key, "KEY_FILE", why, "");
    read.map_err(|error| wrong(format!("cannot read the key from {shown}: {error}")))?;
    let found = FoundKey::of(&text, source, &shown)?;
    let warnings = open.then(|| format!("warning: others can read {shown}: chmod 600 it"));
    Ok(FoundKey { warnings: warnings.into_iter().collect(), ..found })
}

/// What has to be said of a key that ends by itself.
pub(super) fn ending(key: &Secret, now: Timestamp) -> Option<String> {
    Some(match SessionEnd::of(key, now)? {
        SessionEnd::Soon(end) => {
            let minutes = end.duration_since(now).as_mins().max(1);
            format!("warning: this key is a session that ends in {minutes} min, at {end:.0}")
        }
        SessionEnd::Ended(end) => {
            format!("warning: this key is a session that ended at {end:.0}; the server will refuse it")
        }
    })
}

impl From<KeyStoreError> for Failure {
    fn from(error: KeyStoreError) -> Self {
        let hint = match &error {
            KeyStoreError::File { .. } => "Put it right or remove it, then numdeck login.",
            KeyStoreError::Damaged { .. } => {
                "Put it right; or numdeck logout --forget puts it aside, with the keys of all profiles in it, \
                 and numdeck login stores one anew."
            }
            _ => "Unlock or start it, or give the key as NUMDECK_API_KEY or with --api-key-file FILE.",
        };
        Self::new(Exit::Key, "KEY_STORE", safe(&error.to_string()), hint)
    }
}
