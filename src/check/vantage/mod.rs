//! The same server seen from several places: what each of them saw, and what follows from the difference.

mod merge;
mod place;
mod worker;

pub use merge::{Merged, MergedCode, merged};
pub use place::{PlaceSeen, PlaceView, SeenCode, here};
pub use worker::{Vantage, VantageFailure, WorkerReport, WorkerRun};
