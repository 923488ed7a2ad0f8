use attune_protocol::registry::voice;

use super::{Evidence, LARGEST_DEVIATION, arousal_by_own_past, stress_by_own_past};
use crate::indicators::reading::Reading;
use crate::indicators::{Missing, ScoreKind};

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
/// Arousal on [0,1] as a multiple of voice stress, at most 1: the relation of the reference system MindSync.
const AROUSAL_PER_STRESS: f64 = 1.5;

pub(super) fn evidence(reading: &Reading<'_>, kind: ScoreKind) -> Option<Result<Evidence, Missing>> {
    Some(match kind {
        ScoreKind::Stress => stress(reading),
        ScoreKind::Arousal => arousal(reading),
        ScoreKind::Valence | ScoreKind::Attention => return None,
    })
}

fn stress(reading: &Reading<'_>) -> Result<Evidence, Missing> {
    let own = lift(reading).map(stress_by_own_past);
    Ok(Evidence::new(ScoreKind::Stress, own.or_else(|_| strain(reading))?, STRESS_SD))
}

fn arousal(reading: &Reading<'_>) -> Result<Evidence, Missing> {
    if let Ok(lift) = lift(reading) {
        return Ok(Evidence::new(ScoreKind::Arousal, arousal_by_own_past(lift), AROUSAL_SD_BY_OWN_PAST));
    }
    let by_strain = |_| Ok((AROUSAL_PER_STRESS * strain(reading)?).min(1.0) * 2.0 - 1.0);
    Ok(Evidence::new(ScoreKind::Arousal, reading.get(voice::AROUSAL).or_else(by_strain)?, AROUSAL_SD))
}

/// How far the voice is lifted over how it usually is, in deviations; none while the baseline is young.
fn lift(reading: &Reading<'_>) -> Result<f64, Missing> {
    let deviation = |ordinal| Ok(reading.get(ordinal)?.clamp(-LARGEST_DEVIATION, LARGEST_DEVIATION));
    Ok(LOUDNESS_SHARE * deviation(voice::LOUDNESS_DEVIATION)?
        + F0_SHARE * deviation(voice::F0_DEVIATION)?
        + CENTROID_SHARE * deviation(voice::CENTROID_DEVIATION)?)
}

/// Voice stress of the reference system MindSync from the terms that we measure: the mean of loudness (10 RMS),
/// brightness ((centroid - 1000) / 2000 Hz) and liveliness of pitch (its standard deviation in Hz / 100), each held
/// to [0,1].
fn strain(reading: &Reading<'_>) -> Result<f64, Missing> {
    let rms = 10_f64.powf(reading.get(voice::LEVEL)? / 20.0);
    let centroid = reading.get(voice::SPECTRAL_CENTROID)?;
    let f0_sd = reading.get(voice::F0_MEAN)? * ((reading.get(voice::F0_SEMITONE_SD)? / 12.0).exp2() - 1.0);
    let terms = [10.0 * rms, (centroid - 1000.0) / 2000.0, f0_sd / 100.0];
    Ok(terms.iter().map(|t| t.clamp(0.0, 1.0)).sum::<f64>() / 3.0)
}
