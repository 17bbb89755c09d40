//! Routes that turned.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use crate::phone::{NumberId, NumberText};
use crate::store::CheckResult;

/// What a check of a number came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteSight {
    /// The record.
    pub id: NumberId,
    /// Its telephone number.
    pub line: NumberText,
    /// The server that its calls go to, as people know it.
    pub server: String,
    /// What it came to.
    pub result: CheckResult,
}

/// Numbers behind one server whose routes turned alike: one thing happened, and it is told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteTurn {
    /// When it was checked.
    pub at: Timestamp,
    /// The server.
    pub server: String,
    /// What it came to before.
    pub before: CheckResult,
    /// What it comes to now.
    pub after: CheckResult,
    /// The numbers, in the order in which they were checked.
    pub numbers: Vec<(NumberId, NumberText)>,
}

/// What routes were told to be, and what was seen since.
#[derive(Debug, Clone, Default)]
pub struct RouteWatch {
    agreeing: u32,
    told: HashMap<NumberId, CheckResult>,
    pending: HashMap<NumberId, (CheckResult, u32)>,
}

impl RouteWatch {
    /// Begins without knowing anything: the first result of a number is what it is told from. So many in a row have
    /// to agree.
    pub fn new(agreeing: u32) -> Self {
        Self { agreeing: agreeing.max(1), ..Self::default() }
    }

    /// Goes on from what was told before.
    pub fn resume(agreeing: u32, told: impl IntoIterator<Item = (NumberId, CheckResult)>) -> Self {
        Self { told: told.into_iter().collect(), ..Self::new(agreeing) }
    }

    /// What routes were told to be.
    pub fn told(&self) -> impl Iterator<Item = (&NumberId, CheckResult)> {
        self.told.iter().map(|(id, result)| (id, *result))
    }

    /// Takes what a round of checks came to.
    pub fn take(&mut self, sights: &[RouteSight], at: Timestamp) -> Vec<RouteTurn> {
        let mut turned: BTreeMap<(String, String, String), RouteTurn> = BTreeMap::new();
        for sight in sights {
            let Some(before) = self.told.get(&sight.id).copied() else {
                self.told.insert(sight.id.clone(), sight.result);
                continue;
            };
            if before == sight.result {
                self.pending.remove(&sight.id);
                continue;
            }
            let pending = self.pending.entry(sight.id.clone()).or_insert((sight.result, 0));
            if pending.0 != sight.result {
                *pending = (sight.result, 0);
            }
            pending.1 += 1;
            if pending.1 < self.agreeing {
                continue;
            }
            self.pending.remove(&sight.id);
            self.told.insert(sight.id.clone(), sight.result);
            let key = (sight.server.clone(), before.words(), sight.result.words());
            let turn = turned.entry(key).or_insert_with(|| RouteTurn {
                at,
                server: sight.server.clone(),
                before,
                after: sight.result,
                numbers: Vec::new(),
            });
            turn.numbers.push((sight.id.clone(), sight.line.clone()));
        }
        turned.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::RouteResult;
    use crate::sip::Code;

    const OK: CheckResult = CheckResult { result: RouteResult::Ok, code: Code::Ok };
    const DEAD: CheckResult = CheckResult { result: RouteResult::Fail, code: Code::PortClosed };

    fn round(numbers: usize, result: CheckResult) -> Vec<RouteSight> {
        let sight = |i: usize| RouteSight {
            id: NumberId::new(&format!("n-{i}")),
            line: NumberText::parse(&format!("+{}", 2_348_031_000_000_u64 + i as u64)),
            server: format!("sip-{}.example:5060", i % 2),
            result,
        };
        (0..numbers).map(sight).collect()
    }

    #[test]
    fn forty_numbers_behind_a_server_that_goes_are_one_thing_that_happened() {
        let mut routes = RouteWatch::new(1);
        let at = Timestamp::UNIX_EPOCH;
        assert_eq!(routes.take(&round(40, OK), at), [], "what is seen first is no turn");
        let turned = routes.take(&round(40, DEAD), at);
        let told: Vec<(&str, usize)> =
            turned.iter().map(|turn| (turn.server.as_str(), turn.numbers.len())).collect();
        assert_eq!(told, [("sip-0.example:5060", 20), ("sip-1.example:5060", 20)]);
        assert_eq!(routes.take(&round(40, DEAD), at), [], "and told once");
    }

    #[test]
    fn a_result_that_flaps_is_told_only_where_enough_in_a_row_agree() {
        let mut routes = RouteWatch::new(3);
        let at = Timestamp::UNIX_EPOCH;
        let mut told = Vec::new();
        for result in [OK, DEAD, OK, DEAD, DEAD, OK, DEAD, DEAD, DEAD, DEAD, OK, OK, OK] {
            told.extend(routes.take(&round(1, result), at).into_iter().map(|turn| turn.after));
        }
        assert_eq!(told, [DEAD, OK]);
    }
}
