//! What tells equal from different content: nothing counts twice because it was sent twice.

use attune_analysis::sample::{HeartSample, MotionSample};
use sha2::{Digest, Sha256};

/// SHA-256 of what was sent. It stays in memory: what is stored of it is made with the person's key.
pub(crate) type Content = [u8; 32];

/// Of a file.
pub(super) fn of_file(bytes: &[u8]) -> Content {
    Sha256::digest(bytes).into()
}

/// At an instant that was given: at another one, equal numbers are another recording.
pub(super) fn at(content: Content, began: jiff::Timestamp) -> Content {
    Sha256::new().chain_update(content).chain_update(began.as_nanosecond().to_le_bytes()).finalize().into()
}

/// Of motion, however its numbers were written.
pub(super) fn of_motion(samples: &[MotionSample]) -> Content {
    of_numbers(samples.iter().flat_map(|sample| {
        let turns = sample.gyroscope.map(|axes| axes.map(Some)).unwrap_or_default();
        let [x, y, z] = sample.acceleration.map(Some);
        [Some(sample.at.0 as f64), x, y, z, turns[0], turns[1], turns[2]]
    }))
}

/// Of heartbeats, however their numbers were written.
pub(super) fn of_beats(beats: &[HeartSample]) -> Content {
    of_numbers(beats.iter().map(|beat| match beat {
        HeartSample::Beat { rr_millis, .. } => Some(*rr_millis),
        HeartSample::Rate { bpm, .. } => Some(-*bpm), // a rate is no interval
        HeartSample::Contact { .. } => None,
    }))
}

fn of_numbers(numbers: impl Iterator<Item = Option<f64>>) -> Content {
    let mut digest = Sha256::new();
    for number in numbers {
        // None of them is NaN: what was sent is finite.
        digest.update(number.unwrap_or(f64::NAN).to_le_bytes());
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use attune_analysis::sample::Timestamp;

    use super::*;

    #[test]
    fn equal_numbers_are_equal_content_and_a_missing_one_is_none_of_them() {
        let sample = |gyroscope| MotionSample { at: Timestamp(0), acceleration: [0.0, 0.0, 9.8], gyroscope };
        assert_eq!(of_motion(&[sample(None)]), of_motion(&[sample(None)]));
        assert_ne!(of_motion(&[sample(None)]), of_motion(&[sample(Some([0.0; 3]))]));
        let began = jiff::Timestamp::UNIX_EPOCH;
        assert_eq!(at([1; 32], began), at([1; 32], began));
        assert_ne!(at([1; 32], began), at([1; 32], began + jiff::SignedDuration::from_secs(1)));
        let beats = |rr_millis| [HeartSample::Beat { at: Timestamp(0), rr_millis }];
        assert_ne!(of_beats(&beats(800.0)), of_beats(&beats(800.1)));
    }
}
