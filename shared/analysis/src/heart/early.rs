//! Beats that come early by little.

use super::beats::{Beat, stretches};
use super::running::{AROUND, running};

/// A beat that comes early and the late one behind it depart from the line between the beats around them by at least this
/// share of the running median, as a mean of both. Ours, as all here: breathing alone seldom does.
const LEAST_DEPARTURE: f64 = 0.04;
/// Each of the two departs by at least this share of their mean.
const EACH: f64 = 0.5;
/// So many of them in the beats around are no chance, and so many times as many as there are late beats with an early one behind:
/// breathing and noise make both, early beats make the first only.
const LEAST_COUNT: f64 = 5.0;
const TIMES: f64 = 5.0;

/// Which intervals are of beats that come early again and again, by too little for the bounds of a single one, and of the
/// pauses behind them. Mild early beats raise the spread of the differences around, by which [`super::clean`] tells what is
/// irregular; but they all go one way: first short, then long.
pub(super) fn early(beats: &[Beat], medians: &[f64]) -> Vec<bool> {
    let (mut early, mut late) = (vec![0.0; beats.len()], vec![0.0; beats.len()]);
    let mut index = 0;
    for stretch in stretches(beats) {
        for (four, place) in stretch.windows(4).zip(index + 1..) {
            let departure = Departure::of([four[0].rr, four[1].rr, four[2].rr, four[3].rr]);
            let least = LEAST_DEPARTURE * medians[place];
            early[place] = f64::from(u8::from(departure.is_early(least)));
            late[place] = f64::from(u8::from(departure.reversed().is_early(least)));
        }
        index += stretch.len();
    }
    let count = |found: &[f64]| running(found, AROUND, |sorted| sorted.iter().sum());
    let (often, other_way) = (count(&early), count(&late));
    let mut flags = vec![false; beats.len()];
    for place in (0..beats.len()).filter(|&place| early[place] > 0.0) {
        if often[place] >= LEAST_COUNT && often[place] > TIMES * other_way[place] {
            (flags[place], flags[place + 1]) = (true, true);
        }
    }
    flags
}

/// By how much two intervals depart from the line between those before and behind them, ms.
struct Departure {
    first_short: f64,
    second_long: f64,
}

impl Departure {
    fn of([before, first, second, behind]: [f64; 4]) -> Self {
        let step = (behind - before) / 3.0;
        Self { first_short: before + step - first, second_long: second - (behind - step) }
    }

    fn reversed(&self) -> Self {
        Self { first_short: -self.first_short, second_long: -self.second_long }
    }

    fn is_early(&self, least: f64) -> bool {
        let mean = (self.first_short + self.second_long) / 2.0;
        mean > least && self.first_short.min(self.second_long) > EACH * mean
    }
}

#[cfg(test)]
mod tests {
    use super::super::clean::artefacts_of;

    /// A heart of 72 a minute that breathes every 4.8 beats by 34 ms up and down, with 20 ms of noise.
    fn calm() -> Vec<f64> {
        let wave = |i: usize| 34.0 * (std::f64::consts::TAU * i as f64 / 4.8).sin();
        (0..200).map(|i| 833.0 + wave(i) + ((i * 7919) % 41) as f64 - 20.0).collect()
    }

    #[test]
    fn beats_that_come_early_by_a_tenth_are_found_where_there_are_many() {
        for (share, every) in [(0.1, 6), (0.12, 6), (0.12, 4), (0.15, 8)] {
            let mut rr = calm();
            for place in (every / 2..198).step_by(every) {
                (rr[place], rr[place + 1]) = (rr[place] * (1.0 - share), rr[place + 1] * (1.0 + share));
            }
            let flags = artefacts_of(&rr);
            let early = (every / 2..198).step_by(every).filter(|&place| flags[place] && flags[place + 1]).count();
            assert!(early as f64 > 0.8 * 198.0 / every as f64, "{share}, one in {every}: {early}");
        }
    }

    #[test]
    fn breathing_and_beats_that_come_late_are_no_early_beats() {
        assert!(artefacts_of(&calm()).iter().all(|flag| !flag));
        // Late, then early, by less than the bound of a single one.
        let mut rr = calm();
        for place in (3..198).step_by(12) {
            (rr[place], rr[place + 1]) = (rr[place] + 35.0, rr[place + 1] - 35.0);
        }
        assert!(artefacts_of(&rr).iter().filter(|flag| **flag).count() < 10);
    }
}
