use std::collections::VecDeque;

use attune_protocol::features::Features;
use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, Ordinal, motion as ordinals};
use attune_protocol::window::{WINDOW_SECONDS, Window};

use super::activity::ActivityReader;
use super::features::WindowCells;
use super::grid::{Cell, Grid, RATE, cell_of};
use super::spectrum::Spectrum;
use super::steps::StepCounter;
use crate::Analyzer;
use crate::coverage::TrailingCoverage;
use crate::networks::Networks;
use crate::sample::{MotionSample, Timestamp};

const WINDOW_CELLS: usize = RATE * WINDOW_SECONDS as usize;
/// Cells that wait for their window: 15 minutes; beyond, the oldest are dropped.
const MAX_WAITING: usize = 15 * 60 * RATE;
/// A sample further ahead of the window that is closed has a false time stamp.
const MAX_AHEAD_SECONDS: f64 = 15.0 * 60.0;
/// Sampling rate from which the quality is full: twice the fastest movement of walking and gestures. Ours.
const FULL_QUALITY_HZ: f64 = 25.0;

/// Movement of a phone, watch or laptop.
///
/// Coverage is counted in samples at the nominal rate. Quality is the share of the window that is known, less where
/// the sensor gave under 25 samples a second. Without a network for it, the activity stays absent.
pub struct MotionAnalyzer {
    nominal_rate_hz: f64,
    grid: Grid,
    waiting: VecDeque<Cell>,
    received: VecDeque<(Window, u32)>,
    steps: StepCounter,
    spectrum: Spectrum,
    activity: ActivityReader,
    trailing: TrailingCoverage,
}

impl MotionAnalyzer {
    /// For a sensor that should give `nominal_rate_hz` samples a second.
    #[must_use]
    pub fn new(networks: &Networks, nominal_rate_hz: f64) -> Self {
        Self {
            nominal_rate_hz,
            grid: Grid::default(),
            waiting: VecDeque::new(),
            received: VecDeque::new(),
            steps: StepCounter::default(),
            spectrum: Spectrum::new(),
            activity: ActivityReader::new(networks),
            trailing: TrailingCoverage::default(),
        }
    }

    /// Takes the window's cells out of the queue, together with everything before it.
    fn take_cells(&mut self, window: Window) -> Vec<Option<Cell>> {
        let first = cell_of(Timestamp::from_millis(window.start_millis()));
        let mut cells = vec![None; WINDOW_CELLS];
        while let Some(cell) = self.waiting.front() {
            match usize::try_from(cell.index.saturating_sub(first)).map(|place| cells.get_mut(place)) {
                Ok(Some(slot)) => *slot = self.waiting.pop_front(),
                Ok(None) => break,
                Err(_) => drop(self.waiting.pop_front()),
            }
        }
        cells
    }

    fn take_received(&mut self, window: Window) -> u32 {
        self.received.retain(|&(of, _)| of >= window);
        self.received.front().filter(|(of, _)| *of == window).map_or(0, |&(_, count)| count)
    }

    fn forget_samples(&mut self) {
        self.grid = Grid::default();
        self.waiting.clear();
        self.received.clear();
    }
}

impl Analyzer for MotionAnalyzer {
    type Sample = MotionSample;

    fn push(&mut self, samples: &[MotionSample]) {
        for sample in samples {
            if !self.grid.push(sample, |cell| self.waiting.push_back(cell)) {
                continue;
            }
            let window = sample.at.window();
            match self.received.back_mut() {
                Some((of, count)) if *of == window => *count = count.saturating_add(1),
                _ => self.received.push_back((window, 1)),
            }
            if self.waiting.len() > MAX_WAITING {
                self.waiting.pop_front();
            }
            if self.received.len() > MAX_WAITING / WINDOW_CELLS {
                self.received.pop_front();
            }
        }
    }

    fn finish(&mut self, window: Window, gap: Option<Gap>) -> Record {
        let end = Timestamp::from_millis(window.end_millis());
        let cells = self.take_cells(window);
        let received = self.take_received(window);
        if self.grid.latest().is_some_and(|latest| latest > end.plus_seconds(MAX_AHEAD_SECONDS)) {
            self.forget_samples();
        }
        let cells = WindowCells(&cells);
        for cell in cells.known() {
            self.steps.push(cell.index, cell.magnitude());
        }
        if cells.0.last().is_some_and(Option::is_none) {
            self.steps.end();
        }
        let mut steps = self.steps.take();
        let known = cells.known().count();
        let seconds = known as f64 / RATE as f64;

        let mut features = Features::new(Modality::Motion);
        let mut set = |ordinal: Ordinal, value: Option<f64>| {
            let shortest = Modality::Motion.feature(ordinal).map_or(u32::MAX, |spec| spec.shortest_seconds);
            features.set(ordinal, value.filter(|_| seconds >= f64::from(shortest)));
        };
        set(ordinals::INTENSITY, cells.intensity());
        set(ordinals::ENMO, cells.enmo());
        set(ordinals::TILT, cells.tilt());
        set(ordinals::JERK, cells.jerk());
        set(ordinals::STILLNESS_FRACTION, cells.stillness());
        set(ordinals::FIDGET_INDEX, cells.fidget());
        set(ordinals::STEPS, Some(f64::from(steps.steps)));
        set(ordinals::CADENCE, steps.cadence());
        let run = cells.longest_run();
        if run.len() >= 4 * RATE {
            let shape = self.spectrum.shape(&run);
            set(ordinals::DOMINANT_FREQUENCY, shape.map(|shape| shape.dominant));
            set(ordinals::SPECTRAL_ENTROPY, shape.map(|shape| shape.entropy));
        }
        if let Some(classes) = self.activity.read(cells.0) {
            for (step, class) in (0..).zip(classes) {
                set(ordinals::ACTIVITY_LYING.plus(step), Some(class));
            }
        }

        let gap = gap.or((received == 0).then_some(Gap::DeviceGone));
        let expected = (self.nominal_rate_hz * f64::from(WINDOW_SECONDS)).round() as u32;
        let coverage = self.trailing.close(window, expected, received, gap);
        let rate = if known == 0 { 0.0 } else { f64::from(received) / seconds };
        let quality = known as f64 / WINDOW_CELLS as f64 * (rate / FULL_QUALITY_HZ).min(1.0);
        Record::new(window, quality, coverage, features)
    }

    fn clear(&mut self) {
        self.forget_samples();
        self.steps = StepCounter::default();
        self.trailing.clear();
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
