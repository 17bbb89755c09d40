//! Whether the server answers, under which path, and what its clock says.

use jiff::{SignedDuration, Timestamp};

use crate::api::{Auth, Client, Error, ErrorKind, Request, Settings};
use crate::cli::Failure;
use crate::cli::account::finding::Findings;
use crate::cli::account::proof;

/// A clock that is further off is told as a problem: limits, sessions and certificates go by it.
const CLOSE: i64 = 30;

/// Asks for one row, and once without the key under the other documented path. Returns how many requests
/// were made and what failed.
pub(super) async fn look(
    findings: &mut Findings,
    settings: Settings,
    keyless: Settings,
) -> (u64, Option<Failure>) {
    let with_key = settings.auth != Auth::Omitted;
    let url = settings.base_url.to_string();
    let client = match Client::new(settings) {
        Ok(client) => client,
        Err(error) => {
            findings.problem("server", "answers", url, error.to_string());
            return (0, Some(error.into()));
        }
    };
    let asked = proof::first(&client).await;
    let last = client.activity().into_iter().next_back();
    let found = match &asked {
        Ok(_) => Found::Api,
        Err(error) => Found::of(error),
    };
    let failure = match asked {
        Ok(_) => {
            findings.add("server", "answers", url, Some("a list was read".to_owned()));
            None
        }
        Err(_) if !with_key && found == Found::Api => {
            findings.add("server", "answers", url, Some("it wants a key, as it should".to_owned()));
            None
        }
        Err(error) => {
            let failure = Failure::from(error);
            findings.problem("server", "answers", url, format!("{}. {}", failure.message, failure.hint));
            Some(failure)
        }
    };
    if let Some(request) = last.filter(|request| request.status.is_some()) {
        timing(findings, &request);
    }
    let more = if found == Found::Nobody { 0 } else { other_path(findings, keyless, found).await };
    (client.made() + more, failure)
}

/// Who answers under a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// The API, whatever it says.
    Api,
    /// Somebody who knows no such path.
    NoPath,
    /// Something else, a proxy for one.
    Other,
    /// Nobody.
    Nobody,
}

impl Found {
    fn of(error: &Error) -> Self {
        match error.kind {
            ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::RateLimited | ErrorKind::Kyc(_) => {
                Self::Api
            }
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Broken => Self::Nobody,
            ErrorKind::Rejected if error.status == Some(404) => Self::NoPath,
            _ => Self::Other,
        }
    }
}

/// How long the answer took, and what the server's clock said.
fn timing(findings: &mut Findings, request: &Request) {
    let took = u64::try_from(request.took.as_millis()).unwrap_or(u64::MAX);
    findings.add("server", "round_trip_ms", took, Some("with its connection, which is made once".to_owned()));
    let Some(clock) = request.clock else {
        findings.add("server", "clock_skew_s", serde_json::Value::Null, Some("it sends no Date".to_owned()));
        return;
    };
    let here = request.at.saturating_add(SignedDuration::try_from(request.took).unwrap_or_default());
    let skew = skew(clock, here.unwrap_or(request.at));
    let words = match skew {
        0 => "the server's clock and this one agree".to_owned(),
        1.. => format!("the server's clock is {skew} s ahead of this one"),
        _ => format!("the server's clock is {} s behind this one", skew.unsigned_abs()),
    };
    if skew.abs() > CLOSE {
        findings.problem("server", "clock_skew_s", skew, words);
    } else {
        findings.add("server", "clock_skew_s", skew, Some(words));
    }
}

/// How far the server's clock is ahead, in seconds. `Date` has no fractions, so that one second is none.
fn skew(server: Timestamp, here: Timestamp) -> i64 {
    let skew = server.as_second() - here.as_second();
    if skew.abs() <= 1 { 0 } else { skew }
}

/// Looks under the other documented path, without the key: it is for the URL that it was given for.
async fn other_path(findings: &mut Findings, keyless: Settings, configured: Found) -> u64 {
    let Some(other) = keyless.base_url.other_path() else { return 0 };
    let shown = other.to_string();
    let Ok(client) = Client::new(Settings { base_url: other, ..keyless }) else { return 0 };
    let found = match proof::first(&client).await {
        Ok(_) => Found::Api,
        Err(error) => Found::of(&error),
    };
    match (found, configured) {
        (Found::Api, Found::Api) => {
            findings.add("server", "other_path", shown, Some("answers as well".to_owned()));
        }
        (Found::Api, _) => {
            findings.problem("server", "other_path", shown, "the API is here, and not where base_url says");
        }
        _ => findings.add("server", "other_path", shown, Some("no API there".to_owned())),
    }
    client.made()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_no_skew() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let here = at("2026-03-03T10:00:10.9Z");
        for (server, seconds) in [
            ("2026-03-03T10:00:10Z", 0),
            ("2026-03-03T10:00:11Z", 0),
            ("2026-03-03T10:00:09Z", 0),
            ("2026-03-03T10:00:12Z", 2),
            ("2026-03-03T09:59:00Z", -70),
        ] {
            assert_eq!(skew(at(server), here), seconds, "{server}");
        }
    }

    #[test]
    fn who_answers_is_told_from_what_is_answered() {
        let error = |kind, status| Error { status, ..Error::new(kind, "x") };
        for (error, found) in [
            (error(ErrorKind::Unauthorized, Some(401)), Found::Api),
            (error(ErrorKind::Rejected, Some(404)), Found::NoPath),
            (error(ErrorKind::Rejected, Some(400)), Found::Other),
            (error(ErrorKind::Intercepted, Some(403)), Found::Other),
            (error(ErrorKind::Connect, None), Found::Nobody),
        ] {
            assert_eq!(Found::of(&error), found, "{error}");
        }
    }
}
