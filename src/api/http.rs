//! One HTTP request: what goes out, what came back, and how it can break.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, HeaderMap, HeaderName,
    HeaderValue, LINK,
};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Response, StatusCode};
use tokio_rustls::rustls::ClientConfig;
use zeroize::Zeroizing;

use super::answer::Answer;
use super::{Auth, Error, ErrorKind, Settings, Way, coding, tls};
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
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    // What a gateway kept from before a write proves nothing about it (RFC 9111, 5.2.1.4).
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
    if let Some((name, value)) = credential(settings)? {
        headers.insert(name, value);
    }
    if let Some(organization) = &settings.organization {
        check("the organization id", organization)?;
        headers.insert("x-organization-id", header("the organization id", organization)?);
    }
    if let Some(trace) = &settings.trace_parent {
        headers.insert("traceparent", header("TRACEPARENT", trace.as_str())?);
    }
    Ok(headers)
}

/// The header that presents the key, where it is presented.
fn credential(settings: &Settings) -> Result<Option<(HeaderName, HeaderValue)>, Error> {
    let key = settings.key.expose();
    let (name, text) = match settings.auth {
        Auth::Bearer => (AUTHORIZATION, Zeroizing::new(format!("Bearer {key}"))),
        Auth::ApiKey => (HeaderName::from_static("x-api-key"), Zeroizing::new(key.to_owned())),
        Auth::Omitted => return Ok(None),
    };
    check("the API key", key)?;
    let mut value = header("the API key", &text)?;
    // Keeps it out of Debug output and of compression tables.
    value.set_sensitive(true);
    Ok(Some((name, value)))
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

/// What connections are made with: `None` where nothing is encrypted. Loading the system's
/// certificates takes longer than a request on this machine, and fails where there are none.
pub(super) fn tls(settings: &Settings) -> Result<Option<ClientConfig>, Error> {
    let config = |encrypted: bool| encrypted.then(|| tls::config(settings.ca.as_deref())).transpose();
    if settings.base_url.is_cleartext() && settings.ca.is_some() {
        // Not needed, but a file that is no certificate is a mistake all the same.
        config(true)?;
    }
    config(!settings.base_url.is_cleartext())
}

/// For reads: connections are kept and shared.
pub(super) fn reads(settings: &Settings, tls: Option<&ClientConfig>) -> Result<reqwest::Client, Error> {
    build(settings, tls, settings.read_timeout, reqwest::Client::builder())
}

/// For one write: one call is one request. A kept connection can be closed just as a request leaves,
/// and the pool then sends it again by itself; so every write has a client, and with it a connection,
/// of its own, in HTTP/2 as well.
pub(super) fn one_write(settings: &Settings, tls: Option<&ClientConfig>) -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder().pool_max_idle_per_host(0).retry(reqwest::retry::never());
    build(settings, tls, settings.write_timeout, builder)
}

/// Most header fields of an answer: gateways add theirs.
const MOST_FIELDS: usize = 500;

fn build(
    settings: &Settings,
    tls: Option<&ClientConfig>,
    timeout: Duration,
    builder: ClientBuilder,
) -> Result<reqwest::Client, Error> {
    let mut builder = builder
        .user_agent(concat!("numdeck/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .http1_max_headers(MOST_FIELDS)
        // Below the whole, so that a connection that was never made is told from an answer that
        // never came.
        .connect_timeout(CONNECT.min(timeout * 9 / 10))
        .timeout(timeout);
    let unusable = |error: reqwest::Error| {
        Error::new(ErrorKind::Setup, format!("the HTTP client cannot start: {}", cause(&error.without_url())))
    };
    builder = match &settings.way {
        // The proxy variables are honoured for loopback, too, where no proxy can reach.
        _ if settings.base_url.is_loopback() => builder.no_proxy(),
        Way::Default => builder,
        Way::Direct => builder.no_proxy(),
        Way::Through(proxy) => {
            builder.no_proxy().proxy(reqwest::Proxy::all(proxy.url().expose()).map_err(unusable)?)
        }
    };
    builder = match tls {
        Some(config) => builder.tls_backend_preconfigured(config.clone()),
        None => builder.tls_certs_only([]),
    };
    builder.build().map_err(unusable)
}

/// Whether a `Link` (RFC 8288) leads to the next page.
fn is_next(link: &HeaderValue) -> bool {
    let text = link.to_str().unwrap_or_default().to_ascii_lowercase();
    text.split([';', ','])
        .filter_map(|part| part.trim().strip_prefix("rel="))
        .any(|rel| rel.trim_matches('"').split_whitespace().any(|word| word == "next"))
}

/// Reads an answer. What is said about a success matters only if it is complete; of a failure, the
/// status is enough, and as much of the body as arrives is kept.
pub(super) async fn receive(mut response: Response, most: usize) -> Result<Answer, Error> {
    let text = |name: &str| response.headers().get(name)?.to_str().ok().map(str::to_owned);
    let mut answer = Answer {
        status: response.status().as_u16(),
        date: text("date"),
        retry_after: text("retry-after"),
        reset: ["x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset", "x-ratelimit-reset-after"]
            .into_iter()
            .find_map(text),
        html: text("content-type")
            .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html")),
        challenge: text("www-authenticate"),
        total: text("x-total-count").and_then(|total| total.trim().parse().ok()),
        more: response.status() == StatusCode::PARTIAL_CONTENT
            || response.headers().get_all(LINK).iter().any(is_next),
        age: text("age").and_then(|age| age.trim().parse().ok()).unwrap_or(0),
        location: text("location"),
        body: Vec::new(),
    };
    let success = answer.is_success();
    let fail = |kind, status, message| Error { status: Some(status), ..Error::new(kind, message) };
    let codings: Vec<String> = response
        .headers()
        .get_all(CONTENT_ENCODING)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect();
    let codings = match coding::read(&codings.join(",")) {
        Ok(codings) => codings,
        Err(message) if success => return Err(fail(ErrorKind::Undecodable, answer.status, message)),
        // What it says cannot be read; its status can.
        Err(_) => return Ok(answer),
    };
    let most = if success { most } else { LARGEST_RECORD };
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
            Ok(None) => {
                answer.body = match coding::decode(answer.body, &codings, most) {
                    Ok(body) => body,
                    Err(message) if success => {
                        return Err(fail(ErrorKind::Undecodable, answer.status, message));
                    }
                    Err(_) => Vec::new(),
                };
                // A byte order mark means nothing in UTF-8 (RFC 8259, 8.1).
                if answer.body.starts_with(b"\xef\xbb\xbf") {
                    answer.body.drain(..3);
                }
                return Ok(answer);
            }
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
pub(super) fn failure(error: reqwest::Error, settings: &Settings) -> Error {
    let error = error.without_url();
    let kind = if error.is_builder() {
        ErrorKind::Setup
    } else if error.is_connect() {
        ErrorKind::Connect
    } else if error.is_timeout() {
        ErrorKind::Timeout
    } else if is_no_http(&error) {
        ErrorKind::Undecodable
    } else {
        ErrorKind::Broken
    };
    let origin = settings.base_url.origin();
    let (way, proxy) = match &settings.way {
        Way::Through(proxy) if !settings.base_url.is_loopback() => {
            (format!("{origin} through {proxy}"), Some(proxy))
        }
        _ => (origin, None),
    };
    let cause = cause(&error);
    let message = match (kind, proxy) {
        (ErrorKind::Setup, _) => format!("the request cannot be built: {cause}"),
        (ErrorKind::Connect, _) if error.is_timeout() => format!("no connection to {way} in time"),
        (ErrorKind::Connect, Some(proxy)) if cause.ends_with("proxy authorization required") => format!(
            "{proxy} wants a user and a password: it answered 407 (no connection to {}); they belong into the variable",
            settings.base_url.origin()
        ),
        (ErrorKind::Connect, Some(proxy)) if cause.ends_with("tunnel error: unsuccessful") => {
            format!("{proxy} refused to connect to {}", settings.base_url.origin())
        }
        (ErrorKind::Connect, None) if error.is_dns() => format!("the host of {way} was not found: {cause}"),
        (ErrorKind::Connect, Some(_)) if error.is_dns() => {
            format!("no connection to {way}: host not found: {cause}")
        }
        (ErrorKind::Connect, _) => format!("no connection to {way}: {cause}"),
        (ErrorKind::Timeout, _) => format!("no answer from {way} in time"),
        (ErrorKind::Undecodable, _) => format!("what {way} answers cannot be read as HTTP: {cause}"),
        _ => format!("the connection to {way} broke: {cause}"),
    };
    Error::new(kind, clean(&message, LONGEST))
}

/// Longest message, in characters.
const LONGEST: usize = 400;

/// All errors behind an error, the outer ones first.
fn chain<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    let first: &'a (dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(first), |error| match error.downcast_ref::<std::io::Error>() {
        // What is in it is not told as its source, but as itself.
        Some(io) if io.get_ref().is_some() => {
            io.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static))
        }
        _ => error.source(),
    })
}

/// Whether something answered that is no HTTP, or more of it than anybody reads. Asking again would
/// give the same.
fn is_no_http(error: &reqwest::Error) -> bool {
    chain(error).filter_map(|error| error.downcast_ref::<hyper::Error>()).any(hyper::Error::is_parse)
}

/// The innermost cause: the outer ones say that sending failed.
fn cause(error: &reqwest::Error) -> String {
    let mut inner = String::new();
    for error in chain(error) {
        if let Some(error) = error.downcast_ref::<tokio_rustls::rustls::Error>() {
            return tls::words(error, Timestamp::now());
        }
        inner = error.to_string();
    }
    if inner == "tls handshake eof" {
        return "it hung up while shaking hands".to_owned();
    }
    clean(&inner, 160)
}
