//! A call as the server recorded it. Who was at the other end is masked from the moment it is read.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::EndpointId;

/// Digits of somebody's number that are kept.
const SHOWN: usize = 2;

/// Which way a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallDirection {
    /// To the number.
    Inbound,
    /// From it.
    Outbound,
}

impl CallDirection {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// The last two digits of somebody's number; more of it is never held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedNumber(Option<Box<str>>);

impl MaskedNumber {
    /// Masks what a server tells. What has too few digits to be a number is withheld whole.
    pub fn of(told: &str) -> Self {
        // Of an address it is the user part that is a number.
        let user = told.split('@').next().unwrap_or_default();
        let digits: Vec<char> = user.chars().filter(char::is_ascii_digit).collect();
        let is_number = digits.len() > 2 * SHOWN;
        Self(is_number.then(|| digits[digits.len() - SHOWN..].iter().collect()))
    }
}

impl fmt::Display for MaskedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(digits) => write!(f, "***{digits}"),
            None => f.write_str("withheld"),
        }
    }
}

/// How a call ended, or how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CallStatus {
    /// Being set up, or ringing.
    Ringing,
    /// Somebody is talking.
    InProgress,
    /// It was answered, and is over.
    Completed,
    /// It was not answered because something failed.
    Failed,
    /// The other end was busy.
    Busy,
    /// It rang, and nobody took it.
    NoAnswer,
    /// It was refused.
    Rejected,
    /// Whoever called gave up.
    Cancelled,
    /// Another word of the server.
    Other(Box<str>),
}

impl CallStatus {
    /// By the word of the server, however it is written.
    pub fn parse(word: &str) -> Self {
        match plain(word).as_str() {
            "initiated" | "queued" | "ringing" => Self::Ringing,
            "inprogress" | "answered" => Self::InProgress,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            "busy" => Self::Busy,
            "noanswer" => Self::NoAnswer,
            "rejected" | "declined" => Self::Rejected,
            "canceled" | "cancelled" => Self::Cancelled,
            _ => Self::Other(word.into()),
        }
    }

    /// In words.
    pub fn words(&self) -> &str {
        match self {
            Self::Ringing => "ringing",
            Self::InProgress => "in progress",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Busy => "busy",
            Self::NoAnswer => "no answer",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Other(word) => word,
        }
    }
}

/// Who or what ended a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HangupCause {
    /// As calls end.
    Normal,
    /// Whoever called.
    User,
    /// What answered.
    Agent,
    /// It rang, and nobody took it.
    NoAnswer,
    /// The other end was busy.
    Busy,
    /// The other end, or the settings of the number, refused it.
    Rejected,
    /// The network between the server and the endpoint.
    NetworkError,
    /// The endpoint said nothing in time.
    Timeout,
    /// Another word of the server.
    Other(Box<str>),
}

impl HangupCause {
    /// By the word of the server, however it is written.
    pub fn parse(word: &str) -> Self {
        match plain(word).as_str() {
            "normalclearing" => Self::Normal,
            "userhangup" => Self::User,
            "agenthangup" => Self::Agent,
            "noanswer" => Self::NoAnswer,
            "busy" | "userbusy" => Self::Busy,
            "rejected" | "callrejected" => Self::Rejected,
            "networkerror" => Self::NetworkError,
            "timeout" => Self::Timeout,
            _ => Self::Other(word.into()),
        }
    }

    /// In words, after how the call ended.
    pub fn words(&self) -> &str {
        match self {
            Self::Normal => "hung up",
            Self::User => "the caller hung up",
            Self::Agent => "the endpoint hung up",
            Self::NoAnswer => "no answer",
            Self::Busy => "busy",
            Self::Rejected => "rejected",
            Self::NetworkError => "network error",
            Self::Timeout => "timeout",
            Self::Other(word) => word,
        }
    }
}

/// A word without case, blanks, hyphens and underscores.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()
}

/// A text of a server without the numbers of people: of each run of seven digits or more, however they are
/// grouped, the last two are left.
pub fn without_callers(text: &str) -> String {
    mask(text, |_| true)
}

/// An id without the number of a caller in it. Digits of another sort stay: support finds a call by them.
pub fn id_without_caller(id: &str) -> String {
    mask(id, |before| before.ends_with('+') || before.ends_with("sip:") || before.ends_with("tel:"))
}

fn mask(text: &str, is_number: impl Fn(&str) -> bool) -> String {
    const FEWEST: usize = 7;
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, run) = rest.split_at(start);
        let is_part = |c: char| c.is_ascii_digit() || " -.()".contains(c);
        let end = run.find(|c: char| !is_part(c)).unwrap_or(run.len());
        let end = run[..end].trim_end_matches(|c: char| !c.is_ascii_digit()).len();
        out.push_str(before);
        let digits = run[..end].chars().filter(char::is_ascii_digit).count();
        if digits >= FEWEST && is_number(&text[..text.len() - run.len()]) {
            out.truncate(out.trim_end_matches('+').len());
            out.push_str(&MaskedNumber::of(&run[..end]).to_string());
        } else {
            out.push_str(&run[..end]);
        }
        rest = &run[end..];
    }
    out + rest
}

/// One call to or from a number. Neither what was said nor who called is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The server's id, for its support.
    pub id: Option<Box<str>>,
    /// When it began.
    pub at: Timestamp,
    /// Which way it went.
    pub direction: CallDirection,
    /// The other end.
    pub other: MaskedNumber,
    /// How it ended.
    pub status: CallStatus,
    /// Why it ended, where the server says it.
    pub cause: Option<HangupCause>,
    /// Whether somebody answered, where the server says it.
    pub answered: Option<bool>,
    /// How long it was, where the server says it.
    pub lasted: Option<SignedDuration>,
    /// Where it was routed to, where the server says it.
    pub endpoint: Option<EndpointId>,
}

impl Call {
    /// `busy`, `completed after 34 s, the caller hung up`.
    pub fn ending(&self) -> String {
        let status = self.status.words();
        let lasted = self.lasted.filter(|lasted| lasted.as_secs() > 0);
        let lasted = lasted.map_or(String::new(), |lasted| format!(" after {} s", lasted.as_secs()));
        let cause = self.cause.as_ref().map(HangupCause::words).filter(|cause| *cause != status);
        let cause = cause.map_or(String::new(), |cause| format!(", {cause}"));
        format!("{status}{lasted}{cause}")
    }
}

/// The calls of a number that a server listed, the newest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallList {
    /// Those that were read.
    pub calls: Vec<Call>,
    /// There are others, which were not read.
    pub more: bool,
    /// The newest may be among those.
    pub unsure: bool,
    /// Rows that are no call with a time.
    pub odd: usize,
    /// What the server's clock showed then, where it says it: the times of calls are by that clock.
    pub as_of: Option<Timestamp>,
}

/// What a server says of the calls of a number.
#[derive(Debug, Clone, PartialEq)]
pub enum CallsAnswer {
    /// Those that it recorded.
    Listed(CallList),
    /// It does not list calls, or not to this key.
    Unlisted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_other_end_two_digits_are_kept_and_no_more() {
        for (told, shown) in [
            ("+2348031234567", "***67"),
            ("sip:+2348031234567@198.51.100.77", "***67"),
            ("0803 123 45 67", "***67"),
            ("1234", "withheld"),
            ("anonymous", "withheld"),
            ("sip:anonymous@anonymous.invalid", "withheld"),
            ("", "withheld"),
        ] {
            let masked = MaskedNumber::of(told);
            assert_eq!(masked.to_string(), shown, "{told}");
            assert!(!format!("{masked:?}").contains("4567"), "{masked:?}");
        }
    }

    #[test]
    fn words_are_known_however_they_are_written_and_unknown_ones_stay() {
        for word in ["no_answer", "no-answer", "NoAnswer", "NO ANSWER"] {
            assert_eq!(CallStatus::parse(word), CallStatus::NoAnswer);
            assert_eq!(HangupCause::parse(word), HangupCause::NoAnswer);
        }
        assert_eq!(CallStatus::parse("parked").words(), "parked");
        assert_eq!(HangupCause::parse("lunch_break").words(), "lunch_break");
    }

    #[test]
    fn a_number_in_the_words_of_a_server_is_masked_and_other_digits_stay() {
        for (said, shown) in [
            ("rejected by +4915112345678", "rejected by ***78"),
            ("forwarded to sip:4915112345678@192.0.2.1", "forwarded to sip:***78@192.0.2.1"),
            ("call from 0151 123-45 678 failed", "call from ***78 failed"),
            ("486 busy here", "486 busy here"),
            ("", ""),
            ("é 12", "é 12"),
        ] {
            assert_eq!(without_callers(said), shown);
        }
        for id in ["6db1f2f2-669e-4db8-be94-dac0ff4c21ad", "CA1234567890", "12345678901"] {
            assert_eq!(id_without_caller(id), id);
        }
        assert_eq!(id_without_caller("call_+4915112345678_x"), "call_***78_x");
        assert_eq!(id_without_caller("sip:+4915112345678@h"), "sip:***78@h");
    }
}
