//! Screen 3: what the ledger remembers, what is in doubt on top.

use ratatui::layout::Rect;

use super::super::action::Action;
use super::super::filter_line::{FilterLine, FilterUse};
use super::super::offer::{ActionOffer, add_elsewhere, filtering, moves};
use super::super::overlay::{Overlay, entry::EntryView};
use super::super::sifted::Sifted;
use super::super::tasks::Owner;
use super::super::{Ctx, Effect, Remote, Reply, TaskId};
use super::{Regions, View};
use crate::api::{Error, ErrorKind};
use crate::write::{Entry, Intent, Outcome};

/// The ledger on screen.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerView {
    /// The read of the entries.
    pub reading: Remote<()>,
    /// The entries: in doubt first, then the newest. A filter is words that all have to be there.
    pub list: Sifted<Entry>,
}

impl LedgerView {
    /// A view whose entries are being read.
    pub(in crate::app) fn read(ctx: &mut Ctx) -> Self {
        let list = Sifted::new(std::mem::take(&mut ctx.ledger_typed));
        let mut view = Self { reading: Remote::Idle, list };
        view.read_again(ctx);
        view
    }

    fn read_again(&mut self, ctx: &mut Ctx) {
        let task = ctx.ask_here(Effect::Ledger);
        self.reading.start(task);
    }

    /// Looks again at the selected entry. What comes of it is told wherever one is by then.
    fn look_again(&self, ctx: &mut Ctx) {
        if let Some(entry) = self.list.selected().filter(|entry| entry.is_in_doubt()) {
            let (id, intent) = (entry.id, entry.intent.clone());
            ctx.look(Owner::Doubt(Box::new(intent.clone())), id, intent);
        }
    }

    /// Whether an entry passes the filter as it is typed.
    fn passes(&self) -> impl Fn(&Entry) -> bool + use<> {
        let words: Vec<String> = self.list.filter.text().split_whitespace().map(str::to_owned).collect();
        move |entry| entry.says(&words)
    }

    fn take(&mut self, task: TaskId, result: Result<Vec<Entry>, String>, ctx: &mut Ctx) {
        if let Ok(entries) = &result {
            ctx.doubts.of_ledger(entries);
        }
        let (entries, result) = match result {
            Ok(entries) => (Some(entries), Ok(())),
            Err(why) => (None, Err(Error::new(ErrorKind::Setup, why))),
        };
        if !self.reading.finish(task, result, ctx.now) {
            return;
        }
        if let Some(entries) = entries {
            let passes = self.passes();
            self.list.replace(ordered(entries), |one, other| one.id == other.id, passes);
        }
    }

    /// Rows that tell of the selected entry, where there is room.
    pub fn below(body: u16) -> u16 {
        if body > 8 { 4 } else { 0 }
    }
}

impl View for LedgerView {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        if self.list.filter.is_open() {
            return filtering();
        }
        let doubted = self.list.selected().is_some_and(Entry::is_in_doubt);
        // One step back at a time.
        let back = if self.list.filter.is_empty() { Action::Back } else { Action::ClearFilter };
        let first = if doubted {
            ActionOffer::new(Action::LookAgain).unless(ctx.busy())
        } else {
            ActionOffer::new(Action::Refresh)
        };
        let unknown = self.list.selected().is_none().then(|| "nothing is selected".to_owned());
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
        match self.list.filter.act(action) {
            FilterUse::Elsewhere => {}
            FilterUse::Same => return,
            FilterUse::Other => return self.sift(ctx),
        }
        match action {
            Action::Open => {
                if let Some(entry) = self.list.selected().cloned() {
                    ctx.cover(|_| Overlay::Entry(Box::new(EntryView { entry, scroll: 0 })));
                }
            }
            Action::Undo => {
                if let Some(entry) = self.list.selected().cloned() {
                    ctx.ask_undo_of(&entry);
                }
            }
            Action::Refresh => self.read_again(ctx),
            Action::LookAgain => self.look_again(ctx),
            _ => {}
        }
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        self.list.step(rows);
    }

    fn selected_row(&self, _: &Ctx) -> Option<usize> {
        Some(self.list.cursor.selected)
    }

    fn closed(&mut self, ctx: &mut Ctx) {
        ctx.ledger_typed = std::mem::take(&mut self.list.filter).into_history();
    }

    fn filter<'a>(&'a self, _: &'a Ctx) -> Option<&'a FilterLine> {
        Some(&self.list.filter)
    }

    fn filter_mut<'a>(&'a mut self, _: &'a mut Ctx) -> Option<&'a mut FilterLine> {
        Some(&mut self.list.filter)
    }

    fn sift(&mut self, _: &mut Ctx) {
        let passes = self.passes();
        self.list.sift(passes);
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
        let height = self.regions(body).list.height;
        self.list.fit(height);
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
