use super::SAMPLE_RATE;

/// Periods that count, seconds.
const PERIODS: std::ops::RangeInclusive<f64> = 0.0001..=0.02;
/// Neighbouring periods differ by no more than this factor, or one of them is none.
const MOST_PERIOD_FACTOR: f64 = 1.3;
/// Neighbouring amplitudes likewise.
const MOST_AMPLITUDE_FACTOR: f64 = 1.6;
/// An amplitude is measured over this share of a period to either side of its pulse.
const AMPLITUDE_SHARE: f64 = 0.2;

/// Jitter and shimmer over the pulses of a window, as Praat's `jitter (local)` and `shimmer (local, dB)`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Perturbation {
    periods: Sum,
    period_changes: Sum,
    amplitude_changes: Sum,
}

#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Sum {
    total: f64,
    count: u32,
}

impl Sum {
    fn add(&mut self, value: f64) {
        self.total += value;
        self.count += 1;
    }

    fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| self.total / f64::from(self.count))
    }
}

impl Perturbation {
    /// Adds the pulses (in samples, ascending) of a run.
    pub(super) fn add(&mut self, samples: &[f32], pulses: &[f64]) {
        let periods: Vec<f64> = pulses.windows(2).map(|two| (two[1] - two[0]) / f64::from(SAMPLE_RATE)).collect();
        for (i, &period) in periods.iter().enumerate() {
            let before = i.checked_sub(1).map(|before| factor(periods[before], period));
            let after = periods.get(i + 1).map(|&after| factor(period, after));
            let neighbours = [before, after];
            let regular = neighbours.iter().all(Option::is_none)
                || neighbours.iter().flatten().any(|&factor| factor <= MOST_PERIOD_FACTOR);
            if PERIODS.contains(&period) && regular {
                self.periods.add(period);
            }
        }
        let mut last: Option<(usize, f64)> = None;
        for (i, two) in periods.windows(2).enumerate() {
            if !two.iter().all(|p| PERIODS.contains(p)) || factor(two[0], two[1]) > MOST_PERIOD_FACTOR {
                continue;
            }
            self.period_changes.add((two[0] - two[1]).abs());
            let pulse = i + 1;
            let reach = [two[0], two[1]].map(|period| AMPLITUDE_SHARE * period * f64::from(SAMPLE_RATE));
            let Some(amplitude) = amplitude(samples, pulses[pulse], reach) else { continue };
            if let Some((before, previous)) = last
                && PERIODS.contains(&((pulses[pulse] - pulses[before]) / f64::from(SAMPLE_RATE)))
                && factor(previous, amplitude) <= MOST_AMPLITUDE_FACTOR
            {
                self.amplitude_changes.add(20.0 * (amplitude / previous).log10().abs());
            }
            last = Some((pulse, amplitude));
        }
    }

    /// Mean change from one period to the next over the mean period.
    pub(super) fn jitter_local(&self) -> Option<f64> {
        Some(self.period_changes.mean()? / self.periods.mean()?)
    }

    /// Mean change from one amplitude to the next, dB.
    pub(super) fn shimmer_local_db(&self) -> Option<f64> {
        self.amplitude_changes.mean()
    }
}

fn factor(a: f64, b: f64) -> f64 {
    (a / b).max(b / a)
}

/// Root mean square around a pulse under a Hann window that reaches so many samples to the left and to the right.
fn amplitude(samples: &[f32], pulse: f64, reach: [f64; 2]) -> Option<f64> {
    let first = (pulse - reach[0] - 0.5).ceil().max(0.0) as usize;
    let last = ((pulse + reach[1] - 0.5).floor().max(0.0) as usize).min(samples.len().checked_sub(1)?);
    let (mut squares, mut weights) = (0.0, 0.0);
    for (i, &sample) in samples.iter().enumerate().take(last + 1).skip(first) {
        let off = i as f64 + 0.5 - pulse;
        let phase = off / if off < 0.0 { reach[0] } else { reach[1] };
        let weight = 0.5 + 0.5 * (std::f64::consts::PI * phase).cos();
        squares += (f64::from(sample) * weight).powi(2);
        weights += weight * weight;
    }
    (squares > 0.0).then(|| (squares / weights).sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::pulses::PulseFinder;
    use super::*;

    /// Damped rings at pulses whose distance changes by `jitter` and whose size by `shimmer_db`, every other one.
    fn voice(period: f64, jitter: f64, shimmer_db: f64) -> Vec<f32> {
        let mut samples = vec![0.0_f32; 16_000];
        let (mut at, mut index) = (50.0, 0);
        while at < 15_900.0 {
            let odd = index % 2 == 1;
            let size = if odd { 0.3 } else { 0.3 * 10_f64.powf(shimmer_db / 20.0) };
            for (i, sample) in samples.iter_mut().enumerate().skip(at as usize).take(80) {
                let t = i as f64 + 0.5 - at;
                *sample += (size * (-t / 12.0).exp() * (std::f64::consts::TAU * t / 20.0).sin()) as f32;
            }
            at += if odd { period * (1.0 + jitter / 2.0) } else { period * (1.0 - jitter / 2.0) };
            index += 1;
        }
        samples
    }

    fn measure(period: f64, jitter: f64, shimmer_db: f64) -> Perturbation {
        let samples = voice(period, jitter, shimmer_db);
        let contour = vec![Some((f64::from(SAMPLE_RATE) / period) as f32); 98];
        let pulses = PulseFinder::new(&samples, &contour, 0.3).find();
        let expected = 15_680.0 / period;
        assert!((pulses.len() as f64 - expected).abs() < 3.0, "{} {expected}", pulses.len());
        let mut perturbation = Perturbation::default();
        perturbation.add(&samples, &pulses);
        perturbation
    }

    #[test]
    fn known_jitter_and_shimmer_are_found() {
        for period in [64.0, 101.3, 150.0] {
            for jitter in [0.0, 0.01, 0.03] {
                let found = measure(period, jitter, 0.0).jitter_local().unwrap();
                assert!((found - jitter).abs() < 0.003, "{period} {jitter}: {found}");
            }
            for shimmer in [0.0, 0.5, 1.5] {
                let found = measure(period, 0.0, shimmer).shimmer_local_db().unwrap();
                assert!((found - shimmer).abs() < 0.15, "{period} {shimmer}: {found}");
            }
        }
    }

    #[test]
    fn without_pulses_there_is_neither() {
        let mut perturbation = Perturbation::default();
        perturbation.add(&[0.0; 100], &[]);
        perturbation.add(&[0.0; 100], &[50.0]);
        perturbation.add(&[0.0; 100], &[10.0, 10.0, 10.0, 10.0]);
        assert_eq!((perturbation.jitter_local(), perturbation.shimmer_local_db()), (None, None));
        // Pulses in silence have periods and no amplitude.
        perturbation.add(&[0.0; 100], &[10.0, 20.0, 30.0, 40.0]);
        perturbation.add(&[], &[10.0, 20.0, 30.0, 40.0]);
        assert_eq!((perturbation.jitter_local(), perturbation.shimmer_local_db()), (Some(0.0), None));
    }

    #[test]
    fn a_contour_without_sound_ends_and_finds_nothing_that_is_no_number() {
        let contour = vec![Some(100.0); 500];
        for samples in [vec![0.0; 16_000], vec![0.5; 100], Vec::new()] {
            let pulses = PulseFinder::new(&samples, &contour, 0.0).find();
            assert!(pulses.iter().all(|p| p.is_finite()));
        }
    }
}
