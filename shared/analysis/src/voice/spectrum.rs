use std::f32::consts::TAU;
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::mel::FilterBank;
use super::mfcc::{Cepstrum, MfccSettings};
use super::{HOP, SAMPLE_RATE};

/// Samples on either side of a frame's centre: 20 ms in all.
pub(super) const HALF_WINDOW: usize = 160;
/// Points of the transform.
const FFT: usize = 512;
/// Frequencies from 0 to 8 kHz.
const BINS: usize = FFT / 2 + 1;
/// Hz from one bin to the next.
const STEP: f32 = SAMPLE_RATE as f32 / FFT as f32;
/// Power that stands for silence, so that its logarithm is finite: far under one step of 16 bits.
const FLOOR: f32 = 1e-12;
/// Mel bands.
const BANDS: usize = MFCC.bands.count;
/// Exponent of the auditory spectrum: the power law of hearing (Hermansky 1990).
const COMPRESSION: f32 = 0.33;
/// Brings the sum to the size of eGeMAPSv02's loudness: fitted by `tests/parity/voice.py` on 210 clips.
const LOUDNESS: f32 = 0.0678;
const MFCC: MfccSettings = MfccSettings::egemaps();
/// Cepstral coefficients, from the first on; the zeroth is the level.
const COEFFICIENTS: usize = MFCC.coefficients;

/// What the spectrum of one frame of 20 ms tells.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Spectral {
    /// Root mean square of the samples; full scale is 1.
    pub rms: f32,
    /// Auditory spectrum summed, of the size that eGeMAPSv02 gives it.
    pub loudness: f32,
    /// First moment of the magnitudes, Hz.
    pub centroid: f32,
    /// Root mean square change of the magnitudes under 5 kHz from the frame before; the first of a run has none.
    pub flux: Option<f32>,
    /// Power in 1-5 kHz over 0-1 kHz, dB.
    pub alpha_ratio: f32,
    /// Strongest under 2 kHz over strongest in 2-5 kHz, dB.
    pub hammarberg: f32,
    /// dB a Hz over 0-500 Hz.
    pub slope_0_500: f32,
    /// dB a Hz over 500-1500 Hz.
    pub slope_500_1500: f32,
    /// MFCC 1 to 4.
    pub mfcc: [f32; COEFFICIENTS],
}

/// Describes frames, two at a time: one complex transform does two real ones.
pub(super) struct Spectra {
    window: Vec<f32>,
    bank: FilterBank,
    cepstrum: Cepstrum,
    /// Logarithm of the ear's weight for each band.
    ln_ear: [f32; BANDS],
    fft: Arc<dyn Fft<f32>>,
    buffer: Vec<Complex32>,
    scratch: Vec<Complex32>,
    power: Vec<f32>,
    magnitude: Vec<f32>,
    before: Vec<f32>,
}

impl Spectra {
    pub(super) fn new() -> Self {
        let fft = FftPlanner::new().plan_fft_forward(FFT);
        let length = 2 * HALF_WINDOW;
        // Hermansky (1990), equation 4 with the fall above 5 kHz of equation 5; w is the angular frequency.
        let ear = |band: usize| {
            let w2 = (std::f64::consts::TAU * MFCC.bands.edge(band + 1)).powi(2);
            let fall = 9.58e26 / (w2.powi(3) + 9.58e26);
            (w2 + 56.8e6) * w2 * w2 / ((w2 + 6.3e6).powi(2) * (w2 + 0.38e9)) * fall
        };
        Self {
            window: (0..length).map(|i| 0.54 - 0.46 * (TAU * i as f32 / (length - 1) as f32).cos()).collect(),
            bank: FilterBank::new(&MFCC.bands, BINS, f64::from(STEP)),
            cepstrum: Cepstrum::new(&MFCC),
            ln_ear: std::array::from_fn(|band| ear(band).ln() as f32),
            buffer: vec![Complex32::default(); FFT],
            scratch: vec![Complex32::default(); fft.get_inplace_scratch_len()],
            fft,
            power: vec![0.0; BINS],
            magnitude: vec![0.0; BINS],
            before: vec![0.0; BINS],
        }
    }

    /// Appends what `count` frames tell whose centres are `first + i * HOP`; all lie so that their window fits in.
    pub(super) fn describe(&mut self, samples: &[f32], first: usize, count: usize, into: &mut Vec<Spectral>) {
        for pair in (0..count).step_by(2) {
            let start = first + pair * HOP - HALF_WINDOW;
            let one = &samples[start..start + 2 * HALF_WINDOW];
            let other = (pair + 1 < count).then(|| &samples[start + HOP..start + HOP + 2 * HALF_WINDOW]);
            self.buffer.fill(Complex32::default());
            for ((z, &sample), &weight) in self.buffer.iter_mut().zip(one).zip(&self.window) {
                z.re = sample * weight;
            }
            if let Some(other) = other {
                for ((z, &sample), &weight) in self.buffer.iter_mut().zip(other).zip(&self.window) {
                    z.im = sample * weight;
                }
            }
            self.fft.process_with_scratch(&mut self.buffer, &mut self.scratch);
            self.power_of(|a, b| a + b);
            into.push(self.spectral(one, pair > 0));
            if let Some(other) = other {
                self.power_of(|a, b| a - b);
                into.push(self.spectral(other, true));
            }
        }
    }

    /// The power spectrum of one of the two frames in the buffer.
    fn power_of(&mut self, part: impl Fn(Complex32, Complex32) -> Complex32) {
        std::mem::swap(&mut self.magnitude, &mut self.before);
        for (k, power) in self.power.iter_mut().enumerate() {
            *power = 0.25 * part(self.buffer[k], self.buffer[(FFT - k) % FFT].conj()).norm_sqr();
        }
        for (magnitude, power) in self.magnitude.iter_mut().zip(&self.power) {
            *magnitude = power.sqrt();
        }
    }

    fn spectral(&self, frame: &[f32], follows: bool) -> Spectral {
        let mut bands = [0.0; BANDS];
        for (band, power) in bands.iter_mut().zip(self.bank.apply(&self.power)) {
            *band = power.max(FLOOR).ln();
        }
        let mut mfcc = [0.0; COEFFICIENTS];
        for (slot, coefficient) in mfcc.iter_mut().zip(self.cepstrum.apply(&bands)) {
            *slot = coefficient;
        }
        let sum: f32 = self.magnitude.iter().sum();
        let moment: f32 = self.magnitude.iter().enumerate().map(|(k, m)| k as f32 * m).sum();
        Spectral {
            rms: (frame.iter().map(|s| s * s).sum::<f32>() / frame.len() as f32).sqrt(),
            loudness: LOUDNESS
                * bands.iter().zip(&self.ln_ear).map(|(l, e)| (COMPRESSION * (l + e)).exp()).sum::<f32>(),
            centroid: if sum > 0.0 { STEP * moment / sum } else { 0.0 },
            flux: follows.then(|| self.flux()),
            alpha_ratio: decibels(self.band(1000.0, 5000.0).iter().sum())
                - decibels(self.band(0.0, 1000.0).iter().sum()),
            hammarberg: decibels(strongest(self.band(0.0, 2000.0))) - decibels(strongest(self.band(2000.0, 5000.0))),
            slope_0_500: slope(self.closed_band(0.0, 500.0)),
            slope_500_1500: slope(self.closed_band(500.0, 1500.0)),
            mfcc,
        }
    }

    fn flux(&self) -> f32 {
        let bins = bin(5000.0);
        let changes = self.magnitude[..bins].iter().zip(&self.before[..bins]).map(|(a, b)| (a - b) * (a - b));
        (changes.sum::<f32>() / bins as f32).sqrt()
    }

    /// Powers from one frequency up to, and without, another.
    fn band(&self, from: f32, to: f32) -> &[f32] {
        &self.power[bin(from)..bin(to)]
    }

    /// Powers from one frequency up to and with another: a line has two ends.
    fn closed_band(&self, from: f32, to: f32) -> &[f32] {
        &self.power[bin(from)..=bin(to)]
    }
}

fn bin(hz: f32) -> usize {
    (hz / STEP).ceil() as usize
}

fn strongest(powers: &[f32]) -> f32 {
    powers.iter().copied().fold(0.0, f32::max)
}

fn decibels(power: f32) -> f32 {
    10.0 * power.max(FLOOR).log10()
}

/// Least-squares line through dB over Hz.
fn slope(powers: &[f32]) -> f32 {
    let middle = (powers.len() as f32 - 1.0) / 2.0;
    let (mut product, mut square) = (0.0, 0.0);
    for (k, &power) in powers.iter().enumerate() {
        let x = k as f32 - middle;
        product += x * decibels(power);
        square += x * x;
    }
    if square > 0.0 { product / (square * STEP) } else { 0.0 }
}
