use std::f32::consts::TAU;
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::SAMPLE_RATE;

/// Points of the transform: 64 ms. Its Hann window leaks far less at a distance than that of the frames, so that a loud bass
/// does not fill an empty treble.
const FFT: usize = 1024;
/// Bins in one band: 125 Hz.
const BINS: usize = 8;
const BANDS: usize = FFT / 2 / BINS;
const BAND_HZ: usize = SAMPLE_RATE as usize * BINS / FFT;
/// Least pairs of stretches of 64 ms that an average is of: half a second.
const LEAST_PAIRS: usize = 4;
/// By so many dB everything above an edge lies under the strongest band, and under the strongest of the half kilohertz below the
/// edge, at least; between lie two bands, in which filters fall. Ours: no voice falls so steeply by itself. Of 60 clips of speech at 16 kHz none
/// has an edge; of the same over a telephone's 8 kHz (also by the mu-law) and back 57 have, and of 210 others four, whose recorders had filters.
const UNDER_THE_STRONGEST: f32 = 50.0;
const CLIFF: f32 = 25.0;
const BELOW: usize = 4;
const FALL: usize = 2;
/// Bands that may have an edge below them: from 3 kHz, the lowest that any telephone has, to 6.5 kHz, that of the best. Above it many
/// recorders begin to filter.
const EDGES: std::ops::RangeInclusive<usize> = 3_000 / BAND_HZ..=6_500 / BAND_HZ;
/// What lies further under the strongest band tells nothing, dB: no room is as still, and a voice that is made falls steeply there.
const DEEPEST: f32 = 80.0;
/// Under this share of its rate an edge is not that of the recorder's own filter.
const OWN_EDGE: f32 = 0.9;

/// Finds out up to which frequency sound reaches that was once sampled at a lower rate than it has now.
pub(super) struct BandFinder {
    window: Vec<f32>,
    fft: Arc<dyn Fft<f32>>,
    buffer: Vec<Complex32>,
    scratch: Vec<Complex32>,
}

impl BandFinder {
    pub(super) fn new() -> Self {
        let fft = FftPlanner::new().plan_fft_forward(FFT);
        Self {
            window: (0..FFT).map(|i| 0.5 - 0.5 * (TAU * i as f32 / FFT as f32).cos()).collect(),
            buffer: vec![Complex32::default(); FFT],
            scratch: vec![Complex32::default(); fft.get_inplace_scratch_len()],
            fft,
        }
    }

    /// The rate, Hz, that would do for a run of samples at 16 kHz that was recorded at `rate`: twice the edge over which its
    /// long-term spectrum is empty, or its own rate where there is none, or too little sound to tell.
    pub(super) fn enough(&mut self, samples: &[f32], rate: u32) -> u32 {
        let needed =
            self.edge(samples).map(|hz| 2 * hz as u32).filter(|needed| (*needed as f32) < OWN_EDGE * rate as f32);
        needed.unwrap_or(rate)
    }

    fn edge(&mut self, samples: &[f32]) -> Option<usize> {
        let pairs = samples.chunks_exact(2 * FFT);
        if pairs.len() < LEAST_PAIRS {
            return None;
        }
        let mut bands = [0.0_f32; BANDS];
        for pair in pairs {
            // One complex transform does two real ones, of whose powers the sum is all that is asked.
            let (one, other) = pair.split_at(FFT);
            for (((z, re), im), weight) in self.buffer.iter_mut().zip(one).zip(other).zip(&self.window) {
                *z = Complex32::new(re * weight, im * weight);
            }
            self.fft.process_with_scratch(&mut self.buffer, &mut self.scratch);
            for (k, z) in self.buffer.iter().enumerate().skip(1) {
                // The upper half mirrors the lower.
                let band = k.min(FFT - k) / BINS;
                if let Some(power) = bands.get_mut(band) {
                    *power += z.norm_sqr();
                }
            }
        }
        edge_of(&bands)
    }
}

/// The lowest edge of these powers, Hz.
fn edge_of(bands: &[f32; BANDS]) -> Option<usize> {
    let strongest = |powers: &[f32]| 10.0 * powers.iter().copied().fold(f32::MIN_POSITIVE, f32::max).log10();
    let all = strongest(bands);
    let is_edge = |&band: &usize| {
        let above = strongest(&bands[band + FALL..]).max(all - DEEPEST);
        all - above > UNDER_THE_STRONGEST && strongest(&bands[band - BELOW..band]) - above > CLIFF
    };
    EDGES.into_iter().find(is_edge).map(|band| band * BAND_HZ)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::BandFinder;

    /// Two seconds of noise that falls by 6 dB an octave, of which nothing is left from `edge` on, at 16 kHz and 16 bits.
    fn noise(edge: Option<f32>) -> Vec<f32> {
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1 << 24)
        };
        let upper = edge.unwrap_or(8_000.0);
        // Partials of 10 Hz apart at random phases.
        let partials: Vec<(f64, f64)> =
            (10..800).map(|n| (10.0 * f64::from(n), TAU * random())).filter(|(hz, _)| *hz < f64::from(upper)).collect();
        let at = |t: f64| partials.iter().map(|(hz, phase)| (TAU * hz * t + phase).sin() / hz).sum::<f64>();
        (0..32_000).map(|i| (at(f64::from(i) / 16_000.0) * 4.0 * 32_768.0).round() as f32 / 32_768.0).collect()
    }

    #[test]
    fn the_edge_of_a_band_is_found_and_a_voice_that_falls_by_itself_has_none() {
        for edge in [3_400.0, 4_000.0, 5_500.0, 6_400.0] {
            let found = BandFinder::new().edge(&noise(Some(edge))).unwrap_or_else(|| panic!("{edge}"));
            assert!((found as f32 - edge).abs() <= 300.0, "{edge}: {found}");
        }
        assert_eq!(BandFinder::new().edge(&noise(None)), None);
        assert_eq!(BandFinder::new().edge(&[0.0; 32_000]), None);
    }

    #[test]
    fn less_than_half_a_second_tells_nothing_of_a_band() {
        assert_eq!(BandFinder::new().edge(&noise(Some(4_000.0))[..8_000]), None);
        assert_eq!(BandFinder::new().enough(&noise(Some(4_000.0))[..8_000], 48_000), 48_000);
        assert!(BandFinder::new().enough(&noise(Some(4_000.0)), 48_000) < 9_000);
    }
}
