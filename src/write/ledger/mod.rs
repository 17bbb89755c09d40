//! Where intents are entered before they are sent, and outcomes after.

pub(super) mod entry;
mod file;
mod finished;
mod format;
mod memory;
mod ownership;
mod pinned;
mod reader;

pub use entry::Entry;
pub use file::DiskLedger;
pub use finished::FinishedWrite;
pub use memory::SessionLedger;
pub use ownership::{NotOurs, directory as is_ours, file as is_our_file};
pub use pinned::{PinnedLedger, PinsNow, TellFinished};
pub use reader::{Damage, DamagedLine};

use jiff::Timestamp;

use super::{Intent, Outcome};
use crate::api::RequestId;
use crate::phone::NumberId;

/// A place that remembers writes. An entry that can not be made means that the write is not sent.
///
/// Whoever sent a write enters its outcome with [`Ledger::end`]; whoever finds out later what became
/// of it uses [`Ledger::settle`], which never replaces what is known by then.
pub trait Ledger: Send {
    /// Enters an intent, unless an earlier entry hinders it; `settled` names those that were looked
    /// at. Asking and entering are one step, whatever other processes do. When it is entered, the
    /// entry has to survive whatever the ledger promises to survive.
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

    /// Enters which record an answer named, before it is looked for: an answer that is not
    /// understood as a whole may still tell that.
    fn named(&mut self, request: RequestId, at: Timestamp, number: &NumberId) -> Result<(), LedgerError>;

    /// Enters the outcome of an intent that was sent here, which the id of its request names.
    fn end(
        &mut self,
        request: RequestId,
        at: Timestamp,
        intent: &Intent,
        outcome: &Outcome,
    ) -> Result<(), LedgerError>;

    /// Enters what was found out of a write in doubt, unless it is in doubt no more: then the entry
    /// as it is. Asking and entering are one step, whatever other processes do.
    fn settle(
        &mut self,
        request: RequestId,
        at: Timestamp,
        intent: &Intent,
        outcome: &Outcome,
    ) -> Result<Option<Box<Entry>>, LedgerError>;

    /// All writes, oldest first.
    fn entries(&self) -> Result<Vec<Entry>, LedgerError>;

    /// The lines that can not be read. One that is never left by a process has none.
    fn damage(&self) -> Result<Damage, LedgerError> {
        Ok(Damage::default())
    }

    /// Enters that somebody has read them. They stay where they are, and hinder nothing any more.
    fn forget_damage(&mut self, _at: Timestamp) -> Result<(), LedgerError> {
        Ok(())
    }

    /// The organization whose ledger this is, where one was named.
    fn organization(&self) -> Option<String>;
}

/// A ledger as a write uses it: it is asked, and its answer waited for. One on a disk answers from a
/// thread of its own, so that locks and disks keep nobody else waiting.
pub trait AsyncLedger: Send {
    /// Asks the ledger. Whatever it was asked before is done by then.
    fn ask<T: Send + 'static>(
        &mut self,
        question: impl FnOnce(&mut dyn Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> impl Future<Output = Result<T, LedgerError>> + Send;
}

/// Any ledger answers at once.
impl<L: Ledger> AsyncLedger for L {
    async fn ask<T: Send + 'static>(
        &mut self,
        question: impl FnOnce(&mut dyn Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        question(self)
    }
}

/// What came of entering an intent.
#[derive(Debug, Clone, PartialEq)]
pub enum Begun {
    /// It is entered, and may be sent.
    Entered,
    /// There is an earlier entry of the same write: one of which nobody knows yet what became of it,
    /// or a purchase of the same number that was made. Nothing was entered.
    Earlier(Box<Entry>),
    /// A pin keeps it back, or what is pinned is not known; in words. Nothing was entered.
    Pinned(String),
    /// The ledger has lines that can not be read: a purchase may hide in them that was made. Nothing
    /// was entered.
    Damaged(Damage),
}

impl Begun {
    /// The entry that keeps `intent` from being sent, if there is one. `settled` are those that were
    /// looked at already, and do not count. No clock is asked: one that was set back, or a question
    /// that was answered the next morning, must not make a difference.
    pub(in crate::write) fn hindered(
        entries: &[Entry],
        intent: &Intent,
        settled: &[RequestId],
    ) -> Option<Self> {
        let earlier =
            entries.iter().rev().find(|entry| !settled.contains(&entry.id) && entry.hinders(intent))?;
        Some(Self::Earlier(Box::new(earlier.clone())))
    }
}

/// The entry that must not be settled, because its outcome is known or may still be entered by
/// whoever sent it.
pub(in crate::write) fn not_in_doubt(entries: &[Entry], request: RequestId) -> Option<Box<Entry>> {
    let entry = entries.iter().find(|entry| entry.id == request)?;
    (!entry.is_in_doubt()).then(|| Box::new(entry.clone()))
}

/// Why an entry could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LedgerError(pub String);
