//! numdeck: a terminal dashboard and a command line for KrosAI phone numbers.
//!
//! ```text
//!  main ──> cli ──> api, write, check, config, store, sandbox, stream, phone
//!   └─────> runtime ──> app, ui, api, write, check, store, stream
//!                       ui ──> app, phone       app ──> phone, write and api as data
//!                       write ──> api, phone    config ──> api, phone    check, sandbox ──> phone
//!                       api, check ──> trust     store ──> write
//! ```
//!
//! The direction of these arrows is checked by `tests/it/architecture.rs`.

pub mod api;
pub mod app;
pub mod check;
pub mod cli;
pub mod config;
pub mod log;
pub mod phone;
pub mod rows;
pub mod runtime;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod sip;
pub mod store;
pub mod stream;
pub mod text;
pub mod trust;
pub mod ui;
pub mod write;
