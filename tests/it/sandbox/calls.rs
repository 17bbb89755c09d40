//! Calls, in both shapes that the service's pages have for them.

use numdeck::sandbox::{Config, SandboxDialect};
use serde_json::{Value, json};

use super::{Api, NOBODY, OWNER, small};

impl Api {
    /// The calls of a number, whatever they stand in.
    async fn calls(&self, number: &Value, rest: &str) -> (Value, Vec<Value>) {
        let id = number["id"].as_str().unwrap();
        let answer = self.get(OWNER, &format!("/calls?phone_number_id={id}{rest}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let name = if self.dialect == SandboxDialect::Guide { "calls" } else { "data" };
        (answer.body.clone(), answer.body[name].as_array().unwrap().clone())
    }

    /// The first number that passes, and how its inbound calls ended.
    async fn ends(&self, is_it: impl Fn(&Value) -> bool) -> Vec<(String, String)> {
        let list = self.get(OWNER, "/phone-numbers?limit=100").await;
        for number in list.rows().iter().filter(|number| is_it(number)) {
            let calls = self.calls(number, "&limit=100").await.1;
            let inbound = calls.iter().filter(|call| call["direction"] == "inbound");
            let word = |call: &Value, name: &str| call[name].as_str().unwrap().to_owned();
            let ends: Vec<_> =
                inbound.map(|call| (word(call, "status"), word(call, "hangup_cause"))).collect();
            if !ends.is_empty() || number["status"] != "active" {
                return ends;
            }
        }
        panic!("there is no such number");
    }
}

#[tokio::test]
async fn calls_fail_for_the_reason_that_the_settings_of_their_number_have() {
    let api = Api::start(Config { owned: 100, ..small() });
    let endpoints = api.get(OWNER, "/endpoints").await.body;
    let status = |number: &Value| {
        let id = &number["endpoint_id"];
        endpoints.as_array().unwrap().iter().find(|one| one["id"] == *id).map(|one| one["status"].clone())
    };
    let is_open = |number: &Value| number["status"] == "active" && number["allow_inbound"] == true;
    let well = api.ends(|number| is_open(number) && status(number) == Some(json!("active"))).await;
    assert!(well.iter().all(|(status, _)| status == "completed"), "{well:?}");
    let only = |ends: Vec<(String, String)>, status: &str, cause: &str| {
        assert!(!ends.is_empty() && ends.iter().all(|end| (&*end.0, &*end.1) == (status, cause)), "{ends:?}");
    };
    only(
        api.ends(|number| is_open(number) && number["endpoint_id"].is_null()).await,
        "no_answer",
        "no_answer",
    );
    let is_closed = |number: &Value| number["status"] == "active" && number["allow_inbound"] == false;
    only(api.ends(is_closed).await, "failed", "rejected");
    let is_lost = |number: &Value| is_open(number) && status(number) == Some(json!("error"));
    only(api.ends(is_lost).await, "failed", "network_error");
    assert_eq!(api.ends(|number| number["status"] == "inactive").await, []);
}

#[tokio::test]
async fn pages_are_counted_as_each_dialect_counts_them() {
    for dialect in [SandboxDialect::OpenApi, SandboxDialect::Guide] {
        let api = Api::start(Config { dialect, ..small() });
        let list = api.get(OWNER, "/phone-numbers?limit=100").await.body;
        let list = list.get("phone_numbers").unwrap_or(&list).as_array().unwrap().clone();
        let number = list.iter().find(|number| number["status"] == "active").unwrap();
        let (body, all) = api.calls(number, "&limit=100").await;
        assert!(all.len() > 4, "{body}");
        assert!(all.is_sorted_by(|one, next| one["created_at"].as_str() >= next["created_at"].as_str()));
        let second = if dialect == SandboxDialect::Guide { "&limit=2&offset=2" } else { "&limit=2&page=2" };
        let (body, page) = api.calls(number, second).await;
        assert_eq!(page, all[2..4]);
        assert_eq!(body["total"], all.len());
        let names: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(
            names.contains(&&"total_pages".to_owned()),
            dialect == SandboxDialect::OpenApi,
            "{names:?}"
        );
    }
}

#[tokio::test]
async fn calls_of_nobody_are_refused() {
    let api = Api::small();
    for (path, outcome) in [
        ("/calls".to_owned(), (400, "MISSING_FIELDS")),
        (format!("/calls?phone_number_id={NOBODY}"), (404, "NOT_FOUND")),
        ("/calls?phone_number_id=x".to_owned(), (400, "INVALID_PARAMETER")),
        (format!("/calls?phone_number_id={NOBODY}&page=0"), (400, "INVALID_PARAMETER")),
    ] {
        assert_eq!(api.get(OWNER, &path).await.outcome(), outcome, "{path}");
    }
}
