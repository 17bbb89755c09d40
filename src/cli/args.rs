//! Arguments. The doc comments are the help texts.

use std::path::PathBuf;

use clap::{Args as Group, Parser, Subcommand, ValueEnum};

mod account;
mod check;
mod costs;
mod docs;
mod exporter;
mod global;
mod history;
mod ignored;
mod label;
mod plan;
mod reads;
#[cfg(feature = "sandbox")]
mod sandbox;
mod sip;
mod spelling;
mod ssh;
mod watch;
mod writes;

pub(super) use account::{AccountCommand, LogoutArgs, ProfileCommand};
pub(super) use check::Check;
pub(super) use costs::CostsArgs;
pub(super) use docs::{DocsCommand, Shell};
pub(super) use exporter::ExporterArgs;
pub(super) use global::{AuthForm, Color, Global, Output};
pub(super) use history::HistoryArgs;
pub(super) use label::LabelArgs;
pub(super) use plan::{ApplyArgs, PlanArgs};
pub(super) use reads::{ListArgs, Narrow, Place, SearchArgs, Show, Unasked};
#[cfg(feature = "sandbox")]
pub(super) use sandbox::SandboxArgs;
pub(super) use sip::{SipArgs, SipCommand, SipRender};
pub(super) use spelling::spelled;
pub(super) use ssh::SshHost;
pub(super) use watch::WatchArgs;
pub(super) use writes::{Buy, Consent, Delete, EndpointArg, Named, Release, UndoArgs, Update, Wanted};

use super::Failure;

/// Phone numbers of KrosAI: a dashboard in the terminal, and commands for scripts. Without a command it
/// opens the dashboard; `numdeck demo` needs no key.
#[derive(Debug, Parser)]
#[command(name = "numdeck", version = super::help::version(), max_term_width = 100, disable_help_subcommand = true)]
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
            #[cfg(feature = "sandbox")]
            Command::Demo(look) if (&self.tui.screen, &self.tui.filter) == (&None, &None) => {
                Ok(Command::Demo(look.or(self.tui.look)))
            }
            command if self.tui == Tui::default() => Ok(command),
            _ => Err(Failure::usage(
                "--screen, --filter, --theme and --ascii are for the dashboard: leave the command out",
            )),
        }
    }
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
    Demo(Appearance),
    /// Something that works with the API.
    #[command(flatten)]
    Api(Box<ApiCommand>),
    /// Something about the account.
    #[command(flatten)]
    Account(AccountCommand),
    /// Find out why calls do not arrive: settings, DNS, TLS, SIP, credentials; places no call
    #[command(after_help = Check::LIMITS)]
    Check(Box<Check>),
    /// Tell what changed, what was written from here, and which checks turned; nothing is asked of the server
    #[command(after_help = HistoryArgs::LIMITS)]
    History(Box<HistoryArgs>),
    /// Look again and again, and tell what turned: changes of numbers, and routes
    #[command(after_help = WatchArgs::LIMITS)]
    Watch(Box<WatchArgs>),
    /// Serve the API on this machine, over a database of made-up numbers
    #[cfg(feature = "sandbox")]
    Sandbox(SandboxArgs),
    /// Something that numdeck says of itself.
    #[command(flatten)]
    Docs(DocsCommand),
    /// Say what commands there are, how one is used, or what all of them take
    Help(HelpArgs),
    /// Say which numdeck this is
    Version,
}

/// What help is wanted for.
#[derive(Debug, Clone, Group)]
pub struct HelpArgs {
    /// A command, `globals`, `filter` or `pattern`
    #[arg(value_name = "COMMAND")]
    pub topic: Vec<String>,
}

/// What works with the API.
#[derive(Debug, Subcommand)]
pub enum ApiCommand {
    /// List the numbers that the organization owns
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Search the numbers that are for sale
    Search(SearchArgs),
    /// Show everything about one number
    #[command(visible_alias = "get", alias = "describe")]
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
    /// Show what would have to change so that numbers are as a file says; nothing is written
    #[command(after_help = PlanArgs::FORM)]
    Plan(PlanArgs),
    /// Change numbers so that they are as a file says, or as a kept plan does
    #[command(after_help = ApplyArgs::LIMITS)]
    Apply(ApplyArgs),
    /// What was bought and what is in doubt, from the ledger on this machine
    Purchases(Purchases),
    /// What the numbers cost each month, and what is paid for those that nobody can reach
    Costs(CostsArgs),
    /// Tags, notes and pins of numbers, in a file of yours
    Label(LabelArgs),
    /// The SIP account of a number, for other programs
    Sip(SipArgs),
    /// Serve metrics of the numbers for Prometheus, and probe their routes
    #[command(after_help = ExporterArgs::LIMITS)]
    Exporter(ExporterArgs),
}

/// Options of `purchases`.
#[derive(Debug, Clone, Group)]
pub struct Purchases {
    /// What to do
    #[command(subcommand)]
    pub command: Option<PurchasesCommand>,
    /// Nothing is asked.
    #[command(flatten)]
    pub unasked: Unasked,
}

/// What to do with the ledger.
#[derive(Debug, Clone, Subcommand)]
pub enum PurchasesCommand {
    /// List purchases, what is in doubt first (also without any word)
    List {
        /// Words that an entry has to say: a number, an outcome, an id
        #[arg(value_name = "EXPR")]
        expr: Vec<String>,
        /// Nothing is asked.
        #[command(flatten)]
        unasked: Unasked,
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
    /// How it looks.
    #[command(flatten)]
    pub look: Appearance,
}

/// How the dashboard looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Group)]
pub struct Appearance {
    /// Theme: dark, light, high-contrast, mono, or your own (a name in themes/, or a file) [default: by the
    /// terminal's background]
    #[arg(long, value_name = "NAME|FILE")]
    pub theme: Option<PathBuf>,
    /// Draw with ASCII alone [default: where the locale is not UTF-8]
    #[arg(long)]
    pub ascii: bool,
}

impl Appearance {
    /// These, and where they say nothing the `other` ones.
    pub fn or(self, other: Self) -> Self {
        Self { theme: self.theme.or(other.theme), ascii: self.ascii || other.ascii }
    }
}

impl Tui {
    /// These, and where they say nothing the `other` ones.
    pub fn or(self, other: Self) -> Self {
        Self {
            screen: self.screen.or(other.screen),
            filter: self.filter.or(other.filter),
            look: self.look.or(other.look),
        }
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
    /// What changed between two reads
    Changes,
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
