use attune_protocol::features::Features;
use attune_protocol::registry::motion;

use super::Evidence;
use crate::indicators::ScoreKind;

/// Standard deviations at full quality. Ours: stillness says little about attention, movement little about arousal.
const ATTENTION_SD: f64 = 0.28;
const AROUSAL_SD: f64 = 0.60;
/// Mean amplitude deviation in g at which arousal is taken as medium: between sedentary and light activity by the cut
/// points of Vaha-Ypya et al. (2015), 22.5 mg for the start of light activity.
const MEDIUM_INTENSITY: f64 = 0.0225;

pub(super) fn evidence(features: &Features, kind: ScoreKind) -> Option<Evidence> {
    match kind {
        // Somebody who walks is not judged for attention: only the share of stillness against fidgeting is, and the
        // less surely it is not walking, the less it weighs.
        ScoreKind::Attention => {
            let walking = features.get(motion::ACTIVITY_WALKING).unwrap_or(0.0)
                + features.get(motion::ACTIVITY_STAIRS).unwrap_or(0.0);
            if walking > 0.5 {
                return None;
            }
            let still = features.get(motion::STILLNESS_FRACTION)?;
            let fidget = features.get(motion::FIDGET_INDEX)?;
            Some(Evidence::new(kind, (still + 1.0 - fidget) / 2.0, ATTENTION_SD / (1.0 - walking).sqrt()))
        }
        // Zero at the cut point, one further tenfold above it, minus one tenfold below.
        ScoreKind::Arousal => {
            let intensity = features.get(motion::INTENSITY)?.max(1e-4);
            Some(Evidence::new(kind, (intensity / MEDIUM_INTENSITY).log10(), AROUSAL_SD))
        }
        ScoreKind::Stress | ScoreKind::Valence => None,
    }
}
