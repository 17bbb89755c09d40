//! The same in a shop that sells a number as often as somebody asks, where buying twice shows.

use super::*;
use crate::support::shop::{Shop, Weather};

/// Purchases of one number each, killed and given again.
const SINGLE: usize = 60;
/// Numbers of the long list, and how often its command is killed at most.
const LONG: usize = 200;
const KILLS: u32 = 12;

/// Runs a command and kills it as soon as something holds, unless it is quicker.
fn killed_once(customer: &Customer, args: &[&str], holds: impl Fn() -> bool) -> Ran {
    let mut child = customer.start(args);
    while !holds() && child.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

/// Runs a command and kills it after `delay`, unless it is quicker.
fn killed(customer: &Customer, args: &[&str], delay: Duration) -> Ran {
    let mut child = customer.start(args);
    thread::sleep(delay);
    child.kill().unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

fn timed(customer: &Customer, args: &[&str]) -> Duration {
    let began = Instant::now();
    customer.run(args);
    began.elapsed()
}

/// What the ledger says of an inventory id.
fn outcomes(customer: &Customer, id: &str) -> Vec<String> {
    let rows = customer.run(&["purchases", "list", "-o", "json"]).rows();
    let mine = rows.iter().filter(|row| row["inventory_id"] == id);
    mine.map(|row| row["outcome"].as_str().unwrap().to_owned()).collect()
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

fn list_of(customer: &Customer, lines: &[&str]) -> String {
    let file = customer.state.path().join("list");
    fs::write(&file, lines.join("\n")).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_purchase_that_is_killed_and_given_again_is_sent_once() {
    let shop = Shop::open(SINGLE + 1, 3);
    let customer = Customer::of(shop.url());
    let (sale, mut random) = (shop.sale(), Random(SEED));
    let usual = timed(&customer, &["buy", ids(&sale)[SINGLE], "--yes"]);
    let (mut in_doubt, mut finished) = (0, 0);
    for (place, row) in sale.iter().take(SINGLE).enumerate() {
        let id = row["id"].as_str().unwrap();
        // A third of them while the answer is on its way.
        let latency = Duration::from_millis(if place % 3 == 0 { 120 } else { 0 });
        shop.weather(Weather { latency, ..Weather::default() });
        let first = killed(&customer, &["buy", id, "--yes"], random.moment(usual * 5 / 4 + latency));
        shop.weather(Weather::default());
        in_doubt += u32::from(outcomes(&customer, id) == ["unknown"]);
        finished += u32::from(first.code == Some(0));
        let again = customer.run(&["buy", id, "--yes"]);
        // Bought now, found to be bought, or known to be bought from here.
        assert!(matches!(again.code, Some(0 | 8)), "{id}: {first:?} {again:?}");
        assert_eq!((shop.arrived(id), shop.sold(&row["e164"])), (1, 1), "{id}: {first:?} {again:?}");
        // What was entered and never sent is known not to be bought, and bought as an entry of its own.
        let entered = outcomes(&customer, id);
        let bought = entered.iter().filter(|outcome| *outcome == "bought").count();
        let open = entered.iter().any(|outcome| outcome == "unknown");
        assert!(bought == 1 && !open, "{id}: {entered:?} {first:?} {again:?}");
    }
    println!(
        "{SINGLE} purchases killed and given again: {in_doubt} in doubt, {finished} ended by themselves"
    );
    assert!(in_doubt > 0, "no kill came between the intent and the outcome");
}

#[test]
fn a_list_of_two_hundred_is_bought_once_though_its_command_is_killed_again_and_again() {
    let shop = Shop::open(LONG, 3);
    let customer = Customer::of(shop.url());
    let sale = shop.sale();
    // Half by their ids, half by their numbers.
    let lines: Vec<&str> = sale
        .iter()
        .enumerate()
        .map(|(place, row)| row[if place % 2 == 0 { "id" } else { "e164" }].as_str().unwrap())
        .collect();
    let file = list_of(&customer, &lines);
    let args = ["buy", "--file", &file, "--yes", "-o", "ndjson"];
    let mut random = Random(SEED ^ 0x200);
    let (mut kills, mut in_doubt) = (0, 0);
    let ran = loop {
        assert!(kills < 100, "the list never ends");
        // Now and then an answer is lost as well.
        let (latency, lost_after) = (Duration::from_millis(3), (kills % 3 == 1).then_some(23));
        shop.weather(Weather { latency, lost_after, ..Weather::default() });
        let sold = || sale.iter().map(|row| shop.sold(&row["e164"])).sum::<usize>();
        let ran = if kills < KILLS && kills.is_multiple_of(2) {
            // At whatever it does after so many more were sold.
            let enough = sold() + random.below(LONG as u64 / 8) as usize;
            let pause = random.moment(Duration::from_millis(6));
            killed_once(&customer, &args, || {
                let reached = sold() >= enough;
                if reached {
                    thread::sleep(pause);
                }
                reached
            })
        } else if kills < KILLS {
            killed(&customer, &args, random.moment(Duration::from_millis(300)))
        } else {
            customer.run(&args)
        };
        kills += u32::from(ran.code.is_none());
        let rows = customer.run(&["purchases", "list", "-o", "json"]).rows();
        let told = |word: &str| rows.iter().filter(|row| row["outcome"] == word).count();
        let sold = sold();
        in_doubt += told("unknown");
        assert!(
            (told("bought")..=told("bought") + told("unknown")).contains(&sold),
            "the ledger tells what was sold: {sold} sold, {} bought, {} unknown",
            told("bought"),
            told("unknown")
        );
        if ran.code == Some(0) {
            break ran;
        }
        assert!(matches!(ran.code, None | Some(11 | 12)), "{ran:?}");
    };
    for row in &sale {
        assert_eq!(shop.sold(&row["e164"]), 1, "{row}");
    }
    let mut rows = customer.run(&["purchases", "list", "-o", "json"]).rows();
    rows.retain(|row| row["outcome"] != "not_bought");
    assert_eq!(rows.len(), LONG, "{ran:?}");
    for row in &rows {
        assert_eq!((&row["outcome"], &row["reviewed_cents"]), (&json!("bought"), &json!(900)), "{row}");
    }
    println!("{LONG} numbers: killed {kills} times, {in_doubt} in doubt after a kill, each sold once");
    assert!(kills > 0);
}

#[test]
fn one_list_given_to_two_commands_at_once_is_bought_once() {
    for round in 0..4 {
        let shop = Shop::open(24, 3);
        let customer = Customer::of(shop.url());
        let sale = shop.sale();
        let file = list_of(&customer, &ids(&sale));
        shop.weather(Weather { latency: Duration::from_millis(10 * round), ..Weather::default() });
        let args = ["buy", "--file", &file, "--yes", "-o", "json"];
        let both = [customer.start(&args), customer.start(&args)];
        let ran = both.map(|child| Ran::of(child.wait_with_output().unwrap()));
        for row in &sale {
            let id = row["id"].as_str().unwrap();
            assert_eq!((shop.arrived(id), shop.sold(&row["e164"])), (1, 1), "{id}: {ran:?}");
        }
        assert!(ran.iter().all(|ran| ran.code == Some(0)), "{ran:?}");
    }
}

#[test]
fn changes_and_releases_of_many_are_sent_once_though_their_command_is_killed_again_and_again() {
    let shop = Shop::open(0, 24);
    let customer = Customer::of(shop.url());
    let owned = shop.owned();
    let file = list_of(&customer, &ids(&owned));
    let mut random = Random(SEED ^ 0x24);
    let mut kills = 0;
    for (expected, args) in [
        (1, &["update", "--file", &file, "--outbound", "on", "--yes"][..]),
        (2, &["release", "--file", &file, "--yes"][..]),
    ] {
        for attempt in 0.. {
            assert!(attempt < 100, "the list never ends");
            shop.weather(Weather { latency: Duration::from_millis(15), ..Weather::default() });
            let ran = if attempt < 10 {
                killed(&customer, args, random.moment(Duration::from_millis(300)))
            } else {
                customer.run(args)
            };
            kills += u32::from(ran.code.is_none());
            if ran.code == Some(0) {
                break;
            }
            assert_eq!(ran.code, None, "{ran:?}");
        }
        for id in ids(&owned) {
            assert_eq!(shop.arrived(id), expected, "{id}");
        }
    }
    let after = shop.owned();
    assert!(after.iter().all(|row| row["allow_outbound"] == true && row["status"] == "inactive"));
    println!("24 numbers changed and released: killed {kills} times, each write sent once");
    assert!(kills > 0);
}

#[test]
fn a_plan_that_is_killed_anywhere_and_applied_again_ends_as_planned_and_sends_nothing_twice() {
    let shop = Shop::open(0, 24);
    let customer = Customer::of(shop.url());
    let owned = shop.owned();
    let lines: Vec<String> = ids(&owned).iter().map(|id| format!("{id},on")).collect();
    let file = list_of(
        &customer,
        &[&["id,outbound".to_owned()], &lines[..]].concat().iter().map(String::as_str).collect::<Vec<_>>(),
    );
    let plan = customer.state.path().join("plan").to_str().unwrap().to_owned();
    assert_eq!(customer.run(&["plan", &file, "--out", &plan]).code, Some(0));
    let mut random = Random(SEED ^ 0x42);
    let mut kills = 0;
    for attempt in 0.. {
        assert!(attempt < 100, "the plan never ends");
        shop.weather(Weather { latency: Duration::from_millis(15), ..Weather::default() });
        let args = ["apply", &plan, "--yes"];
        let ran = match attempt < 12 {
            true => killed(&customer, &args, random.moment(Duration::from_millis(300))),
            false => customer.run(&args),
        };
        kills += u32::from(ran.code.is_none());
        if ran.code == Some(0) {
            break;
        }
        assert_eq!(ran.code, None, "{ran:?}");
    }
    for id in ids(&owned) {
        assert_eq!(shop.arrived(id), 1, "{id}");
    }
    assert!(shop.owned().iter().all(|row| row["allow_outbound"] == true));
    println!("24 numbers of a plan: killed {kills} times, each PATCH sent once");
    assert!(kills > 0);
}

#[test]
fn a_clock_that_was_set_back_or_forward_makes_nobody_buy_again() {
    let shop = Shop::open(2, 3);
    let customer = Customer::of(shop.url());
    let sale = shop.sale();
    let id = sale[0]["id"].as_str().unwrap();
    assert_eq!(customer.run(&["buy", id, "--yes"]).code, Some(0));
    let ledger = fs::read_dir(customer.state.path().join("ledger")).unwrap();
    let file =
        ledger.map(|file| file.unwrap().path()).find(|path| path.extension().unwrap() == "jsonl").unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let today = &customer.lines()[0]["at"].as_str().unwrap()[..10].to_owned();
    for day in ["2001-01-01", "2099-01-01"] {
        fs::write(&file, text.replace(today.as_str(), day)).unwrap();
        let again = customer.run(&["buy", id, "--yes"]);
        assert!(again.code == Some(0) && again.err.contains("yours already"), "{day}: {again:?}");
    }
    assert_eq!(shop.sold(&sale[0]["e164"]), 1);
}
