use super::HOP;
use super::lanes::dot;

/// Least correlation with the period before for a pulse within a voiced stretch, and for one that ends it.
const CORRELATION: (f64, f64) = (0.3, 0.7);
/// Least amplitude of the two, as a share of the loudest.
const AMPLITUDE: (f32, f32) = (0.01, 0.023_333);
/// Where the next period is looked for, in periods from the one before.
const REACH: (f64, f64) = (0.8, 1.25);

/// Finds where each vibration of the vocal folds stands: from the strongest in the middle of a voiced stretch, period
/// after period to both sides, to where the waveform correlates best with the one before; the method that Praat's manual
/// describes for `Sound & Pitch: To PointProcess (cc)`.
pub(super) struct PulseFinder<'a> {
    samples: &'a [f32],
    /// F0 in Hz of the frames of the run, as in [`super::Frame`].
    contour: &'a [Option<f32>],
    /// Samples a second.
    rate: f64,
    peak: f32,
}

/// The waveform that is most like another.
struct Match {
    at: f64,
    correlation: f64,
    amplitude: f32,
}

impl<'a> PulseFinder<'a> {
    /// For a run at 16 kHz; `peak` is the largest amplitude of the window.
    pub(super) fn new(samples: &'a [f32], contour: &'a [Option<f32>], peak: f32) -> Self {
        Self { samples, contour, rate: f64::from(super::SAMPLE_RATE), peak }
    }

    /// Times of the pulses in samples from the start of the run, ascending; sample `i` lasts from `i` to `i + 1`.
    pub(super) fn find(&self) -> Vec<f64> {
        let mut pulses = Vec::new();
        let mut first = 0;
        for stretch in self.contour.chunk_by(|a, b| a.is_some() == b.is_some()) {
            let last = first + stretch.len();
            if stretch[0].is_some() {
                // From half a hop before the first centre to half a hop after the last.
                let (from, to) = (HOP as f64 * (first as f64 + 0.5), HOP as f64 * (last as f64 + 0.5));
                self.follow(from, to, &mut pulses);
            }
            first = last;
        }
        pulses.sort_unstable_by(f64::total_cmp);
        pulses
    }

    fn follow(&self, from: f64, to: f64, pulses: &mut Vec<f64>) {
        let middle = 0.5 * (from + to);
        let Some(period) = self.period(middle) else { return };
        let Some(start) = self.extremum(middle - 0.5 * period, middle + 0.5 * period) else { return };
        let before = pulses.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        pulses.push(start);
        for direction in [-1.0, 1.0] {
            let mut at = start;
            while let Some(period) = self.period(at) {
                let reach = (direction * REACH.0 * period, direction * REACH.1 * period);
                let found = self.most_alike(at, period, at + reach.0.min(reach.1), at + reach.0.max(reach.1));
                // A stretch that was found already is not entered again.
                let free = |at: f64| direction > 0.0 || at - before > REACH.0 * period;
                let Some(found) = found else {
                    at += direction * period;
                    if at < from || at > to {
                        break;
                    }
                    continue;
                };
                at = found.at;
                let within = at >= from && at <= to;
                let (correlation, amplitude) =
                    if within { (CORRELATION.0, AMPLITUDE.0) } else { (CORRELATION.1, AMPLITUDE.1) };
                if found.correlation > correlation && found.amplitude > amplitude * self.peak && free(at) {
                    pulses.push(at);
                }
                if !within {
                    break;
                }
            }
        }
    }

    /// The period in samples at a time, between frames by interpolation; none where the nearest frame is unvoiced.
    fn period(&self, at: f64) -> Option<f64> {
        let place = at / HOP as f64 - 1.0;
        if !(place >= -0.5 && place < self.contour.len() as f64) {
            return None;
        }
        let near = place.round();
        let hz = |place: f64| (place >= 0.0).then(|| self.contour.get(place as usize).copied().flatten()).flatten();
        let here = f64::from(hz(near)?);
        let other = hz(if place > near { near + 1.0 } else { near - 1.0 }).map_or(here, f64::from);
        Some(self.rate / (here + (other - here) * (place - near).abs()))
    }

    /// Where the sample furthest from zero stands between two times, on the parabola through it and its neighbours.
    fn extremum(&self, from: f64, to: f64) -> Option<f64> {
        let first = (from - 0.5).floor().max(1.0) as usize;
        let last = ((to - 0.5).ceil().max(0.0) as usize).min(self.samples.len().saturating_sub(2));
        let best = (first..=last).max_by(|&a, &b| self.samples[a].abs().total_cmp(&self.samples[b].abs()))?;
        let [before, here, after] = [best - 1, best, best + 1].map(|i| f64::from(self.samples[i]));
        Some(best as f64 + 0.5 + vertex(before, here, after).0)
    }

    /// Where, between two times, one period of samples is most like the one around `at`.
    fn most_alike(&self, at: f64, period: f64, from: f64, to: f64) -> Option<Match> {
        let half = 0.5 * period;
        let index = |time: f64| time - half - 0.5;
        let own_start = index(at).round();
        let length = ((at + half - 0.5).round() - own_start) as usize + 1;
        let own = self.slice(own_start, length)?;
        let own_power = dot(own, own);
        let (mut best, mut best_start) = ((0.0, 0.0, 0.0), None);
        let (mut before_last, mut last) = (0.0, 0.0);
        let mut start = index(from).floor();
        let stop = index(to).ceil();
        while start <= stop {
            let correlation = self.slice(start, length).map_or(0.0, |other| {
                let power = own_power * dot(other, other);
                if power > 0.0 { f64::from(dot(own, other)) / f64::from(power).sqrt() } else { 0.0 }
            });
            if last > best.1 && last >= before_last && last >= correlation {
                best = (before_last, last, correlation);
                best_start = Some(start - 1.0);
            }
            (before_last, last) = (last, correlation);
            start += 1.0;
        }
        let start = best_start?;
        let (shift, correlation) = vertex(best.0, best.1, best.2);
        let amplitude = self.slice(start, length)?.iter().fold(0.0, |most: f32, s| most.max(s.abs()));
        Some(Match { at: at + start + shift - own_start, correlation, amplitude })
    }

    fn slice(&self, start: f64, length: usize) -> Option<&[f32]> {
        if start < 0.0 {
            return None;
        }
        let start = start as usize;
        self.samples.get(start..start.checked_add(length)?)
    }
}

/// Place, from the middle one, and height of the top of the parabola through three points.
fn vertex(before: f64, here: f64, after: f64) -> (f64, f64) {
    let (slope, bend) = (0.5 * (after - before), 2.0 * here - before - after);
    if bend == 0.0 { (0.0, here) } else { (slope / bend, here + 0.5 * slope * slope / bend) }
}
