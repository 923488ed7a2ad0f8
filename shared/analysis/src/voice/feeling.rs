//! The affect in a window of sound: which stretches of it are heard, and what they say together.

use attune_protocol::features::Features;
use attune_protocol::registry::voice;

use super::HOP;
use super::affect::{Reading, SpeakerBaseline, VoiceAffect, VoiceAffectReader};
use super::frames::Frame;

/// Least share of voiced frames of speech in a stretch that is heard. Ours.
const LEAST_VOICE: f64 = 0.15;
/// Least share of the network's length that a stretch at the end of a run has: 2 s of the shipped one.
const LEAST_LENGTH: f64 = 2.0 / 3.0;
/// Steps of a probability: as fine as the network knows, so that digits that say nothing take no place on the wire. Ours.
const STEPS: f64 = 32.0;
/// Stretches of speech after which a speaker's past is old enough to judge by: a minute. Ours.
const OLD_ENOUGH: u32 = 20;

/// Reads the stretches of speech in a run of `samples` at 16 kHz, one after the other, with their `frames` of 10 ms.
///
/// A network that fails says nothing.
pub(super) fn hear(reader: &mut VoiceAffectReader, samples: &[f32], frames: &[Frame]) -> Vec<Reading> {
    let length = reader.length();
    let voiced = |frames: &[Frame]| frames.iter().filter(|f| f.is_voice()).count() as f64 / frames.len() as f64;
    samples
        .chunks(length)
        .zip(frames.chunks((length / HOP).max(1)))
        .filter(|(stretch, frames)| {
            stretch.len() as f64 >= LEAST_LENGTH * length as f64 && voiced(frames) >= LEAST_VOICE
        })
        .filter_map(|(stretch, _)| reader.read(stretch).ok().flatten())
        .collect()
}

/// Sets the mean affect of some stretches, in [`STEPS`]; nothing where there are none.
pub(super) fn set<'a>(features: &mut Features, affects: impl Iterator<Item = &'a VoiceAffect> + Clone) {
    let mean = |value: &dyn Fn(&VoiceAffect) -> Option<f64>| {
        let values: Vec<f64> = affects.clone().filter_map(value).collect();
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        (!values.is_empty()).then(|| (mean * STEPS).round() / STEPS)
    };
    for class in 0..voice::AFFECT_CLASSES {
        features
            .set(voice::AFFECT_NEUTRAL.plus(class), mean(&|affect| affect.emotions.get(usize::from(class)).copied()));
    }
    features.set(voice::AROUSAL, mean(&|affect| affect.arousal).map(|high| 2.0 * high - 1.0));
}

/// What the same stretches say by how the speaker usually sounds, once that is known; then learns from them.
pub(super) fn by_own_past(
    reader: &VoiceAffectReader,
    heard: &[Reading],
    usual: &mut SpeakerBaseline,
) -> Option<Vec<VoiceAffect>> {
    let old = usual.clips() >= OLD_ENOUGH;
    let own = |(_, features): &Reading| reader.read_own(features, usual).ok().flatten();
    let judged: Option<Vec<_>> = if old { heard.iter().map(own).collect() } else { None };
    for (_, features) in heard.iter().filter(|(_, features)| !features.is_empty()) {
        usual.learn(features);
    }
    judged.filter(|judged| !judged.is_empty())
}
