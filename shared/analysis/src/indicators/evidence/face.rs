use attune_protocol::registry::face;

use super::Evidence;
use crate::indicators::emotion::{Emotion, expression};
use crate::indicators::reading::Reading;
use crate::indicators::{Missing, ScoreKind, presence};

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

pub(super) fn evidence(reading: &Reading<'_>, kind: ScoreKind) -> Option<Result<Evidence, Missing>> {
    Some(match kind {
        ScoreKind::Stress => stress(reading),
        ScoreKind::Valence => reading.get(face::VALENCE).map(|valence| Evidence::new(kind, valence, AFFECT_SD)),
        ScoreKind::Arousal => reading.get(face::AROUSAL).map(|arousal| Evidence::new(kind, arousal, AFFECT_SD)),
        ScoreKind::Attention => attention(reading),
    })
}

fn stress(reading: &Reading<'_>) -> Result<Evidence, Missing> {
    let shown = expression(reading)?;
    let stress = STRESS_WEIGHTS.iter().map(|(emotion, weight)| shown.probability(*emotion) * weight).sum();
    Ok(Evidence::new(ScoreKind::Stress, stress, STRESS_SD))
}

/// Presence before the screen, facing it, with a quiet head: the product of the three shares.
fn attention(reading: &Reading<'_>) -> Result<Evidence, Missing> {
    let present = presence::share(reading)?;
    let gaze_away = reading.get(face::GAZE_AWAY_FRACTION);
    let facing = 1.0 - gaze_away.unwrap_or(0.0);
    let quiet = reading.get(face::HEAD_MOTION).map_or(1.0, |motion| 1.0 / (1.0 + motion / HEAD_MOTION_HALF));
    let sd = if gaze_away.is_ok() { ATTENTION_SD } else { ATTENTION_SD_WITHOUT_POSE };
    Ok(Evidence::new(ScoreKind::Attention, present * facing * quiet, sd))
}
