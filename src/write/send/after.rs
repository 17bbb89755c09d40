//! What an answer means: a number that became ours, and settings that are in force.

use super::lookup::{compare, settled_by};
use super::{Api, Clock, Look, Protocol, Stage, damaged, lost, lost_before, not_entered, unwritten};
use crate::api::{Certainty, Error, ErrorKind, RequestId};
use crate::phone::{Changes, EndpointId, Number, NumberId};
use crate::write::{AsyncLedger, Attached, Begun, Cause, Entry, Intent, Obstacle, Outcome, OutcomeKind};

impl<A: Api, L: AsyncLedger, C: Clock, H: Fn() -> bool + Sync, P: FnMut(Stage) + Send>
    Protocol<'_, A, L, C, H, P>
{
    /// A number has become ours by the purchase of entry `bought`; the endpoint that was asked for is
    /// attached by one update if the purchase ignored it. `looked` says how it was found where its
    /// answer was lost.
    pub(super) async fn arrived(
        &mut self,
        bought: RequestId,
        number: Number,
        endpoint: Option<&EndpointId>,
        looked: Option<Look>,
    ) -> Outcome {
        let found = looked.is_some();
        let Some(endpoint) = endpoint else {
            return Outcome::Bought { number: Box::new(number), endpoint: Attached::NotAsked, found };
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
            let error = lost_before(bought);
            let why = "the record does not tell its endpoint".to_owned();
            Attached::Missing(Box::new(Outcome::Unknown { error, why }))
        } else if found && number.endpoint.value().is_some() {
            // Somebody may have chosen this one on purpose.
            Attached::LeftAlone
        } else if looked.is_some_and(|how| how != Look::Complete) {
            let why = "nothing is sent while it is only looked at";
            Attached::Missing(Box::new(Outcome::NotSent(Error::new(ErrorKind::Setup, why))))
        } else {
            match self.complete(bought, &number, asked).await {
                Outcome::Updated { number: now, .. } => {
                    number = *now;
                    Attached::Completed
                }
                // It was attached once, and taken away since.
                Outcome::Settled { kind: OutcomeKind::Done, .. } => Attached::LeftAlone,
                other => Attached::Missing(Box::new(other)),
            }
        };
        Outcome::Bought { number: Box::new(number), endpoint: attached, found }
    }

    /// The one update that completes the purchase of entry `bought`. It is never sent into another
    /// organization, nor a second time.
    async fn complete(&mut self, bought: RequestId, number: &Number, asked: Changes) -> Outcome {
        let named = self.ledger.ask(|ledger| Ok(ledger.organization())).await.ok().flatten();
        if let (Some(named), Some(theirs)) = (named, number.organization.as_deref())
            && named != theirs
        {
            let why = Obstacle::Foreign(theirs.to_owned()).to_string();
            return Outcome::NotSent(Error::new(ErrorKind::Setup, why));
        }
        let cause = Cause::Completes(bought);
        let completing = Intent::Update { before: Box::new(number.clone()), changes: asked.clone(), cause };
        let request = RequestId::random();
        match self.begin(request, &completing, &[]).await {
            Err(why) => unwritten(&why),
            Ok(Begun::Damaged(why)) => damaged(&why),
            Ok(Begun::Pinned(why)) => Outcome::NotSent(Error::new(ErrorKind::Pinned, why)),
            Ok(Begun::Earlier(earlier)) if earlier.in_flight => Outcome::Busy,
            Ok(Begun::Earlier(earlier)) if earlier.is_open() => self.look_at_completion(&earlier).await,
            Ok(Begun::Earlier(earlier)) if earlier.outcome == Some(OutcomeKind::Done) => settled_by(&earlier),
            Ok(Begun::Earlier(_)) => {
                let why = "an update that attaches it was sent before and did not; it is not sent again";
                Outcome::NotDone(Error::new(ErrorKind::Broken, why))
            }
            Ok(Begun::Entered) => {
                (self.progress)(Stage::Attaching);
                let outcome = self.update(request, number, &asked).await;
                self.note(request, &completing, outcome).await
            }
        }
    }

    /// What became of a completing update whose outcome nobody knows.
    async fn look_at_completion(&mut self, entry: &Entry) -> Outcome {
        let Intent::Update { before, changes, .. } = &entry.intent else { return settled_by(entry) };
        let (error, settling) = (lost_before(entry.id), self.settling_of(entry));
        let outcome = self.look_at_update(before, changes, error, Look::Complete, settling).await;
        match self.conclude(entry, &outcome).await {
            Ok(None) => outcome,
            Ok(Some(known)) => settled_by(&known),
            Err(why) => not_entered(entry.id, outcome, &why),
        }
    }

    /// Sends an update, and compares the answer with what was asked.
    pub(super) async fn update(&mut self, request: RequestId, before: &Number, changes: &Changes) -> Outcome {
        let sent = self.clock.uptime();
        let error = match self.api.update(&before.id, changes, request).await {
            Ok(answer) => match self.updated(answer, &before.id, changes).await {
                Ok(outcome) => return outcome,
                Err(error) => error,
            },
            Err(error) => match error.certainty() {
                Certainty::Refused => return Outcome::Refused(error),
                Certainty::NotSent => return Outcome::NotSent(error),
                Certainty::Lost => error,
            },
        };
        let settling = self.settling(self.since(&sent));
        self.look_at_update(before, changes, lost(error, request), Look::Complete, settling).await
    }

    /// What an answer comes to. What it does not mention is read; it is as good as none where that
    /// fails, or where it is about another record.
    async fn updated(&mut self, answer: Number, id: &NumberId, changes: &Changes) -> Result<Outcome, Error> {
        let mut number = answer;
        let mut seen = compare(&number, changes);
        if !number.id.is_same(id) {
            return Err(Error::new(ErrorKind::Undecodable, "the answer is about another record"));
        }
        if seen.unmentioned {
            number = self.api.get(id).await?.number;
            seen = compare(&number, changes);
        }
        Ok(if seen.differing.is_empty() {
            Outcome::Updated { number: Box::new(number), found: false }
        } else {
            Outcome::Ignored { number: Box::new(number), fields: seen.differing }
        })
    }
}
