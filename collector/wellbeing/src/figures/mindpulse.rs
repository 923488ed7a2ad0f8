//! MindPulse's measures over plain numbers: its averages, its wellbeing score, its alert level and its trend, by its own formulas.
//!
//! What is sensed and what somebody says has other scales than its classifiers. How they are brought into its own is said at
//! [`Averages::of`]; where a part is missing it stays missing, and there is no score.

use attune_ground::measures::Measure;

use super::{Figure, Lack};
use crate::bucket::Bucket;

/// Its six emotions, in its order, each with the measure that tells it and its weight in the score.
pub const EMOTIONS: [(&str, &str, f64); 6] = [
    ("joy", "emotion_joy", 1.0),
    ("love", "emotion_love", 0.8),
    ("surprise", "emotion_surprise", 0.3),
    ("sadness", "emotion_sadness", -1.2),
    ("anger", "emotion_anger", -1.5),
    ("fear", "emotion_fear", -1.0),
];

/// What the score is where everything is 0, and the weights of sentiment and stress.
const MIDDLE: f64 = 5.0;
const SENTIMENT: f64 = 2.0;
const STRESS: f64 = -1.5;

/// From which change of the score on it has a direction: 5 %.
const TREND: f64 = 0.05;

/// Averages of a time: sentiment and stress in [-1,1], how strong each emotion of [`EMOTIONS`] is in [0,1].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Averages {
    /// Negative to positive.
    pub sentiment: f64,
    /// No stress to stress.
    pub stress: f64,
    /// In the order of [`EMOTIONS`].
    pub emotions: [f64; 6],
}

/// A weighted average of verdicts: the sum of the scores of those that are so, less that of those that are not, over the number of all. One
/// that is neither (an unknown label) counts among all. None where there is none: MindPulse writes no average then.
#[must_use]
pub fn weighted_average(verdicts: &[(Option<bool>, f64)]) -> Option<f64> {
    let signed = |(is, score): &(Option<bool>, f64)| match is {
        Some(true) => score.clamp(0.0, 1.0),
        Some(false) => -score.clamp(0.0, 1.0),
        None => 0.0,
    };
    (!verdicts.is_empty()).then(|| verdicts.iter().map(signed).sum::<f64>() / verdicts.len() as f64)
}

/// How strong an emotion is: the mean score of the messages that have it, 0 where none has.
#[must_use]
pub fn emotion_average(scores: &[f64]) -> f64 {
    if scores.is_empty() { 0.0 } else { scores.iter().sum::<f64>() / scores.len() as f64 }
}

/// The wellbeing score, 0 to 10 with one decimal: `5 + 2 sentiment - 1.5 stress + 1.0 joy + 0.8 love + 0.3 surprise - 1.2 sadness - 1.5 anger
/// - 1.0 fear`, within its scale.
#[must_use]
pub fn wellbeing_score(of: &Averages) -> f64 {
    let emotions: f64 = EMOTIONS.iter().zip(of.emotions).map(|((.., weight), strength)| weight * strength).sum();
    within(MIDDLE + SENTIMENT * of.sentiment + STRESS * of.stress + emotions)
}

/// Between what the score lies, one standard deviation to both sides, where the averages have these standard deviations, each its own.
#[must_use]
pub fn score_between(of: &Averages, sds: &Averages) -> (f64, f64) {
    let emotions: f64 = EMOTIONS.iter().zip(sds.emotions).map(|((.., weight), sd)| (weight * sd).powi(2)).sum();
    let sd = ((SENTIMENT * sds.sentiment).powi(2) + (STRESS * sds.stress).powi(2) + emotions).sqrt();
    let score = wellbeing_score(of);
    (within(score - sd), within(score + sd))
}

fn within(score: f64) -> f64 {
    (score.clamp(0.0, 10.0) * 10.0).round() / 10.0
}

/// Its alert level.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlertLevel {
    /// A score below 3, or stress over 0.7.
    Critical,
    /// A score below 5, or stress over 0.5.
    Warning,
    /// A score over 7, and stress below 0.2.
    Excellent,
    /// All else.
    Normal,
}

impl AlertLevel {
    /// Of a score and the weighted average of stress; the first that fits.
    #[must_use]
    pub fn of(score: f64, stress: f64) -> Self {
        if score < 3.0 || stress > 0.7 {
            Self::Critical
        } else if score < 5.0 || stress > 0.5 {
            Self::Warning
        } else if score > 7.0 && stress < 0.2 {
            Self::Excellent
        } else {
            Self::Normal
        }
    }

    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Excellent => "excellent",
            Self::Normal => "normal",
        }
    }
}

/// Its trend against the period of the same length before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trend {
    /// There is none before, or it was 0.
    New,
    /// More than 5 % more.
    Improving,
    /// More than 5 % less.
    Declining,
    /// Neither.
    Stable,
}

impl Trend {
    /// From a score to another one.
    #[must_use]
    pub fn of(before: Option<f64>, now: f64) -> Self {
        let Some(before) = before.filter(|before| *before != 0.0) else { return Self::New };
        // From 4.0 to 4.2 are 5 % and not more, whatever the last binary digit says.
        match ((now - before) / before.abs() * 1e9).round() / 1e9 {
            change if change > TREND => Self::Improving,
            change if change < -TREND => Self::Declining,
            _ => Self::Stable,
        }
    }

    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Improving => "improving",
            Self::Declining => "declining",
            Self::Stable => "stable",
        }
    }
}

/// What tells of a person in MindPulse's terms, as far as anything does.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Told {
    /// Sentiment, and its standard deviation.
    pub sentiment: Option<(f64, f64)>,
    /// Stress, and its standard deviation.
    pub stress: Option<(f64, f64)>,
    /// The emotions, in the order of [`EMOTIONS`].
    pub emotions: [Option<(f64, f64)>; 6],
    /// Of how many windows and answers.
    pub count: u32,
}

impl Told {
    /// What was sensed of somebody: sentiment is the valence, stress twice the stress load less 1, each emotion the mean of its probability.
    /// MindPulse takes the mean over the messages that have an emotion alone; a window has some of each.
    #[must_use]
    pub fn sensed(bucket: &Bucket) -> Self {
        let figure = |name: &str| figure(bucket, name).map(|figure| (figure.value, figure.sd));
        Self {
            sentiment: figure("valence"),
            stress: figure("stress_load").map(|(value, sd)| (2.0 * value - 1.0, 2.0 * sd)),
            emotions: EMOTIONS.map(|(_, name, _)| figure(name)),
            count: counted(bucket, &["stress_load", "valence", "emotion_joy"]),
        }
    }

    /// What somebody said: sentiment is what they marked on the grid; where they answered only how they are, 1 to 6, it is that in [-1,1].
    #[must_use]
    pub fn said(bucket: &Bucket) -> Self {
        let marked = figure(bucket, "said_valence").map(|figure| (figure.value, figure.sd));
        let answered = figure(bucket, "vibe").map(|figure| ((figure.value - 3.5) / 2.5, figure.sd / 2.5));
        let count = counted(bucket, &["vibe", "said_valence"]);
        Self { sentiment: marked.or(answered), count, ..Self::default() }
    }

    /// Both: of sentiment the mean where both tell it.
    #[must_use]
    pub fn overall(bucket: &Bucket) -> Self {
        let (sensed, said) = (Self::sensed(bucket), Self::said(bucket));
        let sentiment = match (sensed.sentiment, said.sentiment) {
            (Some((one, sd)), Some((other, other_sd))) => Some((f64::midpoint(one, other), sd.hypot(other_sd) / 2.0)),
            (one, other) => one.or(other),
        };
        Self { sentiment, count: sensed.count.saturating_add(said.count), ..sensed }
    }

    /// The averages with their standard deviations, where all are told: nothing is filled in.
    #[must_use]
    pub fn averages(&self) -> Option<(Averages, Averages)> {
        let (sentiment, stress) = (self.sentiment?, self.stress?);
        let mut emotions = [(0.0, 0.0); 6];
        for (place, told) in emotions.iter_mut().zip(self.emotions) {
            *place = told?;
        }
        let value = Averages { sentiment: sentiment.0, stress: stress.0, emotions: emotions.map(|(value, _)| value) };
        let sd = Averages { sentiment: sentiment.1, stress: stress.1, emotions: emotions.map(|(_, sd)| sd) };
        Some((value, sd))
    }

    /// The score, where there is one.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        self.averages().map(|(averages, _)| wellbeing_score(&averages))
    }

    /// Which parts of the score nothing tells.
    #[must_use]
    pub fn lacks(&self) -> Vec<&'static str> {
        let emotions = EMOTIONS.iter().zip(self.emotions).map(|((name, ..), told)| (*name, told.is_none()));
        let parts = [("sentiment", self.sentiment.is_none()), ("stress", self.stress.is_none())];
        parts.into_iter().chain(emotions).filter(|(_, lacks)| *lacks).map(|(name, _)| name).collect()
    }
}

fn figure(bucket: &Bucket, name: &str) -> Option<Figure> {
    Figure::of(bucket, Measure::of_name(name)?).ok()
}

/// Values of the measure of which there are most: those of one window are one.
fn counted(bucket: &Bucket, names: &[&str]) -> u32 {
    let counts = names.iter().filter_map(|name| {
        let measure = Measure::of_name(name)?;
        match Figure::of(bucket, measure) {
            Ok(figure) => Some(figure.count),
            Err(Lack::Nothing) => None,
            Err(_) => bucket.of(measure).map(|sum| sum.count),
        }
    });
    counts.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Averages = Averages { sentiment: 0.0, stress: 0.0, emotions: [0.0; 6] };

    #[test]
    fn a_weighted_average_is_what_speaks_for_less_what_speaks_against_over_all() {
        // (0.9 + 0.7 - 0.4) / 4: the unknown one counts among all.
        let verdicts = [(Some(true), 0.9), (Some(true), 0.7), (Some(false), 0.4), (None, 0.8)];
        assert!((weighted_average(&verdicts).expect("four") - 0.3).abs() < 1e-12);
        assert_eq!(weighted_average(&[(Some(false), 1.0)]), Some(-1.0));
        assert_eq!(weighted_average(&[]), None);
        assert!((emotion_average(&[0.6, 0.8]) - 0.7).abs() < 1e-12);
        assert_eq!(emotion_average(&[]), 0.0);
    }

    #[test]
    fn the_score_is_mindpulses_formula_within_its_scale_and_with_one_decimal() {
        assert_eq!(wellbeing_score(&NONE), 5.0);
        // 5 + 2 x 0.45 - 1.5 x (-0.2) + 0.6 - 1.2 x 0.1 - 1.5 x 0.05 = 6.605
        let of = Averages { sentiment: 0.45, stress: -0.2, emotions: [0.6, 0.0, 0.0, 0.1, 0.05, 0.0] };
        assert_eq!(wellbeing_score(&of), 6.6);
        // 5 + 0.8 x 0.5 + 0.3 x 0.5 - 1.0 x 0.25 = 5.3
        let of = Averages { emotions: [0.0, 0.5, 0.5, 0.0, 0.0, 0.25], ..NONE };
        assert_eq!(wellbeing_score(&of), 5.3);
        let worst = Averages { sentiment: -1.0, stress: 1.0, emotions: [0.0, 0.0, 0.0, 1.0, 1.0, 1.0] };
        assert_eq!(wellbeing_score(&worst), 0.0, "5 - 2 - 1.5 - 3.7");
        let best = Averages { sentiment: 1.0, stress: -1.0, emotions: [1.0, 1.0, 1.0, 0.0, 0.0, 0.0] };
        assert_eq!(wellbeing_score(&best), 10.0, "5 + 2 + 1.5 + 2.1");
    }

    #[test]
    fn the_score_is_as_sure_as_what_it_is_made_of() {
        // hypot(2 x 0.3, 1.5 x 0.8 / 1.5) = hypot(0.6, 0.8) = 1
        let sds = Averages { sentiment: 0.3, stress: 0.8 / 1.5, emotions: [0.0; 6] };
        assert_eq!(score_between(&NONE, &sds), (4.0, 6.0));
        let angry = Averages { emotions: [0.0, 0.0, 0.0, 0.0, 2.0 / 3.0, 0.0], ..NONE };
        assert_eq!(score_between(&NONE, &angry), (4.0, 6.0));
    }

    #[test]
    fn alert_levels_have_mindpulses_bounds_and_the_worst_comes_first() {
        use AlertLevel::{Critical, Excellent, Normal, Warning};
        for ((score, stress), level) in [
            ((2.9, 0.0), Critical),
            ((9.0, 0.71), Critical),
            ((3.0, 0.0), Warning),
            ((4.9, -1.0), Warning),
            ((8.0, 0.51), Warning),
            ((5.0, 0.5), Normal),
            ((7.1, 0.2), Normal),
            ((7.0, 0.0), Normal),
            ((7.1, 0.19), Excellent),
        ] {
            assert_eq!(AlertLevel::of(score, stress), level, "{score} {stress}");
        }
        assert_eq!(
            [Critical, Warning, Excellent, Normal].map(AlertLevel::name),
            ["critical", "warning", "excellent", "normal"]
        );
    }

    #[test]
    fn a_trend_needs_five_per_cent_and_something_before() {
        for (before, now, trend) in [
            (None, 5.0, Trend::New),
            (Some(0.0), 5.0, Trend::New),
            (Some(4.0), 4.3, Trend::Improving),
            (Some(4.0), 4.2, Trend::Stable),
            (Some(4.0), 3.8, Trend::Stable),
            (Some(4.0), 3.7, Trend::Declining),
            (Some(4.0), 0.0, Trend::Declining),
        ] {
            assert_eq!(Trend::of(before, now), trend, "{before:?} {now}");
        }
        let names = [Trend::New, Trend::Improving, Trend::Declining, Trend::Stable].map(Trend::name);
        assert_eq!(names, ["new", "improving", "declining", "stable"]);
    }

    fn bucket(told: &[(&str, f64)]) -> Bucket {
        let mut bucket = Bucket::default();
        for (name, value) in told {
            let measure = Measure::of_name(name).expect("a measure");
            let sum = bucket.sums.entry(measure.number).or_default();
            let (count, weight) = if matches!(*name, "vibe" | "said_valence") { (2, 1.0) } else { (100, 10.0) };
            (0..count).for_each(|_| sum.add(*value, weight, 0.01));
        }
        bucket
    }

    #[test]
    fn what_is_sensed_and_said_is_brought_into_its_scales_and_a_part_that_is_missing_leaves_no_score() {
        let emotions = EMOTIONS.map(|(_, measure, _)| (measure, 0.1));
        let all = bucket(&[&emotions[..], &[("valence", 0.2), ("stress_load", 0.75), ("said_valence", 0.6)]].concat());
        let told = Told::overall(&all);
        let (averages, sds) = told.averages().expect("all is told");
        assert!((averages.sentiment - 0.4).abs() < 1e-9 && (averages.stress - 0.5).abs() < 1e-9, "{averages:?}");
        assert!((sds.stress - 0.2).abs() < 1e-9, "{sds:?}");
        // 5 + 0.8 - 0.75 + 0.1 x (1 + 0.8 + 0.3 - 1.2 - 1.5 - 1) = 4.89
        assert_eq!((told.score(), told.count, told.lacks()), (Some(4.9), 102, vec![]));

        let said = Told::overall(&bucket(&[("vibe", 6.0)]));
        assert_eq!((said.sentiment.map(|(value, _)| value), said.stress, said.score()), (Some(1.0), None, None));
        assert_eq!((said.count, said.lacks().len(), said.lacks()[0]), (2, 7, "stress"));
        assert_eq!(Told::overall(&Bucket::default()), Told::default());
    }
}
