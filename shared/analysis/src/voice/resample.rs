use rubato::audioadapter_buffers::direct::SequentialSliceOfSlices;
use rubato::{Fft, FixedSync, Resampler as _};
use zeroize::Zeroize as _;

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
            self.made = Fft::new(rate as usize, self.to as usize, 1024, 1, FixedSync::Both).ok().map(|fft| (rate, fft));
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
        into.truncate(written.map_or(0, |(_, frames)| frames));
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    #[test]
    fn a_tone_keeps_its_length_place_and_size_at_every_rate() {
        for rate in [8_000, 11_025, 22_050, 32_000, 44_100, 48_000] {
            let mut resampler = Resampler::new(16_000);
            let tone = |rate: u32| (0..rate).map(move |i| (TAU * 440.0 * i as f32 / rate as f32).sin());
            let mut out = Vec::new();
            resampler.run(&tone(rate).collect::<Vec<_>>(), rate, &mut out);
            assert_eq!(out.len(), 16_000, "{rate}");
            let worst = out.iter().zip(tone(16_000)).skip(1000).take(14_000).map(|(a, b)| (a - b).abs());
            // Where the filter's delay is no whole number of samples it is rounded: up to a sample, 0.17 of this tone.
            let bound = if rate % 8_000 == 0 { 1e-3 } else { 0.18 };
            assert!(worst.fold(0.0, f32::max) < bound, "{rate}");
        }
    }
}
