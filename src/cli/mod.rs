//! The scriptable surface: arguments, commands, output, exit codes.
//!
//! stdout is data, stderr is everything else. Nothing that a command does not need is loaded:
//! `--version` starts no runtime and no client.

#[allow(rustdoc::bare_urls, rustdoc::broken_intra_doc_links, reason = "its doc comments are help texts")]
mod args;
mod buy;
mod cart;
mod check;
mod columns;
mod context;
mod dashboard;
mod delete;
mod demo;
mod doubts;
mod failure;
mod list;
mod output;
mod profile;
mod prompt;
mod purchases;
mod reading;
mod records;
mod rejections;
mod release;
mod resolve;
mod runner;
mod sandbox;
mod search;
mod sending;
mod session;
mod several;
mod show;
mod sort;
mod state;
mod table;
mod targets;
mod ticker;
mod undo;
mod update;
mod waiting;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use args::Output;

pub use args::{Args, Command};
pub use context::{Context, Environment};
pub use failure::{Exit, Failure};

/// Reads the arguments, runs the command, and says how it went.
pub fn main() -> color_eyre::Result<ExitCode> {
    let args = match Args::try_parse_from(args::Check::told_apart(std::env::args_os())) {
        Ok(args) => args,
        Err(error) if error.use_stderr() && json_is_asked_for(std::env::args()) => {
            let text = error.to_string();
            let (message, hint) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
            let message = message.trim_start_matches("error: ");
            let failure = Failure { hint: hint.trim().to_owned(), ..Failure::usage(message) };
            failure.report(Some(Output::Json));
            return Ok(failure.exit.into());
        }
        Err(error) if error.use_stderr() && is_for_a_monitor(std::env::args()) => {
            // 2 is CRITICAL there, and nothing is known to be.
            let text = error.to_string();
            let line = text.trim_start_matches("error: ").lines().next().unwrap_or_default();
            writeln!(std::io::stdout(), "SIP UNKNOWN - {}", line.replace('|', "/")).ok();
            return Ok(ExitCode::from(3));
        }
        Err(error) => {
            // Help and version are asked for and go to stdout; a closed pipe ends quietly.
            error.print().ok();
            return Ok(ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)));
        }
    };
    color_eyre::config::HookBuilder::default().display_env_section(false).install()?;
    let output = args.global.output;
    let result = run(args);
    Ok(match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.report(output);
            failure.exit.into()
        }
    })
}

/// Whether a monitor reads the answer, from arguments that were not understood otherwise.
fn is_for_a_monitor(args: impl Iterator<Item = String>) -> bool {
    let args: Vec<String> = args.collect();
    ["check", "--nagios"].iter().all(|word| args.iter().any(|arg| arg == word))
}

/// Whether errors are to be JSON, from arguments that were not understood otherwise.
fn json_is_asked_for(args: impl Iterator<Item = String>) -> bool {
    let args: Vec<String> = args.collect();
    let is_json = |value: &str| matches!(value, "json" | "ndjson");
    let joined = |arg: &String| {
        arg.strip_prefix("--output=")
            .or_else(|| arg.strip_prefix("-o").map(|rest| rest.trim_start_matches('=')))
            .is_some_and(is_json)
    };
    args.iter().any(joined)
        || args.windows(2).any(|pair| matches!(pair[0].as_str(), "-o" | "--output") && is_json(&pair[1]))
}

fn run(args: Args) -> Result<Exit, Failure> {
    let environment = Environment::of_process();
    let global = args.global.clone();
    match args.chosen()? {
        Command::Tui(tui) => dashboard::run(&global, &environment, &tui),
        Command::Demo => demo::run(&global),
        Command::List(options) => list::run(&global, &environment, &options),
        Command::Search(options) => search::run(&global, &environment, &options),
        Command::Show(options) => show::run(&global, &environment, &options),
        Command::Buy(options) => buy::run(&global, &environment, &options),
        Command::Update(options) => update::run(&global, &environment, &options),
        Command::Release(options) => release::run(&global, &environment, &options),
        Command::Delete(options) => delete::run(&global, &environment, &options),
        Command::Undo(options) => undo::run(&global, &environment, &options),
        Command::Purchases(options) => purchases::run(&global, &environment, &options),
        Command::Check(options) => check::run(&global, &environment, &options),
        Command::Sandbox(options) => sandbox::run(options),
    }
}
