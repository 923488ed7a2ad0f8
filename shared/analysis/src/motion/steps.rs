use std::collections::VecDeque;

use super::grid::RATE;

/// Taps of the Hann filter that smooths the magnitude: 0.3 s.
const SMOOTHING: usize = 15;
/// Cells of the moving mean that is taken off: 1 s.
const LEVEL: usize = RATE + 1;
/// A step is the highest point of the filtered magnitude within so many cells to either side: 0.28 s.
const NEIGHBOURHOOD: usize = 14;
/// As if the device had rested before its first cell for as long as the filters look back.
const LEAD: i64 = (SMOOTHING / 2 + LEVEL / 2 + NEIGHBOURHOOD) as i64;
/// Height of the filtered magnitude that a step has at least, g. Ours.
const LEAST_HEIGHT: f64 = 0.05;
/// A walk ends with a longer interval between steps: 1.2 s.
const LONGEST_INTERVAL: i64 = 60;
/// So many regular steps make a walk; fewer are taken for other movements. Ours.
const LEAST_STEPS: usize = 4;
/// The intervals that begin a walk differ from the one before by at most this factor; later ones, as in a turn, may
/// differ more. Ours.
const MOST_CHANGE: f64 = 2.0;

/// Counts steps as peaks of the filtered magnitude of acceleration, once four regular ones stand in a row.
///
/// A step is counted 0.9 s after it was made, or when the fourth of its walk is.
#[derive(Default)]
pub(super) struct StepCounter {
    next: i64,
    raw: VecDeque<f64>,
    smooth: VecDeque<f64>,
    filtered: VecDeque<f64>,
    last_peak: Option<i64>,
    last_interval: Option<i64>,
    pending: Vec<i64>,
    walking: bool,
    taken: Taken,
}

/// What was counted since the last time.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Taken {
    /// Steps.
    pub(super) steps: u32,
    /// Cells between steps of one walk.
    intervals: Vec<i64>,
}

impl Taken {
    /// Steps a minute while stepping: of the intervals that are within a quarter of the median one, so that a turn or a
    /// step that was missed does not count.
    pub(super) fn cadence(&mut self) -> Option<f64> {
        self.intervals.sort_unstable();
        let median = *self.intervals.get(self.intervals.len() / 2)?;
        let usual = || self.intervals.iter().filter(|&&interval| 4 * (interval - median).abs() <= median);
        Some(60.0 * RATE as f64 * usual().count() as f64 / usual().sum::<i64>() as f64)
    }
}

impl StepCounter {
    /// Takes the magnitude of the cell at `index` in, g. A skipped index ends the walk.
    pub(super) fn push(&mut self, index: i64, magnitude: f64) {
        if index != self.next || self.raw.is_empty() {
            *self = Self { taken: self.take(), ..Self::default() };
            for before in (1..=LEAD).rev() {
                self.filter(index.saturating_sub(before), magnitude);
            }
        }
        self.next = index.saturating_add(1);
        self.filter(index, magnitude);
    }

    fn filter(&mut self, index: i64, magnitude: f64) {
        if !slide(&mut self.raw, magnitude, SMOOTHING) || !slide(&mut self.smooth, hann_mean(&self.raw), LEVEL) {
            return;
        }
        let level = self.smooth.iter().sum::<f64>() / LEVEL as f64;
        if slide(&mut self.filtered, self.smooth[LEVEL / 2] - level, 2 * NEIGHBOURHOOD + 1) {
            let height = self.filtered[NEIGHBOURHOOD];
            // Of equal points the first is the step.
            let lower = |(place, &other): (usize, &f64)| other < height || place >= NEIGHBOURHOOD && other == height;
            if height >= LEAST_HEIGHT && self.filtered.iter().enumerate().all(lower) {
                self.peak(index);
            }
        }
    }

    /// What was counted since this was last asked.
    pub(super) fn take(&mut self) -> Taken {
        std::mem::take(&mut self.taken)
    }

    fn peak(&mut self, at: i64) {
        let interval = self.last_peak.map(|last| at - last).filter(|&interval| interval <= LONGEST_INTERVAL);
        let change = interval.zip(self.last_interval).map_or(1.0, |(now, last)| now as f64 / last as f64);
        self.last_peak = Some(at);
        self.last_interval = interval;
        let Some(interval) = interval else {
            self.walking = false;
            return self.pending.clear();
        };
        if self.walking {
            return self.count(1, &[interval]);
        }
        if change.max(change.recip()) > MOST_CHANGE {
            self.pending.clear();
        }
        self.pending.push(interval);
        if self.pending.len() + 1 == LEAST_STEPS {
            self.walking = true;
            let pending = std::mem::take(&mut self.pending);
            self.count(LEAST_STEPS as u32, &pending);
        }
    }

    fn count(&mut self, steps: u32, intervals: &[i64]) {
        self.taken.steps += steps;
        self.taken.intervals.extend(intervals);
    }
}

/// Appends to a delay line; says whether it is full.
fn slide(line: &mut VecDeque<f64>, value: f64, length: usize) -> bool {
    if line.len() == length {
        line.pop_front();
    }
    line.push_back(value);
    line.len() == length
}

fn hann_mean(values: &VecDeque<f64>) -> f64 {
    let weight = |i: usize| 0.5 - 0.5 * (std::f64::consts::TAU * (i + 1) as f64 / (SMOOTHING + 1) as f64).cos();
    // The weights of a Hann window of N taps without its zeros sum to (N + 1) / 2.
    values.iter().enumerate().map(|(i, value)| value * weight(i)).sum::<f64>() * 2.0 / (SMOOTHING + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(steps_a_minute: f64, seconds: usize, height: f64) -> Taken {
        let mut counter = StepCounter::default();
        for index in 0..seconds * RATE {
            let phase = std::f64::consts::TAU * steps_a_minute / 60.0 * index as f64 / RATE as f64;
            counter.push(index as i64, 1.0 + height * phase.sin());
        }
        counter.take()
    }

    #[test]
    fn every_step_of_a_walk_is_counted_at_its_cadence() {
        for cadence in [80.0, 100.0, 120.0, 150.0] {
            let mut taken = walk(cadence, 60, 0.2);
            assert!((f64::from(taken.steps) - cadence).abs() <= 3.0, "{cadence}: {taken:?}");
            assert!((taken.cadence().unwrap() - cadence).abs() < 0.02 * cadence, "{cadence}: {taken:?}");
        }
    }

    #[test]
    fn stillness_and_single_bumps_are_no_steps() {
        assert_eq!(walk(100.0, 60, 0.001), Taken::default());
        let mut counter = StepCounter::default();
        for index in 0..3000 {
            counter.push(index, if index % 150 < 10 { 1.5 } else { 1.0 });
        }
        assert_eq!(counter.take(), Taken::default());
        assert_eq!(Taken::default().cadence(), None);
    }

    #[test]
    fn a_gap_ends_the_walk_without_steps_made_up_for_it() {
        let mut counter = StepCounter::default();
        for index in (0..500).chain(2000..2500) {
            let phase = std::f64::consts::TAU * 2.0 * index as f64 / RATE as f64;
            counter.push(index, 1.0 + 0.2 * phase.sin());
        }
        let mut taken = counter.take();
        assert!((34..=40).contains(&taken.steps), "{taken:?}");
        assert!((taken.cadence().unwrap() - 120.0).abs() < 3.0);
    }
}
