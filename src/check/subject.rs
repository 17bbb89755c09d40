//! A whole check: of one number, or of one address.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;

use super::auth::account;
use super::budget::Budget;
use super::connect::Means;
use super::login::Desk;
use super::probe::{Probed, probe, takes_credentials};
use super::{
    Access, Code, Dns, Facts, Guard, Leg, LegKind, Pacer, Progress, Report, Sent, SipUri, Step, StepKind,
    Tls, Transport, UriError, settings,
};

/// Whether credentials are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuthRule {
    /// They are not.
    #[default]
    Off,
    /// Over a verified TLS connection alone.
    Verified,
    /// Over any transport. What crosses an unencrypted path is enough to guess a weak password.
    Cleartext,
}

/// How to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// For one number, all its legs and steps together.
    pub timeout: Duration,
    /// How many OPTIONS each target gets; each beyond the first adds a second to the limit.
    pub count: u32,
    /// Whether credentials are checked.
    pub auth: AuthRule,
    /// How much of the second beyond the limit is used up already: what was left of the limit was too
    /// short for any answer.
    pub late: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(5), count: 1, auth: AuthRule::Off, late: Duration::ZERO }
    }
}

/// What checks share.
#[derive(Debug)]
pub struct World<D> {
    /// Who is asked for names.
    pub dns: D,
    /// What certificates are trusted.
    pub tls: Tls,
    /// Keeps checks polite.
    pub pacer: Pacer,
    /// Keeps accounts from being banned.
    pub guard: Arc<Guard>,
}

/// Who is told of each step while it happens. It may be called from any thread that polls the check.
pub type Watch<'a> = &'a (dyn Fn(Progress) + Send + Sync);

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
    /// A number, by what the API says of it.
    pub fn of(facts: &Facts<'_>, transport: Option<Transport>) -> Self {
        let number = facts.number;
        let mut subject = Self {
            number: Some(crate::phone::clean(&number.line.to_string(), 60)),
            id: Some(crate::phone::clean(number.id.as_str(), 80)),
            known: vec![facts.step()],
            legs: Vec::new(),
            access: Access::of(facts.credentials),
            has_detail: false,
        };
        if let Some(step) = facts.unusable() {
            return Self { known: vec![step], ..subject };
        }
        subject.legs.extend(Leg::inbound(number, transport).and_then(Result::ok));
        let trunk = facts.credentials.and_then(|credentials| Leg::trunk(credentials, transport));
        subject.lead(LegKind::Trunk, "the address of its SIP credentials", trunk);
        let endpoint = facts.endpoint.and_then(|endpoint| Leg::endpoint(endpoint, transport));
        subject.lead(LegKind::Endpoint, "the URL of its endpoint", endpoint);
        subject
    }

    /// Adds where it leads, or why that is no address.
    fn lead(&mut self, kind: LegKind, what: &str, leg: Option<Result<Leg, UriError>>) {
        match leg {
            Some(Ok(leg)) => self.legs.push(leg),
            Some(Err(error)) => {
                let text = format!("{what} cannot be used: {error}");
                self.known.push(Step::new(Some(kind), StepKind::Settings, Code::BadUri, text));
            }
            None => {}
        }
    }

    /// A number that nobody named: one that is out of use is left out.
    pub fn of_list(facts: &Facts<'_>, transport: Option<Transport>) -> Self {
        let subject = Self::of(facts, transport);
        match facts.left_out() {
            Some(step) => Self { known: vec![step], legs: Vec::new(), ..subject },
            None => subject,
        }
    }

    /// An address that somebody typed.
    pub fn given(uri: SipUri, transport: Option<Transport>, access: Access) -> Self {
        let legs = vec![Leg::given(uri, transport)];
        Self { number: None, id: None, known: Vec::new(), legs, access, has_detail: false }
    }

    /// A number that the API did not give.
    pub fn unread(name: &str, why: &str) -> Self {
        let text = format!("the number could not be read from the API: {}", crate::phone::clean(why, 300));
        Self {
            number: Some(crate::phone::clean(name, 60)),
            id: None,
            known: vec![Step::new(None, StepKind::Settings, Code::ApiFailed, text)],
            legs: Vec::new(),
            access: Access::Missing("the number could not be read"),
            has_detail: false,
        }
    }

    /// Why the credentials are not asked about though `rule` wants it: they lead nowhere, or there are
    /// none. `None` where a leg, or what is known already, says it.
    pub(super) fn untested(&self, rule: AuthRule) -> Option<Step> {
        let told =
            |step: &Step| step.leg == Some(LegKind::Trunk) || !settings::goes_on(step) || step.is_ours();
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
        Report::of(self, at, self.known.iter().cloned().map(Arc::new).collect())
    }
}

/// Checks one subject, all its legs side by side, within the limit of `options` and a second. Each
/// step is told to `watch` when it begins and when it is done. Dropping the future stops it.
pub async fn check<D: Dns>(
    subject: &Subject,
    options: &Options,
    world: &World<D>,
    at: Timestamp,
    watch: Watch<'_>,
) -> Report {
    for step in &subject.known {
        watch(Progress::Done(Box::new(step.clone())));
    }
    let left_out = subject.known.iter().any(|step| !settings::goes_on(step));
    let legs: &[Leg] = if left_out { &[] } else { &subject.legs };
    world.tls.prepare(legs);
    let means = Means { tls: &world.tls, pacer: &world.pacer, at };
    let budget = Budget::of_one(options);
    let desk = Desk { rule: options.auth, guard: &world.guard, means, many: None, began: budget.began() };
    let probed =
        join_all(legs.iter().map(|leg| one(leg, subject, options, world, budget, &desk, watch))).await;
    let untested = subject.untested(options.auth);
    if let Some(step) = &untested {
        watch(Progress::Done(Box::new(step.clone())));
    }
    let found = probed.iter().flat_map(|one| &one.steps);
    let steps = subject.known.iter().chain(found).chain(&untested).cloned().map(Arc::new);
    let mut report = Report::of(subject, at, steps.collect());
    for one in probed {
        report.sent += one.sent;
        report.trace.extend(one.trace);
        report.local_ip = report.local_ip.or(one.local);
    }
    report
}

/// One leg, with credentials where they belong.
async fn one<D: Dns>(
    leg: &Leg,
    subject: &Subject,
    options: &Options,
    world: &World<D>,
    budget: Budget,
    desk: &Desk<'_>,
    watch: Watch<'_>,
) -> Probed {
    let mut probed = probe(leg, options, budget, world, desk.means, watch).await;
    if options.auth != AuthRule::Off && takes_credentials(leg) {
        let mut sent = Sent::default();
        let step = desk.login(leg, &subject.access, &mut probed, &mut None, &mut sent, watch).await;
        watch(Progress::Done(Box::new(step.clone())));
        probed.steps.push(step);
        probed.sent += sent;
    }
    // The connection is not needed any more, what crossed it is.
    if let Some(mut alive) = probed.alive.take() {
        probed.trace.extend(alive.line.take_trace());
    }
    probed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Health;
    use crate::phone::{Endpoint, EndpointId, Field, Line, Number, NumberId, Password, SipCredentials};

    fn report(url: Option<&str>, port: Option<serde_json::Value>) -> Report {
        let mut number = Number::new(NumberId::new("n"), Line::parse("+2348031234567"));
        number.endpoint = Field::Value(EndpointId::new("e"));
        number.sip_uri = Some("sip:a@sip.example.net".into());
        let endpoint = Endpoint {
            id: EndpointId::new("e"),
            name: None,
            kind: None,
            status: None,
            url: url.map(Into::into),
        };
        let credentials = port.map(|port| SipCredentials {
            domain: Some("sip.example.net".into()),
            port: None,
            username: None,
            password: Password::Unset,
            extra: [("sip_port".to_owned(), port)].into_iter().collect(),
        });
        let facts = Facts {
            number: &number,
            endpoint: Some(&endpoint),
            unread: None,
            credentials: credentials.as_ref(),
        };
        Subject::of(&facts, None).settled(Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn an_endpoint_whose_sip_url_is_none_is_told_and_one_that_is_not_sip_is_not() {
        let bad = report(Some("sip:pbx..example"), None);
        assert_eq!((bad.verdict.health(), bad.verdict.code), (Health::Problem, Code::BadUri));
        assert!(
            bad.verdict.text().contains("the URL of its endpoint cannot be used"),
            "{}",
            bad.verdict.text()
        );
        assert!(bad.verdict.next.contains("URL of the endpoint"), "{}", bad.verdict.next);
        assert_eq!(report(Some("https://agent.example/x"), None).verdict.health(), Health::Healthy);
        assert_eq!(report(Some("sip:pbx.example"), None).legs.len(), 2);
    }

    #[test]
    fn a_port_that_is_none_is_told_and_not_replaced() {
        for port in [serde_json::json!(99_999), serde_json::json!(-1), serde_json::json!("five")] {
            let bad = report(None, Some(port.clone()));
            assert_eq!(bad.verdict.code, Code::BadUri, "{port}");
            let shown = port.to_string();
            assert!(bad.verdict.text().contains(shown.trim_matches('"')), "{}", bad.verdict.text());
            assert!(bad.verdict.next.contains("SIP credentials"), "{}", bad.verdict.next);
        }
        assert_eq!(report(None, Some(serde_json::Value::Null)).legs.len(), 2);
    }
}
