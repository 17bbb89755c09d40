//! What numbers cost each month, by groups, as far as the API said; and what is paid for numbers that nobody
//! can reach.

use std::collections::BTreeMap;

use super::{Cents, Field, Known, Number, Switch, thousands};

/// What numbers are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CostKey {
    /// Where they are.
    #[default]
    Country,
    /// local, mobile, toll free.
    Kind,
    /// Who answers.
    Endpoint,
    /// Their tags: one with several counts in each.
    Label,
    /// active, inactive, pending.
    Status,
}

/// What some numbers cost each month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MonthlyCost {
    /// How many numbers.
    pub numbers: usize,
    /// The known prices together.
    pub known: Cents,
    /// Numbers whose price nobody told: it is not 0.
    pub unknown: usize,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostGroup {
    /// What its numbers have in common; `None` for all numbers together.
    pub name: Option<String>,
    /// All of them.
    pub all: MonthlyCost,
    /// Those that nobody can reach: inactive, no endpoint, inbound off.
    pub unreachable: MonthlyCost,
}

/// What a number that has none is called.
const NONE: &str = "none";

/// What a number of which it is not told is called.
const NOT_SAID: &str = "not said";

impl MonthlyCost {
    /// These and one more.
    fn add(&mut self, number: &Number) {
        self.numbers += 1;
        match number.price().monthly {
            // A sum beyond what can be counted stays at the largest amount.
            Some(Cents(cents)) => self.known = Cents(self.known.0.saturating_add(cents)),
            None => self.unknown += 1,
        }
    }

    /// Whether no price is known of any.
    pub fn is_unknown(self) -> bool {
        self.unknown == self.numbers
    }

    /// `1,404.50 a month, 61 with unknown price`.
    pub fn words(self) -> String {
        match (self.is_unknown(), self.unknown) {
            (true, _) => "unknown price".to_owned(),
            (false, 0) => format!("{} a month", grouped(self.known)),
            (false, unknown) => {
                format!("{} a month, {} with unknown price", grouped(self.known), thousands(unknown))
            }
        }
    }
}

/// An amount with its thousands apart.
pub fn grouped(Cents(cents): Cents) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", thousands(cents / 100), cents % 100)
}

/// Whether nobody can reach a number, as far as its record says.
pub fn is_unreachable(number: &Number) -> bool {
    number.is_inactive() || number.endpoint == Field::Null || number.switches[Switch::Inbound] == Some(false)
}

/// The costs of numbers: all together first, then by groups in order of their names.
pub fn costs<'a>(
    numbers: impl IntoIterator<Item = &'a Number>,
    by: CostKey,
    known: &Known,
) -> Vec<CostGroup> {
    let (mut all, mut unreachable) = (MonthlyCost::default(), MonthlyCost::default());
    let mut groups: BTreeMap<String, (MonthlyCost, MonthlyCost)> = BTreeMap::new();
    for number in numbers {
        let is_lost = is_unreachable(number);
        all.add(number);
        if is_lost {
            unreachable.add(number);
        }
        for name in names(number, by, known) {
            let group = groups.entry(name).or_default();
            group.0.add(number);
            if is_lost {
                group.1.add(number);
            }
        }
    }
    let total = CostGroup { name: None, all, unreachable };
    let each =
        groups.into_iter().map(|(name, (all, unreachable))| CostGroup { name: Some(name), all, unreachable });
    std::iter::once(total).chain(each).collect()
}

/// The groups that a number belongs to.
fn names(number: &Number, by: CostKey, known: &Known) -> Vec<String> {
    let or_not_said = |text: Option<&str>| vec![text.unwrap_or(NOT_SAID).to_owned()];
    match by {
        CostKey::Country => or_not_said(number.country.as_deref()),
        CostKey::Kind => or_not_said(number.kind.as_ref().map(super::Kind::wire)),
        CostKey::Status => or_not_said(number.status.as_ref().map(super::Status::wire)),
        CostKey::Endpoint => match &number.endpoint {
            Field::Value(id) => vec![known.names.of(id).unwrap_or(id.as_str()).to_owned()],
            Field::Null => vec![NONE.to_owned()],
            Field::Absent => or_not_said(None),
        },
        CostKey::Label => match known.labels.of(number) {
            Some(label) if !label.tags.is_empty() => label.tags.clone(),
            _ => vec![NONE.to_owned()],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{EndpointId, Label, Labels, NumberId, NumberText, Offer, Price, Status};

    fn number(line: &str, country: &str, monthly: Option<i64>) -> Number {
        let mut number = Number::new(NumberId::new(line), NumberText::parse(line));
        number.country = Some(country.into());
        number.status = Some(Status::Active);
        number.endpoint = Field::Value(EndpointId::new("e"));
        number.switches[Switch::Inbound] = Some(true);
        let price = Price { setup: None, monthly: monthly.map(Cents) };
        number.offer = Some(Box::new(Offer { price, ..Offer::default() }));
        number
    }

    #[test]
    fn what_is_unknown_is_counted_and_never_nothing() {
        let mut detached = number("+2348031234569", "NG", Some(250));
        detached.endpoint = Field::Null;
        let numbers = [
            number("+2348031234567", "NG", Some(100_000)),
            number("+2348031234568", "NG", None),
            detached,
            number("+254711123452", "KE", None),
        ];
        let found = costs(&numbers, CostKey::Country, &Known::default());
        let said: Vec<String> = found
            .iter()
            .map(|group| format!("{:?} {} {}", group.name, group.all.words(), group.unreachable.numbers))
            .collect();
        assert_eq!(
            said,
            [
                "None 1,002.50 a month, 2 with unknown price 1",
                "Some(\"KE\") unknown price 0",
                "Some(\"NG\") 1,002.50 a month, 1 with unknown price 1"
            ]
        );
    }

    #[test]
    fn a_number_with_two_tags_counts_in_both_and_once_in_all() {
        let line = "+2348031234567";
        let numbers = [number(line, "NG", Some(5)), number("+2348031234568", "NG", Some(7))];
        let tags = vec!["sales".to_owned(), "vip".to_owned()];
        let labels = Labels::new([(numbers[0].line.valid().unwrap(), Label { tags, ..Label::default() })]);
        let found = costs(&numbers, CostKey::Label, &Known::default().with_labels(labels));
        let said: Vec<(Option<&str>, i64)> =
            found.iter().map(|group| (group.name.as_deref(), group.all.known.0)).collect();
        assert_eq!(said, [(None, 12), (Some("none"), 7), (Some("sales"), 5), (Some("vip"), 5)]);
    }

    #[test]
    fn whom_nobody_can_reach_the_record_says() {
        let well = number("+2348031234567", "NG", None);
        assert!(!is_unreachable(&well));
        let mut silent = well.clone();
        silent.endpoint = Field::Absent;
        silent.switches = super::super::Switches::default();
        assert!(!is_unreachable(&silent), "what is not said is not off");
        let mut off = well.clone();
        off.switches[Switch::Inbound] = Some(false);
        let inactive = well.with(|traits| traits.status = Some(Status::Inactive));
        assert!(is_unreachable(&off) && is_unreachable(&inactive));
    }
}
