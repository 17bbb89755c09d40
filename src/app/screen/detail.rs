//! Everything about one number, and its switches.

use jiff::Timestamp;

use crate::phone::NumberId;

/// So many lines the detail has at most, one column below the other.
pub const LINES: usize = 34;

/// How the detail of a number is looked at. The data itself is in `App::details`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailView {
    /// Which number.
    pub id: NumberId,
    /// The password is shown until then.
    pub revealed_until: Option<Timestamp>,
    /// Fields as the server sent them instead of the two columns.
    pub raw: bool,
    /// First line shown.
    pub scroll: u16,
}

impl DetailView {
    /// The detail of a number, nothing revealed.
    pub fn new(id: NumberId) -> Self {
        Self { id, revealed_until: None, raw: false, scroll: 0 }
    }
}
