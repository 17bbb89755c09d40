//! Screen 3: what the ledger remembers, what is in doubt on top.

use crate::app::input::Input;
use crate::app::{Cursor, Remote, TaskId};
use crate::write::Entry;

/// The ledger on screen.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerView {
    /// The entries: in doubt first, then the newest.
    pub entries: Remote<Vec<Entry>>,
    /// Where the list stands.
    pub cursor: Cursor,
    /// The filter as typed: words that all have to be there.
    pub filter: Input,
    /// Whether keys go to the filter.
    pub editing: bool,
    /// Places of the entries that pass.
    shown: Vec<usize>,
}

impl LedgerView {
    /// A view whose entries are read by `task`.
    pub fn new(task: TaskId) -> Self {
        let mut entries = Remote::Idle;
        entries.start(task);
        Self {
            entries,
            cursor: Cursor::default(),
            filter: Input::default(),
            editing: false,
            shown: Vec::new(),
        }
    }

    /// The entries that pass.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &Entry> {
        let all = self.entries.value().map_or(&[][..], Vec::as_slice);
        self.shown.iter().map(move |place| &all[*place])
    }

    /// How many entries there are, those that do not pass included.
    pub fn all(&self) -> usize {
        self.entries.value().map_or(0, Vec::len)
    }

    /// Puts the filter as typed in force.
    pub fn show(&mut self) {
        let all = self.entries.value().map_or(&[][..], Vec::as_slice);
        let words: Vec<&str> = self.filter.text().split_whitespace().collect();
        self.shown = (0..all.len()).filter(|place| all[*place].says(&words)).collect();
        self.cursor.selected = self.cursor.selected.min(self.shown.len().saturating_sub(1));
        self.cursor.offset = self.cursor.offset.min(self.cursor.selected);
    }

    /// Rows that the list has on a body of so many rows: a heading is above it, and where there is
    /// room what became of the selected entry below.
    pub fn height(body: usize) -> usize {
        body.saturating_sub(1 + Self::below(body))
    }

    /// Rows that tell of the selected entry.
    pub fn below(body: usize) -> usize {
        if body > 8 { 4 } else { 0 }
    }

    /// The selected entry.
    pub fn selected(&self) -> Option<&Entry> {
        self.rows().nth(self.cursor.selected)
    }
}

/// The order of the screen.
pub fn ordered(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.reverse();
    entries.sort_by_key(|entry| !entry.is_in_doubt());
    entries
}
