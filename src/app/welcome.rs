//! The first start: nothing says which key to use. Try the demo, or give a key.
//!
//! A state machine of its own, since nothing of a server is known yet: an event comes in, a key that is to
//! be tried goes out.

use std::fmt;

use ratatui::layout::Size;
use zeroize::Zeroizing;

use super::Event;
use super::key::{Key, KeyCode};
use crate::phone::Secret;

/// A key is short. The room is taken at once, so that no copy is left behind by one that grows.
const LONGEST_KEY: usize = 4096;

/// What can be done without a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Look at made-up numbers.
    Demo,
    /// Give a key.
    Key,
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WelcomeEnd {
    /// The demo is wanted.
    Demo,
    /// A key was stored.
    Stored,
    /// Neither.
    Left,
}

/// A key while it is typed. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyField(Zeroizing<String>);

impl fmt::Debug for KeyField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyField({} characters)", self.len())
    }
}

impl KeyField {
    fn new() -> Self {
        Self(Zeroizing::new(String::with_capacity(LONGEST_KEY)))
    }

    /// How many characters it has.
    pub fn len(&self) -> usize {
        self.0.chars().count()
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, text: &str) {
        let fits = text.chars().filter(|c| !c.is_whitespace() && !c.is_control());
        for c in fits {
            if self.0.len() + c.len_utf8() <= LONGEST_KEY {
                self.0.push(c);
            }
        }
    }
}

/// What is seen at the first start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// Of the terminal.
    pub size: Size,
    /// Whether there is a demo.
    pub has_demo: bool,
    /// What is selected.
    pub selected: Start,
    /// The key, while it is typed.
    pub field: Option<KeyField>,
    /// A key is being tried.
    pub checking: bool,
    /// Why a key was not taken.
    pub said: Option<String>,
    /// How it ends, once it does.
    pub end: Option<WelcomeEnd>,
}

impl Welcome {
    /// Nothing is chosen yet.
    pub fn new(size: Size, has_demo: bool) -> Self {
        let selected = if has_demo { Start::Demo } else { Start::Key };
        Self { size, has_demo, selected, field: None, checking: false, said: None, end: None }
    }

    /// Takes an event. Returns a key that is to be tried.
    pub fn update(&mut self, event: Event) -> Option<Secret> {
        match event {
            Event::Resize(size) => self.size = size,
            Event::Quit => self.end = Some(WelcomeEnd::Left),
            // A key is what people paste; anything else is refused when it is tried.
            Event::Paste(text) if !self.checking => {
                self.selected = Start::Key;
                self.said = None;
                self.field.get_or_insert_with(KeyField::new).add(&text);
            }
            Event::Key(key) => return self.press(key),
            _ => {}
        }
        None
    }

    /// What became of the key that was tried.
    pub fn tried(&mut self, result: Result<(), String>) {
        self.checking = false;
        match result {
            Ok(()) => self.end = Some(WelcomeEnd::Stored),
            Err(why) => self.said = Some(why),
        }
    }

    fn press(&mut self, key: Key) -> Option<Secret> {
        if key.ctrl && key.code == KeyCode::Char('c') {
            self.end = Some(WelcomeEnd::Left);
            return None;
        }
        if self.checking {
            return None;
        }
        match self.field {
            Some(_) => self.typed(key),
            None => {
                self.choose(key);
                None
            }
        }
    }

    fn typed(&mut self, key: Key) -> Option<Secret> {
        let field = self.field.as_mut()?;
        match key.code {
            KeyCode::Enter if !field.is_empty() => {
                let typed = Secret::new(field.0.to_string());
                self.field = Some(KeyField::new());
                (self.checking, self.said) = (true, None);
                return Some(typed);
            }
            KeyCode::Esc => self.field = None,
            KeyCode::Char('u') if key.ctrl => *field = KeyField::new(),
            KeyCode::Backspace => {
                field.0.pop();
            }
            KeyCode::Char(c) if !key.ctrl && !key.alt => field.add(c.encode_utf8(&mut [0; 4])),
            _ => {}
        }
        None
    }

    fn choose(&mut self, key: Key) {
        if key.ctrl || key.alt {
            return;
        }
        match key.code {
            KeyCode::Up | KeyCode::Down | KeyCode::Tab | KeyCode::BackTab | KeyCode::Char('j' | 'k') => {
                let is_demo = self.selected == Start::Demo;
                self.selected = if is_demo || !self.has_demo { Start::Key } else { Start::Demo };
            }
            KeyCode::Char('d') if self.has_demo => self.begin(Start::Demo),
            KeyCode::Char('p') => self.begin(Start::Key),
            KeyCode::Enter => self.begin(self.selected),
            KeyCode::Esc | KeyCode::Char('q') => self.end = Some(WelcomeEnd::Left),
            _ => {}
        }
    }

    fn begin(&mut self, start: Start) {
        self.selected = start;
        match start {
            Start::Demo => self.end = Some(WelcomeEnd::Demo),
            Start::Key => self.field = Some(KeyField::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(keys: &str) -> (Welcome, Option<Secret>) {
        let mut welcome = Welcome::new(Size { width: 80, height: 24 }, true);
        let mut tried = None;
        for key in keys.split(' ') {
            tried = welcome.update(Event::Key(Key::parse(key).unwrap())).or(tried);
        }
        (welcome, tried)
    }

    #[test]
    fn the_demo_is_one_key_away_and_so_is_the_way_out() {
        for (keys, end) in [
            ("enter", WelcomeEnd::Demo),
            ("d", WelcomeEnd::Demo),
            ("down up enter", WelcomeEnd::Demo),
            ("q", WelcomeEnd::Left),
            ("esc", WelcomeEnd::Left),
            ("p k r o s ctrl-c", WelcomeEnd::Left),
        ] {
            assert_eq!(pressed(keys).0.end, Some(end), "{keys}");
        }
    }

    #[test]
    fn a_key_is_typed_or_pasted_and_tried_and_a_wrong_one_can_be_given_again() {
        let (mut welcome, tried) = pressed("p q d j x backspace enter");
        assert_eq!(
            tried.map(|key| key.expose().to_owned()).as_deref(),
            Some("qdj"),
            "letters are no commands"
        );
        assert!(welcome.checking && welcome.end.is_none());
        welcome.tried(Err("401: the key is wrong".to_owned()));
        assert_eq!(welcome.field.as_ref().map(KeyField::len), Some(0));
        welcome.update(Event::Paste(" kros_test_owner\n".to_owned()));
        let again = welcome.update(Event::Key(Key::plain(KeyCode::Enter)));
        assert_eq!(again.map(|key| key.expose().to_owned()).as_deref(), Some("kros_test_owner"));
        welcome.tried(Ok(()));
        assert_eq!(welcome.end, Some(WelcomeEnd::Stored));
    }

    #[test]
    fn nothing_is_tried_that_is_empty_and_nothing_is_typed_while_a_key_is_tried() {
        assert_eq!(pressed("p enter").1, None);
        let (mut welcome, _) = pressed("p a enter");
        assert_eq!(welcome.update(Event::Key(Key::plain(KeyCode::Enter))), None);
        welcome.update(Event::Paste("b".to_owned()));
        assert_eq!(welcome.field.as_ref().map(KeyField::len), Some(0));
    }

    #[test]
    fn a_key_is_in_no_debug_text() {
        let (mut welcome, _) = pressed("p");
        welcome.update(Event::Paste("hunter2".to_owned()));
        assert!(!format!("{welcome:?}").contains("hunter2"));
    }
}
