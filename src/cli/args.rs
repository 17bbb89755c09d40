//! Arguments. The doc comments are the help texts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as Group, Parser, Subcommand, ValueEnum};

use crate::sandbox::Fault;

/// Phone numbers of KrosAI: a dashboard in the terminal, and commands for scripts.
///
/// Without a command it opens the dashboard. `numdeck demo` needs no key.
#[derive(Debug, Parser)]
#[command(name = "numdeck", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Args {
    /// For all commands.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of all commands. A flag beats the environment, which beats the default.
#[derive(Debug, Clone, Default, Group)]
pub struct Global {
    /// Where the API is [env: NUMDECK_BASE_URL] [default: https://api.krosai.com/v1]
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// Organization to act for, sent with every request [env: NUMDECK_ORG]
    #[arg(long, global = true, value_name = "ID")]
    pub org: Option<String>,
    /// File with the API key, - for standard input [env: NUMDECK_API_KEY holds the key itself]
    #[arg(long, global = true, value_name = "FILE")]
    pub api_key_file: Option<PathBuf>,
    /// How the key is sent
    #[arg(long, global = true, value_enum)]
    pub auth: Option<AuthForm>,
    /// Refuse everything that writes
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Form of the output
    #[arg(short, long, global = true, value_enum)]
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
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: Color,
    /// Say on stderr which server, organization and key are used
    #[arg(short, long, global = true)]
    pub verbose: bool,
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

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the dashboard (also without any command)
    Tui(Tui),
    /// Open the dashboard over the built-in sandbox; needs no key and no network
    Demo,
    /// Serve the API on this machine, over a database of made-up numbers
    Sandbox(Sandbox),
}

impl Default for Command {
    fn default() -> Self {
        Self::Tui(Tui::default())
    }
}

/// Options of the dashboard.
#[derive(Debug, Clone, Default, Group)]
pub struct Tui {
    /// Where to begin
    #[arg(long, value_enum, default_value_t)]
    pub screen: StartScreen,
    /// Filter of the owned numbers
    #[arg(long, value_name = "EXPR", default_value = "")]
    pub filter: String,
}

/// Where the dashboard begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum StartScreen {
    /// What you own
    #[default]
    Owned,
    /// What can be bought
    Inventory,
}

/// Options of the sandbox.
#[derive(Debug, Clone, Group)]
pub struct Sandbox {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Database file; without it everything is in memory
    #[arg(long, value_name = "PATH")]
    pub db: Option<PathBuf>,
    /// How many numbers are owned
    #[arg(long, value_name = "N", default_value_t = 312)]
    pub owned: u32,
    /// How many numbers are for sale
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub inventory: u32,
    /// The same seed makes the same numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Break something: OP:KIND[@PROBABILITY]; list:latency=2s, purchase:drop-after-commit@0.5
    #[arg(long, value_name = "SPEC")]
    pub fault: Vec<Fault>,
}

/// `500ms`, `3s`, `2m`.
fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let n: u64 = digits.parse().map_err(|_| format!("'{text}' is no time: try 500ms, 3s or 2m"))?;
    let time = match unit {
        "ms" => Duration::from_millis(n),
        "s" => Duration::from_secs(n),
        "m" => Duration::from_secs(n.saturating_mul(60)),
        _ => return Err(format!("'{text}' needs a unit: 500ms, 3s or 2m")),
    };
    if time.is_zero() || time > Duration::from_secs(3600) {
        return Err("a timeout is more than nothing and at most 60m".to_owned());
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn times_need_a_unit_and_a_value() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "5", "s", "0s", "1h", "-1s", "1.5s", "99999999999999999999s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
