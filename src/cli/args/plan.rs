//! Options of `plan` and `apply`.

use std::path::PathBuf;

use clap::Args as Group;

use super::reads::whole;
use super::writes::Consent;

/// What a file of both commands is.
const FORM: &str = "\
The file says how numbers should be: CSV with a header of number (or id) and any of endpoint, inbound, \
outbound and status, or NDJSON of the same names; numdeck list -o csv writes such a file. An empty cell \
means as it is, none detaches. One line that can not be meant, a number that is not owned or one that \
stands twice refuses the whole file. Only settings are changed: nothing is bought, released or deleted.";

/// Options of `plan`.
#[derive(Debug, Clone, Group)]
pub struct PlanArgs {
    /// How numbers should be: CSV or NDJSON, - for standard input; or a plan that was kept
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Keep the plan with the values seen, for numdeck apply
    #[arg(long, value_name = "PLAN")]
    pub out: Option<PathBuf>,
    /// Exit 13 when something would have to change
    #[arg(long)]
    pub check: bool,
}

/// Options of `apply`.
#[derive(Debug, Clone, Group)]
pub struct ApplyArgs {
    /// A plan that was kept, or how numbers should be: CSV or NDJSON, - for standard input
    #[arg(value_name = "PLAN|FILE")]
    pub file: PathBuf,
    /// Refuse to change more numbers than so many
    #[arg(long, value_name = "N", value_parser = count)]
    pub max_changes: Option<usize>,
    /// Change so many first, check their routes, and ask before the rest
    #[arg(long, value_name = "N", value_parser = some)]
    pub canary: Option<usize>,
    /// Whether it goes on.
    #[command(flatten)]
    pub consent: Consent,
}

impl PlanArgs {
    /// What stands below its options.
    pub const FORM: &'static str = FORM;
}

impl ApplyArgs {
    /// What stands below its options.
    pub const LIMITS: &'static str = "\
A plan that was kept is carried out only where each number still is as it was seen, or is as planned \
already; else nothing is sent. Before the first request the former values are written into a file, which \
numdeck apply takes as well. Interrupted or killed, the same command goes on where it stopped.";
}

fn count(text: &str) -> Result<usize, String> {
    whole(text, 0..=usize::MAX)
}

fn some(text: &str) -> Result<usize, String> {
    whole(text, 1..=usize::MAX)
}
