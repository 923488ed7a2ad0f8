/// Numbers that look drawn and are the same for the same seed on every machine (splitmix64, Steele et al. 2014).
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// Those of one tree: what is drawn for another changes none of them, and so trees grow side by side.
    pub(super) fn of(seed: u64, tree: u64) -> Self {
        let start = Self(seed).next();
        Self(Self(start.wrapping_add(tree)).next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// In [0,1).
    pub(super) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0 on, below `end`; 0 where that is 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        // What is above 64 bits of the product is less than `end`; it favours none by more than 1 in 2^32.
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }

    /// Brings so many of what there is to the front, each as likely as the others; says what it exchanged.
    pub(super) fn bring_forward<T>(&mut self, of: &mut [T], count: usize) -> Vec<usize> {
        let count = count.min(of.len());
        let exchange = |place: usize| {
            let other = place + self.below(of.len() - place);
            of.swap(place, other);
            other
        };
        (0..count).map(exchange).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_as_likely_to_be_brought_forward_as_any_other() {
        let mut drawn = [0_u32; 10];
        for tree in 0..10_000 {
            let mut rows: Vec<usize> = (0..10).collect();
            Random::of(3, tree).bring_forward(&mut rows, 4);
            rows[..4].iter().for_each(|row| drawn[*row] += 1);
        }
        assert!(drawn.iter().all(|count| (3_800..4_200).contains(count)), "{drawn:?}");
    }

    #[test]
    fn what_was_exchanged_can_be_exchanged_back() {
        let mut rows: Vec<usize> = (0..100).collect();
        let exchanged = Random::of(1, 1).bring_forward(&mut rows, 30);
        assert!(rows[..30] != (0..30).collect::<Vec<_>>());
        exchanged.iter().enumerate().rev().for_each(|(place, other)| rows.swap(place, *other));
        assert_eq!(rows, (0..100).collect::<Vec<_>>());
    }
}
