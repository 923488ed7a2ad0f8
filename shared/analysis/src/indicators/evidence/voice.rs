use attune_protocol::features::Features;
use attune_protocol::registry::voice;

use super::Evidence;
use crate::indicators::ScoreKind;

/// Standard deviations at full quality. Ours.
const STRESS_SD: f64 = 0.25;
const AROUSAL_SD: f64 = 0.40;
/// Least share of voiced frames for a word on the speaker. Ours.
const LEAST_VOICED: f64 = 0.05;

pub(super) fn evidence(features: &Features, kind: ScoreKind) -> Option<Evidence> {
    if features.get(voice::VOICED_FRACTION)? < LEAST_VOICED {
        return None;
    }
    match kind {
        ScoreKind::Stress => Some(Evidence::new(kind, strain(features)?, STRESS_SD)),
        // The reference system takes arousal as 1.5 times voice stress, at most 1, on [0,1].
        ScoreKind::Arousal => match features.get(voice::AROUSAL) {
            Some(arousal) => Some(Evidence::new(kind, arousal, AROUSAL_SD)),
            None => Some(Evidence::new(kind, (1.5 * strain(features)?).min(1.0) * 2.0 - 1.0, AROUSAL_SD)),
        },
        ScoreKind::Valence | ScoreKind::Attention => None,
    }
}

/// Voice stress of the reference system MindSync from the terms that we measure: the mean of loudness (10 RMS),
/// brightness ((centroid - 1000) / 2000 Hz) and liveliness of pitch (its standard deviation in Hz / 100), each held
/// to [0,1].
fn strain(features: &Features) -> Option<f64> {
    let rms = 10_f64.powf(features.get(voice::LEVEL)? / 20.0);
    let centroid = features.get(voice::SPECTRAL_CENTROID)?;
    let f0_sd = features.get(voice::F0_MEAN)? * ((features.get(voice::F0_SEMITONE_SD)? / 12.0).exp2() - 1.0);
    let terms = [10.0 * rms, (centroid - 1000.0) / 2000.0, f0_sd / 100.0];
    Some(terms.iter().map(|t| t.clamp(0.0, 1.0)).sum::<f64>() / 3.0)
}
