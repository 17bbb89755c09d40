//! What the sandbox sells where: countries, their numbering plans and prices.
//!
//! Prefixes are real ones, so that numbers look right and are valid E.164; who may happen to own
//! such a number is never called, because everything routes to this machine.

use crate::phone::E164;

use super::random::Random;

pub(super) const MOBILE: &str = "mobile";
pub(super) const LOCAL: &str = "local";
pub(super) const TOLL_FREE: &str = "toll_free";

/// One country of the catalogue.
#[derive(Debug)]
pub(super) struct Market {
    /// ISO 3166-1 alpha-2.
    pub(super) country: &'static str,
    /// Share of all numbers, against the sum of all weights.
    pub(super) weight: u64,
    /// Whether the API tells prices here. Numbers cost money all the same.
    pub(super) priced: bool,
    pub(super) ranges: &'static [Range],
}

/// A range of numbers of one type in one country.
#[derive(Debug)]
pub(super) struct Range {
    /// The contract's name of the type.
    pub(super) kind: &'static str,
    /// What numbers begin with, country code first.
    prefixes: &'static [&'static str],
    /// How many digits follow.
    digits: u32,
    pub(super) monthly_cents: i64,
    pub(super) setup_cents: i64,
}

impl Range {
    /// A number of this range.
    pub(super) fn number(&self, random: &mut Random) -> Option<E164> {
        let prefix = random.pick(self.prefixes);
        // Subscriber numbers begin with neither 0 nor 1: those stand for trunk and service prefixes.
        let first = 2 + random.below(8);
        let rest = first * 10u64.pow(self.digits - 1) + random.below(10u64.pow(self.digits - 1));
        // N11 is no exchange in the North American plan: 911 for one.
        let exchange = rest / 10_000;
        if prefix.starts_with('1') && exchange % 100 == 11 {
            return None;
        }
        E164::from_digits(&format!("{prefix}{rest}"))
    }
}

impl Market {
    /// A range of this country, mobile numbers before local ones before free ones.
    pub(super) fn range(&self, random: &mut Random) -> &'static Range {
        let weight = |range: &Range| match range.kind {
            MOBILE => 6,
            LOCAL => 3,
            _ => 1,
        };
        let mut left = random.below(self.ranges.iter().map(weight).sum());
        for range in self.ranges {
            match left.checked_sub(weight(range)) {
                Some(rest) => left = rest,
                None => return range,
            }
        }
        &self.ranges[0]
    }
}

/// One of the countries, by weight.
pub(super) fn market(random: &mut Random) -> &'static Market {
    let mut left = random.below(MARKETS.iter().map(|market| market.weight).sum());
    for market in MARKETS {
        match left.checked_sub(market.weight) {
            Some(rest) => left = rest,
            None => return market,
        }
    }
    &MARKETS[0]
}

/// How many of `total` numbers each country gets: one each while there are enough, the others by
/// weight, and what rounding leaves over goes to the first.
pub(super) fn shares(total: u32) -> Vec<(&'static Market, u32)> {
    let weights: u64 = MARKETS.iter().map(|market| market.weight).sum();
    let by_weight = total.saturating_sub(MARKETS.len() as u32);
    let mut left = total;
    let mut shares: Vec<(&Market, u32)> = Vec::with_capacity(MARKETS.len());
    for market in MARKETS {
        let share = (u64::from(by_weight) * market.weight / weights) as u32 + left.min(1);
        left -= share;
        shares.push((market, share));
    }
    shares[0].1 += left;
    shares
}

const fn market_of(country: &'static str, weight: u64, priced: bool, ranges: &'static [Range]) -> Market {
    Market { country, weight, priced, ranges }
}

const fn mobile(prefixes: &'static [&'static str], digits: u32, monthly: i64, setup: i64) -> Range {
    Range { kind: MOBILE, prefixes, digits, monthly_cents: monthly, setup_cents: setup }
}

const fn local(prefixes: &'static [&'static str], digits: u32, monthly: i64, setup: i64) -> Range {
    Range { kind: LOCAL, prefixes, digits, monthly_cents: monthly, setup_cents: setup }
}

const fn free(prefixes: &'static [&'static str], digits: u32, monthly: i64, setup: i64) -> Range {
    Range { kind: TOLL_FREE, prefixes, digits, monthly_cents: monthly, setup_cents: setup }
}

/// Every country that numdeck offers in its search form. Nigeria is the service's home market.
pub(super) static MARKETS: &[Market] = &[
    market_of(
        "NG",
        40,
        true,
        &[
            mobile(
                &[
                    "234701", "234703", "234705", "234706", "234708", "234802", "234803", "234805", "234806",
                    "234807", "234808", "234809", "234810", "234811", "234812", "234813", "234814", "234815",
                    "234816", "234817", "234818",
                ],
                7,
                400,
                500,
            ),
            local(&["2341", "2349"], 7, 350, 500),
            free(&["234800"], 7, 1500, 2500),
        ],
    ),
    market_of(
        "GH",
        9,
        true,
        &[
            mobile(&["23320", "23324", "23326", "23327", "23350", "23354", "23355"], 7, 450, 600),
            local(&["23330"], 7, 400, 600),
            free(&["233800"], 6, 1600, 2500),
        ],
    ),
    market_of(
        "KE",
        10,
        true,
        &[
            mobile(&["254701", "254712", "254722", "254733", "254745", "254790"], 6, 425, 500),
            local(&["25420"], 7, 375, 500),
            free(&["254800"], 6, 1550, 2500),
        ],
    ),
    market_of(
        "RW",
        4,
        true,
        &[mobile(&["250722", "250738", "250783", "250788"], 6, 500, 750), local(&["250252"], 6, 450, 750)],
    ),
    market_of(
        "EG",
        4,
        false,
        &[
            mobile(&["2010", "2011", "2012", "2015"], 8, 900, 1500),
            local(&["202"], 8, 800, 1500),
            free(&["20800"], 7, 2500, 4000),
        ],
    ),
    market_of(
        "AE",
        3,
        true,
        &[
            mobile(&["97150", "97152", "97154", "97155", "97156", "97158"], 7, 2500, 5000),
            local(&["9712", "9714"], 7, 2200, 5000),
            free(&["971800"], 6, 4500, 7500),
        ],
    ),
    market_of(
        "US",
        8,
        true,
        &[
            local(
                &["1212", "1213", "1305", "1312", "1404", "1415", "1512", "1617", "1702", "1718"],
                7,
                115,
                0,
            ),
            free(&["1800", "1833", "1844", "1855", "1866", "1877", "1888"], 7, 215, 0),
        ],
    ),
    market_of(
        "ZA",
        6,
        true,
        &[
            mobile(&["2760", "2772", "2773", "2782", "2783", "2784"], 7, 600, 800),
            local(&["2711", "2721", "2731"], 7, 550, 800),
            free(&["27800"], 6, 1900, 3000),
        ],
    ),
    market_of(
        "MA",
        2,
        true,
        &[mobile(&["212661", "212662", "212670"], 6, 850, 1200), local(&["212522", "212537"], 6, 800, 1200)],
    ),
    market_of(
        "TN",
        1,
        true,
        &[
            mobile(&["21620", "21622", "21650", "21655", "21698"], 6, 950, 1200),
            local(&["21671"], 6, 900, 1200),
        ],
    ),
    market_of(
        "SN",
        2,
        true,
        &[mobile(&["22170", "22176", "22177", "22178"], 7, 800, 1000), local(&["22133"], 7, 750, 1000)],
    ),
    market_of(
        "CI",
        2,
        true,
        &[mobile(&["22501", "22505", "22507"], 8, 825, 1000), local(&["2252720"], 6, 775, 1000)],
    ),
    market_of(
        "TZ",
        2,
        true,
        &[mobile(&["255713", "255754", "255765", "255784"], 6, 525, 700), local(&["25522"], 7, 475, 700)],
    ),
    market_of(
        "UG",
        2,
        true,
        &[
            mobile(&["256701", "256752", "256772", "256782"], 6, 525, 700),
            local(&["256414"], 6, 475, 700),
            free(&["256800"], 6, 1700, 2500),
        ],
    ),
    market_of(
        "ET",
        1,
        true,
        &[mobile(&["25191", "25192", "25193", "25194"], 7, 1100, 1500), local(&["25111"], 7, 1000, 1500)],
    ),
    market_of(
        "SA",
        1,
        true,
        &[
            mobile(&["96650", "96653", "96655", "96656"], 7, 2100, 4000),
            local(&["96611", "96612"], 7, 1900, 4000),
            free(&["966800"], 7, 4000, 6000),
        ],
    ),
    market_of(
        "QA",
        1,
        true,
        &[mobile(&["97433", "97455", "97466", "97477"], 6, 2300, 4000), local(&["97444"], 6, 2100, 4000)],
    ),
    market_of(
        "GB",
        4,
        true,
        &[
            mobile(&["4474", "4475", "4477", "4478", "4479"], 8, 250, 100),
            local(&["44161", "44203", "44207"], 7, 150, 100),
            free(&["44800", "44808"], 7, 600, 500),
        ],
    ),
    market_of(
        "CA",
        2,
        true,
        &[
            local(&["1416", "1514", "1604", "1647"], 7, 125, 0),
            free(&["1800", "1833", "1844", "1855", "1866", "1877", "1888"], 7, 225, 0),
        ],
    ),
    market_of(
        "DE",
        2,
        true,
        &[
            mobile(&["49151", "49160", "49170", "49176"], 8, 350, 250),
            local(&["4930", "4940", "4989"], 8, 200, 250),
            free(&["49800"], 7, 900, 1000),
        ],
    ),
    market_of(
        "FR",
        2,
        true,
        &[
            mobile(&["336", "337"], 8, 350, 250),
            local(&["331", "334"], 8, 200, 250),
            free(&["33800", "33805"], 6, 950, 1000),
        ],
    ),
    market_of(
        "IN",
        2,
        true,
        &[
            mobile(&["9197", "9198", "9199"], 8, 300, 400),
            local(&["9111", "9122", "9180"], 8, 250, 400),
            free(&["911800"], 7, 1100, 1500),
        ],
    ),
    market_of(
        "BR",
        2,
        true,
        &[
            mobile(&["55119", "55219"], 8, 450, 300),
            local(&["55113", "55213"], 7, 400, 300),
            free(&["55800"], 7, 1200, 1500),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{Country, Kind};

    #[test]
    fn every_country_of_the_search_form_is_sold() {
        let sold: Vec<&str> = MARKETS.iter().map(|market| market.country).collect();
        let offered: Vec<&str> = Country::ALL.iter().map(|country| country.code).collect();
        assert_eq!(sold, offered);
    }

    #[test]
    fn shares_add_up_and_leave_no_country_out() {
        for total in [0, 1, 5, 23, 24, 300, 2000, 100_000] {
            let shares = shares(total);
            assert_eq!(shares.iter().map(|(_, share)| share).sum::<u32>(), total);
            if total as usize >= MARKETS.len() {
                assert!(shares.iter().all(|(_, share)| *share > 0), "{total}");
            }
        }
        assert!(shares(2000)[0].1 >= 250);
    }

    #[test]
    fn every_range_makes_valid_numbers() {
        let mut random = Random::of(3, &[]);
        for range in MARKETS.iter().flat_map(|market| market.ranges) {
            let made = (0..50).filter_map(|_| range.number(&mut random)).count();
            assert!(made > 30, "{range:?}");
            assert!(Kind::KNOWN.contains(&Kind::parse(range.kind)), "{range:?}");
        }
    }
}
