use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::grid::RATE;

const SIZE: usize = 512;
/// Below, the Hann window smears the level of gravity: 0.3 Hz.
const FIRST_BIN: usize = 3;
const BINS: usize = SIZE / 2 - FIRST_BIN;
/// Rounding of a constant magnitude of 1 g leaves about 1e-28.
const LEAST_POWER: f64 = 1e-20;

/// Power spectrum of the magnitude of acceleration, Hann window, zero-padded to 512 cells.
pub(super) struct Spectrum {
    fft: Arc<dyn Fft<f64>>,
    buffer: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

/// What the spectrum of a movement is like.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Shape {
    /// Frequency of the strongest bin, Hz.
    pub(super) dominant: f64,
    /// Shannon entropy of the power over its largest possible value.
    pub(super) entropy: f64,
}

impl Spectrum {
    pub(super) fn new() -> Self {
        let fft = FftPlanner::new().plan_fft_forward(SIZE);
        let scratch = vec![Complex::default(); fft.get_inplace_scratch_len()];
        Self { fft, buffer: vec![Complex::default(); SIZE], scratch }
    }

    /// Of at most 512 magnitudes in a row; nothing when they do not vary.
    pub(super) fn shape(&mut self, magnitudes: &[f64]) -> Option<Shape> {
        let magnitudes = &magnitudes[..magnitudes.len().min(SIZE)];
        let length = magnitudes.len() as f64;
        let mean = magnitudes.iter().sum::<f64>() / length;
        self.buffer.fill(Complex::default());
        for (i, (slot, value)) in self.buffer.iter_mut().zip(magnitudes).enumerate() {
            let hann = 0.5 - 0.5 * (std::f64::consts::TAU * (i as f64 + 0.5) / length).cos();
            slot.re = (value - mean) * hann;
        }
        self.fft.process_with_scratch(&mut self.buffer, &mut self.scratch);
        let powers = || self.buffer[FIRST_BIN..SIZE / 2].iter().map(Complex::norm_sqr);
        let total = powers().sum::<f64>();
        if total < LEAST_POWER {
            return None;
        }
        let strongest = powers().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?.0;
        let entropy = powers().map(|power| power / total).filter(|&p| p > 0.0).map(|p| -p * p.ln()).sum::<f64>();
        let dominant = (FIRST_BIN + strongest) as f64 * RATE as f64 / SIZE as f64;
        Some(Shape { dominant, entropy: entropy / (BINS as f64).ln() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_has_its_frequency_and_little_entropy_and_noise_has_much() {
        let mut spectrum = Spectrum::new();
        let sine: Vec<_> =
            (0..500).map(|i| 1.0 + 0.1 * (std::f64::consts::TAU * 3.0 * i as f64 / 50.0).sin()).collect();
        let shape = spectrum.shape(&sine).unwrap();
        assert!((shape.dominant - 3.0).abs() < 0.1 && shape.entropy < 0.3, "{shape:?}");
        let mut state = 1u32;
        let noise: Vec<_> = (0..500)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                1.0 + f64::from(state >> 8) / f64::from(1 << 24)
            })
            .collect();
        assert!(spectrum.shape(&noise).unwrap().entropy > 0.85);
        assert_eq!(spectrum.shape(&[1.0; 300]), None);
        assert_eq!(spectrum.shape(&[]), None);
    }
}
