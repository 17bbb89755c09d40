//! `whoami`: what reads prove.

use numdeck::sandbox::Sandbox;
use serde_json::{Value, json};

use super::{Home, MAIN, SECOND, logged_in, sandbox};
use crate::support::faulty::{Faulty, Reply};
use crate::support::ran::Ran;
use crate::support::relay::pass;

fn asked(url: &str, key: &str, args: &[&str]) -> Ran {
    let environment = [("NUMDECK_API_KEY", key), ("NUMDECK_BASE_URL", url)];
    Home::new().run_with(&environment, "", &[&["whoami", "-o", "json"], args].concat())
}

#[test]
fn each_role_sees_what_its_key_shows() {
    let sandbox = sandbox();
    for (key, args, organization, sight, mode) in [
        ("kros_test_owner", &[][..], MAIN, "visible", "TEST"),
        ("kros_test_owner", &["--org", SECOND], SECOND, "visible", "TEST"),
        ("kros_test_member", &[], MAIN, "hidden", "TEST"),
        ("kros_live_owner", &[], MAIN, "visible", "LIVE"),
    ] {
        let said = asked(&sandbox.base_url(), key, args).ok().json();
        assert_eq!(said["organization_ids"], json!([organization]), "{key}");
        assert_eq!((&said["sip_passwords"], &said["mode"]), (&sight.into(), &mode.into()), "{key}: {said}");
        assert_eq!(said["key_source"], "NUMDECK_API_KEY");
        assert!(said.get("key_scopes").is_none() && said.get("key_expires_at").is_none(), "{said}");
    }
    assert_eq!(asked(&sandbox.base_url(), "kros_test_nobody", &[]).code, 3);
    assert_eq!(asked("http://127.0.0.1:9/v1", "kros_test_owner", &[]).code, 10);
    let home = logged_in(&sandbox);
    let said = home.run(&["whoami"]).ok().out;
    assert!(said.contains("profile\tdefault\n") && said.contains("key_source\tcredentials.toml\n"), "{said}");
}

#[test]
fn a_session_says_when_it_ends() {
    let sandbox = sandbox();
    let session = Sandbox::keys().iter().find(|key| key.key.starts_with("eyJ")).unwrap().key;
    let ran = asked(&sandbox.base_url(), session, &[]).ok();
    assert_eq!(ran.json()["key_expires_at"], "2100-01-01T00:00:00Z");
    assert!(!ran.err.contains("session"), "{ran:?}");
    // {"exp":1}; the server refuses it, and the reason is on the table before.
    let ended = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2lnbmF0dXJl";
    let ran = Home::new().run_with(
        &[("NUMDECK_API_KEY", ended), ("NUMDECK_BASE_URL", &sandbox.base_url())],
        "",
        &["list"],
    );
    assert!(ran.code == 3 && ran.err.contains("ended at 1970-01-01T00:00:01Z"), "{ran:?}");
    assert_eq!(ran.err.matches("ended at").count(), 1, "once: {ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_says_of_its_keys_is_told_where_it_is_about_this_one() {
    let keys = json!([
        {"key_prefix": "kros_test_ow", "name": "ci\u{1b}[31m", "scopes": ["numbers:read", "numbers:write"],
         "expires_at": "2027-01-01T00:00:00Z"},
        {"key_prefix": "kros_live_zz", "scopes": ["billing:write"]}
    ]);
    let nothing = [
        Reply::json(401, &json!({"error": "no", "code": "UNAUTHORIZED"})),
        Reply::json(403, &json!({"error": "no"})),
        Reply::json(404, &json!({"error": "no"})),
        Reply::answer(200, &[("content-type", "text/html")], "<html>"),
        Reply::json(200, &json!({"api_keys": []})),
    ];
    for (reply, known) in
        std::iter::once((Reply::json(200, &keys), true)).chain(nothing.map(|reply| (reply, false)))
    {
        let sandbox = sandbox();
        let to = sandbox.addr();
        let server = Faulty::start(move |_, request| {
            if request.target.starts_with("/v1/api-keys") { reply.clone() } else { pass(to, request) }
        })
        .await;
        let ran = asked(&server.url(), "kros_test_owner", &[]).ok();
        let said = ran.json();
        if known {
            assert_eq!(said["key_scopes"], json!(["numbers:read", "numbers:write"]));
            assert_eq!(said["key_expires_at"], "2027-01-01T00:00:00Z");
            assert!(!ran.said().contains('\u{1b}'), "{ran:?}");
        } else {
            assert!(
                ["key_name", "key_scopes", "key_expires_at"].iter().all(|name| said.get(name).is_none()),
                "{said}"
            );
        }
        let asked: Vec<String> = server.requests().into_iter().map(|request| request.target).collect();
        assert_eq!(asked.len(), 3, "one list, one record, one question: {asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_made_up_where_there_is_no_number() {
    let server = Faulty::start(|_, request| match request.target.contains("phone-numbers") {
        true => Reply::json(200, &json!([])),
        false => Reply::json(404, &json!({"error": "no"})),
    })
    .await;
    let ran = asked(&server.url(), "kros_live_x", &[]).ok();
    let said = ran.json();
    assert_eq!((&said["organization_ids"], &said["sip_passwords"]), (&json!([]), &Value::Null));
    assert!(ran.err.contains("there is no number"), "{ran:?}");
}
