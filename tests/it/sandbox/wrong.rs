//! Requests that are wrong.

use std::collections::HashSet;

use serde_json::json;

use super::{Api, NOBODY, OWNER, id};

#[tokio::test]
async fn wrong_queries_are_400() {
    let api = Api::small();
    for (query, code) in [
        ("action=available", "MISSING_FIELDS"),
        ("action=available&country=", "MISSING_FIELDS"),
        ("action=rented", "INVALID_PARAMETER"),
        ("action=", "INVALID_PARAMETER"),
        ("action=assigned&action=available&country=NG", "INVALID_PARAMETER"),
        ("type=fax", "INVALID_PARAMETER"),
        ("type=", "INVALID_PARAMETER"),
        ("action=available&country=NG&type=MOBILE", "INVALID_PARAMETER"),
        ("country=Nigeria", "INVALID_PARAMETER"),
        ("country=N%00", "INVALID_PARAMETER"),
        ("action=available&country=%FF%FE", "INVALID_PARAMETER"),
        ("limit=0", "INVALID_PARAMETER"),
        ("limit=101", "INVALID_PARAMETER"),
        ("limit=-1", "INVALID_PARAMETER"),
        ("limit=ten", "INVALID_PARAMETER"),
        ("limit=", "INVALID_PARAMETER"),
        ("limit=1.5", "INVALID_PARAMETER"),
        ("limit=%2B5", "INVALID_PARAMETER"),
        ("limit=18446744073709551621", "INVALID_PARAMETER"),
        ("limit=5&limit=6", "INVALID_PARAMETER"),
        ("offset=-1", "INVALID_PARAMETER"),
        ("offset=x", "INVALID_PARAMETER"),
        ("offset", "INVALID_PARAMETER"),
    ] {
        let answer = api.get(OWNER, &format!("/phone-numbers?{query}")).await;
        assert_eq!(answer.outcome(), (400, code), "{query}: {}", answer.body);
    }
    for query in ["", "&&", "unknown=1", "limit=5&limit=5", "limit=007", "%zz=%zz", "country="] {
        assert_eq!(api.get(OWNER, &format!("/phone-numbers?{query}")).await.status, 200, "{query}");
    }
}

#[tokio::test]
async fn malformed_ids_are_400_and_unknown_ones_404() {
    let api = Api::small();
    let no_hyphens = NOBODY.replace('-', "");
    for id in ["x", "pn_abc123", &NOBODY[1..], &format!("{NOBODY}0"), &no_hyphens, "%00", "a%2Fb", "'; DROP"]
    {
        let id = id.replace(' ', "%20");
        let malformed = (400, "INVALID_PARAMETER");
        assert_eq!(api.get(OWNER, &format!("/phone-numbers/{id}")).await.outcome(), malformed, "{id}");
        assert_eq!(api.patch(OWNER, &id, &json!({})).await.outcome(), malformed, "{id}");
        assert_eq!(api.delete(OWNER, &id).await.outcome(), malformed, "{id}");
    }
    assert_eq!(api.get(OWNER, &format!("/phone-numbers/{NOBODY}")).await.outcome(), (404, "NOT_FOUND"));
    assert_eq!(api.patch(OWNER, NOBODY, &json!({})).await.outcome(), (404, "NOT_FOUND"));
    assert_eq!(api.delete(OWNER, NOBODY).await.outcome(), (404, "NOT_FOUND"));
    assert_eq!(
        api.delete(OWNER, &format!("{NOBODY}?action=shred")).await.outcome(),
        (400, "INVALID_PARAMETER")
    );
}

#[tokio::test]
async fn wrong_bodies_are_400_and_change_nothing() {
    let api = Api::small();
    let (owned, sale) = (api.owned(OWNER).await, api.for_sale(OWNER, "NG").await);
    let number = id(&api.an_active_one(OWNER).await);
    let offer = id(&sale[0]);
    let deep = "[".repeat(10_000);
    let purchases = [
        ("nothing", String::new(), "INVALID_BODY"),
        ("blanks", " \n ".into(), "INVALID_BODY"),
        ("no fields", "{}".into(), "MISSING_FIELDS"),
        ("other fields", r#"{"number":"+2348031234567"}"#.into(), "MISSING_FIELDS"),
        ("half a line", r#"{"e164":"+2348031234567","type":"mobile"}"#.into(), "MISSING_FIELDS"),
        ("not JSON", "inventory_id=1".into(), "INVALID_BODY"),
        ("half JSON", r#"{"inventory_id":"#.into(), "INVALID_BODY"),
        ("JSON and more", "{} {}".into(), "INVALID_BODY"),
        ("an array", "[]".into(), "INVALID_BODY"),
        ("null", "null".into(), "INVALID_BODY"),
        ("a string", r#""x""#.into(), "INVALID_BODY"),
        ("a deep array", deep.clone(), "INVALID_BODY"),
        ("NaN", r#"{"totalCostCents":NaN}"#.into(), "INVALID_BODY"),
        ("an id that is a number", r#"{"inventory_id":5}"#.into(), "INVALID_PARAMETER"),
        ("an id that is null", r#"{"inventory_id":null}"#.into(), "INVALID_PARAMETER"),
        ("an id that is no UUID", r#"{"inventory_id":"inv_ng_1"}"#.into(), "INVALID_PARAMETER"),
        (
            "a national number",
            r#"{"e164":"08031234567","country":"NG","type":"mobile"}"#.into(),
            "INVALID_PARAMETER",
        ),
        (
            "an unknown type",
            r#"{"e164":"+2348031234567","country":"NG","type":"fax"}"#.into(),
            "INVALID_PARAMETER",
        ),
        (
            "a long country",
            r#"{"e164":"+2348031234567","country":"NGA","type":"local"}"#.into(),
            "INVALID_PARAMETER",
        ),
        (
            "cents in text",
            format!(r#"{{"inventory_id":"{offer}","totalCostCents":"900"}}"#),
            "INVALID_PARAMETER",
        ),
        (
            "half a cent",
            format!(r#"{{"inventory_id":"{offer}","totalCostCents":900.5}}"#),
            "INVALID_PARAMETER",
        ),
        (
            "negative cents",
            format!(r#"{{"inventory_id":"{offer}","setupCostCents":-1}}"#),
            "INVALID_PARAMETER",
        ),
        (
            "too many cents",
            format!(r#"{{"inventory_id":"{offer}","monthlyCostCents":1e30}}"#),
            "INVALID_PARAMETER",
        ),
        ("another price", format!(r#"{{"inventory_id":"{offer}","totalCostCents":1}}"#), "PRICE_MISMATCH"),
        ("another setup", format!(r#"{{"inventory_id":"{offer}","setupCostCents":1}}"#), "PRICE_MISMATCH"),
        ("another month", format!(r#"{{"inventory_id":"{offer}","monthlyCostCents":1}}"#), "PRICE_MISMATCH"),
        (
            "an endpoint that is null",
            format!(r#"{{"inventory_id":"{offer}","endpointId":null}}"#),
            "INVALID_PARAMETER",
        ),
        (
            "an endpoint that is no UUID",
            format!(r#"{{"inventory_id":"{offer}","endpointId":"ep"}}"#),
            "INVALID_PARAMETER",
        ),
        (
            "an unknown endpoint",
            format!(r#"{{"inventory_id":"{offer}","endpointId":"{NOBODY}"}}"#),
            "ENDPOINT_NOT_FOUND",
        ),
        ("an unknown offer", format!(r#"{{"inventory_id":"{NOBODY}"}}"#), "NUMBER_NOT_AVAILABLE"),
        ("an owned record", format!(r#"{{"inventory_id":"{number}"}}"#), "NUMBER_NOT_AVAILABLE"),
        (
            "id and number of different lines",
            format!(r#"{{"inventory_id":"{offer}","e164":"{}"}}"#, sale[1]["e164"].as_str().unwrap()),
            "NUMBER_NOT_AVAILABLE",
        ),
        (
            "an owned number",
            json!({"e164": owned[0]["e164"], "country": owned[0]["country"], "type": owned[0]["type"]})
                .to_string(),
            "NUMBER_NOT_AVAILABLE",
        ),
        (
            "a number of another country",
            json!({"e164": sale[0]["e164"], "country": "GH", "type": sale[0]["type"]}).to_string(),
            "NUMBER_NOT_AVAILABLE",
        ),
    ];
    let key = [("authorization", "Bearer kros_test_owner")];
    for (name, body, code) in purchases {
        let answer = api.send("POST", "/phone-numbers", &key, body).await;
        assert_eq!(answer.outcome(), (400, code), "{name}: {}", answer.body);
    }
    let not_text = api.send("POST", "/phone-numbers", &key, vec![0xff, 0xfe, 0x00]).await;
    assert_eq!(not_text.outcome(), (400, "INVALID_BODY"));
    for (name, body, code) in [
        ("not JSON", "status=active", "INVALID_BODY"),
        ("an array", "[1]", "INVALID_BODY"),
        ("a deep array", &deep, "INVALID_BODY"),
        ("a flag in text", r#"{"allowInbound":"false"}"#, "INVALID_PARAMETER"),
        ("a flag that is null", r#"{"allowOutbound":null}"#, "INVALID_PARAMETER"),
        ("a flag that is a number", r#"{"allowOutbound":1}"#, "INVALID_PARAMETER"),
        ("an unknown status", r#"{"status":"gone"}"#, "INVALID_PARAMETER"),
        ("a status for the server alone", r#"{"status":"pending"}"#, "INVALID_PARAMETER"),
        ("a status that is null", r#"{"status":null}"#, "INVALID_PARAMETER"),
        ("an endpoint that is a list", r#"{"endpointId":[]}"#, "INVALID_PARAMETER"),
        ("an endpoint that is no UUID", r#"{"endpointId":"ep_xyz789"}"#, "INVALID_PARAMETER"),
        ("one right and one wrong", r#"{"allowInbound":false,"status":7}"#, "INVALID_PARAMETER"),
        (
            "an unknown endpoint",
            r#"{"allowInbound":false,"endpointId":"00000000-0000-4000-8000-000000000000"}"#,
            "ENDPOINT_NOT_FOUND",
        ),
    ] {
        let answer = api.send("PATCH", &format!("/phone-numbers/{number}"), &key, body.to_owned()).await;
        assert_eq!(answer.outcome(), (400, code), "{name}: {}", answer.body);
    }
    assert_eq!(api.owned(OWNER).await, owned);
    assert_eq!(api.for_sale(OWNER, "NG").await, sale);
}

#[tokio::test]
async fn a_body_of_more_than_64_kib_is_413() {
    let api = Api::small();
    let key = [("authorization", "Bearer kros_test_owner")];
    let padded = |length: usize| format!("{{\"x\":\"{}\"}}", "x".repeat(length - 8));
    let fits = api.send("POST", "/phone-numbers", &key, padded(64 * 1024)).await;
    assert_eq!(fits.outcome(), (400, "MISSING_FIELDS"));
    for length in [64 * 1024 + 1, 1_000_000] {
        let answer = api.send("POST", "/phone-numbers", &key, padded(length)).await;
        assert_eq!(answer.outcome(), (413, "PAYLOAD_TOO_LARGE"));
    }
}

#[tokio::test]
async fn paths_and_methods_outside_the_contract_are_404_and_405() {
    let api = Api::small();
    for path in ["", "/", "/calls/x", "/phone-numbers/x/y", "/endpoints/x", "/../v2/phone-numbers"] {
        assert_eq!(api.get(OWNER, path).await.outcome(), (404, "NOT_FOUND"), "{path}");
    }
    let one = format!("/phone-numbers/{NOBODY}");
    for (method, path, allowed) in [
        ("PUT", "/phone-numbers", "GET, POST"),
        ("DELETE", "/phone-numbers", "GET, POST"),
        ("POST", one.as_str(), "GET, PATCH, DELETE"),
        ("POST", "/endpoints", "GET"),
    ] {
        let answer = api.call(OWNER, method, path, None).await;
        assert_eq!(answer.outcome(), (405, "METHOD_NOT_ALLOWED"), "{method} {path}");
        assert_eq!(answer.headers["allow"], allowed);
    }
    assert_eq!(api.get(OWNER, "/phone-numbers/").await.status, 200);
}

#[tokio::test]
async fn every_answer_states_its_limits_and_its_request_id() {
    let api = Api::small();
    for path in ["/phone-numbers", "/phone-numbers/x", "/nowhere"] {
        let key = ("authorization", "Bearer kros_test_owner");
        let answer = api.send("GET", path, &[key, ("x-request-id", "abc-123")], "").await;
        assert_eq!(answer.headers["x-request-id"], "abc-123");
        assert_eq!(answer.headers["x-ratelimit-limit"], "10000");
        for name in ["x-ratelimit-remaining", "x-ratelimit-reset"] {
            assert!(answer.headers[name].to_str().unwrap().parse::<u64>().is_ok());
        }
        let ids: HashSet<_> = [api.get(OWNER, path).await, api.get(OWNER, path).await]
            .map(|answer| answer.headers["x-request-id"].clone())
            .into();
        assert_eq!(ids.len(), 2, "ids are made where none came");
    }
}
