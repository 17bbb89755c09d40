//! What purchases cost together, and what they may cost. Cents are whole numbers throughout.

use std::fmt;

use crate::phone::{Cents, Price};

/// What several numbers cost together, as far as prices are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quote {
    /// How many numbers.
    pub numbers: usize,
    /// Known setup prices together.
    pub setup: Cents,
    /// Known monthly prices together: what the first month costs, and each one after it.
    pub monthly: Cents,
    /// Numbers of whose price a part or all is not known; their sums are not complete.
    pub unknown: usize,
}

impl Quote {
    /// The sum of `prices`. A sum beyond what can be counted stays at the largest amount, which no
    /// budget allows.
    pub fn of(prices: impl IntoIterator<Item = Price>) -> Self {
        prices.into_iter().fold(Self::default(), Self::plus)
    }

    /// What is known to be paid on the day of the purchase: setup and first month.
    pub fn today(self) -> Cents {
        sum(self.setup, Some(self.monthly))
    }

    /// What is known to be paid for a year of months, setup not included.
    pub fn yearly(self) -> Cents {
        Cents(self.monthly.0.saturating_mul(12))
    }
}

impl Quote {
    /// This and `price` together.
    #[must_use]
    pub fn plus(self, price: Price) -> Self {
        Self {
            numbers: self.numbers + 1,
            setup: sum(self.setup, price.setup),
            monthly: sum(self.monthly, price.monthly),
            unknown: self.unknown + usize::from(!price.is_known()),
        }
    }

    /// Whether nothing is known of what the numbers cost.
    pub fn is_unknown(self) -> bool {
        self.unknown > 0 && self.unknown == self.numbers && self.today() == Cents(0)
    }

    /// What is known to be paid today, and of how many numbers it is not: `17.50`, `17.50 and 1 of
    /// unknown price`, `2 of unknown price`. Unknown is never 0.
    pub fn today_in_words(self) -> String {
        match self.unknown {
            0 => self.today().to_string(),
            unknown if self.is_unknown() => format!("{unknown} of unknown price"),
            unknown => format!("{} and {unknown} of unknown price", self.today()),
        }
    }
}

/// `12.00 setup + 36.00 a month`, and how many prices are missing in it.
impl fmt::Display for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unknown() {
            return write!(f, "{} of unknown price", self.unknown);
        }
        write!(f, "{} setup + {} a month", self.setup, self.monthly)?;
        if self.unknown > 0 {
            write!(f, ", {} of unknown price", self.unknown)?;
        }
        Ok(())
    }
}

fn sum(known: Cents, more: Option<Cents>) -> Cents {
    Cents(known.0.saturating_add(more.map_or(0, |cents| cents.0.max(0))))
}

/// What may be spent on the day of the purchase: setup and first month (product rule 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// For all numbers of a run together.
    pub total: Option<Cents>,
    /// For each number.
    pub each: Option<Cents>,
    /// Whether a number may be bought whose price is not known.
    pub unknown: bool,
}

/// Why a purchase is beyond the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OverBudget {
    /// Its price is not known, and that was not allowed.
    #[error("the API does not tell what it costs")]
    Unknown,
    /// It alone costs too much.
    #[error("it costs {cost} today, more than the {most} that one may cost")]
    Each {
        /// What is known of its cost today.
        cost: Cents,
        /// What one number may cost.
        most: Cents,
    },
    /// With it, the run costs too much.
    #[error("with it {cost} would be spent, more than the {most} that may be")]
    Total {
        /// What the run would have cost with it, as far as that is known.
        cost: Cents,
        /// What the run may cost.
        most: Cents,
    },
}

impl Budget {
    /// No limit, and unknown prices are in order: somebody has seen them and agreed.
    pub const OPEN: Self = Self { total: None, each: None, unknown: true };

    /// Whether a number at `price` may be bought after `spent`. What is known of a price counts
    /// even where the rest is not.
    ///
    /// # Errors
    /// Why not.
    pub fn allows(&self, spent: Cents, price: Price) -> Result<(), OverBudget> {
        if price.today().is_none() && !self.unknown {
            return Err(OverBudget::Unknown);
        }
        let cost = Quote::of([price]).today();
        // A sum that stopped at the largest amount may be any amount beyond it.
        let crosses = |cost: Cents, most: &Cents| cost > *most || cost.0 == i64::MAX;
        if let Some(most) = self.each.filter(|most| crosses(cost, most)) {
            return Err(OverBudget::Each { cost, most });
        }
        let cost = sum(spent, Some(cost));
        match self.total.filter(|most| crosses(cost, most)) {
            Some(most) => Err(OverBudget::Total { cost, most }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(setup: Option<i64>, monthly: Option<i64>) -> Price {
        Price { setup: setup.map(Cents), monthly: monthly.map(Cents) }
    }

    #[test]
    fn nothing_is_bought_beyond_what_may_be_spent() {
        let (known, half) = (price(Some(500), Some(400)), price(Some(500), None));
        let huge = price(Some(i64::MAX), Some(1));
        let each = |cost, most| Err(OverBudget::Each { cost: Cents(cost), most: Cents(most) });
        let total = |cost, most| Err(OverBudget::Total { cost: Cents(cost), most: Cents(most) });
        for (price, unknown, each_at_most, total_at_most, wanted) in [
            (known, false, None, None, Ok(())),
            (known, false, Some(900), Some(1000), Ok(())),
            (known, false, Some(899), None, each(900, 899)),
            (known, false, None, Some(999), total(1000, 999)),
            (half, false, Some(9000), None, Err(OverBudget::Unknown)),
            (half, true, None, None, Ok(())),
            (half, true, Some(499), None, each(500, 499)),
            (Price::UNKNOWN, true, Some(0), Some(100), Ok(())),
            (huge, false, None, None, Err(OverBudget::Unknown)),
            (huge, true, Some(i64::MAX - 1), None, each(i64::MAX, i64::MAX - 1)),
            (huge, true, Some(i64::MAX), None, each(i64::MAX, i64::MAX)),
            (huge, true, None, Some(i64::MAX), total(i64::MAX, i64::MAX)),
        ] {
            let budget = Budget { total: total_at_most.map(Cents), each: each_at_most.map(Cents), unknown };
            assert_eq!(budget.allows(Cents(100), price), wanted, "{price:?} {budget:?}");
        }
    }

    #[test]
    fn a_quote_counts_what_it_does_not_know() {
        let quote = Quote::of([price(Some(500), Some(400)), price(Some(100), None), Price::UNKNOWN]);
        assert_eq!(quote, Quote { numbers: 3, setup: Cents(600), monthly: Cents(400), unknown: 2 });
        assert_eq!((quote.today(), quote.yearly()), (Cents(1000), Cents(4800)));
        assert_eq!(quote.to_string(), "6.00 setup + 4.00 a month, 2 of unknown price");
        assert_eq!(quote.today_in_words(), "10.00 and 2 of unknown price");
    }

    #[test]
    fn what_is_not_known_is_never_nothing() {
        let quote = Quote::of([Price::UNKNOWN, Price::UNKNOWN]);
        assert_eq!(quote.to_string(), "2 of unknown price");
        assert_eq!(quote.today_in_words(), "2 of unknown price");
        let free = Quote::of([price(Some(0), Some(0))]);
        assert_eq!(free.today_in_words(), "0.00", "a price of 0 that the server states is one");
    }
}
