//! How far a recording was played: kept in the outbox, durable together with the records themselves.

use attune_analysis::sample::Timestamp;
use attune_protocol::registry::Modality;
use attune_protocol::window::Window;
use serde::{Deserialize, Serialize};
use tracing::warn;

const VERSION: u32 = 1;

/// Where a run of recordings began, and the last durable window of each modality.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Place {
    version: u32,
    /// Which recordings, played how.
    pub identity: String,
    /// The beginning of the time line, Unix microseconds.
    pub start_micros: i64,
    done: [Option<Window>; Modality::SENSED.len()],
    /// Whether the run ended by itself with everything in it.
    pub finished: bool,
}

impl Place {
    /// Name of the outbox note.
    pub const NOTE: &str = "place";

    /// At the beginning.
    #[must_use]
    pub fn begin(identity: String, start: Timestamp) -> Self {
        Self {
            version: VERSION,
            identity,
            start_micros: start.0,
            done: [None; Modality::SENSED.len()],
            finished: false,
        }
    }

    /// Reads a note. One of another version or damaged is none: the recording begins anew.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let read: Option<Self> = serde_json::from_slice(bytes).ok();
        let read = read.filter(|place| place.version == VERSION);
        if read.is_none() {
            warn!("the place in the recording does not read: it begins anew");
        }
        read
    }

    /// As a note.
    ///
    /// # Panics
    /// Never: a place is text and numbers.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a place is text and numbers")
    }

    /// A window of a modality is about to be durable.
    pub fn reach(&mut self, modality: Modality, window: Window) {
        // What no sensor gives is in no recording.
        if let Some(done) = self.done.get_mut(usize::from(modality.number())) {
            *done = Some(window);
        }
    }

    /// Where a modality goes on.
    #[must_use]
    pub fn from(&self, modality: Modality, begin: Timestamp) -> Timestamp {
        let done = self.done.get(usize::from(modality.number())).copied().flatten();
        done.map_or(begin, |window| begin.max(Timestamp::from_millis(window.end_millis())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_and_goes_on_behind_the_last_durable_window() {
        let begin = Timestamp::from_millis(1_700_000_003_000);
        let mut place = Place::begin("recording".into(), begin);
        assert_eq!(place.from(Modality::Voice, begin), begin);
        place.reach(Modality::Voice, Window::containing(1_700_000_015_000));
        let read = Place::decode(&place.encode()).unwrap();
        assert_eq!(read, place);
        assert_eq!(read.from(Modality::Voice, begin), Timestamp::from_millis(1_700_000_020_000));
        assert_eq!(read.from(Modality::Face, begin), begin);
        assert_eq!(Place::decode(b"{}"), None);
    }

    #[test]
    fn the_first_version_s_bytes_still_read() {
        let bytes = br#"{"version":1,"identity":"x","start_micros":5,"done":[null,7,null,null],"finished":false}"#;
        let mut expected = Place::begin("x".into(), Timestamp(5));
        expected.reach(Modality::Voice, Window(7));
        assert_eq!(Place::decode(bytes), Some(expected));
    }
}
