use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::bins::Bins;
use super::canvas::{Canvas, Px};
use super::layout::{LEFT, RIGHT};

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

/// The most ticks that labels leave room for.
const MOST: i64 = 8;

/// The way from instants to places on the time line.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    start: i64,
    span: f64,
}

impl Axis {
    pub(super) fn of(bins: &Bins) -> Self {
        Self { start: bins.start, span: (bins.end - bins.start) as f64 }
    }

    pub(super) fn x(self, millis: i64) -> f64 {
        LEFT + (millis - self.start) as f64 / self.span * (RIGHT - LEFT)
    }
}

/// Upright lines through all plots, with the time below.
pub(super) fn draw(canvas: &mut Canvas, bins: &Bins, top: f64, bottom: f64) {
    let axis = Axis::of(bins);
    let (step, ticks) = ticks(bins.start, bins.end);
    let mut lines = String::new();
    for tick in &ticks {
        let x = axis.x(*tick);
        lines.push_str(&format!("M{} {}V{}", Px(x), Px(top), Px(bottom)));
        canvas.text("muted middle", 11.0, (x, bottom + 16.0), &label(*tick, step));
    }
    canvas.path("grid crisp", &lines);
    canvas.text("muted end", 11.0, (LEFT - 36.0, bottom + 16.0), "UTC");
}

fn ticks(start: i64, end: i64) -> (i64, Vec<i64>) {
    let step = STEPS.into_iter().find(|step| (end - start) / step < MOST).unwrap_or((end - start) / MOST);
    let first = start + (-start).rem_euclid(step);
    (step, (0..=MOST).map(|n| first + n * step).take_while(|tick| *tick <= end).collect())
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

/// An instant in UTC.
pub(super) fn utc(millis: i64, format: &str) -> String {
    match Timestamp::from_millisecond(millis) {
        Ok(at) => at.to_zoned(TimeZone::UTC).strftime(format).to_string(),
        Err(_) => String::from("out of range"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_stand_at_round_instants_within_the_session_and_have_room() {
        let start = 1_763_711_500_000; // 2025-11-21T07:51:40Z
        for span in [10 * SECOND, 2 * MINUTE, 45 * MINUTE, 3 * HOUR, 9 * HOUR, 30 * HOUR, 20 * DAY, 900 * DAY] {
            let (step, ticks) = ticks(start, start + span);
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
