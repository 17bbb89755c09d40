//! `numdeck logout`: the stored key of a profile is removed.

use std::fs;
use std::io::ErrorKind;

use super::record::{Record, from_home};
use super::{directory, note};
use crate::cli::args::{Global, LogoutArgs};
use crate::cli::key::KeySource;
use crate::cli::output::{form_of, safe};
use crate::cli::{Environment, Exit, Failure, profile, state};
use crate::config::{ConfigEdit, Profile};
use crate::keys::KeyStore;

pub(super) fn logout(
    global: &Global,
    environment: &Environment,
    options: &LogoutArgs,
) -> Result<Exit, Failure> {
    let mut record = Record::default();
    let Some((name, profile)) = profile::chosen(global, environment)? else {
        note(global, "no profile is in use, so that there is no stored key to remove");
        record.add("profile", serde_json::Value::Null);
        record.add("removed", false);
        record.print(form_of(global))?;
        return Ok(Exit::Done);
    };
    let removed = remove_key(global, environment, &name, &profile)?;
    if environment.api_key.is_some() {
        note(global, "NUMDECK_API_KEY is set, and is used all the same");
    }
    record.add("profile", name);
    record.add("removed", removed);
    if options.forget {
        record.add("lists_removed", forget(global, environment, &profile)?);
    }
    record.print(form_of(global))?;
    Ok(Exit::Done)
}

/// Removes the stored key, and takes it out of the profile. What is there already is so.
fn remove_key(
    global: &Global,
    environment: &Environment,
    name: &str,
    profile: &Profile,
) -> Result<bool, Failure> {
    let Some(place) = profile.key_store else {
        match &profile.key_file {
            Some(file) => note(
                global,
                &format!(
                    "profile {} has no stored key; that in {} is yours, and was left alone",
                    safe(name),
                    safe(&from_home(file, environment))
                ),
            ),
            None => note(global, &format!("profile {} has no stored key: not logged in", safe(name))),
        }
        return Ok(false);
    };
    let directory = directory(environment)?;
    let removed = KeyStore::new(directory, environment.keyring).remove(place, name)?;
    if !removed {
        note(global, &format!("{} held no key of profile {}", KeySource::Stored(place).name(), safe(name)));
    }
    let mut edit = ConfigEdit::open(directory, environment.home.as_deref())?;
    edit.unset(name, "key_store")?;
    edit.save()?;
    Ok(removed)
}

/// Removes the lists that were kept for the profile's server and organization. Returns how many.
fn forget(global: &Global, environment: &Environment, profile: &Profile) -> Result<u64, Failure> {
    let url = profile::base_url(profile)?;
    let mut organizations = vec![None];
    organizations.extend(profile.organization.as_deref().map(Some));
    let mut removed = 0;
    for file in organizations.into_iter().flat_map(|id| state::list_caches(&url, id)) {
        match fs::remove_file(&file) {
            Ok(()) => removed += 1,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                let message = format!("{} cannot be removed: {error}", safe(&from_home(&file, environment)));
                return Err(Failure::new(Exit::Other, "STATE", message, ""));
            }
        }
    }
    note(global, "the ledger of what was bought and changed from here stays: it is the only record of it");
    Ok(removed)
}
