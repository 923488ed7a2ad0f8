use std::collections::VecDeque;

use attune_protocol::registry::Span;
use attune_protocol::window::{WINDOW_SECONDS, Window};

/// The levels of the windows of a trailing span.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Trailing {
    levels: VecDeque<(Window, f64)>,
}

impl Trailing {
    /// Takes the window's level in, where it has one, and gives the mean of those within the span that ends with it.
    pub(super) fn mean(&mut self, window: Window, span: Span, level: Option<f64>) -> Option<f64> {
        let windows = span.seconds() / WINDOW_SECONDS;
        self.levels.retain(|(seen, _)| *seen < window && window.0 - seen.0 < windows);
        self.levels.extend(level.map(|level| (window, level)));
        let sum: f64 = self.levels.iter().map(|(_, level)| level).sum();
        (!self.levels.is_empty()).then(|| sum / self.levels.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_of_the_last_minute_and_of_what_was_seen_in_it() {
        let mut trailing = Trailing::default();
        assert_eq!(trailing.mean(Window(10), Span::S60, None), None);
        assert_eq!(trailing.mean(Window(11), Span::S60, Some(60.0)), Some(60.0));
        assert_eq!(trailing.mean(Window(14), Span::S60, Some(80.0)), Some(70.0));
        assert_eq!(trailing.mean(Window(17), Span::S60, None), Some(80.0));
        assert_eq!(trailing.mean(Window(20), Span::S60, None), None);
        assert_eq!(trailing.mean(Window(5), Span::S60, Some(50.0)), Some(50.0), "a clock that was set back");
    }
}
