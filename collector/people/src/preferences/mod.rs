//! What a person wants of the analysis of what is sent for them.

pub(crate) mod routes;
mod store;

use attune_ground::GroundError;
use attune_protocol::registry::Modality;
use serde::{Deserialize, Serialize};

use crate::PeopleError;

pub use store::load;
#[cfg(test)]
pub(crate) use store::put;
pub(crate) use store::{agree, forget, load_of};

/// Format version of stored preferences; it stands in the first byte.
const VERSION: u8 = 1;

/// A person's preferences.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Preferences {
    /// Whether analyses are kept as sessions.
    pub store_sessions: bool,
    /// What was sensed or sent longer ago is deleted; without it what is older than usual ([`Limits::history`]).
    ///
    /// [`Limits::history`]: attune_ground::retention::Limits::history
    pub max_history_days: Option<u16>,
    /// In [0,1]: how uncertain a score may be before it is called missing.
    pub analysis_sensitivity: f64,
    /// Whether pictures are looked at.
    pub face: bool,
    /// Whether sound is listened to.
    pub voice: bool,
    /// Whether motion is looked at.
    pub motion: bool,
    /// Whether heartbeats are looked at.
    pub heart: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            store_sessions: true,
            max_history_days: None,
            analysis_sensitivity: 0.5,
            face: true,
            voice: true,
            motion: true,
            heart: true,
        }
    }
}

impl Preferences {
    /// Whether a modality may be analysed.
    #[must_use]
    pub const fn allows(&self, modality: Modality) -> bool {
        match modality {
            Modality::Face => self.face,
            Modality::Voice => self.voice,
            Modality::Motion => self.motion,
            Modality::Heart => self.heart,
            // Nothing of it is analysed.
            Modality::CheckIn => true,
        }
    }

    /// How many times as uncertain as usual a score may be: 0.5 to 1.5.
    #[must_use]
    pub fn tolerance(&self) -> f64 {
        0.5 + self.analysis_sensitivity
    }

    /// What suits both: no more is kept, looked at or told than either lets.
    fn both(&self, other: &Self) -> Self {
        let days = [self.max_history_days, other.max_history_days];
        Self {
            store_sessions: self.store_sessions && other.store_sessions,
            max_history_days: days.into_iter().flatten().min(),
            analysis_sensitivity: self.analysis_sensitivity.min(other.analysis_sensitivity),
            face: self.face && other.face,
            voice: self.voice && other.voice,
            motion: self.motion && other.motion,
            heart: self.heart && other.heart,
        }
    }

    /// Bytes to store: a version, then postcard.
    fn encode(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![VERSION]).expect("preferences hold numbers and switches only")
    }

    /// Reads stored bytes.
    fn decode(bytes: &[u8]) -> Result<Self, PeopleError> {
        match bytes.split_first() {
            Some((&VERSION, body)) => {
                postcard::from_bytes(body).map_err(|_| GroundError::Corrupt("preferences decode").into())
            }
            _ => Err(GroundError::Corrupt("preferences are of a version that is known here").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Preferences of format version 1. They are read for ever: add the next version's beside them.
    const GOLDEN_V1: &str = "0101011e000000000000e83f01000101";

    #[test]
    fn preferences_of_format_version_1_still_read() {
        let bytes = data_encoding::HEXLOWER.decode(GOLDEN_V1.as_bytes()).expect("hex");
        let read = Preferences::decode(&bytes).expect("reads");
        let expected = Preferences {
            max_history_days: Some(30),
            analysis_sensitivity: 0.75,
            voice: false,
            ..Preferences::default()
        };
        assert_eq!(read, expected);
        assert_eq!(read.encode(), bytes);
        assert!(Preferences::decode(&[9]).is_err() && Preferences::decode(&bytes[..5]).is_err());
    }

    #[test]
    fn the_middle_of_sensitivity_changes_nothing() {
        assert_eq!(Preferences::default().tolerance(), 1.0);
    }
}
