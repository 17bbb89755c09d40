//! One line that tells what happened, for a while.

use jiff::{SignedDuration, Timestamp};

use super::wrap::wrap;

/// How a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As hoped.
    Good,
    /// For information.
    Plain,
    /// Something is wrong.
    Bad,
}

/// Most lines of a notice.
const LINES: usize = 3;

/// A message above the footer. It never takes a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What happened, and what next.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
    /// When it goes away.
    pub until: Timestamp,
}

impl Notice {
    /// A notice that stays for a time that fits reading it: bad news stay longer.
    pub fn new(tone: Tone, text: impl Into<String>, now: Timestamp) -> Self {
        let seconds = match tone {
            Tone::Good | Tone::Plain => 6,
            Tone::Bad => 20,
        };
        let until = now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        Self { text: text.into(), tone, until }
    }

    /// The text broken to `width` columns: three lines at most, for it lies over the list.
    pub fn lines(&self, width: usize) -> Vec<String> {
        let mut lines = wrap(&self.text, width);
        if lines.len() > LINES {
            let rest = lines.split_off(LINES - 1).join(" ");
            lines.push(rest);
        }
        lines
    }
}
