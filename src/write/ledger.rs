//! Where intents are entered before they are sent, and outcomes after.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::{Entry, Intent, Outcome, Verdict};
use crate::api::RequestId;

/// A place that remembers writes. An entry that can not be made means that the write is not sent.
pub trait Ledger: Send {
    /// Enters an intent, unless it is a purchase and an earlier one of the same number is still
    /// open, or was made moments ago; `settled` names those that were looked at. Asking and entering
    /// are one step, whatever other processes do. When it is entered, the entry has to survive
    /// whatever the ledger promises to survive.
    ///
    /// # Errors
    /// It could not be entered, so it must not be sent.
    fn begin(
        &mut self,
        at: Timestamp,
        request: RequestId,
        intent: &Intent,
        settled: &[RequestId],
    ) -> Result<Begun, LedgerError>;

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

/// What came of entering an intent.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// It is entered, and may be sent.
    Entered,
    /// There is an earlier purchase of the same number: one of which nobody knows yet what became
    /// of it, or one that was made moments ago, so that a list of owned numbers may not show it yet.
    /// Nothing was entered.
    Earlier(Box<Entry>),
}

/// A purchase that is younger is looked for, before the same number is bought again.
const MOMENTS: SignedDuration = SignedDuration::from_mins(10);

impl Begun {
    /// The entry that keeps `intent` from being sent at `now`, if there is one. `settled` are those
    /// that were looked at already, and do not count.
    pub(super) fn hindered(
        entries: &[Entry],
        intent: &Intent,
        now: Timestamp,
        settled: &[RequestId],
    ) -> Option<Self> {
        let recent =
            |entry: &Entry| entry.outcome == Some(Outcome::Done) && now.duration_since(entry.at) < MOMENTS;
        let earlier = entries.iter().rev().find(|entry| {
            (entry.is_open() || recent(entry))
                && !settled.contains(&entry.id)
                && entry.intent.buys_the_same(intent)
        })?;
        Some(Self::Earlier(Box::new(earlier.clone())))
    }
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
    fn begin(
        &mut self,
        at: Timestamp,
        request: RequestId,
        intent: &Intent,
        settled: &[RequestId],
    ) -> Result<Begun, LedgerError> {
        if let Some(earlier) = Begun::hindered(&self.entries, intent, at, settled) {
            return Ok(earlier);
        }
        self.entries.push(Entry::begun(request, at, intent.clone(), true));
        Ok(Begun::Entered)
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
    fn begin(
        &mut self,
        at: Timestamp,
        request: RequestId,
        intent: &Intent,
        settled: &[RequestId],
    ) -> Result<Begun, LedgerError> {
        self.lock().map_err(poisoned)?.begin(at, request, intent, settled)
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
