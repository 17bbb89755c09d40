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

impl ActivityView {
    /// A view whose requests are read by `task`.
    pub fn new(task: TaskId) -> Self {
        Self { task, requests: None, today: None, scroll: 0 }
    }
}
