use std::collections::VecDeque;

use attune_protocol::window::Window;

use super::grid::{Cell, Grid};
use crate::sample::{MotionSample, Timestamp};

/// Windows that wait to be closed: 15 minutes; beyond, the oldest are dropped.
const MOST: usize = 90;

/// What the samples of a window tell, whether or not later ones have come.
#[derive(Default)]
pub(super) struct Told {
    /// Samples that were taken.
    pub(super) received: u32,
    /// Cells that the samples completed, in order. The first may lie before the window.
    pub(super) cells: Vec<Cell>,
    /// Cells that they began: as they are without anything later.
    pub(super) open: Vec<Cell>,
    /// Whether they are known up to the window's end.
    pub(super) to_the_end: bool,
}

/// Samples on the grid, by the window in which they were told.
///
/// A window is told to its end when the first sample beyond it comes, or when it is closed, and both give the same.
#[derive(Default)]
pub(super) struct Waiting {
    grid: Grid,
    /// The last may still be told of.
    told: VecDeque<(Window, Told)>,
}

impl Waiting {
    /// Takes a sample in, unless it runs backwards in time or is none.
    pub(super) fn push(&mut self, sample: &MotionSample) {
        let window = sample.at.window();
        self.end_before(window);
        let mut cells = Vec::new();
        if !self.grid.push(sample, |cell| cells.push(cell)) {
            return;
        }
        if self.told.back().is_none_or(|(last, _)| *last != window) {
            if self.told.len() == MOST {
                self.told.pop_front();
            }
            self.told.push_back((window, Told::default()));
        }
        if let Some((_, told)) = self.told.back_mut() {
            told.received = told.received.saturating_add(1);
            told.cells.extend(cells);
        }
    }

    /// What was told of a window; drops everything before.
    pub(super) fn close(&mut self, window: Window) -> Told {
        self.end_before(window.next());
        while self.told.front().is_some_and(|(of, _)| *of < window) {
            self.told.pop_front();
        }
        let ours = self.told.front().is_some_and(|(of, _)| *of == window);
        ours.then(|| self.told.pop_front()).flatten().map(|(_, told)| told).unwrap_or_default()
    }

    /// The latest instant seen.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.grid.latest()
    }

    /// Nothing more is told of a window that lies before this one.
    fn end_before(&mut self, window: Window) {
        let Some((last, told)) = self.told.back_mut().filter(|(last, _)| *last < window) else { return };
        let end = Timestamp::from_millis(last.end_millis());
        // Once a later sample was taken, the grid knows more than the window did.
        if self.grid.latest().is_some_and(|latest| latest < end) {
            told.open = self.grid.until(end);
            told.to_the_end = self.grid.reaches(end);
        }
    }
}
