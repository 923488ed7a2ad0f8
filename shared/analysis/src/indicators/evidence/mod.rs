//! What each modality alone says about each score.
//!
//! Standard deviations at full quality and coverage are ours: they order the modalities by how well the models behind
//! them do on unseen people (`models/cards`), and are widened by [`Evidence::widened_by`].

mod face;
mod heart;
mod motion;
mod voice;

use attune_protocol::record::Record;
use attune_protocol::registry::{Modality, Span};

use super::ScoreKind;

/// Below this share of expected samples a modality says nothing about a window. Ours.
const LEAST_COVERAGE: f64 = 0.2;
/// Below this quality a modality says nothing about a window. Ours.
const LEAST_QUALITY: f64 = 0.1;

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

/// What the record says about a score. `None` when its modality cannot support it, or it saw too little.
pub(super) fn of(record: &Record, kind: ScoreKind, circumstances: Circumstances) -> Option<Evidence> {
    let coverage = match record.modality() {
        Modality::Heart => heart::coverage(&record.coverage),
        _ => record.coverage.over(Span::S10),
    };
    if coverage < LEAST_COVERAGE || record.quality < LEAST_QUALITY {
        return None;
    }
    let evidence = match record.modality() {
        Modality::Face => face::evidence(&record.features, kind),
        Modality::Voice => voice::evidence(&record.features, kind),
        Modality::Motion => motion::evidence(&record.features, kind),
        Modality::Heart => heart::evidence(&record.features, kind, circumstances),
    }?;
    Some(evidence.widened_by(record.quality, coverage))
}

/// What the other modalities say that changes how one is to be read.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Circumstances {
    /// Physical intensity, mean amplitude deviation in g, where motion was sensed.
    pub intensity: Option<f64>,
}

impl Circumstances {
    /// From all records of a window.
    pub(super) fn of(records: &[Record]) -> Self {
        let intensity = records
            .iter()
            .filter(|r| r.modality() == Modality::Motion)
            .filter_map(|r| r.features.get(attune_protocol::registry::motion::INTENSITY))
            .reduce(f64::max);
        Self { intensity }
    }
}

/// The logistic function.
fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
