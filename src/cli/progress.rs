//! A line on stderr for somebody who waits at a terminal.

use std::io::{IsTerminal, Write, stderr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr;

use super::output::{safe, say};
use crate::write::{Stage, seconds};

/// The width that a line may take.
const WIDTH: usize = 78;
/// Of these a bar.
const CELLS: usize = 20;

/// What changes all the time is shown this often.
const PACE: Duration = Duration::from_millis(100);

/// The line, overwritten in place and wiped when it is dropped.
pub(super) struct Ticker {
    /// Whether somebody sees it.
    watched: bool,
    shown: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    width: usize,
    /// When a line was shown that may be left out.
    at: Option<Instant>,
}

impl Ticker {
    /// A line at a terminal, unless somebody wants it `quiet`.
    pub(super) fn new(quiet: bool) -> Self {
        Self { watched: !quiet && stderr().is_terminal(), shown: Mutex::default() }
    }

    /// Shows nothing: it would stand between what is printed.
    pub(super) fn silent() -> Self {
        Self { watched: false, shown: Mutex::default() }
    }

    /// Shows a line that is out of date soon, unless another one was shown just now.
    pub(super) fn now_and_then(&self, text: impl FnOnce() -> String) {
        if self.watched && self.shown().at.is_none_or(|at| at.elapsed() >= PACE) {
            self.show(&text());
            self.shown().at = Some(Instant::now());
        }
    }

    /// Shows a line instead of the last one; nothing where nobody watches.
    pub(super) fn show(&self, text: &str) {
        if !self.watched {
            return;
        }
        let mut shown = self.shown();
        let text: String = safe(text).chars().take(WIDTH).collect();
        let width = text.width();
        let blank = shown.width.saturating_sub(width);
        write!(stderr(), "\r{text}{:blank$}", "").and_then(|()| stderr().flush()).ok();
        shown.width = width;
    }

    /// Shows how much is done, and what is being done. One thing alone needs no bar.
    pub(super) fn bar(&self, what: &str, done: usize, all: usize) {
        if all < 2 {
            return;
        }
        let full = CELLS * done / all;
        self.show(&format!("[{}{}] {done} of {all}: {what}", "#".repeat(full), " ".repeat(CELLS - full)));
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wipes it.
    pub(super) fn clear(&self) {
        let mut shown = self.shown();
        let width = std::mem::take(&mut shown.width);
        if width > 0 {
            // Blanks instead of an escape sequence: a dumb terminal understands them, too.
            write!(stderr(), "\r{:width$}\r", "").and_then(|()| stderr().flush()).ok();
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.clear();
    }
}

/// What somebody is told who waits for a write whose answer does not tell whether it happened: each
/// thing once, and a countdown where a person watches.
pub(super) struct Stages {
    /// Under JSON stderr is kept for one object.
    silent: bool,
    ticker: Ticker,
    looking: bool,
    settling: bool,
}

impl Stages {
    pub(super) fn new(silent: bool, ticker: Ticker) -> Self {
        Self { silent, ticker, looking: false, settling: false }
    }

    /// A write has come so far.
    pub(super) fn tell(&mut self, stage: Stage) {
        if self.silent {
            return;
        }
        match stage {
            Stage::Sending => (self.looking, self.settling) = (false, false),
            Stage::Looking if !std::mem::replace(&mut self.looking, true) => {
                self.ticker.clear();
                say("No clear answer; looking whether it happened …");
            }
            Stage::Waiting => say("Another numdeck is busy with it; waiting for it to end …"),
            Stage::Attaching => {
                self.ticker.clear();
                say("The purchase ignored its endpoint; attaching it …");
            }
            Stage::Settling(left) => {
                let seconds = seconds(left);
                if !std::mem::replace(&mut self.settling, true) {
                    self.ticker.clear();
                    say(&format!(
                        "Not there yet. It may still happen within {seconds} s: looking again until then \
                         (Ctrl-C leaves it in doubt)."
                    ));
                }
                self.ticker.show(&stage.words());
            }
            Stage::Entering | Stage::Looking | Stage::Reading | Stage::Pricing => {}
        }
    }

    /// Shows how much of a batch is done.
    pub(super) fn bar(&self, what: &str, done: usize, all: usize) {
        self.ticker.bar(what, done, all);
    }

    /// Takes away what is shown: something else is about to be said.
    pub(super) fn clear(&self) {
        self.ticker.clear();
    }
}
