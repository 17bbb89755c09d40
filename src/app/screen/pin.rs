//! Naming the organization of a LIVE session that has none.

use crate::app::input::Input;

/// Asks whether the organization that was seen in the rows is the one that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The organization of the rows.
    pub organization: String,
    /// What was typed so far.
    pub typed: Input,
    /// Whether it was drawn: keys typed before that confirm nothing.
    pub armed: bool,
}
