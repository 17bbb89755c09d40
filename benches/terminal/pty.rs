//! A program in a PTY of 120x40, every chunk of its output stamped as it arrives.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::process::Child;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

use super::Result;

pub(crate) const ROWS: u16 = 40;
pub(crate) const COLS: u16 = 120;

/// Output that pauses for so long is complete.
const GAP: Duration = Duration::from_millis(25);

/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(60);

/// What to run.
#[derive(Clone)]
pub(crate) struct Program {
    path: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Program {
    pub(crate) fn new(path: &str) -> Self {
        Self { path: path.to_owned(), arguments: Vec::new(), environment: Vec::new() }
    }

    pub(crate) fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A running program and what is on its screen.
pub(crate) struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    chunks: Receiver<(Instant, Vec<u8>)>,
    emulator: vt100::Parser,
    began: Instant,
}

/// What happened while nothing was asked for.
pub(crate) struct Idle {
    pub(crate) wakeups: f64,
    pub(crate) bytes: f64,
}

impl Terminal {
    pub(crate) fn open(program: &Program) -> Result<Self> {
        let (pty, pts) = open()?;
        pty.resize(Size::new(ROWS, COLS))?;
        let pty = Arc::new(pty);
        let (sender, chunks) = channel();
        let reader = Arc::clone(&pty);
        thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(n @ 1..) = (&*reader).read(&mut buffer) {
                if sender.send((Instant::now(), buffer[..n].to_vec())).is_err() {
                    break;
                }
            }
        });
        let began = Instant::now();
        let child = Command::new(&program.path)
            .args(&program.arguments)
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .envs(program.environment.iter().cloned())
            .spawn(pts)?;
        let (rows, cols) = (NonZeroU16::new(ROWS).ok_or("rows")?, NonZeroU16::new(COLS).ok_or("cols")?);
        Ok(Self { pty, child, chunks, emulator: vt100::Parser::new(rows, cols, 0), began })
    }

    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.emulator.screen()
    }

    pub(crate) fn shows(&self, text: &str) -> bool {
        self.screen().contents().contains(text)
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok((&*self.pty).write_all(bytes)?)
    }

    /// Waits until the screen is as wanted; returns how long after the start it was, in ms.
    pub(crate) fn wait_until(&mut self, wanted: impl Fn(&str) -> bool) -> Result<f64> {
        while self.began.elapsed() < PATIENCE {
            let (at, bytes) = self.chunks.recv_timeout(PATIENCE)?;
            self.emulator.process(&bytes);
            if wanted(&self.screen().contents()) {
                return Ok(at.duration_since(self.began).as_secs_f64() * 1e3);
            }
        }
        Err("the screen never was as wanted".into())
    }

    pub(crate) fn wait_for(&mut self, text: &str) -> Result<f64> {
        if self.shows(text) {
            return Ok(0.0);
        }
        self.wait_until(|screen| screen.contains(text))
    }

    /// Sends keys; returns the time to the last byte of what they draw, in ms, and its bytes.
    pub(crate) fn press(&mut self, keys: &[u8]) -> Result<(f64, f64)> {
        let sent = Instant::now();
        self.send(keys)?;
        let (mut last, bytes) = self.chunks.recv_timeout(PATIENCE)?;
        let mut total = bytes.len();
        self.emulator.process(&bytes);
        while let Ok((at, bytes)) = self.chunks.recv_timeout(GAP) {
            last = at;
            total += bytes.len();
            self.emulator.process(&bytes);
        }
        Ok((last.duration_since(sent).as_secs_f64() * 1e3, total as f64))
    }

    /// Sends keys while the program is busy; returns the time to the first byte after it, in ms.
    pub(crate) fn answer(&mut self, keys: &[u8], rest: Duration) -> Result<f64> {
        while let Ok((_, bytes)) = self.chunks.try_recv() {
            self.emulator.process(&bytes);
        }
        let sent = Instant::now();
        self.send(keys)?;
        let (at, bytes) = self.chunks.recv_timeout(PATIENCE)?;
        self.emulator.process(&bytes);
        thread::sleep(rest);
        Ok(at.saturating_duration_since(sent).as_secs_f64() * 1e3)
    }

    /// Takes what still comes.
    pub(crate) fn settle(&mut self) {
        while let Ok((_, bytes)) = self.chunks.recv_timeout(Duration::from_millis(300)) {
            self.emulator.process(&bytes);
        }
    }

    pub(crate) fn pause(&mut self, time: Duration) {
        thread::sleep(time);
        while let Ok((_, bytes)) = self.chunks.try_recv() {
            self.emulator.process(&bytes);
        }
    }

    /// Does nothing for a while, and counts what the program does meanwhile.
    pub(crate) fn idle(&mut self, time: Duration) -> Result<Idle> {
        let before = self.switches()?;
        let until = Instant::now() + time;
        let mut bytes = 0;
        loop {
            match self.chunks.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok((_, chunk)) => bytes += chunk.len(),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return Err("it ended".into()),
            }
        }
        Ok(Idle { wakeups: (self.switches()? - before) as f64, bytes: bytes as f64 })
    }

    /// Voluntary context switches of all threads: each is one wake-up.
    fn switches(&self) -> Result<u64> {
        let mut sum = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            sum += field(&std::fs::read_to_string(task?.path().join("status"))?, "voluntary_ctxt_switches:")?;
        }
        Ok(sum)
    }

    /// Resident memory, in MB.
    pub(crate) fn resident(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        Ok(field(&status, "VmRSS:")? as f64 / 1024.0)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn field(status: &str, name: &str) -> Result<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such field")?;
    Ok(line.split_whitespace().next().ok_or("no value")?.parse()?)
}
