use attune_protocol::registry::motion;

use super::{Circumstances, Evidence};
use crate::indicators::reading::Reading;
use crate::indicators::{Missing, ScoreKind};

/// Standard deviations at full quality. Ours: stillness says little about attention, movement little about arousal.
const ATTENTION_SD: f64 = 0.28;
const AROUSAL_SD: f64 = 0.60;
/// Mean amplitude deviation in g at which arousal is taken as medium: between sedentary and light activity by the cut
/// points of Vaha-Ypya et al. (2015), 22.5 mg for the start of light activity.
const MEDIUM_INTENSITY: f64 = 0.0225;
/// How fast arousal rises with the deviation of movement from the own past: half as fast as with that of heart and voice, because
/// movement has a long tail: one in twenty windows of people at rest and at tasks on a chair is 3.4 deviations off. Ours, by
/// `tests/parity/motion_arousal.py`.
const BY_OWN_PAST: f64 = 0.2;

pub(super) fn evidence(
    reading: &Reading<'_>,
    kind: ScoreKind,
    circumstances: Circumstances,
) -> Option<Result<Evidence, Missing>> {
    Some(match kind {
        // Who is not before the screen gives it no attention, however still they sit.
        ScoreKind::Attention if circumstances.nobody => Err(Missing::Away),
        ScoreKind::Attention => attention(reading),
        ScoreKind::Arousal => arousal(reading),
        ScoreKind::Stress | ScoreKind::Valence => return None,
    })
}

/// Somebody who walks is not judged for attention: only the share of stillness against fidgeting is, and the less surely
/// it is not walking, the less it weighs.
fn attention(reading: &Reading<'_>) -> Result<Evidence, Missing> {
    let share = |ordinal| reading.get(ordinal).unwrap_or(0.0);
    let walking = share(motion::ACTIVITY_WALKING) + share(motion::ACTIVITY_STAIRS);
    if walking > 0.5 {
        return Err(Missing::Walking);
    }
    let still = reading.get(motion::STILLNESS_FRACTION)?;
    let fidget = reading.get(motion::FIDGET_INDEX)?;
    let sd = ATTENTION_SD / (1.0 - walking).sqrt();
    Ok(Evidence::new(ScoreKind::Attention, (still + 1.0 - fidget) / 2.0, sd))
}

/// By the own past; without one, zero at the cut point, one further tenfold above it, minus one tenfold below.
fn arousal(reading: &Reading<'_>) -> Result<Evidence, Missing> {
    if let Ok(deviation) = reading.get(motion::INTENSITY_DEVIATION) {
        return Ok(Evidence::new(ScoreKind::Arousal, (BY_OWN_PAST * deviation).tanh(), AROUSAL_SD));
    }
    let intensity = reading.get(motion::INTENSITY)?.max(1e-4);
    Ok(Evidence::new(ScoreKind::Arousal, (intensity / MEDIUM_INTENSITY).log10(), AROUSAL_SD))
}
