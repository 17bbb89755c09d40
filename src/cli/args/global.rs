//! Options of all commands.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as Group, ValueEnum};

use crate::config::{duration, pause};

/// Options of all commands. A flag beats the environment, which beats the profile, which beats the
/// default.
#[derive(Debug, Clone, Default, Group)]
#[command(next_help_heading = "Options of all commands")]
pub struct Global {
    /// Profile of config.toml to use [env: NUMDECK_PROFILE] [default: what the file says]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Where the API is [env: NUMDECK_BASE_URL] [default: https://api.krosai.com/v1]
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// Organization to act for, sent with every request [env: NUMDECK_ORG]
    #[arg(long, global = true, value_name = "ID")]
    pub org: Option<String>,
    /// File with the API key, - for standard input [env: NUMDECK_API_KEY holds the key itself]
    #[arg(long, global = true, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
    /// How the key is sent [default: bearer]
    #[arg(long, global = true, value_enum)]
    pub auth_scheme: Option<AuthForm>,
    /// Refuse everything that writes
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Form of the output
    #[arg(short, long, global = true, value_enum, alias = "format")]
    pub output: Option<Output>,
    /// One `field: value` per line instead of tables
    #[arg(long, global = true)]
    pub plain: bool,
    /// Never ask; what would have to be asked is refused
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Certificates (PEM) to trust beside the system's
    #[arg(long, global = true, value_name = "FILE", alias = "ca")]
    pub ca_file: Option<PathBuf>,
    /// Limit for one HTTP request: 500ms, 3s, 2m [default: 15s for reads, 60s for writes]
    #[arg(long, global = true, value_name = "TIME", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// How long after it was sent a write may still happen, where its answer does not tell; only then
    /// it counts as not done [default: 60s]
    #[arg(long, global = true, value_name = "TIME", value_parser = pause)]
    pub settle: Option<Duration>,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: Color,
    /// Append what is done to a file, without secrets: every request; with -v all work, -vv everything
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Say nothing on stderr but errors and questions
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say on stderr which server, organization and key are used
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// How the key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuthForm {
    /// Authorization: Bearer
    Bearer,
    /// x-api-key
    XApiKey,
}

/// Form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A table on a terminal, tab-separated in a pipe
    Table,
    /// One JSON document
    Json,
    /// One JSON object per line
    Ndjson,
    /// Comma-separated with a header (RFC 4180)
    Csv,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
