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
    /// Sensed modalities that the person does not want sensed, by number, and why not.
    unwanted: [Option<Unwanted>; Modality::SENSED.len()],
}

/// Why a person does not want a modality sensed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Unwanted {
    /// They did not agree to it.
    NoConsent,
    /// Their preferences switch it off.
    SwitchedOff,
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
        Self { profile, tolerance: 1.0, origin: Origin::Sensed, unwanted: [None; Modality::SENSED.len()] }
    }

    /// Of records of media that somebody sent for analysis. A score may be `tolerance` times as uncertain as usual before
    /// it is called missing.
    #[must_use]
    pub const fn sent(tolerance: f64) -> Self {
        // Only this profile lets raw media in.
        Self { profile: Profile::Research, tolerance, origin: Origin::Sent, unwanted: [None; Modality::SENSED.len()] }
    }

    /// A score may be `tolerance` times as uncertain as usual before it is called missing.
    #[must_use]
    pub const fn tolerating(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// There is no consent for this modality.
    #[must_use]
    pub const fn without(self, modality: Modality) -> Self {
        self.unwanted(modality, Unwanted::NoConsent)
    }

    /// The person's preferences switch this modality off.
    #[must_use]
    pub const fn switched_off(self, modality: Modality) -> Self {
        self.unwanted(modality, Unwanted::SwitchedOff)
    }

    const fn unwanted(mut self, modality: Modality, why: Unwanted) -> Self {
        if modality.is_sensed() {
            self.unwanted[modality as usize] = Some(why);
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
            (Origin::Sensed, Some(Unwanted::NoConsent)) => Missing::Gap(Gap::NoConsent),
            (_, Some(_)) => Missing::SwitchedOff,
            (Origin::Sensed, None) => Missing::NoDevice,
            (Origin::Sent, None) => Missing::NotSent,
        }
    }
}
