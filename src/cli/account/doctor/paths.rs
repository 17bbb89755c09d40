//! Where everything is kept, and who can use it.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::cli::account::finding::Findings;
use crate::cli::{Environment, Exit, key, state};
use crate::config::FILE;
use crate::phone::thousands;
use crate::store::NumberStore;
use crate::write::is_ours;

/// What somebody else may do with a place that is for its owner alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Others {
    /// Nothing at all: it holds keys.
    Nothing,
    /// Read it, and no more.
    MayRead,
}

/// Enters the places of profiles, keys and what outlasts a run. Returns how a write would be refused because
/// of them.
pub(super) fn look(findings: &mut Findings, environment: &Environment) -> Exit {
    let config = environment.config.clone();
    enter(findings, "config", config.clone(), Others::MayRead);
    enter(findings, "config_file", config.map(|directory| directory.join(FILE)), Others::MayRead);
    enter(findings, "credentials", key::store(environment).map(|store| store.file()), Others::Nothing);
    let state = state::directory();
    let below = |name: &str| state.as_ref().map(|state| state.join(name));
    // The ledger is the truth about our writes, the stores and the counts may be deleted at any time.
    let (ledger, stores, counts) = (below("ledger"), below(state::STORES), below("requests"));
    let refused = state.as_deref().and_then(|state| is_ours(state).err());
    match (&state, &refused) {
        (Some(path), Some(why)) => {
            let why = format!("nothing is remembered or written: {why}");
            findings.problem("paths", "state", path.display().to_string(), why);
        }
        _ => enter(findings, "state", state, Others::MayRead),
    }
    enter(findings, "ledger", ledger, Others::MayRead);
    enter(findings, "stores", stores, Others::MayRead);
    enter(findings, "requests", counts, Others::MayRead);
    if refused.is_some() { Exit::RefusedHere } else { Exit::Done }
}

/// Enters where the numbers of this account are remembered, how much that is, and since when.
pub(super) fn store(findings: &mut Findings, store: &NumberStore) {
    let path = store.path().display().to_string();
    // Looked at alone: a damaged one is put aside by what needs it, which says so.
    let facts = NumberStore::looking(store.path().to_owned()).facts();
    match facts {
        Err(why) => findings.problem("paths", "store", path, format!("nothing is remembered: {why}")),
        Ok(None) => findings.add("paths", "store", path, Some("not there yet".to_owned())),
        Ok(Some(facts)) => {
            let since = facts.since.map(|since| format!(", since {since:.0}")).unwrap_or_default();
            let until = facts.until.map(|until| format!(", last read at {until:.0}")).unwrap_or_default();
            let size = thousands(facts.size.div_ceil(1024));
            findings.add("paths", "store", path, Some(format!("{size} KiB{since}{until}")));
        }
    }
}

/// Enters one place, and whether others can do more with it than they may.
fn enter(findings: &mut Findings, name: &'static str, path: Option<PathBuf>, others: Others) {
    let Some(path) = path else {
        findings.problem("paths", name, serde_json::Value::Null, "no variable says where: set HOME");
        return;
    };
    let shown = path.display().to_string();
    let (why, mode) = about(&path);
    let (may_read, may_write) = (mode & 0o044 != 0, mode & 0o022 != 0);
    match others {
        _ if may_write => findings.problem("paths", name, shown, format!("{why}: others can change it")),
        Others::Nothing if may_read => {
            findings.problem("paths", name, shown, format!("{why}: others can read it"));
        }
        _ => findings.add("paths", name, shown, Some(why)),
    }
}

/// What is there, and its mode.
fn about(path: &Path) -> (String, u32) {
    match std::fs::metadata(path) {
        Ok(about) => {
            let kind = if about.is_dir() { "directory" } else { "file" };
            let mode = about.mode() & 0o777;
            (format!("{kind}, mode {mode:03o}"), mode)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => ("not there".to_owned(), 0),
        Err(error) => (error.to_string(), 0),
    }
}
