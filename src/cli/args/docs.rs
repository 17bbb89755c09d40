//! Options of what numdeck says of itself to shells, readers and programs. The doc comments are the help texts.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Subcommand, ValueEnum};

use super::super::schema;

/// What numdeck says of itself.
#[derive(Debug, Clone, Subcommand)]
pub enum DocsCommand {
    /// Print what a shell needs to complete commands, options and values
    #[command(alias = "completion", after_help = DocsCommand::COMPLETIONS)]
    Completions {
        /// Which shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page, or write one of each command into a directory
    Man {
        /// Where to write them: numdeck.1, numdeck-list.1, and so on
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Print the JSON Schema of what a command prints, or say which there are
    #[command(after_help = DocsCommand::SCHEMA)]
    Schema {
        /// A command for its -o json, with -row for a line of its -o ndjson; `error` for errors of either
        #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(schema::names()), hide_possible_values = true)]
        name: Option<String>,
    },
    /// Print one page on driving numdeck by commands, for people and for programs
    Skill,
}

impl DocsCommand {
    const COMPLETIONS: &str = "Numbers and endpoints are those of the list that the last check kept; nothing is \
        asked of a server.\n\n\
        bash:        eval \"$(numdeck completions bash)\" in ~/.bashrc\n\
        zsh:         eval \"$(numdeck completions zsh)\" in ~/.zshrc, after compinit\n\
        fish:        numdeck completions fish > ~/.config/fish/completions/numdeck.fish\n\
        PowerShell:  numdeck completions powershell | Out-String | Invoke-Expression in $PROFILE";

    const SCHEMA: &str =
        "JSON Schema 2020-12. Where a server may send more than the contract has, more is allowed.";
}

/// A shell that completes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash, from 3.2
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    #[value(alias = "pwsh")]
    Powershell,
}
