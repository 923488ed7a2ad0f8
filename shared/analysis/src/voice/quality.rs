use super::frames::Frame;
use super::stats::quantile;

/// Amplitude from which a sample counts as clipped.
const CLIPPED: f32 = 0.999;
/// Share of clipped samples at which nothing can be trusted.
const WORST_CLIPPING: f64 = 0.02;
/// Level of voiced frames, dBFS, at which quantisation noise of 16 bits starts to matter, and at which it no longer does.
const LEVELS: (f64, f64) = (-70.0, -45.0);
/// Estimated ratio of voice to background, dB, at which voice drowns, and at which background no longer matters.
const SNRS: (f64, f64) = (0.0, 20.0);

/// Sums over the samples of a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Samples {
    count: u64,
    sum: f64,
    squares: f64,
    clipped: u64,
    lowest: f32,
    highest: f32,
}

impl Samples {
    pub(super) fn new() -> Self {
        Self { count: 0, sum: 0.0, squares: 0.0, clipped: 0, lowest: f32::INFINITY, highest: f32::NEG_INFINITY }
    }

    pub(super) fn add(&mut self, samples: &[f32]) {
        self.count += samples.len() as u64;
        for &sample in samples {
            self.sum += f64::from(sample);
            self.squares += f64::from(sample) * f64::from(sample);
            self.clipped += u64::from(sample.abs() >= CLIPPED);
            self.lowest = self.lowest.min(sample);
            self.highest = self.highest.max(sample);
        }
    }

    fn mean(&self) -> f64 {
        self.sum / self.count.max(1) as f64
    }

    /// Largest distance from the mean.
    pub(super) fn peak(&self) -> f32 {
        let mean = self.mean() as f32;
        (self.highest - mean).max(mean - self.lowest).max(0.0)
    }

    /// Root mean square about the mean, in dB relative to full scale, not under -120.
    pub(super) fn level(&self) -> Option<f64> {
        let power = self.squares / self.count.max(1) as f64 - self.mean().powi(2);
        (self.count > 0).then(|| (10.0 * power.max(0.0).log10()).clamp(-120.0, 0.0))
    }
}

/// How far the voice features can be trusted, in [0,1]: the product of three ramps, over the level of the voiced
/// frames (-70 to -45 dBFS), over the ratio of their power to that of the quietest tenth of all frames (0 to 20 dB; a
/// window without pauses has no background to tell, and looks worse than it is), and down over the share of
/// clipped samples (0 to 2 %). Ours. 0 without voice.
pub(super) fn quality(samples: &Samples, frames: &[Frame]) -> f64 {
    let power = |f: &Frame| f64::from(f.spectral.rms).powi(2);
    let Some(voice) = super::stats::mean(frames.iter().filter(|f| f.is_voice()).map(power)) else { return 0.0 };
    let mut powers: Vec<f64> = frames.iter().map(power).collect();
    powers.sort_unstable_by(f64::total_cmp);
    let background = quantile(&powers, 0.1).unwrap_or(0.0).max(1e-12);
    let level = ramp(10.0 * voice.max(1e-12).log10(), LEVELS);
    let snr = ramp(10.0 * (voice / background).max(1e-12).log10(), SNRS);
    let clipped = samples.clipped as f64 / samples.count.max(1) as f64;
    level * snr * (1.0 - (clipped / WORST_CLIPPING).min(1.0))
}

fn ramp(value: f64, (worst, best): (f64, f64)) -> f64 {
    ((value - worst) / (best - worst)).clamp(0.0, 1.0)
}
