use super::Figure;

/// From how many standard deviations on a difference is called one. Of two figures that are alike one pair in twenty differs by more.
const CLEARLY: f64 = 2.0;

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
    /// From one figure to another of the same person: only what happened to be seen makes the difference uncertain, as the sensors are the
    /// same.
    #[must_use]
    pub fn between(before: &Figure, now: &Figure) -> Self {
        let difference = now.value - before.value;
        let direction = match difference {
            _ if difference.abs() <= CLEARLY * before.sampling.hypot(now.sampling) => Direction::Same,
            up if up > 0.0 => Direction::More,
            _ => Direction::Less,
        };
        Self { difference, direction }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64, sampling: f64) -> Figure {
        Figure { value, between: (value - 0.3, value + 0.3), sd: 0.3, coverage: None, count: 9, sampling }
    }

    #[test]
    fn a_change_is_one_only_beyond_what_happened_to_be_seen() {
        // 2 x hypot(0.03, 0.04) = 0.1
        let direction = |before, now| Change::between(&figure(before, 0.03), &figure(now, 0.04)).direction;
        assert_eq!(direction(0.4, 0.49), Direction::Same);
        assert_eq!(direction(0.4, 0.51), Direction::More);
        assert_eq!(direction(0.51, 0.4), Direction::Less);
        assert_eq!(Change::between(&figure(0.4, 0.0), &figure(0.4, 0.0)).direction, Direction::Same);
        let names = [Direction::More, Direction::Less, Direction::Same].map(Direction::name);
        assert_eq!(names, ["more", "less", "same"]);
    }
}
