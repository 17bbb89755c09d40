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

mod batch;
mod clock;
mod confirm;
mod intent;
mod ledger;
mod outcome;
mod permission;
mod price;
mod send;
mod undo;

pub use batch::{Line, Run, Stop, Tally, Told, carry_out};
pub use clock::{Clock, SETTLE, Uptime, WallClock};
pub use confirm::{Confirmation, consequences};
use intent::line_of;
pub use intent::{Cause, Intent, PriceSource, Reviewed};
pub use ledger::{
    AsyncLedger, Begun, Damage, DamagedLine, DiskLedger, Entry, Ledger, LedgerError, NotOurs, SessionLedger,
    is_ours,
};
pub use outcome::{Attached, Outcome, Verdict, Words};
pub use permission::{Obstacle, Standing};
pub use price::{Budget, OverBudget, Quote};
pub use send::{Api, LEDGER_DAMAGED, Look, Stage, look, perform, seconds};
pub use undo::{NoUndo, Undo, is_undoable, last_update, undo};
