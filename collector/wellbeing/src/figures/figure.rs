use attune_ground::measures::Measure;

use crate::bucket::{Bucket, Sum};

/// Seconds of one piece of what was seen that counts for itself: windows that follow each other share their data, and a person does not
/// change from one to the next. Ours: ten minutes, as sessions and strips have them.
const PIECE: f64 = 600.0;

/// The largest standard deviation with which a figure is given, as a share of its scale: that of the scores that it is made of
/// (attune-analysis, indicators).
const LARGEST_SD: f64 = 0.35;

/// How far scores of messages lie apart at least, as a standard deviation and a share of the scale: a few that happen to be alike, or a single
/// one, say little of all that somebody writes. Ours.
const APART: f64 = 0.3;

/// Measures of which each value is of something that happened, an answer or a spell of stress: each counts for itself, and one is enough. Those
/// of messages are such ones, too.
const OF_EVENTS: [&str; 4] = ["recovery", "vibe", "said_valence", "said_arousal"];

/// What is told of by the time in which devices were on, and by no values.
const COVERAGE: &str = "coverage";

/// Milliseconds of a window.
const WINDOW: i64 = 10_000;

/// What a piece of time says of a measure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Figure {
    /// The weighted mean, in the measure's scale.
    pub value: f64,
    /// One standard deviation to both sides, within the scale.
    pub between: (f64, f64),
    /// The standard deviation.
    pub sd: f64,
    /// The share of the time in which devices were on in which a sensor saw something; none where they were not.
    pub coverage: Option<f64>,
    /// Of how many values.
    pub count: u32,
    /// The part of its standard deviation that is of what happened to be seen: two figures of one person are compared by it, as what their
    /// sensors say ill they say ill in both.
    pub sampling: f64,
}

/// Why a piece of time says nothing of a measure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Lack {
    /// Nothing tells it.
    Nothing,
    /// Too little was seen.
    TooLittle {
        /// Whole minutes that tell it.
        has: u64,
        /// Minutes that are needed.
        needs: u64,
    },
    /// What was seen tells too little: it could be almost anything.
    TooUncertain {
        /// One standard deviation to both sides, within the scale.
        between: (f64, f64),
    },
}

impl Lack {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::TooLittle { .. } => "too_little",
            Self::TooUncertain { .. } => "too_uncertain",
        }
    }
}

impl Figure {
    /// What a bucket says of a measure.
    ///
    /// Its variance is `u + s² / max(1, n - 1)`: `u` is the weighted mean of the values' own variances, which does not fall with their
    /// number, as what one sensor says ill it says ill all day; `s²` the weighted variance of the values; `n` the number of pieces of
    /// ten minutes, and of events the number of events. Of scores of messages the second part is no less than `(0.3 scale)² / n`.
    ///
    /// # Errors
    /// Where it says nothing: with less than ten minutes, or with a standard deviation over 35 % of the scale.
    pub fn of(bucket: &Bucket, measure: &Measure) -> Result<Self, Lack> {
        if measure.name == COVERAGE {
            return Self::of_coverage(bucket);
        }
        let sum = bucket.of(measure).filter(|sum| is_a_number(sum)).ok_or(Lack::Nothing)?;
        let pieces = pieces(measure, sum)?;
        let sampling = sampling(sum, pieces).max(apart(measure, pieces));
        let sd = (sum.variance.max(0.0) + sampling).sqrt();
        let (least, most) = measure.range;
        let mean = sum.mean.clamp(least, most);
        let (value, between) = (digits(mean), (digits((mean - sd).max(least)), digits((mean + sd).min(most))));
        if sd > LARGEST_SD * (most - least) {
            return Err(Lack::TooUncertain { between });
        }
        let (coverage, count) = (bucket.coverage(), sum.count);
        Ok(Self { value, between, sd, coverage, count, sampling: sampling.sqrt() })
    }

    /// How much was seen is counted and not estimated.
    fn of_coverage(bucket: &Bucket) -> Result<Self, Lack> {
        let value = bucket.coverage().ok_or(Lack::Nothing)?;
        let count = u32::try_from(bucket.seen / WINDOW).unwrap_or(u32::MAX);
        Ok(Self { value, between: (value, value), sd: 0.0, coverage: Some(value), count, sampling: 0.0 })
    }
}

/// Sums are kept in single precision: what is told has no digits beyond it.
pub(super) fn digits(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

pub(super) fn is_a_number(sum: &Sum) -> bool {
    [sum.weight, sum.mean, sum.squares, sum.variance].into_iter().all(f64::is_finite)
}

/// Whether each value of a measure is of something that happened.
pub(super) fn is_of_events(measure: &Measure) -> bool {
    measure.is_of_text() || OF_EVENTS.contains(&measure.name)
}

/// The square of the standard deviation of a mean of so many pieces that count for themselves, as far as it is of what happened to be seen.
pub(super) fn sampling(sum: &Sum, pieces: f64) -> f64 {
    (sum.squares / sum.weight).max(0.0) / (pieces - 1.0).max(1.0)
}

/// The least that [`sampling`] is of so many messages; 0 of what is no score of messages.
pub(super) fn apart(measure: &Measure, messages: f64) -> f64 {
    let is_score = measure.is_of_text() && measure.unit.is_empty();
    let scale = measure.range.1 - measure.range.0;
    if is_score { (APART * scale).powi(2) / messages.max(1.0) } else { 0.0 }
}

/// How many pieces of what was seen count for themselves.
fn pieces(measure: &Measure, sum: &Sum) -> Result<f64, Lack> {
    let count = f64::from(sum.count.max(1));
    if is_of_events(measure) {
        return Ok(count);
    }
    if sum.weight < PIECE {
        return Err(Lack::TooLittle { has: (sum.weight / 60.0) as u64, needs: (PIECE / 60.0) as u64 });
    }
    Ok((sum.weight / PIECE).min(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(name: &str) -> &'static Measure {
        Measure::of_name(name).expect("a measure")
    }

    /// Windows of ten seconds with these values in turn, each as uncertain as the others.
    fn seen(name: &str, values: &[f64], windows: usize, variance: f64) -> Bucket {
        let mut bucket = Bucket { expected: 36_000_000, seen: 9_000_000, ..Bucket::default() };
        let sum = bucket.sums.entry(measure(name).number).or_default();
        values.iter().cycle().take(windows).for_each(|value| sum.add(*value, 10.0, variance));
        bucket
    }

    #[test]
    fn what_a_sensor_says_ill_it_says_ill_all_day() {
        // An hour and a month of windows that agree: u = 0.04 whatever their number.
        for windows in [360, 86_400] {
            let figure =
                Figure::of(&seen("stress_load", &[0.5], windows, 0.04), measure("stress_load")).expect("enough");
            assert!((figure.between.0 - 0.3).abs() < 1e-9 && (figure.between.1 - 0.7).abs() < 1e-9, "{figure:?}");
            assert_eq!((figure.sampling, figure.coverage, figure.count), (0.0, Some(0.25), windows as u32));
        }
    }

    #[test]
    fn what_happened_to_be_seen_tells_more_the_more_it_is() {
        // 0.2 and 0.6 in turn: s² = 0.04. An hour has six pieces of ten minutes: 0.04 / 5 = 0.008.
        let hour = Figure::of(&seen("stress_load", &[0.2, 0.6], 360, 0.0), measure("stress_load")).expect("enough");
        assert!((hour.value - 0.4).abs() < 1e-9 && (hour.sampling - 0.008_f64.sqrt()).abs() < 1e-9, "{hour:?}");
        // Ten hours have sixty: 0.04 / 59.
        let day = Figure::of(&seen("stress_load", &[0.2, 0.6], 3600, 0.0), measure("stress_load")).expect("enough");
        assert!((day.sampling - (0.04_f64 / 59.0).sqrt()).abs() < 1e-9, "{day:?}");
        // Both parts: 0.01 + 0.008.
        let both = Figure::of(&seen("stress_load", &[0.2, 0.6], 360, 0.01), measure("stress_load")).expect("enough");
        assert!((both.sd - 0.018_f64.sqrt()).abs() < 1e-9, "{both:?}");
    }

    #[test]
    fn too_little_too_uncertain_and_nothing_are_told_apart_and_none_has_a_value() {
        let stress = measure("stress_load");
        let little = Figure::of(&seen("stress_load", &[0.5], 59, 0.0), stress);
        assert_eq!(little, Err(Lack::TooLittle { has: 9, needs: 10 }));
        assert!(Figure::of(&seen("stress_load", &[0.5], 60, 0.0), stress).is_ok());
        // 0.36 of a scale of one; what is within the scale is told.
        let uncertain = Figure::of(&seen("stress_load", &[0.75], 360, 0.36 * 0.36), stress).expect_err("too uncertain");
        let Lack::TooUncertain { between: (low, high) } = uncertain else { panic!("{uncertain:?}") };
        assert!((low - 0.39).abs() < 1e-9 && high == 1.0, "{uncertain:?}");
        assert_eq!(Figure::of(&Bucket::default(), stress), Err(Lack::Nothing));
        let nan = seen("stress_load", &[f64::NAN], 360, 0.0);
        assert_eq!(Figure::of(&nan, stress), Err(Lack::Nothing));
        let names = [Lack::Nothing, Lack::TooLittle { has: 0, needs: 1 }, uncertain].map(Lack::name);
        assert_eq!(names, ["nothing", "too_little", "too_uncertain"]);
    }

    #[test]
    fn one_answer_is_enough_and_coverage_needs_no_value() {
        let mut bucket = Bucket { expected: 1000, seen: 620, ..Bucket::default() };
        bucket.sums.entry(measure("vibe").number).or_default().add(4.0, 1.0, 0.0);
        let answer = Figure::of(&bucket, measure("vibe")).expect("one is enough");
        assert_eq!((answer.value, answer.between, answer.count), (4.0, (4.0, 4.0), 1));
        let coverage = Figure::of(&bucket, measure("coverage")).expect("devices were on");
        assert_eq!((coverage.value, coverage.between), (0.62, (0.62, 0.62)));
        assert_eq!(Figure::of(&Bucket::default(), measure("coverage")), Err(Lack::Nothing));
    }

    #[test]
    fn one_message_says_little_of_all_that_somebody_writes_and_an_answer_is_what_it_is() {
        let of = |name: &str, values: &[f64]| {
            let mut bucket = Bucket::default();
            let sum = bucket.sums.entry(measure(name).number).or_default();
            values.iter().for_each(|value| sum.add(*value, 1.0, 0.0));
            Figure::of(&bucket, measure(name)).expect("it is told")
        };
        // 0.3 of a scale of two.
        let one = of("message_stress", &[0.9]);
        assert!((one.between.0 - 0.3).abs() < 1e-9 && one.between.1 == 1.0, "{one:?}");
        // Nine that are alike: 0.6 / 3. Of two that lie further apart than that their own: s² = 0.36, over 2 - 1.
        assert!((of("message_stress", &[-0.6; 9]).sampling - 0.2).abs() < 1e-9);
        assert!((of("slack_sentiment", &[0.8, -0.4]).sampling - 0.6).abs() < 1e-9);
        assert_eq!(of("reply_minutes", &[5.0]).sampling, 0.0, "minutes are measured, and no scores");
        assert_eq!(of("vibe", &[4.0]).between, (4.0, 4.0));
    }
}
