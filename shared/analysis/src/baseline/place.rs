use attune_protocol::registry::{FeatureSpec, Modality, motion};

/// Mean amplitude deviations of a person at a desk are 2 to 4 mg, of one who runs a thousand: each counts by its order of
/// magnitude, between these, g. Ours.
const INTENSITIES: (f64, f64) = (0.0005, 4.0);

/// Where a value stands between the least and the most, in [0,1]: on the scale that it is sent on, but for what that is too
/// coarse for.
pub(super) fn of(spec: &FeatureSpec, modality: Modality, value: f64) -> f64 {
    if (modality, spec.ordinal) != (Modality::Motion, motion::INTENSITY) {
        return spec.to_fraction(value);
    }
    let (least, most) = INTENSITIES;
    (value.max(least) / least).ln() / (most / least).ln()
}

/// The value at a place in [0,1]: the reverse of [`of`].
pub(super) fn at(spec: &FeatureSpec, modality: Modality, position: f64) -> f64 {
    if (modality, spec.ordinal) != (Modality::Motion, motion::INTENSITY) {
        return spec.from_fraction(position);
    }
    let (least, most) = INTENSITIES;
    least * (most / least).powf(position)
}
