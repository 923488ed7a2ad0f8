use std::f64::consts::PI;
use std::ops::RangeInclusive;

use realfft::RealFftPlanner;

/// Rates that a heart of somebody at work may have, Hz: 42 to 210 a minute.
const RATES: RangeInclusive<f64> = 0.7..=3.5;
/// What stands against the pulse, Hz (de Haan and Jeanne 2013): 40 to 240 a minute.
const BAND: RangeInclusive<f64> = 0.67..=4.0;
/// What belongs to the pulse about its rate and the double of it, Hz, beside what the length of the signal blurs.
const WIDTH: f64 = 0.1;
/// Steps of the spectrum, zeros added.
const STEPS: usize = 4096;

/// A rhythm in a signal.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Rhythm {
    /// Hz.
    pub(super) frequency: f64,
    /// Power at the frequency and its double over all other power in the band, dB.
    pub(super) signal_to_noise: f64,
}

/// The strongest rhythm that a heart may have in a signal of `rate` samples a second, by its Hann-windowed spectrum.
///
/// None in a signal without any power.
pub(super) fn rhythm(signal: &[f64], rate: f64) -> Option<Rhythm> {
    let signal = &signal[signal.len().saturating_sub(STEPS)..];
    if signal.len() < 2 {
        return None;
    }
    let mean = signal.iter().sum::<f64>() / signal.len() as f64;
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(STEPS);
    let mut input = transform.make_input_vec();
    let turn = 2.0 * PI / (signal.len() - 1) as f64;
    for (i, (slot, value)) in input.iter_mut().zip(signal).enumerate() {
        *slot = (value - mean) * (0.5 - 0.5 * (turn * i as f64).cos());
    }
    let mut output = transform.make_output_vec();
    transform.process(&mut input, &mut output).ok()?;
    let step = rate / STEPS as f64;
    let power = || output.iter().enumerate().map(|(i, value)| (i as f64 * step, value.norm_sqr()));
    let possible = power().filter(|(frequency, _)| RATES.contains(frequency));
    let (frequency, _) = possible.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, power)| *power > 0.0)?;
    let near = WIDTH + rate / signal.len() as f64;
    let (mut ours, mut others) = (0.0, 0.0);
    for (at, power) in power().filter(|(at, _)| BAND.contains(at)) {
        let belongs = (at - frequency).abs() <= near || (at - 2.0 * frequency).abs() <= near;
        *(if belongs { &mut ours } else { &mut others }) += power;
    }
    (others > 0.0).then(|| Rhythm { frequency, signal_to_noise: 10.0 * (ours / others).log10() })
}
