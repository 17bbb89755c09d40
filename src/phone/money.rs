//! Money in whole cents. There are no floats anywhere near it.

use std::fmt;

/// An amount in hundredths of the account's currency. The API names no currency, so none is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cents(pub i64);

impl Cents {
    /// The sum, or `None` when it leaves the range: a total that cannot be stated is not stated.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// `self` times `n`, or `None` when it leaves the range.
    pub fn times(self, n: i64) -> Option<Self> {
        self.0.checked_mul(n).map(Self)
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", cents / 100, cents % 100))
    }
}

/// What a number costs, as far as the API said. Either part may be missing; a missing part is
/// "unknown", never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Price {
    /// Paid once, when the number is bought.
    pub setup: Option<Cents>,
    /// Paid for each month, the first one with the purchase.
    pub monthly: Option<Cents>,
}

impl Price {
    /// A price of which nothing is known.
    pub const UNKNOWN: Self = Self { setup: None, monthly: None };

    /// Setup and first month: what a purchase costs today. `None` unless both parts are known.
    pub fn today(self) -> Option<Cents> {
        self.setup?.plus(self.monthly?)
    }

    /// Twelve months, or `None` when the monthly price is unknown.
    pub fn yearly(self) -> Option<Cents> {
        self.monthly?.times(12)
    }

    /// This price, with what it does not tell taken from `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { setup: self.setup.or(other.setup), monthly: self.monthly.or(other.monthly) }
    }

    /// Whether both parts are known.
    pub fn is_known(self) -> bool {
        self.setup.is_some() && self.monthly.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_are_shown_with_two_places() {
        assert_eq!(Cents(1200).to_string(), "12.00");
        assert_eq!(Cents(5).to_string(), "0.05");
        assert_eq!(Cents(-105).to_string(), "-1.05");
        assert_eq!(Cents(i64::MIN).to_string(), "-92233720368547758.08");
        assert_eq!(format!("{:>8}", Cents(900)), "    9.00");
    }

    #[test]
    fn half_a_price_has_no_total() {
        let half = Price { setup: Some(Cents(500)), monthly: None };
        assert_eq!(half.today(), None);
        assert_eq!(half.yearly(), None);
        let whole = Price { setup: Some(Cents(500)), monthly: Some(Cents(400)) };
        assert_eq!(whole.today(), Some(Cents(900)));
        assert_eq!(whole.yearly(), Some(Cents(4800)));
    }

    #[test]
    fn a_total_that_overflows_is_unknown() {
        let price = Price { setup: Some(Cents(i64::MAX)), monthly: Some(Cents(1)) };
        assert_eq!(price.today(), None);
    }
}
