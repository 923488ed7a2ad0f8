use attune_protocol::features::Features;
use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, Ordinal, motion as ordinals};
use attune_protocol::window::{WINDOW_SECONDS, Window};

use super::activity::ActivityReader;
use super::features::WindowCells;
use super::grid::{RATE, cell_of};
use super::spectrum::Spectrum;
use super::steps::StepCounter;
use super::waiting::Waiting;
use crate::Analyzer;
use crate::coverage::TrailingCoverage;
use crate::networks::Networks;
use crate::sample::{MotionSample, Timestamp};

const WINDOW_CELLS: usize = RATE * WINDOW_SECONDS as usize;
/// A sample further ahead of the window that is closed has a false time stamp.
const MAX_AHEAD_SECONDS: f64 = 15.0 * 60.0;
/// Sampling rate from which the quality is full: twice the fastest movement of walking and gestures. Ours.
const FULL_QUALITY_HZ: f64 = 25.0;

/// Movement of a phone, watch or laptop.
///
/// Coverage is counted in samples at the nominal rate. Quality is full where the sensor gave 25 samples a second: how much of the
/// window is known is the coverage's word. Without a network for it, the activity stays absent. What a window is told does not
/// depend on whether samples of later ones have come: its last cells are as if the last sample held.
pub struct MotionAnalyzer {
    nominal_rate_hz: f64,
    waiting: Waiting,
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
            waiting: Waiting::default(),
            steps: StepCounter::default(),
            spectrum: Spectrum::new(),
            activity: ActivityReader::new(networks),
            trailing: TrailingCoverage::default(),
        }
    }
}

impl Analyzer for MotionAnalyzer {
    type Sample = MotionSample;

    fn push(&mut self, samples: &[MotionSample]) {
        for sample in samples {
            self.waiting.push(sample);
        }
    }

    fn finish(&mut self, window: Window, gap: Option<Gap>) -> Record {
        let end = Timestamp::from_millis(window.end_millis());
        let told = self.waiting.close(window);
        if self.waiting.latest().is_some_and(|latest| latest > end.plus_seconds(MAX_AHEAD_SECONDS)) {
            self.waiting = Waiting::default();
        }
        // A cell that lies over the border counts as a step's once it is complete.
        for cell in &told.cells {
            self.steps.push(cell.index, cell.magnitude());
        }
        if !told.to_the_end {
            self.steps.end();
        }
        let first = cell_of(Timestamp::from_millis(window.start_millis()));
        let mut cells = vec![None; WINDOW_CELLS];
        for cell in told.cells.iter().chain(&told.open) {
            let place = usize::try_from(cell.index.saturating_sub(first));
            if let Some(slot) = place.ok().and_then(|place| cells.get_mut(place)) {
                *slot = Some(*cell);
            }
        }
        let cells = WindowCells(&cells);
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

        let received = told.received;
        let gap = gap.or((received == 0).then_some(Gap::DeviceGone));
        let expected = (self.nominal_rate_hz * f64::from(WINDOW_SECONDS)).round() as u32;
        let coverage = self.trailing.close(window, expected, received, gap);
        let rate = if known == 0 { 0.0 } else { f64::from(received) / seconds };
        let quality = (rate / FULL_QUALITY_HZ).min(1.0);
        Record::new(window, quality, coverage, features)
    }

    fn clear(&mut self) {
        self.waiting = Waiting::default();
        self.steps = StepCounter::default();
        self.trailing.clear();
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
