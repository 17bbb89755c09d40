//! Figures for Prometheus: what a check came to, and how a fleet of numbers is. Data and text; who serves it,
//! or writes it to a file, is elsewhere.
//!
//! Each series has at most one label, and its values are words of this program ([`Exposition::set`] takes
//! nothing else): no number, id or secret can become one, and a fleet of 100,000 has as many series as one
//! of ten.

mod exposition;
mod fleet;
mod metric;
mod probe;

pub use exposition::Exposition;
pub use fleet::FleetFigures;
pub use metric::Metric;
pub use probe::ProbeFigures;
