//! The order of numbers, for lists on screen and for commands alike.

use std::cmp::Ordering;

use super::{Known, Number, Problems};

/// What numbers are put in order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// By digits, country code first.
    Number,
    /// By ISO code.
    Country,
    /// By type.
    Kind,
    /// By status.
    Status,
    /// By name or id of the endpoint.
    Endpoint,
    /// By time of the last change.
    Changed,
    /// By time of the purchase.
    Created,
    /// By monthly price.
    Monthly,
    /// By price of the setup.
    Setup,
    /// By what is wrong, the gravest first.
    Problem,
    /// By what the check of the route came to, the gravest first.
    Route,
}

impl SortKey {
    /// All, in the order in which an error lists them.
    pub const ALL: &'static [Self] = &[
        Self::Number,
        Self::Country,
        Self::Kind,
        Self::Status,
        Self::Endpoint,
        Self::Changed,
        Self::Created,
        Self::Monthly,
        Self::Setup,
        Self::Problem,
        Self::Route,
    ];

    /// The name of its column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Country => "country",
            Self::Kind => "type",
            Self::Status => "status",
            Self::Endpoint => "endpoint",
            Self::Changed => "changed",
            Self::Created => "created",
            Self::Monthly => "monthly",
            Self::Setup => "setup",
            Self::Problem => "problem",
            Self::Route => "route",
        }
    }
}

/// An order; none means as the server sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Order {
    /// By what.
    pub key: Option<SortKey>,
    /// Largest first.
    pub descending: bool,
}

/// What is no order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoOrder {
    /// Not a direction.
    #[error("the order is :desc or nothing, not ':{0}'")]
    Direction(String),
    /// Not a key.
    #[error("no order '{0}'; there are {known}", known = SortKey::ALL.iter().map(|key| key.name()).collect::<Vec<_>>().join(", "))]
    Key(String),
}

impl Order {
    /// Reads `KEY[:desc]`.
    ///
    /// # Errors
    /// What of it is not understood.
    pub fn parse(text: &str) -> Result<Self, NoOrder> {
        let (name, descending) = match text.split_once(':') {
            None => (text, false),
            Some((name, "asc")) => (name, false),
            Some((name, "desc")) => (name, true),
            Some((_, other)) => return Err(NoOrder::Direction(other.to_owned())),
        };
        match SortKey::ALL.iter().find(|key| key.name() == name) {
            Some(key) => Ok(Self { key: Some(*key), descending }),
            None => Err(NoOrder::Key(name.to_owned())),
        }
    }

    /// How two numbers stand to each other. One without a value comes last in either direction:
    /// nobody looks for what is not there at the top.
    pub fn compare(self, a: &Number, b: &Number, known: &Known) -> Ordering {
        let Some(key) = self.key else { return Ordering::Equal };
        match key {
            SortKey::Number => self.by(a, b, |n| Some(n.line.digits())),
            SortKey::Country => self.by(a, b, |n| n.country.as_deref()),
            SortKey::Kind => self.by(a, b, |n| n.kind.as_ref()),
            SortKey::Status => self.by(a, b, |n| n.status.as_ref()),
            SortKey::Endpoint => {
                self.by(a, b, |n| n.endpoint.value().map(|id| known.names.of(id).unwrap_or(id.as_str())))
            }
            SortKey::Changed => self.by(a, b, |n| n.updated_at.as_ref()?.instant()),
            SortKey::Created => self.by(a, b, |n| n.created_at.as_ref()?.instant()),
            SortKey::Monthly => self.by(a, b, |n| n.price().monthly),
            SortKey::Setup => self.by(a, b, |n| n.price().setup),
            SortKey::Problem => self.by(a, b, |n| Problems::of(n, known).iter().next()),
            SortKey::Route => self.by(a, b, |n| known.route(&n.id)),
        }
    }

    /// Whether a number has what the order goes by.
    pub fn ranks(self, number: &Number) -> bool {
        match self.key {
            // That nothing is wrong is an answer, too.
            None | Some(SortKey::Number | SortKey::Problem | SortKey::Route) => true,
            Some(SortKey::Country) => number.country.is_some(),
            Some(SortKey::Kind) => number.kind.is_some(),
            Some(SortKey::Status) => number.status.is_some(),
            Some(SortKey::Endpoint) => number.endpoint.value().is_some(),
            Some(SortKey::Changed) => number.updated_at.as_ref().is_some_and(|at| at.instant().is_some()),
            Some(SortKey::Created) => number.created_at.as_ref().is_some_and(|at| at.instant().is_some()),
            Some(SortKey::Monthly) => number.price().monthly.is_some(),
            Some(SortKey::Setup) => number.price().setup.is_some(),
        }
    }

    /// Puts numbers in order. Equal ones stay as the server listed them.
    pub fn apply(self, numbers: &mut [Number], known: &Known) {
        numbers.sort_by(|a, b| self.compare(a, b, known));
    }

    fn by<'a, K: Ord>(
        self,
        a: &'a Number,
        b: &'a Number,
        value: impl Fn(&'a Number) -> Option<K>,
    ) -> Ordering {
        self.rank(value(a), value(b))
    }

    /// How two values stand to each other in this direction; none stands last in either.
    pub fn rank<K: Ord>(self, a: Option<K>, b: Option<K>) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) if self.descending => b.cmp(&a),
            (Some(a), Some(b)) => a.cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{Moment, NumberId, NumberText};

    fn order(sort: &str) -> String {
        let mut numbers: Vec<Number> = [
            ("a", Some("2026-03-03T10:00:00+02:00")),
            ("b", None),
            ("c", Some("2026-03-03T09:00:00Z")),
            ("d", Some("2026-03-03T08:00:00Z")),
        ]
        .into_iter()
        .map(|(id, at)| {
            let mut number = Number::new(NumberId::new(id), NumberText::parse("+2348031234567"));
            number.updated_at = at.map(Moment::parse);
            number
        })
        .collect();
        Order::parse(sort).unwrap().apply(&mut numbers, &Known::default());
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
        assert!(Order::parse("colour").unwrap_err().to_string().contains("changed"));
        assert!(Order::parse("number:up").is_err());
        assert!(Order::parse("").is_err());
        assert_eq!(Order::parse("number:asc"), Order::parse("number"));
    }
}
