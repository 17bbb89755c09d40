//! A small HTTP server, within bounds: so many connections, so long a head, so long for anybody to send it.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{FutureExt, LocalBoxFuture};
use futures_util::stream::FuturesUnordered;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// Connections at once; who comes later waits in the backlog of the system.
const CONNECTIONS: usize = 128;
/// Bytes of the head of a request, and header fields in it.
const HEAD: usize = 16 * 1024;
const FIELDS: usize = 64;
/// So long somebody may take to send a head, or to be silent between two requests.
const PATIENCE: Duration = Duration::from_secs(10);
/// So long a connection is kept, and so much longer for the answer that is on its way.
const LIFE: Duration = Duration::from_secs(300);
const LAST_ANSWER: Duration = Duration::from_secs(40);
/// After the system had no room for a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until it is dropped.
pub(super) async fn serve<F, A>(listener: TcpListener, answer: F) -> Infallible
where
    F: Fn(Request<Incoming>) -> A,
    A: Future<Output = Response<String>>,
{
    let mut open: FuturesUnordered<LocalBoxFuture<'_, ()>> = FuturesUnordered::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if open.len() < CONNECTIONS => match accepted {
                Ok((stream, _)) => open.push(connection(stream, &answer).boxed_local()),
                // Out of descriptors, most likely: a place is taken for a moment.
                Err(_) => open.push(sleep(PAUSE).boxed_local()),
            },
            Some(()) = open.next(), if !open.is_empty() => {}
        }
    }
}

/// One connection to its end. What goes wrong in it is its own matter.
async fn connection<F, A>(stream: TcpStream, answer: &F)
where
    F: Fn(Request<Incoming>) -> A,
    A: Future<Output = Response<String>>,
{
    let service = service_fn(async |request| Ok::<_, Infallible>(answer(request).await));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(HEAD).max_headers(FIELDS);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = served.as_mut() => return,
        () = sleep(LIFE) => served.as_mut().graceful_shutdown(),
    }
    timeout(LAST_ANSWER, served).await.ok();
}
