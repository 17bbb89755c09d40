//! A whole check of one subject: what is known of it, where it leads, and what its servers say.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use futures_util::future::join_all;
use jiff::Timestamp;

use super::connection::Resources;
use super::credentials::CredentialCheck;
use super::deadline::Deadline;
use super::probe::{probe, takes_credentials};
use super::register::account;
use super::{
    Access, AuthRule, Code, Dns, Env, Leg, LegKind, Options, Progress, Report, RequestCounts, SipUri, Step,
    StepKind, TraceLine, Transport, Watch,
};

/// What is to be checked.
#[derive(Clone)]
pub struct Subject {
    /// The number as the API writes it.
    pub number: Option<String>,
    /// The id of its record.
    pub id: Option<String>,
    /// What is known before a packet is sent.
    pub known: Vec<Step>,
    /// Where it leads.
    pub legs: Vec<Leg>,
    /// For the leg that takes credentials.
    pub access: Access,
    /// Its record was asked for by itself: a request to the API.
    pub has_detail: bool,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("number", &self.number).field("id", &self.id).finish_non_exhaustive()
    }
}

impl Subject {
    /// An address that somebody typed.
    pub fn given(uri: SipUri, transport: Option<Transport>, access: Access) -> Self {
        let legs = vec![Leg::given(uri, transport)];
        Self { number: None, id: None, known: Vec::new(), legs, access, has_detail: false }
    }

    /// Why the credentials are not asked about though `rule` wants it: they lead nowhere, or there are
    /// none. `None` where a leg, or what is known already, says it.
    pub(super) fn untested(&self, rule: AuthRule) -> Option<Step> {
        let told = |step: &Step| step.leg == Some(LegKind::Trunk) || !step.leads_on() || step.is_ours();
        if rule == AuthRule::Off || self.legs.iter().any(takes_credentials) || self.known.iter().any(told) {
            return None;
        }
        Some(account(LegKind::Trunk, &self.access).map_or_else(
            |step| *step,
            |_| {
                let text = "the API gives no domain for its SIP credentials";
                Step::new(Some(LegKind::Trunk), StepKind::Auth, Code::Skipped, text)
            },
        ))
    }

    /// What the settings alone say: no packet is sent.
    pub fn settled(&self, at: Timestamp) -> Report {
        self.concluded(AuthRule::Off, at, [])
    }

    /// What is known, and what came of its legs.
    pub(super) fn concluded(
        &self,
        rule: AuthRule,
        at: Timestamp,
        legs: impl IntoIterator<Item = LegOutcome>,
    ) -> Report {
        let mut steps: Vec<Arc<Step>> = self.known.iter().cloned().map(Arc::new).collect();
        let (mut sent, mut trace, mut local_ip) = (RequestCounts::default(), Vec::new(), None);
        for leg in legs {
            steps.extend(leg.steps);
            sent += leg.sent;
            trace.extend(leg.trace);
            local_ip = local_ip.or(leg.local);
        }
        steps.extend(self.untested(rule).map(Arc::new));
        let mut report = Report { trace, local_ip, ..Report::of(self, at, steps) };
        report.sent += sent;
        report
    }
}

/// What came of one leg. Steps at a server are shared by all whose calls go there.
pub(super) struct LegOutcome {
    pub(super) steps: Vec<Arc<Step>>,
    pub(super) sent: RequestCounts,
    pub(super) trace: Vec<TraceLine>,
    pub(super) local: Option<IpAddr>,
}

/// Checks one subject, all its legs side by side, within the limit of `options` and a second. Each
/// step is told to `watch` when it begins and when it is done. Dropping the future stops it.
pub async fn check<D: Dns>(
    subject: &Subject,
    options: &Options,
    env: &Env<D>,
    at: Timestamp,
    watch: Watch<'_>,
) -> Report {
    for step in &subject.known {
        watch(Progress::Done(Box::new(step.clone())));
    }
    let left_out = subject.known.iter().any(|step| !step.leads_on());
    let legs: &[Leg] = if left_out { &[] } else { &subject.legs };
    env.tls.prepare(legs);
    let resources =
        Resources { tls: &env.tls, pacer: &env.pacer, rules: &env.rules, source: options.source, at };
    let budget = Deadline::of_one(options);
    let credentials = CredentialCheck {
        rule: options.auth,
        lockout: &env.lockout,
        resources,
        many: None,
        began: budget.began(),
    };
    let legs =
        join_all(legs.iter().map(|leg| one(leg, subject, options, env, budget, &credentials, watch))).await;
    if let Some(step) = subject.untested(options.auth) {
        watch(Progress::Done(Box::new(step)));
    }
    subject.concluded(options.auth, at, legs)
}

/// One leg, with credentials where they belong.
async fn one<D: Dns>(
    leg: &Leg,
    subject: &Subject,
    options: &Options,
    env: &Env<D>,
    budget: Deadline,
    credentials: &CredentialCheck<'_>,
    watch: Watch<'_>,
) -> LegOutcome {
    let has_accounts = options.auth != AuthRule::Off && takes_credentials(leg);
    let mut probed = probe(leg, has_accounts, options, budget, env, credentials.resources, watch).await;
    if has_accounts {
        let mut sent = RequestCounts::default();
        let step = credentials.login(leg, &subject.access, &mut probed, &mut None, &mut sent, watch).await;
        watch(Progress::Done(Box::new(step.clone())));
        probed.steps.push(step);
        probed.sent += sent;
    }
    // The connection is not needed any more, what crossed it is.
    if let Some(mut alive) = probed.alive.take() {
        probed.trace.extend(alive.session.take_trace());
    }
    let steps = probed.steps.into_iter().map(Arc::new).collect();
    LegOutcome { steps, sent: probed.sent, trace: probed.trace, local: probed.local }
}
