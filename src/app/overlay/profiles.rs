//! Choosing another profile.

use super::super::action::Action;
use super::super::ctx::Move;
use super::super::offer::{ActionOffer, moves};
use super::super::screen::View;
use super::super::{Ctx, Tone};

/// The profiles, with the one in use selected first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileMenu {
    /// The place of the selected one in the account's profiles.
    pub selected: usize,
}

impl ProfileMenu {
    /// A menu of the profiles of this account.
    pub(in crate::app) fn of(ctx: &Ctx) -> Self {
        let account = &ctx.account;
        let used = account.profiles.iter().position(|choice| choice.name == account.profile);
        Self { selected: used.unwrap_or(0) }
    }
}

impl View for ProfileMenu {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        let is_some = !ctx.account.profiles.is_empty();
        let first = is_some.then(|| ActionOffer::new(Action::Open).called("switch"));
        let back = [ActionOffer::new(Action::Back).called("close")];
        first.into_iter().chain(back).chain(moves().filter(|_| is_some)).collect()
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        if action != Action::Open {
            return;
        }
        ctx.go(Move::Uncover);
        match ctx.account.profiles.get(self.selected) {
            Some(choice) if choice.name != ctx.account.profile => {
                // Its answer belongs to this account, and to nobody who looks at another one.
                if ctx.writing.is_some() {
                    ctx.tell(Tone::Bad, "A change is on its way; another profile once its answer is there.");
                } else {
                    ctx.go(Move::Switch(choice.name.clone()));
                }
            }
            _ => {}
        }
    }

    fn selected_row(&self, _: &Ctx) -> Option<usize> {
        Some(self.selected)
    }

    fn step(&mut self, rows: isize, ctx: &mut Ctx) {
        let last = ctx.account.profiles.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(rows).min(last);
    }
}
