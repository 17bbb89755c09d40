//! From the steps of a check to one sentence.

use std::borrow::Borrow;

use serde_json::{Value, json};

use super::{Code, Leg, LegKind, Status, Step, StepKind};

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

/// What to do where the API does not mention an address.
const UNTOLD: &str = "this API does not tell it: check the address that you know with numdeck check --uri";

/// What a check comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How grave it is.
    pub status: Status,
    /// The code of the step that decided.
    pub code: Code,
    /// One sentence: what, which host, and where its address came from.
    pub cause: String,
    /// How many other things are as grave.
    pub more: usize,
    /// What to do next; may be empty.
    pub next: String,
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
            answering && step.status == Status::Fail && step.target.is_some()
        };
        let counts = |step: &&&Step| !(stands_for(step) && is_partial(step.leg));
        let worst = steps.iter().filter(counts).max_by(|a, b| {
            // The first of equals: `max_by` takes the last.
            rank(a).cmp(&rank(b)).then(std::cmp::Ordering::Greater)
        });
        let Some(step) = worst.filter(|step| rank(step) > 0) else {
            return Self::healthy(&steps);
        };
        let leg = legs.iter().find(|leg| Some(leg.kind) == step.leg);
        let text = match leg {
            Some(leg) => {
                format!("{} ({}, from {}): {}", leg.route.place(), leg.kind, leg.origin, step.text)
            }
            None => step.text.clone(),
        };
        let more = steps.iter().filter(counts).filter(|other| rank(other) == rank(step)).count() - 1;
        let host = leg.map_or_else(|| "the server".to_owned(), |leg| leg.route.uri.host.to_string());
        let next = match (step.code, step.status) {
            // Nothing is known to be wrong: the server is one that does not tell.
            (Code::BadUri, Status::Warn) => UNTOLD.to_owned(),
            _ => step.code.outcome().next.replace("{host}", &host),
        };
        Self { status: step.status, code: step.code, cause: text, more, next }
    }

    fn healthy(steps: &[&Step]) -> Self {
        let passed =
            |kind: StepKind| steps.iter().any(|step| step.kind == kind && step.status == Status::Pass);
        let untested = steps.iter().all(|step| step.kind != StepKind::Auth || step.status == Status::Skip);
        let untested = steps.iter().find(|step| step.kind == StepKind::Auth && untested);
        let (status, code, text) = if passed(StepKind::Auth) {
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
        // What was left out may still have something to say: a password that the role may not see.
        let skipped = steps.iter().find(|step| step.status == Status::Skip && step.code != Code::Skipped);
        let next = skipped.map_or("", |step| step.code.outcome().next).to_owned();
        let text = steps.iter().find(|_| status == Status::Skip).map_or(text, |step| &step.text).to_owned();
        let text = match untested.filter(|_| status == Status::Pass) {
            // Whoever asked for it must not read that all is well.
            Some(step) => format!("{text}; the credentials were not tested: {}", step.text),
            None => text,
        };
        Self { status, code, cause: text, more: 0, next }
    }

    /// The cause, and how many more there are.
    pub fn text(&self) -> String {
        match self.more {
            0 => self.cause.clone(),
            more => format!("{} (and {more} more)", self.cause),
        }
    }

    /// How the check ends.
    pub fn health(&self) -> Health {
        match self.status {
            Status::Fail if self.code.is_ours() => Health::Unchecked,
            Status::Fail => Health::Problem,
            Status::Warn => Health::Warning,
            Status::Pass | Status::Skip | Status::Info => Health::Healthy,
        }
    }

    /// Whether it is about the settings of the number rather than about a server: settings are as
    /// somebody left them, a server may have failed just now.
    pub fn is_setting(&self) -> bool {
        matches!(self.code, Code::BadSettings | Code::BadUri)
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "status": self.status.word(),
            "code": self.code.word(),
            "text": self.text(),
            "next": self.next,
        })
    }
}

fn rank(step: &Step) -> u8 {
    match step.status {
        Status::Fail if step.code.is_ours() => 2,
        Status::Fail => 3,
        Status::Warn => 1,
        Status::Pass | Status::Skip | Status::Info => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{OUTCOMES, SipUri};

    fn leg() -> Leg {
        Leg::given(SipUri::parse("sip:a@sip.example.net:5061").unwrap(), None)
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
                Status::Fail if matches!(outcome.code, Code::Network | Code::ApiFailed) => {
                    (Health::Unchecked, outcome.code)
                }
                Status::Fail => (Health::Problem, outcome.code),
                Status::Warn => (Health::Warning, outcome.code),
                _ => (Health::Healthy, Code::Ok),
            };
            assert_eq!((verdict.health(), verdict.code), (health, code));
            if health != Health::Healthy {
                assert!(verdict.cause.starts_with("sip.example.net:5061 (inbound, from --uri): "));
                assert!(verdict.cause.contains(outcome.sentence));
                assert_eq!(verdict.next, outcome.next.replace("{host}", "sip.example.net"));
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
            let text = Verdict::of(&steps, &[leg()]).text();
            assert!(text.contains("credentials were not tested"), "{text}");
        }
        let unasked = Verdict::of(&[step(StepKind::Options, Code::Ok)], &[leg()]);
        assert_eq!(unasked.text(), "every server that was asked answers");
    }

    #[test]
    fn what_was_skipped_is_no_problem_and_still_says_what_to_do() {
        let steps = [step(StepKind::Options, Code::Ok), step(StepKind::Auth, Code::AuthHidden)];
        let verdict = Verdict::of(&steps, &[leg()]);
        assert_eq!(verdict.health(), Health::Healthy);
        assert!(verdict.next.contains("owner or admin"));
        let left_out = Step::new(None, StepKind::Settings, Code::Skipped, "inactive: left out");
        assert_eq!(Verdict::of(&[left_out], &[]).text(), "inactive: left out");
    }
}
