//! A text field of one line.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::history::History;
use super::key::{Key, KeyCode};
use crate::phone::one_line;

/// Text with a cursor that moves by grapheme.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    text: String,
    /// Byte position, always on a grapheme boundary.
    cursor: usize,
    history: History,
}

/// What is seen of a field in a place that may be narrower than its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldView {
    /// What to show, with `…` where something is left out.
    pub text: String,
    /// The column of the cursor in it; always within the width.
    pub caret: usize,
}

/// Longer text is not taken: no field of numdeck needs it, and a paste may be a novel.
const LONGEST: usize = 4096;

impl Input {
    /// A field with text, the cursor at its end.
    pub fn with(text: &str) -> Self {
        Self { text: text.to_owned(), cursor: text.len(), history: History::default() }
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

    /// An empty field that remembers what was typed into it before.
    pub fn remembering(history: History) -> Self {
        Self { history, ..Self::default() }
    }

    /// What was typed before, for a field that takes the place of this one.
    pub fn into_history(mut self) -> History {
        self.keep();
        self.history
    }

    /// Empties it; what it held can be recalled.
    pub fn clear(&mut self) {
        self.keep();
        self.text.clear();
        self.cursor = 0;
    }

    /// What it holds is done with, and can be recalled later.
    pub fn keep(&mut self) {
        self.history.keep(&self.text);
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
        self.changed();
    }

    /// Takes a key as a shell does; returns whether the text changed.
    pub fn press(&mut self, key: Key) -> bool {
        let before = self.text.len();
        match (key.code, key.ctrl, key.alt) {
            (KeyCode::Char('u'), true, false) => self.erase(0..self.cursor),
            (KeyCode::Char('k'), true, false) => self.erase(self.cursor..self.text.len()),
            (KeyCode::Char('w'), true, false) => self.erase(self.blank_before()..self.cursor),
            (KeyCode::Backspace, true, _) | (KeyCode::Backspace, _, true) => {
                self.erase(self.word_before()..self.cursor);
            }
            (KeyCode::Char('d'), false, true) | (KeyCode::Delete, true, _) => {
                self.erase(self.cursor..self.word_after());
            }
            (KeyCode::Backspace, ..) | (KeyCode::Char('h'), true, false) => {
                self.erase(self.previous()..self.cursor);
            }
            (KeyCode::Delete, ..) | (KeyCode::Char('d'), true, false) => self.erase(self.cursor..self.next()),
            (KeyCode::Char('b'), false, true) | (KeyCode::Left, true, _) | (KeyCode::Left, _, true) => {
                self.cursor = self.word_before();
            }
            (KeyCode::Char('f'), false, true) | (KeyCode::Right, true, _) | (KeyCode::Right, _, true) => {
                self.cursor = self.word_after();
            }
            (KeyCode::Left, ..) | (KeyCode::Char('b'), true, false) => self.cursor = self.previous(),
            (KeyCode::Right, ..) | (KeyCode::Char('f'), true, false) => self.cursor = self.next(),
            (KeyCode::Home, ..) | (KeyCode::Char('a'), true, false) => self.cursor = 0,
            (KeyCode::End, ..) | (KeyCode::Char('e'), true, false) => self.cursor = self.text.len(),
            _ => {
                if let Some(c) = key.text() {
                    self.insert(c.encode_utf8(&mut [0; 4]));
                }
            }
        }
        self.text.len() != before
    }

    /// Whether a key with Ctrl or Alt edits text: those that [`Input::press`] knows.
    pub fn is_edit(key: Key) -> bool {
        match key.code {
            KeyCode::Char(c) if key.ctrl && !key.alt => "abdefhkuw".contains(c),
            KeyCode::Char(c) if key.alt && !key.ctrl => "bdf".contains(c),
            KeyCode::Backspace | KeyCode::Delete | KeyCode::Left | KeyCode::Right => true,
            _ => false,
        }
    }

    /// Takes Up and Down for what was typed before. Returns false for another key, and where nothing
    /// was: then it is for somebody else.
    pub fn recall(&mut self, key: Key) -> bool {
        let text = match key.code {
            KeyCode::Up => self.history.older(&self.text).map(str::to_owned),
            KeyCode::Down => self.history.newer(),
            _ => None,
        };
        let Some(text) = text else { return false };
        self.cursor = text.len();
        self.text = text;
        true
    }

    /// What is seen of it in `width` columns: the cursor always is, with some of what follows it.
    pub fn view(&self, width: usize) -> FieldView {
        let (all, before) = (columns(&self.text), columns(self.before_cursor()));
        // Behind the text the cursor needs a column of its own.
        if all < width || (all == width && self.cursor < self.text.len()) {
            return FieldView { text: self.text.clone(), caret: before };
        }
        let after = (width / 4).min(all - before);
        let room = width.saturating_sub(1 + after);
        let (mut start, mut hidden) = (0, 0);
        let mut sign = 0;
        for (at, grapheme) in self.before_cursor().grapheme_indices(true) {
            if before - hidden + sign <= room {
                break;
            }
            sign = usize::from(width > 2);
            hidden += grapheme.width();
            start = at + grapheme.len();
        }
        let mut text = if sign == 1 { "…".to_owned() } else { String::new() };
        let mut used = sign;
        let mut left = all - hidden;
        for grapheme in self.text[start..].graphemes(true) {
            let wide = grapheme.width();
            if used + wide + usize::from(left > wide) > width {
                text.extend((used < width).then_some('…'));
                break;
            }
            text.push_str(grapheme);
            used += wide;
            left -= wide;
        }
        FieldView { text, caret: (before - hidden + sign).min(width.saturating_sub(1)) }
    }

    fn erase(&mut self, place: std::ops::Range<usize>) {
        if !place.is_empty() {
            self.cursor = place.start;
            self.text.drain(place);
            self.changed();
        }
    }

    /// What stands together now may be one character: the cursor is not within it.
    fn changed(&mut self) {
        let mut starts = self.text.grapheme_indices(true).map(|(at, _)| at);
        self.cursor = starts.find(|at| *at >= self.cursor).unwrap_or(self.text.len());
        self.history.leave();
    }

    fn previous(&self) -> usize {
        self.text[..self.cursor].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn next(&self) -> usize {
        self.text[self.cursor..].graphemes(true).next().map_or(self.cursor, |g| self.cursor + g.len())
    }

    /// Where the word before the cursor begins, words being what stands between blanks.
    fn blank_before(&self) -> usize {
        let kept = self.text[..self.cursor].trim_end();
        kept.rfind(' ').map_or(0, |at| at + 1)
    }

    /// Where the word before the cursor begins, words being letters and digits.
    fn word_before(&self) -> usize {
        let parts = self.text[..self.cursor].grapheme_indices(true).rev();
        let mut start = self.cursor;
        let mut within = false;
        for (at, grapheme) in parts {
            match (is_word(grapheme), within) {
                (true, _) => within = true,
                (false, true) => break,
                (false, false) => {}
            }
            start = at;
        }
        start
    }

    /// Where the word at or behind the cursor ends.
    fn word_after(&self) -> usize {
        let mut end = self.cursor;
        let mut within = false;
        for grapheme in self.text[self.cursor..].graphemes(true) {
            match (is_word(grapheme), within) {
                (true, _) => within = true,
                (false, true) => break,
                (false, false) => {}
            }
            end += grapheme.len();
        }
        end
    }
}

/// Columns of a text that is drawn character by character; those of the whole may be fewer.
fn columns(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

fn is_word(grapheme: &str) -> bool {
    grapheme.chars().next().is_some_and(char::is_alphanumeric)
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

    /// The text with `|` at the cursor.
    fn seen(input: &Input) -> String {
        format!("{}|{}", input.before_cursor(), &input.text()[input.cursor..])
    }

    #[test]
    fn keys_edit_as_in_a_shell() {
        for (keys, shown) in [
            ("home", "|country:ng  endpoint:none"),
            ("ctrl-a", "|country:ng  endpoint:none"),
            ("ctrl-a ctrl-e", "country:ng  endpoint:none|"),
            ("ctrl-b", "country:ng  endpoint:non|e"),
            ("ctrl-a ctrl-f", "c|ountry:ng  endpoint:none"),
            ("alt-b", "country:ng  endpoint:|none"),
            ("alt-b alt-b", "country:ng  |endpoint:none"),
            ("alt-b alt-b alt-b", "country:|ng  endpoint:none"),
            ("home alt-f", "country|:ng  endpoint:none"),
            ("home alt-f ctrl-right", "country:ng|  endpoint:none"),
            ("home ctrl-right alt-f alt-f", "country:ng  endpoint|:none"),
            ("ctrl-left ctrl-k", "country:ng  endpoint:|"),
            ("ctrl-w", "country:ng  |"),
            ("ctrl-w ctrl-w", "|"),
            ("alt-backspace", "country:ng  endpoint:|"),
            ("home alt-d", "|:ng  endpoint:none"),
            ("home ctrl-d", "|ountry:ng  endpoint:none"),
            ("ctrl-d", "country:ng  endpoint:none|"),
            ("ctrl-h", "country:ng  endpoint:non|"),
            ("alt-b ctrl-u", "|none"),
            ("ctrl-x alt-x ctrl-q", "country:ng  endpoint:none|"),
        ] {
            let mut input = Input::with("country:ng  endpoint:none");
            press(&mut input, keys);
            assert_eq!(seen(&input), shown, "{keys}");
        }
    }

    #[test]
    fn what_was_cleared_or_kept_comes_back_and_an_edit_of_it_is_a_new_draft() {
        let mut input = Input::default();
        let up = Key::parse("up").unwrap();
        assert!(!input.recall(up), "nothing was typed before: the key is for the list");
        input.insert("ng");
        input.clear();
        input.insert("gh");
        assert!(input.recall(up));
        assert_eq!(seen(&input), "ng|");
        press(&mut input, "x");
        assert!(!input.recall(Key::parse("down").unwrap()));
        assert_eq!(input.text(), "ngx");
        assert!(input.recall(up));
        assert_eq!(input.text(), "ng");
    }

    #[test]
    fn a_narrow_field_shows_where_the_cursor_is() {
        let mut input = Input::with("0123456789");
        let seen = |input: &Input, width| {
            let view = input.view(width);
            (view.text, view.caret)
        };
        assert_eq!(seen(&input, 11), ("0123456789".into(), 10));
        assert_eq!(seen(&input, 10), ("…23456789".into(), 9));
        assert_eq!(seen(&input, 8), ("…456789".into(), 7));
        press(&mut input, "home");
        assert_eq!(seen(&input, 10), ("0123456789".into(), 0));
        assert_eq!(seen(&input, 8), ("0123456…".into(), 0));
        press(&mut input, "right right right right right right");
        assert_eq!(seen(&input, 8), ("…234567…".into(), 5));
        assert_eq!(seen(&input, 1), ("…".into(), 0));
        assert_eq!(seen(&input, 0), (String::new(), 0));
    }

    proptest::proptest! {
        #[test]
        fn the_cursor_is_always_within_what_is_shown(
            text in "[a日\u{301}🇳🇬👩\u{200d}b ]{0,20}", left in 0usize..24, width in 0usize..16,
        ) {
            let mut input = Input::default();
            input.insert(&text);
            for _ in 0..left {
                input.press(Key::plain(KeyCode::Left));
            }
            let view = input.view(width);
            proptest::prop_assert!(columns(&view.text) <= width, "{view:?}");
            proptest::prop_assert!(view.caret < width.max(1), "{view:?}");
            input.insert("\u{301}");
            input.press(Key::plain(KeyCode::Delete));
            let mut starts = input.text().grapheme_indices(true).map(|(at, _)| at);
            let whole = input.cursor == input.text().len() || starts.any(|at| at == input.cursor);
            proptest::prop_assert!(whole, "the cursor is within a character");
        }
    }
}
