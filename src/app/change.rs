//! From a key to the review of a write: whether anything may be written, which numbers it is about,
//! and what would change.
//!
//! Nothing here sends anything: a review is put on the screen, and its [`Prompt`](super::prompt::Prompt)
//! decides.

use std::collections::HashSet;

use super::action::Action;
use super::overlay::Overlay;
use super::overlay::confirm::{Change, Confirm};
use super::overlay::endpoints::Picker;
use super::screen::Screen;
use super::screen::writes::Writes;
use super::{Ctx, Effect, TaskId, Tone};
use crate::api::Removal;
use crate::phone::{Changes, E164, Field, Number, NumberId, Setting, SettingValue, Status};
use crate::write::{Cause, Intent, Obstacle};

/// The other value of a setting, for all of `numbers`: what not all of them have. Off, where all are on.
fn switched(setting: Setting, numbers: &[Number]) -> Changes {
    let value = match setting {
        Setting::Switch(switch) => {
            let all = numbers.iter().all(|number| number.switches[switch] == Some(true));
            Some(SettingValue::Switch(switch, !all))
        }
        Setting::Status => {
            let all = numbers.iter().all(|number| number.status == Some(Status::Active));
            Some(SettingValue::Status(if all { Status::Inactive } else { Status::Active }))
        }
        // That one is chosen from a list.
        Setting::Endpoint => None,
    };
    value.into_iter().collect()
}

/// `1 number`, `3 numbers`.
pub(super) fn counted(count: usize) -> String {
    if count == 1 { "1 number".to_owned() } else { format!("{count} numbers") }
}

impl Ctx {
    /// Whether a write may begin. Offers to name the organization where that is all that is missing.
    pub(super) fn may_write(&mut self) -> bool {
        match self.account.standing.check() {
            Ok(()) => true,
            Err(Obstacle::Unnamed) => {
                if let Some(organization) = self.seen_organization().map(str::to_owned) {
                    self.cover(|_| Overlay::Confirm(Confirm::organization(organization)));
                }
                false
            }
            Err(_) => false,
        }
    }

    /// Why nothing can be written. A LIVE session without a named organization is no obstacle
    /// here: asking for a write offers to name it.
    pub(super) fn write_obstacle(&self) -> Option<String> {
        match self.account.standing.check() {
            Ok(()) => self.past_time().or_else(|| self.absence()).or_else(|| self.busy()),
            Err(Obstacle::Unnamed) if self.seen_organization().is_some() => None,
            Err(obstacle) => Some(obstacle.to_string()),
        }
    }

    /// Why no write can begin before another one has ended.
    pub(super) fn busy(&self) -> Option<String> {
        self.writing.is_some().then(|| "another change is on its way; one at a time".to_owned())
    }

    /// The task of a write that was confirmed; `None`, and why is told, where it may not begin now.
    pub(super) fn begin_write(&mut self, effect: impl FnOnce(TaskId) -> Effect) -> Option<TaskId> {
        if let Err(obstacle) = self.account.standing.check() {
            self.tell(Tone::Bad, format!("Nothing was sent: {obstacle}."));
            return None;
        }
        if self.writing.is_some() {
            self.tell(Tone::Plain, "Another change is on its way; one at a time.");
            return None;
        }
        if let Some(why) = self.past_time().or_else(|| self.absence()) {
            self.tell(Tone::Bad, format!("Nothing was sent: {why}."));
            return None;
        }
        let task = self.ask_here(effect);
        self.done.clear();
        self.writing = Some(task);
        self.notice = None;
        Some(task)
    }

    /// The write on its way has ended.
    pub(super) fn end_write(&mut self) {
        self.writing = None;
        self.doubts.stage = None;
        // What was told while it was on its way is over.
        self.notice = None;
    }

    /// Names the organization of a LIVE session from now on.
    pub(super) fn name_organization(&mut self, organization: &str) {
        // What no header can carry would never be named, whatever the screen says.
        if !organization.bytes().all(|byte| byte.is_ascii_graphic()) {
            let text = "The server's name for the organization can not be sent back; nothing is named.";
            return self.tell(Tone::Bad, text);
        }
        self.account.standing.organization = Some(organization.to_owned());
        for seen in self.owned.roster.numbers().filter_map(|number| number.organization.as_deref()) {
            self.account.standing.seen(seen);
        }
        self.out.push(Effect::Pin(organization.to_owned()));
        let text = format!(
            "This session now names organization {organization} in every request. Press the key again."
        );
        self.tell(Tone::Good, text);
    }

    /// Reviews the purchase of rows on sale. What was `marked` is unmarked once it is bought.
    pub(super) fn buy(&mut self, rows: Vec<Number>, marked: bool) {
        if rows.is_empty() || !self.may_write() {
            return;
        }
        let (rows, odd): (Vec<Number>, Vec<Number>) =
            rows.into_iter().partition(|row| row.line.possible().is_some());
        let in_use = |number: &&Number| !number.is_inactive();
        let owned: HashSet<E164> =
            self.owned.roster.numbers().filter(in_use).filter_map(|number| number.line.valid()).collect();
        let is_owned = |row: &Number| row.line.valid().is_some_and(|line| owned.contains(&line));
        let (ours, rows): (Vec<Number>, Vec<Number>) = rows.into_iter().partition(is_owned);
        if rows.is_empty() {
            let text = match (marked, ours.is_empty()) {
                (true, true) => "None of the marked has a valid number; nothing to buy.",
                (true, false) => "None of the marked is not yours already; nothing to buy.",
                (false, true) => "Its number is not valid E.164, so it can not be bought here.",
                (false, false) => "It is yours already; nothing to buy.",
            };
            return self.tell(Tone::Plain, text);
        }
        let left_out = [
            (odd.len(), "of no valid number left out: such can not be bought here"),
            (ours.len(), "yours already and left out"),
        ];
        let left_out = left_out.into_iter().filter(|(count, _)| *count > 0);
        let left_out = left_out.map(|(count, why)| format!("{count} {why}")).collect();
        self.open(|ctx| Screen::Writes(Box::new(Writes::buying(rows, left_out, marked, ctx))));
    }

    /// Asks who answers calls to these numbers.
    pub(super) fn choose_endpoint(&mut self, numbers: Vec<Number>) {
        if !numbers.is_empty() && self.may_write() {
            self.pick_endpoint(numbers);
        }
    }

    /// Asks who answers: calls to these numbers, or to what is bought.
    pub(super) fn pick_endpoint(&mut self, numbers: Vec<Number>) {
        self.cover(|ctx| {
            let listed = ctx.endpoints.value().map(Vec::as_slice);
            Overlay::Endpoints(Box::new(Picker::new(numbers, listed, ctx.owned.roster.numbers())))
        });
    }

    /// Reviews a switch of these numbers.
    pub(super) fn switch(&mut self, setting: Setting, numbers: Vec<Number>) {
        if !numbers.is_empty() && self.may_write() {
            let changes = switched(setting, &numbers);
            self.change(numbers, &changes);
        }
    }

    /// Reviews the same changes of all of these numbers.
    pub(super) fn change(&mut self, numbers: Vec<Number>, changes: &Changes) {
        let all = numbers.len();
        let first = numbers.first().map(|number| number.id.clone());
        let mut intents = Vec::new();
        for number in numbers {
            let changes = changes.against(&number);
            if !changes.is_empty() {
                intents.push(Intent::update(number, changes));
            }
        }
        let mut words = changes.words();
        if let Some(Some(id)) = &changes.endpoint {
            words = words.replace(id.as_str(), &self.endpoint_label(id));
        }
        let same = all - intents.len();
        match (intents.is_empty(), first) {
            (true, Some(id)) if all == 1 => {
                self.tell_already(&id, "That is how it is already; nothing to send.");
            }
            (true, _) => {
                self.tell(Tone::Plain, format!("That is how all {all} are already; nothing to send."));
            }
            (false, _) => {
                let title = format!("{} on {}", super::wrap::capitalised(&words), counted(intents.len()));
                let left_out = (same > 0).then(|| format!("{same} of {all} are so already and are left out"));
                self.review(title, intents, left_out, all > 1);
            }
        }
    }

    /// Reviews giving these numbers up. Deleting is about one.
    pub(super) fn remove(&mut self, numbers: Vec<Number>, how: Removal) {
        let all = numbers.len();
        let Some(first) = numbers.first().map(|number| number.id.clone()) else { return };
        let sent = |number: &Number| how == Removal::Delete || !number.is_inactive();
        let numbers: Vec<Number> = numbers.into_iter().filter(sent).collect();
        if numbers.is_empty() && all == 1 {
            return self.tell_already(&first, "It is inactive already; nothing to send.");
        }
        if numbers.is_empty() {
            return self.tell(Tone::Plain, format!("All {all} are inactive already; nothing to send."));
        }
        if !self.may_write() {
            return;
        }
        let inactive = all - numbers.len();
        let left_out =
            (inactive > 0).then(|| format!("{inactive} of {all} are inactive already and are left out"));
        let remove = |number| Intent::Remove { before: Box::new(number), how };
        let intents: Vec<Intent> = numbers.into_iter().map(remove).collect();
        let title = format!("Release {}", counted(intents.len()));
        self.review(title, intents, left_out, all > 1);
    }

    /// Says that a number is as somebody wants it, unless an earlier change of it may still happen.
    fn tell_already(&mut self, id: &NumberId, said: &str) {
        if self.doubts.is_about(id) {
            let text = format!(
                "An earlier change of it is in doubt, and may still happen: {} shows it, {} there looks again.",
                self.key(Action::Purchases),
                self.key(Action::LookAgain)
            );
            return self.tell(Tone::Bad, text);
        }
        self.tell(Tone::Plain, said);
    }

    /// One change is asked about below the screen that it is about; several have a screen.
    pub(super) fn review(
        &mut self,
        title: String,
        intents: Vec<Intent>,
        left_out: Option<String>,
        marked: bool,
    ) {
        let left_out: Vec<String> = left_out.into_iter().collect();
        if self.is_kept_back(&intents) {
            return;
        }
        if intents.len() > 1 {
            return self
                .open(|_| Screen::Writes(Box::new(Writes::changing(title, intents, left_out, marked))));
        }
        let Some(intent) = intents.into_iter().next() else { return };
        let mut change = Change::new(intent, marked, self);
        if let Intent::Update { before, changes: Changes { endpoint: Some(Some(id)), .. }, .. } =
            change.intent()
        {
            let after = (**before).clone().with(|traits| traits.endpoint = Field::Value(id.clone()));
            let trouble = self.endpoint_trouble(&after);
            change.consequences.extend(trouble.map(|trouble| format!("{trouble}: calls may not arrive")));
        }
        change.consequences.extend(left_out);
        if self.doubts.repeats(change.intent()) {
            let text = "an earlier one is in doubt: numdeck looks first, and repeats nothing that happened";
            change.consequences.insert(0, text.to_owned());
        }
        self.cover(|_| Overlay::Confirm(Confirm::Change(Box::new(change))));
    }

    /// The number changed since it was shown: that is said, and the same is asked anew about the
    /// number as it is now. An undo is not: what it would put back may be somebody else's by now.
    pub(super) fn ask_anew(&mut self, intent: Intent, now: Number, said: String) {
        if matches!(intent, Intent::Update { cause: Cause::Undoes(_), .. }) {
            return self.tell(Tone::Bad, said);
        }
        let intent = intent.on(now);
        if matches!(&intent, Intent::Update { changes, .. } if changes.is_empty()) {
            return self.tell(Tone::Plain, format!("{said} It is as you wanted it already."));
        }
        if self.is_kept_back(std::slice::from_ref(&intent)) {
            return;
        }
        let mut change = Change::new(intent, false, self);
        change.consequences.insert(0, said);
        self.cover(|_| Overlay::Confirm(Confirm::Change(Box::new(change))));
    }
}
