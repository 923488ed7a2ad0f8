use attune_protocol::registry::motion::ACTIVITY_CLASSES;

use super::activity::{ActivityReader, LENGTH};
use super::grid::{Cell, Grid, RATE};
use crate::networks::{Networks, Task};
use crate::sample::{MotionSample, Timestamp};

/// What the activity network says of one stretch of 2.56 s.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stretch {
    /// Its middle.
    pub at: Timestamp,
    /// Probabilities of lying, sitting, standing, walking, stairs and transition.
    pub classes: [f64; ACTIVITY_CLASSES as usize],
}

/// Reads activities stretch by stretch, for who wants more than a window's mean.
pub struct ActivityStretches(ActivityReader);

impl ActivityStretches {
    /// With the network for [`Task::Activity`], if there is one.
    #[must_use]
    pub fn new(networks: &Networks) -> Option<Self> {
        networks.get(Task::Activity)?;
        Some(Self(ActivityReader::new(networks)))
    }

    /// The stretches of `samples` that have no gap, each beginning `hop_seconds` after the one before; samples are laid
    /// on the grid as [`super::MotionAnalyzer`] does it.
    pub fn read(&mut self, samples: &[MotionSample], hop_seconds: f64) -> Vec<Stretch> {
        let mut grid = Grid::default();
        let mut cells: Vec<Option<Cell>> = Vec::new();
        let mut first = None;
        let mut lay = |cell: Cell| {
            let place = cell.index - *first.get_or_insert(cell.index);
            // A time stamp far ahead is no reason to reserve memory.
            if let Ok(place) = usize::try_from(place)
                && place < MOST_CELLS
            {
                cells.resize(cells.len().max(place + 1), None);
                cells[place] = Some(cell);
            }
        };
        for sample in samples {
            grid.push(sample, &mut lay);
        }
        grid.finish(&mut lay);
        let Some(first) = first else { return Vec::new() };
        let hop = ((hop_seconds * RATE as f64).round() as usize).max(1);
        let stretches = cells.windows(LENGTH).enumerate().step_by(hop);
        stretches
            .filter_map(|(place, stretch)| {
                let classes = self.0.read(stretch)?;
                let at = Timestamp(0).plus_seconds((first + (place + LENGTH / 2) as i64) as f64 / RATE as f64);
                Some(Stretch { at, classes })
            })
            .collect()
    }
}

/// A day.
const MOST_CELLS: usize = 86_400 * RATE;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::testing::{self, StandIn};

    #[test]
    fn stretches_follow_each_other_and_none_reaches_over_a_gap() {
        let output = StandIn { name: "activity", shape: &[1, 6], slope: vec![0.0; 6], bias: vec![0.5; 6] };
        let entry = "task = \"activity\"\ninput = { name = \"motion\", shape = [1, 6, 128] }\n\
            outputs = [{ name = \"activity\", shape = [1, 6] }]";
        let onnx = testing::onnx("motion", &[1, 6, 128], &[output]);
        let networks = testing::load(&[("activity.onnx", onnx, entry.to_owned())]);
        let mut reader = ActivityStretches::new(&networks).unwrap();
        let sample = |i: i64| MotionSample {
            at: Timestamp(1_000_000_000 + 20_000 * i + 10_000),
            acceleration: [0.0, 0.0, 9.8],
            gyroscope: None,
        };
        let exactly_one: Vec<_> = (0..128).map(sample).collect();
        let found = reader.read(&exactly_one, 0.32);
        assert_eq!(found.len(), 1);
        assert!((found[0].at.seconds_since(Timestamp(1_000_000_000)) - 1.28).abs() < 1e-6);
        let with_a_gap: Vec<_> = (0..192).chain(304..432).map(sample).collect();
        assert_eq!(reader.read(&with_a_gap, 0.32).len(), 5 + 1);
        assert!(reader.read(&[], 0.32).is_empty());
    }
}
