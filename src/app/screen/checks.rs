//! The routing check of many numbers: the plan, the list that fills in, what is wrong. Nothing here
//! writes.

use std::cmp::Reverse;
use std::sync::Arc;

use ratatui::layout::Rect;

use super::super::action::Action;
use super::super::ctx::Move;
use super::super::offer::{ActionOffer, add_elsewhere, moves};
use super::super::{Ctx, Cursor, Effect, Reply, TaskId};
use super::check::{CheckView, check_stopped};
use super::{Regions, Screen, View};
use crate::check::of_rows;
use crate::phone::{Number, NumberId};
use crate::sip::{AuthRule, Counts, Report, SharedCause, Summary, Verdict};

/// So many servers are asked without saying so before.
const FEW: usize = 3;

/// What so many numbers would send is worked out before; more would be felt.
const PLANNED: usize = 10_000;

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
    pub tally: Summary,
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
            tally: Summary::default(),
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
    pub fn causes(&self, height: usize) -> (Vec<&SharedCause>, usize) {
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
    fn turn_order(&mut self) {
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
        self.cursor.select(at.filter(|_| !self.gravest_first).unwrap_or(0), self.rows.len());
    }
}

/// Opens the check of these numbers, from what the list says of them. Where more than a few servers
/// would be asked, that is said before.
pub(in crate::app) fn open(numbers: Vec<Number>, ctx: &mut Ctx) {
    if !numbers.is_empty() {
        ctx.open(|ctx| Screen::Checks(Box::new(ChecksView::asked(numbers, ctx))));
    }
}

/// What a check of these would send.
fn counts(numbers: &[Number], ctx: &Ctx) -> Counts {
    of_rows(numbers, &ctx.known_endpoints()).counts(1, AuthRule::Off)
}

fn send(numbers: Vec<Number>, ctx: &mut Ctx) -> TaskId {
    let endpoints = ctx.known_endpoints();
    ctx.ask_here(|task| Effect::Checks { task, numbers, endpoints })
}

impl ChecksView {
    fn asked(numbers: Vec<Number>, ctx: &mut Ctx) -> Self {
        let rows = numbers.iter().map(|number| (number.id.clone(), number.line.grouped())).collect();
        let counts = (numbers.len() <= PLANNED).then(|| counts(&numbers, ctx));
        if counts.is_none_or(|counts| counts.options > FEW) {
            return Self::planned(rows, numbers, counts);
        }
        Self::new(rows, send(numbers, ctx))
    }

    /// Stops it; what was found stays. Returns whether it was going on.
    fn stop(&mut self, ctx: &mut Ctx) -> bool {
        let task = self.task.take();
        if let Some(task) = task {
            ctx.cancel(task);
        }
        task.is_some()
    }

    fn again(&mut self, ctx: &mut Ctx) {
        let known = |row: &CheckedRow| ctx.owned.roster.get(&row.id).cloned();
        let numbers: Vec<Number> = self.shown().filter_map(known).collect();
        self.stop(ctx);
        ctx.notice = None;
        if numbers.is_empty() {
            return ctx.go(Move::Close);
        }
        *self = Self::asked(numbers, ctx);
    }

    /// Opens what was found of the selected one.
    fn open_selected(&self, ctx: &mut Ctx) {
        if let Some(CheckedRow { id, line, report: Some(report) }) = self.selected() {
            let view = CheckView::of_many(id.clone(), line.clone(), Arc::clone(report));
            ctx.open(|_| Screen::Check(Box::new(view)));
        }
    }
}

impl View for ChecksView {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        let running = self.task.is_some().then(|| super::check::still_running(ctx));
        let order = if self.gravest_first { "order of the list" } else { "gravest first" };
        let unfinished = self.selected().is_none_or(|row| row.report.is_none());
        let unfinished = unfinished.then(|| "it is not done yet".to_owned());
        let mut offers = if self.planned.is_some() {
            vec![
                ActionOffer::new(Action::Open).called("check them"),
                ActionOffer::new(Action::Help),
                ActionOffer::new(Action::Back).called("back, nothing is sent"),
            ]
        } else {
            vec![
                ActionOffer::new(Action::Open).unless(unfinished),
                ActionOffer::new(Action::Sort).called(order).unless(running.clone()),
                ActionOffer::new(Action::Check).called("again").unless(running),
                ActionOffer::new(Action::Help),
                ActionOffer::new(Action::Back),
            ]
        };
        add_elsewhere(&mut offers);
        offers.extend(moves());
        offers
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        match action {
            Action::Open => match self.planned.take() {
                Some(numbers) => self.task = Some(send(numbers, ctx)),
                None => self.open_selected(ctx),
            },
            Action::Sort => self.turn_order(),
            Action::Check => self.again(ctx),
            _ => {}
        }
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        self.cursor.step(rows, self.rows.len());
    }

    fn reply(&mut self, task: TaskId, reply: Reply, ctx: &mut Ctx) {
        match reply {
            Reply::Planned(counts) => self.counts = Some(counts),
            Reply::Checked(place, report) => {
                if let Some(id) = self.checked(place, &report) {
                    ctx.checked(id, report);
                }
                if self.task.is_none() {
                    ctx.tasks.end(task);
                }
            }
            _ => {}
        }
    }

    fn regions(&self, body: Rect) -> Regions {
        let page = usize::from(body.height.saturating_sub(1));
        let rows = self.lines(page).min(self.rows.len());
        let list = Rect {
            y: body.y + 2.min(body.height),
            width: body.width.saturating_sub(1),
            height: u16::try_from(rows).unwrap_or(u16::MAX).min(body.height),
            ..body
        };
        Regions { list }
    }

    fn fit(&mut self, body: Rect, _: &mut Ctx) {
        let height = usize::from(self.regions(body).list.height);
        self.cursor.fit(self.rows.len(), height);
    }

    fn interrupt(&mut self, ctx: &mut Ctx) -> bool {
        self.stop(ctx) && check_stopped(ctx)
    }
}
