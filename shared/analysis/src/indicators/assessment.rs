use attune_protocol::record::{Gap, Record};
use attune_protocol::registry::{Modality, Span};
use serde::{Deserialize, Serialize};

use super::evidence::{self, Circumstances};
use super::{ActivityLevel, EmotionEstimate, Score, ScoreKind, StateEstimate, activity, emotion, fuse, overall, state};

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
    pub cognitive_state: Option<StateEstimate>,
    /// The emotion shown, where face or voice tell.
    pub emotion: Option<EmotionEstimate>,
    /// How much somebody moves, where motion tells.
    pub activity: Option<ActivityLevel>,
    /// Mean over the active modalities of quality times coverage, in [0,1].
    pub quality: Option<f64>,
    /// The modalities that were active, in their order. Those that are not listed had no device.
    pub modalities: Vec<ModalitySeen>,
}

/// Scores from the records of one person and window, from any number of devices.
#[must_use]
pub fn assess(records: &[Record]) -> Assessment {
    assess_within(records, 1.0)
}

/// As [`assess`], where a score may be `tolerance` times as uncertain as usual before it is called missing.
#[must_use]
pub fn assess_within(records: &[Record], tolerance: f64) -> Assessment {
    let modalities = seen(records);
    let active: Vec<Modality> = modalities.iter().map(|m| m.modality).collect();
    let circumstances = Circumstances::of(records);
    let score = |kind| {
        let evidence: Vec<_> = records
            .iter()
            .filter_map(|record| Some((record.modality(), evidence::of(record, kind, circumstances)?)))
            .collect();
        fuse::fuse(kind, &evidence, &active, kind.largest_sd() * tolerance)
    };
    let [stress, attention, valence, arousal] = ScoreKind::ALL.map(score);
    let quality = (!modalities.is_empty())
        .then(|| modalities.iter().map(|m| m.quality * m.coverage).sum::<f64>() / modalities.len() as f64);
    Assessment {
        overall: overall::overall(&stress, &attention, &valence),
        cognitive_state: state::estimate(&valence, &arousal, &stress),
        emotion: emotion::fuse(records),
        activity: activity::level(records),
        stress,
        attention,
        valence,
        arousal,
        quality,
        modalities,
    }
}

/// The device that saw most, for each modality.
fn seen(records: &[Record]) -> Vec<ModalitySeen> {
    Modality::ALL
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
