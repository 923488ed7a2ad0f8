//! Lengths of paths, and scores of them. Logarithm and power are our own: those of the platform's library may differ in the last bit
//! from machine to machine, and with it who is flagged.

use std::f64::consts::{LN_2, SQRT_2};

const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// The average path of an unsuccessful search among so many, c(n) of Liu et al. (2008), as scikit-learn has it.
pub(super) fn average_length(count: u32) -> f64 {
    match count {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let before = f64::from(count - 1);
            2.0 * (ln(count - 1) + EULER_GAMMA) - 2.0 * before / f64::from(count)
        }
    }
}

/// The score of who is isolated after so long a path, where the average is `unit`: from -1, most unusual, to 0.
pub(super) fn score(length: f64, unit: f64) -> f64 {
    // A forest of single rows knows no path: nobody is more unusual than another.
    let share = if unit == 0.0 { 1.0 } else { length / unit };
    -half_to(share)
}

/// Of a number from 1 on.
fn ln(number: u32) -> f64 {
    let exponent = number.ilog2();
    let (mut mantissa, mut exponent) = (f64::from(number) / f64::from(1_u32 << exponent), f64::from(exponent));
    if mantissa > SQRT_2 {
        (mantissa, exponent) = (mantissa / 2.0, exponent + 1.0);
    }
    // ln m = 2 artanh((m - 1) / (m + 1)), and that is at most 0.172: its 27th power is nothing beside it.
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    let series = (0..13_u32).rev().fold(0.0, |sum, term| sum * square + 1.0 / f64::from(2 * term + 1));
    exponent * LN_2 + 2.0 * ratio * series
}

/// One half to the power of what is not negative.
fn half_to(power: f64) -> f64 {
    // 2^-1100 is 0.
    let power = power.min(1100.0);
    let whole = power.floor();
    let rest = (power - whole) * LN_2;
    let fraction = (1..=18_u32).rev().fold(1.0, |sum, term| 1.0 - sum * rest / f64::from(term));
    (0..whole as u32).fold(fraction, |value, _| value / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_and_power_are_those_of_the_library_but_for_the_last_bits() {
        for number in (1..2000).chain([65_535, 65_536, 65_537, 1 << 30, u32::MAX]) {
            let wanted = f64::from(number).ln();
            assert!((ln(number) - wanted).abs() <= 4.0 * f64::EPSILON * wanted.max(1.0), "{number}");
        }
        for step in 0..5000_u32 {
            let power = f64::from(step) / 250.0;
            let wanted = (-power).exp2();
            assert!((half_to(power) - wanted).abs() <= 8.0 * f64::EPSILON * wanted, "{power}");
        }
        assert_eq!([half_to(0.0), half_to(1.0), half_to(2.0), half_to(1e9)], [1.0, 0.5, 0.25, 0.0]);
    }

    #[test]
    fn the_average_path_is_the_papers() {
        assert_eq!([average_length(0), average_length(1), average_length(2)], [0.0, 0.0, 1.0]);
        assert!((average_length(3) - 1.207_392_357_589_623).abs() < 1e-14);
        assert!((average_length(256) - 10.244_770_920_119_917).abs() < 1e-13);
    }

    #[test]
    fn who_is_isolated_after_the_average_path_has_a_score_of_one_half() {
        assert_eq!([score(10.0, 10.0), score(0.0, 10.0), score(0.0, 0.0)], [-0.5, -1.0, -0.5]);
    }
}
