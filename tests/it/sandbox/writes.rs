//! Buying, changing, giving up.

use std::collections::HashSet;

use futures_util::future::join_all;
use numdeck::sandbox::Sandbox;
use serde_json::{Value, json};

use super::{ADMIN, Api, BROKE, MEMBER, NOBODY, OWNER, id, lines};

#[tokio::test]
async fn a_purchase_by_id_makes_an_active_record_and_takes_the_slot() {
    let api = Api::small();
    let sale = api.for_sale(OWNER, "NG").await;
    let endpoint = api.endpoints(OWNER).await.remove(2);
    let bought = api.buy(OWNER, &json!({"inventory_id": id(&sale[3]), "endpointId": endpoint})).await;
    assert_eq!(bought.status, 201);
    let row = &bought.body;
    for name in ["e164", "country", "type"] {
        assert_eq!(row[name], sale[3][name]);
    }
    assert_eq!(row["status"], "active");
    assert_eq!((&row["allow_inbound"], &row["allow_outbound"]), (&json!(true), &json!(false)));
    assert_eq!(row["endpoint_id"], endpoint);
    assert_ne!(row["id"], sale[3]["id"]);
    assert_eq!(row["created_at"], row["updated_at"]);
    assert_eq!(api.owned(OWNER).await.last(), Some(row), "the newest is last");
    assert!(!lines(&api.for_sale(OWNER, "NG").await).contains(&lines(&sale)[3]));
    assert_eq!(
        api.get(OWNER, &format!("/phone-numbers/{}", id(&sale[3]))).await.body["inventory"],
        sale[3]["inventory"],
        "what it costs is told after it was sold, too"
    );
    let again = api.buy(ADMIN, &json!({"inventory_id": id(&sale[3])})).await;
    assert_eq!(again.outcome(), (400, "NUMBER_NOT_AVAILABLE"));
}

#[tokio::test]
async fn a_purchase_by_number_takes_the_costs_that_are_right() {
    let api = Api::small();
    let sale = api.for_sale(OWNER, "KE").await;
    let (setup, monthly) =
        (&sale[0]["inventory"]["setup_cost_cents"], &sale[0]["inventory"]["monthly_cost_cents"]);
    let total = setup.as_i64().unwrap() + monthly.as_i64().unwrap();
    let mut order = json!({
        "e164": sale[0]["e164"], "country": "ke", "type": sale[0]["type"],
        "totalCostCents": total, "setupCostCents": setup, "monthlyCostCents": monthly,
    });
    let bought = api.buy(OWNER, &order).await;
    assert_eq!(bought.status, 201, "{}", bought.body);
    assert_eq!(bought.body["e164"], sale[0]["e164"]);
    assert_eq!(bought.body["endpoint_id"], Value::Null);
    order["totalCostCents"] = json!(total + 1);
    assert_eq!(api.buy(OWNER, &order).await.outcome(), (400, "NUMBER_NOT_AVAILABLE"));
}

#[tokio::test]
async fn each_refusal_of_a_purchase_has_its_code_and_costs_nothing() {
    let api = Api::small();
    let offer = api.an_offer(OWNER).await;
    for (key, outcome) in [
        (BROKE, (402, "INSUFFICIENT_BALANCE")),
        ("kros_test_kyc_not_submitted", (400, "KYC_NOT_SUBMITTED")),
        ("kros_test_kyc_initiated", (400, "KYC_INITIATED")),
        ("kros_test_kyc_pending", (400, "KYC_PENDING")),
        ("kros_test_kyc_declined", (400, "KYC_DECLINED")),
        (MEMBER, (403, "FORBIDDEN")),
        ("kros_test_nobody", (401, "UNAUTHORIZED")),
    ] {
        assert_eq!(api.buy(key, &json!({"inventory_id": offer})).await.outcome(), outcome, "{key}");
    }
    assert_eq!(api.an_offer(OWNER).await, offer);
    assert_eq!(api.buy(OWNER, &json!({"inventory_id": offer})).await.status, 201);
}

#[tokio::test]
async fn of_several_faults_of_a_purchase_the_first_in_order_is_named() {
    let api = Api::small();
    let gone = json!({"inventory_id": NOBODY});
    assert_eq!(api.buy(MEMBER, &json!({})).await.outcome(), (403, "FORBIDDEN"));
    assert_eq!(api.buy("kros_test_kyc_pending", &json!({})).await.outcome(), (400, "MISSING_FIELDS"));
    assert_eq!(api.buy("kros_test_kyc_pending", &gone).await.outcome(), (400, "KYC_PENDING"));
    assert_eq!(api.buy(BROKE, &gone).await.outcome(), (400, "NUMBER_NOT_AVAILABLE"));
}

#[tokio::test]
async fn of_many_buyers_of_one_number_exactly_one_gets_it() {
    let api = Api::small();
    let second = Sandbox::keys()[0].organizations[1];
    for round in 0..25 {
        let body = json!({"inventory_id": api.an_offer(OWNER).await}).to_string();
        let buyers = (0..8).map(|buyer| {
            let mut headers = vec![("authorization", "Bearer kros_test_owner")];
            if buyer % 2 == 1 {
                headers.push(("x-organization-id", second));
            }
            let body = body.clone();
            let api = &api;
            async move { api.send("POST", "/phone-numbers", &headers, body).await }
        });
        let answers = join_all(buyers).await;
        let won = answers.iter().filter(|answer| answer.status == 201).count();
        let lost = answers.iter().filter(|answer| answer.outcome() == (400, "NUMBER_NOT_AVAILABLE")).count();
        assert_eq!((won, lost), (1, 7), "round {round}");
    }
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_nothing_else() {
    let api = Api::small();
    let endpoints = api.endpoints(OWNER).await;
    let mut row = api.an_active_one(OWNER).await;
    let number = id(&row);
    for (change, field, value) in [
        (json!({"endpointId": endpoints[5]}), "endpoint_id", json!(endpoints[5])),
        (json!({"endpointId": null}), "endpoint_id", Value::Null),
        (json!({"allowInbound": false}), "allow_inbound", json!(false)),
        (json!({"allowInbound": true}), "allow_inbound", json!(true)),
        (json!({"allowOutbound": true}), "allow_outbound", json!(true)),
        (json!({"status": "inactive"}), "status", json!("inactive")),
        (json!({"status": "active"}), "status", json!("active")),
        (json!({"endpointId": endpoints[1].to_uppercase()}), "endpoint_id", json!(endpoints[1])),
    ] {
        let changed = api.patch(OWNER, &number, &change).await;
        assert_eq!(changed.status, 200);
        let moved = changed.body[field] != row[field];
        row[field] = value;
        let time = |row: &Value| row["updated_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        assert_eq!(time(&changed.body) > time(&row), moved, "{change}");
        row["updated_at"] = changed.body["updated_at"].clone();
        assert_eq!(changed.body, row, "{change}");
        let again = api.patch(OWNER, &number, &change).await;
        assert_eq!(again.body, row, "the same again changes nothing: {change}");
    }
    for body in ["{}", r#"{"endpoint_id":null,"allow_inbound":false}"#] {
        let key = [("authorization", "Bearer kros_test_owner")];
        let same = api.send("PATCH", &format!("/phone-numbers/{number}"), &key, body).await;
        assert_eq!((same.status, &same.body), (200, &row), "{body:?}");
    }
    assert_eq!(api.owned(OWNER).await.into_iter().find(|one| one["id"] == row["id"]), Some(row));
}

#[tokio::test]
async fn a_released_number_keeps_its_record_and_is_for_sale_again() {
    let api = Api::small();
    let sale = api.for_sale(OWNER, "NG").await;
    let bought = api.buy(OWNER, &json!({"inventory_id": id(&sale[1])})).await.body;
    let released = api.delete(OWNER, &format!("{}?action=release", id(&bought))).await;
    assert_eq!((released.status, &released.body), (200, &json!({"success": true, "action": "release"})));
    let record = api.get(OWNER, &format!("/phone-numbers/{}", id(&bought))).await;
    assert_eq!(record.body["status"], "inactive");
    assert_eq!(api.for_sale(OWNER, "NG").await, sale, "at its old place");
    let switched_on = api.patch(OWNER, &id(&bought), &json!({"status": "active"})).await;
    assert_eq!(switched_on.outcome(), (400, "NUMBER_RELEASED"));
    let again = api.buy(OWNER, &json!({"inventory_id": id(&sale[1])})).await.body;
    assert_ne!(again["id"], bought["id"]);
    assert_eq!(again["e164"], bought["e164"]);
    let records = api.owned(OWNER).await;
    assert_eq!(records.iter().filter(|row| row["e164"] == bought["e164"]).count(), 2);
}

#[tokio::test]
async fn a_deleted_number_is_gone_and_its_id_never_comes_back() {
    let api = Api::small();
    let sale = api.for_sale(OWNER, "GH").await;
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let bought = api.buy(OWNER, &json!({"inventory_id": id(&sale[0])})).await.body;
        assert!(seen.insert(id(&bought)));
        let deleted = api.delete(OWNER, &id(&bought)).await;
        assert_eq!((deleted.status, &deleted.body), (200, &json!({"success": true, "action": "delete"})));
        assert_eq!(api.get(OWNER, &format!("/phone-numbers/{}", id(&bought))).await.status, 404);
        assert_eq!(api.delete(OWNER, &id(&bought)).await.status, 404);
        assert_eq!(api.for_sale(OWNER, "GH").await, sale);
        assert_eq!(api.owned(OWNER).await.len(), 30);
    }
}

#[tokio::test]
async fn an_old_record_has_no_say_over_a_number_that_was_bought_since() {
    let api = Api::small();
    let second = Sandbox::keys()[0].organizations[1];
    let offer = api.an_offer(OWNER).await;
    let first = api.buy(OWNER, &json!({"inventory_id": offer})).await.body;
    let release = format!("{}?action=release", id(&first));
    assert_eq!(api.delete(OWNER, &release).await.status, 200);
    assert_eq!(api.delete(OWNER, &release).await.status, 200, "releasing twice is fine");
    let key = [("authorization", "Bearer kros_test_owner"), ("x-organization-id", second)];
    let body = json!({"inventory_id": offer}).to_string();
    let theirs = api.send("POST", "/phone-numbers", &key, body).await;
    assert_eq!(theirs.status, 201);
    let not_for_sale = async || api.for_sale(OWNER, "NG").await.iter().all(|row| id(row) != offer);
    assert_eq!(api.delete(OWNER, &release).await.status, 200);
    assert!(not_for_sale().await);
    assert_eq!(api.delete(OWNER, &id(&first)).await.status, 200);
    assert!(not_for_sale().await);
    let path = format!("/phone-numbers/{}", id(&theirs.body));
    assert_eq!(api.send("GET", &path, &key, "").await.body["status"], "active");
}
