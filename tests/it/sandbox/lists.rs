//! Lists and details.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use numdeck::phone::Country;
use numdeck::sandbox::{Config, SandboxDialect};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, BROKE, NOBODY, OWNER, id, small};

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
    for row in api.owned(OWNER).await {
        let detail = api.get(OWNER, &format!("/phone-numbers/{}", id(&row))).await.body;
        for (name, value) in row.as_object().unwrap() {
            assert_eq!(&detail[name], value);
        }
        let sip = &detail["sip_credentials"];
        assert_eq!((&sip["sip_domain"], &sip["sip_port"]), (&json!("127.0.0.1"), &json!(5060)));
        assert_eq!(format!("+{}", sip["sip_username"].as_str().unwrap()), row["e164"].as_str().unwrap());
        assert!(sip["sip_password"].as_str().unwrap().len() >= 16);
        assert!(detail["inventory"]["capabilities"].is_object());
    }
}

#[tokio::test]
async fn a_null_password_is_a_fault_that_is_asked_for() {
    let api = Api::start(Config { dialect: SandboxDialect::OpenApi, ..small() });
    let row = api.owned(OWNER).await.remove(0);
    api.faults(&["get:null-password"]);
    let url = format!("{}/phone-numbers/{}", api.sandbox.base_url(), id(&row));
    let read = api.http.get(url).bearer_auth(OWNER).send().await.unwrap();
    let detail: Value = serde_json::from_slice(&read.bytes().await.unwrap()).unwrap();
    assert_eq!(detail["sip_credentials"].get("sip_password"), Some(&Value::Null));
}

#[tokio::test]
async fn endpoints_come_by_fifty_whatever_is_asked_for() {
    for (endpoints, dialect) in
        [(130, SandboxDialect::OpenApi), (130, SandboxDialect::Guide), (0, SandboxDialect::OpenApi)]
    {
        let api = Api::start(Config { endpoints, dialect, ..small() });
        let (mut names, mut pages) = (HashSet::new(), Vec::new());
        loop {
            let path = format!("/endpoints?limit=100&offset={}", names.len());
            let body = api.get(OWNER, &path).await.body;
            let rows = body.get("endpoints").unwrap_or(&body).as_array().unwrap();
            pages.push(rows.len());
            names.extend(rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()));
            if rows.len() < 50 {
                break;
            }
        }
        assert_eq!(pages, if endpoints == 0 { vec![0] } else { vec![50, 50, 30] }, "{dialect}");
        assert_eq!(names.len(), endpoints as usize, "each has a name of its own");
        assert_eq!(api.get(OWNER, "/phone-numbers").await.status, 200);
    }
}

#[tokio::test]
async fn head_is_answered_as_get_is_without_a_body() {
    let api = Api::small();
    let row = api.owned(OWNER).await.remove(0);
    for (path, status) in [
        ("/phone-numbers".to_owned(), 200),
        (format!("/phone-numbers/{}", id(&row)), 200),
        (format!("/phone-numbers/{NOBODY}"), 404),
        ("/endpoints".to_owned(), 200),
    ] {
        let url = format!("{}{path}", api.sandbox.base_url());
        let answer = api.http.head(url).bearer_auth(OWNER).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert!(answer.bytes().await.unwrap().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_connection_is_kept_for_who_says_nothing_after_an_answer() {
    let api = Api::small();
    let request =
        "GET /v1/endpoints HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer kros_test_owner\r\n\r\n";
    let ask = move |mut stream: TcpStream| {
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = [0; 15];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        // The rest of it, which ends with the list.
        let mut rest = Vec::new();
        while !rest.ends_with(b"]") {
            let mut byte = [0; 1];
            stream.read_exact(&mut byte).unwrap();
            rest.push(byte[0]);
        }
        stream
    };
    let stream = ask(TcpStream::connect(api.sandbox.addr()).unwrap());
    // Longer than headers may take.
    std::thread::sleep(Duration::from_secs(11));
    ask(stream);
}

#[tokio::test]
async fn who_sends_a_request_byte_by_byte_is_not_waited_for() {
    let api = Api::small();
    let mut stream = TcpStream::connect(api.sandbox.addr()).unwrap();
    stream.write_all(b"GET /v1/endpoints HTTP/1.1\r\nhost: localhost\r\nx-a: ").unwrap();
    let mut rest = Vec::new();
    // It ends at all: the connection is closed, without an answer.
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty());
}

#[tokio::test]
async fn pages_of_the_named_origin_may_read_and_others_may_not() {
    let origin = "http://localhost:5173";
    for (cors, status, allowed) in
        [(None, 405, None), (Some(origin), 204, Some(origin)), (Some("*"), 204, Some("*"))]
    {
        let api = Api::start(Config { cors: cors.map(|text| text.parse().unwrap()), ..small() });
        let url = format!("{}/phone-numbers", api.sandbox.base_url());
        let ask = api.http.request(Method::OPTIONS, &url).header("origin", origin);
        let answer = ask.header("access-control-request-method", "POST").send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{cors:?}");
        let read = api.http.get(&url).bearer_auth(OWNER).header("origin", origin).send().await.unwrap();
        let found = read.headers().get("access-control-allow-origin");
        assert_eq!(found.map(|value| value.to_str().unwrap()), allowed);
    }
}

#[tokio::test]
async fn a_request_to_another_name_is_refused() {
    let api = Api::small();
    for (host, status) in [("localhost:1", 200), ("evil.example", 421), ("127.0.0.1.evil.example:80", 421)] {
        let answer = api.send("GET", "/phone-numbers", &[AUTHORIZED, ("host", host)], "").await;
        assert_eq!(answer.status, status, "{host}");
    }
}

#[tokio::test]
async fn a_body_is_json_and_there_is_one() {
    let api = Api::small();
    let offer = api.for_sale(OWNER, "NG").await.remove(0);
    let body = json!({"inventory_id": offer["id"]}).to_string();
    let path = format!("/phone-numbers/{}", id(&api.owned(OWNER).await[0]));
    for (method, path) in [("POST", "/phone-numbers"), ("PATCH", path.as_str())] {
        for (kind, body, outcome) in [
            ("application/json", "", (400, "INVALID_BODY")),
            ("text/plain", " ", (400, "INVALID_BODY")),
            ("text/plain", body.as_str(), (415, "UNSUPPORTED_MEDIA_TYPE")),
            ("application/x-www-form-urlencoded", "a=b", (415, "UNSUPPORTED_MEDIA_TYPE")),
            ("application/jsonx", body.as_str(), (415, "UNSUPPORTED_MEDIA_TYPE")),
            ("application/json", "{", (400, "INVALID_BODY")),
        ] {
            let answer = api.send(method, path, &[AUTHORIZED, ("content-type", kind)], body.to_owned()).await;
            assert_eq!(answer.outcome(), outcome, "{method} {kind} {body}");
        }
    }
    for kind in ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"] {
        let answer =
            api.send("PATCH", &path, &[AUTHORIZED, ("content-type", kind)], "{\"allowInbound\":true}").await;
        assert_eq!(answer.status, 200, "{kind}");
    }
}

const AUTHORIZED: (&str, &str) = ("authorization", "Bearer kros_test_owner");

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
