//! Coverage of a window and of the trailing minutes, from the counts of every window.

use std::collections::VecDeque;

use attune_protocol::record::{Coverage, Gap};
use attune_protocol::registry::Span;
use attune_protocol::window::{WINDOW_SECONDS, Window};

/// How much was seen in each window of the last five minutes.
#[derive(Default)]
pub(crate) struct TrailingCoverage {
    fractions: VecDeque<(Window, f64)>,
}

impl TrailingCoverage {
    /// Takes in what a window holds, and tells the coverage as it stands with it.
    pub(crate) fn close(&mut self, window: Window, expected: u32, received: u32, gap: Option<Gap>) -> Coverage {
        let fraction = if expected == 0 { 0.0 } else { (f64::from(received) / f64::from(expected)).min(1.0) };
        self.fractions.retain(|&(seen, _)| seen < window && window.0 - seen.0 < windows(Span::S300));
        self.fractions.push_back((window, fraction));
        Coverage {
            expected,
            received,
            last_60_s: self.over(window, Span::S60),
            last_300_s: self.over(window, Span::S300),
            gap,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.fractions.clear();
    }

    fn over(&self, window: Window, span: Span) -> f64 {
        let within = self.fractions.iter().filter(|(seen, _)| window.0 - seen.0 < windows(span));
        within.map(|(_, fraction)| fraction).sum::<f64>() / f64::from(windows(span))
    }
}

fn windows(span: Span) -> u32 {
    span.seconds() / WINDOW_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_were_skipped_count_as_unseen() {
        let mut trailing = TrailingCoverage::default();
        trailing.close(Window(100), 10, 10, None);
        let coverage = trailing.close(Window(102), 10, 5, None);
        assert_eq!(coverage.over(Span::S10), 0.5);
        assert_eq!(coverage.last_60_s, 1.5 / 6.0);
        assert_eq!(coverage.last_300_s, 1.5 / 30.0);
        let coverage = trailing.close(Window(106), 10, 20, None);
        assert_eq!(coverage.last_60_s, 1.5 / 6.0);
        let coverage = trailing.close(Window(500), 10, 0, Some(Gap::DeviceGone));
        assert_eq!((coverage.last_60_s, coverage.last_300_s), (0.0, 0.0));
    }
}
