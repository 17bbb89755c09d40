//! The line in which somebody types what a list is filtered by.

use super::action::Action;
use super::history::History;
use super::input::Input;
use super::key::{Key, KeyCode};

/// The filter of a list as it is typed, and whether keys go to it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilterLine {
    input: Input,
    open: bool,
}

/// What a key, or an action, was to a filter line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterUse {
    /// Nothing: it is for somebody else.
    Elsewhere,
    /// It took it, and asks for the same rows as before.
    Same,
    /// It took it, and asks for other rows.
    Other,
}

impl FilterLine {
    /// An empty one that remembers what was typed into it before.
    pub fn remembering(history: History) -> Self {
        Self { input: Input::remembering(history), open: false }
    }

    /// What was typed, for one that takes the place of this one.
    pub fn into_history(self) -> History {
        self.input.into_history()
    }

    /// What it asks for.
    pub fn text(&self) -> &str {
        self.input.text()
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.input.is_empty()
    }

    /// Whether keys go to it.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether it has a line on the screen.
    pub fn is_seen(&self) -> bool {
        self.open || !self.input.is_empty()
    }

    /// It, as it is drawn.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// How many bytes it would still take.
    pub fn room(&self) -> usize {
        self.input.room()
    }

    /// Asks for something that nobody typed; what was typed can be recalled.
    pub fn set(&mut self, text: &str) {
        self.input.clear();
        self.input.insert(text);
    }

    /// Takes text at its cursor.
    pub fn insert(&mut self, text: &str) {
        self.input.insert(text);
    }

    /// Opens, clears or leaves it.
    pub fn act(&mut self, action: Action) -> FilterUse {
        match action {
            Action::Filter => {
                self.open = true;
                FilterUse::Same
            }
            Action::ClearFilter => {
                self.input.clear();
                self.open = false;
                FilterUse::Other
            }
            Action::Open if self.open => {
                self.input.keep();
                self.open = false;
                FilterUse::Same
            }
            _ => FilterUse::Elsewhere,
        }
    }

    /// Takes a key while it is open. Those that move are for the rows below, unless there is something to
    /// recall.
    pub fn press(&mut self, key: Key) -> FilterUse {
        if !self.open {
            return FilterUse::Elsewhere;
        }
        if self.input.recall(key) {
            return FilterUse::Other;
        }
        match key.code {
            KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown => FilterUse::Elsewhere,
            // No other screen in the middle of a word.
            KeyCode::Tab => FilterUse::Same,
            _ if self.input.press(key) => FilterUse::Other,
            _ => FilterUse::Same,
        }
    }
}
