//! One leg, from its name to the answer of its servers.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::connection::{Destination, Resources};
use super::deadline::{Deadline, PER_PROBE};
use super::dns::MOST_TARGETS;
use super::session::SipSession;
use super::statistics::Series;
use super::{
    Code, Dns, DnsRemark, Env, Found, Host, Leg, LegKind, LostServers, Options, Progress, RequestCounts,
    Resolution, SipRequest, Status, Step, StepKind, Target, TraceLine, Transport, Unresolved, Watch,
    interpret, resolve,
};

/// Servers that lead to no address and are named in one sentence; more of them are in the trail.
const MOST_NAMED: usize = 3;

/// Whether anybody answered, and the steps on the way.
#[derive(Default)]
pub(super) struct LegResult {
    pub(super) steps: Vec<Step>,
    pub(super) trace: Vec<TraceLine>,
    pub(super) sent: RequestCounts,
    /// The first target that answers, still connected.
    pub(super) alive: Option<Alive>,
    pub(super) local: Option<std::net::IpAddr>,
}

/// A connection to a server that answered, and how long it may be used.
pub(super) struct Alive {
    pub(super) session: SipSession,
    pub(super) budget: Deadline,
    /// Accounts that it was asked about.
    pub(super) accounts: usize,
    /// Accounts in a row about which it said nothing.
    pub(super) silent: usize,
}

impl Alive {
    fn is_tls(&self) -> bool {
        self.session.destination.target.transport == Transport::Tls
    }
}

/// Probes all targets of a leg side by side.
pub(super) async fn probe<D: Dns>(
    leg: &Leg,
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
    let (step, targets) = dns_step(leg, found, instead.as_deref(), budget.began().elapsed());
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
        Run { leg, options, resources, watch, out: LegResult::default() }.target(destination, budget)
    });
    let mut steps = Vec::new();
    for outcome in join_all(runs).await {
        probed.sent += outcome.sent;
        probed.trace.extend(outcome.trace);
        probed.local = probed.local.or(outcome.local);
        // Credentials go over TLS where there is one.
        if probed.alive.is_none() || outcome.alive.as_ref().is_some_and(Alive::is_tls) {
            let other = std::mem::replace(&mut probed.alive, outcome.alive);
            if other.as_ref().is_some_and(Alive::is_tls) {
                probed.alive = other;
            }
        }
        steps.push(outcome.steps);
    }
    let partial = if several { interpret::of_targets(leg.kind, &mut steps) } else { None };
    probed.steps.extend(steps.into_iter().flatten());
    probed.trace.sort_by_key(|one| one.at);
    if let Some(step) = partial {
        probed.done(step, watch);
    }
    if let (None, Some(broken)) = (&probed.alive, instead) {
        // The addresses of the name itself stand in for servers that could not be found. Where they do not
        // answer, they may be anybody's, a web server's: what keeps calls away is what DNS says.
        let mut places: Vec<String> = probed.steps.iter().filter_map(|step| step.target.clone()).collect();
        places.dedup();
        if let Some(old) = probed.steps.iter_mut().find(|step| step.kind == StepKind::Dns) {
            *old = stood_in(leg, *broken, old, &places);
        }
    }
    probed
}

/// The step of DNS after the addresses of the name itself were asked in vain for servers that could not be
/// found.
fn stood_in(leg: &Leg, broken: Unresolved, old: &Step, places: &[String]) -> Step {
    let places = places.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    let names = match &broken.name {
        Some(name) => format!(", and a record of {} leads to {name}", leg.route.host()),
        None => String::new(),
    };
    let text = format!(
        "{}{names}; the address of {} itself was asked instead ({places}), and did not answer as a server that \
         takes calls",
        broken.text,
        leg.route.host(),
    );
    let trail = match &old.found {
        Found::Names { trail, .. } => trail.clone(),
        _ => broken.trail,
    };
    let elapsed = old.elapsed.unwrap_or_default();
    dns_step(leg, Err(Unresolved { text, trail, ..broken }), None, elapsed).0
}

impl LegResult {
    fn done(&mut self, step: Step, watch: Watch<'_>) {
        watch(Progress::Done(Box::new(step.clone())));
        self.steps.push(step);
    }
}

fn dns_step(
    leg: &Leg,
    found: Result<Resolution, Unresolved>,
    instead: Option<&Unresolved>,
    elapsed: Duration,
) -> (Step, Vec<Target>) {
    let step = |code: Code, text: String| Step::new(Some(leg.kind), StepKind::Dns, code, text);
    let found = match found {
        Ok(found) => found,
        Err(none) => {
            let found = Found::NoNames {
                trail: none.trail,
                of_domain: none.is_of_domain,
                name: none.name,
                bypassed: none.is_bypassed,
                dnssec: none.is_dnssec,
            };
            // A name in other letters is written in the way that DNS wants, which nobody recognizes.
            let text = match leg.route.host().unicode() {
                Some(unicode) => format!("{} ({} is {unicode})", none.text, leg.route.host()),
                None => none.text,
            };
            return (step(none.code, text).found(found).took(elapsed), Vec::new());
        }
    };
    let places: Vec<String> = match leg.route.transport {
        Some(_) => found.targets.iter().map(|target| target.at.ip().to_string()).collect(),
        None => found.targets.iter().map(Target::words).collect(),
    };
    let mut text = match leg.route.host() {
        Host::Ip(ip) => format!("{ip} is an IP address, DNS is not asked"),
        host @ Host::Name(name) => match host.unicode() {
            Some(unicode) => format!("{name} ({unicode}) -> {}", places.join(", ")),
            None => format!("{name} -> {}", places.join(", ")),
        },
    };
    if found.bypassed {
        text.push_str("; it has an SRV record, which the port bypasses");
    } else if leg.route.uri.port.is_some() && leg.route.host().ip().is_none() {
        text.push_str("; with a port NAPTR and SRV are not asked");
    }
    for remark in found.remarks.iter().take(MOST_NAMED) {
        text = format!("{text}; {remark}");
    }
    found.unanswered.iter().take(MOST_NAMED).for_each(|one| text = format!("{text}; {one}"));
    let mut missing = found.lost.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>();
    if found.lost.len() > MOST_NAMED {
        missing.push(format!("and {} more", found.lost.len() - MOST_NAMED));
    }
    let code = if missing.is_empty() { Code::Ok } else { Code::Partial };
    if let Some(broken) = instead {
        let is_known = matches!(broken.code, Code::DnsNxdomain | Code::DnsNodata);
        let what = if is_known {
            "that is its own address, and callers who go by its NAPTR and SRV records do not get there"
        } else {
            "that is its own address, and whether SRV records send callers elsewhere could not be found out"
        };
        text = format!("{text}; {what}: {}", missing.join("; "));
    } else if code == Code::Partial {
        text = format!("{text}; not all of its servers are checked: {}", missing.join("; "));
    }
    if found.beyond > 0 {
        // A limit of ours is no fault of theirs.
        text = format!("{text}; {} more are not asked: at most {MOST_TARGETS} are", found.beyond);
    }
    let lost = Some(LostServers { unresolved: found.lost, ours: found.lost_is_ours });
    let lost = lost.filter(|lost| !lost.unresolved.is_empty());
    let found_as = found.remarks.iter().find_map(|remark| match remark {
        DnsRemark::Searched { found, .. } => Some(found.clone()),
        _ => None,
    });
    let disagree = found.remarks.iter().any(|remark| matches!(remark, DnsRemark::Denied { .. }));
    let is_warning = found.bypassed || found.remarks.iter().any(DnsRemark::is_warning);
    let mut step = step(code, text).found(Found::Names { trail: found.trail, lost, found_as, disagree });
    if is_warning {
        step = step.as_status(Status::Warn);
    }
    if leg.route.host().ip().is_none() {
        step = step.took(elapsed);
    }
    (step, found.targets)
}

/// One target.
struct Run<'a> {
    leg: &'a Leg,
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
        if ip.is_unspecified() {
            // Asking it would ask whatever listens on this machine.
            let text = format!("{ip} is nobody's address: it stands where another one should");
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
        let Some(session) =
            SipSession::open(destination.clone(), resources, until, &mut |progress| self.tell(progress))
                .await
        else {
            let step = skipped(&destination, "not asked: no connection");
            destination.done(step, &mut |progress| self.tell(progress));
            return self.out;
        };
        self.out.local = Some(session.local());
        if !budget.is_enough() {
            let step = unasked(&destination, "connecting left no time");
            destination.done(step, &mut |progress| self.tell(progress));
            return self.out;
        }
        destination.begin(StepKind::Options, &mut |progress| self.tell(progress));
        let mut alive = Alive { session, budget, accounts: 0, silent: 0 };
        let step = self.options(&mut alive).await;
        let answered = matches!(step.status, Status::Pass | Status::Warn);
        destination.done(step, &mut |progress| self.tell(progress));
        self.out.trace.append(&mut alive.session.take_trace());
        if answered {
            self.out.alive = Some(alive);
        }
        self.out
    }

    /// Sends OPTIONS as often as was asked for and there is time for.
    async fn options(&mut self, alive: &mut Alive) -> Step {
        let planned = self.options.count.max(1);
        let Alive { session, budget, .. } = alive;
        let to = session.destination.target.at.ip();
        let mut series = Series::default();
        for number in 0..planned {
            let first = number == 0;
            if !first && !budget.turn(self.resources.pacer, to).await {
                series.stop(planned, "no time was left");
                break;
            }
            let until = if first { budget.end() } else { budget.end().min(Instant::now() + PER_PROBE) };
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
                    series.hear(&answer, session.local());
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
                Err(missed) if missed.is_silence => {}
                Err(missed) => {
                    series.stop(planned, &missed.text);
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
