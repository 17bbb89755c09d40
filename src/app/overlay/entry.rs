//! One entry of the ledger: what it was before and after, for whom, and what came of it.

use super::super::Ctx;
use super::super::action::Action;
use super::super::ctx::Move;
use super::super::offer::{ActionOffer, scrolls};
use super::super::screen::{View, scrolled};
use crate::write::Entry;

/// So many lines it has at most.
const LINES: usize = 30;

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryView {
    /// It.
    pub entry: Entry,
    /// First line shown.
    pub scroll: u16,
}

impl View for EntryView {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        let undo = ActionOffer::new(Action::Undo).unless(ctx.write_obstacle());
        let back = ActionOffer::new(Action::Back).called("close");
        [undo, back].into_iter().chain(scrolls()).collect()
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        if action == Action::Undo {
            ctx.go(Move::Uncover);
            ctx.ask_undo_of(&self.entry);
        }
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        self.scroll = scrolled(self.scroll, rows, LINES);
    }
}
