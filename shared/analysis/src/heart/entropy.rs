use super::time_domain::sd;

/// Intervals that a template has.
const DIMENSION: usize = 2;
/// Share of the standard deviation within which two intervals are alike.
const TOLERANCE: f64 = 0.2;
/// Width of a lane over the tolerance: a little wider, so that rounding sets none that are alike two lanes apart.
const LANE: f64 = 1.001;
/// Fewer templates are too few to say how often they recur: 10 to the power of the dimension (Richman and Moorman 2000).
const LEAST_TEMPLATES: usize = 100;

/// Sample entropy (Richman and Moorman 2000) of RR intervals, given as stretches without a gap: minus the logarithm of
/// how often two templates of 2 intervals that are alike (largest difference within 0.2 standard deviations, which divide
/// by n - 1) stay alike with the next interval. Self-matches are left out; templates lie within a stretch. Of one
/// stretch, the number is NeuroKit2's.
///
/// `None` with under 100 templates, without variation, and where no templates of 3 are alike.
///
/// Templates are sorted into lanes by their second interval and by their first within a lane, so that only those about alike
/// in both are compared: a fiftieth or so of all pairs.
#[must_use]
pub fn sample_entropy(stretches: &[&[f64]]) -> Option<f64> {
    let tolerance = TOLERANCE * sd(stretches.iter().flat_map(|stretch| stretch.iter().copied()))?;
    let templates = stretches.iter().flat_map(|stretch| stretch.windows(DIMENSION + 1)).map(|t| [t[0], t[1], t[2]]);
    let mut templates: Vec<(u64, [f64; DIMENSION + 1])> =
        templates.map(|t| ((t[1] / (tolerance * LANE)) as u64, t)).collect();
    if templates.len() < LEAST_TEMPLATES || !tolerance.is_finite() || tolerance <= 0.0 {
        return None;
    }
    templates.sort_unstable_by(|(lane, a), (other, b)| lane.cmp(other).then(a[0].total_cmp(&b[0])));
    let lanes: Vec<Lane> = templates.chunk_by(|a, b| a.0 == b.0).map(Lane::new).collect();
    let (mut alike, mut still_alike) = (0, 0);
    for (i, lane) in lanes.iter().enumerate() {
        let beside = lanes.get(i + 1).filter(|next| next.number == lane.number + 1);
        for (with, itself) in [(Some(lane), true), (beside, false)] {
            let Some(with) = with else { continue };
            let (both, all) = lane.pairs(with, itself, tolerance);
            alike += both;
            still_alike += all;
        }
    }
    (still_alike > 0).then(|| (alike as f64 / still_alike as f64).ln())
}

/// Templates whose second intervals are about alike, by their first.
struct Lane {
    number: u64,
    first: Vec<f64>,
    second: Vec<f64>,
    third: Vec<f64>,
}

impl Lane {
    fn new(templates: &[(u64, [f64; DIMENSION + 1])]) -> Self {
        let column = |index: usize| templates.iter().map(|(_, template)| template[index]).collect();
        Self { number: templates[0].0, first: column(0), second: column(1), third: column(2) }
    }

    /// Pairs of a template here and one of `with` that are alike in two intervals, and in three; `itself` says that
    /// `with` is this lane, where each pair counts once.
    fn pairs(&self, with: &Self, itself: bool, tolerance: f64) -> (u64, u64) {
        let (mut alike, mut still_alike, mut start, mut end) = (0, 0, 0, 0);
        for (i, &first) in self.first.iter().enumerate() {
            while start < with.first.len() && first - with.first[start] > tolerance {
                start += 1;
            }
            while end < with.first.len() && with.first[end] - first <= tolerance {
                end += 1;
            }
            let begin = if itself { i + 1 } else { start };
            let range = begin..end.max(begin);
            for (b, c) in with.second[range.clone()].iter().zip(&with.third[range]) {
                let same = (b - self.second[i]).abs() <= tolerance;
                alike += u64::from(same);
                still_alike += u64::from(same & ((c - self.third[i]).abs() <= tolerance));
            }
        }
        (alike, still_alike)
    }
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
