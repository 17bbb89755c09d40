//! Where intents are entered before they are sent, and outcomes after.

use std::fmt;

use jiff::Timestamp;

use super::{Intent, Verdict};
use crate::api::RequestId;

/// Names one entry of a ledger.
pub type EntryId = usize;

/// A place that remembers writes. An entry that can not be made means that the write is not sent.
pub trait Ledger: Send {
    /// Enters an intent. When this returns, the entry has to survive whatever the ledger promises
    /// to survive.
    fn begin(&mut self, at: Timestamp, request: RequestId, intent: &Intent) -> Result<EntryId, LedgerError>;

    /// Enters the outcome of an intent.
    fn end(&mut self, entry: EntryId, at: Timestamp, verdict: &Verdict) -> Result<(), LedgerError>;
}

/// Why an entry could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerError(pub String);

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for LedgerError {}

/// One write of this session.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When it was decided.
    pub at: Timestamp,
    /// The id that went out with it.
    pub request: RequestId,
    /// What was to be done.
    pub intent: Intent,
    /// What became of it; `None` while it is in flight.
    pub verdict: Option<Verdict>,
}

/// A ledger that lasts as long as the process.
#[derive(Debug, Default)]
pub struct SessionLedger {
    entries: Vec<Entry>,
}

impl SessionLedger {
    /// All entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

impl Ledger for SessionLedger {
    fn begin(&mut self, at: Timestamp, request: RequestId, intent: &Intent) -> Result<EntryId, LedgerError> {
        self.entries.push(Entry { at, request, intent: intent.clone(), verdict: None });
        Ok(self.entries.len() - 1)
    }

    fn end(&mut self, entry: EntryId, _at: Timestamp, verdict: &Verdict) -> Result<(), LedgerError> {
        let entry = self.entries.get_mut(entry).ok_or_else(|| LedgerError("no such entry".to_owned()))?;
        entry.verdict = Some(verdict.clone());
        Ok(())
    }
}

impl<L: Ledger> Ledger for std::sync::Arc<std::sync::Mutex<L>> {
    fn begin(&mut self, at: Timestamp, request: RequestId, intent: &Intent) -> Result<EntryId, LedgerError> {
        self.lock().map_err(poisoned)?.begin(at, request, intent)
    }

    fn end(&mut self, entry: EntryId, at: Timestamp, verdict: &Verdict) -> Result<(), LedgerError> {
        self.lock().map_err(poisoned)?.end(entry, at, verdict)
    }
}

fn poisoned<T>(_: std::sync::PoisonError<T>) -> LedgerError {
    LedgerError("the ledger was left half-written by a crash of this process".to_owned())
}
