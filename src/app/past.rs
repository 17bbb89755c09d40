//! What this machine knows of the past, as data.

use jiff::Timestamp;

use crate::phone::{Names, NumberId};
use crate::store::{CheckTurn, HistoryEvent, NumberChange};
use crate::write::Entry;

/// What is known of the past of all numbers, or of one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Past {
    /// What changed between reads, the newest first.
    pub changes: Vec<NumberChange>,
    /// Checks that turned, the newest first.
    pub turns: Vec<CheckTurn>,
    /// What was written from here, the oldest first.
    pub entries: Vec<Entry>,
    /// When the first read that is known of began; `None` before there is one.
    pub since: Option<Timestamp>,
    /// When the last one ended.
    pub until: Option<Timestamp>,
}

impl Past {
    /// What happened, the newest first: what was seen of all numbers, or of `one` and what was written to it.
    pub fn events(&self, names: &Names, one: Option<&NumberId>) -> Vec<HistoryEvent> {
        let mut events: Vec<HistoryEvent> = self
            .changes
            .iter()
            .map(|change| HistoryEvent::of_change(change, names))
            .chain(self.turns.iter().map(HistoryEvent::of_turn))
            .collect();
        if let Some(one) = one {
            let is_of = |entry: &&Entry| {
                [entry.intent.target(), entry.number.as_ref()].into_iter().flatten().any(|id| id.is_same(one))
            };
            let written = self.entries.iter().rev().filter(is_of);
            events.extend(written.flat_map(|entry| HistoryEvent::of_entry(entry, names)));
        }
        // Of one time what was seen stands above what was written.
        events.sort_by_key(|event| std::cmp::Reverse(event.at));
        events
    }
}
