//! From cells to bytes, for terminals of 16 colours, and for characters whose width is doubtful.
//!
//! crossterm writes also the 16 named colours as `38;5;N`, which only terminals of 256 know. So styles are
//! written here, in the forms of ECMA-48 (8.3.117) where those are enough: 30 to 37 and 40 to 47, and the
//! bright ones of aixterm, 90 to 97 and 100 to 107.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::RangeInclusive;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// A backend whose size is what it is told, and which asks the terminal nothing.
///
/// Terminals and tables disagree on how wide some characters are: flags, emoji of several parts, accents,
/// scripts from right to left. A row that has such a one, or had one before, is erased and written whole
/// whenever it changes, and behind each such character the place is told anew: at worst one of them is cut.
#[derive(Debug)]
pub(super) struct Painter<W> {
    out: W,
    /// What the terminal shows, row by row where it is doubtful.
    shown: Buffer,
    /// Rows that hold a doubtful character.
    doubtful: BTreeSet<u16>,
}

impl<W: Write> Painter<W> {
    pub(super) fn new(out: W, area: Rect) -> Self {
        Self { out, shown: Buffer::empty(area), doubtful: BTreeSet::new() }
    }

    /// Another size; nothing of what was shown counts.
    pub(super) fn resize(&mut self, area: Rect) {
        self.shown = Buffer::empty(area);
        self.doubtful.clear();
    }

    fn row(&mut self, y: u16, pen: &mut Pen) -> io::Result<()> {
        let area = self.shown.area;
        pen.style(&mut self.out, &Cell::EMPTY)?;
        write!(self.out, "\x1b[{};1H\x1b[2K", y + 1)?;
        pen.at = None;
        self.doubtful.remove(&y);
        let mut x = area.left();
        while x < area.right() {
            let cell = &self.shown[(x, y)];
            let symbol = cell.symbol();
            if is_doubtful(symbol) {
                self.doubtful.insert(y);
            }
            // The line is blank already.
            if symbol != " " || !is_plain(cell) {
                pen.put(&mut self.out, x, y, cell)?;
            }
            x += columns(symbol);
        }
        Ok(())
    }
}

/// What the terminal writes with, as it was told last.
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
    /// Where the next character goes, where that is sure.
    at: Option<Position>,
}

impl Pen {
    fn put(&mut self, out: &mut impl Write, x: u16, y: u16, cell: &Cell) -> io::Result<()> {
        if self.at != Some(Position { x, y }) {
            write!(out, "\x1b[{};{}H", y + 1, x + 1)?;
        }
        self.style(out, cell)?;
        let symbol = cell.symbol();
        out.write_all(symbol.as_bytes())?;
        self.at = (!is_doubtful(symbol)).then(|| Position { x: x.saturating_add(columns(symbol)), y });
        Ok(())
    }

    fn style(&mut self, out: &mut impl Write, cell: &Cell) -> io::Result<()> {
        if (cell.fg, cell.bg, cell.modifier) == (self.fg, self.bg, self.modifier) {
            return Ok(());
        }
        let mut sep = "\x1b[";
        let mut code = |out: &mut dyn Write, code: std::fmt::Arguments<'_>| {
            let done = write!(out, "{sep}{code}");
            sep = ";";
            done
        };
        // What is taken away is taken away with all the rest: 22 ends bold and dim alike, and not every
        // terminal knows the others.
        if !cell.modifier.contains(self.modifier) {
            code(out, format_args!("0"))?;
            (self.fg, self.bg, self.modifier) = (Color::Reset, Color::Reset, Modifier::empty());
        }
        for (modifier, number) in ATTRIBUTES {
            if cell.modifier.contains(*modifier) && !self.modifier.contains(*modifier) {
                code(out, format_args!("{number}"))?;
            }
        }
        for (now, before, base) in [(cell.fg, self.fg, 30), (cell.bg, self.bg, 40)] {
            if now == before {
                continue;
            }
            match (now, named(now)) {
                (_, Some(bright @ 8..)) => code(out, format_args!("{}", base + 60 + bright - 8))?,
                (_, Some(number)) => code(out, format_args!("{}", base + number))?,
                (Color::Indexed(number), _) => code(out, format_args!("{};5;{number}", base + 8))?,
                (Color::Rgb(r, g, b), _) => code(out, format_args!("{};2;{r};{g};{b}", base + 8))?,
                _ => code(out, format_args!("{}", base + 9))?,
            }
        }
        (self.fg, self.bg, self.modifier) = (cell.fg, cell.bg, cell.modifier);
        if sep == ";" { out.write_all(b"m") } else { Ok(()) }
    }
}

const ATTRIBUTES: &[(Modifier, u8)] =
    &[(Modifier::BOLD, 1), (Modifier::DIM, 2), (Modifier::UNDERLINED, 4), (Modifier::REVERSED, 7)];

/// The number of one of the 16 colours.
fn named(color: Color) -> Option<u8> {
    Some(match color {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Reset | Color::Rgb(..) | Color::Indexed(_) => return None,
    })
}

fn is_plain(cell: &Cell) -> bool {
    (cell.fg, cell.bg, cell.modifier) == (Color::Reset, Color::Reset, Modifier::empty())
}

/// Cells that a character has by our table.
fn columns(symbol: &str) -> u16 {
    if symbol.len() == 1 { 1 } else { u16::try_from(symbol.width()).unwrap_or(1).max(1) }
}

/// Scripts whose letters have one column everywhere, and the signs that numdeck draws itself.
const SURE: [RangeInclusive<char>; 4] =
    ['\u{20}'..='\u{2ff}', '\u{370}'..='\u{58f}', '\u{1e00}'..='\u{1fff}', '\u{2010}'..='\u{2bff}'];

/// Whether terminals may disagree on how wide it is, or where it stands.
fn is_doubtful(symbol: &str) -> bool {
    if symbol.len() == 1 {
        return false;
    }
    let mut chars = symbol.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => !SURE.iter().any(|range| range.contains(&c)) || columns(symbol) > 1,
        _ => true,
    }
}

impl<W: Write> Write for Painter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write> Backend for Painter<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut pen = Pen { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty(), at: None };
        let mut whole = BTreeSet::new();
        for (x, y, cell) in content {
            let Some(shown) = self.shown.cell_mut((x, y)) else { continue };
            shown.clone_from(cell);
            // Cells below a wide one are not told.
            for under in 1..columns(cell.symbol()) {
                if let Some(cell) = self.shown.cell_mut((x + under, y)) {
                    cell.reset();
                }
            }
            if self.doubtful.contains(&y) || is_doubtful(cell.symbol()) {
                whole.insert(y);
            } else if !whole.contains(&y) {
                pen.put(&mut self.out, x, y, cell)?;
            }
        }
        for y in whole {
            self.row(y, &mut pen)?;
        }
        pen.style(&mut self.out, &Cell::EMPTY)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.out.write_all(b"\x1b[?25l")
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.out.write_all(b"\x1b[?25h")
    }

    /// Nobody asks the terminal: its answers are read elsewhere.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let Position { x, y } = position.into();
        write!(self.out, "\x1b[{};{}H", y.saturating_add(1), x.saturating_add(1))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, what: ClearType) -> io::Result<()> {
        let sequence = match what {
            ClearType::All => "\x1b[2J",
            ClearType::AfterCursor => "\x1b[J",
            ClearType::BeforeCursor => "\x1b[1J",
            ClearType::CurrentLine => "\x1b[2K",
            ClearType::UntilNewLine => "\x1b[K",
        };
        self.out.write_all(sequence.as_bytes())
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.shown.area.as_size())
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.shown.area.as_size(), pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::Style;
    use ratatui::{Terminal, TerminalOptions, Viewport};

    use super::*;

    fn drawn(frames: &[&str], style: Style) -> Vec<String> {
        let area = Rect { x: 0, y: 0, width: 12, height: 1 };
        let options = TerminalOptions { viewport: Viewport::Fixed(area) };
        let mut terminal = Terminal::with_options(Painter::new(Vec::new(), area), options).unwrap();
        let draw = |text: &&str| {
            terminal.draw(|frame| frame.buffer_mut().set_string(0, 0, text, style)).unwrap();
            String::from_utf8(std::mem::take(&mut terminal.backend_mut().out)).unwrap()
        };
        frames.iter().map(draw).collect()
    }

    #[test]
    fn the_sixteen_colours_are_written_as_every_terminal_knows_them() {
        for (style, sequence) in [
            (Style::new().fg(Color::Cyan), "\x1b[36m"),
            (Style::new().fg(Color::DarkGray).bg(Color::Yellow), "\x1b[90;43m"),
            (Style::new().fg(Color::White).bg(Color::LightRed), "\x1b[97;101m"),
            (Style::new().fg(Color::Red).add_modifier(Modifier::BOLD), "\x1b[1;31m"),
            (Style::new().fg(Color::Indexed(94)), "\x1b[38;5;94m"),
            (Style::new().bg(Color::Rgb(1, 2, 3)), "\x1b[48;2;1;2;3m"),
            (Style::new().add_modifier(Modifier::REVERSED), "\x1b[7m"),
        ] {
            let bytes = &drawn(&["x"], style)[0];
            assert!(bytes.contains(&format!("{sequence}x\x1b[")), "{style:?}: {bytes:?}");
            let colours = style.fg.is_some() || style.bg.is_some();
            assert!(bytes.contains("\x1b[0m") || colours, "{bytes:?}");
        }
    }

    #[test]
    fn a_row_of_doubtful_width_is_erased_and_written_whole() {
        for name in ["🇳🇬", "e\u{301}", "日本", "👩\u{200d}🚒", "שלום", "مرحبا"] {
            let frames = drawn(&["abc", name, "abd", "abe"], Style::new());
            assert!(!frames[0].contains("\x1b[2K"), "{frames:?}");
            assert!(frames[1].contains("\x1b[2K") && frames[2].contains("\x1b[2K"), "{name}: {frames:?}");
            assert!(frames[2].contains("abd"), "{name}: {frames:?}");
            assert!(!frames[3].contains("\x1b[2K") && frames[3].contains(";3He"), "{name}: {frames:?}");
        }
    }

    #[test]
    fn behind_a_character_of_doubtful_width_the_place_is_told() {
        let frames = drawn(&["🇳🇬x"], Style::new());
        assert!(frames[0].contains("🇳🇬\x1b[1;3Hx"), "{frames:?}");
    }

    /// Texts of a row, each with styles.
    fn rows() -> impl Strategy<Value = Vec<(String, u8)>> {
        proptest::collection::vec(("[a-c日é🇳🇬 שe\\u{301}]{0,14}", 0u8..6), 1..6)
    }

    proptest! {
            /// Whatever came before, the terminal shows what a fresh one would show.
            #[test]
            fn nothing_is_left_of_former_frames(frames in rows()) {
                let area = Rect { x: 0, y: 0, width: 14, height: 2 };
                let styles = [
                    Style::new(),
                    Style::new().fg(Color::Red),
                    Style::new().bg(Color::Blue).add_modifier(Modifier::BOLD),
                    Style::new().add_modifier(Modifier::REVERSED),
                    Style::new().fg(Color::Indexed(200)).add_modifier(Modifier::DIM),
                    Style::new().fg(Color::LightCyan).bg(Color::Black),
                ];
                let shown = |frames: &[(String, u8)]| {
                    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
                    let mut terminal = Terminal::with_options(Painter::new(Vec::new(), area), options).unwrap();
                    for (text, style) in frames {
                        let style = styles[usize::from(*style)];
                        terminal.draw(|frame| {
     frame.buffer_mut().set_stringn(0, 1, text, 14, style);
    }).unwrap();
                    }
                    let size = |n| std::num::NonZeroU16::new(n).unwrap();
                    let mut parser = vt100::Parser::new(size(2), size(14), 0);
                    parser.process(&terminal.backend_mut().out);
                    let cells = (0..2).flat_map(|y| (0..14).map(move |x| (y, x)));
                    let cell = |(y, x)| {
                        let cell = parser.screen().cell(y, x).unwrap();
                        let text = cell.contents().trim().to_owned();
                        (text, cell.fgcolor(), cell.bgcolor(), cell.bold(), cell.dim(), cell.inverse())
                    };
                    cells.map(cell).collect::<Vec<_>>()
                };
                let last = &frames[frames.len() - 1..];
                prop_assert_eq!(shown(&frames), shown(last));
            }
        }
}
