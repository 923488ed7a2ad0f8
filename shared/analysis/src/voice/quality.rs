use super::frames::Frame;
use super::stats::quantile;
use crate::sample::FULL_SCALE;

/// Share of clipped samples at which nothing can be trusted.
const WORST_CLIPPING: f64 = 0.02;
/// Level of voiced frames, dBFS, at which quantisation noise of 16 bits starts to matter, and at which it no longer does.
const LEVELS: (f64, f64) = (-70.0, -45.0);
/// Estimated ratio of voice to background, dB, at which voice drowns, and at which background no longer matters.
const SNRS: (f64, f64) = (0.0, 20.0);

/// Blocks a second of which peaks are known: as many as frames.
const BLOCKS_PER_SECOND: u32 = super::FRAMES_PER_SECOND as u32;
/// Blocks of 10 ms whose peaks may be left out as the loudest of a window: shorter than a voice that is spoken of.
const LOUDEST_BLOCKS: usize = super::frames::LEAST_VOICED;
/// The loudest of the other blocks lies under the peak by no more than this factor.
const ABOVE_THE_OTHERS: f32 = 2.0;

/// What the samples of a window tell before they are cut into frames.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    count: u64,
    clipped: u64,
    /// Largest amplitude in each block of 10 ms.
    peaks: Vec<f32>,
}

impl Samples {
    /// Adds a run: how it came, how it is without its offset, and how many of its samples are clipped where it does not show.
    pub(super) fn add(&mut self, raw: &[f32], sound: &[f32], rate: u32, hidden: usize) {
        self.count += raw.len() as u64;
        self.clipped += (raw.iter().filter(|sample| sample.abs() >= FULL_SCALE).count() + hidden) as u64;
        let peak = |block: &[f32]| block.iter().fold(0.0, |most: f32, sample| most.max(sample.abs()));
        self.peaks.extend(sound.chunks((rate / BLOCKS_PER_SECOND).max(1) as usize).map(peak));
    }

    /// The largest amplitude, against which silence is told; of a sound that is much louder than all others and too short for a
    /// voice (a click, a knock) twice the largest amplitude of the others.
    pub(super) fn peak(&self) -> f32 {
        let mut peaks = self.peaks.clone();
        peaks.sort_unstable_by(|a, b| b.total_cmp(a));
        let most = peaks.first().copied().unwrap_or(0.0);
        peaks.get(LOUDEST_BLOCKS).map_or(most, |&others| most.min(ABOVE_THE_OTHERS * others).max(f32::MIN_POSITIVE))
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
