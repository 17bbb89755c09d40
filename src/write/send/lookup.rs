//! Looking what became of a write whose answer does not tell (product rule 3). Nothing is sent again.
//!
//! ```text
//!   lost ──> look ──found──> done, at once
//!             │ ^
//!             │ └── not there: whoever gave up on it did not stop it; wait, and look again
//!             └── still not there when it can not be running any more ──> not done
//! ```

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Api, BETWEEN_LOOKS, Clock, Look, Protocol, Stage, lost_before};
use crate::api::{Error, ErrorKind, ListKind, Removal, RequestId};
use crate::phone::{Changes, Country, E164, Moment, Number, NumberId, Status};
use crate::write::{AsyncLedger, Attached, Entry, Intent, Outcome, OutcomeKind, Reviewed, Uptime, line_of};

/// The first pause between two looks; each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);

/// A look that took long is followed by a pause so many times as long: a list of a hundred thousand
/// numbers costs a thousand requests.
const LOOK_SHARE: u32 = 4;

/// The countdown, and somebody who wants to end, are looked after so often.
const TICK: Duration = Duration::from_secs(1);

/// A write of which no answer tells whether it happened.
pub(super) struct Lost<'a> {
    pub(super) request: RequestId,
    pub(super) intent: &'a Intent,
    /// How its answer was lost.
    pub(super) error: Error,
    /// The record that its answer named.
    pub(super) named: Option<&'a NumberId>,
    /// When it was entered.
    pub(super) at: Timestamp,
}

/// The time in which a lost write may still happen, and the looks in it.
pub(super) struct Settling {
    began: Uptime,
    /// How long it lasted when it began.
    left: Duration,
    pause: Duration,
}

impl Settling {
    /// Whether it was over when it began.
    pub(super) fn is_over(&self) -> bool {
        self.left.is_zero()
    }
}

/// What a look is worth.
#[derive(Clone, Copy)]
struct Glance {
    /// For how long the write may still happen; none is left for the last look.
    left: Duration,
    began_after: Duration,
}

impl Glance {
    /// Whether what is not there now will not come any more.
    fn is_last(self) -> bool {
        self.left.is_zero()
    }
}

impl<A: Api, L: AsyncLedger, C: Clock, H: Fn() -> bool + Sync, P: FnMut(Stage) + Send>
    Protocol<'_, A, L, C, H, P>
{
    /// The time in which a write that was sent `age` ago may still happen.
    pub(super) fn settling(&self, age: Duration) -> Settling {
        let left = self.clock.settle().saturating_sub(age);
        Settling { began: self.clock.uptime(), left, pause: FIRST_PAUSE }
    }

    /// Looks at the write of an entry, and enters what was found, unless it is not in doubt any more.
    pub(super) async fn look(&mut self, entry: &Entry, how: Look) -> Outcome {
        if entry.in_flight {
            return Outcome::Busy;
        }
        if !entry.is_open() {
            return settled_by(entry);
        }
        let error = lost_before(entry.id);
        let (request, intent, named) = (entry.id, &entry.intent, entry.number.as_ref());
        let lost = Lost { request, intent, error, named, at: entry.at };
        let settling = self.settling_of(entry);
        let outcome = self.look_for(lost, how, settling).await;
        if let Outcome::Bought { endpoint: Attached::Missing(why), .. } = &outcome
            && **why == Outcome::Busy
        {
            // Whoever attaches its endpoint right now enters what came of both.
            return Outcome::Busy;
        }
        if how == Look::Tell {
            return outcome;
        }
        match self.conclude(entry, &outcome).await {
            Ok(None) => outcome,
            Ok(Some(known)) if known.in_flight => Outcome::Busy,
            Ok(Some(known)) => settled_by(&known),
            Err(why) => {
                let error = Error::new(ErrorKind::Setup, "what was found can not be entered in the ledger");
                Outcome::Unknown { error: super::lost(error, entry.id), why: why.to_string() }
            }
        }
    }

    /// The time in which the write of an entry may still happen.
    pub(super) fn settling_of(&self, entry: &Entry) -> Settling {
        self.settling(entry.age(self.clock.now(), &self.clock.uptime()))
    }

    /// Looks what became of a write, until it happened or can not happen any more.
    pub(super) async fn look_for(&mut self, lost: Lost<'_>, how: Look, mut settling: Settling) -> Outcome {
        let (order, reviewed) = match lost.intent {
            Intent::Purchase { order, reviewed } => (order, reviewed),
            Intent::Update { before, changes, .. } => {
                return self.look_at_update(before, changes, lost.error, how, settling).await;
            }
            Intent::Remove { before, how: removal } => {
                return self.look_for_removal(&before.id, *removal, lost.error, how, settling).await;
            }
        };
        let line = line_of(order, reviewed);
        if line.is_none() && lost.named.is_none() {
            let why = "the API did not say which number this inventory id stands for".to_owned();
            return Outcome::Unknown { error: lost.error, why };
        }
        loop {
            let glance = self.glance(&settling);
            let error = lost.error.clone();
            let outcome = match self.owned_record(line, lost.named, lost.at, glance).await {
                Ok(Some(number)) => {
                    self.arrived(lost.request, number, order.endpoint.as_ref(), Some(how)).await
                }
                Err(why) => Outcome::Unknown { error, why },
                Ok(None) if !glance.is_last() => Outcome::NotDone(error),
                Ok(None) => match line {
                    Some(line) => self.look_on_sale(line, reviewed, error).await,
                    None => {
                        let why = "the record that the answer named is not among the owned numbers";
                        Outcome::Unknown { error, why: why.to_owned() }
                    }
                },
            };
            if let Some(outcome) = self.concluded(outcome, &lost.error, how, glance, &mut settling).await {
                return outcome;
            }
        }
    }

    /// Looks whether a number was given up, until it was or can not be any more.
    async fn look_for_removal(
        &mut self,
        id: &NumberId,
        removal: Removal,
        error: Error,
        how: Look,
        mut settling: Settling,
    ) -> Outcome {
        loop {
            let glance = self.glance(&settling);
            let outcome = match removal {
                Removal::Delete => self.look_in_list(id, removal, error.clone()).await,
                Removal::Release => self.look_for_record(id, error.clone()).await,
            };
            if let Some(outcome) = self.concluded(outcome, &error, how, glance, &mut settling).await {
                return outcome;
            }
        }
    }

    /// Looks whether an update is in force, until it is or can not come to be any more.
    pub(super) async fn look_at_update(
        &mut self,
        before: &Number,
        changes: &Changes,
        error: Error,
        how: Look,
        mut settling: Settling,
    ) -> Outcome {
        loop {
            let glance = self.glance(&settling);
            let outcome = self.look_at_settings(before, changes, error.clone()).await;
            if let Some(outcome) = self.concluded(outcome, &error, how, glance, &mut settling).await {
                return outcome;
            }
        }
    }

    /// Begins a look.
    fn glance(&mut self, settling: &Settling) -> Glance {
        (self.progress)(Stage::Looking);
        let began_after = self.since(&settling.began);
        Glance { left: settling.left.saturating_sub(began_after), began_after }
    }

    /// What a look found, where that is final; else waits until it is time for the next one.
    async fn concluded(
        &mut self,
        outcome: Outcome,
        error: &Error,
        how: Look,
        glance: Glance,
        settling: &mut Settling,
    ) -> Option<Outcome> {
        if outcome.is_done() || glance.is_last() {
            return Some(outcome);
        }
        let unsettled = |left: Duration| {
            let why = format!("it may still happen within the next {} s", left.as_secs().max(1));
            Some(Outcome::Unknown { error: error.clone(), why })
        };
        if how == Look::Tell {
            return unsettled(glance.left);
        }
        let took = self.since(&settling.began).saturating_sub(glance.began_after);
        let pause = settling.pause.max(took * LOOK_SHARE);
        settling.pause *= 2;
        let until = (self.since(&settling.began) + pause).min(settling.left);
        loop {
            let passed = self.since(&settling.began);
            if (self.halt)() {
                return unsettled(settling.left.saturating_sub(passed));
            }
            let rest = until.saturating_sub(passed);
            if rest.is_zero() {
                return None;
            }
            (self.progress)(Stage::Settling(settling.left.saturating_sub(passed)));
            self.clock.sleep(rest.min(TICK)).await;
        }
    }

    /// The owned record that a purchase made. At the last look it is missing only where two lists
    /// that were read whole, some time apart, do not have it: a server may show a purchase late, even
    /// one that happened late.
    async fn owned_record(
        &mut self,
        line: Option<E164>,
        named: Option<&NumberId>,
        at: Timestamp,
        glance: Glance,
    ) -> Result<Option<Number>, String> {
        let mut again = glance.is_last();
        loop {
            let owned = self.api.whole(ListKind::Owned).await;
            let owned = owned.map_err(|why| format!("the list of owned numbers could not be read: {why}"))?;
            if let Some(number) = bought(&owned, line, named, at) {
                return Ok(Some(number.clone()));
            }
            if !std::mem::take(&mut again) {
                return Ok(None);
            }
            self.clock.sleep(BETWEEN_LOOKS).await;
        }
    }

    /// A number that is not owned was not bought when it is offered again; else nobody knows.
    async fn look_on_sale(&mut self, line: E164, reviewed: &Reviewed, error: Error) -> Outcome {
        let by_prefix = || Country::of_line(line).map(|country| country.code.to_owned());
        let Some(country) = reviewed.country.clone().or_else(by_prefix) else {
            return Outcome::Unknown { error, why: "not owned, and its country is not known".to_owned() };
        };
        let why = match self.api.whole(ListKind::Available { country, kind: reviewed.kind.clone() }).await {
            Ok(inventory) if offered(&inventory, line) => return Outcome::NotDone(error),
            Ok(_) => "it is neither among the owned numbers nor on sale".to_owned(),
            Err(why) => format!("not owned, and the inventory could not be read: {why}"),
        };
        Outcome::Unknown { error, why }
    }

    async fn look_at_settings(&mut self, before: &Number, changes: &Changes, error: Error) -> Outcome {
        let number = match self.api.get(&before.id).await {
            Ok(detail) => detail.number,
            Err(why) => return unread(error, &why),
        };
        let seen = compare(&number, changes);
        if seen.unmentioned {
            Outcome::Unknown { error, why: "the record does not mention all settings".to_owned() }
        } else if seen.differing.is_empty() {
            Outcome::Updated { number: Box::new(number), found: true }
        } else if changes.against(before) == changes.against(&number) {
            Outcome::NotDone(error)
        } else {
            Outcome::Ignored { number: Box::new(number), fields: seen.differing }
        }
    }

    /// Whether a record was released. One that is not found may only be so for somebody in between,
    /// who answers so to everything, in whatever words: the list tells.
    async fn look_for_record(&mut self, id: &NumberId, error: Error) -> Outcome {
        match self.api.get(id).await {
            Err(gone) if gone.status == Some(404) || gone.kind == ErrorKind::NotFound => {
                self.look_in_list(id, Removal::Release, error).await
            }
            Err(why) => unread(error, &why),
            Ok(detail) => released(&detail.number, error),
        }
    }

    /// Whether a number is gone from the list of those that are owned. A 404 to a request for it
    /// would prove nothing.
    async fn look_in_list(&mut self, id: &NumberId, removal: Removal, error: Error) -> Outcome {
        match self.api.whole(ListKind::Owned).await {
            Ok(owned) => match (owned.iter().find(|number| number.id.is_same(id)), removal) {
                (None, _) => Outcome::Removed { found: true },
                (Some(_), Removal::Delete) => Outcome::NotDone(error),
                (Some(number), Removal::Release) => released(number, error),
            },
            Err(why) => {
                let why = format!("the list of owned numbers could not be read: {why}");
                Outcome::Unknown { error, why }
            }
        }
    }
}

/// What a record says of its release.
fn released(number: &Number, error: Error) -> Outcome {
    match number.status {
        Some(Status::Inactive) => Outcome::Removed { found: true },
        Some(Status::Active | Status::Pending) => Outcome::NotDone(error),
        Some(Status::Other(_)) | None => {
            let why = "the record does not say whether it is still in use".to_owned();
            Outcome::Unknown { error, why }
        }
    }
}

/// What an entry says that is known.
pub(super) fn settled_by(entry: &Entry) -> Outcome {
    let kind = entry.outcome.unwrap_or(OutcomeKind::Unknown);
    Outcome::Settled { kind, said: entry.said.clone() }
}

fn unread(error: Error, why: &Error) -> Outcome {
    Outcome::Unknown { error, why: format!("the number could not be read: {why}") }
}

/// A record that is older than a purchase by more than clocks differ was not made by it.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(10);

/// The owned record that a purchase of `at` made, if it is there: the same number, not inactive, else
/// the id of the answer where one is known. That alone may be the id of a record that was there before.
pub(super) fn bought<'a>(
    owned: &'a [Number],
    line: Option<E164>,
    id: Option<&NumberId>,
    at: Timestamp,
) -> Option<&'a Number> {
    let is_line = |number: &&Number| line.is_some() && number.line.valid() == line;
    let is_new = |number: &Number| {
        let made = number.created_at.as_ref().and_then(Moment::instant);
        made.is_none_or(|made| made.duration_since(at) >= -CLOCKS_DIFFER)
    };
    let is_named = |number: &&Number| id.is_some_and(|id| id.is_same(&number.id)) && is_new(number);
    let mut in_use = owned.iter().filter(|number| !number.is_inactive());
    in_use.clone().find(is_line).or_else(|| in_use.find(is_named))
}

/// Whether a number is on sale again.
pub(super) fn offered(inventory: &[Number], line: E164) -> bool {
    inventory.iter().any(|number| number.line.valid() == Some(line))
}

/// How a record compares with what was asked of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Settings that are not as asked.
    pub(super) differing: Vec<&'static str>,
    /// Settings that the record does not mention.
    pub(super) unmentioned: bool,
}

/// Compares a record with what was asked.
pub(super) fn compare(number: &Number, asked: &Changes) -> Comparison {
    let mut out = Comparison { differing: Vec::new(), unmentioned: false };
    for wanted in asked.values() {
        let setting = wanted.setting();
        match setting.of(number) {
            None => out.unmentioned = true,
            Some(is) if is == wanted => {}
            Some(_) => out.differing.push(setting.name()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{EndpointId, Field, NumberText, Switch};

    fn number(id: &str, line: &str) -> Number {
        Number::new(NumberId::new(id), NumberText::parse(line))
    }

    #[test]
    fn an_inactive_record_is_no_purchase() {
        let mut old = number("a", "+2348031234567");
        old.status = Some(Status::Inactive);
        let line = E164::from_digits("2348031234567");
        assert_eq!(bought(std::slice::from_ref(&old), line, None, Timestamp::UNIX_EPOCH), None);
        let new = number("b", "+2348031234567");
        assert_eq!(bought(&[old, new.clone()], line, None, Timestamp::UNIX_EPOCH), Some(&new));
    }

    #[test]
    fn the_id_of_the_answer_is_enough() {
        let new = number("b", "+2348031234567");
        let at = Timestamp::from_second(1_000_000).unwrap();
        assert!(bought(std::slice::from_ref(&new), None, Some(&NumberId::new("b")), at).is_some());
        assert!(bought(std::slice::from_ref(&new), None, None, at).is_none(), "nothing finds nothing");
        for (made, is_it) in [("1970-01-12T13:46:30Z", true), ("1970-01-12T13:30:00Z", false)] {
            let old = Number { created_at: Some(Moment::parse(made)), ..new.clone() };
            let found = bought(std::slice::from_ref(&old), None, Some(&NumberId::new("b")), at).is_some();
            assert_eq!(found, is_it, "made at {made}, bought at {at}");
        }
    }

    #[test]
    fn what_the_record_does_not_mention_is_not_judged() {
        let asked = Changes {
            endpoint: Some(Some(EndpointId::new("e"))),
            switches: Switch::Inbound.set(true),
            status: Some(Status::Active),
        };
        let mut n = number("a", "+2348031234567");
        n.switches[Switch::Inbound] = Some(false);
        n.status = Some(Status::Active);
        let seen = compare(&n, &asked);
        assert_eq!(seen, Comparison { differing: vec!["inbound"], unmentioned: true });
        n.endpoint = Field::Null;
        assert_eq!(compare(&n, &asked).differing, ["endpoint", "inbound"]);
    }
}
