//! A line on stderr for somebody who waits at a terminal.

use std::io::{IsTerminal, Write, stderr};
use std::sync::Mutex;

use unicode_width::UnicodeWidthStr;

use super::output::safe;

/// The width that a line may take.
const WIDTH: usize = 78;
/// Of these a bar.
const CELLS: usize = 20;

/// The line, overwritten in place and wiped when it is dropped.
#[derive(Default)]
pub(super) struct Ticker {
    shown: Mutex<usize>,
}

impl Ticker {
    /// Shows a line instead of the last one; nothing where nobody watches.
    pub(super) fn show(&self, text: &str) {
        if !stderr().is_terminal() {
            return;
        }
        let mut shown = self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let text: String = safe(text).chars().take(WIDTH).collect();
        let width = text.width();
        let blank = shown.saturating_sub(width);
        write!(stderr(), "\r{text}{:blank$}", "").and_then(|()| stderr().flush()).ok();
        *shown = width;
    }

    /// Shows how much is done, and what is being done. One thing alone needs no bar.
    pub(super) fn bar(&self, what: &str, done: usize, all: usize) {
        if all < 2 {
            return;
        }
        let full = CELLS * done / all;
        self.show(&format!("[{}{}] {done} of {all}: {what}", "#".repeat(full), " ".repeat(CELLS - full)));
    }

    /// Wipes it.
    pub(super) fn clear(&self) {
        let mut shown = self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let width = std::mem::take(&mut *shown);
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
