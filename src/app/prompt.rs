//! What has to be typed before something is sent, and what was typed of it.

use super::input::Input;
use super::key::{Key, KeyCode};
use crate::write::Confirmation;

/// A confirmation that is typed. It takes keys only while its question is on the screen as a whole:
/// what was typed before answers nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What was typed so far.
    pub typed: Input,
    /// What has to be typed.
    pub wanted: Confirmation,
    /// Whether all of the question was drawn.
    pub armed: bool,
}

impl Prompt {
    /// Asks for `wanted`.
    pub fn new(wanted: Confirmation) -> Self {
        Self { typed: Input::default(), wanted, armed: false }
    }

    /// Takes a key, where the question was seen.
    pub fn press(&mut self, key: Key) {
        if self.armed {
            self.typed.press(key);
        }
    }

    /// Whether what was typed is what was asked for.
    pub fn is_met(&self) -> bool {
        self.wanted.accepts(self.typed.text())
    }

    /// Whether a key edits the answer on a page whose letters are actions: digits, the letters of a
    /// word where one is asked for, and what edits any line.
    pub fn edits(&self, key: Key) -> bool {
        match key.code {
            KeyCode::Char(c) if !key.ctrl && !key.alt => {
                c.is_ascii_digit() || (self.wanted == Confirmation::Yes && c.is_ascii_alphabetic())
            }
            _ => Input::is_edit(key),
        }
    }
}
