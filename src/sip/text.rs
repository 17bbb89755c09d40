//! A report as text, for somebody who was woken by it.

use std::fmt::Write as _;

use super::advice::AdviceNames;
use super::{Health, Leg, Report, Status, Step, StepKind};
use crate::text::clean;

impl Report {
    /// All of it in lines, the means of its advice called by `names`.
    pub fn text(&self, names: AdviceNames<'_>) -> String {
        people(self, names)
    }
}

fn people(report: &Report, names: AdviceNames<'_>) -> String {
    let mut out = format!("{}\n", clean_line(&report.name()));
    let mut number = 0;
    let mut steps = |out: &mut String, wanted: &dyn Fn(&Step) -> bool| {
        for step in report.steps.iter().filter(|step| wanted(step)) {
            number += 1;
            step_line(out, number, step);
        }
    };
    steps(&mut out, &|step| step.leg.is_none());
    for leg in &report.legs {
        leg_line(&mut out, leg);
        steps(&mut out, &|step| step.leg == Some(leg.kind));
    }
    let rest = |step: &Step| step.leg.is_some_and(|kind| !report.legs.iter().any(|leg| leg.kind == kind));
    steps(&mut out, &rest);
    let verdict = &report.verdict;
    let word = match verdict.health() {
        _ if verdict.status == Status::Skip => "NOT CHECKED",
        Health::Healthy => "OK",
        Health::Warning => "WARNING",
        Health::Problem => "PROBLEM",
        Health::Unchecked => "COULD NOT CHECK",
    };
    // Writing to a string does not fail.
    writeln!(out, "Result: {word} - {}", clean_line(&verdict.text())).ok();
    if !verdict.next.is_empty() {
        writeln!(out, "Next:   {}", clean_line(&verdict.next.words(names))).ok();
    }
    let from = report.local_ip.map_or(String::new(), |ip| format!("Seen from {ip}. "));
    if let Some(limits) = report.limits() {
        writeln!(out, "{from}{limits}").ok();
    }
    out
}

fn step_line(out: &mut String, number: usize, step: &Step) {
    let status = match step.status {
        Status::Fail => "FAIL",
        other => other.word(),
    };
    let time = step.elapsed.map_or(String::new(), |time| format!("{:.1} ms", time.as_secs_f64() * 1000.0));
    let target = step.target.as_ref().map_or(String::new(), |target| format!("{target}: "));
    let repeats = step.target.as_ref().is_some_and(|target| step.text.contains(target.as_str()))
        || step.kind == StepKind::Connect;
    let target = if repeats { "" } else { &target };
    writeln!(
        out,
        "{number:>2} {:<9} {status:<4} {time:>10}  {}{}",
        step.kind.word(),
        clean_line(target),
        clean_line(&step.text)
    )
    .ok();
    for line in step.trail() {
        writeln!(out, "{:28}{}", "", clean_line(&line)).ok();
    }
}

fn leg_line(out: &mut String, leg: &Leg) {
    writeln!(out, "{:<9} {}, from {}", leg.kind.word(), clean_line(&leg.route.words()), leg.origin).ok();
}

fn clean_line(text: &str) -> String {
    clean(text, usize::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::sip::{Access, Code, Found, LegKind, SipUri, Subject};

    #[test]
    fn the_way_through_dns_is_shown_where_it_is_more_than_an_address() {
        let uri = SipUri::parse("sip:h.example").unwrap();
        let subject = Subject::given(uri, None, Access::Missing("none"));
        let shown = |trail: &[&str]| {
            let step = Step::new(Some(LegKind::Inbound), StepKind::Dns, Code::Ok, "h.example -> 192.0.2.1");
            let known = vec![step.found(Found::Names {
                trail: trail.iter().map(ToString::to_string).collect(),
                lost: None,
                found_as: None,
                disagree: false,
                private: Vec::new(),
            })];
            Subject { known, ..subject.clone() }.settled(Timestamp::UNIX_EPOCH).text(&|_| "it".into())
        };
        let led = shown(&["NAPTR h.example: no record", "SRV _sip._udp.h.example: 1 1 5060 a.example."]);
        assert!(led.contains("SRV _sip._udp.h.example: 1 1 5060 a.example."), "{led}");
        assert!(!shown(&["A h.example: 192.0.2.1"]).contains("A h.example:"));
    }
}
