use attune_protocol::features::Features;
use attune_protocol::registry::heart;

use super::{Circumstances, Evidence, logistic};
use crate::indicators::ScoreKind;

/// Resting heart rate of adults, 1/min: mean and standard deviation of short-term recordings in Nunan, Sandercock and
/// Brodie (2010), whose mean RR interval of 926 ms (SD 90) is 64.8 a minute (SD 6.3); the spread is doubled because
/// people at work sit up, talk and drink coffee. Ours where it departs.
const HR_NORM: (f64, f64) = (70.0, 12.0);
/// Natural logarithm of RMSSD in ms: 3.49 (SD 0.26) in Nunan et al. (2010), with the spread between people doubled as
/// for the heart rate.
const LN_RMSSD_NORM: (f64, f64) = (3.49, 0.52);

/// Logistic regression of stress on deviations of heart rate and ln RMSSD from the person's own past, over 28 people:
/// ours, fitted by `models/training/fit_stress.py` (`results/stress.json`, `heart_motion`; its weight of wrist
/// motion is left out, which mostly sees the posture of one task). Norms are a poor man's own past, so they share it.
const INTERCEPT: f64 = 0.027;
const HR_WEIGHT: f64 = 0.377;
const LN_RMSSD_WEIGHT: f64 = -0.152;

/// Standard deviations at full quality and rest, judged by the person's own baseline and by norms. Ours.
const STRESS_SD: f64 = 0.20;
const STRESS_SD_BY_NORMS: f64 = 0.25;
const AROUSAL_SD: f64 = 0.45;
/// Mean amplitude deviation in g at which exercise, rather than stress, explains the heart rate so well that the
/// variance doubles: the start of light activity (Vaha-Ypya et al. 2015).
const EXERCISE_INTENSITY: f64 = 0.0225;

pub(super) fn evidence(features: &Features, kind: ScoreKind, circumstances: Circumstances) -> Option<Evidence> {
    let own = features.get(heart::MEAN_HR_DEVIATION);
    let hr = own.or_else(|| Some((features.get(heart::MEAN_HR)? - HR_NORM.0) / HR_NORM.1))?;
    match kind {
        ScoreKind::Stress => {
            let rmssd = match own {
                Some(_) => features.get(heart::RMSSD_DEVIATION),
                None => features.get(heart::RMSSD).map(|ms| (ms.ln() - LN_RMSSD_NORM.0) / LN_RMSSD_NORM.1),
            };
            let sd = if own.is_some() { STRESS_SD } else { STRESS_SD_BY_NORMS };
            let exercise = circumstances.intensity.map_or(1.0, |g| (1.0 + g / EXERCISE_INTENSITY).sqrt());
            let sd = if rmssd.is_some() { sd } else { sd * std::f64::consts::SQRT_2 };
            let drive = INTERCEPT + HR_WEIGHT * hr + LN_RMSSD_WEIGHT * rmssd.unwrap_or(0.0);
            Some(Evidence::new(kind, logistic(drive), sd * exercise))
        }
        ScoreKind::Arousal => Some(Evidence::new(kind, (hr / 2.0).tanh(), AROUSAL_SD)),
        ScoreKind::Attention | ScoreKind::Valence => None,
    }
}
