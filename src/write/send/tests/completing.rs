//! The endpoint that a purchase names: attached by it, or by exactly one update.

use super::*;

#[tokio::test]
async fn an_endpoint_that_came_with_the_purchase_needs_no_update() {
    let mut case = Case::of(order(false, Some("ep"))).purchase(Ok(with_endpoint("ep")));
    assert!(matches!(case.perform().await, Outcome::Bought { endpoint: Attached::AsAsked, .. }));
    assert_eq!(case.sent(), 1);
}

#[tokio::test]
async fn an_endpoint_that_the_purchase_ignored_is_attached_by_exactly_one_update() {
    let mut case = Case::of(order(false, Some("ep"))).purchase(Ok(ours())).update(Ok(with_endpoint("ep")));
    assert!(matches!(case.perform().await, Outcome::Bought { endpoint: Attached::Completed, .. }));
    assert_eq!(
        case.journal(),
        [
            "enter: purchase",
            r#"POST {"inventory_id":"inv-1","endpointId":"ep"}"#,
            "enter: update",
            r#"PATCH n-1 {"endpointId":"ep"}"#,
            "outcome: Updated",
            "outcome: Bought"
        ]
    );
}

#[tokio::test]
async fn an_update_that_fails_leaves_it_bought_and_says_what_is_missing() {
    for (answer, after) in [
        (Err(error(ErrorKind::Forbidden)), None),
        (Err(error(ErrorKind::Connect)), None),
        (Ok(ours()), None),
        (Err(lost()), Some(Ok(ours()))),
        (Err(lost()), Some(Ok(ours().with(|traits| traits.endpoint = Field::Absent)))),
        (Err(lost()), Some(Err(lost()))),
    ] {
        let mut case = Case::of(order(false, Some("ep"))).purchase(Ok(ours())).update(answer);
        if let Some(after) = after {
            case = case.get(after);
        }
        let outcome = case.perform().await;
        assert!(matches!(outcome, Outcome::Bought { endpoint: Attached::Missing(_), .. }), "{outcome:?}");
        assert_eq!(case.sent(), 2, "one POST, one PATCH: {:?}", case.journal());
        let said = outcome.words(&case.intent).said;
        assert!(said.contains("not attached") || said.contains("attached is unknown"), "{said}");
        assert!(!said.contains("purchase of"), "it is bought, whatever became of its endpoint: {said}");
    }
    let mut case = Case::of(order(false, Some("ep"))).purchase(Ok(ours()));
    case.book.intents = 1;
    assert!(matches!(case.perform().await, Outcome::Bought { endpoint: Attached::Missing(_), .. }));
    assert_eq!(case.sent(), 1, "what can not be entered is not sent, here either");
}

#[tokio::test]
async fn a_purchase_that_was_found_gets_its_endpoint_too() {
    let mut case = Case::of(order(false, Some("ep")))
        .purchase(Err(lost()))
        .owned(Ok(vec![ours()]))
        .update(Ok(with_endpoint("ep")));
    let outcome = case.perform().await;
    assert!(matches!(outcome, Outcome::Bought { endpoint: Attached::Completed, found: true, .. }));
}
