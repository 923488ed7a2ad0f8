use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::canvas::{Canvas, Px};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Distances that ticks may have.
const STEPS: [i64; 19] = [
    5 * SECOND,
    10 * SECOND,
    20 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    7 * DAY,
    30 * DAY,
    365 * DAY,
];

/// The most ticks that labels leave room for, and of a narrow line.
const MOST: i64 = 8;
const MOST_NARROW: i64 = 4;
/// Half of the width of a label, in its size.
const HALF_LABEL: f64 = 2.4;

/// A time line: the way from instants to places on the drawing.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    start: i64,
    end: i64,
    left: f64,
    right: f64,
    most: i64,
    size: f64,
    /// Whether there is room beside it.
    says_utc: bool,
}

impl Axis {
    /// From the first instant to the first one after, Unix milliseconds, between two places on the drawing.
    #[must_use]
    pub const fn new((start, end): (i64, i64), (left, right): (f64, f64)) -> Self {
        Self { start, end, left, right, most: MOST, size: 11.0, says_utc: true }
    }

    /// With fewer labels, of a size, and none beside it.
    #[must_use]
    pub const fn narrow(self, size: f64) -> Self {
        Self { most: MOST_NARROW, size, says_utc: false, ..self }
    }

    /// Where an instant stands.
    #[must_use]
    pub fn x(self, millis: i64) -> f64 {
        self.left + (millis - self.start) as f64 / (self.end - self.start) as f64 * (self.right - self.left)
    }

    /// Upright lines from `top` to `bottom`, with the time below.
    pub fn draw(self, canvas: &mut Canvas, top: f64, bottom: f64) {
        let (step, ticks) = ticks(self.start, self.end, self.most);
        let mut lines = String::new();
        for tick in &ticks {
            let x = self.x(*tick);
            lines.push_str(&format!("M{} {}V{}", Px(x), Px(top), Px(bottom)));
            // What begins at the edge of a drawing would be cut off.
            let middle = x.max(HALF_LABEL * self.size);
            canvas.text("muted middle", self.size, (middle, bottom + 5.0 + self.size), &label(*tick, step));
        }
        canvas.path("grid crisp", &lines);
        if self.says_utc {
            canvas.text("muted end", self.size, (self.left - 36.0, bottom + 5.0 + self.size), "UTC");
        }
    }
}

fn ticks(start: i64, end: i64, most: i64) -> (i64, Vec<i64>) {
    let step = STEPS.into_iter().find(|step| (end - start) / step < most).unwrap_or((end - start) / most);
    let first = start + (-start).rem_euclid(step);
    (step, (0..=most).map(|n| first + n * step).take_while(|tick| *tick <= end).collect())
}

fn label(millis: i64, step: i64) -> String {
    if step >= 365 * DAY {
        utc(millis, "%b %Y")
    } else if millis.rem_euclid(DAY) == 0 {
        utc(millis, "%-d %b")
    } else if step < MINUTE {
        utc(millis, "%H:%M:%S")
    } else {
        utc(millis, "%H:%M")
    }
}

/// An instant, Unix milliseconds, in UTC, as the format has it.
#[must_use]
pub fn utc(millis: i64, format: &str) -> String {
    match Timestamp::from_millisecond(millis) {
        Ok(at) => at.to_zoned(TimeZone::UTC).strftime(format).to_string(),
        Err(_) => String::from("out of range"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_time_line_are_the_edges_of_its_place() {
        let axis = Axis::new((1000, 3000), (204.0, 904.0));
        assert_eq!([1000, 2000, 3000].map(|at| axis.x(at)), [204.0, 554.0, 904.0]);
    }

    #[test]
    fn ticks_stand_at_round_instants_within_the_session_and_have_room() {
        let start = 1_763_711_500_000; // 2025-11-21T07:51:40Z
        for span in [10 * SECOND, 2 * MINUTE, 45 * MINUTE, 3 * HOUR, 9 * HOUR, 30 * HOUR, 20 * DAY, 900 * DAY] {
            let narrow = ticks(start, start + span, MOST_NARROW).1;
            assert!((1..=4).contains(&narrow.len()), "{span}: {narrow:?}");
            let (step, ticks) = ticks(start, start + span, MOST);
            assert!((1..=8).contains(&ticks.len()), "{span}: {ticks:?}");
            assert!(ticks.iter().all(|t| t % step == 0 && (start..=start + span).contains(t)), "{span}: {ticks:?}");
        }
    }

    #[test]
    fn labels_are_in_utc_and_name_the_day_at_midnight() {
        assert_eq!(label(1_763_711_500_000, 10 * SECOND), "07:51:40");
        assert_eq!(label(1_763_712_000_000, MINUTE), "08:00");
        assert_eq!(label(1_763_769_600_000, HOUR), "22 Nov");
    }
}
