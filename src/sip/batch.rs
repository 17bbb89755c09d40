//! Many numbers in one run: servers side by side, credentials one after another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio::time::Instant;

use super::connection::Resources;
use super::credentials::CredentialCheck;
use super::deadline::Deadline;
use super::plan::Group;
use super::probe::probe;
use super::subject::LegOutcome;
use super::{AuthRule, Dns, Env, LegKind, Options, Plan, Report, RequestCounts, Status, Step};

/// Servers that are asked side by side.
const SIDE_BY_SIDE: usize = 8;

/// Who is told of each number that is done: its place in the plan, and its report.
pub type ReportSink<'a> = &'a (dyn Fn(usize, Report) + Send + Sync);

/// A run over a plan.
struct Run<'a, D> {
    plan: &'a Plan,
    options: &'a Options,
    env: &'a Env<D>,
    at: Timestamp,
    done: ReportSink<'a>,
    /// By subject, what came of each of its legs so far.
    pending: Mutex<Vec<Vec<Option<LegOutcome>>>>,
    credentials: CredentialCheck<'a>,
}

/// Checks all subjects of a plan. `done` gets each report as soon as all its servers have been asked;
/// dropping the future stops the rest. Each server has the limit of `options` to itself.
pub async fn batch<D: Dns>(
    plan: &Plan,
    options: &Options,
    env: &Env<D>,
    at: Timestamp,
    done: ReportSink<'_>,
) {
    let pending = plan.subjects.iter().map(|subject| subject.legs.iter().map(|_| None).collect());
    let resources =
        Resources { tls: &env.tls, pacer: &env.pacer, rules: &env.rules, source: options.source, at };
    let began = Instant::now();
    let credentials =
        CredentialCheck { rule: options.auth, lockout: &env.lockout, resources, many: Some(options), began };
    let run = Run { plan, options, env, at, done, pending: Mutex::new(pending.collect()), credentials };
    for (number, subject) in plan.subjects.iter().enumerate().filter(|(_, one)| one.legs.is_empty()) {
        done(number, subject.concluded(options.auth, at, []));
    }
    plan.groups.iter().for_each(|group| env.tls.prepare(std::slice::from_ref(&group.leg)));
    // Credentials are asked about one after another, whatever the server: a ban is not worth the time.
    let side_by_side = if options.auth == AuthRule::Off { SIDE_BY_SIDE } else { 1 };
    stream::iter(&plan.groups).for_each_concurrent(side_by_side, |group| run.group(group)).await;
}

impl<D: Dns> Run<'_, D> {
    async fn group(&self, group: &Group) {
        let budget = Deadline::of_many(self.options);
        let kind = |&(number, at): &(usize, usize)| self.plan.subjects[number].legs[at].kind;
        let has_accounts =
            self.options.auth != AuthRule::Off && group.members.iter().any(|one| kind(one) == LegKind::Trunk);
        let resources = self.credentials.resources;
        let mut probed =
            probe(&group.leg, has_accounts, self.options, budget, self.env, resources, &|_| {}).await;
        let mut first = true;
        let mut closed = None;
        // By leg, so that a hundred thousand numbers behind one server share them.
        let mut known: HashMap<LegKind, Vec<Arc<Step>>> = HashMap::new();
        for &(number, at) in &group.members {
            let leg = &self.plan.subjects[number].legs[at];
            let tell = || probed.steps.iter().map(|step| Arc::new(told(step, leg.kind, group))).collect();
            let mut steps = known.entry(leg.kind).or_insert_with(tell).clone();
            let mut sent = RequestCounts::default();
            if has_accounts && leg.kind == LegKind::Trunk {
                let access = &self.plan.subjects[number].access;
                let step = self.credentials.login(leg, access, &mut probed, &mut closed, &mut sent, &|_| {});
                steps.push(Arc::new(step.await));
            }
            // What was sent once is counted once.
            if std::mem::take(&mut first) {
                sent += probed.sent;
            }
            let trace = probed.alive.as_mut().map(|alive| alive.session.take_trace());
            let mut trace = [std::mem::take(&mut probed.trace), trace.unwrap_or_default()].concat();
            for line in &mut trace {
                line.began = budget.began().saturating_duration_since(self.credentials.began);
            }
            self.finish(number, at, LegOutcome { steps, sent, trace, local: probed.local });
        }
    }

    fn finish(&self, number: usize, at: usize, leg: LegOutcome) {
        let legs = {
            let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            pending[number][at] = Some(leg);
            if pending[number].iter().any(Option::is_none) {
                return;
            }
            std::mem::take(&mut pending[number])
        };
        let subject = &self.plan.subjects[number];
        (self.done)(number, subject.concluded(self.options.auth, self.at, legs.into_iter().flatten()));
    }
}

/// A step of a server, as it concerns one of the legs that lead there.
fn told(step: &Step, leg: LegKind, group: &Group) -> Step {
    let step = Step { leg: Some(leg), ..step.clone() };
    match group.members.len() {
        1 => step,
        legs if step.status != Status::Skip => Step { shared_by: Some(legs), ..step },
        _ => step,
    }
}
