use attune_protocol::features::Features;
use attune_protocol::registry::voice;

use super::Evidence;
use crate::indicators::ScoreKind;

/// Standard deviations at full quality. Ours.
const STRESS_SD: f64 = 0.25;
const AROUSAL_SD: f64 = 0.40;
/// Standard deviation of arousal by the person's own past, which tells it better. Ours.
const AROUSAL_SD_BY_OWN_PAST: f64 = 0.35;
/// How much the deviations of loudness, F0 and spectral centroid from the own past count: the logistic regression of high
/// against low arousal on acted speech (`tests/parity/voice_arousal.py`), scaled to a sum of one, because people who do not act
/// seldom go as far.
const LOUDNESS_SHARE: f64 = 0.21;
const F0_SHARE: f64 = 0.49;
const CENTROID_SHARE: f64 = 0.30;
/// Deviations beyond are taken as this, as they were for the fit.
const LARGEST_DEVIATION: f64 = 5.0;
/// Arousal on [0,1] as a multiple of voice stress, at most 1: the relation of the reference system MindSync.
const AROUSAL_PER_STRESS: f64 = 1.5;
/// Least share of voiced frames for a word on the speaker. Ours.
const LEAST_VOICED: f64 = 0.05;

pub(super) fn evidence(features: &Features, kind: ScoreKind) -> Option<Evidence> {
    if features.get(voice::VOICED_FRACTION)? < LEAST_VOICED {
        return None;
    }
    let own = by_own_past(features);
    match kind {
        ScoreKind::Stress => {
            let strain = own.map(|arousal| (arousal + 1.0) / 2.0 / AROUSAL_PER_STRESS).or_else(|| strain(features))?;
            Some(Evidence::new(kind, strain, STRESS_SD))
        }
        ScoreKind::Arousal => match (own, features.get(voice::AROUSAL)) {
            (Some(arousal), _) => Some(Evidence::new(kind, arousal, AROUSAL_SD_BY_OWN_PAST)),
            (None, Some(arousal)) => Some(Evidence::new(kind, arousal, AROUSAL_SD)),
            (None, None) => {
                let arousal = (AROUSAL_PER_STRESS * strain(features)?).min(1.0) * 2.0 - 1.0;
                Some(Evidence::new(kind, arousal, AROUSAL_SD))
            }
        },
        ScoreKind::Valence | ScoreKind::Attention => None,
    }
}

/// Arousal on [-1,1] by how the voice differs from how it usually is; none while the baseline is young.
fn by_own_past(features: &Features) -> Option<f64> {
    let deviation = |ordinal| Some(features.get(ordinal)?.clamp(-LARGEST_DEVIATION, LARGEST_DEVIATION));
    let lift = LOUDNESS_SHARE * deviation(voice::LOUDNESS_DEVIATION)?
        + F0_SHARE * deviation(voice::F0_DEVIATION)?
        + CENTROID_SHARE * deviation(voice::CENTROID_DEVIATION)?;
    Some((lift / 2.0).tanh())
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
