//! Several numbers at once, and taking a change back.

use super::*;

#[tokio::test]
async fn a_cart_is_bought_one_after_another_and_its_numbers_get_an_endpoint_together() {
    let mut desk = Desk::ready(OWNER).await;
    let before = desk.owned().await.len();
    desk.shop().await;
    desk.press("space space space");
    desk.wait_for("3 marked:").await;
    desk.press("b");
    desk.wait_for("Buy 3 numbers").await;
    desk.type_text("3");
    desk.wait_for("enter buys them").await;
    desk.press("enter");
    desk.wait_for("3 bought for").await;
    assert_eq!(desk.owned().await.len(), before + 3);
    desk.press("e");
    desk.wait_for("Who answers calls to these 3 numbers?").await;
    desk.press("enter");
    desk.wait_for("Attach endpoint").await;
    desk.type_text("yes");
    desk.press("enter");
    desk.wait_for("3 done.").await;
    let ours = desk.owned().await;
    let bought: Vec<_> = ours.iter().rev().take(3).collect();
    assert!(bought.iter().all(|number| matches!(number.endpoint, Field::Value(_))), "{bought:?}");
}

#[tokio::test]
async fn a_run_that_is_stopped_buys_what_was_on_its_way_and_no_more() {
    let mut desk = Desk::ready(OWNER).await;
    let before = desk.owned().await.len();
    desk.shop().await;
    desk.press("space space space space");
    desk.wait_for("4 marked:").await;
    desk.faults(&["purchase:latency=400ms"]);
    desk.press("b");
    desk.wait_for("Buy 4 numbers").await;
    desk.type_text("4");
    desk.press("enter");
    desk.wait_for("0 of 4").await;
    desk.press("ctrl-c");
    desk.wait_for("not tried").await;
    desk.wait_for("1 bought").await;
    desk.faults(&[]);
    assert_eq!(desk.owned().await.len(), before + 1);
    desk.press("esc");
    desk.wait_for("3 marked:").await;
}

#[tokio::test]
async fn a_change_is_made_and_taken_back() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk.one(|number| number.allow_outbound == Some(false) && !number.is_inactive()).await;
    desk.select(&number).await;
    desk.press("o");
    desk.wait_for("type yes and Enter").await;
    desk.type_text("yes");
    desk.press("enter");
    desk.wait_for("Done: allow outbound").await;
    assert_eq!(desk.get(&number).await.allow_outbound, Some(true));
    desk.press("u");
    desk.wait_for("undo: stop outbound").await;
    desk.type_text("yes");
    desk.press("enter");
    desk.wait_for("Done: stop outbound").await;
    assert_eq!(desk.get(&number).await.allow_outbound, Some(false));
    desk.press("u");
    desk.wait_for("No change of this number").await;
}

#[tokio::test]
async fn a_number_that_somebody_else_changed_meanwhile_is_asked_about_anew() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk.one(|number| number.obstacles().is_empty()).await;
    desk.select(&number).await;
    desk.press("i");
    desk.wait_for("type the last four digits").await;
    let changes =
        numdeck::api::Changes { outbound: Some(number.allow_outbound != Some(true)), ..Default::default() };
    desk.other(OWNER, None).update(&number.id, &changes, RequestId::random()).await.unwrap();
    desk.type_text(&last_four(&number));
    desk.press("enter");
    desk.wait_for("changed on the server since you saw it (outbound)").await;
    assert_eq!(desk.get(&number).await.allow_inbound, Some(true), "nothing was sent");
    desk.type_text(&last_four(&number));
    desk.press("enter");
    desk.wait_for("Done: stop inbound").await;
}

#[tokio::test]
async fn every_request_is_shown_and_no_secret() {
    let mut desk = Desk::ready(OWNER).await;
    desk.press("a");
    let screen = desk.wait_for("GET /v1/phone-numbers").await;
    assert!(screen.contains("requests of this session"), "{screen}");
    assert!(!screen.contains(OWNER), "{screen}");
}
