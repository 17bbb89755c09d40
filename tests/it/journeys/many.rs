//! Several numbers at once, and taking a change back.

use numdeck::api::{ListKind, ListRequest};
use numdeck::phone::Switch;
use numdeck::write::{Stage, Tally};

use super::*;

#[tokio::test]
async fn a_cart_is_bought_one_after_another_and_its_numbers_get_an_endpoint_together() {
    let mut desk = Desk::ready(OWNER).await;
    let before = desk.owned().await.len();
    desk.shop().await;
    desk.mark(3).await;
    desk.buy_marked(3).await;
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
    desk.mark(4).await;
    desk.faults(&["purchase:latency=400ms"]);
    desk.buy_marked(4).await;
    // Before the first one is on its way, stopping leaves out that one, too.
    desk.wait_for(&Stage::Sending.words()).await;
    desk.press("ctrl-c");
    desk.wait_for("not tried").await;
    desk.wait_for("1 bought").await;
    desk.faults(&[]);
    assert_eq!(desk.owned().await.len(), before + 1);
    desk.press("esc");
    desk.wait_for("3 marked:").await;
}

#[tokio::test]
async fn who_is_told_to_leave_a_run_finishes_the_line_on_its_way_and_counts_the_others() {
    let mut desk = Desk::ready(OWNER).await;
    let before = desk.owned().await.len();
    desk.shop().await;
    desk.mark(3).await;
    desk.faults(&["purchase:latency=2s"]);
    desk.buy_marked(3).await;
    desk.wait_for(&Stage::Sending.words()).await;
    desk.end();
    let (_, mut tasks, sandbox, client) = desk.left().await;
    let ended = tasks.settle().await;
    let [Settled::Run(run)] = &ended[..] else { panic!("{ended:?}") };
    let words = run.words(Tally::default());
    assert!(words.starts_with("1 bought for") && words.ends_with("2 not tried"), "{words}");
    let sandbox = sandbox.unwrap();
    sandbox.set_faults(Vec::new());
    let owned = client.pages(ListRequest::whole(ListKind::Owned)).collect().await.unwrap();
    assert_eq!(owned.len(), before + 1);
}

#[tokio::test]
async fn a_change_is_made_and_taken_back() {
    let mut desk = Desk::ready(OWNER).await;
    let number =
        desk.one(|number| number.switches[Switch::Outbound] == Some(false) && !number.is_inactive()).await;
    desk.select(&number).await;
    desk.press("o");
    desk.wait_for("type yes and Enter").await;
    desk.type_text("yes");
    desk.press("enter");
    desk.wait_for("Done: allow outbound").await;
    assert_eq!(desk.get(&number).await.switches[Switch::Outbound], Some(true));
    desk.press("u");
    desk.wait_for("undo: stop outbound").await;
    desk.type_text("yes");
    desk.press("enter");
    desk.wait_for("Done: stop outbound").await;
    assert_eq!(desk.get(&number).await.switches[Switch::Outbound], Some(false));
    desk.press("u");
    desk.wait_for("undone already").await;
}

#[tokio::test]
async fn a_number_that_somebody_else_changed_meanwhile_is_asked_about_anew() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk.one(|number| number.obstacles().is_empty()).await;
    desk.select(&number).await;
    desk.press("i");
    desk.wait_for("type the last four digits").await;
    let on = number.switches[Switch::Outbound] != Some(true);
    let changes = numdeck::phone::Changes::switch(Switch::Outbound, on);
    desk.other(OWNER, None).update(&number.id, &changes, RequestId::random()).await.unwrap();
    desk.type_text(&last_four(&number));
    desk.press("enter");
    desk.wait_for("changed on the server since you saw it (outbound)").await;
    assert_eq!(desk.get(&number).await.switches[Switch::Inbound], Some(true), "nothing was sent");
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

#[tokio::test]
async fn an_answer_that_is_lost_in_a_run_is_looked_at_from_its_outcome() {
    let mut desk = Desk::ready(OWNER).await;
    let before = desk.owned().await.len();
    desk.shop().await;
    desk.mark(3).await;
    desk.faults(&["purchase:drop-after-commit", "list:status=403"]);
    desk.buy_marked(3).await;
    let screen = desk.wait_for("r looks again").await;
    assert!(screen.contains("1 in doubt") && screen.contains("2 not tried"), "{screen}");
    desk.faults(&[]);
    desk.press("r");
    let settled = |screen: &str| screen.contains("1 bought for") && !screen.contains("in doubt");
    desk.wait_until("it settled", settled).await;
    assert_eq!(desk.owned().await.len(), before + 1, "bought once");
    desk.press("esc");
    desk.wait_for("2 marked:").await;
}

#[tokio::test]
async fn a_number_in_doubt_is_said_to_be_so_before_it_is_bought_again() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk.shop().await;
    desk.faults(&["purchase:drop-after-commit", "list:status=403"]);
    desk.buy(&number).await;
    desk.wait_for("Still unknown").await;
    desk.faults(&[]);
    desk.press("esc b");
    desk.wait_for("An earlier purchase of it is in doubt").await;
    desk.type_text(&last_four(&number));
    desk.press("enter");
    desk.wait_for("the number was found").await;
    let ours = desk.owned().await;
    assert_eq!(ours.iter().filter(|owned| owned.line == number.line).count(), 1, "bought once");
    desk.wait_gone("in doubt").await;
}
