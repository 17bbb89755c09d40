//! The routing check of many numbers: the plan, the list that fills in, what is wrong. Nothing here
//! writes.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::super::action::Action;
use super::super::ctx::Move;
use super::super::offer::{ActionOffer, add_elsewhere, moves};
use super::super::{Ctx, Cursor, Effect, Reply, TaskId};
use super::causes::{CauseGroup, CheckedRow};
use super::check::{CheckView, check_stopped};
use super::{Regions, Screen, View};
use crate::check::of_rows;
use crate::phone::{Number, NumberId};
use crate::sip::{AuthRule, Counts, Report, Summary};

/// So many servers are asked without saying so before.
const FEW: usize = 3;

/// What so many numbers would send is worked out before; more would be felt.
const PLANNED: usize = 10_000;

/// The check of many numbers: the numbers while they are checked, then what is wrong, and the numbers that
/// share one cause.
#[derive(Debug, Clone, PartialEq)]
pub struct ChecksView {
    /// The numbers, in the order in which they were given.
    rows: Vec<CheckedRow>,
    /// What came of those that are done.
    pub tally: Summary,
    /// The task that checks; `None` when it is over or was stopped.
    pub task: Option<TaskId>,
    /// What it sends, once that is known.
    pub counts: Option<Counts>,
    /// The numbers, as long as nothing was sent: somebody has to agree first.
    pub planned: Option<Vec<Number>>,
    /// What it came to, once it is over.
    pub causes: Vec<CauseGroup>,
    /// The cause whose numbers are shown.
    pub opened: Option<usize>,
    /// Where the list of numbers stands.
    pub cursor: Cursor,
    /// Where the list of causes stands.
    pub at_cause: Cursor,
}

impl ChecksView {
    /// Rows of the screen beside the list.
    const BESIDE: usize = 5;

    /// Checks of `numbers` that `task` carries out.
    pub fn new(numbers: Vec<(NumberId, String)>, task: TaskId) -> Self {
        let rows: Vec<CheckedRow> =
            numbers.into_iter().map(|(id, line)| CheckedRow { id, line, report: None }).collect();
        Self {
            rows,
            tally: Summary::default(),
            task: Some(task),
            counts: None,
            planned: None,
            causes: Vec::new(),
            opened: None,
            cursor: Cursor::default(),
            at_cause: Cursor::default(),
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
            self.causes = CauseGroup::of(&self.rows);
        }
        Some(&self.rows[place].id)
    }

    /// How many numbers there are.
    pub fn total(&self) -> usize {
        self.rows.len()
    }

    /// Whether what it came to is shown, and not numbers.
    pub fn shows_causes(&self) -> bool {
        !self.causes.is_empty() && self.opened.is_none()
    }

    /// The numbers that are listed: all, or those of the cause that is open.
    pub fn shown(&self) -> Box<dyn ExactSizeIterator<Item = &CheckedRow> + '_> {
        match self.opened.and_then(|at| self.causes.get(at)) {
            Some(cause) => Box::new(cause.places.iter().map(|place| &self.rows[*place])),
            None => Box::new(self.rows.iter()),
        }
    }

    /// The first number of a cause.
    pub fn first_of(&self, cause: &CauseGroup) -> Option<&CheckedRow> {
        cause.places.first().map(|place| &self.rows[*place])
    }

    /// How many lines the list has.
    pub fn listed(&self) -> usize {
        if self.shows_causes() { self.causes.len() } else { self.shown().len() }
    }

    /// The selected number.
    pub fn selected(&self) -> Option<&CheckedRow> {
        self.shown().nth(self.cursor.selected).filter(|_| !self.shows_causes())
    }

    /// Where the list stands that is shown.
    pub fn place(&self) -> Cursor {
        if self.shows_causes() { self.at_cause } else { self.cursor }
    }

    fn place_mut(&mut self) -> &mut Cursor {
        if self.shows_causes() { &mut self.at_cause } else { &mut self.cursor }
    }

    /// Rows of the list on a page of so many rows; the selected one is always in sight.
    pub fn lines(height: usize) -> usize {
        height.saturating_sub(Self::BESIDE).max(1)
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
            self.causes = CauseGroup::of(&self.rows);
        }
        task.is_some()
    }

    fn again(&mut self, ctx: &mut Ctx) {
        let known = |row: &CheckedRow| ctx.owned.roster.get(&row.id).cloned();
        // Where the numbers of one cause are looked at, those are meant.
        let numbers: Vec<Number> = self.shown().filter_map(known).collect();
        self.stop(ctx);
        ctx.notice = None;
        if numbers.is_empty() {
            return ctx.go(Move::Close);
        }
        *self = Self::asked(numbers, ctx);
    }

    /// Opens the numbers of the selected cause, or what was found of the selected number.
    fn open_selected(&mut self, ctx: &mut Ctx) {
        if self.shows_causes() {
            self.opened = Some(self.at_cause.selected);
            self.cursor = Cursor::default();
        } else if let Some(CheckedRow { id, line, report: Some(report) }) = self.selected() {
            let view = CheckView::of_many(id.clone(), line.clone(), Arc::clone(report));
            ctx.open(|_| Screen::Check(Box::new(view)));
        }
    }
}

impl View for ChecksView {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        let running = self.task.is_some().then(|| super::check::still_running(ctx));
        let unfinished = !self.shows_causes() && self.selected().is_none_or(|row| row.report.is_none());
        let unfinished = unfinished.then(|| "it is not done yet".to_owned());
        let open = if self.shows_causes() { "its numbers" } else { "open" };
        let again = if self.opened.is_some() { "check these again" } else { "again" };
        let mut offers = if self.planned.is_some() {
            vec![
                ActionOffer::new(Action::Open).called("check them"),
                ActionOffer::new(Action::Help),
                ActionOffer::new(Action::Back).called("back, nothing is sent"),
            ]
        } else {
            vec![
                ActionOffer::new(Action::Open).called(open).unless(unfinished),
                ActionOffer::new(Action::Check).called(again).unless(running),
                ActionOffer::new(Action::Help),
                ActionOffer::new(Action::Back).called(if self.opened.is_some() {
                    "all causes"
                } else {
                    "back"
                }),
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
            Action::Check => self.again(ctx),
            _ => {}
        }
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        let all = self.listed();
        self.place_mut().step(rows, all);
    }

    fn selected_row(&self, _: &Ctx) -> Option<usize> {
        Some(self.place().selected)
    }

    fn back(&mut self, _: &mut Ctx) -> bool {
        self.opened.take().is_some()
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
        let rows = Self::lines(page).min(self.listed());
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
        let all = self.listed();
        self.place_mut().fit(all, height);
    }

    fn interrupt(&mut self, ctx: &mut Ctx) -> bool {
        self.stop(ctx) && check_stopped(ctx)
    }
}
