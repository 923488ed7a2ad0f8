/// Area under the ROC curve: the chance that a positive scores higher than a negative, ties counting half
/// (Mann-Whitney). `None` without both.
pub(crate) fn auc(scored: &[(f64, bool)]) -> Option<f64> {
    let positives = scored.iter().filter(|(_, positive)| *positive).count();
    let negatives = scored.len() - positives;
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum) = (0, 0.0);
    for tie in sorted.chunk_by(|a, b| a.0 == b.0) {
        let high = tie.iter().filter(|(_, positive)| *positive).count();
        let low = tie.len() - high;
        sum += high as f64 * (below as f64 + low as f64 / 2.0);
        below += low;
    }
    (positives > 0 && negatives > 0).then(|| sum / (positives as f64 * negatives as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_one_for_a_perfect_order_half_for_ties_and_none_without_both_classes() {
        assert_eq!(auc(&[(0.1, false), (0.2, false), (0.3, true)]), Some(1.0));
        assert_eq!(auc(&[(0.2, false), (0.2, true)]), Some(0.5));
        assert_eq!(auc(&[(0.3, false), (0.1, true), (0.2, true), (0.4, true)]), Some(1.0 / 3.0));
        assert_eq!(auc(&[(0.3, false)]), None);
    }
}
