//! Noise that is added to a mean.

/// Steps into which the range is cut: a figure with noise is told in such steps, so that no last digits tell what was added (Mironov 2012,
/// On significance of the least significant bits for differential privacy).
const STEPS: f64 = 1000.0;

/// A source of numbers from 0 to 1, both left out.
pub(crate) type Draw<'a> = &'a mut dyn FnMut() -> f64;

/// By how many steps one person can move a mean over so many people: what rounding adds is counted.
fn sensitivity(people: usize) -> f64 {
    (STEPS / people.max(1) as f64).ceil() + 1.0
}

/// The scale of the noise of a mean over so many people within a range, in the unit of the range.
pub(super) fn scale(range: (f64, f64), people: usize, epsilon: f64) -> f64 {
    sensitivity(people) / epsilon / STEPS * (range.1 - range.0)
}

/// A mean within a range, with the two-sided geometric noise that makes it differentially private: what anybody's values are changes
/// the odds of any answer by a factor of at most e to the epsilon (Ghosh, Roughgarden and Sundararajan 2009, Universally
/// utility-maximizing privacy mechanisms).
pub(super) fn noisy(mean: f64, range: (f64, f64), people: usize, epsilon: f64, draw: Draw<'_>) -> f64 {
    let (low, high) = range;
    let step = (high - low) / STEPS;
    let rate = epsilon / sensitivity(people);
    let mut geometric = || (-draw().ln() / rate).floor();
    let added = geometric() - geometric();
    let steps = ((mean - low) / step).round() + added;
    (low + steps * step).clamp(low, high)
}

/// A number from 0 to 1, both left out, from the system's generator; none when that has nothing to give.
pub(super) fn drawn() -> Option<f64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).ok()?;
    let number = u64::from_le_bytes(bytes) >> 12;
    Some((number as f64 + 0.5) / (1_u64 << 52) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_around_the_mean_as_wide_as_its_scale_and_in_steps() {
        let mut rng = fastrand::Rng::with_seed(1);
        let (range, people, epsilon) = ((0.0, 1.0), 20, 2.0);
        let mut draw = || rng.f64().max(1e-12);
        let all: Vec<f64> = (0..20_000).map(|_| noisy(0.5, range, people, epsilon, &mut draw)).collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let spread = all.iter().map(|value| (value - mean).abs()).sum::<f64>() / all.len() as f64;
        let scale = scale(range, people, epsilon);
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
        assert!((spread / scale - 1.0).abs() < 0.1, "{spread} {scale}");
        assert!(all.iter().all(|value| ((value * 1000.0).round() - value * 1000.0).abs() < 1e-6));
    }

    #[test]
    fn drawn_numbers_lie_between_zero_and_one() {
        for _ in 0..1000 {
            let number = drawn().expect("the system has numbers");
            assert!(number > 0.0 && number < 1.0, "{number}");
        }
    }
}
