//! What is taken over the beats around each beat.

/// Beats around that are looked at, as by Lipponen and Tarvainen (2019).
pub(super) const AROUND: usize = 91;

/// What `of` makes of the sorted values around each index, fewer at the ends. The values move through one sorted line.
pub(super) fn running(values: &[f64], width: usize, of: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut sorted: Vec<f64> = Vec::with_capacity(width + 1);
    let place = |sorted: &[f64], value: f64| sorted.partition_point(|other| *other < value);
    let mut next = 0;
    let at = |index: usize| {
        while next < values.len().min(index + width / 2 + 1) {
            sorted.insert(place(&sorted, values[next]), values[next]);
            next += 1;
        }
        if let Some(gone) = index.checked_sub(width / 2 + 1) {
            sorted.remove(place(&sorted, values[gone]));
        }
        of(&sorted)
    };
    (0..values.len()).map(at).collect()
}

/// The value under which a share lies, by linear interpolation, of sorted values of which there are some.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let low = place as usize;
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + (sorted[high] - sorted[low]) * (place - low as f64)
}
