//! What happens before anything is sent: the record is read again, and an earlier purchase of the
//! same number is settled.

use super::*;

fn detaching() -> Intent {
    Intent::update(with_endpoint("ep"), Changes { endpoint: Some(None), ..Changes::default() })
}

#[tokio::test]
async fn a_record_that_changed_since_it_was_seen_is_left_alone() {
    let elsewhere = Number { allow_inbound: Some(false), ..with_endpoint("other") };
    for intent in [detaching(), removal(Removal::Release), removal(Removal::Delete)] {
        let mut case = Case::of(intent).now(Ok(elsewhere.clone()));
        let verdict = case.perform().await;
        let Verdict::Changed { now, fields } = &verdict else { panic!("{verdict:?}") };
        assert_eq!((&**now, &fields[..]), (&elsewhere, &["endpoint", "inbound"][..]));
        assert_eq!(case.journal(), ["GET n-1"], "nothing was entered, nothing was sent");
        assert!(verdict.words(&case.intent).said.contains("endpoint, inbound"));
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
    let mut case = Case::of(switch_outbound()).update(Ok(Number { allow_outbound: Some(true), ..ours() }));
    case.perform().await;
    assert_eq!(case.journal()[0], "enter: update");
    let risky = |before: Number, changes: Changes| Intent::update(before, changes).is_risky();
    let to = |id: &str| Changes { endpoint: Some(Some(EndpointId::new(id))), ..Changes::default() };
    assert!(!risky(ours(), to("ep")), "nobody answered before");
    assert!(risky(with_endpoint("ep"), to("other")), "calls go elsewhere");
}

#[tokio::test]
async fn what_either_state_does_not_mention_is_no_change() {
    let silent = Number::new(NumberId::new("n-1"), Line::parse(LINE));
    let mut case = Case::of(removal(Removal::Release)).now(Ok(silent)).remove(Ok(()));
    assert_eq!(case.perform().await, Verdict::Removed { found: false });
}

#[tokio::test]
async fn an_earlier_purchase_of_the_number_is_settled_before_it_is_sent_again() {
    // By its number, and by its id alone.
    let by_line = Intent::buy(&Number { id: NumberId::new("inv-9"), ..on_sale() }, price(), None, false);
    for earlier in [order(false, None), by_line] {
        let mut case = Case::buying().open(earlier.clone(), false).owned(Ok(vec![ours()]));
        assert!(matches!(case.perform().await, Verdict::Bought { found: true, .. }));
        assert_eq!(case.journal(), ["owned", "outcome: Bought"], "it is ours: nothing is sent");

        let mut case = Case::buying()
            .open(earlier.clone(), false)
            .owned(Ok(vec![]))
            .owned(Ok(vec![]))
            .sale(Ok(vec![on_sale()]))
            .purchase(Ok(ours()));
        assert!(matches!(case.perform().await, Verdict::Bought { found: false, .. }));
        assert_eq!(case.sent(), 1, "it did not happen then, so it is bought now");

        let mut case = Case::buying().open(earlier, false).owned(Err(lost()));
        assert!(matches!(case.perform().await, Verdict::Unknown { .. }));
        assert_eq!(case.sent(), 0);
    }
}

#[tokio::test]
async fn a_purchase_that_another_process_waits_for_is_not_sent_by_this_one() {
    let mut case = Case::buying().open(order(false, None), true);
    let Verdict::Unknown { why, .. } = case.perform().await else { panic!("sent") };
    assert!(why.contains("another numdeck"), "{why}");
    assert_eq!(case.journal(), [""; 0]);
}

#[tokio::test]
async fn earlier_writes_on_other_numbers_are_none_of_its_business() {
    let elsewhere = Number { id: NumberId::new("inv-2"), ..other() };
    let mut case = Case::buying()
        .open(Intent::buy(&elsewhere, price(), None, false), false)
        .open(switch_outbound(), false)
        .purchase(Ok(ours()));
    case.perform().await;
    assert_eq!(case.sent(), 1);
}

#[tokio::test]
async fn what_was_bought_moments_ago_is_not_bought_again_though_a_list_may_not_show_it_yet() {
    let bought = |case: Case| {
        let mut case = case.open(order(false, None), false);
        case.book.entries[0].end(Outcome::Done, String::new(), None);
        case
    };
    let mut case = bought(Case::buying()).owned(Ok(vec![])).owned(Ok(vec![ours()]));
    let Verdict::Refused(error) = case.perform().await else { panic!("sent") };
    assert_eq!(error.kind, ErrorKind::Gone);
    assert_eq!(case.journal(), ["owned", "wait 2000 ms", "owned"], "its entry stays as it is");

    let released = bought(Case::buying()).owned(Ok(vec![])).owned(Ok(vec![]));
    let mut case = released.sale(Ok(vec![on_sale()])).purchase(Ok(ours()));
    assert!(matches!(case.perform().await, Verdict::Bought { found: false, .. }), "given up since");
}

#[tokio::test]
async fn an_endpoint_is_attached_by_one_update_though_a_crash_hid_its_outcome() {
    let attach = Changes { endpoint: Some(Some(EndpointId::new("ep"))), ..Changes::default() };
    let bought = || Case::of(order(false, Some("ep"))).owned(Ok(vec![ours()]));
    let mut first = bought().update(Ok(with_endpoint("ep")));
    assert!(matches!(first.look().await, Verdict::Bought { endpoint: Attached::Completed, .. }));
    let mut again = bought().open(Intent::update(ours(), attach), false);
    let verdict = again.look().await;
    assert!(matches!(verdict, Verdict::Bought { endpoint: Attached::Missing(_), .. }), "{verdict:?}");
    assert_eq!(again.sent(), 0, "it was sent before the crash");
}
