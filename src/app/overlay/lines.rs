//! The command for what is on the screen, to be copied.

use super::super::Ctx;
use super::super::action::Action;
use super::super::ctx::Move;
use super::super::invocation::ShellLine;
use super::super::offer::{ActionOffer, moves};
use super::super::screen::View;
use crate::phone::Secret;

/// Lines for a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinesView {
    /// The lines.
    pub lines: Vec<ShellLine>,
    /// The selected one.
    pub selected: usize,
}

impl View for LinesView {
    fn offers(&self, _: &Ctx) -> Vec<ActionOffer> {
        let copy = (!self.lines.is_empty()).then(|| ActionOffer::new(Action::Open).called("copy"));
        let copied = (!self.lines.is_empty()).then(|| ActionOffer::new(Action::Copy).called(""));
        let back = ActionOffer::new(Action::Back).called("close");
        copy.into_iter().chain(copied).chain([back]).chain(moves()).collect()
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        if !matches!(action, Action::Open | Action::Copy) {
            return;
        }
        ctx.go(Move::Uncover);
        if let Some(line) = self.lines.get(self.selected) {
            ctx.copy("the command", Secret::new(line.text.clone()), false);
        }
    }

    fn selected_row(&self, _: &Ctx) -> Option<usize> {
        Some(self.selected)
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        let last = self.lines.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(rows).min(last);
    }
}
