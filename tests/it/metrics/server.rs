//! The HTTP server: what it answers, and what it does not put up with.

use std::io::{Read, Write};
use std::net::TcpStream;

use numdeck::sandbox::{Config, Sandbox};

use super::{Exporter, Page, ask};

fn run() -> (Exporter, Sandbox, tempfile::TempDir) {
    let sandbox = Sandbox::start(Config { owned: 5, inventory: 5, ..Config::default() }).unwrap();
    let state = tempfile::tempdir().unwrap();
    (Exporter::start(&sandbox.base_url(), state.path(), &[]), sandbox, state)
}

#[test]
fn it_is_read_and_nothing_else() {
    let (exporter, _sandbox, _state) = run();
    let send =
        |line: &str| ask(&exporter.at, &format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
    for (line, status) in [
        ("GET /metrics", 200),
        ("GET /healthz", 200),
        ("GET /", 404),
        ("GET /metrics/../etc/passwd", 404),
        ("GET /probe", 400),
        ("GET /probe?target=x&target=y", 400),
        ("DELETE /metrics", 405),
        ("PUT /probe?target=x", 405),
        ("TRACE /healthz", 405),
    ] {
        let page = send(line);
        assert_eq!(page.status, status, "{line}: {page:?}");
        assert_eq!(page.head.contains("allow: get, head"), status == 405, "{line}: {page:?}");
    }
    let (head, get) = (send("HEAD /healthz"), send("GET /healthz"));
    assert_eq!((head.status, head.body.as_str(), get.body.as_str()), (200, "", "ok\n"));
    let length =
        |page: &Page| page.head.lines().find(|line| line.starts_with("content-length")).map(str::to_owned);
    assert_eq!(length(&head), length(&get));
}

#[test]
fn a_head_without_end_is_refused_and_silent_clients_keep_nobody_waiting() {
    let (exporter, _sandbox, _state) = run();
    let long = format!("GET /healthz HTTP/1.1\r\nhost: x\r\na: {}\r\n\r\n", "x".repeat(64 * 1024));
    let mut stream = TcpStream::connect(&exporter.at).unwrap();
    // It may hang up before all of it is sent.
    stream.write_all(long.as_bytes()).ok();
    let mut answer = [0; 12];
    if stream.read_exact(&mut answer).is_ok() {
        assert_eq!(&answer, b"HTTP/1.1 431");
    }
    let silent: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = TcpStream::connect(&exporter.at).unwrap();
            stream.write_all(b"GET /metrics HTTP/1.1\r\n").unwrap();
            stream
        })
        .collect();
    assert_eq!(exporter.get("/metrics").status, 200);
    assert_eq!(silent.len(), 100);
}
