//! What many checks come to: how many of each health, and what is wrong with how many.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::{Health, Status, Verdict, VerdictCause};

/// So many causes are told apart; nobody reads more, and a hostile server may give each number its own.
const MOST_CAUSES: usize = 100;

/// One thing that is wrong, and with how many numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedCause {
    /// How grave it is.
    pub health: Health,
    /// What it is, with the host where there is one.
    pub cause: VerdictCause,
    /// How many numbers have it.
    pub count: usize,
    /// Whether it is in the settings of the numbers rather than at a server.
    is_setting: bool,
}

/// Counts verdicts as they come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    healthy: usize,
    warning: usize,
    problem: usize,
    unchecked: usize,
    left_out: usize,
    causes: Vec<SharedCause>,
    /// Where a cause is among them.
    places: HashMap<VerdictCause, usize>,
}

impl Summary {
    /// Counts one more.
    pub fn add(&mut self, verdict: &Verdict) {
        let health = verdict.health();
        if verdict.status == Status::Skip {
            self.left_out += 1;
            return;
        }
        match health {
            Health::Healthy => self.healthy += 1,
            Health::Warning => self.warning += 1,
            Health::Unchecked => self.unchecked += 1,
            Health::Problem => self.problem += 1,
        }
        if health == Health::Healthy {
            return;
        }
        if let Some(place) = self.places.get(&verdict.cause) {
            self.causes[*place].count += 1;
        } else if self.causes.len() < MOST_CAUSES {
            self.places.insert(verdict.cause.clone(), self.causes.len());
            self.causes.push(SharedCause {
                health,
                cause: verdict.cause.clone(),
                count: 1,
                is_setting: verdict.is_setting(),
            });
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.healthy + self.warning + self.problem + self.unchecked + self.left_out
    }

    /// In words: `253 healthy, 49 with problems`.
    pub fn summary(&self) -> String {
        let mut parts = vec![format!("{} healthy", self.healthy)];
        for (count, words) in [
            (self.warning, "with warnings"),
            (self.problem, "with problems"),
            (self.unchecked, "could not be checked"),
            (self.left_out, "left out"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {words}"));
            }
        }
        parts.join(", ")
    }

    /// What is wrong: the gravest first, a server before settings, which were like that yesterday,
    /// then what concerns the most numbers.
    pub fn causes(&self) -> Vec<&SharedCause> {
        let mut causes: Vec<&SharedCause> = self.causes.iter().collect();
        causes.sort_by_key(|cause| (Reverse(cause.health), cause.is_setting, Reverse(cause.count)));
        causes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::Code;

    fn verdict(code: Code, text: &str) -> Verdict {
        Verdict {
            status: code.outcome().status,
            code,
            cause: VerdictCause { server: None, reason: text.to_owned() },
            more: 0,
            elsewhere: Vec::new(),
            next: crate::sip::Advice::default(),
            is_ours: code.is_ours(),
        }
    }

    fn tally(verdicts: &[(Code, &str)]) -> Summary {
        let mut tally = Summary::default();
        verdicts.iter().for_each(|(code, text)| tally.add(&verdict(*code, text)));
        tally
    }

    #[test]
    fn it_is_said_how_many_there_are_of_each_and_nothing_of_none() {
        assert_eq!(tally(&[]).summary(), "0 healthy");
        let all = [
            (Code::Ok, ""),
            (Code::Ok, ""),
            (Code::Slow, ""),
            (Code::NoAnswer, ""),
            (Code::ApiFailed, ""),
            (Code::Skipped, ""),
        ];
        let all = tally(&all);
        assert_eq!(
            all.summary(),
            "2 healthy, 1 with warnings, 1 with problems, 1 could not be checked, 1 left out"
        );
        assert_eq!(all.count(), 6);
    }

    #[test]
    fn a_server_that_fails_comes_before_settings_and_each_cause_is_told_once() {
        let all = tally(&[
            (Code::Slow, "slow"),
            (Code::BadSettings, "no endpoint"),
            (Code::BadSettings, "inbound off"),
            (Code::BadSettings, "inbound off"),
            (Code::NoAnswer, "a is silent"),
            (Code::Ok, "fine"),
            (Code::Skipped, "left out"),
        ]);
        let told: Vec<_> =
            all.causes().iter().map(|cause| (cause.count, cause.cause.reason.as_str())).collect();
        assert_eq!(told, [(1, "a is silent"), (2, "inbound off"), (1, "no endpoint"), (1, "slow")]);
    }

    #[test]
    fn causes_without_end_are_counted_but_not_kept() {
        let mut all = Summary::default();
        (0..1000).for_each(|n| all.add(&verdict(Code::NoAnswer, &format!("host {n}"))));
        assert_eq!((all.causes().len(), all.count()), (MOST_CAUSES, 1000));
    }
}
