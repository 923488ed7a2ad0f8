//! Features of the motion modality.

super::features! {
    0  INTENSITY "intensity", "g", 0.0..4.0 Linear, S10, 2 s, Activity, Year, "MAD: mean amplitude deviation (Vaha-Ypya et al. 2015)";
    1  ENMO "enmo", "g", 0.0..4.0 Linear, S10, 2 s, Activity, Year, "Euclidean norm minus one (van Hees et al. 2013)";
    2  DOMINANT_FREQUENCY "dominant_frequency", "Hz", 0.0..25.0 Linear, S10, 4 s, Activity, Month, "strongest bin of the Hann-windowed power spectrum of the magnitude";
    3  SPECTRAL_ENTROPY "spectral_entropy", "1", 0.0..1.0 Linear, S10, 4 s, Activity, Month, "Shannon entropy of the power spectrum over its largest value";
    4  FIDGET_INDEX "fidget_index", "1", 0.0..1.0 Linear, S10, 4 s, Activity, Month, "ours: share of seconds with small movements while not walking";
    5  STEPS "steps", "1", 0.0..60.0 Linear, S10, 4 s, Activity, Year, "peaks of the filtered magnitude";
    6  CADENCE "cadence", "1/min", 0.0..360.0 Linear, S10, 4 s, Activity, Year, "steps a minute while stepping";
    7  TILT "tilt", "deg", 0.0..180.0 Linear, S10, 1 s, Activity, Month, "angle between gravity and the device's z axis";
    8  STILLNESS_FRACTION "stillness_fraction", "1", 0.0..1.0 Linear, S10, 2 s, Activity, Year, "share of seconds with a standard deviation under 13 mg (van Hees et al. 2014)";
    9  JERK "jerk", "g/s", 0.0..100.0 Linear, S10, 1 s, Activity, Month, "mean norm of the derivative of acceleration";
    10 ACTIVITY_LYING "activity_lying", "1", 0.0..1.0 Linear, S10, 3 s, Activity, Year, "mean class probability over 2.56 s windows";
    11 ACTIVITY_SITTING "activity_sitting", "1", 0.0..1.0 Linear, S10, 3 s, Activity, Year, "mean class probability over 2.56 s windows";
    12 ACTIVITY_STANDING "activity_standing", "1", 0.0..1.0 Linear, S10, 3 s, Activity, Year, "mean class probability over 2.56 s windows";
    13 ACTIVITY_WALKING "activity_walking", "1", 0.0..1.0 Linear, S10, 3 s, Activity, Year, "mean class probability over 2.56 s windows";
    14 ACTIVITY_STAIRS "activity_stairs", "1", 0.0..1.0 Linear, S10, 3 s, Activity, Year, "mean class probability over 2.56 s windows";
    15 ACTIVITY_TRANSITION "activity_transition", "1", 0.0..1.0 Linear, S10, 3 s, Activity, Year, "mean class probability over 2.56 s windows";
    16 INTENSITY_DEVIATION "intensity_deviation", "sd", -10.0..10.0 Linear, S10, 2 s, Activity, Year, "ours: distance from the person's own running median in robust standard deviations (1.4826 MAD)";
}

/// How many classes the activity distribution has, from [`ACTIVITY_LYING`] on.
pub const ACTIVITY_CLASSES: u8 = 6;
