//! A list of numbers, bought by a command that is killed again and again.

use super::*;

/// Each buyer buys so many lists of so many numbers.
const LISTS: u32 = 3;
const NUMBERS: usize = 12;

/// What happened while lists were bought.
#[derive(Debug, Default)]
struct Kills {
    killed: u32,
    in_doubt: u32,
    finished: u32,
}

/// Buys a list: its command is killed at any moment and started again, until it ends by itself.
fn buy_a_list(buyer: &mut Buyer, list: u32, kills: &mut Kills) {
    let rows: Vec<Value> = buyer.sale.by_ref().take(NUMBERS).collect();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let file = buyer.customer.state.path().join(format!("list-{list}"));
    // Half by their ids, half by their numbers.
    let lines: Vec<String> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| text(row, if place % 2 == 0 { "id" } else { "e164" }))
        .collect();
    fs::write(&file, lines.join("\n")).unwrap();
    let args = ["buy", "--file", file.to_str().unwrap(), "--yes", "-o", "ndjson"];
    for attempt in 0.. {
        assert!(attempt < 200, "the list never ends");
        let faults: &[&str] = match attempt % 4 {
            0 => &["purchase:latency=30ms"],
            1 => &["purchase:drop-after-commit@0.2", "list:latency=40ms"],
            2 => &["purchase:drop-before@0.1"],
            _ => &[],
        };
        buyer.faults(faults);
        let longest = if attempt < 12 { buyer.usual * 8 } else { Duration::from_secs(60) };
        let ran = if attempt < 12 {
            let kill = Kill::After(buyer.random.moment(longest));
            buyer.killed(&args, kill, &Value::Null)
        } else {
            buyer.killed(&args, Kill::Never, &Value::Null)
        };
        buyer.faults(&[]);
        kills.killed += u32::from(ran.code.is_none());
        agrees(buyer, &rows, kills, &format!("list {list}, attempt {attempt}: {ran:?}"));
        if ran.code == Some(0) {
            break;
        }
        assert!(matches!(ran.code, None | Some(10..=12)), "{ran:?}");
    }
    for row in &rows {
        assert_eq!(buyer.customer.holds(&row["e164"]), 1, "{row}");
    }
    kills.finished += 1;
}

/// Server and ledger tell the same: what one says is bought the other holds, once.
fn agrees(buyer: &Buyer, rows: &[Value], kills: &mut Kills, what: &str) {
    let owned = buyer.customer.run(&["list", "--all", "-o", "json"]).rows();
    let entries = buyer.customer.run(&["purchases", "list", "-o", "json"]).rows();
    for row in rows {
        let held =
            owned.iter().filter(|own| own["e164"] == row["e164"] && own["status"] != "inactive").count();
        assert!(held <= 1, "{what}: {row} was bought {held} times");
        let mine: Vec<&Value> = entries
            .iter()
            .filter(|entry| entry["e164"] == row["e164"])
            .map(|entry| &entry["outcome"])
            .collect();
        let bought = mine.iter().filter(|outcome| **outcome == "bought").count();
        let open = mine.iter().filter(|outcome| **outcome == "unknown").count();
        assert!(bought <= held, "{what}: the ledger says bought, the server does not hold {row}");
        assert!(held <= bought + open, "{what}: {row} is held, and the ledger does not know: {mine:?}");
        kills.in_doubt += open as u32;
        for entry in entries.iter().filter(|entry| entry["e164"] == row["e164"]) {
            assert!(entry["reviewed_cents"].is_i64(), "{what}: at which price? {entry}");
        }
    }
}

#[test]
fn a_list_whose_command_is_killed_again_and_again_is_bought_once() {
    println!("seed {SEED:#x}");
    let mut kills = Kills::default();
    let mut buyers: Vec<Buyer> =
        (0..BUYERS).map(|buyer| Buyer::new(SEED.rotate_left(8 * buyer + 4))).collect();
    thread::scope(|scope| {
        let buyers: Vec<_> = buyers
            .iter_mut()
            .map(|buyer| {
                scope.spawn(|| {
                    let mut kills = Kills::default();
                    buyer.killed(&["list"], Kill::Never, &Value::Null);
                    buyer.usual = buyer.took;
                    for list in 0..LISTS {
                        buy_a_list(buyer, list, &mut kills);
                    }
                    kills
                })
            })
            .collect();
        for buyer in buyers {
            let theirs = buyer.join().expect("the list above went wrong");
            kills.killed += theirs.killed;
            kills.in_doubt += theirs.in_doubt;
            kills.finished += theirs.finished;
        }
    });
    println!(
        "{} lists of {NUMBERS} numbers: killed {} times, {} lines in doubt after a kill, none bought twice, none lost",
        kills.finished, kills.killed, kills.in_doubt
    );
    assert_eq!(kills.finished, BUYERS * LISTS);
    assert!(kills.killed > 0 && kills.in_doubt > 0);
}
