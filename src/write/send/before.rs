//! Before anything is sent: what hinders a write, and whether things are as they were reviewed.

use std::time::Duration;

use jiff::SignedDuration;

use super::lookup::{bought, settled_by};
use super::{Api, BETWEEN_LOOKS, Clock, Look, Protocol, Stage, damaged, unwritten};
use crate::api::{Certainty, Error, ErrorKind, Item, ListKind, RequestId};
use crate::phone::{Number, NumberId, Price};
use crate::write::{AsyncLedger, Begun, Entry, Intent, Outcome, OutcomeKind, PriceSource};

/// So often, and so many times, a process is asked after that is sending the same: some 20 s.
const BETWEEN_GLANCES: Duration = Duration::from_millis(500);
pub(super) const GLANCES: usize = 40;

/// A price that was read longer ago is read again before the number is bought.
const PRICE_IS_FRESH: SignedDuration = SignedDuration::from_secs(30);

impl<A: Api, L: AsyncLedger, C: Clock, H: Fn() -> bool + Sync, P: FnMut(Stage) + Send>
    Protocol<'_, A, L, C, H, P>
{
    /// Enters the intent, where things are as they were reviewed. What hinders it, in this ledger, is
    /// looked at first: sending what may have reached the server could do it twice. Whatever that
    /// took, nothing is entered on the strength of what was read before it.
    pub(super) async fn enter(&mut self, intent: &Intent) -> Result<RequestId, Box<Outcome>> {
        let mut settled = Vec::new();
        let mut glances = 0;
        loop {
            if let Some(outcome) = self.differs(intent).await {
                return Err(Box::new(outcome));
            }
            let request = RequestId::random();
            let entry = match self.begin(request, intent, &settled).await {
                Ok(Begun::Entered) => return Ok(request),
                Ok(Begun::Earlier(entry)) => self.awaited(*entry, &mut glances).await,
                Ok(Begun::Pinned(why)) => {
                    return Err(Box::new(Outcome::NotSent(Error::new(ErrorKind::Pinned, why))));
                }
                Ok(Begun::Damaged(why)) => return Err(Box::new(damaged(&why))),
                Err(why) => return Err(Box::new(unwritten(&why))),
            };
            let Some(entry) = entry.filter(|entry| !entry.in_flight && !(self.halt)()) else {
                return Err(Box::new(Outcome::Busy));
            };
            let repeats = intent.repeats(&entry.intent);
            if !repeats && self.settling_of(&entry).is_over() {
                // Another change of the same record, which can not happen any more: whether it did
                // is not for this one to find out.
                settled.push(entry.id);
                continue;
            }
            let purchase = matches!(intent, Intent::Purchase { .. });
            let outcome = match (entry.outcome, entry.is_open()) {
                (_, true) => self.look(&entry, Look::Complete).await,
                (Some(OutcomeKind::Done), _) if purchase => self.still_ours(&entry).await,
                _ => settled_by(&entry),
            };
            match outcome {
                // Another change of the same record: what became of it does not matter, and it would
                // matter if it happened after this one.
                outcome if !repeats && outcome.is_unknown() && !self.settling_of(&entry).is_over() => {
                    let text = format!("an earlier change, \"{}\", may still happen", entry.intent);
                    return Err(Box::new(Outcome::NotSent(Error::new(ErrorKind::Setup, text))));
                }
                Outcome::Busy if !repeats => return Err(Box::new(Outcome::Busy)),
                _ if !repeats => settled.push(entry.id),
                // What was done is done, and not done again.
                Outcome::Settled { kind: OutcomeKind::Done, .. } if !purchase => {
                    return Err(Box::new(outcome));
                }
                // It is known now; asking again finds what hinders next.
                Outcome::Settled { kind: OutcomeKind::Done | OutcomeKind::Unknown, .. } => {}
                Outcome::NotDone(_) | Outcome::Ignored { .. } | Outcome::Settled { .. } => {
                    settled.push(entry.id);
                }
                known => return Err(Box::new(known)),
            }
            if (self.halt)() {
                return Err(Box::new(Outcome::Busy));
            }
        }
    }

    /// An entry whose process does not wait for its answer any more; as it is, where that takes too
    /// long or somebody wants to end, and `None` where the ledger can not be read.
    async fn awaited(&mut self, entry: Entry, glances: &mut usize) -> Option<Entry> {
        let mut entry = entry;
        while entry.in_flight && *glances < GLANCES && !(self.halt)() {
            if *glances == 0 {
                (self.progress)(Stage::Waiting);
            }
            *glances += 1;
            self.clock.sleep(BETWEEN_GLANCES).await;
            entry = self.entries().await.ok()?.into_iter().find(|known| known.id == entry.id)?;
        }
        Some(entry)
    }

    /// Whether things are not as they were when the write was decided: then nothing is sent.
    async fn differs(&mut self, intent: &Intent) -> Option<Outcome> {
        match intent {
            Intent::Purchase { .. } => self.moved(intent).await,
            Intent::Update { before, .. } | Intent::Remove { before, .. } if intent.is_risky() => {
                self.changed(before).await
            }
            Intent::Update { .. } | Intent::Remove { .. } => None,
        }
    }

    /// Whether what was bought from here before is ours. It may have been given up since, and then
    /// nothing hinders buying it again. Looking changes nothing, neither in the ledger nor about the
    /// number.
    async fn still_ours(&mut self, entry: &Entry) -> Outcome {
        (self.progress)(Stage::Reading);
        let already = |number: &Number| Outcome::Already { number: Box::new(number.clone()) };
        let gone = || Outcome::NotDone(Error::new(ErrorKind::NotFound, "it was given up since"));
        if let Some(id) = &entry.number {
            match self.api.get(id).await {
                Ok(detail) if detail.number.is_inactive() => return gone(),
                Ok(detail) => return already(&detail.number),
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) => return Outcome::NotSent(error),
            }
        }
        // A server may show a purchase late.
        for pass in 0..2 {
            if pass > 0 {
                self.clock.sleep(BETWEEN_LOOKS).await;
            }
            match self.api.whole(ListKind::Owned).await {
                Ok(owned) => {
                    if let Some(number) = bought(&owned, entry.e164(), entry.number.as_ref(), entry.at) {
                        return already(number);
                    }
                }
                Err(error) => return Outcome::NotSent(error),
            }
        }
        gone()
    }

    /// Whether a record is another one than was seen when a risky write was decided. Where it can
    /// not be read, nothing is sent.
    async fn changed(&mut self, before: &Number) -> Option<Outcome> {
        (self.progress)(Stage::Reading);
        match self.api.get(&before.id).await {
            Ok(detail) => {
                let fields = before.differing(&detail.number);
                (!fields.is_empty()).then(|| Outcome::Changed { now: Box::new(detail.number), fields })
            }
            Err(error) if error.certainty() == Certainty::Refused => Some(Outcome::Refused(error)),
            Err(error) => Some(Outcome::NotSent(error)),
        }
    }

    /// Whether a price is another one than was reviewed, where time passed since. Where it can not
    /// be read, nothing is sent. A server that says nothing of one number that is for sale takes
    /// nothing back of what its list said.
    async fn moved(&mut self, intent: &Intent) -> Option<Outcome> {
        let Intent::Purchase { order, reviewed } = intent else { return None };
        let age = reviewed.price_at.map(|at| self.clock.now().duration_since(at));
        if age.is_some_and(|age| (SignedDuration::ZERO..=PRICE_IS_FRESH).contains(&age)) {
            return None;
        }
        (self.progress)(Stage::Pricing);
        let told = match (&order.item, &reviewed.offer, reviewed.source) {
            (Item::Inventory(id), _, _) | (Item::Line { .. }, Some(id), PriceSource::Asked) => {
                self.asked_price(id).await
            }
            (Item::Line { e164, country, kind, .. }, ..) => {
                let shelf = ListKind::Available { country: country.clone(), kind: Some(kind.clone()) };
                match self.api.whole(shelf).await {
                    Ok(rows) => match rows.iter().find(|row| row.line.valid() == Some(*e164)) {
                        Some(row) => Ok(row.price()),
                        None => Err(Error::new(ErrorKind::Gone, "it is not for sale any more")),
                    },
                    Err(error) => Err(error),
                }
            }
        };
        let now = match (told, reviewed.source) {
            (Ok(told), PriceSource::Row) => told.or(reviewed.price),
            (Ok(told), PriceSource::Asked) => told,
            (Err(error), _) => return Some(Outcome::NotSent(error)),
        };
        (now != reviewed.price).then_some(Outcome::PriceMoved { reviewed: reviewed.price, now })
    }

    /// What the server says of one number's price; nothing where it does not know the id.
    async fn asked_price(&self, id: &NumberId) -> Result<Price, Error> {
        match self.api.offer(id).await {
            Ok(detail) => Ok(detail.number.price()),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Price::UNKNOWN),
            Err(error) => Err(error),
        }
    }
}
