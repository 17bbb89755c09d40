//! Options of what is about accounts and their keys. The doc comments are the help texts.

use clap::{Args as Group, Subcommand};

use super::Unasked;

/// What is about accounts and their keys.
#[derive(Debug, Clone, Subcommand)]
pub enum AccountCommand {
    /// Store an API key with a profile, once one read has shown that it works
    #[command(after_help = AccountCommand::LOGIN)]
    Login,
    /// Remove the stored key of a profile
    Logout(LogoutArgs),
    /// Whose key this is, and what it can do, as far as two reads show
    Whoami(Unasked),
    /// List, show, choose, add and remove profiles
    #[command(alias = "profiles")]
    Profile {
        /// What to do
        #[command(subcommand)]
        command: Option<ProfileCommand>,
    },
    /// What numdeck uses and why, and whether the server answers; without secrets, for a ticket
    Doctor(Unasked),
}

impl AccountCommand {
    /// What `login --help` says at its end.
    const LOGIN: &str = "The key is asked for at a terminal, without showing it, or read from standard input or \
        --api-key-file; never from the command line. The profile is that of --profile or NUMDECK_PROFILE, else the \
        default one, and is begun where it is not there. The URL, the organization (--org) and the scheme \
        (--auth-scheme) that are given with it are stored in the profile.\n\n\
        The key is kept in the keyring of the system where it answers, else in credentials.toml beside config.toml, \
        which only you can read. It goes to the URL that it was stored for, and to no other.";
}

/// Options of `logout`.
#[derive(Debug, Clone, Group)]
pub struct LogoutArgs {
    /// Remove what is remembered of the numbers as well, and put a damaged file of keys aside; the ledger of what was
    /// bought and changed stays
    #[arg(long)]
    pub forget: bool,
}

/// What to do with profiles.
#[derive(Debug, Clone, Subcommand)]
pub enum ProfileCommand {
    /// List the profiles (also without any word)
    List,
    /// Show what a profile says, the one in use unless another is named
    Show {
        /// Which one
        name: Option<String>,
    },
    /// Use this profile where none is named
    Use {
        /// Which one
        name: String,
    },
    /// Begin a profile that says the URL, --org, --auth-scheme, --read-only, --ca-file and --timeout as given
    Add {
        /// What to call it
        name: String,
    },
    /// Remove a profile and its stored key
    Remove {
        /// Which one
        name: String,
        /// Do not ask
        #[arg(short, long)]
        yes: bool,
    },
}
