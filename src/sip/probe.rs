//! One leg, from its name to the answer of its servers.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::connection::{Destination, Resources};
use super::deadline::{Deadline, PER_PROBE};
use super::session::SipSession;
use super::statistics::Series;
use super::{
    Code, Dns, Env, Leg, LegKind, Options, Progress, RequestCounts, SipRequest, Status, Step, StepKind,
    TraceLine, Transport, Watch, interpret, naming, reach, resolve,
};

/// Whether anybody answered, and the steps on the way.
#[derive(Default)]
pub(super) struct LegResult {
    pub(super) steps: Vec<Step>,
    pub(super) trace: Vec<TraceLine>,
    pub(super) sent: RequestCounts,
    /// The first target that answers, still connected; where none does and credentials are to be asked
    /// about, the first that did not answer OPTIONS as it should.
    pub(super) alive: Option<Alive>,
    pub(super) local: Option<std::net::IpAddr>,
}

/// A connection to a server that answered, or may yet answer, and how long it may be used.
pub(super) struct Alive {
    pub(super) session: SipSession,
    pub(super) budget: Deadline,
    /// Accounts that it was asked about.
    pub(super) accounts: usize,
    /// Accounts in a row about which it said nothing.
    pub(super) silent: usize,
    /// It did not answer OPTIONS as it should: others come first.
    pub(super) is_doubtful: bool,
    /// How long its answer to OPTIONS took.
    pub(super) took: Duration,
}

impl Alive {
    /// Where credentials go first: to who answers, and over TLS where there is one.
    fn worth(&self) -> (bool, bool) {
        (!self.is_doubtful, self.session.destination.target.transport == Transport::Tls)
    }
}

/// Probes all targets of a leg side by side. `has_accounts`: credentials may be asked about afterwards.
pub(super) async fn probe<D: Dns>(
    leg: &Leg,
    has_accounts: bool,
    options: &Options,
    budget: Deadline,
    env: &Env<D>,
    resources: Resources<'_>,
    watch: Watch<'_>,
) -> LegResult {
    let mut probed = LegResult::default();
    watch(Progress::Began { leg: leg.kind, kind: StepKind::Dns, target: None });
    let mut found = resolve(&leg.route, &env.dns, budget.end_of_dns()).await;
    let instead = found.as_mut().ok().and_then(|found| found.instead.take());
    let (step, targets) = naming::step(leg, found, instead.as_deref(), budget.began().elapsed());
    let step = if env.provider_is_near { step } else { reach::remarked(step, leg, &targets) };
    probed.done(step, watch);
    if targets.is_empty() {
        let text = "not asked: there is no address to send to";
        probed.done(Step::new(Some(leg.kind), StepKind::Options, Code::Skipped, text), watch);
        return probed;
    }
    let several = targets.len() > 1;
    let runs = targets.into_iter().map(|target| {
        let destination = Destination {
            leg: leg.kind,
            target,
            label: target.words(),
            host: leg.route.host().clone(),
            began: budget.began(),
        };
        Run { leg, has_accounts, options, resources, watch, out: LegResult::default() }
            .target(destination, budget)
    });
    let mut steps = Vec::new();
    for outcome in join_all(runs).await {
        probed.sent += outcome.sent;
        probed.trace.extend(outcome.trace);
        probed.local = probed.local.or(outcome.local);
        let better = |alive: &Option<Alive>| alive.as_ref().map(Alive::worth);
        if better(&outcome.alive) > better(&probed.alive) {
            probed.alive = outcome.alive;
        }
        steps.push(outcome.steps);
    }
    let partial = if several { interpret::of_targets(leg.kind, &mut steps) } else { None };
    probed.steps.extend(steps.into_iter().flatten());
    probed.trace.sort_by_key(|one| one.at);
    if let Some(step) = partial {
        probed.done(step, watch);
    }
    let is_answered = probed.alive.as_ref().is_some_and(|alive| !alive.is_doubtful);
    if let Some(broken) = instead.filter(|_| !is_answered) {
        // The addresses of the name itself stand in for servers that could not be found. Where they do not
        // answer, they may be anybody's, a web server's: what keeps calls away is what DNS says.
        let mut places: Vec<String> = probed.steps.iter().filter_map(|step| step.target.clone()).collect();
        places.dedup();
        if let Some(old) = probed.steps.iter_mut().find(|step| step.kind == StepKind::Dns) {
            *old = naming::stood_in(leg, *broken, old, &places);
        }
    }
    probed
}

impl LegResult {
    fn done(&mut self, step: Step, watch: Watch<'_>) {
        watch(Progress::Done(Box::new(step.clone())));
        self.steps.push(step);
    }
}

/// One target.
struct Run<'a> {
    leg: &'a Leg,
    has_accounts: bool,
    options: &'a Options,
    resources: Resources<'a>,
    watch: Watch<'a>,
    out: LegResult,
}

impl Run<'_> {
    async fn target(mut self, destination: Destination, mut budget: Deadline) -> LegResult {
        let skipped = |destination: &Destination, text: &str| {
            destination.step(StepKind::Options, Code::Skipped, text.to_owned())
        };
        let unasked = |destination: &Destination, why: &str| {
            skipped(destination, &format!("not asked: {why}")).not_asked()
        };
        let ip = destination.target.at.ip().to_canonical();
        if ip.is_unspecified() || ip.is_multicast() {
            // Asking it would ask whatever listens on this machine, or everybody.
            let text = match ip.is_multicast() {
                true => format!("{ip} is the address of a group, and calls go to one server"),
                false => format!("{ip} is nobody's address: it stands where another one should"),
            };
            destination.done(destination.step(StepKind::Options, Code::NullAddress, text), &mut |progress| {
                self.tell(progress);
            });
            return self.out;
        }
        if !budget.turn(self.resources.pacer, destination.target.at.ip()).await || !budget.is_enough() {
            let step = unasked(&destination, "this address gets at most 5 requests a second");
            destination.done(step, &mut |progress| self.tell(progress));
            return self.out;
        }
        let (resources, until) = (self.resources, budget.end());
        let opened =
            SipSession::open(destination.clone(), resources, until, &mut |progress| self.tell(progress))
                .await;
        let session = match opened {
            Ok(session) => session,
            Err(local) => {
                self.out.local = local;
                let step = skipped(&destination, "not asked: no connection");
                destination.done(step, &mut |progress| self.tell(progress));
                return self.out;
            }
        };
        self.out.local = Some(session.local());
        if !budget.is_enough() {
            let step = unasked(&destination, "connecting left no time");
            destination.done(step, &mut |progress| self.tell(progress));
            return self.out;
        }
        destination.begin(StepKind::Options, &mut |progress| self.tell(progress));
        let mut alive =
            Alive { session, budget, accounts: 0, silent: 0, is_doubtful: false, took: Duration::ZERO };
        let step = self.options(&mut alive).await;
        let answered = matches!(step.status, Status::Pass | Status::Warn);
        alive.took = step.elapsed.unwrap_or_default();
        // One method's failure is not the server's, unless it asks to be left alone or is not there.
        let is_open = match step.code {
            Code::NoAnswer | Code::Closed | Code::BadReply | Code::Elsewhere => true,
            Code::ServerError | Code::Loop => true,
            Code::Unavailable => !step.found.asks_to_wait(),
            _ => false,
        };
        alive.is_doubtful = !answered && is_open && self.is_asked_more(&alive);
        if matches!(step.code, Code::Closed | Code::BadReply) {
            alive.session.start_over();
        }
        destination.done(step, &mut |progress| self.tell(progress));
        self.out.trace.append(&mut alive.session.take_trace());
        if answered || alive.is_doubtful {
            self.out.alive = Some(alive);
        }
        self.out
    }

    /// Whether credentials are asked about there, too.
    fn is_asked_more(&self, alive: &Alive) -> bool {
        self.has_accounts && self.options.auth.allows(alive.session.destination.target.transport)
    }

    /// Sends OPTIONS as often as was asked for and there is time for.
    async fn options(&mut self, alive: &mut Alive) -> Step {
        let planned = self.options.count.max(1);
        let shared = self.is_asked_more(alive);
        let Alive { session, budget, .. } = alive;
        let to = session.destination.target.at.ip();
        let mut series = Series::default();
        for number in 0..planned {
            let first = number == 0;
            if !first && !budget.turn(self.resources.pacer, to).await {
                series.stop(planned, "no time was left");
                break;
            }
            let until = match first {
                true if shared => budget.half(),
                true => budget.end(),
                false => budget.end().min(Instant::now() + PER_PROBE),
            };
            let uri = &self.leg.route.uri;
            // Losses are counted, not made up for.
            let asked = session.ask(self.resources, until, !first, |sender, cseq, nonce| {
                SipRequest::options(sender, uri, cseq, nonce)
            });
            let asked = asked.await;
            series.sent += u32::from(asked.sends > 0);
            self.out.sent.options += u32::from(asked.sends > 0);
            match asked.result {
                Ok(answer) => {
                    series.hear(&answer, session.local(), self.resources.rules);
                    if first {
                        budget.go_on();
                    }
                    if let Some(seconds) = answer.reply.retry_after().filter(|_| answer.reply.status == 503)
                        && number + 1 < planned
                    {
                        series.stop(planned, &format!("it asks to wait {seconds} s"));
                        break;
                    }
                }
                Err(missed) if first => {
                    return session
                        .destination
                        .step(StepKind::Options, missed.code, missed.text)
                        .found(missed.found);
                }
                Err(missed) if missed.is_silence => series.miss(),
                Err(missed) => {
                    series.end(planned, missed.code, &missed.text);
                    break;
                }
            }
        }
        series.step(self.leg.kind)
    }

    fn tell(&mut self, progress: Progress) {
        (self.watch)(progress.clone());
        if let Progress::Done(step) = progress {
            self.out.steps.push(*step);
        }
    }
}

/// Which leg a number's credentials are for.
pub(super) fn takes_credentials(leg: &Leg) -> bool {
    leg.kind == LegKind::Trunk || leg.origin == super::Origin::Given
}
