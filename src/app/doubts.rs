//! Writes whose outcome is not known: which they are, and looking at them again.
//!
//! Nothing here sends a write: a look leaves as an [`Effect`].

use super::tasks::Owner;
use super::{Ctx, Effect, TaskId, Tone};
use crate::api::RequestId;
use crate::phone::NumberId;
use crate::write::{Entry, Intent, Look, Outcome, Stage};

/// What is in doubt, as far as this session knows.
#[derive(Debug, Default)]
pub struct Doubts {
    /// Writes of earlier runs that are still to be looked at.
    waiting: Vec<Entry>,
    /// The entries in the ledger, and what they were.
    open: Vec<(RequestId, Intent)>,
    /// How far looking has come, where no screen of its own shows it.
    pub(super) stage: Option<Stage>,
}

impl Doubts {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.open.len()
    }

    /// Whether an earlier write is in doubt that `intent` would repeat.
    pub fn repeats(&self, intent: &Intent) -> bool {
        self.open.iter().any(|(_, doubted)| intent.repeats(doubted))
    }

    /// Whether an earlier change of a number is in doubt.
    pub fn is_about(&self, id: &NumberId) -> bool {
        self.open.iter().any(|(_, doubted)| doubted.target().is_some_and(|target| target.is_same(id)))
    }

    /// Takes note of what the ledger says is in doubt.
    pub(super) fn of_ledger(&mut self, entries: &[Entry]) {
        let doubts = entries.iter().filter(|entry| entry.is_in_doubt());
        self.open = doubts.map(|entry| (entry.id, entry.intent.clone())).collect();
    }

    /// Takes writes of earlier runs, which are looked at one by one.
    pub(super) fn remember(&mut self, entries: Vec<Entry>) {
        self.of_ledger(&entries);
        self.waiting = entries;
    }

    /// Takes note of a write that is in doubt now, or is so no more.
    pub(super) fn learn(&mut self, intent: &Intent, outcome: &Outcome) {
        match outcome {
            Outcome::Unknown { .. } => {
                let Some(entry) = entry_of(outcome) else { return };
                if self.open.iter().all(|(known, _)| *known != entry) {
                    self.open.push((entry, intent.clone()));
                }
            }
            // Nothing was sent, and nothing was settled.
            Outcome::Busy | Outcome::NotSent(_) | Outcome::PriceMoved { .. } | Outcome::Changed { .. } => {}
            _ if outcome.is_unknown() => {}
            _ => self.open.retain(|(_, doubted)| !intent.repeats(doubted)),
        }
    }
}

impl Ctx {
    /// Looks at the next write of an earlier run that is in doubt.
    pub(super) fn look_at_next(&mut self) {
        let Some(entry) = self.doubts.waiting.pop() else { return };
        let text = format!(
            "In doubt since an earlier run: {}. Looking whether it happened; do not repeat it.",
            entry.words()
        );
        self.tell(Tone::Bad, text);
        self.look(Owner::Doubt(Box::new(entry.intent.clone())), entry.id, entry.intent);
    }

    /// Looks whether a write in doubt happened, unless a write is on its way. Where nothing may be
    /// written, looking completes nothing either.
    pub(super) fn look(&mut self, owner: Owner, entry: RequestId, intent: Intent) -> Option<TaskId> {
        if self.writing.is_some() {
            return None;
        }
        let how = if self.account.standing.check().is_ok() { Look::Complete } else { Look::Enter };
        let intent = Box::new(intent);
        let task = self.ask(owner, |task| Effect::Look { task, entry, intent, how });
        self.writing = Some(task);
        Some(task)
    }
}

/// The entry of the ledger that is looked at again, where the outcome is unknown: its request is the
/// one whose answer was lost.
pub(super) fn entry_of(outcome: &Outcome) -> Option<RequestId> {
    match outcome {
        Outcome::Unknown { error, .. } => RequestId::parse(error.request_id.as_deref()?),
        _ => None,
    }
}
