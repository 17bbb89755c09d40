//! The sandbox over HTTP, judged by the contract.

use std::collections::{BTreeSet, HashSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::join_all;
use numdeck::phone::{Country, E164};
use numdeck::sandbox::{Config, Error, Fault, Role, Sandbox};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use rusqlite::Connection;
use serde_json::{Value, json};

pub(crate) mod contract;

const OWNER: &str = "kros_test_owner";
const LIVE: &str = "kros_live_owner";
const ADMIN: &str = "kros_test_admin";
const MEMBER: &str = "kros_test_member";
const BROKE: &str = "kros_test_broke";
/// A UUID that nothing in any sandbox has.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// A small sandbox and a plain client. Every answer is judged by the contract as it arrives.
struct Api {
    sandbox: Sandbox,
    http: Client,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    fn rows(&self) -> &[Value] {
        self.body.as_array().unwrap()
    }

    /// Status and code in one, to be compared in tables.
    fn outcome(&self) -> (u16, &str) {
        (self.status, self.code())
    }
}

fn small() -> Config {
    Config { owned: 30, inventory: 300, ..Config::default() }
}

impl Api {
    fn start(config: Config) -> Self {
        // Loopback only: no proxy, and no certificates to be looked for.
        let http = Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        Self { sandbox: Sandbox::start(config).unwrap(), http }
    }

    fn small() -> Self {
        Self::start(small())
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let url = format!("{}{path}", self.sandbox.base_url());
        let mut request = self.http.request(Method::from_bytes(method.as_bytes()).unwrap(), url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        contract::judge(method, path, status, &body);
        Answer { status, headers, body }
    }

    async fn call(&self, key: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let authorization = format!("Bearer {key}");
        let body = body.map(Value::to_string).unwrap_or_default();
        self.send(method, path, &[("authorization", &authorization)], body).await
    }

    async fn get(&self, key: &str, path: &str) -> Answer {
        self.call(key, "GET", path, None).await
    }

    async fn buy(&self, key: &str, body: &Value) -> Answer {
        self.call(key, "POST", "/phone-numbers", Some(body)).await
    }

    async fn patch(&self, key: &str, id: &str, body: &Value) -> Answer {
        self.call(key, "PATCH", &format!("/phone-numbers/{id}"), Some(body)).await
    }

    async fn delete(&self, key: &str, id_and_query: &str) -> Answer {
        self.call(key, "DELETE", &format!("/phone-numbers/{id_and_query}"), None).await
    }

    /// A whole list, page by page.
    async fn whole(&self, key: &str, query: &str, limit: usize) -> Vec<Value> {
        let mut rows = Vec::new();
        loop {
            let path = format!("/phone-numbers?{query}&limit={limit}&offset={}", rows.len());
            let page = self.get(key, &path).await;
            assert_eq!(page.status, 200);
            rows.extend_from_slice(page.rows());
            if page.rows().len() < limit {
                return rows;
            }
        }
    }

    async fn owned(&self, key: &str) -> Vec<Value> {
        self.whole(key, "", 100).await
    }

    async fn for_sale(&self, key: &str, country: &str) -> Vec<Value> {
        self.whole(key, &format!("action=available&country={country}"), 100).await
    }

    /// The id of the first number for sale in Nigeria.
    async fn an_offer(&self, key: &str) -> String {
        let page = self.get(key, "/phone-numbers?action=available&country=NG&limit=1").await;
        id(&page.rows()[0])
    }

    /// Ids of an organization's endpoints.
    async fn endpoints(&self, key: &str) -> Vec<String> {
        self.get(key, "/endpoints").await.rows().iter().map(id).collect()
    }

    /// The first owned record that is active.
    async fn an_active_one(&self, key: &str) -> Value {
        self.owned(key).await.into_iter().find(|row| row["status"] == "active").unwrap()
    }

    fn faults(&self, specs: &[&str]) {
        let faults = specs.iter().map(|spec| spec.parse::<Fault>().unwrap()).collect();
        self.sandbox.set_faults(faults);
    }
}

fn id(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

fn lines(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["e164"].as_str().unwrap().to_owned()).collect()
}

// Keys, roles, organizations.

#[tokio::test]
async fn a_key_is_taken_in_both_documented_headers() {
    let api = Api::small();
    for headers in [
        [("authorization", "Bearer kros_test_owner")],
        [("authorization", "bearer kros_test_owner")],
        [("Authorization", "BEARER   kros_test_owner")],
        [("x-api-key", "kros_test_owner")],
        [("X-API-Key", " kros_test_owner ")],
    ] {
        assert_eq!(api.send("GET", "/phone-numbers", &headers, "").await.status, 200, "{headers:?}");
    }
}

#[tokio::test]
async fn without_a_known_key_every_operation_is_401() {
    let api = Api::small();
    let some = format!("/phone-numbers/{NOBODY}");
    for (method, path) in [
        ("GET", "/phone-numbers"),
        ("GET", "/phone-numbers?action=available&country=NG"),
        ("POST", "/phone-numbers"),
        ("GET", &some),
        ("PATCH", &some),
        ("DELETE", &some),
        ("GET", "/endpoints"),
    ] {
        for headers in [
            &[][..],
            &[("authorization", "Bearer kros_test_nobody")],
            &[("authorization", "Bearer")],
            &[("authorization", "Basic kros_test_owner")],
            &[("authorization", "kros_test_owner")],
            &[("authorization", "")],
            &[("x-api-key", "")],
            &[("x-api-key", "KROS_TEST_OWNER")],
        ] {
            let answer = api.send(method, path, headers, "").await;
            assert_eq!(answer.outcome(), (401, "UNAUTHORIZED"), "{method} {path} {headers:?}");
        }
    }
}

#[tokio::test]
async fn every_key_reads_its_own_organization() {
    let api = Api::small();
    for key in Sandbox::keys() {
        let rows = api.owned(key.key).await;
        assert!(!rows.is_empty(), "{}", key.key);
        assert!(rows.iter().all(|row| row["organization_id"] == key.organizations[0]), "{}", key.key);
        let member = key.role == Role::Member;
        let detail = api.get(key.key, &format!("/phone-numbers/{}", id(&rows[0]))).await;
        assert_eq!(detail.body["sip_credentials"].get("sip_password").is_none(), member, "{}", key.key);
    }
}

#[tokio::test]
async fn an_organization_is_chosen_by_header_and_only_among_ones_own() {
    let api = Api::small();
    let ask = async |key: &str, organization: &str| {
        let key = format!("Bearer {key}");
        let headers = [("authorization", key.as_str()), ("x-organization-id", organization)];
        api.send("GET", "/phone-numbers?limit=100", &headers, "").await
    };
    let keys = Sandbox::keys();
    let (owner, broke) = (&keys[0], keys.iter().find(|key| key.key == BROKE).unwrap());
    let second = ask(OWNER, owner.organizations[1]).await;
    assert_eq!(second.rows().len(), 40);
    assert!(second.rows().iter().all(|row| row["organization_id"] == owner.organizations[1]));
    assert_eq!(ask(OWNER, &owner.organizations[0].to_uppercase()).await.rows().len(), 30);
    assert_eq!(ask(OWNER, broke.organizations[0]).await.outcome(), (403, "FORBIDDEN"));
    assert_eq!(ask(OWNER, NOBODY).await.outcome(), (403, "FORBIDDEN"));
    assert_eq!(ask(ADMIN, owner.organizations[1]).await.outcome(), (403, "FORBIDDEN"));
    for malformed in ["", "main", "a1000000"] {
        assert_eq!(ask(OWNER, malformed).await.outcome(), (400, "INVALID_PARAMETER"), "{malformed:?}");
    }
}

#[tokio::test]
async fn a_member_reads_and_does_not_write() {
    let api = Api::small();
    let number = id(&api.an_active_one(MEMBER).await);
    let offer = api.an_offer(MEMBER).await;
    let before = api.owned(OWNER).await;
    let forbidden = (403, "FORBIDDEN");
    assert_eq!(api.buy(MEMBER, &json!({"inventory_id": offer})).await.outcome(), forbidden);
    assert_eq!(api.patch(MEMBER, &number, &json!({"allowInbound": false})).await.outcome(), forbidden);
    assert_eq!(api.delete(MEMBER, &number).await.outcome(), forbidden);
    assert_eq!(api.delete(MEMBER, &format!("{number}?action=release")).await.outcome(), forbidden);
    assert_eq!(api.owned(OWNER).await, before);
}

#[tokio::test]
async fn another_organizations_numbers_do_not_exist_for_one() {
    let api = Api::small();
    let theirs = id(&api.owned(OWNER).await[0]);
    let endpoint = api.endpoints(OWNER).await.remove(0);
    for key in [BROKE, LIVE] {
        let path = format!("/phone-numbers/{theirs}");
        assert_eq!(api.get(key, &path).await.outcome(), (404, "NOT_FOUND"));
        assert_eq!(api.patch(key, &theirs, &json!({})).await.outcome(), (404, "NOT_FOUND"));
        assert_eq!(api.delete(key, &theirs).await.outcome(), (404, "NOT_FOUND"));
        let own = id(&api.owned(key).await[0]);
        let stolen = api.patch(key, &own, &json!({"endpointId": endpoint})).await;
        assert_eq!(stolen.outcome(), (400, "ENDPOINT_NOT_FOUND"));
    }
}

#[tokio::test]
async fn test_and_live_share_nothing_but_the_person() {
    let api = Api::small();
    let (test, live) = (api.owned(OWNER).await, api.owned(LIVE).await);
    assert_eq!((test.len(), live.len()), (30, 87));
    assert_eq!(test[0]["organization_id"], live[0]["organization_id"]);
    let ids: HashSet<String> = test.iter().map(id).collect();
    assert!(live.iter().all(|row| !ids.contains(&id(row))));
    let offer = api.an_offer(OWNER).await;
    assert_eq!(api.get(LIVE, &format!("/phone-numbers/{offer}")).await.status, 404);
    let bought = api.buy(LIVE, &json!({"inventory_id": offer})).await;
    assert_eq!(bought.outcome(), (400, "NUMBER_NOT_AVAILABLE"));
}

// Lists.

#[tokio::test]
async fn pages_put_together_are_the_list_whatever_their_size() {
    let api = Api::small();
    let whole = api.owned(OWNER).await;
    assert_eq!(whole.len(), 30);
    assert_eq!(whole.iter().map(id).collect::<HashSet<_>>().len(), 30);
    let made: Vec<&str> = whole.iter().map(|row| row["created_at"].as_str().unwrap()).collect();
    assert!(made.is_sorted());
    let sale = api.for_sale(OWNER, "NG").await;
    let mobile = api.whole(OWNER, "action=available&country=NG&type=mobile", 100).await;
    let expected: Vec<Value> = sale.iter().filter(|row| row["type"] == "mobile").cloned().collect();
    assert_eq!(mobile, expected);
    for limit in [1, 7, 30, 31, 99] {
        assert_eq!(api.whole(OWNER, "", limit).await, whole, "{limit}");
        let pages = api.whole(OWNER, "action=available&country=NG&type=mobile", limit).await;
        assert_eq!(pages, mobile, "{limit}");
    }
    assert_eq!(api.get(OWNER, "/phone-numbers").await.rows(), &whole[..20]);
    assert_eq!(api.get(OWNER, "/phone-numbers?action=assigned&limit=5").await.rows(), &whole[..5]);
}

#[tokio::test]
async fn an_offset_beyond_the_end_is_an_empty_page() {
    let api = Api::small();
    for offset in ["30", "31", "4294967296", "18446744073709551615", "99999999999999999999999"] {
        for path in
            [format!("?offset={offset}"), format!("?offset={offset}&action=available&country=EG&type=local")]
        {
            let page = api.get(OWNER, &format!("/phone-numbers{path}")).await;
            assert_eq!(page.body, json!([]), "{path}");
        }
    }
}

#[tokio::test]
async fn lists_are_narrowed_by_country_and_type() {
    let api = Api::start(Config { owned: 200, ..small() });
    let whole = api.owned(OWNER).await;
    let nigerian: Vec<Value> = whole.iter().filter(|row| row["country"] == "NG").cloned().collect();
    assert!(!nigerian.is_empty() && nigerian.len() < whole.len());
    assert_eq!(api.whole(OWNER, "country=NG", 7).await, nigerian);
    assert_eq!(api.whole(OWNER, "country=ng&type=toll_free", 100).await, nigerian);
    for country in Country::ALL {
        let rows = api.for_sale(OWNER, country.code).await;
        assert!(!rows.is_empty(), "{}", country.code);
        assert!(rows.iter().all(|row| row["country"] == country.code));
        assert_eq!(api.for_sale(OWNER, &country.code.to_lowercase()).await, rows);
    }
    assert_eq!(api.for_sale(OWNER, "XX").await, Vec::<Value>::new());
}

#[tokio::test]
async fn every_owned_row_has_every_field_and_every_offer_its_price() {
    let api = Api::small();
    for row in api.owned(OWNER).await {
        let fields: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            [
                "id",
                "e164",
                "country",
                "type",
                "status",
                "endpoint_id",
                "allow_inbound",
                "allow_outbound",
                "sip_uri",
                "organization_id",
                "created_at",
                "updated_at"
            ]
        );
        assert_eq!(row["sip_uri"], format!("sip:{}@127.0.0.1:5060", row["e164"].as_str().unwrap()));
    }
    for country in ["NG", "US", "EG"] {
        for row in api.for_sale(OWNER, country).await {
            let priced = country != "EG";
            let inventory = &row["inventory"];
            assert_eq!(inventory["monthly_cost_cents"].is_i64(), priced);
            assert_eq!(inventory["setup_cost_cents"].is_i64(), priced);
            assert_eq!(inventory["capabilities"]["voice"], true);
            assert!(row.get("status").is_none() && row.get("organization_id").is_none());
            assert_eq!(api.get(OWNER, &format!("/phone-numbers/{}", id(&row))).await.body, row);
        }
    }
}

#[tokio::test]
async fn a_detail_has_credentials_costs_and_what_the_row_has() {
    let api = Api::start(Config { owned: 120, ..small() });
    let mut without_password = 0;
    for row in api.owned(OWNER).await {
        let detail = api.get(OWNER, &format!("/phone-numbers/{}", id(&row))).await.body;
        for (name, value) in row.as_object().unwrap() {
            assert_eq!(&detail[name], value);
        }
        let sip = &detail["sip_credentials"];
        assert_eq!((&sip["sip_domain"], &sip["sip_port"]), (&json!("127.0.0.1"), &json!(5060)));
        assert_eq!(format!("+{}", sip["sip_username"].as_str().unwrap()), row["e164"].as_str().unwrap());
        match sip.get("sip_password").unwrap() {
            Value::Null => without_password += 1,
            password => assert!(password.as_str().unwrap().len() >= 16),
        }
        assert!(detail["inventory"]["capabilities"].is_object());
    }
    assert!((1..20).contains(&without_password), "{without_password}");
}

#[tokio::test]
async fn endpoints_are_listed_with_their_states() {
    let api = Api::small();
    let answer = api.get(OWNER, "/endpoints").await;
    let states: Vec<&str> = answer.rows().iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(states.len(), 12);
    assert_eq!(states.iter().filter(|state| **state == "inactive").count(), 1);
    assert_eq!(states.iter().filter(|state| **state == "error").count(), 1);
    let known: HashSet<String> = answer.rows().iter().map(id).collect();
    let used: HashSet<String> = api
        .owned(OWNER)
        .await
        .iter()
        .filter_map(|row| row["endpoint_id"].as_str().map(str::to_owned))
        .collect();
    assert!(!used.is_empty() && used.is_subset(&known));
    assert!(known.is_disjoint(&api.endpoints(BROKE).await.into_iter().collect()));
}

// Requests that are wrong.

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
        ("nothing", String::new(), "MISSING_FIELDS"),
        ("blanks", " \n ".into(), "MISSING_FIELDS"),
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
    for path in ["", "/", "/calls", "/phone-numbers/x/y", "/endpoints/x", "/../v2/phone-numbers"] {
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

// Buying.

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
    assert_eq!(api.get(OWNER, &format!("/phone-numbers/{}", id(&sale[3]))).await.status, 404);
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

// Changing.

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
    for body in ["", "{}", r#"{"endpoint_id":null,"allow_inbound":false}"#] {
        let key = [("authorization", "Bearer kros_test_owner")];
        let same = api.send("PATCH", &format!("/phone-numbers/{number}"), &key, body).await;
        assert_eq!((same.status, &same.body), (200, &row), "{body:?}");
    }
    assert_eq!(api.owned(OWNER).await.into_iter().find(|one| one["id"] == row["id"]), Some(row));
}

// Giving up.

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
    let not_for_sale = async || api.get(OWNER, &format!("/phone-numbers/{offer}")).await.status == 404;
    assert_eq!(api.delete(OWNER, &release).await.status, 200);
    assert!(not_for_sale().await);
    assert_eq!(api.delete(OWNER, &id(&first)).await.status, 200);
    assert!(not_for_sale().await);
    let path = format!("/phone-numbers/{}", id(&theirs.body));
    assert_eq!(api.send("GET", &path, &key, "").await.body["status"], "active");
}

// The world, and the file it is kept in.

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
    for key in Sandbox::keys().iter().filter(|key| ![ADMIN, MEMBER, OWNER].contains(&key.key)) {
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
        assert_eq!(e164.calling_code(), Some(code), "{number}");
    }
}

#[test]
fn more_numbers_than_the_plans_hold_are_refused() {
    let error = Sandbox::start(Config { owned: Config::LARGEST + 1, ..Config::default() }).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
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
    assert!(matches!(error, Error::InUse { .. }), "{error}");
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

// Faults.

/// Sends a request over a bare connection and returns all bytes that come until it closes.
fn raw(api: &Api, method: &str, path: &str, body: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(api.sandbox.addr()).unwrap();
    write!(
        stream,
        "{method} /v1{path} HTTP/1.1\r\nhost: sandbox\r\nauthorization: Bearer {OWNER}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = Vec::new();
    // A connection that is closed with an error was closed all the same.
    let _ = stream.read_to_end(&mut answer);
    answer
}

#[tokio::test]
async fn a_drop_before_closes_without_a_byte_and_does_nothing() {
    let api = Api::small();
    let sale = api.for_sale(OWNER, "NG").await;
    api.faults(&["purchase:drop-before"]);
    let body = json!({"inventory_id": sale[0]["id"]}).to_string();
    assert_eq!(raw(&api, "POST", "/phone-numbers", &body), b"");
    assert_eq!(api.for_sale(OWNER, "NG").await, sale, "other operations work");
}

#[tokio::test]
async fn a_drop_after_commit_closes_without_a_byte_and_the_work_is_done() {
    let api = Api::small();
    let offer = api.for_sale(OWNER, "NG").await.remove(0);
    api.faults(&["purchase:drop-after-commit", "release:drop-after-commit"]);
    let body = json!({"inventory_id": offer["id"]}).to_string();
    assert_eq!(raw(&api, "POST", "/phone-numbers", &body), b"");
    let newest = api.owned(OWNER).await.pop().unwrap();
    assert_eq!(newest["e164"], offer["e164"]);
    assert_eq!(raw(&api, "DELETE", &format!("/phone-numbers/{}", id(&newest)), ""), b"");
    assert_eq!(api.owned(OWNER).await.len(), 30);
    let lost = api.http.post(format!("{}/phone-numbers", api.sandbox.base_url())).bearer_auth(OWNER);
    assert!(lost.body(body).send().await.is_err(), "a real client sees a broken connection");
}

#[tokio::test]
async fn a_truncated_answer_promises_more_than_comes() {
    let api = Api::small();
    let whole = api.get(OWNER, "/phone-numbers?limit=100").await.body.to_string();
    api.faults(&["list:truncate"]);
    let answer = raw(&api, "GET", "/phone-numbers?limit=100", "");
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains(&format!("content-length: {}", whole.len())), "{head}");
    assert_eq!(body, &whole[..whole.len() / 2]);
}

#[tokio::test]
async fn html_and_garbage_come_with_a_200() {
    let api = Api::small();
    let fetch = async |method: Method| {
        let url = format!("{}/phone-numbers", api.sandbox.base_url());
        let offer = json!({"inventory_id": api.an_offer(OWNER).await}).to_string();
        let response = api.http.request(method, url).bearer_auth(OWNER).body(offer).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, response.bytes().await.unwrap())
    };
    api.faults(&["list:html", "purchase:garbage"]);
    let (kind, page) = fetch(Method::GET).await;
    assert!(kind.starts_with("text/html") && page.starts_with(b"<!DOCTYPE html>"));
    let (_, garbage) = fetch(Method::POST).await;
    assert!(serde_json::from_slice::<Value>(&garbage).is_err());
    api.faults(&[]);
    assert_eq!(api.owned(OWNER).await.len(), 31, "garbage comes after the work");
}

#[tokio::test]
async fn a_status_fault_is_an_error_of_the_contract_and_does_nothing() {
    let api = Api::small();
    let sale = api.for_sale(OWNER, "NG").await;
    for (code, said) in [
        (401, "UNAUTHORIZED"),
        (402, "INSUFFICIENT_BALANCE"),
        (409, "INJECTED_FAULT"),
        (429, "RATE_LIMIT_EXCEEDED"),
        (503, "INTERNAL_ERROR"),
    ] {
        api.faults(&[&format!("purchase:status={code}")]);
        let answer = api.buy(OWNER, &json!({"inventory_id": sale[0]["id"]})).await;
        assert_eq!(answer.outcome(), (code, said));
        assert_eq!(answer.headers.contains_key("retry-after"), code == 429);
        if code == 429 {
            assert_eq!(answer.headers["retry-after"], "0.5");
            assert_eq!(answer.body["retry_after"], 0.5);
            assert_eq!(answer.headers["x-ratelimit-remaining"], "0");
        }
    }
    assert_eq!(api.for_sale(OWNER, "NG").await, sale);
    api.faults(&["any:status=302"]);
    let moved = raw_head(&api, "/endpoints");
    assert!(moved.starts_with("HTTP/1.1 302") && moved.contains("location: /login"), "{moved}");
}

/// The head of an answer, from a connection that stays open.
fn raw_head(api: &Api, path: &str) -> String {
    let mut stream = TcpStream::connect(api.sandbox.addr()).unwrap();
    write!(stream, "GET /v1{path} HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split("\r\n\r\n").next().unwrap().to_owned()
}

#[tokio::test]
async fn latency_holds_the_answer_back_while_the_work_is_done() {
    let api = Api::small();
    api.faults(&["purchase:latency=60m", "list:latency=1ms"]);
    let body = json!({"inventory_id": api.an_offer(OWNER).await}).to_string();
    let purchase = api.send("POST", "/phone-numbers", &[("authorization", "Bearer kros_test_owner")], body);
    let done = async {
        while api.owned(OWNER).await.len() == 30 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        _ = purchase => panic!("an answer came before its time"),
        () = done => {}
    }
    // Stopping does not wait an hour either: the test would never end.
}

#[tokio::test]
async fn a_fault_with_a_probability_fires_as_the_seed_says() {
    let pattern = async || {
        let api = Api::small();
        api.faults(&["get:status=500@0.5"]);
        let mut fired = Vec::new();
        for _ in 0..40 {
            fired.push(api.get(OWNER, &format!("/phone-numbers/{NOBODY}")).await.status == 500);
        }
        fired
    };
    let one = pattern().await;
    assert!(one.contains(&true) && one.contains(&false));
    assert_eq!(one, pattern().await);
}

#[tokio::test]
async fn a_stopped_sandbox_refuses_connections() {
    let api = Api::small();
    let addr = api.sandbox.addr();
    assert_eq!(api.get(OWNER, "/phone-numbers").await.status, 200);
    drop(api);
    assert!(TcpStream::connect(addr).is_err());
}
