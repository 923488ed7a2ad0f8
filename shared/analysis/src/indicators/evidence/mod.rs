//! What each modality alone says about each score.
//!
//! Standard deviations at full quality and coverage are ours: they order the modalities by how well the models behind
//! them do on unseen people (`models/cards`), and are widened by [`Evidence::widened_by`].

mod face;
mod heart;
mod motion;
mod voice;

use attune_protocol::registry::Modality;
use attune_protocol::registry::motion::INTENSITY;

use super::reading::{self, Gathered, Reading};
use super::{Missing, ScoreKind, Terms, presence};
use crate::trust;

/// One modality's word on one score.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Evidence {
    /// In the score's range.
    pub value: f64,
    /// Standard deviation, in the same unit.
    pub sd: f64,
}

impl Evidence {
    /// A value within the range of its score.
    fn new(kind: ScoreKind, value: f64, sd: f64) -> Self {
        let (low, high) = kind.range();
        Self { value: value.clamp(low, high), sd }
    }

    /// Missing samples and poor signals carry proportionally less information, so the variance is divided by
    /// quality times coverage, each of which enters once.
    fn widened_by(self, quality: f64, coverage: f64) -> Self {
        Self { sd: self.sd / (quality * coverage).sqrt(), ..self }
    }
}

/// What each modality says about a score, one word each, and why the others say nothing.
pub(super) fn gather(
    readings: &[Reading<'_>],
    terms: Terms,
    kind: ScoreKind,
    circumstances: Circumstances,
) -> Gathered<Evidence> {
    let word = |reading: &Reading<'_>| of(reading, kind, circumstances);
    reading::gather_from(readings, terms, |reading| enough(reading, kind), word).each(one)
}

impl ScoreKind {
    /// The modalities that can support this score at all: those from which evidence is read.
    #[must_use]
    pub fn supporters(self) -> Vec<Modality> {
        reading::supporters(|reading| of(reading, self, Circumstances::default()))
    }
}

/// The word of a modality from those of its devices. They share the errors of one model, so that together they are no surer than
/// the surest of them; and the less sure the further their words lie apart, however many poor ones agree.
fn one(words: Vec<Evidence>) -> Evidence {
    let precision = |word: &Evidence| word.sd.powi(-2);
    let total: f64 = words.iter().map(precision).sum();
    let value = words.iter().map(|word| word.value * precision(word)).sum::<f64>() / total;
    let surest = words.iter().map(|word| word.sd).fold(f64::INFINITY, f64::min);
    let apart = words.iter().map(|word| (word.value - value).powi(2) * precision(word)).sum::<f64>() / total;
    Evidence { value, sd: surest.hypot(apart.sqrt()) }
}

/// What a reading says about a score, or why it says nothing. `None` when its modality cannot support the score.
fn of(reading: &Reading<'_>, kind: ScoreKind, circumstances: Circumstances) -> Option<Result<Evidence, Missing>> {
    let word = match reading.modality() {
        Modality::Face => face::evidence(reading, kind),
        Modality::Voice => voice::evidence(reading, kind),
        Modality::Motion => motion::evidence(reading, kind, circumstances),
        Modality::Heart => heart::evidence(reading, kind, circumstances),
        // What somebody says or writes is no measurement of theirs: it stands beside the scores.
        Modality::CheckIn | Modality::Text => None,
    }?;
    Some(word.map(|evidence| evidence.widened_by(reading.record.quality, looked(reading, kind))))
}

/// The share of the time that a word is read from. Presence is what attention is read from, not a lack of data: there a frame
/// without a face counts as seen.
fn looked(reading: &Reading<'_>, kind: ScoreKind) -> f64 {
    let coverage = trust::coverage(reading.record);
    match (reading.modality(), kind) {
        (Modality::Face, ScoreKind::Attention) => {
            presence::share(reading).map_or(coverage, |present| (coverage / present).min(1.0))
        }
        _ => coverage,
    }
}

/// Whether a reading may have a word on a score.
fn enough(reading: &Reading<'_>, kind: ScoreKind) -> Result<(), Missing> {
    match (reading.modality(), kind, presence::share(reading)) {
        (Modality::Face, ScoreKind::Attention, Err(Missing::Away)) => Ok(()),
        (Modality::Face, ScoreKind::Attention, Ok(_))
            if looked(reading, kind) >= trust::LEAST_COVERAGE && reading.record.quality >= trust::LEAST_QUALITY =>
        {
            Ok(())
        }
        _ => reading.seen(),
    }
}

/// What the other modalities say that changes how one is to be read.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Circumstances {
    /// Physical intensity, mean amplitude deviation in g, where motion was sensed.
    pub intensity: Option<f64>,
    /// A camera sees that nobody is there.
    pub nobody: bool,
}

impl Circumstances {
    /// From all readings of a window.
    pub(super) fn of(readings: &[Reading<'_>]) -> Self {
        let motion = readings.iter().filter(|reading| reading.modality() == Modality::Motion);
        let moving = motion.filter(|reading| reading.seen().is_ok());
        let intensity = moving.filter_map(|reading| reading.get(INTENSITY).ok()).reduce(f64::max);
        Self { intensity, nobody: presence::nobody(readings) }
    }
}

/// Stress at a person's own usual, the same for every sensor: what MindSync makes of a neutral face.
const USUAL_STRESS: f64 = 0.3;
/// How fast stress rises with the deviation of what it is read from from the own past: the weight of the heart rate's in a logistic
/// regression over 28 people (`tests/parity/heart_stress.py`).
const BY_OWN_PAST: f64 = 0.843;
/// Deviations beyond are taken as this, as they were for the fits.
const LARGEST_DEVIATION: f64 = 5.0;

/// Stress by how many deviations something lies over the own usual: over 2/3 from 1.83 on, which is one in thirty windows where
/// deviations are those of a normal distribution.
fn stress_by_own_past(deviation: f64) -> f64 {
    stress(BY_OWN_PAST * deviation)
}

/// Stress by how much drives it: the logistic function, and at rest the usual stress.
fn stress(drive: f64) -> f64 {
    let usual = (USUAL_STRESS / (1.0 - USUAL_STRESS)).ln();
    1.0 / (1.0 + (-(usual + drive)).exp())
}

/// Arousal by how many deviations something lies over the own usual: over 2/3 from 2.01 on, about where stress is. Ours.
fn arousal_by_own_past(deviation: f64) -> f64 {
    (0.4 * deviation).tanh()
}
