//! Figures of merit over pairs of what is true and what was found.

/// Share of pairs that agree.
pub(super) fn accuracy(pairs: &[(usize, usize)]) -> f64 {
    mean(pairs.iter().map(|(truth, found)| f64::from(u8::from(truth == found))))
}

/// Mean over the classes that occur of the share found of each.
pub(super) fn unweighted_recall(pairs: &[(usize, usize)]) -> f64 {
    mean(classes(pairs).into_iter().map(|class| {
        let own = pairs.iter().filter(|(truth, _)| *truth == class);
        mean(own.map(|(truth, found)| f64::from(u8::from(truth == found))))
    }))
}

/// Mean over the classes that occur of the harmonic mean of precision and recall.
pub(super) fn macro_f1(pairs: &[(usize, usize)]) -> f64 {
    mean(classes(pairs).into_iter().map(|class| {
        let both = pairs.iter().filter(|pair| **pair == (class, class)).count() as f64;
        let either = pairs.iter().map(|&(truth, found)| usize::from(truth == class) + usize::from(found == class));
        2.0 * both / either.sum::<usize>() as f64
    }))
}

/// Area under the receiver operating characteristic: how often a positive scores above a negative, ties for half.
pub(super) fn area(pairs: &[(bool, f64)]) -> f64 {
    let mut sorted: Vec<_> = pairs.to_vec();
    sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
    let positives = sorted.iter().filter(|(truth, _)| *truth).count();
    let negatives = sorted.len() - positives;
    let mut ranks = 0.0;
    let mut start = 0;
    while let Some(&(_, value)) = sorted.get(start) {
        let end = start + sorted[start..].iter().take_while(|(_, other)| *other == value).count();
        let rank = (start + 1 + end) as f64 / 2.0;
        ranks += rank * sorted[start..end].iter().filter(|(truth, _)| *truth).count() as f64;
        start = end;
    }
    let (p, n) = (positives as f64, negatives as f64);
    (ranks - p * (p + 1.0) / 2.0) / (p * n)
}

/// Expected calibration error (Guo et al. 2017): over fifteen bins of confidence, how far the share that is right lies
/// from the mean confidence.
pub(super) fn calibration_error(pairs: &[(bool, f64)]) -> f64 {
    const BINS: usize = 15;
    let mut bins = [(0.0, 0.0); BINS];
    for &(right, confidence) in pairs {
        let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
        *bin = (bin.0 + f64::from(u8::from(right)), bin.1 + confidence);
    }
    bins.iter().map(|(right, confidence)| (right - confidence).abs()).sum::<f64>() / pairs.len() as f64
}

/// The class with the largest probability.
pub(super) fn likeliest(probabilities: &[f64]) -> usize {
    let pairs = probabilities.iter().enumerate();
    pairs.max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(class, _)| class)
}

/// Not a number of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

fn classes(pairs: &[(usize, usize)]) -> Vec<usize> {
    let mut all: Vec<usize> = pairs.iter().map(|(truth, _)| *truth).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_worked_out_by_hand() {
        let pairs = [(0, 0), (0, 0), (0, 1), (1, 1), (2, 0)];
        assert_eq!(accuracy(&pairs), 0.6);
        assert!((unweighted_recall(&pairs) - (2.0 / 3.0 + 1.0) / 3.0).abs() < 1e-12);
        assert!((macro_f1(&pairs) - (4.0 / 6.0 + 2.0 / 3.0) / 3.0).abs() < 1e-12);
        assert_eq!(area(&[(true, 0.9), (false, 0.1), (true, 0.4), (false, 0.4)]), 0.875);
        assert!((calibration_error(&[(true, 0.9), (false, 0.9), (true, 0.3)]) - (0.8 + 0.7) / 3.0).abs() < 1e-12);
        assert_eq!(likeliest(&[0.1, 0.7, 0.2]), 1);
    }
}
