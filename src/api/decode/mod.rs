//! From the JSON of a server to the words of the problem.
//!
//! The contract and the service's own pages disagree on envelopes and field names, and no source
//! says which one is live; every documented form is read (the contract's name wins where two are
//! present). What is not understood is kept as it came, and an answer that is of none of these
//! forms is an error: an empty list must mean that there is nothing.

mod call;
mod endpoint;
mod envelope;
mod field;
mod intern;
mod list;
mod own_key;
mod record;
mod redact;
mod row;
mod secret_name;

pub(super) use call::{CallPage, NoCalls, PageStyle, calls};
pub(super) use endpoint::endpoints;
pub(super) use intern::Interner;
pub(super) use list::{PageRows, cut, list};
pub use own_key::KeyFacts;
pub(super) use own_key::own_key;
pub(super) use record::{detail, record};
pub(super) use redact::addresses_without_secrets;
pub(super) use row::{RowOrigin, is_unusable};
