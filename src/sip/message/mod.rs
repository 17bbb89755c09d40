//! SIP messages: what goes out, and what came back.
//!
//! Requests are built from validated parts. Replies are read leniently, because a diagnostic has to
//! understand what is broken and name it ([`Quirk`]); sizes and counts are capped, and everything is
//! cleaned before it can reach a terminal.

mod reply;
mod request;

pub use reply::{Frame, NotSip, Quirk, SipReply};
pub use request::{Authorization, Method, Sender, SipRequest};

/// The largest message that is read, in bytes.
pub(super) const LARGEST: usize = 64 * 1024;
/// The most header lines that are read.
pub(super) const MOST_HEADERS: usize = 256;
