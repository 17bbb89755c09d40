//! Journeys of a user: the real loop, real requests, a real server; only the terminal is in memory.

use std::time::Duration;

use numdeck::api::{ErrorKind, Item, Purchase, RequestId};
use numdeck::phone::{Field, NumberId, Password, Status, Switch};
use numdeck::runtime::Settled;
use numdeck::sandbox::Config;
use numdeck::write::Outcome;

use crate::support::desk::{Desk, OWNER, last_four, selected, small};

#[tokio::test]
async fn all_numbers_are_read_and_browsed_to_the_end() {
    let mut desk = Desk::open(Config { owned: 312, inventory: 100, ..Config::default() }, OWNER);
    desk.wait_for("312 numbers").await;
    desk.wait_until("the list at rest", |screen| !screen.contains("page ")).await;
    let all = desk.owned().await;
    assert_eq!(selected(&desk.screen()), all[0].line.valid().unwrap());
    desk.press("G");
    let last = all[311].line.grouped();
    desk.wait_until("the last row", |screen| screen.contains(&format!("> {last}"))).await;
    desk.press("g");
    let first = all[0].line.grouped();
    desk.wait_until("the first row", |screen| screen.contains(&format!("> {first}"))).await;
    desk.quit().await;
}

#[tokio::test]
async fn a_number_is_found_by_its_digits_and_a_group_by_its_traits() {
    let mut desk = Desk::ready(OWNER).await;
    let all = desk.owned().await;
    desk.select(&all[17]).await;
    assert_eq!(selected(&desk.screen()), all[17].line.valid().unwrap());
    desk.press("esc");
    desk.wait_gone("match").await;
    let silent = all.iter().filter(|number| number.endpoint == Field::Null).count();
    desk.press("/");
    desk.type_text("endpoint:none");
    desk.wait_for(&format!("{} numbers, {silent} match", all.len())).await;
    desk.press("ctrl-u");
    desk.type_text("nothing-has-this");
    desk.wait_for("No number matches nothing-has-this").await;
    desk.press("esc");
    desk.quit().await;
}

#[tokio::test]
async fn a_number_is_bought_and_then_found_among_the_owned_ones() {
    let mut desk = Desk::ready(OWNER).await;
    let before = desk.owned().await.len();
    let number = desk.shop().await;
    desk.buy(&number).await;
    let screen = desk.wait_for("It is yours since").await;
    assert!(screen.contains("Calls do not arrive yet"), "what is missing is said:\n{screen}");
    let ours = desk.owned().await;
    assert_eq!(ours.len(), before + 1);
    assert!(ours.iter().any(|owned| owned.line == number.line && !owned.is_inactive()));
    desk.press("esc 1");
    desk.wait_for(&format!("1 Owned {}", before + 1)).await;
    let bought = ours.into_iter().find(|owned| owned.line == number.line).unwrap();
    desk.select(&bought).await;
    desk.press("esc q");
    desk.left().await;
}

#[tokio::test]
async fn what_was_bought_gets_an_endpoint_from_the_same_screen() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk.shop().await;
    desk.buy(&number).await;
    desk.wait_for("e attaches an endpoint").await;
    desk.press("e");
    desk.wait_for("Who answers calls to").await;
    desk.press("enter");
    desk.wait_for("type yes and Enter").await;
    desk.type_text("yes");
    desk.press("enter");
    let screen = desk.wait_for("Done: attach endpoint").await;
    assert!(
        screen.contains("Nothing in its settings keeps calls away"),
        "the outcome shows the number as it is now:\n{screen}"
    );
    let owned = desk.one(|owned| owned.line == number.line).await;
    assert!(matches!(owned.endpoint, Field::Value(_)), "{owned:?}");
}

#[tokio::test]
async fn somebody_else_is_quicker() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk.shop().await;
    desk.press("b");
    desk.wait_for("Type the last four digits to buy").await;
    let second = "a1000000-0000-4000-8000-000000000002";
    let rival = desk.other(OWNER, Some(second));
    let order = Purchase { item: Item::Inventory(number.id.clone()), endpoint: None };
    rival.purchase(&order, RequestId::random()).await.unwrap();
    desk.type_text(&last_four(&number));
    desk.press("enter");
    desk.wait_for("Somebody else bought it first").await;
    assert!(desk.owned().await.iter().all(|owned| owned.line != number.line));
    desk.press("esc");
    desk.wait_for(", complete").await;
    let line = number.line.grouped();
    assert!(!desk.screen().contains(&line), "it is not on the shelf any more:\n{}", desk.screen());
}

#[tokio::test]
async fn a_purchase_whose_answer_is_lost_is_found() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk.shop().await;
    desk.faults(&["purchase:drop-after-commit"]);
    desk.buy(&number).await;
    desk.wait_for("the number was found").await;
    let held = desk.owned().await.into_iter().filter(|owned| owned.line == number.line).count();
    assert_eq!(held, 1, "bought once");
}

#[tokio::test]
async fn a_purchase_that_never_arrived_is_known_not_to_have_happened() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk.shop().await;
    desk.faults(&["purchase:drop-before"]);
    desk.buy(&number).await;
    desk.wait_for("did not happen").await;
    desk.faults(&[]);
    assert!(desk.owned().await.iter().all(|owned| owned.line != number.line));
    desk.press("esc");
    desk.wait_for(", complete").await;
    desk.buy(&number).await;
    desk.wait_for("It is yours since").await;
}

#[tokio::test]
async fn a_purchase_that_happens_after_its_gateway_gave_up_is_told_wherever_one_is() {
    let mut desk = Desk::waiting(small(), OWNER, Duration::from_secs(60));
    desk.wait_for("30 numbers").await;
    let number = desk.shop().await;
    desk.faults(&["purchase:status=504", "purchase:commit-after=3s"]);
    desk.buy(&number).await;
    desk.wait_for("may still happen").await;
    desk.press("esc");
    desk.wait_gone("may still happen").await;
    desk.wait_for("the number was found: bought").await;
    assert_eq!(desk.owned().await.iter().filter(|owned| owned.line == number.line).count(), 1);
}

#[tokio::test]
async fn what_stays_unknown_is_settled_by_looking_again() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk.shop().await;
    desk.faults(&["purchase:drop-after-commit", "list:status=403"]);
    desk.buy(&number).await;
    desk.wait_for("Still unknown").await;
    desk.faults(&[]);
    desk.press("r");
    desk.wait_for("the number was found").await;
}

#[tokio::test]
async fn each_refusal_has_words_of_its_own() {
    for (key, said, next) in [
        ("kros_test_broke", "402", "Top up the account"),
        ("kros_test_kyc_not_submitted", "KYC_NOT_SUBMITTED", "was not submitted"),
        ("kros_test_kyc_initiated", "KYC_INITIATED", "begun but not finished"),
        ("kros_test_kyc_pending", "KYC_PENDING", "being reviewed"),
        ("kros_test_kyc_declined", "KYC_DECLINED", "was declined"),
        ("kros_test_member", "403", "ask an owner or admin"),
    ] {
        let mut desk = Desk::ready(key).await;
        let before = desk.owned().await.len();
        let number = desk.shop().await;
        desk.buy(&number).await;
        let screen = desk.wait_for("Not bought").await;
        assert!(screen.contains(said) && screen.contains(next), "{key}:\n{screen}");
        assert_eq!(desk.owned().await.len(), before, "{key}");
    }
}

#[tokio::test]
async fn every_switch_ends_where_the_server_holds_it() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk
        .one(|number| {
            number.status == Some(Status::Active)
                && number.switches[Switch::Inbound] == Some(true)
                && number.switches[Switch::Outbound] == Some(false)
                && matches!(number.endpoint, Field::Value(_))
        })
        .await;
    desk.select(&number).await;
    let digits = last_four(&number);
    for (key, answer, done) in [
        ("o", "yes", "Done: allow outbound"),
        ("o", "yes", "Done: stop outbound"),
        ("i", digits.as_str(), "Done: stop inbound"),
        ("i", "yes", "Done: allow inbound"),
        ("t", digits.as_str(), "Done: set status inactive"),
        ("t", "yes", "Done: set status active"),
    ] {
        desk.press(key);
        desk.wait_for("and Enter ").await;
        desk.type_text(answer);
        desk.press("enter");
        desk.wait_for(done).await;
        let held = desk.get(&number).await;
        let seen = match done.rsplit(": ").next().unwrap() {
            "allow outbound" => held.switches[Switch::Outbound] == Some(true),
            "stop outbound" => held.switches[Switch::Outbound] == Some(false),
            "stop inbound" => held.switches[Switch::Inbound] == Some(false),
            "allow inbound" => held.switches[Switch::Inbound] == Some(true),
            "set status inactive" => held.status == Some(Status::Inactive),
            "set status active" => held.status == Some(Status::Active),
            other => panic!("{other}"),
        };
        assert!(seen, "{done}: {held:?}");
    }
    let held = desk.get(&number).await;
    assert_eq!(
        (
            held.switches[Switch::Inbound],
            held.switches[Switch::Outbound],
            held.status.clone(),
            held.endpoint.clone()
        ),
        (
            number.switches[Switch::Inbound],
            number.switches[Switch::Outbound],
            number.status.clone(),
            number.endpoint.clone()
        ),
        "nothing else changed"
    );
}

#[tokio::test]
async fn an_endpoint_is_detached_and_attached_again() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk
        .one(|number| number.status == Some(Status::Active) && matches!(number.endpoint, Field::Value(_)))
        .await;
    desk.select(&number).await;
    desk.press("e");
    desk.wait_for("Who answers calls to").await;
    desk.press("end enter");
    desk.wait_for("nobody answers calls any more").await;
    desk.type_text(&last_four(&number));
    desk.press("enter");
    desk.wait_for("Done: detach the endpoint").await;
    assert_eq!(desk.get(&number).await.endpoint, Field::Null);
    desk.press("e");
    desk.wait_for("Who answers calls to").await;
    desk.type_text(number.endpoint.value().unwrap().as_str());
    desk.press("enter");
    desk.wait_for("type yes and Enter").await;
    desk.type_text("yes");
    desk.press("enter");
    desk.wait_for("Done: attach endpoint").await;
    assert_eq!(desk.get(&number).await.endpoint, number.endpoint);
}

#[tokio::test]
async fn a_released_number_stays_as_an_inactive_record() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk.one(|number| number.status == Some(Status::Active)).await;
    desk.select(&number).await;
    desk.press("x");
    desk.wait_for("back on sale").await;
    desk.type_text(&last_four(&number));
    desk.press("enter");
    desk.wait_for("Done: release of").await;
    desk.wait_for("inactive").await;
    assert_eq!(desk.get(&number).await.status, Some(Status::Inactive));
}

#[tokio::test]
async fn a_deleted_number_is_gone_here_and_there() {
    let mut desk = Desk::ready(OWNER).await;
    let before = desk.owned().await.len();
    let number = desk.one(|number| number.status == Some(Status::Active)).await;
    desk.select(&number).await;
    desk.press("enter");
    desk.wait_for("SIP credentials").await;
    desk.press("D");
    desk.wait_for("type the whole number").await;
    desk.type_text(&last_four(&number));
    desk.press("enter");
    desk.wait_for("Nothing was sent").await;
    desk.press("ctrl-u");
    desk.type_text(&number.line.to_string());
    desk.press("enter");
    desk.wait_for("Done: deletion of").await;
    desk.wait_for(&format!("1 Owned {}", before - 1)).await;
    assert!(desk.owned().await.iter().all(|owned| owned.id != number.id));
    let client = desk.other(OWNER, None);
    assert_eq!(client.get(&number.id).await.unwrap_err().kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_password_is_shown_when_asked_for_and_copied_without_being_shown() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk.owned().await.remove(0);
    let detail = desk.other(OWNER, None).get(&number.id).await.unwrap();
    let Some(Password::Set(password)) = detail.credentials.map(|sip| sip.password) else {
        panic!("the sandbox gives its owner a password")
    };
    desk.select(&number).await;
    desk.press("enter");
    desk.wait_for("••••").await;
    assert!(!desk.screen().contains(password.expose()));
    desk.press("v");
    desk.wait_for(password.expose()).await;
    desk.press("v");
    desk.wait_gone(password.expose()).await;
    desk.press("y");
    let menu = desk.wait_for("Copy what?").await;
    assert!(!menu.contains(password.expose()));
    let fields: Vec<&str> = menu.lines().skip_while(|line| !line.contains("Fields")).skip(1).collect();
    let at = fields.iter().position(|line| line.contains("SIP password")).unwrap();
    desk.press(&"down ".repeat(at));
    desk.press("enter");
    assert_eq!(desk.clipboard().await, password.expose());
    desk.wait_for("SIP password sent to the terminal's clipboard").await;
}

#[tokio::test]
async fn a_member_is_told_that_the_password_is_not_for_them() {
    let mut desk = Desk::ready("kros_test_member").await;
    desk.press("enter");
    desk.wait_for("not shown to your role").await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_blocks_no_key() {
    let slow = ["any:latency=60m".parse().unwrap()].to_vec();
    let mut desk = Desk::open(Config { faults: slow, ..small() }, OWNER);
    desk.wait_for("page 1").await;
    desk.press("?");
    desk.wait_for("on this screen").await;
    desk.press("esc 2");
    desk.wait_for("what is for sale").await;
    desk.press("enter");
    desk.wait_for("page 1").await;
    desk.press("1");
    desk.wait_for("page 1").await;
    desk.press("/");
    desk.type_text("777");
    desk.wait_for("/ 777").await;
    desk.press("esc");
    desk.quit().await;
}

#[tokio::test]
async fn a_server_that_is_gone_takes_no_row_away() {
    let mut desk = Desk::ready(OWNER).await;
    let line = selected(&desk.screen()).grouped();
    desk.kill_server();
    desk.press("r");
    let screen = desk.wait_for("What is shown is older").await;
    assert!(screen.contains(&line) && screen.contains(", old"), "{screen}");
    desk.press("down up");
    desk.quit().await;
}

#[tokio::test]
async fn a_write_on_its_way_is_waited_for_when_leaving() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk
        .one(|number| {
            number.status == Some(Status::Active) && number.switches[Switch::Outbound] == Some(false)
        })
        .await;
    desk.select(&number).await;
    desk.faults(&["update:latency=5s"]);
    desk.press("o");
    desk.wait_for("type yes and Enter").await;
    desk.type_text("yes");
    desk.press("enter");
    desk.wait_for("Waiting for the answer").await;
    desk.press("q ctrl-c");
    desk.wait_for("on its way").await;
    desk.press("ctrl-c");
    let (app, mut tasks, _sandbox, client) = desk.left().await;
    assert!(app.done());
    assert_eq!(tasks.writes(), 1);
    let ended = tasks.settle().await;
    let [Settled::Run(run)] = &ended[..] else { panic!("{ended:?}") };
    let outcome = run.lines()[0].outcome.as_ref();
    assert!(matches!(outcome, Some(Outcome::Updated { .. })), "{outcome:?}");
    assert_eq!(tasks.writes(), 0);
    let held = client.get(&NumberId::new(number.id.as_str())).await.unwrap().number;
    assert_eq!(held.switches[Switch::Outbound], Some(true));
}

#[tokio::test]
async fn what_is_in_doubt_stands_on_top_of_the_ledger_and_is_looked_at_again_from_there() {
    let mut desk = Desk::ready(OWNER).await;
    let number = desk.shop().await;
    desk.faults(&["purchase:drop-after-commit", "list:status=403"]);
    desk.buy(&number).await;
    desk.wait_for("Still unknown").await;
    desk.press("esc 3");
    desk.wait_for("! in doubt").await;
    desk.faults(&[]);
    desk.press("r");
    let screen = desk
        .wait_until("it settled", |screen| screen.contains("found: bought") && !screen.contains("in doubt"))
        .await;
    assert!(!screen.contains("in doubt"), "it is settled:\n{screen}");
    let ours = desk.owned().await;
    assert_eq!(ours.iter().filter(|owned| owned.line == number.line).count(), 1, "bought once");
    desk.press("1");
    desk.wait_for(&format!("1 Owned {}", ours.len())).await;
}

mod check;
mod many;

#[tokio::test]
async fn the_command_for_a_screen_shows_what_the_screen_shows() {
    let mut desk = Desk::ready(OWNER).await;
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_numdeck"));
    let path =
        format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
    let number = desk.one(|number| number.obstacles().is_empty()).await;
    desk.select(&number).await;
    let digits = number.line.digits();
    for (keys, shown) in
        [("", "numdeck list"), ("enter", "numdeck show"), ("c", "numdeck check"), ("3", "numdeck purchases")]
    {
        desk.press(keys);
        desk.press("Y");
        desk.wait_for(shown).await;
        desk.press("enter");
        let line = desk.clipboard_with(shown).await;
        let (called, path) = (line.clone(), path.clone());
        let run = move || std::process::Command::new("sh").args(["-c", &called]).env("PATH", path).output();
        let ran = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
        let out = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(ran.status.code().is_some_and(|code| code == 0 || code == 20), "{line}: {ran:?}");
        let names_it = !["numdeck purchases", "numdeck check"].contains(&shown);
        assert!(!names_it || out.replace(' ', "").contains(&digits), "{line}: {out}");
    }
}
