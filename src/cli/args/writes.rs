//! Options of commands that write.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as Group, ValueEnum};

use super::reads::{kind, whole};
use crate::config::duration;
use crate::phone::{Country, E164, Filter, Kind, Status, Switch, Switches};

/// Options of `buy`.
#[derive(Debug, Clone, Group)]
pub struct Buy {
    /// Ids of numbers for sale, as `search` prints them
    #[arg(value_name = "INVENTORY_ID", value_parser = offer, required_unless_present_any = ["e164", "file"], conflicts_with_all = ["e164", "file"])]
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
    /// Endpoint to attach at once, by its id or its name
    #[arg(long, value_name = "ID|NAME", value_parser = route)]
    pub endpoint: Option<EndpointArg>,
    /// Stop before the purchase with which all together would cost more than so many cents, setup and
    /// first month; those before it are bought. It is no "all or nothing": look with --dry-run first
    #[arg(long, value_name = "CENTS", value_parser = cents)]
    pub max_total: Option<i64>,
    /// Stop before a number that costs more than so many cents, setup and first month
    #[arg(long, value_name = "CENTS", value_parser = cents)]
    pub max_each: Option<i64>,
    /// Buy though the API does not tell the price; what is not known counts as nothing, so that it
    /// passes every --max-total and --max-each
    #[arg(long)]
    pub allow_unknown_price: bool,
    /// Then wait until the number is active: 30s, 5m [default: 2m]; exit 14 when it is not in time
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true, default_missing_value = "2m", value_parser = duration)]
    pub wait: Option<Duration>,
    /// Whether it goes on.
    #[command(flatten)]
    pub consent: Consent,
}

/// Cents, which are whole.
fn cents(text: &str) -> Result<i64, String> {
    whole(text, 0..=i64::MAX).map_err(|_| "a whole number of cents: 500 for 5.00".to_owned())
}

/// Whether a command that writes goes on after its review.
#[derive(Debug, Clone, Copy, Group)]
pub struct Consent {
    /// Check and show everything, send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// The numbers that a command changes.
#[derive(Debug, Clone, Group)]
pub struct Named {
    /// Ids, or phone numbers in any usual form
    #[arg(value_name = "NUMBER", value_parser = number, required_unless_present = "file", conflicts_with = "file")]
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
    /// Endpoint that answers calls, by its id or its name; none to detach it
    #[arg(long, value_name = "ID|NAME|none", value_parser = route)]
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

/// An endpoint by its id or its name, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointArg(pub Option<String>);

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

fn e164(text: &str) -> Result<E164, String> {
    E164::parse(text).ok_or_else(|| "not a number in E.164 form, like +2348031234567".to_owned())
}

/// What is for sale, which a country is not.
fn offer(text: &str) -> Result<String, String> {
    let text = given(text)?;
    match Country::code_of(&text) {
        Ok(code) if code.eq_ignore_ascii_case(&text) => {
            Err(format!("that is a country: numdeck search {code} finds what is for sale there"))
        }
        _ => Ok(text),
    }
}

/// A number, which a filter is not.
fn number(text: &str) -> Result<String, String> {
    let text = given(text)?;
    if Filter::is_term(&text) {
        let pipe = format!("numdeck list {text} --all | numdeck update --file - …");
        return Err(format!("a filter selects in numdeck list, and --file - takes what it prints: {pipe}"));
    }
    Ok(text)
}

fn given(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn route(text: &str) -> Result<EndpointArg, String> {
    let text = given(text).map_err(|_| "the id or the name of an endpoint, or none".to_owned())?;
    Ok(EndpointArg((!text.eq_ignore_ascii_case("none")).then_some(text)))
}
