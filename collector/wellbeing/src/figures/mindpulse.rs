//! MindPulse's measures over plain numbers: its averages, its wellbeing score, its alert level and its trend, by its own formulas.
//!
//! What somebody writes is told as it tells it, by [`Told::written`]. What is sensed and what somebody says has other scales than its
//! classifiers: how they are brought into its own is said at [`Told::sensed`] and [`Told::said`]. Its clients are told what is written where
//! anything is, and else what is sensed and said. Our own pages and alerts weigh all of it, by [`Told::whole`]. Where a part is missing it
//! stays missing, and there is no score.

use attune_ground::measures::{Channel, Measure, of_messages};

use super::figure::{apart, digits, is_a_number, sampling};
use super::{Figure, Lack};
use crate::bucket::{Bucket, Sum};

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

/// No source is taken for surer than this where two tell the same, as a share of the scale. Ours: the networks that read messages are wrong
/// of one in four to one in twelve of them, and are so alike of all that somebody writes; sensors are no better.
const SUREST: f64 = 0.1;

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
    /// Of how many windows and answers, or messages.
    pub count: u32,
}

/// The measures of messages that tell its averages.
#[derive(Clone, Copy, Debug)]
pub struct OfMessages {
    /// Of each message one value, negative to positive.
    pub sentiment: &'static Measure,
    /// Of each message one value, no stress to stress.
    pub stress: &'static Measure,
    /// Of the messages that show an emotion one value, in the order of [`EMOTIONS`].
    pub emotions: [&'static Measure; 6],
}

impl OfMessages {
    /// Of messages in channels of a kind, or in all.
    #[must_use]
    pub fn of(channel: Option<&Channel>) -> Self {
        let [sentiment, stress, sadness, joy, love, anger, fear, surprise] = of_messages(channel);
        Self { sentiment, stress, emotions: [joy, love, surprise, sadness, anger, fear] }
    }

    /// All of them.
    pub fn all(self) -> impl Iterator<Item = &'static Measure> {
        [self.sentiment, self.stress].into_iter().chain(self.emotions)
    }
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

    /// What somebody wrote in channels of a kind, or in all, by its own formulas: [`weighted_average`] of sentiment and stress, and
    /// [`emotion_average`] of each emotion. None where no message was read.
    #[must_use]
    pub fn written(bucket: &Bucket, channel: Option<&Channel>) -> Option<Self> {
        let of = OfMessages::of(channel);
        let told = |measure: &Measure| {
            let sum = bucket.of(measure).filter(|sum| is_a_number(sum))?;
            let count = f64::from(sum.count);
            let sd = (sum.variance.max(0.0) + sampling(sum, count).max(apart(measure, count))).sqrt();
            Some((digits(sum.mean.clamp(measure.range.0, measure.range.1)), sd))
        };
        let sentiment = told(of.sentiment)?;
        let emotions = of.emotions.map(|measure| Some(told(measure).unwrap_or((0.0, 0.0))));
        let count = bucket.of(of.sentiment).map_or(0, |sum| sum.count);
        Some(Self { sentiment: Some(sentiment), stress: told(of.stress), emotions, count })
    }

    /// All that tells of somebody, for themselves. Where messages tell what is sensed or said, too, it is the mean of both, each weighed by
    /// one over the square of its standard deviation, of which none is taken to be smaller than a tenth of the scale. What is sensed of an
    /// emotion is how likely it is at any time: the same of messages is the sum of the scores of those that show it, over the number of all.
    /// Where only messages tell, it is what MindPulse makes of them.
    #[must_use]
    pub fn whole(bucket: &Bucket) -> Self {
        let other = Self::overall(bucket);
        let Some(written) = Self::written(bucket, None) else { return other };
        let of = OfMessages::of(None);
        let all = f64::from(written.count.max(1));
        let mut emotions = written.emotions;
        for ((told, sensed), measure) in emotions.iter_mut().zip(other.emotions).zip(of.emotions) {
            if let Some(sensed) = sensed {
                *told = weighed(Some(at_any_time(measure, bucket.of(measure), all)), Some(sensed), 1.0);
            }
        }
        Self {
            sentiment: weighed(written.sentiment, other.sentiment, 2.0),
            stress: weighed(written.stress, other.stress, 2.0),
            emotions,
            count: written.count.saturating_add(other.count),
        }
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

/// The mean of what two sources tell on a scale that is so long, weighed by how sure they are; that of the one that tells it where only one
/// does.
fn weighed(one: Option<(f64, f64)>, other: Option<(f64, f64)>, scale: f64) -> Option<(f64, f64)> {
    let (Some((one, one_sd)), Some((other, other_sd))) = (one, other) else { return one.or(other) };
    let [of_one, of_other] = [one_sd, other_sd].map(|sd| sd.max(SUREST * scale).powi(-2));
    let weights = of_one + of_other;
    Some(((one * of_one + other * of_other) / weights, weights.sqrt().recip()))
}

/// The mean over all messages of the score of an emotion, 0 of those that do not show it, and its standard deviation. `sum`: of those that do.
fn at_any_time(measure: &Measure, sum: Option<&Sum>, all: f64) -> (f64, f64) {
    let least = apart(measure, all);
    let Some(sum) = sum.filter(|sum| is_a_number(sum)) else { return (0.0, least.sqrt()) };
    let showing = f64::from(sum.count).min(all);
    let mean = sum.mean.clamp(0.0, 1.0) * showing / all;
    let squares = (sum.squares.max(0.0) + showing * sum.mean.powi(2)) / all;
    (mean, ((squares - mean * mean).max(0.0) / (all - 1.0).max(1.0)).max(least).sqrt())
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
    /// A message as its labels say, with their scores: sentiment, stress, and which emotion it shows.
    type Labels = ((Option<bool>, f64), (bool, f64), (Option<usize>, f64));

    /// What is rolled up of messages in as many hours as there are pieces, through the bytes in which hours and days lie.
    fn rolled_up(hours: &[Vec<Labels>]) -> Bucket {
        let of = OfMessages::of(None);
        let mut day = Bucket::default();
        for messages in hours {
            let mut hour = Bucket::default();
            let mut add =
                |measure: &Measure, value: f64| hour.sums.entry(measure.number).or_default().add(value, 1.0, 0.0);
            for ((positive, sentiment), (is_stressed, stress), (emotion, score)) in messages {
                add(of.sentiment, positive.map_or(0.0, |is| if is { *sentiment } else { -sentiment }));
                add(of.stress, if *is_stressed { *stress } else { -stress });
                if let Some(place) = emotion {
                    add(of.emotions[*place], *score);
                }
            }
            day.merge(&crate::rollup::stored_and_read(&hour));
        }
        crate::rollup::stored_and_read(&day)
    }

    proptest::proptest! {
        #[test]
        fn averages_of_roll_ups_are_mindpulses_over_the_scores_of_the_messages(
            hours in proptest::collection::vec(
                proptest::collection::vec(
                    (
                        (proptest::option::of(proptest::bool::ANY), 0.0..=1.0_f64),
                        (proptest::bool::ANY, 0.0..=1.0_f64),
                        (proptest::option::of(0..6_usize), 0.0..=1.0_f64),
                    ),
                    0..20,
                ),
                1..8,
            )
        ) {
            let all: Vec<Labels> = hours.iter().flatten().copied().collect();
            let told = Told::written(&rolled_up(&hours), None);
            let sentiments: Vec<(Option<bool>, f64)> = all.iter().map(|(sentiment, ..)| *sentiment).collect();
            let stresses: Vec<(Option<bool>, f64)> = all.iter().map(|(_, (is, score), _)| (Some(*is), *score)).collect();
            let Some(told) = told else {
                proptest::prop_assert!(all.is_empty());
                return Ok(());
            };
            proptest::prop_assert_eq!(told.count as usize, all.len());
            let near = |told: Option<(f64, f64)>, expected: Option<f64>| {
                told.zip(expected).is_some_and(|((value, _), expected)| (value - expected).abs() < 1e-5)
            };
            proptest::prop_assert!(near(told.sentiment, weighted_average(&sentiments)), "{:?}", told);
            proptest::prop_assert!(near(told.stress, weighted_average(&stresses)), "{:?}", told);
            for (place, emotion) in told.emotions.into_iter().enumerate() {
                let shows = |(.., (of, score)): &Labels| (*of == Some(place)).then_some(*score);
                let scores: Vec<f64> = all.iter().filter_map(shows).collect();
                proptest::prop_assert!(near(emotion, Some(emotion_average(&scores))), "{} {:?}", place, told);
            }
        }
    }

    #[test]
    fn the_measures_of_messages_stand_in_the_order_of_the_emotions() {
        for (place, (emotion, ..)) in EMOTIONS.into_iter().enumerate() {
            assert_eq!(OfMessages::of(None).emotions[place].name, format!("message_{emotion}"));
        }
    }

    #[test]
    fn one_message_makes_a_score_and_none_makes_none() {
        assert_eq!(Told::written(&Bucket::default(), None), None);
        let one = rolled_up(&[vec![((Some(true), 0.9), (false, 0.8), (Some(0), 0.7))]]);
        // 5 + 2 x 0.9 + 1.5 x 0.8 + 0.7
        let told = Told::written(&one, None).expect("a message");
        assert_eq!((told.score(), told.count, told.lacks()), (Some(8.7), 1, vec![]));
        assert_eq!(Told::whole(&one), told, "where only messages tell, it is what MindPulse makes of them");
    }

    #[test]
    fn two_sources_that_tell_the_same_are_weighed_by_how_sure_they_are_and_none_is_surer_than_a_tenth_of_the_scale() {
        let near = |told: Option<(f64, f64)>, (value, sd): (f64, f64)| {
            told.is_some_and(|told| (told.0 - value).abs() < 1e-9 && (told.1 - sd).abs() < 1e-9)
        };
        // On a scale of two 0 is taken for 0.2: both weigh 25.
        assert!(near(weighed(Some((1.0, 0.0)), Some((0.0, 0.2)), 2.0), (0.5, 50.0_f64.sqrt().recip())));
        // 25 and 1 / 0.16 = 6.25.
        assert!(near(weighed(Some((1.0, 0.2)), Some((0.0, 0.4)), 2.0), (0.8, 31.25_f64.sqrt().recip())));
        assert_eq!(weighed(None, Some((0.3, 0.5)), 2.0), Some((0.3, 0.5)));
        // One message of two shows joy with 0.8: 0.4 at any time. Sensed are 0.1, each surer than a tenth of the scale or not.
        let mut both =
            rolled_up(&[vec![((None, 0.5), (false, 0.5), (Some(0), 0.8)), ((None, 0.5), (false, 0.5), (None, 0.5))]]);
        both.merge(&bucket(&[("emotion_joy", 0.1)]));
        let (value, _) = Told::whole(&both).emotions[0].expect("told");
        // The two scores 0.8 and 0 have a variance of 0.16, and their mean that of 0.16; what is sensed 0.01.
        let expected = (0.4 / 0.16 + 0.1 / 0.01) / (1.0 / 0.16 + 1.0 / 0.01);
        assert!((value - expected).abs() < 1e-6, "{value} {expected}");
        assert_eq!(Told::whole(&both).emotions[1].map(|(value, _)| value), Some(0.0), "what no message shows is none");
    }

    #[test]
    fn a_single_message_weighs_little_beside_a_day_of_what_is_sensed_and_many_weigh_as_much() {
        let value = |messages: usize| {
            let one = ((Some(false), 0.9), (false, 0.5), (None, 0.5));
            let mut both = rolled_up(&[vec![one; messages]]);
            both.merge(&bucket(&[("valence", 0.2)]));
            Told::whole(&both).sentiment.expect("both tell it").0
        };
        // What is sensed has a tenth of the scale and weighs 25; one message 0.6, and 1 / 0.36.
        let one = (25.0 * 0.2 - 0.9 / 0.36) / (25.0 + 1.0 / 0.36);
        assert!((value(1) - one).abs() < 1e-5, "{} {one}", value(1));
        assert!(value(1) > 0.05, "a day is not its one message");
        // Of fifty 0.6 / sqrt(50) is below a tenth of the scale: both weigh 25.
        assert!((value(50) + 0.35).abs() < 1e-5, "{}", value(50));
    }
}
