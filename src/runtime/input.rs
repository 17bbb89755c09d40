//! From a terminal's bytes and signals to events of the state machine.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::AsFd;

use futures_util::{Stream, StreamExt, stream};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::keyboard::{Keyboard, Said};
use super::terminal::size;
use crate::app::Event;
use crate::app::key::{Key, KeyCode};

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
    /// The terminal says that its background is light, or dark.
    Background(bool),
}

/// Signals that the loop takes. Listened to before the terminal is taken: one that comes in between
/// must find somebody who gives it back.
pub struct Signals(stream::SelectAll<stream::BoxStream<'static, io::Result<Incoming>>>);

impl Signals {
    /// From now on these signals end or stop the loop, and no longer the process.
    pub fn listen() -> io::Result<Self> {
        let suspend = Key { code: KeyCode::Char('z'), ctrl: true, alt: false };
        Ok(Self(stream::select_all([
            on(SignalKind::terminate(), Incoming::Event(Event::Quit))?,
            on(SignalKind::hangup(), Incoming::Event(Event::Quit))?,
            on(SignalKind::interrupt(), Incoming::Interrupt)?,
            on(SignalKind::from_raw(Signal::TSTP.as_raw()), Incoming::Event(Event::Key(suspend)))?,
            on(SignalKind::from_raw(Signal::CONT.as_raw()), Incoming::Repaint)?,
            resized()?,
        ])))
    }
}

/// Keys, pastes, sizes and signals, as one stream. Raw mode has to be on.
///
/// The terminal is read here, and not by crossterm: its parser keeps a report that it does not know
/// and appends every later key to it (crossterm issue 1104), takes other reports for keys, and spins
/// where the terminal is gone.
///
/// # Errors
/// There is nothing left to wait for it with.
pub fn events(signals: Signals) -> io::Result<impl Stream<Item = io::Result<Incoming>> + Unpin> {
    let keys = stream::unfold(Typing::at(io::stdin())?, |mut typing| async {
        let incoming = typing.next().await;
        Some((Ok(incoming), typing))
    });
    Ok(stream::select(keys.boxed(), signals.0))
}

/// Pieces that may wait to be taken.
const PIECES: usize = 64;

/// Somebody at a terminal.
struct Typing {
    /// What was read; it ends where the terminal is gone.
    pieces: mpsc::Receiver<Vec<u8>>,
    keyboard: Keyboard,
    /// What was said and not handed on yet, the first one last.
    said: Vec<Said>,
    ended: bool,
    /// The thread that reads ends with it: what is typed later is for whoever has the terminal then.
    _stop: PipeWriter,
}

impl Typing {
    fn at(terminal: impl AsFd + Send + 'static) -> io::Result<Self> {
        let (stopped, stop) = io::pipe()?;
        let (sender, pieces) = mpsc::channel(PIECES);
        std::thread::Builder::new()
            .name("terminal".to_owned())
            .spawn(move || read_on(&terminal, &stopped, &sender))?;
        Ok(Self { pieces, keyboard: Keyboard::default(), said: Vec::new(), ended: false, _stop: stop })
    }

    /// What is said next. A terminal that is gone says that it ends, once, and then nothing more.
    async fn next(&mut self) -> Incoming {
        loop {
            if let Some(said) = self.said.pop() {
                return Incoming::Event(match said {
                    Said::Key(key) => Event::Key(key),
                    Said::Paste(text) => Event::Paste(text),
                    Said::Pointer(pointer) => Event::Pointer(pointer),
                    Said::Focus(has) => Event::Focus(has),
                    Said::Background(light) => return Incoming::Background(light),
                });
            }
            if self.ended {
                std::future::pending::<()>().await;
            }
            let mut said = Vec::new();
            let piece = match self.keyboard.patience() {
                None => Ok(self.pieces.recv().await),
                Some(patience) => tokio::time::timeout(patience, self.pieces.recv()).await,
            };
            match piece {
                Ok(Some(bytes)) => self.keyboard.feed(&bytes, &mut said),
                Ok(None) => {
                    self.ended = true;
                    return Incoming::Event(Event::Quit);
                }
                Err(_) => self.keyboard.expire(&mut said),
            }
            said.reverse();
            self.said = said;
        }
    }
}

/// Reads until the terminal is gone, or nobody listens any more.
fn read_on(terminal: &impl AsFd, stopped: &PipeReader, sender: &mpsc::Sender<Vec<u8>>) {
    let mut bytes = vec![0; 4096];
    loop {
        // A read that waits could not be stopped, and whether it waits depends on a flag that belongs to
        // everybody who shares the terminal.
        let mut asked = [PollFd::new(terminal, PollFlags::IN), PollFd::new(stopped, PollFlags::IN)];
        match poll(&mut asked, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return,
        }
        if !asked[1].revents().is_empty() {
            return;
        }
        if asked[0].revents().is_empty() {
            continue;
        }
        match rustix::io::read(terminal, &mut bytes) {
            Ok(0) => return,
            Ok(count) if sender.blocking_send(bytes[..count].to_vec()).is_err() => return,
            Ok(_) | Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

fn on(kind: SignalKind, what: Incoming) -> io::Result<stream::BoxStream<'static, io::Result<Incoming>>> {
    let source = signal(kind)?;
    Ok(stream::unfold((source, what), |(mut source, what)| async move {
        source.recv().await?;
        Some((Ok(what.clone()), (source, what)))
    })
    .boxed())
}

/// The size of the terminal, each time that it changes.
fn resized() -> io::Result<stream::BoxStream<'static, io::Result<Incoming>>> {
    let source = signal(SignalKind::window_change())?;
    Ok(stream::unfold(source, |mut source| async {
        source.recv().await?;
        Some((Ok(Incoming::Event(Event::Resize(size()))), source))
    })
    .boxed())
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use super::*;

    fn typing() -> (PipeWriter, Typing) {
        let (reader, writer) = io::pipe().unwrap();
        (writer, Typing::at(reader).unwrap())
    }

    fn key(name: &str) -> Incoming {
        Incoming::Event(Event::Key(Key::parse(name).unwrap()))
    }

    #[tokio::test]
    async fn what_is_typed_comes_in_its_order_and_esc_after_a_moment() {
        let (mut terminal, mut typing) = typing();
        terminal.write_all(b"jk\x1b[A\x1b").unwrap();
        for name in ["j", "k", "up", "esc"] {
            assert_eq!(typing.next().await, key(name));
        }
        terminal.write_all(b"q").unwrap();
        assert_eq!(typing.next().await, key("q"));
    }

    #[tokio::test]
    async fn a_terminal_that_is_gone_says_so_once() {
        let (terminal, mut typing) = typing();
        drop(terminal);
        assert_eq!(typing.next().await, Incoming::Event(Event::Quit));
        let more = tokio::time::timeout(Duration::from_millis(50), typing.next()).await;
        assert!(more.is_err(), "{more:?}");
    }

    #[tokio::test]
    async fn more_than_fits_one_read_is_read_on() {
        let (mut terminal, mut typing) = typing();
        let writing = std::thread::spawn(move || terminal.write_all(&[b'j'; 20_000]).map(|()| terminal));
        for _ in 0..20_000 {
            assert_eq!(typing.next().await, key("j"));
        }
        writing.join().unwrap().unwrap();
    }
}
