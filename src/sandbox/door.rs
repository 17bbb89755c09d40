//! Who may come in: the name that a request was sent to, and the pages that may read answers.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;

use super::reply::Refusal;

/// The origin of a web page, `http://localhost:5173` for one, or `*` for every one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsOrigin(String);

impl FromStr for CorsOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "an origin is a scheme and a host, http://localhost:5173, or *";
        let text = text.trim_end_matches('/');
        if text != "*" {
            let uri: Uri = text.parse().map_err(|_| WRONG)?;
            let http = matches!(uri.scheme_str(), Some("http" | "https"));
            if !http || uri.host().is_none() || uri.path() != "/" || uri.query().is_some() {
                return Err(WRONG);
            }
        }
        HeaderValue::from_str(text).map_err(|_| WRONG)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for CorsOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is looked at before anything is answered.
#[derive(Debug)]
pub(super) struct Door {
    listen: IpAddr,
    cors: Option<CorsOrigin>,
}

impl Door {
    pub(super) fn new(listen: IpAddr, cors: Option<CorsOrigin>) -> Self {
        Self { listen, cors }
    }

    /// Refuses a request that was sent to another name than this server has. A web page can make its own
    /// name lead to this machine, and would be let in by everything else here (DNS rebinding).
    pub(super) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let sent = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let authority = uri.authority().map(Authority::as_str).or(sent).unwrap_or_default();
        if self.is_own(authority) {
            return Ok(());
        }
        let message =
            "This server answers to localhost, to 127.0.0.1, and to the address that it listens on.";
        Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, "MISDIRECTED", message).with("host", authority))
    }

    fn is_own(&self, authority: &str) -> bool {
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        match host.parse::<IpAddr>() {
            // An address is no name that somebody else could make lead here.
            Ok(address) => address.is_loopback() || address == self.listen || self.listen.is_unspecified(),
            Err(_) => host.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
        }
    }

    /// The answer to a page that asks before it asks, where pages may at all.
    pub(super) fn preflight(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        self.cors.as_ref()?;
        let asks = method == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !asks {
            return None;
        }
        let mut response = Response::default();
        *response.status_mut() = StatusCode::NO_CONTENT;
        let answer = response.headers_mut();
        let methods = HeaderValue::from_static("GET, HEAD, POST, PATCH, DELETE");
        answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        let wanted = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        let usual = || HeaderValue::from_static("authorization, content-type, x-api-key, x-organization-id");
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.unwrap_or_else(usual));
        answer.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        Some(response)
    }

    /// Lets the pages of the origin read an answer.
    pub(super) fn open(&self, mut response: Response) -> Response {
        if let Some(origin) = self.cors.as_ref().and_then(|CorsOrigin(text)| HeaderValue::from_str(text).ok())
        {
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            let shown =
                "x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, retry-after";
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(shown));
            headers.insert(header::VARY, HeaderValue::from_static("origin"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_and_a_host_and_nothing_more() {
        for text in ["*", "http://localhost:5173", "https://app.example", "http://[::1]:1/"] {
            assert_eq!(text.parse::<CorsOrigin>().unwrap().to_string(), text.trim_end_matches('/'));
        }
        for text in
            ["", "localhost", "ftp://h", "http://h/path", "http://h?x", "http://", "http://a b", "null"]
        {
            assert!(text.parse::<CorsOrigin>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_its_own_names_lead_in() {
        let own = |listen: &str, host: &str| Door::new(listen.parse().unwrap(), None).is_own(host);
        for host in ["localhost", "LocalHost:80", "localhost.:80", "127.0.0.1", "127.0.0.2:8080", "[::1]:80"]
        {
            assert!(own("127.0.0.1", host), "{host}");
        }
        for host in
            ["", "evil.example", "evil.example:80", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil"]
        {
            assert!(!own("127.0.0.1", host), "{host}");
        }
        assert!(own("10.0.0.1", "10.0.0.1:80") && !own("10.0.0.1", "10.0.0.2"));
        assert!(own("0.0.0.0", "10.0.0.2:80") && !own("0.0.0.0", "evil.example"));
    }
}
