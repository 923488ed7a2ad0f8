use attune_analysis::indicators::Assessment;
use attune_pages::drawing::Axis;
use attune_protocol::window::WINDOW_MILLIS;

use super::layout::Measures;
use crate::sessions::{SessionKind, WindowRow};

/// The most points that a line has: more would be finer than the pixels.
pub(super) const MOST: i64 = 480;

/// Lengths that a point may stand for, seconds; beyond the last they double.
const LENGTHS: [i64; 9] = [10, 20, 30, 60, 120, 300, 600, 1800, 3600];

/// Windows that are drawn as one point: one window, or in a long session the mean of neighbours.
pub(super) struct Bin {
    /// First instant, Unix milliseconds.
    pub start: i64,
    /// First instant after, Unix milliseconds.
    pub end: i64,
    /// Start of its first window.
    first: i64,
    /// End of its last window.
    last: i64,
    /// Scores over its windows.
    pub assessment: Assessment,
}

impl Bin {
    pub(super) const fn middle(&self) -> i64 {
        i64::midpoint(self.start, self.end)
    }

    /// Whether nothing is missing between this one and the next that is drawn: what is shorter than a point cannot be
    /// seen, anything longer breaks the line.
    pub(super) const fn touches(&self, next: &Self, length: i64) -> bool {
        next.start == self.end && next.first - self.last < length
    }
}

/// A session as points in order.
pub(super) struct Bins {
    /// What one point stands for, milliseconds.
    pub length: i64,
    /// First instant of the session.
    pub start: i64,
    /// First instant after it.
    pub end: i64,
    /// Its points; where windows are missing there is none.
    pub bins: Vec<Bin>,
}

impl Bins {
    /// Points of windows that stand in order; nothing when there are none.
    pub(super) fn of(kind: SessionKind, windows: &[WindowRow]) -> Option<Self> {
        let (start, end) = (windows.first()?.window.start_millis(), windows.last()?.window.end_millis());
        let length = length(end - start);
        let bins = windows
            .chunk_by(|a, b| (a.window.start_millis() - start) / length == (b.window.start_millis() - start) / length)
            .filter_map(|chunk| {
                let (first, last) = (chunk.first()?, chunk.last()?);
                let offset = (first.window.start_millis() - start) / length * length;
                let assessment = match chunk {
                    [alone] => alone.assessment.clone(),
                    _ => kind.summarize(&chunk.iter().map(|w| w.assessment.clone()).collect::<Vec<_>>()),
                };
                Some(Bin {
                    start: start + offset,
                    end: (start + offset + length).min(end),
                    first: first.window.start_millis(),
                    last: last.window.end_millis(),
                    assessment,
                })
            })
            .collect();
        Some(Self { length, start, end, bins })
    }

    /// Its time line.
    pub(super) const fn axis(&self, measures: &Measures) -> Axis {
        let axis = Axis::new((self.start, self.end), (measures.left, measures.right));
        if measures.is_narrow() { axis.narrow(measures.smallest) } else { axis }
    }
}

fn length(span: i64) -> i64 {
    let enough = |length: &i64| span <= length * MOST;
    let listed = LENGTHS.iter().map(|seconds| seconds * 1000).find(enough);
    let doubled = || (0..32).map(|doubling| (LENGTHS[LENGTHS.len() - 1] * 1000) << doubling).find(enough);
    listed.or_else(doubled).unwrap_or(span.max(WINDOW_MILLIS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_never_has_more_points_than_pixels_can_show() {
        for hours in [0, 1, 2, 8, 24, 31 * 24, 366 * 24, 100 * 366 * 24] {
            let span = (hours * 3_600_000).max(WINDOW_MILLIS);
            let points = span.div_euclid(length(span));
            assert!((1..=MOST).contains(&points), "{hours} h give {points} points");
        }
        assert_eq!(length(480 * WINDOW_MILLIS), WINDOW_MILLIS, "80 minutes are drawn window by window");
    }
}
