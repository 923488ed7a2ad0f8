use attune_protocol::record::Coverage;
use attune_protocol::registry::{Span, heart};

use super::{Circumstances, Evidence, logistic};
use crate::indicators::reading::Reading;
use crate::indicators::{Missing, ScoreKind};

/// Resting heart rate of adults, 1/min: mean and standard deviation of short-term recordings in Nunan, Sandercock and
/// Brodie (2010), whose mean RR interval of 926 ms (SD 90) is 64.8 a minute (SD 6.3); the spread is doubled because
/// people at work sit up, talk and drink coffee. Ours where it departs.
const HR_NORM: (f64, f64) = (70.0, 12.0);

/// Logistic regressions of stress on the deviation of the last minute's mean heart rate from the person's own past, and on its
/// deviation from the norm, over 28 people: ours, fitted by `tests/parity/heart_stress.py`. The deviation of
/// ln RMSSD is left out: beside the rate it adds nothing on people left out.
const BY_OWN_PAST: (f64, f64) = (0.157, 0.843);
const BY_NORM: (f64, f64) = (-0.338, 0.321);
/// Deviations beyond are taken as this, as they were for the fit.
const LARGEST_DEVIATION: f64 = 5.0;

/// Standard deviations at rest, judged by the person's own baseline and by the norm, which hardly tells stress. Ours.
const STRESS_SD: f64 = 0.20;
const STRESS_SD_BY_NORM: f64 = 0.28;
const AROUSAL_SD: f64 = 0.45;
/// Mean amplitude deviation in g at which exercise, rather than stress, explains the heart rate so well that the
/// variance doubles: the start of light activity (Vaha-Ypya et al. 2015).
const EXERCISE_INTENSITY: f64 = 0.0225;

/// Coverage as it counts for the heart: the root of that of the last minute. Ours: on stress_predict the AUC of the rate's
/// deviation is 0.69-0.73 with a tenth to three tenths of the minute and 0.80-0.82 with over half of it
/// (`tests/parity/heart_stress.py`): beats that are missing cost, but not in proportion.
pub(in crate::indicators) fn coverage(coverage: &Coverage) -> f64 {
    coverage.over(Span::S60).sqrt()
}

pub(super) fn evidence(
    reading: &Reading<'_>,
    kind: ScoreKind,
    circumstances: Circumstances,
) -> Option<Result<Evidence, Missing>> {
    Some(match kind {
        ScoreKind::Stress => stress(reading, circumstances),
        ScoreKind::Arousal => rate(reading).map(|(hr, _)| Evidence::new(kind, (hr / 2.0).tanh(), AROUSAL_SD)),
        ScoreKind::Attention | ScoreKind::Valence => return None,
    })
}

/// How far the heart rate lies from the usual in standard deviations, and whether that is the person's own usual.
fn rate(reading: &Reading<'_>) -> Result<(f64, bool), Missing> {
    match reading.get(heart::MEAN_HR_DEVIATION) {
        Ok(own) => Ok((own, true)),
        Err(_) => Ok(((reading.get(heart::MEAN_HR)? - HR_NORM.0) / HR_NORM.1, false)),
    }
}

fn stress(reading: &Reading<'_>, circumstances: Circumstances) -> Result<Evidence, Missing> {
    let (hr, own) = rate(reading)?;
    let ((intercept, weight), sd) = if own { (BY_OWN_PAST, STRESS_SD) } else { (BY_NORM, STRESS_SD_BY_NORM) };
    let exercise = circumstances.intensity.map_or(1.0, |g| (1.0 + g / EXERCISE_INTENSITY).sqrt());
    let drive = intercept + weight * hr.clamp(-LARGEST_DEVIATION, LARGEST_DEVIATION);
    Ok(Evidence::new(ScoreKind::Stress, logistic(drive), sd * exercise))
}
