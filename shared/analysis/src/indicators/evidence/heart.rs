use attune_protocol::registry::heart;

use super::{Circumstances, Evidence, LARGEST_DEVIATION, arousal_by_own_past, stress_by_own_past};
use crate::indicators::reading::Reading;
use crate::indicators::{Missing, ScoreKind};

/// Resting heart rate of adults, 1/min: mean and standard deviation of short-term recordings in Nunan, Sandercock and
/// Brodie (2010), whose mean RR interval of 926 ms (SD 90) is 64.8 a minute (SD 6.3); the spread is doubled because
/// people at work sit up, talk and drink coffee. Ours where it departs.
const HR_NORM: (f64, f64) = (70.0, 12.0);

/// Weight of the deviation of the heart rate from the norm in a logistic regression of stress over 28 people. Ours, fitted by
/// `tests/parity/heart_stress.py`. The deviation of ln RMSSD is left out: beside the rate it adds nothing on people left out. The
/// fits' intercepts are left out too: they are those of people of whom half are under stress.
const BY_NORM: f64 = 0.321;

/// Standard deviations at rest, judged by the person's own baseline and by the norm, which hardly tells stress. Ours.
const STRESS_SD: f64 = 0.20;
const STRESS_SD_BY_NORM: f64 = 0.28;
const AROUSAL_SD: f64 = 0.45;
/// Mean amplitude deviation in g at which exercise, rather than stress, explains the heart rate so well that the
/// variance doubles: the start of light activity (Vaha-Ypya et al. 2015).
const EXERCISE_INTENSITY: f64 = 0.0225;

pub(super) fn evidence(
    reading: &Reading<'_>,
    kind: ScoreKind,
    circumstances: Circumstances,
) -> Option<Result<Evidence, Missing>> {
    Some(match kind {
        ScoreKind::Stress => stress(reading, circumstances),
        ScoreKind::Arousal => rate(reading).map(|(hr, _)| Evidence::new(kind, arousal_by_own_past(hr), AROUSAL_SD)),
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
    let hr = hr.clamp(-LARGEST_DEVIATION, LARGEST_DEVIATION);
    let (value, sd) =
        if own { (stress_by_own_past(hr), STRESS_SD) } else { (super::stress(BY_NORM * hr), STRESS_SD_BY_NORM) };
    let exercise = circumstances.intensity.map_or(1.0, |g| (1.0 + g / EXERCISE_INTENSITY).sqrt());
    Ok(Evidence::new(ScoreKind::Stress, value, sd * exercise))
}
