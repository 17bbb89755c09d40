//! A text field of one line.

use unicode_segmentation::UnicodeSegmentation;

use super::key::{Key, KeyCode};
use crate::phone::one_line;

/// Text with a cursor that moves by grapheme.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    text: String,
    /// Byte position, always on a grapheme boundary.
    cursor: usize,
}

/// Longer text is not taken: no field of numdeck needs it, and a paste may be a novel.
const LONGEST: usize = 4096;

impl Input {
    /// A field with text, the cursor at its end.
    pub fn with(text: &str) -> Self {
        Self { text: text.to_owned(), cursor: text.len() }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before the cursor.
    pub fn before_cursor(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Empties it.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// How many bytes it would still take.
    pub fn room(&self) -> usize {
        LONGEST.saturating_sub(self.text.len())
    }

    /// Takes text, see [`one_line`].
    pub fn insert(&mut self, text: &str) {
        let room = self.room();
        let clean = one_line(text);
        let mut end = clean.len().min(room);
        while !clean.is_char_boundary(end) {
            end -= 1;
        }
        self.text.insert_str(self.cursor, &clean[..end]);
        self.cursor += end;
    }

    /// Takes a key; returns whether the text changed.
    pub fn press(&mut self, key: Key) -> bool {
        let before = self.text.len();
        match key.code {
            KeyCode::Char('u') if key.ctrl => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            KeyCode::Char('w') if key.ctrl => {
                let kept = self.text[..self.cursor].trim_end();
                let start = kept.rfind(' ').map_or(0, |at| at + 1);
                self.text.drain(start..self.cursor);
                self.cursor = start;
            }
            KeyCode::Char('a') if key.ctrl => self.cursor = 0,
            KeyCode::Char('e') if key.ctrl => self.cursor = self.text.len(),
            KeyCode::Backspace => {
                let start = self.previous();
                self.text.drain(start..self.cursor);
                self.cursor = start;
            }
            KeyCode::Delete => {
                let end = self.next();
                self.text.drain(self.cursor..end);
            }
            KeyCode::Left => self.cursor = self.previous(),
            KeyCode::Right => self.cursor = self.next(),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => {
                if let Some(c) = key.text() {
                    self.insert(c.encode_utf8(&mut [0; 4]));
                }
            }
        }
        self.text.len() != before
    }

    fn previous(&self) -> usize {
        self.text[..self.cursor].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn next(&self) -> usize {
        self.text[self.cursor..].graphemes(true).next().map_or(self.cursor, |g| self.cursor + g.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(input: &mut Input, keys: &str) {
        for key in keys.split(' ') {
            input.press(Key::parse(key).unwrap());
        }
    }

    #[test]
    fn typing_and_erasing_goes_by_grapheme() {
        let mut input = Input::default();
        input.insert("ae\u{301}🇳🇬b");
        press(&mut input, "left backspace");
        assert_eq!(input.text(), "ae\u{301}b");
        press(&mut input, "backspace");
        assert_eq!(input.text(), "ab");
        press(&mut input, "home del x");
        assert_eq!(input.text(), "xb");
    }

    #[test]
    fn a_word_or_all_before_the_cursor_is_erased_at_once() {
        let mut input = Input::with("country:ng endpoint:none");
        press(&mut input, "ctrl-w");
        assert_eq!(input.text(), "country:ng ");
        press(&mut input, "ctrl-u");
        assert!(input.is_empty());
    }

    #[test]
    fn control_characters_are_not_taken_and_length_is_bounded() {
        let mut input = Input::default();
        input.insert("a\u{1b}[2J\r\nb\tc\n");
        assert_eq!(input.text(), "a[2J b c");
        input.insert(&"é".repeat(1000));
        assert!(input.text().len() <= LONGEST);
    }
}
