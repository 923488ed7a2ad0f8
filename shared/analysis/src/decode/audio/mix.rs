//! Several channels to one.

use zeroize::Zeroize as _;

use super::flat_tops;
use crate::sample::FULL_SCALE;

/// Share of the channels' mean power that is left in their mean where they say different things, over their number: under it
/// they say the same and cancel each other out. Two channels of which one is silent leave a half.
const CANCELLED: f64 = 0.4;
/// Seconds over which powers are remembered.
const REMEMBERED: f64 = 1.0;

/// Mixes by the mean, and by the loudest channel where the mean is (next to) nothing because a channel stands on its head.
pub(super) struct Mixer {
    powers: Vec<f64>,
    mixed: f64,
}

impl Mixer {
    pub(super) fn new(channels: usize) -> Self {
        Self { powers: vec![0.0; channels.max(1)], mixed: 0.0 }
    }

    pub(super) fn channels(&self) -> usize {
        self.powers.len()
    }

    /// One channel of `interleaved`, which is wiped, and the numbers of the samples of which a channel is clipped, at
    /// full scale or under it, where that does not show.
    pub(super) fn mix(&mut self, interleaved: &mut Vec<f32>, rate: u32) -> (Vec<f32>, Vec<u32>) {
        let channels = self.powers.len();
        let mut flat = vec![false; interleaved.len() / channels];
        for channel in 0..channels {
            let samples = interleaved.chunks_exact(channels).map(|all| all[channel]);
            flat_tops::mark(samples, &mut flat);
        }
        if channels == 1 {
            let hidden =
                (0..).zip(interleaved.iter().zip(&flat)).filter(|(_, (s, flat))| **flat && s.abs() < FULL_SCALE);
            let clipped = hidden.map(|(i, _)| i).collect();
            return (std::mem::take(interleaved), clipped);
        }
        let share = 1.0 / channels as f32;
        let frames = || interleaved.chunks_exact(channels);
        let mut mixed: Vec<f32> = frames().map(|all| all.iter().sum::<f32>() * share).collect();
        let square = |sample: &f32| f64::from(*sample) * f64::from(*sample);
        let kept = (-(mixed.len() as f64) / (REMEMBERED * f64::from(rate.max(1)))).exp();
        self.mixed = kept * self.mixed + mixed.iter().map(square).sum::<f64>();
        for (channel, power) in self.powers.iter_mut().enumerate() {
            *power = kept * *power + frames().map(|all| square(&all[channel])).sum::<f64>();
        }
        let mean = self.powers.iter().sum::<f64>() / channels as f64;
        let loudest = (0..channels).max_by(|&a, &b| self.powers[a].total_cmp(&self.powers[b])).unwrap_or(0);
        if self.mixed * (channels as f64) < CANCELLED * mean {
            for (sample, all) in mixed.iter_mut().zip(frames()) {
                *sample = all[loudest];
            }
        }
        let hidden = |((sample, all), flat): ((&f32, &[f32]), bool)| {
            sample.abs() < FULL_SCALE && (flat || all.iter().any(|channel| channel.abs() >= FULL_SCALE))
        };
        let told = mixed.iter().zip(frames()).zip(flat);
        let clipped = (0..).zip(told).filter(|&(_, told)| hidden(told)).map(|(i, _)| i).collect();
        interleaved.zeroize();
        (mixed, clipped)
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    /// A tone on two channels, each as many times as large.
    fn mix(left: f32, right: f32) -> (Vec<f32>, Vec<u32>) {
        let tone = |i: u32| (TAU * i as f32 / 40.0).sin();
        let held = |s: f32| s.clamp(-1.0, 1.0);
        let mut both = (0..4000).flat_map(|i| [held(left * tone(i)), held(right * tone(i))]).collect();
        Mixer::new(2).mix(&mut both, 8_000)
    }

    fn peak(samples: &[f32]) -> f32 {
        samples.iter().fold(0.0, |most, s| s.abs().max(most))
    }

    #[test]
    fn channels_are_averaged_and_one_that_stands_on_its_head_does_not_undo_the_other() {
        for (left, right, wanted) in [(0.5, 0.5, 0.5), (0.5, 0.0, 0.25), (0.5, -0.5, 0.5), (0.4, -0.5, 0.5)] {
            let (mixed, clipped) = mix(left, right);
            assert!((peak(&mixed) - wanted).abs() < 1e-6, "{left} {right}: {}", peak(&mixed));
            assert!(clipped.is_empty());
        }
    }

    #[test]
    fn a_clipped_channel_is_told_where_the_mean_hides_it() {
        let (mixed, clipped) = mix(4.0, 0.0);
        assert!(peak(&mixed) <= 0.5 && clipped.len() > 2000, "{}", clipped.len());
        assert!(mix(4.0, 4.0).1.is_empty(), "it shows");
    }

    #[test]
    fn what_was_clipped_before_it_was_recorded_is_told_of_one_channel_and_of_the_second() {
        let flat = |i: u32| (TAU * i as f32 / 40.0).sin().clamp(-0.5, 0.5);
        let mut one: Vec<f32> = (0..4000).map(flat).collect();
        let (_, clipped) = Mixer::new(1).mix(&mut one, 8_000);
        assert!(clipped.len() > 2000, "{}", clipped.len());
        let mut both = (0..4000).flat_map(|i| [0.3 * (TAU * i as f32 / 23.0).sin(), flat(i)]).collect();
        let (_, clipped) = Mixer::new(2).mix(&mut both, 8_000);
        assert!(clipped.len() > 2000, "{}", clipped.len());
    }
}
