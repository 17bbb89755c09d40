//! From the steps of a check to one sentence.

use std::borrow::Borrow;
use std::fmt;

use serde_json::{Value, json};

use super::advice::{self, Advice, AdviceNames};
use super::{Code, Found, Leg, LegKind, Origin, Status, Step, StepKind};

/// How a check ends, for whoever only wants to know that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Health {
    /// Nothing wrong.
    Healthy,
    /// Something to look at.
    Warning,
    /// It could not be checked: the API failed, or the network of this machine.
    Unchecked,
    /// Calls do not arrive, as far as can be seen from here.
    Problem,
}

/// What decided: where, and what was seen there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VerdictCause {
    /// The server that it is about, which leg leads there, and where its address came from.
    pub server: Option<(String, LegKind, Origin)>,
    /// What was seen.
    pub reason: String,
}

impl fmt::Display for VerdictCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((place, leg, origin)) = &self.server {
            write!(f, "{place} ({leg}, from {origin}): ")?;
        }
        f.write_str(&self.reason)
    }
}

/// What a check comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How grave it is.
    pub status: Status,
    /// The code of the step that decided.
    pub code: Code,
    /// What decided.
    pub cause: VerdictCause,
    /// How many other things are as grave.
    pub more: usize,
    /// Other places where they are.
    pub elsewhere: Vec<String>,
    /// What to do next; may be nothing.
    pub next: Advice,
    /// The check itself could not be made: that says nothing about the number.
    pub is_ours: bool,
}

impl Verdict {
    /// Decides. The gravest step counts, of several the first one: the others may follow from it. A
    /// target that does not answer beside others that do is not a failure of its leg.
    pub fn of<S: Borrow<Step>>(steps: &[S], legs: &[Leg]) -> Self {
        let steps: Vec<&Step> = steps.iter().map(Borrow::borrow).collect();
        let is_partial = |leg: Option<LegKind>| {
            // Of DNS it says nothing about the targets that were found.
            let counts = |step: &Step| step.code == Code::Partial && step.kind == StepKind::Options;
            steps.iter().any(|step| counts(step) && step.leg == leg && leg.is_some())
        };
        // What `partial` stands for is that a target does not answer, and nothing else.
        let stands_for = |step: &Step| {
            let answering = matches!(step.kind, StepKind::Connect | StepKind::Tls | StepKind::Options);
            answering && (step.status == Status::Fail || is_unasked(step)) && step.target.is_some()
        };
        // What cannot be asked is told where nothing else was.
        let asked = steps.iter().any(|step| step.kind == StepKind::Options && step.status != Status::Skip);
        let is_beside = |step: &Step| asked && step.code == Code::Unsupported;
        // Where DNS leads to no server, whatever was asked instead is not what keeps calls away.
        let is_lost = |leg: Option<LegKind>| {
            let fails = |step: &Step| step.kind == StepKind::Dns && step.status == Status::Fail;
            steps.iter().any(|step| fails(step) && step.leg == leg)
        };
        let is_excused = |step: &Step| stands_for(step) && (is_partial(step.leg) || is_lost(step.leg));
        let counts = |step: &&&Step| !(is_beside(step) || is_excused(step));
        let worst = steps.iter().filter(counts).max_by(|a, b| {
            // The first of equals: `max_by` takes the last.
            rank(a).cmp(&rank(b)).then(std::cmp::Ordering::Greater)
        });
        let Some(step) = worst.filter(|step| rank(step) > 0) else {
            return Self::healthy(&steps);
        };
        let leg = legs.iter().find(|leg| Some(leg.kind) == step.leg);
        let text = if is_untested(step) {
            format!("the credentials were not tested: {}", step.text)
        } else {
            step.text.clone()
        };
        let server = leg.map(|leg| (leg.route.place(), leg.kind, leg.origin));
        let cause = VerdictCause { server, reason: text };
        let others = steps.iter().filter(counts).filter(|other| rank(other) == rank(step));
        let more = others.clone().count() - 1;
        let place = |other: &&&Step| {
            let leg = legs.iter().find(|leg| Some(leg.kind) == other.leg && other.leg != step.leg)?;
            Some(format!("{} ({})", leg.route.place(), leg.kind))
        };
        let mut elsewhere: Vec<String> = others.filter_map(|other| place(&other)).collect();
        elsewhere.dedup();
        let next = advice::of(step, leg);
        let of_leg = |one: &&&Step| one.leg == step.leg && one.kind == StepKind::Dns;
        let next = match steps.iter().find(of_leg).filter(|_| step.kind != StepKind::Dns) {
            Some(dns) => advice::after(next, dns),
            None => next,
        };
        // What was skipped though somebody asked for it is something else than a number left out.
        let is_unknown = is_untested(step) || is_unasked(step) || step.code == Code::Unsupported;
        let status = if is_unknown { Status::Fail } else { step.status };
        let is_ours = step.is_ours() || is_unknown;
        Self { status, code: step.code, cause, more, elsewhere, next, is_ours }
    }

    fn healthy(steps: &[&Step]) -> Self {
        let passed =
            |kind: StepKind| steps.iter().any(|step| step.kind == kind && step.status == Status::Pass);
        let untested = steps.iter().all(|step| step.kind != StepKind::Auth || step.status == Status::Skip);
        let untested = steps.iter().find(|step| step.kind == StepKind::Auth && untested);
        // What was left out or passed may still have something to say: a password that the role may not
        // see, an account on which nobody is registered, a server that wants to know who asks.
        let next = steps.iter().find_map(|step| advice::beside(step, steps)).unwrap_or_default();
        let nobody = steps.iter().any(|step| advice::is_nobody(step));
        let (status, code, text) = if passed(StepKind::Auth) && nobody {
            (
                Status::Pass,
                Code::Ok,
                "the servers answer, and the credentials are accepted, but 0 devices are registered",
            )
        } else if passed(StepKind::Auth) {
            (Status::Pass, Code::Ok, "the servers answer, and the credentials are accepted")
        } else if passed(StepKind::Options) && !passed(StepKind::Settings) {
            (Status::Pass, Code::Ok, "every server that was asked answers")
        } else if passed(StepKind::Options) {
            (Status::Pass, Code::Ok, "the settings are right, and every server that was asked answers")
        } else if passed(StepKind::Settings) {
            (Status::Pass, Code::Ok, "the settings let calls through; no packet was sent")
        } else {
            (Status::Skip, Code::Skipped, "nothing was checked")
        };
        let text = steps.iter().find(|_| status == Status::Skip).map_or(text, |step| &step.text).to_owned();
        let text = match untested.filter(|_| status == Status::Pass) {
            // Whoever asked for it must not read that all is well.
            Some(step) => format!("{text}; the credentials were not tested: {}", step.text),
            None => text,
        };
        let cause = VerdictCause { server: None, reason: text };
        Self { status, code, cause, more: 0, elsewhere: Vec::new(), next, is_ours: false }
    }

    /// The cause, and how many more there are.
    pub fn text(&self) -> String {
        match self.more {
            0 => self.cause.to_string(),
            more if self.elsewhere.is_empty() => format!("{} (and {more} more)", self.cause),
            more => format!("{} (and {more} more: {})", self.cause, self.elsewhere.join(", ")),
        }
    }

    /// How the check ends.
    pub fn health(&self) -> Health {
        match self.status {
            Status::Fail if self.is_ours => Health::Unchecked,
            Status::Fail => Health::Problem,
            Status::Warn => Health::Warning,
            Status::Pass | Status::Skip | Status::Info => Health::Healthy,
        }
    }

    /// How the check ended; `None` where the number was left out, so that nothing is known of it.
    pub fn checked(&self) -> Option<Health> {
        (self.status != Status::Skip).then(|| self.health())
    }

    /// Whether it is about the settings of the number rather than about a server: settings are as
    /// somebody left them, a server may have failed just now.
    pub fn is_setting(&self) -> bool {
        matches!(self.code, Code::BadSettings | Code::BadUri)
    }

    pub(super) fn to_json(&self, names: AdviceNames<'_>) -> Value {
        json!({
            "status": self.status.word(),
            "code": self.code.word(),
            "text": self.text(),
            "next": self.next.words(names),
        })
    }
}

/// Credentials that somebody asked for and that were not tested: nothing is known of them, and the last
/// thing known may be that they were rejected. A role that may not see the password is told so, and that
/// the rest is well.
fn is_untested(step: &Step) -> bool {
    step.kind == StepKind::Auth && step.status == Status::Skip && step.code != Code::AuthHidden
}

/// A server that could not be asked. Where others of its leg answer, `partial` says so.
fn is_unasked(step: &Step) -> bool {
    step.status == Status::Skip && step.unasked
}

fn rank(step: &Step) -> u8 {
    match step.status {
        Status::Fail if step.is_ours() => 4,
        Status::Fail => 5,
        Status::Skip if is_unasked(step) || step.code == Code::Unsupported => 4,
        Status::Skip if is_untested(step) => 3,
        // Others may find another server, or none.
        Status::Warn if matches!(&step.found, Found::Names { found_as: Some(_), .. }) => 1,
        Status::Warn if matches!(step.found, Found::Names { disagree: true, .. }) => 1,
        // A remark.
        Status::Warn if step.code == Code::Ok => 0,
        // A name that leads nowhere says less than a server that does not answer.
        Status::Warn if step.code == Code::Partial && step.kind == StepKind::Dns => 1,
        Status::Warn => 2,
        Status::Pass | Status::Skip | Status::Info => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::{LostServers, OUTCOMES, SipUri, TlsCause, TlsFinding};

    fn leg() -> Leg {
        Leg::given(SipUri::parse("sip:a@sip.example.net:5060").unwrap(), None)
    }

    fn no_names(of_domain: bool, name: Option<&str>) -> Found {
        let name = name.map(str::to_owned);
        Found::NoNames { trail: Vec::new(), of_domain, name, bypassed: false, dnssec: false }
    }

    fn lost(ours: bool) -> Found {
        Found::Names {
            trail: Vec::new(),
            lost: Some(LostServers { unresolved: vec!["one".to_owned()], ours }),
            found_as: None,
            disagree: false,
            private: Vec::new(),
        }
    }

    fn step(kind: StepKind, code: Code) -> Step {
        Step::new(Some(LegKind::Inbound), kind, code, code.outcome().sentence)
    }

    #[test]
    fn every_outcome_has_a_verdict_that_names_the_host_and_the_next_thing() {
        for outcome in OUTCOMES {
            let settings = Step::new(None, StepKind::Settings, Code::Ok, "");
            let steps = [settings, step(StepKind::Options, outcome.code)];
            let verdict = Verdict::of(&steps, &[leg()]);
            let (health, code) = match outcome.status {
                Status::Fail if outcome.code.is_ours() => (Health::Unchecked, outcome.code),
                Status::Fail => (Health::Problem, outcome.code),
                Status::Warn => (Health::Warning, outcome.code),
                Status::Skip if outcome.code == Code::Unsupported => (Health::Unchecked, outcome.code),
                _ => (Health::Healthy, Code::Ok),
            };
            assert_eq!((verdict.health(), verdict.code), (health, code));
            if health != Health::Healthy {
                assert!(
                    verdict
                        .cause
                        .to_string()
                        .starts_with("sip.example.net:5060 (inbound, from the address given): ")
                );
                assert!(verdict.cause.reason.contains(outcome.sentence));
                let words = Advice::of_row(outcome.code, "sip.example.net").plain();
                assert_eq!(verdict.next.plain(), words);
            }
        }
    }

    #[test]
    fn the_gravest_counts_and_of_several_the_first() {
        let steps = [
            step(StepKind::Dns, Code::Slow),
            step(StepKind::Connect, Code::NoAnswer),
            step(StepKind::Options, Code::Network),
            step(StepKind::Auth, Code::AuthRejected),
        ];
        let verdict = Verdict::of(&steps, &[leg()]);
        assert_eq!(verdict.code, Code::NoAnswer);
        assert!(verdict.text().ends_with("(and 1 more)"), "{}", verdict.text());
    }

    #[test]
    fn an_account_on_which_nobody_is_registered_is_told_and_what_that_means() {
        let auth = |devices: usize| step(StepKind::Auth, Code::AuthOk).found(Found::Account { devices });
        let verdict = Verdict::of(&[step(StepKind::Options, Code::Ok), auth(0)], &[leg()]);
        assert!(
            verdict.text().contains("0 devices") && verdict.next.plain().contains("PBX is not connected"),
            "{verdict:?}"
        );
        assert_eq!(Verdict::of(&[step(StepKind::Options, Code::Ok), auth(1)], &[leg()]).next.plain(), "");
        let clear = Verdict::of(&[auth(0).as_status(Status::Warn)], &[leg()]);
        assert!(
            clear.next.plain().contains("use TLS") && clear.next.plain().contains("PBX is not connected"),
            "{clear:?}"
        );
    }

    #[test]
    fn a_resolver_that_fails_is_about_this_machine_and_a_broken_domain_is_not() {
        let of = |step: Step| Verdict::of(&[step], &[leg()]).health();
        assert_eq!(of(step(StepKind::Dns, Code::DnsTimeout)), Health::Unchecked);
        assert_eq!(of(step(StepKind::Dns, Code::DnsRefused).found(no_names(true, None))), Health::Problem);
    }

    #[test]
    fn a_remark_about_names_leaves_the_verdict_as_it_is() {
        let dns = step(StepKind::Dns, Code::Ok).as_status(Status::Warn);
        let verdict = Verdict::of(&[dns, step(StepKind::Options, Code::Ok)], &[leg()]);
        assert_eq!((verdict.health(), verdict.status), (Health::Healthy, Status::Pass));
    }

    #[test]
    fn the_next_thing_fits_the_address() {
        let next = |code: Code, uri: &str| {
            let leg = Leg::given(SipUri::parse(uri).unwrap(), None);
            Verdict::of(&[step(StepKind::Tls, code)], &[leg]).next.plain()
        };
        assert!(next(Code::TlsPlain, "sip:h.example:5070;transport=tls").contains("use 5061, or OverTcp"));
        assert!(!next(Code::TlsPlain, "sip:h.example:5061").contains("use 5061"));
        assert!(!next(Code::TlsPlain, "sips:h.example:5070").contains("OverTcp"));
        assert!(!next(Code::Closed, "sips:h.example:5070").contains("a port for TLS only"));
        let shaken = Leg::given(SipUri::parse("sips:h.example").unwrap(), None);
        let shaken = Verdict::of(&[step(StepKind::Options, Code::Closed)], &[shaken]).next.plain();
        let refused = TlsFinding { cause: Some(TlsCause::Refused), ..TlsFinding::default() };
        let alert = step(StepKind::Tls, Code::Closed).found(Found::Tls(Box::new(refused)));
        assert!(!Verdict::of(&[alert], &[leg()]).next.plain().contains("no TLS"));
        assert!(shaken.contains("overload") && !shaken.contains("no TLS"), "{shaken}");
        let gone = step(StepKind::Dns, Code::DnsNxdomain).found(no_names(false, Some("gone.example")));
        assert!(
            Verdict::of(&[gone], &[leg()]).next.plain().contains("the SRV record that names gone.example")
        );
        let broken = step(StepKind::Dns, Code::DnsRefused).found(no_names(true, None));
        assert!(Verdict::of(&[broken], &[leg()]).next.plain().contains("the DNS servers of the domain"));
    }

    #[test]
    fn a_name_that_leads_nowhere_hides_no_target_that_does_not_answer() {
        let dns =
            |ours: bool| Step { text: "dns".into(), ..step(StepKind::Dns, Code::Partial) }.found(lost(ours));
        let servers = Step { text: "2 of 10".into(), ..step(StepKind::Options, Code::Partial) };
        let verdict = Verdict::of(&[dns(true), servers], &[leg()]);
        assert!(verdict.text().ends_with("2 of 10"), "{}", verdict.text());
        let next =
            |ours: bool| Verdict::of(&[dns(ours), step(StepKind::Options, Code::Ok)], &[leg()]).next.plain();
        assert!(
            next(true).contains("OtherResolver") && next(false).contains("DNS records"),
            "{}",
            next(false)
        );
    }

    #[test]
    fn another_host_that_fails_is_named() {
        let trunk = Leg { kind: LegKind::Trunk, ..Leg::given(SipUri::parse("sip:b.example").unwrap(), None) };
        let other = Step { leg: Some(LegKind::Trunk), ..step(StepKind::Options, Code::NoAnswer) };
        let verdict = Verdict::of(&[step(StepKind::Options, Code::NoAnswer), other], &[leg(), trunk]);
        assert!(verdict.text().ends_with("(and 1 more: b.example (trunk))"), "{}", verdict.text());
    }

    #[test]
    fn one_target_of_several_is_a_warning() {
        let steps = [
            step(StepKind::Options, Code::Ok).at("a"),
            step(StepKind::Options, Code::NoAnswer).at("b"),
            step(StepKind::Options, Code::Partial),
        ];
        assert_eq!(Verdict::of(&steps, &[leg()]).health(), Health::Warning);
        assert_eq!(Verdict::of(&steps[..2], &[leg()]).health(), Health::Problem);
    }

    #[test]
    fn a_target_that_does_not_answer_hides_nothing_but_itself() {
        let steps = [
            step(StepKind::Options, Code::Ok).at("a"),
            step(StepKind::Options, Code::NoAnswer).at("b"),
            step(StepKind::Options, Code::Partial),
            step(StepKind::Auth, Code::AuthRejected).at("a"),
        ];
        let verdict = Verdict::of(&steps, &[leg()]);
        assert_eq!((verdict.health(), verdict.code), (Health::Problem, Code::AuthRejected));
    }

    #[test]
    fn credentials_that_could_not_be_tested_are_never_passed_over() {
        for code in [Code::AuthHidden, Code::AuthPaused, Code::Skipped] {
            let steps = [step(StepKind::Options, Code::Ok), step(StepKind::Auth, code)];
            let verdict = Verdict::of(&steps, &[leg()]);
            assert!(verdict.text().contains("credentials were not tested"), "{}", verdict.text());
            let wanted = if code == Code::AuthHidden { Health::Healthy } else { Health::Unchecked };
            assert_eq!((verdict.health(), verdict.checked()), (wanted, Some(wanted)), "{code}");
            assert!(!verdict.next.is_empty());
            let failed = [step(StepKind::Options, Code::NoAnswer), step(StepKind::Auth, code)];
            assert_eq!(Verdict::of(&failed, &[leg()]).text(), Verdict::of(&failed[..1], &[leg()]).text());
        }
        let unasked = Verdict::of(&[step(StepKind::Options, Code::Ok)], &[leg()]);
        assert_eq!(unasked.text(), "every server that was asked answers");
    }

    #[test]
    fn what_was_skipped_is_no_problem_and_still_says_what_to_do() {
        let steps = [step(StepKind::Options, Code::Ok), step(StepKind::Auth, Code::AuthHidden)];
        let verdict = Verdict::of(&steps, &[leg()]);
        assert_eq!(verdict.health(), Health::Healthy);
        assert!(verdict.next.plain().contains("owner or admin"));
        let left_out = Step::new(None, StepKind::Settings, Code::Skipped, "inactive: left out");
        assert_eq!(Verdict::of(&[left_out], &[]).text(), "inactive: left out");
    }
}
