//! The screens: one file each, with its state, what it offers, and what keys and replies do to it.
//!
//! To add one: its file here and one of the same name in `ui/`, a variant below, and the action that
//! opens it.

pub mod causes;
pub mod check;
pub mod checks;
pub mod detail;
pub mod inventory;
pub mod ledger;
mod numbers;
pub mod owned;
pub mod past;
pub mod plan;
pub mod writes;

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::action::Action;
use super::filter_line::{FilterLine, FilterUse};
use super::key::Key;
use super::offer::ActionOffer;
use super::prompt::Prompt;
use super::tasks::LayerId;
use super::{Ctx, Reply, TaskId};
use crate::phone::{EndpointId, Number, NumberId};
use crate::write::{Intent, Outcome, Stage};
use check::CheckView;
use checks::ChecksView;
use detail::DetailView;
use inventory::Inventory;
use ledger::LedgerView;
use owned::Owned;
use past::PastView;
use plan::PlanView;
use writes::Writes;

/// What a screen or an overlay does. What most of them do not have does nothing.
pub(crate) trait View {
    /// What can be done now, in order of importance.
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer>;

    /// Does what was offered.
    fn act(&mut self, action: Action, ctx: &mut Ctx);

    /// Moves by so many rows.
    fn step(&mut self, _rows: isize, _ctx: &mut Ctx) {}

    /// The row of its list that is selected, among all rows of it.
    fn selected_row(&self, _ctx: &Ctx) -> Option<usize> {
        None
    }

    /// Takes a key for a text field, before it is an action: that of its filter, unless it has another.
    /// Returns whether it did.
    fn key(&mut self, key: Key, ctx: &mut Ctx) -> bool {
        let used = self.filter_mut(ctx).map_or(FilterUse::Elsewhere, |filter| filter.press(key));
        if used == FilterUse::Other {
            self.sift(ctx);
        }
        used != FilterUse::Elsewhere
    }

    /// Takes pasted text for a text field. Returns whether it did.
    fn paste(&mut self, text: &str, ctx: &mut Ctx) -> bool {
        let Some(filter) = self.filter_mut(ctx).filter(|filter| filter.is_open()) else { return false };
        filter.insert(text);
        self.sift(ctx);
        true
    }

    /// Its filter, where it has one.
    fn filter<'a>(&'a self, _ctx: &'a Ctx) -> Option<&'a FilterLine> {
        None
    }

    /// The same, to be typed into.
    fn filter_mut<'a>(&'a mut self, _ctx: &'a mut Ctx) -> Option<&'a mut FilterLine> {
        None
    }

    /// Puts its filter as typed in force.
    fn sift(&mut self, _ctx: &mut Ctx) {}

    /// Whether keys go to a text field before they are actions.
    fn is_typing(&self, ctx: &Ctx) -> bool {
        self.is_filtering(ctx)
    }

    /// Whether that text field is a filter.
    fn is_filtering(&self, ctx: &Ctx) -> bool {
        self.filter(ctx).is_some_and(FilterLine::is_open)
    }

    /// Takes a reply to what it asked for.
    fn reply(&mut self, _task: TaskId, _reply: Reply, _ctx: &mut Ctx) {}

    /// What has to be typed before something is sent.
    fn prompt(&mut self) -> Option<&mut Prompt> {
        None
    }

    /// The number that a change would be about.
    fn target<'a>(&'a self, _ctx: &'a Ctx) -> Option<&'a Number> {
        None
    }

    /// How far a write has come that is shown here.
    fn stage(&self) -> Option<Stage> {
        None
    }

    /// Whether it shows a line for a filter.
    fn has_filter(&self, ctx: &Ctx) -> bool {
        self.filter(ctx).is_some_and(FilterLine::is_seen)
    }

    /// Where its parts are on a body of this size: the only place that says so.
    fn regions(&self, body: Rect) -> Regions {
        Regions { list: body }
    }

    /// After something changed: the selection is in sight on a body of this size.
    fn fit(&mut self, _body: Rect, _ctx: &mut Ctx) {}

    /// Takes one step back itself. Returns false where it is to be closed instead.
    fn back(&mut self, _ctx: &mut Ctx) -> bool {
        false
    }

    /// Stops what it carries out. Returns whether there was something to stop.
    fn interrupt(&mut self, _ctx: &mut Ctx) -> bool {
        false
    }

    /// It was closed: what it waits for is nobody's any more, unless it says whose.
    fn closed(&mut self, _ctx: &mut Ctx) {}

    /// Something else took its place, or nobody looks: what was revealed is hidden.
    fn hide(&mut self) {}

    /// When it changes by itself.
    fn wake(&self) -> Option<Timestamp> {
        None
    }

    /// An endpoint was chosen for what is bought here.
    fn attach(&mut self, _endpoint: Option<EndpointId>) {}

    /// The record of a number, as it was read just now.
    fn corrected(&mut self, _number: &Number) {}

    /// Whether it is about this record, which is gone.
    fn is_about(&self, _id: &NumberId) -> bool {
        false
    }

    /// What looking again found out of a write.
    fn looked(&mut self, _intent: &Intent, _outcome: &Outcome, _ctx: &mut Ctx) {}
}

/// Where the parts of a screen are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regions {
    /// The rows of its list.
    pub list: Rect,
}

/// A screen or an overlay that is open, under a name that is never used again.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer<T> {
    pub(super) id: LayerId,
    /// It.
    pub view: T,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Screen {
    /// The numbers of the organization.
    Owned(Owned),
    /// The numbers on sale.
    Inventory(Box<Inventory>),
    /// One number.
    Detail(DetailView),
    /// Writes: their review, their way, their outcome.
    Writes(Box<Writes>),
    /// The routing check of one number.
    Check(Box<CheckView>),
    /// The routing check of many.
    Checks(Box<ChecksView>),
    /// What the ledger remembers.
    Ledger(LedgerView),
    /// What happened to all numbers, or to one.
    Past(Box<PastView>),
    /// What has to change so that numbers are as a file says.
    Plan(Box<PlanView>),
}

impl Screen {
    /// The screens that an action opens, wherever one is.
    pub(super) fn opened_by(action: Action) -> Option<fn(&mut Ctx) -> Self> {
        match action {
            Action::Purchases => Some(|ctx| Self::Ledger(LedgerView::read(ctx))),
            Action::Changes => Some(|ctx| Self::Past(Box::new(PastView::read(None, ctx)))),
            _ => None,
        }
    }
}

/// Does something with the screen, whichever it is.
macro_rules! with_screen {
    ($screen:expr, $view:ident => $do:expr) => {
        match $screen {
            $crate::app::screen::Screen::Owned($view) => $do,
            $crate::app::screen::Screen::Inventory($view) => $do,
            $crate::app::screen::Screen::Detail($view) => $do,
            $crate::app::screen::Screen::Writes($view) => $do,
            $crate::app::screen::Screen::Check($view) => $do,
            $crate::app::screen::Screen::Checks($view) => $do,
            $crate::app::screen::Screen::Ledger($view) => $do,
            $crate::app::screen::Screen::Past($view) => $do,
            $crate::app::screen::Screen::Plan($view) => $do,
        }
    };
}
pub(super) use with_screen;

/// A text scrolled by so many rows; `last` is the last line that can be the first one shown.
pub(super) fn scrolled(at: u16, rows: isize, last: usize) -> u16 {
    let last = u16::try_from(last).unwrap_or(u16::MAX);
    let rows = i16::try_from(rows.clamp(-1000, 1000)).unwrap_or_default();
    at.saturating_add_signed(rows).min(last)
}
