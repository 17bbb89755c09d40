//! Where everything is kept, and who can use it.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::cli::account::finding::Findings;
use crate::cli::{Environment, key, state};
use crate::config::FILE;

/// Enters the places of profiles, keys and what outlasts a run.
pub(super) fn look(findings: &mut Findings, environment: &Environment) {
    let config = environment.config.clone();
    enter(findings, "config", config.clone(), false);
    enter(findings, "config_file", config.map(|directory| directory.join(FILE)), false);
    enter(findings, "credentials", key::store(environment).map(|store| store.file()), true);
    let state = state::directory();
    let below = |name: &str| state.as_ref().map(|state| state.join(name));
    // The ledger is the truth about our writes, the lists and the counts may be deleted at any time.
    let (ledger, lists, counts) = (below("ledger"), below("lists"), below("requests"));
    enter(findings, "state", state, true);
    enter(findings, "ledger", ledger, true);
    enter(findings, "cache", lists, true);
    enter(findings, "requests", counts, true);
}

/// Enters one place; what is `private` is nobody else's to use.
fn enter(findings: &mut Findings, name: &'static str, path: Option<PathBuf>, private: bool) {
    let Some(path) = path else {
        findings.problem("paths", name, serde_json::Value::Null, "no variable says where: set HOME");
        return;
    };
    let shown = path.display().to_string();
    let (why, loose) = about(&path);
    if private && loose {
        findings.problem("paths", name, shown, format!("{why}: others can use it"));
    } else {
        findings.add("paths", name, shown, Some(why));
    }
}

/// What is there, and whether others can read or write it.
fn about(path: &Path) -> (String, bool) {
    match std::fs::metadata(path) {
        Ok(about) => {
            let kind = if about.is_dir() { "directory" } else { "file" };
            let mode = about.mode() & 0o777;
            (format!("{kind}, mode {mode:03o}"), mode & 0o077 != 0)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => ("not there".to_owned(), false),
        Err(error) => (error.to_string(), false),
    }
}
