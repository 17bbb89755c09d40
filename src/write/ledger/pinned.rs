//! A ledger that takes no intent against a pin: the last thing that every write passes, wherever it was
//! decided and however long ago. And the first that knows how it ended.

use std::collections::HashMap;

use jiff::Timestamp;

use super::reader::Damage;
use super::{Begun, Entry, FinishedWrite, Ledger, LedgerError};
use crate::api::RequestId;
use crate::phone::{Labels, NumberId};
use crate::write::{Intent, Outcome};

/// Says what is pinned now, or why that is not known.
pub type PinsNow = dyn Fn() -> Result<Labels, String> + Send;

/// Is told of each write whose outcome is entered. It must not take its time.
pub type TellFinished = dyn Fn(FinishedWrite) + Send;

/// A ledger, and what is pinned.
pub struct PinnedLedger<L> {
    ledger: L,
    pins: Box<PinsNow>,
    /// Who is told of outcomes, and when the writes were entered that are on their way.
    told: Option<Box<TellFinished>>,
    begun: HashMap<RequestId, Timestamp>,
}

impl<L: Ledger> PinnedLedger<L> {
    /// `pins` is asked before each write that a pin could keep back.
    pub fn new(ledger: L, pins: Box<PinsNow>) -> Self {
        Self { ledger, pins, told: None, begun: HashMap::new() }
    }

    /// The same, which tells of each outcome once it is entered.
    #[must_use]
    pub fn telling(self, told: Option<Box<TellFinished>>) -> Self {
        Self { told, ..self }
    }

    fn tell(&mut self, id: RequestId, ended: Timestamp, intent: &Intent, outcome: &Outcome) {
        let at = self.begun.remove(&id);
        if let Some(told) = &self.told {
            let (organization, intent, outcome) =
                (self.ledger.organization(), intent.clone(), outcome.clone());
            told(FinishedWrite { id, at, ended, organization, intent, outcome });
        }
    }
}

impl<L: Ledger> Ledger for PinnedLedger<L> {
    fn begin(
        &mut self,
        at: Timestamp,
        request: RequestId,
        intent: &Intent,
        settled: &[RequestId],
    ) -> Result<Begun, LedgerError> {
        if intent.stops_calls() {
            match (self.pins)() {
                Ok(pins) if intent.is_pinned(&pins) => {
                    return Ok(Begun::Pinned(format!("{} is pinned", intent.line())));
                }
                Ok(_) => {}
                Err(why) => return Ok(Begun::Pinned(format!("what is pinned is not known: {why}"))),
            }
        }
        let begun = self.ledger.begin(at, request, intent, settled)?;
        if self.told.is_some() && begun == Begun::Entered {
            self.begun.insert(request, at);
        }
        Ok(begun)
    }

    fn named(&mut self, request: RequestId, at: Timestamp, number: &NumberId) -> Result<(), LedgerError> {
        self.ledger.named(request, at, number)
    }

    fn end(
        &mut self,
        request: RequestId,
        at: Timestamp,
        intent: &Intent,
        outcome: &Outcome,
    ) -> Result<(), LedgerError> {
        self.ledger.end(request, at, intent, outcome)?;
        self.tell(request, at, intent, outcome);
        Ok(())
    }

    fn settle(
        &mut self,
        request: RequestId,
        at: Timestamp,
        intent: &Intent,
        outcome: &Outcome,
    ) -> Result<Option<Box<Entry>>, LedgerError> {
        let known = self.ledger.settle(request, at, intent, outcome)?;
        if known.is_none() {
            // Another process may have sent it: the ledger knows when.
            let entries = if self.told.is_some() { self.ledger.entries().ok() } else { None };
            let sent = entries.iter().flatten().find(|entry| entry.id == request).map(|entry| entry.at);
            self.begun.extend(sent.map(|at| (request, at)));
            self.tell(request, at, intent, outcome);
        }
        Ok(known)
    }

    fn entries(&self) -> Result<Vec<Entry>, LedgerError> {
        self.ledger.entries()
    }

    fn damage(&self) -> Result<Damage, LedgerError> {
        self.ledger.damage()
    }

    fn forget_damage(&mut self, at: Timestamp) -> Result<(), LedgerError> {
        self.ledger.forget_damage(at)
    }

    fn organization(&self) -> Option<String> {
        self.ledger.organization()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Removal;
    use crate::phone::{Changes, Label, Number, NumberText, Switch};
    use crate::write::SessionLedger;

    fn number(line: &str) -> Number {
        Number::new(NumberId::new(line), NumberText::parse(line))
    }

    fn begun(pins: Result<Labels, String>, intent: &Intent) -> Begun {
        let mut ledger = PinnedLedger::new(SessionLedger::default(), Box::new(move || pins.clone()));
        let begun = ledger.begin(Timestamp::UNIX_EPOCH, RequestId::random(), intent, &[]).unwrap();
        assert_eq!(ledger.entries().unwrap().len(), usize::from(begun == Begun::Entered));
        begun
    }

    #[test]
    fn nothing_against_a_pin_is_entered_and_so_nothing_is_sent() {
        let pinned = number("+2348031234567");
        let pins = Labels::new([(pinned.line.valid().unwrap(), Label { pinned: true, ..Label::default() })]);
        let off = |number: &Number| Intent::update(number.clone(), Changes::switch(Switch::Inbound, false));
        let on = Intent::update(pinned.clone(), Changes::switch(Switch::Inbound, true));
        let release = Intent::Remove { before: Box::new(pinned.clone()), how: Removal::Release };
        for (intent, is_kept_back) in [
            (off(&pinned), true),
            (release, true),
            (on.clone(), false),
            (off(&number("+2348031234568")), false),
        ] {
            let begun = begun(Ok(pins.clone()), &intent);
            assert_eq!(matches!(begun, Begun::Pinned(_)), is_kept_back, "{intent}");
        }
        let broken = || Err("labels.toml, line 3".to_owned());
        assert!(matches!(begun(broken(), &off(&pinned)), Begun::Pinned(why) if why.contains("line 3")));
        assert_eq!(begun(broken(), &on), Begun::Entered, "a pin could not keep it back");
    }
}
