//! What a person wants of what is sensed of them and sent for them: what of it is looked at and kept, for how long, and how sure a
//! score must be.
//!
//! It holds on the devices, which are told ([`devices`]) and stop what is off, at ingest, which refuses it whatever a device sends, in
//! what is analysed here, for what is fused, and for what is let go of by age. It takes away and never gives: what was not agreed
//! to on a device is sensed by none.

mod devices;
pub(crate) mod routes;
mod store;

use attune_ground::GroundError;
use attune_protocol::registry::Modality;
use serde::{Deserialize, Serialize};

use crate::PeopleError;

pub(crate) use devices::{Following, following};
pub use devices::{Wanted, are_damaged, follow, unfollow, untold, wanted};
pub(crate) use store::{agree, change, forget, load_of};
pub use store::{load, of, put};

/// Format version of stored preferences; it stands in the first byte.
const VERSION: u8 = 1;

/// A person's preferences.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Preferences {
    /// Whether what is sensed, and what is analysed, is kept as sessions.
    pub store_sessions: bool,
    /// What was sensed or sent longer ago is deleted; without it what is older than usual ([`Limits::history`]).
    ///
    /// [`Limits::history`]: attune_ground::retention::Limits::history
    pub max_history_days: Option<u16>,
    /// In [0,1]: how uncertain a score may be before it is called missing.
    pub analysis_sensitivity: f64,
    /// Whether faces are looked at, on devices and in pictures that are sent.
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

/// What is to change of preferences; what is left out stays as it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    pub(crate) store_sessions: Option<bool>,
    /// Days; none inside takes the choice back.
    pub(crate) max_history_days: Option<Option<u16>>,
    /// In [0,1].
    pub(crate) analysis_sensitivity: Option<f64>,
    /// Of face, voice, motion and heart.
    pub(crate) switches: [Option<bool>; 4],
}

impl Wish {
    pub(crate) fn carry_out(self, chosen: &mut Preferences) {
        let Self { store_sessions, max_history_days, analysis_sensitivity, switches } = self;
        chosen.store_sessions = store_sessions.unwrap_or(chosen.store_sessions);
        chosen.max_history_days = max_history_days.unwrap_or(chosen.max_history_days);
        chosen.analysis_sensitivity = analysis_sensitivity.unwrap_or(chosen.analysis_sensitivity);
        let own = [&mut chosen.face, &mut chosen.voice, &mut chosen.motion, &mut chosen.heart];
        for (switch, wished) in own.into_iter().zip(switches) {
            *switch = wished.unwrap_or(*switch);
        }
    }
}

impl Preferences {
    /// Whether a modality may be sensed and analysed.
    #[must_use]
    pub const fn allows(&self, modality: Modality) -> bool {
        match modality {
            Modality::Face => self.face,
            Modality::Voice => self.voice,
            Modality::Motion => self.motion,
            Modality::Heart => self.heart,
            // It is said, and not sensed.
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
