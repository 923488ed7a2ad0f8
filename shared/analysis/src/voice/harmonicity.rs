use zeroize::optimization_barrier;

use super::lanes::dot;
use super::{HOP, SAMPLE_RATE};

/// Lowest F0 whose period is looked for, Hz.
const FLOOR: f32 = 75.0;
/// Samples that are held against later ones: one period of the floor.
const WINDOW: usize = (SAMPLE_RATE as f32 / FLOOR) as usize;
/// The longest lag.
const LAGS: usize = WINDOW + 2;
const SPAN: usize = WINDOW + LAGS;
/// A frame whose peak is under this share of the loudest is too quiet to tell.
const SILENCE_THRESHOLD: f32 = 0.1;
/// Closest to 1 that a correlation counts, so that its ratio stays finite: 70 dB.
const LARGEST: f32 = 1.0 - 1e-7;

/// Harmonics-to-noise ratio from the cross-correlation of a period with what follows (Boersma 1993), with the settings of
/// Praat's `To Harmonicity (cc)`. Keeps its buffers.
pub(super) struct Harmonicity {
    span: Vec<f32>,
    correlations: Vec<f32>,
}

impl Harmonicity {
    pub(super) fn new() -> Self {
        Self { span: vec![0.0; SPAN], correlations: vec![0.0; LAGS + 1] }
    }

    /// dB at the frame centred on hop `number` of a run at 16 kHz; none where it does not fit in, is silent or has no
    /// period. `peak` is the largest amplitude of the window.
    pub(super) fn at(&mut self, samples: &[f32], number: usize, peak: f32) -> Option<f32> {
        let start = (number * HOP).checked_sub(SPAN / 2)?;
        let around = samples.get(start..start + SPAN)?;
        let mean = around.iter().sum::<f32>() / SPAN as f32;
        for (slot, sample) in self.span.iter_mut().zip(around) {
            *slot = sample - mean;
        }
        let middle = &self.span[SPAN / 2 - WINDOW / 2..SPAN / 2 + WINDOW / 2];
        if middle.iter().fold(0.0, |most: f32, s| most.max(s.abs())) < SILENCE_THRESHOLD * peak {
            return None;
        }
        let period = &self.span[..WINDOW];
        let own = dot(period, period);
        let mut power = f64::from(own);
        for lag in 0..=LAGS {
            let later = &self.span[lag..lag + WINDOW];
            let norm = own * power.max(0.0) as f32;
            self.correlations[lag] = if norm > 0.0 { dot(period, later) / norm.sqrt() } else { 0.0 };
            if lag < LAGS {
                power += f64::from(self.span[lag + WINDOW]).powi(2) - f64::from(self.span[lag]).powi(2);
            }
        }
        let best = self.correlations.windows(3).skip(1).filter_map(top).fold(0.0, f32::max).min(LARGEST);
        (best > 0.0).then(|| 10.0 * (best / (1.0 - best)).log10())
    }

    /// Forgets the samples.
    pub(super) fn clear(&mut self) {
        self.span.fill(0.0);
        self.correlations.fill(0.0);
        optimization_barrier(&self.span);
    }
}

/// Height of the parabola through three points whose middle one is the highest.
fn top(points: &[f32]) -> Option<f32> {
    let &[before, here, after] = points else { return None };
    if here <= 0.0 || here <= before || here < after {
        return None;
    }
    let (slope, bend) = (0.5 * (after - before), 2.0 * here - before - after);
    let top = here + 0.5 * slope * slope / bend;
    // Noise may correlate with more than itself: Boersma reflects it.
    Some(if top > 1.0 { top.recip() } else { top })
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    /// Ten harmonics of 125 Hz with noise so far under them.
    fn voice(noise_db: f32) -> Vec<f32> {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        let tone = |i: u32| (1..=10).map(|h| (TAU * (i * h) as f32 / 128.0).sin()).sum::<f32>() * 0.05;
        // Variances: 10 * 0.05^2 / 2 and 1 / 12.
        let level = (0.0125_f32 * 12.0).sqrt() * 10_f32.powf(-noise_db / 20.0);
        (0..16_000).map(|i| tone(i) + level * noise()).collect()
    }

    #[test]
    fn the_ratio_of_harmonics_to_noise_is_found_within_two_decibels() {
        for known in [5.0, 10.0, 20.0] {
            let samples = voice(known);
            let mut harmonicity = Harmonicity::new();
            let found: Vec<f32> = (5..95).filter_map(|hop| harmonicity.at(&samples, hop, 0.5)).collect();
            let mean = found.iter().sum::<f32>() / found.len() as f32;
            assert!((mean - known).abs() < 2.0, "{known}: {mean}");
        }
    }

    #[test]
    fn silence_and_the_ends_of_a_run_have_none() {
        let mut harmonicity = Harmonicity::new();
        assert_eq!(harmonicity.at(&[0.0; 16_000], 50, 1.0), None);
        assert_eq!(harmonicity.at(&[0.0; 16_000], 50, 0.0), None);
        for hop in [0, 1, 99, 100, 1_000_000] {
            assert_eq!(harmonicity.at(&voice(10.0), hop, 0.5), None, "{hop}");
        }
    }
}
