use rubato::audioadapter_buffers::direct::SequentialSliceOfSlices;
use rubato::{Fft, FixedSync, Resampler as _};
use zeroize::Zeroize as _;

/// Frames of the slower side in a block, which is as long as the filter: the pass band then ends at the same frequency
/// whatever the faster side is.
const BLOCK: usize = 1024;

/// Brings runs of samples to one rate. Keeps its filters for the rate it saw last.
pub(super) struct Resampler {
    to: u32,
    made: Option<(u32, Fft<f32>)>,
}

impl Resampler {
    pub(super) fn new(to: u32) -> Self {
        Self { to, made: None }
    }

    /// Writes `samples` at this resampler's rate into `into`, without delay.
    pub(super) fn run(&mut self, samples: &[f32], rate: u32, into: &mut Vec<f32>) {
        into.zeroize();
        if rate == self.to {
            into.extend_from_slice(samples);
            return;
        }
        if self.made.as_ref().is_none_or(|&(made, _)| made != rate) {
            let (from, to) = (rate as usize, self.to as usize);
            self.made = Fft::new(from, to, block(from, to), 1, FixedSync::Both).ok().map(|fft| (rate, fft));
        }
        let Some((_, fft)) = &mut self.made else { return };
        fft.reset();
        let wanted = fft.process_all_needed_output_len(samples.len());
        into.resize(wanted, 0.0);
        let input: [&[f32]; 1] = [samples];
        let mut output: [&mut [f32]; 1] = [into.as_mut_slice()];
        let written = match (
            SequentialSliceOfSlices::new(&input, 1, samples.len()),
            SequentialSliceOfSlices::new_mut(&mut output, 1, wanted),
        ) {
            (Ok(input), Ok(mut output)) => fft.process_all_into_buffer(&input, &mut output, samples.len(), None).ok(),
            _ => None,
        };
        // The library rounds up what it reckons in floats.
        let length = (samples.len() as u64 * u64::from(self.to)).div_ceil(u64::from(rate)) as usize;
        into.truncate(written.map_or(0, |(_, frames)| frames.min(length)));
    }
}

/// Input frames of a block: an even number of the smallest ones, so that half of it, which is the filter's delay, is whole on
/// both sides.
fn block(from: usize, to: usize) -> usize {
    let wanted = (BLOCK * from / to.max(1)).max(BLOCK);
    let smallest = 2 * from / gcd(from, to).max(1);
    wanted.div_ceil(smallest.max(1)).max(1) * smallest
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    /// Rates that sound cards, telephones and files have.
    const RATES: [u32; 11] = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 47_999, 48_000, 88_200, 96_000, 192_000];

    /// Largest difference of a resampled second from the same tone made at 16 kHz, over the amplitude.
    fn worst(rate: u32, hz: f32) -> f32 {
        let tone = |rate: u32| {
            let phase = move |i: u32| f64::from(i) * f64::from(hz) / f64::from(rate);
            (0..rate).map(move |i| (TAU * phase(i).fract() as f32).sin())
        };
        let mut out = Vec::new();
        Resampler::new(16_000).run(&tone(rate).collect::<Vec<_>>(), rate, &mut out);
        assert_eq!(out.len(), 16_000, "{rate}");
        out.iter().zip(tone(16_000)).skip(2_500).take(11_000).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn a_tone_keeps_its_length_place_and_size_at_every_rate() {
        for rate in RATES {
            let off = worst(rate, 440.0);
            let bound = if rate % 8_000 == 0 { 1e-3 } else { 5e-3 };
            assert!(off < bound, "{rate}: {off}");
        }
    }

    #[test]
    fn the_pass_band_reaches_to_the_edge_of_the_slower_side_at_every_rate() {
        for rate in RATES {
            let edge = 0.975 * rate.min(16_000) as f32 / 2.0;
            let off = worst(rate, edge);
            assert!(off < 0.02, "{rate}: {off}");
        }
    }
}
