/// Measures of the intervals themselves. Each is absent where it has too few intervals.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct TimeDomain {
    /// Mean interval, ms.
    pub mean_rr: Option<f64>,
    /// Root mean square of successive differences, ms.
    pub rmssd: Option<f64>,
    /// Standard deviation of the intervals, ms.
    pub sdnn: Option<f64>,
    /// Successive differences over 50 ms, per cent of the intervals.
    pub pnn50: Option<f64>,
    /// Standard deviation across the Poincare plot's line of identity, ms.
    pub sd1: Option<f64>,
    /// Standard deviation along the Poincare plot's line of identity, ms.
    pub sd2: Option<f64>,
}

impl TimeDomain {
    /// SD1 over SD2.
    #[must_use]
    pub fn sd1_sd2(&self) -> Option<f64> {
        let (sd1, sd2) = self.sd1.zip(self.sd2)?;
        (sd2 > 0.0).then(|| sd1 / sd2).filter(|ratio| ratio.is_finite())
    }
}

/// Time domain and Poincare measures of RR intervals in milliseconds, given as stretches without a gap: differences are
/// taken within a stretch only.
///
/// As NeuroKit2 does, standard deviations divide by n - 1, and pNN50 by the number of intervals. Of one stretch, the
/// numbers are NeuroKit2's. What comes to no finite number is absent.
#[must_use]
pub fn time_domain(stretches: &[&[f64]]) -> TimeDomain {
    let all = || stretches.iter().flat_map(|stretch| stretch.iter().copied());
    let pairs = || stretches.iter().flat_map(|stretch| stretch.windows(2).map(|pair| (pair[0], pair[1])));
    let count = all().count() as f64;
    let differences = pairs().count() as f64;
    let squares: f64 = pairs().map(|(a, b)| (b - a) * (b - a)).sum();
    let over_50 = pairs().filter(|(a, b)| (b - a).abs() > 50.0).count() as f64;
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    TimeDomain {
        mean_rr: finite((count > 0.0).then(|| all().sum::<f64>() / count)),
        rmssd: finite((differences > 0.0).then(|| (squares / differences).sqrt())),
        sdnn: finite(sd(all())),
        pnn50: (differences > 0.0).then(|| 100.0 * over_50 / count),
        sd1: finite(sd(pairs().map(|(a, b)| (a - b) * std::f64::consts::FRAC_1_SQRT_2))),
        sd2: finite(sd(pairs().map(|(a, b)| (a + b) * std::f64::consts::FRAC_1_SQRT_2))),
    }
}

/// Standard deviation over n - 1, of at least two values.
pub(super) fn sd(values: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let count = values.clone().count();
    if count < 2 {
        return None;
    }
    let mean = values.clone().sum::<f64>() / count as f64;
    Some((values.map(|v| (v - mean) * (v - mean)).sum::<f64>() / (count - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_series_has_the_values_worked_out_by_hand() {
        let found = time_domain(&[&[800.0, 860.0, 840.0, 900.0]]);
        assert_eq!(found.mean_rr, Some(850.0));
        assert_eq!(found.rmssd, Some((7600.0_f64 / 3.0).sqrt()));
        assert_eq!(found.sdnn, Some((5200.0_f64 / 3.0).sqrt()));
        assert_eq!(found.pnn50, Some(50.0));
    }

    #[test]
    fn differences_are_not_taken_across_a_gap() {
        let found = time_domain(&[&[800.0, 810.0], &[1200.0, 1210.0]]);
        assert_eq!(found.rmssd, Some(10.0));
        assert_eq!(found.pnn50, Some(0.0));
    }

    #[test]
    fn too_few_intervals_have_no_variability() {
        assert_eq!(time_domain(&[]), TimeDomain::default());
        let one = time_domain(&[&[800.0]]);
        assert_eq!((one.mean_rr, one.rmssd, one.sdnn), (Some(800.0), None, None));
    }
}
