//! `numdeck profile`: list, show, use, add and remove profiles.

use std::io::{IsTerminal, stderr, stdin};
use std::time::Duration;

use serde_json::{Value, json};

use super::record::{Record, from_home, text};
use super::whoami::scheme;
use super::{directory, note, say_given, unnamable};
use crate::api::{Dialect, Mode};
use crate::cli::args::{Global, ProfileCommand};
use crate::cli::choices::Choices;
use crate::cli::key::KeySource;
use crate::cli::output::{self, form_of, safe};
use crate::cli::{Environment, Exit, Failure, profile, prompt, runner};
use crate::config::{ConfigEdit, KeyPlace, Profile, Profiles, is_profile_name};
use crate::keys::KeyStore;
use crate::phone::format::shell_word;

pub(super) fn run(
    global: &Global,
    environment: &Environment,
    command: Option<&ProfileCommand>,
) -> Result<Exit, Failure> {
    match command {
        None | Some(ProfileCommand::List) => list(global, environment),
        Some(ProfileCommand::Show { name }) => show(global, environment, name.as_deref()),
        Some(ProfileCommand::Use { name }) => choose(global, environment, name),
        Some(ProfileCommand::Add { name }) => add(global, environment, name),
        Some(ProfileCommand::Remove { name, yes }) => remove(global, environment, name, *yes),
    }
}

/// The name of the profile that a command would use now.
fn in_use(global: &Global, environment: &Environment, profiles: &Profiles) -> Option<String> {
    let named = global.profile.clone().or_else(|| environment.profile.clone());
    named.or_else(|| profiles.default_profile().map(|(name, _)| name.to_owned()))
}

fn list(global: &Global, environment: &Environment) -> Result<Exit, Failure> {
    let profiles = profile::all(environment)?;
    let used = in_use(global, environment, &profiles);
    let heads = ["in_use", "profile", "base_url", "organization", "mode", "key", "read_only"];
    let mut rows = Vec::new();
    for name in profiles.names() {
        let Some(profile) = profiles.profile(name) else { continue };
        let is_used = used.as_deref() == Some(name);
        let document = json!({
            "in_use": is_used,
            "profile": name,
            "base_url": profile::base_url(profile)?.to_string(),
            "organization": profile.organization,
            "organization_name": profile.organization_name,
            "mode": mode(global, environment, name, profile, is_used),
            "key": key(environment, profile, is_used),
            "read_only": profile.read_only,
        });
        let cell = |head: &str| match (head, &document[head]) {
            ("in_use", Value::Bool(used)) => if *used { "*" } else { "" }.to_owned(),
            (_, value) => text(value),
        };
        rows.push((heads.iter().map(|head| cell(head)).collect(), document));
    }
    output::all(form_of(global), &heads, &rows)?;
    if rows.is_empty() {
        note(global, "there are no profiles; numdeck login makes one");
    }
    Ok(Exit::Done)
}

/// LIVE or TEST, where a key that numdeck reads for every command says so: the keyring is not asked for
/// a list, and a file of somebody's own is not read.
fn mode(
    global: &Global,
    environment: &Environment,
    name: &str,
    profile: &Profile,
    is_used: bool,
) -> Option<&'static str> {
    if let Some(key) = environment.api_key.as_ref().filter(|_| is_used) {
        return Some(Mode::of(key).name());
    }
    if profile.key_store != Some(KeyPlace::File) {
        return None;
    }
    let store = KeyStore::new(environment.config.as_deref()?, environment.keyring);
    let kept = store.read(KeyPlace::File, name).ok()?;
    kept.said.iter().for_each(|said| note(global, &safe(said)));
    Some(Mode::of(&kept.value?.key).name())
}

/// Where the key is.
fn key(environment: &Environment, profile: &Profile, is_used: bool) -> Option<String> {
    if is_used && environment.api_key.is_some() {
        return Some(KeySource::Variable.name().to_owned());
    }
    let stored = profile.key_store.map(|place| KeySource::Stored(place).name().to_owned());
    stored.or_else(|| Some(from_home(profile.key_file.as_deref()?, environment)))
}

fn show(global: &Global, environment: &Environment, name: Option<&str>) -> Result<Exit, Failure> {
    let profiles = profile::all(environment)?;
    let used = in_use(global, environment, &profiles);
    let Some(name) = name.or(used.as_deref()) else {
        let message = "no profile is in use";
        return Err(Failure::new(Exit::Usage, "CONFIG", message, "Name one: numdeck profile show NAME."));
    };
    let profile = profiles.profile(name).ok_or_else(|| profile::unknown(name, None, &profiles))?;
    let is_used = used.as_deref() == Some(name);
    let mut record = Record::default();
    record.add("profile", name);
    record.add("in_use", is_used);
    record.add("base_url", profile::base_url(profile)?.to_string());
    record.add("organization", profile.organization.clone());
    record.add("organization_name", profile.organization_name.clone());
    record.add("mode", mode(global, environment, name, profile, is_used));
    record.add("key", key(environment, profile, is_used));
    record.add("auth_scheme", scheme(profile.auth.unwrap_or_default()));
    record.add("read_only", profile.read_only);
    record.add("dialect", dialect(profile.dialect));
    record.add("ca_file", profile.ca_file.as_deref().map(|path| from_home(path, environment)));
    record.add("timeout", profile.timeout.map(time));
    record.add("max_total", profile.max_total.map(|cents| cents.0));
    record.add("max_each", profile.max_each.map(|cents| cents.0));
    record.add("sip_up", profile.sip_up.clone());
    record.add("sip_maintenance", profile.sip_maintenance.clone());
    record.add("theme", profile.theme.as_deref().map(|path| from_home(path, environment)));
    record.add("after_write", profile.after_write.clone());
    record.add("keep", profile.keep.map(|limits| limits.to_string()));
    record.print(form_of(global))?;
    Ok(Exit::Done)
}

/// As the file names it.
pub(super) fn dialect(dialect: Option<Dialect>) -> &'static str {
    match dialect {
        None => "auto",
        Some(Dialect::OpenApi) => "openapi",
        Some(Dialect::Guide) => "guide",
    }
}

/// As the file writes it.
pub(super) fn time(time: Duration) -> String {
    if time.subsec_millis() == 0 { format!("{}s", time.as_secs()) } else { format!("{}ms", time.as_millis()) }
}

fn choose(global: &Global, environment: &Environment, name: &str) -> Result<Exit, Failure> {
    let profiles = profile::all(environment)?;
    profiles.profile(name).ok_or_else(|| profile::unknown(name, None, &profiles))?;
    let mut edit = ConfigEdit::open(directory(environment)?, environment.home.as_deref())?;
    edit.set_default(name);
    edit.save()?;
    note(global, &format!("profile {} is used where none is named", safe(name)));
    if let Some(other) = environment.profile.as_deref().filter(|other| *other != name) {
        note(global, &format!("NUMDECK_PROFILE is set, and names {}", safe(other)));
    }
    Ok(Exit::Done)
}

fn add(global: &Global, environment: &Environment, name: &str) -> Result<Exit, Failure> {
    if !is_profile_name(name) {
        return Err(unnamable());
    }
    let mut edit = ConfigEdit::open(directory(environment)?, environment.home.as_deref())?;
    if edit.has(name) {
        let message = format!("there is a profile {} already, and nothing was changed", safe(name));
        let hint = "Edit config.toml to change it, or numdeck login --profile NAME to store a key with it.";
        return Err(Failure::new(Exit::Usage, "CONFIG", message, hint));
    }
    edit.add(name)?;
    say_given(&mut edit, name, global, &Choices::of(global, environment, &Profile::default())?)?;
    if global.read_only {
        edit.set(name, "read_only", true)?;
    }
    if let Some(file) = &global.ca_file {
        let wrong = |why: std::io::Error| {
            Failure::usage(format!("cannot use {}: {why}", safe(&file.to_string_lossy())))
        };
        // The file is read beside config.toml, not where this command was given.
        let absolute = std::path::absolute(file).map_err(wrong)?;
        std::fs::File::open(&absolute).map_err(wrong)?;
        let text =
            absolute.to_str().ok_or_else(|| Failure::usage("the name of the file is no text in UTF-8"))?;
        edit.set(name, "ca_file", text)?;
    }
    if let Some(timeout) = global.timeout {
        edit.set(name, "timeout", time(timeout))?;
    }
    edit.save()?;
    let word = safe(&shell_word(name));
    note(global, &format!("profile {} is made; numdeck login --profile {word} stores its key", safe(name)));
    Ok(Exit::Done)
}

fn remove(global: &Global, environment: &Environment, name: &str, yes: bool) -> Result<Exit, Failure> {
    let profiles = profile::all(environment)?;
    let profile = profiles.profile(name).ok_or_else(|| profile::unknown(name, None, &profiles))?;
    if !yes {
        confirm(global, name, profile)?;
    }
    let directory = directory(environment)?;
    if let Some(place) = profile.key_store {
        KeyStore::new(directory, environment.keyring).remove(place, name)?;
    }
    let mut edit = ConfigEdit::open(directory, environment.home.as_deref())?;
    let was_default = edit.remove(name);
    edit.save()?;
    let key = if profile.key_store.is_some() { " and its stored key" } else { "" };
    note(global, &format!("profile {}{key} is removed", safe(name)));
    if was_default {
        note(
            global,
            "it was the one that is used where none is named; numdeck profile use NAME chooses another",
        );
    }
    Ok(Exit::Done)
}

fn confirm(global: &Global, name: &str, profile: &Profile) -> Result<(), Failure> {
    let refused = |hint: &str| {
        Failure::new(Exit::RefusedHere, "NOT_CONFIRMED", "nothing was removed: it was not confirmed", hint)
    };
    if global.no_input || !stdin().is_terminal() || !stderr().is_terminal() {
        return Err(refused("Nobody can be asked here; --yes confirms it."));
    }
    let key = if profile.key_store.is_some() { " and its stored key" } else { "" };
    let question = format!("Profile {0}{key} will be removed. Type {0} to confirm: ", safe(name));
    let typed = runner::alone(async { Ok(prompt::line(&question).await) })?;
    if typed.trim() == name.trim() { Ok(()) } else { Err(refused("")) }
}
