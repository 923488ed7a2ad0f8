//! Whether anybody is there. Absence is a state, and no evidence of anything else.

use attune_protocol::record::Gap;
use attune_protocol::registry::{Modality, face};

use super::Missing;
use super::reading::Reading;
use super::state::{CognitiveState, StateEstimate};

/// With a face in fewer of the frames than this, nobody was before the camera. Ours.
const LEAST_PRESENT: f64 = 0.1;
/// A picture without this contrast shows nothing: the lens is covered, or it is dark. Ours.
const LEAST_CONTRAST: f64 = 0.03;

/// The share of frames with a face, where somebody was before the camera.
pub(super) fn share(camera: &Reading<'_>) -> Result<f64, Missing> {
    let share = camera.get(face::FACE_FRACTION)?;
    if share >= LEAST_PRESENT {
        return Ok(share);
    }
    let shows = camera.get(face::CONTRAST).is_ok_and(|contrast| contrast >= LEAST_CONTRAST);
    Err(if shows && camera.terms.are_of_an_agent() { Missing::Away } else { Missing::Gap(Gap::NoFace) })
}

/// Whether a camera saw that nobody is there, and no other one saw somebody.
pub(super) fn nobody(readings: &[Reading<'_>]) -> bool {
    let cameras = || readings.iter().filter(|reading| reading.modality() == Modality::Face).map(share);
    cameras().any(|share| share == Err(Missing::Away)) && cameras().all(|share| share.is_err())
}

/// The state of who is away: a camera saw nobody, and no other sensor tells of a person.
pub(super) fn away(readings: &[Reading<'_>]) -> Option<StateEstimate> {
    let told = |reading: &Reading<'_>| reading.modality() != Modality::Face && reading.seen().is_ok();
    if !nobody(readings) || readings.iter().any(told) {
        return None;
    }
    let cameras = readings.iter().filter(|reading| reading.modality() == Modality::Face);
    let empty = cameras.filter(|camera| share(camera) == Err(Missing::Away));
    let faces = empty.filter_map(|reading| reading.get(face::FACE_FRACTION).ok()).reduce(f64::max);
    Some(StateEstimate { state: CognitiveState::Away, confidence: 1.0 - faces? })
}
