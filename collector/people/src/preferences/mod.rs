//! What a person wants of what is sensed of them and sent for them: what of it is looked at and kept, for how long, and how sure a
//! score must be.
//!
//! It holds on the devices, which are told ([`devices`]) and stop what is off, at ingest, which refuses it whatever a device sends, in
//! what is analysed here, for what is fused, and for what is let go of by age. It takes away and never gives: what was not agreed
//! to on a device is sensed by none.

mod devices;
pub(crate) mod routes;
mod store;
mod zone;

use attune_ground::GroundError;
use attune_protocol::registry::Modality;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::PeopleError;

pub use devices::{Chosen, Wanted, are_damaged, follow, unfollow, untold, wanted};
pub(crate) use devices::{Following, following};
pub(crate) use store::{agree, change, forget, load_of};
pub use store::{load, of, put};

/// Format version of stored preferences; it stands in the first byte.
const VERSION: u8 = 2;

/// A person's preferences.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Preferences {
    /// Whether what is sensed, and what is analysed, is kept as sessions.
    pub store_sessions: bool,
    /// What was sensed or sent longer ago is deleted, with sums of it; without it what is older than usual ([`Limits::history`]), and sums
    /// by their class.
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
    /// The zone in which their days and times are shown, as IANA names it; none for the organisation's.
    pub zone: Option<String>,
}

/// As version 1 had them, without a zone.
#[derive(Deserialize)]
struct PreferencesV1 {
    store_sessions: bool,
    max_history_days: Option<u16>,
    analysis_sensitivity: f64,
    face: bool,
    voice: bool,
    motion: bool,
    heart: bool,
}

impl From<PreferencesV1> for Preferences {
    fn from(read: PreferencesV1) -> Self {
        let PreferencesV1 { store_sessions, max_history_days, analysis_sensitivity, face, voice, motion, heart } = read;
        Self { store_sessions, max_history_days, analysis_sensitivity, face, voice, motion, heart, zone: None }
    }
}

/// The name of a zone as IANA writes it; none where there is no such zone.
#[must_use]
pub(crate) fn zone(name: &str) -> Option<String> {
    let zone = TimeZone::get(name.trim()).ok()?;
    // What the system's own files have besides: the zone of this machine, and ones without a meaning.
    let known = zone.iana_name().filter(|name| !["localtime", "posixrules", "Factory"].contains(name));
    known.map(str::to_owned)
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
            zone: None,
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
    /// The name of a zone that there is; none inside takes the choice back.
    pub(crate) zone: Option<Option<String>>,
}

impl Wish {
    pub(crate) fn carry_out(self, chosen: &mut Preferences) {
        let Self { store_sessions, max_history_days, analysis_sensitivity, switches, zone } = self;
        chosen.store_sessions = store_sessions.unwrap_or(chosen.store_sessions);
        chosen.max_history_days = max_history_days.unwrap_or(chosen.max_history_days);
        chosen.analysis_sensitivity = analysis_sensitivity.unwrap_or(chosen.analysis_sensitivity);
        chosen.zone = zone.unwrap_or_else(|| chosen.zone.clone());
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
            // It is said or written, and not sensed.
            Modality::CheckIn | Modality::Text => true,
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
            zone: self.zone.clone().or_else(|| other.zone.clone()),
        }
    }

    /// Bytes to store: a version, then postcard.
    fn encode(&self) -> Vec<u8> {
        postcard::to_extend(self, vec![VERSION]).expect("preferences hold numbers and switches only")
    }

    /// Reads stored bytes.
    fn decode(bytes: &[u8]) -> Result<Self, PeopleError> {
        let unread = |_| GroundError::Corrupt("preferences decode").into();
        match bytes.split_first() {
            Some((&VERSION, body)) => postcard::from_bytes(body).map_err(unread),
            Some((1, body)) => postcard::from_bytes::<PreferencesV1>(body).map(Self::from).map_err(unread),
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
        assert!(Preferences::decode(&[9]).is_err() && Preferences::decode(&bytes[..5]).is_err());
    }

    /// Preferences of format version 2.
    const GOLDEN_V2: &str = "0201011e000000000000e83f01000101010d4575726f70652f4265726c696e";

    #[test]
    fn preferences_of_format_version_2_have_a_zone() {
        let bytes = data_encoding::HEXLOWER.decode(GOLDEN_V2.as_bytes()).expect("hex");
        let read = Preferences::decode(&bytes).expect("reads");
        assert_eq!((read.zone.as_deref(), read.max_history_days, read.voice), (Some("Europe/Berlin"), Some(30), false));
        assert_eq!(read.encode(), bytes);
    }

    #[test]
    fn a_zone_is_one_that_iana_names() {
        assert_eq!(zone(" europe/berlin ").as_deref(), Some("Europe/Berlin"));
        assert_eq!(zone("UTC").as_deref(), Some("UTC"));
        for none in ["localtime", "posixrules", "Factory", "", "Berlin", "+02:00", "../etc/passwd", "Europe/Berlin\0"] {
            assert_eq!(zone(none), None, "{none}");
        }
    }

    #[test]
    fn the_middle_of_sensitivity_changes_nothing() {
        assert_eq!(Preferences::default().tolerance(), 1.0);
    }
}
