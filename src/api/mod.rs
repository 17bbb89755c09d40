//! The REST client: the five operations of the contract, and the lists of endpoints and of calls where there are
//! any.
//!
//! Nothing here prints, reads configuration or the environment, or decides what to do with a
//! result. Reads are retried by policy; writes go out once.

mod answer;
mod base_url;
mod calls;
mod client;
mod coding;
mod decode;
mod dialect;
mod endpoints;
mod error;
mod http;
mod ids;
mod jwt;
mod log;
mod pages;
mod plan;
mod proxy;
mod rate;
mod request;
mod retry;
mod tls;
mod trace_parent;

pub use base_url::BaseUrl;
pub use calls::CallsWanted;
pub use client::{Auth, Client, Mode, Settings};
pub use decode::KeyFacts;
pub use dialect::Dialect;
pub use error::{Certainty, Error, ErrorKind, Kyc};
pub use ids::SeenIds;
pub use jwt::{SessionEnd, expiry};
pub use log::Request;
pub use pages::{Page, Pages};
pub use proxy::{Proxy, Way};
pub use request::{Item, ListKind, ListRequest, Purchase, Removal, RequestId};
pub use trace_parent::TraceParent;
