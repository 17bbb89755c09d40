//! Chance that can be repeated.

use uuid::{Builder, Uuid};

/// SplitMix64 (Steele, Lea, Flood 2014): 64 bits of state, good enough to make up phone numbers,
/// and short enough that the same seed gives the same world in every version of every crate.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The stream that belongs to `seed` and to these words, apart from all other words.
    pub(super) fn of(seed: u64, words: &[u64]) -> Self {
        let mut random = Self(seed);
        for word in words {
            random.0 = random.next() ^ word.wrapping_mul(0xff51_afd7_ed55_8ccd);
        }
        random
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u64
    }

    /// True in `percent` of 100 cases.
    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A number from 0 up to, not including, 1.
    pub(super) fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// One of `choices`, which are not empty.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }

    /// A UUID of version 4.
    pub(super) fn uuid(&mut self) -> Uuid {
        let bytes = (u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes();
        Builder::from_random_bytes(bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_words_give_the_same_chance() {
        let draw = |seed, words: &[u64]| Random::of(seed, words).uuid();
        assert_eq!(draw(7, &[1, 2]), draw(7, &[1, 2]));
        assert_ne!(draw(7, &[1, 2]), draw(7, &[2, 1]));
        assert_ne!(draw(7, &[1]), draw(8, &[1]));
        assert_eq!(draw(7, &[1]).get_version_num(), 4);
    }

    #[test]
    fn draws_stay_below_their_end() {
        let mut random = Random::of(1, &[]);
        for end in 1..200 {
            assert!(random.below(end) < end);
            assert!((0.0..1.0).contains(&random.fraction()));
        }
    }
}
