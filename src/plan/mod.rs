//! Numbers as a file says that they should be, and what has to change for it.
//!
//! ```text
//!   a file ─> WantedFile ──┬─> RoutingPlan ─> a batch of updates (only those: nothing is bought or given up)
//!   the owned list ────────┘    │
//!                               ├─> a document that is kept, with the values seen
//!                               └─> a rollback file: the former values, in the form that plans are read from
//! ```
//!
//! A plan that was kept is laid beside the list once more before anything is sent ([`RoutingPlan::stand`]): what
//! is as it was seen is to be done, what is as it should be is done, and anything else has drifted.

mod document;
mod draft;
mod drift;
mod rollback;
#[cfg(test)]
mod tests;
mod wanted;

pub use document::{PlanScope, PlanSource, is_plan};
pub use draft::{EndpointLookup, Misfit, PlannedChange, RoutingPlan};
pub use drift::{Drift, PlanStanding};
pub use rollback::rollback;
pub use wanted::{WantedEndpoint, WantedFile, WantedNumber};
