//! What is written is read as each target reads it: by a reader that goes by the rules of that target.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::phone::{Detail, Number, NumberId, NumberText, Password, Secret, SipCredentials};

fn credentials(username: &str, password: Password) -> SipCredentials {
    SipCredentials {
        domain: Some("sip.example.net".into()),
        port: Some(5070),
        username: Some(username.into()),
        password,
        extra: Map::new(),
    }
}

fn detail(credentials: Option<SipCredentials>) -> Detail {
    let number = Number::new(NumberId::new("n1"), NumberText::parse("+2348031234567"));
    Detail { number, credentials, endpoint: None, hidden: Vec::new() }
}

fn set(password: &str) -> Password {
    Password::Set(Secret::new(password.to_owned()))
}

fn trunk(username: &str, password: &str) -> TrunkAccount {
    TrunkAccount::of(&detail(Some(credentials(username, set(password)))), true).unwrap()
}

fn written(target: TrunkTarget, trunk: &TrunkAccount) -> Result<String, NoTrunk> {
    target.text(trunk, Timestamp::UNIX_EPOCH).map(|text| text.expose().to_owned())
}

/// Lines as Asterisk's reader takes them: comments cut, escapes taken back, blanks stripped.
fn asterisk(text: &str) -> Vec<(String, String, String)> {
    let mut section = String::new();
    let mut kind = String::new();
    let mut out = Vec::new();
    for line in text.lines() {
        let mut kept = line.to_owned();
        let mut from = 0;
        while let Some(at) = kept[from..].find(';').map(|at| from + at) {
            if at > from && kept.as_bytes()[at - 1] == b'\\' {
                kept.remove(at - 1);
                from = at;
            } else {
                assert_ne!(kept.get(at..at + 3), Some(";--"), "a block comment begins: {line}");
                kept.truncate(at);
                from = at;
            }
        }
        let kept = kept.trim_matches(|c: char| c <= ' ');
        if let Some(name) = kept.strip_prefix('[') {
            section = name.strip_suffix(']').unwrap().to_owned();
        } else if let Some((key, value)) = kept.split_once('=') {
            assert!(!value.starts_with('>') && !key.ends_with('+'));
            let stripped = |text: &str| text.trim_matches(|c: char| c <= ' ').to_owned();
            if stripped(key) == "type" {
                kind = stripped(value);
            }
            out.push((format!("{section}/{kind}"), stripped(key), stripped(value)));
        } else {
            assert!(kept.is_empty(), "{line}");
        }
    }
    out
}

fn of_asterisk(text: &str, kind: &str, key: &str) -> String {
    let section = format!("numdeck-2348031234567/{kind}");
    let found = asterisk(text).into_iter().find(|(at, name, _)| *at == section && name == key);
    found.unwrap_or_else(|| panic!("no {key} of {kind} in\n{text}")).2
}

/// Parameters as FreeSWITCH takes them: line by line through its directives, then as XML.
fn of_freeswitch(text: &str, name: &str) -> String {
    let mut found = None;
    for line in text.lines() {
        let low = line.to_ascii_lowercase();
        let is_envelope = ["<include>", "</include>"].contains(&line);
        assert!(
            is_envelope || !["<include>", "</include>", "<?"].iter().any(|tag| line.contains(tag)),
            "{line}"
        );
        assert!(!low.contains("x-pre-process") && !line.contains("$${") && !line.contains("<!--#"), "{line}");
        let Some(rest) = line.trim().strip_prefix(&format!("<param name=\"{name}\" value=\"")) else {
            continue;
        };
        let (value, end) = rest.split_once('"').unwrap();
        assert!(end == "/>" && !value.contains('<'), "{line}");
        let mut parts = value.split('&');
        let mut out = parts.next().unwrap().to_owned();
        for part in parts {
            let (entity, rest) = part.split_once(';').unwrap();
            out.push(match entity {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                code => char::from_u32(code.strip_prefix('#').unwrap().parse().unwrap()).unwrap(),
            });
            out.push_str(rest);
        }
        found = Some(out);
    }
    found.unwrap_or_else(|| panic!("no {name} in\n{text}"))
}

/// Single quotes and what may stand between two of them.
fn of_shell(text: &str, name: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).unwrap();
    let (mut out, mut rest) = (String::new(), line);
    while let Some(quoted) = rest.strip_prefix('\'') {
        let (inside, after) = quoted.split_once('\'').unwrap();
        out.push_str(inside);
        rest = after;
        if let Some(after) = rest.strip_prefix("\\'") {
            out.push('\'');
            rest = after;
        }
    }
    assert_eq!(rest, "", "{line}");
    out
}

#[cfg(feature = "sandbox")]
fn of_database(text: &str) -> (String, String, String) {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    database
        .execute_batch(
            "CREATE TABLE uacreg (id INTEGER PRIMARY KEY NOT NULL, l_uuid VARCHAR(64) UNIQUE NOT NULL,
             l_username TEXT, l_domain TEXT, r_username TEXT, r_domain TEXT, realm TEXT, auth_username TEXT,
             auth_password TEXT, auth_ha1 TEXT, auth_proxy TEXT, expires INTEGER);",
        )
        .unwrap();
    database.execute_batch(text).unwrap();
    let query = "SELECT auth_username, auth_password, auth_proxy FROM uacreg";
    database.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
}

const ODD: &str = r#"a;b";--c$${d}`e`\;'f'&<!--#g-->X-PRE-PROCESS %20 =>"#;

#[test]
fn every_target_reads_an_odd_password_as_it_is() {
    let trunk = trunk("acct-1", ODD);
    let of = |target: TrunkTarget| written(target, &trunk).unwrap();
    assert_eq!(of_asterisk(&of(TrunkTarget::Pjsip), "auth", "password"), ODD);
    assert_eq!(of_freeswitch(&of(TrunkTarget::Freeswitch), "password"), ODD);
    assert_eq!(of_shell(&of(TrunkTarget::Env), "SIP_PASSWORD"), ODD);
    let json = |target| serde_json::from_str::<Value>(&of(target)).unwrap();
    assert_eq!(json(TrunkTarget::Livekit)["trunk"]["auth_password"], ODD);
    assert_eq!(json(TrunkTarget::Vapi)["outboundAuthenticationPlan"]["authPassword"], ODD);
    assert_eq!(json(TrunkTarget::Elevenlabs)["outbound_trunk_config"]["credentials"]["password"], ODD);
    assert!(written(TrunkTarget::Kamailio, &trunk).unwrap_err().to_string().contains("backslash"));
    assert_eq!(of(TrunkTarget::Uri), "sip:acct-1@sip.example.net:5070\n");
}

#[test]
fn what_a_target_cannot_hold_is_an_error_and_no_file() {
    use TrunkTarget::{Elevenlabs, Env, Freeswitch, Kamailio, Livekit, Pjsip, Vapi};
    let long = "x".repeat(65);
    for (password, targets) in [
        ("two\nlines", &[Pjsip, Freeswitch, Kamailio, Env][..]),
        ("bell\u{7}", &[Pjsip, Freeswitch, Kamailio, Env]),
        ("hidden\u{200b}", &[Pjsip, Freeswitch, Kamailio, Env]),
        (" blank", &[Pjsip]),
        ("blank ", &[Pjsip]),
        (&long, &[Kamailio]),
    ] {
        let trunk = trunk("acct-1", password);
        for target in TrunkTarget::ALL {
            let is_told = matches!(written(target, &trunk), Err(NoTrunk::Unwritable { .. }));
            assert_eq!(is_told, targets.contains(&target), "{target:?} {password:?}");
        }
        for target in [Livekit, Vapi, Elevenlabs] {
            serde_json::from_str::<Value>(&written(target, &trunk).unwrap()).unwrap();
        }
    }
}

#[test]
fn the_transport_is_the_one_of_the_record_and_5061_is_tls() {
    let of = |port: Option<u16>, named: Option<Value>| {
        let mut credentials = credentials("acct-1", Password::Unset);
        credentials.port = port;
        credentials.extra.extend(named.map(|named| ("transport".to_owned(), named)));
        let trunk = TrunkAccount::of(&detail(Some(credentials)), false).map_err(|why| why.to_string())?;
        Ok::<_, String>((
            written(TrunkTarget::Uri, &trunk).unwrap(),
            written(TrunkTarget::Pjsip, &trunk).unwrap(),
        ))
    };
    for (port, named, uri) in [
        (None, None, "sip:acct-1@sip.example.net\n"),
        (Some(5060), None, "sip:acct-1@sip.example.net:5060\n"),
        (Some(5061), None, "sip:acct-1@sip.example.net:5061;transport=tls\n"),
        (Some(5061), Some(json!("UDP")), "sip:acct-1@sip.example.net:5061;transport=udp\n"),
        (Some(0), Some(json!("tcp")), "sip:acct-1@sip.example.net;transport=tcp\n"),
    ] {
        let (address, sections) = of(port, named).unwrap();
        assert_eq!(address, uri);
        let server = uri.trim().replace("acct-1@", "");
        assert_eq!(of_asterisk(&sections, "registration", "server_uri"), server);
    }
    assert!(of(None, Some(json!("ws"))).unwrap_err().contains("'ws'"));
}

#[test]
fn an_account_of_another_domain_is_registered_there_by_way_of_the_server() {
    let trunk = trunk("al#ice@voip.example", "p");
    let text = written(TrunkTarget::Pjsip, &trunk).unwrap();
    for (kind, key, value) in [
        ("registration", "server_uri", "sip:voip.example"),
        ("registration", "client_uri", "sip:al%23ice@voip.example"),
        ("registration", "outbound_proxy", "sip:sip.example.net:5070;lr"),
        ("endpoint", "outbound_proxy", "sip:sip.example.net:5070;lr"),
        ("endpoint", "from_user", "al%23ice"),
        ("auth", "username", "al#ice@voip.example"),
    ] {
        assert_eq!(of_asterisk(&text, kind, key), value, "{kind} {key}");
    }
    let text = written(TrunkTarget::Freeswitch, &trunk).unwrap();
    assert_eq!(of_freeswitch(&text, "username"), "al%23ice");
    assert_eq!(of_freeswitch(&text, "from-domain"), "voip.example");
    assert_eq!(of_freeswitch(&text, "proxy"), "sip.example.net:5070");
}

#[test]
fn what_is_missing_is_told_apart() {
    let of = |credentials: Option<SipCredentials>, with| {
        TrunkAccount::of(&detail(credentials), with).map(|trunk| trunk.password)
    };
    let with = |password: Password| Some(credentials("acct-1", password));
    assert_eq!(of(None, false), Err(NoTrunk::Nothing));
    assert_eq!(of(with(set("p")), false), Ok(TrunkPassword::LeftOut));
    assert_eq!(of(with(Password::Hidden), false), Ok(TrunkPassword::Hidden));
    assert_eq!(of(with(Password::Unset), false), Ok(TrunkPassword::Unset));
    assert_eq!(of(with(Password::Hidden), true), Err(NoTrunk::PasswordHidden));
    assert_eq!(of(with(Password::Unset), true), Err(NoTrunk::PasswordUnset));
    let without = |change: fn(&mut SipCredentials)| {
        let mut credentials = credentials("acct-1", set("p"));
        change(&mut credentials);
        of(Some(credentials), true).unwrap_err().to_string()
    };
    assert!(without(|c| c.domain = Some(" ".into())).contains("domain"));
    assert!(without(|c| c.username = None).contains("user name"));
    assert!(without(|c| c.domain = Some("a b\n[evil]".into())).contains("host"));
    let odd = |c: &mut SipCredentials| {
        c.port = None;
        c.extra.insert("sip_port".into(), json!(70000));
    };
    assert!(without(odd).contains("70000"));
}

#[test]
fn a_record_without_a_number_is_written_where_none_is_wanted() {
    let mut detail = detail(Some(credentials("acct-1", set("p"))));
    detail.number.line = NumberText::parse("call \u{1b}[2J me");
    detail.number.id = NumberId::new("pn_1;[x]");
    let trunk = TrunkAccount::of(&detail, true).unwrap();
    assert_eq!(trunk.name, "numdeck-pn1x");
    for target in TrunkTarget::ALL {
        let needs = [TrunkTarget::Livekit, TrunkTarget::Elevenlabs].contains(&target);
        match written(target, &trunk) {
            Ok(text) => assert!(!needs && !text.contains('\u{1b}'), "{target:?}: {text}"),
            Err(why) => assert!(needs && matches!(why, NoTrunk::NoNumber(_)), "{target:?}: {why}"),
        }
    }
}

#[test]
fn no_comment_and_no_unfinished_file_has_the_password() {
    let detail = detail(Some(credentials("acct-1", set("hunter2"))));
    for target in TrunkTarget::ALL {
        let left_out = written(target, &TrunkAccount::of(&detail, false).unwrap()).unwrap();
        assert!(!left_out.contains("hunter2"), "{left_out}");
        assert_eq!(left_out.contains("REPLACE_WITH_SIP_PASSWORD"), target.takes_password(), "{left_out}");
        let whole = written(target, &TrunkAccount::of(&detail, true).unwrap()).unwrap();
        assert_eq!(whole.matches("hunter2").count(), usize::from(target.takes_password()), "{whole}");
        assert!(!whole.contains("UNFINISHED") && !whole.contains("REPLACE_WITH"), "{whole}");
        let debug = format!("{:?}", TrunkAccount::of(&detail, true).unwrap());
        assert!(!debug.contains("hunter2"), "{debug}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_is_written_is_read_back_or_refused(
        password in "[ -~äß€\n\u{202e}]{1,24}|[;\\-=>'\"$&<{}]{1,12}", username in "[a-z0-9.@;'\"&$ -]{1,16}"
    ) {
        let detail = detail(Some(credentials(&username, set(&password))));
        let Ok(trunk) = TrunkAccount::of(&detail, true) else { return Ok(()) };
        let name = username.trim();
        if let Ok(text) = written(TrunkTarget::Pjsip, &trunk) {
            prop_assert_eq!(of_asterisk(&text, "auth", "password"), password.clone());
            prop_assert_eq!(of_asterisk(&text, "auth", "username"), name);
        }
        if let Ok(text) = written(TrunkTarget::Freeswitch, &trunk) {
            prop_assert_eq!(of_freeswitch(&text, "password"), password.clone());
            prop_assert_eq!(of_freeswitch(&text, "auth-username"), name);
        }
        if let Ok(text) = written(TrunkTarget::Env, &trunk) {
            prop_assert_eq!(of_shell(&text, "SIP_PASSWORD"), password.clone());
            prop_assert_eq!(of_shell(&text, "SIP_USERNAME"), name);
        }
        #[cfg(feature = "sandbox")]
        if let Ok(text) = written(TrunkTarget::Kamailio, &trunk) {
            let (username, read, proxy) = of_database(&text);
            prop_assert_eq!((username.as_str(), read.as_str()), (name, password.as_str()));
            prop_assert_eq!(proxy, "sip:sip.example.net:5070");
        }
        let json: Value = serde_json::from_str(&written(TrunkTarget::Vapi, &trunk).unwrap()).unwrap();
        prop_assert_eq!(json["outboundAuthenticationPlan"]["authPassword"].as_str(), Some(password.as_str()));
    }
}
