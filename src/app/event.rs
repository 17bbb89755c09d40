//! Everything that enters the state machine.

use std::sync::Arc;

use ratatui::layout::Size;

use super::export::ExportEnd;
use super::past::Past;
use super::pointer::Pointer;
use super::{CopyRoute, Key};
use crate::api::{Error, Page, Request};
use crate::phone::{CallsAnswer, Detail, Endpoint, Labels, Number};
use crate::plan::PlanSource;
use crate::sip::{Counts, Progress, Report};
use crate::store::{NotSeen, SeenList, SeenPage};
use crate::write::{Batch, Entry, Outcome, Stage};

/// Identifies one piece of work. A counter, so tests can name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u64);

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// The mouse did something.
    Pointer(Pointer),
    /// Text was pasted. It never becomes commands.
    Paste(String),
    /// The terminal has another size.
    Resize(Size),
    /// The terminal lost or got the focus.
    Focus(bool),
    /// The time of `next_wake` has come.
    Wake,
    /// A signal asks to end.
    Quit,
    /// Work reports.
    Task(TaskId, Reply),
}

/// What work reports.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// A page of a list; more may follow.
    Page(Page),
    /// The list was read as far as was asked, or broke off.
    Listed(Result<(), Error>),
    /// One number.
    Detail(Box<Result<Detail, Error>>),
    /// Something about the server that somebody who is about to write should know.
    Remark(&'static str),
    Endpoints(Result<Vec<Endpoint>, Error>),
    /// The ledger on this machine, or why it could not be read.
    Ledger(Result<Vec<Entry>, String>),
    /// A write has come so far.
    Stage(Stage),
    /// A write has ended.
    Outcome(Box<Outcome>),
    /// A line of a run has come so far; without a stage it waits because the server wants a pause.
    Line(usize, Option<Stage>),
    /// A line of a run has ended.
    LineEnded(usize, Box<Outcome>),
    /// A run has ended.
    Run(Box<Batch>),
    /// The ledger, and a number as it is now: what undoing a change needs.
    Undo(Box<Result<(Vec<Entry>, Number), String>>),
    /// A step of a check.
    Checking(Progress),
    /// What the checks of many will send.
    Planned(Counts),
    /// A check is over: of one, or the one at this place of many.
    Checked(usize, Arc<Report>),
    /// The requests of this session, the newest last, and how many were made today; `None` where
    /// that is not kept.
    Activity(Vec<Request>, Option<u64>),
    /// What this machine knows of the past, or why it can not be read.
    Past(Result<Box<Past>, String>),
    /// The calls of a number.
    Calls(Result<CallsAnswer, Error>),
    /// The owned numbers as they were seen at a time, or why that is not known.
    SeenAt(Result<Box<SeenList>, NotSeen>),
    /// A page of the list that was read last, by an earlier run.
    Kept(Result<SeenPage, String>),
    /// What people put down about numbers, or why that is not known.
    Labels(Result<Labels, String>),
    /// Which way a copied text went.
    Copied(CopyRoute),
    /// What became of a file that was to be written.
    Exported(ExportEnd),
    /// What a file says of how numbers should be, or why that can not be meant.
    PlanFile(Box<Result<PlanSource, String>>),
}

impl Reply {
    /// Whether nothing more is to come of its task. Of a check of many, the one who asked knows.
    pub fn is_last(&self) -> bool {
        match self {
            Self::Page(_) | Self::Remark(_) | Self::Stage(_) | Self::Line(..) | Self::LineEnded(..) => false,
            Self::Checking(_) | Self::Planned(_) | Self::Checked(..) => false,
            Self::Kept(page) => page.as_ref().map_or(true, |page| page.next.is_none()),
            Self::Listed(_) | Self::Detail(_) | Self::Endpoints(_) | Self::Ledger(_) | Self::Outcome(_) => {
                true
            }
            Self::Run(_) | Self::Undo(_) | Self::Activity(..) | Self::Copied(_) | Self::Exported(_) => true,
            Self::PlanFile(_) | Self::Labels(_) | Self::Past(_) | Self::Calls(_) | Self::SeenAt(_) => true,
        }
    }
}
