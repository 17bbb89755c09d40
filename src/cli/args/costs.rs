//! Options of `costs`.

use clap::{Args as Group, ValueEnum};

use super::reads::Selection;
use crate::phone::CostKey;

/// Options of `costs`.
#[derive(Debug, Clone, Group)]
pub struct CostsArgs {
    /// Which numbers.
    #[command(flatten)]
    pub which: Selection,
    /// What to group by
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "country|type|endpoint|label|status",
        hide_possible_values = true
    )]
    pub by: CostsBy,
    /// Ask for all prices, also where that is more than a day of the free plan
    #[arg(short = 'y', long)]
    pub yes: bool,
}

/// What costs are grouped by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum CostsBy {
    #[default]
    Country,
    Type,
    Endpoint,
    Label,
    Status,
}

impl From<CostsBy> for CostKey {
    fn from(by: CostsBy) -> Self {
        match by {
            CostsBy::Country => Self::Country,
            CostsBy::Type => Self::Kind,
            CostsBy::Endpoint => Self::Endpoint,
            CostsBy::Label => Self::Label,
            CostsBy::Status => Self::Status,
        }
    }
}
