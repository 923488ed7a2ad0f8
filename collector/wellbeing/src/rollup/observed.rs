//! What subjects saw, in the hours in which they saw it.

use std::ops::Range;

use attune_ground::measures::Observed;

use super::hours::Hour;
use crate::bucket::Bucket;

/// The number of the measure that says in which pieces of time a sensor saw something.
const COVERAGE: u16 = 8;

/// A bucket for each of some hours that follow each other, of what subjects saw in them. What does not lie in them, or is no number, is
/// left out.
pub(super) fn buckets(hours: &[Hour], observed: &[Observed]) -> Vec<Bucket> {
    let mut buckets = vec![Bucket::default(); hours.len()];
    for one in observed.iter().flat_map(|observed| &observed.observations) {
        let is_number = one.value.is_finite() && one.variance.is_finite() && one.variance >= 0.0;
        let Some(bucket) = place(hours, one.at).filter(|_| is_number).and_then(|place| buckets.get_mut(place)) else {
            continue;
        };
        let weight = if one.millis > 0 { one.millis as f64 / 1000.0 } else { 1.0 };
        bucket.sums.entry(one.measure.number).or_default().add(one.value, weight, one.variance);
        if one.measure.number == COVERAGE && one.value > 0.0 {
            bucket.seen += (one.value * one.millis as f64).round() as i64;
            let (from, until) = bucket.between.unwrap_or((one.at, one.at));
            bucket.between = Some((from.min(one.at), until.max(one.at.saturating_add(one.millis))));
        }
    }
    let expected = together(observed.iter().flat_map(|observed| observed.expected.clone()).collect());
    for (hour, bucket) in hours.iter().zip(&mut buckets) {
        let within = |range: &Range<i64>| (range.end.min(hour.end) - range.start.max(hour.start)).max(0);
        bucket.expected = expected.iter().map(within).sum();
    }
    buckets
}

/// Which of hours in order an instant lies in.
pub(super) fn place(hours: &[Hour], at: i64) -> Option<usize> {
    let place = hours.partition_point(|hour| hour.start <= at).checked_sub(1)?;
    hours.get(place).is_some_and(|hour| at < hour.end).then_some(place)
}

/// Pieces of time as they lie apart: those of several subjects may overlap.
fn together(mut ranges: Vec<Range<i64>>) -> Vec<Range<i64>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<i64>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use attune_ground::measures::{MEASURES, Measure, Observation};

    use super::*;
    use crate::touch::HOUR;

    fn hours() -> [Hour; 2] {
        [Hour { start: 0, end: HOUR, day: 0 }, Hour { start: HOUR, end: 2 * HOUR, day: 0 }]
    }

    fn observation(number: u16, at: i64, value: f64) -> Observation {
        let measure = Measure::of_number(number).expect("known");
        Observation { measure, at, millis: 10_000, value, variance: 0.04 }
    }

    #[test]
    fn the_measure_of_what_was_seen_is_the_one_of_that_name() {
        assert_eq!(Measure::of_name("coverage").map(|measure| measure.number), Some(COVERAGE));
        assert_eq!(MEASURES[usize::from(COVERAGE) - 1].number, COVERAGE);
    }

    #[test]
    fn each_value_counts_in_the_hour_in_which_it_began_and_coverage_says_what_was_seen() {
        let (first, last) = (5_000, HOUR - 10_000);
        let observations = vec![
            observation(1, first, 0.2),
            observation(8, first, 1.0),
            observation(8, first + 10_000, 0.0),
            observation(1, last, 0.4),
            observation(8, last, 1.0),
            observation(1, HOUR, 0.9),
            observation(1, HOUR + 10_000, f64::NAN),
            observation(1, 2 * HOUR, 0.9),
            observation(1, -1, 0.9),
        ];
        let expected = vec![first..first + 20_000, last..HOUR + 20_000];
        let of_another = Observed { observations: Vec::new(), expected: std::iter::once(0..10_000).collect() };
        let buckets = buckets(&hours(), &[Observed { observations, expected }, of_another]);
        let [one, two] = &buckets[..] else { panic!("two hours") };
        let stress = one.of(&MEASURES[0]).expect("seen");
        assert_eq!((stress.count, stress.weight), (2, 20.0));
        assert!((stress.mean - 0.3).abs() < 1e-12 && (stress.variance - 0.04).abs() < 1e-12, "{stress:?}");
        assert_eq!((one.seen, one.between), (20_000, Some((first, HOUR))));
        assert_eq!((one.expected, two.expected), (25_000 + 10_000, 20_000), "what overlaps counts once");
        assert_eq!(two.of(&MEASURES[0]).map(|sum| (sum.count, sum.mean)), Some((1, 0.9)));
        assert_eq!((two.seen, two.between), (0, None));
    }
}
