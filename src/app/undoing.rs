//! `u`: what the last change of a number set, put back.

use super::screen::change::Change;
use super::{App, Effect, TaskId, Tone};
use crate::phone::{Number, NumberId};
use crate::write::{Cause, Entry, Intent, NoUndo, Outcome, last_update, undo};

impl App {
    /// Reads what is needed to know what can be put back: the ledger, and the number as it is now.
    pub(super) fn ask_undo(&mut self) {
        let Some(id) = self.target().map(|number| number.id.clone()) else { return };
        if !self.may_write() {
            return;
        }
        let task = self.task();
        self.undoing = Some(task);
        self.out.push(Effect::Undo(task, id));
    }

    /// Asks whether to put back what can be put back, or says why nothing can.
    pub(super) fn undo(&mut self, task: TaskId, known: Result<(Vec<Entry>, Number), String>) {
        if self.undoing.take_if(|asked| *asked == task).is_none() {
            return;
        }
        // Somebody who went on to do something else does not want to be asked.
        let here = |app: &Self, number: &Number| {
            app.overlay.is_none() && app.target().is_some_and(|target| target.id == number.id)
        };
        let (entries, number) = match known {
            Ok(known) => known,
            Err(why) => return self.tell(Tone::Bad, format!("Nothing was undone: {why}.")),
        };
        let is_here = here(self, &number);
        self.read_anew(&number);
        if !is_here {
            return;
        }
        let entry = last_update(&entries, Some(&number.id)).ok_or(NoUndo::Nothing);
        match entry.and_then(|entry| undo(&entries, entry, &number)) {
            Ok(undo) => {
                let mut change = Change::new(undo.intent, &self.names, self.session.whose());
                change.what = format!("undo: {}", change.what);
                change.consequences.extend(undo.left.iter().map(|left| format!("left as it is: {left}")));
                self.ask_change(change);
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
            && entry.outcome == Some(Outcome::Done)
    })
}
