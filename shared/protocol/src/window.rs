//! The ten-second grid on which everything is aligned.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Length of a window, seconds.
pub const WINDOW_SECONDS: u32 = 10;
/// Length of a window, milliseconds.
pub const WINDOW_MILLIS: i64 = WINDOW_SECONDS as i64 * 1000;

/// A ten-second window, named by its start: windows start at Unix multiples of 10 s.
///
/// Holds the number of whole windows since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Window(pub u32);

impl Window {
    /// The window that holds an instant, Unix milliseconds. Instants before 1970 fall in the first window.
    #[must_use]
    pub fn containing(unix_millis: i64) -> Self {
        let index = unix_millis.div_euclid(WINDOW_MILLIS);
        Self(u32::try_from(index.max(0)).unwrap_or(u32::MAX))
    }

    /// First instant of the window, Unix milliseconds.
    #[must_use]
    pub fn start_millis(self) -> i64 {
        i64::from(self.0) * WINDOW_MILLIS
    }

    /// First instant after the window, Unix milliseconds.
    #[must_use]
    pub fn end_millis(self) -> i64 {
        self.start_millis() + WINDOW_MILLIS
    }

    /// The window that follows.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.start_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_start_at_unix_multiples_of_ten_seconds() {
        let window = Window::containing(1_700_000_012_345);
        assert_eq!(window.start_millis(), 1_700_000_010_000);
        assert_eq!(window.end_millis(), window.next().start_millis());
        assert_eq!(Window::containing(-5), Window(0));
    }

    #[test]
    fn an_instant_lies_in_its_window_up_to_the_last_that_there_is() {
        for start in [0, 10_000, 1_700_000_010_000] {
            let window = Window::containing(start);
            assert_eq!(Window::containing(start + 9_999), window);
            assert_eq!(Window::containing(start + 10_000), window.next());
            assert_eq!(
                (window.start_millis(), window.end_millis(), window.next().0),
                (start, start + 10_000, window.0 + 1)
            );
            assert_eq!(window.to_string(), start.to_string());
        }
        assert_eq!(Window::containing(i64::MIN), Window(0));
        let last = Window::containing(i64::MAX);
        assert_eq!((last, last.next()), (Window(u32::MAX), Window(u32::MAX)));
    }
}
