/// Samples a second: four times as many as the fastest rhythm that is looked at, and the Task Force's choice of rates.
pub(super) const RATE: f64 = 4.0;
/// Longer series are refused, so that wild time stamps cannot ask for memory: two days.
const MOST_SECONDS: f64 = 2.0 * 24.0 * 3600.0;
/// Beats that a spline needs at least.
const LEAST_BEATS: usize = 4;

/// RR intervals laid on an even time grid of 4 Hz that begins with the first beat, by the natural cubic spline through
/// (time of the beat, interval): SciPy's `CubicSpline(times, intervals, bc_type="natural")`.
///
/// Times in seconds. `None` where times do not rise, values are not finite, there are under 4 beats or more than two days.
pub(super) fn even(times: &[f64], intervals: &[f64]) -> Option<Vec<f64>> {
    let count = times.len();
    let (first, last) = (*times.first()?, *times.last()?);
    let rising = times.windows(2).all(|pair| pair[1] > pair[0]);
    let finite = intervals.iter().all(|value| value.is_finite());
    let bounded = (0.0..=MOST_SECONDS).contains(&(last - first));
    if count < LEAST_BEATS || intervals.len() != count || !rising || !finite || !bounded {
        return None;
    }
    let bends = second_derivatives(times, intervals);
    let samples = ((last - first) * RATE).floor() as usize + 1;
    let mut knot = 0;
    let sample = |index| {
        let at = first + index as f64 / RATE;
        while knot + 2 < count && times[knot + 1] < at {
            knot += 1;
        }
        let width = times[knot + 1] - times[knot];
        let (a, b) = ((times[knot + 1] - at) / width, (at - times[knot]) / width);
        let bend = (a * a * a - a) * bends[knot] + (b * b * b - b) * bends[knot + 1];
        a * intervals[knot] + b * intervals[knot + 1] + bend * width * width / 6.0
    };
    Some((0..samples).map(sample).collect())
}

/// Of the natural cubic spline at its knots: zero at both ends; a tridiagonal system (Thomas algorithm).
fn second_derivatives(times: &[f64], values: &[f64]) -> Vec<f64> {
    let count = times.len();
    let (mut upper, mut right) = (vec![0.0; count], vec![0.0; count]);
    for i in 1..count - 1 {
        let (before, after) = (times[i] - times[i - 1], times[i + 1] - times[i]);
        let slopes = (values[i + 1] - values[i]) / after - (values[i] - values[i - 1]) / before;
        let pivot = 2.0 * (before + after) - before * upper[i - 1];
        upper[i] = after / pivot;
        right[i] = (6.0 * slopes - before * right[i - 1]) / pivot;
    }
    for i in (1..count - 1).rev() {
        right[i] -= upper[i] * right[i + 1];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_stays_one_and_the_knots_are_met() {
        let times = [0.5, 1.0, 2.5, 3.0, 4.25];
        let line: Vec<f64> = times.iter().map(|t| 800.0 + 10.0 * t).collect();
        let even = even(&times, &line).unwrap();
        assert_eq!(even.len(), 16);
        for (i, value) in even.iter().enumerate() {
            assert!((value - 805.0 - 2.5 * i as f64).abs() < 1e-9, "{i}: {value}");
        }
    }

    #[test]
    fn a_slow_wave_is_followed_between_the_beats() {
        let wave = |t: f64| 900.0 + 50.0 * (std::f64::consts::TAU * 0.1 * t).sin();
        let times: Vec<f64> = (0..60).map(|i| 0.9 * f64::from(i)).collect();
        let values: Vec<f64> = times.iter().map(|&t| wave(t)).collect();
        let even = even(&times, &values).unwrap();
        let error = |(i, value): (usize, &f64)| (value - wave(i as f64 / RATE)).abs();
        assert!(even.iter().enumerate().skip(8).take(190).map(error).fold(0.0, f64::max) < 0.1);
    }

    #[test]
    fn times_that_stand_still_or_lead_nowhere_are_refused() {
        let values = [800.0; 5];
        assert_eq!(even(&[0.0, 1.0, 1.0, 2.0, 3.0], &values), None);
        assert_eq!(even(&[0.0, 1.0, 2.0, 3.0, 1e300], &values), None);
        assert_eq!(even(&[0.0, 1.0, f64::NAN, 3.0, 4.0], &values), None);
        assert_eq!(even(&[0.0, 1.0, 2.0], &values[..3]), None);
        assert_eq!(even(&[0.0, 1.0, 2.0, 3.0, 4.0], &[800.0, 1.0, f64::INFINITY, 1.0, 1.0]), None);
    }
}
