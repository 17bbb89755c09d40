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
use super::output::say;
use super::{Environment, Exit, Failure, runner};

/// Runs a command that is about accounts and their keys.
pub(super) fn run(
    global: &Global,
    environment: &Environment,
    command: &AccountCommand,
) -> Result<Exit, Failure> {
    match command {
        AccountCommand::Login => login::login(global, environment),
        AccountCommand::Logout(options) => logout::logout(global, environment, options),
        AccountCommand::Whoami => runner::run(global, environment, runner::Threads::One, async |context| {
            whoami::whoami(context).await
        }),
        AccountCommand::Profile { command } => profiles::run(global, environment, command.as_ref()),
        AccountCommand::Doctor => doctor::doctor(global, environment),
    }
}

/// Says something beside the output, to whoever did not ask for silence.
fn note(global: &Global, text: &str) {
    if !global.quiet {
        say(&format!("numdeck: {text}"));
    }
}

/// The directory of profiles and keys.
fn directory(environment: &Environment) -> Result<&std::path::Path, Failure> {
    let message = "there is no place for profiles and keys";
    let nowhere = || Failure::new(Exit::Usage, "CONFIG", message, "Set NUMDECK_CONFIG_DIR, or HOME.");
    environment.config.as_deref().ok_or_else(nowhere)
}
