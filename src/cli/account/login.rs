//! `numdeck login`: a key is stored with a profile once it was seen to work.

use std::io::{self, IsTerminal};
use std::path::Path;

use super::record::{Record, from_home};
use super::whoami::scheme;
use super::{directory, note, proof, say_given, unnamable};
use crate::cli::args::Global;
use crate::cli::choices::Choices;
use crate::cli::command_context::CommandContext;
use crate::cli::key::{self, FoundKey, KeySource, NO_KEY};
use crate::cli::output::{form_of, safe};
use crate::cli::{Context, Environment, Exit, Failure, profile, prompt, runner};
use crate::config::{ConfigEdit, KeyPlace, Profile, is_profile_name};
use crate::keys::{KeyStore, StoredKey};
use crate::phone::Secret;

/// The profile that is made where there is none.
const USUAL: &str = "default";

/// Where the key will be said to belong.
struct Target {
    name: String,
    profile: Profile,
    /// No profile is used where none is named.
    no_default: bool,
}

impl Target {
    fn of(global: &Global, environment: &Environment) -> Result<Self, Failure> {
        let profiles = profile::all(environment)?;
        let default = profiles.default_profile().map(|(name, _)| name);
        let named = global.profile.as_deref().or(environment.profile.as_deref()).or(default);
        let name = named.unwrap_or(USUAL).to_owned();
        if !is_profile_name(&name) {
            return Err(unnamable());
        }
        let profile = profiles.profile(&name).cloned().unwrap_or_default();
        Ok(Self { name, profile, no_default: default.is_none() })
    }
}

pub(super) fn login(global: &Global, environment: &Environment) -> Result<Exit, Failure> {
    let target = Target::of(global, environment)?;
    let choices = Choices::of(global, environment, &target.profile)?;
    let found = given(global, &target.name, &choices)?;
    let stored = store(global, environment, &target, &choices, found)?;
    stored.notes.iter().for_each(|text| note(global, text));
    stored.record.print(form_of(global))?;
    Ok(Exit::Done)
}

/// The same for a key that was given on screen: nothing is said but what went wrong.
pub(in crate::cli) fn store_key(
    global: &Global,
    environment: &Environment,
    key: &Secret,
) -> Result<(), Failure> {
    let global = Global { quiet: true, ..global.clone() };
    let target = Target::of(&global, environment)?;
    let choices = Choices::of(&global, environment, &target.profile)?;
    let found = FoundKey::of(key.expose(), KeySource::Typed, KeySource::Typed.name())?;
    store(&global, environment, &target, &choices, found).map(drop)
}

/// What was stored, and what there is to say of it.
struct Stored {
    record: Record,
    notes: Vec<String>,
}

/// Sees a key work, and stores it with its profile.
fn store(
    global: &Global,
    environment: &Environment,
    target: &Target,
    choices: &Choices,
    found: FoundKey,
) -> Result<Stored, Failure> {
    let place = directory(environment)?;
    let key = StoredKey { base_url: choices.base_url.value.clone(), key: found.key.clone() };
    let context = Context::with_key(
        environment,
        Some(target.name.clone()),
        target.profile.clone(),
        choices.clone(),
        found,
    )?;
    let context = CommandContext::new(global, context)?;
    // What cannot be written is told before anything is asked of a server.
    edited(place, environment, global, target, choices, KeyPlace::File)?.0.checked()?;
    let verified =
        runner::over(
            &context,
            runner::Threads::One,
            async |context| Ok(proof::first(&context.client).await?),
        );
    let first = verified.map_err(|failure| Failure {
        message: format!("nothing was stored: {}", failure.message),
        ..failure
    })?;
    context.see(&first);
    let store = KeyStore::new(place, environment.keyring);
    let mut notes = Vec::new();
    let kept_in = keep(&store, target, &key, &mut notes)?;
    let saved = edited(place, environment, global, target, choices, kept_in)
        .and_then(|(edit, key_file)| Ok((edit.save()?, key_file)));
    let before = target.profile.key_store;
    let (_, key_file) = saved.inspect_err(|_| {
        // A key that no profile knows of is one that nobody would remove.
        if before != Some(kept_in) {
            store.remove(kept_in, &target.name).ok();
        }
    })?;
    // A key is in one place.
    if let Some(former) = before.filter(|former| *former != kept_in)
        && let Err(why) = store.remove(former, &target.name)
    {
        let place = KeySource::Stored(former).name();
        notes.push(format!("{place} may still hold the former key: {}", safe(&why.to_string())));
    }
    if let Some(former) = target.profile.base_url.as_ref().filter(|former| **former != key.base_url) {
        notes.push(format!(
            "profile {} was for {former}, and is for {} now",
            safe(&target.name),
            key.base_url
        ));
    }
    if key_file {
        notes.push("the profile's key_file is not used any more, and was left where it is".to_owned());
    }
    if environment.api_key.is_some() {
        notes.push("NUMDECK_API_KEY is set, and beats the key that was stored".to_owned());
    }
    let account = context.account();
    let mut record = Record::default();
    record.add("profile", target.name.clone());
    record.add("base_url", key.base_url.to_string());
    record.add("mode", account.standing.mode.name());
    record.add("organization", account.standing.organization.clone());
    record.add(
        "organization_id",
        first.and_then(|number| number.organization.clone()).map(|id| id.to_string()),
    );
    record.add("auth_scheme", scheme(account.settings.auth));
    record.add("key_store", kept_in.name());
    record.add(
        "key_place",
        match kept_in {
            KeyPlace::Keyring => KeySource::Stored(kept_in).name().to_owned(),
            KeyPlace::File => from_home(&store.file(), environment),
        },
    );
    Ok(Stored { record, notes })
}

/// The key: from the file that is named, else asked for at the terminal, else from standard input.
fn given(global: &Global, name: &str, choices: &Choices) -> Result<FoundKey, Failure> {
    if let Some(path) = &global.api_key_file {
        return key::read(path, KeySource::Given);
    }
    if !io::stdin().is_terminal() {
        return key::read(Path::new("-"), KeySource::Given);
    }
    if global.no_input {
        let message = "nothing was stored: a key has to be typed, and nobody is to be asked";
        return Err(Failure::new(
            Exit::Key,
            NO_KEY,
            message,
            "Give it with --api-key-file FILE, or by a pipe.",
        ));
    }
    let question = format!("API key of profile {} for {} (not shown): ", safe(name), choices.base_url.value);
    let typed = runner::alone(async {
        let typed = prompt::hidden(&question).await;
        typed.map_err(|error| Failure::new(Exit::Key, NO_KEY, format!("no key was read: {error}"), ""))
    })?;
    FoundKey::of(typed.expose(), KeySource::Typed, KeySource::Typed.name())
}

/// Puts the key where the profile says, else in the keyring, else in the file; says why not in the keyring.
fn keep(
    store: &KeyStore,
    target: &Target,
    key: &StoredKey,
    notes: &mut Vec<String>,
) -> Result<KeyPlace, Failure> {
    let why = if target.profile.key_store == Some(KeyPlace::File) {
        "the profile says key_store = \"file\"".to_owned()
    } else {
        match store.write(KeyPlace::Keyring, &target.name, key) {
            Ok(_) => return Ok(KeyPlace::Keyring),
            Err(why) => why.to_string(),
        }
    };
    let kept = store.write(KeyPlace::File, &target.name, key)?;
    notes.extend(kept.said.iter().map(|said| safe(said)));
    notes.push(format!("the key is not in the keyring: {}", safe(&why)));
    Ok(KeyPlace::File)
}

/// The profile with what `login` was given. Returns the edit, and whether the profile had named a file.
fn edited(
    place: &Path,
    environment: &Environment,
    global: &Global,
    target: &Target,
    choices: &Choices,
    kept_in: KeyPlace,
) -> Result<(ConfigEdit, bool), Failure> {
    let name = &target.name;
    let mut edit = ConfigEdit::open(place, environment.home.as_deref())?;
    if target.no_default {
        edit.set_default(name);
    }
    edit.add(name)?;
    if global.org.is_some() && target.profile.organization != global.org {
        // It named the one before.
        edit.unset(name, "organization_name")?;
    }
    say_given(&mut edit, name, global, choices)?;
    let key_file = edit.unset(name, "key_file")?;
    edit.set(name, "key_store", kept_in.name())?;
    Ok((edit, key_file))
}
