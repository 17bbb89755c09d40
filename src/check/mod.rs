//! Why calls do not arrive: from a phone number to a verdict in words, without placing a call and
//! without touching a registration.
//!
//! A check of one number has up to three legs ([`Leg`]): where calls to it are sent, where a PBX
//! registers for it, and where its endpoint is. Each leg goes through the same steps ([`StepKind`]);
//! what a step comes to is one of a closed set ([`OUTCOMES`]); the gravest one makes the [`Verdict`].
//!
//! What is decided is decided by pure functions over data: what was said ([`Facts`]), what came back
//! ([`Reply`]), where a name leads ([`resolve()`]). Sockets, DNS and TLS are thin edges round them. The
//! only methods are OPTIONS and a REGISTER without Contact, which asks and changes nothing. Redirects
//! are reported and not followed.
//!
//! A screen fills in while [`check`] runs: each step is told to its [`Watch`] when it begins and when
//! it is done.

mod auth;
mod batch;
mod budget;
mod certificate;
mod connect;
mod digest;
mod dns;
mod guard;
mod judge;
mod line;
mod lint;
mod login;
mod message;
mod next;
mod outcome;
mod pace;
mod people;
mod plan;
mod probe;
mod record;
mod report;
mod resolve;
mod route;
mod series;
mod settings;
mod subject;
mod tally;
mod tls;
mod transaction;
mod transport;
mod uri;
mod verdict;
mod wire;

pub use auth::Access;
pub use batch::{Done, batch};
pub use digest::{Challenge, Login};
pub use dns::NetworkDns;
pub use guard::{Guard, Hold, Keep, Rejection};
pub use lint::{Finding, Lint};
pub use message::{Authorization, Frame, Method, NotSip, Quirk, Reply, Request, Sender};
pub use outcome::{Code, OUTCOMES, Outcome, Status};
pub use pace::Pacer;
pub use plan::{Counts, Plan};
pub use record::{Dns, DnsFailure, Record, RecordKind};
pub use report::{Progress, Report, Sent, Step, StepKind, Traced};
pub use resolve::{Resolution, Target, Unresolved, resolve};
pub use route::{Leg, LegKind, Origin, Route, TransportSource};
pub use settings::{Endpoints, Facts, Unread, address_is_null};
pub use subject::{AuthRule, Options, Subject, Watch, World, check};
pub use tally::{Cause, Tally};
pub use tls::Tls;
pub use transport::Transport;
pub use uri::{Host, SipUri, UriError};
pub use verdict::{Health, Verdict};
