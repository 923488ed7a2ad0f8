use attune_ground::measures::Measure;

use super::Figure;
use super::figure::is_of_events;

/// From how many standard deviations on a difference is called one. Of two figures that are alike one pair in twenty differs by more.
const CLEARLY: f64 = 2.0;

/// The smallest difference that is called one, as a share of the scale: what is smaller is written as none. Ours.
const SMALLEST: f64 = 0.02;

/// How a figure stands to that of the period of the same length before.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Change {
    /// By how much, in the measure's unit.
    pub difference: f64,
    /// Which way.
    pub direction: Direction,
}

/// Which way a figure went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// It is more.
    More,
    /// It is less.
    Less,
    /// It is about the same: what happened to be seen explains the difference.
    Same,
}

impl Direction {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::More => "more",
            Self::Less => "less",
            Self::Same => "same",
        }
    }
}

impl Change {
    /// From one figure of a measure to another of the same person: only what happened to be seen makes the difference uncertain, as the
    /// sensors are the same. None where one of them is of one answer or one spell, which does not tell how far two of them lie apart.
    #[must_use]
    pub fn between(measure: &Measure, before: &Figure, now: &Figure) -> Option<Self> {
        if is_of_events(measure) && before.count.min(now.count) < 2 {
            return None;
        }
        let difference = now.value - before.value;
        let smallest = SMALLEST * (measure.range.1 - measure.range.0);
        let direction = match difference {
            _ if difference.abs() <= smallest.max(CLEARLY * before.sampling.hypot(now.sampling)) => Direction::Same,
            up if up > 0.0 => Direction::More,
            _ => Direction::Less,
        };
        Some(Self { difference, direction })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(name: &str) -> &'static Measure {
        Measure::of_name(name).expect("a measure")
    }

    fn figure(value: f64, sampling: f64) -> Figure {
        Figure { value, between: (value - 0.3, value + 0.3), sd: 0.3, coverage: None, count: 9, sampling }
    }

    #[test]
    fn a_change_is_one_only_beyond_what_happened_to_be_seen() {
        // 2 x hypot(0.03, 0.04) = 0.1
        let between =
            |before, now| Change::between(measure("stress_load"), &before, &now).expect("both tell").direction;
        let direction = |before, now| between(figure(before, 0.03), figure(now, 0.04));
        assert_eq!(direction(0.4, 0.49), Direction::Same);
        assert_eq!(direction(0.4, 0.51), Direction::More);
        assert_eq!(direction(0.51, 0.4), Direction::Less);
        assert_eq!(between(figure(0.4, 0.0), figure(0.4, 0.0)), Direction::Same);
        let names = [Direction::More, Direction::Less, Direction::Same].map(Direction::name);
        assert_eq!(names, ["more", "less", "same"]);
    }

    #[test]
    fn what_is_counted_and_not_estimated_does_not_change_by_what_nobody_would_write() {
        let coverage = |now| Change::between(measure("coverage"), &figure(0.996, 0.0), &figure(now, 0.0));
        let direction = |now| coverage(now).expect("both tell").direction;
        assert_eq!([0.999, 0.981, 0.95].map(direction), [Direction::Same, Direction::Same, Direction::Less]);
    }

    #[test]
    fn one_answer_against_others_is_no_change() {
        let of = |count: u32, value: f64| Figure { count, ..figure(value, 0.0) };
        let vibe = |before: u32, now: u32| Change::between(measure("vibe"), &of(before, 3.0), &of(now, 5.0));
        assert_eq!([vibe(1, 9), vibe(9, 1), vibe(1, 1)], [None; 3]);
        assert_eq!(vibe(2, 2).map(|change| change.direction), Some(Direction::More));
    }
}
