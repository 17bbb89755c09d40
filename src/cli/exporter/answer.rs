//! What is asked for, and what is answered, without a socket.

use std::time::Duration;

use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Response, StatusCode};
use reqwest::Url;

use crate::metrics::Exposition;

/// The usual limit of a probe, where Prometheus does not say how long it waits.
const USUAL_LIMIT: Duration = Duration::from_secs(6);
/// RFC 3261 timer F: nobody waits longer for an answer.
const LONGEST_LIMIT: Duration = Duration::from_secs(32);
/// Of what Prometheus waits, so much is for the way back.
const WAY_BACK: Duration = Duration::from_millis(500);

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Metrics,
    Probe,
    Health,
}

/// Why something is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) text: String,
}

impl Refusal {
    pub(super) fn new(status: u16, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    /// For whoever asked, in words.
    pub(super) fn response(self) -> Response<String> {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = plain(status, format!("{}\n", self.text));
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }
}

/// The page that a request is about.
pub(super) fn page(method: &Method, path: &str) -> Result<Page, Refusal> {
    let page = match path {
        "/metrics" => Page::Metrics,
        "/probe" => Page::Probe,
        "/healthz" => Page::Health,
        _ => return Err(Refusal::new(404, "there are /metrics, /probe?target=NUMBER and /healthz")),
    };
    if method != Method::GET && method != Method::HEAD {
        return Err(Refusal::new(405, "it is only read: GET and HEAD"));
    }
    Ok(page)
}

/// Metrics.
pub(super) fn figures(all: &Exposition) -> Response<String> {
    with_type(StatusCode::OK, all.text(), Exposition::CONTENT_TYPE)
}

/// Text for people.
pub(super) fn plain(status: StatusCode, text: String) -> Response<String> {
    with_type(status, text, "text/plain; charset=utf-8")
}

fn with_type(status: StatusCode, text: String, kind: &'static str) -> Response<String> {
    let mut response = Response::new(text);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProbeModule {
    /// The settings and the servers.
    Options,
    /// The credentials as well.
    Auth,
}

/// What a probe is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProbeQuestion {
    pub(super) target: String,
    pub(super) module: ProbeModule,
}

impl ProbeQuestion {
    /// Reads a query. What is not understood is refused, not passed over.
    pub(super) fn parse(query: &str) -> Result<Self, Refusal> {
        let refused = |text: String| Refusal::new(400, text);
        // Only what stands behind the question mark counts.
        let mut url = Url::parse("http://localhost/").map_err(|error| refused(error.to_string()))?;
        url.set_query(Some(query));
        let (mut target, mut module) = (None, None);
        for (name, value) in url.query_pairs() {
            let slot = match &*name {
                "target" => &mut target,
                "module" => &mut module,
                _ => return Err(refused("only target and module are known".to_owned())),
            };
            if slot.replace(value.into_owned()).is_some() {
                return Err(refused(format!("{name} is there twice")));
            }
        }
        let module = match module.as_deref() {
            None | Some("options") => ProbeModule::Options,
            Some("auth") => ProbeModule::Auth,
            Some(_) => return Err(refused("module is options or auth".to_owned())),
        };
        let target = target.filter(|target| !target.trim().is_empty());
        let target = target.ok_or_else(|| refused("target=NUMBER or target=SIP_URI is needed".to_owned()))?;
        Ok(Self { target, module })
    }

    /// The target as a SIP address, where it means to be one. A plus that nobody escaped came as a blank,
    /// which no such address has.
    pub(super) fn address(&self) -> Option<String> {
        let text = self.target.trim();
        let (scheme, _) = text.split_once(':')?;
        let is_sip = ["sip", "sips"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        is_sip.then(|| text.replace(' ', "+"))
    }
}

/// How long a probe may take, by the header `X-Prometheus-Scrape-Timeout-Seconds`.
pub(super) fn limit(header: Option<&str>) -> Duration {
    let seconds = header.and_then(|text| text.trim().parse::<f64>().ok()).filter(|seconds| *seconds > 0.0);
    let Some(given) = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) else {
        return USUAL_LIMIT;
    };
    (given - WAY_BACK.min(given / 5)).min(LONGEST_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(query: &str) -> Result<(String, ProbeModule), u16> {
        let read = ProbeQuestion::parse(query).map_err(|refusal| refusal.status)?;
        Ok((read.target, read.module))
    }

    #[test]
    fn a_probe_is_asked_for_in_one_way() {
        let options = |target: &str| Ok((target.to_owned(), ProbeModule::Options));
        assert_eq!(question("target=%2B2348031234567"), options("+2348031234567"));
        assert_eq!(question("module=options&target=a%20b"), options("a b"));
        assert_eq!(question("target=n&module=auth"), Ok(("n".to_owned(), ProbeModule::Auth)));
        for query in ["", "target=", "target=%20", "module=auth", "target=a&target=b", "target=a&debug=true"]
        {
            assert_eq!(question(query), Err(400), "{query}");
        }
        assert_eq!(question("target=a&module=http"), Err(400));
        let address = |query: &str| ProbeQuestion::parse(query).unwrap().address();
        assert_eq!(address("target=sip:+234@a.example").as_deref(), Some("sip:+234@a.example"));
        assert_eq!(address("target=SIPS%3Aa.example").as_deref(), Some("SIPS:a.example"));
        assert_eq!(address("target=tel:%2B234"), None);
    }

    #[test]
    fn other_pages_are_not_there_and_nothing_is_changed_here() {
        assert_eq!(page(&Method::GET, "/metrics"), Ok(Page::Metrics));
        assert_eq!(page(&Method::HEAD, "/healthz"), Ok(Page::Health));
        let status = |method: &Method, path: &str| page(method, path).map_err(|refusal| refusal.status);
        assert_eq!(status(&Method::POST, "/probe"), Err(405));
        for path in ["/", "/metrics/", "/Metrics", "/probe/..", "//metrics"] {
            assert_eq!(status(&Method::GET, path), Err(404), "{path}");
        }
        assert_eq!(Refusal::new(405, "").response().headers()[ALLOW], "GET, HEAD");
    }

    #[test]
    fn a_probe_ends_before_prometheus_gives_up_and_nonsense_is_the_usual() {
        let millis = |header: &str| limit(Some(header)).as_millis();
        assert_eq!([millis("10"), millis("2.5"), millis("0.5"), millis("600")], [9500, 2000, 400, 32_000]);
        for nonsense in ["", "x", "-1", "0", "NaN", "inf", "1e300"] {
            assert_eq!(limit(Some(nonsense)), USUAL_LIMIT, "{nonsense}");
        }
        assert_eq!(limit(None), USUAL_LIMIT);
    }
}
