//! How several probes of one target went.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::deadline::PER_PROBE;
use super::socket::Answer;
use super::trace::ms;
use super::transaction::T1;
use super::{
    Answers, Code, Found, LegKind, RoundTrips, SeriesCounts, Status, StatusRules, Step, StepKind, interpret,
};

/// One sort of answer.
#[derive(Debug, Clone, PartialEq)]
struct Heard {
    code: Code,
    status: Status,
    text: String,
    /// As the server says.
    sip_status: u16,
    count: u32,
}

/// Probes of one target, counted as they come.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Series {
    /// How many were sent.
    pub(super) sent: u32,
    /// Round trips of those that were answered and not sent again (Karn): a repeated one has no known
    /// time.
    times: Vec<Duration>,
    /// The longest that any answer took.
    longest: Duration,
    /// How many were answered at all.
    answered: u32,
    /// Retransmissions.
    again: u32,
    /// What the answers came to, each sort once, and how many there were of it.
    heard: Vec<Heard>,
    quirks: Vec<&'static str>,
    reasons: Vec<String>,
    seen_from: Option<String>,
    /// Why not all that were asked for were sent.
    stopped: Option<String>,
    /// What ended it.
    ended: Option<Code>,
    /// How many in a row were not answered, until now.
    silent: u32,
    retry_after: Option<u64>,
}

impl Series {
    /// One was answered.
    pub(super) fn hear(&mut self, answer: &Answer, local: IpAddr, rules: &StatusRules) {
        let judged = interpret::of_options(&answer.reply, rules);
        let again = if answer.unanswered > 0 { answer.sends - 1 } else { 0 };
        self.count(judged, answer.reply.status, answer.elapsed, again);
        self.silent = 0;
        self.retry_after = answer.reply.retry_after();
        self.quirks = answer.reply.quirks.iter().map(|quirk| quirk.words()).collect();
        self.reasons = answer.reply.reasons();
        let seen =
            answer.reply.seen_from().filter(|(address, _)| address.to_canonical() != local.to_canonical());
        self.seen_from = seen.map(|(address, port)| match port {
            Some(port) => SocketAddr::new(address, port).to_string(),
            None => address.to_string(),
        });
    }

    fn count(
        &mut self,
        (code, status, text): (Code, Status, String),
        sip_status: u16,
        elapsed: Duration,
        again: u32,
    ) {
        self.answered += 1;
        self.again += again;
        self.longest = self.longest.max(elapsed);
        if again == 0 {
            self.times.push(elapsed);
        }
        match self.heard.iter_mut().find(|known| known.text == text) {
            Some(known) => known.count += 1,
            None => self.heard.push(Heard { code, status, text, sip_status, count: 1 }),
        }
    }

    /// The rest is not sent, and why.
    pub(super) fn stop(&mut self, planned: u32, why: &str) {
        self.stopped = Some(match planned.saturating_sub(self.sent) {
            0 => why.to_owned(),
            more => format!("{more} more not sent: {why}"),
        });
    }

    /// One was not answered.
    pub(super) fn miss(&mut self) {
        self.silent += 1;
    }

    /// After one that was answered the server is not there any more.
    pub(super) fn end(&mut self, planned: u32, code: Code, why: &str) {
        self.stop(planned, why);
        self.ended = Some(code);
    }

    /// What became of a server that answered first.
    fn lost_on_the_way(&self) -> Option<(Code, String)> {
        let (answered, sent) = (self.answered, self.sent);
        if let Some(code) = self.ended {
            return Some((code, format!("{answered} of {sent} answered, and then no more")));
        }
        // What was not waited for may have been on its way.
        let is_gone = self.silent > 1 && self.silent * 2 >= sent && !self.is_late();
        is_gone.then(|| {
            let last = self.silent;
            (
                Code::NoAnswer,
                format!("answered first, and then no more: nothing came to the last {last} of {sent}"),
            )
        })
    }

    /// Makes a step out of the gravest reply and of how all of them came.
    pub(super) fn step(mut self, leg: LegKind) -> Step {
        self.times.sort();
        let lost = self.lost().max(u32::from(self.again > 0));
        let median = median(&self.times);
        let slow = median.is_some_and(|median| median >= T1);
        let (answer, status, sip_status, mut text) = self.gravest();
        let code = answer;
        let fine = matches!(code, Code::Ok | Code::AliveAuth);
        if lost > 0 {
            text = format!("{text}, {}", self.losses());
        }
        let code = match code {
            // What was not waited for may have been on its way.
            _ if fine && lost > 0 && (self.again > 0 || !self.is_late()) => Code::Lossy,
            _ if fine && slow => {
                text.push_str(", slowly");
                if let Some(median) = median.filter(|_| self.sent == 1) {
                    text = format!("{text} ({} ms)", median.as_millis());
                }
                Code::Slow
            }
            code => code,
        };
        let gone = self.lost_on_the_way();
        let code = match gone {
            Some((gone, why)) => {
                text = format!("{why} ({text})");
                gone
            }
            None => code,
        };
        let figures = self.times.first().zip(self.times.last()).zip(median).filter(|_| self.sent > 1);
        if let Some(((min, max), median)) = figures {
            let (min, median, max) = (ms(*min), ms(median), ms(*max));
            text = format!("{text}; {min}/{median}/{max} ms min/median/max of {}", self.times.len());
        }
        if let Some(stopped) = &self.stopped {
            text = format!("{text}; {stopped}");
        }
        for reason in &self.reasons {
            text = format!("{text}; {reason}");
        }
        if let Some(seen) = &self.seen_from {
            text = format!("{text}; the server saw this machine as {seen} (a NAT is between)");
        }
        if !self.quirks.is_empty() {
            text = format!("{text} ({})", self.quirks.join(", "));
        }
        let mut step = Step::new(Some(leg), StepKind::Options, code, text);
        if code == answer {
            step.status = status;
        }
        if code == Code::Lossy && self.sent > 3 && self.lost() * 2 >= self.sent {
            // Half of the calls would not get through.
            step.status = Status::Fail;
        }
        step.elapsed = median;
        step.found(Found::Answers(Answers {
            sip_status,
            retry_after: self.retry_after,
            retransmissions: (self.again > 0).then_some(self.again),
            quirks: self.quirks.iter().map(ToString::to_string).collect(),
            reasons: self.reasons.clone(),
            seen_from: self.seen_from.clone(),
            several: (self.sent > 1).then(|| SeriesCounts {
                sent: self.sent,
                answered: self.answered,
                loss: f64::from(self.lost()) / f64::from(self.sent),
            }),
            times: figures.map(|((min, max), median)| RoundTrips {
                min_ms: ms(*min),
                median_ms: ms(median),
                max_ms: ms(*max),
            }),
        }))
    }

    /// What the gravest answers came to, of several sorts the first; and how many of all they are.
    fn gravest(&self) -> (Code, Status, Option<u16>, String) {
        let grade = |status: Status| match status {
            Status::Fail => 2,
            Status::Warn => 1,
            Status::Pass | Status::Skip | Status::Info => 0,
        };
        // The first of equals: `max_by_key` takes the last.
        let Some(heard) = self.heard.iter().rev().max_by_key(|heard| grade(heard.status)) else {
            let silence = Code::NoAnswer.outcome();
            return (Code::NoAnswer, silence.status, None, silence.sentence.to_owned());
        };
        let Heard { code, status, text, sip_status, count } = heard;
        let of = if *count < self.answered { format!("{count} of {} ", self.sent) } else { String::new() };
        (*code, *status, Some(*sip_status), format!("{of}{text}"))
    }

    fn lost(&self) -> u32 {
        self.sent.saturating_sub(self.answered)
    }

    /// Whether answers take as long as one of a series is waited for.
    fn is_late(&self) -> bool {
        self.longest >= PER_PROBE * 4 / 5
    }

    fn losses(&self) -> String {
        let lost = if self.is_late() { "not answered within 1 s" } else { "lost" };
        let again = match self.again {
            0 => String::new(),
            1 => "after 1 retransmission".to_owned(),
            more => format!("after {more} retransmissions"),
        };
        match (self.lost(), again.is_empty()) {
            (0, _) => again,
            (count, true) => format!("{count} of {} {lost}", self.sent),
            (count, false) => format!("{again}, {count} of {} {lost}", self.sent),
        }
    }
}

/// Of an even count the middle between the two in the middle.
fn median(sorted: &[Duration]) -> Option<Duration> {
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2).copied().unwrap_or(upper);
    Some((lower + upper) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(series: &mut Series, code: Code, text: &str, millis: u64) {
        series.sent += 1;
        series.count((code, code.outcome().status, text.to_owned()), 200, Duration::from_millis(millis), 0);
    }

    fn fine(times: &[u64]) -> Series {
        let mut series = Series::default();
        times.iter().for_each(|time| answered(&mut series, Code::Ok, "answered 200 OK", *time));
        series
    }

    #[test]
    fn a_series_has_times_and_losses() {
        let plain = fine(&[20]).step(LegKind::Inbound);
        assert_eq!((plain.code, plain.elapsed), (Code::Ok, Some(Duration::from_millis(20))));
        assert_eq!(fine(&[500]).step(LegKind::Inbound).code, Code::Slow);
        assert_eq!(fine(&[499]).step(LegKind::Inbound).code, Code::Ok);
        let mut again = Series { sent: 1, ..Series::default() };
        again.count((Code::Ok, Status::Pass, "answered 200 OK".to_owned()), 200, Duration::from_secs(1), 2);
        let again = again.step(LegKind::Inbound);
        assert_eq!((again.code, again.elapsed), (Code::Lossy, None), "a repeated request has no known time");
        assert_eq!(again.text, "answered 200 OK, after 2 retransmissions");
        let many = Series { sent: 10, ..fine(&[1, 9, 3, 4, 5, 6, 7, 8]) }.step(LegKind::Inbound);
        assert_eq!(many.code, Code::Lossy);
        assert_eq!(many.text, "answered 200 OK, 2 of 10 lost; 1/5.5/9 ms min/median/max of 8");
        assert_eq!(many.detail()["loss"], 0.2);
        assert_eq!(many.detail()["median_ms"], 5.5);
    }

    #[test]
    fn the_gravest_answer_counts_wherever_it_came() {
        let mut series = fine(&[5]);
        for _ in 0..3 {
            answered(&mut series, Code::Unavailable, "answered 503 Busy", 5);
        }
        answered(&mut series, Code::Ok, "answered 200 OK", 5);
        let step = series.step(LegKind::Inbound);
        assert_eq!(step.code, Code::Unavailable);
        assert!(step.text.starts_with("3 of 5 answered 503 Busy; "), "{}", step.text);
    }

    #[test]
    fn answers_that_come_after_a_second_are_not_called_lost() {
        let step = Series { sent: 5, ..fine(&[1200]) }.step(LegKind::Inbound);
        assert_eq!(step.code, Code::Slow);
        assert!(step.text.contains("4 of 5 not answered within 1 s"), "{}", step.text);
    }

    #[test]
    fn losses_are_told_whatever_the_answers_are() {
        let mut series = Series::default();
        answered(&mut series, Code::AliveRefused, "answered 404 Not Found", 5);
        let step = Series { sent: 3, ..series }.step(LegKind::Inbound);
        assert_eq!(step.code, Code::AliveRefused);
        assert!(step.text.starts_with("answered 404 Not Found, 2 of 3 lost"), "{}", step.text);
    }
}
