use std::f64::consts::TAU;

/// Minutes of a day.
const DAY: f64 = 1440.0;

/// How regular somebody's days are: when they are first and last seen.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Regularity {
    /// When they are first seen.
    pub begin: Clock,
    /// When they are last seen.
    pub end: Clock,
    /// Of how many days.
    pub days: usize,
}

/// A time of the day that comes again.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Clock {
    /// The circular mean, minutes of the day in [0, 1440).
    pub minute: f64,
    /// The circular standard deviation, minutes, at most 720.
    pub sd: f64,
}

impl Regularity {
    /// How many days it takes at least.
    pub const LEAST_DAYS: usize = 5;

    /// Of days, each with the minutes of the day at which somebody was first and last seen.
    #[must_use]
    pub fn of(days: &[(f64, f64)]) -> Option<Self> {
        if days.len() < Self::LEAST_DAYS {
            return None;
        }
        let begin = Clock::of(days.iter().map(|(begin, _)| *begin));
        let end = Clock::of(days.iter().map(|(_, end)| *end));
        Some(Self { begin, end, days: days.len() })
    }
}

impl Clock {
    /// Of minutes of the day, of which there are some. Half an hour before midnight and half an hour after are an hour apart: with `R` the
    /// length of the mean of the points on a circle, the mean is its direction, and the standard deviation `sqrt(-2 ln R)` (Mardia and Jupp
    /// 2000, Directional Statistics, 2.2 and 2.3).
    fn of(minutes: impl Iterator<Item = f64>) -> Self {
        let (mut across, mut up, mut count) = (0.0, 0.0, 0.0_f64);
        for minute in minutes {
            let (sine, cosine) = (minute / DAY * TAU).sin_cos();
            (across, up, count) = (across + cosine, up + sine, count + 1.0);
        }
        let length = (across.hypot(up) / count.max(1.0)).clamp(f64::MIN_POSITIVE, 1.0);
        let minute = (up.atan2(across) / TAU * DAY).rem_euclid(DAY);
        let sd = (-2.0 * length.ln()).sqrt() / TAU * DAY;
        // A direction just below that of midnight rounds to a whole day.
        Self { minute: if minute < DAY { minute } else { 0.0 }, sd: sd.min(DAY / 2.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_begin_alike_have_no_spread_and_those_around_midnight_are_near_each_other() {
        let regular = Regularity::of(&[(540.0, 1020.0); 5]).expect("five days");
        assert!((regular.begin.minute - 540.0).abs() < 1e-6 && regular.begin.sd < 1e-3, "{regular:?}");
        assert!((regular.end.minute - 1020.0).abs() < 1e-6 && regular.days == 5, "{regular:?}");
        // 23:30 and 00:30 in turn: the mean is midnight, R = cos(7.5°), sd = sqrt(-2 ln R) = 0.13109 = 30.04 min.
        let night = [(1410.0, 30.0), (30.0, 1410.0), (1410.0, 30.0), (30.0, 1410.0), (1410.0, 30.0), (30.0, 1410.0)];
        let night = Regularity::of(&night).expect("six days");
        assert!(night.begin.minute < 1e-6 || night.begin.minute > 1440.0 - 1e-6, "{night:?}");
        assert!((night.begin.sd - 30.043).abs() < 0.01, "{night:?}");
    }

    #[test]
    fn four_days_say_nothing_and_days_all_around_the_clock_no_more_than_half_a_day() {
        assert_eq!(Regularity::of(&[(540.0, 1020.0); 4]), None);
        let around = [0.0, 360.0, 720.0, 1080.0, 0.0, 360.0, 720.0, 1080.0].map(|minute| (minute, minute));
        let around = Regularity::of(&around).expect("eight days");
        assert_eq!(around.begin.sd, 720.0, "{around:?}");
    }
}
