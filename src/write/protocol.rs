//! Carrying a write out: entered, sent once, looked up when its answer was lost, entered again.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;

use super::judge::{bought, compare, offered};
use super::{Attached, Intent, Ledger, Verdict};
use crate::api::{
    Certainty, Changes, Client, Error, ErrorKind, Item, List, Purchase, Removal, RequestId, Shelf,
};
use crate::phone::{Detail, EndpointId, Number, NumberId, Price, Status};

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
    mut progress: impl FnMut(Stage) + Send,
) -> Verdict {
    if let Intent::Purchase { order: Purchase { item: Item::Inventory(id), .. }, reviewed } = intent
        && reviewed.reread
    {
        progress(Stage::Pricing);
        if let Some(now) = moved(api, id, reviewed.price).await {
            return Verdict::PriceMoved { reviewed: reviewed.price, now };
        }
    }
    let request = RequestId::random();
    if let Err(why) = ledger.begin(clock.now(), request, intent) {
        return Verdict::NotSent(Error::new(
            ErrorKind::Setup,
            format!("the ledger could not be written, so nothing was sent: {why}"),
        ));
    }
    progress(Stage::Sending);
    let verdict = match intent {
        Intent::Purchase { order, .. } => {
            let answer = api.purchase(order, request).await;
            match answer {
                Ok(number) => {
                    arrived(api, ledger, clock, number, order.endpoint.as_ref(), false, &mut progress).await
                }
                Err(error) => settle(api, ledger, clock, (request, intent), error, &mut progress).await,
            }
        }
        Intent::Update { before, changes } => match api.update(&before.id, changes, request).await {
            Ok(number) => updated(api, number, &before.id, changes).await,
            Err(error) => settle(api, ledger, clock, (request, intent), error, &mut progress).await,
        },
        Intent::Remove { before, how } => match api.remove(&before.id, *how, request).await {
            Ok(()) => Verdict::Removed { found: false },
            Err(error) => settle(api, ledger, clock, (request, intent), error, &mut progress).await,
        },
    };
    note(ledger, clock, (request, intent), verdict)
}

/// Enters the outcome. One that cannot be entered is said as unknown, because after a crash nobody
/// would know it.
fn note(
    ledger: &mut impl Ledger,
    clock: &impl Clock,
    (request, intent): (RequestId, &Intent),
    verdict: Verdict,
) -> Verdict {
    match ledger.end(request, clock.now(), intent, &verdict) {
        Ok(()) => verdict,
        Err(why) if verdict.is_done() => Verdict::Unknown {
            error: Error::new(ErrorKind::Setup, "it was done, but the ledger could not be written"),
            why: why.to_string(),
        },
        Err(_) => verdict,
    }
}

/// What an error means, looking where it has to be looked.
async fn settle(
    api: &impl Api,
    ledger: &mut impl Ledger,
    clock: &impl Clock,
    (request, intent): (RequestId, &Intent),
    error: Error,
    progress: &mut (impl FnMut(Stage) + Send),
) -> Verdict {
    match error.certainty() {
        Certainty::Refused => Verdict::Refused(error),
        Certainty::NotSent => Verdict::NotSent(error),
        Certainty::Lost => {
            progress(Stage::Looking);
            // Whoever looks again finds the entry by it.
            let error = Error { request_id: Some(request.to_string()), ..error };
            look_for(api, ledger, clock, intent, error, progress).await
        }
    }
}

/// Looks again at a write whose outcome was unknown, and enters what was found. The error names the
/// request whose answer was lost.
pub async fn look(
    api: &impl Api,
    ledger: &mut impl Ledger,
    clock: &impl Clock,
    intent: &Intent,
    error: Error,
    mut progress: impl FnMut(Stage) + Send,
) -> Verdict {
    progress(Stage::Looking);
    let request = error.request_id.as_deref().and_then(RequestId::parse);
    let verdict = look_for(api, ledger, clock, intent, error, &mut progress).await;
    match request {
        Some(request) => note(ledger, clock, (request, intent), verdict),
        None => verdict,
    }
}

async fn look_for(
    api: &impl Api,
    ledger: &mut impl Ledger,
    clock: &impl Clock,
    intent: &Intent,
    error: Error,
    progress: &mut (impl FnMut(Stage) + Send),
) -> Verdict {
    match intent {
        Intent::Purchase { order, reviewed } => {
            let line = reviewed.line.or(match &order.item {
                Item::Line { e164, .. } => Some(*e164),
                Item::Inventory(_) => None,
            });
            let Some(line) = line else {
                let why = "the API did not say which number this inventory id stands for".to_owned();
                return Verdict::Unknown { error, why };
            };
            for pass in 0..2 {
                if pass > 0 {
                    clock.sleep(BETWEEN_LOOKS).await;
                }
                match api.whole(Shelf::Owned).await {
                    Ok(owned) => {
                        if let Some(number) = bought(&owned, Some(line), None) {
                            let endpoint = order.endpoint.as_ref();
                            return arrived(api, ledger, clock, number.clone(), endpoint, true, progress)
                                .await;
                        }
                    }
                    Err(why) => {
                        return Verdict::Unknown {
                            error,
                            why: format!("the list of owned numbers could not be read: {why}"),
                        };
                    }
                }
            }
            let Some(country) = reviewed.country.clone() else {
                return Verdict::Unknown { error, why: "not owned, and its country is not known".to_owned() };
            };
            match api.whole(Shelf::Available { country, kind: reviewed.kind.clone() }).await {
                Ok(inventory) if offered(&inventory, line) => Verdict::NotDone(error),
                Ok(_) => Verdict::Unknown {
                    error,
                    why: "it is neither among the owned numbers nor on sale".to_owned(),
                },
                Err(why) => Verdict::Unknown {
                    error,
                    why: format!("not owned, and the inventory could not be read: {why}"),
                },
            }
        }
        Intent::Update { before, changes } => match api.get(&before.id).await {
            Ok(detail) => {
                let seen = compare(&detail.number, changes);
                if seen.unmentioned {
                    Verdict::Unknown { error, why: "the record does not mention all settings".to_owned() }
                } else if seen.differing.is_empty() {
                    Verdict::Updated { number: Box::new(detail.number), found: true }
                } else if changes.against(before) == changes.against(&detail.number) {
                    Verdict::NotDone(error)
                } else {
                    Verdict::Ignored { number: Box::new(detail.number), fields: seen.differing }
                }
            }
            Err(why) => Verdict::Unknown { error, why: format!("the number could not be read: {why}") },
        },
        Intent::Remove { before, how } => match (api.get(&before.id).await, how) {
            (Err(gone), _) if gone.kind == ErrorKind::NotFound => Verdict::Removed { found: true },
            (Ok(detail), Removal::Release) if detail.number.status == Some(Status::Inactive) => {
                Verdict::Removed { found: true }
            }
            (Ok(_), _) => Verdict::NotDone(error),
            (Err(why), _) => Verdict::Unknown { error, why: format!("the number could not be read: {why}") },
        },
    }
}

/// A number has become ours; the endpoint that was asked for is attached by one update if the
/// purchase ignored it.
async fn arrived(
    api: &impl Api,
    ledger: &mut impl Ledger,
    clock: &impl Clock,
    number: Number,
    endpoint: Option<&EndpointId>,
    found: bool,
    progress: &mut (impl FnMut(Stage) + Send),
) -> Verdict {
    let Some(endpoint) = endpoint else {
        return Verdict::Bought { number: Box::new(number), endpoint: Attached::NotAsked, found };
    };
    let asked = Changes { endpoint: Some(Some(endpoint.clone())), ..Changes::default() };
    let mut number = number;
    let mut seen = compare(&number, &asked);
    if seen.unmentioned
        && let Ok(detail) = api.get(&number.id).await
    {
        number = detail.number;
        seen = compare(&number, &asked);
    }
    if seen.differing.is_empty() && !seen.unmentioned {
        return Verdict::Bought { number: Box::new(number), endpoint: Attached::AsAsked, found };
    }
    progress(Stage::Attaching);
    let completing = Intent::Update { before: Box::new(number.clone()), changes: asked.clone() };
    let request = RequestId::random();
    let attached = match ledger.begin(clock.now(), request, &completing) {
        Err(why) => {
            Verdict::NotSent(Error::new(ErrorKind::Setup, format!("the ledger could not be written: {why}")))
        }
        Ok(()) => {
            let verdict = match api.update(&number.id, &asked, request).await {
                Ok(answer) => updated(api, answer, &number.id, &asked).await,
                Err(error) => match error.certainty() {
                    Certainty::Refused => Verdict::Refused(error),
                    Certainty::NotSent => Verdict::NotSent(error),
                    Certainty::Lost => match api.get(&number.id).await {
                        Ok(detail) => {
                            let seen = compare(&detail.number, &asked);
                            if seen.unmentioned {
                                let why = "the record does not mention its endpoint".to_owned();
                                Verdict::Unknown { error, why }
                            } else if seen.differing.is_empty() {
                                Verdict::Updated { number: Box::new(detail.number), found: true }
                            } else {
                                Verdict::NotDone(error)
                            }
                        }
                        Err(why) => Verdict::Unknown { error, why: why.to_string() },
                    },
                },
            };
            note(ledger, clock, (request, &completing), verdict)
        }
    };
    match attached {
        Verdict::Updated { number, .. } => Verdict::Bought { number, endpoint: Attached::Completed, found },
        other => {
            Verdict::Bought { number: Box::new(number), endpoint: Attached::Missing(Box::new(other)), found }
        }
    }
}

/// Compares the answer of an update with what was asked; what the answer does not mention is read.
async fn updated(api: &impl Api, number: Number, id: &NumberId, changes: &Changes) -> Verdict {
    let mut number = number;
    let mut seen = compare(&number, changes);
    if seen.unmentioned {
        match api.get(id).await {
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

/// The price of an inventory row now, if it is known and is another one than was reviewed. A row
/// that can not be read says nothing: the purchase itself will.
async fn moved(api: &impl Api, id: &NumberId, reviewed: Price) -> Option<Price> {
    let now = api.get(id).await.ok()?.number.price();
    let differs =
        |was: Option<crate::phone::Cents>, is: Option<crate::phone::Cents>| is.is_some() && was != is;
    (differs(reviewed.setup, now.setup) || differs(reviewed.monthly, now.monthly)).then_some(now)
}

#[cfg(test)]
mod tests;
