//! `--pcap FILE`: what crossed the wire, for a packet analyser.

use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::cli::{Exit, Failure};
use crate::sip::{Pcap, Report};

/// The file, where there is one.
#[derive(Debug, Default)]
pub(super) struct Capture(Option<(PathBuf, Pcap<BufWriter<File>>)>);

impl Capture {
    /// Opens it before anything is sent. Who called whom is not for everybody: it is private.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::default()) };
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
