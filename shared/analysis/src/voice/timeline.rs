use std::collections::VecDeque;

use attune_protocol::window::{WINDOW_SECONDS, Window};
use zeroize::Zeroize as _;

use crate::sample::{AudioChunk, Timestamp};

/// Full scale is 1; anything this far beyond is no sound but a broken sample, and would overflow the spectra.
const LARGEST: f32 = 1000.0;

/// Sample rates that are analysed, Hz.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;
/// How far a chunk's time may be off the samples before it and still follow them, seconds: a live microphone stamps a chunk
/// when it is handed over, which is late by this now and then, and no sound is missing.
const TOLERANCE: f64 = 0.2;
/// The most seconds that are held while nobody closes a window.
const MOST_SECONDS: u32 = 4 * WINDOW_SECONDS;
/// Runs shorter than a frame tell nothing.
const LEAST_SECONDS: f64 = 0.01;

/// Samples without a gap.
pub(super) struct Run {
    pub(super) at: Timestamp,
    pub(super) rate: u32,
    pub(super) samples: Vec<f32>,
    /// Numbers of the samples of which a channel was clipped where it does not show.
    pub(super) clipped: Vec<usize>,
}

impl Run {
    pub(super) fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }

    fn end(&self) -> Timestamp {
        self.at.plus_seconds(self.seconds())
    }

    fn follows(&self, next: &Self) -> bool {
        self.rate == next.rate && next.at.seconds_since(self.end()).abs() <= TOLERANCE
    }

    fn join(&mut self, next: &mut Self) {
        let length = self.samples.len();
        self.clipped.extend(next.clipped.iter().map(|number| number + length));
        self.samples.extend_from_slice(&next.samples);
    }

    /// Index of the first sample at or after an instant.
    fn index_of(&self, instant: Timestamp) -> usize {
        // Half a sample of slack: times are rounded to microseconds.
        let index = (instant.seconds_since(self.at) * f64::from(self.rate) - 0.5).ceil();
        (index.max(0.0) as usize).min(self.samples.len())
    }

    /// Cuts off what is before `instant`.
    fn take_before(&mut self, instant: Timestamp) -> Self {
        let index = self.index_of(instant);
        let before = self.samples[..index].to_vec();
        let left = self.samples.len() - index;
        self.samples.copy_within(index.., 0);
        self.samples[left..].zeroize();
        self.samples.truncate(left);
        let mut clipped = std::mem::take(&mut self.clipped);
        self.clipped = clipped.iter().filter_map(|&number| number.checked_sub(index)).collect();
        clipped.retain(|&number| number < index);
        let head = Self { at: self.at, rate: self.rate, samples: before, clipped };
        self.at = head.end();
        head
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.samples.zeroize();
    }
}

/// Samples that wait for their window to close: runs in the order of time.
#[derive(Default)]
pub(super) struct Timeline {
    runs: VecDeque<Run>,
    /// What is before this has been closed.
    closed: Option<Timestamp>,
}

impl Timeline {
    pub(super) fn push(&mut self, chunk: &AudioChunk) {
        if !RATES.contains(&chunk.sample_rate) {
            return;
        }
        let rate = f64::from(chunk.sample_rate);
        let mut index = 0;
        for sound in chunk.samples.split(|s| !s.is_finite() || s.abs() > LARGEST) {
            let inside = |&number: &u32| (number as usize).checked_sub(index).filter(|&number| number < sound.len());
            let clipped = chunk.clipped.iter().filter_map(inside).collect();
            let at = chunk.at.plus_seconds(index as f64 / rate);
            self.append(Run { at, rate: chunk.sample_rate, samples: sound.to_vec(), clipped });
            index += sound.len() + 1;
        }
        self.bound();
    }

    fn append(&mut self, mut new: Run) {
        if new.samples.is_empty() {
            return;
        }
        self.draw_back(&new);
        if let Some(last) = self.runs.back_mut()
            && last.follows(&new)
        {
            last.join(&mut new);
            return;
        }
        if let Some(known) = self.runs.back().map(Run::end).max(self.closed)
            && new.at < known
        {
            // It runs backwards: what is known already is left out.
            drop(new.take_before(known));
        }
        if new.samples.is_empty() {
            return;
        }
        if self.runs.back().is_some_and(|last| last.seconds() < LEAST_SECONDS) {
            self.runs.pop_back();
        }
        self.runs.push_back(new);
    }

    /// A chunk that goes back to where the last run would have ended without the gap before it shows that the run was stamped
    /// late, and that no sound is missing.
    fn draw_back(&mut self, new: &Run) {
        let Some(last) = self.runs.back() else { return };
        let late = last.end().seconds_since(new.at);
        let before = self.runs.len().checked_sub(2).and_then(|i| self.runs.get(i)).map(Run::end).max(self.closed);
        let gap = before.map_or(0.0, |before| last.at.seconds_since(before));
        if late <= TOLERANCE || late > AudioChunk::LATEST || (late - gap).abs() > TOLERANCE || last.rate != new.rate {
            return;
        }
        let Some(mut last) = self.runs.pop_back() else { return };
        last.at = last.at.plus_seconds(-gap);
        match self.runs.back_mut() {
            Some(earlier) if earlier.follows(&last) => earlier.join(&mut last),
            _ => self.runs.push_back(last),
        }
    }

    fn bound(&mut self) {
        let Some(newest) = self.runs.back().map(Run::end) else { return };
        let oldest = newest.plus_seconds(-f64::from(MOST_SECONDS));
        while self.runs.front().is_some_and(|run| run.end() <= oldest) {
            self.runs.pop_front();
        }
        if let Some(first) = self.runs.front_mut()
            && first.seconds() > f64::from(MOST_SECONDS + WINDOW_SECONDS)
        {
            drop(first.take_before(oldest));
        }
    }

    /// The samples of a window, which leaves the ones after it. Earlier ones are gone.
    pub(super) fn close(&mut self, window: Window) -> Vec<Run> {
        let start = Timestamp::from_millis(window.start_millis());
        let end = Timestamp::from_millis(window.end_millis());
        self.closed = self.closed.max(Some(end));
        let mut within = Vec::new();
        while let Some(mut run) = self.runs.pop_front() {
            drop(run.take_before(start));
            let head = run.take_before(end);
            if head.seconds() >= LEAST_SECONDS {
                within.push(head);
            }
            if !run.samples.is_empty() {
                self.runs.push_front(run);
                break;
            }
        }
        within
    }

    pub(super) fn clear(&mut self) {
        self.runs.clear();
        self.closed = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(millis: i64, samples: Vec<f32>) -> AudioChunk {
        AudioChunk { at: Timestamp::from_millis(millis), sample_rate: 8000, samples, clipped: Vec::new() }
    }

    fn lengths(runs: &[Run]) -> Vec<usize> {
        runs.iter().map(|run| run.samples.len()).collect()
    }

    #[test]
    fn chunks_that_follow_each_other_make_one_run_and_a_window_takes_its_own_part() {
        let mut timeline = Timeline::default();
        for i in 0..30 {
            timeline.push(&chunk(5_000 + i * 500, vec![0.5; 4000]));
        }
        assert_eq!(lengths(&timeline.close(Window(0))), [40_000]);
        assert_eq!(lengths(&timeline.close(Window(1))), [80_000]);
        assert!(timeline.close(Window(2)).is_empty());
    }

    #[test]
    fn a_gap_parts_runs_and_time_that_runs_backwards_is_left_out() {
        let mut timeline = Timeline::default();
        timeline.push(&chunk(0, vec![0.5; 8000]));
        timeline.push(&chunk(2_000, vec![0.5; 8000]));
        timeline.push(&chunk(1_000, vec![0.9; 8000]));
        timeline.push(&chunk(2_500, vec![0.5; 8000]));
        let runs = timeline.close(Window(0));
        assert_eq!(lengths(&runs), [8000, 8000, 4000]);
        assert!(runs.iter().flat_map(|run| &run.samples).all(|&s| s == 0.5));
    }

    #[test]
    fn chunks_that_are_stamped_late_lose_no_sound() {
        for late in [60, 100, 180, 400, 900] {
            let mut timeline = Timeline::default();
            for i in 0..100_i64 {
                // Every tenth chunk of 100 ms is handed over late, and the next ones are not.
                let stamp = if i % 10 == 5 { late } else { 0 };
                timeline.push(&chunk(i * 100 + stamp, vec![i as f32 / 100.0; 800]));
            }
            let runs = timeline.close(Window(0));
            assert_eq!(runs.iter().map(|run| run.samples.len()).sum::<usize>(), 80_000, "{late}");
            let order: Vec<f32> = runs.iter().flat_map(|run| run.samples.iter().copied()).collect();
            assert!(order.is_sorted(), "{late}");
        }
    }

    #[test]
    fn sound_that_is_missing_stays_a_gap() {
        let mut timeline = Timeline::default();
        for i in (0..100_i64).filter(|i| i % 10 != 5 && i % 10 != 6 && i % 10 != 7) {
            timeline.push(&chunk(i * 100, vec![0.5; 800]));
        }
        let runs = timeline.close(Window(0));
        assert_eq!(runs.iter().map(|run| run.samples.len()).sum::<usize>(), 56_000);
        assert_eq!(runs.len(), 11);
    }

    #[test]
    fn clipped_samples_keep_their_place_through_cuts_and_joins() {
        let mut timeline = Timeline::default();
        for i in 0..30 {
            let mut one = chunk(5_000 + i * 500, vec![0.5; 4000]);
            one.clipped = vec![0, 3999];
            timeline.push(&one);
        }
        let clipped: Vec<Vec<usize>> = timeline.close(Window(0)).into_iter().map(|run| run.clipped.clone()).collect();
        assert_eq!(clipped.concat()[..4], [0, 3999, 4000, 7999]);
        assert_eq!(clipped.concat().len(), 20);
        assert_eq!(timeline.close(Window(1)).iter().map(|run| run.clipped.len()).sum::<usize>(), 40);
    }

    #[test]
    fn samples_that_are_no_numbers_are_left_out() {
        let mut timeline = Timeline::default();
        let mut samples = vec![0.5; 8000];
        samples[4000] = f32::NAN;
        timeline.push(&chunk(0, samples));
        timeline.push(&chunk(1000, vec![f32::INFINITY; 8000]));
        assert_eq!(timeline.close(Window(0)).iter().map(|run| run.samples.len()).sum::<usize>(), 7999);
    }

    #[test]
    fn what_nobody_closes_stays_bounded() {
        let mut timeline = Timeline::default();
        for i in 0..600 {
            timeline.push(&chunk(i * 1000, vec![0.5; 8000]));
        }
        let held: f64 = timeline.runs.iter().map(Run::seconds).sum();
        assert!(held <= f64::from(MOST_SECONDS + WINDOW_SECONDS), "{held}");
    }
}
