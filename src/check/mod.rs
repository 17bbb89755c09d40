//! Why calls do not arrive: from a phone number to a verdict in words, without placing a call and
//! without touching a registration.
//!
//! A check of one number has up to three legs ([`Leg`]): where calls to it are sent, where a PBX
//! registers for it, and where its endpoint is. Each leg goes through the same steps ([`StepKind`]);
//! what a step comes to is one of a closed set ([`OUTCOMES`]); the gravest one makes the [`Verdict`].
//!
//! What is decided is decided by pure functions over data.

mod message;
mod outcome;
mod report;
mod route;
mod settings;
mod transport;
mod uri;
mod verdict;

pub use message::{Authorization, Frame, Method, NotSip, Quirk, Reply, Request, Sender};
pub use outcome::{Code, OUTCOMES, Outcome, Status};
pub use report::{Progress, Report, Sent, Step, StepKind, Traced};
pub use route::{Leg, LegKind, Origin, Route, TransportSource};
pub use settings::Facts;
pub use transport::Transport;
pub use uri::{Host, SipUri, UriError};
pub use verdict::{Health, Verdict};
