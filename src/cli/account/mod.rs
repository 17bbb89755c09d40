//! Accounts: `login`, `logout`, `whoami`, `profile` and `doctor`.

mod doctor;
mod finding;
mod login;
mod logout;
mod profiles;
mod proof;
mod record;
mod terminal;
mod whoami;

pub(super) use login::store_key;

use super::args::{AccountCommand, Global};
use super::choices::{Choices, Origin};
use super::output::say;
use super::{Environment, Exit, Failure, runner};
use crate::config::{ConfigEdit, ConfigError};
use whoami::scheme;

/// Runs a command that is about accounts and their keys.
pub(super) fn run(
    global: &Global,
    environment: &Environment,
    command: &AccountCommand,
) -> Result<Exit, Failure> {
    match command {
        AccountCommand::Login => login::login(global, environment),
        AccountCommand::Logout(options) => logout::logout(global, environment, options),
        AccountCommand::Whoami(_) => {
            runner::run(global, environment, runner::Threads::One, async |context| {
                whoami::whoami(context).await
            })
        }
        AccountCommand::Profile { command } => profiles::run(global, environment, command.as_ref()),
        AccountCommand::Doctor(_) => doctor::doctor(global, environment),
    }
}

/// Says something beside the output, to whoever did not ask for silence.
fn note(global: &Global, text: &str) {
    if !global.quiet {
        say(&format!("numdeck: {text}"));
    }
}

/// Says in a profile which server, organization and scheme were given by flags, and the server also where the
/// environment gave it: a key and its URL stay together.
fn say_given(
    edit: &mut ConfigEdit,
    name: &str,
    global: &Global,
    choices: &Choices,
) -> Result<(), ConfigError> {
    if !matches!(choices.base_url.by, Origin::Profile | Origin::Default) {
        edit.set(name, "base_url", choices.base_url.value.to_string())?;
    }
    if let Some(organization) = &global.org {
        edit.set(name, "organization", organization.as_str())?;
    }
    if let Origin::Flag(_) = choices.auth.by {
        edit.set(name, "auth", scheme(choices.auth.value))?;
    }
    Ok(())
}

/// A name that no profile can have.
fn unnamable() -> Failure {
    let message = "a profile has a name of at most 60 characters, which begins with no hyphen and is no key";
    Failure::usage(message)
}

/// The directory of profiles and keys.
fn directory(environment: &Environment) -> Result<&std::path::Path, Failure> {
    let message = "there is no place for profiles and keys";
    let nowhere = || Failure::new(Exit::Usage, "CONFIG", message, "Set NUMDECK_CONFIG_DIR, or HOME.");
    environment.config.as_deref().ok_or_else(nowhere)
}
