//! Naming the organization of a LIVE session that has none.

use crate::app::input::Input;
use crate::app::wrap::wrap;

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

impl Pin {
    /// What is told above the question, broken to `width` columns.
    pub fn lines(&self, width: usize) -> Vec<String> {
        let text = format!(
            "This key is LIVE and no organization is named: the server would pick one by itself. Its rows belong to {}.",
            self.organization
        );
        wrap(&text, width)
    }
}
