//! Mel-frequency cepstral coefficients (Davis and Mermelstein 1980), under the settings of those who differ on them.

use std::f64::consts::{PI, TAU};
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::lanes::dot;
use super::mel::{FilterBank, MelBands, MelScale, Sides};

/// The window that a frame is seen through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taper {
    /// Hamming, the same at both ends, as in eGeMAPS.
    Hamming,
    /// Hann, periodic, as in librosa.
    Hann,
}

/// What the power of a band becomes before the cosine transform.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Compression {
    /// Natural logarithm, of no less than a floor.
    Natural {
        /// Least power.
        floor: f32,
    },
    /// Decibels, of no less than a floor and no further below the strongest band of the whole run than a range.
    Decibels {
        /// Least power.
        floor: f32,
        /// dB from the strongest band to the weakest that counts.
        range: f32,
    },
}

/// Raises the higher coefficients: coefficient k times 1 + L/2 sin(pi (k + shift) / L).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Lifter {
    /// L.
    pub length: f64,
    /// 0 in HTK and eGeMAPS, 1 in librosa.
    pub shift: usize,
}

/// All that two programs must agree on to give the same coefficients.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MfccSettings {
    /// Hz.
    pub sample_rate: u32,
    /// Samples of a frame, at most `fft`.
    pub window: usize,
    /// Its shape.
    pub taper: Taper,
    /// Points of the transform.
    pub fft: usize,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// Whether frames are centred on the hops, with silence before and after the run, rather than begin on them.
    pub centred: bool,
    /// The filter bank.
    pub bands: MelBands,
    /// What follows it.
    pub compression: Compression,
    /// Coefficients from this one on.
    pub first: usize,
    /// How many of them.
    pub coefficients: usize,
    /// What is done to them.
    pub lifter: Option<Lifter>,
}

impl MfccSettings {
    /// MFCC 1-4 of eGeMAPS (Eyben et al. 2016), 16 kHz.
    #[must_use]
    pub const fn egemaps() -> Self {
        Self {
            sample_rate: super::SAMPLE_RATE,
            window: 320,
            taper: Taper::Hamming,
            fft: 512,
            hop: super::HOP,
            centred: false,
            bands: MelBands {
                count: 26,
                lowest: 20.0,
                highest: 8000.0,
                scale: MelScale::Htk,
                sides: Sides::Mel,
                equal_area: false,
            },
            // Far under one step of 16 bits.
            compression: Compression::Natural { floor: 1e-12 },
            first: 1,
            coefficients: 4,
            lifter: Some(Lifter { length: 22.0, shift: 0 }),
        }
    }

    /// The defaults of `librosa.feature.mfcc` 0.11 at a sample rate.
    #[must_use]
    pub const fn librosa(sample_rate: u32) -> Self {
        Self {
            sample_rate,
            window: 2048,
            taper: Taper::Hann,
            fft: 2048,
            hop: 512,
            centred: true,
            bands: MelBands {
                count: 128,
                lowest: 0.0,
                highest: sample_rate as f64 / 2.0,
                scale: MelScale::Slaney,
                sides: Sides::Hertz,
                equal_area: true,
            },
            compression: Compression::Decibels { floor: 1e-10, range: 80.0 },
            first: 0,
            coefficients: 20,
            lifter: None,
        }
    }
}

/// dB in a power's natural logarithm of 1.
const DECIBELS: f32 = 10.0 / std::f32::consts::LN_10;

/// The cosine transform (type II, orthonormal) and lifter of some coefficients.
pub(super) struct Cepstrum {
    rows: Vec<f32>,
    bands: usize,
}

impl Cepstrum {
    pub(super) fn new(settings: &MfccSettings) -> Self {
        let bands = settings.bands.count;
        let weight = |k: usize, band: usize| {
            let scale = if k == 0 { 1.0 } else { 2.0_f64 } / bands as f64;
            let lift = settings
                .lifter
                .map_or(1.0, |Lifter { length, shift }| 1.0 + length / 2.0 * (PI * (k + shift) as f64 / length).sin());
            (scale.sqrt() * lift * (PI * k as f64 * (band as f64 + 0.5) / bands as f64).cos()) as f32
        };
        let wanted = settings.first..settings.first + settings.coefficients;
        Self { rows: wanted.flat_map(|k| (0..bands).map(move |band| weight(k, band))).collect(), bands }
    }

    /// The coefficients of one frame's compressed bands.
    pub(super) fn apply<'a>(&'a self, bands: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        self.rows.chunks_exact(self.bands.max(1)).map(move |row| dot(row, bands))
    }
}

/// Computes the coefficients of runs of samples. Keeps its tables and buffers.
pub struct Mfcc {
    settings: MfccSettings,
    window: Vec<f32>,
    bank: FilterBank,
    cepstrum: Cepstrum,
    fft: Arc<dyn Fft<f32>>,
    buffer: Vec<Complex32>,
    scratch: Vec<Complex32>,
    powers: [Vec<f32>; 2],
    bands: Vec<f32>,
}

impl Mfcc {
    /// Prepares tables and buffers. `window` is held to `fft`, and `fft` and `hop` to at least 1.
    #[must_use]
    pub fn new(settings: MfccSettings) -> Self {
        let fft = settings.fft.max(1);
        let settings = MfccSettings { fft, window: settings.window.min(fft), hop: settings.hop.max(1), ..settings };
        let length = settings.window as f64;
        let window = (0..settings.window).map(|i| match settings.taper {
            Taper::Hamming => (0.54 - 0.46 * (TAU * i as f64 / (length - 1.0)).cos()) as f32,
            Taper::Hann => (0.5 - 0.5 * (TAU * i as f64 / length).cos()) as f32,
        });
        let bins = fft / 2 + 1;
        let plan = FftPlanner::new().plan_fft_forward(fft);
        Self {
            window: window.collect(),
            bank: FilterBank::new(&settings.bands, bins, f64::from(settings.sample_rate) / fft as f64),
            cepstrum: Cepstrum::new(&settings),
            buffer: vec![Complex32::default(); fft],
            scratch: vec![Complex32::default(); plan.get_inplace_scratch_len()],
            fft: plan,
            powers: [vec![0.0; bins], vec![0.0; bins]],
            bands: Vec::new(),
            settings,
        }
    }

    /// The coefficients of a run's frames, one frame after the other.
    pub fn run(&mut self, samples: &[f32]) -> Vec<f32> {
        let MfccSettings { window, hop, centred, .. } = self.settings;
        let frames = match centred {
            true => samples.len() / hop + usize::from(!samples.is_empty()),
            false => (samples.len() + hop).saturating_sub(window) / hop,
        };
        self.bands.clear();
        for pair in (0..frames).step_by(2) {
            // One complex transform does two real frames.
            self.buffer.fill(Complex32::default());
            self.load(samples, pair, |z, value| z.re = value);
            if pair + 1 < frames {
                self.load(samples, pair + 1, |z, value| z.im = value);
            }
            self.fft.process_with_scratch(&mut self.buffer, &mut self.scratch);
            self.split();
            self.bands.extend(self.bank.apply(&self.powers[0]));
            if pair + 1 < frames {
                self.bands.extend(self.bank.apply(&self.powers[1]));
            }
        }
        self.compress();
        let frames = self.bands.chunks_exact(self.settings.bands.count.max(1));
        frames.flat_map(|bands| self.cepstrum.apply(bands)).collect()
    }

    fn load(&mut self, samples: &[f32], frame: usize, mut put: impl FnMut(&mut Complex32, f32)) {
        let MfccSettings { fft, window, hop, centred, .. } = self.settings;
        // A window shorter than the transform stands in its middle, where frames are centred.
        let margin = if centred { (fft - window) / 2 } else { 0 };
        let before = if centred { (fft / 2).saturating_sub(margin) } else { 0 };
        let start = frame * hop;
        let skip = before.saturating_sub(start).min(window);
        let from = (start + skip).saturating_sub(before).min(samples.len());
        let within = self.buffer[margin + skip..].iter_mut().zip(&self.window[skip..]).zip(&samples[from..]);
        for ((z, &weight), &sample) in within {
            put(z, sample * weight);
        }
    }

    /// The power spectra of the two frames in the buffer: that of the real part is even, that of the imaginary one odd.
    fn split(&mut self) {
        let half = self.settings.fft / 2;
        let [first, second] = &mut self.powers;
        let (zero, buffer) = (self.buffer[0], &self.buffer);
        (first[0], second[0]) = (zero.re * zero.re, zero.im * zero.im);
        let mirrored = buffer[1..=half].iter().zip(buffer[buffer.len() - half..].iter().rev());
        for ((a, b), (first, second)) in mirrored.zip(first[1..].iter_mut().zip(&mut second[1..])) {
            *first = 0.25 * (a + b.conj()).norm_sqr();
            *second = 0.25 * (a - b.conj()).norm_sqr();
        }
    }

    fn compress(&mut self) {
        match self.settings.compression {
            Compression::Natural { floor } => self.bands.iter_mut().for_each(|band| *band = band.max(floor).ln()),
            Compression::Decibels { floor, range } => {
                let strongest = self.bands.iter().copied().fold(floor, f32::max);
                let floor = floor.max(strongest * 10_f32.powf(-range / 10.0));
                self.bands.iter_mut().for_each(|band| *band = DECIBELS * band.max(floor).ln());
            }
        }
    }
}

#[cfg(test)]
mod tests;
