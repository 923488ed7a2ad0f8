use std::f32::consts::TAU;
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::path::Frame;
use super::{CANDIDATES, CEILING, FLOOR, OCTAVE_COST, VOICING_THRESHOLD, Voiced};
use crate::voice::{HOP, SAMPLE_RATE};

/// Samples on either side of a frame's centre: three periods of the floor in all.
pub(in crate::voice) const HALF_WINDOW: usize = (1.5 * SAMPLE_RATE as f32 / FLOOR) as usize;
/// Samples of one period of the floor.
const PERIOD: usize = (SAMPLE_RATE as f32 / FLOOR) as usize;
const WINDOW: usize = 2 * HALF_WINDOW;
/// Room for the window and half as much again, so that the lags in use do not wrap round.
const FFT: usize = 1024;
/// The inverse transform gives lags in steps of half a sample: peaks are then well under a parabola.
const OVERSAMPLING: usize = 2;
/// Under this share of the loudest a frame is unvoiced whatever its candidates: that outweighs the strongest one (1) by
/// more than two changes between voiced and unvoiced.
const FAINTEST: f32 = 0.02;
const LAGS: usize = OVERSAMPLING * (PERIOD + 2);

/// Autocorrelation of frames, two at a time: one complex transform does two real ones.
pub(in crate::voice) struct Autocorrelation {
    window: Vec<f32>,
    /// One over the normalised autocorrelation of the window, at each oversampled lag.
    correction: Vec<f32>,
    forward: Arc<dyn Fft<f32>>,
    inverse: Arc<dyn Fft<f32>>,
    spectrum: Vec<Complex32>,
    lags: Vec<Complex32>,
    scratch: Vec<Complex32>,
    r: Vec<f32>,
}

impl Autocorrelation {
    pub(in crate::voice) fn new() -> Self {
        let mut planner = FftPlanner::new();
        let forward = planner.plan_fft_forward(FFT);
        let inverse = planner.plan_fft_inverse(OVERSAMPLING * FFT);
        let scratch = forward.get_inplace_scratch_len().max(inverse.get_inplace_scratch_len());
        let window = (0..WINDOW).map(|i| 0.5 - 0.5 * (TAU * (i as f32 + 0.5) / WINDOW as f32).cos()).collect();
        // Boersma (1993), equation 8: the autocorrelation of a Hann window.
        let correction = (0..LAGS).map(|lag| {
            let x = lag as f32 / (OVERSAMPLING * WINDOW) as f32;
            let own = (1.0 - x) * (2.0 / 3.0 + (TAU * x).cos() / 3.0) + (TAU * x).sin() / TAU;
            own.recip()
        });
        Self {
            window,
            correction: correction.collect(),
            forward,
            inverse,
            spectrum: vec![Complex32::default(); FFT],
            lags: vec![Complex32::default(); OVERSAMPLING * FFT],
            scratch: vec![Complex32::default(); scratch],
            r: vec![0.0; LAGS],
        }
    }

    /// Appends the candidates of `count` frames.
    pub(super) fn candidates(
        &mut self,
        samples: &[f32],
        first: usize,
        count: usize,
        peak: f32,
        frames: &mut Vec<Frame>,
    ) {
        for pair in (0..count).step_by(2) {
            let centre = first + pair * HOP;
            let intensity = |loudest: f32| if peak > 0.0 { (loudest / peak).min(1.0) } else { 0.0 };
            self.spectrum.fill(Complex32::default());
            let first = intensity(self.load(samples, centre, |z, value| z.re = value));
            let second =
                (pair + 1 < count).then(|| intensity(self.load(samples, centre + HOP, |z, value| z.im = value)));
            if first.max(second.unwrap_or(0.0)) < FAINTEST {
                frames.push(Frame::unvoiced(first));
                frames.extend(second.map(Frame::unvoiced));
                continue;
            }
            self.forward.process_with_scratch(&mut self.spectrum, &mut self.scratch);
            self.correlate();
            frames.push(self.frame(first, Part::First));
            if let Some(second) = second {
                frames.push(self.frame(second, Part::Second));
            }
        }
    }

    /// Puts one frame into the buffer, without its mean; returns its largest amplitude near the centre.
    fn load(&mut self, samples: &[f32], centre: usize, mut put: impl FnMut(&mut Complex32, f32)) -> f32 {
        let near = &samples[centre - PERIOD..centre + PERIOD];
        let mean = near.iter().sum::<f32>() / near.len() as f32;
        let frame = &samples[centre - HALF_WINDOW..centre + HALF_WINDOW];
        for ((z, &sample), &weight) in self.spectrum.iter_mut().zip(frame).zip(&self.window) {
            put(z, (sample - mean) * weight);
        }
        let nearest = &samples[centre - PERIOD / 2..centre + PERIOD / 2];
        nearest.iter().fold(0.0, |most: f32, &s| most.max((s - mean).abs()))
    }

    /// From the spectrum of two frames in one to the autocorrelations of both in one.
    fn correlate(&mut self) {
        self.lags.fill(Complex32::default());
        let top = OVERSAMPLING * FFT;
        for k in 0..=FFT / 2 {
            let (a, b) = (self.spectrum[k], self.spectrum[(FFT - k) % FFT].conj());
            let powers = Complex32::new((a + b).norm_sqr(), (a - b).norm_sqr());
            self.lags[k] = powers;
            self.lags[(top - k) % top] = powers;
        }
        // The highest frequency stands on both sides now: each takes half.
        self.lags[FFT / 2] *= 0.5;
        self.lags[top - FFT / 2] *= 0.5;
        self.inverse.process_with_scratch(&mut self.lags, &mut self.scratch);
    }

    fn frame(&mut self, intensity: f32, part: Part) -> Frame {
        let value = |z: &Complex32| match part {
            Part::First => z.re,
            Part::Second => z.im,
        };
        let mut frame = Frame::unvoiced(intensity);
        let power = value(&self.lags[0]);
        if power <= f32::MIN_POSITIVE || intensity <= 0.0 {
            return frame;
        }
        let scale = power.recip();
        for ((r, z), correction) in self.r.iter_mut().zip(&self.lags).zip(&self.correction) {
            *r = value(z) * scale * correction;
        }
        let shortest = (OVERSAMPLING as f32 * SAMPLE_RATE as f32 / CEILING) as usize;
        for lag in shortest.saturating_sub(1).max(1)..LAGS - 1 {
            let (before, here, after) = (self.r[lag - 1], self.r[lag], self.r[lag + 1]);
            if here <= 0.5 * VOICING_THRESHOLD || here <= before || here < after {
                continue;
            }
            // The top of the parabola through three points.
            let (slope, bend) = (0.5 * (after - before), 2.0 * here - before - after);
            let hz = (OVERSAMPLING as f32 * SAMPLE_RATE as f32) / (lag as f32 + slope / bend);
            let top = here + 0.5 * slope * slope / bend;
            if (FLOOR..=CEILING).contains(&hz) {
                // Short-time noise may correlate with more than itself: Boersma reflects it.
                frame.offer(Voiced { hz, strength: if top > 1.0 { top.recip() } else { top } });
            }
        }
        frame
    }
}

#[derive(Clone, Copy)]
enum Part {
    First,
    Second,
}

impl Frame {
    fn unvoiced(intensity: f32) -> Self {
        Self { intensity, candidates: [Voiced { hz: 0.0, strength: 0.0 }; CANDIDATES], count: 0 }
    }

    /// Keeps a candidate if there is room or a weaker one.
    fn offer(&mut self, candidate: Voiced) {
        let worth = |c: &Voiced| c.strength - OCTAVE_COST * (FLOOR / c.hz).log2();
        if self.count < CANDIDATES {
            self.candidates[self.count] = candidate;
            self.count += 1;
            return;
        }
        let weakest = self.candidates.iter_mut().min_by(|a, b| worth(a).total_cmp(&worth(b)));
        if let Some(weakest) = weakest
            && worth(weakest) < worth(&candidate)
        {
            *weakest = candidate;
        }
    }
}
