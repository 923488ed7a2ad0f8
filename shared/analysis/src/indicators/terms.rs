use attune_protocol::policy::Profile;
use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;

use super::Missing;

/// Under what the records of a window are assessed: what is known beside them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Terms {
    profile: Profile,
    tolerance: f64,
    origin: Origin,
    /// Sensed modalities that the person does not want sensed, by number.
    unwanted: [bool; Modality::SENSED.len()],
}

/// How the records came about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Origin {
    /// Agents sensed.
    Sensed,
    /// Somebody sent raw media, and the build that assesses made the records itself.
    Sent,
}

impl Terms {
    /// Of records that agents sent to a collector under `profile`: what it does not let in gives no score, even if a
    /// record holds it.
    #[must_use]
    pub const fn sensed(profile: Profile) -> Self {
        Self { profile, tolerance: 1.0, origin: Origin::Sensed, unwanted: [false; Modality::SENSED.len()] }
    }

    /// Of records of media that somebody sent for analysis. A score may be `tolerance` times as uncertain as usual before
    /// it is called missing.
    #[must_use]
    pub const fn sent(tolerance: f64) -> Self {
        // Only this profile lets raw media in.
        Self { profile: Profile::Research, tolerance, origin: Origin::Sent, unwanted: [false; Modality::SENSED.len()] }
    }

    /// The person does not want this modality: there is no consent for it, or it is switched off.
    #[must_use]
    pub const fn without(mut self, modality: Modality) -> Self {
        if modality.is_sensed() {
            self.unwanted[modality as usize] = true;
        }
        self
    }

    pub(super) const fn profile(self) -> Profile {
        self.profile
    }

    pub(super) const fn tolerance(self) -> f64 {
        self.tolerance
    }

    /// Whether an agent made the records, which may be older than what reads them.
    pub(super) fn are_of_an_agent(self) -> bool {
        self.origin == Origin::Sensed
    }

    /// Why a modality has no record.
    pub(super) const fn without_record(self, modality: Modality) -> Missing {
        match (self.origin, self.unwanted[modality as usize]) {
            (Origin::Sensed, true) => Missing::Gap(Gap::NoConsent),
            (Origin::Sensed, false) => Missing::NoDevice,
            (Origin::Sent, true) => Missing::SwitchedOff,
            (Origin::Sent, false) => Missing::NotSent,
        }
    }
}
