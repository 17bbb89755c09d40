//! Trouble on demand, as a client meets it.

use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Api, NOBODY, OWNER, id};

/// Sends a request over a bare connection and returns all bytes that come until it closes.
fn raw(api: &Api, method: &str, path: &str, body: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(api.sandbox.addr()).unwrap();
    write!(
        stream,
        "{method} /v1{path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {OWNER}\r\n\
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
    write!(stream, "GET /v1{path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
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
    // Another test may be given the port the moment it is free; not every time.
    for _ in 0..10 {
        let api = Api::small();
        let addr = api.sandbox.addr();
        assert_eq!(api.get(OWNER, "/phone-numbers").await.status, 200);
        drop(api);
        if TcpStream::connect(addr).is_err() {
            return;
        }
    }
    panic!("it still listens");
}
