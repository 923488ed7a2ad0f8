/// Numbers that look drawn and are the same for the same seed (splitmix64, Steele et al. 2014).
#[derive(Clone, Debug)]
pub(crate) struct Drawn(u64);

impl Drawn {
    /// From a seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Those of one thing among many, by its numbers: what is drawn of another changes none of them.
    pub(crate) fn of(seed: u64, numbers: &[u64]) -> Self {
        Self(numbers.iter().fold(seed, |state, number| Self(state ^ number.wrapping_mul(0xd134_2543_de82_ef95)).next()))
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// In [0,1).
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Around 0, mostly within a few tenths of 1: the sum of four.
    pub(crate) fn around(&mut self) -> f64 {
        (0..4).map(|_| self.share() - 0.5).sum::<f64>()
    }

    /// Whether something that happens so often happens.
    pub(crate) fn happens(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// A whole number from 0 on, below `end`; 0 where that is 0.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        // Less than `end`, as the share is less than 1.
        (self.share() * f64::from(end)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_the_same_for_the_same_numbers_and_lies_where_it_is_said_to() {
        let some = |numbers: &[u64]| {
            let mut drawn = Drawn::of(7, numbers);
            [drawn.next(), drawn.next()]
        };
        assert_eq!(some(&[1, 2]), some(&[1, 2]));
        assert!(some(&[1, 2]) != some(&[2, 1]) && some(&[1]) != some(&[2]) && some(&[]) != some(&[0]));
        let mut drawn = Drawn::new(1);
        let shares: Vec<f64> = (0..1000).map(|_| drawn.share()).collect();
        assert!(shares.iter().all(|share| (0.0..1.0).contains(share)));
        assert!((shares.iter().sum::<f64>() / 1000.0 - 0.5).abs() < 0.05);
        assert!((0..1000).all(|_| drawn.below(3) < 3) && drawn.below(0) == 0);
        assert!(!drawn.happens(0.0) && drawn.happens(1.0));
    }
}
