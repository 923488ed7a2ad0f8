use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, Span};
use serde::{Deserialize, Serialize};

use super::evidence::{self, Circumstances};
use super::reading::Reading;
use super::{Absence, ActivityLevel, EmotionEstimate, Lack, Score, ScoreKind, StateEstimate, Terms};
use super::{activity, emotion, fuse, overall, presence, state};

/// What was seen of one modality.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct ModalitySeen {
    /// The modality.
    pub modality: Modality,
    /// Share of the expected samples, in [0,1]: of the device that saw most.
    pub coverage: f64,
    /// Trust in the signal, in [0,1]: of the same device.
    pub quality: f64,
    /// Why something is missing, if anything is.
    pub gap: Option<Gap>,
}

/// Scores of one person over a window or a session, each with its uncertainty and its reasons.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Assessment {
    /// Stress level, [0,1].
    pub stress: Score,
    /// Attention score, [0,1].
    pub attention: Score,
    /// Pleasantness, [-1,1].
    pub valence: Score,
    /// Activation, [-1,1].
    pub arousal: Score,
    /// Overall wellbeing, [0,1].
    pub overall: Score,
    /// The likeliest cognitive state, where the scores tell.
    pub cognitive_state: Result<StateEstimate, Absence>,
    /// The emotion shown, where face or voice tell.
    pub emotion: Result<EmotionEstimate, Absence>,
    /// How much somebody moves, where motion tells.
    pub activity: Result<ActivityLevel, Absence>,
    /// Mean over the active modalities of quality times coverage, in [0,1].
    pub quality: Option<f64>,
    /// The modalities that were active, in their order.
    pub modalities: Vec<ModalitySeen>,
    /// The others, and why they were not.
    pub unseen: Vec<Lack>,
}

/// From which probability on a state may stand as a headline: below, the others together are likelier.
const HEADLINE: f64 = 0.5;

impl Assessment {
    /// The cognitive state, where it is at least as likely as all others together. What shows one state in words shows this.
    #[must_use]
    pub fn headline(&self) -> Option<StateEstimate> {
        self.cognitive_state.as_ref().ok().filter(|state| state.confidence >= HEADLINE).copied()
    }
}

/// Scores from the records of one person and window, from any number of devices. What the person says themselves is in none.
#[must_use]
pub fn assess(records: &[Record], terms: Terms) -> Assessment {
    let sensed = records.iter().filter(|record| record.modality().is_sensed());
    let readings: Vec<Reading<'_>> = sensed.map(|record| Reading { record, terms }).collect();
    let modalities = seen(records);
    let circumstances = Circumstances::of(&readings);
    let score = |kind: ScoreKind| {
        let gathered = evidence::gather(&readings, terms, kind, circumstances);
        fuse::fuse(gathered, kind.largest_sd() * terms.tolerance())
    };
    let [stress, attention, valence, arousal] = ScoreKind::ALL.map(score);
    let quality = (!modalities.is_empty())
        .then(|| modalities.iter().map(|m| m.quality * m.coverage).sum::<f64>() / modalities.len() as f64);
    let unseen =
        Modality::SENSED.into_iter().filter(|modality| modalities.iter().all(|seen| seen.modality != *modality));
    Assessment {
        overall: overall::overall(&stress, &attention, &valence),
        cognitive_state: presence::away(&readings).map_or_else(|| state::estimate(&valence, &arousal, &stress), Ok),
        emotion: emotion::fuse(&readings, terms),
        activity: activity::level(&readings, terms),
        stress,
        attention,
        valence,
        arousal,
        quality,
        unseen: unseen.map(|modality| Lack { modality, reason: terms.without_record(modality) }).collect(),
        modalities,
    }
}

/// The device that saw most, for each modality.
fn seen(records: &[Record]) -> Vec<ModalitySeen> {
    Modality::SENSED
        .into_iter()
        .filter_map(|modality| {
            records
                .iter()
                .filter(|r| r.modality() == modality)
                .map(|r| ModalitySeen {
                    modality,
                    coverage: r.coverage.over(Span::S10),
                    quality: r.quality,
                    gap: r.coverage.gap,
                })
                .max_by(|a, b| (a.quality * a.coverage).total_cmp(&(b.quality * b.coverage)))
        })
        .collect()
}
