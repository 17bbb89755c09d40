//! What an answer means: a number that became ours, and settings that are in force.

use super::{Api, Clock, Protocol, Stage, lost, unwritten};
use crate::api::{Certainty, Changes, Error, ErrorKind, RequestId};
use crate::phone::{EndpointId, Number, NumberId};
use crate::write::judge::compare;
use crate::write::{Attached, Begun, Cause, Intent, Ledger, Obstacle, Verdict};

impl<A: Api, L: Ledger, C: Clock, P: FnMut(Stage) + Send> Protocol<'_, A, L, C, P> {
    /// A number has become ours by the purchase of entry `bought`; the endpoint that was asked for is
    /// attached by one update if the purchase ignored it.
    pub(super) async fn arrived(
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
    pub(super) async fn update(&mut self, request: RequestId, before: &Number, changes: &Changes) -> Verdict {
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
}
