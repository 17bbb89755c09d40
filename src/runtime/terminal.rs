//! The terminal: taken, drawn on, and given back as it was, on every way out.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::queue;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use super::Surface;
use super::painter::Painter;
use crate::app::pointer::Drawn;
use crate::app::welcome::Welcome;
use crate::app::{App, CopyRoute};
use crate::phone::Secret;
use crate::stream;
use crate::ui::{self, Theme, Themes};

/// What a terminal is taken for that does not tell its size.
const USUAL: Size = Size { width: 80, height: 24 };

/// Columns and rows. A serial line reports none: then what the environment says counts, else the
/// usual ones.
pub(super) fn size() -> Size {
    let told = rustix::termios::tcgetwinsize(io::stdout()).ok();
    let told = told.map(|size| Size { width: size.ws_col, height: size.ws_row });
    sized(told, |name| std::env::var(name).ok())
}

fn sized(told: Option<Size>, variable: impl Fn(&str) -> Option<String>) -> Size {
    let number = |name: &str| variable(name)?.trim().parse().ok().filter(|count| *count > 0);
    let told = told.unwrap_or(Size::ZERO);
    let or = |told: u16, name: &str, usual: u16| if told > 0 { told } else { number(name).unwrap_or(usual) };
    Size { width: or(told.width, "COLUMNS", USUAL.width), height: or(told.height, "LINES", USUAL.height) }
}

/// Whether the terminal is ours now. Process-wide, because a panic hook has to know it.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether the terminal was asked for something and has not answered: its answer is not for whoever has the
/// terminal next.
static ASKED: AtomicBool = AtomicBool::new(false);

/// Whether the mouse is ours. Process-wide for the same reason.
static POINTED: AtomicBool = AtomicBool::new(false);

/// Reports buttons and wheel (mode 1000 of xterm), in numbers that no window is too large for (1006).
/// What moves is not reported: nothing depends on it.
const TAKE_MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1006h";

/// Reports nothing of it any more.
const GIVE_MOUSE: &[u8] = b"\x1b[?1006l\x1b[?1000l";

/// Whether the window has a title that can be put back. Process-wide for the same reason.
static TITLED: AtomicBool = AtomicBool::new(false);

/// Puts the title of the window, and that of its icon, on a stack of the terminal.
const KEEP_TITLE: &[u8] = b"\x1b[22;0t";

/// Takes it from there.
const RESTORE_TITLE: &[u8] = b"\x1b[23;0t";

/// Whether a title can be set and put back: a console has no window, and screen keeps no title.
fn has_title(term: Option<&str>, through: Option<Multiplexer>) -> bool {
    let has_window = |term: &str| {
        !term.is_empty() && !["linux", "eterm", "vt", "cons"].iter().any(|name| term.starts_with(name))
    };
    term.is_some_and(has_window) && through != Some(Multiplexer::Screen)
}

/// Sets the title of the window, of which only plain characters are left.
fn titled(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    format!("\x1b]2;{}\x07", text.chars().take(LONGEST_TITLE).map(plain).collect::<String>())
}

/// More of a title is seen nowhere.
const LONGEST_TITLE: usize = 80;

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
        if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
            return Err(io::Error::other("this one can not place text (TERM=dumb)"));
        }
        let has_title = has_title(std::env::var("TERM").ok().as_deref(), Multiplexer::of_process());
        TITLED.store(has_title, Ordering::SeqCst);
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
    let mut opening = Vec::new();
    if TITLED.load(Ordering::SeqCst) {
        opening.extend_from_slice(KEEP_TITLE);
    }
    queue!(opening, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
    if POINTED.load(Ordering::SeqCst) {
        opening.extend_from_slice(TAKE_MOUSE);
    }
    send(&opening)
}

/// Writes all of it, after what was printed before.
fn send(bytes: &[u8]) -> io::Result<()> {
    io::stdout().lock().flush().ok();
    stream::stdout().write_all(bytes)
}

/// Gives the terminal back. Each step is tried whatever became of the one before; does nothing
/// when it was given back already.
fn leave() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut closing = Vec::new();
    if POINTED.load(Ordering::SeqCst) {
        closing.extend_from_slice(GIVE_MOUSE);
    }
    queue!(
        closing,
        EndSynchronizedUpdate,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    )
    .ok();
    if TITLED.load(Ordering::SeqCst) {
        closing.extend_from_slice(RESTORE_TITLE);
    }
    send(&closing).ok();
    if ASKED.swap(false, Ordering::SeqCst) {
        rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush).ok();
    }
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

/// What is between us and the terminal, and keeps what is meant for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexer {
    Tmux,
    /// GNU screen.
    Screen,
}

impl Multiplexer {
    /// The one that the environment tells of; the inner one sets its own variable last, and leaves
    /// that of the outer one: tmux within screen is the usual order.
    pub fn of_process() -> Option<Self> {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match (set("TMUX"), set("STY")) {
            (true, _) => Some(Self::Tmux),
            (false, true) => Some(Self::Screen),
            (false, false) => None,
        }
    }
}

/// screen passes on no longer piece at once.
const SCREEN_PIECE: usize = 512;

/// Text for the clipboard (OSC 52). tmux takes it for itself where `set-clipboard` is on; the same in
/// a passthrough reaches the terminal outside where that is allowed. screen passes it on in a device
/// control string, piece by piece.
fn clipboard(text: &Secret, through: Option<Multiplexer>) -> Secret {
    let encoded = Secret::new(base64::engine::general_purpose::STANDARD.encode(text.expose()));
    let plain = Secret::new(format!("\x1b]52;c;{}\x07", encoded.expose()));
    let plain = plain.expose();
    let passed = match through {
        None => String::new(),
        Some(Multiplexer::Tmux) => format!("\x1bPtmux;\x1b{plain}\x1b\\"),
        Some(Multiplexer::Screen) => {
            let mut passed = String::with_capacity(2 * plain.len());
            let mut rest = plain;
            while !rest.is_empty() {
                let (piece, more) = rest.split_at(rest.len().min(SCREEN_PIECE));
                passed.extend(["\x1bP", piece, "\x1b\\"]);
                rest = more;
            }
            passed
        }
    };
    Secret::new(format!("{plain}{passed}"))
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
    terminal: Terminal<Painter<Sheet>>,
    sheet: Sheet,
    themes: Themes,
    /// What the terminal told of its background.
    is_light: Option<bool>,
    through: Option<Multiplexer>,
    /// The title that the window has from us; empty where it has none.
    title: String,
    /// What is drawn on: always what the state was told, so that nothing is laid out for another size.
    area: Rect,
}

impl Display {
    /// A display with a theme of several; `through` says what is between us and the terminal.
    pub fn new(themes: Themes, through: Option<Multiplexer>) -> io::Result<Self> {
        let sheet = Sheet::default();
        // The size is ours to find out: a terminal may not tell it.
        let area = whole(size());
        let viewport = Viewport::Fixed(area);
        let painter = Painter::new(sheet.clone(), area);
        let terminal = Terminal::with_options(painter, TerminalOptions { viewport })?;
        Ok(Self { terminal, sheet, themes, is_light: None, through, title: String::new(), area })
    }

    /// Columns and rows.
    pub fn size(&self) -> Size {
        self.area.as_size()
    }

    /// Shows these from now on. What is known of the background holds for them, too.
    pub fn wear(&mut self, themes: Themes) {
        self.themes = themes;
        if let Some(light) = self.is_light {
            self.themes.background(light);
        }
    }

    /// The themes that can be shown.
    pub fn themes(&self) -> impl Iterator<Item = &str> {
        self.themes.names()
    }

    /// Asks the terminal for the colour of its background, where that decides anything and `term` (`TERM`)
    /// is no terminal that would show the question. The answer, if one comes, is read among the keys:
    /// nothing waits for it, no key that was typed meanwhile is lost, and the first frame is not late.
    pub fn ask_background(&self, term: &str) -> io::Result<()> {
        let deaf = ["linux", "eterm", "screen", "vt", "cons"].iter().any(|name| term.starts_with(name));
        if deaf || self.through == Some(Multiplexer::Screen) || !self.themes.follows_background() {
            return Ok(());
        }
        ASKED.store(true, Ordering::SeqCst);
        send(b"\x1b]11;?\x1b\\")
    }
}

impl Display {
    /// The next drawing shows everything.
    fn afresh(&mut self) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), Clear(ClearType::All))?;
        self.terminal.backend_mut().resize(self.area);
        // `clear` would ask the terminal for its cursor and wait for the answer in vain, because the
        // events read it. Resizing repaints everything without asking.
        self.terminal.resize(self.area)
    }

    /// Sends a frame in one piece.
    fn show(&mut self, size: Size, draw: impl FnOnce(&Theme, &mut Frame<'_>)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        if self.area != whole(size) {
            self.area = whole(size);
            self.afresh()?;
        }
        let theme = *self.themes.shown();
        self.terminal.draw(|frame| draw(&theme, frame))?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        let mut frame = self.sheet.0.borrow_mut();
        let sent = send(&frame);
        frame.clear();
        sent
    }

    /// Shows the first start.
    pub(super) fn welcome(&mut self, state: &Welcome) -> io::Result<()> {
        self.show(state.size, |theme, frame| ui::draw_welcome(state, theme, frame))
    }
}

fn whole(size: Size) -> Rect {
    Rect::from((Position::ORIGIN, size))
}

impl Surface for Display {
    fn draw(&mut self, app: &App) -> io::Result<Drawn> {
        let mut drawn = Drawn::default();
        let title = app.ctx.account.title();
        if title != self.title && TITLED.load(Ordering::SeqCst) {
            self.sheet.write_all(titled(&title).as_bytes())?;
            self.title = title;
        }
        self.show(app.ctx.size, |theme, frame| drawn = ui::draw(app, theme, frame))?;
        Ok(drawn)
    }

    fn copy(&mut self, text: &Secret) -> io::Result<CopyRoute> {
        if text.len() > CopyRoute::MOST {
            return Ok(CopyRoute::TooLong);
        }
        send(clipboard(text, self.through).expose().as_bytes())?;
        Ok(CopyRoute::Terminal)
    }

    fn suspend(&mut self) -> io::Result<Size> {
        leave();
        self.title.clear();
        // The whole process group, as the terminal itself would do for a program that leaves ^Z to
        // it: whoever started us gets the prompt back too. STOP, because TSTP has a handler here.
        rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
        enter()?;
        self.repaint()?;
        Ok(size())
    }

    fn repaint(&mut self) -> io::Result<()> {
        if !TAKEN.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.afresh()
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        if POINTED.swap(on, Ordering::SeqCst) == on {
            return Ok(());
        }
        send(if on { TAKE_MOUSE } else { GIVE_MOUSE })
    }

    fn theme(&mut self, name: &str) -> bool {
        self.themes.choose(name)
    }

    fn background(&mut self, light: bool) {
        ASKED.store(false, Ordering::SeqCst);
        self.is_light = Some(light);
        self.themes.background(light);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clipboard_is_reached_through_tmux_too() {
        let text = Secret::new("+234".to_owned());
        assert_eq!(clipboard(&text, None).expose(), "\x1b]52;c;KzIzNA==\x07");
        let both = "\x1b]52;c;KzIzNA==\x07\x1bPtmux;\x1b\x1b]52;c;KzIzNA==\x07\x1b\\";
        assert_eq!(clipboard(&text, Some(Multiplexer::Tmux)).expose(), both);
        let both = "\x1b]52;c;KzIzNA==\x07\x1bP\x1b]52;c;KzIzNA==\x07\x1b\\";
        assert_eq!(clipboard(&text, Some(Multiplexer::Screen)).expose(), both);
        let long = Secret::new("x".repeat(3_000));
        let passed = clipboard(&long, Some(Multiplexer::Screen));
        let pieces: Vec<&str> = passed.expose().split("\x1bP").skip(1).collect();
        assert!(
            pieces.len() > 5 && pieces.iter().all(|piece| piece.len() < 768 && piece.ends_with("\x1b\\"))
        );
    }

    #[test]
    fn a_title_is_plain_and_only_where_a_window_is() {
        assert_eq!(titled("numdeck wörk\u{1b}]\u{7}\u{9c} [TEST]"), "\x1b]2;numdeck w?rk?]?? [TEST]\x07");
        assert!(titled(&"a".repeat(1000)).len() < 100);
        for (term, through, has) in [
            (Some("xterm-256color"), None, true),
            (Some("screen-256color"), Some(Multiplexer::Tmux), true),
            (Some("screen"), Some(Multiplexer::Screen), false),
            (Some("linux"), None, false),
            (Some(""), None, false),
            (None, None, false),
        ] {
            assert_eq!(has_title(term, through), has, "{term:?}");
        }
    }

    #[test]
    fn a_terminal_without_a_size_has_that_of_the_environment_or_the_usual_one() {
        let size = |width, height| Size { width, height };
        let set = |name: &str| (name == "COLUMNS").then(|| "132".to_owned());
        assert_eq!(sized(Some(size(120, 40)), set), size(120, 40));
        assert_eq!(sized(Some(size(0, 0)), set), size(132, 24));
        assert_eq!(sized(None, |_| None), size(80, 24));
        assert_eq!(sized(Some(size(0, 0)), |_| Some("0".to_owned())), size(80, 24));
        assert_eq!(sized(Some(size(0, 50)), |_| Some("wide".to_owned())), size(80, 50));
    }
}
