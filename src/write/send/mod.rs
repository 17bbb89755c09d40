//! Carrying a write out: entered, sent once, looked up when its answer was lost, entered again.
//!
//! ```text
//!   before ──> sent once ──> after       what an answer means
//!     │            └─────> lookup      when there is none
//!     └─ what hinders it is looked at first
//! ```

use std::borrow::Cow;
use std::future::Future;
use std::time::Duration;

use crate::api::{Certainty, Client, Error, ErrorKind, ListKind, ListRequest, Purchase, Removal, RequestId};
use crate::phone::{Changes, Detail, Number, NumberId, clean};
use crate::write::{AsyncLedger, Begun, Clock, Damage, Entry, Intent, LedgerError, Outcome, Uptime};

mod after;
mod before;
mod lookup;

use lookup::Lost;

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
    fn whole(&self, shelf: ListKind) -> impl Future<Output = Result<Vec<Number>, Error>> + Send;
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

    async fn whole(&self, shelf: ListKind) -> Result<Vec<Number>, Error> {
        self.pages(ListRequest::whole(shelf)).collect().await
    }
}

/// How far a write has come, for somebody who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It is being entered in the ledger; nothing has left.
    Entering,
    /// Another process of this machine is sending the same; its answer is waited for.
    Waiting,
    /// The record is read again.
    Reading,
    /// The price is read again.
    Pricing,
    /// The request is on its way; it cannot be taken back.
    Sending,
    /// No answer tells whether it happened; looking.
    Looking,
    /// It did not happen yet, and may still do so for so long; then it is looked at again.
    Settling(Duration),
    /// Bought without the endpoint that was asked for; attaching it.
    Attaching,
}

impl Stage {
    /// Whether from now on something is sent that can not be taken back.
    pub fn is_sending(self) -> bool {
        matches!(self, Self::Sending | Self::Attaching)
    }

    /// Whether nothing has left yet.
    pub fn is_before_sending(self) -> bool {
        matches!(self, Self::Entering | Self::Waiting | Self::Reading | Self::Pricing)
    }

    /// In a few words, as something that goes on.
    pub fn words(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Entering => "entering it in the ledger",
            Self::Waiting => "waiting for another numdeck",
            Self::Reading => "reading it again",
            Self::Pricing => "reading the price",
            Self::Sending => "sending",
            Self::Looking => "no clear answer, looking",
            Self::Settling(left) => return format!("still unknown, {} s left", seconds(left)).into(),
            Self::Attaching => "attaching the endpoint",
        })
    }
}

/// What is left of a wait, in seconds; it ends at 0.
pub fn seconds(left: Duration) -> u64 {
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}

/// Two looks at the owned list have to be this far apart before "not bought" is believed: a server
/// may show a purchase late.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// Carries `intent` out. Returns when the outcome is as sure as it can be made; must not be
/// cancelled once it was polled. `halt` tells whether somebody wants it to end: then nothing is sent
/// any more after it had to wait for others.
pub async fn perform(
    api: &impl Api,
    ledger: &mut impl AsyncLedger,
    clock: &impl Clock,
    intent: &Intent,
    halt: &(impl Fn() -> bool + Sync),
    progress: impl FnMut(Stage) + Send,
) -> Outcome {
    Protocol { api, ledger, clock, halt, progress }.perform(intent).await
}

/// What looking at a doubt may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Enter what is found, and send the one update that completes a purchase whose endpoint was
    /// ignored.
    Complete,
    /// Enter what is found, where nothing may be sent.
    Enter,
    /// Nothing: what is found is told.
    Tell,
}

/// Looks at the write of an entry that is in doubt, and enters what was found. One that may still
/// happen is looked at again until it can not, or `halt` tells that nobody waits. Nothing is entered
/// of one that is not in doubt any more, or whose process still waits for its answer.
pub async fn look(
    api: &impl Api,
    ledger: &mut impl AsyncLedger,
    clock: &impl Clock,
    entry: RequestId,
    how: Look,
    halt: &(impl Fn() -> bool + Sync),
    progress: impl FnMut(Stage) + Send,
) -> Outcome {
    let mut protocol = Protocol { api, ledger, clock, halt, progress };
    match protocol.entries().await {
        Ok(entries) => match entries.iter().find(|known| known.id == entry) {
            Some(entry) => protocol.look(entry, how).await,
            None => Outcome::NotSent(Error::new(ErrorKind::Setup, "the ledger has no such entry")),
        },
        Err(why) => {
            let error = Error::new(ErrorKind::Setup, "the ledger could not be read");
            Outcome::Unknown { error: lost(error, entry), why: why.to_string() }
        }
    }
}

/// What a write works with.
struct Protocol<'a, A, L, C, H, P> {
    api: &'a A,
    ledger: &'a mut L,
    clock: &'a C,
    halt: &'a H,
    progress: P,
}

impl<A: Api, L: AsyncLedger, C: Clock, H: Fn() -> bool + Sync, P: FnMut(Stage) + Send>
    Protocol<'_, A, L, C, H, P>
{
    async fn perform(&mut self, intent: &Intent) -> Outcome {
        let request = match self.enter(intent).await {
            Ok(request) => request,
            Err(outcome) => return *outcome,
        };
        (self.progress)(Stage::Sending);
        let sent = self.clock.uptime();
        let outcome = match intent {
            Intent::Purchase { order, reviewed } => match self.api.purchase(order, request).await {
                Ok(number) if reviewed.line.is_none_or(|line| number.line.valid() == Some(line)) => {
                    self.arrived(request, number, order.endpoint.as_ref(), None).await
                }
                Ok(other) => {
                    // Where this can not be entered, the outcome can not either, and that is told.
                    let (at, id) = (self.clock.now(), other.id.clone());
                    self.ledger.ask(move |ledger| ledger.named(request, at, &id)).await.ok();
                    let text = format!("the answer names another number, {}", other.line);
                    let error = Error::new(ErrorKind::Undecodable, clean(&text, 200));
                    self.settle(request, intent, error, Some(&other.id), &sent).await
                }
                Err(error) => self.settle(request, intent, error, None, &sent).await,
            },
            Intent::Update { before, changes, .. } => self.update(request, before, changes).await,
            Intent::Remove { before, how } => match self.api.remove(&before.id, *how, request).await {
                Ok(()) => Outcome::Removed { found: false },
                Err(error) => self.settle(request, intent, error, None, &sent).await,
            },
        };
        self.note(request, intent, outcome).await
    }

    /// Enters an intent, unless an earlier entry that is not among the `settled` hinders it.
    async fn begin(
        &mut self,
        request: RequestId,
        intent: &Intent,
        settled: &[RequestId],
    ) -> Result<Begun, LedgerError> {
        let (at, intent, settled) = (self.clock.now(), intent.clone(), settled.to_vec());
        self.ledger.ask(move |ledger| ledger.begin(at, request, &intent, &settled)).await
    }

    /// Enters the outcome of what was sent here.
    async fn note(&mut self, request: RequestId, intent: &Intent, outcome: Outcome) -> Outcome {
        let (at, intent, ended) = (self.clock.now(), intent.clone(), outcome.clone());
        match self.ledger.ask(move |ledger| ledger.end(request, at, &intent, &ended)).await {
            Ok(()) => outcome,
            Err(why) => not_entered(request, outcome, &why),
        }
    }

    /// Enters what was found out of a write in doubt; returns the entry where it is in doubt no more.
    async fn conclude(
        &mut self,
        entry: &Entry,
        outcome: &Outcome,
    ) -> Result<Option<Box<Entry>>, LedgerError> {
        let (id, at, intent, outcome) = (entry.id, self.clock.now(), entry.intent.clone(), outcome.clone());
        self.ledger.ask(move |ledger| ledger.settle(id, at, &intent, &outcome)).await
    }

    async fn entries(&mut self) -> Result<Vec<Entry>, LedgerError> {
        self.ledger.ask(|ledger| ledger.entries()).await
    }

    /// What an error means, looking where it has to be looked.
    async fn settle(
        &mut self,
        request: RequestId,
        intent: &Intent,
        error: Error,
        named: Option<&NumberId>,
        sent: &Uptime,
    ) -> Outcome {
        match error.certainty() {
            Certainty::Refused => Outcome::Refused(error),
            Certainty::NotSent => Outcome::NotSent(error),
            Certainty::Lost => {
                let settling = self.settling(self.since(sent));
                let (error, at) = (lost(error, request), self.clock.now());
                let lost = Lost { request, intent, error, named, at };
                self.look_for(lost, Look::Complete, settling).await
            }
        }
    }

    fn since(&self, moment: &Uptime) -> Duration {
        self.clock.uptime().after(moment).unwrap_or_default()
    }
}

/// Whoever looks again finds the entry by the request.
fn lost(error: Error, request: RequestId) -> Error {
    Error { request_id: Some(request.to_string()), ..error }
}

/// The lost answer to a write that was entered before, and is looked at again: how it was lost is not
/// known any more.
fn lost_before(request: RequestId) -> Error {
    lost(Error::new(ErrorKind::Broken, ""), request)
}

/// A outcome that the ledger does not know: one that it was done is said as unknown, because after a
/// crash nobody would know it.
fn not_entered(request: RequestId, outcome: Outcome, why: &LedgerError) -> Outcome {
    if !outcome.is_done() {
        return outcome;
    }
    let error = Error::new(ErrorKind::Setup, "it was done, but the ledger could not be written");
    Outcome::Unknown { error: lost(error, request), why: why.to_string() }
}

/// The code of a write that was not sent because of lines in the ledger that can not be read.
pub const LEDGER_DAMAGED: &str = "LEDGER_DAMAGED";

fn damaged(why: &Damage) -> Outcome {
    let error = Error::new(ErrorKind::Setup, why.to_string());
    Outcome::NotSent(Error { code: Some(LEDGER_DAMAGED.to_owned()), ..error })
}

fn unwritten(why: &LedgerError) -> Outcome {
    let text = format!("the ledger could not be written, so nothing was sent: {why}");
    Outcome::NotSent(Error::new(ErrorKind::Setup, text))
}

#[cfg(test)]
mod tests;
