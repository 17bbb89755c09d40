//! Screen 1: the numbers that the organization owns.

use crate::app::roster::SortKey;

/// What Owned can be sorted by, in the order of the key.
pub const SORT_KEYS: &[SortKey] =
    &[SortKey::Number, SortKey::Country, SortKey::Kind, SortKey::Status, SortKey::Endpoint, SortKey::Changed];
