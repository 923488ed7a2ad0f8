use super::time_domain::sd;

/// Intervals that a template has.
const DIMENSION: usize = 2;
/// Share of the standard deviation within which two intervals are alike.
const TOLERANCE: f64 = 0.2;
/// Fewer templates are too few to say how often they recur: 10 to the power of the dimension (Richman and Moorman 2000).
const LEAST_TEMPLATES: usize = 100;

/// Sample entropy (Richman and Moorman 2000) of RR intervals, given as stretches without a gap: minus the logarithm of
/// how often two templates of 2 intervals that are alike (largest difference within 0.2 standard deviations, which divide
/// by n - 1) stay alike with the next interval. Self-matches are left out; templates lie within a stretch. Of one
/// stretch, the number is NeuroKit2's.
///
/// `None` with under 100 templates, without variation, and where no templates of 3 are alike.
///
/// Templates are sorted by their first interval, so that only those alike in it are compared: an eighth or so of all pairs.
#[must_use]
pub fn sample_entropy(stretches: &[&[f64]]) -> Option<f64> {
    let tolerance = TOLERANCE * sd(stretches.iter().flat_map(|stretch| stretch.iter().copied()))?;
    let mut templates: Vec<[f64; DIMENSION + 1]> =
        stretches.iter().flat_map(|stretch| stretch.windows(DIMENSION + 1)).map(|t| [t[0], t[1], t[2]]).collect();
    if templates.len() < LEAST_TEMPLATES || !tolerance.is_finite() || tolerance <= 0.0 {
        return None;
    }
    templates.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]));
    let first: Vec<f64> = templates.iter().map(|t| t[0]).collect();
    let second: Vec<f64> = templates.iter().map(|t| t[1]).collect();
    let third: Vec<f64> = templates.iter().map(|t| t[2]).collect();
    let (mut alike, mut still_alike, mut end) = (0_u64, 0_u64, 0);
    for i in 0..templates.len() {
        while end < first.len() && first[end] - first[i] <= tolerance {
            end += 1;
        }
        let range = i + 1..end.max(i + 1);
        for (b, c) in second[range.clone()].iter().zip(&third[range]) {
            let same = (b - second[i]).abs() <= tolerance;
            alike += u64::from(same);
            still_alike += u64::from(same & ((c - third[i]).abs() <= tolerance));
        }
    }
    (still_alike > 0).then(|| (alike as f64 / still_alike as f64).ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, pair by pair.
    fn plainly(values: &[f64]) -> f64 {
        let tolerance = TOLERANCE * sd(values.iter().copied()).unwrap();
        let templates: Vec<&[f64]> = values.windows(3).collect();
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance);
        let (mut alike, mut still) = (0.0_f64, 0.0_f64);
        for (i, a) in templates.iter().enumerate() {
            for b in &templates[i + 1..] {
                alike += f64::from(near(&a[..2], &b[..2]));
                still += f64::from(near(a, b));
            }
        }
        -(still / alike).ln()
    }

    fn noise(count: usize) -> Vec<f64> {
        let mut state = 7_u32;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            800.0 + f64::from(state >> 16) / 1024.0
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    #[test]
    fn sorting_changes_nothing_of_the_definition() {
        for count in [102, 300, 1000] {
            let values = noise(count);
            let (found, expected) = (sample_entropy(&[&values]).unwrap(), plainly(&values));
            assert!((found - expected).abs() < 1e-12, "{count}: {found} for {expected}");
        }
    }

    #[test]
    fn what_repeats_itself_has_less_entropy_than_noise() {
        let wave: Vec<f64> = (0..300).map(|i| 800.0 + 30.0 * (f64::from(i) * 0.7).sin()).collect();
        assert!(sample_entropy(&[&wave]).unwrap() < 0.3);
        assert!(sample_entropy(&[&noise(300)]).unwrap() > 1.5);
    }

    #[test]
    fn templates_do_not_reach_across_a_gap() {
        let values = noise(240);
        let halves = sample_entropy(&[&values[..120], &values[120..]]).unwrap();
        assert_ne!(Some(halves), sample_entropy(&[&values]));
        let tenths: Vec<&[f64]> = values.chunks(3).collect();
        assert_eq!(sample_entropy(&tenths), None, "80 templates are too few");
    }

    #[test]
    fn without_variation_or_with_values_that_are_no_numbers_there_is_none() {
        assert_eq!(sample_entropy(&[&[800.0; 500]]), None);
        assert_eq!(sample_entropy(&[&[f64::NAN; 500]]), None);
        assert_eq!(sample_entropy(&[]), None);
    }
}
