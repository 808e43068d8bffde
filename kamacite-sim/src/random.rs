//! Chance that can be repeated: a small generator (SplitMix64) that a seed decides.

/// A stream of numbers. Good enough to spread faults and to make tokens nobody guards anything with.
#[derive(Clone, Copy, Debug)]
pub struct Random(u64);

impl Random {
    /// A stream for each `index`, all of them decided by the seed.
    pub const fn stream(seed: u64, index: u32) -> Self {
        let mut random = Self(seed ^ (index as u64 + 1).wrapping_mul(0xd6e8_feb8_6659_fd93));
        random.next();
        random
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number, from 0 to 1 without 1.
    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_no_other() {
        let draws = |seed, index| {
            let mut random = Random::stream(seed, index);
            [random.next(), random.next(), random.next()]
        };
        assert_eq!(draws(7, 1), draws(7, 1));
        assert_ne!(draws(7, 1), draws(7, 2));
        assert_ne!(draws(7, 1), draws(8, 1));
    }

    #[test]
    fn fractions_spread() {
        let mut random = Random::stream(1, 0);
        let mean = (0..10_000).map(|_| random.fraction()).sum::<f64>() / 10_000.0;
        assert!((0.48..0.52).contains(&mean), "{mean}");
    }
}
