//! Numbers that follow each other.

use super::{E164, Number};

/// Runs of numbers that follow each other without a gap, each in the order of its numbers, and in the
/// order of their first numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Blocks(Vec<Vec<Number>>);

impl Blocks {
    /// The runs of at least `least` numbers. A number that stands twice counts once; what is no telephone
    /// number is in none.
    pub fn of(numbers: Vec<Number>, least: usize) -> Self {
        let placed = numbers.into_iter().filter_map(|number| Some((value(number.line.valid()?)?, number)));
        let mut placed: Vec<(u64, Number)> = placed.collect();
        placed.sort_by_key(|(value, _)| *value);
        placed.dedup_by_key(|(value, _)| *value);
        let mut runs: Vec<Vec<Number>> = Vec::new();
        let mut last = None;
        for (value, number) in placed {
            match runs.last_mut() {
                Some(run) if last.is_some_and(|last: u64| last + 1 == value) => run.push(number),
                _ => runs.push(vec![number]),
            }
            last = Some(value);
        }
        runs.retain(|run| run.len() >= least);
        Self(runs)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// One after another.
    pub fn iter(&self) -> impl Iterator<Item = &[Number]> {
        self.0.iter().map(Vec::as_slice)
    }
}

/// At most 15 digits, which fit.
fn value(line: E164) -> Option<u64> {
    line.digits().parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::phone::{NumberId, NumberText};

    fn number(line: &str) -> Number {
        Number::new(NumberId::new(line), NumberText::parse(line))
    }

    fn lines(runs: &Blocks) -> Vec<Vec<String>> {
        runs.iter().map(|run| run.iter().map(|number| number.line.to_string()).collect()).collect()
    }

    #[test]
    fn a_run_has_no_gap_and_is_in_order() {
        let given =
            ["+2348030000003", "+2348030000001", "x", "+2348030000002", "+2348030000005", "+2348030000001"];
        let runs = Blocks::of(given.map(number).to_vec(), 3);
        assert_eq!(lines(&runs), [["+2348030000001", "+2348030000002", "+2348030000003"]]);
        assert!(Blocks::of(given.map(number).to_vec(), 4).count() == 0);
    }

    proptest! {
        #[test]
        fn every_number_of_a_run_has_its_neighbours_and_no_longer_run_is_missed(
            ends in proptest::collection::vec(0_u64..60, 0..50), least in 2_usize..6
        ) {
            let numbers = ends.iter().map(|end| number(&format!("+2348030000{end:03}"))).collect();
            let found: Vec<u64> = Blocks::of(numbers, least).0.concat().iter()
                .map(|number| value(number.line.valid().unwrap()).unwrap() - 2_348_030_000_000).collect();
            let has = |end: u64| ends.contains(&end);
            let length = |end: u64| {
                let down = (0..=end).rev().take_while(|at| has(*at)).count();
                down + (end + 1..).take_while(|at| has(*at)).count()
            };
            let wanted: Vec<u64> = (0..60).filter(|end| has(*end) && length(*end) >= least).collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
