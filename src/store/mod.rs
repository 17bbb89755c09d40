//! What is kept on this machine: what the server was seen to hold and what happened to its numbers, the thread that asks a ledger, how many
//! requests a day has seen, and how the dashboard was left.
//!
//! What the ledger says is [`write`](crate::write)'s; where files are is the caller's to say.

mod event;
mod habits;
mod history;
mod ledger_thread;
mod requests;
mod store_thread;

pub use event::{HISTORY_HEADS, HistoryEvent, HistoryKind};
pub use habits::{Habits, HabitsFile};
pub use history::{
    Aspect, ChangeAuthor, ChangeQuery, CheckResult, CheckTurn, CompleteRead, Fact, NotSeen, NumberChange,
    NumberStore, Recorded, Retention, SeenList, SeenPage, StoreError, StoreFacts, Transitions,
};
pub use ledger_thread::LedgerThread;
pub use requests::DailyCount;
pub use store_thread::{StoreThread, StoreTrouble};
