//! `numdeck demo`: the dashboard over a sandbox of its own. Whatever is exported, it cannot reach
//! anything else.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use uuid::Uuid;

use super::args::{Appearance, Global, Tui};
use super::dashboard::{self, Opening};
use super::{Environment, Exit, Failure, environment};
use crate::api::{BaseUrl, Mode, Settings};
use crate::app::Invocation;
use crate::check::Checker;
use crate::config::LabelsFile;
use crate::phone::{Labels, Secret};
use crate::sandbox::{Config, Sandbox};
use crate::store::{LedgerThread, NumberStore, Retention, StoreThread};
use crate::write::{SETTLE, SessionLedger, WritePermission};

/// The sandbox's key of somebody who may do everything.
const KEY: &str = "kros_test_owner";

pub(super) fn run(global: &Global, environment: &Environment, look: Appearance) -> Result<Exit, Failure> {
    dashboard::open(global, environment, &Tui { look, ..Tui::default() }, Some(opening(global)?))
}

/// A sandbox, and a dashboard over it.
pub(super) fn opening(global: &Global) -> Result<Opening, Failure> {
    let sandbox =
        Sandbox::start(Config { sip: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))), ..Config::default() })
            .map_err(|error| {
                Failure::new(Exit::Other, "SANDBOX", format!("the sandbox did not start: {error}"), "")
            })?;
    let place = DemoPlace(std::env::temp_dir().join(format!("numdeck-demo-{}", Uuid::new_v4())));
    let store = NumberStore::new(place.0.join("store").join("seen.sqlite"), Retention::default());
    let base_url = BaseUrl::parse(&sandbox.base_url())?;
    let settings = Settings::new(base_url, Secret::new(KEY.to_owned()));
    let standing = WritePermission {
        mode: Mode::of(&settings.key),
        read_only: global.read_only,
        organization: None,
        foreign: None,
    };
    let checker =
        Checker::new(settings.ca.clone(), None, environment::variable, Arc::default()).of_provider(true);
    // What it is called with is no secret, and nothing outside the demo.
    let call = Invocation {
        before: format!("NUMDECK_API_KEY={KEY} "),
        globals: vec!["--base-url".to_owned(), sandbox.base_url()],
        base_url: sandbox.base_url(),
        auth: settings.auth,
    };
    Ok(Opening {
        call,
        settings,
        standing,
        profile: "demo".to_owned(),
        organization_name: None,
        // Made-up numbers leave no trace: the ledger lasts as long as the demo.
        ledger: LedgerThread::spawn(SessionLedger::default()),
        places_of: None,
        count: None,
        store: Some(StoreThread::spawn(store, None, || Some(Vec::new()))),
        kept: None,
        habits: None,
        checker,
        settle: global.settle.unwrap_or(SETTLE),
        entries: Ok(Vec::new()),
        labels: LabelsFile::of(None, Some(&place.0)).map(|file| (file, Ok(Labels::default()))),
        theme: None,
        hook: None,
        server: Some(Box::new((sandbox, place))),
    })
}

/// Where a demo keeps what it has to keep in files. It is gone with it.
struct DemoPlace(PathBuf);

impl Drop for DemoPlace {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
