use std::collections::VecDeque;

use super::grid::RATE;

/// Taps of the Hann filter that smooths the magnitude: 0.26 s.
const SMOOTHING: usize = 13;
/// Cells of the moving mean that is taken off: 1 s.
const LEVEL: usize = RATE + 1;
/// A step is the highest point of the filtered magnitude within so many cells to either side: 0.24 s.
const NEIGHBOURHOOD: usize = 12;
/// Cells that the filters look to either side. Before the first cell and after the last one, the magnitude is taken to be
/// its own mirror image, so that the steps at the ends are neither lost nor made up on the whole.
const REACH: usize = SMOOTHING / 2 + LEVEL / 2 + NEIGHBOURHOOD;
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
    /// The first cell without a gap since, and the one that follows the last.
    first: i64,
    next: i64,
    /// The first magnitudes, until there are enough to mirror them; and the last ones.
    opening: Vec<f64>,
    recent: VecDeque<f64>,
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
    /// Cells from one step of a walk to the second after it.
    strides: Vec<i64>,
}

impl Taken {
    /// Steps a minute while stepping: two a stride, since the left step may take longer than the right one. Of the
    /// strides that are within a quarter of the median one, so that a turn or a step that was missed does not count.
    pub(super) fn cadence(&mut self) -> Option<f64> {
        self.strides.sort_unstable();
        let median = *self.strides.get(self.strides.len() / 2)?;
        let usual = || self.strides.iter().filter(|&&stride| 4 * (stride - median).abs() <= median);
        Some(2.0 * 60.0 * RATE as f64 * usual().count() as f64 / usual().sum::<i64>() as f64)
    }
}

impl StepCounter {
    /// Takes the magnitude of the cell at `index` in, g. A skipped index ends the walk.
    pub(super) fn push(&mut self, index: i64, magnitude: f64) {
        if index != self.next || self.recent.is_empty() {
            self.end();
            self.first = index;
        }
        self.next = index.saturating_add(1);
        slide(&mut self.recent, magnitude, REACH + 1);
        if !self.raw.is_empty() {
            return self.filter(index, magnitude);
        }
        self.opening.push(magnitude);
        if self.opening.len() > REACH {
            self.open();
        }
    }

    /// Nothing is known after the last cell: counts the steps that wait for what comes after them, and forgets all but
    /// the count.
    pub(super) fn end(&mut self) {
        self.open();
        let last = self.next.saturating_sub(1);
        let mirrored: Vec<f64> = self.recent.iter().rev().skip(1).copied().collect();
        for (after, magnitude) in (1..).zip(mirrored) {
            self.filter(last.saturating_add(after), magnitude);
        }
        *self = Self { taken: self.take(), ..Self::default() };
    }

    fn open(&mut self) {
        let opening = std::mem::take(&mut self.opening);
        for (before, magnitude) in opening.iter().enumerate().skip(1).rev() {
            self.filter(self.first.saturating_sub(before as i64), *magnitude);
        }
        for (after, magnitude) in (0..).zip(opening) {
            self.filter(self.first.saturating_add(after), magnitude);
        }
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
                self.peak(index.saturating_sub(REACH as i64));
            }
        }
    }

    /// What was counted since this was last asked.
    pub(super) fn take(&mut self) -> Taken {
        std::mem::take(&mut self.taken)
    }

    fn peak(&mut self, at: i64) {
        if at < self.first {
            return;
        }
        let interval = self.last_peak.map(|last| at - last).filter(|&interval| interval <= LONGEST_INTERVAL);
        let before = std::mem::replace(&mut self.last_interval, interval);
        let change = interval.zip(before).map_or(1.0, |(now, last)| now as f64 / last as f64);
        self.last_peak = Some(at);
        let Some(interval) = interval else {
            self.walking = false;
            return self.pending.clear();
        };
        if self.walking {
            self.taken.steps += 1;
            self.taken.strides.extend(before.map(|before| before + interval));
            return;
        }
        if change.max(change.recip()) > MOST_CHANGE {
            self.pending.clear();
        }
        self.pending.push(interval);
        if self.pending.len() + 1 == LEAST_STEPS {
            self.walking = true;
            let pending = std::mem::take(&mut self.pending);
            self.taken.steps += LEAST_STEPS as u32;
            self.taken.strides.extend(pending.windows(2).map(|pair| pair[0] + pair[1]));
        }
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
    fn a_limp_has_the_cadence_of_both_legs() {
        let mut counter = StepCounter::default();
        // Steps 0.4 s and 0.7 s apart: 109 a minute.
        for index in 0..1100 {
            let place = index % 55;
            let step = |at: i64| (-((place - at) as f64 / 4.0).powi(2)).exp();
            counter.push(index, 1.0 + 0.4 * (step(10) + step(30)));
        }
        counter.end();
        let mut taken = counter.take();
        assert!((38..=41).contains(&taken.steps), "{taken:?}");
        assert!((taken.cadence().unwrap() - 109.1).abs() < 1.0, "{taken:?}");
    }

    #[test]
    fn the_last_steps_count_when_nothing_comes_after_them() {
        let mut counter = StepCounter::default();
        for index in 0..500 {
            let phase = std::f64::consts::TAU * 2.0 * index as f64 / RATE as f64;
            counter.push(index, 1.0 + 0.2 * phase.sin());
        }
        let before = counter.take().steps;
        counter.end();
        let all = before + counter.take().steps;
        assert!(before <= 19 && (19..=21).contains(&all), "{before} of {all}");
    }

    #[test]
    fn a_gap_ends_the_walk_without_steps_made_up_for_it() {
        let mut counter = StepCounter::default();
        for index in (0..500).chain(2000..2500) {
            let phase = std::f64::consts::TAU * 2.0 * index as f64 / RATE as f64;
            counter.push(index, 1.0 + 0.2 * phase.sin());
        }
        counter.end();
        let mut taken = counter.take();
        assert!((38..=41).contains(&taken.steps), "{taken:?}");
        assert!((taken.cadence().unwrap() - 120.0).abs() < 3.0);
    }
}
