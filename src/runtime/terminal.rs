//! The terminal: taken, drawn on, and given back as it was, on every way out.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Stdout, Write};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::queue;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};

use super::Screen;
use crate::app::App;
use crate::phone::Secret;
use crate::ui::{self, Theme};

/// Whether the terminal is ours now. Process-wide, because a panic hook has to know it.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Takes the terminal for as long as it lives.
#[derive(Debug)]
pub struct Tty(());

impl Tty {
    /// Raw mode, alternate screen, bracketed paste, focus reports. Fails where there is no
    /// terminal.
    pub fn take() -> io::Result<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(io::Error::other("standard input and output are not a terminal"));
        }
        enter()?;
        Ok(Self(()))
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        leave();
    }
}

fn enter() -> io::Result<()> {
    // Raw mode first: in the background this stops the process until the shell brings it forward,
    // before anything was written to a terminal that is somebody else's at that moment.
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = io::stdout().lock();
    queue!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
    out.flush()
}

/// Gives the terminal back. Each step is tried whatever became of the one before; does nothing
/// when it was given back already.
fn leave() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout().lock();
    queue!(out, EndSynchronizedUpdate, DisableFocusChange, DisableBracketedPaste, LeaveAlternateScreen, Show)
        .ok();
    out.flush().ok();
    disable_raw_mode().ok();
}

/// From now on a panic, in whatever thread, gives the terminal back before it is reported.
pub fn restore_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        leave();
        report(panic);
    }));
}

/// Text for the clipboard (OSC 52). tmux takes it for itself where `set-clipboard` is on; the same in
/// a passthrough reaches the terminal outside where that is allowed.
fn clipboard(text: &Secret, tmux: bool) -> Secret {
    let encoded = Secret::new(base64::engine::general_purpose::STANDARD.encode(text.expose()));
    let plain = format!("\x1b]52;c;{}\x07", encoded.expose());
    let passed = if tmux { format!("\x1bPtmux;\x1b{plain}\x1b\\") } else { String::new() };
    Secret::new(plain + &passed)
}

/// Collects a frame, so that it reaches the terminal in one piece.
#[derive(Debug, Default, Clone)]
struct Sheet(Rc<RefCell<Vec<u8>>>);

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// The frame is sent by [`Display::draw`], once, when it is complete.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Draws on the terminal that a [`Tty`] took.
pub struct Display {
    terminal: Terminal<CrosstermBackend<Sheet>>,
    sheet: Sheet,
    theme: Theme,
    /// The terminal is tmux, which keeps what is meant for the terminal outside of it.
    tmux: bool,
    out: Stdout,
}

impl Display {
    /// A display with a theme; `tmux` says whether tmux is between us and the terminal.
    pub fn new(theme: Theme, tmux: bool) -> io::Result<Self> {
        let sheet = Sheet::default();
        let terminal = Terminal::new(CrosstermBackend::new(sheet.clone()))?;
        crossterm::style::force_color_output(theme != Theme::Mono);
        Ok(Self { terminal, sheet, theme, tmux, out: io::stdout() })
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }
}

impl Screen for Display {
    fn draw(&mut self, app: &App) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| ui::draw(app, &self.theme, frame))?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        let mut frame = self.sheet.0.borrow_mut();
        self.out.write_all(&frame)?;
        frame.clear();
        self.out.flush()
    }

    fn copy(&mut self, text: &Secret) -> io::Result<()> {
        self.out.write_all(clipboard(text, self.tmux).expose().as_bytes())?;
        self.out.flush()
    }

    fn suspend(&mut self) -> io::Result<Size> {
        leave();
        // The whole process group, as the terminal itself would do for a program that leaves ^Z to
        // it: whoever started us gets the prompt back too. STOP, because TSTP has a handler here.
        rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
        enter()?;
        self.repaint()?;
        self.size()
    }

    fn repaint(&mut self) -> io::Result<()> {
        if !TAKEN.load(Ordering::SeqCst) {
            return Ok(());
        }
        // `clear` would ask the terminal for its cursor and wait for the answer in vain, because
        // the event stream reads it. Resizing repaints everything without asking.
        let Size { width, height } = self.terminal.size()?;
        self.terminal.resize(Rect { x: 0, y: 0, width, height })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clipboard_is_reached_through_tmux_too() {
        let text = Secret::new("+234".to_owned());
        assert_eq!(clipboard(&text, false).expose(), "\x1b]52;c;KzIzNA==\x07");
        let both = "\x1b]52;c;KzIzNA==\x07\x1bPtmux;\x1b\x1b]52;c;KzIzNA==\x07\x1b\\";
        assert_eq!(clipboard(&text, true).expose(), both);
    }
}
