//! numdeck: a terminal dashboard and a command line for KrosAI phone numbers.
//!
//! This page is for whoever opens the code for the first time.
//!
//! # The layers
//!
//! ```text
//!  main ──> cli ──> everything but app and ui (two commands open those)
//!   └─────> runtime ──> app, ui, api, write, check, config, rows, sip, store, stream
//!                       ui ──> app, store ──> api, check, rows, sip, trunk, write as data
//!           keys ──> config, api
//!           config ──> api        store ──> write ──> api        rows, store, api, write, check ──> phone
//!           check ──> sip, phone, text     store ──> sip     sip, api ──> trust     phone, sip ──> text
//!           trunk ──> sip, phone, rows, text                          metrics ──> check, phone, sip
//! ```
//!
//! An arrow says who may name whom; `tests/it/architecture.rs` holds them.
//!
//! - [`phone`] has the words of the problem: numbers, money, credentials, the filter language.
//! - [`api`] is the REST client. Reads are retried by policy, writes go out once.
//! - [`mod@write`] is whatever spends money or touches calls, for screen and command alike; its page has the
//!   rules.
//! - [`sip`] is a SIP probe that knows nothing of phone numbers; [`check`] is the route of a number.
//! - [`trunk`] is a SIP account as other programs take it: Asterisk, FreeSWITCH, voice platforms.
//! - [`app`] is the dashboard as a state machine without clock, network or terminal; [`ui`] draws it;
//!   [`runtime`] is the loop that has all three.
//! - [`store`] is what is kept between runs. The store of numbers has what the server was seen to hold, and
//!   what changed since: a cache beside the ledger, which is the truth about our writes.
//! - [`numbers`] reads what people name numbers by, files of any form included, and finds the record meant.
//! - [`plan`] is numbers as a file says that they should be, and what has to change for it.
//! - [`watch`] is what is told of a list and of routes that are looked at again and again.
//! - [`cli`] is the command line, [`rows`] what commands print, [`config`] the profiles, [`keys`] where the keys are
//!   kept, [`log`] the file of `--log`, [`metrics`] what Prometheus is told.
//! - `sandbox` is the API as a real server: what the demo and the tests run on (feature `sandbox`).
//!
//! # The way of a key
//!
//! [`runtime::run`] reads it and hands it to [`app::App::update`]. An overlay gets it before the screen
//! below. A text field takes it as text; else [`app::action`] says which actions have that key, and the
//! one that the screen offers is done by the screen's `act`. What a screen wants done leaves as
//! [`app::Effect`] values; [`runtime`] performs them and hands replies back, which find the screen that
//! asked by their task. Then [`ui::draw`] puts the state on a frame.
//!
//! # The way of a purchase
//!
//! `b` puts [`app::screen::writes`] on the screen: a batch of one or many. Its prompt takes what has to be
//! typed only while all of the question is seen. Confirmed, the batch leaves as [`app::Effect::Run`];
//! [`write::carry_out`] takes it line by line: price and permission are looked at again, the intent is
//! entered in the ledger and is on disk, one request goes out, the outcome is entered. An answer that is
//! lost is looked for and never repeated. `numdeck buy` builds the same batch from arguments.
//!
//! # Where to add what
//!
//! - **A screen**: a file in `app/screen` (state, offers, act, reply, regions), one of the same name in
//!   `ui`, and its variant in both `mod.rs`. An overlay likewise.
//! - **A key**: a row in [`app::action`] with keys and words, and an arm in the `act` of its screen. Footer
//!   and help follow; a test says what the README has to show.
//! - **A setting of a number**: a row in `phone/setting.rs`, its field in `api/decode/row.rs`, a row in
//!   `sandbox/switches.rs`, its key and its flag (`cli/args.rs`). Lists, reviews, undo, filters, columns
//!   and the ledger follow.
//! - **A column**: `rows/columns.rs` for commands, the file of the screen in `ui` for a screen.
//! - **A command**: its arguments in `cli/args`, a file in `cli`, a line in `cli/mod.rs`, examples in
//!   `cli/help/examples.rs`, and what it prints as JSON in `assets/schema`. Help, manual pages and
//!   completions follow.
//! - **A target of `sip render`**: its form in a file of `trunk`, its variant in `trunk/target.rs`, a line in
//!   `cli/args/sip.rs`.
//! - **A metric**: its row in `metrics/metric.rs`, who sets it, and a panel or a rule in `assets/monitoring`.
//! - **A step of the routing check**: what it may come to in `sip/codes.rs`, what it saw in `sip/found.rs`,
//!   what to do next in `sip/advice.rs`, and whose it is in `check/ticket/party.rs`; how it counts where several
//!   places look in `check/vantage/merge.rs`.

#![cfg_attr(
    not(test),
    warn(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)
)]

pub mod api;
#[allow(missing_docs, reason = "its parts say by their names what they are")]
pub mod app;
pub mod check;
#[allow(missing_docs, reason = "its parts say by their names what they are")]
pub mod cli;
pub mod config;
pub mod keys;
pub mod log;
pub mod metrics;
pub mod numbers;
pub mod phone;
pub mod plan;
pub mod rows;
#[allow(missing_docs, reason = "its parts say by their names what they are")]
pub mod runtime;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod sip;
pub mod store;
pub mod stream;
pub mod text;
pub mod trunk;
pub mod trust;
#[allow(missing_docs, reason = "its parts say by their names what they are")]
pub mod ui;
pub mod watch;
pub mod write;
