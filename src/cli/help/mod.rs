//! What numdeck says of itself: the command line as a whole, its help, and what is wrong with arguments.
//!
//! The definition of all commands comes from the doc comments in `args`; here it gets its examples, and the
//! options of all commands become one line of each help text.

mod examples;
mod guess;
mod misuse;
mod topic;

use std::ffi::OsString;
use std::fmt::Write;

use clap::{CommandFactory, FromArgMatches};

use super::args::{Args, spelled};
use super::failure::Exit;

pub(super) use examples::of as examples_of;
pub(super) use misuse::misused;
pub(super) use topic::{TOPICS, topic};

/// Under each help text.
const GLOBALS: &str = "global options: numdeck help globals";

/// The variables that numdeck reads.
pub(super) const ENVIRONMENT: &[(&str, &str)] = &[
    ("NUMDECK_API_KEY", "the API key itself"),
    ("NUMDECK_BASE_URL", "where the API is"),
    ("NUMDECK_ORG", "organization to act for"),
    ("NUMDECK_PROFILE", "profile of config.toml"),
    ("NUMDECK_CONFIG_DIR", "where config.toml is"),
    ("NUMDECK_STATE_DIR", "where the ledger is kept"),
    ("NO_COLOR", "no colours, when not empty"),
];

/// The command line as a whole.
pub(super) fn definition() -> clap::Command {
    let command = Args::command();
    let command = command.mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
    let command = with_examples(command, "");
    command.after_help(overview())
}

/// Reads arguments, in whatever spelling they came.
pub(super) fn read(given: impl Iterator<Item = OsString>) -> Result<Args, clap::Error> {
    let mut matches = definition().try_get_matches_from(spelled(given))?;
    Args::from_arg_matches_mut(&mut matches)
}

/// The version of this numdeck.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that it was built from, where that is known.
pub(super) const COMMIT: &str = git_version::git_version!(
    args = ["--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
    fallback = "no commit"
);

/// Which numdeck this is.
pub(super) fn version() -> String {
    format!("{VERSION} ({COMMIT})")
}

/// Adds to each command below `command` what it is used for.
fn with_examples(command: clap::Command, path: &str) -> clap::Command {
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        let path = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
        command.mut_subcommand(name, |below| {
            let said = below.get_after_help().map_or(String::new(), |text| format!("{text}\n\n"));
            let text = format!("{said}{}{GLOBALS}", examples::text(&path));
            with_examples(below, &path).after_help(text)
        })
    })
}

/// What stands under the list of commands.
fn overview() -> String {
    let mut text = "Exit codes:\n".to_owned();
    for (exit, meaning) in Exit::TABLE {
        writeln!(text, "  {:>3}  {meaning}", *exit as u8).ok();
    }
    text.push_str("\nEnvironment (a flag beats it, and it beats the profile):\n");
    for (name, meaning) in ENVIRONMENT {
        writeln!(text, "  {name:<19} {meaning}").ok();
    }
    text.push_str("\nhelp of one command: numdeck help list; the filter language: numdeck help filter\n");
    text.push_str(GLOBALS);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All commands below this one, with their paths.
    pub(super) fn all(command: &clap::Command, path: &str) -> Vec<String> {
        let below = command.get_subcommands().flat_map(|below| {
            let path = format!("{path} {}", below.get_name()).trim().to_owned();
            [vec![path.clone()], all(below, &path)].concat()
        });
        below.collect()
    }

    #[test]
    fn every_command_has_an_example_that_is_understood() {
        for path in all(&definition(), "") {
            let lines = examples::lines(&path);
            assert!(!lines.is_empty(), "numdeck {path} has no example");
            for line in lines {
                let words = examples::words(line);
                if let Err(error) = read(words.iter().map(OsString::from)) {
                    assert!(!error.use_stderr(), "{line}: {error}");
                }
                assert!(line.contains(&format!("numdeck {path}")), "{line} is an example of another command");
            }
        }
    }

    #[test]
    fn the_options_of_all_commands_are_one_line_in_each_help() {
        for path in all(&definition(), "") {
            let text = topic(&path.split(' ').map(str::to_owned).collect::<Vec<_>>()).unwrap();
            assert!(text.trim_end().ends_with(GLOBALS) && !text.contains("--base-url"), "{path}:\n{text}");
        }
        for (name, _) in TOPICS {
            assert!(topic(&[(*name).to_owned()]).is_ok(), "numdeck help {name}");
        }
        let text = topic(&["globals".to_owned()]).unwrap();
        assert!(text.contains("--base-url") && text.contains("--settle"), "{text}");
    }
}
