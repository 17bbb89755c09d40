//! The state machine as keys in and effects out.
//!
//! A [`Desk`] is an app with somebody in front of it who sees every frame before the next key; time
//! passes only when a test says so, and the server says only what a test says.

mod buying;
mod changing;
mod checking;
mod commands;
mod doubts;
mod keys;
mod labelling;
mod many;
mod past;
mod planning;
mod profiles;
mod reading;
mod remembering;
mod sharing;
mod time;
mod travel;
mod undoing;

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use ratatui::layout::Size;

use super::overlay::Overlay;
use super::overlay::confirm::{Change, Confirm};
use super::screen::Screen;
use super::screen::detail::DetailView;
use super::screen::writes::Writes;
use super::{Account, App, CopyRoute, Effect, Event, Invocation, Key, Keymap, Reply, Tab, TaskId};
use crate::api::{Error, ErrorKind, ListRequest, Mode, Page, RequestId};
use crate::phone::{
    Cents, Detail, EndpointId, Field, Kind, Number, NumberId, NumberText, Offer, Password, Price, Secret,
    SipCredentials, Status, Switch,
};
use crate::write::{Attached, Batch, Intent, Outcome, Stage, WritePermission};

const ORGANIZATION: &str = "org-1";

struct Desk {
    app: App,
    now: Timestamp,
    /// The writes that were sent.
    sent: HashMap<TaskId, Batch>,
}

impl std::ops::Deref for Desk {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

fn standing(mode: Mode, organization: Option<&str>) -> WritePermission {
    WritePermission { mode, read_only: false, organization: organization.map(str::to_owned), foreign: None }
}

impl Desk {
    /// Nothing was asked for yet.
    fn with(standing: WritePermission) -> Self {
        let now: Timestamp = "2026-03-03T14:02:00Z".parse().unwrap();
        let session = Account {
            profile: "test".to_owned(),
            organization: None,
            standing,
            zone: TimeZone::UTC,
            profiles: Vec::new(),
            call: Invocation::default(),
        };
        let mut desk =
            Self { app: App::new(session, Size { width: 120, height: 40 }, now), now, sent: HashMap::new() };
        desk.app.drawn(true);
        desk
    }

    /// A TEST session that has read ten owned numbers and knows no endpoints by name.
    fn owning(count: u64) -> Self {
        Self::with(standing(Mode::Test, None)).reading((0..count).map(number).collect())
    }

    /// Reads these as the owned numbers.
    fn reading(mut self, numbers: Vec<Number>) -> Self {
        let first = self.app.start(Tab::Owned, "");
        self.list(task_of(&first), numbers);
        let endpoints = first.iter().find_map(|effect| match effect {
            Effect::Endpoints(task) => Some(*task),
            _ => None,
        });
        let none = Reply::Endpoints(Err(Error::new(ErrorKind::NotFound, "no such page")));
        self.reply(endpoints.unwrap(), none);
        self.app.ctx.notice = None;
        self
    }

    /// Ten numbers of NG on sale are shown.
    fn shopping() -> Self {
        Self::owning(10).at_the_shelf((0..10).map(offer).collect())
    }

    fn at_the_shelf(mut self, numbers: Vec<Number>) -> Self {
        let asked = self.press("2 enter");
        self.list(task_of(&asked), numbers);
        self.app.ctx.notice = None;
        self
    }

    /// The review of the first number on sale.
    fn reviewing() -> Self {
        let mut desk = Self::shopping();
        assert_eq!(desk.press("b"), []);
        desk
    }

    /// The purchase of the first number on sale is on its way.
    fn buying() -> (Self, TaskId) {
        let mut desk = Self::reviewing();
        let sent = desk.press("1 0 0 0 enter");
        let task = task_of(&sent);
        (desk, task)
    }

    /// The detail of the first number, read.
    fn at_detail(password: Password) -> Self {
        let mut desk = Self::owning(10);
        let asked = desk.press("enter");
        desk.detail(task_of(&asked), detail(number(0), password));
        desk
    }

    /// Presses keys one by one; each frame is seen before the next key.
    fn press(&mut self, keys: &str) -> Vec<Effect> {
        self.keys(keys, true)
    }

    /// Types a text, letter by letter.
    fn type_in(&mut self, text: &str) -> Vec<Effect> {
        let keys: Vec<String> =
            text.chars().map(|c| if c == ' ' { "space".to_owned() } else { c.to_string() }).collect();
        self.press(&keys.join(" "))
    }

    /// Presses keys faster than anything is drawn.
    fn burst(&mut self, keys: &str) -> Vec<Effect> {
        self.keys(keys, false)
    }

    fn keys(&mut self, keys: &str, drawn: bool) -> Vec<Effect> {
        let mut effects = Vec::new();
        for key in keys.split_whitespace() {
            let key = Key::parse(key).unwrap_or_else(|| panic!("no key {key}"));
            effects.extend(self.app.update(self.now, Event::Key(key)));
            self.note(&effects);
            if drawn {
                self.app.drawn(true);
            }
        }
        effects
    }

    fn event(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.app.update(self.now, event);
        self.note(&effects);
        self.app.drawn(true);
        effects
    }

    fn reply(&mut self, task: TaskId, reply: Reply) -> Vec<Effect> {
        self.event(Event::Task(task, reply))
    }

    fn page(&mut self, task: TaskId, numbers: Vec<Number>, next_offset: u64, end: bool) {
        self.reply(task, Reply::Page(Page { numbers, total: None, next_offset, end, again: false }));
    }

    /// A whole list arrives as one page.
    fn list(&mut self, task: TaskId, numbers: Vec<Number>) {
        let count = numbers.len() as u64;
        self.page(task, numbers, count, true);
        self.reply(task, Reply::Listed(Ok(())));
    }

    fn detail(&mut self, task: TaskId, detail: Detail) {
        self.reply(task, Reply::Detail(Box::new(Ok(detail))));
    }

    /// What becomes of the one write that `task` sent, or looks at.
    fn outcome(&mut self, task: TaskId, outcome: Outcome) -> Vec<Effect> {
        let Some(mut run) = self.sent.get(&task).cloned() else {
            return self.reply(task, Reply::Outcome(Box::new(outcome)));
        };
        run.enter(0, outcome.clone());
        let mut effects = self.reply(task, Reply::LineEnded(0, Box::new(outcome)));
        effects.extend(self.reply(task, Reply::Run(Box::new(run))));
        effects
    }

    /// How far the one write has come that `task` sent, or looks at.
    fn stage(&mut self, task: TaskId, stage: Stage) {
        let reply =
            if self.sent.contains_key(&task) { Reply::Line(0, Some(stage)) } else { Reply::Stage(stage) };
        self.reply(task, reply);
    }

    fn note(&mut self, effects: &[Effect]) {
        for effect in effects {
            if let Effect::Run(task, run) = effect {
                self.sent.insert(*task, (**run).clone());
            }
        }
    }

    /// Time passes, and the loop wakes the app.
    fn wait(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        assert_eq!(self.event(Event::Wake), []);
    }

    fn selected(&self) -> &str {
        self.app.listing().selected().unwrap().id.as_str()
    }

    fn told(&self) -> &str {
        self.app.ctx.notice.as_ref().map_or("", |notice| notice.text.as_str())
    }

    fn offers(&self, key: &str) -> bool {
        let key = Key::parse(key).unwrap();
        let offers = self.app.offers();
        let bound: Vec<_> = self.app.ctx.keys.actions(key).collect();
        bound
            .into_iter()
            .any(|action| offers.iter().any(|offer| offer.action == action && offer.obstacle.is_none()))
    }

    fn writes(&self) -> &Writes {
        match self.app.screen() {
            Screen::Writes(writes) => writes,
            other => panic!("no writes but {other:?}"),
        }
    }

    /// The row of the one purchase that is on screen.
    fn bought_row(&self) -> &Number {
        self.writes().one_row().unwrap_or_else(|| panic!("not one purchase but {:?}", self.writes()))
    }

    /// Twelve numbers on sale are marked, and their purchase is reviewed.
    fn with_a_cart() -> Self {
        let mut desk = Self::owning(12).at_the_shelf((0..12).map(offer).collect());
        assert_eq!(desk.press("* b"), []);
        desk
    }

    fn confirm(&self) -> &Confirm {
        match self.app.overlay() {
            Some(Overlay::Confirm(confirm)) => confirm,
            other => panic!("no question but {other:?}"),
        }
    }

    /// The detail that the screen on top shows, once it was read.
    fn detail_read(&self) -> Option<&Detail> {
        self.app.ctx.details.get(&self.detail_view()?.id).and_then(super::Remote::value)
    }

    fn detail_view(&self) -> Option<&DetailView> {
        match self.app.screen() {
            Screen::Detail(view) => Some(view),
            _ => None,
        }
    }

    fn change(&self) -> &Change {
        match self.app.overlay() {
            Some(Overlay::Confirm(Confirm::Change(change))) => change,
            other => panic!("no change but {other:?}"),
        }
    }
}

/// The task of the only effect that has one and is no cancellation.
fn task_of(effects: &[Effect]) -> TaskId {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::List(task, _) | Effect::Detail(task, _) | Effect::Offer(task, _) => Some(*task),
        Effect::Ledger(task) | Effect::Undo(task, _) | Effect::Activity(task) => Some(*task),
        Effect::Run(task, _) | Effect::Export(task, _) | Effect::Past(task, _) => Some(*task),
        Effect::Check { task, .. } | Effect::Checks { task, .. } | Effect::Keep { task, .. } => Some(*task),
        Effect::PlanFile(task, _) => Some(*task),
        Effect::Look { task, .. } | Effect::Copy { task, .. } | Effect::CopyThrough(task, _) => Some(*task),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no task in {effects:?}"))
}

fn list_of(effects: &[Effect]) -> &ListRequest {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::List(_, list) => Some(list),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no list in {effects:?}"))
}

fn writes(effects: &[Effect]) -> Vec<&Intent> {
    let sent = effects.iter().flat_map(|effect| match effect {
        Effect::Run(_, run) => run.lines().iter().map(|line| &line.intent).collect(),
        _ => Vec::new(),
    });
    sent.collect()
}

/// An owned number that calls reach. Their lines end in 4560, 4561 and so on.
fn number(i: u64) -> Number {
    let mut n = Number::new(
        NumberId::new(&format!("n-{i}")),
        NumberText::parse(&format!("+{}", 2_348_031_234_560_u64 + i)),
    );
    n.country = Some("NG".into());
    n.kind = Some(Kind::Mobile);
    n.status = Some(Status::Active);
    n.endpoint = Field::Value(EndpointId::new(["ep-a", "ep-b"][i as usize % 2]));
    n.switches[Switch::Inbound] = Some(true);
    n.switches[Switch::Outbound] = Some(false);
    n.organization = Some(ORGANIZATION.into());
    n
}

/// A number on sale. Their lines end in 1000, 1001 and so on.
fn offer(i: u64) -> Number {
    let mut n = Number::new(
        NumberId::new(&format!("inv-{i}")),
        NumberText::parse(&format!("+{}", 2_348_037_771_000_u64 + i)),
    );
    n.country = Some("NG".into());
    n.kind = Some(Kind::Mobile);
    n.offer = Some(Box::new(Offer { price: price(), ..Offer::default() }));
    n
}

fn price() -> Price {
    Price { setup: Some(Cents(500)), monthly: Some(Cents(400)) }
}

/// A number on sale whose price the list does not say.
fn unpriced(i: u64) -> Number {
    Number { offer: None, ..offer(i) }
}

fn detail(number: Number, password: Password) -> Detail {
    let credentials = SipCredentials {
        domain: Some("sip.example.net".to_owned()),
        port: Some(5061),
        username: Some("2348031234560".to_owned()),
        password,
        extra: serde_json::Map::new(),
    };
    Detail { number, credentials: Some(credentials), endpoint: None, hidden: Vec::new() }
}

fn password() -> Password {
    Password::Set(Secret::new("hunter2".to_owned()))
}

fn bought(number: Number) -> Outcome {
    Outcome::Bought { number: Box::new(number), endpoint: Attached::NotAsked, found: false }
}

fn unknown() -> Outcome {
    let error = Error { request_id: Some(RequestId::random().to_string()), ..lost() };
    Outcome::Unknown { error, why: "the list could not be read".to_owned() }
}

fn lost() -> Error {
    Error::new(ErrorKind::Timeout, "no answer in 60 s")
}

fn broken() -> Reply {
    Reply::Listed(Err(Error::new(ErrorKind::Connect, "connection refused")))
}
