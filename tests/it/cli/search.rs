//! `search`: patterns over everything that is for sale, and what is said of it.

use serde_json::{Value, json};

use super::{OWNER, World, against, numdeck, text};
use crate::support::faulty::{Faulty, Reply, Request};
use crate::support::ran::Ran;

/// Numbers for sale by their last three digits, each with what it says of text messages.
async fn selling(ends: &[(u32, Option<bool>)]) -> Faulty {
    let rows: Vec<Value> = ends
        .iter()
        .map(|(end, sms)| {
            let can = sms.map_or(json!({"voice": true}), |sms| json!({"voice": true, "sms": sms}));
            json!({"id": format!("inv-{end}"), "e164": format!("+2348031234{end:03}"), "country": "NG",
                "type": "mobile", "inventory": {"monthly_cost_cents": 100, "setup_cost_cents": 0, "capabilities": can}})
        })
        .collect();
    Faulty::start(move |_, request: &Request| {
        let offset = usize::try_from(request.query("offset").unwrap_or(0)).unwrap().min(rows.len());
        let limit = usize::try_from(request.query("limit").unwrap_or(20)).unwrap();
        Reply::json(200, &Value::from(rows[offset..(offset + limit).min(rows.len())].to_vec()))
    })
    .await
}

async fn search(server: &Faulty, args: &[&str]) -> Ran {
    against(server, OWNER, &[&["search", "NG", "--columns", "number"], args].concat()).await.ok()
}

fn ends(ran: &Ran) -> Vec<&str> {
    ran.out.lines().map(|line| &line[line.len() - 3..]).collect()
}

#[test]
fn a_pattern_finds_in_everything_what_a_script_finds_in_a_whole_list() {
    let world = World::new(3, 1500);
    let all: Vec<String> =
        world.for_sale("NG").iter().map(|row| text(row, "e164").trim_start_matches('+').to_owned()).collect();
    let pairs = |line: &str| {
        let last: Vec<char> = line.chars().rev().take(4).collect();
        last[0] == last[1] && last[2] == last[3] && last[0] != last[2]
    };
    let rising = |line: &str| line.as_bytes().windows(3).any(|w| w[0] + 1 == w[1] && w[1] + 1 == w[2]);
    let fits = |pattern: &str, line: &str| match pattern {
        "*aabb" => pairs(line),
        "a<<" => rising(line),
        "23480*" => line.starts_with("23480"),
        "*77" => line.ends_with("77"),
        _ => line.contains(pattern),
    };
    for pattern in ["*aabb", "a<<", "23480*", "*77", "4567"] {
        let args = ["search", "NG", "--pattern", pattern, "--all", "--columns", "number"];
        let found = world.run(&args).ok();
        let wanted: Vec<String> =
            all.iter().filter(|line| fits(pattern, line)).map(|line| format!("+{line}")).collect();
        assert_eq!(found.out.lines().collect::<Vec<_>>(), wanted, "{pattern}");
        let scanned = format!("scanned {}, complete: {} match", all.len(), wanted.len());
        assert!(found.err.contains(&scanned), "{pattern}: {}", found.err);
        assert_eq!(found.err.contains("results are not reserved"), !wanted.is_empty());
    }
    let some = world.run(&["search", "NG", "--pattern", "7", "-n", "3"]).ok();
    assert_eq!(some.out.lines().count(), 3);
    assert!(some.err.contains("scanned the first ") && some.err.contains("--all or --limit N"), "{some:?}");
    let sorted = world.run(&["search", "NG", "--pattern", "7", "-n", "3", "--sort", "number"]).ok();
    assert!(sorted.err.contains(&format!("scanned {}, complete: ", all.len())), "{sorted:?}");
    assert!(sorted.err.contains("match, 3 shown: --all or --limit N"), "{sorted:?}");
}

#[tokio::test]
async fn a_block_is_printed_together_and_whole() {
    let numbers = [9, 1, 21, 3, 20, 2, 7, 22, 23, 30].map(|end| (end, Some(true)));
    let server = selling(&numbers).await;
    let found = search(&server, &["--block", "3"]).await;
    assert_eq!(ends(&found), ["001", "002", "003", "020", "021", "022", "023"]);
    assert!(
        found.err.contains("scanned 10, complete: 7 numbers in 2 blocks; results are not reserved"),
        "{found:?}"
    );
    let some = search(&server, &["--block", "3", "-n", "2"]).await;
    assert_eq!(ends(&some), ["001", "002", "003"], "a block is not cut");
    assert!(some.err.contains("2 blocks, 3 numbers shown"), "{some:?}");
    let none = search(&server, &["--block", "5"]).await;
    assert!(none.out.is_empty() && none.err.contains("leave out or loosen --block"), "{none:?}");
    // What does not fit is no part of a block.
    let found = search(&server, &["--block", "2", "--pattern", "*02?"]).await;
    assert_eq!(ends(&found), ["020", "021", "022", "023"]);
}

#[tokio::test]
async fn a_number_that_does_not_say_what_it_can_is_left_out_aloud() {
    let server = selling(&[(1, Some(true)), (2, Some(false)), (3, None), (4, Some(true))]).await;
    let found = search(&server, &["--can", "sms"]).await;
    assert_eq!(ends(&found), ["001", "004"]);
    assert!(found.err.contains("scanned 4, complete: 2 match"), "{found:?}");
    assert!(found.err.contains("1 of those scanned"), "{found:?}");
    let both = search(&server, &["--can", "SMS,voice", "--pattern", "*4"]).await;
    assert_eq!(ends(&both), ["004"]);
}

#[test]
fn nothing_found_comes_with_what_may_find_something() {
    let world = World::small();
    for (args, words) in [
        (&["NG", "--pattern", "0803*"][..], "country code"),
        (&["NG", "--pattern", "999999", "--type", "mobile"], "leave out or loosen --pattern or --type"),
        (&["NG", "--pattern", "*xxxxxx"], "the same letter is the same digit"),
        (&["IS"], "nothing is for sale in IS now: try another country"),
        (&["US", "--type", "mobile"], "of other types are: leave --type out"),
        (&["US", "--type", "mobile", "--pattern", "1"], "of other types are: leave --type out"),
    ] {
        let ran = world.run(&[&["search"], args].concat());
        assert_eq!(ran.code, if words == "country code" { 2 } else { 0 }, "{args:?}: {ran:?}");
        assert!(ran.out.is_empty() && ran.err.contains(words), "{args:?}: {ran:?}");
    }
}

#[test]
fn a_country_that_is_none_is_a_mistake_and_no_empty_shelf() {
    let world = World::small();
    for (args, why) in [
        (&["XX"][..], "no country is called 'XX'"),
        (&["XX", "--pattern", "7"], "no country is called 'XX'"),
        (&["--country", "XX", "-o", "json"], "no country is called 'XX'"),
    ] {
        let ran = world.run(&[&["search"], args].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {ran:?}");
        assert!(ran.err.contains(why), "{args:?}: {ran:?}");
    }
}

#[tokio::test]
async fn nothing_in_a_country_that_there_is_stays_an_empty_list() {
    let server = selling(&[]).await;
    let found = search(&server, &["-o", "json"]).await;
    assert_eq!(found.out, "[]\n");
    assert!(found.err.contains("nothing is for sale in NG now"), "{found:?}");
}

#[tokio::test]
async fn a_filter_by_what_no_number_for_sale_says_is_a_mistake_and_no_empty_list() {
    let silent = selling(&[(1, None), (2, None)]).await;
    for (args, key) in [
        (&["--status", "active"][..], "status"),
        (&["--filter", "status:inactive"], "status"),
        (&["--filter", "endpoint:sales-bot"], "endpoint"),
        (&["--filter", "outbound:on", "-o", "json"], "outbound"),
        (&["--filter", "org:x", "--sort", "number"], "org"),
        (&["--status", "active", "--block", "2"], "status"),
    ] {
        let ran = against(&silent, OWNER, &[&["search", "NG"], args].concat()).await;
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {ran:?}");
        let why = format!("numbers for sale do not say their {key}, so that none can match {key}:");
        assert!(ran.err.contains(&why), "{args:?}: {ran:?}");
    }
    // Where the server says it of some, nothing that fits is nothing.
    let row = |id: &str, status: Value| json!({"id": id, "e164": "+2348031234001", "country": "NG", "status": status});
    let rows = json!([row("inv-1", json!("inactive")), row("inv-2", Value::Null)]);
    let saying = Faulty::start(move |_, request| match request.query("offset").unwrap_or(0) {
        0 => Reply::json(200, &rows),
        _ => Reply::json(200, &json!([])),
    })
    .await;
    let found = search(&saying, &["--status", "active", "-o", "json"]).await;
    assert_eq!(found.out, "[]\n", "{found:?}");
    let found = search(&saying, &["--status", "inactive"]).await;
    assert_eq!(ends(&found), ["001"]);
}

#[test]
fn a_refusal_of_before_is_told_before_somebody_chooses() {
    let world = World::small();
    let id = text(&world.for_sale("NG")[0], "id").to_owned();
    let state = tempfile::tempdir().unwrap();
    let run = |key: &str, args: &[&str]| {
        let mut command = super::command(&world.0.base_url(), key, args);
        Ran::of(command.env("NUMDECK_STATE_DIR", state.path()).output().unwrap())
    };
    let look = |words: &str| {
        let ran = run(OWNER, &["search", "NG", "-n", "1"]).ok();
        assert_eq!(ran.err.contains("was refused"), !words.is_empty(), "{ran:?}");
        assert!(ran.err.contains(words), "{ran:?}");
    };
    look("");
    assert_eq!(run("kros_test_kyc_pending", &["buy", &id, "--yes"]).code, 6);
    look("just now: Identity verification is being reviewed");
    assert_eq!(run("kros_test_broke", &["buy", &id, "--yes"]).code, 7);
    look("Top up the account");
    // A look at the price is none, and a number that is gone tells nothing of the account.
    run(OWNER, &["buy", &id, "--dry-run"]).ok();
    look("Top up the account");
    run(OWNER, &["buy", &id, "--yes"]).ok();
    look("");
}

#[test]
fn the_pattern_language_has_its_own_page() {
    let page = numdeck("", "", &["help", "pattern"]).ok().out;
    assert!(page.contains("aabb") && page.contains("a<<<"), "{page}");
    let wrong = numdeck("", "", &["search", "NG", "--pattern", "7#7"]);
    assert!(wrong.code == 2 && wrong.err.contains("'#'"), "{wrong:?}");
}
