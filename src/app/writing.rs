//! Actions that end in a write: may it, which one, the typed confirmation, and what is in doubt.
//!
//! Nothing here sends anything: a confirmed write leaves as an [`Effect`].

use super::action::Action;
use super::many::switched;
use super::screen::change::{Change, ChangeState};
use super::screen::endpoints::Picker;
use super::screen::many::ManyState;
use super::screen::pin::Pin;
use super::screen::purchase::{BuyState, Buying};
use super::screen::{Overlay, Screen};
use super::{App, Effect, Leaving, Tab, TaskId, Tone};
use crate::api::{Changes, Removal};
use crate::phone::{Field, Number, NumberId};
use crate::write::{Cause, Intent, Obstacle, Stage, Verdict};

impl App {
    /// Whether a write may begin. Offers to name the organization where that is all that is missing.
    pub(super) fn may_write(&mut self) -> bool {
        match self.session.standing.check() {
            Ok(()) => true,
            Err(Obstacle::Unnamed) => {
                if let Some(organization) = self.seen_organization().map(str::to_owned) {
                    let typed = super::input::Input::default();
                    self.cover(Overlay::Pin(Pin { organization, typed, armed: false }));
                }
                false
            }
            Err(_) => false,
        }
    }

    pub(super) fn pin(&mut self, pin: Pin) {
        if !pin.typed.text().trim().eq_ignore_ascii_case("yes") {
            self.overlay = Some(Overlay::Pin(pin));
            self.tell(Tone::Plain, "Type yes, then Enter; Esc leaves it as it is.");
            return;
        }
        // What no header can carry would never be named, whatever the screen says.
        if !pin.organization.bytes().all(|byte| byte.is_ascii_graphic()) {
            return self.tell(
                Tone::Bad,
                "The server's name for the organization can not be sent back; nothing is named.",
            );
        }
        self.session.standing.organization = Some(pin.organization.clone());
        for organization in self.owned.roster.numbers().filter_map(|number| number.organization.as_deref()) {
            self.session.standing.seen(organization);
        }
        self.out.push(Effect::Pin(pin.organization.clone()));
        self.tell(
            Tone::Good,
            format!(
                "This session now names organization {} in every request. Press the key again.",
                pin.organization
            ),
        );
    }

    pub(super) fn buy(&mut self) {
        if self.tab == Tab::Owned {
            return self.show(Tab::Inventory);
        }
        let marked = self.marked();
        if !marked.is_empty() {
            if self.may_write() {
                self.buy_many(marked);
            }
            return;
        }
        self.buy_one();
    }

    /// Reviews the purchase of the selected row.
    pub(super) fn buy_one(&mut self) {
        let Some(row) = self.inventory.selected().cloned() else { return };
        if !self.may_write() {
            return;
        }
        let mut buying = Buying::new(row);
        if !buying.row.price().is_known() {
            let task = self.task();
            buying.asked_price.start(task);
            self.out.push(Effect::Offer(task, buying.row.id.clone()));
        }
        self.notice = None;
        self.stack.push(Screen::Purchase(Box::new(buying)));
    }

    /// The task of a write that was confirmed; `None`, and why is told, where it may not begin now.
    pub(super) fn begin_write(&mut self) -> Option<TaskId> {
        if let Err(obstacle) = self.session.standing.check() {
            self.tell(Tone::Bad, format!("Nothing was sent: {obstacle}."));
            return None;
        }
        if self.writing.is_some() {
            self.tell(Tone::Plain, "Another change is on its way; one at a time.");
            return None;
        }
        let task = self.task();
        self.writing = Some(task);
        Some(task)
    }

    /// The write on its way has ended. Returns whether `task` was that one.
    pub(super) fn end_write(&mut self, task: TaskId) -> bool {
        if self.writing != Some(task) {
            return false;
        }
        self.writing = None;
        self.looked = None;
        // What was told while it was on its way is over.
        self.notice = None;
        // Somebody who wanted to leave is asked again for the next write.
        if self.leaving == Leaving::Asked {
            self.leaving = Leaving::No;
        }
        true
    }

    pub(super) fn confirm_purchase(&mut self) {
        let Some(Screen::Purchase(buying)) = self.stack.last_mut() else { return };
        match &buying.state {
            BuyState::Review { typed, armed: true } => {
                if buying.asked_price.is_loading() {
                    return self.tell(Tone::Plain, "The price is still being read.");
                }
                let confirmation = buying.confirmation();
                if !confirmation.accepts(typed.text()) {
                    let text =
                        format!("Nothing was sent: type {} of the number first.", confirmation.prompt());
                    return self.tell(Tone::Plain, text);
                }
                let intent = Box::new(buying.intent());
                let Some(task) = self.begin_write() else { return };
                self.out.push(Effect::Write(task, intent.clone()));
                if let Some(Screen::Purchase(buying)) = self.stack.last_mut() {
                    buying.state = BuyState::Sending { task, stage: first_stage(&intent), intent };
                }
            }
            BuyState::Review { armed: false, .. } | BuyState::Sending { .. } => {}
            BuyState::Ended { verdict, .. } => {
                if let Verdict::Bought { number, .. } = &**verdict {
                    let id = number.id.clone();
                    self.stack.pop();
                    self.open_number(id);
                }
            }
        }
    }

    pub(super) fn choose_endpoint(&mut self) {
        let numbers = match self.stack.last() {
            Some(Screen::Purchase(buying)) if matches!(buying.state, BuyState::Review { .. }) => Vec::new(),
            Some(Screen::Many(many)) if matches!(many.state, ManyState::Review { .. }) => Vec::new(),
            Some(Screen::Many(many)) => {
                let known = |number: Number| self.owned.roster.get(&number.id).cloned().unwrap_or(number);
                many.unanswered().into_iter().map(known).collect()
            }
            _ => match (self.marked(), self.target().cloned()) {
                (marked, _) if !marked.is_empty() => marked,
                (_, Some(number)) => vec![number],
                (_, None) => return,
            },
        };
        if !numbers.is_empty() && !self.may_write() {
            return;
        }
        let listed = self.endpoints.value().map(Vec::as_slice);
        let picker = Picker::new(numbers, listed, self.owned.roster.numbers());
        self.cover(Overlay::Endpoints(Box::new(picker)));
    }

    pub(super) fn chosen(&mut self, picker: Picker) {
        let Some(choice) = picker.shown().into_iter().nth(picker.selected) else { return };
        if choice.id.as_ref().is_some_and(|id| id.as_str().is_empty()) {
            self.overlay = Some(Overlay::Endpoints(Box::new(picker)));
            return;
        }
        let mut numbers = picker.numbers;
        let changes = Changes { endpoint: Some(choice.id.clone()), ..Changes::default() };
        match (numbers.pop(), self.stack.last_mut()) {
            (None, Some(Screen::Purchase(buying))) => buying.endpoint = choice.id,
            (None, Some(Screen::Many(many))) => many.attach(choice.id),
            (None, _) => {}
            (Some(number), _) if numbers.is_empty() => self.ask(number, &changes),
            (Some(last), _) => {
                numbers.push(last);
                self.change_many(numbers, &changes);
            }
        }
    }

    pub(super) fn switch(&mut self, action: Action) {
        let marked = self.marked();
        if !marked.is_empty() {
            if self.may_write() {
                let changes = switched(action, &marked);
                self.change_many(marked, &changes);
            }
            return;
        }
        let Some(number) = self.target().cloned() else { return };
        if self.may_write() {
            let changes = switched(action, std::slice::from_ref(&number));
            self.ask(number, &changes);
        }
    }

    /// Asks for the confirmation of a change, unless nothing would change.
    fn ask(&mut self, number: Number, changes: &Changes) {
        let changes = changes.against(&number);
        if changes.is_empty() {
            return self.tell_already(&number.id, "That is how it is already; nothing to send.");
        }
        self.ask_intent(Intent::update(number, changes));
    }

    pub(super) fn remove(&mut self, how: Removal) {
        let marked = self.marked();
        if how == Removal::Release && !marked.is_empty() {
            if self.may_write() {
                self.release_many(marked);
            }
            return;
        }
        let Some(number) = self.target().cloned() else { return };
        if how == Removal::Release && number.is_inactive() {
            return self.tell_already(&number.id, "It is inactive already; nothing to send.");
        }
        if self.may_write() {
            self.ask_intent(Intent::Remove { before: Box::new(number), how });
        }
    }

    /// Says that a number is as somebody wants it, unless an earlier change of it may still happen.
    fn tell_already(&mut self, id: &NumberId, said: &str) {
        if self.is_unsettled(id) {
            let text =
                "An earlier change of it is in doubt, and may still happen: 3 shows it, r there looks again.";
            return self.tell(Tone::Bad, text);
        }
        self.tell(Tone::Plain, said);
    }

    fn ask_intent(&mut self, intent: Intent) {
        let mut change = Change::new(intent, &self.names, self.session.whose());
        if let Intent::Update { before, changes: Changes { endpoint: Some(Some(id)), .. }, .. } =
            &change.intent
        {
            let after = Number { endpoint: Field::Value(id.clone()), ..(**before).clone() };
            let trouble = self.endpoint_trouble(&after);
            change.consequences.extend(trouble.map(|trouble| format!("{trouble}: calls may not arrive")));
        }
        if self.is_doubted(&change.intent) {
            let text = "an earlier one is in doubt: numdeck looks first, and repeats nothing that happened";
            change.consequences.insert(0, text.to_owned());
        }
        self.ask_change(change);
    }

    /// The number changed since it was shown: that is said, and the same is asked anew about the
    /// number as it is now. An undo is not: what it would put back may be somebody else's by now.
    pub(super) fn ask_anew(&mut self, intent: Intent, now: Number, said: String) {
        self.overlay = None;
        self.owned_row(now.clone());
        if matches!(intent, Intent::Update { cause: Cause::Undoes(_), .. }) {
            self.tell(Tone::Bad, said);
            return self.fit();
        }
        let intent = intent.on(now);
        if matches!(&intent, Intent::Update { changes, .. } if changes.is_empty()) {
            self.tell(Tone::Plain, format!("{said} It is as you wanted it already."));
            return self.fit();
        }
        let mut change = Change::new(intent, &self.names, self.session.whose());
        change.consequences.insert(0, said);
        self.ask_change(change);
    }

    pub(super) fn ask_change(&mut self, change: Change) {
        self.cover(Overlay::Change(Box::new(change)));
        self.fit();
    }

    pub(super) fn confirm(&mut self, mut change: Box<Change>) {
        if let ChangeState::Asking { typed, armed: true } = &change.state {
            if !change.confirmation.accepts(typed.text()) {
                let text = format!("Nothing was sent: type {} first.", change.confirmation.prompt());
                self.tell(Tone::Plain, text);
            } else if let Some(task) = self.begin_write() {
                self.out.push(Effect::Write(task, Box::new(change.intent.clone())));
                let stage = first_stage(&change.intent);
                change.state = ChangeState::Sending { task, stage };
            }
        }
        self.overlay = Some(Overlay::Change(change));
    }
}

/// What a confirmed write begins with, until it is told how far it has come.
fn first_stage(intent: &Intent) -> Stage {
    match intent {
        Intent::Purchase { .. } => Stage::Pricing,
        _ if intent.is_risky() => Stage::Reading,
        _ => Stage::Sending,
    }
}
