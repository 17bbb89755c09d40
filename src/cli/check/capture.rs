//! `--pcap FILE`: what crossed the wire, for a packet analyser.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::cli::{Exit, Failure};
use crate::sip::{PCAP_MAGIC, Pcap, Report};

/// The file, where there is one.
#[derive(Debug, Default)]
pub(super) struct Capture(Option<(PathBuf, Pcap<BufWriter<File>>)>);

/// Whether a file is there that nobody wants to lose: neither empty nor an earlier capture.
fn is_something_else(path: &Path) -> bool {
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
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
        let begun = file.and_then(|file| Pcap::begin(BufWriter::new(file)));
        let pcap = begun.map_err(|error| {
            Failure::usage(format!("cannot write {}: {error}; nothing was sent", path.display()))
        })?;
        Ok(Self(Some((path.to_owned(), pcap))))
    }

    /// Adds what crossed the wire for one report.
    pub(super) fn add(&mut self, report: &Report) -> Result<(), Failure> {
        let Some((path, pcap)) = &mut self.0 else { return Ok(()) };
        pcap.add(report.checked_at, &report.trace).map_err(|error| {
            let message = format!("cannot write {}: {error}; the check itself went on", path.display());
            Failure::new(Exit::Other, "OUTPUT", message, "")
        })
    }
}
