//! One HTTP request: what goes out, what came back, and how it can break.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder, Response};
use zeroize::Zeroizing;

use super::answer::Answer;
use super::{Auth, Error, ErrorKind, Settings};
use crate::phone::clean;

/// No answer of a list may be larger, in bytes: 100 rows are 50 KB.
pub(super) const LARGEST_LIST: usize = 16 << 20;
/// No answer of the endpoints may be larger, in bytes.
pub(super) const LARGEST_ENDPOINTS: usize = 4 << 20;
/// No other answer may be larger, in bytes.
pub(super) const LARGEST_RECORD: usize = 1 << 20;

const CONNECT: Duration = Duration::from_secs(5);

/// The headers of every request.
pub(super) fn headers(settings: &Settings) -> Result<HeaderMap, Error> {
    let key = settings.key.expose();
    check("the API key", key)?;
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let (name, text) = match settings.auth {
        Auth::Bearer => (AUTHORIZATION, Zeroizing::new(format!("Bearer {key}"))),
        Auth::ApiKey => (HeaderName::from_static("x-api-key"), Zeroizing::new(key.to_owned())),
    };
    let mut value = header("the API key", &text)?;
    // Keeps it out of Debug output and of compression tables.
    value.set_sensitive(true);
    headers.insert(name, value);
    if let Some(organization) = &settings.organization {
        check("the organization id", organization)?;
        headers.insert("x-organization-id", header("the organization id", organization)?);
    }
    Ok(headers)
}

/// Refuses what a server would see otherwise than it was meant: blanks at the ends are cut off on
/// the way, and what is not ASCII has no defined meaning. The text itself is not repeated.
fn check(what: &str, text: &str) -> Result<(), Error> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let why = if text.is_empty() { "is empty" } else { "has characters that no HTTP header can carry" };
    Err(Error::new(ErrorKind::Setup, format!("{what} {why}")))
}

fn header(what: &str, text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text)
        .map_err(|_| Error::new(ErrorKind::Setup, format!("{what} cannot be sent in an HTTP header")))
}

/// For reads: connections are kept and shared.
pub(super) fn reads(settings: &Settings) -> Result<reqwest::Client, Error> {
    build(settings, settings.read_timeout, reqwest::Client::builder())
}

/// For writes: one call is one request. A kept connection can be closed just as a request leaves,
/// and the pool then sends it again by itself; so every write has a connection of its own.
pub(super) fn writes(settings: &Settings) -> Result<reqwest::Client, Error> {
    let builder =
        reqwest::Client::builder().pool_max_idle_per_host(0).http1_only().retry(reqwest::retry::never());
    build(settings, settings.write_timeout, builder)
}

fn build(settings: &Settings, timeout: Duration, builder: ClientBuilder) -> Result<reqwest::Client, Error> {
    let mut builder = builder
        .user_agent(concat!("numdeck/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        // Below the whole, so that a connection that was never made is told from an answer that
        // never came.
        .connect_timeout(CONNECT.min(timeout * 9 / 10))
        .timeout(timeout);
    if settings.base_url.is_loopback() {
        // The proxy variables are honoured for loopback, too, where no proxy can reach.
        builder = builder.no_proxy();
    }
    let roots = match &settings.ca {
        Some(pem) => roots(pem)?,
        None => Vec::new(),
    };
    if settings.base_url.is_cleartext() {
        // Loading the system's certificates takes longer than the request, and fails where there
        // are none.
        builder = builder.tls_certs_only([]);
    } else if !roots.is_empty() {
        builder = builder.tls_certs_merge(roots);
    }
    builder.build().map_err(|error| {
        Error::new(ErrorKind::Setup, format!("the HTTP client cannot start: {}", cause(&error.without_url())))
    })
}

fn roots(pem: &[u8]) -> Result<Vec<Certificate>, Error> {
    let roots = Certificate::from_pem_bundle(pem).unwrap_or_default();
    if roots.is_empty() {
        return Err(Error::new(ErrorKind::Setup, "the certificate file holds no PEM certificate"));
    }
    Ok(roots)
}

/// Reads an answer. What is said about a success matters only if it is complete; of a failure, the
/// status is enough, and as much of the body as arrives is kept.
pub(super) async fn receive(mut response: Response, most: usize) -> Result<Answer, Error> {
    let text = |name: &str| response.headers().get(name)?.to_str().ok().map(str::to_owned);
    let mut answer = Answer {
        status: response.status().as_u16(),
        retry_after: text("retry-after"),
        reset: text("x-ratelimit-reset"),
        location: text("location"),
        body: Vec::new(),
    };
    let success = answer.is_success();
    let most = if success { most } else { LARGEST_RECORD };
    let fail = |kind, status, message| Error { status: Some(status), ..Error::new(kind, message) };
    // Room for what is announced, so that it is not copied while it grows.
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    answer.body.reserve_exact(announced.min(most));
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if answer.body.len() + chunk.len() > most => {
                if success {
                    let message = format!("the answer is larger than {} MiB", most >> 20);
                    return Err(fail(ErrorKind::Undecodable, answer.status, message));
                }
                return Ok(answer);
            }
            Ok(Some(chunk)) => answer.body.extend_from_slice(&chunk),
            Ok(None) => return Ok(answer),
            Err(_) if !success => return Ok(answer),
            Err(error) if error.is_timeout() => {
                let message = "the answer did not arrive in time";
                return Err(fail(ErrorKind::Timeout, answer.status, message.to_owned()));
            }
            Err(error) => {
                let message = format!("the answer broke off: {}", cause(&error.without_url()));
                return Err(fail(ErrorKind::Broken, answer.status, message));
            }
        }
    }
}

/// A request that got no answer. Only what certainly happened before the request left is
/// [`ErrorKind::Connect`] or [`ErrorKind::Setup`].
pub(super) fn failure(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let kind = if error.is_builder() {
        ErrorKind::Setup
    } else if error.is_connect() {
        ErrorKind::Connect
    } else if error.is_timeout() {
        ErrorKind::Timeout
    } else {
        ErrorKind::Broken
    };
    let cause = cause(&error);
    let message = match kind {
        ErrorKind::Setup => format!("the request cannot be built: {cause}"),
        ErrorKind::Connect if error.is_timeout() => "no connection in time".to_owned(),
        ErrorKind::Connect if error.is_dns() => format!("the host was not found: {cause}"),
        ErrorKind::Connect => format!("no connection: {cause}"),
        ErrorKind::Timeout => "no answer in time".to_owned(),
        _ => format!("the connection broke: {cause}"),
    };
    Error::new(kind, clean(&message, 200))
}

/// The innermost cause: the outer ones say that sending failed.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    clean(&inner.to_string(), 160)
}
