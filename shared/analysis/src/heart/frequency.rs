use std::f64::consts::TAU;

use realfft::RealFftPlanner;

use super::tachogram::{self, RATE};

/// Very low, low and high frequencies, Hz (Task Force 1996).
const VLF: (f64, f64) = (0.0033, 0.04);
const LF: (f64, f64) = (0.04, 0.15);
const HF: (f64, f64) = (0.15, 0.4);
/// Segments that overlap by half.
const SEGMENTS: usize = 3;
/// A segment is no shorter, samples: the slowest wave of the high frequencies, one and a half times.
const LEAST_SEGMENT: usize = 40;

/// Power of the heart's rhythms in bands of frequency.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FrequencyDomain {
    /// Power of 0.0033-0.04 Hz, ms2.
    pub vlf: f64,
    /// Power of 0.04-0.15 Hz, ms2.
    pub lf: f64,
    /// Power of 0.15-0.4 Hz, ms2.
    pub hf: f64,
}

impl FrequencyDomain {
    /// LF over HF.
    #[must_use]
    pub fn lf_hf(&self) -> Option<f64> {
        (self.hf > 0.0).then(|| self.lf / self.hf).filter(|ratio| ratio.is_finite())
    }

    /// LF in normalised units: per cent of LF + HF.
    #[must_use]
    pub fn lf_nu(&self) -> Option<f64> {
        self.normalised(self.lf)
    }

    /// HF in normalised units: per cent of LF + HF.
    #[must_use]
    pub fn hf_nu(&self) -> Option<f64> {
        self.normalised(self.hf)
    }

    fn normalised(&self, power: f64) -> Option<f64> {
        let both = self.lf + self.hf;
        (both > 0.0).then(|| 100.0 * (power / both)).filter(|share| share.is_finite())
    }
}

/// Frequency domain of RR intervals (ms) that end at `times` (s), by one recipe:
///
/// 1. natural cubic spline through (time, interval), read at 4 Hz from the first beat on; the mean taken off;
/// 2. Welch (1967): three segments of the largest even length up to half the samples, overlapping by half, so that it
///    is never one sample that decides between two and three; periodic Hann window, zero-padded to twice the length,
///    one-sided density;
/// 3. the trapezoidal rule over the bins with low <= f < high.
///
/// In SciPy: `welch(x - x.mean(), fs=4, window="hann", nperseg=n, noverlap=n // 2, nfft=2 * n, detrend=False)` with
/// `n = 2 * (len(x) // 4)`. NeuroKit2's default is the same but for quadratic interpolation at 100 Hz and segments of any
/// length.
///
/// `None` for what the tachogram refuses (times that do not rise, values that are not finite) and for under 20 s.
#[must_use]
pub fn frequency_domain(times: &[f64], intervals: &[f64]) -> Option<FrequencyDomain> {
    let mut samples = tachogram::even(times, intervals)?;
    let mean = samples.iter().sum::<f64>() / samples.len() as f64;
    samples.iter_mut().for_each(|sample| *sample -= mean);
    let length = 2 * (samples.len() / 4);
    if length < LEAST_SEGMENT {
        return None;
    }
    let density = welch(&samples, length);
    let step = 1.0 / (2.0 * length as f64 * (1.0 / RATE));
    let power = |(low, high): (f64, f64)| {
        let within = |bin: &usize| (low..high).contains(&(*bin as f64 * step));
        let bins: Vec<usize> = (0..density.len()).filter(within).collect();
        bins.windows(2).map(|pair| (density[pair[0]] + density[pair[1]]) / 2.0 * step).sum::<f64>()
    };
    let found = FrequencyDomain { vlf: power(VLF), lf: power(LF), hf: power(HF) };
    [found.vlf, found.lf, found.hf].into_iter().all(f64::is_finite).then_some(found)
}

/// One-sided power spectral density, ms2/Hz, of bins `RATE / (2 * length)` apart, from 0 to half the rate.
fn welch(samples: &[f64], length: usize) -> Vec<f64> {
    let window: Vec<f64> = (0..length).map(|i| 0.5 - 0.5 * (TAU * i as f64 / length as f64).cos()).collect();
    let scale = 1.0 / (RATE * window.iter().map(|w| w * w).sum::<f64>());
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(2 * length);
    let (mut buffer, mut spectrum, mut scratch) = (fft.make_input_vec(), fft.make_output_vec(), fft.make_scratch_vec());
    let mut density = vec![0.0; length + 1];
    for segment in 0..SEGMENTS {
        buffer.fill(0.0);
        let part = &samples[segment * length / 2..][..length];
        for (slot, (sample, weight)) in buffer.iter_mut().zip(part.iter().zip(&window)) {
            *slot = sample * weight;
        }
        fft.process_with_scratch(&mut buffer, &mut spectrum, &mut scratch)
            .expect("buffers that the transform made have its lengths");
        for (bin, (sum, value)) in density.iter_mut().zip(&spectrum).enumerate() {
            // The mirror image of every bin but the first and the last is folded onto it.
            let sides = if bin == 0 || bin == length { 1.0 } else { 2.0 };
            *sum += sides * scale * value.norm_sqr() / SEGMENTS as f64;
        }
    }
    density
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A heart of 75 a minute with waves of (Hz, ms), for so many seconds.
    fn waves(seconds: f64, waves: &[(f64, f64)]) -> (Vec<f64>, Vec<f64>) {
        let count = (seconds / 0.8) as usize;
        let times: Vec<f64> = (0..count).map(|i| 0.8 * i as f64).collect();
        let interval = |t: &f64| 800.0 + waves.iter().map(|(hz, ms)| ms * (TAU * hz * t).sin()).sum::<f64>();
        let intervals = times.iter().map(interval).collect();
        (times, intervals)
    }

    #[test]
    fn a_wave_has_half_its_amplitude_squared_as_power_in_its_own_band() {
        let (times, intervals) = waves(300.0, &[(0.1, 40.0), (0.25, 20.0), (0.02, 30.0)]);
        let found = frequency_domain(&times, &intervals).unwrap();
        for (power, amplitude) in [(found.lf, 40.0_f64), (found.hf, 20.0), (found.vlf, 30.0)] {
            let expected = amplitude * amplitude / 2.0;
            assert!((power / expected - 1.0).abs() < 0.03, "{power} for {expected}");
        }
        assert!((found.lf_hf().unwrap() - 4.0).abs() < 0.15);
        assert!((found.lf_nu().unwrap() + found.hf_nu().unwrap() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn one_sample_more_does_not_move_the_powers() {
        let (times, intervals) = waves(300.0, &[(0.1, 40.0), (0.25, 20.0)]);
        let powers: Vec<f64> =
            (370..=375).map(|count| frequency_domain(&times[..count], &intervals[..count]).unwrap().lf).collect();
        assert!(powers.iter().all(|power| (power / powers[0] - 1.0).abs() < 0.02), "{powers:?}");
    }

    #[test]
    fn a_short_or_still_series_has_no_ratio() {
        let (times, intervals) = waves(15.0, &[(0.25, 20.0)]);
        assert_eq!(frequency_domain(&times, &intervals), None);
        let (times, intervals) = waves(300.0, &[]);
        let still = frequency_domain(&times, &intervals).unwrap();
        assert!(still.lf < 1e-12 && still.lf_nu().is_none_or(f64::is_finite));
    }
}
