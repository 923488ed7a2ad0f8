//! From what on anything is said of a record, or learnt from it: the same everywhere.

use attune_protocol::record::Record;
use attune_protocol::registry::{Modality, Span, motion, voice};

/// Below this share of what should have been seen, nothing is said of a window. Ours.
pub(crate) const LEAST_COVERAGE: f64 = 0.2;
/// Below this quality nothing is said of a window. Ours.
pub(crate) const LEAST_QUALITY: f64 = 0.1;
/// Least share of voiced frames for a word on the speaker. Ours.
const LEAST_VOICED: f64 = 0.05;
/// A device that lies on a desk shows the noise of its sensor, of modern ones 0.3 to 0.9 mg of mean amplitude deviation (70 to 180
/// ug per root of Hz over 25 Hz); one that somebody wears seldom shows less than this, g. Ours, by what `EVIDENCE.md` shows.
const LEAST_TOUCH: f64 = 0.001;

/// Why nothing is said of what a record saw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shortfall {
    /// Too little was seen.
    Coverage,
    /// Enough, but too poorly.
    Quality,
    /// Next to nothing was spoken.
    Speech,
    /// The device moved by no more than its noise: nobody may have been near it.
    Touch,
}

/// The share of what should have been seen, as it counts. For the heart the root of that of the last minute. Ours: on
/// stress_predict the AUC of the rate's deviation is 0.69-0.73 with a tenth to three tenths of the minute and 0.80-0.82 with
/// over half of it (`tests/parity/heart_stress.py`): beats that are missing cost, but not in proportion.
pub(crate) fn coverage(record: &Record) -> f64 {
    match record.modality() {
        Modality::Heart => record.coverage.over(Span::S60).sqrt(),
        Modality::Face | Modality::Voice | Modality::Motion | Modality::CheckIn | Modality::Text => {
            record.coverage.over(Span::S10)
        }
    }
}

/// Whether anything may be said of what the record saw.
pub(crate) fn accepted(record: &Record) -> Result<(), Shortfall> {
    let under = |ordinal, least: f64| record.features.get(ordinal).is_some_and(|value| value < least);
    // Of the heart the minute counts, and what a minute shows is no word on ten seconds in which nothing was seen.
    if record.coverage.received == 0 || coverage(record) < LEAST_COVERAGE {
        return Err(Shortfall::Coverage);
    }
    if record.quality < LEAST_QUALITY {
        return Err(Shortfall::Quality);
    }
    match record.modality() {
        Modality::Voice if under(voice::VOICED_FRACTION, LEAST_VOICED) => Err(Shortfall::Speech),
        Modality::Motion if under(motion::INTENSITY, LEAST_TOUCH) => Err(Shortfall::Touch),
        _ => Ok(()),
    }
}
