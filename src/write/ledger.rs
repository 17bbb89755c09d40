//! Where intents are entered before they are sent, and outcomes after.

use std::fmt;

use jiff::Timestamp;

use super::{Entry, Intent, Outcome, Verdict};
use crate::api::RequestId;

/// A place that remembers writes. An entry that can not be made means that the write is not sent.
pub trait Ledger: Send {
    /// Enters an intent. When this returns, the entry has to survive whatever the ledger promises
    /// to survive.
    fn begin(&mut self, at: Timestamp, request: RequestId, intent: &Intent) -> Result<(), LedgerError>;

    /// Enters the outcome of an intent, which the id of its request names.
    fn end(
        &mut self,
        request: RequestId,
        at: Timestamp,
        intent: &Intent,
        verdict: &Verdict,
    ) -> Result<(), LedgerError>;

    /// All writes, oldest first.
    fn entries(&self) -> Result<Vec<Entry>, LedgerError>;
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

/// A ledger that lasts as long as the process. The demo's: nothing of it is worth keeping.
#[derive(Debug, Default)]
pub struct SessionLedger {
    entries: Vec<Entry>,
}

impl Ledger for SessionLedger {
    fn begin(&mut self, at: Timestamp, request: RequestId, intent: &Intent) -> Result<(), LedgerError> {
        self.entries.push(Entry::begun(request, at, intent.clone(), true));
        Ok(())
    }

    fn end(
        &mut self,
        request: RequestId,
        _at: Timestamp,
        intent: &Intent,
        verdict: &Verdict,
    ) -> Result<(), LedgerError> {
        let entry = self.entries.iter_mut().find(|entry| entry.id == request);
        let entry = entry.ok_or_else(|| LedgerError("no such entry".to_owned()))?;
        let number = match verdict {
            Verdict::Bought { number, .. } => Some(number.id.clone()),
            _ => None,
        };
        entry.end(Outcome::of(verdict), verdict.words(intent).said, number);
        Ok(())
    }

    fn entries(&self) -> Result<Vec<Entry>, LedgerError> {
        Ok(self.entries.clone())
    }
}

impl<L: Ledger + ?Sized> Ledger for std::sync::Arc<std::sync::Mutex<L>> {
    fn begin(&mut self, at: Timestamp, request: RequestId, intent: &Intent) -> Result<(), LedgerError> {
        self.lock().map_err(poisoned)?.begin(at, request, intent)
    }

    fn end(
        &mut self,
        request: RequestId,
        at: Timestamp,
        intent: &Intent,
        verdict: &Verdict,
    ) -> Result<(), LedgerError> {
        self.lock().map_err(poisoned)?.end(request, at, intent, verdict)
    }

    fn entries(&self) -> Result<Vec<Entry>, LedgerError> {
        self.lock().map_err(poisoned)?.entries()
    }
}

fn poisoned<T>(_: std::sync::PoisonError<T>) -> LedgerError {
    LedgerError("the ledger was left half-written by a crash of this process".to_owned())
}
