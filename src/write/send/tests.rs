//! The protocol with a scripted API, a clock that only notes how long it was asked to wait, and a
//! ledger that can be made to fail. All three write into one journal, so that a test reads like the
//! story of one write.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};

use super::before::GLANCES;
use super::*;
use crate::api::Item;
use crate::phone::{Cents, Changes, E164, EndpointId, Field, Kind, NumberText, Offer, Price, Status, Switch};
use crate::write::ledger::entry::Ending;
use crate::write::ledger::not_in_doubt;
use crate::write::{Attached, Begun, Cause, Entry, Ledger, LedgerError, OutcomeKind, PriceSource, Reviewed};

type Journal = Arc<Mutex<Vec<String>>>;

/// Answers as scripted; a call that the script does not know fails the test.
#[derive(Default)]
struct Script {
    purchase: Mutex<VecDeque<Result<Number, Error>>>,
    update: Mutex<VecDeque<Result<Number, Error>>>,
    remove: Mutex<VecDeque<Result<(), Error>>>,
    get: Mutex<VecDeque<Result<Number, Error>>>,
    owned: Mutex<VecDeque<Result<Vec<Number>, Error>>>,
    sale: Mutex<VecDeque<Result<Vec<Number>, Error>>>,
    journal: Journal,
}

impl Script {
    fn say(&self, line: impl Into<String>) {
        self.journal.lock().unwrap().push(line.into());
    }

    fn answer<T>(&self, line: String, answers: &Mutex<VecDeque<T>>) -> T {
        let answer = answers.lock().unwrap().pop_front();
        let answer = answer.unwrap_or_else(|| panic!("nobody expected '{line}'"));
        self.say(line);
        answer
    }
}

impl Api for Script {
    async fn purchase(&self, order: &Purchase, _: RequestId) -> Result<Number, Error> {
        self.answer(format!("POST {}", order.body()), &self.purchase)
    }

    async fn update(&self, id: &NumberId, changes: &Changes, _: RequestId) -> Result<Number, Error> {
        self.answer(format!("PATCH {id} {}", changes.body()), &self.update)
    }

    async fn remove(&self, id: &NumberId, how: Removal, _: RequestId) -> Result<(), Error> {
        self.answer(format!("DELETE {id} {how:?}"), &self.remove)
    }

    async fn offer(&self, id: &NumberId) -> Result<Detail, Error> {
        self.get(id).await
    }

    async fn get(&self, id: &NumberId) -> Result<Detail, Error> {
        let number = self.answer(format!("GET {id}"), &self.get)?;
        Ok(Detail { number, credentials: None, endpoint: None, hidden: Vec::new() })
    }

    async fn whole(&self, shelf: ListKind) -> Result<Vec<Number>, Error> {
        match shelf {
            ListKind::Owned => self.answer("owned".to_owned(), &self.owned),
            ListKind::Available { country, kind } => {
                let kind = kind.as_ref().map_or("any", Kind::wire);
                self.answer(format!("on sale in {country}, {kind}"), &self.sale)
            }
        }
    }
}

/// Without the id of the request, which is random.
fn unnamed(outcome: Outcome) -> Outcome {
    let without = |error| Error { request_id: None, ..error };
    match outcome {
        Outcome::NotDone(error) => Outcome::NotDone(without(error)),
        Outcome::Unknown { error, why } => Outcome::Unknown { error: without(error), why },
        other => other,
    }
}

/// Time passes while somebody waits, and at no other time.
struct NoClock {
    journal: Journal,
    waited: Mutex<Duration>,
    settle: Duration,
}

impl Clock for NoClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn uptime(&self) -> Uptime {
        Uptime::of_process(*self.waited.lock().unwrap())
    }

    fn settle(&self) -> Duration {
        self.settle
    }

    async fn sleep(&self, time: Duration) {
        *self.waited.lock().unwrap() += time;
        let mut journal = self.journal.lock().unwrap();
        // A countdown is one wait.
        let before =
            journal.last().and_then(|line| line.strip_prefix("wait ")?.strip_suffix(" ms")?.parse().ok());
        match before {
            Some(before) if !self.settle.is_zero() => {
                let sum = Duration::from_millis(before) + time;
                journal.pop();
                journal.push(format!("wait {} ms", sum.as_millis()));
            }
            _ => journal.push(format!("wait {} ms", time.as_millis())),
        }
    }
}

/// Notes what is entered. So many `intents` and `outcomes` fit.
struct Book {
    journal: Journal,
    intents: usize,
    outcomes: usize,
    entries: Vec<Entry>,
    organization: Option<String>,
    /// What others who are in flight come to, once they were glanced at.
    turns_out: Option<OutcomeKind>,
    glanced: AtomicBool,
}

impl Book {
    fn view(&self) -> Vec<Entry> {
        let mut entries = self.entries.clone();
        if let (Some(outcome), true) = (self.turns_out, self.glanced.load(Ordering::Relaxed)) {
            for entry in entries.iter_mut().filter(|entry| entry.in_flight) {
                entry.end(ending(outcome, None));
            }
        }
        entries
    }

    fn enter(&mut self, id: RequestId, intent: &Intent, outcome: &Outcome) -> Result<(), LedgerError> {
        if self.outcomes == 0 {
            return Err(LedgerError("the disk is full".to_owned()));
        }
        self.outcomes -= 1;
        for entry in self.entries.iter_mut().filter(|entry| entry.id == id) {
            entry.end(Ending::of(intent, outcome));
        }
        self.journal.lock().unwrap().push(format!("outcome: {}", name(outcome)));
        Ok(())
    }
}

impl Ledger for Book {
    fn entries(&self) -> Result<Vec<Entry>, LedgerError> {
        self.glanced.store(true, Ordering::Relaxed);
        Ok(self.view())
    }

    fn organization(&self) -> Option<String> {
        self.organization.clone()
    }

    fn begin(
        &mut self,
        now: Timestamp,
        id: RequestId,
        intent: &Intent,
        settled: &[RequestId],
    ) -> Result<Begun, LedgerError> {
        if self.intents == 0 {
            return Err(LedgerError("the disk is full".to_owned()));
        }
        if let Some(earlier) = Begun::hindered(&self.view(), intent, settled) {
            return Ok(earlier);
        }
        self.intents -= 1;
        self.entries.push(Entry::begun(id, now, intent.clone(), true));
        self.journal.lock().unwrap().push(format!("enter: {}", kind_of(intent)));
        Ok(Begun::Entered)
    }

    fn named(&mut self, id: RequestId, _: Timestamp, number: &NumberId) -> Result<(), LedgerError> {
        for entry in self.entries.iter_mut().filter(|entry| entry.id == id) {
            entry.number = Some(number.clone());
        }
        self.journal.lock().unwrap().push(format!("named: {number}"));
        Ok(())
    }

    fn end(
        &mut self,
        id: RequestId,
        _: Timestamp,
        intent: &Intent,
        outcome: &Outcome,
    ) -> Result<(), LedgerError> {
        self.enter(id, intent, outcome)
    }

    fn settle(
        &mut self,
        id: RequestId,
        _: Timestamp,
        intent: &Intent,
        outcome: &Outcome,
    ) -> Result<Option<Box<Entry>>, LedgerError> {
        match not_in_doubt(&self.entries, id) {
            Some(known) => Ok(Some(known)),
            None => self.enter(id, intent, outcome).map(|()| None),
        }
    }
}

fn ending(outcome: OutcomeKind, number: Option<NumberId>) -> Ending {
    Ending { outcome, said: String::new(), number, line: None, organization: None, refusal: None }
}

fn kind_of(intent: &Intent) -> &'static str {
    match intent {
        Intent::Purchase { .. } => "purchase",
        Intent::Update { .. } => "update",
        Intent::Remove { .. } => "removal",
    }
}

fn name(outcome: &Outcome) -> String {
    let text = format!("{outcome:?}");
    text.split([' ', '(']).next().unwrap_or_default().to_owned()
}

struct Case {
    script: Script,
    book: Book,
    clock: NoClock,
    intent: Intent,
    now: Option<Result<Number, Error>>,
}

impl Case {
    fn of(intent: Intent) -> Self {
        let journal = Journal::default();
        let script = Script { journal: Arc::clone(&journal), ..Script::default() };
        let book = Book {
            journal: Arc::clone(&journal),
            intents: 9,
            outcomes: 9,
            entries: Vec::new(),
            organization: None,
            turns_out: None,
            glanced: AtomicBool::new(false),
        };
        Self {
            script,
            book,
            clock: NoClock { journal, waited: Mutex::default(), settle: Duration::ZERO },
            intent,
            now: None,
        }
    }

    fn buying() -> Self {
        Self::of(order(false, None))
    }

    fn purchase(self, answer: Result<Number, Error>) -> Self {
        self.script.purchase.lock().unwrap().push_back(answer);
        self
    }

    fn update(self, answer: Result<Number, Error>) -> Self {
        self.script.update.lock().unwrap().push_back(answer);
        self
    }

    fn remove(self, answer: Result<(), Error>) -> Self {
        self.script.remove.lock().unwrap().push_back(answer);
        self
    }

    fn get(self, answer: Result<Number, Error>) -> Self {
        self.script.get.lock().unwrap().push_back(answer);
        self
    }

    /// What the record is when it is read again before the write.
    fn now(self, now: Result<Number, Error>) -> Self {
        Self { now: Some(now), ..self }
    }

    /// An earlier write in the ledger, without an outcome.
    fn open(mut self, intent: Intent, in_flight: bool) -> Self {
        self.book.entries.push(Entry::begun(RequestId::random(), Timestamp::UNIX_EPOCH, intent, in_flight));
        self
    }

    fn owned(self, answer: Result<Vec<Number>, Error>) -> Self {
        self.script.owned.lock().unwrap().push_back(answer);
        self
    }

    fn sale(self, answer: Result<Vec<Number>, Error>) -> Self {
        self.script.sale.lock().unwrap().push_back(answer);
        self
    }

    /// A record that is read again before a risky write is as it was, unless [`Case::now`] says more.
    async fn perform(&mut self) -> Outcome {
        if let (Intent::Update { before, .. } | Intent::Remove { before, .. }, true) =
            (&self.intent, self.intent.is_risky())
        {
            let now = self.now.take().unwrap_or_else(|| Ok((**before).clone()));
            self.script.get.lock().unwrap().push_front(now);
        }
        let Self { script, book, clock, intent, .. } = self;
        perform(script, book, clock, intent, &|| false, |_| ()).await
    }

    /// Looks at the write as an entry that was left open.
    async fn look(&mut self) -> Outcome {
        let id = RequestId::random();
        self.book.entries.push(Entry::begun(id, Timestamp::UNIX_EPOCH, self.intent.clone(), false));
        self.look_at(id).await
    }

    async fn look_at(&mut self, id: RequestId) -> Outcome {
        let Self { script, book, clock, .. } = self;
        look(script, book, clock, id, Look::Complete, &|| false, |_| ()).await
    }

    fn journal(&self) -> Vec<String> {
        self.script.journal.lock().unwrap().clone()
    }

    /// Requests that change something.
    fn sent(&self) -> usize {
        let writes = |line: &&String| ["POST", "PATCH", "DELETE"].iter().any(|verb| line.starts_with(verb));
        self.journal().iter().filter(writes).count()
    }
}

const LINE: &str = "+2348037771000";
const POST: &str = r#"POST {"inventory_id":"inv-1"}"#;

fn order(reread: bool, endpoint: Option<&str>) -> Intent {
    let price_at = (!reread).then_some(Timestamp::UNIX_EPOCH);
    Intent::buy(&on_sale(), price(), PriceSource::Row, price_at, endpoint.map(EndpointId::new))
}

fn price() -> Price {
    Price { setup: Some(Cents(500)), monthly: Some(Cents(400)) }
}

fn on_sale() -> Number {
    let mut n = Number::new(NumberId::new("inv-1"), NumberText::parse(LINE));
    n.country = Some("NG".into());
    n.kind = Some(Kind::Mobile);
    n.offer = Some(Box::new(Offer { price: price(), ..Offer::default() }));
    n
}

/// What an owner gets.
fn ours() -> Number {
    let mut n = Number::new(NumberId::new("n-1"), NumberText::parse(LINE));
    n.status = Some(Status::Active);
    n.endpoint = Field::Null;
    n.switches[Switch::Inbound] = Some(true);
    n.switches[Switch::Outbound] = Some(false);
    n
}

fn with_endpoint(id: &str) -> Number {
    ours().with(|traits| traits.endpoint = Field::Value(EndpointId::new(id)))
}

fn other() -> Number {
    Number::new(NumberId::new("n-2"), NumberText::parse("+2348030000000"))
}

fn error(kind: ErrorKind) -> Error {
    Error::new(kind, "as scripted")
}

fn lost() -> Error {
    error(ErrorKind::Timeout)
}

fn switch_outbound() -> Intent {
    let changes = Changes::switch(Switch::Outbound, true);
    Intent::update(ours(), changes)
}

fn removal(how: Removal) -> Intent {
    Intent::Remove { before: Box::new(ours()), how }
}

mod before;
mod completing;
mod late;
mod price;

// ---- the ledger ----

#[tokio::test]
async fn the_intent_is_entered_before_the_request_and_the_outcome_after() {
    let mut case = Case::buying().purchase(Ok(ours()));
    assert!(matches!(case.perform().await, Outcome::Bought { found: false, .. }));
    assert_eq!(case.journal(), ["enter: purchase", POST, "outcome: Bought"]);

    let mut case = Case::of(switch_outbound()).update(Ok(ours().switched(Switch::Outbound, true)));
    assert!(matches!(case.perform().await, Outcome::Updated { found: false, .. }));
    assert_eq!(case.journal(), ["enter: update", r#"PATCH n-1 {"allowOutbound":true}"#, "outcome: Updated"]);

    for how in [Removal::Release, Removal::Delete] {
        let mut case = Case::of(removal(how)).remove(Ok(()));
        assert_eq!(case.perform().await, Outcome::Removed { found: false });
        assert_eq!(
            case.journal(),
            ["GET n-1", "enter: removal", &format!("DELETE n-1 {how:?}"), "outcome: Removed"]
        );
    }
}

#[tokio::test]
async fn a_write_that_can_not_be_entered_is_not_sent() {
    for intent in [order(false, None), switch_outbound(), removal(Removal::Delete)] {
        let mut case = Case::of(intent);
        case.book.intents = 0;
        let Outcome::NotSent(error) = case.perform().await else { panic!("sent") };
        assert!(error.message.contains("the disk is full"), "{error}");
        assert_eq!(case.sent(), 0);
    }
}

#[tokio::test]
async fn an_outcome_that_can_not_be_entered_is_not_said_as_sure() {
    let mut case = Case::buying().purchase(Ok(ours()));
    case.book.outcomes = 0;
    assert!(matches!(case.perform().await, Outcome::Unknown { .. }));

    let mut case = Case::buying().purchase(Err(error(ErrorKind::Balance)));
    case.book.outcomes = 0;
    assert!(matches!(case.perform().await, Outcome::Refused(_)), "a refusal stays one");
}

// ---- what an error means ----

#[tokio::test]
async fn a_refusal_and_what_was_never_sent_are_believed_without_a_look() {
    use ErrorKind as Kind;
    for kind in [
        Kind::Unauthorized,
        Kind::Forbidden,
        Kind::Intercepted,
        Kind::NotFound,
        Kind::Balance,
        Kind::Gone,
        Kind::Kyc(crate::api::Kyc::Pending),
        Kind::RateLimited,
        Kind::Rejected,
    ] {
        for mut case in [
            Case::buying().purchase(Err(error(kind))),
            Case::of(switch_outbound()).update(Err(error(kind))),
            Case::of(removal(Removal::Release)).remove(Err(error(kind))),
        ] {
            assert_eq!(case.perform().await, Outcome::Refused(error(kind)));
            let looked = usize::from(case.intent.is_risky());
            assert_eq!(
                (case.journal().len(), case.sent()),
                (3 + looked, 1),
                "{kind:?}: {:?}",
                case.journal()
            );
        }
    }
    for kind in [Kind::Connect, Kind::Setup] {
        let mut case = Case::buying().purchase(Err(error(kind)));
        assert_eq!(case.perform().await, Outcome::NotSent(error(kind)));
        assert_eq!(case.journal().last().map(String::as_str), Some("outcome: NotSent"));
    }
}

#[tokio::test]
async fn everything_else_is_lost_and_looked_for() {
    use ErrorKind as Kind;
    for kind in [Kind::Timeout, Kind::Broken, Kind::Server, Kind::Undecodable] {
        let mut case = Case::buying().purchase(Err(error(kind))).owned(Ok(vec![other(), ours()]));
        assert!(matches!(case.perform().await, Outcome::Bought { found: true, .. }), "{kind:?}");
        assert_eq!(case.journal(), ["enter: purchase", POST, "owned", "outcome: Bought"]);
    }
}

// ---- a lost purchase ----

#[tokio::test]
async fn a_purchase_that_shows_late_is_found_by_the_second_look() {
    let mut case = Case::buying().purchase(Err(lost())).owned(Ok(vec![])).owned(Ok(vec![ours()]));
    assert!(matches!(case.perform().await, Outcome::Bought { found: true, .. }));
    assert_eq!(case.journal()[2..], ["owned", "wait 2000 ms", "owned", "outcome: Bought"]);
}

#[tokio::test]
async fn not_bought_takes_two_complete_reads_two_seconds_apart_and_the_number_on_sale_again() {
    let mut case = Case::buying()
        .purchase(Err(lost()))
        .owned(Ok(vec![other()]))
        .owned(Ok(vec![other()]))
        .sale(Ok(vec![on_sale()]));
    assert_eq!(unnamed(case.perform().await), Outcome::NotDone(lost()));
    assert_eq!(
        case.journal(),
        [
            "enter: purchase",
            POST,
            "owned",
            "wait 2000 ms",
            "owned",
            "on sale in NG, mobile",
            "outcome: NotDone"
        ]
    );
}

#[tokio::test]
async fn an_inactive_record_of_the_number_is_no_purchase() {
    let old = ours().with(|traits| traits.status = Some(Status::Inactive));
    let mut case = Case::buying()
        .purchase(Err(lost()))
        .owned(Ok(vec![old.clone()]))
        .owned(Ok(vec![old]))
        .sale(Ok(vec![on_sale()]));
    assert_eq!(unnamed(case.perform().await), Outcome::NotDone(lost()));
}

#[tokio::test]
async fn everything_else_is_still_unknown_and_says_why() {
    let half = || Err(error(ErrorKind::Incomplete));
    let lost_purchase = || Case::buying().purchase(Err(lost()));
    let cases = [
        (lost_purchase().owned(half()), "owned numbers could not be read"),
        (lost_purchase().owned(Ok(vec![])).owned(half()), "owned numbers could not be read"),
        (lost_purchase().owned(Ok(vec![])).owned(Ok(vec![])).sale(half()), "inventory could not be read"),
        (
            lost_purchase().owned(Ok(vec![])).owned(Ok(vec![])).sale(Ok(vec![other()])),
            "neither among the owned numbers nor on sale",
        ),
    ];
    for (mut case, why) in cases {
        let outcome = case.perform().await;
        assert!(
            matches!(&outcome, Outcome::Unknown { error, .. } if error.request_id.is_some()),
            "to look again"
        );
        let outcome = unnamed(outcome);
        let Outcome::Unknown { error, why: said } = &outcome else { panic!("{outcome:?}") };
        assert_eq!(*error, lost());
        assert!(said.contains(why), "{said}");
        assert_eq!(case.journal().last().map(String::as_str), Some("outcome: Unknown"));
        assert_eq!(case.sent(), 1, "{:?}", case.journal());
    }
}

#[tokio::test]
async fn without_the_number_or_its_country_nothing_is_concluded() {
    for (line, country) in [(None, Some("NG")), (E164::parse("+12025550123"), None)] {
        let mut case = Case::buying().purchase(Err(lost())).owned(Ok(vec![])).owned(Ok(vec![]));
        if let Intent::Purchase { reviewed, .. } = &mut case.intent {
            *reviewed = Reviewed { line, country: country.map(str::to_owned), ..reviewed.clone() };
        }
        assert!(matches!(case.perform().await, Outcome::Unknown { .. }), "{line:?} {country:?}");
        assert_eq!(case.sent(), 1);
    }
}

#[tokio::test]
async fn a_number_that_says_its_country_itself_is_looked_for_there() {
    let mut case = Case::buying().purchase(Err(lost())).owned(Ok(vec![])).owned(Ok(vec![]));
    if let Intent::Purchase { reviewed, .. } = &mut case.intent {
        reviewed.country = None;
    }
    let mut case = case.sale(Ok(vec![on_sale()]));
    assert_eq!(unnamed(case.perform().await), Outcome::NotDone(lost()));
}

#[tokio::test]
async fn the_record_that_an_answer_names_is_ours_though_its_number_is_another_one() {
    let given = Number { id: NumberId::new("n-7"), ..other() };
    let mut case = Case::buying().purchase(Ok(given.clone())).owned(Ok(vec![given]));
    let outcome = case.perform().await;
    assert!(matches!(outcome, Outcome::Bought { found: true, .. }), "{outcome:?}");
    assert_eq!(case.journal()[2], "named: n-7", "a later look finds it by that as well");
    let said = outcome.words(&case.intent).said;
    assert!(said.contains("instead of +234 803 777 1000"), "{said}");
}

#[tokio::test]
async fn looking_again_sends_nothing() {
    let mut case = Case::buying().owned(Ok(vec![])).owned(Ok(vec![])).sale(Ok(vec![on_sale()]));
    assert_eq!(name(&case.look().await), "NotDone");
    let mut found = Case::buying().owned(Ok(vec![ours()]));
    assert!(matches!(found.look().await, Outcome::Bought { found: true, .. }));
    let mut changed = Case::of(switch_outbound()).get(Ok(ours()));
    assert_eq!(name(&changed.look().await), "NotDone");
    let mut gone = Case::of(removal(Removal::Delete)).owned(Ok(vec![other()]));
    assert_eq!(gone.look().await, Outcome::Removed { found: true });
    assert_eq!(case.sent() + found.sent() + changed.sent() + gone.sent(), 0);
}

// ---- updates ----

#[tokio::test]
async fn an_answer_that_is_not_as_asked_is_said_and_nothing_is_sent_again() {
    let mut case = Case::of(switch_outbound()).update(Ok(ours()));
    let outcome = case.perform().await;
    assert!(matches!(&outcome, Outcome::Ignored { fields, .. } if fields == &["outbound"]), "{outcome:?}");
    assert_eq!(case.sent(), 1);
    assert!(outcome.words(&case.intent).next.contains("dialect"));
}

#[tokio::test]
async fn what_the_answer_does_not_mention_is_read_once() {
    let silent = ours().with(|traits| traits.switches = Switch::Inbound.set(true));
    let on = ours().switched(Switch::Outbound, true);
    let mut case = Case::of(switch_outbound()).update(Ok(silent.clone())).get(Ok(on));
    assert!(matches!(case.perform().await, Outcome::Updated { .. }));
    let mut unread = Case::of(switch_outbound()).update(Ok(silent)).get(Err(lost())).get(Err(lost()));
    assert!(matches!(unread.perform().await, Outcome::Unknown { .. }));
}

#[tokio::test]
async fn a_lost_update_is_settled_by_one_read() {
    let on = ours().switched(Switch::Outbound, true);
    let silent = ours().with(|traits| traits.switches = Switch::Inbound.set(true));
    for (read, expected) in [
        (Ok(on), "Updated"),
        (Ok(ours()), "NotDone"),
        (Ok(silent), "Unknown"),
        (Err(lost()), "Unknown"),
        (Err(error(ErrorKind::NotFound)), "Unknown"),
    ] {
        let mut case = Case::of(switch_outbound()).update(Err(lost())).get(read);
        assert_eq!(name(&case.perform().await), expected);
        assert_eq!(case.journal()[2..], ["GET n-1".to_owned(), format!("outcome: {expected}")]);
    }
}

#[tokio::test]
async fn a_lost_update_of_two_settings_of_which_one_is_in_force_is_not_called_undone() {
    let changes =
        Changes { switches: Switch::Inbound.set(false).with(Switch::Outbound, true), ..Changes::default() };
    let intent = Intent::update(ours(), changes);
    let half = ours().switched(Switch::Inbound, false);
    let mut case = Case::of(intent).update(Err(lost())).get(Ok(half));
    assert!(matches!(case.perform().await, Outcome::Ignored { .. }));
}

// ---- giving up ----

#[tokio::test]
async fn a_lost_release_is_settled_by_the_record_and_a_lost_deletion_by_the_list() {
    let inactive = || ours().with(|traits| traits.status = Some(Status::Inactive));
    for (read, expected) in [(Ok(inactive()), "Removed"), (Ok(ours()), "NotDone"), (Err(lost()), "Unknown")] {
        let mut case = Case::of(removal(Removal::Release)).remove(Err(lost())).get(read);
        assert_eq!(name(&case.perform().await), expected);
        assert_eq!(case.sent(), 1);
    }
    for (list, expected) in [
        (Ok(vec![other()]), "Removed"),
        (Ok(vec![other(), inactive()]), "NotDone"),
        (Ok(vec![ours()]), "NotDone"),
        (Err(lost()), "Unknown"),
    ] {
        let mut case = Case::of(removal(Removal::Delete)).remove(Err(lost())).owned(list);
        assert_eq!(name(&case.perform().await), expected);
        assert_eq!(case.sent(), 1);
    }
}

#[tokio::test]
async fn a_404_proves_no_removal_the_list_does() {
    let gateway = || error(ErrorKind::NotFound);
    for (how, list, expected) in [
        (Removal::Release, Ok(vec![ours()]), "NotDone"),
        (Removal::Release, Ok(vec![ours().with(|traits| traits.status = Some(Status::Inactive))]), "Removed"),
        (Removal::Release, Ok(vec![other()]), "Removed"),
        (Removal::Release, Err(gateway()), "Unknown"),
        (Removal::Delete, Err(gateway()), "Unknown"),
    ] {
        let case = Case::of(removal(how)).remove(Err(lost())).owned(list);
        let mut case = if how == Removal::Release { case.get(Err(gateway())) } else { case };
        assert_eq!(name(&case.perform().await), expected, "{how:?}");
        assert_eq!(case.sent(), 1);
    }
}

#[tokio::test]
async fn a_record_is_in_the_list_however_its_id_is_written() {
    let id = |text: &str| Number { id: NumberId::new(text), ..ours() };
    let before = id("00000000-0000-4000-8000-00000000abcd");
    let listed = id("00000000-0000-4000-8000-00000000ABCD");
    let intent = Intent::Remove { before: Box::new(before), how: Removal::Delete };
    let mut case = Case::of(intent).remove(Err(lost())).owned(Ok(vec![listed]));
    assert_eq!(name(&case.perform().await), "NotDone");
}

// ---- progress ----

#[tokio::test]
async fn each_stage_is_reported_when_it_begins() {
    let mut case = Case::of(order(true, Some("ep")))
        .get(Ok(on_sale()))
        .purchase(Err(lost()))
        .owned(Ok(vec![ours()]))
        .update(Ok(with_endpoint("ep")));
    let mut stages = Vec::new();
    let Case { script, book, clock, intent, .. } = &mut case;
    perform(script, book, clock, intent, &|| false, |stage| stages.push(stage)).await;
    assert_eq!(stages, [Stage::Pricing, Stage::Sending, Stage::Looking, Stage::Attaching]);
}

#[tokio::test]
async fn an_answer_about_another_number_is_looked_up() {
    let mut case =
        Case::buying().purchase(Ok(other())).owned(Ok(vec![])).owned(Ok(vec![])).sale(Ok(vec![on_sale()]));
    let outcome = case.perform().await;
    let Outcome::NotDone(error) = &outcome else { panic!("{outcome:?}") };
    assert!(error.message.contains("another number"), "{error}");
    assert_eq!(case.sent(), 1);
}

#[tokio::test]
async fn an_endpoint_that_was_chosen_since_is_left_alone() {
    let since = ours().with(|traits| traits.endpoint = Field::Value(EndpointId::new("other")));
    let mut case = Case::of(order(false, Some("ep"))).purchase(Err(lost())).owned(Ok(vec![since]));
    let outcome = case.perform().await;
    assert!(
        matches!(outcome, Outcome::Bought { endpoint: Attached::LeftAlone, found: true, .. }),
        "{outcome:?}"
    );
    assert_eq!(case.sent(), 1, "the purchase, and nothing else: {:?}", case.journal());
}
