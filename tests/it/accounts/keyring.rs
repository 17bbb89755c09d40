//! Keyrings that are not there, or that say nothing.

use std::fs;
use std::os::unix::net::UnixListener;

use super::{Home, logged_in, sandbox};
use crate::support::desk::OWNER;

/// A bus that takes everybody in and never says a word.
fn silent_bus(home: &Home) -> String {
    let path = home.path().join("bus");
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        while let Ok((socket, _)) = listener.accept() {
            kept.push(socket);
        }
    });
    format!("unix:path={}", path.display())
}

#[test]
fn a_keyring_that_says_nothing_is_not_waited_for() {
    let sandbox = sandbox();
    let home = Home::new();
    let bus = silent_bus(&home);
    let bus = [("DBUS_SESSION_BUS_ADDRESS", bus.as_str())];
    let url = sandbox.base_url();
    let ran = home.run_with(&bus, OWNER, &["login", "--base-url", &url, "-o", "json"]).ok();
    assert_eq!(ran.json()["key_store"], "file", "{ran:?}");
    let why = if cfg!(feature = "keyring") { "did not answer within" } else { "knows no keyring" };
    assert!(ran.err.contains("the key is not in the keyring: ") && ran.err.contains(why), "{ran:?}");
    // The place is remembered: nobody asks the keyring again.
    home.run_with(&bus, "", &["list"]).ok();
    fs::write(home.config("config.toml"), home.toml().replace("\"file\"", "\"keyring\"")).unwrap();
    let ran = home.run_with(&bus, "", &["list"]);
    assert!(ran.code == 3 && ran.err.contains(why) && ran.out.is_empty(), "{ran:?}");
    let ran = home.run_with(&bus, "", &["doctor", "-o", "json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.json()["settings"]["key"]["ok"], false);
    let ran = home.run_with(&bus, "", &["logout"]);
    assert!(
        ran.code == 3 && home.toml().contains("keyring"),
        "what may still be there is not forgotten: {ran:?}"
    );
}

#[test]
fn nothing_falls_back_to_another_place_by_itself() {
    let sandbox = sandbox();
    let home = logged_in(&sandbox);
    fs::write(home.config("config.toml"), home.toml().replace("\"file\"", "\"keyring\"")).unwrap();
    for bus in [&[][..], &[("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")]] {
        let ran = home.run_with(bus, "", &["list"]);
        assert!(ran.code == 3 && ran.err.contains("keyring") && ran.out.is_empty(), "{ran:?}");
    }
}

#[test]
fn a_former_place_that_cannot_be_emptied_is_told() {
    let sandbox = sandbox();
    let home = logged_in(&sandbox);
    fs::write(home.config("config.toml"), home.toml().replace("\"file\"", "\"keyring\"")).unwrap();
    let ran = home.login(&sandbox, OWNER, &[]).ok();
    assert!(ran.err.contains("the keyring may still hold the former key: "), "{ran:?}");
    assert!(home.toml().contains("key_store = \"file\""), "{}", home.toml());
    let ran = home.login(&sandbox, OWNER, &[]).ok();
    assert!(!ran.err.contains("former key"), "there is no other place any more: {ran:?}");
}
