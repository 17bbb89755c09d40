//! Looking again and again, and telling what turned: once, and not forty times.
//!
//! ```text
//!   a round: the list, and routes ─> Transitions, RouteWatch ─> events
//!   how it went ─────────────────────> Pace ─> how long to wait, and what to say of the server
//! ```
//!
//! Nothing here reads, waits or prints: a round is handed in, and the clock is a parameter.

mod budget;
mod pace;
mod routes;
#[cfg(test)]
mod tests;

pub use budget::ReadBudget;
pub use pace::{Pace, RoundEnd, Waited};
pub use routes::{RouteSight, RouteTurn, RouteWatch};
