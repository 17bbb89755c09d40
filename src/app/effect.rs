//! Work that the state machine asks for, as data: a test can say "this key asks for exactly this".

use super::TaskId;
use crate::api::{Error, List};
use crate::phone::{NumberId, Secret};
use crate::write::Intent;

/// One piece of work.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Read a list; reports pages, then the end.
    List(TaskId, List),
    /// Read one number.
    Detail(TaskId, NumberId),
    /// Read a number on sale, for its price. Reports like [`Effect::Detail`].
    Offer(TaskId, NumberId),
    /// Read the endpoints.
    Endpoints(TaskId),
    /// Carry a write out. Never cancelled.
    Write(TaskId, Box<Intent>),
    /// Look again at a write whose answer was lost.
    Look(TaskId, Box<Intent>, Error),
    /// Stop a read.
    Cancel(TaskId),
    /// Put text on the clipboard through the terminal.
    Copy(Secret),
    /// From now on, name this organization in every request.
    Pin(String),
    /// Give the terminal back and stop, until the shell continues us.
    Suspend,
}
