//! What has to change so that numbers are as a file says: before and after, with numbers to leave out. Nothing is
//! sent from here; what is left in goes to the review of several writes, once the former values are in a file.
//!
//! ```text
//!   Reading ──the file──> Ready ──enter: former values are kept──> the review
//!      └────────────────> Refused: with its lines
//! ```

use std::collections::BTreeSet;

use ratatui::layout::Rect;

use super::super::action::Action;
use super::super::change::counted;
use super::super::export::ExportEnd;
use super::super::offer::{ActionOffer, add_elsewhere, moves};
use super::super::{Ctx, Cursor, Effect, Reply, TaskId, Tone};
use super::writes::Writes;
use super::{Regions, Screen, View};
use crate::app::list::Coverage;
use crate::app::wrap::capitalised;
use crate::phone::{Endpoint, EndpointId, SettingValue, clean};
use crate::plan::{PlanScope, PlanSource, PlannedChange, RoutingPlan, rollback};
use crate::write::Intent;

/// A plan on screen.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanView {
    /// The file, as it was named.
    pub path: String,
    /// How far it is.
    pub state: PlanState,
    /// Places of the numbers that are left out.
    pub left_out: BTreeSet<usize>,
    /// Where the table stands.
    pub cursor: Cursor,
    /// The former values are being written.
    keeping: Option<TaskId>,
}

/// How far a plan is.
#[derive(Debug, Clone, PartialEq)]
pub enum PlanState {
    /// The file is being read.
    Reading(TaskId),
    /// It can not be meant: why, a line each.
    Refused(Vec<String>),
    /// What has to change.
    Ready {
        /// A number each.
        changes: Vec<PlannedChange>,
        /// The rows of the table: a setting each, with the place of its number.
        rows: Vec<(usize, SettingValue)>,
        /// Numbers that are as it says already.
        same: usize,
        /// It was kept: a number that is not as it was seen ends it.
        exact: bool,
    },
}

impl PlanView {
    /// Rows above the table, and below.
    const ABOVE: u16 = 2;
    const BELOW: u16 = 3;

    /// Reads a file.
    pub(in crate::app) fn read(path: String, ctx: &mut Ctx) -> Self {
        let name = path.clone();
        let task = ctx.ask_here(|task| Effect::PlanFile(task, name));
        Self {
            path,
            state: PlanState::Reading(task),
            left_out: BTreeSet::new(),
            cursor: Cursor::default(),
            keeping: None,
        }
    }

    /// The numbers that are to be changed.
    pub fn changes(&self) -> &[PlannedChange] {
        match &self.state {
            PlanState::Ready { changes, .. } => changes,
            PlanState::Reading(_) | PlanState::Refused(_) => &[],
        }
    }

    /// The rows of the table.
    pub fn rows(&self) -> &[(usize, SettingValue)] {
        match &self.state {
            PlanState::Ready { rows, .. } => rows,
            PlanState::Reading(_) | PlanState::Refused(_) => &[],
        }
    }

    /// How many numbers are left in.
    pub fn left_in(&self) -> usize {
        self.changes().len() - self.left_out.len()
    }

    fn selected(&self) -> Option<usize> {
        self.rows().get(self.cursor.selected).map(|(place, _)| *place)
    }

    /// Lays a file beside the list.
    fn judge(&self, source: &PlanSource, ctx: &Ctx) -> PlanState {
        if let Some(why) = unknown_list(ctx) {
            return PlanState::Refused(vec![why]);
        }
        let owned: Vec<_> = ctx.owned.roster.numbers().cloned().collect();
        match source {
            PlanSource::File(file) => {
                let id = |text: &str| endpoint(text, ctx);
                match RoutingPlan::of(file, &owned, &id, here(ctx)) {
                    Ok(plan) => ready(plan.changes, plan.same, false),
                    Err(misfits) => PlanState::Refused(misfits.iter().map(ToString::to_string).collect()),
                }
            }
            PlanSource::Kept(plan) => {
                if let Some(why) = other_account(&plan.scope, ctx) {
                    return PlanState::Refused(vec![why]);
                }
                let standing = plan.stand(&owned);
                if standing.drifted.is_empty() {
                    let same = plan.same + standing.met.len();
                    return ready(standing.changes, same, true);
                }
                let called = |value: &SettingValue| ctx.names().value(value);
                let drifted = standing.drifted.iter().map(|drift| drift.fault(called).to_string());
                PlanState::Refused(drifted.collect())
            }
        }
    }

    /// Writes the former values of what is left in, which comes before anything else.
    fn keep(&mut self, ctx: &mut Ctx) {
        let intents = self.intents();
        if intents.is_empty() || self.keeping.is_some() || !ctx.may_write() || ctx.is_kept_back(&intents) {
            return;
        }
        let text = rollback(&intents).ok().and_then(|(file, _)| String::from_utf8(file).ok());
        let Some(text) = text else {
            return ctx.tell(Tone::Bad, "The former values can not be written down; nothing was sent.");
        };
        let local = ctx.now.to_zoned_datetime(ctx.account.zone.clone());
        let path = format!("numdeck-rollback-{}.csv", local.strftime("%Y%m%dT%H%M%S"));
        self.keeping = Some(ctx.ask_here(|task| Effect::Keep { task, path, text }));
    }

    fn intents(&self) -> Vec<Intent> {
        let changes = self.changes().iter().enumerate();
        let left_in = changes.filter(|(place, _)| !self.left_out.contains(place));
        left_in.map(|(_, planned)| planned.intent()).collect()
    }

    /// The former values are written, or not: without them nothing is sent.
    fn kept(&mut self, end: ExportEnd, ctx: &mut Ctx) {
        self.keeping = None;
        let why = match end {
            ExportEnd::Written { path, .. } => {
                let (intents, path) = (self.intents(), clean(&path, usize::MAX));
                let title = format!("Change {} as {} says", counted(intents.len()), clean(&self.path, 60));
                let mut left_out = vec![format!("former values: {path}")];
                if !self.left_out.is_empty() {
                    left_out.push(format!("{} of the plan are left out", self.left_out.len()));
                }
                let exact = matches!(self.state, PlanState::Ready { exact: true, .. });
                return ctx.open(|_| {
                    let writes = Writes::changing(title, intents, left_out, false);
                    Screen::Writes(Box::new(if exact { writes.exactly() } else { writes }))
                });
            }
            ExportEnd::Exists { path } => format!("{} is there already", clean(&path, usize::MAX)),
            ExportEnd::Stopped => "the file was not written".to_owned(),
            ExportEnd::Failed(why) => why,
        };
        let text = format!("{}: without the former values in a file nothing is sent.", capitalised(&why));
        ctx.tell(Tone::Bad, text);
    }
}

/// What has to change, with its table.
fn ready(changes: Vec<PlannedChange>, same: usize, exact: bool) -> PlanState {
    let all = changes.iter().enumerate();
    let rows = all.flat_map(|(place, planned)| planned.changes.values().map(move |value| (place, value)));
    let rows = rows.collect();
    PlanState::Ready { changes, rows, same, exact }
}

/// Why what is owned is not known whole.
fn unknown_list(ctx: &Ctx) -> Option<String> {
    let list = &ctx.owned;
    if list.reading.is_some() || list.is_kept() {
        return Some("The list of numbers is still being read: open the plan again then.".to_owned());
    }
    if list.can_read_on() || list.coverage != Coverage::Whole {
        return Some(ctx.say("The list of numbers is not read whole: {load-all} on it reads the rest."));
    }
    ctx.travel.as_ref().map(|_| "The list is that of another time, and a plan is about now.".to_owned())
}

/// Whose numbers a plan that is made here is about.
fn here(ctx: &Ctx) -> PlanScope {
    PlanScope {
        at: ctx.now,
        base_url: String::new(),
        mode: ctx.account.mode().name().to_owned(),
        organization: ctx.account.standing.organization.clone(),
    }
}

/// Why a plan that was kept is not for this account; its server was compared when it was read.
fn other_account(made: &PlanScope, ctx: &Ctx) -> Option<String> {
    let now = PlanScope { base_url: made.base_url.clone(), ..here(ctx) };
    made.differs_from(&now).map(|(made, now)| format!("The plan was made for {made}, and this is {now}."))
}

/// The endpoint of that id or name.
fn endpoint(text: &str, ctx: &Ctx) -> Result<EndpointId, String> {
    let id = EndpointId::new(text);
    if ctx.owned.roster.kinds().any(|number| number.endpoint.value() == Some(&id)) {
        return Ok(id);
    }
    let Some(listed) = ctx.endpoints.value() else {
        return Err(format!("the server does not list its endpoints, and no number has {text}"));
    };
    match Endpoint::meant(text, listed).as_slice() {
        [one] => Ok(one.id.clone()),
        [] => Err(format!("no endpoint is called {text}")),
        _ => Err(format!("several endpoints are called {text}; name one by its id")),
    }
}

impl View for PlanView {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        let nothing = self.changes().is_empty().then(|| "nothing has to change".to_owned());
        let none = (self.left_in() == 0).then(|| "every number is left out".to_owned());
        let busy = self.keeping.map(|_| "the former values are being written".to_owned());
        let go = nothing.clone().or(none).or(busy).or_else(|| ctx.write_obstacle());
        let out = self.selected().is_some_and(|place| self.left_out.contains(&place));
        let mark = if out { "take in" } else { "leave out" };
        let mut offers = vec![
            ActionOffer::new(Action::Open).called("review it").unless(go),
            ActionOffer::new(Action::Mark).called(mark).unless(nothing),
            ActionOffer::new(Action::Back).called("back, nothing is sent"),
            ActionOffer::new(Action::Help),
        ];
        add_elsewhere(&mut offers);
        offers.extend(moves());
        offers
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        match (action, self.selected()) {
            (Action::Open, _) => self.keep(ctx),
            (Action::Mark, Some(place)) if !self.left_out.remove(&place) => drop(self.left_out.insert(place)),
            _ => {}
        }
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        let all = self.rows().len();
        self.cursor.step(rows, all);
    }

    fn selected_row(&self, _: &Ctx) -> Option<usize> {
        self.selected().map(|_| self.cursor.selected)
    }

    fn reply(&mut self, task: TaskId, reply: Reply, ctx: &mut Ctx) {
        match reply {
            Reply::PlanFile(read) if self.state == PlanState::Reading(task) => {
                self.state = match *read {
                    Ok(source) => self.judge(&source, ctx),
                    Err(why) => PlanState::Refused(vec![why]),
                };
            }
            Reply::Exported(end) if self.keeping == Some(task) => self.kept(end, ctx),
            _ => {}
        }
    }

    fn regions(&self, body: Rect) -> Regions {
        let above = Self::ABOVE.min(body.height);
        let height = body.height.saturating_sub(above + Self::BELOW).max(1).min(body.height - above);
        Regions { list: Rect { y: body.y + above, height, width: body.width.saturating_sub(1), ..body } }
    }

    fn fit(&mut self, body: Rect, _: &mut Ctx) {
        let (all, height) = (self.rows().len(), usize::from(self.regions(body).list.height));
        self.cursor.fit(all, height);
    }
}
