//! Many numbers in one run: servers side by side, credentials one after another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::auth::{authenticate, may_ask};
use super::plan::Group;
use super::probe::{Probed, probe};
use super::{
    AuthRule, Code, Dns, Host, Leg, LegKind, Options, Plan, Report, Sent, Status, Step, StepKind, Traced,
    World,
};

/// Servers that are asked side by side.
const SIDE_BY_SIDE: usize = 8;
/// Rejections after which a registrar gets no more passwords. Servers ban after three.
const MOST_REJECTIONS: u32 = 2;
/// Between two accounts at one registrar.
const BETWEEN: Duration = Duration::from_secs(1);

/// Who is told of each number that is done: its place in the plan, and its report.
pub type Done<'a> = &'a (dyn Fn(usize, Report) + Send + Sync);

/// What is known of one subject so far.
struct Pending {
    /// Steps by leg.
    legs: Vec<Option<Vec<Arc<Step>>>>,
    sent: Sent,
    trace: Vec<Traced>,
    local: Option<std::net::IpAddr>,
}

/// A run over a plan.
struct Run<'a, D> {
    plan: &'a Plan,
    options: &'a Options,
    world: &'a World<D>,
    at: Timestamp,
    done: Done<'a>,
    pending: Mutex<Vec<Pending>>,
    rejections: Mutex<HashMap<Host, u32>>,
}

/// Checks all subjects of a plan. `done` gets each report as soon as all its servers have been asked;
/// dropping the future stops the rest. Each server has the limit of `options` to itself.
pub async fn batch<D: Dns>(plan: &Plan, options: &Options, world: &World<D>, at: Timestamp, done: Done<'_>) {
    let pending = plan.subjects.iter().map(|subject| Pending {
        legs: vec![None; subject.legs.len()],
        sent: Sent::default(),
        trace: Vec::new(),
        local: None,
    });
    let run = Run {
        plan,
        options,
        world,
        at,
        done,
        pending: Mutex::new(pending.collect()),
        rejections: Mutex::default(),
    };
    for (number, subject) in plan.subjects.iter().enumerate().filter(|(_, one)| one.legs.is_empty()) {
        done(number, subject.settled(at));
    }
    plan.groups.iter().for_each(|group| world.tls.prepare(std::slice::from_ref(&group.leg)));
    // Credentials are asked about one after another, whatever the server: a ban is not worth the time.
    let side_by_side = if options.auth == AuthRule::Off { SIDE_BY_SIDE } else { 1 };
    stream::iter(&plan.groups).for_each_concurrent(side_by_side, |group| run.group(group)).await;
}

impl<D: Dns> Run<'_, D> {
    async fn group(&self, group: &Group) {
        let mut probed = probe(&group.leg, self.options, self.world, &|_| {}).await;
        let mut first = true;
        let mut asked = false;
        // By leg, so that a hundred thousand numbers behind one server share them.
        let mut known: HashMap<LegKind, Vec<Arc<Step>>> = HashMap::new();
        for &(number, at) in &group.members {
            let leg = &self.plan.subjects[number].legs[at];
            let tell = || probed.steps.iter().map(|step| Arc::new(told(step, leg.kind, group))).collect();
            let mut steps = known.entry(leg.kind).or_insert_with(tell).clone();
            let mut sent = Sent::default();
            if self.options.auth != AuthRule::Off && leg.kind == LegKind::Trunk {
                let step = self.login(leg, number, &mut probed, &mut asked, &mut sent).await;
                steps.push(Arc::new(step));
            }
            // What was sent once is counted once.
            if std::mem::take(&mut first) {
                sent += probed.sent;
            }
            let trace = probed.alive.as_mut().map(|alive| std::mem::take(&mut alive.wire.trace));
            let trace = [std::mem::take(&mut probed.trace), trace.unwrap_or_default()].concat();
            self.finish(number, at, steps, sent, trace, probed.local);
        }
    }

    /// Credentials of one number, unless its registrar has refused too many.
    async fn login(
        &self,
        leg: &Leg,
        number: usize,
        probed: &mut Probed,
        asked: &mut bool,
        sent: &mut Sent,
    ) -> Step {
        let transport = probed.alive.as_ref().map(|alive| alive.target.transport);
        if transport.is_none() && *asked {
            // Nothing is known of these credentials, and that is not as it should be.
            let text = "not asked: the server gave no answer to an earlier REGISTER";
            return Step::new(Some(leg.kind), StepKind::Auth, Code::AuthUnverifiable, text);
        }
        let login = match may_ask(leg, transport, &self.plan.subjects[number].access, self.options.auth) {
            Ok(login) => login,
            Err(step) => return *step,
        };
        let host = leg.route.host();
        if self.rejections().get(host).is_some_and(|count| *count >= MOST_REJECTIONS) {
            let text = Code::AuthPaused.outcome().sentence;
            return Step::new(Some(leg.kind), StepKind::Auth, Code::AuthPaused, text);
        }
        let Some(alive) = &mut probed.alive else {
            let text = "not asked: no server answered";
            return Step::new(Some(leg.kind), StepKind::Auth, Code::Skipped, text);
        };
        if std::mem::replace(asked, true) {
            sleep(BETWEEN).await;
        }
        // Another account: a call of its own, and time of its own.
        alive.sender.call_id = Uuid::new_v4().to_string();
        alive.until = Instant::now() + self.options.timeout;
        let step = authenticate(leg, alive, login, &self.world.pacer, sent, &|_| {}).await;
        match step.code {
            Code::AuthRejected => *self.rejections().entry(host.clone()).or_default() += 1,
            // The connection is of no more use.
            Code::Closed | Code::BadReply | Code::NoAnswer | Code::Network => probed.alive = None,
            _ => {}
        }
        step
    }

    fn rejections(&self) -> std::sync::MutexGuard<'_, HashMap<Host, u32>> {
        self.rejections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finish(
        &self,
        number: usize,
        at: usize,
        steps: Vec<Arc<Step>>,
        sent: Sent,
        trace: Vec<Traced>,
        local: Option<std::net::IpAddr>,
    ) {
        let report = {
            let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            let one = &mut pending[number];
            one.legs[at] = Some(steps);
            one.sent += sent;
            one.trace.extend(trace);
            one.local = one.local.or(local);
            if one.legs.iter().any(Option::is_none) {
                return;
            }
            let subject = &self.plan.subjects[number];
            let mut steps: Vec<Arc<Step>> = subject.known.iter().cloned().map(Arc::new).collect();
            steps.extend(one.legs.drain(..).flatten().flatten());
            let mut report = Report::of(subject, self.at, steps);
            report.sent += one.sent;
            Report { trace: std::mem::take(&mut one.trace), local_ip: one.local, ..report }
        };
        (self.done)(number, report);
    }
}

/// A step of a server, as it concerns one of the legs that lead there.
fn told(step: &Step, leg: LegKind, group: &Group) -> Step {
    let step = Step { leg: Some(leg), ..step.clone() };
    match group.members.len() {
        1 => step,
        legs if step.status != Status::Skip => step.with("shared_by", legs),
        _ => step,
    }
}
