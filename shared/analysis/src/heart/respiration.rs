use std::f64::consts::TAU;

use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

use super::tachogram::{self, RATE};
use super::time_domain::sd;

/// Where breathing is looked for, Hz: 6 to 30 breaths a minute, as Schaefer and Kratky (2008) do.
const LOWEST: f64 = 0.1;
const HIGHEST: f64 = 0.5;
/// Bins of the zero-padded spectrum: 0.12 breaths a minute apart.
const SIZE: usize = 2048;
/// A tachogram that varies less shows no breathing, ms: the resolution of straps.
const LEAST_SD: f64 = 1.0;
/// Longer series breathe at more than one rate: 100 s.
const MOST_SAMPLES: usize = 400;
/// Power within this of the peak belongs to it, in widths of the Hann window's main lobe. Ours.
const LOBE: f64 = 2.0;
/// Share of the band's power that the peak has to hold, for it to be breathing and not noise: ours, between what white
/// noise reaches by chance and what breathing gives (the test beside).
const LEAST_SHARE: f64 = 0.6;

/// Breaths a minute: the peak of respiratory sinus arrhythmia in RR intervals (ms) that end at `times` (s), read from
/// the spectrum of the tachogram (4 Hz, natural cubic spline, line taken off, Hann window) between 0.1 Hz and the lesser of
/// 0.5 Hz and half the mean heart rate.
///
/// `None` without a peak inside the band that holds most of its power, where times do not rise, and for more than 100 s.
#[must_use]
pub fn respiration_rate(times: &[f64], intervals: &[f64]) -> Option<f64> {
    let samples = tachogram::even(times, intervals).filter(|samples| samples.len() <= MOST_SAMPLES)?;
    sd(samples.iter().copied()).filter(|sd| *sd >= LEAST_SD)?;
    let heart = 1000.0 / (intervals.iter().sum::<f64>() / intervals.len() as f64);
    let power = spectrum(&samples);
    let step = RATE / SIZE as f64;
    let low = (LOWEST / step).ceil() as usize;
    let high = (HIGHEST.min(heart / 2.0) / step).floor() as usize;
    let peak = (low..=high).max_by(|&a, &b| power[a].total_cmp(&power[b]))?;
    if power[peak - 1] > power[peak] || power[peak + 1] > power[peak] {
        return None;
    }
    let reach = (LOBE * RATE / samples.len() as f64 / step).round() as usize;
    let near = (peak - reach.min(peak)).max(low)..=(peak + reach).min(high);
    let (near, all) = (power[near].iter().sum::<f64>(), power[low..=high].iter().sum::<f64>());
    // A parabola through the logarithms of the peak and its neighbours, which are bins of one main lobe.
    let [before, at, after] = [peak - 1, peak, peak + 1].map(|bin| power[bin].ln());
    let shift = (before - after) / (2.0 * (before - 2.0 * at + after));
    let hz = (peak as f64 + shift) * step;
    (near >= LEAST_SHARE * all).then_some(60.0 * hz).filter(|rate| rate.is_finite())
}

/// Power of the Hann-windowed samples, less the line through them.
fn spectrum(samples: &[f64]) -> Vec<f64> {
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let middle = (count - 1.0) / 2.0;
    let centred = || samples.iter().enumerate().map(|(i, sample)| (i as f64 - middle, sample - mean));
    let slope = centred().map(|(t, x)| t * x).sum::<f64>() / centred().map(|(t, _)| t * t).sum::<f64>();
    let mut buffer = vec![Complex::default(); SIZE];
    for (i, (slot, (t, x))) in buffer.iter_mut().zip(centred()).enumerate() {
        slot.re = (x - slope * t) * (0.5 - 0.5 * (TAU * (i as f64 + 0.5) / count).cos());
    }
    FftPlanner::new().plan_fft_forward(SIZE).process(&mut buffer);
    buffer[..SIZE / 2].iter().map(Complex::norm_sqr).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u32) -> impl FnMut() -> f64 {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        move || {
            let mut sum = 0.0;
            for _ in 0..4 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                sum += f64::from(state >> 8) / f64::from(1 << 24) - 0.5;
            }
            sum
        }
    }

    /// A minute of a heart of 75 a minute that breathes so often, with noise of about 6 ms.
    fn breathing(breaths: f64, depth: f64, seed: u32) -> (Vec<f64>, Vec<f64>) {
        let mut noise = noise(seed);
        let (mut at, mut times, mut intervals) = (0.0, Vec::new(), Vec::new());
        while at < 60.0 {
            let interval = 800.0 + depth * (TAU * breaths / 60.0 * at).sin() + 10.0 * noise();
            at += interval / 1000.0;
            times.push(at);
            intervals.push(interval);
        }
        (times, intervals)
    }

    #[test]
    fn the_rate_of_breathing_is_found_to_half_a_breath() {
        for breaths in [7.0, 9.0, 12.0, 15.5, 20.0, 25.0, 28.0] {
            for seed in 0..20 {
                let (times, intervals) = breathing(breaths, 30.0, seed);
                let found = respiration_rate(&times, &intervals).unwrap();
                assert!((found - breaths).abs() < 0.5, "{breaths}: {found}");
            }
        }
    }

    #[test]
    fn a_heart_that_only_wavers_hardly_ever_has_a_rate() {
        let found = (0..500).filter(|&seed| {
            let (times, intervals) = breathing(15.0, 0.0, seed);
            respiration_rate(&times, &intervals).is_some()
        });
        let found = found.count();
        assert!(found <= 25, "{found} of 500");
    }

    #[test]
    fn still_short_and_odd_series_have_none() {
        let times: Vec<f64> = (0..60).map(f64::from).collect();
        assert_eq!(respiration_rate(&times, &[1000.0; 60]), None);
        assert_eq!(respiration_rate(&times[..3], &[1000.0; 3]), None);
        assert_eq!(respiration_rate(&times, &[f64::NAN; 60]), None);
        assert_eq!(respiration_rate(&times, &[-1000.0; 60]), None);
        let long: Vec<f64> = (0..200).map(f64::from).collect();
        assert_eq!(respiration_rate(&long, &[1000.0; 200]), None);
    }
}
