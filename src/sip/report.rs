//! What a check found, for screens, text and JSON.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::advice::AdviceNames;
use super::trace::ms;
use super::{Code, Found, Leg, LegKind, Status, Subject, TraceLine, Verdict, interpret};

/// The parts of a check, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StepKind {
    /// What the API says, without a packet.
    Settings,
    /// What became of calls, as far as whoever routes them recorded it.
    Calls,
    /// From a name to addresses (RFC 3263).
    Dns,
    /// A connection, where the transport has one.
    Connect,
    /// The certificate.
    Tls,
    /// SIP OPTIONS.
    Options,
    /// Credentials, by REGISTER.
    Auth,
}

impl StepKind {
    /// The word in text and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Calls => "calls",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Options => "options",
            Self::Auth => "auth",
        }
    }
}

impl fmt::Display for StepKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// One finished step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it was about; `None` for the number itself.
    pub leg: Option<LegKind>,
    /// Which one it is.
    pub kind: StepKind,
    /// How it went.
    pub status: Status,
    /// What it came to.
    pub code: Code,
    /// The same in words, with what was seen. Clean.
    pub text: String,
    /// How long it took, where that means something.
    pub elapsed: Option<Duration>,
    /// Which of several targets it was about: transport, address and port.
    pub target: Option<String>,
    /// What was seen besides.
    pub found: Found,
    /// How many legs share what was seen, where several lead to one server.
    pub shared_by: Option<usize>,
    /// It was no server's turn: nothing is known of it.
    pub unasked: bool,
}

impl Step {
    /// A step with the status of its code's row.
    pub fn new(leg: Option<LegKind>, kind: StepKind, code: Code, text: impl Into<String>) -> Self {
        Self {
            leg,
            kind,
            status: code.outcome().status,
            code,
            text: text.into(),
            elapsed: None,
            target: None,
            found: Found::Nothing,
            shared_by: None,
            unasked: false,
        }
    }

    /// The same with another status.
    pub fn as_status(self, status: Status) -> Self {
        Self { status, ..self }
    }

    /// The same with its time.
    pub fn took(self, elapsed: Duration) -> Self {
        Self { elapsed: Some(elapsed), ..self }
    }

    /// The same about one of several targets.
    pub fn at(self, target: &str) -> Self {
        Self { target: Some(target.to_owned()), ..self }
    }

    /// The same of a target that had no turn.
    pub(super) fn not_asked(self) -> Self {
        Self { unasked: true, ..self }
    }

    /// Whether a server answered a REGISTER, whatever it said.
    pub(super) fn is_answer_to_register(&self) -> bool {
        let is_answer = match self.code {
            Code::AuthOk | Code::AuthRejected | Code::AuthOpen | Code::AuthUnsupported => true,
            Code::AuthUnverifiable => self.found != Found::NoTime,
            Code::Redirect | Code::Unavailable | Code::ServerError | Code::Loop => true,
            _ => false,
        };
        // One that was not sent has no target.
        self.kind == StepKind::Auth && self.target.is_some() && is_answer
    }

    /// Whether what is known already leaves something to send packets to.
    pub fn leads_on(&self) -> bool {
        self.status != Status::Skip || self.code == Code::Unsupported
    }

    fn to_json(&self) -> Value {
        json!({
            "leg": self.leg.map(LegKind::word),
            "step": self.kind.word(),
            "status": self.status.word(),
            "code": self.code.word(),
            "text": self.text,
            "ms": self.elapsed.map(ms),
            "target": self.target,
            "detail": self.detail(),
        })
    }
}

/// How many requests a check made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RequestCounts {
    /// To the API; the caller counts them.
    pub api: u32,
    /// OPTIONS, retransmissions not counted.
    pub options: u32,
    /// REGISTER, retransmissions not counted.
    pub register: u32,
}

impl std::ops::AddAssign for RequestCounts {
    fn add_assign(&mut self, other: Self) {
        self.api += other.api;
        self.options += other.options;
        self.register += other.register;
    }
}

/// What is said under every verdict.
const LIMITS: &str = "An answer shows that a server is there, not that a call is routed; no answer does not \
    show that it is down.";

/// All about one number, or one address.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The number as the API writes it; `None` for a bare address.
    pub number: Option<String>,
    /// The id of its record.
    pub id: Option<String>,
    /// When it was checked.
    pub checked_at: Timestamp,
    /// The address of this machine that packets left by; servers that allow by address know us by it,
    /// unless a gateway translates it.
    pub local_ip: Option<IpAddr>,
    /// Where it led.
    pub legs: Vec<Leg>,
    /// What was done. Steps at a server are shared by the reports of all numbers behind it.
    pub steps: Vec<Arc<Step>>,
    /// What it comes to.
    pub verdict: Verdict,
    /// How many requests it took.
    pub sent: RequestCounts,
    /// What crossed the wire.
    pub trace: Vec<TraceLine>,
}

impl Report {
    /// What steps come to, before it is said what they took.
    pub(super) fn of(subject: &Subject, at: Timestamp, mut steps: Vec<Arc<Step>>) -> Self {
        interpret::of_silence(&mut steps);
        let verdict = Verdict::of(&steps, &subject.legs);
        Self {
            number: subject.number.clone(),
            id: subject.id.clone(),
            checked_at: at,
            local_ip: None,
            legs: subject.legs.clone(),
            steps,
            verdict,
            sent: RequestCounts { api: u32::from(subject.has_detail), ..RequestCounts::default() },
            trace: Vec::new(),
        }
    }

    /// The same with something that is known of the subject from elsewhere, before any server was asked.
    #[must_use]
    pub fn knowing(mut self, step: Step) -> Self {
        let place = self.steps.iter().take_while(|step| step.leg.is_none()).count();
        self.steps.insert(place, Arc::new(step));
        self.verdict = Verdict::of(&self.steps, &self.legs);
        self
    }

    /// The documented JSON, the means of its advice called by `names`; with `trace` also what crossed
    /// the wire.
    pub fn to_json(&self, trace: bool, names: AdviceNames<'_>) -> Value {
        let legs: Vec<Value> = self.legs.iter().map(Leg::to_json).collect();
        let steps: Vec<Value> = self.steps.iter().map(|step| step.to_json()).collect();
        let mut document = json!({
            "schema": 1,
            "number": self.number,
            "id": self.id,
            "checked_at": self.checked_at.to_string(),
            "vantage": self.local_ip.map_or_else(|| json!({}), |ip| json!({"local_ip": ip.to_string()})),
            "legs": legs,
            "steps": steps,
            "verdict": self.verdict.to_json(names),
            "requests_sent": {
                "api": self.sent.api,
                "OPTIONS": self.sent.options,
                "REGISTER": self.sent.register,
            },
        });
        if let Some(limits) = self.limits() {
            document["verdict"]["limits"] = limits.into();
        }
        if trace {
            let lines: Vec<Value> = self
                .trace
                .iter()
                .map(|one| {
                    json!({
                        "ms": ms(one.at),
                        "direction": if one.outgoing { "out" } else { "in" },
                        "target": one.target,
                        "text": one.text(),
                    })
                })
                .collect();
            document["trace"] = lines.into();
        }
        document
    }

    /// What the verdict does not say, where a server was asked.
    pub fn limits(&self) -> Option<&'static str> {
        (!self.legs.is_empty() && self.sent.options > 0).then_some(LIMITS)
    }

    /// How long the server that calls are sent to took to answer OPTIONS.
    pub fn round_trip(&self) -> Option<Duration> {
        let is_it = |step: &&Arc<Step>| step.kind == StepKind::Options && step.leg == Some(LegKind::Inbound);
        let answers = self.steps.iter().filter(is_it);
        answers.filter_map(|step| step.elapsed).next()
    }

    /// What the number or address is called, for people.
    pub fn name(&self) -> String {
        self.number
            .clone()
            .or_else(|| self.legs.first().map(|leg| leg.route.uri.to_string()))
            .or_else(|| self.id.clone())
            .unwrap_or_default()
    }
}

/// A check while it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// A step begins.
    Began {
        /// Of which leg.
        leg: LegKind,
        /// Which step.
        kind: StepKind,
        /// Of which target.
        target: Option<String>,
    },
    /// A step is finished; it is in the report, too.
    Done(Box<Step>),
}
