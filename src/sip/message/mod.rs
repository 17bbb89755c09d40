//! SIP messages: what goes out, and what came back.
//!
//! Requests are built from validated parts. Replies are read leniently, because a diagnostic has to
//! understand what is broken and name it ([`Quirk`]); sizes and counts are capped, and everything is
//! cleaned before it can reach a terminal.

mod reply;
mod request;

pub(super) use reply::LARGEST;
pub use reply::{Frame, NotSip, Quirk, SipReply};
pub use request::{Authorization, Method, Sender, SipRequest};
