//! What happened: screen 4, the changes of all numbers between the reads of this machine; and the history of one
//! number, with what was written from here and the checks that turned.

use ratatui::layout::Rect;

use super::super::action::Action;
use super::super::input::Input;
use super::super::key::{Key, KeyCode};
use super::super::offer::{ActionOffer, add_elsewhere, filtering, moves};
use super::super::{Ctx, Cursor, Effect, Remote, Reply, TaskId};
use super::numbers::regions as below_headings;
use super::{Regions, View, check, detail};
use crate::api::{Error, ErrorKind};
use crate::app::past::Past;
use crate::phone::{Filter, Number, NumberId};
use crate::store::{ChangeAuthor, HistoryEvent};
use crate::write::Entry;

/// What happened to all numbers, or to one.
#[derive(Debug, Clone, PartialEq)]
pub struct PastView {
    /// The one number.
    pub number: Option<NumberId>,
    /// What is known, once it is read.
    pub past: Remote<Box<Past>>,
    events: Vec<HistoryEvent>,
    /// Those that pass the filter.
    shown: Vec<usize>,
    /// The selected one, and the first that is seen.
    pub cursor: Cursor,
    /// What is looked for.
    pub filter: Input,
    /// Whether that is typed.
    pub editing: bool,
}

impl PastView {
    /// Reads what is known of all numbers, or of one.
    pub(in crate::app) fn read(number: Option<NumberId>, ctx: &mut Ctx) -> Self {
        let mut view = Self {
            number,
            past: Remote::Idle,
            events: Vec::new(),
            shown: Vec::new(),
            cursor: Cursor::default(),
            filter: Input::default(),
            editing: false,
        };
        view.ask(ctx);
        view
    }

    fn ask(&mut self, ctx: &mut Ctx) {
        let number = self.number.clone();
        let task = ctx.ask_here(|task| Effect::Past(task, number));
        self.past.start(task);
    }

    /// The rows that pass.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &HistoryEvent> {
        self.shown.iter().map(|at| &self.events[*at])
    }

    /// How many there are.
    pub fn all(&self) -> usize {
        self.events.len()
    }

    /// The selected one.
    pub fn selected(&self) -> Option<&HistoryEvent> {
        self.rows().nth(self.cursor.selected)
    }

    /// Why the filter finds nothing, where it is not understood.
    pub fn filter_problem(&self) -> Option<String> {
        Filter::parse(self.filter.text()).err().map(|why| why.to_string())
    }

    fn show(&mut self, ctx: &Ctx) {
        let filter = Filter::parse(self.filter.text()).unwrap_or_else(|_| Filter::nothing());
        let roster = &ctx.owned.roster;
        let passes = |event: &HistoryEvent| {
            // One that is gone has its number still.
            let id = event.id.clone().unwrap_or_else(|| NumberId::new(""));
            let gone = || Number::new(id.clone(), event.line.clone());
            let number = roster.get(&id).cloned().unwrap_or_else(gone);
            filter.is_empty() || filter.accepts(&number, roster.known())
        };
        self.shown = (0..self.events.len()).filter(|at| passes(&self.events[*at])).collect();
        self.cursor.select(self.cursor.selected, self.shown.len());
    }

    fn take(&mut self, task: TaskId, result: Result<Box<Past>, String>, ctx: &Ctx) {
        let result = result.map_err(|why| Error::new(ErrorKind::Setup, why));
        if !self.past.finish(task, result, ctx.now) {
            return;
        }
        let events = self.past.value().map(|past| past.events(ctx.names(), self.number.as_ref()));
        self.events = events.unwrap_or_default();
        self.show(ctx);
    }

    /// The entry of the ledger behind the selected row: it was ours, and may be undone.
    fn entry(&self) -> Option<&Entry> {
        let id = self.selected()?.entry()?;
        self.past.value()?.entries.iter().find(|entry| entry.id == id)
    }

    /// Why the selected row is not to be undone here.
    fn not_undoable(&self) -> Option<String> {
        match (self.selected().map(HistoryEvent::author), self.entry()) {
            (None, _) => Some("nothing is selected".to_owned()),
            (_, Some(_)) => None,
            (Some(Some(ChangeAuthor::Elsewhere)), None) => {
                Some("it was not done from here, so it is not taken back from here".to_owned())
            }
            (Some(_), None) => Some("nothing of it was written from here".to_owned()),
        }
    }

    /// The number that a row is about, where it is still there.
    fn number<'a>(&self, ctx: &'a Ctx) -> Option<&'a Number> {
        let id = self.number.as_ref().or_else(|| self.selected()?.id.as_ref())?;
        ctx.owned.roster.get(id)
    }
}

impl View for PastView {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        if self.editing {
            return filtering();
        }
        let gone = self.number(ctx).is_none().then(|| "its number is not in the list now".to_owned());
        let of_number = |action: Action| ActionOffer::new(action).unless(gone.clone());
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
            offers.push(of_number(Action::History));
        }
        // One step back at a time.
        let back = if self.filter.is_empty() { Action::Back } else { Action::ClearFilter };
        offers.extend([Action::Refresh, Action::Help, back].map(ActionOffer::new));
        add_elsewhere(&mut offers);
        offers.extend(moves());
        offers
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        let number = self.number(ctx).cloned();
        match (action, number) {
            (Action::Open, _) if self.editing => {
                self.editing = false;
                self.filter.keep();
            }
            (Action::Open, Some(number)) => detail::open(number.id, ctx),
            (Action::Filter, _) => self.editing = true,
            (Action::ClearFilter, _) => {
                self.filter.clear();
                self.editing = false;
                self.show(ctx);
            }
            (Action::Endpoint, Some(number)) => ctx.choose_endpoint(vec![number]),
            (Action::Check, Some(number)) => check::open(&number, ctx),
            (Action::History, Some(number)) => open(Some(number.id), ctx),
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
        self.cursor.step(rows, self.shown.len());
    }

    fn selected_row(&self, _: &Ctx) -> Option<usize> {
        Some(self.cursor.selected)
    }

    fn key(&mut self, key: Key, ctx: &mut Ctx) -> bool {
        if !self.editing {
            return false;
        }
        match key.code {
            KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown => return false,
            KeyCode::Tab => {}
            _ => {
                if self.filter.press(key) {
                    self.show(ctx);
                }
            }
        }
        true
    }

    fn paste(&mut self, text: &str, ctx: &mut Ctx) -> bool {
        if self.editing {
            self.filter.insert(text);
            self.show(ctx);
        }
        self.editing
    }

    fn is_typing(&self, _: &Ctx) -> bool {
        self.editing
    }

    fn is_filtering(&self, _: &Ctx) -> bool {
        self.editing
    }

    fn has_filter(&self, _: &Ctx) -> bool {
        self.editing || !self.filter.is_empty()
    }

    fn reply(&mut self, task: TaskId, reply: Reply, ctx: &mut Ctx) {
        if let Reply::Past(result) = reply {
            self.take(task, result, ctx);
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
        let height = usize::from(self.regions(body).list.height);
        self.cursor.fit(self.shown.len(), height);
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
