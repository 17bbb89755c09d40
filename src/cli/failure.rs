//! How a command ends: documented exit codes, and errors for people and programs.

use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};

use super::args::Output;
use super::output::{safe, say};
use crate::api::{Error, ErrorKind};
use crate::write::{Attached, Intent, LEDGER_DAMAGED, Obstacle, Outcome, OutcomeKind};

/// Exit codes, as documented in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs, reason = "described by the table in the README")]
pub enum Exit {
    Done = 0,
    Other = 1,
    Usage = 2,
    Key = 3,
    NoSuchNumber = 4,
    RefusedHere = 5,
    Policy = 6,
    Balance = 7,
    Gone = 8,
    RateLimited = 9,
    Network = 10,
    Unknown = 11,
    PartFailed = 12,
    ToDo = 13,
    Late = 14,
    Problem = 20,
    Unchecked = 21,
    Interrupted = 130,
}

impl Exit {
    /// Every code, and what it means.
    pub const TABLE: &[(Self, &str)] = &[
        (Self::Done, "done; of many: all done, or so already"),
        (Self::Other, "anything else"),
        (Self::Usage, "usage, and http:// outside loopback"),
        (Self::Key, "key missing, wrong or not allowed; a 403 without a code"),
        (Self::NoSuchNumber, "no such number"),
        (
            Self::RefusedHere,
            "refused here: confirmation, read-only, live key without a named organization, a ledger that can not be read",
        ),
        (
            Self::Policy,
            "identity verification (KYC) or policy; over --max-total, --max-each or --max-changes; unknown price",
        ),
        (Self::Balance, "balance too low"),
        (Self::Gone, "number no longer available"),
        (Self::RateLimited, "rate limited, or a wait longer than 10 s"),
        (Self::Network, "network, timeout or 5xx on a read; a write that was looked up and did not happen"),
        (
            Self::Unknown,
            "outcome unknown: a write was sent, its answer does not tell, and looking did not settle it",
        ),
        (Self::PartFailed, "a part of many was not done"),
        (Self::ToDo, "plan --check: something would have to change"),
        (Self::Late, "buy --wait: bought, and not active in time; watch --until: not so within --timeout"),
        (Self::Problem, "check: a problem was found"),
        (Self::Unchecked, "check: it could not be made, because of the API or the network of this machine"),
        (Self::Interrupted, "interrupted"),
    ];
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error.kind {
            ErrorKind::Unauthorized | ErrorKind::Forbidden => Self::Key,
            ErrorKind::NotFound => Self::NoSuchNumber,
            ErrorKind::Kyc(_) => Self::Policy,
            ErrorKind::Balance => Self::Balance,
            ErrorKind::Gone => Self::Gone,
            ErrorKind::RateLimited => Self::RateLimited,
            ErrorKind::Connect
            | ErrorKind::Timeout
            | ErrorKind::Broken
            | ErrorKind::Intercepted
            | ErrorKind::Server => Self::Network,
            ErrorKind::Setup => Self::Usage,
            ErrorKind::Pinned => Self::RefusedHere,
            ErrorKind::Rejected | ErrorKind::Redirect | ErrorKind::Undecodable | ErrorKind::Incomplete => {
                Self::Other
            }
        }
    }
}

/// What to do about lines of the ledger that can not be read.
pub(super) const READ_THE_DAMAGE: &str =
    "numdeck purchases resolve shows them; once you have read them, --forget-damaged goes on without them.";

/// A command that did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// A stable code for programs.
    pub code: String,
    /// What happened, and what it means for money or calls.
    pub message: String,
    /// What to do next; may be empty.
    pub hint: String,
    /// HTTP status, when an answer arrived.
    pub status: Option<u16>,
    /// Whether the same command may succeed later.
    pub retryable: bool,
    /// How long the server wants to be left alone.
    pub retry_after: Option<Duration>,
    /// The `x-request-id` that went out.
    pub request_id: Option<String>,
}

impl Failure {
    /// Of many, not all was done.
    pub(super) fn part_failed() -> Self {
        Self::new(Exit::PartFailed, "PARTLY_DONE", "Not everything was done; each line says why", "")
    }

    /// Somebody did not want the rest.
    pub(super) fn interrupted() -> Self {
        Self::new(
            Exit::Interrupted,
            "INTERRUPTED",
            "interrupted",
            "The same command goes on where it stopped; --max-total then counts anew.",
        )
    }

    /// A failure of our own making, without a request.
    pub fn new(exit: Exit, code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            exit,
            code: code.to_owned(),
            message: message.into(),
            hint: hint.into(),
            status: None,
            retryable: false,
            retry_after: None,
            request_id: None,
        }
    }

    /// A usage error that clap cannot know.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "USAGE", message, "")
    }

    /// Nobody reads the output any more, as after `| head`: the command ends quietly.
    pub(super) fn closed_pipe() -> Self {
        Self::new(Exit::Done, "CLOSED_PIPE", "", "")
    }

    /// What became of a write, when it was not done.
    pub fn of_outcome(outcome: &Outcome, intent: &Intent) -> Self {
        let words = outcome.words(intent);
        let mut failure = match outcome {
            Outcome::Refused(error) => Self::from(error.clone()),
            Outcome::NotSent(error) => {
                let exit = match error.kind {
                    ErrorKind::Setup => Exit::Other,
                    ErrorKind::Pinned => Exit::RefusedHere,
                    // The price could not be read again: that is told as any read is.
                    _ if error.status.is_some() || error.kind == ErrorKind::Gone => Exit::from(error),
                    _ => Exit::Network,
                };
                Self { exit, ..Self::from(error.clone()) }
            }
            Outcome::NotDone(error) => Self {
                exit: Exit::Network,
                code: "NOT_DONE".to_owned(),
                retryable: true,
                ..Self::from(error.clone())
            },
            Outcome::Unknown { error, .. } => Self {
                exit: Exit::Unknown,
                code: "OUTCOME_UNKNOWN".to_owned(),
                retryable: false,
                ..Self::from(error.clone())
            },
            Outcome::PriceMoved { .. } => Self::new(Exit::Policy, "PRICE_MOVED", "", ""),
            Outcome::Busy => Self::new(Exit::RefusedHere, "BUSY", "", ""),
            Outcome::Settled { kind, .. } => Self::settled(*kind),
            Outcome::Already { .. } => Self::new(Exit::Done, "OWNED", "", ""),
            Outcome::Changed { .. } => Self::new(Exit::RefusedHere, "CHANGED", "", ""),
            Outcome::Ignored { .. } => Self::new(Exit::Other, "IGNORED_FIELD", "", ""),
            Outcome::Bought { .. } if outcome.is_unknown() => {
                Self::new(Exit::Unknown, "OUTCOME_UNKNOWN", "", "")
            }
            Outcome::Bought { endpoint: Attached::Missing(_), .. } => {
                Self::new(Exit::Other, "ENDPOINT_NOT_ATTACHED", "", "")
            }
            Outcome::Bought { .. } | Outcome::Updated { .. } | Outcome::Removed { .. } => {
                Self::new(Exit::Done, "DONE", "", "")
            }
        };
        failure.message = safe(&words.said);
        failure.hint = safe(&words.next);
        if failure.code == LEDGER_DAMAGED {
            failure = Self { exit: Exit::RefusedHere, hint: READ_THE_DAMAGE.to_owned(), ..failure };
        }
        if failure.exit == Exit::Unknown {
            failure.hint.push_str(" numdeck purchases resolve looks again.");
        }
        failure
    }

    /// What somebody else found out of it.
    fn settled(kind: OutcomeKind) -> Self {
        let (exit, code) = match kind {
            OutcomeKind::Done => (Exit::Done, "DONE"),
            OutcomeKind::Refused => (Exit::Other, "REFUSED"),
            OutcomeKind::NotDone => (Exit::Network, "NOT_DONE"),
            OutcomeKind::Ignored => (Exit::Other, "IGNORED_FIELD"),
            OutcomeKind::Unknown => (Exit::Unknown, "OUTCOME_UNKNOWN"),
        };
        Self::new(exit, code, "", "")
    }

    /// Whether the server refused what it was given, and not whoever asked.
    pub(super) fn is_about_input(&self) -> bool {
        self.exit == Exit::Other && matches!(self.status, Some(400 | 422))
    }

    /// The failure as an object for programs.
    pub(super) fn document(&self) -> Value {
        json!({
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "status": self.status,
            "retryable": self.retryable,
            "request_id": self.request_id,
        })
    }

    /// Writes the failure to stderr: an object under `-o json` or `ndjson`, else for people.
    pub fn report(&self, output: Option<Output>) {
        if self.exit == Exit::Done {
            return;
        }
        if matches!(output, Some(Output::Json | Output::Ndjson)) {
            say(&crate::rows::json_line(&json!({ "error": self.document() })));
        } else {
            say(&self.to_string());
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "numdeck: {}", self.message)?;
        if !self.hint.is_empty() {
            write!(f, "\n{}", self.hint)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, "\nrequest id {id}")?;
        }
        Ok(())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = error.code.clone().unwrap_or_else(|| match error.kind {
            ErrorKind::Connect => "CONNECT".to_owned(),
            ErrorKind::Timeout => "TIMEOUT".to_owned(),
            ErrorKind::Broken => "CONNECTION_BROKE".to_owned(),
            ErrorKind::Unauthorized => "UNAUTHORIZED".to_owned(),
            ErrorKind::Forbidden => "FORBIDDEN".to_owned(),
            ErrorKind::Intercepted => "INTERCEPTED".to_owned(),
            ErrorKind::NotFound => "NOT_FOUND".to_owned(),
            ErrorKind::Balance => "INSUFFICIENT_BALANCE".to_owned(),
            ErrorKind::Gone => "NUMBER_NOT_AVAILABLE".to_owned(),
            ErrorKind::Kyc(_) => "KYC".to_owned(),
            ErrorKind::RateLimited => "RATE_LIMITED".to_owned(),
            ErrorKind::Rejected => "REJECTED".to_owned(),
            ErrorKind::Redirect => "REDIRECT".to_owned(),
            ErrorKind::Server => "SERVER_ERROR".to_owned(),
            ErrorKind::Undecodable => "NOT_THIS_API".to_owned(),
            ErrorKind::Incomplete => "LIST_INCOMPLETE".to_owned(),
            ErrorKind::Setup => "SETUP".to_owned(),
            ErrorKind::Pinned => "PINNED".to_owned(),
        });
        Self {
            exit: Exit::from(&error),
            code,
            message: error.to_string(),
            hint: error.advice().to_owned(),
            status: error.status,
            retryable: error.is_transient(),
            retry_after: error.retry_after,
            request_id: error.request_id,
        }
    }
}

impl From<Obstacle> for Failure {
    fn from(obstacle: Obstacle) -> Self {
        let code = match obstacle {
            Obstacle::ReadOnly => "READ_ONLY",
            Obstacle::Unnamed => "ORGANIZATION_NOT_NAMED",
            Obstacle::Foreign(_) => "FOREIGN_ORGANIZATION",
        };
        Self::new(Exit::RefusedHere, code, format!("nothing was sent: {obstacle}"), "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Removal;
    use crate::phone::{Number, NumberId, NumberText};

    #[test]
    fn a_pin_that_was_set_after_the_question_is_refused_here_as_any_other() {
        let number = Number::new(NumberId::new("a"), NumberText::parse("+2348031234567"));
        let intent = Intent::Remove { before: Box::new(number), how: Removal::Release };
        let outcome = Outcome::NotSent(Error::new(ErrorKind::Pinned, "it is pinned"));
        let failure = Failure::of_outcome(&outcome, &intent);
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::RefusedHere, "PINNED"));
    }
}
