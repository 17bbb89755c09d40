//! One leg, from its name to the answer of its servers.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

use super::judge::{self, Series};
use super::resolve::{Dns, Resolution, Target, Unresolved, resolve};
use super::transaction::Transaction;
use super::wire::{Trouble, Wire};
use super::{
    Code, Host, Leg, LegKind, Options, Progress, Request, Sender, Sent, Status, Step, StepKind, Traced,
    Transport, Watch, World,
};

/// The most of a check that DNS may take.
const DNS_SHARE: Duration = Duration::from_secs(2);
/// Each further probe of a series waits so long, and adds so much to the limit of the check.
pub(super) const PER_PROBE: Duration = Duration::from_secs(1);
/// Servers that lead to no address and are named in one sentence; all of them are in the trail.
const MOST_NAMED: usize = 3;
/// A certificate that ends within so many days is worth a word.
const SOON: i64 = 14;

/// Whether anybody answered, and the steps on the way.
pub(super) struct Probed {
    pub(super) steps: Vec<Step>,
    pub(super) trace: Vec<Traced>,
    pub(super) sent: Sent,
    /// The first target that answers, still connected.
    pub(super) alive: Option<Alive>,
    pub(super) local: Option<std::net::IpAddr>,
}

/// A connection to a server that answered.
pub(super) struct Alive {
    pub(super) wire: Wire,
    pub(super) sender: Sender,
    pub(super) target: Target,
    pub(super) label: String,
    /// The last number used in CSeq.
    pub(super) cseq: u32,
    /// Until when there is time.
    pub(super) until: Instant,
}

/// Probes all targets of a leg side by side.
pub(super) async fn probe<D: Dns>(
    leg: &Leg,
    options: &Options,
    world: &World<D>,
    watch: Watch<'_>,
) -> Probed {
    let began = Instant::now();
    let limit = options.limit();
    let mut probed =
        Probed { steps: Vec::new(), trace: Vec::new(), sent: Sent::default(), alive: None, local: None };
    watch(Progress::Began { leg: leg.kind, kind: StepKind::Dns, target: None });
    let share = DNS_SHARE.min(options.timeout / 2);
    let found = timeout(share, resolve(&leg.route, &world.dns)).await.unwrap_or_else(|_| {
        let text = format!("no answer from DNS in {:.1} s", share.as_secs_f64());
        Err(Unresolved { code: Code::DnsTimeout, text, trail: Vec::new() })
    });
    let (step, targets) = dns_step(leg, found, began.elapsed());
    probed.done(step, watch);
    if targets.is_empty() {
        let text = "not asked: there is no address to send to";
        probed.done(Step::new(Some(leg.kind), StepKind::Options, Code::Skipped, text), watch);
        return probed;
    }
    let several = targets.len() > 1;
    let runs = targets.iter().map(|target| {
        let run = Run { leg, options, world, watch, target: *target, label: target.words(), began };
        run.target(began + limit)
    });
    let mut steps = Vec::new();
    for outcome in join_all(runs).await {
        probed.sent += outcome.sent;
        probed.trace.extend(outcome.trace);
        probed.local = probed.local.or(outcome.local);
        if probed.alive.is_none() {
            probed.alive = outcome.alive;
        }
        steps.push(outcome.steps);
    }
    let partial = if several { judge::of_targets(leg.kind, &mut steps) } else { None };
    probed.steps.extend(steps.into_iter().flatten());
    probed.trace.sort_by_key(|one| one.at);
    if let Some(step) = partial {
        probed.done(step, watch);
    }
    probed
}

impl Probed {
    fn done(&mut self, step: Step, watch: Watch<'_>) {
        watch(Progress::Done(Box::new(step.clone())));
        self.steps.push(step);
    }
}

fn dns_step(leg: &Leg, found: Result<Resolution, Unresolved>, elapsed: Duration) -> (Step, Vec<Target>) {
    match found {
        Ok(found) => {
            let places: Vec<String> = match leg.route.transport {
                Some(_) => found.targets.iter().map(|target| target.at.ip().to_string()).collect(),
                None => found.targets.iter().map(Target::words).collect(),
            };
            let text = match leg.route.host() {
                Host::Ip(ip) => format!("{ip} is an IP address, DNS is not asked"),
                Host::Name(name) => format!("{name} -> {}", places.join(", ")),
            };
            let text = if found.bypassed {
                format!("{text}; it has an SRV record, which the port bypasses")
            } else {
                text
            };
            let (code, text) = match nowhere(&found.lost) {
                Some(lost) => (Code::Partial, format!("{text}; {lost}")),
                None => (Code::Ok, text),
            };
            let mut step = Step::new(Some(leg.kind), StepKind::Dns, code, text).with("trail", found.trail);
            if !found.lost.is_empty() {
                step = step.with("unresolved", found.lost);
            }
            if found.bypassed {
                step = step.as_status(Status::Info);
            }
            if leg.route.host().ip().is_none() {
                step = step.took(elapsed);
            }
            (step, found.targets)
        }
        Err(none) => {
            let step =
                Step::new(Some(leg.kind), StepKind::Dns, none.code, none.text).with("trail", none.trail);
            (step.took(elapsed), Vec::new())
        }
    }
}

/// Servers that SRV names and DNS does not know.
fn nowhere(lost: &[String]) -> Option<String> {
    let named = lost.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
    match lost.len() {
        0 => None,
        1 => Some(format!("one server of its SRV records leads nowhere: {named}")),
        n if n <= MOST_NAMED => Some(format!("{n} servers of its SRV records lead nowhere: {named}")),
        n => {
            Some(format!("{n} servers of its SRV records lead nowhere: {named}; and {} more", n - MOST_NAMED))
        }
    }
}

/// One target.
struct Run<'a, D> {
    leg: &'a Leg,
    options: &'a Options,
    world: &'a World<D>,
    watch: Watch<'a>,
    target: Target,
    label: String,
    began: Instant,
}

/// What became of one target.
struct Outcome {
    steps: Vec<Step>,
    trace: Vec<Traced>,
    sent: Sent,
    alive: Option<Alive>,
    local: Option<std::net::IpAddr>,
}

impl<D: Dns> Run<'_, D> {
    async fn target(self, until: Instant) -> Outcome {
        let mut out =
            Outcome { steps: Vec::new(), trace: Vec::new(), sent: Sent::default(), alive: None, local: None };
        // Time spent on being polite is not time that the server took.
        let until = until + self.world.pacer.turn(self.target.at.ip()).await;
        let Some(mut wire) = self.connect(until, &mut out).await else {
            let text = "not asked: no connection";
            self.done(Step::new(Some(self.leg.kind), StepKind::Options, Code::Skipped, text), &mut out);
            return out;
        };
        out.local = Some(wire.local().ip());
        let sender = Sender {
            call_id: Uuid::new_v4().to_string(),
            tag: token(),
            local: wire.local(),
            transport: self.target.transport,
        };
        self.begin(StepKind::Options);
        let (step, cseq) = self.options(&mut wire, &sender, until, &mut out).await;
        let answered = matches!(step.status, Status::Pass | Status::Warn);
        self.done(step, &mut out);
        out.trace.append(&mut wire.trace);
        if answered {
            out.alive =
                Some(Alive { wire, sender, target: self.target, label: self.label.clone(), cseq, until });
        }
        out
    }

    async fn connect(&self, until: Instant, out: &mut Outcome) -> Option<Wire> {
        let failed =
            |kind: StepKind, code: Code, text: String| Step::new(Some(self.leg.kind), kind, code, text);
        if self.target.transport == Transport::Udp {
            return match Wire::udp(self.target.at, &self.label, self.began).await {
                Ok(wire) => Some(wire),
                Err(trouble) => {
                    let (code, text) = judge::of_connect(&trouble, &self.target);
                    self.done(failed(StepKind::Connect, code, text), out);
                    None
                }
            };
        }
        self.begin(StepKind::Connect);
        let start = Instant::now();
        let stream = match timeout_at(until, TcpStream::connect(self.target.at)).await {
            Ok(connected) => connected.map_err(|error| Trouble::of(&error)),
            Err(_) => Err(Trouble::Silence),
        };
        // Small requests must not wait for each other's acknowledgement.
        let stream = stream.inspect(|stream| drop(stream.set_nodelay(true)));
        let stream = match stream {
            Ok(stream) => stream,
            Err(trouble) => {
                let (code, text) = judge::of_connect(&trouble, &self.target);
                self.done(failed(StepKind::Connect, code, text).took(start.elapsed()), out);
                return None;
            }
        };
        let step = failed(StepKind::Connect, Code::Ok, format!("TCP {}", self.target.at));
        self.done(step.took(start.elapsed()), out);
        let wire = if self.target.transport == Transport::Tls {
            let stream = self.shake_hands(stream, until, out).await?;
            Wire::tls(stream, &self.label, self.began)
        } else {
            Wire::tcp(stream, &self.label, self.began)
        };
        match wire {
            Ok(wire) => Some(wire),
            Err(trouble) => {
                let (code, text) = judge::of_connect(&trouble, &self.target);
                self.done(failed(StepKind::Connect, code, text), out);
                None
            }
        }
    }

    async fn shake_hands(
        &self,
        stream: TcpStream,
        until: Instant,
        out: &mut Outcome,
    ) -> Option<tokio_rustls::client::TlsStream<TcpStream>> {
        self.begin(StepKind::Tls);
        let start = Instant::now();
        let domain = self.leg.route.host();
        let step = |code: Code, text: String| {
            Step::new(Some(self.leg.kind), StepKind::Tls, code, text).took(start.elapsed())
        };
        match timeout_at(until, self.world.tls.connect(stream, domain)).await {
            Ok(Ok((stream, end))) => {
                self.done(validity(domain, end, step), out);
                Some(stream)
            }
            Ok(Err(trouble)) => {
                self.done(step(trouble.code, trouble.text), out);
                None
            }
            Err(_) => {
                let text = "it connects, and then says nothing: most likely it speaks plain SIP".to_owned();
                self.done(step(Code::TlsPlain, text), out);
                None
            }
        }
    }

    /// Sends OPTIONS as often as was asked for.
    async fn options(
        &self,
        wire: &mut Wire,
        sender: &Sender,
        until: Instant,
        out: &mut Outcome,
    ) -> (Step, u32) {
        let mut series = Series::default();
        let mut last = None;
        let mut quirks = Vec::new();
        let mut cseq = 0;
        while series.sent < self.options.count.max(1) {
            let first = series.sent == 0;
            if !first {
                self.world.pacer.turn(self.target.at.ip()).await;
            }
            let left = until.saturating_duration_since(Instant::now());
            // Time for the others is added to the limit, and is theirs.
            let others = if self.options.count > 1 { PER_PROBE * self.options.count } else { Duration::ZERO };
            let wait = if first { left.saturating_sub(others) } else { left.min(PER_PROBE) };
            cseq += 1;
            let request = Request::options(sender, &self.leg.route.uri, cseq, &token());
            let transaction = Transaction::new(&request, self.target.transport, wait);
            let mut transaction = if first { transaction } else { transaction.once() };
            series.sent += 1;
            out.sent.options += 1;
            match wire.exchange(&request, &mut transaction).await {
                Ok(answer) => {
                    series.answered += 1;
                    series.again += answer.sends - 1;
                    if answer.sends == 1 {
                        series.times.push(answer.elapsed);
                    }
                    quirks = answer.reply.quirks.iter().map(|quirk| quirk.words()).collect();
                    last = Some(judge::of_options(&answer.reply));
                }
                Err(trouble) if first => {
                    let (code, text) = judge::of_trouble(&trouble, &transaction, &self.target, wait);
                    return (Step::new(Some(self.leg.kind), StepKind::Options, code, text), cseq);
                }
                // A stream that is gone answers nothing any more.
                Err(Trouble::Silence | Trouble::Strays(_)) => {}
                Err(_) => break,
            }
        }
        let (code, text) =
            last.unwrap_or_else(|| (Code::NoAnswer, Code::NoAnswer.outcome().sentence.to_owned()));
        (series.step(self.leg.kind, code, &text, &quirks), cseq)
    }

    fn begin(&self, kind: StepKind) {
        (self.watch)(Progress::Began { leg: self.leg.kind, kind, target: Some(self.label.clone()) });
    }

    fn done(&self, step: Step, out: &mut Outcome) {
        let step = step.at(&self.label);
        (self.watch)(Progress::Done(Box::new(step.clone())));
        out.steps.push(step);
    }
}

/// What a verified certificate says about its end.
fn validity(domain: &Host, end: Option<Duration>, step: impl Fn(Code, String) -> Step) -> Step {
    let now = jiff::Timestamp::now().as_second();
    let Some(end) = end.and_then(|end| i64::try_from(end.as_secs()).ok()) else {
        return step(Code::Ok, format!("certificate valid for {domain}, end unknown"));
    };
    let days = (end - now).div_euclid(86_400);
    let text = format!("certificate valid for {domain}, expires in {days} days");
    if days <= SOON {
        // Verified, so it has not expired: a warning.
        return step(Code::TlsExpired, text).as_status(Status::Warn).with("expires_in_days", days);
    }
    step(Code::Ok, text).with("expires_in_days", days)
}

/// Something that nobody else uses: a tag, or the rest of a branch.
pub(super) fn token() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Which leg a number's credentials are for.
pub(super) fn takes_credentials(leg: &Leg) -> bool {
    leg.kind == LegKind::Trunk || leg.origin == super::Origin::Given
}
