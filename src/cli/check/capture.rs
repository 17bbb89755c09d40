//! `--pcap FILE`: what crossed the wire, for a packet analyser.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::cli::output::say;
use crate::cli::{Exit, Failure};
use crate::sip::{PCAP_MAGIC, Pcap, Report};

/// The file, where there is one.
#[derive(Debug, Default)]
pub(super) struct Capture {
    file: Option<(PathBuf, Pcap<BufWriter<File>>)>,
    /// Why it is not whole: that must cost nobody a result.
    broken: Option<Failure>,
}

/// Whether a file is there that nobody wants to lose: neither empty nor an earlier capture. What is no
/// file has nothing to lose, and a pipe would be waited for.
fn is_something_else(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4).read_to_end(&mut beginning));
    read.is_ok_and(|length| length > 0) && beginning != PCAP_MAGIC.to_le_bytes()
}

impl Capture {
    /// Opens it before anything is sent. Who called whom is not for everybody: it is private.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::default()) };
        if path == Path::new("-") {
            return Err(Failure::usage("--pcap needs a file: standard output is for the result"));
        }
        if is_something_else(path) {
            let message = format!("{} is there and is no capture; nothing was sent", path.display());
            return Err(Failure::usage(message));
        }
        // A pipe from which nobody reads is an error and not something to wait for.
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        let mut how = OpenOptions::new();
        how.write(true).create(true).truncate(true).mode(0o600).custom_flags(flags);
        let file = how.open(path);
        let begun = file.and_then(|file| Pcap::begin(BufWriter::new(file)));
        let pcap = begun.map_err(|error| {
            Failure::usage(format!("cannot write {}: {error}; nothing was sent", path.display()))
        })?;
        Ok(Self { file: Some((path.to_owned(), pcap)), broken: None })
    }

    /// Adds what crossed the wire for one report.
    pub(super) fn add(&mut self, report: &Report) {
        let Some((path, pcap)) = &mut self.file else { return };
        if let Err(error) = pcap.add(report.checked_at, &report.trace) {
            let message = format!("{} is not whole: {error}; the check itself went on", path.display());
            self.broken = Some(Failure::new(Exit::Other, "OUTPUT", message, ""));
            self.file = None;
        }
    }

    /// Says that not all of it was written, where the result decides how the process ends.
    pub(super) fn note(&mut self) {
        if let Some(broken) = self.broken.take() {
            say(&format!("numdeck: {}", broken.message));
        }
    }

    /// Whether all of it was written, once the results are told.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        self.broken.take().map_or(Ok(()), Err)
    }
}
