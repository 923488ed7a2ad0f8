/// Bin width of the triangular index, ms: 1/128 s (Task Force 1996). Exact in binary.
const INDEX_BIN: f64 = 1000.0 / 128.0;
/// Bin width of Baevsky's histogram, ms.
const BAEVSKY_BIN: f64 = 50.0;

/// HRV triangular index (Task Force 1996): the number of intervals over the height of their histogram, whose bins [a, b)
/// of 1/128 s begin at 0, as NeuroKit2's do. Intervals in ms, in any order; at least 1. `None` without intervals.
#[must_use]
pub fn triangular_index(intervals: &[f64]) -> Option<f64> {
    let mode = mode(intervals, INDEX_BIN)?;
    Some(intervals.len() as f64 / mode.count as f64)
}

/// Baevsky's stress index (Baevsky and Chernikova 2017), 1/s2: AMo / (2 Mo MxDMn), of a histogram with bins of 50 ms:
/// the share of intervals in the fullest bin, per cent; the middle of that bin, s; and the range of the intervals, s.
/// Intervals in ms, in any order. `None` where they do not vary.
#[must_use]
pub fn stress_index(intervals: &[f64]) -> Option<f64> {
    let mode = mode(intervals, BAEVSKY_BIN)?;
    let (least, most) = (intervals.iter().copied().reduce(f64::min)?, intervals.iter().copied().reduce(f64::max)?);
    let range = (most - least) / 1000.0;
    let share = 100.0 * mode.count as f64 / intervals.len() as f64;
    let middle = (mode.bin + 0.5) * BAEVSKY_BIN / 1000.0;
    (range > 0.0 && middle > 0.0).then(|| share / (2.0 * middle * range)).filter(|index| index.is_finite())
}

struct Mode {
    bin: f64,
    count: usize,
}

/// The fullest bin, the lowest of several. `None` without values, or with one that is not finite.
fn mode(values: &[f64], width: f64) -> Option<Mode> {
    if !values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let mut bins: Vec<f64> = values.iter().map(|value| (value / width).floor()).collect();
    bins.sort_unstable_by(f64::total_cmp);
    let fuller = |best: Option<Mode>, bin: Mode| best.filter(|best| best.count >= bin.count).or(Some(bin));
    bins.chunk_by(|a, b| a == b).map(|bin| Mode { bin: bin[0], count: bin.len() }).fold(None, fuller)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_triangular_index_is_all_intervals_over_the_fullest_bin() {
        // Bins of 7.8125 ms: 800 falls in [796.875, 804.6875), 804.6875 in the next.
        assert_eq!(triangular_index(&[800.0, 804.0, 797.0, 804.6875, 900.0, 600.0]), Some(2.0));
        assert_eq!(triangular_index(&[800.0]), Some(1.0));
    }

    #[test]
    fn the_stress_index_is_worked_out_by_hand() {
        // Three of four in [800, 850): AMo 75 %, Mo 0.825 s, range 0.2 s.
        let index = stress_index(&[800.0, 849.9, 810.0, 1000.0]).unwrap();
        assert!((index - 75.0 / (2.0 * 0.825 * 0.2)).abs() < 1e-9, "{index}");
    }

    #[test]
    fn what_does_not_vary_or_is_no_number_has_no_index() {
        assert_eq!(stress_index(&[800.0; 50]), None);
        for intervals in [&[][..], &[f64::NAN, 800.0], &[f64::INFINITY]] {
            assert_eq!((triangular_index(intervals), stress_index(intervals)), (None, None));
        }
    }
}
