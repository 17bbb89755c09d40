//! Servers that do what was asked after whoever passed it on gave up.

use super::*;
use crate::phone::{Changes, Switch};
use crate::write::SETTLE;

/// A gateway that answers 504 at once, before a server that is `delay` behind; `None` never does it.
struct Slow {
    time: Arc<Mutex<Duration>>,
    delay: Option<Duration>,
    sent_at: Mutex<Option<Duration>>,
    sent: Mutex<usize>,
    reads: Mutex<usize>,
    before: Number,
    after: Option<Number>,
}

impl Slow {
    fn of(intent: &Intent, delay: Option<u64>) -> Self {
        let after = match intent {
            Intent::Purchase { .. } | Intent::Update { .. } => Some(ours().switched(Switch::Outbound, true)),
            Intent::Remove { how: Removal::Release, .. } => {
                Some(ours().with(|traits| traits.status = Some(Status::Inactive)))
            }
            Intent::Remove { .. } => None,
        };
        Self {
            time: Arc::default(),
            delay: delay.map(Duration::from_secs),
            sent_at: Mutex::default(),
            sent: Mutex::default(),
            reads: Mutex::default(),
            before: ours(),
            after,
        }
    }

    fn take(&self) -> Error {
        *self.sent.lock().unwrap() += 1;
        *self.sent_at.lock().unwrap() = Some(*self.time.lock().unwrap());
        Error { status: Some(504), ..Error::new(ErrorKind::Server, "the gateway gave up") }
    }

    fn happened(&self) -> bool {
        let (sent, now) = (*self.sent_at.lock().unwrap(), *self.time.lock().unwrap());
        sent.zip(self.delay).is_some_and(|(sent, delay)| now >= sent + delay)
    }

    fn clock(&self, settle: Duration) -> Passing {
        Passing { time: Arc::clone(&self.time), settle }
    }
}

impl Api for Slow {
    async fn purchase(&self, _: &Purchase, _: RequestId) -> Result<Number, Error> {
        Err(self.take())
    }

    async fn update(&self, _: &NumberId, _: &Changes, _: RequestId) -> Result<Number, Error> {
        Err(self.take())
    }

    async fn remove(&self, _: &NumberId, _: Removal, _: RequestId) -> Result<(), Error> {
        Err(self.take())
    }

    async fn offer(&self, id: &NumberId) -> Result<Detail, Error> {
        self.get(id).await
    }

    async fn get(&self, _: &NumberId) -> Result<Detail, Error> {
        *self.reads.lock().unwrap() += 1;
        let number = if self.happened() { self.after.clone() } else { Some(self.before.clone()) };
        let number = number.ok_or_else(|| error(ErrorKind::NotFound))?;
        Ok(Detail { number, credentials: None, endpoint: None, hidden: Vec::new() })
    }

    async fn whole(&self, shelf: ListKind) -> Result<Vec<Number>, Error> {
        *self.reads.lock().unwrap() += 1;
        Ok(match (shelf, self.happened()) {
            (ListKind::Available { .. }, _) => vec![on_sale()],
            (ListKind::Owned, true) => self.after.clone().into_iter().collect(),
            (ListKind::Owned, false) if self.after.as_ref().is_some_and(|after| !after.is_inactive()) => {
                vec![]
            }
            (ListKind::Owned, false) => vec![self.before.clone()],
        })
    }
}

/// Time that passes while somebody waits.
struct Passing {
    time: Arc<Mutex<Duration>>,
    settle: Duration,
}

impl Clock for Passing {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn uptime(&self) -> Uptime {
        Uptime::noted("one start".to_owned(), u64::try_from(self.time.lock().unwrap().as_millis()).unwrap())
    }

    fn settle(&self) -> Duration {
        self.settle
    }

    async fn sleep(&self, time: Duration) {
        *self.time.lock().unwrap() += time;
    }
}

fn all_four() -> [Intent; 4] {
    [order(false, None), switch_outbound(), removal(Removal::Release), removal(Removal::Delete)]
}

fn ledger() -> Book {
    Case::buying().book
}

#[tokio::test]
async fn a_write_that_happens_late_is_seen_when_it_does_and_never_called_undone() {
    for intent in all_four() {
        for delay in [1, 5, 30, 59] {
            let api = Slow::of(&intent, Some(delay));
            let clock = api.clock(SETTLE);
            let outcome = perform(&api, &mut ledger(), &clock, &intent, &|| false, |_| ()).await;
            assert!(outcome.is_done(), "{intent} after {delay} s: {outcome:?}");
            let seen = *api.time.lock().unwrap();
            assert!(
                seen < Duration::from_secs(2 * delay + 3),
                "{intent} after {delay} s, seen after {seen:?}"
            );
            assert_eq!(*api.sent.lock().unwrap(), 1);
        }
    }
}

#[tokio::test]
async fn a_write_that_never_happens_is_called_undone_only_when_it_can_not_happen_any_more() {
    for intent in all_four() {
        let api = Slow::of(&intent, None);
        let clock = api.clock(SETTLE);
        let mut countdown = Vec::new();
        let tell = |stage| {
            if let Stage::Settling(left) = stage {
                countdown.push(left);
            }
        };
        let outcome = perform(&api, &mut ledger(), &clock, &intent, &|| false, tell).await;
        assert_eq!(name(&outcome), "NotDone", "{intent}: {outcome:?}");
        assert!(*api.time.lock().unwrap() >= SETTLE, "{intent}");
        assert!(countdown.is_sorted_by(|one, next| one > next) && countdown.len() > 50, "{countdown:?}");
        assert!(*api.reads.lock().unwrap() < 14, "{intent}: {:?} reads", api.reads);
    }
}

#[tokio::test]
async fn whoever_does_not_wait_leaves_it_in_doubt() {
    for intent in all_four() {
        let api = Slow::of(&intent, Some(30));
        let clock = api.clock(SETTLE);
        let mut ledger = ledger();
        let halt = || *api.time.lock().unwrap() >= Duration::from_secs(5);
        let outcome = perform(&api, &mut ledger, &clock, &intent, &halt, |_| ()).await;
        let Outcome::Unknown { why, .. } = &outcome else { panic!("{intent}: {outcome:?}") };
        assert!(why.contains("may still happen"), "{why}");
        assert!(ledger.entries[0].is_open());
    }
}

#[tokio::test]
async fn what_a_killed_process_sent_is_not_sent_again_while_it_may_still_happen() {
    for intent in all_four() {
        for delay in [Some(1), Some(8), Some(59), None] {
            let api = Slow::of(&intent, delay);
            let clock = api.clock(SETTLE);
            let entry = Entry::begun(RequestId::random(), Timestamp::UNIX_EPOCH, intent.clone(), false);
            let mut ledger = ledger();
            ledger.entries.push(Entry { uptime: Some(clock.uptime()), ..entry });
            api.take();
            perform(&api, &mut ledger, &clock, &intent, &|| false, |_| ()).await;
            let again = *api.sent.lock().unwrap() - 1;
            assert_eq!(again, usize::from(delay.is_none()), "{intent} after {delay:?} s");
            if delay.is_none() {
                assert!(*api.time.lock().unwrap() >= SETTLE * 2, "{intent}");
            }
        }
    }
}

#[tokio::test]
async fn another_change_of_the_same_number_waits_until_the_first_can_not_undo_it() {
    let on = Intent::update(ours(), Changes::switch(Switch::Inbound, true));
    for (first, then) in [
        (
            switch_outbound(),
            Intent::update(ours(), Changes { status: Some(Status::Active), ..Changes::default() }),
        ),
        (removal(Removal::Release), on.clone()),
        (switch_outbound(), removal(Removal::Release)),
    ] {
        let api = Slow::of(&first, Some(20));
        let clock = api.clock(SETTLE);
        let entry = Entry::begun(RequestId::random(), Timestamp::UNIX_EPOCH, first.clone(), false);
        let mut ledger = ledger();
        ledger.entries.push(Entry { uptime: Some(clock.uptime()), ..entry });
        api.take();
        let mut sending = None;
        let tell = |stage| {
            if stage == Stage::Sending {
                sending.get_or_insert(*api.time.lock().unwrap());
            }
        };
        perform(&api, &mut ledger, &clock, &then, &|| false, tell).await;
        assert!(sending.is_none_or(|at| at >= Duration::from_secs(20)), "{then} after {first}: {sending:?}");
    }
}

#[tokio::test]
async fn a_wall_clock_that_was_set_does_not_shorten_the_wait() {
    let intent = order(false, None);
    let api = Slow::of(&intent, Some(30));
    let clock = api.clock(SETTLE);
    // Entered in what the wall clock now calls another century; by the other clock it was just now.
    let long_ago = Timestamp::from_second(-3_000_000_000).unwrap();
    let mut ledger = ledger();
    let entry = Entry::begun(RequestId::random(), long_ago, intent.clone(), false);
    ledger.entries.push(Entry { uptime: Some(clock.uptime()), ..entry });
    api.take();
    let outcome = perform(&api, &mut ledger, &clock, &intent, &|| false, |_| ()).await;
    assert_eq!(*api.sent.lock().unwrap(), 1, "{outcome:?}");
    // Of one that was entered in the future, nothing is known: it may just have been sent.
    let later = Timestamp::from_second(3_000_000_000).unwrap();
    let entry = Entry::begun(RequestId::random(), later, intent, false);
    assert_eq!(entry.age(Timestamp::UNIX_EPOCH, &clock.uptime()), Duration::ZERO);
}

#[tokio::test]
async fn a_doubt_that_can_not_happen_any_more_keeps_no_other_change_from_being_sent() {
    let first = switch_outbound();
    let then = Intent::update(ours(), Changes::switch(Switch::Inbound, false));
    let mut case = Case::of(then).get(Ok(ours())).update(Ok(ours().switched(Switch::Inbound, false)));
    case.book.entries.push(Entry::begun(RequestId::random(), Timestamp::UNIX_EPOCH, first, false));
    let outcome = case.perform().await;
    assert!(matches!(outcome, Outcome::Updated { .. }), "{outcome:?}");
    assert!(case.book.entries[0].is_open(), "what became of the other one is still to be found out");
}
