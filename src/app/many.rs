//! Several writes from marks: which they are, their confirmation, and what comes back of them.

use std::collections::HashSet;

use super::action::Action;
use super::screen::Screen;
use super::screen::many::{Many, ManyState};
use super::{App, Effect, Tab, TaskId, Tone};
use crate::api::{Changes, Removal};
use crate::phone::{E164, Number, NumberId, Status};
use crate::write::{Intent, Run, Stage, Verdict};

/// What a switch sets on all of `numbers`: what not all of them have. Off, where all are on.
pub(super) fn switched(action: Action, numbers: &[Number]) -> Changes {
    let on = |is: fn(&Number) -> Option<bool>| Some(!numbers.iter().all(|number| is(number) == Some(true)));
    match action {
        Action::Inbound => Changes { inbound: on(|number| number.allow_inbound), ..Changes::default() },
        Action::Outbound => Changes { outbound: on(|number| number.allow_outbound), ..Changes::default() },
        Action::Status => {
            let all = numbers.iter().all(|number| number.status == Some(Status::Active));
            let status = if all { Status::Inactive } else { Status::Active };
            Changes { status: Some(status), ..Changes::default() }
        }
        _ => Changes::default(),
    }
}

impl App {
    /// The marked rows, where an action is about them: on a list, when there are any.
    pub(super) fn marked(&self) -> Vec<Number> {
        if self.stack.is_empty() { self.listing().marked().cloned().collect() } else { Vec::new() }
    }

    /// Reviews the same changes of several numbers.
    pub(super) fn change_many(&mut self, numbers: Vec<Number>, changes: &Changes) {
        let all = numbers.len();
        let mut intents = Vec::new();
        for number in numbers {
            let changes = changes.against(&number);
            if !changes.is_empty() {
                intents.push(Intent::update(number, changes));
            }
        }
        if intents.is_empty() {
            return self.tell(Tone::Plain, format!("That is how all {all} are already; nothing to send."));
        }
        let mut words = changes.words();
        if let Some(Some(id)) = &changes.endpoint {
            words = words.replace(id.as_str(), &self.endpoint_label(id));
        }
        let same = all - intents.len();
        let left_out = (same > 0).then(|| format!("{same} of {all} are so already and are left out"));
        let title = format!("{}{} on {}", words[..1].to_uppercase(), &words[1..], counted(intents.len()));
        self.review(Many::changing(title, intents, left_out.into_iter().collect()));
    }

    pub(super) fn release_many(&mut self, numbers: Vec<Number>) {
        let all = numbers.len();
        let release = |number| Intent::Remove { before: Box::new(number), how: Removal::Release };
        let in_use = numbers.into_iter().filter(|number| !number.is_inactive());
        let intents: Vec<Intent> = in_use.map(release).collect();
        if intents.is_empty() {
            return self.tell(Tone::Plain, format!("All {all} are inactive already; nothing to send."));
        }
        let inactive = all - intents.len();
        let left_out =
            (inactive > 0).then(|| format!("{inactive} of {all} are inactive already and are left out"));
        let title = format!("Release {}", counted(intents.len()));
        self.review(Many::changing(title, intents, left_out.into_iter().collect()));
    }

    /// Reviews the purchase of what is marked on Inventory.
    pub(super) fn buy_many(&mut self, rows: Vec<Number>) {
        let (rows, odd): (Vec<Number>, Vec<Number>) =
            rows.into_iter().partition(|row| row.line.possible().is_some());
        let in_use = |number: &&Number| !number.is_inactive();
        let owned: HashSet<E164> =
            self.owned.roster.numbers().filter(in_use).filter_map(|number| number.line.valid()).collect();
        let is_owned = |row: &Number| row.line.valid().is_some_and(|line| owned.contains(&line));
        let (ours, rows): (Vec<Number>, Vec<Number>) = rows.into_iter().partition(is_owned);
        if rows.is_empty() {
            let why = if ours.is_empty() { "has a valid number" } else { "is not yours already" };
            return self.tell(Tone::Plain, format!("None of the marked {why}; nothing to buy."));
        }
        let left_out = [
            (odd.len(), "of no valid number left out: such can not be bought here"),
            (ours.len(), "yours already and left out"),
        ];
        let left_out = left_out.into_iter().filter(|(count, _)| *count > 0);
        let mut many = Many::buying(rows, left_out.map(|(count, why)| format!("{count} {why}")).collect());
        for (place, row) in many.unpriced() {
            let task = self.task();
            many.ask(task, place);
            self.out.push(Effect::Offer(task, row.id));
        }
        self.review(many);
    }

    fn review(&mut self, many: Many) {
        self.notice = None;
        self.stack.push(Screen::Many(Box::new(many)));
    }

    /// Enter on the review of several writes.
    pub(super) fn confirm_many(&mut self) {
        let Some(Screen::Many(many)) = self.stack.last() else { return };
        let ManyState::Review { typed, armed: true } = &many.state else { return };
        if many.is_asking() {
            return self.tell(Tone::Plain, "Prices are still being read.");
        }
        let confirmation = many.confirmation();
        if !confirmation.accepts(typed.text()) {
            return self
                .tell(Tone::Plain, format!("Nothing was sent: type {} first.", confirmation.prompt()));
        }
        let Some(task) = self.begin_write() else { return };
        if let Some(Screen::Many(many)) = self.stack.last_mut() {
            self.out.push(Effect::Run(task, Box::new(many.run.clone())));
            many.state = ManyState::Running { task, line: 0, stage: None, halting: false };
        }
        self.notice = None;
    }

    /// Ends the run on screen after the line on its way. Returns whether one goes on that was not
    /// told so before.
    pub(super) fn halt(&mut self) -> bool {
        let Some(Screen::Many(many)) = self.stack.last_mut() else { return false };
        let ManyState::Running { task, halting: halting @ false, .. } = &mut many.state else { return false };
        *halting = true;
        self.out.push(Effect::Halt(*task));
        true
    }

    pub(super) fn is_running_many(&self) -> bool {
        let running = |many: &Many| matches!(many.state, ManyState::Running { .. });
        self.stack.iter().any(|screen| matches!(screen, Screen::Many(many) if running(many)))
    }

    fn running(&mut self, task: TaskId) -> Option<&mut Many> {
        self.stack.iter_mut().find_map(|screen| match screen {
            Screen::Many(many) if matches!(many.state, ManyState::Running { task: sent, .. } if sent == task) => {
                Some(&mut **many)
            }
            _ => None,
        })
    }

    pub(super) fn line(&mut self, task: TaskId, at: usize, reached: Option<Stage>) {
        let body = usize::from(self.areas().body.height);
        if let Some(many) = self.running(task) {
            many.select(at, body);
            if let ManyState::Running { line, stage, .. } = &mut many.state {
                (*line, *stage) = (at, reached);
            }
        }
    }

    pub(super) fn line_ended(&mut self, task: TaskId, line: usize, verdict: &Verdict) {
        let Some(many) = self.running(task) else { return };
        let Some(intent) = many.run.lines().get(line).map(|line| line.intent.clone()) else { return };
        many.run.enter(line, verdict.clone());
        self.take(&intent, verdict);
        self.unmark_done(&intent, verdict);
    }

    /// What is done needs no mark any more.
    pub(super) fn unmark_done(&mut self, intent: &Intent, verdict: &Verdict) {
        if verdict.is_done() {
            let id = marked_id(intent);
            let listing = if intent.target().is_some() { &mut self.owned } else { &mut self.inventory };
            listing.unmark(id.as_ref());
        }
    }

    pub(super) fn run_ended(&mut self, task: TaskId, run: Run) {
        if !self.end_write(task) {
            return;
        }
        let body = usize::from(self.areas().body.height);
        if let Some(many) = self.running(task) {
            many.ended(run, body);
        }
        self.fit();
    }

    /// Marks are about the list that is shown.
    pub(super) fn mark(&mut self, action: Action) {
        let height = self.page_height();
        let listing = self.listing_mut();
        match action {
            Action::Mark => listing.mark(height),
            Action::MarkAll => listing.mark_all(),
            _ => listing.clear_marks(),
        }
        let hidden = self.listing().hidden_marks();
        if hidden > 0 && self.listing().marks() > 0 {
            self.tell(Tone::Plain, format!("{hidden} of the marked are hidden by the filter."));
        }
        self.fit();
    }

    /// What is marked on the list, in words; a sum on Inventory.
    pub fn marks_said(&self) -> Option<String> {
        let listing = self.listing();
        let count = listing.marks();
        match (count, self.tab) {
            (0, _) => None,
            (_, Tab::Owned) => Some(format!("{count} marked")),
            (_, Tab::Inventory) => Some(format!("{count} marked: {}", listing.marked_cost())),
        }
    }
}

fn counted(count: usize) -> String {
    if count == 1 { "1 number".to_owned() } else { format!("{count} numbers") }
}

/// The id under which what a write is about is marked.
fn marked_id(intent: &Intent) -> Option<NumberId> {
    match intent {
        Intent::Purchase { order, .. } => match &order.item {
            crate::api::Item::Inventory(id) => Some(id.clone()),
            crate::api::Item::Line { .. } => None,
        },
        Intent::Update { .. } | Intent::Remove { .. } => intent.target().cloned(),
    }
}
