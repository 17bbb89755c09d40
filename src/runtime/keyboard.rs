//! From the bytes that a terminal sends to keys, pastes, the mouse and focus.
//!
//! A terminal sends more than keys: answers to questions that some other program asked, reports that
//! nobody asked for, in pieces if the line is slow. Whatever it is, it is taken whole, and but for the
//! colour of the background it means nothing here; no part of it may be taken for a key. The forms are those of ECMA-48 (5.4, 5.6) and of
//! xterm's control sequences.
//!
//! ```text
//!   ground ── ESC ──> escape ── [ ──────────> sequence ── a final byte ──> a key, or nothing
//!     ^                 │  └─── ] P _ ^ X ──> text ────── its end ───────> nothing
//!     └── after a while ┴─ nothing more: the Esc key     (after a while: nothing, too)
//! ```

use std::time::Duration;

use ratatui::layout::Position;
use xterm_color::Color;

use crate::app::key::{Key, KeyCode};
use crate::app::pointer::Pointer;

/// What a terminal said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Key(Key),
    Pointer(Pointer),
    Paste(String),
    Focus(bool),
    /// The background of the terminal is light, or dark.
    Background(bool),
}

/// After ESC alone for so long it was the key.
const KEY: Duration = Duration::from_millis(50);
/// After so long nothing more comes of something that was begun.
const REPORT: Duration = Duration::from_secs(1);
/// The same of a paste, whose end may be lost.
const PASTE: Duration = Duration::from_secs(1);
/// For so long what comes in pieces may still belong to a paste that was ended by time.
const TAIL: Duration = Duration::from_secs(5);

/// Bytes of a sequence that are kept. The longest that means anything is shorter; what is longer is
/// swallowed all the same.
const LONGEST_SEQUENCE: usize = 64;
/// Bytes of a paste that are kept.
const LONGEST_PASTE: usize = 1 << 20;

const ESC: u8 = 0x1b;
const PASTE_END: &[u8] = b"\x1b[201~";

/// What is being read.
#[derive(Debug, Default)]
enum State {
    #[default]
    Ground,
    /// The first bytes of a character of several.
    Character(Vec<u8>),
    /// After ESC.
    Escape,
    /// After `ESC O`, with the numbers of modifiers that some terminals put here.
    Application(Vec<u8>),
    /// After `ESC [`.
    Sequence(Vec<u8>),
    /// In a text whose end is ST, or also BEL.
    Text {
        bell: bool,
        escape: bool,
    },
    /// The same, begun by a control of eight bits, and ended by one.
    EightBitText,
    /// Bytes that belong to what was read before.
    Rest(usize),
    Paste(Vec<u8>),
}

/// The reader of a terminal's bytes. It knows no clock: whoever feeds it waits as long as
/// [`Keyboard::patience`] says, and tells it with [`Keyboard::expire`] that nothing came.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    state: State,
    /// What was ended by time, and may still go on.
    late: Option<Late>,
    /// The beginning of a text that is read.
    told: Vec<u8>,
}

/// What was ended by time, before its rest came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Late {
    /// An ESC that was taken for the key.
    Escape,
    Paste,
}

impl Keyboard {
    /// How long to wait for the rest of what was begun; `None` where nothing was.
    pub(super) fn patience(&self) -> Option<Duration> {
        match self.state {
            State::Ground => self.late.map(|_| TAIL),
            State::Escape | State::Application(_) | State::Character(_) => Some(KEY),
            State::Sequence(_) | State::Text { .. } | State::EightBitText | State::Rest(_) => Some(REPORT),
            State::Paste(_) => Some(PASTE),
        }
    }

    /// Takes bytes as they came.
    pub(super) fn feed(&mut self, bytes: &[u8], said: &mut Vec<Said>) {
        let mut bytes = bytes;
        match self.late {
            // Nobody types several keys at once; what ends the paste ends this, too.
            Some(Late::Paste) => {
                if let Some(end) = bytes.windows(PASTE_END.len()).position(|part| part == PASTE_END) {
                    bytes = &bytes[end + PASTE_END.len()..];
                    self.late = None;
                } else if bytes.len() > 1 && !bytes.starts_with(&[ESC]) {
                    return;
                }
            }
            // No key begins so: a report whose ESC came long before.
            Some(Late::Escape) => {
                self.late = None;
                let report = matches!(bytes, [b'[', b'?' | b'>' | b'<' | b'=', ..] | [b']', b'0'..=b'9', ..]);
                if report {
                    self.state = State::Escape;
                }
            }
            None => {}
        }
        for &byte in bytes {
            self.take(byte, said);
        }
    }

    /// Nothing more came for as long as somebody waits.
    pub(super) fn expire(&mut self, said: &mut Vec<Said>) {
        match std::mem::take(&mut self.state) {
            State::Escape => {
                said.push(Said::Key(Key::plain(KeyCode::Esc)));
                self.late = Some(Late::Escape);
            }
            State::Paste(bytes) => {
                said.push(pasted(&bytes));
                self.late = Some(Late::Paste);
            }
            State::Application(numbers) if numbers.is_empty() => {
                said.push(Said::Key(Key { alt: true, ..Key::plain(KeyCode::Char('O')) }));
            }
            State::Ground => self.late = None,
            State::Application(_)
            | State::Character(_)
            | State::Sequence(_)
            | State::Text { .. }
            | State::EightBitText
            | State::Rest(_) => {}
        }
    }

    /// A text is read to its end; of those of the operating system the colour of the background counts.
    fn text_end(&mut self, of_system: bool, said: &mut Vec<Said>) -> State {
        let told = self.told.strip_prefix(b"11;").filter(|_| of_system);
        said.extend(
            told.and_then(|color| Color::parse(color).ok()).map(|color| Said::Background(is_light(&color))),
        );
        State::Ground
    }

    fn take(&mut self, byte: u8, said: &mut Vec<Said>) {
        self.state = match std::mem::take(&mut self.state) {
            State::Ground => ground(byte, false, said),
            State::Character(bytes) => character(bytes, byte, said),
            State::Escape => {
                self.told.clear();
                escape(byte, said)
            }
            State::Application(mut numbers) if matches!(byte, b'0'..=b'9' | b';') => {
                if numbers.len() < LONGEST_SEQUENCE {
                    numbers.push(byte);
                }
                State::Application(numbers)
            }
            State::Application(numbers) => {
                said.extend(application(&numbers, byte).map(Said::Key));
                State::Ground
            }
            State::Sequence(bytes) => sequence(bytes, byte, said),
            State::Text { escape: true, bell } if byte == b'\\' => self.text_end(bell, said),
            // Another sequence begins where the end of the text was lost.
            State::Text { escape: true, .. } => {
                self.told.clear();
                escape(byte, said)
            }
            State::Text { bell, .. } => match byte {
                ESC => State::Text { bell, escape: true },
                0x07 if bell => self.text_end(bell, said),
                0x18 | 0x1a => State::Ground,
                // No report has such in it: somebody interrupts a text that has no end.
                0x03 => ground(byte, false, said),
                _ => {
                    if self.told.len() < LONGEST_SEQUENCE {
                        self.told.push(byte);
                    }
                    State::Text { bell, escape: false }
                }
            },
            State::EightBitText => match byte {
                0x9c | 0x07 | 0x18 | 0x1a => State::Ground,
                ESC => State::Text { bell: false, escape: true },
                0x03 => ground(byte, false, said),
                _ => State::EightBitText,
            },
            State::Rest(1) => State::Ground,
            State::Rest(left) => State::Rest(left - 1),
            State::Paste(mut bytes) => {
                bytes.push(byte);
                if bytes.ends_with(PASTE_END) {
                    bytes.truncate(bytes.len() - PASTE_END.len());
                    said.push(pasted(&bytes));
                    State::Ground
                } else {
                    // What is too long is cut, and its end still found.
                    if bytes.len() > LONGEST_PASTE + PASTE_END.len() {
                        bytes.remove(LONGEST_PASTE);
                    }
                    State::Paste(bytes)
                }
            }
        };
    }
}

/// Whether black is better read on it than white (luma of BT.709).
fn is_light(color: &Color) -> bool {
    let luma = 2126 * u64::from(color.red) + 7152 * u64::from(color.green) + 722 * u64::from(color.blue);
    luma > 10_000 * u64::from(u16::MAX) / 2
}

fn pasted(bytes: &[u8]) -> Said {
    let kept = &bytes[..bytes.len().min(LONGEST_PASTE)];
    Said::Paste(String::from_utf8_lossy(kept).into_owned())
}

/// A byte that belongs to nothing before it, but for the ESC that means Alt.
fn ground(byte: u8, alt: bool, said: &mut Vec<Said>) -> State {
    let key = |code, ctrl| Said::Key(Key { code, ctrl, alt });
    match byte {
        ESC => return State::Escape,
        b'\r' => said.push(key(KeyCode::Enter, false)),
        b'\t' => said.push(key(KeyCode::Tab, false)),
        // Some terminals send ^H for the key that erases.
        0x08 | 0x7f => said.push(key(KeyCode::Backspace, false)),
        0x00 => said.push(key(KeyCode::Char(' '), true)),
        0x01..=0x1a => said.push(key(KeyCode::Char(char::from(byte - 1 + b'a')), true)),
        0x1c..=0x1f => said.push(key(KeyCode::Char(char::from(byte - 0x1c + b'\\')), true)),
        0x20..=0x7e => said.push(key(KeyCode::Char(char::from(byte)), false)),
        0xc2..=0xf4 => return State::Character(vec![byte]),
        0x80..=0x9f => return control(byte),
        // No character begins so.
        0xa0..=0xc1 | 0xf5..=0xff => {}
    }
    State::Ground
}

fn character(mut bytes: Vec<u8>, byte: u8, said: &mut Vec<Said>) -> State {
    if !(0x80..=0xbf).contains(&byte) {
        return ground(byte, false, said);
    }
    bytes.push(byte);
    match std::str::from_utf8(&bytes) {
        // A control of eight bits, in UTF-8.
        Ok(_) if matches!(bytes[..], [0xc2, 0x80..=0x9f]) => control(byte),
        Ok(text) => {
            said.extend(text.chars().map(|c| Said::Key(Key::plain(KeyCode::Char(c)))));
            State::Ground
        }
        Err(error) if error.error_len().is_none() => State::Character(bytes),
        Err(_) => State::Ground,
    }
}

/// A control of eight bits: each stands for ESC and a letter (ECMA-48, 5.3).
fn control(byte: u8) -> State {
    match byte {
        0x8e => State::Rest(1),
        0x8f => State::Application(Vec::new()),
        0x9b => State::Sequence(Vec::new()),
        0x90 | 0x98 | 0x9d..=0x9f => State::EightBitText,
        _ => State::Ground,
    }
}

fn escape(byte: u8, said: &mut Vec<Said>) -> State {
    match byte {
        ESC => {
            said.push(Said::Key(Key::plain(KeyCode::Esc)));
            State::Escape
        }
        b'[' => State::Sequence(Vec::new()),
        b'O' => State::Application(Vec::new()),
        // A sign of another set follows.
        b'N' => State::Rest(1),
        b']' => State::Text { bell: true, escape: false },
        b'P' | b'_' | b'^' | b'X' => State::Text { bell: false, escape: false },
        // The end of a text that was given up.
        b'\\' => State::Ground,
        _ => ground(byte, true, said),
    }
}

fn application(bytes: &[u8], byte: u8) -> Option<Key> {
    let code = match byte {
        b'M' => KeyCode::Enter,
        other => arrow(other)?,
    };
    let modifiers = numbers(bytes)?.last().copied().unwrap_or(1);
    Some(key(code, modifiers))
}

fn arrow(byte: u8) -> Option<KeyCode> {
    Some(match byte {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        _ => return None,
    })
}

fn sequence(mut bytes: Vec<u8>, byte: u8, said: &mut Vec<Said>) -> State {
    match byte {
        ESC => State::Escape,
        0x18 | 0x1a => State::Ground,
        // As in a text: somebody interrupts a sequence that has no end.
        0x03 => ground(byte, false, said),
        0x20..=0x3f => {
            if bytes.len() < LONGEST_SEQUENCE {
                bytes.push(byte);
            }
            State::Sequence(bytes)
        }
        // Function keys of the Linux console have one byte more.
        b'[' if bytes.is_empty() => State::Rest(1),
        // The mouse as X10 had it: three bytes more.
        b'M' if bytes.is_empty() => State::Rest(3),
        0x40..=0x7e => finished(&bytes, byte, said),
        _ => State::Sequence(bytes),
    }
}

/// What a whole sequence means: most mean nothing.
fn finished(bytes: &[u8], end: u8, said: &mut Vec<Said>) -> State {
    if let Some(report) = bytes.strip_prefix(b"<").filter(|_| end == b'M') {
        said.extend(pointer(report).map(Said::Pointer));
        return State::Ground;
    }
    let Some(numbers) = numbers(bytes).filter(|_| !is_release(bytes)) else { return State::Ground };
    let number = |place: usize| numbers.get(place).copied();
    let modified = |code| key(code, number(1).unwrap_or(1));
    match (end, numbers.as_slice()) {
        (b'I', []) => said.push(Said::Focus(true)),
        (b'O', []) => said.push(Said::Focus(false)),
        (b'Z', _) => said.push(Said::Key(Key::plain(KeyCode::BackTab))),
        (b'A' | b'B' | b'C' | b'D' | b'H' | b'F', [] | [1] | [1, _]) => {
            said.extend(arrow(end).map(|code| Said::Key(modified(code))));
        }
        (b'~', [200]) => return State::Paste(Vec::new()),
        // xterm's modifyOtherKeys: 27, modifiers, character.
        (b'~', [27, modifiers, code]) => said.extend(typed(*code, *modifiers).map(Said::Key)),
        (b'~', [code] | [code, _]) => {
            let code = match code {
                1 | 7 => KeyCode::Home,
                4 | 8 => KeyCode::End,
                3 => KeyCode::Delete,
                5 => KeyCode::PageUp,
                6 => KeyCode::PageDown,
                _ => return State::Ground,
            };
            said.push(Said::Key(modified(code)));
        }
        (b'u', [code] | [code, _]) => {
            said.extend(typed(*code, number(1).unwrap_or(1)).map(Said::Key));
        }
        _ => {}
    }
    State::Ground
}

/// What the mouse did, as xterm reports it in its mode 1006: button, column, line. With a key held it means
/// nothing here: most terminals keep Shift for themselves.
fn pointer(report: &[u8]) -> Option<Pointer> {
    let text = std::str::from_utf8(report).ok()?;
    let numbers: Vec<u16> = text.split(';').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [button, column, line] = numbers[..] else { return None };
    match button {
        0 => Some(Pointer::Click(Position { x: column.checked_sub(1)?, y: line.checked_sub(1)? })),
        64 => Some(Pointer::WheelUp),
        65 => Some(Pointer::WheelDown),
        _ => None,
    }
}

/// The numbers between semicolons, of each the part before a colon. `None` for a sequence with other
/// signs in it: a report.
fn numbers(bytes: &[u8]) -> Option<Vec<u32>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let number = |part: &str| match part.split(':').next()? {
        "" => Some(1),
        digits => digits.parse().ok(),
    };
    text.split(';').map(number).collect()
}

/// Whether a key was let go (kitty's protocol: the third kind of event behind the modifiers).
fn is_release(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    text.split(';').nth(1).and_then(|part| part.split(':').nth(1)) == Some("3")
}

/// A key with modifiers as terminals count them: one more than the sum of shift 1, alt 2, ctrl 4.
fn key(code: KeyCode, modifiers: u32) -> Key {
    let held = modifiers.saturating_sub(1);
    let code = if code == KeyCode::Tab && held & 1 != 0 { KeyCode::BackTab } else { code };
    Key { code, ctrl: held & 4 != 0, alt: held & 2 != 0 }
}

/// The key of a character, as protocols name it that tell more of each key.
fn typed(code: u32, modifiers: u32) -> Option<Key> {
    let code = match char::from_u32(code)? {
        '\u{1b}' => KeyCode::Esc,
        '\r' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\u{8}' | '\u{7f}' => KeyCode::Backspace,
        // Keys that have no character are numbered in a private area.
        '\u{e000}'..='\u{f8ff}' => return None,
        c if c.is_control() => return None,
        c if modifiers.saturating_sub(1) & 1 != 0 => KeyCode::Char(c.to_uppercase().next().unwrap_or(c)),
        c => KeyCode::Char(c),
    };
    Some(key(code, modifiers))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same but for the background, which ends no key and is none.
    fn said(pieces: &[&[u8]]) -> Vec<Said> {
        let all = all_said(pieces);
        all.into_iter().filter(|said| !matches!(said, Said::Background(_))).collect()
    }

    /// What is said of pieces that come one after another, with enough time behind the last one.
    fn all_said(pieces: &[&[u8]]) -> Vec<Said> {
        let (mut keyboard, mut said) = (Keyboard::default(), Vec::new());
        for piece in pieces {
            keyboard.feed(piece, &mut said);
        }
        keyboard.expire(&mut said);
        keyboard.expire(&mut said);
        assert_eq!(keyboard.patience(), None);
        said
    }

    fn keys(text: &str) -> Vec<Said> {
        text.split_whitespace().map(|name| Said::Key(Key::parse(name).unwrap())).collect()
    }

    #[test]
    fn the_background_is_told() {
        for (report, light) in [
            (&b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\"[..], Some(true)),
            (b"\x1b]11;rgb:fd/f6/e3\x07", Some(true)),
            (b"\x1b]11;rgb:0000/2b2b/3636\x1b\\", Some(false)),
            (b"\x1b]11;rgba:ffff/ffff/ffff/8000\x1b\\", Some(true)),
            (b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\", None),
            (b"\x1b]11;?\x1b\\", None),
            (b"\x1bP11;rgb:ffff/ffff/ffff\x1b\\", None),
            (b"\x1b]0;a title\x07\x1b]11;rgb:0/0/0\x07", Some(false)),
        ] {
            let told: Vec<Said> = light.map(Said::Background).into_iter().collect();
            assert_eq!(all_said(&[report]), told, "{}", String::from_utf8_lossy(report).escape_debug());
            let bytes: Vec<&[u8]> = report.chunks(1).collect();
            assert_eq!(all_said(&bytes), told, "byte by byte");
        }
    }

    /// Reports that terminals send, asked or not.
    const REPORTS: &[&[u8]] = &[
        b"\x1b[?997;1n",
        b"\x1b[?2026;2$y",
        b"\x1b[?62;22c",
        b"\x1b[>41;354;0c",
        b"\x1b[?1u",
        b"\x1b[24;80R",
        b"\x1b[8;24;80t",
        b"\x1b[?12;5$y",
        b"\x1b[<35;10;20M",
        b"\x1b[<0;10;20m",
        b"\x1b[M !!",
        b"\x1b]11;rgb:3030/3434/4646\x1b\\",
        b"\x1b]11;rgb:3030/3434/4646\x07",
        b"\x1b]52;c;aGVsbG8gcXVpdCB5ZXM=\x1b\\",
        b"\x1b]l quit \xc3\xa4\xe2\x9c\x9c title\x1b\\",
        b"\x1bP>|tmux 3.4\x1b\\",
        b"\x1bP1$r0 q\x1b\\",
        b"\x1bP1+r544e=787465726d\x1b\\",
        b"\x1b_Gi=31;OK\x1b\\",
        b"\x1b^private message\x1b\\",
        b"\x1bXstring\x1b\\",
        b"\x1b[[A",
        b"\x1b[15~",
        b"\x1bOP",
        b"\x1bO2P",
        b"\x1bNx",
        b"\x9b?997;1n",
        b"\x9d11;rgb:3030/3434/4646\x9c",
        b"\x90>|tmux q\x9c",
        b"\xc2\x9b?997;1n",
        b"\x1b]52;c;QUFB\rQUFB\x1b\\",
        b"\x1b[1;1:3B",
    ];

    #[test]
    fn keys_are_what_terminals_send_for_them() {
        for (bytes, names) in [
            (&b"jG?"[..], "j G ?"),
            (b"\r\t\x7f", "enter tab backspace"),
            (b"\x08", "backspace"),
            (b"\x03\x1a\x01\x15", "ctrl-c ctrl-z ctrl-a ctrl-u"),
            (b"\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F", "up down right left home end"),
            (b"\x1bOA\x1bOB\x1bOH\x1bOF", "up down home end"),
            (b"\x1b[1~\x1b[4~\x1b[7~\x1b[8~\x1b[3~\x1b[5~\x1b[6~", "home end home end del pgup pgdn"),
            (b"\x1b[Z", "shift-tab"),
            (b"\x1b[1;5A\x1b[1;3B\x1b[1;2C", "ctrl-up alt-down right"),
            (b"\x1b[5;5~", "ctrl-pgup"),
            (b"\x1bO5D\x9bB", "ctrl-left down"),
            (b"\x1bb\x1b\x7f", "alt-b alt-backspace"),
            (b"\x1b", "esc"),
            (b"\x1b\x1b", "esc esc"),
            (b"\x1b[97;5u\x1b[27u\x1b[13u\x1b[97;1:3u", "ctrl-a esc enter"),
            (b"\x1b[27;5;99~\x1b[9;2u", "ctrl-c shift-tab"),
            ("ä€😀".as_bytes(), "ä € 😀"),
        ] {
            assert_eq!(said(&[bytes]), keys(names), "{:?}", bytes.escape_ascii().to_string());
        }
    }

    #[test]
    fn the_rest_of_a_key_may_come_later() {
        for whole in [&b"\x1b[B"[..], b"\x1bOB", b"\x1b[1;5A", "ä".as_bytes(), b"\x1bb"] {
            for at in 1..whole.len() {
                assert_eq!(said(&[&whole[..at], &whole[at..]]), said(&[whole]), "cut after {at}");
            }
        }
        let mut keyboard = Keyboard::default();
        keyboard.feed(b"\x1b", &mut Vec::new());
        assert_eq!(keyboard.patience(), Some(Duration::from_millis(50)));
    }

    #[test]
    fn a_report_means_nothing_and_ends_nothing() {
        for report in REPORTS {
            let shown = report.escape_ascii().to_string();
            assert_eq!(said(&[b"j", report, b"k\x03"]), keys("j k ctrl-c"), "{shown}");
            for at in 1..report.len() {
                assert_eq!(
                    said(&[b"j", &report[..at], &report[at..], b"k"]),
                    keys("j k"),
                    "{shown} cut after {at}"
                );
            }
        }
    }

    #[test]
    fn a_report_without_an_end_is_given_up_and_an_interrupt_ends_it_at_once() {
        for report in REPORTS {
            for at in 2..report.len() {
                let (mut keyboard, mut said) = (Keyboard::default(), Vec::new());
                keyboard.feed(&report[..at], &mut said);
                keyboard.expire(&mut said);
                said.clear();
                keyboard.feed(b"j", &mut said);
                assert_eq!(said, keys("j"), "{}", report[..at].escape_ascii());
            }
        }
        for begun in [&b"\x1b]11;rgb:"[..], b"\x1bP>|tm", b"\x1b[?997", b"\x1b]"] {
            assert_eq!(said(&[begun, b"\x03"]), keys("ctrl-c"));
        }
    }

    #[test]
    fn the_mouse_is_told_but_for_what_means_nothing() {
        let click = |x, y| Said::Pointer(Pointer::Click(Position { x, y }));
        for (report, told) in [
            (&b"\x1b[<0;1;1M"[..], Some(click(0, 0))),
            (b"\x1b[<0;300;90M", Some(click(299, 89))),
            (b"\x1b[<64;5;5M", Some(Said::Pointer(Pointer::WheelUp))),
            (b"\x1b[<65;5;5M", Some(Said::Pointer(Pointer::WheelDown))),
            // Let go, another button, a key held, moved, no place, no number, too much.
            (b"\x1b[<0;1;1m", None),
            (b"\x1b[<2;1;1M", None),
            (b"\x1b[<4;1;1M", None),
            (b"\x1b[<32;1;1M", None),
            (b"\x1b[<0;0;1M", None),
            (b"\x1b[<0;99999;1M", None),
            (b"\x1b[<0;1M", None),
            (b"\x1b[<0;1;1;1M", None),
            (b"\x1b[<;;M", None),
        ] {
            assert_eq!(said(&[report]), told.into_iter().collect::<Vec<Said>>(), "{}", report.escape_ascii());
        }
        assert_eq!(said(&[b"\x1b[<6", b"5;5;5Mj"]), [Said::Pointer(Pointer::WheelDown), keys("j").remove(0)]);
    }

    #[test]
    fn focus_is_told() {
        assert_eq!(said(&[b"\x1b[O\x1b[I"]), [Said::Focus(false), Said::Focus(true)]);
    }

    #[test]
    fn a_paste_is_one_text_and_never_keys() {
        let text = Said::Paste("q\r\x03yes\x1b[A ä".to_owned());
        let bytes = "\x1b[200~q\r\x03yes\x1b[A ä\x1b[201~j".as_bytes();
        let wanted = [vec![text], keys("j")].concat();
        for at in 1..bytes.len() {
            assert_eq!(said(&[&bytes[..at], &bytes[at..]]), wanted, "cut after {at}");
        }
    }

    #[test]
    fn a_paste_without_an_end_is_ended_by_time() {
        let (mut keyboard, mut said) = (Keyboard::default(), Vec::new());
        keyboard.feed(b"\x1b[200~2547", &mut said);
        assert!(said.is_empty() && keyboard.patience().is_some());
        keyboard.expire(&mut said);
        keyboard.feed(b"j", &mut said);
        assert_eq!(said, [vec![Said::Paste("2547".to_owned())], keys("j")].concat());
    }

    #[test]
    fn the_rest_of_a_paste_that_stalled_is_no_typing() {
        let (mut keyboard, mut said) = (Keyboard::default(), Vec::new());
        keyboard.feed(b"\x1b[200~", &mut said);
        keyboard.expire(&mut said);
        said.clear();
        keyboard.feed(b"0001\r", &mut said);
        keyboard.feed(b"0001\r\x1b[201~j", &mut said);
        assert_eq!(said, keys("j"));
        keyboard.feed(b"jk", &mut said);
        assert_eq!(said, keys("j j k"), "it is over");
    }

    #[test]
    fn the_rest_of_a_report_whose_esc_came_long_before_is_no_typing() {
        for rest in [&b"[?997;1n"[..], b"[>41;354;0c", b"]11;rgb:3030/3434/4646\x07"] {
            let (mut keyboard, mut said) = (Keyboard::default(), Vec::new());
            keyboard.feed(b"\x1b", &mut said);
            keyboard.expire(&mut said);
            keyboard.feed(rest, &mut said);
            keyboard.feed(b"j", &mut said);
            said.retain(|said| !matches!(said, Said::Background(_)));
            assert_eq!(said, keys("esc j"));
        }
    }

    #[test]
    fn a_paste_that_is_too_long_is_cut_and_its_end_is_found() {
        let long = vec![b'x'; LONGEST_PASTE + 1000];
        let said = said(&[b"\x1b[200~", &long, b"\x1b[201~", b"j"]);
        assert_eq!(said.len(), 2);
        assert!(matches!(&said[0], Said::Paste(text) if text.len() == LONGEST_PASTE));
    }

    proptest! {
        #[test]
        fn whatever_comes_the_keyboard_is_free_again_after_a_while(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let (mut keyboard, mut said) = (Keyboard::default(), Vec::new());
            keyboard.feed(&bytes, &mut said);
            keyboard.expire(&mut said);
            said.clear();
            keyboard.feed(b"\x03", &mut said);
            prop_assert_eq!(said, keys("ctrl-c"));
        }

        #[test]
        fn it_does_not_matter_in_which_pieces_it_comes(
            parts in proptest::collection::vec(0..REPORTS.len() + 3, 0..12),
            cuts in proptest::collection::vec(0usize..200, 0..12),
        ) {
            let keys = [&b"j"[..], b"\x1b[B", b"\r"];
            let part = |place: &usize| REPORTS.iter().chain(&keys).nth(*place).unwrap();
            let whole: Vec<u8> = parts.iter().flat_map(|place| part(place).to_vec()).collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (whole.len() + 1)).collect();
            cuts.extend([0, whole.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &whole[pair[0]..pair[1]]).collect();
            let wanted = parts.iter().filter(|place| **place >= REPORTS.len()).count();
            prop_assert_eq!(said(&pieces).len(), wanted);
        }
    }
}
