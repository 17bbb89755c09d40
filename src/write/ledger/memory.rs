//! A ledger in memory.

use jiff::Timestamp;

use super::entry::Ending;
use super::{Begun, Entry, Ledger, LedgerError, not_in_doubt};
use crate::api::RequestId;
use crate::phone::NumberId;
use crate::write::{Intent, Outcome, Uptime};

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
        if let Some(earlier) = Begun::hindered(&self.entries, intent, settled) {
            return Ok(earlier);
        }
        let entry = Entry::begun(request, at, intent.clone(), true);
        self.entries.push(Entry { uptime: Some(Uptime::now()), ..entry });
        Ok(Begun::Entered)
    }

    fn named(&mut self, request: RequestId, _: Timestamp, number: &NumberId) -> Result<(), LedgerError> {
        self.entry(request)?.number = Some(number.clone());
        Ok(())
    }

    fn end(
        &mut self,
        request: RequestId,
        _at: Timestamp,
        intent: &Intent,
        outcome: &Outcome,
    ) -> Result<(), LedgerError> {
        self.entry(request)?.end(Ending::of(intent, outcome));
        Ok(())
    }

    fn settle(
        &mut self,
        request: RequestId,
        at: Timestamp,
        intent: &Intent,
        outcome: &Outcome,
    ) -> Result<Option<Box<Entry>>, LedgerError> {
        match not_in_doubt(&self.entries, request) {
            Some(known) => Ok(Some(known)),
            None => self.end(request, at, intent, outcome).map(|()| None),
        }
    }

    fn entries(&self) -> Result<Vec<Entry>, LedgerError> {
        Ok(self.entries.clone())
    }

    fn organization(&self) -> Option<String> {
        None
    }
}

impl SessionLedger {
    fn entry(&mut self, request: RequestId) -> Result<&mut Entry, LedgerError> {
        let entry = self.entries.iter_mut().find(|entry| entry.id == request);
        entry.ok_or_else(|| LedgerError("no such entry".to_owned()))
    }
}
