//! The REST client: the five operations of the contract, and the endpoints list where there is one.
//!
//! Nothing here prints, reads configuration or the environment, or decides what to do with a
//! result. Reads are retried by policy; writes go out once.

mod call;
mod error;

pub use call::{Changes, Item, List, Purchase, Removal, RequestId, Shelf};
pub use error::{Certainty, Error, ErrorKind, Kyc};
