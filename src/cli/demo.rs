//! `numdeck demo`: the dashboard over a sandbox of its own. Whatever is exported, it cannot reach
//! anything else.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::args::{Global, Tui};
use super::context::colours;
use super::dashboard::Opening;
use super::{Environment, Exit, Failure, environment};
use crate::api::{BaseUrl, Mode, Settings};
use crate::check::Checker;
use crate::phone::Secret;
use crate::sandbox::{Config, Sandbox};
use crate::store::LedgerThread;
use crate::ui::Theme;
use crate::write::{SETTLE, SessionLedger, WritePermission};

/// The sandbox's key of somebody who may do everything.
const KEY: &str = "kros_test_owner";

pub(super) fn run(global: &Global, environment: &Environment) -> Result<Exit, Failure> {
    let sandbox =
        Sandbox::start(Config { sip: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))), ..Config::default() })
            .map_err(|error| {
                Failure::new(Exit::Other, "SANDBOX", format!("the sandbox did not start: {error}"), "")
            })?;
    let base_url = BaseUrl::parse(&sandbox.base_url())?;
    let settings = Settings::new(base_url, Secret::new(KEY.to_owned()));
    let standing = WritePermission {
        mode: Mode::of(&settings.key),
        read_only: global.read_only,
        organization: None,
        foreign: None,
    };
    let theme = if colours(global, environment) { Theme::Ansi } else { Theme::Mono };
    // Made-up numbers leave no trace: the ledger lasts as long as the demo.
    let ledger = LedgerThread::spawn(SessionLedger::default());
    let profile = "demo".to_owned();
    let doubts = Ok(Vec::new());
    let checker =
        Checker::new(settings.ca.clone(), None, environment::variable, Arc::default()).of_provider(true);
    Opening {
        settings,
        standing,
        profile,
        organization_name: None,
        theme,
        ledger,
        ledger_of: None,
        count: None,
        checker,
        settle: global.settle.unwrap_or(SETTLE),
        doubts,
    }
    .run(&Tui::default())
}
