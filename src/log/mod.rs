//! The file of `--log`: what numdeck did, a line for each event, without secrets.
//!
//! Events are made with [`tracing`] where they happen: a request when it is over, an effect when its
//! work begins. Nothing listens unless a file was asked for, and then an event costs one comparison.
//! Lines go through [`redacted`] and are written by a thread of their own: neither the event loop nor
//! its workers wait for a disk.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::phone::without_secrets;

/// The log while it is open.
#[derive(Debug)]
pub struct Log {
    lines: mpsc::Sender<Line>,
    thread: JoinHandle<io::Result<()>>,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file cannot be written.
    #[error("{0}")]
    File(#[from] io::Error),
    /// Somebody else listens to events already.
    #[error("{0}")]
    Taken(#[from] TryInitError),
}

/// What the thread takes.
#[derive(Debug)]
enum Line {
    Text(Vec<u8>),
    /// Nothing more will come.
    End,
}

impl Log {
    /// Appends to the file at `path`, which nobody else may read: requests at first, with `-v` what the
    /// event loop asks for as well, with `-vv` everything.
    ///
    /// # Errors
    /// The file cannot be opened, or somebody else listens to events already.
    pub fn open(path: &Path, verbosity: u8) -> Result<Self, LogError> {
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let level = match verbosity {
            0 => LevelFilter::INFO,
            1 => LevelFilter::DEBUG,
            _ => LevelFilter::TRACE,
        };
        let (sender, lines) = mpsc::channel();
        let writer = Lines(sender.clone());
        let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
        // Other crates have events of their own, which nobody here has checked for secrets.
        let ours = Targets::new().with_target("numdeck", level);
        tracing_subscriber::registry().with(layer).with(ours).try_init()?;
        let thread = std::thread::Builder::new().name("log".to_owned()).spawn(move || write(file, &lines))?;
        Ok(Self { lines: sender, thread })
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// The log is not whole: a line of it could not be written.
    pub fn close(self) -> io::Result<()> {
        self.lines.send(Line::End).ok();
        self.thread.join().unwrap_or(Ok(()))
    }
}

/// A disk that is full ends the log and nothing else.
fn write(mut file: File, lines: &mpsc::Receiver<Line>) -> io::Result<()> {
    while let Ok(Line::Text(text)) = lines.recv() {
        file.write_all(&text)?;
    }
    Ok(())
}

/// Hands lines to the thread.
#[derive(Clone)]
struct Lines(mpsc::Sender<Line>);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let clean = redacted(&text).into_owned().into_bytes();
        self.0.send(Line::Text(clean)).ok();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `text` without what must not be read by anybody: API keys, tokens, and the passwords of addresses.
pub fn redacted(text: &str) -> Cow<'_, str> {
    let text = without_secrets(text);
    let is_of_a_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_secret = |word: &str| {
        (word.starts_with("kros_") && word.len() > 5)
            // Three parts in base64url: a JWT (RFC 7519).
            || (word.starts_with("eyJ") && word.matches('.').count() == 2)
    };
    let mut out = String::new();
    let mut rest = &*text;
    while let Some(start) = rest.find(is_of_a_word) {
        let end = rest[start..].find(|c| !is_of_a_word(c)).map_or(rest.len(), |length| start + length);
        out.push_str(&rest[..start]);
        out.push_str(if is_secret(&rest[start..end]) { "[redacted]" } else { &rest[start..end] });
        rest = &rest[end..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn keys_tokens_and_passwords_are_left_out_wherever_they_stand() {
        for (text, clean) in [
            ("key=kros_live_abc123, next", "key=[redacted], next"),
            ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "Bearer [redacted]"),
            ("to sip:alice:hunter2@sip.example.net", "to sip:alice:[redacted]@sip.example.net"),
            ("GET /v1/phone-numbers?limit=100 200", "GET /v1/phone-numbers?limit=100 200"),
        ] {
            assert_eq!(redacted(text), clean);
        }
    }
}
