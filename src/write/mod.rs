//! Writes: whatever spends money or touches live traffic, one piece of code for screen and command.
//!
//! ```text
//!   Intent ──> policy (may it?) ──> Confirmation (what must be typed?) ──> perform ──> Verdict
//!                                                                            │
//!                                   ledger: intent before, outcome after ────┤
//!                                   API: sent once; when lost, looked up ────┘
//! ```
//!
//! Ledger, API and clock are parameters. A request goes out once; what was lost is looked for, and
//! never repeated (product rules 1 to 3). Several writes are a [`Run`], one after another.

mod budget;
mod clock;
mod confirm;
mod disk;
mod entry;
mod intent;
mod judge;
mod ledger;
mod ownership;
mod policy;
mod protocol;
mod record;
mod run;
mod transcript;
mod undo;
mod uptime;
mod verdict;

pub use budget::{Budget, OverBudget, Quote};
pub use clock::{SETTLE, WallClock};
pub use confirm::{Confirmation, consequences};
pub use disk::DiskLedger;
pub use entry::Entry;
pub use intent::{Cause, Intent, PriceSource, Reviewed};
pub use ledger::{AsyncLedger, Begun, Ledger, LedgerError, SessionLedger};
pub use ownership::{NotOurs, directory as is_ours};
pub use policy::{Obstacle, Standing};
pub use protocol::{Api, Clock, LEDGER_DAMAGED, Look, Stage, look, perform, seconds};
pub use record::Outcome;
pub use run::{Line, Run, Stop, Tally, Told, carry_out};
pub use transcript::{Damage, DamagedLine};
pub use undo::{NoUndo, Undo, is_undoable, last_update, undo};
pub use uptime::Uptime;
pub use verdict::{Attached, Verdict, Words};
