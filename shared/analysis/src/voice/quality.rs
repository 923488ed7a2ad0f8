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
/// A sound that is much louder than all else and too short for a voice: blocks of 10 ms that it takes, as a number at
/// least and as a share of all, and how many times as loud as the loudest block of the others it is at least. One loud
/// sample lies in two blocks where filters have widened it. Ours: of 1,000 clips of speech that were tried, one has
/// such a sound.
const ONE_SAMPLE: (usize, f32) = (2, 2.0);
const KNOCK: (f64, f32) = (0.02, 3.0);
/// What silence is told against then lies over the loudest of the others by this factor.
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

    /// The largest amplitude, against which silence is told, as Praat does; of a sound that is much louder than all
    /// others and too short for a voice (a click, a knock) twice the largest amplitude of the others.
    pub(super) fn peak(&self) -> f32 {
        let mut peaks = self.peaks.clone();
        peaks.sort_unstable_by(|a, b| b.total_cmp(a));
        let most = peaks.first().copied().unwrap_or(0.0);
        let knock = (KNOCK.0 * peaks.len() as f64) as usize;
        let others = [ONE_SAMPLE, (knock.max(ONE_SAMPLE.0), KNOCK.1)]
            .map(|(blocks, factor)| peaks.get(blocks).copied().filter(|others| most > factor * others));
        let heard = others.into_iter().flatten().map(|others| ABOVE_THE_OTHERS * others);
        heard.fold(most, f32::min).max(f32::MIN_POSITIVE)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The peak of blocks at 16 kHz, each of one amplitude.
    fn peak(blocks: &[f32]) -> f32 {
        let sound: Vec<f32> = blocks.iter().flat_map(|&block| [block; 160]).collect();
        let mut samples = Samples::default();
        samples.add(&sound, &sound, 16_000, 0);
        samples.peak()
    }

    #[test]
    fn a_short_clip_with_a_stressed_syllable_is_told_against_its_loudest() {
        // 2.5 s: one syllable of 0.15 s, and the others at two fifths of it.
        let mut blocks = vec![0.2; 250];
        for (block, loud) in blocks[40..55].iter_mut().zip((0..15).map(|i| f32::from(i as u8) / 14.0)) {
            *block = 0.2 + 0.3 * (std::f32::consts::PI * loud).sin();
        }
        let loudest = blocks.iter().copied().fold(0.0, f32::max);
        assert_eq!(peak(&blocks), loudest);
    }

    #[test]
    fn a_click_and_a_knock_are_none_against_which_silence_is_told() {
        for (blocks, loud, knock) in [(250, 0.9, 1), (250, 0.9, 5), (1000, 0.9, 20), (1000, 0.45, 2)] {
            let mut all = vec![0.2; blocks];
            all[100..100 + knock].fill(loud);
            assert_eq!(peak(&all), 0.4, "{knock} of {blocks} blocks at {loud}");
        }
        assert_eq!(peak(&[0.0; 30]), f32::MIN_POSITIVE);
    }
}
