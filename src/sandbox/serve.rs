//! HTTP: connections, headers, and the faults that happen on the wire.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep, timeout};
use uuid::Uuid;

use super::dialect::SandboxDialect;
use super::fault::Ending;
use super::reply::{RETRY_AFTER, Refusal, Reply};
use super::request::{Query, Target};
use super::service::Service;

/// The largest body that is read.
const LARGEST_BODY: usize = 64 * 1024;
/// How long the headers of a request may take, and again its body.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of a larger body is read and thrown away: a client that is still sending when the
/// connection closes never sees the 413.
const DRAINED: usize = 4 * 1024 * 1024;
/// Requests per second that the sandbox states. It is stated, not enforced: nobody is to be slowed
/// down by a server on loopback, and what being limited looks like is shown by `status=429`.
const RATE_LIMIT: u64 = 10_000;

const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to \
    continue</h1><form method=\"post\"><input name=\"user\"><input type=\"password\" name=\"password\">\
    <button>Sign in</button></form></body></html>\n";

/// Neither JSON nor UTF-8.
const GARBAGE: &[u8] = b"\x1f\x8b\x08\x00{\"id\": \xff\xfe\x00[[[,,, upstream connect error\r\n\x80\x81";

/// Serves until `stop` is done, then closes idle connections at once and gives the others `grace`.
pub(super) async fn serve(
    listener: TcpListener,
    service: Arc<Service>,
    stop: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> io::Result<()> {
    let stopping = Arc::new(tokio::sync::Notify::new());
    let stopped = Arc::clone(&stopping);
    let router = Router::new().fallback(handle).with_state(service);
    let app = router.into_make_service_with_connect_info::<Scissors>();
    let serving = axum::serve(Doors(listener), app).with_graceful_shutdown(async move {
        stop.await;
        stopping.notify_one();
    });
    tokio::select! {
        ended = serving.into_future() => ended,
        () = async { stopped.notified().await; tokio::time::sleep(grace).await } => Ok(()),
    }
}

/// Answers one request.
async fn handle(
    State(service): State<Arc<Service>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    scissors.arrived();
    let door = service.door();
    if let Err(refusal) = door.check(request.uri(), request.headers()) {
        let id = request_id(request.headers());
        return respond(refusal.into_reply(service.dialect()), id);
    }
    match door.preflight(request.method(), request.headers()) {
        Some(response) => door.open(response),
        None => door.open(answer(&service, scissors, request).await),
    }
}

async fn answer(service: &Arc<Service>, scissors: Scissors, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let dialect = service.dialect();
    let id = request_id(&head.headers);
    let query = Query::parse(head.uri.query());
    let body = timeout(PATIENCE, read(body)).await.unwrap_or_else(|_| {
        let message = "The body did not arrive in time.";
        Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", message))
    });
    // Whoever was told to go on with its body has done so.
    scissors.arrived();
    let target = match Target::of(&head.method, head.uri.path(), &query) {
        Ok(target) => target,
        Err(refusal) => return respond(refusal.into_reply(dialect), id),
    };
    let mishap = service.faults().draw(target.operation);
    let service = Arc::clone(service);
    let work = move || match body {
        Ok(body) => service
            .answer(&target, &query, &head.headers, &body, mishap.null_password)
            .unwrap_or_else(|refusal| refusal.into_reply(dialect)),
        Err(refusal) => refusal.into_reply(dialect),
    };
    let after = mishap.commit_after;
    let response = match mishap.ending {
        None => respond(done(after, work).await, id),
        Some(Ending::DropAfterCommit) => {
            let response = respond(done(after, work).await, id);
            scissors.cut_at_the_answer();
            response
        }
        Some(Ending::Truncate) => truncated(done(after, work).await, id),
        Some(Ending::Garbage) => {
            done(after, work).await;
            respond(Reply::json(StatusCode::OK, GARBAGE.into()), id)
        }
        Some(ending @ (Ending::Status(_) | Ending::DropBefore | Ending::Html)) => {
            if !after.is_zero() {
                // Whoever gave up on it does not stop it.
                tokio::spawn(done(after, work));
            }
            undone(ending, &scissors, id, dialect)
        }
    };
    if !mishap.latency.is_zero() {
        tokio::time::sleep(mishap.latency).await;
    }
    response
}

/// Does the work of a request, after a while: then also for a caller who went.
async fn done(after: Duration, work: impl FnOnce() -> Reply + Send + 'static) -> Reply {
    if after.is_zero() {
        return work();
    }
    let late = tokio::spawn(async move {
        tokio::time::sleep(after).await;
        work()
    });
    match late.await {
        Ok(reply) => reply,
        Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
        // The sandbox is being stopped.
        Err(_) => Reply::json(StatusCode::SERVICE_UNAVAILABLE, Vec::new()),
    }
}

/// The answer of somebody in between who did not pass the request on, or did not wait for it.
fn undone(ending: Ending, scissors: &Scissors, id: HeaderValue, dialect: SandboxDialect) -> Response {
    match ending {
        Ending::Status(code) => {
            let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = respond(Refusal::injected(status).into_reply(dialect), id);
            if status.is_redirection() {
                response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/login"));
            }
            response
        }
        Ending::Html => {
            let page = Reply::json(StatusCode::OK, LOGIN_PAGE.into());
            let mut response = respond(page, id);
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, html);
            response
        }
        Ending::DropBefore | Ending::DropAfterCommit | Ending::Truncate | Ending::Garbage => {
            scissors.cut_at_the_answer();
            Response::new(Body::empty())
        }
    }
}

/// Reads a body up to the limit.
async fn read(body: Body) -> Result<Vec<u8>, Refusal> {
    let mut read = Vec::new();
    let mut length = 0;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else {
            let message = "The body could not be read.";
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "INVALID_BODY", message));
        };
        length += chunk.len();
        if length <= LARGEST_BODY {
            read.extend_from_slice(&chunk);
        } else if length > DRAINED {
            break;
        }
    }
    if length > LARGEST_BODY {
        let message = format!("The body is larger than {LARGEST_BODY} bytes.");
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message));
    }
    Ok(read)
}

/// The caller's request id, or a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    headers
        .get("x-request-id")
        .filter(|id| !id.is_empty() && id.len() <= 200)
        .cloned()
        .or_else(|| HeaderValue::from_str(&Uuid::new_v4().to_string()).ok())
        .unwrap_or_else(|| HeaderValue::from_static("none"))
}

/// A reply with the headers that every answer has.
fn respond(reply: Reply, id: HeaderValue) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = reply.status;
    let second = Timestamp::now().as_second();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-ratelimit-limit", HeaderValue::from(RATE_LIMIT));
    let limited = reply.status == StatusCode::TOO_MANY_REQUESTS;
    headers.insert("x-ratelimit-remaining", HeaderValue::from(if limited { 0 } else { RATE_LIMIT - 1 }));
    headers.insert("x-ratelimit-reset", HeaderValue::from(second + 1));
    headers.insert("x-request-id", id);
    if let Some(methods) = reply.allow {
        headers.insert(header::ALLOW, HeaderValue::from_static(methods));
    }
    if limited && let Ok(seconds) = HeaderValue::from_str(&RETRY_AFTER.to_string()) {
        headers.insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// A reply that promises its whole length and breaks off halfway.
fn truncated(reply: Reply, id: HeaderValue) -> Response {
    let length = reply.body.len();
    let half = reply.body[..length / 2].to_vec();
    let response = respond(reply, id);
    let (mut head, _) = response.into_parts();
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let broken = async {
        // Gives the connection a turn to send what it has before it is told of the error.
        tokio::task::yield_now().await;
        Err(io::Error::other("truncated on demand"))
    };
    let body = stream::once(async { Ok(half) }).chain(stream::once(broken));
    Response::from_parts(head, Body::from_stream(body))
}

/// Accepts connections that can be cut.
struct Doors(TcpListener);

impl Listener for Doors {
    type Io = Wire;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Wire, Self::Addr) {
        // axum's own loop deals with errors of single connections and with running out of files.
        let (stream, peer) = Listener::accept(&mut self.0).await;
        // Answers go out at once; a socket that refuses this still works.
        let _ = stream.set_nodelay(true);
        let scissors = Scissors::default();
        (Wire { stream, scissors, patience: Some(Box::pin(sleep(PATIENCE))) }, peer)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// Cuts one connection.
#[derive(Debug, Clone, Default)]
struct Scissors(Arc<Cuts>);

#[derive(Debug, Default)]
struct Cuts {
    /// Nothing is written any more.
    answer: AtomicBool,
    /// A request has arrived and is being answered.
    answering: AtomicBool,
}

impl Scissors {
    /// From now on nothing can be written: the next answer closes the connection instead, without
    /// a single byte of it having been sent.
    fn cut_at_the_answer(&self) {
        self.0.answer.store(true, Ordering::Release);
    }

    /// Whoever sends the headers of a request byte by byte is not waited for; this one is there.
    fn arrived(&self) {
        self.0.answering.store(true, Ordering::Release);
    }

    fn answered(&self) {
        self.0.answering.store(false, Ordering::Release);
    }

    fn check(&self) -> io::Result<()> {
        if self.0.answer.load(Ordering::Acquire) {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "cut on demand"));
        }
        Ok(())
    }
}

impl Connected<IncomingStream<'_, Doors>> for Scissors {
    fn connect_info(stream: IncomingStream<'_, Doors>) -> Self {
        stream.io().scissors.clone()
    }
}

/// A TCP connection that fails to write once it is cut.
struct Wire {
    stream: TcpStream,
    scissors: Scissors,
    /// Until when the headers of a request have to be there; `None` while none is on its way.
    patience: Option<Pin<Box<Sleep>>>,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.scissors.0.answering.load(Ordering::Acquire) {
            // However long the answer takes, nobody is late.
            self.patience = None;
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if self.patience.is_none() && buffer.filled().len() > before {
            // The next request has as long.
            self.patience = Some(Box::pin(sleep(PATIENCE)));
        }
        if let (Poll::Pending, Some(patience)) = (&read, &mut self.patience)
            && patience.as_mut().poll(context).is_ready()
        {
            let slow = "the headers of a request did not arrive in time";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, slow)));
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.scissors.check()?;
        self.scissors.answered();
        self.patience = None;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.scissors.check()?;
        self.scissors.answered();
        self.patience = None;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
