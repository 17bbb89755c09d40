//! The routing check on screen: of one number as a pipeline that fills in, of many as a list.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::app::{Cursor, TaskId};
use crate::check::{
    Cause, Counts, Health, LegKind, Progress, Report, Status, Step, StepKind, Tally, Verdict,
};
use crate::phone::{Number, NumberId};

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
    /// It was one of many, of which the list alone is known: no account, no detail.
    pub of_many: bool,
    /// Steps that are done, as they came.
    pub steps: Vec<Arc<Step>>,
    /// Steps under way.
    pub doing: Vec<(LegKind, StepKind, Option<String>)>,
    /// All of it, once it is over.
    pub report: Option<Arc<Report>>,
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
            of_many: false,
            steps: Vec::new(),
            doing: Vec::new(),
            report: None,
            trace: false,
            scroll: 0,
        }
    }

    /// A check that was made with those of many others.
    pub fn of_many(id: NumberId, line: String, report: Arc<Report>) -> Self {
        let steps = report.steps.clone();
        let view = Self::new(id, line, TaskId(0), false);
        Self { task: None, of_many: true, steps, report: Some(report), ..view }
    }

    /// A step begins or is done.
    pub fn told(&mut self, progress: Progress) {
        match progress {
            Progress::Began { leg, kind, target } => self.doing.push((leg, kind, target)),
            Progress::Done(step) => {
                // A step about no target is about all of them.
                let is_same = |target: &Option<String>| step.target.is_none() || *target == step.target;
                self.doing.retain(|(leg, kind, target)| {
                    Some(*leg) != step.leg || *kind != step.kind || !is_same(target)
                });
                self.steps.push(Arc::from(step));
            }
        }
    }

    /// It is over.
    pub fn ended(&mut self, report: Arc<Report>) {
        self.task = None;
        self.doing.clear();
        self.steps.clone_from(&report.steps);
        self.report = Some(report);
    }
}

/// One of many numbers that are checked.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedRow {
    /// Which number.
    pub id: NumberId,
    /// It, for people.
    pub line: String,
    /// What came of it, once that is known.
    pub report: Option<Arc<Report>>,
}

/// The check of many numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct ChecksView {
    /// The numbers, in the order in which they were given.
    rows: Vec<CheckedRow>,
    /// Places in `rows`, in the order in which they are shown.
    order: Vec<usize>,
    /// What came of those that are done.
    pub tally: Tally,
    /// The task that checks; `None` when it is over or was stopped.
    pub task: Option<TaskId>,
    /// What it sends, once that is known.
    pub counts: Option<Counts>,
    /// The numbers, as long as nothing was sent: somebody has to agree first.
    pub planned: Option<Vec<Number>>,
    /// The gravest are on top.
    pub gravest_first: bool,
    /// Where the list stands.
    pub cursor: Cursor,
}

impl ChecksView {
    /// Rows of the screen beside the list, causes not counted.
    const BESIDE: usize = 5;
    /// Causes that are shown at least.
    const CAUSES: usize = 4;
    /// From so many rows of the screen on there is room for causes.
    const ROOMY: usize = 16;

    /// Checks of `numbers` that `task` carries out.
    pub fn new(numbers: Vec<(NumberId, String)>, task: TaskId) -> Self {
        let rows: Vec<CheckedRow> =
            numbers.into_iter().map(|(id, line)| CheckedRow { id, line, report: None }).collect();
        Self {
            order: (0..rows.len()).collect(),
            rows,
            tally: Tally::default(),
            task: Some(task),
            counts: None,
            planned: None,
            gravest_first: false,
            cursor: Cursor::default(),
        }
    }

    /// Checks that nobody has agreed to yet.
    pub fn planned(rows: Vec<(NumberId, String)>, numbers: Vec<Number>, counts: Option<Counts>) -> Self {
        Self { task: None, counts, planned: Some(numbers), ..Self::new(rows, TaskId(0)) }
    }

    /// Somebody agreed: `task` checks. Returns the numbers, the first time.
    pub fn begin(&mut self, task: TaskId) -> Option<Vec<Number>> {
        let numbers = self.planned.take()?;
        self.task = Some(task);
        Some(numbers)
    }

    /// Keeps what came of the number at `place`, and ends with the last one.
    pub fn checked(&mut self, place: usize, report: &Arc<Report>) -> Option<&NumberId> {
        let all = self.rows.len();
        let row = self.rows.get_mut(place).filter(|row| row.report.is_none())?;
        self.tally.add(&report.verdict);
        row.report = Some(Arc::clone(report));
        if self.tally.count() == all {
            self.task = None;
        }
        Some(&row.id)
    }

    /// How many numbers there are.
    pub fn total(&self) -> usize {
        self.rows.len()
    }

    /// The numbers, as they are shown.
    pub fn shown(&self) -> impl ExactSizeIterator<Item = &CheckedRow> {
        self.order.iter().map(|place| &self.rows[*place])
    }

    /// The selected number.
    pub fn selected(&self) -> Option<&CheckedRow> {
        self.order.get(self.cursor.selected).map(|place| &self.rows[*place])
    }

    /// What is wrong, as far as there is room for it on a page of so many rows, and how many causes
    /// have none; only of what is over.
    pub fn causes(&self, height: usize) -> (Vec<&Cause>, usize) {
        if self.task.is_some() || height < Self::ROOMY {
            return (Vec::new(), 0);
        }
        // A short list leaves more room.
        let free = height.saturating_sub(Self::BESIDE + self.rows.len());
        let room = free.max(height / 4).max(Self::CAUSES);
        let mut causes = self.tally.causes();
        let all = causes.len();
        if all > room {
            // The last line says how many there are.
            causes.truncate(room - 1);
        }
        let others = all - causes.len();
        (causes, others)
    }

    /// Rows of the list on a page of so many rows.
    pub fn lines(&self, height: usize) -> usize {
        let (causes, others) = self.causes(height);
        // The selected one is always in sight.
        height.saturating_sub(Self::BESIDE + causes.len() + usize::from(others > 0)).max(1)
    }

    /// Puts the gravest on top, and shows them; or the order back, the selection with its number.
    pub fn turn_order(&mut self, height: usize) {
        let selected = self.order.get(self.cursor.selected).copied();
        self.gravest_first = !self.gravest_first;
        let rows = &self.rows;
        if self.gravest_first {
            self.order.sort_by_key(|place| {
                let verdict = rows[*place].report.as_ref().map(|report| &report.verdict);
                (Reverse(verdict.map(Verdict::health)), verdict.is_some_and(Verdict::is_setting), *place)
            });
        } else {
            self.order.sort_unstable();
        }
        let at = self.order.iter().position(|place| Some(*place) == selected);
        self.select(at.filter(|_| !self.gravest_first).unwrap_or(0), height);
    }

    /// Selects a place of the list, or the last one, and has it in sight on a page of so many rows.
    pub fn select(&mut self, at: usize, height: usize) {
        self.cursor.select(at, self.rows.len(), self.lines(height));
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
