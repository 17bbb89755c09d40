//! Screen 3: what the ledger remembers, what is in doubt on top.

use ratatui::layout::Rect;

use super::super::action::Action;
use super::super::input::Input;
use super::super::key::{Key, KeyCode};
use super::super::offer::{ActionOffer, add_elsewhere, filtering, moves};
use super::super::overlay::{Overlay, entry::EntryView};
use super::super::tasks::Owner;
use super::super::{Ctx, Cursor, Effect, Remote, Reply, TaskId};
use super::{Regions, View};
use crate::api::{Error, ErrorKind};
use crate::write::{Entry, Intent, Outcome};

/// The ledger on screen.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerView {
    /// The entries: in doubt first, then the newest.
    pub entries: Remote<Vec<Entry>>,
    /// Where the list stands.
    pub cursor: Cursor,
    /// The filter as typed: words that all have to be there.
    pub filter: Input,
    /// Whether keys go to the filter.
    pub editing: bool,
    /// Places of the entries that pass.
    shown: Vec<usize>,
}

impl LedgerView {
    /// The entries that pass.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &Entry> {
        let all = self.entries.value().map_or(&[][..], Vec::as_slice);
        self.shown.iter().map(move |place| &all[*place])
    }

    /// How many entries there are, those that do not pass included.
    pub fn all(&self) -> usize {
        self.entries.value().map_or(0, Vec::len)
    }

    /// Puts the filter as typed in force.
    pub fn show(&mut self) {
        let all = self.entries.value().map_or(&[][..], Vec::as_slice);
        let words: Vec<&str> = self.filter.text().split_whitespace().collect();
        self.shown = (0..all.len()).filter(|place| all[*place].says(&words)).collect();
        self.cursor.selected = self.cursor.selected.min(self.shown.len().saturating_sub(1));
        self.cursor.offset = self.cursor.offset.min(self.cursor.selected);
    }

    /// Rows that tell of the selected entry, where there is room.
    pub fn below(body: u16) -> u16 {
        if body > 8 { 4 } else { 0 }
    }

    /// The selected entry.
    pub fn selected(&self) -> Option<&Entry> {
        self.rows().nth(self.cursor.selected)
    }
}

impl LedgerView {
    /// A view whose entries are being read.
    pub(in crate::app) fn read(ctx: &mut Ctx) -> Self {
        let mut view = Self {
            entries: Remote::Idle,
            cursor: Cursor::default(),
            filter: Input::remembering(std::mem::take(&mut ctx.ledger_typed)),
            editing: false,
            shown: Vec::new(),
        };
        view.read_again(ctx);
        view
    }

    fn read_again(&mut self, ctx: &mut Ctx) {
        let task = ctx.ask_here(Effect::Ledger);
        self.entries.start(task);
    }

    /// Looks again at the selected entry. What comes of it is told wherever one is by then.
    fn look_again(&self, ctx: &mut Ctx) {
        if let Some(entry) = self.selected().filter(|entry| entry.is_in_doubt()) {
            let (id, intent) = (entry.id, entry.intent.clone());
            ctx.look(Owner::Doubt(Box::new(intent.clone())), id, intent);
        }
    }

    fn take(&mut self, task: TaskId, result: Result<Vec<Entry>, String>, ctx: &mut Ctx) {
        if let Ok(entries) = &result {
            ctx.doubts.of_ledger(entries);
        }
        let result = result.map(ordered).map_err(|why| Error::new(ErrorKind::Setup, why));
        let selected = self.selected().map(|entry| entry.id);
        self.entries.finish(task, result, ctx.now);
        self.show();
        let place = self.rows().position(|entry| Some(entry.id) == selected);
        self.cursor.select(place.unwrap_or(self.cursor.selected), self.shown.len());
    }
}

impl View for LedgerView {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        if self.editing {
            return filtering();
        }
        let doubted = self.selected().is_some_and(Entry::is_in_doubt);
        // One step back at a time.
        let back = if self.filter.is_empty() { Action::Back } else { Action::ClearFilter };
        let first = if doubted {
            ActionOffer::new(Action::LookAgain).unless(ctx.busy())
        } else {
            ActionOffer::new(Action::Refresh)
        };
        let unknown = self.selected().is_none().then(|| "nothing is selected".to_owned());
        let undo = ActionOffer::new(Action::Undo).unless(unknown.clone().or_else(|| ctx.write_obstacle()));
        let open = ActionOffer::new(Action::Open).called("details").unless(unknown);
        let others = [Action::Filter, Action::Activity, Action::Help, back];
        let others = others.into_iter().map(ActionOffer::new);
        let mut offers: Vec<ActionOffer> = [open, undo, first].into_iter().chain(others).collect();
        add_elsewhere(&mut offers);
        // One is there already.
        offers.retain(|offer| offer.action != Action::Purchases);
        offers.extend(moves());
        offers
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        match action {
            Action::Open if self.editing => {
                self.editing = false;
                self.filter.keep();
            }
            Action::Open => {
                if let Some(entry) = self.selected().cloned() {
                    ctx.cover(|_| Overlay::Entry(Box::new(EntryView { entry, scroll: 0 })));
                }
            }
            Action::Undo => {
                if let Some(entry) = self.selected().cloned() {
                    ctx.ask_undo_of(&entry);
                }
            }
            Action::Filter => self.editing = true,
            Action::ClearFilter => {
                self.filter.clear();
                self.editing = false;
                self.show();
            }
            Action::Refresh => self.read_again(ctx),
            Action::LookAgain => self.look_again(ctx),
            _ => {}
        }
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        self.cursor.step(rows, self.shown.len());
    }

    fn selected_row(&self, _: &Ctx) -> Option<usize> {
        Some(self.cursor.selected)
    }

    fn key(&mut self, key: Key, _: &mut Ctx) -> bool {
        if self.editing && self.filter.recall(key) {
            self.show();
            return true;
        }
        let moves = matches!(key.code, KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown);
        if !self.editing || moves {
            return false;
        }
        self.filter.press(key);
        self.show();
        true
    }

    fn paste(&mut self, text: &str, _: &mut Ctx) -> bool {
        if self.editing {
            self.filter.insert(text);
            self.show();
        }
        self.editing
    }

    fn closed(&mut self, ctx: &mut Ctx) {
        ctx.ledger_typed = std::mem::take(&mut self.filter).into_history();
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
        if let Reply::Ledger(result) = reply {
            self.take(task, result, ctx);
        }
    }

    fn regions(&self, body: Rect) -> Regions {
        let height = body.height.saturating_sub(1 + Self::below(body.height));
        Regions { list: Rect { y: body.y + 1.min(body.height), height, ..body } }
    }

    fn fit(&mut self, body: Rect, _: &mut Ctx) {
        let height = usize::from(self.regions(body).list.height);
        self.cursor.fit(self.shown.len(), height);
    }

    fn looked(&mut self, _: &Intent, _: &Outcome, ctx: &mut Ctx) {
        self.read_again(ctx);
    }
}

/// The order of the screen.
fn ordered(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.reverse();
    entries.sort_by_key(|entry| !entry.is_in_doubt());
    entries
}
