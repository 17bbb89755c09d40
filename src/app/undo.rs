//! Putting back what was changed: the last change of a number, one entry of the ledger, or a whole run.

use super::overlay::Overlay;
use super::overlay::confirm::{Change, Confirm};
use super::tasks::{Owner, UndoOf};
use super::{Ctx, Effect, Tone};
use crate::phone::{Number, NumberId, thousands};
use crate::write::{Cause, Entry, Intent, NoUndo, OutcomeKind, last_update, undo};

impl Ctx {
    /// Reads what is needed to know what can be put back: the ledger, and the number as it is now.
    pub(super) fn ask_undo(&mut self, id: NumberId) {
        if self.may_write() {
            self.ask(Owner::Undo(UndoOf::Number), |task| Effect::Undo(task, id));
        }
    }

    /// The same for one entry.
    pub(super) fn ask_undo_of(&mut self, entry: &Entry) {
        let Some(id) = entry.intent.target().cloned() else {
            return self.tell(
                Tone::Plain,
                format!("Nothing was undone: {}.", NoUndo::NotAnUpdate(entry.intent.to_string())),
            );
        };
        if self.may_write() {
            let of = UndoOf::Entry(entry.id);
            self.ask(Owner::Undo(of), |task| Effect::Undo(task, id));
        }
    }

    /// The records that the last change was about, where nothing else was done since and it can be undone.
    pub(super) fn just_changed(&self) -> Vec<NumberId> {
        let updates =
            self.done.iter().filter(|intent| matches!(intent, Intent::Update { cause: Cause::Asked, .. }));
        let ids = updates.filter_map(Intent::target).cloned();
        if self.just_done { ids.collect() } else { Vec::new() }
    }

    /// Undoes what was done just now: one change, or a run as a run.
    pub(super) fn ask_undo_last(&mut self) {
        match self.just_changed().as_slice() {
            [] => {}
            [id] => self.ask_undo(id.clone()),
            _ if self.may_write() => {
                self.ask(Owner::UndoRun, Effect::Ledger);
            }
            _ => {}
        }
    }

    /// Asks whether to put back what a run changed.
    pub(super) fn undo_run(&mut self, entries: Result<Vec<Entry>, String>) {
        let entries = match entries {
            Ok(entries) => entries,
            Err(why) => return self.tell(Tone::Bad, format!("Nothing was undone: {why}.")),
        };
        let ids = self.just_changed();
        let (mut intents, mut left) = (Vec::new(), 0);
        for id in &ids {
            // Each is read again right before it is sent: what it was changed to by others stays.
            let number = self.owned.roster.get(id);
            let undone =
                last_update(&entries, Some(id)).zip(number).map(|(entry, now)| undo(&entries, entry, now));
            match undone {
                Some(Ok(undo)) => intents.push(undo.intent),
                _ => left += 1,
            }
        }
        if intents.is_empty() {
            return self.tell(Tone::Plain, "Nothing was undone: nothing of it is in force any more.");
        }
        let count = intents.len();
        let numbers = if count == 1 { "number" } else { "numbers" };
        let left = (left > 0).then(|| format!("{left} of {} can not be undone and are left out", ids.len()));
        self.review(format!("Undo the last change of {} {numbers}", thousands(count)), intents, left, false);
    }

    /// Asks whether to put back what can be put back, or says why nothing can. Somebody who is not
    /// `here` any more does not want to be asked.
    pub(super) fn undo(
        &mut self,
        of: UndoOf,
        known: Result<(Vec<Entry>, Number), String>,
        here: impl FnOnce(&Self, &Number) -> bool,
    ) {
        let (entries, number) = match known {
            Ok(known) => known,
            Err(why) => return self.tell(Tone::Bad, format!("Nothing was undone: {why}.")),
        };
        let is_here = here(self, &number);
        self.correct(&number);
        if !is_here {
            return;
        }
        let entry = match of {
            UndoOf::Number => last_update(&entries, Some(&number.id)),
            UndoOf::Entry(id) => entries.iter().find(|entry| entry.id == id),
        };
        let entry = entry.ok_or(NoUndo::Nothing);
        match entry.and_then(|entry| undo(&entries, entry, &number)) {
            Ok(undo) if self.is_kept_back(std::slice::from_ref(&undo.intent)) => {}
            Ok(undo) => {
                let mut change = Change::new(undo.intent, false, self);
                change.what = format!("undo: {}", change.what);
                change.consequences.extend(undo.left.iter().map(|left| format!("left as it is: {left}")));
                self.cover(|_| Overlay::Confirm(Confirm::Change(Box::new(change))));
            }
            Err(NoUndo::Nothing) if was_undone(&entries, &number.id) => {
                self.tell(Tone::Plain, "The last change of it is undone already.");
            }
            Err(NoUndo::Settings(why)) => {
                self.tell(Tone::Plain, format!("Nothing was undone: {}.", why.join("; ")));
            }
            Err(NoUndo::Nothing) => self.tell(
                Tone::Plain,
                "No change of this number was made from here that could be undone; purchases and releases can not be.",
            ),
            Err(why) => self.tell(Tone::Plain, format!("Nothing was undone: {why}.")),
        }
    }
}

/// Whether a change of this number was made from here and taken back.
fn was_undone(entries: &[Entry], id: &NumberId) -> bool {
    entries.iter().any(|entry| {
        matches!(&entry.intent, Intent::Update { before, cause: Cause::Undoes(_), .. } if before.id == *id)
            && entry.outcome == Some(OutcomeKind::Done)
    })
}
