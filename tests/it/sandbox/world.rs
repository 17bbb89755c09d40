//! The world that a seed makes, and the file that it is kept in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::join_all;
use numdeck::phone::{Country, E164};
use numdeck::sandbox::{Config, Sandbox, SandboxError};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{ADMIN, Api, LIVE, MEMBER, OWNER, id, lines, small};

#[tokio::test]
async fn the_same_seed_makes_the_same_world() {
    let snapshot = async |seed| {
        let api = Api::start(Config { seed, ..small() });
        let row = id(&api.owned(OWNER).await[0]);
        let mut world = vec![
            json!(api.owned(OWNER).await),
            json!(api.owned(LIVE).await),
            json!(api.for_sale(OWNER, "NG").await),
            api.get(OWNER, "/endpoints").await.body,
            api.get(OWNER, &format!("/phone-numbers/{row}")).await.body,
        ];
        let offer = api.an_offer(OWNER).await;
        let mut bought = api.buy(OWNER, &json!({"inventory_id": offer})).await.body;
        for time in ["created_at", "updated_at"] {
            bought.as_object_mut().unwrap().remove(time);
        }
        world.push(bought);
        world
    };
    let one = snapshot(5).await;
    assert_eq!(one, snapshot(5).await);
    for (mine, theirs) in one.iter().zip(snapshot(6).await) {
        assert_ne!(*mine, theirs);
    }
}

#[tokio::test]
async fn the_default_world_is_varied_valid_and_free_of_duplicates() {
    let api = Api::start(Config::default());
    let owned = api.owned(OWNER).await;
    assert_eq!(owned.len(), 312);
    let count = |test: &dyn Fn(&Value) -> bool| owned.iter().filter(|row| test(row)).count();
    assert!((5..60).contains(&count(&|row| row["endpoint_id"].is_null())));
    assert!((2..40).contains(&count(&|row| row["allow_inbound"] == false)));
    assert!((20..120).contains(&count(&|row| row["allow_outbound"] == true)));
    for status in ["active", "inactive", "pending"] {
        assert!(count(&|row| row["status"] == status) > 0, "{status}");
    }
    for kind in ["local", "mobile", "toll_free"] {
        assert!(count(&|row| row["type"] == kind) > 0, "{kind}");
    }
    let mut all: Vec<Value> = Vec::new();
    for country in Country::ALL {
        all.extend(api.for_sale(OWNER, country.code).await);
    }
    assert_eq!(all.len(), 2000);
    assert!(all.iter().filter(|row| row["country"] == "NG").count() >= 250);
    all.extend(owned);
    let shared = |key: &str| [ADMIN, MEMBER, OWNER].contains(&key) || key.starts_with("eyJ");
    for key in Sandbox::keys().iter().filter(|key| !shared(key.key)) {
        all.extend(api.owned(key.key).await);
    }
    let numbers = lines(&all);
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
    for (number, row) in numbers.iter().zip(&all) {
        let e164 = E164::parse(number).unwrap_or_else(|| panic!("{number}"));
        assert_eq!(e164.to_string(), *number);
        let code = match row["country"].as_str().unwrap() {
            "NG" => "234",
            "GH" => "233",
            "KE" => "254",
            "RW" => "250",
            "EG" => "20",
            "AE" => "971",
            "US" | "CA" => "1",
            _ => continue,
        };
        assert_eq!(e164.calling_code(), code, "{number}");
    }
}

#[test]
fn more_numbers_than_the_plans_hold_are_refused() {
    let error = Sandbox::start(Config { owned: Config::LARGEST + 1, ..Config::default() }).unwrap_err();
    assert!(matches!(error, SandboxError::TooLarge { .. }), "{error}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let first = Sandbox::start(small()).unwrap();
    let error = Sandbox::start(Config { listen: first.addr(), ..small() }).unwrap_err();
    assert!(error.to_string().contains(&first.addr().to_string()), "{error}");
}

#[tokio::test]
async fn an_empty_world_works() {
    let api = Api::start(Config { owned: 0, inventory: 0, ..Config::default() });
    assert_eq!(api.get(OWNER, "/phone-numbers").await.body, json!([]));
    assert_eq!(api.get(OWNER, "/phone-numbers?action=available&country=NG").await.body, json!([]));
}

fn in_file(path: &Path) -> Config {
    Config { db: Some(path.to_owned()), ..small() }
}

#[tokio::test]
async fn a_file_outlives_the_sandbox() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("world.db");
    let api = Api::start(in_file(&file));
    let bought = api.buy(OWNER, &json!({"inventory_id": api.an_offer(OWNER).await})).await.body;
    let (owned, sale) = (api.owned(OWNER).await, api.for_sale(OWNER, "NG").await);
    drop(api);
    // What the file says counts, not what is asked for.
    let api = Api::start(Config { seed: 99, owned: 1, inventory: 1, ..in_file(&file) });
    assert_eq!(api.owned(OWNER).await, owned);
    assert_eq!(api.for_sale(OWNER, "NG").await, sale);
    assert!(owned.contains(&bought));
    drop(api);
    audit(&file);
}

#[tokio::test]
async fn a_file_of_the_first_version_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("world.db");
    let api = Api::start(in_file(&file));
    let owned = api.owned(OWNER).await;
    drop(api);
    let first = Connection::open(&file).unwrap();
    first
        .execute_batch(
            "ALTER TABLE number ADD COLUMN allow_inbound INTEGER NOT NULL DEFAULT 0;
             ALTER TABLE number ADD COLUMN allow_outbound INTEGER NOT NULL DEFAULT 0;
             UPDATE number SET allow_inbound = switches & 1, allow_outbound = switches >> 1;
             ALTER TABLE number DROP COLUMN switches;
             PRAGMA user_version = 1;",
        )
        .unwrap();
    drop(first);
    for _ in 0..2 {
        assert_eq!(Api::start(in_file(&file)).owned(OWNER).await, owned);
    }
}

#[test]
fn a_file_of_somebody_else_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let text = dir.path().join("notes.txt");
    std::fs::write(&text, "not a database, and long enough to look like something".repeat(50)).unwrap();
    let other = dir.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    let newer = dir.path().join("newer.db");
    drop(Sandbox::start(in_file(&newer)).unwrap());
    Connection::open(&newer).unwrap().execute_batch("PRAGMA user_version = 7").unwrap();
    for (path, said) in
        [(text, "not a sandbox database"), (other, "not a sandbox database"), (newer, "version 7")]
    {
        let before = std::fs::read(&path).unwrap();
        let error = Sandbox::start(in_file(&path)).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        assert!(error.contains(path.to_str().unwrap()), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[test]
fn two_sandboxes_do_not_share_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("world.db");
    let first = Sandbox::start(in_file(&file)).unwrap();
    let error = Sandbox::start(in_file(&file)).unwrap_err();
    assert!(matches!(error, SandboxError::InUse { .. }), "{error}");
    drop(first);
    Sandbox::start(in_file(&file)).unwrap();
}

#[tokio::test]
async fn what_was_answered_is_in_the_file_even_if_the_process_dies_now() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("world.db");
    let api = Api::start(in_file(&file));
    for round in 0..5 {
        let bought = api.buy(OWNER, &json!({"inventory_id": api.an_offer(OWNER).await})).await.body;
        let released = id(&api.an_active_one(OWNER).await);
        assert_eq!(api.delete(OWNER, &format!("{released}?action=release")).await.status, 200);
        // What the disk holds at this moment is what a killed process would leave behind.
        let copy = copy_of(&file, &dir.path().join(format!("copy-{round}.db")));
        let restarted = Api::start(in_file(&copy));
        let owned = restarted.owned(OWNER).await;
        assert_eq!(owned, api.owned(OWNER).await);
        assert!(owned.contains(&bought));
        assert_eq!(restarted.for_sale(OWNER, "NG").await, api.for_sale(OWNER, "NG").await);
        drop(restarted);
        audit(&copy);
    }
}

fn copy_of(file: &Path, copy: &Path) -> PathBuf {
    for suffix in ["", "-wal"] {
        let with = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        std::fs::copy(with(file), with(copy)).unwrap();
    }
    copy.to_owned()
}

/// Checks what must hold in a database whatever happened to it. Each query finds offenders.
fn audit(file: &Path) {
    let db = Connection::open(file).unwrap();
    for (rule, offenders) in [
        (
            "opening balance minus charges is the balance",
            "SELECT key FROM organization o WHERE balance_cents <> opening_cents -
             (SELECT coalesce(sum(setup_cents + monthly_cents), 0) FROM charge WHERE organization = o.key)",
        ),
        (
            "a line's holder is a record of that line",
            "SELECT l.key FROM line l LEFT JOIN number n ON n.key = l.holder
             WHERE l.holder IS NOT NULL AND n.line IS NOT l.key",
        ),
        (
            "a record that works holds its line",
            "SELECT n.key FROM number n JOIN line l ON l.key = n.line
             WHERE n.status <> 'inactive' AND l.holder IS NOT n.key",
        ),
        (
            "no number exists twice in a mode",
            "SELECT min(key) FROM line GROUP BY mode, e164 HAVING count(*) > 1",
        ),
        (
            "test and live do not mix",
            "SELECT n.key FROM number n JOIN line l ON l.key = n.line
             JOIN organization o ON o.key = n.organization WHERE o.mode <> l.mode",
        ),
        (
            "endpoints belong to the number's organization",
            "SELECT n.key FROM number n JOIN endpoint e ON e.id = n.endpoint
             WHERE e.organization <> n.organization",
        ),
        (
            "every charge is for a line of that price",
            "SELECT c.key FROM charge c JOIN organization o ON o.key = c.organization
             LEFT JOIN line l ON l.e164 = c.e164 AND l.mode = o.mode
             WHERE l.setup_cents IS NOT c.setup_cents OR l.monthly_cents IS NOT c.monthly_cents",
        ),
    ] {
        let found: Vec<i64> = db
            .prepare(offenders)
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert!(found.is_empty(), "{rule}: {found:?}");
    }
}

#[tokio::test]
async fn the_books_balance_after_a_crowd_has_been_busy() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("world.db");
    let api = Arc::new(Api::start(in_file(&file)));
    let second = Sandbox::keys()[0].organizations[1];
    let crowd = (0..6u64).map(|person| {
        let api = Arc::clone(&api);
        async move {
            let mut headers = vec![("authorization", "Bearer kros_test_owner")];
            if person % 2 == 1 {
                headers.push(("x-organization-id", second));
            }
            let mut chance = person * 7_919 + 1;
            for _ in 0..60 {
                chance =
                    chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let draw = (chance >> 33) as usize;
                let list = if draw % 5 < 2 { "?action=available&country=RW&limit=5" } else { "?limit=100" };
                let page = api.send("GET", &format!("/phone-numbers{list}"), &headers, "").await;
                let Some(row) = page.rows().get(draw / 5 % page.rows().len().max(1)) else { continue };
                let one = format!("/phone-numbers/{}", id(row));
                let answer = match draw % 5 {
                    0 | 1 => {
                        let body = json!({"inventory_id": row["id"]}).to_string();
                        api.send("POST", "/phone-numbers", &headers, body).await
                    }
                    2 => api.send("DELETE", &format!("{one}?action=release"), &headers, "").await,
                    3 => api.send("DELETE", &one, &headers, "").await,
                    _ => api.send("PATCH", &one, &headers, r#"{"status":"active","endpointId":null}"#).await,
                };
                assert!(answer.status < 500, "{}", answer.body);
            }
        }
    });
    join_all(crowd).await;
    let lists = async |api: &Api| (api.owned(OWNER).await, api.for_sale(OWNER, "RW").await);
    let before = lists(&api).await;
    drop(api);
    audit(&file);
    // The order of lists is kept in memory and made anew from the file: both must say the same.
    assert_eq!(lists(&Api::start(in_file(&file))).await, before);
}
