use std::f64::consts::{PI, TAU};

use zeroize::Zeroize as _;

use super::burg::Burg;
use super::roots::roots;
use super::{FORMANTS, ORDER};
use crate::voice::SAMPLE_RATE;
use crate::voice::resample::Resampler;

/// Highest formant that the model is to hold, Hz; sound is brought to twice as many samples a second.
const CEILING: u32 = 5500;
/// Samples a second that sound is brought to.
const RATE: u32 = 2 * CEILING;
/// Length of the window in seconds. It is a Gaussian that fades out over twice the 25 ms it is named by.
const WINDOW: f64 = 0.05;
/// Frequency from which the spectrum is raised by 6 dB an octave, Hz.
const PRE_EMPHASIS: f64 = 50.0;
/// A pole this near to 0 Hz or to the ceiling is no resonance, Hz.
const MARGIN: f64 = 50.0;

/// A resonance of the vocal tract.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Formant {
    /// Its frequency, Hz.
    pub hz: f32,
    /// Its bandwidth, Hz.
    pub bandwidth: f32,
}

/// Finds formants of one run at a time. Keeps its filters and buffers.
pub(in crate::voice) struct FormantTracker {
    resampler: Resampler,
    signal: Vec<f32>,
    window: Vec<f32>,
    frame: Vec<f32>,
    burg: Burg,
}

impl FormantTracker {
    pub(in crate::voice) fn new() -> Self {
        Self {
            resampler: Resampler::new(RATE),
            signal: Vec::new(),
            window: gaussian((WINDOW * f64::from(RATE)) as usize / 2 * 2),
            frame: Vec::new(),
            burg: Burg::default(),
        }
    }

    /// Takes in a run of samples at 16 kHz, and says whether it can hold formants: sound that was recorded at a rate which does not
    /// reach up to the ceiling has fewer of them than the model has poles, and the poles that are left over draw the others away.
    ///
    /// From the rate of the recording the way to 11 kHz would be another for each, with a filter that is the longer the fewer
    /// divisors both have; and poles lean on what it leaves at the ceiling.
    pub(in crate::voice) fn load(&mut self, samples: &[f32], recorded_at: u32) -> bool {
        self.signal.zeroize();
        if recorded_at < RATE {
            return false;
        }
        self.resampler.run(samples, SAMPLE_RATE, &mut self.signal);
        let share = (-TAU * PRE_EMPHASIS / f64::from(RATE)).exp() as f32;
        for i in (1..self.signal.len()).rev() {
            self.signal[i] -= share * self.signal[i - 1];
        }
        true
    }

    /// F1 to F3 around an instant of the run; none where the window does not fit in, or in silence.
    pub(in crate::voice) fn at(&mut self, seconds: f64) -> [Option<Formant>; FORMANTS] {
        let centre = (seconds * f64::from(RATE)).round() as usize;
        let half = self.window.len() / 2;
        let around = centre.checked_sub(half).and_then(|start| self.signal.get(start..centre + half));
        let Some(around) = around else { return [None; FORMANTS] };
        self.frame.clear();
        self.frame.extend(around.iter().zip(&self.window).map(|(sample, weight)| sample * weight));
        match self.burg.predict(&self.frame) {
            Some(coefficients) => resonances(&coefficients, f64::from(RATE)),
            None => [None; FORMANTS],
        }
    }

    /// Forgets the samples.
    pub(in crate::voice) fn clear(&mut self) {
        self.signal.zeroize();
        self.frame.zeroize();
        self.burg.clear();
    }
}

/// Praat's Gaussian: down to exp(-12) at its edges, and moved so that it is 0 there.
fn gaussian(length: usize) -> Vec<f32> {
    let edge = (-12.0_f64).exp();
    let bell = |i: usize| {
        let x = (i as f64 + 0.5 - length as f64 / 2.0) / (length + 1) as f64;
        (((-48.0 * x * x).exp() - edge) / (1.0 - edge)) as f32
    };
    (0..length).map(bell).collect()
}

/// The lowest resonances among the poles.
fn resonances(coefficients: &[f64; ORDER], rate: f64) -> [Option<Formant>; FORMANTS] {
    let mut found = [None; FORMANTS];
    let mut resonances = [(f64::INFINITY, 0.0); ORDER];
    for (slot, root) in resonances.iter_mut().zip(roots(coefficients)) {
        let (radius, angle) = root.to_polar();
        let hz = angle * rate / TAU;
        if (MARGIN..=rate / 2.0 - MARGIN).contains(&hz) && radius > 0.0 {
            // A pole outside the unit circle is reflected into it.
            *slot = (hz, radius.ln().abs() * rate / PI);
        }
    }
    resonances.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    for (slot, (hz, bandwidth)) in found.iter_mut().zip(resonances) {
        *slot = hz.is_finite().then_some(Formant { hz: hz as f32, bandwidth: bandwidth as f32 });
    }
    found
}

#[cfg(test)]
mod tests;
