//! Why calls do not arrive, on screen, against a SIP server on loopback.

use std::net::{Ipv4Addr, SocketAddr};

use super::*;

async fn desk() -> Desk {
    let sip = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let mut desk = Desk::open(Config { sip, ..small() }, OWNER);
    desk.wait_for(" numbers").await;
    desk
}

#[tokio::test]
async fn a_number_is_checked_and_the_list_shows_what_it_came_to() {
    let mut desk = desk().await;
    let fine = desk.one(|number| number.obstacles().is_empty() && !uri(number).ends_with(":9")).await;
    desk.select(&fine).await;
    desk.press("c");
    let screen = desk.wait_for("HEALTHY").await;
    assert!(screen.contains("answered 200 OK"), "{screen}");
    desk.press("w");
    let trace = desk.wait_for("OPTIONS sip:").await;
    assert!(trace.contains("SIP/2.0 200"), "{trace}");
    desk.press("y");
    desk.wait_for("ticket").await;
    desk.press("enter");
    assert!(desk.clipboard().await.contains("Result: OK"));
    desk.press("esc");
    desk.wait_until("the route column", |screen| screen.contains(" ok ")).await;
}

#[tokio::test]
async fn credentials_do_not_leave_in_clear_text_and_a_held_key_sends_nothing() {
    let mut desk = desk().await;
    let fine = desk.one(|number| number.obstacles().is_empty() && !uri(number).ends_with(":9")).await;
    desk.select(&fine).await;
    desk.press("c");
    desk.wait_for("HEALTHY").await;
    desk.press("A A A");
    desk.wait_for("is not encrypted").await;
    desk.press("w");
    let trace = desk.wait_for("OPTIONS sip:").await;
    assert!(!trace.contains("REGISTER sip:"), "{trace}");
}

#[tokio::test]
async fn the_verdict_names_the_host_that_does_not_answer_and_what_to_do() {
    let mut desk = desk().await;
    let broken = desk.one(|number| uri(number).ends_with(":9")).await;
    desk.select(&broken).await;
    desk.press("c");
    let screen = desk.wait_for("PROBLEM").await;
    assert!(
        screen.contains("127.0.0.1:9") && screen.contains("next     ask the owner of 127.0.0.1"),
        "{screen}"
    );
}

#[tokio::test]
async fn many_are_checked_together() {
    let mut desk = desk().await;
    desk.press("* C");
    let over = |screen: &str| screen.contains(" healthy") && !screen.contains("checking");
    let screen = desk.wait_until("what all of them came to", over).await;
    assert!(screen.contains("no request to the API") && screen.contains("with problems"), "{screen}");
}

fn uri(number: &numdeck::phone::Number) -> &str {
    number.sip_uri.as_deref().unwrap_or_default()
}
