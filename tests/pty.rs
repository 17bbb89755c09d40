//! The real program in a real terminal: what it draws, and that it always gives the terminal back.
//!
//! A terminal emulator shows what a person would see; modes and colours are read from the sequences
//! that were sent.
#![allow(clippy::unwrap_used, reason = "helpers of tests; what goes wrong here is to be loud")]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command as Plain, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use numdeck::sandbox::{Config, Sandbox};
use pty_process::Size;
use pty_process::blocking::{Command, Pts, Pty};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::termios::{LocalModes, Termios, tcgetattr};

/// Much longer than anything takes on the slowest machine.
const PATIENT: Duration = Duration::from_secs(60);

/// Modes of the terminal that somebody could be left with.
const PASTE: u16 = 2004;
const FOCUS: u16 = 1004;
const ALTERNATE: u16 = 1049;
const CURSOR: u16 = 25;
const SYNCHRONIZED: u16 = 2026;
/// No terminal knows this one.
const MARK: u16 = 9999;

// ---- a terminal ----

/// What the program has sent, and what a terminal shows of it.
struct Emulator {
    parser: vt100::Parser,
    sent: Vec<u8>,
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

impl Emulator {
    fn new(rows: u16, columns: u16) -> Self {
        Self { parser: vt100::Parser::new(cells(rows), cells(columns), 0), sent: Vec::new() }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
        self.parser.process(bytes);
    }

    /// Another size; nothing is left of what was shown.
    fn resize(&mut self, rows: u16, columns: u16) {
        self.parser.screen_mut().set_size(cells(rows), cells(columns));
        self.parser.process(b"\x1b[2J");
    }

    fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// Rows that begin reversed.
    fn reversed(&self) -> Vec<Vec<&vt100::Cell>> {
        let screen = self.parser.screen();
        let (rows, columns) = screen.size();
        let row = |y| (0..columns.get()).filter_map(move |x| screen.cell(y, x)).collect::<Vec<_>>();
        (0..rows.get()).map(row).filter(|row| row.first().is_some_and(|cell| cell.inverse())).collect()
    }

    /// Parameters and final byte of every control sequence that was sent.
    fn sequences(&self) -> Vec<(String, char)> {
        let text = String::from_utf8_lossy(&self.sent);
        let sequences = text.split("\x1b[").skip(1).filter_map(|rest| {
            let end = rest.find(|c| ('@'..='~').contains(&c))?;
            Some((rest[..end].to_owned(), rest[end..].chars().next()?))
        });
        sequences.collect()
    }

    /// The titles that the window had while its own was kept, and whether that was put back.
    fn titles(&self) -> (Vec<String>, bool) {
        let text = String::from_utf8_lossy(&self.sent);
        let set =
            text.split("\x1b]2;").skip(1).filter_map(|rest| Some(rest.split_once('\x07')?.0.to_owned()));
        let kept = text.matches("\x1b[22;0t").count();
        let last = text.rfind("\x1b[22;0t").zip(text.rfind("\x1b[23;0t"));
        let back = kept == text.matches("\x1b[23;0t").count() && last.is_none_or(|(kept, back)| kept < back);
        (set.collect(), back)
    }

    /// Private modes that are on.
    fn modes(&self) -> BTreeSet<u16> {
        let mut modes = BTreeSet::from([CURSOR]);
        for (parameters, end) in self.sequences() {
            let Some(numbers) = parameters.strip_prefix('?') else { continue };
            for mode in numbers.split(';').filter_map(|mode| mode.parse().ok()) {
                match end {
                    'h' => drop(modes.insert(mode)),
                    'l' => drop(modes.remove(&mode)),
                    _ => {}
                }
            }
        }
        modes
    }

    /// Colours that were asked for, as parameters.
    fn colours(&self) -> BTreeSet<u16> {
        let styles = self.sequences().into_iter().filter(|(_, end)| *end == 'm');
        let numbers = styles.flat_map(|(parameters, _)| {
            parameters.split(';').filter_map(|n| n.parse().ok()).collect::<Vec<u16>>()
        });
        numbers.filter(|n| matches!(n, 30..=38 | 40..=48 | 90..=107)).collect()
    }
}

type Shared = Arc<(Mutex<Emulator>, Condvar)>;

/// A program in a terminal of its own, in a session of its own.
struct Terminal {
    pty: Arc<Pty>,
    pts: Pts,
    before: Termios,
    child: Child,
    screen: Shared,
}

fn numdeck() -> Command {
    Command::new(env!("CARGO_BIN_EXE_numdeck"))
}

impl Terminal {
    fn run(command: Command) -> Self {
        Self::start_with(command, "xterm-256color")
    }

    /// In a terminal that calls itself so.
    fn start_with(command: Command, term: &str) -> Self {
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(Size::new(24, 80)).unwrap();
        let before = tcgetattr(&pts).unwrap();
        let command = command.env("TERM", term).env_remove("NO_COLOR").env("RUST_BACKTRACE", "0");
        // Nobody's own clipboard is written to.
        let command =
            command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env("SSH_TTY", "/dev/pts/0");
        Self::start(command, pty, pts, before)
    }

    fn start(mut command: Command, pty: Pty, pts: Pts, before: Termios) -> Self {
        let child = command.spawn_borrowed(&pts).unwrap();
        let (pty, screen) = (Arc::new(pty), Shared::new((Mutex::new(Emulator::new(24, 80)), Condvar::new())));
        let (reads, shown) = (Arc::clone(&pty), Arc::clone(&screen));
        // Ends with the process of the test: this side of the terminal is kept open.
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = (&*reads).read(&mut buffer) {
                shown.0.lock().unwrap().take(&buffer[..count]);
                shown.1.notify_all();
            }
        });
        Self { pty, pts, before, child, screen }
    }

    /// The dashboard over its own sandbox, loaded.
    fn demo() -> Self {
        Self::loaded(numdeck().arg("demo"))
    }

    fn loaded(command: Command) -> Self {
        let terminal = Self::run(command);
        terminal.wait_for("312 numbers");
        terminal
    }

    fn wait_until(&self, what: &str, holds: impl Fn(&Emulator) -> bool) {
        let (screen, changed) = &*self.screen;
        let (screen, late) =
            changed.wait_timeout_while(screen.lock().unwrap(), PATIENT, |screen| !holds(screen)).unwrap();
        assert!(!late.timed_out(), "never showed {what}; modes {:?}:\n{}", screen.modes(), screen.text());
    }

    /// Waits until the screen shows a text.
    fn wait_for(&self, text: &str) {
        self.wait_until(text, |screen| screen.text().contains(text));
    }

    fn screen<T>(&self, read: impl FnOnce(&mut Emulator) -> T) -> T {
        read(&mut self.screen.0.lock().unwrap())
    }

    fn write(&self, bytes: &str) {
        (&*self.pty).write_all(bytes.as_bytes()).unwrap();
    }

    fn resize(&self, rows: u16, columns: u16) {
        self.screen(|screen| screen.resize(rows, columns));
        self.pty.resize(Size::new(rows, columns)).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Waits until the process is stopped, as a shell would see it.
    fn wait_stopped(&self) {
        let deadline = Instant::now() + PATIENT;
        loop {
            let seen = waitpid(Some(self.pid()), WaitOptions::UNTRACED | WaitOptions::NOHANG).unwrap();
            match seen {
                Some((_, status)) if status.stopped() => return,
                Some((_, status)) => panic!("it did not stop but end: {status:?}"),
                None => assert!(Instant::now() < deadline, "it did not stop"),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn wait_ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it did not end:\n{}", self.screen(|screen| screen.text()));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Everything that was sent before is on the screen.
    fn settle(&self) {
        // What a terminal echoes or a program sends arrives in order; a mark from the same side is last.
        rustix::io::write(&self.pts, b"\x1b[?9999h").unwrap();
        self.wait_until("the mark", |screen| screen.modes().contains(&MARK));
        self.screen(|screen| screen.sent.extend_from_slice(b"\x1b[?9999l"));
    }

    /// Fails unless the terminal is as it was before the program.
    fn assert_given_back(&self, how: &str) {
        self.settle();
        let modes = self.screen(|screen| screen.modes());
        assert_eq!(modes, BTreeSet::from([CURSOR]), "{how}: only the cursor is on");
        assert!(self.screen(|screen| screen.titles().1), "{how}: the window has its title again");
        let now = tcgetattr(&self.pts).unwrap();
        assert_eq!(settings(&now), settings(&self.before), "{how}: the line discipline is as it was");
        let text = self.screen(|screen| screen.text());
        assert!(!text.contains("NUMBER"), "{how}: nothing of the dashboard stays:\n{text}");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves nobody behind.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn settings(termios: &Termios) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?}",
        termios.input_modes,
        termios.output_modes,
        termios.control_modes,
        termios.local_modes,
        termios.special_codes
    )
}

// ---- drawing ----

#[test]
fn it_starts_and_shows_the_numbers() {
    let terminal = Terminal::demo();
    let (text, modes) = terminal.screen(|screen| (screen.text(), screen.modes()));
    for word in ["demo", "[TEST]", "NUMBER", "1 Owned 312", "? help"] {
        assert!(text.contains(word), "no {word}:\n{text}");
    }
    assert!([ALTERNATE, PASTE, FOCUS].iter().all(|mode| modes.contains(mode)), "{modes:?}");
    assert!(!modes.contains(&SYNCHRONIZED), "every frame is ended");
    let raw = tcgetattr(&terminal.pts).unwrap();
    assert!(!raw.local_modes.intersects(LocalModes::ECHO | LocalModes::ICANON));
}

#[test]
fn the_demo_remembers_while_it_lasts_and_lists_calls() {
    let terminal = Terminal::demo();
    terminal.write("4");
    terminal.wait_for("Nothing was seen to change");
    terminal.write("1h");
    terminal.wait_for("inbound call from ***");
}

#[test]
fn it_follows_the_size_down_to_one_cell_and_back() {
    let terminal = Terminal::demo();
    terminal.resize(1, 1);
    terminal.wait_for("…");
    terminal.resize(12, 40);
    terminal.wait_for("312 numbers");
    terminal.resize(40, 120);
    terminal.wait_for("312 numbers");
    terminal.wait_for("Route");
    terminal.write("G");
    terminal.wait_until("the last row", |screen| screen.text().lines().any(|line| line.starts_with(" > ")));
}

#[test]
fn every_key_is_heard_after_a_rest() {
    let terminal = Terminal::demo();
    for _ in 0..3 {
        // Each key waits for what the one before it did, so that none comes in a burst.
        for (keys, shown, gone) in [
            ("?", "on this screen", "NUMBER"),
            ("\x1b", "NUMBER", "on this screen"),
            ("2", "chooses country", "312 numbers"),
            ("f", "Enter searches", "chooses country"),
            ("\x1b", "chooses country", "Enter searches"),
            ("1", "312 numbers", "Pattern"),
        ] {
            terminal.write(keys);
            terminal.wait_until(&format!("{shown} after {keys:?}"), |screen| {
                let text = screen.text();
                text.contains(shown) && !text.contains(gone)
            });
        }
    }
}

#[test]
fn what_a_terminal_reports_is_no_key_and_ends_no_key() {
    let terminal = Terminal::demo();
    terminal.write("/");
    terminal.wait_for("esc clear");
    for report in [
        "\x1b[?997;1n",
        "\x1b[?2026;2$y",
        "\x1b[>41;354;0c",
        "\x1b]11;rgb:3030/3434/4646\x1b\\",
        "\x1b]52;c;aGVsbG8=\x07",
        "\x1bP>|tmux 3.4\x1b\\",
        "\x1b_Gi=31;OK\x1b\\",
    ] {
        terminal.write("2");
        let (begun, rest) = report.split_at(report.len() / 2);
        terminal.write(begun);
        std::thread::sleep(Duration::from_millis(20));
        terminal.write(rest);
        // The terminal's key that erases may send either.
        terminal.write("5\x085\x7f");
    }
    terminal.write("5");
    terminal.wait_for("/ 22222225 ");
}

#[test]
fn an_arrow_key_in_two_pieces_is_one_key() {
    let terminal = Terminal::demo();
    terminal.write("/254\r");
    terminal.wait_for("match");
    terminal.write("\x1b");
    std::thread::sleep(Duration::from_millis(10));
    terminal.write("[B?");
    terminal.wait_for("on this screen");
    terminal.write("\x1b");
    terminal.wait_for("match");
}

#[test]
fn a_terminal_without_a_size_is_drawn_on_all_the_same() {
    let (pty, pts) = pty_process::blocking::open().unwrap();
    pty.resize(Size::new(0, 0)).unwrap();
    let before = tcgetattr(&pts).unwrap();
    let command = numdeck().arg("demo").env("TERM", "xterm-256color").env("NO_COLOR", "1");
    Terminal::start(command, pty, pts, before).wait_for("312 numbers");
}

#[test]
fn a_terminal_that_can_not_place_text_gets_no_escape_sequence() {
    let (pty, pts) = pty_process::blocking::open().unwrap();
    pty.resize(Size::new(24, 80)).unwrap();
    let before = tcgetattr(&pts).unwrap();
    let mut terminal = Terminal::start(numdeck().arg("demo").env("TERM", "dumb"), pty, pts, before);
    assert_eq!(terminal.wait_ended().code(), Some(2));
    terminal.wait_for("TERM=dumb");
    assert!(terminal.screen(|screen| !screen.sent.contains(&0x1b)));
}

#[test]
fn a_terminal_that_is_gone_ends_it_whoever_ignores_the_hang_up() {
    let (pty, pts) = pty_process::blocking::open().unwrap();
    pty.resize(Size::new(24, 80)).unwrap();
    let mut shell =
        Command::new("/bin/sh").args(["-c", "trap '' HUP; \"$0\" demo; echo $? >\"$1\"; sleep 60"]);
    let place = tempfile::tempdir().unwrap();
    let code = place.path().join("code");
    shell = shell.arg(env!("CARGO_BIN_EXE_numdeck")).arg(&code).env("TERM", "xterm-256color");
    let mut child = shell.spawn_borrowed(&pts).unwrap();
    drop(pts);
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&seen).contains("NUMBER") {
        let count = (&pty).read(&mut buffer).unwrap();
        seen.extend_from_slice(&buffer[..count]);
    }
    drop(pty);
    let deadline = Instant::now() + PATIENT;
    while !code.exists() {
        assert!(Instant::now() < deadline, "it goes on without a terminal");
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_terminal_that_somebody_made_not_wait_gets_every_frame() {
    let (pty, pts) = pty_process::blocking::open().unwrap();
    pty.resize(Size::new(40, 200)).unwrap();
    let before = tcgetattr(&pts).unwrap();
    let flags = rustix::fs::fcntl_getfl(&pts).unwrap();
    rustix::fs::fcntl_setfl(&pts, flags | rustix::fs::OFlags::NONBLOCK).unwrap();
    let terminal = Terminal::start(numdeck().arg("demo").env("TERM", "xterm-256color"), pty, pts, before);
    terminal.screen(|screen| screen.resize(40, 200));
    terminal.wait_for("312 numbers");
    for _ in 0..20 {
        terminal.write("Gg");
        terminal.resize(39, 199);
        terminal.resize(40, 200);
    }
    terminal.write("G");
    terminal.wait_until("the last row", |screen| screen.text().lines().any(|line| line.starts_with(" > ")));
}

#[test]
fn nothing_is_sent_while_nothing_changes() {
    let terminal = Terminal::demo();
    let deadline = Instant::now() + PATIENT;
    let (mut seen, mut since) = (0, Instant::now());
    while since.elapsed() < Duration::from_secs(1) {
        assert!(Instant::now() < deadline, "it does not come to rest");
        std::thread::sleep(Duration::from_millis(20));
        let now = terminal.screen(|screen| screen.sent.len());
        if now != seen {
            (seen, since) = (now, Instant::now());
        }
    }
    assert!(seen > 0);
}

#[test]
fn without_colour_the_selected_row_is_reversed_and_no_colour_is_asked_for() {
    let (pty, pts) = pty_process::blocking::open().unwrap();
    pty.resize(Size::new(24, 80)).unwrap();
    let before = tcgetattr(&pts).unwrap();
    let command = numdeck().arg("demo").env("TERM", "xterm-256color").env("NO_COLOR", "1");
    let terminal = Terminal::start(command, pty, pts, before);
    terminal.wait_for("312 numbers");
    terminal.write("jjjk");
    let third = |screen: &Emulator| {
        let rows = screen.reversed();
        let [row] = &rows[..] else { return false };
        row.iter().all(|cell| cell.inverse()) && row[1].contents() == ">" && row[3].contents() == "+"
    };
    terminal.wait_until("one reversed row, from end to end", third);
    terminal.write("?");
    terminal.wait_for("on this screen");
    terminal.write("\x1b");
    terminal.wait_until("the list again", |screen| !screen.text().contains("on this screen"));
    terminal.write("2f");
    terminal.wait_for("Enter searches");
    assert_eq!(terminal.screen(|screen| screen.colours()), BTreeSet::new());
}

#[test]
fn a_flag_takes_all_colours_away_whatever_theme_is_wanted() {
    let terminal =
        demo_with(&["--color", "never", "--theme", "high-contrast"], &[("COLORTERM", "truecolor")]);
    walk(&terminal);
    assert_eq!(terminal.screen(|screen| screen.colours()), BTreeSet::new());
}

#[test]
fn with_colours_there_are_some() {
    let terminal = Terminal::demo();
    assert!(!terminal.screen(|screen| screen.colours().is_empty()), "the test above would see them");
}

/// The dashboard in a terminal that has these variables and no others that tell of it.
fn demo_with(arguments: &[&str], variables: &[(&str, &str)]) -> Terminal {
    let (pty, pts) = pty_process::blocking::open().unwrap();
    pty.resize(Size::new(24, 80)).unwrap();
    let before = tcgetattr(&pts).unwrap();
    let mut command = numdeck().arg("demo").args(arguments);
    for name in ["COLORTERM", "COLORFGBG", "NO_COLOR", "TMUX", "STY", "LC_ALL", "LC_CTYPE", "LANG"] {
        command = command.env_remove(name);
    }
    for (name, value) in variables {
        command = command.env(name, value);
    }
    let terminal = Terminal::start(command, pty, pts, before);
    terminal.wait_for("312 numbers");
    terminal
}

/// Goes through screens of all colours.
fn walk(terminal: &Terminal) {
    for (keys, shown) in [
        ("?", "on this screen"),
        ("\x1b", "NUMBER"),
        ("\r", "Route"),
        ("\x1b", "NUMBER"),
        ("2f", "Enter searches"),
    ] {
        terminal.write(keys);
        terminal.wait_for(shown);
    }
}

#[test]
fn a_terminal_of_sixteen_colours_gets_no_others() {
    let extended: BTreeSet<u16> = BTreeSet::from([38, 48]);
    for theme in ["dark", "light", "high-contrast"] {
        let terminal = demo_with(&["--theme", theme], &[("TERM", "xterm")]);
        walk(&terminal);
        let colours = terminal.screen(|screen| screen.colours());
        assert!(colours.is_disjoint(&extended), "{theme}: {colours:?}");
        assert!(!colours.is_empty() || theme == "high-contrast", "nothing was wrong, so nothing is filled");
    }
    let terminal = demo_with(&["--theme", "light"], &[("TERM", "xterm-256color")]);
    assert!(terminal.screen(|screen| screen.colours()).contains(&38), "the test above would see them");
}

#[test]
fn the_theme_without_colours_asks_for_none() {
    for (theme, variables) in [
        ("mono", &[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..]),
        ("light", &[("TERM", "xterm-256color"), ("NO_COLOR", "1")]),
    ] {
        let terminal = demo_with(&["--theme", theme], variables);
        walk(&terminal);
        assert_eq!(terminal.screen(|screen| screen.colours()), BTreeSet::new(), "{theme}");
    }
}

#[test]
fn all_colours_are_for_terminals_that_say_that_they_have_them() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("mine.toml");
    std::fs::write(&file, "accent = \"#ff8700\"\n").unwrap();
    let arguments = ["--theme", file.to_str().unwrap()];
    for (variables, wanted) in [
        (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..], "\x1b[38;2;255;135;0m"),
        (&[("TERM", "xterm-256color")], "\x1b[38;5;208m"),
        (&[("TERM", "xterm")], "\x1b[33m"),
    ] {
        let terminal = demo_with(&arguments, variables);
        let sent = terminal.screen(|screen| String::from_utf8_lossy(&screen.sent).into_owned());
        assert!(sent.contains(wanted), "{variables:?}: no {wanted:?}");
        let (all, indexed) = (sent.contains("38;2"), sent.contains("38;5"));
        assert_eq!((all, indexed), (wanted.contains("38;2"), wanted.contains("38;5")), "{variables:?}");
    }
}

#[test]
fn the_background_that_a_terminal_tells_chooses_the_theme() {
    let terminal = demo_with(&[], &[("TERM", "xterm-256color")]);
    let has = |code: u16| move |screen: &Emulator| screen.colours().contains(&code);
    let sent = terminal.screen(|screen| String::from_utf8_lossy(&screen.sent).into_owned());
    assert!(sent.contains("\x1b]11;?"), "it asks");
    assert!(!terminal.screen(|screen| has(34)(screen)), "blue is the accent on a light background");
    // Keys that were typed before the answer are not lost.
    terminal.write("/25\x1b]11;rgb:ffff/ffff/ffff\x1b\\4");
    terminal.wait_for("/ 254 ");
    terminal.wait_until("the light theme", has(34));
}

#[test]
fn a_terminal_that_is_asked_nothing_is_drawn_on_by_what_its_variables_tell() {
    for (variables, accent) in [
        (&[("TERM", "linux")][..], 36),
        (&[("TERM", "xterm"), ("COLORFGBG", "0;15")], 34),
        (&[("TERM", "xterm"), ("COLORFGBG", "15;0")], 36),
    ] {
        let terminal = demo_with(&[], variables);
        let (colours, sent) = terminal.screen(|screen| (screen.colours(), screen.sent.clone()));
        assert!(colours.contains(&accent), "{variables:?}: {colours:?}");
        let asks = String::from_utf8_lossy(&sent).contains("]11;?");
        assert_eq!(asks, variables[0].1 != "linux", "{variables:?}");
    }
}

#[test]
fn a_theme_with_a_mistake_is_named_before_the_terminal_is_taken() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("mine.toml");
    std::fs::write(&file, "text = {}\ngood = \"grene\"\n").unwrap();
    let mut terminal = Terminal::run(numdeck().args(["demo", "--theme", file.to_str().unwrap()]));
    assert_eq!(terminal.wait_ended().code(), Some(2));
    terminal.wait_for("line 2");
    assert!(!terminal.screen(|screen| screen.modes().contains(&ALTERNATE)));
}

#[test]
fn a_locale_without_unicode_gets_ascii_alone() {
    for (arguments, variables) in [
        (&["--ascii"][..], &[("TERM", "xterm"), ("LANG", "en_US.UTF-8")][..]),
        (&[], &[("TERM", "xterm"), ("LC_ALL", "C")]),
    ] {
        let terminal = demo_with(arguments, variables);
        walk(&terminal);
        let sent = terminal.screen(|screen| screen.sent.clone());
        assert!(sent.is_ascii(), "{variables:?}: {}", terminal.screen(|screen| screen.text()));
    }
    let terminal = demo_with(&[], &[("TERM", "xterm")]);
    assert!(!terminal.screen(|screen| screen.sent.is_ascii()), "the test above would see it");
}

#[test]
fn the_cursor_is_seen_where_text_is_typed() {
    let terminal = Terminal::demo();
    let is_at = |wanted: u16| {
        move |screen: &Emulator| {
            screen.modes().contains(&CURSOR) && screen.parser.screen().cursor_position().1 == wanted
        }
    };
    terminal.write("/country:ng");
    terminal.wait_until("the cursor behind the text", is_at(13));
    terminal.write("\x1bb");
    terminal.wait_until("the cursor before the word", is_at(11));
    terminal.write("\x0b");
    terminal.wait_until("nothing behind it", |screen| !screen.text().contains("country:ng"));
    terminal.write("gh\r/\x15ke\x1b[A");
    terminal.wait_for("/ country:gh");
    terminal.write("\x1b[B");
    terminal.wait_for("/ ke ");
}

#[test]
fn pasting_is_no_typing() {
    let mut terminal = Terminal::demo();
    terminal.write("\x1b[200~q\r\x1b[201~");
    terminal.wait_for("Pasted text is ignored");
    terminal.write("/\x1b[200~mobile\r\x1b[201~");
    terminal.wait_for("/ mobile");
    assert!(terminal.is_running());
}

// ---- copying ----

/// Copies the selected number, and returns what was sent since.
fn copied(terminal: &Terminal) -> String {
    let before = terminal.screen(|screen| screen.sent.len());
    terminal.write("y");
    terminal.wait_for("esc close");
    terminal.write("\r");
    terminal.wait_for("Number sent to the terminal's clipboard (OSC 52).");
    terminal.screen(|screen| String::from_utf8_lossy(&screen.sent[before..]).into_owned())
}

#[test]
fn what_is_copied_reaches_the_terminal_also_through_tmux() {
    let terminal = Terminal::loaded(numdeck().arg("demo").env("TMUX", "/tmp/tmux-0/default,1,0"));
    let sent = copied(&terminal);
    // `+` and digits, in base 64.
    let (_, plain) = sent.split_once("\x1b]52;c;Kz").expect("for tmux itself");
    let (text, _) = plain.split_once('\x07').unwrap();
    assert!(
        sent.contains(&format!("\x1bPtmux;\x1b\x1b]52;c;Kz{text}\x07\x1b\\")),
        "for the terminal outside"
    );
    let sent = copied(&Terminal::demo());
    assert!(sent.contains("\x1b]52;c;Kz") && !sent.contains("tmux"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_display_that_does_not_answer_is_not_waited_for() {
    // X11 over TCP: display N listens on port 6000 + N.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let display = silent.local_addr().unwrap().port() - 6000;
    let command = numdeck().arg("demo").env_remove("SSH_CONNECTION").env_remove("SSH_CLIENT");
    let (pty, pts) = pty_process::blocking::open().unwrap();
    pty.resize(Size::new(24, 80)).unwrap();
    let before = tcgetattr(&pts).unwrap();
    let command = command.env_remove("SSH_TTY").env_remove("WAYLAND_DISPLAY").env("TERM", "xterm-256color");
    let command = command.env("DISPLAY", format!("127.0.0.1:{display}"));
    let mut terminal = Terminal::start(command, pty, pts, before);
    terminal.wait_for("312 numbers");
    assert!(copied(&terminal).contains("\x1b]52;c;Kz"));
    silent.set_nonblocking(true).unwrap();
    assert!(silent.accept().is_ok(), "it was asked");
    terminal.write("q");
    assert_eq!(terminal.wait_ended().code(), Some(0));
}

// ---- giving the terminal back ----

#[test]
fn keys_and_signals_that_end_it_give_the_terminal_back() {
    for keys in ["q", "\x03"] {
        let mut terminal = Terminal::demo();
        terminal.write(keys);
        assert_eq!(terminal.wait_ended().code(), Some(0), "{keys:?}");
        terminal.assert_given_back(&format!("{keys:?}"));
    }
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut terminal = Terminal::demo();
        terminal.signal(signal);
        let status = terminal.wait_ended();
        assert!(status.code().is_some(), "{signal:?} was handled: {status:?}");
        terminal.assert_given_back(&format!("{signal:?}"));
    }
}

/// What the mouse reports when a text of the screen is clicked.
fn click_on(terminal: &Terminal, text: &str) {
    terminal.wait_for(text);
    let at = terminal.screen(|screen| {
        let shown = screen.text();
        let lines = shown.lines().enumerate();
        let (y, x) = lines.filter_map(|(y, line)| Some((y, line.find(text)?))).next().unwrap();
        (y + 1, shown.lines().nth(y).unwrap()[..x].chars().count() + 1)
    });
    terminal.write(&format!("\x1b[<0;{};{}M\x1b[<0;{};{}m", at.1, at.0, at.1, at.0));
}

#[test]
fn the_mouse_is_taken_when_somebody_wants_it_and_given_back_at_each_stop() {
    const BUTTONS: u16 = 1000;
    let mut terminal = Terminal::demo();
    let is_on = |terminal: &Terminal| terminal.screen(|screen| screen.modes().contains(&BUTTONS));
    assert!(!is_on(&terminal), "it is the terminal's from the start");
    terminal.write("\x1b[<65;5;9M\x1b[<0;5;9M");
    terminal.write(":mouse\r");
    terminal.wait_for("The mouse is on");
    assert!(is_on(&terminal));
    click_on(&terminal, "3 Purchases");
    terminal.wait_for("Nothing was bought or changed");
    terminal.write("\x1a");
    terminal.wait_stopped();
    terminal.assert_given_back("ctrl-z");
    terminal.signal(Signal::CONT);
    terminal.wait_until("the mouse again", |screen| screen.modes().contains(&BUTTONS));
    click_on(&terminal, "1 Owned");
    terminal.wait_for("NUMBER");
    terminal.write(":mouse\r");
    terminal.wait_for("The mouse is off");
    assert!(!is_on(&terminal));
    terminal.write(":mouse\r");
    terminal.wait_for("The mouse is on");
    terminal.write("q");
    assert!(terminal.wait_ended().success());
    terminal.assert_given_back("q");
}

#[test]
fn the_screen_is_written_to_a_file_without_the_password_that_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = numdeck().arg("demo");
    command = command.current_dir(directory.path());
    let mut terminal = Terminal::loaded(command);
    let written = || {
        let files = std::fs::read_dir(directory.path()).unwrap().flatten();
        let name = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let mut files: Vec<_> = files.filter(|entry| name(entry).ends_with(".txt")).collect();
        files.sort_by_key(name);
        files.iter().map(|entry| std::fs::read_to_string(entry.path()).unwrap()).collect::<Vec<String>>()
    };
    terminal.write("\r");
    terminal.wait_for("password");
    terminal.write("v");
    terminal.wait_for("hides itself");
    let shown = terminal.screen(|screen| screen.text());
    terminal.write("\x13");
    terminal.wait_for("The screen is in");
    let [first] = &written()[..] else { panic!("one file") };
    let line = |text: &str| text.lines().find(|line| line.contains("password")).unwrap().to_owned();
    assert!(first.contains("numdeck") && first.contains("password"), "{first}");
    assert_ne!(line(first), line(&shown), "what was revealed is hidden");
    assert!(line(first).contains('•') || line(first).contains('*'), "{first}");
    terminal.write("q");
    terminal.wait_for("NUMBER");
    terminal.write("q");
    assert!(terminal.wait_ended().success());
}

#[test]
fn the_last_list_is_there_when_the_server_is_not_and_nothing_is_sent() {
    let home = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(Config { owned: 40, ..Config::default() }).unwrap();
    let dashboard = || {
        let command =
            numdeck().env("NUMDECK_BASE_URL", sandbox.base_url()).env("NUMDECK_API_KEY", "kros_test_owner");
        let command = command.env("NUMDECK_STATE_DIR", home.path().join("state"));
        command.env("NUMDECK_CONFIG_DIR", home.path().join("config")).env_remove("NUMDECK_ORG")
    };
    let mut terminal = Terminal::run(dashboard());
    terminal.wait_for("40 numbers");
    let row = terminal.screen(|screen| screen.text().lines().nth(6).unwrap().get(3..22).unwrap().to_owned());
    terminal.write("q");
    assert!(terminal.wait_ended().success());
    let again = dashboard();
    drop(sandbox);
    let mut terminal = Terminal::run(again);
    terminal.wait_for(", old");
    assert!(terminal.screen(|screen| screen.text().contains(row.trim())), "{row}");
    terminal.write("o");
    terminal.wait_for("does not answer since");
    terminal.write("4");
    terminal.wait_for("WHAT CHANGED");
    terminal.write("1@2000-01-01\r");
    terminal.wait_for("begins at");
    terminal.write("\x1b");
    terminal.wait_for("NUMBER");
    terminal.write("q");
    assert!(terminal.wait_ended().success());
}

#[test]
fn the_window_is_called_by_the_profile_and_has_its_own_title_back_after_each_stop() {
    let mut terminal = Terminal::demo();
    assert_eq!(terminal.screen(|screen| screen.titles()), (vec!["numdeck demo [TEST]".to_owned()], false));
    terminal.write("\x1a");
    terminal.wait_stopped();
    terminal.assert_given_back("ctrl-z");
    terminal.signal(Signal::CONT);
    terminal.wait_until("the title again", |screen| screen.titles().0.len() == 2);
    terminal.write("q");
    terminal.wait_ended();
    terminal.assert_given_back("q");
    assert_eq!(terminal.screen(|screen| screen.titles().0.len()), 2, "it is set once each time");
    let mut console = Terminal::start_with(numdeck().arg("demo"), "linux");
    console.wait_for("312 numbers");
    console.write("q");
    console.wait_ended();
    let sent = console.screen(|screen| String::from_utf8_lossy(&screen.sent).into_owned());
    assert!(!sent.contains("\x1b]2;") && !sent.contains("\x1b[22;0t") && !sent.contains("\x1b[23;0t"));
}

#[test]
fn suspending_gives_the_terminal_back_and_continuing_paints_everything_again() {
    let mut terminal = Terminal::demo();
    for how in ["ctrl-z", "SIGTSTP"] {
        match how {
            "ctrl-z" => terminal.write("\x1a"),
            _ => terminal.signal(Signal::TSTP),
        }
        terminal.wait_stopped();
        terminal.assert_given_back(how);
        terminal.signal(Signal::CONT);
        terminal.wait_for("312 numbers");
        terminal.wait_for("? help");
        terminal.wait_until("its modes", |screen| {
            [ALTERNATE, PASTE, FOCUS].iter().all(|mode| screen.modes().contains(mode))
        });
        assert!(terminal.is_running(), "{how}");
    }
    terminal.write("q");
    terminal.wait_ended();
    terminal.assert_given_back("q after all that");
}

#[test]
fn a_screen_that_was_written_over_while_it_was_stopped_is_painted_again() {
    let terminal = Terminal::demo();
    terminal.signal(Signal::STOP);
    terminal.wait_stopped();
    terminal.settle();
    terminal.screen(|screen| screen.resize(24, 80));
    terminal.signal(Signal::CONT);
    terminal.wait_for("312 numbers");
    terminal.wait_for("NUMBER");
}

/// Set for the process that is to panic.
const PANIC: &str = "NUMDECK_TEST_PANICS_IN_A_TERMINAL";

/// Not a test of its own: the next one runs it in a terminal.
#[test]
fn panics_when_told() {
    if std::env::var_os(PANIC).is_none() {
        return;
    }
    numdeck::runtime::restore_on_panic();
    let taken = numdeck::runtime::Tty::take().unwrap();
    // The hook alone has to do it: a panic elsewhere does not unwind through the guard.
    std::mem::forget(taken);
    print!("NUMBER");
    panic!("as it was told");
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_reported() {
    let command = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "panics_when_told", "--nocapture", "--test-threads=1"])
        .env(PANIC, "1");
    let mut terminal = Terminal::run(command);
    assert!(!terminal.wait_ended().success());
    terminal.assert_given_back("panic");
    let text = terminal.screen(|screen| screen.text());
    assert!(text.contains("as it was told"), "the report is on the main screen:\n{text}");
}

// ---- around it ----

#[test]
fn without_a_terminal_it_says_so_and_takes_nothing() {
    for arguments in [&["demo"][..], &["demo", "--color", "always"]] {
        let ended =
            Plain::new(env!("CARGO_BIN_EXE_numdeck")).args(arguments).stdin(Stdio::null()).output().unwrap();
        assert_eq!(ended.status.code(), Some(2));
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(said.contains("needs a terminal") && said.contains("--help"), "{said}");
        assert_eq!(ended.stdout, b"", "no escape sequence goes into a pipe");
    }
}

#[test]
fn the_demo_reaches_its_own_sandbox_whatever_is_exported() {
    let settings = tempfile::tempdir().unwrap();
    std::fs::write(settings.path().join("config.toml"), "default = \"prod\"\nnonsense").unwrap();
    let mut command = numdeck().arg("demo").env("NUMDECK_CONFIG_DIR", settings.path());
    for (name, value) in [
        ("NUMDECK_API_KEY", "kros_live_somebody"),
        ("NUMDECK_BASE_URL", "https://198.51.100.1/v1"),
        ("NUMDECK_ORG", "somebody-else"),
        ("NUMDECK_PROFILE", "prod"),
        ("HTTP_PROXY", "http://198.51.100.1:9"),
        ("http_proxy", "http://198.51.100.1:9"),
        ("HTTPS_PROXY", "http://198.51.100.1:9"),
        ("ALL_PROXY", "http://198.51.100.1:9"),
        ("all_proxy", "http://198.51.100.1:9"),
    ] {
        command = command.env(name, value);
    }
    let terminal = Terminal::loaded(command);
    let text = terminal.screen(|screen| screen.text());
    assert!(text.contains("demo") && text.contains("[TEST]"), "{text}");
    assert!(!text.contains("somebody"), "{text}");
}

#[test]
fn the_header_names_profile_and_organization_and_says_why_nothing_can_be_written() {
    let sandbox = Sandbox::start(Config::default()).unwrap();
    let settings = tempfile::tempdir().unwrap();
    let profile = format!(
        "default = \"night\"\n[profile.night]\nbase_url = \"{}\"\nread_only = true\n\
         organization = \"a1000000-0000-4000-8000-000000000001\"\norganization_name = \"Savanna Calls\"\n",
        sandbox.base_url()
    );
    std::fs::write(settings.path().join("config.toml"), profile).unwrap();
    let command = numdeck()
        .env("NUMDECK_CONFIG_DIR", settings.path())
        .env("NUMDECK_STATE_DIR", settings.path().join("state"))
        .env("NUMDECK_API_KEY", "kros_test_owner")
        .env_remove("NUMDECK_BASE_URL")
        .env_remove("NUMDECK_ORG")
        .env_remove("NUMDECK_PROFILE");
    let terminal = Terminal::loaded(command);
    let header = terminal.screen(|screen| screen.text()).lines().next().unwrap().to_owned();
    for part in ["night", "Savanna Calls", "[TEST]", "read-only"] {
        assert!(header.contains(part), "{header}");
    }
    terminal.write("e");
    terminal.wait_for("read-only, by --read-only or by its profile");
}

#[test]
fn somebody_who_waits_for_a_list_sees_how_far_it_is_and_nothing_of_that_stays() {
    let faults = vec!["list:latency=50ms".parse().unwrap()];
    let sandbox = Sandbox::start(Config { owned: 900, faults, ..Config::default() }).unwrap();
    let home = tempfile::tempdir().unwrap();
    let line = format!("exec {} list --all -o ndjson >/dev/null", env!("CARGO_BIN_EXE_numdeck"));
    let command = Command::new("/bin/sh")
        .args(["-c", &line])
        .env("NUMDECK_CONFIG_DIR", home.path())
        .env("NUMDECK_STATE_DIR", home.path().join("state"))
        .env("NUMDECK_BASE_URL", sandbox.base_url())
        .env("NUMDECK_API_KEY", "kros_test_owner")
        .env_remove("NUMDECK_ORG")
        .env_remove("NUMDECK_PROFILE");
    let mut terminal = Terminal::run(command);
    terminal.wait_for("reading, 100");
    assert_eq!(terminal.wait_ended().code(), Some(0));
    terminal.wait_until("nothing", |screen| screen.text().trim().is_empty());
}

#[test]
fn what_was_sent_is_waited_for_and_entered_though_the_program_is_told_to_end() {
    for signals in [&[Signal::TERM][..], &[Signal::HUP], &[Signal::TERM, Signal::HUP]] {
        let faults = vec!["purchase:latency=2s".parse().unwrap()];
        let sandbox =
            Sandbox::start(Config { owned: 9, inventory: 400, faults, ..Config::default() }).unwrap();
        let home = tempfile::tempdir().unwrap();
        let with_settings = |mut command: Plain| {
            command
                .env("NUMDECK_CONFIG_DIR", home.path())
                .env("NUMDECK_STATE_DIR", home.path().join("state"));
            command.env("NUMDECK_BASE_URL", sandbox.base_url()).env("NUMDECK_API_KEY", "kros_test_owner");
            command.env_remove("NUMDECK_ORG").env_remove("NUMDECK_PROFILE");
            command
        };
        let said = |args: &[&str]| {
            let mut command = with_settings(Plain::new(env!("CARGO_BIN_EXE_numdeck")));
            let out = command.args(args).args(["-o", "json"]).output().unwrap();
            serde_json::from_slice::<serde_json::Value>(&out.stdout).unwrap()
        };
        let number = said(&["search", "--country", "NG", "--limit", "1"])[0]["e164"].clone();
        let digits = number.as_str().unwrap();
        let mut command = numdeck().args(["--screen", "inventory"]);
        for (name, value) in [
            ("NUMDECK_CONFIG_DIR", home.path().to_str().unwrap().to_owned()),
            ("NUMDECK_STATE_DIR", home.path().join("state").to_str().unwrap().to_owned()),
            ("NUMDECK_BASE_URL", sandbox.base_url()),
            ("NUMDECK_API_KEY", "kros_test_owner".to_owned()),
        ] {
            command = command.env(name, value);
        }
        let mut terminal = Terminal::run(command.env_remove("NUMDECK_ORG").env_remove("NUMDECK_PROFILE"));
        terminal.wait_for("Country");
        terminal.write("NG\r");
        terminal.wait_for("SETUP");
        terminal.wait_for("scanned");
        terminal.write("b");
        terminal.wait_for("Type the last four digits to buy");
        terminal.write(&digits[digits.len() - 4..]);
        terminal.wait_for("enter buys it");
        terminal.write("\r");
        terminal.wait_for("it can not be taken back");
        for signal in signals {
            terminal.signal(*signal);
        }
        let status = terminal.wait_ended();
        assert_eq!(status.code(), Some(0), "{signals:?}");
        terminal.assert_given_back(&format!("{signals:?}"));
        let purchases = said(&["purchases", "list"]);
        assert_eq!(
            (&purchases[0]["e164"], &purchases[0]["outcome"]),
            (&number, &serde_json::json!("bought")),
            "{signals:?}: {purchases}"
        );
    }
}

// ---- a key that is typed ----

/// `numdeck login` of somebody without anything, up to its question.
fn asked_for_a_key(sandbox: &Sandbox, home: &tempfile::TempDir) -> Terminal {
    let mut command = numdeck().args(["login", "--base-url", &sandbox.base_url()]);
    for name in
        ["NUMDECK_API_KEY", "NUMDECK_BASE_URL", "NUMDECK_ORG", "NUMDECK_PROFILE", "DBUS_SESSION_BUS_ADDRESS"]
    {
        command = command.env_remove(name);
    }
    for (name, below) in [("NUMDECK_CONFIG_DIR", "config"), ("NUMDECK_STATE_DIR", "state")] {
        command = command.env(name, home.path().join(below));
    }
    let terminal = Terminal::run(command);
    terminal.wait_for("API key of profile default");
    terminal
}

#[test]
fn a_key_is_typed_unseen_and_the_echo_comes_back() {
    let sandbox = Sandbox::start(Config { owned: 9, ..Config::default() }).unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut terminal = asked_for_a_key(&sandbox, &home);
    assert!(!tcgetattr(&terminal.pts).unwrap().local_modes.contains(LocalModes::ECHO));
    terminal.write("kros_test_ownex\x7fr\r");
    terminal.wait_for("key_store");
    assert!(terminal.wait_ended().success());
    terminal.assert_given_back("typed");
    let text = terminal.screen(|screen| (screen.text(), String::from_utf8_lossy(&screen.sent).into_owned()));
    assert!(!text.0.contains("kros_test_owne") && !text.1.contains("kros_test_owne"), "{}", text.0);
    assert!(text.0.contains("TEST, organization server default, key from the terminal"), "{}", text.0);
    let credentials = std::fs::read_to_string(home.path().join("config/credentials.toml")).unwrap();
    assert!(credentials.contains("\"kros_test_owner\""));
}

#[test]
fn who_gives_up_typing_a_key_gets_the_echo_back_and_stores_nothing() {
    let sandbox = Sandbox::start(Config { owned: 9, ..Config::default() }).unwrap();
    for end in ["\x03", "\x04", "TERM", "HUP"] {
        let home = tempfile::tempdir().unwrap();
        let mut terminal = asked_for_a_key(&sandbox, &home);
        // Half a key, and a key that would suspend it.
        if end != "\x04" {
            terminal.write("kros_test\x1a");
        }
        match end {
            "TERM" => terminal.signal(Signal::TERM),
            "HUP" => terminal.signal(Signal::HUP),
            keys => terminal.write(keys),
        }
        let code = terminal.wait_ended().code();
        assert_eq!(code, Some(if end == "\x04" { 3 } else { 130 }), "{end:?}");
        terminal.assert_given_back(end);
        assert!(!terminal.screen(|screen| screen.text()).contains("kros_test"), "{end:?}");
        assert!(!home.path().join("config").exists(), "{end:?}");
    }
}

#[test]
fn the_account_is_named_once_at_a_terminal_and_nowhere_else() {
    let sandbox = Sandbox::start(Config { owned: 9, ..Config::default() }).unwrap();
    let home = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = numdeck().args(args).env("NUMDECK_BASE_URL", sandbox.base_url());
        for name in ["NUMDECK_ORG", "NUMDECK_PROFILE"] {
            command = command.env_remove(name);
        }
        command = command
            .env("NUMDECK_API_KEY", "kros_test_owner")
            .env("NUMDECK_CONFIG_DIR", home.path())
            .env("NUMDECK_STATE_DIR", home.path().join("state"));
        let mut terminal = Terminal::run(command);
        terminal.wait_ended();
        terminal.settle();
        terminal.screen(|screen| screen.text())
    };
    let line = "TEST, organization server default, key from NUMDECK_API_KEY";
    let said = |args: &[&str]| run(args).replace('\n', "").matches(line).count();
    assert_eq!((said(&["list"]), said(&["-v", "list"])), (1, 1));
    assert_eq!((said(&["-q", "list"]), said(&["list", "-o", "json"])), (0, 0));
    assert_eq!(said(&["profile", "list"]), 0, "it talks to no API");
}

#[test]
fn a_profile_is_removed_once_its_name_is_typed() {
    for (typed, code) in [("day\r", 0), ("y\r", 5), ("\r", 5), ("\x04", 5)] {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("config.toml"), "[profile.day]\n").unwrap();
        let command = numdeck().args(["profile", "remove", "day"]).env("NUMDECK_CONFIG_DIR", home.path());
        let mut terminal = Terminal::run(command);
        terminal.wait_for("Type day to confirm");
        terminal.write(typed);
        assert_eq!(terminal.wait_ended().code(), Some(code), "{typed:?}");
        let left = std::fs::read_to_string(home.path().join("config.toml")).unwrap();
        assert_eq!(left.is_empty(), code == 0, "{typed:?}: {left}");
    }
}

/// The dashboard of somebody who has given no key yet.
fn first_start(sandbox: &Sandbox, home: &tempfile::TempDir) -> Terminal {
    let mut command = numdeck();
    for variable in ["NUMDECK_API_KEY", "NUMDECK_PROFILE", "NUMDECK_ORG", "DBUS_SESSION_BUS_ADDRESS"] {
        command = command.env_remove(variable);
    }
    let terminal = Terminal::run(
        command
            .env("NUMDECK_BASE_URL", sandbox.base_url())
            .env("NUMDECK_CONFIG_DIR", home.path().join("config"))
            .env("NUMDECK_STATE_DIR", home.path().join("state")),
    );
    terminal.wait_for("There is no API key here yet.");
    terminal
}

#[test]
fn the_first_start_takes_a_key_that_works_and_opens_the_dashboard() {
    let sandbox = Sandbox::start(Config { owned: 5, ..Config::default() }).unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut terminal = first_start(&sandbox, &home);
    terminal.write("p");
    terminal.wait_for("Paste or type the API key.");
    terminal.write("kros_test_nobody\r");
    terminal.wait_for("nothing was stored");
    assert!(!home.path().join("config").join("credentials.toml").exists());
    // Pasted, as keys are.
    terminal.write("\u{1b}[200~kros_test_owner\u{1b}[201~");
    terminal.wait_for("\u{2022}\u{2022}\u{2022}");
    assert!(!terminal.screen(|screen| screen.text()).contains("kros_test"), "a key is never shown");
    terminal.write("\r");
    terminal.wait_for("Owned 5");
    terminal.wait_for("default");
    terminal.write("q");
    assert!(terminal.wait_ended().success());
    terminal.assert_given_back("the first start");
    let kept = std::fs::read_to_string(home.path().join("config").join("credentials.toml")).unwrap();
    assert!(kept.contains("kros_test_owner"));
}

#[test]
fn the_first_start_leads_to_the_demo_or_out_and_stores_nothing() {
    let sandbox = Sandbox::start(Config { owned: 5, ..Config::default() }).unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut terminal = first_start(&sandbox, &home);
    terminal.write("\r");
    terminal.wait_for("Owned 312");
    terminal.write("q");
    assert!(terminal.wait_ended().success());
    let mut terminal = first_start(&sandbox, &home);
    terminal.write("q");
    assert!(terminal.wait_ended().success());
    terminal.assert_given_back("leaving the first start");
    assert!(!home.path().join("config").exists(), "who only looked has no profile");
}

#[test]
fn another_profile_is_another_account_and_the_first_one_is_as_it_was_left() {
    let sandbox = Sandbox::start(Config { owned: 7, ..Config::default() }).unwrap();
    let other = Sandbox::start(Config { owned: 3, ..Config::default() }).unwrap();
    let home = tempfile::tempdir().unwrap();
    let key = home.path().join("key");
    std::fs::write(&key, "kros_test_owner").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let profiles = format!(
        "default = \"first\"\n[profile.first]\nbase_url = \"{}\"\nkey_file = \"{key}\"\n\
         [profile.keyless]\nbase_url = \"{other}\"\n\
         [profile.second]\nbase_url = \"{other}\"\nkey_file = \"{key}\"\nread_only = true\n",
        sandbox.base_url(),
        key = key.display(),
        other = other.base_url(),
    );
    std::fs::write(home.path().join("config.toml"), profiles).unwrap();
    let mut command = numdeck();
    for variable in ["NUMDECK_API_KEY", "NUMDECK_PROFILE", "NUMDECK_ORG", "NUMDECK_BASE_URL"] {
        command = command.env_remove(variable);
    }
    let mut terminal = Terminal::run(
        command.env("NUMDECK_CONFIG_DIR", home.path()).env("NUMDECK_STATE_DIR", home.path().join("state")),
    );
    terminal.wait_for("Owned 7");
    // A mark, which waits.
    terminal.write(" ");
    terminal.wait_for("1 marked");
    terminal.write("p");
    terminal.wait_for("Which profile?");
    terminal.write("j\r");
    terminal.wait_for("no API key");
    assert!(terminal.screen(|screen| screen.text()).contains("Owned 7"), "it stays where it was");
    terminal.write("p");
    terminal.wait_for("Which profile?");
    terminal.write("jj\r");
    terminal.wait_for("Owned 3");
    terminal.wait_for("read-only");
    terminal.write("p");
    terminal.wait_for("Which profile?");
    terminal.write("kk\r");
    terminal.wait_for("Owned 7");
    terminal.wait_for("1 marked");
    terminal.write("q");
    // Marks are cleared first where that is the way out.
    terminal.wait_ended();
    terminal.assert_given_back("two profiles");
}
