//! `--prom FILE`: what a check came to, for the textfile collector of the node exporter.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;

use crate::check::Endpoints;
use crate::cli::command_context::CommandContext;
use crate::cli::{Exit, Failure, figures};
use crate::config::LockedDirectory;
use crate::metrics::{Exposition, FleetFigures, ProbeFigures};
use crate::phone::Number;

/// How each such file begins.
const BEGINNING: &[u8] = b"# HELP ";
/// Whoever collects it is another user.
const MODE: u32 = 0o644;

/// The file, and what will be in it.
#[derive(Debug)]
pub(super) struct PromFile {
    directory: PathBuf,
    name: String,
    began: Instant,
    strict: bool,
    probe: ProbeFigures,
    /// What is known beside the check.
    beside: Exposition,
}

impl PromFile {
    /// Looks whether it can be written before anything is sent. What is there and was not written by such a
    /// check is left alone.
    pub(super) fn prepare(path: &Path, strict: bool) -> Result<Self, Failure> {
        let refused = |why: &str| {
            Failure::usage(format!("--prom cannot be written to {}: {why}; nothing was sent", path.display()))
        };
        if path == Path::new("-") {
            return Err(refused("standard output is for the result"));
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| refused("it has no name, or one that is no text"))?.to_owned();
        let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match fs::symlink_metadata(path) {
            Ok(about) if about.is_dir() => return Err(refused("it is a directory; a file in it is needed")),
            Ok(about) if about.is_symlink() => {
                // In a directory that others may write to, a link leads wherever they like.
                return Err(refused("it is a link; name the file that it leads to"));
            }
            Ok(about) if !about.is_file() => return Err(refused("it is neither a file nor free")),
            Ok(_) if is_something_else(path) => {
                return Err(refused("a file is there that holds no metrics"));
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(refused(&error.to_string())),
        }
        match fs::metadata(above) {
            Ok(about) if about.is_dir() => {}
            Ok(_) => return Err(refused(&format!("{} is no directory", above.display()))),
            Err(error) => return Err(refused(&format!("{}: {error}", above.display()))),
        }
        let writable = rustix::fs::access(above, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK);
        writable.map_err(|error| refused(&format!("{}: {error}", above.display())))?;
        Ok(Self {
            directory: above.to_owned(),
            name,
            began: Instant::now(),
            strict,
            probe: ProbeFigures::default(),
            beside: Exposition::default(),
        })
    }

    /// What the check adds up.
    pub(super) fn probe(&mut self) -> &mut ProbeFigures {
        &mut self.probe
    }

    /// Adds how the whole list is that was read.
    pub(super) fn know_list(&mut self, numbers: &[Number], endpoints: &Endpoints) {
        FleetFigures::of(numbers, endpoints, Timestamp::now()).tell(&mut self.beside);
    }

    /// Adds what this machine knows of its own writes and requests.
    pub(super) async fn know_machine(&mut self, context: &CommandContext) {
        figures::of_machine(context).await.tell(&mut self.beside);
    }

    /// Writes it: whoever collects sees the old file or the new one.
    pub(super) fn write(&self) -> Result<(), Failure> {
        let mut all = self.beside.clone();
        self.probe.tell(&mut all, self.began.elapsed(), self.strict);
        let written = LockedDirectory::take(&self.directory)
            .and_then(|directory| directory.replace(&self.name, all.text().as_bytes(), Some(MODE)));
        written.map_err(|error| {
            let message = format!(
                "{} is not written: {error}; the check itself went on, and metrics of an earlier one may be in it",
                self.directory.join(&self.name).display()
            );
            Failure::new(Exit::Other, "OUTPUT", message, "")
        })
    }
}

/// Whether a file is there that nobody wants to lose: neither empty nor metrics.
fn is_something_else(path: &Path) -> bool {
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(7).read_to_end(&mut beginning));
    // What cannot be read is not known to be ours.
    read.map_or(true, |length| length > 0 && beginning != BEGINNING)
}
