use attune_protocol::registry::motion::ACTIVITY_CLASSES;

use super::grid::Cell;
use crate::networks::labels::ACTIVITIES;
use crate::networks::{Network, Networks, Task};

/// Cells that the network reads: 2.56 s.
pub(super) const LENGTH: usize = 128;
/// Cells from one reading to the next: seven readings cover a window, each over half of the one before.
const HOP: usize = 62;
const CLASSES: usize = ACTIVITY_CLASSES as usize;

/// Tells activities from stretches of 2.56 s.
pub(super) struct ActivityReader {
    network: Option<Network>,
    input: Vec<f32>,
}

impl ActivityReader {
    pub(super) fn new(networks: &Networks) -> Self {
        Self { network: networks.get(Task::Activity).cloned(), input: vec![0.0; 6 * LENGTH] }
    }

    /// Mean class probabilities over the stretches without a gap, if there is a network and such a stretch.
    pub(super) fn read(&mut self, cells: &[Option<Cell>]) -> Option<[f64; CLASSES]> {
        let network = self.network.as_ref()?;
        let (mut sum, mut readings) = ([0.0; CLASSES], 0);
        for stretch in cells.windows(LENGTH).step_by(HOP) {
            if !fill(&mut self.input, stretch) {
                continue;
            }
            // Shapes were checked at the start; a network that fails all the same leaves the feature absent.
            let Ok(outputs) = network.run(&self.input) else { continue };
            let Some(classes) = outputs.classes("activity", &ACTIVITIES) else { continue };
            for (sum, class) in sum.iter_mut().zip(classes) {
                *sum += class;
            }
            readings += 1;
        }
        (readings > 0).then(|| sum.map(|sum| sum / f64::from(readings)))
    }
}

fn fill(input: &mut [f32], stretch: &[Option<Cell>]) -> bool {
    for (i, cell) in stretch.iter().enumerate() {
        let Some(cell) = cell else { return false };
        for axis in 0..3 {
            input[axis * LENGTH + i] = cell.acceleration[axis] as f32;
            input[(3 + axis) * LENGTH + i] = cell.gyroscope[axis] as f32;
        }
    }
    true
}
