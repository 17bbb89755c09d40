//! The scriptable surface: arguments, commands, output, exit codes.
//!
//! stdout is data, stderr is everything else. Nothing that a command does not need is loaded:
//! `--version` starts no runtime and no client.

mod account;
#[allow(rustdoc::bare_urls, rustdoc::broken_intra_doc_links, reason = "its doc comments are help texts")]
mod args;
mod check;
mod choices;
mod command_context;
mod completion;
mod context;
mod costs;
mod dashboard;
#[cfg(feature = "sandbox")]
mod demo;
mod docs;
mod endpoints;
mod environment;
mod exporter;
mod failure;
mod figures;
mod help;
mod history;
mod hook;
mod key;
mod label;
mod list;
mod man;
mod numbers;
mod output;
mod pages;
mod profile;
mod program;
mod progress;
mod prompt;
mod remembered;
mod runner;
#[cfg(feature = "sandbox")]
mod sandbox;
mod schema;
mod search;
mod show;
mod sip;
mod skill;
mod state;
mod unresolved;
mod watch;
mod write;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::log::Log;
use args::{ApiCommand, Output};
use command_context::CommandContext;
use runner::Threads;

pub use args::{Args, Command};
pub use context::Context;
pub use environment::Environment;
pub use failure::{Exit, Failure};

/// Reads the arguments, runs the command, and says how it went.
pub fn main() -> color_eyre::Result<ExitCode> {
    let given: Vec<OsString> = std::env::args_os().collect();
    if given.get(1).is_some_and(|word| word == completion::WORD) {
        completion::answer(&given[2..]);
        return Ok(ExitCode::SUCCESS);
    }
    let args = match help::read(given.iter().cloned()) {
        Ok(args) => args,
        Err(error) if error.use_stderr() => return Ok(help::misused(&error, &given)),
        // Help and version are asked for and go to stdout.
        Err(asked) => return Ok(ended(docs::printed(&asked.to_string()), None)),
    };
    color_eyre::config::HookBuilder::default().display_env_section(false).install()?;
    let output = args.global.output;
    Ok(ended(logged(args), output))
}

/// Runs a command with the log that was asked for. A log that is not whole is said, and changes
/// nothing about what was done.
fn logged(args: Args) -> Result<Exit, Failure> {
    let Some(path) = args.global.log.clone() else { return run(args) };
    let log = Log::open(&path, args.global.verbose)
        .map_err(|error| Failure::usage(format!("--log {}: {error}", path.display())))?;
    let result = run(args);
    if let Err(error) = log.close() {
        output::say(&format!("numdeck: the log {} is not whole: {error}", path.display()));
    }
    result
}

fn ended(result: Result<Exit, Failure>, output: Option<Output>) -> ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.report(output);
            failure.exit.into()
        }
    }
}

fn run(args: Args) -> Result<Exit, Failure> {
    let global = args.global.clone();
    let is_monitored = matches!(&args.command, Some(Command::Check(check)) if check.nagios);
    let command = match args.chosen() {
        // 2 is CRITICAL to a monitor, and nothing is known to be.
        Err(failure) if is_monitored => return check::unknown(&failure),
        chosen => chosen?,
    };
    // These two obey no variable that names a server.
    let environment = match command {
        #[cfg(feature = "sandbox")]
        Command::Demo(_) | Command::Sandbox(_) => Environment::of_terminal(),
        Command::Help(_) | Command::Version | Command::Docs(_) => Environment::of_terminal(),
        _ => Environment::of_process()?,
    };
    match command {
        Command::Tui(tui) => dashboard::run(&global, &environment, &tui),
        Command::Account(command) => account::run(&global, &environment, &command),
        Command::Check(options) => check::run(&global, &environment, &options),
        Command::Watch(options) => watch::run(&global, &environment, &options),
        Command::History(options) => history::run(&global, &environment, &options),
        Command::Api(command) => {
            if let ApiCommand::List(list) = &*command
                && let Some(when) = list.at
            {
                return history::list(&global, &environment, list, when);
            }
            let threads = threads(&command);
            runner::run(&global, &environment, threads, async |context| over_the_api(context, &command).await)
        }
        #[cfg(feature = "sandbox")]
        Command::Demo(look) => demo::run(&global, &environment, look),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(options) => sandbox::run(options),
        Command::Docs(command) => docs::run(&global, &command),
        Command::Help(asked) => docs::help(&global, &asked.topic),
        Command::Version => docs::version(&global),
    }
}

/// A page that is all costs no other thread.
fn threads(command: &ApiCommand) -> Threads {
    let is_long = match command {
        ApiCommand::List(list) => {
            list.printed.extent.is_long() || list.sort.is_some() || !list.which.expression().is_empty()
        }
        ApiCommand::Search(search) => {
            search.printed.extent.is_long() || search.pattern.is_some() || search.sort.is_some()
        }
        // Scrapes are answered while a list is read.
        ApiCommand::Exporter(_) => true,
        _ => false,
    };
    if is_long { Threads::Several } else { Threads::One }
}

async fn over_the_api(context: &CommandContext, command: &ApiCommand) -> Result<Exit, Failure> {
    match command {
        ApiCommand::List(options) => list::list(context, options).await,
        ApiCommand::Search(options) => search::search(context, options).await,
        ApiCommand::Show(options) => show::show(context, options).await,
        ApiCommand::Buy(options) => write::buy::buy(context, options).await,
        ApiCommand::Update(options) => write::update::update(context, options).await,
        ApiCommand::Release(options) => write::release::release(context, options).await,
        ApiCommand::Delete(options) => write::release::delete(context, options).await,
        ApiCommand::Undo(options) => write::undo::undo(context, options).await,
        ApiCommand::Plan(options) => write::plan::plan(context, options).await,
        ApiCommand::Apply(options) => write::apply::apply(context, options).await,
        ApiCommand::Purchases(options) => write::purchases::purchases(context, options).await,
        ApiCommand::Costs(options) => costs::run(context, options).await,
        ApiCommand::Label(options) => label::label(context, options).await,
        ApiCommand::Sip(options) => sip::sip(context, options).await,
        ApiCommand::Exporter(options) => exporter::exporter(context, options).await,
    }
}
