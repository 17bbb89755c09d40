//! Dashboards in every state that is worth looking at, made by keys and replies alone.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use numdeck::api::{Error, ErrorKind, Kyc, Mode, Page, Request, RequestId};
use numdeck::app::past::Past;
use numdeck::app::screen::Screen;
use numdeck::app::{Account, App, Effect, Event, Invocation, Key, ProfileChoice, Reply, Tab, TaskId};
use numdeck::check::{CalledNumber, Facts, named, step_of_calls};
use numdeck::phone::{
    Call, CallDirection, CallList, CallStatus, CallsAnswer, Capabilities, Cents, Changes, Detail, Endpoint,
    EndpointId, Field, HangupCause, Kind, Label, Labels, MaskedNumber, Moment, Number, NumberId, NumberText,
    Offer, Password, Price, Secret, Setting, SipCredentials, Status, Switch,
};
use numdeck::plan::PlanSource;
use numdeck::sip::{Code, LegKind, Progress, Report, Step, StepKind, Verdict};
use numdeck::store::{Aspect, ChangeAuthor, Fact, NumberChange};
use numdeck::write::{
    Attached, Batch, Entry, Intent, Outcome, OutcomeKind, PriceSource, Stage, WritePermission,
};
use ratatui::layout::Size;

/// The password of every number that has one.
pub(crate) const PASSWORD: &str = "Tr0ub4dor-and-3";

/// An app with somebody in front of it.
pub(crate) struct Seat {
    pub(crate) app: App,
    now: Timestamp,
}

pub(crate) fn standing(mode: Mode, organization: Option<&str>) -> WritePermission {
    WritePermission { mode, read_only: false, organization: organization.map(str::to_owned), foreign: None }
}

impl Seat {
    /// Nothing has been answered yet.
    pub(crate) fn waiting(standing: WritePermission) -> (Self, TaskId, TaskId) {
        let now: Timestamp = "2026-03-03T14:02:00Z".parse().unwrap();
        let session = Account {
            profile: "acme".to_owned(),
            organization: None,
            standing,
            zone: TimeZone::UTC,
            profiles: Vec::new(),
            call: Invocation::default(),
        };
        let mut app = App::new(session, Size { width: 120, height: 40 }, now);
        let first = app.start(Tab::Owned, "");
        let [Effect::List(list, _), Effect::Endpoints(endpoints)] = first[..] else { panic!("{first:?}") };
        (Self { app, now }, list, endpoints)
    }

    pub(crate) fn with(standing: WritePermission, numbers: Vec<Number>) -> Self {
        let (mut seat, list, names) = Self::waiting(standing);
        seat.list(list, numbers);
        seat.reply(names, Reply::Endpoints(Ok(endpoints())));
        seat
    }

    /// There are three profiles, this one among them.
    fn with_profiles(mut self) -> Self {
        let choice =
            |name: &str, place: &str| ProfileChoice { name: name.to_owned(), place: place.to_owned() };
        self.app.ctx.account.profiles = vec![
            choice("acme", "https://api.krosai.com/v1, organization server default"),
            choice("night shift of the second site", "https://api.krosai.com/v1, read-only"),
            choice("staging", "http://127.0.0.1:8080/v1, organization a1000000"),
        ];
        self
    }

    pub(crate) fn owning() -> Self {
        Self::with(standing(Mode::Test, None), owned())
    }

    pub(crate) fn event(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.app.update(self.now, event);
        self.app.drawn(true);
        effects
    }

    /// Something happens before the next frame is drawn.
    pub(crate) fn unseen_event(&mut self, event: Event) -> Vec<Effect> {
        self.app.update(self.now, event)
    }

    /// A minute passes.
    pub(crate) fn wait_a_while(&mut self) {
        self.now = self.now.checked_add(SignedDuration::from_secs(61)).unwrap();
        self.app.update(self.now, Event::Wake);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn press(&mut self, keys: &str) -> Vec<Effect> {
        let keys = keys.split_whitespace().map(|key| Key::parse(key).unwrap());
        let mut effects = Vec::new();
        for key in keys {
            effects.extend(self.event(Event::Key(key)));
        }
        effects
    }

    pub(crate) fn pressed(mut self, keys: &str) -> Self {
        self.press(keys);
        self
    }

    pub(crate) fn reply(&mut self, task: TaskId, reply: Reply) {
        self.event(Event::Task(task, reply));
    }

    pub(crate) fn list(&mut self, task: TaskId, numbers: Vec<Number>) {
        let next_offset = numbers.len() as u64;
        self.reply(task, Reply::Page(Page { numbers, total: None, next_offset, end: true, again: false }));
        self.reply(task, Reply::Listed(Ok(())));
    }

    /// The last notice has gone.
    pub(crate) fn quiet(mut self) -> Self {
        self.wait(60);
        self
    }

    pub(crate) fn wait(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        self.event(Event::Wake);
    }

    pub(crate) fn at_detail(detail: Detail) -> Self {
        let mut seat = Self::with(standing(Mode::Test, None), vec![detail.number.clone()]);
        let task = task_of(&seat.press("enter"));
        seat.reply(task, Reply::Detail(Box::new(Ok(detail))));
        seat
    }

    pub(crate) fn at_the_shelf(mut self, numbers: Vec<Number>) -> Self {
        let task = task_of(&self.press("2 enter"));
        self.list(task, numbers);
        self
    }

    pub(crate) fn shopping() -> Self {
        Self::owning().at_the_shelf(shelf())
    }

    pub(crate) fn buying() -> (Self, Vec<Effect>) {
        let mut seat = Self::shopping().pressed("b");
        let sent = seat.press("1 2 3 4 enter");
        (seat, sent)
    }

    pub(crate) fn bought(outcome: Outcome) -> Self {
        let (seat, sent) = Self::buying();
        seat.answered(&sent, outcome)
    }

    pub(crate) fn changed(outcome: Outcome) -> Self {
        let mut seat = Self::owning();
        let sent = seat.press("o y e s enter");
        seat.answered(&sent, outcome)
    }

    /// What becomes of the one write that was sent.
    fn answered(mut self, sent: &[Effect], outcome: Outcome) -> Self {
        let [Effect::Run(task, run)] = sent else { panic!("{sent:?}") };
        let mut run = run.clone();
        run.enter(0, outcome.clone());
        self.reply(*task, Reply::LineEnded(0, Box::new(outcome)));
        self.reply(*task, Reply::Run(run));
        self
    }
}

pub(crate) fn task_of(effects: &[Effect]) -> TaskId {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::List(task, _) | Effect::Detail(task, _) | Effect::Offer(task, _) => Some(*task),
        Effect::Run(task, _) => Some(*task),
        Effect::Undo(task, _) | Effect::Activity(task) => Some(*task),
        Effect::Check { task, .. } | Effect::Checks { task, .. } => Some(*task),
        Effect::Ledger(task) | Effect::Past(task, _) | Effect::PlanFile(task, _) => Some(*task),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no task in {effects:?}"))
}

fn endpoints() -> Vec<Endpoint> {
    let endpoint = |id: &str, name: &str, kind: &str, status: &str| Endpoint {
        id: EndpointId::new(id),
        name: Some(name.to_owned()),
        kind: Some(kind.to_owned()),
        status: Some(status.to_owned()),
        url: Some(format!("sip:{name}@pbx.example.net")),
    };
    vec![
        endpoint("ep-1", "sales-bot", "agent", "active"),
        endpoint("ep-2", "support", "sip", "active"),
        endpoint("ep-3", "night-desk", "webhook", "error"),
    ]
}

/// A number as owners of it see it in their list.
pub(crate) fn number(i: u64) -> Number {
    let (country, first, kind) = [
        ("NG", 2_348_031_234_560_u64, Kind::Mobile),
        ("GH", 233_302_123_450, Kind::Local),
        ("KE", 254_711_123_450, Kind::Mobile),
    ][i as usize % 3]
        .clone();
    let mut n =
        Number::new(NumberId::new(&format!("number-{i}")), NumberText::parse(&format!("+{}", first + i)));
    n.country = Some(country.into());
    n.kind = Some(kind);
    n.status =
        Some([Status::Active, Status::Active, Status::Pending, Status::Inactive][i as usize % 4].clone());
    n.endpoint = match i % 5 {
        4 => Field::Null,
        one => Field::Value(EndpointId::new(["ep-1", "ep-2", "ep-3", "ep-unnamed"][one as usize])),
    };
    n.switches[Switch::Inbound] = Some(i % 7 != 6);
    n.switches[Switch::Outbound] = Some(i % 2 == 1);
    n.sip_uri = Some(format!("sip:{}@sip.example.net", n.line.digits()).into());
    n.organization = Some("org-acme".into());
    n.created_at = Some(Moment::parse("2025-11-20T08:00:00Z"));
    n.updated_at = Some(Moment::parse("2026-03-01T14:02:00Z"));
    n
}

pub(crate) fn owned() -> Vec<Number> {
    (0..12).map(number).collect()
}

/// The same, all of them active.
fn in_use() -> Vec<Number> {
    owned().into_iter().map(|number| number.with(|traits| traits.status = Some(Status::Active))).collect()
}

pub(crate) fn price() -> Price {
    Price { setup: Some(Cents(500)), monthly: Some(Cents(400)) }
}

/// A number on sale; the last one has no price.
fn on_sale(i: u64) -> Number {
    let mut n = Number::new(
        NumberId::new(&format!("offer-{i}")),
        NumberText::parse(&format!("+{}", 2_348_037_771_234_u64 + 111 * i)),
    );
    n.country = Some("NG".into());
    n.kind = Some(if i.is_multiple_of(2) { Kind::Mobile } else { Kind::TollFree });
    let price = match i {
        5 => Price::UNKNOWN,
        4 => Price { setup: Some(Cents(0)), monthly: Some(Cents(123_456)) },
        _ => price(),
    };
    let capabilities = Capabilities { voice: Some(true), sms: Some(i.is_multiple_of(2)), fax: None };
    n.offer = Some(Box::new(Offer { price, capabilities }));
    n
}

pub(crate) fn shelf() -> Vec<Number> {
    (0..6).map(on_sale).collect()
}

pub(crate) fn detail(password: Password) -> Detail {
    let mut number = number(0);
    number.offer = on_sale(0).offer;
    let credentials = SipCredentials {
        domain: Some("sip.example.net".to_owned()),
        port: Some(5061),
        username: Some("2348031234560".to_owned()),
        password,
        extra: serde_json::Map::new(),
    };
    Detail { number, credentials: Some(credentials), endpoint: None, hidden: Vec::new() }
}

pub(crate) fn secret() -> Password {
    Password::Set(Secret::new(PASSWORD.to_owned()))
}

fn ours() -> Number {
    Number { id: NumberId::new("number-new"), offer: None, ..on_sale(0) }.with(|traits| {
        traits.endpoint = Field::Null;
        traits.switches = Switch::Inbound.set(true);
        traits.status = Some(Status::Active);
    })
}

fn lost() -> Error {
    Error::new(ErrorKind::Timeout, "no answer within 60 s")
}

fn refusal(kind: ErrorKind, status: u16, code: &str, message: &str) -> Outcome {
    Outcome::Refused(Error { status: Some(status), code: Some(code.to_owned()), ..Error::new(kind, message) })
}

pub(crate) fn live() -> Seat {
    Seat::with(standing(Mode::Live, None), owned())
}

/// Every state with a name. The names are those of the snapshots.
pub(crate) fn states() -> Vec<(&'static str, Seat)> {
    let (loading, ..) = Seat::waiting(standing(Mode::Test, None));
    let (mut broken, task, names) = Seat::waiting(standing(Mode::Test, None));
    let refused = || Error::new(ErrorKind::Connect, "connection refused");
    broken.reply(task, Reply::Listed(Err(refused())));
    broken.reply(names, Reply::Endpoints(Err(refused())));
    let mut stale = Seat::owning();
    let task = task_of(&stale.press("r"));
    stale.reply(task, Reply::Listed(Err(refused())));
    let (mut partial, task, names) = Seat::waiting(standing(Mode::Test, None));
    partial.reply(
        task,
        Reply::Page(Page { numbers: owned(), total: None, next_offset: 12, end: false, again: false }),
    );
    partial.reply(task, Reply::Listed(Ok(())));
    partial.reply(names, Reply::Endpoints(Ok(endpoints())));
    let mut unpriced = Seat::shopping().pressed("end");
    let task = task_of(&unpriced.press("b"));
    unpriced.reply(task, Reply::Detail(Box::new(Err(Error::new(ErrorKind::NotFound, "no such record")))));
    let looking = {
        let (mut seat, sent) = Seat::buying();
        seat.reply(task_of(&sent), Reply::Line(0, Some(Stage::Looking)));
        seat
    };
    let sending = || {
        let mut seat = Seat::owning();
        let sent = seat.press("o y e s enter");
        seat.reply(task_of(&sent), Reply::Line(0, Some(Stage::Sending)));
        seat.pressed("esc")
    };
    let bought = |endpoint, found| Outcome::Bought { number: Box::new(ours()), endpoint, found };
    let unknown = || Outcome::Unknown {
        error: Error { request_id: Some(entry_id().to_string()), ..lost() },
        why: "it is neither among the owned numbers nor on sale".to_owned(),
    };
    let dearer = Price { monthly: Some(Cents(900)), ..price() };
    let mut read_only = standing(Mode::Live, Some("org-acme"));
    read_only.read_only = true;
    let foreign = {
        let mut seat = Seat::with(standing(Mode::Live, Some("org-acme")), owned());
        let task = task_of(&seat.press("r"));
        let mut numbers = owned();
        numbers[3].organization = Some("org-other".into());
        seat.list(task, numbers);
        seat
    };
    vec![
        ("owned", Seat::owning().quiet()),
        ("owned_partial", partial.quiet()),
        ("owned_filtered", Seat::owning().pressed("/ n g enter down")),
        ("owned_filter_typed", Seat::owning().pressed("/ i n b o u n d : x")),
        ("owned_no_match", Seat::owning().pressed("/ z z z enter")),
        ("owned_sorted", Seat::owning().pressed("s S").quiet()),
        ("owned_empty", Seat::with(standing(Mode::Test, None), vec![])),
        ("owned_loading", loading),
        ("owned_broken", broken.quiet()),
        ("owned_stale", stale),
        ("inventory_form", Seat::owning().pressed("2 f")),
        ("commands", Seat::owning().pressed(": r e")),
        ("command_lines", Seat::owning().pressed("Y")),
        ("export", Seat::owning().pressed("/ n g enter X")),
        ("problems", Seat::owning().pressed("!")),
        ("private", Seat::owning().pressed("P")),
        ("changes", changes("4")),
        ("changes_none", no_changes()),
        ("history", changes("h")),
        ("plan", plan(ROUTES).pressed("down space down down")),
        ("plan_met", plan("number,status\n+2348031234560,active\n")),
        ("plan_refused", plan("number,endpoint\n+2348031234560,sales-bto\n+2348031234569,none\n")),
        ("label", labelled().pressed("l tab D e s k")),
        ("label_of_several", labelled().pressed("space down space l")),
        ("labelled", labelled().quiet()),
        ("detail_labelled", labelled().pressed("enter")),
        ("pinned", labelled().pressed("x")),
        ("ledger_entry", ledger().pressed("down enter")),
        ("inventory_start", Seat::owning().pressed("2")),
        ("inventory_form_wrong", Seat::owning().pressed("2 f z z z enter")),
        ("inventory_loading", Seat::owning().pressed("2 enter")),
        ("inventory_results", Seat::shopping()),
        ("inventory_nothing", Seat::owning().at_the_shelf(vec![])),
        ("detail_loading", Seat::owning().pressed("enter")),
        ("detail_masked", Seat::at_detail(detail(secret()))),
        ("detail_revealed", Seat::at_detail(detail(secret())).pressed("v")),
        ("detail_hidden", Seat::at_detail(detail(Password::Hidden))),
        ("detail_unset", Seat::at_detail(detail(Password::Unset))),
        ("detail_raw", Seat::at_detail(detail(secret())).pressed("w")),
        ("purchase_review", Seat::shopping().pressed("b 1 2")),
        ("purchase_unknown_price", unpriced),
        ("purchase_sending", Seat::buying().0),
        ("purchase_looking", looking),
        ("purchase_bought", Seat::bought(bought(Attached::NotAsked, false))),
        (
            "purchase_found_without_endpoint",
            Seat::bought(bought(
                Attached::Missing(Box::new(refusal(ErrorKind::Forbidden, 403, "FORBIDDEN", "not allowed"))),
                true,
            )),
        ),
        (
            "purchase_refused",
            Seat::bought(refusal(ErrorKind::Balance, 402, "INSUFFICIENT_BALANCE", "The balance is too low")),
        ),
        (
            "purchase_kyc",
            Seat::bought(refusal(ErrorKind::Kyc(Kyc::Pending), 400, "KYC_PENDING", "Under review")),
        ),
        ("purchase_not_done", Seat::bought(Outcome::NotDone(lost()))),
        ("purchase_unknown", Seat::bought(unknown())),
        ("purchase_price_moved", Seat::bought(Outcome::PriceMoved { reviewed: price(), now: dearer })),
        ("purchase_not_sent", Seat::bought(Outcome::NotSent(refused()))),
        ("change_yes", Seat::owning().pressed("o y")),
        ("change_digits", Seat::owning().pressed("x 4 5 enter")),
        ("change_delete", Seat::at_detail(detail(secret())).pressed("D + 2 3 4")),
        ("change_sending", sending()),
        (
            "change_ignored",
            Seat::changed(Outcome::Ignored { number: Box::new(number(0)), fields: vec!["outbound"] }),
        ),
        ("change_unknown", Seat::changed(unknown())),
        ("pin", live().pressed("o y")),
        ("endpoints", Seat::owning().pressed("e")),
        ("endpoints_typed", Seat::owning().pressed("e e p - n e w")),
        ("profiles", Seat::owning().with_profiles().pressed("p down")),
        ("profiles_none", Seat::owning().pressed("p")),
        ("copy", Seat::at_detail(detail(secret())).pressed("y down")),
        ("ledger", ledger()),
        ("ledger_filtered", ledger().pressed("/ r e l e a s e enter")),
        ("owned_marked", Seat::owning().pressed("space space down space").quiet()),
        ("inventory_marked", Seat::shopping().pressed("space space").quiet()),
        ("many_review", Seat::shopping().pressed("space space space b")),
        ("many_switch", Seat::owning().pressed("space space space i")),
        ("many_release", Seat::owning().pressed("space space x")),
        ("many_doubted", Seat::bought(unknown()).pressed("esc space space b")),
        ("many_unknown", many_unknown(unknown())),
        ("many_long", Seat::with(standing(Mode::Test, None), in_use()).pressed("* x")),
        ("purchase_doubted", Seat::bought(unknown()).pressed("esc b")),
        ("purchase_endpoint_error", Seat::bought(bought_with_trouble())),
        ("check_stopped", Seat::owning().pressed("c ctrl-c").quiet()),
        ("many_running", running().0),
        ("many_ended", many_ended()),
        ("activity", activity()),
        ("undo", undo()),
        ("check_running", check_running().0),
        ("check_failed", check_failed()),
        ("check_calls", check_calls()),
        ("checks", checks()),
        ("checks_over", checks_over()),
        ("check_of_many", checks_over().pressed("down enter enter")),
        ("checks_of_cause", checks_over().pressed("enter")),
        ("checks_planned", checks_planned()),
        ("credentials", with_account(5061).pressed("A y")),
        ("check_account", with_account(36161)),
        ("help", Seat::owning().pressed("?")),
        ("live", live().quiet()),
        ("live_read_only", Seat::with(read_only, owned()).quiet()),
        ("live_foreign", foreign),
    ]
}

/// How some numbers should be.
const ROUTES: &str = "number,endpoint,inbound,outbound\n+2348031234560,night-desk,,on\n+233302123451,none,off,\n\
                      +2348031234563,support,,off\n+233302123454,,,\n";

/// A plan from a file that says so.
fn plan(text: &str) -> Seat {
    let mut seat = Seat::owning();
    let task = task_of(&seat.press(": p l a n space r o u t e s . c s v enter"));
    let read = PlanSource::read(text.as_bytes()).map_err(|why| why.to_string());
    seat.reply(task, Reply::PlanFile(Box::new(read)));
    seat
}

/// A time of March.
fn at(text: &str) -> Timestamp {
    format!("2026-03-{text}Z").parse().unwrap()
}

/// What happened, over the screen that these keys open.
fn changes(keys: &str) -> Seat {
    let mut seat = Seat::owning();
    let asked = seat.press(keys);
    let task = task_of(&asked);
    let calls = asked.iter().find_map(|effect| match effect {
        Effect::Calls(task, ..) => Some(*task),
        _ => None,
    });
    let change = |n: u64, aspect, before, after, not_before: &str, not_after: &str, author| NumberChange {
        number: number(n).id,
        line: number(n).line,
        aspect,
        before,
        after,
        not_before: Some(at(not_before)),
        not_after: at(not_after),
        author,
    };
    let endpoint = Aspect::Setting(Setting::Endpoint);
    let ours = ChangeAuthor::Us(entry_id());
    let bot = || Fact::Text("ep-1".into());
    let inbound = Aspect::Setting(Setting::Switch(Switch::Inbound));
    let mut all = vec![
        change(0, endpoint, bot(), Fact::Null, "03T13:40:00", "03T14:02:00", ChangeAuthor::Elsewhere),
        change(0, inbound, Fact::Flag(false), Fact::Flag(true), "03T13:40:00", "03T14:02:00", ours),
    ];
    if keys == "4" {
        let gone = (Fact::Unsaid, Fact::Unsaid);
        all.push(change(
            7,
            Aspect::Gone,
            gone.0,
            gone.1,
            "02T09:00:00",
            "02T21:00:00",
            ChangeAuthor::Unclear,
        ));
    }
    let past = Past {
        changes: all,
        since: Some(at("01T10:00:00")),
        until: Some(at("03T14:02:00")),
        ..Past::default()
    };
    seat.reply(task, Reply::Past(Ok(Box::new(past))));
    if let Some(calls) = calls {
        seat.reply(
            calls,
            Reply::Calls(Ok(CallsAnswer::Listed(CallList { calls: some_calls(), ..CallList::default() }))),
        );
    }
    seat
}

/// One that was answered, and later ones that were not.
fn some_calls() -> Vec<Call> {
    let call = |time: &str, status: &str, cause: &str, seconds: i64| Call {
        id: Some(format!("call-{}", &time[3..5]).into()),
        at: at(time),
        direction: CallDirection::Inbound,
        other: MaskedNumber::of("+2348031230077"),
        status: CallStatus::parse(status),
        cause: Some(HangupCause::parse(cause)),
        answered: None,
        lasted: Some(SignedDuration::from_secs(seconds)),
        endpoint: Some(EndpointId::new("ep-1")),
    };
    vec![
        call("03T13:58:00", "busy", "busy", 0),
        call("03T13:57:00", "busy", "busy", 0),
        call("03T12:30:00", "completed", "normal_clearing", 84),
    ]
}

/// The servers answer, and the last calls were not taken.
fn check_calls() -> Seat {
    let (mut seat, task) = check_running();
    let answered = step(StepKind::Options, Code::Ok, "answered 200 OK");
    let report = found(&owned()[0], &seat, vec![resolved(), answered]);
    let list = CallList { calls: some_calls(), ..CallList::default() };
    let report = report.knowing(step_of_calls(
        &list,
        CalledNumber { endpoint: Some(&EndpointId::new("ep-1")), changed: None },
        at("03T14:02:00"),
    ));
    seat.reply(task, Reply::Checked(0, Arc::new(report)));
    seat
}

/// Nothing was read whole yet.
fn no_changes() -> Seat {
    let mut seat = Seat::owning();
    let task = task_of(&seat.press("4"));
    seat.reply(task, Reply::Past(Ok(Box::default())));
    seat
}

/// The first number is pinned and has tags.
fn labelled() -> Seat {
    let mut seat = Seat::owning();
    let label = Label {
        tags: vec!["sales".to_owned(), "vip".to_owned()],
        note: Some("front desk, 2nd floor".to_owned()),
        pinned: true,
    };
    seat.app.know_labels(Ok(Labels::new([(number(0).line.valid().unwrap(), label)])));
    seat
}

/// One of them.
pub(crate) fn state(name: &str) -> Seat {
    let found = states().into_iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no state {name}")).1
}

pub(crate) fn entry_id() -> RequestId {
    RequestId::parse("5f0c1e2a-0000-4000-8000-000000000001").unwrap()
}

/// A ledger with a purchase in doubt below two that ended.
fn ledger() -> Seat {
    let mut seat = Seat::owning();
    let task = task_of(&seat.press("3"));
    let entries =
        [(3, None), (4, Some(OutcomeKind::Refused)), (5, Some(OutcomeKind::Done))].map(|(i, outcome)| {
            let intent = Intent::buy(&on_sale(i), price(), PriceSource::Row, None, None);
            let said = outcome.map(|_| "As the server said.".to_owned()).unwrap_or_default();
            Entry { outcome, said, ..Entry::begun(entry_id(), seat.app.ctx.now, intent, false) }
        });
    seat.reply(task, Reply::Ledger(Ok(entries.to_vec())));
    seat
}

/// Three numbers are bought one after another; the second one is on its way.
fn running() -> (Seat, TaskId, Batch) {
    let mut seat = Seat::shopping();
    let sent = seat.press("space space space b 3 enter");
    let found = sent.into_iter().find_map(|effect| match effect {
        Effect::Run(task, run) => Some((task, *run)),
        _ => None,
    });
    let (task, mut run) = found.expect("a run is sent");
    let number = owned().remove(0).with(|traits| traits.endpoint = Field::Null);
    let first = Outcome::Bought { number: Box::new(number), endpoint: Attached::NotAsked, found: false };
    run.settle(0, first.clone());
    seat.reply(task, Reply::LineEnded(0, Box::new(first)));
    seat.reply(task, Reply::Line(1, Some(Stage::Sending)));
    (seat, task, run)
}

/// The answer about the second of three was lost for good.
fn many_unknown(unknown: Outcome) -> Seat {
    let (mut seat, task, mut run) = running();
    run.settle(1, unknown.clone());
    seat.reply(task, Reply::LineEnded(1, Box::new(unknown)));
    seat.reply(task, Reply::Run(Box::new(run)));
    seat
}

/// Bought, and the endpoint that it got is out of order.
fn bought_with_trouble() -> Outcome {
    let number = ours().with(|traits| traits.endpoint = Field::Value(EndpointId::new("ep-3")));
    Outcome::Bought { number: Box::new(number), endpoint: Attached::AsAsked, found: false }
}

/// The balance ran out after the first of three.
fn many_ended() -> Seat {
    let (mut seat, task, mut run) = running();
    let error = Error { status: Some(402), ..Error::new(ErrorKind::Balance, "the balance is too low") };
    run.settle(1, Outcome::Refused(error));
    seat.reply(task, Reply::Run(Box::new(run)));
    seat
}

fn activity() -> Seat {
    let mut seat = Seat::owning();
    let task = task_of(&seat.press("a"));
    let request = |seconds: i64, method: &str, target: &str, status, millis| Request {
        clock: None,
        at: seat.now.checked_add(SignedDuration::from_secs(seconds)).unwrap(),
        method: method.to_owned(),
        target: target.to_owned(),
        status,
        unreadable: false,
        took: std::time::Duration::from_millis(millis),
        id: RequestId::parse("5f0c1e2a-0000-4000-8000-000000000001").unwrap(),
    };
    let requests = vec![
        request(-9, "GET", "/v1/phone-numbers?action=assigned&limit=100&offset=0", Some(200), 84),
        request(-8, "GET", "/v1/endpoints", Some(404), 12),
        request(-1, "POST", "/v1/phone-numbers", None, 60_000),
    ];
    seat.reply(task, Reply::Activity(requests, Some(41)));
    seat
}

/// The endpoint of the first number was changed from here, and `u` was pressed.
fn undo() -> Seat {
    let mut seat = Seat::owning();
    let task = task_of(&seat.press("u"));
    let now = owned().remove(0);
    let before = now.clone().with(|traits| traits.endpoint = Field::Value(EndpointId::new("ep-2")));
    let changes = Changes { endpoint: Some(now.endpoint.value().cloned()), ..Changes::default() };
    let entry = Entry::begun(entry_id(), seat.now, Intent::update(before, changes), false);
    let entry = Entry { outcome: Some(OutcomeKind::Done), ..entry };
    seat.reply(task, Reply::Undo(Box::new(Ok((vec![entry], now)))));
    seat
}

fn found(number: &Number, seat: &Seat, steps: Vec<Step>) -> Report {
    let facts = Facts { number, endpoint: None, unread: None, credentials: None };
    let report = named(&facts, None).settled(seat.now);
    let steps = [report.steps.clone(), steps.into_iter().map(Arc::new).collect()].concat();
    let verdict = Verdict::of(&steps, &report.legs);
    Report { steps, verdict, ..report }
}

fn step(kind: StepKind, code: Code, text: &str) -> Step {
    Step::new(Some(LegKind::Inbound), kind, code, text)
}

fn resolved() -> Step {
    step(StepKind::Dns, Code::Ok, "sip.example.net leads to 203.0.113.7")
        .took(std::time::Duration::from_millis(12))
}

/// The name is resolved, and its server is being asked.
fn check_running() -> (Seat, TaskId) {
    let mut seat = Seat::owning();
    let task = task_of(&seat.press("c"));
    let known = found(&owned()[0], &seat, Vec::new()).steps.remove(0);
    seat.reply(task, Reply::Checking(Progress::Done(Box::new(Step::clone(&known)))));
    seat.reply(task, Reply::Checking(Progress::Done(Box::new(resolved()))));
    let target = Some("UDP 203.0.113.7:5060".to_owned());
    let began = Progress::Began { leg: LegKind::Inbound, kind: StepKind::Options, target };
    seat.reply(task, Reply::Checking(began));
    (seat, task)
}

/// The server refuses.
fn check_failed() -> Seat {
    let (mut seat, task) = check_running();
    let closed = step(StepKind::Options, Code::PortClosed, "nothing listens on UDP 203.0.113.7:5060");
    let report = found(&owned()[0], &seat, vec![resolved(), closed]);
    seat.reply(task, Reply::Checked(0, Arc::new(report)));
    seat
}

/// Of three numbers the server of the last one is silent, and that one is on top.
fn checks_over() -> Seat {
    let mut seat = checks();
    let Screen::Checks(view) = seat.app.screen() else { panic!("no checks") };
    let task = view.task.unwrap();
    let silent = step(StepKind::Options, Code::NoAnswer, "no answer in 5 s (4 sends)");
    let report = found(&owned()[2], &seat, vec![resolved(), silent]);
    seat.reply(task, Reply::Checked(2, Arc::new(report)));
    seat
}

/// Marked numbers lead to five hosts.
fn checks_planned() -> Seat {
    let on = |i: u64| Number { sip_uri: Some(format!("sip:{i}@host-{i}.example.net").into()), ..number(i) };
    Seat::with(standing(Mode::Test, None), (0..5).map(on).collect()).pressed("* C")
}

/// A number that was checked, and whose account is at this port.
fn with_account(port: u16) -> Seat {
    let mut known = detail(secret());
    if let Some(sip) = &mut known.credentials {
        sip.port = Some(port);
    }
    let mut seat = Seat::at_detail(known.clone());
    let task = task_of(&seat.press("c"));
    let facts = Facts {
        number: &known.number,
        endpoint: None,
        unread: None,
        credentials: known.credentials.as_ref(),
    };
    let report = named(&facts, None).settled(seat.now);
    let answered = Step::new(Some(LegKind::Trunk), StepKind::Options, Code::Ok, "answered 200 OK");
    let steps = [report.steps.clone(), vec![Arc::new(resolved()), Arc::new(answered)]].concat();
    let verdict = Verdict::of(&steps, &report.legs);
    seat.reply(task, Reply::Checked(0, Arc::new(Report { steps, verdict, ..report })));
    seat
}

/// Of three numbers two are checked.
fn checks() -> Seat {
    let mut seat = Seat::owning();
    let task = task_of(&seat.press("space space space C"));
    for place in [0, 1] {
        let answered = step(StepKind::Options, Code::Ok, "answered 200 OK").took(Duration::from_millis(23));
        let report = found(&owned()[place], &seat, vec![resolved(), answered]);
        seat.reply(task, Reply::Checked(place, Arc::new(report)));
    }
    seat
}
