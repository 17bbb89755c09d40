//! How a fleet of numbers is: counted once a read, and told as often as anybody asks.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Exposition, Metric};
use crate::check::{Endpoints, Finding, Lint};
use crate::phone::{Number, Status};

/// A status that this version does not know, or none.
const OTHER: &str = "other";

/// Counts of a list that was read whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FleetFigures {
    statuses: BTreeMap<&'static str, usize>,
    unroutable: BTreeMap<&'static str, usize>,
}

impl FleetFigures {
    /// Counts a list. What counts none is there, with 0: an alert that waits for a series to come never
    /// fires. `endpoints` are those that the server lists, `now` decides what is pending for long.
    pub fn of(numbers: &[Number], endpoints: &Endpoints, now: Timestamp) -> Self {
        let words = Status::KNOWN.iter().filter_map(word).chain([OTHER]);
        let mut statuses: BTreeMap<&'static str, usize> = words.map(|word| (word, 0)).collect();
        for number in numbers {
            let word = number.status.as_ref().and_then(word).unwrap_or(OTHER);
            *statuses.entry(word).or_default() += 1;
        }
        let reasons = Finding::ALL.into_iter().filter(|finding| finding.keeps_calls_away());
        let mut unroutable: BTreeMap<&'static str, usize> =
            reasons.map(|finding| (finding.word(), 0)).collect();
        for finding in Lint::of(numbers, endpoints, now).gravest() {
            *unroutable.entry(finding.word()).or_default() += 1;
        }
        Self { statuses, unroutable }
    }

    /// Tells them.
    pub fn tell(&self, to: &mut Exposition) {
        let families = [(Metric::Numbers, &self.statuses), (Metric::Unroutable, &self.unroutable)];
        for (metric, counts) in families {
            for (word, count) in counts {
                to.set_of(metric, word, float(*count));
            }
        }
    }
}

/// The word of a status that is known.
fn word(status: &Status) -> Option<&'static str> {
    match status {
        Status::Active => Some("active"),
        Status::Inactive => Some("inactive"),
        Status::Pending => Some("pending"),
        Status::Other(_) => None,
    }
}

/// A count as Prometheus has them: 2^53 of anything are not to be had.
pub(super) fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{EndpointId, Field, NumberId, NumberText, Switch};

    fn number(n: usize) -> Number {
        let line = format!("+234803{n:07}");
        let mut number = Number::new(NumberId::new(&format!("id-{n}")), NumberText::parse(&line));
        number.status = Some(Status::Active);
        number.endpoint = Field::Value(EndpointId::new("e"));
        number.switches[Switch::Inbound] = Some(true);
        number.sip_uri = Some(format!("sip:{line}@sip.example.net").into());
        number
    }

    fn told(numbers: &[Number]) -> String {
        let mut all = Exposition::default();
        FleetFigures::of(numbers, &Endpoints::default(), Timestamp::UNIX_EPOCH).tell(&mut all);
        all.text()
    }

    #[test]
    fn each_number_counts_once_by_status_and_once_by_its_gravest_trouble() {
        let mut numbers: Vec<Number> = (0..6).map(number).collect();
        numbers[1].status = Some(Status::Inactive);
        numbers[1].endpoint = Field::Null;
        numbers[2].endpoint = Field::Null;
        numbers[2].switches[Switch::Inbound] = Some(false);
        numbers[3].switches[Switch::Inbound] = Some(false);
        numbers[4].sip_uri = Some("tel:+1".into());
        numbers[5].status = None;
        let told = told(&numbers);
        for line in [
            "numdeck_numbers{status=\"active\"} 4",
            "numdeck_numbers{status=\"inactive\"} 1",
            "numdeck_numbers{status=\"pending\"} 0",
            "numdeck_numbers{status=\"other\"} 1",
            "numdeck_numbers_unroutable{reason=\"no_endpoint\"} 1",
            "numdeck_numbers_unroutable{reason=\"inbound_off\"} 1",
            "numdeck_numbers_unroutable{reason=\"bad_uri\"} 1",
            "numdeck_numbers_unroutable{reason=\"not_active\"} 0",
        ] {
            assert!(told.lines().any(|one| one == line), "{line}\n{told}");
        }
    }

    #[test]
    fn a_server_with_a_status_of_its_own_for_each_number_makes_no_series() {
        let odd = |n: usize| {
            let mut number = number(n);
            number.status = Some(Status::parse(&format!("status \"{n}\"")));
            number
        };
        let numbers: Vec<Number> = (0..1000).map(odd).collect();
        let (one, many) = (told(&numbers[..1]), told(&numbers));
        assert_eq!(one.lines().count(), many.lines().count());
        assert!(many.contains("numdeck_numbers{status=\"other\"} 1000\n"), "{many}");
        assert!(many.contains("numdeck_numbers_unroutable{reason=\"not_active\"} 1000\n"), "{many}");
        assert!(!many.contains("id-") && !many.contains("234803"), "{many}");
    }
}
