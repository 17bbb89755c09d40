//! Carrying a write out: entered, sent once, looked up when its answer was lost, entered again.

use std::future::Future;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::judge::{bought, compare, offered};
use super::record::line_of;
use super::{
    Attached, Begun, Cause, Entry, Intent, Ledger, LedgerError, Obstacle, Outcome, PriceSource, Reviewed,
    Verdict,
};
use crate::api::{
    Certainty, Changes, Client, Error, ErrorKind, Item, List, Purchase, Removal, RequestId, Shelf,
};
use crate::phone::{Country, Detail, E164, EndpointId, Number, NumberId, Price, Status, clean};

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
    /// Another process of this machine is sending the same; its answer is waited for.
    Waiting,
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

impl Stage {
    /// Whether from now on something is sent that can not be taken back.
    pub fn is_sending(self) -> bool {
        matches!(self, Self::Sending | Self::Attaching)
    }

    /// In a few words, as something that goes on.
    pub fn words(self) -> &'static str {
        match self {
            Self::Waiting => "waiting for another numdeck",
            Self::Reading => "reading it again",
            Self::Pricing => "reading the price",
            Self::Sending => "sending",
            Self::Looking => "answer lost, looking",
            Self::Attaching => "attaching the endpoint",
        }
    }
}

/// Two looks at the owned list have to be this far apart before "not bought" is believed: a server
/// may show a purchase late.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// A price that was read longer ago is read again before the number is bought.
const PRICE_IS_FRESH: SignedDuration = SignedDuration::from_secs(30);

/// So often, and so many times, a process is asked after that is sending the same: some 20 s.
const BETWEEN_GLANCES: Duration = Duration::from_millis(500);
const GLANCES: usize = 40;

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

/// Looks at the write of an entry that is in doubt, and enters what was found. Nothing is entered of
/// one that is not in doubt any more, or whose process still waits for its answer. `attaches` allows
/// the one update that completes a purchase whose endpoint was ignored.
pub async fn look(
    api: &impl Api,
    ledger: &mut impl Ledger,
    clock: &impl Clock,
    entry: RequestId,
    attaches: bool,
    progress: impl FnMut(Stage) + Send,
) -> Verdict {
    let mut protocol = Protocol { api, ledger, clock, progress };
    match protocol.ledger.entries() {
        Ok(entries) => match entries.iter().find(|known| known.id == entry) {
            Some(entry) => protocol.look(entry, attaches).await,
            None => Verdict::NotSent(Error::new(ErrorKind::Setup, "the ledger has no such entry")),
        },
        Err(why) => {
            let error = Error::new(ErrorKind::Setup, "the ledger could not be read");
            Verdict::Unknown { error: lost(error, entry), why: why.to_string() }
        }
    }
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
                    self.arrived(request, number, order.endpoint.as_ref(), false).await
                }
                Ok(other) => {
                    // Where this can not be entered, the outcome can not either, and that is told.
                    self.ledger.named(request, self.clock.now(), &other.id).ok();
                    let text = format!("the answer names another number, {}", other.line);
                    let error = Error::new(ErrorKind::Undecodable, clean(&text, 200));
                    self.settle(request, intent, error, Some(&other.id)).await
                }
                Err(error) => self.settle(request, intent, error, None).await,
            },
            Intent::Update { before, changes, .. } => self.update(request, before, changes).await,
            Intent::Remove { before, how } => match self.api.remove(&before.id, *how, request).await {
                Ok(()) => Verdict::Removed { found: false },
                Err(error) => self.settle(request, intent, error, None).await,
            },
        };
        self.note(request, intent, verdict)
    }

    /// Enters the intent. What hinders it, in this ledger, is looked at first: sending what may have
    /// reached the server could do it twice.
    async fn enter(&mut self, intent: &Intent) -> Result<RequestId, Box<Verdict>> {
        let mut settled = Vec::new();
        let mut glances = 0;
        loop {
            let request = RequestId::random();
            let entry = match self.ledger.begin(self.clock.now(), request, intent, &settled) {
                Ok(Begun::Entered) => return Ok(request),
                Ok(Begun::Earlier(entry)) => entry,
                Err(why) => return Err(Box::new(unwritten(&why))),
            };
            if entry.in_flight {
                if glances == GLANCES {
                    return Err(Box::new(Verdict::Busy));
                }
                if glances == 0 {
                    (self.progress)(Stage::Waiting);
                }
                glances += 1;
                self.clock.sleep(BETWEEN_GLANCES).await;
                continue;
            }
            let verdict =
                if entry.is_open() { self.look(&entry, true).await } else { self.still_ours(&entry).await };
            match verdict {
                // It is known now; asking again finds what hinders next.
                Verdict::NotDone(_) | Verdict::Ignored { .. } | Verdict::Settled { .. } => {
                    if !matches!(verdict, Verdict::Settled { outcome: Outcome::Done | Outcome::Unknown, .. })
                    {
                        settled.push(entry.id);
                    }
                }
                settled => return Err(Box::new(settled)),
            }
        }
    }

    /// Whether what was bought from here before is ours. It may have been given up since, and then
    /// nothing hinders buying it again. Looking changes nothing, neither in the ledger nor about the
    /// number.
    async fn still_ours(&mut self, entry: &Entry) -> Verdict {
        (self.progress)(Stage::Reading);
        let already = |number: &Number| Verdict::Already { number: Box::new(number.clone()) };
        let gone = || Verdict::NotDone(Error::new(ErrorKind::NotFound, "it was given up since"));
        if let Some(id) = &entry.number {
            match self.api.get(id).await {
                Ok(detail) if detail.number.is_inactive() => return gone(),
                Ok(detail) => return already(&detail.number),
                Err(error) if error.kind == ErrorKind::NotFound => {}
                Err(error) => return Verdict::NotSent(error),
            }
        }
        // A server may show a purchase late.
        for pass in 0..2 {
            if pass > 0 {
                self.clock.sleep(BETWEEN_LOOKS).await;
            }
            match self.api.whole(Shelf::Owned).await {
                Ok(owned) => {
                    if let Some(number) = bought(&owned, entry.e164(), entry.number.as_ref()) {
                        return already(number);
                    }
                }
                Err(error) => return Verdict::NotSent(error),
            }
        }
        gone()
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

    async fn look(&mut self, entry: &Entry, attaches: bool) -> Verdict {
        if entry.in_flight {
            return Verdict::Busy;
        }
        if !entry.is_open() {
            return settled(entry);
        }
        (self.progress)(Stage::Looking);
        let intent = if attaches { entry.intent.clone() } else { entry.intent.clone().without_endpoint() };
        let error = lost(Error::new(ErrorKind::Broken, "in an earlier run"), entry.id);
        let verdict = self.look_for(entry.id, &intent, error, entry.number.as_ref()).await;
        match self.ledger.settle(entry.id, self.clock.now(), &intent, &verdict) {
            Ok(None) => verdict,
            Ok(Some(known)) if known.in_flight => Verdict::Busy,
            Ok(Some(known)) => settled(&known),
            Err(why) => not_entered(entry.id, verdict, &why),
        }
    }

    /// Enters the outcome of what was sent here.
    fn note(&mut self, request: RequestId, intent: &Intent, verdict: Verdict) -> Verdict {
        match self.ledger.end(request, self.clock.now(), intent, &verdict) {
            Ok(()) => verdict,
            Err(why) => not_entered(request, verdict, &why),
        }
    }

    /// What an error means, looking where it has to be looked.
    async fn settle(
        &mut self,
        request: RequestId,
        intent: &Intent,
        error: Error,
        named: Option<&NumberId>,
    ) -> Verdict {
        match error.certainty() {
            Certainty::Refused => Verdict::Refused(error),
            Certainty::NotSent => Verdict::NotSent(error),
            Certainty::Lost => {
                (self.progress)(Stage::Looking);
                self.look_for(request, intent, lost(error, request), named).await
            }
        }
    }

    /// Looks what became of the write of entry `request`; `named` is the record that its answer
    /// named.
    async fn look_for(
        &mut self,
        request: RequestId,
        intent: &Intent,
        error: Error,
        named: Option<&NumberId>,
    ) -> Verdict {
        match intent {
            Intent::Purchase { order, reviewed } => {
                let line = line_of(order, reviewed);
                if line.is_none() && named.is_none() {
                    let why = "the API did not say which number this inventory id stands for".to_owned();
                    return Verdict::Unknown { error, why };
                }
                for pass in 0..2 {
                    if pass > 0 {
                        self.clock.sleep(BETWEEN_LOOKS).await;
                    }
                    match self.api.whole(Shelf::Owned).await {
                        Ok(owned) => {
                            if let Some(number) = bought(&owned, line, named) {
                                let endpoint = order.endpoint.as_ref();
                                return self.arrived(request, number.clone(), endpoint, true).await;
                            }
                        }
                        Err(why) => {
                            let why = format!("the list of owned numbers could not be read: {why}");
                            return Verdict::Unknown { error, why };
                        }
                    }
                }
                match line {
                    Some(line) => self.look_on_sale(line, reviewed, error).await,
                    None => {
                        let why = "the record that the answer named is not among the owned numbers";
                        Verdict::Unknown { error, why: why.to_owned() }
                    }
                }
            }
            Intent::Update { before, changes, .. } => self.look_at_settings(before, changes, error).await,
            Intent::Remove { before, how } => self.look_for_record(&before.id, *how, error).await,
        }
    }

    /// A number that is not owned was not bought when it is offered again; else nobody knows.
    async fn look_on_sale(&mut self, line: E164, reviewed: &Reviewed, error: Error) -> Verdict {
        let by_prefix = || Country::of_line(line).map(|country| country.code.to_owned());
        let Some(country) = reviewed.country.clone().or_else(by_prefix) else {
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

    /// A number has become ours by the purchase of entry `bought`; the endpoint that was asked for is
    /// attached by one update if the purchase ignored it.
    async fn arrived(
        &mut self,
        bought: RequestId,
        number: Number,
        endpoint: Option<&EndpointId>,
        found: bool,
    ) -> Verdict {
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
        let attached = if seen.differing.is_empty() && !seen.unmentioned {
            Attached::AsAsked
        } else if found && seen.unmentioned {
            // Time passed since the purchase: what is not told may be somebody's choice.
            let error = lost(Error::new(ErrorKind::Broken, "in an earlier run"), bought);
            let why = "the record does not tell its endpoint".to_owned();
            Attached::Missing(Box::new(Verdict::Unknown { error, why }))
        } else if found && number.endpoint.value().is_some() {
            // Somebody may have chosen this one on purpose.
            Attached::LeftAlone
        } else {
            match self.complete(bought, &number, asked).await {
                Verdict::Updated { number: now, .. } => {
                    number = *now;
                    Attached::Completed
                }
                other => Attached::Missing(Box::new(other)),
            }
        };
        Verdict::Bought { number: Box::new(number), endpoint: attached, found }
    }

    /// The one update that completes the purchase of entry `bought`. It is never sent into another
    /// organization, nor a second time.
    async fn complete(&mut self, bought: RequestId, number: &Number, asked: Changes) -> Verdict {
        let named = self.ledger.organization();
        if let (Some(named), Some(theirs)) = (named, number.organization.as_deref())
            && named != theirs
        {
            let why = Obstacle::Foreign(theirs.to_owned()).to_string();
            return Verdict::NotSent(Error::new(ErrorKind::Setup, why));
        }
        let cause = Cause::Completes(bought);
        let completing = Intent::Update { before: Box::new(number.clone()), changes: asked.clone(), cause };
        let request = RequestId::random();
        match self.ledger.begin(self.clock.now(), request, &completing, &[]) {
            Err(why) => unwritten(&why),
            Ok(Begun::Earlier(_)) => {
                let why = "an update that attaches it was sent before and did not; it is not sent again";
                Verdict::NotDone(Error::new(ErrorKind::Broken, why))
            }
            Ok(Begun::Entered) => {
                (self.progress)(Stage::Attaching);
                let verdict = self.update(request, number, &asked).await;
                self.note(request, &completing, verdict)
            }
        }
    }

    /// Sends an update, and compares the answer with what was asked.
    async fn update(&mut self, request: RequestId, before: &Number, changes: &Changes) -> Verdict {
        match self.api.update(&before.id, changes, request).await {
            Ok(answer) => self.updated(request, answer, &before.id, changes).await,
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
    async fn updated(
        &mut self,
        request: RequestId,
        answer: Number,
        id: &NumberId,
        changes: &Changes,
    ) -> Verdict {
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
                    return Verdict::Unknown { error: lost(error, request), why };
                }
            }
        }
        if seen.differing.is_empty() {
            Verdict::Updated { number: Box::new(number), found: false }
        } else {
            Verdict::Ignored { number: Box::new(number), fields: seen.differing }
        }
    }

    /// Whether a price is another one than was reviewed, where time passed since. Where it can not
    /// be read, nothing is sent. A server that says nothing of one number that is for sale takes
    /// nothing back of what its list said.
    async fn moved(&mut self, intent: &Intent) -> Option<Verdict> {
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
                let shelf = Shelf::Available { country: country.clone(), kind: Some(kind.clone()) };
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
            (Err(error), _) => return Some(Verdict::NotSent(error)),
        };
        (now != reviewed.price).then_some(Verdict::PriceMoved { reviewed: reviewed.price, now })
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

/// Whoever looks again finds the entry by the request.
fn lost(error: Error, request: RequestId) -> Error {
    Error { request_id: Some(request.to_string()), ..error }
}

/// A verdict that the ledger does not know: one that it was done is said as unknown, because after a
/// crash nobody would know it.
fn not_entered(request: RequestId, verdict: Verdict, why: &LedgerError) -> Verdict {
    if !verdict.is_done() {
        return verdict;
    }
    let error = Error::new(ErrorKind::Setup, "it was done, but the ledger could not be written");
    Verdict::Unknown { error: lost(error, request), why: why.to_string() }
}

fn settled(entry: &Entry) -> Verdict {
    let outcome = entry.outcome.unwrap_or(Outcome::Unknown);
    Verdict::Settled { outcome, said: entry.said.clone() }
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
