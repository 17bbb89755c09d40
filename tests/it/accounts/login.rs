//! `login` and `logout`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::{Home, MAIN, SECOND, logged_in, mode, sandbox};
use crate::support::desk::OWNER;
use crate::support::faulty::{Faulty, Reply};

#[test]
fn a_key_from_standard_input_or_a_file_is_stored_with_a_profile_that_is_made() {
    let sandbox = sandbox();
    for by_file in [false, true] {
        let home = Home::new();
        let ran = if by_file {
            let file = home.path().join("key");
            fs::write(&file, format!("\u{feff}{OWNER}\r\n")).unwrap();
            home.login(&sandbox, "", &["--api-key-file", file.to_str().unwrap()])
        } else {
            home.login(&sandbox, &format!("{OWNER}\n"), &["--api-key-file", "-"])
        };
        let ran = ran.ok();
        for said in ["profile\tdefault", "mode\tTEST", MAIN, "~/.config/numdeck/credentials.toml"] {
            assert!(ran.out.contains(said), "{said}: {ran:?}");
        }
        assert!(ran.err.contains("the key is not in the keyring: "), "{ran:?}");
        assert!(!ran.said().contains(OWNER) && !home.toml().contains(OWNER));
        assert_eq!(
            home.toml(),
            format!(
                "default = \"default\"\n\n[profile.default]\nbase_url = \"{}\"\nkey_store = \"file\"\n",
                sandbox.base_url()
            )
        );
        assert_eq!((mode(&home.config("credentials.toml")), mode(&home.config(""))), (0o600, 0o700));
        assert_eq!(home.run(&["list", "-o", "json"]).ok().rows().len(), 30, "and it is used");
    }
}

#[test]
fn what_is_given_with_it_is_stored_and_the_rest_of_the_file_stays() {
    let sandbox = sandbox();
    let config = "# Ours.\n\n[profile.work] # the one\norganization = \"x\"   # to be asked\norganization_name = \"X\"\n\
                  key_file = \"gone\"\n\n# reads only\n[profile.other]\nread_only = true\n";
    let home = Home::with(config);
    let ran = home
        .login(
            &sandbox,
            OWNER,
            &["--profile", "work", "--org", SECOND, "--auth-scheme", "x-api-key", "-o", "json"],
        )
        .ok();
    assert_eq!(ran.json()["organization"], SECOND);
    assert_eq!(ran.json()["organization_id"], SECOND);
    assert!(ran.err.contains("key_file is not used any more"), "{ran:?}");
    let wanted = config
        .replace("organization = \"x\" ", &format!("organization = \"{SECOND}\" "))
        .replace("organization_name = \"X\"\nkey_file = \"gone\"\n", "");
    let url = sandbox.base_url();
    let wanted = wanted.replace(
        "# to be asked\n",
        &format!("# to be asked\nbase_url = \"{url}\"\nauth = \"x-api-key\"\nkey_store = \"file\"\n"),
    );
    assert_eq!(home.toml().replace("default = \"work\"\n", ""), wanted);
    assert_eq!(home.run(&["list", "--all", "-o", "json"]).ok().rows().len(), 40);
}

#[test]
fn a_key_that_does_not_work_is_not_stored() {
    let sandbox = sandbox();
    for (key, args, code, said) in [
        ("kros_test_nobody", &[][..], 3, "nothing was stored: "),
        ("", &[], 3, "standard input holds no key"),
        ("two words", &[], 3, "what standard input holds is not one key"),
        (OWNER, &["--base-url", "http://127.0.0.1:9/v1"], 10, "nothing was stored: no connection"),
        (OWNER, &["--org", "a1000000-0000-4000-8000-000000000003"], 3, "nothing was stored: "),
        (OWNER, &["--profile", "kros_live_hunter2"], 2, "a profile has a name"),
    ] {
        let home = Home::new();
        let ran =
            home.run_with(&[("NUMDECK_BASE_URL", &sandbox.base_url())], key, &[&["login"], args].concat());
        assert_eq!(ran.code, code, "{key} {args:?}: {ran:?}");
        assert!(ran.err.contains(said) && ran.out.is_empty(), "{ran:?}");
        assert!(!ran.err.contains("hunter2"), "{ran:?}");
        assert!(!home.config("config.toml").exists() && !home.config("credentials.toml").exists());
    }
    let home = logged_in(&sandbox);
    let before = (home.toml(), fs::read(home.config("credentials.toml")).unwrap());
    assert_eq!(home.login(&sandbox, "kros_test_nobody", &[]).code, 3);
    assert_eq!(before, (home.toml(), fs::read(home.config("credentials.toml")).unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_never_an_argument_and_never_repeated() {
    let server = Faulty::always(Reply::json(200, &serde_json::json!([]))).await;
    let url = server.url();
    let key = "kros_live_hunter2hunter2";
    let environment = [("NUMDECK_API_KEY", OWNER), ("NUMDECK_BASE_URL", url.as_str())];
    for args in [
        &["login", key][..],
        &["login", "--key", key],
        &["login", "--api-key", key],
        &["show", key],
        &["buy", key, "--yes"],
        &["release", key, "--yes"],
        &["sip", "render", key, "--as", "uri"],
        &["profile", "use", key],
        &["profile", "show", key],
        &["profile", "add", key],
        &["profile", "remove", key, "--yes"],
        &["--profile", key, "list"],
        &[key],
    ] {
        let ran = Home::new().run_with(&environment, "", args);
        assert_eq!(ran.code, 2, "{args:?}: {ran:?}");
        assert!(!ran.said().contains("hunter2"), "{args:?}: {ran:?}");
    }
    assert!(server.requests().is_empty(), "{:?}", server.requests());
}

/// Moves the file of keys elsewhere, and leaves a link to it. Returns where it is now.
fn link_keys(home: &Home) -> PathBuf {
    let (link, elsewhere) = (home.config("credentials.toml"), home.path().join("elsewhere.toml"));
    fs::rename(&link, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, link).unwrap();
    elsewhere
}

#[test]
fn a_key_is_taken_out_of_what_a_link_leads_to_and_the_link_stays() {
    let sandbox = sandbox();
    for args in [&["logout"][..], &["profile", "remove", "default", "--yes"]] {
        for with_other in [false, true] {
            let home = logged_in(&sandbox);
            if with_other {
                home.login(&sandbox, "kros_test_member", &["--profile", "other"]).ok();
            }
            let elsewhere = link_keys(&home);
            home.run(args).ok();
            assert!(home.config("credentials.toml").is_symlink(), "{args:?}");
            let kept = fs::read_to_string(&elsewhere).unwrap();
            assert!(!kept.contains(OWNER), "{args:?}: {kept}");
            assert_eq!(kept.contains("kros_test_member"), with_other, "{args:?}: {kept}");
            assert_eq!(mode(&elsewhere), 0o600);
            // What is put in again goes there, too.
            home.login(&sandbox, OWNER, &["--profile", "third"]).ok();
            assert!(home.config("credentials.toml").is_symlink());
            assert!(fs::read_to_string(&elsewhere).unwrap().contains(OWNER));
        }
    }
}

#[test]
fn a_profile_that_is_for_another_server_now_is_told() {
    let (first, second) = (sandbox(), sandbox());
    let home = logged_in(&first);
    let (former, now) = (first.base_url(), second.base_url());
    let ran = home.login(&second, OWNER, &[]).ok();
    let said = format!("profile default was for {former}, and is for {now} now");
    assert!(ran.err.contains(&said), "{ran:?}");
    let ran = home.login(&second, OWNER, &[]).ok();
    assert!(!ran.err.contains("was for"), "{ran:?}");
}

#[test]
fn what_others_could_read_is_taken_from_them_and_said() {
    let sandbox = sandbox();
    let home = logged_in(&sandbox);
    fs::set_permissions(home.config("credentials.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(home.config(""), fs::Permissions::from_mode(0o755)).unwrap();
    let ran = home.run(&["list"]).ok();
    assert!(ran.err.contains("mode 644") && ran.err.contains("yours alone now"), "{ran:?}");
    assert_eq!((mode(&home.config("credentials.toml")), mode(&home.config(""))), (0o600, 0o700));
    assert!(!home.run(&["list"]).ok().err.contains("yours alone"));
}

#[test]
fn logging_out_takes_the_key_and_only_the_key() {
    let sandbox = sandbox();
    let home = logged_in(&sandbox);
    home.run_with(&[], "kros_live_owner", &["login", "--profile", "live", "--base-url", &sandbox.base_url()])
        .ok();
    let ran = home.run(&["logout", "-o", "json"]).ok();
    assert_eq!((&ran.json()["profile"], &ran.json()["removed"]), (&"default".into(), &true.into()));
    assert!(!home.toml().contains("[profile.default]\nkey_store"));
    let ran = home.run(&["list"]);
    assert!(ran.code == 3 && ran.err.contains("numdeck login"), "{ran:?}");
    home.run(&["--profile", "live", "list"]).ok();
    let ran = home.run(&["logout"]).ok();
    assert!(ran.err.contains("not logged in"), "{ran:?}");
    home.run(&["logout", "--profile", "live"]).ok();
    assert!(!home.config("credentials.toml").exists(), "nothing is left of it");
    assert_eq!(home.run(&["logout", "--profile", "nobody"]).code, 2);
    let ran = Home::new().run(&["logout"]).ok();
    assert!(ran.err.contains("no profile is in use"), "{ran:?}");
    let own = Home::with("default = \"a\"\n[profile.a]\nkey_file = \"~/mine\"\n");
    fs::write(own.path().join("mine"), OWNER).unwrap();
    let ran = own.run(&["logout"]).ok();
    assert!(ran.err.contains("~/mine is yours") && own.path().join("mine").exists(), "{ran:?}");
}

#[test]
fn forgetting_takes_the_lists_and_leaves_the_ledger() {
    let sandbox = sandbox();
    let home = logged_in(&sandbox);
    let number = home
        .run(&["list", "endpoint:none", "status:active", "--limit", "1", "-o", "json"])
        .ok()
        .rows()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    home.run(&["update", &number, "--inbound", "off", "--yes"]).ok();
    let checked = home.run(&["check", "--settings-only", "--all"]);
    assert!([0, 20].contains(&checked.code), "{checked:?}");
    let state = home.path().join(".local/state/numdeck");
    let count = |name: &str| fs::read_dir(state.join(name)).unwrap().count();
    let ledgers = count("ledger");
    assert_eq!(count("store"), 1);
    // An earlier numdeck kept its lists elsewhere.
    let old = fs::read_dir(state.join("ledger")).unwrap().map(|entry| entry.unwrap().path());
    let old =
        old.filter_map(|path| path.file_name()?.to_str()?.strip_suffix("jsonl").map(str::to_owned)).last();
    fs::create_dir(state.join("lists")).unwrap();
    fs::write(state.join("lists").join(format!("{}json", old.unwrap())), "{}").unwrap();
    let ran = home.run(&["logout", "--forget"]).ok();
    assert!(ran.out.contains("lists_removed\t2") && ran.err.contains("ledger"), "{ran:?}");
    assert_eq!((count("lists"), count("store"), count("ledger")), (0, 0, ledgers));
}

#[test]
fn a_damaged_file_of_keys_is_told_and_set_aside_when_that_is_asked_for() {
    let sandbox = sandbox();
    for linked in [false, true] {
        let home = logged_in(&sandbox);
        home.login(&sandbox, "kros_test_member", &["--profile", "other"]).ok();
        let file = if linked { link_keys(&home) } else { home.config("credentials.toml") };
        let damaged = format!("{}\n[broken", fs::read_to_string(&file).unwrap());
        fs::write(&file, &damaged).unwrap();
        for args in [&["logout"][..], &["profile", "remove", "other", "--yes"], &["list"]] {
            let ran = home.run(args);
            assert!(
                ran.code == 3 && ran.err.contains("credentials.toml: it is damaged"),
                "{args:?}: {ran:?}"
            );
            assert!(ran.err.contains("numdeck logout --forget puts it aside"), "{args:?}: {ran:?}");
            assert!(!ran.said().contains("kros_"), "{args:?}: {ran:?}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), damaged, "nothing was lost until then");
        let ran = home.run(&["logout", "--forget", "-o", "json"]).ok();
        let aside = file.with_file_name("credentials.toml.damaged-1");
        let shown = format!("~/{}", aside.strip_prefix(home.path()).unwrap().display());
        assert_eq!((&ran.json()["set_aside"], &ran.json()["removed"]), (&shown.into(), &false.into()));
        assert!(ran.err.contains("the keys of default, other may be in it still"), "{ran:?}");
        assert!(!ran.err.contains("held no key"), "{ran:?}");
        assert_eq!(
            (fs::read_to_string(&aside).unwrap(), mode(&aside), file.exists()),
            (damaged, 0o600, false)
        );
        let ran = home.run(&["list"]);
        assert!(ran.code == 3 && ran.err.contains("numdeck login"), "logged out: {ran:?}");
        home.login(&sandbox, OWNER, &[]).ok();
        home.run(&["list"]).ok();
    }
}
