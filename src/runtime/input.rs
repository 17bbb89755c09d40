//! From terminal events and signals to events of the state machine.

use std::io;

use crossterm::event::{Event as Raw, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::{Stream, StreamExt, stream};
use ratatui::layout::Size;
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::Event;
use crate::app::key::{Code, Key};

/// What comes in from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// For the state machine.
    Event(Event),
    /// A person wants it to end, and no service manager or closing terminal, which may ask several
    /// times at once.
    Interrupt,
    /// The process was continued: whatever is on the terminal now is not ours.
    Repaint,
}

/// Signals that the loop takes. Listened to before the terminal is taken: one that comes in between
/// must find somebody who gives it back.
pub struct Signals(stream::SelectAll<stream::BoxStream<'static, io::Result<Incoming>>>);

impl Signals {
    /// From now on these signals end or stop the loop, and no longer the process.
    pub fn listen() -> io::Result<Self> {
        let suspend = Key { code: Code::Char('z'), ctrl: true, alt: false };
        Ok(Self(stream::select_all([
            on(SignalKind::terminate(), Incoming::Event(Event::Quit))?,
            on(SignalKind::hangup(), Incoming::Event(Event::Quit))?,
            on(SignalKind::interrupt(), Incoming::Interrupt)?,
            on(SignalKind::from_raw(Signal::TSTP.as_raw()), Incoming::Event(Event::Key(suspend)))?,
            on(SignalKind::from_raw(Signal::CONT.as_raw()), Incoming::Repaint)?,
        ])))
    }
}

/// Terminal events and signals, as one stream. Raw mode has to be on.
pub fn events(signals: Signals) -> impl Stream<Item = io::Result<Incoming>> + Unpin {
    let keys = EventStream::new().filter_map(|event| {
        std::future::ready(match event {
            Ok(raw) => translate(raw).map(|event| Ok(Incoming::Event(event))),
            Err(error) => Some(Err(error)),
        })
    });
    stream::select(keys, signals.0)
}

fn on(kind: SignalKind, what: Incoming) -> io::Result<stream::BoxStream<'static, io::Result<Incoming>>> {
    let source = signal(kind)?;
    Ok(stream::unfold((source, what), |(mut source, what)| async move {
        source.recv().await?;
        Some((Ok(what.clone()), (source, what)))
    })
    .boxed())
}

/// `None` for what means nothing to us: key releases, the mouse.
fn translate(raw: Raw) -> Option<Event> {
    match raw {
        Raw::Key(event) => key(event).map(Event::Key),
        Raw::Paste(text) => Some(Event::Paste(text)),
        Raw::Resize(width, height) => Some(Event::Resize(Size { width, height })),
        Raw::FocusLost => Some(Event::Focus(false)),
        Raw::FocusGained => Some(Event::Focus(true)),
        Raw::Mouse(_) => None,
    }
}

/// Presses and repeats only; some terminals report releases too.
fn key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let code = match event.code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => Code::BackTab,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        _ => Code::Other,
    };
    Some(Key {
        code,
        ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
        alt: event.modifiers.contains(KeyModifiers::ALT),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shift_is_dropped_from_printable_keys_and_releases_are_ignored() {
        let shifted = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(key(shifted), Key::parse("G"));
        let repeat =
            KeyEvent { kind: KeyEventKind::Repeat, ..KeyEvent::new(KeyCode::Down, KeyModifiers::NONE) };
        assert_eq!(key(repeat), Key::parse("down"));
        let release = KeyEvent { kind: KeyEventKind::Release, ..shifted };
        assert_eq!(key(release), None);
        assert_eq!(key(KeyEvent::new(KeyCode::Tab, KeyModifiers::SHIFT)), Key::parse("shift-tab"));
        assert_eq!(key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)), Key::parse("ctrl-c"));
    }
}
