//! Options of `history`.

use clap::builder::PossibleValue;
use clap::{Args as Group, ValueEnum};
use jiff::Timestamp;

use super::Unasked;
use super::reads::{Extent, when};
use crate::store::HistoryKind;

/// Options of `history`.
#[derive(Debug, Clone, Group)]
pub struct HistoryArgs {
    /// Phone numbers, ids, or a filter as in `list`; without any all numbers
    #[arg(value_name = "NUMBER|EXPR")]
    pub what: Vec<String>,
    /// Only these: change, write, check, call; several with commas between [default: all]
    #[arg(long, value_enum, value_name = "KIND", value_delimiter = ',', hide_possible_values = true)]
    pub kind: Vec<HistoryKind>,
    /// Not what was earlier: 2h, 3d, a date (its midnight), or an RFC 3339 time
    #[arg(long, value_name = "WHEN", value_parser = when)]
    pub since: Option<Timestamp>,
    /// Not what was later
    #[arg(long, value_name = "WHEN", value_parser = when)]
    pub until: Option<Timestamp>,
    /// How many rows.
    #[command(flatten)]
    pub extent: Extent,
    /// Nothing is asked.
    #[command(flatten)]
    pub unasked: Unasked,
}

impl HistoryArgs {
    /// What `--help` says at its end.
    pub(super) const LIMITS: &str = "Changes are what differed between two complete reads of the list on this \
        machine: numdeck list --all, check, and the dashboard make them. What happened between two reads and \
        back again is not seen, nor what was before the first one. Only calls are asked of the server: those of \
        one number beside the rest, those of several with --kind call; numbers of callers are masked. Without \
        calls it works while the API is away.";

    /// Whether a time is one that is asked for.
    pub fn is_within(&self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at <= until)
    }

    /// Whether these are asked for.
    pub fn wants(&self, kind: HistoryKind) -> bool {
        self.kind.is_empty() || self.kind.contains(&kind)
    }
}

impl ValueEnum for HistoryKind {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}
