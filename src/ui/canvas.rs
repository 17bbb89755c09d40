//! Putting text on a buffer: clean, cut to its place, styled by role.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::theme::ascii;
use super::{Role, Theme};
use crate::app::input::Input;
use crate::app::pointer::{ClickTarget, Drawn};
use crate::app::prompt::Prompt;
use crate::app::wrap::wrap;
use crate::phone::{clean, is_clean, veiled};

/// A buffer with a theme. All drawing goes through it, so that no text reaches the terminal
/// without having been made safe and cut by display width.
pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    cursor: Option<Position>,
    /// The cursor is in a text field: no selection takes it away.
    typing: bool,
    /// What is drawn belongs to a question: somebody may answer it only where all of it is there.
    asks: bool,
    /// Something of a question is not there.
    cut: bool,
    /// The middle of numbers and ids is hidden.
    is_private: bool,
    /// What can be clicked, where somebody wants to know.
    targets: Option<Vec<(Rect, ClickTarget)>>,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        let (cursor, targets) = (None, None);
        Self { buffer, theme, cursor, typing: false, asks: false, cut: false, is_private: false, targets }
    }

    /// The same, where the middle of numbers and ids is hidden.
    pub(super) fn private(self, is_private: bool) -> Self {
        Self { is_private, ..self }
    }

    /// The same, which keeps what can be clicked.
    pub(super) fn clickable(self, is_clickable: bool) -> Self {
        Self { targets: is_clickable.then(Vec::new), ..self }
    }

    /// A click there means this, from now on.
    pub(super) fn target(&mut self, area: Rect, target: ClickTarget) {
        let area = self.clipped(area);
        if let Some(targets) = self.targets.as_mut().filter(|_| !area.is_empty()) {
            targets.push((area, target));
        }
    }

    /// What was drawn so far is covered, or out of reach.
    pub(super) fn untarget(&mut self) {
        if let Some(targets) = &mut self.targets {
            targets.clear();
        }
    }

    /// What was drawn.
    pub(super) fn finish(self) -> Drawn {
        Drawn { whole: !self.cut, targets: self.targets.unwrap_or_default() }
    }

    /// Where the terminal's cursor belongs: in a text field, else at the selection, so that a
    /// screen reader finds it.
    pub(super) fn cursor(&self) -> Option<Position> {
        self.cursor
    }

    /// From now on what is drawn belongs to a question, or no longer.
    pub(super) fn question(&mut self, asks: bool) {
        self.asks = asks;
    }

    /// Whether what is drawn belongs to a question.
    pub(super) fn is_question(&self) -> bool {
        self.asks
    }

    /// Something of a question has no room.
    pub(super) fn missing(&mut self) {
        self.cut |= self.asks;
    }

    /// Whether all of every question is on the frame.
    pub(super) fn is_whole(&self) -> bool {
        !self.cut
    }

    /// Puts the cursor at a selection, unless somebody types.
    pub(super) fn set_cursor(&mut self, area: Rect, x: u16, y: u16) {
        if !self.typing {
            self.put_cursor(area, x, y);
        }
    }

    fn put_cursor(&mut self, area: Rect, x: u16, y: u16) {
        let area = self.clipped(area);
        if x < area.width && y < area.height {
            self.cursor = Some(Position { x: area.x + x, y: area.y + y });
        }
    }

    /// The part of an area that is on the screen. The terminal may have become smaller than the state
    /// knows: the frame is made before the event of it arrives.
    fn clipped(&self, area: Rect) -> Rect {
        area.intersection(self.buffer.area)
    }

    /// Text as this terminal may have it.
    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let text = match safe(text) {
            text if !self.is_private => text,
            text => Cow::Owned(veiled(&text).into_owned()),
        };
        match text {
            text if !self.theme.is_ascii() => text,
            Cow::Borrowed(text) => ascii(text),
            Cow::Owned(text) => Cow::Owned(ascii(&text).into_owned()),
        }
    }

    /// Draws text from column `x` of line `y` of `area`, cut with `…` where it does not fit.
    /// Returns the column after it.
    pub(super) fn text(&mut self, area: Rect, x: u16, y: u16, text: &str, role: Role) -> u16 {
        let area = self.clipped(area);
        if y >= area.height || x >= area.width {
            self.cut |= self.asks && !text.is_empty();
            return x;
        }
        let room = area.width - x;
        let whole = self.shown(text);
        let mut text = fit(&whole, usize::from(room)).into_owned();
        if self.theme.is_ascii() && text.ends_with('…') {
            text.pop();
            text.push('~');
        }
        self.cut |= self.asks && text != whole;
        // Nothing of what was there before shines through.
        let style = Style::reset().patch(self.theme.style(role));
        let (end, _) = self.buffer.set_stringn(area.x + x, area.y + y, text, usize::from(room), style);
        end - area.x
    }

    /// Draws text that ends at the right edge of `area`. Returns the column where it begins.
    pub(super) fn right(&mut self, area: Rect, y: u16, text: &str, role: Role) -> u16 {
        let width = cells(self.shown(text).width()).min(area.width);
        let x = area.width - width;
        self.text(area, x, y, text, role);
        x
    }

    /// Draws pieces one after another. Returns the column after them.
    pub(super) fn pieces(&mut self, area: Rect, mut x: u16, y: u16, pieces: &[(&str, Role)]) -> u16 {
        for (text, role) in pieces {
            x = self.text(area, x, y, text, *role);
        }
        x
    }

    /// Draws text over several lines, broken at blanks, at most `lines` of them; the last one ends in
    /// `…` when something is missing. Returns the line after it.
    pub(super) fn wrapped(&mut self, area: Rect, y: u16, text: &str, role: Role, lines: u16) -> u16 {
        let all = wrap(text, usize::from(area.width));
        let shown = all.len().min(usize::from(lines));
        self.cut |= self.asks && shown < all.len();
        for (i, line) in all.iter().take(shown).enumerate() {
            if i + 1 == shown && shown < all.len() {
                self.text(area, 0, y + cells(i), &all[i..].join(" "), role);
            } else {
                self.text(area, 0, y + cells(i), line, role);
            }
        }
        y + cells(shown)
    }

    /// Draws a text field that has the keys, and the cursor in it: of a text that is longer than the
    /// rest of the line, the part around the cursor. Returns the column after it.
    pub(super) fn input(&mut self, area: Rect, x: u16, y: u16, input: &Input, role: Role) -> u16 {
        let view = input.view(usize::from(area.width.saturating_sub(x)));
        self.cut |= self.asks && view.text != input.text();
        let end = self.text(area, x, y, &view.text, role);
        self.put_cursor(area, x.saturating_add(cells(view.caret)), y);
        self.typing = true;
        end
    }

    /// Draws what was typed of an answer, blanks for the rest of it, and the cursor. With it the
    /// question ends.
    pub(super) fn field(&mut self, area: Rect, x: u16, y: u16, prompt: &Prompt, role: Role) {
        let typed = &prompt.typed;
        let end = if typed.text().width() <= usize::from(area.width.saturating_sub(x)) {
            // An answer that is there is seen whole, even where the cursor has no column behind it.
            let caret = x.saturating_add(cells(typed.before_cursor().width()));
            self.put_cursor(area, caret.min(area.width.saturating_sub(1)), y);
            self.typing = true;
            self.text(area, x, y, typed.text(), role)
        } else {
            self.input(area, x, y, typed, role)
        };
        let blanks = prompt.wanted.width().saturating_sub(prompt.typed.text().width());
        self.text(area, end, y, &"_".repeat(blanks), Role::Muted);
        self.question(false);
    }

    /// Shows that a line is selected, with its sign in column `x`.
    pub(super) fn select(&mut self, area: Rect, x: u16, y: u16) {
        self.text(area, x, y, ">", Role::Accent);
        self.highlight(area, y);
        self.set_cursor(area, x, y);
    }

    /// Lays a style over a whole line.
    fn highlight(&mut self, area: Rect, y: u16) {
        let area = self.clipped(area);
        if y < area.height {
            let line = Rect { y: area.y + y, height: 1, ..area };
            self.buffer.set_style(line, Style::reset());
            self.buffer.set_style(line, self.theme.style(Role::Selected));
        }
    }

    /// Takes everything off an area.
    pub(super) fn clear(&mut self, area: Rect) {
        for y in area.y..area.bottom() {
            for x in area.x..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
    }

    /// Fills a line with one character.
    pub(super) fn line(&mut self, area: Rect, y: u16, c: char, role: Role) {
        if y < area.height {
            let text: String = std::iter::repeat_n(c, usize::from(area.width)).collect();
            self.text(area, 0, y, &text, role);
        }
    }
}

fn safe(text: &str) -> Cow<'_, str> {
    if is_clean(text) { Cow::Borrowed(text) } else { Cow::Owned(clean(text, usize::MAX)) }
}

/// A count of rows or columns; none of a terminal has more.
pub(super) fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// Cuts text to `width` columns, with `…` in the last one when something is missing.
pub(super) fn fit(text: &str, width: usize) -> Cow<'_, str> {
    if text.len() <= width && text.is_ascii() || text.width() <= width {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let next = grapheme.width();
        if used + next + 1 > width {
            break;
        }
        used += next;
        out.push_str(grapheme);
    }
    if width > 0 {
        out.push('…');
    }
    Cow::Owned(out)
}

/// Cuts text to `width` columns in its middle: of two requests, the end tells which is which.
pub(super) fn fit_middle(text: &str, width: usize) -> Cow<'_, str> {
    let graphemes: Vec<&str> = text.graphemes(true).collect();
    if graphemes.len() <= width {
        return fit(text, width);
    }
    let head = width.saturating_sub(1) / 2;
    let tail = width.saturating_sub(1 + head);
    let (head, tail) = (graphemes[..head].concat(), graphemes[graphemes.len() - tail..].concat());
    Cow::Owned(fit(&format!("{head}…{tail}"), width).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_columns_not_bytes() {
        assert_eq!(fit("sales-bot", 9), "sales-bot");
        assert_eq!(fit("sales-bot", 6), "sales…");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日…");
        assert_eq!(fit("ab", 0), "");
    }

    #[test]
    fn lines_that_have_no_room_leave_a_sign() {
        let area = Rect { x: 0, y: 0, width: 12, height: 3 };
        let mut buffer = Buffer::empty(area);
        let theme = Theme::mono();
        let mut canvas = Canvas::new(&mut buffer, &theme);
        assert_eq!(canvas.wrapped(area, 0, "it goes back on sale; no undo", Role::Text, 2), 2);
        let line = |y: usize| -> String {
            buffer.content()[y * 12..(y + 1) * 12].iter().map(ratatui::buffer::Cell::symbol).collect()
        };
        assert_eq!((line(0).trim_end(), line(1).trim_end()), ("it goes back", "on sale; no…"));
    }

    #[test]
    fn a_terminal_of_ascii_gets_ascii() {
        let area = Rect { x: 0, y: 0, width: 12, height: 3 };
        let mut buffer = Buffer::empty(area);
        let theme = Theme::mono().in_ascii();
        let mut canvas = Canvas::new(&mut buffer, &theme);
        canvas.line(area, 0, '━', Role::Rule);
        canvas.text(area, 0, 1, "José – a long name", Role::Text);
        canvas.right(area, 2, "so far …", Role::Text);
        let text: String = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(text, "============Jos? - a lo~  so far ...");
    }

    #[test]
    fn the_end_of_a_request_is_kept() {
        assert_eq!(fit_middle("GET /numbers?offset=100", 13), "GET /n…et=100");
        assert_eq!(fit_middle("GET /numbers", 13), "GET /numbers");
        assert_eq!(fit_middle("ab", 0), "");
    }
}
