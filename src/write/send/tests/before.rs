//! What happens before anything is sent: the record is read again, and an earlier purchase of the
//! same number is settled.

use super::*;
use crate::phone::{Changes, Switch};

fn detaching() -> Intent {
    Intent::update(with_endpoint("ep"), Changes { endpoint: Some(None), ..Changes::default() })
}

fn buying(row: &Number) -> Intent {
    Intent::buy(row, price(), PriceSource::Row, Some(Timestamp::UNIX_EPOCH), None)
}

/// An earlier purchase that was made, of the record `id`.
fn made(case: Case, intent: Intent, id: Option<&str>) -> Case {
    let mut case = case.open(intent, false);
    let entry = case.book.entries.last_mut().unwrap();
    entry.end(ending(OutcomeKind::Done, id.map(NumberId::new)));
    case
}

#[tokio::test]
async fn a_record_that_changed_since_it_was_seen_is_left_alone() {
    let elsewhere = with_endpoint("other").switched(Switch::Inbound, false);
    for intent in [detaching(), removal(Removal::Release), removal(Removal::Delete)] {
        let mut case = Case::of(intent).now(Ok(elsewhere.clone()));
        let outcome = case.perform().await;
        let Outcome::Changed { now, fields } = &outcome else { panic!("{outcome:?}") };
        assert_eq!((&**now, &fields[..]), (&elsewhere, &["endpoint", "inbound"][..]));
        assert_eq!(case.journal(), ["GET n-1"], "nothing was entered, nothing was sent");
        assert!(outcome.words(&case.intent).said.contains("endpoint, inbound"));
    }
}

#[tokio::test]
async fn a_record_that_can_not_be_read_again_is_left_alone() {
    for (kind, expected) in [
        (ErrorKind::NotFound, "Refused"),
        (ErrorKind::Unauthorized, "Refused"),
        (ErrorKind::Timeout, "NotSent"),
        (ErrorKind::Server, "NotSent"),
    ] {
        let mut case = Case::of(removal(Removal::Release)).now(Err(error(kind)));
        assert_eq!(name(&case.perform().await), expected, "{kind:?}");
        assert_eq!(case.journal(), ["GET n-1"]);
    }
}

#[tokio::test]
async fn only_what_calls_depend_on_is_read_again() {
    let mut case = Case::of(switch_outbound()).update(Ok(ours().switched(Switch::Outbound, true)));
    case.perform().await;
    assert_eq!(case.journal()[0], "enter: update");
    let risky = |before: Number, changes: Changes| Intent::update(before, changes).is_risky();
    let to = |id: &str| Changes { endpoint: Some(Some(EndpointId::new(id))), ..Changes::default() };
    assert!(!risky(ours(), to("ep")), "nobody answered before");
    assert!(risky(with_endpoint("ep"), to("other")), "calls go elsewhere");
}

#[tokio::test]
async fn what_either_state_does_not_mention_is_no_change() {
    let silent = Number::new(NumberId::new("n-1"), NumberText::parse(LINE));
    let mut case = Case::of(removal(Removal::Release)).now(Ok(silent)).remove(Ok(()));
    assert_eq!(case.perform().await, Outcome::Removed { found: false });
}

#[tokio::test]
async fn an_earlier_purchase_of_the_number_is_settled_before_it_is_sent_again() {
    // By its number, and by its id alone.
    let by_line = buying(&Number { id: NumberId::new("inv-9"), ..on_sale() });
    for earlier in [order(false, None), by_line] {
        let mut case = Case::buying().open(earlier.clone(), false).owned(Ok(vec![ours()]));
        assert!(matches!(case.perform().await, Outcome::Bought { found: true, .. }));
        assert_eq!(case.journal(), ["owned", "outcome: Bought"], "it is ours: nothing is sent");

        let mut case = Case::buying()
            .open(earlier.clone(), false)
            .owned(Ok(vec![]))
            .owned(Ok(vec![]))
            .sale(Ok(vec![on_sale()]))
            .purchase(Ok(ours()));
        assert!(matches!(case.perform().await, Outcome::Bought { found: false, .. }));
        assert_eq!(case.sent(), 1, "it did not happen then, so it is bought now");

        let mut case = Case::buying().open(earlier, false).owned(Err(lost()));
        assert!(matches!(case.perform().await, Outcome::Unknown { .. }));
        assert_eq!(case.sent(), 0);
    }
}

#[tokio::test]
async fn a_write_that_another_process_waits_for_is_not_sent_by_this_one() {
    let changed = ours().switched(Switch::Inbound, true);
    for intent in [order(false, None), switch_outbound(), removal(Removal::Release)] {
        let mut case = Case::of(intent.clone()).open(intent, true).get(Ok(changed.clone()));
        assert_eq!(case.perform().await, Outcome::Busy);
        assert_eq!(case.sent(), 0);
        let waits = case.journal().iter().filter(|line| *line == "wait 500 ms").count();
        assert_eq!(waits, GLANCES, "it is waited for, and not for ever");
    }
}

#[tokio::test]
async fn nobody_settles_what_its_own_process_still_waits_for_or_what_is_known() {
    let mut case = Case::buying().open(order(false, None), true);
    let id = case.book.entries[0].id;
    assert_eq!(case.look_at(id).await, Outcome::Busy);
    let mut case = made(Case::buying(), order(false, None), Some("n-1"));
    let id = case.book.entries[0].id;
    assert!(matches!(case.look_at(id).await, Outcome::Settled { kind: OutcomeKind::Done, .. }));
    assert_eq!(case.journal(), [""; 0], "nothing is read, nothing is entered");
}

#[tokio::test]
async fn what_somebody_else_found_out_meanwhile_stays_as_it_is() {
    /// A ledger in which somebody else settles each entry right after it was read.
    struct Overtaken(Book);
    impl Ledger for Overtaken {
        fn begin(
            &mut self,
            at: Timestamp,
            id: RequestId,
            intent: &Intent,
            settled: &[RequestId],
        ) -> Result<Begun, LedgerError> {
            self.0.begin(at, id, intent, settled)
        }
        fn named(&mut self, id: RequestId, at: Timestamp, number: &NumberId) -> Result<(), LedgerError> {
            self.0.named(id, at, number)
        }
        fn end(
            &mut self,
            id: RequestId,
            at: Timestamp,
            intent: &Intent,
            outcome: &Outcome,
        ) -> Result<(), LedgerError> {
            self.0.end(id, at, intent, outcome)
        }
        fn settle(
            &mut self,
            id: RequestId,
            at: Timestamp,
            intent: &Intent,
            outcome: &Outcome,
        ) -> Result<Option<Box<Entry>>, LedgerError> {
            self.0.end(id, at, intent, &Outcome::NotDone(lost()))?;
            self.0.settle(id, at, intent, outcome)
        }
        fn entries(&self) -> Result<Vec<Entry>, LedgerError> {
            self.0.entries()
        }
        fn organization(&self) -> Option<String> {
            None
        }
    }
    let Case { script, book, clock, .. } =
        Case::buying().open(order(false, None), false).owned(Ok(vec![ours()]));
    let id = book.entries[0].id;
    let mut ledger = Overtaken(book);
    let outcome = look(&script, &mut ledger, &clock, id, Look::Complete, &|| false, |_| ()).await;
    assert!(matches!(outcome, Outcome::Settled { kind: OutcomeKind::NotDone, .. }), "{outcome:?}");
    assert_eq!(ledger.0.entries[0].outcome, Some(OutcomeKind::NotDone), "the first to know is believed");
}

#[tokio::test]
async fn a_number_in_doubt_by_its_id_is_not_bought_by_its_number() {
    let by_id = Number { line: NumberText::parse(""), ..on_sale() };
    let item = Item::Line {
        e164: E164::parse(LINE).unwrap(),
        country: "NG".into(),
        kind: Kind::Mobile,
        price: price(),
    };
    let mut intent = order(false, None);
    if let Intent::Purchase { order, reviewed } = &mut intent {
        order.item = item;
        reviewed.offer = Some(NumberId::new("inv-1"));
    }
    let mut case = Case::of(intent).open(buying(&by_id), false);
    assert!(matches!(case.perform().await, Outcome::Unknown { .. }));
    assert_eq!(case.sent(), 0);
}

#[tokio::test]
async fn a_release_or_a_change_in_doubt_is_looked_at_before_it_is_sent_again() {
    let released = ours().with(|traits| traits.status = Some(Status::Inactive));
    let release = Intent::Remove { before: Box::new(released.clone()), how: Removal::Release };
    let mut case = Case::of(release).open(removal(Removal::Release), false).get(Ok(released));
    assert_eq!(case.perform().await, Outcome::Removed { found: true });
    assert_eq!(case.sent(), 0);

    let on = ours().switched(Switch::Outbound, true);
    let mut case = Case::of(switch_outbound()).open(switch_outbound(), false).get(Ok(on.clone()));
    assert!(matches!(case.perform().await, Outcome::Updated { found: true, .. }));
    let mut case = Case::of(switch_outbound()).open(switch_outbound(), false).get(Ok(ours())).update(Ok(on));
    assert!(matches!(case.perform().await, Outcome::Updated { found: false, .. }), "it did not happen");
}

#[tokio::test]
async fn earlier_writes_on_other_numbers_are_none_of_its_business() {
    let elsewhere = Number { id: NumberId::new("inv-2"), ..other() };
    let mut case =
        Case::buying().open(buying(&elsewhere), false).open(switch_outbound(), false).purchase(Ok(ours()));
    case.perform().await;
    assert_eq!(case.sent(), 1);
}

#[tokio::test]
async fn what_was_bought_from_here_is_not_bought_again_while_it_is_ours() {
    let inactive = || ours().with(|traits| traits.status = Some(Status::Inactive));
    let gone = || Err(error(ErrorKind::NotFound));
    let mut case = made(Case::buying(), order(false, None), Some("n-1")).get(Ok(ours()));
    assert!(matches!(case.perform().await, Outcome::Already { .. }));
    assert_eq!(case.journal(), ["GET n-1"], "its entry stays as it is, however long ago that was");

    let mut case = made(Case::buying(), order(false, None), Some("n-1"));
    case = case.get(gone()).owned(Ok(vec![])).owned(Ok(vec![ours()]));
    assert!(matches!(case.perform().await, Outcome::Already { .. }), "a list may show it late");

    for mut case in [
        made(Case::buying(), order(false, None), Some("n-1")).get(Ok(inactive())),
        made(Case::buying(), order(false, None), Some("n-1")).get(gone()).owned(Ok(vec![])).owned(Ok(vec![])),
        made(Case::buying(), order(false, None), None).owned(Ok(vec![inactive()])).owned(Ok(vec![])),
    ] {
        case = case.purchase(Ok(ours()));
        assert!(matches!(case.perform().await, Outcome::Bought { found: false, .. }), "given up since");
    }
    for unreadable in [
        made(Case::buying(), order(false, None), Some("n-1")).get(Err(lost())),
        made(Case::buying(), order(false, None), None).owned(Err(lost())),
    ] {
        let mut case = unreadable;
        assert!(matches!(case.perform().await, Outcome::NotSent(_)), "nobody can tell, and nothing is lost");
    }
}

#[tokio::test]
async fn an_endpoint_is_attached_by_one_update_though_a_crash_hid_its_outcome() {
    let attach = Changes { endpoint: Some(Some(EndpointId::new("ep"))), ..Changes::default() };
    let bought = || Case::of(order(false, Some("ep"))).owned(Ok(vec![ours()]));
    let mut first = bought().update(Ok(with_endpoint("ep")));
    assert!(matches!(first.look().await, Outcome::Bought { endpoint: Attached::Completed, .. }));
    let earlier = |outcome: Option<OutcomeKind>, in_flight: bool| {
        let mut again = bought().open(order(false, Some("ep")), false);
        let id = again.book.entries[0].id;
        let cause = Cause::Completes(id);
        let update = Intent::Update { before: Box::new(ours()), changes: attach.clone(), cause };
        again = again.open(update, in_flight);
        if let Some(outcome) = outcome {
            again.book.entries[1].end(ending(outcome, None));
        }
        (again, id)
    };
    let attached = |outcome: &Outcome| match outcome {
        Outcome::Bought { endpoint: Attached::Missing(why), .. } => format!("missing: {}", name(why)),
        Outcome::Bought { endpoint, .. } => format!("{endpoint:?}"),
        other => name(other),
    };
    for (kind, in_flight, read, expected) in [
        (Some(OutcomeKind::Refused), false, None, "missing: NotDone"),
        (Some(OutcomeKind::Done), false, None, "LeftAlone"),
        (Some(OutcomeKind::Unknown), false, Some(with_endpoint("ep")), "Completed"),
        (None, false, Some(ours()), "missing: NotDone"),
        // Whoever attaches it right now enters what came of it.
        (None, true, None, "Busy"),
    ] {
        let (mut again, id) = earlier(kind, in_flight);
        if let Some(read) = read {
            again = again.get(Ok(read));
        }
        let outcome = again.look_at(id).await;
        assert_eq!(attached(&outcome), expected, "{kind:?} {in_flight}: {outcome:?}");
        assert_eq!(again.sent(), 0, "it was sent before");
        assert_eq!(again.book.entries[0].is_open(), expected == "Busy");
    }
}

#[tokio::test]
async fn what_is_only_looked_at_is_told_and_nothing_is_sent_or_entered() {
    for (how, entered) in [(Look::Enter, true), (Look::Tell, false)] {
        let mut case = Case::buying().open(order(false, Some("ep")), false).owned(Ok(vec![ours()]));
        let id = case.book.entries[0].id;
        let Case { script, book, clock, .. } = &mut case;
        let outcome = look(script, book, clock, id, how, &|| false, |_| ()).await;
        assert!(outcome.words(&case.intent).said.contains("not attached"), "{outcome:?}");
        assert_eq!((case.sent(), case.book.entries[0].is_open()), (0, !entered), "{how:?}");
    }
}

#[tokio::test]
async fn what_was_found_and_can_not_be_entered_stays_in_doubt() {
    for mut case in [
        Case::buying().owned(Ok(vec![])).owned(Ok(vec![])).sale(Ok(vec![on_sale()])),
        Case::buying().owned(Ok(vec![ours()])),
    ] {
        case.book.outcomes = 0;
        assert!(matches!(case.look().await, Outcome::Unknown { .. }));
    }
}

#[tokio::test]
async fn nothing_is_sent_for_somebody_who_went_while_it_waited() {
    for intent in [order(false, None), switch_outbound()] {
        let mut case = Case::of(intent.clone()).open(intent, true);
        case.book.turns_out = Some(OutcomeKind::Refused);
        let Case { script, book, clock, intent, .. } = &mut case;
        let outcome = perform(script, book, clock, intent, &|| true, |_| ()).await;
        assert_eq!((outcome, case.sent()), (Outcome::Busy, 0));
    }
}

#[tokio::test]
async fn what_was_read_before_waiting_is_read_again_after_it() {
    let elsewhere = with_endpoint("theirs");
    let mut case = Case::of(detaching()).open(detaching(), true).get(Ok(elsewhere));
    case.book.turns_out = Some(OutcomeKind::Refused);
    assert!(matches!(case.perform().await, Outcome::Changed { .. }));
    assert_eq!(case.sent(), 0);
}

#[tokio::test]
async fn what_another_process_did_meanwhile_is_not_done_again() {
    let undo = || {
        let changes = Changes { endpoint: Some(Some(EndpointId::new("old"))), ..Changes::default() };
        let cause = Cause::Undoes(RequestId::parse("5f0c1e2a-0000-4000-8000-000000000001").unwrap());
        Intent::Update { before: Box::new(ours()), changes, cause }
    };
    for intent in [switch_outbound(), removal(Removal::Release), undo()] {
        let mut case = Case::of(intent.clone()).open(intent, true);
        case.book.turns_out = Some(OutcomeKind::Done);
        let outcome = case.perform().await;
        assert!(matches!(outcome, Outcome::Settled { kind: OutcomeKind::Done, .. }), "{outcome:?}");
        assert_eq!(case.sent(), 0);
    }
    let mut again = made(Case::of(undo()), undo(), None);
    assert!(again.perform().await.is_done(), "an undo is made once, whoever asks for it");
    assert_eq!(again.sent(), 0);
}

#[tokio::test]
async fn an_endpoint_is_not_attached_in_another_organization_nor_where_it_is_not_told() {
    let theirs = ours().with(|traits| traits.organization = Some("org-2".into()));
    let mut case = Case::of(order(false, Some("ep"))).purchase(Ok(theirs));
    case.book.organization = Some("org-1".to_owned());
    let outcome = case.perform().await;
    assert!(matches!(&outcome, Outcome::Bought { endpoint: Attached::Missing(_), .. }), "{outcome:?}");
    assert_eq!(case.sent(), 1, "the purchase, and nothing else");

    let silent = ours().with(|traits| traits.endpoint = Field::Absent);
    let mut case = Case::of(order(false, Some("ep"))).owned(Ok(vec![silent])).get(Err(lost()));
    let outcome = case.look().await;
    assert!(outcome.is_unknown(), "{outcome:?}");
    assert_eq!(case.sent(), 0, "somebody may have chosen another one since");
}

#[tokio::test]
async fn what_was_bought_and_given_up_twice_is_looked_for_once_each_and_bought() {
    let inactive = || Ok(ours().with(|traits| traits.status = Some(Status::Inactive)));
    let case = made(Case::buying(), order(false, Some("ep")), Some("n-8"));
    let mut case =
        made(case, order(false, None), Some("n-9")).get(inactive()).get(inactive()).purchase(Ok(ours()));
    assert!(matches!(case.perform().await, Outcome::Bought { found: false, .. }));
    assert_eq!(case.journal()[..2], ["GET n-9", "GET n-8"]);
}

#[tokio::test]
async fn looking_for_a_purchase_that_was_made_attaches_nothing() {
    let mut case = made(Case::buying(), order(false, Some("ep")), Some("n-1")).get(Ok(ours()));
    assert!(matches!(case.perform().await, Outcome::Already { .. }));
    assert_eq!(case.sent(), 0, "its endpoint may have been taken away on purpose");
}

#[tokio::test]
async fn what_an_undo_would_put_back_is_read_again_before_it_is_sent() {
    let changes = Changes { endpoint: Some(Some(EndpointId::new("old"))), ..Changes::default() };
    let cause = Cause::Undoes(RequestId::random());
    let undo = Intent::Update { before: Box::new(ours()), changes, cause };
    let mut case = Case::of(undo).now(Ok(with_endpoint("theirs")));
    assert!(matches!(case.perform().await, Outcome::Changed { .. }));
    assert_eq!(case.sent(), 0, "somebody chose another one since");
}
