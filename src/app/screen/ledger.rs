//! Screen 3: what the ledger remembers, what is in doubt on top.

use crate::app::{Cursor, Remote, TaskId};
use crate::write::{Entry, Intent};

/// The ledger on screen.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerView {
    /// The entries: in doubt first, then the newest.
    pub entries: Remote<Vec<Entry>>,
    /// Where the list stands.
    pub cursor: Cursor,
    /// The entry that is looked at again.
    pub looking: Option<(TaskId, Box<Intent>)>,
}

impl LedgerView {
    /// A view whose entries are read by `task`.
    pub fn new(task: TaskId) -> Self {
        let mut entries = Remote::Idle;
        entries.start(task);
        Self { entries, cursor: Cursor::default(), looking: None }
    }

    /// The entries that are there.
    pub fn rows(&self) -> &[Entry] {
        self.entries.value().map_or(&[], Vec::as_slice)
    }

    /// The selected entry.
    pub fn selected(&self) -> Option<&Entry> {
        self.rows().get(self.cursor.selected)
    }
}

/// The order of the screen.
pub fn ordered(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.reverse();
    entries.sort_by_key(|entry| !entry.is_in_doubt());
    entries
}
