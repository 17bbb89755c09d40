//! What is kept on this machine: the thread that asks a ledger, and how many requests a day has seen.
//!
//! What the ledger says is [`write`](crate::write)'s; where files are is the caller's to say.

mod ledger_thread;
mod requests;

pub use ledger_thread::LedgerThread;
pub use requests::DailyCount;
