//! Arguments. The doc comments are the help texts.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as Group, Parser, Subcommand, ValueEnum};

mod check;
mod ignored;
#[cfg(feature = "sandbox")]
mod sandbox;

pub(super) use check::Check;
#[cfg(feature = "sandbox")]
pub(super) use sandbox::SandboxArgs;

use super::Failure;
use crate::config::{duration, pause};
use crate::phone::{Country, E164, EndpointId, Kind, Order, Pattern, Status, Switch, Switches};
use crate::rows::Columns;

/// Phone numbers of KrosAI: a dashboard in the terminal, and commands for scripts.
///
/// Without a command it opens the dashboard. `numdeck demo` needs no key.
#[derive(Debug, Parser)]
#[command(name = "numdeck", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Args {
    /// For all commands.
    #[command(flatten)]
    pub global: Global,
    /// For the dashboard, without its word.
    #[command(flatten, next_help_heading = "Options of the dashboard")]
    pub tui: Tui,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Args {
    /// What to do: without a command the dashboard, whose options no other command takes. No flag is
    /// passed over in silence.
    pub fn chosen(self) -> Result<Command, Failure> {
        let command = self.command.unwrap_or_default();
        ignored::refuse(&self.global, &command)?;
        match command {
            Command::Tui(tui) => Ok(Command::Tui(tui.or(self.tui))),
            command if self.tui == Tui::default() => Ok(command),
            _ => Err(Failure::usage("--screen and --filter are for the dashboard: leave the command out")),
        }
    }
}

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

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the dashboard (also without any command)
    Tui(Tui),
    /// Open the dashboard over the built-in sandbox; needs no key and no network
    #[cfg(feature = "sandbox")]
    #[command(
        after_help = "The demo ignores all profiles, and the options about server, organization, key and timeout."
    )]
    Demo,
    /// Something that works with the API.
    #[command(flatten)]
    Api(ApiCommand),
    /// Find out why calls do not arrive: settings, DNS, TLS, SIP, credentials; places no call
    #[command(after_help = Check::LIMITS)]
    Check(Check),
    /// Serve the API on this machine, over a database of made-up numbers
    #[cfg(feature = "sandbox")]
    Sandbox(SandboxArgs),
}

/// What works with the API.
#[derive(Debug, Subcommand)]
pub enum ApiCommand {
    /// List the numbers that the organization owns
    List(ListArgs),
    /// Search the numbers that are for sale
    Search(SearchArgs),
    /// Show everything about one number
    Show(Show),
    /// Buy numbers
    Buy(Buy),
    /// Change endpoint, switches or status of numbers
    Update(Update),
    /// Give numbers up softly: their records stay, inactive
    Release(Release),
    /// Delete a number for good: its record is gone
    Delete(Delete),
    /// Put back what an update changed
    Undo(UndoArgs),
    /// What was bought and what is in doubt, from the ledger on this machine
    Purchases(Purchases),
}

/// Options of `purchases`.
#[derive(Debug, Clone, Group)]
pub struct Purchases {
    /// What to do
    #[command(subcommand)]
    pub command: Option<PurchasesCommand>,
}

/// What to do with the ledger.
#[derive(Debug, Clone, Subcommand)]
pub enum PurchasesCommand {
    /// List purchases, what is in doubt first (also without any word)
    List {
        /// Words that an entry has to say: a number, an outcome, an id
        #[arg(value_name = "EXPR")]
        expr: Vec<String>,
    },
    /// Look whether what is in doubt happened; exit 11 while something stays unknown
    Resolve {
        /// You have read the lines of the ledger that can not be read here: go on without them
        #[arg(long)]
        forget_damaged: bool,
    },
}

impl Default for Command {
    fn default() -> Self {
        Self::Tui(Tui::default())
    }
}

/// Options of the dashboard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Group)]
pub struct Tui {
    /// Where to begin [default: owned]
    #[arg(long, value_enum)]
    pub screen: Option<StartScreen>,
    /// Filter of the owned numbers
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
}

impl Tui {
    /// These, and where they say nothing the `other` ones.
    pub fn or(self, other: Self) -> Self {
        Self { screen: self.screen.or(other.screen), filter: self.filter.or(other.filter) }
    }
}

/// Where the dashboard begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum StartScreen {
    /// What you own
    #[default]
    Owned,
    /// What can be bought
    Inventory,
    /// What was bought and changed from here
    Purchases,
}

/// How many rows are wanted.
#[derive(Debug, Clone, Group)]
pub struct Extent {
    /// How many rows at most [default: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "all")]
    pub limit: Option<u64>,
    /// All rows
    #[arg(long)]
    pub all: bool,
}

impl Extent {
    /// Rows that are shown without being asked for more.
    const USUAL: u64 = 100;

    /// The most rows; `None` for all.
    pub fn limit(&self) -> Option<u64> {
        if self.all { None } else { Some(self.limit.unwrap_or(Self::USUAL)) }
    }
}

/// Options of `list`.
#[derive(Debug, Clone, Group)]
pub struct ListArgs {
    /// What to look for: words, digits, country: type: status: endpoint: inbound: outbound: org: id:, ! for not
    #[arg(value_name = "EXPR")]
    pub expr: Vec<String>,
    /// Order: number, country, type, status, endpoint, changed, created, monthly or setup; :desc for the reverse
    #[arg(long, value_name = "KEY[:desc]", value_parser = Order::parse)]
    pub sort: Option<Order>,
    /// What to print of each number, for example number,endpoint,id
    #[arg(long, value_name = "A,B", value_parser = Columns::parse)]
    pub columns: Option<Columns>,
    /// How many rows.
    #[command(flatten)]
    pub extent: Extent,
}

/// Options of `search`.
#[derive(Debug, Clone, Group)]
pub struct SearchArgs {
    /// Country by its two letters: NG, GH, KE
    #[arg(long, value_name = "CC", value_parser = Country::code_of)]
    pub country: String,
    /// local, mobile or toll-free
    #[arg(long = "type", value_name = "T", value_parser = kind)]
    pub kind: Option<Kind>,
    /// Digits anywhere in the number; with * and ? the whole number: 777, 234803*, *00??
    #[arg(long, value_name = "P", value_parser = Pattern::parse)]
    pub pattern: Option<Pattern>,
    /// What to print of each number, for example number,monthly,id
    #[arg(long, value_name = "A,B", value_parser = Columns::parse)]
    pub columns: Option<Columns>,
    /// How many rows.
    #[command(flatten)]
    pub extent: Extent,
}

/// Options of `show`.
#[derive(Debug, Clone, Group)]
pub struct Show {
    /// An id, or a phone number in any usual form
    pub number: String,
    /// Print the SIP password
    #[arg(long)]
    pub show_secrets: bool,
}

/// Options of `buy`.
#[derive(Debug, Clone, Group)]
pub struct Buy {
    /// Ids of numbers for sale, as `search` prints them
    #[arg(value_name = "INVENTORY_ID", value_parser = given, required_unless_present_any = ["e164", "file"], conflicts_with_all = ["e164", "file"])]
    pub inventory_ids: Vec<String>,
    /// Read them from a file, - for standard input: ids or E.164, one a line, or CSV with a header
    #[arg(long, value_name = "FILE", conflicts_with = "e164")]
    pub file: Option<PathBuf>,
    /// Buy by number instead of by id
    #[arg(long, value_name = "E164", value_parser = e164, requires = "country", requires = "kind")]
    pub e164: Option<E164>,
    /// The country of numbers that are named by E.164, two letters
    #[arg(long, value_name = "CC", value_parser = Country::code_of, conflicts_with = "inventory_ids")]
    pub country: Option<String>,
    /// Their type: local, mobile or toll-free
    #[arg(long = "type", value_name = "T", value_parser = kind, conflicts_with = "inventory_ids")]
    pub kind: Option<Kind>,
    /// Endpoint to attach at once
    #[arg(long, value_name = "ID", value_parser = route)]
    pub endpoint: Option<EndpointArg>,
    /// Stop before the purchase with which all together would cost more than so many cents, setup and
    /// first month; those before it are bought. It is no "all or nothing": look with --dry-run first
    #[arg(long, value_name = "CENTS", value_parser = clap::value_parser!(i64).range(0..))]
    pub max_total: Option<i64>,
    /// Stop before a number that costs more than so many cents, setup and first month
    #[arg(long, value_name = "CENTS", value_parser = clap::value_parser!(i64).range(0..))]
    pub max_each: Option<i64>,
    /// Buy though the API does not tell the price; what is not known counts as nothing, so that it
    /// passes every --max-total and --max-each
    #[arg(long)]
    pub allow_unknown_price: bool,
    /// Whether it goes on.
    #[command(flatten)]
    pub consent: Consent,
}

/// Whether a command that writes goes on after its review.
#[derive(Debug, Clone, Copy, Group)]
pub struct Consent {
    /// Check and show everything, send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// The numbers that a command changes.
#[derive(Debug, Clone, Group)]
pub struct Named {
    /// Ids, or phone numbers in any usual form
    #[arg(value_name = "NUMBER", value_parser = given, required_unless_present = "file", conflicts_with = "file")]
    pub numbers: Vec<String>,
    /// Read them from a file, - for standard input: one a line, or CSV with a header
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Options of `update`.
#[derive(Debug, Clone, Group)]
pub struct Update {
    /// Which numbers.
    #[command(flatten)]
    pub named: Named,
    /// What to change.
    #[command(flatten)]
    pub wanted: Wanted,
    /// Whether it goes on.
    #[command(flatten)]
    pub consent: Consent,
}

/// What `update` is to change.
#[derive(Debug, Clone, Group)]
#[group(required = true, multiple = true)]
pub struct Wanted {
    /// Endpoint that answers calls, none to detach it
    #[arg(long, value_name = "ID|none", value_parser = route)]
    pub endpoint: Option<EndpointArg>,
    /// Let calls to the number through
    #[arg(long, value_enum, value_name = "on|off", hide_possible_values = true)]
    pub inbound: Option<OnOff>,
    /// Let the number be used as a caller
    #[arg(long, value_enum, value_name = "on|off", hide_possible_values = true)]
    pub outbound: Option<OnOff>,
    /// Whether the number is in use
    #[arg(long, value_enum, value_name = "active|inactive", hide_possible_values = true)]
    pub status: Option<Use>,
}

impl Wanted {
    /// What is to be let through.
    pub fn switches(&self) -> Switches {
        let mut switches = Switches::default();
        for (switch, wanted) in [(Switch::Inbound, self.inbound), (Switch::Outbound, self.outbound)] {
            switches[switch] = wanted.map(bool::from);
        }
        switches
    }
}

/// Options of `release`.
#[derive(Debug, Clone, Group)]
pub struct Release {
    /// Which numbers.
    #[command(flatten)]
    pub named: Named,
    /// Whether it goes on.
    #[command(flatten)]
    pub consent: Consent,
}

/// Options of `undo`.
#[derive(Debug, Clone, Group)]
pub struct UndoArgs {
    /// Which change: the id of its entry, or its number; without it the last one
    #[arg(value_parser = given)]
    pub entry: Option<String>,
    /// Whether it goes on.
    #[command(flatten)]
    pub consent: Consent,
}

/// Options of `delete`.
#[derive(Debug, Clone, Group)]
pub struct Delete {
    /// An id, or a phone number in any usual form
    pub number: String,
    /// The phone number once more, whole; nothing is deleted without it
    #[arg(long, value_name = "E164")]
    pub confirm: Option<String>,
    /// Check and show everything, send nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// An endpoint by its id, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointArg(pub Option<EndpointId>);

/// on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnOff {
    /// Allowed
    On,
    /// Not allowed
    Off,
}

impl From<OnOff> for bool {
    fn from(switch: OnOff) -> Self {
        switch == OnOff::On
    }
}

/// Whether a number is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Use {
    /// In use
    Active,
    /// Out of use
    Inactive,
}

impl From<Use> for Status {
    fn from(wanted: Use) -> Self {
        match wanted {
            Use::Active => Self::Active,
            Use::Inactive => Self::Inactive,
        }
    }
}

/// A type by the name that the API uses or the one that people use. A type that does not exist
/// would be an empty list, which reads as "sold out".
fn kind(text: &str) -> Result<Kind, String> {
    let kind = Kind::parse(&text.trim().to_lowercase().replace([' ', '-'], "_"));
    if Kind::KNOWN.contains(&kind) {
        Ok(kind)
    } else {
        Err("a type is local, mobile or toll-free".to_owned())
    }
}

fn e164(text: &str) -> Result<E164, String> {
    E164::parse(text).ok_or_else(|| "not a number in E.164 form, like +2348031234567".to_owned())
}

fn given(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn route(text: &str) -> Result<EndpointArg, String> {
    let text = given(text).map_err(|_| "the id of an endpoint, or none".to_owned())?;
    Ok(EndpointArg((!text.eq_ignore_ascii_case("none")).then(|| EndpointId::new(&text))))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::Exit;
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_dashboard_needs_no_word_for_its_options() {
        let tui = |args: &[&str]| {
            let args = Args::try_parse_from([&["numdeck"], args].concat()).unwrap();
            args.chosen().map(|command| match command {
                Command::Tui(tui) => tui,
                other => panic!("{other:?}"),
            })
        };
        for options in [
            &[][..],
            &["--filter", "ng", "--screen", "inventory"],
            &["--filter", "endpoint:none", "--read-only"],
        ] {
            let long = tui(&[&["tui"], options].concat()).unwrap();
            assert_eq!(tui(options).unwrap(), long, "{options:?}");
            assert_eq!(tui(&[options, &["tui"]].concat()).unwrap(), long, "{options:?}");
            assert_eq!(long.filter.as_deref(), options.get(1).copied(), "{options:?}");
        }
        for args in [&["--filter", "ng", "list"][..], &["--screen", "owned", "purchases"]] {
            let args = Args::try_parse_from([&["numdeck"], args].concat()).unwrap();
            assert_eq!(args.chosen().unwrap_err().exit, Exit::Usage);
        }
        for args in [&["--read-only", "list"][..], &["-o", "json", "show", "x"]] {
            Args::try_parse_from([&["numdeck"], args].concat()).unwrap().chosen().unwrap();
        }
    }

    #[test]
    fn help_shows_no_default_that_is_nothing() {
        let mut command = Args::command();
        command.build();
        let help = command.find_subcommand_mut("tui").unwrap().render_long_help().to_string();
        assert!(help.contains("--filter") && !help.contains("[default: \"\"]"), "{help}");
        #[cfg(feature = "sandbox")]
        {
            let help = command.find_subcommand_mut("demo").unwrap().render_help().to_string();
            assert!(help.contains("ignores"), "{help}");
        }
    }
}
