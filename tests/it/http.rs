//! HTTP as it is out there: TLS, HTTP/2, proxies, gateways, codings.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Response, StatusCode};
use numdeck::api::{
    BaseUrl, Certainty, Client, Error, ErrorKind, Item, ListKind, ListRequest, Purchase, RequestId, Settings,
    Way,
};
use numdeck::phone::{NumberId, Secret};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::support::faulty::{Faulty, Reply};
use crate::support::sip::{Authority, Pair};

const ROWS: &str = r#"[{"id":"n-1","e164":"+2348031234567"}]"#;
const RECORD: &str = r#"{"id":"n-1","e164":"+2348031234567"}"#;

fn settings(base: &str) -> Settings {
    Settings::new(BaseUrl::parse(base).unwrap(), Secret::new("kros_test_key".to_owned()))
}

async fn list(settings: Settings) -> Result<usize, Error> {
    Client::new(settings)?
        .pages(ListRequest::whole(ListKind::Owned))
        .collect()
        .await
        .map(|numbers| numbers.len())
}

fn order() -> Purchase {
    Purchase { item: Item::Inventory(NumberId::new("inv-1")), endpoint: None }
}

/// A server that answers each connection with one answer, in TLS where there is a certificate.
async fn server(tls: Option<Arc<ServerConfig>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{ROWS}",
                ROWS.len()
            );
            let mut buffer = [0; 4096];
            match &tls {
                Some(config) => {
                    if let Ok(mut socket) = TlsAcceptor::from(Arc::clone(config)).accept(socket).await {
                        let _ = socket.read(&mut buffer).await;
                        let _ = socket.write_all(answer.as_bytes()).await;
                        let _ = socket.shutdown().await;
                    }
                }
                None => {
                    let _ = socket.read(&mut buffer).await;
                    let _ = socket.write_all(answer.as_bytes()).await;
                }
            }
        }
    });
    address
}

#[tokio::test]
async fn a_certificate_is_trusted_that_was_named_and_no_other() {
    let authority = Authority::new();
    let by_hand = Pair::self_signed(&["127.0.0.1"]);
    let openssl = Pair::self_signed_by(&["127.0.0.1"], true);
    let other = Pair::self_signed_by(&["other.example"], true);
    for (name, config, ca, said) in [
        ("its authority", authority.server(&["127.0.0.1"], -1, 1), &authority.pem, None),
        ("itself", by_hand.server(), &by_hand.certificate, None),
        ("itself, an authority", openssl.server(), &openssl.certificate, None),
        ("another one", by_hand.server(), &authority.pem, Some("--ca-file")),
        ("another authority", openssl.server(), &authority.pem, Some("--ca-file")),
        ("itself, for another name", other.server(), &other.certificate, Some("is for other.example")),
        ("an old one", authority.server(&["127.0.0.1"], -9, -2), &authority.pem, Some("clock says")),
        ("a future one", authority.server(&["127.0.0.1"], 2, 9), &authority.pem, Some("not valid before")),
    ] {
        let address = server(Some(config)).await;
        let ca = Some(ca.clone().into_bytes());
        let result = list(Settings { ca, ..settings(&format!("https://{address}/v1")) }).await;
        match said {
            None => assert_eq!(result.unwrap(), 1, "{name}"),
            Some(said) => {
                let error = result.unwrap_err();
                assert_eq!(error.kind, ErrorKind::Connect, "{name}");
                assert!(error.message.contains(said), "{name}: {error}");
                assert!(error.message.contains(&format!("https://{address}")), "{name}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn a_port_without_tls_is_said_to_be_one() {
    let address = server(None).await;
    let ca = Some(Authority::new().pem.into_bytes());
    let error = list(Settings { ca, ..settings(&format!("https://{address}")) }).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Connect);
    assert!(error.message.contains("does not speak TLS"), "{error}");
}

/// A server that speaks HTTP/2 and nothing else, and how many requests and connections it saw.
async fn http2(authority: &Authority, answer: fn(usize) -> bool) -> (SocketAddr, Arc<Mutex<Vec<usize>>>) {
    let mut config = Arc::unwrap_or_clone(authority.server(&["127.0.0.1"], -1, 1));
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let connections = AtomicUsize::new(0);
    let all = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let connection = connections.fetch_add(1, Ordering::Relaxed);
            let Ok(socket) = acceptor.accept(socket).await else { continue };
            let seen = Arc::clone(&all);
            tokio::spawn(async move {
                let mut requests = h2::server::handshake(socket).await.unwrap();
                while let Some(Ok((request, mut respond))) = requests.accept().await {
                    let number = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(connection);
                        seen.len() - 1
                    };
                    if !answer(number) {
                        // What a server says that did not take the request: a pool would send it again.
                        respond.send_reset(h2::Reason::REFUSED_STREAM);
                        continue;
                    }
                    let body = if request.method() == "GET" { ROWS } else { RECORD };
                    let response = Response::builder().status(StatusCode::OK).body(()).unwrap();
                    let mut stream = respond.send_response(response, false).unwrap();
                    stream.send_data(Bytes::from_static(body.as_bytes()), true).unwrap();
                }
            });
        }
    });
    (address, seen)
}

#[tokio::test]
async fn a_server_of_http2_alone_is_read_and_written_to_and_each_write_is_sent_once() {
    let authority = Authority::new();
    let (address, seen) = http2(&authority, |_| true).await;
    let ca = Some(authority.pem.clone().into_bytes());
    let client = Client::new(Settings { ca, ..settings(&format!("https://{address}")) }).unwrap();
    assert_eq!(client.pages(ListRequest::whole(ListKind::Owned)).collect().await.unwrap().len(), 1);
    for _ in 0..2 {
        client.purchase(&order(), RequestId::random()).await.unwrap();
    }
    assert_eq!(*seen.lock().unwrap(), [0, 1, 2], "each write has a connection of its own");

    let (address, seen) = http2(&authority, |_| false).await;
    let ca = Some(authority.pem.clone().into_bytes());
    let client = Client::new(Settings { ca, ..settings(&format!("https://{address}")) }).unwrap();
    let error = client.purchase(&order(), RequestId::random()).await.unwrap_err();
    assert_eq!(error.certainty(), Certainty::Lost, "{error}");
    assert_eq!(seen.lock().unwrap().len(), 1);
}

/// A proxy that answers CONNECT by what it is told.
async fn proxy(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = socket.read(&mut buffer).await;
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    address
}

fn through(address: SocketAddr) -> Settings {
    let mut settings = settings("https://api.example.test/v1");
    let value = format!("http://user:hunter2@{address}");
    let read = |name: &str| (name == "HTTPS_PROXY").then(|| Secret::new(value.clone()));
    settings.way = Way::to(&settings.base_url, read).unwrap();
    settings.ca = Some(Authority::new().pem.into_bytes());
    settings
}

#[tokio::test]
async fn what_a_proxy_says_is_told_as_its_own() {
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for (address, said) in [
        (
            proxy("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n").await,
            "answered 407",
        ),
        (
            proxy("HTTP/1.1 403 Forbidden\r\ncontent-length: 9\r\n\r\n<html>no\n").await,
            "refused to connect to https://api.example.test:443",
        ),
        (proxy("HTTP/1.1 200 OK\r\n\r\n").await, "hung up while shaking hands"),
        (dead, "no connection to https://api.example.test:443"),
    ] {
        for write in [false, true] {
            let client = Client::new(through(address)).unwrap();
            let error = if write {
                client.purchase(&order(), RequestId::random()).await.unwrap_err()
            } else {
                client.pages(ListRequest::whole(ListKind::Owned)).collect().await.unwrap_err()
            };
            assert_eq!((error.kind, error.certainty()), (ErrorKind::Connect, Certainty::NotSent), "{error}");
            assert!(error.message.contains(said), "{error}");
            assert!(error.message.contains(&format!("http://{address} (HTTPS_PROXY)")), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }
}

#[tokio::test]
async fn every_coding_is_read_or_named() {
    const GZIP: &[u8] = &[
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 139, 174, 86, 202, 76, 81, 178, 82, 202, 211, 53, 84, 210, 81, 74,
        53, 52, 51, 1, 114, 180, 141, 140, 77, 44, 12, 140, 13, 129, 148, 169, 153, 185, 82, 109, 44, 0, 6,
        201, 95, 64, 38, 0, 0, 0,
    ];
    const ZLIB: &[u8] = &[
        120, 156, 139, 174, 86, 202, 76, 81, 178, 82, 202, 211, 53, 84, 210, 81, 74, 53, 52, 51, 1, 114, 180,
        141, 140, 77, 44, 12, 140, 13, 129, 148, 169, 153, 185, 82, 109, 44, 0, 177, 34, 8, 197,
    ];
    let marked = [b"\xef\xbb\xbf", ROWS.as_bytes()].concat();
    for (coding, body) in [
        ("gzip", GZIP),
        ("GZIP", GZIP),
        ("x-gzip", GZIP),
        ("deflate", ZLIB),
        ("identity", ROWS.as_bytes()),
        ("identity", &marked),
    ] {
        let server = Faulty::always(Reply::answer(200, &[("content-encoding", coding)], body)).await;
        assert_eq!(list(settings(&server.url())).await.unwrap(), 1, "{coding}");
        let asked = server.requests().pop().unwrap();
        assert!(asked.header("accept-encoding").is_some_and(|asked| asked.contains("gzip")));
    }
    let server = Faulty::always(Reply::answer(200, &[("content-encoding", "br")], [1, 2, 3])).await;
    let error = list(settings(&server.url())).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Undecodable);
    assert!(error.message.contains("coded as br"), "{error}");
    assert_eq!(server.requests().len(), 1);
    for (coding, body) in [("gzip", ROWS.as_bytes()), ("deflate", &ZLIB[2..])] {
        let server = Faulty::always(Reply::answer(200, &[("content-encoding", coding)], body)).await;
        let error = list(settings(&server.url())).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Undecodable, "{error}");
        assert!(error.message.contains(&format!("said to be coded as {coding}, and is not")), "{error}");
        assert_eq!(server.requests().len(), 1, "the connection did not break");
    }
}

#[tokio::test]
async fn an_answer_with_many_header_fields_is_read() {
    let fields: Vec<(String, String)> = (0..300).map(|n| (format!("x-h{n}"), "v".repeat(20))).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    let server = Faulty::always(Reply::answer(200, &fields, ROWS)).await;
    assert_eq!(list(settings(&server.url())).await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_no_http_is_asked_once_and_told() {
    for bytes in
        ["SSH-2.0-OpenSSH_9.6\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", "\u{0}\u{1}\r\n\r\n"]
    {
        let server = Faulty::always(Reply::Close(bytes.into())).await;
        let error = list(settings(&server.url())).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Undecodable, "{error}");
        assert_eq!(server.requests().len(), 1, "{bytes:?}");
    }
}

#[tokio::test]
async fn a_firewall_does_not_judge_the_key() {
    for (status, headers, body) in [
        (403, &[][..], "<html><title>Blocked</title>"),
        (401, &[("content-type", "text/html; charset=utf-8")], "Sign in first"),
        (407, &[], ""),
    ] {
        let server = Faulty::always(Reply::answer(status, headers, body)).await;
        let client = Client::new(settings(&server.url())).unwrap();
        let error = client.purchase(&order(), RequestId::random()).await.unwrap_err();
        assert_eq!((error.kind, error.certainty()), (ErrorKind::Intercepted, Certainty::Refused), "{error}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_not_shown_as_well_done() {
    for (reply, unreadable) in [
        (Reply::answer(200, &[], "<html><title>Sign in</title>"), true),
        (Reply::answer(204, &[], ""), true),
        (Reply::answer(200, &[], r#"{"error": "upstream"}"#), true),
        (Reply::Close(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[".to_vec()), true),
        (Reply::Close(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n[{\"id".to_vec()), true),
        (Reply::answer(200, &[], ROWS), false),
        (Reply::json(500, &json!({"error": "x"})), false),
    ] {
        let server = Faulty::always(reply).await;
        let client = Client::new(settings(&server.url())).unwrap();
        let _ = client.pages(ListRequest::whole(ListKind::Owned)).collect().await;
        assert!(client.activity().iter().all(|request| request.unreadable == unreadable));
    }
}

#[tokio::test]
async fn a_body_that_drips_is_given_up_in_time() {
    let server =
        Faulty::always(Reply::Hang(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[".to_vec())).await;
    let hurried = Settings { read_timeout: Duration::from_millis(200), ..settings(&server.url()) };
    assert_eq!(list(hurried).await.unwrap_err().kind, ErrorKind::Timeout);
    server.abandoned().await;
}
