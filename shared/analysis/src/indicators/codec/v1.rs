//! An assessment as format version 1 had it.

use attune_protocol::registry::Modality;
use serde::Deserialize;

use crate::indicators::{
    Absence, ActivityLevel, Assessment as Now, Contribution, EmotionEstimate, Lack, Missing as Why, ModalitySeen,
    Score as ScoreNow, StateEstimate,
};

#[derive(Deserialize)]
pub(super) struct Assessment {
    stress: Score,
    attention: Score,
    valence: Score,
    arousal: Score,
    overall: Score,
    cognitive_state: Option<StateEstimate>,
    emotion: Option<EmotionEstimate>,
    activity: Option<ActivityLevel>,
    quality: Option<f64>,
    modalities: Vec<ModalitySeen>,
}

#[derive(Deserialize)]
enum Score {
    Known { value: f64, sd: f64, contributions: Vec<Contribution> },
    Missing(Missing),
}

#[derive(Deserialize)]
enum Missing {
    NoSupportingModality,
    NotEnoughData,
    TooUncertain,
}

impl From<Assessment> for Now {
    fn from(old: Assessment) -> Self {
        let unrecorded = || absence(Why::Unrecorded);
        let unseen = Modality::SENSED.into_iter().filter(|m| old.modalities.iter().all(|seen| seen.modality != *m));
        Self {
            stress: old.stress.into(),
            attention: old.attention.into(),
            valence: old.valence.into(),
            arousal: old.arousal.into(),
            overall: old.overall.into(),
            cognitive_state: old.cognitive_state.ok_or_else(unrecorded),
            emotion: old.emotion.ok_or_else(unrecorded),
            activity: old.activity.ok_or_else(unrecorded),
            quality: old.quality,
            unseen: unseen.map(|modality| Lack { modality, reason: Why::NoDevice }).collect(),
            modalities: old.modalities,
        }
    }
}

impl From<Score> for ScoreNow {
    fn from(old: Score) -> Self {
        match old {
            Score::Known { value, sd, contributions } => Self::Known { value, sd, contributions },
            Score::Missing(reason) => Self::Missing(absence(reason.now())),
        }
    }
}

impl Missing {
    const fn now(self) -> Why {
        match self {
            Self::NoSupportingModality => Why::NoDevice,
            // It was said as well of what a profile or an old agent kept back.
            Self::NotEnoughData => Why::Unrecorded,
            Self::TooUncertain => Why::TooUncertain,
        }
    }
}

const fn absence(reason: Why) -> Absence {
    Absence { reason, lacks: Vec::new() }
}
