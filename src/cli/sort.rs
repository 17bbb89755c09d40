//! The order of a list.

use std::cmp::Ordering;

use crate::phone::{Cents, Kind, Moment, Number, Status};

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Number,
    Country,
    Type,
    Status,
    Endpoint,
    Changed,
    Created,
    Monthly,
    Setup,
}

const KEYS: &[(&str, Key)] = &[
    ("number", Key::Number),
    ("country", Key::Country),
    ("type", Key::Type),
    ("status", Key::Status),
    ("endpoint", Key::Endpoint),
    ("changed", Key::Changed),
    ("created", Key::Created),
    ("monthly", Key::Monthly),
    ("setup", Key::Setup),
];

/// `KEY` or `KEY:desc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    key: Key,
    descending: bool,
}

impl Sort {
    /// Reads `KEY[:desc]`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, descending) = match text.split_once(':') {
            None | Some((_, "asc")) => (text.split(':').next().unwrap_or(text), false),
            Some((name, "desc")) => (name, true),
            Some((_, other)) => return Err(format!("the order is :desc or nothing, not ':{other}'")),
        };
        match KEYS.iter().find(|(known, _)| *known == name) {
            Some((_, key)) => Ok(Self { key: *key, descending }),
            None => {
                let known: Vec<&str> = KEYS.iter().map(|(name, _)| *name).collect();
                Err(format!("no order '{name}'; there are {}", known.join(", ")))
            }
        }
    }

    /// Puts numbers in order. Equal ones stay as the server listed them; those without a value
    /// come last in either direction.
    pub(super) fn apply(self, numbers: &mut [Number]) {
        match self.key {
            Key::Number => self.by(numbers, |n| Some(n.line.digits())),
            Key::Country => self.by(numbers, |n| n.country.clone()),
            Key::Type => self.by(numbers, |n| n.kind.as_ref().map(Kind::wire).map(str::to_owned)),
            Key::Status => self.by(numbers, |n| n.status.as_ref().map(Status::wire).map(str::to_owned)),
            Key::Endpoint => self.by(numbers, |n| n.endpoint.value().cloned()),
            Key::Changed => self.by(numbers, |n| n.updated_at.as_ref().and_then(Moment::instant)),
            Key::Created => self.by(numbers, |n| n.created_at.as_ref().and_then(Moment::instant)),
            Key::Monthly => self.by(numbers, |n| n.price().monthly.map(|Cents(cents)| cents)),
            Key::Setup => self.by(numbers, |n| n.price().setup.map(|Cents(cents)| cents)),
        }
    }

    fn by<K: Ord>(self, numbers: &mut [Number], key: impl Fn(&Number) -> Option<K>) {
        numbers.sort_by(|a, b| match (key(a), key(b)) {
            (Some(a), Some(b)) if self.descending => b.cmp(&a),
            (Some(a), Some(b)) => a.cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{Line, NumberId};

    fn order(sort: &str) -> String {
        let mut numbers: Vec<Number> = [
            ("a", Some("2026-03-03T10:00:00+02:00")),
            ("b", None),
            ("c", Some("2026-03-03T09:00:00Z")),
            ("d", Some("2026-03-03T08:00:00Z")),
        ]
        .into_iter()
        .map(|(id, at)| {
            let mut number = Number::new(NumberId::new(id), Line::parse("+2348031234567"));
            number.updated_at = at.map(Moment::parse);
            number
        })
        .collect();
        Sort::parse(sort).unwrap().apply(&mut numbers);
        numbers.iter().map(|number| number.id.as_str()).collect()
    }

    #[test]
    fn order_is_stable_and_what_has_no_value_comes_last() {
        assert_eq!(order("changed"), "adcb");
        assert_eq!(order("changed:desc"), "cadb");
        assert_eq!(order("number"), "abcd");
        assert_eq!(order("number:desc"), "abcd");
    }

    #[test]
    fn an_unknown_order_is_an_error_that_lists_the_known_ones() {
        assert!(Sort::parse("colour").unwrap_err().contains("changed"));
        assert!(Sort::parse("number:up").is_err());
        assert!(Sort::parse("").is_err());
        assert_eq!(Sort::parse("number:asc"), Sort::parse("number"));
    }
}
