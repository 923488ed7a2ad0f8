use super::HOP;

/// Samples in a block of energy: 2.5 ms.
const BLOCK: usize = 40;
/// Blocks on either side of a frame's centre: 128 ms in all, of which a Kaiser window passes half.
const HALF: usize = 25;
/// Shape of the window, as of Praat's `To Intensity`.
const BETA: f64 = 2.0 * std::f64::consts::PI * std::f64::consts::PI + 0.5;
/// Power that stands for silence.
const FLOOR: f32 = 1e-12;

/// Mean power around each of `count` frames, in dB relative to full scale, as Praat's `To Intensity` for a floor of 50 Hz
/// has it: smooth over a period of the voice. Frame `i` is centred on hop `i + 1`.
pub(super) fn intensity(samples: &[f32], count: usize) -> Vec<f32> {
    let mean = samples.iter().sum::<f32>() / samples.len().max(1) as f32;
    let power = |block: &[f32]| block.iter().map(|s| (s - mean) * (s - mean)).sum::<f32>() / BLOCK as f32;
    let blocks: Vec<f32> = samples.chunks_exact(BLOCK).map(power).collect();
    let window = kaiser();
    let frame = |i: usize| {
        // A centre stands between two blocks.
        let centre = (i + 1) * HOP / BLOCK;
        let (mut sum, mut weights) = (0.0, 0.0);
        for (k, weight) in window.iter().enumerate() {
            if let Some(power) = (centre + k).checked_sub(HALF).and_then(|block| blocks.get(block)) {
                sum += weight * power;
                weights += weight;
            }
        }
        10.0 * (sum / weights.max(f32::MIN_POSITIVE)).max(FLOOR).log10()
    };
    (0..count).map(frame).collect()
}

fn kaiser() -> [f32; 2 * HALF] {
    std::array::from_fn(|k| {
        let x = (k as f64 + 0.5) / HALF as f64 - 1.0;
        (bessel(BETA * (1.0 - x * x).sqrt()) / bessel(BETA)) as f32
    })
}

/// Modified Bessel function of the first kind, order 0, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..60 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_has_its_level_and_silence_the_floor() {
        let tone: Vec<f32> = (0..16_000).map(|i| (std::f32::consts::TAU * i as f32 / 80.0).sin() * 0.1 + 0.3).collect();
        for level in intensity(&tone, 99) {
            assert!((level - 10.0 * 0.005_f32.log10()).abs() < 0.1, "{level}");
        }
        assert!(intensity(&[0.0; 1600], 9).iter().all(|&level| level == -120.0));
        assert!(intensity(&[], 3).iter().all(|level| level.is_finite()));
    }
}
