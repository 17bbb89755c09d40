//! Looking what became of a write whose answer was lost (product rule 3). Nothing is sent again.

use super::{Api, BETWEEN_LOOKS, Clock, Look, Protocol, Stage, lost, lost_before};
use crate::api::{Changes, Error, ErrorKind, Removal, RequestId, Shelf};
use crate::phone::{Country, E164, Number, NumberId, Status};
use crate::write::judge::{bought, compare, offered};
use crate::write::record::line_of;
use crate::write::{Attached, Entry, Intent, Ledger, Outcome, Reviewed, Verdict};

impl<A: Api, L: Ledger, C: Clock, H: Fn() -> bool + Sync, P: FnMut(Stage) + Send>
    Protocol<'_, A, L, C, H, P>
{
    /// Looks at the write of an entry, and enters what was found, unless it is not in doubt any more.
    pub(super) async fn look(&mut self, entry: &Entry, how: Look) -> Verdict {
        if entry.in_flight {
            return Verdict::Busy;
        }
        if !entry.is_open() {
            return settled_by(entry);
        }
        (self.progress)(Stage::Looking);
        let error = lost_before(entry.id);
        let verdict = self.look_for(entry.id, &entry.intent, error, entry.number.as_ref(), how).await;
        if let Verdict::Bought { endpoint: Attached::Missing(why), .. } = &verdict
            && **why == Verdict::Busy
        {
            // Whoever attaches its endpoint right now enters what came of both.
            return Verdict::Busy;
        }
        if how == Look::Tell {
            return verdict;
        }
        match self.ledger.settle(entry.id, self.clock.now(), &entry.intent, &verdict) {
            Ok(None) => verdict,
            Ok(Some(known)) if known.in_flight => Verdict::Busy,
            Ok(Some(known)) => settled_by(&known),
            Err(why) => {
                let error = Error::new(ErrorKind::Setup, "what was found can not be entered in the ledger");
                Verdict::Unknown { error: lost(error, entry.id), why: why.to_string() }
            }
        }
    }

    /// Looks what became of the write of entry `request`; `named` is the record that its answer
    /// named.
    pub(super) async fn look_for(
        &mut self,
        request: RequestId,
        intent: &Intent,
        error: Error,
        named: Option<&NumberId>,
        how: Look,
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
                                return self.arrived(request, number.clone(), endpoint, Some(how)).await;
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

    pub(super) async fn look_at_settings(
        &mut self,
        before: &Number,
        changes: &Changes,
        error: Error,
    ) -> Verdict {
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
}

/// What an entry says that is known.
pub(super) fn settled_by(entry: &Entry) -> Verdict {
    let outcome = entry.outcome.unwrap_or(Outcome::Unknown);
    Verdict::Settled { outcome, said: entry.said.clone() }
}

fn unread(error: Error, why: &Error) -> Verdict {
    Verdict::Unknown { error, why: format!("the number could not be read: {why}") }
}
