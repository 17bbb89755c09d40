//! The file that brings back what a plan changes, written before the first request.

use std::io::{self, Write as _};
use std::path::PathBuf;

use jiff::Timestamp;

use crate::cli::command_context::CommandContext;
use crate::cli::output::safe;
use crate::cli::{Exit, Failure, state};
use crate::plan::rollback;
use crate::stream::{fresh, unwritable};
use crate::write::Intent;

/// So many names are tried, in one second.
const ATTEMPTS: u32 = 100;

/// Writes it where the command runs, else where the ledger is, and says where.
///
/// # Errors
/// It can not be written: then nothing is to be sent.
pub(super) fn write(context: &CommandContext, intents: &[&Intent]) -> Result<PathBuf, Failure> {
    let failed = |why: &str| {
        let message = format!("nothing was sent: the rollback file can not be written: {}", safe(why));
        Failure::new(Exit::Other, "ROLLBACK", message, "Go to a directory that you may write to.")
    };
    let (text, lost) = rollback(intents.iter().copied()).map_err(|why| failed(&why.to_string()))?;
    let here = std::env::current_dir().ok();
    let mut why = "there is no directory for it".to_owned();
    for directory in here.into_iter().chain(state::directory()) {
        match write_in(&directory, &text) {
            Ok(path) => {
                let shown = safe(&path.to_string_lossy());
                context.note(format!("former values: {shown} (numdeck apply takes it)"));
                if lost > 0 {
                    context.note(format!(
                        "{lost} former values are not in it: they were not known, or nobody can set them"
                    ));
                }
                return Ok(path);
            }
            Err(error) => why = unwritable(&error, &directory.join("numdeck-rollback.csv")),
        }
    }
    Err(failed(&why))
}

fn write_in(directory: &std::path::Path, text: &[u8]) -> io::Result<PathBuf> {
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for attempt in 0..ATTEMPTS {
        let again = if attempt == 0 { String::new() } else { format!("-{attempt}") };
        let path = directory.join(format!("numdeck-rollback-{now}{again}.csv"));
        match fresh(&path, |mut file| file.write_all(text)) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}
