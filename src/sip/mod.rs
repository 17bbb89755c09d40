//! A SIP probe that knows nothing of numdeck: from an address to a verdict in words, without placing a
//! call and without touching a registration.
//!
//! A check has up to three legs ([`Leg`]): where calls are sent, where a PBX registers, and where an
//! endpoint is. Each leg goes through the same steps ([`StepKind`]); what a step comes to is one of a
//! closed set ([`OUTCOMES`]); the gravest one makes the [`Verdict`].
//!
//! What is decided is decided by pure functions over data: what came back ([`SipReply`]), where a name
//! leads ([`resolve()`]). Sockets, DNS and TLS are thin edges round them. The only methods are OPTIONS
//! and a REGISTER without Contact, which asks and changes nothing. Redirects are reported and not
//! followed.
//!
//! A screen fills in while [`check`] runs: each step is told to its [`Watch`] when it begins and when
//! it is done.

mod advice;
mod aor;
mod batch;
mod codes;
mod connection;
mod credentials;
mod deadline;
mod digest;
mod dns;
mod env;
mod found;
mod interpret;
mod lockout;
mod message;
mod naming;
mod pcap;
mod plan;
mod probe;
mod rate;
mod reach;
mod register;
mod report;
mod route;
mod rules;
mod session;
mod socket;
mod statistics;
mod statuses;
mod subject;
mod summary;
mod text;
mod tls;
mod trace;
mod transaction;
mod transport;
mod udp;
mod uri;
mod verdict;

pub use advice::{Advice, AdviceMeans, AdviceNames};
pub use aor::AddressOfRecord;
pub use batch::{ReportSink, batch};
pub use codes::{Code, CodeInfo, OUTCOMES, Status};
pub use digest::{Challenge, DigestError, Login};
pub use dns::{
    AnswerSource, Dns, DnsAnswer, DnsFailure, DnsRemark, ExtendedError, Heard, NetworkDns, Record,
    RecordKind, Resolution, ResolverSettings, ResponseCode, Target, Unresolved, resolve,
};
pub use env::{AuthRule, Env, Options, Watch};
pub use found::{Answers, CallsSeen, Found, LostServers, PasswordSeen, RoundTrips, SeriesCounts, Sighting};
pub use lockout::{Hold, Keep, Lockout, Rejection};
pub use message::{Authorization, Frame, Method, NotSip, Quirk, Sender, SipReply, SipRequest};
pub use pcap::{PCAP_MAGIC, Pcap};
pub use plan::{Counts, Plan};
pub use rate::Pacer;
pub use register::Access;
pub use report::{Progress, Report, RequestCounts, Step, StepKind};
pub use route::{Leg, LegKind, Origin, Route, TransportSource};
pub use rules::StatusRules;
pub use subject::{Subject, check};
pub use summary::{SharedCause, Summary};
pub use tls::{
    ClientCertificateUse, ClientIdentity, IdentityError, ShownCertificate, Tls, TlsCause, TlsFinding,
};
pub use trace::TraceLine;
pub use transport::Transport;
pub use uri::{Host, SipUri, UriError};
pub use verdict::{Health, Verdict, VerdictCause};
