//! Runs over a server in memory that sells the same number twice to whoever asks twice, breaks
//! answers off, shows no list, and kills whoever talks to it, at every point and in every order,
//! while somebody else settles what was in doubt a while ago, under a clock that jumps.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::api::{Error, Item, Kyc, ListKind, Purchase, Removal, RequestId};
use crate::phone::{Cents, Changes, Detail, NumberId, NumberText as PhoneLine, Status, Switch};
use crate::write::ledger::entry::Ending;
use crate::write::ledger::not_in_doubt;
use crate::write::{
    Begun, Confirmation, Entry, Ledger, LedgerError, Look, PriceSource, SETTLE, Uptime, look,
};

/// What happens to one call of the simulated world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It goes well.
    Well,
    /// It happens, and the answer is lost.
    LostAfter,
    /// It does not happen, and nobody is told.
    LostBefore,
    /// The answer is lost, and it happens so many seconds after it was sent.
    LostLate(u64),
    /// The process is killed, and it happens so many seconds after it was sent.
    KilledLate(u64),
    /// The process is killed before it happens.
    KilledBefore,
    /// The process is killed after it happened.
    KilledAfter,
    /// The server says no, for this reason.
    Refused(ErrorKind),
}

/// What happens to one read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Well,
    Fails,
    /// The process is killed while it reads.
    Killed,
}

fn read() -> impl Strategy<Value = Read> {
    prop_oneof![8 => Just(Read::Well), 2 => Just(Read::Fails), 1 => Just(Read::Killed)]
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        12 => Just(Fate::Well),
        2 => Just(Fate::LostAfter),
        2 => Just(Fate::LostBefore),
        2 => (1u64..SETTLE.as_secs()).prop_map(Fate::LostLate),
        2 => (1u64..SETTLE.as_secs()).prop_map(Fate::KilledLate),
        1 => Just(Fate::KilledBefore),
        1 => Just(Fate::KilledAfter),
        1 => Just(Fate::Refused(ErrorKind::RateLimited)),
        1 => Just(Fate::Refused(ErrorKind::Balance)),
        1 => Just(Fate::Refused(ErrorKind::Gone)),
    ]
}

/// The server, and the disk that the ledger is on: what outlives a process.
#[derive(Default)]
struct World {
    /// What the clock shows that nobody sets. It goes on while somebody waits.
    time: Duration,
    /// Purchases that happen later, and when.
    coming: Vec<(Duration, usize)>,
    /// How often each line was bought.
    bought: Vec<u32>,
    /// Purchases that were sent and whose process does not know the outcome yet.
    unsettled: Vec<u32>,
    entries: Vec<(usize, Entry)>,
    /// The list of owned numbers shows the last purchase one read late.
    late: Vec<usize>,
    fates: Vec<Fate>,
    reads: Vec<Read>,
    violations: Vec<String>,
}

impl World {
    fn fate(&mut self) -> Fate {
        self.fates.pop().unwrap_or(Fate::Well)
    }

    /// A purchase happens.
    fn sell(&mut self, line: usize) {
        self.bought[line] += 1;
        self.late.push(line);
    }

    /// Time goes on until `then`, and what was to happen by then happens.
    fn until(&mut self, then: Duration) {
        self.time = self.time.max(then);
        let (due, coming) = self.coming.iter().partition(|(at, _)| *at <= self.time);
        self.coming = coming;
        let due: Vec<(Duration, usize)> = due;
        due.into_iter().for_each(|(_, line)| self.sell(line));
    }

    fn uptime(&self) -> Uptime {
        Uptime::noted("one start".to_owned(), u64::try_from(self.time.as_millis()).unwrap())
    }
}

type Shared = Arc<Mutex<World>>;

/// A process: its calls give way to other processes, and end for good when it is killed.
struct Process {
    id: usize,
    world: Shared,
}

/// Lets whoever else runs go first.
async fn give_way() {
    let mut first = true;
    std::future::poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
}

/// What a killed process waits for.
async fn killed<T>() -> T {
    KILLED.set(true);
    std::future::pending().await
}

thread_local! {
    static KILLED: Cell<bool> = const { Cell::new(false) };
}

impl Api for Process {
    async fn purchase(&self, order: &Purchase, _: RequestId) -> Result<Number, Error> {
        let sent = self.world.lock().unwrap().time;
        give_way().await;
        let Item::Inventory(id) = &order.item else { unreachable!("only ids are bought here") };
        let line: usize = id.as_str().parse().unwrap();
        let fate = {
            let mut world = self.world.lock().unwrap();
            if world.unsettled[line] > 0 {
                world.violations.push(format!("line {line} was sent while its outcome was open"));
            }
            world.unsettled[line] += 1;
            let fate = world.fate();
            match fate {
                Fate::Well | Fate::LostAfter | Fate::KilledAfter => world.sell(line),
                Fate::LostLate(seconds) | Fate::KilledLate(seconds) => {
                    world.coming.push((sent + Duration::from_secs(seconds), line));
                }
                Fate::LostBefore | Fate::KilledBefore | Fate::Refused(_) => {}
            }
            fate
        };
        give_way().await;
        match fate {
            Fate::Well => Ok(owned(line)),
            Fate::LostAfter | Fate::LostBefore | Fate::LostLate(_) => {
                Err(Error::new(ErrorKind::Timeout, "no answer"))
            }
            Fate::KilledBefore | Fate::KilledAfter | Fate::KilledLate(_) => killed().await,
            Fate::Refused(kind) => Err(Error { status: Some(400), ..Error::new(kind, "no") }),
        }
    }

    async fn update(&self, _: &NumberId, _: &Changes, _: RequestId) -> Result<Number, Error> {
        unreachable!("nothing is updated")
    }

    async fn remove(&self, _: &NumberId, _: Removal, _: RequestId) -> Result<(), Error> {
        unreachable!("nothing is removed")
    }

    async fn offer(&self, _: &NumberId) -> Result<Detail, Error> {
        // Its price is what the list says.
        Err(Error { status: Some(404), ..Error::new(ErrorKind::NotFound, "no") })
    }

    async fn get(&self, id: &NumberId) -> Result<Detail, Error> {
        self.reading().await?;
        let line: usize = id.as_str().trim_start_matches("n-").parse().unwrap();
        if self.world.lock().unwrap().bought[line] == 0 {
            return Err(Error { status: Some(404), ..Error::new(ErrorKind::NotFound, "no") });
        }
        Ok(Detail { number: owned(line), credentials: None, endpoint: None, hidden: Vec::new() })
    }

    async fn whole(&self, shelf: ListKind) -> Result<Vec<Number>, Error> {
        self.reading().await?;
        let mut world = self.world.lock().unwrap();
        let bought = |line: &usize| world.bought[*line] > 0;
        match shelf {
            ListKind::Owned => {
                let seen = (0..world.bought.len()).filter(bought).filter(|line| !world.late.contains(line));
                let seen = seen.map(owned).collect();
                world.late.clear();
                Ok(seen)
            }
            // Sold numbers stay on the shelf: this server is of no help.
            ListKind::Available { .. } => Ok((0..world.bought.len()).map(on_sale).collect()),
        }
    }
}

impl Process {
    /// What becomes of a read.
    async fn reading(&self) -> Result<(), Error> {
        give_way().await;
        let read = self.world.lock().unwrap().reads.pop().unwrap_or(Read::Well);
        match read {
            Read::Well => Ok(()),
            Read::Fails => Err(Error::new(ErrorKind::Timeout, "no list")),
            Read::Killed => killed().await,
        }
    }

    /// Enters an outcome, as whoever sent it, or whoever found it out.
    fn enter(&self, id: RequestId, intent: &Intent, outcome: &Outcome) {
        let mut world = self.world.lock().unwrap();
        if OutcomeKind::of(outcome) != OutcomeKind::Unknown
            && let Some(line) = line_of(intent)
        {
            world.unsettled[line] = 0;
        }
        for (_, entry) in world.entries.iter_mut().filter(|(_, entry)| entry.id == id) {
            entry.end(Ending::of(intent, outcome));
        }
    }
}

impl Ledger for Process {
    fn organization(&self) -> Option<String> {
        None
    }

    fn begin(
        &mut self,
        at: Timestamp,
        request: RequestId,
        intent: &Intent,
        settled: &[RequestId],
    ) -> Result<Begun, LedgerError> {
        let entries = self.entries()?;
        if let Some(earlier) = Begun::hindered(&entries, intent, settled) {
            return Ok(earlier);
        }
        let mut world = self.world.lock().unwrap();
        let uptime = Some(world.uptime());
        let entry = Entry { uptime, ..Entry::begun(request, at, intent.clone(), true) };
        world.entries.push((self.id, entry));
        Ok(Begun::Entered)
    }

    fn end(
        &mut self,
        id: RequestId,
        _: Timestamp,
        intent: &Intent,
        outcome: &Outcome,
    ) -> Result<(), LedgerError> {
        self.enter(id, intent, outcome);
        Ok(())
    }

    fn named(&mut self, _: RequestId, _: Timestamp, _: &NumberId) -> Result<(), LedgerError> {
        unreachable!("answers are about what was asked")
    }

    fn settle(
        &mut self,
        id: RequestId,
        _: Timestamp,
        intent: &Intent,
        outcome: &Outcome,
    ) -> Result<Option<Box<Entry>>, LedgerError> {
        let known = not_in_doubt(&self.entries()?, id);
        if known.is_none() {
            self.enter(id, intent, outcome);
        }
        Ok(known)
    }

    fn entries(&self) -> Result<Vec<Entry>, LedgerError> {
        Ok(self.world.lock().unwrap().entries.iter().map(|(_, entry)| entry.clone()).collect())
    }
}

/// The clocks of a process: one that everybody shares, and a wall clock that jumps by hours, to and
/// fro, each time that it is asked.
struct Clocks {
    world: Shared,
    turn: AtomicI64,
}

impl Clocks {
    fn of(world: &Shared) -> Self {
        Self { world: Arc::clone(world), turn: AtomicI64::new(0) }
    }
}

impl Clock for Clocks {
    fn now(&self) -> Timestamp {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        Timestamp::from_second(if turn % 2 == 0 { turn * 7_200 } else { -turn * 86_400 }).unwrap()
    }

    fn uptime(&self) -> Uptime {
        self.world.lock().unwrap().uptime()
    }

    fn settle(&self) -> Duration {
        SETTLE
    }

    async fn sleep(&self, time: Duration) {
        const STEP: Duration = Duration::from_millis(500);
        let end = self.world.lock().unwrap().time + time;
        loop {
            give_way().await;
            let mut world = self.world.lock().unwrap();
            let then = (world.time + STEP).min(end);
            world.until(then);
            if world.time >= end {
                return;
            }
        }
    }
}

fn e164(line: usize) -> PhoneLine {
    PhoneLine::parse(&format!("+23480377710{line:02}"))
}

fn owned(line: usize) -> Number {
    Number::new(NumberId::new(&format!("n-{line}")), e164(line))
        .with(|traits| traits.status = Some(Status::Active))
}

fn on_sale(line: usize) -> Number {
    Number::new(NumberId::new(&line.to_string()), e164(line))
        .with(|traits| traits.country = Some("NG".into()))
}

fn purchase(line: usize) -> Intent {
    let price = Price { setup: Some(Cents(100)), monthly: Some(Cents(50)) };
    Intent::buy(&on_sale(line), price, PriceSource::Row, Some(Timestamp::UNIX_EPOCH), None)
}

fn line_of(intent: &Intent) -> Option<usize> {
    let Intent::Purchase { order, .. } = intent else { return None };
    let Item::Inventory(id) = &order.item else { return None };
    id.as_str().parse().ok()
}

/// A whole command: the owned list is read, what is owned is left out, the rest is a run.
async fn buy_list(mut process: Process, lines: usize) {
    let Ok(own) = process.whole(ListKind::Owned).await else { return };
    let is_owned = |line: &usize| own.iter().any(|number| number.line == e164(*line));
    let wanted = (0..lines).filter(|line| !is_owned(line)).map(purchase).collect();
    let mut run = Batch::new(wanted, Budget::default());
    let api = Process { id: process.id, world: Arc::clone(&process.world) };
    let clocks = Clocks::of(&process.world);
    carry_out(&api, &mut process, &clocks, &mut run, &|| false, |_, _| ()).await;
}

/// Somebody who settles what was in doubt when they began.
async fn settle_all(mut process: Process) {
    let api = Process { id: process.id, world: Arc::clone(&process.world) };
    let entries = process.entries().unwrap();
    for entry in entries.iter().filter(|entry| entry.is_open()) {
        let clocks = Clocks::of(&process.world);
        look(&api, &mut process, &clocks, entry.id, Look::Complete, &|| false, |_| ()).await;
    }
}

/// Who runs beside whom.
#[derive(Clone, Copy)]
enum Who {
    Buyer,
    Settler,
}

/// Runs processes side by side, `order` saying whose turn it is, until each has ended or was killed.
fn side_by_side(world: &Shared, lines: usize, first: usize, who: &[Who], order: &[u8]) {
    let mut running: Vec<Option<Pin<Box<dyn Future<Output = ()>>>>> = who
        .iter()
        .enumerate()
        .map(|(place, who)| {
            let process = Process { id: first + place, world: Arc::clone(world) };
            let future: Pin<Box<dyn Future<Output = ()>>> = match who {
                Who::Buyer => Box::pin(buy_list(process, lines)),
                Who::Settler => Box::pin(settle_all(process)),
            };
            Some(future)
        })
        .collect();
    let mut turns = order.iter().copied().chain((0..=u8::MAX).cycle());
    let mut context = Context::from_waker(Waker::noop());
    while running.iter().any(Option::is_some) {
        let turn = usize::from(turns.next().unwrap_or_default()) % running.len();
        let Some(process) = &mut running[turn] else { continue };
        KILLED.set(false);
        if process.as_mut().poll(&mut context).is_ready() || KILLED.get() {
            running[turn] = None;
            // Its lock on the ledger is gone: what it left open is nobody's any more.
            let mut world = world.lock().unwrap();
            for (_, entry) in world.entries.iter_mut().filter(|(id, _)| *id == first + turn) {
                entry.in_flight = false;
            }
        }
    }
}

fn world(lines: usize, fates: Vec<Fate>, reads: Vec<Read>) -> Shared {
    let counts = vec![0; lines];
    Arc::new(Mutex::new(World {
        bought: counts.clone(),
        unsettled: counts,
        fates,
        reads,
        ..World::default()
    }))
}

/// Each line was bought once, the ledger says so once, and nothing is left in doubt.
fn each_once(world: &Shared, lines: usize) -> Result<(), TestCaseError> {
    let world = world.lock().unwrap();
    prop_assert_eq!(&world.violations, &Vec::<String>::new());
    prop_assert_eq!(&world.bought, &vec![1; lines]);
    for line in 0..lines {
        let entries = world.entries.iter().filter(|(_, entry)| line_of(&entry.intent) == Some(line));
        let outcomes: Vec<Option<OutcomeKind>> = entries.map(|(_, entry)| entry.outcome).collect();
        let done = outcomes.iter().filter(|outcome| **outcome == Some(OutcomeKind::Done)).count();
        prop_assert_eq!(done, 1, "line {}: {:?}", line, outcomes);
        let open = outcomes.iter().any(|outcome| matches!(outcome, None | Some(OutcomeKind::Unknown)));
        prop_assert!(!open, "line {}: {:?}", line, outcomes);
    }
    Ok(())
}

proptest! {
    // More of them on demand: `PROPTEST_CASES`.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(2000), ..ProptestConfig::default() })]

    #[test]
    fn killed_and_started_again_a_list_is_bought_once(
        lines in 1usize..6,
        fates in proptest::collection::vec(fate(), 0..24),
        reads in proptest::collection::vec(read(), 0..24),
    ) {
        let world = world(lines, fates, reads);
        // Fates run out, so that the last runs go well.
        for run in 0..50 {
            side_by_side(&world, lines, run, &[Who::Buyer], &[]);
        }
        side_by_side(&world, lines, 100, &[Who::Settler], &[]);
        each_once(&world, lines)?;
    }

    #[test]
    fn two_runs_at_once_and_somebody_who_settles_buy_a_list_once(
        lines in 1usize..4,
        fates in proptest::collection::vec(fate(), 0..16),
        reads in proptest::collection::vec(read(), 0..16),
        order in proptest::collection::vec(any::<u8>(), 0..160),
    ) {
        let world = world(lines, fates, reads);
        for run in 0..20 {
            side_by_side(&world, lines, 3 * run, &[Who::Buyer, Who::Buyer, Who::Settler], &order);
        }
        side_by_side(&world, lines, 100, &[Who::Settler], &[]);
        each_once(&world, lines)?;
    }

    #[test]
    fn what_is_spent_never_crosses_the_budget(
        prices in proptest::collection::vec((proptest::option::of(0i64..900), proptest::option::of(0i64..900)), 1..12),
        total in proptest::option::of(0i64..4000),
        each in proptest::option::of(0i64..1500),
        unknown in any::<bool>(),
    ) {
        let budget = Budget { total: total.map(Cents), each: each.map(Cents), unknown };
        let intents: Vec<Intent> = prices
            .iter()
            .enumerate()
            .map(|(line, (setup, monthly))| {
                let price = Price { setup: setup.map(Cents), monthly: monthly.map(Cents) };
                Intent::buy(&on_sale(line), price, PriceSource::Row, Some(Timestamp::UNIX_EPOCH), None)
            })
            .collect();
        let mut run = Batch::new(intents, budget);
        while let Some(line) = run.turn() {
            run.settle(line, bought(line));
        }
        prop_assert!(total.is_none_or(|most| run.bill().today() <= Cents(most)));
        if let Some(Stop::Budget(line, _)) = run.stopped() {
            // It stopped before the first line that would have crossed it, and at no earlier one.
            prop_assert_eq!(run.tally(), Tally { done: line, left: prices.len() - line, ..Tally::default() });
        } else {
            prop_assert_eq!(run.tally().done, prices.len());
        }
    }
}

fn bought(line: usize) -> Outcome {
    Outcome::Bought {
        number: Box::new(owned(line)),
        endpoint: crate::write::Attached::NotAsked,
        found: false,
    }
}

fn refused(kind: ErrorKind) -> Outcome {
    Outcome::Refused(Error { status: Some(400), ..Error::new(kind, "no") })
}

fn run_of(lines: usize) -> Batch {
    Batch::new((0..lines).map(purchase).collect(), Budget::default())
}

#[test]
fn a_run_stops_where_the_next_line_would_fare_no_better_and_skips_a_number_that_is_gone() {
    let lost = || Error::new(ErrorKind::Timeout, "no answer");
    for (outcome, stops) in [
        (refused(ErrorKind::Unauthorized), true),
        (refused(ErrorKind::Forbidden), true),
        (refused(ErrorKind::Balance), true),
        (refused(ErrorKind::Kyc(Kyc::Pending)), true),
        (Outcome::Unknown { error: lost(), why: "dark".into() }, true),
        (Outcome::NotSent(lost()), true),
        (refused(ErrorKind::Gone), false),
        (refused(ErrorKind::NotFound), false),
        (refused(ErrorKind::Rejected), false),
        (Outcome::NotDone(lost()), false),
        (Outcome::PriceMoved { reviewed: Price::UNKNOWN, now: Price::UNKNOWN }, false),
    ] {
        let mut run = run_of(3);
        let text = format!("{outcome:?}");
        assert_eq!(run.turn(), Some(0));
        assert_eq!(run.settle(0, outcome), None, "{text}");
        assert_eq!(run.stopped(), stops.then_some(Stop::OutcomeKind(0)), "{text}");
        assert_eq!(run.turn(), (!stops).then_some(1), "{text}");
    }
}

#[test]
fn a_refusal_because_of_the_rate_is_a_new_attempt_after_the_wait_that_was_asked_for() {
    let limited = |seconds: Option<f64>| {
        let error = Error { status: Some(429), ..Error::new(ErrorKind::RateLimited, "slow down") };
        Outcome::Refused(Error { retry_after: seconds.map(Duration::from_secs_f64), ..error })
    };
    let mut run = run_of(2);
    assert_eq!(run.settle(0, limited(Some(1.5))), Some(Duration::from_millis(1500)));
    assert_eq!(run.turn(), Some(0), "the same line");
    assert_eq!(run.settle(0, bought(0)), None);
    assert_eq!(run.turn(), Some(1));
    assert_eq!(run.settle(1, limited(Some(11.0))), None, "longer than anybody should wait");
    assert_eq!(run.stopped(), Some(Stop::OutcomeKind(1)));

    let mut run = run_of(1);
    let waits = std::iter::from_fn(|| run.settle(0, limited(None))).count();
    assert!((1..10).contains(&waits), "not for ever: {waits}");
    assert!(run.is_over());
}

#[test]
fn a_server_that_loses_one_answer_after_the_other_is_left_alone() {
    let mut run = run_of(9);
    let lost = || Outcome::NotDone(Error::new(ErrorKind::Server, "502"));
    for (line, outcome) in [lost(), lost(), bought(2), lost(), lost(), lost()].into_iter().enumerate() {
        assert_eq!(run.turn(), Some(line));
        run.settle(line, outcome);
    }
    assert_eq!(run.stopped(), Some(Stop::OutcomeKind(5)));
    assert_eq!(run.tally(), Tally { done: 1, failed: 5, left: 3, ..Tally::default() });
}

#[test]
fn somebody_who_wants_to_stop_gets_the_line_in_flight_and_no_other() {
    let mut run = run_of(3);
    run.settle(0, bought(0));
    run.stop();
    assert_eq!((run.turn(), run.stopped()), (None, Some(Stop::Asked)));
    let mut whole = run_of(1);
    whole.settle(0, bought(0));
    whole.stop();
    assert_eq!(whole.stopped(), None, "nothing was left to stop");
}

#[test]
fn what_may_have_been_bought_counts_as_spent() {
    let mut run = run_of(2);
    run.settle(0, refused(ErrorKind::Gone));
    assert_eq!(run.bill().today(), Cents(0));
    run.settle(1, Outcome::Unknown { error: Error::new(ErrorKind::Timeout, "x"), why: "dark".into() });
    assert_eq!(run.bill().today(), Cents(150));
}

#[test]
fn several_numbers_are_bought_by_typing_how_many() {
    let wanted = Confirmation::of_all(&[purchase(0), purchase(1), purchase(2)]);
    assert!(wanted.accepts("3") && !wanted.accepts("2") && !wanted.accepts("yes") && !wanted.accepts(""));
    assert_eq!(Confirmation::of_all(&[purchase(0)]), Confirmation::of(&purchase(0)));
    let switch = |changes: Changes| Intent::update(owned(0), changes);
    let on = switch(Changes::switch(Switch::Outbound, true));
    let off = switch(Changes::switch(Switch::Inbound, false));
    assert_eq!(Confirmation::of_all([&on, &on]), Confirmation::Yes);
    assert_eq!(Confirmation::of_all([&on, &off]), Confirmation::Count(2), "calls stop");
    assert!(!Confirmation::of_all(&[]).accepts("0"), "nothing is never confirmed");
}
