use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, Ordinal, Span, face, heart, motion, voice};

use super::activity::{self, ActivityLevel};
use super::{Assessment, Score};
use crate::trust;

/// What a sentence for the person is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AdviceKind {
    /// Something to do.
    Recommendation,
    /// Something that was seen.
    Insight,
}

/// A sentence for the person, with the measurement that caused it. Nothing is said without one.
#[derive(Clone, PartialEq, Debug)]
pub struct Advice {
    /// To do, or seen.
    pub kind: AdviceKind,
    /// The sentence.
    pub text: &'static str,
    /// The field that caused it, as `modality.feature` or the name of a score.
    pub field: String,
    /// Its value, in the field's unit.
    pub value: f64,
    /// Why this value leads to this sentence.
    pub source: &'static str,
}

/// Stress and attention from which a sentence follows. Ours: the outer thirds of the scale, and only when the score is
/// at least one standard deviation beyond the middle.
const HIGH: f64 = 2.0 / 3.0;
const LOW: f64 = 1.0 / 3.0;

/// What is said of a heart is said of somebody at rest: who moved within so many windows is not told it. Ours: a minute, over
/// which a heart calms down and its variability is measured.
const REST: u32 = 6;

/// Sentences for one window or session that was sensed, most useful first; empty when nothing measured calls for any. Who says
/// nothing, is away or has taken the strap off does nothing wrong: nothing is said of it.
#[must_use]
pub fn advise(assessment: &Assessment, records: &[Record]) -> Vec<Advice> {
    let mut advice = Vec::new();
    from_scores(assessment, &mut advice);
    from_features(records, &mut advice);
    advice
}

/// As [`advise`], of media that somebody sent for analysis: where nothing at all could be read from one, how the next would be
/// better.
#[must_use]
pub fn advise_sent(assessment: &Assessment, records: &[Record]) -> Vec<Advice> {
    let mut advice = advise(assessment, records);
    from_signals(records, &mut advice);
    advice
}

fn from_scores(assessment: &Assessment, advice: &mut Vec<Advice>) {
    if let Some(stress) = clearly(&assessment.stress, |value| value > HIGH) {
        advice.push(Advice {
            kind: AdviceKind::Recommendation,
            text: "Take a short break and breathe slowly, about six breaths a minute, for a few minutes.",
            field: "stress_level".into(),
            value: stress,
            source: "slow breathing at about six a minute raises vagal activity (Laborde et al. 2022)",
        });
    }
    if let Some(attention) = clearly(&assessment.attention, |value| value < LOW) {
        advice.push(Advice {
            kind: AdviceKind::Recommendation,
            text: "A break of a few minutes may help more than pushing on.",
            field: "attention_score".into(),
            value: attention,
            source: "micro-breaks raise vigour and lower fatigue (Albulescu et al. 2022)",
        });
    }
}

/// A score on one side of a bound by at least its standard deviation from the middle of the scale.
fn clearly(score: &Score, beyond: impl Fn(f64) -> bool) -> Option<f64> {
    score.value_and_sd().filter(|(value, sd)| beyond(*value) && (value - 0.5).abs() > *sd).map(|(value, _)| value)
}

/// A rule on one feature: modality, ordinal, condition, and what follows.
type Rule = (Modality, Ordinal, fn(f64) -> bool, AdviceKind, &'static str, &'static str);

const RULES: [Rule; 7] = [
    (
        Modality::Face,
        face::PERCLOS,
        |v| v > 0.15,
        AdviceKind::Recommendation,
        "Your eyes were closed for much of the last minute: if you are tired, rest before you go on.",
        "PERCLOS over 15 % marks drowsiness (Dinges and Grace 1998)",
    ),
    (
        Modality::Face,
        face::BLINK_RATE,
        |v| v < 6.0,
        AdviceKind::Recommendation,
        "You blinked rarely: look into the distance now and then, and blink.",
        "screen work lowers blinking from about 15 a minute to about 5 (Patel et al. 1991)",
    ),
    (
        Modality::Motion,
        motion::FIDGET_INDEX,
        |v| v > 0.5,
        AdviceKind::Insight,
        "You moved in small ways for more than half of the time.",
        "ours: share of seconds with small movements while not walking",
    ),
    (
        Modality::Motion,
        motion::INTENSITY,
        |v| activity::of(v) == ActivityLevel::High,
        AdviceKind::Insight,
        "You were physically active.",
        "a mean amplitude deviation over 91 mg is moderate activity (Vaha-Ypya et al. 2015)",
    ),
    (
        Modality::Heart,
        heart::RMSSD,
        |v| v < 19.0,
        AdviceKind::Insight,
        "Your beat-to-beat variability was low for a resting adult.",
        "19 ms is the low end of published RMSSD norms (Nunan et al. 2010)",
    ),
    (
        Modality::Heart,
        heart::MEAN_HR,
        |v| v > 100.0,
        AdviceKind::Insight,
        "Your heart beat faster than hearts at rest do.",
        "a resting rate over 100 a minute is called tachycardia",
    ),
    (
        Modality::Voice,
        voice::PAUSE_FRACTION,
        |v| v < 0.1,
        AdviceKind::Insight,
        "You spoke almost without pauses.",
        "ours: under a tenth of the time from first to last word",
    ),
];

const SIGNALS: [(Modality, Gap, &str); 3] = [
    (Modality::Face, Gap::NoFace, "No face was found: look into the camera, with light from the front."),
    (Modality::Voice, Gap::NoVoice, "No voice was heard: speak closer to the microphone."),
    (Modality::Heart, Gap::NotWorn, "The heart sensor gave no usable beats: check that it sits well."),
];

fn from_features(records: &[Record], advice: &mut Vec<Advice>) {
    for (modality, ordinal, applies, kind, text, source) in RULES {
        let Some(spec) = modality.feature(ordinal) else { continue };
        let seen = |r: &&Record| trust::accepted(r).is_ok() && r.coverage.over(spec.span) >= trust::LEAST_COVERAGE;
        let at_rest = |r: &&Record| modality != Modality::Heart || !moved(records, r);
        let own = records.iter().filter(|r| r.modality() == modality).filter(seen).filter(at_rest);
        let Some(value) = own.filter_map(|r| r.features.get(ordinal)).find(|v| applies(*v)) else { continue };
        advice.push(Advice { kind, text, field: format!("{modality}.{}", spec.name), value, source });
    }
}

/// Whether somebody moved in the minute that ends with a record's window.
fn moved(records: &[Record], ending: &Record) -> bool {
    let lately = |r: &&Record| r.window <= ending.window && ending.window.0 - r.window.0 < REST;
    let motion = records.iter().filter(|r| r.modality() == Modality::Motion && trust::accepted(r).is_ok());
    let intensities = motion.filter(lately).filter_map(|r| r.features.get(motion::INTENSITY));
    intensities.map(activity::of).any(|level| level > ActivityLevel::Low)
}

/// What would make the next measurement better, of each modality that told nothing for the same reason in every window.
fn from_signals(records: &[Record], advice: &mut Vec<Advice>) {
    for (modality, gap, text) in SIGNALS {
        let own: Vec<&Record> = records.iter().filter(|record| record.modality() == modality).collect();
        if own.is_empty() || own.iter().any(|record| record.coverage.gap != Some(gap)) {
            continue;
        }
        advice.push(Advice {
            kind: AdviceKind::Insight,
            text,
            field: format!("{modality}.coverage"),
            value: own.iter().map(|record| record.coverage.over(Span::S10)).fold(0.0, f64::max),
            source: "ours: the analyzer's reason for a gap",
        });
    }
}

#[cfg(test)]
mod tests {
    use attune_protocol::features::Features;
    use attune_protocol::record::Coverage;
    use attune_protocol::window::Window;

    use super::super::{Terms, assess};
    use super::*;

    fn heart_record(rate: f64, rmssd: f64) -> Record {
        let mut features = Features::new(Modality::Heart);
        features.set(heart::MEAN_HR, rate);
        features.set(heart::RMSSD, rmssd);
        let coverage = Coverage { expected: 10, received: 10, last_60_s: 1.0, last_300_s: 1.0, gap: None };
        Record::new(Window(1), 1.0, coverage, features)
    }

    #[test]
    fn every_sentence_names_the_measurement_that_caused_it() {
        let records = [heart_record(112.0, 9.0)];
        let advice = advise(&assess(&records, Terms::sent(1.0)), &records);
        let fields: Vec<&str> = advice.iter().map(|a| a.field.as_str()).collect();
        assert!(fields.contains(&"heart.rmssd") && fields.contains(&"heart.mean_hr"), "{fields:?}");
        assert!(advice.iter().all(|a| !a.source.is_empty()));
    }

    fn motion_record(intensity: f64) -> Record {
        // A sensor that shows a fifth too much of everything, so that a norm less one is no movement.
        let mut features = Features::new(Modality::Motion);
        features.set(motion::INTENSITY, intensity);
        features.set(motion::ENMO, 0.2 + intensity);
        Record { features, ..heart_record(60.0, 40.0) }
    }

    fn fields(records: &[Record]) -> Vec<String> {
        advise(&assess(records, Terms::sent(1.0)), records).into_iter().map(|advice| advice.field).collect()
    }

    #[test]
    fn who_moves_is_not_told_that_the_heart_is_fast_for_sitting_still() {
        let fast = heart_record(130.0, 9.0);
        assert_eq!(fields(&[fast.clone(), motion_record(0.3)]), ["motion.intensity"]);
        let still = fields(&[fast.clone(), motion_record(0.004)]);
        assert!(still.contains(&"heart.mean_hr".to_owned()), "{still:?}");
        let mut later = fast;
        later.window = Window(1 + REST);
        assert!(fields(&[later, motion_record(0.3)]).contains(&"heart.mean_hr".to_owned()), "a minute after it");
    }

    #[test]
    fn nothing_is_said_of_what_was_seen_poorly_or_hardly() {
        let fast = heart_record(130.0, 9.0);
        let poor = Record { quality: 0.05, ..fast.clone() };
        let mut little = fast.clone();
        little.coverage.last_60_s = 0.02;
        let mut short = fast;
        short.coverage.last_60_s = 0.1;
        for record in [poor, little] {
            assert_eq!(fields(&[record]), [""; 0]);
        }
        assert_eq!(fields(&[short]), ["heart.mean_hr"], "a rate is of ten seconds, variability of a minute");
    }

    #[test]
    fn a_silent_window_is_no_fault_and_sound_without_any_voice_is_one_once() {
        let heard = |window: u32, gap: Option<Gap>| {
            let received = if gap.is_some() { 0 } else { 10 };
            let coverage = Coverage { expected: 10, received, last_60_s: 1.0, last_300_s: 1.0, gap };
            Record::new(Window(window), 1.0, coverage, Features::new(Modality::Voice))
        };
        let silent: Vec<Record> = (0..3).map(|window| heard(window, Some(Gap::NoVoice))).collect();
        let mixed = [silent.clone(), vec![heard(3, None)]].concat();
        let said = |records: &[Record]| advise_sent(&assess(records, Terms::sent(1.0)), records).len();
        assert_eq!((said(&silent), said(&silent[..1]), said(&mixed)), (1, 1, 0));
        assert_eq!(fields(&silent), [""; 0], "of who was sensed nothing is said");
    }

    #[test]
    fn a_quiet_heart_calls_for_no_sentence() {
        let records = [heart_record(62.0, 45.0)];
        assert_eq!(advise(&assess(&records, Terms::sent(1.0)), &records), []);
    }
}
