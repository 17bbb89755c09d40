//! What happened: screen 4, the changes of all numbers between the reads of this machine; and the history of one
//! number, with what was written from here, the checks that turned and the calls that the server lists.

use std::borrow::Cow;

use ratatui::layout::Rect;

use super::super::action::Action;
use super::super::filter_line::{FilterLine, FilterUse};
use super::super::offer::{ActionOffer, add_elsewhere, filtering, moves};
use super::super::sifted::Sifted;
use super::super::{Ctx, Effect, Remote, Reply, TaskId};
use super::numbers::regions as below_headings;
use super::{Regions, View, check, detail};
use crate::api::{Error, ErrorKind};
use crate::app::past::Past;
use crate::phone::{CallsAnswer, Filter, Number, NumberId};
use crate::store::{ChangeAuthor, HistoryEvent};
use crate::write::Entry;

/// What happened to all numbers, or to one.
#[derive(Debug, Clone, PartialEq)]
pub struct PastView {
    /// The one number.
    pub number: Option<NumberId>,
    /// What is known, once it is read.
    pub past: Remote<Box<Past>>,
    /// What the server says of the calls of the one number.
    pub calls: Remote<CallsAnswer>,
    /// What is known, as rows. Their filter is that of the owned numbers.
    pub list: Sifted<HistoryEvent>,
}

impl PastView {
    /// Reads what is known of all numbers, or of one.
    pub(in crate::app) fn read(number: Option<NumberId>, ctx: &mut Ctx) -> Self {
        let list = Sifted::new(std::mem::take(&mut ctx.past_typed));
        let mut view = Self { number, past: Remote::Idle, calls: Remote::Idle, list };
        view.ask(ctx);
        view
    }

    fn ask(&mut self, ctx: &mut Ctx) {
        let number = self.number.clone();
        let task = ctx.ask_here(|task| Effect::Past(task, number));
        self.past.start(task);
        // Of what is shown as it was, what is now is not asked.
        let here = self.number(ctx).filter(|_| self.number.is_some() && ctx.past_time().is_none());
        if let Some((id, line)) = here.map(|number| (number.id.clone(), number.line.clone())) {
            let task = ctx.ask_here(|task| Effect::Calls(task, id, line));
            self.calls.start(task);
        }
    }

    /// Why the filter finds nothing, where it is not understood.
    pub fn filter_problem(&self) -> Option<String> {
        Filter::parse(self.list.filter.text()).err().map(|why| why.to_string())
    }

    /// Whether a row passes the filter as it is typed.
    fn passes<'a>(&self, ctx: &'a Ctx) -> impl Fn(&HistoryEvent) -> bool + use<'a> {
        let filter = Filter::parse(self.list.filter.text()).unwrap_or_else(|_| Filter::nothing());
        let roster = &ctx.owned.roster;
        move |event| {
            if filter.is_empty() {
                return true;
            }
            let here = event.id.as_ref().and_then(|id| roster.get(id));
            let gone = || {
                // One that is gone has its number still.
                let id = event.id.clone().unwrap_or_else(|| NumberId::new(""));
                Cow::Owned(Number::new(id, event.line.clone()))
            };
            filter.accepts(&here.map_or_else(gone, Cow::Borrowed), roster.known())
        }
    }

    fn take(&mut self, task: TaskId, result: Result<Box<Past>, String>, ctx: &Ctx) {
        let result = result.map_err(|why| Error::new(ErrorKind::Setup, why));
        if self.past.finish(task, result, ctx.now) {
            self.tell(ctx);
        }
    }

    fn take_calls(&mut self, task: TaskId, result: Result<CallsAnswer, Error>, ctx: &Ctx) {
        if self.calls.finish(task, result, ctx.now) {
            self.tell(ctx);
        }
    }

    /// Shows what is known as rows.
    fn tell(&mut self, ctx: &Ctx) {
        // What the server says is shown, whatever became of what is remembered.
        let past = self.past.value().map(|past| past.events(ctx.names(), self.number.as_ref()));
        let mut events = past.unwrap_or_default();
        if let (Some(CallsAnswer::Listed(list)), Some(number)) = (self.calls.value(), self.number(ctx)) {
            let of = (&number.id, &number.line);
            events.extend(list.calls.iter().map(|call| HistoryEvent::of_call(call, of, ctx.names())));
            events.sort_by_key(|event| std::cmp::Reverse(event.at));
        }
        let passes = self.passes(ctx);
        self.list.replace(events, HistoryEvent::eq, passes);
    }

    /// The entry of the ledger behind the selected row: it was ours, and may be undone.
    fn entry(&self) -> Option<&Entry> {
        let id = self.list.selected()?.entry()?;
        self.past.value()?.entries.iter().find(|entry| entry.id == id)
    }

    /// Why the selected row is not to be undone here.
    fn not_undoable(&self) -> Option<String> {
        match (self.list.selected().map(HistoryEvent::author), self.entry()) {
            (None, _) => Some("nothing is selected".to_owned()),
            (_, Some(_)) => None,
            (Some(Some(ChangeAuthor::Elsewhere)), None) => {
                Some("it was not done from here, so it is not taken back from here".to_owned())
            }
            (Some(_), None) => Some("nothing of it was written from here".to_owned()),
        }
    }

    /// The record that a row is about.
    fn subject(&self) -> Option<&NumberId> {
        self.number.as_ref().or_else(|| self.list.selected()?.id.as_ref())
    }

    /// The number that a row is about, where it is still there.
    fn number<'a>(&self, ctx: &'a Ctx) -> Option<&'a Number> {
        ctx.owned.roster.get(self.subject()?)
    }
}

impl View for PastView {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        if self.list.filter.is_open() {
            return filtering();
        }
        let gone = match (self.number(ctx), self.subject()) {
            (Some(_), _) => None,
            (None, Some(_)) => Some("its number is not in the list now".to_owned()),
            (None, None) => Some("nothing is selected".to_owned()),
        };
        // What is now is not shown as what was then.
        let now = gone.clone().or_else(|| ctx.past_time());
        let of_number = |action: Action| ActionOffer::new(action).unless(now.clone());
        let write = gone.clone().or_else(|| ctx.write_obstacle());
        let undo = self.not_undoable().or_else(|| ctx.write_obstacle());
        let mut offers = vec![
            of_number(Action::Open),
            ActionOffer::new(Action::Filter),
            ActionOffer::new(Action::Endpoint).unless(write),
            ActionOffer::new(Action::Undo).unless(undo),
            of_number(Action::Check),
        ];
        if self.number.is_none() {
            let none = self.subject().is_none().then(|| "nothing is selected".to_owned());
            offers.push(ActionOffer::new(Action::History).unless(none));
        }
        // One step back at a time.
        let back = if self.list.filter.is_empty() { Action::Back } else { Action::ClearFilter };
        offers.extend([Action::Refresh, Action::Help, back].map(ActionOffer::new));
        add_elsewhere(&mut offers);
        offers.extend(moves());
        offers
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        match self.list.filter.act(action) {
            FilterUse::Elsewhere => {}
            FilterUse::Same => return,
            FilterUse::Other => return self.sift(ctx),
        }
        let number = self.number(ctx).cloned();
        match (action, number) {
            (Action::Open, Some(number)) => detail::open(number.id, ctx),
            (Action::Endpoint, Some(number)) => ctx.choose_endpoint(vec![number]),
            (Action::Check, Some(number)) => check::open(&number, ctx),
            (Action::History, _) => {
                if let Some(id) = self.subject().cloned() {
                    open(Some(id), ctx);
                }
            }
            (Action::Undo, _) => {
                if let Some(entry) = self.entry().cloned() {
                    ctx.ask_undo_of(&entry);
                }
            }
            (Action::Refresh, _) => self.ask(ctx),
            _ => {}
        }
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        self.list.step(rows);
    }

    fn selected_row(&self, _: &Ctx) -> Option<usize> {
        Some(self.list.cursor.selected)
    }

    fn filter<'a>(&'a self, _: &'a Ctx) -> Option<&'a FilterLine> {
        Some(&self.list.filter)
    }

    fn filter_mut<'a>(&'a mut self, _: &'a mut Ctx) -> Option<&'a mut FilterLine> {
        Some(&mut self.list.filter)
    }

    fn sift(&mut self, ctx: &mut Ctx) {
        let passes = self.passes(ctx);
        self.list.sift(passes);
    }

    fn closed(&mut self, ctx: &mut Ctx) {
        ctx.past_typed = std::mem::take(&mut self.list.filter).into_history();
    }

    fn reply(&mut self, task: TaskId, reply: Reply, ctx: &mut Ctx) {
        match reply {
            Reply::Past(result) => self.take(task, result, ctx),
            Reply::Calls(result) => self.take_calls(task, result, ctx),
            _ => {}
        }
    }

    fn target<'a>(&'a self, ctx: &'a Ctx) -> Option<&'a Number> {
        self.number(ctx)
    }

    /// Headings, rows, and what the selected one says.
    fn regions(&self, body: Rect) -> Regions {
        let list = below_headings(body).list;
        let told = Self::below(body.height).min(list.height);
        Regions { list: Rect { height: list.height - told, ..list } }
    }

    fn fit(&mut self, body: Rect, _: &mut Ctx) {
        let height = self.regions(body).list.height;
        self.list.fit(height);
    }
}

impl PastView {
    /// Rows that tell of the selected one, where there is room.
    pub fn below(body: u16) -> u16 {
        if body >= 12 { 5 } else { 2 }
    }
}

/// Opens what happened to a number.
pub(in crate::app) fn open(number: Option<NumberId>, ctx: &mut Ctx) {
    ctx.open(|ctx| super::Screen::Past(Box::new(PastView::read(number, ctx))));
}
