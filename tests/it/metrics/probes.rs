//! Probes: whom they may reach, what they come to, and that no account is locked out by them.

use std::net::UdpSocket;

use numdeck::sandbox::{Config, Sandbox};
use numdeck::sip::Transport;
use serde_json::{Value, json};

use super::{Exporter, numdeck};
use crate::support::exposition::Figures;
use crate::support::faulty::{Faulty, Reply};
use crate::support::ran::Ran;
use crate::support::sip::{Authority, FakeSip, registrar};

const NUMBER: &str = "+2348031234567";

/// A sandbox whose numbers are answered.
fn sandbox() -> Sandbox {
    let sip = Some("127.0.0.1:0".parse().unwrap());
    Sandbox::start(Config { owned: 60, inventory: 20, sip, ..Config::default() }).unwrap()
}

fn rows(sandbox: &Sandbox) -> Vec<Value> {
    let state = tempfile::tempdir().unwrap();
    Ran::run(numdeck(&sandbox.base_url(), state.path(), &["list", "--all", "-o", "json"])).rows()
}

#[test]
fn an_owned_number_is_probed_in_any_form_that_names_it() {
    let (sandbox, state) = (sandbox(), tempfile::tempdir().unwrap());
    let rows = rows(&sandbox);
    let is_well = |row: &&Value| {
        let ran =
            Ran::run(numdeck(&sandbox.base_url(), state.path(), &["check", row["e164"].as_str().unwrap()]));
        ran.code == 0
    };
    let active = |row: &&Value| row["status"] == "active" && row["allow_inbound"] == true;
    let row = rows.iter().filter(active).find(is_well).unwrap();
    let exporter = Exporter::start(&sandbox.base_url(), state.path(), &[]);
    exporter.metrics();
    let e164 = row["e164"].as_str().unwrap();
    let (id, uri) = (row["id"].as_str().unwrap(), row["sip_uri"].as_str().unwrap());
    for target in [e164, &e164.replacen('+', "00", 1), id, uri, &format!("tel:{e164}")] {
        let page = exporter.probe(target, "");
        assert_eq!(page.status, 200, "{target}: {page:?}");
        let figures = Figures::read(&page.body);
        assert_eq!(figures.get("probe_success"), Some(1.0), "{target}: {page:?}");
        assert!(figures.get("probe_duration_seconds").is_some_and(|took| took > 0.0));
        assert_eq!(figures.sum("numdeck_probe_result"), 1.0);
        assert!(!page.body.contains(e164.trim_start_matches('+')), "{page:?}");
    }
    let unescaped = exporter.get(&format!("/probe?target={e164}&module=options"));
    assert_eq!(unescaped.status, 200, "curl does not escape a plus: {unescaped:?}");
    let broken = rows.iter().find(|row| row["sip_uri"].as_str().unwrap().ends_with(":9")).unwrap();
    let page = exporter.probe(broken["e164"].as_str().unwrap(), "");
    let figures = Figures::read(&page.body);
    assert_eq!(figures.get("probe_success"), Some(0.0), "{page:?}");
    assert_eq!(figures.get("numdeck_probe_result{code=\"port_closed\"}"), Some(1.0), "{page:?}");
}

#[test]
fn nobody_has_packets_sent_to_others() {
    let (sandbox, state) = (sandbox(), tempfile::tempdir().unwrap());
    let victim = UdpSocket::bind("127.0.0.1:0").unwrap();
    victim.set_nonblocking(true).unwrap();
    let port = victim.local_addr().unwrap().port();
    let rows = rows(&sandbox);
    let owned = rows[0]["sip_uri"].as_str().unwrap();
    let server = owned.split('@').nth(1).unwrap();
    let exporter = Exporter::start(&sandbox.base_url(), state.path(), &["--allow", "pbx.example.net"]);
    exporter.metrics();
    for (target, status) in [
        (format!("sip:127.0.0.1:{port}"), 403),
        (format!("sip:{server}@127.0.0.1:{port}"), 403),
        (format!("{owned}@127.0.0.1:{port}"), 403),
        (format!("sip:x@{server}"), 403),
        (format!("sip:pbx.example.net@127.0.0.1:{port}"), 403),
        (format!("sip:pbx.example.net.127.0.0.1:{port}"), 400),
        (format!("sip:pbx.example.net:{port}"), 403),
        (format!("sip:pbx.example.net;maddr=127.0.0.1:{port}"), 400),
        (format!("sip:[::ffff:127.0.0.1]:{port}"), 403),
        (format!("sip:0x7f000001:{port}"), 403),
        (format!("sip:2130706433:{port}"), 400),
        (format!("sip:localhost:{port}"), 403),
        (format!("SIPS:127.0.0.1:{port}"), 403),
        (format!("sip:pbx.example.net\r\nVia: x@127.0.0.1:{port}"), 400),
        (format!("http://127.0.0.1:{port}/"), 400),
        (format!("127.0.0.1:{port}"), 400),
        ("+2348030000000".to_owned(), 403),
        ("2348".to_owned(), 403),
        ("*".to_owned(), 400),
    ] {
        let page = exporter.probe(&target, "");
        assert!(page.status == status || (page.status, status) == (400, 403), "{target}: {page:?}");
        assert!(!page.body.contains("probe_success"), "{target}: {page:?}");
        assert!(!page.body.contains("2348"), "who asks learns nothing of other numbers: {page:?}");
    }
    let page = exporter.probe(owned, "&module=auth");
    assert_eq!(page.status, 400, "{page:?}");
    assert!(victim.recv_from(&mut [0; 64]).is_err(), "a packet arrived");
    let allowing = Exporter::start(&sandbox.base_url(), state.path(), &["--allow", "127.0.0.1:*"]);
    allowing.metrics();
    let target = format!("sip:127.0.0.1:{port}");
    let request = format!(
        "GET /probe?target={target} HTTP/1.1\r\nhost: x\r\nx-prometheus-scrape-timeout-seconds: 1\r\nconnection: close\r\n\r\n"
    );
    let page = super::ask(&allowing.at, &request);
    assert_eq!(Figures::read(&page.body).get("probe_success"), Some(0.0), "nobody answered: {page:?}");
    let (length, _) = victim.recv_from(&mut [0; 2048]).expect("it was allowed by hand");
    assert!(length > 0);
}

/// An API with one number, whose credentials are for a registrar at `host`, over TLS.
async fn api(host: &str) -> Faulty {
    let row = json!({
        "id": "0d9f4c1e-8c0e-4a3b-9a53-6f2f1c6f7a10", "e164": NUMBER, "country": "NG", "type": "mobile",
        "status": "active", "endpoint_id": "1181baf3-21d2-4b2d-9487-0e03db6e9364", "allow_inbound": true,
        "allow_outbound": true, "sip_uri": format!("sip:{NUMBER}@{host}:5061"),
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"
    });
    let mut detail = row.clone();
    detail["sip_credentials"] = json!({
        "sip_domain": host, "sip_port": 5061, "sip_username": "alice", "sip_password": "hunter2-wrong"
    });
    Faulty::start(move |_, request| match request.target.split('?').next().unwrap_or_default() {
        "/v1/phone-numbers" => Reply::json(200, &json!({ "phone_numbers": [row], "total": 1 })),
        "/v1/endpoints" => Reply::json(404, &json!({})),
        _ => Reply::json(200, &detail),
    })
    .await
}

/// 5061 is the port that means TLS, so that the registrar has an address of its own.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rejected_password_is_sent_once_however_often_it_is_probed() {
    let authority = Authority::new();
    let challenge = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"";
    let [.., high, low] = std::process::id().to_be_bytes();
    let host = format!("127.96.{high}.{low}");
    let tls = authority.server(&[&host], -1, 90);
    let script = registrar(challenge, false, "alice", "another");
    let server = FakeSip::listening(&format!("{host}:5061"), Transport::Tls, tls, script).await;
    let api = api(&host).await;
    let ca = api.state().join("ca.pem");
    std::fs::write(&ca, &authority.pem).unwrap();
    let (url, state) = (api.url(), api.state().to_owned());
    let pages = tokio::task::spawn_blocking(move || {
        let exporter = Exporter::start(&url, &state, &["--ca-file", ca.to_str().unwrap()]);
        exporter.metrics();
        (0..5).map(|_| exporter.probe(NUMBER, "&module=auth")).collect::<Vec<_>>()
    });
    for page in pages.await.unwrap() {
        let figures = Figures::read(&page.body);
        assert_eq!(figures.get("probe_success"), Some(0.0), "{page:?}");
        let said = format!("{page:?} {:?}", server.seen());
        assert_eq!(figures.get("numdeck_probe_result{code=\"auth_rejected\"}"), Some(1.0), "{said}");
        assert!(figures.get("probe_ssl_earliest_cert_expiry").is_some_and(|end| end > 1.7e9), "{page:?}");
        assert!(!page.body.contains("hunter2"), "{page:?}");
    }
    let guesses = server.seen().iter().filter(|text| text.contains("Authorization:")).count();
    assert_eq!(guesses, 1, "it was rejected, and nothing has changed since");
    let details = api.requests().iter().filter(|request| request.target.contains("0d9f4c1e")).count();
    assert_eq!(details, 1, "its record is read once in six hours");
}
