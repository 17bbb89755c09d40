//! Many at once: lists of numbers to buy, to change and to release.

use std::io::Write;

use super::*;

impl World {
    fn with_input(&self, args: &[&str], input: &str) -> Ran {
        let mut command = command(&self.0.base_url(), OWNER, args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ran::ended(args, child.wait_with_output().unwrap())
    }
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| text(row, "id")).collect()
}

fn outcomes(ran: &Ran) -> Vec<String> {
    ran.rows().iter().map(|row| text(row, "outcome").to_owned()).collect()
}

/// Setup and first month of a row, in cents.
fn today(row: &Value) -> i64 {
    row["inventory"]["setup_cost_cents"].as_i64().unwrap()
        + row["inventory"]["monthly_cost_cents"].as_i64().unwrap()
}

#[test]
fn many_numbers_are_quoted_together_and_bought_one_after_another() {
    let world = World::small();
    let rows = world.for_sale("NG")[..4].to_vec();
    let sum: i64 = rows.iter().map(today).sum();
    let args = |more: &[&str]| -> Vec<String> {
        ["buy"].iter().chain(&ids(&rows)).chain(more).map(|arg| (*arg).to_owned()).collect()
    };
    let run = |more: &[&str]| world.run(&args(more).iter().map(String::as_str).collect::<Vec<_>>());

    let dry = run(&["--dry-run", "-o", "json"]).ok();
    assert_eq!(outcomes(&dry), ["would_buy"; 4]);
    assert_eq!(world.owned().len(), 30, "a dry run buys nothing");
    let unconfirmed = run(&[]);
    assert_eq!(unconfirmed.code, 5, "{unconfirmed:?}");
    assert!(unconfirmed.err.contains(&format!("{}.{:02}", sum / 100, sum % 100)), "{}", unconfirmed.err);
    assert_eq!(world.owned().len(), 30);

    let bought = run(&["--yes", "-o", "ndjson"]).ok();
    let lines: Vec<Value> = bought.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (line, row) in lines.iter().zip(&rows) {
        assert_eq!((&line["outcome"], &line["e164"]), (&json!("bought"), &row["e164"]));
        assert_eq!((&line["inventory_id"], line["reviewed_cents"].as_i64()), (&row["id"], Some(today(row))));
    }
    assert_eq!((lines.len(), world.owned().len()), (4, 34));
    let again = run(&["--yes", "-o", "json"]).ok();
    assert_eq!(outcomes(&again), ["owned"; 4]);
    assert_eq!(world.owned().len(), 34);
}

#[test]
fn a_file_is_bought_from_by_id_number_or_table_and_nothing_in_it_twice() {
    let world = World::small();
    let rows = world.for_sale("NG")[..6].to_vec();
    let plain = format!(
        "# tonight\n{}\n{}\n{}\n",
        text(&rows[0], "id"),
        text(&rows[1], "e164"),
        text(&rows[0], "id")
    );
    let ran = world.with_input(&["buy", "--file", "-", "--yes", "-o", "json"], &plain);
    assert_eq!(outcomes(&ran), ["bought", "bought"], "{ran:?}");
    let table = world.run(&["search", "--country", "NG", "--limit", "3", "-o", "csv"]).ok().out;
    let ran = world.with_input(&["buy", "--file", "-", "--yes", "-o", "json"], &table);
    assert_eq!((ran.code, outcomes(&ran)), (0, vec!["bought".to_owned(); 3]), "{ran:?}");

    // On another machine there is no ledger: the numbers themselves tell what is owned.
    let elsewhere = tempfile::tempdir().unwrap();
    let args = ["buy", "--file", "-", "--yes", "-o", "json"];
    let mut command = command(&world.0.base_url(), OWNER, &args);
    command.env("NUMDECK_STATE_DIR", elsewhere.path()).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(plain.as_bytes()).unwrap();
    let ran = Ran::ended(&args, child.wait_with_output().unwrap());
    assert_eq!((ran.code, outcomes(&ran)), (0, vec!["owned".to_owned(); 2]), "{ran:?}");
}

#[test]
fn a_budget_stops_before_the_purchase_that_would_cross_it() {
    let world = World::small();
    let rows = world.for_sale("NG")[..3].to_vec();
    let list = ids(&rows).join("\n");
    let two = (today(&rows[0]) + today(&rows[1])).to_string();
    let buy = |more: &[&str]| {
        let args = [&["buy", "--file", "-", "--yes", "-o", "json"], more].concat();
        world.with_input(&args, &list)
    };
    let none = buy(&["--max-total", "1"]);
    assert_eq!((none.code, world.owned().len()), (6, 30), "{none:?}");
    let each = buy(&["--max-each", "1"]);
    assert_eq!((each.code, error(&each)["code"].as_str()), (6, Some("OVER_BUDGET")), "{each:?}");
    let part = buy(&["--max-total", &two]);
    assert_eq!(part.code, 12, "{part:?}");
    assert_eq!(outcomes(&part), ["bought", "bought", "not_tried"]);
    assert_eq!(error(&part)["code"], "OVER_BUDGET");
    assert_eq!(world.owned().len(), 32);
    let dry = buy(&["--max-total", "1", "--dry-run"]);
    assert_eq!(
        (dry.code, outcomes(&dry)),
        (6, vec!["owned".into(), "owned".into(), "not_tried".into()]),
        "{dry:?}"
    );
}

#[test]
fn an_unknown_price_is_beyond_every_budget_unless_it_was_allowed() {
    let world = World::new(5, 2000);
    let (known, unpriced) = (world.for_sale("NG")[0].clone(), world.for_sale("EG")[0].clone());
    let list = format!("{}\n{}", text(&known, "e164"), text(&unpriced, "id"));
    let refused = world.with_input(&["buy", "--file", "-", "--yes", "-o", "json"], &list);
    assert_eq!(
        (refused.code, outcomes(&refused)),
        (12, vec!["bought".into(), "not_tried".into()]),
        "{refused:?}"
    );
    let allowed =
        world.with_input(&["buy", "--file", "-", "--yes", "-o", "json", "--allow-unknown-price"], &list);
    assert_eq!((allowed.code, outcomes(&allowed)), (0, vec!["owned".into(), "bought".into()]), "{allowed:?}");
}

#[test]
fn a_run_stops_at_what_the_next_line_would_meet_as_well_and_skips_what_is_gone() {
    let world = World::small();
    let rows = world.for_sale("NG")[..3].to_vec();
    let list = ids(&rows).join("\n");
    let broke = {
        let args = ["buy", "--file", "-", "--yes", "-o", "json"];
        let mut command = command(&world.0.base_url(), "kros_test_broke", &args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
        Ran::ended(&args, child.wait_with_output().unwrap())
    };
    assert_eq!(
        (broke.code, outcomes(&broke)),
        (7, vec!["refused".into(), "not_tried".into(), "not_tried".into()])
    );
    world.run_as("kros_test_admin", &["buy", text(&rows[1], "id"), "--yes"]).ok();
    world.run_as("kros_test_admin", &["release", text(&rows[1], "e164"), "--yes"]).ok();
    let missing = format!("{list}\n+2348000000000");
    let ran = world.with_input(&["buy", "--file", "-", "--yes", "-o", "json"], &missing);
    assert_eq!(ran.code, 12, "{ran:?}");
    let rows = ran.rows();
    let gone = rows.iter().find(|row| row["e164"] == "+2348000000000").unwrap();
    assert_eq!(
        (&gone["outcome"], &gone["error"]["code"]),
        (&json!("not_bought"), &json!("NUMBER_NOT_AVAILABLE"))
    );
    assert!(rows.iter().filter(|row| row["outcome"] == "bought").count() >= 2, "{rows:?}");
}

#[test]
fn an_unknown_outcome_stops_the_run_and_is_its_exit_code() {
    let world = World::small();
    let list = ids(&world.for_sale("NG")[..5]).join("\n");
    let buy = || world.with_input(&["buy", "--file", "-", "--yes", "-o", "json"], &list);
    world.broken(&["purchase:drop-before"]);
    let ran = buy();
    assert_eq!(ran.code, 10, "looked up, not bought, and nothing else was done: {ran:?}");
    let left = ["not_bought", "not_bought", "not_bought", "not_tried", "not_tried"];
    assert_eq!(outcomes(&ran), left, "a server in trouble is left alone");
    world.broken(&["purchase:drop-before", "available:status=500"]);
    let ran = buy();
    assert_eq!((ran.code, error(&ran)["code"].as_str()), (11, Some("OUTCOME_UNKNOWN")), "{ran:?}");
    assert_eq!(outcomes(&ran)[..2], ["unknown", "not_tried"], "{ran:?}");
    world.broken(&[]);
    assert_eq!(world.owned().len(), 30);
    // What is in doubt is looked up before it is bought.
    let ran = buy().ok();
    assert_eq!((outcomes(&ran), world.owned().len()), (vec!["bought".to_owned(); 5], 35), "{ran:?}");
}

#[test]
fn many_are_changed_and_released_exactly_as_named() {
    let world = World::small();
    let mut rows = world.answered();
    rows.truncate(3);
    let list = format!("{}\n{}\n{}\n", text(&rows[0], "e164"), text(&rows[1], "id"), text(&rows[2], "e164"));
    let off = ["update", "--file", "-", "--inbound", "off", "-o", "json"];
    let dry = world.with_input(&[&off[..], &["--dry-run"]].concat(), &list);
    assert_eq!((dry.code, outcomes(&dry)), (0, vec!["would_change".to_owned(); 3]), "{dry:?}");
    assert_eq!(
        dry.rows()[0]["dry_run"],
        json!({"before": {"allow_inbound": true}, "after": {"allow_inbound": false}})
    );
    assert_eq!(world.with_input(&off, &list).code, 5, "nobody agreed");
    let done = world.with_input(&[&off[..], &["--yes"]].concat(), &list);
    assert_eq!((done.code, outcomes(&done)), (0, vec!["done".to_owned(); 3]), "{done:?}");
    let again = world.with_input(&[&off[..], &["--yes"]].concat(), &list);
    assert_eq!((again.code, outcomes(&again)), (0, vec!["unchanged".to_owned(); 3]), "{again:?}");

    let wrong = world.with_input(&["release", "--file", "-", "--yes"], &format!("{list}+2348000000000\n"));
    assert_eq!((wrong.code, wrong.out.as_str()), (4, ""), "all or nothing: {wrong:?}");
    assert!(wrong.err.contains("nothing was sent"), "{wrong:?}");
    let released = world.with_input(&["release", "--file", "-", "--yes", "-o", "json"], &list);
    assert_eq!(outcomes(&released), ["done"; 3]);
    let inactive = world.owned().into_iter().filter(|row| row["status"] == "inactive");
    let inactive: BTreeSet<String> = inactive.map(|row| text(&row, "id").to_owned()).collect();
    assert!(rows.iter().all(|row| inactive.contains(text(row, "id"))));
}

#[test]
fn deleting_takes_exactly_one() {
    let world = World::small();
    let rows = world.answered();
    let ran = world.run(&[
        "delete",
        text(&rows[0], "e164"),
        text(&rows[1], "e164"),
        "--confirm",
        text(&rows[0], "e164"),
    ]);
    assert_eq!((ran.code, world.owned().len()), (2, 30), "{ran:?}");
}

#[test]
fn an_interrupt_ends_a_run_after_the_line_on_its_way() {
    let world = World::small();
    let rows = world.for_sale("NG")[..8].to_vec();
    world.broken(&["purchase:latency=300ms"]);
    let args = [&["buy", "--yes", "-o", "ndjson"][..], &ids(&rows)].concat();
    let mut child = command(&world.0.base_url(), OWNER, &args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let rest: Vec<Value> = out.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    let ran = child.wait_with_output().unwrap();
    assert_eq!(ran.status.code(), Some(130));
    let bought = 1 + rest.iter().filter(|row| row["outcome"] == "bought").count();
    let left = rest.iter().filter(|row| row["outcome"] == "not_tried").count();
    assert_eq!((bought + left, left > 0), (8, true), "{rest:?}");
    world.broken(&[]);
    assert_eq!(world.owned().len(), 30 + bought, "what was on its way is known");
    let again = world.run(&[&["buy", "--yes", "-o", "json"][..], &ids(&rows)].concat()).ok();
    assert_eq!(outcomes(&again).iter().filter(|outcome| *outcome == "owned").count(), bought);
}

#[test]
fn nobody_reading_hides_no_failure() {
    let world = World::small();
    let rows = world.for_sale("NG")[..2].to_vec();
    let one = today(&rows[0]).to_string();
    let args = [&["buy", "--yes", "--max-total", &one][..], &ids(&rows)].concat();
    let mut child = command(&world.0.base_url(), OWNER, &args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!((ran.code, world.owned().len()), (12, 31), "{ran:?}");
    assert!(ran.err.contains("1 bought"), "{ran:?}");
}

#[test]
fn what_was_bought_is_changed_by_the_report_of_its_purchase() {
    let world = World::small();
    let rows = world.for_sale("NG")[..2].to_vec();
    let report = world.run(&[&["buy", "--yes", "-o", "csv"][..], &ids(&rows)].concat()).ok().out;
    let ran =
        world.with_input(&["update", "--file", "-", "--outbound", "on", "--yes", "-o", "json"], &report);
    assert_eq!((ran.code, outcomes(&ran)), (0, vec!["done".to_owned(); 2]), "{ran:?}");
    let released = world.with_input(&["release", "--file", "-", "--yes", "-o", "json"], &report);
    assert_eq!(outcomes(&released), ["done"; 2]);
    let again = world.with_input(&["release", "--file", "-", "--yes", "-o", "json"], &report);
    assert_eq!(
        (again.code, outcomes(&again)),
        (0, vec!["unchanged".to_owned(); 2]),
        "released from here before"
    );
}

#[test]
fn a_list_with_a_line_that_names_nothing_is_refused_as_a_whole() {
    let world = World::small();
    let row = world.for_sale("NG")[0].clone();
    for line in ["0803 777 1000", "+234803abc", "inv-1\tNG"] {
        let list = format!("{}\n{line}\n", text(&row, "id"));
        let ran = world.with_input(&["buy", "--file", "-", "--yes"], &list);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("nothing was sent: -: line 2"), "{ran:?}");
    }
    let ran = world.with_input(&["buy", "--file", "-", "--yes"], "no-such-id\n");
    assert_eq!(ran.code, 2, "no id looks so: {ran:?}");
    let ran = world.with_input(&["buy", "--file", "-", "--yes", "-o", "json"], "inv-1\n");
    assert_eq!(outcomes(&ran), ["not_bought"], "an id that the server does not know costs its line: {ran:?}");
}

#[test]
fn what_is_owned_without_the_endpoint_that_is_asked_for_is_done_and_said_to_lack_it() {
    let world = World::small();
    let (row, endpoint) = (world.for_sale("NG")[0].clone(), world.answered()[0]["endpoint_id"].clone());
    world.run(&["buy", text(&row, "id"), "--yes"]).ok();
    let list = text(&row, "id").to_owned();
    let endpoint = endpoint.as_str().unwrap();
    let ran = world.with_input(&["buy", "--file", "-", "--yes", "--endpoint", endpoint, "-o", "json"], &list);
    assert_eq!((ran.code, outcomes(&ran)), (0, vec!["owned".to_owned()]), "{ran:?}");
    assert!(ran.err.contains("no endpoint"), "{ran:?}");
}

#[tokio::test]
async fn a_pause_that_the_server_asks_for_is_a_new_attempt_of_the_same_line() {
    let server = Faulty::start(|_, request| {
        let row = json!({"id": "inv-1", "e164": "+2348037771000", "country": "NG", "type": "mobile",
            "inventory": {"setup_cost_cents": 1, "monthly_cost_cents": 1}});
        let other = json!({"id": "inv-2", "e164": "+2348037771001", "country": "NG", "type": "mobile",
            "inventory": {"setup_cost_cents": 1, "monthly_cost_cents": 1}});
        match (request.method.as_str(), request.target.as_str()) {
            ("POST", _) => match POSTS.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                0 => Reply::answer(
                    429,
                    &[("retry-after", "0.2")],
                    r#"{"error":"slow down","retry_after":0.2}"#,
                ),
                n => Reply::json(
                    201,
                    &json!({"id": format!("n-{n}"), "status": "active",
                    "e164": if n == 1 { "+2348037771000" } else { "+2348037771001" }}),
                ),
            },
            (_, target) if target.contains("inv-1") => Reply::json(200, &row),
            (_, target) if target.contains("inv-2") => Reply::json(200, &other),
            _ => Reply::json(200, &json!([])),
        }
    })
    .await;
    let ran = against(&server, OWNER, &["buy", "inv-1", "inv-2", "--yes", "-o", "json"]).await;
    assert_eq!((ran.code, outcomes(&ran)), (0, vec!["bought".to_owned(); 2]), "{ran:?}");
    let posts = server.requests().into_iter().filter(|request| request.method == "POST");
    let ids: Vec<String> = posts.map(|post| post.json()["inventory_id"].to_string()).collect();
    assert_eq!(ids, [r#""inv-1""#, r#""inv-1""#, r#""inv-2""#]);
}

static POSTS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
