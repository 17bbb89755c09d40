//! Every request of this session.

use super::super::action::Action;
use super::super::offer::{ActionOffer, scrolls};
use super::super::screen::{View, scrolled};
use super::super::{Ctx, Effect, Reply, TaskId};
use crate::api::Request;

/// The requests, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityView {
    /// The task that reads them: an answer to an earlier question is none.
    pub task: TaskId,
    /// The requests; `None` until they are there.
    pub requests: Option<Vec<Request>>,
    /// How many were made today; `None` where that is not kept.
    pub today: Option<u64>,
    /// First line shown.
    pub scroll: u16,
}

/// From so many columns on a request and its id stand on one line.
const BESIDE: u16 = 74;

impl ActivityView {
    /// A view whose requests are being read.
    pub(in crate::app) fn read(ctx: &mut Ctx) -> Self {
        let task = ctx.ask_here(Effect::Activity);
        Self { task, requests: None, today: None, scroll: 0 }
    }

    /// Lines that each request needs on a screen of so many columns.
    pub fn lines_each(width: u16) -> usize {
        if width >= BESIDE { 1 } else { 2 }
    }

    /// The last position from which on all the rest is seen, on a page of so many rows.
    fn last(&self, width: u16, height: usize) -> usize {
        let shown = height.saturating_sub(2) / Self::lines_each(width);
        self.requests.as_ref().map_or(0, Vec::len).saturating_sub(shown.max(1))
    }
}

impl View for ActivityView {
    fn offers(&self, _: &Ctx) -> Vec<ActionOffer> {
        let first = [ActionOffer::new(Action::Refresh), ActionOffer::new(Action::Back).called("close")];
        first.into_iter().chain(scrolls()).collect()
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        if action == Action::Refresh {
            ctx.notice = None;
            *self = Self { scroll: self.scroll, ..Self::read(ctx) };
        }
    }

    fn step(&mut self, rows: isize, ctx: &mut Ctx) {
        self.scroll = scrolled(self.scroll, rows, self.last(ctx.size.width, ctx.page_height() + 1));
    }

    fn reply(&mut self, task: TaskId, reply: Reply, _: &mut Ctx) {
        if let (true, Reply::Activity(requests, today)) = (task == self.task, reply) {
            self.requests = Some(requests.into_iter().rev().collect());
            self.today = today;
        }
    }
}
