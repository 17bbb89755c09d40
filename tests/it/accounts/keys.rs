//! Which key is used, where it goes, and where it is not.

use std::fs;

use super::{Home, logged_in, sandbox};
use crate::support::desk::OWNER;
use crate::support::faulty::{Faulty, Reply};

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_key_goes_to_no_other_url() {
    let sandbox = sandbox();
    let home = logged_in(&sandbox);
    let other = Faulty::always(Reply::json(200, &serde_json::json!([]))).await;
    let url = other.url();
    for (environment, args) in [
        (&[][..], &["--base-url", url.as_str(), "list"][..]),
        (&[("NUMDECK_BASE_URL", url.as_str())], &["list"]),
        (&[("NUMDECK_BASE_URL", url.as_str())], &["whoami"]),
        (&[], &["--base-url", url.as_str(), "check", "--all"]),
    ] {
        let ran = home.run_with(environment, "", args);
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.err.contains("nothing was sent: the profile's key is stored for"), "{ran:?}");
    }
    // Whoever can change the profile does not get the key either.
    fs::write(home.config("config.toml"), home.toml().replace(&sandbox.base_url(), &url)).unwrap();
    assert_eq!(home.run(&["list"]).code, 3);
    assert!(other.requests().is_empty(), "{:?}", other.requests());
    home.run_with(&[("NUMDECK_API_KEY", OWNER)], "", &["list"]).ok();
    assert_eq!(other.requests().len(), 1);
}

#[test]
fn a_flag_beats_the_environment_beats_the_profile() {
    let sandbox = sandbox();
    let home = logged_in(&sandbox);
    let file = home.path().join("broke");
    fs::write(&file, "kros_test_broke").unwrap();
    let file = file.to_str().unwrap();
    for (environment, args, count, source) in [
        (&[][..], &[][..], 30, "credentials.toml"),
        (&[("NUMDECK_API_KEY", "kros_test_kyc_pending")], &[], 4, "NUMDECK_API_KEY"),
        (&[("NUMDECK_API_KEY", "kros_test_kyc_pending")], &["--api-key-file", file], 6, "key file"),
        (&[], &["--api-key-file", file], 6, "key file"),
    ] {
        let ran =
            home.run_with(environment, "", &[args, &["-v", "list", "--all", "-o", "json"]].concat()).ok();
        assert_eq!(ran.rows().len(), count, "{environment:?} {args:?}");
        assert!(ran.err.contains(&format!("key from {source}")), "{ran:?}");
    }
}

#[test]
fn a_place_that_has_no_key_or_cannot_be_read_is_an_error_of_the_key() {
    let sandbox = sandbox();
    for (credentials, said) in [
        (None, "credentials.toml holds no key of profile default"),
        (Some("[default]\nkey = \"kros_live_hunter2\"\n"), "damaged"),
        (Some("[default\nkros_live_hunter2"), "damaged"),
    ] {
        let home = logged_in(&sandbox);
        match credentials {
            Some(text) => fs::write(home.config("credentials.toml"), text).unwrap(),
            None => fs::remove_file(home.config("credentials.toml")).unwrap(),
        }
        let ran = home.run(&["list", "-o", "json"]);
        assert!(ran.code == 3 && ran.err.contains(said) && ran.out.is_empty(), "{ran:?}");
        assert!(!ran.err.contains("hunter2"), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_one_key_is_the_same_error_whichever_way_it_came() {
    let server = Faulty::always(Reply::json(200, &serde_json::json!([]))).await;
    let url = server.url();
    let base = ("NUMDECK_BASE_URL", url.as_str());
    let home = Home::with(&format!("[profile.p]\nbase_url = \"{url}\"\nkey_file = \"~/key\"\n"));
    let file = home.path().join("key");
    let path = file.to_str().unwrap();
    for key in [
        "kros_test_hunter2 kros_test_hunter2",
        "kros_test_hunter2\nkros_test_hunter2",
        "kros_test_hunter2kros_test_hunter2",
        "kros_test_hunter2,kros_live_hunter2",
        "Bearer kros_test_hunter2",
        "\"kros_test_hunter2\"",
        "'kros_test_hunter2'",
        "NUMDECK_API_KEY=kros_test_hunter2",
        "kros_test_hunter\u{e9}2",
    ] {
        fs::write(&file, key).unwrap();
        for (environment, input, args, place) in [
            (&[base, ("NUMDECK_API_KEY", key)][..], "", &["list"][..], "NUMDECK_API_KEY"),
            (&[base], "", &["--api-key-file", path, "list"], path),
            (&[base], key, &["--api-key-file", "-", "list"], "standard input"),
            (&[base], key, &["login"], "standard input"),
            (&[], "", &["--profile", "p", "list"], path),
        ] {
            let ran = home.run_with(environment, input, args);
            assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{key} {args:?}: {ran:?}");
            let said = format!("nothing was sent: what {place} holds is not one key\nA key is one word");
            assert!(ran.err.contains(&said), "{key} {args:?}: {ran:?}");
            assert!(!ran.err.contains("hunter"), "{ran:?}");
        }
    }
    assert!(server.requests().is_empty(), "{:?}", server.requests());
    // A blank or an end of line around it does no harm.
    home.run_with(&[base, ("NUMDECK_API_KEY", " kros_test_owner\r\n")], "", &["list"]).ok();
}

#[test]
fn a_key_is_in_the_place_for_keys_and_nowhere_else() {
    let sandbox = sandbox();
    // The owner's session: long, and like nothing else.
    let canary = numdeck::sandbox::Sandbox::keys().iter().find(|key| key.key.starts_with("eyJ")).unwrap().key;
    let home = Home::new();
    let log = home.path().join("log");
    let log = ["--log", log.to_str().unwrap(), "-vv"];
    let mut said = home.login(&sandbox, canary, &log).ok().said();
    for args in [
        &["whoami"][..],
        &["whoami", "-o", "json"],
        &["doctor"],
        &["doctor", "-o", "json"],
        &["profile"],
        &["profile", "show", "-o", "json"],
        &["list", "--all"],
        &["check", "--settings-only", "--all"],
    ] {
        said.push_str(&home.run(&[&log, args].concat()).said());
    }
    assert!(!said.contains(canary) && !said.contains(&canary[10..40]), "{said}");
    assert_eq!(home.files_with(canary), [home.config("credentials.toml")]);
    assert_eq!(home.files_with(&canary[10..40]), [home.config("credentials.toml")]);
    home.run(&["logout"]).ok();
    assert!(home.files_with(&canary[10..40]).is_empty());
}

#[test]
fn what_a_purchase_may_cost_is_said_by_the_profile_unless_the_command_says_it() {
    let sandbox = sandbox();
    let home = logged_in(&sandbox);
    let offer = home.run(&["search", "--country", "NG", "--limit", "1", "-o", "json"]).ok().rows()[0].clone();
    let id = offer["id"].as_str().unwrap().to_owned();
    home.run(&["buy", &id, "--dry-run"]).ok();
    for limit in ["max_total", "max_each"] {
        fs::write(home.config("config.toml"), format!("{}{limit} = 1\n", home.toml())).unwrap();
        let ran = home.run(&["buy", &id, "--yes"]);
        assert_eq!(ran.code, 6, "{limit}: {ran:?}");
        let flag = format!("--{}", limit.replace('_', "-"));
        home.run(&["buy", &id, "--dry-run", &flag, "1000000"]).ok();
        fs::write(home.config("config.toml"), home.toml().replace(&format!("{limit} = 1\n"), "")).unwrap();
    }
}
