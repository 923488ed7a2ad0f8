//! What a person has agreed to, modality by modality and purpose by purpose.

use serde::{Deserialize, Serialize};

use crate::ProtocolError;
use crate::envelope::{self, Kind};
use crate::registry::Modality;

/// What data may be used for. Variants are only appended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The person's own view, on the device.
    OwnView,
    /// Wellbeing at the collector: the person's sessions and, in large enough groups, team figures.
    Wellbeing,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 2] = [Self::OwnView, Self::Wellbeing];
}

/// One change of consent. The newest version for a modality and purpose is in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Consent {
    /// What may be sensed.
    pub modality: Modality,
    /// What for.
    pub purpose: Purpose,
    /// Given, or withdrawn.
    pub granted: bool,
    /// Counts the changes on this device, from 1.
    pub version: u32,
    /// When, by the device's clock, Unix milliseconds.
    pub at_millis: i64,
}

impl Consent {
    /// Header and body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        envelope::encode(Kind::Consent, self)
    }

    /// Reads an encoded change of consent.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProtocolError> {
        envelope::decode_body(Kind::Consent, envelope::expect(bytes, Kind::Consent)?)
    }
}
