//! Where intents are entered before they are sent, and outcomes after.

use std::fmt;

use jiff::Timestamp;

use super::{Intent, Verdict};
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
    entries: Vec<(RequestId, Intent, Option<Verdict>)>,
}

impl Ledger for SessionLedger {
    fn begin(&mut self, _at: Timestamp, request: RequestId, intent: &Intent) -> Result<(), LedgerError> {
        self.entries.push((request, intent.clone(), None));
        Ok(())
    }

    fn end(
        &mut self,
        request: RequestId,
        _at: Timestamp,
        _intent: &Intent,
        verdict: &Verdict,
    ) -> Result<(), LedgerError> {
        let entry = self.entries.iter_mut().find(|(id, ..)| *id == request);
        let (_, _, outcome) = entry.ok_or_else(|| LedgerError("no such entry".to_owned()))?;
        *outcome = Some(verdict.clone());
        Ok(())
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
}

fn poisoned<T>(_: std::sync::PoisonError<T>) -> LedgerError {
    LedgerError("the ledger was left half-written by a crash of this process".to_owned())
}
