use attune_ground::measures::Measure;

use super::Figure;
use crate::bucket::Bucket;

/// The smallest spread that is believed, as a share of the scale. Ours: days that happen to be alike would make every other one unusual.
const SMALLEST_SPREAD: f64 = 0.02;

/// The median absolute deviation of a normal distribution times this is its standard deviation (Rousseeuw and Croux 1993, Alternatives to
/// the median absolute deviation).
const OF_NORMAL: f64 = 1.4826;

/// What is usual for a person.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Baseline {
    /// The median of their days.
    pub median: f64,
    /// How far days lie from it: their median absolute deviation x 1.4826, at least 2 % of the scale.
    pub spread: f64,
    /// Of how many days.
    pub days: usize,
}

/// How a figure stands to what is usual.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Deviation {
    /// Two spreads or more below.
    ClearlyLess,
    /// One to two spreads below.
    Less,
    /// Less than one spread away, or within what happened to be seen.
    Usual,
    /// One to two spreads above.
    More,
    /// Two spreads or more above.
    ClearlyMore,
}

impl Deviation {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClearlyLess => "clearly_less",
            Self::Less => "less",
            Self::Usual => "usual",
            Self::More => "more",
            Self::ClearlyMore => "clearly_more",
        }
    }
}

impl Baseline {
    /// Over how many days before.
    pub const DAYS: i64 = 14;

    /// How many of them at least tell it.
    pub const LEAST_DAYS: usize = 5;

    /// Of the values of days, in a scale.
    #[must_use]
    pub fn of(values: &[f64], (least, most): (f64, f64)) -> Option<Self> {
        if values.len() < Self::LEAST_DAYS {
            return None;
        }
        let median = median(values.to_vec())?;
        let deviation = median_distance(values, median)?;
        let spread = (OF_NORMAL * deviation).max(SMALLEST_SPREAD * (most - least));
        Some(Self { median, spread, days: values.len() })
    }

    /// What was usual before a day, by its number, from the days that are there, in their order.
    #[must_use]
    pub fn before(days: &[(i64, Bucket)], day: i64, measure: &Measure) -> Option<Self> {
        let from = days.partition_point(|(number, _)| *number < day - Self::DAYS);
        let until = days.partition_point(|(number, _)| *number < day);
        let figures = days.get(from..until)?.iter().filter_map(|(_, bucket)| Figure::of(bucket, measure).ok());
        Self::of(&figures.map(|figure| figure.value).collect::<Vec<_>>(), measure.range)
    }

    /// How a figure stands to it. What lies within two standard deviations of what happened to be seen is usual.
    #[must_use]
    pub fn deviation(&self, figure: &Figure) -> Deviation {
        let away = figure.value - self.median;
        if away.abs() <= 2.0 * figure.sampling {
            return Deviation::Usual;
        }
        match away / self.spread {
            far if far <= -2.0 => Deviation::ClearlyLess,
            far if far <= -1.0 => Deviation::Less,
            far if far < 1.0 => Deviation::Usual,
            far if far < 2.0 => Deviation::More,
            _ => Deviation::ClearlyMore,
        }
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    match values.len() % 2 {
        0 => Some(f64::midpoint(upper, *values.get(values.len() / 2 - 1)?)),
        _ => Some(upper),
    }
}

fn median_distance(values: &[f64], from: f64) -> Option<f64> {
    median(values.iter().map(|value| (value - from).abs()).collect())
}

#[cfg(test)]
mod tests {
    use super::Deviation::{ClearlyLess, ClearlyMore, Less, More, Usual};
    use super::*;

    fn figure(value: f64) -> Figure {
        Figure { value, between: (value - 0.2, value + 0.2), sd: 0.2, coverage: None, count: 100, sampling: 0.02 }
    }

    #[test]
    fn usual_is_the_median_and_one_odd_day_moves_it_little() {
        let usual = Baseline::of(&[0.35, 0.42, 0.40, 0.43, 0.95], (0.0, 1.0)).expect("five days");
        assert!((usual.median - 0.42).abs() < 1e-12, "{usual:?}");
        // From 0.42: 0.07, 0, 0.02, 0.01, 0.53; the median is 0.02.
        assert!((usual.spread - 1.4826 * 0.02).abs() < 1e-12 && usual.days == 5, "{usual:?}");
        let even = Baseline::of(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], (0.0, 1.0)).expect("six days");
        assert!((even.median - 0.35).abs() < 1e-12 && (even.spread - 1.4826 * 0.15).abs() < 1e-12, "{even:?}");
    }

    #[test]
    fn four_days_say_nothing_of_what_is_usual_and_days_that_are_alike_have_a_spread_all_the_same() {
        assert_eq!(Baseline::of(&[0.4; 4], (0.0, 1.0)), None);
        let alike = Baseline::of(&[30.0; 5], (0.0, 60.0)).expect("five days");
        assert!((alike.spread - 1.2).abs() < 1e-12, "{alike:?}");
    }

    #[test]
    fn how_far_a_day_is_from_usual_has_words_for_each_spread_and_none_within_what_happened_to_be_seen() {
        let usual = Baseline { median: 0.4, spread: 0.1, days: 14 };
        let words = [0.15, 0.25, 0.4, 0.49, 0.55, 0.65].map(|value| usual.deviation(&figure(value)));
        assert_eq!(words, [ClearlyLess, Less, Usual, Usual, More, ClearlyMore]);
        let names = [ClearlyLess, Less, Usual, More, ClearlyMore].map(Deviation::name);
        assert_eq!(names, ["clearly_less", "less", "usual", "more", "clearly_more"]);
        let unsure = Figure { sampling: 0.2, ..figure(0.75) };
        assert_eq!(usual.deviation(&unsure), Usual);
    }

    #[test]
    fn only_the_fourteen_days_before_count_and_only_those_that_tell_it() {
        let stress = Measure::of_name("stress_load").expect("a measure");
        let day = |number: i64, value: f64, windows: usize| {
            let mut bucket = Bucket::default();
            let sum = bucket.sums.entry(stress.number).or_default();
            (0..windows).for_each(|_| sum.add(value, 10.0, 0.01));
            (number, bucket)
        };
        // Day 0 is too long ago, day 12 has too little, day 15 is the day itself.
        let mut days = vec![day(0, 0.9, 100)];
        days.extend([2, 3, 4, 5, 6].map(|number| day(number, 0.3, 100)));
        days.extend([day(12, 0.9, 10), day(15, 0.9, 100)]);
        let usual = Baseline::before(&days, 15, stress).expect("five days");
        assert!(usual.days == 5 && (usual.median - 0.3).abs() < 1e-9, "{usual:?}");
        assert_eq!(Baseline::before(&days, 17, stress).map(|usual| usual.days), Some(5), "3 to 6, and 15");
        assert_eq!(Baseline::before(&days, 18, stress), None, "four of them are left");
    }
}
