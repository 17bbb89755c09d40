//! Commands that write. A write is a batch of one or many:
//!
//! ```text
//!   buy, update, release, delete, undo, apply ──> Writes ──> review ──> run ──> report
//!         which numbers, which writes       │        what, for     one after   a row each,
//!                                           │        whom, asked   another     one exit code
//!                                           └─ what is so already, or can not be had
//! ```

pub(super) mod apply;
pub(super) mod buy;
mod canary;
mod desired;
mod ending;
pub(super) mod plan;
pub(super) mod purchases;
pub(super) mod release;
mod report;
mod review;
mod rollback;
mod run;
mod stock;
pub(super) mod undo;
pub(super) mod update;
mod wait;
