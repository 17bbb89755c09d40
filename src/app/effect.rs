//! Work that the state machine asks for, as data: a test can say "this key asks for exactly this".

use jiff::Timestamp;

use super::TaskId;
use super::export::ExportJob;
use crate::api::{ListRequest, RequestId};
use crate::check::Endpoints;
use crate::phone::{E164, LabelEdit, Number, NumberId, NumberText, Secret};
use crate::write::{Batch, Intent, Look};

/// One piece of work.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Read a list; reports pages, then the end.
    List(TaskId, ListRequest),
    /// Read one number.
    Detail(TaskId, NumberId),
    /// Read a number on sale, for its price. Reports like [`Effect::Detail`].
    Offer(TaskId, NumberId),
    /// Read the endpoints.
    Endpoints(TaskId),
    /// Carry writes out, one after another. Never cancelled, see [`Effect::Halt`].
    Run(TaskId, Box<Batch>),
    /// End a run after the line on its way.
    Halt(TaskId),
    /// Read the ledger, and a number as it is now.
    Undo(TaskId, NumberId),
    /// Say which requests were made.
    Activity(TaskId),
    /// Look again at a write whose answer was lost.
    Look {
        task: TaskId,
        /// Its entry in the ledger.
        entry: RequestId,
        /// What it was.
        intent: Box<Intent>,
        /// What it may do.
        how: Look,
    },
    /// Check where calls to a number go, after reading it.
    Check {
        task: TaskId,
        /// The number.
        id: NumberId,
        /// The endpoints that the server lists.
        endpoints: Endpoints,
        /// Whether its credentials are asked about, over verified TLS alone.
        credentials: bool,
    },
    /// Check many numbers, from what the list says of them.
    Checks {
        task: TaskId,
        numbers: Vec<Number>,
        /// The endpoints that the server lists.
        endpoints: Endpoints,
    },
    /// Read the ledger on this machine.
    Ledger(TaskId),
    /// Write rows to a file.
    Export(TaskId, Box<ExportJob>),
    /// Stop a read, or the writing of a file.
    Cancel(TaskId),
    /// Put text on the clipboard of the machine, where there is one.
    Copy {
        task: TaskId,
        text: Secret,
        /// Whether it is to be taken away again after a while.
        is_password: bool,
    },
    /// Put text on the clipboard of the terminal, through it.
    CopyThrough(TaskId, Secret),
    /// From now on, name this organization in every request.
    Pin(String),
    /// Draw everything anew: something else may have written over it.
    Repaint,
    /// Read what this machine knows of the past of all numbers, or of one.
    Past(TaskId, Option<NumberId>),
    /// Read the calls of a number, where the server lists calls.
    Calls(TaskId, NumberId, NumberText),
    /// Read the owned numbers as they were seen at a time.
    SeenAt(TaskId, Timestamp),
    /// Read what is kept of the owned numbers, from that place on; reports pages.
    Kept(TaskId, i64),
    /// Read what people put down about their numbers.
    Labels(TaskId),
    /// Change what is put down about these numbers; answers with all of it.
    Label(TaskId, Vec<E164>, Box<LabelEdit>),
    /// Read a file that says how numbers should be, or a plan that was kept.
    PlanFile(TaskId, String),
    /// Write a text to a file of that name, where none is.
    Keep {
        task: TaskId,
        /// Its name.
        path: String,
        /// What is in it.
        text: String,
    },
    /// Write what is on the screen to a file of that name, where none is.
    Dump(TaskId, String),
    /// Take the mouse from the terminal, or give it back.
    Mouse(bool),
    /// Show the theme of that name, one of [`Ctx::themes`](super::Ctx::themes).
    Theme(String),
    /// Give the terminal back and stop, until the shell continues us.
    Suspend,
}
