//! `doctor`: everything that a ticket needs, and nothing that it must not have.

use std::fs;

use serde_json::json;

use super::{Home, MAIN, logged_in, sandbox};
use crate::support::desk::OWNER;
use crate::support::faulty::{Faulty, Reply};

#[test]
fn it_says_what_won_and_that_the_server_answers() {
    let sandbox = sandbox();
    let home = logged_in(&sandbox);
    let environment = [
        ("NUMDECK_ORG", MAIN),
        ("TERM", "xterm-256color"),
        ("LANG", "C.UTF-8"),
        ("TMUX", "/tmp/tmux-1000/default,1,0"),
        ("HTTPS_PROXY", "http://ada:hunter2@proxy.example:3128"),
    ];
    let ran = home.run_with(&environment, "", &["--timeout", "3s", "doctor", "-o", "json"]).ok();
    let said = ran.json();
    for (group, name, value, why) in [
        ("paths", "config", json!("~/.config/numdeck"), "directory, mode 700"),
        ("paths", "credentials", json!("~/.config/numdeck/credentials.toml"), "file, mode 600"),
        ("paths", "ledger", json!("~/.local/state/numdeck/ledger"), "not there"),
        ("settings", "profile", json!("default"), "default of config.toml"),
        ("settings", "base_url", json!(sandbox.base_url()), "profile"),
        ("settings", "organization", json!(MAIN), "NUMDECK_ORG"),
        ("settings", "timeout", json!("3s"), "--timeout"),
        ("settings", "auth_scheme", json!("bearer"), "default"),
        ("settings", "key", json!("credentials.toml"), "TEST"),
        ("network", "proxy", json!(null), "the server is on this machine"),
        ("terminal", "utf8", json!(true), "LANG=C.UTF-8"),
        ("server", "clock_skew_s", json!(0), "agree"),
    ] {
        let found = &said[group][name];
        assert_eq!((&found["value"], &found["ok"]), (&value, &json!(true)), "{group}.{name}: {said}");
        assert!(found["why"].as_str().unwrap().contains(why), "{group}.{name}: {found}");
    }
    assert_eq!(said["terminal"]["multiplexer"]["value"], "tmux");
    assert!(
        said["server"]["round_trip_ms"]["value"].is_u64()
            && said["server"]["requests_today"]["value"].is_u64()
    );
    assert!(said["server"]["other_path"]["why"].as_str().unwrap().contains("no API there"), "{said}");
    let text = home.run_with(&environment, "", &["doctor"]).ok();
    assert!(
        text.out.contains("settings.organization\ta1000000-0000-4000-8000-000000000001 (NUMDECK_ORG)\n"),
        "{text:?}"
    );
    for said in [ran.said(), text.said()] {
        let home = home.path().to_str().unwrap();
        assert!(!said.contains(OWNER) && !said.contains("hunter2") && !said.contains(home), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_named_without_its_password() {
    let home = Home::new();
    let environment = [
        ("NUMDECK_API_KEY", OWNER),
        ("NUMDECK_BASE_URL", "https://api.example.test/v1"),
        ("HTTPS_PROXY", "http://ada:hunter2@127.0.0.1:9"),
    ];
    let ran = home.run_with(&environment, "", &["doctor"]);
    assert_eq!(ran.code, 10, "{ran:?}");
    assert!(ran.out.contains("network.proxy\tthe proxy http://127.0.0.1:9 (HTTPS_PROXY)"), "{ran:?}");
    assert!(ran.out.contains("server.answers\tPROBLEM: ") && !ran.said().contains("hunter2"), "{ran:?}");
    let wrong = [environment[0], environment[1], ("HTTPS_PROXY", "http://ada:hunter2@:x")];
    let ran = home.run_with(&wrong, "", &["doctor"]);
    assert!(ran.code == 2 && !ran.said().contains("hunter2"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_how_it_ends_and_the_rest_is_there_all_the_same() {
    let sandbox = sandbox();
    let url = sandbox.base_url();
    for (config, environment, code, problem) in [
        ("", &[("NUMDECK_BASE_URL", url.as_str())][..], 3, "settings.key"),
        (
            "",
            &[("NUMDECK_BASE_URL", url.as_str()), ("NUMDECK_API_KEY", "kros_test_nobody")],
            3,
            "server.answers",
        ),
        (
            "",
            &[("NUMDECK_BASE_URL", "http://127.0.0.1:9/v1"), ("NUMDECK_API_KEY", OWNER)],
            10,
            "server.answers",
        ),
        (
            "",
            &[("NUMDECK_BASE_URL", "http://api.example"), ("NUMDECK_API_KEY", OWNER)],
            2,
            "settings.base_url",
        ),
        ("[profile.a]\nread_olny = true\n", &[], 2, "settings.profile"),
        (
            "default = \"a\"\n[profile.a]\nca_file = \"no.pem\"\n",
            &[("NUMDECK_API_KEY", OWNER)],
            2,
            "network.ca",
        ),
    ] {
        let home = Home::with(config);
        let ran = home.run_with(environment, "", &["doctor", "--plain"]);
        assert_eq!(ran.code, code, "{problem}: {ran:?}");
        assert!(ran.out.contains(&format!("{problem}: PROBLEM: ")), "{problem}: {ran:?}");
        assert!(ran.out.contains("paths.config: ") && ran.out.contains("terminal.stdout: no"), "{ran:?}");
        assert!(!ran.said().contains(home.path().to_str().unwrap()), "{ran:?}");
    }
    let home = Home::new();
    let ran = home.run_with(&[("NUMDECK_BASE_URL", &url)], "", &["doctor"]);
    assert!(
        ran.out.contains("it wants a key, as it should"),
        "without a key the server is asked all the same: {ran:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_requests_settle_the_path_and_the_key_goes_to_its_own() {
    let server = Faulty::start(|_, request| match request.target.starts_with("/api/v1/") {
        true if request.header("authorization").is_some() => Reply::json(200, &json!([])),
        true => Reply::json(401, &json!({"error": "a key is needed", "code": "UNAUTHORIZED"})),
        false => Reply::json(404, &json!({"error": "Not Found"})),
    })
    .await;
    let ask = |url: String| {
        let environment = [("NUMDECK_API_KEY", OWNER), ("NUMDECK_BASE_URL", url.as_str())];
        Home::new().run_with(&environment, "", &["doctor", "-o", "json"])
    };
    let ran = ask(server.url());
    let other = &ran.json()["server"]["other_path"];
    assert_eq!((ran.code, &other["ok"]), (1, &json!(false)), "{ran:?}");
    assert!(
        other["why"].as_str().unwrap().contains("the API is here")
            && other["value"].as_str().unwrap().ends_with("/api/v1")
    );
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    let keys: Vec<_> = requests
        .iter()
        .map(|request| (&request.target[..4], request.header("authorization").is_some()))
        .collect();
    assert_eq!(keys, [("/v1/", true), ("/api", false)]);
    let ran = ask(server.url().replace("/v1", "/api/v1")).ok();
    assert_eq!(ran.json()["server"]["other_path"]["ok"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_far_off_is_a_problem() {
    let server = Faulty::always(Reply::answer(
        200,
        &[("content-type", "application/json"), ("date", "Tue, 03 Mar 2020 10:00:00 GMT")],
        "[]",
    ))
    .await;
    let environment = [("NUMDECK_API_KEY", OWNER), ("NUMDECK_BASE_URL", &server.url())];
    let ran = Home::new().run_with(&environment, "", &["doctor", "-o", "json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let skew = &ran.json()["server"]["clock_skew_s"];
    assert!(skew["ok"] == false && skew["value"].as_i64().unwrap() < -1_000_000, "{skew}");
}

#[test]
fn what_others_can_use_is_a_problem() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = sandbox();
    let home = logged_in(&sandbox);
    let state = home.path().join(".local/state/numdeck");
    let (config, keys) = (home.config("config.toml"), home.config("credentials.toml"));
    for (path, loose, name, code) in [
        (&state, 0o755, "", 0),
        (&state, 0o777, "state", 5),
        (&config, 0o644, "", 0),
        (&config, 0o666, "config_file", 1),
        (&keys, 0o644, "credentials", 1),
    ] {
        let before = fs::metadata(path).unwrap().permissions();
        fs::set_permissions(path, fs::Permissions::from_mode(loose)).unwrap();
        // Another key is used, so that nobody tightens the file of the stored one.
        let ran = home.run_with(&[("NUMDECK_API_KEY", OWNER)], "", &["doctor", "-o", "json"]);
        let paths = ran.json()["paths"].clone();
        let wrong: Vec<&String> = paths
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, found)| found["ok"] == false)
            .map(|(name, _)| name)
            .collect();
        let wanted: &[&str] = if name.is_empty() { &[] } else { &[name] };
        assert_eq!(
            (wrong, ran.code),
            (wanted.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>().iter().collect(), code),
            "{loose:o} {paths:#}"
        );
        fs::set_permissions(path, before).unwrap();
    }
}

#[test]
fn it_says_where_a_key_would_go_and_why() {
    let sandbox = sandbox();
    let url = sandbox.base_url();
    let environment = [("NUMDECK_API_KEY", OWNER), ("NUMDECK_BASE_URL", url.as_str())];
    let bus = [environment[0], environment[1], ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")];
    let is_built = cfg!(feature = "keyring");
    for (home, environment, place, why) in [
        (logged_in(&sandbox), &[][..], "file", "the profile says so"),
        (Home::new(), &environment, "file", "this session has no keyring"),
        (Home::new(), &bus, if is_built { "keyring" } else { "file" }, ""),
    ] {
        let ran = home.run_with(environment, "", &["doctor", "-o", "json"]).ok();
        let found = &ran.json()["settings"]["login_keeps_keys_in"];
        assert_eq!((&found["value"], &found["ok"]), (&json!(place), &json!(true)), "{found}");
        let told = found["why"].as_str().unwrap_or_default();
        assert!(!is_built || told == why, "{found}");
    }
}
