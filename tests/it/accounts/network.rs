//! A proxy on the way, and an authority of one's own: who said no is told.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::Home;
use crate::support::desk::OWNER;
use crate::support::sip::Authority;

const URL: &str = "https://api.example.test/v1";

/// A proxy that answers CONNECT, and where it says yes has the server behind it, which gives one answer.
async fn proxy(connect: &'static str, tls: Arc<ServerConfig>, answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let tls = TlsAcceptor::from(Arc::clone(&tls));
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let count = socket.read(&mut buffer).await.unwrap_or(0);
                assert!(buffer[..count].starts_with(b"CONNECT api.example.test:443 "));
                let _ = socket.write_all(connect.as_bytes()).await;
                if !connect.contains(" 200 ") {
                    return;
                }
                if let Ok(mut socket) = tls.accept(socket).await {
                    let _ = socket.read(&mut buffer).await;
                    let _ = socket.write_all(answer.as_bytes()).await;
                    let _ = socket.shutdown().await;
                }
            });
        }
    });
    address
}

const YES: &str = "HTTP/1.1 200 OK\r\n\r\n";
const ROWS: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]";
const REFUSED: &str = "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: 38\r\n\
                       connection: close\r\n\r\n{\"error\":\"bad\",\"code\":\"UNAUTHORIZED\"}\n";
const FORBIDDEN: &str = "HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\ncontent-length: 15\r\nconnection: close\r\n\r\n{\"error\":\"bad\"}";
const PAGE: &str = "HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\ncontent-length: 31\r\nconnection: close\r\n\r\n\
                    <html><title>Blocked</title>\n\n\n";
const LOGIN: &str = "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm=\"proxy\"\r\ncontent-length: 0\r\n\
                     connection: close\r\n\r\n";
const INSIDE: &str =
    "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_as_that_of_who_refused() {
    let authority = Authority::new();
    let tls = authority.server(&["api.example.test"], 0, 400);
    let home = Home::new();
    fs::write(home.path().join("ca.pem"), &authority.pem).unwrap();
    let ca = home.path().join("ca.pem");
    let ca = ca.to_str().unwrap();
    let none: &[&str] = &[];
    for (connect, answer, args, code, said) in [
        (YES, ROWS, &["--ca-file", ca][..], 0, ""),
        (YES, ROWS, none, 10, "an authority that this machine does not know"),
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n",
            "",
            &["--ca-file", ca],
            10,
            "answered 407",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
            "",
            &["--ca-file", ca],
            10,
            "refused to connect",
        ),
        (
            "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n",
            "",
            &["--ca-file", ca],
            10,
            "refused to connect",
        ),
        (YES, REFUSED, &["--ca-file", ca], 3, "UNAUTHORIZED"),
        (YES, FORBIDDEN, &["--ca-file", ca], 3, "403"),
        (YES, PAGE, &["--ca-file", ca], 10, "a proxy or firewall on the way answered"),
        (YES, LOGIN, &["--ca-file", ca], 10, "a proxy or firewall on the way answered"),
        (YES, INSIDE, &["--ca-file", ca], 10, "a proxy or firewall on the way answered"),
    ] {
        let address = proxy(connect, Arc::clone(&tls), answer).await;
        let through = format!("http://ada:hunter2@{address}");
        let environment =
            [("NUMDECK_API_KEY", OWNER), ("NUMDECK_BASE_URL", URL), ("HTTPS_PROXY", through.as_str())];
        for command in ["list", "whoami", "doctor"] {
            let ran = home.run_with(&environment, "", &[args, &[command]].concat());
            assert_eq!(ran.code, code, "{command} {connect} {answer}: {ran:?}");
            assert!(ran.said().contains(said), "{command} {connect} {answer}: {ran:?}");
            assert!(!ran.said().contains("hunter2"), "{ran:?}");
        }
        let ran = home.run_with(
            &[environment[1], environment[2]],
            OWNER,
            &[args, &["login", "--profile", "p"]].concat(),
        );
        assert_eq!(ran.code, code, "login {connect} {answer}: {ran:?}");
        assert_eq!(home.config("credentials.toml").exists(), code == 0, "{ran:?}");
        if code == 0 {
            home.run(&["profile", "remove", "p", "--yes"]).ok();
        }
    }
}
