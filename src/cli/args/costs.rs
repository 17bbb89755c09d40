//! Options of `costs`.

use clap::{Args as Group, ValueEnum};

use super::reads::{Narrow, Place, Unasked};
use crate::phone::CostKey;

/// Options of `costs`.
#[derive(Debug, Clone, Group)]
pub struct CostsArgs {
    /// Which numbers: words, digits, country: type: status: endpoint: inbound: outbound: org: id:, ! for not
    #[arg(value_name = "EXPR")]
    pub expr: Vec<String>,
    /// The same as EXPR.
    #[command(flatten)]
    pub narrow: Narrow,
    /// The same as EXPR.
    #[command(flatten)]
    pub place: Place,
    /// What to group by
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "country|type|endpoint|label|status",
        hide_possible_values = true
    )]
    pub by: CostsBy,
    /// Nothing is asked.
    #[command(flatten)]
    pub unasked: Unasked,
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

impl CostsArgs {
    /// The whole expression.
    pub fn expression(&self) -> String {
        let words = self.expr.iter().cloned().chain(self.narrow.words()).chain(self.place.words());
        words.collect::<Vec<String>>().join(" ")
    }
}
