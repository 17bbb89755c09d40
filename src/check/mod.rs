//! Why calls to a number do not arrive: its settings, and where they lead. What is sent and what comes
//! back is for [`sip`](crate::sip), which knows nothing of numbers.

mod calls;
mod checker;
mod finding;
mod lint;
mod lockout_store;
mod settings;
mod subject;
mod target;
mod ticket;
mod vantage;

pub use calls::{CallEnd, CalledNumber, step_of_answer, step_of_calls};
pub use checker::{Checker, Variable, of_detail, of_rows};
pub use finding::Finding;
pub use lint::Lint;
pub use lockout_store::LockoutStore;
pub use settings::{Endpoints, Facts, Unread, address_is_null};
pub use subject::{access, listed, named, unread};
pub use target::{CheckTarget, TargetError};
pub use ticket::{Party, Ticket, TicketFacts, TicketRequest};
pub use vantage::{
    Merged, MergedCode, PlaceSeen, PlaceView, SeenCode, Vantage, VantageFailure, WorkerReport, WorkerRun,
    here, merged,
};
