//! What an answer that is not a success means. Pure: an answer in, an error out.

use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::{Map, Value};

use super::decode::addresses_without_secrets;
use super::retry::{self, Hints};
use super::{Error, ErrorKind, Kyc};
use crate::phone::{Secret, clean};

/// Longest message, in characters.
const MESSAGE: usize = 200;

/// What was asked; a 404 means another thing to each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    List,
    Get,
    Endpoints,
    Calls,
    Keys,
    Purchase,
    Update,
    Remove,
}

impl Operation {
    /// Whether the URL names one record, so that a 404 is about that record.
    fn is_of_a_record(self) -> bool {
        matches!(self, Self::Get | Self::Update | Self::Remove)
    }
}

/// An answer as it came from the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// `Date`: what the server's clock shows.
    pub(super) date: Option<String>,
    pub(super) retry_after: Option<String>,
    /// When the limit is over, in whichever header says it.
    pub(super) reset: Option<String>,
    /// Whether it says that it is a web page.
    pub(super) html: bool,
    /// `WWW-Authenticate`: what a 401 asks for.
    pub(super) challenge: Option<String>,
    /// How many rows a list has, by its header.
    pub(super) total: Option<u64>,
    /// Whether the header says that this is a part, and more follows.
    pub(super) more: bool,
    /// `Age`: for how many seconds something on the way has kept it (RFC 9111, 5.1).
    pub(super) age: u64,
    /// Where a 3xx points.
    pub(super) location: Option<String>,
    /// Of a failure, as much as arrived.
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// What the body of a failure says, whatever its form.
#[derive(Debug, Default, PartialEq)]
struct Said {
    message: Option<String>,
    code: Option<String>,
    retry_after: Option<f64>,
    /// Whether it says something in another form than this API: a page, plain text, JSON of somebody else.
    foreign: bool,
    /// Whether it says something in the form of this API.
    own: bool,
}

/// The error behind an answer outside 2xx. `key` never appears in it, even if the server echoes it.
pub(super) fn refusal(operation: Operation, answer: &Answer, key: &Secret, now: Timestamp) -> Error {
    let mut said = read(&answer.body);
    said.foreign |= answer.html && said.code.is_none();
    // This API takes a key, and asks nobody for a user and a password.
    said.foreign |= !said.own && answer.challenge.as_deref().is_some_and(asks_for_no_key);
    // The code of a failing server is not an answer to the question.
    let decided = (400..500).contains(&answer.status) && answer.status != 408;
    let code = said.code.as_deref().map(|code| clean(&without(code, key), 64));
    let kind = kind(operation, answer.status, code.as_deref().filter(|_| decided), said.foreign);
    let message = match (kind, &said.message) {
        (ErrorKind::Redirect, _) => elsewhere(answer.location.as_deref()),
        (ErrorKind::Intercepted, message) => {
            let message =
                message.as_ref().map_or_else(|| reason(answer.status), |message| without(message, key));
            format!("a proxy or firewall on the way answered, and not the API: {message}")
        }
        (_, Some(message)) => without(message, key),
        (_, None) => reason(answer.status),
    };
    let message = if answer.status == 404 && kind == ErrorKind::Rejected && code.is_none() {
        format!("the server knows no such path; the base URL looks wrong: {message}")
    } else {
        message
    };
    let reset = answer.reset.as_deref().filter(|_| kind == ErrorKind::RateLimited);
    // The server's times are those of its own clock.
    let now = answer.date.as_deref().and_then(retry::http_date).unwrap_or(now);
    let hints = Hints { header: answer.retry_after.as_deref(), body: said.retry_after, reset };
    let retry_after = hints.wait(now);
    let mut message = clean(&message, MESSAGE);
    if let (ErrorKind::RateLimited, Some(wait)) = (kind, retry_after) {
        let said = message.trim_end_matches(['.', ' ']);
        message = format!("{said}; wait {} s", wait.as_secs_f64().ceil());
    }
    Error { kind, status: Some(answer.status), code, message, request_id: None, retry_after }
}

/// Code first, status second: the service's pages put the same code under different statuses.
fn kind(operation: Operation, status: u16, code: Option<&str>, foreign: bool) -> ErrorKind {
    if let Some(kyc) = code.and_then(Kyc::of_code) {
        return ErrorKind::Kyc(kyc);
    }
    match code {
        Some("INSUFFICIENT_BALANCE") => return ErrorKind::Balance,
        Some("NUMBER_NOT_AVAILABLE") => return ErrorKind::Gone,
        Some("RATE_LIMIT_EXCEEDED") => return ErrorKind::RateLimited,
        Some("IP_NOT_ALLOWED" | "KEY_EXPIRED") => return ErrorKind::Unauthorized,
        // About something that the request names, not about the record that it is for.
        Some("ENDPOINT_NOT_FOUND" | "ORGANIZATION_NOT_FOUND" | "MISSING_FIELDS") => {
            return ErrorKind::Rejected;
        }
        _ => {}
    }
    match status {
        300..400 => ErrorKind::Redirect,
        // The second is what a captive portal says (RFC 6585, 6).
        407 | 511 => ErrorKind::Intercepted,
        // Who does not speak as the API does knows nothing of key, role and balance.
        401..=403 if foreign => ErrorKind::Intercepted,
        401 => ErrorKind::Unauthorized,
        402 => ErrorKind::Balance,
        403 => ErrorKind::Forbidden,
        // A gateway's page says nothing about a record, and a list is no record.
        404 if operation.is_of_a_record() && !foreign => ErrorKind::NotFound,
        429 => ErrorKind::RateLimited,
        408 | 500.. => ErrorKind::Server,
        400..500 => ErrorKind::Rejected,
        _ => ErrorKind::Undecodable,
    }
}

/// What a 2xx body is when it is not what it should be: never an excerpt of JSON, which may hold a
/// password.
pub(super) fn describe(body: &[u8], why: &str, key: &Secret) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    let message = if text.is_empty() {
        "the answer has no content".to_owned()
    } else if text.starts_with('<') {
        format!("the answer is a web page: {}", title(text))
    } else {
        format!("the answer is not what this API sends: {why}")
    };
    clean(&without(&message, key), MESSAGE)
}

/// `text` with the key replaced by dots, and without the secrets of addresses in it.
fn without(text: &str, key: &Secret) -> String {
    let text = addresses_without_secrets(text).unwrap_or_else(|| text.to_owned());
    if key.is_empty() { text } else { text.replace(key.expose(), "••••••••") }
}

/// Without user, query and fragment: the rest of a login URL is long, and may hold tokens.
fn elsewhere(location: Option<&str>) -> String {
    let Some(location) = location.map(str::trim).filter(|text| !text.is_empty()) else {
        return "the server redirects, and does not say where to".to_owned();
    };
    let place = match reqwest::Url::parse(location) {
        Ok(url) if url.has_host() => {
            let host = url.host_str().unwrap_or_default();
            let port = url.port().map_or(String::new(), |port| format!(":{port}"));
            format!("{}://{host}{port}{}", url.scheme(), url.path())
        }
        _ => location.split(['?', '#']).next().unwrap_or_default().to_owned(),
    };
    format!("the server redirects to {}", clean(&place, 120))
}

fn reason(status: u16) -> String {
    if (200..300).contains(&status) {
        return "the server says that it failed, but not why".to_owned();
    }
    StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .map_or_else(|| format!("HTTP {status}"), str::to_owned)
}

fn read(body: &[u8]) -> Said {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Said::default();
    }
    if text.starts_with('<') {
        return Said { message: Some(title(text)), foreign: true, ..Said::default() };
    }
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return Said { message: Some(squeezed(text)), foreign: true, ..Said::default() };
    };
    let nested = value.get("error").filter(|error| error.is_object());
    let parts = |name: &str| value.get(name).or_else(|| nested?.get(name));
    let short = value.get("error").and_then(words);
    let long = ["message", "detail", "errors"].into_iter().find_map(|name| parts(name).and_then(words));
    let message = match (short, long) {
        (Some(short), Some(long)) if short != long => Some(format!("{short}: {long}")),
        (short, long) => short.or(long).or_else(|| words(&value)),
    };
    let code = parts("code")
        .and_then(Value::as_str)
        .filter(|code| !code.is_empty())
        .or_else(|| value.get("error").and_then(Value::as_str).filter(|text| is_code(text)))
        .map(str::to_owned);
    let retry_after = parts("retry_after")
        .or_else(|| value.get("details")?.get("retry_after"))
        .and_then(|wait| wait.as_f64().or_else(|| wait.as_str()?.trim().parse().ok()));
    let own = is_own(&value);
    let silent = value.is_null() || value.as_object().is_some_and(Map::is_empty);
    Said { message, code, retry_after, foreign: !own && !silent, own }
}

/// Whether a failure has the form that this API and its known variants give it. A `detail` beside a
/// `title` is a problem document (RFC 9457), which they never send.
fn is_own(value: &Value) -> bool {
    let has = |name: &str| value.get(name).is_some();
    ["error", "errors", "message", "code", "success"].into_iter().any(has) || (has("detail") && !has("title"))
}

/// Whether a challenge (RFC 9110, 11.6.1) is for something else than a key.
fn asks_for_no_key(challenge: &str) -> bool {
    let scheme = |name: &str| challenge.split([',', ' ']).any(|word| word.eq_ignore_ascii_case(name));
    ["basic", "digest", "negotiate", "ntlm"].into_iter().any(scheme) && !scheme("bearer")
}

/// Whether a text is a code for programs rather than for people.
fn is_code(text: &str) -> bool {
    text.contains('_') && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// The text in a value: itself, or the texts of a list.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(squeezed(text)).filter(|text| !text.is_empty()),
        Value::Array(list) => {
            let texts: Vec<String> = list
                .iter()
                .filter_map(|item| {
                    words(item).or_else(|| {
                        ["message", "msg", "detail"]
                            .into_iter()
                            .find_map(|name| item.get(name).and_then(words))
                    })
                })
                .take(5)
                .collect();
            (!texts.is_empty()).then(|| texts.join("; "))
        }
        _ => None,
    }
}

/// One line: line breaks and tabs become blanks before the rest is cleaned.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The title of a web page in words, never markup.
fn title(html: &str) -> String {
    // ASCII lower case keeps all byte positions.
    let lower = html.to_ascii_lowercase();
    ["title", "h1"]
        .into_iter()
        .filter_map(|tag| {
            let from = lower.find(&format!("<{tag}"))?;
            let from = from + lower[from..].find('>')? + 1;
            let to = from + lower[from..].find(&format!("</{tag}"))?;
            Some(plain(&html[from..to]))
        })
        .find(|text| !text.is_empty())
        .unwrap_or_else(|| "a page without a title".to_owned())
}

/// Text without tags and with the usual entities resolved.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut depth = 0usize;
    for c in html.chars() {
        match c {
            '<' => depth += 1,
            '>' if depth > 0 => depth -= 1,
            c if depth == 0 => text.push(c),
            _ => {}
        }
    }
    for (entity, c) in
        [("&lt;", "‹"), ("&gt;", "›"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
    {
        text = text.replace(entity, c);
    }
    squeezed(&text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use serde_json::json;

    use super::super::Certainty;
    use super::*;

    fn key() -> Secret {
        Secret::new("kros_live_abcdef".to_owned())
    }

    fn refuse(operation: Operation, status: u16, body: &str) -> Error {
        let answer = Answer { status, body: body.as_bytes().to_vec(), ..Answer::default() };
        refusal(operation, &answer, &key(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_code_decides_before_the_status() {
        for (status, code, kind) in [
            (402, "INSUFFICIENT_BALANCE", ErrorKind::Balance),
            (400, "INSUFFICIENT_BALANCE", ErrorKind::Balance),
            (400, "NUMBER_NOT_AVAILABLE", ErrorKind::Gone),
            (404, "NUMBER_NOT_AVAILABLE", ErrorKind::Gone),
            (409, "NUMBER_NOT_AVAILABLE", ErrorKind::Gone),
            (400, "KYC_NOT_SUBMITTED", ErrorKind::Kyc(Kyc::NotSubmitted)),
            (400, "KYC_REQUIRED", ErrorKind::Kyc(Kyc::NotSubmitted)),
            (403, "KYC_PENDING", ErrorKind::Kyc(Kyc::Pending)),
            (400, "KYC_INITIATED", ErrorKind::Kyc(Kyc::Initiated)),
            (400, "KYC_DECLINED", ErrorKind::Kyc(Kyc::Declined)),
            (400, "KYC_ODD", ErrorKind::Kyc(Kyc::Other)),
            (403, "RATE_LIMIT_EXCEEDED", ErrorKind::RateLimited),
            (403, "IP_NOT_ALLOWED", ErrorKind::Unauthorized),
            (404, "ENDPOINT_NOT_FOUND", ErrorKind::Rejected),
            (400, "MISSING_FIELDS", ErrorKind::Rejected),
            (401, "SOMETHING_ELSE", ErrorKind::Unauthorized),
            (402, "SOMETHING_ELSE", ErrorKind::Balance),
            (403, "SOMETHING_ELSE", ErrorKind::Forbidden),
            (429, "SOMETHING_ELSE", ErrorKind::RateLimited),
            (422, "SOMETHING_ELSE", ErrorKind::Rejected),
            (408, "NUMBER_NOT_AVAILABLE", ErrorKind::Server),
            (500, "INSUFFICIENT_BALANCE", ErrorKind::Server),
            (503, "KYC_PENDING", ErrorKind::Server),
        ] {
            let error = refuse(Operation::Purchase, status, &json!({"error": "x", "code": code}).to_string());
            assert_eq!(error.kind, kind, "{status} {code}");
            assert_eq!(error.code.as_deref(), Some(code));
            let lost = status == 408 || status >= 500;
            assert_eq!(error.certainty() == Certainty::Lost, lost, "{status} {code}");
        }
    }

    #[test]
    fn a_404_is_about_a_record_only_where_a_record_was_asked_for() {
        for (operation, body, kind) in [
            (Operation::Get, "", ErrorKind::NotFound),
            (Operation::Update, r#"{"error":"not found","code":"NOT_FOUND"}"#, ErrorKind::NotFound),
            (Operation::Remove, r#"{"error":"not found"}"#, ErrorKind::NotFound),
            (Operation::Remove, "<html><title>404 nginx</title>", ErrorKind::Rejected),
            (Operation::List, r#"{"error":"not found"}"#, ErrorKind::Rejected),
            (Operation::Purchase, "", ErrorKind::Rejected),
            (Operation::Endpoints, "", ErrorKind::Rejected),
        ] {
            let error = refuse(operation, 404, body);
            assert_eq!(error.kind, kind, "{operation:?} {body}");
            assert_eq!(
                error.message.contains("base URL looks wrong"),
                kind == ErrorKind::Rejected,
                "{}",
                error.message
            );
        }
    }

    #[test]
    fn every_form_of_a_failure_has_its_words() {
        for (body, message, code) in [
            (json!({"error": "no money", "code": "C"}), "no money", Some("C")),
            (json!({"error": {"message": "no money", "code": "C"}}), "no money", Some("C")),
            (json!({"message": "no money"}), "no money", None),
            (json!({"detail": "no money"}), "no money", None),
            (json!({"detail": [{"msg": "a"}, {"msg": "b"}]}), "a; b", None),
            (json!({"error": "Bad Request", "message": ["a", "b"]}), "Bad Request: a; b", None),
            (json!({"error": "no money", "message": "no money"}), "no money", None),
            (json!({"error": "NO_MONEY"}), "NO_MONEY", Some("NO_MONEY")),
            (json!({"errors": ["x"]}), "x", None),
            (json!("plain"), "plain", None),
            (json!({"code": 17}), "Bad Request", None),
            (json!({}), "Bad Request", None),
            (json!(null), "Bad Request", None),
        ] {
            let error = refuse(Operation::Purchase, 400, &body.to_string());
            assert_eq!((error.message.as_str(), error.code.as_deref()), (message, code), "{body}");
        }
        for (body, message) in [
            ("", "Bad Request"),
            ("  \n", "Bad Request"),
            ("upstream\n\tsaid no", "upstream said no"),
            ("{\"error\": \"cut", "{\"error\": \"cut"),
            (
                "<!DOCTYPE html><HTML><head><Title lang=en> 502 <b>Bad</b>\n Gateway &amp; co</title>",
                "502 Bad Gateway & co",
            ),
            ("<html><body><h1>Oops</h1>", "Oops"),
            ("<html", "a page without a title"),
            ("<title>é</title", "é"),
        ] {
            assert_eq!(refuse(Operation::Purchase, 400, body).message, message, "{body}");
        }
        assert_eq!(refuse(Operation::Get, 599, "").message, "HTTP 599");
        let failed = refuse(Operation::Remove, 200, r#"{"success": false}"#);
        assert_eq!(failed.message, "the server says that it failed, but not why");
    }

    #[test]
    fn hostile_text_is_harmless_and_short() {
        let error = refuse(
            Operation::Get,
            400,
            &json!({"error": format!("\u{1b}]0;x\u{7}{}", "y".repeat(900)), "code": "A\u{1b}"}).to_string(),
        );
        assert!(crate::phone::is_clean(&error.message) && error.message.chars().count() <= MESSAGE + 1);
        assert_eq!(error.code.as_deref(), Some("A\u{fffd}"));
    }

    #[test]
    fn the_key_is_never_repeated() {
        for body in [
            json!({"error": "bad key kros_live_abcdef", "code": "kros_live_abcdef"}).to_string(),
            "no: kros_live_abcdef".to_owned(),
            "<title>kros_live_abcdef</title>".to_owned(),
            format!("{}kros_live_abcdef", "x".repeat(MESSAGE - 5)),
        ] {
            let error = refuse(Operation::Get, 401, &body);
            assert!(!format!("{error:?}").contains("kros_live"), "{error:?}");
            assert!(!describe(body.as_bytes(), "kros_live_abcdef", &key()).contains("kros_live"));
        }
    }

    #[test]
    fn a_redirect_names_scheme_host_and_path_and_is_no_refusal() {
        let answer = |location: Option<&str>| Answer {
            status: 302,
            location: location.map(str::to_owned),
            ..Answer::default()
        };
        for (location, place) in [
            (Some("https://login.example/cb?token=hunter2"), "to https://login.example/cb"),
            (Some("http://u:hunter2@login.example:81/a/b#hunter2"), "to http://login.example:81/a/b"),
            (Some("/login?token=hunter2"), "to /login"),
            (Some("//h/x"), "to //h/x"),
            (Some(" "), ", and does not say where to"),
            (None, ", and does not say where to"),
        ] {
            let error = refusal(Operation::Purchase, &answer(location), &key(), Timestamp::UNIX_EPOCH);
            assert_eq!(error.kind, ErrorKind::Redirect);
            assert!(error.message.ends_with(place) && !error.message.contains("hunter2"), "{error}");
            assert_eq!(error.certainty(), Certainty::Lost, "it may follow a commit");
        }
    }

    #[test]
    fn what_stands_in_the_way_is_told_from_the_api() {
        let page = "<html><title>Blocked by policy</title>";
        for (status, body, kind) in [
            (401, page, ErrorKind::Intercepted),
            (403, page, ErrorKind::Intercepted),
            (407, "", ErrorKind::Intercepted),
            (407, "{\"error\":\"x\"}", ErrorKind::Intercepted),
            (401, "", ErrorKind::Unauthorized),
            (403, "{\"error\":\"x\"}", ErrorKind::Forbidden),
            (403, "error code: 1020", ErrorKind::Intercepted),
            (403, r#"{"title":"Access denied","status":403}"#, ErrorKind::Intercepted),
            (403, r#"{"title":"Access denied","detail":"Ray 1"}"#, ErrorKind::Intercepted),
            (401, "[]", ErrorKind::Intercepted),
            (402, page, ErrorKind::Intercepted),
            (402, "", ErrorKind::Balance),
            (403, "{}", ErrorKind::Forbidden),
            (403, r#"{"detail":"no"}"#, ErrorKind::Forbidden),
        ] {
            let error = refuse(Operation::Purchase, status, body);
            assert_eq!(error.kind, kind, "{status} {body}");
            assert_eq!(error.certainty(), Certainty::Refused);
            assert_eq!(error.message.contains("not the API"), kind == ErrorKind::Intercepted, "{error}");
        }
        for (challenge, body, kind) in [
            ("Basic realm=\"corp\"", "", ErrorKind::Intercepted),
            ("Negotiate, NTLM", "", ErrorKind::Intercepted),
            ("Bearer", "", ErrorKind::Unauthorized),
            ("Basic realm=\"api\"", r#"{"error":"bad key"}"#, ErrorKind::Unauthorized),
        ] {
            let challenge = Some(challenge.to_owned());
            let answer = Answer { status: 401, challenge, body: body.into(), ..Answer::default() };
            let error = refusal(Operation::List, &answer, &key(), Timestamp::UNIX_EPOCH);
            assert_eq!(error.kind, kind, "{answer:?}");
        }
        let portal = refuse(Operation::Purchase, 511, page);
        assert_eq!(portal.kind, ErrorKind::Intercepted);
        assert!(!portal.is_transient() && portal.certainty() == Certainty::Lost, "a 5xx refuses no write");
        let answer = Answer { status: 403, html: true, body: b"Access denied".to_vec(), ..Answer::default() };
        let error = refusal(Operation::List, &answer, &key(), Timestamp::UNIX_EPOCH);
        assert_eq!(error.kind, ErrorKind::Intercepted);
    }

    #[test]
    fn a_date_to_wait_for_is_one_of_the_servers_clock() {
        let answer = |retry_after: Option<&str>, reset: Option<&str>| Answer {
            status: 429,
            date: Some("Tue, 03 Mar 2026 10:00:00 GMT".to_owned()),
            retry_after: retry_after.map(str::to_owned),
            reset: reset.map(str::to_owned),
            ..Answer::default()
        };
        for (retry_after, reset) in [
            (Some("Tue, 03 Mar 2026 10:00:02 GMT"), None),
            (None, Some("1772532002")),
            (None, Some("1772532002000")),
            (None, Some("2")),
            (None, Some("2s")),
            (None, Some("2, 2;w=60")),
        ] {
            for ours in ["2026-03-03T09:00:00Z", "2026-03-03T10:00:01Z", "2030-01-01T00:00:00Z"] {
                let error =
                    refusal(Operation::List, &answer(retry_after, reset), &key(), ours.parse().unwrap());
                assert_eq!(
                    error.retry_after,
                    Some(Duration::from_secs(2)),
                    "{retry_after:?} {reset:?} {ours}"
                );
            }
        }
    }

    #[test]
    fn how_long_to_wait_is_found_in_header_and_body() {
        let mut answer = Answer {
            status: 429,
            body: br#"{"error":"slow","retry_after":1.5}"#.to_vec(),
            ..Answer::default()
        };
        let wait =
            |answer: &Answer| refusal(Operation::List, answer, &key(), Timestamp::UNIX_EPOCH).retry_after;
        assert_eq!(wait(&answer), Some(Duration::from_millis(1500)));
        answer.retry_after = Some("0.5".to_owned());
        assert_eq!(wait(&answer), Some(Duration::from_millis(500)));
        for (header, said) in [("60", "slow; wait 60 s"), ("1.2", "slow; wait 2 s")] {
            answer.retry_after = Some(header.to_owned());
            let error = refusal(Operation::List, &answer, &key(), Timestamp::UNIX_EPOCH);
            assert_eq!(error.message, said);
        }
        let reset = Answer { status: 500, reset: Some("5".to_owned()), ..Answer::default() };
        assert_eq!(wait(&reset), None, "each answer has a reset; only a 429 means it");
    }

    #[test]
    fn a_success_that_is_none_is_described_without_its_content() {
        let secret = r#"{"sip_password":"hunter2""#;
        let text = describe(secret.as_bytes(), "broken JSON at line 1, column 24", &key());
        assert!(!text.contains("hunter2") && text.contains("column 24"));
        assert_eq!(describe(b" ", "x", &key()), "the answer has no content");
        assert_eq!(describe(b"<title>Sign in</title>", "x", &key()), "the answer is a web page: Sign in");
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(status in 0u16..1000, body in ".{0,80}", html in "<[ -~é]{0,40}") {
            for body in [body, html] {
                let _ = refuse(Operation::Get, status, &body);
            }
        }
    }
}
