//! Every request of this session.

use crate::api::Request;
use crate::app::TaskId;

/// The requests, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityView {
    /// The task that reads them.
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
    /// Lines that each request needs on a screen of so many columns.
    pub fn lines_each(width: u16) -> usize {
        if width >= BESIDE { 1 } else { 2 }
    }

    /// The last position from which on all the rest is seen, on a page of so many rows.
    pub fn last(&self, width: u16, height: usize) -> usize {
        let shown = height.saturating_sub(2) / Self::lines_each(width);
        self.requests.as_ref().map_or(0, Vec::len).saturating_sub(shown.max(1))
    }

    /// A view whose requests are read by `task`.
    pub fn new(task: TaskId) -> Self {
        Self { task, requests: None, today: None, scroll: 0 }
    }
}
