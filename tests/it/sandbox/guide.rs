//! The same world in the shapes of the service's guide.
//!
//! The guide has no schema to be judged by, so its answers are held against those of a sandbox of
//! the contract with the same seed: what one says, the other says in its own words.

use numdeck::sandbox::{Config, SandboxDialect};
use serde_json::{Map, Value, json};

use super::{Api, BROKE, LIVE, MEMBER, NOBODY, OWNER, id, small};

/// Two sandboxes of one world, and of each the first dialect that it speaks.
struct Twins {
    contract: Api,
    guide: Api,
}

impl Twins {
    fn start() -> Self {
        let guide = Config { dialect: SandboxDialect::Guide, ..small() };
        Self { contract: Api::small(), guide: Api::start(guide) }
    }

    /// The n-th number for sale in Nigeria: its id in either world.
    async fn offer(&self, n: usize) -> (String, String) {
        let path = "/phone-numbers?action=available&country=NG&limit=100";
        let (one, other) = (self.contract.get(OWNER, path).await, self.guide.get(OWNER, path).await);
        (id(&one.rows()[n]), id(&other.rows()[n]))
    }
}

fn bare(uuid: &Value) -> String {
    uuid.as_str().unwrap().replace('-', "")
}

fn prefixed(prefix: &str, uuid: &Value) -> Value {
    if uuid.is_null() { Value::Null } else { format!("{prefix}{}", bare(uuid)).into() }
}

/// An owned record of the contract as the guide has it.
fn owned(row: &Value) -> Value {
    let mut out = Map::new();
    out.insert("id".into(), prefixed("pn_", &row["id"]));
    out.insert("number".into(), row["e164"].clone());
    for name in ["country", "type", "status"] {
        out.insert(name.into(), row[name].clone());
    }
    out.insert("endpoint_id".into(), prefixed("ep_", &row["endpoint_id"]));
    for name in ["allow_inbound", "allow_outbound", "created_at", "updated_at"] {
        out.insert(name.into(), row[name].clone());
    }
    Value::Object(out)
}

/// A line for sale of the contract as the guide has it.
fn for_sale(row: &Value) -> Value {
    let country = row["country"].as_str().unwrap().to_lowercase();
    let can = ["voice", "sms", "fax"];
    let can: Vec<&str> =
        can.into_iter().filter(|name| row["inventory"]["capabilities"][name] == true).collect();
    let mut out = json!({
        "id": format!("inv_{country}_{}", bare(&row["id"])), "number": row["e164"],
        "country": row["country"], "type": row["type"], "capabilities": can,
    });
    for name in ["monthly_cost_cents", "setup_cost_cents"] {
        if let Some(cents) = row["inventory"].get(name) {
            out[name] = cents.clone();
        }
    }
    out
}

#[tokio::test]
async fn every_list_holds_the_rows_of_the_contract_in_an_envelope() {
    let twins = Twins::start();
    for (key, query, total, row) in [
        (OWNER, "limit=100", 30, owned as fn(&Value) -> Value),
        (MEMBER, "limit=7&offset=28", 30, owned),
        (OWNER, "limit=5&offset=30", 30, owned),
        (LIVE, "limit=100", 87, owned),
    ] {
        let one = twins.contract.get(key, &format!("/phone-numbers?{query}")).await;
        let other = twins.guide.get(key, &format!("/phone-numbers?{query}")).await;
        let rows: Vec<Value> = one.rows().iter().map(row).collect();
        let limit: u64 = query["limit=".len()..].split('&').next().unwrap().parse().unwrap();
        let offset: u64 = query.split_once("offset=").map_or(0, |(_, text)| text.parse().unwrap());
        let wanted = json!({"phone_numbers": rows, "total": total, "limit": limit, "offset": offset});
        assert_eq!(other.body, wanted, "{key} {query}");
    }
    for (query, usual) in [("country=NG", 50), ("action=available&country=NG&type=mobile", 20)] {
        let whole = twins.contract.whole(OWNER, query, 100).await;
        let other = twins.guide.get(OWNER, &format!("/phone-numbers?{query}")).await;
        assert_eq!((&other.body["total"], &other.body["limit"]), (&json!(whole.len()), &json!(usual)));
        let row = if query.starts_with("action") { for_sale } else { owned };
        let rows: Vec<Value> = whole.iter().take(usual).map(row).collect();
        assert_eq!(other.body["phone_numbers"], json!(rows), "{query}");
    }
}

#[tokio::test]
async fn egypt_tells_no_price_in_either_dialect() {
    let twins = Twins::start();
    let sale = twins.contract.for_sale(OWNER, "EG").await;
    assert!(!sale.is_empty());
    let rows = twins.guide.get(OWNER, "/phone-numbers?action=available&country=EG&limit=100").await;
    assert_eq!(rows.rows(), sale.iter().map(for_sale).collect::<Vec<_>>());
    assert!(rows.rows().iter().all(|row| row.get("monthly_cost_cents").is_none()));
}

#[tokio::test]
async fn a_detail_names_the_endpoint_and_its_monthly_cost() {
    let twins = Twins::start();
    let endpoints = twins.contract.get(OWNER, "/endpoints").await.body;
    let listed = twins.guide.get(OWNER, "/endpoints").await.body;
    assert_eq!(listed["endpoints"].as_array().unwrap().len(), endpoints.as_array().unwrap().len());
    let (mut with, mut without) = (0, 0);
    for row in twins.contract.owned(OWNER).await {
        let one = twins.contract.get(OWNER, &format!("/phone-numbers/{}", id(&row))).await.body;
        let path = format!("/phone-numbers/pn_{}", bare(&row["id"]));
        let other = twins.guide.get(OWNER, &path).await.body;
        let mut wanted = owned(&row);
        if let Some(cents) = one["inventory"].get("monthly_cost_cents") {
            wanted["monthly_cost_cents"] = cents.clone();
        }
        let endpoint = endpoints.as_array().unwrap().iter().find(|one| one["id"] == row["endpoint_id"]);
        wanted["endpoint"] = endpoint.map_or(Value::Null, |endpoint| {
            let agent = !["webhook", "custom_sip"].contains(&endpoint["type"].as_str().unwrap());
            json!({
                "id": prefixed("ep_", &endpoint["id"]), "name": endpoint["name"],
                "type": if agent { "agent" } else { "webhook" },
                "provider": if agent { endpoint["type"].clone() } else { Value::Null },
            })
        });
        assert_eq!(other, wanted);
        if endpoint.is_some() { with += 1 } else { without += 1 }
    }
    assert!(with > 0 && without > 0);
}

#[tokio::test]
async fn a_purchase_takes_names_of_the_guide_and_ignores_the_contracts() {
    let twins = Twins::start();
    let endpoint = id(&twins.guide.get(OWNER, "/endpoints").await.body["endpoints"][2]);
    for (n, extra, attached, inbound, outbound) in [
        (0, json!({}), Value::Null, true, true),
        (1, json!({"endpoint_id": endpoint, "allow_inbound": false}), json!(endpoint), false, true),
        (2, json!({"endpoint_id": endpoint, "allow_outbound": false}), json!(endpoint), true, false),
        (3, json!({"endpointId": NOBODY, "allowInbound": false}), Value::Null, true, true),
        (4, json!({"totalCostCents": 1, "e164": "+1"}), Value::Null, true, true),
    ] {
        let mut body = extra.clone();
        // The next one is the first each time: the one before it is sold.
        body["inventory_id"] = json!(twins.offer(0).await.1);
        let bought = twins.guide.buy(OWNER, &body).await;
        assert_eq!(bought.status, 201, "{}", bought.body);
        let row = &bought.body;
        assert_eq!(row["endpoint_id"], attached, "{extra}");
        assert_eq!((&row["allow_inbound"], &row["allow_outbound"]), (&json!(inbound), &json!(outbound)));
        assert!(id(row).starts_with("pn_") && row.get("e164").is_none(), "{row}");
        let list = twins.guide.get(OWNER, "/phone-numbers?limit=100").await;
        assert_eq!((list.rows().last(), list.rows().len()), (Some(row), 31 + n));
    }
}

#[tokio::test]
async fn an_update_in_the_words_of_the_contract_is_a_200_that_changes_nothing() {
    let twins = Twins::start();
    let row = twins.guide.an_active_one(OWNER).await;
    let (number, flag) = (id(&row), row["allow_outbound"].as_bool().unwrap());
    for body in [
        json!({"allowOutbound": !flag}),
        json!({"allowInbound": "nonsense"}),
        json!({"endpointId": null}),
        json!({"endpointId": NOBODY}),
    ] {
        let answer = twins.guide.patch(OWNER, &number, &body).await;
        assert_eq!((answer.status, &answer.body), (200, &row), "{body}");
    }
    let endpoint = id(&twins.guide.get(OWNER, "/endpoints").await.body["endpoints"][4]);
    for body in [
        json!({"allow_outbound": !flag}),
        json!({"allow_inbound": false}),
        json!({"endpoint_id": endpoint}),
        json!({"endpoint_id": null}),
        json!({"status": "inactive"}),
    ] {
        let answer = twins.guide.patch(OWNER, &number, &body).await;
        let (name, value) = body.as_object().unwrap().iter().next().unwrap();
        assert_eq!((answer.status, &answer.body[name]), (200, value), "{body}");
    }
    for (body, code) in [
        (json!({"endpoint_id": NOBODY}), "INVALID_PARAMETER"),
        (json!({"endpoint_id": format!("ep_{}", NOBODY.replace('-', ""))}), "ENDPOINT_NOT_FOUND"),
        (json!({"allow_inbound": "no"}), "INVALID_PARAMETER"),
    ] {
        assert_eq!(twins.guide.patch(OWNER, &number, &body).await.outcome(), (400, code), "{body}");
    }
}

#[tokio::test]
async fn a_number_is_given_up_in_both_ways() {
    let twins = Twins::start();
    for (query, kept) in [("?action=release", true), ("", false)] {
        let offer = twins.offer(0).await.1;
        let bought = twins.guide.buy(OWNER, &json!({"inventory_id": offer})).await.body;
        let removed = twins.guide.delete(OWNER, &format!("{}{query}", id(&bought))).await;
        assert_eq!((removed.status, &removed.body["success"]), (200, &json!(true)));
        let now = twins.guide.get(OWNER, &format!("/phone-numbers/{}", id(&bought))).await;
        assert_eq!(now.status, if kept { 200 } else { 404 });
        assert_eq!(twins.offer(0).await.1, offer, "it is for sale again");
    }
}

#[tokio::test]
async fn refusals_have_the_statuses_of_the_guide() {
    let twins = Twins::start();
    let (_, offer) = twins.offer(0).await;
    let buy = async |key: &str, id: &str| twins.guide.buy(key, &json!({"inventory_id": id})).await;
    for (key, status, code) in [
        (BROKE, 400, "INSUFFICIENT_BALANCE"),
        ("kros_test_kyc_not_submitted", 400, "KYC_REQUIRED"),
        ("kros_test_kyc_pending", 400, "KYC_PENDING"),
        ("kros_test_kyc_initiated", 400, "KYC_INITIATED"),
        ("kros_test_kyc_declined", 400, "KYC_DECLINED"),
        (MEMBER, 403, "FORBIDDEN"),
        ("kros_test_nobody", 401, "UNAUTHORIZED"),
    ] {
        assert_eq!(buy(key, &offer).await.outcome(), (status, code), "{key}");
    }
    assert_eq!(buy(OWNER, &offer).await.status, 201);
    assert_eq!(buy(OWNER, &offer).await.outcome(), (404, "NUMBER_NOT_AVAILABLE"));
    assert_eq!(buy(OWNER, NOBODY).await.outcome(), (400, "INVALID_PARAMETER"));
    let line = json!({"e164": "+2348031234567", "country": "NG", "type": "mobile"});
    assert_eq!(twins.guide.buy(OWNER, &line).await.outcome(), (400, "MISSING_FIELDS"));
    let unknown = format!("/phone-numbers/pn_{}", NOBODY.replace('-', ""));
    assert_eq!(twins.guide.get(OWNER, &unknown).await.outcome(), (404, "NOT_FOUND"));
    for id in [NOBODY, "x", "pn_1", offer.as_str()] {
        let answer = twins.guide.patch(OWNER, id, &json!({})).await;
        assert_eq!(answer.outcome(), (400, "INVALID_PARAMETER"), "{id}");
    }
}

#[tokio::test]
async fn a_fault_is_what_was_asked_for_in_any_dialect() {
    let twins = Twins::start();
    for (status, code) in [(402, "INSUFFICIENT_BALANCE"), (429, "RATE_LIMIT_EXCEEDED")] {
        twins.guide.faults(&[&format!("any:status={status}")]);
        let answer = twins.guide.get(OWNER, "/phone-numbers").await;
        assert_eq!(answer.outcome(), (status, code));
        assert_eq!(answer.body["retry_after"].is_number(), status == 429);
    }
}
