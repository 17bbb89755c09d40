//! What people put down about their numbers, on screen: known beside the rows, and a pin that holds.

use super::action::Action;
use super::overlay::Overlay;
use super::overlay::label::LabelView;
use super::tasks::Owner;
use super::travel::Travel;
use super::{Ctx, Effect, Tone};
use crate::phone::{Labels, Number, thousands};
use crate::write::Intent;

impl Ctx {
    /// Labels as they are now, or why that is not known.
    pub(super) fn label(&mut self, labels: Result<Labels, String>) {
        let known = labels.as_ref().ok().cloned().unwrap_or_default();
        self.pins = labels.map(|_| ());
        let present = self.travel.as_mut().map(Travel::present);
        for list in present.into_iter().chain([&mut self.owned]) {
            list.keeping_place(|roster| {
                let known = roster.known().clone().with_labels(known.clone());
                roster.learn(known);
            });
        }
    }

    /// What was read or kept of them, for whoever is elsewhere by now.
    pub(super) fn told_labels(&mut self, labels: Result<Labels, String>) {
        if let Err(why) = &labels {
            let text = format!("What is pinned is not known, so nothing that stops calls is sent: {why}");
            self.tell(Tone::Bad, text);
        }
        self.label(labels);
    }

    /// Reads them again: somebody may have pulled another file.
    pub(super) fn read_labels(&mut self) {
        if self.keeps_labels {
            self.ask(Owner::Labels, Effect::Labels);
        }
    }

    /// Shows what is put down about these numbers.
    pub(super) fn open_label(&mut self, numbers: &[Number]) {
        match LabelView::of(numbers, self) {
            Some(view) => self.cover(|_| Overlay::Label(Box::new(view))),
            None => self.tell(Tone::Plain, "It is no phone number, so nothing is put down about it."),
        }
    }

    /// Whether a pin keeps back any of these writes; that is told. Where nobody knows what is pinned,
    /// anything may be.
    pub(super) fn is_kept_back(&mut self, intents: &[Intent]) -> bool {
        if !intents.iter().any(Intent::stops_calls) {
            return false;
        }
        if let Err(why) = &self.pins {
            let text = format!("Nothing was asked: what is pinned is not known. {why}");
            self.tell(Tone::Bad, text);
            return true;
        }
        let labels = &self.owned.roster.known().labels;
        let pinned: Vec<String> =
            intents.iter().filter(|intent| intent.is_pinned(labels)).map(Intent::line).collect();
        let unpins = self.key(Action::Label);
        match pinned.as_slice() {
            [] => return false,
            [one] => self.tell(Tone::Bad, format!("{one} is pinned; {unpins} takes the pin away.")),
            [first, ..] => {
                let count = thousands(pinned.len());
                let text = format!("{count} of these are pinned, {first} for one; {unpins} takes pins away.");
                self.tell(Tone::Bad, text);
            }
        }
        true
    }
}
