//! The routing check of one number, as a pipeline that fills in. Nothing here writes.

use std::borrow::Cow;
use std::sync::Arc;

use super::super::action::Action;
use super::super::offer::{ActionOffer, add_elsewhere, moves};
use super::super::overlay::{Overlay, confirm::Confirm, copy::CopyMenu};
use super::super::{Ctx, Effect, Keymap, Remote, Reply, TaskId, Tone};
use super::{Screen, View};
use crate::check::{Facts, Ticket, TicketFacts};
use crate::phone::{Number, NumberId, Problem, Problems};
use crate::sip::{AdviceMeans, Health, LegKind, Progress, Report, Status, Step, StepKind};

/// Nobody scrolls further: a trace is cut long before.
const MOST_LINES: usize = 5000;

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

/// Why a check cannot be made again yet.
pub(super) fn still_running(ctx: &Ctx) -> String {
    format!("it is still running; {} stops it", ctx.key(Action::Cancel))
}

/// Says that a check was stopped.
pub(super) fn check_stopped(ctx: &mut Ctx) -> bool {
    let again = ctx.key(Action::Check);
    ctx.tell(Tone::Plain, format!("Stopped. What was found stays; {again} checks again."));
    true
}

/// Opens the check of a number.
pub(in crate::app) fn open(number: &Number, ctx: &mut Ctx) {
    let (id, line) = (number.id.clone(), number.line.grouped());
    let line = if line.trim().is_empty() { id.to_string() } else { line };
    ctx.open(|ctx| Screen::Check(Box::new(CheckView::begun(id, line, false, ctx))));
}

impl CheckView {
    /// A check that begins.
    fn begun(id: NumberId, line: String, credentials: bool, ctx: &mut Ctx) -> Self {
        let (endpoints, asked) = (ctx.known_endpoints(), id.clone());
        let task = ctx.ask_here(|task| Effect::Check { task, id: asked, endpoints, credentials });
        Self::new(id, line, task, credentials)
    }

    /// Stops it; what was found stays. Returns whether it was going on.
    fn stop(&mut self, ctx: &mut Ctx) -> bool {
        self.doing.clear();
        let task = self.task.take();
        if let Some(task) = task {
            ctx.cancel(task);
        }
        task.is_some()
    }

    /// Checks again, in the same place.
    pub(in crate::app) fn again(&mut self, credentials: bool, ctx: &mut Ctx) {
        self.stop(ctx);
        ctx.notice = None;
        *self = Self::begun(self.id.clone(), self.line.clone(), credentials, ctx);
    }

    /// Asks whether credentials are to be sent: which, and where to. Without encryption none are.
    fn ask_credentials(&self, ctx: &mut Ctx) {
        let Some(report) = &self.report else { return };
        let sip = ctx.details.get(&self.id).and_then(Remote::value).and_then(|one| one.credentials.as_ref());
        let username = sip.and_then(|sip| sip.username.as_deref());
        match Confirm::credentials(report, username) {
            Ok(asked) => ctx.cover(|_| Overlay::Confirm(asked)),
            Err(why) => ctx.tell(Tone::Plain, why),
        }
    }

    /// The number, as it is known now.
    fn number<'a>(&self, ctx: &'a Ctx) -> Option<&'a Number> {
        let read = ctx.details.get(&self.id).and_then(Remote::value).map(|detail| &detail.number);
        ctx.owned.roster.get(&self.id).or(read)
    }

    /// What can be changed here against what was found, in words of what it does.
    pub fn remedies(&self, ctx: &Ctx) -> Vec<(Action, &'static str)> {
        let (Some(report), Some(number)) = (&self.report, self.number(ctx)) else { return Vec::new() };
        let health = report.verdict.health();
        if health == Health::Healthy || self.task.is_some() {
            return Vec::new();
        }
        let problems = Problems::of(number, ctx.owned.roster.known());
        let mut ways = Vec::new();
        if problems.has(Problem::Inactive) {
            ways.push((Action::Status, "makes it active"));
        }
        if problems.has(Problem::NoEndpoint) {
            ways.push((Action::Endpoint, "attaches an endpoint"));
        } else {
            // What is wrong at a server is not mended by a switch.
            let is_out = problems.has(Problem::EndpointError) || problems.has(Problem::EndpointInactive);
            let is_dead = health == Health::Problem && !report.verdict.is_setting();
            ways.extend((is_out || is_dead).then_some((Action::Endpoint, "chooses another endpoint")));
        }
        if problems.has(Problem::InboundOff) {
            ways.push((Action::Inbound, "lets calls in"));
        }
        ways
    }

    /// Asks whether the report is to be copied, or a ticket for whoever has to act.
    fn choose_copy(&self, ctx: &mut Ctx) {
        let Some(report) = &self.report else { return };
        let number = report.number.clone().unwrap_or_default();
        let names = |means| named(means, &number, &ctx.keys);
        let detail = ctx.details.get(&self.id).and_then(Remote::value);
        let listed = ctx.known_endpoints();
        let endpoint = detail.and_then(|one| Facts::of(&one.number, Some(one), &listed).endpoint);
        let version = env!("CARGO_PKG_VERSION");
        let facts = TicketFacts { detail, endpoint, version, ..TicketFacts::default() };
        let ticket = Ticket::of(report, &facts, &names);
        let menu = CopyMenu::of_check(report.text(&names), ticket.text);
        ctx.cover(|_| Overlay::Copy(menu));
    }

    /// Why credentials can not be asked about yet.
    fn unasked(&self, ctx: &Ctx) -> Option<String> {
        let check = ctx.key(Action::Check);
        match &self.report {
            None => Some(format!("it is not done yet; {check} checks first")),
            Some(_) if self.of_many => Some(format!("its account is not known yet; {check} checks it first")),
            Some(_) => None,
        }
    }
}

impl View for CheckView {
    fn offers(&self, ctx: &Ctx) -> Vec<ActionOffer> {
        let running = self.task.is_some().then(|| still_running(ctx));
        let unfinished = self.report.is_none().then(|| "it is not done yet".to_owned());
        let mut offers = vec![
            ActionOffer::new(Action::Check).called("again").unless(running.clone()),
            ActionOffer::new(Action::CheckCredentials).unless(running.or_else(|| self.unasked(ctx))),
            ActionOffer::new(Action::Trace).unless(unfinished.clone()),
            ActionOffer::new(Action::CopyReport).unless(unfinished.clone()),
            ActionOffer::new(Action::Help),
            ActionOffer::new(Action::Back),
        ];
        // Nothing else that writes is done from here.
        let written = self.remedies(ctx).into_iter();
        offers.splice(0..0, written.map(|(action, _)| ActionOffer::new(action).unless(ctx.write_obstacle())));
        let unjumpable = self.number(ctx).is_none().then(|| "the number is not known yet".to_owned());
        offers.push(ActionOffer::new(Action::Jump).unless(unjumpable));
        add_elsewhere(&mut offers);
        offers.extend(moves());
        offers
    }

    fn act(&mut self, action: Action, ctx: &mut Ctx) {
        let number = self.number(ctx).cloned();
        let numbers = || number.clone().into_iter().collect();
        if let Some(setting) = action.switches_setting() {
            return ctx.switch(setting, numbers());
        }
        match action {
            Action::Check => self.again(false, ctx),
            Action::Endpoint => ctx.choose_endpoint(numbers()),
            Action::Jump => {
                if let Some(number) = number {
                    ctx.jump(&number);
                }
            }
            Action::CheckCredentials => self.ask_credentials(ctx),
            Action::Trace => {
                self.trace = !self.trace;
                self.scroll = 0;
            }
            Action::CopyReport => self.choose_copy(ctx),
            _ => {}
        }
    }

    fn target<'a>(&'a self, ctx: &'a Ctx) -> Option<&'a Number> {
        self.number(ctx)
    }

    fn is_about(&self, id: &NumberId) -> bool {
        self.id == *id
    }

    fn step(&mut self, rows: isize, _: &mut Ctx) {
        // The last lines are never scrolled out of sight by the drawing.
        self.scroll = super::scrolled(self.scroll, rows, MOST_LINES);
    }

    fn reply(&mut self, task: TaskId, reply: Reply, ctx: &mut Ctx) {
        match reply {
            Reply::Checking(progress) => self.told(progress),
            Reply::Checked(_, report) => {
                ctx.tasks.end(task);
                ctx.checked(&self.id, Arc::clone(&report));
                self.ended(report);
            }
            _ => {}
        }
    }

    fn interrupt(&mut self, ctx: &mut Ctx) -> bool {
        self.stop(ctx) && check_stopped(ctx)
    }
}

/// How the means of an advice are called on screen: by their keys, and where there is none by the whole
/// command.
pub fn named(means: AdviceMeans, number: &str, keys: &Keymap) -> Cow<'static, str> {
    let key = |action: Action| keys.shown(action);
    let check = |flags: &str| Cow::Owned(format!("numdeck check {number} {flags}"));
    match means {
        AdviceMeans::ChangeSettings => {
            format!("{}, {} or {}", key(Action::Status), key(Action::Inbound), key(Action::Endpoint)).into()
        }
        AdviceMeans::AttachEndpoint => key(Action::Endpoint).into(),
        AdviceMeans::ShowCredentials => "numdeck show".into(),
        AdviceMeans::CheckAddress => "numdeck check --uri".into(),
        AdviceMeans::CheckCredentials => key(Action::CheckCredentials).into(),
        AdviceMeans::SendInClear => check("--auth --auth-cleartext"),
        AdviceMeans::OtherResolver => check("--dns IP:PORT"),
        AdviceMeans::TrustAuthority => "numdeck --ca FILE".into(),
        AdviceMeans::ShowCertificate => check("--client-cert FILE --client-key FILE"),
        AdviceMeans::OverTcp => check("--transport tcp"),
        AdviceMeans::OverTls => check("--transport tls"),
        AdviceMeans::Series => check("--count 20"),
        AdviceMeans::LongerLimit => "--timeout".into(),
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
