//! What each modality alone says about each score.
//!
//! Standard deviations at full quality and coverage are ours: they order the modalities by how well the models behind
//! them do on unseen people (`models/cards`), and are widened by [`Evidence::widened_by`].

mod face;
pub(super) mod heart;
mod motion;
mod voice;

use attune_protocol::registry::Modality;

use super::reading::Reading;
use super::{Missing, ScoreKind};

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
    /// quality times coverage.
    fn widened_by(self, quality: f64, coverage: f64) -> Self {
        Self { sd: self.sd / (quality * coverage).sqrt(), ..self }
    }
}

/// What a reading says about a score, or why it says nothing. `None` when its modality cannot support the score.
pub(super) fn of(
    reading: &Reading<'_>,
    kind: ScoreKind,
    circumstances: Circumstances,
) -> Option<Result<Evidence, Missing>> {
    let word = match reading.modality() {
        Modality::Face => face::evidence(reading, kind),
        Modality::Voice => voice::evidence(reading, kind),
        Modality::Motion => motion::evidence(reading, kind),
        Modality::Heart => heart::evidence(reading, kind, circumstances),
    }?;
    Some(match (word, reading.seen()) {
        (Err(reason), _) if reason.is_settled() => Err(reason),
        (_, Err(reason)) => Err(reason),
        (word, Ok(coverage)) => word.map(|evidence| evidence.widened_by(reading.record.quality, coverage)),
    })
}

/// What the other modalities say that changes how one is to be read.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Circumstances {
    /// Physical intensity, mean amplitude deviation in g, where motion was sensed.
    pub intensity: Option<f64>,
}

impl Circumstances {
    /// From all readings of a window.
    pub(super) fn of(readings: &[Reading<'_>]) -> Self {
        let motion = readings.iter().filter(|reading| reading.modality() == Modality::Motion);
        let intensity = attune_protocol::registry::motion::INTENSITY;
        Self { intensity: motion.filter_map(|reading| reading.get(intensity).ok()).reduce(f64::max) }
    }
}

/// The logistic function.
fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
