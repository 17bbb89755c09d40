//! What can go wrong, and what it means for money and calls.

use std::fmt;
use std::time::Duration;

/// A failed API call, as plain data: it is shown, compared in tests and turned into exit codes.
/// All text in it is safe to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What sort of failure.
    pub kind: ErrorKind,
    /// HTTP status, when an answer arrived.
    pub status: Option<u16>,
    /// The server's stable code, as sent.
    pub code: Option<String>,
    /// What happened, in the server's words where it had any.
    pub message: String,
    /// The `x-request-id` that went out, to be quoted to support.
    pub request_id: Option<String>,
    /// How long the server asked to wait.
    pub retry_after: Option<Duration>,
}

/// The only code that is ours and not a server's.
const CLEARTEXT_REFUSED: &str = "CLEARTEXT_REFUSED";

/// Sorts of failure; each has its own advice and exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Nothing left this machine: connection refused, no such host, TLS failed.
    Connect,
    /// No answer in time.
    Timeout,
    /// The connection broke after the request left.
    Broken,
    /// 401.
    Unauthorized,
    /// 403 without a KYC code.
    Forbidden,
    /// 401, 402, 403, 407 or 511 of something on the way that is not the API: a proxy, a firewall, a login page.
    Intercepted,
    /// 404 of a record.
    NotFound,
    /// 402 or `INSUFFICIENT_BALANCE`.
    Balance,
    /// `NUMBER_NOT_AVAILABLE`: somebody else was quicker.
    Gone,
    /// `KYC_*`.
    Kyc(Kyc),
    /// 429.
    RateLimited,
    /// Any other 4xx but 408.
    Rejected,
    /// 3xx: an API that redirects is misconfigured. It is never followed, and what it did before it
    /// redirected nobody knows.
    Redirect,
    /// 408 and 5xx but 511.
    Server,
    /// An answer that is not what the contract or its known variants say.
    Undecodable,
    /// A list that ended without being whole.
    Incomplete,
    /// Could not even be tried: an unusable URL, key or certificate file.
    Setup,
    /// A pin of ours keeps it back, or what is pinned is not known.
    Pinned,
}

/// Where identity verification (KYC) stands, as far as an error code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kyc {
    /// `KYC_NOT_SUBMITTED`, `KYC_REQUIRED`.
    NotSubmitted,
    /// `KYC_INITIATED`.
    Initiated,
    /// `KYC_PENDING`.
    Pending,
    /// `KYC_DECLINED`.
    Declined,
    /// Another `KYC_*` code.
    Other,
}

impl Kyc {
    /// What a code of the API says of it; `None` for a code that is of something else.
    pub fn of_code(code: &str) -> Option<Self> {
        Some(match code {
            "KYC_NOT_SUBMITTED" | "KYC_REQUIRED" => Self::NotSubmitted,
            "KYC_INITIATED" => Self::Initiated,
            "KYC_PENDING" => Self::Pending,
            "KYC_DECLINED" => Self::Declined,
            code if code.starts_with("KYC_") => Self::Other,
            _ => return None,
        })
    }
}

/// Whether a request took effect (product rule 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// The server said no. Nothing happened.
    Refused,
    /// The request never left. Nothing happened.
    NotSent,
    /// It may have happened: look, do not repeat.
    Lost,
}

impl Error {
    /// An error without an HTTP answer.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, status: None, code: None, message: message.into(), request_id: None, retry_after: None }
    }

    /// Cleartext to another machine: the key would be readable on the way.
    pub(super) fn cleartext_refused() -> Self {
        let message = "http:// is for this machine only: the key would travel in the clear; use https://";
        Self { code: Some(CLEARTEXT_REFUSED.to_owned()), ..Self::new(ErrorKind::Setup, message) }
    }

    /// Whether a base URL was refused because it is `http://` to another machine.
    pub fn is_cleartext_refused(&self) -> bool {
        self.kind == ErrorKind::Setup && self.code.as_deref() == Some(CLEARTEXT_REFUSED)
    }

    /// Whether the request took effect.
    pub fn certainty(&self) -> Certainty {
        match self.kind {
            ErrorKind::Connect | ErrorKind::Setup | ErrorKind::Pinned => Certainty::NotSent,
            ErrorKind::Timeout
            | ErrorKind::Broken
            | ErrorKind::Server
            | ErrorKind::Redirect
            | ErrorKind::Undecodable
            | ErrorKind::Incomplete => Certainty::Lost,
            // By its status alone a 5xx refuses nothing, whoever sends it.
            ErrorKind::Intercepted if self.status.is_some_and(|status| status >= 500) => Certainty::Lost,
            ErrorKind::Unauthorized
            | ErrorKind::Forbidden
            | ErrorKind::Intercepted
            | ErrorKind::NotFound
            | ErrorKind::Balance
            | ErrorKind::Gone
            | ErrorKind::Kyc(_)
            | ErrorKind::RateLimited
            | ErrorKind::Rejected => Certainty::Refused,
        }
    }

    /// Whether the same read may succeed a moment later. Says nothing about writes: those are
    /// never sent again.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Connect
                | ErrorKind::Timeout
                | ErrorKind::Broken
                | ErrorKind::Server
                | ErrorKind::RateLimited
        )
    }

    /// Whether a list could not be read, though there may be one: another time it may be, or it began
    /// and was cut. Any other refusal is that of a server that has none to give.
    pub fn leaves_unread(&self) -> bool {
        self.is_transient() || self.kind == ErrorKind::Incomplete
    }

    /// What to do next, in plain words.
    pub fn advice(&self) -> &'static str {
        match self.kind {
            ErrorKind::Connect => "Check the network and the base URL; nothing was sent.",
            ErrorKind::Timeout => "The server is slow or unreachable; try again, or raise --timeout.",
            ErrorKind::Broken => "The connection broke; try again.",
            ErrorKind::Unauthorized => {
                "The API key is missing, wrong, expired or not allowed from this address; check the key."
            }
            ErrorKind::Forbidden => {
                "This key's role or scope does not allow it; ask an owner or admin of the organization."
            }
            ErrorKind::Intercepted => {
                "The API did not judge the key: ask who runs this network, its proxy or its firewall."
            }
            ErrorKind::NotFound => "There is no such number (any more); read the list again.",
            ErrorKind::Balance => "Top up the account in the Cockpit, then buy again; nothing was charged.",
            ErrorKind::Gone => "Somebody else bought it first; choose another number. Nothing was charged.",
            ErrorKind::Kyc(Kyc::NotSubmitted) => {
                "Identity verification was not submitted; do it in the Cockpit, then buy. Nothing was charged."
            }
            ErrorKind::Kyc(Kyc::Initiated) => {
                "Identity verification was begun but not finished; finish it in the Cockpit. Nothing was charged."
            }
            ErrorKind::Kyc(Kyc::Pending) => {
                "Identity verification is being reviewed; wait for its result, then buy. Nothing was charged."
            }
            ErrorKind::Kyc(Kyc::Declined) => {
                "Identity verification was declined; contact KrosAI support before trying again. Nothing was charged."
            }
            ErrorKind::Kyc(Kyc::Other) => {
                "Identity verification stands in the way; see its state in the Cockpit. Nothing was charged."
            }
            ErrorKind::RateLimited => "Too many requests for this plan; wait, then try again.",
            ErrorKind::Rejected => "The server did not accept the request; nothing was changed.",
            ErrorKind::Redirect => {
                "An API does not redirect: the base URL is wrong, or a login page stands before it. It was not followed."
            }
            ErrorKind::Server => "The server failed; try again in a while.",
            ErrorKind::Undecodable => {
                "The answer is not of this API: check the base URL, or a proxy in between."
            }
            ErrorKind::Incomplete => {
                "The list is not whole: do not conclude from it that a number is missing."
            }
            ErrorKind::Setup => "Correct the setting and start again; nothing was sent.",
            ErrorKind::Pinned => "Take the pin away first, or leave the number out; nothing was sent.",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Servers end their sentences; here something always follows.
        let message = self.message.trim_end_matches(['.', ' ']);
        f.write_str(if message.is_empty() { &self.message } else { message })?;
        match (self.status, &self.code) {
            (Some(status), Some(code)) => write!(f, " ({status} {code})"),
            (Some(status), None) => write!(f, " ({status})"),
            (None, Some(code)) => write!(f, " ({code})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_of_the_server_goes_on() {
        for (message, shown) in [
            ("Owners only.", "Owners only (403 FORBIDDEN)"),
            ("Owners only. ", "Owners only (403 FORBIDDEN)"),
            ("e.g. this", "e.g. this (403 FORBIDDEN)"),
            ("...", "... (403 FORBIDDEN)"),
        ] {
            let error = Error {
                status: Some(403),
                code: Some("FORBIDDEN".to_owned()),
                ..Error::new(ErrorKind::Forbidden, message)
            };
            assert_eq!(error.to_string(), shown);
        }
        assert_eq!(Error::new(ErrorKind::Timeout, "too late.").to_string(), "too late");
    }
}
