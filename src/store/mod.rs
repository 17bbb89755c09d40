//! What is kept on this machine: the thread that asks a ledger, how many requests a day has seen, and how
//! the dashboard was left.
//!
//! What the ledger says is [`write`](crate::write)'s; where files are is the caller's to say.

mod habits;
mod ledger_thread;
mod requests;

pub use habits::{Habits, HabitsFile};
pub use ledger_thread::LedgerThread;
pub use requests::DailyCount;
