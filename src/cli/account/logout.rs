//! `numdeck logout`: the stored key of a profile is removed.

use std::fs;
use std::io::ErrorKind;

use super::record::{Record, from_home};
use super::{directory, note};
use crate::cli::args::{Global, LogoutArgs};
use crate::cli::key::KeySource;
use crate::cli::output::{form_of, safe};
use crate::cli::{Environment, Exit, Failure, profile, state};
use crate::config::{ConfigEdit, KeyPlace, Profile};
use crate::keys::KeyStore;
use crate::store::NumberStore;

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
    let (removed, aside) = remove_key(global, environment, &name, &profile, options.forget)?;
    if environment.api_key.is_some() {
        note(global, "NUMDECK_API_KEY is set, and is used all the same");
    }
    record.add("profile", name);
    record.add("removed", removed);
    record.add_known("set_aside", aside);
    if options.forget {
        record.add("lists_removed", forget(global, environment, &profile)?);
    }
    record.print(form_of(global))?;
    Ok(Exit::Done)
}

/// Puts a file of keys aside that is damaged, so that it hinders nobody. Whose keys are in it cannot be told:
/// it is not deleted, and all whose keys were there are named. Returns where it is then.
fn set_aside(global: &Global, environment: &Environment) -> Result<Option<String>, Failure> {
    let Some(aside) = KeyStore::new(directory(environment)?, environment.keyring).set_aside()? else {
        return Ok(None);
    };
    let aside = from_home(&aside, environment);
    let profiles = profile::all(environment)?;
    let is_there =
        |name: &&str| profiles.profile(name).is_some_and(|profile| profile.key_store == Some(KeyPlace::File));
    let all: Vec<&str> = profiles.names().filter(is_there).collect();
    note(
        global,
        &safe(&format!(
            "credentials.toml is damaged, and is {aside} now; the keys of {} may be in it still: \
             take out what you need, then delete it",
            all.join(", ")
        )),
    );
    Ok(Some(aside))
}

/// Removes the stored key, and takes it out of the profile. What is there already is so. Returns whether there
/// was one, and where a damaged file of keys is now.
fn remove_key(
    global: &Global,
    environment: &Environment,
    name: &str,
    profile: &Profile,
    forget: bool,
) -> Result<(bool, Option<String>), Failure> {
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
        return Ok((false, None));
    };
    let directory = directory(environment)?;
    let aside = if forget && place == KeyPlace::File { set_aside(global, environment)? } else { None };
    let removed = KeyStore::new(directory, environment.keyring).remove(place, name)?;
    if !removed && aside.is_none() {
        note(global, &format!("{} held no key of profile {}", KeySource::Stored(place).name(), safe(name)));
    }
    let mut edit = ConfigEdit::open(directory, environment.home.as_deref())?;
    edit.unset(name, "key_store")?;
    edit.save()?;
    Ok((removed, aside))
}

/// Removes what was remembered of the numbers of the profile's server and organization. Returns how many
/// lists those were.
fn forget(global: &Global, environment: &Environment, profile: &Profile) -> Result<u64, Failure> {
    let url = profile::base_url(profile)?;
    let mut organizations = vec![None];
    organizations.extend(profile.organization.as_deref().map(Some));
    let mut removed = 0;
    let lists = organizations.iter().flat_map(|id| state::old_lists(&url, *id));
    let stores = organizations.iter().flat_map(|id| state::stores(&url, *id));
    let all = lists.map(|file| vec![file]).chain(stores.map(|(file, _)| NumberStore::files(&file)));
    for files in all {
        let mut was_there = false;
        for file in files {
            match fs::remove_file(&file) {
                Ok(()) => was_there = true,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    let message =
                        format!("{} cannot be removed: {error}", safe(&from_home(&file, environment)));
                    return Err(Failure::new(Exit::Other, "STATE", message, ""));
                }
            }
        }
        removed += u64::from(was_there);
    }
    note(global, "the ledger of what was bought and changed from here stays: it is the only record of it");
    Ok(removed)
}
