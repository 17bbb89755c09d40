//! The routing check on screen: of one number as a pipeline that fills in, of many as a list.

use crate::app::{Cursor, TaskId};
use crate::check::{Counts, Health, LegKind, Progress, Report, Status, Step, StepKind, summary};
use crate::phone::NumberId;

/// Nobody scrolls further: a trace is cut long before.
pub const MOST_LINES: u16 = 5000;

/// The check of one number.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckView {
    /// Which number.
    pub id: NumberId,
    /// It, for people.
    pub line: String,
    /// The task that checks; `None` when it is over.
    pub task: Option<TaskId>,
    /// Whether credentials are asked about.
    pub credentials: bool,
    /// Somebody was told what `A` sends, and may press it again.
    pub warned: bool,
    /// Steps that are done, as they came.
    pub steps: Vec<Step>,
    /// Steps under way.
    pub doing: Vec<(LegKind, StepKind, Option<String>)>,
    /// All of it, once it is over.
    pub report: Option<Report>,
    /// What crossed the wire instead of the steps.
    pub trace: bool,
    /// First line shown.
    pub scroll: u16,
}

impl CheckView {
    /// A check that `task` carries out.
    pub fn new(id: NumberId, line: String, task: TaskId, credentials: bool) -> Self {
        Self {
            id,
            line,
            task: Some(task),
            credentials,
            warned: false,
            steps: Vec::new(),
            doing: Vec::new(),
            report: None,
            trace: false,
            scroll: 0,
        }
    }

    /// A check that was made before.
    pub fn of(id: NumberId, line: String, report: Report) -> Self {
        let steps = report.steps.clone();
        Self { task: None, steps, report: Some(report), ..Self::new(id, line, TaskId(0), false) }
    }

    /// A step begins or is done.
    pub fn told(&mut self, progress: Progress) {
        match progress {
            Progress::Began { leg, kind, target } => self.doing.push((leg, kind, target)),
            Progress::Done(step) => {
                self.doing.retain(|(leg, kind, _)| Some(*leg) != step.leg || *kind != step.kind);
                self.steps.push(*step);
            }
        }
    }

    /// It is over.
    pub fn ended(&mut self, report: Report) {
        self.task = None;
        self.doing.clear();
        self.steps.clone_from(&report.steps);
        self.report = Some(report);
    }
}

/// The check of many numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct ChecksView {
    /// The numbers, and what came of each.
    pub rows: Vec<(NumberId, String, Option<Report>)>,
    /// The task that checks; `None` when it is over or was stopped.
    pub task: Option<TaskId>,
    /// What it sends, once that is known.
    pub counts: Option<Counts>,
    /// Where the list stands.
    pub cursor: Cursor,
}

impl ChecksView {
    /// Rows of the screen beside the list.
    pub const BESIDE: usize = 6;

    /// Checks of `numbers` that `task` carries out.
    pub fn new(numbers: Vec<(NumberId, String)>, task: TaskId) -> Self {
        let rows = numbers.into_iter().map(|(id, line)| (id, line, None)).collect();
        Self { rows, task: Some(task), counts: None, cursor: Cursor::default() }
    }

    /// How many are done.
    pub fn done(&self) -> usize {
        self.rows.iter().filter(|(_, _, report)| report.is_some()).count()
    }

    /// What came of those that are done, in words.
    pub fn summary(&self) -> String {
        summary(self.rows.iter().filter_map(|(_, _, report)| Some(&report.as_ref()?.verdict)))
    }
}

/// The word of a check in a column: what somebody has to know at a glance.
pub fn word(report: &Report) -> &'static str {
    match (report.verdict.health(), report.verdict.status) {
        (_, Status::Skip) => "skip",
        (Health::Healthy, _) => "ok",
        (Health::Warning, _) => "warn",
        (Health::Problem, _) => "FAIL",
        (Health::Unchecked, _) => "?",
    }
}
