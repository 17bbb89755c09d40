//! `profile list|show|use|add|remove`.

use std::fs;

use super::{Home, MAIN, logged_in, mode, sandbox};

const TWO: &str = "default = \"day\" # mostly\n\n[profile.day]\norganization = \"o-1\"\n\n# at night\n[profile.night]\n\
                   read_only = true\nkey_file = \"~/key\"\nbase_url = \"https://api.example/v1\"\n";

#[test]
fn a_list_marks_the_one_in_use_and_reads_no_key() {
    let home = Home::with(TWO);
    for (environment, args, used) in [
        (&[][..], &[][..], "day"),
        (&[("NUMDECK_PROFILE", "night")], &[], "night"),
        (&[("NUMDECK_PROFILE", "night")], &["--profile", "day"], "day"),
    ] {
        let rows =
            home.run_with(environment, "", &[args, &["profile", "list", "-o", "json"]].concat()).ok().rows();
        let marked: Vec<_> =
            rows.iter().filter(|row| row["in_use"] == true).map(|row| &row["profile"]).collect();
        assert_eq!(marked, [used], "{environment:?} {args:?}");
    }
    // The file of the key is not there, and nobody minds.
    assert_eq!(
        home.run(&["profile"]).ok().out,
        "*\tday\thttps://api.krosai.com/v1\to-1\t\t\tno\n\tnight\thttps://api.example/v1\t\t\t~/key\tyes\n"
    );
    let csv = home.run(&["profile", "list", "-o", "csv"]).ok().out;
    assert!(csv.starts_with("in_use,profile,base_url,organization,mode,key,read_only\r\n"), "{csv}");
    assert_eq!(home.run(&["profile", "list", "-o", "ndjson"]).ok().lines().len(), 2);
    let ran = home.run_with(&[("NUMDECK_API_KEY", "kros_test_x")], "", &["profile", "list", "--plain"]).ok();
    assert!(ran.out.contains("mode: TEST\nkey: NUMDECK_API_KEY"), "{ran:?}");
    let ran = Home::new().run(&["profile"]).ok();
    assert!(ran.out.is_empty() && ran.err.contains("numdeck login makes one"), "{ran:?}");
    assert_eq!(Home::new().run(&["profile", "list", "-o", "json"]).ok().rows().len(), 0);
}

#[test]
fn one_is_shown_with_everything_that_it_says() {
    let home = Home::with(TWO);
    let shown = home.run(&["profile", "show", "night", "-o", "json"]).ok().json();
    assert_eq!(
        (&shown["profile"], &shown["in_use"], &shown["read_only"]),
        (&"night".into(), &false.into(), &true.into())
    );
    assert_eq!((&shown["key"], &shown["mode"]), (&"~/key".into(), &serde_json::Value::Null));
    assert!(home.run(&["profile", "show"]).ok().out.contains("profile\tday"));
    let ran = home.run(&["profile", "show", "nobody"]);
    assert!(ran.code == 2 && ran.err.contains("It has: day, night."), "{ran:?}");
    assert_eq!(Home::new().run(&["profile", "show"]).code, 2);
}

#[test]
fn using_one_changes_a_word_of_the_file() {
    let home = Home::with(TWO);
    home.run(&["profile", "use", "night"]).ok();
    assert_eq!(home.toml(), TWO.replace("default = \"day\"", "default = \"night\""));
    let ran = home.run(&["profile", "use", "nobody"]);
    assert!(ran.code == 2 && ran.err.contains("no profile nobody"), "{ran:?}");
    let ran = home.run_with(&[("NUMDECK_PROFILE", "night")], "", &["profile", "use", "day"]).ok();
    assert!(ran.err.contains("NUMDECK_PROFILE is set, and names night"), "{ran:?}");
}

#[test]
fn one_is_added_with_what_was_given() {
    let home = Home::with(TWO);
    fs::write(home.path().join("ca.pem"), "x").unwrap();
    let ca = home.path().join("ca.pem");
    let ca = ca.to_str().unwrap();
    home.run(&[
        "profile",
        "add",
        "new one",
        "--base-url",
        "https://b.example/v1",
        "--org",
        MAIN,
        "--auth-scheme",
        "x-api-key",
        "--read-only",
        "--ca-file",
        ca,
        "--timeout",
        "1500ms",
    ])
    .ok();
    let added = format!(
        "\n[profile.\"new one\"]\nbase_url = \"https://b.example/v1\"\norganization = \"{MAIN}\"\nauth = \"x-api-key\"\n\
         read_only = true\nca_file = \"{ca}\"\ntimeout = \"1500ms\"\n"
    );
    assert_eq!(home.toml(), format!("{TWO}{added}"));
    for (args, said) in [
        (&["profile", "add", "day"][..], "already"),
        (&["profile", "add", "x", "--base-url", "http://b.example"], "this machine only"),
        (&["profile", "add", "x", "--base-url", "nonsense"], "base URL"),
        (&["profile", "add", "x", "--ca-file", "/nowhere.pem"], "cannot use"),
        (&["profile", "add", "x", "--org", "kros_live_hunter2"], "key_file"),
        (&["profile", "add", "kros_live_hunter2"], "a profile has a name"),
        (&["profile", "add", "x", "--profile", "day"], "--profile"),
        (&["profile", "add", "x", "--settle", "5s"], "--settle cannot be used here"),
        (&["profile", "add", "x", "--org", "my shop"], "organization"),
        (&["profile", "add", "--", "-x"], "begins with no hyphen"),
        (&["profile", "add", &"x".repeat(61)], "at most 60 characters"),
        (&["profile", "use", "day", "--org", "x"], "--org"),
        (&["logout", "--base-url", "https://x"], "--base-url"),
    ] {
        let ran = home.run(args);
        assert!(ran.code == 2 && ran.err.contains(said), "{args:?}: {ran:?}");
        assert!(!ran.err.contains("hunter2"), "{ran:?}");
        assert_eq!(home.toml(), format!("{TWO}{added}"));
    }
    let url = [("NUMDECK_BASE_URL", "https://c.example/v1")];
    let ran = home.run_with(&url, "", &["profile", "add", &"x".repeat(60)]).ok();
    assert!(home.toml().ends_with("xx]\nbase_url = \"https://c.example/v1\"\n"), "{}", home.toml());
    assert!(ran.err.contains("login --profile xx"), "{ran:?}");
    let ran = home.run(&["profile", "add", "second one"]).ok();
    assert!(ran.err.contains("numdeck login --profile 'second one' stores its key"), "{ran:?}");
    let first = Home::new();
    first.run(&["profile", "add", "a"]).ok();
    assert_eq!(first.toml(), "[profile.a]\n");
    assert_eq!((mode(&first.config("config.toml")), mode(&first.config(""))), (0o600, 0o700));
}

#[test]
fn one_is_removed_with_its_key_once_that_is_confirmed() {
    let sandbox = sandbox();
    let home = logged_in(&sandbox);
    home.run(&["profile", "add", "other"]).ok();
    let before = home.toml();
    for args in [&["profile", "remove", "default"][..], &["profile", "remove", "default", "--no-input"]] {
        let ran = home.run(args);
        assert!(ran.code == 5 && ran.err.contains("--yes") && home.toml() == before, "{ran:?}");
    }
    assert_eq!(home.run(&["profile", "remove", "nobody", "--yes"]).code, 2);
    let ran = home.run(&["profile", "remove", "default", "--yes"]).ok();
    assert!(ran.err.contains("profile use NAME"), "{ran:?}");
    assert_eq!(home.toml().trim(), "[profile.other]");
    assert!(!home.config("credentials.toml").exists());
}
