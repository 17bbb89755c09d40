//! Writes of which nobody knows what became: which they are, and looking at them again.
//!
//! Nothing here sends a write: a look leaves as an [`Effect`].

use super::screen::change::ChangeState;
use super::screen::many::Many;
use super::screen::purchase::BuyState;
use super::screen::{Overlay, Screen};
use super::{App, Effect, TaskId, Tone};
use crate::api::RequestId;
use crate::phone::NumberId;
use crate::write::{Entry, Intent, Look, Stage, Verdict};

impl App {
    /// Takes note of a write that is in doubt now, or is so no more.
    pub(super) fn note_doubt(&mut self, intent: &Intent, verdict: &Verdict) {
        match verdict {
            Verdict::Unknown { .. } => {
                let Some(entry) = entry_of(verdict) else { return };
                if self.in_doubt.iter().all(|(known, _)| *known != entry) {
                    self.in_doubt.push((entry, intent.clone()));
                }
            }
            // Nothing was sent, and nothing was settled.
            Verdict::Busy | Verdict::NotSent(_) | Verdict::PriceMoved { .. } | Verdict::Changed { .. } => {}
            _ if verdict.is_unknown() => {}
            _ => self.in_doubt.retain(|(_, doubted)| !intent.repeats(doubted)),
        }
    }

    /// Takes note of what the ledger says is in doubt.
    pub(super) fn note_doubts(&mut self, entries: &[Entry]) {
        let doubts = entries.iter().filter(|entry| entry.is_in_doubt());
        self.in_doubt = doubts.map(|entry| (entry.id, entry.intent.clone())).collect();
    }

    /// How many writes are in doubt, as far as this session knows.
    pub fn doubts(&self) -> usize {
        self.in_doubt.len()
    }

    /// Whether an earlier write is in doubt that `intent` would repeat.
    pub fn is_doubted(&self, intent: &Intent) -> bool {
        self.in_doubt.iter().any(|(_, doubted)| intent.repeats(doubted))
    }

    /// Whether an earlier change of a number is in doubt.
    pub fn is_unsettled(&self, id: &NumberId) -> bool {
        self.in_doubt.iter().any(|(_, doubted)| doubted.target().is_some_and(|target| target.is_same(id)))
    }

    pub(super) fn look_again(&mut self) {
        let asked = match (&self.overlay, self.stack.last()) {
            (Some(Overlay::Change(change)), _) => match &change.state {
                ChangeState::Ended(verdict) => entry_of(verdict).map(|entry| (change.intent.clone(), entry)),
                _ => None,
            },
            (None, Some(Screen::Purchase(buying))) => match &buying.state {
                BuyState::Ended { intent, verdict, .. } => {
                    entry_of(verdict).map(|entry| ((**intent).clone(), entry))
                }
                _ => None,
            },
            (None, Some(Screen::Ledger(view))) => {
                let doubt = view.selected().filter(|entry| entry.is_in_doubt());
                doubt.map(|entry| (entry.intent.clone(), entry.id))
            }
            (None, Some(Screen::Many(many))) => many.doubtful(),
            _ => None,
        };
        let Some((intent, entry)) = asked else { return };
        if self.writing.is_some() {
            return;
        }
        let (task, stage, intent) = (self.task(), Stage::Looking, Box::new(intent));
        match (&mut self.overlay, self.stack.last_mut()) {
            (Some(Overlay::Change(change)), _) => change.state = ChangeState::Sending { task, stage },
            (_, Some(Screen::Purchase(buying))) => {
                buying.state = BuyState::Sending { task, stage, intent: intent.clone() };
            }
            (_, Some(Screen::Ledger(_) | Screen::Many(_))) => self.looking = Some((task, intent.clone())),
            _ => {}
        }
        self.look(task, entry, intent);
    }

    /// What looking again found out of a line of the run on screen.
    pub(super) fn looked(&mut self, intent: &Intent, verdict: &Verdict) {
        self.unmark_done(intent, verdict);
        let runs = self.stack.iter_mut().filter_map(|screen| match screen {
            Screen::Many(many) => Some(many),
            _ => None,
        });
        runs.for_each(|many: &mut Box<Many>| many.looked(intent, verdict));
    }

    /// Looks at the next write of an earlier run that is in doubt.
    pub(super) fn settle_next(&mut self) {
        let Some(entry) = self.doubts.pop() else { return };
        let task = self.task();
        let text = format!(
            "In doubt since an earlier run: {}. Looking whether it happened; do not repeat it.",
            entry.words()
        );
        self.tell(Tone::Bad, text);
        let intent = Box::new(entry.intent);
        self.settling = Some((task, intent.clone()));
        self.look(task, entry.id, intent);
    }

    /// Where nothing may be written, looking completes nothing either.
    fn look(&mut self, task: TaskId, entry: RequestId, intent: Box<Intent>) {
        self.writing = Some(task);
        let how = if self.session.standing.check().is_ok() { Look::Complete } else { Look::Enter };
        self.out.push(Effect::Look { task, entry, intent, how });
    }
}

/// The entry of the ledger that is looked at again, where the outcome is unknown: its request is the
/// one whose answer was lost.
pub(super) fn entry_of(verdict: &Verdict) -> Option<RequestId> {
    match verdict {
        Verdict::Unknown { error, .. } => RequestId::parse(error.request_id.as_deref()?),
        _ => None,
    }
}
