use attune_protocol::policy::Profile;
use attune_protocol::record::Gap;
use attune_protocol::registry::Modality;
use serde::{Deserialize, Serialize};

/// Why something is missing: what would have to change for it to appear. Variants are only appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Missing {
    /// There is evidence, but it is too uncertain to be called a score.
    TooUncertain,
    /// Too little was seen.
    NotEnoughData,
    /// Enough was seen, but the signal was too poor.
    PoorSignal,
    /// Enough was seen, but it did not tell what is asked for.
    NotDerived,
    /// Somebody who walks is not judged for attention.
    Walking,
    /// Nothing or too little was seen, and the device says why.
    Gap(Gap),
    /// The agent on the device does not send what is needed yet, or cannot say why it does not.
    OldAgent,
    /// A profile does not let leave the device what is needed: the collector's, or else the device's own.
    Withheld(Option<Profile>),
    /// The person switched the modality off.
    SwitchedOff,
    /// Nothing of the modality was sent for analysis.
    NotSent,
    /// No device sensed the modality.
    NoDevice,
    /// Assessed by a version that did not keep the reason.
    Unrecorded,
    /// The camera saw nobody: who is away is not judged.
    Away,
    /// The device moved by no more than the noise of its sensor, as one does that nobody wears or holds.
    Untouched,
}

impl Missing {
    /// The reason in one word, as in JSON. Where the device gave it, it is the gap's name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooUncertain => "too_uncertain",
            Self::NotEnoughData => "not_enough_data",
            Self::PoorSignal => "poor_signal",
            Self::NotDerived => "not_derived",
            Self::Walking => "walking",
            Self::Gap(gap) => gap.name(),
            Self::OldAgent => "old_agent",
            Self::Withheld(_) => "withheld_by_profile",
            Self::SwitchedOff => "switched_off",
            Self::NotSent => "not_sent",
            Self::NoDevice => "no_device",
            Self::Unrecorded => "not_recorded",
            Self::Away => "away",
            Self::Untouched => "untouched",
        }
    }

    /// Whether sensing more or better would not help.
    pub(super) const fn is_settled(self) -> bool {
        matches!(self, Self::Withheld(_) | Self::OldAgent)
    }

    /// How much would have to change, from the least: a better signal, more of it, a pause that ends, another agent,
    /// another profile, a decision of the person, another sensor.
    pub(super) const fn distance(self) -> u8 {
        match self {
            Self::TooUncertain => 0,
            Self::PoorSignal | Self::NotDerived | Self::Walking | Self::NotEnoughData => 1,
            Self::Gap(Gap::Paused) => 3,
            Self::Gap(Gap::NoConsent | Gap::SwitchedOff) | Self::SwitchedOff => 6,
            Self::Gap(_) | Self::Away | Self::Untouched => 2,
            Self::OldAgent => 4,
            Self::Withheld(_) => 5,
            Self::Unrecorded => 7,
            Self::NotSent | Self::NoDevice => 8,
        }
    }
}

/// Why one modality does not give what it could.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lack {
    /// The modality.
    pub modality: Modality,
    /// Why.
    pub reason: Missing,
}

/// Why something is missing that one modality or another could give.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Absence {
    /// The reason of the modality for which the least would have to change; of equals, the first modality's.
    pub reason: Missing,
    /// The reason of each modality that could give it, in their order. Assessments of format version 1 name none.
    pub lacks: Vec<Lack>,
}

impl Absence {
    /// Of the modalities that could give it, in their order.
    #[must_use]
    pub fn of(lacks: Vec<Lack>) -> Self {
        let nearest = lacks.iter().map(|lack| lack.reason).min_by_key(|reason| reason.distance());
        Self { reason: nearest.unwrap_or(Missing::NoDevice), lacks }
    }

    /// Over the windows of a session, in none of which it is there: for each modality the commonest reason, unless more
    /// or better sensing would not have helped in a window in which it was seen.
    pub(super) fn over<'a>(windows: impl Iterator<Item = &'a Self>) -> Self {
        let windows: Vec<&Self> = windows.collect();
        let lacks = lacks_over(windows.iter().flat_map(|absence| &absence.lacks));
        if lacks.is_empty() {
            let reason = usual(windows.iter().map(|absence| absence.reason)).unwrap_or(Missing::NoDevice);
            return Self { reason, lacks };
        }
        Self::of(lacks)
    }

    /// The modalities that have the reason that stands for all.
    pub(super) fn modalities(&self) -> Vec<Modality> {
        self.lacks.iter().filter(|lack| lack.reason == self.reason).map(|lack| lack.modality).collect()
    }
}

/// One lack for each modality that has any.
pub(super) fn lacks_over<'a>(lacks: impl Iterator<Item = &'a Lack> + Clone) -> Vec<Lack> {
    Modality::SENSED
        .into_iter()
        .filter_map(|modality| {
            let own = lacks.clone().filter(|lack| lack.modality == modality).map(|lack| lack.reason);
            Some(Lack { modality, reason: usual(own)? })
        })
        .collect()
}

/// One that is settled, else the commonest; of equally common ones the nearest.
fn usual(reasons: impl Iterator<Item = Missing>) -> Option<Missing> {
    let mut counts: Vec<(Missing, usize)> = Vec::new();
    for reason in reasons {
        match counts.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => counts.push((reason, 1)),
        }
    }
    let weight = |(reason, count): &(Missing, usize)| (reason.is_settled(), *count, u8::MAX - reason.distance());
    counts.into_iter().max_by_key(weight).map(|(reason, _)| reason)
}
