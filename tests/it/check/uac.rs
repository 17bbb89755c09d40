//! Beside kamailio, where it is installed with SQLite: with the record that `sip render` writes for it, it
//! registers.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use numdeck::sip::Transport;
use rusqlite::Connection;
use serde_json::json;

use super::Bench;
use super::real::{Running, free_port, is_there, program};
use crate::support::faulty::{Faulty, Reply};
use crate::support::sip::registrar;

const CHALLENGE: &str = "Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"";
const NAME: &str = "acct-1";
const SECRET: &str = "it's \"odd\" $;--{}` pä";

/// The tables of kamailio for SQLite, and its module.
const TABLE: &str = "/usr/share/kamailio/db_sqlite/uac-create.sql";
const MODULES: [&str; 2] =
    ["/usr/lib/x86_64-linux-gnu/kamailio/modules", "/usr/lib/aarch64-linux-gnu/kamailio/modules"];

#[tokio::test(flavor = "multi_thread")]
async fn kamailio_registers_with_the_record_that_is_written_for_it() {
    let module = MODULES.iter().any(|place| Path::new(place).join("db_sqlite.so").exists());
    if !is_there("kamailio") {
        return;
    }
    if !module || !Path::new(TABLE).exists() {
        eprintln!("SKIPPED: kamailio's db_sqlite is not installed, so no record was given to it");
        return;
    }
    let server = Bench::new().server(Transport::Udp, registrar(CHALLENGE, false, NAME, SECRET)).await;
    let record = json!({"id": "n-1", "e164": "+2348031234567", "sip_credentials": {
        "sip_domain": "127.0.0.1", "sip_port": server.at.port(), "sip_username": NAME, "sip_password": SECRET}});
    let api = Faulty::always(Reply::json(200, &record)).await;
    let rendered = Command::new(env!("CARGO_BIN_EXE_numdeck"))
        .env_clear()
        .envs([("NUMDECK_BASE_URL", api.url().as_str()), ("NUMDECK_API_KEY", "kros_test_owner")])
        .args(["sip", "render", "n-1", "--as", "kamailio", "--show-secrets"])
        .stdin(Stdio::null())
        .output();
    let rendered = rendered.unwrap();
    assert!(rendered.status.success(), "{rendered:?}");

    let home = tempfile::tempdir().unwrap();
    let place = |name: &str| home.path().join(name).display().to_string();
    let database = Connection::open(place("db")).unwrap();
    database.execute_batch("CREATE TABLE version (table_name TEXT, table_version INTEGER);").unwrap();
    database.execute_batch(&std::fs::read_to_string(TABLE).unwrap()).unwrap();
    database.execute_batch(&String::from_utf8(rendered.stdout).unwrap()).unwrap();
    drop(database);
    let port = free_port();
    let config = format!(
        r#"
debug=1
log_stderror=yes
children=1
auto_aliases=no
dns=no
rev_dns=no
listen=udp:127.0.0.1:{port}
loadmodule "db_sqlite.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "uac.so"
modparam("uac", "reg_db_url", "sqlite://{}")
modparam("uac", "reg_contact_addr", "127.0.0.1:{port}")
modparam("uac", "reg_timer_interval", 1)
request_route {{ exit; }}
"#,
        place("db")
    );
    std::fs::write(place("kamailio.cfg"), config).unwrap();
    let checked = program("kamailio").args(["-c", "-f", &place("kamailio.cfg")]).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    let log = std::fs::File::create(place("log")).unwrap();
    let child = program("kamailio")
        .args(["-f", &place("kamailio.cfg"), "-DD", "-E", "-m", "32", "-M", "8"])
        .args(["-Y", &home.path().display().to_string(), "-P", &place("pid")])
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let _running = Running(child);
    for _ in 0..600 {
        let seen = server.seen();
        let answered = seen.iter().filter(|request| request.contains("\r\nAuthorization: Digest")).count();
        // A registrar that does not accept it asks again.
        if answered > 0 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let seen = server.seen();
            assert_eq!(seen.len(), 2, "{seen:#?}");
            assert!(seen[1].contains("To: <sip:acct-1@127.0.0.1>"), "{}", seen[1]);
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("kamailio does not register: {}", std::fs::read_to_string(place("log")).unwrap());
}
