//! Where numdeck keeps what outlasts a run: ledgers, lists, rejections and counts.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::output::safe;
use super::{Context, Exit, Failure};
use crate::api::{BaseUrl, Mode};
use crate::check::LockoutStore;
use crate::phone::Labels;
use crate::sip::Lockout;
use crate::store::{DailyCount, HabitsFile};
use crate::write::{DiskLedger, Ledger, PinnedLedger, is_ours};

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
    PinnedLedger::new(ledger, Box::new(pins))
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

/// Where the list of numbers of a server, organization and mode is kept; `None` where there is no
/// place for it.
pub(super) fn list_cache(context: &Context) -> Option<PathBuf> {
    let name = ledger(context).ok()?.path().file_stem()?.to_owned();
    let mut file = directory()?.join("lists").join(name);
    file.as_mut_os_string().push(".json");
    Some(file)
}

/// Where lists of numbers of a server and organization are kept between runs, of both modes.
pub(super) fn list_caches(url: &BaseUrl, organization: Option<&str>) -> Vec<PathBuf> {
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
