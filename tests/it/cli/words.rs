//! The first guesses of people who come from other tools: each works, or its first line says what does.

use super::*;

/// A number of the small world, and what stands for it in the table.
const N: &str = "N";

/// What is typed, how it ends, and what stdout (where it works) or the first line of stderr says.
const GUESSES: &[(&str, i32, &str)] = &[
    ("ls", 0, "+"),
    ("get N", 0, "sip_username"),
    ("describe N", 0, "sip_username"),
    ("show N", 0, "sip_username"),
    ("help", 0, "Exit codes:"),
    ("help buy", 0, "--max-total"),
    ("version", 0, "numdeck "),
    ("--help", 0, "Exit codes:"),
    ("--version", 0, "numdeck "),
    ("numbers list", 2, "numdeck list"),
    ("phone-numbers list", 2, "numdeck list"),
    ("number buy", 2, "numdeck buy"),
    ("rm N", 2, "numdeck delete NUMBER --confirm"),
    ("rm N", 2, "numdeck release"),
    ("delete N", 5, "numdeck release"),
    ("delete N --yes", 2, "--confirm"),
    ("edit N", 2, "numdeck update"),
    ("set N", 2, "numdeck update"),
    ("config", 2, "numdeck profile"),
    ("balance", 2, "the API does not tell the balance"),
    ("completion zsh", 0, "numdeck"),
    ("auth login", 2, "numdeck login"),
    ("buy --country NG", 2, "search"),
    ("buy NG", 2, "numdeck search NG"),
    ("list --json", 0, "[\n{\"id\""),
    ("list -o yaml", 2, "table, json, ndjson, csv"),
    ("list --format json", 0, "[\n{\"id\""),
    ("list --output=json", 0, "[\n{\"id\""),
    ("list -ojson", 0, "[\n{\"id\""),
    ("list -q", 0, "+"),
    ("list -n 3", 0, "+"),
    ("list --limit=3", 0, "+"),
    ("list --filter ng", 0, "NG"),
    ("list --status active", 0, "active"),
    ("list --country NG", 0, "NG"),
    ("list country=NG", 0, "NG"),
    ("search NG", 0, "NG"),
    ("search NG --contains 777", 2, "'*777*'"),
    ("search NG --pattern 0803*", 2, "234803*"),
    ("search NG --sort monthly", 0, "NG"),
    ("update country:ke --inbound off", 2, "numdeck list country:ke --all | numdeck update --file -"),
    ("release N -y", 0, "done"),
    ("release N --force", 2, "--yes"),
    ("logs", 2, "numdeck purchases"),
    ("profiles", 0, ""),
    ("--api-key K list", 2, "NUMDECK_API_KEY"),
    ("list --token K", 2, "NUMDECK_API_KEY"),
    ("check all --settings-only", 20, "bad_settings"),
    ("check --all --settings-only", 20, "bad_settings"),
    ("ping N", 2, "numdeck check"),
    ("test N", 2, "numdeck check"),
];

#[test]
fn a_first_guess_works_or_its_first_line_names_what_does() {
    let world = World::small();
    let number = text(&world.answered()[0], "e164").to_owned();
    let mut wrong = Vec::new();
    for (typed, code, said) in GUESSES {
        let words: Vec<&str> =
            typed.split(' ').map(|word| if word == N { number.as_str() } else { word }).collect();
        let ran = world.run(&words);
        // A refusal names it at once, or right below.
        let refusal = ran.err.lines().take(2).collect::<Vec<_>>().join("\n");
        let place = if *code == 2 || *code == 5 { &refusal } else { &ran.out };
        if ran.code != *code || !place.contains(said) {
            wrong.push(format!("{typed}: wanted {code} and {said}\n{ran:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    let world = World::small();
    for typed in
        ["list --api-key=kros_live_hunter2", "list --token kros_live_hunter2", "--password=hunter2 list"]
    {
        let ran = world.run(&typed.split(' ').collect::<Vec<_>>());
        assert_eq!(ran.code, 2, "{typed}");
        assert!(!ran.said().contains("hunter2"), "{typed}: {ran:?}");
    }
}

#[test]
fn only_what_is_near_is_guessed() {
    for (typed, said) in [
        ("list --endpoint x", "endpoint:NAME is a word of the filter"),
        ("list --inbound off", "inbound:off and outbound:on are words of the filter"),
        ("list --as 2h", "there is no option --as of numdeck list"),
        ("help exit", "exit"),
        ("list --colums x", "did you mean --columns?"),
        ("list --limt 3", "did you mean --limit?"),
        ("serach NG", "search"),
        ("lisst", "list"),
    ] {
        let ran = numdeck("", "", &typed.split(' ').collect::<Vec<_>>());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{typed}: {ran:?}");
        assert!(ran.err.contains(said), "{typed}: {ran:?}");
        let is_near = ["--colums", "--limt", "serach", "lisst"].iter().any(|word| typed.contains(word));
        assert_eq!(ran.err.contains("did you mean"), is_near, "{typed}: {ran:?}");
        assert!(is_near || !ran.err.contains("get"), "{typed}: {ran:?}");
    }
}

#[test]
fn every_error_about_arguments_has_the_form_of_every_other_error() {
    let world = World::small();
    for typed in [
        "lisst",
        "list --colums x",
        "list --limit 0",
        "list --limit",
        "list --all --limit 3",
        "list --sort colour",
        "show",
        "show a b",
        "buy",
        "update x",
        "purchases settle",
        "help nothing",
        "list -o yaml",
        "check",
        "search NG --country KE",
    ] {
        let words: Vec<&str> = typed.split(' ').collect();
        let ran = world.run(&words);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{typed}");
        let lines: Vec<&str> = ran.err.lines().collect();
        let [said, hint] = lines.as_slice() else { panic!("{typed}: two lines, not {ran:?}") };
        assert!(said.starts_with("numdeck: ") && said.len() > 20, "{typed}: {said}");
        assert!(!said.contains("error:") && !hint.contains("Usage"), "{typed}: {ran:?}");
        let json = error(&world.run(&[&words[..], &["--json"]].concat()));
        assert_eq!(format!("numdeck: {}", text(&json, "message")), *said, "{typed}");
    }
}

#[test]
fn quiet_leaves_rows_and_errors_and_nothing_else() {
    let world = World::small();
    let loud = world.run(&["list", "-n", "3"]).ok();
    let quiet = world.run(&["list", "-n", "3", "-q"]).ok();
    assert_eq!((quiet.out, quiet.err.as_str()), (loud.out, ""));
    assert!(!loud.err.is_empty());
    assert!(world.run(&["show", "+2340000", "-q"]).err.starts_with("numdeck: "));
}

#[test]
fn options_narrow_as_the_words_of_a_filter_do() {
    let world = World::new(120, 60);
    for (options, words) in [
        (&["list", "--country", "NG", "--type", "mobile"][..], &["list", "country:ng", "type:mobile"][..]),
        (&["list", "--status", "inactive"], &["list", "status:inactive"]),
        (
            &["list", "--filter", "!country:ng 2", "--status", "active"],
            &["list", "!country:ng", "2", "status:active"],
        ),
        (&["search", "NG", "--filter", "2"], &["search", "--country", "NG", "--pattern", "2"]),
    ] {
        let same = |args: &[&str]| world.run(&[args, &["--all", "-o", "json"]].concat()).ok().rows();
        assert!(!same(options).is_empty(), "{options:?}");
        assert_eq!(same(options), same(words), "{options:?}");
    }
    let one = world.run(&["check", "--settings-only", "--country", "NG", "-o", "ndjson"]);
    let other = world.run(&["check", "--settings-only", "country:ng", "-o", "ndjson"]);
    let ids = |ran: &Ran| ran.lines().iter().map(|row| text(row, "id").to_owned()).collect::<Vec<_>>();
    assert_eq!((one.code, ids(&one)), (other.code, ids(&other)));
    let closed = world.run(&["list", "--status", "bogus"]);
    assert_eq!(closed.code, 2, "{closed:?}");
}

#[test]
fn a_yes_is_taken_where_nothing_is_asked() {
    let world = World::small();
    let number = text(&world.answered()[0], "e164").to_owned();
    for typed in [
        "list",
        "search NG",
        "show N",
        "purchases",
        "purchases list",
        "check N --settings-only",
        "sip render N --as uri",
        "whoami",
        "doctor",
    ] {
        let words: Vec<&str> =
            typed.split(' ').map(|word| if word == N { number.as_str() } else { word }).collect();
        let bare = world.run(&words);
        for yes in ["-y", "--yes"] {
            let ran = world.run(&[&words[..], &[yes]].concat());
            assert_eq!(ran.code, bare.code, "{typed} {yes}: {ran:?}");
            assert!(typed == "doctor" || ran.out == bare.out, "{typed} {yes}: {ran:?}");
        }
        let help = world.run(&[&words[..], &["--help"]].concat()).ok();
        assert!(!help.out.contains("--yes"), "{typed}: {help:?}");
    }
}

#[test]
fn a_count_where_there_is_nothing_to_count_is_refused_with_what_does() {
    for (typed, said) in [
        ("show x -n 3", "numdeck list -n N prints so many"),
        ("show x --limit 3", "numdeck list -n N prints so many"),
        ("purchases -n 3", "head -n N cuts what is printed"),
        ("check --all -n 3", "words choose among them"),
        ("buy -n 3 --country NG", "numdeck search CC -n N finds so many"),
        ("update x -n --inbound off", "--dry-run checks everything"),
        ("login -y", "nothing is asked here"),
        ("check x --count 5000", "'5000' is no value of --count: a whole number from 1 to 1000"),
        ("check x --count many", "'many' is no value of --count: a whole number from 1 to 1000"),
        ("buy x --max-total 5.00", "a whole number of cents: 500 for 5.00"),
        ("list -n 0", "a whole number from 1 on"),
        ("sandbox --owned many", "'many' is no value of --owned: a whole number from 0 to 4294967295"),
        ("sandbox --inventory=-1", "a whole number from 0 to"),
        ("sandbox --seed x", "a whole number from 0 to 18446744073709551615"),
    ] {
        let ran = numdeck("", "", &typed.split(' ').collect::<Vec<_>>());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{typed}: {ran:?}");
        assert!(ran.err.contains(said), "{typed}: {ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_by_what_no_row_says_is_told() {
    let server = Faulty::start(shelf(3)).await;
    for (key, is_said) in [
        ("monthly", false),
        ("setup:desc", false),
        ("changed", false),
        ("number:desc", true),
        ("status", true),
    ] {
        let ran = against(&server, OWNER, &["list", "--sort", key, "--columns", "id"]).await.ok();
        assert_eq!(ran.out.lines().count(), 3, "{key}: {ran:?}");
        let name = key.split(':').next().unwrap();
        let told = format!("no row says its {name}: they stand in the order of the server");
        assert_eq!(ran.err.contains(&told), !is_said, "{key}: {ran:?}");
        assert!(is_said || ran.out == "n-0\nn-1\nn-2\n", "{key}: {ran:?}");
    }
    let nothing = against(&server, OWNER, &["list", "country:ke", "--sort", "monthly"]).await.ok();
    assert!(!nothing.err.contains("no row says"), "{nothing:?}");
}

#[test]
fn which_numdeck_this_is_is_told_in_every_form() {
    let line = numdeck("", "", &["version"]).ok().out;
    let said = numdeck("", "", &["version", "-o", "json"]).ok().json();
    assert_eq!(line, format!("numdeck {} ({})\n", text(&said, "version"), text(&said, "commit")));
    assert_eq!(numdeck("", "", &["version", "-o", "ndjson"]).ok().lines(), std::slice::from_ref(&said));
    assert_eq!(numdeck("", "", &["--version"]).ok().out, line);
    let plain = numdeck("", "", &["version", "--plain"]).ok().out;
    assert_eq!(plain, format!("version: {}\ncommit: {}\n", text(&said, "version"), text(&said, "commit")));
    let (help, json) =
        (numdeck("", "", &["help", "list"]).ok(), numdeck("", "", &["help", "list", "-o", "json"]));
    assert_eq!((json.code, &json.out, help.err.as_str()), (0, &help.out, ""));
    assert!(json.err.contains("help is text in every form"), "{json:?}");
}

#[test]
fn a_search_can_be_in_order() {
    let world = World::new(10, 400);
    let rows = world.run(&["search", "NG", "--sort", "monthly:desc", "--all", "-o", "json"]).ok().rows();
    let prices: Vec<i64> =
        rows.iter().filter_map(|row| row["inventory"]["monthly_cost_cents"].as_i64()).collect();
    assert!(prices.len() > 10 && prices.is_sorted_by(|a, b| a >= b), "{prices:?}");
}

// ---- endpoints by name ----

#[test]
fn an_endpoint_is_named_by_its_name_wherever_one_is_given() {
    let world = World::new(60, 200);
    let named = world.run(&["list", "endpoint:sales-bot", "--all", "-o", "json"]).ok().rows();
    let id = text(&named[0], "endpoint_id").to_owned();
    let by_id = world.run(&["list", &format!("endpoint:{id}"), "--all", "-o", "json"]).ok().rows();
    assert_eq!(named, by_id);
    let other = world.answered().into_iter().find(|row| row["endpoint_id"] != id.as_str()).unwrap();
    let number = text(&other, "e164");
    let changed =
        world.run(&["update", number, "--endpoint", "Sales-Bot", "--yes", "-o", "json"]).ok().json();
    assert_eq!(changed[0]["endpoint_id"], id.as_str());
    let offer = world.for_sale("NG");
    let bought = world
        .run(&["buy", text(&offer[0], "id"), "--endpoint", "sales-bot", "--yes", "-o", "json"])
        .ok()
        .json();
    assert_eq!(bought[0]["endpoint_id"], id.as_str());
}

#[test]
fn a_review_says_an_endpoint_by_its_name_and_its_id() {
    let world = World::new(60, 200);
    let named = world.run(&["list", "endpoint:sales-bot", "-n", "1", "-o", "json"]).ok().rows();
    let both = format!("sales-bot ({})", text(&named[0], "endpoint_id"));
    let other =
        world.answered().into_iter().find(|row| row["endpoint_id"] != named[0]["endpoint_id"]).unwrap();
    let offer = world.for_sale("NG");
    for args in [
        &["update", text(&other, "id"), "--endpoint", "sales-bot", "--dry-run"][..],
        &["buy", text(&offer[0], "id"), "--endpoint", "sales-bot", "--dry-run"],
    ] {
        let ran = world.run(args).ok();
        assert!(ran.err.contains(&both), "{args:?}: {ran:?}");
    }
}

#[test]
fn a_name_that_is_none_or_only_a_part_of_one_is_told_the_candidates_and_changes_nothing() {
    let world = World::small();
    let number = text(&world.answered()[0], "e164").to_owned();
    for (name, candidate) in [("sales", "sales-bot ("), ("nobody-here", "There are: ")] {
        let ran = world.run(&["update", &number, "--endpoint", name, "--yes"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("nothing was sent") && ran.err.contains(candidate), "{ran:?}");
    }
    let ran = world.run(&["list", "endpoint:nobody-here"]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (2, ""),
        "an empty list would read as 'routed nowhere': {ran:?}"
    );
    assert!(ran.err.contains("no endpoint is called nobody-here"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_can_not_be_read_are_no_empty_list() {
    for (status, code, said) in [(503, 10, ""), (403, 2, "give the id")] {
        let server = Faulty::start(move |_, request| match request.target.contains("/endpoints") {
            true => Reply::json(status, &json!({"error": "no"})),
            false => Reply::json(200, &json!([record(1)])),
        })
        .await;
        let ran = against(&server, OWNER, &["list", "endpoint:sales-bot"]).await;
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{status}: {ran:?}");
        assert!(ran.err.contains(said), "{status}: {ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_asked_for_names_that_are_not_needed() {
    let server = Faulty::start(shelf(3)).await;
    against(&server, OWNER, &["list", "country:ng", "endpoint:none"]).await.ok();
    against(&server, OWNER, &["list", "endpoint:ep_1"]).await;
    assert!(!server.requests().iter().any(|request| request.target.contains("/endpoints")));
}

// ---- buy --wait ----

/// A server that sells one number, which becomes active at the so many-th look.
async fn slow_to_activate(looks: usize) -> Faulty {
    let seen = std::sync::atomic::AtomicUsize::new(0);
    Faulty::start(move |_, request| {
        let of = |status: &str| {
            json!({"id": "pn_1", "e164": "+2348030000001", "country": "NG", "type": "mobile", "status": status})
        };
        let offer = json!({"id": "inv_1", "e164": "+2348030000001", "country": "NG", "type": "mobile",
            "inventory": {"monthly_cost_cents": 100, "setup_cost_cents": 0}});
        match (request.method.as_str(), &request.target) {
            ("POST", _) => Reply::json(201, &of("pending")),
            (_, target) if target.contains("inv_1") => Reply::json(200, &offer),
            (_, target) if target.contains("pn_1") => {
                let look = seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                Reply::json(200, &of(if look + 1 >= looks { "active" } else { "pending" }))
            }
            _ => Reply::json(200, &json!([])),
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_waits_until_the_number_is_active() {
    let server = slow_to_activate(2).await;
    let ran = against(&server, OWNER, &["buy", "inv_1", "--yes", "--wait", "1m"]).await.ok();
    assert!(ran.out.contains("+2348030000001") && ran.err.ends_with("active\n"), "{ran:?}");
    let writes = server.requests().iter().filter(|request| request.method == "POST").count();
    assert_eq!(writes, 1, "waiting buys nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_is_not_active_in_time_is_bought_all_the_same_and_exit_14() {
    let server = slow_to_activate(usize::MAX).await;
    let ran = against(&server, OWNER, &["buy", "inv_1", "--yes", "--wait=1s", "-o", "json"]).await;
    assert_eq!(ran.code, 14, "{ran:?}");
    assert_eq!(ran.rows()[0]["outcome"], "bought");
    let error = error(&ran);
    assert_eq!(text(&error, "code"), "NOT_ACTIVE");
    assert!(text(&error, "hint").contains("do not buy it again"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_time_to_wait_is_no_second_number_either() {
    let server = slow_to_activate(1).await;
    for wait in ["0", "soon", "5"] {
        for args in
            [&["buy", "inv_1", "--wait", wait, "--yes"][..], &["buy", "--wait", wait, "inv_1", "--yes"]]
        {
            let ran = against(&server, OWNER, args).await;
            assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {ran:?}");
            assert!(ran.err.contains("--wait"), "{args:?}: {ran:?}");
        }
    }
    assert!(server.requests().is_empty(), "nothing was asked and nothing was bought");
}
