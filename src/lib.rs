//! numdeck: a terminal dashboard and a command line for KrosAI phone numbers.
//!
//! ```text
//!  main ──> cli ──> api, write, check, config, daily, sandbox, stream, phone
//!   └─────> runtime ──> app, ui, api, write, check, daily, stream
//!                       ui ──> app, phone       app ──> phone, write and api as data
//!                       write ──> api, phone    config ──> api, phone    check, sandbox ──> phone
//!                       api, check ──> trust
//! ```
//!
//! The direction of these arrows is checked by `tests/it/architecture.rs`.

pub mod api;
pub mod app;
pub mod check;
pub mod cli;
pub mod config;
pub mod daily;
pub mod log;
pub mod phone;
pub mod runtime;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod sip;
pub mod stream;
pub mod text;
pub mod trust;
pub mod ui;
pub mod write;
