//! The API as a real HTTP server on loopback: axum over SQLite.
//!
//! It keeps the whole contract: keys, roles, organizations, KYC states, balances, inventory slots,
//! pages, both ways to buy, both ways to give a number up, and every error code. Beside the five
//! operations it answers `GET /v1/endpoints`, and `GET /v1/calls` for one number. The world in it is made up
//! from a seed.
//!
//! ```
//! use numdeck::sandbox::{Config, Sandbox};
//! let sandbox = Sandbox::start(Config { owned: 5, inventory: 50, ..Config::default() }).unwrap();
//! assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
//! ```
//!
//! One thread serves and owns the database, so that each request is one step: no request sees half
//! of another, and of two buyers of one number exactly one gets it. A purchase is refused for, in
//! this order: the key, the role, the request itself, KYC, the number, the stated price, the balance.
//!
//! What the contract leaves open is decided like this. A number for sale has the fields that it has
//! before anybody owns it: `id` (the inventory id), `e164`, `country`, `type` and `inventory`; GET
//! answers for an inventory id as well. In Egypt prices are charged, but not told. A released record
//! cannot be switched on again (`NUMBER_RELEASED`): its number is for sale, and buying it makes a
//! new record. The organizations behind `kros_test_broke` and `kros_test_kyc_*` are their own. The
//! live mode has its own numbers under the same organization ids, and a quarter of the inventory.
//!
//! With [`Config::sip`] a small SIP server beside it answers OPTIONS and REGISTER for the numbers and
//! endpoints; the route of one number is broken on purpose, so that there is something to find.
//!
//! [`SandboxDialect::Guide`] is the same world in the shapes of the service's guide. Where no page shows a
//! shape, the nearest one is taken: a line for sale has its costs at the top level, as the guide's
//! detail has them, and errors are objects under `error`. The guide's filters `status` and
//! `area_code` are ignored, as any unknown parameter is.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the numbers are made up in here, and small"
)]

mod calls;
mod dialect;
mod door;
mod fault;
mod keys;
mod place;
mod plan;
mod random;
mod registrar;
mod reply;
mod request;
mod seed;
mod serve;
mod service;
mod shelf;
mod sip;
mod store;
mod switches;
mod write;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime;
use tokio::sync::oneshot;

pub use dialect::SandboxDialect;
pub use door::CorsOrigin;
pub use fault::{Fault, FaultError};
pub use keys::{KeyInfo, KeyRole};

use door::Door;
use fault::Faults;
use service::Service;
use sip::Sockets;
use store::Store;

/// How long answers that are on their way may take when a sandbox stops.
const GRACE: Duration = Duration::from_millis(100);

/// What sandbox to start.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The database file; `None` keeps everything in memory. A file that is there already is taken
    /// as it is: its own numbers, its own seed.
    pub db: Option<PathBuf>,
    /// Numbers that the first test organization begins with.
    pub owned: u32,
    /// Numbers for sale in test mode. Live mode has a quarter of it.
    pub inventory: u32,
    /// Endpoints of the first test organization; they are listed by fifty.
    pub endpoints: u32,
    /// What the world and its chance are made from.
    pub seed: u64,
    /// How it misbehaves.
    pub faults: Vec<Fault>,
    /// Where its SIP server listens, UDP and TCP; port 0 takes a free one. `None`: there is none, and
    /// the numbers lead to port 5060 of this machine.
    pub sip: Option<SocketAddr>,
    /// Whose shapes it answers in.
    pub dialect: SandboxDialect,
    /// The origin whose pages may read the answers (`*` for all); `None`: no page may.
    pub cors: Option<CorsOrigin>,
}

impl Config {
    /// The most that `owned`, `inventory` and `endpoints` may each be.
    pub const LARGEST: u32 = 1_000_000;
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            db: None,
            owned: 312,
            inventory: 2_000,
            endpoints: 12,
            seed: 1,
            faults: Vec::new(),
            sip: None,
            dialect: SandboxDialect::OpenApi,
            cors: None,
        }
    }
}

/// Why a sandbox did not start.
#[derive(Debug)]
pub enum SandboxError {
    /// More numbers than [`Config::LARGEST`].
    TooLarge {
        /// How many were asked for.
        asked: u32,
    },
    /// The address could not be listened on.
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The database failed.
    Database {
        /// The file; `None` in memory.
        path: Option<PathBuf>,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The file is not a sandbox's. It was left as it is.
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is a sandbox's of another version of numdeck. It was left as it is.
    Version {
        /// The file.
        path: PathBuf,
        /// The schema version in the file.
        found: i64,
        /// The schema version of this program.
        known: i64,
    },
    /// Another program, a sandbox most likely, has the file open.
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The server's thread or its runtime could not be made.
    Thread(io::Error),
}

impl fmt::Display for SandboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { asked } => {
                write!(f, "a sandbox holds up to {} numbers of each sort, not {asked}", Config::LARGEST)
            }
            Self::Listen { addr, source } => write!(f, "cannot listen on {addr}: {source}"),
            Self::Database { path: Some(path), source } => {
                write!(f, "cannot use the database {}: {source}", path.display())
            }
            Self::Database { path: None, source } => write!(f, "cannot make a database in memory: {source}"),
            Self::Foreign { path } => {
                write!(
                    f,
                    "{} is not a sandbox database; it was left alone: name another file",
                    path.display()
                )
            }
            Self::Version { path, found, known } => write!(
                f,
                "{} is a sandbox database of version {found}, and this numdeck knows version {known}; it was \
                 left alone: name another file",
                path.display()
            ),
            Self::InUse { path } => write!(f, "{} is in use by another program", path.display()),
            Self::Thread(source) => write!(f, "cannot start the server: {source}"),
        }
    }
}

impl std::error::Error for SandboxError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } | Self::Thread(source) => Some(source),
            Self::Database { source, .. } => Some(source),
            Self::TooLarge { .. } | Self::Foreign { .. } | Self::Version { .. } | Self::InUse { .. } => None,
        }
    }
}

/// A running sandbox. Dropping it stops it: idle connections are closed at once, answers on their
/// way get a moment.
#[derive(Debug)]
pub struct Sandbox {
    addr: SocketAddr,
    sip: Option<SocketAddr>,
    service: Arc<Service>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox on a thread of its own; the caller needs no runtime. It is ready when this
    /// returns.
    pub fn start(config: Config) -> Result<Self, SandboxError> {
        if let Some(asked) =
            [config.owned, config.inventory, config.endpoints].into_iter().find(|n| *n > Config::LARGEST)
        {
            return Err(SandboxError::TooLarge { asked });
        }
        let failed = |source| SandboxError::Listen { addr: config.listen, source };
        // Binds first: a port that is taken is not worth making a world for.
        let listener = TcpListener::bind(config.listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let sip = config.sip.map(|listen| {
            Sockets::bind(listen).map_err(|source| SandboxError::Listen { addr: listen, source })
        });
        let sip = sip.transpose()?;
        let sip_at = sip.as_ref().map(|sockets| sockets.at);
        let mut store = Store::open(&config)?;
        if let Some(at) = sip_at {
            store
                .serve_sip(at)
                .map_err(|source| SandboxError::Database { path: config.db.clone(), source })?;
        }
        let faults = Faults::new(config.faults, config.seed);
        let door = Door::new(config.listen.ip(), config.cors);
        let service = Arc::new(Service::new(store, faults, config.dialect, door));
        let runtime =
            runtime::Builder::new_current_thread().enable_all().build().map_err(SandboxError::Thread)?;
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&service);
        let serve = async move {
            if let Some(sockets) = sip {
                tokio::spawn(sockets.serve(Arc::clone(&shared)));
            }
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let stopped = async move {
                // An error means that the sandbox is gone, which is a reason to stop as well.
                let _ = stopped.await;
            };
            serve::serve(listener, shared, stopped, GRACE).await
        };
        let thread = thread::Builder::new()
            .name("sandbox".to_owned())
            // Nobody is left to be told of an error here: callers see their connections refused.
            .spawn(move || drop(runtime.block_on(serve)))
            .map_err(SandboxError::Thread)?;
        Ok(Self { addr, sip: sip_at, service, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The base URL for clients.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.addr)
    }

    /// Where its SIP server listens, where there is one.
    pub fn sip_addr(&self) -> Option<SocketAddr> {
        self.sip
    }

    /// The keys that every sandbox knows.
    pub fn keys() -> &'static [KeyInfo] {
        keys::KEYS
    }

    /// Changes how it misbehaves, from the next request on.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.service.faults().replace(faults);
    }

    /// Serves until the process ends.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic of the server was reported on its own thread already.
            let _ = thread.join();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
