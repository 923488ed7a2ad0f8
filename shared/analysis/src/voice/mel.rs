//! The mel bands of a power spectrum, and what is made of them: MFCC 1-4 and loudness.

use super::SAMPLE_RATE;
use super::spectrum::{BINS, FFT};

/// Triangles from 20 Hz to 8 kHz, evenly spaced and linear in mel.
pub(super) const BANDS: usize = 26;
const LOWEST: f32 = 20.0;
const HIGHEST: f32 = 8000.0;
/// Power that stands for silence, so that its logarithm is finite: far under one step of 16 bits.
const FLOOR: f32 = 1e-12;
/// Cepstral coefficients kept, from the first on; the zeroth is the level.
pub(super) const COEFFICIENTS: usize = 4;
const LIFTER: f32 = 22.0;
/// Exponent of the auditory spectrum: the power law of hearing (Hermansky 1990).
const COMPRESSION: f32 = 0.33;

/// Bands, cosines and the equal-loudness curve, computed once.
pub(super) struct Mel {
    /// For each bin: the band whose rising side it lies on, and its share of it; the rest goes to the band before.
    place: Vec<(usize, f32)>,
    cosines: [[f32; BANDS]; COEFFICIENTS],
    /// Logarithm of the ear's weight for each band.
    ln_ear: [f32; BANDS],
}

fn mel(hz: f32) -> f32 {
    1127.0 * (1.0 + hz / 700.0).ln()
}

fn hertz(mel: f32) -> f32 {
    700.0 * ((mel / 1127.0).exp() - 1.0)
}

impl Mel {
    pub(super) fn new() -> Self {
        let step = (mel(HIGHEST) - mel(LOWEST)) / (BANDS + 1) as f32;
        let place = (0..BINS).map(|bin| {
            let hz = bin as f32 * SAMPLE_RATE as f32 / FFT as f32;
            let position = (mel(hz) - mel(LOWEST)) / step;
            // Below the lowest edge: no band's. The highest bin lies on the highest edge, at weight 0.
            if position < 0.0 { (BANDS + 1, 0.0) } else { (position as usize, position.fract()) }
        });
        let cosine = |k: usize, band: usize| {
            let angle = std::f32::consts::PI * (k + 1) as f32 * (band as f32 + 0.5) / BANDS as f32;
            let lifter = 1.0 + LIFTER / 2.0 * (std::f32::consts::PI * (k + 1) as f32 / LIFTER).sin();
            (2.0 / BANDS as f32).sqrt() * angle.cos() * lifter
        };
        // Hermansky (1990), equation 4, with w the angular frequency.
        let ear = |band: usize| {
            let hz = hertz(mel(LOWEST) + step * (band + 1) as f32);
            let w2 = (std::f32::consts::TAU * hz).powi(2);
            (w2 + 56.8e6) * w2 * w2 / ((w2 + 6.3e6).powi(2) * (w2 + 0.38e9))
        };
        Self {
            place: place.collect(),
            cosines: std::array::from_fn(|k| std::array::from_fn(|band| cosine(k, band))),
            ln_ear: std::array::from_fn(|band| ear(band).ln()),
        }
    }

    /// Natural logarithms of the power in each band.
    pub(super) fn log_bands(&self, power: &[f32]) -> [f32; BANDS] {
        // Band b rises over interval b and falls over interval b + 1; intervals 0..=BANDS; one is to spare.
        let mut sums = [0.0_f32; BANDS + 3];
        for (&(interval, share), &power) in self.place.iter().zip(power) {
            sums[interval + 1] += power * share;
            sums[interval] += power * (1.0 - share);
        }
        std::array::from_fn(|band| sums[band + 1].max(FLOOR).ln())
    }

    /// MFCC 1 to 4.
    pub(super) fn mfcc(&self, log_bands: &[f32; BANDS]) -> [f32; COEFFICIENTS] {
        self.cosines.map(|row| row.iter().zip(log_bands).map(|(c, l)| c * l).sum())
    }

    /// The auditory spectrum summed: a perceived loudness up to a factor.
    pub(super) fn loudness(&self, log_bands: &[f32; BANDS]) -> f32 {
        log_bands.iter().zip(&self.ln_ear).map(|(l, e)| (COMPRESSION * (l + e)).exp()).sum()
    }
}
