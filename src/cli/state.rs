//! Where numdeck keeps what outlasts a run: ledgers, lists, rejections and counts.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::hook::Hook;
use super::output::safe;
use super::{Context, Exit, Failure};
use crate::api::{BaseUrl, Mode};
use crate::check::LockoutStore;
use crate::phone::{Labels, Secret};
use crate::sip::Lockout;
use crate::store::{DailyCount, HabitsFile, NumberStore, StoreError, StoreThread};
use crate::write::{DiskLedger, Entry, Ledger, PinnedLedger, is_ours};

/// The code of a machine on which nothing can be remembered.
pub(super) const NO_PLACE: &str = "NO_STATE_DIRECTORY";

/// The ledger of the server, organization and mode that a command acts with. Nothing is created
/// before the first write.
pub(super) fn ledger(context: &Context) -> Result<DiskLedger, Failure> {
    let state = directory().ok_or_else(|| {
        Failure::new(
            Exit::Other,
            NO_PLACE,
            "there is no place to remember writes in, so nothing is written",
            "Set NUMDECK_STATE_DIR, or HOME.",
        )
    })?;
    is_ours(&state).map_err(|why| {
        Failure::new(
            Exit::RefusedHere,
            "STATE_NOT_OURS",
            format!("nothing is remembered or written: {}", safe(&why.to_string())),
            "Make it a directory of yours alone (chmod 700), or set NUMDECK_STATE_DIR to another one.",
        )
    })?;
    let url = context.settings.base_url.to_string();
    let standing = &context.standing;
    Ok(DiskLedger::new(&state, &url, standing.organization.as_deref(), standing.mode, &user()))
}

/// The same, which takes nothing against a pin.
pub(super) fn pinned_ledger(context: &Context) -> Result<PinnedLedger<DiskLedger>, Failure> {
    Ok(guarded(ledger(context)?, context))
}

/// A ledger that takes nothing against a pin, as the labels file says at that time.
pub(super) fn guarded<L: Ledger>(ledger: L, context: &Context) -> PinnedLedger<L> {
    let file = context.labels.clone();
    let pins = move || match &file {
        Some(file) => file.read().map_err(|error| error.to_string()),
        None => Ok(Labels::default()),
    };
    PinnedLedger::new(ledger, Box::new(pins)).telling(context.hook.as_ref().map(Hook::teller))
}

/// The ledger of a server, organization and mode, for who has no key and only reads; an error says why there
/// is none.
pub(super) fn ledger_of(url: &BaseUrl, organization: Option<&str>, mode: Mode) -> Result<DiskLedger, String> {
    let state = directory().ok_or_else(|| "no variable says where: set HOME".to_owned())?;
    is_ours(&state).map_err(|why| why.to_string())?;
    Ok(DiskLedger::new(&state, &url.to_string(), organization, mode, &user()))
}

/// How many requests this day has seen, for the same server, organization and mode.
pub(super) fn requests(context: &Context) -> Option<DailyCount> {
    let ledger = ledger(context).ok()?;
    let name = ledger.path().file_stem()?;
    Some(DailyCount::new(ledger.path().parent()?.parent()?.join("requests").join(name)))
}

/// How the dashboard of this profile was left, for the same server, organization and mode.
pub(super) fn habits(context: &Context) -> Option<HabitsFile> {
    let ledger = ledger(context).ok()?;
    let name = ledger.path().file_stem()?;
    Some(HabitsFile::new(ledger.path().parent()?.parent()?.join("habits").join(name)))
}

/// What the server of a command was seen to hold, for the same server, organization and mode; an error
/// says why nothing can be remembered.
pub(super) fn store(context: &Context) -> Result<NumberStore, StoreError> {
    let standing = &context.standing;
    let ledger = ledger_of(&context.settings.base_url, standing.organization.as_deref(), standing.mode);
    let mut name = ledger.map_err(StoreError)?.path().file_stem().unwrap_or_default().to_owned();
    if standing.organization.is_none() {
        // Each key may be for another organization then.
        name.push(format!("_{}", mark(&context.settings.key)));
    }
    name.push(".sqlite");
    let state = directory().unwrap_or_default();
    Ok(NumberStore::new(state.join(STORES).join(name), context.keep))
}

/// The store of a command with a thread of its own.
pub(super) fn store_thread(context: &Context) -> Result<StoreThread, StoreError> {
    Ok(thread_of(store(context)?, context))
}

/// Gives a store a thread of its own.
pub(super) fn thread_of(store: NumberStore, context: &Context) -> StoreThread {
    let place = context.clone();
    let others = move || other_entries(&place);
    StoreThread::spawn(store, context.standing.organization.clone(), others)
}

/// The writes of this machine on the same server and in the same mode for which another organization was
/// named, or none: where one is the server's default, its numbers are in the lists of both. `None` where a
/// ledger can not be read.
pub(super) fn other_entries(context: &Context) -> Option<Vec<Entry>> {
    let (state, url) = (directory()?, context.settings.base_url.to_string());
    let ledger = |organization: Option<&str>| {
        DiskLedger::new(&state, &url, organization, context.standing.mode, &user())
    };
    let own = ledger(context.standing.organization.as_deref());
    let unnamed = ledger(None);
    let start = unnamed.path().file_stem()?.to_str()?.strip_suffix("default")?.to_owned();
    let mut entries = Vec::new();
    for path in fs::read_dir(own.path().parent()?).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| path != own.path());
        let Some(organization) = stem.and_then(|stem| stem.strip_prefix(&start)) else { continue };
        let other = if path == unnamed.path() { ledger(None) } else { ledger(Some(organization)) };
        // One whose name is a short form of another name can not be told from one of another server.
        if path != other.path() {
            return None;
        }
        entries.extend(other.entries().ok()?);
    }
    Some(entries)
}

/// The directory of all stores.
pub(super) const STORES: &str = "store";

/// Tells two keys apart, and says nothing about either: 32 bits of a hash.
fn mark(key: &Secret) -> String {
    Sha256::digest(key.expose()).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// The stores of a server and organization that are there, of both modes, with the mode of each. Where no
/// organization is named, those of all keys.
pub(super) fn stores(url: &BaseUrl, organization: Option<&str>) -> Vec<(PathBuf, Mode)> {
    let Some(state) = directory() else { return Vec::new() };
    let entries = fs::read_dir(state.join(STORES)).into_iter().flatten().flatten();
    // Of one that was put aside there may be nothing else.
    let there: BTreeSet<PathBuf> = entries.filter_map(|entry| NumberStore::file_of(&entry.path())).collect();
    let mut found = Vec::new();
    for mode in [Mode::Live, Mode::Test] {
        let ledger = DiskLedger::new(&state, &url.to_string(), organization, mode, &user());
        let Some(name) = ledger.path().file_stem().and_then(|name| name.to_str()) else { continue };
        let is_one = |path: &&PathBuf| {
            let stem = path.file_name().and_then(|file| file.to_str()?.strip_suffix(".sqlite"));
            let rest = stem.and_then(|stem| stem.strip_prefix(name));
            match (rest, organization) {
                (Some(rest), Some(_)) => rest.is_empty(),
                (Some(rest), None) => rest.len() == 9 && rest.starts_with('_'),
                (None, _) => false,
            }
        };
        found.extend(there.iter().filter(is_one).map(|path| (path.clone(), mode)));
    }
    found
}

/// The one of them that was written last.
pub(super) fn newest_store(url: &BaseUrl, organization: Option<&str>) -> Option<(PathBuf, Mode)> {
    let written = |path: &Path| path.metadata().and_then(|about| about.modified()).ok();
    let of = |path: &Path| NumberStore::files(path).iter().take(2).filter_map(|file| written(file)).max();
    stores(url, organization).into_iter().filter(|(path, _)| path.exists()).max_by_key(|(path, _)| of(path))
}

/// Where 0.1.0 kept lists of numbers of a server and organization, of both modes. They are not read any
/// more.
pub(super) fn old_lists(url: &BaseUrl, organization: Option<&str>) -> Vec<PathBuf> {
    let Some(state) = directory() else { return Vec::new() };
    let file = |mode| {
        let ledger = DiskLedger::new(&state, &url.to_string(), organization, mode, &user());
        let mut file = state.join("lists").join(ledger.path().file_stem()?);
        file.as_mut_os_string().push(".json");
        Some(file)
    };
    [Mode::Live, Mode::Test].into_iter().filter_map(file).collect()
}

/// Where it is remembered which registrars have refused credentials.
pub(super) fn lockout() -> Arc<Lockout> {
    let file = directory().map(|directory| directory.join("rejections"));
    file.map_or_else(Arc::default, |file| LockoutStore::open(file, Timestamp::now()))
}

/// When a write of ours was last entered in any ledger beside that of `context`: what was read before is
/// not true any more.
pub(super) fn last_write(context: &Context) -> Option<Timestamp> {
    let ledgers = fs::read_dir(ledger(context).ok()?.path().parent()?).ok()?;
    let is_ledger = |path: &Path| path.extension().is_some_and(|end| end == "jsonl");
    let times = ledgers.flatten().filter(|entry| is_ledger(&entry.path())).filter_map(|entry| {
        let written = entry.metadata().ok()?.modified().ok()?;
        Timestamp::try_from(written).ok()
    });
    times.max()
}

/// The user of this machine, as the environment names them, else by number: what a ledger that
/// several people share tells them apart by.
fn user() -> String {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    set("USER")
        .or_else(|| set("LOGNAME"))
        .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

/// `NUMDECK_STATE_DIR`, else the place that the XDG base directory specification names.
pub(super) fn directory() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("NUMDECK_STATE_DIR")
        .or_else(|| set("XDG_STATE_HOME").map(|state| state.join("numdeck")))
        .or_else(|| set("HOME").map(|home| home.join(".local/state/numdeck")))
}
