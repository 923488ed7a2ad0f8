//! Sound that was clipped before it was recorded: flat tops under full scale.

/// Samples of one value from which on a top is flat.
const LEAST: usize = 3;
/// A top is at the largest or smallest value, give or take this share of what lies between.
const AT_THE_END: f32 = 0.01;
/// How far the samples beside it lie under a flat top, in steps of the sound's values: beside a round one that was
/// rounded to three samples of one value the next is no more than five steps lower.
const EDGE: f32 = 6.0;
/// The values among which steps are looked for: this share of what lies between largest and smallest, at either end.
const NEAR: f32 = 0.3;

/// Marks the samples of one channel that belong to flat tops at its own largest or smallest value. Samples that a codec
/// has smoothed have none.
pub(super) fn mark(channel: impl Iterator<Item = f32> + Clone, marks: &mut [bool]) {
    let (least, most) = channel.clone().fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), s| (a.min(s), b.max(s)));
    let reach = most - least;
    if !(reach.is_finite() && reach > 0.0) {
        return;
    }
    for (end, up) in [(most, 1.0), (-least, -1.0)] {
        // As seen from this end: how far each sample lies under it.
        let under = || channel.clone().map(|sample| end - up * sample);
        let mut step = None;
        let (mut first, mut before, mut value) = (0, None, f32::NAN);
        for (number, now) in under().chain([f32::NAN]).enumerate() {
            if now == value {
                continue;
            }
            if number - first >= LEAST
                && value <= AT_THE_END * reach
                && let Some(edge) = [before, (!now.is_nan()).then_some(now)].into_iter().flatten().reduce(f32::min)
                && edge - value >= EDGE * *step.get_or_insert_with(|| smallest_step(under(), NEAR * reach))
            {
                marks[first..number].fill(true);
            }
            (before, first, value) = ((!value.is_nan()).then_some(value), number, now);
        }
    }
}

/// The least distance of two values that are not the same, of those up to `most`: how finely a sound was written.
fn smallest_step(values: impl Iterator<Item = f32>, most: f32) -> f32 {
    let mut near: Vec<f32> = values.filter(|&value| value <= most).collect();
    near.sort_unstable_by(f32::total_cmp);
    near.windows(2).map(|two| two[1] - two[0]).filter(|&step| step > 0.0).fold(f32::INFINITY, f32::min)
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    fn marked(sound: &[f32]) -> usize {
        let mut marks = vec![false; sound.len()];
        mark(sound.iter().copied(), &mut marks);
        marks.into_iter().filter(|&flat| flat).count()
    }

    /// Two partials, as so many bits write them.
    fn written(rate: f32, size: f32, bits: i32, most: f32, offset: f32) -> Vec<f32> {
        let scale = 2_f32.powi(bits - 1);
        let sound = |t: f32| 0.6 * (TAU * 118.0 * t).sin() + 0.4 * (TAU * 590.0 * t + 1.0).sin();
        let rounded = |s: f32| (s * scale).round() / scale;
        (0..2_000).map(|i| rounded((size * sound(i as f32 / rate)).clamp(-most, most) + offset)).collect()
    }

    #[test]
    fn a_top_that_was_cut_off_is_flat_and_a_round_one_is_not_however_it_was_written() {
        for rate in [8_000.0, 16_000.0, 48_000.0, 192_000.0] {
            for (size, bits) in [(0.9, 16), (0.4, 16), (0.02, 16), (0.9, 8), (0.3, 8), (0.5, 24)] {
                assert_eq!(marked(&written(rate, size, bits, 1.0, 0.0)), 0, "{rate} {size} {bits}");
            }
            for (size, most, offset) in [(0.9, 0.5, 0.0), (0.9, 0.45, 0.2), (0.5, 0.25, -0.1)] {
                let found = marked(&written(rate, size, 16, most, offset));
                assert!(found > 100, "{rate} {size} {most} {offset}: {found}");
            }
        }
    }

    #[test]
    fn silence_steps_and_what_is_no_number_have_no_flat_top() {
        assert_eq!(marked(&[]), 0);
        assert_eq!(marked(&[0.3; 50]), 0);
        assert_eq!(marked(&[f32::NAN; 50]), 0);
        let mut quiet = written(16_000.0, 0.4, 16, 1.0, 0.0);
        quiet.extend([0.0; 500]);
        assert_eq!(marked(&quiet), 0);
    }
}
