//! Carrying a write out: entered, sent once, looked up when its answer was lost, entered again.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

use super::judge::{bought, compare, offered};
use super::record::line_of;
use super::{Attached, Begun, Intent, Ledger, LedgerError, Reviewed, Verdict};
use crate::api::{
    Certainty, Changes, Client, Error, ErrorKind, Item, List, Purchase, Removal, RequestId, Shelf,
};
use crate::phone::{Cents, Detail, E164, EndpointId, Number, NumberId, Status, clean};

/// What the protocol needs of the API.
pub trait Api: Sync {
    /// `POST /phone-numbers`, once.
    fn purchase(
        &self,
        order: &Purchase,
        request: RequestId,
    ) -> impl Future<Output = Result<Number, Error>> + Send;
    /// `PATCH /phone-numbers/{id}`, once.
    fn update(
        &self,
        id: &NumberId,
        changes: &Changes,
        request: RequestId,
    ) -> impl Future<Output = Result<Number, Error>> + Send;
    /// `DELETE /phone-numbers/{id}`, once.
    fn remove(
        &self,
        id: &NumberId,
        how: Removal,
        request: RequestId,
    ) -> impl Future<Output = Result<(), Error>> + Send;
    /// `GET /phone-numbers/{id}` of an inventory id; what the record calls itself is not judged.
    fn offer(&self, id: &NumberId) -> impl Future<Output = Result<Detail, Error>> + Send;
    /// `GET /phone-numbers/{id}`.
    fn get(&self, id: &NumberId) -> impl Future<Output = Result<Detail, Error>> + Send;
    /// A list read to its end, or an error; never a short list.
    fn whole(&self, shelf: Shelf) -> impl Future<Output = Result<Vec<Number>, Error>> + Send;
}

impl Api for Client {
    async fn purchase(&self, order: &Purchase, request: RequestId) -> Result<Number, Error> {
        Client::purchase(self, order, request).await
    }

    async fn update(&self, id: &NumberId, changes: &Changes, request: RequestId) -> Result<Number, Error> {
        Client::update(self, id, changes, request).await
    }

    async fn remove(&self, id: &NumberId, how: Removal, request: RequestId) -> Result<(), Error> {
        Client::remove(self, id, how, request).await
    }

    async fn offer(&self, id: &NumberId) -> Result<Detail, Error> {
        Client::offer(self, id).await
    }

    async fn get(&self, id: &NumberId) -> Result<Detail, Error> {
        Client::get(self, id).await
    }

    async fn whole(&self, shelf: Shelf) -> Result<Vec<Number>, Error> {
        self.pages(List::whole(shelf)).collect().await
    }
}

/// Time as the protocol needs it.
pub trait Clock: Sync {
    /// The wall clock.
    fn now(&self) -> Timestamp;
    /// Waits.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;
}

/// How far a write has come, for somebody who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The record is read again.
    Reading,
    /// The price is read again.
    Pricing,
    /// The request is on its way; it cannot be taken back.
    Sending,
    /// The answer was lost; looking whether it happened.
    Looking,
    /// Bought without the endpoint that was asked for; attaching it.
    Attaching,
}

/// Two looks at the owned list have to be this far apart before "not bought" is believed: a server
/// may show a purchase late.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// Carries `intent` out. Returns when the outcome is as sure as it can be made; must not be
/// cancelled once it was polled.
pub async fn perform(
    api: &impl Api,
    ledger: &mut impl Ledger,
    clock: &impl Clock,
    intent: &Intent,
    progress: impl FnMut(Stage) + Send,
) -> Verdict {
    Protocol { api, ledger, clock, progress }.perform(intent).await
}

/// Looks again at a write whose outcome was unknown, and enters what was found. The error names the
/// request whose answer was lost.
pub async fn look(
    api: &impl Api,
    ledger: &mut impl Ledger,
    clock: &impl Clock,
    intent: &Intent,
    error: Error,
    progress: impl FnMut(Stage) + Send,
) -> Verdict {
    Protocol { api, ledger, clock, progress }.look(intent, error).await
}

/// What a write works with.
struct Protocol<'a, A, L, C, P> {
    api: &'a A,
    ledger: &'a mut L,
    clock: &'a C,
    progress: P,
}

impl<A: Api, L: Ledger, C: Clock, P: FnMut(Stage) + Send> Protocol<'_, A, L, C, P> {
    async fn perform(&mut self, intent: &Intent) -> Verdict {
        let stopped = match intent {
            Intent::Purchase { .. } => self.moved(intent).await,
            Intent::Update { before, .. } | Intent::Remove { before, .. } if intent.is_risky() => {
                self.changed(before).await
            }
            Intent::Update { .. } | Intent::Remove { .. } => None,
        };
        if let Some(verdict) = stopped {
            return verdict;
        }
        let request = match self.enter(intent).await {
            Ok(request) => request,
            Err(verdict) => return *verdict,
        };
        (self.progress)(Stage::Sending);
        let verdict = match intent {
            Intent::Purchase { order, reviewed } => match self.api.purchase(order, request).await {
                Ok(number) if reviewed.line.is_none_or(|line| number.line.valid() == Some(line)) => {
                    self.arrived(number, order.endpoint.as_ref(), false).await
                }
                Ok(other) => {
                    let text = format!("the answer names another number, {}", other.line);
                    let error = Error::new(ErrorKind::Undecodable, clean(&text, 200));
                    self.settle(request, intent, error).await
                }
                Err(error) => self.settle(request, intent, error).await,
            },
            Intent::Update { before, changes, .. } => self.update(request, before, changes).await,
            Intent::Remove { before, how } => match self.api.remove(&before.id, *how, request).await {
                Ok(()) => Verdict::Removed { found: false },
                Err(error) => self.settle(request, intent, error).await,
            },
        };
        self.note(request, intent, verdict)
    }

    /// Enters the intent. An earlier purchase of the same number, by this or another process, whose
    /// outcome is open or which a list may not show yet, is looked for first: sending what may have
    /// reached the server could buy it twice.
    async fn enter(&mut self, intent: &Intent) -> Result<RequestId, Box<Verdict>> {
        let mut settled = None;
        loop {
            let request = RequestId::random();
            let entry = match self.ledger.begin(self.clock.now(), request, intent, settled) {
                Ok(Begun::Entered) => return Ok(request),
                Ok(Begun::Earlier(entry)) => entry,
                Err(why) => return Err(Box::new(unwritten(&why))),
            };
            let lost = Error::new(ErrorKind::Broken, "the answer to an earlier purchase of it is not there");
            let error = Error { request_id: Some(entry.id.to_string()), ..lost };
            let verdict = if entry.in_flight {
                let why = "another numdeck may still be waiting for it".to_owned();
                Verdict::Unknown { error, why }
            } else if entry.is_open() {
                self.look(&entry.intent, error).await
            } else {
                // It was bought, and may have been given up since. What is found now changes nothing
                // about what is in the ledger.
                (self.progress)(Stage::Looking);
                match self.look_for(&entry.intent, error).await {
                    Verdict::Bought { .. } => {
                        let why = "it is yours already: it was bought from here moments ago";
                        Verdict::Refused(Error::new(ErrorKind::Gone, why))
                    }
                    other => other,
                }
            };
            match verdict {
                Verdict::NotDone(_) => settled = Some(entry.id),
                settled => return Err(Box::new(settled)),
            }
        }
    }

    /// Whether a record is another one than was seen when a risky write was decided. Where it can
    /// not be read, nothing is sent.
    async fn changed(&mut self, before: &Number) -> Option<Verdict> {
        (self.progress)(Stage::Reading);
        match self.api.get(&before.id).await {
            Ok(detail) => {
                let fields = before.differing(&detail.number);
                (!fields.is_empty()).then(|| Verdict::Changed { now: Box::new(detail.number), fields })
            }
            Err(error) if error.certainty() == Certainty::Refused => Some(Verdict::Refused(error)),
            Err(error) => Some(Verdict::NotSent(error)),
        }
    }

    async fn look(&mut self, intent: &Intent, error: Error) -> Verdict {
        (self.progress)(Stage::Looking);
        let request = error.request_id.as_deref().and_then(RequestId::parse);
        let verdict = self.look_for(intent, error).await;
        match request {
            Some(request) => self.note(request, intent, verdict),
            None => verdict,
        }
    }

    /// Enters the outcome. One that can not be entered is said as unknown, because after a crash
    /// nobody would know it.
    fn note(&mut self, request: RequestId, intent: &Intent, verdict: Verdict) -> Verdict {
        match self.ledger.end(request, self.clock.now(), intent, &verdict) {
            Err(why) if verdict.is_done() => Verdict::Unknown {
                error: Error::new(ErrorKind::Setup, "it was done, but the ledger could not be written"),
                why: why.to_string(),
            },
            Ok(()) | Err(_) => verdict,
        }
    }

    /// What an error means, looking where it has to be looked.
    async fn settle(&mut self, request: RequestId, intent: &Intent, error: Error) -> Verdict {
        match error.certainty() {
            Certainty::Refused => Verdict::Refused(error),
            Certainty::NotSent => Verdict::NotSent(error),
            Certainty::Lost => {
                (self.progress)(Stage::Looking);
                self.look_for(intent, lost(error, request)).await
            }
        }
    }

    async fn look_for(&mut self, intent: &Intent, error: Error) -> Verdict {
        match intent {
            Intent::Purchase { order, reviewed } => {
                let Some(line) = line_of(order, reviewed) else {
                    let why = "the API did not say which number this inventory id stands for".to_owned();
                    return Verdict::Unknown { error, why };
                };
                for pass in 0..2 {
                    if pass > 0 {
                        self.clock.sleep(BETWEEN_LOOKS).await;
                    }
                    match self.api.whole(Shelf::Owned).await {
                        Ok(owned) => {
                            if let Some(number) = bought(&owned, Some(line), None) {
                                return self.arrived(number.clone(), order.endpoint.as_ref(), true).await;
                            }
                        }
                        Err(why) => {
                            let why = format!("the list of owned numbers could not be read: {why}");
                            return Verdict::Unknown { error, why };
                        }
                    }
                }
                self.look_on_sale(line, reviewed, error).await
            }
            Intent::Update { before, changes, .. } => self.look_at_settings(before, changes, error).await,
            Intent::Remove { before, how } => self.look_for_record(&before.id, *how, error).await,
        }
    }

    /// A number that is not owned was not bought when it is offered again; else nobody knows.
    async fn look_on_sale(&mut self, line: E164, reviewed: &Reviewed, error: Error) -> Verdict {
        let Some(country) = reviewed.country.clone() else {
            return Verdict::Unknown { error, why: "not owned, and its country is not known".to_owned() };
        };
        let why = match self.api.whole(Shelf::Available { country, kind: reviewed.kind.clone() }).await {
            Ok(inventory) if offered(&inventory, line) => return Verdict::NotDone(error),
            Ok(_) => "it is neither among the owned numbers nor on sale".to_owned(),
            Err(why) => format!("not owned, and the inventory could not be read: {why}"),
        };
        Verdict::Unknown { error, why }
    }

    async fn look_at_settings(&mut self, before: &Number, changes: &Changes, error: Error) -> Verdict {
        let number = match self.api.get(&before.id).await {
            Ok(detail) => detail.number,
            Err(why) => return unread(error, &why),
        };
        let seen = compare(&number, changes);
        if seen.unmentioned {
            Verdict::Unknown { error, why: "the record does not mention all settings".to_owned() }
        } else if seen.differing.is_empty() {
            Verdict::Updated { number: Box::new(number), found: true }
        } else if changes.against(before) == changes.against(&number) {
            Verdict::NotDone(error)
        } else {
            Verdict::Ignored { number: Box::new(number), fields: seen.differing }
        }
    }

    async fn look_for_record(&mut self, id: &NumberId, how: Removal, error: Error) -> Verdict {
        match (self.api.get(id).await, how) {
            (Err(gone), _) if gone.kind == ErrorKind::NotFound => Verdict::Removed { found: true },
            (Err(why), _) => unread(error, &why),
            (Ok(_), Removal::Delete) => Verdict::NotDone(error),
            (Ok(detail), Removal::Release) => match detail.number.status {
                Some(Status::Inactive) => Verdict::Removed { found: true },
                Some(Status::Active | Status::Pending) => Verdict::NotDone(error),
                Some(Status::Other(_)) | None => {
                    let why = "the record does not say whether it is still in use".to_owned();
                    Verdict::Unknown { error, why }
                }
            },
        }
    }

    /// A number has become ours; the endpoint that was asked for is attached by one update if the
    /// purchase ignored it.
    async fn arrived(&mut self, number: Number, endpoint: Option<&EndpointId>, found: bool) -> Verdict {
        let Some(endpoint) = endpoint else {
            return Verdict::Bought { number: Box::new(number), endpoint: Attached::NotAsked, found };
        };
        let asked = Changes { endpoint: Some(Some(endpoint.clone())), ..Changes::default() };
        let mut number = number;
        let mut seen = compare(&number, &asked);
        if seen.unmentioned
            && let Ok(detail) = self.api.get(&number.id).await
        {
            number = detail.number;
            seen = compare(&number, &asked);
        }
        if seen.differing.is_empty() && !seen.unmentioned {
            return Verdict::Bought { number: Box::new(number), endpoint: Attached::AsAsked, found };
        }
        if found && number.endpoint.value().is_some() {
            // Time passed since the purchase: somebody may have chosen this one on purpose.
            return Verdict::Bought { number: Box::new(number), endpoint: Attached::LeftAlone, found };
        }
        if found && self.was_sent(&number.id, &asked) {
            let why = "an update that attaches it was sent before and did not; it is not sent again";
            let verdict = Verdict::NotDone(Error::new(ErrorKind::Broken, why));
            let endpoint = Attached::Missing(Box::new(verdict));
            return Verdict::Bought { number: Box::new(number), endpoint, found };
        }
        (self.progress)(Stage::Attaching);
        let completing = Intent::update(number.clone(), asked.clone());
        let request = RequestId::random();
        let attached = match self.ledger.begin(self.clock.now(), request, &completing, None) {
            Err(why) => unwritten(&why),
            Ok(_) => {
                let verdict = self.update(request, &number, &asked).await;
                self.note(request, &completing, verdict)
            }
        };
        match attached {
            Verdict::Updated { number, .. } => {
                Verdict::Bought { number, endpoint: Attached::Completed, found }
            }
            other => Verdict::Bought {
                number: Box::new(number),
                endpoint: Attached::Missing(Box::new(other)),
                found,
            },
        }
    }

    /// Whether the ledger has this change of a record already, however it ended. A ledger that can
    /// not be read may have it.
    fn was_sent(&self, id: &NumberId, asked: &Changes) -> bool {
        let is_it = |intent: &Intent| matches!(intent, Intent::Update { before, changes, .. } if before.id == *id && changes == asked);
        self.ledger.entries().map_or(true, |entries| entries.iter().any(|entry| is_it(&entry.intent)))
    }

    /// Sends an update, and compares the answer with what was asked.
    async fn update(&mut self, request: RequestId, before: &Number, changes: &Changes) -> Verdict {
        match self.api.update(&before.id, changes, request).await {
            Ok(answer) => self.updated(answer, &before.id, changes).await,
            Err(error) => match error.certainty() {
                Certainty::Refused => Verdict::Refused(error),
                Certainty::NotSent => Verdict::NotSent(error),
                Certainty::Lost => {
                    (self.progress)(Stage::Looking);
                    self.look_at_settings(before, changes, lost(error, request)).await
                }
            },
        }
    }

    /// What the answer does not mention, or says of another record, is read.
    async fn updated(&mut self, answer: Number, id: &NumberId, changes: &Changes) -> Verdict {
        let mut number = answer;
        let mut seen = compare(&number, changes);
        if seen.unmentioned || number.id != *id {
            match self.api.get(id).await {
                Ok(detail) => {
                    number = detail.number;
                    seen = compare(&number, changes);
                }
                Err(error) => {
                    let why = "the server accepted it, but did not say what is in force now".to_owned();
                    return Verdict::Unknown { error, why };
                }
            }
        }
        if seen.differing.is_empty() {
            Verdict::Updated { number: Box::new(number), found: false }
        } else {
            Verdict::Ignored { number: Box::new(number), fields: seen.differing }
        }
    }

    /// Whether a price is another one than was reviewed, where time passed since. A price that can
    /// not be read says nothing: the purchase itself will.
    async fn moved(&mut self, intent: &Intent) -> Option<Verdict> {
        let Intent::Purchase { order, reviewed } = intent else { return None };
        if !reviewed.reread {
            return None;
        }
        (self.progress)(Stage::Pricing);
        let now = match &order.item {
            Item::Inventory(id) => self.api.offer(id).await.ok()?.number.price(),
            Item::Line { e164, country, kind, .. } => {
                let shelf = Shelf::Available { country: country.clone(), kind: Some(kind.clone()) };
                let inventory = self.api.whole(shelf).await.ok()?;
                inventory.iter().find(|row| row.line.valid() == Some(*e164))?.price()
            }
        };
        let differs = |was: Option<Cents>, is: Option<Cents>| is.is_some() && was != is;
        let moved = differs(reviewed.price.setup, now.setup) || differs(reviewed.price.monthly, now.monthly);
        moved.then_some(Verdict::PriceMoved { reviewed: reviewed.price, now })
    }
}

/// Whoever looks again finds the entry by the request.
fn lost(error: Error, request: RequestId) -> Error {
    Error { request_id: Some(request.to_string()), ..error }
}

fn unread(error: Error, why: &Error) -> Verdict {
    Verdict::Unknown { error, why: format!("the number could not be read: {why}") }
}

fn unwritten(why: &LedgerError) -> Verdict {
    let text = format!("the ledger could not be written, so nothing was sent: {why}");
    Verdict::NotSent(Error::new(ErrorKind::Setup, text))
}

#[cfg(test)]
mod tests;
