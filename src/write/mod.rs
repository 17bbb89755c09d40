//! Writes: whatever spends money or touches live traffic, one piece of code for screen and command.
//!
//! ```text
//!   Intent ──> permission ──> Confirmation ──> batch, line by line ──> send ──> outcome
//!               may it?       what is typed?                            │
//!                             ledger: intent before, outcome after ─────┤
//!                             API: sent once; when lost, looked up ─────┘
//! ```
//!
//! A write is a batch of one or many ([`Batch`]). Ledger, API and clock are parameters.
//!
//! # Rules of money and live calls
//!
//! 1. **A write is sent once.** Its intent is in the ledger and on disk before the request leaves, its
//!    outcome is entered after. The API knows no idempotency, so nothing that may have reached it is sent
//!    again: not by us, not by a library, not after a crash. Ledgers are kept by base URL, organization,
//!    and LIVE or TEST.
//! 2. **Answers.** 2xx that decodes is done; 4xx but 408 is refused; what failed before sending was never
//!    sent; everything else is lost, a redirect included, for it may follow a commit.
//! 3. **A lost answer is looked for.** What gave up on the way does not stop what it passed on. Nothing is
//!    called *not done* before [`SETTLE`] has passed since it was sent; what did happen is said as soon as
//!    it is seen. Bought: owned and not inactive. Not bought: absent from two whole reads, the later one
//!    after that time, and on sale again. Deleted: absent from the whole owned list, since a 404 to one
//!    record proves nothing. An answer that does not confirm the change is looked at, too.
//! 4. **Prices** are the row's own, else asked for; unknown is never zero, and counts as over any budget.
//!    One that moved since the review stops the purchase. They are reported as reviewed, not as charged.
//! 5. **LIVE** is every key but a test key, and needs an organization that was named. Rows of another one
//!    end writing for the session.
//! 6. **Release keeps the record**; deleting is another word and about one number. Both name what breaks.
//! 7. **An update sends what changed** and nothing else, and its answer is compared with what was asked.
//!    An endpoint that a purchase ignored is attached by one update, which is said.
//! 8. **Undo** puts former values back only where the present ones are still ours.
//! 9. **A batch** goes line after line, keeps an outcome each, and stops where the next line would fare no
//!    better: key, balance, KYC, an unknown outcome. What is so already is done. Running a list again buys
//!    nothing twice.
//! 10. **Read-only** is refused here, not on the screen.
//! 11. **A pin** keeps back what stops calls of its number: refused before anything is asked, and once more
//!     when the intent is entered, by what is pinned then.

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

pub use batch::{Batch, BatchEvent, BatchLine, Stop, Tally, carry_out};
pub use clock::{Clock, SETTLE, Uptime, WallClock};
pub use confirm::{Confirmation, consequences};
use intent::line_of;
pub use intent::{Cause, Intent, PriceSource, Reviewed};
pub use ledger::{
    AsyncLedger, Begun, Damage, DamagedLine, DiskLedger, Entry, FinishedWrite, Ledger, LedgerError, NotOurs,
    PinnedLedger, PinsNow, SessionLedger, TellFinished, is_our_file, is_ours,
};
pub use outcome::{Attached, Outcome, OutcomeKind, Words};
pub use permission::{Obstacle, WritePermission};
pub use price::{Budget, OverBudget, Quote};
pub use send::{Api, LEDGER_DAMAGED, Look, Stage, look, perform, seconds};
pub use undo::{NoUndo, Undo, is_undoable, last_update, undo};
