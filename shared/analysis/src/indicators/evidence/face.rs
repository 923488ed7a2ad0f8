use attune_protocol::features::Features;
use attune_protocol::registry::face;

use super::Evidence;
use crate::indicators::ScoreKind;
use crate::indicators::emotion::{Emotion, expression};

/// How stressed each expression is taken to be: the weights of the reference system MindSync.
const STRESS_WEIGHTS: [(Emotion, f64); 7] = [
    (Emotion::Angry, 1.0),
    (Emotion::Fear, 0.8),
    (Emotion::Disgust, 0.6),
    (Emotion::Sad, 0.5),
    (Emotion::Neutral, 0.3),
    (Emotion::Surprise, 0.2),
    (Emotion::Happy, 0.1),
];

/// Standard deviations at full quality. Ours.
const STRESS_SD: f64 = 0.20;
const AFFECT_SD: f64 = 0.35;
const ATTENTION_SD: f64 = 0.15;
/// Without a head pose, a face in the picture says less about attention. Ours.
const ATTENTION_SD_WITHOUT_POSE: f64 = 0.25;
/// Head movement (box sizes a second) at which attention is halved. Ours.
const HEAD_MOTION_HALF: f64 = 1.0;

pub(super) fn evidence(features: &Features, kind: ScoreKind) -> Option<Evidence> {
    match kind {
        ScoreKind::Stress => {
            let shown = expression(features)?;
            let stress = STRESS_WEIGHTS.iter().map(|(emotion, weight)| shown.probability(*emotion) * weight).sum();
            Some(Evidence::new(kind, stress, STRESS_SD))
        }
        ScoreKind::Valence => Some(Evidence::new(kind, features.get(face::VALENCE)?, AFFECT_SD)),
        ScoreKind::Arousal => Some(Evidence::new(kind, features.get(face::AROUSAL)?, AFFECT_SD)),
        ScoreKind::Attention => attention(features),
    }
}

/// Presence before the screen, facing it, with a quiet head: the product of the three shares.
fn attention(features: &Features) -> Option<Evidence> {
    let present = features.get(face::FACE_FRACTION)?;
    let gaze_away = features.get(face::GAZE_AWAY_FRACTION);
    let facing = 1.0 - gaze_away.unwrap_or(0.0);
    let quiet = features.get(face::HEAD_MOTION).map_or(1.0, |motion| 1.0 / (1.0 + motion / HEAD_MOTION_HALF));
    let sd = if gaze_away.is_some() { ATTENTION_SD } else { ATTENTION_SD_WITHOUT_POSE };
    Some(Evidence::new(ScoreKind::Attention, present * facing * quiet, sd))
}
