//! The client against fixtures and faults.

use std::time::Duration;

use numdeck::api::{
    Auth, BaseUrl, Certainty, Client, Dialect, Error, ErrorKind, Item, ListKind, ListRequest, Purchase,
    Removal, RequestId, Settings,
};
use numdeck::phone::{
    Cents, Changes, E164, EndpointId, Field, Kind, Number, NumberId, NumberText, Password, Price, Secret,
    Status, Switch,
};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::support::faulty::{Faulty, Reply, Request};

const KEY: &str = "kros_test_key_that_is_never_shown";

/// Long enough for a busy machine wherever no timeout is expected.
const PATIENT: Duration = Duration::from_secs(30);
/// What a test waits where one is.
const SHORT: Duration = Duration::from_millis(200);

fn settings(server: &Faulty) -> Settings {
    Settings {
        read_timeout: PATIENT,
        write_timeout: PATIENT,
        ..Settings::new(BaseUrl::parse(&server.url()).unwrap(), Secret::new(KEY.to_owned()))
    }
}

fn client(server: &Faulty) -> Client {
    Client::new(settings(server)).unwrap()
}

fn hurried(server: &Faulty) -> Client {
    Client::new(Settings { read_timeout: SHORT, write_timeout: SHORT, ..settings(server) }).unwrap()
}

fn owned() -> ListRequest {
    ListRequest::whole(ListKind::Owned)
}

fn for_sale() -> ListRequest {
    ListRequest::whole(ListKind::Available { country: "NG".into(), kind: Some(Kind::TollFree) })
}

fn order() -> Purchase {
    Purchase { item: Item::Inventory(NumberId::new("inv-1")), endpoint: Some(EndpointId::new("ep-1")) }
}

fn record() -> Value {
    json!({"id": "n-1", "e164": "+2348031234567"})
}

/// The four ways to change something.
#[derive(Debug, Clone, Copy)]
enum Write {
    Purchase,
    Update,
    Release,
    Delete,
}

const WRITES: [Write; 4] = [Write::Purchase, Write::Update, Write::Release, Write::Delete];

impl Write {
    async fn send(self, client: &Client, request: RequestId) -> Result<(), Error> {
        let id = NumberId::new("n-1");
        let changes = Changes::switch(Switch::Inbound, true);
        match self {
            Self::Purchase => client.purchase(&order(), request).await.map(drop),
            Self::Update => client.update(&id, &changes, request).await.map(drop),
            Self::Release => client.remove(&id, Removal::Release, request).await,
            Self::Delete => client.remove(&id, Removal::Delete, request).await,
        }
    }
}

// ---- what goes out ----

#[tokio::test]
async fn the_key_goes_out_in_one_header_and_the_organization_in_its_own() {
    let server = Faulty::always(Reply::json(200, &json!([]))).await;
    let bearer = format!("Bearer {KEY}");
    for (auth, organization, authorization, api_key) in
        [(Auth::Bearer, None, Some(bearer.as_str()), None), (Auth::ApiKey, Some("org-7"), None, Some(KEY))]
    {
        let organization = organization.map(str::to_owned);
        let settings = Settings { auth, organization: organization.clone(), ..settings(&server) };
        Client::new(settings).unwrap().pages(owned()).collect().await.unwrap();
        let request = server.requests().pop().unwrap();
        assert_eq!(request.header("authorization"), authorization);
        assert_eq!(request.header("x-api-key"), api_key);
        assert_eq!(request.header("x-organization-id"), organization.as_deref());
        assert_eq!(request.header("accept"), Some("application/json"));
        assert!(request.header("user-agent").unwrap().starts_with("numdeck/"));
        assert_eq!(request.header("content-type"), None);
    }
}

#[tokio::test]
async fn each_operation_has_its_method_path_and_body() {
    let server = Faulty::start(|_, request| match request.target.as_str() {
        target if target.starts_with("/v1/endpoints?") => Reply::json(200, &json!([])),
        target if target.starts_with("/v1/phone-numbers?") => Reply::json(200, &json!([])),
        _ if request.method == "DELETE" => Reply::answer(204, &[], ""),
        _ => Reply::json(200, &record()),
    })
    .await;
    let client = client(&server);
    let odd = NumberId::new("pn/1?é");
    let write = RequestId::random();
    client.pages(owned()).collect().await.unwrap();
    client.pages(for_sale()).collect().await.unwrap();
    client.offer(&odd).await.unwrap();
    client.endpoints().await.unwrap();
    client.purchase(&order(), write).await.unwrap();
    let changes = Changes { endpoint: Some(None), status: Some(Status::Inactive), ..Changes::default() };
    client.update(&odd, &changes, RequestId::random()).await.unwrap();
    client.remove(&odd, Removal::Release, RequestId::random()).await.unwrap();
    client.remove(&odd, Removal::Delete, RequestId::random()).await.unwrap();

    let requests = server.requests();
    let lines: Vec<String> = requests.iter().map(|r| format!("{} {}", r.method, r.target)).collect();
    assert_eq!(
        lines,
        [
            "GET /v1/phone-numbers?action=assigned&limit=100&offset=0",
            "GET /v1/phone-numbers?action=available&country=NG&type=toll_free&limit=100&offset=0",
            "GET /v1/phone-numbers/pn%2F1%3F%C3%A9",
            "GET /v1/endpoints?limit=100&offset=0",
            "POST /v1/phone-numbers",
            "PATCH /v1/phone-numbers/pn%2F1%3F%C3%A9",
            "DELETE /v1/phone-numbers/pn%2F1%3F%C3%A9?action=release",
            "DELETE /v1/phone-numbers/pn%2F1%3F%C3%A9",
        ]
    );
    assert_eq!(requests[4].json(), json!({"inventory_id": "inv-1", "endpointId": "ep-1"}));
    assert_eq!(requests[5].json(), json!({"endpointId": null, "status": "inactive"}));
    assert_eq!(requests[4].header("content-type"), Some("application/json"));
    assert!(requests[6].body.is_empty() && requests[6].header("content-type").is_none());
    assert_eq!(requests[4].header("x-request-id"), Some(write.to_string().as_str()));
    let mut ids: Vec<&str> = requests.iter().map(|r| r.header("x-request-id").unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), requests.len(), "each request has an id of its own");
}

#[tokio::test]
async fn an_id_that_would_address_something_else_is_not_sent() {
    let server = Faulty::always(Reply::json(200, &json!({}))).await;
    for id in ["", ".", ".."] {
        let id = NumberId::new(id);
        let error = client(&server).remove(&id, Removal::Delete, RequestId::random()).await.unwrap_err();
        assert_eq!((error.kind, error.certainty()), (ErrorKind::Setup, Certainty::NotSent));
        assert_eq!(client(&server).get(&id).await.unwrap_err().kind, ErrorKind::Setup);
    }
    assert!(server.requests().is_empty());
}

// ---- what comes back ----

#[tokio::test]
async fn a_404_below_a_bare_host_asks_for_the_path() {
    let body = json!({"error": "No route.", "code": "NOT_FOUND"});
    let server = Faulty::always(Reply::json(404, &body)).await;
    let url = server.url();
    for (url, asks) in [(url.trim_end_matches("/v1"), true), (url.as_str(), false)] {
        let settings = Settings { base_url: BaseUrl::parse(url).unwrap(), ..settings(&server) };
        let client = Client::new(settings).unwrap();
        for error in [
            client.pages(owned()).collect().await.unwrap_err(),
            client.get(&NumberId::new("n")).await.unwrap_err(),
        ] {
            assert_eq!(error.message.contains("No route; the base URL has no path"), asks, "{error}");
        }
    }
}

#[tokio::test]
async fn a_record_that_was_not_asked_for_is_no_answer() {
    const UUID: &str = "0a7720ff-1111-4000-8000-00000000000a";
    for (asked, sent, same) in [
        ("n-1", json!({"id": "n-1"}), true),
        ("n-1", json!({"id": "n-2"}), false),
        ("n-1", json!({"id": "N-1"}), false),
        (&UUID.to_uppercase(), json!({"id": UUID}), true),
        ("17", json!({"id": 17}), true),
        ("inv-1", json!({"id": "n-1", "inventory_id": "inv-1"}), true),
        ("inv-1", json!({"id": "n-1", "inventoryId": "inv-1"}), true),
        ("inv-1", json!({"id": "n-1", "inventory_id": "inv-2"}), false),
        ("inv-1", json!({"inventory_id": "inv-1"}), true),
    ] {
        let mut body = sent.clone();
        body["e164"] = json!("+2348031234567");
        let server = Faulty::always(Reply::json(200, &body)).await;
        let asked = NumberId::new(asked);
        match client(&server).get(&asked).await {
            Ok(_) => assert!(same, "{sent}"),
            Err(error) => {
                assert!(!same, "{sent}");
                assert_eq!(
                    (error.kind, error.message.as_str()),
                    (ErrorKind::Undecodable, "the answer is about another record")
                );
                assert!(error.request_id.is_some());
            }
        }
        client(&server).offer(&asked).await.unwrap();
    }
}

#[tokio::test]
async fn every_documented_list_is_the_same_list() {
    for (name, body) in [
        ("array", include_str!("../fixtures/list-array.json")),
        ("data", include_str!("../fixtures/list-data.json")),
        ("phone_numbers", include_str!("../fixtures/list-phone-numbers.json")),
        ("numbers", include_str!("../fixtures/list-numbers.json")),
        ("items", include_str!("../fixtures/list-items.json")),
    ] {
        let server = Faulty::always(Reply::answer(200, &[], body)).await;
        let numbers = client(&server).pages(owned()).collect().await.unwrap();
        assert_eq!(numbers, two_numbers(), "{name}");
    }
}

fn two_numbers() -> Vec<Number> {
    let mut first = Number::new(NumberId::new("pn_one"), NumberText::parse("+2348031234567"));
    first.country = Some("NG".into());
    first.kind = Some(Kind::Mobile);
    first.status = Some(Status::Active);
    first.endpoint = Field::Value(EndpointId::new("ep_desk"));
    first.switches[Switch::Inbound] = Some(true);
    first.switches[Switch::Outbound] = Some(false);
    first.created_at = Some(numdeck::phone::Moment::parse("2026-03-03T10:00:00Z"));
    let mut second = Number::new(NumberId::new("pn_two"), NumberText::parse("+254712345678"));
    second.country = Some("KE".into());
    second.kind = Some(Kind::TollFree);
    second.status = Some(Status::Other("suspended".into()));
    second.endpoint = Field::Null;
    vec![first, second]
}

#[tokio::test]
async fn every_form_of_a_number_for_sale_is_the_same_offer() {
    for (name, body) in [
        ("flat", include_str!("../fixtures/available-flat.json")),
        ("nested", include_str!("../fixtures/available-nested.json")),
        ("camel", include_str!("../fixtures/available-camel.json")),
    ] {
        let server = Faulty::always(Reply::answer(200, &[], body)).await;
        let numbers = client(&server).pages(for_sale()).collect().await.unwrap();
        assert_eq!(numbers.len(), 1, "{name}");
        let number = &numbers[0];
        assert_eq!(number.id.as_str(), "inv_ng_1", "{name}");
        assert_eq!(number.line.valid(), E164::parse("+2348009998877"), "{name}");
        assert_eq!(number.price().today(), Some(Cents(900)), "{name}");
        let can = &number.offer.as_ref().unwrap().capabilities;
        assert_eq!((can.voice, can.sms), (Some(true), Some(true)), "{name}");
        assert_eq!(number.extra, None, "{name}");
    }
}

#[tokio::test]
async fn every_form_of_a_detail_is_the_same_detail() {
    for (name, body) in [
        ("contract", include_str!("../fixtures/detail-contract.json")),
        ("data", include_str!("../fixtures/detail-data.json")),
        ("guide", include_str!("../fixtures/detail-guide.json")),
    ] {
        let server = Faulty::always(Reply::answer(200, &[], body)).await;
        let detail = client(&server).get(&NumberId::new("pn_one")).await.unwrap();
        let mut number = detail.number;
        number.offer = None;
        number.extra = None;
        assert_eq!(number, two_numbers().remove(0), "{name}");
        let sip = detail.credentials.unwrap();
        assert_eq!(sip.domain.as_deref(), Some("sip.example.net"), "{name}");
        assert_eq!(sip.port, Some(5061), "{name}");
        assert_eq!(sip.username.as_deref(), Some("acct-1"), "{name}");
        assert_eq!(sip.password, Password::Set(Secret::new("correct horse".into())), "{name}");
    }
}

#[tokio::test]
async fn endpoints_are_read_and_their_absence_is_an_error() {
    let body = include_str!("../fixtures/endpoints.json");
    let server = Faulty::always(Reply::answer(200, &[], body)).await;
    let endpoints = client(&server).endpoints().await.unwrap();
    assert_eq!(endpoints.len(), 2);
    assert_eq!((endpoints[0].id.as_str(), endpoints[0].name.as_deref()), ("ep_desk", Some("Front desk")));
    for (reply, kind) in [
        (Reply::answer(404, &[], ""), ErrorKind::Rejected),
        (Reply::json(403, &json!({"error": "no"})), ErrorKind::Forbidden),
        (Reply::json(200, &json!({"ok": true})), ErrorKind::Undecodable),
    ] {
        let server = Faulty::always(reply).await;
        assert_eq!(client(&server).endpoints().await.unwrap_err().kind, kind);
    }
}

#[tokio::test]
async fn giving_a_number_up_is_done_by_an_answer_that_confirms_it() {
    for (status, body, kind) in [
        (200, r#"{"success": true, "action": "released"}"#, None),
        (202, r#"{"success": true}"#, None),
        (200, r#"{"id": "n", "status": "inactive"}"#, None),
        (204, "", None),
        (200, "{}", Some(ErrorKind::Undecodable)),
        (200, r#"{"id": "another", "status": "inactive"}"#, Some(ErrorKind::Undecodable)),
        (200, " \n", Some(ErrorKind::Undecodable)),
        (200, "null", Some(ErrorKind::Undecodable)),
        (200, "[]", Some(ErrorKind::Undecodable)),
        (200, r#"{"success": false, "error": "still in use"}"#, Some(ErrorKind::Rejected)),
        (200, "<html><title>Sign in</title>", Some(ErrorKind::Undecodable)),
        (200, "{", Some(ErrorKind::Undecodable)),
        (404, r#"{"error": "gone"}"#, Some(ErrorKind::NotFound)),
    ] {
        let server = Faulty::always(Reply::answer(status, &[], body)).await;
        let done = client(&server).remove(&NumberId::new("n"), Removal::Release, RequestId::random()).await;
        assert_eq!(done.err().map(|error| error.kind), kind, "{status} {body}");
    }
}

#[tokio::test]
async fn a_purchase_is_done_only_by_a_number() {
    for (body, kind) in [
        (json!({"id": "n", "e164": "+2348031234567"}).to_string(), None),
        (json!({"data": {"id": "n", "number": "+2348031234567"}}).to_string(), None),
        (json!({"success": true}).to_string(), Some(ErrorKind::Undecodable)),
        (json!({"id": "order-7", "status": "pending"}).to_string(), Some(ErrorKind::Undecodable)),
        (String::new(), Some(ErrorKind::Undecodable)),
    ] {
        let server = Faulty::always(Reply::answer(201, &[], &body)).await;
        let done = client(&server).purchase(&order(), RequestId::random()).await;
        assert_eq!(done.as_ref().err().map(|error| error.kind), kind, "{body}");
        assert!(done.is_ok_and(|number| number.id.as_str() == "n") || kind.is_some());
    }
}

// ---- what goes wrong ----

const CUT: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"id\":\"n-1\",";

/// Each fault, what it is, and whether it took effect.
fn faults() -> Vec<(&'static str, Reply, ErrorKind, Certainty)> {
    use Certainty::{Lost, Refused};
    let html = "<!DOCTYPE html><html><head><title>Sign in</title></head></html>";
    let large = format!("[{}]", " ".repeat(2 << 20));
    vec![
        ("closed without an answer", Reply::Close(vec![]), ErrorKind::Broken, Lost),
        ("reset without an answer", Reply::Reset(vec![]), ErrorKind::Broken, Lost),
        (
            "closed in the headers",
            Reply::Close(b"HTTP/1.1 200 OK\r\ncontent-".to_vec()),
            ErrorKind::Broken,
            Lost,
        ),
        (
            "reset in the headers",
            Reply::Reset(b"HTTP/1.1 200 OK\r\ncontent-".to_vec()),
            ErrorKind::Broken,
            Lost,
        ),
        ("closed in the body", Reply::Close(CUT.to_vec()), ErrorKind::Broken, Lost),
        ("not HTTP", Reply::Close(b"220 mail.example ESMTP\r\n".to_vec()), ErrorKind::Undecodable, Lost),
        ("200 with garbage", Reply::answer(200, &[], "\u{1}\u{2}{{{"), ErrorKind::Undecodable, Lost),
        ("200 with a login page", Reply::answer(200, &[], html), ErrorKind::Undecodable, Lost),
        ("200 too large", Reply::answer(200, &[], large), ErrorKind::Undecodable, Lost),
        (
            "500",
            Reply::json(500, &json!({"error": "x", "code": "NUMBER_NOT_AVAILABLE"})),
            ErrorKind::Server,
            Lost,
        ),
        ("502 with a page", Reply::answer(502, &[], html), ErrorKind::Server, Lost),
        ("503 cut", Reply::Close(CUT.to_vec()).with_status("503"), ErrorKind::Server, Lost),
        ("408", Reply::answer(408, &[], ""), ErrorKind::Server, Lost),
        ("400 cut", Reply::Close(CUT.to_vec()).with_status("400"), ErrorKind::Rejected, Refused),
        ("401", Reply::json(401, &json!({"error": "no"})), ErrorKind::Unauthorized, Refused),
        ("429", Reply::answer(429, &[("retry-after", "0")], ""), ErrorKind::RateLimited, Refused),
        ("307", Reply::answer(307, &[("location", "/v1/elsewhere")], ""), ErrorKind::Redirect, Lost),
    ]
}

impl Reply {
    /// The same bytes under another status.
    fn with_status(self, status: &str) -> Self {
        match self {
            Self::Close(bytes) => {
                Self::Close(String::from_utf8(bytes).unwrap().replacen("200", status, 1).into_bytes())
            }
            other => other,
        }
    }
}

#[tokio::test]
async fn a_write_is_sent_once_whatever_happens_and_its_certainty_is_right() {
    for write in WRITES {
        for (name, reply, kind, certainty) in faults() {
            let server = Faulty::always(reply).await;
            let request = RequestId::random();
            let error = write.send(&client(&server), request).await.unwrap_err();
            assert_eq!((error.kind, error.certainty()), (kind, certainty), "{write:?}: {name}: {error:?}");
            assert_eq!(error.request_id, Some(request.to_string()), "{write:?}: {name}");
            assert_eq!(server.requests().len(), 1, "{write:?}: {name}");
            assert!(!format!("{error:?}").contains(KEY));
        }
    }
}

#[tokio::test]
async fn a_write_without_an_answer_in_time_is_lost_and_sent_once() {
    for write in WRITES {
        for bytes in [&b""[..], b"HTTP/1.1 200 OK\r\n", CUT] {
            let server = Faulty::always(Reply::Hang(bytes.to_vec())).await;
            let error = write.send(&hurried(&server), RequestId::random()).await.unwrap_err();
            assert_eq!((error.kind, error.certainty()), (ErrorKind::Timeout, Certainty::Lost), "{write:?}");
            server.abandoned().await;
            assert_eq!(server.requests().len(), 1, "{write:?}");
        }
    }
}

#[tokio::test]
async fn a_write_to_nobody_was_never_sent() {
    // Bound and let go again: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let base = BaseUrl::parse(&format!("http://127.0.0.1:{port}")).unwrap();
    let client = Client::new(Settings::new(base, Secret::new(KEY.into()))).unwrap();
    for write in WRITES {
        let error = write.send(&client, RequestId::random()).await.unwrap_err();
        assert_eq!((error.kind, error.certainty()), (ErrorKind::Connect, Certainty::NotSent), "{error:?}");
        assert!(error.message.contains("refused"), "{}", error.message);
    }
    assert_eq!(client.get(&NumberId::new("n")).await.unwrap_err().kind, ErrorKind::Connect);
}

#[tokio::test]
async fn a_tls_failure_was_never_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let base = BaseUrl::parse(&format!("https://{address}")).unwrap();
    // A certificate authority of our own, in case the machine has none.
    let ca = Some(include_bytes!("../fixtures/ca.pem").to_vec());
    let client = Client::new(Settings { ca, ..Settings::new(base, Secret::new(KEY.into())) }).unwrap();
    let error = client.purchase(&order(), RequestId::random()).await.unwrap_err();
    assert_eq!((error.kind, error.certainty()), (ErrorKind::Connect, Certainty::NotSent), "{error:?}");
}

#[tokio::test]
async fn reads_share_a_connection_and_each_write_has_its_own() {
    // On a shared connection that is closed just then, the pool may send a request again.
    let server = Faulty::start(|n, _| match n {
        4 => Reply::Close(vec![]),
        _ => Reply::json(200, &record()),
    })
    .await;
    let client = client(&server);
    for _ in 0..2 {
        client.get(&NumberId::new("n-1")).await.unwrap();
    }
    for _ in 0..2 {
        client.purchase(&order(), RequestId::random()).await.unwrap();
    }
    let error = client.purchase(&order(), RequestId::random()).await.unwrap_err();
    assert_eq!(error.certainty(), Certainty::Lost);
    let connections: Vec<usize> = server.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0, 0, 1, 2, 3]);
}

#[tokio::test]
async fn a_read_survives_a_connection_that_is_closed_under_it() {
    let server = Faulty::start(|n, _| match n {
        1 => Reply::Close(vec![]),
        _ => Reply::json(200, &record()),
    })
    .await;
    let client = client(&server);
    for _ in 0..2 {
        assert_eq!(client.get(&NumberId::new("n-1")).await.unwrap().number.id.as_str(), "n-1");
    }
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_read_is_retried_twice_for_what_may_pass_and_not_at_all_for_what_will_not() {
    for (name, reply, kind, _) in faults() {
        let server = Faulty::always(reply).await;
        let error = client(&server).get(&NumberId::new("n")).await.unwrap_err();
        assert_eq!(error.kind, kind, "{name}: {error:?}");
        let requests = server.requests();
        let transient = error.is_transient();
        assert_eq!(requests.len(), if transient { 3 } else { 1 }, "{name}");
        let ids: Vec<_> = requests.iter().map(|request| request.header("x-request-id")).collect();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{name}");
        assert_eq!(error.request_id.as_deref(), *ids.last().unwrap(), "{name}");
    }
    let server = Faulty::always(Reply::Hang(vec![])).await;
    assert_eq!(hurried(&server).get(&NumberId::new("n")).await.unwrap_err().kind, ErrorKind::Timeout);
    assert_eq!(server.requests().len(), 2, "a timeout is retried once");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = Faulty::always(Reply::json(200, &json!([]))).await;
    let location = format!("{}/phone-numbers?token=hunter2", target.url());
    for status in [301, 302, 303, 307, 308] {
        let server = Faulty::always(Reply::answer(status, &[("location", &location)], "")).await;
        let error = client(&server).pages(owned()).collect().await.unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::Redirect, Some(status)));
        assert_eq!(error.message, format!("the server redirects to {}/phone-numbers", target.url()));
        assert_eq!(server.requests().len(), 1);
    }
    assert!(target.requests().is_empty(), "the key must not travel");
}

#[tokio::test]
async fn what_a_server_echoes_is_not_repeated() {
    let said = json!({"error": format!("bad key {KEY}\u{1b}[2J"), "code": KEY});
    let server = Faulty::always(Reply::json(401, &said)).await;
    let error = client(&server).pages(owned()).collect().await.unwrap_err();
    assert_eq!(error.message, "bad key ••••••••\u{fffd}[2J");
    assert!(!format!("{error:?}").contains(KEY));
}

#[tokio::test]
async fn a_list_that_is_too_large_is_refused() {
    let rows = format!("[{}]", " ".repeat(17 << 20));
    let server = Faulty::always(Reply::answer(200, &[], rows)).await;
    let error = client(&server).pages(owned()).collect().await.unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::Undecodable, "the answer is larger than 16 MiB")
    );
}

#[tokio::test]
async fn a_short_wait_is_sat_out_and_a_long_one_is_returned() {
    let past = "Tue, 03 Mar 2020 10:00:00 GMT";
    for after in ["0.01", "0", past] {
        let server = Faulty::start(move |n, _| match n {
            0 => Reply::answer(429, &[("retry-after", after)], r#"{"error": "slow down"}"#),
            _ => Reply::json(200, &json!([])),
        })
        .await;
        assert!(client(&server).pages(owned()).collect().await.unwrap().is_empty(), "{after}");
        assert_eq!(server.requests().len(), 2);
    }
    let server = Faulty::always(Reply::answer(429, &[("retry-after", "3600.5")], "")).await;
    let client = client(&server);
    let error = client.pages(owned()).collect().await.unwrap_err();
    assert_eq!(error.retry_after, Some(Duration::from_millis(3_600_500)));
    assert_eq!(server.requests().len(), 1);
    // Who asks again at once is told without a request; purchases have a limit of their own.
    assert_eq!(client.get(&NumberId::new("n")).await.unwrap_err().kind, ErrorKind::RateLimited);
    assert_eq!(server.requests().len(), 1);
    let _ = client.purchase(&order(), RequestId::random()).await;
    assert_eq!(server.requests().len(), 2);
}

// ---- lists ----

/// Rows by the query of a request.
fn rows(request: &Request, of: u64) -> Value {
    let (offset, limit) = (request.query("offset").unwrap(), request.query("limit").unwrap());
    (offset.min(of)..(offset + limit).min(of))
        .map(|n| json!({"id": format!("n{n}"), "e164": format!("+23480{n:08}")}))
        .collect()
}

const GENEROUS: &[(&str, &str)] = &[("x-ratelimit-limit", "1000")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_arrive_in_order_however_many_are_in_flight() {
    for (count, headers) in [(0, GENEROUS), (1, GENEROUS), (100, GENEROUS), (2050, GENEROUS), (250, &[])] {
        let server =
            Faulty::start(move |_, request| Reply::answer(200, headers, rows(request, count).to_string()))
                .await;
        let numbers = client(&server).pages(owned()).collect().await.unwrap();
        let ids: Vec<&str> = numbers.iter().map(|number| number.id.as_str()).collect();
        let wanted: Vec<String> = (0..count).map(|n| format!("n{n}")).collect();
        assert_eq!(ids, wanted);
    }
}

#[tokio::test]
async fn an_error_on_a_page_comes_after_the_rows_before_it() {
    let server = Faulty::start(|_, request| match request.query("offset") {
        Some(0 | 100) => Reply::answer(200, GENEROUS, rows(request, 1000).to_string()),
        _ => Reply::json(403, &json!({"error": "enough"})),
    })
    .await;
    let mut pages = client(&server).pages(owned());
    for offset in [100, 200] {
        let page = pages.next().await.unwrap().unwrap();
        assert_eq!((page.numbers.len(), page.next_offset, page.end), (100, offset, false));
    }
    assert_eq!(pages.next().await.unwrap().unwrap_err().kind, ErrorKind::Forbidden);
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn no_more_pages_are_read_than_allowed_and_the_rest_is_not_denied() {
    let server =
        Faulty::start(|_, request| Reply::answer(200, GENEROUS, rows(request, 1000).to_string())).await;
    let list = ListRequest { max_pages: Some(3), ..owned() };
    let mut pages = client(&server).pages(list.clone());
    let mut count = 0;
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert!(!page.end);
        count += page.numbers.len();
    }
    assert_eq!((count, server.requests().len()), (300, 3));
    assert_eq!(client(&server).pages(list).collect().await.unwrap_err().kind, ErrorKind::Incomplete);
}

#[tokio::test]
async fn a_server_that_repeats_itself_is_incomplete_and_not_short() {
    let body: Value = (0..100).map(|n| json!({"id": n})).collect();
    let server = Faulty::always(Reply::json(200, &body)).await;
    let error = client(&server).pages(owned()).collect().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Incomplete);
    assert_eq!(server.requests().len(), 4, "read again once");
}

#[tokio::test]
async fn a_list_that_holds_itself_together_the_second_time_is_whole() {
    let server = Faulty::start(|n, request| match n {
        1 => Reply::json(200, &rows(request, 250).as_array().unwrap()[1..].to_vec().into()),
        _ => Reply::json(200, &json!({"data": rows(request, 250), "total": if n == 0 { 251 } else { 250 }})),
    })
    .await;
    let mut pages = client(&server).pages(owned());
    let (mut again, mut count) = (0, 0);
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        if page.again {
            (again, count) = (again + 1, 0);
        }
        count += page.numbers.len();
    }
    assert_eq!((again, count), (1, 250));
    assert!(pages.flaw().is_none());
}

#[tokio::test]
async fn endpoints_are_read_to_their_last_page_or_not_known() {
    let page = |request: &Request, rows: u64| {
        let offset = request.query("offset").unwrap_or(0);
        let to = (offset + 50).min(rows);
        (offset..to).map(|n| json!({"id": format!("ep-{n}"), "name": "x"})).collect::<Value>()
    };
    for rows in [0, 49, 50, 51, 130] {
        let server = Faulty::start(move |_, request| Reply::json(200, &page(request, rows))).await;
        assert_eq!(client(&server).endpoints().await.unwrap().len() as u64, rows);
    }
    let server = Faulty::start(move |_, request| match request.query("offset") {
        Some(0) => Reply::json(200, &page(request, 130)),
        _ => Reply::json(403, &json!({"error": "no"})),
    })
    .await;
    assert_eq!(client(&server).endpoints().await.unwrap_err().kind, ErrorKind::Incomplete);
    let body: Value = (0..50).map(|n| json!({"id": n})).collect();
    let server = Faulty::always(Reply::json(200, &body)).await;
    assert_eq!(client(&server).endpoints().await.unwrap_err().kind, ErrorKind::Incomplete);
}

#[tokio::test]
async fn a_list_is_read_on_where_the_answer_says_that_more_follows() {
    let page = |request: &Request| {
        let from = request.query("offset").unwrap_or(0);
        let to = (from + 30).min(70);
        let rows: Value =
            (from..to).map(|n| json!({"id": format!("n-{n}"), "e164": "+2348031234567"})).collect();
        (rows, to < 70)
    };
    type Said = fn(Value, bool) -> Reply;
    let forms: [Said; 5] = [
        |rows, more| Reply::json(200, &json!({"data": rows, "has_more": more})),
        |rows, more| Reply::json(200, &json!({"data": rows, "next": more.then_some("/x")})),
        |rows, more| {
            let link = [("link", r#"</v1/x>; rel="next""#)];
            Reply::answer(200, if more { &link[..] } else { &[] }, rows.to_string())
        },
        |rows, _| Reply::answer(200, &[("x-total-count", "70")], rows.to_string()),
        |rows, _| Reply::answer(206, &[], rows.to_string()),
    ];
    for (n, form) in forms.into_iter().enumerate() {
        let server = Faulty::start(move |_, request| {
            let (rows, more) = page(request);
            form(rows, more)
        })
        .await;
        assert_eq!(client(&server).pages(owned()).collect().await.unwrap().len(), 70, "{n}");
        assert_eq!(client(&server).endpoints().await.unwrap().len(), 70, "{n}");
    }
}

#[tokio::test]
async fn what_is_no_list_is_never_an_empty_one() {
    for body in ["null", "{}", r#"{"data": {}}"#, "", r#"{"error": "x"}"#, "<title>Hi</title>"] {
        let server = Faulty::always(Reply::answer(200, &[], body)).await;
        let error = client(&server).pages(owned()).collect().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Undecodable, "{body}");
    }
}

#[tokio::test]
async fn dropping_a_list_cancels_what_is_in_flight() {
    let server = Faulty::start(|n, request| match n {
        0 => Reply::answer(200, GENEROUS, rows(request, 1000).to_string()),
        _ => Reply::Hang(vec![]),
    })
    .await;
    let mut pages = client(&server).pages(owned());
    pages.next().await.unwrap().unwrap();
    {
        let waiting = pages.next();
        tokio::pin!(waiting);
        // Polled until the second request has arrived, then given up.
        while server.requests().len() < 2 {
            assert!(tokio::time::timeout(Duration::from_millis(10), waiting.as_mut()).await.is_err());
        }
    }
    drop(pages);
    tokio::time::timeout(PATIENT, server.abandoned()).await.unwrap();
}

#[test]
fn the_futures_can_be_spawned() {
    fn sendable<T: Send>(_: T) {}
    let base = BaseUrl::parse("http://127.0.0.1:9").unwrap();
    let client = Client::new(Settings::new(base, Secret::new(KEY.into()))).unwrap();
    let id = NumberId::new("n");
    sendable(client.get(&id));
    sendable(client.endpoints());
    sendable(client.purchase(&order(), RequestId::random()));
    sendable(client.update(&id, &Changes::default(), RequestId::random()));
    sendable(client.remove(&id, Removal::Delete, RequestId::random()));
    sendable(client.pages(owned()).collect());
    sendable(client.pages(owned()).next());
}

#[tokio::test]
async fn what_was_heard_of_a_dialect_outlives_the_naming_of_an_organization() {
    let server = Faulty::start(|_, request| match request.method.as_str() {
        "GET" => Reply::json(200, &json!({"phone_numbers": [{"id": "pn_1", "number": "+2348031234567"}]})),
        _ => Reply::json(200, &json!({"id": "pn_1", "number": "+2348031234567", "allow_inbound": true})),
    })
    .await;
    let client = client(&server);
    assert_eq!(client.dialect(), Dialect::OpenApi, "nothing was heard yet");
    assert_eq!(client.remark(), None);
    client.pages(owned()).next().await.unwrap().unwrap();
    assert_eq!(client.dialect(), Dialect::Guide);
    let named = client.naming("o-1".to_owned()).unwrap();
    let changes = Changes::switch(Switch::Inbound, true);
    named.update(&NumberId::new("pn_1"), &changes, RequestId::random()).await.unwrap();
    let sent = server.requests().pop().unwrap();
    assert_eq!(sent.json(), json!({"allow_inbound": true}));
    assert_eq!(sent.header("x-organization-id"), Some("o-1"));
}

#[tokio::test]
async fn the_guide_is_not_asked_for_what_it_does_not_know() {
    let server = Faulty::always(Reply::json(201, &json!({}))).await;
    let guide = Settings { dialect: Some(Dialect::Guide), ..settings(&server) };
    let item = Item::Line {
        e164: E164::parse("+2348031234567").unwrap(),
        country: "NG".to_owned(),
        kind: Kind::Mobile,
        price: Price::UNKNOWN,
    };
    let order = Purchase { item, endpoint: None };
    let error = Client::new(guide).unwrap().purchase(&order, RequestId::random()).await.unwrap_err();
    assert_eq!(error.certainty(), Certainty::NotSent);
    assert!(error.message.contains("dialect"), "{error}");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn an_answer_that_tells_of_another_removal_than_was_asked_for_is_not_believed() {
    for (how, answer, believed) in [
        (Removal::Release, r#"{"success":true,"action":"release"}"#, true),
        (Removal::Release, r#"{"success":true,"action":"delete"}"#, false),
        (Removal::Release, r#"{"id":"n","status":"active"}"#, false),
        (Removal::Release, r#"{"id":"n","status":"inactive"}"#, true),
        (Removal::Delete, r#"{"success":true,"action":"delete"}"#, true),
        (Removal::Delete, r#"{"success":true,"action":"release"}"#, false),
    ] {
        let server = Faulty::always(Reply::answer(200, &[], answer)).await;
        let done = client(&server).remove(&NumberId::new("n"), how, RequestId::random()).await;
        assert_eq!(done.is_ok(), believed, "{how:?} {answer}");
        assert!(
            done.err().is_none_or(|error| error.certainty() == Certainty::Lost),
            "it has to be looked at"
        );
    }
}

#[tokio::test]
async fn what_may_be_sent_again_by_others_carries_the_id_of_its_entry_as_a_key() {
    let record = r#"{"id":"n","e164":"+2348030000001"}"#;
    let server = Faulty::always(Reply::answer(200, &[], record)).await;
    let client = client(&server);
    let (buy, change, remove) = (RequestId::random(), RequestId::random(), RequestId::random());
    let id = NumberId::new("n");
    let order = Purchase { item: Item::Inventory(NumberId::new("inv-1")), endpoint: None };
    client.purchase(&order, buy).await.unwrap();
    let changes = Changes::switch(Switch::Outbound, true);
    client.update(&id, &changes, change).await.unwrap();
    // The record that comes back says nothing of a deletion, which is for the caller to look at.
    client.remove(&id, Removal::Delete, remove).await.unwrap_err();
    let keys: Vec<Option<String>> =
        server.requests().iter().map(|sent| sent.header("idempotency-key").map(str::to_owned)).collect();
    assert_eq!(keys, [Some(buy.to_string()), Some(change.to_string()), None]);
}
