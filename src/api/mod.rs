//! The REST client: the five operations of the contract, and the endpoints list where there is one.
//!
//! Nothing here prints, reads configuration or the environment, or decides what to do with a
//! result. Reads are retried by policy; writes go out once.

mod activity;
mod answer;
mod base_url;
mod call;
mod client;
mod coding;
mod dialect;
mod error;
mod http;
mod limit;
mod page;
mod plan;
mod proxy;
mod retry;
mod tls;
mod wire;

pub use activity::Request;
pub use base_url::BaseUrl;
pub use call::{Changes, Item, List, Purchase, Removal, RequestId, Shelf};
pub use client::{Auth, Client, Mode, Settings};
pub use dialect::Dialect;
pub use error::{Certainty, Error, ErrorKind, Kyc};
pub use page::{Page, Pages};
pub use proxy::{Proxy, Way};
